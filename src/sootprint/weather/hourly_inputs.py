"""What the boundary layer is made of, hour by hour: weather without short gaps, ground and sun."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.weather.hourly import hourly_weather
from sootprint.weather.layer_options import BoundaryLayerOptions
from sootprint.weather.solar import solar_elevation
from sootprint.weather.surface_characteristics import SurfaceCharacteristics
from sootprint.weather.surface_fluxes import (
    CLOUD_FACTOR,
    CLOUD_POWER,
    air_density,
    albedo_under_sun,
    critical_elevation,
    solar_radiation,
)

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class HourlyInputs:
    """Arrays of consecutive hours; NaN is missing.

    Attributes
    ----------
    weather : DataFrame
        Hourly table ``weather``, as observed.
    speed : array
        Wind [m s⁻¹], raised to the least one where it blows at all.
    height : array
        Height of the anemometer [m].
    temperature, cloud : array
        Air temperature [K] and cloud [1], gaps filled.
    density : array
        Density of the air [kg m⁻³].
    ground : dict of array
        ``albedo`` (under a high sun), ``bowen_ratio``, ``roughness_length``.
    elevation, critical : array
        Elevation of the sun, and the one from which the hour is convective [degrees].
    albedo : array
        Albedo under the sun of the hour [1].
    radiation : array
        Solar radiation [W m⁻²]: measured, or made of sun and cloud.
    calm, raised, temperature_filled, cloud_filled, cloud_of_radiation, pressure_assumed : array of bool
        What was seen or done.
    day : array of datetime64
        Day of mean solar time.
    """

    weather: pd.DataFrame
    speed: Array
    height: Array
    temperature: Array
    cloud: Array
    density: Array
    ground: dict[str, Array]
    elevation: Array
    critical: Array
    albedo: Array
    radiation: Array
    calm: Mask
    raised: Mask
    temperature_filled: Mask
    cloud_filled: Mask
    cloud_of_radiation: Mask
    pressure_assumed: Mask
    day: NDArray[np.datetime64]


def hourly_inputs(
    weather: pd.DataFrame,
    characteristics: SurfaceCharacteristics,
    latitude: float,
    longitude: float,
    options: BoundaryLayerOptions,
) -> HourlyInputs:
    """Inputs of every hour of the period; see `HourlyInputs`.

    Raises
    ------
    InputError
        If the weather is empty or the period lies outside 1850 to 2200.
    """
    hours = _hours(weather, options)
    begin = hours["time_start"]
    local = begin + pd.Timedelta(hours=round(longitude / 15.0))
    speed = hours["wind_speed"].to_numpy(float)
    calm = speed == 0.0
    raised = (speed > 0.0) & (speed < options.least_wind_speed)
    height = hours["measurement_height"].to_numpy(float).copy()
    if options.measurement_height is not None:
        height = np.where(np.isnan(height), options.measurement_height, height)
    ground = characteristics.at(hours["wind_from_direction"].to_numpy(float), local.dt.month.to_numpy(int))
    end = begin + pd.to_timedelta(hours["duration_s"], unit="s")
    elevation = 0.5 * (
        solar_elevation(begin, longitude, latitude) + solar_elevation(end, longitude, latitude)
    )
    temperature, temperature_filled = fill_short_gaps(
        hours["air_temperature"].to_numpy(float), options.filled_hours
    )
    seen = hours["cloud"].to_numpy(float)
    measured = hours["radiation"].to_numpy(float)
    cloud, of_radiation = _cloud_of_radiation(seen, measured, elevation)
    cloud, cloud_filled = fill_short_gaps(cloud, options.filled_hours)
    radiation = np.where(np.isfinite(measured), measured, solar_radiation(elevation, cloud))
    # Where cloud stays missing, half a sky decides between convective and stable, and nothing else.
    critical = critical_elevation(ground["albedo"], np.where(np.isnan(cloud), 0.5, cloud), temperature)
    pressure = hours["pressure"].to_numpy(float)
    assumed = np.isnan(pressure) & (options.pressure_when_missing is not None)
    density = air_density(np.where(assumed, options.pressure_when_missing or np.nan, pressure), temperature)
    return HourlyInputs(
        weather=hours,
        speed=np.where(raised, options.least_wind_speed, speed),
        height=height,
        temperature=temperature,
        cloud=cloud,
        density=density,
        ground=ground,
        elevation=elevation,
        critical=critical,
        albedo=albedo_under_sun(ground["albedo"], elevation),
        radiation=radiation,
        calm=calm,
        raised=raised,
        temperature_filled=temperature_filled,
        cloud_filled=cloud_filled,
        cloud_of_radiation=of_radiation,
        pressure_assumed=assumed,
        day=local.dt.floor("D").to_numpy(),
    )


def _hours(weather: pd.DataFrame, options: BoundaryLayerOptions) -> pd.DataFrame:
    hours = hourly_weather(weather, options.station_id)
    if options.period is None:
        return hours
    begin, end = (pd.Timestamp(moment).floor("h") for moment in options.period)
    if begin.year < 1850 or end.year > 2200:
        raise InputError(f"period {begin} to {end}", rule="years from 1850 to 2200")
    axis = pd.date_range(begin, end, freq="h", inclusive="left", unit="us")
    made = hours.set_index("time_start").reindex(axis).rename_axis("time_start").reset_index()
    made["duration_s"] = 3600.0
    return made


def fill_short_gaps(values: Array, longest: int) -> tuple[Array, Mask]:
    """Values with gaps of at most ``longest`` hours interpolated linearly, and where that was done.

    Gaps at either end of the series stay. 1, missing, missing, 4 becomes 1, 2, 3, 4.
    """
    known = np.flatnonzero(np.isfinite(values))
    made = values.copy()
    if longest < 1 or len(known) < 2:
        return made, np.zeros(len(values), bool)
    place = np.arange(len(values))
    after = np.searchsorted(known, place)
    inside = (after > 0) & (after < len(known)) & ~np.isfinite(values)
    gap = np.zeros(len(values), int)
    gap[inside] = known[after[inside]] - known[after[inside] - 1] - 1
    filled = inside & (gap <= longest)
    made[filled] = np.interp(place[filled], known, values[known])
    return made, filled


def _cloud_of_radiation(cloud: Array, radiation: Array, elevation: Array) -> tuple[Array, Mask]:
    """Cloud where it is missing and the sun was measured, and where that was done.

    The inverse of `solar_radiation`: n = ((1 - R/R₀)/0.75)^(1/3.4), within 0 and 1.
    """
    clear = solar_radiation(elevation, np.zeros(len(cloud)))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip((1.0 - radiation / clear) / CLOUD_FACTOR, 0.0, 1.0)
    # A low sun says too little of the sky: 100 W/m² is about 7.5 degrees.
    usable = np.isnan(cloud) & np.isfinite(radiation) & (clear >= 100.0)
    return np.where(usable, share ** (1.0 / CLOUD_POWER), cloud), usable
