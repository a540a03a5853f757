"""Kernels of physics ``aermod`` on a CUDA device: one block of threads to an hour and a source.

The compiled scalar kernels of the CPU become device functions as they are; what is here shares them out among
threads. Import only where the package ``numba-cuda`` is installed.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import cuda as _cuda

from sootprint.dispersion.engines.arrays import Floats, Integers
from sootprint.dispersion.engines.grounds import ground_of
from sootprint.dispersion.engines.hour import air_of, mixing_of, way_of
from sootprint.dispersion.engines.points import Grid, View, concentration, read_receptor, steepest_slope
from sootprint.dispersion.engines.scene import Emitters, Receivers, Weather
from sootprint.dispersion.kernels.curve import (
    COLUMNS,
    MOST_BREAKS,
    QUANTITIES,
    cell_cubics,
    crossed,
    draw_node,
    insert,
    layer_breaks,
    level_floors,
    rise_break,
)
from sootprint.dispersion.kernels.steady import Ground

cuda: Any = _cuda
MOST_NODES = 100
"""Longest curve that the 48 KiB of shared memory of a block hold."""
MOST_CELLS = 2 * MOST_NODES
THREADS = 64
"""Threads of a block: about as many as a curve has nodes."""
SIMULATED = bool(numba.config.ENABLE_CUDASIM)  # type: ignore[attr-defined]
"""Whether numba's simulator stands for the device."""


class Target(NamedTuple):
    """Operator of a block of hours (hour, receptor, source) [s m⁻³]."""

    values: Floats


class Reduced(NamedTuple):
    """Result that is made of operators on the device, and the rates [g s⁻¹] that weight them."""

    values: Floats
    rates: Floats


def _teach_cube_root() -> None:
    """Give the CUDA target the cube root, which it has under another name than NumPy's."""
    from numba.cuda.ufuncs import ufunc_db

    def cube_root(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.get_function(cuda.cbrt, signature)(builder, arguments)

    ufunc_db().setdefault(np.cbrt, {"d->d": cube_root})


if not SIMULATED:
    _teach_cube_root()


@cuda.jit
def curve_kernel(
    target: Target,
    first: int,
    which: Integers,
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    grid: Grid,
    direction_spread: float,
) -> None:
    """Fill the hours from ``first`` on for sources ``which`` that have curves; grid (source, hour).

    Threads share out the nodes, then the cells between them, then the receptors. What an hour and a source
    settle is worked out by each thread for itself: all of them take the same way through it.
    """
    curve = cuda.shared.array((MOST_NODES, QUANTITIES), np.float64)
    reaches = cuda.shared.array((MOST_NODES, 2), np.float64)
    all_cells = cuda.shared.array((MOST_CELLS, COLUMNS), np.float64)
    breaks = cuda.shared.array(MOST_BREAKS, np.float64)
    counted = cuda.shared.array(1, np.int64)
    slope = cuda.shared.array(1, np.float64)
    source, hour = which[cuda.blockIdx.x], cuda.blockIdx.y
    thread, threads = cuda.threadIdx.x, cuda.blockDim.x
    time = first + hour
    if weather.served[time] == 0:
        for receptor in range(thread, receivers.x.size, threads):
            target.values[hour, receptor, source] = math.nan
        return
    place = emitters.place[source]
    column = weather.columns[time, place]
    air, mixing = air_of(weather, time, place), mixing_of(weather, time, place)
    way = way_of(weather, time, source, emitters, air, mixing)
    release, decay = way.release, emitters.decay[source]
    flagpole = receivers.flagpole[0]
    ground = Ground(flagpole, flagpole, 0.0, 0.0, 1)
    nodes, start, step = grid.nodes[source], grid.start[source], grid.step[source]
    factor = math.exp(step)
    aloft = release.penetrated > 0.0
    for node in range(thread, nodes, threads):
        distance = start
        for _number in range(node):
            distance *= factor
        reach, reach_aloft = draw_node(
            curve[node], distance, ground, release, decay, column, air, mixing, direction_spread
        )
        reaches[node, 0] = reach
        reaches[node, 1] = reach_aloft
    cuda.syncthreads()
    if thread == 0:
        scale = 1.0 / math.log(factor)
        count = insert(breaks, 0, rise_break(release, column, air, start, scale), nodes)
        for node in range(1, nodes):
            count = insert(breaks, count, crossed(reaches[node - 1, 0], reaches[node, 0], node), nodes)
            count = insert(breaks, count, crossed(reaches[node - 1, 1], reaches[node, 1], node), nodes)
        level_floors(curve, nodes)
        counted[0] = layer_breaks(breaks, count, nodes, release, start, scale)
        slope[0] = steepest_slope(curve, nodes, aloft)
    cuda.syncthreads()
    cells = all_cells[: 2 * (nodes - 1)]
    for cell in range(thread, nodes - 1, threads):
        cell_cubics(curve, nodes, breaks, counted[0], cell, cells)
    cuda.syncthreads()
    view = View(way.sine, way.cosine, start, math.log(start), 1.0 / step, slope[0], aloft)
    for receptor in range(thread, receivers.x.size, threads):
        target.values[hour, receptor, source] = read_receptor(
            cells,
            grid.position[source, receptor],
            receivers.x[receptor] - emitters.x[source],
            receivers.y[receptor] - emitters.y[source],
            view,
            ground,
            release,
            decay,
            column,
            air,
            mixing,
            direction_spread,
        )


@cuda.jit
def direct_kernel(
    target: Target,
    first: int,
    which: Integers,
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    grid: Grid,
    direction_spread: float,
) -> None:
    """Fill the hours from ``first`` on for sources ``which``, receptor by receptor; grid (source, hour)."""
    source, hour = which[cuda.blockIdx.x], cuda.blockIdx.y
    thread, threads = cuda.threadIdx.x, cuda.blockDim.x
    time = first + hour
    if weather.served[time] == 0:
        for receptor in range(thread, receivers.x.size, threads):
            target.values[hour, receptor, source] = math.nan
        return
    place = emitters.place[source]
    column = weather.columns[time, place]
    air, mixing = air_of(weather, time, place), mixing_of(weather, time, place)
    way = way_of(weather, time, source, emitters, air, mixing)
    base, flat = emitters.elevation[source], emitters.flat[source]
    for receptor in range(thread, receivers.x.size, threads):
        east = receivers.x[receptor] - emitters.x[source]
        north = receivers.y[receptor] - emitters.y[source]
        target.values[hour, receptor, source] = concentration(
            -(east * way.sine + north * way.cosine),
            east * way.cosine - north * way.sine,
            ground_of(receivers, receptor, base, flat),
            way.release,
            emitters.decay[source],
            column,
            air,
            mixing,
            direction_spread,
        )


@cuda.jit
def sum_kernel(reduced: Reduced, target: Target, first: int) -> None:
    """Sums over sources into ``reduced`` (hour, receptor, group) by rates (time or 1, source, group).

    Grid (receptor and group, hour); sources are added in their order.
    """
    cell, hour = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x, cuda.blockIdx.y
    groups = reduced.values.shape[2]
    if cell >= reduced.values.shape[1] * groups:
        return
    receptor, group = cell // groups, cell % groups
    time = first + hour if reduced.rates.shape[0] > 1 else 0
    total = 0.0
    for source in range(target.values.shape[2]):
        total += target.values[hour, receptor, source] * reduced.rates[time, source, group]
    reduced.values[hour, receptor, group] = total


@cuda.jit
def add_kernel(reduced: Reduced, target: Target, first: int, hours: int, weather: Weather) -> None:
    """Add the served hours of a block, in order, into ``reduced`` (receptor, source).

    Rates are (time or 1, source); grid (receptor and source).
    """
    cell = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    sources = reduced.values.shape[1]
    if cell >= reduced.values.shape[0] * sources:
        return
    receptor, source = cell // sources, cell % sources
    total = reduced.values[receptor, source]
    for hour in range(hours):
        if weather.served[first + hour] == 1:
            time = first + hour if reduced.rates.shape[0] > 1 else 0
            total += target.values[hour, receptor, source] * reduced.rates[time, source]
    reduced.values[receptor, source] = total
