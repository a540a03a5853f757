"""The OpenAQ archive of measurements (csv.gz): narrow, stamps with an offset that end their interval."""

from __future__ import annotations

import pandas as pd

from sootprint.core.pollutants import find_pollutant
from sootprint.monitors.readers.draft import Draft, Log
from sootprint.monitors.readers.long import leave_unused
from sootprint.monitors.readers.options import Options

HEADINGS = frozenset({"location_id", "datetime", "lat", "lon", "parameter", "units", "value"})
"""Headings by which the layout is known; docs.openaq.org/aws/about."""


def read_openaq(body: pd.DataFrame, options: Options, log: Log) -> Draft:
    """Readings of a file of the archive; a post is a location, its sensors are told apart by pollutant.

    The stamp ends its interval: "an exclusive time-ending standard",
    docs.openaq.org/using-the-api/dates-datetimes.
    """
    names = body["parameter"].astype(str).str.strip()
    readings = pd.DataFrame(
        {
            "row": body.index,
            "station": body["location_id"].to_numpy(),
            "time": body["datetime"].to_numpy(),
            "value": body["value"].to_numpy(),
            "unit": body["units"].to_numpy(),
            "column": "value",
            "lon": body["lon"].to_numpy(),
            "lat": body["lat"].to_numpy(),
            "pollutant_text": names.to_numpy(),
            "pollutant": names.map({text: find_pollutant(text) or "" for text in names.unique()}).to_numpy(),
        }
    )
    if "location" in body:
        readings["station_name"] = body["location"].to_numpy()
    if options.units is not None:
        stated = {name: options.unit_of("value", str(name)) for name in readings["pollutant"].unique()}
        readings["unit"] = (
            readings["pollutant"].map(stated).where(lambda unit: unit.notna(), readings["unit"])
        )
    return Draft(
        leave_unused(readings, log),
        "datetime",
        stamp="ending",
        because="OpenAQ states that its stamps end their interval (docs.openaq.org)",
    )
