"""Groups of substances that act together: the sum of their ratios to the limits counts as one substance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import InputError

LEAST_MEMBERS = 2
"""Members that must be emitted for a group to be counted."""


@cache
def _groups() -> pd.DataFrame:
    path = resources.files("sootprint.dispersion") / "data" / "summation_groups.csv"
    with path.open(encoding="utf-8") as file:
        raw = pd.read_csv(file, dtype=str, keep_default_na=False)
    raw["coefficient"] = pd.to_numeric(raw["coefficient"])
    return schema.check(raw, "summation_groups")


def summation_groups() -> pd.DataFrame:
    """Table ``summation_groups``: members joined by +, each group with its source and mark (unverified)."""
    return _groups().copy()


def members_of(groups: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Members of each group of a table ``summation_groups``."""
    return {str(row.group_id): tuple(str(row.members).split("+")) for row in groups.itertuples(index=False)}


def present_groups(groups: pd.DataFrame, pollutants: Iterable[str]) -> pd.DataFrame:
    """Groups of which at least two members are among the pollutants; ``members`` holds only those.

    Of groups that come to the same members, the first is kept.
    """
    known = set(pollutants)
    left = {
        name: tuple(one for one in members if one in known) for name, members in members_of(groups).items()
    }
    kept = groups.assign(members=["+".join(left[str(name)]) for name in groups["group_id"]])
    kept = kept.loc[[len(left[str(name)]) >= LEAST_MEMBERS for name in kept["group_id"]]]
    order = ["+".join(sorted(members.split("+"))) for members in kept["members"]]
    return kept.loc[~pd.Series(order, index=kept.index).duplicated()].reset_index(drop=True)


def sum_of_ratios(concentrations: Mapping[str, float], limits: Mapping[str, float]) -> float:
    """Dimensionless sum q = Σ cᵢ / MPCᵢ of substances that act together, formula (1.1); 1 is the limit.

    Raises
    ------
    InputError
        If a substance has no limit above zero.

    Examples
    --------
    >>> sum_of_ratios({"SO2": 0.25, "NO2": 0.1}, {"SO2": 0.5, "NO2": 0.2})
    1.0
    """
    total = 0.0
    for name, value in concentrations.items():
        if not limits.get(name, 0.0) > 0.0:
            raise InputError(f"{name} has no limit above zero", rule="each member of a group has a limit")
        total += value / limits[name]
    return total


def reduced_concentration(
    concentrations: Mapping[str, float], limits: Mapping[str, float], *, to: str
) -> float:
    """Concentration of one substance that stands for all: c₁ + c₂ MPC₁ / MPC₂ + … [mg m⁻³].

    Raises
    ------
    InputError
        If a substance has no limit above zero.
    """
    if not limits.get(to, 0.0) > 0.0:
        raise InputError(f"{to} has no limit above zero", rule="each member of a group has a limit")
    return sum_of_ratios(concentrations, limits) * limits[to]
