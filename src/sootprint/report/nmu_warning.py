"""Warning of adverse weather: one page for the akimat, the enterprises and the residents of a city."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sootprint.report.languages import Translate, translator
from sootprint.report.nmu_sections import (
    Section,
    plants_section,
    substances_section,
    time_section,
    weather_section,
)
from sootprint.report.nmu_words import (
    DEGREES,
    basis_name,
    colour_names,
    document_name,
    mark_name,
    residents_text,
    title_text,
)

COLOURS = {"III": "red", "II": "orange", "I": "yellow", "unknown": "grey"}
"""Colour of the line for residents by regime; green for all others. Our choice: no text states one."""


@dataclass(frozen=True)
class NmuWarning:
    """A warning in one language, ready to be printed.

    Attributes
    ----------
    regime : str
        Highest regime of the half days it is for.
    colour, colour_name : str
        Colour of the line for residents, and its name in the language.
    residents : str
        The one sentence for residents.
    sections : tuple of Section
        Time, weather, substances, enterprises.
    footnotes : tuple of str
        What is unverified or assumed, and what the text is not.
    """

    language: str
    regime: str
    title: str
    place: str
    colour: str
    colour_name: str
    residents: str
    sections: tuple[Section, ...]
    footnotes: tuple[str, ...]


def nmu_warning(
    days: pd.DataFrame,
    *,
    place: str,
    zone: str,
    language: str = "en",
    ratios: pd.DataFrame | None = None,
    reductions: pd.DataFrame | None = None,
    facilities: pd.DataFrame | None = None,
    stations: pd.DataFrame | None = None,
    synthetic: bool = False,
) -> NmuWarning:
    """Warning of the half days of a table ``nmu_days``.

    Parameters
    ----------
    days : DataFrame
        Rows of table ``nmu_days`` that the warning is for, one or more half days.
    place : str
        Name of the city.
    zone : str
        IANA zone of the clock times.
    language : {"en", "ru", "kk"}
        Language.
    ratios : DataFrame, optional
        Readings over their limits; see `sootprint.action.limit_ratios`.
    reductions : DataFrame, optional
        Table ``nmu_reductions``.
    facilities, stations : DataFrame, optional
        Tables of those names, for their names.
    synthetic : bool
        Whether the city is made up, which the page then says.

    Raises
    ------
    ConfigError
        If there is no catalogue for the language.
    """
    _ = translator(language)
    regime = _highest(days["regime"])
    title = title_text(regime, _)
    sections = [
        time_section(days, regime, zone, _),
        weather_section(days, _),
        substances_section(days, ratios, stations, zone, language, _),
    ]
    if regime in DEGREES:
        sections.append(plants_section(regime, reductions, facilities, language, _))
    colour = COLOURS.get(regime, "green")
    return NmuWarning(
        language=language,
        regime=regime,
        title=title,
        place=place,
        colour=colour,
        colour_name=colour_names(_)[colour],
        residents=residents_text(regime, _),
        sections=tuple(section for section in sections if section.sentences or section.table),
        footnotes=tuple(_footnotes(days, regime, ratios, reductions, synthetic, _)),
    )


def _highest(regimes: pd.Series) -> str:
    order = ("none", "unknown", "without_degree", *DEGREES)
    return max((str(value) for value in regimes), key=order.index, default="unknown")


def _footnotes(
    days: pd.DataFrame,
    regime: str,
    ratios: pd.DataFrame | None,
    reductions: pd.DataFrame | None,
    synthetic: bool,
    _: Translate,
) -> list[str]:
    said = []
    if synthetic:
        said.append(_("SYNTHETIC CITY: a made-up exercise, not a warning for any real place."))
    said.append(
        _("Made by a program from the data of the case; it is no official warning of the weather service.")
    )
    marks = {mark for text in days["marks"].fillna("") for mark in str(text).split(";") if mark}
    if "R" in marks:
        said.append(_("Unverified: rules of the degree were not checked against the legal text."))
    if "A" in marks:
        said.append(_("Assumed: some thresholds of the rules are ours (light wind, fog, persistence)."))
    if ratios is not None and len(ratios):
        open_marks = sorted(set(ratios["mark"].astype(str)) - {"verified"})
        if open_marks:
            said.append(_("Unverified: some of the limits were not checked against the legal text."))
    if regime in DEGREES and reductions is not None and len(reductions):
        mine = reductions[reductions["regime"] == regime]
        for row in mine.dropna(subset=["source"]).drop_duplicates("source").itertuples():
            said.append(
                _("Range of reduction: %(source)s; how it was checked: %(mark)s.")
                % {"source": document_name(str(row.source), _), "mark": mark_name(str(row.mark), _)}
            )
        bases = ", ".join(sorted({basis_name(str(basis), _) for basis in mine["basis"]}))
        said.append(_("The cut is taken of this kind of rate: %(bases)s.") % {"bases": bases})
        judged = mine.dropna(subset=["covered", "criterion_source"])
        for row in judged.drop_duplicates("criterion_source").itertuples():
            said.append(
                _("Measures needed: criterion of %(source)s; how it was checked: %(mark)s.")
                % {
                    "source": document_name(str(row.criterion_source), _),
                    "mark": mark_name(str(row.criterion_mark), _),
                }
            )
    said.append(_("The colour is our choice; no legal text sets one."))
    return said
