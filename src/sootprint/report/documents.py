"""All documents of a run: page, PDF, machine summary and package."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sootprint.core.errors import ConfigError
from sootprint.report.chapters import chapters
from sootprint.report.drawing import draw_figures
from sootprint.report.html import render_html
from sootprint.report.languages import LANGUAGES
from sootprint.report.pdf import render_pdf
from sootprint.report.results import Results
from sootprint.report.summary import Summary, summarize
from sootprint.report.view import View


@dataclass(frozen=True)
class Report:
    """Paths of the documents.

    Attributes
    ----------
    html, pdf : Path
        Documents in the first language.
    findings, crate : Path
        Machine summary and RO-Crate zip.
    figures : dict of str to Path
        Figures of the first language by their key.
    others : dict of str to Path
        Documents in further languages by file name.
    """

    html: Path
    pdf: Path
    findings: Path
    crate: Path
    figures: dict[str, Path] = field(default_factory=dict)
    others: dict[str, Path] = field(default_factory=dict)


def build(
    results: Results, folder: str | Path, *, languages: Sequence[str] = ("en",), language: str = "en"
) -> Report:
    """Documents of a run, written to a folder.

    ``report.html`` and ``report.pdf`` are in ``language``; further ones are ``report.<language>.html``
    and ``.pdf``. ``findings.json`` follows `sootprint.report.summary.Summary`, whose JSON schema lies
    beside it as ``findings.schema.json``. ``ro-crate.zip`` holds all of
    them, the tables and the provenance. The same results give the same bytes.

    Parameters
    ----------
    results : Results
        What the run found.
    folder : str or Path
        Folder to write to; made where it is absent.
    languages : sequence of {"en", "ru", "kk"}
        Languages to write.
    language : {"en", "ru", "kk"}
        Language of the main documents.

    Raises
    ------
    ConfigError
        If there is no catalogue for a language.
    """
    from sootprint.report.crate import write_crate

    wanted = list(dict.fromkeys([language, *languages]))
    unknown = [item for item in wanted if item not in LANGUAGES]
    if unknown:
        raise ConfigError(
            f"there is no report in the language {unknown[0]!r}", cure=f"one of: {', '.join(LANGUAGES)}"
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, Path] = {}
    figures: dict[str, dict[str, str]] = {}
    for item in wanted:
        suffix = "" if item == language else f".{item}"
        figures[item] = draw_figures(results, folder, language=item, suffix=suffix)
        view = View(results, item, figures[item])
        made = chapters(view)
        page, paper = folder / f"report{suffix}.html", folder / f"report{suffix}.pdf"
        page.write_text(render_html(view, made, folder), encoding="utf-8", newline="\n")
        render_pdf(view, made, folder, paper)
        written[page.name], written[paper.name] = page, paper
    findings = folder / "findings.json"
    summary = summarize(results).model_dump(mode="json")
    findings.write_text(_json(summary), encoding="utf-8", newline="\n")
    described = folder / "findings.schema.json"
    described.write_text(_json(Summary.model_json_schema()), encoding="utf-8", newline="\n")
    crate = folder / "ro-crate.zip"
    pictures = [folder / file for made_files in figures.values() for file in made_files.values()]
    write_crate(results, folder, [*written.values(), findings, described, *pictures], crate)
    main = ("report.html", "report.pdf")
    return Report(
        written["report.html"],
        written["report.pdf"],
        findings,
        crate,
        {key: folder / file for key, file in figures[language].items()},
        {name: path for name, path in written.items() if name not in main},
    )


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"
