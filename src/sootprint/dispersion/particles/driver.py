"""Batches of particles of receptors and hours (backward) or of sources and hours (forward)."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from sootprint.dispersion.engines.arrays import Floats, Integers
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.particles.arrays import Air, Rules, Targets, Terrain, Words
from sootprint.dispersion.particles.start import start_batch, start_tick, ticks_per_hour
from sootprint.dispersion.particles.step import PRECISIONS, STATE
from sootprint.dispersion.particles.walk import walker


class Request(NamedTuple):
    """What is asked of a run of receptors (backward) or sources (forward).

    Attributes
    ----------
    hours : int64 (hour)
        Hours of arrival (backward) or release (forward), index of the air's hours.
    streams : uint32 (origin, hour)
        Numbers that the random numbers of each origin and hour start from.
    batch : int
        Particles of a batch.
    batches : int
        Batches of a pass, each at its own moment of the hour.
    passes : int
        Most passes.
    turn, push : float
        Standard deviation of the error of the mean wind that each particle lives in: of its direction [rad]
        and of each of its components [m s⁻¹].
    error : float
        Relative sampling error of the sum over targets at which no further pass is made; 0 makes all.
    """

    hours: Integers
    streams: Words
    batch: int
    batches: int
    passes: int
    turn: float
    push: float
    error: float


class Counted(NamedTuple):
    """What a run has found.

    Attributes
    ----------
    mean : float64 (origin, hour, lag, target)
        Concentration for a unit emission [s m⁻³].
    variance : float64 (origin, hour, lag, target)
        Of the mean, by sampling [s² m⁻⁶].
    fate : float64 (origin, hour, 3)
        Part of the particles' weight that left the domain, was deposited, grew too old [1].
    particles : int64 (origin, hour)
    steps : int64 (origin, hour)
    """

    mean: Floats
    variance: Floats
    fate: Floats
    particles: Integers
    steps: Integers


@cache
def runner(precision: str = "single") -> Callable[..., None]:
    """Compiled `run_origin` in single or double precision."""
    walk = walker(precision)
    real = PRECISIONS[precision]

    def run_origin(
        origin: int,
        places: Floats,
        request: Request,
        air: Air,
        terrain: Terrain,
        targets: Targets,
        distant: Targets,
        rules: Rules,
        absorb: Floats,
        counted: Counted,
    ) -> None:
        """All hours of one origin: particles start at ``places`` (hour, particle, 3) [m], or (1, 1, 3)."""
        n, columns = request.batch, targets.weight.shape[1]
        state = np.zeros((n, STATE), dtype=real)
        weight = np.zeros(n, dtype=real)
        words = np.zeros((n, 4), dtype=np.uint32)
        counts = np.zeros((n, columns), dtype=np.float32)
        total = np.zeros((n, columns), dtype=np.float32)
        ramp = np.zeros((air.tables.shape[1], 4), dtype=np.float32)
        lags = counted.mean.shape[2]
        hour_ticks = ticks_per_hour(air, rules.ticks_per_segment)
        x, y, z = np.empty(n), np.empty(n), np.empty(n)
        for number in range(request.hours.size):
            sums, squares = np.zeros((lags, columns)), np.zeros((lags, columns))
            fate = np.zeros(3)
            hour = request.hours[number] - air.hours[0]
            stream = int(request.streams[origin, number])
            drawn, steps, whole, whole_squares = 0, 0, 0.0, 0.0
            row = places[min(number, places.shape[0] - 1)]
            for turn in range(request.passes):
                for batch in range(request.batches):
                    counting = turn * request.batches + batch
                    tick = start_tick(stream, counting, request.batches, rules.sign, hour, hour_ticks)
                    for i in range(n):
                        at = (drawn + i) % row.shape[0]
                        x[i], y[i], z[i] = row[at, 0], row[at, 1], row[at, 2]
                    start_batch(
                        state,
                        weight,
                        words,
                        x,
                        y,
                        z,
                        stream,
                        counting,
                        request.turn,
                        request.push,
                    )
                    total[:] = 0.0
                    steps += walk(
                        state,
                        weight,
                        words,
                        tick,
                        air,
                        terrain,
                        targets,
                        distant,
                        rules,
                        absorb,
                        counts,
                        total,
                        sums,
                        squares,
                        fate,
                        ramp,
                    )
                    for i in range(n):
                        one = 0.0
                        for target in range(columns):
                            one += total[i, target]
                        whole += one
                        whole_squares += one * one
                    drawn += n
                if request.error > 0.0 and turn + 1 < request.passes:
                    spread = max(whole_squares - whole * whole / drawn, 0.0) / (drawn - 1.0)
                    if whole > 0.0 and math.sqrt(spread * drawn) <= request.error * whole:
                        break
            for lag in range(lags):
                for target in range(columns):
                    mean = sums[lag, target] / drawn
                    counted.mean[origin, number, lag, target] = mean
                    left = max(squares[lag, target] / drawn - mean * mean, 0.0)
                    counted.variance[origin, number, lag, target] = left / (drawn - 1.0)
            for end in range(3):
                counted.fate[origin, number, end] = fate[end] / drawn
            counted.particles[origin, number] = drawn
            counted.steps[origin, number] = steps

    return compiled(run_origin)


def empty_counts(origins: int, hours: int, lags: int, targets: int) -> Counted:
    """Room for the findings of a run."""
    shape = (origins, hours, lags, targets)
    return Counted(
        np.zeros(shape),
        np.zeros(shape),
        np.zeros((origins, hours, 3)),
        np.zeros((origins, hours), dtype=np.int64),
        np.zeros((origins, hours), dtype=np.int64),
    )
