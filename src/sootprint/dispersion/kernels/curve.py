"""Plume of one source and hour as curves over distance: worked out at nodes, read between them.

Over even ground, with all receptors at one height, a plume depends on the distance alone but for its place
across the wind. It is then worked out at nodes whose distances grow by a constant factor, and the logarithms
of its parts are read between them by cubics. What this costs in accuracy is measured in the tests and in
``benchmarks/plume.py``.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.engines.releases import Mixing, Release
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.steady import Ground, meander, plume_at
from sootprint.dispersion.kernels.vertical import ROOT_TWO_PI

AROUND, AHEAD, SHARE, WIDTH, AHEAD_ALOFT, WIDTH_ALOFT = range(6)
"""Columns of a curve: logarithm of the meandering part, logarithm of the middle of the plume ahead, its share
that does not meander, x² / 2σy², and the last two of the penetrated plume."""
FLOOR = 45.0
"""Logarithm below its largest value at which a curve counts as nothing (3e-20)."""
NOTHING = -1e4
"""Logarithm that stands for nothing."""


class Reading(NamedTuple):
    """Cell of a curve and the weights of its four nodes."""

    node: int
    first: float
    second: float
    third: float
    fourth: float


@compiled
def reading(position: float, nodes: int) -> Reading:
    """Cubic through the four nodes about a position, counted in nodes from the first; shifted at the ends."""
    node = min(max(int(position) - 1, 0), nodes - 4)
    t = position - node
    a, b, c = t - 1.0, t - 2.0, t - 3.0
    return Reading(
        node, -a * b * c * (1.0 / 6.0), 0.5 * t * b * c, -0.5 * t * a * c, t * a * b * (1.0 / 6.0)
    )


@compiled
def read(curve: Floats, column: int, at: Reading) -> float:
    """Value of one column of a curve."""
    return (
        at.first * curve[at.node, column]
        + at.second * curve[at.node + 1, column]
        + at.third * curve[at.node + 2, column]
        + at.fourth * curve[at.node + 3, column]
    )


@compiled
def _log(value: float) -> float:
    return math.log(value) if value > 0.0 else NOTHING


@compiled
def draw(
    curve: Floats,
    nodes: int,
    first_distance: float,
    factor: float,
    ground: Ground,
    release: Release,
    decay: float,
    column: Floats,
    air: Air,
    mixing: Mixing,
) -> None:
    """Fill ``curve`` (node, 6) at ``nodes`` distances [m] that grow by ``factor`` from the first."""
    distance = first_distance
    top_around, top_ahead, top_aloft = NOTHING, NOTHING, NOTHING
    for node in range(nodes):
        plume = plume_at(distance, ground, release, column, air, mixing)
        share = meander(plume.wind, plume.sigma_v, distance)
        if release.penetrated > 0.0:
            other = meander(plume.penetrated_wind, plume.penetrated_sigma_v, distance)
            share = release.penetrated * other + (1.0 - release.penetrated) * share
        lost = decay * distance / plume.wind
        total = plume.density + plume.penetrated_density
        curve[node, SHARE] = 1.0 - share
        curve[node, AROUND] = _log(share * total / (2.0 * math.pi * distance)) - lost
        curve[node, AHEAD] = _log(plume.density / (ROOT_TWO_PI * plume.sigma_y)) - lost
        curve[node, AHEAD_ALOFT] = (
            _log(plume.penetrated_density / (ROOT_TWO_PI * plume.penetrated_sigma_y)) - lost
        )
        ratio = distance / plume.sigma_y
        curve[node, WIDTH] = 0.5 * ratio * ratio
        ratio = distance / plume.penetrated_sigma_y
        curve[node, WIDTH_ALOFT] = 0.5 * ratio * ratio
        top_around = max(top_around, curve[node, AROUND])
        top_ahead = max(top_ahead, curve[node, AHEAD])
        top_aloft = max(top_aloft, curve[node, AHEAD_ALOFT])
        distance *= factor
    for node in range(nodes):
        curve[node, AROUND] = max(curve[node, AROUND], top_around - FLOOR)
        curve[node, AHEAD] = max(curve[node, AHEAD], top_ahead - FLOOR)
        curve[node, AHEAD_ALOFT] = max(curve[node, AHEAD_ALOFT], top_aloft - FLOOR)
