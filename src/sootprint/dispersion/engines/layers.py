"""Arrays of the layered boundary layer: what physics ``aermod`` knows of an hour at every height."""

from __future__ import annotations

from typing import NamedTuple


class Air(NamedTuple):
    """Scales of one hour's boundary layer.

    Attributes
    ----------
    stable : int
        1 where the hour is stable (L > 0), else 0.
    friction_velocity, convective_velocity : float
        u* and w* [m s⁻¹]; w* 0 in a stable hour.
    obukhov_length : float
        L [m].
    roughness_length : float
        z₀ [m].
    mixing_height : float
        Height of the mixed layer z_i [m]: of convection and turbulence in an unstable hour, mechanical in a
        stable one.
    mechanical_height : float
        Mechanical mixing height [m].
    air_temperature : float
        Air temperature at its measurement height [K].
    """

    stable: int
    friction_velocity: float
    convective_velocity: float
    obukhov_length: float
    roughness_length: float
    mixing_height: float
    mechanical_height: float
    air_temperature: float


class HourScales(NamedTuple):
    """What the profiles of one hour are made of: the surface's row of the hour, units of SI.

    Attributes
    ----------
    stable : int
        1 where L > 0.
    friction_velocity, convective_velocity, obukhov_length, roughness_length : float
        u*, w* [m s⁻¹], L, z₀ [m].
    convective_height, mechanical_height, mixing_height : float
        Mixing heights [m]; the last is the one that holds.
    gradient_above : float
        Potential temperature gradient above the convective layer [K m⁻¹].
    wind_speed, wind_height : float
        Wind measured [m s⁻¹] and its height [m].
    air_temperature : float
        Temperature measured [K].
    cloud_tenths : float
        Cloud cover [tenths].
    adjusted_friction_velocity, bulk_richardson : int
        1 where u* was adjusted in stable light wind, and from a bulk Richardson number.
    """

    stable: int
    friction_velocity: float
    convective_velocity: float
    obukhov_length: float
    roughness_length: float
    convective_height: float
    mechanical_height: float
    mixing_height: float
    gradient_above: float
    wind_speed: float
    wind_height: float
    air_temperature: float
    cloud_tenths: float
    adjusted_friction_velocity: int
    bulk_richardson: int
