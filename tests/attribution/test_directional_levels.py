"""Roses by class and by stated level, shares of clusters, and intervals that are not given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sootprint.attribution import directional as d
from sootprint.attribution.directional.bootstrap import interval
from sootprint.case.flow.directions import leading_pollutants, norm_thresholds
from sootprint.core.errors import InputError


def hours(days: int = 90, seed: int = 5) -> pd.DataFrame:
    """Joined hours of one post: a plume from 60° to 120°, and still hours without a direction."""
    rng = np.random.default_rng(seed)
    count = 24 * days
    time = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(count), unit="h")
    speed, direction = rng.weibull(2, count) * 3, rng.uniform(0, 360, count)
    value = rng.lognormal(2.5, 0.4, count) + 60.0 * (np.abs(direction - 90) < 30)
    return pd.DataFrame(
        {
            "station_id": "P",
            "pollutant": "SO2",
            "time_start": time,
            "hour_local": time.hour,
            "day_local": time.floor("D"),
            "value_ugm3": value,
            "wind_station_id": "W",
            "wind_speed": speed,
            "wind_from_direction": np.where(speed < 0.5, np.nan, direction),
            "reason": "served",
        }
    )


def test_classes_of_concentration_count_each_hour_once() -> None:
    joined = hours()
    rose = d.concentration_rose(joined, edges=[10.0, 20.0, 50.0])
    assert rose["hours"].sum() == len(joined)
    assert rose["hours_share"].sum() == pytest.approx(1.0)
    assert rose["dose_share"].sum() == pytest.approx(1.0)
    whole = d.pollution_rose(joined, draws=10).set_index("sector_deg")
    by_sector = rose.groupby("sector_deg", dropna=False)[["hours", "dose_share"]].sum()
    np.testing.assert_array_equal(by_sector["hours"], whole.loc[by_sector.index, "hours"])
    np.testing.assert_allclose(by_sector["dose_share"], whole.loc[by_sector.index, "dose_share"])
    top = rose.loc[rose["over_ugm3"] == 50.0]
    assert top["hours"].sum() == (joined["value_ugm3"] > 50.0).sum()
    with pytest.raises(InputError, match="rise"):
        d.concentration_rose(joined, edges=[20.0, 10.0])


def test_stated_level_takes_the_place_of_the_percentile() -> None:
    joined = hours()
    level = float(np.percentile(joined["value_ugm3"], 80.0))
    one = d.pollution_rose(joined, percentile=80.0, draws=20)
    two = d.pollution_rose(joined, thresholds={("P", "SO2"): level}, draws=20)
    pd.testing.assert_frame_equal(one, two)
    blown = joined.dropna(subset=["wind_from_direction"])
    level = float(np.percentile(blown["value_ugm3"], 80.0))
    settings = {"statistic": "cpf", "speed_bins": 12, "coarse": 31, "fine": 31, "basis": 60}
    first = d.polar_statistic(joined, options=d.PolarOptions(percentile=80.0, **settings))
    second = d.polar_statistic(joined, options=d.PolarOptions(threshold=level, **settings))
    pd.testing.assert_frame_equal(first, second)
    assert first["threshold_ugm3"].iloc[0] == pytest.approx(level)


def test_shares_of_clusters_add_up_and_calm_belongs_to_none() -> None:
    joined = hours()
    options = d.PolarOptions(speed_bins=12, coarse=31, fine=31, basis=60)
    shares = d.cluster_shares(joined, d.polar_clusters(joined, clusters=4, options=options))
    assert shares["hours"].sum() == len(joined)
    assert shares["dose_share"].sum() == pytest.approx(1.0)
    none = shares.loc[shares["cluster"].isna()].iloc[0]
    assert none["hours"] >= joined["wind_from_direction"].isna().sum()
    worst = shares.sort_values("mean_ugm3").iloc[-1]
    assert worst["direction_deg"] == pytest.approx(90, abs=25)
    assert d.cluster_shares(joined.iloc[:0], d.polar_clusters(joined.iloc[:0])).empty


def test_few_weeks_have_no_interval() -> None:
    few = d.time_variation(hours(21), cycles=["hour"])
    assert few["mean_ugm3"].notna().all()
    assert few["mean_lower"].isna().all()
    assert d.time_variation(hours(70), cycles=["hour"])["mean_lower"].notna().all()


def test_no_draws_no_interval() -> None:
    low, high = interval(np.empty((0, 3)))
    assert np.isnan(low).all()
    assert np.isnan(high).all()
    assert d.percentile_rose(hours(30), draws=0)["value_q05"].isna().all()


def exceedance(**changes: object) -> dict[str, object]:
    return {
        "station_id": "P",
        "pollutant": "SO2",
        "norm_id": "N",
        "kind": "limit",
        "in_force": "yes",
        "averaging_s": 3600.0,
        "limit_ugm3": 350.0,
        "n_exceedances": 40,
        "ratio": 2.0,
    } | changes


def test_level_is_that_of_the_lowest_norm_of_hours_that_many_passed() -> None:
    table = pd.DataFrame(
        [
            exceedance(),
            exceedance(norm_id="higher", limit_ugm3=500.0),
            exceedance(norm_id="seldom", limit_ugm3=200.0, n_exceedances=3),
            exceedance(norm_id="of days", limit_ugm3=50.0, averaging_s=86400.0),
            exceedance(norm_id="not yet", limit_ugm3=100.0, in_force="no"),
            exceedance(norm_id="alert", limit_ugm3=120.0, kind="alert"),
            exceedance(norm_id="20 min", station_id="Q", averaging_s=1200.0, n_exceedances=71),
        ]
    )
    assert norm_thresholds(table) == {("P", "SO2"): (350.0, "N")}
    table["n_exceedances"] = 80
    assert norm_thresholds(table)["Q", "SO2"] == (350.0, "20 min")


def test_leading_pollutants_are_those_with_the_largest_multiple_of_a_norm() -> None:
    joined = pd.concat([hours(2).assign(pollutant=name) for name in ("CO", "NO2", "PM10", "SO2")])
    table = pd.DataFrame([exceedance(ratio=1.2), exceedance(pollutant="PM10", ratio=3.0)])
    assert leading_pollutants(table, joined) == ["PM10", "SO2"]
    assert leading_pollutants(table.iloc[:0], joined) == ["CO", "NO2"]
