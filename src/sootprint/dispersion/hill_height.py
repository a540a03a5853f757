"""Ground height and hill height scale of receptors from an elevation model.

References
----------
.. [1] US EPA (2018). User's guide for the AERMOD terrain preprocessor (AERMAP). EPA-454/B-18-004,
   section 4.1 (hill height scale), 4.4 (elevation of a receptor).
.. [2] Cimorelli, A. J. et al. (2005). AERMOD: a dispersion model for industrial source applications.
   Part I. J. Appl. Meteorol. 44, 682-693, doi:10.1175/JAM2227.1 (dividing streamline height).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.weather.elevation import elevation_grid, read_elevation

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["SLOPE", "elevation_grid", "read_elevation", "receptor_terrain"]

Floats = NDArray[np.float64]

SLOPE = 0.1
"""Least slope at which terrain counts for the hill height scale [1]; AERMAP's rule."""


def receptor_terrain(
    x: ArrayLike, y: ArrayLike, elevation: xr.DataArray, *, slope: float = SLOPE
) -> pd.DataFrame:
    """Ground height and hill height scale of receptors.

    Parameters
    ----------
    x, y : array_like, shape (receptors,)
        Places in the projected coordinate system of the elevation model [m].
    elevation : DataArray, dims (y, x)
        From `elevation_grid` or `read_elevation`.
    slope : float
        Least slope at which terrain counts [1].

    Returns
    -------
    DataFrame
        Table ``receptor_terrain``, in the order of the receptors. ``certain_below_m`` is the height on the
        edge of the elevation model nearest the receptor from which unseen terrain outside would count.

    Raises
    ------
    InputError
        If a receptor is outside the elevation model or beside a node without a height.

    Notes
    -----
    Ground height: bilinear between the four nodes around. Hill height scale h_c: the highest node with
    (z − z_r) ≥ slope · distance, and no less than the ground height z_r itself [1]_. A hill of 300 m that
    stands 2,000 m from a receptor at 100 m counts (200 ≥ 0.1 · 2,000); at 2,100 m it does not.
    """
    from sootprint.dispersion.kernels.terrain import TILE, hill_heights, tile_maxima

    east, north = np.asarray(x, float).ravel(), np.asarray(y, float).ravel()
    heights = np.ascontiguousarray(elevation.to_numpy(), dtype=float)
    grid_x, grid_y = elevation["x"].to_numpy(), elevation["y"].to_numpy()
    cell_x, cell_y = float(grid_x[1] - grid_x[0]), float(grid_y[1] - grid_y[0])
    columns, rows = (east - grid_x[0]) / cell_x, (north - grid_y[0]) / cell_y
    _refuse_outside(columns, rows, heights.shape)
    ground = _bilinear(heights, columns, rows)
    if np.isnan(ground).any():
        raise InputError(
            f"{int(np.isnan(ground).sum())} receptors beside nodes without a height",
            where=f"first receptor {int(np.isnan(ground).argmax())}",
            cure="fill the gaps of the elevation model",
        )
    tiles = tuple(-(-size // TILE) for size in heights.shape)
    maxima = np.full(tiles, -np.inf)
    tile_maxima(heights, maxima)
    hills = np.empty(ground.size)
    hill_heights(heights, maxima, columns, rows, cell_x, cell_y, ground, slope, hills)
    to_edge = np.minimum.reduce([east - grid_x[0], grid_x[-1] - east, north - grid_y[0], grid_y[-1] - north])
    return schema.check(
        pd.DataFrame(
            {
                "x_m": east,
                "y_m": north,
                "elevation_m": ground,
                "hill_height_m": hills,
                "certain_below_m": np.maximum(hills, ground + slope * to_edge),
            }
        ),
        "receptor_terrain",
    )


def _refuse_outside(columns: Floats, rows: Floats, shape: tuple[int, ...]) -> None:
    last_row, last_column = shape[0] - 1, shape[1] - 1
    outside = ~((columns >= 0) & (columns <= last_column) & (rows >= 0) & (rows <= last_row))
    if outside.any():
        raise InputError(
            f"{int(outside.sum())} of {outside.size} receptors are outside the elevation model",
            where=f"first receptor {int(outside.argmax())}",
            cure="an elevation model that covers the receptors and the hills around them",
        )


def _bilinear(heights: Floats, columns: Floats, rows: Floats) -> Floats:
    column = np.minimum(columns.astype(int), heights.shape[1] - 2)
    row = np.minimum(rows.astype(int), heights.shape[0] - 2)
    east, north = columns - column, rows - row
    south_side = (1.0 - east) * heights[row, column] + east * heights[row, column + 1]
    north_side = (1.0 - east) * heights[row + 1, column] + east * heights[row + 1, column + 1]
    return np.asarray((1.0 - north) * south_side + north * north_side)
