"""Interval values of posts as norms ask for them: averaging times, running means, daily largest values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.monitors.averages import (
    DAY_S,
    HOUR_S,
    YEAR_S,
    BelowDetection,
    counted_values,
    local_edges,
    means,
)

_US = 1_000_000
_HOUR_US = 3_600 * _US

Span = tuple[int, int]
"""Beginning and end of a period [µs since 1970, UTC]; the end is not in it."""


@dataclass(frozen=True)
class Choice:
    """How one series is set against one norm: averaging time [s] (None if it cannot be) and the reason."""

    averaging_s: float | None
    understates: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Values:
    """Valid interval values of one post, in the order of time.

    Attributes
    ----------
    start : array of int64
        Beginning of each interval [µs].
    value, coverage : arrays of float
        Mean [µg m⁻³] and the share of the interval with readings, or of the day with intervals [1].
    moment : array of int64
        Instant that decides to which year, quarter and month the value belongs [µs].
    place : array of int64
        Number of the interval in time: those of consecutive intervals differ by one.
    """

    start: NDArray[np.int64]
    value: NDArray[np.float64]
    coverage: NDArray[np.float64]
    moment: NDArray[np.int64]
    place: NDArray[np.int64]

    def within(self, span: Span) -> Values:
        """Values whose moment lies in a span."""
        low, high = np.searchsorted(self.moment, span)
        return self.take(slice(int(low), int(high)))

    def take(self, chosen: Any) -> Values:
        """Values of a slice or mask."""
        parts = (self.start, self.value, self.coverage, self.moment, self.place)
        return Values(*(part[chosen] for part in parts))


NOTHING = Values(*(np.zeros(0, kind) for kind in (np.int64, float, float, np.int64, np.int64)))
"""No values."""


class Calendar:
    """Local days, months and years of an assessed period, and how many intervals they can hold."""

    def __init__(self, zone: str, start: pd.Timestamp, end: pd.Timestamp) -> None:
        self.zone = zone
        self.span: Span = (_micro(start), _micro(end))
        last = end - pd.Timedelta(1, "us")
        self.days = local_edges(start, last, zone, "D").asi8
        first = start.tz_localize("UTC").tz_convert(zone)
        months = local_edges(start, last, zone, "MS").asi8
        self.months = months
        self.first_month = first.year * 12 + first.month - 1
        self.years = local_edges(start, last, zone, "YS").asi8
        self._possible: dict[tuple[Any, ...], int] = {}
        self._dates: dict[int, str] = {}

    def date(self, moment: int) -> str:
        """Local date of a moment [µs], year-month-day."""
        if moment not in self._dates:
            local = pd.Timestamp(moment, unit="us", tz="UTC").tz_convert(self.zone)
            self._dates[moment] = f"{local:%Y-%m-%d}"
        return self._dates[moment]

    def year_spans(self) -> list[tuple[Span, bool]]:
        """Local years within the period, each with whether the period holds it whole."""
        start, end = self.span
        return [
            ((max(start, begin), min(end, after)), start <= begin and after <= end)
            for begin, after in pairwise(self.years.tolist())
        ]

    def month_spans(self, span: Span) -> list[tuple[int, Span]]:
        """Months that touch a span: their number (year · 12 + month − 1) and the part within the span."""
        found = []
        for number, (begin, after) in enumerate(pairwise(self.months.tolist())):
            part = (max(span[0], begin), min(span[1], after))
            if part[0] < part[1]:
                found.append((self.first_month + number, part))
        return found

    def quarter_spans(self, span: Span) -> list[Span]:
        """Calendar quarters that touch a span, cut to it."""
        quarters: dict[int, Span] = {}
        for number, part in self.month_spans(span):
            before = quarters.get(number // 3, part)
            quarters[number // 3] = (before[0], part[1])
        return list(quarters.values())

    def possible(self, norm: dict[str, Any], averaging_s: float, span: Span) -> int:
        """Number of intervals of a span: those that begin, running means that end (or begin), or days."""
        daily, rolling, begins = (
            norm["daily_maximum"] is True,
            norm["rolling"] is True,
            norm["day_of"] == "start",
        )
        key = (averaging_s, daily, rolling, begins, span)
        if key not in self._possible:
            self._possible[key] = self._count(averaging_s, span, daily, rolling and not begins, rolling)
        return self._possible[key]

    def _count(self, averaging_s: float, span: Span, daily: bool, ends: bool, rolling: bool) -> int:
        first, last = span
        if daily:
            return int(((self.days[1:] > first) & (self.days[:-1] < last)).sum())
        if averaging_s == DAY_S:
            return int(((self.days >= first) & (self.days < last)).sum())
        step = _HOUR_US if rolling else int(averaging_s * _US)
        return last // step - first // step if ends else -(-last // step) + (-first // step)


class Series:
    """Interval values of all posts and pollutants, made once for each averaging time."""

    def __init__(
        self,
        observations: pd.DataFrame,
        calendar: Calendar,
        minimum_coverage: float,
        below_detection: BelowDetection,
    ) -> None:
        self.calendar = calendar
        self.minimum_coverage, self.below_detection = minimum_coverage, below_detection
        pollutant, names = pd.factorize(observations["pollutant"], sort=True)
        self._own = {str(name): np.flatnonzero(pollutant == number) for number, name in enumerate(names)}
        self._observations = observations
        self._usable = counted_values(observations, below_detection)[1]
        self._tables: dict[str, pd.DataFrame] = {}
        self._made: dict[tuple[float, bool, str], dict[str, Values]] = {}
        self._daily: dict[tuple[Any, ...], Values] = {}
        self._typical: dict[str, dict[str, float]] = {}

    def typical_s(self, pollutant: str) -> dict[str, float]:
        """Median length of the usable readings of each post [s]; NaN where there is none."""
        if pollutant not in self._typical:
            own, usable = self._table(pollutant), self._usable[self._own[pollutant]]
            found = own.loc[usable].groupby("station_id")["duration_s"].median()
            stations = sorted(str(name) for name in own["station_id"].unique())
            known = {str(name): float(value) for name, value in found.items()}
            self._typical[pollutant] = {name: known.get(name, float("nan")) for name in stations}
        return self._typical[pollutant]

    def values(self, norm: dict[str, Any], averaging_s: float, station: str) -> Values:
        """Values of one post as a norm asks for them, within the period of the calendar."""
        rolling, pollutant = norm["rolling"] is True, norm["pollutant"]
        by_end = rolling and norm["day_of"] != "start"
        base = self._base(averaging_s, rolling, pollutant).get(station, NOTHING)
        length = int(averaging_s * _US)
        moment = base.start + length - 1 if by_end else base.start
        if norm["daily_maximum"] is not True:
            return Values(base.start, base.value, base.coverage, moment, base.place).within(
                self.calendar.span
            )
        hours = (norm["first_start_hour"], norm["last_start_hour"])
        key = (
            averaging_s,
            rolling,
            by_end,
            pollutant,
            station,
            *(None if pd.isna(h) else int(h) for h in hours),
        )
        if key not in self._daily:
            middle = moment if rolling else base.start + length // 2
            whole = Values(base.start, base.value, base.coverage, middle, base.place)
            step = _HOUR_US if rolling else length
            self._daily[key] = self._largest(whole.within(self.calendar.span), step, key[-2], key[-1])
        return self._daily[key]

    def _table(self, pollutant: str) -> pd.DataFrame:
        if pollutant not in self._tables:
            self._tables[pollutant] = self._observations.iloc[self._own[pollutant]]
        return self._tables[pollutant]

    def _base(self, averaging_s: float, rolling: bool, pollutant: str) -> dict[str, Values]:
        key = (averaging_s, rolling, pollutant)
        if key not in self._made:
            table = means(
                self._table(pollutant),
                averaging_s,
                zone=self.calendar.zone,
                minimum_coverage=self.minimum_coverage,
                rolling=rolling,
                below_detection=self.below_detection,
            )
            start = table["time_start"].to_numpy("datetime64[us]").astype(np.int64)
            value, coverage = (table[name].to_numpy(float) for name in ("value_ugm3", "coverage"))
            if averaging_s == DAY_S and not rolling:
                place = np.searchsorted(self.calendar.days, start)
            else:
                place = start // (_HOUR_US if rolling else int(averaging_s * _US))
            which, names = pd.factorize(table["station_id"])
            every = Values(start, value, coverage, start, place)
            known = np.isfinite(value)
            self._made[key] = {
                str(name): every.take(known & (which == number)) for number, name in enumerate(names)
            }
        return self._made[key]

    def _largest(self, values: Values, step: int, first: int | None, last: int | None) -> Values:
        """Largest value of each local day with enough valid intervals; ``coverage`` is their share."""
        days = self.calendar.days
        day = np.searchsorted(days, values.moment, side="right") - 1
        possible = np.diff(days) / step
        if first is not None and last is not None:
            hour = (values.start - days[day]) // _HOUR_US
            chosen = (hour >= first) & (hour <= last)
            values, day = values.take(chosen), day[chosen]
            possible = np.full(len(days) - 1, float(last - first + 1))
        share = np.minimum(np.bincount(day, minlength=len(possible)) / possible, 1.0)
        order = np.lexsort((values.start, -values.value, day))
        one = order[np.unique(day[order], return_index=True)[1]]
        one = one[share[day[one]] >= self.minimum_coverage - 1e-9]
        number = day[one].astype(np.int64)
        begin = np.maximum(days[number], self.calendar.span[0])
        return Values(values.start[one], values.value[one], share[number], begin, number)


def choose(norm: dict[str, Any], typical_s: float) -> Choice:
    """Averaging time at which a series of readings of a typical length is set against a norm."""
    wanted, longest = norm["averaging_s"], norm["averaging_longest_s"]
    if not np.isfinite(typical_s):
        return Choice(None, reason="no usable reading")
    if wanted == YEAR_S or norm["form"] == "rolling_months":
        if typical_s > DAY_S:
            return Choice(None, reason="readings longer than a day are not averaged to a year")
        by_day = norm["capture_of"] in ("quarter", "window")
        return Choice(DAY_S if by_day or typical_s > HOUR_S else HOUR_S)
    if norm["rolling"] is True:
        fits = typical_s <= HOUR_S
        return Choice(wanted) if fits else Choice(None, reason="a running mean needs hourly readings")
    if typical_s <= wanted and (wanted % typical_s == 0 or typical_s <= wanted / 3):
        return Choice(wanted)
    if np.isfinite(longest) and typical_s <= longest:
        whole = longest // typical_s * typical_s
        return Choice(whole if whole >= wanted and DAY_S % whole == 0 else longest)
    name = f"{wanted / 60:g}–{longest / 60:g} min" if np.isfinite(longest) else f"{wanted / 60:g} min"
    if typical_s <= HOUR_S:
        own = _longer(wanted, typical_s)
        kind = "hourly mean" if own == HOUR_S else f"{own / 60:g} min mean"
        return Choice(own, True, f"{kind} set against a {name} norm: can only understate")
    return Choice(
        None,
        reason=f"readings of {typical_s / HOUR_S:g} h are longer than the averaging time "
        f"of {wanted / HOUR_S:g} h",
    )


def _longer(wanted: float, typical_s: float) -> float:
    """Shortest averaging time over the wanted one that whole readings fill, an hour at most [s]."""
    length = typical_s if typical_s > wanted else float(math.lcm(round(wanted), round(typical_s)))
    return length if length < HOUR_S and DAY_S % length == 0 else HOUR_S


def assessed_calendar(observations: pd.DataFrame, zone: str, period: tuple[Any, Any] | None) -> Calendar:
    """Calendar of a period [UTC], by default of the local days that the observations touch.

    Raises
    ------
    InputError
        If the period is no pair of UTC times in their order.
    """
    if period is None:
        last = observations["time_start"] + pd.to_timedelta(observations["duration_s"] / 2, unit="s")
        days = local_edges(observations["time_start"].min(), last.max(), zone, "D")
        return Calendar(zone, days[0], days[-1])
    start, end = (pd.Timestamp(moment).as_unit("us") for moment in period)
    if start.tz is not None or end.tz is not None or not start < end:
        raise InputError(
            f"the period {start} to {end}",
            rule="a period is two UTC times without a zone, the first before the second",
        )
    return Calendar(zone, start, end)


def _micro(moment: pd.Timestamp) -> int:
    return int((moment - pd.Timestamp(0)) // pd.Timedelta(1, "us"))
