"""Tables of a factorisation: complete, in their schemas, and with a reason for what is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sootprint.attribution.factors import (
    FactorOptions,
    bootstrap,
    displacement,
    factor_matrix,
    factorise,
    report_tables,
)
from sootprint.cli.pmf_truth import pmf
from sootprint.core.errors import InputError


@pytest.fixture(scope="module")
def solution():
    rng = np.random.default_rng(1)
    index = pd.date_range("2024-01-01", periods=60, freq="h")
    clean = rng.gamma(1.5, 1.0, (60, 2)) @ np.array([[5, 1, 0.1, 2], [0.2, 3, 4, 0.5]])
    names = ["SO2", "NO2", "CO", "PM10"]
    values = pd.DataFrame(clean * (1 + 0.05 * rng.standard_normal(clean.shape)), index=index, columns=names)
    sigma = pd.DataFrame(0.05 * clean + 0.01, index=index, columns=names)
    return factorise(factor_matrix(values, sigma, weak=["PM10"]), FactorOptions(factors=2, starts=3))


def test_tables_hold_the_starts_and_both_errors(solution):
    made = report_tables(solution, bootstrap(solution, runs=8), displacement(solution, species=["SO2"]))
    assert set(made) == {"factor_solution", "factor_profiles", "factor_contributions", "factor_starts"}
    row = made["factor_solution"].iloc[0]
    q = solution.starts["q_robust"]
    assert row["q_spread"] == pytest.approx(q.max() / q.min() - 1)
    assert row["share_matched"] == pytest.approx(solution.starts["matched"].mean())
    assert row["starts"] == 3
    profiles = made["factor_profiles"]
    assert profiles["weak"].sum() == 2
    so2 = profiles[profiles["species"] == "SO2"]
    assert so2["displaced_low"].notna().all()
    assert (so2["displaced_low"] <= so2["profile"]).all()
    assert so2["reason"].isna().all()
    others = profiles[profiles["species"] != "SO2"]
    assert (others["reason"] == "not displaced").all()
    mean = made["factor_contributions"].groupby("factor")["contribution"].mean()
    assert mean.to_numpy() == pytest.approx(1.0)


def test_a_missing_error_has_its_reason(solution):
    profiles = report_tables(solution)["factor_profiles"]
    assert (profiles["reason"] == "no bootstrap; no displacement").all()
    assert report_tables(solution)["factor_solution"]["swaps"].isna().all()


def test_what_cannot_be_reported_is_refused(solution):
    with pytest.raises(InputError, match="times"):
        report_tables(replace(solution, matrix=replace(solution.matrix, times=pd.RangeIndex(60))))
    with pytest.raises(InputError, match="starts"):
        report_tables(replace(solution, starts=pd.DataFrame()))
    other = factorise(solution.matrix, FactorOptions(factors=3, starts=1))
    with pytest.raises(InputError, match="shape"):
        report_tables(other, bootstrap(solution, runs=2))


@pytest.mark.slow
def test_public_sets_are_fitted_as_well_as_by_the_published_tool(data_dir):
    table = pmf(data_dir).query("method == 'ours'").set_index("set")
    # least Q(robust) of 20 models of ESAT 2025.0.1 (ls-nmf) on the same files
    assert table.loc["BatonRouge", "q_robust"] <= 54_898
    assert table.loc["StLouis", "q_robust"] <= 5_107
    assert (table["share_matched"] > 0.5).all()
