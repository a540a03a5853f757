r"""Spread in homogeneous turbulence, and the meander of light wind.

Taylor [1]_: :math:`\sigma^2(t) = 2\sigma_v^2 T^2 (t/T - 1 + e^{-t/T})`, that is :math:`\sigma_v t` at first
and :math:`\sigma_v\sqrt{2Tt}` in the end. With the meander's correlation
:math:`R(\tau) = e^{-p\tau}\cos q\tau` (Anfossi et al. 2005, doi:10.1007/s10546-004-9103-0) the same integral
:math:`\sigma^2(t) = 2\sigma_m^2\int_0^t (t - \tau) R(\tau)\,d\tau` is, with :math:`a = p - iq`,
:math:`2\sigma_m^2\,\mathrm{Re}\,[t/a - (1 - e^{-at})/a^2]`.

References
----------
.. [1] Taylor, G. I. (1921). Diffusion by continuous movements. Proc. London Math. Soc. s2-20, 196-212,
   doi:10.1112/plms/s2-20.1.196.
"""

from __future__ import annotations

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.particles.laws.stage import (
    STEP_S,
    Finding,
    even_air,
    mean_and_error,
    rules,
    walk,
    within,
)
from sootprint.dispersion.particles.turbulence import meander

PARTICLES = 60_000
SIGMA_W, TIME_W = 0.3, 100.0
SIGMA_V, TIME_V = 0.4, 120.0
SHORT_TIME = 10.0
"""The shortest lateral time scale of production [s], less than a step."""


def taylor(sigma: float, time: float, lasted: float) -> float:
    """Standard deviation of places [m] by Taylor: 0.3 m/s, 100 s give 4.39 m after 15 s, 251 m after 1 h."""
    share = lasted / time
    return float(sigma * time * np.sqrt(2.0 * (share + np.expm1(-share))))


def meander_spread(sigma: float, decay: float, turn: float, lasted: float) -> float:
    """Standard deviation of places [m] by meander alone."""
    rate = complex(decay, -turn)
    return float(sigma * np.sqrt(2.0 * (lasted / rate + np.expm1(-rate * lasted) / rate**2).real))


def spread_law(*, particles: int = PARTICLES, seed: int = 2) -> list[Finding]:
    """σ(t) beside Taylor's at one step, three, twenty, and an hour; and of eddies shorter than a step."""
    z = np.array([0.0, 2000.0, 4000.0])
    segments = 4
    still = even_air(
        z, sigma_w=SIGMA_W, time_w=TIME_W, sigma_v=SIGMA_V, time_v=TIME_V, segments=segments, lid=4000.0
    )
    brief = even_air(z, sigma_v=SIGMA_V, time_v=SHORT_TIME, segments=segments, lid=4000.0)
    made = []
    for ticks in (1, 4, 20, 240):
        rule = rules(oldest=ticks)
        ended = walk(still, rule, z=np.full(particles, 2000.0), seed=seed)
        after = ticks * STEP_S
        for name, places, sigma, time in (
            ("vertical", ended.z - 2000.0, SIGMA_W, TIME_W),
            ("horizontal", ended.y, SIGMA_V, TIME_V),
        ):
            made.append(_row(f"{name}, T = {time:g} s", after, places, taylor(sigma, time, after)))
    ended = walk(brief, rules(oldest=240), z=np.full(particles, 2000.0), seed=seed)
    after = 240 * STEP_S
    made.append(_row(f"horizontal, T = {SHORT_TIME:g} s", after, ended.y, taylor(SIGMA_V, SHORT_TIME, after)))
    return made


def _row(profile: str, after: float, places: Floats, expected: float) -> Finding:
    """The error of a normal variable's standard deviation is σ/√(2n)."""
    found = float(np.sqrt(np.mean(places**2)))
    what = f"σ after {after:g} s [m]"
    return within("Taylor 1921", profile, what, found, expected, expected / np.sqrt(2.0 * places.size))


def meander_law(*, particles: int = PARTICLES, wind: float = 0.5, seed: int = 3) -> list[Finding]:
    """Correlation of the meander with itself and across, its sense of rotation, and the spread it makes."""
    rates = meander(np.array([wind]))
    decay, turn = float(rates[0][0]), float(rates[1][0])
    sigma = 0.3
    air = even_air(
        np.array([0.0, 100.0, 200.0]), sigma_v=1e-4, meander=(sigma, decay, turn), segments=4, lid=200.0
    )
    random = np.random.default_rng(seed)
    speeds = random.standard_normal((particles, 5))
    made = []
    for sign, ticks in ((1, 8), (1, 20), (1, 37), (1, 74), (-1, 20)):
        ended = walk(
            air,
            rules(oldest=ticks, sign=sign),
            z=np.full(particles, 50.0),
            speeds=speeds,
            seed=seed + ticks,
        )
        after = ticks * STEP_S
        first, last = speeds[:, 3] + 1j * speeds[:, 4], ended.speeds[:, 3] + 1j * ended.speeds[:, 4]
        product = 0.5 * np.conj(first) * last
        expected = np.exp(complex(-decay, sign * turn) * after)
        way = "forward" if sign > 0 else "backward"
        for name, values, law in (
            ("e^(-pτ) cos qτ", product.real, expected.real),
            ("e^(-pτ) sin qτ", product.imag, expected.imag),
        ):
            found, error = mean_and_error(values)
            what = f"{name}, τ = {after:g} s, {way}"
            made.append(within("meander", f"wind {wind:g} m/s", what, found, law, error))
        if ticks == 74:
            law = meander_spread(sigma, decay, turn, after)
            found = float(np.sqrt(np.mean(np.concatenate([ended.x, ended.y]) ** 2)))
            error = law / np.sqrt(4.0 * particles)
            made.append(
                within("meander", f"wind {wind:g} m/s", f"σ after {after:g} s [m]", found, law, error)
            )
    return made
