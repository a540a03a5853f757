"""Rise of a plume, solved step by step along its axis, over, beside and in the wake of a building.

References
----------
.. [1] Schulman, L. L., Strimaitis, D. G. and Scire, J. S. (2000). Development and evaluation of the PRIME
   plume rise and building downwash model. JAWMA 50, 378–390; doi:10.1080/10473289.2000.10464017.
.. [2] Zhang, X. and Ghoniem, A. F. (1993). A computational model for the rise and dispersion of wind-blown,
   buoyancy-driven plumes. Atmospheric Environment 27A, 2295–2311; doi:10.1016/0960-1686(93)90399-5.
.. [3] Briggs, G. A. (1975). Plume rise predictions. Lectures on Air Pollution and Environmental Impact
   Analyses, American Meteorological Society, 59–111.
.. [4] Scire, J. S., Strimaitis, D. G. and Yamartino, R. J. (2000). A user's guide for the CALPUFF dispersion
   model (version 5). Earth Tech, section 2.4.4 (numerical plume rise).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sootprint.core.constants import GAS_CONSTANT_DRY_AIR
from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.engines.releases import Stack
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.downwash_spread import LEAST_WIND
from sootprint.dispersion.kernels.downwash_wake import OUTSIDE, WakeShape, speed_ratio
from sootprint.dispersion.kernels.levels import (
    GRADIENT,
    HEIGHTS,
    POTENTIAL,
    WIND,
    between,
    between_rows,
    level_below,
    share_above,
)
from sootprint.dispersion.kernels.release import CAPPED, HORIZONTAL
from sootprint.dispersion.kernels.similarity import DRY_LAPSE_RATE, GRAVITY

ALONG, ACROSS = 0.11, 0.6
"""Entrainment coefficients [1] of the plume's motion along and of the wind across its axis [4]."""

RADIATION = 9.1e-11
"""Coefficient of radiative loss [kg m⁻² K⁻³ s⁻¹] [4]."""

LEAST_HEIGHT = 0.001
"""Least height of the axis [m] [1]."""

LARGEST_COOLING = 10.0
"""Most that a plume may be colder than the air [K] [1]."""

SURFACE_DENSITY = 1.2
"""Density of the air at the ground [kg m⁻³] [1]."""

LEAST_UPWARD = 0.001
"""Upward velocity given to a capped or horizontal release [m s⁻¹] [1]."""

CAP_WIDENING = 2.0
"""Factor by which a rain cap widens the plume [1]; EPA-454/B-24-007, POINTCAP."""


class Surroundings(NamedTuple):
    """Air at the plume's axis: wind [m s⁻¹], its shear [s⁻¹], T [K], dθ/dz [K m⁻¹], density [kg m⁻³]."""

    wind: float
    shear: float
    temperature: float
    gradient: float
    density: float


class Body(NamedTuple):
    """Plume at a place of its axis: velocities [m s⁻¹], radius [m], T [K], density [kg m⁻³], x, z [m]."""

    along: float
    upward: float
    speed: float
    radius: float
    temperature: float
    density: float
    x: float
    z: float


Fluxes = tuple[float, float, float, float, float, float]


@compiled
def fill_density(column: Floats, air_temperature: float, base_height: float, out: Floats) -> None:
    r"""Density of the air [kg m⁻³] at the levels: :math:`1.2\,(T_0/T) \exp[-g z / (R (T + T_0)/2)]` ([1]_).

    ``base_height`` [m] is the height above the sea of the foot of the profiles, from which θ counts.
    """
    for level in range(HEIGHTS.size):
        height = HEIGHTS[level]
        temperature = column[level, POTENTIAL] - DRY_LAPSE_RATE * (height + base_height)
        middle = 0.5 * (temperature + air_temperature)
        weight = math.exp(-GRAVITY * height / (GAS_CONSTANT_DRY_AIR * middle))
        out[level] = SURFACE_DENSITY * air_temperature / temperature * weight


@compiled
def surroundings(column: Floats, density: Floats, base_height: float, height: float) -> Surroundings:
    """Air outside the wake at a height [m], linear between the levels of the profiles."""
    level = level_below(height)
    share = share_above(height, level)
    depth = HEIGHTS[level + 1] - HEIGHTS[level]
    potential = between_rows(column, POTENTIAL, level, share)
    return Surroundings(
        max(between_rows(column, WIND, level, share), LEAST_WIND),
        (column[level + 1, WIND] - column[level, WIND]) / depth,
        potential - DRY_LAPSE_RATE * (height + base_height),
        between_rows(column, GRADIENT, level, share),
        between(density, level, share),
    )


@compiled
def mouth_temperature(stack: Stack, air_temperature: float) -> float:
    """Exit temperature [K], at least that of the air; one of 0 or less is that much above the air's."""
    if stack.exit_temperature <= 0.0:
        return air_temperature - stack.exit_temperature
    return max(stack.exit_temperature, air_temperature)


@compiled
def in_wake(free: Surroundings, shape: WakeShape, where: int, x: float, y: float, z: float) -> Surroundings:
    """Air at a place of the building's coordinates [m] in the zone ``where``: slowed in the wake."""
    if where == OUTSIDE:
        return free
    ratio, gradient = speed_ratio(shape, x, y, z)
    shear = ratio * free.shear + gradient * free.wind
    return Surroundings(ratio * free.wind, shear, free.temperature, free.gradient, free.density)


@compiled
def fluxes_of(body: Body, air: Surroundings) -> Fluxes:
    """Mass flux over π, its excess of momentum along and up and of heat, height and distance [2]."""
    mass = body.density * body.speed * body.radius**2
    excess = body.temperature - air.temperature
    return mass, mass * (body.along - air.wind), mass * body.upward, mass * excess, body.z, body.x


@compiled
def body_of(fluxes: Fluxes, air: Surroundings) -> Body:
    """Inverse of `fluxes_of`; the plume is at most 10 K colder than the air, its pressure that of the air."""
    mass, along, upward, heat, z, x = fluxes
    along, upward = air.wind + along / mass, upward / mass
    speed = math.sqrt(along * along + upward * upward)
    temperature = max(air.temperature + heat / mass, air.temperature - LARGEST_COOLING)
    density = air.density * air.temperature / temperature
    return Body(along, upward, speed, math.sqrt(mass / (speed * density)), temperature, density, x, z)


@compiled
def rates(body: Body, air: Surroundings, turbulent_growth: float) -> Fluxes:
    r"""Change of the fluxes along the axis s.

    .. math::
       \frac{d}{ds}(\rho U r^2) &= 2 r \rho_a \left(\alpha |U - u_a \cos\phi| + \beta |u_a \sin\phi|\right) \\
       \frac{d}{ds}[\rho U r^2 (u - u_a)] &= -r^2 \rho w \frac{du_a}{dz}, \qquad
       \frac{d}{ds}(\rho U r^2 w) = g r^2 (\rho_a - \rho) \\
       \frac{d}{ds}[\rho U r^2 (T - T_a)] &= -r^2 \rho w \frac{d\theta_a}{dz} - R_p r (T^4 - T_a^4)

    ([1]_, [2]_, [4]_); the entrainment is not below
    :math:`2 r \rho_a u_a\,dr/dx` of the wake's turbulence.
    """
    cosine, sine = body.along / body.speed, body.upward / body.speed
    taken = ALONG * abs(body.speed - air.wind * cosine) + ACROSS * abs(air.wind * sine)
    entrained = 2.0 * body.radius * air.density * max(taken, air.wind * turbulent_growth)
    lifted = body.radius**2 * body.density * body.upward
    loss = RADIATION * body.radius * (body.temperature**4 - air.temperature**4)
    return (
        entrained,
        -lifted * air.shear,
        GRAVITY * body.radius**2 * (air.density - body.density),
        -lifted * air.gradient - loss,
        sine,
        cosine,
    )


@compiled
def advanced(fluxes: Fluxes, change: Fluxes, step: float) -> Fluxes:
    """Fluxes a step [m] further."""
    return (
        fluxes[0] + change[0] * step,
        fluxes[1] + change[1] * step,
        fluxes[2] + change[2] * step,
        fluxes[3] + change[3] * step,
        fluxes[4] + change[4] * step,
        fluxes[5] + change[5] * step,
    )


@compiled
def corrected(fluxes: Fluxes, first: Fluxes, second: Fluxes, step: float) -> Fluxes:
    """Fluxes predicted with the rates at the begin, corrected to the mean of those at both ends (Heun)."""
    half = 0.5 * step
    return (
        fluxes[0] + (second[0] - first[0]) * half,
        fluxes[1] + (second[1] - first[1]) * half,
        fluxes[2] + (second[2] - first[2]) * half,
        fluxes[3] + (second[3] - first[3]) * half,
        fluxes[4] + (second[4] - first[4]) * half,
        fluxes[5] + (second[5] - first[5]) * half,
    )


@compiled
def rise_scales(stack: Stack, air: Surroundings) -> tuple[float, float]:
    r"""Distance to the final rise and that rise [m] in neutral air [3]_: bounds of the solution and its step.

    .. math:: x = 49 F^{5/8}, \ \Delta h = 21.425 F^{3/4}/u\ (F < 55); \quad
       x = 119 F^{2/5}, \ \Delta h = 38.71 F^{3/5}/u\ (F \ge 55)

    u at least 1 m s⁻¹; below F = 55 m⁴ s⁻³ not nearer than the jet's :math:`4 d (w/u) (1 + 3u/w)^2`, w/u at
    least 1, and without buoyancy the jet's :math:`\Delta h = 3 d w/u`.
    """
    wind = max(air.wind, 1.0)
    warmth = 1.0 - air.temperature / mouth_temperature(stack, air.temperature)
    flux = 0.25 * GRAVITY * stack.exit_velocity * stack.diameter**2 * warmth
    if flux >= 55.0:
        return 119.0 * flux**0.4, 38.71 * flux**0.6 / wind
    upward, radius = stack.exit_velocity, 0.5 * stack.diameter
    if stack.kind == CAPPED:
        upward, radius = LEAST_UPWARD, CAP_WIDENING * radius
    elif stack.kind == HORIZONTAL:
        upward = LEAST_UPWARD
    ratio = max(1.0, upward / wind)
    reach = 8.0 * radius * ratio * (1.0 + 3.0 / ratio) ** 2
    if flux <= 0.0:
        return reach, 6.0 * radius * upward / wind
    return max(reach, 49.0 * flux**0.625), 21.425 * flux**0.75 / wind


@compiled
def at_release(stack: Stack, air: Surroundings) -> Body:
    """Plume at the mouth of the stack; a cap turns it aside, wider and slower, a horizontal mouth aside."""
    along, upward, radius = 2e-6, stack.exit_velocity, 0.5 * stack.diameter
    if stack.kind == CAPPED:
        along, upward = stack.exit_velocity / CAP_WIDENING**2, LEAST_UPWARD
        radius *= CAP_WIDENING
    elif stack.kind == HORIZONTAL:
        along, upward = stack.exit_velocity, LEAST_UPWARD
    speed = math.sqrt(along * along + upward * upward)
    warm = mouth_temperature(stack, air.temperature)
    density = air.density * air.temperature / warm
    return Body(along, upward, speed, radius, warm, density, 0.0, max(stack.height, LEAST_HEIGHT))
