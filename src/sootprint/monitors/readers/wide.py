"""Wide tables: a row a time, a column a pollutant, and often the wind beside them."""

from __future__ import annotations

import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.pollutants import find_pollutant, pollutant_table
from sootprint.core.units import MASS_UNITS
from sootprint.monitors.readers.columns import (
    WEATHER_ROLES,
    Heading,
    concentration_unit,
    is_concentration,
    parse_heading,
    stamp_cells,
)
from sootprint.monitors.readers.draft import Draft, Log
from sootprint.monitors.readers.long import only_station
from sootprint.monitors.readers.options import Options


def read_wide(body: pd.DataFrame, found: dict[str, str], options: Options, log: Log) -> Draft:
    """Readings of a wide table; of several columns of one pollutant the one in a mass unit is taken.

    Raises
    ------
    InputError
        If no column is a pollutant, or one has no unit.
    """
    cells, time_column = stamp_cells(body, found, log)
    chosen = choose_columns(body, found, options, log)
    station = found.get("station", found.get("station_name") if options.station_id is None else None)
    if station is None:
        stations = pd.Series(only_station(options, log), index=body.index)
    else:
        stations = body[station].astype(str).str.strip()
    common = pd.DataFrame({"row": body.index, "station": stations.to_numpy(), "time": cells.to_numpy()})
    for role in ("station_name", "organisation", "lon", "lat", "duration_s"):
        if role in found:
            common[role] = body[found[role]].astype(str).str.strip().to_numpy()
    parts = [
        common.assign(
            pollutant=pollutant,
            pollutant_text=heading.text,
            value=body[heading.text].to_numpy(),
            unit=heading.unit,
            column=heading.text,
        )
        for pollutant, heading in chosen.items()
    ]
    readings = pd.concat(parts, ignore_index=True) if parts else _no_readings(common)
    draft = Draft(readings, time_column)
    present = {role: found[role] for role in WEATHER_ROLES if role in found}
    if present:
        draft.weather_columns = present
        draft.weather = common.assign(
            **{role: body[heading].astype(str).to_numpy() for role, heading in present.items()}
        )
    return draft


def _no_readings(common: pd.DataFrame) -> pd.DataFrame:
    return common.head(0).assign(pollutant="", pollutant_text="", value="", unit="", column="")


def choose_columns(
    body: pd.DataFrame, found: dict[str, str], options: Options, log: Log
) -> dict[str, Heading]:
    """Column and unit of each pollutant.

    Raises
    ------
    InputError
        If no column is a pollutant, or one has no unit.
    """
    identifiers = set(pollutant_table().index)
    stated = {}
    for name, heading in (options.columns or {}).items():
        pollutant = name if name in identifiers else find_pollutant(name)
        if pollutant is not None and name not in WEATHER_ROLES:
            stated[pollutant] = heading
    taken = set(found.values())
    candidates: dict[str, list[Heading]] = {
        pollutant: [_with_unit(parse_heading(heading), pollutant, options)]
        for pollutant, heading in stated.items()
    }
    for text in map(str, body.columns):
        parsed = parse_heading(text)
        if parsed.pollutant is None or parsed.pollutant in stated or text in taken:
            continue
        candidates.setdefault(parsed.pollutant, []).append(_with_unit(parsed, parsed.pollutant, options))
    if not candidates:
        raise InputError(
            "no column is a pollutant",
            where=log.file,
            rule="a heading names a pollutant and its unit, such as SO2 (mg/m3)",
            cure=f'state it: [files."{log.file}"] columns.SO2 = "heading"; the file has: '
            + ", ".join(map(str, body.columns[:40])),
        )
    chosen = {}
    for pollutant, headings in candidates.items():
        chosen[pollutant] = _best(pollutant, headings, pollutant in stated, options, log)
    return chosen


def _with_unit(heading: Heading, pollutant: str, options: Options) -> Heading:
    unit = options.unit_of(heading.text, pollutant)
    if isinstance(options.units, str) and is_concentration(heading.unit):
        unit = None
    if unit is None:
        unit = heading.unit if is_concentration(heading.unit) else ""
    return Heading(heading.text, heading.name, concentration_unit(unit), pollutant)


def _best(pollutant: str, headings: list[Heading], stated: bool, options: Options, log: Log) -> Heading:
    ordered = sorted(headings, key=lambda item: (item.unit not in MASS_UNITS, not item.unit))
    best = ordered[0]
    if not best.unit:
        raise InputError(
            f"the unit of column {best.text!r} is not known",
            where=log.file,
            rule="a unit is stated, never assumed",
            cure=f'add to case.toml: [files."{log.file}"] units."{best.text}" = "ug/m3" (or mg/m3, ppb, ppm)',
        )
    if not stated:
        others = ", ".join(item.text for item in ordered[1:])
        because = f"it is in a mass unit; left out: {others}" if others else "the heading reads so"
        log.guess(f"column {pollutant}", best.text, because, f'columns.{pollutant} = "{best.text}"')
    if options.unit_of(best.text, pollutant) is None:
        log.guess(
            f"unit of {best.text}", best.unit, "the heading ends so", f'units."{best.text}" = "{best.unit}"'
        )
    return best
