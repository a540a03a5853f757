"""The feed of the automatic stations of Kazhydromet: typed headings, UTC stamps, mg/m³."""

from __future__ import annotations

import pandas as pd

from sootprint.core.pollutants import find_pollutant
from sootprint.monitors.readers.draft import Draft, Log
from sootprint.monitors.readers.long import leave_unused
from sootprint.monitors.readers.options import Options

HEADINGS = frozenset({"code", "date", "stationId", "ts", "unit", "value"})
"""Headings, their type taken off, by which the layout is known."""


def read_kazhydromet(body: pd.DataFrame, options: Options, log: Log) -> Draft:
    """Readings of the feed; ``ts`` is the retrieval in UTC."""
    names = body["code"].astype(str).str.strip()
    readings = pd.DataFrame(
        {
            "row": body.index,
            "station": body["stationId"].to_numpy(),
            "time": body["date"].to_numpy(),
            "retrieved": body["ts"].to_numpy(),
            "value": body["value"].to_numpy(),
            "unit": body["unit"].to_numpy(),
            "column": "value",
            "pollutant_text": names.to_numpy(),
            "pollutant": names.map({text: find_pollutant(text) or "" for text in names.unique()}).to_numpy(),
        }
    )
    if options.units is not None:
        stated = {name: options.unit_of("value", str(name)) for name in readings["pollutant"].unique()}
        readings["unit"] = (
            readings["pollutant"].map(stated).where(lambda unit: unit.notna(), readings["unit"])
        )
    return Draft(
        leave_unused(readings, log),
        "date",
        stamp="ending",
        duration_s=3600.0,
        because="stamps are full hours, retrieved before an hour that begins with them could have ended",
    )
