"""Block bootstrap of the non-negative estimate: the interval that rests on no model of the errors' spread.

Blocks drawn with replacement are weights on their cached sums, so a replicate costs a small quadratic problem
and no pass over the readings (Künsch 1989, doi:10.1214/aos/1176347265, for blocks of a dependent series). It
holds what varies from block to block; a dispersion bias that lasts for the whole period it cannot see. It
stands beside the posterior, which holds both.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

THREADS = 2
"""Replicates that are worked out at a time; their draws are made before, so this changes nothing."""

RIDGE = 1e-4
"""Share of a column's own sum that is added to it, so that like columns have one answer [1]."""

CLOSE = 1e-5
"""Largest change in a sweep over the largest coordinate, each times √Q_jj, at which the descent ends [1]."""

MOST_SWEEPS = 5000
"""Sweeps at which it ends at the latest."""


@dataclass(frozen=True)
class BlockSums:
    """Sums of one block: AᵀV⁻¹A with the readings as last column.

    Attributes
    ----------
    places : (n,) int array
        Columns that are not zero in the block; the readings last.
    gram : (n, n) array
        Sums.
    """

    places: NDArray[np.int64]
    gram: Array


def non_negative(precision: Array, linear: Array, start: Array | None = None) -> Array:
    """Smallest ½θᵀQθ − qᵀθ with θ ≥ 0, by coordinate descent; zero where a column is never seen.

    Parameters
    ----------
    precision : (J, J) array
        Q, symmetric and not negative.
    linear : (J,) array
        q.
    start : (J,) array, optional
        Where to begin.
    """
    theta = np.zeros(len(linear)) if start is None else start.copy()
    strict = precision + np.diag(RIDGE * np.diag(precision))
    _descend(strict, linear, theta)
    return theta


@numba.njit(cache=True, nogil=True)
def _descend(precision, linear, theta):
    slope = linear - precision @ theta
    for _ in range(MOST_SWEEPS):
        largest, moved = 0.0, 0.0
        for index in range(len(theta)):
            own = precision[index, index]
            if own <= 0.0:
                theta[index] = 0.0
                continue
            value = max(0.0, theta[index] + slope[index] / own)
            step = value - theta[index]
            if step != 0.0:
                theta[index] = value
                for row in range(len(theta)):
                    slope[row] -= precision[row, index] * step
            moved = max(moved, abs(step) * np.sqrt(own))
            largest = max(largest, value * np.sqrt(own))
        if moved <= CLOSE * largest:
            break


def block_bootstrap(
    blocks: list[BlockSums], prior: Array, sources: int, count: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Non-negative estimate of the apparent rates, and its bootstrap replicates [g s⁻¹].

    Parameters
    ----------
    blocks : list of BlockSums
        Cached sums.
    prior : (B, B) array
        Prior precision of the background, the columns after the sources.
    sources : int
        Number K of sources.
    count : int
        Replicates n.
    rng : numpy.random.Generator
        Source of the draws of blocks.

    Returns
    -------
    estimate : (K,) array
    replicates : (n, K) array
    """
    size = sources + len(prior)

    def solve(weights: NDArray[np.int64], start: Array | None) -> Array:
        total = np.zeros((size + 1, size + 1))
        for weight, block in zip(weights, blocks, strict=True):
            if weight:
                total[np.ix_(block.places, block.places)] += weight * block.gram
        total[sources:size, sources:size] += prior
        return non_negative(total[:size, :size], total[:size, size], start)

    number = len(blocks)
    best = solve(np.ones(number, np.int64), None)
    weights = [np.bincount(rng.integers(0, number, number), minlength=number) for _ in range(count)]
    with ThreadPoolExecutor(THREADS) as pool:
        made = list(pool.map(lambda drawn: solve(drawn, best)[:sources], weights))
    return best[:sources], np.array(made).reshape(count, sources)
