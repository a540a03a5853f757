"""Non-negative projection of one column on others, on their Gram matrix."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SWEEPS = 2000
"""Largest number of sweeps over the columns."""

TOLERANCE = 1e-5
"""Largest step of a coefficient at the end, on the scale of the projected column."""


@numba.njit(cache=True)
def residual_share(gram: Array, target: int) -> float:
    """Norm of what the other columns cannot reproduce of one column, over its own norm [1].

    ``min_{x ≥ 0} ‖a_k − Σ_{j≠k} a_j x_j‖ / ‖a_k‖`` by cyclic coordinate descent (Franc, Hlaváč & Navara
    2005, doi:10.1007/11556121_50). 1 where the others are orthogonal to it or absent.

    Parameters
    ----------
    gram : (K, K) array
        Scalar products of the columns.
    target : int
        Column k, of a norm above zero.
    """
    count = gram.shape[0]
    own = gram[target, target]
    x = np.zeros(count)
    slope = -gram[:, target].copy()
    for _ in range(SWEEPS):
        largest = 0.0
        for j in range(count):
            length = gram[j, j]
            if j == target or length <= 0.0:
                continue
            new = max(0.0, x[j] - slope[j] / length)
            step = new - x[j]
            if step != 0.0:
                x[j] = new
                for i in range(count):
                    slope[i] += step * gram[i, j]
                largest = max(largest, abs(step) * np.sqrt(length / own))
        if largest < TOLERANCE:
            break
    rest = own
    for j in range(count):
        rest += x[j] * (slope[j] - gram[j, target])
    return np.sqrt(max(rest, 0.0) / own)


@numba.njit(cache=True)
def window_shares(gram: Array, tested: NDArray[np.bool_]) -> Array:
    """`residual_share` of each tested column; nan for the others: (K,) array."""
    made = np.full(gram.shape[0], np.nan)
    for k in range(gram.shape[0]):
        if tested[k] and gram[k, k] > 0.0:
            made[k] = residual_share(gram, k)
    return made
