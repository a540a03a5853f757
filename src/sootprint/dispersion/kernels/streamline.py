"""Flow around and over a hill: the dividing streamline and the share of the plume below it.

References
----------
.. [1] Snyder, W. H. et al. (1985). The structure of strongly stratified flow over hills: dividing-streamline
       concept. J. Fluid Mech. 152, 249–288.
.. [2] Cimorelli, A. J. et al. (2004). AERMOD: description of model formulation. EPA-454/R-03-004, §5.1.
"""

from __future__ import annotations

import math

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.levels import GRADIENT, HEIGHTS, POTENTIAL, WIND, at, level_below
from sootprint.dispersion.kernels.similarity import GRAVITY

ROOT_TWO = math.sqrt(2.0)


@compiled
def dividing_height(hill: float, column: Floats) -> float:
    r"""Height H_c of the dividing streamline [m]; below it the air goes around the hill.

    .. math:: \tfrac12 u^2(H_c) = \int_{H_c}^{h_c} N^2 (h_c - z)\,dz

    ``hill`` is the hill height scale h_c [m]; 0 where it is not above the ground.
    """
    if hill <= 0.0:
        return 0.0
    upper_height = hill
    upper_speed = at(column, WIND, hill)
    upper_theta = at(column, POTENTIAL, hill)
    upper_gradient = at(column, GRADIENT, hill)
    work = 0.0
    found_level, found_work = -1, 0.0
    found_top, found_speed, found_square = 0.0, 0.0, 0.0
    for level in range(level_below(hill), -1, -1):
        if HEIGHTS[level] >= upper_height:
            continue
        middle = 0.5 * (upper_height + HEIGHTS[level])
        theta = 0.5 * (upper_theta + column[level, POTENTIAL])
        square = GRAVITY / theta * 0.5 * (upper_gradient + column[level, GRADIENT])
        below = work + square * (hill - middle) * (upper_height - HEIGHTS[level])
        # Of several layers in which the balance changes, the lowest counts: a level from which the air
        # reaches the top starts the search anew.
        if 0.5 * column[level, WIND] * column[level, WIND] >= below:
            found_level = -1
        elif found_level < 0:
            found_level, found_work = level, work
            found_top, found_speed, found_square = upper_height, upper_speed, square
        work = below
        upper_height, upper_speed = HEIGHTS[level], column[level, WIND]
        upper_theta, upper_gradient = column[level, POTENTIAL], column[level, GRADIENT]
    if found_level < 0:
        return 0.0
    return _crossing(
        hill,
        HEIGHTS[found_level],
        column[found_level, WIND],
        found_top,
        found_speed,
        found_square,
        found_work,
    )


@compiled
def _crossing(
    hill: float, bottom: float, slow: float, top: float, fast: float, square: float, work: float
) -> float:
    """Height at which the balance holds in a layer of linear wind and constant N² [m]."""
    shear = (fast - slow) / (top - bottom)
    second = 0.5 * (square - shear * shear)
    first = top * shear * shear - fast * shear - square * hill
    rest = (
        square * hill * top
        - 0.5 * square * top * top
        - 0.5 * shear * shear * top * top
        + fast * shear * top
        - (0.5 * fast * fast - work)
    )
    inside = first * first - 4.0 * second * rest
    if inside < 0.0 and inside > -0.001 * first * first:
        inside = 0.0
    return (-first - math.sqrt(inside)) / (2.0 * second)


@compiled
def share_below(dividing: float, middle: float, sigma: float, lid: float) -> float:
    """Share φ_p of the plume below the dividing streamline [1], with its images; ref. 2, eq. 44."""
    if dividing <= 0.0:
        return 0.0
    top = min(lid, dividing)
    scale = 1.0 / (ROOT_TWO * sigma)
    total = math.erf((top - middle) * scale) + math.erf((top + middle) * scale)
    for order in range(1, 100):
        shift = 2.0 * order * lid
        if (shift - top - middle) * scale > 4.0:
            break
        total += (
            math.erf((top - middle + shift) * scale)
            + math.erf((top + middle + shift) * scale)
            + math.erf((top - middle - shift) * scale)
            + math.erf((top + middle - shift) * scale)
        )
    return min(0.5 * total, 1.0)
