"""Worst wind of every pollutant and summation group at any receptors: tables to arrays, shared by threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError
from sootprint.dispersion.kernels import ond86_field as kernels
from sootprint.dispersion.kernels.ond86_search import search_tile
from sootprint.dispersion.ond86.elements import Column, Points, points_of
from sootprint.dispersion.ond86.limits import Limits, single_limits
from sootprint.dispersion.ond86.single import method_code
from sootprint.dispersion.ond86.summation import members_of, present_groups, summation_groups
from sootprint.dispersion.ond86.winds import Search

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
"""Told how many receptors of how many are done."""


class Worst(NamedTuple):
    """Value, direction [degrees] and speed of the worst winds, each of shape (column, receptor)."""

    value: Floats
    direction: Floats
    speed: Floats
    overfull: int


class Task(NamedTuple):
    """What is searched: columns, their divisors to a ratio, the points, the winds."""

    columns: tuple[Column, ...]
    is_group: NDArray[np.bool_]
    limit: Floats
    points: Points
    search: Search
    method: str
    unstated: int


def task_of(
    table: pd.DataFrame,
    x: Floats,
    y: Floats,
    *,
    limits: Limits | None,
    pollutants: Sequence[str] | None,
    groups: pd.DataFrame | bool,
    speeds: ArrayLike | None,
    top_wind_m_s: float,
    directions: ArrayLike | None,
    direction_step: float,
) -> Task:
    """Columns, points and winds of a search.

    Raises
    ------
    InputError
        If there is nothing to calculate, the table mixes methods, or a receptor has no place.
    """
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError("a receptor has no place", rule="receptors have finite coordinates")
    methods = table["method"].astype(str).unique()
    if len(methods) != 1:
        raise InputError(f"the table has {len(methods)} methods", rule="one method a calculation")
    columns, is_group, limit = columns_of(table, limits, pollutants, groups)
    search = Search(
        speeds=speeds,
        top_wind_m_s=top_wind_m_s,
        directions=directions,
        direction_step=direction_step,
        convergence=_convergence(table),
    )
    return Task(
        columns=columns,
        is_group=is_group,
        limit=limit,
        points=points_of(table, columns, x, y, method_code(methods[0])),
        search=search,
        method=methods[0],
        unstated=int(table["cm_mg_m3"].isna().sum()),
    )


def columns_of(
    table: pd.DataFrame,
    limits: Limits | None,
    pollutants: Sequence[str] | None,
    groups: pd.DataFrame | bool,
) -> tuple[tuple[Column, ...], NDArray[np.bool_], Floats]:
    """Pollutants in the order of the table, then groups; which are groups; limit [mg m⁻³], of a group 1."""
    stated = list(dict.fromkeys(table.loc[table["cm_mg_m3"].notna(), "pollutant"].astype(str)))
    wanted = stated if pollutants is None else [str(name) for name in pollutants]
    missing = [name for name in wanted if name not in stated]
    if missing or not wanted:
        raise InputError(
            f"no source with a stated emission of {', '.join(missing) or 'anything'}",
            cure=f"pollutants of the table: {', '.join(stated)}",
        )
    known = limits_of(table, limits)
    columns = [Column(name, {name: 1.0}) for name in wanted]
    limit = [known.get(name, np.nan) for name in wanted]
    if groups is not False:
        listed = summation_groups() if groups is True else groups
        limited = [name for name in wanted if name in known]
        kept = present_groups(listed, limited)
        divisor = dict(zip(kept["group_id"].astype(str), kept["coefficient"].astype(float), strict=True))
        for name, members in members_of(kept).items():
            columns.append(Column(name, {one: 1.0 / (known[one] * divisor[name]) for one in members}))
            limit.append(1.0)
    is_group = np.arange(len(columns)) >= len(wanted)
    return tuple(columns), is_group, np.array(limit)


def limits_of(table: pd.DataFrame, limits: Limits | None) -> dict[str, float]:
    """Limit of each pollutant [mg m⁻³]: the given ones, or those that the table holds."""
    if limits is not None:
        made = single_limits(limits)["mpc_mg_m3"]
        return {str(name): float(value) for name, value in made.items()}
    rows = table.loc[table["mpc_mg_m3"].notna()].drop_duplicates("pollutant")
    return dict(zip(rows["pollutant"].astype(str), rows["mpc_mg_m3"].astype(float), strict=True))


def worst_winds(
    task: Task, x: Floats, y: Floats, *, threads: int | None = None, progress: Progress | None = None
) -> Worst:
    """Worst wind of every column at receptors; the result does not depend on the number of threads.

    Parameters
    ----------
    task : Task
        Of `task_of`.
    x, y : array, shape (receptor,)
        Receptors [m].
    threads : int, optional
        By default one a core.
    progress : callable, optional
        Told how many receptors of how many are done.
    """
    count, columns = x.size, len(task.columns)
    value = np.zeros((columns, count))
    direction, speed = np.full((columns, count), -1, np.int64), np.full((columns, count), np.nan)
    overfull = 0
    if task.points.emitters.x.size and count:
        search = _Tiles(task, x, y)
        with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
            waiting = iter(search.tiles)
            running = [pool.submit(search.run, tile) for tile in islice(waiting, 2 * (threads or 4))]
            done = 0
            while running:
                found = running.pop(0).result()
                running += [pool.submit(search.run, tile) for tile in islice(waiting, 1)]
                value[:, found.tile], direction[:, found.tile] = found.value, found.direction
                speed[:, found.tile] = found.speed
                overfull += found.overfull
                done += found.tile.size
                if progress is not None:
                    progress(done, count)
    known = direction >= 0
    degrees = np.where(known, task.search.directions[np.where(known, direction, 0)], np.nan)
    return Worst(value, degrees, speed, overfull)


class _Found(NamedTuple):
    tile: NDArray[np.int64]
    value: Floats
    direction: NDArray[np.int64]
    speed: Floats
    overfull: int


class _Tiles:
    """Tiles of neighbouring receptors and the arrays that their search reads."""

    def __init__(self, task: Task, x: Floats, y: Floats) -> None:
        emitters = task.points.emitters
        self.method = method_code(task.method)
        # Single precision holds centimetres only near its zero.
        self.origin = (float(np.mean(emitters.x)), float(np.mean(emitters.y)))
        self.emitters = emitters._replace(x=emitters.x - self.origin[0], y=emitters.y - self.origin[1])
        self.x, self.y = x - self.origin[0], y - self.origin[1]
        self.parcels = parcels_of(self.emitters)
        self.winds = task.search.coarse(emitters)
        self.fine = task.search.fine()
        self.shape = (int(self.winds.first[-1]), len(task.columns), kernels.TILE)
        self.tiles = [
            np.sort(part)
            for part in np.split(near_order(x, y), range(kernels.TILE, x.size, kernels.TILE))
            if part.size
        ]

    def run(self, tile: NDArray[np.int64]) -> _Found:
        padded = np.resize(tile, kernels.TILE)
        values = np.empty(self.shape, np.float32)
        kernels.tile_values(
            values,
            self.x[padded].astype(np.float32),
            self.y[padded].astype(np.float32),
            self.parcels,
            self.winds,
            self.method,
        )
        shape = (self.shape[1], tile.size)
        value, direction, speed = np.zeros(shape), np.full(shape, -1, np.int64), np.full(shape, np.nan)
        overfull = search_tile(
            value, direction, speed, self.x[tile], self.y[tile], values, self.emitters, self.winds, self.fine,
            self.method,
        )  # fmt: skip
        return _Found(tile, value, direction, speed, overfull)


def parcels_of(emitters: kernels.Emitters) -> kernels.Parcels:
    """Emitters as the coarse sum reads them: at each point the columns that share F side by side."""
    column_of_lane = np.repeat(np.arange(emitters.lane_first.size - 1), np.diff(emitters.lane_first))
    lane, point = np.nonzero(emitters.amount)
    settling, column = emitters.settling[lane, point], column_of_lane[lane]
    order = np.lexsort((column, settling, point))
    lane, point, settling, column = lane[order], point[order], settling[order], column[order]
    begins = np.ones(point.size, dtype=bool)
    begins[1:] = (np.diff(point) != 0) | (np.diff(settling) != 0.0)
    entry_first = np.append(np.flatnonzero(begins), point.size)
    groups = point[begins]
    low = np.where(emitters.height < 10.0, emitters.height, 10.0)
    return kernels.Parcels(
        x=emitters.x.astype(np.float32),
        y=emitters.y.astype(np.float32),
        low=np.column_stack([0.125 * (10.0 - low), 0.125 * (low - 2.0)]).astype(np.float32),
        group_first=np.searchsorted(groups, np.arange(emitters.x.size + 1)).astype(np.int64),
        stretch=((5.0 - settling[begins]) / 4.0).astype(np.float32),
        settling=settling[begins],
        entry_first=entry_first.astype(np.int64),
        column=column.astype(np.int64),
        amount=emitters.amount[lane, point].astype(np.float32),
    )


def near_order(x: Floats, y: Floats) -> NDArray[np.int64]:
    """Order of receptors in which neighbours in the plane follow each other (Morton's order)."""
    span = max(float(np.ptp(x)), float(np.ptp(y)), 1e-9)
    bits = 16
    cell = [((part - part.min()) / span * (2**bits - 1)).astype(np.uint64) for part in (x, y)]
    code = np.zeros(x.size, np.uint64)
    for bit in range(bits):
        for shift, part in enumerate(cell):
            code |= ((part >> np.uint64(bit)) & np.uint64(1)) << np.uint64(2 * bit + shift)
    return np.argsort(code, kind="stable").astype(np.int64)


def _convergence(table: pd.DataFrame) -> float:
    """From true to grid north in the middle of the sources [rad]; nothing for plane coordinates."""
    names = table["crs"].dropna().astype(str).unique() if "crs" in table else np.array([])
    if len(names) == 0:
        return 0.0
    if len(names) > 1:
        raise InputError("the table has more than one projected CRS", rule="one CRS a calculation")
    from sootprint.core.geo import unproject
    from sootprint.dispersion.assembly import grid_convergence

    lon, lat = unproject(table["x_m"].mean(), table["y_m"].mean(), str(names[0]))
    return grid_convergence(float(lon), float(lat), str(names[0]))


def describe(task: Task, found: Worst) -> dict[str, Any]:
    """Attributes of a result: how it was searched, and what the reader must know."""
    search = task.search
    points = task.points
    return {
        "engine": "ond86",
        "method": task.method,
        "meaning": "largest single concentration (20 to 30 minutes) at the worst wind",
        "top_wind_m_s": float(search.levels[-1]),
        "speeds": "listed" if search.listed_speeds else "all from 0.5 m/s to u*",
        "directions": int(search.directions.size),
        "coarse_winds": search.winds,
        "searches_cut_short": found.overfull,
        "sources": len(points.identifiers),
        "points": int(points.owner.size),
        "unconverged_sources": ", ".join(map(str, points.identifiers[~points.converged])),
        "emissions_not_stated": task.unstated,
    }
