"""Stack monitoring against declared masses and rates, and gaps against high ambient values."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from audit_cases import codes, inventory, with_source

from sootprint.core import schema
from sootprint.sources import audit
from sootprint.sources.auditing.coincidence import coincidence
from sootprint.sources.auditing.copies import chance_of_run, significant_digits

# 100 g/s would be 8000 h · 0.36 t = 2880 t; declared are 214 g/s at most and 4375.87 t.
MEAN = 4375.87e6 / (8000 * 3600)
HOURS = 8000


def readings(rates, *, source="P/0001", pollutant="SO2", start="2024-01-10", flags=None):
    """Hourly stack readings; NaN leaves the row out."""
    table = pd.DataFrame(
        {
            "source_id": source,
            "source_name": "Stack",
            "pollutant": pollutant,
            "time_start": pd.date_range(start, periods=len(rates), freq="h"),
            "duration_s": 3600.0,
            "rate_g_s": rates,
            "flag": "valid" if flags is None else flags,
            "source_file": "stack.csv",
            "source_row": range(2, len(rates) + 2),
        }
    )
    return schema.check(table.dropna(subset=["rate_g_s"]), "stack_readings")


def wobble(count, mean=MEAN, spread=0.1, seed=1):
    rng = np.random.default_rng(seed)
    return mean * (1 + spread * rng.uniform(-1, 1, count))


def test_monitoring_that_fits_has_no_finding():
    assert codes(inventory(), stack_readings=readings(wobble(HOURS))) == []


def test_the_measured_hours_alone_exceed_the_declared_year():
    found = audit(inventory(), stack_readings=readings(wobble(HOURS, 200.0, 0.03)))
    assert found["code"].tolist() == ["AUD-STACK-ANNUAL"]
    row = found.iloc[0]
    assert row["severity"] == "error"
    assert row["value"] == 4375.87
    assert row["expected_low"] == pytest.approx(0.8 * 200 * 8000 * 3.6e-3, rel=2e-3)
    assert (row["file"], row["row"]) == ("clean.csv", 10)
    assert "(100% of 8000 h)" in row["note"]


def test_half_a_year_exceeds_only_when_scaled():
    found = audit(inventory(), stack_readings=readings(wobble(4000, 205.0, 0.03)))
    assert found["code"].tolist() == ["AUD-STACK-ANNUAL-SCALED"]
    assert found["expected_low"].iloc[0] == pytest.approx(0.8 * 205 * 8000 * 3.6e-3, rel=2e-3)


def test_idle_hours_are_not_scaled_up():
    rates = wobble(8000)
    rates[::2] = 0.0
    assert codes(inventory(), stack_readings=readings(rates)) == []


def test_much_less_than_declared():
    found = audit(inventory(), stack_readings=readings(wobble(HOURS, 60.0)))
    assert found["code"].tolist() == ["AUD-STACK-ANNUAL-BELOW"]


def test_rates_above_the_declared_maximum_are_counted():
    rates = wobble(HOURS)
    rates[100:107] = [300.0, 310.0, 305.0, 320.0, 290.0, 301.0, 250.0]
    found = audit(inventory(), stack_readings=readings(rates))
    assert found["code"].tolist() == ["AUD-STACK-MAXIMUM"]
    assert "7 of 8000 values above the declared rate, 6 by more" in found["note"].iloc[0]
    assert "row 105 of stack.csv" in found["note"].iloc[0]


def test_a_substance_that_is_not_declared_and_a_stack_that_is_not_known():
    both = pd.concat(
        [
            readings(wobble(50), source="P/0005", pollutant="SO2"),
            readings(wobble(50), source=None, pollutant="SO2"),
        ],
        ignore_index=True,
    )
    assert codes(inventory(), stack_readings=both) == ["AUD-STACK-UNDECLARED", "AUD-STACK-UNMATCHED"]


def test_dust_and_nitrogen_oxides_are_what_the_monitor_sees_of_them():
    tables = inventory()
    emissions = tables["emissions"]
    silica = emissions.loc[emissions["source_id"] + emissions["pollutant"] == "P/0001TSP"]
    silica = silica.assign(pollutant="dust_SiO2_20_70", rate_g_s=20.0, annual_t=409.0, source_row=80)
    silica = silica.assign(concentration_mg_nm3=math.nan)
    tables["emissions"] = pd.concat([emissions, silica], ignore_index=True)
    dust = 1073.52 + 409.0
    both = readings(wobble(HOURS, dust / (8000 * 3.6e-3)), pollutant="TSP")
    assert codes(tables, stack_readings=both) == []
    oxides = 1963.01 + 318.99 * 46.006 / 30.006
    assert codes(tables, stack_readings=readings(wobble(HOURS, oxides / 28.8), pollutant="NOx")) == []
    found = audit(tables, stack_readings=readings(wobble(HOURS, 1.6 * dust / 28.8, 0.01), pollutant="TSP"))
    assert found["code"].tolist() == ["AUD-STACK-ANNUAL"]
    assert found["value"].iloc[0] == pytest.approx(dust, abs=0.01)
    assert found["pollutant"].iloc[0] == "TSP|dust_SiO2_20_70"


def test_capture_and_flat_lines():
    rates = wobble(HOURS)
    rates[2000:5000] = math.nan
    assert codes(inventory(), stack_readings=readings(rates)) == ["AUD-STACK-CAPTURE"]
    flags = np.where(np.arange(HOURS) < 400, "flat", "valid")
    assert codes(inventory(), stack_readings=readings(wobble(HOURS), flags=flags)) == ["AUD-STACK-FLAT"]


def test_a_year_of_days():
    count = 334
    days = pd.DataFrame(
        {
            "source_id": "P/0001",
            "source_name": "Stack",
            "pollutant": "SO2",
            "day": pd.date_range("2024-01-10", periods=count, freq="D"),
            **dict.fromkeys(("n_rows", "n_valid", "n_rate", "n_concentration"), 72),
            **dict.fromkeys(("n_zero", "n_flat", "n_over_limit", "n_ratio_missing"), 0),
            "mean_rate_g_s": wobble(count, 200.0, 0.02),
            "max_rate_g_s": 210.0,
            "hours_covered": 24.0,
            "hours_rate": 24.0,
            "first_row": range(2, 2 + count * 72, 72),
            "source_file": "days.csv",
        }
    )
    days = schema.check(days, "stack_days")
    assert codes(inventory(), stack_days=days) == ["AUD-STACK-ANNUAL"]
    quiet = days.assign(mean_rate_g_s=MEAN)
    assert codes(inventory(), stack_days=quiet) == []
    loud = quiet.assign(max_rate_g_s=400.0)
    assert codes(inventory(), stack_days=loud) == ["AUD-STACK-MAXIMUM"]


def ambient(high_hours, count=HOURS, start="2024-01-10", seed=3):
    rng = np.random.default_rng(seed)
    values = 20.0 + rng.uniform(0, 5, count)
    values[high_hours] += 300.0
    table = pd.DataFrame(
        {
            "station_id": "post",
            "pollutant": "SO2",
            "time_start": pd.date_range(start, periods=count, freq="h"),
            "duration_s": 3600.0,
            "value_ugm3": values,
            "flag": "valid",
            "source_file": "air.csv",
            "source_row": range(2, count + 2),
        }
    )
    return schema.check(table, "observations")


def spells(rng, number, length):
    starts = rng.choice(HOURS // 24, number, replace=False) * 24 + rng.integers(0, 12, number)
    return np.concatenate([np.arange(start, start + length) for start in starts])


def test_gaps_that_fall_on_high_values():
    rng = np.random.default_rng(5)
    high = spells(rng, 34, 12)
    rates = wobble(HOURS)
    rates[high[: len(high) // 2]] = math.nan
    found = audit(inventory(), stack_readings=readings(rates), ambient=ambient(high))
    assert found["code"].tolist() == ["AUD-GAPS-HIGH-AMBIENT"]
    row = found.iloc[0]
    assert row["value"] > 10
    assert "p = 0.003" in row["note"]
    assert "no proof" in row["note"]
    assert row["severity"] == "warning"


def test_gaps_elsewhere_are_no_finding():
    rng = np.random.default_rng(6)
    rates = wobble(HOURS)
    rates[spells(rng, 17, 12)] = math.nan
    given = {"stack_readings": readings(rates), "ambient": ambient(spells(np.random.default_rng(7), 34, 12))}
    assert codes(inventory(), **given) == []


def test_flat_lines_that_fall_on_high_values():
    high = spells(np.random.default_rng(8), 34, 12)
    flags = np.where(np.isin(np.arange(HOURS), high[:150]), "flat", "valid")
    given = {"stack_readings": readings(wobble(HOURS), flags=flags), "ambient": ambient(high)}
    assert codes(inventory(), **given) == ["AUD-FLAT-HIGH-AMBIENT"]


def test_hours_over_a_norm_serve_as_well():
    high = spells(np.random.default_rng(9), 34, 12)
    rates = wobble(HOURS)
    rates[high[:200]] = math.nan
    times = pd.date_range("2024-01-10", periods=HOURS, freq="h")[np.sort(high)]
    over = pd.DataFrame({"station_id": "post", "pollutant": "SO2", "norm_id": "KZ", "time_start": times})
    given = {"stack_readings": readings(rates), "ambient": over}
    assert codes(inventory(), **given) == ["AUD-GAPS-HIGH-AMBIENT"]


def test_without_declared_hours_a_year_is_taken():
    tables = with_source("0001", hours_per_year=math.nan)
    assert codes(tables, stack_readings=readings(wobble(8000))) == []


def test_the_chance_of_a_coincidence_is_uniform_where_there_is_none():
    rng = np.random.default_rng(11)
    chances = []
    for _ in range(200):
        marked, high = rng.random((2, 60)) < 0.2
        chances.append(coincidence(marked, high, np.ones(60, bool)).p)
    assert np.mean(np.array(chances) <= 0.05) <= 0.08
    assert np.mean(np.array(chances) <= 0.5) == pytest.approx(0.5, abs=0.12)


def test_a_coincidence_counted_by_hand():
    marked = [True, True, False, False, False, False]
    test = coincidence(marked, marked, [True] * 6)
    assert (test.together, test.marked, test.high, test.shifts) == (2, 2, 2, 6)
    assert test.p == pytest.approx(1 / 6)
    assert test.ratio == math.inf
    with pytest.raises(ValueError, match="lengths"):
        coincidence([True], [True, False], [True])


def test_the_chance_of_a_run_is_what_counting_gives():
    for places, marked, run in ((3, 2, 2), (7, 4, 3), (8, 5, 2), (6, 6, 4), (5, 2, 3)):
        arrangements = list(itertools.combinations(range(places), marked))
        hold = sum(
            any(all(start + k in chosen for k in range(run)) for start in range(places))
            for chosen in map(set, arrangements)
        )
        assert chance_of_run(places, marked, run) == pytest.approx(hold / len(arrangements))


def test_significant_digits():
    assert [significant_digits(value) for value in (0.0125, 100.0, 2.34, 0.0, math.nan)] == [3, 1, 3, 0, 0]
