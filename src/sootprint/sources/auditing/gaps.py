"""Gaps and flat lines of stack monitoring that fall on high ambient values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from sootprint.core.timeaxis import to_local
from sootprint.sources.auditing.book import Book
from sootprint.sources.auditing.coincidence import coincidence
from sootprint.sources.auditing.monitoring import HOUR, labels

Findings = Iterator[dict[str, Any]]

DAY_COVERED = 18.0
"""Hours with a value from which a day is no gap [h]."""

AMBIENT_OF = {
    "TSP": "PM10",
    "dust_SiO2_20_70": "PM10",
    "dust_SiO2_below_20": "PM10",
    "dust_SiO2_above_70": "PM10",
    "NOx": "NO2",
    "NO": "NO2",
}
"""Ambient pollutant that stands for a substance of a stack."""


def coincidences(book: Book) -> Findings:
    """Gaps and flat lines of stack monitoring that fall on high ambient values, against chance."""
    made = []
    for label, pollutant, rows, step in _monitored(book):
        key = (AMBIENT_OF.get(pollutant, pollutant), step)
        if key not in book.memo:
            book.memo[key] = _ambient(book, *key)
        high, known, start = book.memo[key]
        first, last = _first_and_last(rows, step)
        if high.empty:
            continue
        index = pd.date_range(max(first, start), min(last, high.index[-1]), freq=step)
        days = len(index) // (24 if step == "h" else 1)
        if days < book.limit("coincidence_days"):
            continue
        highs, seen = high.reindex(index, fill_value=False), known.reindex(index, fill_value=False)
        for kind, marks in _marks(rows, index, step).items():
            if not 0 < marks.sum() < len(marks):
                continue
            test = coincidence(marks, highs.to_numpy(), seen.to_numpy(), period=24 if step == "h" else 1)
            made.append((kind, label, pollutant, _first(rows), test, step))
    limit = book.limit("coincidence_p")
    for kind, label, pollutant, at, test, step in made:
        if test.p > limit or test.together == 0:
            continue
        word = "hours" if step == "h" else "days"
        strong = test.p <= limit / len(made)
        record = book.found(
            f"AUD-{kind}-HIGH-AMBIENT",
            at=at,
            pollutant=pollutant,
            column="rate_g_s",
            value=test.ratio,
            unit="1",
            low=0.0,
            high=1.0,
            text=f"about 1: high {word} are as frequent in the rest",
            note=f"{label}: {test.together} of {test.marked} marked {word} are high, "
            f"{test.high} of {test.known} in all; p = {test.p:.3g} of {test.shifts} shifts, "
            f"{len(made)} series tested; no proof: a cause common to both (weather, season, shutdowns) is "
            "not excluded",
            facility_id=book.sources["facility_id"].get(str(at["source_id"])),
        )
        yield record | ({} if strong else {"severity": "info"})


def _monitored(book: Book) -> Iterator[tuple[str, str, pd.DataFrame, str]]:
    """Label, substance, rows and step of each series."""
    done = set()
    for table, step in ((book.stack_readings, "h"), (book.stack_days, "D")):
        if table.empty:
            continue
        for (label, pollutant), rows in table.groupby([labels(table), table["pollutant"]], sort=True):
            if (label, pollutant) not in done:
                done.add((label, pollutant))
                yield str(label), str(pollutant), rows, step


def _first(rows: pd.DataFrame) -> pd.Series:
    return rows.iloc[0].rename({"first_row": "source_row"})


def _first_and_last(rows: pd.DataFrame, step: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    times = rows["time_start"].dt.floor("h") if step == "h" else rows["day"]
    return times.min(), times.max()


def _marks(rows: pd.DataFrame, index: pd.DatetimeIndex, step: str) -> dict[str, np.ndarray]:
    """Steps without a value, and steps within flat lines."""
    if step == "h":
        valued = rows["rate_g_s"].notna() | rows["concentration_mg_nm3"].notna()
        times = rows["time_start"].dt.floor("h")
        there, flat = set(times[valued]), set(times[rows["flag"] == "flat"])
    else:
        there = set(rows.loc[rows["hours_covered"] >= DAY_COVERED, "day"])
        flat = set(rows.loc[rows["n_flat"] > 0, "day"])
    return {
        "GAPS": ~index.isin(list(there)),
        "FLAT": index.isin(list(flat)),
    }


def _ambient(book: Book, pollutant: str, step: str) -> tuple[pd.Series, pd.Series, pd.Timestamp]:
    """Whether any post is high at each step, whether any is known, and the first step.

    Of observations a post is high from the stated quantile of its own values (means of the steps); a table
    of hours over a norm says it itself, and all hours between its first and last count as known.
    """
    none = pd.Series(dtype=bool), pd.Series(dtype=bool), pd.Timestamp(0)
    rows = book.ambient
    if rows.empty:
        return none
    rows = rows.loc[rows["pollutant"] == pollutant]
    if rows.empty:
        return none
    if "norm_id" not in rows:
        rows = rows.loc[rows["duration_s"] <= (HOUR if step == "h" else 24 * HOUR)]
        if rows.empty:
            return none
    times = rows["time_start"]
    if step == "D" and book.options.zone:
        times = to_local(times, book.options.zone)
    steps = times.dt.floor(step)
    full = pd.date_range(steps.min(), steps.max(), freq=step)
    if "norm_id" in rows:
        high = pd.Series(full.isin(steps), index=full)
        return high, pd.Series(True, index=full), full[0]
    valid = rows["value_ugm3"].notna() & rows["flag"].isin(["valid", "below_detection"])
    values = rows.loc[valid].assign(step=steps[valid])
    wide = values.pivot_table(index="step", columns="station_id", values="value_ugm3", aggfunc="mean")
    if wide.empty:
        return none
    high = (wide >= wide.quantile(book.limit("high_ambient_quantile"))).any(axis=1)
    known = wide.notna().any(axis=1)
    return high.reindex(full, fill_value=False), known.reindex(full, fill_value=False), full[0]
