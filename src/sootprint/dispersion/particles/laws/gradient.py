r"""Gradient transport: analytic solutions that the particles approach where eddies are short-lived.

With wind :math:`u = a z^m` and diffusivity :math:`K = \sigma_w^2 T = b z` the concentration of a line source
of strength Q across the wind at height h is [1]_

.. math:: C = \frac{Q}{\alpha b x} \exp\left[-\frac{a (z^\alpha + h^\alpha)}{\alpha^2 b x}\right]
          I_0\left[\frac{2 a (z h)^{\alpha/2}}{\alpha^2 b x}\right], \qquad \alpha = 1 + m .

Of a tracer that falls with v_s and of which the ground takes the flux v_d C, the air between source and
ground holds at a steady flux F

.. math:: C(z) = \frac{F}{v_s}\left[1 - \left(1 - \frac{v_s}{v_d}\right)
          \exp\left(-v_s\int_0^z \frac{dz'}{K}\right)\right],

for v_s = 0 :math:`F\,[1/v_d + \int dz'/K]`.

References
----------
.. [1] Huang, C. H. (1979). A theory of dispersion in turbulent shear flow. Atmos. Environ. 13, 453-463,
   doi:10.1016/0004-6981(79)90139-7.
"""

from __future__ import annotations

import numpy as np

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.particles.air import absorbed_shares
from sootprint.dispersion.particles.arrays import Targets
from sootprint.dispersion.particles.laws.stage import (
    Finding,
    even_air,
    mean_and_error,
    rules,
    targets,
    walk,
    within,
)

LAW = "gradient transport"
PARTICLES = 60_000
SIGMA_W = 0.3
TIME_SLOPE = 0.3
"""T over z [s m⁻¹]: K = 0.027 z, and T is 1 % of the age at which a plume is z deep."""
WIND, POWER = 1.5, 0.2
LAYER = 2.0
"""Standard deviation of the layers in which concentrations are counted [m]."""


def huang(x: float, z: Floats, height: float, slope: float) -> Floats:
    """Concentration [s m⁻²] at a distance x and heights z [m] of a line source of strength 1 at a height."""
    from scipy.special import ive

    alpha = 1.0 + POWER
    scale = alpha**2 * slope * x
    mixed = 2.0 * WIND * (z * height) ** (0.5 * alpha) / scale
    apart = -WIND * (z**alpha + height**alpha) / scale + mixed
    return np.asarray(np.exp(apart) * ive(0, mixed) / (alpha * slope * x))


def power_law(*, particles: int = PARTICLES, seed: int = 5) -> list[Finding]:
    """Concentration in wind and diffusivity that are powers of the height, beside Huang's.

    Lateral turbulence is nearly nothing, so that the middle of a target sees the whole plume.
    """
    z = np.concatenate([[0, 0.25, 0.5, 1, 2, 3, 5, 8, 12, 16, 20, 25], np.arange(30.0, 1001.0, 10.0)])
    raised = np.maximum(z, 0.25)
    time = TIME_SLOPE * raised
    air = even_air(
        z, wind=WIND * raised**POWER, sigma_w=SIGMA_W, sigma_v=1e-4, time_w=time, segments=8, lid=1000.0
    )
    slope = SIGMA_W**2 * TIME_SLOPE
    made = []
    for source in (10.0, 60.0):
        places = [(distance, height) for distance in (4000.0, 8000.0) for height in (0.0, 40.0)]
        sigma = 100.0
        aims = targets(
            [place[0] for place in places], z=[place[1] for place in places], sigma=sigma, spread=LAYER
        )
        ended = walk(
            air,
            rules(oldest=480, width=0.0, width_z=0.0),
            z=np.full(particles, source),
            seed=seed,
            counted=aims,
        )
        # On the middle line the kernel across is a weight 2/(πR²)(1 - x²/R²) along, of integral 8/(3πR).
        line = 3.0 * np.pi * np.sqrt(6.0) * sigma / 8.0
        for number, (distance, height) in enumerate(places):
            value, error = mean_and_error(line * ended.found[:, number])
            near = np.abs(height + np.linspace(-1.0, 1.0, 41) * np.sqrt(5.0) * LAYER)
            part = 1.0 - np.linspace(-1.0, 1.0, 41) ** 2
            law = float((part * huang(distance, near, source, slope)).sum() / part.sum())
            what = f"source {source:g} m, at {distance:g} m, {height:g} m high [s m⁻²]"
            made.append(within(LAW, "u = a z^0.2, K = b z", what, value, law, error))
    return made


def steady_flux(*, particles: int = 12_000, seed: int = 6) -> list[Finding]:
    """Profile of what falls from 60 m to the ground at a steady flux, and what the ground takes of it.

    Each particle that starts at the top stays until the ground has taken it: the time that it spends in a
    layer is the concentration at the flux 1.
    """
    made = []
    top, heights = 60.0, np.array([5.0, 15.0, 25.0])
    z = np.linspace(0.0, top, 31)
    for name, time, deposition, settling in (
        ("K = 0.45 m² s⁻¹, T = 5 s", 5.0, 0.02, 0.0),
        ("K = 1.8 m² s⁻¹, T = 20 s", 20.0, 0.02, 0.0),
        ("K = 1.8 m² s⁻¹, settling", 20.0, 0.03, 0.02),
    ):
        air = even_air(z, sigma_w=SIGMA_W, time_w=time, sigma_v=1e-4, segments=32, lid=top)
        absorbed = float(absorbed_shares(air, deposition, settling)[0])
        sigma, spread = 1e5, 1.0
        ended = walk(
            air,
            rules(oldest=32 * 60, width=0.0, width_z=0.0, fall=settling),
            z=np.full(particles, top),
            seed=seed,
            counted=_flat_targets(heights, sigma, spread),
            absorbed=absorbed,
        )
        area = 0.5 * np.pi * 6.0 * sigma**2
        found = area * ended.found
        resistance = heights / (SIGMA_W**2 * time)
        if settling > 0.0:
            law = (1.0 - (1.0 - settling / deposition) * np.exp(-settling * resistance)) / settling
        else:
            law = 1.0 / deposition + resistance
        # Differences of heights are free of the few σw T at the ground that a gradient does not describe.
        for low, high in ((0, 1), (1, 2)):
            value, error = mean_and_error(found[:, high] - found[:, low])
            what = f"C({heights[high]:g} m) - C({heights[low]:g} m) at the flux 1 [s m⁻¹]"
            made.append(within("steady flux", name, what, value, float(law[high] - law[low]), error))
    return made


def _flat_targets(heights: Floats, sigma: float, spread: float) -> Targets:
    """Targets so wide that every particle is in their middle."""
    return targets(np.zeros(heights.size), z=heights, sigma=sigma, spread=spread)
