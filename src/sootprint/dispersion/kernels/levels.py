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

LEAST_SPEED = 0.2828
"""Least wind speed of the plume [m s⁻¹]: √2 × 0.2."""

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


(
    WIND,
    SIGMA_V,
    SIGMA_W,
    GRADIENT,
    POTENTIAL,
    WIND_INTEGRAL,
    SIGMA_V_INTEGRAL,
    SIGMA_W_INTEGRAL,
    GRADIENT_INTEGRAL,
) = range(9)
"""Columns of a profile array (level, 9): wind, σv, σw [m s⁻¹], potential temperature gradient [K m⁻¹],
potential temperature [K], and the integrals of the first four from the ground."""
INTEGRALS = 5
"""Distance of a quantity's column from that of its integral."""

HEIGHTS = GRID
"""The heights as the kernels see them."""


@compiled
def share_above(height: float, level: int) -> float:
    """Way from a level to the next one at which a height lies [1]; held to 1 beyond the top of the grid."""
    share = (height - HEIGHTS[level]) / (HEIGHTS[level + 1] - HEIGHTS[level])
    return min(max(share, 0.0), 1.0)


@compiled
def between(values: Floats, level: int, share: float) -> float:
    """Value between two levels of one profile, linear."""
    return values[level] + share * (values[level + 1] - values[level])


@compiled
def between_rows(column: Floats, quantity: int, level: int, share: float) -> float:
    """Value of one quantity of a profile array between two levels, linear."""
    low = column[level, quantity]
    return low + share * (column[level + 1, quantity] - low)


@compiled
def at(column: Floats, quantity: int, height: float) -> float:
    """Value of one quantity of a profile array at a height [m], linear between levels."""
    level = level_below(height)
    return between_rows(column, quantity, level, share_above(height, level))


@compiled
def integral_to(column: Floats, quantity: int, level: int, height: float) -> float:
    """Integral of a quantity from the ground to a height, ``level`` being the one below it."""
    step = height - HEIGHTS[level]
    wide = HEIGHTS[level + 1] - HEIGHTS[level]
    inside = min(step, wide)
    low, high = column[level, quantity], column[level + 1, quantity]
    made = column[level, quantity + INTEGRALS] + inside * (low + 0.5 * inside / wide * (high - low))
    return made + (step - inside) * high


@compiled
def cumulate(column: Floats) -> None:
    """Fill the integrals of a profile array, trapezoidal."""
    for quantity in range(4):
        column[0, quantity + INTEGRALS] = 0.0
        for level in range(1, HEIGHTS.size):
            step = HEIGHTS[level] - HEIGHTS[level - 1]
            column[level, quantity + INTEGRALS] = column[level - 1, quantity + INTEGRALS] + 0.5 * step * (
                column[level, quantity] + column[level - 1, quantity]
            )
