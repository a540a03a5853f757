"""Ranks, their bands, and simulated readings of simulation-based calibration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.attribution.diagnostics import (
    ErrorLaw,
    Inputs,
    calibrate,
    ecdf_band,
    rank_of,
    simulate,
    uniformity,
)
from sootprint.attribution.diagnostics.calibration import prior_draws
from sootprint.attribution.inverse import Options
from sootprint.core.errors import InputError

LIGHT = Options(chains=2, sweeps=400, warmup=100, draws=200, cell_hours=3)


def small(hours=240, posts=2, sources=2):
    rng = np.random.default_rng(5)
    angle = np.cumsum(rng.normal(0, 0.6, hours))
    aim = rng.uniform(0, 2 * np.pi, (posts, sources))
    response = np.exp(3.0 * (np.cos(angle[:, None, None] - aim) - 1.0)) * 1e-6
    times = pd.date_range("2024-11-01", periods=hours, freq="h").as_unit("us")
    names = [f"S{k}" for k in range(sources)]
    operator = xr.Dataset(
        {"H": (("time", "receptor", "source"), response)},
        coords={"time": times, "receptor": [f"P{r}" for r in range(posts)], "source": names},
    )
    emissions = pd.DataFrame(
        {"source_id": names, "pollutant": "SO2", "rate_g_s": 50.0, "relative_uncertainty": 0.3}
    )
    table = pd.DataFrame({"source_id": names, "facility_id": names, "kind": "point", "height_m": 80.0})
    readings = pd.DataFrame(
        {
            "station_id": "P0", "pollutant": "SO2", "time_start": times, "duration_s": 3600.0,
            "value_ugm3": 1.0, "flag": "valid", "detection_limit_ugm3": np.nan,
        }
    )  # fmt: skip
    episodes = pd.DataFrame(
        {"episode_id": [], "pollutant": [], "time_start": [], "time_end": [], "limit_ugm3": []}
    )
    return Inputs(operator, readings, emissions, episodes, table, "UTC", options=LIGHT)


def test_rank_is_the_number_of_draws_below():
    assert [rank_of(value, [1.0, 2.0, 3.0]) for value in (0.0, 1.5, 9.0)] == [0, 1, 3]


def test_ranks_of_a_normal_model_solved_exactly_are_uniform_and_of_too_narrow_draws_are_not():
    rng = np.random.default_rng(6)
    truth = rng.standard_normal(400)
    reading = truth + rng.standard_normal(400)

    def ranks(spread):
        draws = 0.5 * reading[:, None] + spread * rng.standard_normal((400, 99))
        return [rank_of(*pair) for pair in zip(truth, draws, strict=True)]

    right, narrow = (uniformity(ranks(spread), 99) for spread in (np.sqrt(0.5), 0.3))
    assert right.chi_square_p > 0.01
    assert right.ecdf_p > 0.01
    assert right.coverage_90 == pytest.approx(0.9, abs=0.04)
    assert narrow.chi_square_p < 1e-6
    assert narrow.ecdf_p < 0.002
    assert narrow.coverage_90 < 0.7


def test_chi_square_of_known_counts():
    # Counts 8, 12 in two bins of ten expected: (4 + 4) / 10 = 0.8; Pr(χ²₁ > 0.8) = 0.3711.
    made = uniformity([0] * 8 + [99] * 12, 99, bins=2)
    assert made.chi_square == pytest.approx(0.8)
    assert made.chi_square_p == pytest.approx(0.3711, abs=1e-4)
    assert made.mean == pytest.approx(0.6)


def test_band_holds_as_many_uniform_samples_as_it_states():
    points, low, high = ecdf_band(100, 99)
    rng = np.random.default_rng(7)
    ranks = rng.integers(0, 100, (1000, 100))
    ecdf = np.stack([(ranks < i).mean(axis=1) for i in range(1, 100)], axis=1)
    inside = ((ecdf >= low - 1e-12) & (ecdf <= high + 1e-12)).all(axis=1)
    assert inside.mean() == pytest.approx(0.95, abs=0.025)
    middle = np.argmin(np.abs(points - 0.5))
    assert high[middle] - low[middle] > 2 * 1.96 * 0.05


def test_bins_must_divide_the_ranks():
    with pytest.raises(InputError, match="possible ranks"):
        uniformity([1, 2], 100, bins=10)
    with pytest.raises(InputError, match="out of its range"):
        uniformity([1, 120], 99)


@pytest.mark.parametrize("form", ["lognormal", "normal"])
def test_simulated_readings_have_the_mean_of_the_model(form):
    inputs = small(hours=2400)
    inputs = replace(inputs, options=replace(LIGHT, lasting_low=0.0, lasting_stack=0.0))
    rates, bias = np.array([[30.0], [60.0]]), np.array([1.5, 0.5])
    law = ErrorLaw(background=0.0, additive=0.01, smooth=0.01, form=form)
    activity = np.ones((2400, 2, 1))
    made = simulate(inputs, rates, bias, activity, ["SO2"], ["S0", "S1"], law, np.random.default_rng(8))
    assert len(made) == 2 * 2400
    clean = (inputs.operator["H"].to_numpy() * 1e6 * (rates[:, 0] * bias)).sum(axis=2)
    by_post = made.groupby("station_id")["value_ugm3"].mean().to_numpy()
    assert by_post == pytest.approx(clean.mean(axis=0), rel=0.06)
    with pytest.raises(InputError, match="form"):
        simulate(
            inputs, rates, bias, activity, ["SO2"], ["S0", "S1"],
            replace(law, form="cauchy"), np.random.default_rng(8),
        )  # fmt: skip


def test_without_readings_draws_are_those_of_the_prior():
    inputs = small()
    draws = prior_draws(inputs, 400).draws
    spread = np.hypot(inputs.options.bias_class, inputs.options.bias_stack)
    logs = np.log(draws["emission"].to_numpy() / 50.0)
    assert np.median(logs) == pytest.approx(0.0, abs=0.15)
    assert np.log(draws["dispersion_bias"].to_numpy()).std() == pytest.approx(spread, rel=0.15)


@pytest.mark.slow
def test_ranks_come_once_a_source_and_quantity_and_again_the_same():
    inputs = small()
    made = calibrate(inputs, simulations=3, processes=1, seed=2)
    assert made.groupby(["source_id", "quantity"]).size().eq(3).all()
    assert set(made["quantity"]) == {"emission", "apparent rate", "lasting bias"}
    assert made["rank"].between(0, 99).all()
    pd.testing.assert_frame_equal(made, calibrate(inputs, simulations=3, processes=1, seed=2))


@pytest.mark.slow
def test_two_processes_give_what_one_gives():
    inputs = small()
    one, two = (calibrate(inputs, simulations=4, processes=count, seed=3) for count in (1, 2))
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.slow
def test_emissions_are_drawn_without_gross_bias():
    """Not uniform in the strict sense: error scales are fitted, not drawn; see docs/validation/sbc.md."""
    made = calibrate(small(posts=3), simulations=60, processes=2, seed=4)
    ranks = made.loc[made["quantity"] == "emission", "rank"]
    assert 0.4 < ranks.mean() / 99 < 0.6
    middle = (ranks + 0.5) / 100
    assert ((middle - 0.5).abs() < 0.45).mean() > 0.75
