"""Uniformity of ranks in simulation-based calibration.

If a truth is drawn from the prior, readings from the model, and draws from the posterior of those readings,
the rank of the truth among L independent draws is uniform on 0…L: Talts et al. 2018, arXiv:1804.06788,
theorem 1. Bands for the empirical distribution of the ranks: Säilynoja, Bürkner & Vehtari 2022,
doi:10.1007/s11222-022-10090-6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError

Array = NDArray[np.float64]

SIMULATIONS = 2000
"""Uniform samples from which the simultaneous band is found."""


@dataclass(frozen=True)
class Uniformity:
    """Result of `uniformity`.

    Attributes
    ----------
    count : int
        Ranks.
    chi_square, chi_square_p : float
        χ² of the binned ranks and its p-value.
    ecdf_p : float
        Share of uniform samples whose empirical distribution leaves its pointwise band at least as far.
    mean : float
        Mean of rank / L [1]; ½ without bias. Above it, truths are larger than drawn.
    coverage_50, coverage_90 : float
        Share of truths within the central 50 % and 90 % of the draws [1].
    """

    count: int
    chi_square: float
    chi_square_p: float
    ecdf_p: float
    mean: float
    coverage_50: float
    coverage_90: float


def rank_of(truth: float, draws: ArrayLike) -> int:
    """Number of draws below the truth, 0…L."""
    return int((np.asarray(draws, float) < truth).sum())


def uniformity(ranks: ArrayLike, draws: int, *, bins: int = 10, seed: int = 0) -> Uniformity:
    """Whether ranks among ``draws`` draws are uniform.

    Parameters
    ----------
    ranks : (N,) array of int
        Ranks 0…``draws``.
    draws : int
        Draws L that each rank is among.
    bins : int
        Bins; a divisor of L + 1.
    seed : int
        Seed of the uniform samples that the band is found from.

    Raises
    ------
    InputError
        If L + 1 is no multiple of the bins, or a rank is not within 0…L.
    """
    from scipy.stats import chi2

    values = np.asarray(ranks, np.int64)
    if (draws + 1) % bins:
        raise InputError(
            f"{draws + 1} possible ranks in {bins} bins", rule="bins hold alike many ranks", cure="99 draws"
        )
    if len(values) == 0 or values.min() < 0 or values.max() > draws:
        raise InputError("a rank out of its range", rule=f"ranks lie within 0 and {draws}")
    counts = np.bincount(values * bins // (draws + 1), minlength=bins)
    expected = len(values) / bins
    statistic = float(((counts - expected) ** 2).sum() / expected)
    middle = (values + 0.5) / (draws + 1)
    reference = _band_levels(len(values), draws + 1, seed)
    level = _levels(values[None], draws + 1)[0]
    return Uniformity(
        count=len(values),
        chi_square=statistic,
        chi_square_p=float(chi2.sf(statistic, bins - 1)),
        ecdf_p=float((1.0 + (reference <= level).sum()) / (1.0 + len(reference))),
        mean=float(values.mean() / draws),
        coverage_50=float((np.abs(middle - 0.5) < 0.25).mean()),
        coverage_90=float((np.abs(middle - 0.5) < 0.45).mean()),
    )


def ecdf_band(count: int, draws: int, *, risk: float = 0.05, seed: int = 0) -> tuple[Array, Array, Array]:
    """Simultaneous band of the empirical distribution of uniform ranks.

    The pointwise level γ is the ``risk`` quantile, over uniform samples, of the smallest two-sided binomial
    tail of a sample; then all of a uniform sample lies within the binomial quantiles γ/2 and 1 − γ/2 with
    probability 1 − ``risk`` (Säilynoja et al. 2022, algorithm 1).

    Returns
    -------
    points, low, high : (L,) arrays
        Points z = i / (L + 1), and the ends of the band at each.
    """
    from scipy.stats import binom

    level = float(np.quantile(_band_levels(count, draws + 1, seed), risk))
    points = np.arange(1, draws + 1) / (draws + 1)
    low = binom.ppf(level / 2.0, count, points) / count
    high = binom.ppf(1.0 - level / 2.0, count, points) / count
    return points, low, high


def _levels(ranks: NDArray[np.int64], possible: int) -> Array:
    """Smallest two-sided binomial tail of each row of ranks, (rows,) array."""
    from scipy.stats import binom

    count = ranks.shape[1]
    points = np.arange(1, possible)
    below = np.stack([(ranks < point).sum(axis=1) for point in points], axis=1)
    share = points / possible
    lower = binom.cdf(below, count, share)
    upper = binom.sf(below - 1, count, share)
    return np.asarray(2.0 * np.minimum(lower, upper).min(axis=1), float)


def _band_levels(count: int, possible: int, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    return _levels(rng.integers(0, possible, (SIMULATIONS, count)), possible)
