"""Regimes of adverse weather: the scheme of RD 52.04.52-85 on made weather."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError
from sootprint.weather import nmu_regimes, nmu_rules

START = pd.Timestamp("2024-01-15")


def air(hours, **columns):
    draft = pd.DataFrame({"time_start": pd.date_range(START, periods=hours, freq="h")})
    for name, value in columns.items():
        draft[name] = value
    return schema.check(draft, "stagnation")


def still(hours, kind="surface"):
    """Stagnant air under an inversion: complexes of two families."""
    return air(hours, wind_speed=0.5, stagnant=True, inversion_kind=kind, inversion_base_m=0.0)


def readings(*rows):
    made = pd.DataFrame(rows, columns=["hour", "ratio"])
    return pd.DataFrame(
        {"time_start": START + pd.to_timedelta(made["hour"], unit="h"), "duration_s": 1200.0,
         "ratio": made["ratio"].astype(float)}
    )  # fmt: skip


def every(hours, ratio):
    return readings(*[(hour, ratio) for hour in range(hours)])


def test_the_rules_that_come_with_the_package_name_their_source_and_mark():
    for table in nmu_rules():
        assert table["source"].str.len().gt(10).all()
        assert table["mark"].isin(["V", "R", "A"]).all()


@pytest.mark.parametrize(("ratio", "regime"), [(0.9, "without_degree"), (1.5, "I"), (2.9, "I"), (3.1, "II")])
def test_two_complexes_make_the_degree_that_the_concentration_asks_for(ratio, regime):
    made = nmu_regimes(still(6), every(6, ratio))
    assert (made["regime"] == regime).all()
    assert (made["since"] == START).all()
    assert (made["adverse_since"] == START).all()
    assert (made["limit_ratio"] == ratio).all()
    assert made["complexes"].eq("stagnant_air;still_under_inversion").all()
    assert made["marks"].eq("R;A").all()


def test_the_third_degree_comes_after_the_second():
    made = nmu_regimes(still(5), every(5, 6.0))
    assert made["regime"].tolist() == ["II", "III", "III", "III", "III"]
    assert made["rules"].iloc[1].endswith("after_second_above_five_limits")
    assert made["since"].iloc[3] == START + pd.Timedelta(hours=1)
    broken = still(5)
    broken.loc[2, ["wind_speed", "stagnant"]] = [5.0, False]
    assert nmu_regimes(broken, every(5, 6.0))["regime"].tolist() == ["II", "III", "none", "II", "III"]


def test_one_complex_reaches_the_second_degree_by_persisting_a_day():
    lone = air(30, wind_speed=2.0, stagnant=True)
    made = nmu_regimes(lone, every(30, 3.5))
    assert made["regime"].tolist() == ["I"] * 24 + ["II"] * 6
    assert made["not_evaluated"].iloc[0] == "poor_ventilation;still_under_inversion;low_lid;fog"


def test_without_readings_no_degree_holds_and_without_weather_nothing_is_known():
    assert (nmu_regimes(still(3))["regime"] == "without_degree").all()
    assert (nmu_regimes(air(3))["regime"] == "unknown").all()
    gap = still(3)
    gap.loc[1, ["wind_speed", "stagnant"]] = [np.nan, pd.NA]
    made = nmu_regimes(gap, every(3, 2.0))
    assert made["regime"].tolist() == ["I", "unknown", "I"]
    assert made["adverse_since"].isna().tolist() == [False, True, False]


def test_a_few_unknown_hours_break_no_regime_and_many_do():
    for gap, regime in ((3, "II"), (4, "I")):
        lone = air(32, wind_speed=2.0, stagnant=True)
        lone.loc[list(range(5, 5 + gap)), ["wind_speed", "stagnant"]] = [np.nan, pd.NA]
        made = nmu_regimes(lone, every(32, 3.5))["regime"]
        assert (made.iloc[5 : 5 + gap] == "unknown").all()
        # 24 hours of the first degree and three unknown ones make the second in hour 27.
        assert made.iloc[26] == "I"
        assert made.iloc[27] == regime


def test_two_complexes_of_one_family_count_once():
    both = air(3, wind_speed=0.5, stagnant=True, ventilation_max_24h=500.0)
    made = nmu_regimes(both, every(3, 4.0))
    assert made["complexes"].iloc[0] == "stagnant_air;poor_ventilation"
    assert (made["regime"] == "I").all()


def test_a_lid_that_is_none_is_known_to_be_none():
    made = nmu_regimes(air(2, wind_speed=0.5, stagnant=False, inversion_kind="none"), every(2, 9.0))
    assert (made["regime"] == "none").all()
    assert "low_lid" not in made["not_evaluated"].iloc[0]


def test_readings_judge_the_hours_around_them_or_after_them():
    one = readings((5, 2.0))
    observed = nmu_regimes(still(40), one)["limit_ratio"]
    # From 05:00 to 05:20: the hours that overlap it widened by three hours.
    assert observed.notna().to_numpy().nonzero()[0].tolist() == [2, 3, 4, 5, 6, 7, 8]
    forecast = nmu_regimes(still(40), one, mode="forecast")["limit_ratio"]
    assert forecast.notna().to_numpy().nonzero()[0].tolist() == list(range(6, 30))
    narrow = nmu_regimes(still(40), one, window_h=0.0)["limit_ratio"]
    assert narrow.notna().to_numpy().nonzero()[0].tolist() == [5]


STATES = st.lists(
    st.tuples(
        st.sampled_from([0.5, 2.0, 5.0, np.nan]), st.sampled_from([True, False, pd.NA]),
        st.sampled_from(["none", "surface", "elevated", None]), st.sampled_from([0.5, 0.99, np.nan]),
    ), min_size=2, max_size=40,
)  # fmt: skip
READINGS = st.lists(st.tuples(st.integers(-10, 40), st.sampled_from([0.5, 2.0, 4.0, 7.0])), max_size=12)


def build(states):
    speed, stagnant, kind, humidity = zip(*states, strict=True)
    return air(
        len(states), wind_speed=list(speed), stagnant=pd.array(list(stagnant), dtype="boolean"),
        inversion_kind=pd.array(list(kind), dtype="string"), inversion_base_m=100.0, humidity=list(humidity),
    )  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(states=STATES, rows=READINGS, cut=st.integers(1, 39))
def test_a_forecast_uses_nothing_later(states, rows, cut):
    cut = min(cut, len(states))
    full = nmu_regimes(build(states), readings(*rows), mode="forecast")
    past = [row for row in rows if row[0] < cut]
    short = nmu_regimes(build(states[:cut]), readings(*past), mode="forecast")
    pd.testing.assert_frame_equal(full.iloc[:cut], short)


@settings(max_examples=15, deadline=None)
@given(states=STATES, rows=READINGS, factor=st.sampled_from([1.5, 3.0]))
def test_more_pollution_never_lowers_the_regime(states, rows, factor):
    order = {"unknown": 0, "none": 0, "without_degree": 1, "I": 2, "II": 3, "III": 4}
    base = nmu_regimes(build(states), readings(*rows))["regime"].map(order)
    more = nmu_regimes(build(states), readings(*[(hour, ratio * factor) for hour, ratio in rows]))
    assert (more["regime"].map(order) >= base).all()


def test_weather_itself_will_do():
    draft = pd.DataFrame(
        {
            "station_id": "M", "time_start": pd.date_range(START, periods=30, freq="h"), "duration_s": 3600.0,
            "wind_speed": 0.8, "wind_from_direction": 90.0, "humidity": 0.99, "source_file": "f",
            "source_row": 1,
        }
    )  # fmt: skip
    made = nmu_regimes(schema.check(draft, "weather"), every(30, 4.0))
    # Fog alone at first; with stagnant air two families after twelve hours.
    assert made["regime"].tolist() == ["I"] * 12 + ["II"] * 18


def test_rules_that_cannot_be_right_are_refused():
    complexes, degrees = nmu_rules()
    for change in (
        {"complexes": complexes.assign(quantity="smog")},
        {"complexes": complexes.assign(comparison="~")},
        {"complexes": complexes.assign(comparison="<", value="high")},
        {"complexes": complexes.assign(mark="X")},
        {"complexes": complexes.drop(columns="source")},
        {"complexes": complexes.assign(complex="one")},
        {"complexes": complexes.iloc[:0]},
        {"degrees": degrees.assign(regime=4)},
        {"degrees": degrees.assign(families_at_least=0)},
        {"mode": "guess"},
        {"window_h": -1.0},
        {"window_h": np.nan},
    ):
        with pytest.raises(ConfigError):
            nmu_regimes(still(2), **change)
    with pytest.raises(InputError, match="lack ratio"):
        nmu_regimes(still(2), readings((0, 1.0)).drop(columns="ratio"))
    with pytest.raises(InputError, match="hours"):
        nmu_regimes(still(4).iloc[[0, 2, 3]])
    assert nmu_regimes(schema.empty("stagnation")).empty
