"""What the summary of stack monitoring must be consistent in: one small function a rule."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core import schema
from sootprint.core.findings import Finding
from sootprint.sources.stack_monitoring.clock import day_hours
from sootprint.sources.stack_monitoring.codes import finding

KEY = ["organization", "source_name", "pollutant", "region"]
"""What makes a series; the same names in two regions are two sources."""

JUMP = 30.0
"""Factor between two months beyond which a level is a jump."""

JUMP_DAYS = 3
"""Days that a month needs for its level."""

ZERO_SHARE = 0.9
"""Share of a day's values that are zero, beyond which the day is zero."""

LIMIT_ROWS = 100
"""Rows with a ratio that a share over the limit needs."""

SHOWN = 3
"""Examples of a finding that are spelt out."""


def find_gaps(
    days: pd.DataFrame, *, zone: str, minimum_capture: float, span: tuple[pd.Timestamp, pd.Timestamp] | None
) -> pd.DataFrame:
    """Table ``stack_gaps``: spells of missing, flat and zero days of each source and substance.

    A day is missing where less than ``minimum_capture`` of it is covered; flat where nine tenths of its
    values lie on a flat line; zero where nine tenths are zero while another substance of the source is not.

    Parameters
    ----------
    days : DataFrame
        Table ``stack_days``.
    zone : str
        Zone of the days.
    minimum_capture : float
        Share of a day [1].
    span : (first day, day after the last), optional
        Days that every source is expected to cover; by default those from its own first to its last.
    """
    if days.empty:
        return schema.empty("stack_gaps")
    rows = _with_zero(days)
    first, last = rows["day"].min(), rows["day"].max()
    if span is not None:
        first, last = min(first, span[0]), max(last, span[1] - pd.Timedelta(days=1))
    calendar = pd.date_range(first, last, freq="D")
    full = day_hours(pd.Series(calendar), zone).to_numpy(float)
    rows["at"] = (rows["day"] - first).dt.days
    made = []
    for _, group in rows.groupby(KEY, sort=True, dropna=False):
        at = group["at"].to_numpy(int)
        begin, end = int(at.min()), int(at.max()) + 1
        if span is not None:
            begin, end = min(begin, (span[0] - first).days), max(end, (span[1] - first).days)
        head = {column: group[column].iloc[0] for column in ("source_id", *KEY)}
        for kind, low, high, hours in _spells(group, at, full, minimum_capture, slice(begin, end)):
            days_of = {"day_start": calendar[low], "day_end": calendar[low] + pd.Timedelta(days=high - low)}
            made.append({**head, "kind": kind, **days_of, "hours": hours, "days": high - low})
    return schema.check(pd.DataFrame(made), "stack_gaps")


def _with_zero(days: pd.DataFrame) -> pd.DataFrame:
    valid = days["n_valid"].astype(float)
    zero = (days["n_zero"].astype(float) >= ZERO_SHARE * valid) & (valid > 0)
    alive = (days["n_valid"] > days["n_zero"]).astype(bool) & ~zero
    # The plant runs on a day when another substance of the same source is not zero.
    running = alive.groupby(
        [days[name] for name in ("organization", "source_name", "region", "day")], dropna=False
    ).transform("any")
    return days.assign(
        is_zero=zero & running, is_flat=days["n_flat"].astype(float) >= ZERO_SHARE * valid.clip(lower=1)
    )


def _spells(
    group: pd.DataFrame, at: NDArray[np.int_], full: NDArray[np.float64], capture: float, span: slice
) -> Iterator[tuple[str, int, int, float]]:
    """Kind, first day, day after the last and hours of each spell, days counted in the calendar."""
    covered = np.zeros(len(full))
    covered[at] = group["hours_covered"].to_numpy(float)
    flat, zero = np.zeros(len(full), dtype=bool), np.zeros(len(full), dtype=bool)
    flat[at], zero[at] = group["is_flat"].to_numpy(bool), group["is_zero"].to_numpy(bool)
    missing = np.zeros(len(full), dtype=bool)
    missing[span] = covered[span] < capture * full[span]
    states = {"missing": (missing, full - covered), "flat": (flat, covered), "zero": (zero, covered)}
    for kind, (state, hours) in states.items():
        edges = np.flatnonzero(np.diff(state.astype(np.int8), prepend=0, append=0))
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            yield kind, int(begin), int(end), float(hours[begin:end].sum())


def gap_remarks(gaps: pd.DataFrame, days: pd.DataFrame, file: str) -> Iterator[Finding]:
    """One finding a kind, then the longest spells."""
    codes = {"missing": "STACK-GAP", "flat": "STACK-FLAT", "zero": "STACK-ZERO"}
    first = days.groupby(KEY, dropna=False, as_index=False)["first_row"].min()
    for kind, code in codes.items():
        rows = gaps.loc[gaps["kind"] == kind]
        if rows.empty:
            continue
        series = len(rows[KEY].drop_duplicates())
        hours = rows["hours"].sum()
        yield finding(
            code,
            file,
            file=file,
            value=f"{len(rows):,} spells, {hours:,.0f} h, {series:,} sources and substances",
        )
        longest = rows.merge(first, on=KEY).sort_values("hours", ascending=False, kind="stable").head(SHOWN)
        for row in longest.to_dict("records"):
            last = row["day_end"] - pd.Timedelta(days=1)
            yield finding(
                code,
                _name(row),
                file=file,
                row=int(row["first_row"]),
                value=f"{row['day_start'].date()} to {last.date()}: {row['hours']:,.0f} h",
            )


def jump_remarks(days: pd.DataFrame, file: str) -> Iterator[Finding]:
    """Steps of the monthly mean or median beyond a factor of 30."""
    levels = days.assign(month=days["day"].dt.to_period("M"))
    for quantity, unit in (("rate_g_s", "g/s"), ("concentration_mg_nm3", "mg/Nm³")):
        column = f"mean_{quantity}"
        positive = levels.loc[levels[column] > 0]
        months = positive.groupby([*KEY, "month"], as_index=False, dropna=False).agg(
            mean=(column, "mean"),
            median=(column, "median"),
            days=("day", "nunique"),
            first=("first_row", "min"),
        )
        months = months.loc[months["days"] >= JUMP_DAYS].reset_index(drop=True)
        series = months.groupby(KEY, dropna=False, sort=False).ngroup()
        same = series == series.shift()
        before = months[["mean", "median", "month"]].shift()
        ratio = months[["mean", "median"]] / before[["mean", "median"]]
        largest = np.exp(np.log(ratio).abs().max(axis=1)).where(same)
        found = months.assign(factor=largest, previous=before["month"], was=before["mean"])
        found = found.loc[found["factor"] > JUMP]
        if found.empty:
            continue
        count = len(found[KEY].drop_duplicates())
        yield finding(
            "STACK-JUMP",
            file,
            file=file,
            column=column,
            value=f"{len(found):,} steps in {count:,} sources and substances, {quantity}",
        )
        for row in found.sort_values("factor", ascending=False, kind="stable").head(SHOWN).to_dict("records"):
            yield finding(
                "STACK-JUMP",
                _name(row),
                file=file,
                row=int(row["first"]),
                column=column,
                value=f"mean {row['was']:.4g} {unit} in {row['previous']}, "
                f"{row['mean']:.4g} in {row['month']}: factor {row['factor']:.3g}",
            )


def limit_remarks(names: pd.DataFrame, file: str) -> Iterator[Finding]:
    """Sources over their limit for most of the time, and those without a ratio."""
    used = names.loc[names["n_rows"] > 0]
    over = used.loc[(used["n_ratio"] >= LIMIT_ROWS) & (used["over_limit_share"] > 0.5)]
    for row in over.sort_values(["over_limit_share", "source_name"], ascending=[False, True]).to_dict(
        "records"
    ):
        yield finding(
            "STACK-MOSTLY-OVER",
            _source(row),
            file=file,
            value=f"{row['n_over_limit']:,} of {row['n_ratio']:,} readings with a ratio "
            f"({100 * row['over_limit_share']:.1f} %) are over the limit",
        )
    missing = used.loc[used["n_ratio"] < used["n_rows"]]
    if missing.empty:
        return
    rows, without = int(used["n_rows"].sum()), int((used["n_rows"] - used["n_ratio"]).sum())
    none = used.loc[used["n_ratio"] == 0]
    yield finding(
        "STACK-RATIO-MISSING",
        file,
        file=file,
        value=f"{without:,} of {rows:,} rows in use ({100 * without / rows:.1f} %) have no ratio; "
        f"{len(none):,} of {len(used):,} sources have none at all",
    )
    plants = none.groupby("organization", dropna=False, as_index=False)["n_rows"].sum()
    for row in plants.sort_values(["n_rows", "organization"], ascending=[False, True]).to_dict("records"):
        yield finding(
            "STACK-RATIO-MISSING",
            "" if pd.isna(row["organization"]) else str(row["organization"]),
            file=file,
            value=f"sources without any ratio: {row['n_rows']:,} rows; "
            "whether they kept their limit is unknown",
        )


def crowded_remarks(days: pd.DataFrame, raw_hours: pd.Series, zone: str, file: str) -> Iterator[Finding]:
    """Days with more readings than a day has intervals."""
    many = days.loc[(raw_hours > day_hours(days["day"], zone) + 1e-6).to_numpy(bool)]
    if many.empty:
        return
    series = len(many[KEY].drop_duplicates())
    yield finding(
        "STACK-MANY-ROWS",
        file,
        file=file,
        value=f"{len(many):,} days of {series:,} sources and substances",
    )
    for row in many.sort_values("n_rows", ascending=False, kind="stable").head(SHOWN).to_dict("records"):
        yield finding(
            "STACK-MANY-ROWS",
            _name(row),
            file=file,
            row=int(row["first_row"]),
            value=f"{row['n_rows']:,} rows on {row['day'].date()}",
        )


def _name(row: dict) -> str:
    texts = [row[column] for column in ("organization", "source_name", "pollutant")]
    return " | ".join("" if pd.isna(text) else str(text) for text in texts)


def _source(row: dict) -> str:
    plant = "" if pd.isna(row["organization"]) else row["organization"]
    return f"{plant} | {row['source_name']}"
