"""Statistics at a wind speed and direction from all hours, each weighted by its distance from there.

Symbols: u, θ wind speed and direction of an hour; u₀, θ₀ those of the place; σ_u, σ_θ the spreads of the
Gaussian kernel; w = exp(−½ ((u − u₀)/σ_u)² − ½ ((θ − θ₀)/σ_θ)²) the weight of an hour there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

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
    """Weighted correlation, slope or intercept of two pollutants; shape (speed, direction).

    With weighted means m and (co)variances s at a place: correlation s₁₂/√(s₁₁ s₂₂), slope s₁₂/s₂₂ of
    ``first`` on ``second``, intercept m₁ − slope m₂ (Grange, Lewis and Carslaw 2016,
    doi:10.1016/j.atmosenv.2016.09.016). Hours of weight up to ``kernel_cut`` of the place's largest are
    left out; a place with under ``minimum_hours`` others has no value.
    """
    by_speed = speed_kernel(speed, speeds, options.speed_spread)
    # sums about the means lose no digits where both pollutants are far from zero
    one, two = first - first.mean(), second - second.mean()
    moments = np.column_stack([np.ones(len(one)), one, two, one * one, two * two, one * two])
    made = np.full((len(speeds), len(directions)), np.nan)
    for column, place in enumerate(directions):
        weight = by_speed * direction_kernel(direction, np.array([place]), options)
        largest = weight.max(axis=1, keepdims=True)
        weight[weight <= options.kernel_cut * largest] = 0.0
        enough = (weight > 0.0).sum(axis=1) >= options.minimum_hours
        sums = (weight @ moments)[enough]
        s0, m1, m2 = sums[:, 0], sums[:, 1] / sums[:, 0], sums[:, 2] / sums[:, 0]
        s11, s22 = sums[:, 3] / s0 - m1**2, sums[:, 4] / s0 - m2**2
        s12 = sums[:, 5] / s0 - m1 * m2
        with np.errstate(invalid="ignore", divide="ignore"):
            slope = s12 / s22
            if options.statistic == "correlation":
                made[enough, column] = s12 / np.sqrt(s11 * s22)
            elif options.statistic == "slope":
                made[enough, column] = slope
            else:
                made[enough, column] = m1 + first.mean() - slope * (m2 + second.mean())
    made[~np.isfinite(made)] = np.nan
    return made
