"""Concentration of one buoyant line at one receptor: the sum of plumes from points along the line.

References
----------
.. [1] Schulman, L. L. & Scire, J. S. (1980). Buoyant Line and Point Source (BLP) dispersion model user's
       guide. ERT P-7304B, Environmental Research & Technology, section 2.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sootprint.dispersion.kernels.buoyant_line import LineRise, rise_of_part
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.gaussian import lateral_term, vertical_term
from sootprint.dispersion.kernels.pasquill_gifford import (
    lateral_width,
    vertical_width,
    virtual_lateral_distance,
    virtual_vertical_distance,
)

TERRAIN_PATH = (0.5, 0.5, 0.5, 0.5, 0.3, 0.3)
"""Share of the plume's height that it keeps over rising ground, classes A to F; ref. 1."""
REACH = 4.0
"""Widths σy from the axis past which a part of the line gives nothing; ref. 1."""
TOLERANCE = 0.02
"""Change of the sum, relative, below which it is not refined further; ref. 1."""
PARTS = 128
"""Parts of a line up to which all of it is refined; beyond, only what contributes is."""
HALVINGS = 13
"""Most halvings of the parts."""


class LineHour(NamedTuple):
    """Line in an hour, in the frame whose x is downwind and whose origin is the group's upwind corner.

    Attributes
    ----------
    first_x, first_y, last_x, last_y : float
        Ends [m].
    height : float
        Of release [m].
    wind : float
        At the height of release [m s⁻¹].
    decay : float
        Rate of decay on the way [s⁻¹].
    stability : int
        Pasquill class, 0 (A) to 5 (F).
    lid : float
        Mixing height [m]; infinite in classes E and F.
    virtual_y, virtual_z : float
        Virtual distances of the widths that the wake of the building gives [m].
    rise : LineRise
        Of the group.
    """

    first_x: float
    first_y: float
    last_x: float
    last_y: float
    height: float
    wind: float
    decay: float
    stability: int
    lid: float
    virtual_y: float
    virtual_z: float
    rise: LineRise


@compiled
def wake_distances(edge_radius: float, stability: int) -> tuple[float, float]:
    """Virtual distances along y and z [m] of a plume as wide as the wake left it.

    σz = √(2/π) R₀ and σy half of it; ref. 1.
    """
    width = math.sqrt(2.0 / math.pi) * edge_radius
    return virtual_lateral_distance(0.5 * width, stability), virtual_vertical_distance(width, stability)


@compiled
def height_over_ground(height: float, step: float, stability: int) -> float:
    """Height of a plume [m] over ground that lies a step [m] above the line's; ref. 1.

    The plume keeps a share of its height, or of the step where that is less.
    """
    return height - (1.0 - TERRAIN_PATH[stability]) * min(height, step)


@compiled
def part_density(
    receptor_x: float, receptor_y: float, step: float, share: float, line: LineHour
) -> tuple[float, int]:
    """Plume of a point on the line: its density [m⁻²] at a receptor, and whether the receptor is within σy.

    ``share`` 0 to 1 is the place along the line, ``step`` [m] the height of the receptor above the line's
    ground. What is left after a travel time t is 1 - k t, nothing from t = 1 / k on: the first-order form
    of ref. 1.
    """
    origin = line.first_x + share * (line.last_x - line.first_x)
    downwind = receptor_x - origin
    if downwind <= 0.0:
        return 0.0, 0
    crosswind = receptor_y - line.first_y - share * (line.last_y - line.first_y)
    sigma_y = lateral_width(downwind + line.virtual_y, line.stability)
    if abs(crosswind) > REACH * sigma_y:
        return 0.0, 0
    inside = 1 if abs(crosswind) < sigma_y else 0
    left = 1.0 - line.decay * downwind / line.wind
    if left <= 0.0:
        return 0.0, inside
    sigma_z = vertical_width(downwind + line.virtual_z, line.stability)
    plume = line.height + rise_of_part(origin, receptor_x, line.rise)
    height = height_over_ground(plume, step, line.stability)
    density = lateral_term(crosswind, sigma_y) * vertical_term(0.0, height, sigma_z, line.lid)
    return left * density, inside


@compiled
def line_density(
    receptor_x: float, receptor_y: float, step: float, line: LineHour, tolerance: float
) -> float:
    """Mean density of the plumes along a line at a receptor [m⁻²]; divided by the wind it is C / Q.

    Trapezoidal sums over points of the line, whose number doubles until the sum changes by less than the
    relative ``tolerance``; a receptor straight downwind of the line is also to have a point within σy. From
    128 parts on only the stretch that contributes is divided further; ref. 1.
    """
    nearest = min(line.first_x, line.last_x)
    if receptor_x <= nearest:
        return 0.0
    low, high = min(line.first_y, line.last_y), max(line.first_y, line.last_y)
    reach = REACH * lateral_width(receptor_x - nearest, line.stability)
    reach -= math.hypot(line.last_x - line.first_x, line.last_y - line.first_y) / PARTS
    if receptor_y < low - reach or receptor_y > high + reach:
        return 0.0
    downwind = low <= receptor_y <= high
    begin, b = part_density(receptor_x, receptor_y, step, 0.0, line)
    end, e = part_density(receptor_x, receptor_y, step, 1.0, line)
    middle, m = part_density(receptor_x, receptor_y, step, 0.5, line)
    near = b + e + m > 0
    total = 0.5 * (0.5 * (begin + end) + middle)
    if total == 0.0 and not downwind:
        return 0.0
    start, stop = (0.0 if begin > 0.0 else 1.0), (1.0 if end > 0.0 else 0.0)
    if middle > 0.0:
        start, stop = min(start, 0.5), max(stop, 0.5)
    parts = 2
    for _ in range(HALVINGS):
        first, last = 0, parts
        if parts >= PARTS:
            if stop < start:
                return 0.0
            first = max(0, int(start * parts + 0.5) - 1)
            last = min(parts, int(stop * parts + 0.5) + 1)
        added = 0.0
        for part in range(first, last):
            share = (part + 0.5) / parts
            density, inside = part_density(receptor_x, receptor_y, step, share, line)
            near = near or inside == 1
            added += density
            if density > 0.0:
                start, stop = min(start, share), max(stop, share)
        finer = 0.5 * (total + added / parts)
        change = abs(finer - total)
        total = finer
        parts *= 2
        if (near or not downwind or parts > PARTS) and total > 0.0 and change < tolerance * total:
            break
    return total
