"""Array driver of physics ``aermod``: hours × sources × receptors.

Every hour is written by one thread and every number by one source, so that the bytes do not depend on the
number of threads.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
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
from sootprint.dispersion.kernels.layers import turned
from sootprint.dispersion.kernels.levels import HEIGHTS, level_below
from sootprint.dispersion.kernels.release import release_of
from sootprint.dispersion.kernels.steady import Ground, meander, plume_at
from sootprint.dispersion.kernels.vertical import DARKEST, ROOT_TWO_PI

NEAREST = 1.0
"""Downwind distance [m] below which the plume gives nothing."""
NEAREST_AROUND = 0.99
"""Distance [m] within which a receptor is at the source and gets nothing."""
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
    return turned(
        HEIGHTS[level], directions[level], HEIGHTS[level + 1], directions[level + 1], height
    )


@compiled
def plume_height_of_direction(release: Release) -> float:
    """Height at which the direction of a plume is taken [m]: half its final rise above the mouth."""
    if release.rises == 0:
        return release.height
    return min(HIGHEST_DIRECTION, release.height + 0.5 * release.final_rise)


@compiled
def ground_of(receivers: Receivers, receptor: int, base: float, flat: int) -> Ground:
    """Receptor as a source on a base of some elevation [m] sees it."""
    flagpole = receivers.flagpole[receptor]
    if flat == 1:
        return Ground(flagpole, flagpole, 0.0, 0.0, 1)
    elevation = receivers.elevation[receptor] - base
    return Ground(elevation + flagpole, flagpole, elevation, receivers.hill[receptor] - base, 0)


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
    ahead = plume.density * lateral_density(crosswind, plume.sigma_y)
    if plume.penetrated_density > 0.0:
        ahead += plume.penetrated_density * lateral_density(crosswind, plume.penetrated_sigma_y)
    if decay > 0.0:
        ahead *= math.exp(-decay * downwind / plume.wind)
    return total + (1.0 - share) * ahead


@compiled
def _source_hour(
    out: Floats,
    time: int,
    source: int,
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
) -> None:
    """Fill ``out`` (receptor,) with one source in one hour."""
    place = emitters.place[source]
    column = weather.columns[time, place]
    air = air_of(weather, time, place)
    mixing = mixing_of(weather, time, place)
    release = release_of(stack_of(emitters, source, time), column, air, mixing)
    angle = math.radians(direction_at(weather, time, plume_height_of_direction(release)))
    sine, cosine = math.sin(angle), math.cos(angle)
    base, flat = emitters.elevation[source], emitters.flat[source]
    for receptor in range(receivers.x.size):
        east = receivers.x[receptor] - emitters.x[source]
        north = receivers.y[receptor] - emitters.y[source]
        out[receptor] = concentration(
            -(east * sine + north * cosine),
            east * cosine - north * sine,
            ground_of(receivers, receptor, base, flat),
            release,
            emitters.decay[source],
            column,
            air,
            mixing,
        )


@compiled
def _run(
    out: Floats, start: int, stop: int, weather: Weather, receivers: Receivers, emitters: Emitters
) -> None:
    """Fill hours ``start`` to ``stop`` of the operator ``out`` (time, receptor, source)."""
    row = np.empty(receivers.x.size)
    for time in range(start, stop):
        if weather.served[time] == 0:
            out[time, :, :] = np.nan
            continue
        for source in range(emitters.x.size):
            _source_hour(row, time, source, weather, receivers, emitters)
            for receptor in range(receivers.x.size):
                out[time, receptor, source] = row[receptor]


def forward_steady(
    weather: Weather, receivers: Receivers, emitters: Emitters, *, threads: int = 1
) -> Floats:
    """Operator of a set of hours.

    Parameters
    ----------
    weather, receivers, emitters
        Arrays of one consistent type each.
    threads : int
        Threads among which the hours are shared; the result does not depend on it.

    Returns
    -------
    array, shape (time, receptor, source)
        Concentration for a unit emission [s m⁻³]; NaN in hours that are not served.
    """
    count = weather.served.size
    out = np.zeros((count, receivers.x.size, emitters.x.size))
    parts = max(1, min(threads, count))
    bounds = [count * part // parts for part in range(parts + 1)]
    if parts == 1:
        _run(out, 0, count, weather, receivers, emitters)
        return out
    with ThreadPoolExecutor(parts) as pool:
        jobs = [
            pool.submit(_run, out, start, stop, weather, receivers, emitters)
            for start, stop in pairwise(bounds)
        ]
        for job in jobs:
            job.result()
    return out


