"""Statistics at a wind speed and direction from all hours, each weighted by its distance from there.

Symbols: u, θ wind speed and direction of an hour; u₀, θ₀ those of the place; σ_u, σ_θ the spreads of the
Gaussian kernel; w = exp(−½ ((u − u₀)/σ_u)² − ½ ((θ − θ₀)/σ_θ)²) the weight of an hour there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.directional.pair_statistics import (
    HUBER_ROUNDS,
    huber_slope,
    quantile_slope,
    spearman,
)

if TYPE_CHECKING:
    from sootprint.attribution.directional.polar import PolarOptions

Array = NDArray[np.float64]


def speed_kernel(speed: Array, places: Array, spread: float) -> Array:
    """Kernel weight of each hour's speed; shape (place, hour)."""
    return np.exp(-0.5 * ((speed[None, :] - places[:, None]) / spread) ** 2)


def direction_kernel(direction: Array, places: Array, options: PolarOptions) -> Array:
    """Kernel weight of each hour's direction; shape (place, hour).

    The angle between two directions is taken the short way round. With ``wrap="one_side"`` only angles
    under −180° are, so that a place just east of north does not see hours just west of it: the reference
    program does so.
    """
    angle = direction[None, :] - places[:, None]
    angle = np.where(angle < -180.0, angle + 360.0, angle)
    if options.wrap == "both_sides":
        angle = np.where(angle > 180.0, angle - 360.0, angle)
    return np.exp(-0.5 * (angle / options.direction_spread) ** 2)


def wind_regression(
    speed: Array, direction: Array, value: Array, speeds: Array, directions: Array, options: PolarOptions
) -> Array:
    """Non-parametric wind regression E[c | u, θ] at every speed and direction; shape (speed, direction).

    Σ w c / Σ w, Henry, Norris, Vedantham and Turner 2009 (doi:10.1016/j.atmosenv.2008.11.021, equation 1)
    with Gaussian kernels for both. The sums separate into a product of matrices.
    """
    by_speed = speed_kernel(speed, speeds, options.speed_spread)
    by_direction = direction_kernel(direction, directions, options)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (by_speed * value) @ by_direction.T / (by_speed @ by_direction.T)


def paired_statistic(
    speed: Array,
    direction: Array,
    first: Array,
    second: Array,
    speeds: Array,
    directions: Array,
    options: PolarOptions,
) -> Array:
    """Weighted correlation or line of two pollutants; shape (speed, direction).

    With weighted means m and (co)variances s at a place: ``correlation`` s₁₂/√(s₁₁ s₂₂), ``slope`` s₁₂/s₂₂
    of ``first`` on ``second``, ``intercept`` m₁ − slope m₂ (Grange, Lewis and Carslaw 2016,
    doi:10.1016/j.atmosenv.2016.09.016); ``spearman`` the correlation of weighted ranks, ``robust_slope``
    and ``quantile_slope`` those of `pair_statistics`. Hours of weight up to ``kernel_cut`` of the place's
    largest are left out; a place with under ``minimum_hours`` others has no value.
    """
    by_speed = speed_kernel(speed, speeds, options.speed_spread)
    # sums about the means lose no digits where both pollutants are far from zero
    one, two = first - first.mean(), second - second.mean()
    moments = np.column_stack([np.ones(len(one)), one, two, one * one, two * two, one * two])
    orders = np.stack([np.argsort(series, kind="stable") for series in (one, two)])
    made = np.full((len(speeds), len(directions)), np.nan)
    for column, place in enumerate(directions):
        turned = direction_kernel(direction, np.array([place]), options)[0]
        held = _within_reach(by_speed, turned, options.kernel_cut)
        weight = by_speed[:, held] * turned[held]
        weight /= weight.max(axis=1, keepdims=True)
        weight[weight <= options.kernel_cut] = 0.0
        rows = np.flatnonzero((weight > 0.0).sum(axis=1) >= options.minimum_hours)
        x, y = one[held], two[held]
        match options.statistic:
            case "spearman":
                sorting = _orders_of(orders, held)
                made[rows, column] = [spearman(x, y, sorting, weight[row]) for row in rows]
            case "robust_slope" | "quantile_slope":
                made[rows, column] = [_line(x, y, weight[row], options) for row in rows]
            case _:
                sums = weight[rows] @ moments[held]
                made[rows, column] = [
                    _least_squares(row, first.mean(), second.mean(), options) for row in sums
                ]
    made[~np.isfinite(made)] = np.nan
    return made


def _within_reach(by_speed: Array, by_direction: Array, cut: float) -> NDArray[np.bool_]:
    """Hours that can weigh more than ``cut`` of the largest at any speed: most lie off the direction.

    The largest weight of a speed is at least that among the hours near the direction; an hour weighs no more
    than its direction does.
    """
    near = by_direction > cut
    if not near.any():
        return np.ones(len(by_direction), dtype=bool)
    least = float((by_speed[:, near] * by_direction[near]).max(axis=1).min())
    return np.asarray(by_direction > cut * least)


def _orders_of(orders: NDArray[np.int64], held: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Orders that sort the held hours, from those that sort all."""
    place = np.cumsum(held) - 1
    return np.stack([place[order[held[order]]] for order in orders])


def _least_squares(sums: Array, mean_one: float, mean_two: float, options: PolarOptions) -> float:
    """Correlation, slope or intercept from the sums of weights, values about their means and products."""
    m1, m2, s11, s22, s12 = sums[1:] / sums[0]
    s11, s22, s12 = s11 - m1**2, s22 - m2**2, s12 - m1 * m2
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = s12 / s22
        if options.statistic == "correlation":
            return float(s12 / np.sqrt(s11 * s22))
    return float(slope if options.statistic == "slope" else m1 + mean_one - slope * (m2 + mean_two))


def _line(one: Array, two: Array, weight: Array, options: PolarOptions) -> float:
    held = weight > 0.0
    x, y, w = two[held], one[held], weight[held]
    if options.statistic == "robust_slope":
        return float(huber_slope(x, y, w, HUBER_ROUNDS))
    return float(quantile_slope(x, y, w, options.quantile))
