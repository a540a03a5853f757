"""Readings of one pollutant and the responses of all columns, as means over cells of some hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.unknown.options import Options
from sootprint.core.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
Places = NDArray[np.int64]

MICROGRAMS = 1e6
"""Micrograms in a gram: H [s m⁻³] times a rate [g s⁻¹] times this is µg m⁻³."""

UNIFORM_VARIANCE = 1.0 / 12.0
"""Variance of a uniform value between 0 and 1: what is known of a reading below its detection limit."""


@dataclass(frozen=True)
class Cells:
    """Means over cells of some hours of one post, ordered by block, then time, then post.

    Attributes
    ----------
    pollutant : str
        Pollutant.
    posts : list of str
        Posts.
    post, block : (m,) int arrays
        Post and block of each cell.
    middle, size : (m,) arrays
        Middle of the cell [h from the first hour of the operator], and its number of readings.
    value, unsure : (m,) arrays
        Mean reading [µg m⁻³] and the variance that readings below detection add to it [(µg m⁻³)²].
    declared : (m, K) array
        Modelled contribution of each declared source at its declared rate [µg m⁻³].
    candidate : (m, J) array
        Response of each candidate [µg m⁻³ per g s⁻¹].
    first : Timestamp
        First hour of the operator [UTC].
    counts : dict of str to int
        Readings ``used``, ``below_detection`` among them, ``light`` (wind too weak), ``unserved`` by the
        engine, ``unusable`` (missing or suspect).
    """

    pollutant: str
    posts: list[str]
    post: Places
    block: Places
    middle: Array
    size: Array
    value: Array
    unsure: Array
    declared: Array
    candidate: Array
    first: pd.Timestamp
    counts: dict[str, int]

    def blocks(self) -> list[slice]:
        """Cells of each block."""
        edges = np.concatenate([[0], np.flatnonzero(np.diff(self.block)) + 1, [len(self.block)]])
        return [slice(int(a), int(b)) for a, b in pairwise(edges)]


def make_cells(
    operator_declared: xr.Dataset | None,
    operator_grid: xr.Dataset,
    observations: pd.DataFrame,
    rates: pd.Series,
    pollutant: str,
    *,
    activity: pd.DataFrame | None,
    weather: pd.DataFrame | None,
    factor: float,
    options: Options,
) -> Cells:
    """Cells of one pollutant.

    Parameters
    ----------
    operator_declared, operator_grid : Dataset
        ``H(time, receptor, source)`` [s m⁻³] on the same hours and posts; the first may be None.
    observations : DataFrame
        Table ``observations``; hourly rows are taken.
    rates : Series
        Declared mean rates [g s⁻¹] by source.
    activity : DataFrame or None
        Factor on the declared rate, indexed by UTC hour, a column a source; absent sources have 1.
    weather : DataFrame or None
        Table ``weather``: hours under ``minimum_wind_m_s`` are left out.
    factor : float
        What readings are multiplied by [1].

    Raises
    ------
    InputError
        If the two operators differ in hours or posts, a declared source has no operator, or no reading is
        left.
    """
    times = pd.DatetimeIndex(operator_grid["time"].to_numpy()).as_unit("us")
    posts = [str(name) for name in operator_grid["receptor"].to_numpy()]
    declared = _declared_block(operator_declared, rates, times, posts, activity)
    grid = operator_grid["H"].transpose("time", "receptor", "source").to_numpy()
    readings, unusable = _readings(observations, pollutant, factor, options.censored_share)
    hour = times.get_indexer(pd.DatetimeIndex(readings["time_start"]).as_unit("us"))
    post = pd.Index(posts).get_indexer(readings["station_id"])
    placed = (hour >= 0) & (post >= 0)
    windy = _windy(weather, times, options.minimum_wind_m_s)
    served = np.isfinite(grid).all(axis=2) & np.isfinite(declared).all(axis=2)
    calm = placed & ~windy[hour]
    unserved = placed & windy[hour] & ~served[hour, post]
    use = placed & windy[hour] & served[hour, post]
    if not use.any():
        raise InputError(
            f"no reading of {pollutant} with a modelled dispersion",
            where="observations",
            cure="check that the operator covers the hours and posts of the readings",
        )
    hour, post = hour[use].astype(np.int64), post[use].astype(np.int64)
    value, unsure = (readings[name].to_numpy(float)[use] for name in ("value", "unsure"))
    number = hour // options.cell_hours
    block = hour // options.block_hours
    key = (block * (number.max() + 1) + number) * len(posts) + post
    unique, place, size = np.unique(key, return_inverse=True, return_counts=True)
    first = np.zeros(len(unique), np.int64)
    first[place[::-1]] = np.arange(len(place))[::-1]
    return Cells(
        pollutant=pollutant,
        posts=posts,
        post=post[first],
        block=block[first],
        middle=(number[first] + 0.5) * options.cell_hours,
        size=size.astype(float),
        value=np.bincount(place, value) / size,
        unsure=np.bincount(place, unsure) / size**2,
        declared=_means(declared[hour, post], place, size),
        candidate=_means(grid[hour, post].astype(float) * MICROGRAMS, place, size),
        first=times[0],
        counts={
            "used": int(use.sum()),
            "below_detection": int(readings["censored"].to_numpy(bool)[use].sum()),
            "light": int(calm.sum()),
            "unserved": int(unserved.sum()),
            "unusable": unusable,
        },
    )


def _means(values: Array, place: Places, size: Places) -> Array:
    made = np.zeros((len(size), values.shape[1]))
    order = np.argsort(place, kind="stable")
    if len(order):
        starts = np.concatenate([[0], np.cumsum(size)[:-1]]).astype(np.int64)
        made = np.add.reduceat(values[order], starts, axis=0) / size[:, None]
    return made


def _declared_block(
    operator: xr.Dataset | None,
    rates: pd.Series,
    times: pd.DatetimeIndex,
    posts: Sequence[str],
    activity: pd.DataFrame | None,
) -> Array:
    """Contributions at the declared rates [µg m⁻³]: (time, post, source)."""
    if operator is None or rates.empty:
        return np.zeros((len(times), len(posts), 0))
    names = [str(name) for name in rates.index]
    known = pd.Index([str(name) for name in operator["source"].to_numpy()])
    absent = [name for name in names if name not in known]
    if absent:
        raise InputError(
            f"sources without an operator: {', '.join(absent[:5])}",
            rule="every declared source is dispersed before unlisted ones are looked for",
            cure="make the operator for all sources that have a declared rate",
        )
    own = pd.DatetimeIndex(operator["time"].to_numpy()).as_unit("us")
    receptors = [str(name) for name in operator["receptor"].to_numpy()]
    if not own.equals(times) or receptors != list(posts):
        raise InputError(
            "the operators of declared sources and of candidates differ in hours or posts",
            rule="both are made for the same receptors and weather",
        )
    block = operator["H"].transpose("time", "receptor", "source").to_numpy()
    made = block[:, :, known.get_indexer(names)].astype(float) * (MICROGRAMS * rates.to_numpy(float))
    return made * _factors(activity, times, names)[:, None, :]


def _factors(activity: pd.DataFrame | None, times: pd.DatetimeIndex, names: list[str]) -> Array:
    made = np.ones((len(times), len(names)))
    if activity is None:
        return made
    at = pd.DatetimeIndex(activity.index).as_unit("us").get_indexer(times)
    if (at < 0).any():
        raise InputError(
            f"no activity for {int((at < 0).sum())} hours of the operator",
            cure="give a factor for every hour, 1 where nothing is known",
        )
    for column, name in enumerate(names):
        if name in activity:
            made[:, column] = activity[name].to_numpy(float)[at]
    return made


def _windy(weather: pd.DataFrame | None, times: pd.DatetimeIndex, minimum: float) -> NDArray[np.bool_]:
    if weather is None or minimum <= 0:
        return np.ones(len(times), bool)
    index = pd.DatetimeIndex(weather["time_start"]).as_unit("us")
    speed = pd.Series(weather["wind_speed"].to_numpy(float), index)
    speed = speed[~speed.index.duplicated()].reindex(times)
    return np.asarray(speed.to_numpy(float) >= minimum)


def _readings(
    observations: pd.DataFrame, pollutant: str, factor: float, share: float
) -> tuple[pd.DataFrame, int]:
    """Usable hourly readings, and the number of others."""
    table = observations[(observations["pollutant"] == pollutant) & (observations["duration_s"] == 3600)]
    censored = (table["flag"] == "below_detection").to_numpy(bool)
    given = table["value_ugm3"].to_numpy(float, na_value=np.nan)
    stated = table["detection_limit_ugm3"].to_numpy(float, na_value=np.nan)
    limit = np.where(np.isfinite(stated), stated, given)
    value = factor * np.where(censored, share * limit, given)
    usable = table["flag"].isin(["valid", "below_detection"]).to_numpy(bool) & np.isfinite(value)
    made = pd.DataFrame(
        {
            "station_id": table["station_id"].astype(str).to_numpy(),
            "time_start": pd.to_datetime(table["time_start"]).to_numpy(),
            "value": value,
            "unsure": np.where(censored, (factor * limit) ** 2 * UNIFORM_VARIANCE, 0.0),
            "censored": censored,
        }
    )
    return made[usable].reset_index(drop=True), int((~usable).sum())
