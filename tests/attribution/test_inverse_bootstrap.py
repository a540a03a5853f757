"""Non-negative estimate on cached sums, and its block bootstrap."""

from __future__ import annotations

import numpy as np
import pytest

from sootprint.attribution.inverse.bootstrap import BlockSums, block_bootstrap, non_negative


def design(seed, rows=200, columns=8):
    rng = np.random.default_rng(seed)
    matrix = rng.gamma(1.0, 1.0, (rows, columns))
    true = np.where(np.arange(columns) % 3 == 0, 0.0, rng.uniform(1.0, 4.0, columns))
    return matrix, matrix @ true + rng.normal(0.0, 1.0, rows)


@pytest.mark.parametrize("seed", range(5))
def test_the_estimate_is_that_of_lawson_and_hanson(seed):
    from scipy.optimize import nnls

    matrix, values = design(seed)
    expected, _ = nnls(matrix, values)
    made = non_negative(matrix.T @ matrix, matrix.T @ values)
    assert made == pytest.approx(expected, abs=2e-3)
    assert (expected == 0.0).any()


def test_a_column_that_is_never_seen_is_zero():
    made = non_negative(np.diag([4.0, 0.0]), np.array([8.0, 0.0]))
    assert made == pytest.approx([2.0, 0.0], rel=1e-3)


def test_like_columns_share_what_they_explain():
    made = non_negative(np.full((2, 2), 3.0), np.array([12.0, 12.0]))
    assert made.sum() == pytest.approx(4.0, rel=1e-3)


def test_replicates_spread_as_the_estimate_over_new_days_does():
    """Spread over replicates of one set of 60 blocks against that over 200 new sets."""
    rng = np.random.default_rng(0)

    def blocks():
        made = []
        for _ in range(60):
            matrix = rng.gamma(1.0, 1.0, (12, 2))
            together = 2.0 * rng.standard_normal()
            values = matrix @ [3.0, 5.0] + together + rng.normal(0.0, 0.5, 12)
            joined = np.column_stack([matrix, np.ones(12), values])
            made.append(BlockSums(np.arange(4), joined.T @ joined))
        return made

    prior = np.eye(1) * 1e-9
    fresh = np.array([block_bootstrap(blocks(), prior, 2, 0, rng)[0] for _ in range(200)])
    spreads = [block_bootstrap(blocks(), prior, 2, 200, rng)[1].std(axis=0) for _ in range(5)]
    assert np.mean(spreads, axis=0) == pytest.approx(fresh.std(axis=0), rel=0.25)
    assert fresh.mean(axis=0) == pytest.approx([3.0, 5.0], abs=0.1)
