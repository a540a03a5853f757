"""Wet deposition: rates at which rain takes gases and particles out of a plume.

What a plume loses to the ground is the rate times the amount above it, Λ ∫ C dz.

References
----------
.. [1] US EPA (2004). AERMOD deposition algorithms: science document (revised draft), 19 March 2004.
.. [2] Wesely, M. L., Doskey, P. V. & Shannon, J. D. (2002). Deposition parameterizations for the Industrial
       Source Complex (ISC3) model. Argonne National Laboratory, ANL/ER/TR-01/003.
.. [3] Slinn, W. G. N. (1984). Precipitation scavenging. In: Atmospheric science and power production, US
       Department of Energy, DOE/TIC-27601, 466–532.
.. [4] Seinfeld, J. H. & Pandis, S. N. (2016). Atmospheric chemistry and physics, 3rd ed., chapter 20.
.. [5] Pruppacher, H. R. & Klett, J. D. (1997). Microphysics of clouds and precipitation, 2nd ed.
"""

from __future__ import annotations

import math

from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.deposition import (
    Species,
    kinematic_viscosity,
    schmidt_number,
    settling_velocity,
)
from sootprint.dispersion.kernels.similarity import GRAVITY

MOLAR_GAS_CONSTANT = 8.3145
"""[J mol⁻¹ K⁻¹]."""
VISCOSITY_RATIO = 0.0181
"""Dynamic viscosity of air over that of water [1]."""
WATER_DENSITY = 1e6
"""[g m⁻³]."""
ACCOMMODATION, MOLECULAR_SPEED = 0.01, 500.0
"""Share of molecules that enter a drop, and their speed [m s⁻¹]; ref. 1."""
COARSE_DIAMETER = 6e-6
"""Of the coarse part of a distribution that is not known in sizes [m]; ref. 2."""
WASHOUT_PER_DIAMETER = 1e11
"""Washout coefficient per particle diameter [m⁻¹]; ref. 2."""


@compiled
def fall_speed(rain: float) -> float:
    """Of drops [m s⁻¹]: 3.75 P^0.111, rain P [mm h⁻¹]; ref. 1."""
    return 3.75 * rain**0.111


@compiled
def drop_radius(rain: float) -> float:
    """Of drops [m]: P^0.232 / 1811, rain P [mm h⁻¹]; ref. 1."""
    return rain**0.232 / 1811.0


@compiled
def liquid_water(rain: float) -> float:
    """Of falling rain [g m⁻³]: P^0.889 / 13.28, rain P [mm h⁻¹]; ref. 1."""
    return rain**0.889 / 13.28


@compiled
def collision_efficiency(
    diameter: float, density: float, rain: float, temperature: float, pressure: float
) -> float:
    """Share of the particles in a drop's way that it takes: diffusion, interception, impaction; ref. 3, 4.

    ``diameter`` [m] and ``density`` [kg m⁻³] of the particle, ``rain`` [mm h⁻¹], ``pressure`` [kPa].
    """
    speed, radius = fall_speed(rain), drop_radius(rain)
    viscosity = kinematic_viscosity(temperature, pressure)
    schmidt = schmidt_number(diameter, temperature, viscosity)
    reynolds = radius * speed / viscosity
    diffusion = (
        4.0
        / (reynolds * schmidt)
        * (1.0 + 0.4 * math.sqrt(reynolds) * schmidt ** (1.0 / 3.0) + 0.16 * math.sqrt(reynolds * schmidt))
    )
    ratio = diameter / (2.0 * radius)
    interception = 4.0 * ratio * (VISCOSITY_RATIO + ratio * (1.0 + 2.0 * math.sqrt(reynolds)))
    settling = settling_velocity(diameter, density)
    stokes = settling / GRAVITY * (speed - settling) / radius
    logarithm = math.log(1.0 + reynolds)
    critical = min((1.2 + logarithm / 12.0) / (1.0 + logarithm), stokes)
    excess = stokes - critical
    impaction = (excess / (excess + 2.0 / 3.0)) ** 1.5 * math.sqrt(1000.0 / density)
    return min(1.0, diffusion + interception + impaction)


@compiled
def swept_rate(efficiency: float, rain: float) -> float:
    """Scavenging rate 3 E P / 2 D [s⁻¹] of drops of diameter D that take a share E; rain [mm h⁻¹]; ref. 4.

    1 mm h⁻¹ and E = 1 give 3.8e-4 s⁻¹.
    """
    if rain <= 0.0:
        return 0.0
    return 1.5 * efficiency * (rain / 3.6e6) / (2.0 * drop_radius(rain))


@compiled
def sized_particle_rate(
    diameter: float, density: float, rain: float, temperature: float, pressure: float
) -> float:
    """Scavenging rate of particles of one size [s⁻¹]; arguments as of `collision_efficiency`."""
    if rain <= 0.0:
        return 0.0
    return swept_rate(collision_efficiency(diameter, density, rain, temperature, pressure), rain)


@compiled
def mixed_particle_rate(fine_share: float, diameter: float, rain: float, depth: float) -> float:
    """Scavenging rate [s⁻¹] of particles with only the fine share and mean diameter [m] known; ref. 2.

    A washout coefficient of 1e5 per µm of diameter, over the depth [m] of the plume; at most that of drops
    that take all.
    """
    if rain <= 0.0:
        return 0.0
    washout = WASHOUT_PER_DIAMETER * (fine_share * diameter + (1.0 - fine_share) * COARSE_DIAMETER)
    efficiency = 2.0 * drop_radius(rain) * washout / (1.5 * depth)
    return swept_rate(min(1.0, efficiency), rain)


@compiled
def gas_saturation_time(gas: Species, rain: float, temperature: float) -> float:
    """Time [s] in which drops come to equilibrium with a gas: air film, surface, and inside; ref. 1."""
    radius = drop_radius(rain)
    thermal = MOLAR_GAS_CONSTANT * temperature / gas.henry
    ventilation = 8000.0 * radius + 1.0
    stirring = 20.0
    if radius < 1e-4:
        stirring = 1.0
    elif radius <= 5e-4:
        stirring = 2.6
    film = radius * radius * thermal / (3.0 * gas.diffusivity * ventilation)
    skin = 4.0 * radius * thermal / (3.0 * MOLECULAR_SPEED * ACCOMMODATION)
    inside = 0.17 * radius * radius / (3.0 * gas.water_diffusivity * stirring)
    return (film + skin + inside) / gas_partition(gas, rain, temperature)


@compiled
def gas_partition(gas: Species, rain: float, temperature: float) -> float:
    """1 plus the amount that the rain holds in equilibrium over what the air does [1]; ref. 1."""
    return 1.0 + liquid_water(rain) * MOLAR_GAS_CONSTANT * temperature / (gas.henry * WATER_DENSITY)


@compiled
def gas_rate(gas: Species, rain: float, temperature: float, depth: float) -> float:
    """Scavenging rate of a gas [s⁻¹] below a height [m] of the plume or the mixed layer; ref. 1.

    Drops that fall through the ``depth`` approach equilibrium with the gas by the share of their time in it
    over `gas_saturation_time`.
    """
    if rain <= 0.0:
        return 0.0
    share = min(1.0, depth / fall_speed(rain) / gas_saturation_time(gas, rain, temperature))
    held = share * MOLAR_GAS_CONSTANT * temperature / (gas.henry * gas_partition(gas, rain, temperature))
    return held * rain / (3.6e6 * depth)
