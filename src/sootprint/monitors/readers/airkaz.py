"""The feed of the AirKaz sensor network: typed headings, local stamps, -1 for no reading."""

from __future__ import annotations

import pandas as pd

from sootprint.monitors.readers.draft import Draft, Log
from sootprint.monitors.readers.options import Options

HEADINGS = frozenset({"city", "date", "lat", "lng", "name", "pm10", "pm25", "status", "ts"})
"""Headings, their type taken off, by which the layout is known."""

POLLUTANTS = {"pm10": "PM10", "pm25": "PM2.5"}


def read_airkaz(body: pd.DataFrame, options: Options, log: Log) -> Draft:
    """Readings of the feed; a post is a city and a name; ``ts`` is the retrieval in UTC.

    Columns ``pm10ss`` and ``pm25ss`` are left out: their averaging is not documented.
    """
    log.guess("unit", "ug/m3", "the network shows µg/m³; the feed states no unit", 'units = "ug/m3"')
    left = [name for name in ("pm10ss", "pm25ss", "temp", "tempss", "humid", "press") if name in body]
    if left:
        log.guess(
            "columns left out",
            ", ".join(left),
            "their averaging or unit is not documented",
            "layout = 'wide'",
        )
    common = pd.DataFrame(
        {
            "row": body.index,
            "station": (body["city"] + ", " + body["name"]).to_numpy(),
            "station_name": body["name"].to_numpy(),
            "time": body["date"].to_numpy(),
            "retrieved": body["ts"].to_numpy(),
            "lon": body["lng"].to_numpy(),
            "lat": body["lat"].to_numpy(),
        }
    )
    parts = [
        common.assign(
            pollutant=pollutant,
            pollutant_text=column,
            value=body[column].to_numpy(),
            unit=options.unit_of(column, pollutant) or "ug/m3",
            column=column,
        )
        for column, pollutant in POLLUTANTS.items()
    ]
    return Draft(
        pd.concat(parts, ignore_index=True),
        "date",
        stamp="ending",
        duration_s=3600.0,
        because="collected every hour, each time the latest reading; its averaging is not documented",
        missing_values=(-1.0,),
    )
