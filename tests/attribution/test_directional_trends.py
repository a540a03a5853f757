"""Percentile rose, time variation and trends: laws, and the numbers of the reference program."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sootprint.attribution import directional as d
from sootprint.attribution.directional.trends import TrendOptions, moving_blocks, theil_sen
from sootprint.core import schema
from sootprint.core.errors import InputError


def joined_of(value: np.ndarray, *, start: str = "2020-01-01", seed: int = 3) -> pd.DataFrame:
    """Joined hours with winds from all round."""
    rng = np.random.default_rng(seed)
    time = pd.Timestamp(start) + pd.to_timedelta(np.arange(len(value)), unit="h")
    return pd.DataFrame(
        {
            "station_id": "P",
            "pollutant": "SO2",
            "time_start": time,
            "hour_local": time.hour,
            "day_local": time.floor("D"),
            "value_ugm3": value,
            "wind_station_id": "W",
            "wind_speed": rng.weibull(2, len(value)) * 4 + 0.5,
            "wind_from_direction": rng.uniform(0, 360, len(value)),
            "reason": "served",
        }
    )


def noise(days: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(2.0, 0.5, 24 * days)


def test_percentiles_rise_and_the_hours_add_up() -> None:
    joined = joined_of(noise(90))
    rose = d.percentile_rose(joined, sectors=12, draws=50)
    wide = rose.pivot_table(index="sector_deg", columns="percentile", values="value_ugm3")
    assert (wide.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    means = rose.loc[rose["statistic"] == "mean"]
    assert means["hours"].sum() == len(joined)
    assert np.average(means["value_ugm3"].dropna(), weights=means["hours"][means["hours"] > 0]) == (
        pytest.approx(joined["value_ugm3"].mean())
    )
    inside = rose.dropna(subset=["value_q05"])
    assert (inside["value_q05"] <= inside["value_q95"]).all()


def test_percentiles_of_a_sector_are_those_of_its_hours() -> None:
    joined = joined_of(noise(30))
    east = joined.loc[(joined["wind_from_direction"] >= 75) & (joined["wind_from_direction"] < 105)]
    rose = d.percentile_rose(joined, sectors=12, percentiles=(37.0,), draws=5)
    row = rose.loc[(rose["sector_deg"] == 90.0) & (rose["percentile"] == 37.0)].iloc[0]
    assert row["value_ugm3"] == pytest.approx(np.percentile(east["value_ugm3"], 37.0))


def test_turned_winds_turn_the_percentile_rose() -> None:
    joined = joined_of(noise(40))
    turned = joined.assign(wind_from_direction=(joined["wind_from_direction"] + 30.0) % 360.0)
    one, two = (d.percentile_rose(table, sectors=12, draws=5) for table in (joined, turned))
    first = one.pivot_table(index="sector_deg", columns="percentile", values="value_ugm3").to_numpy()
    second = two.pivot_table(index="sector_deg", columns="percentile", values="value_ugm3").to_numpy()
    np.testing.assert_allclose(np.roll(first, 1, axis=0), second)


def tables_of(value: np.ndarray, step_s: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Observations and weather of one post."""
    count = len(value)
    base = pd.DataFrame(
        {
            "station_id": "P",
            "time_start": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(count) * step_s, unit="s"),
            "duration_s": step_s,
            "source_file": "made",
            "source_row": np.arange(count),
        }
    )
    hour = np.arange(count) * step_s // 3600
    observations = base.assign(pollutant="SO2", value_ugm3=value, flag="valid")
    weather = base.assign(wind_speed=1.0 + hour % 7, wind_from_direction=(hour * 50.0) % 360.0)
    return schema.coerce(observations, "observations"), schema.coerce(weather, "weather")


def test_length_of_the_readings_does_not_matter() -> None:
    hourly = noise(40)
    rng = np.random.default_rng(2)
    # three readings of 20 min about each hourly mean
    parts = rng.normal(0, 1, (len(hourly), 3))
    fine = (hourly[:, None] + parts - parts.mean(axis=1, keepdims=True)).ravel()
    made = []
    for value, step in ((hourly, 3600.0), (fine, 1200.0)):
        joined = d.join_hourly(*tables_of(value, step), zone="UTC")
        made.append((d.percentile_rose(joined, sectors=12, draws=20), d.time_variation(joined, draws=20)))
    for one, two in zip(*made, strict=True):
        pd.testing.assert_frame_equal(one, two)


def test_wind_rose_of_whole_tens_rescaled_as_by_openair() -> None:
    value = np.ones(36 * 50)
    weather = tables_of(value, 3600.0)[1].assign(
        wind_speed=2.0, wind_from_direction=np.tile(np.arange(10.0, 361.0, 10.0), 50)
    )
    rose = d.wind_rose(weather, sectors=16, speed_edges=(4.0,), closed="right", rounded="rescale")
    slow = rose.loc[(rose["speed_from"] == 0.5) & rose["sector_deg"].notna()]
    # winds from all round: every sector gets 1/16 of the hours though some hold three tens and some two
    np.testing.assert_allclose(slow["share"], 1 / 16)
    assert set(slow["hours"]) == {100, 150}
    assert d.wind_rose(weather, sectors=16)["share"].sum() == pytest.approx(1.0)


def test_wrong_percentile_and_wrong_cycle_are_refused() -> None:
    with pytest.raises(InputError, match="percentiles"):
        d.percentile_rose(joined_of(noise(2)), percentiles=(101.0,))
    with pytest.raises(InputError, match="cycles"):
        d.time_variation(joined_of(noise(2)), cycles=["decade"])


def test_variation_of_a_known_day() -> None:
    hour = np.tile(np.arange(24.0), 100)
    made = d.time_variation(joined_of(hour), cycles=["hour", "weekday"], draws=50)
    daily = made.loc[made["cycle"] == "hour"]
    np.testing.assert_allclose(daily["mean_ugm3"], np.arange(24.0))
    np.testing.assert_allclose(daily["mean_lower"], daily["mean_upper"])
    weekly = made.loc[made["cycle"] == "weekday"]
    np.testing.assert_allclose(weekly["mean_ugm3"], 11.5)
    assert weekly["hours"].sum() == len(hour)


def test_variation_scales_and_uses_hours_without_wind() -> None:
    joined = joined_of(noise(60))
    one, two = (
        d.time_variation(table, draws=50)
        for table in (joined, joined.assign(value_ugm3=10 * joined["value_ugm3"]))
    )
    np.testing.assert_allclose(two["mean_upper"], 10 * one["mean_upper"])
    joined.loc[::3, "reason"] = "missing wind"
    pd.testing.assert_frame_equal(d.time_variation(joined, draws=50), one)


def test_interval_of_the_daily_cycle_holds_the_truth() -> None:
    cycle = 20 + 8 * np.sin(np.arange(24) / 24 * 2 * np.pi)
    held = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        # days alike within themselves: hours are no independent witnesses
        value = np.tile(cycle, 210) * rng.lognormal(-0.08, 0.4, 210).repeat(24)
        made = d.time_variation(joined_of(value), cycles=["hour"], draws=200)
        held.append(((made["mean_lower"] <= cycle) & (cycle <= made["mean_upper"])).mean())
    assert 0.75 < np.mean(held) < 0.99


def test_theil_sen_of_a_line_is_its_slope() -> None:
    x = np.array([0.0, 1.0, 4.0, 9.0, 11.0])
    slope, intercept = theil_sen(x, 2.0 - 0.25 * x)
    assert (slope, intercept) == (pytest.approx(-0.25), pytest.approx(2.0))


def test_theil_sen_is_not_moved_by_an_outlier() -> None:
    x = np.arange(40.0)
    y = 3.0 * x
    y[7] = 1e6
    assert theil_sen(x, y)[0] == pytest.approx(3.0)


def test_slope_of_years_with_a_yearly_cycle() -> None:
    time = pd.date_range("2015-01-01", "2020-12-31 23:00", freq="h")
    years = (time - time[0]) / pd.Timedelta(days=365.25)
    value = 100 - 4.0 * years + 20 * np.cos(2 * np.pi * time.day_of_year / 365.25)
    joined = joined_of(np.asarray(value), start="2015-01-01")
    seasonal = d.theil_sen_trend(joined, options=TrendOptions(pairs="same_month", draws=100)).iloc[0]
    assert seasonal["slope_ugm3_per_year"] == pytest.approx(-4.0, rel=0.01)
    assert seasonal["slope_percent_per_year"] == pytest.approx(-4.0, rel=0.05)
    every = d.theil_sen_trend(joined, options=TrendOptions(draws=100)).iloc[0]
    assert every["slope_lower"] < every["slope_ugm3_per_year"] < every["slope_upper"]
    assert seasonal["slope_upper"] - seasonal["slope_lower"] < every["slope_upper"] - every["slope_lower"]


def test_no_trend_gives_no_small_p_and_few_months_no_row() -> None:
    flat = joined_of(noise(1000))
    assert d.theil_sen_trend(flat, options=TrendOptions(draws=200))["p_value"].iloc[0] > 0.02
    assert d.theil_sen_trend(joined_of(noise(100))).empty
    assert d.smooth_trend(joined_of(noise(100))).empty


def test_month_with_too_few_hours_does_not_count() -> None:
    joined = joined_of(noise(900))
    thin = joined.loc[
        (joined["day_local"].dt.to_period("M") != "2020-05") | (joined["time_start"].dt.day < 5)
    ]
    months = d.smooth_trend(thin, options=TrendOptions(draws=50))["month"]
    assert pd.Timestamp("2020-05-01") not in set(months)
    assert pd.Timestamp("2020-06-01") in set(months)


def test_smooth_trend_keeps_a_line() -> None:
    value = np.linspace(50.0, 30.0, 24 * 365 * 3)
    made = d.smooth_trend(joined_of(value), options=TrendOptions(draws=50))
    np.testing.assert_allclose(made["smooth_ugm3"], made["mean_ugm3"], atol=0.05)
    assert (made["smooth_lower"] <= made["smooth_ugm3"] + 1e-9).all()


def test_blocks_hold_neighbours_and_a_wrong_length_is_refused() -> None:
    picks = moving_blocks(12, TrendOptions(block=4, draws=30), np.random.default_rng(0))
    assert picks.shape == (30, 12)
    assert (np.diff(picks.reshape(30, 3, 4), axis=2) == 1).all()
    with pytest.raises(InputError, match="block"):
        moving_blocks(5, TrendOptions(block=6), np.random.default_rng(0))


@pytest.mark.data
def test_openair_reference_agrees(data_dir) -> None:
    from sootprint.cli.openair_truth import openair

    table = openair(data_dir, quick=True)
    assert table.attrs["metrics"]["all_agree"]
    assert table.attrs["metrics"]["worst_relative"] < 1e-3
    assert table.attrs["metrics"]["worst_surface_of_range"] < 1e-5
    assert len(table) == 14
