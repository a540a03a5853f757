"""Time profiles: how an emission is spread over the hours of a local week."""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError
from sootprint.core.timeaxis import to_local

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@cache
def time_profile_table() -> pd.DataFrame:
    """Weights as stated in ``sources/data/time_profiles.csv``, with mark and source of each row."""
    path = resources.files("sootprint.sources") / "data" / "time_profiles.csv"
    with path.open(encoding="utf-8") as file:
        return pd.read_csv(file)


def time_profile_names() -> list[str]:
    """Names of the known profiles."""
    return list(dict.fromkeys(time_profile_table()["profile"]))


@cache
def _week(name: str) -> NDArray[np.float64]:
    table = time_profile_table()
    rows = table.loc[table["profile"] == name]
    if rows.empty:
        raise InputError(
            f"time profile {name!r} is not known", cure=f"one of: {', '.join(time_profile_names())}"
        )
    weights = np.zeros((7, 24))
    hours = [f"h{hour:02d}" for hour in range(24)]
    for row in rows.to_dict("records"):
        first, last = (_DAYS.index(day) for day in row["days"].split("-"))
        weights[first : last + 1] = [row[hour] for hour in hours]
    return weights / weights.mean()


def time_profile_factors(
    name: str | None, time_utc: pd.Series | pd.DatetimeIndex | ArrayLike, zone: str
) -> NDArray[np.float64]:
    """Factor on the mean emission of each hour [1], of mean 1 over a local week.

    Every profile but ``constant`` is assumed, not measured: see the ``source`` column of
    `time_profile_table`.

    Parameters
    ----------
    name : str or None
        ``constant``, ``heating``, ``traffic`` or ``day_shift``; None or empty is ``constant``.
    time_utc : Series, DatetimeIndex or array of datetime64
        Beginnings of the intervals, UTC; the weight of the local hour in which one begins is taken.
    zone : str
        IANA zone whose clocks people live by.

    Returns
    -------
    array of float
        One factor a time.

    Raises
    ------
    InputError
        If the profile is not known.
    ConfigError
        If the zone is not known.
    """
    week = _week(name or "constant")
    local = to_local(pd.Series(np.asarray(time_utc, dtype="datetime64[us]")), zone)
    return week[local.dt.day_of_week.to_numpy(int), local.dt.hour.to_numpy(int)]
