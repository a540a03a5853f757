"""Verdicts on hand-made series, and the published counts of La Oroya 2019."""

import numpy as np
import pandas as pd
import pytest

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.timeaxis import to_utc_start
from sootprint.monitors.exceedances import assess
from sootprint.norms import load

LIMA = "America/Lima"


def observe(values, start="2023-01-01", *, step_s=3600.0, pollutant="SO2", station="a", flag="valid"):
    values = np.asarray(values, float)
    times = pd.Timestamp(start) + pd.to_timedelta(np.arange(len(values)) * step_s, unit="s")
    table = pd.DataFrame({"time_start": times, "value_ugm3": values})
    table["flag"] = np.where(np.isfinite(values), flag, "missing")
    return schema.coerce(
        table.assign(
            station_id=station,
            pollutant=pollutant,
            duration_s=step_s,
            source_file="made.csv",
            source_row=range(2, len(table) + 2),
        ),
        "observations",
    )


def norm(norm_id):
    table = load()
    return table.loc[table["norm_id"] == norm_id]


@pytest.fixture(scope="module")
def oroya(data_dir):
    raw = pd.read_csv(data_dir / "la_oroya" / "SO2_oroya.csv")
    times, _ = to_utc_start(pd.to_datetime(raw["date"]), LIMA, stamp="beginning", duration_s=3600.0)
    table = observe(raw["SO2_1h_ugm3"])
    table["time_start"] = times
    return table


def test_la_oroya_2019(oroya):
    table, hours = assess(oroya, load(["EU", "WHO", "KZ", "US"]), zone=LIMA)
    rows = table.set_index("norm_id")
    hourly, daily = rows.loc["EU2008-SO2-1H"], rows.loc["EU2008-SO2-DAY"]
    assert (hourly["n_exceedances"], daily["n_exceedances"]) == (324, 37)
    assert (hourly["verdict"], daily["verdict"]) == ("exceeded", "exceeded")
    assert hourly["n_possible"] == 8760
    assert hourly["n_valid"] == 8760 - 464
    assert rows.loc["KZ-SO2-20MIN", "n_exceedances"] == 192
    assert "can only understate" in rows.loc["KZ-SO2-20MIN", "reason"]
    assert rows.loc["EU2024-SO2-YEAR", "statistic_ugm3"] == pytest.approx(57.45, abs=0.01)
    assert rows.loc["EU2008-SO2-1H", "maximum_ugm3"] == pytest.approx(2964.8)
    assert rows.loc["US-SO2-1H", "verdict"] == "not assessable"
    assert rows.loc["US-SO2-1H", "statistic_ugm3"] > 196
    counts = hours.groupby("norm_id").size()
    assert counts["EU2008-SO2-1H"] == 324
    assert "EU2024-SO2-YEAR" not in counts.index


def test_a_longer_row_order_changes_nothing(oroya):
    chosen = load(["EU"], ["SO2"])
    one = assess(oroya, chosen, zone=LIMA)
    two = assess(oroya.sample(frac=1.0, random_state=7), chosen, zone=LIMA)
    pd.testing.assert_frame_equal(one[0], two[0])
    pd.testing.assert_frame_equal(one[1], two[1])


def test_allowed_exceedances_count_and_rank():
    values = np.full(8760, 10.0)
    values[100:124] = 400.0
    row = assess(observe(values), norm("EU2008-SO2-1H"), zone="UTC")[0].iloc[0]
    assert (row["n_exceedances"], row["verdict"], row["statistic_ugm3"]) == (24, "not exceeded", 10.0)
    values[200] = 351.0
    row = assess(observe(values), norm("EU2008-SO2-1H"), zone="UTC")[0].iloc[0]
    assert (row["n_exceedances"], row["verdict"], row["statistic_ugm3"]) == (25, "exceeded", 351.0)


def test_a_value_at_the_limit_does_not_exceed():
    row = assess(observe(np.full(8760, 350.0)), norm("EU2008-SO2-1H"), zone="UTC")[0].iloc[0]
    assert (row["n_exceedances"], row["verdict"], row["ratio"]) == (0, "not exceeded", 1.0)


def test_short_period_is_not_assessable_but_counted():
    values = np.full(240, 10.0)
    values[:20] = 400.0
    row = assess(observe(values), norm("EU2008-SO2-1H"), zone="UTC")[0].iloc[0]
    assert (row["n_exceedances"], row["verdict"]) == (20, "not assessable")
    assert "shorter than a year" in row["reason"]
    values[:25] = 400.0
    assert assess(observe(values), norm("EU2008-SO2-1H"), zone="UTC")[0]["verdict"].item() == "exceeded"


def test_percentile_of_a_year_is_the_fourth_day():
    days = np.full(365, 10.0)
    days[:3] = 500.0
    row = assess(observe(np.repeat(days, 24)), norm("WHO-SO2-DAY"), zone="UTC")[0].iloc[0]
    assert (row["statistic_ugm3"], row["n_exceedances"], row["verdict"]) == (10.0, 3, "not exceeded")
    days[3] = 41.0
    row = assess(observe(np.repeat(days, 24)), norm("WHO-SO2-DAY"), zone="UTC")[0].iloc[0]
    assert (row["statistic_ugm3"], row["verdict"]) == (41.0, "exceeded")


def test_low_capture_blocks_an_acquittal_but_not_an_exceedance():
    values = np.full(8760, np.nan)
    values[:4000] = 10.0
    row = assess(observe(values), norm("EU2008-SO2-1H"), zone="UTC")[0].iloc[0]
    assert row["verdict"] == "not assessable"
    assert row["data_capture"] == pytest.approx(4000 / 8760)
    assert "46 %" in row["reason"]
    values[:25] = 351.0
    assert assess(observe(values), norm("EU2008-SO2-1H"), zone="UTC")[0]["verdict"].item() == "exceeded"


def test_twenty_minute_norm():
    fine = assess(observe(np.full(216, 400.0), step_s=1200), norm("KZ-SO2-20MIN"), zone="Asia/Almaty")[0]
    assert (fine["verdict"].item(), fine["averaging_s"].item()) == ("not exceeded", 1200)
    half = assess(observe(np.full(144, 600.0), step_s=1800), norm("KZ-SO2-20MIN"), zone="Asia/Almaty")[0]
    assert (half["verdict"].item(), half["averaging_s"].item()) == ("exceeded", 1800)
    assert half["reason"].isna().all()
    hourly = assess(observe(np.full(72, 400.0)), norm("KZ-SO2-20MIN"), zone="Asia/Almaty")[0].iloc[0]
    assert hourly["verdict"] == "not assessable"
    assert hourly["reason"] == "hourly mean set against a 20–30 min norm: can only understate"
    daily = assess(observe(np.full(9, 900.0), step_s=86400), norm("KZ-SO2-20MIN"), zone="UTC")[0].iloc[0]
    assert (daily["verdict"], daily["n_valid"]) == ("not assessable", 0)


def test_peak_season_is_the_worst_half_year():
    times = pd.date_range("2023-01-01", "2024-01-01", freq="h", inclusive="left")
    values = np.where((times.month >= 4) & (times.month <= 9), 90.0, 30.0)
    row = assess(observe(values, pollutant="O3"), norm("WHO-O3-SEASON"), zone="UTC")[0].iloc[0]
    assert row["statistic_ugm3"] == pytest.approx(90.0, abs=1.0)
    assert row["verdict"] == "exceeded"


def test_calendar_years_are_local():
    table = assess(observe(np.full(8760 * 2, 10.0), "2022-01-01 05:00"), load(["EU"], ["SO2"]), zone=LIMA)[0]
    assert set(table["period_start"]) == {pd.Timestamp("2022-01-01 05:00"), pd.Timestamp("2023-01-01 05:00")}
    assert (table["data_capture"] == 1.0).all()


def test_period_bounds_what_is_counted():
    values = np.full(72, 400.0)
    period = ("2023-01-02", "2023-01-03")
    table, hours = assess(observe(values), norm("EU2008-SO2-1H"), zone="UTC", period=period)
    assert (table["n_possible"].item(), table["n_exceedances"].item(), len(hours)) == (24, 24, 24)
    with pytest.raises(InputError):
        assess(observe(values), norm("EU2008-SO2-1H"), zone="UTC", period=period[::-1])


def test_no_norm_and_no_value():
    empty = assess(observe([1.0], pollutant="CH4"), load(), zone="UTC")
    assert [len(table) for table in empty] == [0, 0]
    table = assess(observe([np.nan] * 48), norm("EU2008-SO2-1H"), zone="UTC")[0].iloc[0]
    assert (table["verdict"], table["reason"]) == (
        "not assessable",
        "no usable reading; period shorter than a year",
    )


@pytest.mark.parametrize("norm_id", ["WHO-CO-8H", "US-CO-8H", "US-CO-1H", "WHO-CO-DAY", "KZ-CO-20MIN"])
@pytest.mark.parametrize("minutes", [0, 30, 95])
def test_capture_never_passes_one(norm_id, minutes):
    observations = observe(np.full(24 * 6, 100.0), pollutant="CO")
    for start, hours in (("2023-01-02 02:00", 44), ("2023-01-02", 48), ("2023-01-02 12:00", 3)):
        begin = pd.Timestamp(start) + pd.Timedelta(minutes, "min")
        table = assess(
            observations, norm(norm_id), zone="Asia/Almaty", period=(begin, begin + pd.Timedelta(hours, "h"))
        )[0].iloc[0]
        assert table["n_valid"] <= table["n_possible"]
        assert table["n_possible"] <= 48


def test_a_negative_statistic_has_no_ratio():
    row = assess(observe(np.full(8760, -1.0)), norm("EU2024-SO2-YEAR"), zone="UTC")[0].iloc[0]
    assert row["statistic_ugm3"] == pytest.approx(-1.0)
    assert np.isnan(row["ratio"])
