"""Candidates for sources that nobody declared: a coarse grid around the posts, or rings around one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError
from sootprint.core.geo import project, unproject, utm_crs

Array = NDArray[np.float64]

MOST_CANDIDATES = 5000
"""Largest number of candidates of a grid; the time of the search grows with its square."""


@dataclass(frozen=True)
class Release:
    """Class of a release: what stands for all low, or for all tall, unlisted sources.

    Attributes
    ----------
    height_m, diameter_m : float
        Height above ground and inner diameter of the mouth [m].
    exit_velocity_m_s, exit_temperature_k : float
        Gas velocity [m s⁻¹] and temperature [K] at the mouth.
    """

    height_m: float
    diameter_m: float
    exit_velocity_m_s: float
    exit_temperature_k: float


RELEASES = {
    "low": Release(20.0, 1.0, 5.0, 350.0),
    "tall": Release(100.0, 3.0, 12.0, 373.0),
}
"""Classes of release: a roof or a small boiler, and a large stack. Assumed: nothing is known of them."""


def candidate_grid(
    stations: pd.DataFrame,
    *,
    spacing_m: float = 1500.0,
    reach_m: float = 5000.0,
    releases: Sequence[str] = ("low", "tall"),
    crs: str | None = None,
    nearest_m: float = 1000.0,
) -> pd.DataFrame:
    """Candidates on a square grid around the posts, as a table ``sources``.

    Parameters
    ----------
    stations : DataFrame
        Table ``stations``; posts without coordinates are left out.
    spacing_m : float
        Distance of neighbouring candidates [m].
    reach_m : float
        How far the grid goes beyond the posts [m].
    releases : sequence of str
        Keys of `RELEASES`.
    crs : str, optional
        Projected CRS; by default the UTM zone of the first post.
    nearest_m : float
        Candidates nearer than this to a post are left out [m]: what is wrong at one post only cannot be told
        from a small source beside it.

    Returns
    -------
    DataFrame
        Table ``sources``; ``source_id`` ``grid/low/+3/-2`` names class, column and row from the middle.

    Raises
    ------
    InputError
        If no post has coordinates.
    ConfigError
        If the spacing or the reach cannot be right, or there would be over 5,000 candidates.

    Notes
    -----
    A cell that holds a declared source stays in the grid: an unlisted one may stand beside it. Whether the
    readings can tell the two apart is answered by the search, not by the grid.
    """
    _check_releases(releases)
    if not spacing_m > 0 or not reach_m >= 0:
        raise ConfigError(f"spacing {spacing_m:g} m, reach {reach_m:g} m", rule="positive lengths")
    x, y, crs = _posts(stations, crs)
    middle_x, middle_y = 0.5 * (x.min() + x.max()), 0.5 * (y.min() + y.max())
    columns = _steps(x.min() - reach_m, x.max() + reach_m, middle_x, spacing_m)
    rows = _steps(y.min() - reach_m, y.max() + reach_m, middle_y, spacing_m)
    column, row = (item.ravel() for item in np.meshgrid(columns, rows))
    at_x, at_y = middle_x + spacing_m * column, middle_y + spacing_m * row
    free = np.hypot(at_x[:, None] - x[None, :], at_y[:, None] - y[None, :]).min(axis=1) >= nearest_m
    names = [f"{i:+d}/{j:+d}" for i, j in zip(column[free], row[free], strict=True)]
    return _table("grid", names, at_x[free], at_y[free], releases, crs)


def ring_grid(
    station: pd.DataFrame,
    *,
    distances_m: Sequence[float] = (500.0, 1000.0, 2000.0, 5000.0),
    step_deg: float = 10.0,
    releases: Sequence[str] = ("low", "tall"),
    crs: str | None = None,
) -> pd.DataFrame:
    """Candidates on rings around one post, as a table ``sources``.

    Parameters
    ----------
    station : DataFrame
        One row of the table ``stations``.
    distances_m : sequence of float
        Radii of the rings [m].
    step_deg : float
        Distance of neighbouring bearings [degrees]; a divisor of 360.
    releases : sequence of str
        Keys of `RELEASES`.
    crs : str, optional
        Projected CRS; by default the UTM zone of the post.

    Returns
    -------
    DataFrame
        Table ``sources``; ``source_id`` ``ring/low/1000/120`` names class, distance [m] and bearing from
        the post [degrees from north].

    Raises
    ------
    InputError
        If there is not exactly one post with coordinates.
    ConfigError
        If a distance or the step cannot be right.
    """
    _check_releases(releases)
    count = round(360.0 / step_deg) if step_deg > 0 else 0
    if count < 8 or abs(count * step_deg - 360.0) > 1e-9:
        raise ConfigError(f"step_deg = {step_deg:g}", rule="a divisor of 360, at most 45")
    if not distances_m or min(distances_m) < 100.0:
        raise ConfigError(f"distances_m = {list(distances_m)}", rule="100 m or more")
    x, y, crs = _posts(station, crs)
    if len(x) != 1:
        raise InputError(f"{len(x)} posts", where="stations", rule="rings lie around one post")
    bearing = np.arange(count) * step_deg
    reach = np.repeat(np.asarray(distances_m, float), count)
    angle = np.deg2rad(np.tile(bearing, len(distances_m)) - _convergence(station, crs))
    names = [f"{d:g}/{b:g}" for d in distances_m for b in bearing]
    return _table("ring", names, x[0] + reach * np.sin(angle), y[0] + reach * np.cos(angle), releases, crs)


def _convergence(station: pd.DataFrame, crs: str) -> float:
    """Angle from true north to grid north [degrees], clockwise."""
    from pyproj import Proj

    row = station.dropna(subset=["lon", "lat"]).iloc[0]
    return float(Proj(crs).get_factors(float(row["lon"]), float(row["lat"])).meridian_convergence)


def _check_releases(releases: Sequence[str]) -> None:
    unknown = [name for name in releases if name not in RELEASES]
    if unknown or not releases:
        raise ConfigError(f"releases {list(releases)}", rule=f"some of {', '.join(RELEASES)}")


def _posts(stations: pd.DataFrame, crs: str | None) -> tuple[Array, Array, str]:
    placed = stations.dropna(subset=["lon", "lat"])
    if placed.empty:
        raise InputError("no post has coordinates", where="stations", cure="state lon and lat of the posts")
    first = placed.iloc[0]
    crs = crs or utm_crs(float(first["lon"]), float(first["lat"]))
    return *project(placed["lon"], placed["lat"], crs), crs


def _steps(low: float, high: float, middle: float, spacing: float) -> NDArray[np.int64]:
    return np.arange(int(np.floor((low - middle) / spacing)), int(np.ceil((high - middle) / spacing)) + 1)


def _table(
    kind: str, names: list[str], x: Array, y: Array, releases: Sequence[str], crs: str
) -> pd.DataFrame:
    if len(names) * len(releases) > MOST_CANDIDATES:
        raise ConfigError(
            f"{len(names) * len(releases)} candidates",
            rule=f"at most {MOST_CANDIDATES}",
            cure="a wider spacing or a shorter reach",
        )
    lon, lat = unproject(x, y, crs)
    parts = []
    for release in releases:
        parts.append(
            pd.DataFrame(
                {
                    "source_id": [f"{kind}/{release}/{name}" for name in names],
                    "facility_id": f"candidates/{release}",
                    "name": f"candidate, {release} release",
                    "kind": "point",
                    "lon": lon,
                    "lat": lat,
                    **RELEASES[release].__dict__,
                    "controllable": False,
                    "mark": "assumed",
                    "source_file": "candidates",
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    table["source_row"] = np.arange(len(table))
    return schema.check(table, "sources")
