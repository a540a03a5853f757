"""The parts of fifty sources are scored against AERMOD's, without the truth having entered."""

from __future__ import annotations

import numpy as np
import pytest

from sootprint.cli import city_year_truth
from sootprint.core.errors import InputError


def test_a_folder_without_the_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no file"):
        city_year_truth.city_year(tmp_path, quick=True)


def test_few_declarations_are_far_off():
    factors = city_year_truth.declared_over_true("few far off", 5000, np.random.default_rng(1))
    far = factors < 0.5
    assert far.mean() == pytest.approx(0.1, abs=0.02)
    assert np.log(factors[~far]).std() == pytest.approx(0.1, rel=0.05)


def test_scores_of_a_made_city():
    rng = np.random.default_rng(2)
    truth = rng.lognormal(-2.0, 2.0, (12, 60))
    made = city_year_truth._scored(truth, truth, 4, "all within factors", 30, 0.05)
    assert made["error_decidable"] < made["declared_error"]
    assert 0.7 < made["coverage_90"] <= 1.0
    assert 0.0 < made["freedom"] < 12.0


def test_the_truth_is_fifty_sources(data_dir):
    truth = city_year_truth._truth(data_dir / "city_year")
    assert truth.shape == (50, 400)
    assert truth.sum(axis=0).max() == pytest.approx(63.8021, abs=1e-3)
