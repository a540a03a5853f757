"""Random cities: the same for a seed, within their ranges, and scored as the words say."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.cli import twins_truth
from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError
from sootprint.synthetic import investigation, make_twin, score_twin, twin_air, twin_layout
from sootprint.synthetic.twin_posts import observe_twin
from sootprint.synthetic.twin_score import score_contributions, score_rates
from sootprint.synthetic.twin_summary import metrics, rank_correlations, resampled, summary_table

SEED = 3_000_001


@pytest.fixture(scope="module")
def twin():
    return make_twin(SEED, days=4)


@pytest.fixture(scope="module")
def case(twin):
    return investigation(twin)


def test_same_seed_same_city(twin):
    again = make_twin(SEED, days=4)
    for name in ("stations", "sources", "rates", "weather", "observations", "rate_table"):
        pd.testing.assert_frame_equal(getattr(twin, name), getattr(again, name))
    xr.testing.assert_identical(twin.parts, again.parts)


def test_tables_fit_their_schemas(twin):
    for name in ("stations", "sources", "rates", "weather", "observations"):
        pd.testing.assert_frame_equal(schema.check(getattr(twin, name), name), getattr(twin, name))


def test_too_short_a_city_is_refused():
    with pytest.raises(ConfigError, match="too few"):
        make_twin(1, days=1)


@pytest.mark.parametrize("seed", range(40))
def test_layouts_stay_within_their_ranges(seed):
    rng = np.random.default_rng(seed)
    posts = twin_layout.draw_posts(rng, 5000.0)
    drawn = twin_layout.draw_sources(rng, 5000.0, ["SO2", "CO"])
    assert 4 <= len(posts) <= 15
    assert twin_layout.FEWEST <= len(drawn) <= twin_layout.MOST
    assert {"point", "area", "line"} <= set(drawn["kind"])
    assert drawn["source_id"].is_unique
    assert all(set(rates) <= {"SO2", "CO"} and rates for rates in drawn["rates"])
    rates, complete = twin_layout.rate_rows(rng, drawn, dropped=0.5, blank=0.2)
    kept = complete[complete["listed"] != "dropped"]
    assert rates[["source_id", "pollutant"]].to_numpy().tolist() == kept.iloc[:, :2].to_numpy().tolist()
    assert (rates["rate_g_s"] == 0).tolist() == kept["listed"].eq("blank").tolist()
    assert set(rates["source_id"]) == set(drawn["source_id"])


def test_standing_air_takes_its_share_of_the_time():
    rng = np.random.default_rng(2)
    climates = [twin_air.draw_climate(rng) for _ in range(60)]
    found = [twin_air.still_spells(rng, climate, 4000).mean() for climate in climates]
    wanted = [climate.still_share for climate in climates]
    assert np.mean(found) == pytest.approx(np.mean(wanted), abs=0.03)
    assert np.corrcoef(found, wanted)[0, 1] > 0.9


def test_mast_without_faults_reports_the_air(twin):
    from dataclasses import replace

    mast = replace(
        twin_air.draw_mast(np.random.default_rng(1)),
        misaligned_deg=0.0,
        bend_deg=0.0,
        speed_factor=1.0,
        noise_deg=0.0,
        noise_speed=0.0,
        own_m_s=0.0,
        threshold_m_s=0.0,
        speed_step=0.1,
        direction_step=1.0,
        missing=0.0,
    )
    true = twin.air.true_weather.assign(wind_speed=5.0)
    told = twin_air.mast_report(np.random.default_rng(1), mast, true, np.zeros(len(true), bool))
    both = told.merge(true, on="time_start", suffixes=("", "_true"))
    turn = (both["wind_from_direction"] - both["wind_from_direction_true"] + 180.0) % 360.0 - 180.0
    assert np.abs(turn).median() < 3.0
    assert np.abs(both["wind_speed"] - both["wind_speed_true"]).median() < 0.15


def test_true_mean_rates_are_those_of_the_emission(twin):
    table = twin.rate_table.set_index(["source_id", "pollutant"])["true_g_s"]
    mean = twin.emission.mean("time").to_series()
    assert np.allclose(table, mean.reindex(table.index.set_names(["source", "pollutant"])))
    assert mean.sum() == pytest.approx(table.sum())


def test_posts_report_what_is_there_on_average(twin):
    total = twin.parts["contribution"].sum("source") + twin.parts["background"]
    table = observe_twin(np.random.default_rng(4), total, ["automatic"] * len(twin.stations))
    valid = table[table["flag"] == "valid"]
    keys = pd.MultiIndex.from_frame(valid[["time_start", "station_id", "pollutant"]])
    true = total.to_series().reindex(keys).to_numpy()
    assert np.median(valid["value_ugm3"].to_numpy() / true) == pytest.approx(1.0, abs=0.06)


def test_true_contributions_are_means_over_usable_served_readings(twin, case):
    given, truth = case
    table = truth["contributions"]
    parts = table.groupby(["episode_id", "pollutant", "station_id"])
    assert np.allclose(parts["true_ugm3"].sum(), parts["total_ugm3"].first())
    pollutant = str(twin.parts["pollutant"].values[0])
    served = np.isfinite(given["operator"]["H"]).all(("receptor", "source"))
    hours = served["time"].to_numpy()[served.to_numpy()]
    usable = twin.observations.query("pollutant == @pollutant and flag != 'missing'")
    usable = usable[usable["time_start"].isin(hours)]
    post = usable["station_id"].iloc[0]
    times = usable.loc[usable["station_id"] == post, "time_start"].to_numpy()
    source = str(twin.parts["source"].values[0])
    expected = twin.parts["contribution"].sel(pollutant=pollutant, station=post, source=source, time=times)
    row = table.query(
        "episode_id == 'all' and pollutant == @pollutant and station_id == @post and source_id == @source"
    )
    assert row["true_ugm3"].item() == pytest.approx(float(expected.mean()))
    assert row["readings"].item() == len(times)


def test_given_are_the_arguments_of_the_attribution(case):
    from inspect import signature

    from sootprint.attribution import inverse

    given, _ = case
    signature(inverse.attribute).bind(**given)
    assert set(given["emissions"]["source_id"]) <= set(given["operator"]["source"].values)


def _calibrated(truth, rng, spread):
    """Draws of which the truth is one more: their intervals hold it as often as they say."""
    rates = truth["rates"].query("listed != 'hidden'")
    true = rates.pivot_table(index="source_id", columns="pollutant", values="true_g_s")
    centre = true.to_numpy() * np.exp(spread * rng.standard_normal(true.shape))
    draws = centre * np.exp(spread * rng.standard_normal((400, *true.shape)))
    return xr.DataArray(
        draws,
        dims=("draw", "source", "pollutant"),
        coords={"source": true.index.tolist(), "pollutant": true.columns.tolist()},
    )


def _attribution(truth, factor, low):
    rows = truth["contributions"].copy()
    rows["component"] = np.where(rows["source_id"] == "background", "background", "source")
    rows.loc[rows["component"] == "background", "source_id"] = None
    mean = rows["true_ugm3"] * factor
    return rows.assign(
        contribution_ugm3=mean,
        q05_ugm3=low * mean,
        q95_ugm3=2.0 * mean,
        share_q05=low * mean / rows["total_ugm3"],
    )


def _sources(truth, grouped):
    rates = truth["rates"].query("listed != 'hidden'")
    name = f"G1-{rates['pollutant'].iloc[0]}"
    group = np.where(rates["pollutant"] == rates["pollutant"].iloc[0], name if grouped else None, None)
    return rates[["source_id", "pollutant"]].assign(group_id=group)


def test_calibrated_draws_get_their_coverage(case):
    _, truth = case
    rng = np.random.default_rng(3)
    made = [score_rates(truth, _calibrated(truth, rng, 0.7)) for _ in range(60)]
    table = pd.concat(made)
    assert table["holds_50"].mean() == pytest.approx(0.5, abs=0.04)
    assert table["holds_90"].mean() == pytest.approx(0.9, abs=0.03)
    assert table["log_ratio"].abs().median() == pytest.approx(0.6745 * 0.7, abs=0.04)
    assert table["signal"].between(0.0, 1.0).all()


def test_perfect_attribution_holds_ranks_and_accuses_nobody(case):
    _, truth = case
    scores = score_twin(
        truth,
        _calibrated(truth, np.random.default_rng(5), 0.05),
        _attribution(truth, 1.0, 0.5),
        _sources(truth, True),
    )
    numbers = metrics([scores, scores])
    assert numbers["contribution_coverage_90"] == 1.0
    assert numbers["rank_correlation"] == pytest.approx(1.0)
    assert numbers["false_accusation_rate"] == 0.0
    assert np.isnan(numbers["contribution_coverage_50"])
    assert len(scores["groups"]) == 1
    assert scores["rates"]["grouped"].any()
    table = summary_table([scores, scores])
    assert {"rate", "rate of a group", "contribution"} == set(table["what"])
    ends = resampled([scores, scores], np.random.default_rng(0))
    assert ends["contribution_coverage_90"] == (1.0, 1.0)


def test_a_blown_up_innocent_source_is_a_false_accusation(case):
    _, truth = case
    made = _attribution(truth, 1.0, 0.9)
    small = (made["true_ugm3"] < 0.02 * made["total_ugm3"]) & (made["component"] == "source")
    made.loc[small, "share_q05"] = 0.11
    scored = score_contributions(truth, made)
    assert (scored["innocent"] == small.to_numpy()).all()
    assert scored.loc[scored["innocent"], "accused"].all()


def test_ranks_that_are_turned_round_correlate_negatively():
    table = pd.DataFrame(
        {
            "seed": 1,
            "pollutant": "SO2",
            "episode_id": "SO2-001",
            "station_id": "all",
            "kind": "low",
            "true_ugm3": [1.0, 2.0, 3.0],
            "inferred_ugm3": [9.0, 8.0, 1.0],
        }
    )
    assert rank_correlations(table).item() == pytest.approx(-1.0)


def test_another_city_is_refused(case):
    _, truth = case
    made = _attribution(truth, 1.0, 0.5)
    made.loc[made.index[0], "source_id"] = "NOWHERE/0001"
    with pytest.raises(InputError, match="NOWHERE"):
        score_contributions(truth, made)


def test_a_failed_city_is_counted_and_told(monkeypatch, case):
    def fails(seed):
        raise ValueError("no wind at all")

    monkeypatch.setattr("sootprint.synthetic.twin.make_twin", fails)
    failed = twins_truth.one_city(5)
    assert failed.scores is None
    _, truth = case
    scores = score_twin(
        truth,
        _calibrated(truth, np.random.default_rng(5), 0.05),
        _attribution(truth, 1.0, 0.5),
        _sources(truth, False),
    )
    good = twins_truth.Outcome(4, scores, truth["city"], "")
    numbers = metrics([scores])
    text = " ".join(twins_truth.notes([good, failed], numbers, {}))
    assert "1 cities failed" in text
    assert "seed 5: ValueError: no wind at all" in text
    monkeypatch.setattr(twins_truth, "investigated", lambda seeds: [failed])
    with pytest.raises(InputError, match="none of 1 cities"):
        twins_truth.twins(cities=range(5, 6))


@pytest.mark.slow
def test_two_cities_in_two_processes():
    table = twins_truth.twins(cities=range(3_000_000, 3_000_002))
    numbers = table.attrs["metrics"]
    assert numbers["cities"] == 2
    assert 0.0 <= numbers["coverage_50"] <= numbers["coverage_90"] <= 1.0
    assert len(table.attrs["notes"]) == 7
