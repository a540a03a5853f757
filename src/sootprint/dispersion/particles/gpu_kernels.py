"""Kernels of the particles on a CUDA device: a thread walks one particle of one origin and hour.

What a thread calls is the CPU's own compiled code. Each particle counts into a row of its own, and the rows
are added up in the order of the particles: the same seed gives the same bytes. Import only where the package
``numba-cuda`` is installed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import cuda as _cuda

from sootprint.dispersion.engines.arrays import Floats, Integers
from sootprint.dispersion.particles.arrays import Air, Rules, Singles, Targets, Terrain, Words
from sootprint.dispersion.particles.lone import loner
from sootprint.dispersion.particles.start import start_of, start_tick

cuda: Any = _cuda
THREADS = 128
"""Threads of a block."""
MOST_BLOCKS = 4096
"""Blocks among which the cells of an array that is emptied are shared out."""
SIMULATED = bool(numba.config.ENABLE_CUDASIM)  # type: ignore[attr-defined]
"""Whether numba's simulator stands for the device."""

ENDS = 6
(STEPS, WHOLE, WHOLE_SQUARES) = range(3, ENDS)
"""Columns of a particle's ends and of a pair's tallies after the weight by its end: steps, what it counted in
all, and the square of that."""


class Starts(NamedTuple):
    """Where and when the particles of a set of pairs of origin and hour start.

    Attributes
    ----------
    active : int64 (walked)
        Pairs that are walked in this pass.
    places : float64 (pair, particle or 1, 3)
        Easting, northing, height above ground [m].
    hours : int64 (pair)
        Hour of the start, from the beginning of the air.
    streams : uint32 (pair)
        Numbers that the random numbers start from.
    """

    active: Integers
    places: Floats
    hours: Integers
    streams: Words


class Manner(NamedTuple):
    """How particles start and are counted.

    Attributes
    ----------
    batch, batches : int
        Particles of a batch, batches of a pass.
    first : int
        Batches of the passes before.
    hour_ticks : int
        Ticks of an hour.
    turn, push : float
        See `sootprint.dispersion.particles.driver.Request`.
    whole : int
        1 where the sums over targets are wanted.
    """

    batch: int
    batches: int
    first: int
    hour_ticks: int
    turn: float
    push: float
    whole: int


class Scenery(NamedTuple):
    """What every walk needs: air and its ramps, the part of a touch that is absorbed, terrain, targets."""

    air: Air
    ramps: Singles
    absorb: Floats
    terrain: Terrain
    targets: Targets
    distant: Targets


class Found(NamedTuple):
    """What the particles of a pass have found.

    Attributes
    ----------
    counts : float32 (walked × particle, lag, target)
    ends : float64 (walked × particle, ENDS)
    """

    counts: Singles
    ends: Floats


class Sums(NamedTuple):
    """Sums over the particles of each pair, in the order of the particles.

    Attributes
    ----------
    sums, squares : float64 (pair, lag, target)
        Of counts and their squares [s m⁻³].
    tallies : float64 (pair, ENDS)
    """

    sums: Floats
    squares: Floats
    tallies: Floats


@cache
def walk_kernel(precision: str) -> Callable[..., Any]:
    """Kernel that walks particles in single or double precision: one thread to a particle."""
    walk = loner(precision)

    def walk_particles(starts: Starts, manner: Manner, scenery: Scenery, rules: Rules, found: Found) -> None:
        place = cuda.grid(1)
        if place >= found.counts.shape[0]:
            return
        particles = manner.batch * manner.batches
        pair, number = starts.active[place // particles], place % particles
        batch = manner.first + number // manner.batch
        stream = int(starts.streams[pair])
        at = (manner.first * manner.batch + number) % starts.places.shape[1]
        x, y, z = starts.places[pair, at, 0], starts.places[pair, at, 1], starts.places[pair, at, 2]
        tick = start_tick(stream, batch, manner.batches, rules.sign, starts.hours[pair], manner.hour_ticks)
        speeds, wind_error, words = start_of(number % manner.batch, stream, batch, manner.turn, manner.push)
        ends = found.ends[place]
        ends[STEPS] = walk(
            (x, y, z),
            speeds,
            wind_error,
            words,
            tick,
            scenery.air,
            scenery.ramps,
            scenery.terrain,
            scenery.targets,
            scenery.distant,
            rules,
            scenery.absorb,
            found.counts[place],
            ends,
        )
        whole = 0.0
        if manner.whole == 1:
            for target in range(found.counts.shape[2]):
                total = np.float32(0.0)
                for lag in range(found.counts.shape[1]):
                    total += found.counts[place, lag, target]
                whole += float(total)
        ends[WHOLE], ends[WHOLE_SQUARES] = whole, whole * whole

    return cuda.jit(walk_particles)


@cuda.jit
def clear_kernel(found: Found, sums: Sums, start: int) -> None:
    """Empty the counts of all particles, and at the ``start`` of a set of pairs also their sums."""
    place, step = cuda.grid(1), cuda.gridsize(1)
    lags, targets = found.counts.shape[1], found.counts.shape[2]
    for cell in range(place, found.counts.size, step):
        found.counts[cell // (lags * targets), cell // targets % lags, cell % targets] = 0.0
    if start == 1:
        for cell in range(place, sums.sums.size, step):
            pair, lag, target = cell // (lags * targets), cell // targets % lags, cell % targets
            sums.sums[pair, lag, target] = 0.0
            sums.squares[pair, lag, target] = 0.0
        for cell in range(place, sums.tallies.size, step):
            sums.tallies[cell // ENDS, cell % ENDS] = 0.0


@cuda.jit
def sum_kernel(starts: Starts, found: Found, sums: Sums) -> None:
    """Add the counts of a pass to the sums of its pairs: one thread to a pair, a lag and a target."""
    place = cuda.grid(1)
    walked, lags, targets = starts.active.size, found.counts.shape[1], found.counts.shape[2]
    if place >= walked * lags * targets:
        return
    row, lag, target = place // (lags * targets), place // targets % lags, place % targets
    pair, particles = starts.active[row], found.counts.shape[0] // walked
    total, square = sums.sums[pair, lag, target], sums.squares[pair, lag, target]
    for number in range(particles):
        value = np.float64(found.counts[row * particles + number, lag, target])
        total += value
        square += value * value
    sums.sums[pair, lag, target] = total
    sums.squares[pair, lag, target] = square


@cuda.jit
def tally_kernel(starts: Starts, found: Found, sums: Sums) -> None:
    """Add the ends of a pass to the tallies of its pairs: one thread to a pair and a column."""
    place = cuda.grid(1)
    walked = starts.active.size
    if place >= walked * ENDS:
        return
    row, column = place // ENDS, place % ENDS
    pair, particles = starts.active[row], found.counts.shape[0] // walked
    total = sums.tallies[pair, column]
    for number in range(particles):
        total += found.ends[row * particles + number, column]
    sums.tallies[pair, column] = total
