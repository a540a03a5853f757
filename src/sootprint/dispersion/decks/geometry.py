"""Corners of area sources from the parameters of a deck."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def rectangle(x: float, y: float, east: float, north: float, angle_deg: float) -> NDArray[np.float64]:
    """Corners of a rectangle, shape (4, 2) [m].

    Parameters
    ----------
    x, y : float
        First corner, the south-west one of a rectangle that is not turned [m].
    east, north : float
        Lengths of its sides [m].
    angle_deg : float
        By which it is turned clockwise about its first corner [degree].
    """
    sine, cosine = math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))
    up = np.array([north * sine, north * cosine])
    across = np.array([east * cosine, -east * sine])
    first = np.array([x, y])
    return np.stack([first, first + up, first + up + across, first + across])


def circle(x: float, y: float, radius: float, sides: int) -> NDArray[np.float64]:
    """Corners of a regular polygon with the area of a circle, shape (sides, 2) [m].

    A polygon of n sides around radius r has the area n r² sin(2π/n)/2, so that r = R √(2π / (n sin(2π/n))).
    """
    angle = 2.0 * math.pi / sides
    outer = radius * math.sqrt(angle / math.sin(angle))
    angles = angle * np.arange(sides)
    return np.stack([x + outer * np.sin(angles), y + outer * np.cos(angles)], axis=1)


def strip(ends: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """Corners of a line of a width, shape (4, 2) [m]; ``ends`` are its two ends, shape (2, 2) [m]."""
    along = ends[1] - ends[0]
    unit = along / math.hypot(along[0], along[1])
    half = 0.5 * width * np.array([unit[1], -unit[0]])
    return np.stack([ends[0] - half, ends[1] - half, ends[1] + half, ends[0] + half])


def polygon_area(vertices: NDArray[np.float64]) -> float:
    """Area of a polygon [m²] of corners in either sense, shape (corner, 2) [m]."""
    x, y = vertices[:, 0], vertices[:, 1]
    return 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))
