"""Arrays and records that the particle engine's tables, walk and drivers share."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sootprint.dispersion.engines.arrays import Floats, Integers

Singles = NDArray[np.float32]
Words = NDArray[np.uint32]


class Air(NamedTuple):
    """Air of a run of segments of equal length.

    Attributes
    ----------
    tables : float32 (segment, cell, row)
        See `sootprint.dispersion.particles.tables`.
    tops : float64 (segment)
        Stretched height of the top, which reflects [s].
    bulk : float64 (segment, 5)
        σv and its time scale, σw and its time scale, wind speed, each of the layer near the ground
        [m s⁻¹], [s]: for widths of kernels and the spacing of samples only.
    lids : float64 (segment)
        Mixing height [m], for the vertical width of kernels.
    meander : float64 (segment, 3)
        σ [m s⁻¹], decay p and turn q [s⁻¹] of the meander.
    hours : int64 (segment)
        Hour, index of the targets' heights and of the terrain wind.
    """

    tables: Singles
    tops: Floats
    bulk: Floats
    lids: Floats
    meander: Floats
    hours: Integers


class Terrain(NamedTuple):
    """Wind over terrain in cells of a grid that follows the ground; no cells: the columns' wind is used.

    Attributes
    ----------
    faces : float32 (hour, level, row, column, 6)
        Velocity through the west, east, south, north, lower and upper face of a cell, relative to the
        ground [m s⁻¹].
    levels : float32 (level + 1)
        Heights of the faces above ground [m].
    finder : int64 (metre)
        Level of each full metre.
    place : float64 (3)
        West and south edge and width of a cell [m].
    """

    faces: Singles
    levels: Singles
    finder: Integers
    place: Floats


class Targets(NamedTuple):
    """Where particles are counted: blobs, each a part of a target, on layers that change with the hour.

    Attributes
    ----------
    target : int64 (blob)
        Index of the target that the blob belongs to.
    x, y, sigma, share : float64 (blob)
        Middle [m], horizontal standard deviation [m], part of the target [1].
    across : float64 (hour, target)
        Horizontal standard deviation that the hour adds to each blob of the target [m].
    weight, height, spread : float64 (hour, target, layer)
        Part of the layer [1], its mean height above ground and its standard deviation [m].
    bin_place : float64 (3)
        West and south edge of the bins and their width [m].
    bin_count : int64 (2)
        Bins east and north.
    bin_start : int64 (bin + 1)
    bin_item : int64 (item)
        Blobs within reach of each bin.
    """

    target: Integers
    x: Floats
    y: Floats
    sigma: Floats
    share: Floats
    across: Floats
    weight: Floats
    height: Floats
    spread: Floats
    bin_place: Floats
    bin_count: Integers
    bin_start: Integers
    bin_item: Integers


class Rules(NamedTuple):
    """Settings of a walk.

    Attributes
    ----------
    sign : int
        1 forward in time, -1 backward.
    step_s : float
        Step of an old particle, a tick [s].
    ticks_per_segment : int
    oldest : int
        Age at which a particle is given up [ticks].
    west, east, south, north : float
        Edges of the domain [m].
    width, width_z : float
        Kernel width over the spread of the particles, horizontal and vertical [1].
    widest : float
        Widest kernel [m].
    distant_from : float
        Kernel width from which on the coarser blobs are counted at [m].
    fall : float
        Settling velocity [m s⁻¹].
    decay : float
        First-order loss [s⁻¹].
    keep_lags : int
        1 to keep the hours between release and arrival apart.
    thin_age : int
        Age [ticks] from which on every second particle of a walk goes on with twice its weight, and again
        at each doubling of the age; 0 never.
    """

    sign: int
    step_s: float
    ticks_per_segment: int
    oldest: int
    west: float
    east: float
    south: float
    north: float
    width: float
    width_z: float
    widest: float
    distant_from: float
    fall: float
    decay: float
    keep_lags: int
    thin_age: int


NO_TERRAIN = Terrain(
    np.zeros((0, 1, 1, 1, 6), np.float32), np.zeros(2, np.float32), np.zeros(1, np.int64), np.ones(3)
)


def bins_of(
    x: Floats, y: Floats, reach: Floats, bounds: tuple[float, float, float, float], width: float
) -> dict[str, Any]:
    """Bins of a domain (west, east, south, north) [m] and the blobs within reach [m] of each."""
    west, east, south, north = bounds
    across = max(1, int(np.ceil((east - west) / width)))
    along = max(1, int(np.ceil((north - south) / width)))
    left = west + width * np.arange(across)
    low = south + width * np.arange(along)
    gap_x = np.maximum(np.maximum(left[None, :] - x[:, None], x[:, None] - left[None, :] - width), 0.0)
    gap_y = np.maximum(np.maximum(low[None, :] - y[:, None], y[:, None] - low[None, :] - width), 0.0)
    near = np.hypot(gap_x[:, None, :], gap_y[:, :, None]) <= reach[:, None, None]
    blob, row, column = np.nonzero(near)
    order = np.lexsort((blob, row * across + column))
    counts = np.bincount(row * across + column, minlength=across * along)
    return {
        "bin_place": np.array([west, south, width]),
        "bin_count": np.array([across, along], dtype=np.int64),
        "bin_start": np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        "bin_item": blob[order].astype(np.int64),
    }
