"""Design values over three years, alerts, rounding and data capture of the norms, by hand."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sootprint.core import schema
from sootprint.core.timeaxis import zone_info
from sootprint.core.units import ugm3_per_unit
from sootprint.monitors.exceedances import assess
from sootprint.norms import load

CATALOGUE = load(kinds=None)
PPB = {name: ugm3_per_unit("ppb", name, temperature_c=25.0) for name in ("SO2", "NO2", "O3", "CO")}


def norm(norm_id):
    return CATALOGUE.loc[CATALOGUE["norm_id"] == norm_id]


def observe(values, start="2021-01-01", *, step_s=3600.0, pollutant="SO2", station="a", times=None):
    values = np.asarray(values, float)
    if times is None:
        times = pd.Timestamp(start) + pd.to_timedelta(np.arange(len(values)) * step_s, unit="s")
    table = pd.DataFrame({"time_start": times, "value_ugm3": values})
    table["flag"] = np.where(np.isfinite(values), "valid", "missing")
    given_columns = {"station_id": station, "pollutant": pollutant, "duration_s": step_s}
    made = table.assign(**given_columns, source_file="made.csv", source_row=range(2, len(table) + 2))
    return schema.coerce(made, "observations")


def days_of(years, base):
    """Value of every day of some years, each year's first days from a list, the others ``base``."""
    made = []
    for year, first in years.items():
        n = 366 if year % 4 == 0 else 365
        made.append(np.concatenate([np.asarray(first, float), np.full(n - len(first), float(base))]))
    return np.concatenate(made)


def last_row(table):
    return table.sort_values("period_end").iloc[-1]


def three_years_so2(fourth):
    """Hourly SO₂ of three years with four high days each; ``fourth`` is the fourth highest of each [ppb]."""
    days = {year: [300, 200, 150, value] for year, value in zip((2021, 2022, 2023), fourth, strict=True)}
    return np.repeat(days_of(days, 10.0), 24) * PPB["SO2"]


def test_so2_is_the_mean_of_three_fourth_highest_days():
    table, hours = assess(observe(three_years_so2([80, 70, 76])), norm("US-SO2-1H"), zone="UTC")
    row = last_row(table)
    assert row["statistic_ugm3"] == pytest.approx((80 + 70 + 76) / 3 * PPB["SO2"])
    assert (row["compared_value"], row["compared_limit"], row["compared_unit"]) == (75.0, 75.0, "ppb")
    assert (row["verdict"], row["years_used"], row["years_needed"]) == ("not exceeded", 3, 3)
    assert row["statistic_by_year"].startswith("2021: 209.4")
    assert row["n_exceedances"] == 9 + 1 + 1
    assert row["period_start"] == pd.Timestamp("2021-01-01")
    over = last_row(assess(observe(three_years_so2([80, 72, 76])), norm("US-SO2-1H"), zone="UTC")[0])
    assert (over["compared_value"], over["verdict"]) == (76.0, "exceeded")
    assert over["ratio"] == pytest.approx(76 / 75)
    assert len(hours) == 11


def test_the_design_value_is_rounded_before_it_is_compared():
    half = last_row(assess(observe(three_years_so2([75, 75, 76.4])), norm("US-SO2-1H"), zone="UTC")[0])
    assert (half["compared_value"], half["verdict"], half["ratio"]) == (
        75.0,
        "not exceeded",
        pytest.approx(1.0),
    )
    up = last_row(assess(observe(three_years_so2([75, 75, 76.5])), norm("US-SO2-1H"), zone="UTC")[0])
    assert (up["compared_value"], up["verdict"]) == (76.0, "exceeded")


def test_fewer_years_give_a_statistic_and_no_verdict():
    table = assess(observe(three_years_so2([800, 700, 760])), norm("US-SO2-1H"), zone="UTC")[0]
    table = table.sort_values("period_end")
    assert table["verdict"].tolist() == ["not assessable", "not assessable", "exceeded"]
    assert table["years_used"].tolist() == [1, 2, 3]
    assert table["statistic_ugm3"].to_numpy() == pytest.approx(np.full(3, 150 * PPB["SO2"]))
    assert table["reason"].tolist()[:2] == [
        "the norm takes 3 years: the statistic is of one",
        "the norm takes 3 years: the statistic is of two",
    ]


def test_no2_takes_the_eighth_highest_day():
    days = {year: [200] * 7 + [value] for year, value in ((2021, 100), (2022, 101), (2023, 100.4))}
    values = np.repeat(days_of(days, 5.0), 24) * PPB["NO2"]
    row = last_row(assess(observe(values, pollutant="NO2"), norm("US-NO2-1H"), zone="UTC")[0])
    assert row["statistic_ugm3"] == pytest.approx((100 + 101 + 100.4) / 3 * PPB["NO2"])
    assert (row["compared_value"], row["verdict"]) == (100.0, "not exceeded")


def test_pm25_percentile_and_quarterly_mean():
    days = {year: [90] * 7 + [value] for year, value in ((2021, 35), (2022, 36), (2023, 35.4))}
    values = days_of(days, 5.0)
    daily = observe(values, pollutant="PM2.5", step_s=86400.0)
    row = last_row(assess(daily, norm("US-PM2.5-DAY"), zone="UTC")[0])
    assert (row["compared_value"], row["verdict"]) == (35.0, "not exceeded")
    row = last_row(assess(daily, norm("US-PM2.5-YEAR"), zone="UTC")[0])
    first = [(7 * 90 + value + 82 * 5) / 90 for value in (35, 36, 35.4)]
    assert row["statistic_ugm3"] == pytest.approx(np.mean([(q + 15) / 4 for q in first]))
    assert (row["compared_value"], row["verdict"]) == (6.7, "not exceeded")


def test_a_year_at_the_annual_limit_is_not_over():
    daily = observe(days_of({2021: [], 2022: [], 2023: []}, 9.04), pollutant="PM2.5", step_s=86400.0)
    row = last_row(assess(daily, norm("US-PM2.5-YEAR"), zone="UTC")[0])
    assert (row["compared_value"], row["verdict"]) == (9.0, "not exceeded")
    daily["value_ugm3"] += 0.02
    row = last_row(assess(daily, norm("US-PM2.5-YEAR"), zone="UTC")[0])
    assert (row["compared_value"], row["verdict"]) == (9.1, "exceeded")


def test_pm10_expected_exceedances():
    values = days_of({2021: [155, 154.9], 2022: [200], 2023: [160]}, 20.0)
    daily = observe(values, pollutant="PM10", step_s=86400.0)
    table, hours = assess(daily, norm("US-PM10-DAY"), zone="UTC")
    row = last_row(table)
    assert (row["n_exceedances"], row["compared_value"], row["compared_unit"]) == (3, 1.0, "days a year")
    assert row["verdict"] == "not exceeded"
    assert sorted(hours["value_ugm3"]) == [155, 160, 200]
    values[365 + 5 : 365 + 25] = np.nan
    row = last_row(
        assess(observe(values, pollutant="PM10", step_s=86400.0), norm("US-PM10-DAY"), zone="UTC")[0]
    )
    assert row["compared_value"] == pytest.approx(round((1 + 90 / 70 + 1) / 3 + 1e-9, 1))
    assert row["verdict"] == "exceeded"
    assert row["worst_capture"] == pytest.approx(70 / 90)


def test_a_quarter_without_data_blocks_an_acquittal():
    values = three_years_so2([20, 20, 20])
    values[365 * 24 + 24 * 5 : 365 * 24 + 24 * 40] = np.nan
    row = last_row(assess(observe(values), norm("US-SO2-1H"), zone="UTC")[0])
    assert row["worst_capture"] == pytest.approx(55 / 90)
    assert row["data_capture"] > 0.96
    assert row["verdict"] == "not assessable"
    assert row["reason"] == "data capture of 61 % is under 75 % in a quarter"


def test_what_no_missing_day_can_mend_is_exceeded():
    days = {year: [400] * 40 for year in (2021, 2022, 2023)}
    values = np.repeat(days_of(days, 10.0), 24) * PPB["SO2"]
    values[365 * 24 + 24 * 45 : 365 * 24 + 24 * 85] = np.nan
    row = last_row(assess(observe(values), norm("US-SO2-1H"), zone="UTC")[0])
    assert row["worst_capture"] < 0.75
    assert row["verdict"] == "exceeded"


def ozone(value_ppb, hours=(8, 9, 10, 11, 12, 13, 14, 15), days=4):
    """Hourly ozone of three years: in the first days of July some hours at a value, else 20 ppb."""
    times = pd.date_range("2021-01-01", "2024-01-01", freq="h", inclusive="left")
    values = np.full(len(times), 20.0)
    high = (times.month == 7) & (times.day <= days) & np.isin(times.hour, hours)
    values[high] = value_ppb
    return observe(values * PPB["O3"], pollutant="O3", times=times)


def test_us_ozone_is_truncated():
    row = last_row(assess(ozone(70.9), norm("US-O3-8H"), zone="UTC")[0])
    assert (row["compared_value"], row["compared_unit"], row["verdict"]) == (0.070, "ppm", "not exceeded")
    assert row["n_exceedances"] == 0
    row = last_row(assess(ozone(71.0), norm("US-O3-8H"), zone="UTC")[0])
    assert (row["compared_value"], row["n_exceedances"], row["verdict"]) == (0.071, 12, "exceeded")
    assert last_row(assess(ozone(71.0, days=3), norm("US-O3-8H"), zone="UTC")[0])["verdict"] == "not exceeded"


def test_us_ozone_leaves_out_means_that_begin_at_night():
    night = ozone(75.0, hours=(0, 1, 2, 3, 4, 5, 6, 7))
    us = last_row(assess(night, norm("US-O3-8H"), zone="UTC")[0])
    eu = last_row(assess(night, norm("EU2008-O3-8H"), zone="UTC")[0])
    assert us["statistic_ugm3"] == pytest.approx(0.068 * 1000 * PPB["O3"])
    assert (us["n_exceedances"], eu["n_exceedances"]) == (0, 12)


def test_eu_ozone_days_are_averaged_over_three_years():
    def days(first, second, third):
        times = pd.date_range("2021-01-01", "2024-01-01", freq="h", inclusive="left")
        values = np.full(len(times), 60.0)
        for year, count in zip((2021, 2022, 2023), (first, second, third), strict=True):
            inside = (times.year == year) & (times.month >= 5) & (times.hour >= 8) & (times.hour < 20)
            number = (times.day_of_year - 121).to_numpy()
            values[inside & (number < count)] = 130.0
        return observe(values, pollutant="O3", times=times)

    table = assess(days(30, 20, 25), norm("EU2008-O3-8H"), zone="UTC")[0].sort_values("period_end")
    assert table["compared_value"].tolist() == [30.0, 25.0, 25.0]
    assert table["verdict"].tolist() == ["exceeded", "not exceeded", "not exceeded"]
    assert table["reason"].tolist()[0] == "the norm takes 3 years: the statistic is of one"
    assert table["statistic_ugm3"].iloc[-1] == pytest.approx((3 * 130 + 5 * 60) / 8)
    over = last_row(assess(days(30, 20, 26), norm("EU2008-O3-8H"), zone="UTC")[0])
    assert (over["compared_value"], over["verdict"]) == (pytest.approx(76 / 3), "exceeded")
    assert over["ratio"] == pytest.approx(130 / 120)


def test_eu_ozone_needs_five_summer_months():
    full = ozone(20.0)
    local = full["time_start"]
    bad = (local.dt.year == 2023) & local.dt.month.isin([5, 6]) & (local.dt.day <= 8)
    row = last_row(assess(full.loc[~bad], norm("EU2008-O3-8H"), zone="UTC")[0])
    assert row["worst_capture"] == pytest.approx(4 / 6)
    assert row["verdict"] == "not assessable"
    assert "67 % is under 83 % in the summer months" in row["reason"]
    one = last_row(assess(full.loc[~(bad & (local.dt.month == 5))], norm("EU2008-O3-8H"), zone="UTC")[0])
    assert (one["worst_capture"], one["verdict"]) == (pytest.approx(5 / 6), "not exceeded")


@pytest.mark.parametrize(("first_missing", "valid"), [(64, True), (63, False)])
def test_a_day_needs_eighteen_running_means(first_missing, valid):
    """Means of eight hours need six: the third day keeps those that end up to the second missing hour."""
    values = np.full(24 * 5, 100.0)
    values[first_missing:72] = np.nan
    row = assess(observe(values, pollutant="CO"), norm("EU2008-CO-8H"), zone="UTC")[0].iloc[0]
    assert first_missing + 2 - 48 == (18 if valid else 17)
    assert (row["n_possible"], row["n_valid"]) == (5, 4 if valid else 3)


def carbon_monoxide(peaks):
    """Hourly CO of a year at 1 ppm with blocks of eight hours at a value: pairs of first hour and ppm."""
    values = np.ones(8760)
    for first, ppm in peaks:
        values[first : first + 8] = ppm
    return observe(values * 1000 * PPB["CO"], "2023-01-01", pollutant="CO")


def test_carbon_monoxide_may_exceed_once_without_overlap():
    once = assess(carbon_monoxide([(100, 30.0)]), norm("US-CO-8H"), zone="UTC")
    assert (once[0]["n_exceedances"].item(), once[0]["verdict"].item()) == (1, "not exceeded")
    assert len(once[1]) == 1
    assert once[0]["maximum_ugm3"].item() == pytest.approx(30_000 * PPB["CO"])
    twice = assess(carbon_monoxide([(100, 9.5), (4000, 9.5)]), norm("US-CO-8H"), zone="UTC")[0].iloc[0]
    assert (twice["n_exceedances"], twice["compared_value"], twice["verdict"]) == (2, 10.0, "exceeded")
    below = assess(carbon_monoxide([(100, 9.4), (4000, 9.4)]), norm("US-CO-8H"), zone="UTC")[0].iloc[0]
    assert (below["n_exceedances"], below["compared_value"], below["verdict"]) == (0, 9.0, "not exceeded")


def lead(monthly):
    """Daily lead of three years, one value a month."""
    times = pd.date_range("2021-01-01", "2024-01-01", freq="D", inclusive="left")
    number = ((times.year - 2021) * 12 + times.month - 1).to_numpy()
    return observe(np.asarray(monthly, float)[number], pollutant="Pb", times=times, step_s=86400.0)


def test_lead_is_the_largest_mean_of_three_monthly_means():
    monthly = np.full(36, 0.05)
    monthly[10:13] = [0.10, 0.25, 0.112]
    row = last_row(assess(lead(monthly), norm("US-Pb-3MONTHS"), zone="UTC")[0])
    assert row["statistic_ugm3"] == pytest.approx(0.154)
    assert (row["compared_value"], row["averaging_s"]) == (0.15, 7_776_000)
    assert row["verdict"] == "not assessable"
    assert "83 % is under 100 %" in row["reason"]
    monthly[12] = 0.116
    table = assess(lead(monthly), norm("US-Pb-3MONTHS"), zone="UTC")[0].sort_values("period_end")
    assert table["verdict"].tolist() == ["not assessable", "exceeded", "exceeded"]
    assert last_row(table)["compared_value"] == 0.16


def test_three_full_years_of_lead_are_assessed_with_the_two_months_before():
    times = pd.date_range("2020-01-01", "2024-01-01", freq="D", inclusive="left")
    table = observe(np.full(len(times), 0.1), pollutant="Pb", times=times, step_s=86400.0)
    row = last_row(assess(table, norm("US-Pb-3MONTHS"), zone="UTC")[0])
    assert (row["n_valid"], row["n_possible"], row["verdict"]) == (36, 36, "not exceeded")
    gap = table.loc[~((times.year == 2022) & (times.month == 3) & (times.day > 3))]
    row = last_row(assess(gap, norm("US-Pb-3MONTHS"), zone="UTC")[0])
    assert (row["n_valid"], row["verdict"]) == (33, "not assessable")


def test_secondary_so2_is_a_mean_of_three_years():
    values = np.repeat([9.0, 10.0, 12.5], [8760, 8760, 8760]) * PPB["SO2"]
    row = last_row(assess(observe(values), norm("US-SO2-YEAR-SECONDARY"), zone="UTC")[0])
    assert (row["compared_value"], row["verdict"]) == (11.0, "exceeded")
    values[-1] += 0.0
    row = last_row(assess(observe(values * 0.999), norm("US-SO2-YEAR-SECONDARY"), zone="UTC")[0])
    assert (row["compared_value"], row["verdict"]) == (10.0, "not exceeded")


def test_an_alert_needs_consecutive_hours():
    values = np.full(72, 100.0)
    values[[10, 11, 13, 14]] = 600.0
    row = assess(observe(values), norm("EU2008-SO2-ALERT"), zone="UTC")[0].iloc[0]
    assert (row["n_exceedances"], row["statistic_ugm3"], row["verdict"]) == (4, 100.0, "not exceeded")
    values[12] = 500.0
    row = assess(observe(values), norm("EU2008-SO2-ALERT"), zone="UTC")[0].iloc[0]
    assert (row["statistic_ugm3"], row["verdict"]) == (500.0, "not exceeded")
    values[12] = 500.1
    row = assess(observe(values), norm("EU2008-SO2-ALERT"), zone="UTC")[0].iloc[0]
    assert (row["n_exceedances"], row["verdict"], row["kind"]) == (5, "exceeded", "alert")
    values[12] = np.nan
    row = assess(observe(values), norm("EU2008-SO2-ALERT"), zone="UTC")[0].iloc[0]
    assert row["verdict"] == "not exceeded"


@pytest.mark.parametrize(
    ("year", "norm_id", "force", "remark"),
    [
        (2019, "US-PM2.5-YEAR-2012", "yes", None),
        (2011, "US-PM2.5-YEAR-2012", "no", "the limit applies from 2013-03-18"),
        (2013, "US-PM2.5-YEAR-2012", "in part", "the limit applies from 2013-03-18"),
        (2025, "US-PM2.5-YEAR-2012", "no", "the limit applied to 2024-05-05"),
        (2019, "WHO-PM2.5-YEAR", "not stated", None),
    ],
)
def test_the_dates_of_a_norm_are_a_remark(year, norm_id, force, remark):
    daily = observe(days_of({year: []}, 5.0), f"{year}-01-01", pollutant="PM2.5", step_s=86400.0)
    row = assess(daily, norm(norm_id), zone="UTC")[0].iloc[0]
    assert row["in_force"] == force
    reason = "" if pd.isna(row["reason"]) else row["reason"]
    assert (remark in reason) if remark else "limit appl" not in reason


def test_almaty_changes_its_offset_within_a_year():
    """2024-02-29 has 25 hours at Almaty: midnight of 1 March came twice."""
    zone = "Asia/Almaty"
    begin, end = (
        pd.Timestamp(f"{year}-01-01", tz=zone_info(zone)).tz_convert("UTC").tz_localize(None)
        for year in (2024, 2025)
    )
    times = pd.date_range(begin, end, freq="h", inclusive="left")
    assert len(times) == 366 * 24 + 1
    table = assess(observe(np.full(len(times), 10.0), times=times), norm("EU2008-SO2-1H"), zone=zone)[0]
    assert len(table) == 1
    assert (table["n_possible"].item(), table["n_valid"].item()) == (8785, 8785)
    assert (table["period_start"].item(), table["period_end"].item()) == (begin, end)
    daily = assess(observe(np.full(len(times), 10.0), times=times), norm("EU2008-SO2-DAY"), zone=zone)[0]
    assert (daily["n_possible"].item(), daily["n_valid"].item()) == (366, 366)


def test_a_day_of_twenty_five_hours_belongs_to_its_quarter():
    zone = "Asia/Almaty"
    edges = [pd.Timestamp(f"{year}-01-01", tz=zone_info(zone)) for year in (2022, 2025)]
    begin, end = (edge.tz_convert("UTC").tz_localize(None) for edge in edges)
    times = pd.date_range(begin, end, freq="h", inclusive="left")
    values = np.full(len(times), 8.0)
    local = times.tz_localize("UTC").tz_convert(zone)
    values[(local.year == 2024) & (local.quarter == 1)] = 20.0
    row = last_row(
        assess(observe(values, pollutant="PM2.5", times=times), norm("US-PM2.5-YEAR"), zone=zone)[0]
    )
    assert row["statistic_ugm3"] == pytest.approx((8 + 8 + (20 + 24) / 4) / 3)
    assert row["worst_capture"] == 1.0


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.floats(0, 1000), min_size=3, max_size=3),
    st.floats(1.0, 2.0),
    st.sampled_from(["US-SO2-1H", "EU2008-SO2-1H", "EU2024-SO2-DAY", "WHO-SO2-DAY", "EU2008-SO2-ALERT"]),
)
def test_more_pollution_never_undoes_an_exceedance(levels, factor, norm_id):
    rng = np.random.default_rng(3)
    values = np.repeat(levels, 8760) * rng.lognormal(0, 0.5, 3 * 8760)
    verdicts = [
        last_row(assess(observe(values * scale), norm(norm_id), zone="UTC")[0])["verdict"]
        for scale in (1.0, factor)
    ]
    assert verdicts[0] != "exceeded" or verdicts[1] == "exceeded"


@settings(max_examples=8, deadline=None)
@given(
    st.integers(0, 365 * 24),
    st.sampled_from(["US-SO2-1H", "EU2008-SO2-1H", "WHO-SO2-DAY", "US-SO2-YEAR-SECONDARY"]),
)
def test_missing_hours_never_make_an_exceedance_that_full_data_refute(gap, norm_id):
    rng = np.random.default_rng(11)
    values = rng.lognormal(3.2, 0.9, 3 * 8760)
    full = last_row(assess(observe(values), norm(norm_id), zone="UTC")[0])
    holed = values.copy()
    holed[8760 : 8760 + gap] = np.nan
    part = last_row(assess(observe(holed), norm(norm_id), zone="UTC")[0])
    if part["worst_capture"] < 0.7:
        assert part["verdict"] != "exceeded" or full["verdict"] == "exceeded"


def test_readings_longer_than_the_norm_are_compared_as_they_are():
    values = np.full(216, 100.0)
    values[7] = 501.0
    row = assess(observe(values, step_s=1200.0), norm("WHO-SO2-10MIN"), zone="UTC")[0].iloc[0]
    assert (row["averaging_s"], row["n_exceedances"], row["verdict"]) == (1200, 1, "exceeded")
    assert row["reason"] == "20 min mean set against a 10 min norm: can only understate"
    below = assess(observe(np.full(216, 400.0), step_s=1200.0), norm("WHO-SO2-10MIN"), zone="UTC")[0].iloc[0]
    assert below["verdict"] == "not assessable"


@pytest.mark.parametrize(
    ("norm_id", "step_s", "averaging_s", "understates"),
    [
        ("WHO-H2S-30MIN", 1200.0, 3600, True),
        ("WHO-H2S-30MIN", 600.0, 1800, False),
        ("WHO-CO-15MIN", 600.0, 1800, True),
        ("WHO-CO-15MIN", 300.0, 900, False),
        ("WHO-SO2-10MIN", 60.0, 600, False),
        ("KZ-SO2-20MIN", 600.0, 1200, False),
        ("KZ-SO2-20MIN", 1800.0, 1800, False),
        ("KZ-SO2-20MIN", 900.0, 1800, False),
        ("EU2008-SO2-1H", 1200.0, 3600, False),
    ],
)
def test_means_are_of_whole_readings(norm_id, step_s, averaging_s, understates):
    """Readings of 20 minutes do not fill half hours: they are averaged to an hour, which understates."""
    pollutant = norm_id.split("-")[1]
    table = observe(np.full(int(86400 / step_s) * 2, 1.0), step_s=step_s, pollutant=pollutant)
    row = assess(table, norm(norm_id), zone="UTC")[0].iloc[0]
    assert row["averaging_s"] == averaging_s
    assert row["n_valid"] == row["n_possible"]
    assert ("understate" in str(row["reason"])) == understates


@pytest.mark.slow
def test_a_year_of_fifteen_posts_takes_seconds():
    """3.95 million readings of 20 minutes of ten pollutants against all norms of four jurisdictions."""
    pollutants = ["SO2", "NO2", "NO", "CO", "H2S", "PM2.5", "PM10", "O3", "NH3", "phenol"]
    rng = np.random.default_rng(1)
    days = 366
    parts = [
        observe(
            rng.lognormal(3, 1, days * 72),
            "2023-12-31 18:00",
            step_s=1200.0,
            pollutant=name,
            station=f"p{post}",
        )
        for post in range(15)
        for name in pollutants
    ]
    table = pd.concat(parts, ignore_index=True)
    began = time.perf_counter()
    rows, hours = assess(table, load(pollutants=pollutants), zone="Asia/Almaty")
    took = time.perf_counter() - began
    print(f"{len(table)} readings, {len(rows)} rows, {len(hours)} hours over: {took:.1f} s")
    assert len(rows) > 1000
    assert took < 60.0
