"""Bearing of the direction of the highest mean at a post, with its draws and the chance that it is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.directional.bootstrap import block_numbers, block_sums, group_rng, resampled
from sootprint.attribution.directional.joining import CALM_SPEED, without_direction

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BearingOptions:
    """Settings of `post_bearing`.

    Attributes
    ----------
    classes : int
        Classes of direction around the compass.
    spread_deg : float
        Spread of the Gaussian kernel over directions [degrees].
    shrinkage_hours : float
        Hours at the overall mean that are added to every direction, so that a few hours make no peak.
    calm_speed : float
        Speed under which the direction is not used [m s⁻¹].
    block_days, draws, shifts, seed : int
        Length of a bootstrap block [days], its draws, shifted series and seed.
    minimum_days : int
        Days under which a post has no bearing.
    """

    classes: int = 180
    spread_deg: float = 8.0
    shrinkage_hours: float = 24.0
    calm_speed: float = CALM_SPEED
    block_days: int = 1
    draws: int = 400
    shifts: int = 199
    minimum_days: int = 10
    seed: int = 0


@dataclass(frozen=True)
class PostBearing:
    """Bearing of one post.

    Attributes
    ----------
    bearing : float
        Direction of the highest smoothed mean [degrees].
    draws : ndarray
        The same of bootstrap draws [degrees].
    enrichment : float
        Highest smoothed mean over the overall mean.
    chance : float
        Share of series shifted against their wind that have an enrichment at least as high.
    hours : int
        Hours used.
    """

    bearing: float
    draws: Array
    enrichment: float
    chance: float
    hours: int


def post_bearing(group: pd.DataFrame, options: BearingOptions) -> PostBearing | None:
    """Bearing of the served hours of one post and pollutant; none with too few days or no pollution.

    The mean by direction is non-parametric regression on a circle (Henry, Chang and Spiegelman 2002,
    doi:10.1016/S1352-2310(02)00164-4, equation 1) with a Gaussian kernel. Draws are a block bootstrap over
    days. For the chance, the readings are shifted against the wind by whole days, which keeps the
    persistence of both and breaks their link.
    """
    speed = group["wind_speed"].to_numpy(float)
    direction = group["wind_from_direction"].to_numpy(float)
    blown = ~without_direction(speed, direction, options.calm_speed)
    rows = group.loc[blown]
    value = rows["value_ugm3"].to_numpy(float)
    if rows["day_local"].nunique() < options.minimum_days or not value.sum() > 0:
        return None
    count = options.classes
    rng = group_rng(options.seed, str(group["station_id"].iloc[0]), str(group["pollutant"].iloc[0]))
    way = direction[blown]
    tens = way % 10.0 == 0.0
    if tens.mean() > 0.95:
        # a stated ten is any direction within 5° of it; left as it is, bearings would snap to tens
        way = way + np.where(tens, rng.uniform(-5.0, 5.0, len(way)), 0.0)
    klass = np.floor((way % 360.0) * count / 360.0).astype(np.int64) % count
    blocks = block_numbers(rows["day_local"], options.block_days)
    hours = block_sums(blocks, klass, count, np.ones(len(value)))
    dose = block_sums(blocks, klass, count, value)
    kernel = _kernel(options)
    middles = (np.arange(count) + 0.5) * 360.0 / count
    curve = _curve(hours.sum(axis=0)[None], dose.sum(axis=0)[None], kernel, options)[0]
    hours_draws, dose_draws = resampled([hours, dose], options.draws, rng)
    drawn = _curve(hours_draws, dose_draws, kernel, options)
    peak = int(np.argmax(curve))
    enrichment = float(curve[peak])
    order = np.argsort(rows["time_start"].to_numpy(), kind="stable")
    daily = max(1, round(len(value) / rows["day_local"].nunique()))
    shifts = rng.integers(1, max(2, len(value) // daily), size=options.shifts) * daily
    sums = [np.bincount(klass[order], np.roll(value[order], shift), minlength=count) for shift in shifts]
    shifted = np.stack(sums).astype(float)
    null = _curve(np.broadcast_to(hours.sum(axis=0), shifted.shape), shifted, kernel, options).max(axis=1)
    chance = (1.0 + float((null >= enrichment).sum())) / (1.0 + options.shifts)
    return PostBearing(
        float(middles[peak]), middles[np.argmax(drawn, axis=1)], enrichment, chance, len(value)
    )


def _kernel(options: BearingOptions) -> Array:
    step = 360.0 / options.classes
    apart = np.arange(options.classes) * step
    apart = np.minimum(apart, 360.0 - apart)
    weight = np.exp(-0.5 * (apart / options.spread_deg) ** 2)
    place = np.arange(options.classes)
    return np.asarray(weight[np.abs(place[:, None] - place[None, :])])


def _curve(hours: Array, dose: Array, kernel: Array, options: BearingOptions) -> Array:
    """Smoothed mean by direction over the overall mean; shape (draw, class)."""
    overall = dose.sum(axis=1, keepdims=True) / hours.sum(axis=1, keepdims=True)
    extra = options.shrinkage_hours
    return np.asarray((dose @ kernel + extra * overall) / (hours @ kernel + extra) / overall)
