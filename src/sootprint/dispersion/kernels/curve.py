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
from sootprint.dispersion.kernels.flow import root_sum
from sootprint.dispersion.kernels.release import stable_rise
from sootprint.dispersion.kernels.steady import Ground, meander, plume_at
from sootprint.dispersion.kernels.vertical import ROOT_TWO_PI

AROUND, AHEAD, SHARE, WIDTH, AHEAD_ALOFT, WIDTH_ALOFT = range(6)
"""Columns of a curve: logarithm of the meandering part, logarithm of the middle of the plume ahead, its share
that does not meander, x² / 2σy², and the last two of the penetrated plume."""
QUANTITIES = 6
IS_VALUE = 4 * QUANTITIES
"""Column of the cells that tells whether the meandering part is kept as its value or its logarithm."""
BREAK = IS_VALUE + 1
"""Column of the cells that holds the position from which on the second piece of the cell counts."""
COLUMNS = BREAK + 1
MOST_BREAKS = 8
APART = 3.0
"""Least distance of two breaks, in nodes."""
LEEWAY = 0.3
"""How far a cubic of a logarithm may leave its nodes before a line takes its place."""
JUMP = 0.005
"""Relative jump of the rise at its end from which on it is a break."""
FLOOR = 45.0
"""Logarithm below its largest value at which a curve counts as nothing (3e-20)."""
NOTHING = -1e4
"""Logarithm that stands for nothing."""


STRAIGHT = 1.5
"""Change of a logarithm over the four nodes of a cubic up to which the value itself is read."""


@compiled
def piece_of(cells: Floats, position: float) -> int:
    """Row of ``cells`` that holds a position: two to a cell, either side of its break."""
    cell = min(int(position), cells.shape[0] // 2 - 1)
    return 2 * cell + (1 if position > cells[2 * cell, BREAK] else 0)


@compiled
def read(cells: Floats, piece: int, quantity: int, position: float) -> float:
    """Cubic of one quantity at a position, counted in nodes from the first."""
    t = position - (piece >> 1)
    row = 4 * quantity
    return ((cells[piece, row + 3] * t + cells[piece, row + 2]) * t + cells[piece, row + 1]) * t + cells[
        piece, row
    ]


@compiled
def read_around(cells: Floats, piece: int, position: float) -> float:
    """Meandering part at a position [s m⁻³]."""
    made = read(cells, piece, AROUND, position)
    return made if cells[piece, IS_VALUE] > 0.0 else math.exp(made)


@compiled
def _through_few(
    curve: Floats, first: int, count: int, cell: int, quantity: int, value: bool, out: Floats
) -> None:
    """Coefficients about the left node of a cell of the parabola or line through at most three nodes."""
    a, b, c = curve[first, quantity], 0.0, 0.0
    if count > 1:
        b = curve[first + 1, quantity]
    if count > 2:
        c = curve[first + 2, quantity]
    if value:
        a, b, c = math.exp(a), math.exp(b), math.exp(c)
    one = b - a if count > 1 else 0.0
    two = 0.5 * (c - 2.0 * b + a) if count > 2 else 0.0
    shift = float(cell - first)
    row = 4 * quantity
    out[row] = (two * shift + one - two) * shift + a
    out[row + 1] = 2.0 * two * shift + one - two
    out[row + 2], out[row + 3] = two, 0.0


@compiled
def _piece(curve: Floats, low: int, high: int, cell: int, out: Floats) -> None:
    """Polynomials of one piece of a cell from the nodes ``low`` to ``high`` of its side of the breaks."""
    first = max(min(cell - 1, high - 3), low)
    count = min(4, high - first + 1)
    least, most = curve[first, AROUND], curve[first, AROUND]
    for node in range(first + 1, first + count):
        least, most = min(least, curve[node, AROUND]), max(most, curve[node, AROUND])
    value = most - least < STRAIGHT
    out[IS_VALUE] = 1.0 if value else 0.0
    if count < 4:
        for quantity in range(QUANTITIES):
            _through_few(curve, first, count, cell, quantity, value and quantity == AROUND, out)
        return
    shift = float(cell - first)
    for quantity in range(QUANTITIES):
        a, b = curve[first, quantity], curve[first + 1, quantity]
        c, d = curve[first + 2, quantity], curve[first + 3, quantity]
        if value and quantity == AROUND:
            a, b, c, d = math.exp(a), math.exp(b), math.exp(c), math.exp(d)
        # Newton's differences of the four nodes, then moved to the left node of the cell.
        three = (d - 3.0 * c + 3.0 * b - a) / 6.0
        two = 0.5 * (c - 2.0 * b + a)
        k2, k1 = two - 3.0 * three, b - a - two + 2.0 * three
        row = 4 * quantity
        out[row] = ((three * shift + k2) * shift + k1) * shift + a
        out[row + 1] = (3.0 * three * shift + 2.0 * k2) * shift + k1
        out[row + 2] = 3.0 * three * shift + k2
        out[row + 3] = three


@compiled
def _tame(curve: Floats, cell: int, first: float, last: float, out: Floats) -> None:
    """Put a line between the nodes of a cell in place of a logarithm's cubic that strays from them.

    Near a source a logarithm rises by tens from node to node, and a cubic that is carried on over a break, or
    across the edge of `FLOOR`, may overshoot by as much. ``first`` and ``last`` bound the piece.
    """
    whole = first == 0.0 and last == 1.0
    for quantity in (AROUND, AHEAD, AHEAD_ALOFT):
        if quantity == AROUND and out[IS_VALUE] > 0.0:
            continue
        if quantity == AHEAD_ALOFT and curve[cell, quantity] <= NOTHING:
            continue
        low = min(curve[cell, quantity], curve[cell + 1, quantity])
        high = max(curve[cell, quantity], curve[cell + 1, quantity])
        if whole and high - low < STRAIGHT:
            continue
        row = 4 * quantity
        strays = False
        for third in range(4):
            t = first + (last - first) * third / 3.0
            value = ((out[row + 3] * t + out[row + 2]) * t + out[row + 1]) * t + out[row]
            strays = strays or value > high + LEEWAY or value < low - (high - low) - LEEWAY
        if strays:
            out[row] = curve[cell, quantity]
            out[row + 1] = curve[cell + 1, quantity] - curve[cell, quantity]
            out[row + 2], out[row + 3] = 0.0, 0.0


@compiled
def cell_cubics(curve: Floats, nodes: int, breaks: Floats, count: int, cell: int, cells: Floats) -> None:
    """Polynomials of one cell, both sides of its break, never across one; see `cubics`."""
    number = 0
    while number < count and breaks[number] <= cell:
        number += 1
    low = 0
    if number > 0:
        # On a CUDA device ceil makes a float.
        low = int(math.ceil(breaks[number - 1]))  # noqa: RUF046
    place = math.inf
    while number < count and breaks[number] <= cell + 1.0:
        # Of several breaks in one cell the first ends the left side; the right side begins after all.
        place = min(place, max(breaks[number], float(cell)))
        number += 1
    high = nodes - 1
    if place < math.inf:
        high = cell
    elif number < count:
        high = min(int(breaks[number]), nodes - 1)
    left, right = cells[2 * cell], cells[2 * cell + 1]
    left[BREAK] = place
    _piece(curve, min(low, high), high, cell, left)
    if place < math.inf:
        low = cell + 1
        high = nodes - 1
        if number < count:
            high = max(min(int(breaks[number]), nodes - 1), low)
        _piece(curve, low, high, cell, right)
        _tame(curve, cell, place - cell, 1.0, right)
    _tame(curve, cell, 0.0, min(place - cell, 1.0), left)


@compiled
def cubics(curve: Floats, nodes: int, breaks: Floats, count: int, cells: Floats) -> None:
    """Polynomials between each two nodes, never across a break, into ``cells`` (2 (nodes - 1), ...).

    Where the meandering part changes little its own cubic is kept, in place of that of its logarithm.

    Parameters
    ----------
    breaks : array
        Positions, rising, at which the curve bends or jumps; the first ``count`` count.
    """
    for cell in range(nodes - 1):
        cell_cubics(curve, nodes, breaks, count, cell, cells)


@compiled
def insert(breaks: Floats, count: int, value: float, nodes: int) -> int:
    """Number of breaks after one more, kept in order.

    None is taken that leaves fewer nodes than `APART` between it and an earlier one or an end: what is put in
    first is what matters most.
    """
    if not APART - 1.0 <= value <= nodes - APART or count == breaks.size:
        return count
    for place in range(count):
        if abs(breaks[place] - value) < APART:
            return count
    place = count
    while place > 0 and breaks[place - 1] > value:
        breaks[place] = breaks[place - 1]
        place -= 1
    breaks[place] = value
    return count + 1


@compiled
def crossed(before: float, now: float, node: int) -> float:
    """Position at which a reach passes 1, or a negative number."""
    if before <= 0.0 or now <= 0.0 or (before - 1.0) * (now - 1.0) > 0.0:
        return -1.0
    first, second = math.log(before), math.log(now)
    return node - 1.0 + (first / (first - second) if first != second else 0.0)


@compiled
def _log(value: float) -> float:
    return math.log(value) if value > 0.0 else NOTHING


@compiled
def draw_node(
    row: Floats,
    distance: float,
    ground: Ground,
    release: Release,
    decay: float,
    column: Floats,
    air: Air,
    mixing: Mixing,
    direction_spread: float,
) -> tuple[float, float]:
    """Fill one node of a curve (6,) at a distance [m]; returns the reaches of `Plume`."""
    plume = plume_at(distance, ground, release, column, air, mixing)
    share = meander(plume.wind, plume.sigma_v, distance)
    if release.penetrated > 0.0:
        other = meander(plume.penetrated_wind, plume.penetrated_sigma_v, distance)
        share = release.penetrated * other + (1.0 - release.penetrated) * share
    lost = decay * distance / plume.wind
    total = plume.density + plume.penetrated_density
    row[SHARE] = 1.0 - share
    row[AROUND] = _log(share * total / (2.0 * math.pi * distance)) - lost
    turned_by = direction_spread * distance
    width = root_sum(plume.sigma_y, turned_by)
    width_aloft = root_sum(plume.penetrated_sigma_y, turned_by)
    row[AHEAD] = _log(plume.density / (ROOT_TWO_PI * width)) - lost
    row[AHEAD_ALOFT] = _log(plume.penetrated_density / (ROOT_TWO_PI * width_aloft)) - lost
    ratio = distance / width
    row[WIDTH] = 0.5 * ratio * ratio
    ratio = distance / width_aloft
    row[WIDTH_ALOFT] = 0.5 * ratio * ratio
    return plume.reach, plume.penetrated_reach


@compiled
def level_floors(curve: Floats, nodes: int) -> None:
    """Raise what is `FLOOR` below the largest value of its curve to there."""
    top_around, top_ahead, top_aloft = NOTHING, NOTHING, NOTHING
    for node in range(nodes):
        top_around = max(top_around, curve[node, AROUND])
        top_ahead = max(top_ahead, curve[node, AHEAD])
        top_aloft = max(top_aloft, curve[node, AHEAD_ALOFT])
    for node in range(nodes):
        curve[node, AROUND] = max(curve[node, AROUND], top_around - FLOOR)
        curve[node, AHEAD] = max(curve[node, AHEAD], top_ahead - FLOOR)
        curve[node, AHEAD_ALOFT] = max(curve[node, AHEAD_ALOFT], top_aloft - FLOOR)


@compiled
def rise_break(release: Release, column: Floats, air: Air, first_distance: float, scale: float) -> float:
    """Position at which a stable plume's rise ends with a jump, or a negative number.

    ``scale`` is the number of nodes for a step of 1 in the logarithm of the distance.
    """
    end = release.final_distance
    if release.rises == 1 and release.trapped == 0 and end > first_distance:
        last = stable_rise(end * (1.0 - 1e-9), release, column, air.friction_velocity)
        if abs(last - release.final_rise) > JUMP * (release.tip_height + release.final_rise):
            return math.log(end / first_distance) * scale
    return -1.0


@compiled
def layer_breaks(
    breaks: Floats, count: int, nodes: int, release: Release, first_distance: float, scale: float
) -> int:
    """Number of breaks after those at which a convective plume lifts off or its middle turns."""
    if release.trapped == 1:
        if release.lift_off > 0.0:
            count = insert(breaks, count, math.log(release.lift_off / first_distance) * scale, nodes)
        if release.cap_distance > 0.0:
            count = insert(breaks, count, math.log(release.cap_distance / first_distance) * scale, nodes)
        count = insert(breaks, count, math.log(release.mixed_distance / first_distance) * scale, nodes)
    return count


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
    breaks: Floats,
    direction_spread: float,
) -> int:
    """Fill ``curve`` (node, 6) at ``nodes`` distances [m] that grow by ``factor`` from the first.

    Returns the number of breaks, whose positions are put into ``breaks`` in order: where the plume begins
    to touch the ground, where its rise ends, and where a convective plume's middle changes its way.
    """
    scale = 1.0 / math.log(factor)
    distance = first_distance
    count = insert(breaks, 0, rise_break(release, column, air, first_distance, scale), nodes)
    reach, reach_aloft = 0.0, 0.0
    for node in range(nodes):
        before, before_aloft = reach, reach_aloft
        reach, reach_aloft = draw_node(
            curve[node], distance, ground, release, decay, column, air, mixing, direction_spread
        )
        if node > 0:
            count = insert(breaks, count, crossed(before, reach, node), nodes)
            count = insert(breaks, count, crossed(before_aloft, reach_aloft, node), nodes)
        distance *= factor
    level_floors(curve, nodes)
    return layer_breaks(breaks, count, nodes, release, first_distance, scale)
