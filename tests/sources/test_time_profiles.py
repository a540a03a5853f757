"""Laws of the time profiles and of mean rates."""

import numpy as np
import pandas as pd
import pytest

from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError
from sootprint.sources import mean_rates, time_profile_factors, time_profile_names
from sootprint.sources.time_profiles import time_profile_table

WEEK = pd.date_range("2024-11-17 19:00", periods=168, freq="h")


@pytest.mark.parametrize("name", time_profile_names())
def test_mean_over_a_local_week_is_one(name):
    factors = time_profile_factors(name, WEEK, "Asia/Almaty")
    assert factors.mean() == pytest.approx(1.0, abs=1e-12)
    assert (factors >= 0).all()


def test_profiles_follow_the_local_clock():
    almaty = pd.Series(pd.to_datetime(["2024-02-19 02:00", "2024-03-04 03:00"]))
    rush = time_profile_factors("traffic", almaty, "Asia/Almaty")
    assert rush[0] == rush[1] == time_profile_factors("traffic", WEEK, "Asia/Almaty")[:24][:12].max()
    stove = time_profile_factors("heating", WEEK, "Asia/Almaty").reshape(7, 24)
    assert np.argmax(stove[0, :12]) == 7
    assert np.argmax(stove[0, 12:]) + 12 in (18, 19)
    assert (stove == stove[0]).all()


def test_weekends_and_shifts():
    shift = time_profile_factors("day_shift", WEEK, "Asia/Almaty").reshape(7, 24)
    assert (shift[5:] == 0).all()
    assert shift[0, 8] == pytest.approx(168 / 50)


def test_constant_is_the_default_and_names_are_checked():
    assert (time_profile_factors("", WEEK, "UTC") == 1).all()
    assert (time_profile_factors(None, WEEK, "UTC") == 1).all()
    with pytest.raises(InputError, match="heating"):
        time_profile_factors("stove", WEEK, "UTC")
    with pytest.raises(ConfigError):
        time_profile_factors("heating", WEEK, "Almaty")


def test_every_profile_is_marked_and_sourced():
    table = time_profile_table()
    assert (table["mark"] == "assumed").all()
    assert table["source"].str.len().min() > 5


def emissions(**columns):
    count = max(len(values) for values in columns.values())
    made = pd.DataFrame(
        {"source_id": "P/0001", "pollutant": "SO2", "basis": "declared", "source_file": "f",
         "source_row": range(count), **columns}
    )  # fmt: skip
    return schema.check(made, "emissions")


def test_annual_total_is_spread_over_365_days():
    made = mean_rates(emissions(rate_g_s=[10.0], annual_t=[31.536]))
    assert made["rate_g_s"].tolist() == [1.0]
    assert made["maximum_g_s"].tolist() == [10.0]
    assert made["origin"].tolist() == ["annual"]


def test_working_hours_and_the_bare_maximum():
    sources = pd.DataFrame({"source_id": ["P/0001"], "hours_per_year": [876.0]})
    rows = emissions(rate_g_s=[10.0])
    made = mean_rates(rows, sources=sources)
    assert made["rate_g_s"].tolist() == pytest.approx([1.0])
    assert made["origin"].tolist() == ["hours"]
    assert mean_rates(rows)["origin"].tolist() == ["maximum"]
    assert mean_rates(rows)["rate_g_s"].tolist() == [10.0]


def test_validity_weighs_and_counts():
    rows = emissions(
        annual_t=[31.536, 63.072],
        valid_from=pd.to_datetime(["2024-01-01", "2024-01-11"]),
        valid_to=pd.to_datetime(["2024-01-11", "2024-01-21"]),
    )
    whole = mean_rates(rows, (pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-21")))
    assert whole["rate_g_s"].tolist() == pytest.approx([1.5])
    assert whole["validity_share"].tolist() == pytest.approx([1.0])
    late = mean_rates(rows, (pd.Timestamp("2024-01-16"), pd.Timestamp("2024-01-26")))
    assert late["rate_g_s"].tolist() == pytest.approx([2.0])
    assert late["validity_share"].tolist() == pytest.approx([0.5])
    assert len(mean_rates(rows, (pd.Timestamp("2025-01-16"), pd.Timestamp("2025-01-26")))) == 0
    with pytest.raises(InputError):
        mean_rates(rows, (pd.Timestamp("2025-01-16"), pd.Timestamp("2025-01-16")))


def test_a_row_that_declares_nothing_is_no_rate():
    made = mean_rates(emissions(rate_g_s=[np.nan]))
    assert len(made) == 0
    assert "rate_g_s" in made
