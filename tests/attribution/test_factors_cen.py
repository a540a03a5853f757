"""Tests of receptor models against a reference: numbers by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sootprint.attribution.factors import (
    FactorOptions,
    assign_sources,
    contribution_tests,
    factor_matrix,
    factorise,
    profile_tests,
)
from sootprint.core.errors import InputError


def value(table, test, source="a"):
    return table.set_index(["source", "test"]).loc[(source, test)]


def test_scores_of_contributions_by_hand():
    reference = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
    candidate = pd.DataFrame({"a": [2.0, 3.0, 4.0], "only here": [1.0, 1.0, 1.0]})
    made = contribution_tests(candidate, reference, candidate_uncertainty=pd.Series({"a": 0.75}))
    assert set(made["source"]) == {"a"}
    # means 3 and 2: 1 / (0.5 · 2)
    assert value(made, "z_score")["value"] == pytest.approx(1.0)
    # u of the reference's mean is 0.5 · 2 = 1; √(0.75² + 1) = 1.25
    assert value(made, "zeta_score")["value"] == pytest.approx(0.8)
    # √1 / (2 · √((0.25 + 1 + 2.25) / 3)) = 1 / 2.1602
    assert value(made, "rmse_u")["value"] == pytest.approx(0.46291, abs=1e-5)
    assert value(made, "correlation_distance")["value"] == pytest.approx(0.0, abs=1e-12)
    assert set(made["result"]) == {"accepted"}


@pytest.mark.parametrize(
    ("mean", "result"), [(2.0, "accepted"), (2.2, "questionable"), (2.6, "not accepted"), (0.1, "accepted")]
)
def test_limits_of_the_z_score(mean, result):
    made = contribution_tests(pd.DataFrame({"a": [mean]}), pd.DataFrame({"a": [1.0]}))
    assert value(made, "z_score")["result"] == result
    assert value(made, "zeta_score")["result"] == "not computed"
    assert "uncertainty" in value(made, "zeta_score")["reason"]
    assert value(made, "correlation_distance")["result"] == "not computed"


def test_distances_of_profiles_by_hand():
    species = ["x", "y", "z"]
    reference = pd.DataFrame({"a": [1.0, 3.0, 4.0]}, index=species)
    candidate = pd.DataFrame({"a": [6.0, 2.0, 8.0]}, index=species)
    u = pd.DataFrame({"a": [0.6, 0.6, 0.6]}, index=species)
    v = pd.DataFrame({"a": [0.4, 0.4, 0.4]}, index=species)
    made = profile_tests(candidate, reference, candidate_uncertainty=u, reference_uncertainty=v)
    # shares (0.375, 0.125, 0.5) and (0.125, 0.375, 0.5): √2 / 3 · (0.5 + 0.5 + 0)
    assert value(made, "identity_distance")["value"] == pytest.approx(0.471405, abs=1e-6)
    # correlation: cov −1/36 · …: both have the same spread; Σ ab = (1/24)(−5/24) + (−5/24)(1/24) + 1/36
    assert value(made, "correlation_distance")["value"] == pytest.approx(1 - (-10 + 16) / 42)
    # (0.25 + 0.25 + 0) / 3 / √(0.0375² + 0.05²) = 0.166667 / 0.0625
    assert value(made, "weighted_difference")["value"] == pytest.approx(2.666667, abs=1e-6)
    assert value(made, "weighted_difference")["result"] == "not accepted"
    doubled = profile_tests(2.0 * candidate, reference)
    assert value(doubled, "identity_distance")["value"] == pytest.approx(0.471405, abs=1e-6)


def test_profiles_without_a_common_species_are_as_far_as_can_be():
    index = ["x", "y", "z", "w"]
    made = profile_tests(
        pd.DataFrame({"a": [1.0, 1.0, 0.0, 0.0]}, index=index),
        pd.DataFrame({"a": [0.0, 0.0, 1.0, 1.0]}, index=index),
    )
    assert value(made, "identity_distance")["value"] == pytest.approx(np.sqrt(2))
    assert value(made, "identity_distance")["result"] == "not accepted"
    assert value(made, "correlation_distance")["value"] == pytest.approx(2.0)


def test_a_factorisation_of_made_sources_passes():
    rng = np.random.default_rng(4)
    g = rng.gamma(1.2, 1.0, (200, 3)) * (rng.random((200, 3)) > 0.2)
    f = rng.lognormal(0, 1.5, (3, 9)) * (rng.random((3, 9)) > 0.4) + 0.01
    clean = g @ f
    sigma = 0.05 * clean + 0.01 * f.sum(axis=0)
    values = np.maximum(clean + sigma * rng.standard_normal(clean.shape), 0)
    found = factorise(factor_matrix(pd.DataFrame(values), pd.DataFrame(sigma)), FactorOptions(3, starts=5))
    mass = found.contributions * found.profiles.sum(axis=1)
    truth = pd.DataFrame(g * f.sum(axis=1), columns=list("abc"))
    named = assign_sources(pd.DataFrame(mass, columns=["1", "2", "3"]), truth)
    made = contribution_tests(named, truth)
    assert set(made.loc[made["test"] != "zeta_score", "result"]) == {"accepted"}
    shuffled = named.rename(columns={"a": "b", "b": "c", "c": "a"})
    wrong = contribution_tests(shuffled, truth)
    assert (wrong.loc[wrong["test"] == "correlation_distance", "result"] == "not accepted").all()


def test_nothing_in_common_is_refused():
    with pytest.raises(InputError, match="in common"):
        contribution_tests(pd.DataFrame({"a": [1.0]}), pd.DataFrame({"b": [1.0]}))
    with pytest.raises(InputError, match="uncertainty"):
        contribution_tests(pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [1.0]}), standard_uncertainty=0.0)
