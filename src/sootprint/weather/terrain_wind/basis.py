"""Responses of the terrain to every first guess, solved once: the wind of an hour is their weighted sum."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError
from sootprint.weather.terrain_wind.adjustment import Adjuster, FirstGuess, relative_vertical
from sootprint.weather.terrain_wind.grid import TerrainGrid, WindFields
from sootprint.weather.terrain_wind.patterns import (
    FirstGuessOptions,
    FirstGuessSpace,
    Pattern,
    first_guess,
    first_guess_space,
    pool_give,
)
from sootprint.weather.terrain_wind.situations import Situation, WindSite
from sootprint.weather.terrain_wind.slope_flow import SlopeFlow

if TYPE_CHECKING:
    from sootprint.weather.terrain_wind.hours import WindHours

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

FORMAT = 1
"""Of the saved file; a file of another number is not read."""


@dataclass(frozen=True, eq=False)
class WindBasis:
    """Winds free of divergence that span those of all hours.

    Parameters
    ----------
    grid : TerrainGrid
    space : FirstGuessSpace
        Sites, situations and the patterns, in the order of the fields.
    u, v : ndarray, shape (pattern, nz, ny, nx + 1) and (pattern, nz, ny + 1, nx)
        Horizontal winds of the patterns [m s⁻¹]; the vertical wind follows from them by the mass balance.
    divergence : ndarray, shape (pattern,)
        Largest divergence that the solver left [s⁻¹].
    iterations : ndarray, shape (pattern,)
        Iterations of the solver.
    inputs_hash : str
        SHA-256 of everything that the fields follow from.
    """

    grid: TerrainGrid
    space: FirstGuessSpace
    u: Singles
    v: Singles
    divergence: Floats
    iterations: NDArray[np.int64]
    inputs_hash: str

    def hours(self, readings: pd.DataFrame, air: pd.DataFrame, *, match_rounds: int = 0) -> WindHours:
        """Weights of the patterns in each hour; see `sootprint.weather.terrain_wind.hours.wind_hours`."""
        from sootprint.weather.terrain_wind.hours import wind_hours

        return wind_hours(self, readings, air, match_rounds=match_rounds)

    def fields(self, weights: ArrayLike, *, threads: int = 2) -> WindFields:
        """Winds of hours, or of members of an ensemble.

        Parameters
        ----------
        weights : array_like, shape (hour, pattern)
            From `hours`; rows may be any hours and members in any order.
        threads : int
            Threads that share the cells; the result is the same for any number.

        Raises
        ------
        InputError
            If the weights do not fit the patterns or are not finite.
        """
        from sootprint.weather.terrain_wind.sums import BLOCK, close_mass, weighted_sum

        rows = np.atleast_2d(np.asarray(weights, float))
        if rows.ndim != 2 or rows.shape[1] != len(self.space.patterns):
            raise InputError(f"weights of shape {rows.shape}", rule=f"{len(self.space.patterns)} in a row")
        if not np.isfinite(rows).all():
            raise InputError("weights that are not finite", cure="leave hours without wind out")
        single = np.ascontiguousarray(rows, np.float32)
        nz, ny, nx = self.grid.shape
        u = np.empty((rows.shape[0], *self.u.shape[1:]), np.float32)
        v = np.empty((rows.shape[0], *self.v.shape[1:]), np.float32)
        w = np.empty((rows.shape[0], nz + 1, ny, nx), np.float32)
        with ThreadPoolExecutor(threads) as pool:
            for part, out in ((self.u, u), (self.v, v)):
                flat, target = part.reshape(part.shape[0], -1), out.reshape(out.shape[0], -1)
                _share(pool, threads, flat.shape[1], BLOCK, _summing(weighted_sum, flat, single, target))
            thickness, cell = np.ascontiguousarray(self.grid.thickness), self.grid.cell_m
            _share(pool, threads, ny, 1, lambda a, b: close_mass(u, v, thickness, cell, w, a, b))
        return WindFields(u, v, w)

    def save(self, path: Path) -> None:
        """Write the basis to an ``.npz`` file."""
        meta = {"format": FORMAT, "inputs_hash": self.inputs_hash, **_described(self.space)}
        with Path(path).open("wb") as file:
            np.savez(
                file,
                meta=np.array(json.dumps(meta)),
                place=np.array([self.grid.x0, self.grid.y0, self.grid.cell_m]),
                ground=self.grid.ground,
                levels=self.grid.levels,
                site_ground=self.space.site_ground,
                below=self.space.below,
                above=self.space.above,
                u=self.u,
                v=self.v,
                divergence=self.divergence,
                iterations=self.iterations,
            )

    @staticmethod
    def load(path: Path, *, inputs_hash: str | None = None) -> WindBasis:
        """Basis of a file.

        Parameters
        ----------
        path : Path
        inputs_hash : str or None
            Hash that the inputs of today have, from `basis_hash`; None takes whatever the file holds.

        Raises
        ------
        InputError
            If the file is not a saved basis, or one of other inputs.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                parts = {name: file[name] for name in file.files}
            meta = json.loads(str(parts["meta"]))
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise InputError(f"{Path(path).name} is not a saved wind basis", where=str(path)) from error
        if meta["format"] != FORMAT:
            raise InputError(
                f"{Path(path).name} has format {meta['format']}", rule=f"format {FORMAT}", cure="make it anew"
            )
        if inputs_hash is not None and meta["inputs_hash"] != inputs_hash:
            raise InputError(
                f"{Path(path).name} was made of other inputs",
                rule=f"hash {inputs_hash[:12]}, the file states {meta['inputs_hash'][:12]}",
                cure="make the basis anew",
            )
        x0, y0, cell = parts["place"].tolist()
        space = _read_space(meta, parts)
        grid = TerrainGrid(x0, y0, cell, parts["ground"], parts["levels"])
        rest = (parts["u"], parts["v"], parts["divergence"], parts["iterations"], meta["inputs_hash"])
        return WindBasis(grid, space, *rest)


def make_basis(
    grid: TerrainGrid,
    sites: Sequence[WindSite],
    situations: Sequence[Situation],
    *,
    options: FirstGuessOptions | None = None,
    outer: WindBasis | None = None,
    tolerance: float = 1e-7,
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> WindBasis:
    """Solutions of all patterns of sites and situations.

    Parameters
    ----------
    grid : TerrainGrid
    sites, situations : sequence
        Where the wind is known; the kinds of air. There are two patterns a situation, site and height at
        which the site counts, and two more a situation for the slope winds.
    options : FirstGuessOptions or None
        None for the defaults.
    outer : WindBasis or None
        Basis of a coarser grid around this one, of the same sites and situations: its winds are the first
        guess here. Sites may then stand outside this grid. Slope winds are made anew on the finer ground.
    tolerance : float
        Of `Adjuster.adjust`.
    threads : int
    progress : callable or None
        Called with the patterns done and their number.

    Raises
    ------
    InputError
        If sites, situations and grid do not fit, or the grid is not inside that of ``outer``.
    """
    options = options or FirstGuessOptions()
    if outer is None:
        space = first_guess_space(grid, sites, situations, options)
    else:
        space = _inherited(grid, sites, situations, options, outer)
    count, (nz, ny, nx) = len(space.patterns), grid.shape
    u = np.empty((count, nz, ny, nx + 1), np.float32)
    v = np.empty((count, nz, ny + 1, nx), np.float32)
    divergence, iterations = np.zeros(count), np.zeros(count, np.int64)
    adjuster, ready = None, -1
    for n, pattern in enumerate(space.patterns):
        if pattern.situation != ready:
            adjuster, ready = None, pattern.situation  # the next one needs the room
            adjuster = situation_adjuster(space, grid, ready, threads=threads)
        if outer is None or pattern.source < 0:
            guess = first_guess(space, grid, pattern)
        else:
            guess = _from_outer(outer, n, grid)
        assert adjuster is not None
        made = adjuster.adjust(guess, tolerance=tolerance)
        u[n], v[n], divergence[n], iterations[n] = made.u, made.v, made.divergence, made.iterations
        if progress is not None:
            progress(n + 1, count)
    digest = basis_hash(grid, sites, situations, options=options, outer=outer, tolerance=tolerance)
    return WindBasis(grid, space, u, v, divergence, iterations, digest)


def situation_adjuster(
    space: FirstGuessSpace, grid: TerrainGrid, situation: int, *, threads: int = 2
) -> Adjuster:
    """Adjustment of the first guesses of one situation."""
    anisotropy = space.situations[situation].anisotropy
    return Adjuster(grid, anisotropy=anisotropy, give=pool_give(space, grid, situation), threads=threads)


def basis_hash(
    grid: TerrainGrid,
    sites: Sequence[WindSite],
    situations: Sequence[Situation],
    *,
    options: FirstGuessOptions | None = None,
    outer: WindBasis | None = None,
    tolerance: float = 1e-7,
) -> str:
    """SHA-256 of the inputs of a basis."""
    digest = hashlib.sha256(f"wind basis {FORMAT}".encode())
    digest.update(np.array([grid.x0, grid.y0, grid.cell_m, tolerance]).tobytes())
    for part in (grid.ground, grid.levels):
        digest.update(str(part.shape).encode() + np.ascontiguousarray(part).tobytes())
    stated: list[Any] = [[asdict(one) for one in sites], [asdict(one) for one in situations]]
    stated += [asdict(options or FirstGuessOptions()), outer.inputs_hash if outer else ""]
    digest.update(json.dumps(stated, sort_keys=True).encode())
    return digest.hexdigest()


def _inherited(
    grid: TerrainGrid,
    sites: Sequence[WindSite],
    situations: Sequence[Situation],
    options: FirstGuessOptions,
    outer: WindBasis,
) -> FirstGuessSpace:
    known = outer.space
    if (tuple(sites), tuple(situations), options) != (known.sites, known.situations, known.options):
        raise InputError(
            "the outer basis was made of other sites, situations or options", cure="the same for both grids"
        )
    far = (grid.x0 + grid.cell_m * grid.shape[2], grid.y0 + grid.cell_m * grid.shape[1])
    if not outer.grid.contains([grid.x0, far[0]], [grid.y0, far[1]]).all():
        raise InputError("the grid is not inside that of the outer basis")
    if grid.levels[-1] > outer.grid.levels[-1]:
        raise InputError(
            f"the grid reaches {grid.levels[-1]:g} m, the outer one {outer.grid.levels[-1]:g} m above ground"
        )
    return known


def _from_outer(outer: WindBasis, pattern: int, grid: TerrainGrid) -> FirstGuess:
    """Wind of the coarser grid at the faces of the finer one, at the same height above ground."""
    weights = np.zeros((1, len(outer.space.patterns)))
    weights[0, pattern] = 1.0
    fields = outer.fields(weights)
    _, ny, nx = grid.shape
    edges_x, edges_y = grid.x0 + grid.cell_m * np.arange(nx + 1), grid.y0 + grid.cell_m * np.arange(ny + 1)
    places = (
        (edges_x, grid.y, grid.middles),
        (grid.x, edges_y, grid.middles),
        (grid.x, grid.y, grid.levels),
    )
    parts = []
    for name, (x, y, z) in zip(("u", "v", "w"), places, strict=True):
        height, north, east = np.meshgrid(z, y, x, indexing="ij")
        found = _smooth_at(outer.grid, fields, name, east, north, height)
        parts.append(found)
    return FirstGuess(*parts)


def _smooth_at(grid: TerrainGrid, fields: WindFields, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """One component in space, linear along all three axes between the places where it is stored."""
    from scipy.ndimage import map_coordinates

    column, row = (x - grid.x0) / grid.cell_m, (y - grid.y0) / grid.cell_m
    if name == "u":
        values, place = fields.u[0], (np.interp(z, grid.middles, np.arange(grid.shape[0])), row - 0.5, column)
    elif name == "v":
        values, place = fields.v[0], (np.interp(z, grid.middles, np.arange(grid.shape[0])), row, column - 0.5)
    else:
        zero = FirstGuess(fields.u[0].astype(float), fields.v[0].astype(float), np.zeros(fields.w.shape[1:]))
        values = fields.w[0] - relative_vertical(grid, zero)
        place = (np.interp(z, grid.levels, np.arange(grid.levels.size)), row - 0.5, column - 0.5)
    return np.asarray(map_coordinates(values.astype(float), place, order=1, mode="nearest"))


def _share(
    pool: ThreadPoolExecutor, threads: int, size: int, unit: int, call: Callable[[int, int], Any]
) -> None:
    """Call for one block of whole units a thread."""
    units = -(-size // unit)
    edges = np.minimum(np.linspace(0, units, threads + 1).astype(int) * unit, size)
    list(pool.map(call, edges[:-1].tolist(), edges[1:].tolist()))


def _summing(
    kernel: Callable[..., None], fields: Singles, weights: Singles, out: Singles
) -> Callable[[int, int], None]:
    return lambda first, last: kernel(fields, weights, out, first, last)


def _described(space: FirstGuessSpace) -> dict[str, Any]:
    return {
        "sites": [asdict(one) for one in space.sites],
        "situations": [asdict(one) for one in space.situations],
        "options": asdict(space.options),
        "pool_floor_m": space.pool_floor_m,
        "patterns": [list(one) for one in space.patterns],
    }


def _read_space(meta: dict[str, Any], parts: dict[str, Any]) -> FirstGuessSpace:
    options = dict(meta["options"])
    slope = options.pop("slope_flow")
    nodes = tuple(options.pop("nodes_m"))
    return FirstGuessSpace(
        tuple(WindSite(**one) for one in meta["sites"]),
        parts["site_ground"],
        tuple(Situation(**one) for one in meta["situations"]),
        FirstGuessOptions(nodes_m=nodes, slope_flow=None if slope is None else SlopeFlow(**slope), **options),
        meta["pool_floor_m"],
        parts["below"],
        parts["above"],
        tuple(Pattern(*one) for one in meta["patterns"]),
    )
