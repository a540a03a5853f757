"""The walk of one particle by itself, as a thread of a device takes it: that of `walk`, without arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.particles.arrays import Air, Rules, Singles, Targets, Terrain
from sootprint.dispersion.particles.count import count_particle
from sootprint.dispersion.particles.span import RAMP, pieces_of, segment_at, share_of, span_of
from sootprint.dispersion.particles.step import PRECISIONS, stepper
from sootprint.dispersion.particles.tables import fill_ramp, height_at, stretched_at
from sootprint.dispersion.particles.walk import DEPOSITED, LEFT, OLD, is_outside, thinned


@cache
def loner(precision: str) -> Callable[..., int]:
    """Compiled walk of one particle in single or double precision; see `walk_one` for its arguments."""
    real: Any = PRECISIONS[precision]
    zero = real(0.0)
    pace_of, one_step = stepper(precision)

    def walk_one(
        place: tuple[float, float, float],
        speeds: Any,
        wind_error: Any,
        words: Any,
        tick: int,
        air: Air,
        ramps: Singles,
        terrain: Terrain,
        targets: Targets,
        distant: Targets,
        rules: Rules,
        absorb: Floats,
        counts: Singles,
        fate: Floats,
    ) -> int:
        """Walk of a particle; returns the number of its steps.

        Parameters
        ----------
        place : tuple
            Easting, northing, height above ground [m].
        speeds, wind_error, words : tuple
            Of `sootprint.dispersion.particles.start.start_of`.
        tick, air, terrain, targets, distant, rules, absorb
            As of the walk of a batch, see `sootprint.dispersion.particles.walk`.
        ramps : float32 (segment, level, cell, 4)
            Of `ramps_of`.
        counts : float32 (lag, target)
            Zero at the start; what it counted [s m⁻³].
        fate : float64 (3)
            Is filled: its weight by its end.
        """
        fate[LEFT], fate[DEPOSITED], fate[OLD] = 0.0, 0.0, 0.0
        segment = segment_at(tick, rules, air.tops.size)
        if segment < 0:
            return 0
        s = real(min(stretched_at(air.tables[segment], float(real(place[2]))), air.tops[segment]))
        moving = (
            real(place[0]),
            real(place[1]),
            s,
            real(speeds[0]),
            real(speeds[1]),
            real(speeds[2]),
            real(speeds[3]),
            real(speeds[4]),
            zero,
            zero,
        )
        blown = (real(wind_error[0]), real(wind_error[1]), real(wind_error[2]), real(wind_error[3]))
        weight = real(1.0)
        age, steps, lag = 0, 0, 0
        waited, spread, spread_z = 0, 0.0, 0.0
        start_hour = air.hours[segment]
        next_thin = rules.thin_age
        over_land = terrain.faces.shape[0] > 0
        while age < rules.oldest:
            table, top, hour = air.tables[segment], real(air.tops[segment]), air.hours[segment]
            if rules.keep_lags == 1:
                lag = min(abs(hour - start_hour), counts.shape[0] - 1)
            span = span_of(air, rules, segment, tick, age, spread, spread_z)
            spread, spread_z = span.spread, span.spread_z
            young = span.level > 0
            ramp = ramps[segment, max(span.level, 1) - 1]
            pace = pace_of(rules, absorb[segment], air.meander[segment], span.step, young, over_land)
            before, gone = float(weight), 0.0
            done = 0
            while done < span.ticks and weight > 0.0:
                pieces, run, repeats = pieces_of(span, waited, done)
                done += run
                waited += run
                for part in range(pieces):
                    for _ in range(repeats):
                        moving, weight, words = one_step(
                            moving, blown, weight, words, table, ramp, top, pace, terrain, hour
                        )
                    if young or waited >= span.stride:
                        share = share_of(span, rules, age, done, waited, pieces - 1 - part) * weight
                        waited = 0
                        x, y, z = moving[0], moving[1], height_at(table, moving[2])
                        # Two calls: a choice between two sets of arrays would be made array by array.
                        if weight > 0.0 and span.kernel >= rules.distant_from:
                            count_particle(
                                x, y, z, share, span.kernel, span.kernel_z, hour, distant, counts[lag]
                            )
                        elif weight > 0.0:
                            count_particle(
                                x, y, z, share, span.kernel, span.kernel_z, hour, targets, counts[lag]
                            )
                if is_outside(moving[0], moving[1], rules):
                    gone += float(weight)
                    weight = zero
            steps += span.parts * done
            fate[LEFT] += gone
            fate[DEPOSITED] += before - gone - float(weight)
            age += span.ticks
            tick += rules.sign * span.ticks
            if weight <= 0.0:
                break
            if next_thin > 0 and age >= next_thin:
                weight, words = thinned(weight, words)
                while next_thin <= age:
                    next_thin *= 2
            following = segment_at(tick, rules, air.tops.size)
            if following < 0:
                break
            if following != segment:
                height = height_at(table, float(moving[2]))
                s = real(min(stretched_at(air.tables[following], height), air.tops[following]))
                moving = moving[:2] + (s,) + moving[3:]  # noqa: RUF005
                segment = following
        fate[OLD] += float(weight)
        return steps

    return compiled(walk_one)


def ramps_of(air: Air, step_s: float) -> Singles:
    """Decay and kick over the shorter steps of a particle's youth: float32 (segment, level, cell, 4)."""
    levels = max(RAMP)
    ramps = np.empty((air.tops.size, levels, air.tables.shape[1], 4), dtype=np.float32)
    for segment in range(air.tops.size):
        for level in range(levels):
            fill_ramp(air.tables[segment], step_s / (2 << level), ramps[segment, level])
    return ramps
