"""Releases on a fence line: background, hidden states, made sites, and the score."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sootprint.attribution.releases import (
    ReleaseOptions,
    find_releases,
    score_releases,
    separate_background,
)
from sootprint.attribution.releases.states import log_likelihoods, posterior_states
from sootprint.core.errors import ConfigError, InputError
from sootprint.dispersion.minute_puffs import MinutePuffOptions, minute_operator
from sootprint.synthetic.fence_line import fence_line

CELLS_A_DAY = 288


@pytest.fixture(scope="module")
def site():
    made = fence_line(22, days=1.5)
    table = made.observations
    hour = table["time"].dt.hour
    operator = 1000 * minute_operator(
        table, made.sources, made.sensors, sun_up=((hour >= 6) & (hour < 18)).to_numpy()
    )
    readings = table[list(made.sensors["name"])].groupby(np.arange(len(table)) // 5).mean().to_numpy()
    return made, operator, readings, pd.DatetimeIndex(table["time"].iloc[::5])


def test_releases_of_a_made_site_are_found(site):
    made, operator, readings, times = site
    found = find_releases(times, readings, operator, list(made.sources["name"]))
    truth = made.releases.assign(single=True)
    table, summary = score_releases(found.events, truth, times=times, cell_minutes=5, claim_g_s=0.083)
    assert summary["releases"] == len(truth)
    assert summary["right_source"] >= 0.7
    assert summary["within_factor_2"] >= 0.7
    assert summary["false_hours"] <= 0.05
    assert summary["seen"] >= 0.8
    assert table["overlap_hours"].max() > 1.5
    probability = found.presence.drop(columns=["time_start", "p_release", "elsewhere"]).sum(axis=1)
    assert probability.to_numpy() == pytest.approx(found.presence["p_release"].to_numpy(), abs=1e-9)


def test_the_right_wind_has_more_evidence_than_a_turned_one(site):
    made, operator, readings, times = site
    turned = made.observations.assign(
        wind_from_direction=(270 - made.observations["wind_from_direction"]) % 360
    )
    hour = turned["time"].dt.hour
    other = 1000 * minute_operator(
        turned, made.sources, made.sensors, sun_up=((hour >= 6) & (hour < 18)).to_numpy()
    )
    names = list(made.sources["name"])
    evidence = [find_releases(times, readings, item, names).log_evidence for item in (operator, other)]
    assert evidence[0] > evidence[1] + 50


def test_silence_has_no_event():
    rng = np.random.default_rng(4)
    cells, sensors = 288, 8
    operator = rng.exponential(0.5, (2, cells, sensors, 3)) * (rng.random((1, cells, sensors, 3)) < 0.2)
    readings = 1.3 + 0.1 * rng.standard_normal(sensors) + 0.02 * rng.standard_normal((cells, sensors))
    times = pd.date_range("2024-05-01", periods=cells, freq="5min")
    assert find_releases(times, readings, operator, ["a", "b", "c"]).events.empty


def outside_air(seed):
    """Readings of patches that come to all sensors alike by turns, and plumes that would reach one each."""
    rng = np.random.default_rng(seed)
    cells, sensors = 288, 8
    operator = np.zeros((2, cells, sensors, 3))
    for source in range(3):
        operator[:, np.arange(cells), rng.integers(0, sensors, cells), source] = 0.5
    readings = 1.3 + 0.02 * rng.standard_normal((cells, sensors))
    patches = np.exp(rng.normal(-0.5, 0.7, (60, sensors)))
    readings[100:160] += patches
    return pd.date_range("2024-05-01", periods=cells, freq="5min"), readings, operator


def test_air_from_outside_is_no_release_of_a_listed_source():
    times, readings, operator = outside_air(8)
    found = find_releases(times, readings, operator, ["a", "b", "c"])
    assert found.events.empty
    assert len(found.elsewhere) >= 1
    span = found.elsewhere.iloc[0]
    assert abs((span["start"] - times[100]).total_seconds()) <= 900
    assert span["probability"] > 0.8
    assert 0.2 < span["size"] < 3.0
    claimed = find_releases(
        times, readings, operator, ["a", "b", "c"], options=ReleaseOptions(elsewhere=False)
    )
    assert claimed.elsewhere.empty
    assert (claimed.presence["elsewhere"] == 0.0).all()


def test_a_plume_where_it_is_modelled_is_not_taken_for_air_from_outside():
    rng = np.random.default_rng(9)
    cells, sensors = 288, 8
    operator = np.zeros((2, cells, sensors, 2))
    hit = rng.integers(0, sensors, (2, cells))
    for source in range(2):
        operator[:, np.arange(cells), hit[source], source] = 1.0
    readings = 1.3 + 0.02 * rng.standard_normal((cells, sensors))
    readings[100:160] += 0.5 * operator[0, 100:160, :, 1]
    times = pd.date_range("2024-05-01", periods=cells, freq="5min")
    found = find_releases(times, readings, operator, ["a", "b"])
    assert found.events["source"].tolist() == ["b"]
    assert found.events["rate_g_s"].iloc[0] == pytest.approx(0.5, rel=0.4)
    assert found.elsewhere.empty


def test_releases_outside_the_fence_change_nothing_else_of_a_made_site():
    plain, more = fence_line(51, days=0.3), fence_line(51, days=0.3, elsewhere=2)
    names = list(plain.sensors["name"])
    pd.testing.assert_frame_equal(plain.releases, more.releases)
    assert plain.elsewhere.empty
    assert len(more.elsewhere) == 2
    added = more.observations[names].to_numpy() - plain.observations[names].to_numpy()
    assert np.nanmin(added) >= -1e-12
    distance = np.hypot(more.elsewhere["x"], more.elsewhere["y"])
    assert distance.between(110.0, 300.0).all()


def test_the_background_follows_all_sensors_and_leaves_a_plume():
    rng = np.random.default_rng(2)
    cells, sensors = 576, 8
    shared = 1.3 + 0.3 * np.sin(np.arange(cells) / 40.0) + 0.2 * (rng.random(cells) < 0.05)
    own = rng.normal(0, 0.1, sensors)
    readings = shared[:, None] + own + 0.01 * rng.standard_normal((cells, sensors))
    plume = np.zeros_like(readings)
    plume[100:200, 2] = 1.0
    plume[150:220, 3] = 0.5
    made = separate_background(readings + plume, CELLS_A_DAY)
    assert np.abs(np.median(made.excess[:80], axis=0)).max() < 0.02
    assert made.excess[120, 2] == pytest.approx(1.0, abs=0.06)
    assert made.excess[180, 3] == pytest.approx(0.5, abs=0.06)
    assert np.median(made.noise) == pytest.approx(0.01, rel=0.6)
    assert made.excess + made.level == pytest.approx(readings + plume)


def test_states_are_probabilities_and_follow_strong_evidence():
    options = ReleaseOptions(independence=1.0)
    silent, active = np.zeros(60), np.full((60, 2, 3), -1.0)
    active[20:40, 1, 2] = 3.0
    p_silent, p_active, evidence = posterior_states(silent, active, options)
    assert p_silent + p_active.sum(axis=(1, 2)) == pytest.approx(np.ones(60))
    assert (p_silent[:15] > 0.9).all()
    assert (p_active[22:38, 1, 2] > 0.95).all()
    assert np.isfinite(evidence)


def test_a_rate_is_not_pressed_down_by_a_plume_that_passes_beside():
    rng = np.random.default_rng(6)
    rate, sensors, cells = 2.0, 8, 60
    operator = np.zeros((2, cells, sensors, 1))
    for cell in range(cells):
        operator[:, cell, rng.integers(sensors), 0] = 1.0
    hit = rng.random(cells) < 0.8
    excess = rate * operator[0, :, :, 0] * hit[:, None] + 0.02 * rng.standard_normal((cells, sensors))
    rates = np.geomspace(0.05, 20, 30)
    silent, active = log_likelihoods(
        excess, np.full((cells, sensors), 0.02), operator, rates, ReleaseOptions()
    )
    best = rates[active[:, 0].sum(axis=0).argmax()]
    assert best == pytest.approx(rate, rel=0.3)
    assert active[:, 0].sum(axis=0).max() > silent.sum() + 20


def test_score_counts_what_it_says():
    day = pd.Timestamp("2024-05-01")
    truth = pd.DataFrame(
        {
            "source": ["a", "b"],
            "start": [day + pd.Timedelta(hours=2), day + pd.Timedelta(hours=10)],
            "end": [day + pd.Timedelta(hours=4), day + pd.Timedelta(hours=12)],
            "rate_g_s": [1.0, 1.0],
            "single": [True, True],
        }
    )
    events = pd.DataFrame(
        {
            "start": [day + pd.Timedelta(hours=2), day + pd.Timedelta(hours=20)],
            "end": [day + pd.Timedelta(hours=3), day + pd.Timedelta(hours=21)],
            "source": ["a", "b"],
            "rate_g_s": [1.5, 0.5],
            "rate_low_g_s": [0.9, 0.4],
            "rate_high_g_s": [2.0, 0.6],
        }
    )
    times = pd.date_range(day, periods=288, freq="5min")
    table, summary = score_releases(events, truth, times=times, cell_minutes=5, claim_g_s=0.1)
    assert summary["seen"] == 0.5
    assert summary["right_source"] == 0.5
    assert summary["within_factor_2"] == 1.0
    assert summary["coverage_90"] == 1.0
    assert summary["false_hours"] == pytest.approx(12 / (summary["silent_hours"] * 12))
    assert table["overlap_hours"].tolist() == [1.0, 0.0]
    _, strict = score_releases(events, truth, times=times, cell_minutes=5, claim_g_s=0.6)
    assert strict["false_hours"] == 0.0


def test_puffs_carry_all_gas_downwind_and_none_upwind():
    minutes = 60
    wind = pd.DataFrame(
        {
            "time": pd.date_range("2024-05-01", periods=minutes, freq="min"),
            "wind_speed": 3.0,
            "wind_from_direction": 270.0,
        }
    )
    source = pd.DataFrame({"x": [0.0], "y": [0.0], "height_m": [2.0]})
    y = np.arange(-60, 61, 2.0)
    z = np.arange(0.5, 40, 1.0)
    grid = pd.DataFrame([{"x": 50.0, "y": a, "height_m": b} for a in y for b in z])
    options = MinutePuffOptions(turns=(0.0,))
    sun_up = np.ones(minutes, bool)
    made = minute_operator(wind, source, grid, sun_up=sun_up, options=options)[0]
    flux = made[6, :, 0].sum() * 2.0 * 1.0 * 3.0
    assert flux == pytest.approx(1.0, abs=0.02)
    behind = minute_operator(wind, source, grid.assign(x=-30.0), sun_up=sun_up, options=options)
    assert behind.max() < 1e-9


def test_a_gap_of_the_wind_carries_nothing():
    wind = pd.DataFrame(
        {
            "time": pd.date_range("2024-05-01", periods=40, freq="min"),
            "wind_speed": 3.0,
            "wind_from_direction": 270.0,
        }
    )
    wind.loc[10:19, "wind_speed"] = np.nan
    place = pd.DataFrame({"x": [0.0, 40.0], "y": [0.0, 0.0], "height_m": [2.0, 2.0]})
    made = minute_operator(wind, place.iloc[:1], place.iloc[1:], sun_up=np.ones(40, bool))
    assert made[:, 2:4].max() == 0.0
    assert made[:, 6].min() > 0.0
    with pytest.raises(InputError, match="minute by minute"):
        minute_operator(wind.drop(index=5), place.iloc[:1], place.iloc[1:], sun_up=np.ones(39, bool))


def test_wrong_settings_and_shapes_are_refused():
    with pytest.raises(ConfigError):
        ReleaseOptions(least_rate=0.0)
    with pytest.raises(ConfigError):
        ReleaseOptions(elsewhere_sizes=(5.0, 2.0))
    with pytest.raises(ConfigError):
        ReleaseOptions(miss_share=0.9, stray_share=0.2)
    with pytest.raises(InputError, match="operator of shape"):
        find_releases(
            pd.date_range("2024", periods=4, freq="5min"), np.zeros((4, 2)), np.zeros((1, 4, 3, 1)), ["a"]
        )
