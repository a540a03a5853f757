"""Response of nearby sensors to nearby sources in minute wind, with how far it depends on the direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MinutePuffOptions:
    """Settings of `minute_operator`.

    Attributes
    ----------
    cell_minutes : int
        Length of the means [min].
    direction_sigma_deg : float
        Uncertainty of the direction of the wind over the site [degrees].
    turns : tuple of float
        Turns of the wind that are tried, in units of it [1].
    window_minutes : int
        Window in which the resolved turbulence is measured [min].
    unresolved : float
        Turbulence within a minute over the resolved one of the window [1]: about what the spectrum of a
        surface layer leaves beyond a minute.
    least_intensity : float
        Least unresolved lateral intensity [1].
    vertical_day, vertical_night : tuple of float
        σ_w over the resolved horizontal spread, and the limits of its intensity [1].
    least_sigma_w : float
        Least σ_w [m s⁻¹].
    release_s, oldest_s, reach_m : float
        Time between two puffs [s], and age [s] and distance [m] at which one is given up.
    """

    cell_minutes: int = 5
    direction_sigma_deg: float = 8.0
    turns: tuple[float, ...] = (-1.5, -0.5, 0.5, 1.5)
    window_minutes: int = 31
    unresolved: float = 0.6
    least_intensity: float = 0.08
    vertical_day: tuple[float, float, float] = (0.45, 0.07, 0.25)
    vertical_night: tuple[float, float, float] = (0.35, 0.04, 0.12)
    least_sigma_w: float = 0.05
    release_s: float = 10.0
    oldest_s: float = 600.0
    reach_m: float = 250.0


def minute_operator(
    wind: pd.DataFrame,
    sources: pd.DataFrame,
    receptors: pd.DataFrame,
    *,
    sun_up: NDArray[np.bool_],
    options: MinutePuffOptions | None = None,
) -> Array:
    """Mean concentration of each source of 1 g s⁻¹ [s m⁻³], shape (turn, cell, receptor, source).

    The wind of one mast carries puffs over a site of up to a few hundred metres. The lateral turbulence that
    it resolves is in their paths; within a minute they grow with what it leaves. Not for hours or kilometres.

    Parameters
    ----------
    wind : DataFrame
        ``time`` (UTC, every minute), ``wind_speed`` [m s⁻¹], ``wind_from_direction`` [degrees]; missing
        minutes carry nothing.
    sources, receptors : DataFrame
        ``x, y, height_m`` [m].
    sun_up : bool array, shape (minute,)
        Whether the ground is warmed: it stirs the air.
    options : MinutePuffOptions, optional
        Settings.

    Raises
    ------
    InputError
        If the minutes are not one after the other.
    """
    from sootprint.dispersion.kernels.puff import add_puffs

    options = options or MinutePuffOptions()
    times = pd.DatetimeIndex(wind["time"])
    if len(times) < 2 or (np.diff(times.to_numpy("datetime64[s]").astype(np.int64)) != 60).any():
        raise InputError("the wind is not minute by minute", rule="one row a minute, none left out")
    speed = wind["wind_speed"].to_numpy(float)
    angle = np.radians(wind["wind_from_direction"].to_numpy(float))
    known = np.isfinite(speed) & np.isfinite(angle)
    east = np.where(known, -speed * np.sin(angle), 0.0)
    north = np.where(known, -speed * np.cos(angle), 0.0)
    sigma_v, sigma_w = minute_turbulence(east, north, known, sun_up, options)
    cell = np.arange(len(times)) // options.cell_minutes
    places = sources[["x", "y", "height_m"]].to_numpy(float)
    posts = np.ascontiguousarray(receptors[["x", "y", "height_m"]].to_numpy(float))
    made = np.zeros((len(options.turns), cell[-1] + 1, len(posts), len(places)))
    seconds = 60.0 * np.bincount(cell)
    for number, turn in enumerate(options.turns):
        for place in range(len(places)):
            out = np.zeros(made.shape[1:3])
            add_puffs(
                out,
                east,
                north,
                sigma_v,
                sigma_w,
                ~np.asarray(sun_up, bool),
                known,
                cell,
                places[place],
                posts,
                np.radians(turn * options.direction_sigma_deg),
                options.release_s,
                options.oldest_s,
                options.reach_m,
            )
            made[number, :, :, place] = out / seconds[:, None]
    return made


def minute_turbulence(
    east: Array, north: Array, known: NDArray[np.bool_], sun_up: NDArray[np.bool_], options: MinutePuffOptions
) -> tuple[Array, Array]:
    """Lateral turbulence within a minute and vertical turbulence [m s⁻¹], shape (minute,).

    The horizontal spread of the minute means in a window stands for the turbulence that they resolve.
    """

    def window(values: Array) -> Array:
        series = pd.Series(np.where(known, values, np.nan))
        return np.asarray(
            series.rolling(options.window_minutes, center=True, min_periods=3).mean().bfill().ffill(), float
        )

    variance = 0.5 * (window(east**2) - window(east) ** 2 + window(north**2) - window(north) ** 2)
    spread = np.sqrt(np.maximum(np.nan_to_num(variance), 0.0))
    mean = np.maximum(np.nan_to_num(window(np.hypot(east, north))), 0.3)
    lateral = np.maximum(options.unresolved * spread, options.least_intensity * mean)
    ratio = spread / mean
    warm, cool = options.vertical_day, options.vertical_night
    intensity = np.where(
        sun_up, np.clip(warm[0] * ratio, warm[1], warm[2]), np.clip(cool[0] * ratio, cool[1], cool[2])
    )
    return lateral, np.maximum(intensity * mean, options.least_sigma_w)
