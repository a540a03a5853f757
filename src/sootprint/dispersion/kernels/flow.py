"""Flow that acts on a plume: wind and turbulence at a height or over a layer.

References
----------
.. [1] Cimorelli, A. J. et al. (2004). AERMOD: description of model formulation. EPA-454/R-03-004, §4.2.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.levels import (
    GRADIENT,
    LEAST_SPEED,
    LOWEST_AVERAGE,
    POTENTIAL,
    SIGMA_V,
    SIGMA_W,
    WIND,
    between_rows,
    integral_to,
    level_below,
    share_above,
)
from sootprint.dispersion.kernels.release import LEAST_SIGMA_V, LEAST_SIGMA_V_SHARE, LEAST_SIGMA_W

THIN = 1e-3
"""Depth of a layer [m] below which its mean is the value at its middle."""


class Flow(NamedTuple):
    """Wind [m s⁻¹], lateral and vertical turbulence [m s⁻¹] and gradient [K m⁻¹] that act on a plume."""

    wind: float
    sigma_v: float
    sigma_w: float
    gradient: float


@compiled
def root_sum(first: float, second: float) -> float:
    """Root of the sum of two squares: widths that are independent add so."""
    return math.sqrt(first * first + second * second)


@compiled
def held(wind: float, sigma_v: float, sigma_w: float, gradient: float) -> Flow:
    """Flow held to the least wind and turbulence that a plume can meet; ref. 1, §4.2."""
    return Flow(
        max(wind, LEAST_SPEED),
        max(sigma_v, LEAST_SIGMA_V, LEAST_SIGMA_V_SHARE * wind),
        max(sigma_w, LEAST_SIGMA_W),
        gradient,
    )


@compiled
def flow_at(column: Floats, height: float) -> Flow:
    """Flow at a height [m]."""
    level = level_below(height)
    share = share_above(height, level)
    return held(
        between_rows(column, WIND, level, share),
        between_rows(column, SIGMA_V, level, share),
        between_rows(column, SIGMA_W, level, share),
        between_rows(column, GRADIENT, level, share),
    )


@compiled
def potential_temperature_at(column: Floats, height: float) -> float:
    """Potential temperature at a height [K]."""
    level = level_below(height)
    return between_rows(column, POTENTIAL, level, share_above(height, level))


@compiled
def mean_flow(column: Floats, bottom: float, top: float) -> Flow:
    """Flow averaged between two heights [m]; ref. 1, eq. 46."""
    low, high = max(bottom, LOWEST_AVERAGE), max(top, LOWEST_AVERAGE + 0.01)
    if high - low < THIN:
        return flow_at(column, 0.5 * (low + high))
    first, last = level_below(low), level_below(high)
    scale = 1.0 / (high - low)
    return held(
        (integral_to(column, WIND, last, high) - integral_to(column, WIND, first, low)) * scale,
        (integral_to(column, SIGMA_V, last, high) - integral_to(column, SIGMA_V, first, low)) * scale,
        (integral_to(column, SIGMA_W, last, high) - integral_to(column, SIGMA_W, first, low)) * scale,
        (integral_to(column, GRADIENT, last, high) - integral_to(column, GRADIENT, first, low)) * scale,
    )
