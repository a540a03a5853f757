"""Grid that follows the ground, the winds on it, and how they are read between its faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

LEVELS = (
    *(0.0, 4.0, 10.0, 20.0, 35.0, 55.0, 80.0, 110.0, 150.0, 200.0, 260.0, 330.0, 410.0),
    *(500.0, 600.0, 720.0, 850.0, 1000.0, 1200.0, 1500.0),
)
"""Heights of the horizontal faces above ground [m] where none are stated: thin where an inversion of 20–80 m
and the receptors are."""


@dataclass(frozen=True, eq=False)
class TerrainGrid:
    """Cells above the ground of a square-meshed plane.

    The vertical coordinate is the height above ground z' = z − h(x, y); its Jacobian is 1, so continuity is
    u_x + v_y + ω_z' = 0 with ω = w − u h_x − v h_y.

    Parameters
    ----------
    x0, y0 : float
        West and south edge [m, projected coordinate system].
    cell_m : float
        Side of a cell [m].
    ground : ndarray, shape (ny, nx)
        Mean ground height of each column [m above sea level], from south to north.
    levels : ndarray, shape (nz + 1,)
        Heights of the horizontal faces above ground [m]; the first is 0.

    Raises
    ------
    InputError
        If the ground has a gap or is smaller than two cells a side, or the levels do not rise from 0.
    """

    x0: float
    y0: float
    cell_m: float
    ground: Floats
    levels: Floats

    def __post_init__(self) -> None:
        ground, levels = np.array(self.ground, float), np.array(self.levels, float)
        if ground.ndim != 2 or min(ground.shape) < 2:
            raise InputError(f"ground of shape {ground.shape}", rule="two cells or more a side")
        if not np.isfinite(ground).all():
            row, column = np.argwhere(~np.isfinite(ground))[0]
            raise InputError(
                f"{int((~np.isfinite(ground)).sum())} cells have no ground height",
                where=f"first in row {row}, column {column} from the south-west corner",
                cure="fill the voids of the elevation model (fill_voids), or choose a smaller area",
            )
        if levels.ndim != 1 or levels.size < 3 or levels[0] != 0.0 or not (np.diff(levels) > 0.0).all():
            raise InputError(f"levels {levels.tolist()}", rule="two layers or more, rising from 0 m")
        if not (np.isfinite(self.cell_m) and self.cell_m > 0.0):
            raise InputError(f"cell of {self.cell_m} m", rule="a positive length")
        ground.flags.writeable = levels.flags.writeable = False
        object.__setattr__(self, "ground", ground)
        object.__setattr__(self, "levels", levels)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Layers, rows and columns."""
        return self.levels.size - 1, self.ground.shape[0], self.ground.shape[1]

    @property
    def thickness(self) -> Floats:
        """Thickness of the layers [m], shape (nz,)."""
        return np.diff(self.levels)

    @property
    def middles(self) -> Floats:
        """Heights of the middles of the layers above ground [m], shape (nz,)."""
        return np.asarray(0.5 * (self.levels[1:] + self.levels[:-1]))

    @property
    def x(self) -> Floats:
        """Eastings of the middles of the cells [m], shape (nx,)."""
        return np.asarray(self.x0 + self.cell_m * (np.arange(self.ground.shape[1]) + 0.5))

    @property
    def y(self) -> Floats:
        """Northings of the middles of the cells [m], shape (ny,)."""
        return np.asarray(self.y0 + self.cell_m * (np.arange(self.ground.shape[0]) + 0.5))

    def face_slopes(self) -> tuple[Floats, Floats]:
        """Slope of the ground across the east/west faces (ny, nx+1) and the north/south faces (ny+1, nx) [1].

        That of an outer face is that of the nearest inner one.
        """
        x = np.pad(np.diff(self.ground, axis=1) / self.cell_m, ((0, 0), (1, 1)), mode="edge")
        y = np.pad(np.diff(self.ground, axis=0) / self.cell_m, ((1, 1), (0, 0)), mode="edge")
        return x, y

    def face_grounds(self) -> tuple[Floats, Floats]:
        """Ground height at the east/west faces (ny, nx+1) and the north/south faces (ny+1, nx) [m]."""
        x = np.pad(self.ground, ((0, 0), (1, 1)), mode="edge")
        y = np.pad(self.ground, ((1, 1), (0, 0)), mode="edge")
        return 0.5 * (x[:, 1:] + x[:, :-1]), 0.5 * (y[1:] + y[:-1])

    def slopes(self) -> tuple[Floats, Floats]:
        """Slope of the ground eastward and northward in the middle of each cell [1]."""
        x, y = self.face_slopes()
        return 0.5 * (x[:, 1:] + x[:, :-1]), 0.5 * (y[1:] + y[:-1])

    def contains(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.bool_]:
        """Whether places [m] lie over the grid."""
        column = (np.asarray(x, float) - self.x0) / self.cell_m
        row = (np.asarray(y, float) - self.y0) / self.cell_m
        return np.asarray(
            (column >= 0) & (column <= self.ground.shape[1]) & (row >= 0) & (row <= self.ground.shape[0])
        )


class WindFields(NamedTuple):
    """Winds of hours on the faces of a `TerrainGrid` [m s⁻¹], single precision.

    Parameters
    ----------
    u : ndarray, shape (hour, nz, ny, nx + 1)
        Eastward, through the east and west faces.
    v : ndarray, shape (hour, nz, ny + 1, nx)
        Northward, through the north and south faces.
    w : ndarray, shape (hour, nz + 1, ny, nx)
        Relative to the ground (ω), through the horizontal faces; zero on the ground.
    """

    u: Singles
    v: Singles
    w: Singles


class WindAt(NamedTuple):
    """Wind at points [m s⁻¹], each of shape (hour, point).

    ``relative_w`` is the change of the height above ground, ``w`` the vertical wind in space.
    """

    u: Floats
    v: Floats
    relative_w: Floats
    w: Floats


def divergence(fields: WindFields, grid: TerrainGrid) -> Floats:
    """Divergence of every cell [s⁻¹], shape (hour, nz, ny, nx), of the stored single-precision values."""
    u, v, w = (np.asarray(part, float) for part in fields)
    plane = (np.diff(u, axis=3) + np.diff(v, axis=2)) / grid.cell_m
    return np.asarray(plane + np.diff(w, axis=1) / grid.thickness[:, None, None])


def wind_at(fields: WindFields, grid: TerrainGrid, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> WindAt:
    """Wind at points, as the particles feel it.

    Parameters
    ----------
    fields : WindFields
    grid : TerrainGrid
    x, y : array_like, shape (point,)
        Place [m, projected coordinate system].
    z : array_like, shape (point,)
        Height above ground [m].

    Raises
    ------
    InputError
        If a point is outside the grid.

    Notes
    -----
    Within a cell each component is linear along its own axis and constant along the others (the lowest
    Raviart–Thomas element): the divergence inside a cell is that of its faces.

    References
    ----------
    .. [1] Raviart, P.-A. & Thomas, J.-M. (1977). A mixed finite element method for 2nd order elliptic
       problems. Lect. Notes Math. 606, 292–315. doi:10.1007/BFb0064470.
    """
    east, north, height = (np.atleast_1d(np.asarray(values, float)) for values in (x, y, z))
    east, north, height = np.broadcast_arrays(east, north, height)
    outside = ~(grid.contains(east, north) & (height >= 0.0) & (height <= grid.levels[-1]))
    if outside.any():
        first = int(outside.argmax())
        raise InputError(
            f"{int(outside.sum())} of {outside.size} points are outside the grid",
            where=f"first: x {east[first]:.0f}, y {north[first]:.0f}, {height[first]:.1f} m above ground",
        )
    nz, ny, nx = grid.shape
    column, row = (east - grid.x0) / grid.cell_m, (north - grid.y0) / grid.cell_m
    i, j = np.minimum(column.astype(int), nx - 1), np.minimum(row.astype(int), ny - 1)
    k = np.clip(np.searchsorted(grid.levels, height, side="right") - 1, 0, nz - 1)
    a, b, c = column - i, row - j, (height - grid.levels[k]) / grid.thickness[k]
    u = (1.0 - a) * fields.u[:, k, j, i] + a * fields.u[:, k, j, i + 1]
    v = (1.0 - b) * fields.v[:, k, j, i] + b * fields.v[:, k, j + 1, i]
    relative = (1.0 - c) * fields.w[:, k, j, i] + c * fields.w[:, k + 1, j, i]
    slope_x, slope_y = grid.slopes()
    return WindAt(u, v, relative, relative + u * slope_x[j, i] + v * slope_y[j, i])


def terrain_grid(
    elevation: xr.DataArray,
    *,
    west: float,
    south: float,
    width_m: float,
    height_m: float,
    cell_m: float,
    levels: ArrayLike = LEVELS,
) -> TerrainGrid:
    """Grid over a rectangle of an elevation model.

    Parameters
    ----------
    elevation : DataArray, dims (y, x)
        From `elevation_grid`, `read_elevation` or `read_hgt`, in the projected coordinate system [m].
    west, south, width_m, height_m : float
        Rectangle [m]; its sides are whole numbers of cells.
    cell_m : float
        Side of a cell [m].
    levels : array_like
        Heights of the horizontal faces above ground [m].

    Raises
    ------
    InputError
        If the rectangle is not inside the elevation model or not a whole number of cells, or the elevation
        model has voids under it.

    Notes
    -----
    The ground of a cell is the mean of n × n bilinear samples, n the least number that leaves no node of the
    elevation model out: hills are averaged, not picked.
    """
    from scipy.interpolate import RegularGridInterpolator

    columns, rows = width_m / cell_m, height_m / cell_m
    if abs(columns - round(columns)) > 1e-6 or abs(rows - round(rows)) > 1e-6:
        raise InputError(
            f"area of {width_m:g} × {height_m:g} m with cells of {cell_m:g} m", rule="a whole number of cells"
        )
    x, y = elevation["x"].to_numpy(), elevation["y"].to_numpy()
    samples = max(int(np.ceil(cell_m / min(x[1] - x[0], y[1] - y[0]))), 1)
    across = west + cell_m * (np.arange(round(columns) * samples) + 0.5) / samples
    along = south + cell_m * (np.arange(round(rows) * samples) + 0.5) / samples
    if across[0] < x[0] or across[-1] > x[-1] or along[0] < y[0] or along[-1] > y[-1]:
        raise InputError(
            f"area x {west:.0f} to {west + width_m:.0f}, y {south:.0f} to {south + height_m:.0f}",
            rule=f"inside the elevation model: x {x[0]:.0f} to {x[-1]:.0f}, y {y[0]:.0f} to {y[-1]:.0f}",
        )
    sampled = RegularGridInterpolator((y, x), elevation.to_numpy(), method="linear")(
        tuple(np.meshgrid(along, across, indexing="ij"))
    )
    blocks = sampled.reshape(round(rows), samples, round(columns), samples)
    return TerrainGrid(west, south, cell_m, blocks.mean(axis=(1, 3)), np.asarray(levels, float))
