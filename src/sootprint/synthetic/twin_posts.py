"""Background of a random city, and what its posts report of the true air."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from sootprint.core import schema
from sootprint.synthetic.air import Air, autoregressive
from sootprint.synthetic.readings import BACKGROUND, DETECTION_LIMIT, NOISE

Flags = NDArray[np.bool_]


def draw_background(
    rng: np.random.Generator, air: Air, stations: list[str], pollutants: list[str]
) -> xr.DataArray:
    """Background [µg m⁻³], dimensions time, station, pollutant.

    A regional level that wanders over days and rises in standing air, as that of a basin does, times a
    factor of each post for all the small things around it that no list names.
    """
    still = air.regime["stagnant"].to_numpy(float)
    time = air.regime["time_start"].to_numpy()
    gathered = pd.Series(still).ewm(span=24).mean().to_numpy()
    rise = rng.uniform(0.0, 0.8)
    values = np.empty((len(time), len(stations), len(pollutants)))
    for number, pollutant in enumerate(pollutants):
        level = BACKGROUND[pollutant] * rng.uniform(0.4, 1.6)
        wander = np.exp(rng.uniform(0.15, 0.4) * autoregressive(rng, len(time), 0.985))
        around = np.exp(0.15 * rng.standard_normal(len(stations)))
        values[:, :, number] = level * (wander * (1.0 + rise * gathered))[:, None] * around[None, :]
    return xr.DataArray(
        values,
        dims=("time", "station", "pollutant"),
        coords={"time": time, "station": stations, "pollutant": pollutants},
        attrs={"units": "ug m-3", "synthetic": "yes"},
    )


def outages(rng: np.random.Generator, hours: int) -> Flags:
    """Hours in which a post is silent, (hours,) array: single ones, and outages of hours to two weeks."""
    lost = rng.random(hours) < rng.uniform(0.0, 0.04)
    for _ in range(int(rng.integers(0, 4))):
        first = int(rng.integers(0, hours))
        lost[first : first + int(np.exp(rng.uniform(np.log(4.0), np.log(336.0))))] = True
    return lost


def observe_twin(rng: np.random.Generator, truth: xr.DataArray, kinds: list[str]) -> pd.DataFrame:
    """Table ``observations`` of the true concentrations.

    A post lacks a pollutant with probability 0.15. Each series has a lasting error of its slope (4 %, 15 %
    for a low-cost post), one that drifts, an hourly one of the slope and an additive one; 0.3 % of the
    readings are outliers that were never in the air. Readings under the detection limit carry it.

    Parameters
    ----------
    rng : numpy.random.Generator
    truth : DataArray
        True concentrations [µg m⁻³]: time, station, pollutant.
    kinds : list of str
        Kind of each post.
    """
    time = pd.DatetimeIndex(truth["time"].values)
    n = len(time)
    values = truth.transpose("time", "station", "pollutant").to_numpy()
    posts = truth["station"].values.astype(str)
    pollutants = truth["pollutant"].values.astype(str)
    measured = rng.random((len(posts), len(pollutants))) >= 0.15
    for column in np.flatnonzero(measured.sum(axis=0) < 3):
        measured[:3, column] = True
    pieces = []
    for row, post in enumerate(posts):
        silent = outages(rng, n)
        cheap = kinds[row] == "low_cost"
        for column in np.flatnonzero(measured[row]):
            pollutant = str(pollutants[column])
            noise = rng.standard_normal((2, n))
            lasting = (0.15 if cheap else 0.04) * rng.standard_normal()
            slope = lasting + 0.05 * rng.standard_normal() * np.linspace(-1.0, 1.0, n)
            gain = np.exp(slope + (0.15 if cheap else 0.06) * noise[0])
            value = values[:, row, column] * gain + (2.0 if cheap else 1.0) * NOISE[pollutant] * noise[1]
            strange = rng.random(n) < 0.003
            value = np.where(strange, value * np.exp(rng.uniform(0.7, 2.5, n)), value)
            limit = DETECTION_LIMIT[pollutant]
            lost = silent | (rng.random(n) < 0.005)
            below = (value < limit) & ~lost
            pieces.append(
                pd.DataFrame(
                    {
                        "station_id": post,
                        "pollutant": pollutant,
                        "time_start": time,
                        "duration_s": 3600.0,
                        "value_ugm3": np.where(lost, np.nan, np.round(np.where(below, limit, value), 1)),
                        "flag": np.select([lost, below], ["missing", "below_detection"], "valid"),
                        "detection_limit_ugm3": limit,
                        "source_file": "synthetic",
                    }
                )
            )
    table = pd.concat(pieces, ignore_index=True)
    return schema.check(table.assign(source_row=np.arange(len(table)) + 2), "observations")
