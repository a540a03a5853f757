"""What takes particles out of the air: deposition at the ground, settling, rain, first-order decay.

The velocities are those of the plume engine (`sootprint.dispersion.deposition`): one ground for both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.dispersion.deposition import (
    Gas,
    Ground,
    MixedParticles,
    SizedParticles,
    gas_deposition_velocity,
    particle_deposition_velocity,
    scavenging_rate,
    settling_velocities,
)
from sootprint.dispersion.deposition_hours import DepositionHours
from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.particle_surface import downward_speed, hit_loss


@dataclass(frozen=True)
class Loss:
    """How a pollutant leaves the air.

    Attributes
    ----------
    what : Gas, SizedParticles or MixedParticles, optional
        What deposits by the resistances of the hour. Without it the velocities stated hold.
    velocity_m_s, settling_m_s : float
        Deposition and settling velocity of every hour [m s⁻¹] where ``what`` is not given; the first includes
        the second.
    half_life_s : float
        Half-life in the air [s]; infinite for what does not decay.
    washed : bool
        Whether rain takes it out, where ``what`` is given.

    Raises
    ------
    InputError
        If a velocity is negative, the deposition velocity under the settling velocity, the half-life not
        above 0, or velocities are stated beside ``what``.
    """

    what: Gas | SizedParticles | MixedParticles | None = None
    velocity_m_s: float = 0.0
    settling_m_s: float = 0.0
    half_life_s: float = math.inf
    washed: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.settling_m_s <= self.velocity_m_s:
            raise InputError(
                f"deposition velocity {self.velocity_m_s:g} m/s with settling at {self.settling_m_s:g} m/s",
                rule="0 or more, and no particle settles faster than it deposits",
                cure="state both velocities, the first including the second",
            )
        if not self.half_life_s > 0.0:
            raise InputError(f"half-life is {self.half_life_s:g} s", rule="above 0; infinite for no decay")
        if self.what is not None and self.velocity_m_s > 0.0:
            raise InputError("a velocity is stated beside what deposits", cure="state one of them")
        if self.washed and self.what is None:
            raise InputError("rain is to take out what is not described", cure="state what it is")


class Surface(NamedTuple):
    """Losses of the species in the hours; a pollutant with particles of several sizes is several species.

    Attributes
    ----------
    pollutant : tuple of str (species,)
        Pollutant of each species.
    fraction : array (species,)
        Part of the pollutant's mass [1].
    v_d, v_s : array (hour, species)
        Deposition velocity, which includes the settling, and settling velocity [m s⁻¹]; NaN where the hour's
        air is not known.
    decay : array (hour, species)
        Loss in the air by decay and rain [s⁻¹].
    """

    pollutant: tuple[str, ...]
    fraction: Floats
    v_d: Floats
    v_s: Floats
    decay: Floats


def surface(
    losses: Mapping[str, Loss],
    hours: DepositionHours | int,
    *,
    ground: Ground | None = None,
    reflection_height_m: float = 0.0,
    rain_depth: Floats | None = None,
) -> Surface:
    """Losses of pollutants in hours.

    Parameters
    ----------
    losses : mapping of pollutant to Loss
        How each leaves the air.
    hours : DepositionHours or int
        Weather of the hours; their number is enough where all velocities are stated.
    ground : Ground, optional
        Ground that gases deposit on.
    reflection_height_m : float
        Height above the roughness length at which particles are reflected [m]. R_a reaches only so far: the
        turbulence above it is the particles' own, and to count it twice would halve the deposition of what
        the ground takes up readily.
    rain_depth : array (hour,), optional
        Depth through which rain falls, of the mixed layer or to the plume's top [m].

    Raises
    ------
    InputError
        If a pollutant needs weather, ground or depth of rain that are not given, or a height is negative.
    """
    if not reflection_height_m >= 0.0:
        raise InputError(f"particles are reflected at {reflection_height_m} m", rule="0 or more")
    count = hours if isinstance(hours, int) else len(hours)
    names: list[str] = []
    fraction: list[float] = []
    parts: list[tuple[Floats, Floats, Floats]] = []
    for pollutant, loss in losses.items():
        if loss.what is None:
            shares = [1.0]
            deposition = np.full((count, 1), loss.velocity_m_s)
            settling = np.full((count, 1), loss.settling_m_s)
        else:
            if isinstance(hours, int):
                raise InputError(
                    f"{pollutant} deposits by the weather, which is not given", cure="give hours"
                )
            shares, deposition, settling = _deposited(
                pollutant, loss.what, hours, ground, reflection_height_m
            )
        decay = np.full(deposition.shape, math.log(2.0) / loss.half_life_s)
        if loss.washed:
            if rain_depth is None or isinstance(hours, int) or loss.what is None:
                raise InputError(
                    f"{pollutant} is washed out through an unknown depth", cure="give rain_depth"
                )
            decay = decay + scavenging_rate(loss.what, hours, rain_depth)
        names += [pollutant] * len(shares)
        fraction += shares
        parts.append((deposition, settling, decay))
    empty = np.zeros((count, 0))
    v_d, v_s, lost = (np.concatenate([empty, *(part[row] for part in parts)], axis=1) for row in range(3))
    return Surface(tuple(names), np.array(fraction), v_d, v_s, lost)


def _deposited(
    pollutant: str,
    what: Gas | SizedParticles | MixedParticles,
    hours: DepositionHours,
    ground: Ground | None,
    height: float,
) -> tuple[list[float], Floats, Floats]:
    """Fractions (class,) and deposition and settling velocities (hour, class) [m s⁻¹]."""
    if isinstance(what, Gas):
        if ground is None:
            raise InputError(f"{pollutant} is a gas and the ground is not given", cure="give ground")
        velocity = gas_deposition_velocity(what, ground, hours, height_m=height)[:, None]
        return [1.0], velocity, np.zeros_like(velocity)
    velocity = particle_deposition_velocity(what, hours, height_m=height)
    settling = np.tile(settling_velocities(what), (len(hours), 1))
    if isinstance(what, MixedParticles):
        return [1.0], velocity, settling
    whole = sum(what.mass_fraction)
    return [share / whole for share in what.mass_fraction], velocity, settling


def hit_losses(losses: Surface, sigma_w: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Share of a particle that stays at a hit of the ground (hour, species), and where it is held to 1.

    Parameters
    ----------
    losses : Surface
        Losses.
    sigma_w : array (hour,)
        Vertical turbulence where particles are reflected [m s⁻¹], above 0.

    Returns
    -------
    share, held : array (hour, species)
        Share [1]; NaN where the hour is not known. ``held`` where the turbulence brings down less than the
        deposition velocity would take: there the ground takes all that arrives.
    """
    share = np.full(losses.v_d.shape, np.nan)
    held = np.zeros(losses.v_d.shape, dtype=bool)
    for hour, species in np.argwhere(np.isfinite(losses.v_d) & np.isfinite(sigma_w)[:, None]):
        velocity, settling = losses.v_d[hour, species], losses.v_s[hour, species]
        share[hour, species] = hit_loss(velocity, settling, sigma_w[hour])
        held[hour, species] = velocity > downward_speed(settling, sigma_w[hour])
    return share, held
