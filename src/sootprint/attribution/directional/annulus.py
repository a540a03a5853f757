"""Polar annulus: a smoothed statistic over wind direction and the hour, weekday, season or years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.directional.joining import CALM_SPEED, served, without_direction
from sootprint.attribution.directional.roses import _stack
from sootprint.attribution.directional.tensor import cyclic_basis, fit_tensor, thin_plate_basis
from sootprint.core.errors import InputError
from sootprint.core.timeaxis import to_local

Array = NDArray[np.float64]

Period = Literal["hour", "weekday", "season", "trend"]

SPANS = {"hour": (0.0, 23.0), "weekday": (0.0, 7.0), "season": (0.0, 53.0)}
"""First and last time of a period; that of ``trend`` is the span of the data."""


@dataclass(frozen=True)
class AnnulusOptions:
    """Settings of `polar_annulus`.

    Attributes
    ----------
    period : "hour", "weekday", "season" or "trend"
        What time is: hour of the day, day of the week from Sunday with its hour, week of the year from its
        first Monday, or year with its day.
    time_bins : int
        Classes of time.
    time_basis, direction_knots : int
        Functions of time and knots around the compass.
    directions, times : int
        Points of the table around the compass (the first is north, and so is the last) and in time.
    mask_distance : float
        Points farther than this from any class with hours are missing; time and compass each count as 1.
    north_twice : bool
        Whether directions are sorted as the reference program does: 37 classes from 0° to 360°, the hours
        of 360° also counted as 0°. By default 36 classes centred on the tens.
    """

    period: Period = "hour"
    time_bins: int = 24
    time_basis: int = 20
    direction_knots: int = 9
    directions: int = 73
    times: int = 70
    mask_distance: float = 0.03
    north_twice: bool = False


def polar_annulus(
    joined: pd.DataFrame,
    *,
    zone: str = "UTC",
    options: AnnulusOptions | None = None,
    calm_speed: float = CALM_SPEED,
) -> pd.DataFrame:
    """Smoothed mean concentration by wind direction and time.

    Class means of direction and time; their square root is smoothed by the product of a thin-plate spline
    of time and a cyclic cubic spline of direction (`fit_tensor`) and squared again (Carslaw and Ropkins
    2012, doi:10.1016/j.envsoft.2011.09.008).

    Parameters
    ----------
    joined : DataFrame
        Result of `join_hourly`.
    zone : str
        IANA zone of the local time.
    options : AnnulusOptions, optional
        Settings.
    calm_speed : float
        Speed under which the direction is not used [m s⁻¹].

    Returns
    -------
    DataFrame
        Table ``polar_annulus``; no rows for a post with too few classes for a surface.
    """
    options = options or AnnulusOptions()
    rows = served(joined)
    rows = rows.loc[
        ~without_direction(
            rows["wind_speed"].to_numpy(float), rows["wind_from_direction"].to_numpy(float), calm_speed
        )
    ]
    tables = []
    for (station, pollutant), group in rows.groupby(["station_id", "pollutant"], sort=True):
        local = to_local(group["time_start"], zone)
        made = annulus_surface(
            local, group["wind_from_direction"].to_numpy(float), group["value_ugm3"].to_numpy(float), options
        )
        if made is None:
            continue
        directions, times, surface = made
        tables.append(
            pd.DataFrame(
                {
                    "station_id": station,
                    "pollutant": pollutant,
                    "period": options.period,
                    "direction_deg": np.repeat(directions, len(times)),
                    "time_value": np.tile(times, len(directions)),
                    "value_ugm3": surface.T.ravel(),
                }
            )
        )
    return _stack(tables, "polar_annulus")


def annulus_surface(
    local: pd.Series, direction: Array, value: Array, options: AnnulusOptions
) -> tuple[Array, Array, Array] | None:
    """Directions [degrees], times and smoothed mean of shape (time, direction); none with too few classes."""
    known = np.isfinite(direction) & np.isfinite(value)
    when, (low, high) = period_time(local.loc[known], options.period)
    scaled = 10.0 * (when - low) / (high - low)
    direction, value = direction[known], value[known]
    if options.north_twice:
        north = direction == 360.0
        direction = np.concatenate([direction, np.zeros(int(north.sum()))])
        value, scaled = np.concatenate([value, value[north]]), np.concatenate([scaled, scaled[north]])
        sectors, places = 37, np.arange(0.0, 361.0, 10.0)
        number = np.clip(np.ceil(direction * sectors / 360.0).astype(int) - 1, 0, sectors - 1)
    else:
        sectors, places = 36, np.arange(0.0, 360.0, 10.0)
        number = np.ceil(direction / 10.0 - 0.5).astype(int) % sectors
    bins = options.time_bins
    # classes closed above: a time on an edge belongs to the class before it
    klass = np.clip(np.ceil(scaled * bins / 10.0 - 1e-9).astype(int) - 1, 0, bins - 1)
    cell = klass * sectors + number
    hours = np.bincount(cell, minlength=bins * sectors)
    total = np.bincount(cell, weights=value, minlength=bins * sectors)
    held = np.flatnonzero(hours)
    mean = total[held] / hours[held]
    time_of, way = (held // sectors) * 10.0 / (bins - 1), places[held % sectors]
    directions = np.linspace(0.0, 360.0, options.directions)
    times = np.linspace(0.0, 10.0, options.times)
    try:
        surface = fit_tensor(
            thin_plate_basis(time_of, options.time_basis),
            cyclic_basis(360.0, options.direction_knots),
            time_of,
            way,
            np.sign(mean) * np.sqrt(np.abs(mean)),
        )
    except InputError:
        return None
    made = surface.grid(times, directions) ** 2
    made[_far(times, directions, time_of, way, options.mask_distance)] = np.nan
    return directions, low + times * (high - low) / 10.0, made


def period_time(local: pd.Series, period: Period) -> tuple[Array, tuple[float, float]]:
    """Time of each hour within a period, and the period's first and last time."""
    part = local.dt
    if period == "hour":
        return part.hour.to_numpy(float), SPANS["hour"]
    if period == "weekday":
        day = (part.day_of_week.to_numpy() + 1) % 7
        return day + part.hour.to_numpy(float) / 23.0, SPANS["weekday"]
    if period == "season":
        week = (part.day_of_year.to_numpy() - 1 - part.day_of_week.to_numpy() + 7) // 7
        return week.astype(float), SPANS["season"]
    when = part.year.to_numpy(float) + part.day_of_year.to_numpy(float) / 366.0
    low, high = (float(when.min()), float(when.max())) if len(when) else (0.0, 1.0)
    return when, (low, high if high > low else low + 1.0)


def _far(times: Array, directions: Array, time_of: Array, way: Array, distance: float) -> NDArray[np.bool_]:
    """Points with no class within the distance; the compass is closed."""
    from scipy.spatial import KDTree

    held = np.column_stack([time_of / 10.0, way / 360.0])
    round_the_compass = np.vstack([held + np.array([0.0, turn]) for turn in (-1.0, 0.0, 1.0)])
    grid = np.stack(np.meshgrid(times / 10.0, directions / 360.0, indexing="ij"), axis=-1)
    nearest, _ = KDTree(round_the_compass).query(grid.reshape(-1, 2))
    return np.asarray(nearest > distance).reshape(len(times), len(directions))
