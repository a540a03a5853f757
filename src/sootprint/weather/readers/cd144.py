"""US airport cards, card deck 144: hourly observations in 79 fixed columns, local standard time.

Format: NCDC, Card Deck 144 WBAN Hourly Surface Observations, reference manual (1970).
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
from sootprint.core.timeaxis import Stamp
from sootprint.weather.readers.clock import standard_time_to_utc
from sootprint.weather.readers.codes import finding
from sootprint.weather.readers.draft import finish
from sootprint.weather.readers.options import WeatherOptions

LINE = re.compile(r"^\d{5}\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3]).{33,}$")
"""A card: station, two-digit year, month, day and hour, then at least as far as the temperature."""

COLUMNS = {
    "station": (0, 5),
    "year": (5, 7),
    "month": (7, 9),
    "day": (9, 11),
    "hour": (11, 13),
    "direction": (38, 40),
    "speed": (40, 42),
    "pressure": (42, 46),
    "temperature": (46, 49),
    "humidity": (52, 55),
    "cloud": (55, 56),
    "opaque": (78, 79),
}
"""Columns of the fields, from 0, end excluded."""

PIVOT_YEAR = 30
"""Two-digit years from here on are of the 20th century: the deck began in 1928 and ended by 2000."""

KNOT = 1852.0 / 3600.0
"""International knot [m s⁻¹]."""

INCH_OF_MERCURY = 3386.389
"""Inch of mercury at 0 °C [Pa]; NIST SP 811."""


def looks_like(text: str) -> bool:
    """Whether the first lines of a text have the format."""
    lines = [line for line in text.splitlines()[:10] if line.strip(" \t\x1a")]
    return bool(lines) and all(LINE.match(line) for line in lines)


def read(
    path: Path, name: str, *, zone: str, options: WeatherOptions, now: pd.Timestamp | None
) -> ReadResult:
    """Weather of a file of cards.

    Direction and speed of 00 are a calm, whose direction is missing. Cloud is the opaque cover, or the
    total one where that is blank; ``-`` and ``X`` stand for ten tenths. The station's pressure is used, not
    the one at sea level. An observation ends its hour unless ``stamp`` says otherwise.

    Raises
    ------
    InputError
        If no line has the form of a card.
    """
    text, _ = read_text(path, name=name)
    lines = pd.Series(text.splitlines(), dtype=object)
    lines.index = pd.RangeIndex(1, len(lines) + 1)
    lines = lines[lines.str.strip(" \t\x1a") != ""]
    fits = lines.str.match(LINE).astype(bool)
    findings = [
        finding("WX-SHORT-ROW", "weather", value=line, file=name, row=int(row))
        for row, line in lines[~fits].items()
    ]
    lines = lines[fits]
    if lines.empty:
        raise InputError("no line is a card of deck 144", where=name, cure="state layout in case.toml")
    cells = {key: lines.str[a:b] for key, (a, b) in COLUMNS.items()}
    guesses: list[Guess] = []
    start = _start(cells, name, zone, options, guesses)
    speed, faults_speed = _speed(cells["speed"])
    direction, faults_direction = _whole(cells["direction"], 10.0)
    kelvin, faults_kelvin = _temperature(cells["temperature"])
    pressure, faults_pressure = _whole(cells["pressure"], INCH_OF_MERCURY / 100.0)
    humidity, faults_humidity = _whole(cells["humidity"], 0.01)
    cloud, faults_cloud = _cloud(cells["opaque"], cells["cloud"])
    draft = pd.DataFrame(
        {
            "station_id": options.station_id or cells["station"],
            "time_start": start,
            "duration_s": options.duration_s or 3600.0,
            "wind_speed": speed,
            "wind_from_direction": direction.where((speed != 0.0) & (direction != 0.0)),
            "measurement_height": options.measurement_height or np.nan,
            "air_temperature": kelvin,
            "pressure": pressure,
            "humidity": humidity,
            "cloud": cloud,
            "source_row": lines.index,
        }
    )
    variable = int(((speed > 0) & (direction == 0.0)).sum())
    if variable:
        value = f"{variable} hours"
        findings.append(finding("WX-DIRECTION-VARIABLE", "wind_from_direction", value=value, file=name))
    faults = {
        "wind_speed": (faults_speed, cells["speed"]),
        "wind_from_direction": (faults_direction, cells["direction"]),
        "air_temperature": (faults_kelvin, cells["temperature"]),
        "pressure": (faults_pressure, cells["pressure"]),
        "humidity": (faults_humidity, cells["humidity"]),
        "cloud": (faults_cloud, cells["opaque"].fillna("") + cells["cloud"].fillna("")),
    }
    bad = [
        pd.DataFrame({"source_row": texts.index[mask], "column": column, "value": texts[mask].to_numpy()})
        for column, (mask, texts) in faults.items()
        if mask.any()
    ]
    text_faults = pd.concat(bad, ignore_index=True) if bad else None
    return finish(draft, file=name, findings=findings, guesses=guesses, now=now, text_faults=text_faults)


def _start(
    cells: dict[str, pd.Series], name: str, zone: str, options: WeatherOptions, guesses: list[Guess]
) -> pd.Series:
    clock = options.zone or zone
    if options.zone is None:
        why = "cards are in local standard time and name no zone"
        guesses.append(
            Guess(name, "zone", f"standard time of {clock}", why, f'[files."{name}"] zone = "{clock}"')
        )
    if options.stamp is None:
        why = "an observation is the mean of the minutes before its hour"
        guesses.append(Guess(name, "stamp", "ending", why, f'[files."{name}"] stamp = "ending"'))
    parts = {key: cells[key].astype(int) for key in ("year", "month", "day", "hour")}
    parts["year"] = parts["year"] + np.where(parts["year"] >= PIVOT_YEAR, 1900, 2000)
    day = pd.DataFrame({key: parts[key] for key in ("year", "month", "day")})
    local = pd.to_datetime(day, errors="coerce") + pd.to_timedelta(parts["hour"], unit="h")
    stamp: Stamp = "beginning" if options.stamp == "beginning" else "ending"
    return standard_time_to_utc(
        local.astype("datetime64[us]"), clock, stamp=stamp, duration_s=options.duration_s or 3600.0
    )


def _whole(texts: pd.Series, factor: float) -> tuple[pd.Series, pd.Series]:
    """Values of a field of digits, and where it holds something else; blank is missing."""
    plain = texts.fillna("").str.strip()
    right = plain.str.fullmatch(r"[0-9]+").astype(bool)
    values = pd.to_numeric(plain.where(right, None), errors="coerce").astype(float) * factor
    return values, ~right & (plain != "")


def _leading(texts: pd.Series) -> pd.Series:
    """Number of the first character: a digit, or a letter whose overpunch adds ten (A = J = 11)."""
    code = {str(digit): float(digit) for digit in range(10)} | {" ": 0.0, "[": 10.0, "]": 10.0}
    code |= {letter: 11.0 + index for index, letter in enumerate("ABCDEFGHI")}
    code |= {letter: 11.0 + index for index, letter in enumerate("JKLMNOPQR")}
    return texts.str[:1].map(code).astype(float)


def _speed(texts: pd.Series) -> tuple[pd.Series, pd.Series]:
    plain = texts.fillna("")
    tail = pd.to_numeric(plain.str[1:2].where(plain.str[1:2].str.isdigit(), None), errors="coerce")
    values = (10.0 * _leading(plain) + tail.astype(float)) * KNOT
    return values, values.isna() & (plain.str.strip() != "")


def _temperature(texts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Temperature [K] of three characters in Fahrenheit, ``-`` or ``X`` first for one below zero."""
    plain = texts.fillna("")
    whole = plain.str.fullmatch(r".[0-9]{2}| {1,2}[0-9]+").astype(bool)
    tail = pd.to_numeric(plain.str[1:3].str.strip().where(whole, None), errors="coerce")
    below = plain.str[:1].isin(["-", "X"])
    lead = _leading(plain)
    # Ten and more in front stands for 100 and more below zero.
    positive = (100.0 * lead + tail).where(lead < 10, -100.0 - tail)
    fahrenheit = (-tail).where(below, positive).astype(float)
    return (fahrenheit - 32.0) / 1.8 + KELVIN_OFFSET, fahrenheit.isna() & (plain.str.strip() != "")


def _cloud(opaque: pd.Series, total: pd.Series) -> tuple[pd.Series, pd.Series]:
    code = {str(digit): digit / 10.0 for digit in range(10)} | {"-": 1.0, "X": 1.0}
    first, second = opaque.fillna("").str.strip(), total.fillna("").str.strip()
    text = first.where(first != "", second)
    values = text.map(code).astype(float)
    return values, values.isna() & (text != "")
