"""The comparison with AERMOD passes what is near and fails what is not."""

import numpy as np
import pytest

from sootprint.cli.aermod_truth import Pairs, aermod, score
from sootprint.core.errors import InputError


def row(ours, theirs):
    return score(Pairs("deck", "ALL", "1-HR", np.array(ours), np.array(theirs)))


THEIRS = [[0.0, 0.0], [1.0, 2.0], [3.0, 9.0]]


def test_equal_values_are_within():
    made = row([[np.nan, np.nan], [1.0, 2.0], [3.0, 9.0]], THEIRS)
    assert made["within"] == "yes"
    assert (made["n"], made["slope"], made["R²"], made["hours apart"]) == (6, "1.00000", "1.000000", 0)


@pytest.mark.parametrize(
    ("ours", "hours"),
    [
        ([[0.0, 0.0], [1.02, 2.04], [3.06, 9.18]], 0),
        ([[0.0, 0.0], [1.0, 2.0], [3.0, 9.2]], 0),
        ([[0.1, 0.0], [1.0, 2.0], [3.0, 9.0]], 1),
        ([[0.0, 0.0], [np.nan, np.nan], [3.0, 9.0]], 1),
        ([[0.0, 0.0], [2.0, 1.0], [3.0, 9.0]], 0),
    ],
    ids=["slope", "maximum", "hour too many", "hour too few", "scatter"],
)
def test_what_is_not_near_is_not_within(ours, hours):
    made = row(ours, THEIRS)
    assert made["within"] == "no"
    assert made["hours apart"] == hours


def test_group_without_ours_is_named():
    assert row([], [])["within"] == "not computed"


def test_folder_must_be_there(tmp_path):
    with pytest.raises(InputError, match="no folder"):
        aermod(tmp_path, quick=True)
