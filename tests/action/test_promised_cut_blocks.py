"""Block bootstrap: the block length of a known process, and the laws of the draws."""

import numpy as np
import pytest

from sootprint.action.promised_cut_blocks import block_indices, block_length, chosen_block, kurtosis, widening


def process(correlation, count, seed):
    rng = np.random.default_rng(seed)
    made = rng.standard_normal(count)
    for step in range(1, count):
        made[step] = correlation * made[step - 1] + np.sqrt(1 - correlation**2) * made[step]
    return made


@pytest.mark.parametrize("correlation", [0.5, 0.8])
def test_block_length_is_that_of_the_process(correlation):
    # For AR(1), G/g = 2ρ/(1−ρ²), so b = (6 ρ²/(1−ρ²)² n)^⅓: 28 for ρ = 0.5 and 84 for ρ = 0.8 at n = 8000 (by
    # the corrected constant D = 4/3 g² of Patton, Politis and White 2009).
    count = 8000
    right = (6.0 * correlation**2 / (1.0 - correlation**2) ** 2 * count) ** (1.0 / 3.0)
    found = np.median([block_length(process(correlation, count, seed)) for seed in range(12)])
    assert found == pytest.approx(right, rel=0.2)


def test_independent_values_need_no_blocks():
    found = np.median([block_length(process(0.0, 2000, seed)) for seed in range(15)])
    assert found < 4.0
    assert block_length(np.ones(50)) == 1.0


def test_blocks_reach_over_the_window_while_enough_are_left():
    noise = process(0.0, 800, 1)
    assert chosen_block(noise, 72) == 72
    assert chosen_block(noise, 400) == 100
    assert chosen_block(process(0.99, 200, 1), 24) <= 50


def test_draws_are_runs_of_neighbours_within_the_series():
    made = block_indices(100, 35, 10, 50, np.random.default_rng(0))
    assert made.shape == (50, 35)
    assert made.min() >= 0
    assert made.max() <= 99
    steps = np.diff(made, axis=1).reshape(50, -1)
    inside = [number for number in range(34) if (number + 1) % 10]
    assert (steps[:, inside] == 1).all()


def test_fewer_blocks_widen_more():
    assert widening(4.0, 0.9)[1] > widening(30.0, 0.9)[1] > 1.0
    # t with 9 degrees of freedom: 1.8331; normal: 1.6449; √(10/9) = 1.0541.
    assert widening(10.0, 0.9) == pytest.approx((1.0541, 1.0541 * 1.8331 / 1.6449), rel=1e-4)
    # A kurtosis of 4 leaves 2 · 9 / 3 = 6 degrees of freedom: t is 1.9432.
    assert widening(10.0, 0.9, tails=4.0)[1] == pytest.approx(1.0541 * 1.9432 / 1.6449, rel=1e-4)
    assert widening(10.0, 0.9, tails=2.0) == widening(10.0, 0.9)
    assert kurtosis(np.array([-1.0, 1.0])) == 1.0
    assert kurtosis(np.random.default_rng(0).standard_normal(100_000)) == pytest.approx(3.0, abs=0.1)
    assert widening(10.0, 0.9, fitted=0.19)[0] == pytest.approx(1.0541 / 0.9, rel=1e-4)
