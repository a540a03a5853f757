"""Worst wind of each column at a receptor: from the coarse sums uphill on the fine set, exactly."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.ond86_around import (
    Around,
    lane_sum,
    look_around,
    look_at_column,
    room_around,
    sector_sum,
    two_greatest,
)
from sootprint.dispersion.kernels.ond86_field import TILE, Emitters, Winds

HALF_CIRCLE = 91.0
"""Reach that holds all points downwind of which the receptor lies, with a bin to spare [degrees]."""

SLOPE, DIRECTION_TOP, TOP = 0, 1, 2
"""Kinds of coarse winds."""

EDGE_RATIO = 1.35
"""Ratio to the speed of a top within which speeds are tried at which a formula breaks."""

TURNED = 16
"""Winds that are turned together: a line of memory."""

START_GAIN = 1.05
"""More than a climb adds to where it starts."""

EDGE_GAIN = 1.03
"""More than what the fall of s₁ at z = 8, by 2.3 %, can add to a top."""

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
    margin, near_margin : float
        Coarse tops whose value times ``margin`` reaches the largest are climbed from; those that are tops
        among the directions of their speed only, where it does so times ``near_margin``.
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
    near_margin: float


@compiled
def _vertex(before: float, middle: float, after: float) -> float:
    """Place of the top of a parabola through three values, from −½ to ½ of a step."""
    bend = before - 2.0 * middle + after
    if bend >= 0.0:
        return 0.0
    return min(max(0.5 * (before - after) / bend, -0.5), 0.5)


@compiled
def _level_value(values: NDArray[np.float32], level: int, share: float, winds: Winds) -> float:
    """Coarse value at a part of the circle for another speed: the greater of the two winds beside it."""
    start = winds.first[level]
    count = winds.first[level + 1] - start
    place = share * count
    below = math.floor(place) % count
    return float(max(values[start + below], values[start + (below + 1) % count]))


@compiled
def _start(
    values: NDArray[np.float32], level: int, wind: int, winds: Winds, fine: Fine
) -> tuple[int, float, float, float]:
    """Kind of a coarse wind, its value between the coarse directions, and the fine wind to climb from.

    The kind is `SLOPE`, `DIRECTION_TOP` (a local maximum among the directions of its speed) or `TOP`.
    """
    here = float(values[wind])
    peak = here
    begin = winds.first[level]
    count = winds.first[level + 1] - begin
    direction = fine.direction_of_wind[wind]
    speed = float(fine.speed_of_level[level])
    if fine.climbs_direction == 1:
        place = wind - begin
        before = float(values[begin + (place - 1) % count])
        after = float(values[begin + (place + 1) % count])
        if before > here or after > here:
            return SLOPE, here, direction, speed
        shift = _vertex(before, here, after)
        direction += fine.east.size / count * shift
        peak -= 0.25 * (before - after) * shift
    if fine.climbs_speed == 1 and fine.climbs_direction == 1:
        share = direction / fine.east.size
        below = _level_value(values, level - 1, share, winds) if level > 0 else 0.0
        last = winds.speed.size - 1
        above = _level_value(values, level + 1, share, winds) if level < last else 0.0
        if below > here or above > here:
            return DIRECTION_TOP, peak, direction, speed
        if 0 < level < last:
            top = _vertex(below, here, above)
            towards = level + 1 if top > 0.0 else level - 1
            speed += abs(top) * (fine.speed_of_level[towards] - fine.speed_of_level[level])
    return TOP, peak, direction, speed


@compiled
def _value_at(
    direction: int, exact: float, speed: int, lanes: int, around: Around, fine: Fine, method: int
) -> float:
    """Sum of the column in ``around`` at a speed beside a fine one, without what lies far off the axis."""
    return sector_sum(
        lanes,
        fine.east[direction],
        fine.north[direction],
        fine.bearing[direction],
        exact,
        fine.reach[speed],
        around,
        method,
    )


@compiled
def climb(
    direction: int, speed: int, lanes: int, around: Around, fine: Fine, method: int, floor: float
) -> tuple[float, int, float]:
    """Value, direction's index and speed [m s⁻¹] of the top that lies uphill from a fine wind.

    A top far under ``floor`` is not looked at more closely.
    """
    directions, speeds = fine.east.size, fine.speed.size
    best = _value_at(direction, fine.speed[speed], speed, lanes, around, fine, method)
    if best * START_GAIN < floor:
        return best, direction, fine.speed[speed]
    beside = np.full(2, math.nan)
    axes = fine.climbs_direction + fine.climbs_speed
    axis = 0 if fine.climbs_direction == 1 else 1
    settled = 0
    while settled < axes:
        uphill = False
        for side in range(2):
            if uphill:
                break
            sign = 1 - 2 * side
            while True:
                d, s = direction, speed
                if axis == 0:
                    d = (direction + sign) % directions
                else:
                    s = speed + sign
                if s < 0 or s >= speeds:
                    beside[side] = math.nan
                    break
                value = _value_at(d, fine.speed[s], s, lanes, around, fine, method)
                if value <= best:
                    if axis == 1:
                        beside[side] = value
                    break
                if axis == 1:
                    beside[1 - side] = best
                best, direction, speed = value, d, s
                uphill = True
        # A line that was climbed is settled, the other then no more.
        settled = 1 if uphill else settled + 1
        if axes == 2:
            axis = 1 - axis
    exact = fine.speed[speed]
    if fine.climbs_speed == 0 or best * EDGE_GAIN < floor:
        return best, direction, exact
    if not math.isnan(beside[0]) and not math.isnan(beside[1]):
        top = _vertex(beside[1], best, beside[0])
        other = fine.speed[speed + 1] if top > 0.0 else fine.speed[speed - 1]
        between = fine.speed[speed] * (other / fine.speed[speed]) ** abs(top)
        value = _value_at(direction, between, speed, lanes, around, fine, method)
        if value > best:
            best, exact = value, between
    return _edges(best, direction, exact, speed, lanes, around, fine, method)


@compiled
def _edges(
    best: float,
    direction: int,
    exact: float,
    speed: int,
    lanes: int,
    around: Around,
    fine: Fine,
    method: int,
) -> tuple[float, int, float]:
    """The better of a top and the speeds near it at which the formulas of its greatest points break."""
    edges = np.empty(8 * lanes)
    count = _edge_speeds(edges, direction, exact, speed, lanes, around, fine, method)
    improved = False
    for index in range(count):
        value = _value_at(direction, edges[index], speed, lanes, around, fine, method)
        if value > best:
            best, exact, improved = value, edges[index], True
    directions = fine.east.size
    if improved and fine.climbs_direction == 1:
        for sign in (1, -1):
            while True:
                d = (direction + sign) % directions
                value = _value_at(d, exact, speed, lanes, around, fine, method)
                if value <= best:
                    break
                best, direction = value, d
    return best, direction, exact


@compiled
def _edge_speeds(
    edges: NDArray[np.float64],
    direction: int,
    exact: float,
    speed: int,
    lanes: int,
    around: Around,
    fine: Fine,
    method: int,
) -> int:
    """Speeds near one at which a formula of the two greatest points of each lane changes; their number.

    They are um and um / 4, where r and p change, and those that put the receptor at z = 8, where s₁ falls.
    """
    east, north = fine.east[direction], fine.north[direction]
    low, high = max(exact / EDGE_RATIO, fine.speed[0]), min(exact * EDGE_RATIO, fine.speed[-1])
    count = 0
    for lane in range(lanes):
        lane_sum(lane, east, north, fine.bearing[direction], exact, fine.reach[speed], around, method)
        first, second = two_greatest(fine.bearing[direction], fine.reach[speed], around)
        for turn in range(2):
            point = first if turn == 0 else second
            if point < 0:
                break
            dangerous = 1.0 / around.wind[point]
            along = around.dx[point] * east + around.dy[point] * north
            # p at z = 8, a rounding more, so that the nearer of both sides of the jump holds.
            p = along * around.distance[point] * around.stretch[lane, point] / 8.0 * (1.0 + 1e-9)
            for part in range(4):
                if part < 2:
                    found = dangerous if part == 0 else 0.25 * dangerous
                elif p <= 1.0 or (part == 2 and p >= 3.0):
                    continue
                elif part == 2:
                    found = dangerous * (1.0 - ((p - 1.0) / 8.43) ** 0.2)
                else:
                    found = dangerous * (p - 0.68) / 0.32
                if low <= found <= high:
                    edges[count] = found
                    count += 1
    return count


@compiled
def _worst_wind(
    values: NDArray[np.float32],
    lanes: int,
    around: Around,
    winds: Winds,
    level_of: NDArray[np.int64],
    fine: Fine,
    method: int,
) -> tuple[float, int, float, bool]:
    """Value, direction's index and speed of the worst wind, and whether tops were left for their number."""
    top, top_wind = np.float32(0.0), -1
    for wind in range(values.shape[0]):
        if values[wind] > top:
            top, top_wind = values[wind], wind
    best, best_direction, best_speed = -1.0, -1, math.nan
    if top_wind < 0:
        return best, best_direction, best_speed, False
    directions = fine.east.size
    climbs = 0
    for turn in range(-1, values.shape[0]):
        # The greatest first, so that lesser tops can be told by its exact value.
        wind = top_wind if turn < 0 else turn
        if turn >= 0 and (wind == top_wind or values[wind] * fine.margin < top):
            continue
        kind, peak, direction, speed = _start(values, level_of[wind], wind, winds, fine)
        if turn >= 0 and (kind == SLOPE or peak * (fine.margin if kind == TOP else fine.near_margin) < best):
            continue
        if climbs == MOST_CLIMBS:
            return best, best_direction, best_speed, True
        climbs += 1
        value, found, exact = climb(
            round(direction) % directions, round(speed), lanes, around, fine, method, best
        )
        if value > best:
            best, best_direction, best_speed = value, found, exact
    return best, best_direction, best_speed, False


@compiled
def _turned(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Coarse sums with the winds side by side, shape (column, receptor, wind): the search reads them all."""
    count, columns, lanes = values.shape
    made = np.empty((columns, lanes, count), np.float32)
    for begin in range(0, count, TURNED):
        end = min(begin + TURNED, count)
        for column in range(columns):
            for lane in range(lanes):
                for wind in range(begin, end):
                    made[column, lane, wind] = values[wind, column, lane]
    return made


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
    level_of = np.empty(values.shape[0], np.int64)
    for level in range(winds.speed.size):
        level_of[winds.first[level] : winds.first[level + 1]] = level
    most = 0
    for column in range(values.shape[1]):
        most = max(most, emitters.lane_first[column + 1] - emitters.lane_first[column])
    around = room_around(emitters.x.size, most)
    turned = _turned(values)
    overfull = 0
    for lane in range(min(x.size, TILE)):
        look_around(x[lane], y[lane], emitters, around)
        for column in range(values.shape[1]):
            lanes = look_at_column(column, emitters, around)
            _, direction, speed, cut = _worst_wind(
                turned[column, lane], lanes, around, winds, level_of, fine, method
            )
            overfull += int(cut)
            out_direction[column, lane], out_speed[column, lane] = direction, speed
            out_value[column, lane] = 0.0
            if direction >= 0:
                out_value[column, lane] = sector_sum(
                    lanes,
                    fine.east[direction],
                    fine.north[direction],
                    fine.bearing[direction],
                    speed,
                    HALF_CIRCLE,
                    around,
                    method,
                )
    return overfull
