"""PDF/A-2a of the document by typst: paged, tagged, with contents, the same bytes each time."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from sootprint.core.errors import SootprintError
from sootprint.report.blocks import Chapter
from sootprint.report.html import heading
from sootprint.report.view import View

STANDARDS: tuple[Literal["a-2a", "ua-1"], ...] = ("a-2a", "ua-1")
"""Archival and accessibility standards that the file claims."""

ROWS_SHOWN = 60
"""Rows of a table on paper; the package holds all."""


def render_pdf(view: View, chapters: Sequence[Chapter], folder: Path, path: Path) -> None:
    """PDF of the document, written to ``path``.

    Texts reach typst in a data file and never in its source, so that no text from an input file can be read
    as markup. Fonts are those inside typst; fonts of the machine are left aside.

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
            "head": heading(view),
            "language": view.language,
            "chapters": [_cut(chapter, view) for chapter in made],
        }
        (work / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        template = resources.files("sootprint.report") / "templates" / "report.typ"
        (work / "report.typ").write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
        try:
            pdf = typst.compile(
                str(work / "report.typ"),
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


def _cut(chapter: dict[str, Any], view: View) -> dict[str, Any]:
    rows = heading(view)["rows"]
    for block in chapter["blocks"]:
        if block["block"] == "table" and block["total"] > ROWS_SHOWN:
            block["rows"] = block["rows"][:ROWS_SHOWN]
            remark = rows % {"shown": view.count(ROWS_SHOWN), "total": view.count(block["total"])}
            block["note"] = f"{remark} {block['note']}".strip()
    return chapter
