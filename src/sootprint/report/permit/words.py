"""Words of the permit document: substances, methods, limits and remarks in the language of the reader."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from sootprint.dispersion.ond86.arithmetic import SYMBOLS
from sootprint.report import numbers
from sootprint.report.blocks import Cell, Column, Table, Tone
from sootprint.report.permit.maths import exact_text, number_text
from sootprint.report.permit.model import Permit
from sootprint.report.view import View, make_table


def substance(view: View, permit: Permit, name: Any) -> str:
    """Pollutant by its name, or the members of a summation group that are emitted."""
    key = view.text(name)
    members = permit.groups.loc[permit.groups["group_id"] == key, "members"]
    return view.pollutant(key) if members.empty else str(members.iloc[0]).replace("+", " + ")


def limit_text(view: View, permit: Permit, name: str) -> str:
    """Limit of a pollutant with its mark, or that of a group: 1."""
    _ = view.gettext
    if name not in permit.limits.index:
        return _("sum of ratios: 1")
    row = permit.limits.loc[name]
    text = f"{exact_text(row['mpc_mg_m3'], view.language)} {_('mg/m³')}"
    return text if row["mark"] == "verified" else f"{text} ({view.word(row['mark'])})"


def method_name(view: View, method: str) -> str:
    """Short name of a method."""
    _ = view.gettext
    return {"ond86": _("OND-86 (RND 211.2.01.01-97)"), "mrr2017": _("MRR-2017")}[method]


def note_text(view: View, note: Any) -> str:
    """Remark of table ``ond86_sources`` in the language of the document; an unknown part as it is."""
    _ = view.gettext
    if pd.isna(note):
        return ""
    known = {
        "no mouth or velocity stated: counted as cold gas at the lowest dangerous wind": _(
            "no mouth or velocity stated: counted as cold gas at the lowest dangerous wind"
        ),
        "no temperature stated: counted as warm as the air": _(
            "no temperature stated: counted as warm as the air"
        ),
        "velocity from the flow and the mouth": _("velocity from the flow and the mouth"),
        "mouth from the flow and the velocity": _("mouth from the flow and the velocity"),
        "no rate stated: not calculated": _("no rate stated: not calculated"),
        "no rate stated: the mean of the year's total over the working hours, not a maximum": _(
            "no rate stated: the mean of the year's total over the working hours, not a maximum"
        ),
        "the background alone reaches the limit": _("the background alone reaches the limit"),
    }
    made = []
    for part in str(note).split("; "):
        mouth = re.fullmatch(r"rectangular mouth ([\d.e+-]+) × ([\d.e+-]+) m", part)
        if mouth:
            sides = {"length": number_text(mouth.group(1), view.language)}
            sides["width"] = number_text(mouth.group(2), view.language)
            made.append(_("rectangular mouth %(length)s × %(width)s m") % sides)
        else:
            made.append(known.get(part, view.text(part)))
    return "; ".join(made)


def branch_text(view: View, branch: str) -> str:
    """Which formula of cm held, in words."""
    _ = view.gettext
    return {
        "hot": _("heated gas"),
        "cold": _("cold gas"),
        "hot, lowest wind": _("heated gas, lowest dangerous wind"),
        "cold, lowest wind": _("cold gas, lowest dangerous wind"),
    }[branch]


def plain_symbol(name: str, language: str) -> str:
    """Symbol of a name outside a formula, in the letters of a language."""
    text = SYMBOLS[name]
    if language == "en":
        return text
    known = {"cm": "cм", "xm": "xм", "um": "uм", "vm": "vм", "vc": "v′м", "Tg": "Tг", "Ta": "Tв"}
    return known.get(name, text)


def ratio_cell(view: View, value: Any) -> Cell:
    """Cell of a value in parts of the limit, marked where it is over."""
    tone: Tone = "over" if numbers.is_number(value) and float(value) > 1.0 else ""
    return Cell(view.number(value, digits=3), float(value) if numbers.is_number(value) else None, tone)


def paper_table(
    view: View,
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    shown: int,
    file: str = "",
    note: str = "",
) -> Table:
    """Table of the first rows, with a remark that names the file of all where some are left out."""
    _ = view.gettext
    if len(rows) > shown:
        text = _("%(shown)s of %(total)s rows are shown; %(file)s has all of them.")
        counts = {"shown": view.count(shown), "total": view.count(len(rows)), "file": file}
        note = f"{text % counts} {note}".strip()
    return make_table(caption, columns, rows[:shown], note=note, paper_rows=shown)
