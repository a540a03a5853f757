"""Plume of a polygon that emits evenly, in the wind of one hour.

The polygon is cut across the wind at its corners into strips in which no edge begins or ends. Along the wind
the plume's density over wind and its width are needed at ever the same distances: they are laid down on a
table of logarithmic distance, each entry when it is first asked for, and read from there.

References
----------
.. [1] Cimorelli, A. J. et al. (2004). AERMOD: description of model formulation. EPA-454/R-03-004, §5.7.
.. [2] US EPA (1995). ISC3 user's guide, volume II, EPA-454/B-95-003b, §1.2.3.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sootprint.dispersion.engines.arrays import Floats, Integers
from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.engines.releases import Mixing, Release
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.polygon import NODES, WEIGHTS
from sootprint.dispersion.kernels.steady import SHALLOW, Ground, plume_at

NEAREST_UPWIND = 1.01
"""Upwind distance [m] from which on an area counts: nearer, the plume is not described."""
LATERAL_REACH = 6.0
"""Widths of a plume past which it counts as nothing across the wind: 1e-9 of its mass."""
LATERAL_STEP = 2.0
"""Widths of a plume that an edge may move across it within one panel."""
GROWTH = 1.6
"""Ratio of the ends of the longest panel."""
STEEPEST, MOST_BENT = 3.0, 0.05
"""Change of the logarithm of the density within a panel, and its bend at the middle, where it matters."""
EVEN = 0.2
"""Change of the logarithm of the density within a short panel up to which its middle is not looked at."""
HALVINGS = 6
"""Most halvings of a panel for their sake."""
FAINT = -40.0
"""Logarithm of a density that does not matter."""
SHORT_GROWTH, SHORT_STEP = 1.08, 0.2
"""Ratio of the ends of a panel, and widths that edges move within it, up to which two nodes are enough."""
SHORT_NODE = 1.0 / math.sqrt(3.0)
LEAST_PANEL = 1e-7
"""Least length of a panel over its distance: edges that lie across the wind end within it."""

PER_OCTAVE = 20
"""Entries of the table for each doubling of the distance."""
NEAR_BREAK = 2.0 ** (2.0 / PER_OCTAVE)
"""Ratio of distances within which the four entries around one may lie on both sides of a break."""
BEFORE = 2
"""Entries nearer than 1 m."""
OCTAVES = 20
"""Doublings from 1 m to the end of the table (1049 km)."""
SIZE = PER_OCTAVE * OCTAVES + BEFORE + 2
PER_LOGARITHM = PER_OCTAVE / math.log(2.0)
ROUGH = 1e-3
"""Third difference of the table above which it is not read."""
DARK = -300.0
"""Logarithm of a density that counts as nothing."""


class Strips(NamedTuple):
    """Polygon cut across the wind at its corners.

    Attributes
    ----------
    corners : array, shape (corner,)
        Coordinate along the wind of the corners [m], rising.
    first : array of int64, shape (corner,)
        Row of ``edges`` at which each strip begins; strip k lies between corners k and k + 1.
    edges : array, shape (crossing, 3)
        Edges that cross a strip: place across the wind at its upwind corner [m], its change along the wind
        [1], and 1 or -1 by the sense in which the edge runs.
    low, high : float
        Ends of the polygon across the wind [m].
    """

    corners: Floats
    first: Integers
    edges: Floats
    low: float
    high: float


class Way(NamedTuple):
    """All that makes the plume on its way to one receptor.

    Attributes
    ----------
    ground, release, column, air, mixing
        Of the receptor, the source and the hour.
    decay : float
        Rate of decay on the way [s⁻¹].
    breaks : tuple of float
        Distances at which the plume does not go on smoothly [m], 0 where there is none.
    """

    ground: Ground
    release: Release
    column: Floats
    air: Air
    mixing: Mixing
    decay: float
    breaks: tuple[float, float, float, float]


@compiled
def way_to(ground: Ground, release: Release, column: Floats, air: Air, mixing: Mixing, decay: float) -> Way:
    """Way of a release that does not rise, with the distances at which it does not go on smoothly.

    In a convective layer its middle rises evenly to that of the layer: past `SHALLOW` it leaves the lowest
    layer, past a tenth of the mixing height the surface layer; in physics ``improved`` the plume lifts off.
    """
    jump, leaves, mixed = 0.0, 0.0, 0.0
    top = air.mixing_height
    if release.trapped == 1:
        mixed = release.mixed_distance
        start, climb = release.height, 0.5 * top - release.height
        if start < SHALLOW < 0.5 * top and ground.height <= SHALLOW:
            jump = (SHALLOW - start) / climb * mixed
        if start < 0.1 * top:
            leaves = (0.1 * top - start) / climb * mixed
    return Way(ground, release, column, air, mixing, decay, (jump, leaves, mixed, release.lift_off))


@compiled
def polygon_area(vertices: Floats, first: int, last: int) -> float:
    """Area of a polygon [m²], in either sense, by the sum over its edges relative to its first corner."""
    total = 0.0
    east, north = vertices[first, 0], vertices[first, 1]
    for index in range(first + 1, last - 1):
        total += (vertices[index, 0] - east) * (vertices[index + 1, 1] - north)
        total -= (vertices[index + 1, 0] - east) * (vertices[index, 1] - north)
    return 0.5 * abs(total)


@compiled
def strips_of(vertices: Floats, first: int, last: int, sine: float, cosine: float) -> Strips:
    """Strips of the polygon ``vertices[first:last]`` in wind from the direction of a sine and cosine."""
    count = last - first
    along, across = np.empty(count), np.empty(count)
    for index in range(count):
        east, north = vertices[first + index, 0], vertices[first + index, 1]
        along[index] = -(east * sine + north * cosine)
        across[index] = east * cosine - north * sine
    corners = np.sort(along)
    starts = np.zeros(count, np.int64)
    for strip in range(count - 1):
        crossed = 0
        for index in range(count):
            crossed += _crosses(along, index, corners[strip], corners[strip + 1])
        starts[strip + 1] = starts[strip] + crossed
    edges = np.empty((starts[count - 1], 3))
    row = 0
    for strip in range(count - 1):
        for index in range(count):
            if _crosses(along, index, corners[strip], corners[strip + 1]) == 0:
                continue
            after = (index + 1) % count
            slope = (across[after] - across[index]) / (along[after] - along[index])
            edges[row, 0] = across[index] + slope * (corners[strip] - along[index])
            edges[row, 1] = slope
            edges[row, 2] = 1.0 if along[after] > along[index] else -1.0
            row += 1
    return Strips(corners, starts, edges, across.min(), across.max())


@compiled
def _crosses(along: Floats, index: int, start: float, end: float) -> int:
    """1 where the edge after a corner crosses a strip from end to end, else 0."""
    after = index + 1 if index + 1 < along.size else 0
    low, high = min(along[index], along[after]), max(along[index], along[after])
    return 1 if low <= start and end <= high and start < end else 0


@compiled
def _made(distance: float, way: Way) -> tuple[float, float]:
    """Logarithm of the density over wind, and σy over distance, worked out."""
    plume = plume_at(distance, way.ground, way.release, way.column, way.air, way.mixing)
    made = DARK
    if plume.density > 0.0:
        made = math.log(plume.density)
        if way.decay > 0.0:
            made -= way.decay * distance / plume.wind
    return max(made, DARK), plume.sigma_y / distance


@compiled
def _entry(table: Floats, index: int, way: Way) -> None:
    """Lay down one entry."""
    table[index, 0], table[index, 1] = _made(math.exp((index - BEFORE) / PER_LOGARITHM), way)


@compiled
def read(table: Floats, distance: float, way: Way) -> tuple[float, float]:
    """Logarithm of the density over wind [ln s m⁻²] and σy [m] at a distance [m], cubic between entries.

    Where the four entries around do not lie on a smooth curve, the plume is worked out; where the density
    goes out at one of them, it is read linearly.
    """
    place = math.log(distance) * PER_LOGARITHM + BEFORE
    index = min(max(int(place), 1), SIZE - 3)
    for near in range(index - 1, index + 3):
        if math.isnan(table[near, 0]):
            _entry(table, near, way)
    share = place - index
    back, front, rest = share + 1.0, share - 1.0, share - 2.0
    first, second = -share * front * rest / 6.0, back * front * rest * 0.5
    third, fourth = -back * share * rest * 0.5, back * share * front / 6.0
    ratio = first * table[index - 1, 1] + second * table[index, 1]
    ratio += third * table[index + 1, 1] + fourth * table[index + 2, 1]
    one, two, three, four = (
        table[index - 1, 0],
        table[index, 0],
        table[index + 1, 0],
        table[index + 2, 0],
    )
    if one <= DARK or four <= DARK:
        return two + share * (three - two), ratio * distance
    bend, later = one - 2.0 * two + three, two - 2.0 * three + four
    rough = abs(later - bend) > ROUGH
    for found in way.breaks:
        rough |= found > 0.0 and NEAR_BREAK * found > distance and NEAR_BREAK * distance > found
    if rough:
        made, ratio = _made(distance, way)
        return made, ratio * distance
    return first * one + second * two + third * three + fourth * four, ratio * distance


@compiled
def chord_share(
    strips: Strips, strip: int, along: float, across: float, distance: float, sigma: float
) -> float:
    r"""Share of the lateral distribution that lies within the polygon at one upwind distance [1].

    .. math:: \tfrac12 \left| \sum_k \pm\,\mathrm{erf}\frac{y - y_k(x)}{\sqrt2\,\sigma_y(x)} \right|

    over the edges k that cross the strip; ref. 1, §5.7 and 2, eq. 1-64.
    """
    scale = 1.0 / (math.sqrt(2.0) * sigma)
    inside = along - distance - strips.corners[strip]
    total = 0.0
    for row in range(strips.first[strip], strips.first[strip + 1]):
        offset = across - strips.edges[row, 0] - strips.edges[row, 1] * inside
        total += strips.edges[row, 2] * math.erf(offset * scale)
    return 0.5 * abs(total)


@compiled
def panel(
    strips: Strips, strip: int, along: float, across: float, left: float, right: float, sigma: float
) -> tuple[float, float, float]:
    """End of the panel that begins at a distance [m], widths that edges move in it, and a constant share.

    ``right`` [m] is as far as it may go and ``sigma`` [m] the width at its start. An edge outside the plume
    stops it where it enters. The share [1] is that of the whole panel, where no edge is within the plume in
    it, else -1.
    """
    inside = along - left - strips.corners[strip]
    first, last = strips.first[strip], strips.first[strip + 1]
    for row in range(first, last):
        slope = abs(strips.edges[row, 1])
        offset = abs(across - strips.edges[row, 0] - strips.edges[row, 1] * inside)
        allowed = max(offset - LATERAL_REACH * sigma, LATERAL_STEP * sigma)
        if slope * (right - left) > allowed:
            right = left + allowed / slope
    right = max(right, left * (1.0 + LEAST_PANEL))
    reach = LATERAL_REACH * sigma * right / left
    moved, total, alone = 0.0, 0.0, True
    for row in range(first, last):
        offset = across - strips.edges[row, 0] - strips.edges[row, 1] * inside
        later = offset + strips.edges[row, 1] * (right - left)
        if min(offset, later) > reach:
            total += strips.edges[row, 2]
        elif max(offset, later) < -reach:
            total -= strips.edges[row, 2]
        else:
            alone = False
            moved = max(moved, abs(later - offset))
    return right, moved / sigma, 0.5 * abs(total) if alone else -1.0


@compiled
def _even(
    table: Floats, way: Way, left: float, right: float, before: float, after: float, wide: float
) -> tuple[float, float, float]:
    """Panel halved until the density changes evenly in it: its end [m], and what `read` gives there."""
    for _number in range(HALVINGS):
        if max(before, after) < FAINT:
            break
        middle = 0.5 * (left + right)
        value, width = read(table, middle, way)
        if abs(after - before) < STEEPEST and abs(value - 0.5 * (before + after)) < MOST_BENT:
            break
        right, after, wide = middle, value, width
    return right, after, wide


@compiled
def _panel_sum(
    table: Floats,
    way: Way,
    strips: Strips,
    strip: int,
    along: float,
    across: float,
    left: float,
    right: float,
    moved: float,
    share: float,
) -> float:
    """Integral of density × share over one panel [s m⁻¹], by Gauss and Legendre's rule."""
    middle, half = 0.5 * (left + right), 0.5 * (right - left)
    short = right <= SHORT_GROWTH * left and moved <= SHORT_STEP
    total = 0.0
    for node in range(2 if short else 4):
        distance = middle + half * (SHORT_NODE * (2 * node - 1) if short else NODES[node])
        density, sigma = read(table, distance, way)
        held = share
        if share < 0.0:
            held = chord_share(strips, strip, along, across, distance, sigma)
        if held > 0.0:
            total += (1.0 if short else WEIGHTS[node]) * held * math.exp(density)
    return half * total


@compiled
def area_plume(table: Floats, way: Way, strips: Strips, along: float, across: float) -> float:
    r"""Concentration of a polygon for an emission of 1 g s⁻¹ m⁻² [s m⁻¹]; ref. 1, §5.7 and 2, eq. 1-65.

    .. math:: \int \frac{V(z, x)}{u(x)}\; P(y, x)\; \mathrm dx

    over the upwind distance x, with the vertical distribution V [m⁻¹], the effective wind u [m s⁻¹] and the
    share P of `chord_share`. The rule is Gauss's on panels in which neither distance, density nor the place
    of an edge in the plume change by much.

    Parameters
    ----------
    table : array, shape (SIZE, 2)
        Entries already laid down for this way, NaN where none is.
    way : Way
        Of the plume to the receptor.
    strips : Strips
        Of the polygon.
    along, across : float
        Receptor in the coordinates of the strips [m].
    """
    farthest = along - strips.corners[0]
    if farthest <= NEAREST_UPWIND:
        return 0.0
    aside = max(strips.low - across, across - strips.high)
    if aside > 0.0 and aside > LATERAL_REACH * read(table, farthest, way)[1]:
        return 0.0
    total, reached, before, sigma = 0.0, 0.0, 0.0, 0.0
    for strip in range(strips.corners.size - 2, -1, -1):
        end = along - strips.corners[strip]
        left = max(along - strips.corners[strip + 1], NEAREST_UPWIND)
        if end <= left:
            continue
        if left != reached:
            before, sigma = read(table, left, way)
        while left < end:
            right = min(end, GROWTH * left)
            for found in way.breaks:
                if left < found < right:
                    right = found
            right, moved, share = panel(strips, strip, along, across, left, right, sigma)
            right = min(right, end)
            after, wide = read(table, right, way)
            if share != 0.0 and (right > SHORT_GROWTH * left or abs(after - before) > EVEN):
                right, after, wide = _even(table, way, left, right, before, after, wide)
            if share != 0.0:
                total += _panel_sum(table, way, strips, strip, along, across, left, right, moved, share)
            left, before, sigma = right, after, wide
        reached = left
    return total
