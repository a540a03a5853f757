"""Time at the boundary: local stamps become UTC interval beginnings, by IANA zone and stated convention."""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from sootprint.core.errors import ConfigError

Stamp = Literal["beginning", "ending"]


def zone_info(zone: str) -> ZoneInfo:
    """IANA zone.

    Raises
    ------
    ConfigError
        If the name is no IANA zone; fixed offsets are refused, since offsets change.
    """
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f"time zone {zone!r} is not known",
            rule="a zone is an IANA name, never a fixed offset: Asia/Almaty changed its own on 2024-03-01",
            cure="for example Asia/Almaty, America/Lima, UTC",
        ) from error


def to_utc_start(
    local: pd.Series,
    zone: str,
    *,
    stamp: Stamp,
    duration_s: float | pd.Series,
    series: pd.Series | None = None,
) -> tuple[pd.Series, pd.Series]:
    """UTC beginnings of intervals from local stamps.

    Parameters
    ----------
    local : Series of datetime64
        Stamps without a zone, as clocks at the site show them.
    zone : str
        IANA zone of the clocks.
    stamp : {"beginning", "ending"}
        Which end of the interval the stamp marks.
    duration_s : float or Series
        Length of the interval [s].
    series : Series, optional
        Label of the series (post and pollutant) of each stamp, where several are stacked: only within one
        series does a repeated stamp show the second of two moments. By default all are one series.

    Returns
    -------
    time_start : Series of datetime64[us]
        UTC, without a zone; NaT where the local time did not exist.
    ambiguous : Series of bool
        Local times that occurred twice: the first of the two moments is taken, and the second for the
        repetition of the stamp in its series (in a series that runs backwards, the other way round).
    """
    info = zone_info(zone)
    stamps = pd.to_datetime(local)
    first = stamps.dt.tz_localize(info, ambiguous=True, nonexistent="NaT")
    second = stamps.dt.tz_localize(info, ambiguous=False, nonexistent="NaT")
    one = first.dt.tz_convert("UTC").dt.tz_localize(None)
    two = second.dt.tz_convert("UTC").dt.tz_localize(None)
    ambiguous = (one != two) & one.notna()
    if ambiguous.any():
        one = one.where(~_repeats(stamps, ambiguous, series), two)
    start = one
    if stamp == "ending":
        start = start - pd.to_timedelta(duration_s, unit="s")
    return start.astype("datetime64[us]"), ambiguous


def _repeats(stamps: pd.Series, ambiguous: pd.Series, series: pd.Series | None) -> pd.Series:
    labels = pd.Series(0, index=stamps.index) if series is None else series
    keys = pd.DataFrame({"series": labels.to_numpy(), "stamp": stamps.to_numpy()}, index=stamps.index)
    steps = keys.groupby("series", sort=False, dropna=False)["stamp"].diff()
    backwards = bool((steps < pd.Timedelta(0)).sum() > (steps > pd.Timedelta(0)).sum())
    return ambiguous & keys.duplicated(keep="last" if backwards else "first")


def to_local(time_utc: pd.Series, zone: str) -> pd.Series:
    """Local clock times without a zone, for showing."""
    aware = pd.to_datetime(time_utc).dt.tz_localize("UTC").dt.tz_convert(zone_info(zone))
    return aware.dt.tz_localize(None)
