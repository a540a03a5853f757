"""Parts of many sources in a field of means: what is seen is recovered, what is not keeps its prior."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as student

from sootprint.attribution.rates import infer_parts
from sootprint.attribution.rates.parts import _Field
from sootprint.core.errors import InputError


def test_the_gradient_is_that_of_the_value():
    rng = np.random.default_rng(1)
    field = _Field(rng.normal(0, 1, (2, 3)), rng.lognormal(0, 1, (2, 3, 4)), 0.6, np.log(0.2))
    at = rng.normal(0, 0.4, (2, 5))
    _, slope = field.value_and_gradient(at)
    for number in range(5):
        step = 1e-5 * np.eye(5)[number]
        up, down = field.value_and_gradient(at + step)[0], field.value_and_gradient(at - step)[0]
        assert slope[:, number] == pytest.approx((up - down) / 2e-5, rel=1e-5)


def test_one_source_seen_by_many_receptors_is_recovered():
    rng = np.random.default_rng(2)
    declared = rng.lognormal(0.0, 1.0, (3, 30, 1))
    readings = 2.5 * declared[:, :, 0] * np.exp(0.1 * rng.standard_normal((3, 30)))
    found = infer_parts(readings, declared, rng, error=0.1, draws=400)
    ratio = np.exp(found.log_ratio[:, :, 0])
    assert np.median(ratio, axis=0) == pytest.approx(2.5, rel=0.06)
    # The mean of 30 readings of 10 % error has an error of 10 % / √30.
    assert ratio.std(axis=0) / 2.5 == pytest.approx(0.1 / np.sqrt(30), rel=0.4)
    assert (found.averaging_kernel > 0.98).all()
    assert np.median(found.error) == pytest.approx(0.1, rel=0.3)


def test_a_source_that_no_reading_sees_keeps_its_prior():
    rng = np.random.default_rng(3)
    declared = rng.lognormal(0.0, 1.0, (4, 12, 3))
    declared[:, :, 2] = 1e-12
    readings = declared.sum(axis=2) * np.exp(0.15 * rng.standard_normal((4, 12)))
    found = infer_parts(readings, declared, rng, prior_spread=0.6, draws=1500)
    unseen = found.log_ratio[:, :, 2]
    assert np.abs(found.averaging_kernel[:, 2]).max() < 0.25
    spread = np.subtract(*np.quantile(unseen, [0.75, 0.25]))
    assert spread == pytest.approx(2.0 * 0.6 * student.ppf(0.75, 4), rel=0.1)


def test_intervals_hold_the_truth_when_prior_and_errors_are_as_assumed():
    rng = np.random.default_rng(4)
    cases, sources = 40, 8
    declared = rng.lognormal(-1.0, 1.5, (cases, 6, sources))
    true = 0.6 * rng.standard_t(4, (cases, sources))
    error = np.exp(np.log(0.15) + 0.5 * rng.standard_normal((cases, 1)))
    field = (declared @ np.exp(true)[:, :, None])[:, :, 0]
    readings = field * np.exp(error * rng.standard_normal(field.shape))
    found = infer_parts(readings, declared, rng, error=0.15, draws=500)
    for level, low, high in ((0.5, 0.42, 0.58), (0.9, 0.85, 0.95)):
        ends = np.quantile(found.log_ratio, [0.5 - level / 2, 0.5 + level / 2], axis=0)
        held = ((ends[0] <= true) & (true <= ends[1])).mean()
        assert low <= held <= high
    assert np.median(found.split_r_hat) < 1.1
    assert (found.acceptance > 0.4).all()


def test_the_same_seed_gives_the_same_numbers():
    made = [
        infer_parts(np.ones((1, 2)), np.ones((1, 2, 3)), np.random.default_rng(5), warm_up=20, draws=20)
        for _ in range(2)
    ]
    assert np.array_equal(made[0].log_ratio, made[1].log_ratio)


@pytest.mark.parametrize(
    ("readings", "declared", "said"),
    [
        (np.ones((1, 2)), np.ones((1, 3, 4)), "shape"),
        (np.array([[1.0, 0.0]]), np.ones((1, 2, 4)), "above zero"),
        (np.ones((1, 2)), np.zeros((1, 2, 4)), "no source reaches"),
    ],
)
def test_faulty_input_is_refused(readings, declared, said):
    with pytest.raises(InputError, match=said):
        infer_parts(readings, declared, np.random.default_rng(1))
