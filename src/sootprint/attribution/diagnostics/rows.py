"""Rows of the table ``attribution_checks``, and the bounds that a comparison is held to."""

from __future__ import annotations

import numpy as np

Row = dict[str, object]


def row(
    check: str,
    kind: str,
    subject: str,
    pollutant: str | None,
    value: float,
    words: str,
    *,
    low: float | None = None,
    high: float | None = None,
    judged: bool = True,
) -> Row:
    """One comparison: ``passed`` says whether the value lies within [low, high]; missing if not judged.

    A missing value is never passed; a missing bound is none.
    """
    passed: bool | None = None
    if judged:
        within = np.isfinite(value) and (low is None or value >= low) and (high is None or value <= high)
        passed = bool(within)
    return {
        "check": check,
        "subject_kind": kind,
        "subject": subject,
        "pollutant": pollutant,
        "value": value,
        "low": low,
        "high": high,
        "passed": passed,
        "words": words,
    }


def least_share(count: int, level: float, risk: float) -> float:
    """Smallest share of ``count`` independent trials that a probability explains with all but this risk.

    The quantile of the binomial distribution over the number of trials.
    """
    from scipy.stats import binom

    return float(binom.ppf(risk, count, level)) / count


def largest_share(count: int, level: float, risk: float) -> float:
    """Largest such share."""
    from scipy.stats import binom

    return float(binom.ppf(1.0 - risk, count, level)) / count


def coverage_row(
    check: str,
    kind: str,
    subject: str,
    pollutant: str,
    held: np.ndarray,
    days: int,
    *,
    level: float,
    risk: float,
    least_days: int,
) -> Row:
    """Share of held readings against the share that the intervals state.

    Readings of one day count as one trial, since their errors go together. Only too few fail; intervals that
    hold more than they state are said to be wide.
    """
    share = float(np.mean(held))
    if days < least_days:
        words = f"{days} days are too few to judge"
        return row(check, kind, subject, pollutant, share, words, judged=False)
    low = least_share(days, level, risk)
    if share < low:
        words = f"the intervals hold {share:.0%} and state {level:.0%}"
    elif share > largest_share(days, level, risk):
        words = f"the intervals hold {share:.0%} and state {level:.0%}: wider than need be"
    else:
        words = f"the intervals hold {share:.0%}"
    return row(check, kind, subject, pollutant, share, words, low=low)
