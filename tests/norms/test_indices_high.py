"""High and extremely high pollution: every rule at its border, runs, gaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sootprint.core.errors import ConfigError, InputError
from sootprint.norms.indices_high import high_pollution_cases

START = np.datetime64("2024-11-01T00:00:00", "us")


def cases(ratios, rules="classic", step_h=1.0, duration_s=3600.0, **options):
    start = START + (np.arange(len(ratios)) * step_h * 3600e6).astype("timedelta64[us]")
    return high_pollution_cases(
        start, np.full(len(ratios), duration_s), np.asarray(ratios, float), rules, **options
    )


def names(found):
    return [(item.rule, item.first, item.last) for item in found]


@pytest.mark.parametrize(
    ("rules", "ratio", "expected"),
    [
        ("classic", 9.999, []),
        ("classic", 10.0, ["VZ"]),
        ("classic", 49.999, ["VZ"]),
        ("classic", 50.0, ["VZ", "EVZ"]),
        ("kz", 10.0, []),
        ("kz", 10.001, ["VZ"]),
        ("kz", 50.0, ["VZ"]),
        ("kz", 50.001, ["VZ", "EVZ"]),
        ("kazhydromet-weekly", 20.0, []),
        ("kazhydromet-weekly", 20.001, ["EVZ"]),
    ],
)
def test_one_reading_at_each_border(rules, ratio, expected):
    assert [item.level for item in cases([1.0, ratio, 1.0], rules)] == expected


def test_thirty_limits_for_eight_hours():
    assert names(cases([30.0] * 8)) == [("vz-once", 0, 7), ("evz-8-hours", 0, 7)]
    assert names(cases([30.0] * 7 + [29.9])) == [("vz-once", 0, 7)]


def test_twenty_limits_for_more_than_two_days():
    assert names(cases([20.0] * 48)) == [("vz-once", 0, 47)]
    assert names(cases([20.0] * 49)) == [("vz-once", 0, 48), ("evz-2-days", 0, 48)]


def test_a_spike_over_fifty_does_not_end_the_run_of_thirty():
    assert ("evz-8-hours", 0, 7) in names(cases([30, 31, 60, 30, 30, 30, 30, 30]))


def test_samples_every_six_hours_last_in_between():
    found = cases([30.0, 35.0], step_h=6.0, duration_s=1200.0)
    assert names(found) == [("vz-once", 0, 1)]
    assert found[0].hours == pytest.approx(6 + 1 / 3)
    assert found[0].maximum_ratio == 35.0
    assert found[0].at == 1
    three = cases([30.0, 35.0, 31.0], step_h=6.0, duration_s=1200.0)
    assert [item.rule for item in three] == ["vz-once", "evz-8-hours"]
    apart = cases([30.0, 35.0, 31.0], step_h=6.0, duration_s=1200.0, longest_gap_s=1200.0)
    assert names(apart) == [("vz-once", 0, 0), ("vz-once", 1, 1), ("vz-once", 2, 2)]


def test_missing_values_neither_meet_nor_end_a_run():
    assert names(cases([12.0, np.nan, 12.0], longest_gap_s=3600.0)) == [("vz-once", 0, 2)]
    assert names(cases([12.0, np.nan, np.nan, 12.0], longest_gap_s=3600.0)) == [
        ("vz-once", 0, 0), ("vz-once", 3, 3),
    ]  # fmt: skip
    assert cases([np.nan, np.nan]) == []


@given(st.lists(st.floats(0, 100), max_size=60), st.sampled_from(["classic", "kz", "kazhydromet-weekly"]))
def test_laws_of_cases(ratios, rules):
    found = cases(ratios, rules)
    if rules == "classic":
        once = [item for item in found if item.rule == "vz-once"]
        assert sum(item.n_readings for item in once) == sum(value >= 10 for value in ratios)
    for item in found:
        assert item.first <= item.at <= item.last
        assert item.maximum_ratio == max(ratios[item.first : item.last + 1])
        assert item.mark in {"verified", "secondary", "unverified"}
    if ratios and max(ratios) < 10:
        assert not found


def test_faults_are_refused():
    with pytest.raises(ConfigError, match="classic"):
        cases([1.0], "none")
    time = START + np.array([1, 0]).astype("timedelta64[h]")
    with pytest.raises(InputError, match="order"):
        high_pollution_cases(time, np.ones(2), np.ones(2))
    with pytest.raises(InputError, match="number"):
        high_pollution_cases(time, np.ones(1), np.ones(2))
