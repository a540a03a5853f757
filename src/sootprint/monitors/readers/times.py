"""Text stamps in the spellings that monitoring networks use."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

FIRST_YEAR, LAST_YEAR = 1900, 2100

_OFFSET = r"(?:\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2}))?"
_CLOCK = (
    r"(?:[T ,]+(?P<hour>\d{1,2})(?:[:.h-](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?P<part>[.,]\d+)?)?)?"
    rf"{_OFFSET})?"
)
YEAR_FIRST = rf"^(?P<a>\d{{4}})[-./](?P<b>\d{{1,2}})[-./](?P<c>\d{{1,2}}){_CLOCK}$"
YEAR_LAST = rf"^(?P<a>\d{{1,2}})(?P<sign>[-./])(?P<b>\d{{1,2}})[-./](?P<c>\d{{4}}|\d{{2}}){_CLOCK}$"
COMPACT = (
    r"^(?P<a>(?:19|20)\d{2})(?P<b>\d{2})(?P<c>\d{2})"
    r"[T ]?(?:(?P<hour>\d{2})(?P<minute>\d{2})?(?P<second>\d{2})?)?$"
)


@dataclass
class Stamps:
    """Stamps of a column.

    Attributes
    ----------
    local : Series of datetime64[us]
        Clock times without a zone; NaT where the stamp is no time or carries an offset.
    utc : Series of datetime64[us]
        UTC of the stamps that carry an offset.
    midnight_24 : bool
        Whether a stamp reads 24:00, the end of a day.
    remarks : list of (subject, taken, because, setting)
        What was guessed.
    """

    local: pd.Series
    utc: pd.Series
    midnight_24: bool = False
    remarks: list[tuple[str, str, str, str]] = field(default_factory=list)


def parse_stamps(cells: pd.Series, *, day_first: bool | None) -> Stamps:
    """Stamps of text cells: ISO 8601, year-last dates with . / or -, compact digits, 24:00."""
    codes, distinct = pd.factorize(cells.to_numpy(dtype=object))
    text = pd.Series(distinct, dtype=object).astype(str).str.strip()
    local = pd.to_datetime(text, format="%Y-%m-%d %H:%M:%S", errors="coerce").astype("datetime64[us]")
    utc = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    made = Stamps(local, utc)
    for pattern in (YEAR_FIRST, YEAR_LAST, COMPACT):
        rest = local.isna() & utc.isna()
        if not rest.any():
            break
        parts = text[rest].str.extract(pattern)
        parts = parts[parts["a"].notna()]
        if len(parts):
            _place(parts, pattern, day_first, made)
    sound = local.dt.year.between(FIRST_YEAR, LAST_YEAR)
    local[~sound] = pd.NaT
    utc[~utc.dt.year.between(FIRST_YEAR, LAST_YEAR)] = pd.NaT
    made.local = local.take(codes).set_axis(cells.index)
    made.utc = utc.take(codes).set_axis(cells.index)
    return made


def _place(parts: pd.DataFrame, pattern: str, day_first: bool | None, made: Stamps) -> None:
    a, b, c = (pd.to_numeric(parts[name]).to_numpy(dtype=np.int64) for name in "abc")
    if pattern == YEAR_LAST:
        if (parts["c"].str.len() == 2).any():
            made.remarks.append(
                ("year", "two digits mean 20..", "the year has two digits", "(write it in full)")
            )
        year = np.where(parts["c"].str.len() == 2, 2000 + c, c)
        first = day_first
        if first is None:
            first, because = _order(a, b, year, str(parts["sign"].iloc[0]))
            taken = "day first" if first else "month first"
            made.remarks.append(("date order", taken, because, f"day_first = {str(first).lower()}"))
        day, month = (a, b) if first else (b, a)
    else:
        year, month, day = a, b, c

    def number(name: str) -> np.ndarray:
        return pd.to_numeric(parts[name]).fillna(0).to_numpy(dtype=np.int64)

    hour, minute, second = number("hour"), number("minute"), number("second")
    micros = np.zeros(len(parts), dtype=np.int64)
    if "part" in parts:
        fraction = parts["part"].fillna(".0").str.replace(",", ".", regex=False)
        micros = (pd.to_numeric("0" + fraction).to_numpy(dtype=float) * 1e6).astype(np.int64)
    stamp = _moment(year, month, day)
    whole = (hour == 24) & (minute == 0) & (second == 0)
    valid = ~np.isnat(stamp) & ((hour < 24) | whole) & (minute < 60) & (second < 60)
    seconds = hour * 3600 + minute * 60 + second
    moment = np.where(
        valid, stamp + seconds.astype("m8[s]") + micros.astype("m8[us]"), np.datetime64("NaT", "us")
    )
    made.midnight_24 = made.midnight_24 or bool((whole & valid).any())
    if "offset" in parts:
        offset, has = _offset_s(parts["offset"])
        made.utc.loc[parts.index[has]] = (moment - offset.astype("m8[s]"))[has].astype("M8[us]")
        made.local.loc[parts.index[~has]] = moment[~has].astype("M8[us]")
    else:
        made.local.loc[parts.index] = moment.astype("M8[us]")


def _moment(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    sound = (month >= 1) & (month <= 12) & (year >= 1) & (year <= 9999)
    months = np.where(sound, (year - 1970) * 12 + month - 1, 0).astype("M8[M]")
    days = months.astype("M8[D]") + (np.where(sound, day, 1) - 1).astype("m8[D]")
    sound &= (day >= 1) & (day <= 31) & (days.astype("M8[M]") == months)
    return np.where(sound, days.astype("M8[us]"), np.datetime64("NaT", "us"))


def _offset_s(text: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    has = text.notna().to_numpy()
    digits = text.fillna("").str.replace(r"[^0-9+-]", "", regex=True)
    sign = np.where(digits.str.startswith("-"), -1, 1)
    hours = pd.to_numeric(digits.str.slice(1, 3), errors="coerce").fillna(0).to_numpy(dtype=np.int64)
    minutes = pd.to_numeric(digits.str.slice(3, 5), errors="coerce").fillna(0).to_numpy(dtype=np.int64)
    return sign * (hours * 3600 + minutes * 60), has


def _order(a: np.ndarray, b: np.ndarray, year: np.ndarray, sign: str) -> tuple[bool, str]:
    day_only, month_only = int((a > 12).sum()), int((b > 12).sum())
    if day_only or month_only:
        return day_only >= month_only, f"{max(day_only, month_only)} dates fit only this order"
    spans = []
    for month, day in ((b, a), (a, b)):
        moments = _moment(year, month, day)
        moments = moments[~np.isnat(moments)]
        spans.append((moments.max() - moments.min()).astype(np.int64) if len(moments) else 0)
    if spans[0] != spans[1]:
        return bool(spans[0] < spans[1]), "this order gives the shorter period"
    return True, f"dates with {sign!r} fit both orders; day first is the custom outside the US"
