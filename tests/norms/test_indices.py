"""Indices of bulletins: hand-worked numbers, every border of every class, and laws."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sootprint.core.errors import ConfigError, InputError
from sootprint.norms import indices, indices_p, indices_rules

RATIO = st.floats(0.0, 1000.0)
CLASS = st.integers(1, 4)
SETS = ["emirsaba", "rd-52.04.186-89", "rd-52.04.667-2005"]


@pytest.mark.parametrize(
    ("exponents", "expected"),
    [
        ("emirsaba", [1.7, 1.3, 1.0, 0.9]),
        ("rd-52.04.186-89", [1.7, 1.3, 1.0, 0.85]),
        ("rd-52.04.667-2005", [1.5, 1.3, 1.0, 0.85]),
    ],
)
def test_exponents_of_each_set(exponents, expected):
    assert [indices.exponent(number, exponents)[0] for number in (1, 2, 3, 4)] == expected


def test_marks_of_the_sets():
    assert [indices.exponent(1, name)[1] for name in SETS] == ["secondary", "secondary", "unverified"]
    assert indices.exponent_sets() == SETS


def test_index_of_one_substance_by_hand():
    assert indices.single_index(2.0, 2) == pytest.approx(math.exp(1.3 * math.log(2.0)))
    assert indices.single_index(2.0, 2) == pytest.approx(2.462, abs=5e-4)
    assert indices.single_index(3.0, 1) == pytest.approx(6.473, abs=5e-4)
    assert indices.single_index(3.0, 1, "rd-52.04.667-2005") == pytest.approx(3 * math.sqrt(3))
    assert indices.single_index(1.7, 3) == 1.7
    assert indices.single_index(0.5, 4) == pytest.approx(0.5359, abs=5e-5)


@given(RATIO, RATIO, CLASS, st.sampled_from(SETS))
def test_index_grows_with_the_ratio(one, two, hazard_class, exponents):
    low, high = sorted((one, two))
    assert indices.single_index(low, hazard_class, exponents) <= indices.single_index(
        high, hazard_class, exponents
    )


@given(CLASS, st.sampled_from(SETS))
def test_index_at_the_limit_is_one(hazard_class, exponents):
    assert indices.single_index(1.0, hazard_class, exponents) == 1.0


@pytest.mark.parametrize("ratio", [-0.1, math.nan, math.inf])
def test_index_refuses_what_is_no_ratio(ratio):
    with pytest.raises(InputError, match="limits"):
        indices.single_index(ratio, 3)


def test_unknown_names_are_refused():
    with pytest.raises(ConfigError, match="emirsaba"):
        indices.single_index(1.0, 1, "berlin")
    with pytest.raises(InputError, match="hazard class 5"):
        indices.single_index(1.0, 5)
    with pytest.raises(ConfigError, match="SI, NP, IZA5"):
        indices.grade("AQI", 1.0)


def test_complex_index_takes_the_five_largest():
    assert indices.complex_index([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, math.nan]) == 20.0
    assert indices.complex_index([1.5, 0.5]) == 2.0
    assert indices.complex_index([3.0, 1.0], n=1) == 3.0
    assert math.isnan(indices.complex_index([]))


@given(st.lists(st.floats(0, 100), min_size=1, max_size=12), st.floats(0, 100))
def test_complex_index_never_falls_with_a_substance(values, more):
    assert indices.complex_index([*values, more]) >= indices.complex_index(values) - 1e-9


@given(st.lists(RATIO, min_size=1))
def test_standard_index_is_at_least_every_ratio(ratios):
    assert all(indices.standard_index(ratios) >= ratio for ratio in ratios)
    assert indices.standard_index(ratios) in ratios


def test_repeatability_by_hand():
    assert indices.repeatability(3, 120) == 2.5
    assert indices.repeatability(0, 4) == 0.0
    assert math.isnan(indices.repeatability(0, 0))
    with pytest.raises(InputError, match="5 exceedances in 4"):
        indices.repeatability(5, 4)


BORDERS = {
    "SI": [(0.0, 1), (1.0, 1), (1.49, 1), (1.5, 2), (2.0, 2), (4.49, 2), (4.5, 3), (10.49, 3), (10.5, 4)],
    "NP": [(0.0, 1), (0.49, 1), (0.5, 2), (19.49, 2), (19.5, 3), (49.49, 3), (49.5, 4), (100.0, 4)],
    "IZA5": [(0.0, 1), (4.49, 1), (4.5, 2), (6.49, 2), (6.5, 3), (7.0, 3), (13.49, 3), (13.5, 4), (99.0, 4)],
}


@pytest.mark.parametrize(
    ("index", "value", "expected"), [(name, *pair) for name, pairs in BORDERS.items() for pair in pairs]
)
def test_grade_at_each_border(index, value, expected):
    found = indices.grade(index, value)
    assert found.grade == expected
    assert found.level == ["low", "elevated", "high", "very high"][expected - 1]
    assert found.roman == ["I", "II", "III", "IV"][expected - 1]


@given(st.sampled_from(list(BORDERS)), st.floats(0, 200), st.floats(0, 200))
def test_grade_never_falls_with_the_value(index, one, two):
    low, high = sorted((one, two))
    assert indices.grade(index, low).grade <= indices.grade(index, high).grade


@given(st.integers(0, 1000))
def test_halves_round_up(whole):
    assert indices.round_half_up(whole + 0.5) == whole + 1
    assert indices.round_half_up(float(whole)) == whole


def test_gradation_has_no_gap_and_no_overlap():
    for _name, rows in indices_rules.rule_table("gradation").groupby("index"):
        assert rows["lowest"].tolist()[1:] == (rows["highest"].dropna() + 1).tolist()
        assert rows["lowest"].iloc[0] == 0
        assert rows["highest"].isna().tolist() == [False, False, False, True]


def test_month_takes_the_higher_of_si_and_np_and_year_iza():
    values = {"SI": 3.0, "NP": 25.0, "IZA5": 15.0}
    month, year = indices.overall_grade(values, "month"), indices.overall_grade(values, "year")
    assert (month.index, month.grade, month.level) == ("NP", 3, "high")
    assert (year.index, year.grade, year.level) == ("IZA5", 4, "very high")
    assert indices.overall_grade({"SI": 6.0, "NP": 25.0}, "month").index == "SI"
    assert indices.overall_grade({"SI": math.nan}, "month") is None
    assert month.mark == "unverified"


def test_daily_limit_and_its_substitute():
    assert indices.daily_limit(50.0, 500.0) == (50.0, "norm")
    assert indices.daily_limit(math.nan, 8.0, "0.4-single") == (pytest.approx(3.2), "0.4 single")
    value, origin = indices.daily_limit(math.nan, 8.0)
    assert math.isnan(value)
    assert origin == "none"
    with pytest.raises(ConfigError):
        indices.daily_limit(1.0, 1.0, "guess")


def test_parameter_p_by_hand_and_its_groups():
    assert indices_p.parameter_p(21, 60) == 0.35
    assert math.isnan(indices_p.parameter_p(0, 0))
    groups = [(0.0, 3, "low"), (0.204, 3, "low"), (0.205, 2, "elevated"), (0.35, 2, "elevated")]
    groups += [(0.354, 2, "elevated"), (0.355, 1, "high"), (0.50, 1, "high"), (0.51, 1, "extreme")]
    for value, number, level in [*groups, (1.0, 1, "extreme")]:
        found = indices_p.p_group(value)
        assert (found.group, found.level, found.mark) == (number, level, "unverified"), value
    with pytest.raises(InputError):
        indices_p.p_group(1.01)
    with pytest.raises(InputError):
        indices_p.parameter_p(2, 1)


def test_smoothed_p_by_hand():
    made = indices_p.smoothed_p([0.2, 0.4, math.nan, 0.6], 0.25)
    assert made[1] == pytest.approx(0.35)
    assert np.isnan([made[0], made[2], made[3]]).all()
    assert indices_p.smoothed_p([0.2, 0.4], 0.0) == [0.2, 0.4]
    assert indices_p.smoothed_p([0.2, 0.4], 1.0)[1] == 0.2
    with pytest.raises(ConfigError):
        indices_p.smoothed_p([0.1], 1.5)


def test_seasons():
    assert [indices_p.season_of(month) for month in (12, 2, 3, 8, 11)] == [
        "winter", "winter", "spring", "summer", "autumn",
    ]  # fmt: skip
    assert [indices_p.season_of(month, "half-years") for month in (3, 4, 9, 10)] == [
        "cold", "warm", "warm", "cold",
    ]  # fmt: skip
    with pytest.raises(ConfigError):
        indices_p.season_of(1, "decades")


def test_every_rule_states_its_source_and_mark():
    for name in indices_rules.COLUMNS:
        table = indices_rules.rule_table(name)
        assert len(table)
        assert (table["source"] != "").all()
        assert table["mark"].isin(indices_rules.MARKS).all()


def test_worst_mark():
    assert indices_rules.worst_mark(["verified", "secondary"]) == "secondary"
    assert indices_rules.worst_mark([]) == "unverified"
    with pytest.raises(InputError, match="sure"):
        indices_rules.worst_mark(["sure"])


def test_a_faulty_rule_file_is_refused_with_its_place():
    table = indices_rules.rule_table("iza_exponents").astype(str)
    with pytest.raises(InputError, match="exponent is no number") as caught:
        indices_rules.checked_rules(table.assign(exponent="one"), "iza_exponents")
    assert caught.value.where == "norms/data/iza_exponents.csv, line 2"
    with pytest.raises(InputError, match="source is empty"):
        indices_rules.checked_rules(table.assign(source=" "), "iza_exponents")
    with pytest.raises(InputError, match="mark"):
        indices_rules.checked_rules(table.assign(mark="yes"), "iza_exponents")
    with pytest.raises(InputError, match="columns"):
        indices_rules.checked_rules(pd.DataFrame({"a": ["1"]}), "iza_exponents")
