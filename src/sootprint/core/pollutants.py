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


_LOOK_ALIKES = str.maketrans("авсеорхмнктуі₀₁₂₃₄₅₆₇₈₉", "abceopxmhktyi0123456789")


def _folded(text: str) -> str:
    """Plain text without marks, Cyrillic letters that look Latin made Latin: ``РМ 2,5`` gives ``pm25``."""
    return re.sub(r"[\s\-–,.]+", "", _plain(text).translate(_LOOK_ALIKES))


@cache
def _folded_index() -> dict[str, str]:
    found: dict[str, str] = {}
    for alias, identifier in _index().items():
        if not alias.isdigit():
            found.setdefault(_folded(alias), identifier)
    return found


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
    plain = str(text)
    if len(plain) > 200:
        return None
    found = _index().get(_plain(plain)) or _folded_index().get(_folded(plain))
    if found is None and (parts := re.fullmatch(r"(.+?)\s*\(([^()]+)\)\s*", plain)):
        # A name and a formula, as in "sulphur dioxide (SO2)", must mean the same where both are known.
        known = {find_pollutant(part) for part in parts.groups()} - {None}
        found = known.pop() if len(known) == 1 else None
    return found


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
