"""Plume of one source and hour as curves over distance: worked out at nodes, read between them.

Over even ground, with all receptors at one height, a plume depends on the distance alone but for its place
across the wind. It is then worked out at nodes whose distances grow by a constant factor, and the logarithms
of its parts are read between them by cubics. What this costs in accuracy is measured in the tests and in
``benchmarks/plume.py``.
"""

from __future__ import annotations

import math

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.engines.releases import Mixing, Release
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.steady import Ground, meander, plume_at
from sootprint.dispersion.kernels.vertical import ROOT_TWO_PI

AROUND, AHEAD, SHARE, WIDTH, AHEAD_ALOFT, WIDTH_ALOFT = range(6)
"""Columns of a curve: logarithm of the meandering part, logarithm of the middle of the plume ahead, its share
that does not meander, x² / 2σy², and the last two of the penetrated plume."""
QUANTITIES = 6
IS_VALUE = 4 * QUANTITIES
"""Column of the cells that tells whether the meandering part is kept as its value or its logarithm."""
COLUMNS = IS_VALUE + 1
FLOOR = 45.0
"""Logarithm below its largest value at which a curve counts as nothing (3e-20)."""
NOTHING = -1e4
"""Logarithm that stands for nothing."""


STRAIGHT = 1.5
"""Change of a logarithm over the four nodes of a cubic up to which the value itself is read."""


@compiled
def read(cells: Floats, quantity: int, position: float) -> float:
    """Cubic of one quantity at a position, counted in nodes from the first."""
    cell = min(int(position), cells.shape[0] - 1)
    t = position - cell
    row = 4 * quantity
    return ((cells[cell, row + 3] * t + cells[cell, row + 2]) * t + cells[cell, row + 1]) * t + cells[cell, row]


@compiled
def read_around(cells: Floats, position: float) -> float:
    """Meandering part at a position [s m⁻³]."""
    made = read(cells, AROUND, position)
    return made if cells[min(int(position), cells.shape[0] - 1), IS_VALUE] > 0.0 else math.exp(made)


@compiled
def cubics(curve: Floats, nodes: int, cells: Floats) -> None:
    """Coefficients of the cubic between each two nodes, through the four nodes about them, into ``cells``.

    Where the meandering part changes little its own cubic is kept, in place of that of its logarithm.
    """
    for cell in range(nodes - 1):
        first = min(max(cell - 1, 0), nodes - 4)
        shift = cell - first
        low, high = curve[first, AROUND], curve[first, AROUND]
        for node in range(first + 1, first + 4):
            low, high = min(low, curve[node, AROUND]), max(high, curve[node, AROUND])
        straight = high - low < STRAIGHT
        cells[cell, IS_VALUE] = 1.0 if straight else 0.0
        for quantity in range(QUANTITIES):
            a, b = curve[first, quantity], curve[first + 1, quantity]
            c, d = curve[first + 2, quantity], curve[first + 3, quantity]
            if quantity == AROUND and straight:
                a, b, c, d = math.exp(a), math.exp(b), math.exp(c), math.exp(d)
            # Newton's differences of the four nodes, then moved to the left node of the cell.
            one = b - a
            two = 0.5 * (c - 2.0 * b + a)
            three = (d - 3.0 * c + 3.0 * b - a) / 6.0
            k3 = three
            k2 = two - 3.0 * three
            k1 = one - two + 2.0 * three
            row = 4 * quantity
            cells[cell, row] = ((k3 * shift + k2) * shift + k1) * shift + a
            cells[cell, row + 1] = (3.0 * k3 * shift + 2.0 * k2) * shift + k1
            cells[cell, row + 2] = 3.0 * k3 * shift + k2
            cells[cell, row + 3] = k3


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
