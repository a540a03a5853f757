"""What the cavity behind a building catches of a plume, and the widths with which it gives it off.

References
----------
.. [1] Schulman, L. L., Strimaitis, D. G. and Scire, J. S. (2000). Development and evaluation of the PRIME
   plume rise and building downwash model. JAWMA 50, 378–390; doi:10.1080/10473289.2000.10464017.
.. [2] Wilson, D. J. and Britter, R. E. (1982). Estimates of building surface concentrations from nearby point
   sources. Atmospheric Environment 16, 2631–2646; doi:10.1016/0004-6981(82)90346-8.
"""

from __future__ import annotations

import math

from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.downwash_path import Path
from sootprint.dispersion.kernels.downwash_spread import (
    Ambient,
    Tables,
    ambient_sigma_y,
    ambient_sigma_z,
    between,
    widths_between,
)
from sootprint.dispersion.kernels.downwash_tables import CAVITY, PLUME, WAKE
from sootprint.dispersion.kernels.downwash_wake import WakeShape, cavity

ROOT_TWO_PI = math.sqrt(2.0 * math.pi)
"""Breadth of a uniform plume over the σ of a Gaussian one of the same axis [1]."""

FLUCTUATION = 0.85
"""Share of the cavity's length past which it catches less of a low plume, as its end moves to and fro [1]."""

LAST_PLACE = 0.99
"""Share of the way to the cavity's end up to which the catch is sought: its section vanishes there [1]."""

LONGEST_SEARCH_STEP = 10.0
"""Step of that search [m] [1]; five at least."""


@compiled
def cavity_sigma_y(shape: WakeShape, captured_sigma_y: float) -> float:
    r"""Lateral width [m] of what the cavity holds, :math:`W_c/\sqrt{2\pi}`.

    W_c is the width of the building, at most 3 H, at least H/3, and at least the breadth
    :math:`\sqrt{2\pi}\,\sigma_y` of the plume as it is caught, itself at most the building's [1]_.
    """
    caught = min(ROOT_TWO_PI * captured_sigma_y, shape.width)
    breadth = max(min(shape.width, 3.0 * shape.height), shape.height / 3.0, caught)
    return breadth / ROOT_TWO_PI


@compiled
def cavity_sigma_z(shape: WakeShape, roof_wind: float, stack_wind: float) -> float:
    r"""Vertical width [m] with which the cavity's concentration is met by a Gaussian plume at the ground.

    .. math:: \sigma_z = \sqrt{\frac2\pi}\,\frac{u_H}{u_s}\,\frac{H_c}{3}

    so that :math:`C = q / (\pi u_s \sigma_y \sigma_z) = 3 q / (u_H H_c W_c)` [2]_, H_c the greatest height
    of the cavity behind the lee face.
    """
    top = shape.height if shape.roof_cavity < shape.length else shape.cavity_top
    return math.sqrt(2.0 / math.pi) * roof_wind / stack_wind * top / 3.0


@compiled
def gaussian_share(centre: float, sigma: float, half: float) -> float:
    """Share [1] of a Gaussian distribution that lies within ``half`` [m] of zero."""
    spread = math.sqrt(2.0) * max(sigma, 1e-5)
    return 0.5 * abs(math.erf((half - centre) / spread) + math.erf((half + centre) / spread))


@compiled
def primary_widths(
    path: Path, around: Ambient, tables: Tables, x: float, z: float, buoyant: float
) -> tuple[float, float]:
    """Widths of the primary plume [m], across and vertical, x > 0 [m] from the stack, its axis at z [m].

    In the wake from its table; behind it the ambient width and the virtual one; before it the ambient width
    and that by buoyancy, ``buoyant`` [m].
    """
    rows = path.wake_rows
    if rows > 1 and tables[WAKE, 0] <= x <= tables[WAKE, rows - 1]:
        return widths_between(tables, WAKE, rows, x)
    lateral, vertical = ambient_sigma_y(around, x, z), ambient_sigma_z(around, x, z)
    add_y, add_z = buoyant, buoyant
    if rows > 1 and x > tables[WAKE, rows - 1]:
        add_y, add_z = path.virtual_y, path.virtual_z
    return math.sqrt(lateral * lateral + add_y * add_y), math.sqrt(vertical * vertical + add_z * add_z)


@compiled
def plume_height(tables: Tables, rows: int, x: float) -> float:
    """Height of the axis [m] x [m] from the stack."""
    return between(tables, PLUME, PLUME + 1, rows, x)


@compiled
def captured_share(
    shape: WakeShape, offset: tuple[float, float], path: Path, around: Ambient, tables: Tables
) -> float:
    """Share of the plume [1] that the cavity catches, the greatest on the plume's way through it.

    At a place it is the part of the Gaussian section inside the cavity's, vertically at most the part below
    the roof at the cavity's end: a buoyant plume that goes on rising escapes. It falls linearly to 0 for
    plumes that meet the wake in the last 15 % of the cavity [1]_.
    """
    end = shape.length + shape.cavity_length
    if path.entry.happens == 0 or path.entry.place >= end:
        return 0.0
    start = max(path.entry.place, shape.length)
    reach = LAST_PLACE * (end - start)
    steps = max(5, int(1.0 + reach / LONGEST_SEARCH_STEP))
    x = end + offset[0]
    z = plume_height(tables, path.rows, x)
    _, vertical = primary_widths(path, around, tables, x, shape.height, 0.0)
    most = gaussian_share(z, vertical, shape.height)
    best = 0.0
    for step in range(steps + 1):
        place = start + step * reach / steps
        x = place + offset[0]
        z = plume_height(tables, path.rows, x)
        top, wide = cavity(shape, place)
        lateral, vertical = primary_widths(path, around, tables, x, z, 0.0)
        share = min(gaussian_share(z, vertical, top), most) * gaussian_share(abs(offset[1]), lateral, wide)
        best = max(best, share)
    loose = shape.length + FLUCTUATION * shape.cavity_length
    if start > loose:
        best = min(best, max(0.0, 1.0 - (start - loose) / (end - loose)))
    return best


@compiled
def cavity_widths(
    tables: Tables, rows: int, virtual: tuple[float, float], around: Ambient, x: float
) -> tuple[float, float]:
    """Widths [m] of what the cavity gives off, across and vertical, x [m] from the stack."""
    if rows <= 1 or x < tables[CAVITY, 0]:
        return tables[CAVITY + 1, 0], tables[CAVITY + 2, 0]
    if x <= tables[CAVITY, rows - 1]:
        return widths_between(tables, CAVITY, rows, x)
    lateral, vertical = ambient_sigma_y(around, x, 0.0), ambient_sigma_z(around, x, 0.0)
    return math.hypot(lateral, virtual[0]), math.hypot(vertical, virtual[1])
