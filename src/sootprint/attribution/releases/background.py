"""What sensors read when no release reaches them: a level a sensor, and a course that all share.

A plume is narrow: at any moment it raises a few of the sensors around a site. What raises all of them is the
country's air, which at night changes within minutes.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

UNREACHED = 0.35
"""Quantile over the sensors that stands for those that no plume reaches [1]."""
NOISE_HOURS = 3.0
"""Time over which the noise is taken [h]: it is larger where the country's air is uneven."""


@dataclass(frozen=True)
class Background:
    """Result of `separate_background`.

    Attributes
    ----------
    excess, level, noise : (cell, sensor) arrays
        Readings less the background, the background, and the standard deviation of the excess in silence
        [unit of the readings]; the excess is NaN where a reading is missing.
    """

    excess: Array
    level: Array
    noise: Array


def separate_background(readings: Array, cells_a_day: float) -> Background:
    """Background of each sensor: a lasting level with a drift of days, and the course that all share.

    The course is the 0.35-quantile over the sensors, each less its own level, at every moment; the noise is
    the spread of what lies below, which a release does not raise, of the sensor in all and of all sensors in
    some hours, whichever is larger. Where a plume covers most sensors at once, as in calm air, the course
    holds part of it.

    Parameters
    ----------
    readings : (cell, sensor) array
        Means of some minutes; NaN where missing.
    cells_a_day : float
        Cells of a day.
    """
    day, hours = max(9, int(cells_a_day)) | 1, max(3, int(cells_a_day * NOISE_HOURS / 24.0)) | 1
    lasting = _quantile(readings - _quantile(readings, 0.5, 1)[:, None], 0.5, 0)
    drift = np.zeros_like(readings)
    for _ in range(2):
        own = lasting + drift
        course = pd.Series(_quantile(readings - own, UNREACHED, 1)).ffill().bfill().to_numpy(float)
        rest = pd.DataFrame(readings - course[:, None] - lasting)
        drift = np.nan_to_num(rest.rolling(day, center=True, min_periods=1).median().to_numpy())
    level = course[:, None] + lasting + drift
    excess = readings - level
    below = np.where(excess < 0.0, -excess, np.nan)
    own_noise = 1.4826 * _quantile(below, 0.5, 0)
    together = pd.Series(_quantile(below, 0.5, 1))
    now = 1.4826 * together.rolling(hours, center=True, min_periods=1).median().ffill().bfill()
    least = 1e-6 * max(float(np.nanmax(np.abs(readings), initial=0.0)), 1e-12)
    noise = np.maximum(np.nan_to_num(own_noise)[None, :], np.nan_to_num(now.to_numpy(float))[:, None])
    return Background(excess, level, np.maximum(noise, least))


def _quantile(values: Array, share: float, axis: int) -> Array:
    with warnings.catch_warnings():
        # A moment or sensor without any reading has no quantile, and none is wanted.
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanquantile(values, share, axis=axis), dtype=float)
