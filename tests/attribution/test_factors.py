"""Factorisation: made factors are found again, with gaps and outliers, and its errors hold them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sootprint.attribution.factors import (
    FactorOptions,
    bootstrap,
    compare_numbers,
    detection_uncertainty,
    displacement,
    factor_matrix,
    factorise,
    kernels,
    match_factors,
    rotate,
)
from sootprint.attribution.factors.matching import correlations
from sootprint.attribution.factors.pmf import random_start, solve
from sootprint.attribution.factors.resampling import block_length
from sootprint.core.errors import ConfigError, InputError

SPECIES = ["SO2", "Pb", "Cd", "Zn", "NO2", "CO", "BaP", "HF", "Be", "PM10"]
PROFILES = np.array(
    [
        [40, 0.5, 0.05, 1.0, 2, 0, 0, 0, 0, 8],
        [5, 0.0, 0.00, 0.0, 6, 300, 0.02, 0, 0, 40],
        [0, 0.0, 0.00, 0.05, 0, 0, 0, 1.5, 0.004, 5],
    ]
)
QUICK = FactorOptions(factors=3, starts=6)


def made_up(seed: int = 3, samples: int = 160, error: float = 0.05):
    rng = np.random.default_rng(seed)
    g = rng.gamma(1.2, 1.0, (samples, 3)) * (rng.random((samples, 3)) > 0.15)
    g /= g.mean(axis=0)
    clean = g @ PROFILES
    sigma = error * clean + 0.01 * PROFILES.sum(axis=0)
    values = np.maximum(clean + sigma * rng.standard_normal(clean.shape), 0)
    return g, pd.DataFrame(values, columns=SPECIES), pd.DataFrame(sigma, columns=SPECIES)


def order_of(solution):
    alike = correlations(PROFILES, solution.profiles)
    order = alike.argmax(axis=1)
    assert sorted(order) == [0, 1, 2]
    return order, alike.max(axis=1)


def test_made_factors_are_found_with_a_quality_near_its_expectation():
    g, values, sigma = made_up()
    found = factorise(factor_matrix(values, sigma), QUICK)
    order, alike = order_of(found)
    assert alike.min() > 0.999
    assert np.diag(correlations(g.T, found.contributions[:, order].T)).min() > 0.99
    wrong = np.abs(found.profiles[order] - PROFILES)
    assert (wrong <= 0.1 * PROFILES + 0.01 * PROFILES.sum(axis=0)).all()
    assert found.q_true / found.q_expected == pytest.approx(1.0, abs=0.15)
    assert found.contributions.mean(axis=0) == pytest.approx(1.0)
    assert found.contributions.min() >= 0
    assert found.profiles.min() >= 0
    assert found.starts["chosen"].sum() == 1
    assert found.starts.loc[found.starts["chosen"], "matched"].item() == 1.0
    assert found.shares().sum(axis=0) == pytest.approx(1.0)


def test_missing_values_have_no_weight_and_no_invented_number():
    _, values, sigma = made_up(samples=300)
    rng = np.random.default_rng(5)
    holes = rng.random(values.shape) < 0.2
    gappy = values.mask(holes)
    found = factorise(factor_matrix(gappy, sigma), QUICK)
    _, alike = order_of(found)
    assert alike.min() > 0.999
    nonsense = values.mask(holes, 1e9).where(~holes, np.nan)
    again = factorise(factor_matrix(nonsense, sigma), QUICK)
    assert again.profiles.tobytes() == found.profiles.tobytes()


def test_outliers_pull_the_robust_solution_less():
    _, values, sigma = made_up(samples=200)
    spoiled = values.copy()
    spoiled.iloc[::40, 1] *= 12
    matrix = factor_matrix(spoiled, sigma)
    errors = []
    for robust in (True, False):
        found = factorise(matrix, FactorOptions(factors=3, starts=6, robust=robust))
        order, _ = order_of(found)
        errors.append(abs(found.profiles[order[0], 1] / PROFILES[0, 1] - 1))
    assert errors[0] < 0.15 < errors[1]


def test_the_objective_never_rises():
    _, values, sigma = made_up()
    matrix = factor_matrix(values, sigma)
    precision, x = matrix.precision(), matrix.values
    g, f = random_start(matrix, 3, np.random.default_rng(0))
    room, before = np.empty(x.shape), np.inf
    for _ in range(12):
        g, f, _, _ = solve(x, precision, g, f, FactorOptions(factors=3, longest=3))
        now = kernels.reweigh(g, f, x, precision, 4.0, room)
        assert now <= before * (1 + 1e-12)
        before = now


def test_quality_is_the_sum_that_it_says():
    rng = np.random.default_rng(1)
    g, f, x = rng.random((7, 2)), rng.random((2, 4)), rng.random((7, 4)) * 3
    precision = rng.random((7, 4)) * 40
    z = np.abs(x - g @ f) * np.sqrt(precision)
    true, robust = kernels.quality(g, f, x, precision, 4.0)
    assert true == pytest.approx((z**2).sum())
    assert robust == pytest.approx(np.where(z <= 4, z**2, 4 * z).sum())
    room = np.empty(x.shape)
    huber = kernels.reweigh(g, f, x, precision, 4.0, room)
    assert huber == pytest.approx(np.where(z <= 4, z**2, 8 * z - 16).sum())
    assert room == pytest.approx(precision * np.minimum(1, 4 / z))


def test_the_same_bytes_for_any_number_of_threads():
    _, values, sigma = made_up()
    matrix = factor_matrix(values, sigma)
    one, three = (factorise(matrix, FactorOptions(factors=3, starts=5, threads=n)) for n in (1, 3))
    assert one.profiles.tobytes() == three.profiles.tobytes()
    assert one.starts.equals(three.starts)
    other = factorise(matrix, FactorOptions(factors=3, starts=5, seed=2))
    assert other.starts["seed"].tolist() != one.starts["seed"].tolist()


def test_bootstrap_intervals_hold_the_truth_and_map_every_factor():
    _, values, sigma = made_up(samples=250)
    found = factorise(factor_matrix(values, sigma), QUICK)
    order, _ = order_of(found)
    made = bootstrap(found, runs=40)
    low, high = made.intervals(0.95)
    truth = np.empty_like(PROFILES)
    truth[order] = PROFILES
    present = truth > 0.05 * truth.max(axis=0)
    held = ((low <= truth) & (truth <= high))[present].mean()
    assert held > 0.6
    assert made.matched().min() > 0.95
    counts = made.mapping.drop(columns="factor").to_numpy()
    assert (counts.sum(axis=1) == 40).all()
    assert bootstrap(found, runs=40).profiles.tobytes() == made.profiles.tobytes()


def test_displacement_ends_where_the_objective_has_risen_by_four():
    _, values, sigma = made_up(samples=120)
    found = factorise(factor_matrix(values, sigma), QUICK)
    made = displacement(found, species=["SO2", "HF"])
    assert np.isnan(made.low[:, 1]).all()
    for j in (0, 7):
        assert (made.low[:, j] <= found.profiles[:, j] + 1e-9).all()
        assert (made.high[:, j] >= found.profiles[:, j]).all()
    order, _ = order_of(found)
    p = order[0]
    x, precision = found.matrix.values, found.matrix.precision()
    room = np.empty(x.shape)
    floor = kernels.reweigh(found.contributions, found.profiles, x, precision, 4.0, room)
    for end in (made.low[p, 0], made.high[p, 0]):
        start, fixed = found.profiles.copy(), np.zeros(found.profiles.shape, bool)
        start[p, 0], fixed[p, 0] = end, True
        g, f, _, _ = solve(
            x, precision, found.contributions, start, QUICK, fixed=fixed, hold=4e6 / len(x) ** 2
        )
        assert f[p, 0] == end
        assert g.mean(axis=0) == pytest.approx(1.0, abs=2e-3)
        assert kernels.reweigh(g, f, x, precision, 4.0, room) - floor == pytest.approx(4.0, abs=0.6)
    assert made.swaps.empty


def test_rotations_cost_what_they_are_allowed():
    _, values, sigma = made_up(samples=100)
    found = factorise(factor_matrix(values, sigma), QUICK)
    made = rotate(found, (0.02,))
    assert set(made.table["direction"]) == {-1.0, 1.0}
    assert (made.table["rise"] <= 0.02).all()
    assert (made.table["rise"] > 0.01).all()
    with pytest.raises(ConfigError):
        rotate(found, (0.0,))


def test_the_right_number_has_the_last_great_fall():
    _, values, sigma = made_up(samples=200)
    table, solutions = compare_numbers(factor_matrix(values, sigma), (2, 3, 4), FactorOptions(starts=6))
    by = table.set_index("factors")
    assert by.loc[2, "q_ratio"] > 3
    assert by.loc[3, "q_ratio"] == pytest.approx(1, abs=0.2)
    assert by.loc[4, "fall_ratio"] < 0.2
    assert solutions[3].factors == 3
    assert by.loc[3, "outliers"] < 0.01


def test_matching_undoes_a_permutation():
    _, values, sigma = made_up()
    found = factorise(factor_matrix(values, sigma), QUICK)
    from dataclasses import replace

    turned = replace(
        found, contributions=found.contributions[:, [2, 0, 1]], profiles=found.profiles[[2, 0, 1]]
    )
    match = match_factors(found, turned)
    assert match.order.tolist() == [1, 2, 0]
    assert match.profile_correlation == pytest.approx(1.0)


def test_uncertainty_from_the_detection_limit():
    assert float(detection_uncertainty(2.0, 1.0, 0.1)) == pytest.approx(0.5385, abs=5e-5)
    assert float(detection_uncertainty(0.5, 1.0, 0.1)) == pytest.approx(5 / 6)
    made = factor_matrix(
        pd.DataFrame({"a": [0.2, 4.0, np.nan], "b": [1.0, 2.0, 3.0]}), detection_limits={"a": 1.0}
    )
    assert made.values[0, 0] == 0.5
    assert made.below_detection.tolist() == [[True, False], [False, False], [False, False]]
    assert made.precision()[2, 0] == 0.0
    assert made.uncertainties[1, 1] == pytest.approx(0.2)


def test_weak_and_left_out_species():
    _, values, sigma = made_up(samples=20)
    made = factor_matrix(values, sigma, weak=["PM10"], leave_out=["BaP"])
    assert "BaP" not in made.species
    assert made.weak == ("PM10",)
    assert made.uncertainties[:, -1] == pytest.approx(3 * sigma["PM10"].to_numpy())
    mostly_gone = values.copy()
    mostly_gone.loc[2:, "Cd"] = np.nan
    assert "Cd" in factor_matrix(mostly_gone, sigma).left_out


def test_block_length_follows_the_memory_of_the_series():
    rng = np.random.default_rng(2)
    noise = rng.standard_normal((2000, 1))
    slow = np.zeros((2000, 1))
    for t in range(1, 2000):
        slow[t] = 0.9 * slow[t - 1] + noise[t]
    assert block_length(noise) == 1
    assert 6 <= block_length(slow) <= 16


@pytest.mark.parametrize(
    ("change", "fault", "words"),
    [
        (dict(leave_out=["nothing"]), InputError, "nothing"),
        (dict(sigma_zero=True), InputError, "uncertainty"),
        (dict(infinite=True), InputError, "infinite"),
    ],
)
def test_wrong_inputs_are_refused(change, fault, words):
    _, values, sigma = made_up(samples=20)
    if change.pop("sigma_zero", False):
        sigma.iloc[3, 2] = 0.0
    if change.pop("infinite", False):
        values.iloc[3, 2] = np.inf
    with pytest.raises(fault, match=words):
        factor_matrix(values, sigma, **change)


def test_too_many_factors_are_refused():
    _, values, sigma = made_up(samples=20)
    with pytest.raises(ConfigError, match="11 factors"):
        factorise(factor_matrix(values, sigma), FactorOptions(factors=11))
