"""Moving-block bootstrap of an autocorrelated series, with a block length that the data choose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FEWEST_BLOCKS = 4
"""Fewest pieces that a series may be cut into: with fewer no interval means anything."""

WINDOW_BLOCKS = 8
"""Pieces that are kept when blocks are lengthened to the window, so that the spread is still known."""


def block_length(series: Array) -> float:
    """Block length that is best for the variance of a mean, by Politis and White (2004) as corrected.

    b = (2 G² / D)^⅓ n^⅓ with G = Σ λ(k/M) |k| R(k), D = 4/3 g² (moving and circular blocks), and
    g = Σ λ(k/M) R(k); λ is the flat-top window, R(k) the autocovariance, and M twice the lag after which
    K = max(5, √log₁₀ n) autocorrelations in a row stay within 2 √(log₁₀ n / n). At most 3 √n and n / 3.

    Parameters
    ----------
    series : array, shape (hour,)
        Residuals in the order of time, without missing values.

    References
    ----------
    Politis, D. N. and White, H. (2004), doi:10.1081/ETC-120028836; Patton, A., Politis, D. N. and White, H.
    (2009), doi:10.1080/07474930802459016.
    """
    n = len(series)
    longest = float(np.ceil(min(3.0 * np.sqrt(n), n / 3.0)))
    centred = series - series.mean()
    if n < 10 or not np.any(centred):
        return 1.0
    run = max(5, int(np.ceil(np.sqrt(np.log10(n)))))
    lags = min(int(np.ceil(np.sqrt(n))) + run, n - 1)
    autocovariance = np.array([centred[: n - k] @ centred[k:] / n for k in range(lags + 1)])
    small = np.abs(autocovariance[1:] / autocovariance[0]) < 2.0 * np.sqrt(np.log10(n) / n)
    last = next((k for k in range(len(small) - run + 1) if small[k : k + run].all()), None)
    if last is None:
        last = int(np.flatnonzero(~small).max()) + 1 if (~small).any() else 0
    width = min(2 * max(last, 1), lags)
    k = np.arange(1, width + 1)
    window = np.minimum(1.0, 2.0 * (1.0 - k / width))
    g = autocovariance[0] + 2.0 * (window * autocovariance[1 : width + 1]).sum()
    slope = 2.0 * (window * k * autocovariance[1 : width + 1]).sum()
    if g <= 0:
        return longest
    return float(np.clip((1.5 * (slope / g) ** 2 * n) ** (1.0 / 3.0), 1.0, longest))


def chosen_block(series: Array, window: int) -> int:
    """Block length [steps]: that of `block_length`, or the window's where that is longer.

    A window that is one block has its own correlation whole within it, which joined shorter blocks would
    lose; so blocks are lengthened to the window as long as the series is `WINDOW_BLOCKS` of them, and are
    never longer than a `FEWEST_BLOCKS`-th of it.
    """
    n = len(series)
    wanted = max(block_length(series), min(float(window), n / WINDOW_BLOCKS))
    return int(max(1, min(np.ceil(wanted), n // FEWEST_BLOCKS)))


def block_indices(n: int, length: int, block: int, draws: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Places in a series of ``n`` that ``draws`` pseudo-series of ``length`` are taken from, (draw, step)."""
    pieces = -(-length // block)
    starts = rng.integers(0, n - block + 1, size=(draws, pieces))
    places = starts[:, :, None] + np.arange(block)[None, None, :]
    return places.reshape(draws, -1)[:, :length]


def kurtosis(draws: Array) -> float:
    """Fourth central moment over the squared variance [1]; 3 for a normal distribution."""
    centred = draws - draws.mean()
    variance = float(np.mean(centred**2))
    return float(np.mean(centred**4)) / variance**2 if variance > 0 else 3.0


def widening(blocks: float, level: float, *, fitted: float = 0.0, tails: float = 3.0) -> tuple[float, float]:
    """Factors on the spread of the draws: for the error of the draw itself, and for that of the interval.

    Overlapping blocks of a series lie around its own mean, so their variance is small by 1 − 1 / B, B being
    the number of blocks that do not overlap, and residuals of a fit are small by their degrees of freedom;
    and a spread that B blocks give is itself uncertain, which Student's t with ν degrees of freedom accounts
    for against the normal distribution. The variance of B values with kurtosis κ errs as much as that of
    ν = 2 (B − 1) / (κ − 1) normal ones (Satterthwaite 1946, doi:10.2307/3002019): B − 1 for κ = 3.

    Parameters
    ----------
    blocks : float
        Length of the series over that of a block.
    level : float
        Level of the interval.
    fitted : float
        Parameters of the fit over the length of the series [1].
    tails : float
        Kurtosis of the draws [1]; under 3 it counts as 3.

    Returns
    -------
    tuple of float
        1 / √((1 − 1/B) (1 − fitted)), and the same times t / z at the level.
    """
    from scipy import stats

    unbiased = float(1.0 / np.sqrt((1.0 - 1.0 / blocks) * (1.0 - fitted)))
    tail = 0.5 + 0.5 * level
    freedom = 2.0 * (blocks - 1.0) / (max(tails, 3.0) - 1.0)
    return unbiased, unbiased * float(stats.t.ppf(tail, freedom) / stats.norm.ppf(tail))
