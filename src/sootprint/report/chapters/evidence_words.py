"""Words of the evidence in the language of the reader."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sootprint.report.blocks import Cell
from sootprint.report.languages import Translate
from sootprint.report.view import View


def plant_names(view: View) -> dict[str, str]:
    """Names of plants by their identifiers."""
    table = view.table("facilities")
    return {
        str(key): f"{view.text(name)} ({key})" if pd.notna(name) and str(name) != str(key) else str(key)
        for key, name in zip(table["facility_id"], table["name"], strict=True)
    }


def subject_text(view: View, row: Any) -> str:
    """Name of a source, plant or group."""
    key = str(row.subject_id)
    if row.subject_kind == "facility":
        return plant_names(view).get(key, key)
    if row.subject_kind == "group":
        return f"{view.word('group')} {view.group(key)}"
    return view.source(key)


def alternative_text(view: View, name: Any) -> str:
    """Name of an alternative explanation."""
    _ = view.gettext
    if name is None or pd.isna(name):
        return "–"
    if name == "background":
        return _("the background")
    if name == "unexplained":
        return _("what no source explains: an error of the model, or a source that is not declared")
    return plant_names(view).get(str(name)) or view.source_name(name)


def outcome_text(view: View, row: Any) -> str:
    """Outcome for a declared rate, with its bound or with why nothing is decided."""
    _ = view.gettext
    if row.verdict == "above declared":
        return _("above declared: at least %(factor)s times") % {"factor": view.number(row.factor)}
    if row.verdict == "below declared":
        return _("below declared: at most %(factor)s times") % {"factor": view.number(row.factor)}
    if row.verdict != "not decidable" or pd.isna(row.reason):
        return view.word(row.verdict)
    reasons = {
        "cannot be told apart from others": _("it cannot be told apart within group %(group)s")
        % {"group": view.text(row.group_id)},
        "the readings say too little": _("the readings say too little"),
        "the two priors lead to different outcomes": _("with and without the declared rate they differ"),
        "its part of what was read is too small": _("its part of what was read is too small"),
        "no declared rate": _("no declared rate"),
    }
    return f"{view.word('not decidable')}: {reasons.get(str(row.reason), view.text(row.reason))}"


def scale_words(_: Translate) -> dict[str, str]:
    """Words of the verbal scale."""
    return {
        "no support for either proposition over the other": _("no support for either over the other"),
        "weak support": _("weak support"),
        "moderate support": _("moderate support"),
        "moderately strong support": _("moderately strong support"),
        "strong support": _("strong support"),
        "very strong support": _("very strong support"),
        "extremely strong support": _("extremely strong support"),
    }


def support_text(view: View, row: Any, second: str) -> Cell:
    """Bayes factor of "as declared" against ``free`` or ``none``: number, bound, words, what is supported."""
    from sootprint.attribution.evidence import band

    _ = view.gettext
    number = getattr(row, f"log10_declared_{second}")
    if number is None or pd.isna(number):
        return Cell(_("not resolved by the draws"), None, "unknown")
    words = band(float(number))
    bound = {"at most": "≤ ", "at least": "≥ "}.get(str(getattr(row, f"bound_declared_{second}")), "")
    shown = f"{bound}{view.number(round(float(number), 1) + 0.0, digits=2)}"
    text = scale_words(_).get(words, words)
    if words.startswith("no support"):
        return Cell(f"{shown}: {text}", float(number))
    names = {
        "declared": _("“as declared”"),
        "free": _("“freely within capacity”"),
        "none": _("“did not contribute”"),
    }
    supported = names["declared" if number > 0 else second]
    return Cell(
        _("%(number)s: %(words)s for %(proposition)s")
        % {"number": shown, "words": text, "proposition": supported},
        float(number),
    )


def overturn_text(view: View, row: Any) -> str:
    """Measurement that would overturn or decide the outcome for a declared rate."""
    _ = view.gettext
    if pd.notna(row.group_id) or not np.isfinite(float(row.overturn_g_s)):
        return "–"
    rate = view.number(row.overturn_g_s)
    if row.verdict == "above declared":
        return _("a measurement of the emission at the load of that period under %(rate)s g/s") % {
            "rate": rate
        }
    if row.verdict == "below declared":
        return _("a measurement of the emission at the load of that period over %(rate)s g/s") % {
            "rate": rate
        }
    return _("a measurement of the emission: over %(rate)s g/s it would support more than declared") % {
        "rate": rate
    }
