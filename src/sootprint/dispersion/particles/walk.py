"""The walk of a batch of particles through segments of time, forward or backward, and what is counted on it.

A batch starts at one moment. A segment is walked by all of its particles, step by step, their state and the
segment's table in the cache.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.compile import borrowing, compiled
from sootprint.dispersion.kernels.langevin import draw
from sootprint.dispersion.particles.arrays import Air, Rules, Singles, Targets, Terrain, Words
from sootprint.dispersion.particles.count import count_all, settle
from sootprint.dispersion.particles.span import pieces_of, segment_at, share_of, span_of
from sootprint.dispersion.particles.step import (
    LAST_X,
    LAST_Y,
    OMEGA,
    PRECISIONS,
    PUSH_X,
    PUSH_Y,
    STATE,
    TURN_COS,
    TURN_SIN,
    WANDER_U,
    WANDER_V,
    Pace,
    S,
    U,
    V,
    X,
    Y,
    stepper,
)
from sootprint.dispersion.particles.tables import fill_ramp, height_at, stretched_at

__all__ = ["DEPOSITED", "LEFT", "OLD", "STATE", "walker"]

LEFT, DEPOSITED, OLD = range(3)
"""Where the mass of a walk ended: beyond the edge, on the ground (or decayed by it), too old."""


@cache
def walker(precision: str = "single") -> Callable[..., int]:
    """Compiled walk in single or double precision; see `walk_batch` for its arguments."""
    real: Any = PRECISIONS[precision]
    pace_of, one_step = stepper(precision)

    @borrowing
    def step_all(
        state: Any,
        weight: Any,
        words: Words,
        table: Singles,
        ramp_table: Singles,
        top: Any,
        pace: Pace,
        terrain: Terrain,
        hour: int,
        repeats: int,
    ) -> None:
        """A number of steps of every particle; those that are gone move on unseen."""
        for _ in range(repeats):
            for i in range(weight.size):
                place = (state[i, X], state[i, Y], state[i, S])
                speeds = (state[i, OMEGA], state[i, U], state[i, V], state[i, WANDER_U], state[i, WANDER_V])
                moving = place + speeds + (state[i, LAST_X], state[i, LAST_Y])
                wind_error = (state[i, TURN_COS], state[i, TURN_SIN], state[i, PUSH_X], state[i, PUSH_Y])
                random = (words[i, 0], words[i, 1], words[i, 2], words[i, 3])
                moving, left, random = one_step(
                    moving, wind_error, weight[i], random, table, ramp_table, top, pace, terrain, hour
                )
                state[i, X], state[i, Y], state[i, S], state[i, OMEGA] = (
                    moving[0],
                    moving[1],
                    moving[2],
                    moving[3],
                )
                state[i, U], state[i, V] = moving[4], moving[5]
                if pace.wanders:
                    state[i, WANDER_U], state[i, WANDER_V] = moving[6], moving[7]
                state[i, LAST_X], state[i, LAST_Y] = moving[8], moving[9]
                if pace.sticks:
                    weight[i] = left
                words[i, 0], words[i, 1], words[i, 2], words[i, 3] = (
                    random[0],
                    random[1],
                    random[2],
                    random[3],
                )

    def walk_batch(
        state: Any,
        weight: Any,
        words: Words,
        tick: int,
        air: Air,
        terrain: Terrain,
        targets: Targets,
        distant: Targets,
        rules: Rules,
        absorb: Floats,
        counts: Singles,
        total: Singles,
        sums: Floats,
        squares: Floats,
        fate: Floats,
        ramp_table: Singles,
    ) -> int:
        """Walk of a batch; returns the number of particle steps.

        Parameters
        ----------
        state : real (particle, STATE)
            Place and velocities at the start; in place of the stretched height the height [m].
        weight : real (particle)
            0 for a particle that is gone.
        words : uint32 (particle, 4)
            State of each particle's random numbers.
        tick : int
            Moment of the start, ticks from the beginning of the first segment.
        distant : Targets
            The same in coarser blobs, for kernels from ``rules.distant_from`` on.
        absorb : float64 (segment)
            Part of the weight that a touch of the ground takes [1].
        counts, total : float32 (particle, target)
            Room, zero at the start.
        sums, squares : float64 (lag, target)
            Sums over particles of the count of each and of its square are added [s m⁻³].
        fate : float64 (3)
            Weight by its end is added.
        ramp_table : float32 (cell, 4)
            Room.
        """
        particles = weight.size
        segment = segment_at(tick, rules, air.tops.size)
        if segment < 0:
            return 0
        for i in range(particles):
            start = stretched_at(air.tables[segment], float(state[i, S]))
            state[i, S] = real(min(start, air.tops[segment]))
        age, steps = 0, 0
        waited, spread, spread_z = 0, 0.0, 0.0
        start_hour = air.hours[segment]
        hour = start_hour
        next_thin = rules.thin_age
        over_land = terrain.faces.shape[0] > 0
        while age < rules.oldest:
            table, top, hour = air.tables[segment], real(air.tops[segment]), air.hours[segment]
            span = span_of(air, rules, segment, tick, age, spread, spread_z)
            spread, spread_z = span.spread, span.spread_z
            young = span.level > 0
            if young:
                fill_ramp(table, span.step, ramp_table)
            pace = pace_of(rules, absorb[segment], air.meander[segment], span.step, young, over_land)
            seen = distant if span.kernel >= rules.distant_from else targets
            before = mass_of(weight)
            gone = 0.0
            done = 0
            while done < span.ticks:
                pieces, run, repeats = pieces_of(span, waited, done)
                done += run
                waited += run
                for part in range(pieces):
                    step_all(state, weight, words, table, ramp_table, top, pace, terrain, hour, repeats)
                    if young or waited >= span.stride:
                        share = share_of(span, rules, age, done, waited, pieces - 1 - part)
                        count_all(state, weight, share, table, span.kernel, span.kernel_z, hour, seen, counts)
                        waited = 0
                gone = drop_outside(state, weight, rules, gone)
            steps += span.parts * span.ticks * particles
            fate[LEFT] += gone
            left = mass_of(weight)
            fate[DEPOSITED] += before - gone - left
            age += span.ticks
            tick += rules.sign * span.ticks
            if left <= 0.0:
                break
            if next_thin > 0 and age >= next_thin:
                thin(weight, words)
                while next_thin <= age:
                    next_thin *= 2
            following = segment_at(tick, rules, air.tops.size)
            if following < 0:
                break
            if following != segment:
                remap(air.tables[segment], air.tables[following], air.tops[following], state, weight)
                segment = following
                if air.hours[segment] != hour and rules.keep_lags == 1:
                    settle(counts, total, sums, squares, abs(hour - start_hour))
        fate[OLD] += mass_of(weight)
        settle(counts, total, sums, squares, abs(hour - start_hour) if rules.keep_lags == 1 else 0)
        return steps

    return compiled(walk_batch)


@compiled
def mass_of(weight: Any) -> float:
    """Sum of the weights."""
    mass = 0.0
    for i in range(weight.size):
        mass += float(weight[i])
    return mass


@compiled
def is_outside(x: float, y: float, rules: Rules) -> bool:
    """Whether a place is beyond the edges of the domain."""
    return x < rules.west or x > rules.east or y < rules.south or y > rules.north


@compiled
def drop_outside(state: Any, weight: Any, rules: Rules, gone: float) -> float:
    """Weight that is gone, with that of the particles beyond the edges, which is taken from them."""
    for i in range(weight.size):
        if is_outside(state[i, 0], state[i, 1], rules):
            gone += weight[i]
            weight[i] = 0.0
    return gone


@compiled
def remap(before: Singles, after: Singles, top: float, state: Any, weight: Any) -> None:
    """Stretched heights in the table of the next segment; heights and normalised velocities stay."""
    for i in range(weight.size):
        if weight[i] > 0.0:
            height = height_at(before, float(state[i, 2]))
            state[i, 2] = min(stretched_at(after, height), top)


@compiled
def thinned(weight: Any, words: Any) -> Any:
    """Weight and words of a particle that goes on with half the chance and twice the weight."""
    word, a, b, c, count = draw(words[0], words[1], words[2], words[3])
    kept = weight - weight
    if word & np.uint32(0x80000000):
        kept = weight + weight
    return kept, (a, b, c, count)


@compiled
def thin(weight: Any, words: Words) -> None:
    """Thinning of every particle that is not gone; see `thinned`."""
    for i in range(weight.size):
        if weight[i] > 0.0:
            random = (words[i, 0], words[i, 1], words[i, 2], words[i, 3])
            weight[i], random = thinned(weight[i], random)
            words[i, 0], words[i, 1], words[i, 2], words[i, 3] = random[0], random[1], random[2], random[3]
