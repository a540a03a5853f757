r"""The boundary layer hour by hour from surface weather, soundings and the ground: heat, wind and mixing.

An hour is convective from the solar elevation at which the net radiation turns positive. Then the heat flux
follows from the radiation, u\* and L from the wind and the heat flux, and the mixed layer from the morning's
sounding and the heat given off since sunrise. Otherwise u\* and the heat flux follow from wind and cloud.
Formulation: EPA-454/R-03-004, section 3, and the papers named in ``surface_fluxes`` and ``mixing_heights``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.constants import HEAT_CAPACITY_DRY_AIR
from sootprint.core.errors import ConfigError
from sootprint.core.schema import check
from sootprint.weather import mixing_heights as mixing
from sootprint.weather import surface_fluxes as fluxes
from sootprint.weather.hourly_inputs import Array, HourlyInputs, Mask, fill_short_gaps, hourly_inputs
from sootprint.weather.layer_options import BoundaryLayerOptions
from sootprint.weather.layer_quality import quality_table
from sootprint.weather.solar import sunrise
from sootprint.weather.surface_characteristics import SurfaceCharacteristics

LEAST_HEIGHT_OVER_ROUGHNESS = 7.0
"""Anemometer over roughness below which the wind profile does not hold [1]; EPA-454/R-03-004, 4.1.1."""


@dataclass(frozen=True)
class BoundaryLayer:
    """What `boundary_layer` gives.

    Attributes
    ----------
    table : DataFrame
        Table ``boundary_layer``, an hour a row without gaps.
    quality : DataFrame
        Table ``boundary_layer_quality``: hours by reason, and everything that was filled, raised or bounded.
    """

    table: pd.DataFrame
    quality: pd.DataFrame


@dataclass
class SurfaceLayer:
    """Fluxes of each hour; ``limited`` where the heat loss met its limit, ``bounded`` where L did."""

    convective: Mask
    heat_flux: Array
    friction: Array
    length: Array
    too_low: Mask
    limited: Mask
    bounded: Mask


@dataclass
class MixedLayers:
    """Depths of each hour; ``launch`` is the place of the day's sounding, -1 where there is none."""

    convective: Array
    mechanical: Array
    velocity: Array
    gradient: Array
    launch: NDArray[np.int64]
    capped: Mask
    beyond: Mask
    least_gradient: Mask


def boundary_layer(
    weather: pd.DataFrame,
    soundings: pd.DataFrame | None,
    *,
    characteristics: SurfaceCharacteristics,
    latitude: float,
    longitude: float,
    options: BoundaryLayerOptions | None = None,
) -> BoundaryLayer:
    """Table ``boundary_layer`` of one weather station, an hour a row, and what its hours rest on.

    In calm hours friction velocity, Obukhov length and mechanical height are missing, since none of them
    exists without wind; heat flux, convective height, velocity and gradient stay. Wind is never filled.
    Gaps of cloud and temperature of up to two hours are interpolated.

    Parameters
    ----------
    weather : DataFrame
        Table ``weather``: wind, temperature and cloud (or solar radiation) at least.
    soundings : DataFrame or None
        Table ``soundings``; the one nearest to each sunrise is used. Without one, convective hours have no
        convective height and are not served.
    characteristics : SurfaceCharacteristics
        Albedo, Bowen ratio and roughness by direction and month.
    latitude, longitude : float
        Place of the station [degrees].
    options : BoundaryLayerOptions, optional
        Methods and bounds.

    Returns
    -------
    BoundaryLayer
        Tables ``boundary_layer`` and ``boundary_layer_quality``.

    Raises
    ------
    ConfigError
        If the place is not on Earth.
    InputError
        If the weather is empty.
    """
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise ConfigError(f"place {longitude}, {latitude}", rule="longitude and latitude in degrees")
    settings = options or BoundaryLayerOptions()
    inputs = hourly_inputs(weather, characteristics, latitude, longitude, settings)
    surface = surface_layer(inputs, settings)
    mixed = mixed_layers(inputs, surface, soundings, latitude, longitude, settings)
    reason = hour_reasons(inputs, surface, mixed)
    table = _table(inputs, surface, mixed, reason, settings)
    return BoundaryLayer(table, quality_table(inputs, surface, mixed, reason))


def surface_layer(inputs: HourlyInputs, options: BoundaryLayerOptions) -> SurfaceLayer:
    """Heat flux, friction velocity and Obukhov length of each hour."""
    ground, speed = inputs.ground, np.where(inputs.speed > 0.0, inputs.speed, np.nan)
    rough = ground["roughness_length"]
    too_low = inputs.height < LEAST_HEIGHT_OVER_ROUGHNESS * rough
    speed = np.where(too_low, np.nan, speed)
    net = fluxes.net_radiation(inputs.albedo, inputs.radiation, inputs.temperature, inputs.cloud)
    by_day = fluxes.sensible_heat_flux(net, ground["bowen_ratio"], ground_share=options.ground_share)
    with np.errstate(invalid="ignore"):
        # A measured sun can leave a loss above the critical elevation: such an hour is a stable one.
        convective = (inputs.elevation > 0) & (inputs.elevation >= inputs.critical) & ~(by_day <= 0.0)
    density, kelvin = inputs.density, inputs.temperature
    upward = np.where(convective, by_day, np.nan)
    friction, length = fluxes.convective_friction_velocity(
        speed, inputs.height, rough, upward, kelvin, density
    )
    stable, scale, limited = _stable_pair(inputs, speed, options)
    downward = -density * HEAT_CAPACITY_DRY_AIR * stable * scale
    downward_length = fluxes.obukhov_length(stable, downward, kelvin, density)
    if options.stable_friction == "qian_venkatram2011":
        downward_length = np.maximum(downward_length, fluxes.LENGTH_PER_FRICTION * stable**2)
    free = np.where(convective, length, downward_length)
    sign = np.where(convective, -1.0, 1.0)
    length = sign * np.clip(np.abs(free), options.least_length, options.largest_length)
    friction = np.where(convective, friction, stable)
    lost = np.isnan(friction) | np.isnan(free)
    return SurfaceLayer(
        convective=convective,
        heat_flux=np.where(convective, upward, downward),
        friction=np.where(lost, np.nan, friction),
        length=np.where(lost, np.nan, length),
        too_low=too_low,
        limited=limited & ~convective,
        bounded=(np.abs(free) != np.abs(length)) & ~lost,
    )


def _stable_pair(
    inputs: HourlyInputs, speed: Array, options: BoundaryLayerOptions
) -> tuple[Array, Array, Mask]:
    """u*, θ* and where the heat loss was limited, for every hour as if it were stable."""
    low_wind = options.stable_friction == "qian_venkatram2011"
    method = fluxes.low_wind_friction_velocity if low_wind else fluxes.stable_friction_velocity
    cloudless = np.where(np.isnan(inputs.cloud), np.nan, fluxes.LOW_WIND_TEMPERATURE_SCALE)
    first = cloudless if low_wind else fluxes.temperature_scale(inputs.cloud)
    first = first * fluxes.twilight_factor(inputs.elevation, inputs.critical)
    rough = inputs.ground["roughness_length"]
    friction, scale = method(speed, inputs.height, rough, inputs.temperature, first)
    return fluxes.limited_heat_loss(
        friction,
        scale,
        speed,
        inputs.height,
        rough,
        inputs.temperature,
        inputs.density,
        largest_loss=options.largest_heat_loss,
        low_wind=low_wind,
    )


def mixed_layers(
    inputs: HourlyInputs,
    surface: SurfaceLayer,
    soundings: pd.DataFrame | None,
    latitude: float,
    longitude: float,
    options: BoundaryLayerOptions,
) -> MixedLayers:
    """Convective and mechanical heights, convective velocity and gradient of each hour."""
    count = len(inputs.speed)
    mechanical = mixing.mechanical_height(
        surface.friction,
        coefficient=options.mechanical_coefficient,
        largest=options.largest_mixing_height,
    )
    heat = heat_since_sunrise(inputs, surface)
    days, day_of_hour = np.unique(inputs.day, return_inverse=True)
    levels, launches = _launches(soundings, options)
    chosen = mixing.morning_sounding(
        sunrise(pd.DatetimeIndex(days), longitude, latitude),
        launches,
        before_h=options.sounding_before_h,
        after_h=options.sounding_after_h,
    )
    height, gradient, beyond = np.full(count, np.nan), np.full(count, np.nan), np.zeros(count, bool)
    edges = np.flatnonzero(np.diff(day_of_hour)) + 1
    for rows in np.split(np.arange(count), edges):
        place = chosen[day_of_hour[rows[0]]]
        hours = rows[surface.convective[rows] & (heat[rows] > 0)]
        if place < 0 or not len(hours):
            continue
        given = levels[place]
        depth = mixing.convective_height(
            given, heat[hours], inputs.density[hours], entrainment=options.entrainment
        )
        beyond[hours] = np.isnan(depth) & np.isfinite(inputs.density[hours])
        height[hours] = np.minimum(depth, options.largest_mixing_height)
        deeper = np.fmax(height[hours], mechanical[hours])
        gradient[hours] = np.where(
            np.isnan(height[hours]),
            np.nan,
            mixing.gradient_above(given, deeper, least=options.least_gradient),
        )
    velocity = mixing.convective_velocity(surface.heat_flux, height, inputs.temperature, inputs.density)
    with np.errstate(invalid="ignore"):
        capped = np.fmax(height, mechanical) >= options.largest_mixing_height
        least = gradient <= options.least_gradient
    launch = chosen[day_of_hour]
    return MixedLayers(height, mechanical, velocity, gradient, launch, capped, beyond, least)


def heat_since_sunrise(inputs: HourlyInputs, surface: SurfaceLayer) -> Array:
    """Heat given off from the first convective hour of the day to the end of each hour [J m⁻²].

    A single convective hour without heat flux takes the mean of its neighbours; after a longer gap the heat
    of the rest of the day is missing, since it cannot be known.
    """
    hours = surface.convective
    flux = np.where(hours, surface.heat_flux, 0.0)
    flux, _ = fill_short_gaps(flux, 1)
    given = pd.Series(flux * inputs.weather["duration_s"].to_numpy(float))
    # The running sum of each day stays missing from the first missing hour on.
    return given.groupby(inputs.day).cumsum(skipna=False).to_numpy(float)


def _launches(
    soundings: pd.DataFrame | None, options: BoundaryLayerOptions
) -> tuple[list[mixing.Profile], pd.DatetimeIndex]:
    """Profiles of one sounding station and their times, in order; soundings of no use left out."""
    if soundings is None or soundings.empty:
        return [], pd.DatetimeIndex([])
    rows = check(soundings, "soundings").dropna(subset=["pressure", "height", "air_temperature"])
    station = options.sounding_station_id
    if station is None and len(rows):
        counts = rows.drop_duplicates(["station_id", "time_start"])["station_id"].value_counts()
        station = str(min(sorted(counts.index), key=lambda name: -counts[name]))
    rows = rows.loc[rows["station_id"] == station].sort_values(["time_start", "source_row"], kind="stable")
    if rows.empty:
        return [], pd.DatetimeIndex([])
    times = rows["time_start"].to_numpy()
    columns = [rows[name].to_numpy(float) for name in ("height", "pressure", "air_temperature")]
    edges = np.flatnonzero(times[1:] != times[:-1]) + 1
    made, kept = [], []
    for part in np.split(np.arange(len(rows)), edges):
        given = mixing.profile(*(values[part] for values in columns))
        if given is not None:
            made.append(given)
            kept.append(times[part[0]])
    return made, pd.DatetimeIndex(kept)


def hour_reasons(inputs: HourlyInputs, surface: SurfaceLayer, mixed: MixedLayers) -> NDArray[np.str_]:
    """Why each hour is served or not, the first that holds."""
    wind = inputs.weather["wind_speed"].to_numpy(float)
    no_ground = np.isnan(inputs.height) | np.isnan(inputs.ground["roughness_length"])
    no_layer = np.isnan(surface.friction) | np.isnan(surface.length)
    return np.select(
        [
            inputs.calm,
            np.isnan(wind),
            no_ground,
            surface.too_low,
            np.isnan(inputs.temperature) | np.isnan(inputs.density),
            np.isnan(inputs.cloud) | no_layer,
            surface.convective & np.isnan(mixed.convective),
        ],
        [
            "calm",
            "missing wind",
            "missing characteristics",
            "mast too low",
            "missing temperature",
            "missing cloud",
            "missing sounding",
        ],
        "served",
    )


def _table(
    inputs: HourlyInputs,
    surface: SurfaceLayer,
    mixed: MixedLayers,
    reason: NDArray[np.str_],
    options: BoundaryLayerOptions,
) -> pd.DataFrame:
    words = np.select(
        [
            inputs.cloud_filled & inputs.temperature_filled,
            inputs.cloud_filled,
            inputs.temperature_filled,
        ],
        ["cloud and temperature", "cloud", "temperature"],
        "",
    )
    weather = inputs.weather
    return check(
        pd.DataFrame(
            {
                "time_start": weather["time_start"],
                "duration_s": weather["duration_s"],
                "sensible_heat_flux": surface.heat_flux,
                "friction_velocity": surface.friction,
                "convective_velocity": mixed.velocity,
                "potential_temperature_gradient": mixed.gradient,
                "convective_mixing_height": mixed.convective,
                "mechanical_mixing_height": mixed.mechanical,
                "obukhov_length": surface.length,
                "roughness_length": inputs.ground["roughness_length"],
                "bowen_ratio": inputs.ground["bowen_ratio"],
                "albedo": inputs.albedo,
                "wind_speed": inputs.speed,
                "wind_from_direction": weather["wind_from_direction"],
                "measurement_height": inputs.height,
                "air_temperature": inputs.temperature,
                "temperature_height": options.temperature_height,
                "precipitation": weather["precipitation"],
                "humidity": weather["humidity"],
                "pressure": weather["pressure"],
                "cloud": inputs.cloud,
                "reason": reason,
                "substituted": words,
            }
        ),
        "boundary_layer",
    )
