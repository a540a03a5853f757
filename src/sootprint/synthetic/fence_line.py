"""A made fence line: sensors around a site, minute by minute, with releases whose place and rate are known.

Gas is carried by particles that walk at random in a surface layer (a Langevin equation with the site's
unsteady wind and their own turbulence), a truth that shares nothing with the puffs that are fitted to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

KARMAN = 0.4
PER_SECOND = 6
"""Particles that a source sends out in a second."""
BOX_M, BOX_HEIGHT_M = 4.0, 2.0
"""Sides of the box in which a sensor counts particles [m]."""
REACH_M = 180.0
"""Distance from the middle at which a particle is forgotten [m]."""
FAR_REACH_M = 420.0
"""The same for a particle from outside the fence [m]."""
OLDEST_S = 900
"""Age at which a particle is forgotten [s]."""


@dataclass(frozen=True)
class FenceLine:
    """A made data set.

    Attributes
    ----------
    observations : DataFrame
        ``time`` (UTC), ``wind_speed`` [m s⁻¹], ``wind_from_direction`` [degrees] and a column a sensor
        [mg m⁻³], a row a minute; background and noise included.
    sensors, sources : DataFrame
        ``name, x, y, height_m`` [m].
    releases : DataFrame
        ``source, start, end, rate_g_s``: the truth.
    elsewhere : DataFrame
        ``x, y`` [m], ``start, end, rate_g_s`` of releases outside the fence, which no list of sources has.
    """

    observations: pd.DataFrame
    sensors: pd.DataFrame
    sources: pd.DataFrame
    releases: pd.DataFrame
    elsewhere: pd.DataFrame


def fence_line(
    seed: int, *, days: float = 3.0, sources: int = 5, sensors: int = 8, elsewhere: int = 0
) -> FenceLine:
    """A made site with releases one after the other, each of one source.

    Sources lie within 50 m, sensors on a fence 50 to 70 m from the middle at 2 to 3 m. Rates are
    log-uniform from 0.03 to 2 g s⁻¹, releases last 0.5 to 8 h with silence of 0.5 to 6 h between them. The
    wind has a daily course, wandering of 20 minutes, and gusts of a minute or two that all particles share.
    The same seed gives the same numbers. ``elsewhere`` releases come from unlisted places 110 to 300 m from
    the middle, for 3 to 10 h each, with log-uniform rates from 0.5 to 8 g s⁻¹; they change nothing else.
    """
    rng = np.random.default_rng(seed)
    minutes = round(days * 1440)
    start = pd.Timestamp("2024-05-01") + pd.Timedelta(minutes=int(rng.integers(0, 1440)))
    times = start + pd.to_timedelta(np.arange(minutes), unit="min")
    places = _sources(rng, sources)
    posts = _sensors(rng, sensors)
    u, v, friction, own = _wind(rng, times)
    releases = _releases(rng, times, places)
    emission = np.zeros((minutes, sources))
    for row in releases.itertuples():
        inside = (times >= row.start) & (times < row.end)
        emission[inside, places.index[places["name"] == row.source][0]] = row.rate_g_s
    here = posts[["x", "y", "height_m"]].to_numpy(float)
    roughness = float(10 ** rng.uniform(-2.0, -0.8))
    walker = np.random.default_rng(rng.integers(2**32))
    own_places = places[["x", "y", "height_m"]].to_numpy(float)
    dose = _walk(u, v, friction, own, emission, own_places, here, roughness, walker, REACH_M)
    far = _elsewhere(np.random.default_rng([seed, 1]), times, elsewhere)
    if elsewhere:
        emission = np.zeros((minutes, elsewhere))
        for number, row in enumerate(far.itertuples()):
            emission[(times >= row.start) & (times < row.end), number] = row.rate_g_s
        walker = np.random.default_rng([seed, 2])
        far_places = np.column_stack([far["x"], far["y"], np.full(elsewhere, 2.0)])
        dose += _walk(u, v, friction, own, emission, far_places, here, roughness, walker, FAR_REACH_M)
    hours = np.asarray(times.hour + times.minute / 60.0, float)
    common = 1.25 + 0.12 * np.cos(2 * np.pi * (hours - 5) / 24) + _wander(rng, minutes, 180.0) * 0.03
    shared = common[:, None] + _drifting_air(rng, hours, sensors)
    level = rng.normal(0.0, 0.12, sensors)
    drift = np.stack([_wander(rng, minutes, 1440.0) for _ in range(sensors)], axis=1) * 0.02
    noise = rng.normal(0.0, 0.02, (minutes, sensors)) * rng.uniform(0.5, 2.0, sensors)
    readings = dose * 1000.0 + shared + level + drift + noise
    readings[rng.random(readings.shape) < 0.02] = np.nan
    mean_u, mean_v = u.reshape(minutes, 60).mean(axis=1), v.reshape(minutes, 60).mean(axis=1)
    table = pd.DataFrame(
        {
            "time": times,
            "wind_speed": np.hypot(u, v).reshape(minutes, 60).mean(axis=1),
            "wind_from_direction": np.degrees(np.arctan2(-mean_u, -mean_v)) % 360.0,
        }
    )
    for number, name in enumerate(posts["name"]):
        table[name] = readings[:, number]
    return FenceLine(table, posts, places, releases, far)


def _elsewhere(rng: np.random.Generator, times: pd.DatetimeIndex, count: int) -> pd.DataFrame:
    """Releases outside the fence: place, time and rate."""
    angle, distance = rng.uniform(0, 2 * np.pi, count), rng.uniform(110.0, 300.0, count)
    latest = (times[-1] - times[0]) / pd.Timedelta(hours=1)
    start = times[0] + pd.to_timedelta(rng.uniform(0.0, latest, count), unit="h").round("min")
    length = pd.to_timedelta(rng.uniform(3.0, 10.0, count), unit="h").round("min")
    return pd.DataFrame(
        {
            "x": distance * np.cos(angle),
            "y": distance * np.sin(angle),
            "start": start,
            "end": start + length,
            "rate_g_s": np.exp(rng.uniform(np.log(0.5), np.log(8.0), count)),
        }
    )


def _drifting_air(rng: np.random.Generator, hours: Array, sensors: int) -> Array:
    """Gas of the country around that gathers at night and drifts by within minutes, shape (minute, sensor).

    All sensors feel it, a few minutes apart and not quite alike.
    """
    count = len(hours)
    night = np.clip(np.cos(2 * np.pi * (hours - 4) / 24), 0.0, None)
    made = np.empty((count, sensors))
    slow = 0.35 * np.exp(0.7 * _wander(rng, count + 10, 90.0)) + 0.1 * _wander(rng, count + 10, 12.0)
    for sensor in range(sensors):
        late = int(rng.integers(0, 5))
        made[:, sensor] = night * slow[late : late + count] * rng.uniform(0.85, 1.15)
    return made


def _sources(rng: np.random.Generator, count: int) -> pd.DataFrame:
    kept: list[tuple[float, float]] = []
    while len(kept) < count:
        x, y = rng.uniform(-48, 48), rng.uniform(-25, 25)
        if all(np.hypot(x - a, y - b) > 20 for a, b in kept):
            kept.append((x, y))
    return pd.DataFrame(
        {
            "name": [f"S{number + 1}" for number in range(count)],
            "x": [place[0] for place in kept],
            "y": [place[1] for place in kept],
            "height_m": rng.uniform(1.0, 4.5, count),
        }
    )


def _sensors(rng: np.random.Generator, count: int) -> pd.DataFrame:
    angle = 2 * np.pi * (np.arange(count) + rng.uniform(-0.25, 0.25, count)) / count
    return pd.DataFrame(
        {
            "name": [f"R{number + 1}" for number in range(count)],
            "x": 65 * np.cos(angle) + rng.uniform(-5, 5, count),
            "y": 42 * np.sin(angle) + rng.uniform(-5, 5, count),
            "height_m": rng.uniform(2.0, 3.0, count),
        }
    )


def _wander(rng: np.random.Generator, count: int, memory: float) -> Array:
    """Ornstein–Uhlenbeck series of unit spread; memory in steps."""
    from scipy.signal import lfilter

    keep = np.exp(-1.0 / memory)
    noise = rng.standard_normal(count) * np.sqrt(1.0 - keep**2)
    noise[0] = rng.standard_normal()
    return np.asarray(lfilter([1.0], [1.0, -keep], noise))


def _wind(rng: np.random.Generator, times: pd.DatetimeIndex) -> tuple[Array, Array, Array, Array]:
    """Wind of every second [m s⁻¹], friction velocity and own turbulence of every minute [m s⁻¹]."""
    minutes = len(times)
    hours = np.asarray(times.hour + times.minute / 60.0, float)
    sun = np.maximum(0.0, np.sin(np.pi * (hours - 6.0) / 12.0))
    slow = np.exp(0.35 * _wander(rng, minutes, 240.0))
    speed = np.maximum(0.4, (1.4 + 2.4 * sun) * slow)
    direction = np.radians(rng.uniform(0, 360)) + 1.1 * _wander(rng, minutes, 500.0).cumsum() * 0.02
    direction += 0.25 * _wander(rng, minutes, 20.0) / np.sqrt(speed)
    friction = 0.09 * speed * (0.6 + 0.6 * sun)
    lateral = np.sqrt((1.9 * friction) ** 2 + (0.55 * sun) ** 2)
    seconds = minutes * 60
    gust = [_wander(rng, seconds, 80.0) for _ in range(2)]
    strength = np.repeat(0.8 * lateral, 60)
    u = np.repeat(-speed * np.sin(direction), 60) + strength * gust[0]
    v = np.repeat(-speed * np.cos(direction), 60) + strength * gust[1]
    return u, v, friction, 0.6 * lateral


def _releases(rng: np.random.Generator, times: pd.DatetimeIndex, places: pd.DataFrame) -> pd.DataFrame:
    rows = []
    at = times[0] + pd.Timedelta(hours=float(rng.uniform(0.5, 6)))
    while at < times[-1]:
        length = pd.Timedelta(minutes=round(60 * float(np.exp(rng.uniform(np.log(0.5), np.log(8))))))
        rows.append(
            {
                "source": str(rng.choice(places["name"])),
                "start": at.round("s"),
                "end": min((at + length).round("s"), times[-1]),
                "rate_g_s": float(np.exp(rng.uniform(np.log(0.03), np.log(2.0)))),
            }
        )
        at = at + length + pd.Timedelta(hours=float(rng.uniform(0.5, 6)))
    return pd.DataFrame(rows)


@njit(cache=True)
def _walk(u, v, friction, own, emission, places, posts, roughness, generator, reach):
    """Mean concentration at the posts [g m⁻³], shape (minute, post)."""
    minutes, sources = emission.shape
    dose = np.zeros((minutes, posts.shape[0]))
    volume = BOX_M * BOX_M * BOX_HEIGHT_M
    level = np.log(6.0 / roughness)
    half = 0.5 * BOX_HEIGHT_M
    for minute in range(minutes):
        for source in range(sources):
            rate = emission[minute, source]
            if rate == 0.0:
                continue
            for born in range(60 * PER_SECOND):
                second = minute * 60 + born // PER_SECOND
                x, y, z = places[source, 0], places[source, 1], places[source, 2]
                at = min(second // 60, minutes - 1)
                pu, pv = own[at] * generator.standard_normal(), own[at] * generator.standard_normal()
                pw = 1.25 * friction[at] * generator.standard_normal()
                for age in range(OLDEST_S):
                    now = second + age
                    if now >= u.size:
                        break
                    at = now // 60
                    shear = np.log(max(z, 2 * roughness) / roughness) / level
                    spread_w = 1.25 * friction[at]
                    keep = np.exp(-1.0 / 12.0)
                    new = np.sqrt(1.0 - keep * keep)
                    pu = keep * pu + own[at] * new * generator.standard_normal()
                    pv = keep * pv + own[at] * new * generator.standard_normal()
                    keep = np.exp(-spread_w / (0.5 * max(z, 0.3)))
                    pw = keep * pw + spread_w * np.sqrt(1.0 - keep * keep) * generator.standard_normal()
                    x += u[now] * shear + pu
                    y += v[now] * shear + pv
                    z += pw
                    if z < roughness:
                        z, pw = 2 * roughness - z, -pw
                    if x * x + y * y > reach * reach:
                        break
                    for post in range(posts.shape[0]):
                        if (
                            abs(x - posts[post, 0]) < 0.5 * BOX_M
                            and abs(y - posts[post, 1]) < 0.5 * BOX_M
                            and abs(z - posts[post, 2]) < half
                        ):
                            dose[at, post] += rate / PER_SECOND / volume / 60.0
    return dose
