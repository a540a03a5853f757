"""Least change of a wind that makes it free of divergence over terrain.

References
----------
.. [1] Sherman, C. A. (1978). A mass-consistent model for wind fields over complex terrain. J. Appl.
   Meteorol. 17, 312–319. doi:10.1175/1520-0450(1978)017<0312:AMCMFW>2.0.CO;2.
.. [2] Trottenberg, U., Oosterlee, C. & Schüller, A. (2001). Multigrid. Academic Press (coarsening
   in the plane with relaxation along columns, where the coupling along them is the strong one).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sootprint.core.errors import InputError, SootprintError
from sootprint.weather.terrain_wind.grid import TerrainGrid

if TYPE_CHECKING:
    from sootprint.weather.terrain_wind.kernels import Operator

Floats = NDArray[np.float64]

COARSEST = 4
"""Columns a side below which the plane is not coarsened further."""

COARSEST_SWEEPS = 6
"""Pairs of sweeps on the coarsest plane, in which a column sees all others."""


class FirstGuess(NamedTuple):
    """Wind before the adjustment, on the faces of the grid [m s⁻¹].

    ``u`` (nz, ny, nx+1) and ``v`` (nz, ny+1, nx) are horizontal; ``w`` (nz+1, ny, nx) is the vertical wind in
    space, not relative to the ground.
    """

    u: Floats
    v: Floats
    w: Floats


class AdjustedWind(NamedTuple):
    """Wind free of divergence, on the faces of the grid [m s⁻¹], ``w`` relative to the ground.

    ``divergence`` is the largest that the solver left [s⁻¹], before ``w`` was summed up from the ground;
    ``iterations`` those of the conjugate gradients.
    """

    u: Floats
    v: Floats
    w: Floats
    divergence: float
    iterations: int


@dataclass
class _Level:
    """Operator on one resolution of the plane, with room for its vectors."""

    operator: Operator
    factors: Floats
    right: Floats
    potential: Floats
    rest: Floats


class Adjuster:
    r"""Adjustment of first guesses on one grid with one anisotropy.

    The factors of the operator are made once; `adjust` is then called for every first guess.

    Parameters
    ----------
    grid : TerrainGrid
    anisotropy : float
        αh/αv [1]: under 1 the air is led around the terrain (stable), over 1 across it (unstable).
    give : ndarray, shape (nz, ny, nx), or None
        Factor of K in each cell [1], above 0: where it is small, as in a cold pool, the wind keeps to its
        first guess and the air beside is led around it. None is 1 everywhere.
    threads : int
        Threads that share the columns; the result is the same for any number.

    Raises
    ------
    InputError
        If the anisotropy or a factor is not positive and finite.

    Notes
    -----
    Minimises :math:`\int α_h^2[(u-u_0)^2+(v-v_0)^2]+α_v^2(w-w_0)^2` under :math:`∇·\mathbf u=0` [1]_, in
    coordinates that follow the ground (Jacobian 1). No air goes through the ground; at the sides and the top
    it may (λ = 0). The changes are K∇λ with K_h = 1 and K_v = (αh/αv)²: what counts is their ratio. Solved by
    conjugate gradients with one multigrid cycle [2]_ as preconditioner: the plane is coarsened, columns are
    solved exactly in chess-board order.
    """

    def __init__(
        self, grid: TerrainGrid, *, anisotropy: float = 1.0, give: Floats | None = None, threads: int = 2
    ) -> None:
        if not (np.isfinite(anisotropy) and anisotropy > 0.0):
            raise InputError(f"anisotropy {anisotropy}", rule="a positive number", cure="1 for neutral air")
        if threads < 1:
            raise InputError(f"{threads} threads", rule="one thread or more")
        self.grid, self.anisotropy, self.threads = grid, float(anisotropy), threads
        layers = grid.thickness
        distance = np.concatenate([[0.5 * layers[0]], 0.5 * (layers[1:] + layers[:-1]), [0.5 * layers[-1]]])
        self._thickness = np.concatenate([[0.0], layers])
        self._per_distance = 1.0 / distance
        # The equation of the ground is a flux, not a divergence: what it leaves ends in the lowest layer.
        self._per_thickness = 1.0 / np.concatenate([layers[:1], layers])
        if give is None:
            cells = np.ones((1, 1, layers.size))
        else:
            cells = np.asarray(give, float).transpose(1, 2, 0)
            if (
                cells.shape != (*grid.ground.shape, layers.size)
                or not ((cells > 0) & np.isfinite(cells)).all()
            ):
                raise InputError("factors of the adjustment", rule=f"positive numbers of shape {grid.shape}")
        self._levels = self._hierarchy(cells)

    def _hierarchy(self, give: Floats) -> list[_Level]:
        from sootprint.weather.terrain_wind.kernels import Operator, factorise

        ground, cell = self.grid.ground, self.grid.cell_m
        levels: list[_Level] = []
        while True:
            rows, columns = ground.shape
            slope_x, slope_y = np.zeros((rows, columns + 1)), np.zeros((rows + 1, columns))
            slope_x[:, 1:-1] = np.diff(ground, axis=1) / cell
            slope_y[1:-1] = np.diff(ground, axis=0) / cell
            operator = Operator(
                slope_x,
                slope_y,
                *_face_gives(give),
                vertical=self.anisotropy**2,
                per_cell=1.0 / cell,
                thickness=self._thickness,
                per_distance=self._per_distance,
            )
            shape = (rows, columns, self._thickness.size)
            factors = np.empty((rows, columns, 3, self._thickness.size))
            factorise(operator, factors)
            levels.append(_Level(operator, factors, np.zeros(shape), np.zeros(shape), np.zeros(shape)))
            if min(rows, columns) <= COARSEST:
                return levels
            ground, cell = _coarser(ground), 2.0 * cell
            give = _coarser(give) if give.shape[0] > 1 else give

    def adjust(
        self, guess: FirstGuess, *, tolerance: float = 1e-7, most_iterations: int = 400
    ) -> AdjustedWind:
        """Wind nearest to a first guess that is free of divergence.

        Parameters
        ----------
        guess : FirstGuess
        tolerance : float
            Largest divergence left, in units of (largest speed of the guess) / (cell) [1].
        most_iterations : int
            Iterations after which the solver gives up.

        Returns
        -------
        AdjustedWind
            ``w`` is summed up from the ground, so that the divergence of the result is that of rounding; the
            divergence that the solver left is reported beside it.

        Raises
        ------
        InputError
            If the first guess does not fit the grid or is not finite.
        SootprintError
            If the tolerance was not reached.
        """
        self._check(guess)
        speed = max(float(np.abs(part).max()) for part in guess)
        if speed == 0.0:
            still = FirstGuess(*(np.zeros_like(part) for part in guess))
            return AdjustedWind(still.u, still.v, still.w, 0.0, 0)
        relative = relative_vertical(self.grid, guess)
        right = np.empty((*self.grid.ground.shape, self.grid.levels.size))
        right[..., 0] = relative[0]
        right[..., 1:] = (
            _divergence(self.grid, guess.u, guess.v, relative) * _column(self.grid.thickness)
        ).transpose(1, 2, 0)
        goal = tolerance * speed / self.grid.cell_m
        with ThreadPoolExecutor(self.threads) as pool:
            potential, left, iterations = self._solve(pool, right, goal, most_iterations)
        if left > goal:
            raise SootprintError(
                f"the adjustment left a divergence of {left:.1e} s⁻¹ after {iterations} iterations",
                rule=f"at most {goal:.1e} s⁻¹",
                cure="a less extreme anisotropy, smoother ground, thicker lowest layers, or more iterations",
            )
        du, dv = self._horizontal_change(potential)
        u, v = guess.u + du, guess.v + dv
        return AdjustedWind(u, v, vertical_from_continuity(self.grid, u, v), left, iterations)

    def _check(self, guess: FirstGuess) -> None:
        nz, (ny, nx) = self.grid.thickness.size, self.grid.ground.shape
        shapes = ((nz, ny, nx + 1), (nz, ny + 1, nx), (nz + 1, ny, nx))
        for name, part, shape in zip("uvw", guess, shapes, strict=True):
            if part.shape != shape:
                raise InputError(f"first guess {name} of shape {part.shape}", rule=f"{shape} on this grid")
            if not np.isfinite(part).all():
                raise InputError(f"first guess {name} holds a value that is not finite")

    def _each(self, pool: ThreadPoolExecutor, rows: int, call: Callable[[int, int], Any]) -> None:
        """Call for blocks of rows; small planes are not worth a thread."""
        if self.threads == 1 or rows < 8 * self.threads:
            call(0, rows)
            return
        edges = np.linspace(0, rows, self.threads + 1).astype(int)
        list(pool.map(call, edges[:-1], edges[1:]))

    def _smooth(self, pool: ThreadPoolExecutor, level: _Level, colours: tuple[int, ...]) -> None:
        from sootprint.weather.terrain_wind.kernels import smooth

        for colour in colours:
            call = partial(smooth, level.potential, level.right, colour, level.operator, level.factors)
            self._each(pool, level.potential.shape[0], call)

    def _cycle(self, pool: ThreadPoolExecutor, depth: int) -> None:
        """One symmetric V-cycle: ``potential`` of the level from its ``right``."""
        from sootprint.weather.terrain_wind import kernels

        level = self._levels[depth]
        level.potential[:] = 0.0
        if depth == len(self._levels) - 1:
            for _ in range(COARSEST_SWEEPS):
                self._smooth(pool, level, (0, 1))
            for _ in range(COARSEST_SWEEPS):
                self._smooth(pool, level, (1, 0))
            return
        self._smooth(pool, level, (0, 1))
        rows, coarse = level.right.shape[0], self._levels[depth + 1]
        call = partial(kernels.subtract_applied, level.potential, level.right, level.operator, level.rest)
        self._each(pool, rows, call)
        self._each(pool, coarse.right.shape[0], partial(kernels.restrict, level.rest, coarse.right))
        self._cycle(pool, depth + 1)
        self._each(pool, rows, partial(kernels.prolong, coarse.potential, level.potential))
        self._smooth(pool, level, (1, 0))

    def _solve(
        self, pool: ThreadPoolExecutor, right: Floats, goal: float, most: int
    ) -> tuple[Floats, float, int]:
        """Potential, the largest divergence that it leaves, and the iterations."""
        from sootprint.weather.terrain_wind import kernels

        finest, rows = self._levels[0], right.shape[0]
        solution, residual, made = np.zeros_like(right), finest.right, finest.potential
        residual[:] = right
        left = float((np.abs(residual) * self._per_thickness).max())
        if left <= goal:
            return solution, left, 0
        applied, direction, sums = np.empty_like(right), np.zeros_like(right), np.zeros(rows)
        share, before = 0.0, 1.0
        for iteration in range(1, most + 1):
            self._cycle(pool, 0)
            self._each(pool, rows, partial(kernels.products, residual, made, sums))
            now = float(sums.sum())
            share = 0.0 if iteration == 1 else now / before
            self._each(pool, rows, partial(kernels.advance, direction, made, share))
            self._each(pool, rows, partial(kernels.apply, direction, finest.operator, applied, sums))
            length = now / float(sums.sum())
            vectors = (solution, residual, direction, applied)
            self._each(pool, rows, partial(kernels.step, *vectors, length, self._per_thickness, sums))
            left, before = float(sums.max()), now
            if left <= goal:
                break
        return solution, left, iteration

    def _horizontal_change(self, potential: Floats) -> tuple[Floats, Floats]:
        """du and dv on the faces; on an outer face the potential is zero all along it."""
        op = self._levels[0].operator
        padded = np.concatenate([potential, np.zeros((*potential.shape[:2], 1))], axis=2)
        slope = np.diff(padded, axis=2) * self._per_distance
        mean_slope = 0.5 * (slope[..., 1:] + slope[..., :-1])
        cells = potential[..., 1:]
        ny, nx, nz = cells.shape
        du, dv = np.empty((ny, nx + 1, nz)), np.empty((ny + 1, nx, nz))
        turned_x = op.slope_x[:, 1:-1, None] * 0.5 * (mean_slope[:, 1:] + mean_slope[:, :-1])
        turned_y = op.slope_y[1:-1, :, None] * 0.5 * (mean_slope[1:] + mean_slope[:-1])
        du[:, 1:-1] = np.diff(cells, axis=1) * op.per_cell - turned_x
        dv[1:-1] = np.diff(cells, axis=0) * op.per_cell - turned_y
        du[:, 0], du[:, -1] = 2.0 * op.per_cell * cells[:, 0], -2.0 * op.per_cell * cells[:, -1]
        dv[0], dv[-1] = 2.0 * op.per_cell * cells[0], -2.0 * op.per_cell * cells[-1]
        du *= op.give_x[..., 1:]
        dv *= op.give_y[..., 1:]
        return du.transpose(2, 0, 1), dv.transpose(2, 0, 1)


def relative_vertical(grid: TerrainGrid, guess: FirstGuess) -> Floats:
    """Vertical wind relative to the ground, ω = w − u h_x − v h_y, on the horizontal faces [m s⁻¹].

    u and v are taken from the faces around, weighted with the thickness of their layers: the adjoint of the
    interpolation in the operator. The slope of an outer face is that of the nearest inner one.
    """
    slope_x, slope_y = grid.face_slopes()
    climb = guess.u * slope_x
    climb_y = guess.v * slope_y
    cells = 0.5 * (climb[:, :, 1:] + climb[:, :, :-1]) + 0.5 * (climb_y[:, 1:] + climb_y[:, :-1])
    layers = _column(grid.thickness)
    faces = np.empty((cells.shape[0] + 1, *cells.shape[1:]))
    faces[1:-1] = (layers[1:] * cells[1:] + layers[:-1] * cells[:-1]) / (layers[1:] + layers[:-1])
    faces[0], faces[-1] = cells[0], cells[-1]
    return np.asarray(guess.w - faces)


def vertical_from_continuity(grid: TerrainGrid, u: Floats, v: Floats) -> Floats:
    """Vertical wind relative to the ground that closes the mass balance of every cell [m s⁻¹]."""
    outflow = (np.diff(u, axis=2) + np.diff(v, axis=1)) / grid.cell_m * _column(grid.thickness)
    w = np.zeros((outflow.shape[0] + 1, *outflow.shape[1:]))
    np.cumsum(-outflow, axis=0, out=w[1:])
    return w


def _divergence(grid: TerrainGrid, u: Floats, v: Floats, w: Floats) -> Floats:
    plane = (np.diff(u, axis=2) + np.diff(v, axis=1)) / grid.cell_m
    return np.asarray(plane + np.diff(w, axis=0) / _column(grid.thickness))


def _column(values: Floats) -> Floats:
    return values[:, None, None]


def _face_gives(cells: Floats) -> tuple[Floats, Floats, Floats]:
    """Factor of K on the faces: harmonic mean of the cells beside; one column where uniform.

    Index k of the vertical ones is the face above node k. Node 0 of the others is not used.
    """
    rows, columns, layers = cells.shape
    if (rows, columns) == (1, 1):
        ones = np.ones((1, 1, layers + 1))
        return ones, ones, ones
    padded = np.concatenate([cells[..., :1], cells], axis=2)
    x, y = np.empty((rows, columns + 1, layers + 1)), np.empty((rows + 1, columns, layers + 1))
    x[:, 1:-1] = 2.0 * padded[:, 1:] * padded[:, :-1] / (padded[:, 1:] + padded[:, :-1])
    y[1:-1] = 2.0 * padded[1:] * padded[:-1] / (padded[1:] + padded[:-1])
    x[:, 0], x[:, -1], y[0], y[-1] = padded[:, 0], padded[:, -1], padded[0], padded[-1]
    z = np.concatenate([padded[..., :1], cells], axis=2)
    z[..., 1:-1] = 2.0 * cells[..., 1:] * cells[..., :-1] / (cells[..., 1:] + cells[..., :-1])
    return x, y, z


def _coarser(plane: Floats) -> Floats:
    """Mean of two by two cells; an odd last row or column is repeated."""
    rows, columns = plane.shape[:2]
    even = np.pad(plane, ((0, rows % 2), (0, columns % 2), *[(0, 0)] * (plane.ndim - 2)), mode="edge")
    return 0.25 * (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2])
