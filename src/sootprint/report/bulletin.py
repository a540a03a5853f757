"""Bulletin on the pollution of a city's air: text and PDF per language, figures, and the tables as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from sootprint.core.errors import ConfigError
from sootprint.report.blocks import Chapter
from sootprint.report.bulletin_chapters import Assessed, bulletin_chapters
from sootprint.report.bulletin_text import markdown
from sootprint.report.bulletin_words import period_words
from sootprint.report.html import heading
from sootprint.report.languages import LANGUAGES, translator
from sootprint.report.results import Results
from sootprint.report.view import View


@dataclass(frozen=True)
class Bulletin:
    """Files of a bulletin: texts and PDFs by language, figures and tables by file name."""

    texts: dict[str, Path]
    papers: dict[str, Path]
    figures: dict[str, Path] = field(default_factory=dict)
    tables: dict[str, Path] = field(default_factory=dict)


def build_bulletin(
    case: Mapping[str, Any],
    parts: Sequence[Assessed],
    stations: pd.DataFrame,
    norms: pd.DataFrame,
    folder: str | Path,
    *,
    languages: Sequence[str] = ("en",),
) -> Bulletin:
    """Bulletin of one or more periods, written to a folder; the same input gives the same bytes.

    ``bulletin.<language>.md`` and ``bulletin.<language>.pdf``, ``figures.<language>/``, and the tables as
    ``<period>.<table>.csv``.

    Parameters
    ----------
    case : mapping
        ``title``, ``place``, ``zone``, and optionally ``synthetic``, as `Results` takes them.
    parts : sequence of Assessed
        The periods, each with the tables of `sootprint.monitors.city_indices` and optionally
        ``air_potential`` and ``nmu_days``.
    stations, norms : DataFrame
        Tables of those names.
    folder : str or Path
        Folder to write to; made where it is absent.
    languages : sequence of {"en", "ru", "kk"}
        Languages to write.

    Raises
    ------
    ConfigError
        If there is no catalogue for a language, or no period is given.
    """
    from sootprint.report.pdf import render_pdf

    if not parts:
        raise ConfigError("a bulletin needs a period", cure="give a month or a year")
    unknown = [item for item in languages if item not in LANGUAGES]
    if unknown:
        raise ConfigError(
            f"there is no bulletin in the language {unknown[0]!r}", cure=f"one of: {', '.join(LANGUAGES)}"
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    made = Bulletin({}, {})
    for language in dict.fromkeys(languages):
        chapters: list[Chapter] = []
        names: list[str] = []
        for part in parts:
            view = _view(case, part, stations, norms, language, _figures(case, part, folder, language, made))
            start, end = view.results.period
            names.append(period_words(view, part.kind, start, end))
            chapters += _named(bulletin_chapters(view, part), names[-1] if len(parts) > 1 else "")
        head = _head(view, names)
        text, paper = folder / f"bulletin.{language}.md", folder / f"bulletin.{language}.pdf"
        lines = [f"{head['place']}, {head['period']}", heading(view)["banner"], head["official"]]
        text.write_text(markdown(head["kind"], lines, chapters), encoding="utf-8", newline="\n")
        render_pdf(view, chapters, folder, paper, template="bulletin", head=head)
        made.texts[language], made.papers[language] = text, paper
    for part in parts:
        for name, table in sorted(part.tables.items()):
            path = folder / f"{part.label.replace('/', '_')}.{name}.csv"
            table.to_csv(path, index=False, lineterminator="\n")
            made.tables[path.name] = path
    return made


def _view(
    case: Mapping[str, Any],
    part: Assessed,
    stations: pd.DataFrame,
    norms: pd.DataFrame,
    language: str,
    figures: Mapping[str, str],
) -> View:
    indices = part.tables["air_indices"]
    if len(indices):
        period = (indices["period_start"].iloc[0], indices["period_end"].iloc[0])
    else:
        period = case["period"]
    tables = {**part.tables, "stations": stations, "norms": norms}
    return View(Results(case={**case, "period": period}, tables=tables), language, figures)


def _figures(
    case: Mapping[str, Any], part: Assessed, folder: Path, language: str, made: Bulletin
) -> dict[str, str]:
    from sootprint.report.figures import save
    from sootprint.report.figures.grades import grades_figure

    daily = part.tables.get("daily_indices")
    if daily is None or daily.empty:
        return {}
    name = f"figures.{language}/{part.label.replace('/', '_')}.svg"
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    save(grades_figure(daily, zone=case["zone"], tr=translator(language)), path)
    made.figures[name] = path
    return {f"grades:{part.label}": name}


def _named(chapters: list[Chapter], period: str) -> list[Chapter]:
    """Chapters whose titles carry the period, where a bulletin has several."""
    if not period:
        return chapters
    return [Chapter(item.key, f"{item.title}: {period}", item.blocks) for item in chapters]


def _head(view: View, periods: Sequence[str]) -> dict[str, Any]:
    _ = view.gettext
    return {
        "kind": _("Bulletin on the pollution of the air"),
        "place": view.text(view.results.case["place"]),
        "period": "; ".join(periods),
        "made": _("made by Sootprint from the readings of the case"),
        "official": _(
            "Worked out by Sootprint from the readings of a case, in the form of a hydrometeorological "
            "bulletin. It is no document of a hydrometeorological service."
        ),
        "words": _(
            "The level of pollution is an assessment by the indices SI, NP and IZA from the readings of the "
            "posts; it says nothing about who caused it. SI: largest single concentration over its single "
            "maximum limit. NP: largest share of single concentrations over that limit. IZA5: sum of the "
            "five largest (mean / daily limit)^k."
        ),
    }
