"""Worst wind of each column at a receptor: from the coarse sums uphill on the fine set, exactly."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.ond86_field import BINS, TILE, Emitters, Winds, column_sum, point_weight

MOST_CLIMBS = 24
"""Coarse winds of one column and receptor that are climbed from at most."""


class Fine(NamedTuple):
    """Winds among which the worst is found.

    Attributes
    ----------
    east, north, bearing : array, shape (direction,)
        Where the wind blows to: unit vector, and bearing [degrees].
    speed, reach : array, shape (speed,)
        Speed [m s⁻¹]; half angle [degrees] beside which a plume is left out while climbing.
    speed_of_level : array, shape (level,)
        Fine speed of each coarse one.
    direction_of_wind : array, shape (wind,)
        Place of each coarse wind among the fine directions, with its fraction.
    round, climbs_direction, climbs_speed : int
        Whether the directions close the circle; which of the two is climbed.
    margin : float
        Coarse winds whose value times this reaches the largest are climbed from.
    """

    east: NDArray[np.float64]
    north: NDArray[np.float64]
    bearing: NDArray[np.float64]
    speed: NDArray[np.float64]
    reach: NDArray[np.float64]
    speed_of_level: NDArray[np.int64]
    direction_of_wind: NDArray[np.float64]
    round: int
    climbs_direction: int
    climbs_speed: int
    margin: float


@compiled
def order_by_bearing(
    x: float, y: float, emitters: Emitters, order: NDArray[np.int64], first: NDArray[np.int64]
) -> None:
    """Fill the order of points by the bearing from them to a receptor, and the first of each bin."""
    count = emitters.x.size
    bins = np.empty(count, np.int64)
    first[:] = 0
    for point in range(count):
        angle = math.degrees(math.atan2(x - emitters.x[point], y - emitters.y[point]))
        place = math.floor(angle % 360.0 * (BINS / 360.0)) % BINS
        bins[point] = place
        first[place + 1] += 1
    for place in range(BINS):
        first[place + 1] += first[place]
    filled = first[:-1].copy()
    for point in range(count):
        order[filled[bins[point]]] = point
        filled[bins[point]] += 1


@compiled
def sector_sum(
    column: int,
    x: float,
    y: float,
    east: float,
    north: float,
    bearing: float,
    speed: float,
    reach: float,
    emitters: Emitters,
    order: NDArray[np.int64],
    first: NDArray[np.int64],
    method: int,
) -> float:
    """Sum of one column over the points whose plume's sector holds the receptor."""
    per = BINS / 360.0
    begin = math.floor((bearing - reach) * per)
    end = math.floor((bearing + reach) * per)
    total = 0.0
    for lane in range(emitters.lane_first[column], emitters.lane_first[column + 1]):
        for turn in range(begin, end + 1):
            place = turn % BINS
            for index in range(first[place], first[place + 1]):
                point = order[index]
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
def _vertex(before: float, middle: float, after: float) -> float:
    """Place of the top of a parabola through three values, from −½ to ½ of a step."""
    bend = before - 2.0 * middle + after
    if bend >= 0.0:
        return 0.0
    return min(max(0.5 * (before - after) / bend, -0.5), 0.5)


@compiled
def _level_value(
    values: NDArray[np.float32], column: int, lane: int, level: int, share: float, winds: Winds
) -> float:
    """Coarse value at a part of the circle for another speed: the greater of the two winds beside it."""
    start = winds.first[level]
    count = winds.first[level + 1] - start
    place = share * count
    below = math.floor(place) % count
    return float(max(values[start + below, column, lane], values[start + (below + 1) % count, column, lane]))


@compiled
def _start(
    values: NDArray[np.float32], column: int, lane: int, level: int, wind: int, winds: Winds, fine: Fine
) -> tuple[bool, float, float]:
    """Whether a coarse wind is a local maximum; the fine direction and speed to climb from."""
    here = float(values[wind, column, lane])
    begin = winds.first[level]
    count = winds.first[level + 1] - begin
    direction = fine.direction_of_wind[wind]
    speed = float(fine.speed_of_level[level])
    if fine.climbs_direction == 1:
        place = wind - begin
        before = float(values[begin + (place - 1) % count, column, lane])
        after = float(values[begin + (place + 1) % count, column, lane])
        if before > here or after > here:
            return False, direction, speed
        step = fine.east.size / count
        direction += step * _vertex(before, here, after)
    if fine.climbs_speed == 1 and fine.climbs_direction == 1:
        share = direction / fine.east.size
        below = _level_value(values, column, lane, level - 1, share, winds) if level > 0 else 0.0
        last = winds.speed.size - 1
        above = _level_value(values, column, lane, level + 1, share, winds) if level < last else 0.0
        if below > here or above > here:
            return False, direction, speed
        if 0 < level < last:
            top = _vertex(below, here, above)
            towards = level + 1 if top > 0.0 else level - 1
            speed += abs(top) * (fine.speed_of_level[towards] - fine.speed_of_level[level])
    return True, direction, speed


@compiled
def climb(
    column: int,
    x: float,
    y: float,
    direction: int,
    speed: int,
    emitters: Emitters,
    order: NDArray[np.int64],
    first: NDArray[np.int64],
    fine: Fine,
    method: int,
) -> tuple[float, int, float]:
    """Value, direction's index and speed [m s⁻¹] of the top that lies uphill from a fine wind."""

    directions, speeds = fine.east.size, fine.speed.size
    best = sector_sum(
        column, x, y, fine.east[direction], fine.north[direction], fine.bearing[direction],
        fine.speed[speed], fine.reach[speed], emitters, order, first, method,
    )  # fmt: skip
    beside = np.zeros(2)
    while True:
        moved = False
        for axis in range(2):
            if (fine.climbs_direction if axis == 0 else fine.climbs_speed) == 0:
                continue
            uphill = False
            for side in range(2):
                if uphill:
                    break
                sign = 1 - 2 * side
                while True:
                    d, s = direction, speed
                    if axis == 0:
                        d = direction + sign
                        if fine.round == 1:
                            d %= directions
                    else:
                        s = speed + sign
                    if d < 0 or d >= directions or s < 0 or s >= speeds:
                        if axis == 1:
                            beside[side] = math.nan
                        break
                    value = sector_sum(
                        column, x, y, fine.east[d], fine.north[d], fine.bearing[d],
                        fine.speed[s], fine.reach[s], emitters, order, first, method,
                    )  # fmt: skip
                    if value <= best:
                        if axis == 1:
                            beside[side] = value
                        break
                    if axis == 1:
                        beside[1 - side] = best
                    best, direction, speed = value, d, s
                    uphill, moved = True, True
        if not moved:
            break
    exact = fine.speed[speed]
    if fine.climbs_speed == 1 and not math.isnan(beside[0]) and not math.isnan(beside[1]):
        top = _vertex(beside[1], best, beside[0])
        other = fine.speed[speed + 1] if top > 0.0 else fine.speed[speed - 1]
        between = fine.speed[speed] * (other / fine.speed[speed]) ** abs(top)
        value = sector_sum(
            column, x, y, fine.east[direction], fine.north[direction], fine.bearing[direction],
            between, fine.reach[speed], emitters, order, first, method,
        )  # fmt: skip
        if value > best:
            best, exact = value, between
    return best, direction, exact


@compiled
def search_tile(
    out_value: NDArray[np.float64],
    out_direction: NDArray[np.int64],
    out_speed: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    values: NDArray[np.float32],
    emitters: Emitters,
    winds: Winds,
    fine: Fine,
    method: int,
) -> int:
    """Fill value, direction and speed of the worst wind, each of shape (column, receptor of the tile).

    A column that is zero in all coarse winds has the value 0, direction −1 and speed NaN. Returns how many
    columns and receptors had more tops to climb from than `MOST_CLIMBS`.
    """
    order = np.empty(emitters.x.size, np.int64)
    first = np.empty(BINS + 1, np.int64)
    level_of = np.empty(values.shape[0], np.int64)
    for level in range(winds.speed.size):
        level_of[winds.first[level] : winds.first[level + 1]] = level
    overfull = 0
    directions = fine.east.size
    for lane in range(min(x.size, TILE)):
        order_by_bearing(x[lane], y[lane], emitters, order, first)
        for column in range(values.shape[1]):
            top, top_wind = np.float32(0.0), -1
            for wind in range(values.shape[0]):
                if values[wind, column, lane] > top:
                    top, top_wind = values[wind, column, lane], wind
            best, best_direction, best_speed = -1.0, -1, math.nan
            climbs = 0
            for turn in range(-1, values.shape[0]):
                # The greatest first, so that lesser tops can be told by its exact value.
                wind = top_wind if turn < 0 else turn
                if wind < 0:
                    break
                if turn >= 0 and (wind == top_wind or values[wind, column, lane] * fine.margin < top):
                    continue
                is_top, direction, speed = _start(values, column, lane, level_of[wind], wind, winds, fine)
                if turn >= 0 and (not is_top or values[wind, column, lane] * fine.margin < best):
                    continue
                if climbs == MOST_CLIMBS:
                    overfull += 1
                    break
                climbs += 1
                begin = round(direction)
                begin = begin % directions if fine.round == 1 else min(max(begin, 0), directions - 1)
                value, found, exact = climb(
                    column, x[lane], y[lane], begin, round(speed), emitters, order, first, fine, method
                )
                if value > best:
                    best, best_direction, best_speed = value, found, exact
            if best_direction < 0:
                out_value[column, lane], out_direction[column, lane] = 0.0, -1
                out_speed[column, lane] = math.nan
                continue
            out_value[column, lane] = column_sum(
                column, x[lane], y[lane], fine.east[best_direction], fine.north[best_direction], best_speed,
                emitters, method,
            )  # fmt: skip
            out_direction[column, lane], out_speed[column, lane] = best_direction, best_speed
    return overfull
