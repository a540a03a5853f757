"""Weather rows as arrays of the plume engine, and the reason of each hour that it cannot serve."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.dispersion.engines.arrays import Hours
from sootprint.dispersion.kernels.briggs1973 import CLASSES, wind_at_height
from sootprint.dispersion.options import PlumeOptions

REASONS = (
    "served",
    "calm",
    "missing wind",
    "missing stability",
    "missing mixing height",
    "missing temperature",
    "variable direction",
)
"""Reasons in the order of their codes: the words of the table ``operator_hours``."""

SERVED, CALM, NO_WIND, NO_STABILITY, NO_LID, NO_TEMPERATURE, VARIABLE = range(7)


def column(table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """Column as floats; NaN where the value or the whole column is missing."""
    if name not in table:
        return np.full(len(table), np.nan)
    return pd.to_numeric(table[name]).astype("Float64").to_numpy(dtype=float, na_value=np.nan)


def ordered(weather: pd.DataFrame) -> pd.DataFrame:
    """Weather in the order of time.

    Raises
    ------
    InputError
        If it is empty, a time is missing, or an hour occurs twice.
    """
    if weather.empty:
        raise InputError("the weather has no rows", cure="give at least one hour")
    if weather["time_start"].isna().any():
        raise InputError("a weather row has no time_start", cure="quarantine it first")
    twice = weather["time_start"].duplicated()
    if twice.any():
        first = weather.loc[twice, "time_start"].iloc[0]
        raise InputError(
            f"the weather has {int(twice.sum())} hours more than once, first {first}",
            rule="one row an hour",
            cure="choose one station_id",
        )
    return weather.sort_values("time_start", kind="stable").reset_index(drop=True)


def direction_spread(speed: NDArray[np.float64], options: PlumeOptions) -> NDArray[np.float64]:
    """Standard deviation [rad] of the hour's plume direction beside the direction given.

    The stated uncertainty of the vane and of its being elsewhere, and the lateral wanderings of a light
    wind that the hourly mean hides, σv / u (Hanna 1983, doi:10.1175/1520-0450(1983)022<1424:LTIAPM>2.0.CO;2).
    """
    wandering = np.arctan2(options.lateral_sigma_m_s, np.where(speed > 0.0, speed, np.nan))
    return np.hypot(np.deg2rad(options.direction_sigma_deg), wandering)


def hour_arrays(
    weather: pd.DataFrame, options: PlumeOptions, *, urban: int, rises: bool, convergence: float
) -> tuple[Hours, NDArray[np.int64], int]:
    """Hours, reason codes (indices of `REASONS`) and the number of hours with a height assumed.

    Parameters
    ----------
    weather : DataFrame
        Table ``weather``, ordered, one row an hour.
    options : PlumeOptions
        Choices of the engine.
    urban : int
        1 for the wind exponents of a city.
    rises : bool
        Whether any source rises; only then is the air temperature needed.
    convergence : float
        Angle from true to grid north [rad], clockwise.
    """
    speed, direction = column(weather, "wind_speed"), column(weather, "wind_from_direction")
    height, temperature = column(weather, "measurement_height"), column(weather, "air_temperature")
    lid = column(weather, "mixing_height")
    no_height = ~(height > 0.0)
    height = np.where(no_height, options.measurement_height_m, height)
    classes = weather.get("stability_class", pd.Series(pd.NA, index=weather.index)).astype("string")
    stability = classes.map({name: index for index, name in enumerate(CLASSES)}).to_numpy(
        float, na_value=np.nan
    )
    known = np.isfinite(stability)
    index = np.where(known, stability, 3).astype(np.int64)
    if not options.stable_lid:
        lid = np.where(known & (index >= 4), np.inf, lid)
    low = np.array(
        [
            wind_at_height(u, h, 0.0, options.lowest_wind_height_m, k, urban)
            for u, h, k in zip(speed, height, index, strict=True)
        ]
    )
    least = max(options.calm_m_s, options.anemometer_threshold_m_s)
    reason = np.full(len(weather), SERVED, dtype=np.int64)
    rules = [
        (rises & ~np.isfinite(temperature), NO_TEMPERATURE),
        (~(lid > 0.0), NO_LID),
        (~known, NO_STABILITY),
        (~np.isfinite(direction), NO_WIND),
        ((speed < least) | (known & (low < options.calm_m_s)), CALM),
        (~np.isfinite(speed), NO_WIND),
    ]
    for holds, code in rules:
        reason[holds] = code
    served = reason == SERVED
    hours = Hours(
        served=served.astype(np.int64),
        wind_speed=speed,
        wind_from=np.deg2rad(direction) - convergence,
        direction_spread=direction_spread(speed, options),
        measurement_height=height,
        stability=index,
        lid=lid,
        air_temperature=temperature,
    )
    return hours, reason, int((no_height & served).sum())
