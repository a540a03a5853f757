"""Numbers as a deck writes them: Fortran exponents, repeats, two-digit years."""

from __future__ import annotations

import math
import re

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[EeDd][+-]?[0-9]{1,3})?")
INTEGER = re.compile(r"[+-]?[0-9]{1,9}(?:\.0*)?")

CENTURY_WINDOW = 50
"""Two-digit years from this one on are of the 1900s, the others of the 2000s."""


def number(text: str) -> float | None:
    """Number of a field, ``1.5``, ``2E3`` or ``3.6D6``; None where it is none or not finite."""
    if not NUMBER.fullmatch(text):
        return None
    value = float(text.replace("D", "E").replace("d", "e"))
    return value if math.isfinite(value) else None


def integer(text: str) -> int | None:
    """Whole number of a field; ``3.`` counts as one. None where it is none."""
    return int(text.split(".")[0]) if INTEGER.fullmatch(text) else None


def repeated(text: str, most: int) -> tuple[float, int] | None:
    """Value and number of repeats of a field: ``36*50.`` is 50 for 36 times.

    None where it is no number, or more than ``most`` repeats.
    """
    count, star, value_text = text.rpartition("*")
    value = number(value_text)
    if value is None:
        return None
    if not star:
        return value, 1
    times = integer(count)
    return (value, times) if times is not None and 1 <= times <= most else None


def full_year(year: int) -> int:
    """Year with its century: 88 is 1988, 9 is 2009, 1996 stays."""
    if year > 99:
        return year
    return year + (1900 if year >= CENTURY_WINDOW else 2000)
