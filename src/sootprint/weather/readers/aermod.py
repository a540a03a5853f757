"""AERMOD's surface (``.sfc``) and profile (``.pfl``) files.

Both are blank-separated, with two-digit years and hours 1 to 24 that end the interval, in local standard
time. Format: EPA-454/B-24-007, AERMOD user's guide, appendix C.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.findings import Finding, Guess, ReadResult
from sootprint.core.raw import read_text
from sootprint.core.timeaxis import Stamp
from sootprint.weather.readers.clock import standard_time_to_utc
from sootprint.weather.readers.codes import finding
from sootprint.weather.readers.draft import finish
from sootprint.weather.readers.options import WeatherOptions

SFC_HEADER = re.compile(r"^\s*[\d.]+\s*[NS]\s+[\d.]+\s*[EW]\s+UA_ID", re.IGNORECASE)
"""First line of a surface file."""

_SFC = (
    "year month day julian hour sensible_heat_flux friction_velocity convective_velocity gradient convective "
    "mechanical obukhov_length roughness_length bowen albedo wind_speed wind_from_direction "
    "measurement_height air_temperature temperature_height precipitation_code precipitation humidity "
    "pressure cloud"
)
SFC_FIELDS = _SFC.split()

_PFL = "year month day hour height top wind_from_direction wind_speed temperature_c sigma_theta sigma_w"
PFL_FIELDS = _PFL.split()

PIVOT_YEAR = 50
"""Two-digit years from here on are of the 20th century, as in AERMOD (ISTRT_CENT = 19, window 50)."""


def _number_rows(path: Path, name: str, fields: list[str], skip: int) -> tuple[pd.DataFrame, list[Finding]]:
    """Numbers of the first fields of each line, with the line number; short lines become findings."""
    text, _ = read_text(path, name=name)
    rows, numbers, found = [], [], []
    for number, line in enumerate(text.splitlines(), start=1):
        cells = line.split()
        if number <= skip or not cells or cells[0].startswith("\x1a"):
            continue
        try:
            rows.append([float(cell) for cell in cells[: len(fields)]])
        except ValueError:
            code = "WX-NOT-A-NUMBER"
            found.append(finding(code, "weather", value=line.strip(), file=name, row=number))
            continue
        if len(cells) < len(fields):
            rows.pop()
            found.append(finding("WX-SHORT-ROW", "weather", value=line.strip(), file=name, row=number))
            continue
        numbers.append(number)
    if not rows:
        raise InputError(
            "no line has the fields of the format",
            where=name,
            rule=f"{len(fields)} blank-separated numbers a line",
            cure="state layout of the file in case.toml",
        )
    table = pd.DataFrame(rows, columns=fields)
    return table.assign(source_row=numbers), found


def _local_stamps(table: pd.DataFrame) -> pd.Series:
    """Local ends of the hours; NaT where no such date exists."""
    year = table["year"]
    full = year.where(year >= 100, year + np.where(year >= PIVOT_YEAR, 1900.0, 2000.0))
    parts = pd.DataFrame({"year": full, "month": table["month"], "day": table["day"]})
    whole = (parts.where(np.isfinite(parts), -1) % 1 == 0).all(axis=1) & full.between(1850, 2200)
    day = pd.to_datetime(parts.where(whole), errors="coerce").astype("datetime64[us]")
    hour = table["hour"].where(table["hour"].between(1, 24) & (table["hour"] % 1 == 0))
    return (day + pd.to_timedelta(hour, unit="h")).astype("datetime64[us]")


def _start(
    table: pd.DataFrame, name: str, zone: str, options: WeatherOptions, guesses: list[Guess]
) -> pd.Series:
    clock = options.zone or zone
    if options.zone is None:
        guesses.append(
            Guess(
                name,
                "zone",
                f"standard time of {clock}",
                "AERMOD's hours are local standard time and the file names no zone",
                f'[files."{name}"] zone = "{clock}"',
            )
        )
    stamp: Stamp = "beginning" if options.stamp == "beginning" else "ending"
    return standard_time_to_utc(_local_stamps(table), clock, stamp=stamp, duration_s=3600.0)


def read_sfc(
    path: Path, name: str, *, zone: str, options: WeatherOptions, now: pd.Timestamp | None
) -> ReadResult:
    """Weather of an AERMOD surface file.

    The mixing height is the larger of the convective and the mechanical one. A wind of 0 m/s is a calm,
    whose direction is missing; a direction of 999 with wind is a variable one.
    """
    text, _ = read_text(path, name=name)
    header = text.splitlines()[0] if text else ""
    skip = 1 if SFC_HEADER.match(header) else 0
    table, findings = _number_rows(path, name, SFC_FIELDS, skip)
    guesses: list[Guess] = []
    calm = table["wind_speed"] == 0.0
    direction = table["wind_from_direction"].where(~calm & (table["wind_from_direction"] < 900))
    speed = table["wind_speed"].where(table["wind_speed"] < 900)
    _report_variable(findings, name, speed, table["wind_from_direction"])
    depth = table[["convective", "mechanical"]].where(table[["convective", "mechanical"]] > -900)
    height = table["measurement_height"].where(table["measurement_height"] > 0)
    draft = pd.DataFrame(
        {
            "station_id": options.station_id or _sfc_station(header) or Path(name).stem,
            "time_start": _start(table, name, zone, options, guesses),
            "duration_s": 3600.0,
            "wind_speed": speed,
            "wind_from_direction": direction,
            "measurement_height": height.fillna(options.measurement_height or np.nan),
            "air_temperature": table["air_temperature"].where(table["air_temperature"] < 900),
            "pressure": table["pressure"].where(table["pressure"] < 9000) * 100.0,
            "humidity": table["humidity"].where(table["humidity"] < 900) / 100.0,
            "cloud": table["cloud"].where(table["cloud"] < 99) / 10.0,
            "precipitation": table["precipitation"].where(table["precipitation"] >= 0),
            "mixing_height": depth.max(axis=1),
            "friction_velocity": table["friction_velocity"].where(table["friction_velocity"] > -9),
            "obukhov_length": table["obukhov_length"].where(table["obukhov_length"] > -90_000),
            "sensible_heat_flux": table["sensible_heat_flux"].where(table["sensible_heat_flux"] > -900),
            "convective_velocity": table["convective_velocity"].where(table["convective_velocity"] > -9),
            "roughness_length": table["roughness_length"],
            "source_row": table["source_row"],
        }
    )
    return finish(draft, file=name, findings=findings, guesses=guesses, now=now)


def _sfc_station(header: str) -> str:
    for key in ("SF_ID", "OS_ID"):
        match = re.search(rf"{key}:\s+(\S+)", header)
        if match and match[1] != "99999" and not match[1].endswith(":"):
            return match[1]
    return ""


def read_pfl(
    path: Path, name: str, *, zone: str, options: WeatherOptions, now: pd.Timestamp | None
) -> ReadResult:
    """Weather of an AERMOD profile file: of each hour the lowest level with wind, or the stated one.

    A level stated by ``measurement_height`` is taken within 0.05 m.
    """
    table, findings = _number_rows(path, name, PFL_FIELDS, 0)
    guesses: list[Guess] = []
    table["time_start"] = _start(table, name, zone, options, guesses)
    table["speed"] = table["wind_speed"].where(table["wind_speed"].between(-90, 98.99))
    levels = sorted(table["height"].dropna().unique())
    if options.measurement_height is not None:
        rows = table.loc[(table["height"] - options.measurement_height).abs() <= 0.05]
        if rows.empty:
            raise InputError(
                f"no level at {options.measurement_height:g} m",
                where=name,
                cure=f"one of: {', '.join(f'{level:g}' for level in levels[:20])}",
            )
    else:
        table["without"] = table["speed"].isna()
        ordered = table.sort_values(["without", "height"], kind="stable")
        undated = ordered["time_start"].isna()
        rows = ordered.loc[undated | ~ordered.duplicated(["time_start"])].sort_values("source_row")
        # A level that occurs twice in an hour is a repeated row, not another level.
        again = table.duplicated(["time_start", "height"]) & table["time_start"].notna()
        rows = pd.concat([rows, table.loc[again]]).drop_duplicates("source_row").sort_values("source_row")
    if len(levels) > 1:
        value = ", ".join(f"{level:g} m" for level in levels[:20])
        findings.append(finding("WX-PROFILE-LEVEL", "weather", value=value, file=name))
    speed, calm = rows["speed"], rows["speed"] == 0.0
    _report_variable(findings, name, speed, rows["wind_from_direction"])
    celsius = rows["temperature_c"].where(rows["temperature_c"].between(-95, 98.99))
    angle = rows["wind_from_direction"]
    draft = pd.DataFrame(
        {
            "station_id": options.station_id or Path(name).stem,
            "time_start": rows["time_start"],
            "duration_s": 3600.0,
            "wind_speed": speed,
            "wind_from_direction": angle.where(~calm & (angle > -900) & (angle < 900)),
            "measurement_height": rows["height"],
            "air_temperature": celsius + 273.15,
            "source_row": rows["source_row"],
        }
    )
    return finish(draft, file=name, findings=findings, guesses=guesses, now=now)


def _report_variable(findings: list[Finding], name: str, speed: pd.Series, direction: pd.Series) -> None:
    count = int(((speed > 0) & (direction >= 900)).sum())
    if count:
        findings.append(
            finding("WX-DIRECTION-VARIABLE", "wind_from_direction", value=f"{count} hours", file=name)
        )
