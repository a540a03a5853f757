"""Text cells of concentrations: numbers, missing readings and readings below detection."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from sootprint.core.raw import to_number

MISSING_WORDS = frozenset(
    {"", "na", "n/a", "nan", "null", "none", "nil", "-", "--", "—", "–", "*", "no data", "missing", "nd/a"}
    | {"н/д", "нд", "нет данных", "нет", "не работал", "отсутствует", "деректер жоқ", "#n/a", "#н/д", "nat"}
)
"""Words, in small letters, that stand for no reading."""

BELOW_WORDS = (
    r"ниже предела.*|н/?о|не обн.*|менее предела.*|below detection.*|below lod.*|bdl|<\s*lod|<\s*dl|nd|n\.d\."
)
"""Pattern of words, in small letters, that stand for a reading below detection."""

SENTINELS = (-999.0, -9999.0, -99999.0, -999.9, -999.99)
"""Numbers that loggers write for no reading."""


def parse_values(cells: pd.Series, *, decimal: str | None) -> tuple[pd.DataFrame, bool]:
    """Numbers and kinds of value cells.

    Returns
    -------
    parsed : DataFrame
        ``number`` (NaN where none), ``kind`` (number, missing, below, bad) and ``limit``, the number behind
        a smaller-than sign; index of ``cells``.
    comma : bool
        Whether a comma was read as the decimal sign.
    """
    codes, distinct = pd.factorize(cells.to_numpy(dtype=object))
    text = pd.Series(distinct, dtype=object).astype(str).str.strip()
    small = text.str.casefold()
    below_number = small.str.extract(
        r"^(?:<|≤|&lt;|менее|less than)\s*=?\s*(?P<limit>[\d.,\s]+)", expand=True
    )["limit"]
    plain = _decimal(text, decimal)
    number = to_number(plain)
    kind = pd.Series(np.where(number.notna(), "number", "bad"), dtype=object)
    limit = to_number(_decimal(below_number.fillna(""), decimal))
    below = small.str.fullmatch(BELOW_WORDS).fillna(False).astype(bool) | limit.notna()
    kind[below] = "below"
    kind[small.isin(MISSING_WORDS)] = "missing"
    number[kind != "number"] = np.nan
    comma = bool((text.str.contains(",", regex=False) & kind.isin(["number", "below"])).any())
    made = pd.DataFrame({"number": number, "kind": kind, "limit": limit.where(kind == "below")})
    return made.take(codes).set_axis(cells.index), comma


def _decimal(text: pd.Series, decimal: str | None) -> pd.Series:
    """Texts with the stated decimal sign as a point; the other sign may only part thousands.

    A text in which it does not, such as 0.05 where the comma is stated, is left as one that is no number:
    dropping the sign would change the value by powers of ten.
    """
    if decimal is None:
        return text
    other = "." if decimal == "," else ","
    grouped = text.str.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(other)}\d{{3}})+(?:{re.escape(decimal)}\d*)?")
    wrong = text.str.contains(other, regex=False) & ~grouped.fillna(False).astype(bool)
    plain = text.str.replace(other, "", regex=False).str.replace(decimal, ".", regex=False)
    return plain.mask(wrong, "?")
