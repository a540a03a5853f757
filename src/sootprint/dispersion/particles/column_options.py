"""Choices behind the columns of the particle engine: every floor, bound and assumption is one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sootprint.core.errors import ConfigError
from sootprint.dispersion.options import named_options

ALBEDO = {"urban": 0.18, "rural": 0.20}
"""Albedo under a high sun where none is stated [1]; assumed."""
BOWEN_RATIO = {"urban": 1.5, "rural": 0.7}
"""Sensible over latent heat flux of daytime where none is stated [1]; assumed."""

MEASURED_SIGMA_V = ("turbulence", "split")


@dataclass(frozen=True)
class ColumnOptions:
    """Choices of `sootprint.dispersion.particles.columns.columns`.

    Attributes
    ----------
    kolmogorov_constant : float
        C₀ of T = 2σ²/(C₀ε) [1]; 3.1 makes T = 0.4 z/u* of a neutral surface layer with σw = 1.25 u*, whose
        diffusivity is kept where σw is another.
    buoyancy_time : float
        T N of stable air above the lid [1]; 0.27: Venkatram, Strimaitis & Dicristofaro (1984),
        doi:10.1016/0004-6981(84)90260-3.
    longest_time, shortest_lateral_time, longest_lateral_time : float
        Bounds of the vertical and the lateral time scale [s].
    least_sigma_w, least_sigma_v : float
        Floors of the turbulence at every level [m s⁻¹]: ∫dz/σw must stay finite above the lid.
    low_wind_sigma_v : float
        Root of turbulence and meander together in light wind [m s⁻¹]: 0.3 as in GRAL, 0.2 in AERMOD;
        uncertain.
    meander_below : float
        Wind at 10 m under which air meanders [m s⁻¹]; Oettl, Goulart, Degrazia & Anfossi (2005),
        doi:10.1016/j.atmosenv.2004.11.023.
    measured_sigma_v : {"turbulence", "split"}
        What σv of a mast is: all of it turbulence, which leaves no meander; or similarity's turbulence, and
        the rest meander.
    least_friction_velocity : float
        Floor of u* [m s⁻¹].
    least_length, largest_length : float
        Bounds of |L| [m].
    least_lid : float
        Floor of the mixing height [m].
    free_convection_wind : float
        Least scalar wind that makes u* of a convective hour, over w* [1]: 0.74 = √(π/2) √0.35, the mean speed
        of eddies whose horizontal variance is 0.35 w*².
    mechanical_coefficient : float
        Mixing height over u*^1.5 where a stable hour states none [s^1.5 m^-0.5]; Venkatram (1980),
        doi:10.1007/BF00122347.
    bridged_hours : int
        Longest gap of the convective mixing height that is interpolated [h].
    largest_variable_wind : float
        Wind that is served without a direction [m s⁻¹], as meander alone: 6 knots, up to which airports may
        report a variable direction (FCM-H1), and the 0.26 m/s that AERMET adds.
    least_class_wind : float
        Wind under which a class alone does not give the turbulence of a convective hour [m s⁻¹].
    albedo, bowen_ratio : float, optional
        Of the ground under a high sun, and by day [1]; by default those of the land use.
    ground_share : float
        Share of the net radiation that the ground takes by day [1].
    roughness_length : float, optional
        Where the weather states none [m]; by default that of the land use.
    cloud_when_missing : float, optional
        Cloud [1] of hours without it; None leaves those hours unserved that need it.
    temperature_when_missing : float, optional
        Temperature [K] of hours without it; None leaves them unserved.
    measurement_height, temperature_height : float
        Heights of anemometer and thermometer where none is stated [m]; WMO-No. 8.
    pressure : float
        Where none is stated [Pa]; for the density of the air alone.
    class_gradient : pair of float
        Least potential temperature gradient [K m⁻¹] of classes E and F where L is that of the class:
        0.020 and 0.035, EPA-454/B-95-003b, §1.1.4.
    inversion_depth : float
        Height [m] up to which it holds; assumed.
    gradient_above : float
        Least potential temperature gradient above a convective layer [K m⁻¹]; EPA-454/R-03-004, §3.
    """

    kolmogorov_constant: float = 3.1
    buoyancy_time: float = 0.27
    longest_time: float = 1200.0
    shortest_lateral_time: float = 10.0
    longest_lateral_time: float = 300.0
    least_sigma_w: float = 0.03
    least_sigma_v: float = 0.03
    low_wind_sigma_v: float = 0.3
    meander_below: float = 2.5
    measured_sigma_v: str = "turbulence"
    least_friction_velocity: float = 0.01
    least_length: float = 0.5
    largest_length: float = 8888.0
    least_lid: float = 5.0
    free_convection_wind: float = 0.74
    mechanical_coefficient: float = 2400.0
    bridged_hours: int = 3
    largest_variable_wind: float = 3.4
    least_class_wind: float = 0.5
    albedo: float | None = None
    bowen_ratio: float | None = None
    ground_share: float = 0.1
    roughness_length: float | None = None
    cloud_when_missing: float | None = 0.5
    temperature_when_missing: float | None = None
    measurement_height: float = 10.0
    temperature_height: float = 2.0
    pressure: float = 101325.0
    class_gradient: tuple[float, float] = (0.020, 0.035)
    inversion_depth: float = 200.0
    gradient_above: float = 0.005

    def __post_init__(self) -> None:
        if self.measured_sigma_v not in MEASURED_SIGMA_V:
            raise ConfigError(
                f"measured_sigma_v is {self.measured_sigma_v!r}",
                cure=f"one of: {', '.join(MEASURED_SIGMA_V)}",
            )
        may_be_zero = (
            "low_wind_sigma_v",
            "meander_below",
            "free_convection_wind",
            "bridged_hours",
            "largest_variable_wind",
            "least_class_wind",
            "temperature_height",
        )
        for item in fields(self):
            value = getattr(self, item.name)
            if value is None or isinstance(value, (str, tuple)):
                continue
            if item.name in may_be_zero and not value >= 0.0:
                raise ConfigError(f"{item.name} is {value}", rule="0 or more", cure="change it")
            if item.name in ("cloud_when_missing", "albedo", "ground_share"):
                if not 0.0 <= value <= 1.0:
                    raise ConfigError(f"{item.name} is {value}", rule="from 0 to 1", cure="change it")
            elif item.name not in may_be_zero and not value > 0.0:
                raise ConfigError(f"{item.name} is {value}", rule="it is positive", cure="change it")
        if len(self.class_gradient) != 2 or not min(self.class_gradient) >= 0.0:
            raise ConfigError(
                f"class_gradient is {self.class_gradient}",
                rule="two gradients of 0 or more",
                cure="change it",
            )
        for low, high in (
            ("least_length", "largest_length"),
            ("shortest_lateral_time", "longest_lateral_time"),
        ):
            if not getattr(self, low) < getattr(self, high):
                raise ConfigError(
                    f"{low} is {getattr(self, low)}", rule=f"below {high}", cure="change one of them"
                )


def column_options(options: ColumnOptions | Mapping[str, Any] | None) -> ColumnOptions:
    """Options of the columns; see `sootprint.dispersion.options.named_options`."""
    return named_options(ColumnOptions, options, "the columns")
