"""Pollutants: identifiers, names in three languages, molar masses and the codes of the legal inventory."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

import pandas as pd

from sootprint.core.errors import InputError


@cache
def pollutant_table() -> pd.DataFrame:
    """Table of pollutants, indexed by identifier."""
    path = resources.files("sootprint.core") / "data" / "pollutants.csv"
    with path.open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype=str, keep_default_na=False).set_index("pollutant")
    table["molar_mass_g_mol"] = pd.to_numeric(table["molar_mass_g_mol"], errors="coerce")
    return table


def _plain(text: str) -> str:
    return re.sub(r"[\s_]+", " ", text.strip().casefold().replace("ё", "е")).strip(" .,:;")


@cache
def _index() -> dict[str, str]:
    found: dict[str, str] = {}
    for identifier, row in pollutant_table().iterrows():
        for alias in [str(identifier), row["name_en"], row["name_ru"], *row["aliases"].split("|")]:
            found.setdefault(_plain(alias), str(identifier))
        if row["kz_code"]:
            found[row["kz_code"]] = str(identifier)
            found.setdefault(row["kz_code"].lstrip("0"), str(identifier))
    return found


def find_pollutant(text: str) -> str | None:
    """Identifier for a name, a formula or a 4-digit code; None if it is not known."""
    return _index().get(_plain(str(text)))


def pollutant_id(text: str, *, where: str | None = None) -> str:
    """Identifier for a name, a formula or a 4-digit code.

    Raises
    ------
    InputError
        If the pollutant is not in the table.
    """
    found = find_pollutant(text)
    if found is None:
        raise InputError(
            f"pollutant {text!r} is not known",
            where=where,
            rule="a pollutant is named by its identifier, formula or 4-digit code",
            cure=f"one of: {', '.join(pollutant_table().index)}",
        )
    return found


def molar_mass_g_mol(pollutant: str) -> float:
    """Molar mass [g mol⁻¹]; NaN for particles."""
    return float(pollutant_table().loc[pollutant, "molar_mass_g_mol"])
