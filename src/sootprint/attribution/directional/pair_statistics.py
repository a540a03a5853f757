"""Weighted rank correlation and lines that outliers do not move, of two pollutants at one place.

Compiled, scalar layer: one place of the wind, its hours with their weights in, a number out. Symbols: x, y
the second and first pollutant of an hour; w its weight; a, b intercept and slope of y on x; r = y − a − b x.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

HUBER_K = 1.345
"""Residual over scale from which an hour counts less: 95 % efficiency for normal errors (Huber 1981)."""

NORMAL_MAD = 0.6745
"""Median absolute value of a standard normal number."""

HUBER_ROUNDS = 20
"""Rounds of reweighting at most."""

HUBER_CHANGE = 1e-4
"""Relative change of the residuals under which reweighting stops."""


@numba.njit(cache=True)
def weighted_ranks(value: Array, order: NDArray[np.int64], weight: Array, ranks: Array) -> None:
    """Weighted ranks of the hours with weight, written into ``ranks``.

    The rank of n tied hours of weight t over hours of weight t₀ below them is t₀ + t (n + 1)/2n: with all
    weights 1 the mean rank (Bailey, Emad and others, vignette of the R package wCorr, "weighted
    Spearman"). ``order`` sorts ``value``.
    """
    below, tied, count, first = 0.0, 0.0, 0, 0
    for place in range(len(order) + 1):
        ends = place == len(order)
        hour = order[place] if not ends else -1
        if not ends and weight[hour] <= 0.0:
            continue
        if count > 0 and (ends or value[hour] != value[order[first]]):
            rank = below + tied * (count + 1.0) / (2.0 * count)
            for back in range(first, place):
                if weight[order[back]] > 0.0:
                    ranks[order[back]] = rank
            below += tied
            tied, count = 0.0, 0
        if ends:
            break
        if count == 0:
            first = place
        tied += weight[hour]
        count += 1


@numba.njit(cache=True)
def weighted_line(x: Array, y: Array, weight: Array) -> tuple[float, float]:
    """Intercept and slope of the weighted least squares line; NaN where x does not vary."""
    total = weight.sum()
    mean_x, mean_y = (weight * x).sum() / total, (weight * y).sum() / total
    spread = (weight * (x - mean_x) ** 2).sum()
    if spread <= 0.0:
        return np.nan, np.nan
    slope = (weight * (x - mean_x) * (y - mean_y)).sum() / spread
    return mean_y - slope * mean_x, slope


@numba.njit(cache=True)
def huber_slope(x: Array, y: Array, weight: Array, rounds: int) -> float:
    """Slope of Huber's M-estimate of a line, by reweighted least squares.

    Σ w ψ(√w r/s) x = 0 with ψ linear to `HUBER_K` and constant beyond, s the median of √w |r| over
    `NORMAL_MAD` anew each round: weights are inverse variances (Huber 1981, doi:10.1002/0471725250,
    section 7.8; Venables and Ripley 2002, doi:10.1007/978-0-387-21706-2, section 6.5, whose stopping rule
    is taken, too).
    """
    root = np.sqrt(weight)
    intercept, slope = weighted_line(x, y, weight)
    if not np.isfinite(slope):
        return np.nan
    residual = root * (y - intercept - slope * x)
    for _ in range(rounds):
        scale = np.median(np.abs(residual)) / NORMAL_MAD
        if scale == 0.0:
            break
        trust = np.minimum(1.0, HUBER_K * scale / np.maximum(np.abs(residual), 1e-300))
        intercept, slope = weighted_line(x, y, weight * trust)
        old = residual
        residual = root * (y - intercept - slope * x)
        change = np.sqrt(((old - residual) ** 2).sum() / max(1e-20, (old**2).sum()))
        if change <= HUBER_CHANGE:
            break
    return slope


@numba.njit(cache=True)
def quantile_slope(x: Array, y: Array, weight: Array, quantile: float) -> float:
    """Slope of the line with the least Σ w ρ(r), ρ(r) = r (q − [r < 0]), at a quantile q from 0 to 1.

    Koenker and Bassett 1978 (doi:10.2307/1913643). For a slope the best intercept is the weighted quantile
    of y − b x; what is left is convex in b, and its subgradient is brought to zero by halving. NaN where x
    does not vary.
    """
    mean_x, mean_y = (weight * x).sum() / weight.sum(), (weight * y).sum() / weight.sum()
    x, y = x - mean_x, y - mean_y
    start = weighted_line(x, y, weight)[1]
    if not np.isfinite(start):
        return np.nan
    unit = abs(start) + np.sqrt((weight * y**2).sum() / (weight * x**2).sum())
    if unit == 0.0:
        return 0.0
    width = np.sqrt((weight * x**2).sum() / weight.sum())
    room = np.empty((3, len(x)))
    step, low, high = 0.5 * unit, start, start
    _, cut = _gradient(x, y, weight, quantile, start, 0.0, np.inf, room)
    while step < 1e12 * unit:
        rising, cut = _gradient(x, y, weight, quantile, low, cut, 2.0 * step * width, room)
        if rising <= 0.0:
            break
        low -= step
        step *= 2.0
    step = 0.5 * unit
    while step < 1e12 * unit:
        rising, cut = _gradient(x, y, weight, quantile, high, cut, 2.0 * (high - low + step) * width, room)
        if rising >= 0.0:
            break
        high += step
        step *= 2.0
    while high - low > 1e-10 * unit:
        middle = 0.5 * (low + high)
        rising, cut = _gradient(x, y, weight, quantile, middle, cut, 2.0 * (high - low) * width, room)
        if rising > 0.0:
            high = middle
        else:
            low = middle
    return 0.5 * (low + high)


@numba.njit(cache=True)
def _gradient(
    x: Array,
    y: Array,
    weight: Array,
    quantile: float,
    slope: float,
    near: float,
    reach: float,
    room: Array,
) -> tuple[float, float]:
    """A subgradient of the least sum over intercepts, by slope, and the intercept.

    Hours on the line share one multiplier: it is within its bounds, for their value is the quantile. The
    intercept is first looked for within ``reach`` of ``near``; ``room`` has three rows.
    """
    residual = room[0, : len(x)]
    for hour in range(len(x)):
        residual[hour] = y[hour] - slope * x[hour]
    cut = _near_quantile(residual, weight, quantile, near, reach, room[1], room[2])
    over = under = over_x = under_x = level = level_x = 0.0
    for hour in range(len(x)):
        moment = weight[hour] * x[hour]
        if residual[hour] > cut:
            over += weight[hour]
            over_x += moment
        elif residual[hour] < cut:
            under += weight[hour]
            under_x += moment
        else:
            level += weight[hour]
            level_x += moment
    shared = ((1.0 - quantile) * under - quantile * over) / level
    return (1.0 - quantile) * under_x - quantile * over_x - shared * level_x, cut


@numba.njit(cache=True)
def _near_quantile(
    value: Array, weight: Array, quantile: float, near: float, reach: float, values: Array, weights: Array
) -> float:
    """Smallest value with at least the quantile of the weight at or below it.

    Only values within ``reach`` of ``near`` are ordered, and all where it is not among them; ``values`` and
    ``weights`` are room.
    """
    total = below = inside = 0.0
    count = 0
    for hour in range(len(value)):
        total += weight[hour]
        if value[hour] < near - reach:
            below += weight[hour]
        elif value[hour] <= near + reach:
            values[count], weights[count] = value[hour], weight[hour]
            inside += weight[hour]
            count += 1
    wanted = quantile * total
    if count < len(value) and not below < wanted <= below + inside:
        values[: len(value)] = value
        weights[: len(value)] = weight
        return _weighted_quantile(values[: len(value)], weights[: len(value)], wanted)
    return _weighted_quantile(values[:count], weights[:count], wanted - below)


@numba.njit(cache=True)
def _weighted_quantile(value: Array, weight: Array, wanted: float) -> float:
    """Smallest value with at least the wanted weight at or below it; the arrays are reordered."""
    low, high, below = 0, len(value), 0.0
    while True:
        pivot = _middle(value[low], value[(low + high) // 2], value[high - 1])
        # three parts: under the pivot, at it, over it
        first, last, place = low, high, low
        under = at = 0.0
        while place < last:
            if value[place] < pivot:
                under += weight[place]
                value[first], value[place] = value[place], value[first]
                weight[first], weight[place] = weight[place], weight[first]
                first += 1
                place += 1
            elif value[place] > pivot:
                last -= 1
                value[last], value[place] = value[place], value[last]
                weight[last], weight[place] = weight[place], weight[last]
            else:
                at += weight[place]
                place += 1
        if below + under >= wanted and first > low:
            high = first
        elif below + under + at >= wanted or last == high:
            return pivot
        else:
            below += under + at
            low = last


@numba.njit(cache=True)
def _middle(a: float, b: float, c: float) -> float:
    return max(min(a, b), min(max(a, b), c))


@numba.njit(cache=True)
def spearman(one: Array, two: Array, orders: NDArray[np.int64], weight: Array) -> float:
    """Weighted Pearson correlation of weighted ranks; ``orders`` sort the two series, shape (2, hour)."""
    ranks = np.zeros((2, len(one)))
    weighted_ranks(one, orders[0], weight, ranks[0])
    weighted_ranks(two, orders[1], weight, ranks[1])
    total = weight.sum()
    first = ranks[0] - (weight * ranks[0]).sum() / total
    second = ranks[1] - (weight * ranks[1]).sum() / total
    spread = np.sqrt((weight * first**2).sum() * (weight * second**2).sum())
    return (weight * first * second).sum() / spread if spread > 0.0 else np.nan
