"""Trends of monthly means over years: a straight line that outliers do not move, and a smooth curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.directional.bootstrap import group_rng
from sootprint.attribution.directional.joining import with_reading
from sootprint.attribution.directional.roses import _stack
from sootprint.attribution.directional.spline import _penalised
from sootprint.attribution.directional.tensor import thin_plate_basis
from sootprint.core.errors import InputError

Array = NDArray[np.float64]

DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class TrendOptions:
    """Settings of `theil_sen_trend` and `smooth_trend`.

    Attributes
    ----------
    minimum_coverage : float
        Share of a month's hours that must have a reading [1].
    pairs : "all" or "same_month"
        Pairs of months whose slopes count: all (Sen 1968), or those of one calendar month, which no
        yearly cycle can bias (Hirsch, Slack and Smith 1982).
    block : int, optional
        Months of a bootstrap block; none: the cube root of the number of months, rounded.
    level : float
        Probability of the intervals [1].
    minimum_months : int
        Months under which there is no trend.
    basis : int
        Functions of the smooth curve.
    draws, seed : int
        Bootstrap draws and seed.
    """

    minimum_coverage: float = 0.75
    pairs: Literal["all", "same_month"] = "all"
    block: int | None = None
    level: float = 0.95
    minimum_months: int = 12
    basis: int = 10
    draws: int = 1000
    seed: int = 0


def monthly_means(joined: pd.DataFrame, minimum_coverage: float) -> pd.DataFrame:
    """Mean of each post, pollutant and local month with enough hours; the wind is not used.

    Columns: ``station_id, pollutant, month, mean_ugm3, hours``.
    """
    rows = with_reading(joined)
    month = rows["day_local"].dt.to_period("M").dt.to_timestamp().rename("month")
    made = (
        rows.groupby(["station_id", "pollutant", month], sort=True)["value_ugm3"]
        .agg(mean_ugm3="mean", hours="size")
        .reset_index()
    )
    return made.loc[made["hours"] >= minimum_coverage * 24.0 * made["month"].dt.days_in_month]


def theil_sen_trend(joined: pd.DataFrame, *, options: TrendOptions | None = None) -> pd.DataFrame:
    """Theil–Sen slope of the monthly means, with interval and test.

    The slope is the median of the slopes of pairs of months, the line goes through the median month and
    mean (Sen 1968, doi:10.1080/01621459.1968.10480934). Interval and p are a moving block bootstrap of
    months (Künsch 1989, doi:10.1214/aos/1176347265), p twice the share of draws beyond zero, at least
    twice one in the draws. The slope in per cent is the change of the line over its first value, a year.

    Parameters
    ----------
    joined : DataFrame
        Result of `join_hourly`.
    options : TrendOptions, optional
        Settings.

    Returns
    -------
    DataFrame
        Table ``trends``: a row a post and pollutant with enough months.
    """
    options = options or TrendOptions()
    rows = []
    for (station, pollutant), group in _groups(joined, options):
        day = _days(group["month"])
        value = group["mean_ugm3"].to_numpy(float)
        season = group["month"].dt.month.to_numpy() if options.pairs == "same_month" else None
        slope, intercept = theil_sen(day, value, season)
        picks = moving_blocks(len(day), options, group_rng(options.seed, str(station), str(pollutant)))
        drawn = np.array(
            [theil_sen(day[pick], value[pick], None if season is None else season[pick])[0] for pick in picks]
        )
        drawn = drawn[np.isfinite(drawn)]
        tail = 0.5 * (1.0 - options.level)
        low, high = np.quantile(drawn, [tail, 1.0 - tail]) * DAYS_A_YEAR
        below = (drawn < 0).mean() + 0.5 * (drawn == 0).mean()
        first = intercept + slope * day[0]
        rows.append(
            {
                "station_id": station,
                "pollutant": pollutant,
                "pairs": options.pairs,
                "first_month": group["month"].iloc[0],
                "last_month": group["month"].iloc[-1],
                "months": len(day),
                "slope_ugm3_per_year": slope * DAYS_A_YEAR,
                "slope_lower": low,
                "slope_upper": high,
                "slope_percent_per_year": 100.0 * slope * DAYS_A_YEAR / first if first > 0 else np.nan,
                "start_ugm3": first,
                "p_value": max(2.0 * min(below, 1.0 - below), 2.0 / options.draws),
                "level": options.level,
            }
        )
    return _stack([pd.DataFrame(rows)] if rows else [], "trends")


def smooth_trend(joined: pd.DataFrame, *, options: TrendOptions | None = None) -> pd.DataFrame:
    """Smooth curve through the monthly means, with interval.

    A thin-plate regression spline of time, its penalty by generalised cross-validation
    (`thin_plate_basis`); the interval is the curve with the residuals resampled in moving blocks and the
    penalty held, a basic bootstrap (Davison and Hinkley 1997, doi:10.1017/CBO9780511802843, section 6.2.3).

    Parameters
    ----------
    joined : DataFrame
        Result of `join_hourly`.
    options : TrendOptions, optional
        Settings.

    Returns
    -------
    DataFrame
        Table ``smooth_trends``: a row a post, pollutant and month with a mean.
    """
    options = options or TrendOptions()
    tables = []
    for (station, pollutant), group in _groups(joined, options):
        day = _days(group["month"])
        value = group["mean_ugm3"].to_numpy(float)
        curve, hat = _smooth(day, value, min(options.basis, len(day) - 2))
        residual = value - curve
        residual = residual - residual.mean()
        picks = moving_blocks(len(day), options, group_rng(options.seed, str(station), str(pollutant)))
        spread = residual[picks] @ hat.T
        tail = 0.5 * (1.0 - options.level)
        low, high = np.quantile(spread, [tail, 1.0 - tail], axis=0)
        tables.append(
            pd.DataFrame(
                {
                    "station_id": station,
                    "pollutant": pollutant,
                    "month": group["month"].to_numpy(),
                    "mean_ugm3": value,
                    "smooth_ugm3": curve,
                    "smooth_lower": curve - high,
                    "smooth_upper": curve - low,
                    "level": options.level,
                }
            )
        )
    return _stack(tables, "smooth_trends")


def theil_sen(x: Array, y: Array, groups: NDArray[np.int64] | None = None) -> tuple[float, float]:
    """Median slope of pairs with different x, and the intercept median(y) − slope · median(x).

    With ``groups`` only pairs within a group count. Both are NaN without such a pair.
    """
    later = x[None, :] - x[:, None]
    wanted = later > 0
    if groups is not None:
        wanted &= groups[None, :] == groups[:, None]
    slopes = (y[None, :] - y[:, None])[wanted] / later[wanted]
    if not len(slopes):
        return float("nan"), float("nan")
    slope = float(np.median(slopes))
    return slope, float(np.median(y) - slope * np.median(x))


def moving_blocks(count: int, options: TrendOptions, rng: np.random.Generator) -> NDArray[np.int64]:
    """Places of each draw: overlapping blocks of neighbours, one after another; shape (draw, count)."""
    length = options.block if options.block is not None else max(1, round(count ** (1.0 / 3.0)))
    if not 1 <= length <= count:
        raise InputError(f"bootstrap block of {length} of {count} months", rule="from 1 to all months")
    starts = rng.integers(0, count - length + 1, size=(options.draws, -(-count // length)))
    return (starts[:, :, None] + np.arange(length)).reshape(options.draws, -1)[:, :count]


def _groups(joined: pd.DataFrame, options: TrendOptions) -> list[tuple[tuple[object, object], pd.DataFrame]]:
    months = monthly_means(joined, options.minimum_coverage)
    grouped = months.groupby(["station_id", "pollutant"], sort=True)
    return [((key[0], key[1]), group) for key, group in grouped if len(group) >= options.minimum_months]


def _days(month: pd.Series) -> Array:
    return ((month - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)).to_numpy(float)


def _smooth(day: Array, value: Array, size: int) -> tuple[Array, Array]:
    """Curve at the data and the matrix that makes it of the data."""
    years = (day - day[0]) / DAYS_A_YEAR
    basis = thin_plate_basis(years, size)
    design = basis.design(years)
    coefficients, penalty, _, _ = _penalised(design, value, np.ones(len(value)), basis.penalty, free=2)
    hat = design @ np.linalg.solve(design.T @ design + penalty * basis.penalty, design.T)
    return design @ coefficients, hat
