"""Words of the bulletin: levels, remarks, periods, units, in the language of the reader."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from sootprint.core.timeaxis import to_local
from sootprint.report.languages import Translate
from sootprint.report.numbers import NOTHING
from sootprint.report.view import View

GRADE_NUMERALS = ("I", "II", "III", "IV")
LEAST_CAPTURE = 0.75
"""Share of the possible single concentrations under which an index may not stand for its period [1]."""

PLACES_ON_PAPER = 60
"""Rows of a table on paper: a bulletin lists all its posts and cases."""


def level_words(_: Translate) -> dict[str, str]:
    """Levels of pollution."""
    return {
        "low": _("low"),
        "elevated": _("elevated"),
        "high": _("high"),
        "very high": _("very high"),
        "extreme": _("extreme"),
    }


def index_words(_: Translate) -> dict[str, str]:
    """Names of the indices and of the levels of high pollution, as bulletins abbreviate them."""
    return {"SI": _("SI"), "NP": _("NP"), "IZA5": _("IZA5"), "VZ": _("VZ"), "EVZ": _("EVZ")}


def cleaning_words(_: Translate) -> dict[str, str]:
    """Classes of the meteorological potential of the atmosphere."""
    return {
        "cleaning prevails": _("self-cleaning prevails"),
        "limited cleaning": _("self-cleaning is limited"),
        "accumulation": _("accumulation prevails"),
        "strong accumulation": _("accumulation prevails strongly"),
    }


def missing_words(_: Translate) -> dict[str, str]:
    """What a weather table may not say."""
    return {
        "wind": _("wind"),
        "fog": _("fog"),
        "precipitation": _("precipitation"),
        "mixing height": _("mixing height"),
    }


def kind_words(_: Translate) -> dict[str, str]:
    """Kinds of posts."""
    return {
        "reference": _("reference post"),
        "automatic": _("automatic post"),
        "manual": _("manual post"),
        "low_cost": _("low-cost sensor"),
        "mobile": _("mobile post"),
    }


def remark_words(_: Translate) -> dict[str, str]:
    """Remarks of the indices by their code."""
    return {
        "hourly_understates": _(
            "Hourly means stand for values of 20–30 min: the largest concentration and the share over the "
            "limit can only be understated."
        ),
        "short_overstates": _(
            "Samples under 20 min stand for values of 20–30 min: the largest concentration can be overstated."
        ),
        "long_readings": _("Readings longer than an hour give no single concentrations."),
        "no_readings": _("There is no valid reading."),
        "samples": _("Samples at fixed hours: a daily mean is the mean of at least three samples."),
        "low_capture": _("Less than 75 % of the possible single concentrations are there."),
        "no_single_limit": _("There is no single maximum limit."),
        "no_daily_limit": _("There is no daily limit: the substance is not in IZA."),
        "daily_limit_substituted": _(
            "There is no daily limit: in IZA 0.4 of the single maximum limit stands for it."
        ),
        "class_assumed": _("The norms state no hazard class: in IZA class 3 is assumed (unverified)."),
        "class_unknown": _("The norms state no hazard class: the substance is not in IZA."),
        "no_daily_means": _("There is no valid daily mean."),
        "negative": _("The value is below zero: no index is made of it."),
        "fewer_than_five": _("IZA5 is the sum over fewer than five substances."),
        "posts_left_out": _("Low-cost and mobile posts do not count for the city and its districts."),
        "gap_persists": _("The case has gaps between its readings; it is taken to have lasted."),
    }


def period_words(view: View, kind: str, start: Any, end: Any) -> str:
    """Month, year, or first and last day of a period, as they are written in a running text."""
    from babel.dates import format_date, format_skeleton

    _ = view.gettext
    days = to_local(pd.Series([start, end - pd.Timedelta(1, "us")]), view.results.case["zone"]).dt.date
    if kind == "month":
        return format_skeleton("yMMMM", days.iloc[0], locale=view.language)
    if kind == "year":
        return _("%(year)s") % {"year": days.iloc[0].year}
    first, last = (format_date(day, "d.MM.y", locale=view.language) for day in days)
    return f"{first}–{last}"


def grade_text(view: View, row: Any) -> str:
    """Level and grade of an index row, as ``high, grade III``."""
    _ = view.gettext
    if pd.isna(row.grade):
        return _("not known")
    return _("%(level)s, grade %(grade)s") % {
        "level": level_words(_)[str(row.level)],
        "grade": GRADE_NUMERALS[int(row.grade) - 1],
    }


def index_value(view: View, index: str, value: Any) -> str:
    """Value of an index as bulletins print it: one decimal, NP with its sign."""
    if pd.isna(value):
        return NOTHING
    whole = len(str(int(value))) if value >= 1 else 0
    shown = view.number(round(float(value), 1), digits=1 + whole)
    return f"{shown} %" if index == "NP" else shown


def milligrams(view: View, ugm3: Any) -> str:
    """Concentration in mg/m³, as the norms and bulletins give it."""
    return view.number(float(ugm3) / 1000.0 if pd.notna(ugm3) else None, digits=3)


def remark_texts(view: View, texts: Iterable[Any]) -> list[str]:
    """Remarks of codes, once each."""
    words = remark_words(view.gettext)
    found = [code for text in texts if pd.notna(text) for code in str(text).split(";")]
    return [words[code] for code in words if code in found]
