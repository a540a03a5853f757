"""Compiled weighted sums of basis fields.

Everything is in this file because numba renews a cached function when its own file changes, not when
another does.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

BLOCK = 2048
"""Values that are summed over all fields before the next are touched: they stay in the first cache."""

_compiled = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")


@_compiled
def weighted_sum(fields: Singles, weights: Singles, out: Singles, first: int, last: int) -> None:
    """Sum of ``fields[field, cell]`` with ``weights[hour, field]`` into ``out[hour, cell]``.

    Cells from ``first`` to ``last``. Fields of weight zero are not read; the order of the sum is theirs.
    """
    hours, count = weights.shape
    taken = np.empty(count, np.int64)
    for start in range(first, last, BLOCK):
        end = min(start + BLOCK, last)
        for hour in range(hours):
            target = out[hour, start:end]
            target[:] = np.float32(0.0)
            known = 0
            for n in range(count):
                if weights[hour, n] != np.float32(0.0):
                    taken[known] = n
                    known += 1
            done = 0
            # Four at once halve the traffic of the sum; the order of the additions stays that of the fields.
            while done + 4 <= known:
                a, b, c, d = taken[done], taken[done + 1], taken[done + 2], taken[done + 3]
                wa, wb, wc, wd = weights[hour, a], weights[hour, b], weights[hour, c], weights[hour, d]
                fa, fb = fields[a, start:end], fields[b, start:end]
                fc, fd = fields[c, start:end], fields[d, start:end]
                for cell in range(end - start):
                    summed = target[cell] + wa * fa[cell]
                    summed = summed + wb * fb[cell]
                    summed = summed + wc * fc[cell]
                    target[cell] = summed + wd * fd[cell]
                done += 4
            while done < known:
                weight = weights[hour, taken[done]]
                source = fields[taken[done], start:end]
                for cell in range(end - start):
                    target[cell] += weight * source[cell]
                done += 1


@_compiled
def close_mass(
    u: Singles, v: Singles, thickness: Floats, cell: float, w: Singles, first_row: int, last_row: int
) -> None:
    """Vertical wind relative to the ground from the mass balance of every cell, summed up from the ground."""
    hours, layers, columns = w.shape[0], u.shape[1], v.shape[3]
    upward = np.empty(columns)
    for hour in range(hours):
        for j in range(first_row, last_row):
            upward[:] = 0.0
            w[hour, 0, j] = np.float32(0.0)
            for k in range(layers):
                ratio = thickness[k] / cell
                for i in range(columns):
                    east = np.float64(u[hour, k, j, i + 1]) - np.float64(u[hour, k, j, i])
                    north = np.float64(v[hour, k, j + 1, i]) - np.float64(v[hour, k, j, i])
                    upward[i] -= ratio * (east + north)
                    w[hour, k + 1, j, i] = np.float32(upward[i])
