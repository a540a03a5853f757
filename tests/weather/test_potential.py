"""Potential of pollution by weather: hand-worked shares, borders of classes, what is missing."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sootprint import weather
from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError

START, END = pd.Timestamp("2024-11-01"), pd.Timestamp("2024-11-11")
SHARE = st.floats(0.0, 100.0)


def hours(**columns):
    time = pd.date_range(START, END, freq="h", inclusive="left")
    base = {
        "station_id": "W",
        "time_start": time,
        "duration_s": 3600.0,
        "wind_speed": 3.0,
        "source_file": "made.csv",
        "source_row": range(len(time)),
    }
    return schema.check(pd.DataFrame(base | columns), "weather")


def potential(table, **options):
    return weather.air_potential(table, zone="UTC", start=START, end=END, **options).iloc[0]


def test_meteorological_potential_by_hand():
    assert weather.meteorological_potential(40, 10, 15, 10) == 2.0
    assert weather.meteorological_potential(20, 0, 30, 10) == 0.5
    assert weather.self_cleaning(0.5) == 2.0
    assert math.isinf(weather.meteorological_potential(10, 0, 0, 0))
    assert math.isnan(weather.meteorological_potential(0, 0, 0, 0))
    assert math.isnan(weather.meteorological_potential(10, math.nan, 5, 5))
    assert weather.self_cleaning(math.inf) == 0.0
    assert weather.self_cleaning(0.0) == math.inf
    assert math.isnan(weather.self_cleaning(math.nan))
    with pytest.raises(InputError):
        weather.meteorological_potential(101, 0, 0, 0)


@given(SHARE, SHARE, SHARE, SHARE, SHARE)
def test_stiller_air_never_lowers_the_potential(still, more, fog, rain, strong):
    low, high = sorted((still, more))
    one = weather.meteorological_potential(low, fog, rain, strong)
    two = weather.meteorological_potential(high, fog, rain, strong)
    assert math.isnan(one) or one <= two


@pytest.mark.parametrize(
    ("index", "value", "expected"),
    [
        ("MPA", 0.0, 1),
        ("MPA", 0.8, 1),
        ("MPA", 0.81, 2),
        ("MPA", 1.2, 2),
        ("MPA", 1.21, 3),
        ("MPA", 2.4, 3),
        ("MPA", 2.41, 4),
        ("MPA", math.inf, 4),
        ("PZA", 2.4, 1),
        ("PZA", 2.5, 2),
        ("PZA", 2.7, 2),
        ("PZA", 3.0, 3),
        ("PZA", 3.3, 4),
        ("PZA", 3.4, 5),
    ],
)
def test_class_at_each_border(index, value, expected):
    found = weather.potential_class(index, value)
    assert found.number == expected
    assert found.mark == "unverified"


def test_unknown_index_and_value_are_refused():
    with pytest.raises(ConfigError, match="PZA, MPA"):
        weather.potential_class("XYZ", 1.0)
    with pytest.raises(InputError):
        weather.potential_class("MPA", math.nan)


def test_month_by_hand():
    wind = np.full(240, 3.0)
    wind[:24] = 0.4  # one still day
    wind[24:36] = 1.0  # half of the second day, with the border
    wind[48:72] = 6.0
    rain = np.zeros(240)
    rain[100] = 0.5
    rain[150] = 0.4
    humid = np.full(240, 0.5)
    humid[3] = 0.97
    row = potential(hours(wind_speed=wind, precipitation=rain, humidity=humid))
    assert row["n_calm_hours"] == 24
    assert row["still_days"] == 2
    assert row["still_percent"] == pytest.approx(15.0)
    assert row["strong_wind_percent"] == pytest.approx(10.0)
    assert row["fog_percent"] == pytest.approx(10.0)
    assert row["precipitation_percent"] == pytest.approx(10.0)
    assert row["mpa"] == pytest.approx(25 / 20)
    assert row["self_cleaning"] == pytest.approx(0.8)
    assert row["mpa_level"] == "accumulation"
    assert row["missing"] == "mixing height"


def test_what_the_weather_does_not_say_is_named_and_never_taken_as_none():
    row = potential(hours())
    assert math.isnan(row["mpa"])
    assert pd.isna(row["mpa_class"])
    assert row["missing"] == "fog; precipitation; mixing height"
    assert pd.isna(row["high_potential_days"])


def test_hours_without_wind_are_not_counted():
    wind = np.full(240, np.nan)
    wind[:12] = 0.5
    row = potential(hours(wind_speed=wind))
    assert (row["n_hours"], row["n_hours_wind"], row["still_percent"]) == (240, 12, 100.0)
    assert pd.isna(row["still_days"])  # no day has 18 known hours


def test_days_of_poor_ventilation():
    depth = np.full(240, 1000.0)
    wind = np.full(240, 3.9)
    clock = np.arange(240) % 24
    depth[(clock >= 6) & (clock < 9)] = 400.0
    wind[24:48] = 4.0
    depth[48:72][clock[48:72] < 9] = 500.0
    row = potential(hours(wind_speed=wind, mixing_height=depth))
    assert row["n_potential_days"] == 10
    assert row["high_potential_days"] == 8  # not the windy second nor the third with its deep morning


def test_period_must_end_after_it_begins():
    with pytest.raises(InputError, match="period"):
        weather.air_potential(hours(), zone="UTC", start=END, end=START)


def test_rules_state_their_source_and_mark():
    classes, conditions = weather.potential_rules()
    for table in (classes, conditions):
        assert (table["source"] != "").all()
        assert (table["mark"] == "unverified").all()
