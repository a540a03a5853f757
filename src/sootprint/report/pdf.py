"""PDF/A-2a of the document by typst: paged, tagged, with contents, the same bytes each time."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from sootprint.core.errors import SootprintError
from sootprint.report.blocks import Chapter
from sootprint.report.html import heading
from sootprint.report.view import View

STANDARDS: tuple[Literal["a-2a", "ua-1"], ...] = ("a-2a", "ua-1")
"""Archival and accessibility standards that the file claims."""


LONGEST_PIECE = 18
"""Letters of a word after which paper may break it where no rule of a language does [1]."""

_BREAK = "\u200b"
_HYPHEN = "\u00ad"
_KAZAKH_SYLLABLE = re.compile(
    r"(?i)(?<=[аәеёиоөуұүыіэюя])(?=[бвгғджзйкқлмнңпрстфхһцчшщ][аәеёиоөуұүыіэюя])"
    r"|(?<=[аәеёиоөуұүыіэюя][бвгғджзйкқлмнңпрстфхһцчшщ])(?=[бвгғджзйкқлмнңпрстфхһцчшщ][аәеёиоөуұүыіэюя])"
)


def breakable(text: str, language: str) -> str:
    """Text with invisible places to break for narrow cells.

    After signs that join words (not between digits, so that numbers and times stay whole), after every
    `LONGEST_PIECE` letters, and in Kazakh between syllables (before a consonant with its vowel), for which
    typst has no patterns.
    """
    made = re.sub(r"([-_/\\.:;,·])(?!\d)(?=\w)", rf"\1{_BREAK}", text)
    made = re.sub(rf"([^\s{_BREAK}]{{{LONGEST_PIECE}}})(?=[^\s{_BREAK}]{{3}})", rf"\1{_BREAK}", made)
    if language != "kk":
        return made
    return re.sub(r"[^\W\d_]{6,}", lambda word: _KAZAKH_SYLLABLE.sub(_HYPHEN, word.group()), made)


def render_pdf(
    view: View,
    chapters: Sequence[Chapter],
    folder: Path,
    path: Path,
    *,
    template: str = "report",
    head: Mapping[str, Any] | None = None,
) -> None:
    """PDF of the document, written to ``path``.

    ``template`` names the file of ``templates``, which may import from ``report.typ``; ``head`` replaces
    parts of the heading. Texts reach typst in a data file and never in its source, so that no text from an
    input file can be read as markup. Fonts are those inside typst; fonts of the machine are left aside.

    Raises
    ------
    SootprintError
        If typst refuses the document.
    """
    import typst

    made = [chapter.plain() for chapter in chapters]
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for block in (block for chapter in made for block in chapter["blocks"]):
            if block["block"] == "figure":
                source = folder / block["file"]
                block["file"] = f"figure-{len(list(work.glob('figure-*')))}.svg"
                shutil.copyfile(source, work / block["file"])
        data = {
            "head": heading(view) | dict(head or {}),
            "language": view.language,
            "chapters": [_prepared(chapter, view) for chapter in made],
        }
        (work / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        for part in dict.fromkeys(["report", template]):
            text = (resources.files("sootprint.report") / "templates" / f"{part}.typ").read_text("utf-8")
            (work / f"{part}.typ").write_text(text, encoding="utf-8")
        try:
            pdf = typst.compile(
                str(work / f"{template}.typ"),
                root=str(work),
                format="pdf",
                ignore_system_fonts=True,
                pdf_standards=list(STANDARDS),
                timestamp=int(view.results.made.timestamp()),
            )
        except typst.TypstError as error:
            raise SootprintError(
                f"the PDF could not be made: {error}", where=path.name, cure="report this with the case"
            ) from error
    path.write_bytes(pdf)


def _prepared(chapter: dict[str, Any], view: View) -> dict[str, Any]:
    remark = heading(view)["rows"]
    for block in chapter["blocks"]:
        if block["block"] == "facts":
            block["entries"] = [
                [breakable(text, view.language) for text in pair] for pair in block["entries"]
            ]
        if block["block"] != "table":
            continue
        limit = block["paper_rows"]
        if block["total"] > limit:
            block["rows"] = block["rows"][:limit]
            shown = remark % {"shown": view.count(limit), "total": view.count(block["total"])}
            block["note"] = f"{shown} {block['note']}".strip()
        for column in block["columns"]:
            column["label"] = breakable(column["label"], view.language)
        for cell in (cell for row in block["rows"] for cell in row if not cell["code"]):
            cell["text"] = breakable(cell["text"], "en" if cell["foreign"] else view.language)
    return chapter
