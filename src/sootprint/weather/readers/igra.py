"""NOAA's Integrated Global Radiosonde Archive, version 2: fixed columns, one sounding after another, UTC.

Format: NOAA NCEI, ``igra2-data-format.txt``. Durre, I. et al. (2006), doi:10.1175/JCLI3594.1.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from sootprint.core.constants import KELVIN_OFFSET
from sootprint.core.errors import InputError
from sootprint.core.findings import Finding, ReadResult
from sootprint.core.raw import read_text
from sootprint.weather.readers.codes import finding
from sootprint.weather.readers.sounding_draft import LEVEL_COLUMNS, finish_soundings

HEADER = {
    "station": (1, 12),
    "year": (13, 17),
    "month": (18, 20),
    "day": (21, 23),
    "hour": (24, 26),
    "release": (27, 31),
}
"""Columns of the header line, from 0, end excluded."""

FIELDS = {
    "pressure": (9, 15),
    "height": (16, 21),
    "temperature": (22, 27),
    "humidity": (28, 33),
    "depression": (34, 39),
    "direction": (40, 45),
    "speed": (46, 51),
}
"""Columns of a level line, from 0, end excluded; between them stand flags."""

MISSING = (-9999, -8888)
"""Missing, and removed by quality control."""

MAJOR = {"1": "mandatory", "2": "significant", "3": "wind"}
"""Kind of level by its first character; the second is 1 at the surface."""


def looks_like(text: str) -> bool:
    """Whether a text holds a header of the format; a level before the first is a fault, no other format."""
    lines = text.splitlines()
    return any(line.startswith("#") and len(line) >= 36 and line[13:17].isdigit() for line in lines)


def read(path: Path, name: str, *, station_id: str | None, now: pd.Timestamp | None) -> ReadResult:
    """Soundings of an IGRA 2 file.

    Heights are above the surface level of the sounding; the archive states no height at most significant
    levels, which get the hypsometric one. Where the dew-point depression is missing it is made of the
    relative humidity (Magnus formula, Sonntag 1990).
    A missing nominal hour is taken from the time of release.

    Raises
    ------
    InputError
        If no line has the form of a level.
    """
    text, _ = read_text(path, name=name)
    findings: list[Finding] = []
    times: list[pd.Timestamp] = []
    stations: list[str] = []
    rows: list[tuple[int, int, str, str]] = []

    def fault(code: str, row: int, line: str) -> None:
        findings.append(finding(code, "soundings", value=line.strip(), file=name, row=row))

    for row, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#"):
            time = _header_time(line)
            if time is pd.NaT:
                fault("SND-TIME", row, line)
            times.append(time)
            stations.append(line[slice(*HEADER["station"])].strip())
        elif not line.strip() or line == "\x1a":
            continue
        elif len(line) < FIELDS["temperature"][1] or line[0] not in MAJOR:
            fault("SND-LINE", row, line)
        elif not times:
            fault("SND-ORPHAN", row, line)
        else:
            rows.append((len(times) - 1, row, line[:2], line))
    if not rows:
        raise InputError("no line is a level of an IGRA sounding", where=name, cure="check the file")
    draft, faulty = _draft(rows, times, [station_id or item or Path(name).stem for item in stations])
    for row, line in faulty:
        fault("SND-LINE", row, line)
    return finish_soundings(draft, file=name, findings=findings, guesses=[], now=now)


def _header_time(line: str) -> pd.Timestamp:
    parts = {key: line[slice(*columns)].strip() for key, columns in HEADER.items()}
    if parts["hour"] == "99" and parts["release"].isdigit() and parts["release"] != "9999":
        parts["hour"] = parts["release"].zfill(4)[:2]
    numbers = [parts[key] for key in ("year", "month", "day", "hour")]
    if not all(text.isascii() and text.isdigit() for text in numbers):
        return pd.NaT
    year, month, day, hour = (int(text) for text in numbers)
    if not (1850 <= year <= 2200 and hour <= 23):
        return pd.NaT
    try:
        return pd.Timestamp(year=year, month=month, day=day, hour=hour)
    except ValueError:
        return pd.NaT


def _draft(
    rows: list[tuple[int, int, str, str]], times: list[pd.Timestamp], stations: list[str]
) -> tuple[pd.DataFrame, list[tuple[int, str]]]:
    """Draft of the level lines, and those whose fields are no integers."""
    lines = pd.Series([item[3] for item in rows], dtype=object)
    texts = {key: lines.str[a:b].str.strip() for key, (a, b) in FIELDS.items()}
    values = {
        key: pd.to_numeric(text.where(text != "", None), errors="coerce") for key, text in texts.items()
    }
    broken = np.zeros(len(rows), bool)
    for key, text in texts.items():
        whole = text.str.fullmatch(r"-?[0-9]+").fillna(False).astype(bool)
        broken |= (~whole & (text != "")).to_numpy()
        values[key] = values[key].astype(float).where(whole & ~values[key].isin(MISSING))
    sounding = np.array([item[0] for item in rows])
    dated = pd.Series(pd.to_datetime(times)).astype("datetime64[us]")
    kind = np.array([item[2] for item in rows], object)
    level = np.array(["surface" if text[1] == "1" else MAJOR[text[0]] for text in kind], object)
    celsius = values["temperature"] / 10.0
    speed = values["speed"] / 10.0
    draft = pd.DataFrame(
        {
            "sounding": sounding,
            "station_id": np.array(stations, object)[sounding],
            "time_start": dated.to_numpy()[sounding],
            "level": level,
            "pressure": values["pressure"],
            "altitude": values["height"],
            "air_temperature": celsius + KELVIN_OFFSET,
            "dew_point_temperature": _dew_point(celsius, values) + KELVIN_OFFSET,
            "wind_speed": speed,
            "wind_from_direction": values["direction"].where(speed != 0.0),
            "source_row": [item[1] for item in rows],
        }
    )
    keep = ~broken & dated.notna().to_numpy()[sounding]
    faulty = [(rows[index][1], rows[index][3]) for index in np.flatnonzero(broken)]
    return draft.loc[keep, list(LEVEL_COLUMNS)], faulty


def _dew_point(celsius: pd.Series, values: dict[str, pd.Series]) -> pd.Series:
    depression = celsius - values["depression"] / 10.0
    fraction = (values["humidity"] / 1000.0).where(values["humidity"] > 0)
    logarithm = np.log(fraction) + 17.62 * celsius / (243.12 + celsius)
    return depression.fillna(243.12 * logarithm / (17.62 - logarithm))
