"""Array driver of physics ``aermod``: hours × sources × receptors.

Every hour is written by one thread and every number by one source, so that the bytes do not depend on the
number of threads. Stacks, stacks beside buildings, and areas have each their own compiled loop, so that only
what a run needs is compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from sootprint.core.errors import ConfigError
from sootprint.dispersion.engines.areas import area_hour
from sootprint.dispersion.engines.arrays import Floats, Integers
from sootprint.dispersion.engines.downwash import building_of, in_wakes
from sootprint.dispersion.engines.hour import air_of, direction_at, mixing_of, stack_of, way_of
from sootprint.dispersion.engines.points import STEP, Grid, grid_of, point_row, room_of
from sootprint.dispersion.engines.scene import (
    AIR_TEMPERATURE,
    BASE_ELEVATION,
    Emitters,
    Receivers,
    Weather,
)
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.downwash_rise import fill_density
from sootprint.dispersion.kernels.downwash_tables import Workspace, workspace
from sootprint.dispersion.kernels.levels import HEIGHTS


@compiled
def _put(out: Floats, time: int, source: int, row: Floats) -> None:
    for receptor in range(row.size):
        out[time, receptor, source] = row[receptor]


DEVICES = ("cpu", "cuda")
"""Where the plume may be worked out."""


@compiled
def _blend_wake(
    out: Floats,
    time: int,
    source: int,
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    density: Floats,
    room: Workspace,
) -> None:
    """Blend ``out`` (receptor,) of a stack beside a building with the plume in its wake."""
    place = emitters.place[source]
    column, air, mixing = (
        weather.columns[time, place],
        air_of(weather, time, place),
        mixing_of(weather, time, place),
    )
    stack = stack_of(emitters, source, time)
    building = building_of(emitters, source, direction_at(weather, time, stack.height))
    way = way_of(weather, time, source, emitters, air, mixing)
    in_wakes(
        out,
        source,
        stack,
        building,
        way.release,
        way.sine,
        way.cosine,
        receivers,
        emitters,
        column,
        density,
        air,
        mixing,
        room,
    )


@compiled
def _area(
    out: Floats, time: int, source: int, weather: Weather, receivers: Receivers, emitters: Emitters
) -> None:
    """Fill ``out`` (receptor,) with one polygon in one hour."""
    place = emitters.place[source]
    air, mixing = air_of(weather, time, place), mixing_of(weather, time, place)
    way = way_of(weather, time, source, emitters, air, mixing)
    column = weather.columns[time, place]
    area_hour(out, source, receivers, emitters, way.release, way.sine, way.cosine, column, air, mixing)


@compiled
def _run_points(
    out: Floats,
    start: int,
    stop: int,
    which: Integers,
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    grid: Grid,
    direction_spread: float,
) -> None:
    """Fill hours ``start`` to ``stop`` of ``out`` (time, receptor, source) for stacks and volumes."""
    row, room = np.empty(receivers.x.size), room_of(grid)
    for time in range(start, stop):
        if weather.served[time] == 1:
            for source in which:
                point_row(row, time, source, weather, receivers, emitters, grid, room, direction_spread)
                _put(out, time, source, row)


@compiled
def _run_wakes(
    out: Floats,
    start: int,
    stop: int,
    which: Integers,
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    grid: Grid,
    direction_spread: float,
) -> None:
    """Fill hours ``start`` to ``stop`` of ``out`` (time, receptor, source) for stacks beside buildings."""
    row, room = np.empty(receivers.x.size), room_of(grid)
    density, wake_room = np.empty(HEIGHTS.size), workspace()
    for time in range(start, stop):
        if weather.served[time] == 1:
            country = weather.scales[time, 0]
            fill_density(weather.columns[time, 0], country[AIR_TEMPERATURE], country[BASE_ELEVATION], density)
            for source in which:
                point_row(row, time, source, weather, receivers, emitters, grid, room, direction_spread)
                _blend_wake(row, time, source, weather, receivers, emitters, density, wake_room)
                _put(out, time, source, row)


@compiled
def _run_areas(
    out: Floats,
    start: int,
    stop: int,
    which: Integers,
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    grid: Grid,
    direction_spread: float,
) -> None:
    """Fill hours ``start`` to ``stop`` of ``out`` (time, receptor, source) for areas."""
    row = np.empty(receivers.x.size)
    for time in range(start, stop):
        if weather.served[time] == 1:
            for source in which:
                _area(row, time, source, weather, receivers, emitters)
                _put(out, time, source, row)


def forward_steady(
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    *,
    threads: int = 1,
    step: float = STEP,
    direction_spread: float = 0.0,
    out: Floats | None = None,
    device: str = "cpu",
) -> Floats:
    """Operator of a set of hours.

    Parameters
    ----------
    weather, receivers, emitters
        Arrays of one consistent type each.
    threads : int
        Threads among which the hours are shared; the result does not depend on it.
    step : float
        Distance of the nodes of the curves in the logarithm of the distance; 0 for none.
    direction_spread : float
        Uncertainty of the wind direction [rad]; widens the plumes of stacks and volumes.
    out : array, shape (time, receptor, source), optional
        Room for the result, used again from block to block.
    device : {"cpu", "cuda"}
        Where stacks and volumes are worked out.

    Returns
    -------
    array, shape (time, receptor, source)
        Concentration for a unit emission [s m⁻³]; NaN in hours that are not served.

    Raises
    ------
    ConfigError
        If the device is not known, or is not at hand.
    """
    if device not in DEVICES:
        raise ConfigError(f"device {device!r} is not known", cure=f"one of: {', '.join(DEVICES)}")
    if device == "cuda":
        from sootprint.dispersion.engines.gpu import forward_cuda

        return forward_cuda(
            weather,
            receivers,
            emitters,
            threads=threads,
            step=step,
            direction_spread=direction_spread,
            out=out,
        )
    count = weather.served.size
    if out is None:
        out = np.empty((count, receivers.x.size, emitters.x.size))
    out[weather.served == 0] = np.nan
    grid = grid_of(receivers, emitters, step)
    polygon = emitters.last_vertex > emitters.first_vertex
    walled = (emitters.building >= 0) & ~polygon
    parts = max(1, min(threads, count))
    bounds = list(pairwise([count * part // parts for part in range(parts + 1)]))
    runs: list[tuple[Callable[..., None], Integers]] = [
        (_run_points, np.flatnonzero(~polygon & ~walled)),
        (_run_wakes, np.flatnonzero(walled)),
        (_run_areas, np.flatnonzero(polygon)),
    ]
    with ThreadPoolExecutor(parts) as pool:
        for run, which in runs:
            if which.size == 0:
                continue
            given = (which, weather, receivers, emitters, grid, float(direction_spread))
            if parts == 1:
                run(out, 0, count, *given)
                continue
            for job in [pool.submit(run, out, start, stop, *given) for start, stop in bounds]:
                job.result()
    return out


@compiled
def _above_lid(out: Floats, weather: Weather, emitters: Emitters) -> None:
    for time in range(weather.served.size):
        for source in range(emitters.x.size):
            if weather.served[time] == 0:
                out[time, source] = np.nan
                continue
            place = emitters.place[source]
            air, mixing = air_of(weather, time, place), mixing_of(weather, time, place)
            way = way_of(weather, time, source, emitters, air, mixing)
            release = way.release
            if release.trapped == 1:
                out[time, source] = release.penetrated
            else:
                above = release.tip_height + release.final_rise >= air.mixing_height
                out[time, source] = 1.0 if above else 0.0


def above_lid(weather: Weather, emitters: Emitters) -> Floats:
    """Share of each source's emission that ends above the mixed layer [1], (time, source); NaN unserved.

    The penetrated share of a plume in a convective layer; all of a stable plume whose final height is at or
    above the mixing height.
    """
    out = np.zeros((weather.served.size, emitters.x.size))
    _above_lid(out, weather, emitters)
    return out
