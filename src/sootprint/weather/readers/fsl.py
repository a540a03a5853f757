"""NOAA's FSL (RAOB) soundings: lines of integers, one sounding after another, UTC.

Types of lines: 254 time; 1 station; 2 counts; 3 name and wind unit; 9 surface; 4 mandatory; 5 significant;
6 wind; 7 tropopause; 8 maximum wind. Format: https://rucsoundings.noaa.gov/raob_format.html
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from sootprint.core.constants import KELVIN_OFFSET
from sootprint.core.errors import InputError
from sootprint.core.findings import Finding, ReadResult
from sootprint.core.raw import read_text
from sootprint.weather.readers.codes import finding
from sootprint.weather.readers.sounding_draft import LEVEL_COLUMNS, finish_soundings

LEVELS = {
    4: "mandatory",
    5: "significant",
    6: "wind",
    7: "other",
    8: "other",
    9: "surface",
}
"""Kind of level of each type of data line."""

_NAMES = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"
MONTHS = {name: number for number, name in enumerate(_NAMES.split(), start=1)}

MISSING = (32767, 99999)
"""Missing value of the original and of the newer form of the format."""

LARGEST_WHOLE_HPA = 1100
"""Pressure [hPa] over which the column of a sounding must be in tenths, as in the newer form."""

WIND_UNITS = {"kt": 1852.0 / 3600.0, "ms": 0.1}
"""m s⁻¹ of one unit: whole knots, tenths of m/s."""

_VALUES = 6


HEADER = re.compile(r"^\s*254\s+\d+\s+\d+\s+[A-Za-z]{3}\s+\d{4}\s*$", re.MULTILINE)
"""Line that begins a sounding."""


def looks_like(text: str) -> bool:
    """Whether a text holds a header of the format; a level before the first is a fault, no other format."""
    return HEADER.search(text) is not None


def read(path: Path, name: str, *, station_id: str | None, now: pd.Timestamp | None) -> ReadResult:
    """Soundings of an FSL file.

    Heights are above the station. A sounding with a faulty time, an unknown wind unit or no surface level
    is kept out with one finding; a faulty level with one of its own.

    Raises
    ------
    InputError
        If no line has the form of a level.
    """
    text, _ = read_text(path, name=name)
    state = _State(name)
    for row, line in enumerate(text.splitlines(), start=1):
        cells = line.split()
        if cells and cells != ["\x1a"]:
            state.take(row, line, cells)
    if not state.rows:
        raise InputError("no line is a level of an FSL sounding", where=name, cure="check the file")
    return finish_soundings(
        _draft(state, station_id), file=name, findings=state.findings, guesses=[], now=now
    )


class _State:
    """What the lines so far have said: the current sounding, all levels, and the faults."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.findings: list[Finding] = []
        self.rows: list[list[int]] = []
        self.times: list[pd.Timestamp] = []
        self.stations: list[str] = []
        self.units: list[float] = []

    def fault(self, code: str, row: int, line: str) -> None:
        self.findings.append(finding(code, "soundings", value=line.strip(), file=self.name, row=row))

    def take(self, row: int, line: str, cells: list[str]) -> None:
        kind = _integer(cells[0])
        if kind == 254:
            self._begin(row, line, cells)
        elif kind in (1, 2, 3) and not self.times:
            self.fault("SND-ORPHAN", row, line)
        elif kind == 1:
            self.stations[-1] = cells[1] if len(cells) > 1 else ""
        elif kind == 2:
            pass
        elif kind == 3:
            unit = cells[-1].lower()
            if unit in WIND_UNITS:
                self.units[-1] = WIND_UNITS[unit]
            else:
                self.fault("SND-WIND-UNIT", row, line)
        elif kind in LEVELS:
            self._level(row, line, kind, cells)
        else:
            self.fault("SND-LINE", row, line)

    def _begin(self, row: int, line: str, cells: list[str]) -> None:
        time = _header_time(cells)
        if time is pd.NaT:
            self.fault("SND-TIME", row, line)
        self.times.append(time)
        self.stations.append("")
        self.units.append(np.nan)

    def _level(self, row: int, line: str, kind: int, cells: list[str]) -> None:
        values = [value for value in map(_integer, cells[1 : 1 + _VALUES]) if value is not None]
        if len(values) < _VALUES:
            self.fault("SND-LINE", row, line)
        elif not self.times:
            self.fault("SND-ORPHAN", row, line)
        else:
            self.rows.append([len(self.times) - 1, kind, row, *values])


def _header_time(cells: list[str]) -> pd.Timestamp:
    if len(cells) < 5:
        return pd.NaT
    hour, day, year = _integer(cells[1]), _integer(cells[2]), _integer(cells[4])
    if hour is None or day is None or year is None or not (0 <= hour <= 23 and 1850 <= year <= 2200):
        return pd.NaT
    try:
        return pd.Timestamp(year=year, month=MONTHS.get(cells[3].upper(), 0), day=day, hour=hour)
    except ValueError:
        return pd.NaT


def _integer(text: str) -> int | None:
    plain = text.lstrip("+-")
    return int(text) if plain.isascii() and plain.isdigit() and len(plain) <= 9 else None


def _draft(state: _State, station_id: str | None) -> pd.DataFrame:
    numbers = np.array(state.rows, dtype=np.int64)
    sounding, kind, row = numbers[:, 0], numbers[:, 1], numbers[:, 2]
    raw = numbers[:, 3:].astype(float)
    values = np.where(np.isin(raw, MISSING), np.nan, raw)
    with np.errstate(invalid="ignore"):
        over = np.zeros(len(state.times), bool)
        np.logical_or.at(over, sounding, values[:, 0] > LARGEST_WHOLE_HPA)
    hpa = np.where(over[sounding], 0.1, 1.0)
    times = pd.Series(pd.to_datetime(state.times)).astype("datetime64[us]")
    stations = np.array([station_id or name or Path(state.name).stem for name in state.stations], object)
    # A sounding with a faulty time was named already: its levels need no further findings.
    dated = times.notna().to_numpy()[sounding]
    calm = values[:, 5] == 0.0
    draft = pd.DataFrame(
        {
            "sounding": sounding,
            "station_id": stations[sounding],
            "time_start": times.to_numpy()[sounding],
            "level": pd.Series(kind).map(LEVELS).to_numpy(object),
            "pressure": values[:, 0] * hpa * 100.0,
            "altitude": values[:, 1],
            "air_temperature": values[:, 2] / 10.0 + KELVIN_OFFSET,
            "dew_point_temperature": values[:, 3] / 10.0 + KELVIN_OFFSET,
            "wind_speed": values[:, 5] * np.array(state.units)[sounding],
            "wind_from_direction": np.where(calm, np.nan, values[:, 4]),
            "source_row": row,
        }
    )
    return draft.loc[dated, list(LEVEL_COLUMNS)]
