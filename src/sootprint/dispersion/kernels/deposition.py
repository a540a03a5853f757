"""Dry deposition: velocities at which gases and particles settle on the ground, as resistances in series.

All lengths in m, resistances in s m⁻¹, velocities in m s⁻¹, temperatures in K, pressures in kPa.

References
----------
.. [1] US EPA (2004). AERMOD deposition algorithms: science document (revised draft), 19 March 2004.
.. [2] Wesely, M. L., Doskey, P. V. & Shannon, J. D. (2002). Deposition parameterizations for the Industrial
       Source Complex (ISC3) model. Argonne National Laboratory, ANL/ER/TR-01/003.
.. [3] Wesely, M. L. (1989). Parameterization of surface resistances to gaseous dry deposition in
       regional-scale numerical models. Atmos. Environ. 23, 1293–1304, doi:10.1016/0004-6981(89)90153-4.
.. [4] Pleim, J., Venkatram, A. & Yamartino, R. (1984). ADOM/TADAP model development program, volume 4: the
       dry deposition module. Ontario Ministry of the Environment.
.. [5] Seinfeld, J. H. & Pandis, S. N. (2016). Atmospheric chemistry and physics, 3rd ed., chapters 9, 19.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.similarity import GRAVITY, VON_KARMAN

REFERENCE_PRESSURE = 101.3
FREEZING = 273.16
"""Temperature to which viscosity and snow are referred [K]; ref. 1."""
WATER_DIFFUSIVITY = 0.219e-4
"""Of water vapour in air [m² s⁻¹]; ref. 1."""
MEAN_FREE_PATH = 6.5e-8
"""Of air molecules [m]; ref. 1."""
DYNAMIC_VISCOSITY = 1.81e-5
"""Of air [kg m⁻¹ s⁻¹]; ref. 1."""
AIR_DENSITY = 1.2
"""[kg m⁻³]; ref. 1."""
PHORETIC = 1e-4
"""Drift by heat and vapour toward the ground [m s⁻¹]; ref. 1."""
COARSE_SETTLING = 0.002
"""Settling velocity of the coarse part of a distribution that is not known in sizes [m s⁻¹]; ref. 2."""
LARGEST = 1e7
"""Resistance [s m⁻¹] that stands for none passing."""
LEAST_CUTICLE = 100.0
DEW_RESISTANCE = 1000.0
"""Least aerodynamic resistance of a surface that dew wets [s m⁻¹]; ref. 1."""
HEIGHT_OVER_ROUGHNESS = 1.0
"""Height over the roughness length at which deposition is reckoned [m]; ref. 1."""


class Surface(NamedTuple):
    """Surface resistances of a ground in a season and its leaves.

    Attributes
    ----------
    stomata, cuticle_sulfur, cuticle_ozone, canopy, ground_sulfur, ground_ozone : float
        Resistances [s m⁻¹]: of stomata, of cuticles to SO₂ and O₃, of the air in the canopy at u* = 0.3
        m s⁻¹, and of the ground to SO₂ and O₃; ref. 2, as of ref. 3.
    leaves : float
        Leaf area relative to that of summer [1].
    lipids : float
        Scale of the cuticle's area [1].
    half_light : float
        Irradiance scale of the stomata [W m⁻²].
    """

    stomata: float
    cuticle_sulfur: float
    cuticle_ozone: float
    canopy: float
    ground_sulfur: float
    ground_ozone: float
    leaves: float
    lipids: float
    half_light: float


class Species(NamedTuple):
    """Gas.

    Attributes
    ----------
    diffusivity, water_diffusivity : float
        In air and in water [m² s⁻¹].
    lipid_resistance : float
        Of the lipids of a leaf [s m⁻¹].
    henry : float
        Henry's constant [Pa m³ mol⁻¹].
    reactivity : float
        f₀: 1 for ozone, 0.1 for nitrogen dioxide, 0 for most [1].
    """

    diffusivity: float
    water_diffusivity: float
    lipid_resistance: float
    henry: float
    reactivity: float


@compiled
def saturation_pressure(temperature: float) -> float:
    """Saturation pressure of water vapour [kPa]: 0.6112 exp(19.83 - 5417.4 / T); ref. 1."""
    return 0.6112 * math.exp(19.83 - 5417.4 / temperature)


@compiled
def humidity_deficit(saturation: float, humidity: float, pressure: float) -> float:
    """Specific humidity that the air lacks [g kg⁻¹]; relative humidity [1]; at least 0.001."""
    vapour = humidity * saturation
    full = 622.0 * saturation / (pressure - 0.378 * saturation)
    return max(full - 622.0 * vapour / (pressure - 0.378 * vapour), 0.001)


@compiled
def kinematic_viscosity(temperature: float, pressure: float) -> float:
    """Kinematic viscosity of air [m² s⁻¹], 0.1505 cm² s⁻¹ at 273.16 K and 101.3 kPa; ref. 1."""
    ratio = pressure / REFERENCE_PRESSURE
    change = 1.0 + 0.0132 * (pressure - REFERENCE_PRESSURE)
    return 0.1505e-4 * (temperature / FREEZING) ** 1.772 * ratio * change


@compiled
def aerodynamic_resistance(
    friction_velocity: float, obukhov_length: float, roughness_length: float, height: float
) -> float:
    r"""Resistance of the surface layer below a height [s m⁻¹]; ref. 1.

    :math:`[\ln(z/z_0) + 5 z/L] / k u_*` in stable air; in unstable air the integral of
    :math:`(1 - 16 z/L)^{-1/2}`.
    """
    scale = 1.0 / (VON_KARMAN * friction_velocity)
    if obukhov_length >= 0.0:
        return scale * (math.log(height / roughness_length) + 5.0 * height / obukhov_length)
    upper = math.sqrt(1.0 - 16.0 * height / obukhov_length)
    lower = math.sqrt(1.0 - 16.0 * roughness_length / obukhov_length)
    return scale * math.log((upper - 1.0) * (lower + 1.0) / ((upper + 1.0) * (lower - 1.0)))


@compiled
def slip_correction(diameter: float) -> float:
    """Cunningham's factor of a particle of a diameter [m]; ref. 1, 5."""
    knudsen = 2.0 * MEAN_FREE_PATH / diameter
    return 1.0 + knudsen * (1.257 + 0.4 * math.exp(-1.1 / knudsen))


@compiled
def settling_velocity(diameter: float, density: float) -> float:
    """Stokes' settling velocity [m s⁻¹] of a particle; diameter [m], density [kg m⁻³]; ref. 1, 5."""
    excess = max(0.0, density - AIR_DENSITY)
    return excess * GRAVITY * diameter**2 * slip_correction(diameter) / (18.0 * DYNAMIC_VISCOSITY)


@compiled
def schmidt_number(diameter: float, temperature: float, viscosity: float) -> float:
    """ν over the Brownian diffusivity 8.09e-20 T S / d [m² s⁻¹] of a particle; ref. 1."""
    return viscosity * diameter / (8.09e-20 * temperature * slip_correction(diameter))


@compiled
def gustiness(friction_velocity: float, convective_velocity: float) -> float:
    """Factor 1 + 0.24 w*² / u*² on the transfer of particles in gusts of convection; ref. 1, 4."""
    if convective_velocity <= 0.0:
        return 1.0
    return 1.0 + 0.24 * (convective_velocity / friction_velocity) ** 2


@compiled
def sized_particle_velocity(
    diameter: float,
    density: float,
    aerodynamic: float,
    friction_velocity: float,
    convective_velocity: float,
    temperature: float,
    pressure: float,
) -> float:
    r"""Deposition velocity of particles of one size [m s⁻¹] ("method 1"); ref. 1.

    .. math:: v_d = \frac{1}{R_a + R_p + R_a R_p v_g} + v_g + 10^{-4}

    with :math:`1/R_p = u_* (1 + 0.24 w_*^2/u_*^2)(Sc^{-2/3} + 10^{-3/St})`. ``aerodynamic`` is R_a [s m⁻¹].
    """
    settling = settling_velocity(diameter, density)
    viscosity = kinematic_viscosity(temperature, pressure)
    stokes = settling / GRAVITY * friction_velocity * friction_velocity / viscosity
    impaction = 10.0 ** (-3.0 / stokes) if stokes > 0.0 else 0.0
    transfer = schmidt_number(diameter, temperature, viscosity) ** (-2.0 / 3.0) + impaction
    layer = 1.0 / (gustiness(friction_velocity, convective_velocity) * friction_velocity * transfer)
    return 1.0 / (aerodynamic + layer + aerodynamic * layer * settling) + settling + PHORETIC


@compiled
def mixed_particle_velocity(
    fine_share: float, aerodynamic: float, friction_velocity: float, obukhov_length: float
) -> float:
    r"""Deposition velocity [m s⁻¹] of particles of which only the share below 2.5 µm is known ("method 2").

    The surface resistance is 500 / u* in stable air, 500 / [u* (1 - 300/L)] in unstable air; the coarse part
    settles at 2 mm s⁻¹; ref. 1, 2.
    """
    surface = 500.0 / friction_velocity
    if obukhov_length < 0.0:
        surface /= 1.0 - 300.0 / obukhov_length
    fine = 1.0 / (aerodynamic + surface)
    both = aerodynamic + surface + COARSE_SETTLING * aerodynamic * surface
    return fine_share * fine + (1.0 - fine_share) * (COARSE_SETTLING + 1.0 / both)


@compiled
def stomatal_resistance(
    surface: Surface,
    diffusivity: float,
    irradiance: float,
    moisture: float,
    vapour_deficit: float,
    temperature: float,
) -> float:
    """Bulk resistance of the stomata [s m⁻¹] by light [W m⁻²], soil water [1], dryness [kPa], warmth; ref. 1.

    With f₁ = (G/G_r + 0.01) / (G/G_r + 1), f₃ = 1 / (1 + 0.1 e), f₄ = 1 - 0.0016 (298.2 - T)².
    """
    if surface.stomata >= LARGEST:
        return LARGEST
    light = irradiance / surface.half_light
    opened = min(max((light + 0.01) / (light + 1.0), 0.01), 1.0)
    dry = max(1.0 / (1.0 + 0.1 * max(vapour_deficit, 0.0)), 0.01)
    warm = max(1.0 - 0.0016 * (298.2 - temperature) ** 2, 0.01)
    resistance = surface.stomata * WATER_DIFFUSIVITY / diffusivity / (opened * moisture * dry * warm)
    return min(resistance, LARGEST)


@compiled
def surface_resistance(
    gas: Species,
    surface: Surface,
    wetted: int,
    stomatal: float,
    friction_velocity: float,
    temperature: float,
) -> float:
    """Bulk resistance R_c of the ground and what grows on it to a gas [s m⁻¹]; ref. 1, 2.

    Stomata and mesophyll, cuticles, and the way through the canopy to the soil act side by side. Where the
    surface is ``wetted`` by dew or rain, cuticles and ground take up SO₂ at 50 s m⁻¹; hard frost closes all
    by 1000 exp(269.2 - T) s m⁻¹.
    """
    frost = 1000.0 * math.exp(269.2 - temperature)
    ozone_cuticle = 0.75 * surface.cuticle_ozone if wetted == 1 else surface.cuticle_ozone
    sulfur_cuticle = (50.0 if wetted == 1 else surface.cuticle_sulfur) + frost
    sulfur_ground = (50.0 if wetted == 1 else surface.ground_sulfur) + frost
    ozone_cuticle += frost
    ozone_ground = surface.ground_ozone + frost
    henry, reactive = gas.henry, gas.reactivity
    mesophyll = min(1.0 / (0.034 / henry + 100.0 * reactive), LARGEST)
    lipid = max(gas.lipid_resistance / (surface.leaves * surface.lipids) + frost, LEAST_CUTICLE)
    cuticle = 1.0 / (
        1e-3 / (henry * sulfur_cuticle)
        + (reactive + reactive * reactive / henry) / ozone_cuticle
        + 1.0 / lipid
    )
    soil = 1.0 / (1e-3 / (henry * sulfur_ground) + (reactive + 0.1 * reactive * reactive) / ozone_ground)
    canopy = 0.3 * surface.canopy / friction_velocity
    return 1.0 / (
        surface.leaves / (stomatal + mesophyll)
        + surface.leaves / cuticle
        + 1.0 / (canopy + min(soil, LARGEST))
    )


@compiled
def quasilaminar_resistance(diffusivity: float, viscosity: float, friction_velocity: float) -> float:
    """Resistance of the air film on the surface [s m⁻¹]: 2.2 (ν/D)^(2/3) / k u*; ref. 1."""
    return 2.2 * (viscosity / diffusivity) ** (2.0 / 3.0) / (VON_KARMAN * friction_velocity)


@compiled
def is_dewy(friction_velocity: float, deficit: float, cloud_tenths: float, night: int) -> int:
    """Whether dew wets the surface: u* below a / dq at night; a by cloud, dq [g kg⁻¹]; ref. 1."""
    strength = 0.3
    if cloud_tenths <= 2.0:
        strength = 0.45
    if cloud_tenths >= 8.0:
        strength = 0.15
    return 1 if night == 1 and friction_velocity < strength / deficit else 0
