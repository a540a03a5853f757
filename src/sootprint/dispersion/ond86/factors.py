"""Factors of the single source from their tables: F of settling, A of a region, η of relief.

The tables are CSV files in ``dispersion/data`` that a lawyer can read and correct; each row has its source
and its mark. None of them was read in the legal text: their mark is to be shown with the value.
"""

from __future__ import annotations

import math
from functools import cache
from importlib import resources
from typing import Literal, NamedTuple

import pandas as pd

from sootprint.core.errors import InputError

Relief = Literal["hollow", "ledge", "ridge"]

_NUMBERS = {
    "ond86_settling": ("cleaning_above_or_at_percent", "settling"),
    "ond86_regions": ("coefficient",),
    "ond86_relief": ("n1_from", "n1_to", "n2_from", "n2_to", "eta_m"),
    "ond86_pollutant_kinds": (),
}
_MARKS = ("verified", "secondary", "unverified")


class Factor(NamedTuple):
    """Value of a table and its mark: verified, secondary or unverified."""

    value: float
    mark: str


@cache
def _table(name: str) -> pd.DataFrame:
    path = resources.files("sootprint.dispersion") / "data" / f"{name}.csv"
    with path.open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
    for column in _NUMBERS[name]:
        table[column] = pd.to_numeric(table[column])
    wrong = sorted(set(table["mark"]) - set(_MARKS))
    if wrong:
        raise InputError(f"mark {wrong[0]!r}", where=f"data/{name}.csv", rule=f"one of {', '.join(_MARKS)}")
    return table


def factor_table(name: str) -> pd.DataFrame:
    """Table of factors by the name of its file: ``ond86_settling``, ``ond86_relief`` and so on.

    Raises
    ------
    InputError
        If there is no such table.
    """
    if name not in _NUMBERS:
        raise InputError(f"no table {name!r}", cure=f"one of: {', '.join(_NUMBERS)}")
    return _table(name).copy()


def pollutant_kind(pollutant: str) -> tuple[str, str]:
    """Kind of a pollutant, gas, fine or coarse aerosol, and the mark of that.

    A pollutant that the table does not hold counts as a coarse aerosol, the severer reading, unverified.
    """
    table = _table("ond86_pollutant_kinds")
    found = table.loc[table["pollutant"] == pollutant]
    if found.empty:
        return "coarse", "unverified"
    return str(found["kind"].iloc[0]), str(found["mark"].iloc[0])


def settling_of(pollutant: str, cleaning_efficiency: float = math.nan) -> Factor:
    """Settling coefficient F of a pollutant by its kind and the mean degree of cleaning.

    Parameters
    ----------
    pollutant : str
        Identifier, or a kind: gas, fine, coarse.
    cleaning_efficiency : float
        Mean degree of cleaning in operation [%]; NaN counts as no cleaning.

    Raises
    ------
    InputError
        If the degree of cleaning is not from 0 to 100 %.

    Notes
    -----
    Clause 2.5 of OND-86, unverified: 1 for gases and fine aerosol, for other aerosol 2 from 90 %, 2.5 from
    75 to 90 %, 3 under 75 % or without cleaning.

    Examples
    --------
    >>> settling_of("soot", 80.0)
    Factor(value=2.5, mark='unverified')
    """
    degree = 0.0 if math.isnan(cleaning_efficiency) else float(cleaning_efficiency)
    if not 0.0 <= degree <= 100.0:
        raise InputError(f"a cleaning of {degree:g} %", rule="from 0 to 100 %", cure="correct the inventory")
    kind, mark, steps = _settling_steps(pollutant)
    factor = next(step for step in steps if step[0] <= degree)
    # That a gas has F = 1 rests on no recalled threshold.
    return Factor(factor[1], mark if kind == "gas" else factor[2])


@cache
def _settling_steps(pollutant: str) -> tuple[str, str, tuple[tuple[float, float, str], ...]]:
    """Kind and its mark; least cleaning [%], F and mark of each step, the best cleaning first."""
    table = _table("ond86_settling")
    kind, mark = (pollutant, "verified") if pollutant in set(table["kind"]) else pollutant_kind(pollutant)
    rows = table.loc[table["kind"] == kind].sort_values("cleaning_above_or_at_percent", ascending=False)
    steps = rows[["cleaning_above_or_at_percent", "settling", "mark"]].itertuples(index=False)
    return kind, mark, tuple((float(low), float(factor), str(word)) for low, factor, word in steps)


def region_coefficient_of(region: str) -> Factor:
    """Coefficient A of a region [s^⅔ mg K^⅓ g⁻¹] from the table of regions, such as ``kazakhstan``.

    Raises
    ------
    InputError
        If the table has no such region.
    """
    table = _table("ond86_regions")
    found = table.loc[table["region"] == region]
    if found.empty:
        raise InputError(f"region {region!r} is not known", cure=f"one of: {', '.join(table['region'])}")
    return Factor(float(found["coefficient"].iloc[0]), str(found["mark"].iloc[0]))


def relief_coefficient(
    form: Relief, *, source_height_m: float, relief_height_m: float, half_width_m: float, nearness: float
) -> Factor:
    """Relief coefficient η of one ridge, hollow or ledge: 1 + φ₁ (ηm − 1), formula (4.1).

    Parameters
    ----------
    form : {"hollow", "ledge", "ridge"}
        Form of the ground.
    source_height_m : float
        H of the source [m].
    relief_height_m : float
        Height or depth h₀ of the form [m]; n₁ = H / h₀ to tenths.
    half_width_m : float
        Half width a₀ of the form, for a ledge the length of its slope [m]; n₂ = a₀ / h₀ to a whole number.
    nearness : float
        φ₁, from 0 to 1: read by the user from the chart of the text at |x₀| / a₀.

    Raises
    ------
    InputError
        If a number cannot be right, or the form is steeper than the table (n₂ under 4).

    Notes
    -----
    ηm is from table 4.1, unverified. Gentler slopes than n₂ = 20, 50 m a km, have η = 1. Complex relief is
    outside the table: η is then an input from an expert.
    """
    numbers = {
        "source_height_m": source_height_m,
        "relief_height_m": relief_height_m,
        "half_width_m": half_width_m,
    }
    for name, value in numbers.items():
        if not (math.isfinite(value) and value > 0.0):
            raise InputError(f"{name} = {value}", rule="a finite number above zero")
    if not 0.0 <= nearness <= 1.0:
        raise InputError(f"nearness φ₁ = {nearness}", rule="from 0 to 1")
    table = _table("ond86_relief")
    table = table.loc[table["form"] == form]
    if table.empty:
        raise InputError(f"form {form!r} is not known", cure="hollow, ledge or ridge")
    n1 = round(source_height_m / relief_height_m, 1)
    n2 = round(half_width_m / relief_height_m)
    if n2 < table["n2_from"].min():
        raise InputError(
            f"a form with n₂ = a₀ / h₀ = {n2}",
            rule="table 4.1 begins at n₂ = 4",
            cure="state η from an expert's decision",
        )
    mark = str(table["mark"].iloc[0])
    if n2 > table["n2_to"].max():
        return Factor(1.0, mark)
    low, high = table["n1_from"].fillna(-math.inf), table["n1_to"].fillna(math.inf)
    # n₁ has one decimal: the slack is for its binary form, not for the classes.
    row = table.loc[
        (low <= n1 + 0.01) & (n1 <= high + 0.01) & (table["n2_from"] <= n2) & (n2 <= table["n2_to"])
    ]
    return Factor(1.0 + nearness * (float(row["eta_m"].iloc[0]) - 1.0), str(row["mark"].iloc[0]))
