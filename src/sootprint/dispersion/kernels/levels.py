"""Common grid of heights on which the profiles of an hour lie, and reading between its levels."""

from __future__ import annotations

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.compile import compiled

GRID = np.concatenate(
    [
        [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 14.0, 20.0],
        np.arange(30.0, 100.0, 10.0),
        np.arange(100.0, 200.0, 20.0),
        np.arange(200.0, 2000.0, 50.0),
        np.arange(2000.0, 5001.0, 100.0),
    ]
)
"""Heights of the levels [m], shape (87,); EPA-454/R-03-004, §4.1.7."""

LOWEST_AVERAGE = 0.5
"""Height [m] from which on layers are averaged: below it wind and turbulence are not described."""


@compiled
def level_below(height: float) -> int:
    """Index of the level at or below a height [m]; at most the last but one."""
    if height < 20.0:
        if height < 2.0:
            if height < 0.5:
                return 0
            return 1 if height < 1.0 else 2
        if height < 8.0:
            return 3 if height < 4.0 else 4
        return 5 if height < 14.0 else 6
    if height < 100.0:
        return 5 + int(height * 0.1)
    if height < 200.0:
        return 10 + int(height * 0.05)
    if height < 2000.0:
        return 16 + int(height * 0.02)
    return min(36 + int(height * 0.01), 85)


@compiled
def share_above(height: float, level: int, heights: Floats) -> float:
    """Way from a level to the next one at which a height lies [1]; held to 1 beyond the top of the grid."""
    share = (height - heights[level]) / (heights[level + 1] - heights[level])
    return min(max(share, 0.0), 1.0)


@compiled
def between(values: Floats, level: int, share: float) -> float:
    """Value between two levels, linear."""
    return values[level] + share * (values[level + 1] - values[level])


@compiled
def at(heights: Floats, values: Floats, height: float) -> float:
    """Value of a profile at a height [m], linear between levels."""
    level = level_below(height)
    return between(values, level, share_above(height, level, heights))


@compiled
def integral_to(heights: Floats, values: Floats, integrals: Floats, level: int, height: float) -> float:
    """Integral of a profile from the ground to a height, ``level`` being the one below it."""
    step = height - heights[level]
    wide = heights[level + 1] - heights[level]
    held = min(step, wide)
    share = held / wide
    inside = held * (values[level] + 0.5 * share * (values[level + 1] - values[level]))
    return integrals[level] + inside + (step - held) * values[level + 1]


@compiled
def cumulate(heights: Floats, values: Floats, out: Floats) -> None:
    """Integrals of a profile from the ground to each level, trapezoidal, into ``out``."""
    out[0] = 0.0
    for level in range(1, heights.size):
        step = heights[level] - heights[level - 1]
        out[level] = out[level - 1] + 0.5 * step * (values[level] + values[level - 1])
