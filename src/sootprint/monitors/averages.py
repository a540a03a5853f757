"""Means over norm averaging times, each with the share of its interval that valid readings cover."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.timeaxis import zone_info

HOUR_S = 3600.0
"""One hour [s]."""

DAY_S = 86_400.0
"""Nominal day [s]; a local day has its true length, 23 or 25 hours where the clock changes."""

YEAR_S = 31_536_000.0
"""Nominal year [s]: the averaging time that stands for local calendar years."""

BelowDetection = Literal["half", "zero", "limit", "exclude"]
BELOW_DETECTION: tuple[BelowDetection, ...] = ("half", "zero", "limit", "exclude")
"""Ways to count a reading below its detection limit."""

_US = 1_000_000


def means(
    observations: pd.DataFrame,
    averaging_s: float,
    *,
    zone: str,
    minimum_coverage: float = 0.75,
    rolling: bool = False,
    below_detection: BelowDetection = "half",
) -> pd.DataFrame:
    """Table ``means``: duration-weighted means c̄ = Σ cᵢ dᵢ / Σ dᵢ of every post and pollutant [µg m⁻³].

    Averaging times under a day are aligned on multiples of themselves in UTC, days (86,400 s) and years
    (31,536,000 s) on the local calendar with their true length. Running means begin every UTC hour. A
    reading belongs as a whole to the interval that holds its middle. Intervals without any reading have
    no row; those with too little coverage have a row without a value.

    Parameters
    ----------
    observations : DataFrame
        Table ``observations``.
    averaging_s : float
        Averaging time [s]: a divisor of a day, a day, or 31,536,000 for calendar years.
    zone : str
        IANA zone of the site.
    minimum_coverage : float
        Smallest share of the interval [1] that valid readings must cover for a value.
    rolling : bool
        Running means of a whole number of hours, up to a day, from readings of an hour or less.
    below_detection : {"half", "zero", "limit", "exclude"}
        What counts for a reading below its detection limit L: L/2, 0, L, or nothing. ``zero`` and
        ``limit`` bound the mean; substitution has no statistical ground (Helsel 2012 [1]_) and the
        choice belongs beside the result. Where L is missing the reading's own value is used.

    Returns
    -------
    DataFrame
        Table ``means``, sorted by post, pollutant and time. ``n_excluded`` counts readings that are
        flagged missing or suspect, have no value, or last longer than the interval. Where readings
        overlap, coverage counts at most 1.

    Raises
    ------
    InputError
        If an option is out of range.

    References
    ----------
    .. [1] Helsel, D. R. (2012): Statistics for Censored Environmental Data Using Minitab and R, 2nd ed.,
       doi:10.1002/9781118162729.
    """
    _check_options(averaging_s, minimum_coverage, rolling, below_detection)
    zone_info(zone)
    if not len(observations):
        return schema.empty("means")
    value, usable, below = counted_values(observations, below_detection)
    start = _microseconds(observations["time_start"])
    duration = np.rint(observations["duration_s"].to_numpy(float) * _US).astype(np.int64)
    middle = start + duration // 2
    series, labels = _series(observations)
    edges = _Edges(HOUR_S if rolling else averaging_s, zone, middle)
    bins = edges.index(middle)
    longest = np.maximum(edges.length(bins), int((HOUR_S if rolling else averaging_s) * _US))
    usable = usable & (duration <= longest) & (duration > 0)
    below = below & usable
    weight = np.where(usable, duration, 0).astype(float)

    key = series * (int(bins.max()) + 1) + bins
    order = np.argsort(key, kind="stable")
    unique, first, inverse = np.unique(key[order], return_index=True, return_inverse=True)

    def per_interval(part: NDArray[Any]) -> NDArray[np.float64]:
        return np.bincount(inverse, weights=part[order], minlength=len(unique)).astype(float)

    which, bins = series[order][first], bins[order][first]
    begin, length = edges.start(bins), edges.length(bins).astype(float)
    weights = per_interval(weight)
    mean = _ratio(per_interval(np.where(usable, value * weight, 0.0)), weights)
    covered = np.minimum(weights, length)
    total = {
        "weighted": np.where(weights > 0, mean, 0.0) * covered,
        "covered": covered,
        "n": per_interval(usable),
        "n_below_detection": per_interval(below),
        "n_excluded": per_interval(~usable),
    }
    if rolling:
        which, begin, total = _run(which, begin, total, round(averaging_s / HOUR_S))
        mean = _ratio(total["weighted"], total["covered"])
        length = np.full(len(begin), averaging_s * _US)
    coverage = total["covered"] / length
    return _table(labels, which, begin, mean, coverage, total, averaging_s, minimum_coverage)


def counted_values(
    observations: pd.DataFrame, below_detection: BelowDetection = "half"
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Values that count [µg m⁻³], whether each is usable, and whether it was below detection.

    A reading is usable if it has a value and its flag is ``valid`` or ``below_detection``; see `means`
    for the ways to count the latter.
    """
    flag = observations["flag"].to_numpy(dtype=object)
    value = observations["value_ugm3"].to_numpy(float, copy=True)
    below = flag == "below_detection"
    limit = observations["detection_limit_ugm3"].to_numpy(float)
    factor = {"half": 0.5, "zero": 0.0, "limit": 1.0, "exclude": np.nan}[below_detection]
    known = below & np.isfinite(limit)
    value[known] = factor * limit[known]
    usable = ((flag == "valid") | below) & np.isfinite(value)
    if below_detection == "exclude":
        usable &= ~below
    return value, usable, below & usable


def percentile(values: ArrayLike, percent: float, *, method: str = "inverted_cdf") -> float:
    """Percentile of the valid values [same unit]; NaN if there are none.

    By default the nearest-rank value, number ⌈n·q⌉ of the ascending values: the 99th percentile of 365
    daily values is the fourth largest. Other definitions are those of Hyndman and Fan (1996),
    doi:10.1080/00031305.1996.10473566, by their numpy names.
    """
    array = np.asarray(values, float)
    array = array[np.isfinite(array)]
    chosen: Any = method
    return float(np.percentile(array, percent, method=chosen)) if array.size else float("nan")


def annual_means(
    observations: pd.DataFrame,
    *,
    zone: str,
    minimum_coverage: float = 0.75,
    below_detection: BelowDetection = "half",
) -> pd.DataFrame:
    """Table ``means`` of local calendar years, coverage over the true length of the year; see `means`."""
    return means(
        observations,
        YEAR_S,
        zone=zone,
        minimum_coverage=minimum_coverage,
        below_detection=below_detection,
    )


def local_edges(
    first: pd.Timestamp, last: pd.Timestamp, zone: str, step: Literal["D", "MS", "YS"]
) -> pd.DatetimeIndex:
    """UTC beginnings of the local days, months or years that cover two UTC times, and the next one.

    Where midnight does not exist the day begins at the first moment after the gap; where it occurs twice
    it begins at the first of the two.
    """
    info = zone_info(zone)
    local = [stamp.tz_localize("UTC").tz_convert(info).tz_localize(None) for stamp in (first, last)]
    period = {"D": "D", "MS": "M", "YS": "Y"}[step]
    begin, end = (stamp.to_period(period) for stamp in local)
    stamps = pd.period_range(begin, end + 1, freq=period).to_timestamp()
    aware = stamps.tz_localize(info, ambiguous=np.ones(len(stamps), bool), nonexistent="shift_forward")
    return aware.tz_convert("UTC").tz_localize(None).as_unit("us")


class _Edges:
    """Interval number, beginning and length [µs] of moments, on fixed UTC steps or the local calendar."""

    def __init__(self, averaging_s: float, zone: str, moments: NDArray[np.int64]) -> None:
        self.step = int(averaging_s * _US)
        self.calendar: NDArray[np.int64] | None = None
        low, high = int(moments.min()), int(moments.max())
        if averaging_s >= DAY_S:
            kind: Literal["D", "YS"] = "D" if averaging_s == DAY_S else "YS"
            made = local_edges(pd.Timestamp(low, unit="us"), pd.Timestamp(high, unit="us"), zone, kind)
            self.calendar = made.asi8
        self.origin = low // self.step

    def index(self, moments: NDArray[np.int64]) -> NDArray[np.int64]:
        if self.calendar is None:
            return moments // self.step - self.origin
        return np.asarray(np.searchsorted(self.calendar, moments, side="right") - 1, np.int64)

    def start(self, bins: NDArray[np.int64]) -> NDArray[np.int64]:
        return (bins + self.origin) * self.step if self.calendar is None else self.calendar[bins]

    def length(self, bins: NDArray[np.int64]) -> NDArray[np.int64]:
        if self.calendar is None:
            return np.full(bins.shape, self.step, np.int64)
        return np.diff(self.calendar)[bins]


def _check_options(averaging_s: float, minimum_coverage: float, rolling: bool, below_detection: str) -> None:
    whole = averaging_s == YEAR_S or (0 < averaging_s <= DAY_S and DAY_S % averaging_s == 0)
    if rolling:
        whole = HOUR_S <= averaging_s <= DAY_S and averaging_s % HOUR_S == 0
    if not whole:
        raise InputError(
            f"an averaging time of {averaging_s:g} s",
            rule="a running mean has 1 to 24 whole hours"
            if rolling
            else "an averaging time divides a day, is a day, or is a calendar year of 31,536,000 s",
            cure="for example 1200, 3600, 28800, 86400",
        )
    if not 0.0 <= minimum_coverage <= 1.0:
        raise InputError(
            f"a minimum coverage of {minimum_coverage:g}",
            rule="coverage is a share between 0 and 1",
            cure="0.75 for three quarters",
        )
    if below_detection not in BELOW_DETECTION:
        raise InputError(f"below_detection={below_detection!r}", cure=f"one of: {', '.join(BELOW_DETECTION)}")


def _microseconds(times: pd.Series) -> NDArray[np.int64]:
    return times.to_numpy("datetime64[us]").astype(np.int64)


def _series(observations: pd.DataFrame) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """Number of each row's post and pollutant, in the order of their names, and those names."""
    station, stations = pd.factorize(observations["station_id"], sort=True)
    pollutant, pollutants = pd.factorize(observations["pollutant"], sort=True)
    pair = station.astype(np.int64) * len(pollutants) + pollutant
    unique, number = np.unique(pair, return_inverse=True)
    labels = pd.DataFrame(
        {
            "station_id": np.asarray(stations, object)[unique // len(pollutants)],
            "pollutant": np.asarray(pollutants, object)[unique % len(pollutants)],
        }
    )
    return number.astype(np.int64), labels


def _ratio(above: NDArray[np.float64], under: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(above, under, out=np.full(len(under), np.nan), where=under > 0)


def _run(
    which: NDArray[np.int64], begin: NDArray[np.int64], total: dict[str, NDArray[np.float64]], hours: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], dict[str, NDArray[np.float64]]]:
    """Running totals over ``hours`` of hourly totals; windows lie within the span of each series."""
    step = int(HOUR_S * _US)
    numbers: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    starts: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    sums: dict[str, list[NDArray[np.float64]]] = {name: [np.zeros(0)] for name in total}
    bounds = np.flatnonzero(np.diff(which, prepend=-1, append=-1))
    for low, high in pairwise(bounds):
        offset = (begin[low:high] - begin[low]) // step
        if offset[-1] + 1 < hours:
            continue
        window = {}
        for name, part in total.items():
            grid = np.zeros(int(offset[-1]) + 1)
            grid[offset] = part[low:high]
            window[name] = np.lib.stride_tricks.sliding_window_view(grid, hours).sum(axis=1)
        some = np.flatnonzero(window["n"] + window["n_excluded"] > 0)
        numbers.append(np.full(len(some), which[low]))
        starts.append(begin[low] + some * step)
        for name, values in window.items():
            sums[name].append(values[some])
    joined = {name: np.concatenate(parts) for name, parts in sums.items()}
    return np.concatenate(numbers), np.concatenate(starts), joined


def _table(
    labels: pd.DataFrame,
    which: NDArray[np.int64],
    begin: NDArray[np.int64],
    value: NDArray[np.float64],
    coverage: NDArray[np.float64],
    total: dict[str, NDArray[np.float64]],
    averaging_s: float,
    minimum_coverage: float,
) -> pd.DataFrame:
    enough = (coverage >= minimum_coverage - 1e-9) & (coverage > 0)
    made = {
        "station_id": labels["station_id"].astype("string").take(which).array,
        "pollutant": labels["pollutant"].astype("string").take(which).array,
        "averaging_s": np.full(len(begin), float(averaging_s)),
        "time_start": begin.astype("datetime64[us]"),
        "value_ugm3": np.where(enough, value, np.nan),
        "coverage": coverage,
    }
    made |= {name: total[name].astype(np.int64) for name in ("n", "n_below_detection", "n_excluded")}
    return schema.check(pd.DataFrame(made), "means")
