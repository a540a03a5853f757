"""Air over a city at night: the heat of the city keeps it mixed.

References
----------
.. [1] Cimorelli, A. J. et al. (2004). AERMOD: description of model formulation. EPA-454/R-03-004, §5.8.
.. [2] Oke, T. R. (1982). The energetic basis of the urban heat island. Q. J. R. Meteorol. Soc. 108, 1–24.
"""

from __future__ import annotations

import math

import numpy as np

from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.similarity import GRAVITY, VON_KARMAN

REFERENCE_POPULATION = 2.0e6
REFERENCE_HEIGHT = 400.0
"""Height of the urban layer of a city of the reference population [m]."""
REFERENCE_EXCESS = 12.0
"""Excess of urban over rural temperature of that city [K]."""
GAS_CONSTANT = 287.04
"""Of dry air [J kg⁻¹ K⁻¹]."""
HEAT_CAPACITY = 1004.0
"""Of air at constant pressure [J kg⁻¹ K⁻¹]."""
STANDARD_PRESSURE = 101325.0
URBAN_GRADIENT = 1e-5
"""Potential temperature gradient within the urban layer [K m⁻¹]: all but neutral."""


@compiled
def urban_height(population: float) -> float:
    """Height of the urban layer at night [m]; ref. 1, eq. 104."""
    return REFERENCE_HEIGHT * math.sqrt(math.sqrt(population / REFERENCE_POPULATION))


@compiled
def urban_heat_flux(population: float, friction_velocity: float, density: float) -> float:
    """Upward heat flux of the city [W m⁻²]; ref. 1, eq. 102–103."""
    excess = REFERENCE_EXCESS * (0.1 * math.log(population / REFERENCE_POPULATION) + 1.0)
    return 0.03 * excess * friction_velocity * density * HEAT_CAPACITY


@compiled
def urban_scales(
    population: float,
    city_roughness: float,
    friction_velocity: float,
    obukhov_length: float,
    roughness_length: float,
    mechanical_height: float,
    air_temperature: float,
    morning: int,
) -> tuple[float, float, float]:
    """Urban w* and u* [m s⁻¹] and L [m]; ref. 1, §5.8.

    u* is raised until shear gives, at 7 z₀, the vertical turbulence that the city's convection does. In the
    ``morning`` the convective layer has not yet outgrown the urban one; L is then negative.
    """
    height = urban_height(population)
    density = STANDARD_PRESSURE / (GAS_CONSTANT * air_temperature)
    flux = urban_heat_flux(population, friction_velocity, density)
    heat = density * HEAT_CAPACITY
    convective = np.cbrt(GRAVITY / air_temperature / heat * flux * height)
    low = 7.0 * max(city_roughness, roughness_length)
    matched = (
        convective
        * math.sqrt(1.6 * (low / height) ** (2.0 / 3.0))
        / (1.3 * math.sqrt(1.0 - low / max(height, mechanical_height)))
    )
    friction = max(friction_velocity, matched)
    length = -heat * air_temperature * friction**3 / (VON_KARMAN * GRAVITY * flux)
    if morning == 1:
        return convective, friction, max(length, obukhov_length)
    return convective, friction, max(abs(length), obukhov_length)
