"""Coordinates of posts: outside, exchanged, degrees and minutes typed as decimals. Nothing is corrected."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from sootprint.core.raw import to_number
from sootprint.core.schema import check
from sootprint.monitors.readers.draft import Log
from sootprint.monitors.readers.options import Options

MOVED_M = 100.0
"""Distance beyond which two places of one post are two places [m]."""

NEAR_KM = 60.0
"""Distance from the middle of the other posts within which a place is near them [km]."""


def stations_table(frame: pd.DataFrame, options: Options, log: Log) -> pd.DataFrame:
    """Table ``stations`` of the posts of a frame, in order of their identifiers, with remarks on places."""
    wanted = [name for name in ("station_name", "organisation", "lon", "lat", "row") if name in frame]
    distinct = frame[["station", *wanted]].drop_duplicates(
        [name for name in ("station", "station_name", "lon", "lat") if name in frame]
    )
    made = pd.DataFrame({"station_id": sorted(distinct["station"].unique())}).set_index("station_id")
    for source, target in (("station_name", "name"), ("organisation", "operator")):
        if source in distinct:
            filled = distinct[distinct[source].astype(str).str.strip() != ""]
            made[target] = filled.groupby("station", sort=False)[source].first()
    made["lon"], made["lat"] = np.nan, np.nan
    if "lon" in distinct and "lat" in distinct:
        _places(made, distinct, log)
    if options.lon is not None and len(made) == 1:
        made["lon"], made["lat"] = options.lon, options.lat
    made = made.reset_index()
    _remarks(made, options, log)
    return check(made, "stations")


def _places(made: pd.DataFrame, distinct: pd.DataFrame, log: Log) -> None:
    places = distinct.assign(x=to_number(distinct["lon"]), y=to_number(distinct["lat"]))
    given = (distinct["lon"].astype(str).str.strip() != "") | (distinct["lat"].astype(str).str.strip() != "")
    sound = places["x"].between(-180, 180) & places["y"].between(-90, 90)
    for row in places.loc[given & ~sound].itertuples():
        note = "OBS-SWAPPED-COORDINATE" if _inside_world(row.y, row.x) else "OBS-COORDINATE"
        log.note(note, str(row.station), value=f"lon {row.lon}, lat {row.lat}", row=int(row.row))
    places = places.loc[sound]
    first = places.groupby("station", sort=False)[["x", "y"]].first()
    made["lon"], made["lat"] = first["x"].reindex(made.index), first["y"].reindex(made.index)
    reference = first.reindex(places["station"])
    apart_m = 1000.0 * distance_km(
        places["x"].to_numpy(), places["y"].to_numpy(), reference["x"].to_numpy(), reference["y"].to_numpy()
    )
    moved = places.loc[apart_m > MOVED_M].drop_duplicates("station")
    for row in moved.itertuples():
        here = first.loc[row.station]
        log.note(
            "OBS-STATION-MOVED",
            str(row.station),
            value=f"lon {here['x']:g}, lat {here['y']:g} and lon {row.x:g}, lat {row.y:g}",
            row=int(row.row),
        )


def _inside_world(lon: float, lat: float) -> bool:
    return abs(lon) <= 180 and abs(lat) <= 90


def distance_km(lon: Any, lat: Any, other_lon: Any, other_lat: Any) -> Any:
    """Great-circle distance [km] on a sphere of 6371 km (haversine); good to 0.5 %."""
    a, b, c, d = (np.radians(np.asarray(value, float)) for value in (lon, lat, other_lon, other_lat))
    half = np.sin((d - b) / 2) ** 2 + np.cos(b) * np.cos(d) * np.sin((c - a) / 2) ** 2
    return 2 * 6371.0 * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))


def inside(lon: Any, lat: Any, bounds: list[float]) -> Any:
    """Whether places lie within west, south, east, north [degrees], the edges included."""
    west, south, east, north = bounds
    x, y = np.asarray(lon, float), np.asarray(lat, float)
    return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def minutes_reading(number: float) -> float | None:
    """Degrees of a number read as degrees and minutes (49.58 is 49°58'), or with seconds where it has digits.

    None if a part of it is 60 or more, or the number is whole. 49.58 gives 49.9667; 49.573852, read as
    49°57'38.52", gives 49.96070.
    """
    if not math.isfinite(number):
        return None
    digits = f"{abs(number):.8f}".split(".")[1].rstrip("0")
    if not digits:
        return None
    digits = digits.ljust(4, "0")
    minutes, seconds = int(digits[:2]), float(f"{digits[2:4]}.{digits[4:] or '0'}")
    if minutes >= 60 or seconds >= 60:
        return None
    return math.copysign(int(abs(number)) + minutes / 60 + seconds / 3600, number)


def _remarks(stations: pd.DataFrame, options: Options, log: Log) -> None:
    known = stations.dropna(subset=["lon", "lat"])
    for row in known.itertuples():
        others = known[known["station_id"] != row.station_id]
        middle = (others["lon"].median(), others["lat"].median()) if len(others) else None

        def fits(lon: float, lat: float, middle: tuple[float, float] | None = middle) -> bool | None:
            if options.bounds is not None:
                return bool(inside(lon, lat, options.bounds))
            if middle is None:
                return None
            return bool(distance_km(lon, lat, *middle) <= NEAR_KM)

        lon, lat = float(row.lon), float(row.lat)
        here = fits(lon, lat)
        if here is None:
            continue
        text = f"lon {lon:g}, lat {lat:g}"
        if not here and _inside_world(lat, lon) and fits(lat, lon):
            log.note("OBS-SWAPPED-COORDINATE", str(row.station_id), value=text)
            continue
        other_lon, other_lat = minutes_reading(lon), minutes_reading(lat)
        if other_lon is None or other_lat is None or not fits(other_lon, other_lat):
            continue
        short = (
            len(f"{lon:.8f}".rstrip("0").split(".")[1]) <= 2
            and len(f"{lat:.8f}".rstrip("0").split(".")[1]) <= 2
        )
        if not here or short:
            value = f"{text}; read as degrees and minutes lon {other_lon:.5f}, lat {other_lat:.5f}"
            log.note("OBS-DMS-COORDINATE", str(row.station_id), value=value)


def outside_stations(stations: pd.DataFrame, options: Options) -> set[str]:
    """Posts with a place outside the bounds, unless that is allowed."""
    if options.bounds is None or options.allow_outside:
        return set()
    known = stations.dropna(subset=["lon", "lat"])
    out = ~inside(known["lon"], known["lat"], options.bounds)
    return set(known.loc[out, "station_id"])
