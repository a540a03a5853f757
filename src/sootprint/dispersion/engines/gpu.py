"""Driver of physics ``aermod`` on a CUDA device: hours in blocks, copied back while the next are worked out.

The device runs the same kernels as the CPU in double precision, without fastmath. Its own exp, log and
others, and fused additions, round differently in the last place.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sootprint.core.errors import ConfigError, InputError
from sootprint.dispersion.engines.arrays import Floats, Integers
from sootprint.dispersion.engines.points import STEP, Grid, grid_of
from sootprint.dispersion.engines.scene import Emitters, Receivers, Weather
from sootprint.dispersion.engines.steady import forward_steady

BLOCK_BYTES = 64 * 2**20
"""Size of the operator of a block of hours [bytes]; two of them are on the device."""
MOST_HOURS = 65535
"""Most hours of a block: the second dimension of a CUDA grid."""


def need_device() -> None:
    """Make sure that there is a device.

    Raises
    ------
    ConfigError
        If ``numba-cuda`` or a device is absent.
    """
    from numba import config

    cure = "or choose device='cpu'"
    if find_spec("numba_cuda") is None and not getattr(config, "ENABLE_CUDASIM", 0):
        raise ConfigError(
            "device 'cuda' needs the package numba-cuda, which is not installed",
            cure=f"pip install 'sootprint[cuda]', {cure}",
        )
    from numba import cuda

    if not cuda.is_available():
        raise ConfigError(
            "device 'cuda': numba finds no CUDA device",
            rule="an NVIDIA GPU and its driver, seen by nvidia-smi",
            cure=f"run where there is one, {cure}",
        )


def device_kernels() -> ModuleType:
    """Module of the kernels for the device at hand.

    Raises
    ------
    ConfigError
        If ``numba-cuda`` or a device is absent.
    """
    need_device()
    from sootprint.dispersion.engines import gpu_kernels

    return gpu_kernels


def on_device(emitters: Emitters, grid: Grid, most_nodes: int) -> NDArray[np.bool_]:
    """Whether the device serves each source: stacks and volumes without a building, curves not too long."""
    plain = (emitters.last_vertex <= emitters.first_vertex) & (emitters.building < 0)
    return plain & (grid.nodes <= most_nodes)


class _Session(NamedTuple):
    """Inputs on the device and the kernels to run over them."""

    kernels: ModuleType
    weather: Weather
    receivers: Receivers
    emitters: Emitters
    grid: Grid
    curved: Any
    plain: Any
    direction_spread: float
    hours: int
    receptors: int
    sources: int
    block_hours: int


def upload(kernels: ModuleType, values: Any) -> Any:
    """Array, or tuple of arrays, on the device."""
    if isinstance(values, tuple):
        return type(values)(*[upload(kernels, item) for item in values])
    made = np.ascontiguousarray(values)
    # The simulator's own arrays cannot be passed to compiled kernels.
    return made if kernels.SIMULATED else kernels.cuda.to_device(made)


def room(kernels: ModuleType, shape: tuple[int, ...], kind: Any = np.float64) -> Any:
    """Array on the device that holds nothing yet."""
    return np.empty(shape, kind) if kernels.SIMULATED else kernels.cuda.device_array(shape, kind)


def download(kernels: ModuleType, source: Any, target: NDArray[Any], stream: Any) -> None:
    """Copy an array from the device, in the order of a stream."""
    if kernels.SIMULATED:
        target[...] = source
    else:
        source.copy_to_host(target, stream=stream)


def _session(
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    grid: Grid,
    which: NDArray[np.bool_],
    direction_spread: float,
    block_hours: int | None,
) -> _Session:
    """Inputs sent to the device; sources outside ``which`` are left alone."""
    kernels = device_kernels()
    hours, receptors, sources = weather.served.size, receivers.x.size, emitters.x.size
    if block_hours is None:
        block_hours = BLOCK_BYTES // (8 * receptors * sources)
    return _Session(
        kernels,
        upload(kernels, weather),
        upload(kernels, receivers),
        upload(kernels, emitters),
        upload(kernels, grid),
        upload(kernels, np.flatnonzero(which & (grid.nodes > 0))),
        upload(kernels, np.flatnonzero(which & (grid.nodes == 0))),
        float(direction_spread),
        hours,
        receptors,
        sources,
        max(1, min(block_hours, hours, MOST_HOURS)),
    )


def _blocks(session: _Session) -> Iterator[tuple[int, int, Any, Any, int]]:
    """First hour, number of hours, operator on the device, stream and number of the stream, block by block.

    A stream's operator is written again two blocks later, in the stream's order.
    """
    kernels = session.kernels
    shape = (session.block_hours, session.receptors, session.sources)
    streams = [kernels.cuda.stream() for _number in range(2)]
    targets = [kernels.Target(room(kernels, shape)) for _number in range(2)]
    given = (session.weather, session.receivers, session.emitters, session.grid, session.direction_spread)
    for number, first in enumerate(range(0, session.hours, session.block_hours)):
        turn = number % 2
        count = min(session.block_hours, session.hours - first)
        runs = ((kernels.curve_kernel, session.curved), (kernels.direct_kernel, session.plain))
        for kernel, which in runs:
            if which.size > 0:
                launch = kernel[(which.size, count), kernels.THREADS, streams[turn]]
                launch(targets[turn], first, which, *given)
        yield first, count, targets[turn], streams[turn], turn


def _gather(
    session: _Session,
    shape: tuple[int, ...],
    reduce: Callable[[int, int, Any, Any, int], Any] | None,
    put: Callable[[int, int, Floats], None],
) -> None:
    """Copy each block's result (hours, *shape) to the host, one block behind the device.

    ``reduce`` starts what makes the result of an operator and returns it; without it that is the operator.
    """
    kernels = session.kernels
    size = (session.block_hours, *shape)
    pinned = [np.empty(size) if kernels.SIMULATED else kernels.cuda.pinned_array(size) for _turn in range(2)]
    waiting: tuple[int, int, int, Any] | None = None
    for first, count, target, stream, turn in _blocks(session):
        result = target.values if reduce is None else reduce(first, count, target, stream, turn)
        download(kernels, result, pinned[turn], stream)
        if waiting is not None:
            _take(waiting, pinned, put)
        waiting = (first, count, turn, stream)
    if waiting is not None:
        _take(waiting, pinned, put)


def _take(
    waiting: tuple[int, int, int, Any], pinned: list[Floats], put: Callable[[int, int, Floats], None]
) -> None:
    first, count, turn, stream = waiting
    stream.synchronize()
    put(first, count, pinned[turn][:count])


def _only_device(which: NDArray[np.bool_], result: str) -> None:
    if not which.all():
        raise InputError(
            f"{result} on device 'cuda': {int((~which).sum())} of {which.size} sources are areas, lines, "
            "stacks beside buildings, or have too long a curve",
            rule="stacks and volumes without a building; at most 100 nodes",
            cure="take these sources out, or choose device='cpu'",
        )


def _some_of(emitters: Emitters, which: Integers) -> Emitters:
    """A part of the sources."""
    shared = ("vertices", "buildings")
    by_hour = ("exit_velocity", "exit_temperature")
    return Emitters(
        **{
            name: values
            if name in shared
            else np.ascontiguousarray(values[:, which] if name in by_hour else values[which])
            for name, values in emitters._asdict().items()
        }
    )


def forward_cuda(
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    *,
    step: float = STEP,
    direction_spread: float = 0.0,
    block_hours: int | None = None,
    threads: int = 1,
    out: Floats | None = None,
) -> Floats:
    """Operator of a set of hours, worked out on a CUDA device.

    Sources that the device does not serve (areas, lines, stacks beside buildings, curves of more than 100
    nodes) are worked out on the CPU, with a warning that says how many.

    Parameters
    ----------
    weather, receivers, emitters, step, direction_spread, out
        As of `sootprint.dispersion.engines.steady.forward_steady`.
    block_hours : int, optional
        Hours that are on the device at once; as many as give 64 MiB unless stated.
    threads : int
        Threads for what is left to the CPU.

    Returns
    -------
    array, shape (time, receptor, source)
        Concentration for a unit emission [s m⁻³]; NaN in hours that are not served.

    Raises
    ------
    ConfigError
        If ``numba-cuda`` or a device is absent.
    """
    kernels = device_kernels()
    shape = (weather.served.size, receivers.x.size, emitters.x.size)
    made = np.empty(shape) if out is None else out
    grid = grid_of(receivers, emitters, step)
    which = on_device(emitters, grid, kernels.MOST_NODES)
    if not which.any() or made.size == 0:
        return forward_steady(
            weather,
            receivers,
            emitters,
            threads=threads,
            step=step,
            direction_spread=direction_spread,
            out=made,
        )
    session = _session(weather, receivers, emitters, grid, which, direction_spread, block_hours)

    def put(first: int, count: int, values: Floats) -> None:
        made[first : first + count] = values

    _gather(session, shape[1:], None, put)
    left = np.flatnonzero(~which)
    if left.size > 0:
        warnings.warn(
            f"{left.size} of {which.size} sources are not served by device 'cuda' (areas, lines, stacks "
            "beside buildings, long curves): worked out on the CPU",
            RuntimeWarning,
            stacklevel=2,
        )
        made[:, :, left] = forward_steady(
            weather,
            receivers,
            _some_of(emitters, left),
            threads=threads,
            step=step,
            direction_spread=direction_spread,
        )
    return made


def sums_cuda(
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    rates: Floats,
    *,
    step: float = STEP,
    direction_spread: float = 0.0,
    block_hours: int | None = None,
) -> Floats:
    """Hourly concentrations of groups of sources, summed on the device; the operator never leaves it.

    Parameters
    ----------
    rates : array, shape (time or 1, source, group)
        Emission of each source in each group [g s⁻¹], 0 outside the group.

    Returns
    -------
    array, shape (time, receptor, group)
        Concentration [g m⁻³]; NaN in hours that are not served.

    Raises
    ------
    ConfigError
        If ``numba-cuda`` or a device is absent.
    InputError
        If a source is of a type that the device does not serve.
    """
    kernels = device_kernels()
    grid = grid_of(receivers, emitters, step)
    which = on_device(emitters, grid, kernels.MOST_NODES)
    _only_device(which, "sums of groups")
    session = _session(weather, receivers, emitters, grid, which, direction_spread, block_hours)
    shape = (session.receptors, rates.shape[2])
    made = np.empty((session.hours, *shape))
    there = upload(kernels, np.asarray(rates, dtype=np.float64))
    sums = [kernels.Reduced(room(kernels, (session.block_hours, *shape)), there) for _turn in range(2)]
    blocks = -(-shape[0] * shape[1] // kernels.THREADS)

    def reduce(first: int, count: int, target: Any, stream: Any, turn: int) -> Any:
        kernels.sum_kernel[(blocks, count), kernels.THREADS, stream](sums[turn], target, first)
        return sums[turn].values

    def put(first: int, count: int, values: Floats) -> None:
        made[first : first + count] = values

    _gather(session, shape, reduce, put)
    return made


def means_cuda(
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    rates: Floats,
    *,
    step: float = STEP,
    direction_spread: float = 0.0,
    block_hours: int | None = None,
) -> Floats:
    """Means over the served hours of each source's concentration, made on the device.

    Parameters
    ----------
    rates : array, shape (time or 1, source)
        Emission of each source [g s⁻¹].

    Returns
    -------
    array, shape (receptor, source)
        Concentration [g m⁻³]; NaN where no hour is served.

    Raises
    ------
    ConfigError
        If ``numba-cuda`` or a device is absent.
    InputError
        If a source is of a type that the device does not serve.
    """
    kernels = device_kernels()
    grid = grid_of(receivers, emitters, step)
    which = on_device(emitters, grid, kernels.MOST_NODES)
    _only_device(which, "means")
    session = _session(weather, receivers, emitters, grid, which, direction_spread, block_hours)
    total = np.zeros((session.receptors, session.sources))
    reduced = kernels.Reduced(upload(kernels, total), upload(kernels, np.asarray(rates, dtype=np.float64)))
    blocks = -(-total.size // kernels.THREADS)
    before: Any = None
    for first, count, target, stream, _turn in _blocks(session):
        # One sum takes the blocks in their order, whatever stream they are on.
        if before is not None:
            before.synchronize()
        kernels.add_kernel[blocks, kernels.THREADS, stream](reduced, target, first, count, session.weather)
        before = stream
    if before is not None:
        before.synchronize()
    download(kernels, reduced.values, total, 0)
    served = int(np.count_nonzero(weather.served))
    return total / served if served > 0 else np.full_like(total, np.nan)
