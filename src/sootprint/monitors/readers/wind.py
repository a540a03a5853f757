"""Weather that stands beside the readings of a wide table: the table ``weather`` of the posts."""

from __future__ import annotations

import pandas as pd

from sootprint.core.constants import KELVIN_OFFSET
from sootprint.core.schema import check
from sootprint.monitors.readers.cells import parse_values
from sootprint.monitors.readers.columns import parse_heading
from sootprint.monitors.readers.draft import Draft, Log
from sootprint.monitors.readers.moments import place_in_time
from sootprint.monitors.readers.options import Options
from sootprint.monitors.readers.quality import split_duplicates
from sootprint.monitors.readers.tidy import leave_excluded

LONGEST_S = 86_400.0
"""Longest interval of the table ``weather`` [s]."""

LIMITS = {
    "wind_speed": (0.0, 113.0),
    "wind_from_direction": (0.0, 360.0),
    "air_temperature": (180.0, 340.0),
    "pressure": (45_000.0, 110_000.0),
    "humidity": (0.0, 1.05),
}
"""Limits of the table ``weather``."""

SCALES: dict[str, dict[str, tuple[float, float]]] = {
    "wind_speed": {
        **dict.fromkeys(("m/s", "m s-1", "m s⁻¹", "м/с"), (1.0, 0.0)),
        **dict.fromkeys(("km/h", "км/ч"), (1 / 3.6, 0.0)),
        **dict.fromkeys(("kn", "kt", "knots"), (1852.0 / 3600.0, 0.0)),
    },
    "wind_from_direction": dict.fromkeys(("deg", "degree", "degrees", "°", "град"), (1.0, 0.0)),
    "air_temperature": {
        **dict.fromkeys(("°c", "degc", "deg c", "c"), (1.0, KELVIN_OFFSET)),
        "k": (1.0, 0.0),
    },
    "pressure": {
        **dict.fromkeys(("pa", "па"), (1.0, 0.0)),
        **dict.fromkeys(("hpa", "гпа", "mbar"), (100.0, 0.0)),
        "kpa": (1000.0, 0.0),
        **dict.fromkeys(("mmhg", "mm hg", "мм рт. ст.", "мм рт ст", "мм рт.ст."), (133.322387415, 0.0)),
    },
    "humidity": {"%": (0.01, 0.0), "1": (1.0, 0.0)},
}
"""Factor and offset to the units of the table ``weather``, by unit; 1 mmHg = 133.322 Pa (BIPM)."""


def weather_table(
    draft: Draft, options: Options, log: Log, *, zone: str, now: pd.Timestamp, stations: set[str]
) -> pd.DataFrame | None:
    """Table ``weather`` of a draft, or None if no weather column can be used.

    A cell that cannot be is left missing and noted; the row is kept, so that coverage can be counted.
    """
    if draft.weather is None:
        return None
    quiet = Log(log.file, log.sheet)
    frame = leave_excluded(draft.weather.reset_index(drop=True), options, quiet)
    frame = place_in_time(frame, draft, options, quiet, zone=zone, now=now)
    frame = frame.loc[frame["station"].isin(stations)]
    long = frame["duration_s"] > LONGEST_S
    if long.any():
        value = f"{int(long.sum())} rows of intervals longer than a day"
        log.note("OBS-WEATHER-UNUSED", "weather", column=draft.time_column, value=value)
        frame = frame.loc[~long]
    used = []
    for role, heading in draft.weather_columns.items():
        values = _column(frame, role, heading, options, log)
        if values is not None:
            frame = frame.assign(**{role: values})
            used.append(role)
    if not used or frame.empty:
        return None
    frame = split_duplicates(
        frame.assign(column=draft.time_column), log, keys=["station", "time_start"], values=used
    )
    frame = frame.sort_values(["station", "time_start"], kind="stable")
    made = frame.rename(columns={"station": "station_id", "row": "source_row"}).assign(source_file=log.file)
    return check(
        made[["station_id", "time_start", "duration_s", *used, "source_file", "source_row"]], "weather"
    )


def _column(frame: pd.DataFrame, role: str, heading: str, options: Options, log: Log) -> pd.Series | None:
    parsed, _ = parse_values(frame[role], decimal=options.decimal)
    number = parsed["number"]
    number = number.mask(number.isin([-999.0, -9999.0, -99999.0, -999.9]))
    unit = _unit(role, heading, number, options, log)
    if unit is None:
        log.note("OBS-WEATHER-UNUSED", role, column=heading, value=heading)
        return None
    factor, offset = SCALES[role][unit]
    number = number * factor + offset
    low, high = LIMITS[role]
    bad = (parsed["kind"].isin(["bad", "below"])) | (number < low) | (number > high)
    code = "OBS-WIND" if role.startswith("wind") else "OBS-WEATHER"
    faulty = frame.loc[bad].assign(column=heading)
    log.rows(code, faulty, about="station", value=role, column="column")
    return number.mask(bad)


def _unit(role: str, heading: str, number: pd.Series, options: Options, log: Log) -> str | None:
    stated = options.units if isinstance(options.units, dict) else {}
    text = stated.get(heading, stated.get(role))
    if text is not None:
        return _known(role, text)
    unit = _known(role, parse_heading(heading).unit)
    because = "the heading ends so"
    if unit is None:
        unit, because = _unit_by_values(role, number)
    if unit is not None:
        log.guess(f"unit of {heading}", unit, because, f'units."{heading}" = "{unit}"')
    return unit


def _known(role: str, text: str) -> str | None:
    plain = " ".join(text.casefold().split())
    return plain if plain in SCALES[role] else None


def _unit_by_values(role: str, number: pd.Series) -> tuple[str | None, str]:
    middle = float(number.median()) if number.notna().any() else float("nan")
    if role == "wind_speed":
        return "m/s", "the custom of monitoring networks; the heading states no unit"
    if role == "wind_from_direction":
        return "deg", "the custom of monitoring networks; the heading states no unit"
    if role == "air_temperature" and middle == middle:
        return ("k", "values are above 150") if middle > 150 else ("°c", "values are below 150")
    if role == "humidity" and middle == middle:
        return ("%", "values are above 1.5") if float(number.max()) > 1.5 else ("1", "no value is above 1.5")
    if role == "pressure" and middle > 45_000:
        return "pa", "values are above 45000"
    return None, ""
