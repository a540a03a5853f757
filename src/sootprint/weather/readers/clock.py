"""Stamps of weather files: texts to local times, and local times to UTC interval beginnings."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from sootprint.core.timeaxis import Stamp, to_utc_start, zone_info

FIRST_YEAR, LAST_YEAR = 1850, 2200
"""Years outside which a stamp is no date of weather."""

FORMATS = (
    "ISO8601",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y.%m.%d %H:%M",
    "%d.%m.%y %H:%M",
    "%Y%m%d%H%M",
    "%Y%m%d%H",
    "%Y%m%d",
)
"""Formats that are tried, in this order."""


def parse(texts: pd.Series, time_format: str | None = None) -> tuple[pd.Series, str, bool]:
    """Times of stamp texts: the times (NaT where none), the format taken, and whether they are UTC already.

    The format that reads most cells wins, of equals the first of `FORMATS`.
    """
    plain = texts.astype(str).str.strip()
    best, best_format, best_count = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us]"), "", 0
    for name in (time_format,) if time_format else FORMATS:
        made = pd.to_datetime(plain.where(plain != "", None), format=name, errors="coerce", utc=True)
        made = made.dt.tz_localize(None).astype("datetime64[us]")
        count = int(made.notna().sum())
        if count > best_count:
            best, best_format, best_count = made, name, count
        if count == int((plain != "").sum()):
            break
    best = best.where(best.dt.year.between(FIRST_YEAR, LAST_YEAR))
    has_offset = plain.str.contains(r"\d[ T]?\d{2}:\d{2}.*(?:Z|[+-]\d{2}:?\d{2})$", regex=True)
    return best, best_format, bool(has_offset.any() and has_offset[plain != ""].all())


def day_and_month_exchangeable(texts: pd.Series, time_format: str) -> bool:
    """Whether day and month of slashed dates could be read the other way round."""
    if "/" not in time_format:
        return False
    parts = texts.astype(str).str.extract(r"^\s*(\d{1,2})/(\d{1,2})/")
    numbers = parts.apply(pd.to_numeric, errors="coerce")
    return bool((numbers.max() <= 12).all())


def standard_time_to_utc(local: pd.Series, zone: str, *, stamp: Stamp, duration_s: float) -> pd.Series:
    """UTC beginnings from stamps of clocks that never show summer time, as AERMOD's.

    The offset is the zone's at that date less its summer time, so that a change of the zone's own standard
    (Asia/Almaty, 2024-03-01) is kept.
    """
    info = zone_info(zone)

    def offset(moment: pd.Timestamp) -> timedelta:
        aware = moment.to_pydatetime().replace(tzinfo=info)
        return (aware.utcoffset() or timedelta(0)) - (aware.dst() or timedelta(0))

    begin = local - pd.to_timedelta(duration_s, unit="s") if stamp == "ending" else local
    offsets = {moment: offset(moment) for moment in begin.dropna().unique()}
    shift = pd.to_timedelta([offsets.get(moment, pd.NaT) for moment in begin]).astype("timedelta64[us]")
    return (begin - pd.Series(shift, index=begin.index)).astype("datetime64[us]")


def local_to_utc(
    local: pd.Series, zone: str, *, stamp: Stamp, duration_s: float | pd.Series, standard_time: bool
) -> tuple[pd.Series, pd.Series]:
    """UTC beginnings and the mask of ambiguous local times."""
    if standard_time:
        length = duration_s if isinstance(duration_s, float) else float(duration_s.iloc[0])
        return (
            standard_time_to_utc(local, zone, stamp=stamp, duration_s=length),
            pd.Series(False, index=local.index),
        )
    return to_utc_start(local, zone, stamp=stamp, duration_s=duration_s)
