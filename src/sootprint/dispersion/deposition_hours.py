"""Weather of an hour as deposition needs it: rain, wetness, sun, water in the soil.

References
----------
.. [1] US EPA (2004). AERMOD deposition algorithms: science document (revised draft), 19 March 2004.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.dispersion.hours import column
from sootprint.dispersion.kernels.deposition import saturation_pressure

Floats = NDArray[np.float64]

FIRST_SOIL_WATER, FULL_SOIL_WATER = 180.0, 200.0
"""Water in reach of roots at the start, and at which plants are well supplied [mm]."""
ROOM_SATURATION = 3.167
"""Saturation pressure of water vapour at 25 °C [kPa]."""
DRIEST, WETTEST = 0.05, 1.0
"""Range of relative humidity that is taken [1]."""
SNOW_CODE = 18
"""Precipitation codes above this are frozen."""
NET_FACTOR = 1.12
"""1 + c₃ of Holtslag & van Ulden (1983): the sun's net radiation over all net radiation [1]."""
STEFAN_BOLTZMANN = 5.67e-8
"""[W m⁻² K⁻⁴]."""


@dataclass(frozen=True)
class DepositionHours:
    """What deposition needs of each hour, arrays of shape (time,); NaN where it is not known.

    Units: m s⁻¹, m, K, kPa, humidity [1], cloud [tenths], rain [mm h⁻¹], irradiance [W m⁻²], flow toward
    [degrees]. ``month`` and ``hour`` are local standard time at the start of the hour; ``moisture`` is the
    supply of soil water to plants [1] and ``recent_rain`` that of the hour and the two before [mm].
    """

    friction_velocity: Floats
    convective_velocity: Floats
    obukhov_length: Floats
    roughness_length: Floats
    air_temperature: Floats
    pressure: Floats
    humidity: Floats
    cloud_tenths: Floats
    rain: Floats
    recent_rain: Floats
    frozen: NDArray[np.bool_]
    irradiance: Floats
    moisture: Floats
    flow_toward: Floats
    month: NDArray[np.int64]
    hour: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rain)


def solar_irradiance(
    heat_flux: Floats,
    bowen: Floats,
    albedo: Floats,
    temperature: Floats,
    cloud_tenths: Floats,
    *,
    net_factor: float = NET_FACTOR,
) -> Floats:
    """Irradiance [W m⁻²] that the sensible heat flux [W m⁻²] of an unstable hour tells.

    Net radiation R = (1 + 1/B) H / 0.9 is turned into that of the sun by Holtslag & van Ulden (1983),
    doi:10.1175/1520-0450(1983)022<0517:ASSFDE>2.0.CO;2: K (1 - a) = 1.12 R - 5.31e-13 T⁶ + σ T⁴ - 60 n, with
    cloud n from 0 to 1. AERMOD 24142 computes with a ``net_factor`` of 2.12 in place of 1.12.
    """
    net = (1.0 + 1.0 / bowen) * heat_flux / 0.9
    longwave = STEFAN_BOLTZMANN * temperature**4 - 5.31e-13 * temperature**6
    return (net_factor * net + longwave - 6.0 * cloud_tenths) / (1.0 - albedo)


def soil_moisture(temperature: Floats, rain: Floats) -> Floats:
    """Supply of soil water to plants, 0.01 to 1, hour by hour [1].

    The water starts at 180 mm, gains the rain [mm] of the hour before and loses half the saturation pressure
    over that at 25 °C, scaled by the supply itself; 200 mm is full. Hours without a temperature keep it.
    """
    water, supply, before = FIRST_SOIL_WATER, FIRST_SOIL_WATER / FULL_SOIL_WATER, 0.0
    made = np.empty(len(rain))
    for time, (warmth, fallen) in enumerate(zip(temperature, rain, strict=True)):
        if np.isfinite(warmth):
            water += before - 0.5 * supply * saturation_pressure(warmth) / ROOM_SATURATION
            supply = min(max(water / FULL_SOIL_WATER, 0.01), 1.0)
        before = fallen if np.isfinite(fallen) else 0.0
        made[time] = supply
    return made


def deposition_hours(
    table: pd.DataFrame,
    *,
    utc_offset_h: float,
    unknown_rain_is_none: bool = False,
    net_factor: float = NET_FACTOR,
) -> DepositionHours:
    """Hours of a table ``boundary_layer``, ordered by time, as deposition needs them.

    Parameters
    ----------
    table : DataFrame
        Table ``boundary_layer``.
    utc_offset_h : float
        Local standard time less UTC [h].
    unknown_rain_is_none : bool
        Whether hours whose precipitation is missing count as dry.
    net_factor : float
        Of `solar_irradiance`.

    Raises
    ------
    InputError
        If precipitation is missing and is not to count as none.
    """
    rain = column(table, "precipitation")
    unknown = ~np.isfinite(rain)
    if unknown.any() and not unknown_rain_is_none:
        raise InputError(
            f"precipitation is missing in {int(unknown.sum())} hours",
            rule="deposition needs it in every hour",
            cure="give it, or say that such hours are dry (unknown_rain_is_none=True)",
        )
    rain = np.where(unknown, 0.0, rain)
    before = np.concatenate([[0.0, 0.0], rain])
    length, temperature = column(table, "obukhov_length"), column(table, "air_temperature")
    cloud = np.round(10.0 * column(table, "cloud"))
    bowen, albedo = column(table, "bowen_ratio"), column(table, "albedo")
    with np.errstate(invalid="ignore", divide="ignore"):
        heat = column(table, "sensible_heat_flux")
        sun = solar_irradiance(heat, bowen, albedo, temperature, cloud, net_factor=net_factor)
        dark = (length > 0.0) | (albedo == 1.0) | (bowen == 0.0)
    local = pd.to_datetime(table["time_start"]) + pd.Timedelta(hours=utc_offset_h)
    code = column(table, "precipitation_code")
    return DepositionHours(
        friction_velocity=column(table, "friction_velocity"),
        convective_velocity=np.where(length > 0.0, 0.0, column(table, "convective_velocity")),
        obukhov_length=length,
        roughness_length=column(table, "roughness_length"),
        air_temperature=temperature,
        pressure=column(table, "pressure") / 1000.0,
        humidity=np.clip(column(table, "humidity"), DRIEST, WETTEST),
        cloud_tenths=cloud,
        rain=rain,
        recent_rain=rain + before[1:-1] + before[:-2],
        frozen=code > SNOW_CODE,
        irradiance=np.where(dark, 0.0, sun),
        moisture=soil_moisture(temperature, rain),
        flow_toward=np.mod(column(table, "wind_from_direction") + 180.0, 360.0),
        month=local.dt.month.to_numpy(np.int64),
        hour=local.dt.hour.to_numpy(np.int64),
    )
