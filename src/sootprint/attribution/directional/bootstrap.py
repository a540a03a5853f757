"""Block bootstrap over days: hours of a day share their weather, so they are drawn together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]


def block_numbers(days: pd.Series, block_days: int) -> NDArray[np.int64]:
    """Number of the block of ``block_days`` neighbouring days that holds each day, from 0 without gaps."""
    number = (days - days.min()).dt.days.to_numpy() // block_days
    return np.unique(number, return_inverse=True)[1].astype(np.int64)


def block_sums(blocks: NDArray[np.int64], classes: NDArray[np.int64], count: int, weights: Array) -> Array:
    """Sum of ``weights`` in each block and class; shape (block, class)."""
    height = int(blocks.max()) + 1
    flat = np.bincount(blocks * count + classes, weights=weights, minlength=height * count)
    return np.asarray(flat, dtype=float).reshape(height, count)


def resampled(sums: list[Array], draws: int, rng: np.random.Generator) -> list[Array]:
    """Class sums of resampled blocks, each of shape (draw, class).

    Blocks are drawn with replacement, as many as there are (Efron and Tibshirani 1993,
    doi:10.1201/9780429246593, section 8.6: moving whole blocks keeps the dependence within them); all
    tables use the same draws, so that ratios of them are right.
    """
    blocks = sums[0].shape[0]
    picks = rng.multinomial(blocks, np.full(blocks, 1.0 / blocks), size=draws).astype(float)
    return [picks @ table for table in sums]


def interval(samples: Array, level: float = 0.90) -> tuple[Array, Array]:
    """Lower and upper percentile of each class; missing where under half of the draws have a value."""
    finite = 2 * np.isfinite(samples).sum(axis=0) >= max(len(samples), 1)
    low = np.full(samples.shape[1], np.nan)
    high = low.copy()
    if finite.any():
        tail = 0.5 * (1.0 - level)
        low[finite], high[finite] = np.nanquantile(samples[:, finite], [tail, 1.0 - tail], axis=0)
    return low, high


def group_rng(seed: int, station_id: str, pollutant: str) -> np.random.Generator:
    """Random generator of a post and pollutant: the same whatever other posts are in the table."""
    return np.random.default_rng([seed, *station_id.encode(), 0, *pollutant.encode()])
