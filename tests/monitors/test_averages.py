"""Laws of means: bounds, coverage, shifts, order, local days, running windows, detection limits."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError
from sootprint.monitors.averages import annual_means, counted_values, local_edges, means, percentile


def observe(values, start="2023-01-01", *, step_s=3600.0, duration_s=None, flag=None, limit=np.nan):
    values = np.asarray(values, float)
    times = pd.Timestamp(start) + pd.to_timedelta(np.arange(len(values)) * step_s, unit="s")
    table = pd.DataFrame(
        {
            "station_id": "a",
            "pollutant": "SO2",
            "time_start": times,
            "duration_s": step_s if duration_s is None else duration_s,
            "value_ugm3": values,
            "flag": np.where(np.isfinite(values), "valid", "missing") if flag is None else flag,
            "detection_limit_ugm3": limit,
            "source_file": "made.csv",
            "source_row": range(2, len(values) + 2),
        }
    )
    return schema.coerce(table, "observations")


def shifted(table, **delta):
    return table.assign(time_start=table["time_start"] + pd.Timedelta(**delta))


readings = st.lists(
    st.one_of(st.floats(0, 1000, allow_subnormal=False), st.just(float("nan"))), min_size=1, max_size=80
)


@settings(max_examples=40, deadline=None)
@given(
    readings,
    st.sampled_from([1200.0, 3600.0]),
    st.sampled_from([(3600, False), (28800, True), (86400, False)]),
)
def test_a_mean_lies_between_its_readings_and_coverage_in_0_1(values, step_s, kind):
    averaging_s, rolling = kind
    table = observe(values, step_s=step_s)
    made = means(table, averaging_s, zone="Asia/Almaty", rolling=rolling, minimum_coverage=0.0)
    assert made["coverage"].between(0, 1).all()
    known = made["value_ugm3"].dropna()
    if len(known):
        assert known.min() >= np.nanmin(values) - 1e-9 * (1 + np.nanmax(values))
        assert known.max() <= np.nanmax(values) + 1e-9 * (1 + np.nanmax(values))
    if not rolling:
        assert made["n"].sum() + made["n_excluded"].sum() == len(values)


@settings(max_examples=20, deadline=None)
@given(readings, st.integers(0, 2**32 - 1))
def test_order_of_rows_does_not_matter(values, seed):
    table = observe(values, step_s=1200.0)
    mixed = table.iloc[np.random.default_rng(seed).permutation(len(table))]
    for averaging_s, rolling in ((3600, False), (28800, True)):
        one = means(table, averaging_s, zone="UTC", rolling=rolling)
        two = means(mixed, averaging_s, zone="UTC", rolling=rolling)
        pd.testing.assert_frame_equal(one, two, rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(readings, st.integers(-500, 500))
def test_shifting_time_shifts_the_result(values, hours):
    table = observe(values, step_s=1200.0)
    for averaging_s, rolling in ((3600, False), (10800, True)):
        one = shifted(means(table, averaging_s, zone="UTC", rolling=rolling), hours=hours)
        two = means(shifted(table, hours=hours), averaging_s, zone="UTC", rolling=rolling)
        pd.testing.assert_frame_equal(one, two)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1000), min_size=24, max_size=96))
def test_the_largest_running_mean_is_at_least_the_largest_fixed_one(values):
    table = observe(values)
    fixed = means(table, 28800, zone="UTC", minimum_coverage=1.0)["value_ugm3"].max()
    running = means(table, 28800, zone="UTC", rolling=True, minimum_coverage=1.0)["value_ugm3"].max()
    assert running >= fixed * (1 - 1e-12)


def test_running_mean_by_hand():
    made = means(observe([1, 2, 3, 4, np.nan, 6]), 3 * 3600, zone="UTC", rolling=True, minimum_coverage=0.6)
    assert made["value_ugm3"].tolist() == pytest.approx([2.0, 3.0, 3.5, 5.0])
    assert made["coverage"].tolist() == pytest.approx([1, 1, 2 / 3, 2 / 3])
    assert means(observe([1, 2]), 3 * 3600, zone="UTC", rolling=True).empty


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Almaty", "2024-02-29", 25),
        ("Europe/Berlin", "2023-03-26", 23),
        ("Europe/Berlin", "2023-10-29", 25),
        ("Asia/Beirut", "2021-03-28", 23),
    ],
)
def test_days_where_the_clock_changes(zone, day, hours):
    noon = pd.Timestamp(f"{day} 12:00", tz=zone).tz_convert("UTC").tz_localize(None)
    edges = local_edges(noon, noon, zone, "D")
    table = observe(np.arange(hours), edges[0])
    made = means(table, 86400, zone=zone)
    assert len(made) == 1
    assert made["coverage"].item() == 1.0
    assert made["time_start"].item() == edges[0]
    assert made["value_ugm3"].item() == pytest.approx((hours - 1) / 2)
    short = means(table.iloc[:-6], 86400, zone=zone)
    assert short["coverage"].item() == pytest.approx((hours - 6) / hours)
    assert short["value_ugm3"].isna().item() == ((hours - 6) / hours < 0.75)


def test_three_quarters_of_a_day_is_eighteen_hours():
    made = means(observe(np.ones(18)), 86400, zone="UTC")
    assert made["value_ugm3"].item() == 1.0
    assert means(observe(np.ones(17)), 86400, zone="UTC")["value_ugm3"].isna().all()


def test_flags_are_excluded_and_counted():
    table = observe([1, 100, 3, 5], flag=["valid", "suspect", "valid", "missing"])
    made = means(table, 14400, zone="UTC", minimum_coverage=0.5)
    assert made[["value_ugm3", "coverage", "n", "n_excluded"]].iloc[0].tolist() == [2.0, 0.5, 2, 2]


def test_a_reading_longer_than_the_interval_is_not_used():
    made = means(observe([7.0], step_s=86400.0), 3600, zone="UTC")
    assert made["value_ugm3"].isna().all()
    assert (made["n"].item(), made["n_excluded"].item()) == (0, 1)


def test_weights_are_durations():
    table = observe([10.0, 40.0], step_s=1200.0, duration_s=[2400.0, 1200.0])
    table["time_start"] = [pd.Timestamp("2023-01-01"), pd.Timestamp("2023-01-01 00:40")]
    made = means(table, 3600, zone="UTC")
    assert made["value_ugm3"].item() == pytest.approx(20.0)


def test_repeated_readings_do_not_cover_twice():
    table = pd.concat([observe([1.0]), observe([3.0])], ignore_index=True)
    made = means(table, 3600, zone="UTC")
    assert made[["value_ugm3", "coverage", "n"]].iloc[0].tolist() == [2.0, 1.0, 2]


@pytest.mark.parametrize(
    ("choice", "value"), [("half", 4.0), ("zero", 3.0), ("limit", 5.0), ("exclude", 6.0)]
)
def test_below_detection(choice, value):
    table = observe([np.nan, 6.0], flag=["below_detection", "valid"], limit=[4.0, np.nan])
    made = means(table, 7200, zone="UTC", minimum_coverage=0.0, below_detection=choice)
    assert made["value_ugm3"].item() == pytest.approx(value)
    assert made["n_below_detection"].item() == (0 if choice == "exclude" else 1)


def test_below_detection_without_a_limit_keeps_its_own_value():
    table = observe([0.3, np.nan], flag="below_detection")
    value, usable, below = counted_values(table)
    assert (value[0], usable.tolist(), below.tolist()) == (0.3, [True, False], [True, False])


def test_annual_mean_is_of_the_local_year():
    table = observe(np.arange(8784.0), "2023-12-31 18:00")
    made = annual_means(table, zone="Asia/Almaty")
    assert made["time_start"].iloc[0] == pd.Timestamp("2023-12-31 18:00")
    # Almaty's 2024 had an hour more than 8,784: its clock went back on 1 March.
    assert made["coverage"].iloc[0] == pytest.approx(8784 / 8785)


def test_percentile_is_the_nearest_rank():
    assert percentile(np.arange(1, 366), 99) == 362
    assert np.isnan(percentile([np.nan], 99))


@pytest.mark.parametrize(
    ("averaging_s", "options"),
    [
        (5000, {}),
        (2 * 86400, {}),
        (1800, {"rolling": True}),
        (3600, {"minimum_coverage": 1.5}),
        (3600, {"below_detection": "third"}),
    ],
)
def test_impossible_options(averaging_s, options):
    with pytest.raises(InputError):
        means(observe([1.0]), averaging_s, zone="UTC", **options)


def test_unknown_zone_and_no_rows():
    with pytest.raises(ConfigError):
        means(observe([1.0]), 3600, zone="UTC+5")
    assert means(observe([]), 3600, zone="UTC").empty


@pytest.mark.slow
def test_a_year_of_ten_posts_and_eight_pollutants_takes_under_two_seconds():
    one = observe(np.random.default_rng(1).lognormal(3, 1, 8784), "2024-01-01")
    table = pd.concat(
        [one.assign(station_id=f"s{post}", pollutant=f"p{gas}") for post in range(10) for gas in range(8)]
    )
    means(one, 3600, zone="Asia/Almaty")
    begin = time.perf_counter()
    assert len(means(table, 3600, zone="Asia/Almaty")) == 80 * 8784
    assert time.perf_counter() - begin < 2.0
