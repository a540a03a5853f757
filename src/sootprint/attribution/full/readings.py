"""Readings of all pollutants on one grid of blocks, cells and posts."""

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
"""Micrograms in a gram."""


@dataclass(frozen=True)
class Hourly:
    """Hourly readings of one pollutant at receptors and in hours that the operator serves.

    Attributes
    ----------
    hour, station : (n,) int arrays
        Places on the operator's axes.
    value : (n,) array
        Readings, those below detection at their limit [µg m⁻³].
    censored : (n,) bool array
        Readings below detection.
    response : (n, K) array
        Concentration for a mean rate of 1 g s⁻¹ [µg m⁻³ per g s⁻¹]; 0 for a source without the pollutant.
    """

    hour: NDArray[np.int64]
    station: NDArray[np.int64]
    value: Array
    censored: NDArray[np.bool_]
    response: Array


def hourly(
    operator: xr.Dataset,
    observations: pd.DataFrame,
    pollutant: str,
    names: list[str],
    emits: NDArray[np.bool_],
    activity: pd.DataFrame,
    windy: NDArray[np.bool_],
) -> Hourly:
    """Readings of a pollutant in windy hours that the operator serves for all of its sources.

    Parameters
    ----------
    names, emits : list of str, (K,) bool array
        All sources, and those of the pollutant.
    activity : DataFrame
        Factor on the mean rate, indexed by UTC hour, a column a source; 1 for a source without one.
    windy : (time,) bool array
        Hours to be used.

    Raises
    ------
    InputError
        If a source is absent from the operator, or an hour of it from the activity.
    """
    from sootprint.attribution.inverse import hourly_readings

    known = pd.Index([str(name) for name in operator["source"].to_numpy()])
    column = known.get_indexer(pd.Index(names))
    absent = [name for name, place, own in zip(names, column, emits, strict=True) if own and place < 0]
    if absent:
        raise InputError(
            f"sources without an operator: {', '.join(absent[:5])}",
            where=f"emissions of {pollutant}",
            cure="make the operator for all sources that have a declared rate",
        )
    times = pd.DatetimeIndex(operator["time"].to_numpy()).as_unit("us")
    factor = activity.set_index(pd.DatetimeIndex(activity.index).as_unit("us")).reindex(columns=names)
    if not times.isin(factor.index).all():
        raise InputError(
            f"no activity for {int((~times.isin(factor.index)).sum())} hours of the operator",
            cure="give a factor for every hour, 1 where nothing is known",
        )
    table, _ = hourly_readings(observations, pollutant)
    hour = times.get_indexer(pd.DatetimeIndex(table["time_start"]).as_unit("us"))
    stations = pd.Index([str(name) for name in operator["receptor"].to_numpy()])
    station = stations.get_indexer(pd.Index(table["station_id"].astype(str)))
    unit = operator["H"].transpose("time", "receptor", "source").to_numpy()
    response = np.zeros((len(table), len(names)))
    own = np.flatnonzero(emits)
    response[:, own] = unit[hour[:, None], station[:, None], column[own]] * MICROGRAMS
    response[:, own] *= factor.loc[times].fillna(1.0).to_numpy(float)[hour][:, own]
    used = (hour >= 0) & (station >= 0) & windy[hour] & np.isfinite(response).all(axis=1)
    return Hourly(
        hour=hour[used].astype(np.int64),
        station=station[used].astype(np.int64),
        value=table["value"].to_numpy(float)[used],
        censored=table["censored"].to_numpy(bool)[used],
        response=response[used],
    )


@dataclass(frozen=True)
class Grid:
    """Cells of P pollutants in B blocks of C = T × R slots (time, then post) each.

    Attributes
    ----------
    value : (P, B, C) array
        Means of the readings [µg m⁻³], those below detection at their limit.
    floor : (P, B, C) array
        The same with readings below detection at zero; −∞ where all are below detection.
    count : (P, B, C) array
        Readings of the cell; 0 where the cell is missing.
    censored : (P, B, C) bool array
        Cells with a reading below detection.
    response : (P, B, C, K) array
        Mean response [µg m⁻³ per g s⁻¹]; 0 for a source that does not emit the pollutant.
    hats : (B, T, H) array
        Hat functions of the background at the middles of the cells [1].
    post : (C,) int array
        Post of each slot.
    middle : (T,) array
        Middles of the cells from the beginning of a block [h].
    unit, level : (P,) arrays
        Root mean square, and scale of the background: 25th percentile, at least 2 % of the former [µg m⁻³].
    cell_hours : int
        Length of a cell [h].
    """

    value: Array
    floor: Array
    count: Array
    censored: NDArray[np.bool_]
    response: Array
    hats: Array
    post: NDArray[np.int64]
    middle: Array
    unit: Array
    level: Array
    cell_hours: int


def make_grid(
    readings: list[Hourly],
    *,
    posts: int,
    hours: int,
    cell_hours: int,
    block_hours: int,
    knot_hours: float,
) -> Grid:
    """Grid of some pollutants.

    Parameters
    ----------
    readings : list of Hourly
        Readings and response of each pollutant, at least one reading in all.
    posts, hours : int
        Receptors and hours of the operator.
    cell_hours, block_hours : int
        Lengths [h]; a block begins with the first hour of the operator.
    knot_hours : float
        Distance of the knots of the background [h]; made a little smaller so that a whole number fits.
    """
    per_block = -(-block_hours // cell_hours)
    number = np.unique(np.concatenate([item.hour // cell_hours for item in readings]))
    blocks = np.unique(number * cell_hours // block_hours)
    shape = (len(readings), len(blocks), per_block * posts)
    sums, low, count = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    below = np.zeros(shape)
    response = np.zeros((*shape, readings[0].response.shape[1]))
    for place, item in enumerate(readings):
        cell = item.hour // cell_hours
        block = cell * cell_hours // block_hours
        first = -(-block * block_hours // cell_hours)
        slot = (cell - first) * posts + item.station
        at = np.ravel_multi_index((np.searchsorted(blocks, block), slot), shape[1:])
        size = shape[1] * shape[2]
        kept = np.where(item.censored, 0.0, item.value)
        for total, values in ((count, None), (sums, item.value), (low, kept), (below, item.censored)):
            total[place] = np.bincount(at, values, minlength=size).reshape(shape[1:])
        np.add.at(response[place].reshape(size, -1), at, item.response)
    some = np.maximum(count, 1.0)
    start = -(-blocks * block_hours // cell_hours) * cell_hours
    middle = (np.arange(per_block, dtype=np.float64) + 0.5) * cell_hours
    return Grid(
        value=sums / some,
        floor=np.where((below == count) & (count > 0), -np.inf, low / some),
        count=count,
        censored=below > 0,
        response=response / some[..., None],
        hats=hat_functions(start[:, None] + middle[None, :], float(hours), knot_hours),
        post=np.tile(np.arange(posts), per_block),
        middle=middle,
        unit=np.array([_root_mean_square(item.value) for item in readings]),
        level=np.array([_background_level(item.value) for item in readings]),
        cell_hours=cell_hours,
    )


def hat_functions(at: Array, end: float, spacing: float) -> Array:
    """Piecewise-linear functions over [0, ``end``] that sum to one, a last axis on ``at`` [h]."""
    pieces = max(1, int(np.ceil(end / spacing)))
    return np.maximum(0.0, 1.0 - np.abs(at[..., None] * pieces / end - np.arange(pieces + 1)))


def _root_mean_square(values: Array) -> float:
    return float(np.sqrt(np.mean(values**2))) or 1.0 if len(values) else 1.0


def _background_level(values: Array) -> float:
    if not len(values):
        return 1.0
    return max(float(np.quantile(values, 0.25)), 0.02 * _root_mean_square(values))
