"""Plume rise of Briggs: buoyancy and momentum, gradual and final, with stack-tip downwash.

References
----------
.. [1] Briggs, G. A. (1969). Plume rise. USAEC Critical Review Series, TID-25075; doi:10.2172/4743102.
.. [2] Briggs, G. A. (1971). Some recent analyses of plume rise observation. Proc. 2nd Int. Clean Air
   Congress, Academic Press, 1029–1032.
.. [3] Briggs, G. A. (1975). Plume rise predictions. Lectures on Air Pollution and Environmental Impact
   Analyses, American Meteorological Society, 59–111.
.. [4] US EPA (1995). ISC3 user's guide, volume II, EPA-454/B-95-003b, section 1.1.4.
"""

from __future__ import annotations

import math

from sootprint.core.constants import GRAVITY
from sootprint.dispersion.kernels.compile import compiled

GRADIENT_E = 0.020
"""Default potential temperature gradient of class E [K m⁻¹]; [4], section 1.1.4.4."""

GRADIENT_F = 0.035
"""Default potential temperature gradient of class F [K m⁻¹]; [4], section 1.1.4.4."""

ENTRAINMENT_WIDTH = 3.5
"""Rise over width of buoyancy-induced spread [1]; Pasquill 1976 as [4], section 1.1.5.3."""


@compiled
def buoyancy_flux(
    exit_velocity: float, diameter: float, exit_temperature: float, air_temperature: float
) -> float:
    r"""Buoyancy flux [m⁴ s⁻³], :math:`F_b = g v d^2 (T_s - T_a) / (4 T_s)`, 0 for cooler gas ([4]_ 1-8)."""
    excess = exit_temperature - air_temperature
    if excess <= 0.0:
        return 0.0
    return GRAVITY * exit_velocity * diameter**2 * excess / (4.0 * exit_temperature)


@compiled
def momentum_flux(
    exit_velocity: float, diameter: float, exit_temperature: float, air_temperature: float
) -> float:
    r"""Momentum flux [m⁴ s⁻²], :math:`F_m = v^2 d^2 T_a / (4 T_s)` ([4]_ eq. 1-9)."""
    return exit_velocity**2 * diameter**2 * air_temperature / (4.0 * exit_temperature)


@compiled
def downwash_height(height: float, diameter: float, exit_velocity: float, wind: float) -> float:
    r"""Release height [m] after stack-tip downwash, never below the ground.

    .. math:: h' = h + 2 d (v / u - 1.5), \quad v < 1.5 u

    Briggs (1974), as [4]_ eq. 1-7.
    """
    if exit_velocity >= 1.5 * wind:
        return height
    return max(0.0, height + 2.0 * diameter * (exit_velocity / wind - 1.5))


@compiled
def stability_parameter(stability: int, air_temperature: float) -> float:
    r"""Stability [s⁻²], :math:`s = g (\partial\theta/\partial z) / T_a`; zero for classes A to D (0 to 3)."""
    if stability == 4:
        return GRAVITY * GRADIENT_E / air_temperature
    if stability == 5:
        return GRAVITY * GRADIENT_F / air_temperature
    return 0.0


@compiled
def is_buoyant(
    exit_velocity: float, diameter: float, exit_temperature: float, air_temperature: float, stable: float
) -> bool:
    r"""Whether buoyancy outweighs momentum: excess temperature at or above the crossover ([4]_ 1-10 to 1-19).

    .. math:: \Delta T_c = 0.0297\,T_s v^{1/3} d^{-2/3}\ (F_b < 55), \quad
       0.00575\,T_s v^{2/3} d^{-1/3}\ (F_b \ge 55), \quad 0.019582\,T_a v \sqrt{s}\ (\text{stable})
    """
    flux = buoyancy_flux(exit_velocity, diameter, exit_temperature, air_temperature)
    if flux <= 0.0:
        return False
    if stable > 0.0:
        crossover = 0.019582 * air_temperature * exit_velocity * math.sqrt(stable)
    elif flux < 55.0:
        crossover = 0.0297 * exit_temperature * (exit_velocity / diameter**2) ** (1.0 / 3.0)
    else:
        crossover = 0.00575 * exit_temperature * (exit_velocity**2 / diameter) ** (1.0 / 3.0)
    return exit_temperature - air_temperature >= crossover


@compiled
def final_buoyant_rise(flux: float, wind: float, stable: float) -> float:
    r"""Final rise of a buoyant plume [m].

    .. math:: \Delta h = 21.425\,F_b^{3/4}/u\ (F_b < 55), \quad 38.71\,F_b^{3/5}/u\ (F_b \ge 55), \quad
       2.6\,(F_b / (u s))^{1/3}\ (\text{stable})

    [2]_, [3]_; [4]_ eqs. 1-12, 1-15 and 1-21. With F_b = 100 m⁴ s⁻³ and u = 5 m s⁻¹: 122.7 m in neutral air.
    """
    if stable > 0.0:
        return 2.6 * (flux / (wind * stable)) ** (1.0 / 3.0)
    if flux < 55.0:
        return 21.425 * flux**0.75 / wind
    return 38.71 * flux**0.6 / wind


@compiled
def final_momentum_rise(
    momentum: float, exit_velocity: float, diameter: float, wind: float, stable: float
) -> float:
    r"""Final rise of a jet [m]: :math:`3 d v / u`; in stable air the lesser of it and the stable rise.

    .. math:: \Delta h = 1.5\,(F_m / (u \sqrt{s}))^{1/3}

    [1]_ eqs. 5.2 and 4.28; [4]_ eqs. 1-16 and 1-22.
    """
    neutral = 3.0 * diameter * exit_velocity / wind
    if stable > 0.0:
        return min(neutral, 1.5 * (momentum / (wind * math.sqrt(stable))) ** (1.0 / 3.0))
    return neutral


@compiled
def gradual_rise(
    distance: float,
    flux: float,
    momentum: float,
    exit_velocity: float,
    wind: float,
    stable: float,
    buoyant: bool,
    final_rise: float,
) -> float:
    r"""Rise at a downwind distance [m], never above the final rise.

    .. math:: \Delta h(x) = 1.60\,F_b^{1/3} x^{2/3} / u

    for a buoyant plume; for a jet, with :math:`\beta = 1/3 + u/v`,

    .. math:: \Delta h(x) = \left(\frac{3 F_m x}{\beta^2 u^2}\right)^{1/3}, \qquad
       \left(\frac{3 F_m \sin(x \sqrt{s} / u)}{\beta^2 u \sqrt{s}}\right)^{1/3}\ (\text{stable})

    the latter up to :math:`x \sqrt{s} / u = \pi / 2`

    [1]_, [2]_, [3]_; [4]_ eqs. 1-23 to 1-27.
    """
    if final_rise <= 0.0:
        return 0.0
    if buoyant:
        return min(final_rise, 1.6 * (flux * distance * distance) ** (1.0 / 3.0) / wind)
    jet = 1.0 / 3.0 + wind / exit_velocity
    if stable > 0.0:
        phase = min(distance * math.sqrt(stable) / wind, 0.5 * math.pi)
        reach = 3.0 * momentum * math.sin(phase) / (jet * jet * wind * math.sqrt(stable))
    else:
        reach = 3.0 * momentum * distance / (jet * jet * wind * wind)
    return min(final_rise, reach ** (1.0 / 3.0))
