"""Comparisons with norms as people read them: which are counted, in which unit, of which years."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sootprint.report import numbers
from sootprint.report.blocks import Cell
from sootprint.report.languages import Translate
from sootprint.report.view import View

COUNTED_KINDS = ("limit", "guideline")
"""Kinds whose exceedance is counted as one of a norm; targets and thresholds are told apart from them."""

DAYS = "days a year"
"""Unit of norms that compare a number of days."""

MICROGRAMS = "µg/m³"

_MOST_DIGITS = 7


def counted(table: pd.DataFrame) -> pd.Series:
    """Mask of the comparisons with a limit or guideline that was in force in at least a part of the period.

    A table that states neither kind nor dates is of limits.
    """
    told = table.reindex(columns=["kind", "in_force"])
    kind = told["kind"].isna() | told["kind"].isin(COUNTED_KINDS)
    return kind & ~told["in_force"].isin(["no"])


def kind_word(kind: Any, _: Translate) -> str:
    """What the number of a norm is in its own law, in words."""
    words = {
        "limit": _("limit"),
        "guideline": _("guideline"),
        "target": _("target value"),
        "interim_target": _("interim target"),
        "information": _("information threshold"),
        "alert": _("alert threshold"),
    }
    return words.get(str(kind), words["limit"])


def unit_text(unit: Any, _: Translate) -> str:
    """Unit of a limit as the documents write it."""
    words = {
        MICROGRAMS: _("µg m⁻³"),
        "mg/m³": _("mg m⁻³"),
        "ng/m³": _("ng m⁻³"),
        "ppb": _("ppb"),
        "ppm": _("ppm"),
        DAYS: _("days a year"),
    }
    return words.get(str(unit), str(unit))


def norm_name(view: View, row: Any) -> str:
    """Label of a row's norm, which names its pollutant."""
    label, row_of_norm = view.norm(row.norm_id), view.norms.get(str(row.norm_id))
    named = row_of_norm is not None and str(row_of_norm.label).startswith(f"{row.pollutant} ")
    return label if named else f"{view.text(row.pollutant)} {label}"


def value_cell(view: View, row: Any) -> Cell:
    """Cell of the value that was compared, in the unit in which the norm is stated."""
    value, limit, unit = _compared(row)
    if not numbers.is_number(value):
        return Cell("–")
    digits = _digits(view, value, limit)
    return Cell(_joined(view.number(value, digits=digits), unit_text(unit, view.gettext)), _sort(row, value))


def limit_cell(view: View, row: Any) -> Cell:
    """Cell of the limit as stated; where days are counted also the level that makes a day count."""
    _ = view.gettext
    limit, unit = _compared(row)[1:]
    if unit == DAYS:
        level = _("%(days)s days a year over %(level)s") % {
            "days": view.count(limit),
            "level": _stated(view, row),
        }
        return Cell(level, float(row.limit_ugm3))
    return Cell(_joined(_exactly(view, limit), unit_text(unit, _)), float(row.limit_ugm3))


def years_cell(view: View, row: Any) -> Cell:
    """Cell of the local years of a comparison, with how many are used where the norm takes several."""
    _ = view.gettext
    first = view.local(row.period_start)[:4]
    last = view.local(pd.Timestamp(row.period_end) - pd.Timedelta(1, "us"))[:4]
    years = first if first == last else f"{first}–{last}"
    needed = row.years_needed
    if not numbers.is_number(needed) or int(needed) <= 1:
        return Cell(years, years)
    facts = {"years": years, "used": view.count(row.years_used), "needed": view.count(needed)}
    return Cell(_("%(years)s: %(used)s of %(needed)s") % facts, years)


def verdict_text(view: View, row: Any) -> str:
    """Verdict of a comparison, with the remark that its norm was not in force."""
    _ = view.gettext
    remarks = {"no": _("norm not in force"), "in part": _("norm in force in part")}
    remark = remarks.get(str(row.in_force), "")
    return f"{view.word(row.verdict)}; {remark}" if remark else view.word(row.verdict)


def _compared(row: Any) -> tuple[Any, Any, str]:
    """Value, limit and unit; in µg m⁻³ where the row does not state them."""
    if pd.isna(row.compared_unit) or not numbers.is_number(row.compared_limit):
        return row.statistic_ugm3, row.limit_ugm3, MICROGRAMS
    return row.compared_value, row.compared_limit, str(row.compared_unit)


def _sort(row: Any, value: Any) -> float:
    return float(row.statistic_ugm3 if numbers.is_number(row.statistic_ugm3) else value)


def _stated(view: View, row: Any) -> str:
    """Level over which a day counts, as the norm states it."""
    norm = view.norms.get(str(row.norm_id))
    if norm is not None and numbers.is_number(norm.limit_stated) and pd.notna(norm.limit_unit):
        return _joined(_exactly(view, norm.limit_stated), unit_text(norm.limit_unit, view.gettext))
    return _joined(_exactly(view, row.limit_ugm3), unit_text(MICROGRAMS, view.gettext))


def _joined(number: str, unit: str) -> str:
    """Number and unit that no line end parts."""
    return f"{number} {unit}".replace(" ", "\N{NO-BREAK SPACE}")


def _exactly(view: View, value: float) -> str:
    """Number as stated: no digit is added or cut."""
    return view.number(value, digits=_significant(value))


def _significant(value: float) -> int:
    """Significant digits that write a number, five at most."""
    figures = f"{float(value):.4e}".split("e")[0].replace(".", "").lstrip("-").rstrip("0")
    return max(len(figures), 1)


def _digits(view: View, value: float, limit: Any) -> int:
    """Digits with which a value that is not at its limit does not read as if it were."""
    digits = min(3, _significant(value))
    if not numbers.is_number(limit) or float(value) == float(limit):
        return digits
    while digits < _MOST_DIGITS and view.number(value, digits=digits) == view.number(limit, digits=digits):
        digits += 1
    return digits
