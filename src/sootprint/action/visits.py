"""When and where to go: the hours in which a source is best seen, and the point of its largest effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.geo import project, unproject
from sootprint.core.timeaxis import to_local

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

MICROGRAMS = 1e6
"""Micrograms in a gram."""

COMPASS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
"""Names of the 16 compass points, from north clockwise."""

DISTANCES = np.geomspace(100.0, 15_000.0, 60)
"""Downwind distances that are compared [m]."""


@dataclass(frozen=True)
class Visit:
    """When to go and where to sample.

    Attributes
    ----------
    window_local : str
        Hours of the local day and the wind, in words.
    lon, lat : float
        Sampling point, degrees; NaN where the engine cannot place it.
    distance : float
        Its distance from the source [m].
    response : float
        Modelled concentration there for 1 g s⁻¹ [µg m⁻³ per g s⁻¹].
    wind_speed, wind_from : float
        Wind for which the point is placed [m s⁻¹], [degrees].
    """

    window_local: str
    lon: float = float("nan")
    lat: float = float("nan")
    distance: float = float("nan")
    response: float = float("nan")
    wind_speed: float = float("nan")
    wind_from: float = float("nan")


def compass(direction: float) -> str:
    """Name of the nearest of 16 compass points."""
    return COMPASS[int(np.floor((direction % 360.0) / 22.5 + 0.5)) % 16]


def seen_by_hour(operator: xr.Dataset, source_id: str, hours: NDArray[np.bool_] | None = None) -> Array:
    """Mean over posts of H of one source, (time,) [µg m⁻³ per g s⁻¹]; 0 where not served or left out."""
    response = operator["H"].sel(source=source_id).transpose("time", "receptor").to_numpy() * MICROGRAMS
    served = np.isfinite(response)
    count = served.sum(axis=1)
    made = np.where(served, response, 0.0).sum(axis=1) / np.maximum(count, 1)
    return made if hours is None else np.where(hours, made, 0.0)


def hourly_wind(weather: pd.DataFrame, times: pd.DatetimeIndex) -> pd.DataFrame:
    """First weather row of each hour of the operator: missing where there is none."""
    table = weather.assign(time_start=pd.to_datetime(weather["time_start"]).astype("datetime64[us]"))
    return table.drop_duplicates("time_start").set_index("time_start").reindex(times.as_unit("us"))


def best_run(weights: Array, share: float) -> tuple[int, int]:
    """Shortest run of hours of the day, across midnight too, that holds a share of the weights.

    Returns
    -------
    first, length : int
        First hour and number of hours; the earliest of several equally short ones with the most weight.
    """
    total = weights.sum()
    doubled = np.concatenate([[0.0], np.cumsum(np.concatenate([weights, weights]))])
    for length in range(1, len(weights) + 1):
        sums = doubled[length : length + len(weights)] - doubled[: len(weights)]
        if sums.max() >= share * total:
            return int(sums.argmax()), length
    return 0, len(weights)


def mean_direction(direction: Array, weights: Array) -> float:
    """Weighted vector mean of directions [degrees]; Mardia and Jupp 2000, doi:10.1002/9780470316979, 2.2."""
    angle = np.deg2rad(direction)
    east, north = (weights * np.sin(angle)).sum(), (weights * np.cos(angle)).sum()
    return float(np.rad2deg(np.arctan2(east, north)) % 360.0)


def plan_visit(
    source: pd.DataFrame,
    operator: xr.Dataset,
    weather: pd.DataFrame,
    hours: NDArray[np.bool_],
    *,
    zone: str,
    crs: str,
    share: float,
) -> Visit:
    """Time window and sampling point of one source.

    The window is the shortest run of local hours that holds ``share`` of what the posts see of the source
    over all served hours. The wind is that of the given hours (those of episodes), weighted by what the
    posts see of the source in them; the point is where the engine puts the largest concentration straight
    downwind at the height of breathing, in the hour whose speed is the weighted median.

    Parameters
    ----------
    source : DataFrame
        One row of the table ``sources``.
    operator : Dataset
        ``H(time, receptor, source)`` [s m⁻³].
    weather : DataFrame
        Table ``weather`` that the operator was made with.
    hours : (time,) bool array
        Hours for whose wind the point is placed; all where the source is not seen in them.
    zone, crs : str
        IANA zone and projected CRS.
    share : float
        Share that the window holds [1].
    """
    source_id = str(source["source_id"].iloc[0])
    times = pd.DatetimeIndex(operator["time"].to_numpy())
    wind = hourly_wind(weather, times)
    known = np.isfinite(wind["wind_from_direction"].to_numpy(float))
    everywhere = seen_by_hour(operator, source_id, known)
    weights = seen_by_hour(operator, source_id, hours & known)
    if not weights.sum() > 0:
        weights = everywhere
    if not weights.sum() > 0:
        return Visit("no served hour carries this source to a post: go by the wind of the day")
    local = to_local(pd.Series(times), zone).dt.hour.to_numpy()
    by_hour = np.bincount(local, everywhere, minlength=24).astype(np.float64)
    first, length = best_run(by_hour, share)
    direction = mean_direction(wind["wind_from_direction"].to_numpy(float)[weights > 0], weights[weights > 0])
    speed = wind["wind_speed"].to_numpy(float)
    low, middle, high = _weighted_quantiles(speed, weights, (0.1, 0.5, 0.9))
    clock = "at any hour" if length > 20 else f"{first:02d}:00–{(first + length) % 24:02d}:00"
    window = (
        f"{clock} local time, wind from {compass(direction)} ({direction:.0f}°), {low:.1f}–{high:.1f} m/s"
    )
    typical = int(np.flatnonzero(weights > 0)[np.abs(speed[weights > 0] - middle).argmin()])
    return _place(source, wind.iloc[[typical]], window, direction, crs)


def _weighted_quantiles(values: Array, weights: Array, levels: tuple[float, ...]) -> list[float]:
    keep = (weights > 0) & np.isfinite(values)
    order = np.argsort(values[keep], kind="stable")
    ordered, heavy = values[keep][order], np.cumsum(weights[keep][order])
    return [float(ordered[np.searchsorted(heavy, level * heavy[-1])]) for level in levels]


def _place(source: pd.DataFrame, hour: pd.DataFrame, window: str, direction: float, crs: str) -> Visit:
    from sootprint.dispersion import operator as make_operator

    speed = float(hour["wind_speed"].iloc[0])
    x, y = project(source["lon"].to_numpy(float), source["lat"].to_numpy(float), crs)
    to = np.deg2rad(direction + 180.0)
    lon, lat = unproject(x[0] + DISTANCES * np.sin(to), y[0] + DISTANCES * np.cos(to), crs)
    receptors = pd.DataFrame(
        {"receptor_id": [str(n) for n in range(len(DISTANCES))], "lon": lon, "lat": lat, "height_m": 1.5}
    )
    row = hour.assign(wind_from_direction=direction).rename_axis("time_start").reset_index()
    made = make_operator(source, receptors, row, crs=crs)
    response = made["H"].transpose("time", "receptor", "source").to_numpy()[0, :, 0] * MICROGRAMS
    if not np.isfinite(response).any() or not np.nanmax(response) > 0:
        return Visit(window, wind_speed=speed, wind_from=direction)
    best = int(np.nanargmax(response))
    return Visit(
        window,
        float(lon[best]),
        float(lat[best]),
        float(DISTANCES[best]),
        float(response[best]),
        speed,
        direction,
    )
