"""Statistic of a norm in each local year, and what the years make together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.monitors.averages import DAY_S, HOUR_S, YEAR_S
from sootprint.monitors.norm_series import NOTHING, Calendar, Choice, Span, Values
from sootprint.norms import forms
from sootprint.norms.rows import unit_factor

NAN = float("nan")

LARGEST_OF_YEARS = ("maximum", "consecutive", "allowed_exceedances", "non_overlapping", "rolling_months")
"""Forms of which a norm over several years takes the largest year; of others it takes the mean."""

DAYS_A_YEAR = ("mean_exceedances", "expected_exceedances")
"""Forms that compare a number of days."""

WITHOUT_INTERVALS = ("mean", "quarterly_mean", "rolling_months")
"""Forms that compare no single interval with the limit."""

AT_ANY_TIME = ("maximum", "consecutive", "rolling_months")
"""Forms that a part of a year can exceed or keep."""

SUMMER = (3, 4, 5, 6, 7, 8)
"""Months April to September, counted from 0 (Directive 2008/50/EC, Annex VII A)."""

SUMMER_MONTHS_LEAST = 5
"""Valid summer months of six that an annual count of ozone days needs (the same place)."""


@dataclass(frozen=True)
class Scale:
    """Limit of a norm and the rounding of its own law, in the unit in which the law states it."""

    limit_ugm3: float
    factor: float
    limit: float
    unit: str
    interval_step: float
    interval_rounding: Any
    step: float
    rounding: Any

    @classmethod
    def of(cls, norm: dict[str, Any]) -> Scale:
        """Scale of a row of the table ``norms``."""
        stated = np.isfinite(norm["limit_stated"]) and pd.notna(norm["limit_unit"])
        unit = str(norm["limit_unit"]) if stated else "µg/m³"
        return cls(
            norm["limit_ugm3"],
            unit_factor(unit, norm["pollutant"]) if stated else 1.0,
            norm["limit_stated"] if stated else norm["limit_ugm3"],
            unit,
            norm["interval_step"],
            norm["interval_rounding"],
            norm["rounding_step"],
            norm["rounding"],
        )

    def levels(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Interval values [µg m⁻³] rounded as the norm says."""
        if not np.isfinite(self.interval_step):
            return values
        return forms.rounded(values / self.factor, self.interval_step, self.interval_rounding) * self.factor

    def over(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether interval values [µg m⁻³] are over the limit, rounded as the norm says."""
        if not np.isfinite(self.interval_step):
            return np.asarray(values > self.limit_ugm3)
        stated = forms.rounded(values / self.factor, self.interval_step, self.interval_rounding)
        return np.asarray(stated > self.limit * (1.0 + 1e-9))

    def compared(self, statistic: float) -> tuple[float, float, str]:
        """What is set against the limit, the limit, and their unit, for a statistic [µg m⁻³]."""
        if not np.isfinite(self.step):
            return statistic, self.limit_ugm3, "µg/m³"
        if not np.isfinite(statistic):
            return NAN, self.limit, self.unit
        return float(forms.rounded(statistic / self.factor, self.step, self.rounding)), self.limit, self.unit


@dataclass(frozen=True)
class YearPart:
    """One local year, or the part of it in the period, of one post and norm.

    ``statistic`` is in µg m⁻³, for `DAYS_A_YEAR` in days; ``lower`` is what it would at least be if the
    missing intervals were known, NaN where nothing can be said.
    """

    span: Span
    whole: bool
    n_possible: int
    values: Values = NOTHING
    over: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    n_over: int = 0
    n_valid: int = 0
    statistic: float = NAN
    lower: float = NAN
    worst_capture: float = 0.0

    @property
    def used(self) -> bool:
        """Whether the year has any value."""
        return bool(self.n_valid)


def year_part(
    norm: dict[str, Any],
    scale: Scale,
    choice: Choice,
    values: Values,
    calendar: Calendar,
    year: tuple[Span, bool],
) -> YearPart:
    """Statistic, counts and captures of one post and norm in one local year."""
    span, whole = year
    averaging = averaging_of(norm, choice)
    if norm["form"] == "rolling_months":
        return _months_part(norm, scale, values, calendar, span, whole)
    n_possible = calendar.possible(norm, averaging, span)
    own = values.within(span)
    if not own.start.size:
        return YearPart(span, whole, n_possible)
    levels = scale.levels(own.value)
    over = scale.over(own.value)
    length = int(averaging * 1_000_000)
    n_over = int(over.sum())
    if norm["form"] == "non_overlapping":
        over = _apart(own, over, length)
        n_over = int(over.sum())
    quarters = calendar.quarter_spans(span) if norm["capture_of"] == "quarter" or _by_quarter(norm) else []
    statistic = _statistic(norm, own, levels, over, length, calendar, span, quarters, averaging)
    lower = _lower(norm, own, levels, n_over, calendar, span, whole, quarters, averaging, statistic)
    worst = _worst_capture(norm, own, calendar, span, quarters, averaging, n_possible)
    return YearPart(span, whole, n_possible, own, over, n_over, own.start.size, statistic, lower, worst)


def averaging_of(norm: dict[str, Any], choice: Choice) -> float:
    """Averaging time [s] of the interval values behind a norm's statistic."""
    if choice.averaging_s is not None:
        return choice.averaging_s
    if norm["form"] == "rolling_months":
        return DAY_S
    return HOUR_S if norm["averaging_s"] == YEAR_S else float(norm["averaging_s"])


def together(norm: dict[str, Any], parts: list[YearPart]) -> tuple[float, float]:
    """Statistic of several years and its lower bound [as in the parts]; years without values are left out.

    The lower bound counts them as zero and is for the years that the norm takes.
    """
    numbers = np.array([part.statistic for part in parts])
    lowest = np.array([part.lower for part in parts])
    known = numbers[np.isfinite(numbers)]
    if norm["form"] in LARGEST_OF_YEARS:
        bound = lowest[np.isfinite(lowest)]
        return (float(known.max()) if known.size else NAN), (float(bound.max()) if bound.size else NAN)
    needed = years_needed(norm)
    return (float(known.mean()) if known.size else NAN), float(np.nan_to_num(lowest).sum() / needed)


def years_needed(norm: dict[str, Any]) -> int:
    """Years that the norm's form takes."""
    return int(norm["years"]) if pd.notna(norm["years"]) else 1


def years_least(norm: dict[str, Any]) -> int:
    """Years that are enough for a verdict."""
    return int(norm["years_least"]) if pd.notna(norm["years_least"]) else years_needed(norm)


def _by_quarter(norm: dict[str, Any]) -> bool:
    return norm["form"] in ("quarterly_mean", "expected_exceedances")


def _apart(own: Values, over: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """Of the running means over the limit the highest that do not overlap."""
    chosen = np.zeros(len(over), bool)
    places = np.flatnonzero(over)
    chosen[places[forms.highest_apart(own.start[places], own.value[places], length, len(places))]] = True
    return chosen


def _statistic(
    norm: dict[str, Any],
    own: Values,
    levels: NDArray[np.float64],
    over: NDArray[np.bool_],
    length: int,
    calendar: Calendar,
    span: Span,
    quarters: list[Span],
    averaging: float,
) -> float:
    form = norm["form"]
    if form == "consecutive":
        return forms.run_level(own.place, levels, int(norm["consecutive"]))
    if form == "non_overlapping":
        count = int(norm["allowed_exceedances"]) + 1
        highest = forms.highest_apart(own.start, own.value, length, count)
        return float(levels[highest[-1]]) if highest.size == count else NAN
    if form == "mean_exceedances":
        return float(over.sum())
    if form == "expected_exceedances":
        which = _numbers(own, quarters)
        days = [calendar.possible(norm, averaging, quarter) for quarter in quarters]
        valid = np.bincount(which, minlength=len(quarters))
        return forms.expected_exceedances(np.bincount(which[over], minlength=len(quarters)), valid, days)
    if form == "quarterly_mean":
        return forms.quarterly_mean(levels, _numbers(own, quarters))
    if form == "mean" and pd.notna(norm["season_months"]):
        months = calendar.month_spans(span)
        which = _numbers(own, [part for _, part in months])
        sums = np.bincount(which, weights=levels, minlength=len(months))
        counts = np.bincount(which, minlength=len(months))
        return forms.largest_season(
            [number for number, _ in months], sums, counts, int(norm["season_months"])
        )
    return forms.year_statistic(norm, levels)


def _numbers(own: Values, spans: list[Span]) -> NDArray[np.int64]:
    """Number of the span in which each value lies; the spans join without gaps."""
    starts = np.array([span[0] for span in spans], np.int64)
    return np.maximum(np.searchsorted(starts, own.moment, side="right") - 1, 0)


def _lower(
    norm: dict[str, Any],
    own: Values,
    levels: NDArray[np.float64],
    n_over: int,
    calendar: Calendar,
    span: Span,
    whole: bool,
    quarters: list[Span],
    averaging: float,
    statistic: float,
) -> float:
    """Least that the year's statistic can be, whatever the missing intervals hold (none is negative)."""
    form = norm["form"]
    if form in ("percentile", "rank_percentile"):
        rolling, daily = norm["rolling"] is True, norm["daily_maximum"] is True
        full = int(366 * (1.0 if daily else DAY_S / (HOUR_S if rolling else averaging)))
        if form == "rank_percentile":
            return forms.nth_highest(levels, forms.rank_from_top(full, norm["percentile"]))
        return forms.nth_highest(levels, full - int(np.ceil(full * norm["percentile"] / 100 - 1e-9)) + 1)
    if form in DAYS_A_YEAR:
        return float(n_over)
    if form == "non_overlapping":
        return NAN
    if form == "mean":
        if not whole or pd.notna(norm["season_months"]):
            return NAN
        return float(levels.sum() / calendar.possible(norm, averaging, span))
    if form == "quarterly_mean":
        if not whole:
            return NAN
        sums = np.bincount(_numbers(own, quarters), weights=levels, minlength=len(quarters))
        days = np.array([calendar.possible(norm, averaging, quarter) for quarter in quarters], float)
        return float((sums / days).mean())
    return statistic


def _worst_capture(
    norm: dict[str, Any],
    own: Values,
    calendar: Calendar,
    span: Span,
    quarters: list[Span],
    averaging: float,
    n_possible: int,
) -> float:
    if norm["capture_of"] == "quarter":
        counts = np.bincount(_numbers(own, quarters), minlength=len(quarters))
        days = np.array([calendar.possible(norm, averaging, quarter) for quarter in quarters], float)
        return float(np.min(counts / np.maximum(days, 1.0)))
    if norm["capture_of"] == "summer_months":
        good = 0
        for number, part in calendar.month_spans(span):
            if number % 12 in SUMMER:
                share = own.within(part).start.size / calendar.possible(norm, averaging, part)
                good += share >= norm["minimum_capture"] - 1e-9
        return good / len(SUMMER)
    return own.start.size / n_possible if n_possible else 0.0


def _months_part(
    norm: dict[str, Any], scale: Scale, values: Values, calendar: Calendar, span: Span, whole: bool
) -> YearPart:
    """Means over consecutive months that end in a year, from the means of days."""
    months = calendar.month_spans(calendar.span)
    which = _numbers(values, [part for _, part in months])
    counts = np.bincount(which, minlength=len(months))
    sums = np.bincount(which, weights=values.value, minlength=len(months))
    days = np.array([calendar.possible(norm, DAY_S, part) for _, part in months], float)
    known = counts > 0
    numbers = np.array([number for number, _ in months])[known]
    last, means, shares = forms.rolling_month_means(
        numbers, sums[known] / counts[known], counts[known] / days[known], int(norm["season_months"])
    )
    begin = dict(months)
    own = [number for number, _ in calendar.month_spans(span)]
    inside = np.isin(last, own)
    least = norm["minimum_capture"] if np.isfinite(norm["minimum_capture"]) else 0.75
    valid = inside & (shares >= least - 1e-9)
    starts = np.array([begin[int(number)][0] for number in last[valid]], np.int64)
    made = Values(starts, means[valid], shares[valid], starts, last[valid])
    over = np.array([_is_over(scale, float(value)) for value in means[valid]], bool)
    statistic = float(means[valid].max()) if valid.any() else NAN
    worst = float(shares[inside].min()) if inside.any() else 0.0
    return YearPart(
        span, whole, len(own), made, over, int(over.sum()), int(valid.sum()), statistic, statistic, worst
    )


def _is_over(scale: Scale, statistic: float) -> bool:
    value, limit, _ = scale.compared(statistic)
    return value > limit * (1.0 + 1e-9)
