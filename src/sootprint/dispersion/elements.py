"""Sources as elements: points, volumes with initial widths, and polygons of areas and lines."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from sootprint.core.errors import InputError
from sootprint.core.geo import project
from sootprint.dispersion.engines.arrays import Elements
from sootprint.dispersion.hours import column
from sootprint.dispersion.options import PlumeOptions

VOLUME_SIDE_PER_SIGMA = 4.3
"""Side of a volume over its initial σy [1]; ISC3, EPA-454/B-95-003b, table 1-6."""

DEPTH_PER_SIGMA = 2.15
"""Vertical extent of a release at the ground over its initial σz [1]; ISC3, table 1-6."""

NEEDED = {
    "point": ("height_m", "diameter_m", "exit_velocity_m_s", "exit_temperature_k"),
    "volume": ("height_m", "vertical_extent_m"),
    "area": ("height_m",),
    "line": ("height_m",),
}
"""Columns that each kind of source must state."""


@dataclass
class _Parts:
    rows: list[dict[str, float]] = field(default_factory=list)
    edges: list[np.ndarray[Any, Any]] = field(default_factory=list)
    edge_count: int = 0

    def add(self, geometry: Polygon | None, **values: float) -> None:
        row = dict.fromkeys(Elements._fields, 0.0) | {"weight": 1.0} | values
        if geometry is not None:
            found = _polygon_edges(geometry)
            middle = shapely.minimum_bounding_circle(geometry)
            row |= {"area": geometry.area, "x": middle.centroid.x, "y": middle.centroid.y}
            row["radius"] = float(shapely.minimum_bounding_radius(geometry)) * (1.0 + 1e-9)
            row["first_edge"], row["last_edge"] = self.edge_count, self.edge_count + len(found)
            self.edges.append(found)
            self.edge_count += len(found)
        self.rows.append(row)

    def arrays(self) -> Elements:
        made: dict[str, Any] = {}
        for name in Elements._fields:
            kind = np.int64 if name in ("source", "first_edge", "last_edge") else np.float64
            made[name] = np.array([row[name] for row in self.rows], dtype=kind)
        made["edges"] = np.concatenate(self.edges) if self.edges else np.zeros((0, 4))
        return Elements(**made)


def _polygon_edges(polygon: Polygon) -> np.ndarray[Any, Any]:
    oriented = shapely.geometry.polygon.orient(polygon)
    rings = [oriented.exterior, *oriented.interiors]
    points = [np.asarray(ring.coords, dtype=float)[:, :2] for ring in rings]
    return np.concatenate([np.hstack([ring[:-1], ring[1:]]) for ring in points])


def _stated(source: pd.Series, options: PlumeOptions) -> dict[str, float]:
    """Numbers of a source, with those that the options assume.

    Raises
    ------
    InputError
        If a column that its kind needs is empty.
    """
    kind = str(source["kind"])
    values = {name: float(source[name]) for name in _NUMBERS}
    for name, value in options.assumed.get(kind, {}).items():
        if name in values and math.isnan(values[name]):
            values[name] = float(value)
    still = kind == "point" and (values["exit_velocity_m_s"] == 0.0 or values["diameter_m"] == 0.0)
    needed = ("height_m",) if still else NEEDED[kind]
    missing = [name for name in needed if math.isnan(values[name])]
    if missing:
        raise InputError(
            f"source {source['source_id']} ({kind}) states no {', '.join(missing)}",
            where=f"{source.get('source_file', '')}, row {source.get('source_row', '')}",
            rule=f"a {kind} source needs {', '.join(NEEDED[kind])}",
            cure="fill it in the inventory, or state an assumption: "
            + f"options assumed = {{{kind!r}: {{{missing[0]!r}: value}}}}",
        )
    return values


_NUMBERS = (
    "height_m",
    "vertical_extent_m",
    "width_m",
    "diameter_m",
    "exit_velocity_m_s",
    "exit_temperature_k",
)


def _geometry(source: pd.Series, crs: str) -> BaseGeometry | None:
    text = source.get("geometry_wkt")
    if text is None or pd.isna(text) or not str(text).strip():
        return None
    try:
        geometry = shapely.from_wkt(str(text))
    except shapely.errors.GEOSException as error:
        raise InputError(
            f"source {source['source_id']}: geometry_wkt cannot be read: {error}",
            cure="WKT with longitude and latitude, as POLYGON ((82.6 49.9, ...))",
        ) from error

    def plane(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.column_stack(project(points[:, 0], points[:, 1], crs))

    return shapely.transform(geometry, plane)


def _polygons(source: pd.Series, geometry: BaseGeometry | None) -> list[Polygon]:
    found: list[Polygon] = []
    if isinstance(geometry, Polygon):
        found = [geometry]
    elif isinstance(geometry, MultiPolygon):
        found = list(geometry.geoms)
    if not found or any(not item.is_valid or item.area <= 0.0 for item in found):
        raise InputError(
            f"source {source['source_id']} ({source['kind']}) has no valid polygon",
            rule="its geometry_wkt is a POLYGON or MULTIPOLYGON that does not cross itself",
            cure="draw the outline again",
        )
    return found


def _strips(source: pd.Series, geometry: BaseGeometry | None, width: float) -> list[Polygon]:
    """Rectangles of the straight pieces of a line."""
    lines: list[LineString] = []
    if isinstance(geometry, LineString):
        lines = [geometry]
    elif isinstance(geometry, MultiLineString):
        lines = list(geometry.geoms)
    if not lines or not width > 0.0:
        raise InputError(
            f"source {source['source_id']} (line) has no {'width_m' if lines else 'valid line'}",
            rule="a line has a LINESTRING in geometry_wkt and a width_m above zero",
            cure="fill it in the inventory, or state options line_width_m",
        )
    made = []
    for line in lines:
        points = np.asarray(line.coords, dtype=float)[:, :2]
        for start, end in pairwise(points):
            length = float(np.hypot(*(end - start)))
            if length > 0.0:
                side = np.array([start[1] - end[1], end[0] - start[0]]) * (0.5 * width / length)
                made.append(Polygon([start + side, start - side, end - side, end + side]))
    return made


def elements_of(sources: pd.DataFrame, crs: str, options: PlumeOptions) -> Elements:
    """Elements of a table of sources.

    A point is itself. A volume has the initial widths side / 4.3 and depth / 2.15, its side being the root
    of its polygon's area, or ``width_m``. An area is its polygons, a line a rectangle a straight piece;
    both have the initial σz depth / 2.15 (0 where none is stated), and emit evenly over their area.

    Parameters
    ----------
    sources : DataFrame
        Table ``sources``.
    crs : str
        Projected CRS of the case.
    options : PlumeOptions
        Choices of the engine, among them what is assumed where a source states nothing.

    Raises
    ------
    InputError
        If there is no source, an identifier occurs twice, or a source lacks what its kind needs.
    """
    if sources.empty:
        raise InputError("there is no source", cure="give at least one")
    if sources["source_id"].duplicated().any():
        twice = sources.loc[sources["source_id"].duplicated(), "source_id"].iloc[0]
        raise InputError(f"source {twice} occurs twice", rule="source_id is unique", cure="rename one")
    table = sources.assign(**{name: column(sources, name) for name in _NUMBERS})
    easting, northing = project(sources["lon"], sources["lat"], crs)
    table = table.assign(_x=easting, _y=northing)
    parts = _Parts()
    for index, (_, source) in enumerate(table.iterrows()):
        if source["kind"] not in _ADD:
            raise InputError(
                f"source {source['source_id']} is of kind {source['kind']!r}",
                cure=f"one of {', '.join(_ADD)}",
            )
        _ADD[source["kind"]](parts, index, source, crs, options)
    return parts.arrays()


def _add_point(parts: _Parts, index: int, source: pd.Series, crs: str, options: PlumeOptions) -> None:
    values = _stated(source, options)
    place = {"source": index, "x": source["_x"], "y": source["_y"], "height": values["height_m"]}
    mouth = {}
    if values["diameter_m"] > 0.0 and values["exit_velocity_m_s"] > 0.0:
        mouth = {
            "diameter": values["diameter_m"],
            "exit_velocity": values["exit_velocity_m_s"],
            "exit_temperature": values["exit_temperature_k"],
        }
    parts.add(None, **place, **mouth)


def _add_volume(parts: _Parts, index: int, source: pd.Series, crs: str, options: PlumeOptions) -> None:
    values = _stated(source, options)
    side = values["width_m"]
    geometry = _geometry(source, crs)
    if geometry is not None:
        side = math.sqrt(sum(item.area for item in _polygons(source, geometry)))
    if not side > 0.0:
        raise InputError(
            f"source {source['source_id']} (volume) has neither a polygon nor a width_m",
            rule="a volume has a side",
            cure="fill geometry_wkt or width_m",
        )
    parts.add(
        None,
        source=index,
        x=source["_x"],
        y=source["_y"],
        height=values["height_m"],
        initial_sigma_y=side / VOLUME_SIDE_PER_SIGMA,
        initial_sigma_z=values["vertical_extent_m"] / DEPTH_PER_SIGMA,
    )


def _add_area(parts: _Parts, index: int, source: pd.Series, crs: str, options: PlumeOptions) -> None:
    values = _stated(source, options)
    _add_shapes(parts, index, values, _polygons(source, _geometry(source, crs)))


def _add_line(parts: _Parts, index: int, source: pd.Series, crs: str, options: PlumeOptions) -> None:
    values = _stated(source, options)
    width = values["width_m"]
    if math.isnan(width) and options.line_width_m is not None:
        width = options.line_width_m
    _add_shapes(parts, index, values, _strips(source, _geometry(source, crs), width))


def _add_shapes(parts: _Parts, index: int, values: dict[str, float], shapes: list[Polygon]) -> None:
    """Polygons that share the source's emission by area, with σz0 of its depth (0 where none is stated)."""
    depth = values["vertical_extent_m"]
    whole = sum(shape.area for shape in shapes)
    for shape in shapes:
        parts.add(
            shape,
            source=index,
            weight=shape.area / whole,
            height=values["height_m"],
            initial_sigma_z=0.0 if math.isnan(depth) else depth / DEPTH_PER_SIGMA,
        )


_ADD = {"point": _add_point, "volume": _add_volume, "area": _add_area, "line": _add_line}
