"""Statistics of two pollutants at a place of the wind: published numbers, laws, and other algorithms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.stats import spearmanr

from sootprint.attribution.directional.pair_statistics import (
    HUBER_K,
    NORMAL_MAD,
    huber_slope,
    quantile_slope,
    spearman,
    weighted_line,
    weighted_ranks,
)
from sootprint.attribution.directional.polar import PolarOptions, polar_surface
from sootprint.attribution.directional.wind_kernels import paired_statistic
from sootprint.core.errors import InputError

YEAR = np.arange(50.0, 74.0)
CALLS = np.array(
    [4.4, 4.7, 4.7, 5.9, 6.6, 7.3, 8.1, 8.8, 10.6, 12.0, 13.5, 14.9, 16.1, 21.2, 119, 124, 142, 159, 182,
     212, 43, 24, 27, 29]
)  # fmt: skip
"""Telephone calls from Belgium, Rousseeuw and Leroy 1987 (doi:10.1002/0471725382), table 2 of chapter 2."""


def orders(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    return np.stack([np.argsort(series, kind="stable") for series in (one, two)])


def pairs(count: int = 120, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.gamma(2.0, 10.0, count).round()
    y = (3.0 + 0.4 * x + rng.standard_t(2, count) * 2).round()
    return x, y, rng.uniform(0.01, 1.0, count)


def test_calls_of_the_book() -> None:
    # Venables and Ripley 2002, section 6.5: least squares 5.041, Huber's line 2.041, to convergence
    assert weighted_line(YEAR, CALLS, np.ones(24))[1] == pytest.approx(5.041, abs=6e-4)
    assert huber_slope(YEAR, CALLS, np.ones(24), 50) == pytest.approx(2.041, abs=6e-4)


def test_line_of_huber_solves_its_equation() -> None:
    x, y, w = pairs(400)
    slope = huber_slope(x, y, w, 1000)
    # its intercept, found by itself, zeroes the sum that belongs to it; then so must the slope's
    from scipy.optimize import brentq

    def sums(intercept: float) -> tuple[float, float]:
        r = np.sqrt(w) * (y - intercept - slope * x)
        scale = np.median(np.abs(r)) / NORMAL_MAD
        psi = np.sqrt(w) * scale * np.clip(r / scale, -HUBER_K, HUBER_K)
        return float(psi.sum()), float((psi * (x - x.mean())).sum())

    at = brentq(lambda intercept: sums(intercept)[0], -20, 20)
    reach = float((w * (x - x.mean()) ** 2).sum())
    assert abs(sums(at)[1]) / reach < 1e-3 * abs(slope)


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_quantile_line_is_that_of_a_linear_program(quantile) -> None:
    x, y, w = pairs()
    count = len(x)
    # minimise Σ w (q u + (1 − q) v) with y = a + b x + u − v
    cost = np.concatenate([np.zeros(4), quantile * w, (1 - quantile) * w])
    rows = np.hstack(
        [np.ones((count, 1)), -np.ones((count, 1)), x[:, None], -x[:, None], np.eye(count), -np.eye(count)]
    )
    found = linprog(cost, A_eq=rows, b_eq=y, method="highs")
    assert quantile_slope(x, y, w, quantile) == pytest.approx(found.x[2] - found.x[3], rel=1e-6)


def test_exact_line_has_every_slope() -> None:
    x = np.arange(30.0)
    for slope in (huber_slope(x, 2 - 3 * x, np.ones(30), 20), quantile_slope(x, 2 - 3 * x, np.ones(30), 0.7)):
        assert slope == pytest.approx(-3.0, rel=1e-9)
    flat = np.ones(30)
    assert quantile_slope(x, flat, np.ones(30), 0.5) == 0.0
    assert np.isnan(quantile_slope(flat, x, np.ones(30), 0.5))
    assert np.isnan(huber_slope(flat, x, np.ones(30), 20))


def test_one_wild_hour_moves_least_squares_only() -> None:
    x, y, w = pairs(500)
    wild = y.copy()
    wild[np.argmax(x)] += 1e5
    assert abs(weighted_line(x, wild, w)[1] - weighted_line(x, y, w)[1]) > 1.0
    assert huber_slope(x, wild, w, 20) == pytest.approx(huber_slope(x, y, w, 20), abs=0.05)
    assert quantile_slope(x, wild, w, 0.5) == pytest.approx(quantile_slope(x, y, w, 0.5), abs=0.05)


def test_ranks_by_hand() -> None:
    # tied hours 1 and 3, weights 2 and 4, over hour 0 of weight 1: 1 + 6 · 3/4; the last stands alone
    value, weight = np.array([1.0, 5.0, 9.0, 5.0, 0.0]), np.array([1.0, 2.0, 3.0, 4.0, 0.0])
    ranks = np.zeros(5)
    weighted_ranks(value, np.argsort(value), weight, ranks)
    np.testing.assert_allclose(ranks[:4], [1.0, 5.5, 10.0, 5.5])
    assert ranks[4] == 0.0


def test_equal_weights_give_the_plain_rank_correlation() -> None:
    x, y, _ = pairs()
    assert spearman(x, y, orders(x, y), np.full(120, 0.3)) == pytest.approx(spearmanr(x, y).statistic)


def test_rank_correlation_sees_order_only() -> None:
    x, y, w = pairs()
    made = spearman(x, y, orders(x, y), w)
    assert spearman(np.exp(x / 20), -(y**3), orders(x, -(y**3)), w) == pytest.approx(-made, abs=0.02)
    assert spearman(x, x**3, orders(x, x), w) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("statistic", "truth"), [("spearman", 1.0), ("robust_slope", 1.5), ("quantile_slope", 1.5)]
)
def test_surface_of_a_line(statistic, truth) -> None:
    rng = np.random.default_rng(3)
    speed, direction, second = rng.weibull(2, 6000) * 4, rng.uniform(0, 360, 6000), rng.uniform(10, 50, 6000)
    options = PolarOptions(statistic=statistic, speed_bins=12, coarse=31, fine=31, basis=60)
    z = polar_surface(speed, direction, 4.0 + 1.5 * second, options, second=second)[2]
    assert np.isfinite(z).sum() > 100
    np.testing.assert_allclose(z[np.isfinite(z)], truth, rtol=1e-5)


def test_statistic_at_a_place_is_that_of_its_weighted_hours() -> None:
    rng = np.random.default_rng(9)
    speed, direction = rng.weibull(2, 3000) * 4, rng.integers(1, 37, 3000) * 10.0
    second = rng.gamma(2.0, 10.0, 3000)
    first = 0.3 * second + rng.standard_t(2, 3000)
    angle = (direction - 40.0 + 180.0) % 360.0 - 180.0
    weight = np.exp(-0.5 * ((speed - 3.0) / 1.5) ** 2 - 0.5 * (angle / 5.0) ** 2)
    weight[weight <= 0.001 * weight.max()] = 0.0
    held = weight > 0
    given = second[held], first[held], weight[held] / weight.max()
    for statistic, truth in [
        ("slope", weighted_line(*given)[1]),
        ("robust_slope", huber_slope(*given, 20)),
        ("quantile_slope", quantile_slope(*given, 0.5)),
    ]:
        made = paired_statistic(
            speed, direction, first, second, np.array([3.0]), np.array([40.0]),
            PolarOptions(statistic=statistic),
        )  # fmt: skip
        assert made[0, 0] == pytest.approx(truth, rel=1e-6)


def test_names_of_openair_and_unknown_ones() -> None:
    assert PolarOptions.openair("r").statistic == "correlation"
    assert PolarOptions(statistic="Spearman".lower()).statistic == "spearman"
    with pytest.raises(InputError, match="one of"):
        PolarOptions(statistic="mode")
    with pytest.raises(InputError, match="quantile"):
        PolarOptions(statistic="quantile_slope", quantile=1.0)
