"""Array driver of stacks and volumes: their receptors one by one, or read from the curves of the plume."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sootprint.dispersion.engines.arrays import Floats, Integers
from sootprint.dispersion.engines.grounds import ground_of
from sootprint.dispersion.engines.hour import air_of, mixing_of, way_of
from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.engines.releases import Mixing, Release
from sootprint.dispersion.engines.scene import Emitters, Receivers, Weather
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.curve import (
    AHEAD,
    AHEAD_ALOFT,
    COLUMNS,
    MOST_BREAKS,
    QUANTITIES,
    SHARE,
    WIDTH,
    WIDTH_ALOFT,
    cubics,
    draw,
    piece_of,
    read,
    read_around,
)
from sootprint.dispersion.kernels.flow import root_sum
from sootprint.dispersion.kernels.steady import Ground, meander, plume_at
from sootprint.dispersion.kernels.vertical import DARKEST, ROOT_TWO_PI

NEAREST = 1.0
"""Downwind distance [m] below which the plume gives nothing."""
NEAREST_AROUND = 0.99
"""Distance [m] within which a receptor is at the source and gets nothing."""
BEYOND = 45.0
"""Exponent across the wind beyond which a plume adds nothing: 3e-20 of its middle."""
CURVE_PAYS = 8.0
"""Receptors for each node from which on curves pay."""
STEP = 0.12
"""Distance of the nodes of the curves in the logarithm of the distance.

At 0.16 the largest concentration near a low stack may be 2 % off, at 0.2 7 %; at 0.12 0.1 %.
"""


class Room(NamedTuple):
    """Room that the curves of one plume take."""

    curve: Floats
    cells: Floats
    breaks: Floats


@compiled
def lateral_density(crosswind: float, sigma: float) -> float:
    """Gaussian across the wind [m⁻¹]."""
    exponent = 0.5 * (crosswind / sigma) ** 2
    return math.exp(-exponent) / (ROOT_TWO_PI * sigma) if exponent < DARKEST else 0.0


@compiled
def concentration(
    downwind: float,
    crosswind: float,
    ground: Ground,
    release: Release,
    decay: float,
    column: Floats,
    air: Air,
    mixing: Mixing,
    direction_spread: float,
) -> float:
    """Concentration for a unit emission at a receptor [s m⁻³]: the plume downwind and its meander around."""
    around = math.hypot(downwind, crosswind)
    if around < max(NEAREST_AROUND, 2.15 * release.initial_sigma_y + NEAREST_AROUND):
        return 0.0
    plume = plume_at(around, ground, release, column, air, mixing)
    share = meander(plume.wind, plume.sigma_v, around)
    if release.penetrated > 0.0:
        other = meander(plume.penetrated_wind, plume.penetrated_sigma_v, around)
        share = release.penetrated * other + (1.0 - release.penetrated) * share
    total = share * (plume.density + plume.penetrated_density) / (2.0 * math.pi * around)
    if decay > 0.0:
        total *= math.exp(-decay * around / plume.wind)
    if downwind < NEAREST or share >= 1.0:
        return total
    plume = plume_at(downwind, ground, release, column, air, mixing)
    turned_by = direction_spread * downwind
    ahead = plume.density * lateral_density(crosswind, root_sum(plume.sigma_y, turned_by))
    if plume.penetrated_density > 0.0:
        ahead += plume.penetrated_density * lateral_density(
            crosswind, root_sum(plume.penetrated_sigma_y, turned_by)
        )
    if decay > 0.0:
        ahead *= math.exp(-decay * downwind / plume.wind)
    return total + (1.0 - share) * ahead


class Grid(NamedTuple):
    """Nodes of the curves of each source.

    Attributes
    ----------
    step : array, shape (source,)
        Distance of the nodes in the logarithm of the distance.
    nodes : array of int64, shape (source,)
        Number of nodes; 0 where each receptor is worked out by itself.
    start : array, shape (source,)
        First distance [m].
    position : array, shape (source, receptor)
        Place of the receptor among the nodes by its distance; negative where it is at the source.
    """

    step: Floats
    nodes: Integers
    start: Floats
    position: Floats


@compiled
def each_receptor(
    out: Floats,
    time: int,
    source: int,
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    direction_spread: float,
) -> None:
    """Fill ``out`` (receptor,) with one source in one hour, each receptor worked out by itself."""
    place = emitters.place[source]
    column, air, mixing = (
        weather.columns[time, place],
        air_of(weather, time, place),
        mixing_of(weather, time, place),
    )
    way = way_of(weather, time, source, emitters, air, mixing)
    base, flat = emitters.elevation[source], emitters.flat[source]
    for receptor in range(receivers.x.size):
        east = receivers.x[receptor] - emitters.x[source]
        north = receivers.y[receptor] - emitters.y[source]
        out[receptor] = concentration(
            -(east * way.sine + north * way.cosine),
            east * way.cosine - north * way.sine,
            ground_of(receivers, receptor, base, flat),
            way.release,
            emitters.decay[source],
            column,
            air,
            mixing,
            direction_spread,
        )


class View(NamedTuple):
    """What reading the curves of a source in an hour needs beside them.

    Attributes
    ----------
    sine, cosine : float
        Of the direction that the wind comes from.
    start, log_start : float
        Distance of the first node [m] and its logarithm.
    per_step : float
        Nodes for a step of 1 in the logarithm of the distance.
    steepest : float
        Square of crosswind over downwind distance beyond which the plume ahead adds nothing.
    aloft : bool
        Whether there is a penetrated plume.
    """

    sine: float
    cosine: float
    start: float
    log_start: float
    per_step: float
    steepest: float
    aloft: bool


@compiled
def steepest_slope(curve: Floats, nodes: int, aloft: bool) -> float:
    """Square of crosswind over downwind distance beyond which the plume ahead adds nothing."""
    narrowest = curve[0, WIDTH]
    for node in range(nodes):
        narrowest = min(narrowest, curve[node, WIDTH])
        if aloft:
            narrowest = min(narrowest, curve[node, WIDTH_ALOFT])
    return BEYOND / narrowest


@compiled
def read_ahead(cells: Floats, downwind: float, crosswind: float, view: View) -> float:
    """Plume ahead of the source [s m⁻³], before its share is taken, downwind of the first node."""
    slope = crosswind / downwind
    slope *= slope
    along = (math.log(downwind) - view.log_start) * view.per_step
    piece = piece_of(cells, along)
    ahead = math.exp(read(cells, piece, AHEAD, along) - slope * read(cells, piece, WIDTH, along))
    if view.aloft:
        ahead += math.exp(
            read(cells, piece, AHEAD_ALOFT, along) - slope * read(cells, piece, WIDTH_ALOFT, along)
        )
    return ahead


@compiled
def read_receptor(
    cells: Floats,
    position: float,
    east: float,
    north: float,
    view: View,
    ground: Ground,
    release: Release,
    decay: float,
    column: Floats,
    air: Air,
    mixing: Mixing,
    direction_spread: float,
) -> float:
    """Concentration for a unit emission [s m⁻³] ``east`` and ``north`` of a source [m], from its curves."""
    if position < 0.0:
        return 0.0
    piece = piece_of(cells, position)
    total = read_around(cells, piece, position)
    downwind = -(east * view.sine + north * view.cosine)
    crosswind = east * view.cosine - north * view.sine
    beyond = crosswind * crosswind > view.steepest * downwind * downwind
    if downwind < NEAREST or (beyond and downwind >= view.start):
        return total
    if downwind < view.start:
        plume = plume_at(downwind, ground, release, column, air, mixing)
        turned_by = direction_spread * downwind
        ahead = plume.density * lateral_density(crosswind, root_sum(plume.sigma_y, turned_by))
        if view.aloft:
            ahead += plume.penetrated_density * lateral_density(
                crosswind, root_sum(plume.penetrated_sigma_y, turned_by)
            )
        ahead *= math.exp(-decay * downwind / plume.wind)
    else:
        ahead = read_ahead(cells, downwind, crosswind, view)
    return total + read(cells, piece, SHARE, position) * ahead


@compiled
def by_curve(
    out: Floats,
    time: int,
    source: int,
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    grid: Grid,
    room: Room,
    direction_spread: float,
) -> None:
    """Fill ``out`` (receptor,) with one source in one hour, read from the curves of its plume."""
    place = emitters.place[source]
    column, air, mixing = (
        weather.columns[time, place],
        air_of(weather, time, place),
        mixing_of(weather, time, place),
    )
    way = way_of(weather, time, source, emitters, air, mixing)
    release, decay = way.release, emitters.decay[source]
    flagpole = receivers.flagpole[0]
    ground = Ground(flagpole, flagpole, 0.0, 0.0, 1)
    nodes, start = grid.nodes[source], grid.start[source]
    factor, curve, breaks = math.exp(grid.step[source]), room.curve, room.breaks
    count = draw(
        curve, nodes, start, factor, ground, release, decay, column, air, mixing, breaks, direction_spread
    )
    cells = room.cells[: 2 * (nodes - 1)]
    cubics(curve, nodes, breaks, count, cells)
    aloft = release.penetrated > 0.0
    steepest = steepest_slope(curve, nodes, aloft)
    view = View(way.sine, way.cosine, start, math.log(start), 1.0 / grid.step[source], steepest, aloft)
    x, y = emitters.x[source], emitters.y[source]
    # As `read_receptor`, which is called only where the plume is to be worked out: its many arguments cost
    # more than reading the curves.
    for receptor in range(receivers.x.size):
        position = grid.position[source, receptor]
        if position < 0.0:
            out[receptor] = 0.0
            continue
        east, north = receivers.x[receptor] - x, receivers.y[receptor] - y
        downwind = -(east * view.sine + north * view.cosine)
        crosswind = east * view.cosine - north * view.sine
        beyond = crosswind * crosswind > steepest * downwind * downwind
        if NEAREST <= downwind < start:
            out[receptor] = read_receptor(
                cells,
                position,
                east,
                north,
                view,
                ground,
                release,
                decay,
                column,
                air,
                mixing,
                direction_spread,
            )
            continue
        piece = piece_of(cells, position)
        total = read_around(cells, piece, position)
        if downwind >= start and not beyond:
            total += read(cells, piece, SHARE, position) * read_ahead(cells, downwind, crosswind, view)
        out[receptor] = total


@compiled
def room_of(grid: Grid) -> Room:
    """Room for the longest of the curves."""
    most = 1
    for source in range(grid.nodes.size):
        most = max(most, grid.nodes[source])
    return Room(np.empty((most, QUANTITIES)), np.empty((2 * most, COLUMNS)), np.empty(MOST_BREAKS))


@compiled
def point_row(
    out: Floats,
    time: int,
    source: int,
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    grid: Grid,
    room: Room,
    direction_spread: float,
) -> None:
    """Fill ``out`` (receptor,) with one stack or volume in one hour."""
    if grid.nodes[source] > 0:
        by_curve(out, time, source, weather, receivers, emitters, grid, room, direction_spread)
    else:
        each_receptor(out, time, source, weather, receivers, emitters, direction_spread)


def grid_of(receivers: Receivers, emitters: Emitters, step: float) -> Grid:
    """Nodes of the curves of each source; none where terrain or receptors of several heights forbid it.

    ``step`` is the distance of the nodes in the logarithm of the distance; 0 forbids all curves.
    """
    sources, receptors = emitters.x.size, receivers.x.size
    nodes = np.zeros(sources, dtype=np.int64)
    start, steps = np.ones(sources), np.ones(sources)
    position = np.zeros((sources, receptors))
    level = bool((receivers.flagpole == receivers.flagpole[0]).all())
    for source in range(sources):
        around = np.hypot(receivers.x - emitters.x[source], receivers.y - emitters.y[source])
        near = around < NEAREST_AROUND + 2.15 * emitters.initial_sigma_y[source]
        if not level or step <= 0.0 or emitters.flat[source] == 0 or near.all():
            continue
        first = max(0.5 * float(around[~near].min()), NEAREST)
        span = math.log(float(around.max()) / first)
        count = max(math.ceil(span / step) + 1, 4)
        if count * CURVE_PAYS > receptors:
            continue
        nodes[source], start[source], steps[source] = count, first, step
        position[source] = np.where(near, -1.0, np.log(np.where(near, 1.0, around) / first) / step)
    return Grid(steps, nodes, start, position)
