"""Laws of the sampler, the grid and the areas of unlisted sources."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

from sootprint.attribution.unknown import Options, candidate_grid, ring_grid
from sootprint.attribution.unknown.sampler import gibbs, log_slab, positive_normal, slice_log_rate
from sootprint.attribution.unknown.tables import sector_label, sector_of, weighted_quantile
from sootprint.core.errors import ConfigError, InputError
from sootprint.core.geo import project


@pytest.mark.parametrize(
    ("linear", "precision", "scale"), [(3.0, 1.0, 2.0), (-2.0, 0.5, 1.0), (0.0, 4.0, 10.0)]
)
def test_log_slab_is_the_integral(linear: float, precision: float, scale: float) -> None:
    value, _ = quad(lambda s: math.exp(linear * s - 0.5 * precision * s * s - s / scale) / scale, 0.0, np.inf)
    assert log_slab(linear, precision, scale) == pytest.approx(math.log(value), rel=1e-7)


def test_log_slab_far_in_the_tail_joins_without_a_step() -> None:
    below, above = (log_slab(-z + 1.0, 1.0, 1.0) for z in (6.0001, 5.9999))
    assert below == pytest.approx(above, abs=1e-3)


def test_a_positive_normal_has_the_mean_of_the_truncated_law() -> None:
    rng = np.random.default_rng(1)
    for mean in (-4.0, 0.3, 2.0):
        draws = np.array([positive_normal(rng, mean, 1.0) for _ in range(20_000)])
        ratio = math.exp(-0.5 * mean**2) / math.sqrt(2 * math.pi) / (0.5 * math.erfc(-mean / math.sqrt(2)))
        assert draws.min() > 0
        assert draws.mean() == pytest.approx(mean + ratio, abs=0.03)


def test_slice_sampling_without_data_gives_the_prior() -> None:
    rng, log, draws = np.random.default_rng(2), 0.0, []
    for _ in range(20_000):
        log = slice_log_rate(rng, 0.0, 1e-12, 1.2, log)
        draws.append(log)
    assert np.mean(draws) == pytest.approx(0.0, abs=0.05)
    assert np.std(draws) == pytest.approx(1.2, abs=0.05)


def _two_candidates(signal: float) -> tuple[np.ndarray, np.ndarray]:
    matrix = np.array([[4.0, 1.0], [1.0, 3.0]])
    return matrix, matrix @ np.array([signal, 0.0])


def test_inclusion_is_that_of_the_enumeration() -> None:
    matrix, linear = _two_candidates(1.2)
    scale, log_odds = 2.0, -1.0
    prior = 1.0 / (1.0 + math.exp(-log_odds))
    grid = np.linspace(0.0, 12.0, 1201)
    step = grid[1]
    slab = np.exp(-grid / scale) / scale
    one = [math.exp(log_slab(linear[j], matrix[j, j], scale)) for j in (0, 1)]
    a, b = np.meshgrid(grid, grid, indexing="ij")
    power = (
        linear[0] * a
        + linear[1] * b
        - 0.5 * (matrix[0, 0] * a**2 + 2 * matrix[0, 1] * a * b + matrix[1, 1] * b**2)
    )
    inner = np.exp(power) * slab[:, None] * slab[None, :]
    both = np.trapezoid(np.trapezoid(inner, dx=step, axis=1), dx=step)
    weight = np.array(
        [(1 - prior) ** 2, prior * (1 - prior) * one[0], prior * (1 - prior) * one[1], prior**2 * both]
    )
    weight /= weight.sum()
    draws = gibbs(matrix, linear, 0, 1.0, np.array([scale]), log_odds, 40_000, 500, np.random.default_rng(3))
    assert (draws[:, 0] > 0).mean() == pytest.approx(weight[1] + weight[3], abs=0.015)
    assert (draws[:, 1] > 0).mean() == pytest.approx(weight[2] + weight[3], abs=0.015)


def test_without_readings_the_prior_comes_back() -> None:
    size = 20
    log_odds = -math.log(size / 0.5 - 1.0)
    draws = gibbs(
        1e-9 * np.eye(size),
        np.zeros(size),
        0,
        1.0,
        np.array([1.0]),
        log_odds,
        20_000,
        100,
        np.random.default_rng(1),
    )
    assert (draws > 0).sum(axis=1).mean() == pytest.approx(0.5, abs=0.04)
    assert draws[draws > 0].mean() == pytest.approx(1.0, rel=0.06)


def test_the_same_seed_gives_the_same_draws() -> None:
    matrix, linear = _two_candidates(1.0)
    given = (0, 1.0, np.array([1.0]), 0.0, 50, 5)
    one, two = (gibbs(matrix, linear, *given, np.random.default_rng(9)) for _ in range(2))
    assert np.array_equal(one, two)


def _stations() -> pd.DataFrame:
    return pd.DataFrame({"station_id": ["A", "B"], "lon": [82.60, 82.66], "lat": [49.94, 49.98]})


def test_a_grid_surrounds_the_posts() -> None:
    grid = candidate_grid(_stations(), spacing_m=1500.0, reach_m=4000.0, crs="EPSG:32644")
    x, y = project(grid["lon"], grid["lat"], "EPSG:32644")
    px, py = project(_stations()["lon"], _stations()["lat"], "EPSG:32644")
    assert x.min() <= px.min() - 4000
    assert x.max() >= px.max() + 4000
    assert np.hypot(x[:, None] - px, y[:, None] - py).min() >= 1000.0
    assert set(grid["facility_id"]) == {"candidates/low", "candidates/tall"}
    assert grid["source_id"].is_unique


def test_rings_lie_at_their_bearing_and_distance() -> None:
    from pyproj import Geod

    post = _stations().head(1)
    grid = ring_grid(post, distances_m=[1000.0], step_deg=30.0, releases=["low"])
    bearing, _, distance = Geod(ellps="WGS84").inv(
        np.full(len(grid), 82.60), np.full(len(grid), 49.94), grid["lon"], grid["lat"]
    )
    stated = grid["source_id"].str.split("/").str[-1].astype(float)
    assert np.abs((bearing - stated + 180.0) % 360.0 - 180.0).max() < 0.05
    assert distance == pytest.approx(1000.0, rel=1e-3)


def test_grids_refuse_what_cannot_be() -> None:
    with pytest.raises(InputError):
        candidate_grid(_stations().assign(lon=np.nan))
    with pytest.raises(ConfigError):
        candidate_grid(_stations(), spacing_m=50.0)
    with pytest.raises(ConfigError):
        ring_grid(_stations().head(1), step_deg=50.0)
    with pytest.raises(ConfigError):
        Options(temper=0.0)


def test_a_sector_over_north_is_one_sector() -> None:
    bearing, weight = np.array([350.0, 0.0, 10.0]), np.full(3, 1 / 3)
    assert sector_of(bearing, weight, 5.0) == pytest.approx((0.0, 345.0, 15.0), abs=1e-6)
    assert sector_label(345.0, 15.0) == "NNW–NNE"
    assert weighted_quantile(np.array([3.0, 1.0, 2.0]), np.ones(3), 0.5) == 2.0
