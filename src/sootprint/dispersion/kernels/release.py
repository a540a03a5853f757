"""Plume rise and all that a source and an hour settle before a receptor is looked at.

References
----------
.. [1] Cimorelli, A. J. et al. (2004). AERMOD: description of model formulation. EPA-454/R-03-004, §5.6.
.. [2] Weil, J. C. (1988). Plume rise. Lectures on air pollution modeling, AMS, 119–166.
.. [3] Briggs, G. A. (1984). Plume rise and buoyancy effects. Atmospheric science and power production, DOE.
.. [4] Weil, J. C., Corio, L. A. & Brower, R. P. (1997). A PDF dispersion model for buoyant plumes in the
       convective boundary layer. J. Appl. Meteorol. 36, 982–1003.
"""

from __future__ import annotations

import math

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.engines.releases import Mixing, Release, Stack
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.levels import GRADIENT, LEAST_SPEED, POTENTIAL, SIGMA_V, SIGMA_W, WIND, at
from sootprint.dispersion.kernels.near_ground import lift_off_distance
from sootprint.dispersion.kernels.similarity import DRY_LAPSE_RATE, GRADIENT_ALOFT, GRAVITY

POINT, CAPPED, HORIZONTAL, PASSIVE = range(4)
"""Kinds of mouth: upright stack, stack with a rain cap, horizontal stack, release that does not rise."""

ENTRAINMENT = 0.6
"""Entrainment β₁ of a plume that rises through convection (ref. 3)."""
LEAST_FLUX = 1e-10
LEAST_FREQUENCY = 1e-10
LEAST_SIGMA_V, LEAST_SIGMA_V_SHARE = 0.2, 0.05
"""Least lateral turbulence [m s⁻¹] and its least share of the wind speed."""
LEAST_SIGMA_W = 0.02
"""Least vertical turbulence [m s⁻¹]."""
DAMPED = 0.7
"""Share of the Brunt–Väisälä frequency with which a rising plume swings (ref. 2)."""
NO_MOMENTUM = 0.001
"""Upward exit velocity [m s⁻¹] given to capped and horizontal stacks."""
SETTLED = 1e-5
"""Relative change of the rise after which further rounds change nothing that matters."""
FINAL_ROUNDS, GRADUAL_ROUNDS = 5, 10
"""Most rounds in which the rise is adapted to the wind and gradient along it."""


@compiled
def frequency(gradient: float, potential_temperature: float) -> float:
    """Brunt–Väisälä frequency N [s⁻¹]."""
    if gradient <= 0.0:
        return LEAST_FREQUENCY
    return max(math.sqrt(GRAVITY * gradient / potential_temperature), LEAST_FREQUENCY)


@compiled
def convective_rise(distance: float, buoyancy: float, momentum: float, wind: float) -> float:
    r"""Rise of the direct plume [m]; ref. 1, eq. 91.

    .. math:: \Delta h = \left(\frac{3 F_m x}{\beta_1^2 u^2}
              + \frac{3}{2\beta_1^2}\frac{F_b x^2}{u^3}\right)^{1/3}
    """
    square = ENTRAINMENT * ENTRAINMENT * wind * wind
    return np.cbrt(
        3.0 * momentum * distance / square + 1.5 * buoyancy * distance * distance / (square * wind)
    )


@compiled
def unstable_final_distance(buoyancy: float) -> float:
    """Distance to the final rise in neutral and unstable air [m] (Briggs 1975)."""
    return 119.0 * buoyancy**0.4 if buoyancy >= 55.0 else 49.0 * buoyancy**0.625


@compiled
def neutral_rise(buoyancy: float, wind: float, friction_velocity: float, height: float) -> float:
    """Rise [m] at which ambient turbulence breaks the plume up; ref. 1, eq. 97."""
    length = buoyancy / (wind * friction_velocity * friction_velocity)
    return 1.2 * length**0.6 * (height + 1.2 * length) ** 0.4


@compiled
def penetration(
    buoyancy: float, wind: float, depth: float, gradient: float, potential_temperature: float
) -> tuple[float, float]:
    """Share of a plume that penetrates the lid, and its rise over the depth to it; ref. 4 and 1, eq. 83–87.

    Parameters
    ----------
    depth : float
        From the mouth to the lid [m].
    gradient, potential_temperature : float
        Of the air at and above the lid [K m⁻¹, K].
    """
    strength = GRAVITY / potential_temperature * gradient
    parameter = buoyancy / (wind * strength * depth * depth * depth)
    ratio = np.cbrt(17.576 * parameter + 0.296296)
    if ratio < 2.0 / 3.0:
        return 0.0, ratio
    if ratio > 2.0:
        return 1.0, ratio
    return 1.5 - 1.0 / ratio, ratio


@compiled
def penetrated_rise(share: float, ratio: float, depth: float) -> float:
    """Rise of the part that penetrates [m]; ref. 1, eq. 95."""
    return ratio * depth if share == 1.0 else 0.75 * depth * ratio + 0.5 * depth


@compiled
def stable_final(
    buoyancy: float,
    momentum: float,
    wind: float,
    swing: float,
    friction_velocity: float,
    tip_height: float,
    air: Air,
    mixing: Mixing,
) -> tuple[float, float]:
    """Distance to the final rise and final rise of a stable plume [m]; ref. 1, eq. 96–99.

    ``swing`` is the frequency N [s⁻¹]. Over a city at night the plume may reach through the urban layer.
    """
    damped = DAMPED * swing
    distance = wind * math.atan2(momentum * damped, -buoyancy) / damped
    rise = 2.66 * np.cbrt(buoyancy / (swing * swing * wind))
    rise = min(rise, neutral_rise(buoyancy, wind, friction_velocity, tip_height))
    rise = min(rise, convective_rise(unstable_final_distance(buoyancy), buoyancy, momentum, wind))
    rise = min(rise, 4.0 * buoyancy**0.25 / (swing * swing) ** 0.375)
    if mixing.urban_stable == 1 and tip_height < air.mixing_height <= tip_height + rise:
        depth = air.mixing_height - tip_height
        share, ratio = penetration(buoyancy, wind, depth, GRADIENT_ALOFT, mixing.top_potential_temperature)
        if share > 0.0:
            rise = penetrated_rise(share, ratio, depth)
    return distance, rise


@compiled
def along(
    column: Floats, height: float, wind: float, gradient: float, temperature: float
) -> tuple[float, float]:
    """Wind [m s⁻¹] and frequency N [s⁻¹] of a rising plume: means of its mouth and of half its rise."""
    speed = max(at(column, WIND, height), LEAST_SPEED)
    mean_gradient = 0.5 * (gradient + at(column, GRADIENT, height))
    mean_temperature = 0.5 * (temperature + at(column, POTENTIAL, height))
    return 0.5 * (wind + speed), frequency(mean_gradient, mean_temperature)


@compiled
def stable_rise(distance: float, release: Release, column: Floats, friction_velocity: float) -> float:
    """Rise of a stable plume at a distance [m]; ref. 1, eq. 92–99, adapted to the profile along it."""
    if release.rises == 0:
        return 0.0
    if distance >= release.final_distance:
        return release.final_rise
    wind = release.wind_speed
    swing = frequency(release.gradient, release.potential_temperature)
    rise = _swinging(distance, release, wind, swing, friction_velocity)
    for number in range(GRADUAL_ROUNDS):
        before = rise
        wind, swing = along(
            column,
            release.tip_height + 0.5 * rise,
            release.wind_speed,
            release.gradient,
            release.potential_temperature,
        )
        rise = _swinging(distance, release, wind, swing, friction_velocity)
        if rise <= 0.0:
            break
        change = abs(before - rise)
        if change < SETTLED * rise or (number >= 4 and change < 1e-3 * rise):
            break
        if number == GRADUAL_ROUNDS - 1:
            rise = 0.5 * (rise + before)
    early = convective_rise(distance, release.buoyancy, release.momentum, release.wind_speed)
    return min(rise, early, release.final_rise)


@compiled
def _swinging(
    distance: float, release: Release, wind: float, swing: float, friction_velocity: float
) -> float:
    """Rise [m] of a plume that swings about its level of balance; ref. 1, eq. 92–94."""
    damped = DAMPED * swing
    angle = damped * distance / wind
    if angle > 0.5 * math.pi:
        angle = min(angle, math.atan2(release.momentum * damped, -release.buoyancy))
    scale = release.buoyancy / (swing * swing * wind)
    jet = damped * release.momentum / release.buoyancy * math.sin(angle)
    driven = jet + 1.0 - math.cos(angle)
    rise = 2.66 * np.cbrt(scale * (driven if driven > 0.0 else jet))
    rise = min(rise, release.final_rise)
    length = release.buoyancy / (wind * friction_velocity * friction_velocity)
    high = release.tip_height + 1.2 * length
    # Compared in the fifth power, as the roots cost more than the comparison.
    if (rise / 1.2) ** 5 > length * length * length * high * high:
        return neutral_rise(release.buoyancy, wind, friction_velocity, release.tip_height)
    return rise


@compiled
def release_of(stack: Stack, column: Floats, air: Air, mixing: Mixing) -> Release:
    """Release of a source in an hour, its direction not yet known (0).

    Notes
    -----
    Fluxes after ref. 1, eq. 89–90; the air at the mouth has the temperature of the profile there.
    """
    height = stack.height
    wind = at(column, WIND, height)
    sigma_v = max(at(column, SIGMA_V, height), LEAST_SIGMA_V, LEAST_SIGMA_V_SHARE * wind)
    sigma_w = max(at(column, SIGMA_W, height), LEAST_SIGMA_W)
    wind = max(wind, LEAST_SPEED)
    gradient = at(column, GRADIENT, height)
    potential = at(column, POTENTIAL, height)
    temperature = potential - DRY_LAPSE_RATE * (height + mixing.base_elevation)
    trapped = 1 if air.stable == 0 and height < air.mixing_height else 0
    rises = 1 if stack.kind != PASSIVE else 0
    tip, buoyancy, momentum = height, 0.0, 0.0
    final_distance, final_rise, penetrated, penetrated_height = 0.0, 0.0, 0.0, 0.0
    if rises == 1:
        buoyancy, momentum = fluxes(stack, temperature)
        tip = tip_height(stack, wind)
        if trapped == 1:
            final_distance = unstable_final_distance(buoyancy)
            final_rise = convective_rise(final_distance, buoyancy, momentum, wind)
            depth = air.mixing_height - tip
            penetrated, ratio = penetration(
                buoyancy, wind, depth, mixing.gradient_above, mixing.top_potential_temperature
            )
            if penetrated > 0.0:
                penetrated_height = tip + penetrated_rise(penetrated, ratio, depth)
        else:
            final_distance, final_rise = _settled(
                stack, buoyancy, momentum, wind, gradient, potential, tip, column, air, mixing
            )
    mixed_distance = air.mixing_height * mixing.average_wind / mixing.average_sigma_w
    cap_distance, cap_rise = final_distance, final_rise
    if trapped == 1 and rises == 1 and mixed_distance < 1.25 * cap_distance:
        cap_distance = 0.8 * mixed_distance
        cap_rise = convective_rise(cap_distance, buoyancy, momentum, wind)
    lift_off = 0.0
    if trapped == 1 and mixing.improved == 1:
        lift_off = lift_off_distance(
            tip + final_rise, air.friction_velocity, air.obukhov_length, air.mixing_height, column
        )
    return Release(
        trapped,
        rises,
        height,
        tip,
        wind,
        sigma_v,
        sigma_w,
        gradient,
        potential,
        temperature,
        buoyancy,
        momentum,
        final_distance,
        final_rise,
        cap_distance,
        cap_rise,
        mixed_distance,
        penetrated,
        penetrated_height,
        0.0,
        stack.initial_sigma_y,
        stack.initial_sigma_z,
        stack.spread,
        lift_off,
    )


@compiled
def fluxes(stack: Stack, air_temperature: float) -> tuple[float, float]:
    """Fluxes of buoyancy [m⁴ s⁻³] and momentum [m⁴ s⁻²] at the mouth; ref. 1, eq. 89–90.

    A cap or a bend takes the momentum: the same volume leaves at 1 mm s⁻¹ upward.
    """
    hot = stack.exit_temperature
    if hot < 0.0:
        hot = air_temperature - hot
    hot = max(hot, air_temperature)
    volume = 0.25 * stack.exit_velocity * stack.diameter * stack.diameter
    buoyancy = GRAVITY * volume * (hot - air_temperature) / hot
    upward = stack.exit_velocity if stack.kind == POINT else NO_MOMENTUM
    momentum = volume * upward * air_temperature / hot
    return max(buoyancy, LEAST_FLUX), max(momentum, LEAST_FLUX)


@compiled
def tip_height(stack: Stack, wind: float) -> float:
    """Height of the mouth [m] after stack-tip downwash (Briggs 1974); horizontal stacks have none."""
    if stack.downwash == 0 or stack.kind == HORIZONTAL:
        return stack.height
    upward = stack.exit_velocity if stack.kind == POINT else NO_MOMENTUM
    if upward >= 1.5 * wind:
        return stack.height
    return max(stack.height - 2.0 * stack.diameter * (1.5 - upward / wind), 0.0)


@compiled
def _settled(
    stack: Stack,
    buoyancy: float,
    momentum: float,
    wind: float,
    gradient: float,
    potential: float,
    tip: float,
    column: Floats,
    air: Air,
    mixing: Mixing,
) -> tuple[float, float]:
    """Distance and final rise [m] of a stable plume, adapted to the profile along it."""
    swing = frequency(gradient, potential)
    distance, rise = stable_final(buoyancy, momentum, wind, swing, air.friction_velocity, tip, air, mixing)
    for _number in range(FINAL_ROUNDS):
        before = rise
        speed, swing = along(column, tip + 0.5 * rise, wind, gradient, potential)
        distance, rise = stable_final(
            buoyancy, momentum, speed, swing, air.friction_velocity, tip, air, mixing
        )
        if abs(before - rise) < 0.01 * rise:
            return distance, rise
    return distance, 0.5 * (rise + before)
