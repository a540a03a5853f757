"""Array driver of buoyant lines: hours × receptors × lines, on the hours of physics ``aermod``.

A buoyant line knows the hour by its Pasquill class, the wind measured and the mixing height, as in BLP
(Schulman & Scire 1980), and not by the profiles of the boundary layer.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.dispersion.engines.arrays import Floats, Integers
from sootprint.dispersion.engines.scene import (
    AIR_TEMPERATURE,
    MIXING_HEIGHT,
    OBUKHOV_LENGTH,
    ROUGHNESS_LENGTH,
    STABLE,
    URBAN_STABLE,
    Receivers,
    Weather,
)
from sootprint.dispersion.hours import column
from sootprint.dispersion.kernels.buoyant_line import WIND_EXPONENTS, LineGroup, line_rise
from sootprint.dispersion.kernels.buoyant_line_density import (
    TOLERANCE,
    LineHour,
    line_density,
    wake_distances,
)
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.pasquill_gifford import CLASS_D, pasquill_class

LEAST_WIND = 1.0
"""Least wind measured that is taken [m s⁻¹]: the formulas were fitted on weather without lighter wind."""
LEAST_HEIGHT = 2.0
"""Least release height [m]."""
MARGIN = 0.1
"""Width [m] of the seam around the lines that counts as among them."""


class BuoyantLines(NamedTuple):
    """Buoyant lines, shape (line,), and the groups in which they rise together, shape (group,).

    Attributes
    ----------
    group : array of int64, shape (line,)
        Row of the group; the lines of a group follow each other from its first on one side to its last on
        the other: left of the first when looking from its first to its last end.
    first_x, first_y, last_x, last_y : array, shape (line,)
        Ends, the western first [m].
    elevation, height : array, shape (line,)
        Of the base above the sea and of release above the base [m].
    flat : array of int64, shape (line,)
        1 where terrain is left out.
    decay : array, shape (line,)
        Rate of decay on the way [s⁻¹].
    building_length, building_height, building_width, line_width, separation : array, shape (group,)
        Means over the lines of a group [m].
    buoyancy : array, shape (time or 1, group)
        Mean buoyancy parameter of a line [m⁴ s⁻³].
    place : array of int64, shape (group,)
        0 the country, else the number of the city along ``Weather.scales``.
    city_roughness : array, shape (group,)
        z₀ of that city [m]; not read in the country.
    """

    group: Integers
    first_x: Floats
    first_y: Floats
    last_x: Floats
    last_y: Floats
    elevation: Floats
    height: Floats
    flat: Integers
    decay: Floats
    building_length: Floats
    building_height: Floats
    building_width: Floats
    line_width: Floats
    separation: Floats
    buoyancy: Floats
    place: Integers
    city_roughness: Floats


class MeasuredWind(NamedTuple):
    """Wind as measured, shape (time,): speed [m s⁻¹], height [m], direction it comes from [degrees]."""

    speed: Floats
    height: Floats
    direction: Floats


class _Frame(NamedTuple):
    """Lines of all groups along the x of their group, origin at the first end of its first line."""

    angle: Floats
    first: Floats
    last: Floats
    offset: Floats
    head: Integers
    tail: Integers


def measured_wind(table: pd.DataFrame, *, direction_shift: float = 0.0) -> MeasuredWind:
    """Wind of a table ``boundary_layer`` as measured; ``direction_shift`` as in `weather_arrays`."""
    return MeasuredWind(
        column(table, "wind_speed"),
        column(table, "measurement_height"),
        np.mod(column(table, "wind_from_direction") + direction_shift, 360.0),
    )


def _frame(lines: BuoyantLines) -> _Frame:
    """Lines in the frames of their groups; all are taken parallel to the first, at the offset of their end.

    Raises
    ------
    InputError
        If a group is empty or its lines are not in order, or an end lies west of the beginning.
    """
    groups = lines.building_length.size
    angle = np.zeros(groups)
    first, last, offset = (np.zeros(lines.group.size) for _ in range(3))
    head, tail = np.zeros(groups, np.int64), np.zeros(groups, np.int64)
    if np.any(lines.last_x < lines.first_x):
        raise InputError(
            "a buoyant line runs from east to west", rule="the western end first", cure="swap the two ends"
        )
    for group in range(groups):
        members = np.flatnonzero(lines.group == group)
        if members.size == 0:
            raise InputError(f"group {group} of buoyant lines is empty", rule="one line or more")
        head[group], tail[group] = members[0], members[-1]
        east, north = lines.first_x[members[0]], lines.first_y[members[0]]
        angle[group] = math.atan2(lines.last_y[members[0]] - north, lines.last_x[members[0]] - east)
        sine, cosine = math.sin(angle[group]), math.cos(angle[group])
        first[members] = (lines.first_x[members] - east) * cosine + (lines.first_y[members] - north) * sine
        last[members] = (lines.last_x[members] - east) * cosine + (lines.last_y[members] - north) * sine
        offset[members] = (lines.last_y[members] - north) * cosine - (lines.last_x[members] - east) * sine
        begins = (lines.first_y[members] - north) * cosine - (lines.first_x[members] - east) * sine
        if np.any(np.diff(offset[members]) <= 0.0) or np.any(np.diff(begins) <= 0.0):
            raise InputError(
                f"the lines of group {group} are not in order",
                rule="each to the left of the one before, seen from its western end",
                cure="order them from south to north (from east to west where they run north)",
            )
    return _Frame(angle, first, last, offset, head, tail)


def among_lines(receivers: Receivers, lines: BuoyantLines) -> NDArray[np.bool_]:
    """Receptors that lie within the rectangle around the lines of a group, shape (receptor, group).

    There the plume of a line is not described; `forward_buoyant_lines` gives such receptors nothing from
    the lines of that group.
    """
    frame = _frame(lines)
    inside = np.zeros((receivers.x.size, frame.angle.size), dtype=bool)
    for group, angle in enumerate(frame.angle):
        members = lines.group == group
        east = receivers.x - lines.first_x[frame.head[group]]
        north = receivers.y - lines.first_y[frame.head[group]]
        along = east * math.cos(angle) + north * math.sin(angle)
        across = north * math.cos(angle) - east * math.sin(angle)
        inside[:, group] = (
            (across <= frame.offset[members].max() + MARGIN)
            & (across >= frame.offset[members].min() - MARGIN)
            & (along <= frame.last[members].max() + MARGIN)
            & (along >= frame.first[members].min() - MARGIN)
        )
    return inside


@compiled
def _class_of(weather: Weather, time: int, place: int, city_roughness: float) -> int:
    """Pasquill class; over a city at night D, in its morning that of the city's L and roughness."""
    row = weather.scales[time, place]
    if row[URBAN_STABLE] == 1.0:
        if row[STABLE] == 1.0:
            return CLASS_D
        return pasquill_class(row[OBUKHOV_LENGTH], city_roughness)
    return pasquill_class(row[OBUKHOV_LENGTH], row[ROUGHNESS_LENGTH])


@compiled
def _upwind_corner(frame: _Frame, group: int, angle: float) -> tuple[float, float]:
    """Corner of a group, along and across, from which the wind at an angle to the lines reaches it."""
    # a tiny angle below 0 is rounded to a full turn by the remainder
    quarter = int((angle % (2.0 * math.pi)) / (0.5 * math.pi)) % 4
    line = frame.head[group] if quarter < 2 else frame.tail[group]
    along = frame.first[line] if quarter == 0 or quarter == 3 else frame.last[line]
    return along, frame.offset[line]


@compiled
def _group_hour(
    out: Floats,
    time: int,
    group: int,
    weather: Weather,
    wind: MeasuredWind,
    receivers: Receivers,
    lines: BuoyantLines,
    frame: _Frame,
    inside: NDArray[np.bool_],
    tolerance: float,
) -> None:
    """Fill ``out`` (receptor, line) with the lines of a group in an hour."""
    place = lines.place[group]
    stability = _class_of(weather, time, place, lines.city_roughness[group])
    exponent = WIND_EXPONENTS[stability]
    speed = max(wind.speed[time], LEAST_WIND)
    row = time if lines.buoyancy.shape[0] > 1 else 0
    building = lines.building_height[group]
    properties = LineGroup(
        int(np.sum(lines.group == group)),
        lines.building_length[group],
        building,
        lines.building_width[group],
        lines.line_width[group],
        lines.separation[group],
        lines.buoyancy[row, group],
    )
    downwind = math.radians(270.0 - wind.direction[time])
    angle = downwind - frame.angle[group]
    rise = line_rise(
        properties,
        angle,
        stability,
        speed * (building / wind.height[time]) ** exponent,
        weather.scales[time, place, AIR_TEMPERATURE],
    )
    virtual_y, virtual_z = wake_distances(rise.edge_radius, stability)
    lid = weather.scales[time, place, MIXING_HEIGHT] if stability <= CLASS_D else math.inf
    along, across = _upwind_corner(frame, group, angle)
    sine, cosine = math.sin(angle), math.cos(angle)
    east, north = math.cos(downwind), math.sin(downwind)
    head = frame.head[group]
    corner_x = along * cosine + across * sine
    corner_y = across * cosine - along * sine
    for number in range(lines.group.size):
        if lines.group[number] != group:
            continue
        begin, end, offset = frame.first[number], frame.last[number], frame.offset[number]
        height = max(lines.height[number], LEAST_HEIGHT)
        line = LineHour(
            begin * cosine + offset * sine - corner_x,
            offset * cosine - begin * sine - corner_y,
            end * cosine + offset * sine - corner_x,
            offset * cosine - end * sine - corner_y,
            height,
            speed * (height / wind.height[time]) ** exponent,
            lines.decay[number],
            stability,
            lid,
            virtual_y,
            virtual_z,
            rise,
        )
        for receptor in range(receivers.x.size):
            if inside[receptor, group]:
                out[receptor, number] = 0.0
                continue
            x = receivers.x[receptor] - lines.first_x[head]
            y = receivers.y[receptor] - lines.first_y[head]
            step = receivers.flagpole[receptor]
            if lines.flat[number] == 0:
                step += receivers.elevation[receptor] - lines.elevation[number]
            out[receptor, number] = (
                line_density(
                    x * east + y * north - corner_x, y * east - x * north - corner_y, step, line, tolerance
                )
                / line.wind
            )


@compiled
def _run(
    out: Floats,
    start: int,
    stop: int,
    weather: Weather,
    wind: MeasuredWind,
    receivers: Receivers,
    lines: BuoyantLines,
    frame: _Frame,
    inside: NDArray[np.bool_],
    tolerance: float,
) -> None:
    for time in range(start, stop):
        if weather.served[time] == 0:
            out[time, :, :] = np.nan
            continue
        for group in range(lines.building_length.size):
            _group_hour(out[time], time, group, weather, wind, receivers, lines, frame, inside, tolerance)


def forward_buoyant_lines(
    weather: Weather,
    wind: MeasuredWind,
    receivers: Receivers,
    lines: BuoyantLines,
    *,
    tolerance: float = TOLERANCE,
    threads: int = 1,
) -> Floats:
    """Operator of buoyant lines for a set of hours.

    Parameters
    ----------
    weather, receivers
        Hours and places, as for the other sources.
    wind : MeasuredWind
        Of the same hours, from `measured_wind`.
    lines : BuoyantLines
        Lines and their groups.
    tolerance : float
        Relative change at which the sum over a line is not refined further [1].
    threads : int
        Threads among which the hours are shared; the result does not depend on it.

    Returns
    -------
    array, shape (time, receptor, line)
        Concentration for a unit emission of a whole line [s m⁻³]; NaN in hours that are not served, 0 at
        receptors among the lines of a group (`among_lines`).

    Raises
    ------
    InputError
        If a group is empty, its lines are out of order, or an end lies west of the beginning.
    """
    frame, inside = _frame(lines), among_lines(receivers, lines)
    count = weather.served.size
    out = np.zeros((count, receivers.x.size, lines.group.size))
    parts = max(1, min(threads, count))
    bounds = [count * part // parts for part in range(parts + 1)]
    with ThreadPoolExecutor(parts) as pool:
        jobs = [
            pool.submit(_run, out, start, stop, weather, wind, receivers, lines, frame, inside, tolerance)
            for start, stop in pairwise(bounds)
        ]
        for job in jobs:
            job.result()
    return out
