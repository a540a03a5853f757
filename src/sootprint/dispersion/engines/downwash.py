"""Array driver of plumes in building wakes: a stack's plain row of receptors blended with its wake."""

from __future__ import annotations

import math

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.engines.releases import Mixing, Release, Stack
from sootprint.dispersion.engines.scene import Emitters, Receivers
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.downwash import (
    Building,
    Site,
    downwash_plume,
    downwash_term,
    has_downwash,
)
from sootprint.dispersion.kernels.downwash_tables import Workspace

NEAREST = 0.99
"""Distance [m] within which a receptor is at the stack and gets nothing."""


@compiled
def building_of(emitters: Emitters, source: int, wind_from: float) -> Building:
    """Building as it stands to a stack for the flow nearest to the wind, from a direction [degrees]."""
    flow = wind_from - 180.0 if wind_from >= 180.0 else wind_from + 180.0
    sector = int(0.1 * flow + 0.4999)
    walls = emitters.buildings[emitters.building[source], 35 if sector == 0 else sector - 1]
    return Building(walls[0], walls[1], walls[2], walls[3], walls[4])


@compiled
def in_wakes(
    row: Floats,
    source: int,
    stack: Stack,
    building: Building,
    release: Release,
    sine: float,
    cosine: float,
    receivers: Receivers,
    emitters: Emitters,
    column: Floats,
    density: Floats,
    air: Air,
    mixing: Mixing,
    room: Workspace,
) -> None:
    """Blend a row (receptor,) of the plain plume [s m⁻³] with the plume in the wake of a building.

    ``sine`` and ``cosine`` are those of the direction that the wind comes from at the plume; ``density`` is
    that of the country's air at the levels.
    """
    if not has_downwash(building, stack.height, air):
        return
    site = Site(release.wind_speed, mixing.base_elevation, mixing.urban_stable)
    plume = downwash_plume(stack, building, column, density, air, site, room)
    if plume.in_wake == 0:
        return
    base, flat, decay = emitters.elevation[source], emitters.flat[source], emitters.decay[source]
    for receptor in range(row.size):
        east = receivers.x[receptor] - emitters.x[source]
        north = receivers.y[receptor] - emitters.y[source]
        if east * east + north * north < NEAREST * NEAREST:
            continue
        downwind = -(east * sine + north * cosine)
        flagpole = receivers.flagpole[receptor]
        height = flagpole if flat == 1 else receivers.elevation[receptor] - base + flagpole
        value, weight = downwash_term(plume, downwind, east * cosine - north * sine, flagpole, height)
        if weight > 0.0:
            if decay > 0.0 and downwind > 0.0:
                value *= math.exp(-decay * downwind / plume.around.wind_speed)
            row[receptor] = weight * value + (1.0 - weight) * row[receptor]
