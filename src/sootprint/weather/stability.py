"""Pasquill stability class by method: Turner (cloud), SRDT (radiation), Golder (Obukhov length).

All functions work on arrays and give arrays of ``A`` to ``F``, with an empty string where the method's
input is missing. Class G is given as F, as EPA does in regulatory work.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import ConfigError

CLASSES = np.array(["A", "B", "C", "D", "E", "F"])

TURNER_SPEED_EDGES = np.array([0.75, 1.85, 2.85, 3.35, 3.85, 4.85, 5.45, 5.95])
"""Edges between the wind classes of Turner's key [m/s]: middle of the printed gaps (0.7 to 0.8, ...)."""

TURNER_KEY = np.array(
    [
        [1, 1, 2, 3, 4, 6, 7],
        [1, 2, 2, 3, 4, 6, 7],
        [1, 2, 3, 4, 4, 5, 6],
        [2, 2, 3, 4, 4, 5, 6],
        [2, 2, 3, 4, 4, 4, 5],
        [2, 3, 3, 4, 4, 4, 5],
        [3, 3, 4, 4, 4, 4, 5],
        [3, 3, 4, 4, 4, 4, 4],
        [3, 4, 4, 4, 4, 4, 4],
    ]
)
"""Class number by wind class and net radiation index 4, 3, 2, 1, 0, -1, -2; EPA-454/R-99-005, table 6-4."""

LOW_CEILING_M = 7000 * 0.3048
MIDDLE_CEILING_M = 16000 * 0.3048
"""Ceilings that Turner's procedure distinguishes [m]; EPA-454/R-99-005, table 6-6."""

SRDT_DAY = np.array(
    [["A", "A", "B", "D"], ["A", "B", "C", "D"], ["B", "B", "C", "D"], ["C", "C", "D", "D"], list("CDDD")]
)
"""By wind (edges 2, 3, 5, 6 m/s) and radiation (925, 675, 175 W/m²); EPA-454/R-99-005, table 6-7."""

SRDT_NIGHT = np.array([["E", "F"], ["D", "E"], ["D", "D"]])
"""By wind (edges 2, 2.5 m/s) and vertical temperature gradient (below 0, 0 and over)."""

GOLDER_INTERCEPT = np.array([-0.096, -0.037, -0.002, 0.0, 0.004, 0.035])
GOLDER_SLOPE = np.array([0.029, 0.029, 0.018, 0.0, -0.018, -0.036])
"""1/L = intercept + slope · log10 z0 [m⁻¹] of classes A to F; lines through Golder (1972), as in Seinfeld and
Pandis (2006), eq. 16.83."""


def insolation_class(solar_elevation_deg: ArrayLike) -> NDArray[np.int64]:
    """Insolation class 1 (weak, up to 15°), 2 (slight, 35°), 3 (moderate, 60°), 4 (strong); table 6-5."""
    return np.searchsorted([15.0, 35.0, 60.0], np.asarray(solar_elevation_deg, float), side="left") + 1


def net_radiation_index(
    solar_elevation_deg: ArrayLike,
    cloud: ArrayLike,
    night: ArrayLike,
    *,
    ceiling_m: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Net radiation index of Turner (1964), from -2 (clear night) to 4 (strong sun); NaN without cloud.

    Without a ceiling an overcast sky counts as low cloud (index 0, as Pasquill 1961 has it: overcast is
    neutral by day and by night), and a partly clouded one as cloud of the middle level.

    Parameters
    ----------
    solar_elevation_deg : array
        Elevation of the sun [degrees].
    cloud : array
        Total cloud, fraction [1].
    night : array of bool
        From one hour before sunset to one hour after sunrise.
    ceiling_m : array, optional
        Height of the lowest broken or overcast layer [m].
    """
    cloud = np.asarray(cloud, float)
    night = np.asarray(night, bool)
    tenths = np.round(cloud * 10.0)
    overcast = tenths >= 10
    ceiling = np.full(cloud.shape, np.nan) if ceiling_m is None else np.asarray(ceiling_m, float)
    ceiling = np.where(np.isnan(ceiling), np.where(overcast, 0.0, LOW_CEILING_M), ceiling)
    low, middle = ceiling < LOW_CEILING_M, ceiling < MIDDLE_CEILING_M
    sun = insolation_class(solar_elevation_deg).astype(float)
    reduction = np.where(low, 2.0, np.where(middle | overcast, 1.0, 0.0))
    clouded = np.maximum(sun - reduction, 1.0)
    day_index = np.where(tenths <= 5, sun, clouded)
    night_index = np.where(tenths <= 4, -2.0, -1.0)
    index = np.where(night, night_index, day_index)
    index = np.where(overcast & low, 0.0, index)
    return np.where(np.isnan(cloud) | np.isnan(np.asarray(solar_elevation_deg, float)), np.nan, index)


def turner_class(wind_speed_10m: ArrayLike, net_radiation: ArrayLike) -> NDArray[np.str_]:
    """Class from the wind at 10 m [m s⁻¹] and the net radiation index: 2.0 m/s and index -2 give F."""
    speed, index = np.broadcast_arrays(np.asarray(wind_speed_10m, float), np.asarray(net_radiation, float))
    known = np.isfinite(speed) & np.isfinite(index)
    row = np.searchsorted(TURNER_SPEED_EDGES, np.where(known, speed, 0.0), side="right")
    column = (4.0 - np.where(known, index, 0.0)).astype(int)
    number = np.minimum(TURNER_KEY[row, column], 6)
    return np.where(known, CLASSES[number - 1], "")


def srdt_class(
    wind_speed_10m: ArrayLike,
    radiation: ArrayLike,
    night: ArrayLike,
    *,
    temperature_gradient: ArrayLike | None = None,
) -> NDArray[np.str_]:
    """Class by solar radiation [W m⁻²] by day and vertical temperature gradient [K m⁻¹] by night.

    EPA-454/R-99-005, section 6.4.2. 3.5 m/s and 700 W/m² give B. Nights without a gradient stay empty.
    """
    speed = np.asarray(wind_speed_10m, float)
    sun = np.asarray(radiation, float)
    gradient = (
        np.full(speed.shape, np.nan)
        if temperature_gradient is None
        else np.asarray(temperature_gradient, float)
    )
    night = np.asarray(night, bool)
    day_row = np.searchsorted([2.0, 3.0, 5.0, 6.0], np.nan_to_num(speed), side="right")
    day_column = 3 - np.searchsorted([175.0, 675.0, 925.0], np.nan_to_num(sun), side="right")
    night_row = np.searchsorted([2.0, 2.5], np.nan_to_num(speed), side="right")
    made = np.where(night, SRDT_NIGHT[night_row, (gradient >= 0).astype(int)], SRDT_DAY[day_row, day_column])
    known = np.isfinite(speed) & np.where(night, np.isfinite(gradient), np.isfinite(sun))
    return np.where(known, made, "")


def golder_class(obukhov_length: ArrayLike, roughness_length: ArrayLike) -> NDArray[np.str_]:
    """Class whose line in Golder's diagram is nearest in 1/L [m⁻¹].

    L = 20 m over z0 = 0.1 m gives F, L = 50 m gives E, |L| = 1000 m gives D.

    Parameters
    ----------
    obukhov_length : array
        L [m]; negative when unstable.
    roughness_length : array
        z0 [m], 0.001 to 10 (the diagram ends at 0.5 m; the lines are extended).

    References
    ----------
    Golder, D. (1972), doi:10.1007/BF00769106.
    """
    length, roughness = np.broadcast_arrays(
        np.asarray(obukhov_length, float), np.asarray(roughness_length, float)
    )
    known = np.isfinite(length) & np.isfinite(roughness) & (roughness > 0) & (length != 0)
    inverse = 1.0 / np.where(known, length, 1.0)
    lines = GOLDER_INTERCEPT + GOLDER_SLOPE * np.log10(np.where(known, roughness, 1.0))[..., None]
    # Over rough ground the fitted line of E falls below zero: its order to D and F must hold.
    lines = np.maximum.accumulate(lines, axis=-1)
    nearest = np.argmin(np.abs(lines - inverse[..., None]), axis=-1)
    return np.where(known, CLASSES[nearest], "")


def stability_class(
    wind_speed_10m: ArrayLike,
    solar_elevation_deg: ArrayLike,
    *,
    night: ArrayLike,
    cloud: ArrayLike | None = None,
    radiation: ArrayLike | None = None,
    temperature_gradient: ArrayLike | None = None,
    ceiling_m: ArrayLike | None = None,
    method: str = "turner",
) -> NDArray[np.str_]:
    """Pasquill class ``A`` to ``F`` by the named method; empty where its input is missing.

    Parameters
    ----------
    wind_speed_10m : array
        Wind at 10 m [m s⁻¹].
    solar_elevation_deg : array
        Elevation of the sun [degrees].
    night : array of bool
        From one hour before sunset to one hour after sunrise.
    cloud : array, optional
        Total cloud, fraction [1]; needed by ``turner``.
    radiation, temperature_gradient : array, optional
        Global radiation [W m⁻²] and vertical temperature gradient [K m⁻¹]; needed by ``srdt``.
    ceiling_m : array, optional
        Cloud ceiling [m], used by ``turner``.
    method : {"turner", "srdt"}
        Turner (1964), doi:10.1175/1520-0450(1964)003<0083:ADMFUA>2.0.CO;2, or SRDT, EPA-454/R-99-005.

    Raises
    ------
    ConfigError
        If the method is not known.
    """
    speed = np.asarray(wind_speed_10m, float)
    missing = np.full(speed.shape, np.nan)
    if method == "turner":
        index = net_radiation_index(
            solar_elevation_deg, missing if cloud is None else cloud, night, ceiling_m=ceiling_m
        )
        return turner_class(speed, index)
    if method == "srdt":
        return srdt_class(
            speed,
            missing if radiation is None else radiation,
            night,
            temperature_gradient=temperature_gradient,
        )
    raise ConfigError(f"stability method {method!r} is not known", cure="one of: turner, srdt")
