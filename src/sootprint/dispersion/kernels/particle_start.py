"""Rise of stacks in the air of hours, and the parts of their plumes below and above the lid."""

from __future__ import annotations

import math

import numpy as np

from sootprint.dispersion.engines.arrays import Floats, Integers
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.particle_air import (
    EAST,
    NORTH,
    TEMPERATURE,
    between,
    level_near,
    level_share,
)
from sootprint.dispersion.kernels.particle_rise import MISSING, Rise, fluxes, rise_along, rise_of
from sootprint.dispersion.kernels.rise import downwash_height

EVEN = 1.0 / math.sqrt(3.0)
"""Standard deviation of an even layer over its half-depth [1]."""


@compiled
def split_at(lid: float, height: float, half: float) -> tuple[float, float, float, float, float]:
    """Share of an even layer above a lid, and mean heights and half-depths [m] of both parts (below, above).

    Parameters
    ----------
    lid : float
        Height of the lid [m].
    height, half : float
        Middle and half-depth of the layer [m].
    """
    bottom, top = height - half, height + half
    if top <= lid:
        return 0.0, height, half, lid, 0.0
    if bottom >= lid:
        return 1.0, lid, 0.0, height, half
    above = (top - lid) / (top - bottom)
    return above, 0.5 * (bottom + lid), 0.5 * (lid - bottom), 0.5 * (lid + top), 0.5 * (top - lid)


@compiled
def start_of(mouth: Floats, air: Floats, downwash: int) -> tuple[float, float, float, float]:
    """Height after stack-tip downwash [m] and fluxes of a stack: a row of the mouths of `rises_of_hours`."""
    start, velocity = mouth[0], mouth[2]
    level = level_near(air, 0, start)
    share = level_share(air, level, start)
    volume, buoyancy, momentum = fluxes(mouth[1], velocity, mouth[3], between(air, TEMPERATURE, level, share))
    if downwash == 1:
        wind = math.hypot(between(air, EAST, level, share), between(air, NORTH, level, share))
        start = downwash_height(start, 2.0 * mouth[1], velocity, wind)
    return start, volume, buoyancy, momentum


@compiled
def rise_of_mouth(mouth: Floats, air: Floats, downwash: int, ambient: float, longest: float) -> Rise:
    """Rise of a stack: a row of the mouths of `rises_of_hours`, a column of air, and the settings there."""
    start, volume, buoyancy, momentum = start_of(mouth, air, downwash)
    return rise_of(start, mouth[1], volume, buoyancy, momentum, ambient, longest, air)


@compiled
def rise_of_mouth_along(
    times: Floats, mouth: Floats, air: Floats, downwash: int, ambient: float, longest: float, made: Floats
) -> None:
    """Rise of a stack in time, as of `rise_along`."""
    start, volume, buoyancy, momentum = start_of(mouth, air, downwash)
    rise_along(times, start, mouth[1], volume, buoyancy, momentum, ambient, longest, air, made)


@compiled
def rises_of_hours(
    mouths: Floats,
    columns: Floats,
    lids: Floats,
    downwash: int,
    ambient: float,
    longest: float,
    weight: Floats,
    height: Floats,
    sigma_z: Floats,
    moved: Floats,
    outcome: Integers,
) -> None:
    """Rises of stacks in hours, written into arrays; rows of `mouths` without an exit velocity are left out.

    Parameters
    ----------
    mouths : array, shape (source, 4)
        Height [m], radius [m], exit velocity [m s⁻¹] and temperature [K].
    columns : array, shape (hour, level, 7)
        Columns of air.
    lids : array, shape (hour,)
        Mixing height [m]; infinite where there is no lid.
    downwash : int
        1 for stack-tip downwash.
    ambient, longest : float
        As in `rise_of`.
    weight, height, sigma_z : array, shape (hour, source, 2)
        Written: share [1], mean height and standard deviation [m] below and above the lid.
    moved : array, shape (hour, source, 5)
        Written: way east and north [m], time [s], horizontal standard deviation [m], greatest height [m].
    outcome : array of int, shape (hour, source)
        Written.
    """
    for hour in range(lids.size):
        air = columns[hour]
        known = not np.isnan(lids[hour]) and not np.isnan(air.sum())
        for source in range(mouths.shape[0]):
            if not known:
                outcome[hour, source] = MISSING
                weight[hour, source] = np.nan
                height[hour, source] = np.nan
                sigma_z[hour, source] = np.nan
                moved[hour, source] = np.nan
            elif mouths[source, 2] > 0.0:
                rise = rise_of_mouth(mouths[source], air, downwash, ambient, longest)
                above, low, low_half, high, high_half = split_at(lids[hour], rise.height, rise.half_depth)
                weight[hour, source, 0], weight[hour, source, 1] = 1.0 - above, above
                height[hour, source, 0], height[hour, source, 1] = low, high
                sigma_z[hour, source, 0], sigma_z[hour, source, 1] = EVEN * low_half, EVEN * high_half
                moved[hour, source, 0], moved[hour, source, 1] = rise.x, rise.y
                moved[hour, source, 2] = rise.time
                moved[hour, source, 3], moved[hour, source, 4] = EVEN * rise.half_depth, rise.top
                outcome[hour, source] = rise.outcome
