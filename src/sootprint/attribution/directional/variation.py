"""Variation of the concentration over the day, the week and the year, with intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sootprint.attribution.directional.bootstrap import (
    block_numbers,
    block_sums,
    group_rng,
    interval,
    resampled,
)
from sootprint.attribution.directional.joining import with_reading
from sootprint.attribution.directional.roses import _stack
from sootprint.core.errors import InputError

CYCLES = {"hour": 24, "weekday": 7, "weekday_hour": 168, "month": 12, "season": 4}
"""Classes of each cycle: hour of the day, day of the week from Monday, both, month, season from winter."""


def time_variation(
    joined: pd.DataFrame,
    *,
    cycles: Sequence[str] = ("hour", "weekday", "weekday_hour", "month", "season"),
    level: float = 0.90,
    block_days: int = 7,
    minimum_blocks: int = 8,
    draws: int = 500,
    seed: int = 0,
) -> pd.DataFrame:
    """Mean concentration by hour of the local day, day of the week, month and season.

    Hours with a reading and without wind count too.

    The interval is a block bootstrap over days (default: weeks), for hours of neighbouring days share
    their weather: one that draws hours singly, as is often done, is several times too narrow.

    Parameters
    ----------
    joined : DataFrame
        Result of `join_hourly`.
    cycles : sequence of str
        Keys of `CYCLES`. Seasons are of three months from December.
    level : float
        Probability of the interval [1].
    block_days, draws, seed : int
        Length of a bootstrap block [days], draws and seed.
    minimum_blocks : int
        Blocks under which there is no interval: a bootstrap of a few weeks looks surer than it is.

    Returns
    -------
    DataFrame
        Table ``time_variation``: a row a class; mean missing where it has no hours.

    Raises
    ------
    InputError
        If a cycle is not known.
    """
    unknown = [cycle for cycle in cycles if cycle not in CYCLES]
    if unknown:
        raise InputError(f"cycles {unknown}", cure=f"of: {', '.join(CYCLES)}")
    rows = with_reading(joined)
    tables = []
    for (station, pollutant), group in rows.groupby(["station_id", "pollutant"], sort=True):
        value = group["value_ugm3"].to_numpy(float)
        blocks = block_numbers(group["day_local"], block_days)
        rng = group_rng(seed, str(station), str(pollutant))
        for cycle in cycles:
            count = CYCLES[cycle]
            number = _numbers(group, cycle)
            hours = block_sums(blocks, number, count, np.ones(len(value)))
            dose = block_sums(blocks, number, count, value)
            hours_draws, dose_draws = resampled([hours, dose], draws, rng)
            with np.errstate(invalid="ignore", divide="ignore"):
                low, high = interval(dose_draws / hours_draws, level)
                if int(blocks.max()) + 1 < minimum_blocks:
                    low, high = np.full(count, np.nan), np.full(count, np.nan)
                mean = dose.sum(axis=0) / hours.sum(axis=0)
            tables.append(
                pd.DataFrame(
                    {
                        "station_id": station,
                        "pollutant": pollutant,
                        "cycle": cycle,
                        "class_number": np.arange(count) + (1 if cycle == "month" else 0),
                        "hours": hours.sum(axis=0).astype(int),
                        "mean_ugm3": mean,
                        "mean_lower": low,
                        "mean_upper": high,
                        "level": level,
                    }
                )
            )
    return _stack(tables, "time_variation")


def _numbers(group: pd.DataFrame, cycle: str) -> np.ndarray:
    """Class of each hour from 0."""
    hour = group["hour_local"].to_numpy(np.int64)
    day = group["day_local"].dt
    weekday = day.day_of_week.to_numpy(np.int64)
    month = day.month.to_numpy(np.int64)
    match cycle:
        case "hour":
            return hour
        case "weekday":
            return weekday
        case "weekday_hour":
            return weekday * 24 + hour
        case "month":
            return month - 1
        case _:
            return month % 12 // 3
