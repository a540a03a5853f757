"""Statistical forms of norms: the number that each form compares, from plain arrays of interval values.

Every function is pure arithmetic on values of one post and one period. Which interval values there are,
which are valid and to which year they belong is decided by the caller (`sootprint.monitors.assess`).
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rounding = Literal["nearest", "truncate"]

_GUARD = 1e-7
"""Part of a step by which a number may lie under a multiple of it and still count as that multiple: the
noise of binary fractions and of a limit's conversion, not of a measurement."""

NAN = float("nan")


def rounded(values: ArrayLike, step: float, how: Rounding) -> NDArray[np.float64]:
    """Values as multiples of ``step`` [same unit]: the nearest one, halves up, or the next one below.

    40 CFR 50.8 (d) rounds carbon monoxide to whole ppm with 0.5 up; appendix P to 40 CFR part 50 drops
    the digits of ozone beyond 0.001 ppm. 9.4 → 9 and 9.5 → 10; 0.0709 → 0.070.
    """
    multiples = np.asarray(values, float) / step + (0.5 if how == "nearest" else 0.0)
    return np.asarray(np.round(np.floor(multiples + _GUARD) * step, 9), float)


def nearest_rank(values: ArrayLike, percent: float) -> float:
    """Value number ⌈n·q⌉ from below [same unit]: the 99th percentile of 365 days is the fourth largest."""
    ordered = np.sort(np.asarray(values, float))
    if not ordered.size:
        return NAN
    number = math.ceil(ordered.size * percent / 100.0 - 1e-9)
    return float(ordered[max(number, 1) - 1])


def rank_from_top(n: int, percent: float) -> int:
    """Rank from the top of the percentile of the US rules: n − ⌊n·q⌋.

    The value number ⌊n·q⌋ + 1 from below of n values is their q-th percentile. For q = 0.98 that is the
    largest of 1 to 50 values, the second of 51 to 100, …, the eighth of 351 to 366; for q = 0.99 the
    largest of 1 to 100, …, the fourth of 301 to 366 (tables of appendices N, S and T to 40 CFR part 50).
    It differs from `nearest_rank` only where n·q is whole.
    """
    return n - math.floor(n * percent / 100.0 + 1e-9)


def rank_percentile(values: ArrayLike, percent: float) -> float:
    """Percentile of a year by the US ranks [same unit]; see `rank_from_top`."""
    array = np.asarray(values, float)
    return nth_highest(array, rank_from_top(array.size, percent)) if array.size else NAN


def nth_highest(values: ArrayLike, number: int) -> float:
    """Value number ``number`` from the top [same unit]; NaN if there are fewer."""
    ordered = np.sort(np.asarray(values, float))
    return float(ordered[-number]) if ordered.size >= number else NAN


def longest_run(numbers: ArrayLike, over: ArrayLike) -> int:
    """Largest count of consecutive intervals that are all over; ``numbers`` are their ascending places."""
    places, marks = np.asarray(numbers, np.int64), np.asarray(over, bool)
    best = run = 0
    last = None
    for place in places[marks].tolist():
        run = run + 1 if last is not None and place == last + 1 else 1
        best, last = max(best, run), place
    return best


def run_level(numbers: ArrayLike, values: ArrayLike, count: int) -> float:
    """Largest level that ``count`` consecutive intervals keep [same unit]: over the limit, the alert is on.

    ``numbers`` are the places of the intervals in time, ascending whole numbers; an interval without a
    value has no place and breaks the run.
    """
    places, array = np.asarray(numbers, np.int64), np.asarray(values, float)
    if array.size < count:
        return NAN
    whole = places[count - 1 :] - places[: array.size - count + 1] == count - 1
    lowest = np.lib.stride_tricks.sliding_window_view(array, count).min(axis=1)
    return float(lowest[whole].max()) if whole.any() else NAN


def highest_apart(starts: ArrayLike, values: ArrayLike, length: float, most: int) -> NDArray[np.int64]:
    """Places of the highest windows that do not overlap: the highest, the highest of the rest, and so on.

    The second of them is the "second highest non-overlapping" running mean with which 40 CFR 50.8, "not to
    be exceeded more than once per year", is compared. ``starts`` are ascending, in the unit of ``length``,
    the length of a window; of equal values the earliest comes first. At most ``most`` places, fewer where
    so many windows do not fit.
    """
    times, array = np.asarray(starts), np.asarray(values, float).copy()
    found: list[int] = []
    while len(found) < most and array.size:
        place = int(np.argmax(array))
        if not np.isfinite(array[place]):
            break
        found.append(place)
        first = int(np.searchsorted(times, times[place] - length, side="right"))
        after = int(np.searchsorted(times, times[place] + length, side="left"))
        array[first:after] = -np.inf
    return np.array(found, np.int64)


def expected_exceedances(over: ArrayLike, valid: ArrayLike, possible: ArrayLike) -> float:
    """Expected exceedances of a year e = Σ v_q · N_q / n_q over its quarters [days].

    v_q is the number of days over, n_q of days with a value, N_q of days of quarter q (appendix K to 40
    CFR part 50, section 3). Two days over in a quarter of 90 with 45 values count as four. NaN if a
    quarter has no value.
    """
    v, n, days = (np.asarray(part, float) for part in (over, valid, possible))
    return float((v * days / n).sum()) if n.size and (n > 0).all() else NAN


def quarterly_mean(values: ArrayLike, quarters: ArrayLike) -> float:
    """Mean of the means of the quarters that have values [same unit] (appendix N to 40 CFR part 50).

    A quarter with few values weighs as much as one with many.
    """
    array, which = np.asarray(values, float), np.asarray(quarters, np.int64)
    if not array.size:
        return NAN
    return float(np.mean([array[which == quarter].mean() for quarter in np.unique(which)]))


def rolling_month_means(
    months: ArrayLike, values: ArrayLike, captures: ArrayLike, count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Means of ``count`` consecutive monthly means: last month, mean [same unit] and mean capture [1].

    ``months`` are ascending numbers of calendar months that have a mean. A window with a month without
    any value is left out (appendix R to 40 CFR part 50, section 4).
    """
    number = np.asarray(months, np.int64)
    if number.size < count:
        return np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
    view = np.lib.stride_tricks.sliding_window_view
    whole = number[count - 1 :] - number[: number.size - count + 1] == count - 1
    means, shares = (view(np.asarray(part, float), count).mean(axis=1) for part in (values, captures))
    return number[count - 1 :][whole], means[whole], shares[whole]


def largest_season(months: ArrayLike, sums: ArrayLike, counts: ArrayLike, count: int) -> float:
    """Largest mean over ``count`` consecutive months [unit of the sums], all their values alike.

    ``months`` are all months of the period in order, also those without values.
    """
    total, n = np.asarray(sums, float), np.asarray(counts, float)
    if np.asarray(months).size < count:
        return NAN
    view = np.lib.stride_tricks.sliding_window_view
    over, under = view(total, count).sum(axis=1), view(n, count).sum(axis=1)
    return float(np.max(over[under > 0] / under[under > 0])) if (under > 0).any() else NAN


def year_statistic(norm: dict[str, Any], values: NDArray[np.float64]) -> float:
    """Statistic of one year for the forms that need only its values [same unit].

    These are ``maximum``, ``allowed_exceedances`` and ``nth_highest`` (k: value number k + 1 from the
    top), ``percentile``, ``rank_percentile`` and ``mean``.
    """
    form = norm["form"]
    if not values.size:
        return NAN
    if form == "maximum":
        return float(values.max())
    if form in ("allowed_exceedances", "nth_highest"):
        return nth_highest(values, int(norm["allowed_exceedances"]) + 1)
    if form == "percentile":
        return nearest_rank(values, norm["percentile"])
    if form == "rank_percentile":
        return rank_percentile(values, norm["percentile"])
    return float(values.mean())
