"""Rows in use, a batch at a time, to days of each source and substance, and to single readings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from sootprint.sources.stack_monitoring.options import StackOptions
from sootprint.sources.stack_monitoring.rows import Rules
from sootprint.sources.stack_monitoring.stage import Progress, Staged

BATCH_ROWS = 2_000_000
"""Rows that are summarised at once: what a batch needs in memory stays within some 300 MB."""

RATE_SCALE, CONCENTRATION_SCALE = float(2**40), float(2**36)
"""Steps of 1 in which rates and concentrations are summed, so that a sum is exact in any order of rows."""


@dataclass
class Summary:
    """Days and readings by number of series.

    Attributes
    ----------
    days : DataFrame
        series, day and the columns of ``stack_days``.
    readings : DataFrame or None
        series, r, start, rate, concentration, ratio, flat; None where they were not wanted.
    repeated : int
        Rows at a time that its series already has.
    """

    days: pd.DataFrame
    readings: pd.DataFrame | None
    repeated: int


def summarise(
    staged: Staged, options: StackOptions, rules: Rules, *, readings: bool, progress: Progress | None
) -> Summary:
    """Summary of the view ``rows``."""
    connection = staged.connection
    dated = staged.clock == "date"
    batches = list(_batches(connection, "day" if dated else "series"))
    made, single, repeated = [], [], 0
    for number, (low, high) in enumerate(batches):
        if progress:
            progress("summarising", number / len(batches))
        (_dated_batch if dated else _timed_batch)(connection, low, high, options)
        made.append(connection.execute(_DAYS.format(hours=_hours(dated, rules.interval_s))).df())
        if readings and not dated:
            single.append(
                connection.execute(
                    "SELECT series, r, start, rate, concentration, ratio, flat FROM batch "
                    "WHERE rate IS NOT NULL OR concentration IS NOT NULL ORDER BY series, start, r"
                ).df()
            )
        if not dated:
            found = connection.execute(
                "SELECT sum(n - 1) FROM (SELECT count(*) AS n FROM batch GROUP BY series, start)"
            ).fetchone()
            repeated += int(found[0] or 0) if found else 0
    if progress:
        progress("summarising", 1.0)
    days = pd.concat(made, ignore_index=True) if made else pd.DataFrame(columns=DAY_COLUMNS)
    days["day"] = pd.to_datetime(days["day"])
    days["mean_rate_g_s"] = days.pop("rate_steps").astype(float) / RATE_SCALE / days["n_rate"].astype(float)
    days["mean_concentration_mg_nm3"] = (
        days.pop("concentration_steps").astype(float)
        / CONCENTRATION_SCALE
        / days["n_concentration"].astype(float)
    )
    days = days.sort_values(["series", "day"], ignore_index=True)
    return Summary(days, pd.concat(single, ignore_index=True) if single else None, repeated)


DAY_COLUMNS = (
    "series",
    "day",
    "n_rows",
    "n_valid",
    "n_rate",
    "n_concentration",
    "n_zero",
    "n_flat",
    "n_over_limit",
    "n_ratio_missing",
    "max_ratio",
    "rate_steps",
    "max_rate_g_s",
    "concentration_steps",
    "max_concentration_mg_nm3",
    "hours_covered",
    "hours_rate",
    "first",
)

_DAYS = (
    "SELECT series, CAST(day AS TIMESTAMP) AS day, count(*) AS n_rows, "
    "count(*) FILTER (rate IS NOT NULL OR concentration IS NOT NULL) AS n_valid, "
    "count(rate) AS n_rate, count(concentration) AS n_concentration, "
    "count(*) FILTER (greatest(rate, concentration) = 0) AS n_zero, count(*) FILTER (flat) AS n_flat, "
    "count(*) FILTER (ratio > 1) AS n_over_limit, count(*) - count(ratio) AS n_ratio_missing, "
    "max(ratio) AS max_ratio, "
    f"sum(CAST(round(rate * {RATE_SCALE!r}) AS BIGINT)) AS rate_steps, max(rate) AS max_rate_g_s, "
    f"sum(CAST(round(concentration * {CONCENTRATION_SCALE!r}) AS BIGINT)) AS concentration_steps, "
    "max(concentration) AS max_concentration_mg_nm3, {hours}, min(r) AS first "
    "FROM batch GROUP BY series, day ORDER BY series, day"
)


def _hours(dated: bool, interval_s: float) -> str:
    hours = interval_s / 3600.0
    if dated:
        counts = "count(*) FILTER (rate IS NOT NULL OR concentration IS NOT NULL)", "count(rate)"
    else:
        counts = (
            "count(DISTINCT start) FILTER (rate IS NOT NULL OR concentration IS NOT NULL)",
            "count(DISTINCT start) FILTER (rate IS NOT NULL)",
        )
    return f"{counts[0]} * {hours!r} AS hours_covered, {counts[1]} * {hours!r} AS hours_rate"


def _batches(connection: duckdb.DuckDBPyConnection, key: str) -> Iterator[tuple[object, object]]:
    """Ranges of days or series, both ends included, of about `BATCH_ROWS` rows in use each."""
    counts = connection.execute(
        f"SELECT {key} AS key, count(*) AS rows FROM rows WHERE reason IS NULL GROUP BY {key} ORDER BY {key}"
    ).df()
    group = np.cumsum(counts["rows"].to_numpy()) // BATCH_ROWS
    for _, part in counts.groupby(group, sort=True):
        yield part["key"].iloc[0], part["key"].iloc[-1]


def _dated_batch(connection: duckdb.DuckDBPyConnection, low, high, options: StackOptions) -> None:
    """Table ``batch`` of some days; where there is no time of day, a flat line is one value."""
    first, last = (f"DATE '{pd.Timestamp(day).date()}'" for day in (low, high))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE drawn AS SELECT series, day, r, rate, concentration, ratio FROM rows "
        f"WHERE reason IS NULL AND t BETWEEN {first} AND {last}"
    )
    modal = (
        "CREATE OR REPLACE TEMP TABLE modal_{0} AS SELECT series, day, arg_max(value, n) AS value FROM "
        "(SELECT series, day, {0} AS value, count(*) AS n FROM drawn WHERE {0} > 0 GROUP BY ALL) "
        "GROUP BY series, day "
        f"HAVING max(n) >= {options.flat_readings} AND max(n) >= {options.flat_share} * sum(n)"
    )
    for quantity in ("rate", "concentration"):
        connection.execute(modal.format(quantity))
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW batch AS SELECT d.*, CAST(NULL AS TIMESTAMP) AS start, "
        "coalesce(d.rate = a.value, false) OR coalesce(d.concentration = b.value, false) AS flat "
        "FROM drawn d LEFT JOIN modal_rate a USING (series, day) "
        "LEFT JOIN modal_concentration b USING (series, day)"
    )


def _timed_batch(connection: duckdb.DuckDBPyConnection, low, high, options: StackOptions) -> None:
    """Table ``batch`` of some series; a flat line is a run of equal values in the order of time."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE drawn AS SELECT series, r, rate, concentration, ratio, day, "
        # In the hour that clocks show twice, a stamp's second appearance is the second moment.
        "CASE WHEN second != start AND row_number() OVER (PARTITION BY series, t ORDER BY r) > 1 "
        "THEN second ELSE start END AS start FROM rows "
        f"WHERE reason IS NULL AND series BETWEEN {int(low)} AND {int(high)}"
    )
    run = (
        "CREATE OR REPLACE TEMP TABLE run_{0} AS SELECT r FROM ("
        "SELECT r, count(*) OVER (PARTITION BY series, run) AS n, value FROM ("
        "SELECT r, series, value, sum(step) OVER (PARTITION BY series ORDER BY start, r) AS run FROM ("
        "SELECT r, series, start, {0} AS value, "
        "CASE WHEN {0} = lag({0}) OVER (PARTITION BY series ORDER BY start, r) THEN 0 ELSE 1 END AS step "
        "FROM drawn WHERE {0} IS NOT NULL))) "
        f"WHERE n >= {options.flat_readings} AND value > 0"
    )
    for quantity in ("rate", "concentration"):
        connection.execute(run.format(quantity))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE batch AS SELECT d.*, "
        "d.r IN (SELECT r FROM run_rate) OR d.r IN (SELECT r FROM run_concentration) AS flat FROM drawn d"
    )
