"""Path of a plume past a building: its rise, the bend of the streamlines, and where it meets the wake.

References
----------
.. [1] Schulman, L. L., Strimaitis, D. G. and Scire, J. S. (2000). Development and evaluation of the PRIME
   plume rise and building downwash model. JAWMA 50, 378–390; doi:10.1080/10473289.2000.10464017.
.. [2] Pasquill, F. (1976). Atmospheric dispersion parameters in Gaussian plume modeling, part II.
   EPA-600/4-76-030b.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.engines.releases import Stack
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.downwash_rise import (
    LEAST_HEIGHT,
    advanced,
    at_release,
    body_of,
    corrected,
    fluxes_of,
    in_wake,
    rates,
    rise_scales,
    surroundings,
)
from sootprint.dispersion.kernels.downwash_spread import (
    TABLE_SIZE,
    Ambient,
    ambient_sigma_y,
    ambient_sigma_z,
    between,
    capped_wake_end,
    table_index,
)
from sootprint.dispersion.kernels.downwash_tables import (
    LONGEST_MARCH,
    PLUME,
    WAKE,
    WAKE_GROWTH_ROW,
    WakeEntry,
    Workspace,
    march_of,
    primary_tables,
)
from sootprint.dispersion.kernels.downwash_wake import (
    IN_CAVITY,
    OUTSIDE,
    STREAMLINE_REACH,
    WakeShape,
    streamline_slope,
    zone,
)

BENT_OVER = math.radians(20.0)
"""Inclination [rad] below which a plume in the wake is spread by its turbulence [1]."""

LONGEST_RISE = 5000.0
"""Length of the axis [m] along which it is followed at most [1]."""

LONGEST_STEP = 1.0
"""Step along the axis [m], shortened where the whole rise is less than two of it [1]."""

LEAST_RISE = 0.1
"""Least rise [m] that the step is measured by [1]."""

BUOYANT_SPREAD = 3.5
"""Rise over the width that buoyancy gives [1]; [2]."""


class Surface(NamedTuple):
    """Where stack, building and profiles stand to each other [m].

    Attributes
    ----------
    offset_x, offset_y : float
        From the stack to the centre of the building's upwind face: along the wind and across it.
    base_height : float
        Height above the sea of the foot of the profiles.
    """

    offset_x: float
    offset_y: float
    base_height: float


class Path(NamedTuple):
    """Path of a plume; its table is in the workspace.

    Attributes
    ----------
    rows : int
        Places of its table.
    entry : WakeEntry
        Where the plume meets the wake.
    wake_rows : int
        Rows of the primary plume's table; 1 where the wake has decayed before the plume meets it.
    virtual_y, virtual_z : float
        Virtual widths of the primary plume behind its table [m].
    """

    rows: int
    entry: WakeEntry
    wake_rows: int
    virtual_y: float
    virtual_z: float


@compiled
def wake_entry(around: Ambient, stack: Stack, place: float, x: float, z: float) -> WakeEntry:
    """Entry at ``place`` [m] from the upwind face, x [m] from the stack, at the rise's own height z [m].

    The width is the ambient one and a 3.5th of the rise, as the root of their squares [2]_.
    """
    buoyant = max(0.0, z - max(stack.height, LEAST_HEIGHT)) / BUOYANT_SPREAD
    if x <= 0.0:
        return WakeEntry(1, place, buoyant, buoyant)
    lateral, vertical = ambient_sigma_y(around, x, z), ambient_sigma_z(around, x, z)
    return WakeEntry(1, place, math.hypot(lateral, buoyant), math.hypot(vertical, buoyant))


@compiled
def grown_by(
    shape: WakeShape,
    around: Ambient,
    offset: float,
    entry: WakeEntry,
    z: float,
    room: Workspace,
) -> tuple[int, float, float]:
    """Rows of the primary table and virtual widths [m] of a plume that stays at the height z [m]."""
    last = max(capped_wake_end(shape, around, 0), capped_wake_end(shape, around, 1))
    if entry.place >= last:
        return 1, 0.0, 0.0
    room.level[1, 0] = z
    march = march_of(shape, around, entry, offset)
    return primary_tables(shape, around, march, entry, (room.level, 1), room)


@compiled
def turbulent_growth(room: Workspace, rows: int, x: float) -> float:
    """Growth of the plume's radius by the wake's turbulence [1] at x [m] from the stack; 0 off the table."""
    if rows <= 1 or x < room.tables[WAKE, 0] or x > room.tables[WAKE, rows - 1]:
        return 0.0
    return between(room.tables, WAKE, WAKE_GROWTH_ROW, rows, x)


@compiled
def streamed(
    shape: WakeShape,
    surface: Surface,
    around: Ambient,
    stack: Stack,
    room: Workspace,
    count: int,
    step: float,
    lift: float,
    entry: WakeEntry,
    grown: tuple[int, float, float],
) -> tuple[int, WakeEntry, tuple[int, float, float]]:
    """Path continued from its final rise along the streamlines to 15 R: its places, entry and primary table.

    ``count`` places are known, the last ``step`` was that long, and the streamlines have bent it by ``lift``
    [m] so far; ``entry`` and ``grown`` (rows and virtual widths) hold if the plume has met the wake before.
    """
    offset, beside = surface.offset_x, -surface.offset_y
    left = offset + shape.length + STREAMLINE_REACH * shape.scale - room.path_x[count - 1]
    if left <= 0.0:
        return count, entry, grown
    stretch = max(step, left / max(1, LONGEST_MARCH - count))
    extra = min(int(left / stretch), LONGEST_MARCH - count)
    for index in range(count, count + extra):
        x, z = room.path_x[index - 1], room.path_z[index - 1]
        where = zone(shape, x - offset, beside, z)
        slope = 0.0
        if where > IN_CAVITY:
            slope = streamline_slope(shape, x - offset, beside, z)
            slope = 0.5 * (slope + streamline_slope(shape, x - offset + stretch, beside, z))
        lift += slope * stretch
        x, z = x + stretch, max(LEAST_HEIGHT, z + slope * stretch)
        room.path_x[index], room.path_z[index] = x, z
        if entry.happens == 0 and where < OUTSIDE:
            entry = wake_entry(around, stack, x - offset, x, z - lift)
            grown = grown_by(shape, around, offset, entry, z - lift, room)
    return count + extra, entry, grown


@compiled
def followed(
    shape: WakeShape,
    surface: Surface,
    around: Ambient,
    column: Floats,
    density: Floats,
    stack: Stack,
    room: Workspace,
) -> Path:
    """Path of a plume to its final rise, and on along the streamlines to 15 R behind the building [1].

    Heun's method along the axis in steps of 1 m. The streamlines' slope bends the axis outside the cavity.
    The rise ends at the neutral final distance, where the upward velocity has gone, or after 5 km. From
    where the axis is inclined by less than 20° and in the wake, the wake's turbulence is the least
    entrainment.
    """
    offset, beside = surface.offset_x, -surface.offset_y
    height = max(stack.height, LEAST_HEIGHT)
    free = surroundings(column, density, surface.base_height, height)
    where = zone(shape, -offset, beside, height)
    air = in_wake(free, shape, where, -offset, beside, height)
    reach, rise = rise_scales(stack, air)
    step = min(LONGEST_STEP, 0.5 * max(LEAST_RISE, rise))
    last = offset + shape.length + STREAMLINE_REACH * shape.scale
    body = at_release(stack, air)
    fluxes = fluxes_of(body, air)
    entry, rows, virtual_y, virtual_z = WakeEntry(0, 0.0, 0.0, 0.0), 1, 0.0, 0.0
    count, travelled, lift, growth, x = 0, 0.0, 0.0, 0.0, 0.0
    while travelled < LONGEST_RISE and count < LONGEST_MARCH:
        place, z = x - offset, max(body.z + lift, LEAST_HEIGHT)
        bend = 0.0
        if where > IN_CAVITY and x <= last:
            bend = streamline_slope(shape, place, beside, z) * body.along / body.speed * step
        first = rates(body, air, growth)
        fluxes = advanced(fluxes, first, step)
        body = body_of(fluxes, air)
        z = max(body.z + lift + bend, LEAST_HEIGHT)
        where = zone(shape, place, beside, z)
        air = in_wake(surroundings(column, density, surface.base_height, z), shape, where, place, beside, z)
        fluxes = corrected(fluxes, first, rates(body, air, growth), step)
        body = body_of(fluxes, air)
        lift += bend
        z = max(body.z + lift, LEAST_HEIGHT)
        x = max(0.0, body.x)
        place = x - offset
        travelled += step
        where = zone(shape, place, beside, z)
        if body.x >= 0.0:
            inclination = math.atan(body.upward / body.along)
            if inclination <= BENT_OVER and where < OUTSIDE:
                if entry.happens == 0:
                    entry = wake_entry(around, stack, place, x, body.z)
                    rows, virtual_y, virtual_z = grown_by(shape, around, offset, entry, body.z, room)
                growth = turbulent_growth(room, rows, x)
            room.path_x[count], room.path_z[count] = x, z
            count += 1
            if x >= reach:
                break
        air = in_wake(surroundings(column, density, surface.base_height, z), shape, where, place, beside, z)
        if body.upward < 0.0:
            break
        step = min(LONGEST_STEP, 2.0 * step)
    if count == 0:
        room.path_x[0], room.path_z[0] = x, z
        count = 1
    grown = (rows, virtual_y, virtual_z)
    count, entry, grown = streamed(shape, surface, around, stack, room, count, step, lift, entry, grown)
    kept = min(count, TABLE_SIZE)
    for row in range(kept):
        index = table_index(row, count, TABLE_SIZE)
        room.tables[PLUME, row], room.tables[PLUME + 1, row] = room.path_x[index], room.path_z[index]
    return Path(kept, entry, grown[0], grown[1], grown[2])
