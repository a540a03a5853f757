"""Plant grids: metres of a plant's own axes to WGS84, and the shapes that a form describes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sootprint.core.errors import InputError
from sootprint.core.geo import unproject
from sootprint.sources.readers.options import SourceOptions


@dataclass(frozen=True)
class Grid:
    """A projected CRS, or a plane that touches the Earth at the origin and is turned by an angle.

    Attributes
    ----------
    crs : str
        CRS of the turned-back coordinates.
    rotation_deg : float
        Direction of the OY axis, clockwise from true north [degrees].
    """

    crs: str
    rotation_deg: float = 0.0

    def lon_lat(self, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        """WGS84 of points of the grid [m]: (0, 1000) with a rotation of 90° lies 1 km east of the origin."""
        angle = math.radians(self.rotation_deg)
        x, y = np.array(points, dtype=float).T
        east = x * math.cos(angle) + y * math.sin(angle)
        north = -x * math.sin(angle) + y * math.cos(angle)
        lon, lat = unproject(east, north, self.crs)
        return list(zip(lon.tolist(), lat.tolist(), strict=True))


def plant_grid(options: SourceOptions, where: str) -> Grid:
    """Grid of a file.

    Raises
    ------
    InputError
        If neither an origin nor a CRS is stated.
    """
    if options.plant_grid is not None:
        return Grid(f"EPSG:{options.plant_grid['epsg']}")
    if options.origin_lon is None or options.origin_lat is None or options.rotation_deg is None:
        raise InputError(
            "the coordinates are metres of the plant's own grid, and its place is not stated",
            where=where,
            rule="a plant grid has an origin and a direction, or is a projected CRS",
            cure=(
                f'[files."{where}"] origin_lon = 82.6, origin_lat = 49.9, rotation_deg = 0 '
                "(OY clockwise from north), or plant_grid = { epsg = 32644 }"
            ),
        )
    origin = f"+lat_0={options.origin_lat!r} +lon_0={options.origin_lon!r}"
    return Grid(f"+proj=aeqd {origin} +datum=WGS84 +units=m", options.rotation_deg)


def strip(one: tuple[float, float], two: tuple[float, float], width: float) -> list[tuple[float, float]]:
    """Corners of the rectangle of a width about a line [m]."""
    length = math.hypot(two[0] - one[0], two[1] - one[1])
    across = (-(two[1] - one[1]) / length * width / 2, (two[0] - one[0]) / length * width / 2)
    return [
        (one[0] + across[0], one[1] + across[1]),
        (two[0] + across[0], two[1] + across[1]),
        (two[0] - across[0], two[1] - across[1]),
        (one[0] - across[0], one[1] - across[1]),
    ]


def rectangle(middle: tuple[float, float], length: float, width: float) -> list[tuple[float, float]]:
    """Corners of a rectangle along the axes of the grid about its middle [m]."""
    x, y = middle
    return [
        (x - length / 2, y - width / 2),
        (x + length / 2, y - width / 2),
        (x + length / 2, y + width / 2),
        (x - length / 2, y + width / 2),
    ]


def polygon_wkt(corners: list[tuple[float, float]]) -> str:
    """WKT polygon of corners (lon, lat), seven decimals."""
    ring = ", ".join(f"{lon:.7f} {lat:.7f}" for lon, lat in [*corners, corners[0]])
    return f"POLYGON (({ring}))"


def line_wkt(points: list[tuple[float, float]]) -> str:
    """WKT line of points (lon, lat), seven decimals."""
    return f"LINESTRING ({', '.join(f'{lon:.7f} {lat:.7f}' for lon, lat in points)})"
