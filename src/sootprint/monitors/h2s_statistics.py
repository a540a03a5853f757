"""Covariation of two series beyond a common factor: ranks, tetrads, a robust slope and their bootstrap."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

NAN = float("nan")

CONTROLS_CORRELATE = 0.2
"""Mean correlation of the controls [1] under which they show no common factor to divide by."""

SLOPE_BINS = 2000
"""Steps of the sorted slopes in which resampled medians are found."""


@dataclass(frozen=True)
class Covariation:
    """Statistics of one post and period; see the schema ``h2s_quality``."""

    spearman: float = NAN
    spearman_q05: float = NAN
    spearman_q95: float = NAN
    weather_correlation: float = NAN
    excess: float = NAN
    excess_q05: float = NAN
    excess_q95: float = NAN
    partial_correlation: float = NAN
    slope: float = NAN
    slope_q05: float = NAN
    slope_q95: float = NAN
    intercept_ugm3: float = NAN
    ratio_spread: float = NAN
    lag_h: int | None = None

    def columns(self) -> dict[str, Any]:
        """Columns of the table."""
        return asdict(self)


def covariation(
    table: NDArray[np.float64],
    day: NDArray[np.int64],
    hour: NDArray[np.int64],
    replicates: int,
    maximum_lag_h: int,
    rng: np.random.Generator,
) -> Covariation:
    """Statistics of columns y, x and controls (hours × series) [µg m⁻³], resampled by days.

    ``day`` and ``hour`` are whole numbers of the day and the hour of each row, ascending.
    """
    from scipy.stats import rankdata

    ranks = np.column_stack([rankdata(column) for column in table.T])
    ranks = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)
    _, block = np.unique(day, return_inverse=True)
    n_days = int(block.max()) + 1
    weights = np.vstack([np.ones(n_days), rng.multinomial(n_days, np.full(n_days, 1.0 / n_days), replicates)])
    matrices = _correlations(ranks, block, weights)
    rho = matrices[:, 0, 1]
    weather = _common_factor(matrices)
    slopes = _slopes(table[:, 0], table[:, 1], block, weights)
    ends = [np.nanpercentile(part[1:], (5, 95)) for part in (rho, rho - weather, slopes)]
    upper = (table[:, 1] >= np.median(table[:, 1])) & (table[:, 0] > 0) & (table[:, 1] > 0)
    ratio = np.log(table[upper, 0] / table[upper, 1])
    return Covariation(
        spearman=float(np.clip(rho[0], -1.0, 1.0)),
        spearman_q05=float(ends[0][0]),
        spearman_q95=float(ends[0][1]),
        weather_correlation=float(weather[0]),
        excess=float(rho[0] - weather[0]),
        excess_q05=float(ends[1][0]),
        excess_q95=float(ends[1][1]),
        partial_correlation=_partial(matrices[0]),
        slope=float(slopes[0]),
        slope_q05=float(ends[2][0]),
        slope_q95=float(ends[2][1]),
        intercept_ugm3=float(np.median(table[:, 0] - slopes[0] * table[:, 1])),
        ratio_spread=float(1.4826 * np.median(np.abs(ratio - np.median(ratio)))) if upper.any() else NAN,
        lag_h=_best_lag(ranks[:, 0], ranks[:, 1], hour, maximum_lag_h),
    )


def tetrad_correlation(matrix: NDArray[np.float64]) -> float:
    """Correlation of the first two series that one common factor of all series makes [1].

    With loadings λ the correlations are r_ij = λ_i·λ_j, so Σ r_ya·r_xb / Σ r_ab over controls a ≠ b is
    λ_y·λ_x whatever the loadings of the controls are. For loadings 0.8, 0.6 and controls of 0.5, 0.9:
    (0.40·0.54 + 0.72·0.30) / (2·0.45) = 0.48.
    """
    return float(_common_factor(matrix[None])[0])


def _correlations(
    ranks: NDArray[np.float64], block: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Correlation matrices (replicates × series × series) from sums of products by day."""
    n_days, n_series = weights.shape[1], ranks.shape[1]
    products = np.zeros((n_days, n_series, n_series))
    sums, counts = np.zeros((n_days, n_series)), np.bincount(block, minlength=n_days).astype(float)
    np.add.at(products, block, ranks[:, :, None] * ranks[:, None, :])
    np.add.at(sums, block, ranks)
    total = weights @ counts
    mean = (weights @ sums) / total[:, None]
    second = np.einsum("bd,dij->bij", weights, products) / total[:, None, None]
    covariance = second - mean[:, :, None] * mean[:, None, :]
    scale = np.sqrt(np.einsum("bii->bi", covariance))
    return np.asarray(covariance / scale[:, :, None] / scale[:, None, :])


def _common_factor(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlation of series 0 and 1 that the controls account for, in each matrix."""
    n_controls = matrices.shape[1] - 2
    if n_controls == 0:
        return np.zeros(len(matrices))
    among, of_y, of_x = matrices[:, 2:, 2:], matrices[:, 0, 2:], matrices[:, 1, 2:]
    off = ~np.eye(n_controls, dtype=bool)
    if n_controls > 1 and among[0][off].mean() > CONTROLS_CORRELATE:
        pairs = (of_y[:, :, None] * of_x[:, None, :])[:, off].sum(axis=1)
        return np.asarray(pairs / among[:, off].sum(axis=1))
    solved = np.linalg.solve(among, of_x[:, :, None])[:, :, 0]
    return np.asarray((of_y * solved).sum(axis=1))


def _partial(matrix: NDArray[np.float64]) -> float:
    inverse = np.linalg.pinv(matrix)
    return float(np.clip(-inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1]), -1.0, 1.0))


def _slopes(
    y: NDArray[np.float64], x: NDArray[np.float64], block: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weighted medians of the slopes of all pairs of hours of a day, for each weighting of the days.

    The first is exact; the others, which only make the interval, are to one part in `SLOPE_BINS`.
    """
    first, second = [], []
    bounds = np.flatnonzero(np.diff(block, prepend=-1, append=block[-1] + 1))
    for low, high in pairwise(bounds.tolist()):
        one, other = np.triu_indices(high - low, 1)
        first.append(one + low)
        second.append(other + low)
    a, b = np.concatenate(first), np.concatenate(second)
    run = x[b] - x[a]
    known = run != 0
    a, b, run = a[known], b[known], run[known]
    if not run.size:
        return np.full(len(weights), NAN)
    slope = (y[b] - y[a]) / run
    order = np.argsort(slope, kind="stable")
    slope, size, owner = slope[order], np.abs(run)[order], block[a][order]
    bins = np.arange(len(slope)) * min(SLOPE_BINS, len(slope)) // len(slope)
    table = np.zeros((weights.shape[1], int(bins[-1]) + 1))
    np.add.at(table, (owner, bins), size)
    heaps = np.cumsum(weights @ table, axis=1)
    reached = (heaps >= 0.5 * heaps[:, -1:]).argmax(axis=1)
    middles = slope[np.searchsorted(bins, np.arange(int(bins[-1]) + 1))]
    made = np.where(heaps[:, -1] > 0, middles[reached], NAN)
    heap = np.cumsum(size * weights[0][owner])
    made[0] = slope[np.searchsorted(heap, 0.5 * heap[-1])]
    return made


def _best_lag(y: NDArray[np.float64], x: NDArray[np.float64], hour: NDArray[np.int64], most: int) -> int:
    """Hours by which y follows x at their largest correlation; the smallest such shift, 0 first."""
    best, found = -np.inf, 0
    for lag in sorted(range(-most, most + 1), key=lambda value: (abs(value), value)):
        place = np.searchsorted(hour, hour + lag)
        there = (place < len(hour)) & (hour[np.minimum(place, len(hour) - 1)] == hour + lag)
        if there.sum() < 3:
            continue
        correlation = float(np.corrcoef(y[place[there]], x[there])[0, 1])
        if correlation > best + 1e-12:
            best, found = correlation, lag
    return found
