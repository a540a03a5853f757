"""Deposition of an hour: velocities at which gases and particles reach the ground, and rates of washing out.

The resistance model of Wesely, Doskey & Shannon (2002) and the scavenging of US EPA (2004), AERMOD deposition
algorithms: science document; the formulas are in `sootprint.dispersion.kernels.deposition` and
`sootprint.dispersion.kernels.scavenging`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.dispersion.deposition_hours import DepositionHours
from sootprint.dispersion.deposition_tables import GROUNDS, LIPIDS, RESISTANCES, SEASONS, WOODED
from sootprint.dispersion.kernels import deposition as dry
from sootprint.dispersion.kernels import scavenging as wet
from sootprint.dispersion.kernels.deposition import Species, Surface

Floats = NDArray[np.float64]

SNOW_SEASON = 3
NIGHT_FROM, NIGHT_TO = 19, 7
"""Hours of local standard time between which dew may form: from 19:00 to 07:00."""
WATER_DENSITY = 1000.0
"""[kg m⁻³]."""


@dataclass(frozen=True)
class Gas:
    """Gas as it deposits.

    Attributes
    ----------
    diffusivity_m2_s, water_diffusivity_m2_s : float
        In air and in water [m² s⁻¹].
    lipid_resistance_s_m : float
        Of the lipids in the cuticle of a leaf [s m⁻¹].
    henry_pa_m3_mol : float
        Henry's constant [Pa m³ mol⁻¹].
    reactivity : float
        1 for ozone, 0.1 for nitrogen dioxide, else 0 [1].

    Raises
    ------
    InputError
        If a property is not above 0, or the reactivity not 0 to 1.
    """

    diffusivity_m2_s: float
    water_diffusivity_m2_s: float
    lipid_resistance_s_m: float
    henry_pa_m3_mol: float
    reactivity: float = 0.0

    def __post_init__(self) -> None:
        for name in (
            "diffusivity_m2_s",
            "water_diffusivity_m2_s",
            "lipid_resistance_s_m",
            "henry_pa_m3_mol",
        ):
            if not getattr(self, name) > 0.0:
                raise InputError(f"{name} of a gas is {getattr(self, name):g}", rule="above 0")
        if not 0.0 <= self.reactivity <= 1.0:
            raise InputError(f"reactivity of a gas is {self.reactivity:g}", rule="0 to 1")

    def species(self) -> Species:
        """The gas as the kernels take it."""
        return Species(
            self.diffusivity_m2_s,
            self.water_diffusivity_m2_s,
            self.lipid_resistance_s_m,
            self.henry_pa_m3_mol,
            self.reactivity,
        )


@dataclass(frozen=True)
class SizedParticles:
    """Particles whose sizes are known, shape (class,).

    ``diameter_m`` [m], ``density_kg_m3`` [kg m⁻³], ``mass_fraction`` [1], which sums to 1.
    """

    diameter_m: Sequence[float]
    density_kg_m3: Sequence[float]
    mass_fraction: Sequence[float]

    def __post_init__(self) -> None:
        sizes = {len(self.diameter_m), len(self.density_kg_m3), len(self.mass_fraction)}
        if len(sizes) != 1 or min(sizes) == 0:
            raise InputError(
                "classes of particles differ in number", rule="one diameter, density and fraction a class"
            )
        if min(self.diameter_m) <= 0.0 or min(self.density_kg_m3) <= 0.0 or min(self.mass_fraction) < 0.0:
            raise InputError("a class of particles has no size, density or mass", rule="above 0")
        if abs(sum(self.mass_fraction) - 1.0) > 0.02:
            raise InputError(f"mass fractions sum to {sum(self.mass_fraction):g}", rule="1, within 2 %")


@dataclass(frozen=True)
class MixedParticles:
    """Particles of which the share below 2.5 µm [1] and the mean diameter of the fine part [m] are known."""

    fine_share: float
    diameter_m: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.fine_share <= 1.0:
            raise InputError(f"share of fine particles is {self.fine_share:g}", rule="0 to 1")
        if not self.diameter_m > 0.0:
            raise InputError(f"mean diameter of particles is {self.diameter_m:g} m", rule="above 0")


@dataclass(frozen=True)
class Ground:
    """Ground around a source.

    Attributes
    ----------
    kinds : sequence of int
        Index in `GROUNDS` for flow toward 10, 20, … 360 degrees, or one for all.
    seasons : sequence of int
        Index in `SEASONS` of each of the twelve months.
    autumn_leaves, spring_leaves : float
        Leaf area relative to summer in the seasons 1 and 4 [1].
    """

    kinds: Sequence[int]
    seasons: Sequence[int]
    autumn_leaves: float = 0.5
    spring_leaves: float = 0.25

    def __post_init__(self) -> None:
        if len(self.kinds) not in (1, 36) or not set(self.kinds) <= set(range(len(GROUNDS))):
            raise InputError("kinds of ground", rule=f"1 or 36 numbers from 0 to {len(GROUNDS) - 1}")
        if len(self.seasons) != 12 or not set(self.seasons) <= set(range(len(SEASONS))):
            raise InputError("seasons of the months", rule=f"12 numbers from 0 to {len(SEASONS) - 1}")

    def surface(self, month: int, flow_toward: float) -> Surface:
        """Surface in a month 1 to 12 for flow toward a direction [degrees]."""
        season = self.seasons[month - 1]
        sector = int(flow_toward * 0.1 + 0.4999) or 36
        kind = self.kinds[sector - 1] if len(self.kinds) == 36 else self.kinds[0]
        leaves = {1: self.autumn_leaves, 4: self.spring_leaves}.get(season, 1.0)
        wooded = kind in WOODED
        stomata, sulfur, ozone, canopy, ground_sulfur, ground_ozone = RESISTANCES[season, :, kind].tolist()
        return Surface(
            stomata,
            sulfur,
            ozone,
            canopy,
            ground_sulfur,
            ground_ozone,
            leaves if wooded else float(np.sqrt(leaves)),
            float(LIPIDS[kind]),
            30.0 if wooded else 100.0,
        )


def _aerodynamic(hours: DepositionHours, time: int, height: float) -> float:
    roughness = hours.roughness_length[time]
    return dry.aerodynamic_resistance(
        hours.friction_velocity[time], hours.obukhov_length[time], roughness, roughness + height
    )


def gas_deposition_velocity(
    gas: Gas, ground: Ground, hours: DepositionHours, *, height_m: float = dry.HEIGHT_OVER_ROUGHNESS
) -> Floats:
    """Deposition velocity of a gas [m s⁻¹], 1 / (R_a + R_b + R_c); NaN where an input is missing.

    Shape (time,). Snow in the season of snow keeps the surface dry; else rain of the last three hours or dew
    wets it. ``height_m`` is the height above the roughness length up to which R_a reaches [m].
    """
    species = gas.species()
    made = np.full(len(hours), np.nan)
    for time in np.flatnonzero(np.isfinite(hours.flow_toward)):
        made[time] = _gas_velocity(species, ground, hours, int(time), height_m)
    return made


def _gas_velocity(
    species: Species, ground: Ground, hours: DepositionHours, time: int, height: float
) -> float:
    temperature, friction = hours.air_temperature[time], hours.friction_velocity[time]
    surface = ground.surface(int(hours.month[time]), hours.flow_toward[time])
    saturation = dry.saturation_pressure(temperature)
    humidity, pressure = hours.humidity[time], hours.pressure[time]
    air = _aerodynamic(hours, time, height)
    wetted = 0
    snowed = ground.seasons[int(hours.month[time]) - 1] == SNOW_SEASON and (
        hours.frozen[time] and temperature < dry.FREEZING
    )
    if not snowed:
        deficit = dry.humidity_deficit(saturation, humidity, pressure)
        night = int(hours.hour[time] >= NIGHT_FROM or hours.hour[time] < NIGHT_TO)
        dewy = dry.is_dewy(friction, deficit, hours.cloud_tenths[time], night)
        wetted = int(dewy == 1 or hours.recent_rain[time] > 0.0)
        if dewy == 1:
            air = max(air, dry.DEW_RESISTANCE)
    viscosity = dry.kinematic_viscosity(temperature, pressure)
    stomatal = dry.stomatal_resistance(
        surface,
        species.diffusivity,
        hours.irradiance[time],
        hours.moisture[time],
        (1.0 - humidity) * saturation,
        temperature,
    )
    film = dry.quasilaminar_resistance(species.diffusivity, viscosity, friction)
    bulk = dry.surface_resistance(species, surface, wetted, stomatal, friction, temperature)
    return 1.0 / (air + film + bulk)


def particle_deposition_velocity(
    particles: SizedParticles | MixedParticles,
    hours: DepositionHours,
    *,
    height_m: float = dry.HEIGHT_OVER_ROUGHNESS,
) -> Floats:
    """Deposition velocity of particles [m s⁻¹], shape (time, class); one class where sizes are not known.

    ``height_m`` is the height above the roughness length up to which R_a reaches [m].
    """
    if isinstance(particles, MixedParticles):
        return np.array(
            [
                [
                    dry.mixed_particle_velocity(
                        particles.fine_share,
                        _aerodynamic(hours, time, height_m),
                        hours.friction_velocity[time],
                        hours.obukhov_length[time],
                    )
                ]
                for time in range(len(hours))
            ]
        ).reshape(len(hours), 1)
    return np.array(
        [
            [
                dry.sized_particle_velocity(
                    diameter,
                    density,
                    _aerodynamic(hours, time, height_m),
                    hours.friction_velocity[time],
                    hours.convective_velocity[time],
                    hours.air_temperature[time],
                    hours.pressure[time],
                )
                for diameter, density in zip(particles.diameter_m, particles.density_kg_m3, strict=True)
            ]
            for time in range(len(hours))
        ]
    ).reshape(len(hours), -1)


def settling_velocities(particles: SizedParticles | MixedParticles) -> Floats:
    """Settling velocity of each class [m s⁻¹]; of the fine part, as of water, where sizes are not known."""
    if isinstance(particles, MixedParticles):
        return np.array([dry.settling_velocity(particles.diameter_m, WATER_DENSITY)])
    pairs = zip(particles.diameter_m, particles.density_kg_m3, strict=True)
    return np.array([dry.settling_velocity(diameter, density) for diameter, density in pairs])


def scavenging_rate(
    what: Gas | SizedParticles | MixedParticles, hours: DepositionHours, depth: Floats
) -> Floats:
    """Rate at which rain takes the plume out [s⁻¹], shape (time, class); 0 in dry hours.

    Parameters
    ----------
    what : Gas, SizedParticles or MixedParticles
        Gases and particles of unknown size are one class.
    hours : DepositionHours
        Hours.
    depth : array, shape (time,)
        Height [m] of the plume's top or of the mixed layer, the greater: drops fall through it.
    """
    rows = []
    for time, (rain, temperature, deep) in enumerate(
        zip(hours.rain, hours.air_temperature, depth, strict=True)
    ):
        if isinstance(what, Gas):
            rows.append([wet.gas_rate(what.species(), rain, temperature, deep)])
        elif isinstance(what, MixedParticles):
            rows.append([wet.mixed_particle_rate(what.fine_share, what.diameter_m, rain, deep)])
        else:
            pairs = zip(what.diameter_m, what.density_kg_m3, strict=True)
            pressure = hours.pressure[time]
            rows.append(
                [wet.sized_particle_rate(size, heavy, rain, temperature, pressure) for size, heavy in pairs]
            )
    return np.array(rows, dtype=float).reshape(len(hours), -1)
