"""Vertical walks of the reference of the calm days, and the random numbers that they take.

Compiled functions of one walker; see `sootprint.synthetic.calm_walk`.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sootprint.synthetic.calm_air import LENGTH, LENGTH_ABOVE, LID, SIGMA_ABOVE, SIGMA_W, turbulence_at

Array = NDArray[np.float64]

CEILING_M = 1500.0
"""Height at which walkers are reflected [m]."""

SPREAD = math.sqrt(12.0)
"""Width of the uniform distribution of variance 1 [1]."""


@njit(cache=True)
def following(state: np.uint64) -> np.uint64:
    """Next state of an xorshift generator (Marsaglia 2003, doi:10.18637/jss.v008.i14)."""
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    return state


@njit(cache=True)
def seeded(a: int, b: int, c: int, d: int) -> np.uint64:
    """State of a generator for a walker: its numbers stirred by the finaliser of SplitMix64."""
    made = np.uint64(0x9E3779B97F4A7C15)
    for part in (a, b, c, d):
        made = (made ^ np.uint64(part)) + np.uint64(0x9E3779B97F4A7C15)
        made = (made ^ (made >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        made = (made ^ (made >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        made = made ^ (made >> np.uint64(31))
    return made | np.uint64(1)


@njit(cache=True)
def uniform(state: np.uint64) -> float:
    """Number in [0, 1) of a state."""
    return float(state >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True)
def normals(state: np.uint64) -> tuple[np.uint64, float, float]:
    """Two standard normal numbers (Box & Muller 1958) and the state after them."""
    state = following(state)
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(state)))
    state = following(state)
    angle = 2.0 * math.pi * uniform(state)
    return state, radius * math.cos(angle), radius * math.sin(angle)


@njit(cache=True)
def diffuse(
    state: np.uint64, z: float, dt: float, lowest: float, row: Array, coarseness: float
) -> tuple[np.uint64, float, float]:
    """Random displacement over a wind step: state, height, and time below ``lowest`` [s].

    dz = K' dt + (2K dt)^½ ξ with K = σ_w l (Durbin 1983, NASA RP-1103); ξ is uniform with variance 1, which
    keeps mean and variance of each step. At the ground, where K' = σ_w/2, K' dt is 0.6 m or half of
    ``coarseness`` times the lid, whichever is more; in the stable air above the lid a step is the whole wind
    step.
    """
    sigma, length, lid = row[SIGMA_W], row[LENGTH], row[LID]
    above, length_above = row[SIGMA_ABOVE], row[LENGTH_ABOVE]
    clear = 1.15 * lid + 0.2 * dt
    left, inside = dt, 0.0
    short = max(1.2, coarseness * lid) / sigma
    while left > 0.0:
        h = left if z > clear else min(short, left)
        s, ds, mixing, mixing_slope = turbulence_at(z, lid, sigma, length, above, length_above)
        state = following(state)
        noise = SPREAD * (uniform(state) - 0.5)
        z += (ds * mixing + s * mixing_slope) * h + math.sqrt(2.0 * s * mixing * h) * noise
        if z < 0.0:
            z = -z
        elif z > CEILING_M:
            z = 2.0 * CEILING_M - z
        left -= h
        if z < lowest:
            inside += h
    return state, z, inside


@njit(cache=True)
def langevin(
    state: np.uint64, z: float, w: float, dt: float, lowest: float, row: Array, step: float
) -> tuple[np.uint64, float, float, float]:
    """Thomson's walk over a wind step: state, height, w/σ_w, and time below ``lowest`` [s].

    dω = (−ω/T_L + dσ_w/dz) dt + (2/T_L)^½ dW, dz = σ_w ω dt, with ω = w/σ_w: the Gaussian model in still
    mean air; Euler steps of ``step`` T_L, at most 2 s.
    """
    sigma, length, lid = row[SIGMA_W], row[LENGTH], row[LID]
    above, length_above = row[SIGMA_ABOVE], row[LENGTH_ABOVE]
    left, inside = dt, 0.0
    while left > 0.0:
        s, ds, mixing, _ = turbulence_at(z, lid, sigma, length, above, length_above)
        time = mixing / s
        h = min(min(step * time, 2.0), left)
        state = following(state)
        noise = SPREAD * (uniform(state) - 0.5)
        w += (ds - w / time) * h + math.sqrt(2.0 * h / time) * noise
        z += s * w * h
        if z < 0.0:
            z, w = -z, -w
        elif z > CEILING_M:
            z, w = 2.0 * CEILING_M - z, -w
        left -= h
        if z < lowest:
            inside += h
    return state, z, w, inside


@njit(cache=True)
def lowest_layer(age: float, row: Array) -> float:
    """Depth over which the concentration at a post is averaged [m].

    8 m and a quarter of the depth (2Kt)^½ to which the turbulence under the lid mixes in a walker's age, with
    K = 0.7 σ_w l_∞, up to half of the lid.
    """
    mixed = math.sqrt(1.4 * row[SIGMA_W] * row[LENGTH] * age)
    return max(8.0, min(8.0 + 0.25 * mixed, 0.5 * row[LID]))
