"""Modelled variations shrunk to what of them is real: regression calibration of the operator.

A plume whose direction is off by ten degrees is strong where the air is clean and absent where it is foul.
Regression on such a predictor dilutes the slope, that is the emission, towards zero. Replacing the
prediction by its expected true value, given how reliable its variations are, cures that (regression
calibration: Carroll et al. 2006, doi:10.1201/9781420010138, chapter 4):

``h̃ = h̄ + λ₁ (h_post − h̄) + λ₂ (h_day − h_post) + λ₃ (h_cell − h_day)``

h̄ mean over all, h_post over one post, h_day over one post and day, 1 ≥ λ₁ ≥ λ₂ ≥ λ₃ ≥ 0: a weighted mean of
means, so never negative, and of the same mean as h.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def group_means(values: Array, weight: Array, group: NDArray[np.int64]) -> Array:
    """Weighted means of the rows of each group, spread back to the rows: (m, K) array."""
    _, place = np.unique(group, return_inverse=True)
    total = np.bincount(place, weight)
    sums = np.zeros((len(total), values.shape[1]))
    np.add.at(sums, place, values * weight[:, None])
    return (sums / total[:, None])[place]


def calibrate(
    response: Array, weight: Array, station: NDArray[np.int64], block: NDArray[np.int64], reliability: Array
) -> Array:
    """Response of cells with its variations shrunk, (m, K) array.

    Parameters
    ----------
    response : (m, K) array
        Mean modelled response of each cell.
    weight : (m,) array
        Readings of each cell.
    station, block : (m,) int arrays
        Post and day of each cell.
    reliability : (K, 3) array
        λ between posts, between days, within a day, of each source [1].
    """
    everywhere = group_means(response, weight, np.zeros(len(weight), np.int64))
    post = group_means(response, weight, station)
    day = group_means(response, weight, station * (block.max() + 1) + block)
    posts, days, cells = reliability.T
    return everywhere + posts * (post - everywhere) + days * (day - post) + cells * (response - day)
