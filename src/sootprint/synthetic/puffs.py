"""Gaussian puffs with memory: the physics that makes the truth of a synthetic city.

A puff is released from each emitter every 15 minutes, drifts with the wind of its own height, grows with
its travel time after Draxler (1976), and lies between the ground and the highest lid that it has met. Below
the lid the city's warmth and roughness stir the air (the near-neutral form of the growth), above it the air
is stable. A puff released above the lid stays aloft, unseen at the ground, until the mixing layer grows
into it (fumigation). Calm air needs no special case: what does not drift away accumulates.

Nothing here is shared with the engines that an investigation uses: growth is by travel time and
turbulence, not by distance and stability class, and the rise of stack plumes is that of VDI 3782-3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

WIND_STEP_S = 300
"""Time step of the wind and of old puffs [s]."""

RELEASE_STEP_S = 900
"""Time between two puffs of one emitter [s]."""

FIRST_STEPS_S = (15.0, 25.0, 40.0, 70.0, 150.0)
"""Steps of a puff in its first wind step [s]: short where it grows quickly."""

TRANSPORT_TOP_M = 300.0
"""Height above which the wind no longer grows [m]."""


@njit(cache=True)
def lateral_time_function(age_s: float) -> float:
    """Travel time reduced by the loss of correlation, crosswind [s].

    t / (1 + 0.9 (t / 1000 s)^½); σ_y = σ_v times it. Draxler 1976, doi:10.1016/0004-6981(76)90226-2, in
    the form of Irwin 1983; at 1000 s it is 526.3 s.
    """
    return age_s / (1.0 + 0.9 * math.sqrt(age_s / 1000.0))


@njit(cache=True)
def vertical_time_function(age_s: float, stable: bool) -> float:
    """Travel time reduced by the loss of correlation, vertical [s].

    Stable: t / (1 + 0.945 (t / 100 s)^0.806), else t / (1 + 0.9 (t / 500 s)^½); σ_z = σ_w times it.
    Draxler 1976, doi:10.1016/0004-6981(76)90226-2, in the form of Irwin 1983; stable at 100 s it is 51.4 s.
    """
    if stable:
        return age_s / (1.0 + 0.945 * (age_s / 100.0) ** 0.806)
    return age_s / (1.0 + 0.9 * math.sqrt(age_s / 500.0))


@njit(cache=True)
def vertical_density(z: float, height: float, sigma_z: float, lid: float) -> float:
    """Vertical distribution of a puff between ground and lid [m⁻¹]; its integral from 0 to the lid is 1.

    Images at both walls; uniform where σ_z is over 1.2 lids, from where on the images differ from it by
    less than 0.2 %.
    """
    if z > lid:
        return 0.0
    if sigma_z > 1.2 * lid:
        return 1.0 / lid
    total = 0.0
    for n in range(-3, 4):
        a = (z - height + 2.0 * n * lid) / sigma_z
        b = (z + height + 2.0 * n * lid) / sigma_z
        total += math.exp(-0.5 * a * a) + math.exp(-0.5 * b * b)
    return total / (math.sqrt(2.0 * math.pi) * sigma_z)


@njit(cache=True)
def path_mean_density(dx: float, dy: float, path_x: float, path_y: float, sigma_y: float) -> float:
    """Horizontal distribution of a puff, averaged over a straight path [m⁻²].

    Parameters
    ----------
    dx, dy : float
        Receptor less the beginning of the path [m].
    path_x, path_y : float
        Path of the puff's middle in the step [m].
    sigma_y : float
        Horizontal standard deviation, the same in both directions [m].
    """
    length = math.sqrt(path_x * path_x + path_y * path_y)
    if length < 0.3 * sigma_y:
        rx, ry = dx - 0.5 * path_x, dy - 0.5 * path_y
        return math.exp(-0.5 * (rx * rx + ry * ry) / (sigma_y * sigma_y)) / (2.0 * math.pi * sigma_y**2)
    along = (dx * path_x + dy * path_y) / length
    across = (dy * path_x - dx * path_y) / length
    scale = math.sqrt(2.0) * sigma_y
    swept = 0.5 * (math.erf(along / scale) - math.erf((along - length) / scale)) / length
    return swept * math.exp(-0.5 * (across / sigma_y) ** 2) / (math.sqrt(2.0 * math.pi) * sigma_y)


@njit(cache=True)
def _march(
    operator: Array,
    fate: Array,
    first_hour: int,
    x0: float,
    y0: float,
    heights: Array,
    sigma_y0: float,
    sigma_z0: float,
    share: float,
    receptors: Array,
    air: Array,
    maximum_steps: int,
    boundary_m: float,
    first_steps: Array,
) -> None:
    """Puffs of one emitter added to ``operator[hour, lag, receptor]``; ``fate`` counts mass by end."""
    n_steps = air.shape[0]
    n_lags, n_receptors = operator.shape[1:]
    per_release = RELEASE_STEP_S // WIND_STEP_S
    per_hour = 3600 // WIND_STEP_S
    for release in range(1, n_steps, per_release):
        release_hour = release // per_hour
        mass = share * RELEASE_STEP_S
        height = heights[release_hour]
        x, y = x0, y0
        lid = air[release, 2]
        aloft = height > lid
        base_z, grown_z, age_z = sigma_z0, 0.0, 0.0
        grown_y, age = 0.0, 0.0
        previous_y, previous_z = 0.0, 0.0
        above = aloft
        end = 3
        for k in range(maximum_steps):
            step = release + k
            if step >= n_steps:
                end = 0
                break
            mixing = air[step, 2]
            if aloft and height <= mixing:
                aloft, lid = False, mixing
            elif not aloft and mixing > lid:
                lid = mixing
            if (height > mixing) != above:
                above = not above
                base_z = math.sqrt(base_z * base_z + grown_z * grown_z)
                grown_z, age_z, previous_z = 0.0, 0.0, 0.0
            hour = step // per_hour
            lag = hour - release_hour
            out = hour - first_hour
            pieces = first_steps.shape[0] if k == 0 else (2 if k == 1 else 1)
            for piece in range(pieces):
                dt = first_steps[piece] if k == 0 else WIND_STEP_S / pieces
                sigma_z = math.sqrt(base_z * base_z + grown_z * grown_z)
                drift_height = 0.5 * lid if (sigma_z > lid and not aloft) else max(height, 0.6 * sigma_z)
                ratio = min(max(drift_height, 10.0), TRANSPORT_TOP_M) / 10.0
                speed = ratio ** air[step, 5]
                turn = air[step, 6] * min(ratio / 20.0, 1.0)
                cos, sin = math.cos(turn), math.sin(turn)
                path_x = (air[step, 0] * cos + air[step, 1] * sin) * speed * dt
                path_y = (air[step, 1] * cos - air[step, 0] * sin) * speed * dt
                next_y = lateral_time_function(age + dt)
                gain_y = air[step, 3] * (next_y - previous_y)
                next_z = vertical_time_function(age_z + dt, above)
                gain_z = 0.0
                if above:
                    gain_z = air[step, 7] * (next_z - previous_z)
                elif sigma_z <= 1.2 * mixing:
                    decay = math.sqrt(max(1.0 - height / mixing, 0.0)) if air[step, 8] > 0.0 else 1.0
                    gain_z = air[step, 4] * decay * (next_z - previous_z)
                previous_z = next_z
                middle_y = math.sqrt(sigma_y0 * sigma_y0 + (grown_y + 0.5 * gain_y) ** 2)
                middle_z = math.sqrt(base_z * base_z + (grown_z + 0.5 * gain_z) ** 2)
                if out >= 0 and lag < n_lags and not aloft:
                    reach = 5.0 * middle_y + abs(path_x) + abs(path_y)
                    for r in range(n_receptors):
                        dx, dy = receptors[r, 0] - x, receptors[r, 1] - y
                        if abs(dx) > reach or abs(dy) > reach:
                            continue
                        density = path_mean_density(dx, dy, path_x, path_y, middle_y)
                        density *= vertical_density(receptors[r, 2], height, middle_z, lid)
                        operator[out, lag, r] += mass * density * dt / 3600.0
                x, y = x + path_x, y + path_y
                grown_y, grown_z = grown_y + gain_y, grown_z + gain_z
                age, age_z, previous_y = age + dt, age_z + dt, next_y
            if abs(x) > boundary_m or abs(y) > boundary_m:
                end = 2
                break
        fate[1 if (end == 0 and aloft) else end] += mass


@dataclass(frozen=True)
class PuffAir:
    """Air that puffs live in, one row each five minutes.

    Attributes
    ----------
    rows : float64 (step, 9)
        Eastward and northward wind at 10 m [m s⁻¹], mixing height [m], σ_v and σ_w in the mixing layer
        [m s⁻¹], exponent of the wind profile [1], turning of the wind up to 200 m, clockwise [rad],
        σ_w above the lid [m s⁻¹], 1 where σ_w falls to nothing at the lid as (1 − z/h)^½ and 0 where
        convection keeps it up.
    """

    rows: Array

    def __post_init__(self) -> None:
        if self.rows.ndim != 2 or self.rows.shape[1] != 9:
            raise ValueError(f"air has shape {self.rows.shape}, expected (step, 9)")


@dataclass(frozen=True)
class Emitter:
    """Point that puffs start from.

    Attributes
    ----------
    x, y : float
        Place relative to the middle of the city [m].
    heights : float64 (hour)
        Height of the puff's middle at release in every hour, spin-up included [m].
    sigma_y0, sigma_z0 : float
        Standard deviations at release [m].
    share : float
        Part of the source's emission that leaves here [1].
    """

    x: float
    y: float
    heights: Array
    sigma_y0: float
    sigma_z0: float
    share: float


@dataclass(frozen=True)
class PuffResult:
    """What the puffs of one source made.

    Attributes
    ----------
    operator : float64 (hour, lag, receptor)
        Concentration for a unit emission ``lag`` hours earlier [s m⁻³].
    fate : dict of str to float
        Released mass by where it was at the end: ``in_basin``, ``aloft``, ``left``, ``too_old`` [g per
        g s⁻¹].
    """

    operator: Array
    fate: dict[str, float]


def unit_operator(
    emitters: list[Emitter],
    receptors: Array,
    air: PuffAir,
    *,
    first_hour: int,
    age_limit_h: int = 15,
    boundary_m: float = 30_000.0,
) -> PuffResult:
    """Concentrations that a unit emission of one source makes, by the hour of emission.

    Parameters
    ----------
    emitters : list of Emitter
        Points of the source; their shares add up to 1.
    receptors : float64 (receptor, 3)
        x, y and height above ground [m], on the plane of the emitters.
    air : PuffAir
        Air from the first hour of the spin-up on.
    first_hour : int
        Hours of spin-up, which are simulated and not returned.
    age_limit_h : int
        Age at which a puff is given up and counted [h].
    boundary_m : float
        Distance from the middle at which a puff has left and is counted [m].

    Returns
    -------
    PuffResult
    """
    hours = len(air.rows) * WIND_STEP_S // 3600
    operator = np.zeros((hours - first_hour, age_limit_h + 1, len(receptors)))
    fate = np.zeros(4)
    for emitter in emitters:
        _march(
            operator,
            fate,
            first_hour,
            emitter.x,
            emitter.y,
            np.ascontiguousarray(emitter.heights, dtype=float),
            emitter.sigma_y0,
            emitter.sigma_z0,
            emitter.share,
            np.ascontiguousarray(receptors, dtype=float),
            air.rows,
            age_limit_h * 3600 // WIND_STEP_S,
            boundary_m,
            np.array(FIRST_STEPS_S),
        )
    names = ("in_basin", "aloft", "left", "too_old")
    return PuffResult(operator, dict(zip(names, fate.tolist(), strict=True)))


def vdi_plume_rise(
    diameter_m: float,
    exit_velocity_m_s: float,
    exit_temperature_k: float,
    wind_speed: Array,
    stability: NDArray[np.int64],
) -> Array:
    """Final rise of a stack plume [m], shape of ``wind_speed``.

    VDI 3782 Part 3 (1985): with the heat flow q = 1.36e-3 R (T − 10) [MW], R the gas flow at 0 °C
    [m³ s⁻¹] and T the gas temperature [°C], the rise is 74.4 (q/u)^⅓ in stable air, 78.4 q^0.75 / u up to
    6 MW and 102 q^0.6 / u above in neutral air, 112 q^0.75 / u up to 6 MW and 146 q^0.6 / u above in
    unstable air, and for flows below 1.4 MW the larger of 3 v d / u and (84 q^½ + 0.35 v d) / u. At 10 MW
    and 4 m s⁻¹ in neutral air it is 101.5 m.

    Parameters
    ----------
    diameter_m, exit_velocity_m_s, exit_temperature_k : float
        Mouth of the stack [m], [m s⁻¹], [K].
    wind_speed : float64
        Speed at the mouth [m s⁻¹]; the guideline takes 1 m s⁻¹ for less.
    stability : int64
        −1 unstable, 0 neutral, 1 stable.
    """
    wind = np.maximum(wind_speed, 1.0)
    flow = math.pi / 4.0 * diameter_m**2 * exit_velocity_m_s * 273.15 / exit_temperature_k
    heat = 1.36e-3 * flow * max(exit_temperature_k - 283.15, 0.0)
    jet = exit_velocity_m_s * diameter_m
    if heat < 1.4:
        return np.maximum(3.0 * jet / wind, (84.0 * math.sqrt(heat) + 0.35 * jet) / wind)
    power = heat**0.75 if heat <= 6.0 else heat**0.6
    neutral = (78.4 if heat <= 6.0 else 102.0) * power / wind
    unstable = (112.0 if heat <= 6.0 else 146.0) * power / wind
    stable = np.minimum(74.4 * np.cbrt(heat / wind), neutral)
    return np.select([stability > 0, stability < 0], [stable, unstable], neutral)


def release_height(stack_m: float, rise_m: Array, lid_m: Array) -> Array:
    """Height of a plume's middle after its rise against the lid [m], shape of ``rise_m``.

    Briggs 1984 (in Randerson, DOE/TIC-27601) lets a plume through an inversion where the air between stack
    and lid is less than about half of the rise in neutral air; else it levels off under the lid, here at
    0.95 of it.
    """
    room = lid_m - stack_m
    free = stack_m + rise_m
    return np.where(room > 0.5 * rise_m, np.minimum(free, 0.95 * lid_m), free)
