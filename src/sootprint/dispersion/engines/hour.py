"""One source in one hour: scales of its air, its mouth, its release and the way that its plume takes."""

from __future__ import annotations

import math
from typing import NamedTuple

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
    IMPROVED,
    MECHANICAL_HEIGHT,
    MIXING_HEIGHT,
    OBUKHOV_LENGTH,
    ROUGHNESS_LENGTH,
    STABLE,
    TOP_POTENTIAL_TEMPERATURE,
    URBAN_STABLE,
    Emitters,
    Weather,
)
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.layers import turned
from sootprint.dispersion.kernels.levels import HEIGHTS, level_below
from sootprint.dispersion.kernels.release import release_of

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
        int(row[IMPROVED]),
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
