r"""What a particle leaves on the ground when it hits it.

Particles that come down through a level move there at :math:`V = v_s + \sqrt{2/\pi}\,\sigma_w F` in the mean
[1]_, with :math:`F = e^{-g^2} / (1 + \mathrm{erf}\,g)` and :math:`g = v_s / \sqrt 2 \sigma_w`. If each hit
leaves the share P, those that go up are 1 - P times as many, and the flux into the ground is
:math:`P V / (2 - P)` times the concentration there; it is v_d times it where

.. math:: P = \frac{2 v_d}{v_d + V}

References
----------
.. [1] Janicke, L. & Janicke, U. (2003). Entwicklung eines modellgestützten Beurteilungssystems für den
   anlagenbezogenen Immissionsschutz. UFOPLAN 200 43 256, on behalf of Umweltbundesamt; the formula of AUSTAL
   and of VDI 3945, part 3.
"""

from __future__ import annotations

import math

from sootprint.dispersion.kernels.compile import compiled

_ROOT_2_OVER_PI = math.sqrt(2.0 / math.pi)


@compiled
def downward_speed(settling: float, sigma_w: float) -> float:
    """Mean speed V [m s⁻¹] of the particles that go down through a level; σw above 0 [m s⁻¹]."""
    g = settling / (math.sqrt(2.0) * sigma_w)
    return settling + _ROOT_2_OVER_PI * sigma_w * math.exp(-g * g) / (1.0 + math.erf(g))


@compiled
def hit_loss(deposition: float, settling: float, sigma_w: float) -> float:
    """Share P of a particle that stays on the ground at a hit [1].

    It is 1 where the deposition velocity is as great as V: no more than what arrives can stay.

    Parameters
    ----------
    deposition, settling : float
        Deposition and settling velocity [m s⁻¹]; the deposition velocity includes the settling.
    sigma_w : float
        Vertical turbulence where particles are reflected [m s⁻¹].
    """
    return min(2.0 * deposition / (deposition + downward_speed(settling, sigma_w)), 1.0)
