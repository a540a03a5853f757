"""Settings of `boundary_layer`, each with where its default comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sootprint.core.errors import ConfigError

FRICTION_METHODS = ("venkatram1980", "qian_venkatram2011")
"""Methods for u* of stable hours."""


@dataclass(frozen=True)
class BoundaryLayerOptions:
    """Settings of `boundary_layer`.

    Attributes
    ----------
    stable_friction : {"venkatram1980", "qian_venkatram2011"}
        Method for u* of stable hours; the second holds u* up in weak wind (EPA's ADJ_U*).
    station_id, sounding_station_id : str, optional
        Stations, by default those with most wind and most soundings.
    period : pair of datetime, optional
        Beginning and end (excluded) of the hours [UTC], by default those of the weather.
    measurement_height : float, optional
        Height of the anemometer where the weather states none [m].
    temperature_height : float
        Height of the thermometer [m]; WMO-No. 8 asks for 1.25 to 2 m.
    least_wind_speed : float
        Wind to which a weaker one that is no calm is raised [m s⁻¹]: √2 · 0.2, the wind that the least σv
        of 0.2 m/s makes by itself (EPA-454/R-03-004).
    pressure_when_missing : float, optional
        Pressure of hours that state none [Pa], used for the density alone; None leaves them unserved.
    filled_hours : int
        Longest gap of cloud and temperature that is interpolated [h].
    ground_share : float
        Share of the net radiation that the ground takes by day [1].
    largest_heat_loss : float
        Largest downward heat flux of stable hours [W m⁻²]; EPA-454/R-03-004, 3.3.2.
    least_length, largest_length : float
        Bounds of |L| [m].
    entrainment : float
        Ratio of entrained to surface heat flux [1]; Carson (1973), Weil and Brower (1983).
    mechanical_coefficient : float
        Equilibrium height over u*^1.5 [s^1.5 m^-0.5]; Venkatram (1980).
    largest_mixing_height : float
        Height that no mixing height passes [m]; EPA-454/R-03-004, 7.4.
    least_gradient : float
        Least potential temperature gradient above the mixed layer [K m⁻¹].
    sounding_before_h, sounding_after_h : float
        How long before and after sunrise the morning sounding may be [h].
    """

    stable_friction: str = "venkatram1980"
    station_id: str | None = None
    sounding_station_id: str | None = None
    period: tuple[datetime, datetime] | None = None
    measurement_height: float | None = None
    temperature_height: float = 2.0
    least_wind_speed: float = 0.2828
    pressure_when_missing: float | None = 101325.0
    filled_hours: int = 2
    ground_share: float = 0.1
    largest_heat_loss: float = 64.0
    least_length: float = 1.0
    largest_length: float = 8888.0
    entrainment: float = 0.2
    mechanical_coefficient: float = 2400.0
    largest_mixing_height: float = 4000.0
    least_gradient: float = 0.005
    sounding_before_h: float = 12.0
    sounding_after_h: float = 3.0

    def __post_init__(self) -> None:
        if self.stable_friction not in FRICTION_METHODS:
            raise ConfigError(
                f"method {self.stable_friction!r} for the friction velocity is not known",
                cure=f"one of: {', '.join(FRICTION_METHODS)}",
            )
        if self.filled_hours < 0:
            raise ConfigError(f"filled_hours = {self.filled_hours}", rule="0 or more")
        if not 0 < self.least_length < self.largest_length:
            raise ConfigError(
                f"least_length {self.least_length} m, largest_length {self.largest_length} m",
                rule="0 < least < largest",
            )
        for name in (
            "temperature_height",
            "largest_heat_loss",
            "mechanical_coefficient",
            "largest_mixing_height",
        ):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} = {getattr(self, name)}", rule="over 0")
        for name in ("least_wind_speed", "entrainment", "least_gradient", "sounding_before_h"):
            if not getattr(self, name) >= 0:
                raise ConfigError(f"{name} = {getattr(self, name)}", rule="0 or more")
        if not 0 <= self.ground_share < 1:
            raise ConfigError(f"ground_share = {self.ground_share}", rule="from 0 to below 1")
        if self.period is not None and not self.period[0] < self.period[1]:
            raise ConfigError(f"period {self.period}", rule="the beginning lies before the end")
