"""Many sources of OND-86 and MRR-2017 at a receptor: sums in one wind, and the search for the worst wind.

The search has two parts. `tile_values` sums all columns at a tile of neighbouring receptors for every wind of
a coarse set, in single precision and without what lies beside the plumes: it only says where to look.
`climb` then goes uphill on the fine set with the exact formulas in double precision, and `column_sum` gives
the value that is reported: all sources, nothing left out.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.ond86 import (
    MRR2017,
    across_factor,
    along_factor,
    stretch_factor,
    wind_factor,
)

TILE = 64
"""Receptors that are summed together."""

LIGHT = 1.5
"""Largest F of the gases' formula far from the source."""

BINS = 360
"""Bins of the bearing in which the points around a receptor are ordered."""

_SINGLE = np.float32
_ZERO, _ONE, _TWO = _SINGLE(0.0), _SINGLE(1.0), _SINGLE(2.0)
_EIGHT, _HUNDRED = _SINGLE(8.0), _SINGLE(100.0)
_FIVE, _C2, _C3, _C4 = _SINGLE(5.0), _SINGLE(12.8), _SINGLE(17.0), _SINGLE(45.1)
_NEAR4, _NEAR3, _NEAR2 = _SINGLE(3.0), _SINGLE(8.0), _SINGLE(6.0)
_MID, _MID2 = _SINGLE(1.13), _SINGLE(0.13)


class Emitters(NamedTuple):
    """Points of all sources; lanes hold what they emit, a column has the lanes first to next first.

    Attributes
    ----------
    x, y, height : array, shape (point,)
        Place and height [m].
    wind, distance : array, shape (point,)
        Dangerous wind um [m s⁻¹], and xm for F = 1 [m].
    lane_first : array, shape (column + 1,)
        First lane of each column.
    amount : array, shape (lane, point)
        cm, or a group's sum of ratios.
    settling : array, shape (lane, point)
        F.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    height: NDArray[np.float64]
    wind: NDArray[np.float64]
    distance: NDArray[np.float64]
    lane_first: NDArray[np.int64]
    amount: NDArray[np.float64]
    settling: NDArray[np.float64]


class Parcels(NamedTuple):
    """What the coarse sum reads of the emitters, in single precision.

    Attributes
    ----------
    x, y : array, shape (point,)
        Place [m].
    low : array, shape (point, 2)
        Constant and factor of s₁ before its maximum: (0, 1) but for low sources.
    group_first : array, shape (point + 1,)
        First group of each point: the columns that share its F.
    stretch, settling : array, shape (group,)
        (5 − F) / 4, and F.
    entry_first, column, amount : array, shape (group + 1,), (entry,), (entry,)
        First entry of each group, and column and amount of an entry.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    low: NDArray[np.float32]
    group_first: NDArray[np.int64]
    stretch: NDArray[np.float32]
    settling: NDArray[np.float64]
    entry_first: NDArray[np.int64]
    column: NDArray[np.int64]
    amount: NDArray[np.float32]


class Winds(NamedTuple):
    """Coarse winds, those of one speed side by side.

    Attributes
    ----------
    speed, cos_reach, sin_reach : array, shape (speed,)
        Speed [m s⁻¹]; half angle of the sector that is summed.
    first : array, shape (speed + 1,)
        First wind of each speed.
    east, north : array, shape (wind,)
        Where the wind blows to.
    strength, shrink : array, shape (speed, point)
        r, and 1 / (p xm) for F = 1 [m⁻¹].
    """

    speed: NDArray[np.float32]
    cos_reach: NDArray[np.float32]
    sin_reach: NDArray[np.float32]
    first: NDArray[np.int64]
    east: NDArray[np.float32]
    north: NDArray[np.float32]
    strength: NDArray[np.float32]
    shrink: NDArray[np.float32]


@compiled
def point_weight(
    dx: float,
    dy: float,
    east: float,
    north: float,
    speed: float,
    height: float,
    dangerous: float,
    distance: float,
    settling: float,
    method: int,
) -> float:
    """Concentration of one point over its cm: r s₁ s₂, clauses 2.10 to 2.14.

    ``dx``, ``dy`` lead from the point to the receptor [m], ``east``, ``north`` is the unit vector of where
    the wind blows to, ``distance`` is xm for F = 1 [m].
    """
    along = dx * east + dy * north
    if along < 0.0:
        return 0.0
    across = dx * north - dy * east
    beside = 1.0
    if across != 0.0:
        if along == 0.0:
            return 0.0
        tangent = across / along
        beside = across_factor(speed, tangent * tangent)
    ratio = speed / dangerous
    reach = stretch_factor(ratio) * distance * (5.0 - settling) / 4.0
    return wind_factor(ratio) * along_factor(along / reach, settling, height, method) * beside


@compiled
def column_sum(
    column: int, x: float, y: float, east: float, north: float, speed: float, emitters: Emitters, method: int
) -> float:
    """Sum over all points of one column at one receptor in one wind."""
    total = 0.0
    for lane in range(emitters.lane_first[column], emitters.lane_first[column + 1]):
        for point in range(emitters.x.size):
            amount = emitters.amount[lane, point]
            if amount == 0.0:
                continue
            total += amount * point_weight(
                x - emitters.x[point],
                y - emitters.y[point],
                east,
                north,
                speed,
                emitters.height[point],
                emitters.wind[point],
                emitters.distance[point],
                emitters.settling[lane, point],
                method,
            )
    return total


@compiled
def column_parts(
    out: NDArray[np.float64],
    column: int,
    x: float,
    y: float,
    east: float,
    north: float,
    speed: float,
    emitters: Emitters,
    owner: NDArray[np.int64],
    method: int,
) -> None:
    """Add what each source gives to one column at one receptor in one wind to ``out``, shape (source,)."""
    for lane in range(emitters.lane_first[column], emitters.lane_first[column + 1]):
        for point in range(emitters.x.size):
            amount = emitters.amount[lane, point]
            if amount == 0.0:
                continue
            out[owner[point]] += amount * point_weight(
                x - emitters.x[point],
                y - emitters.y[point],
                east,
                north,
                speed,
                emitters.height[point],
                emitters.wind[point],
                emitters.distance[point],
                emitters.settling[lane, point],
                method,
            )


@compiled
def mean_of_points(
    points_x: NDArray[np.float64],
    points_y: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    east: NDArray[np.float64],
    north: NDArray[np.float64],
    speed: float,
    height: float,
    dangerous: float,
    distance: float,
    settling: float,
    method: int,
) -> NDArray[np.float64]:
    """Largest mean over points of r s₁ s₂ among directions at each receptor; ``distance`` is xm."""
    made = np.zeros(x.size)
    for receptor in range(x.size):
        for wind in range(east.size):
            total = 0.0
            for point in range(points_x.size):
                total += point_weight(
                    x[receptor] - points_x[point],
                    y[receptor] - points_y[point],
                    east[wind],
                    north[wind],
                    speed,
                    height,
                    dangerous,
                    4.0 * distance / (5.0 - settling),
                    settling,
                    method,
                )
            made[receptor] = max(made[receptor], total / points_x.size)
    return made


@compiled
def seven_thirds(part: np.float32) -> np.float32:
    """part^(7/3) for 0 < part ≤ 1, to a thousandth above 1e-4: what a vector loop can do for a power.

    The cube root is four steps of Halley's method from a straight line.
    """
    root = _SINGLE(0.35) + _SINGLE(0.65) * part
    for _ in range(4):
        cube = root * root * root
        root = root * (cube + _TWO * part) / (_TWO * cube + part)
    return part * part * root


@compiled
def _along_part(
    weight: NDArray[np.float32],
    beside: NDArray[np.float32],
    along: NDArray[np.float32],
    shrink: np.float32,
    nearest: np.float32,
    farthest: np.float32,
    constant: np.float32,
    factor: np.float32,
    settling: float,
    method: int,
) -> None:
    """Fill ``weight`` with ``beside`` times s₁ at a tile, by the piece of s₁ that holds all over it."""
    low, high = nearest * shrink, farthest * shrink
    light = settling <= LIGHT
    over, a, b, c = far_numbers(light, method)
    plain = _ONE if light else _ZERO
    if high <= _ONE:
        for i in range(TILE):
            z = along[i] * shrink
            square = z * z
            weight[i] = beside[i] * (constant + factor * (square * (_NEAR4 * square - _NEAR3 * z + _NEAR2)))
    elif low >= _ONE and high <= _EIGHT:
        for i in range(TILE):
            z = along[i] * shrink
            weight[i] = beside[i] * (_MID / (_MID2 * z * z + _ONE))
    elif low >= _EIGHT and (method != MRR2017 or high <= _HUNDRED):
        for i in range(TILE):
            z = along[i] * shrink
            weight[i] = beside[i] * (plain * z + _ONE - plain) / (a * z * z + b * z + c)
    else:
        for i in range(TILE):
            z = along[i] * shrink
            square = z * z
            near = constant + factor * (square * (_NEAR4 * square - _NEAR3 * z + _NEAR2))
            middle = _MID / (_MID2 * square + _ONE)
            far = (plain * z + _ONE - plain) / (a * square + b * z + c)
            weight[i] = beside[i] * (near if z <= _ONE else (middle if z <= _EIGHT else far))
        if method == MRR2017 and high > _HUNDRED:
            for i in range(TILE):
                z = along[i] * shrink
                part = _HUNDRED / z if z > _HUNDRED else _ONE
                last = beside[i] * over * seven_thirds(part)
                weight[i] = last if z > _HUNDRED else weight[i]


@compiled
def far_numbers(light: bool, method: int) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """Numbers of s₁ far away: its value at z = 100 (MRR-2017), and a, b, c of its denominator."""
    if light:
        over = _SINGLE(144.3 * 100.0 ** (-7.0 / 3.0))
        if method == MRR2017:
            return over, _SINGLE(3.556), _SINGLE(-35.2), _SINGLE(120.0)
        return over, _SINGLE(3.58), _SINGLE(-35.2), _SINGLE(120.0)
    over = _SINGLE(37.76 * 100.0 ** (-7.0 / 3.0))
    if method == MRR2017:
        return over, _SINGLE(0.1), _SINGLE(2.456), _SINGLE(-17.8)
    return over, _SINGLE(0.1), _SINGLE(2.47), _SINGLE(-17.8)


@compiled
def tile_values(
    values: NDArray[np.float32],
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    parcels: Parcels,
    winds: Winds,
    method: int,
) -> None:
    """Fill ``values``, shape (wind, column, `TILE`), with the sums at a tile of receptors.

    A plume counts where its sector meets the circle around the tile.
    """
    middle_x, middle_y = _SINGLE(0.5) * (x.min() + x.max()), _SINGLE(0.5) * (y.min() + y.max())
    radius = _ZERO
    for i in range(TILE):
        radius = max(radius, _SINGLE(math.hypot(x[i] - middle_x, y[i] - middle_y)))
    along, beside = np.empty(TILE, np.float32), np.empty(TILE, np.float32)
    weight = np.empty(TILE, np.float32)
    values[:] = _ZERO
    for level in range(winds.speed.size):
        spread = min(winds.speed[level], _FIVE)
        cosine, sine = winds.cos_reach[level], winds.sin_reach[level]
        for wind in range(winds.first[level], winds.first[level + 1]):
            east, north = winds.east[wind], winds.north[wind]
            for point in range(parcels.x.size):
                here_x, here_y = parcels.x[point], parcels.y[point]
                dx, dy = middle_x - here_x, middle_y - here_y
                ahead = dx * east + dy * north
                aside = abs(dx * north - dy * east)
                if aside * cosine - ahead * sine > radius:
                    continue
                strength = winds.strength[level, point]
                for i in range(TILE):
                    ax, ay = x[i] - here_x, y[i] - here_y
                    a = ax * east + ay * north
                    b = ax * north - ay * east
                    over = _ONE / a if a > _ZERO else _ZERO
                    t = b * over
                    t = spread * t * t
                    poly = _ONE + t * (_FIVE + t * (_C2 + t * (_C3 + t * _C4)))
                    along[i] = a if a > _ZERO else _ZERO
                    beside[i] = strength / (poly * poly) if a > _ZERO else _ZERO
                if radius + radius >= abs(ahead) and radius + radius >= aside:
                    for i in range(TILE):
                        if x[i] == here_x and y[i] == here_y:
                            beside[i] = strength
                shrink = winds.shrink[level, point]
                for group in range(parcels.group_first[point], parcels.group_first[point + 1]):
                    _along_part(
                        weight,
                        beside,
                        along,
                        shrink / parcels.stretch[group],
                        max(ahead - radius, _ZERO),
                        ahead + radius,
                        parcels.low[point, 0],
                        parcels.low[point, 1],
                        parcels.settling[group],
                        method,
                    )
                    for entry in range(parcels.entry_first[group], parcels.entry_first[group + 1]):
                        amount, column = parcels.amount[entry], parcels.column[entry]
                        for i in range(TILE):
                            values[wind, column, i] += amount * weight[i]
