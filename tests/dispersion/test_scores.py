"""Scores: laws, numbers by hand, and the reference scores of three tracer experiments."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sootprint.core.errors import InputError
from sootprint.dispersion.scores import (
    agreement,
    performance,
    performance_intervals,
    robust_highest_concentration,
)

concentrations = st.lists(st.floats(0.01, 1e4), min_size=3, max_size=40)


def test_model_that_is_half_everywhere():
    observed = np.full(30, 4.0)
    made = performance(observed, observed / 2)
    assert made.fb == pytest.approx(2 / 3)
    assert made.nmse == pytest.approx(0.5)
    assert made.mg == pytest.approx(2.0)
    assert made.vg == pytest.approx(np.exp(np.log(2) ** 2))
    assert made.fac2 == 1.0
    assert np.isnan(made.r)
    assert made.rhc_ratio == pytest.approx(0.5)


@given(concentrations)
def test_perfect_model(values):
    made = performance(values, values, top=3)
    assert (made.fb, made.nmse, made.mg, made.vg, made.fac2) == (0.0, 0.0, 1.0, 1.0, 1.0)


@given(concentrations, st.floats(0.1, 10.0))
def test_unit_does_not_matter(values, factor):
    observed = np.array(values)
    modelled = np.sqrt(observed)
    one, other = (
        performance(observed, modelled, top=3),
        performance(observed * factor, modelled * factor, top=3),
    )
    assert np.allclose([one.fb, one.nmse, one.mg, one.vg], [other.fb, other.nmse, other.mg, other.vg])


@given(concentrations)
def test_exchange_turns_the_sign_of_the_bias(values):
    observed = np.array(values)
    modelled = np.sqrt(observed)
    one, other = performance(observed, modelled), performance(modelled, observed)
    assert one.fb == pytest.approx(-other.fb, abs=1e-12)
    assert one.mg == pytest.approx(1 / other.mg)
    assert one.vg == pytest.approx(other.vg)


def test_robust_highest_by_hand():
    assert robust_highest_concentration([1, 6, 2, 4], top=3) == pytest.approx(2 + 3 * np.log(4))
    assert np.isnan(robust_highest_concentration([1, 2], top=3))
    with pytest.raises(InputError, match="tail"):
        robust_highest_concentration([1, 2], top=1)


def test_floors_are_counted():
    observed, modelled = np.array([0.0, 1.0, 4.0, 0.0]), np.array([2.0, 0.0, 4.0, 0.0])
    bare = performance(observed, modelled)
    assert (bare.pairs, bare.pairs_log, bare.raised, bare.pairs_factor) == (4, 1, 0, 4)
    assert bare.fac2 == 0.25
    floored = performance(observed, modelled, log_floor=0.5, factor_floor=0.5)
    assert (floored.pairs_log, floored.raised, floored.pairs_factor) == (4, 4, 3)
    assert floored.mg == pytest.approx(np.exp((np.log(0.5 / 2) + np.log(1 / 0.5)) / 4))


@pytest.mark.parametrize(
    ("o", "p"), [([1.0], [1.0, 2.0]), ([], []), ([1.0, np.nan], [1, 1]), ([1.0], [-1.0])]
)
def test_pairs_without_a_value_are_refused(o, p):
    with pytest.raises(InputError):
        performance(o, p)


def test_intervals_hold_their_draws():
    rng = np.random.default_rng(1)
    observed = rng.lognormal(0, 1, 200)
    modelled = observed * rng.lognormal(0.1, 0.3, 200)
    one = performance_intervals(observed, modelled, np.random.default_rng(7), draws=200)
    assert one == performance_intervals(observed, modelled, np.random.default_rng(7), draws=200)
    made = performance(observed, modelled).as_dict()
    assert all(low < made[name] < high for name, (low, high) in one.items())


def test_blocks_widen_the_interval():
    rng = np.random.default_rng(2)
    run = np.repeat(np.arange(20), 10)
    observed = np.ones(200)
    modelled = np.repeat(rng.lognormal(0, 0.5, 20), 10)
    single = performance_intervals(observed, modelled, np.random.default_rng(3), draws=300)["fb"]
    whole = performance_intervals(observed, modelled, np.random.default_rng(3), blocks=run, draws=300)["fb"]
    assert whole[1] - whole[0] > 2 * (single[1] - single[0])


def test_interval_covers_the_true_bias():
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(60):
        observed = rng.exponential(1.0, 80)
        modelled = rng.exponential(0.8, 80)
        low, high = performance_intervals(observed, modelled, rng, draws=150)["fb"]
        held += low <= 2 * 0.2 / 1.8 <= high
    assert 50 <= held <= 60


def test_agreement_of_a_line():
    reference = np.linspace(0, 10, 50)
    made = agreement(reference, 1.1 * reference + 0.5)
    assert made.slope == pytest.approx(1.1)
    assert made.intercept == pytest.approx(0.5)
    assert made.r_squared == pytest.approx(1.0)
    assert made.maximum_ratio == pytest.approx(1.15)
    assert made.largest_difference == pytest.approx(0.15)


REFERENCE_PRAIRIE = [
    ("sigA", "cmax", "all", (130, 0.22, 0.37, 1.10, 0.92, 0.95, 0.89)),
    ("sigA", "cmax", "unstable", (80, 0.40, 0.63, 1.16, 0.93, 0.98, 0.64)),
    ("sigA", "cmax", "stable", (50, 0.11, 0.23, 1.01, 0.90, 0.95, 0.87)),
    ("sigA", "cwic", "all", (130, 0.23, 0.22, 1.16, 0.93, 0.94, 0.75)),
    ("noturb", "cmax", "all", (130, 0.33, 0.72, 1.17, 0.81, 0.93, 0.74)),
]


def _stated(made):
    return (made.pairs, made.fb, made.nmse, made.mg, made.fac2, made.r, made.rhc_ratio)


@pytest.mark.parametrize(("turbulence", "quantity", "stability", "stated"), REFERENCE_PRAIRIE)
def test_stated_scores_of_prairie_grass(data_dir, turbulence, quantity, stability, stated):
    pairs = pd.read_csv(data_dir / "prairie_grass" / f"pg_pairs_aermod24142_{turbulence}.csv")
    if stability != "all":
        pairs = pairs[(pairs["L_m"] < 0) == (stability == "unstable")]
    unit = "mg_m3" if quantity == "cmax" else "mg_m2"
    made = performance(pairs[f"{quantity}_obs_{unit}"], pairs[f"{quantity}_aermod_{unit}"])
    assert _stated(made) == pytest.approx(stated, abs=0.006)


def test_stated_scores_of_kincaid(data_dir):
    pairs = pd.read_parquet(data_dir / "kincaid_sf6" / "pairs_arc_maxima_1980.parquet")
    observed = pairs[pairs["obs_CQ_s_m3"] > 0]
    made = performance(observed["obs_CQ_s_m3"], observed["aermod24142_CQ_s_m3"])
    assert _stated(made) == pytest.approx((1291, 0.64, 3.41, 13.8, 0.24, 0.26, 0.76), abs=0.03)
    hours = pairs.groupby("yymmddhh")[["obs_CQ_s_m3", "aermod24142_CQ_s_m3"]].max()
    made = performance(hours["obs_CQ_s_m3"], hours["aermod24142_CQ_s_m3"])
    assert _stated(made) == pytest.approx((241, 0.65, 2.57, 10.5, 0.22, 0.16, 0.88), abs=0.03)
    assert made.pairs_log == 238


@pytest.mark.parametrize(
    ("test", "column", "stated"),
    [
        (1, "aermod", (66, 0.25, 0.07, 1.33, 1.00, 0.99)),
        (1, "rline", (66, 0.11, 0.02, 1.15, 1.00, 0.99)),
        (3, "aermod", (56, 0.17, 0.03, 1.23, 1.00, 0.99)),
        (3, "rline", (56, -0.01, 0.00, 0.98, 1.00, 0.99)),
    ],
)
def test_stated_scores_of_idaho_falls(data_dir, test, column, stated):
    folder = data_dir / "idaho_falls"
    observed = pd.read_csv(folder / "observed_cwic.csv")
    line = pd.read_csv(folder / "rline12_unit_emission.csv")
    deck = pd.read_parquet(folder / "IF_01H.parquet")
    deck = deck.assign(test=deck["yymmddhh"] // 100 % 100, bag=deck["yymmddhh"] % 100, x_m=deck["x"])
    pairs = observed.merge(line, on=["test", "bag", "x_m"]).merge(deck, on=["test", "bag", "x_m"])
    pairs = pairs[(pairs["test"] == test) & pairs["cwic_ppb"].notna()]
    rate = {1: 0.05, 3: 0.03}[test] / 54
    unit = pairs["concentration_ugm3"] / 1e-3 if column == "aermod" else pairs["rline12_ugm3_per_g_m_s"]
    made = performance(pairs["cwic_ppb"] * 6.07 * 850 / 1013, unit * rate)
    assert _stated(made)[:6] == pytest.approx(stated, abs=0.006)
