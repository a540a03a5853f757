"""Indices from readings: hourly, short and manual posts, districts, limits, completeness, parameter P."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from sootprint import monitors, norms
from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError
from sootprint.core.timeaxis import to_utc_start
from sootprint.monitors.city_p import POptions
from sootprint.monitors.city_remarks import REMARKS, joined
from sootprint.monitors.city_series import period_series, span_of

ZONE = "Asia/Almaty"
START = pd.Timestamp("2024-10-31 19:00")  # midnight of 1 November, UTC+5


def series(station, pollutant, values, *, start=START, step_s=3600.0, duration_s=None, flag="valid"):
    times = start + pd.to_timedelta(np.arange(len(values)) * step_s, unit="s")
    return pd.DataFrame(
        {
            "station_id": station,
            "pollutant": pollutant,
            "time_start": times,
            "duration_s": float(duration_s or step_s),
            "value_ugm3": np.asarray(values, float),
            "flag": flag,
            "source_file": "made.csv",
            "source_row": np.arange(len(values)) + 2,
        }
    )


def observed(*parts):
    return schema.check(pd.concat(parts, ignore_index=True), "observations")


def posts(**kinds):
    rows = [
        {"station_id": name, "kind": kind[0], "district": kind[1] if len(kind) > 1 else None}
        for name, kind in kinds.items()
    ]
    return schema.check(pd.DataFrame(rows), "stations")


def indices(observations, stations=None, **options):
    stations = posts(A=("automatic",)) if stations is None else stations
    options = {"month": "2024-11"} | options if not {"year", "period"} & set(options) else options
    return monitors.city_indices(observations, norms.load(["KZ"]), stations, zone=ZONE, **options)


def row(table, **chosen):
    for column, value in chosen.items():
        table = table.loc[table[column] == value]
    assert len(table) == 1, table
    return table.iloc[0]


def month_of_hours(base=25.0, **spikes):
    values = np.full(720, base)
    for hour, value in spikes.items():
        values[int(hour[1:])] = value
    return values


def test_hourly_post_by_hand():
    made = indices(observed(series("A", "SO2", month_of_hours(h5=1300.0, h30=600.0, h31=2600.0))))
    si = row(made["air_indices"], scope="city", index="SI")
    assert si["value"] == 5.2  # 2600 / 500
    assert (si["grade"], si["level"], si["decides"]) == (3, "high", True)
    assert si["time_start"] == START + pd.Timedelta(hours=31)
    assert (si["station_id"], si["pollutant"], si["averaging_s"]) == ("A", "SO2", 3600.0)
    assert "hourly_understates" in si["remarks"]
    share = row(made["air_indices"], scope="city", index="NP")
    assert share["value"] == pytest.approx(100 * 3 / 720)
    assert (share["rounded"], share["grade"], share["decides"]) == (0, 1, False)
    own = row(made["index_pollutants"], scope="post", place="A")
    assert (own["n_over_1"], own["n_over_5"], own["n_over_10"]) == (3, 1, 0)
    assert (own["n_observations"], own["n_possible"], own["data_capture"]) == (720, 720, 1.0)
    mean = (717 * 25 + 1300 + 600 + 2600) / 720
    assert own["mean_ugm3"] == pytest.approx(mean)
    assert own["mean_ratio"] == pytest.approx(mean / 50)
    assert own["single_index"] == pytest.approx(mean / 50)  # class 3 has the exponent 1
    assert own["n_days_over"] == 2  # (23·25 + 1300)/24 and (22·25 + 600 + 2600)/24
    assert row(made["air_indices"], scope="city", index="IZA5")["value"] == pytest.approx(mean / 50)


def test_iza5_of_several_substances_by_hand():
    parts = {"SO2": 100.0, "NO2": 80.0, "CO": 1500.0, "NO": 60.0, "NH3": 40.0, "O3": 30.0}
    made = indices(observed(*[series("A", name, np.full(720, value)) for name, value in parts.items()]))
    single = {"SO2": 2.0, "NO2": 2**1.3, "CO": 0.5**0.9, "NO": 1.0, "NH3": 1.0, "O3": 1.0}
    table = made["index_pollutants"]
    for name, value in single.items():
        assert row(table, scope="city", pollutant=name)["single_index"] == pytest.approx(value)
    iza = row(made["air_indices"], scope="city", index="IZA5")
    assert iza["value"] == pytest.approx(2 + 2**1.3 + 1 + 1 + 1)
    assert iza["pollutant"].split(";")[:2] == ["NO2", "SO2"]
    assert not row(table, scope="city", pollutant="CO")["in_iza5"]
    other = indices(observed(series("A", "CO", np.full(720, 6000.0))), exponents="rd-52.04.667-2005")
    assert row(other["index_pollutants"], scope="city")["single_index"] == pytest.approx(2**0.85)


def test_city_and_district_means_are_over_posts():
    parts = observed(
        series("A", "SO2", np.full(720, 20.0)),
        series("B", "SO2", np.full(720, 60.0)),
        series("C", "SO2", np.full(720, 100.0)),
        series("L", "SO2", np.full(720, 9000.0)),
    )
    stations = posts(
        A=("automatic", "North"), B=("automatic", "North"), C=("automatic", "South"), L=("low_cost", "South")
    )
    made = indices(parts, stations)
    table = made["index_pollutants"]
    assert row(table, scope="city")["mean_ugm3"] == pytest.approx(60.0)
    assert row(table, scope="district", place="North")["mean_ugm3"] == pytest.approx(40.0)
    assert row(table, scope="district", place="South")["mean_ugm3"] == pytest.approx(100.0)
    assert row(table, scope="post", place="L")["maximum_ratio"] == 18.0
    si = row(made["air_indices"], scope="city", index="SI")
    assert si["value"] == 0.2
    assert "posts_left_out" in si["remarks"]
    assert made["air_indices"]["scope"].drop_duplicates().tolist() == ["city", "district", "post"]


def test_np_is_the_largest_share_of_one_post():
    quiet, often = month_of_hours(), month_of_hours()
    often[:180] = 501.0
    made = indices(
        observed(series("A", "SO2", quiet), series("B", "SO2", often)),
        posts(A=("automatic",), B=("automatic",)),
    )
    share = row(made["air_indices"], scope="city", index="NP")
    assert (share["value"], share["station_id"]) == (25.0, "B")
    assert row(made["index_pollutants"], scope="city")["np_pooled_percent"] == 12.5


def test_readings_of_twenty_minutes_are_taken_as_they_are():
    values = np.full(3 * 720, 10.0)
    values[7] = 5000.0
    made = indices(observed(series("A", "SO2", values, step_s=1200.0)))
    si = row(made["air_indices"], scope="city", index="SI")
    assert (si["value"], si["averaging_s"], si["n_possible"]) == (10.0, 1200.0, 2160)
    assert pd.isna(si["remarks"])
    high = row(made["high_pollution"])
    assert (high["level"], high["rule"], high["n_readings"]) == ("VZ", "vz-once", 1)
    assert high["time_start"] == START + pd.Timedelta(minutes=140)
    assert high["mark"] == "secondary"


def test_readings_of_five_minutes_are_averaged_over_twenty():
    values = np.full(12 * 720, 10.0)
    values[40:44] = [2000.0, 1000.0, 0.0, 1000.0]  # the 20 minutes from minute 200
    made = indices(observed(series("A", "SO2", values, step_s=300.0)))
    si = row(made["air_indices"], scope="city", index="SI")
    assert si["value"] == pytest.approx(1000.0 / 500.0)
    assert si["averaging_s"] == 1200.0


def manual(values_by_hour, days=30, pollutant="SO2"):
    local = [
        pd.Timestamp("2024-11-01") + pd.Timedelta(days=day, hours=hour)
        for day in range(days)
        for hour in values_by_hour
    ]
    start, _ = to_utc_start(pd.Series(local), ZONE, stamp="beginning", duration_s=1200.0)
    made = series("M", pollutant, list(values_by_hour.values()) * days, duration_s=1200.0)
    return made.assign(time_start=start)


def test_manual_post_at_four_hours():
    made = indices(observed(manual({1: 10.0, 7: 20.0, 13: 30.0, 19: 600.0})), posts(M=("manual",)))
    own = row(made["index_pollutants"], scope="post")
    assert own["mean_ugm3"] == pytest.approx(165.0)
    assert (own["n_days"], own["n_possible"], own["n_observations"]) == (30, 120, 120)
    assert own["np_percent"] == 25.0
    assert set(own["remarks"].split(";")) == {"samples"}
    assert row(made["air_indices"], scope="city", index="SI")["value"] == 1.2


def test_manual_post_with_two_samples_a_day_has_no_daily_mean():
    made = indices(observed(manual({7: 20.0, 19: 30.0})), posts(M=("manual",)))
    own = row(made["index_pollutants"], scope="post")
    assert math.isnan(own["mean_ugm3"])
    assert "no_daily_means" in own["remarks"]
    assert math.isnan(row(made["air_indices"], scope="city", index="IZA5")["value"])
    assert own["n_possible"] == 60


def test_the_kind_of_a_post_decides_what_its_gaps_are():
    gaps = observed(series("A", "SO2", np.full(240, 10.0), step_s=10_800.0, duration_s=3600.0))
    own = {
        kind: row(indices(gaps, posts(A=(kind,)))["index_pollutants"], scope="post")
        for kind in ("automatic", "manual", None)
    }
    assert own["automatic"]["data_capture"] == pytest.approx(240 / 720)
    assert own["automatic"]["n_days"] == 0
    for kind in ("manual", None):
        assert (own[kind]["n_possible"], own[kind]["n_days"]) == (240, 30)


def test_low_capture_is_marked_and_days_need_coverage():
    values = month_of_hours()
    values[200:] = np.nan
    made = indices(observed(series("A", "SO2", values)))
    own = row(made["index_pollutants"], scope="post")
    assert own["data_capture"] == pytest.approx(200 / 720)
    assert own["n_days"] == 8  # the ninth day has 8 of 24 hours
    assert "low_capture" in own["remarks"]
    assert "low_capture" in row(made["air_indices"], scope="city", index="SI")["remarks"]


def test_suspect_and_missing_readings_do_not_count():
    bad = series("A", "SO2", np.full(24, 9e4), start=START + pd.Timedelta(days=1), flag="suspect")
    good = series("A", "SO2", np.full(24, 100.0))
    made = indices(observed(good, bad))
    assert row(made["air_indices"], scope="city", index="SI")["value"] == 0.2


def test_daily_readings_have_no_single_concentrations():
    made = indices(observed(series("A", "SO2", np.full(30, 100.0), step_s=86400.0)))
    own = row(made["index_pollutants"], scope="post")
    assert own["mean_ratio"] == 2.0
    assert math.isnan(own["maximum_ratio"])
    assert "long_readings" in own["remarks"]
    assert not made["air_indices"]["decides"].any()
    assert made["daily_indices"].empty


@pytest.mark.parametrize(
    ("missing", "value", "remark"),
    [("exclude", math.nan, "no_daily_limit"), ("0.4-single", 2.0**1.3, "daily_limit_substituted")],
)
def test_substance_without_a_daily_limit(missing, value, remark):
    made = indices(observed(series("A", "H2S", np.full(720, 6.4))), missing_daily=missing)
    own = row(made["index_pollutants"], scope="city")
    assert own["single_index"] == pytest.approx(value, nan_ok=True)
    assert remark in own["remarks"]
    assert own["mark"] == ("secondary" if missing == "exclude" else "unverified")
    assert own["maximum_ratio"] == pytest.approx(0.8)


@pytest.mark.parametrize(("assumed", "value"), [(3, 2.0), (1, 2.0**1.7), (None, math.nan)])
def test_substance_without_a_hazard_class(assumed, value):
    made = indices(observed(series("A", "PM2.5", np.full(720, 70.0))), missing_class=assumed)
    own = row(made["index_pollutants"], scope="city")
    assert own["single_index"] == pytest.approx(value, nan_ok=True)
    assert ("class_unknown" if assumed is None else "class_assumed") in own["remarks"]


def test_negative_means_make_no_index():
    made = indices(observed(series("A", "SO2", np.full(720, -2.0))))
    own = row(made["index_pollutants"], scope="city")
    assert math.isnan(own["single_index"])
    assert "negative" in own["remarks"]
    assert math.isnan(row(made["air_indices"], scope="city", index="SI")["value"])
    assert row(made["air_indices"], scope="city", index="NP")["decides"]


def test_year_is_decided_by_iza_and_month_is_not():
    data = observed(series("A", "SO2", np.full(720, 350.0)))
    year = row(indices(data, year=2024)["air_indices"], scope="city", index="IZA5")
    assert (year["decides"], year["rounded"], year["level"]) == (True, 7, "high")
    assert year["data_capture"] == pytest.approx(720 / (366 * 24 + 1))  # the clock went back an hour in 2024
    month = row(indices(data)["air_indices"], scope="city", index="IZA5")
    assert not month["decides"]


def test_period_of_local_days():
    data = observed(series("A", "SO2", np.r_[np.full(24, 5000.0), np.full(48, 10.0)]))
    made = indices(data, period=("2024-11-02", "2024-11-03"))
    si = row(made["air_indices"], scope="city", index="SI")
    assert (si["value"], si["period_kind"], si["n_possible"]) == (0.02, "period", 48)
    assert si["period_start"] == START + pd.Timedelta(days=1)


def test_nothing_in_the_period_gives_empty_tables():
    made = indices(observed(series("A", "SO2", np.full(24, 1.0))), month="2023-01")
    assert all(table.empty for table in made.values())


@pytest.mark.parametrize(
    "given", [{}, {"month": "2024-13"}, {"month": "2024"}, {"year": "x"}, {"month": "2024-11", "year": 2024}]
)
def test_periods_that_cannot_be_read(given):
    with pytest.raises(ConfigError):
        span_of(ZONE, **given)


def test_month_across_the_change_of_the_clock():
    span = span_of(ZONE, month="2024-02")
    assert (span.n_days, span.hours) == (29, 29 * 24 + 1)
    assert span_of("UTC", month="2024-02").hours == 29 * 24


def test_two_readings_at_one_time_are_refused():
    data = observed(series("A", "SO2", [1.0]), series("A", "SO2", [2.0]))
    with pytest.raises(InputError, match="two readings"):
        period_series(data, span_of(ZONE, month="2024-11"), zone=ZONE)


def test_daily_maximum_of_each_substance():
    made = indices(observed(series("A", "SO2", month_of_hours(h5=1300.0, h30=600.0))))["daily_indices"]
    assert made["maximum_ratio"].tolist()[:3] == [2.6, 1.2, 0.05]
    assert made["n_over_1"].tolist()[:3] == [1, 1, 0]
    assert made["day_start"].iloc[1] == START + pd.Timedelta(days=1)


def test_parameter_p_by_hand():
    values = np.full(720, 10.0)
    values[24:36] = 200.0
    made = indices(observed(series("A", "SO2", values), series("A", "NO2", np.full(720, 10.0))))[
        "parameter_p"
    ]
    assert made["p"].tolist()[:3] == [0.0, 12 / 48, 0.0]  # the mean is 13.2: 200 is over 1.5 of it
    assert made["level"].tolist()[:3] == ["low", "elevated", "low"]
    assert made["p_smoothed"].tolist()[1:3] == [0.125, 0.125]
    assert made["season"].unique().tolist() == ["autumn"]
    assert made["season_days"].unique().tolist() == [30]


def test_parameter_p_leaves_out_series_with_few_data():
    sparse = np.full(720, np.nan)
    sparse[:400] = 10.0
    data = observed(series("A", "SO2", np.full(720, 10.0)), series("A", "NO2", sparse))
    made = indices(data)["parameter_p"]
    assert made["n_all"].unique().tolist() == [24]
    assert made["n_series_left_out"].unique().tolist() == [1]
    loose = indices(data, parameter_p=POptions(minimum_capture=0.5))["parameter_p"]
    assert loose["n_series_left_out"].unique().tolist() == [0]


def test_parameter_p_takes_the_winter_over_the_new_year():
    data = observed(series("A", "SO2", np.full(62 * 24, 10.0), start=pd.Timestamp("2024-11-30 19:00")))
    made = indices(data, month="2025-01")["parameter_p"]
    assert made["season"].unique().tolist() == ["winter"]
    assert made["season_days"].unique().tolist() == [62]


def test_remarks_keep_their_order_and_refuse_unknown_codes():
    assert joined(["samples", "hourly_understates", "samples"]) == "hourly_understates;samples"
    assert joined([]) is None
    with pytest.raises(KeyError):
        joined(["sunny"])
    assert len(REMARKS) == len(set(REMARKS.values()))


def test_function_is_found_again_after_it_was_used():
    from sootprint.monitors.city_tables import city_indices

    assert monitors.city_indices is city_indices


@pytest.mark.data
def test_a_year_of_la_oroya(data_dir):
    path = data_dir / "la_oroya" / "SO2_oroya.csv"
    read = monitors.read_observations(
        path, name=path.name, zone="America/Lima", options=None, now=pd.Timestamp("2026-01-01")
    )
    data, stations = read.tables["observations"], read.tables["stations"]
    year = int(data["time_start"].dt.year.mode().iloc[0])
    made = monitors.city_indices(data, norms.load(["KZ"]), stations, zone="America/Lima", year=year)
    own = row(made["index_pollutants"], scope="city", pollutant="SO2")
    inside = data.loc[(data["time_start"] >= own["period_start"]) & (data["time_start"] < own["period_end"])]
    good = inside.loc[inside["flag"] == "valid", "value_ugm3"]
    assert own["maximum_ugm3"] == good.max()
    assert own["n_over_1"] == int((good > 500.0).sum())
    assert own["np_percent"] == pytest.approx(100 * (good > 500.0).mean())
    assert row(made["air_indices"], scope="city", index="IZA5")["decides"]
