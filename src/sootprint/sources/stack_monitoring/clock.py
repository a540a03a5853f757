"""Local stamps, UTC and local days as expressions of SQL: the transitions of a zone are written out.

The zone's rules are Python's (`zoneinfo`), not the database's own, so that all rooms read one clock.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sootprint.core.timeaxis import zone_info

SLOT = pd.Timedelta(minutes=15)
"""Every transition since 1972 falls on a quarter of an hour."""


@dataclass(frozen=True)
class Clock:
    """Expressions of SQL for a range of times in a zone; ``{t}`` stands for the column.

    Attributes
    ----------
    utc_first : str
        UTC of a local stamp, the first moment where there are two; NULL where the time did not exist.
    utc_second : str
        UTC of a local stamp, the second moment where there are two.
    local : str
        Local stamp of UTC.
    """

    utc_first: str
    utc_second: str
    local: str


def clock(zone: str, first: pd.Timestamp, last: pd.Timestamp) -> Clock:
    """Expressions for stamps from ``first`` to ``last``.

    Raises
    ------
    ConfigError
        If the zone is not known.
    """
    info = zone_info(zone)
    slots = pd.date_range(
        first.floor("D") - pd.Timedelta(days=2), last.ceil("D") + pd.Timedelta(days=2), freq=SLOT
    )
    offsets = []
    for ambiguous in (True, False):
        aware = slots.tz_localize(info, ambiguous=np.full(len(slots), ambiguous), nonexistent="NaT")
        utc = aware.tz_convert("UTC").tz_localize(None)
        offsets.append(_case(slots, utc - slots))
    local = slots.tz_localize("UTC").tz_convert(info).tz_localize(None)
    return Clock(offsets[0], offsets[1], _case(slots, local - slots))


def _case(slots: pd.DatetimeIndex, shifts: pd.TimedeltaIndex) -> str:
    seconds = np.where(shifts.isna(), np.nan, shifts.total_seconds().to_numpy(dtype=float))
    same = (seconds[1:] == seconds[:-1]) | (np.isnan(seconds[1:]) & np.isnan(seconds[:-1]))
    ends = [*(np.flatnonzero(~same) + 1), len(slots)]
    parts = []
    for end, begin in zip(ends, [0, *ends[:-1]], strict=True):
        shift = seconds[begin]
        value = "NULL" if np.isnan(shift) else f"{{t}} + INTERVAL ({int(shift)}) SECOND"
        if end == len(slots):
            parts.append(f"ELSE {value}")
        else:
            parts.append(f"WHEN {{t}} < TIMESTAMP '{slots[end]}' THEN {value}")
    if len(parts) == 1:
        return parts[0].removeprefix("ELSE ")
    return f"CASE {' '.join(parts)} END"


def local_bounds(
    period: tuple[pd.Timestamp, pd.Timestamp] | None, zone: str
) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Local stamps of a period in UTC."""
    if period is None:
        return None
    info = zone_info(zone)
    made = [pd.Timestamp(moment).tz_localize("UTC").tz_convert(info).tz_localize(None) for moment in period]
    return made[0], made[1]


def day_hours(days: pd.Series, zone: str) -> pd.Series:
    """Hours of local days: 24, but 23 or 25 when the clocks change."""
    info = zone_info(zone)
    distinct = pd.DatetimeIndex(days.unique())
    options = {"ambiguous": np.full(len(distinct), True), "nonexistent": "shift_forward"}
    begin = distinct.tz_localize(info, **options)
    end = (distinct + pd.Timedelta(days=1)).tz_localize(info, **options)
    hours = pd.Series((end - begin).total_seconds() / 3600.0, index=distinct)
    return days.map(hours)
