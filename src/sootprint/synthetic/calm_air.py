"""Analytic air of the calm days of a synthetic city: a basin flow, turbulence under a low lid, a lid.

The flow is a sum of fields that are free of divergence exactly, because each is made of a stream function or
of a pair of potential and vertical function:

* gyres: (u, v) = f(z) (−∂ψ/∂c, ∂ψ/∂a), ω = 0;
* sloshing along the valley: u = Q G'(z), ω = −∂Q/∂a G(z);
* drainage towards the middle at night: (u, v) = ∇χ G'(z), ω = −∇²χ G(z);
* a drift, (u, v) = (U, V) s(z), ω = 0, the same everywhere, weak under the lid;
* outside the episode the wind of the November, the same everywhere, with its profile.

a and c are the coordinates along and across the valley. ψ, Q and χ are built from (1 − ξ²)³ (1 − η²)³ and
vanish with two derivatives at the rim of the basin. G(z) = z (1 − z/h)² vanishes at the ground and at the lid
h: what flows in below h/3 lifts and flows out above.

Turbulence is that of a mixing length: σ_w is constant under the lid and falls to its value in the stable air
above it over a third of the lid's height; the length l = ½ (z + ½ m) / (1 + (z + ½ m) / (2 l_∞)) does so too;
T_L = l / σ_w and K = σ_w l = σ_w² T_L.

All numbers are assumptions of the scene.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sootprint.synthetic.air import STEPS_PER_HOUR, Air, autoregressive

Array = NDArray[np.float64]

STEP_S = 300
"""Time step of the table of the air [s]."""

AXIS_DEG = 112.0
"""Direction of the valley's axis, clockwise from north [degrees]."""

CENTRE_X_M, CENTRE_Y_M = 4000.0, 500.0
"""Middle of the basin on the plane of the city [m]."""

HALF_LENGTH_M, HALF_WIDTH_M = 20_000.0, 12_000.0
"""Half axes of the basin along and across the valley [m]."""

AXIS_EAST, AXIS_NORTH = math.sin(math.radians(AXIS_DEG)), math.cos(math.radians(AXIS_DEG))

STEEPEST = 96.0 / (25.0 * math.sqrt(5.0))
"""Largest slope of (1 − s²)³ [1]."""

MAST_PLACE_M = (11_500.0, 4_500.0)
"""Place of the airport's mast on the plane of the city [m]."""

CALM_WIND_M_S = 0.2
"""Wind that the scales of the meander are taken at [m s⁻¹]."""

DRIFT_M_S = 0.8
"""Speed of the air well above the lid [m s⁻¹]."""

EDGE_H = 3
"""Hours at both ends of the episode in which its air and that of the November pass into each other [h]."""

EAST, NORTH, EXPONENT, GYRE, PAIR, BAND, SLOSH, DRAIN, LID = range(9)
SIGMA_W, LENGTH, SIGMA_ABOVE, LENGTH_ABOVE, SIGMA_V, SIGMA_MEANDER, CALM = range(9, 16)
DRIFT_EAST, DRIFT_NORTH = 16, 17
COLUMNS = 18
"""Columns of the table of the air: wind of the November at 10 m [m s⁻¹] and exponent of its profile;
amplitudes of the three gyres, the sloshing and the drainage [m s⁻¹]; lid [m]; σ_w [m s⁻¹] and l_∞ [m] under
it, σ_w and l above it; σ_v of the small-scale motion and σ of the meander [m s⁻¹]; weight of the episode's
air [1]; drift well above the lid [m s⁻¹]."""


@njit(cache=True)
def bump(s: float) -> tuple[float, float, float]:
    """(1 − s²)³ inside |s| < 1, else 0, with its first and second derivative [1]."""
    rest = 1.0 - s * s
    if rest <= 0.0:
        return 0.0, 0.0, 0.0
    return rest**3, -6.0 * s * rest * rest, rest * (24.0 * s * s - 6.0 * rest)


@njit(cache=True)
def basin_flow(
    x: float,
    y: float,
    z: float,
    gyre: float,
    pair: float,
    band: float,
    slosh: float,
    drain: float,
    lid: float,
) -> tuple[float, float, float]:
    """Eastward, northward and upward velocity of the basin flow [m s⁻¹]; exactly free of divergence.

    Parameters
    ----------
    x, y, z : float
        Place on the plane of the city, height above ground [m].
    gyre, pair, band : float
        Amplitude of one gyre, of two side by side along the valley, and of two across it [m s⁻¹].
    slosh, drain : float
        Amplitude of the sloshing and of the drainage, at the ground [m s⁻¹].
    lid : float
        Top of sloshing and drainage [m].
    """
    dx, dy = x - CENTRE_X_M, y - CENTRE_Y_M
    along = (dx * AXIS_EAST + dy * AXIS_NORTH) / HALF_LENGTH_M
    across = (dy * AXIS_EAST - dx * AXIS_NORTH) / HALF_WIDTH_M
    if abs(along) >= 1.0 or abs(across) >= 1.0:
        return 0.0, 0.0, 0.0
    p, dp, ddp = bump(along)
    r, dr, ddr = bump(across)
    shape = 0.35 + 0.65 * z / (z + 60.0)
    scale = HALF_WIDTH_M / STEEPEST
    factor = gyre + 2.0 * pair * along + 2.0 * band * across
    u = -shape * scale / HALF_WIDTH_M * p * (factor * dr + 2.0 * band * r)
    v = shape * scale / HALF_LENGTH_M * r * (factor * dp + 2.0 * pair * p)
    w = 0.0
    if z < lid:
        part = z / lid
        g = z * (1.0 - part) ** 2
        slope = (1.0 - part) * (1.0 - 3.0 * part)
        u += slope * (slosh * p * r + drain * scale / HALF_LENGTH_M * dp * r)
        v += slope * drain * scale / HALF_WIDTH_M * p * dr
        w -= g * slosh * dp * r / HALF_LENGTH_M
        w -= g * drain * scale * (ddp * r / HALF_LENGTH_M**2 + p * ddr / HALF_WIDTH_M**2)
    return u * AXIS_EAST - v * AXIS_NORTH, u * AXIS_NORTH + v * AXIS_EAST, w


@njit(cache=True)
def drift_share(z: float, lid: float) -> float:
    """Share of the drift that a height has [1]: up to a quarter under the lid, 1 well above it.

    ¼ z / (z + 20 m) up to the lid, and from there on a level passage to 1 over half a lid and 50 m.
    """
    low = 0.25 * min(z, lid) / (min(z, lid) + 20.0)
    t = (z - lid) / (0.5 * lid + 50.0)
    if t <= 0.0:
        return low
    return 1.0 if t >= 1.0 else low + (1.0 - low) * t * t * (3.0 - 2.0 * t)


@njit(cache=True)
def turbulence_at(
    z: float, lid: float, sigma: float, length: float, sigma_above: float, length_above: float
) -> tuple[float, float, float, float]:
    """σ_w [m s⁻¹], dσ_w/dz [s⁻¹], mixing length l [m] and dl/dz [1] at a height.

    Parameters
    ----------
    z, lid : float
        Height and lid [m].
    sigma, length : float
        σ_w [m s⁻¹] and l_∞ [m] under the lid.
    sigma_above, length_above : float
        Both in the stable air above it.
    """
    raised = z + 0.5
    reduced = 1.0 + raised / (2.0 * length)
    below = 0.5 * raised / reduced
    below_slope = 0.5 / (reduced * reduced)
    low, width = 0.85 * lid, 0.3 * lid
    if z <= low:
        return sigma, 0.0, below, below_slope
    if z >= low + width:
        return sigma_above, 0.0, length_above, 0.0
    t = (z - low) / width
    share = 1.0 - t * t * (3.0 - 2.0 * t)
    share_slope = -6.0 * t * (1.0 - t) / width
    return (
        sigma_above + (sigma - sigma_above) * share,
        (sigma - sigma_above) * share_slope,
        length_above + (below - length_above) * share,
        below_slope * share + (below - length_above) * share_slope,
    )


@dataclass(frozen=True)
class CalmAir:
    """Air that walkers live in.

    Attributes
    ----------
    rows : float64 (step, 18)
        A row each five minutes from ``first_hour`` of the November on; columns as in `COLUMNS`.
    first_hour : int
        Hour of the first row, counted from the beginning of the spin-up of the November.
    lid : float64 (hour)
        Mean lid of each hour [m].
    mast : complex128 (step)
        Wind at the mast at 10 m, eastward + i northward [m s⁻¹].
    """

    rows: Array
    first_hour: int
    lid: Array
    mast: NDArray[np.complex128]


def smooth(t: Array) -> Array:
    """Passage from 0 to 1 with level ends [1]."""
    t = np.clip(t, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def meander_scales() -> tuple[float, float]:
    """p and q of the autocorrelation e^(−pτ) cos qτ of light wind [s⁻¹].

    The form is that of Anfossi et al. 2005 (Boundary-Layer Meteorology 114, 179–203), the scales those of
    Oettl et al. 2005 (Atmospheric Environment 39, 1739–1748): m = 8.5/(U+1)², T* = 200 m + 350 s, q = 2π/T*,
    p = q/m; at 0.2 m s⁻¹ T* is 1531 s.
    """
    m = 8.5 / (CALM_WIND_M_S + 1.0) ** 2
    q = 2.0 * math.pi / (200.0 * m + 350.0)
    return q / m, q


def calm_lid(rng: np.random.Generator, solar_hour: Array, day: NDArray[np.int64]) -> Array:
    """Lid of calm days [m]: 30–150 m at night, 260–560 m in the afternoon, shape of ``solar_hour``.

    Each night and each day has its own; growth begins 9.2–11.2 h after solar midnight and takes 3 h, collapse
    takes 2 h from 15.6 h on, as in the rest of the November.
    """
    count = int(day.max()) + 2
    night = rng.uniform(30.0, 150.0, count)
    top, start = rng.uniform(260.0, 560.0, count), rng.uniform(9.2, 11.2, count)
    low = np.where(solar_hour < 14.5, night[day], night[day + 1])
    up = smooth((solar_hour - start[day]) / 3.0) * (1.0 - smooth((solar_hour - 15.6) / 2.0))
    return np.asarray(np.exp(np.log(low) + (np.log(top[day]) - np.log(low)) * up))


def make_calm_air(
    rng: np.random.Generator,
    air: Air,
    sun: Array,
    solar_hour: Array,
    *,
    first: int,
    begin: int,
    end: int,
    last: int,
) -> CalmAir:
    """Air of the calm episode, and of the hours around it that its walkers see.

    Parameters
    ----------
    rng : numpy.random.Generator
    air : Air
        Air of the November, spin-up included; its wind, lid and turbulence stand outside the episode.
    sun : float64 (hour)
        Sine of the sun's elevation, spin-up included [1].
    solar_hour : float64 (hour)
        Mean solar time of the middle of each hour, spin-up included [h].
    first, begin, end, last : int
        First hour of the table, first hour of the episode, first hour after it, end of the table, counted
        from the beginning of the spin-up.
    """
    hours = np.arange(first, last)
    fine = first + (np.arange(len(hours) * STEPS_PER_HOUR) + 0.5) / STEPS_PER_HOUR
    calm = smooth((fine - begin) / EDGE_H) * (1.0 - smooth((fine - end + EDGE_H) / EDGE_H))
    november = air.puff_air.rows[first * STEPS_PER_HOUR : last * STEPS_PER_HOUR]
    clock = np.interp(fine - 0.5, hours, np.unwrap(solar_hour[hours], period=24.0))
    day = np.floor(clock / 24.0).astype(np.int64)
    own_lid = calm_lid(rng, clock % 24.0, day - int(day.min()))
    light = np.clip(np.interp(fine - 0.5, np.arange(len(sun)), sun) / 0.3, 0.0, 1.0)
    rows = np.zeros((len(fine), COLUMNS))
    rows[:, CALM] = calm
    rows[:, EAST] = (1.0 - calm) * november[:, 0]
    rows[:, NORTH] = (1.0 - calm) * november[:, 1]
    rows[:, EXPONENT] = november[:, 5]
    for column, amplitude in ((GYRE, 0.12), (PAIR, 0.10), (BAND, 0.10)):
        rows[:, column] = calm * amplitude * _wander(rng, len(fine), 6.0)
    slosh = np.sin(2.0 * math.pi * fine / rng.uniform(5.0, 7.0) + rng.uniform(0.0, 2.0 * math.pi))
    rows[:, SLOSH] = calm * (0.09 * slosh + 0.06 * _wander(rng, len(fine), 3.0))
    rows[:, DRAIN] = calm * (0.12 * (1.0 - light) - 0.05 * light) * np.exp(0.3 * _wander(rng, len(fine), 6.0))
    heading = rng.uniform(0.0, 2.0 * math.pi) + 0.6 * _wander(rng, len(fine), 24.0)
    rows[:, DRIFT_EAST] = calm * DRIFT_M_S * np.cos(heading)
    rows[:, DRIFT_NORTH] = calm * DRIFT_M_S * np.sin(heading)
    rows[:, LID] = np.exp(calm * np.log(own_lid) + (1.0 - calm) * np.log(november[:, 2]))
    stirring = np.cbrt(rows[:, LID] / 400.0) * light
    rows[:, SIGMA_W] = calm * (0.09 + 0.36 * stirring) + (1.0 - calm) * november[:, 4]
    rows[:, LENGTH] = rows[:, LID] * (0.06 + 0.09 * light)
    rows[:, SIGMA_ABOVE], rows[:, LENGTH_ABOVE] = 0.02, 0.3
    rows[:, SIGMA_V] = calm * (0.18 + 0.25 * stirring) + (1.0 - calm) * november[:, 3]
    rows[:, SIGMA_MEANDER] = calm * (0.16 + 0.08 * light)
    return CalmAir(rows, first, rows[:, LID].reshape(-1, STEPS_PER_HOUR).mean(axis=1), _mast(rng, rows))


def _wander(rng: np.random.Generator, n: int, hours: float) -> Array:
    """Smooth random series of unit variance with a memory of some hours, shape (n,)."""
    coarse = autoregressive(rng, n // STEPS_PER_HOUR + 2, math.exp(-1.0 / hours))
    return np.interp(np.arange(n) / STEPS_PER_HOUR, np.arange(len(coarse)), coarse)


def _mast(rng: np.random.Generator, rows: Array) -> NDArray[np.complex128]:
    """Wind at the mast: flow there at 10 m and one meander of its own."""
    p, q = meander_scales()
    turn = np.exp((-p + 1j * q) * STEP_S)
    noise = rng.standard_normal((len(rows), 2)) @ np.array([1.0, 1j])
    made, state = np.empty(len(rows), dtype=complex), noise[0]
    for k, row in enumerate(rows):
        state = state * turn + math.sqrt(1.0 - abs(turn) ** 2) * noise[k]
        u, v, _ = basin_flow(
            *MAST_PLACE_M, 10.0, row[GYRE], row[PAIR], row[BAND], row[SLOSH], row[DRAIN], row[LID]
        )
        share = drift_share(10.0, row[LID])
        east, north = row[EAST] + share * row[DRIFT_EAST], row[NORTH] + share * row[DRIFT_NORTH]
        made[k] = east + u + 1j * (north + v) + row[SIGMA_MEANDER] * state
    return made
