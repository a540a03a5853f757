"""First guesses whose weighted sum is the first guess of any hour.

A pattern is a situation with either one site, one height and one component of the wind (1 m/s there), or a
slope wind of 1 W/m². Between sites the wind is weighted with the inverse square of the distance.

References
----------
.. [1] Goodin, W. R., McRae, G. J. & Seinfeld, J. H. (1979). A comparison of interpolation methods for sparse
   data: application to wind and concentration fields. J. Appl. Meteorol. 18, 761–771.
   doi:10.1175/1520-0450(1979)018<0761:ACOIMF>2.0.CO;2 (inverse square of the distance).
.. [2] Hunt, J. C. R. & Snyder, W. H. (1980). J. Fluid Mech. 96, 671–704. doi:10.1017/S0022112080002303
   (height under which the air goes around a hill).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError
from sootprint.weather.terrain_wind.adjustment import FirstGuess, relative_vertical
from sootprint.weather.terrain_wind.grid import TerrainGrid
from sootprint.weather.terrain_wind.profiles import check_nodes, hats, wind_shape
from sootprint.weather.terrain_wind.situations import Situation, WindSite
from sootprint.weather.terrain_wind.slope_flow import SlopeFlow, unit_slope_flow

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NODES = (10.0, 40.0, 100.0, 250.0, 600.0)
"""Heights above ground at which the wind of an hour is taken [m]."""


@dataclass(frozen=True)
class FirstGuessOptions:
    """How winds at sites become a first guess.

    Parameters
    ----------
    nodes_m : tuple of float
        Heights above ground at which the wind of an hour is taken [m]; between them the ratio to the
        similarity profile of the situation is linear in ln z.
    roughness_m : float
        Roughness length of the profiles [m].
    similarity_top_m : float
        Height to which similarity holds [m]; the profile is constant above it.
    relief_radius_m : float
        Distance within which hills count for the blocking [m].
    least_slope : float
        Slope at which half of the blocked component is taken away [1]: flat ground turns no wind.
    pool_floor_m : float or None
        Ground height from which the depth of a pool counts [m above sea level]; None for the lowest ground.
    pool_give : float
        How far the adjustment changes the wind in a pool, over how far it changes the air above [1]: a pool
        hardly gives, and the air above is led over it as over ground.
    slope_flow : SlopeFlow or None
        Slope winds; None leaves them out.
    """

    nodes_m: tuple[float, ...] = NODES
    roughness_m: float = 0.5
    similarity_top_m: float = 150.0
    relief_radius_m: float = 5000.0
    least_slope: float = 0.03
    pool_floor_m: float | None = None
    pool_give: float = 1e-3
    slope_flow: SlopeFlow | None = field(default_factory=SlopeFlow)

    def __post_init__(self) -> None:
        check_nodes(self.nodes_m)
        values = (
            self.roughness_m,
            self.similarity_top_m,
            self.relief_radius_m,
            self.least_slope,
            self.pool_give,
        )
        if not all(np.isfinite(value) and value > 0.0 for value in values):
            raise InputError(f"options of the first guess {values}", rule="positive numbers")


class Pattern(NamedTuple):
    """Name of one first guess: ``source`` is the number of a site, or a slope wind.

    ``node`` is the number of a height and ``component`` 0 for east, 1 for north; both are −1 for slope winds.
    """

    situation: int
    source: int
    node: int
    component: int


DRAINAGE, UPSLOPE = -1, -2


@dataclass(frozen=True, eq=False)
class FirstGuessSpace:
    """All first guesses that sites and situations span.

    Parameters
    ----------
    sites : sequence of WindSite
    site_ground : ndarray, shape (site,)
        Ground height of the sites on the grid [m].
    situations : sequence of Situation
    options : FirstGuessOptions
    pool_floor_m : float
        Floor from which pools are counted [m above sea level].
    below, above : ndarray, shape (situation, site, node)
        Whether a site counts at a node below, and above, the top of the pool; all is above without a pool.
    patterns : tuple of Pattern
    """

    sites: tuple[WindSite, ...]
    site_ground: Floats
    situations: tuple[Situation, ...]
    options: FirstGuessOptions
    pool_floor_m: float
    below: Bools
    above: Bools
    patterns: tuple[Pattern, ...]

    @property
    def nodes(self) -> Floats:
        """Heights of the nodes above ground [m]."""
        return np.asarray(self.options.nodes_m, float)

    def pool_top(self, situation: int) -> float:
        """Level of the top of the pool [m above sea level]; −∞ without one."""
        depth = self.situations[situation].pool_depth_m
        return -np.inf if depth is None else self.pool_floor_m + depth

    def site_shares(self, situation: int, x: Floats, y: Floats, ground: Floats, counted: Bools) -> Floats:
        """Share of each counted site in the wind of places, shape (site, ...); they sum to 1."""
        kind = self.situations[situation]
        weights = np.zeros((len(self.sites), *ground.shape))
        for n, site in enumerate(self.sites):
            if counted[n]:
                apart = (x - site.x) ** 2 + (y - site.y) ** 2
                rise = kind.height_penalty * (ground - self.site_ground[n])
                # One metre keeps the weight of the site's own place finite.
                weights[n] = 1.0 / (apart + rise**2 + 1.0)
        return np.asarray(weights / weights.sum(axis=0))


def first_guess_space(
    grid: TerrainGrid,
    sites: Sequence[WindSite],
    situations: Sequence[Situation],
    options: FirstGuessOptions,
) -> FirstGuessSpace:
    """Patterns of sites and situations on a grid.

    Raises
    ------
    InputError
        If there is no site or no situation, a name occurs twice, a site is outside the grid, a node is above
        the grid, or nobody knows the wind above a pool.
    """
    if not sites or not situations:
        raise InputError(
            f"{len(sites)} wind sites and {len(situations)} situations",
            rule="one of each at least",
            cure="a station, a mast or a column of a reanalysis that knows the wind",
        )
    for what, names in (
        ("site", [one.site_id for one in sites]),
        ("situation", [one.name for one in situations]),
    ):
        if len(set(names)) < len(names):
            raise InputError(f"{what}s {names}", rule="each name once")
    for site in sites:
        if not grid.contains(site.x, site.y).all():
            raise InputError(
                f"site {site.site_id} at x {site.x:.0f}, y {site.y:.0f} is outside the grid",
                rule=f"x {grid.x0:.0f} to {grid.x0 + grid.cell_m * grid.shape[2]:.0f}, "
                f"y {grid.y0:.0f} to {grid.y0 + grid.cell_m * grid.shape[1]:.0f}",
                cure="a larger grid, or leave the site out",
            )
    nodes = np.asarray(options.nodes_m, float)
    if nodes[-1] > grid.levels[-1]:
        raise InputError(f"node at {nodes[-1]:g} m", rule=f"below the top of the grid, {grid.levels[-1]:g} m")
    ground = site_values(grid, grid.ground, [one.x for one in sites], [one.y for one in sites])
    floor = float(grid.ground.min()) if options.pool_floor_m is None else options.pool_floor_m
    below, above = _who_counts(sites, ground, nodes, situations, floor)
    patterns = []
    for s in range(len(situations)):
        for n in range(len(sites)):
            for node in range(nodes.size):
                if below[s, n, node] or above[s, n, node]:
                    patterns += [Pattern(s, n, node, 0), Pattern(s, n, node, 1)]
        if options.slope_flow is not None:
            patterns += [Pattern(s, DRAINAGE, -1, -1), Pattern(s, UPSLOPE, -1, -1)]
    return FirstGuessSpace(
        tuple(sites), ground, tuple(situations), options, floor, below, above, tuple(patterns)
    )


def _who_counts(
    sites: Sequence[WindSite],
    ground: Floats,
    nodes: Floats,
    situations: Sequence[Situation],
    floor: float,
) -> tuple[Bools, Bools]:
    low = np.array([site.lowest_m for site in sites])[:, None]
    high = np.array([site.highest_m for site in sites])[:, None]
    gap = np.maximum(np.maximum(low - nodes, nodes - high), 0.0)
    shape = (len(situations), len(sites), nodes.size)
    below, above = np.zeros(shape, bool), np.zeros(shape, bool)
    for s, kind in enumerate(situations):
        if kind.pool_depth_m is None:
            above[s] = gap == gap.min(axis=0)
            continue
        top = floor + kind.pool_depth_m
        under = ground[:, None] + nodes < top
        # An anemometer knows only the side of the pool's top that it stands on.
        knows_below, knows_above = np.ones(len(sites), bool), np.ones(len(sites), bool)
        for n, site in enumerate(sites):
            if site.kind == "surface":
                knows_below[n] = ground[n] + site.height_m < top
                knows_above[n] = not knows_below[n]
            else:
                knows_above[n] = ground[n] + site.highest_m > top
        for counted, allowed in (
            (below, under & knows_below[:, None]),
            (above, ~under & knows_above[:, None]),
        ):
            reach = np.where(allowed, gap, np.inf)
            counted[s] = allowed & (reach == reach.min(axis=0))
        if not above[s].any():
            raise InputError(
                f"situation {kind.name}: no site knows the wind above the pool's top at {top:.0f} m",
                rule="a decoupled layer needs a wind of its own above it",
                cure="a profile or a column of a reanalysis, or a station on a hill above the pool",
            )
    return below, above


def first_guess(space: FirstGuessSpace, grid: TerrainGrid, pattern: Pattern) -> FirstGuess:
    """One pattern on the faces of a grid."""
    if pattern.source < 0:
        return _slope_guess(space, grid, pattern)
    nz, ny, nx = grid.shape
    face_x, face_y = grid.face_grounds()
    edges_x: Floats = grid.x0 + grid.cell_m * np.arange(nx + 1.0)
    edges_y: Floats = grid.y0 + grid.cell_m * np.arange(ny + 1.0)
    at_u = _pattern_at(space, grid, pattern, edges_x[None, :], grid.y[:, None], face_x, axis=1)
    at_v = _pattern_at(space, grid, pattern, grid.x[None, :], edges_y[:, None], face_y, axis=0)
    slope_x, slope_y = grid.slopes()
    east = (_to_faces(slope_x, 1), _to_faces(slope_y, 1))
    north = (_to_faces(slope_x, 0), _to_faces(slope_y, 0))
    blocked_u = _blocked(space, grid, pattern.situation, face_x, axis=1)
    blocked_v = _blocked(space, grid, pattern.situation, face_y, axis=0)
    least = space.options.least_slope**2
    kept_u = (1.0 if pattern.component == 0 else 0.0) - blocked_u * (
        east[0] * east[pattern.component] / (east[0] ** 2 + east[1] ** 2 + least)
    )
    kept_v = (1.0 if pattern.component == 1 else 0.0) - blocked_v * (
        north[1] * north[pattern.component] / (north[0] ** 2 + north[1] ** 2 + least)
    )
    level = FirstGuess(kept_u * at_u, kept_v * at_v, np.zeros((nz + 1, ny, nx)))
    return _sealed(space, grid, pattern.situation, level)


def share_above_pool(space: FirstGuessSpace, grid: TerrainGrid, situation: int) -> Floats:
    """Share of each cell that stands over the level top of the pool [1], shape (nz, ny, nx)."""
    over = grid.levels[1:, None, None] + grid.ground - space.pool_top(situation)
    return np.asarray(np.clip(over / grid.thickness[:, None, None], 0.0, 1.0))


def pool_give(space: FirstGuessSpace, grid: TerrainGrid, situation: int) -> Floats | None:
    """Factor of K in each cell: that of the options in the pool, 1 above it; None without a pool."""
    if not np.isfinite(space.pool_top(situation)):
        return None
    above = share_above_pool(space, grid, situation)
    return above + (1.0 - above) * space.options.pool_give


def _sealed(space: FirstGuessSpace, grid: TerrainGrid, situation: int, guess: FirstGuess) -> FirstGuess:
    """First guess without a wind through the top of the pool."""
    if not np.isfinite(space.pool_top(situation)):
        return guess
    above = share_above_pool(space, grid, situation)
    relative = relative_vertical(grid, guess)
    open_face = np.ones_like(relative)
    open_face[1:-1] = np.maximum(
        np.minimum(above[1:], above[:-1]), np.minimum(1.0 - above[1:], 1.0 - above[:-1])
    )
    return guess._replace(w=guess.w - (1.0 - open_face) * relative)


def _pattern_at(
    space: FirstGuessSpace,
    grid: TerrainGrid,
    pattern: Pattern,
    x: Floats,
    y: Floats,
    ground: Floats,
    *,
    axis: int,
) -> Floats:
    """Speed of a site's pattern on faces, shape (nz, rows, columns), before the blocking."""
    x, y = np.broadcast_to(x, ground.shape), np.broadcast_to(y, ground.shape)
    s, n, node = pattern.situation, pattern.source, pattern.node
    below, above = space.below[s, :, node], space.above[s, :, node]
    speed = np.zeros((grid.thickness.size, *ground.shape))
    over = share_above_pool(space, grid, s)
    # A face between the pool and the air above it is a wall for both.
    for counted, all_nodes, share in (
        (below, space.below[s].any(axis=0), _lesser_at_faces(1.0 - over, axis)),
        (above, space.above[s].any(axis=0), _lesser_at_faces(over, axis)),
    ):
        if counted[n]:
            vertical = _vertical_share(space, s, node, all_nodes, grid.middles)
            plane = space.site_shares(s, x, y, ground, counted)[n]
            speed += share * vertical[:, None, None] * plane
    return speed


def _vertical_share(
    space: FirstGuessSpace, situation: int, node: int, known: Bools, heights: Floats
) -> Floats:
    """Wind at heights for 1 m/s at a node and 0 at the other known ones."""
    marks = space.nodes[known]
    shape = situation_shape(space, situation, heights)
    at_node = situation_shape(space, situation, space.nodes[node])
    return hats(heights, marks)[int(known[:node].sum())] * shape / at_node


def situation_shape(space: FirstGuessSpace, situation: int, heights: ArrayLike) -> Floats:
    """Similarity profile of a situation at heights above ground [1], up to its own top."""
    return wind_shape(
        heights,
        obukhov_length=space.situations[situation].obukhov_length,
        roughness=space.options.roughness_m,
        top=space.options.similarity_top_m,
    )


def _blocked(
    space: FirstGuessSpace, grid: TerrainGrid, situation: int, ground: Floats, *, axis: int
) -> Floats:
    """Share of faces below the dividing streamline, z_floor + H (1 − Fr) [2]; shape (nz, rows, columns)."""
    from scipy.ndimage import maximum_filter, minimum_filter

    froude = space.situations[situation].froude
    if froude >= 1.0:
        return np.zeros((1, 1, 1))
    size = 2 * max(round(space.options.relief_radius_m / grid.cell_m), 1) + 1
    floor = _to_faces(minimum_filter(grid.ground, size=size, mode="nearest"), axis)
    relief = _to_faces(maximum_filter(grid.ground, size=size, mode="nearest"), axis) - floor
    under = floor + relief * (1.0 - froude) - (ground + grid.middles[:, None, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        # A tenth of the relief as transition: a sharp edge in the first guess would be a shear layer.
        share = np.clip(0.5 + under / (0.1 * relief), 0.0, 1.0)
    return np.where(relief > 0.0, share, 0.0)


def _slope_guess(space: FirstGuessSpace, grid: TerrainGrid, pattern: Pattern) -> FirstGuess:
    options = space.options.slope_flow
    if options is None:
        raise InputError("slope winds without their parameters", cure="FirstGuessOptions(slope_flow=...)")
    east, north, depth = unit_slope_flow(grid, options, upslope=pattern.source == UPSLOPE)
    parts = []
    for speed, axis in ((east, 1), (north, 0)):
        filled = (_to_faces(depth, axis) - grid.levels[:-1, None, None]) / grid.thickness[:, None, None]
        share = np.clip(filled, 0.0, 1.0)
        # Air that drains stops where it reaches the level top of the pool, which is as cold.
        share = share * _lesser_at_faces(share_above_pool(space, grid, pattern.situation), axis)
        parts.append(share * _to_faces(speed, axis))
    nz, ny, nx = grid.shape
    level = FirstGuess(parts[0], parts[1], np.zeros((nz + 1, ny, nx)))
    # A slope wind follows the ground: no wind relative to it.
    return level._replace(w=-relative_vertical(grid, level))


def _to_faces(plane: Floats, axis: int) -> Floats:
    """Mean of the two cells at each face; that of the cell on an outer one."""
    width = [(0, 0), (0, 0)]
    width[axis] = (1, 1)
    padded = np.pad(plane, width, mode="edge")
    return np.asarray(0.5 * (padded[1:] + padded[:-1] if axis == 0 else padded[:, 1:] + padded[:, :-1]))


def _lesser_at_faces(cells: Floats, axis: int) -> Floats:
    """The lesser of the two cells at each face; that of the cell on an outer one."""
    width = [(0, 0), (0, 0), (0, 0)]
    width[axis + 1] = (1, 1)
    padded = np.pad(cells, width, mode="edge")
    if axis == 0:
        return np.minimum(padded[:, 1:], padded[:, :-1])
    return np.minimum(padded[:, :, 1:], padded[:, :, :-1])


def site_values(grid: TerrainGrid, plane: Floats, x: ArrayLike, y: ArrayLike) -> Floats:
    """Values of a plane at places, bilinear between the middles of the cells."""
    from scipy.ndimage import map_coordinates

    column = (np.asarray(x, float) - grid.x0) / grid.cell_m - 0.5
    row = (np.asarray(y, float) - grid.y0) / grid.cell_m - 0.5
    return np.asarray(map_coordinates(plane, [row, column], order=1, mode="nearest"), float)
