"""Regimes by half days: the local clock, the hours that count, and what is never averaged away."""

import pandas as pd
import pytest

from sootprint.core import schema
from sootprint.core.errors import ConfigError
from sootprint.weather import nmu_days

BEGIN = pd.Timestamp("2024-11-20 03:00")
"""08:00 of 20 November in Almaty's zone (UTC+5 since March 2024)."""


def regimes(words, begin=BEGIN):
    times = pd.date_range(begin, periods=len(words), freq="h")
    adverse = [word not in {"none", "unknown"} for word in words]
    draft = pd.DataFrame(
        {
            "time_start": times,
            "regime": words,
            "since": times,
            "adverse_since": times,
            "complexes": ["stagnant_air" if one else "" for one in adverse],
            "not_evaluated": "fog;low_lid",
            "rules": ["one_complex_above_limit" if word == "I" else "" for word in words],
            "limit_ratio": [float(number) for number in range(len(words))],
            "marks": "R;A",
        }
    )
    return schema.check(draft, "nmu_regimes")


def days(words, **given):
    return nmu_days(regimes(words), zone="Asia/Almaty", **given)


def test_a_day_and_a_night_on_the_local_clock():
    made = days(["I"] * 24)
    assert made["period"].tolist() == ["day", "night"]
    assert made["day_local"].tolist() == ["2024-11-20", "2024-11-20"]
    assert made["time_start"].tolist() == [BEGIN, BEGIN + pd.Timedelta(hours=12)]
    assert made["time_end"].iloc[1] == BEGIN + pd.Timedelta(hours=24)
    assert made["limit_ratio"].tolist() == [11.0, 23.0]
    assert made["rules"].tolist() == ["one_complex_above_limit"] * 2


@pytest.mark.parametrize(
    ("words", "regime", "hours"),
    [
        (["III"] * 3 + ["I"] * 9, "III", 3),
        (["III"] * 2 + ["II"] * 1 + ["I"] * 9, "II", 3),
        (["I"] * 2 + ["without_degree"] * 4 + ["none"] * 6, "without_degree", 6),
        (["I"] * 2 + ["none"] * 10, "none", 0),
        (["unknown"] * 7 + ["none"] * 5, "unknown", 0),
        (["unknown"] * 6 + ["none"] * 6, "none", 0),
        (["unknown"] * 9 + ["I"] * 3, "I", 3),
    ],
)
def test_the_highest_regime_of_three_hours_counts(words, regime, hours):
    made = days(words).iloc[0]
    assert (made["regime"], made["hours_in_regime"]) == (regime, hours)
    assert made["hours_known"] == len([word for word in words if word != "unknown"])


def test_one_hour_is_enough_where_it_is_asked_for():
    assert days(["III"] + ["none"] * 11, minimum_hours=1)["regime"].iloc[0] == "III"
    with pytest.raises(ConfigError):
        days(["I"] * 12, minimum_hours=0)


def test_the_night_belongs_to_the_evening_it_began():
    made = nmu_days(regimes(["I"] * 8, pd.Timestamp("2024-11-20 19:00")), zone="Asia/Almaty")
    assert (made["day_local"].iloc[0], made["period"].iloc[0]) == ("2024-11-20", "night")
    assert made["adverse_to"].iloc[0] == pd.Timestamp("2024-11-21 03:00")


def test_what_was_never_evaluated_is_said_and_nothing_makes_nothing():
    assert days(["none"] * 12)["not_evaluated"].iloc[0] == "fog;low_lid"
    assert nmu_days(schema.empty("nmu_regimes"), zone="UTC").empty
