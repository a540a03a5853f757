"""Weights of the patterns in each hour, from winds at sites and the state of the air."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.weather.terrain_wind.patterns import DRAINAGE, FirstGuessSpace
from sootprint.weather.terrain_wind.profiles import wind_shape
from sootprint.weather.terrain_wind.situations import anisotropy_moussiopoulos1988, situation_weights

if TYPE_CHECKING:
    from sootprint.weather.terrain_wind.basis import WindBasis

Floats = NDArray[np.float64]

READINGS = ("time_start", "site_id", "height_m", "wind_speed", "wind_from_direction")


@dataclass(frozen=True, eq=False)
class WindHours:
    """Hours whose wind is a weighted sum of the patterns of a basis.

    Parameters
    ----------
    time_start : DatetimeIndex
        Hours that have a wind.
    weights : ndarray, shape (hour, pattern)
        For `WindBasis.fields`.
    sites : DataFrame
        Table ``terrain_wind_sites``: wind given and modelled at each reading.
    hours : DataFrame
        Table ``terrain_wind_hours``: situations of each hour, and what is to be known about it.
    without_wind : DatetimeIndex
        Hours left out: no site knows a wind that their situation needs.
    """

    time_start: pd.DatetimeIndex
    weights: Floats
    sites: pd.DataFrame
    hours: pd.DataFrame
    without_wind: pd.DatetimeIndex


class _Slots(NamedTuple):
    """Readings as arrays: one row a site and height, one column an hour, NaN where there is none."""

    site: NDArray[np.int64]
    height: Floats
    wind: Floats  # (slot, hour, component)


def wind_hours(
    basis: WindBasis, readings: pd.DataFrame, air: pd.DataFrame, *, match_rounds: int = 0
) -> WindHours:
    """Weights of the patterns of a basis in each hour.

    Parameters
    ----------
    basis : WindBasis
    readings : DataFrame
        ``time_start``, ``site_id``, ``height_m`` above ground [m], ``wind_speed`` [m s⁻¹] and
        ``wind_from_direction`` [degree], which may be missing where the speed is 0. One row a height. Rows
        without a speed do not count.
    air : DataFrame
        One row an hour: ``time_start``, ``obukhov_length`` [m] (infinite when neutral), and where known
        ``anisotropy`` [1] or ``froude`` [1] (infinite when not stable), ``pool_depth_m`` [m] (missing without
        a pool), ``sensible_heat_flux`` [W m⁻²], positive upward, which drives the slope winds (missing:
        none).
    match_rounds : int
        Times that the difference between given and modelled wind at the sites is added to what they give.
        An hour keeps a round only if its sites come nearer by it; otherwise it next takes half the step.

    Returns
    -------
    WindHours

    Raises
    ------
    InputError
        If a column is missing, a site is not one of the basis, times repeat, no hour has a wind, or the
        state of the air is missing.
    """
    air = _checked_air(air)
    times = pd.DatetimeIndex(air["time_start"])
    slots = _slots(basis, readings, times)
    length = air["obukhov_length"].to_numpy(float)
    anisotropy = air["anisotropy"].to_numpy(float)
    pool = air["pool_depth_m"].to_numpy(float)
    shares, beyond = situation_weights(basis.space.situations, anisotropy, pool)
    flux = air["sensible_heat_flux"].to_numpy(float)
    weights, served, absent = _weights(basis.space, slots, length, shares)
    _add_slope_winds(basis.space, weights, shares, flux)
    if not served.any():
        raise InputError(
            "no hour has a wind",
            rule="one site with a wind in an hour at least",
            cure="readings of the sites of the basis, in the hours of the air",
        )
    weights[~served] = 0.0
    response = _response(basis, slots)
    modelled = np.einsum("scp,hp->shc", response, weights)
    given, step = slots.wind, np.ones(times.size)
    for _ in range(match_rounds):
        miss = np.where(np.isnan(modelled), 0.0, slots.wind - modelled)
        tried = given + step[:, None] * miss
        again, _, _ = _weights(basis.space, slots._replace(wind=tried), length, shares)
        _add_slope_winds(basis.space, again, shares, flux)
        again[~served] = 0.0
        found = np.einsum("scp,hp->shc", response, again)
        nearer = _misfit(slots, found) < _misfit(slots, modelled)
        weights[nearer], given = again[nearer], np.where(nearer[:, None], tried, given)
        modelled = np.where(nearer[:, None], found, modelled)
        step = np.where(nearer, step, 0.5 * step)
    return WindHours(
        times[served],
        weights[served],
        _sites_table(basis, slots, modelled, times, served),
        _hours_table(basis.space, times, anisotropy, pool, shares, beyond, absent, served),
        times[~served],
    )


def _misfit(slots: _Slots, modelled: Floats) -> Floats:
    """Sum of squares of given less modelled wind in each hour [m² s⁻²]."""
    return np.asarray(np.nansum((slots.wind - modelled) ** 2, axis=(0, 2)))


def _checked_air(air: pd.DataFrame) -> pd.DataFrame:
    for column in ("time_start", "obukhov_length"):
        if column not in air:
            raise InputError(f"table of the air without {column}", where=f"columns {list(air.columns)}")
    table = pd.DataFrame({"time_start": pd.to_datetime(air["time_start"]).to_numpy()})
    table["obukhov_length"] = air["obukhov_length"].to_numpy(float)
    for column in ("pool_depth_m", "sensible_heat_flux"):
        table[column] = air[column].to_numpy(float) if column in air else np.nan
    if "anisotropy" in air:
        table["anisotropy"] = air["anisotropy"].to_numpy(float)
    elif "froude" in air:
        froude = air["froude"].to_numpy(float)
        if (froude < 0.0).any():
            raise InputError(f"Froude number {froude.min()}", rule="0 or more")
        table["anisotropy"] = anisotropy_moussiopoulos1988(froude)
    else:
        table["anisotropy"] = 1.0
    if table["time_start"].duplicated().any():
        raise InputError(
            f"hour {table['time_start'][table['time_start'].duplicated()].iloc[0]} twice in the air"
        )
    length = table["obukhov_length"]
    bad = length.isna() | (length == 0.0) | table["anisotropy"].isna()
    if bad.any():
        raise InputError(
            f"{int(bad.sum())} hours without an Obukhov length or an anisotropy",
            where=f"first {table['time_start'][bad].iloc[0]}",
            cure="derive them, or state infinity for neutral air",
        )
    return table


def _slots(basis: WindBasis, readings: pd.DataFrame, times: pd.DatetimeIndex) -> _Slots:
    for column in READINGS:
        if column not in readings:
            raise InputError(f"readings without {column}", where=f"columns {list(readings.columns)}")
    table = readings.loc[readings["wind_speed"].notna(), list(READINGS)]
    names = [one.site_id for one in basis.space.sites]
    site = pd.Index(names).get_indexer(table["site_id"])
    if (site < 0).any():
        unknown = sorted(set(table["site_id"][site < 0]))
        raise InputError(f"readings of {', '.join(map(str, unknown[:5]))}", rule="sites of the basis")
    speed = table["wind_speed"].to_numpy(float)
    direction = table["wind_from_direction"].to_numpy(float)
    lost = (speed > 0.0) & np.isnan(direction)
    if lost.any() or (speed < 0.0).any():
        row = int((lost | (speed < 0.0)).argmax())
        raise InputError(
            f"wind of {speed[row]} m/s from {direction[row]}",
            where=f"{table['site_id'].iloc[row]}, {table['time_start'].iloc[row]}",
            rule="a speed of 0 or more, and a direction where it is above 0",
        )
    height = table["height_m"].to_numpy(float)
    if not (height > 0.0).all():
        raise InputError(f"reading at {height.min()} m above ground", rule="above 0")
    hour = times.get_indexer(pd.DatetimeIndex(table["time_start"]))
    keys = pd.MultiIndex.from_arrays([site, height])
    known = keys.unique().sort_values()
    slot = known.get_indexer(keys)
    inside = hour >= 0
    if pd.Index(slot[inside] * max(times.size, 1) + hour[inside]).has_duplicates:
        raise InputError("two readings of one site, height and hour", cure="one of them")
    wind = np.full((known.size, times.size, 2), np.nan)
    angle = np.radians(np.nan_to_num(direction))
    wind[slot[inside], hour[inside], 0] = (-speed * np.sin(angle))[inside]
    wind[slot[inside], hour[inside], 1] = (-speed * np.cos(angle))[inside]
    sites = np.asarray(known.get_level_values(0), np.int64)
    return _Slots(sites, np.asarray(known.get_level_values(1), float), wind)


def _node_winds(space: FirstGuessSpace, slots: _Slots, length: Floats) -> Floats:
    """Wind of each site at each node, shape (site, node, hour, component); NaN where a site has none.

    Between and beyond the heights of a site the ratio to the similarity profile of the hour is linear in
    ln z, and constant.
    """
    options, nodes = space.options, space.nodes
    found = np.full((len(space.sites), nodes.size, length.size, 2), np.nan)

    def shape(height: Floats, hours: NDArray[np.int64] | slice) -> Floats:
        return wind_shape(
            height[:, None],
            obukhov_length=length[hours],
            roughness=options.roughness_m,
            top=options.similarity_top_m,
        )

    for n in range(len(space.sites)):
        rows = np.flatnonzero(slots.site == n)
        if rows.size == 0:
            continue
        heights, wind = slots.height[rows], slots.wind[rows]
        present = ~np.isnan(wind[..., 0])
        marks = np.log(heights)
        for mask, hours in _groups(present):
            if not mask.any():
                continue
            ratio = wind[mask][:, hours] / shape(heights[mask], hours)[..., None]
            units = np.stack(
                [np.interp(np.log(nodes), marks[mask], unit) for unit in np.eye(int(mask.sum()))]
            )
            found[n][:, hours] = np.einsum("mk,mhc->khc", units, ratio) * shape(nodes, hours)[..., None]
    return found


def _groups(present: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.int64]]]:
    """Each set of rows that occurs, with the hours in which it does."""
    masks, which = np.unique(present.T, axis=0, return_inverse=True)
    for number, mask in enumerate(masks):
        yield mask, np.flatnonzero(which.ravel() == number)


def _weights(
    space: FirstGuessSpace, slots: _Slots, length: Floats, shares: Floats
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Weights (hour, pattern), whether an hour is served, and the sites that it lacks (hour, site)."""
    winds = _node_winds(space, slots, length)
    hours = length.size
    weights = np.zeros((hours, len(space.patterns)))
    served = np.ones(hours, bool)
    absent = np.isnan(winds[:, 0, :, 0]).T
    for s in range(len(space.situations)):
        needed = shares[:, s] > 0.0
        filled = winds.copy()
        for counted in (space.below[s], space.above[s]):
            _fill(space, s, counted, filled, needed, served)
        for number, pattern in enumerate(space.patterns):
            if pattern.situation == s and pattern.source >= 0:
                value = filled[pattern.source, pattern.node, :, pattern.component]
                weights[needed, number] = shares[needed, s] * value[needed]
    served &= ~np.isnan(weights).any(axis=1)
    return weights, served, absent


def _fill(
    space: FirstGuessSpace,
    situation: int,
    counted: NDArray[np.bool_],
    winds: Floats,
    needed: NDArray[np.bool_],
    served: NDArray[np.bool_],
) -> None:
    """Where a site has no wind, that which the others give its place, in place; marks hours with none."""
    x, y = np.array([one.x for one in space.sites]), np.array([one.y for one in space.sites])
    for node in range(counted.shape[1]):
        sites = np.flatnonzero(counted[:, node])
        if sites.size == 0:
            continue
        present = ~np.isnan(winds[sites, node, :, 0])
        for mask, hours in _groups(present):
            hours = hours[needed[hours]]
            if mask.all() or hours.size == 0:
                continue
            if not mask.any():
                served[hours] = False
                continue
            others = np.zeros(counted.shape[0], bool)
            others[sites[mask]] = True
            for n in sites[~mask]:
                part = space.site_shares(situation, x[n], y[n], space.site_ground[n], others)
                known = sites[mask]
                winds[n, node, hours] = np.einsum("m,mhc->hc", part[known], winds[known][:, node, hours])


def _add_slope_winds(space: FirstGuessSpace, weights: Floats, shares: Floats, flux: Floats) -> None:
    root = np.cbrt(np.nan_to_num(flux))
    for number, pattern in enumerate(space.patterns):
        if pattern.source < 0:
            part = np.maximum(-root, 0.0) if pattern.source == DRAINAGE else np.maximum(root, 0.0)
            weights[:, number] = shares[:, pattern.situation] * part


def _response(basis: WindBasis, slots: _Slots) -> Floats:
    """Wind of every pattern at every reading's place, shape (slot, component, pattern); NaN outside the grid.

    Linear between the middles of the layers and to zero on the ground; across the plane as the
    particles feel it.
    """
    grid = basis.grid
    response = np.full((slots.site.size, 2, len(basis.space.patterns)), np.nan)
    marks = np.concatenate([[0.0], grid.middles])
    nz, ny, nx = grid.shape
    for slot, (n, height) in enumerate(zip(slots.site, slots.height, strict=True)):
        site = basis.space.sites[n]
        if not grid.contains(site.x, site.y).all() or height > grid.levels[-1]:
            continue
        column, row = (site.x - grid.x0) / grid.cell_m, (site.y - grid.y0) / grid.cell_m
        i, j = min(int(column), nx - 1), min(int(row), ny - 1)
        a, b = column - i, row - j
        place = np.interp(height, marks, np.arange(nz + 1.0))
        k = min(int(place), nz - 1)
        for layer, share in ((k - 1, 1.0 - (place - k)), (k, place - k)):
            if layer < 0:
                response[slot] = 0.0
                continue
            u = (1.0 - a) * basis.u[:, layer, j, i] + a * basis.u[:, layer, j, i + 1]
            v = (1.0 - b) * basis.v[:, layer, j, i] + b * basis.v[:, layer, j + 1, i]
            response[slot] = np.nan_to_num(response[slot]) + share * np.stack([u, v])
    return response


def _sites_table(
    basis: WindBasis,
    slots: _Slots,
    modelled: Floats,
    times: pd.DatetimeIndex,
    served: NDArray[np.bool_],
) -> pd.DataFrame:
    slot, hour = np.nonzero(~np.isnan(slots.wind[..., 0]) & served)
    names = np.array([one.site_id for one in basis.space.sites], object)
    table = pd.DataFrame(
        {
            "time_start": times[hour],
            "site_id": names[slots.site[slot]],
            "height_m": slots.height[slot],
            "eastward_wind": slots.wind[slot, hour, 0],
            "northward_wind": slots.wind[slot, hour, 1],
            "modelled_eastward_wind": modelled[slot, hour, 0],
            "modelled_northward_wind": modelled[slot, hour, 1],
        }
    ).sort_values(["time_start", "site_id", "height_m"], ignore_index=True)
    return schema.check(table, "terrain_wind_sites")


def _hours_table(
    space: FirstGuessSpace,
    times: pd.DatetimeIndex,
    anisotropy: Floats,
    pool: Floats,
    shares: Floats,
    beyond: NDArray[np.bool_],
    absent: NDArray[np.bool_],
    served: NDArray[np.bool_],
) -> pd.DataFrame:
    situations = [
        ", ".join(f"{space.situations[s].name} {row[s]:.2f}" for s in np.flatnonzero(row)) for row in shares
    ]
    lacking = [", ".join(space.sites[n].site_id for n in np.flatnonzero(row)) for row in absent]
    table = pd.DataFrame(
        {
            "time_start": times,
            "anisotropy": anisotropy,
            "pool_depth": pool,
            "situations": situations,
            "beyond": beyond,
            "missing_sites": [text or None for text in lacking],
        }
    )
    return schema.check(table[served].reset_index(drop=True), "terrain_wind_hours")
