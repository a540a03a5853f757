"""Speed of the wind over terrain: the solution of a basis field, and the sum of an hour.

    python benchmarks/terrain_wind.py [--cells N] [--fields N] [--threads N]

On 200 × 200 × 25 cells of 200 m over made ground: hills of 1 to 40 km, 800 m from the lowest to the highest.
Prints the seconds of the operator's factors and of a solution at each anisotropy, with the iterations and the
divergence left; then the milliseconds of an hour from the basis, alone and in a block of 24, by the number of
fields that the hour takes. Each time is the least of repeats, by the clock and in processor time over all
threads. The fields summed are random: a sum does not ask what it adds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from sootprint.weather.terrain_wind import (
    Adjuster,
    FirstGuess,
    FirstGuessOptions,
    Situation,
    TerrainGrid,
    WindBasis,
    WindSite,
    anisotropy_moussiopoulos1988,
    divergence,
)
from sootprint.weather.terrain_wind.patterns import first_guess_space

LAYERS = 25
TOP_M = 1500.0
CELL_M = 200.0


def made_ground(cells: int) -> np.ndarray:
    """Hills with a spectrum as of worn mountains, by a seeded random phase."""
    rng = np.random.default_rng(6)
    frequency = np.hypot(np.fft.fftfreq(cells)[:, None], np.fft.rfftfreq(cells)[None])
    frequency[0, 0] = 1.0
    shape = frequency**-1.7 * (frequency < 0.2)
    ground = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(cells, cells))) * shape, s=(cells, cells))
    return 800.0 * (ground - ground.min()) / np.ptp(ground)


def uniform(grid: TerrainGrid) -> FirstGuess:
    nz, ny, nx = grid.shape
    profile = np.log1p(grid.middles / 0.5)[:, None, None]
    return FirstGuess(
        profile * np.ones((nz, ny, nx + 1)),
        0.5 * profile * np.ones((nz, ny + 1, nx)),
        np.zeros((nz + 1, ny, nx)),
    )


def solutions(grid: TerrainGrid, threads: int) -> None:
    slope = np.abs(grid.face_slopes()[0])
    size = " x ".join(str(part) for part in reversed(grid.shape))
    print(f"{size} cells of {grid.cell_m:g} m, {threads} threads; processor time in brackets")
    print(f"slope: median {np.median(slope):.3f}, largest {slope.max():.2f}")
    print(f"lowest layer {grid.levels[1]:.1f} m")
    guess = uniform(grid)
    small = TerrainGrid(0.0, 0.0, grid.cell_m, grid.ground[:12, :12], grid.levels)
    Adjuster(small).adjust(uniform(small))  # compiles
    for froude in (np.inf, 1.0, 0.7, 0.5):
        anisotropy = float(anisotropy_moussiopoulos1988(froude))
        adjuster, factors = _timed(partial(Adjuster, grid, anisotropy=anisotropy, threads=threads), repeats=1)
        made, solution = _timed(partial(adjuster.adjust, guess), repeats=2)
        print(
            f"Froude {froude:g}, anisotropy {anisotropy:.2f}: factors {factors[0]:.2f} s ({factors[1]:.2f}), "
            f"solution {solution[0]:.2f} s ({solution[1]:.2f}), {made.iterations} iterations, "
            f"divergence {made.divergence:.1e} 1/s"
        )


def sums(grid: TerrainGrid, count: int, threads: int) -> None:
    """Hours that take all fields, or those of two situations or one out of three."""
    nodes = (10.0, 60.0, 300.0)
    sites = [WindSite(f"site {n}", CELL_M * (n + 1), CELL_M, highest_m=3000.0) for n in range(count // 6 + 1)]
    options = FirstGuessOptions(nodes_m=nodes, slope_flow=None)
    space = first_guess_space(grid, sites, [Situation("neutral")], options)
    rng = np.random.default_rng(1)
    nz, ny, nx = grid.shape
    patterns = space.patterns[:count]
    object.__setattr__(space, "patterns", patterns)
    u, v = (
        rng.standard_normal((count, *shape), np.float32) for shape in ((nz, ny, nx + 1), (nz, ny + 1, nx))
    )
    basis = WindBasis(grid, space, u, v, np.zeros(count), np.zeros(count, np.int64), "made")
    print(f"{count} fields, {(u.nbytes + v.nbytes) / 2**20:.0f} MiB")
    for taken in (count, 2 * count // 3, count // 3):
        weights = np.zeros((24, count))
        weights[:, :taken] = rng.normal(size=(24, taken))
        basis.fields(weights[:1], threads=threads)
        _, single = _timed(partial(basis.fields, weights[:1], threads=threads), repeats=20)
        _, day = _timed(partial(basis.fields, weights, threads=threads), repeats=4)
        block = [part / 24 for part in day]
        print(
            f"an hour of {taken} fields: alone {1e3 * single[0]:.0f} ms ({1e3 * single[1]:.0f}), "
            f"in a block of 24 {1e3 * block[0]:.0f} ms ({1e3 * block[1]:.0f})"
        )
    left = np.abs(divergence(basis.fields(weights[:1]), grid)).max()
    print(f"divergence of a sum of fields of 1 m/s: {left:.1e} 1/s")


def _timed(call: Callable[[], Any], repeats: int) -> tuple[Any, tuple[float, float]]:
    """Result of a call, and the least clock and processor time of repeats [s]."""
    taken = []
    for _ in range(repeats):
        clock, processor = time.perf_counter(), time.process_time()
        made = call()
        taken.append((time.perf_counter() - clock, time.process_time() - processor))
    return made, (min(one[0] for one in taken), min(one[1] for one in taken))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=200)
    parser.add_argument("--fields", type=int, default=48)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    levels = TOP_M * np.linspace(0.0, 1.0, LAYERS + 1) ** 2
    grid = TerrainGrid(0.0, 0.0, CELL_M, made_ground(chosen.cells), levels)
    solutions(grid, chosen.threads)
    sums(grid, chosen.fields, chosen.threads)


if __name__ == "__main__":
    main()
