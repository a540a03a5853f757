"""High and extremely high pollution (VZ, EVZ): unbroken runs of single concentrations over many limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.norms.indices_rules import chosen_rules

DEFAULT_RULES = "classic"
"""Rule set that is used where none is named."""

LONGEST_GAP_S = 6 * 3600.0
"""Longest time between two readings of one run [s]: the step of a manual post with four samples a day."""

_US = 1_000_000


@dataclass(frozen=True)
class HighRun:
    """A case of a rule: index of its first and last reading, length with gaps [h], largest ratio."""

    rule: str
    level: str
    first: int
    last: int
    hours: float
    n_readings: int
    maximum_ratio: float
    at: int
    mark: str


def high_pollution_rules(rules: str = DEFAULT_RULES) -> pd.DataFrame:
    """Rows of one rule set.

    Raises
    ------
    ConfigError
        If there is no set of that name.
    """
    return chosen_rules("high_pollution", "rule_set", rules)


def high_pollution_cases(
    time_start: NDArray[np.datetime64],
    duration_s: NDArray[np.float64],
    ratio: NDArray[np.float64],
    rules: str = DEFAULT_RULES,
    *,
    longest_gap_s: float = LONGEST_GAP_S,
) -> list[HighRun]:
    """Cases of high and extremely high pollution of one post and substance, rule by rule.

    A run holds readings that all meet the ratio of the rule, each beginning at most ``longest_gap_s`` after
    the end of the one before; its length runs from the first beginning to the last end, so that samples
    every six hours count as lasting in between. A rule of a duration is met by the length of the run. A run
    that meets several rules gives a case of each.

    Parameters
    ----------
    time_start : array of datetime64, shape (n,)
        Beginnings in ascending order.
    duration_s : array, shape (n,)
        Lengths of the readings [s].
    ratio : array, shape (n,)
        Concentration over the single maximum limit [1]; NaN where there is no value, which neither meets a
        rule nor ends a run.

    Raises
    ------
    InputError
        If the readings are not in order or the arrays differ in length.
    ConfigError
        If the rule set is unknown.
    """
    start = np.asarray(time_start, "datetime64[us]").astype(np.int64)
    if not len(start) == len(duration_s) == len(ratio):
        raise InputError("times, durations and ratios differ in number", rule="one of each a reading")
    if (np.diff(start) < 0).any():
        raise InputError("readings are not in the order of time", cure="sort them by time_start")
    known = np.flatnonzero(np.isfinite(ratio))
    start, values = start[known], np.asarray(ratio, float)[known]
    end = start + np.rint(np.asarray(duration_s, float)[known] * _US).astype(np.int64)
    made: list[HighRun] = []
    for rule in high_pollution_rules(rules).itertuples(index=False):
        over = values >= rule.ratio if rule.comparison == ">=" else values > rule.ratio
        for first, last in _runs(over, start, end, longest_gap_s):
            hours = (end[last] - start[first]) / 3600e6
            if not (hours >= rule.hours if rule.hours_comparison == ">=" else hours > rule.hours):
                continue
            at = first + int(np.argmax(values[first : last + 1]))
            made.append(
                HighRun(
                    str(rule.rule),
                    str(rule.level),
                    int(known[first]),
                    int(known[last]),
                    float(hours),
                    last - first + 1,
                    float(values[at]),
                    int(known[at]),
                    str(rule.mark),
                )
            )
    return made


def _runs(
    over: NDArray[np.bool_], start: NDArray[np.int64], end: NDArray[np.int64], longest_gap_s: float
) -> list[tuple[int, int]]:
    """First and last index of each unbroken run."""
    if not over.any():
        return []
    near = np.zeros(len(over), bool)
    near[1:] = (start[1:] - end[:-1]) <= longest_gap_s * _US
    begins = over & ~(np.concatenate([[False], over[:-1]]) & near)
    ends = over & ~np.concatenate([(over[1:] & near[1:]), [False]])
    return list(zip(np.flatnonzero(begins).tolist(), np.flatnonzero(ends).tolist(), strict=True))
