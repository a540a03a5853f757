"""From a file of stack monitoring to its days, names, gaps and findings, every row accounted for."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import ConfigError
from sootprint.core.findings import Finding, ReadResult, findings_table
from sootprint.core.timeaxis import zone_info
from sootprint.sources.stack_monitoring import checks, notes
from sootprint.sources.stack_monitoring.clock import day_hours, local_bounds
from sootprint.sources.stack_monitoring.codes import finding
from sootprint.sources.stack_monitoring.days import Summary, summarise
from sootprint.sources.stack_monitoring.names import Names, read_names
from sootprint.sources.stack_monitoring.options import stack_options
from sootprint.sources.stack_monitoring.places import places
from sootprint.sources.stack_monitoring.rows import HALF_DAY, Period, make_rows, reasons
from sootprint.sources.stack_monitoring.stage import Progress, Staged, database, stage


def read_stack_monitoring(
    path: str | Path,
    *,
    zone: str,
    name: str | None = None,
    options: Mapping[str, Any] | None = None,
    inventory: pd.DataFrame | Mapping[str, pd.DataFrame] | None = None,
    period: tuple[datetime | pd.Timestamp | str, datetime | pd.Timestamp | str] | None = None,
    now: datetime | pd.Timestamp | None = None,
    memory_limit: str = "1.2GB",
    threads: int = 2,
    scratch: str | Path | None = None,
    progress: Progress | None = None,
) -> ReadResult:
    """Days, names, gaps and quarantine of a file of continuous stack monitoring.

    The file is read once, in the order of its rows, into a database on disk; nothing of its size is ever in
    memory. The first rule that a row breaks decides its quarantine; rows in use and in quarantine and lines
    that are no rows add up to the file. Rows are never removed for being equal to others: without a time of
    day, equal rows are normal.

    Parameters
    ----------
    path : str or Path
        CSV in UTF-8 (also ``.gz``) or Parquet with columns of times or days, of sources, of substances, and
        of rates or concentrations; they are recognised by their headings or stated.
    zone : str
        IANA zone of the file's clocks and days.
    name : str, optional
        Name to use in findings, by default the file's own.
    options : dict, optional
        Keys of `sootprint.sources.stack_monitoring.StackOptions`.
    inventory : DataFrame or dict of DataFrame, optional
        Table ``sources``, or tables ``sources`` and ``facilities``: names are matched with it by a number of
        four digits and the plant, never by likeness.
    period : (start, end), optional
        UTC; rows outside it go to quarantine. A day is in it when its noon is.
    now : datetime, optional
        UTC; what is later goes to quarantine. By default the latest day on which rows were loaded, where the
        file has such a column.
    memory_limit : str
        Memory of the database; the process needs about 0.4 GB more.
    threads : int
        Threads of the database.
    scratch : str or Path, optional
        Folder for the database (about a twentieth of the text), removed at the end.
    progress : callable, optional
        Called with what is being done and the share of it that is done.

    Returns
    -------
    ReadResult
        Tables ``stack_days``, ``stack_names``, ``stack_gaps``, ``stack_quarantine``, and ``stack_readings``
        where the file has times of day and at most ``maximum_readings`` rows in use; findings with the codes
        of ``sources/stack_monitoring/codes.py``, each with its count and first examples; guesses.

    Raises
    ------
    InputError
        If the file cannot be read, or lacks the columns.
    ConfigError
        If an option cannot be right.
    """
    path = Path(path)
    file = name or path.name
    settings = stack_options(options, where=f'[files."{file}"]')
    zone_info(zone)
    span, moment = _period(period), _utc(now)
    with (
        tempfile.TemporaryDirectory(dir=scratch) as folder,
        database(Path(folder), memory_limit, threads) as connection,
    ):
        staged = stage(connection, path, file, settings, progress)
        names = read_names(connection, settings, inventory, file)
        rules = make_rows(staged, settings, zone=zone, period=span, now=moment)
        counts, shown = reasons(connection)
        used = int(counts.loc[counts["reason"] == "", "rows"].sum())
        single = staged.clock != "date" and used <= settings.maximum_readings
        summary = summarise(staged, settings, rules, readings=single, progress=progress)
        found = [*notes.row_notes(staged, names, counts, shown, places(staged, names, shown), file)]
    series = names.series
    days, hours = _days(summary, series, zone, file)
    tables = {
        "stack_days": days,
        "stack_names": _names(names, counts),
        "stack_gaps": checks.find_gaps(
            days,
            zone=zone,
            minimum_capture=settings.minimum_capture,
            span=_day_span(span, zone, rules.moment, days),
        ),
        "stack_quarantine": _quarantine(names, counts, staged, file),
    }
    if single:
        tables["stack_readings"] = _readings(summary, series, rules.interval_s, file)
    found += notes.name_notes(names, days, file)
    found += _remarks(tables, hours, summary, zone, file)
    guesses = notes.guesses(staged, settings, rules, file)
    return ReadResult(tables, findings_table(found), guesses)


def _period(period: tuple[Any, Any] | None) -> Period | None:
    if period is None:
        return None
    start, end = (_utc(item) for item in period)
    if start is None or end is None or not start < end:
        raise ConfigError(f"the period from {start} to {end} is empty", cure="a start before its end")
    return start, end


def _utc(moment: datetime | pd.Timestamp | str | None) -> pd.Timestamp | None:
    if moment is None:
        return None
    made = pd.Timestamp(moment)
    return made if made.tzinfo is None else made.tz_convert("UTC").tz_localize(None)


def _day_span(
    span: Period | None, zone: str, moment: pd.Timestamp | None, days: pd.DataFrame
) -> Period | None:
    """Days that sources are expected to cover: those of the period that the file can have seen."""
    bounds = local_bounds(span, zone)
    if bounds is None or days.empty:
        return None
    begin, end = ((item + HALF_DAY).floor("D") for item in bounds)
    seen = (days["day"].max() if moment is None else moment.floor("D")) + pd.Timedelta(days=1)
    end = min(end, seen)
    return (begin, end) if begin < end else None


def _keyed(table: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    keys = series[["source_id", "region", "organization", "source_name", "pollutant"]]
    return table.merge(keys, left_on="series", right_index=True, how="left").drop(columns="series")


def _days(summary: Summary, series: pd.DataFrame, zone: str, file: str) -> tuple[pd.DataFrame, pd.Series]:
    """Table ``stack_days``, and the hours before they were limited to those of the day."""
    days = _keyed(summary.days, series)
    days["first_row"] = days.pop("first").astype("int64") + FIRST_ROW
    days["source_file"] = file
    days = days.sort_values(["organization", "source_name", "pollutant", "region", "day"], ignore_index=True)
    hours = days["hours_covered"].astype(float)
    full = day_hours(days["day"], zone)
    for column in ("hours_covered", "hours_rate"):
        days[column] = np.minimum(days[column].astype(float), full)
    return schema.check(_blank_to_missing(days), "stack_days"), hours


FIRST_ROW = 2
"""Record of the first row below the heading."""


def _blank_to_missing(table: pd.DataFrame) -> pd.DataFrame:
    for column in ("region", "organization"):
        if column in table:
            table[column] = table[column].astype("string").mask(table[column].astype("string") == "")
    return table


def _readings(summary: Summary, series: pd.DataFrame, interval_s: float, file: str) -> pd.DataFrame:
    if summary.readings is None:
        return schema.empty("stack_readings")
    made = _keyed(summary.readings, series).drop(columns="region")
    made = made.rename(
        columns={
            "start": "time_start",
            "rate": "rate_g_s",
            "concentration": "concentration_mg_nm3",
            "ratio": "excess_ratio",
        }
    )
    made["flag"] = np.where(made.pop("flat"), "flat", "valid")
    made["source_row"] = made.pop("r").astype("int64") + FIRST_ROW
    made["duration_s"] = interval_s
    made["source_file"] = file
    return schema.check(_blank_to_missing(made), "stack_readings")


def _names(names: Names, counts: pd.DataFrame) -> pd.DataFrame:
    """Table ``stack_names``: one row a source, whatever its substances."""
    keys = ["region", "organization", "source_name"]
    rows = counts.merge(names.table[keys], left_on="name", right_index=True)
    used = rows["reason"] == ""
    made = rows.assign(
        n_rows=rows["rows"].where(used, 0),
        n_valid=rows["valid"].where(used, 0),
        n_quarantined=rows["rows"].where(~used, 0),
        n_ratio=rows["ratios"].where(used, 0),
        n_over_limit=rows["over"].where(used, 0),
        first_day=rows["first_day"].where(used),
        last_day=rows["last_day"].where(used),
    )
    summed = made.groupby(keys, as_index=False).agg(
        {
            **dict.fromkeys(["n_rows", "n_valid", "n_quarantined", "n_ratio", "n_over_limit"], "sum"),
            "first_day": "min",
            "last_day": "max",
        }
    )
    matches = names.series[["organization", "source_name", "source_id", "match"]].drop_duplicates()
    summed = summed.merge(matches, on=["organization", "source_name"], how="left")
    summed["match"] = summed["match"].astype("string").fillna("unmatched")
    summed["over_limit_share"] = summed["n_over_limit"] / summed["n_ratio"].where(summed["n_ratio"] > 0)
    summed["ratio_missing_share"] = 1.0 - summed["n_ratio"] / summed["n_rows"].where(summed["n_rows"] > 0)
    return schema.check(_blank_to_missing(summed), "stack_names")


def _quarantine(names: Names, counts: pd.DataFrame, staged: Staged, file: str) -> pd.DataFrame:
    rows = counts.loc[counts["reason"] != ""].merge(
        names.table[["organization"]], left_on="name", right_index=True
    )
    made = rows.groupby(["reason", "organization"], as_index=False).agg(
        n_rows=("rows", "sum"),
        first_row=("first", "min"),
        first_day=("first_day", "min"),
        last_day=("last_day", "max"),
    )
    made["first_row"] += FIRST_ROW
    if len(staged.lines):
        line = {"reason": "STACK-LINE", "organization": "", "n_rows": int(staged.lines["count"].sum())}
        made = pd.concat([made, pd.DataFrame([line])], ignore_index=True)
    made["source_file"] = file
    return schema.check(_blank_to_missing(made), "stack_quarantine")


def _remarks(
    tables: dict[str, pd.DataFrame], hours: pd.Series, summary: Summary, zone: str, file: str
) -> list[Finding]:
    days = tables["stack_days"]
    made = [*checks.crowded_remarks(days, hours, zone, file)]
    if summary.repeated:
        made.append(finding("STACK-REPEATED-TIME", file, file=file, value=f"{summary.repeated:,} rows"))
    missing = int((days["n_rows"] - days["n_valid"]).sum())
    if missing:
        share = 100.0 * missing / int(days["n_rows"].sum())
        made.append(
            finding("STACK-NO-VALUE", file, file=file, value=f"{missing:,} rows in use ({share:.1f} %)")
        )
    made += checks.gap_remarks(tables["stack_gaps"], days, file)
    made += checks.jump_remarks(days, file)
    made += checks.limit_remarks(tables["stack_names"], file)
    return made
