"""Laws of the checks on problems whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.attribution.diagnostics import CheckOptions, Inputs, check_attribution
from sootprint.attribution.diagnostics.base import draw_base, hats
from sootprint.attribution.diagnostics.cells import Cells
from sootprint.attribution.diagnostics.chains import chain_rows
from sootprint.attribution.diagnostics.codes import CODE_OF, CODES, check_findings
from sootprint.attribution.diagnostics.inputs import with_prior_spread, without_hours, without_station
from sootprint.attribution.diagnostics.predictive import persistence
from sootprint.attribution.diagnostics.replicas import Errors, lognormal_factor, persistent_noise, replicate
from sootprint.attribution.diagnostics.rows import coverage_row, largest_share, least_share, row
from sootprint.attribution.diagnostics.sensitivity import outcome, shift_rows, verdict_rows
from sootprint.attribution.inverse import Options
from sootprint.core import schema
from sootprint.core.errors import ConfigError

LIGHT = Options(chains=2, sweeps=400, warmup=100, draws=300, cell_hours=6, lasting_low=0.1, lasting_stack=0.1)
QUICK = CheckOptions(stations=2, episodes=1, replicates=200, chains=2, sweeps=300, warmup=100, draws=200)


def network(seed=0, *, hours=288, faulty=None, hidden=1.0):
    """Three sources and four posts; ``faulty`` reads thrice too much, S0 emits ``hidden`` × declared."""
    rng = np.random.default_rng(seed)
    angle = np.cumsum(rng.normal(0, 0.6, hours))
    aim = rng.uniform(0, 2 * np.pi, (4, 3))
    response = rng.uniform(0.5, 1.5, (4, 3)) * np.exp(3.0 * (np.cos(angle[:, None, None] - aim) - 1.0)) * 1e-6
    times = pd.date_range("2024-11-01", periods=hours, freq="h").as_unit("us")
    names, posts = ["S0", "S1", "S2"], ["P0", "P1", "P2", "P3"]
    operator = xr.Dataset(
        {"H": (("time", "receptor", "source"), response)},
        coords={"time": times, "receptor": posts, "source": names},
    )
    declared = np.array([60.0, 40.0, 80.0])
    true = declared * [hidden, 1.0, 1.0]
    clean = response * 1e6 * true
    noise = np.repeat(rng.normal(0, 0.3, (hours // 6, 4, 3)), 6, axis=0)
    value = (clean * np.exp(noise - 0.045)).sum(axis=2) + 8.0 + rng.normal(0, 1.0, (hours, 4))
    if faulty is not None:
        value[:, posts.index(faulty)] *= 3.0
    observations = pd.concat(
        [
            pd.DataFrame(
                {
                    "station_id": name, "pollutant": "SO2", "time_start": times, "duration_s": 3600.0,
                    "value_ugm3": value[:, place], "flag": "valid", "detection_limit_ugm3": np.nan,
                }
            )
            for place, name in enumerate(posts)
        ],
        ignore_index=True,
    )  # fmt: skip
    emissions = pd.DataFrame(
        {"source_id": names, "pollutant": "SO2", "rate_g_s": declared, "relative_uncertainty": 0.25}
    )
    sources = pd.DataFrame({"source_id": names, "facility_id": names, "kind": "point", "height_m": 100.0})
    episodes = pd.DataFrame(
        {
            "episode_id": ["SO2-001"], "pollutant": ["SO2"], "time_start": [times[48]],
            "time_end": [times[72]], "limit_ugm3": [50.0], "mean_ugm3": [70.0],
        }
    )  # fmt: skip
    weather = pd.DataFrame(
        {"time_start": times, "wind_speed": 4.0, "wind_from_direction": np.degrees(angle) % 360.0}
    )
    return Inputs(operator, observations, emissions, episodes, sources, "UTC", weather=weather, options=LIGHT)


@pytest.fixture(scope="module")
def sound():
    inputs = network(hidden=3.0)
    result = inputs.attribute()
    said = []
    return inputs, result, check_attribution(result, inputs, options=QUICK, progress=said.append), said


def test_tables_keep_their_schemas_and_hold_every_check(sound):
    _, _, made, said = sound
    for name, table in (("attribution_checks", made.checks), ("attribution_sensitivity", made.sensitivity)):
        assert schema.faults(table, name).empty
    assert {"chains agree", "predicted readings", "mean of readings", "verdict stays"} <= set(
        made.checks["check"]
    )
    assert set(made.sensitivity["check"]) == {
        "post left out", "episode left out", "prior wider", "prior narrower", "declared-blind",
    }  # fmt: skip
    assert set(made.checks["subject_kind"]) == {
        "run", "station", "wind sector", "wind speed", "hour", "episode", "source",
    }  # fmt: skip
    assert [text for text in said if text.startswith("without")] == [
        "without post P0 (1 of 2)", "without post P1 (2 of 2)", "without episode SO2-001 (1 of 1)",
    ]  # fmt: skip


def test_a_model_that_is_right_predicts_its_readings(sound):
    _, _, made, _ = sound
    checks = made.checks
    readings = checks[checks["check"].isin(["predicted readings", "post left out: readings"])]
    assert readings["passed"].dropna().all()
    whole = readings[readings["subject_kind"] == "station"]
    assert 0.84 < whole["value"].mean() < 0.99
    means = checks[checks["check"].str.endswith(": mean")]
    assert means["passed"].all()


@pytest.mark.slow
def test_same_inputs_same_bytes(sound):
    inputs, result, made, _ = sound
    again = check_attribution(result, inputs, options=QUICK)
    pd.testing.assert_frame_equal(made.checks, again.checks, check_exact=True)
    pd.testing.assert_frame_equal(made.sensitivity, again.sensitivity, check_exact=True)


@pytest.mark.slow
def test_a_faulty_post_is_named_in_the_findings():
    inputs = network(faulty="P1")
    made = check_attribution(inputs.attribute(), inputs, options=replace(QUICK, priors=False, episodes=0))
    failed = made.checks[made.checks["passed"].eq(False).fillna(False)]
    left = failed[failed["check"] == "post left out: mean"]
    assert "P1" in set(left["subject"])
    assert left.set_index("subject").loc["P1", "value"] > 2.0
    finding = made.findings[made.findings["code"] == "ATT-POST-LEFT-OUT"]
    assert finding["value"].str.contains("P1").any()
    assert schema.faults(made.findings, "findings").empty


def test_every_check_that_can_fail_has_a_code():
    allowed = schema.schema("attribution_checks").set_index("column").loc["check", "allowed"].split("|")
    assert set(allowed) - set(CODE_OF) == {"episode left out: posts"}
    assert set(CODE_OF.values()) == set(CODES)


def test_too_few_draws_and_chains_apart_fail():
    chains = pd.DataFrame(
        {"source_id": ["A", "B"], "pollutant": "SO2", "r_hat": [1.0, 1.02], "effective_size": [500.0, 399.0]}
    )
    rows = chain_rows(chains, CheckOptions())
    assert [item["passed"] for item in rows] == [False, False]
    assert "B" in rows[0]["words"]
    assert [item["passed"] for item in chain_rows(chains.iloc[:1], CheckOptions())] == [True, True]


def test_a_missing_value_never_passes():
    assert row("chains agree", "run", "x", "SO2", np.nan, "", high=1.01)["passed"] is False
    assert row("chains agree", "run", "x", "SO2", 5.0, "", judged=False)["passed"] is None


def test_shares_of_the_binomial_distribution():
    # B(20, 0.9): Pr(X ≤ 15) = 0.0432 and Pr(X ≤ 16) = 0.1330, tables of the distribution.
    assert least_share(20, 0.9, 0.05) == pytest.approx(16 / 20)
    assert largest_share(20, 0.9, 0.05) == 1.0
    held = np.array([True] * 15 + [False] * 5)
    given = {"level": 0.9, "risk": 0.05, "least_days": 10}
    assert coverage_row("predicted readings", "station", "P", "SO2", held, 20, **given)["passed"] is False
    assert coverage_row("predicted readings", "station", "P", "SO2", held, 9, **given)["passed"] is None


def test_a_scaled_prior_has_the_scaled_spread():
    inputs = network()
    wider = with_prior_spread(inputs, 2.0)
    one, two = (np.sqrt(np.log1p(item.emissions["relative_uncertainty"] ** 2)) for item in (inputs, wider))
    assert two.to_numpy() == pytest.approx(2.0 * one.to_numpy(), rel=1e-12)
    back = with_prior_spread(wider, 0.5)
    assert back.options.minimum_uncertainty == pytest.approx(inputs.options.minimum_uncertainty)
    assert back.options.wrong_spread == inputs.options.wrong_spread


def test_left_out_readings_are_those_of_the_post_and_of_the_hours():
    inputs = network()
    fewer = without_station(inputs, "P2").observations
    assert set(fewer["station_id"]) == {"P0", "P1", "P3"}
    times = inputs.times
    assert len(without_hours(inputs, times[48], times[72]).observations) == len(inputs.observations) - 4 * 24


def test_persistent_noise_has_the_correlation_of_its_process():
    rng = np.random.default_rng(1)
    noise = persistent_noise(np.array([0.0, 1.0, 4.0]), (200_000,), 2.0, rng)
    assert noise.std(axis=1) == pytest.approx(1.0, abs=0.01)
    assert np.corrcoef(noise[0], noise[1])[0, 1] == pytest.approx(np.exp(-0.5), abs=0.01)
    assert np.corrcoef(noise[0], noise[2])[0, 1] == pytest.approx(np.exp(-2.0), abs=0.01)


def test_a_lognormal_factor_has_mean_one_and_its_spread():
    factor = lognormal_factor(np.random.default_rng(2).standard_normal(400_000), np.array(0.5))
    assert factor.mean() == pytest.approx(1.0, abs=0.005)
    assert factor.std() == pytest.approx(0.5, abs=0.01)


def flat_cells(value, count=400, response=1.0):
    number = np.arange(count)
    return Cells(
        station=np.zeros(count, np.int64), number=number, middle=number * 3.0 + 1.5, size=np.full(count, 3.0),
        value=np.full(count, value), censored=np.zeros(count, bool), response=np.full((count, 1), response),
    )  # fmt: skip


def test_replicates_have_the_mean_and_variance_that_the_errors_state():
    errors = Errors(2.0, 3.0, np.array([0.2]), np.array([0.4]), np.array([0.0]), 0.3, 1.0, 3.0)
    cells = flat_cells(100.0, response=10.0)
    made = replicate(
        cells, np.full((2000, 1), 9.0), np.full((2000, 400), 10.0), errors, np.random.default_rng(3)
    )
    assert made.mean() == pytest.approx(100.0, rel=0.01)
    exact = errors.variance(cells, np.array([9.0]))[0] + (90.0 * 0.2 * 0.4) ** 2
    assert made.var() == pytest.approx(exact, rel=0.03)


def test_background_given_the_rates_is_what_they_leave():
    cells = flat_cells(30.0, response=1.0)
    rng = np.random.default_rng(4)
    base = draw_base(cells, np.full((300, 1), 10.0), np.full(400, 1.0), 1, 1200, 72.0, rng)
    level = base.at(cells.middle, cells.station)
    assert level.mean() == pytest.approx(20.0, rel=0.02)
    assert level.min() >= 0
    low = draw_base(cells, np.full((300, 1), 35.0), np.full(400, 1.0), 1, 1200, 72.0, rng)
    assert low.at(cells.middle, cells.station).mean() < 1.0
    assert hats(np.array([0.0, 10.0, 71.0]), base.knots).sum(axis=1) == pytest.approx(1.0)


def test_persistence_is_the_correlation_of_neighbours():
    values = np.sin(np.arange(60) / 3.0)[None]
    number = np.arange(60)
    assert persistence(values, number)[0] == pytest.approx(np.corrcoef(values[0, :-1], values[0, 1:])[0, 1])
    assert np.isnan(persistence(values, number * 2)[0])


def test_outcomes_from_an_interval():
    draws = np.linspace(10.0, 20.0, 101)
    assert outcome(draws, 9.0, 0.9, 0.5) == "above declared"
    assert outcome(draws, 21.0, 0.9, 0.5) == "below declared"
    assert outcome(draws, 15.0, 0.9, 0.5) == "consistent with declared"
    assert outcome(draws, 9.0, 0.4, 0.5) == outcome(draws, 0.0, 0.9, 0.5) == "not decidable"


def test_only_decided_outcomes_flip_and_the_worst_shift_is_kept():
    def change(check, subject, shift, verdict, changed):
        return {
            "check": check, "subject": subject, "source_id": "S", "pollutant": "SO2", "rate_g_s": 10.0,
            "changed_g_s": 12.0, "shift": shift, "verdict": verdict, "changed_verdict": changed,
            "flips": "not decidable" not in (verdict, changed) and verdict != changed,
            "undecided": verdict != "not decidable" and changed == "not decidable",
        }  # fmt: skip

    table = pd.DataFrame(
        [
            change("post left out", "P0", 0.5, "above declared", "above declared"),
            change("post left out", "P1", -2.0, "above declared", "not decidable"),
            change("prior wider", "× 2", 0.1, "above declared", "consistent with declared"),
        ]
    )
    shifts = shift_rows(table)
    assert [(item["check"], item["value"], item["passed"]) for item in shifts] == [
        ("post left out: rates", -2.0, False), ("prior wider: rates", 0.1, True),
    ]  # fmt: skip
    (made,) = verdict_rows(table)
    assert made["value"] == 1.0
    assert made["passed"] is False
    assert made["words"] == (
        "above declared: stays in 1 of 3 changes; becomes consistent with declared with the prior's spread "
        "× 2; not decidable without post P1"
    )
    assert verdict_rows(table.assign(verdict="not decidable")) == []


def test_no_failure_no_finding(sound):
    checks = sound[2].checks
    assert check_findings(checks.assign(passed=True)).empty
    codes = check_findings(checks.assign(passed=False))["code"]
    assert "ATT-VERDICT" in set(codes)


def test_options_out_of_range_are_refused():
    with pytest.raises(ConfigError, match="spread_factor"):
        CheckOptions(spread_factor=1.0)
