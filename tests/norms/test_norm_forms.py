"""Numbers of the forms by hand, their boundaries, and laws over the whole domain."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sootprint.norms import forms

SMALL = st.lists(st.integers(0, 50), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("n", "percent", "rank"),
    [
        (50, 98, 1),
        (51, 98, 2),
        (100, 98, 2),
        (101, 98, 3),
        (150, 98, 3),
        (300, 98, 6),
        (301, 98, 7),
        (350, 98, 7),
        (351, 98, 8),
        (365, 98, 8),
        (366, 98, 8),
        (100, 99, 1),
        (101, 99, 2),
        (200, 99, 2),
        (300, 99, 3),
        (301, 99, 4),
        (365, 99, 4),
        (366, 99, 4),
    ],
)
def test_ranks_of_the_us_tables(n, percent, rank):
    assert forms.rank_from_top(n, percent) == rank
    assert forms.rank_percentile(np.arange(1, n + 1), percent) == n + 1 - rank


@given(st.integers(1, 366), st.sampled_from([98, 99]))
def test_the_rank_steps_every_fifty_or_hundred_values(n, percent):
    assert forms.rank_from_top(n, percent) == -(-n // (100 // (100 - percent)))


def test_the_two_percentiles_differ_only_where_the_rank_is_whole():
    for n in range(1, 367):
        values = np.arange(n)
        same = forms.nearest_rank(values, 98) == forms.rank_percentile(values, 98)
        assert same == (n % 50 != 0)


@given(SMALL, st.floats(51, 99))
def test_nearest_rank_is_the_inverted_distribution(values, percent):
    expected = np.percentile(values, percent, method="inverted_cdf")
    assert forms.nearest_rank(values, percent) == expected


@pytest.mark.parametrize(
    ("value", "step", "how", "expected"),
    [
        (9.4, 1, "nearest", 9),
        (9.5, 1, "nearest", 10),
        (9.49999, 1, "nearest", 9),
        (154.9, 10, "nearest", 150),
        (155.0, 10, "nearest", 160),
        (0.0709, 0.001, "truncate", 0.070),
        (0.0710, 0.001, "truncate", 0.071),
        (0.070999, 0.001, "truncate", 0.070),
        (35.4, 1, "nearest", 35),
        (35.5, 1, "nearest", 36),
        (9.04, 0.1, "nearest", 9.0),
        (9.05, 0.1, "nearest", 9.1),
        (0.154, 0.01, "nearest", 0.15),
        (0.155, 0.01, "nearest", 0.16),
        (1.04, 0.1, "nearest", 1.0),
        (1.05, 0.1, "nearest", 1.1),
    ],
)
def test_rounding_by_hand(value, step, how, expected):
    assert float(forms.rounded(value, step, how)) == pytest.approx(expected, abs=1e-12)


@given(st.integers(0, 10_000), st.sampled_from([0.001, 0.01, 0.1, 1.0, 10.0]))
def test_a_multiple_of_the_step_stays_itself(number, step):
    for how in ("nearest", "truncate"):
        assert float(forms.rounded(number * step, step, how)) == pytest.approx(number * step, abs=1e-9)


def test_run_level_by_hand():
    values = [400, 600, 510, 505, 700, 800]
    assert forms.run_level(range(6), values, 3) == 510 - 5
    assert forms.run_level(range(6), values, 1) == 800
    assert forms.run_level([0, 1, 2, 4, 5, 6], values, 3) == 505
    assert np.isnan(forms.run_level([0, 1, 3, 4, 6, 7], values, 3))
    assert forms.longest_run([0, 1, 2, 4, 5], [True] * 5) == 3
    assert forms.longest_run([0, 1, 2], [True, False, True]) == 1


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=1, max_size=40), st.integers(1, 5))
def test_a_run_is_over_exactly_where_its_level_is(hours, count):
    places = np.flatnonzero([present for present, _ in hours])
    values = np.array([value for _, value in hours])[places]
    level = forms.run_level(places, values, count)
    for limit in range(10):
        assert (forms.longest_run(places, values > limit) >= count) == (level > limit)


def test_the_second_highest_without_overlap_by_hand():
    starts, values = [0, 1, 2, 8, 9, 10], [10.0, 12.0, 11.0, 9.0, 9.5, 9.2]
    assert forms.highest_apart(starts, values, 8, 2).tolist() == [1, 4]
    assert forms.highest_apart([0, 1, 2], [9.0, 9.0, 9.0], 8, 2).tolist() == [0]
    assert forms.highest_apart([0, 8], [9.0, 9.0], 8, 5).tolist() == [0, 1]


WINDOWS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 9)), min_size=1, max_size=25, unique_by=lambda pair: pair[0]
)


@given(WINDOWS, st.integers(1, 8))
def test_the_highest_windows_lie_apart_and_leave_none_out(windows, length):
    starts, values = (np.array(part) for part in zip(*sorted(windows), strict=True))
    places = forms.highest_apart(starts, values, length, 99)
    assert values[places[0]] == values.max()
    assert (np.diff(values[places]) <= 0).all()
    assert all(abs(starts[a] - starts[b]) >= length for a, b in combinations(places, 2))
    for other in range(len(starts)):
        near = places[np.abs(starts[places] - starts[other]) < length]
        assert near.size
        assert values[near].max() >= values[other]


def test_expected_exceedances_by_hand():
    assert forms.expected_exceedances([2, 0, 0, 0], [45, 91, 92, 92], [90, 91, 92, 92]) == pytest.approx(4.0)
    assert forms.expected_exceedances([1, 1, 0, 0], [90, 91, 92, 92], [90, 91, 92, 92]) == pytest.approx(2.0)
    assert np.isnan(forms.expected_exceedances([1, 0, 0, 0], [90, 0, 92, 92], [90, 91, 92, 92]))


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(20, 90)), min_size=4, max_size=4))
def test_expected_exceedances_are_at_least_the_counted_ones(quarters):
    over, valid = (np.array(part) for part in zip(*quarters, strict=True))
    expected = forms.expected_exceedances(over, valid, np.full(4, 91))
    assert expected >= over.sum() - 1e-9
    assert forms.expected_exceedances(over, np.full(4, 91), np.full(4, 91)) == pytest.approx(over.sum())


def test_quarterly_mean_by_hand():
    values, quarters = [10.0, 10.0, 10.0, 30.0], [0, 0, 0, 1]
    assert forms.quarterly_mean(values, quarters) == pytest.approx(20.0)
    assert np.mean(values) == pytest.approx(15.0)


def test_rolling_months_by_hand():
    months, means = [0, 1, 2, 3, 5, 6, 7], [0.1, 0.2, 0.3, 0.1, 9.0, 0.0, 0.0]
    last, values, shares = forms.rolling_month_means(months, means, [1, 1, 0.4, 1, 1, 1, 1], 3)
    assert last.tolist() == [2, 3, 7]
    assert values.tolist() == pytest.approx([0.2, 0.2, 3.0])
    assert shares.tolist() == pytest.approx([0.8, 0.8, 1.0])


@given(SMALL, st.integers(0, 10))
def test_a_count_over_the_allowed_is_a_value_over_the_limit(values, allowed):
    norm = {"form": "allowed_exceedances", "allowed_exceedances": allowed}
    array = np.array(values, float)
    statistic = forms.year_statistic(norm, array)
    for limit in (0, 10, 25, 50):
        assert ((array > limit).sum() > allowed) == (statistic > limit)


@given(SMALL, st.sampled_from(["maximum", "percentile", "rank_percentile", "nth_highest", "mean"]))
def test_a_statistic_grows_with_its_values(values, form):
    norm = {"form": form, "percentile": 98, "allowed_exceedances": 2}
    array = np.array(values, float)
    low, high = (forms.year_statistic(norm, part) for part in (array, array + 1.0))
    assert np.isnan(low) or high == pytest.approx(low + 1.0)
