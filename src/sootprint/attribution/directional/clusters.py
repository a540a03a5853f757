"""Clusters of a polar surface: parts of the wind plane with like concentrations, and their hours."""

from __future__ import annotations

import numba
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.directional.joining import served
from sootprint.attribution.directional.polar import PolarOptions, polar_surface
from sootprint.attribution.directional.roses import _stack
from sootprint.core.errors import InputError

Array = NDArray[np.float64]


def polar_clusters(
    joined: pd.DataFrame, *, clusters: int = 6, options: PolarOptions | None = None
) -> pd.DataFrame:
    """Parts of the polar surface that lie together and have like concentrations.

    The grid points of the surface, by u, v and value, each taken by its mean and divided by its mean
    absolute deviation, are parted around medoids (Kaufman and Rousseeuw 1990,
    doi:10.1002/9780470316801, chapter 2) as in Carslaw and Beevers 2013 (doi:10.1016/j.envsoft.2012.09.005).
    Clusters are numbered by rising distance of their middle from calm. A cluster is a part of the picture,
    not a source: the number of them is a choice, and `cluster_hours` says what each holds.

    Parameters
    ----------
    joined : DataFrame
        Result of `join_hourly`.
    clusters : int
        Number of clusters, from 2 to 20.
    options : PolarOptions, optional
        Settings of the surface. By default the grid has 51 points a side.

    Returns
    -------
    DataFrame
        Table ``polar_clusters``: a row a grid point near data; none for a post without a surface.

    Raises
    ------
    InputError
        If the number of clusters is out of range.
    """
    if not 2 <= clusters <= 20:
        raise InputError(f"{clusters} clusters", rule="from 2 to 20")
    options = options or PolarOptions(fine=51)
    tables = []
    for (station, pollutant), group in served(joined).groupby(["station_id", "pollutant"], sort=True):
        u, v, value = polar_surface(
            group["wind_speed"].to_numpy(float),
            group["wind_from_direction"].to_numpy(float),
            group["value_ugm3"].to_numpy(float),
            options,
        )
        held = np.isfinite(value)
        if held.sum() <= clusters:
            continue
        u, v, value = u[held], v[held], value[held]
        number = part_around_medoids(standardised(np.column_stack([u, v, value])), clusters)
        ranked = _by_speed(number, u, v, clusters)
        tables.append(
            pd.DataFrame(
                {
                    "station_id": station,
                    "pollutant": pollutant,
                    "u": u,
                    "v": v,
                    "value_ugm3": value,
                    "cluster": ranked[number] + 1,
                }
            )
        )
    return _stack(tables, "polar_clusters")


def cluster_hours(joined: pd.DataFrame, clusters: pd.DataFrame) -> pd.DataFrame:
    """Cluster of each served hour: ``station_id, pollutant, time_start, cluster``.

    An hour belongs to the cluster of the nearest grid point; to none, missing, if that is farther than one
    step of the grid, or if it has no direction.

    Parameters
    ----------
    joined : DataFrame
        Result of `join_hourly`.
    clusters : DataFrame
        Result of `polar_clusters`.
    """
    from scipy.spatial import KDTree

    tables = []
    parts = {key: part for key, part in clusters.groupby(["station_id", "pollutant"])}
    for key, group in served(joined).groupby(["station_id", "pollutant"], sort=True):
        made = group[["station_id", "pollutant", "time_start"]].copy()
        made["cluster"] = pd.array([pd.NA] * len(made), dtype="Int64")
        part = parts.get(key)
        if part is not None:
            angle = np.deg2rad(group["wind_from_direction"].to_numpy(float))
            speed = group["wind_speed"].to_numpy(float)
            place = np.column_stack([speed * np.sin(angle), speed * np.cos(angle)])
            step = float(np.diff(np.unique(part["u"].to_numpy())).min())
            known = np.flatnonzero(np.isfinite(place).all(axis=1))
            distance, nearest = KDTree(part[["u", "v"]].to_numpy()).query(place[known])
            near = distance <= step
            column = made.columns.get_loc("cluster")
            made.iloc[known[near], column] = part["cluster"].to_numpy()[nearest[near]]
        tables.append(made)
    if not tables:
        return pd.DataFrame(columns=["station_id", "pollutant", "time_start", "cluster"])
    return pd.concat(tables, ignore_index=True)


def cluster_shares(joined: pd.DataFrame, clusters: pd.DataFrame) -> pd.DataFrame:
    """What the hours of each cluster bring: their number, mean, share of the dose, and wind.

    Parameters
    ----------
    joined : DataFrame
        Result of `join_hourly`.
    clusters : DataFrame
        Table ``polar_clusters``.

    Returns
    -------
    DataFrame
        Table ``polar_cluster_shares``: a row a cluster, and one without a number for the hours of none, as
        those without a direction.
    """
    if clusters.empty:
        return _stack([], "polar_cluster_shares")
    numbered = cluster_hours(joined, clusters)
    rows = served(joined).merge(numbered, on=["station_id", "pollutant", "time_start"])
    angle = np.deg2rad(rows["wind_from_direction"].to_numpy(float))
    rows = rows.assign(east=np.sin(angle), north=np.cos(angle))
    whole = rows.groupby(["station_id", "pollutant"])["value_ugm3"].agg(["sum", "size"])
    made = (
        rows.groupby(["station_id", "pollutant", "cluster"], dropna=False, sort=True)
        .agg(
            hours=("value_ugm3", "size"),
            dose=("value_ugm3", "sum"),
            mean_ugm3=("value_ugm3", "mean"),
            speed_median=("wind_speed", "median"),
            east=("east", "mean"),
            north=("north", "mean"),
        )
        .reset_index()
        .merge(whole, on=["station_id", "pollutant"])
    )
    made["hours_share"] = made["hours"] / made["size"]
    made["dose_share"] = (made["dose"] / made["sum"]).where((made["sum"] > 0) & (made["dose"] >= 0))
    made["direction_deg"] = np.rad2deg(np.arctan2(made["east"], made["north"])) % 360.0
    made["steadiness"] = np.hypot(made["east"], made["north"])
    columns = [
        "hours",
        "hours_share",
        "dose_share",
        "mean_ugm3",
        "speed_median",
        "direction_deg",
        "steadiness",
    ]
    return _stack([made[["station_id", "pollutant", "cluster", *columns]]], "polar_cluster_shares")


def standardised(points: Array) -> Array:
    """Columns less their mean, over their mean absolute deviation; a constant column is zero."""
    centred = points - points.mean(axis=0)
    deviation = np.abs(centred).mean(axis=0)
    return centred / np.where(deviation > 0, deviation, 1.0)


def part_around_medoids(points: Array, clusters: int) -> NDArray[np.int64]:
    """Number of the medoid of each point, by the greedy start and best swaps until none helps.

    The swap that lowers the sum of distances most is found for all medoids at once (Schubert and Rousseeuw
    2021, doi:10.1016/j.is.2021.101804, algorithm 2); the result is that of the original algorithm.
    """
    from scipy.spatial.distance import cdist

    distance = cdist(points, points)
    return np.asarray(_swapped(distance, _greedy(distance, clusters)))


def _by_speed(number: NDArray[np.int64], u: Array, v: Array, clusters: int) -> NDArray[np.int64]:
    speed = [np.hypot(u[number == k].mean(), v[number == k].mean()) for k in range(clusters)]
    rank = np.empty(clusters, dtype=np.int64)
    rank[np.argsort(speed, kind="stable")] = np.arange(clusters)
    return rank


@numba.njit(cache=True, fastmath={"reassoc", "nsz"})
def _greedy(distance: Array, clusters: int) -> NDArray[np.int64]:
    """Medoids one after another, each the point that lowers the sum of distances most."""
    n = len(distance)
    medoids = np.zeros(clusters, np.int64)
    nearest = np.empty(n)
    best_gain = -np.inf
    for candidate in range(n):
        gain = 0.0
        for i in range(n):
            gain -= distance[candidate, i]
        if gain > best_gain:
            medoids[0], best_gain = candidate, gain
    for i in range(n):
        nearest[i] = distance[medoids[0], i]
    for k in range(1, clusters):
        best_gain = -np.inf
        for candidate in range(n):
            gain = 0.0
            for i in range(n):
                gain += max(nearest[i] - distance[candidate, i], 0.0)
            if gain > best_gain:
                medoids[k], best_gain = candidate, gain
        for i in range(n):
            nearest[i] = min(nearest[i], distance[medoids[k], i])
    return medoids


@numba.njit(cache=True, fastmath={"reassoc", "nsz"})
def _swapped(distance: Array, medoids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the medoid of each point after the best swaps; ``medoids`` are changed.

    The points of one medoid lie beside each other in ``order``: a sum runs over one stretch of memory.
    """
    n, clusters = len(distance), len(medoids)
    own, order = np.zeros(n, np.int64), np.empty(n, np.int64)
    first = np.zeros(clusters + 1, np.int64)
    nearest, second, row = np.empty(n), np.empty(n), np.empty(n)
    while True:
        first[:] = 0
        for i in range(n):
            own[i] = 0
            for k in range(1, clusters):
                if distance[medoids[k], i] < distance[medoids[own[i]], i]:
                    own[i] = k
            first[own[i] + 1] += 1
        first = np.cumsum(first)
        place = first.copy()
        removal = np.zeros(clusters)
        for i in range(n):
            j = place[own[i]]
            place[own[i]] += 1
            order[j] = i
            nearest[j], second[j] = distance[medoids[own[i]], i], np.inf
            for k in range(clusters):
                if k != own[i]:
                    second[j] = min(second[j], distance[medoids[k], i])
            removal[own[i]] += second[j] - nearest[j]
        best_change, best_point, best_slot = -1e-9, -1, -1
        for candidate in range(n):
            shared = 0.0
            for j in range(n):
                row[j] = distance[candidate, order[j]]
                shared += min(row[j] - nearest[j], 0.0)
            for k in range(clusters):
                change = removal[k] + shared
                for j in range(first[k], first[k + 1]):
                    change += min(max(row[j], nearest[j]), second[j]) - second[j]
                if change < best_change:
                    best_change, best_point, best_slot = change, candidate, k
        if best_point < 0:
            return own
        medoids[best_slot] = best_point
