"""What the summary of stack monitoring must be consistent in: one small function a rule."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sootprint.core import schema
from sootprint.core.findings import Finding
from sootprint.sources.stack_monitoring.clock import day_hours
from sootprint.sources.stack_monitoring.codes import finding

KEY = ["organization", "source_name", "pollutant"]

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
    made = [
        _spells(group, zone, minimum_capture, span) for _, group in _with_zero(days).groupby(KEY, sort=True)
    ]
    full = [table for table in made if len(table)]
    table = pd.concat(full, ignore_index=True) if full else pd.DataFrame()
    return schema.check(table, "stack_gaps")


def _with_zero(days: pd.DataFrame) -> pd.DataFrame:
    valid = days["n_valid"].astype(float)
    zero = (days["n_zero"].astype(float) >= ZERO_SHARE * valid) & (valid > 0)
    alive = (days["n_valid"] > days["n_zero"]).astype(bool) & ~zero
    # The plant runs on a day when another substance of the same source is not zero.
    running = alive.groupby([days["organization"], days["source_name"], days["day"]]).transform("any")
    return days.assign(
        is_zero=zero & running, is_flat=days["n_flat"].astype(float) >= ZERO_SHARE * valid.clip(lower=1)
    )


def _spells(
    group: pd.DataFrame, zone: str, minimum_capture: float, span: tuple[pd.Timestamp, pd.Timestamp] | None
) -> pd.DataFrame:
    # Two regions of one source give two rows of a day.
    rows = group.groupby("day").agg(
        hours=("hours_covered", "max"), is_zero=("is_zero", "all"), is_flat=("is_flat", "all")
    )
    first, last = rows.index.min(), rows.index.max()
    if span is not None:
        first, last = min(first, span[0]), max(last, span[1] - pd.Timedelta(days=1))
    calendar = pd.date_range(first, last, freq="D")
    full = day_hours(pd.Series(calendar), zone).to_numpy(float)
    covered = rows["hours"].reindex(calendar).fillna(0.0).to_numpy(float)
    states = {
        "missing": (covered < minimum_capture * full, full - covered),
        "flat": (rows["is_flat"].reindex(calendar, fill_value=False).to_numpy(bool), covered),
        "zero": (rows["is_zero"].reindex(calendar, fill_value=False).to_numpy(bool), covered),
    }
    made = []
    head = group.iloc[0]
    for kind, (state, hours) in states.items():
        edges = np.flatnonzero(np.diff(np.concatenate([[False], state, [False]]).astype(int)))
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            made.append(
                {
                    **{column: head[column] for column in ("source_id", *KEY)},
                    "kind": kind,
                    "day_start": calendar[begin],
                    "day_end": calendar[begin] + pd.Timedelta(days=int(end - begin)),
                    "hours": float(hours[begin:end].sum()),
                    "days": int(end - begin),
                }
            )
    return pd.DataFrame(made)


def gap_remarks(gaps: pd.DataFrame, days: pd.DataFrame, file: str) -> Iterator[Finding]:
    """One finding a kind, then the longest spells."""
    codes = {"missing": "STACK-GAP", "flat": "STACK-FLAT", "zero": "STACK-ZERO"}
    first = days.groupby(KEY)["first_row"].min()
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
        longest = rows.sort_values(["hours", *KEY], ascending=[False, True, True, True]).head(SHOWN)
        for row in longest.to_dict("records"):
            last = row["day_end"] - pd.Timedelta(days=1)
            yield finding(
                code,
                _name(row),
                file=file,
                row=int(first[tuple(row[column] for column in KEY)]),
                value=f"{row['day_start'].date()} to {last.date()}: {row['hours']:,.0f} h",
            )


def jump_remarks(days: pd.DataFrame, file: str) -> Iterator[Finding]:
    """Steps of the monthly mean or median beyond a factor of 30."""
    levels = days.assign(month=days["day"].dt.to_period("M"))
    for quantity, unit in (("rate_g_s", "g/s"), ("concentration_mg_nm3", "mg/Nm³")):
        column = f"mean_{quantity}"
        positive = levels.loc[levels[column] > 0]
        months = positive.groupby([*KEY, "month"], as_index=False).agg(
            mean=(column, "mean"),
            median=(column, "median"),
            days=("day", "nunique"),
            first=("first_row", "min"),
        )
        months = months.loc[months["days"] >= JUMP_DAYS].reset_index(drop=True)
        same = (months[KEY] == months[KEY].shift()).all(axis=1)
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
                value=f"mean {row['was']:.4g} {unit} in {row['previous']}, {row['mean']:.4g} in {row['month']}: "
                f"factor {row['factor']:.3g}",
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
            str(row["organization"] or ""),
            file=file,
            value=f"sources without any ratio: {row['n_rows']:,} rows; whether they kept their limit is unknown",
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
    for row in (
        many.sort_values(["n_rows", *KEY], ascending=[False, True, True, True]).head(SHOWN).to_dict("records")
    ):
        yield finding(
            "STACK-MANY-ROWS",
            _name(row),
            file=file,
            row=int(row["first_row"]),
            value=f"{row['n_rows']:,} rows on {row['day'].date()}",
        )


def _name(row: dict) -> str:
    return " | ".join(str(row[column] or "") for column in KEY)


def _source(row: dict) -> str:
    return f"{row['organization'] or ''} | {row['source_name']}"
