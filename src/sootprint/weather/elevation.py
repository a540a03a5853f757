"""Elevation models: GeoTIFF, SRTM tiles, arrays; their voids.

References
----------
.. [1] Farr, T. G. et al. (2007). The Shuttle Radar Topography Mission. Rev. Geophys. 45, RG2004.
   doi:10.1029/2005RG000183.
.. [2] NASA/USGS. SRTM topography (SRTM_Topo.txt), sections 2.1–2.2: one degree a tile, 16-bit signed
   integers, high byte first, rows from north to south, void −32768, the name is the south-west corner.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError
from sootprint.core.geo import project, unproject

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]

HGT_VOID = -32768
"""Value of an SRTM tile where no height is known [2]."""

HGT_SIZES = {1201: "three seconds of arc", 3601: "one second of arc"}
"""Nodes a side of an SRTM tile [2]; tiles share the nodes of their edges."""

VOID_METHODS = ("nearest", "linear")


def elevation_grid(elevation: ArrayLike, *, x: ArrayLike, y: ArrayLike) -> xr.DataArray:
    """Elevation model on a regular plane grid, rows from south to north.

    Parameters
    ----------
    elevation : array_like, shape (y, x)
        Ground height at the nodes [m above sea level]; NaN where unknown.
    x, y : array_like
        Easting and northing of the nodes [m], evenly spaced; ``y`` may run either way.

    Raises
    ------
    InputError
        If shapes do not fit, fewer than two nodes a side, or the spacing is not even.
    """
    import xarray as xr

    heights = np.asarray(elevation, float)
    east, north = np.asarray(x, float), np.asarray(y, float)
    if heights.shape != (north.size, east.size) or min(heights.shape) < 2:
        raise InputError(
            f"elevation model of shape {heights.shape} with {east.size} eastings and {north.size} northings",
            rule="a row a northing and a column an easting, at least two of each",
        )
    for name, axis in (("x", east), ("y", north)):
        step = np.diff(axis)
        if step[0] == 0.0 or np.abs(step - step[0]).max() > 1e-6 * abs(step[0]):
            raise InputError(
                f"nodes along {name} are not evenly spaced",
                rule="a regular grid in metres",
                cure="resample the elevation model to the projected coordinate system of the case",
            )
    grid = xr.DataArray(heights, coords={"y": north, "x": east}, dims=("y", "x"), name="elevation_m")
    return grid.sortby(["y", "x"])


def read_elevation(path: Path, *, crs: str, cell_m: float) -> xr.DataArray:
    """Elevation model of a GeoTIFF, resampled bilinearly to a regular grid in metres.

    Parameters
    ----------
    path : Path
        Raster file with a coordinate system; band 1 is the ground height [m].
    crs : str
        Projected coordinate system of the result.
    cell_m : float
        Distance of its nodes [m].

    Raises
    ------
    InputError
        If the optional library rasterio is not installed, or the file cannot be read or has no place.
    """
    try:
        import rasterio
        from rasterio.vrt import WarpedVRT
    except ImportError as error:
        raise InputError(
            f"{path.name} cannot be read: rasterio is not installed",
            rule="raster files are read by an optional library",
            cure="install rasterio, or give the heights as a grid to elevation_grid",
        ) from error
    from rasterio.enums import Resampling
    from rasterio.errors import RasterioIOError
    from rasterio.warp import calculate_default_transform

    try:
        with rasterio.open(path) as source:
            if source.crs is None:
                raise InputError(f"{path.name} has no coordinate system", where=str(path))
            transform, width, height = calculate_default_transform(
                source.crs, crs, source.width, source.height, *source.bounds, resolution=cell_m
            )
            with WarpedVRT(
                source,
                crs=crs,
                transform=transform,
                width=width,
                height=height,
                resampling=Resampling.bilinear,
                nodata=np.nan,
                dtype="float64",
            ) as warped:
                heights = warped.read(1)
    except RasterioIOError as error:
        raise InputError(f"{path.name} is not a readable raster: {error}", where=str(path)) from error
    x = transform.c + transform.a * (np.arange(width) + 0.5)
    y = transform.f + transform.e * (np.arange(height) + 0.5)
    return elevation_grid(heights, x=x, y=y)


def read_hgt(
    paths: Path | Sequence[Path],
    *,
    crs: str,
    cell_m: float,
    bounds: tuple[float, float, float, float] | None = None,
) -> xr.DataArray:
    """Elevation model of SRTM tiles (``.hgt``), resampled bilinearly to a regular grid in metres.

    Parameters
    ----------
    paths : Path or sequence of Path
        One tile or several that border on each other, all of one resolution [2]; the name of a file, as
        ``N49E082.hgt``, is the south-west corner of its tile.
    crs : str
        Projected coordinate system of the result.
    cell_m : float
        Distance of its nodes [m].
    bounds : tuple of float or None
        West, south, east and north of the result [m]; None for the largest rectangle around the tiles.

    Returns
    -------
    DataArray, dims (y, x)
        Ground height [m above sea level], NaN in voids and outside the tiles; attribute ``voids`` is the
        number of nodes of the tiles without a height, ``missing`` that of the result. `fill_voids` fills
        them.

    Raises
    ------
    InputError
        If a file is not a tile, the tiles do not share one resolution or an edge, or none lies in the bounds.
    """
    from scipy.ndimage import map_coordinates

    files = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    if not files:
        raise InputError("no SRTM tile")
    if not (np.isfinite(cell_m) and cell_m > 0.0):
        raise InputError(f"nodes {cell_m} m apart", rule="a positive distance")
    mosaic, south, west, steps, voids = _mosaic(files)
    rows, columns = (mosaic.shape[0] - 1) // steps, (mosaic.shape[1] - 1) // steps
    if bounds is None:
        edges = (np.linspace(west, west + columns, 101), np.linspace(south, south + rows, 101))
        edge_x, edge_y = project(*np.meshgrid(*edges), crs)
        bounds = (edge_x.min(), edge_y.min(), edge_x.max(), edge_y.max())
    x = np.arange(bounds[0], bounds[2] + 1e-6 * cell_m, cell_m)
    y = np.arange(bounds[1], bounds[3] + 1e-6 * cell_m, cell_m)
    if min(x.size, y.size) < 2:
        raise InputError(f"bounds {bounds} with nodes {cell_m:g} m apart", rule="two nodes a side at least")
    east, north = np.meshgrid(x, y)
    lon, lat = unproject(east, north, crs)
    place = ((lat - south) * steps, (lon - west) * steps)
    sampled = np.asarray(map_coordinates(mosaic, place, order=1, mode="constant", cval=np.nan))
    if np.isnan(sampled).all():
        raise InputError(f"no tile has a height in the bounds {tuple(round(float(b)) for b in bounds)}")
    grid = elevation_grid(sampled, x=x, y=y)
    grid.attrs["voids"] = voids
    grid.attrs["missing"] = int(np.isnan(sampled).sum())
    return grid


def fill_voids(elevation: xr.DataArray, *, method: str, farthest_m: float) -> xr.DataArray:
    """Elevation model with its voids filled from the heights around them.

    Parameters
    ----------
    elevation : DataArray, dims (y, x)
        With NaN where no height is known.
    method : str
        ``nearest`` known node, or ``linear`` between known nodes (Delaunay).
    farthest_m : float
        A void farther than this from the nearest known node [m] is not filled.

    Returns
    -------
    DataArray
        With the attributes ``filled`` and ``unfilled``, numbers of nodes, and ``void_method``.

    Raises
    ------
    InputError
        If the method is not known, or no node has a height.
    """
    from scipy.interpolate import LinearNDInterpolator
    from scipy.ndimage import distance_transform_edt

    if method not in VOID_METHODS:
        raise InputError(f"void filling {method!r}", rule=f"one of: {', '.join(VOID_METHODS)}")
    heights = elevation.to_numpy().copy()
    void = np.isnan(heights)
    if void.all():
        raise InputError("elevation model without any height")
    x, y = elevation["x"].to_numpy(), elevation["y"].to_numpy()
    spacing = (y[1] - y[0], x[1] - x[0])
    away, nearest = distance_transform_edt(void, sampling=spacing, return_indices=True)
    near = void & (away <= farthest_m)
    if method == "nearest":
        heights[near] = heights[tuple(nearest[:, near])]
    elif near.any():
        # Only nodes that touch a void can be corners of a triangle over it.
        edge = ~void & (distance_transform_edt(~void) < 1.5)
        east, north = np.meshgrid(x, y)
        inside = LinearNDInterpolator(np.column_stack([east[edge], north[edge]]), heights[edge])
        heights[near] = inside(np.column_stack([east[near], north[near]]))
    left = np.isnan(heights)
    marks = {"filled": int((void & ~left).sum()), "unfilled": int(left.sum()), "void_method": method}
    return elevation.copy(data=heights).assign_attrs(marks)


def _mosaic(files: Sequence[Path]) -> tuple[Floats, int, int, int, int]:
    """Heights of all tiles, south and west of them [degree], steps a degree, and voids."""
    tiles = [(_hgt_corner(path), _hgt_heights(path)) for path in files]
    sizes = {heights.shape[0] for _, heights in tiles}
    if len(sizes) > 1:
        raise InputError(f"tiles of {sorted(sizes)} nodes a side", rule="all tiles of one resolution")
    steps = sizes.pop() - 1
    south, west = min(corner[0] for corner, _ in tiles), min(corner[1] for corner, _ in tiles)
    rows = max(corner[0] for corner, _ in tiles) - south + 1
    columns = max(corner[1] for corner, _ in tiles) - west + 1
    if rows * columns > 4 * len(tiles):
        raise InputError(
            f"{len(tiles)} tiles spread over {rows} by {columns} degrees",
            rule="tiles that border on each other",
        )
    mosaic = np.full((rows * steps + 1, columns * steps + 1), np.nan)
    for (lat, lon), heights in tiles:
        j, i = (lat - south) * steps, (lon - west) * steps
        part = mosaic[j : j + steps + 1, i : i + steps + 1]
        # On a shared edge a height counts over a void.
        part[:] = np.where(np.isnan(heights), part, heights)
    return mosaic, south, west, steps, int(sum(np.isnan(heights).sum() for _, heights in tiles))


def _hgt_corner(path: Path) -> tuple[int, int]:
    """Latitude and longitude of the south-west corner [degree], from the name of the file."""
    match = re.match(r"([NS])(\d{2})([EW])(\d{3})", path.name.upper())
    if match is None:
        raise InputError(
            f"{path.name} does not state its place",
            where=str(path),
            rule="SRTM tiles are named after their south-west corner, as N49E082.hgt",
        )
    lat, lon = int(match[2]), int(match[4])
    return (lat if match[1] == "N" else -lat), (lon if match[3] == "E" else -lon)


def _hgt_heights(path: Path) -> Floats:
    """Heights of a tile [m], from south to north; NaN in voids."""
    try:
        raw = np.fromfile(path, dtype=">i2")
        size = path.stat().st_size
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error}", where=str(path)) from error
    side = round(np.sqrt(raw.size))
    if side not in HGT_SIZES or size != 2 * side * side:
        allowed = ", ".join(f"{2 * nodes * nodes:,} bytes ({name})" for nodes, name in HGT_SIZES.items())
        raise InputError(
            f"{path.name} has {size:,} bytes", where=str(path), rule=f"an SRTM tile has {allowed}"
        )
    heights = raw.reshape(side, side)[::-1].astype(float)
    heights[heights == HGT_VOID] = np.nan
    return heights
