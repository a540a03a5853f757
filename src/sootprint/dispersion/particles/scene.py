"""Sources, receptors and hours made ready for the particles, and the walk of a block of hours."""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.core.geo import project
from sootprint.dispersion.engines.arrays import Floats, Integers
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.langevin import mixed
from sootprint.dispersion.particles.air import absorbed_shares, air_of, bridged, terrain_arrays
from sootprint.dispersion.particles.arrays import NO_TERRAIN, Air, Rules, Targets, Terrain, bins_of
from sootprint.dispersion.particles.columns import HOUR, Columns, columns
from sootprint.dispersion.particles.driver import Counted, Request, empty_counts, runner
from sootprint.dispersion.particles.options import ParticleOptions
from sootprint.dispersion.particles.release import (
    Releases,
    release_options,
    releases,
    sample,
)

if TYPE_CHECKING:
    from sootprint.weather.terrain_wind import WindBasis

BIN_M, MOST_BINS = 1000.0, 64
"""Widest bins in which targets are looked up [m], and the most along the domain that are narrower."""
COARSER = 4.0
"""Width of distant blobs over that of near ones."""


@dataclass(frozen=True, eq=False)
class TerrainWind:
    """Wind over terrain of the hours of an operator.

    Attributes
    ----------
    basis : WindBasis
    time_start : DatetimeIndex
        Hours that have weights.
    weights : float64 (hour, pattern)
        From `WindBasis.hours`.
    """

    basis: WindBasis
    time_start: pd.DatetimeIndex
    weights: Floats


@dataclass(frozen=True, eq=False)
class Scene:
    """What every block of hours is computed from.

    Attributes
    ----------
    columns : Columns
        Consecutive hours; those not served hold the air of another, see `bridged`.
    served : bool (hour)
        Whether the hour can be asked for.
    reasons : int64 (hour)
        Index of the reasons of `columns`.
    releases : Releases
    coarse : Releases
        The first hour's, with areas and lines in coarser blobs.
    receptors : float64 (receptor, 3)
        Easting, northing [m], height above ground [m].
    receptor_ids, source_ids : tuple of str
    bounds : tuple of float
        West, east, south, north edge of the domain [m].
    options : ParticleOptions
    crs : str
    terrain : TerrainWind, optional
    """

    columns: Columns
    served: NDArray[np.bool_]
    reasons: Integers
    releases: Releases
    coarse: Releases
    receptors: Floats
    receptor_ids: tuple[str, ...]
    source_ids: tuple[str, ...]
    bounds: tuple[float, float, float, float]
    options: ParticleOptions
    crs: str
    terrain: TerrainWind | None


def make_scene(
    sources: pd.DataFrame,
    receptors: pd.DataFrame,
    weather: pd.DataFrame,
    *,
    crs: str,
    convergence: float,
    land_use: str,
    options: ParticleOptions,
    profiles: pd.DataFrame | None,
    terrain: TerrainWind | None,
) -> Scene:
    """Scene of tables; see `sootprint.dispersion.particles.operator.particle_operator`.

    Raises
    ------
    InputError
        If a source, a receptor or all hours lack what they need, or a place is outside the terrain.
    """
    top = options.top_m if terrain is None else float(terrain.basis.grid.levels[-1])
    place = (float(sources["lon"].mean()), float(sources["lat"].mean()))
    made = columns(
        every_hour(weather),
        profiles=profiles,
        convergence=convergence,
        land_use=land_use,
        place=place,
        options=options.columns,
        top_m=top,
    )
    reasons = made.reason.copy()
    if terrain is not None:
        known = pd.DatetimeIndex(made.time).isin(terrain.time_start)
        reasons = np.where((reasons == 0) & ~known, NO_TERRAIN_WIND, reasons)
        made = made._replace(reason=np.where(known, made.reason, 1))
    whole, missing = bridged(made)
    whole = whole._replace(reason=np.zeros_like(whole.reason))
    x, y = project(receptors["lon"].to_numpy(float), receptors["lat"].to_numpy(float), crs)
    places = np.stack([x, y, receptors["height_m"].to_numpy(float)], axis=1)
    if not np.isfinite(places).all() or (places[:, 2] < 0.0).any():
        raise InputError(
            "a receptor has no place or height", cure="give lon, lat and height_m of every receptor"
        )
    settings = release_options({"threads": options.threads, **options.releases})
    starts = releases(sources, whole, crs, settings)
    first = Columns(**{name: part if name == "z" else part[:1] for name, part in whole._asdict().items()})
    coarse = releases(sources, first, crs, replace(settings, blob_m=COARSER * settings.blob_m))
    return Scene(
        columns=whole,
        served=~missing,
        reasons=reasons,
        releases=starts,
        coarse=coarse,
        receptors=places,
        receptor_ids=tuple(receptors["receptor_id"].astype(str)),
        source_ids=tuple(sources["source_id"].astype(str)),
        bounds=_bounds(places, starts, options, terrain),
        options=options,
        crs=crs,
        terrain=terrain,
    )


NO_TERRAIN_WIND = -1
"""Reason code of an hour whose wind over terrain is not known."""


def every_hour(weather: pd.DataFrame) -> pd.DataFrame:
    """Weather with a row for every hour from its first to its last; what was not there is empty."""
    times = pd.DatetimeIndex(weather["time_start"])
    if times.empty:
        raise InputError("the weather has no rows", cure="give at least one hour")
    whole = pd.date_range(times.min(), times.max(), freq="h")
    if len(whole) == len(times):
        return weather
    if not times.isin(whole).all():
        raise InputError("hours do not begin on one raster", rule="a whole number of hours apart")
    table = weather.set_index("time_start").reindex(whole).rename_axis("time_start").reset_index()
    if "duration_s" in table:
        table["duration_s"] = table["duration_s"].fillna(3600.0)
    return table


def _bounds(
    places: Floats, starts: Releases, options: ParticleOptions, terrain: TerrainWind | None
) -> tuple[float, float, float, float]:
    x, y = np.concatenate([places[:, 0], starts.x]), np.concatenate([places[:, 1], starts.y])
    if terrain is None:
        far = options.margin_m
        return float(x.min() - far), float(x.max() + far), float(y.min() - far), float(y.max() + far)
    grid = terrain.basis.grid
    rows, across = grid.ground.shape
    west, south = float(grid.x0), float(grid.y0)
    east, north = west + across * float(grid.cell_m), south + rows * float(grid.cell_m)
    outside = (x < west) | (x > east) | (y < south) | (y > north)
    if outside.any():
        raise InputError(
            f"{int(outside.sum())} sources or receptors lie outside the terrain",
            rule=f"easting {west:.0f} to {east:.0f} m, northing {south:.0f} to {north:.0f} m",
            cure="take a larger elevation model, or leave them out",
        )
    return west, east, south, north


@compiled
def streams_of(names: NDArray[np.uint32], hours: Integers, seed: int) -> NDArray[np.uint32]:
    """Start of the random numbers of each origin and hour: uint32 (origin, hour)."""
    made = np.empty((names.size, hours.size), dtype=np.uint32)
    for origin in range(names.size):
        base = mixed(np.uint32(mixed(np.uint32(seed)) ^ names[origin]))
        for hour in range(hours.size):
            made[origin, hour] = mixed(np.uint32(base + mixed(np.uint32(hours[hour]))))
    return made


def run_block(
    scene: Scene, receptors: NDArray[np.int64], start: int, stop: int, *, threads: int | None = None
) -> dict[str, Any]:
    """Operator of some receptors in the hours ``start <= hour < stop``.

    Returns
    -------
    dict of str to array
        ``H`` and ``variance`` (hour, receptor, lag, source) [s m⁻³], ``fate`` (hour, origin, 3),
        ``particles`` and ``steps`` (hour, origin); an origin is a receptor going backward, a source forward.
    """
    options = scene.options
    memory = int(np.ceil(options.memory_h))
    first = max(0, start - memory)
    air = block_air(scene, first, stop)
    terrain = block_terrain(scene, first, stop)
    part = slice(first, stop)
    rules = _rules(scene)
    absorb = absorbed_shares(air, options.deposition_velocity_m_s, options.settling_velocity_m_s, rules.sign)
    workers = options.threads if threads is None else threads
    if options.direction == "backward":
        hours = np.arange(start, stop, dtype=np.int64)
        hours = hours[scene.served[start:stop]]
        targets = _source_targets(scene, scene.releases, part)
        distant = _source_targets(scene, scene.coarse, part)
        names = [scene.receptor_ids[number] for number in receptors]
        places = scene.receptors[receptors][:, None, None, :]
        seen = (targets, distant)
        counted = _run(scene, hours, first, names, places, air, terrain, seen, rules, absorb, workers)
        return _backward(scene, counted, hours - start, stop - start, len(receptors))
    hours = np.arange(first, stop, dtype=np.int64)
    targets = _receptor_targets(scene, receptors, stop - first)
    starts = _forward_starts(scene, hours)
    seen = (targets, targets)
    counted = _run(scene, hours, first, scene.source_ids, starts, air, terrain, seen, rules, absorb, workers)
    return _forward(counted, first, start, stop, options.keep_lags)


def block_air(scene: Scene, first: int, stop: int) -> Air:
    """Air of the hours ``first <= hour < stop``, interpolated with their neighbours."""
    options, count = scene.options, len(scene.columns.time)
    low, high = max(0, first - 1), min(count, stop + 1)
    fields = {
        name: (values if name == "z" else values[low:high])
        for name, values in scene.columns._asdict().items()
    }
    air = air_of(Columns(**fields), segments=options.segments, step_s=options.step_s)
    cut = slice((first - low) * options.segments, (stop - low) * options.segments)
    parts: dict[str, Any] = {name: values[cut] for name, values in air._asdict().items()}
    return Air(**parts | {"hours": parts["hours"] - (first - low)})


def block_terrain(scene: Scene, first: int, stop: int) -> Terrain:
    """Wind over terrain of the hours ``first <= hour < stop``; none where there is no terrain.

    An hour whose wind is not known is passed in the wind of the last known hour before it.
    """
    if scene.terrain is None:
        return NO_TERRAIN
    known = scene.terrain.time_start
    place = known.searchsorted(pd.DatetimeIndex(scene.columns.time[first:stop]), side="right") - 1
    fields = scene.terrain.basis.fields(scene.terrain.weights[np.maximum(place, 0)])
    grid = scene.terrain.basis.grid
    return terrain_arrays(
        fields.u, fields.v, fields.w, grid.levels, (float(grid.x0), float(grid.y0), float(grid.cell_m))
    )


def _rules(scene: Scene) -> Rules:
    options = scene.options
    ticks_per_hour = options.ticks_per_segment * options.segments
    west, east, south, north = scene.bounds
    return Rules(
        sign=-1 if options.direction == "backward" else 1,
        step_s=options.step_s,
        ticks_per_segment=options.ticks_per_segment,
        oldest=round(options.memory_h * ticks_per_hour),
        west=west,
        east=east,
        south=south,
        north=north,
        width=options.width,
        width_z=options.width_z,
        widest=options.widest_m,
        distant_from=0.15 * COARSER * release_options(options.releases).blob_m,
        fall=options.settling_velocity_m_s,
        decay=np.log(2.0) / (3600.0 * options.half_life_h) if options.half_life_h > 0.0 else 0.0,
        keep_lags=int(options.keep_lags or options.direction == "forward"),
        thin_age=round(options.thin_h * ticks_per_hour),
    )


def _source_targets(scene: Scene, blobs: Releases, part: slice) -> Targets:
    made, widest = scene.releases, scene.options.widest_m
    spread = made.spread[part]
    widths = np.hypot(blobs.sigma, np.nanmax(spread, axis=0)[blobs.source])
    return Targets(
        target=blobs.source.astype(np.int64),
        x=blobs.x,
        y=blobs.y,
        sigma=blobs.sigma,
        share=blobs.share,
        across=np.ascontiguousarray(spread),
        weight=np.ascontiguousarray(made.weight[part]),
        height=np.ascontiguousarray(made.height[part]),
        spread=np.ascontiguousarray(made.sigma_z[part]),
        **_bins(scene, blobs.x, blobs.y, np.sqrt(6.0) * np.hypot(widths, widest)),
    )


def _receptor_targets(scene: Scene, receptors: NDArray[np.int64], hours: int) -> Targets:
    places = scene.receptors[receptors]
    count = len(receptors)
    reach = np.full(count, np.sqrt(6.0) * scene.options.widest_m)
    return Targets(
        target=np.arange(count, dtype=np.int64),
        x=places[:, 0].copy(),
        y=places[:, 1].copy(),
        sigma=np.zeros(count),
        share=np.ones(count),
        across=np.zeros((hours, count)),
        weight=np.ones((hours, count, 1)),
        height=np.tile(places[:, 2], (hours, 1))[:, :, None].copy(),
        spread=np.zeros((hours, count, 1)),
        **_bins(scene, places[:, 0], places[:, 1], reach),
    )


def _bins(scene: Scene, x: Floats, y: Floats, reach: Floats) -> dict[str, Any]:
    """Bins of targets, two reaches wide where kernels are narrow: a field of samplers stands close."""
    west, east, south, north = scene.bounds
    least = max(2.0 * float(reach.max()), max(east - west, north - south) / MOST_BINS)
    return bins_of(x, y, reach, scene.bounds, min(BIN_M, least))


def _forward_starts(scene: Scene, hours: Integers) -> list[Floats]:
    """Places of the particles of each source, (hour, particle, 3)."""
    options, made = scene.options, []
    for source in range(len(scene.source_ids)):
        rows = []
        for hour in hours:
            rng = np.random.default_rng([options.seed, source, int(hour)])
            uniforms = rng.random((options.particles, 5))
            order = np.arange(options.particles)
            for axis in range(5):
                uniforms[:, axis] = (rng.permutation(order) + uniforms[:, axis]) / options.particles
            rows.append(sample(scene.releases, int(hour), source, uniforms))
        made.append(np.stack(rows))
    return made


def _run(
    scene: Scene,
    hours: Integers,
    first: int,
    names: Any,
    places: Any,
    air: Air,
    terrain: Terrain,
    seen: tuple[Targets, Targets],
    rules: Rules,
    absorb: Floats,
    workers: int,
) -> Counted:
    """Walk of all origins, shared among threads; the air's hours begin with the hour ``first``."""
    options = scene.options
    stamps = ((scene.columns.time - np.datetime64(0, "us")) // HOUR).astype(np.int64)
    crc = np.array([zlib.crc32(str(name).encode()) for name in names], dtype=np.uint32)
    request = Request(
        hours=hours - first,
        streams=streams_of(crc, stamps[hours], options.seed),
        batch=options.particles // options.batches,
        batches=options.batches,
        passes=options.most_passes if options.target_error > 0.0 else 1,
        turn=float(np.deg2rad(options.direction_sigma_deg)),
        push=options.wind_sigma_m_s,
        error=options.target_error,
    )
    lags = int(np.ceil(options.memory_h)) + 1 if rules.keep_lags else 1
    counted = empty_counts(len(names), len(hours), lags, seen[0].weight.shape[1])
    if options.device == "cuda":
        from sootprint.dispersion.particles.gpu import run_cuda

        starts = np.stack(list(places))
        run_cuda(starts, request, air, terrain, *seen, rules, absorb, counted, precision=options.precision)
        return counted
    run = runner(options.precision)

    def work(origin: int) -> None:
        run(origin, places[origin], request, air, terrain, *seen, rules, absorb, counted)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(len(names))))
    return counted


def _backward(scene: Scene, counted: Counted, rows: Integers, count: int, receptors: int) -> dict[str, Any]:
    shape = (count, receptors, counted.mean.shape[2], len(scene.source_ids))
    made: dict[str, Any] = {"H": np.full(shape, np.nan), "variance": np.full(shape, np.nan)}
    made["H"][rows] = counted.mean.transpose(1, 0, 2, 3)
    made["variance"][rows] = counted.variance.transpose(1, 0, 2, 3)
    for name in ("fate", "particles", "steps"):
        values = getattr(counted, name)
        made[name] = np.zeros((count, *np.delete(values.shape, 1)), dtype=values.dtype)
        made[name][rows] = np.moveaxis(values, 1, 0)
    return made


def _forward(counted: Counted, first: int, start: int, stop: int, keep_lags: bool) -> dict[str, Any]:
    sources, hours, lags, receptors = counted.mean.shape
    count = stop - start
    kept = lags if keep_lags else 1
    made: dict[str, Any] = {name: np.zeros((count, receptors, kept, sources)) for name in ("H", "variance")}
    for name, values in (("H", counted.mean), ("variance", counted.variance)):
        for emitted in range(hours):
            for lag in range(lags):
                row = first + emitted + lag - start
                if 0 <= row < count:
                    made[name][row, :, lag if keep_lags else 0, :] += values[:, emitted, lag, :].T
    own = slice(start - first, stop - first)
    for name in ("fate", "particles", "steps"):
        made[name] = np.moveaxis(getattr(counted, name)[:, own], 1, 0)
    return made
