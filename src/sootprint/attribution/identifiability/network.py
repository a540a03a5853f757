"""Operator, declared rates and readings of one pollutant as modelled contributions, in blocks of cells."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.identifiability.errors import Cells
from sootprint.attribution.identifiability.options import ErrorModel, Options
from sootprint.core.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

MICROGRAMS = 1e6
"""Micrograms in a gram: H [s m⁻³] times a rate [g s⁻¹] times this is µg m⁻³."""


@dataclass(frozen=True)
class Network:
    """What one pollutant could be inferred from.

    Attributes
    ----------
    pollutant : str
        Pollutant.
    sources, posts : list of str
        Sources that declare it, and posts.
    times : DatetimeIndex
        Hours of the operator [UTC], beginning of the interval.
    elapsed : (T,) int array
        Hours since the first.
    declared : (K,) array
        Declared mean rates [g s⁻¹].
    spread : (K,) array
        Prior standard deviation of ln(true / declared) [1].
    classes : (K,) int array
        0 for low sources, 1 for stacks.
    activity : (T, K) array
        Factor on the mean rate [1].
    readings : (T, R) bool array
        Whether a post measures in that hour.
    calm : (T,) bool array
        Hours that the engine left out as calm.
    light : (T,) bool array
        Hours that the engine serves and from which no emission is inferred, as those of light wind.
    operator : xr.DataArray
        H(time, receptor, source) [s m⁻³] of these posts and sources; NaN where not served.
    error : ErrorModel
        Error model.
    """

    pollutant: str
    sources: list[str]
    posts: list[str]
    times: pd.DatetimeIndex
    elapsed: NDArray[np.int64]
    declared: Array
    spread: Array
    classes: NDArray[np.int64]
    activity: Array
    readings: NDArray[np.bool_]
    calm: NDArray[np.bool_]
    light: NDArray[np.bool_]
    operator: xr.DataArray
    error: ErrorModel

    def contributions(self, part: slice) -> Array:
        """Modelled contributions at the declared rates over some hours: (t, R, K) array [µg m⁻³].

        ``c_rtk = H_rtk a_kt D_k``; NaN where the engine did not serve.
        """
        block = self.operator[part].to_numpy().astype(np.float64)
        block *= (MICROGRAMS * self.declared * self.activity[part])[:, None, :]
        return block

    def day_slices(self) -> Iterator[slice]:
        """Hours of each block in the order of time."""
        block = self.elapsed // self.error.block_hours
        edges = np.concatenate([[0], np.flatnonzero(np.diff(block)) + 1, [len(block)]])
        for first, last in pairwise(edges):
            yield slice(int(first), int(last))

    def cells(self, part: slice, readings: NDArray[np.bool_] | None = None) -> Cells:
        """Cell means of one block at the declared rates; hours not served or not measured are left out.

        ``response`` is the change of the cell for a relative change of each source's rate by one [µg m⁻³].
        """
        value = self.contributions(part)
        measured = (self.readings if readings is None else readings)[part] & ~self.light[part, None]
        used = np.asarray(np.isfinite(value).all(axis=2) & measured)
        number = self.elapsed[part] // self.error.cell_hours
        first, place = np.unique(number, return_inverse=True)
        return _cell_means(value, used, first, place, self.error)

    def mean_contributions(self) -> Array:
        """Mean modelled contributions over the served hours, (R, K) array [µg m⁻³]; 0 where none is."""
        total = np.zeros((len(self.posts), len(self.sources)))
        count = np.zeros(len(self.posts))
        for part in self.day_slices():
            value = self.contributions(part)
            served = np.asarray(np.isfinite(value).all(axis=2))
            total += np.where(served[:, :, None], value, 0.0).sum(axis=0)
            count += served.sum(axis=0)
        return total / np.maximum(count, 1.0)[:, None]


def _cell_means(
    value: Array,
    used: NDArray[np.bool_],
    number: NDArray[np.int64],
    place: NDArray[np.int64],
    error: ErrorModel,
) -> Cells:
    sums = np.zeros((len(number), *value.shape[1:]))
    counts = np.zeros((len(number), value.shape[1]))
    clean = np.where(used[:, :, None], value, 0.0)
    for row in range(len(number)):
        inside = place == row
        sums[row] = clean[inside].sum(axis=0)
        counts[row] = used[inside].sum(axis=0)
    cell, post = np.nonzero(counts)
    size = counts[cell, post]
    middle = (number[cell] + 0.5).astype(np.float64) * error.cell_hours
    return Cells(
        station=post.astype(np.int64),
        size=size.astype(np.int64),
        middle=middle,
        response=sums[cell, post] / size[:, None],
    )


def make_network(
    operator: xr.Dataset,
    rates: pd.DataFrame,
    pollutant: str,
    *,
    activity: pd.DataFrame | None = None,
    readings: xr.DataArray | None = None,
    light: NDArray[np.bool_] | None = None,
    stacks: Collection[str] = (),
    error: ErrorModel | None = None,
    options: Options | None = None,
) -> Network:
    """Network of one pollutant.

    Parameters
    ----------
    operator : xr.Dataset
        ``H(time, receptor, source)`` [s m⁻³], NaN where the engine did not serve; whole hours, increasing;
        ``reason(time)``, ``calm`` where the hour was left out as calm, if known.
    rates : DataFrame
        ``source_id, pollutant, rate_g_s`` [g s⁻¹], one row a source and pollutant; ``spread`` (standard
        deviation of ln(true / declared) [1]) or ``relative_uncertainty`` [1], of which
        ``spread = sqrt(ln(1 + u²))``, where known.
    pollutant : str
        Pollutant.
    activity : DataFrame, optional
        Factor on the mean rate [1], hours by sources; 1 for sources that it does not name.
    readings : xr.DataArray, optional
        Whether a post measures, bool on ``time, receptor``; everywhere by default.
    light : (T,) bool array, optional
        Hours of the operator from which no emission is inferred, as those of light wind; none by default.
    stacks : collection of str
        Sources of the class of stacks; all others are low.

    Raises
    ------
    InputError
        If sources are unknown or doubled, rates negative or missing, times not whole increasing hours.
    """
    error, options = error or ErrorModel(), options or Options()
    times = pd.DatetimeIndex(operator["time"].to_numpy()).as_unit("us")
    table = _rates_of(rates, pollutant, [str(name) for name in operator["source"].to_numpy()])
    sources = table["source_id"].tolist()
    posts = [str(name) for name in operator["receptor"].to_numpy()]
    field = operator["H"].transpose("time", "receptor", "source")
    known = [str(name) for name in operator["source"].to_numpy()]
    places = [known.index(name) for name in sources]
    if places != list(range(len(known))):
        field = field.isel(source=places)
    return Network(
        pollutant=pollutant,
        sources=sources,
        posts=posts,
        times=times,
        elapsed=_elapsed_hours(times),
        declared=table["rate_g_s"].to_numpy(float),
        spread=_spread(table, options),
        classes=np.array([int(name in set(stacks)) for name in sources], np.int64),
        activity=_activity(activity, times, sources),
        readings=_readings(readings, times, posts),
        calm=_calm(operator),
        light=_light(light, times),
        operator=field,
        error=error,
    )


def _rates_of(rates: pd.DataFrame, pollutant: str, known: list[str]) -> pd.DataFrame:
    table = rates[rates["pollutant"] == pollutant].copy()
    table["source_id"] = table["source_id"].astype(str)
    if table.empty:
        raise InputError(f"no source declares {pollutant}", cure="give rates of this pollutant")
    if table["source_id"].duplicated().any():
        twice = table.loc[table["source_id"].duplicated(), "source_id"].iloc[0]
        raise InputError(
            f"two rates of {pollutant} for source {twice}", cure="choose one basis for each source"
        )
    missing = sorted(set(table["source_id"]) - set(known))
    if missing:
        raise InputError(
            f"{len(missing)} sources of {pollutant} are not in the operator, first {missing[0]}",
            cure="make the operator for all sources that declare the pollutant",
        )
    value = table["rate_g_s"].to_numpy(float)
    if not (np.isfinite(value) & (value >= 0)).all():
        raise InputError(
            f"a rate of {pollutant} is missing or negative", rule="rates are zero or more [g s⁻¹]"
        )
    order = table["source_id"].map({name: place for place, name in enumerate(known)})
    return table.assign(_order=order).sort_values("_order").drop(columns="_order").reset_index(drop=True)


def _spread(table: pd.DataFrame, options: Options) -> Array:
    made = np.full(len(table), np.nan)
    if "relative_uncertainty" in table:
        made = np.sqrt(np.log1p(table["relative_uncertainty"].to_numpy(float, na_value=np.nan) ** 2))
    if "spread" in table:
        stated = table["spread"].to_numpy(float, na_value=np.nan)
        made = np.where(np.isfinite(stated), stated, made)
    made = np.where(np.isfinite(made), made, options.spread)
    if not (made > 0).all():
        raise InputError(
            f"prior spread {made.min():g} of source {table['source_id'].iloc[int(made.argmin())]}",
            rule="greater than zero: of a rate that is known nothing is left to decide",
        )
    return made


def _elapsed_hours(times: pd.DatetimeIndex) -> NDArray[np.int64]:
    if len(times) == 0:
        raise InputError("the operator has no hours")
    apart = (times - times[0]) / pd.Timedelta("1h")
    hours = np.asarray(apart, float)
    if (np.diff(hours) <= 0).any() or not np.allclose(hours, np.rint(hours), atol=1e-9):
        raise InputError("times of the operator are not whole hours that increase", where="operator, time")
    return np.rint(hours).astype(np.int64)


def _activity(activity: pd.DataFrame | None, times: pd.DatetimeIndex, sources: list[str]) -> Array:
    made = np.ones((len(times), len(sources)))
    if activity is None:
        return made
    at = pd.DatetimeIndex(activity.index).as_unit("us").get_indexer(times)
    if (at < 0).any():
        raise InputError(
            f"no activity for {int((at < 0).sum())} hours of the operator, first {times[at < 0][0]}",
            cure="give a factor for every hour, 1 where nothing is known",
        )
    for column, name in enumerate(sources):
        if name in activity:
            made[:, column] = activity[name].to_numpy(float)[at]
    if not (np.isfinite(made) & (made >= 0)).all():
        raise InputError("a factor of activity is missing or negative", where="activity")
    return made


def _calm(operator: xr.Dataset) -> NDArray[np.bool_]:
    if "reason" not in operator:
        return np.zeros(operator.sizes["time"], bool)
    return np.asarray(operator["reason"].to_numpy() == "calm")


def _light(light: NDArray[np.bool_] | None, times: pd.DatetimeIndex) -> NDArray[np.bool_]:
    made = np.zeros(len(times), bool) if light is None else np.asarray(light, bool)
    if made.shape != (len(times),):
        raise InputError(f"light has the shape {made.shape}", rule=f"a value for each of {len(times)} hours")
    return made


def _readings(readings: xr.DataArray | None, times: pd.DatetimeIndex, posts: list[str]) -> NDArray[np.bool_]:
    if readings is None:
        return np.ones((len(times), len(posts)), bool)
    table = readings.transpose("time", "receptor")
    at = pd.DatetimeIndex(table["time"].to_numpy()).as_unit("us").get_indexer(times)
    place = pd.Index([str(name) for name in table["receptor"].to_numpy()]).get_indexer(pd.Index(posts))
    if (at < 0).any() or (place < 0).any():
        raise InputError(
            "readings do not cover all hours and posts of the operator",
            where="readings",
            cure="give False where a post does not measure",
        )
    return table.to_numpy().astype(bool)[np.ix_(at, place)]
