"""Which factor of one solution is which of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sootprint.attribution.factors.pmf import Factorisation

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Match:
    """Pairing of factors.

    Attributes
    ----------
    order : (k,) int array
        Number of the other solution's factor that belongs to each of the first.
    profile_correlation, contribution_correlation : (k,) arrays
        Pearson correlations of the pairs; NaN for contributions where the samples differ.
    """

    order: NDArray[np.int64]
    profile_correlation: Array
    contribution_correlation: Array


def correlations(one: Array, other: Array) -> Array:
    """Pearson correlation of every row of one with every row of the other; shape (rows, other rows)."""

    def scaled(table: Array) -> Array:
        centred = table - table.mean(axis=1, keepdims=True)
        size = np.sqrt((centred**2).sum(axis=1, keepdims=True))
        return np.divide(centred, size, out=np.zeros_like(centred), where=size > 0)

    return np.asarray(scaled(one) @ scaled(other).T)


def match_factors(one: Factorisation, other: Factorisation) -> Match:
    """Pairs of factors with the largest sum of correlations (Kuhn 1955, doi:10.1002/nav.3800020109).

    Profiles are compared as shares of each species' sum over the factors, so that an abundant species does
    not decide alone. Where both solutions have the same samples, contributions count as much.
    """
    from scipy.optimize import linear_sum_assignment

    alike = correlations(one.shares(), other.shares())
    same = one.contributions.shape == other.contributions.shape
    together = (
        correlations(one.contributions.T, other.contributions.T) if same else np.full_like(alike, np.nan)
    )
    rows, columns = linear_sum_assignment(-(alike + np.nan_to_num(together)))
    order = np.empty(len(rows), dtype=np.int64)
    order[rows] = columns
    at = np.arange(len(order))
    raw = correlations(one.profiles, other.profiles)
    return Match(order, raw[at, order], together[at, order])
