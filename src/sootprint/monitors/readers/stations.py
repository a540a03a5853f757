"""Lists of posts: identifier, place and kind, without readings."""

from __future__ import annotations

import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.raw import to_number
from sootprint.core.schema import check
from sootprint.monitors.readers.draft import Log
from sootprint.monitors.readers.options import Options
from sootprint.monitors.readers.places import outside_stations, stations_table
from sootprint.monitors.readers.tidy import leave_excluded

KINDS = frozenset({"reference", "automatic", "manual", "low_cost", "mobile"})
HEIGHT_LIMITS = {"elevation_m": (-500.0, 9000.0), "inlet_height_m": (0.0, 200.0)}


def read_stations(body: pd.DataFrame, found: dict[str, str], options: Options, log: Log) -> pd.DataFrame:
    """Table ``stations`` of a list of posts.

    Raises
    ------
    InputError
        If no column holds the posts.
    """
    if "station" not in found:
        raise InputError(
            "no column holds the posts", where=log.file, cure='state columns.station = "heading"'
        )
    frame = pd.DataFrame({"row": body.index})
    roles = ("station", "station_name", "organisation", "lon", "lat", "kind", "district")
    for role in (*roles, *HEIGHT_LIMITS):
        if role in found:
            frame[role] = body[found[role]].astype(str).str.strip().to_numpy()
    frame = leave_excluded(frame, options, log)
    made = stations_table(frame, options, log)
    out = outside_stations(made, options)
    frame = log.drop("OBS-OUTSIDE", frame, frame["station"].isin(out), value="station", column="column")
    made = made[~made["station_id"].isin(out)].set_index("station_id")
    first = frame.drop_duplicates("station").set_index("station")
    for role, (low, high) in HEIGHT_LIMITS.items():
        if role in first:
            number = to_number(first[role])
            made[role] = number.where(number.between(low, high)).reindex(made.index)
    if "kind" in first:
        made["kind"] = first["kind"].where(first["kind"].isin(KINDS)).reindex(made.index)
    if "district" in first:
        made["district"] = first["district"].replace("", None).reindex(made.index)
    return check(made.reset_index(), "stations")
