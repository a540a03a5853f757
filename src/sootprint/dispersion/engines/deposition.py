r"""Array driver of deposition: what the plumes of stacks and volumes leave on the ground and in the air.

The plume loses what it deposits: its emission fades on the way by :math:`\exp(-v_d \int V\,dx / u)` with the
vertical density V at the height of deposition [2]_, and by :math:`\exp(-\Lambda x / u_s)` in rain.

References
----------
.. [1] US EPA (2004). AERMOD deposition algorithms: science document (revised draft), 19 March 2004.
.. [2] Chamberlain, A. C. (1953). Aspects of travel and deposition of aerosol and vapour clouds. AERE
       HP/R 1261.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sootprint.core.errors import InputError
from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.engines.grounds import ground_of
from sootprint.dispersion.engines.hour import air_of, mixing_of, way_of
from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.engines.points import NEAREST, NEAREST_AROUND, lateral_density
from sootprint.dispersion.engines.releases import Mixing, Release
from sootprint.dispersion.engines.scene import ROUGHNESS_LENGTH, Emitters, Receivers, Weather
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.deposition import HEIGHT_OVER_ROUGHNESS
from sootprint.dispersion.kernels.settling import settled_at
from sootprint.dispersion.kernels.steady import Ground, Plume, meander, plume_at, reflecting_height

GAUSS = 0.5 / math.sqrt(3.0)
"""Offset of the two points of Gauss from the middle of an interval of length 1."""
PANELS = 1
"""Panels of the way, equal in the logarithm of the distance, each with two points of Gauss; ref. 1."""

TOP_DISTANCE = 20_000.0
"""Distance at which the top of a plume in rain is taken [m]; ref. 1."""
LEAST_DEPTH, LARGEST_DEPTH = 500.0, 10_000.0
"""Range of the depth that rain falls through [m]; ref. 1."""


class Removal(NamedTuple):
    """What takes a plume up, for a gas or for particles of one size.

    Attributes
    ----------
    velocity, rate : array, shape (time, source)
        Deposition velocity [m s⁻¹] and scavenging rate [s⁻¹]; 0 for a plume that loses nothing that way.
    settling : array, shape (source,)
        Settling velocity [m s⁻¹]; 0 for a gas.
    """

    velocity: Floats
    rate: Floats
    settling: Floats


class Deposited(NamedTuple):
    """Operators of deposition, shape (time, receptor, source), NaN in hours that are not served.

    Attributes
    ----------
    concentration : array
        Of the plume that fades, for a unit emission [s m⁻³].
    dry, wet : array
        Flux to the ground for a unit emission [m⁻²].
    """

    concentration: Floats
    dry: Floats
    wet: Floats


class _Plight(NamedTuple):
    """One source in one hour."""

    release: Release
    column: Floats
    air: Air
    mixing: Mixing
    decay: float
    velocity: float
    rate: float
    settling: float
    height: float
    depletes: int
    panels: int


@compiled
def _raised(ground: Ground, height: float, share: float) -> Ground:
    """Ground a share of the way to a receptor, with the height of deposition [m] over it."""
    elevation = ground.elevation * share
    return Ground(elevation + height, height, elevation, ground.hill * share, ground.flat)


@compiled
def _densities(distance: float, ground: Ground, low: Ground, plight: _Plight) -> tuple[float, float]:
    """Density over wind of the sunk main and penetrated plume at the heights of ``low`` [s m⁻²]."""
    release = plight.release
    fall = plight.settling * distance / release.wind_speed
    return settled_at(distance, ground, low, fall, release, plight.column, plight.air, plight.mixing)


@compiled
def uptake(distance: float, ground: Ground, plight: _Plight) -> float:
    """Integral of V / u at the height of deposition along the way [s m⁻¹], by Gauss's two points a panel."""
    total, begin = 0.0, NEAREST
    for panel in range(plight.panels):
        end = distance ** ((panel + 1.0) / plight.panels)
        length = end - begin
        for side in (-1.0, 1.0):
            place = 0.5 * (begin + end) + side * GAUSS * length
            there = _raised(ground, ground.flagpole, place / distance)
            low = _raised(ground, plight.height, place / distance)
            main, aloft = _densities(place, there, low, plight)
            total += 0.5 * length * (main + aloft)
        begin = end
    return total


@compiled
def left_of(distance: float, ground: Ground, plight: _Plight) -> float:
    """Share of the emission that is left at a distance [1]."""
    exponent = plight.rate * distance / plight.release.wind_speed
    if plight.velocity > 0.0:
        exponent += plight.velocity * uptake(distance, ground, plight)
    return math.exp(-exponent)


@compiled
def _column_of(plume: Plume, penetrated: float, main_across: float, other_across: float) -> float:
    """Amount of the plume above a square metre for a unit emission [s m⁻²], whose spread across is given."""
    total = (1.0 - penetrated) * main_across / plume.wind
    if penetrated > 0.0:
        total += penetrated * other_across / plume.penetrated_wind
    return total


@compiled
def deposited(
    downwind: float, crosswind: float, ground: Ground, plight: _Plight
) -> tuple[float, float, float]:
    """Concentration [s m⁻³], dry and wet flux [m⁻²] for a unit emission at a receptor."""
    release, column, air, mixing = plight.release, plight.column, plight.air, plight.mixing
    around = math.hypot(downwind, crosswind)
    if around < max(NEAREST_AROUND, 2.15 * release.initial_sigma_y + NEAREST_AROUND):
        return 0.0, 0.0, 0.0
    low = _raised(ground, plight.height, 1.0)
    plume = plume_at(around, ground, release, column, air, mixing)
    share = meander(plume.wind, plume.sigma_v, around)
    if release.penetrated > 0.0:
        other = meander(plume.penetrated_wind, plume.penetrated_sigma_v, around)
        share = release.penetrated * other + (1.0 - release.penetrated) * share
    left = math.exp(-plight.decay * around / plume.wind)
    if plight.depletes == 1:
        left *= left_of(around, ground, plight)
    across = share * left / (2.0 * math.pi * around)
    main, aloft = _densities(around, ground, ground, plight)
    air_part = across * (main + aloft)
    main, aloft = _densities(around, ground, low, plight)
    dry = across * (main + aloft)
    wet = _column_of(plume, release.penetrated, across, across)
    if downwind >= NEAREST and share < 1.0:
        plume = plume_at(downwind, ground, release, column, air, mixing)
        left = (1.0 - share) * math.exp(-plight.decay * downwind / plume.wind)
        side = lateral_density(crosswind, plume.sigma_y)
        other = lateral_density(crosswind, plume.penetrated_sigma_y) if release.penetrated > 0.0 else 0.0
        if side > 0.0 or other > 0.0:
            if plight.depletes == 1:
                left *= left_of(downwind, ground, plight)
            main, aloft = _densities(downwind, ground, ground, plight)
            air_part += left * (main * side + aloft * other)
            main, aloft = _densities(downwind, ground, low, plight)
            dry += left * (main * side + aloft * other)
            wet += left * _column_of(plume, release.penetrated, side, other)
    return air_part, plight.velocity * dry, plight.rate * wet


@compiled
def _run(
    out: Deposited,
    start: int,
    stop: int,
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    removal: Removal,
    depletes: int,
    panels: int,
) -> None:
    for time in range(start, stop):
        if weather.served[time] == 0:
            continue
        height = weather.scales[time, 0, ROUGHNESS_LENGTH] + HEIGHT_OVER_ROUGHNESS
        for source in range(emitters.x.size):
            place = emitters.place[source]
            air, mixing = air_of(weather, time, place), mixing_of(weather, time, place)
            way = way_of(weather, time, source, emitters, air, mixing)
            plight = _Plight(
                way.release,
                weather.columns[time, place],
                air,
                mixing,
                emitters.decay[source],
                removal.velocity[time, source],
                removal.rate[time, source],
                removal.settling[source],
                height,
                depletes,
                panels,
            )
            for receptor in range(receivers.x.size):
                east = receivers.x[receptor] - emitters.x[source]
                north = receivers.y[receptor] - emitters.y[source]
                made = deposited(
                    -(east * way.sine + north * way.cosine),
                    east * way.cosine - north * way.sine,
                    ground_of(receivers, receptor, emitters.elevation[source], emitters.flat[source]),
                    plight,
                )
                out.concentration[time, receptor, source] = made[0]
                out.dry[time, receptor, source] = made[1]
                out.wet[time, receptor, source] = made[2]


def forward_deposition(
    weather: Weather,
    receivers: Receivers,
    emitters: Emitters,
    removal: Removal,
    *,
    depletion: bool = True,
    panels: int = PANELS,
    threads: int = 1,
) -> Deposited:
    """Deposition operators of stacks and volumes for a gas or for particles of one size.

    Parameters
    ----------
    weather, receivers, emitters
        Hours, places and sources, as for concentration.
    removal : Removal
        Deposition velocity and scavenging rate in each hour, and settling velocity. Particles of several
        sizes are a run each, summed by their shares of mass.
    depletion : bool
        Whether the plume loses what it deposits.
    panels : int
        Panels of the integral along the way.
    threads : int
        Threads among which the hours are shared; the result does not depend on it.

    Raises
    ------
    InputError
        If a source has a building or is a polygon: their deposition is not computed.

    Notes
    -----
    Dry flux is the velocity times the concentration at the roughness length plus 1 m; wet flux the rate
    times the plume's amount overhead [1].
    """
    if np.any(emitters.building >= 0) or np.any(emitters.last_vertex > emitters.first_vertex):
        raise InputError(
            "deposition of a source beside a building, or of an area",
            rule="stacks without buildings and volumes",
            cure="leave such sources out",
        )
    count = weather.served.size
    shape = (count, receivers.x.size, emitters.x.size)
    out = Deposited(*(np.full(shape, np.nan) for _ in range(3)))
    parts = max(1, min(threads, count))
    bounds = [count * part // parts for part in range(parts + 1)]
    given = (weather, receivers, emitters, removal, int(depletion), panels)
    with ThreadPoolExecutor(parts) as pool:
        jobs = [pool.submit(_run, out, start, stop, *given) for start, stop in pairwise(bounds)]
        for job in jobs:
            job.result()
    return out


@compiled
def _fill_depth(out: Floats, weather: Weather, emitters: Emitters) -> None:
    for time in range(weather.served.size):
        for source in range(emitters.x.size):
            if weather.served[time] == 0:
                out[time, source] = np.nan
                continue
            place = emitters.place[source]
            column = weather.columns[time, place]
            air, mixing = air_of(weather, time, place), mixing_of(weather, time, place)
            release = way_of(weather, time, source, emitters, air, mixing).release
            top = air.mixing_height
            if release.trapped == 0:
                middle = release.tip_height + release.final_rise
                top = reflecting_height(TOP_DISTANCE, middle, 0.0, release, column, air)
            elif release.penetrated > 0.0:
                aloft = reflecting_height(TOP_DISTANCE, release.penetrated_height, 0.0, release, column, air)
                top += release.penetrated * (aloft - top)
            out[time, source] = min(max(top, LEAST_DEPTH), LARGEST_DEPTH)


def rain_depth(weather: Weather, emitters: Emitters) -> Floats:
    """Depth [m] through which rain falls in each plume, shape (time, source); NaN in hours not served.

    From the ground to the top of the plume, 2.15 σz above its middle at 20 km, or to the mixing height, the
    greater; from 500 m to 10 km [1]. What stays in a convective layer ends at its top, and the share that
    penetrated it counts by its weight.
    """
    out = np.zeros((weather.served.size, emitters.x.size))
    _fill_depth(out, weather, emitters)
    return out
