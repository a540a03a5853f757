"""Shape of the wake of a building: recirculation cavity, far wake, slope of streamlines, loss of wind.

Coordinates are those of the building: x [m] downwind from its upwind face, y [m] across the wind from the
centre of that face, z [m] above the ground.

References
----------
.. [1] Schulman, L. L., Strimaitis, D. G. and Scire, J. S. (2000). Development and evaluation of the PRIME
   plume rise and building downwash model. JAWMA 50, 378–390; doi:10.1080/10473289.2000.10464017.
.. [2] Wilson, D. J. (1979). Flow patterns over flat-roofed buildings and application to exhaust stack design.
   ASHRAE Transactions 85(2), 284–295.
.. [3] Fackrell, J. E. (1984). Parameters characterising dispersion in the near wake of buildings.
   J. Wind Eng. Ind. Aerodyn. 16, 97–118; doi:10.1016/0167-6105(84)90051-5.
.. [4] Weil, J. C. (1996). A new dispersion algorithm for stack sources in building wakes. 9th Joint Conf. on
   Applications of Air Pollution Meteorology, American Meteorological Society, 610–614.
.. [5] Hosker, R. P. (1984). Flow and diffusion near obstacles. Atmospheric Science and Power Production,
   DOE/TIC-27601, chapter 7.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sootprint.dispersion.kernels.compile import compiled

INSIDE_BUILDING, IN_CAVITY, IN_FAR_WAKE, OUTSIDE = 1, 2, 3, 4
"""Zones around a building."""

LARGEST_ASPECT = 8.0
"""Ratio of the longer to the shorter side of the face past which it acts as two-dimensional [2]."""

WAKE_GROWTH = 1.2
"""Coefficient of the height of the far wake [1]; [1] after [2] and [4]."""

SPEED_DEFICIT = 0.7
"""Relative loss of wind ΔU₀/U₀ at the lee face [1]; [1], [4]."""

LEAST_SPEED_RATIO = 0.01
"""Least ratio of the wind in the wake to that outside [1]."""

STREAMLINE_REACH = 15.0
"""Scale lengths behind the lee face over which streamlines are followed, and the longest wake [1]."""

INNER_SKIN = 0.99998
"""Share of a side of the building that counts as inside it [1]; receptors on its walls are outside."""


class WakeShape(NamedTuple):
    """Building as the wind meets it, and the lengths of its wake [m].

    Attributes
    ----------
    height, width, length : float
        Height of the building, its width across the wind and its length along the wind; height 0 is none.
    scale : float
        Scale length R of the wake.
    cavity_top : float
        Greatest height of the cavity above the ground, H + 0.22 R.
    cavity_length : float
        Length of the cavity behind the lee face.
    roof_cavity : float
        Length of the cavity over the roof; shorter than the building, the flow reattaches to the roof.
    """

    height: float
    width: float
    length: float
    scale: float
    cavity_top: float
    cavity_length: float
    roof_cavity: float


@compiled
def wake_shape(height: float, width: float, length: float) -> WakeShape:
    r"""Lengths of the wake of a building, all [m].

    .. math:: R = B_s^{2/3} B_l^{1/3}, \quad L_C = 0.9 R, \quad H_R = H + 0.22 R, \quad
       L_R = \frac{1.8\,W}{(L/H)^{n} (1 + 0.24\,W/H)}

    with :math:`B_s, B_l` the lesser and the greater of H and W, their ratio and the other way at most 8 [2]_;
    L/H within 0.3 to 3 and n = 0.3 [3]_, falling linearly to 0 from W/H = 1 to 0.33 [1]_. A cube
    of 10 m: R = 10 m, H_R = 12.2 m, L_R = 14.5 m.
    """
    if height <= 0.0 or width <= 0.0:
        return WakeShape(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    tall = min(height, LARGEST_ASPECT * width)
    wide = min(width, LARGEST_ASPECT * tall)
    scale = min(tall, wide) ** (2.0 / 3.0) * max(tall, wide) ** (1.0 / 3.0)
    along = min(max(length / height, 0.3), 3.0)
    across = width / height
    power = 0.3
    if across < 1.0:
        power = max(0.0, 0.3 * (across - 0.33) / 0.67)
    cavity = 1.8 * width / (along**power * (1.0 + 0.24 * across))
    return WakeShape(height, width, length, scale, height + 0.22 * scale, cavity, 0.9 * scale)


@compiled
def far_wake(shape: WakeShape, x: float) -> tuple[float, float]:
    r"""Height and half-width of the far wake [m] at x [m]; zero at and before the upwind face.

    .. math:: H_w = 1.2 R \left[\frac xR + \left(\frac{H}{1.2 R}\right)^3\right]^{1/3}, \qquad
       W_w = \frac W2 + \frac R3 \left(\frac xR\right)^{1/3}

    [1]_, [2]_, [4]_.
    """
    if x <= 0.0:
        return 0.0, 0.0
    reach = x / shape.scale
    start = shape.height / (WAKE_GROWTH * shape.scale)
    high = WAKE_GROWTH * shape.scale * (reach + start**3) ** (1.0 / 3.0)
    return high, 0.5 * shape.width + shape.scale / 3.0 * reach ** (1.0 / 3.0)


@compiled
def _ellipse(along: float, reach: float) -> float:
    """Height of an ellipse of unit half-height at a share of its half-length, zero past its end."""
    return math.sqrt(max(0.0, 1.0 - (along / reach) ** 2))


@compiled
def cavity(shape: WakeShape, x: float) -> tuple[float, float]:
    """Height and half-width of the cavity's envelope [m] at x [m]; zero before the building and past its end.

    Where the flow separates from the whole roof, a parabola from the upwind edge to H_R at R/2, and from
    there half an ellipse down to the end of the cavity; where it reattaches, the roof and half an ellipse
    behind the lee face. Across the wind, a parabola from W/2 to W/2 + R/3 at R and half an ellipse to the
    end. ([1]_, [2]_, [5]_).
    """
    end = shape.length + shape.cavity_length
    if x < 0.0 or x >= end:
        return 0.0, 0.0
    scale = shape.scale
    widest = 0.5 * shape.width + scale / 3.0
    wide = (
        widest - (x - scale) ** 2 / (3.0 * scale) if x <= scale else widest * _ellipse(x - scale, end - scale)
    )
    if shape.roof_cavity < shape.length:
        if x <= shape.length:
            return shape.height, wide
        return shape.height * _ellipse(x - shape.length, shape.cavity_length), wide
    crest = 0.5 * scale
    if x <= crest:
        drop = 4.0 * (shape.height - shape.cavity_top) * ((x - crest) / scale) ** 2
        return shape.cavity_top + drop, wide
    return shape.cavity_top * _ellipse(x - crest, end - crest), wide


@compiled
def zone(shape: WakeShape, x: float, y: float, z: float) -> int:
    """Zone of a place: inside the building 1, in its cavity 2, in its far wake 3, outside 4 ([1]_)."""
    if shape.height <= 0.0 or x <= 0.0:
        return OUTSIDE
    aside = abs(y)
    within_length = x < INNER_SKIN * shape.length
    if within_length and z < INNER_SKIN * shape.height and aside < INNER_SKIN * 0.5 * shape.width:
        return INSIDE_BUILDING
    if x < shape.length + shape.cavity_length:
        top, wide = cavity(shape, x)
        if z <= top and aside <= wide:
            return IN_CAVITY
    top, wide = far_wake(shape, x)
    return IN_FAR_WAKE if z <= top and aside <= wide else OUTSIDE


@compiled
def speed_ratio(shape: WakeShape, x: float, y: float, z: float) -> tuple[float, float]:
    r"""Wind in the wake over that outside [1], and the gradient of that ratio with height [m⁻¹].

    .. math:: \frac{\Delta U}{U} = 0.7 \left(\frac{x - L + R}{R}\right)^{-2/3}

    is the mean loss over the height of the wake ([1]_, [4]_): constant up to the top of the cavity and
    linear from there to nothing at the top of the wake. It falls linearly to 0 over the outer R/3 of the
    wake's half-width, and over the roof from the lee to the upwind face.
    """
    top, wide = far_wake(shape, x)
    aside = abs(y)
    if z >= top or aside >= wide:
        return 1.0, 0.0
    inner = max(0.5 * shape.width, wide - shape.scale / 3.0)
    loss = SPEED_DEFICIT
    if aside > inner:
        loss *= 1.0 - (aside - inner) / (wide - inner)
    behind = max(0.0, x - shape.length)
    loss *= ((behind + shape.scale) / shape.scale) ** (-2.0 / 3.0)
    if x < shape.length:
        loss *= x / shape.length
    hollow, _ = cavity(shape, x)
    base = max(0.0, 1.0 - 2.0 * top * loss / (top + hollow))
    gradient = (1.0 - base) / (top - hollow) if z > hollow else 0.0
    return max(LEAST_SPEED_RATIO, base + gradient * (z - hollow)), gradient


@compiled
def _rise_of_streamline(shape: WakeShape, x: float, z: float) -> float:
    """Slope upwind of the building and over its front, up to R/2 [1]."""
    scale, lift = shape.scale, shape.cavity_top - shape.height
    decay = 1.0
    if z > shape.height:
        decay = ((z - shape.height + scale) / scale) ** -3
    if x < 0.0:
        still = 0.67 * (shape.height if scale <= shape.height else 2.0 * shape.height - scale)
        if z <= shape.height and z <= still:
            return 0.0
        return decay * 2.0 * lift * (x + scale) / scale**2
    return decay * 4.0 * lift / scale * (1.0 - 2.0 * x / scale)


@compiled
def streamline_slope(shape: WakeShape, x: float, y: float, z: float) -> float:
    r"""Slope dz/dx of the mean streamline at a place [1]: up before and over the building, down behind it.

    At roof height the streamline rises as a parabola from a distance R before the building by H_R - H, again
    over the front R/2 of the roof, and descends from there to the end of the cavity; behind, the slope
    decays as 1/x. Above the roof it decays with :math:`(z - H + R)/R`, cubed where it rises; below, in the
    wake, with :math:`(z/H)^{0.3}`, the power times (H/2W)² for towers of H ≥ 2 W. It falls linearly to 0
    over R/3 beside the building [1]_.
    """
    scale, height = shape.scale, shape.height
    if height <= 0.0 or x < -scale:
        return 0.0
    beside = abs(y) - 0.5 * shape.width
    if beside > scale / 3.0:
        return 0.0
    spread = 1.0 if beside <= 0.0 else 1.0 - 3.0 * beside / scale
    if x <= 0.5 * scale:
        return spread * _rise_of_streamline(shape, x, z)
    end = shape.length + shape.cavity_length
    fall = end - 0.5 * scale
    lift = shape.cavity_top - height
    slope = lift * (scale - 2.0 * x) / fall**2 if x <= end else -2.0 * lift / fall * scale / (x - end + scale)
    if z > height:
        return spread * slope * scale / (z - height + scale)
    if z <= 0.0:
        return 0.0
    power = 0.3
    if height >= 2.0 * shape.width:
        power *= (0.5 * height / shape.width) ** 2
    return spread * slope * (z / height) ** power
