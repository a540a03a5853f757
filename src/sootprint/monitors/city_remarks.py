"""Remarks that indices of a city carry, by their code; documents translate them."""

from __future__ import annotations

from collections.abc import Iterable

REMARKS = {
    "hourly_understates": "hourly means stand for values of 20–30 min: the largest one and the share over "
    "the limit can only be understated",
    "short_overstates": "samples under 20 min stand for values of 20–30 min: the largest can be overstated",
    "long_readings": "readings longer than an hour: no single concentrations",
    "no_readings": "no valid reading",
    "samples": "samples at fixed hours: a daily mean is the mean of at least three samples",
    "low_capture": "less than 75 % of the possible single concentrations",
    "no_single_limit": "no single maximum limit",
    "no_daily_limit": "no daily limit: not in IZA",
    "daily_limit_substituted": "no daily limit: 0.4 of the single maximum limit stands for it in IZA",
    "class_assumed": "no hazard class in the norms: class 3 is assumed in IZA",
    "class_unknown": "no hazard class in the norms: not in IZA",
    "no_daily_means": "no valid daily mean",
    "negative": "the value is below zero: no index is made of it",
    "fewer_than_five": "fewer than five substances",
    "posts_left_out": "low-cost and mobile posts are not counted",
    "gap_persists": "the run has gaps between samples; it is taken to have lasted",
}
"""Meaning of each code."""


def joined(codes: Iterable[str]) -> str | None:
    """Codes once each, in the order of `REMARKS`, separated by semicolons; None of none.

    Raises
    ------
    KeyError
        If a code is not known.
    """
    wanted = set(codes)
    unknown = wanted - set(REMARKS)
    if unknown:
        raise KeyError(sorted(unknown)[0])
    return ";".join(code for code in REMARKS if code in wanted) or None
