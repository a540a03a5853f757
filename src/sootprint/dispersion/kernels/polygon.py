"""Plume of an area of uniform emission, integrated along the wind.

The width of a plume depends only on the downwind distance, so the crosswind integral over a polygon is a
difference of error functions where its edges are crossed, and one integral along the wind remains. Edges
come in wind coordinates around the receptor: distance upwind [m] and offset across the wind [m].

References
----------
.. [1] Calder, K. L. (1977). Multiple-source plume models of urban air pollution: the general structure.
   Atmospheric Environment 11, 403–414; doi:10.1016/0004-6981(77)90003-8.
.. [2] US EPA (1995). ISC3 user's guide, volume II, EPA-454/B-95-003b, section 1.2.3 (area sources).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sootprint.dispersion.kernels.briggs1973 import sigma_y, sigma_z
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.gaussian import vertical_term

NODES = np.array([-0.8611363115940526, -0.3399810435848563, 0.3399810435848563, 0.8611363115940526])
"""Nodes of the Gauss–Legendre rule of order 4 on [-1, 1]; Abramowitz and Stegun, table 25.4."""

WEIGHTS = np.array([0.3478548451374538, 0.6521451548625461, 0.6521451548625461, 0.3478548451374538])
"""Weights of that rule; Abramowitz and Stegun, table 25.4."""

LATERAL_REACH = 8.0
"""Widths of a plume past which it counts as zero [1], as for a point."""

LATERAL_STEP = 2.0
"""Widths of a plume that an edge may move across it within one panel [1]."""

SMALLEST_STEP = 1e-6
"""Least length of a panel over its distance [1]: edges square to the wind end within it."""


@compiled
def combined(first: float, second: float) -> float:
    """Width of two independent spreads [m], the root of the sum of their squares."""
    return math.sqrt(first * first + second * second)


@compiled
def lateral_width(
    distance: float, stability: int, urban: int, initial: float, direction_spread: float
) -> float:
    """Lateral width [m] at a distance [m]: growth, width at the release, and uncertainty of the direction.

    A plume of Gaussian width whose direction is itself Gaussian with spread σθ [rad] has, over many hours,
    the mean σy² + (x σθ)² for small angles.
    """
    return combined(combined(sigma_y(distance, stability, urban), initial), direction_spread * distance)


@compiled
def reach_along_wind(
    edges: NDArray[np.float64], first: int, last: int, half_width: float
) -> tuple[float, float]:
    """Least and greatest upwind distance [m] of a polygon's edges within a band across the wind.

    ``edges[first:last]`` has columns upwind and crosswind of both ends; empty gives (inf, -inf).
    """
    low, high = math.inf, -math.inf
    for index in range(first, last):
        upwind0, cross0, upwind1, cross1 = edges[index]
        start, end = 0.0, 1.0
        if cross0 == cross1:
            if abs(cross0) > half_width:
                continue
        else:
            one = (-half_width - cross0) / (cross1 - cross0)
            two = (half_width - cross0) / (cross1 - cross0)
            start, end = max(0.0, min(one, two)), min(1.0, max(one, two))
            if start > end:
                continue
        one = upwind0 + start * (upwind1 - upwind0)
        two = upwind0 + end * (upwind1 - upwind0)
        low, high = min(low, one, two), max(high, one, two)
    return low, high


@compiled
def plume_share(edges: NDArray[np.float64], first: int, last: int, upwind: float, sigma: float) -> float:
    r"""Share [1] of the lateral density that the polygon's chord at one upwind distance holds.

    .. math:: \tfrac12 \sum_k \pm\,\mathrm{erf}\left(\frac{y_k}{\sqrt2\,\sigma_y}\right)

    over the crossings :math:`y_k` of its edges, the sign by the direction of the edge: rings that wind
    counter-clockwise add, holes that wind clockwise take away.
    """
    total = 0.0
    for index in range(first, last):
        upwind0, cross0, upwind1, cross1 = edges[index]
        if (upwind0 <= upwind) == (upwind1 <= upwind):
            continue
        crossing = cross0 + (cross1 - cross0) * (upwind - upwind0) / (upwind1 - upwind0)
        sign = 1.0 if upwind1 > upwind0 else -1.0
        total += sign * math.erf(crossing / (math.sqrt(2.0) * sigma))
    return 0.5 * abs(total)


@compiled
def panel_end(
    edges: NDArray[np.float64], first: int, last: int, left: float, farthest: float, sigma: float
) -> float:
    """End of the panel [m] that begins at ``left``: no corner and no fast change of the share inside.

    It reaches to ``farthest``, the next corner, or as far as an edge within the plume moves by two widths
    ``sigma`` [m] across it; an edge outside the plume stops the panel where it enters.
    """
    right = farthest
    for index in range(first, last):
        corner = edges[index, 0]
        if left < corner < right:
            right = corner
    for index in range(first, last):
        upwind0, cross0, upwind1, cross1 = edges[index]
        if max(upwind0, upwind1) <= left or min(upwind0, upwind1) > left:
            continue
        slope = (cross1 - cross0) / (upwind1 - upwind0)
        outside = abs(cross0 + slope * (left - upwind0)) - LATERAL_REACH * sigma
        if abs(slope) * (right - left) > max(outside, LATERAL_STEP * sigma):
            step = max(outside, LATERAL_STEP * sigma) / abs(slope)
            right = min(right, left + max(step, SMALLEST_STEP * left))
    return right


@compiled
def area_term(
    edges: NDArray[np.float64],
    first: int,
    last: int,
    receptor_height: float,
    release_height: float,
    initial_sigma_y: float,
    initial_sigma_z: float,
    lid: float,
    stability: int,
    urban: int,
    nearest: float,
    panels_per_octave: int,
    direction_spread: float,
) -> float:
    r"""Integral of the plume density over a polygon [1]; times Q / (u A) it is a concentration.

    .. math:: \int_{x_0}^{x_1} V(z, H, \sigma_z(x))\; P(x, \sigma_y(x))\; \mathrm dx

    with the vertical term V [m⁻¹] and the share P of the chord at distance x [1]_, [2]_. Only what lies
    upwind by more than ``nearest`` [m] counts. The rule is Gauss–Legendre of order 4 on the panels of
    `panel_end`, over the part of the polygon within 8 σy of the wind line.
    """
    low, high = reach_along_wind(edges, first, last, math.inf)
    if high <= nearest:
        return 0.0
    for _ in range(4):
        band = LATERAL_REACH * lateral_width(high, stability, urban, initial_sigma_y, direction_spread)
        low, high = reach_along_wind(edges, first, last, band)
        if high <= nearest:
            return 0.0
    low = max(low, nearest)
    if high <= low:
        return 0.0
    growth = 2.0 ** (1.0 / panels_per_octave) - 1.0
    total = 0.0
    left = low
    while left < high:
        width = lateral_width(left, stability, urban, initial_sigma_y, direction_spread)
        right = min(high, panel_end(edges, first, last, left, left * (1.0 + growth), width))
        middle, half = 0.5 * (left + right), 0.5 * (right - left)
        for node in range(4):
            distance = middle + half * NODES[node]
            lateral = lateral_width(distance, stability, urban, initial_sigma_y, direction_spread)
            share = plume_share(edges, first, last, distance, lateral)
            if share > 0.0:
                vertical = combined(sigma_z(distance, stability, urban), initial_sigma_z)
                density = vertical_term(receptor_height, release_height, vertical, lid)
                total += WEIGHTS[node] * half * share * density
        left = right
    return total
