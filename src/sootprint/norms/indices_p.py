"""Parameter P of the pollution of a city's air on a day, and its groups (RD 52.04.306-92, not read)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sootprint.core.errors import ConfigError, InputError
from sootprint.norms.indices_rules import rule_table

ABOVE_SEASON = 1.5
"""Multiple of the seasonal mean over which a single concentration counts as raised [1]; RD 52.04.306-92,
not read."""

SEASONS = {
    "calendar": {12: "winter", 1: "winter", 2: "winter", 3: "spring", 4: "spring", 5: "spring",
                 6: "summer", 7: "summer", 8: "summer", 9: "autumn", 10: "autumn", 11: "autumn"},
    "half-years": {month: "warm" if 4 <= month <= 9 else "cold" for month in range(1, 13)},
}  # fmt: skip
"""Season of each month, by the name of the division."""


@dataclass(frozen=True)
class PGroup:
    """Group of a parameter P: 1 (high) to 3 (low), level and mark."""

    group: int
    level: str
    mark: str


def parameter_p(n_raised: int, n_all: int) -> float:
    """Parameter P = m/n of a day [1]: single concentrations over 1.5 seasonal means, of all; NaN of none.

    21 raised of 60 give 0.35.

    Raises
    ------
    InputError
        If there are more raised concentrations than concentrations, or a count is negative.
    """
    if not 0 <= n_raised <= n_all:
        raise InputError(f"{n_raised} raised of {n_all} concentrations", rule="0 <= raised <= all")
    return n_raised / n_all if n_all else math.nan


def smoothed_p(values: Sequence[float], weight: float = 0.5) -> list[float]:
    """P′ of each day: (1 − w)·P of the day + w·P of the day before [1].

    The weight w = 1 is pure persistence: yesterday's value stands for today. NaN where a day that has a
    weight is unknown. The guide's own way of taking the day before into account was not read; this is
    ours.

    Raises
    ------
    ConfigError
        If the weight is not between 0 and 1.
    """
    if not 0.0 <= weight <= 1.0:
        raise ConfigError(f"a weight of {weight:g}", rule="the weight of the day before is 0 to 1")
    before = [math.nan, *values][: len(values)]
    return [
        (0.0 if weight == 1.0 else (1.0 - weight) * today) + (0.0 if weight == 0.0 else weight * yesterday)
        for today, yesterday in zip(values, before, strict=True)
    ]


def p_group(value: float) -> PGroup:
    """Group of a parameter P, rounded to two decimals first (halves up): 0.20 and less is low.

    Raises
    ------
    InputError
        If the value is not between 0 and 1.
    """
    if not 0.0 <= value <= 1.0:
        raise InputError(f"P of {value}", rule="P is a share between 0 and 1")
    hundredths = math.floor(100.0 * value + 0.5 + 1e-9)
    return [found for above, found in _groups() if hundredths > 100.0 * above + 1e-6][-1]


@cache
def _groups() -> list[tuple[float, PGroup]]:
    """Value over which each group begins, and the group; below all of them for the first."""
    return [
        (-1.0 if math.isnan(row.above) else float(row.above), PGroup(int(row.group), row.level, row.mark))
        for row in rule_table("parameter_p").itertuples(index=False)
    ]


def season_of(month: int, seasons: str = "calendar") -> str:
    """Season of a calendar month.

    Raises
    ------
    ConfigError
        If the division is unknown.
    """
    if seasons not in SEASONS:
        raise ConfigError(f"seasons {seasons!r}", cure=f"one of: {', '.join(SEASONS)}")
    return SEASONS[seasons][month]
