"""Norms against readings: statistic, count, data capture and verdict of every post, pollutant and norm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.timeaxis import zone_info
from sootprint.monitors.averages import (
    DAY_S,
    HOUR_S,
    YEAR_S,
    BelowDetection,
    counted_values,
    local_edges,
    means,
    percentile,
)

Period = tuple[pd.Timestamp, pd.Timestamp]


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
    of it that the period holds). An interval exceeds where its mean is larger than the limit, unrounded.

    ============================ =======================================================================
    form                         statistic; exceeded where
    ============================ =======================================================================
    ``maximum``                  largest interval value; it is over the limit
    ``allowed_exceedances`` (k)  value number k + 1 from the top; more than k intervals are over
    ``percentile`` (q)           value number ⌈n·q⌉ from below; it is over, or more are over than a full
                                 year could hold
    ``mean``                     mean of the valid hours (days where readings are longer); it is over
    ============================ =======================================================================

    A limit that is exceeded with the data at hand stays exceeded with more data for the first two forms,
    so low capture never hides it. ``not assessable`` are, unless so exceeded: annual forms in a period
    shorter than a year, capture under the minimum, norms of several years, and readings longer than the
    averaging time. Hourly readings against a shorter averaging time are compared and can only understate:
    their ``not exceeded`` is ``not assessable``, with the reason.

    Parameters
    ----------
    observations, norms : DataFrame
        Tables of those names.
    zone : str
        IANA zone of the site: its days and years.
    period : pair of UTC times, optional
        Beginning and end; by default the local days that the observations touch.
    minimum_coverage : float
        Share of an interval that makes it valid [1].
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
    A day of a norm on daily largest values is valid with ``minimum_coverage`` of its intervals; a running
    mean belongs to the local day in which it ends (Directive 2008/50/EC, Annex XI).
    """
    zone_info(zone)
    if not 0.0 <= minimum_capture <= 1.0:
        raise InputError(f"a minimum capture of {minimum_capture:g}", rule="a share between 0 and 1")
    norms = norms.loc[norms["pollutant"].isin(observations["pollutant"].unique())]
    if not len(norms):
        return schema.empty("exceedances"), schema.empty("exceedance_hours")
    work = _Work(observations, zone, minimum_coverage, below_detection)
    years = _years(observations, zone, period)
    rows: list[dict[str, Any]] = []
    over: list[pd.DataFrame] = []
    for norm in norms.to_dict("records"):
        for station in work.stations(norm["pollutant"]):
            choice = _choose(norm, work.typical_s[(station, norm["pollutant"])])
            for span, whole in years:
                row, hours = _assess_one(work, norm, station, choice, span, whole, minimum_capture)
                rows.append(row)
                over.append(hours)
    made = schema.check(pd.DataFrame(rows), "exceedances")
    full = [table for table in over if len(table)]
    hours = pd.concat(full, ignore_index=True) if full else pd.DataFrame()
    return made, schema.check(hours, "exceedance_hours")


@dataclass(frozen=True)
class _Choice:
    """How one series is set against one norm: averaging time [s] (None if it cannot be) and the reason."""

    averaging_s: float | None
    understates: bool = False
    reason: str = ""


class _Work:
    """Means of all posts and pollutants, made once for each averaging time."""

    def __init__(
        self, observations: pd.DataFrame, zone: str, minimum_coverage: float, below_detection: BelowDetection
    ) -> None:
        self.observations, self.zone = observations, zone
        self.minimum_coverage, self.below_detection = minimum_coverage, below_detection
        usable = counted_values(observations, below_detection)[1]
        keys = ["station_id", "pollutant"]
        all_series = observations[keys].drop_duplicates()
        typical = observations.loc[usable].groupby(keys)["duration_s"].median()
        found = {(str(key[0]), str(key[1])): float(value) for key, value in typical.items()}  # type: ignore[index]
        self.typical_s = {
            pair: found.get(pair, float("nan"))
            for pair in sorted(zip(all_series["station_id"], all_series["pollutant"], strict=True))
        }
        self._made: dict[tuple[float, bool, str], dict[str, pd.DataFrame]] = {}

    def stations(self, pollutant: str) -> list[str]:
        return [station for station, name in self.typical_s if name == pollutant]

    def series(self, averaging_s: float, rolling: bool, station: str, pollutant: str) -> pd.DataFrame:
        key = (averaging_s, rolling, pollutant)
        if key not in self._made:
            own = self.observations.loc[self.observations["pollutant"] == pollutant]
            table = means(
                own,
                averaging_s,
                zone=self.zone,
                minimum_coverage=self.minimum_coverage,
                rolling=rolling,
                below_detection=self.below_detection,
            )
            self._made[key] = {str(name): part for name, part in table.groupby("station_id")}
        return self._made[key].get(station, schema.empty("means"))


def _years(
    observations: pd.DataFrame, zone: str, period: tuple[Any, Any] | None
) -> list[tuple[Period, bool]]:
    """Local calendar years within the period [UTC], and whether the period holds each of them whole."""
    if period is None:
        last = observations["time_start"] + pd.to_timedelta(observations["duration_s"] / 2, unit="s")
        days = local_edges(observations["time_start"].min(), last.max(), zone, "D")
        start, end = days[0], days[-1]
    else:
        start, end = (pd.Timestamp(moment).as_unit("us") for moment in period)
        if start.tz is not None or end.tz is not None or not start < end:
            raise InputError(
                f"the period {start} to {end}",
                rule="a period is two UTC times without a zone, the first before the second",
            )
    edges = local_edges(start, end - pd.Timedelta(1, "us"), zone, "YS")
    return [
        ((max(start, begin), min(end, after)), start <= begin and after <= end)
        for begin, after in pairwise(edges)
    ]


def _choose(norm: dict[str, Any], typical_s: float) -> _Choice:
    wanted, longest = norm["averaging_s"], norm["averaging_longest_s"]
    if not np.isfinite(typical_s):
        return _Choice(None, reason="no usable reading")
    if wanted == YEAR_S:
        if typical_s > DAY_S:
            return _Choice(None, reason="readings longer than a day are not averaged to a year")
        return _Choice(HOUR_S if typical_s <= HOUR_S else DAY_S)
    if norm["rolling"] is True:
        fits = typical_s <= HOUR_S
        return _Choice(wanted) if fits else _Choice(None, reason="a running mean needs hourly readings")
    if typical_s <= wanted:
        return _Choice(wanted)
    if np.isfinite(longest) and typical_s <= longest:
        return _Choice(longest)
    name = f"{wanted / 60:g}–{longest / 60:g} min" if np.isfinite(longest) else f"{wanted / 60:g} min"
    if typical_s <= HOUR_S:
        kind = "hourly mean" if typical_s > HOUR_S / 2 else f"{typical_s / 60:g} min mean"
        return _Choice(HOUR_S, True, f"{kind} set against a {name} norm: can only understate")
    return _Choice(
        None,
        reason=f"readings of {typical_s / HOUR_S:g} h are longer than the averaging time "
        f"of {wanted / HOUR_S:g} h",
    )


def _assess_one(
    work: _Work,
    norm: dict[str, Any],
    station: str,
    choice: _Choice,
    span: Period,
    whole: bool,
    minimum_capture: float,
) -> tuple[dict[str, Any], pd.DataFrame]:
    pollutant, limit = norm["pollutant"], norm["limit_ugm3"]
    annual = norm["averaging_s"] == YEAR_S
    averaging = choice.averaging_s or (HOUR_S if annual else norm["averaging_s"])
    daily, rolling = norm["daily_maximum"] is True, norm["rolling"] is True
    if choice.averaging_s is None:
        table = schema.empty("means")
    else:
        table = _within(work.series(averaging, rolling, station, pollutant), span, rolling)
        if daily:
            table = _daily_largest(table, work, rolling)
    n_possible = _possible(averaging, span, work.zone, daily=daily, rolling=rolling)
    valid = table.loc[table["value_ugm3"].notna()]
    values = valid["value_ugm3"].to_numpy(float)
    over = valid.loc[values > limit]
    statistic = _STATISTICS[norm["form"]](norm, valid, work.zone)
    a_mean = norm["form"] == "mean"
    n_over = int(statistic > limit) if a_mean else len(over)
    capture = len(valid) / n_possible if n_possible else 0.0
    n_year = 366 * (1.0 if daily else DAY_S / (HOUR_S if rolling else averaging))
    verdict, reason = _verdict(
        norm, choice, statistic, n_over, n_year, capture, whole=whole, minimum_capture=minimum_capture
    )
    at = int(np.argmax(values)) if len(values) else None
    row = {
        "station_id": station,
        "pollutant": pollutant,
        "norm_id": norm["norm_id"],
        "averaging_s": norm["averaging_s"] if annual else averaging,
        "limit_ugm3": limit,
        "period_start": span[0],
        "period_end": span[1],
        "n_possible": n_possible,
        "n_valid": len(valid),
        "data_capture": capture,
        "n_exceedances": n_over,
        "allowed_exceedances": norm["allowed_exceedances"],
        "statistic_ugm3": statistic,
        "ratio": statistic / limit if statistic >= 0 else np.nan,
        "maximum_ugm3": np.nan if at is None else values[at],
        "maximum_time": pd.NaT if at is None else valid["time_start"].iloc[at],
        "verdict": verdict,
        "reason": reason or pd.NA,
        "mark": norm["mark"],
    }
    if a_mean:
        over = over.iloc[:0]
    hours = over[["station_id", "pollutant", "time_start", "averaging_s", "value_ugm3", "coverage"]].copy()
    hours["norm_id"] = norm["norm_id"]
    hours["ratio"] = hours["value_ugm3"] / limit
    return row, hours


def _verdict(
    norm: dict[str, Any],
    choice: _Choice,
    statistic: float,
    n_over: int,
    n_year: float,
    capture: float,
    *,
    whole: bool,
    minimum_capture: float,
) -> tuple[str, str]:
    form = norm["form"]
    least = norm["minimum_capture"] if np.isfinite(norm["minimum_capture"]) else minimum_capture
    reasons = [choice.reason] if choice.reason else []
    blocked = choice.averaging_s is None
    annual = form != "maximum"
    if annual and not whole:
        blocked = True
        reasons.append("period shorter than a year")
    if choice.averaging_s is not None and capture < least - 1e-9:
        blocked = True
        reasons.append(f"data capture of {100 * capture:.0f} % is under {100 * least:.0f} %")
    several = pd.notna(norm["years"]) and norm["years"] > 1
    if several:
        reasons.append(f"the norm takes {int(norm['years'])} years: the statistic is of one")
    if pd.notna(norm["valid_from"]):
        reasons.append(f"the limit applies from {norm['valid_from']}")
    reason = "; ".join(reasons)
    if several or choice.averaging_s is None:
        return "not assessable", reason
    if form == "maximum":
        certain = n_over > 0
    elif form == "allowed_exceedances":
        certain = n_over > norm["allowed_exceedances"]
    elif form == "percentile":
        certain = n_over > n_year - np.ceil(n_year * norm["percentile"] / 100)
    else:
        certain = False
    if certain:
        return "exceeded", reason
    if blocked or not np.isfinite(statistic):
        return "not assessable", reason or "no valid interval"
    if statistic > norm["limit_ugm3"]:
        return "exceeded", reason
    return ("not assessable" if choice.understates else "not exceeded"), reason


def _within(table: pd.DataFrame, span: Period, rolling: bool) -> pd.DataFrame:
    start, end = span
    begin = table["time_start"]
    if rolling:
        finish = begin + pd.to_timedelta(table["averaging_s"], unit="s")
        return table.loc[(finish > start) & (finish <= end)]
    return table.loc[(begin >= start) & (begin < end)]


def _daily_largest(table: pd.DataFrame, work: _Work, rolling: bool) -> pd.DataFrame:
    """Row of the largest value of each local day that has enough valid intervals; coverage is their share."""
    valid = table.loc[table["value_ugm3"].notna()]
    if not len(valid):
        return valid
    length = pd.to_timedelta(valid["averaging_s"], unit="s")
    moment = valid["time_start"] + (length if rolling else length / 2) - pd.Timedelta(1, "us")
    edges = local_edges(moment.min(), moment.max(), work.zone, "D")
    day = np.searchsorted(edges.asi8, moment.to_numpy("datetime64[us]").astype(np.int64), side="right") - 1
    step = HOUR_S if rolling else float(valid["averaging_s"].iloc[0])
    possible = np.diff(edges.asi8) / 1e6 / step
    share = np.minimum(np.bincount(day, minlength=len(possible)) / possible, 1.0)
    largest = valid.assign(day=day).sort_values(
        ["day", "value_ugm3", "time_start"], ascending=[True, False, True]
    )
    largest = largest.drop_duplicates("day")
    largest["coverage"] = share[largest["day"]]
    enough = largest["coverage"] >= work.minimum_coverage - 1e-9
    return largest.loc[enough].drop(columns="day").reset_index(drop=True)


def _possible(averaging_s: float, span: Period, zone: str, *, daily: bool, rolling: bool) -> int:
    """Number of intervals that begin, running means that end, or days that lie in part within the period."""
    start, end = span
    if daily:
        return len(local_edges(start, end - pd.Timedelta(1, "us"), zone, "D")) - 1
    if averaging_s == DAY_S:
        edges = local_edges(start, end, zone, "D")
        return int(((edges >= start) & (edges < end)).sum())
    step = pd.Timedelta(HOUR_S if rolling else averaging_s, "s")
    first, last = (moment - pd.Timestamp(0) for moment in span)
    return int(last // step - first // step) if rolling else int(-(-last // step) + (-first // step))


def _form_maximum(norm: dict[str, Any], valid: pd.DataFrame, zone: str) -> float:
    return float(valid["value_ugm3"].max()) if len(valid) else float("nan")


def _form_allowed(norm: dict[str, Any], valid: pd.DataFrame, zone: str) -> float:
    rank = int(norm["allowed_exceedances"]) + 1
    values = np.sort(valid["value_ugm3"].to_numpy(float))
    return float(values[-rank]) if len(values) >= rank else float("nan")


def _form_percentile(norm: dict[str, Any], valid: pd.DataFrame, zone: str) -> float:
    return percentile(valid["value_ugm3"], norm["percentile"])


def _form_mean(norm: dict[str, Any], valid: pd.DataFrame, zone: str) -> float:
    """Mean of the valid values, or the largest mean over consecutive local months (``season_months``)."""
    values = valid["value_ugm3"].to_numpy(float)
    if not len(values):
        return float("nan")
    if pd.isna(norm["season_months"]):
        return float(values.mean())
    months = int(norm["season_months"])
    times = valid["time_start"].to_numpy("datetime64[us]").astype(np.int64)
    edges = local_edges(valid["time_start"].min(), valid["time_start"].max(), zone, "MS").asi8
    if len(edges) - 1 < months:
        return float("nan")
    cut = np.searchsorted(times, edges)
    total = np.concatenate([[0.0], np.cumsum(values)])[cut]
    counts = cut[months:] - cut[:-months]
    sums = total[months:] - total[:-months]
    return float(np.max(sums[counts > 0] / counts[counts > 0]))


_STATISTICS: dict[str, Callable[[dict[str, Any], pd.DataFrame, str], float]] = {
    "maximum": _form_maximum,
    "allowed_exceedances": _form_allowed,
    "percentile": _form_percentile,
    "mean": _form_mean,
}
