"""Driver of the particles on a CUDA device: pairs of origin and hour in blocks, one thread to a particle.

The device runs the CPU's code without fastmath, but fuses additions into multiplications and has functions of
its own, so that a particle's path may differ from the CPU's in the last place. On one device the same seed
gives the same bytes, whatever the size of the blocks.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sootprint.core.errors import ConfigError
from sootprint.dispersion.engines.arrays import Floats, Integers
from sootprint.dispersion.engines.gpu import download, need_device, room, upload
from sootprint.dispersion.particles.arrays import Air, Rules, Targets, Terrain
from sootprint.dispersion.particles.driver import Counted, Request
from sootprint.dispersion.particles.lone import ramps_of
from sootprint.dispersion.particles.start import ticks_per_hour

BLOCK_BYTES = 2 * 2**30
"""Memory of the device that the counts of a block of pairs may take [bytes]."""


class _Session(NamedTuple):
    """What all blocks share."""

    kernels: ModuleType
    precision: str
    scenery: Any
    rules: Rules
    request: Request
    hour_ticks: int
    lags: int
    targets: int


def device_kernels() -> ModuleType:
    """Module of the kernels for the device at hand.

    Raises
    ------
    ConfigError
        If ``numba-cuda`` or a device is absent.
    """
    need_device()
    from sootprint.dispersion.particles import gpu_kernels

    return gpu_kernels


def run_cuda(
    places: Floats,
    request: Request,
    air: Air,
    terrain: Terrain,
    targets: Targets,
    distant: Targets,
    rules: Rules,
    absorb: Floats,
    counted: Counted,
    *,
    precision: str = "single",
    block_bytes: int = BLOCK_BYTES,
) -> None:
    """Walk of all origins and hours of a request, worked out on a CUDA device.

    Parameters
    ----------
    places : float64 (origin, hour or 1, particle or 1, 3)
        Easting, northing, height above ground of the starts [m].
    request, air, terrain, targets, distant, rules, absorb
        As of `sootprint.dispersion.particles.driver.runner`.
    counted : Counted
        Is filled. ``steps`` are those of particles that are still on their way.
    precision : {"single", "double"}
        Of the particles' state.
    block_bytes : int
        Memory that the counts of a block of pairs of origin and hour may take on the device.

    Raises
    ------
    ConfigError
        If ``numba-cuda`` or a device is absent, or one origin and hour needs more than ``block_bytes``.
    """
    kernels = device_kernels()
    origins, hours, lags, columns = counted.mean.shape
    scenery = (air, ramps_of(air, rules.step_s), absorb, terrain, targets, distant)
    session = _Session(
        kernels,
        precision,
        upload(kernels, kernels.Scenery(*scenery)),
        rules,
        request,
        int(ticks_per_hour(air, rules.ticks_per_segment)),
        lags,
        columns,
    )
    each = _pairs_each(session, block_bytes)
    # Neighbours on the device walk through the same hours.
    number, origin = np.divmod(np.arange(origins * hours), max(origins, 1))
    for first in range(0, origins * hours, each):
        some = slice(first, first + each)
        _run_pairs(session, places, origin[some], number[some], int(air.hours[0]), counted)


def _pairs_each(session: _Session, block_bytes: int) -> int:
    """Pairs of a block."""
    cells = session.lags * session.targets
    particles = session.request.batch * session.request.batches
    pair_bytes = particles * (4 * cells + 8 * session.kernels.ENDS) + 16 * cells
    if pair_bytes > block_bytes:
        raise ConfigError(
            f"device 'cuda': the counts of {particles} particles at {session.targets} targets and "
            f"{session.lags} lags take {pair_bytes / 2**20:.0f} MiB",
            rule=f"at most {block_bytes / 2**20:.0f} MiB for one origin and hour",
            cure="take fewer particles or targets, or choose device='cpu'",
        )
    return max(1, block_bytes // pair_bytes)


def _run_pairs(
    session: _Session, places: Floats, origin: Integers, number: Integers, first_hour: int, counted: Counted
) -> None:
    """All passes of some pairs of origin and hour."""
    kernels, request = session.kernels, session.request
    count = origin.size
    particles = request.batch * request.batches
    shape = (session.lags, session.targets)
    starts = kernels.Starts(
        np.arange(count),
        places[origin, np.minimum(number, places.shape[1] - 1)],
        request.hours[number] - first_hour,
        request.streams[origin, number],
    )
    starts = upload(kernels, starts)
    found = kernels.Found(
        room(kernels, (count * particles, *shape), np.float32),
        room(kernels, (count * particles, kernels.ENDS)),
    )
    sums = kernels.Sums(*(room(kernels, (count, *end)) for end in (shape, shape, (kernels.ENDS,))))
    active = np.arange(count)
    drawn = np.zeros(count, dtype=np.int64)
    tallies = np.empty((count, kernels.ENDS))
    for turn in range(request.passes):
        walked = active.size * particles
        now = starts._replace(active=upload(kernels, active))
        part = kernels.Found(*(values[:walked] for values in found))
        _pass(session, now, part, sums, turn)
        drawn[active] += particles
        download(kernels, sums.tallies, tallies, 0)
        active = active[~_settled(tallies[active], drawn[active], kernels, request)]
        if active.size == 0:
            break
    made = [np.empty((count, *shape)) for _sum in range(2)]
    for values, there in zip(made, (sums.sums, sums.squares), strict=True):
        download(kernels, there, values, 0)
    whole = drawn[:, None, None]
    mean = made[0] / whole
    counted.mean[origin, number] = mean
    counted.variance[origin, number] = np.maximum(made[1] / whole - mean * mean, 0.0) / (whole - 1.0)
    counted.fate[origin, number] = tallies[:, : kernels.STEPS] / drawn[:, None]
    counted.particles[origin, number] = drawn
    counted.steps[origin, number] = tallies[:, kernels.STEPS]


def _pass(session: _Session, starts: Any, found: Any, sums: Any, turn: int) -> None:
    """One pass of the pairs that are not settled; the first empties their sums."""
    kernels, request = session.kernels, session.request
    manner = kernels.Manner(
        request.batch,
        request.batches,
        turn * request.batches,
        session.hour_ticks,
        float(request.turn),
        float(request.push),
        int(request.error > 0.0),
    )
    threads = kernels.THREADS
    walked, pairs = found.counts.shape[0], starts.active.size
    cells = pairs * session.lags * session.targets

    def blocks(size: int) -> int:
        return max(1, -(-size // threads))

    kernels.clear_kernel[min(blocks(found.counts.size), kernels.MOST_BLOCKS), threads](
        found, sums, int(turn == 0)
    )
    walk = kernels.walk_kernel(session.precision)
    walk[blocks(walked), threads](starts, manner, session.scenery, session.rules, found)
    kernels.sum_kernel[blocks(cells), threads](starts, found, sums)
    kernels.tally_kernel[blocks(pairs * kernels.ENDS), threads](starts, found, sums)


def _settled(tallies: Floats, drawn: Integers, kernels: ModuleType, request: Request) -> NDArray[np.bool_]:
    """Whether the sum over targets of each pair is known to the error that is asked for."""
    if request.error <= 0.0:
        return np.zeros(drawn.size, dtype=bool)
    whole, squares = tallies[:, kernels.WHOLE], tallies[:, kernels.WHOLE_SQUARES]
    spread = np.maximum(squares - whole * whole / drawn, 0.0) / (drawn - 1.0)
    return (whole > 0.0) & (np.sqrt(spread * drawn) <= request.error * whole)
