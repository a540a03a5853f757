"""Observations and operator brought to common cells: the linear problem of one pollutant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

MICROGRAMS = 1e6
"""Micrograms in a gram: H [s m⁻³] times a rate [g s⁻¹] times this is µg m⁻³."""


@dataclass(frozen=True)
class Problem:
    """Hourly readings of one pollutant where the engine served the hour, and their cells.

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
    response : (n, K) array
        Concentration for a mean rate of 1 g s⁻¹, activity included [µg m⁻³ per g s⁻¹].
    counts : dict
        Readings used, unserved, invalid, and without a place in the operator.
    """

    pollutant: str
    sources: list[str]
    stations: list[str]
    hour: NDArray[np.int64]
    station: NDArray[np.int64]
    value: Array
    censored: NDArray[np.bool_]
    response: Array
    counts: dict[str, int]


@dataclass(frozen=True)
class Cells:
    """Means over cells of some hours of one post.

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
    """

    of_reading: NDArray[np.int64]
    weight: Array
    station: NDArray[np.int64]
    middle: Array
    block: NDArray[np.int64]
    size: Array
    response: Array

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
            "station_id": table["station_id"].astype(str),
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
    known = [str(name) for name in operator["source"].to_numpy()]
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
    station = pd.Index(stations).get_indexer(readings["station_id"])
    placed = (hour >= 0) & (station >= 0)
    columns = [known.index(name) for name in sources]
    block = operator["H"].transpose("time", "receptor", "source").to_numpy()
    response = block[hour[placed], station[placed]][:, columns].astype(float) * MICROGRAMS
    response *= _activity_factors(activity, times, sources)[hour[placed]]
    served = np.isfinite(response).all(axis=1)
    order = np.lexsort((station[placed][served], hour[placed][served]))
    counts = {
        "used": int(served.sum()),
        "unserved": int((~served).sum()),
        "invalid": invalid,
        "outside_operator": int((~placed).sum()),
    }
    return Problem(
        pollutant=pollutant,
        sources=sources,
        stations=stations,
        hour=hour[placed][served][order].astype(np.int64),
        station=station[placed][served][order].astype(np.int64),
        value=readings["value"].to_numpy(float)[placed][served][order],
        censored=readings["censored"].to_numpy(bool)[placed][served][order],
        response=response[served][order],
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
    count = int(problem.hour.max() // cell_hours + 1) if len(problem.hour) else 1
    label = problem.station * count + problem.hour // cell_hours
    unique, of_reading, size = np.unique(label, return_inverse=True, return_counts=True)
    station, number = np.divmod(unique, count)
    weight = 1.0 / size[of_reading]
    response = np.zeros((len(unique), problem.response.shape[1]))
    np.add.at(response, of_reading, problem.response * weight[:, None])
    return Cells(
        of_reading=of_reading,
        weight=weight,
        station=station,
        middle=(number + 0.5) * cell_hours,
        block=number * cell_hours // block_hours,
        size=size.astype(float),
        response=response,
    )
