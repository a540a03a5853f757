"""A promise that was not kept, and the monitor that shows it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sootprint.core.timeaxis import to_local
from sootprint.synthetic import make_city, write_evidence
from sootprint.synthetic.promise import (
    FAULTS,
    MADE_CUT,
    MONITOR_ERROR,
    WINDOW_D,
    monitor_rows,
    promise_table,
    promised_cut,
)
from sootprint.synthetic.truth import read_truth, write_truth


@pytest.fixture(scope="module")
def city():
    return make_city(3, days=18, calm_days=0)


@pytest.fixture(scope="module")
def promise(city):
    return promised_cut(city)


def test_true_cut_is_that_of_the_emissions(city, promise):
    stacks = city.sources.loc[
        (city.sources["facility_id"] == promise.facility_id) & (city.sources["kind"] == "point"), "source_id"
    ]
    total = city.truth.sel(source=list(stacks), pollutant="SO2").sum("source").to_series()
    days = to_local(pd.Series(total.index), city.zone).dt.normalize().to_numpy()
    inside = (days >= promise.start.to_numpy()) & (days <= promise.end.to_numpy())
    assert inside.sum() == 24 * WINDOW_D
    assert promise.true_cut == pytest.approx(1 - total[inside].mean() / total[~inside].mean())
    assert promise.true_cut < promise.promised_cut
    assert abs(promise.true_cut - MADE_CUT) < 0.15


def test_plant_that_promised_declares_about_what_it_emits(city, promise):
    rates = city.rate_table.merge(city.sources[["source_id", "facility_id"]], on="source_id")
    own = rates.loc[rates["facility_id"] == promise.facility_id]
    assert not own["wrongly_declared"].any()


def test_monitor_reports_the_true_rate_with_its_error_and_its_faults(city, promise):
    rows = monitor_rows(city, promise.facility_id)
    tests = rows["organization_name"] == "Тест АСМ"
    assert tests.sum() == FAULTS["test_rows"]
    assert (rows["emission"] > 1e30).sum() == FAULTS["overflow_rows"]
    first = rows.loc[~tests].drop_duplicates("source_name")["source_name"].iloc[0]
    own = rows.loc[~tests & (rows["source_name"] == first)].head(city.truth.sizes["time"])
    number = first.split("№ ")[1][:4]
    true = city.truth.sel(source=f"{promise.facility_id}/{number}", pollutant="SO2").to_numpy()
    ratio = own["emission"].to_numpy() / true
    steady = np.r_[ratio[:24], ratio[100:]]
    assert np.nanstd(steady) == pytest.approx(MONITOR_ERROR, rel=0.2)
    assert 0.01 < np.isnan(ratio).mean() < 0.08


def test_short_city_promises_nothing_and_has_no_monitor(tmp_path):
    short = make_city(3, days=3)
    assert promised_cut(short) is None
    assert promise_table(None).empty
    assert "stack_monitoring" not in {kind for _, kind, _ in write_evidence(short, tmp_path)}


def test_truth_file_keeps_the_promise(city, promise, tmp_path):
    kept = read_truth(write_truth(city, tmp_path / "truth.zip")).promise.iloc[0]
    assert kept["facility_id"] == promise.facility_id
    assert kept["true_cut"] == pytest.approx(promise.true_cut)
