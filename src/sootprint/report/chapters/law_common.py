"""What the parts of the chapter on the law share, and the remark on suspect hydrogen sulphide."""

from __future__ import annotations

import pandas as pd

from sootprint.report.blocks import Block, Cell, Note
from sootprint.report.view import View

LETTERS = {"V": "verified", "R": "unverified", "A": "assumed"}
"""Words of the letters that mark the rules of adverse weather."""

ORDER = ("unverified", "assumed", "secondary", "verified")
"""Marks, the least certain first."""


def marks_text(view: View, marks: pd.Series) -> str:
    """Marks of several rows in words with their number, the least certain first."""
    counts = marks.dropna().astype(str).value_counts()
    known = [mark for mark in ORDER if counts.get(mark, 0)]
    if len(counts) == 1:
        return view.word(counts.index[0])
    return ", ".join(f"{view.word(mark)} {view.count(counts[mark])}" for mark in known) or "–"


def mark_cell(view: View, mark: object) -> Cell:
    """Cell of one mark; an unverified one cannot be overlooked."""
    text = view.text(mark)
    return Cell(view.word(text), text, "unknown" if text in {"unverified", "assumed"} else "")


def letters_text(view: View, codes: object) -> str:
    """Marks of rules of adverse weather in words: letters with semicolons between."""
    given = {LETTERS.get(code, code) for code in view.text(codes).split(";")}
    return ", ".join(view.word(mark) for mark in ORDER if mark in given) or "–"


def suspect_h2s_note(view: View) -> list[Block]:
    """Remark for chapters that show hydrogen sulphide where it only follows sulphur dioxide."""
    _ = view.gettext
    table = view.table("h2s_quality")
    posts = sorted(table.loc[table["n_flagged"] > 0, "station_id"].unique())
    if not posts:
        return []
    used = bool(view.results.case.get("use_suspect_h2s", False))
    text = _(
        "Hydrogen sulphide at %(posts)s rises and falls with sulphur dioxide as an instrument would that "
        "answers to both. Its readings are shown here and are suspect: comparisons and episodes of hydrogen "
        "sulphide that rest on them may be none."
    ) % {"posts": ", ".join(view.post(post) for post in posts)}
    more = (
        _("By the settings of the case they take part in asking who contributed.")
        if used
        else _("They take no part in asking from where the pollution came and who contributed.")
    )
    return [Note(f"{text} {more}")]
