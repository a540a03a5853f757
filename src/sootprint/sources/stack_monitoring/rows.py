"""Which rows are in use, and by which rule the others are not: the view ``rows`` over ``stage``."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

from sootprint.sources.stack_monitoring.clock import Clock, clock, local_bounds
from sootprint.sources.stack_monitoring.options import StackOptions
from sootprint.sources.stack_monitoring.stage import Staged

MAXIMUM_MAGNITUDE = 1e9
"""Magnitude from which a number is an overflow."""

MAXIMUM_RATE = 1e6
"""Largest rate that a source can have [g s⁻¹]: a tonne a second."""

MAXIMUM_CONCENTRATION = 1e7
"""Largest concentration in a gas [mg Nm⁻³]; a heavy gas alone has a few 1e6."""

FIRST_YEAR, LAST_YEAR = 1950, 2100
"""Years that a reading can be of, whatever the moment of the file."""

HALF_DAY = pd.Timedelta(hours=12) - pd.Timedelta(microseconds=1)

Period = tuple[pd.Timestamp, pd.Timestamp]


@dataclass(frozen=True)
class Rules:
    """What the rows are judged by.

    Attributes
    ----------
    interval_s : float
        Length of an interval [s].
    interval_because : str
        Where that comes from, empty where it was stated.
    moment : Timestamp or None
        Moment after which nothing can have been measured, in the clock of the file.
    moment_because : str
        Where that comes from.
    clock : Clock or None
        None for files of days.
    """

    interval_s: float
    interval_because: str
    moment: pd.Timestamp | None
    moment_because: str
    clock: Clock | None


def make_rows(
    staged: Staged,
    options: StackOptions,
    *,
    zone: str,
    period: Period | None,
    now: pd.Timestamp | None,
) -> Rules:
    """View ``rows``.

    Columns r (row from 0), name, series, t, start, second (UTC), day, rate [g s⁻¹], concentration [mg Nm⁻³],
    ratio, reason.
    """
    connection = staged.connection
    moment, because = _moment(staged, zone, now)
    bounds = period if staged.clock == "utc" else local_bounds(period, zone)
    conditions = [
        "WHEN n.reason IS NOT NULL THEN n.reason",
        "WHEN s.t IS NULL THEN 'STACK-DATE'",
        f"WHEN NOT {_sane('s.t')} THEN 'STACK-YEAR'",
    ]
    if moment is not None:
        conditions.append(f"WHEN s.t > {_time(moment, staged)} THEN 'STACK-FUTURE'")
    if bounds is not None:
        low, high = (_edge(item, staged) for item in bounds)
        conditions.append(f"WHEN s.t < {low} OR s.t >= {high} THEN 'STACK-OUTSIDE-PERIOD'")
    interval, interval_because = _interval(staged, options)
    expressions, made = _times(staged, options, zone, interval)
    if made is not None and staged.clock == "local":
        conditions.append(f"WHEN ({made.utc_first.format(t='s.t')}) IS NULL THEN 'STACK-NO-SUCH-TIME'")
    rate, concentration = (
        f"s.rate * {options.rate_factor!r}",
        f"s.concentration * {options.concentration_factor!r}",
    )
    conditions += [
        "WHEN s.bad_number IS NOT NULL THEN 'STACK-NOT-A-NUMBER'",
        f"WHEN greatest(abs(s.ratio), abs({rate}), abs({concentration})) >= {MAXIMUM_MAGNITUDE} "
        "THEN 'STACK-OVERFLOW'",
        f"WHEN {rate} > {MAXIMUM_RATE} OR {concentration} > {MAXIMUM_CONCENTRATION} THEN 'STACK-IMPOSSIBLE'",
        "WHEN least(s.ratio, s.rate, s.concentration) < 0 THEN 'STACK-NEGATIVE'",
    ]
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW rows AS SELECT s.rowid AS r, n.name, n.series, s.t, {expressions}, "
        f"{rate} AS rate, {concentration} AS concentration, s.ratio, "
        f"CASE {' '.join(conditions)} END AS reason "
        "FROM stage s JOIN names n USING (k)"
    )
    return Rules(interval, interval_because, moment, because, made)


def _times(staged: Staged, options: StackOptions, zone: str, interval: float) -> tuple[str, Clock | None]:
    """Columns start, second (UTC) and day of a row, and the clock."""
    if staged.clock == "date":
        empty = "CAST(NULL AS TIMESTAMP)"
        return f"{empty} AS start, {empty} AS second, s.t AS day", None
    found = staged.connection.execute(f"SELECT min(t), max(t) FROM stage WHERE {_sane('t')}").fetchone()
    low, high = (pd.Timestamp(item) for item in found) if found and found[0] else (pd.Timestamp(0),) * 2
    made = clock(zone, low, high)
    back = f" - INTERVAL ({round(interval * 1e6)}) MICROSECOND" if options.stamp == "ending" else ""
    if staged.clock == "utc":
        first = second = f"s.t{back}"
    else:
        first, second = (f"({item.format(t='s.t')}){back}" for item in (made.utc_first, made.utc_second))
    day = f"CAST({made.local.format(t=f'({first})')} AS DATE)"
    return f"{first} AS start, {second} AS second, {day} AS day", made


def _sane(time: str) -> str:
    """Condition that a time lies in years that monitoring can be of."""
    return f"({time} >= DATE '{FIRST_YEAR}-01-01' AND {time} < DATE '{LAST_YEAR + 1}-01-01')"


def _moment(staged: Staged, zone: str, now: pd.Timestamp | None) -> tuple[pd.Timestamp | None, str]:
    """Moment after which nothing can have been measured, in the file's clock."""
    if now is not None:
        shown = now if staged.clock == "utc" else local_bounds((now, now), zone)
        return (shown if isinstance(shown, pd.Timestamp) else shown[0] if shown else now), "it was stated"
    found = staged.connection.execute("SELECT max(loaded) FROM stage").fetchone()
    if not found or found[0] is None:
        return None, ""
    end = pd.Timestamp(found[0]) + pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)
    return end, f"{staged.columns.get('loaded', '')}: the latest day on which rows were loaded"


def _time(moment: pd.Timestamp, staged: Staged) -> str:
    return f"DATE '{moment.date()}'" if staged.clock == "date" else f"TIMESTAMP '{moment}'"


def _edge(moment: pd.Timestamp, staged: Staged) -> str:
    # A day is in the period when its noon is: a UTC midnight is some hours off the local one.
    if staged.clock == "date":
        return f"DATE '{(moment + HALF_DAY).date()}'"
    return f"TIMESTAMP '{moment}'"


def _interval(staged: Staged, options: StackOptions) -> tuple[float, str]:
    if options.interval_s is not None:
        return options.interval_s, ""
    if staged.clock != "date":
        found = staged.connection.execute(
            "WITH longest AS (SELECT k FROM stage GROUP BY k ORDER BY count(*) DESC, k LIMIT 1), "
            "steps AS (SELECT epoch(t) - lag(epoch(t)) OVER (ORDER BY t) AS step "
            "FROM (SELECT DISTINCT t FROM stage JOIN longest USING (k) WHERE t IS NOT NULL "
            "ORDER BY t LIMIT 100000)) "
            "SELECT step FROM steps WHERE step > 0 GROUP BY step ORDER BY count(*) DESC, step LIMIT 1"
        ).fetchone()
        if found and 0 < found[0] <= 86400:
            return float(found[0]), "the commonest step of the longest series"
    return 1200.0, "readings of stack monitoring are means of 20 minutes (unverified)"


def reasons(
    connection: duckdb.DuckDBPyConnection, count: int = 3
) -> tuple[pd.DataFrame, dict[str, list[int]]]:
    """Rows of each combination of names by reason ("" in use), and the first rows of each reason.

    Columns name, reason, rows, first (row from 0), first_day, last_day, valid, ratios, over.
    """
    table = connection.execute(
        "SELECT name, coalesce(reason, '') AS reason, count(*) AS rows, min(r) AS first, "
        f"CAST(min(day) FILTER ({_sane('t')}) AS TIMESTAMP) AS first_day, "
        f"CAST(max(day) FILTER ({_sane('t')}) AS TIMESTAMP) AS last_day, "
        "count(*) FILTER (rate IS NOT NULL OR concentration IS NOT NULL) AS valid, "
        "count(ratio) AS ratios, count(*) FILTER (ratio > 1) AS over, "
        f"min(r, {int(count)}) FILTER (reason IS NOT NULL) AS shown "
        "FROM rows GROUP BY ALL ORDER BY name, reason"
    ).df()
    shown: dict[str, list[int]] = {}
    for reason, rows in zip(table["reason"], table.pop("shown"), strict=True):
        if reason:
            shown[reason] = sorted([*shown.get(reason, []), *map(int, rows)])[:count]
    return table, shown
