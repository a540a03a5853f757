"""Local clocks to UTC."""

import pandas as pd
import pytest

from sootprint.core.errors import ConfigError
from sootprint.core.timeaxis import to_local, to_utc_start, zone_info


def start(stamps, zone="Asia/Almaty", stamp="beginning", duration_s=3600.0, series=None):
    local = pd.Series(pd.to_datetime(stamps))
    labels = None if series is None else pd.Series(series)
    return to_utc_start(local, zone, stamp=stamp, duration_s=duration_s, series=labels)


def test_almaty_changes_its_offset_on_2024_03_01():
    made, ambiguous = start(["2024-02-29 12:00", "2024-03-01 12:00"])
    assert made.tolist() == [pd.Timestamp("2024-02-29 06:00"), pd.Timestamp("2024-03-01 07:00")]
    assert not ambiguous.any()


def test_the_hour_that_almaty_repeats_is_told_apart_by_order():
    made, ambiguous = start(["2024-02-29 22:00", "2024-02-29 23:00", "2024-02-29 23:00", "2024-03-01 00:00"])
    assert made.diff().dropna().eq(pd.Timedelta("1h")).all()
    assert ambiguous.tolist() == [False, True, True, False]


def test_a_series_that_runs_backwards_is_told_apart_the_other_way_round():
    made, _ = start(["2024-03-01 00:00", "2024-02-29 23:00", "2024-02-29 23:00", "2024-02-29 22:00"])
    assert made.diff().dropna().eq(-pd.Timedelta("1h")).all()


def test_stacked_series_do_not_mistake_each_other_for_a_repetition():
    stamps = ["2024-02-29 23:00"] * 4
    made, _ = start(stamps, series=["A", "B", "A", "B"])
    first, second = pd.Timestamp("2024-02-29 17:00"), pd.Timestamp("2024-02-29 18:00")
    assert made.tolist() == [first, first, second, second]


def test_an_ending_stamp_belongs_to_the_hour_before():
    made, _ = start(["2024-03-01 00:00"], stamp="ending")
    assert made.tolist() == [pd.Timestamp("2024-02-29 18:00")]


def test_a_local_time_that_does_not_exist_is_missing():
    made, _ = start(["2024-03-31 02:30", "2024-03-31 03:30"], zone="Europe/Berlin")
    assert made.isna().tolist() == [True, False]


def test_to_local_undoes_to_utc_start():
    stamps = pd.Series(pd.date_range("2024-02-28", periods=47, freq="h"))
    made, _ = to_utc_start(stamps, "Asia/Almaty", stamp="beginning", duration_s=3600.0)
    pd.testing.assert_series_equal(to_local(made, "Asia/Almaty"), stamps, check_dtype=False)


@pytest.mark.parametrize("zone", ["UTC+6", "", "Nowhere/City", "../../etc/passwd", "\x00"])
def test_what_is_no_zone_is_refused(zone):
    with pytest.raises(ConfigError, match="not known"):
        zone_info(zone)
