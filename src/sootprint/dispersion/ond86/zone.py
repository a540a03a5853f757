"""Contour of a ratio to the limit, and its comparison with the sanitary protection zone."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from sootprint.core.errors import InputError

if TYPE_CHECKING:
    import xarray as xr


class ZoneComparison(NamedTuple):
    """Contour against a sanitary protection zone.

    Attributes
    ----------
    contour, outside : MultiPolygon
        Where the ratio is reached, and its part outside the zone.
    outside_area_m2 : float
        Area of that part [m²].
    largest_outside : float
        Largest ratio at a node of the grid outside the zone; NaN where no node is.
    largest_x_m, largest_y_m : float
        Where that is [m].
    farthest_m : float
        Greatest distance of the contour's part outside from the zone [m]; 0 where nothing is outside.
    cut_by_grid : bool
        Whether the contour reaches the edge of the grid, so that it may go on beyond.
    """

    contour: MultiPolygon
    outside: MultiPolygon
    outside_area_m2: float
    largest_outside: float
    largest_x_m: float
    largest_y_m: float
    farthest_m: float
    cut_by_grid: bool


def zone_contour(values: xr.DataArray, ratio: float = 1.0) -> MultiPolygon:
    """Area where a field reaches a ratio, interpolated between its nodes.

    Parameters
    ----------
    values : DataArray
        Two-dimensional, (y, x) [1], as ``field(...)["ratio"].sel(substance_or_group="SO2")``.
    ratio : float
        Value of the contour.

    Returns
    -------
    MultiPolygon
        In the CRS of the field; empty where the ratio is reached nowhere.

    Raises
    ------
    InputError
        If the field is not a grid of at least two by two nodes, or has no values.
    """
    from contourpy import FillType, contour_generator

    if set(values.dims) != {"y", "x"} or min(values.sizes["x"], values.sizes["y"]) < 2:
        raise InputError("a contour needs a grid of at least 2 × 2 nodes", cure="give one (y, x) field")
    grid = values.transpose("y", "x")
    data = grid.to_numpy()
    if np.isnan(data).all():
        raise InputError("the field has no values", rule="a ratio needs a limit", cure="give the limit")
    lines = contour_generator(
        grid["x"].to_numpy(), grid["y"].to_numpy(), np.ma.masked_invalid(data), fill_type=FillType.OuterOffset
    )
    filled: Any = lines.filled(ratio, np.inf)
    points, offsets = filled
    found: list[Polygon] = []
    for ring, ends in zip(points, offsets, strict=True):
        loops = [ring[begin:end] for begin, end in pairwise(ends)]
        found.append(Polygon(loops[0], loops[1:]))
    return _areas(shapely.union_all([shapely.make_valid(item) for item in found]))


def compare_zone(values: xr.DataArray, zone: BaseGeometry, ratio: float = 1.0) -> ZoneComparison:
    """Contour of a ratio against a sanitary protection zone (a polygon in the CRS of the field).

    Raises
    ------
    InputError
        If the zone is empty or no area, or as `zone_contour`.
    """
    if zone.is_empty or zone.area <= 0.0 or not zone.is_valid:
        raise InputError("the sanitary zone is no valid area", cure="a polygon in the CRS of the field")
    contour = zone_contour(values, ratio)
    outside = _areas(contour.difference(zone))
    grid = values.transpose("y", "x")
    node_x, node_y = np.meshgrid(grid["x"].to_numpy(), grid["y"].to_numpy())
    beyond = ~shapely.intersects_xy(zone, node_x.ravel(), node_y.ravel())
    data = np.where(beyond, grid.to_numpy().ravel(), np.nan)
    largest, place = np.nan, None
    if not np.isnan(data).all():
        place = int(np.nanargmax(data))
        largest = float(data[place])
    edge = shapely.box(node_x.min(), node_y.min(), node_x.max(), node_y.max()).exterior
    return ZoneComparison(
        contour=contour,
        outside=outside,
        outside_area_m2=float(outside.area),
        largest_outside=largest,
        largest_x_m=float("nan") if place is None else float(node_x.ravel()[place]),
        largest_y_m=float("nan") if place is None else float(node_y.ravel()[place]),
        farthest_m=_farthest(outside, zone),
        cut_by_grid=bool(contour.intersects(edge)),
    )


def _farthest(outside: MultiPolygon, zone: BaseGeometry) -> float:
    if outside.is_empty:
        return 0.0
    corners = shapely.points(shapely.get_coordinates(outside))
    return float(shapely.distance(corners, zone).max())


def _areas(geometry: BaseGeometry) -> MultiPolygon:
    parts = shapely.get_parts(geometry)
    return MultiPolygon([part for part in parts if part.geom_type == "Polygon" and part.area > 0.0])
