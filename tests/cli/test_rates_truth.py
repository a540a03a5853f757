"""Rates of the tracer experiments are inferred from the readings, never from the rate that was released."""

from __future__ import annotations

import numpy as np
import pytest

from sootprint.attribution.rates import assumed_errors, infer_rates
from sootprint.cli import rates_truth
from sootprint.core.errors import InputError


def test_folders_must_be_there(tmp_path):
    with pytest.raises(InputError, match="no file"):
        rates_truth.rates(tmp_path, quick=True)


def test_runs_of_prairie_grass(data_dir):
    trials = rates_truth._prairie_grass(data_dir / "prairie_grass")
    integrals = next(trial for trial in trials if trial.name == "crosswind integrals")
    assert integrals.readings["experiment"].nunique() == len(integrals.known) == 26
    found = infer_rates(integrals.readings, assumed_errors(np.random.default_rng(1), draws=20))
    true = integrals.known["rate"].reindex(found["experiment"]).to_numpy()
    assert np.corrcoef(np.log(found["rate"]), np.log(true))[0, 1] > 0.6


@pytest.mark.slow
def test_quick_table(data_dir):
    table = rates_truth.rates(data_dir, quick=True)
    assert set(table["learnt from"]) == {"half", "folds", "none"}
    metrics = table.attrs["metrics"]
    assert metrics["experiments"] == 12
    assert {"right_rate_factor_2", "coverage_50", "coverage_90", "median_ratio", "folds"} <= set(metrics)
