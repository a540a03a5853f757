"""Tables of the widths of a plume from where it meets the wake of a building to where the wake has decayed.

References
----------
.. [1] Schulman, L. L., Strimaitis, D. G. and Scire, J. S. (2000). Development and evaluation of the PRIME
   plume rise and building downwash model. JAWMA 50, 378–390; doi:10.1080/10473289.2000.10464017.
.. [2] US EPA (2024). AERMOD model formulation and evaluation. EPA-454/B-24-010, section on building downwash.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.downwash_spread import (
    ROOT_HALF_PI,
    TABLE_SIZE,
    Ambient,
    Tables,
    ambient_sigma,
    between,
    capped_wake_end,
    grown,
    table_index,
    wake_intensity,
)
from sootprint.dispersion.kernels.downwash_wake import WakeShape, far_wake

STEP = 2.0
"""Step of the march through the wake [m] [1]."""

LONGEST_MARCH = 5000
"""Places of a march or of a trajectory that are held at most [1]."""


PLUME, WAKE, WAKE_GROWTH_ROW, CAVITY = 0, 2, 5, 6
"""Rows of the tables that hold the distances, and the row of the growth of the radius."""


class Workspace(NamedTuple):
    """Room for the work of one source and hour, made once a thread by `workspace`.

    Attributes
    ----------
    path_x, path_z : array, shape (5000,)
        Every step of the trajectory: distance from the stack and height [m].
    sigma_y, sigma_z, slope : array, shape (5000,)
        Every step of a march: widths [m], dσ/dx [1].
    tables : array, shape (9, 50)
        Tables by the distance from the stack [m], in the rows ``PLUME``, ``WAKE`` and ``CAVITY``: there
        follow the height of the axis [m]; σy and σz [m] of the primary plume and the growth of its radius;
        σy and σz [m] of what leaves the cavity.
    level : array, shape (2, 1)
        Distance and height [m] of a plume that stays level.
    """

    path_x: Floats
    path_z: Floats
    sigma_y: Floats
    sigma_z: Floats
    slope: Floats
    tables: Tables
    level: Tables


@compiled
def workspace() -> Workspace:
    """Empty workspace."""
    march = np.zeros((5, LONGEST_MARCH))
    return Workspace(
        march[0], march[1], march[2], march[3], march[4], np.zeros((9, TABLE_SIZE)), np.zeros((2, 1))
    )


class WakeEntry(NamedTuple):
    """Where the axis of the plume meets the wake.

    Attributes
    ----------
    happens : int
        1 where it does, else 0.
    place : float
        Distance from the upwind face of the building [m].
    sigma_y, sigma_z : float
        Widths there [m], with the spread by buoyancy.
    """

    happens: int
    place: float
    sigma_y: float
    sigma_z: float


class March(NamedTuple):
    """Steps of a march through the wake.

    Attributes
    ----------
    first : float
        Its begin, from the upwind face [m].
    step : float
        Length of a step [m].
    places : int
        Number of places.
    offset : float
        Distance from the stack to the upwind face along the wind [m].
    """

    first: float
    step: float
    places: int
    offset: float


@compiled
def march_of(shape: WakeShape, around: Ambient, entry: WakeEntry, offset: float) -> March:
    """Steps of 2 m, or what fits, from the entry to where the wake's growth and the cavity have ended."""
    last = max(capped_wake_end(shape, around, 0), capped_wake_end(shape, around, 1))
    end = shape.length + shape.cavity_length
    if entry.place < end:
        last = max(last, end)
    reach = last - entry.place + STEP
    count = min(int(reach / STEP + 0.5) + 1, LONGEST_MARCH - 1)
    return March(entry.place, reach / (count - 1), count, offset)


@compiled
def marched(
    shape: WakeShape,
    around: Ambient,
    march: March,
    lateral: int,
    begin: float,
    initial: float,
    keeps_initial: int,
    revised_at: int,
    revised: float,
    heights: tuple[Tables, int],
    sigma: Floats,
    slope: Floats,
) -> float:
    r"""Virtual width [m] of one march; ``sigma`` [m] and ``slope`` [1] are filled.

    From ``begin`` [m] the width grows by the wake's turbulence (`grown`) to the place where that has decayed,
    and beyond as the root of the squares of the ambient width and of a virtual one,

    .. math:: \sigma^2 = \sigma_a^2(x) + \sigma_v^2, \qquad \sigma_v^2 = \sigma^2(x_a) - \sigma_a^2(x_a) \ge 0

    ([2]_). From the place ``revised_at`` on the width is at least ``revised`` [m]. ``heights`` is the
    table of the plume's height. ``keeps_initial`` keeps σv at or above ``initial`` from x_a on; one that
    began beyond x_a, or has gone a step past it, always does.
    """
    plume, rows = heights
    last = capped_wake_end(shape, around, lateral)
    change = begin + shape.cavity_length
    virtual, ratio, place = 0.0, 0.0, march.first
    sigma[0], slope[0] = initial, 0.0
    for index in range(1, march.places):
        old, place = place, place + march.step
        distance = place + march.offset
        if index == revised_at:
            initial = max(initial, revised)
            sigma[index - 1] = max(sigma[index - 1], revised)
        if begin >= place:
            sigma[index], slope[index] = initial, 0.0
            continue
        before = sigma[index - 1]
        if old < last and begin <= last:
            end = min(place, last)
            middle = 0.5 * (old + end)
            intensity = wake_intensity(shape, around, lateral, middle)
            high, wide = far_wake(shape, end)
            breadth = 2.0 * wide if lateral == 1 else high
            made, ratio, tilt = grown(intensity, breadth, old, end, change, before, ratio)
            if place < last:
                sigma[index], slope[index] = made, tilt
                continue
            there = last + march.offset
            own = ambient_sigma(around, lateral, there, between(plume, 0, 1, rows, there))
            virtual = math.sqrt(max(0.0, made * made - own * own))
            if keeps_initial == 1:
                virtual = max(virtual, initial)
        else:
            virtual = max(virtual, initial)
        height = between(plume, 0, 1, rows, distance)
        own = ambient_sigma(around, lateral, distance, height)
        sigma[index] = math.sqrt(own * own + virtual * virtual)
        slope[index] = (sigma[index] - before) / march.step
    return virtual


@compiled
def primary_tables(
    shape: WakeShape,
    around: Ambient,
    march: March,
    entry: WakeEntry,
    heights: tuple[Tables, int],
    room: Workspace,
) -> tuple[int, float, float]:
    """Number of rows of the primary plume's table, and its virtual widths across and vertical [m]."""
    start = entry.place
    lateral = marched(
        shape, around, march, 1, start, entry.sigma_y, 0, 0, 0.0, heights, room.sigma_y, room.slope
    )
    vertical = marched(
        shape, around, march, 0, start, entry.sigma_z, 0, 0, 0.0, heights, room.sigma_z, room.slope
    )
    rows = min(march.places, TABLE_SIZE)
    for row in range(rows):
        index = table_index(row, march.places, TABLE_SIZE) if row > 0 else 0
        room.tables[WAKE, row] = march.first + index * march.step + march.offset
        room.tables[WAKE + 1, row] = room.sigma_y[index]
        room.tables[WAKE + 2, row] = room.sigma_z[index]
        room.tables[WAKE_GROWTH_ROW, row] = ROOT_HALF_PI * room.slope[index]
    return rows, lateral, vertical


@compiled
def cavity_tables(
    shape: WakeShape,
    around: Ambient,
    march: March,
    begin: float,
    initial: tuple[float, float],
    revised_at: int,
    revised: float,
    room: Workspace,
) -> tuple[int, float, float]:
    """As `primary_tables` for what the cavity gives off at the ground from ``begin`` [m], widths ``initial``.

    ``initial`` is σy and σz [m]; σy is at least ``revised`` from the place ``revised_at`` of the march on.
    """
    room.level[1, 0] = 0.0
    ground = (room.level, 1)
    lateral = marched(
        shape,
        around,
        march,
        1,
        begin,
        initial[0],
        0,
        revised_at,
        revised,
        ground,
        room.sigma_y,
        room.slope,
    )
    vertical = marched(
        shape, around, march, 0, begin, initial[1], 1, 0, 0.0, ground, room.sigma_z, room.slope
    )
    skipped = 0
    while skipped + 1 < march.places and begin >= march.first + (skipped + 1) * march.step:
        skipped += 1
    if skipped > 0:
        skipped += 1
    count = march.places - skipped
    rows = min(count, TABLE_SIZE)
    for row in range(1, rows):
        index = skipped + table_index(row, count, TABLE_SIZE)
        room.tables[CAVITY, row] = march.first + index * march.step + march.offset
        room.tables[CAVITY + 1, row] = room.sigma_y[index]
        room.tables[CAVITY + 2, row] = room.sigma_z[index]
    room.tables[CAVITY, 0] = begin + march.offset
    room.tables[CAVITY + 1, 0] = max(initial[0], revised) if revised_at > 0 else initial[0]
    room.tables[CAVITY + 2, 0] = initial[1]
    return rows, lateral, vertical
