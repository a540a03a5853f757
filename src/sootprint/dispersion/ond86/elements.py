"""Sources of table ``ond86_sources`` as points: areas as grids, lines as rows, with what each point emits.

That an area is a grid of points with equal parts of the emission, and a line a row of them, is our reading of
the text, which also has an integral form; unverified. Each point has the height, mouth and dangerous wind of
the source.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sootprint.core.errors import InputError
from sootprint.core.geo import project
from sootprint.dispersion.kernels import ond86_field as kernels

Floats = NDArray[np.float64]

SIDES = (1, 2, 3, 4, 6, 8, 12, 16, 24)
"""Points along the longer side of an area that are tried, the fewest first."""

CONVERGED = 0.01
"""Largest relative change that a finer grid of points may make at the receptors nearest to the source."""

NEAREST = 6
"""Receptors nearest to an area or line that must have converged."""

TRIAL_DIRECTIONS = 36
"""Directions of the wind that the points of an area or line are tried with."""

TRIAL_SPEEDS = (2.0, 5.0)
"""Speeds that they are tried with beside the dangerous one [m s⁻¹]; from 5 m/s plumes are no narrower."""


class Column(NamedTuple):
    """Pollutant, or summation group as its members' weights [m³ mg⁻¹]; a pollutant has the weight 1."""

    name: str
    weights: Mapping[str, float]


class Points(NamedTuple):
    """Points of all sources: coordinates and numbers of the engine, and the source that each belongs to."""

    identifiers: NDArray[np.object_]
    facilities: NDArray[np.object_]
    owner: NDArray[np.int64]
    parts: NDArray[np.int64]
    converged: NDArray[np.bool_]
    emitters: kernels.Emitters


def plane_geometry(source: Mapping[str, Any], crs: str) -> str | None:
    """Geometry of a row of table ``sources`` as WKT in a projected CRS; None for a point.

    Raises
    ------
    InputError
        If an area or line has no geometry that can be read.
    """
    text, kind = source.get("geometry_wkt"), source["kind"]
    stated = text is not None and not pd.isna(text) and bool(str(text).strip())
    if kind == "point" or (kind == "volume" and not stated):
        return None
    wanted = ("LineString", "MultiLineString") if kind == "line" else ("Polygon", "MultiPolygon")
    rule = f"a source of kind {kind} has a {' or '.join(wanted)} in geometry_wkt"
    where = f"{source.get('source_file', '')}, row {source.get('source_row', '')}"
    if not stated:
        raise InputError(f"source {source['source_id']} has no geometry", where=where, rule=rule)
    try:
        geometry = shapely.from_wkt(str(text))
    except shapely.errors.GEOSException as error:
        raise InputError(
            f"source {source['source_id']}: geometry_wkt cannot be read: {error}", where=where, rule=rule
        ) from error
    if geometry.geom_type not in wanted or geometry.is_empty or not geometry.is_valid:
        raise InputError(
            f"source {source['source_id']}: its geometry is an invalid or a wrong one ({geometry.geom_type})",
            where=where,
            rule=rule,
        )

    def plane(points: Floats) -> Floats:
        return np.column_stack(project(points[:, 0], points[:, 1], crs))

    return str(shapely.to_wkt(shapely.transform(geometry, plane), rounding_precision=3))


def grid_points(geometry: BaseGeometry, side: int) -> Floats:
    """Middles of square cells that lie in an area, or evenly spaced points of a line, shape (point, 2) [m].

    ``side`` cells span the longer side of the smallest rectangle around an area; a line has side² points.
    """
    if geometry.geom_type in ("LineString", "MultiLineString"):
        count = side * side
        along = (np.arange(count) + 0.5) / count * geometry.length
        return np.asarray(shapely.get_coordinates(_along(geometry, along)))
    west, south, east, north = geometry.bounds
    cell = max(east - west, north - south) / side
    columns, rows = (max(1, round(width / cell)) for width in (east - west, north - south))
    x = west + (np.arange(columns) + 0.5) * (east - west) / columns
    y = south + (np.arange(rows) + 0.5) * (north - south) / rows
    grid_x, grid_y = (part.ravel() for part in np.meshgrid(x, y))
    inside = shapely.contains_xy(geometry, grid_x, grid_y)
    if not inside.any():
        return np.asarray(shapely.get_coordinates(geometry.representative_point()))
    return np.column_stack([grid_x[inside], grid_y[inside]])


def _along(geometry: BaseGeometry, distances: Floats) -> list[BaseGeometry]:
    parts = list(getattr(geometry, "geoms", [geometry]))
    ends = np.cumsum([part.length for part in parts])
    made = []
    for distance in distances:
        place = min(int(np.searchsorted(ends, distance)), len(parts) - 1)
        before = float(ends[place - 1]) if place else 0.0
        made.append(parts[place].interpolate(float(distance) - before))
    return made


def points_of(
    table: pd.DataFrame, columns: Sequence[Column], receptors_x: Floats, receptors_y: Floats, method: int
) -> Points:
    """Points of all sources that emit something of the columns.

    Parameters
    ----------
    table : DataFrame
        Table ``ond86_sources``; rows without cm are left out.
    columns : sequence of Column
        What is summed.
    receptors_x, receptors_y : array, shape (receptor,)
        Receptors [m], for the number of points of areas and lines.
    method : int
        Code of the method.

    Raises
    ------
    InputError
        If the rows of one source differ in place, height or wind.
    """
    wanted = {name for column in columns for name in column.weights}
    rows = table.loc[table["cm_mg_m3"].notna() & table["pollutant"].isin(wanted)]
    rows = rows.assign(source_id=rows["source_id"].astype(str))
    identifiers = rows["source_id"].drop_duplicates().to_numpy(object)
    first = rows.drop_duplicates("source_id").set_index("source_id")
    _check_alike(rows, first)
    places, count, converged = [], [], []
    for source in first.itertuples():
        points, settled = _points(source, receptors_x, receptors_y, method)
        places.append(points)
        count.append(len(points))
        converged.append(settled)
    owner = np.repeat(np.arange(len(identifiers)), count)
    place = np.concatenate(places) if places else np.zeros((0, 2))
    return Points(
        identifiers=identifiers,
        facilities=first["facility_id"].to_numpy(object),
        owner=owner,
        parts=np.array(count, dtype=np.int64),
        converged=np.array(converged, dtype=bool),
        emitters=_emitters(rows, first, columns, identifiers, owner, place, np.array(count, dtype=float)),
    )


def _check_alike(rows: pd.DataFrame, first: pd.DataFrame) -> None:
    for name in ("x_m", "y_m", "height_m", "um_m_s"):
        other = first[name].reindex(rows["source_id"]).to_numpy()
        differs = ~np.isclose(rows[name].to_numpy(), other, rtol=1e-9, atol=0.0)
        if differs.any():
            raise InputError(
                f"source {rows['source_id'].to_numpy()[differs][0]} has rows that differ in {name}",
                rule="place, height and dangerous wind belong to the source, not to the pollutant",
                cure="make the table with source_table",
            )


def _points(source: Any, receptors_x: Floats, receptors_y: Floats, method: int) -> tuple[Floats, bool]:
    """Points of one source, and whether a finer set changes nothing at the nearest receptors."""
    text = source.geometry_wkt
    if text is None or pd.isna(text):
        return np.array([[source.x_m, source.y_m]]), True
    geometry = shapely.from_wkt(str(text))
    distance = shapely.distance(geometry, shapely.points(receptors_x, receptors_y))
    near = np.argsort(distance, kind="stable")[:NEAREST]
    sets = [grid_points(geometry, side) for side in SIDES]
    values: list[Floats] = []
    for number, points in enumerate(sets):
        values.append(_trial(source, points, receptors_x[near], receptors_y[near], method))
        # Two finer sets must agree: one may do so by chance.
        if number >= 2 and all(_agree(values[number - 2], finer) for finer in values[number - 1 :]):
            return sets[number - 2], True
    return sets[-1], False


def _agree(one: Floats, other: Floats) -> bool:
    return bool(np.all(np.abs(one - other) <= CONVERGED * np.maximum(one, other)))


def _trial(source: Any, points: Floats, x: Floats, y: Floats, method: int) -> Floats:
    """Largest mean of the points over the winds tried, in parts of cm, of each receptor."""
    angles = np.arange(TRIAL_DIRECTIONS) * 2.0 * math.pi / TRIAL_DIRECTIONS
    made = np.zeros(x.size)
    for speed in (float(source.um_m_s), *TRIAL_SPEEDS):
        made = np.maximum(made, _trial_at(speed, source, points, x, y, angles, method))
    return made


def _trial_at(
    speed: float, source: Any, points: Floats, x: Floats, y: Floats, angles: Floats, method: int
) -> Floats:
    return kernels.mean_of_points(
        points[:, 0].copy(), points[:, 1].copy(), x, y, np.cos(angles), np.sin(angles),
        speed, float(source.height_m), float(source.um_m_s), float(source.xm_m),
        float(source.settling), method,
    )  # fmt: skip


def _emitters(
    rows: pd.DataFrame,
    first: pd.DataFrame,
    columns: Sequence[Column],
    identifiers: NDArray[np.object_],
    owner: NDArray[np.int64],
    place: Floats,
    count: Floats,
) -> kernels.Emitters:
    """Arrays of the kernels: points, and lanes of what they emit.

    A lane is a column and a settling coefficient's place: at each source, lane i of a column holds the
    sum of cm of the i-th settling coefficient that the column's members have there.
    """
    index = {name: number for number, name in enumerate(identifiers)}
    stretch = (5.0 - rows["settling"].to_numpy(float)) / 4.0
    source = rows["source_id"].map(index).to_numpy(np.int64)
    flat_range = rows["xm_m"].to_numpy(float) / stretch
    xm = np.zeros(len(identifiers))
    xm[source] = flat_range
    pollutant = rows["pollutant"].astype(str).to_numpy(object)
    settling, cm = rows["settling"].to_numpy(float), rows["cm_mg_m3"].to_numpy(float)
    lanes: list[tuple[Floats, Floats]] = []
    lane_first = [0]
    for column in columns:
        at: list[dict[float, float]] = [{} for _ in identifiers]
        for row in np.flatnonzero(np.isin(pollutant, list(column.weights))):
            held = at[source[row]]
            amount = cm[row] * column.weights[pollutant[row]]
            held[settling[row]] = held.get(settling[row], 0.0) + amount
        for lane in range(max((len(held) for held in at), default=0)):
            amounts, factors = np.zeros(len(identifiers)), np.ones(len(identifiers))
            for number, held in enumerate(at):
                if lane < len(held):
                    factors[number], amounts[number] = sorted(held.items())[lane]
            lanes.append((amounts, factors))
        lane_first.append(len(lanes))
    shape = (len(lanes), len(identifiers))
    amount = np.array([lane[0] for lane in lanes]).reshape(shape) / count
    factor = np.array([lane[1] for lane in lanes]).reshape(shape)
    return kernels.Emitters(
        x=place[:, 0].copy(),
        y=place[:, 1].copy(),
        height=first["height_m"].to_numpy(float)[owner],
        wind=first["um_m_s"].to_numpy(float)[owner],
        distance=xm[owner],
        lane_first=np.array(lane_first, dtype=np.int64),
        amount=np.ascontiguousarray(amount[:, owner]),
        settling=np.ascontiguousarray(factor[:, owner]),
    )
