"""Evidence of a made-up attribution: what is decided, of whom, and how a statement leads back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import norm

from sootprint.attribution.evidence import Inputs, Provenance, assess, statement_id
from sootprint.attribution.evidence.alternatives import strongest_alternative
from sootprint.attribution.evidence.field import make_field
from sootprint.attribution.evidence.free import FreePrior, data_alone
from sootprint.attribution.evidence.intervals import Interval, interval_draws
from sootprint.attribution.evidence.means import mean_draws
from sootprint.attribution.evidence.overturning import bearing
from sootprint.attribution.evidence.rate_rows import withhold_faint
from sootprint.attribution.evidence.rates import overturning_rate, rate_evidence
from sootprint.attribution.evidence.subjects import subjects_of
from sootprint.attribution.evidence.without import allowed_over
from sootprint.attribution.inverse import Attribution, Options
from sootprint.attribution.inverse import hours as hour_module
from sootprint.core import schema

SOURCES = ["A/1", "A/2", "B/1", "C/1"]
STATIONS = ["P1", "P2"]
START = pd.Timestamp("2024-11-03 19:00")
HOURS = 72
ZONE = "Asia/Almaty"
DECLARED = np.array([10.0, 10.0, 20.0, 5.0])
TRUE = np.array([12.0, 9.0, 80.0, 5.0])
ORIGIN = Provenance("1" * 64, "2" * 64, "plume briggs1973", "0.1.0")


@pytest.fixture
def no_hour_errors(monkeypatch):
    """Contributions of particular hours that are the modelled ones."""
    calm = hour_module.hour_error_table() * 0.0 + 1e-12
    monkeypatch.setattr(hour_module, "hour_error_table", lambda: calm)


def made(name: str, rows: list[dict]) -> pd.DataFrame:
    filling = {"string": "x", "float": 1.0, "int": 0, "bool": False, "datetime": START}
    table = pd.DataFrame(rows)
    for row in schema.schema(name).itertuples():
        if row.required == "yes" and row.column not in table:
            table[row.column] = row.allowed.split("|")[0] if row.allowed else filling[row.type]
    return schema.check(table, name)


def response() -> np.ndarray:
    """Dilution of each hour, post and source [s m⁻³]: each source has hours of its own."""
    rng = np.random.default_rng(4)
    field = rng.gamma(0.6, 2e-6, (HOURS, 2, 4))
    field[5, :, :] = np.nan
    return field


def city(spread: float = 0.15, options: Options | None = None) -> tuple[Attribution, Inputs]:
    """Attribution whose posterior is log-normal about known rates; A/1 and A/2 are one group."""
    rng = np.random.default_rng(1)
    times = pd.date_range(START, periods=HOURS, freq="h")
    emission = TRUE * np.exp(spread * rng.standard_normal((1000, 4)))
    blind = TRUE * np.exp(1.2 * spread * rng.standard_normal((1000, 4)))
    draws = xr.Dataset(
        {
            "emission": (("draw", "source", "pollutant"), emission[:, :, None]),
            "emission_blind": (("draw", "source", "pollutant"), blind[:, :, None]),
            "blind_centre": ("pollutant", [np.log(10.0)]),
            "blind_spread": ((), 2.0),
            "dispersion_bias": (("draw", "source"), np.ones((1000, 4))),
            "activity": (("time", "source", "pollutant"), np.ones((HOURS, 4, 1))),
        },
        coords={"source": SOURCES, "pollutant": ["SO2"], "time": times},
    )
    field = response()
    clean = np.nansum(field * TRUE, axis=2) * 1e6 + 10.0
    stack = np.array([name.split("/")[0] for name in SOURCES])
    readings = pd.DataFrame(
        {
            "station_id": np.repeat(STATIONS, HOURS),
            "pollutant": "SO2",
            "time_start": np.tile(times, 2),
            "duration_s": 3600.0,
            "value_ugm3": clean.T.ravel(),
            "flag": "valid",
            "detection_limit_ugm3": np.nan,
        }
    )
    operator = xr.Dataset(
        {"H": (("time", "receptor", "source"), field)},
        coords={"time": times, "receptor": STATIONS, "source": SOURCES},
    )
    sources = pd.DataFrame(
        [
            {"source_id": name, "facility_id": plant, "pollutant": "SO2"}
            | {"group_id": "G1-SO2" if plant == "A" else None, "verdict": "not decidable"}
            for name, plant in zip(SOURCES, stack, strict=True)
        ]
    )
    background = {"pollutant": "SO2", "component": "background", "contribution_ugm3": 10.0}
    background |= {"q05_ugm3": 9.0, "q95_ugm3": 11.0, "hours_served": 71, "hours_total": 72}
    episodes = made(
        "attribution_episodes",
        [
            background | {"episode_id": episode, "station_id": station}
            for episode in ("all", "SO2-001")
            for station in ("all", *STATIONS)
        ],
    )
    diagnostics = {
        "readings": pd.DataFrame({"pollutant": ["SO2"], "used": [142]}),
        "classes": pd.DataFrame({"source_id": SOURCES, "class": "stack"}),
        "errors": pd.DataFrame(
            {"pollutant": ["SO2"], "additive_ugm3": [1.0], "dispersion_low": [0.0], "dispersion_stack": [0.0]}
        ),
    }
    attribution = Attribution(sources, episodes, draws, diagnostics)
    rates = pd.DataFrame(
        {"source_id": SOURCES, "pollutant": "SO2", "rate_g_s": DECLARED, "maximum_g_s": 1.5 * DECLARED}
    ).assign(relative_uncertainty=0.2, basis="declared")
    permitted = rates[rates["source_id"] == "B/1"].assign(basis="permitted", maximum_g_s=60.0)
    limit = float(np.sort(readings["value_ugm3"])[-6])
    over = readings[readings["value_ugm3"] > limit]
    hours = pd.DataFrame(
        {
            "station_id": over["station_id"],
            "pollutant": "SO2",
            "norm_id": "N",
            "value_ugm3": over["value_ugm3"],
        }
    ).assign(time_start=over["time_start"], averaging_s=3600.0, ratio=2.0, coverage=1.0)
    exceedances = made(
        "exceedances",
        [
            {"station_id": station, "pollutant": "SO2", "norm_id": "N", "kind": "limit", "form": "maximum"}
            | {"averaging_s": 3600.0, "limit_ugm3": limit, "period_start": START, "n_valid": 72}
            | {"period_end": START + pd.Timedelta("72h"), "n_exceedances": len(part), "verdict": "exceeded"}
            for station, part in hours.groupby("station_id")
        ],
    )
    episode = {"episode_id": "SO2-001", "pollutant": "SO2", "norm_id": "N", "limit_ugm3": limit}
    inputs = Inputs(
        operator=operator,
        observations=readings,
        rates=rates,
        sources=pd.DataFrame({"source_id": SOURCES, "lon": [82.60, 82.61, 82.7, 82.5], "lat": 49.9}),
        stations=pd.DataFrame({"station_id": STATIONS, "lon": [82.62, 82.55], "lat": [49.95, 49.9]}),
        episodes=made("episodes", [episode | {"time_start": START, "time_end": START + pd.Timedelta("24h")}]),
        emissions=pd.concat([rates, permitted]),
        exceedances=exceedances,
        exceedance_hours=hours,
        norms=made("norms", [{"norm_id": "N"}]),
        zone=ZONE,
        options=options or Options(),
        seed=3,
    )
    return attribution, inputs


@pytest.fixture(scope="module")
def result():
    attribution, inputs = city()
    return assess(attribution, inputs, ORIGIN)


def pick(table: pd.DataFrame, name: str, **given: str) -> pd.Series:
    rows = table[table["subject_id"] == name]
    for column, value in given.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_plant_of_its_own_group_is_decided_and_its_members_are_not(result):
    rates = result.rates
    assert pick(rates, "A/1", month="all")["verdict"] == "not decidable"
    assert pick(rates, "A/1", month="all")["reason"] == "cannot be told apart from others"
    assert pick(rates, "G1-SO2", month="all")["verdict"] == "consistent with declared"
    assert pick(rates, "A", month="all")["verdict"] == "consistent with declared"
    words = pick(result.statements, "A/1", kind="verdict", month="all")["words"]
    assert "nothing is decided" in words
    assert "G1-SO2" in words


def test_a_rate_of_four_times_the_declared_one_is_above_by_a_bound_under_four(result):
    row = pick(result.rates, "B/1", month="all")
    assert row["verdict"] == "above declared"
    assert 2.5 < row["factor"] < 3.2
    assert row["factor"] == pytest.approx(min(row["ratio_q05"], row["blind_ratio_q05"]))
    assert row["log10_declared_free"] < -2
    said = pick(result.statements, "B/1", kind="verdict", month="all")
    assert "at least" in said["words"]
    assert "measurement of the emission" in said["overturned_by"]


def test_breach_contribution_and_consistency_are_answered_apart(result):
    own = result.statements[result.statements["subject_id"] == "B/1"]
    assert set(own["question"]) == {"breach", "contribution", "consistency", "but_for"}
    permit = own[(own["kind"] == "permit") & (own["month"] == "all")].iloc[0]
    assert permit["value"] > 0.95
    other = pick(result.statements, "C/1", kind="permit", month="all")
    assert other["outcome"] == "not answered"
    assert pick(result.rates, "C/1", month="all")["maximum_basis"] == "declared"
    assert pick(result.rates, "C/1", month="all")["load_factor"] == pytest.approx(5.0 / 7.5, rel=0.05)


def test_both_propositions_are_always_stated(result):
    table = result.statements[result.statements["kind"].isin(["declared_or_free", "declared_or_none"])]
    assert len(table)
    assert table[["first_proposition", "second_proposition"]].notna().all().all()
    for row in table.itertuples():
        assert row.first_proposition in row.words
        assert row.second_proposition in row.words
    text = " ".join(result.statements["words"]).casefold()
    for word in ("guilt", "culprit", "offender", "caused", "proves"):
        assert word not in text


def test_statements_lead_back(result):
    table = result.statements
    assert table["statement_id"].is_unique
    assert (table["inputs_sha256"] == "1" * 64).all()
    for row in table.sample(20, random_state=1).to_dict("records"):
        assert statement_id(row) == row["statement_id"]
    other = dict(table.iloc[0]) | {"code_sha256": "3" * 64}
    assert statement_id(other) != table["statement_id"].iloc[0]


def test_same_seed_same_evidence(result):
    attribution, inputs = city()
    again = assess(attribution, inputs, ORIGIN)
    pd.testing.assert_frame_equal(again.statements, result.statements)
    other = assess(attribution, replace(inputs, seed=4), ORIGIN)
    assert not other.episodes["share"].equals(result.episodes["share"])


def test_without_errors_of_the_hours_contributions_are_what_the_operator_gives(no_hour_errors):
    attribution, inputs = city(1e-6)
    field = make_field(attribution, inputs.operator, inputs.observations, "SO2")
    hours = np.arange(10, 14)
    measured = float(field.value[hours, 0].mean())
    item = Interval(0, hours, measured, (10.0, 0.0))
    parts = interval_draws(field, [item], np.zeros(HOURS, np.int64), np.random.default_rng(1))
    exact = (field.response[hours, 0] * TRUE).mean(axis=0)
    assert parts.mean(axis=0)[0] == pytest.approx(exact, rel=1e-4)
    cells = np.zeros((HOURS, 2), bool)
    cells[hours, 0] = True
    draws = mean_draws(field, cells, (10.0, 0.0), np.random.default_rng(1))
    assert draws.contribution.mean(axis=0) == pytest.approx(exact, rel=1e-4)
    assert draws.total.mean() == pytest.approx(measured, rel=1e-4)


def test_hours_that_were_not_served_stay_as_measured(no_hour_errors):
    attribution, inputs = city(1e-6)
    field = make_field(attribution, inputs.operator, inputs.observations, "SO2")
    item = Interval(0, np.array([4, 5]), float(field.value[4:6, 0].mean()), (0.0, 0.0))
    parts = interval_draws(field, [item], np.zeros(HOURS, np.int64), np.random.default_rng(1))
    assert parts.mean(axis=0)[0] == pytest.approx(0.5 * field.response[4, 0] * TRUE, rel=1e-3)


def test_parts_never_give_more_than_was_measured():
    attribution, inputs = city(0.8)
    weather = pd.DataFrame({"time_start": inputs.operator["time"].to_numpy(), "wind_speed": 0.6})
    field = make_field(attribution, inputs.operator, inputs.observations, "SO2", weather=weather)
    assert field.light.sum() == HOURS - 1
    items = [Interval(0, np.array([h]), float(field.value[h, 0]), (5.0, 1.0)) for h in (8, 9, 20)]
    parts = interval_draws(field, items, np.zeros(HOURS, np.int64), np.random.default_rng(2))
    for number, item in enumerate(items):
        assert parts[:, number].sum(axis=1).max() <= item.measured * (1.0 + 1e-9)
    unlike = parts.std(axis=0)[0] / parts.mean(axis=0)[0]
    assert unlike.max() > 0.5


def test_taking_away_more_makes_a_norm_more_likely_to_hold(result):
    table = result.norms[(result.norms["station_id"] == "all") & result.norms["episode_id"].isna()]
    held = table.set_index("subject_id")["probability_held"]
    assert held["A"] >= max(held["A/1"], held["A/2"])
    assert held["A"] == held["G1-SO2"]
    assert held["B/1"] > 0.5
    assert held["C/1"] < 0.5
    single = result.norms[result.norms["station_id"] != "all"]
    assert (single["expected_without"] <= single["exceeded"]).all()


def test_allowed_intervals_of_a_percentile_follow_the_nearest_rank():
    row = pd.Series({"form": "percentile", "n_valid": 365, "allowed_exceedances": pd.NA})
    assert allowed_over(row, 99.0) == 3
    row["n_valid"] = 30
    assert allowed_over(row, 99.0) == 0
    assert allowed_over(pd.Series({"form": "mean_exceedances", "n_valid": 3}), np.nan) is None


def test_a_rate_that_only_another_pollutant_speaks_of_is_not_decided():
    row = {"verdict": "above declared", "reason": None, "factor": 2.0, "log10_declared_free": -2.0}
    whole = {"share_q05": 0.01, "share_q95": 0.3, "share_as_declared_q05": 0.005}
    withhold_faint(row, whole)
    assert row["verdict"] == "not decidable"
    assert row["reason"] == "its part of what was read is too small"
    assert np.isnan(row["log10_declared_free"])
    kept = {"verdict": "consistent with declared"}
    withhold_faint(kept, whole)
    assert kept == {"verdict": "consistent with declared"}
    below = {"verdict": "below declared"}
    withhold_faint(below, whole | {"share_as_declared_q05": 0.05})
    assert below["verdict"] == "below declared"


def test_priors_that_disagree_decide_nothing():
    logs = norm.ppf((np.arange(2000) + 0.5) / 2000)
    given = {"declared_spread": 0.2, "prior": FreePrior(0.0, 2.0), "kernel": 0.9}
    one, other = 3.0 * np.exp(0.2 * logs), 1.2 * np.exp(0.5 * logs)
    made = rate_evidence(one, other, 1.0, **given)
    assert (made.verdict, made.reason) == (
        "not decidable",
        "the two priors lead to different outcomes",
    )
    both = rate_evidence(one, one, 1.0, **given)
    assert both.verdict == "above declared"
    assert both.factor == pytest.approx(3.0 * np.exp(-1.645 * 0.2), rel=0.01)
    tied = rate_evidence(one, one, 1.0, alone=False, **given)
    assert tied.verdict == "not decidable"


def test_a_stack_test_at_the_overturning_rate_puts_the_bound_on_the_edge():
    logs = norm.ppf((np.arange(4000) + 0.5) / 4000)
    draws = 3.0 * np.exp(0.3 * logs)
    z = overturning_rate(draws, 1.0, "above declared")
    variance = 1.0 / (1.0 / np.log(draws).var() + 1.0 / 0.1**2)
    mean = variance * (np.log(draws).mean() / np.log(draws).var() + np.log(z) / 0.1**2)
    assert np.exp(mean - 1.6448536 * np.sqrt(variance)) == pytest.approx(1.2, rel=1e-6)
    below = overturning_rate(draws / 20.0, 1.0, "below declared")
    assert below > 0.6


def test_the_check_from_the_integrated_likelihood_agrees_with_the_closed_form():
    prior, error, seen = FreePrior(0.0, 2.0), 0.3, 0.5
    variance = 1 / (1 / 4.0 + 1 / error**2)
    logs = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    draws = np.exp(variance * seen / error**2 + np.sqrt(variance) * logs)
    found = data_alone(draws, 1.0, prior)
    exact = norm.pdf(0.0, seen, error) / norm.pdf(seen, 0.0, np.hypot(2.0, error))
    assert found.log10_density_ratio == pytest.approx(np.log10(exact), abs=0.03)
    assert found.deviance == pytest.approx((seen / error) ** 2, rel=0.08)
    assert found.bound == "exact"


@pytest.mark.parametrize("count", [2, 6])
def test_the_prior_of_a_sum_is_a_density(count):
    prior = FreePrior(1.0, 2.0, count)
    grid = np.linspace(-15.0, 20.0, 20_001)
    mass = np.exp(prior.log_density(grid))
    assert np.trapezoid(mass, grid) == pytest.approx(1.0, abs=0.03)
    assert np.trapezoid(grid * mass, grid) == pytest.approx(prior.logs().mean(), abs=0.1)
    assert prior.variance() < 4.0


def test_the_alternative_is_what_is_exchanged():
    rng = np.random.default_rng(1)
    one = rng.gamma(5.0, 1.0, 4000)
    others = {"exchanged": 12.0 - one + 0.5 * rng.standard_normal(4000), "apart": rng.gamma(5.0, 1.0, 4000)}
    found = strongest_alternative(one, others)
    assert found.name == "exchanged"
    assert found.correlation < -0.9
    assert found.mean < 0.5 * one.mean()
    assert strongest_alternative(one, {}) is None


def test_directions_are_clockwise_from_north():
    assert bearing(82.0, 50.0, [82.0, 83.0, 82.0, 81.0], [51.0, 50.0, 49.0, 50.0]) == pytest.approx(
        [0.0, 90.0, 180.0, 270.0]
    )


def test_a_plant_tied_to_another_by_a_group_is_not_decided_alone():
    attribution, _inputs = city()
    table = attribution.sources.assign(group_id=["G1-SO2", None, "G1-SO2", None])
    made_of = subjects_of(replace(attribution, sources=table), "SO2", SOURCES)
    tied = {item.name: item.group_id for item in made_of}
    assert tied == {"A/1": "G1-SO2", "A/2": None, "B/1": "G1-SO2", "C/1": None, "A": "G1-SO2", "G1-SO2": None}
