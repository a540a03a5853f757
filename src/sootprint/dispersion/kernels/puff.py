"""Gaussian puffs in a wind that changes by the minute: the response of nearby sensors.

Each puff drifts with the wind of one mast, interpolated in time. Along a step its passage over a sensor is
integrated exactly; its widths are those at the time of nearest approach. Distances are tens to hundreds of
metres, travel times some minutes.

References
----------
.. [1] Irwin, J. S. (1983). Estimating plume dispersion: a comparison of several sigma schemes. J. Clim.
   Appl. Meteor. 22, 92–114. doi:10.1175/1520-0450(1983)022<0092:EPDACO>2.0.CO;2 (after Draxler 1976).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sootprint.dispersion.kernels.compile import compiled

ROOT_TWO_PI = math.sqrt(2.0 * math.pi)
ROOT_HALF = math.sqrt(0.5)
YOUNG_S, SHORT_STEP_S, LONG_STEP_S = 120.0, 10.0, 20.0
"""Age up to which a puff takes short steps, and both steps [s]."""
FIRST_WIDTH, FIRST_DEPTH = 0.3, 0.2
"""Width and depth of a release [m]."""
WIDTHS = 4.0
"""Widths beyond which a puff is not felt [1]."""
SLOWEST = 1e-3
"""Least speed of a puff [m s⁻¹]: it stands still otherwise and its passage has no end."""


@compiled
def lateral_width(age: float, sigma_v: float) -> float:
    """σ_y [m] = σ_v t / (1 + 0.9 (t / 1000 s)^½), ref. 1."""
    return sigma_v * age / (1.0 + 0.9 * math.sqrt(age / 1000.0)) + FIRST_WIDTH


@compiled
def vertical_depth(age: float, sigma_w: float, stable: bool) -> float:
    """σ_z [m] = σ_w t in unstable, σ_w t / (1 + 0.9 (t / 50 s)^½) in stable air, ref. 1."""
    if stable:
        return sigma_w * age / (1.0 + 0.9 * math.sqrt(age / 50.0)) + FIRST_DEPTH
    return sigma_w * age + FIRST_DEPTH


@compiled
def add_puffs(
    out: NDArray[np.float64],
    east: NDArray[np.float64],
    north: NDArray[np.float64],
    sigma_v: NDArray[np.float64],
    sigma_w: NDArray[np.float64],
    stable: NDArray[np.bool_],
    known: NDArray[np.bool_],
    cell: NDArray[np.int64],
    source: NDArray[np.float64],
    receptors: NDArray[np.float64],
    turn: float,
    release_s: float,
    oldest_s: float,
    reach: float,
) -> None:
    """Add to ``out`` the seconds times concentration [s² m⁻³] of a source of 1 g s⁻¹.

    Parameters
    ----------
    out : array, shape (cell, receptor)
        Sum over the seconds of a cell.
    east, north, sigma_v, sigma_w, stable, known : array, shape (minute,)
        Where the wind of each minute blows to [m s⁻¹], unresolved turbulence [m s⁻¹], whether the air is
        stable, whether the wind is known: a puff that meets an unknown wind ends there.
    cell : array, shape (minute,)
        Cell of each minute.
    source, receptors : array, shape (3,) and (receptor, 3)
        x, y and height [m].
    turn : float
        Angle by which the wind is turned, anticlockwise [rad].
    release_s, oldest_s, reach : float
        Time between two puffs [s], age [s] and distance from the source [m] at which one is given up.
    """
    minutes = east.size
    cosine, sine = math.cos(turn), math.sin(turn)
    for number in range(int(minutes * 60.0 / release_s)):
        born = (number + 0.5) * release_s
        x, y, age = source[0], source[1], 0.0
        while age < oldest_s:
            now = born + age
            at = int(now // 60.0)
            if at >= minutes or not known[at]:
                break
            place = now / 60.0 - 0.5
            low = min(max(math.floor(place), 0), minutes - 1)
            high = min(low + 1, minutes - 1)
            part = min(max(place - low, 0.0), 1.0)
            if not known[low]:
                low = high
            if not known[high]:
                high = low
            u = east[low] + part * (east[high] - east[low])
            v = north[low] + part * (north[high] - north[low])
            u, v = u * cosine - v * sine, u * sine + v * cosine
            step = SHORT_STEP_S if age < YOUNG_S else LONG_STEP_S
            speed = max(math.hypot(u, v), SLOWEST)
            length = speed * step
            ahead_x, ahead_y = u / speed, v / speed
            for receptor in range(receptors.shape[0]):
                dx, dy = receptors[receptor, 0] - x, receptors[receptor, 1] - y
                along, across = dx * ahead_x + dy * ahead_y, dy * ahead_x - dx * ahead_y
                time = age + max(min(max(along / speed, 0.0), step), 0.5)
                width = lateral_width(time, sigma_v[at])
                if abs(across) > WIDTHS * width:
                    continue
                if along < -WIDTHS * width or along > length + WIDTHS * width:
                    continue
                depth = vertical_depth(time, sigma_w[at], stable[at])
                passage = math.erf(along * ROOT_HALF / width) - math.erf((along - length) * ROOT_HALF / width)
                under = (receptors[receptor, 2] - source[2]) / depth
                over = (receptors[receptor, 2] + source[2]) / depth
                vertical = math.exp(-0.5 * under * under) + math.exp(-0.5 * over * over)
                lateral = math.exp(-0.5 * (across / width) ** 2) / (ROOT_TWO_PI * width)
                dose = 0.5 * passage / speed * lateral * vertical / (ROOT_TWO_PI * depth)
                out[cell[at], receptor] += release_s * dose
            x += u * step
            y += v * step
            age += step
            if (x - source[0]) ** 2 + (y - source[1]) ** 2 > reach * reach:
                break
