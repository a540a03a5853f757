"""Numbers as people read them: sensible digits, unit, interval, decimal sign of the language."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

NOTHING = "–"
"""What is shown where there is no number."""

SMALLEST_PLAIN = 1e-4
"""Magnitude below which a number is written with a power of ten [1]."""

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def is_number(value: Any) -> bool:
    """Whether a cell holds a finite number."""
    return value is not None and not pd.isna(value) and math.isfinite(float(value))


def decimals_for(value: float, digits: int) -> int:
    """Decimals that show a number with so many significant digits, at least none."""
    if value == 0:
        return 0
    return max(0, digits - 1 - math.floor(math.log10(abs(value))))


def _fixed(value: float, decimals: int, locale: str) -> str:
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(round(value, decimals), format=pattern, locale=locale).replace("-", "−")


def format_number(value: Any, digits: int = 2, *, locale: str = "en") -> str:
    """Number with so many significant digits; digits before the decimal sign are never cut.

    A missing number gives an en dash; magnitudes below 10⁻⁴ get a power of ten. For example
    ``0.04567`` gives ``0.046`` and ``1234.5`` gives ``1,235``.
    """
    if not is_number(value):
        return NOTHING
    number = float(value)
    if number != 0 and abs(number) < SMALLEST_PLAIN:
        power = math.floor(math.log10(abs(number)))
        return f"{_fixed(number / 10**power, digits - 1, locale)}×10{str(power).translate(_SUPERSCRIPTS)}"
    return _fixed(number, decimals_for(number, digits), locale)


def format_count(value: Any, *, locale: str = "en") -> str:
    """Whole number with grouped digits."""
    return _fixed(float(value), 0, locale) if is_number(value) else NOTHING


def interval_text(value: Any, low: Any, high: Any, *, unit: str = "", locale: str = "en") -> str:
    """Number with its interval, as ``12 (8.1–17) µg m⁻³``.

    The decimals follow the half width of the interval (its first significant digit), and each number keeps at
    least two significant digits. An interval with one end is
    written as ``4.3 (≥ 2.1)``; without an interval only the number is given.
    """
    if not is_number(value):
        return NOTHING
    tail = f" {unit}" if unit else ""
    if not (is_number(low) and is_number(high)):
        ends = "".join(
            f" ({sign} {format_number(end, locale=locale)})"
            for sign, end in (("≥", low), ("≤", high))
            if is_number(end)
        )
        return f"{format_number(value, locale=locale)}{ends}{tail}"
    half = (float(high) - float(low)) / 2.0
    shared = decimals_for(half, 1) if half > 0 else 0
    shown = []
    for number in (float(value), float(low), float(high)):
        if number != 0 and abs(number) < SMALLEST_PLAIN and half < SMALLEST_PLAIN:
            shown.append(format_number(number, locale=locale))
        else:
            least = decimals_for(number, 2) if abs(number) >= SMALLEST_PLAIN else 0
            shown.append(_fixed(number, max(shared, least), locale))
    joint = " – " if shown[1].startswith("−") or shown[2].startswith("−") else "–"
    return f"{shown[0]} ({shown[1]}{joint}{shown[2]}){tail}"


def percent(share: Any, *, locale: str = "en") -> str:
    """Share as a percentage: whole from 10 %, one decimal below."""
    if not is_number(share):
        return NOTHING
    number = 100.0 * float(share)
    whole = abs(number) >= 9.95 or number == 0
    return f"{_fixed(number, 0 if whole else 1, locale)} %"


def share_text(share: Any, low: Any, high: Any, *, locale: str = "en") -> str:
    """Share with its interval, as ``34 % (21–48 %)``."""
    if not is_number(share):
        return NOTHING
    if not (is_number(low) and is_number(high)):
        return percent(share, locale=locale)
    ends = percent(low, locale=locale).removesuffix(" %"), percent(high, locale=locale)
    joint = " – " if "−" in ends[0] + ends[1] else "–"
    return f"{percent(share, locale=locale)} ({ends[0]}{joint}{ends[1]})"


def format_bytes(size: Any, *, locale: str = "en") -> str:
    """Size of a file in bytes with grouped digits."""
    return format_count(size, locale=locale)
