"""Arrays of the layered boundary layer: what physics ``aermod`` knows of an hour at every height."""

from __future__ import annotations

from typing import NamedTuple

from sootprint.dispersion.engines.arrays import Floats


class Layers(NamedTuple):
    """Vertical profiles of one hour on a common grid of heights, shape (level,).

    Attributes
    ----------
    height : array
        Height above ground [m], rising; the first is the surface.
    wind_speed : array
        Mean wind speed [m s⁻¹].
    sigma_v, sigma_w : array
        Standard deviation of the lateral and of the vertical wind [m s⁻¹].
    gradient : array
        Vertical gradient of potential temperature [K m⁻¹].
    potential_temperature : array
        Potential temperature [K].
    """

    height: Floats
    wind_speed: Floats
    sigma_v: Floats
    sigma_w: Floats
    gradient: Floats
    potential_temperature: Floats


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
