"""What every law stands on: air from profiles, walks of many particles, and the rows of the table."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.langevin import CELLS_PER_OCTAVE
from sootprint.dispersion.particles.air import air_of
from sootprint.dispersion.particles.arrays import NO_TERRAIN, Air, Rules, Singles, Targets, Terrain, bins_of
from sootprint.dispersion.particles.columns import Columns, columns
from sootprint.dispersion.particles.options import ParticleOptions
from sootprint.dispersion.particles.tables import HEIGHT, SIGMA_W, make_tables
from sootprint.dispersion.particles.walk import STATE, walker

STEP_S = ParticleOptions().step_s
"""Step of an old particle in production [s]."""
TICKS = ParticleOptions().ticks_per_segment
"""Steps of a segment in production."""
BATCH = 2000
"""Particles walked at once: their state stays in the cache."""
THREADS = 2
SIGMAS = 3.0
"""Standard deviations that a sampled number may be away from its law."""


class Finding(NamedTuple):
    """Row of the table: a number, the law's number, and how far they may be apart.

    Attributes
    ----------
    law, profile, what : str
        Which law, in which air, and which number.
    value, expected, error : float
        What was found, what the law states, and the standard deviation of the difference by sampling; NaN
        where nothing is sampled.
    bound : float
        Largest distance of value and expected, in the unit of the value.
    passed : bool
    """

    law: str
    profile: str
    what: str
    value: float
    expected: float
    error: float
    bound: float
    passed: bool


def within(law: str, profile: str, what: str, value: float, expected: float, error: float) -> Finding:
    """Row of a sampled number, which may be `SIGMAS` standard deviations away."""
    bound = SIGMAS * error
    return Finding(law, profile, what, value, expected, error, bound, bool(abs(value - expected) <= bound))


def near(law: str, profile: str, what: str, value: float, expected: float, bound: float) -> Finding:
    """Row of a number that is not sampled, or whose sampling error is small beside the bound."""
    passed = bool(abs(value - expected) <= bound)
    return Finding(law, profile, what, value, expected, float("nan"), bound, passed)


class Walked(NamedTuple):
    """Particles after a walk, in the order of their starts.

    Attributes
    ----------
    x, y, z : float64 (particle)
        Places [m].
    speeds : float64 (particle, 5)
        Normalised velocities: vertical, east, north, meander east and north [1].
    weight : float64 (particle)
    found : float64 (particle, target)
        What each particle counted at each target [s m⁻³].
    fate : float64 (3)
        Weight that left, was deposited, grew too old, over all weight.
    """

    x: Floats
    y: Floats
    z: Floats
    speeds: Floats
    weight: Floats
    found: Floats
    fate: Floats


def even_air(
    z: Floats,
    *,
    wind: Any = 0.0,
    sigma_w: Any = 0.3,
    sigma_v: Any = 0.3,
    time_w: Any = 100.0,
    time_v: Any = 100.0,
    meander: tuple[float, float, float] = (0.0, 0.0, 0.0),
    lid: float = 1000.0,
    segments: int = 1,
    step_s: float = STEP_S,
) -> Air:
    """Air that stays as it is; profiles are numbers or arrays (level) on heights ``z`` [m]."""
    rows = [
        np.broadcast_to(np.asarray(part, float), z.shape)
        for part in (wind, 0.0, sigma_w, sigma_v, time_w, time_v)
    ]
    tables, tops = make_tables(z, tuple(np.repeat(row[None], segments, axis=0) for row in rows), step_s)
    middle = min(int(np.searchsorted(z, min(0.5 * lid, 50.0))), z.size - 1)
    bulk = [rows[3][middle], rows[5][middle], rows[2][middle], rows[4][middle], abs(rows[0][middle])]
    return Air(
        tables=tables,
        tops=tops,
        bulk=np.tile(bulk, (segments, 1)),
        lids=np.full(segments, lid),
        meander=np.tile(np.asarray(meander, float), (segments, 1)),
        hours=np.zeros(segments, dtype=np.int64),
    )


def weather_air(
    hours: pd.DataFrame, *, top_m: float, segments: int, low_wind: float = 0.3
) -> tuple[Air, Columns]:
    """Air of hours of a table ``boundary_layer`` through the production profiles, and the hours' columns."""
    made = columns(hours, top_m=top_m, options={"low_wind_sigma_v": low_wind})
    return air_of(made, segments=segments, step_s=3600.0 / segments / TICKS), made


def rules(**changed: Any) -> Rules:
    """Rules of an unbounded domain without losses."""
    given: dict[str, Any] = {
        "sign": 1,
        "step_s": STEP_S,
        "ticks_per_segment": TICKS,
        "oldest": TICKS,
        "west": -1e9,
        "east": 1e9,
        "south": -1e9,
        "north": 1e9,
        "width": 0.35,
        "width_z": 0.3,
        "widest": 400.0,
        "fall": 0.0,
        "decay": 0.0,
        "keep_lags": 0,
        "thin_age": 0,
        "distant_from": np.inf,
    }
    return Rules(**(given | changed))


def targets(
    x: Any = (), y: Any = 0.0, z: Any = 0.0, sigma: Any = 1.0, spread: Any = 1.0, hours: int = 1
) -> Targets:
    """Targets of one blob and one layer each, at places, heights and with standard deviations [m]."""
    x, y, z, sigma, spread = (
        np.array(part, float) for part in np.broadcast_arrays(np.atleast_1d(x), y, z, sigma, spread)
    )
    count = max(x.size, 1)
    height, depth, weight = np.zeros(count), np.ones(count), np.zeros(count)
    height[: x.size], depth[: x.size], weight[: x.size] = z, spread, 1.0
    reach = np.sqrt(6.0 * (400.0**2 + sigma**2))
    if x.size:
        bounds = (x - reach).min(), (x + reach).max(), (y - reach).min(), (y + reach).max()
        width = max(bounds[1] - bounds[0], bounds[3] - bounds[2]) / 20.0
        bins = bins_of(x, y, reach, bounds, width)
    else:
        bins = bins_of(x, y, reach, (0.0, 1.0, 0.0, 1.0), 1.0)
    layers = (np.repeat(part[None, :, None], hours, axis=0) for part in (weight, height, depth))
    across = np.zeros((hours, count))
    return Targets(np.arange(x.size), x, y, sigma, np.ones(x.size), across, *layers, **bins)


def walk(
    air: Air,
    rule: Rules,
    *,
    z: Floats,
    x: Any = 0.0,
    y: Any = 0.0,
    speeds: Floats | None = None,
    seed: int = 1,
    tick: int | None = None,
    counted: Targets | None = None,
    terrain: Terrain = NO_TERRAIN,
    absorbed: float = 0.0,
    precision: str = "single",
) -> Walked:
    """Walk of particles that all start at one moment, batches of them in threads.

    Parameters
    ----------
    z, x, y : float64 (particle)
        Places of the start [m]; ``x`` and ``y`` may be numbers.
    speeds : float64 (particle, 5), optional
        Normalised velocities at the start; drawn without.
    tick : int, optional
        Moment of the start; without, the beginning of the air, or its end if backward.
    absorbed : float
        Part of the weight that a touch of the ground takes [1].
    """
    count = z.size
    random = np.random.default_rng(seed)
    real = np.float32 if precision == "single" else np.float64
    state = np.zeros((count, STATE), dtype=real)
    state[:, 0], state[:, 1], state[:, 2] = x, y, z
    state[:, 3:8] = random.standard_normal((count, 5)) if speeds is None else speeds
    weight = np.ones(count, dtype=real)
    words = random.integers(0, 2**32, (count, 4), dtype=np.uint32)
    segments = air.tops.size
    if tick is None:
        tick = 0 if rule.sign > 0 else rule.ticks_per_segment * segments
    aims = targets() if counted is None else counted
    columns_of = aims.weight.shape[1]
    found = np.zeros((count, columns_of), dtype=np.float32)
    losses = np.full(segments, absorbed)
    stepped = walker(precision)

    def part(first: int) -> Floats:
        here = slice(first, min(first + BATCH, count))
        size = here.stop - first
        fate = np.zeros(3)
        stepped(
            state[here],
            weight[here],
            words[here],
            tick,
            air,
            terrain,
            aims,
            aims,
            rule,
            losses,
            np.zeros((size, columns_of), dtype=np.float32),
            found[here],
            np.zeros((1, columns_of)),
            np.zeros((1, columns_of)),
            fate,
            np.zeros((air.tables.shape[1], 4), dtype=np.float32),
        )
        return fate

    with ThreadPoolExecutor(THREADS) as pool:
        fates = list(pool.map(part, range(0, count, BATCH)))
    last = tick + rule.sign * rule.oldest - (0 if rule.sign > 0 else 1)
    segment = min(max(last // rule.ticks_per_segment, 0), segments - 1)
    place = state.astype(float)
    return Walked(
        x=place[:, 0],
        y=place[:, 1],
        z=heights_of(air.tables[segment], place[:, 2]),
        speeds=place[:, 3:8],
        weight=weight.astype(float),
        found=found.astype(float),
        fate=np.sum(fates, axis=0) / count,
    )


def feet(cells: int) -> Floats:
    """Stretched heights [s] at which the cells of a table begin."""
    octave, part = np.divmod(np.arange(cells), CELLS_PER_OCTAVE)
    return np.exp2(octave) * (1.0 + part / CELLS_PER_OCTAVE) - 1.0


def heights_of(table: Singles, s: Floats) -> Floats:
    """Heights [m] of stretched heights [s]."""
    foot = feet(len(table))
    cell = np.clip(np.searchsorted(foot, s, side="right") - 1, 0, len(table) - 1)
    return table[cell, HEIGHT].astype(float) + (s - foot[cell]) * table[cell, SIGMA_W]


def mean_and_error(values: NDArray[Any]) -> tuple[float, float]:
    """Mean of independent values and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))


def kernel_start(
    random: np.random.Generator, count: int, place: tuple[float, float, float], sigma: float, spread: float
) -> tuple[Floats, Floats, Floats]:
    """Places [m] drawn from the kernel by which a target of these standard deviations [m] counts."""
    away = np.sqrt(6.0) * sigma * np.sqrt(1.0 - np.sqrt(random.uniform(size=count)))
    angle = random.uniform(0.0, 2.0 * np.pi, count)
    # The median of three uniform numbers has the parabolic density.
    above = np.median(random.uniform(-1.0, 1.0, (3, count)), axis=0)
    z = np.abs(place[2] + np.sqrt(5.0) * spread * above)
    return place[0] + away * np.cos(angle), place[1] + away * np.sin(angle), z
