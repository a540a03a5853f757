"""Points around one receptor in the order of their bearing, and the exact sum of a sector of them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.ond86 import GROUND_SOURCE, LOW_SOURCE, MRR2017
from sootprint.dispersion.kernels.ond86_field import BINS, LIGHT, Emitters

LIGHT_STRETCH = 4.0 / (5.0 - LIGHT)
"""4 / (5 − F) at the largest F of the gases' formula far from the source."""


class Around(NamedTuple):
    """Points in the order of the bearing from them to one receptor.

    Attributes
    ----------
    order : array, shape (point,)
        Number of each point.
    first : array, shape (`BINS` + 1,)
        First point of each bin of the bearing.
    dx, dy : array, shape (point,)
        From the point to the receptor [m].
    wind, distance : array, shape (point,)
        1 / um [s m⁻¹], and 1 / xm for F = 1 [m⁻¹].
    height, constant, factor : array, shape (point,)
        Height [m], and constant and factor of s₁ before its maximum.
    amount, stretch : array, shape (lane, point)
        Of the lanes of one column: cm, and 4 / (5 − F).
    ratio, weight : array, shape (point,)
        Room for work: x / xm, and what the point gives.
    """

    order: NDArray[np.int64]
    first: NDArray[np.int64]
    dx: NDArray[np.float64]
    dy: NDArray[np.float64]
    wind: NDArray[np.float64]
    distance: NDArray[np.float64]
    height: NDArray[np.float64]
    constant: NDArray[np.float64]
    factor: NDArray[np.float64]
    amount: NDArray[np.float64]
    stretch: NDArray[np.float64]
    ratio: NDArray[np.float64]
    weight: NDArray[np.float64]


@compiled
def room_around(points: int, lanes: int) -> Around:
    """Empty `Around` for so many points and lanes of a column."""
    return Around(
        np.empty(points, np.int64), np.empty(BINS + 1, np.int64), np.empty(points), np.empty(points),
        np.empty(points), np.empty(points), np.empty(points), np.empty(points), np.empty(points),
        np.empty((lanes, points)), np.empty((lanes, points)), np.empty(points), np.empty(points),
    )  # fmt: skip


@compiled
def look_around(x: float, y: float, emitters: Emitters, around: Around) -> None:
    """Fill order and points of ``around`` for one receptor."""
    count = emitters.x.size
    bins = np.empty(count, np.int64)
    around.first[:] = 0
    for point in range(count):
        angle = math.degrees(math.atan2(x - emitters.x[point], y - emitters.y[point]))
        place = math.floor(angle % 360.0 * (BINS / 360.0)) % BINS
        bins[point] = place
        around.first[place + 1] += 1
    for place in range(BINS):
        around.first[place + 1] += around.first[place]
    filled = around.first[:-1].copy()
    for point in range(count):
        index = filled[bins[point]]
        filled[bins[point]] += 1
        around.order[index] = point
        around.dx[index], around.dy[index] = x - emitters.x[point], y - emitters.y[point]
        around.wind[index], around.distance[index] = (
            1.0 / emitters.wind[point],
            1.0 / emitters.distance[point],
        )
        height = emitters.height[point]
        around.height[index] = height
        around.constant[index] = 0.125 * (LOW_SOURCE - height) if height < LOW_SOURCE else 0.0
        around.factor[index] = 0.125 * (height - GROUND_SOURCE) if height < LOW_SOURCE else 1.0


@compiled
def look_at_column(column: int, emitters: Emitters, around: Around) -> int:
    """Fill amount and stretch of ``around`` for one column; returns its number of lanes."""
    begin = emitters.lane_first[column]
    lanes = emitters.lane_first[column + 1] - begin
    for lane in range(lanes):
        for index in range(around.order.size):
            point = around.order[index]
            around.amount[lane, index] = emitters.amount[begin + lane, point]
            around.stretch[lane, index] = 4.0 / (5.0 - emitters.settling[begin + lane, point])
    return lanes


@compiled
def inverse_cube_root(value: float) -> float:
    """value^(−⅓) from 1 to 10¹¹, to a rounding: without a call, so that a loop over it runs in vectors.

    The value is brought to 1 to 8 by powers of 8; a cubic there is bettered by four steps of Newton.
    """
    # Written out, as a loop here would keep the loops around it from vectors.
    far = value > 16777216.0
    value *= 1.0 / 16777216.0 if far else 1.0
    scale = 0.00390625 if far else 1.0
    middle = value > 4096.0
    value *= 1.0 / 4096.0 if middle else 1.0
    scale *= 0.0625 if middle else 1.0
    near = value > 64.0
    value *= 1.0 / 64.0 if near else 1.0
    scale *= 0.25 if near else 1.0
    last = value > 8.0
    value *= 0.125 if last else 1.0
    scale *= 0.5 if last else 1.0
    made = 1.19994 + value * (-0.269850 + value * (0.0403006 - value * 0.00221125))
    third = value * (1.0 / 3.0)
    made *= 4.0 / 3.0 - third * made * made * made
    made *= 4.0 / 3.0 - third * made * made * made
    made *= 4.0 / 3.0 - third * made * made * made
    made *= 4.0 / 3.0 - third * made * made * made
    return made * scale


@compiled
def _fill_weights(
    begin: int, end: int, lane: int, east: float, north: float, speed: float, around: Around, method: int
) -> None:
    """Weights of the points from ``begin`` to before ``end`` in one wind: `point_weight` for many at once."""
    spread = min(speed, 5.0)
    a_light, b_light, b_heavy = (3.556, -35.2, 2.456) if method == MRR2017 else (3.58, -35.2, 2.47)
    # Parts of the arrays, so that the loops begin at 0: an index of unknown sign keeps them from vectors.
    dx, dy = around.dx[begin:end], around.dy[begin:end]
    wind, distance = around.wind[begin:end], around.distance[begin:end]
    constant, factor = around.constant[begin:end], around.factor[begin:end]
    amount, stretch = around.amount[lane, begin:end], around.stretch[lane, begin:end]
    ratio, made = around.ratio[begin:end], around.weight[begin:end]
    for i in range(end - begin):
        along = dx[i] * east + dy[i] * north
        across = dx[i] * north - dy[i] * east
        ahead = along > 0.0
        way = along if ahead else 1.0
        q = speed * wind[i]
        more = q > 1.0
        rest = 1.0 - q
        square = rest * rest
        stretched = 3.0 if q <= 0.25 else 8.43 * square * square * rest + 1.0
        reach = 0.32 * q + 0.68 if more else stretched
        # Divisions are what this loop costs: two of them serve all its quotients.
        inverse = 1.0 / (way * reach)
        tangent = across * (inverse * reach)
        t = spread * tangent * tangent
        poly = 1.0 + t * (5.0 + t * (12.8 + t * (17.0 + t * 45.1)))
        z = (along if ahead else 0.0) * distance[i] * stretch[i] * (inverse * way)
        z2 = z * z
        near = constant[i] + factor[i] * (z2 * (3.0 * z2 - 8.0 * z + 6.0))
        light = stretch[i] <= LIGHT_STRETCH
        over = z if light else 1.0
        first = a_light if light else 0.1
        under = first * z2 + (b_light if light else b_heavy) * z + (120.0 if light else -17.8)
        over = near if z <= 1.0 else (1.13 if z <= 8.0 else over)
        under = 1.0 if z <= 1.0 else (0.13 * z2 + 1.0 if z <= 8.0 else under)
        strength = 3.0 * q if more else q * (0.67 + q * (1.67 - 1.34 * q))
        under *= (2.0 * q * q - q + 2.0) if more else 1.0
        weight = amount[i] * strength * over / (poly * poly * under)
        ratio[i] = z
        made[i] = weight if ahead or (along == 0.0 and across == 0.0) else 0.0
    if method == MRR2017:
        for i in range(end - begin):
            z = ratio[i]
            root = inverse_cube_root(max(z, 100.0))
            seventh = root * root * root * root * root * root * root
            if stretch[i] <= LIGHT_STRETCH:
                change = 144.3 * seventh * root * root * root * (a_light * z * z + b_light * z + 120.0)
            else:
                change = 37.76 * seventh * (0.1 * z * z + b_heavy * z - 17.8)
            made[i] *= change if z > 100.0 else 1.0


@compiled
def _total(begin: int, end: int, values: NDArray[np.float64]) -> float:
    """Sum of a part of an array in four strands, so that one addition need not wait for the one before."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    part = values[begin:end]
    whole = (end - begin) // 4 * 4
    for i in range(0, whole, 4):
        a += part[i]
        b += part[i + 1]
        c += part[i + 2]
        d += part[i + 3]
    for i in range(whole, end - begin):
        a += part[i]
    return (a + b) + (c + d)


@compiled
def sector_sum(
    lanes: int,
    east: float,
    north: float,
    bearing: float,
    speed: float,
    reach: float,
    around: Around,
    method: int,
) -> float:
    """Sum of the column in ``around`` over the points whose bearing lies in the sector of a wind.

    With a reach of 90° and more it is the whole sum: what is farther off the axis is upwind.
    """
    total = 0.0
    for lane in range(lanes):
        total += lane_sum(lane, east, north, bearing, speed, reach, around, method)
    return total


@compiled
def _sector(bearing: float, reach: float, around: Around) -> tuple[int, int, int, int]:
    """First and after-last points of the two parts of a sector: before and after the circle's end."""
    per = BINS / 360.0
    begin = math.floor((bearing - reach) * per)
    end = math.floor((bearing + reach) * per) + 1
    if end - begin >= BINS:
        begin, end = 0, BINS
    shift = begin // BINS * BINS
    begin, end = begin - shift, end - shift
    return around.first[begin], around.first[min(end, BINS)], 0, around.first[max(end - BINS, 0)]


@compiled
def lane_sum(
    lane: int,
    east: float,
    north: float,
    bearing: float,
    speed: float,
    reach: float,
    around: Around,
    method: int,
) -> float:
    """Sum of one lane; the weights of the sector's points are left in ``around``."""
    total = 0.0
    low, high, more_low, more_high = _sector(bearing, reach, around)
    for turn in range(2):
        if turn == 1:
            low, high = more_low, more_high
        if high > low:
            _fill_weights(low, high, lane, east, north, speed, around, method)
            total += _total(low, high, around.weight)
    return total


@compiled
def two_greatest(bearing: float, reach: float, around: Around) -> tuple[int, int]:
    """The two points of a sector that give the most, by the weights left in ``around``; −1 for none."""
    first, second = -1, -1
    most, next_most = 0.0, 0.0
    low, high, more_low, more_high = _sector(bearing, reach, around)
    for turn in range(2):
        if turn == 1:
            low, high = more_low, more_high
        for point in range(low, high):
            weight = around.weight[point]
            if weight > most:
                first, second, most, next_most = point, first, weight, most
            elif weight > next_most:
                second, next_most = point, weight
    return first, second
