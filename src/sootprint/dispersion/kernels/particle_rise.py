r"""Plume rise through any column of air, calm air included, and the share of the plume above a lid.

The fluxes of volume (as mass over density, G), buoyancy (F) and upward momentum (M), each over π, change with
the time t of travel [1]_, [2]_:

.. math::

   \dot G = 2 R (\alpha w^2 + \beta U w + \gamma u_p e), \quad
   \dot F = -\frac{s M}{u_p}\left(\frac{U}{2.25} + w\right), \quad \dot M = F, \quad \dot z = w

with :math:`w = M / G`, :math:`u_p = \sqrt{U^2 + w^2}`, :math:`R = \sqrt{(G + F/g) / u_p}`, the wind U at
the height of the plume and e the turbulent speed there. In wind they are Briggs's bent-over plume, in calm
air the column of Morton, Taylor & Turner [3]_: no wind is too low. The plume is a layer of even
concentration from 0.5 to 1.5 of its rise [4]_ (in calm air, of the radius that it has taken in), and s is
the stratification that this layer feels, from where its upper edge touches a lid: with wind in neutral air
below a stable layer, Briggs's law of penetration follows.

It ends where its own dissipation of energy, :math:`1.5 w^3 / \Delta z`, falls to that of the air [5]_, or
where w comes to 0. What has then risen beyond its level of balance falls back to it without mixing, in the
share :math:`E / (E + \varepsilon)` in which the fall outdoes the turbulence at the plume's upper edge, E
being the dissipation of the fall.

References
----------
.. [1] Glendening, J. W., Businger, J. A. & Farber, R. J. (1984). Improving plume rise prediction accuracy for
   stable atmospheres with complex vertical structure. J. Air Pollut. Control Assoc. 34, 1128–1133,
   doi:10.1080/00022470.1984.10465870.
.. [2] Hurley, P. (2005). The air pollution model (TAPM) version 3, part 1: technical description. CSIRO
   Atmospheric Research technical paper 71, section on plume rise: α = 0.1, β = 0.6, γ = 0.1, 2.25.
.. [3] Morton, B. R., Taylor, G. & Turner, J. S. (1956). Turbulent gravitational convection from maintained
   and instantaneous sources. Proc. R. Soc. A 234, 1–23, doi:10.1098/rspa.1956.0011.
.. [4] Briggs, G. A. (1975). Plume rise predictions. Lectures on air pollution and environmental impact
   analyses, American Meteorological Society, 59–111.
.. [5] Briggs, G. A. (1984). Plume rise and buoyancy effects. Atmospheric science and power production,
   DOE/TIC-27601, 327–366, doi:10.2172/6503687.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sootprint.core.constants import GRAVITY
from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.particle_air import (
    DISSIPATION,
    EAST,
    NORTH,
    STIRRING,
    air_at,
    between,
    level_near,
    level_share,
    stratification,
)

ALPHA, BETA = 0.1, 0.6
"""Entrainment of a column and of a bent-over plume [1]; ref. 2."""
HALF_DEPTH = 0.5
"""Half the depth of a bent-over plume over its rise [1]; ref. 4."""
WARM_WIDTH = 0.4
"""Radius that holds the heat of a bent-over plume over its rise: β / √2.25 [1]; ref. 2."""
ADDED_MASS = 2.25
"""Cross-section of a bent-over plume's momentum over that of its heat [1]; ref. 2."""
BREAK_UP = 1.5
"""Dissipation in a plume over w³ / Δz [1]; ref. 5."""
GROWTH, SWING, ENTRY = 0.5, 0.5, 0.1
"""Length of a step: relative growth of the volume flux, and phase of the swing about balance [rad], in steady
stratification and where a plume comes into a stabler layer."""
FIRST_FALL, FALL_GROWTH = 1e-3, 1.25
"""First step of a fall over the rise, and each step over the one before [1]."""

NO_RISE, BROKEN_UP, LEVELLED, UNFINISHED, MISSING = range(5)
"""How a rise ended: none began; turbulence of the air; stratification; the time allowed; air not known."""


class Rise(NamedTuple):
    """Plume at the end of its rise.

    Attributes
    ----------
    start, height, top : float
        Heights above ground [m] of the mouth after stack-tip downwash, of the plume's middle at the end, and
        the greatest on the way.
    half_depth : float
        Half the depth of the plume, which is its radius [m].
    time : float
        Of travel [s].
    x, y : float
        Way travelled with the wind [m].
    outcome : int
        `NO_RISE`, `BROKEN_UP`, `LEVELLED` or `UNFINISHED`.
    """

    start: float
    height: float
    top: float
    half_depth: float
    time: float
    x: float
    y: float
    outcome: int


class Plume(NamedTuple):
    """Rising plume: fluxes, height [m], way with the wind [m], and widths [m] that rise and bending add."""

    volume: float
    buoyancy: float
    momentum: float
    z: float
    x: float
    y: float
    straight: float
    bent: float


@compiled
def fluxes(
    radius: float, exit_velocity: float, exit_temperature: float, air_temperature: float
) -> tuple[float, float, float]:
    r"""Fluxes of volume [m³ s⁻¹], buoyancy [m⁴ s⁻³] and momentum [m⁴ s⁻²] at a mouth, each over π; ref. 2.

    :math:`G = (T_a/T_s) v r^2`, :math:`F = g v r^2 (1 - T_a/T_s)`, :math:`M = (T_a/T_s) v^2 r^2`. Gas colder
    than the air has no buoyancy and the air's density: it does not sink.
    """
    ratio = min(air_temperature / exit_temperature, 1.0)
    flow = exit_velocity * radius * radius
    return ratio * flow, GRAVITY * flow * (1.0 - ratio), ratio * flow * exit_velocity


@compiled
def half_depth(plume: Plume, radius: float) -> float:
    """Radius [m] of a plume: that of the mouth, and what its rise has added."""
    return radius + plume.straight + HALF_DEPTH * plume.bent


@compiled
def _slope(plume: Plume, start: int, radius: float, ambient: float, air: Floats) -> tuple[Plume, float]:
    """Rates of change of a plume, and the stratification s [s⁻²] that it feels."""
    level = level_near(air, start, plume.z)
    share = level_share(air, level, plume.z)
    east, north = between(air, EAST, level, share), between(air, NORTH, level, share)
    stirring = between(air, STIRRING, level, share)
    wind = math.sqrt(east * east + north * north)
    upward = plume.momentum / plume.volume
    speed = max(math.sqrt(wind * wind + upward * upward), 1e-9)
    stable = stratification(air, level, plume.z, half_depth(plume, radius))
    wide = math.sqrt(max(plume.volume + plume.buoyancy / GRAVITY, 0.0) / speed)
    up = abs(upward)
    taken_in = ALPHA * up * up + BETA * wind * up + ambient * speed * stirring
    rates = Plume(
        2.0 * wide * taken_in,
        -stable * plume.momentum / speed * (wind / ADDED_MASS + up),
        plume.buoyancy,
        upward,
        east,
        north,
        ALPHA * up * up / speed,
        wind * up / speed,
    )
    return rates, stable


@compiled
def _moved(plume: Plume, rates: Plume, step: float) -> Plume:
    return Plume(
        plume.volume + step * rates.volume,
        plume.buoyancy + step * rates.buoyancy,
        plume.momentum + step * rates.momentum,
        plume.z + step * rates.z,
        plume.x + step * rates.x,
        plume.y + step * rates.y,
        plume.straight + step * rates.straight,
        plume.bent + step * rates.bent,
    )


@compiled
def _stepped(
    plume: Plume, first: Plume, step: float, level: int, radius: float, ambient: float, air: Floats
) -> tuple[Plume, float]:
    """Plume after a step of Runge and Kutta's fourth order, and the greatest stratification met [s⁻²].

    ``first`` are the rates at its start.
    """
    second, one = _slope(_moved(plume, first, 0.5 * step), level, radius, ambient, air)
    third, two = _slope(_moved(plume, second, 0.5 * step), level, radius, ambient, air)
    fourth, three = _slope(_moved(plume, third, step), level, radius, ambient, air)
    made = _moved(plume, first, step / 6.0)
    made = _moved(made, second, step / 3.0)
    made = _moved(made, third, step / 3.0)
    return _moved(made, fourth, step / 6.0), max(one, two, three)


@compiled
def _excess(plume: Plume, level: int, start: float, air: Floats) -> float:
    """Upward speed [m s⁻¹] less that at which the air's turbulence breaks the plume up; ref. 5."""
    energy = between(air, DISSIPATION, level, level_share(air, level, plume.z))
    return plume.momentum / plume.volume - np.cbrt(max(plume.z - start, 0.0) * energy / BREAK_UP)


@compiled
def _fallen(plume: Plume, start: float, radius: float, air: Floats) -> float:
    """Height [m] at which a plume that has risen beyond its balance comes to rest."""
    if plume.buoyancy >= 0.0 or plume.z <= start:
        return plume.z
    warm = radius + plume.straight + WARM_WIDTH * plume.bent
    wide = radius + plume.straight + BETA * plume.bent
    flux = plume.volume * (warm / wide) ** 2
    depth = half_depth(plume, radius)
    level = level_near(air, 0, plume.z)
    missing, height, rest = -plume.buoyancy, plume.z, plume.z
    step = FIRST_FALL * (plume.z - start)
    while height > start and missing > 0.0:
        step = min(step, height - start)
        gain = flux * step * stratification(air, level, height - 0.5 * step, depth)
        height -= step * min(missing / gain, 1.0) if gain > 0.0 else step
        rest = height if gain > 0.0 else rest
        missing -= gain
        step *= FALL_GROWTH
    height = rest
    fall = plume.z - height
    speed = math.sqrt(-plume.buoyancy / flux * fall)
    energy = BREAK_UP * speed**3 / (plume.z - start)
    ambient = air_at(air, DISSIPATION, plume.z + depth)
    return plume.z - fall * energy / (energy + ambient) if energy > 0.0 else plume.z


@compiled
def rise_of(
    start: float,
    radius: float,
    volume: float,
    buoyancy: float,
    momentum: float,
    ambient: float,
    longest: float,
    air: Floats,
) -> Rise:
    """Rise of a plume to its end.

    Parameters
    ----------
    start, radius : float
        Height above ground and radius of the mouth [m].
    volume, buoyancy, momentum : float
        Fluxes at the mouth, as of `fluxes`.
    ambient : float
        Entrainment by the air's turbulence, γ of the equations [1].
    longest : float
        Time after which the rise is left unfinished [s].
    air : array, shape (level, 7)
        Column of air.

    Notes
    -----
    In neutral air of wind U without turbulence, far from the mouth, Δz = (3 F / 2 β² U)^(1/3) t^(2/3), which
    is 1.61 F^(1/3) x^(2/3) / U. In wind and steady stratification N² it comes to rest at
    2.79 (F / U N²)^(1/3), in calm air at 4.4 F^(1/4) N^(-3/4), a jet in wind at 1.55 (M / U N)^(1/3).
    """
    plume = Plume(volume, buoyancy, momentum, start, 0.0, 0.0, 0.0, 0.0)
    if not (volume > 0.0 and momentum > 0.0):
        return Rise(start, start, start, radius, 0.0, 0.0, 0.0, NO_RISE)
    time, outcome = 0.0, UNFINISHED
    level = level_near(air, 0, start)
    excess = _excess(plume, level, start, air)
    rates, stable = _slope(plume, level, radius, ambient, air)
    while time < longest:
        step = min(_step(plume, rates, stable), longest - time)
        after, met = _stepped(plume, rates, step, level, radius, ambient, air)
        while _enters(stable, met, step):
            step *= 0.4
            after, met = _stepped(plume, rates, step, level, radius, ambient, air)
        later, hard = _slope(after, level, radius, ambient, air)
        there = level_near(air, level, after.z)
        left = _excess(after, there, start, air)
        if left <= 0.0:
            step = _last(plume, rates, step, excess, left, level, start, radius, ambient, air)
            plume, _met = _stepped(plume, rates, step, level, radius, ambient, air)
            time += step
            outcome = BROKEN_UP if plume.buoyancy >= 0.0 else LEVELLED
            break
        plume, rates, stable, level, excess = after, later, hard, there, left
        time += step
    height = _fallen(plume, start, radius, air) if outcome == LEVELLED else plume.z
    return Rise(start, height, plume.z, half_depth(plume, radius), time, plume.x, plume.y, outcome)


@compiled
def _step(plume: Plume, rates: Plume, stable: float) -> float:
    step = GROWTH * plume.volume / rates.volume
    swing = SWING / max(math.sqrt(stable), 1e-6)
    return min(step, swing)


@compiled
def _last(
    plume: Plume,
    rates: Plume,
    step: float,
    excess: float,
    left: float,
    level: int,
    start: float,
    radius: float,
    ambient: float,
    air: Floats,
) -> float:
    """Part of a step [s] after which the excess speed comes to 0: two rounds of false position."""
    early, late = 0.0, step
    made = step * excess / (excess - left)
    for _round in range(2):
        after, _met = _stepped(plume, rates, made, level, radius, ambient, air)
        there = _excess(after, level_near(air, level, after.z), start, air)
        if there > 0.0:
            early, excess = made, there
        else:
            late, left = made, there
        made = early + (late - early) * excess / (excess - left)
    return made


@compiled
def _enters(before: float, met: float, step: float) -> bool:
    """Whether a step [s] meets air so much stabler [s⁻²] than before that it must be shorter."""
    return met > 1.5 * before and step * math.sqrt(met) > ENTRY


@compiled
def rise_along(
    times: Floats,
    start: float,
    radius: float,
    volume: float,
    buoyancy: float,
    momentum: float,
    ambient: float,
    longest: float,
    air: Floats,
    made: Floats,
) -> None:
    """Height, way east, way north and radius [m] at times of travel [s], ascending, into ``made`` (time, 4).

    After the end of its rise the plume rests at its final height with its final radius, and the way is that
    of the end. Between the top and the final height it falls at once.
    """
    end = rise_of(start, radius, volume, buoyancy, momentum, ambient, longest, air)
    plume = Plume(volume, buoyancy, momentum, start, 0.0, 0.0, 0.0, 0.0)
    time, level = 0.0, level_near(air, 0, start)
    for number in range(times.size):
        until = min(times[number], end.time)
        while time < until:
            rates, stable = _slope(plume, level, radius, ambient, air)
            step = min(_step(plume, rates, stable), until - time)
            after, met = _stepped(plume, rates, step, level, radius, ambient, air)
            while _enters(stable, met, step):
                step *= 0.4
                after, met = _stepped(plume, rates, step, level, radius, ambient, air)
            plume = after
            level = level_near(air, level, plume.z)
            time = until if step == until - time else time + step
        made[number, 0], made[number, 3] = plume.z, half_depth(plume, radius)
        made[number, 1], made[number, 2] = plume.x, plume.y
        if times[number] >= end.time:
            made[number, 0], made[number, 1], made[number, 2] = end.height, end.x, end.y
            made[number, 3] = end.half_depth
