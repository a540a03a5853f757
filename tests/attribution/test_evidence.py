"""Evidence: verdicts, Bayes factors against closed forms, and norms without a source."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from sootprint.attribution.evidence import declared_rate, norm_without, support, verbal_scale
from sootprint.attribution.evidence.propositions import in_words
from sootprint.core.errors import InputError


def lognormal(median, spread, count=4000, seed=1):
    return median * np.exp(spread * norm.ppf((np.arange(count) + 0.5) / count))


@pytest.mark.parametrize(
    ("median", "spread", "kernel", "verdict"),
    [
        (3.0, 0.2, 0.9, "above declared"),
        (0.2, 0.3, 0.9, "below declared"),
        (1.1, 0.3, 0.9, "consistent with declared"),
        (1.1, 2.0, 0.9, "consistent with declared"),
        (3.0, 0.2, 0.4, "not decidable"),
    ],
)
def test_verdicts(median, spread, kernel, verdict):
    made = declared_rate(lognormal(median, spread), 1.0, kernel=kernel)
    assert made.verdict == verdict
    assert made.ratio == pytest.approx(median, rel=0.01)
    assert made.low == pytest.approx(median * np.exp(-1.645 * spread), rel=0.01)


def test_the_permit_is_judged_apart_from_the_declaration():
    made = declared_rate(lognormal(2.0, 0.1), 2.0, kernel=0.9, permitted_g_s=1.5)
    assert made.verdict == "consistent with declared"
    assert made.probability_over_permit > 0.99
    assert made.load_factor == pytest.approx(2.0 / 1.5, rel=0.01)
    assert np.isnan(declared_rate([1.0, 2.0], 1.0, kernel=1.0).probability_over_permit)


@given(st.floats(0.2, 5.0), st.floats(0.05, 1.0), st.floats(0.1, 3.0))
def test_verdicts_do_not_depend_on_the_unit(median, spread, factor):
    draws = lognormal(median, spread, 500)
    one = declared_rate(draws, 1.0, kernel=0.8)
    other = declared_rate(draws * factor, factor, kernel=0.8)
    assert one.verdict == other.verdict
    assert one.ratio == pytest.approx(other.ratio)


def test_bayes_factor_of_a_normal_likelihood_is_its_closed_form():
    # ln x: free prior N(0, 2²), likelihood N(0.5, 0.3²): posterior in closed form.
    centre, spread, seen, error, declared, width = 0.0, 2.0, 0.5, 0.3, 1.0, 0.2
    variance = 1 / (1 / spread**2 + 1 / error**2)
    mean = variance * (centre / spread**2 + seen / error**2)
    draws = lognormal(np.exp(mean), np.sqrt(variance), 20_000)
    made = support(draws, declared, declared_spread=width, free_centre=centre, free_spread=spread)
    exact = norm.pdf(seen, np.log(declared), np.hypot(width, error)) / norm.pdf(
        seen, centre, np.hypot(spread, error)
    )
    assert made[0].log10 == pytest.approx(np.log10(exact), abs=0.01)
    assert made[0].bound == "exact"
    assert made[1].bound == "at least"
    assert made[1].log10 > 1


def test_far_from_the_declared_rate_the_free_proposition_is_supported():
    made = support(lognormal(8.0, 0.2, 20_000), 1.0, declared_spread=0.3, free_centre=0.0, free_spread=2.0)
    assert made[0].log10 < -2
    assert "it emitted freely within capacity” over “the source emitted as declared" in made[0].words
    assert made[0].bound == "at most"


def test_a_source_that_is_not_seen_supports_that_it_did_not_contribute():
    made = support(lognormal(1e-3, 0.5, 4000), 1.0, declared_spread=0.3, free_centre=0.0, free_spread=2.0)
    assert made[1].log10 < 0
    assert "it did not contribute” over" in made[1].words


def test_words_name_both_propositions_and_never_more():
    assert in_words(0.1, "a", "b").startswith("no support")
    assert in_words(1.5, "a", "b") == "moderate support for “a” over “b”"
    assert in_words(-3.2, "a", "b") == "strong support for “b” over “a”"
    table = verbal_scale()
    assert table["from_factor"].is_monotonic_increasing
    assert set(table["mark"]) == {"unverified"}


def test_norm_without_a_source():
    measured = np.array([600.0, 550.0, 300.0, np.nan])
    draws = np.array([[150.0, 10.0, 5.0, 1.0], [150.0, 60.0, 5.0, np.nan], [0.0, 0.0, 0.0, 0.0]])
    made = norm_without(measured, draws, 500.0)
    assert made.exceeded == 2
    assert made.probability_none == pytest.approx(1 / 3)
    assert made.expected == pytest.approx(1.0)
    assert norm_without(measured, draws, 500.0, allowed=1).probability_held == pytest.approx(2 / 3)
    unserved = norm_without(measured, np.full((5, 4), np.nan), 500.0)
    assert unserved.expected == 2.0


@given(st.integers(0, 2**32 - 1))
def test_taking_more_off_never_adds_exceedances(seed):
    rng = np.random.default_rng(seed)
    measured, part = rng.gamma(2, 200, 30), rng.gamma(1, 50, (20, 30))
    little, much = norm_without(measured, part, 400.0), norm_without(measured, 2 * part, 400.0)
    assert much.expected <= little.expected <= little.exceeded
    assert much.probability_held >= little.probability_held


def test_wrong_inputs_are_refused():
    with pytest.raises(InputError):
        declared_rate([], 1.0, kernel=1.0)
    with pytest.raises(InputError):
        declared_rate([1.0], 0.0, kernel=1.0)
    with pytest.raises(InputError):
        support([1.0], 0.0, declared_spread=0.2, free_centre=0.0, free_spread=1.0)
    with pytest.raises(InputError, match="draw, interval"):
        norm_without([1.0, 2.0], [[1.0, 2.0, 3.0]], 1.0)
