"""NOAA's ISD-Lite: hourly observations of airports and SYNOP stations, in fixed columns, UTC.

Format: NOAA NCEI, ``isd-lite-format.txt``; one file a station and year.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from sootprint.core.constants import KELVIN_OFFSET
from sootprint.core.errors import InputError
from sootprint.core.findings import Guess, ReadResult
from sootprint.core.raw import read_text
from sootprint.weather.readers.codes import finding
from sootprint.weather.readers.draft import finish
from sootprint.weather.readers.options import WeatherOptions

LINE = re.compile(r"^\d{4} [ \d]\d [ \d]\d [ \d]\d(?:\s*-?\d+){8}\s*$")
"""A line of the format: year, month, day, hour and eight integers."""

FIELDS = {
    "year": (0, 4),
    "month": (5, 7),
    "day": (8, 10),
    "hour": (11, 13),
    "temperature": (13, 19),
    "dew_point": (19, 25),
    "sea_level_pressure": (25, 31),
    "direction": (31, 37),
    "speed": (37, 43),
    "sky": (43, 49),
    "precipitation": (49, 55),
    "precipitation_6h": (55, 61),
}
"""Columns of the fields, from 0, end excluded."""

SKY_FRACTION = [n / 8 for n in range(9)] + [np.nan, np.nan] + [3.5 / 8] * 3 + [6 / 8] * 3 + [1.0] * 3
"""Cloud fraction of the sky condition code 0 to 19: oktas to 8; 9 and 10 are obscured (no amount seen);
11–13 scattered (3 to 4 oktas), 14–16 broken (5 to 7), 17–19 overcast, each thin, plain and dark."""


def looks_like(text: str) -> bool:
    """Whether the first lines of a text have the format."""
    lines = [line for line in text.splitlines()[:10] if line.strip()]
    return bool(lines) and all(LINE.match(line) for line in lines)


def read(
    path: Path, name: str, *, zone: str, options: WeatherOptions, now: pd.Timestamp | None
) -> ReadResult:
    """Weather of an ISD-Lite file.

    A wind of 0 m/s is a calm, whose direction is missing. Humidity is made of temperature and dew point
    (Magnus formula, Sonntag 1990). The pressure of the format is reduced to sea level, so it is not taken
    for the station's. Trace precipitation (-1) is 0.
    """
    text, _ = read_text(path, name=name)
    lines = pd.Series(text.splitlines(), dtype=object)
    lines.index = pd.RangeIndex(1, len(lines) + 1)
    lines = lines[lines.str.strip() != ""]
    fits = lines.str.match(LINE).astype(bool)
    findings = [
        finding("WX-SHORT-ROW", "weather", value=line, file=name, row=int(row))
        for row, line in lines[~fits].items()
    ]
    lines = lines[fits]
    if lines.empty:
        raise InputError("no line has the fields of ISD-Lite", where=name, cure="state layout in case.toml")
    table = pd.DataFrame(
        {key: pd.to_numeric(lines.str[a:b].str.strip(), errors="coerce") for key, (a, b) in FIELDS.items()}
    ).astype(float)
    table = table.where(table != -9999)
    day = pd.to_datetime(table[["year", "month", "day"]], errors="coerce").astype("datetime64[us]")
    hour = table["hour"].where(table["hour"] <= 23)
    duration = options.duration_s or 3600.0
    end = day + pd.to_timedelta(hour, unit="h")
    stamp = options.stamp or "ending"
    start = end if stamp == "beginning" else end - pd.to_timedelta(duration, unit="s")
    guesses = []
    if options.stamp is None:
        guesses.append(
            Guess(
                name,
                "stamp",
                "ending",
                "an observation is the mean of the minutes before its hour",
                f'[files."{name}"] stamp = "ending"',
            )
        )
    speed = table["speed"] / 10.0
    angle = table["direction"].where(speed != 0.0)
    draft = pd.DataFrame(
        {
            "station_id": options.station_id or station_of(name),
            "time_start": start.astype("datetime64[us]"),
            "duration_s": duration,
            "wind_speed": speed,
            "wind_from_direction": angle,
            "measurement_height": options.measurement_height or np.nan,
            "air_temperature": table["temperature"] / 10.0 + KELVIN_OFFSET,
            "humidity": relative_humidity(table["temperature"] / 10.0, table["dew_point"] / 10.0),
            "cloud": table["sky"].map(dict(enumerate(SKY_FRACTION))),
            "precipitation": (table["precipitation"] / 10.0).where(table["precipitation"] != -1, 0.0),
            "source_row": lines.index,
        }
    )
    if table["sea_level_pressure"].notna().any():
        findings.append(finding("WX-SEA-LEVEL-PRESSURE", "pressure", file=name))
    variable = int(((speed > 0) & table["direction"].isna()).sum())
    if variable:
        value = f"{variable} hours"
        findings.append(finding("WX-DIRECTION-VARIABLE", "wind_from_direction", value=value, file=name))
    return finish(draft, file=name, findings=findings, guesses=guesses, now=now)


def relative_humidity(temperature_c: pd.Series, dew_point_c: pd.Series) -> pd.Series:
    """Relative humidity over water [1] from temperature and dew point [°C]; 20 and 9.3 give 0.50."""

    def exponent(celsius: pd.Series) -> pd.Series:
        return 17.62 * celsius / (243.12 + celsius)

    return np.exp(exponent(dew_point_c) - exponent(temperature_c))


def station_of(name: str) -> str:
    """Station of a file name: ``364030-99999-2024.gz`` is station ``364030-99999``."""
    match = re.match(r"^(\d{6}-\d{5})-\d{4}", name)
    return match[1] if match else Path(name.removesuffix(".gz")).stem
