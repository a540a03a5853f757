"""Laws of the hourly series and of stagnation."""

import numpy as np
import pandas as pd
import pytest

from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError
from sootprint.weather import hourly_weather, main_station, recirculation, stagnation


def table(speed, direction=270.0, station="M", freq="h", **columns):
    made = pd.DataFrame(
        {
            "station_id": station,
            "time_start": pd.date_range("2024-11-20", periods=len(speed), freq=freq),
            "duration_s": 3600.0,
            "wind_speed": speed,
            "wind_from_direction": direction,
            "source_file": "w.csv",
            "source_row": np.arange(len(speed)) + 2,
            **columns,
        }
    )
    return schema.check(made, "weather")


def test_recirculation_of_allwine_and_whiteman():
    speed = np.full(24, 2.0)
    there_and_back = np.repeat([90.0, 270.0], 12)
    corner = np.repeat([270.0, 180.0], 12)
    assert recirculation(speed, np.full(24, 33.0))[-1] == pytest.approx(0.0, abs=1e-12)
    assert recirculation(speed, there_and_back)[-1] == pytest.approx(1.0)
    assert recirculation(speed, corner)[-1] == pytest.approx(1 - np.sqrt(0.5))
    assert np.isnan(recirculation(np.zeros(24), np.full(24, np.nan))[-1])


def test_hours_since_ventilated_counts_from_the_last_wind():
    speed = np.array([1.0, 1.0, 3.0, 1.0, np.nan, 1.0, 1.0])
    made = stagnation(table(speed))
    expected = [np.nan, np.nan, 0, 1, np.nan, 3, 4]
    np.testing.assert_array_equal(made["hours_since_ventilated"], expected)
    assert made["hours_unknown"].tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert made["calm"].isna().tolist() == [False] * 4 + [True, False, False]


def test_a_missing_hour_is_never_ventilation():
    gap = np.array([5.0] + [0.3] * 10 + [np.nan] * 5 + [0.3] * 10)
    made = stagnation(table(gap))
    assert made["hours_since_ventilated"].iloc[-1] == 25
    assert made["hours_unknown"].iloc[-1] == 5
    assert made["stagnant"].isna().iloc[12]


def test_stagnant_after_twelve_still_hours_and_not_before():
    speed = np.array([6.0] + [0.4] * 30 + [4.0] + [0.4] * 3)
    made = stagnation(table(speed))
    assert not made["stagnant"].iloc[:12].any()
    assert made["stagnant"].iloc[12:31].all()
    assert not made["stagnant"].iloc[31:].any()
    assert made["calm"].sum() == 33


def test_a_series_that_begins_still_is_stagnant_once_it_is_long_enough():
    made = stagnation(table(np.full(24, 0.4)))
    assert made["hours_since_ventilated"].isna().all()
    assert made["stagnant"].iloc[:12].isna().all()
    assert made["stagnant"].iloc[12:].all()


def test_ventilation_and_coverage():
    made = stagnation(table(np.full(13, 2.0), mixing_height=300.0))
    assert (made["ventilation"] == 600.0).all()
    assert made["mean_wind_12h"].notna().tolist() == [False] * 8 + [True] * 5


def test_thresholds_out_of_order():
    with pytest.raises(ConfigError):
        stagnation(table([1.0]), calm_m_s=4.0)


def test_hour_of_sub_hourly_records():
    speed = [1.0, 3.0, 2.0, 2.0, 1.0, 1.0]
    direction = [350.0, 10.0, 0.0, np.nan, 90.0, 270.0]
    precipitation = [0.1, 0.2, np.nan, 0.1, np.nan, np.nan]
    made = hourly_weather(table(speed, direction, freq="20min", precipitation=precipitation))
    assert made["wind_speed"].tolist() == pytest.approx([2.0, 4 / 3])
    assert made["wind_from_direction"].iloc[0] == pytest.approx(3.3466, abs=1e-4)
    assert np.isnan(made["wind_from_direction"].iloc[1])
    assert made["samples"].tolist() == [3, 3]
    assert made["precipitation"].iloc[0] == pytest.approx(0.3)


def test_gaps_become_rows_and_direction_of_a_lone_calm_is_kept():
    rows = table([0.0, 2.0], [40.0, 50.0], freq="3h")
    made = hourly_weather(rows)
    assert len(made) == 4
    assert made["samples"].tolist() == [1, 0, 0, 1]
    assert made["wind_speed"].isna().tolist() == [False, True, True, False]
    assert made["wind_from_direction"].iloc[0] == 40.0


def test_the_station_with_most_wind_is_taken_whole():
    both = pd.concat([table([1.0, np.nan, np.nan], station="A"), table([2.0, 2.0], station="B")])
    assert set(hourly_weather(both)["station_id"]) == {"B"}
    assert set(hourly_weather(both, "A")["station_id"]) == {"A"}
    with pytest.raises(InputError, match="one of: A, B"):
        hourly_weather(both, "C")
    with pytest.raises(InputError):
        hourly_weather(schema.empty("weather"))


def test_the_most_frequent_class_and_of_equals_the_more_stable():
    made = hourly_weather(table(np.ones(6), freq="20min", stability_class=[*"DDEDE", None]))
    assert made["stability_class"].tolist() == ["D", "E"]


def test_city_of_la_oroya(data_dir):
    raw = pd.read_csv(data_dir / "la_oroya" / "SO2_oroya.csv")
    weather = table(raw["ws"].to_numpy(), raw["wd"].to_numpy())
    made = stagnation(weather)
    assert len(made) == 8760
    assert made["wind_speed"].isna().sum() == 459
    assert made["calm"].mean() == pytest.approx(0.073, abs=0.001)


def test_stations_without_any_wind_are_equal_and_twenty_minutes_are_one_hour():
    still = pd.concat([table([np.nan], station=name) for name in ("B", "A")])
    assert main_station(still) == "A"
    assert stagnation(still)["wind_speed"].isna().all()
    mixed = pd.concat([table([1.0] * 5, station="A", freq="20min"), table([1.0] * 3, station="B")])
    assert main_station(mixed) == "B"
