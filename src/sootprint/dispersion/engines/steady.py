"""Array driver of physics ``aermod``: hours × sources × receptors.

Every hour is written by one thread and every number by one source, so that the bytes do not depend on the
number of threads.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sootprint.dispersion.engines.areas import area_hour
from sootprint.dispersion.engines.arrays import Floats, Integers
from sootprint.dispersion.engines.downwash import building_of, in_wakes
from sootprint.dispersion.engines.grounds import ground_of
from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.engines.releases import Mixing, Release, Stack
from sootprint.dispersion.engines.scene import (
    ADJUSTED,
    AIR_TEMPERATURE,
    AVERAGE_SIGMA_W,
    AVERAGE_WIND,
    BASE_ELEVATION,
    CONVECTIVE_VELOCITY,
    FRICTION_VELOCITY,
    GRADIENT_ABOVE,
    MECHANICAL_HEIGHT,
    MIXING_HEIGHT,
    OBUKHOV_LENGTH,
    ROUGHNESS_LENGTH,
    STABLE,
    TOP_POTENTIAL_TEMPERATURE,
    URBAN_STABLE,
    Emitters,
    Receivers,
    Weather,
)
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
from sootprint.dispersion.kernels.downwash_rise import fill_density
from sootprint.dispersion.kernels.downwash_tables import Workspace, workspace
from sootprint.dispersion.kernels.layers import turned
from sootprint.dispersion.kernels.levels import HEIGHTS, level_below
from sootprint.dispersion.kernels.release import release_of
from sootprint.dispersion.kernels.steady import Ground, meander, plume_at, root_sum
from sootprint.dispersion.kernels.vertical import DARKEST, ROOT_TWO_PI

NEAREST = 1.0
"""Downwind distance [m] below which the plume gives nothing."""
NEAREST_AROUND = 0.99
"""Distance [m] within which a receptor is at the source and gets nothing."""
BEYOND = 45.0
"""Exponent across the wind beyond which a plume adds nothing: 3e-20 of its middle."""
CURVE_PAYS = 1.0
"""Receptors for each node from which on curves pay."""
STEP = 0.15
"""Distance of the nodes of the curves in the logarithm of the distance."""
HIGHEST_DIRECTION = 4000.0
"""Height [m] up to which the direction of the plume is looked up."""


@compiled
def air_of(weather: Weather, time: int, place: int) -> Air:
    """Scales of one hour over one place."""
    row = weather.scales[time, place]
    return Air(
        int(row[STABLE]),
        row[FRICTION_VELOCITY],
        row[CONVECTIVE_VELOCITY],
        row[OBUKHOV_LENGTH],
        row[ROUGHNESS_LENGTH],
        row[MIXING_HEIGHT],
        row[MECHANICAL_HEIGHT],
        row[AIR_TEMPERATURE],
    )


@compiled
def mixing_of(weather: Weather, time: int, place: int) -> Mixing:
    """Bulk properties of the mixed layer of one hour over one place."""
    row = weather.scales[time, place]
    return Mixing(
        int(row[URBAN_STABLE]),
        row[AVERAGE_WIND],
        row[AVERAGE_SIGMA_W],
        row[TOP_POTENTIAL_TEMPERATURE],
        row[GRADIENT_ABOVE],
        row[BASE_ELEVATION],
        int(row[ADJUSTED]),
    )


@compiled
def stack_of(emitters: Emitters, source: int, time: int) -> Stack:
    """Mouth of a source in an hour."""
    hour = time if emitters.exit_velocity.shape[0] > 1 else 0
    return Stack(
        emitters.kind[source],
        emitters.height[source],
        emitters.diameter[source],
        emitters.exit_velocity[hour, source],
        emitters.exit_temperature[hour, source],
        emitters.initial_sigma_y[source],
        emitters.initial_sigma_z[source],
        emitters.downwash[source],
        emitters.spread[source],
    )


@compiled
def direction_at(weather: Weather, time: int, height: float) -> float:
    """Direction the wind comes from at a height [degrees]."""
    directions = weather.direction[time]
    level = level_below(height)
    if directions[level] == directions[level + 1]:
        return directions[level]
    return turned(HEIGHTS[level], directions[level], HEIGHTS[level + 1], directions[level + 1], height)


@compiled
def plume_height_of_direction(release: Release) -> float:
    """Height at which the direction of a plume is taken [m]: half its final rise above the mouth."""
    if release.rises == 0:
        return release.height
    return min(HIGHEST_DIRECTION, release.height + 0.5 * release.final_rise)


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
    step : float
        Distance of the nodes in the logarithm of the distance.
    nodes : array of int64, shape (source,)
        Number of nodes; 0 where each receptor is worked out by itself.
    start : array, shape (source,)
        First distance [m].
    position : array, shape (source, receptor)
        Place of the receptor among the nodes by its distance; negative where it is at the source.
    """

    step: float
    nodes: Integers
    start: Floats
    position: Floats


class Way(NamedTuple):
    """Release, direction and air of a source in an hour."""

    release: Release
    sine: float
    cosine: float


@compiled
def way_of(weather: Weather, time: int, source: int, emitters: Emitters, air: Air, mixing: Mixing) -> Way:
    """Release and direction of a source in an hour."""
    column = weather.columns[time, emitters.place[source]]
    release = release_of(stack_of(emitters, source, time), column, air, mixing)
    angle = math.radians(direction_at(weather, time, plume_height_of_direction(release)))
    return Way(release, math.sin(angle), math.cos(angle))


@compiled
def _each_receptor(
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


@compiled
def _by_curve(
    out: Floats,
    time: int,
    source: int,
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    grid: Grid,
    curve: Floats,
    room: Floats,
    breaks: Floats,
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
    factor = math.exp(grid.step)
    count = draw(
        curve, nodes, start, factor, ground, release, decay, column, air, mixing, breaks, direction_spread
    )
    cells = room[: 2 * (nodes - 1)]
    cubics(curve, nodes, breaks, count, cells)
    aloft = release.penetrated > 0.0
    narrowest = curve[0, WIDTH]
    for node in range(nodes):
        narrowest = min(narrowest, curve[node, WIDTH])
        if aloft:
            narrowest = min(narrowest, curve[node, WIDTH_ALOFT])
    steepest = BEYOND / narrowest
    log_start, per_step = math.log(start), 1.0 / grid.step
    x, y = emitters.x[source], emitters.y[source]
    for receptor in range(receivers.x.size):
        position = grid.position[source, receptor]
        if position < 0.0:
            out[receptor] = 0.0
            continue
        piece = piece_of(cells, position)
        total = read_around(cells, piece, position)
        east, north = receivers.x[receptor] - x, receivers.y[receptor] - y
        downwind = -(east * way.sine + north * way.cosine)
        crosswind = east * way.cosine - north * way.sine
        if downwind < NEAREST or crosswind * crosswind > steepest * downwind * downwind:
            if downwind < NEAREST or downwind >= start:
                out[receptor] = total
                continue
        if downwind < start:
            plume = plume_at(downwind, ground, release, column, air, mixing)
            turned_by = direction_spread * downwind
            ahead = plume.density * lateral_density(crosswind, root_sum(plume.sigma_y, turned_by))
            if aloft:
                ahead += plume.penetrated_density * lateral_density(
                    crosswind, root_sum(plume.penetrated_sigma_y, turned_by)
                )
            ahead *= math.exp(-decay * downwind / plume.wind)
        else:
            slope = crosswind / downwind
            slope *= slope
            along = (math.log(downwind) - log_start) * per_step
            reached = piece_of(cells, along)
            ahead = math.exp(read(cells, reached, AHEAD, along) - slope * read(cells, reached, WIDTH, along))
            if aloft:
                ahead += math.exp(
                    read(cells, reached, AHEAD_ALOFT, along)
                    - slope * read(cells, reached, WIDTH_ALOFT, along)
                )
        out[receptor] = total + read(cells, piece, SHARE, position) * ahead


@compiled
def _blend_wake(
    out: Floats,
    time: int,
    source: int,
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    density: Floats,
    room: Workspace,
) -> None:
    """Blend ``out`` (receptor,) of a stack beside a building with the plume in its wake."""
    place = emitters.place[source]
    column, air, mixing = (
        weather.columns[time, place],
        air_of(weather, time, place),
        mixing_of(weather, time, place),
    )
    stack = stack_of(emitters, source, time)
    building = building_of(emitters, source, direction_at(weather, time, stack.height))
    way = way_of(weather, time, source, emitters, air, mixing)
    in_wakes(
        out,
        source,
        stack,
        building,
        way.release,
        way.sine,
        way.cosine,
        receivers,
        emitters,
        column,
        density,
        air,
        mixing,
        room,
    )


@compiled
def _area(
    out: Floats, time: int, source: int, weather: Weather, receivers: Receivers, emitters: Emitters
) -> None:
    """Fill ``out`` (receptor,) with one polygon in one hour."""
    place = emitters.place[source]
    air, mixing = air_of(weather, time, place), mixing_of(weather, time, place)
    way = way_of(weather, time, source, emitters, air, mixing)
    column = weather.columns[time, place]
    area_hour(out, source, receivers, emitters, way.release, way.sine, way.cosine, column, air, mixing)


@compiled
def _run(
    out: Floats,
    start: int,
    stop: int,
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    grid: Grid,
    direction_spread: float,
) -> None:
    """Fill hours ``start`` to ``stop`` of the operator ``out`` (time, receptor, source)."""
    most = 1
    for source in range(emitters.x.size):
        most = max(most, grid.nodes[source])
    curve, room = np.empty((most, QUANTITIES)), np.empty((2 * most, COLUMNS))
    breaks = np.empty(MOST_BREAKS)
    row = np.empty(receivers.x.size)
    density, wake_room = np.empty(HEIGHTS.size), workspace()
    any_building = emitters.building.max() >= 0
    for time in range(start, stop):
        if weather.served[time] == 0:
            out[time, :, :] = np.nan
            continue
        if any_building:
            country = weather.scales[time, 0]
            fill_density(weather.columns[time, 0], country[AIR_TEMPERATURE], country[BASE_ELEVATION], density)
        for source in range(emitters.x.size):
            if emitters.last_vertex[source] > emitters.first_vertex[source]:
                _area(row, time, source, weather, receivers, emitters)
            elif grid.nodes[source] > 0:
                _by_curve(
                    row,
                    time,
                    source,
                    weather,
                    receivers,
                    emitters,
                    grid,
                    curve,
                    room,
                    breaks,
                    direction_spread,
                )
            else:
                _each_receptor(row, time, source, weather, receivers, emitters, direction_spread)
            if emitters.building[source] >= 0:
                _blend_wake(row, time, source, weather, receivers, emitters, density, wake_room)
            for receptor in range(receivers.x.size):
                out[time, receptor, source] = row[receptor]


def grid_of(receivers: Receivers, emitters: Emitters, step: float) -> Grid:
    """Nodes of the curves of each source; none where terrain or receptors of several heights forbid it.

    ``step`` of 0 forbids them all.
    """
    sources, receptors = emitters.x.size, receivers.x.size
    nodes = np.zeros(sources, dtype=np.int64)
    start = np.ones(sources)
    position = np.zeros((sources, receptors))
    level = bool((receivers.flagpole == receivers.flagpole[0]).all())
    for source in range(sources):
        around = np.hypot(receivers.x - emitters.x[source], receivers.y - emitters.y[source])
        near = around < NEAREST_AROUND + 2.15 * emitters.initial_sigma_y[source]
        if not level or step <= 0.0 or emitters.flat[source] == 0 or near.all():
            continue
        first = max(0.5 * float(around[~near].min()), NEAREST)
        count = math.ceil(math.log(float(around.max()) / first) / step) + 1
        if max(count, 4) * CURVE_PAYS > receptors:
            continue
        nodes[source], start[source] = max(count, 4), first
        position[source] = np.where(near, -1.0, np.log(np.where(near, 1.0, around) / first) / step)
    return Grid(step, nodes, start, position)


def forward_steady(
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    *,
    threads: int = 1,
    step: float = STEP,
    direction_spread: float = 0.0,
) -> Floats:
    """Operator of a set of hours.

    Parameters
    ----------
    weather, receivers, emitters
        Arrays of one consistent type each.
    threads : int
        Threads among which the hours are shared; the result does not depend on it.
    step : float
        Distance of the nodes of the curves in the logarithm of the distance; 0 for none.
    direction_spread : float
        Uncertainty of the wind direction [rad]; widens the plumes of stacks and volumes.

    Returns
    -------
    array, shape (time, receptor, source)
        Concentration for a unit emission [s m⁻³]; NaN in hours that are not served.
    """
    count = weather.served.size
    out = np.zeros((count, receivers.x.size, emitters.x.size))
    grid = grid_of(receivers, emitters, step)
    parts = max(1, min(threads, count))
    bounds = [count * part // parts for part in range(parts + 1)]
    if parts == 1:
        _run(out, 0, count, weather, receivers, emitters, grid, direction_spread)
        return out
    with ThreadPoolExecutor(parts) as pool:
        jobs = [
            pool.submit(_run, out, start, stop, weather, receivers, emitters, grid, direction_spread)
            for start, stop in pairwise(bounds)
        ]
        for job in jobs:
            job.result()
    return out


@compiled
def _above_lid(out: Floats, weather: Weather, emitters: Emitters) -> None:
    for time in range(weather.served.size):
        for source in range(emitters.x.size):
            if weather.served[time] == 0:
                out[time, source] = np.nan
                continue
            place = emitters.place[source]
            air, mixing = air_of(weather, time, place), mixing_of(weather, time, place)
            way = way_of(weather, time, source, emitters, air, mixing)
            release = way.release
            if release.trapped == 1:
                out[time, source] = release.penetrated
            else:
                above = release.tip_height + release.final_rise >= air.mixing_height
                out[time, source] = 1.0 if above else 0.0


def above_lid(weather: Weather, emitters: Emitters) -> Floats:
    """Share of each source's emission that ends above the mixed layer [1], shape (time, source); NaN unserved.

    The penetrated share of a plume in a convective layer; all of a stable plume whose final height is at or
    above the mixing height.
    """
    out = np.zeros((weather.served.size, emitters.x.size))
    _above_lid(out, weather, emitters)
    return out
