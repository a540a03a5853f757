"""Growth of a plume in the wake of a building, and the ambient growth before and behind it.

References
----------
.. [1] Schulman, L. L., Strimaitis, D. G. and Scire, J. S. (2000). Development and evaluation of the PRIME
   plume rise and building downwash model. JAWMA 50, 378–390; doi:10.1080/10473289.2000.10464017.
.. [2] Weil, J. C. (1996). A new dispersion algorithm for stack sources in building wakes. 9th Joint Conf. on
   Applications of Air Pollution Meteorology, American Meteorological Society, 610–614.
.. [3] Cimorelli, A. J. et al. (2005). AERMOD: a dispersion model for industrial source applications. Part I.
   J. Appl. Meteor. 44, 682–693; doi:10.1175/JAM2227.1.
.. [4] US EPA (2024). AERMOD model formulation and evaluation. EPA-454/B-24-010.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.downwash_wake import (
    SPEED_DEFICIT,
    STREAMLINE_REACH,
    WAKE_GROWTH,
    WakeShape,
)
from sootprint.dispersion.kernels.levels import (
    GRADIENT,
    LOWEST_AVERAGE,
    POTENTIAL,
    SIGMA_V,
    SIGMA_W,
    WIND,
    at,
    integral_to,
    level_below,
)
from sootprint.dispersion.kernels.similarity import GRAVITY

LEAST_SIGMA_W = 0.02
"""Least σw [m s⁻¹] [4]."""
LEAST_SIGMA_V = 0.2
"""Least σv [m s⁻¹] [4]."""
LEAST_RATIO = 0.05
"""Least σv over the wind speed [1] [4]."""
LEAST_WIND = 0.2828
"""Least wind speed [m s⁻¹], √2 times the least σv [4]."""

FAR_INTENSITY = (0.06, 0.08)
"""Turbulence intensity i_z0, i_y0 far behind, of neutral air over the country [1]; [1]."""

WAKE_EXCESS = 1.7
"""Ratio of the turbulence at the lee face to that far behind [1]; [1], [2]."""

NEARLY_AMBIENT = 1.3
"""Ratio to the far intensity at which the wake's growth gives way to the ambient one [1]."""

TABLE_SIZE = 50
"""Places of a table of PRIME: denser near the source."""

ROOT_HALF_PI = math.sqrt(0.5 * math.pi)
"""Radius of a uniform plume over its σ [1], √(π/2)."""


Tables = NDArray[np.float64]
"""Rows of tables of one plume, shape (row, place)."""


class Ambient(NamedTuple):
    """Air around the wake: means from the ground to the wake's top at 15 R, and scales of the hour.

    Attributes
    ----------
    stable, urban : int
        1 where the hour is stable, and where a city's night boundary layer holds it; else 0.
    wind_speed, sigma_v, sigma_w : float
        Effective wind, σv and σw [m s⁻¹].
    gradient : float
        Effective gradient of potential temperature [K m⁻¹].
    friction_velocity, obukhov_length, mixing_height, mechanical_height : float
        u* [m s⁻¹], L, z_i and mechanical mixing height [m].
    column : array, shape (level, 9)
        Profiles of the hour, as in `sootprint.dispersion.kernels.levels`.
    """

    stable: int
    urban: int
    wind_speed: float
    sigma_v: float
    sigma_w: float
    gradient: float
    friction_velocity: float
    obukhov_length: float
    mixing_height: float
    mechanical_height: float
    column: Floats


@compiled
def layer_mean(column: Floats, quantity: int, top: float) -> float:
    """Mean of a quantity of a profile array from 0.5 m to ``top`` [m], linear between levels."""
    top = max(top, LOWEST_AVERAGE + 0.01)
    low = integral_to(column, quantity, level_below(LOWEST_AVERAGE), LOWEST_AVERAGE)
    return (integral_to(column, quantity, level_below(top), top) - low) / (top - LOWEST_AVERAGE)


@compiled
def ambient(shape: WakeShape, column: Floats, air: Air, urban: int) -> Ambient:
    """Effective parameters of the hour for one building ([4]_, section on building downwash).

    The layer reaches from the ground to the top of the wake at 15 R, in an unstable hour to z_i at most.
    """
    start = shape.height / (WAKE_GROWTH * shape.scale)
    top = WAKE_GROWTH * shape.scale * (STREAMLINE_REACH + start**3) ** (1.0 / 3.0)
    if air.stable == 0:
        top = min(top, air.mixing_height)
    wind = layer_mean(column, WIND, top)
    lateral = layer_mean(column, SIGMA_V, top)
    vertical = layer_mean(column, SIGMA_W, top)
    return Ambient(
        air.stable,
        urban,
        max(wind, LEAST_WIND),
        max(lateral, LEAST_SIGMA_V, LEAST_RATIO * wind),
        max(vertical, LEAST_SIGMA_W),
        layer_mean(column, GRADIENT, top),
        air.friction_velocity,
        air.obukhov_length,
        air.mixing_height,
        air.mechanical_height,
        column,
    )


@compiled
def ambient_sigma_y(around: Ambient, distance: float, height: float) -> float:
    r"""Ambient lateral width [m] at a distance [m] > 0 of a plume at a height [m].

    .. math:: \sigma_y = \frac{(\sigma_v/u)\,x}{(1 + \alpha X)^{0.3}}, \quad
       \alpha = \max\left(78\,\frac{0.46}{z}, 0.7\right), \quad X = \frac{\sigma_v x}{u z_i}

    and, stable, :math:`(1 + x / (2 u T))^{0.3}` with :math:`T = (z_{im} / 156 \sigma_v) (z/0.46)`; z at
    least 0.46 m ([3]_, [4]_).
    """
    ratio = max(LEAST_RATIO, around.sigma_v / around.wind_speed)
    lifted = max(height, 0.46) / 0.46
    if around.stable == 1:
        time = around.mechanical_height / (156.0 * around.sigma_v) * lifted
        return ratio * distance / (1.0 + distance / (2.0 * around.wind_speed * time)) ** 0.3
    slowing = max(78.0 / lifted, 0.7)
    return ratio * distance / (1.0 + slowing * ratio * distance / around.mixing_height) ** 0.3


@compiled
def ambient_sigma_z(around: Ambient, distance: float, height: float) -> float:
    r"""Ambient vertical width [m] at a distance [m] > 0 of a plume at a height [m].

    Unstable, the root of the squares of :math:`\alpha_b \sigma_w x/u` and, below 0.1 z_i, of
    :math:`0.5 (1 - 10 z/z_i) (u_*/u)^2 x^2/|L|`. Stable, between the surface's
    :math:`\sqrt{2/\pi}\,u_* (x/u) (1 + 0.7 x/L)^{-1/3}` and the elevated

    .. math:: \sigma_w t
       \left[1 + \sigma_w t\left(\frac1{0.72 z} + \frac{N}{0.54 \sigma_w}\right)\right]^{-1/2}

    by z/z_i; a city's night has N = 0 ([3]_, [4]_).
    """
    time = distance / around.wind_speed
    share = height / around.mixing_height
    if around.stable == 0:
        low = share < 0.1
        damping = 0.6 + 4.0 * share if low else 1.0
        free = damping * around.sigma_w * time
        if not low:
            return free
        near = (
            0.5 * (1.0 - 10.0 * share) * (around.friction_velocity * time) ** 2 / abs(around.obukhov_length)
        )
        return math.sqrt(free * free + near * near)
    travelled = around.sigma_w * time
    brake = 1.0 / (0.72 * max(height, 1e-4))
    if around.urban == 0:
        potential = at(around.column, POTENTIAL, height)
        frequency = max(math.sqrt(GRAVITY * around.gradient / potential), 1e-10)
        brake += frequency / (0.54 * around.sigma_w)
    free = travelled / math.sqrt(1.0 + travelled * brake)
    if share >= 1.0:
        return free
    surface = math.sqrt(2.0 / math.pi) * around.friction_velocity * time
    surface /= (1.0 + 0.7 * distance / around.obukhov_length) ** (1.0 / 3.0)
    return (1.0 - share) * surface + share * free


@compiled
def ambient_sigma(around: Ambient, lateral: int, distance: float, height: float) -> float:
    """Ambient width [m], across the wind where ``lateral`` is 1, else vertical."""
    if lateral == 1:
        return ambient_sigma_y(around, distance, height)
    return ambient_sigma_z(around, distance, height)


@compiled
def _intensities(around: Ambient, lateral: int) -> tuple[float, float, float]:
    """Turbulence intensity of the air, far behind in the wake, and the constant i₀ [1]."""
    sigma = around.sigma_v if lateral == 1 else around.sigma_w
    constant = FAR_INTENSITY[1] if lateral == 1 else FAR_INTENSITY[0]
    own = sigma / around.wind_speed
    return own, min(constant, own), constant


@compiled
def wake_intensity(shape: WakeShape, around: Ambient, lateral: int, x: float) -> float:
    r"""Turbulence intensity σw/u or σv/u in the wake [1] at x [m] from the upwind face.

    .. math:: i = i_\infty \left[1 +
       \frac{1.7\,i_0/i_\infty - 1 + \Delta U_0/U_0}{((\xi + R)/R)^{2/3} - \Delta U_0/U_0}\right],
       \quad i_\infty = \min(i_0, i_a)

    with ξ the distance behind the lee face ([1]_, [2]_); over the roof, linear from the air's.
    """
    own, far, constant = _intensities(around, lateral)
    behind = max(0.0, x - shape.length)
    decay = ((behind + shape.scale) / shape.scale) ** (2.0 / 3.0) - SPEED_DEFICIT
    made = far * (1.0 + (WAKE_EXCESS * constant / far - 1.0 + SPEED_DEFICIT) / decay)
    if x < shape.length:
        return own + x / shape.length * (made - own)
    return made


@compiled
def wake_end(shape: WakeShape, around: Ambient, lateral: int) -> float:
    """Distance from the upwind face [m] where the wake's turbulence meets the greater of i_a and 1.3 i∞."""
    own, far, constant = _intensities(around, lateral)
    last = max(own, NEARLY_AMBIENT * far)
    stretch = SPEED_DEFICIT + (WAKE_EXCESS * constant - far * (1.0 - SPEED_DEFICIT)) / (last - far)
    return shape.length + shape.scale * (stretch**1.5 - 1.0)


@compiled
def capped_wake_end(shape: WakeShape, around: Ambient, lateral: int) -> float:
    """As `wake_end` [m], but 15 R behind the lee face at most."""
    return min(wake_end(shape, around, lateral), shape.length + STREAMLINE_REACH * shape.scale)


@compiled
def grown(
    intensity: float, breadth: float, begin: float, end: float, change: float, sigma: float, ratio: float
) -> tuple[float, float, float]:
    r"""Width [m] after a step in the wake, the diffusivity's ratio, and the mean slope dσ/dx [1].

    Up to ``change`` [m] the width grows as :math:`d\sigma/dx = i`, and beyond with the wake's diffusivity,
    :math:`d\sigma^2/dx = k\,i\,b`, b the height or the full width of the wake [m] and
    :math:`k = 2\sigma/b` where one gives way to the other: the slope does not jump ([1]_, [2]_).
    """
    if end < change:
        return sigma + (end - begin) * intensity, ratio, intensity
    made = sigma
    if begin <= change:
        made += (change - begin) * intensity
        ratio = 2.0 * made / breadth
    made = math.sqrt(made * made + (end - max(begin, change)) * ratio * intensity * breadth)
    return made, ratio, (made - sigma) / (end - begin)


@compiled
def table_index(place: int, count: int, size: int) -> int:
    """Index of the ``place``-th of ``size`` kept out of ``count`` places, the last always kept; all from 0.

    The step grows linearly so that the near field keeps its detail; up to twice the size it is even ([1]_).
    """
    if count <= size:
        return place
    if place == size - 1:
        return count - 1
    order = place + 1
    if count <= 2 * size:
        return order * count // size - 1
    return order + (count - size) * order * (order - 1) // (size * (size - 1)) - 1


@compiled
def row_below(tables: Tables, key: int, count: int, place: float) -> int:
    """Last of ``count`` places of the row ``key`` at or before a place between the first and last."""
    low, high = 0, count - 1
    while high - low > 1:
        middle = (low + high) // 2
        if tables[key, middle] > place:
            high = middle
        else:
            low = middle
    return low


@compiled
def between(tables: Tables, key: int, value: int, count: int, place: float) -> float:
    """Value of a row at a place of the row ``key``: linear, constant before the first and past the last."""
    if place <= tables[key, 0]:
        return tables[value, 0]
    if place >= tables[key, count - 1]:
        return tables[value, count - 1]
    low = row_below(tables, key, count, place)
    share = (place - tables[key, low]) / (tables[key, low + 1] - tables[key, low])
    return tables[value, low] + share * (tables[value, low + 1] - tables[value, low])


@compiled
def widths_between(tables: Tables, key: int, count: int, place: float) -> tuple[float, float]:
    """Both widths [m] that follow the row ``key``, at a place within its first and last of ``count``."""
    if count == 1:
        return tables[key + 1, 0], tables[key + 2, 0]
    low = row_below(tables, key, count, place)
    share = (place - tables[key, low]) / (tables[key, low + 1] - tables[key, low])
    lateral = tables[key + 1, low] + share * (tables[key + 1, low + 1] - tables[key + 1, low])
    vertical = tables[key + 2, low] + share * (tables[key + 2, low + 1] - tables[key + 2, low])
    return lateral, vertical
