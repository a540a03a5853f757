"""Series of a post and substance as indices take them: single concentrations, daily means, completeness.

Two kinds of series are told apart. A *continuous* one (automatic post) gives readings one after the other.
A *sampled* one (manual post at 01, 07, 13 and 19 h local) gives short samples with hours between them: its
daily mean is the plain mean of the samples of a day, which no coverage of time could allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from sootprint.core.errors import ConfigError, InputError
from sootprint.core.timeaxis import to_local, zone_info
from sootprint.monitors.averages import DAY_S, HOUR_S, counted_values, local_edges, means

SINGLE_S = (1200.0, 1800.0)
"""Averaging time that a single maximum limit is meant for, shortest and longest [s]."""

LEAST_SAMPLES = 3
"""Smallest number of samples of a day that make a daily mean of a manual post; three of the four of the
full programme."""

CONTINUOUS_STEP = 1.5
"""Largest step between beginnings over the length of the readings of a continuous series [1]."""

LEAST_COVERAGE = 0.75
"""Smallest coverage of a daily mean, and the completeness under which a period is marked [1]."""


@dataclass(frozen=True)
class Span:
    """Assessed period: kind, local label, UTC beginning and end, UTC midnights of its local days."""

    kind: Literal["month", "year", "period"]
    label: str
    start: pd.Timestamp
    end: pd.Timestamp
    edges: pd.DatetimeIndex

    @property
    def n_days(self) -> int:
        """Number of local days."""
        return len(self.edges) - 1

    @property
    def hours(self) -> float:
        """True length [h]."""
        return (self.end - self.start) / pd.Timedelta(hours=1)

    @property
    def rules(self) -> str:
        """Kind of period whose rule of grades holds: a period of 300 days and more is a year."""
        return self.kind if self.kind != "period" else ("year" if self.n_days >= 300 else "month")


def span_of(
    zone: str,
    *,
    month: str | None = None,
    year: int | str | None = None,
    period: tuple[Any, Any] | None = None,
) -> Span:
    """Period of a local month (``2024-11``), a local year, or from a first to a last local date.

    Raises
    ------
    ConfigError
        If not exactly one of the three is given, or it cannot be read.
    """
    given = [value for value in (month, year, period) if value is not None]
    if len(given) != 1:
        raise ConfigError("one period is needed", cure="give month, year or period")
    zone_info(zone)
    try:
        if month is not None:
            first = pd.Period(str(month), freq="M")
            kind: Literal["month", "year", "period"] = "month"
            days = (first.start_time.normalize(), first.end_time.normalize())
        elif year is not None:
            kind, days = "year", (pd.Timestamp(int(year), 1, 1), pd.Timestamp(int(year), 12, 31))
        else:
            assert period is not None
            kind, days = "period", (pd.Timestamp(period[0]).normalize(), pd.Timestamp(period[1]).normalize())
    except (ValueError, TypeError) as error:
        raise ConfigError(
            f"the period {given[0]!r} cannot be read", cure="for example month 2024-11 or year 2024"
        ) from error
    if month is not None and not _is_month(str(month)):
        raise ConfigError(f"the month {month!r} cannot be read", cure="for example 2024-11")
    if days[1] < days[0]:
        raise ConfigError(f"the period ends before it begins: {days[0].date()} to {days[1].date()}")
    info = zone_info(zone)
    noon = [day + pd.Timedelta(hours=12) for day in days]
    moments = [stamp.tz_localize(info).tz_convert("UTC").tz_localize(None).as_unit("us") for stamp in noon]
    edges = local_edges(moments[0], moments[1], zone, "D")
    label = {"month": days[0].strftime("%Y-%m"), "year": days[0].strftime("%Y")}.get(
        kind, f"{days[0].date()}/{days[1].date()}"
    )
    return Span(kind, label, edges[0], edges[-1], edges)


def _is_month(text: str) -> bool:
    parts = text.split("-")
    return len(parts) == 2 and len(parts[0]) == 4 and all(part.isdigit() for part in parts)


@dataclass(frozen=True)
class Series:
    """Readings of one post and substance within a period.

    Attributes
    ----------
    station_id, pollutant : str
        Whose they are.
    kind : {"continuous", "sampled", "long"}
        ``long`` readings (over an hour) have no single concentrations.
    single : DataFrame
        ``time_start, duration_s, value_ugm3, day`` of the single concentrations, in the order of time.
    days : DataFrame
        ``day, value_ugm3`` of the valid daily means; ``day`` is the number of the day in the period.
    n_readings : int
        Valid readings of the post.
    n_possible : int
        Single concentrations (for ``long`` readings: readings) without gaps.
    averaging_s : float
        Averaging time of the single concentrations [s]; NaN for ``long``.
    remarks : tuple of str
        Codes of `sootprint.monitors.city_remarks`.
    """

    station_id: str
    pollutant: str
    kind: str
    single: pd.DataFrame
    days: pd.DataFrame
    n_readings: int
    n_possible: int
    averaging_s: float
    remarks: tuple[str, ...] = field(default_factory=tuple)

    @property
    def n_observations(self) -> int:
        """Number of single concentrations, of ``long`` readings their own."""
        return len(self.single) if self.kind != "long" else self.n_readings

    @property
    def data_capture(self) -> float:
        """Share of the possible single concentrations [1]."""
        return min(1.0, self.n_observations / self.n_possible) if self.n_possible else 0.0

    @property
    def mean_ugm3(self) -> float:
        """Mean of the valid daily means [µg m⁻³]; NaN of none."""
        return float(self.days["value_ugm3"].mean()) if len(self.days) else float("nan")


def period_series(
    observations: pd.DataFrame, span: Span, *, zone: str, kinds: Mapping[str, str] | None = None
) -> list[Series]:
    """Series of every post and substance that has a row in the period, sorted by post and substance.

    Parameters
    ----------
    observations : DataFrame
        Table ``observations``.
    span : Span
        The period; a reading belongs to it by its middle.
    zone : str
        IANA zone of the days.
    kinds : mapping of str to str, optional
        Kind of each post: ``manual`` ones take samples and ``automatic`` and ``reference`` ones are
        continuous, whatever their steps look like; of the others the steps tell.

    Raises
    ------
    InputError
        If two readings of a series begin at the same time.
    """
    middle = observations["time_start"] + pd.to_timedelta(observations["duration_s"] / 2, unit="s")
    inside = observations.loc[(middle >= span.start) & (middle < span.end)]
    if inside.empty:
        return []
    value, usable, _ = counted_values(inside)
    rows = inside[["station_id", "pollutant", "time_start", "duration_s", "flag"]].assign(
        value_ugm3=value, usable=usable, middle=middle.loc[inside.index]
    )
    daily = means(inside, DAY_S, zone=zone, minimum_coverage=LEAST_COVERAGE)
    by_day = {key: part for key, part in daily.groupby(["station_id", "pollutant"], sort=False)}
    return list(_made(rows, inside, by_day, span, zone, kinds or {}))


def _made(
    rows: pd.DataFrame,
    observations: pd.DataFrame,
    by_day: dict[Any, pd.DataFrame],
    span: Span,
    zone: str,
    kinds: Mapping[str, str],
) -> Iterator[Series]:
    for key, part in rows.groupby(["station_id", "pollutant"], sort=True):
        station, pollutant = str(key[0]), str(key[1])  # type: ignore[index]
        part = part.sort_values("time_start", kind="stable")
        good = part.loc[part["usable"]]
        if good["time_start"].duplicated().any():
            raise InputError(
                f"two readings of {pollutant} at one time",
                where=f"post {station}",
                rule="one reading for each post, substance and time",
            )
        typical = float(good["duration_s"].median()) if len(good) else float("nan")
        kind = _kind(part, typical, kinds.get(station, ""))
        remarks: list[str] = []
        single = good[["time_start", "duration_s", "value_ugm3", "middle"]]
        averaging = typical
        if kind == "long" or not len(good):
            single, averaging = single.iloc[:0], float("nan")
            remarks += ["long_readings"] if kind == "long" else ["no_readings"]
        elif kind == "continuous" and typical < SINGLE_S[0]:
            single, averaging = _rebinned(observations.loc[part.index], zone), SINGLE_S[0]
        elif typical < SINGLE_S[0]:
            remarks.append("short_overstates")
        elif typical > SINGLE_S[1]:
            remarks.append("hourly_understates")
        if kind == "sampled":
            remarks.append("samples")
        single = single.assign(day=_day(single["middle"], span)).drop(columns="middle")
        days = _sampled_days(good, span) if kind == "sampled" else _covered_days(by_day.get(key), span)
        yield Series(
            station,
            pollutant,
            kind,
            single.reset_index(drop=True),
            days,
            len(good),
            _possible(kind, part, typical if kind == "long" else averaging, span, zone),
            averaging,
            tuple(remarks),
        )


def _kind(part: pd.DataFrame, typical: float, post: str) -> str:
    if np.isfinite(typical) and typical > HOUR_S:
        return "long"
    if post == "manual":
        return "sampled"
    if post in {"automatic", "reference"} or not np.isfinite(typical):
        return "continuous"
    steps = part["time_start"].diff().dt.total_seconds()
    step = float(steps.median()) if len(part) > 1 else typical
    return "continuous" if step <= CONTINUOUS_STEP * typical else "sampled"


def _rebinned(observations: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Means over 20 minutes of shorter readings, those with too little coverage left out."""
    made = means(observations, SINGLE_S[0], zone=zone, minimum_coverage=LEAST_COVERAGE)
    made = made.loc[made["value_ugm3"].notna()]
    middle = made["time_start"] + pd.Timedelta(seconds=SINGLE_S[0] / 2)
    return pd.DataFrame(
        {
            "time_start": made["time_start"],
            "duration_s": made["averaging_s"],
            "value_ugm3": made["value_ugm3"],
            "middle": middle,
        }
    )


def _day(moments: pd.Series, span: Span) -> Any:
    moment = moments.to_numpy("datetime64[us]").astype(np.int64)
    return np.searchsorted(span.edges.as_unit("us").asi8, moment, side="right") - 1


def _covered_days(daily: pd.DataFrame | None, span: Span) -> pd.DataFrame:
    if daily is None:
        return pd.DataFrame({"day": pd.Series(dtype=int), "value_ugm3": pd.Series(dtype=float)})
    good = daily.loc[daily["value_ugm3"].notna()]
    return pd.DataFrame(
        {"day": _day(good["time_start"], span), "value_ugm3": good["value_ugm3"].to_numpy(float)}
    )


def _sampled_days(good: pd.DataFrame, span: Span) -> pd.DataFrame:
    groups = good.assign(day=_day(good["middle"], span)).groupby("day", sort=True)["value_ugm3"]
    made = groups.agg(["mean", "size"]).reset_index()
    made = made.loc[made["size"] >= LEAST_SAMPLES]
    return pd.DataFrame({"day": made["day"].to_numpy(int), "value_ugm3": made["mean"].to_numpy(float)})


def _possible(kind: str, part: pd.DataFrame, length_s: float, span: Span, zone: str) -> int:
    """Number of concentrations of the period without gaps: by the clock, or by the samples of a usual day."""
    if kind != "sampled":
        length = length_s if np.isfinite(length_s) else HOUR_S
        return round(span.hours * HOUR_S / length)
    per_day = to_local(part["middle"], zone).dt.floor("D").value_counts()
    return round(float(per_day.median())) * span.n_days
