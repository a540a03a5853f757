"""Indices of the pollution of a city's air as hydrometeorological bulletins print them: SI, NP, IZA5, grade.

Pure arithmetic on numbers; `sootprint.monitors.city_indices` makes the numbers from readings. Limits of
classes and exponents are data, see `sootprint.norms.indices_rules`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sootprint.core.errors import ConfigError, InputError
from sootprint.norms.indices_rules import chosen_rules, rule_table, worst_mark

GRADES = ("I", "II", "III", "IV")
"""Grades of pollution, from the lowest."""

DEFAULT_EXPONENTS = "emirsaba"
"""Exponent set that is used where none is named."""

SUBSTITUTE_DAILY_SHARE = 0.4
"""Daily limit over single maximum limit where a substance has no daily one and a substitute is asked for [1];
unverified usage."""


@dataclass(frozen=True)
class Grade:
    """Grade of one index: its value, the whole number that was graded, grade 1 to 4, level and mark."""

    index: str
    value: float
    rounded: int
    grade: int
    level: str
    mark: str

    @property
    def roman(self) -> str:
        """Grade as bulletins print it."""
        return GRADES[self.grade - 1]


def round_half_up(value: float) -> int:
    """Whole number next to a value that is not negative; halves go up, so 2.5 gives 3.

    Raises
    ------
    InputError
        If the value is negative or not finite.
    """
    if not (math.isfinite(value) and value >= 0):
        raise InputError(f"an index of {value}", rule="an index is a finite number, zero or more")
    # The product of a ratio like 0.145·100 is a hair under its half; a billionth brings it back.
    return math.floor(value + 0.5 + 1e-9)


def exponent(hazard_class: int, exponents: str = DEFAULT_EXPONENTS) -> tuple[float, str]:
    """Exponent k of a hazard class [1] and its mark.

    Raises
    ------
    ConfigError
        If the set is unknown.
    InputError
        If the set has no such class.
    """
    rows = chosen_rules("iza_exponents", "set", exponents)
    own = rows.loc[rows["hazard_class"] == hazard_class]
    if own.empty:
        raise InputError(f"hazard class {hazard_class}", rule="a hazard class is 1, 2, 3 or 4")
    return float(own["exponent"].iloc[0]), str(own["mark"].iloc[0])


def exponent_sets() -> list[str]:
    """Names of the exponent sets."""
    return list(dict.fromkeys(rule_table("iza_exponents")["set"]))


def single_index(mean_ratio: float, hazard_class: int, exponents: str = DEFAULT_EXPONENTS) -> float:
    r"""Index of one substance :math:`I = (\bar q / \mathrm{MPC_{daily}})^{k}` [1].

    Parameters
    ----------
    mean_ratio : float
        Mean concentration over the daily limit, zero or more.
    hazard_class : int
        Class 1 (extremely hazardous) to 4.
    exponents : str
        Name of the exponent set.

    Notes
    -----
    Two daily limits of a substance of class 2 in the set ``emirsaba``: 2^1.3 = 2.462.

    Raises
    ------
    InputError
        If the ratio is negative or not finite, or the class unknown.
    """
    if not (math.isfinite(mean_ratio) and mean_ratio >= 0):
        raise InputError(f"a mean of {mean_ratio} limits", rule="a finite number, zero or more")
    return float(mean_ratio ** exponent(hazard_class, exponents)[0])


def complex_index(indices: Iterable[float], n: int = 5) -> float:
    """Complex index: sum of the ``n`` largest indices of substances [1]; IZA5 for n = 5, NaN of none.

    Fewer than ``n`` substances give the sum of what there is: the caller states their number.
    """
    largest = sorted((float(value) for value in indices if math.isfinite(value)), reverse=True)[:n]
    return math.fsum(largest) if largest else math.nan


def standard_index(ratios: Iterable[float]) -> float:
    """Standard index SI: largest single concentration over its single maximum limit [1]; NaN of none."""
    known = [float(value) for value in ratios if math.isfinite(value)]
    return max(known) if known else math.nan


def repeatability(n_exceedances: int, n_observations: int) -> float:
    """Share of single concentrations over the single maximum limit [%]; NaN of no observations.

    NP is its largest value over the posts and substances. 3 of 120 observations give 2.5 %.

    Raises
    ------
    InputError
        If there are more exceedances than observations, or a count is negative.
    """
    if not 0 <= n_exceedances <= n_observations:
        raise InputError(
            f"{n_exceedances} exceedances in {n_observations} observations",
            rule="0 <= exceedances <= observations",
        )
    return 100.0 * n_exceedances / n_observations if n_observations else math.nan


def grade(index: str, value: float) -> Grade:
    """Grade of an index value, rounded to a whole number first: the printed classes have gaps between them.

    Parameters
    ----------
    index : {"SI", "NP", "IZA5"}
        Index; NP in per cent.
    value : float
        Value, zero or more. SI 4.4 rounds to 4 (grade II), 4.5 to 5 (grade III).

    Raises
    ------
    ConfigError
        If the index has no gradation.
    InputError
        If the value is negative or not finite.
    """
    rows = chosen_rules("gradation", "index", index)
    whole = round_half_up(value)
    row = rows.loc[rows["lowest"] <= whole].iloc[-1]
    return Grade(index, float(value), whole, int(row["grade"]), str(row["level"]), str(row["mark"]))


def deciding_indices(period: str) -> list[str]:
    """Indices that decide the grade of a period, ``month`` or ``year``.

    Raises
    ------
    ConfigError
        If there is no rule for the period.
    """
    return chosen_rules("gradation_periods", "period", period)["index"].tolist()


def overall_grade(values: Mapping[str, float], period: str) -> Grade | None:
    """Grade of a city: the highest of the indices that decide for the period; None where none is known.

    For a month SI and NP decide, for a year IZA5. Of equal grades the index that the rule names first stands.

    Parameters
    ----------
    values : mapping of str to float
        Value of each index; a missing one is NaN or absent.
    period : {"month", "year"}
        Kind of the period.
    """
    found = [
        grade(index, values[index])
        for index in deciding_indices(period)
        if math.isfinite(values.get(index, math.nan))
    ]
    if not found:
        return None
    top = max(found, key=lambda item: item.grade)
    rules = chosen_rules("gradation_periods", "period", period)["mark"].tolist()
    return Grade(top.index, top.value, top.rounded, top.grade, top.level, worst_mark([top.mark, *rules]))


def daily_limit(daily_ugm3: float, single_ugm3: float, missing: str = "exclude") -> tuple[float, str]:
    """Daily limit [µg m⁻³] that IZA uses, and where it comes from: ``norm``, ``0.4 single`` or ``none``.

    Parameters
    ----------
    daily_ugm3, single_ugm3 : float
        Daily and single maximum limit, NaN where there is none.
    missing : {"exclude", "0.4-single"}
        What stands for a missing daily limit: nothing, or 0.4 of the single maximum one.

    Raises
    ------
    ConfigError
        If the option is unknown.
    """
    if missing not in {"exclude", "0.4-single"}:
        raise ConfigError(f"missing daily limit {missing!r}", cure="one of: exclude, 0.4-single")
    if math.isfinite(daily_ugm3):
        return float(daily_ugm3), "norm"
    if missing == "0.4-single" and math.isfinite(single_ugm3):
        return SUBSTITUTE_DAILY_SHARE * float(single_ugm3), "0.4 single"
    return math.nan, "none"
