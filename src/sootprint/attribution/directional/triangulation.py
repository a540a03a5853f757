"""Back-triangulation: where on the map the bearings of several posts have a common origin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.directional.bearings import BearingOptions, PostBearing, post_bearing
from sootprint.attribution.directional.joining import served
from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.geo import project, unproject

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TriangulationOptions:
    """Settings of `triangulate`.

    Attributes
    ----------
    bearing : BearingOptions
        Settings of the bearings.
    own_error_deg, shared_error_deg : float
        Standard error of a bearing beyond what its draws show [degrees]: of each post by itself (siting of
        the vane, bent flow), and of all alike (one vane for all posts, wrongly set).
    stray : float
        Probability that a post's bearing does not point to the common origin though there is one.
    no_origin : float
        Prior probability that there is no common origin.
    chance : float
        Posts whose peak is this likely by chance, or more, say nothing and are left out.
    reach_m : float
        How far the map goes past the posts on every side [m]; the origin is sought on the map only.
    cells : int
        Cells along the longer side of the map.
    levels : tuple of float
        Probabilities of the regions [1].
    """

    bearing: BearingOptions = field(default_factory=BearingOptions)
    own_error_deg: float = 5.0
    shared_error_deg: float = 3.0
    stray: float = 0.05
    no_origin: float = 0.5
    chance: float = 0.05
    reach_m: float = 10_000.0
    cells: int = 200
    levels: tuple[float, ...] = (0.5, 0.9)


@dataclass(frozen=True)
class Triangulation:
    """Result of `triangulate`.

    Attributes
    ----------
    cells : DataFrame
        Table ``triangulation``: the probability of every cell, given a common origin on the map.
    regions : DataFrame
        Table ``triangulation_regions``: smallest areas that hold stated probabilities.
    bearings : DataFrame
        Table ``triangulation_bearings``: what each post contributes.
    """

    cells: pd.DataFrame
    regions: pd.DataFrame
    bearings: pd.DataFrame


def triangulate(
    joined: pd.DataFrame, stations: pd.DataFrame, *, options: TriangulationOptions | None = None
) -> Triangulation:
    """Map of where the pollution that posts see from their worst directions may come from.

    With β_i(x) the bearing of place x from post i and θ_ib the draws of its bearing, the likelihood is

    L(x) = ∫ Π_i [(1 − s) mean_b VM(β_i(x) + δ; θ_ib, κ) + s/2π] N(δ; 0, σ_shared) dδ,

    a von Mises density (Mardia and Jupp 2000, doi:10.1002/9780470316979, section 3.5.4) of κ = 1/σ_own²
    about every draw, and a uniform share s for a bearing that points elsewhere: Lenth 1981
    (doi:10.2307/1268030) with the draws in place of one κ. The prior is uniform on the map, so that the
    probabilities are given that the origin is on it. Without a common origin every bearing is uniform;
    the two hypotheses are weighed by their evidence. The air is taken to come straight: in a valley or
    by the sea it does not, and the region is then where straight lines would meet.

    Parameters
    ----------
    joined : DataFrame
        Result of `join_hourly`.
    stations : DataFrame
        Table ``stations`` with the places of the posts.
    options : TriangulationOptions, optional
        Settings.

    Returns
    -------
    Triangulation
        Tables by pollutant. A pollutant with under two posts that point anywhere has bearings only.

    Raises
    ------
    InputError
        If a post has no place, or under two posts have readings.
    """
    options = options or TriangulationOptions()
    rows = served(joined)
    places = _places(rows, stations)
    cells, regions, bearings = [], [], []
    for pollutant, part in rows.groupby("pollutant", sort=True):
        found = {
            str(station): post_bearing(group, options.bearing)
            for station, group in part.groupby("station_id", sort=True)
        }
        bearings += [_bearing_row(post, str(pollutant), made, options) for post, made in found.items()]
        speaking = {
            post: made for post, made in found.items() if made is not None and made.chance < options.chance
        }
        if len(speaking) < 2:
            continue
        made = _map(speaking, places, options)
        cells.append(made[0].assign(pollutant=pollutant))
        regions.append(made[1].assign(pollutant=pollutant, posts=len(speaking)))
    return Triangulation(
        _table(cells, "triangulation"),
        _table(regions, "triangulation_regions"),
        _table([pd.DataFrame(bearings)] if bearings else [], "triangulation_bearings"),
    )


def origin_probability(
    posts: Array, draws: list[Array], x: Array, y: Array, options: TriangulationOptions
) -> tuple[Array, float]:
    """Probability of each cell given a common origin, and that of no common origin.

    Parameters
    ----------
    posts : ndarray, shape (post, 2)
        Places [m], x to the east and y to the north.
    draws : list of ndarray
        Draws of the bearing of each post [degrees].
    x, y : ndarray, shape (cell,)
        Places of the cells [m].
    """
    angles = np.arange(720) * 0.5
    kappa = 1.0 / np.deg2rad(options.own_error_deg) ** 2
    nodes, shares = np.polynomial.hermite_e.hermegauss(9)
    shares = shares / shares.sum()
    logs = np.zeros((len(nodes), len(x)))
    for place, drawn in zip(posts, draws, strict=True):
        bearing = np.rad2deg(np.arctan2(x - place[0], y - place[1]))
        here = (x == place[0]) & (y == place[1])
        apart = np.deg2rad(angles[:, None] - drawn[None, :])
        # exp(κ (cos − 1)) and i0e keep a large κ from overflowing
        density = np.exp(kappa * (np.cos(apart) - 1.0)).mean(axis=1) / (2.0 * np.pi * _scaled_bessel(kappa))
        for row, node in enumerate(nodes):
            turned = bearing + node * options.shared_error_deg
            at = np.interp(turned % 360.0, angles, density, period=360.0)
            # a place has no bearing from itself
            at[here] = 1.0 / (2.0 * np.pi)
            logs[row] += np.log((1.0 - options.stray) * at + options.stray / (2.0 * np.pi))
    top = float(logs.max())
    likelihood = shares @ np.exp(logs - top)
    common = np.log(likelihood.mean()) + top + np.log(1.0 - options.no_origin)
    none = -len(posts) * np.log(2.0 * np.pi) + np.log(options.no_origin)
    return likelihood / likelihood.sum(), float(1.0 / (1.0 + np.exp(common - none)))


def smallest_region(probability: Array, level: float) -> NDArray[np.bool_]:
    """Cells of the smallest area that holds at least a probability."""
    order = np.argsort(-probability, kind="stable")
    reached = np.cumsum(probability[order])
    held = np.zeros(len(probability), dtype=bool)
    held[order[: int(np.searchsorted(reached, level)) + 1]] = True
    return held


def _scaled_bessel(kappa: float) -> float:
    from scipy.special import i0e

    return float(i0e(kappa))


def _places(rows: pd.DataFrame, stations: pd.DataFrame) -> pd.DataFrame:
    """Longitude and latitude of the posts with readings."""
    posts = sorted(rows["station_id"].unique())
    if len(posts) < 2:
        raise InputError(
            f"{len(posts)} posts with readings and wind", rule="bearings of at least two posts can cross"
        )
    known = stations.dropna(subset=["lon", "lat"]).set_index("station_id")[["lon", "lat"]]
    lacking = [post for post in posts if post not in known.index]
    if lacking:
        raise InputError(
            f"posts without a place: {', '.join(lacking)}", cure="give lon and lat in the table of stations"
        )
    return known.loc[posts]


def _map(
    speaking: dict[str, PostBearing], places: pd.DataFrame, options: TriangulationOptions
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cells and regions of one pollutant."""
    used = places.loc[list(speaking)]
    lon0, lat0 = float(used["lon"].mean()), float(used["lat"].mean())
    # in this projection bearings are from true north, as wind directions are; in UTM they are not
    crs = f"+proj=aeqd +lat_0={lat0:.6f} +lon_0={lon0:.6f} +datum=WGS84 +units=m"
    posts = np.column_stack(project(used["lon"].to_numpy(float), used["lat"].to_numpy(float), crs))
    low, high = posts.min(axis=0) - options.reach_m, posts.max(axis=0) + options.reach_m
    side = float((high - low).max() / options.cells)
    axes = [np.arange(low[k] + side / 2.0, high[k], side) for k in (0, 1)]
    x, y = (axis.ravel() for axis in np.meshgrid(*axes))
    probability, none = origin_probability(posts, [made.draws for made in speaking.values()], x, y, options)
    lon, lat = unproject(x, y, crs)
    cells = pd.DataFrame(
        {"lon": lon, "lat": lat, "area_km2": (side / 1000.0) ** 2, "probability": probability}
    )
    rows = []
    for level in options.levels:
        held = smallest_region(probability, level)
        rows.append(
            {
                "level": level,
                "area_km2": held.sum() * (side / 1000.0) ** 2,
                "reaches_edge": bool(
                    (np.abs(x[held] - x.min()) < side).any()
                    or (np.abs(x[held] - x.max()) < side).any()
                    or (np.abs(y[held] - y.min()) < side).any()
                    or (np.abs(y[held] - y.max()) < side).any()
                ),
                "no_common_origin": none,
                "geometry_wkt": _outline(x[held], y[held], side, crs),
            }
        )
    return cells, pd.DataFrame(rows)


def _outline(x: Array, y: Array, side: float, crs: str) -> str:
    """Outline of square cells as a polygon in WGS84."""
    import shapely

    half = side / 2.0
    # a hair of overlap, so that neighbours that differ by rounding still join
    boxes = shapely.box(x - half, y - half, x + half, y + half)
    joined = shapely.union_all(boxes, grid_size=side * 1e-6)

    def in_degrees(points: Array) -> Array:
        return np.column_stack(unproject(points[:, 0], points[:, 1], crs))

    degrees = shapely.transform(joined, in_degrees)
    return str(shapely.to_wkt(degrees, rounding_precision=6))


def _bearing_row(
    post: str, pollutant: str, made: PostBearing | None, options: TriangulationOptions
) -> dict[str, Any]:
    row: dict[str, Any] = {"station_id": post, "pollutant": pollutant, "hours": 0, "used": False}
    if made is None:
        return row | {"reason": "too few days with wind and reading, or no pollution"}
    apart = (made.draws - made.bearing + 180.0) % 360.0 - 180.0
    low, high = np.quantile(apart, [0.05, 0.95])
    used = made.chance < options.chance
    return row | {
        "hours": made.hours,
        "bearing_deg": made.bearing,
        "bearing_q05_deg": (made.bearing + low) % 360.0,
        "bearing_q95_deg": (made.bearing + high) % 360.0,
        "enrichment": made.enrichment,
        "chance": made.chance,
        "used": used,
        "reason": "used" if used else "no direction stands out beyond chance",
    }


def _table(tables: list[pd.DataFrame], name: str) -> pd.DataFrame:
    return schema.check(pd.concat(tables, ignore_index=True), name) if tables else schema.empty(name)
