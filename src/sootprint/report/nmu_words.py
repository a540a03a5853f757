"""Words of the warning of adverse weather: title, line for residents, names of what it tells of."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sootprint.core.pollutants import pollutant_table
from sootprint.core.timeaxis import to_local
from sootprint.report.languages import Translate

DEGREES = ("I", "II", "III")
"""Regimes that are a degree, in rising order."""

NAME_LENGTH = 60
"""Longest name of a plant or post that a cell shows [characters]."""


def title_text(regime: str, _: Translate) -> str:
    """Title of the page, by the highest regime."""
    return {
        "I": _("Adverse weather conditions: warning of the first degree"),
        "II": _("Adverse weather conditions: warning of the second degree"),
        "III": _("Adverse weather conditions: warning of the third degree"),
        "without_degree": _("Adverse weather conditions without a degree"),
        "unknown": _("Adverse weather conditions: not known for want of data"),
    }.get(regime, _("No warning of adverse weather conditions of the 1st, 2nd or 3rd degree"))


def residents_text(regime: str, _: Translate) -> str:
    """The one sentence for residents, by the highest regime."""
    return {
        "I": _("Spend less time outdoors near roads and plants; keep needed medicine with you."),
        "II": _(
            "Spend as little time outdoors as you can and keep the windows shut; people with lung, heart or "
            "allergic illness should keep their medicine with them."
        ),
        "III": _(
            "Stay indoors with the windows shut if you can; people with lung, heart or allergic illness "
            "should keep their medicine with them and call a doctor if they feel worse."
        ),
        "without_degree": _(
            "The air may be renewed slowly; sensitive people may wish to stay away from busy roads."
        ),
        "unknown": _("The data do not allow a statement; follow the notices of the weather service."),
    }.get(regime, _("No restrictions on account of the weather are expected."))


def colour_names(_: Translate) -> dict[str, str]:
    """Names of the colours."""
    return {
        "green": _("green"),
        "yellow": _("yellow"),
        "orange": _("orange"),
        "red": _("red"),
        "grey": _("grey"),
    }


def regime_name(regime: str, _: Translate) -> str:
    """Name of a regime within a sentence."""
    return {
        "I": _("first degree"),
        "II": _("second degree"),
        "III": _("third degree"),
        "without_degree": _("without a degree"),
        "none": _("none"),
        "unknown": _("not known"),
    }[regime]


def complex_words(_: Translate) -> dict[str, str]:
    """Combinations of weather that favour accumulation."""
    return {
        "stagnant_air": _("light wind that has not renewed the air for half a day or longer"),
        "poor_ventilation": _("poor ventilation of the lower air in a light wind"),
        "still_under_inversion": _("calm under an inversion at the ground"),
        "low_lid": _("an inversion low above the stacks in a light wind"),
        "fog": _("fog in a light wind, as far as humidity shows it"),
    }


def document_name(source: str, _: Translate) -> str:
    """Translated name of a document of the package's own rules; others as they are written."""
    return {
        "RD 52.04.52-85 (regulation of emissions under adverse meteorological conditions)": _(
            "RD 52.04.52-85 (regulation of emissions under adverse meteorological conditions)"
        ),
        "Order of the Ministry of Natural Resources of Russia No. 811 of 28 November 2019": _(
            "Order of the Ministry of Natural Resources of Russia No. 811 of 28 November 2019"
        ),
    }.get(source, source)


def mark_name(mark: str, _: Translate) -> str:
    """How far a rule was checked."""
    return {
        "verified": _("verified"),
        "secondary": _("secondary source"),
        "unverified": _("unverified"),
        "assumed": _("assumed"),
    }.get(mark, mark)


def basis_name(basis: str, _: Translate) -> str:
    """Kind of rate."""
    return {
        "declared": _("declared"),
        "permitted": _("permitted"),
        "measured": _("measured"),
        "assumed": _("assumed"),
    }.get(basis, basis)


def pollutant_name(identifier: str, language: str) -> str:
    """Name of a pollutant in a language, with its identifier where that is another word."""
    known = pollutant_table()
    if identifier not in known.index:
        return identifier
    name = str(known.loc[identifier, f"name_{language}"] or known.loc[identifier, "name_en"])
    return name if name.casefold() == identifier.casefold() else f"{name} ({identifier})"


def clock_text(time_utc: Any, zone: str) -> str:
    """Local time of a UTC instant, to the minute."""
    return to_local(pd.Series([pd.Timestamp(time_utc)]), zone).iloc[0].strftime("%Y-%m-%d %H:%M")


def names_of(table: pd.DataFrame, key: str) -> dict[str, str]:
    """Names of the rows of a table by their key: printable, and short enough for a cell."""
    made = {}
    for row in table.to_dict("records"):
        name = row.get("name")
        plain = "".join(sign if sign.isprintable() else " " for sign in str(name)).strip()
        if name is not None and not pd.isna(name) and plain:
            made[str(row[key])] = plain if len(plain) <= NAME_LENGTH else plain[: NAME_LENGTH - 1] + "…"
    return made
