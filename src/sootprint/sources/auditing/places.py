"""Where the sources are said to stand: one spot, far away, outside the fence, or in the wrong notation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from sootprint.core.errors import ConfigError
from sootprint.sources.auditing.book import Book
from sootprint.sources.readers.checks import degrees_minutes, readable_geometry

Findings = Iterator[dict[str, Any]]

METRES_OF_A_DEGREE = 111_195.0
"""Length of a degree of a great circle of a sphere of 6371 km [m]."""

TENS_BELOW_SIX = 0.6
"""Share of random tens digits that minutes or seconds may have."""


def coordinate_hypotheses(lat: float, lon: float) -> pd.DataFrame:
    """What a pair of printed coordinates may mean: rows ``decimal``, ``degrees_minutes`` and ``swapped``.

    Columns ``reading, lat, lon, distance_m`` [degrees, m from the decimal reading]; a reading that cannot be
    is left out. Minutes and seconds after the point must be below 60.

    Example: 49.58, 82.38 may be 49°58′, 82°38′ = 49.9667, 82.6333, 47 km away.
    """
    rows = [("decimal", lat, lon)]
    if meant := degrees_minutes(lat, lon):
        rows.append(("degrees_minutes", *meant))
    if abs(lon) <= 90:
        rows.append(("swapped", lon, lat))
    made = pd.DataFrame(rows, columns=["reading", "lat", "lon"])
    made["distance_m"] = [distance_m(lat, lon, row.lat, row.lon) for row in made.itertuples()]
    return made


def distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Distance of two places on a sphere of 6371 km [m], by the haversine."""
    one, two = math.radians(lat), math.radians(other_lat)
    half = math.sin((two - one) / 2) ** 2
    half += math.cos(one) * math.cos(two) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    return 2 * math.asin(min(1.0, math.sqrt(half))) * METRES_OF_A_DEGREE * 180 / math.pi


def same_place(book: Book) -> Findings:
    """Stacks of different height or mouth on one spot."""
    near = book.limit("same_place_m")
    for _, rows in book.sources.loc[book.sources["kind"] == "point"].groupby("facility_id", sort=False):
        grid = np.column_stack(_metres(rows))
        for group in _clusters(grid, near):
            if len(group) < 2:
                continue
            part = rows.iloc[group].drop_duplicates(["height_m", "diameter_m"])
            if len(part) > 1:
                yield book.found(
                    "AUD-SAME-PLACE",
                    at=part.iloc[1],
                    column="lon|lat",
                    value=len(part),
                    unit="1",
                    low=0.0,
                    high=1.0,
                    text=f"one stack within {near:g} m",
                    note=f"{part['lat'].iloc[0]:.6f}, {part['lon'].iloc[0]:.6f}: "
                    + ", ".join(part["source_id"]),
                )


def _metres(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    lat, lon = rows["lat"].to_numpy(float), rows["lon"].to_numpy(float)
    north = (lat - np.median(lat)) * METRES_OF_A_DEGREE
    east = (lon - np.median(lon)) * METRES_OF_A_DEGREE * math.cos(math.radians(float(np.median(lat))))
    return east, north


def _clusters(grid: np.ndarray, near: float) -> list[list[int]]:
    """Indices of points within a distance of the first of each group."""
    taken, made = np.zeros(len(grid), bool), []
    for position in range(len(grid)):
        if taken[position]:
            continue
        close = (np.hypot(*(grid - grid[position]).T) <= near) & ~taken
        taken |= close
        made.append(np.flatnonzero(close).tolist())
    return made


def far_from_plant(book: Book) -> Findings:
    """Sources far from the middle of their plant, measured by the plant's own extent."""
    for _, rows in book.sources.groupby("facility_id", sort=False):
        if len(rows) < 3:
            continue
        middle = float(rows["lat"].median()), float(rows["lon"].median())
        away = [distance_m(row.lat, row.lon, *middle) for row in rows.itertuples()]
        limit = max(
            book.limit("far_from_plant_m"), book.limit("far_from_plant_ratio") * float(np.median(away))
        )
        for distance, (_, row) in zip(away, rows.iterrows(), strict=True):
            if distance > limit and not _elsewhere(row, middle, limit, "swapped"):
                other = _elsewhere(row, middle, limit, "degrees_minutes")
                yield book.found(
                    "AUD-FAR-FROM-PLANT",
                    at=row,
                    column="lon|lat",
                    value=distance,
                    unit="m",
                    low=0.0,
                    high=limit,
                    text=f"within {limit / 1000:.3g} km of the middle of the plant",
                    note=f"{row['lat']:g}, {row['lon']:g}" + (f"; {other}" if other else ""),
                )


def _elsewhere(row: pd.Series, middle: tuple[float, float], limit: float, reading: str) -> str | None:
    """Another reading of a place that lies at the plant, in words."""
    for item in coordinate_hypotheses(row["lat"], row["lon"]).itertuples():
        if item.reading == reading and distance_m(item.lat, item.lon, *middle) <= limit:
            return (
                f"read as {reading.replace('_', ' and ')} it is {item.lat:.4f}, {item.lon:.4f}, at the plant"
            )
    return None


def swapped(book: Book) -> Findings:
    """Sources that lie at the other sources only with longitude and latitude exchanged."""
    if len(book.sources) < 3:
        return
    middle = float(book.sources["lat"].median()), float(book.sources["lon"].median())
    for _, row in book.sources.iterrows():
        away = distance_m(row["lat"], row["lon"], *middle)
        limit = max(book.limit("far_from_plant_m"), 0.1 * away)
        told = (
            _elsewhere(row, middle, limit, "swapped") if away > 10 * book.limit("far_from_plant_m") else None
        )
        if told:
            yield book.found(
                "AUD-SWAPPED",
                at=row,
                column="lon|lat",
                value=away,
                unit="m",
                low=0.0,
                high=limit,
                text="at the other sources",
                note=told,
            )


def outside_boundary(book: Book) -> Findings:
    """Sources outside the stated boundary of their plant."""
    import shapely
    from shapely.ops import nearest_points

    for plant, wkt in book.options.boundaries.items():
        if not readable_geometry(wkt) or not wkt:
            raise ConfigError(f"boundary of {plant} is no polygon", cure="POLYGON ((lon lat, ...))")
        shape = shapely.from_wkt(wkt)
        for _, row in book.sources.loc[book.sources["facility_id"] == plant].iterrows():
            point = shapely.Point(row["lon"], row["lat"])
            if not shape.covers(point):
                _, nearest = nearest_points(point, shape)
                away = distance_m(row["lat"], row["lon"], nearest.y, nearest.x)
                yield book.found(
                    "AUD-OUTSIDE-BOUNDARY",
                    at=row,
                    column="lon|lat",
                    value=away,
                    unit="m",
                    low=0.0,
                    high=0.0,
                    text="within the boundary of the plant",
                    note=f"{row['lat']:g}, {row['lon']:g}",
                )


def minutes_as_decimals(book: Book) -> Findings:
    """Plants whose every place could be degrees and minutes typed as decimals.

    One is reported where such digits are unlikely by chance, or where only the reading as minutes lies at the
    other plants.
    """
    near = book.limit("far_from_plant_m")
    for plant, rows in book.sources.groupby("facility_id", sort=False):
        places = rows[["lat", "lon"]].drop_duplicates().to_numpy(float)
        meant = [degrees_minutes(lat, lon) for lat, lon in places]
        other = meant[0]
        if other is None or None in meant or (places % 1 == 0).all():
            continue
        lat, lon = places[0]
        chance = chance_of_minutes(places)
        others = book.sources.loc[book.sources["facility_id"] != plant]
        told = f"{len(places)} places; chance of such digits {chance:.2g}"
        if chance > book.limit("chance_of_minutes"):
            if others.empty:
                continue
            middle = float(others["lat"].median()), float(others["lon"].median())
            away, closer = distance_m(lat, lon, *middle), distance_m(*other, *middle)
            if away < 4 * near or closer > 0.2 * away:
                continue
            told = f"{away / 1000:.3g} and {closer / 1000:.3g} km from the middle of the other plants"
        yield book.found(
            "AUD-DEGREES-MINUTES",
            at=rows.iloc[0],
            facility_id=plant,
            source_id=None,
            column="lon|lat",
            value=distance_m(lat, lon, *other),
            unit="m",
            low=0.0,
            high=0.0,
            text="decimal degrees",
            note=f"as decimals {lat:g}, {lon:g}; as degrees and minutes {other[0]:.4f}, {other[1]:.4f}; "
            + told,
        )


def chance_of_minutes(places: np.ndarray) -> float:
    """Chance that decimal digits of places (lat, lon) would all pass for minutes and seconds.

    A tens digit passes in 6 of 10 cases. Places of a plant share digits, so each different tens digit of
    the minutes and of the seconds of an axis counts once: 0.6 to their number, more than the true chance.
    """
    different = 0
    for axis in np.asarray(places, float).T:
        digits = [f"{abs(value):.6f}".split(".")[1].rstrip("0") for value in axis]
        for tens in (0, 2):
            different += len({text[tens] for text in digits if len(text) > tens})
    return float(TENS_BELOW_SIX**different)
