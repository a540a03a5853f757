"""Events against known releases: was it seen, was it the right source, how much, and was silence silent."""

from __future__ import annotations

import numpy as np
import pandas as pd


def score_releases(
    events: pd.DataFrame, truth: pd.DataFrame, *, times: pd.DatetimeIndex, cell_minutes: int, claim_g_s: float
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Each known release with the event that overlaps it longest, and the summary.

    Parameters
    ----------
    events : DataFrame
        ``start, end, source, rate_g_s, rate_low_g_s, rate_high_g_s``.
    truth : DataFrame
        ``start, end, source, rate_g_s, single``; the summary counts releases that run alone (``single``).
    times : DatetimeIndex
        Beginning of each cell of the period.
    cell_minutes : int
        Length of a cell [min].
    claim_g_s : float
        Rate from which an event in silence counts as a false claim [g s⁻¹].

    Returns
    -------
    table, summary
        Summary: releases, seen, right_source (share of all single releases), within_factor_2 and
        coverage_90 (shares of those seen at the right source), median_ratio, false_hours (share of the
        silent cells, an hour around releases left out, that an event at or over ``claim_g_s`` claims).
    """
    rows = []
    for release in truth.itertuples(index=False):
        overlap = (
            events["end"].clip(upper=release.end) - events["start"].clip(lower=release.start)
        ).dt.total_seconds()
        row: dict[str, object] = {
            "source": release.source,
            "start": release.start,
            "hours": (release.end - release.start).total_seconds() / 3600.0,
            "rate_g_s": release.rate_g_s,
            "single": bool(release.single),
        }
        if len(events) and overlap.max() > 0:
            event = events.loc[overlap.idxmax()]
            row |= {
                "found": event["source"],
                "ratio": event["rate_g_s"] / release.rate_g_s,
                "held": event["rate_low_g_s"] <= release.rate_g_s <= event["rate_high_g_s"],
                "overlap_hours": overlap.max() / 3600.0,
            }
        else:
            row |= {"found": None, "ratio": np.nan, "held": None, "overlap_hours": 0.0}
        rows.append(row)
    table = pd.DataFrame(rows)
    single = table.loc[table["single"]]
    right = single.loc[single["found"] == single["source"]]
    margin = pd.Timedelta(hours=1)
    starts, length = pd.DatetimeIndex(times), pd.Timedelta(minutes=cell_minutes)
    silent = np.ones(len(starts), bool)
    for release in truth.itertuples(index=False):
        silent &= ~np.asarray(
            (starts + length > release.start - margin / 60) & (starts < release.end + margin)
        )
    claimed = np.zeros(len(starts), bool)
    for event in events.loc[events["rate_g_s"] >= claim_g_s].itertuples(index=False):
        claimed |= np.asarray((starts >= event.start) & (starts < event.end))
    return table, {
        "releases": float(len(single)),
        "seen": float(single["found"].notna().mean()),
        "right_source": float((single["found"] == single["source"]).mean()),
        "within_factor_2": float(right["ratio"].between(0.5, 2.0).mean()),
        "coverage_90": float(right["held"].astype(bool).mean()),
        "median_ratio": float(right["ratio"].median()),
        "silent_hours": float(silent.sum()) * cell_minutes / 60.0,
        "false_hours": float((claimed & silent).sum() / max(silent.sum(), 1)),
    }
