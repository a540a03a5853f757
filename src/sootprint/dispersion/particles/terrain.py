"""Wind over terrain of the hours of an operator, from the same air as its turbulence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sootprint.core.errors import ConfigError, InputError
from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.hours import column
from sootprint.dispersion.kernels.similarity import GRAVITY, VON_KARMAN
from sootprint.dispersion.options import named_options
from sootprint.dispersion.particles.columns import Columns, columns
from sootprint.dispersion.particles.scene import TerrainWind, every_hour

if TYPE_CHECKING:
    from sootprint.weather.terrain_wind import TerrainGrid, WindBasis, WindHours

HEAT_OF_AIR = 1.2 * 1005.0
"""ρ cp [J m⁻³ K⁻¹]: 1.2 kg m⁻³ and 1005 J kg⁻¹ K⁻¹."""
HIGH, LOW = 0.95, 0.05
"""Shares of the ground between which its relief is taken."""


@dataclass(frozen=True)
class TerrainWindOptions:
    """How the state of the air decides on the wind over terrain.

    Attributes
    ----------
    pool_depth_m : float or None
        Depth of the cold pool [m] above the floor of the basin; None: there is none.
    pool_wind_m_s : float
        Largest wind [m s⁻¹] of a stable hour that has the pool.
    relief_m : float or None
        Height of the hills over the basin [m] in the Froude number; None takes it from the ground.
    night_heat_flux_w_m2 : float or None
        Heat flux at the ground [W m⁻²] of stable hours with a wind up to ``pool_wind_m_s``, 0 or less, which
        drives the drainage; None takes that of the surface layer, which is next to nothing where the wind is.
    match_rounds : int
        Of `sootprint.weather.WindBasis.hours`.
    """

    pool_depth_m: float | None = None
    pool_wind_m_s: float = 1.5
    relief_m: float | None = None
    night_heat_flux_w_m2: float | None = None
    match_rounds: int = 3

    def __post_init__(self) -> None:
        for name in ("pool_depth_m", "relief_m"):
            value = getattr(self, name)
            if value is not None and not 0.0 < value < np.inf:
                raise ConfigError(
                    f"{name} = {value}", rule="above 0", cure="leave it out where it is unknown"
                )
        if not self.pool_wind_m_s >= 0.0:
            raise ConfigError(f"pool_wind_m_s = {self.pool_wind_m_s}", rule="0 or more")
        if self.night_heat_flux_w_m2 is not None and not -500.0 <= self.night_heat_flux_w_m2 <= 0.0:
            raise ConfigError(
                f"night_heat_flux_w_m2 = {self.night_heat_flux_w_m2}",
                rule="between -500 and 0: the ground of a stable night takes heat from the air",
            )
        if not 0 <= self.match_rounds <= 20:
            raise ConfigError(f"match_rounds = {self.match_rounds}", rule="0 to 20")


def terrain_wind(
    basis: WindBasis,
    weather: pd.DataFrame,
    readings: pd.DataFrame,
    *,
    convergence: float = 0.0,
    land_use: str = "urban",
    place: tuple[float, float] | None = None,
    profiles: pd.DataFrame | None = None,
    column_options: Any = None,
    options: TerrainWindOptions | Mapping[str, Any] | None = None,
) -> tuple[TerrainWind, WindHours]:
    r"""Wind over terrain for `sootprint.dispersion.particle_operator`, and what is to be known of its hours.

    The air of an hour is that of the columns which the particles walk in. Its Froude number is U/(N H), with
    the means up to the relief H of the wind and of :math:`N^2 = (g/\theta)\,d\theta/dz`, infinite where the
    air is not stable; its heat flux is the one stated in the weather, else
    :math:`-\rho c_p u_*^3 \theta / (k g L)`.

    Parameters
    ----------
    basis : WindBasis
        Of `sootprint.weather.make_basis`.
    weather, land_use, place, profiles, column_options
        As for the operator; ``place`` is (longitude, latitude) [degrees].
    readings : DataFrame
        Wind at the sites of the basis, from true north; see `sootprint.weather.WindBasis.hours`.
    convergence : float
        Angle from true to grid north [rad], clockwise.
    options : TerrainWindOptions or mapping, optional

    Raises
    ------
    InputError
        If no hour has a wind, or the pool is deeper than those of the basis.
    ConfigError
        If an option is not known or cannot be right.
    """
    given = named_options(TerrainWindOptions, options, "the wind over terrain")
    table = every_hour(weather)
    air = columns(
        table,
        profiles=profiles,
        land_use=land_use,
        place=place,
        options=column_options,
        top_m=float(basis.grid.levels[-1]),
    )
    served = air.reason == 0
    if not served.any():
        raise InputError("no hour has a state of the air", cure="see the reasons of the engine's hours")
    speed = column(table, "wind_speed")
    light = (air.length > 0.0) & (speed <= given.pool_wind_m_s)
    flux = surface_heat_flux(air)
    stated = column(table, "sensible_heat_flux")
    if given.night_heat_flux_w_m2 is not None:
        flux = np.where(light, given.night_heat_flux_w_m2, flux)
    state = pd.DataFrame(
        {
            "time_start": pd.DatetimeIndex(air.time),
            "obukhov_length": air.length,
            "froude": froude_of(air, given.relief_m or relief_of(basis.grid)),
            "sensible_heat_flux": np.where(np.isfinite(stated), stated, flux),
            "pool_depth_m": np.where(light, given.pool_depth_m or np.nan, np.nan),
        }
    )
    wind = readings.loc[readings["time_start"].isin(state["time_start"][served])]
    turned = np.mod(wind["wind_from_direction"] - np.rad2deg(convergence), 360.0)
    hours = basis.hours(
        wind.assign(wind_from_direction=turned),
        state.loc[served],
        match_rounds=given.match_rounds,
    )
    return TerrainWind(basis, hours.time_start, hours.weights), hours


def relief_of(grid: TerrainGrid) -> float:
    """Height of the hills over the basin [m]: between the shares `LOW` and `HIGH` of the ground; least 1."""
    return max(float(np.quantile(grid.ground, HIGH) - np.quantile(grid.ground, LOW)), 1.0)


def froude_of(air: Columns, relief_m: float) -> Floats:
    """Froude number U/(N H) of each hour [1]; infinite where the air is not stable, NaN without air."""
    low = air.z <= max(relief_m, float(air.z[1]))
    wind = np.hypot(air.wind_x[:, low], air.wind_y[:, low]).mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        squared = (GRAVITY * air.gradient[:, low] / air.potential[:, low]).mean(axis=1)
        number = wind / (np.sqrt(np.maximum(squared, 0.0)) * relief_m)
    return np.where(air.reason != 0, np.nan, np.where((air.stable == 1) & (squared > 0.0), number, np.inf))


def surface_heat_flux(air: Columns) -> Floats:
    """Heat flux at the ground of the similarity that the columns follow [W m⁻²], positive upward."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(
            -HEAT_OF_AIR * air.friction**3 * air.temperature / (VON_KARMAN * GRAVITY * air.length)
        )
