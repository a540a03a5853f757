"""Fine-step random walk: the reference that makes the truth of the calm days.

Vertically a walker of a stack obeys the Langevin equation of Thomson 1987 for Gaussian turbulence (J. Fluid
Mech. 180, 529–556, doi:10.1017/S0022112087001940) in Euler steps of 0.04 T_L for its first 20 minutes, in
which it remembers its velocity. Afterwards, and from the start for low sources whose smoke begins metres
thick where T_L is seconds, it obeys the diffusion limit, dz = K' dt + (2K dt)^½ ξ: after 20 T_L the two
differ by the displacement of one T_L, and a memory of 36 hours holds thousands of T_L.

Horizontally it drifts with the basin flow at its height and carries a Gaussian cloud of what the small-scale
motion and the meander do to its place. Both are the same everywhere in the basin, so that the mean over them
is exact: the cloud grows after Taylor 1922 (doi:10.1112/plms/s2-20.1.196) with the autocorrelations e^(−τ/T)
and e^(−pτ) cos qτ. From `WIDEST_M` on, where the cloud would feel the flow change across it, the walker walks
at random instead.

The walkers are dealt into equal members, whose spread is the sampling error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from sootprint.synthetic.calm_air import (
    BAND,
    DRAIN,
    DRIFT_EAST,
    DRIFT_NORTH,
    EAST,
    EXPONENT,
    GYRE,
    LID,
    NORTH,
    PAIR,
    SIGMA_MEANDER,
    SIGMA_V,
    SLOSH,
    STEP_S,
    CalmAir,
    basin_flow,
    drift_share,
    meander_scales,
)
from sootprint.synthetic.calm_release import Release
from sootprint.synthetic.calm_vertical import (
    SPREAD,
    diffuse,
    following,
    langevin,
    lowest_layer,
    normals,
    seeded,
    uniform,
)

Array = NDArray[np.float64]

MEMBERS = 8
"""Equal members that the walkers are dealt into."""

AGE_LIMIT_H = 36
"""Age at which a walker is given up and counted [h]."""

REMEMBERED_S = 1200.0
"""Age up to which a walker of a stack remembers its vertical velocity [s]."""

LANGEVIN_STEP = 0.04
"""Step of the Langevin equation [T_L]."""

FINE, COARSE = 0.015, 0.04
"""Coarseness of the random displacement in a walker's first hour and afterwards [1]."""

TIME_V_S = 120.0
"""T_L of the small-scale horizontal motion [s]."""

WIDEST_M = 800.0
"""Largest standard deviation of a walker's cloud [m]."""

BOUNDARY_M = 30_000.0
"""Distance from the middle of the city at which a walker has left [m]."""

LEFT, TOO_OLD, IN_AIR = range(3)
FATES = ("left", "too_old", "in_air")


@dataclass(frozen=True)
class Ageing:
    """Steps of a walker's drift: 20 s to 10 minutes of age, 60 s to 1 h, 120 s to 6 h, then 240 s.

    Attributes
    ----------
    step : float64 (n)
        Length [s].
    small, meander : float64 (n)
        Growth of the variance of displacement for a unit variance of velocity, by the small-scale motion and
        by the meander [s²].
    """

    step: Array
    small: Array
    meander: Array


def ageing() -> Ageing:
    """Steps of a walker's drift up to the age limit.

    Variances grow by 2 σ² ∫₀ᵗ R dτ dt, Taylor 1922, doi:10.1112/plms/s2-20.1.196; the integral is
    T (1 − e^(−t/T)) of R = e^(−τ/T), and (p + e^(−pt) (q sin qt − p cos qt)) / (p² + q²) of
    R = e^(−pτ) cos qτ.
    """
    lengths = ((20.0, 600.0), (60.0, 3600.0), (120.0, 6 * 3600.0), (240.0, AGE_LIMIT_H * 3600.0))
    steps: list[float] = []
    begin = 0.0
    for length, end in lengths:
        steps += [length] * round((end - begin) / length)
        begin = end
    step = np.array(steps)
    t = np.cumsum(step) - 0.5 * step
    p, q = meander_scales()
    small = TIME_V_S * (1.0 - np.exp(-t / TIME_V_S))
    meander = (p + np.exp(-p * t) * (q * np.sin(q * t) - p * np.cos(q * t))) / (p * p + q * q)
    return Ageing(step, 2.0 * small * step, 2.0 * meander * step)


@njit(cache=True)
def _begin(
    state: np.uint64,
    kind: int,
    path: Array,
    low: float,
    high: float,
    thick: float,
    thick_high: float,
    aloft: float,
    order: float,
) -> tuple[np.uint64, float, float, float]:
    """State and place of a new walker; ``order`` in [0, 1) decides whether it went through the lid."""
    state = following(state)
    first = uniform(state)
    state = following(state)
    second = uniform(state)
    x, y = path[0, 0], path[0, 1]
    if kind == 2:
        x += first * (path[1, 0] - path[0, 0])
        y += second * (path[1, 1] - path[0, 1])
    elif kind == 1:
        total = 0.0
        for k in range(len(path) - 1):
            total += math.hypot(path[k + 1, 0] - path[k, 0], path[k + 1, 1] - path[k, 1])
        rest = first * total
        for k in range(len(path) - 1):
            piece = math.hypot(path[k + 1, 0] - path[k, 0], path[k + 1, 1] - path[k, 1])
            if rest <= piece:
                x = path[k, 0] + rest / piece * (path[k + 1, 0] - path[k, 0])
                y = path[k, 1] + rest / piece * (path[k + 1, 1] - path[k, 1])
                break
            rest -= piece
    state, noise, _ = normals(state)
    z = high + thick_high * noise if order < aloft else low + thick * noise
    return state, x, y, abs(z)


@njit(cache=True)
def _follow(
    tile: Array,
    fate: Array,
    rows: Array,
    receptors: Array,
    state: np.uint64,
    x: float,
    y: float,
    z: float,
    start: float,
    mass: float,
    sigma_start: float,
    remembers: bool,
    first_seen: float,
    steps: Array,
    small: Array,
    meander: Array,
) -> None:
    """One walker from its release to its end; its mass over time and posts is added to ``tile``.

    ``start`` and ``first_seen`` are times since the first row [s].
    """
    n_rows, n_hours, n_lags = rows.shape[0], tile.shape[0], tile.shape[1]
    age, variance, old_u, old_v = 0.0, sigma_start * sigma_start, 0.0, 0.0
    state, omega, _ = normals(state)
    release_hour, first_hour = int(start // 3600.0), int(first_seen // 3600.0)
    for n in range(len(steps)):
        now = start + age
        k = int(now // STEP_S)
        if k >= n_rows:
            fate[IN_AIR] += mass
            return
        row, dt = rows[k], steps[n]
        u, v, w = basin_flow(x, y, z, row[GYRE], row[PAIR], row[BAND], row[SLOSH], row[DRAIN], row[LID])
        if n == 0:
            old_u, old_v = u, v
        path_x, path_y = (1.5 * u - 0.5 * old_u) * dt, (1.5 * v - 0.5 * old_v) * dt
        old_u, old_v = u, v
        share = drift_share(z, row[LID])
        path_x += row[DRIFT_EAST] * share * dt
        path_y += row[DRIFT_NORTH] * share * dt
        if row[EAST] != 0.0 or row[NORTH] != 0.0:
            profile = (min(max(z, 10.0), 300.0) / 10.0) ** row[EXPONENT]
            path_x += row[EAST] * profile * dt
            path_y += row[NORTH] * profile * dt
        growth = row[SIGMA_V] ** 2 * small[n] + row[SIGMA_MEANDER] ** 2 * meander[n]
        if variance < WIDEST_M * WIDEST_M:
            variance = max(variance + growth, sigma_start * sigma_start)
        elif growth > 0.0:
            kick = SPREAD * math.sqrt(growth)
            state = following(state)
            path_x += kick * (uniform(state) - 0.5)
            state = following(state)
            path_y += kick * (uniform(state) - 0.5)
        lowest = lowest_layer(age, row)
        z = abs(z + w * dt)
        if remembers and age < REMEMBERED_S:
            state, z, omega, inside = langevin(state, z, omega, dt, lowest, row, LANGEVIN_STEP)
        else:
            state, z, inside = diffuse(state, z, dt, lowest, row, COARSE if age >= 3600.0 else FINE)
        hour = int(now // 3600.0)
        out, lag = hour - first_hour, hour - release_hour
        if inside > 0.0 and 0 <= out < n_hours and lag < n_lags:
            scale = mass * inside / (lowest * 2.0 * math.pi * variance * 3600.0)
            over = 1.0 / variance
            for r in range(receptors.shape[0]):
                dx, dy = receptors[r, 0] - x - 0.5 * path_x, receptors[r, 1] - y - 0.5 * path_y
                far = (dx * dx + dy * dy) * over
                if far < 20.0:
                    tile[out, lag, r] += scale * math.exp(-0.5 * far)
        x, y, age = x + path_x, y + path_y, age + dt
        if abs(x) > BOUNDARY_M or abs(y) > BOUNDARY_M:
            fate[LEFT] += mass
            return
    fate[TOO_OLD] += mass


@njit(cache=True, parallel=True)
def _walk(
    made: Array,
    fates: Array,
    rows: Array,
    receptors: Array,
    seed: int,
    kind: int,
    path: Array,
    low: Array,
    high: Array,
    thick: Array,
    thick_high: Array,
    aloft: Array,
    sigma_y: Array,
    per_hour: int,
    releases: int,
    first_seen: float,
    steps: Array,
    small: Array,
    meander: Array,
) -> None:
    """Walkers of one source: ``made[member, hour, lag, post]`` [s m⁻³], ``fates[member, fate]`` [h]."""
    members = made.shape[0]
    for member in prange(members):
        for hour in range(releases):
            offset = uniform(following(seeded(seed, hour, 0, 7)))
            for i in range(member, per_hour, members):
                state = seeded(seed, hour, i, 1)
                for _ in range(4):
                    state = following(state)
                order = (i * 0.6180339887498949 + offset) % 1.0
                state, x, y, z = _begin(
                    state,
                    kind,
                    path,
                    low[hour],
                    high[hour],
                    thick[hour],
                    thick_high[hour],
                    aloft[hour],
                    order,
                )
                state = following(state)
                slot = (37 * i) % per_hour
                start = 3600.0 * (hour + (slot + uniform(state)) / per_hour)
                _follow(
                    made[member],
                    fates[member],
                    rows,
                    receptors,
                    state,
                    x,
                    y,
                    z,
                    start,
                    3600.0 * members / per_hour,
                    sigma_y[hour],
                    kind == 0,
                    first_seen,
                    steps,
                    small,
                    meander,
                )


@dataclass(frozen=True)
class WalkResult:
    """What the walkers of one source made.

    Attributes
    ----------
    operator : float64 (hour, lag, receptor)
        Concentration for a unit emission ``lag`` hours earlier [s m⁻³].
    members : float64 (member, hour, receptor)
        The same of each member, summed over lags [s m⁻³].
    fate : dict of str to float
        Released mass by its end [g per g s⁻¹]: ``left``, ``too_old``, ``in_air`` at the end of the table of
        the air; they add up to what was released.
    """

    operator: Array
    members: Array
    fate: dict[str, float]


def walk(
    source: Release,
    receptors: Array,
    air: CalmAir,
    *,
    seed: int,
    walkers_per_hour: int,
    release_hours: int,
    first_seen_hour: int,
) -> WalkResult:
    """Concentrations that a unit emission of one source makes, by the hour of emission.

    Parameters
    ----------
    source : Release
        Where walkers begin, in each hour of ``air``.
    receptors : float64 (receptor, 2)
        Places on the plane of the city [m].
    air : CalmAir
    seed : int
        Same seed, same bytes, at any number of threads.
    walkers_per_hour : int
        A multiple of `MEMBERS`.
    release_hours : int
        Hours from the beginning of ``air`` in which there are releases.
    first_seen_hour : int
        Hour of ``air`` from which on concentrations are wanted.
    """
    if walkers_per_hour % MEMBERS:
        raise ValueError(f"{walkers_per_hour} walkers an hour are no multiple of {MEMBERS}")
    hours = len(air.rows) * STEP_S // 3600 - first_seen_hour
    made = np.zeros((MEMBERS, hours, AGE_LIMIT_H + 1, len(receptors)))
    fates = np.zeros((MEMBERS, len(FATES)))
    life = ageing()
    _walk(
        made, fates, air.rows, np.ascontiguousarray(receptors, dtype=float), seed, source.kind,
        np.ascontiguousarray(source.path, dtype=float), source.low, source.high, source.sigma_low,
        source.sigma_high, source.aloft, source.sigma_y, walkers_per_hour, release_hours,
        first_seen_hour * 3600.0, life.step, life.small, life.meander,
    )  # fmt: skip
    fate = dict(zip(FATES, (fates.sum(axis=0) / MEMBERS).tolist(), strict=True))
    return WalkResult(made.mean(axis=0), made.sum(axis=2), fate)
