"""Wakes of buildings in the plane: which structure disturbs the flow at a stack, for each wind direction.

The rules are those of good engineering practice (GEP) as EPA's program BPIPPRM applies them [1]_ [2]_:

- every roof level ("tier") of height H and width W across the flow has the length scale L = min(H, W);
- tiers of different buildings closer than the larger of their L form one structure: each tier in turn is
  the focus, each lower neighbour's height in turn the common height, and the tiers that reach this height
  and are close enough to the focus are joined by their envelope;
- a structure influences a stack that is, in some quarter of a degree of flow direction, straight downwind
  of one of its walls, or of the gap between two of its tiers, within 5 L, or on its roof;
- in a flow direction it disturbs an influenced stack inside its zone: from L/2 beside it and 2 L before it;
- the structure with the highest wake, H + 1.5 L above its base, rules; of equal wakes the narrower.

References
----------
.. [1] US EPA (1995). User's guide to the Building Profile Input Program. EPA-454/R-93-038.
.. [2] US EPA (1985). Guideline for determination of good engineering practice stack height.
   EPA-450/4-80-023R.
.. [3] Schulman, L. L., Strimaitis, D. G. and Scire, J. S. (2000). Development and evaluation of the PRIME
   plume rise and building downwash model. J. Air Waste Manage. Assoc. 50, 378-390,
   doi:10.1080/10473289.2000.10464017.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DIRECTIONS = 36
"""Flow directions of the result: 10°, 20°, ... 360°."""

_STEPS_A_DIRECTION = 40
_ANGLES = np.deg2rad(np.arange(1, DIRECTIONS * _STEPS_A_DIRECTION + 1) / 4.0)
_COS, _SIN = np.cos(_ANGLES), np.sin(_ANGLES)
_TOUCH = 1e-6
_EQUAL_WAKES = 1e-3


@dataclass(frozen=True)
class Tier:
    """One roof level: name, height above its base [m], ground height [m], corners (n, 2) in the plane [m]."""

    name: str
    building: str
    height: float
    base: float
    corners: Floats

    @cached_property
    def outline(self) -> shapely.Polygon:
        """Polygon of the corners."""
        return shapely.Polygon(self.corners)

    @cached_property
    def rotated(self) -> tuple[Floats, Floats]:
        """Corners across and along the flow [m], shape (directions, corners)."""
        return across_along(self.corners)

    @cached_property
    def width(self) -> Floats:
        """Width across the flow [m], shape (directions,)."""
        return np.ptp(self.rotated[0], axis=1)


@dataclass(frozen=True)
class Stack:
    """Stack with its place in the plane and its ground height [m]."""

    name: str
    x: float
    y: float
    base: float

    @cached_property
    def rotated(self) -> tuple[Floats, Floats]:
        """Place across and along the flow [m], shape (directions,)."""
        across, along = across_along(np.array([[self.x, self.y]]))
        return across[:, 0], along[:, 0]


@dataclass(frozen=True)
class Structure:
    """Tier, or tiers joined at a common height, seen along every flow direction.

    Attributes
    ----------
    focus : Tier
        Tier around which the others are joined; its base counts.
    others : tuple of Tier
        Tiers joined to it in at least one direction.
    joined : array of bool, shape (directions, others)
        Where each is joined.
    formed : array of bool, shape (directions,)
        Where the structure exists.
    height : float
        Common height [m].
    left, right, front, back : array, shape (directions,)
        Envelope across and along the flow [m].
    """

    focus: Tier
    others: tuple[Tier, ...]
    joined: Flags
    formed: Flags
    height: float
    left: Floats
    right: Floats
    front: Floats
    back: Floats

    @cached_property
    def scale(self) -> Floats:
        """Length scale L = min(height, width) [m], shape (directions,)."""
        return np.minimum(self.height, self.right - self.left)

    @cached_property
    def wake(self) -> Floats:
        """Height of the wake above the base, H + 1.5 L [m], shape (directions,)."""
        return self.height + 1.5 * self.scale

    def parts(self, direction: int) -> str:
        """Names of the tiers that form it in one direction."""
        names = [
            self.focus.name,
            *(t.name for t, is_in in zip(self.others, self.joined[direction], strict=True) if is_in),
        ]
        return " + ".join(names)


@dataclass(frozen=True)
class Wake:
    """What rules the wake at a stack in one flow direction; lengths in m, all zero where nothing does."""

    height: float = 0.0
    width: float = 0.0
    length: float = 0.0
    along_offset: float = 0.0
    across_offset: float = 0.0
    top: float = 0.0
    parts: str = ""


def across_along(points: Floats) -> tuple[Floats, Floats]:
    """Coordinates of plane points across (to the right) and along the flow [m], shape (directions, points).

    Flow toward the bearing a has the unit vector (sin a, cos a): the point (0, 1) lies 1 m along a flow
    toward north and 1 m to the left of a flow toward east.
    """
    x, y = points[:, 0], points[:, 1]
    return np.outer(_COS, x) - np.outer(_SIN, y), np.outer(_SIN, x) + np.outer(_COS, y)


def structures(tiers: Sequence[Tier]) -> list[Structure]:
    """Every tier alone, then every group of tiers of different buildings that are close enough."""
    alone = [_envelope(tier, (), np.zeros((_ANGLES.size, 0), bool), tier.height) for tier in tiers]
    made = list(alone)
    for focus in tiers:
        made += _groups(focus, [t for t in tiers if t.building != focus.building])
    return made


def wakes(stack: Stack, candidates: Sequence[Structure]) -> tuple[list[Wake], float]:
    """Ruling wake at a stack in each of the 36 flow directions, and its GEP height [m]; NaN without any.

    Where the zone of a structure holds the stack but its wake is higher than the GEP height, which was taken
    straight downwind, the height and width of the GEP structure stand instead, as in BPIPPRM.
    """
    near = []
    best = Wake()
    for structure in candidates:
        straight = _straight_downwind(structure, stack)
        if not straight.any():
            continue
        near.append(structure)
        tops = np.where(straight, structure.wake + structure.focus.base - stack.base, -np.inf)
        highest = float(tops.max())
        width = np.where(tops > highest - _TOUCH, structure.right - structure.left, np.inf)
        at = int(width.argmin())
        if highest > best.top + _TOUCH or (highest > best.top - _TOUCH and width[at] < best.width):
            best = Wake(structure.height, float(width[at]), top=highest)
    if not near:
        return [Wake()] * DIRECTIONS, float("nan")
    steps = np.arange(1, DIRECTIONS + 1) * _STEPS_A_DIRECTION - 1
    return [_ruling(stack, near, best, int(step)) for step in steps], best.top


def _ruling(stack: Stack, near: Sequence[Structure], gep: Wake, at: int) -> Wake:
    across, along = stack.rotated[0][at], stack.rotated[1][at]
    ruling = Wake()
    for structure in near:
        if not structure.formed[at]:
            continue
        left, right, front = structure.left[at], structure.right[at], structure.front[at]
        scale = structure.scale[at]
        beside = left - 0.5 * scale - _TOUCH <= across <= right + 0.5 * scale + _TOUCH
        if not beside or along < front - 2.0 * scale - _TOUCH:
            continue
        top = float(structure.wake[at] + structure.focus.base - stack.base)
        narrower = abs(top - ruling.top) < _EQUAL_WAKES and right - left < ruling.width
        if top - ruling.top <= _EQUAL_WAKES and not narrower:
            continue
        above = top > gep.top
        ruling = Wake(
            height=gep.height if above else structure.height,
            width=gep.width if above else float(right - left),
            length=float(structure.back[at] - front),
            along_offset=float(front - along),
            across_offset=float(across - 0.5 * (left + right)),
            top=min(top, gep.top),
            parts=structure.parts(at),
        )
    return ruling


def _groups(focus: Tier, neighbours: Sequence[Tier]) -> Iterator[Structure]:
    distances = {t.name: shapely.distance(focus.outline, t.outline) for t in neighbours}
    reach = {t.name: np.minimum(t.width, t.height) for t in neighbours}
    own = np.minimum(focus.width, focus.height)
    close = {t.name: (distances[t.name] < np.maximum(own, reach[t.name])) for t in neighbours}
    neighbours = [t for t in neighbours if close[t.name].any()]
    lower = [t for t in neighbours if t.height < focus.height]
    for common in (focus, *lower):
        height = common.height
        tall = [t for t in neighbours if t.height >= height]
        if not tall:
            continue
        present = np.ones(_ANGLES.size, bool) if common is focus else close[common.name]
        joined = np.column_stack(
            [
                present
                & close[t.name]
                & (distances[t.name] < np.minimum(height, np.maximum(focus.width, t.width)))
                for t in tall
            ]
        )
        kept: Flags = np.any(joined, axis=0)
        if kept.any():
            others = tuple(t for t, is_in in zip(tall, kept, strict=True) if is_in)
            yield _envelope(focus, others, joined[:, kept], height)


def _envelope(focus: Tier, others: tuple[Tier, ...], joined: Flags, height: float) -> Structure:
    across, along = focus.rotated
    left, right = across.min(axis=1), across.max(axis=1)
    front, back = along.min(axis=1), along.max(axis=1)
    for column, tier in enumerate(others):
        is_in = joined[:, column]
        across, along = tier.rotated
        left = np.where(is_in, np.minimum(left, across.min(axis=1)), left)
        right = np.where(is_in, np.maximum(right, across.max(axis=1)), right)
        front = np.where(is_in, np.minimum(front, along.min(axis=1)), front)
        back = np.where(is_in, np.maximum(back, along.max(axis=1)), back)
    formed: Flags = np.any(joined, axis=1) if others else np.ones(_ANGLES.size, bool)
    return Structure(focus, others, joined, formed, height, left, right, front, back)


def _straight_downwind(structure: Structure, stack: Stack) -> Flags:
    """Directions in which a stack is straight downwind of a structure within 5 L, or on its roof."""
    across, along = stack.rotated
    inside = (across >= structure.left - _TOUCH) & (across <= structure.right + _TOUCH)
    open_ = structure.formed & inside & (along >= structure.front - _TOUCH)
    found = np.zeros(_ANGLES.size, bool)
    if not open_.any() or not _within_reach(structure, stack):
        return found
    point = shapely.Point(stack.x, stack.y)
    members = [(structure.focus, structure.formed)]
    members += [(t, structure.joined[:, i]) for i, t in enumerate(structure.others)]
    for tier, is_in in members:
        if tier.outline.covers(point):
            found |= open_ & is_in
    for tier, is_in in members:
        where = np.flatnonzero(open_ & is_in & ~found)
        first, second = tier.corners, np.roll(tier.corners, -1, axis=0)
        found[where] |= _behind_lines(first, second, structure, stack, where).any(axis=1)
    for column, tier in enumerate(structure.others):
        where = np.flatnonzero(open_ & structure.joined[:, column] & ~found)
        if where.size:
            first, second = _gap_lines(structure.focus, tier)
            short = np.hypot(*(second - first).T) <= structure.scale[where, None] + _TOUCH
            found[where] |= (short & _behind_lines(first, second, structure, stack, where)).any(axis=1)
    return found


def _within_reach(structure: Structure, stack: Stack) -> bool:
    corners = np.vstack([structure.focus.corners, *(t.corners for t in structure.others)])
    hull = shapely.MultiPoint(corners).convex_hull
    return bool(shapely.distance(hull, shapely.Point(stack.x, stack.y)) <= 5.0 * structure.height + _TOUCH)


def _behind_lines(
    first: Floats, second: Floats, structure: Structure, stack: Stack, where: NDArray[np.intp]
) -> Flags:
    """Whether a stack is within 5 L straight downwind of each line, shape (``where``, lines)."""
    cos, sin = _COS[where, None], _SIN[where, None]
    across, along = stack.rotated[0][where, None], stack.rotated[1][where, None]
    x1, y1 = first[:, 0] * cos - first[:, 1] * sin, first[:, 0] * sin + first[:, 1] * cos
    x2, y2 = second[:, 0] * cos - second[:, 1] * sin, second[:, 0] * sin + second[:, 1] * cos
    beside = (across >= np.minimum(x1, x2) - _TOUCH) & (across <= np.maximum(x1, x2) + _TOUCH)
    run = x2 - x1
    parallel = np.abs(run) <= _TOUCH
    share = np.where(parallel, 0.0, (across - x1) / np.where(parallel, 1.0, run))
    reach = 5.0 * structure.scale[where, None] + _TOUCH
    behind = along - (y1 + np.clip(share, 0.0, 1.0) * (y2 - y1))
    hit = (behind >= -_TOUCH) & (behind <= reach)
    other = along - y2
    return beside & (hit | (parallel & (other >= -_TOUCH) & (other <= reach)))


def _gap_lines(one: Tier, other: Tier) -> tuple[Floats, Floats]:
    """Ends of the lines across the gap of two tiers: between corners, and at right angles to a wall."""
    first, second = [], []
    for a, b in product(one.corners, other.corners):
        first.append(a)
        second.append(b)
    for walls, points in ((one.corners, other.corners), (other.corners, one.corners)):
        for (start, end), point in product(zip(walls, np.roll(walls, -1, axis=0), strict=True), points):
            side = end - start
            share = float((point - start) @ side / (side @ side))
            if 0.0 <= share <= 1.0:
                first.append(point)
                second.append(start + share * side)
    return np.array(first), np.array(second)
