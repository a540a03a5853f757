"""Source–receptor operator of Lagrangian particles: calm air, inversions, and the smoke of hours before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import sootprint
from sootprint.core.errors import InputError
from sootprint.core.geo import utm_crs
from sootprint.dispersion.particles.columns import REASONS, acted_hours
from sootprint.dispersion.particles.options import ParticleOptions, particle_options
from sootprint.dispersion.particles.scene import NO_TERRAIN_WIND, Scene, TerrainWind, make_scene, run_block
from sootprint.dispersion.tasks import Task, operator_tasks, run_tasks

if TYPE_CHECKING:
    import xarray as xr
    from distributed import Client

BLOCK_HOURS = 240
"""Hours computed at a time."""
TERRAIN_BLOCK_GIB = 1.5
"""Memory that the wind over terrain of a block may take [GiB]."""
FATES = ("left", "deposited", "old")
WORD_NO_TERRAIN = "missing terrain wind"


def particle_operator(
    sources: pd.DataFrame,
    receptors: pd.DataFrame,
    weather: pd.DataFrame,
    *,
    crs: str | None = None,
    land_use: str = "urban",
    options: ParticleOptions | Mapping[str, Any] | None = None,
    profiles: pd.DataFrame | None = None,
    terrain: TerrainWind | None = None,
    hours: pd.DatetimeIndex | None = None,
    folder: str | Path | None = None,
    client: Client | str | None = None,
    told: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    r"""Operator H(time, receptor, source) [s m⁻³] of Lagrangian stochastic particles.

    A particle's way back from a receptor (or on from a source) is followed through the mean wind, turbulence
    and meander of the hours until it leaves the domain or has grown too old; with K the density of the
    source's release (or of the kernel at the receptor),

    .. math:: H = \frac1N \sum_{i=1}^N \int w_i(t)\, K(x_i(t), y_i(t), z_i(t))\, dt .

    The standard error follows from the spread of the particles' own integrals.

    Parameters
    ----------
    sources : DataFrame
        Table ``sources``: points, areas, lines and volumes.
    receptors : DataFrame
        ``receptor_id``, ``lon``, ``lat`` [degrees] and ``height_m`` above ground.
    weather : DataFrame
        Table ``boundary_layer``, or ``weather`` with stability class and mixing height; calm hours are
        ordinary input. The hours before the first that is wanted are the memory.
    crs : str, optional
        Projected CRS in metres; by default the UTM zone of the mean of the sources.
    land_use : {"urban", "rural"}
        For roughness, albedo and Bowen ratio where none is stated.
    options : ParticleOptions or mapping, optional
        Choices of the engine.
    profiles : DataFrame, optional
        Table ``profiles``: what a mast measured.
    terrain : TerrainWind, optional
        Wind over terrain. Without it the wind of each hour is the same everywhere.
    hours : DatetimeIndex, optional
        Hours that are wanted; by default all. The others are NaN with reason ``not wanted``.
    folder : str or Path, optional
        Place of finished parts: a run that was stopped goes on there. Needed with ``client``.
    client : distributed.Client or str, optional
        Dask cluster or the address of its scheduler (extra ``cluster``).
    told : function of two int, optional
        Told the parts that are finished and their number.

    Returns
    -------
    Dataset
        ``H`` (time, receptor, source), NaN in hours not served; ``standard_error`` of the same shape, by
        sampling [s m⁻³]: 0 where no particle came near; ``reason`` (time); ``above_lid`` (time, source), the
        share of the emission that starts above the lid [1]; ``fate`` (time, origin, end), where the weight
        of the particles ended [1]; ``particles`` (time, origin); with ``keep_lags`` also ``H_lag`` (time,
        lag, receptor, source) and ``standard_error_lag``. Attributes hold engine, version, options, seed,
        counts of hours, and the hash of the inputs.

    Raises
    ------
    InputError
        If a source, a receptor or every hour lacks what it needs, or ``client`` is given without a folder.
    ConfigError
        If an option is not known or cannot be right.

    Notes
    -----
    Turbulence changes with height and time only; over terrain it follows the ground. Plume rise ends before
    the walk begins. See ``docs/engines/particles.md``.

    References
    ----------
    .. [1] Thomson, D. J. (1987). J. Fluid Mech. 180, 529-556, doi:10.1017/S0022112087001940.
    .. [2] Flesch, T. K., Wilson, J. D., Yee, E. (1995). Backward-time Lagrangian stochastic dispersion models
       and their application to estimate gaseous emissions. J. Appl. Meteorol. 34, 1320-1332,
       doi:10.1175/1520-0450(1995)034<1320:BTLSDM>2.0.CO;2.
    """
    weather = weather.sort_values("time_start", kind="stable").reset_index(drop=True)
    scene = scene_of(
        sources,
        receptors,
        weather,
        crs=crs,
        land_use=land_use,
        options=options,
        profiles=profiles,
        terrain=terrain,
    )
    if hours is not None:
        scene.served[:] &= pd.DatetimeIndex(scene.columns.time).isin(hours)
    parts = _parts(scene, folder, client, told)
    return _dataset(scene, parts, pd.DatetimeIndex(weather["time_start"]), hours)


def scene_of(
    sources: pd.DataFrame,
    receptors: pd.DataFrame,
    weather: pd.DataFrame,
    *,
    crs: str | None = None,
    land_use: str = "urban",
    options: ParticleOptions | Mapping[str, Any] | None = None,
    profiles: pd.DataFrame | None = None,
    terrain: TerrainWind | None = None,
) -> Scene:
    """Scene of the arguments of `particle_operator`, with its errors."""
    from sootprint.dispersion.assembly import grid_convergence

    settings = particle_options(options)
    if sources.empty or receptors.empty:
        raise InputError("there is no source or no receptor", cure="give at least one of each")
    lon, lat = float(sources["lon"].mean()), float(sources["lat"].mean())
    crs = crs or utm_crs(lon, lat)
    return make_scene(
        sources,
        receptors,
        weather,
        crs=crs,
        convergence=grid_convergence(lon, lat, crs),
        land_use=land_use,
        options=settings,
        profiles=profiles,
        terrain=terrain,
    )


def compute_task(task: Task, shared: dict[str, Any]) -> dict[str, Any]:
    """Arrays of a task: its receptors in its hours."""
    scene: Scene = shared["scene"]
    place = {name: number for number, name in enumerate(scene.receptor_ids)}
    numbers = np.array([place[name] for name in task.receptors], dtype=np.int64)
    return run_block(scene, numbers, task.start, task.stop, threads=1 if shared["stored"] else None)


def _tasks(scene: Scene, each: int) -> list[Task]:
    hours_each = BLOCK_HOURS
    if scene.terrain is not None:
        rows, across = scene.terrain.basis.grid.ground.shape
        levels = len(scene.terrain.basis.grid.levels) - 1
        affordable = int(TERRAIN_BLOCK_GIB * 2**30 / (24.0 * rows * across * levels))
        hours_each = min(max(affordable - int(np.ceil(scene.options.memory_h)), 24), BLOCK_HOURS)
    count, seed = len(scene.columns.time), scene.options.seed
    return operator_tasks(scene.receptor_ids, count, seed=seed, receptors_each=each, hours_each=hours_each)


def _parts(
    scene: Scene,
    folder: str | Path | None,
    client: Client | str | None,
    told: Callable[[int, int], None] | None,
) -> list[tuple[Task, dict[str, Any]]]:
    if folder is None:
        if client is not None:
            raise InputError("a cluster needs a folder for finished parts", cure="give folder")
        tasks = _tasks(scene, len(scene.receptor_ids))
        made = []
        for number, task in enumerate(tasks):
            made.append((task, compute_task(task, {"scene": scene, "stored": False})))
            if told is not None:
                told(number + 1, len(tasks))
        return made
    # A forward run computes every receptor at once.
    each = len(scene.receptor_ids) if scene.options.direction == "forward" else 8
    results = run_tasks(
        compute_task,
        _tasks(scene, each),
        shared={"scene": scene, "stored": True},
        folder=folder,
        client=client,
        workers=scene.options.threads,
        told=told,
    )
    return list(results)


def _dataset(
    scene: Scene,
    parts: list[tuple[Task, dict[str, Any]]],
    times: pd.DatetimeIndex,
    wanted: pd.DatetimeIndex | None,
) -> xr.Dataset:
    import xarray as xr

    options, count = scene.options, len(scene.columns.time)
    place = {name: number for number, name in enumerate(scene.receptor_ids)}
    lags = parts[0][1]["H"].shape[2]
    shape = (count, len(place), lags, len(scene.source_ids))
    values = {name: np.full(shape, np.nan) for name in ("H", "variance")}
    backward = options.direction == "backward"
    origins = len(place) if backward else len(scene.source_ids)
    fate, particles = np.zeros((count, origins, 3)), np.zeros((count, origins), dtype=np.int64)
    for task, made in parts:
        columns = [place[name] for name in task.receptors]
        rows = slice(task.start, task.stop)
        for name in values:
            values[name][rows, columns] = made[name]
        who: Any = columns if backward else slice(None)
        fate[rows, who], particles[rows, who] = made["fate"], made["particles"]
    for array in values.values():
        array[~scene.served] = np.nan
    reason = _reason_words(scene, wanted)
    keep = pd.DatetimeIndex(scene.columns.time).isin(times)
    names = ("time", "lag", "receptor", "source")
    units = {"units": "s m-3"}
    total, error = values["H"].sum(axis=2), np.sqrt(values["variance"].sum(axis=2))
    above = scene.releases.weight[:, :, 1].copy()
    made_set = xr.Dataset(
        {
            "H": (
                ("time", "receptor", "source"),
                total,
                {**units, "long_name": "concentration for a unit emission"},
            ),
            "standard_error": (
                ("time", "receptor", "source"),
                error,
                {**units, "long_name": "standard error of H by sampling"},
            ),
            "reason": ("time", reason, {"long_name": "whether the engine served the hour, or why not"}),
            "above_lid": (
                ("time", "source"),
                above,
                {"units": "1", "long_name": "share of the emission that starts above the lid"},
            ),
            "fate": (("time", "origin", "end"), fate, {"units": "1", "long_name": "where the weight ended"}),
            "particles": (("time", "origin"), particles, {"long_name": "particles that were followed"}),
        },
        coords={
            "time": ("time", scene.columns.time, {"standard_name": "time"}),
            "receptor": ("receptor", np.array(scene.receptor_ids, dtype=object)),
            "source": ("source", np.array(scene.source_ids, dtype=object)),
            "end": ("end", np.array(FATES, dtype=object)),
        },
    )
    if options.keep_lags:
        made_set["H_lag"] = (names, values["H"].transpose(0, 2, 1, 3), units)
        made_set["standard_error_lag"] = (names, np.sqrt(values["variance"]).transpose(0, 2, 1, 3), units)
        made_set = made_set.assign_coords(lag=("lag", np.arange(lags), {"units": "h"}))
    made_set = made_set.isel(time=np.flatnonzero(keep))
    reason = reason[keep]
    made_set.attrs = {
        "engine": "particles",
        "physics": "thomson1987",
        "version": sootprint.__version__,
        "crs": scene.crs,
        "options": json.dumps(options.physics(), sort_keys=True),
        "seed": options.seed,
        "terrain": "level" if scene.terrain is None else scene.terrain.basis.inputs_hash,
        "hours": json.dumps(
            {str(word): int(n) for word, n in zip(*np.unique(reason, return_counts=True), strict=True)}
        ),
        "hours_acted": json.dumps(acted_hours(scene.columns)),
        "hours_with_short_memory": int(min(np.ceil(options.memory_h), count)),
        "inputs_sha256": scene_sha256(scene),
    }
    return made_set


def _reason_words(scene: Scene, wanted: pd.DatetimeIndex | None) -> Any:
    words = np.array(
        [WORD_NO_TERRAIN if code == NO_TERRAIN_WIND else REASONS[code] for code in scene.reasons],
        dtype=object,
    )
    if wanted is not None:
        asked = pd.DatetimeIndex(scene.columns.time).isin(wanted)
        words[~asked & (words == REASONS[0])] = "not wanted"
    return words.astype(str)


def scene_sha256(scene: Scene) -> str:
    """Hash of all that the operator of a scene is computed from."""
    digest = hashlib.sha256()
    head = {
        "engine": "particles",
        "version": sootprint.__version__,
        "options": scene.options.physics(),
        "receptors": scene.receptor_ids,
        "sources": scene.source_ids,
        "bounds": scene.bounds,
        "terrain": None if scene.terrain is None else scene.terrain.basis.inputs_hash,
    }
    digest.update(json.dumps(head, sort_keys=True, default=dict).encode())
    arrays = [*scene.columns, *scene.releases, scene.receptors, scene.served]
    if scene.terrain is not None:
        arrays += [scene.terrain.weights, scene.terrain.time_start.to_numpy()]
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
