"""Norms against readings: statistic, count, data capture and verdict of every post, pollutant and norm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.timeaxis import zone_info
from sootprint.monitors.averages import YEAR_S, BelowDetection
from sootprint.monitors.norm_series import (
    NOTHING,
    Calendar,
    Choice,
    Series,
    Values,
    assessed_calendar,
    choose,
)
from sootprint.monitors.norm_years import (
    AT_ANY_TIME,
    DAYS_A_YEAR,
    LARGEST_OF_YEARS,
    SUMMER,
    SUMMER_MONTHS_LEAST,
    WITHOUT_INTERVALS,
    Scale,
    YearPart,
    averaging_of,
    together,
    year_part,
    years_least,
    years_needed,
)
from sootprint.norms import forms

_IN_WORDS = {1: "one", 2: "two"}


def assess(
    observations: pd.DataFrame,
    norms: pd.DataFrame,
    *,
    zone: str,
    period: tuple[Any, Any] | None = None,
    minimum_coverage: float = 0.75,
    minimum_capture: float = 0.75,
    below_detection: BelowDetection = "half",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables ``exceedances`` and ``exceedance_hours``.

    Every post and pollutant is set against every norm of it, one row a local calendar year (or the part
    of it that the period holds); the row of a norm over several years is of the years that end with it.
    An interval exceeds where its mean is larger than the limit, unrounded unless the norm rounds.

    ============================ =======================================================================
    form                         statistic; exceeded where
    ============================ =======================================================================
    ``maximum``                  largest interval value; it is over the limit
    ``allowed_exceedances`` (k)  value number k + 1 from the top; more than k intervals are over
    ``percentile`` (q)           value number ⌈n·q⌉ from below; it is over, or more are over than a full
                                 year could hold
    ``rank_percentile`` (q)      mean over the years of value number ⌊n·q⌋ + 1 from below; it is over
    ``nth_highest`` (k)          mean over the years of value number k + 1 from the top; it is over
    ``mean``                     mean of the valid hours (days where readings are longer); it is over
    ``quarterly_mean``           mean over the years of the means of the quarters' means; it is over
    ``rolling_months``           largest mean of consecutive monthly means that end in the years; over
    ``consecutive`` (m)          largest level that m intervals in a row keep; it is over
    ``non_overlapping`` (k)      value number k + 1 of the highest running means without overlap; it is over
    ``mean_exceedances`` (k)     days over in a year, mean over the years; more than k
    ``expected_exceedances`` (k) days over Σ v·N/n of the quarters, mean over the years; more than k
    ============================ =======================================================================

    A limit that is exceeded whatever the missing data hold stays exceeded with low capture. ``not
    assessable`` are, unless so exceeded: annual forms in a period shorter than a year, capture under the
    minimum, fewer years than the norm takes, and readings longer than the averaging time; the statistic
    of what there is stands in the row. Hourly readings against a shorter averaging time are compared and
    can only understate: their ``not exceeded`` is ``not assessable``, with the reason. A norm that was not
    in force in the period is computed; ``in_force`` and the reason say so.

    Parameters
    ----------
    observations, norms : DataFrame
        Tables of those names.
    zone : str
        IANA zone of the site: its days, months and years.
    period : pair of UTC times, optional
        Beginning and end; by default the local days that the observations touch.
    minimum_coverage : float
        Share of an interval, and of a day's intervals, that makes it valid [1].
    minimum_capture : float
        Share of valid intervals [1] for norms that state none.
    below_detection : str
        See `sootprint.monitors.averages.means`.

    Raises
    ------
    InputError
        If the period is empty or an option is out of range.

    Notes
    -----
    A running mean belongs to the local day in which it ends (Directive 2008/50/EC, Annex XI), or begins
    where the norm says so; with 75 % a day needs 18 of its 24 running means. Days are those of local
    clocks; the US rules take standard time, which differs where clocks are put forward in summer. Tests by
    substitution of missing data (appendices N, S and T to 40 CFR part 50) are not made.
    """
    zone_info(zone)
    if not 0.0 <= minimum_capture <= 1.0:
        raise InputError(f"a minimum capture of {minimum_capture:g}", rule="a share between 0 and 1")
    norms = norms.loc[norms["pollutant"].isin(observations["pollutant"].unique())]
    if not len(norms):
        return schema.empty("exceedances"), schema.empty("exceedance_hours")
    calendar = assessed_calendar(observations, zone, period)
    series = Series(observations, calendar, minimum_coverage, below_detection)
    years = calendar.year_spans()
    rows: list[dict[str, Any]] = []
    over = _Hours()
    for norm in schema.coerce(norms, "norms").to_dict("records"):
        scale = Scale.of(norm)
        for station, typical_s in series.typical_s(norm["pollutant"]).items():
            choice = choose(norm, typical_s)
            averaging = averaging_of(norm, choice)
            values = NOTHING if choice.averaging_s is None else series.values(norm, averaging, station)
            parts = [year_part(norm, scale, choice, values, calendar, year) for year in years]
            for number in range(len(parts)):
                window = parts[max(0, number + 1 - years_needed(norm)) : number + 1]
                rows.append(_row(norm, scale, station, choice, window, calendar, minimum_capture))
                over.add(norm, station, averaging, parts[number])
    return schema.check(pd.DataFrame(rows), "exceedances"), over.table()


def _row(
    norm: dict[str, Any],
    scale: Scale,
    station: str,
    choice: Choice,
    window: list[YearPart],
    calendar: Calendar,
    minimum_capture: float,
) -> dict[str, Any]:
    form, averaging = norm["form"], averaging_of(norm, choice)
    statistic, lower = together(norm, window)
    outcome = _Outcome.of(norm, scale, statistic, lower)
    shown = _shown_level(norm, scale, window) if form in DAYS_A_YEAR else statistic
    n_possible, n_valid = sum(part.n_possible for part in window), sum(part.n_valid for part in window)
    long_average = form in WITHOUT_INTERVALS and form != "rolling_months"
    largest = max(window, key=lambda part: part.values.value.max(initial=-np.inf))
    at = int(np.argmax(largest.values.value)) if largest.used else None
    verdict, reasons = _verdict(norm, choice, window, outcome, minimum_capture)
    force, remark = _force(norm, window, calendar)
    level = outcome.compared[0] * scale.factor if outcome.rounded else shown
    return {
        "station_id": station,
        "pollutant": norm["pollutant"],
        "norm_id": norm["norm_id"],
        "kind": norm["kind"],
        "form": form,
        "averaging_s": norm["averaging_s"] if _is_long(norm) else averaging,
        "limit_ugm3": norm["limit_ugm3"],
        "period_start": pd.Timestamp(window[0].span[0], unit="us"),
        "period_end": pd.Timestamp(window[-1].span[1], unit="us"),
        "years_needed": years_needed(norm),
        "years_used": sum(part.used for part in window),
        "n_possible": n_possible,
        "n_valid": n_valid,
        "data_capture": n_valid / n_possible if n_possible else 0.0,
        "worst_capture": min(part.worst_capture for part in window),
        "n_exceedances": int(outcome.over) if long_average else sum(part.n_over for part in window),
        "allowed_exceedances": norm["allowed_exceedances"],
        "statistic_ugm3": shown,
        "statistic_by_year": _by_year(window, calendar) if years_needed(norm) > 1 else pd.NA,
        "ratio": level / scale.limit_ugm3 if level >= 0 else np.nan,
        "compared_value": outcome.compared[0],
        "compared_limit": outcome.compared[1],
        "compared_unit": outcome.compared[2],
        "maximum_ugm3": np.nan if at is None else largest.values.value[at],
        "maximum_time": pd.NaT if at is None else pd.Timestamp(int(largest.values.start[at]), unit="us"),
        "verdict": verdict,
        "reason": "; ".join([*reasons, *remark]) or pd.NA,
        "in_force": force,
        "mark": norm["mark"],
        "rule_mark": norm["rule_mark"],
    }


@dataclass(frozen=True)
class _Outcome:
    """What is compared: value, limit and unit; whether it is over; whether it surely is over."""

    compared: tuple[float, float, str]
    known: bool
    over: bool
    certain: bool
    rounded: bool

    @classmethod
    def of(cls, norm: dict[str, Any], scale: Scale, statistic: float, lower: float) -> _Outcome:
        if norm["form"] in DAYS_A_YEAR:
            allowed = float(norm["allowed_exceedances"])
            value, least = (_days(scale, days) for days in (statistic, lower))
            return cls(
                (value, allowed, "days a year"), np.isfinite(value), value > allowed, least > allowed, False
            )
        compared = scale.compared(statistic)
        bound = scale.compared(lower)
        over, certain = (value > limit * (1.0 + 1e-9) for value, limit, _ in (compared, bound))
        if not np.isfinite(scale.step):
            over, certain = (value > limit for value, limit, _ in (compared, bound))
        return cls(compared, np.isfinite(statistic), over, certain, bool(np.isfinite(scale.step)))


def _days(scale: Scale, days: float) -> float:
    if not (np.isfinite(scale.step) and np.isfinite(days)):
        return days
    return float(forms.rounded(days, scale.step, scale.rounding))


def _is_long(norm: dict[str, Any]) -> bool:
    return bool(norm["averaging_s"] == YEAR_S or norm["form"] == "rolling_months")


def _shown_level(norm: dict[str, Any], scale: Scale, window: list[YearPart]) -> float:
    """Value number k · years + 1 from the top of all years: over the limit where too many days are."""
    levels = scale.levels(np.concatenate([part.values.value for part in window]))
    return forms.nth_highest(levels, int(norm["allowed_exceedances"]) * len(window) + 1)


def _by_year(window: list[YearPart], calendar: Calendar) -> str:
    years = (calendar.date(sum(part.span) // 2)[:4] for part in window)
    numbers = (f"{part.statistic:.6g}" if np.isfinite(part.statistic) else "no value" for part in window)
    return "; ".join(f"{year}: {number}" for year, number in zip(years, numbers, strict=True))


def _verdict(
    norm: dict[str, Any],
    choice: Choice,
    window: list[YearPart],
    outcome: _Outcome,
    minimum_capture: float,
) -> tuple[str, list[str]]:
    reasons = [choice.reason] if choice.reason else []
    blocked = choice.averaging_s is None
    if norm["form"] not in AT_ANY_TIME and not all(part.whole for part in window):
        blocked = True
        reasons.append("period shorter than a year")
    used = [part for part in window if part.used]
    if choice.averaging_s is not None:
        low = _low_capture(norm, used or window, minimum_capture)
        blocked = blocked or bool(low)
        reasons += low
    needed, short = years_needed(norm), len(used) < years_least(norm)
    if len(used) < needed > 1:
        count = _IN_WORDS.get(len(used), str(len(used)))
        reasons.append(f"the norm takes {needed} years: the statistic is of {count}")
    if choice.averaging_s is None:
        return "not assessable", reasons
    if outcome.certain and not (short and norm["form"] not in LARGEST_OF_YEARS):
        return "exceeded", reasons
    if blocked or short or not outcome.known:
        return "not assessable", reasons or ["no valid interval"]
    if outcome.over:
        return "exceeded", reasons
    return ("not assessable" if choice.understates else "not exceeded"), reasons


def _low_capture(norm: dict[str, Any], used: list[YearPart], minimum_capture: float) -> list[str]:
    """Sentences on captures under the minimum, none where they are enough."""
    least = norm["minimum_capture"] if np.isfinite(norm["minimum_capture"]) else minimum_capture
    place = {"quarter": " in a quarter", "summer_months": " in the summer months"}.get(norm["capture_of"], "")
    worst = min(part.worst_capture for part in used)
    if norm["capture_of"] == "summer_months":
        least = SUMMER_MONTHS_LEAST / len(SUMMER)
    if norm["form"] == "rolling_months":
        worst, least = min(part.n_valid / max(part.n_possible, 1) for part in used), 1.0
    found = []
    if worst < least - 1e-9:
        found.append(f"data capture of {_percent(worst, least)} % is under {100 * least:.0f} %{place}")
    wanted = norm["minimum_capture_mean"]
    if np.isfinite(wanted):
        mean = float(np.mean([part.worst_capture for part in used]))
        if mean < wanted - 1e-9:
            share = _percent(mean, wanted)
            found.append(f"data capture of {share} % is under {100 * wanted:.0f} % on average over the years")
    return found


def _percent(share: float, least: float) -> str:
    """Share in whole percent, not rounded up to the minimum that it misses."""
    return f"{min(round(100 * share), int(np.ceil(100 * least)) - 1):.0f}"


def _force(norm: dict[str, Any], window: list[YearPart], calendar: Calendar) -> tuple[str, list[str]]:
    """Whether the norm applied in the period, by its stated dates, and a sentence where it did not."""
    given = pd.notna(norm["valid_from"]), pd.notna(norm["valid_to"])
    if not any(given):
        return "not stated", []
    first, last = calendar.date(window[0].span[0]), calendar.date(window[-1].span[1] - 1)
    since, until = norm["valid_from"] if given[0] else "", norm["valid_to"] if given[1] else "9999"
    remark = []
    if first < since:
        remark.append(f"the limit applies from {since}")
    if last > until:
        remark.append(f"the limit applied to {until}")
    none = last < since or first > until
    return ("no" if none else "in part" if remark else "yes"), remark


class _Hours:
    """Intervals over the limit, gathered as arrays and joined once."""

    def __init__(self) -> None:
        self.names: list[tuple[str, str, str, float, float]] = []
        self.parts: list[Values] = []

    def add(self, norm: dict[str, Any], station: str, averaging: float, part: YearPart) -> None:
        if norm["form"] in WITHOUT_INTERVALS or not part.over.any():
            return
        self.names.append((station, norm["pollutant"], norm["norm_id"], averaging, norm["limit_ugm3"]))
        self.parts.append(part.values.take(part.over))

    def table(self) -> pd.DataFrame:
        if not self.parts:
            return schema.empty("exceedance_hours")
        times = np.array([part.start.size for part in self.parts])
        value = np.concatenate([part.value for part in self.parts])
        station, pollutant, norm_id, averaging, limit = zip(*self.names, strict=True)
        texts = {"station_id": station, "pollutant": pollutant, "norm_id": norm_id}
        made: dict[str, Any] = {
            name: pd.Categorical(column).repeat(times).astype("string") for name, column in texts.items()
        }
        made["time_start"] = np.concatenate([part.start for part in self.parts]).astype("datetime64[us]")
        made["averaging_s"] = np.repeat(np.array(averaging, float), times)
        made["value_ugm3"] = value
        made["ratio"] = value / np.repeat(np.array(limit, float), times)
        made["coverage"] = np.concatenate([part.coverage for part in self.parts])
        return schema.check(pd.DataFrame(made), "exceedance_hours")
