"""Observations and operator brought to common cells: the linear problem of one pollutant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
Places = NDArray[np.int64]

MICROGRAMS = 1e6
"""Micrograms in a gram: H [s m⁻³] times a rate [g s⁻¹] times this is µg m⁻³."""

ROWS_AT_ONCE = 20_000
"""Readings whose responses are looked at together: a bound on memory."""


@dataclass(frozen=True)
class Problem:
    """Hourly readings of one pollutant where the engine served the hour; the operator is not copied.

    Attributes
    ----------
    pollutant : str
        Pollutant.
    sources, stations : list of str
        Identifiers along the axes.
    hour, station : (n,) int arrays
        Position of each reading on the operator's time axis and among ``stations``.
    value : (n,) array
        Readings [µg m⁻³]; the detection limit where ``censored``.
    censored : (n,) bool array
        Readings below the detection limit.
    unit_response : (hours, R, N) array
        H of all sources [s m⁻³].
    columns : (K,) int array
        Places of ``sources`` on its last axis.
    unit_error : (hours, R, N) array or None
        Standard error of H by sampling [s m⁻³], of an engine that has one.
    activity : (hours, K) array
        Factor on the mean rate [1].
    counts : dict
        Readings used, unserved, invalid, and without a place in the operator.
    """

    pollutant: str
    sources: list[str]
    stations: list[str]
    hour: Places
    station: Places
    value: Array
    censored: NDArray[np.bool_]
    unit_response: NDArray[np.floating]
    columns: Places
    activity: Array
    counts: dict[str, int]
    unit_error: NDArray[np.floating] | None = None

    def sampling(self, rows: Places) -> Array:
        """Variance of the response by sampling, (rows, K) [(µg m⁻³ per g s⁻¹)²]; no draws, no error."""
        if self.unit_error is None:
            return np.zeros((len(rows), len(self.columns)))
        hour = self.hour[rows]
        made = self.unit_error[hour[:, None], self.station[rows][:, None], self.columns[None, :]]
        return (made * (self.activity[hour] * MICROGRAMS)) ** 2

    def response(self, rows: Places) -> Array:
        """Concentration for a mean rate of 1 g s⁻¹, activity included, (rows, K) [µg m⁻³ per g s⁻¹]."""
        hour = self.hour[rows]
        made = self.unit_response[hour[:, None], self.station[rows][:, None], self.columns[None, :]]
        return made * (self.activity[hour] * MICROGRAMS)

    def modelled(self, rates: Array, rows: Places) -> Array:
        """Concentration for given rates [g s⁻¹], (rows,) array [µg m⁻³]."""
        made = np.empty(len(rows))
        for first in range(0, len(rows), ROWS_AT_ONCE):
            part = slice(first, first + ROWS_AT_ONCE)
            made[part] = self.response(rows[part]) @ rates
        return made


@dataclass(frozen=True)
class Cells:
    """Means over cells of some hours of one post, ordered by block, post and time.

    Attributes
    ----------
    of_reading : (n,) int array
        Cell of each reading.
    weight : (n,) array
        One over the number of readings in its cell.
    station, middle, block : (m,) arrays
        Post, middle of the cell [h from the first hour of the operator], and block of each cell.
    size : (m,) array
        Readings in each cell.
    response : (m, K) array
        Mean response.
    sampling : (m, K) array or None
        Variance of the mean response by sampling.
    """

    of_reading: Places
    weight: Array
    station: Places
    middle: Array
    block: Places
    size: Array
    response: Array
    sampling: Array | None = None

    def mean(self, values: Array) -> Array:
        """Means over cells of values given per reading."""
        sums = np.bincount(self.of_reading, values * self.weight, minlength=len(self.size))
        return sums.astype(np.float64)


def hourly_readings(observations: pd.DataFrame, pollutant: str) -> tuple[pd.DataFrame, int]:
    """Hourly readings of a pollutant and the number of those that cannot be used.

    Accepts a table ``observations`` with hourly readings or a table ``means`` (rows of 3600 s are taken).
    Columns ``station_id, time_start, value, censored``; a reading below detection holds its limit.
    """
    table = observations[observations["pollutant"] == pollutant]
    length = "averaging_s" if "averaging_s" in table else "duration_s"
    table = table[table[length] == 3600]
    value = table["value_ugm3"].astype(float)
    if "flag" in table:
        censored = (table["flag"] == "below_detection").to_numpy(bool)
        usable = table["flag"].isin(["valid", "below_detection"]).to_numpy(bool)
        limit = table["detection_limit_ugm3"].astype(float)
        value = value.where(~censored, limit.fillna(value))
    else:
        censored = np.zeros(len(table), bool)
        usable = np.ones(len(table), bool)
    usable = usable & np.isfinite(value.to_numpy())
    made = pd.DataFrame(
        {
            "station_id": table["station_id"],
            "time_start": pd.to_datetime(table["time_start"]),
            "value": value,
            "censored": censored,
        }
    )
    return made[usable].reset_index(drop=True), int((~usable).sum())


def build_problem(
    operator: xr.Dataset,
    observations: pd.DataFrame,
    sources: list[str],
    pollutant: str,
    activity: pd.DataFrame | None,
) -> Problem:
    """Linear problem of one pollutant.

    Parameters
    ----------
    operator : Dataset
        ``H(time, receptor, source)`` [s m⁻³]; an hour with a missing value at a post is not served there.
    observations : DataFrame
        Table ``observations`` or ``means``.
    sources : list of str
        Sources that emit the pollutant, in the order of the answer.
    activity : DataFrame or None
        Factor on the mean rate, indexed by UTC hour, a column a source; an absent source has factor 1.

    Raises
    ------
    InputError
        If a source is absent from the operator, or an hour of the operator from the activity.
    """
    known = {str(name): place for place, name in enumerate(operator["source"].to_numpy())}
    absent = [name for name in sources if name not in known]
    if absent:
        raise InputError(
            f"sources without an operator: {', '.join(absent[:5])}",
            where=f"emissions of {pollutant}",
            cure="make the operator for all sources that have a declared rate",
        )
    stations = [str(name) for name in operator["receptor"].to_numpy()]
    times = pd.DatetimeIndex(operator["time"].to_numpy()).as_unit("us")
    readings, invalid = hourly_readings(observations, pollutant)
    hour = times.get_indexer(pd.DatetimeIndex(readings["time_start"]).as_unit("us"))
    station = pd.Index(stations).get_indexer(readings["station_id"].astype(str))
    placed = np.flatnonzero((hour >= 0) & (station >= 0))
    everything = operator["H"].transpose("time", "receptor", "source").to_numpy()
    columns = np.array([known[name] for name in sources], np.int64)
    served = placed[_served(everything, hour[placed], station[placed], columns)]
    order = served[np.lexsort((station[served], hour[served]))]
    return Problem(
        pollutant=pollutant,
        sources=sources,
        stations=stations,
        hour=hour[order].astype(np.int64),
        station=station[order].astype(np.int64),
        value=readings["value"].to_numpy(float)[order],
        censored=readings["censored"].to_numpy(bool)[order],
        unit_response=everything,
        columns=columns,
        activity=_activity_factors(activity, times, sources),
        unit_error=_sampling_errors(operator),
        counts={
            "used": len(order),
            "unserved": len(placed) - len(order),
            "invalid": invalid,
            "outside_operator": len(readings) - len(placed),
        },
    )


def _sampling_errors(operator: xr.Dataset) -> NDArray[np.floating] | None:
    if "standard_error" not in operator:
        return None
    return operator["standard_error"].transpose("time", "receptor", "source").fillna(0.0).to_numpy()


def _served(everything: NDArray[np.floating], hour: Places, station: Places, columns: Places) -> Places:
    """Places of the readings whose response is there for all sources."""
    made = np.empty(len(hour), bool)
    for first in range(0, len(hour), ROWS_AT_ONCE):
        part = slice(first, first + ROWS_AT_ONCE)
        values = everything[hour[part][:, None], station[part][:, None], columns[None, :]]
        made[part] = np.isfinite(values).all(axis=1)
    return np.flatnonzero(made)


def within_hours(problem: Problem, allowed: NDArray[np.bool_]) -> Problem:
    """The problem without the readings of some hours, which count as unserved.

    Parameters
    ----------
    problem : Problem
        Problem.
    allowed : (hours,) bool array
        Hours of the operator that are kept.
    """
    from dataclasses import replace

    kept = allowed[problem.hour]
    left = int((~kept).sum())
    counts = problem.counts | {
        "used": problem.counts["used"] - left,
        "unserved": problem.counts["unserved"] + left,
    }
    return replace(
        problem,
        hour=problem.hour[kept],
        station=problem.station[kept],
        value=problem.value[kept],
        censored=problem.censored[kept],
        counts=counts,
    )


def _activity_factors(activity: pd.DataFrame | None, times: pd.DatetimeIndex, sources: list[str]) -> Array:
    made = np.ones((len(times), len(sources)))
    if activity is None:
        return made
    index = pd.DatetimeIndex(activity.index).as_unit("us")
    at = index.get_indexer(times)
    if (at < 0).any():
        raise InputError(
            f"no activity for {int((at < 0).sum())} hours of the operator, first {times[at < 0][0]}",
            cure="give a factor for every hour, 1 where nothing is known",
        )
    for column, name in enumerate(sources):
        if name in activity:
            made[:, column] = activity[name].to_numpy(float)[at]
    return made


def make_cells(problem: Problem, cell_hours: int, block_hours: int) -> Cells:
    """Cells of ``cell_hours`` of one post, in blocks of ``block_hours`` over all posts."""
    number = problem.hour // cell_hours
    block = number * cell_hours // block_hours
    keys = np.array([block, problem.station, number])
    size_of = keys.max(axis=1) + 1 if keys.shape[1] else np.ones(3, np.int64)
    label = np.ravel_multi_index(tuple(keys), tuple(size_of))
    unique, of_reading, size = np.unique(label, return_inverse=True, return_counts=True)
    block, station, number = np.unravel_index(unique, tuple(size_of))
    weight = 1.0 / size[of_reading]
    return Cells(
        of_reading=of_reading,
        weight=weight,
        station=station.astype(np.int64),
        middle=(number.astype(np.float64) + 0.5) * cell_hours,
        block=block.astype(np.int64),
        size=size.astype(float),
        response=_cell_sums(problem.response, of_reading, weight, len(unique)),
        sampling=None
        if problem.unit_error is None
        else _cell_sums(problem.sampling, of_reading, weight**2, len(unique)),
    )


def _cell_sums(values: Callable[[Places], Array], of_reading: Places, weight: Array, count: int) -> Array:
    """Weighted sums over the readings of each cell, some readings at a time."""
    made = np.zeros((count, values(of_reading[:0]).shape[1]))
    order = np.argsort(of_reading, kind="stable")
    for first in range(0, len(order), ROWS_AT_ONCE):
        rows = order[first : first + ROWS_AT_ONCE]
        cell = of_reading[rows]
        begin = np.flatnonzero(np.diff(cell, prepend=-1))
        made[cell[begin]] += np.add.reduceat(values(rows) * weight[rows][:, None], begin, axis=0)
    return made
