"""Numbers that the kernels of physics ``aermod`` pass among themselves; all floats, units of SI."""

from __future__ import annotations

from typing import NamedTuple


class Mixing(NamedTuple):
    """Bulk properties of one hour's mixed layer.

    Attributes
    ----------
    urban_stable : int
        1 in a stable hour over a city that keeps its air mixed.
    average_wind, average_sigma_w : float
        Means from the ground to the mixing height [m s⁻¹].
    top_potential_temperature : float
        Potential temperature at the mixing height [K].
    gradient_above : float
        Potential temperature gradient above a convective layer [K m⁻¹].
    base_elevation : float
        Elevation of the profile's foot above the sea [m].
    adjusted_friction_velocity : int
        1 where u* was adjusted in stable light wind.
    improved : int
        1 for physics ``improved``.
    """

    urban_stable: int
    average_wind: float
    average_sigma_w: float
    top_potential_temperature: float
    gradient_above: float
    base_elevation: float
    adjusted_friction_velocity: int
    improved: int


class Stack(NamedTuple):
    """Mouth of a source in one hour.

    Attributes
    ----------
    kind : int
        `POINT`, `CAPPED`, `HORIZONTAL` or `PASSIVE` of `sootprint.dispersion.kernels.release`.
    height : float
        Release height above the source's base [m].
    diameter, exit_velocity, exit_temperature : float
        Of a stack [m, m s⁻¹, K]; a temperature of 0 or less is that much above the air's.
    initial_sigma_y, initial_sigma_z : float
        Widths at the release of a volume or area [m].
    downwash : int
        1 for stack-tip downwash (Briggs 1974).
    spread : int
        1 for buoyancy-induced dispersion (Pasquill 1976).
    """

    kind: int
    height: float
    diameter: float
    exit_velocity: float
    exit_temperature: float
    initial_sigma_y: float
    initial_sigma_z: float
    downwash: int
    spread: int


class Release(NamedTuple):
    """What a source and an hour make before any receptor is looked at.

    Attributes
    ----------
    trapped : int
        1 where the plume is that of convection (direct, indirect, penetrated); 0 where it is the stable one,
        in a stable hour or from above an unstable layer.
    rises : int
        1 for a stack.
    height, tip_height : float
        Release height, and after stack-tip downwash [m].
    wind_speed, sigma_v, sigma_w : float
        At the release height [m s⁻¹].
    gradient, potential_temperature : float
        At the release height [K m⁻¹, K].
    air_temperature : float
        At the release height [K].
    buoyancy, momentum : float
        Fluxes F_b [m⁴ s⁻³] and F_m [m⁴ s⁻²].
    final_distance, final_rise : float
        Distance [m] to the final rise and the rise [m].
    cap_distance, cap_rise : float
        Distance and rise from which the plume's middle moves to the middle of the mixed layer [m].
    mixed_distance : float
        Distance at which the plume fills the mixed layer [m].
    penetrated : float
        Share of the plume that penetrates the top of a convective layer [1].
    penetrated_height : float
        Height of that share [m].
    direction : float
        Direction that the wind comes from at the plume [degrees].
    initial_sigma_y, initial_sigma_z : float
        Widths at the release [m].
    spread : int
        1 for buoyancy-induced dispersion.
    lift_off : float
        Distance [m] from which on up- and downdrafts part the plume of a release near the ground, in physics
        ``improved``; 0 where they do from the mouth.
    """

    trapped: int
    rises: int
    height: float
    tip_height: float
    wind_speed: float
    sigma_v: float
    sigma_w: float
    gradient: float
    potential_temperature: float
    air_temperature: float
    buoyancy: float
    momentum: float
    final_distance: float
    final_rise: float
    cap_distance: float
    cap_rise: float
    mixed_distance: float
    penetrated: float
    penetrated_height: float
    direction: float
    initial_sigma_y: float
    initial_sigma_z: float
    spread: int
    lift_off: float
