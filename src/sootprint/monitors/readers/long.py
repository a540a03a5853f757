"""Long tables: a row a reading, with its post, pollutant, time, value and unit."""

from __future__ import annotations

import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.pollutants import find_pollutant
from sootprint.monitors.readers.columns import concentration_unit, parse_heading, stamp_cells
from sootprint.monitors.readers.draft import Draft, Log
from sootprint.monitors.readers.options import Options

UNUSED = frozenset(
    {
        "temperature",
        "relativehumidity",
        "pressure",
        "humidity",
        "wind_speed",
        "wind_direction",
        "pm1",
        "um003",
    }
    | {"um005", "um010", "um025", "um050", "um100", "pm4", "co2", "temp", "rh"}
)
"""Parameters of networks that are no pollutant of the table: left out and counted."""


def read_long(body: pd.DataFrame, found: dict[str, str], options: Options, log: Log) -> Draft:
    """Readings of a long table.

    Parameters
    ----------
    body : DataFrame of str
        Cells below the headings, indexed by the row of the file.
    found : dict
        Heading of each role.

    Raises
    ------
    InputError
        If the value, the pollutant, the post or the unit is neither in the file nor stated.
    """
    if "value" not in found:
        raise InputError("no column holds the values", where=log.file, cure='state columns.value = "heading"')
    if "pollutant" not in found:
        raise InputError(
            "no column holds the pollutant", where=log.file, cure='state columns.pollutant = "heading"'
        )
    cells, time_column = stamp_cells(body, found, log)
    names = body[found["pollutant"]].astype(str).str.strip()
    readings = pd.DataFrame(
        {"row": body.index, "time": cells.to_numpy(), "value": body[found["value"]].to_numpy()}
    )
    readings["station"] = _stations(body, found, options, log).to_numpy()
    readings["pollutant_text"] = names.to_numpy()
    identifiers = {text: find_pollutant(text) or "" for text in names.unique()}
    readings["pollutant"] = names.map(identifiers).to_numpy()
    readings["column"] = found["value"]
    readings["unit"] = _units(body, found, readings["pollutant"], options, log)
    for role in ("station_name", "organisation", "lon", "lat", "duration_s"):
        if role in found:
            readings[role] = body[found[role]].astype(str).str.strip().to_numpy()
    return Draft(leave_unused(readings, log), time_column)


def leave_unused(readings: pd.DataFrame, log: Log) -> pd.DataFrame:
    """Readings without the parameters that are known to be no pollutant; their number is noted."""
    unused = (readings["pollutant"] == "") & readings["pollutant_text"].str.casefold().isin(UNUSED)
    for name, count in readings.loc[unused, "pollutant_text"].value_counts(sort=False).items():
        log.note("OBS-PARAMETER-UNUSED", str(name), value=f"{count} rows")
    return readings.loc[~unused].reset_index(drop=True)


def _stations(body: pd.DataFrame, found: dict[str, str], options: Options, log: Log) -> pd.Series:
    if "station" in found:
        return body[found["station"]].astype(str).str.strip()
    if "station_name" in found and options.station_id is None:
        return body[found["station_name"]].astype(str).str.strip()
    return pd.Series(only_station(options, log), index=body.index)


def only_station(options: Options, log: Log) -> str:
    """Post of a file that names none: the stated one, or the name of the file."""
    if options.station_id is not None:
        return options.station_id
    name = log.file.rsplit("/", 1)[-1].removesuffix(".gz").rsplit(".", 1)[0] or log.file
    log.guess("station", name, "the file names no post: its own name is taken", f'station_id = "{name}"')
    return name


def _units(
    body: pd.DataFrame, found: dict[str, str], pollutants: pd.Series, options: Options, log: Log
) -> pd.Series:
    stated = pollutants.map(
        {name: options.unit_of(found["value"], str(name)) for name in pollutants.unique()}
    ).astype(object)
    if "unit" in found and options.units is None:
        return body[found["unit"]].astype(str).str.strip().reset_index(drop=True)
    from_file: pd.Series | str = ""
    if "unit" in found:
        from_file = body[found["unit"]].astype(str).str.strip().reset_index(drop=True)
    elif (unit := parse_heading(found["value"]).unit) and options.units is None:
        from_file = concentration_unit(unit)
        log.guess("unit", from_file, f"the heading {found['value']} ends so", f'units = "{from_file}"')
    return stated.where(stated.notna(), from_file)
