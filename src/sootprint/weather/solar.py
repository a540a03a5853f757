"""Place of the sun: what drives the mixing by day."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray


def solar_elevation(
    time_utc: pd.Series | pd.DatetimeIndex | ArrayLike, lon: ArrayLike, lat: ArrayLike
) -> NDArray[np.float64]:
    r"""Elevation of the sun's centre above the horizon [degrees], without refraction.

    With the day angle :math:`\Gamma`, the Fourier series of Spencer (1971) for declination δ and equation
    of time E, and the hour angle :math:`\omega`:
    :math:`\sin h = \sin\varphi\sin\delta + \cos\varphi\cos\delta\cos\omega`.
    Right within about 0.3° in the years 1950–2050. 2003-10-17 19:30:30 UTC at 105.1786° W, 39.7425° N gives
    39.8° (39.87° by the NREL algorithm of Reda and Andreas 2004).

    Parameters
    ----------
    time_utc : Series, DatetimeIndex or array of datetime64
        Moments, UTC without a zone.
    lon, lat : float or array
        Place [degrees], east and north positive.

    Returns
    -------
    array of float
        Degrees, NaN where the time is missing.

    References
    ----------
    Spencer, J. W. (1971): Fourier series representation of the position of the sun. Search 2(5), 172.
    Reda, I. and Andreas, A. (2004), doi:10.1016/j.solener.2003.12.003.
    """
    times = pd.DatetimeIndex(np.asarray(time_utc, dtype="datetime64[us]"))
    hours = np.asarray(times.hour + times.minute / 60.0 + times.second / 3600.0, dtype=float)
    day = np.asarray(times.day_of_year, dtype=float) - 1.0 + (hours - 12.0) / 24.0
    angle = 2.0 * np.pi * day / 365.0
    cos, sin = np.cos(angle), np.sin(angle)
    cos2, sin2 = np.cos(2 * angle), np.sin(2 * angle)
    declination = (
        0.006918
        - 0.399912 * cos
        + 0.070257 * sin
        - 0.006758 * cos2
        + 0.000907 * sin2
        - 0.002697 * np.cos(3 * angle)
        + 0.00148 * np.sin(3 * angle)
    )
    equation_of_time = 0.000075 + 0.001868 * cos - 0.032077 * sin - 0.014615 * cos2 - 0.040849 * sin2
    hour_angle = np.pi * (hours - 12.0) / 12.0 + np.radians(np.asarray(lon, dtype=float)) + equation_of_time
    latitude = np.radians(np.asarray(lat, dtype=float))
    sine = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(
        hour_angle
    )
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0))), dtype=float)


def sunrise(local_day: pd.DatetimeIndex, lon: float, lat: float) -> pd.DatetimeIndex:
    """UTC moments at which the sun's centre passes the horizon upwards, by bisection of `solar_elevation`.

    Days without sunrise (midnight sun, polar night) get 6 h of mean solar time. Within about two minutes
    outside the polar circles; without refraction, which brings the sun up some four minutes earlier.

    Parameters
    ----------
    local_day : DatetimeIndex
        Days of mean solar time at the place, at 00:00.
    lon, lat : float
        Place [degrees].
    """
    midnight = local_day.to_numpy().astype("datetime64[us]") - np.timedelta64(round(lon / 15.0 * 3.6e9), "us")
    low, top = np.zeros(len(local_day)), np.full(len(local_day), 12.0)

    def elevation(hours: NDArray[np.float64]) -> NDArray[np.float64]:
        return solar_elevation(midnight + (hours * 3.6e9).astype("timedelta64[us]"), lon, lat)

    rises = (elevation(low) < 0.0) & (elevation(top) > 0.0)
    for _ in range(20):
        middle = 0.5 * (low + top)
        up = elevation(middle) > 0.0
        low, top = np.where(up, low, middle), np.where(up, middle, top)
    hours = np.where(rises, top, 6.0)
    return pd.DatetimeIndex(midnight + (hours * 3.6e9).astype("timedelta64[us]"))
