"""Warning of adverse weather as plain text and as one page of PDF/A."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from datetime import datetime
from importlib import resources
from pathlib import Path

from sootprint.core.errors import SootprintError
from sootprint.report.languages import translator
from sootprint.report.nmu_warning import NmuWarning
from sootprint.report.pdf import STANDARDS, breakable

TEXT_WIDTH = 96
"""Width of the plain text [characters]."""


def warning_text(warning: NmuWarning) -> str:
    """Plain text of a warning: lines of at most 96 characters, tables with aligned columns."""
    import textwrap

    lines = [warning.title.upper(), warning.place, ""]
    label = f"[{warning.colour_name.upper()}] "
    lines += textwrap.wrap(label + warning.residents, TEXT_WIDTH)
    for section in warning.sections:
        lines += ["", section.heading.upper()]
        for sentence in section.sentences:
            lines += textwrap.wrap(sentence, TEXT_WIDTH)
        lines += _aligned(section.table)
    lines += [""]
    for number, footnote in enumerate(warning.footnotes, 1):
        lines += textwrap.wrap(f"{number}) {footnote}", TEXT_WIDTH, subsequent_indent="   ")
    return "\n".join(lines) + "\n"


def _aligned(table: tuple[tuple[str, ...], ...]) -> list[str]:
    if not table:
        return []
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def warning_pdf(warning: NmuWarning, path: Path, *, made: datetime) -> None:
    """One page of PDF/A-2a of a warning; the same warning and time give the same bytes.

    Texts reach typst in a data file and never in its source, so that no name can be read as markup.

    Parameters
    ----------
    made : datetime
        Time that the file carries.

    Raises
    ------
    SootprintError
        If typst refuses the document.
    """
    path.write_bytes(_compiled(warning, made, "pdf"))


def _compiled(warning: NmuWarning, made: datetime, kind: str) -> bytes:
    import typst

    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        (work / "data.json").write_text(json.dumps(_data(warning), ensure_ascii=False), encoding="utf-8")
        template = resources.files("sootprint.report") / "templates" / "nmu_warning.typ"
        (work / "nmu_warning.typ").write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
        try:
            if kind == "png":
                page = typst.compile(
                    str(work / "nmu_warning.typ"), root=str(work), format="png", ppi=110.0,
                    ignore_system_fonts=True,
                )  # fmt: skip
            else:
                page = typst.compile(
                    str(work / "nmu_warning.typ"),
                    root=str(work),
                    format="pdf",
                    ignore_system_fonts=True,
                    pdf_standards=list(STANDARDS),
                    timestamp=int(made.timestamp()),
                )
        except typst.TypstError as error:
            raise SootprintError(
                f"the PDF could not be made: {error}", cure="report this with the case"
            ) from error
    return page if isinstance(page, bytes) else page[0]


def _data(warning: NmuWarning) -> dict[str, object]:
    _ = translator(warning.language)
    data = asdict(warning)
    for section in data["sections"]:
        section["table"] = [[breakable(cell, warning.language) for cell in row] for row in section["table"]]
    return data | {"notes": _("Notes"), "for_residents": _("For residents")}
