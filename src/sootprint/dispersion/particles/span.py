"""Spans of a walk: stretches of ticks of one segment that share step, kernel widths and spacing of samples.

Particles that start at one moment share their age and with it the step: 2⁻⁵ of a tick at first, a whole tick
from the age of 22 ticks on (`RAMP`). The step depends on nothing else; a step that depends on the place is
itself a bias.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.particles.arrays import Air, Rules

RAMP = (5, 4, 4, 3, 3, 3, *(2,) * 6, *(1,) * 10)
"""Halvings of the step in each tick of a particle's youth: a step of a twentieth of its age or less."""

LEAST_SPEED = 0.1
"""Speed [m s⁻¹] that the spacing of samples is laid out for at least."""
MOST_STRIDE = 16
"""Most ticks between two samples."""


class Span(NamedTuple):
    """A stretch of a walk.

    Attributes
    ----------
    level : int
        Halvings of the step; 0 for a whole tick.
    ticks : int
        Length.
    parts : int
        Steps of a tick.
    step : float
        Step [s].
    kernel, kernel_z : float
        Widths of the kernels, horizontal and vertical [m].
    spread, spread_z : float
        Spread of the particles at the end, by which the next span's kernels go [m].
    stride : int
        Ticks between two samples of old particles.
    """

    level: int
    ticks: int
    parts: int
    step: float
    kernel: float
    kernel_z: float
    spread: float
    spread_z: float
    stride: int


@compiled
def growth_of(age: float) -> float:
    """Rate at which particles spread over their velocity [1], of their age over the time scale.

    The derivative of t / √(1 + t / 2T), which joins Taylor's limits.
    """
    return (1.0 + 0.25 * age) / (1.0 + 0.5 * age) ** 1.5


@compiled
def span_of(
    air: Air, rules: Rules, segment: int, tick: int, age: int, spread: float, spread_z: float
) -> Span:
    """Span that begins at a moment, an age [ticks] and a spread of the particles [m]."""
    level, youth = 0, len(RAMP)
    if age < youth:
        level = RAMP[age]
    if rules.sign > 0:
        ticks = (segment + 1) * rules.ticks_per_segment - tick
    else:
        ticks = tick - segment * rules.ticks_per_segment
    ticks = min(ticks, rules.oldest - age)
    if level > 0:
        run = 1
        while run < ticks and age + run < youth and RAMP[age + run] == level:
            run += 1
        ticks = run
    parts = 1 << level
    bulk_v, bulk_tv, bulk_w, bulk_tw, bulk_speed = air.bulk[segment]
    bulk_v = math.hypot(bulk_v, air.meander[segment, 0])
    lasted = ticks * rules.step_s
    elapsed = age * rules.step_s + 0.5 * lasted
    growth = bulk_v * lasted * growth_of(elapsed / bulk_tv)
    growth_z = bulk_w * lasted * growth_of(elapsed / bulk_tw)
    deepest = 0.29 * air.lids[segment]
    kernel = min(rules.width * (spread + 0.5 * growth), rules.widest)
    kernel_z = rules.width_z * min(spread_z + 0.5 * growth_z, deepest)
    stride = 1
    if level == 0:
        speed = max(math.hypot(bulk_speed, bulk_v), LEAST_SPEED)
        stride = min(max(int(0.7 * kernel / (speed * rules.step_s)), 1), MOST_STRIDE)
    return Span(
        level,
        ticks,
        parts,
        rules.step_s / parts,
        kernel,
        kernel_z,
        spread + growth,
        min(spread_z + growth_z, deepest),
        stride,
    )


@compiled
def segment_at(tick: int, rules: Rules, segments: int) -> int:
    """Segment that a walk goes on in from a moment; -1 where there is none."""
    first = tick if rules.sign > 0 else tick - 1
    if first < 0 or first >= segments * rules.ticks_per_segment:
        return -1
    return first // rules.ticks_per_segment


@compiled
def pieces_of(span: Span, waited: int, done: int) -> tuple[int, int, int]:
    """Samples, ticks and steps between two of them, of the next piece of a span of which some is done."""
    if span.level > 0:
        return span.parts, 1, 1
    run = min(max(span.stride - waited, 1), span.ticks - done)
    return 1, run, run


@compiled
def share_of(span: Span, rules: Rules, age: int, done: int, waited: int, after: int) -> float:
    """Time [s] that a sample stands for, less first-order loss; ``after`` samples of its tick follow."""
    share = span.step if span.level > 0 else waited * rules.step_s
    if rules.decay > 0.0:
        now = (age + done) * rules.step_s - after * span.step - 0.5 * share
        share *= math.exp(-rules.decay * now)
    return share
