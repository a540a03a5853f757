"""Table ``weather`` of AERMOD's surface (``.sfc``) and profile (``.pfl``) files.

The layered tables of the same files are made in ``aermod_layers``.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.findings import Finding, Guess, ReadResult
from sootprint.core.timeaxis import Stamp
from sootprint.weather.readers.aermod_text import PFL_FIELDS, SFC_FIELDS, local_stamps, number_rows
from sootprint.weather.readers.clock import standard_time_to_utc
from sootprint.weather.readers.codes import finding
from sootprint.weather.readers.draft import finish
from sootprint.weather.readers.options import WeatherOptions


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
    return standard_time_to_utc(local_stamps(table), clock, stamp=stamp, duration_s=3600.0)


def read_sfc(
    path: Path, name: str, *, zone: str, options: WeatherOptions, now: pd.Timestamp | None
) -> ReadResult:
    """Weather of an AERMOD surface file.

    The mixing height is the larger of the convective and the mechanical one. A wind of 0 m/s is a calm,
    whose direction is missing; a direction of 999 with wind is a variable one.
    """
    table, header, findings = number_rows(path, name, SFC_FIELDS)
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
    table, _, findings = number_rows(path, name, PFL_FIELDS)
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
