"""Dispersion widths of Briggs (1973) and power-law wind, by Pasquill class.

Classes A to F are the integers 0 to 5; ``urban`` is 0 or 1.

References
----------
.. [1] Briggs, G. A. (1973). Diffusion estimation for small emissions. ATDL Contribution File No. 79,
   NOAA Atmospheric Turbulence and Diffusion Laboratory, Oak Ridge; doi:10.2172/5118833.
.. [2] Gifford, F. A. (1976). Turbulent diffusion-typing schemes: a review. Nuclear Safety 17(1), 68–86.
.. [3] US EPA (1995). User's guide for the Industrial Source Complex (ISC3) dispersion models, volume II,
   EPA-454/B-95-003b.
"""

from __future__ import annotations

import math

import numpy as np

from sootprint.dispersion.kernels.compile import compiled

CLASSES = "ABCDEF"
"""Pasquill classes in the order of their integers."""

LATERAL_SLOPE = np.array([[0.22, 0.16, 0.11, 0.08, 0.06, 0.04], [0.32, 0.32, 0.22, 0.16, 0.11, 0.11]])
"""Slope a of σy = a x (1 + b x)^(-1/2) [1], rural and urban; [2], table of Briggs's formulas."""

LATERAL_BEND = np.array([1e-4, 4e-4])
"""Bend b of σy [m⁻¹], rural and urban; [2]."""

VERTICAL_SLOPE = np.array([[0.20, 0.12, 0.08, 0.06, 0.03, 0.016], [0.24, 0.24, 0.20, 0.14, 0.08, 0.08]])
"""Slope c of σz = c x (1 + d x)^q [1], rural and urban; [2]."""

VERTICAL_BEND = np.array([[0.0, 0.0, 2e-4, 1.5e-3, 3e-4, 3e-4], [1e-3, 1e-3, 0.0, 3e-4, 1.5e-3, 1.5e-3]])
"""Bend d of σz [m⁻¹], rural and urban; [2]."""

VERTICAL_POWER = np.array([[0.0, 0.0, -0.5, -0.5, -1.0, -1.0], [0.5, 0.5, 0.0, -0.5, -0.5, -0.5]])
"""Power q of σz [1], rural and urban; [2]."""

WIND_EXPONENT = np.array([[0.07, 0.07, 0.10, 0.15, 0.35, 0.55], [0.15, 0.15, 0.20, 0.25, 0.30, 0.30]])
"""Exponent of the wind profile [1], rural and urban; [3], section 1.1.3."""


@compiled
def sigma_y(distance: float, stability: int, urban: int) -> float:
    r"""Lateral width of a plume [m] at a downwind distance [m] > 0.

    .. math:: \sigma_y = a x (1 + b x)^{-1/2}

    Valid from 100 m to 10 km over 10 to 60 minutes [2]_; urban D at 1 km: 135.2 m.
    """
    slope = LATERAL_SLOPE[urban, stability]
    return slope * distance / math.sqrt(1.0 + LATERAL_BEND[urban] * distance)


@compiled
def sigma_z(distance: float, stability: int, urban: int) -> float:
    r"""Vertical width of a plume [m] at a downwind distance [m] > 0.

    .. math:: \sigma_z = c x (1 + d x)^q, \quad q \in \{1/2, 0, -1/2, -1\}

    Valid from 100 m to 10 km [2]_; rural D at 1 km: 37.9 m.
    """
    bend = 1.0 + VERTICAL_BEND[urban, stability] * distance
    power = VERTICAL_POWER[urban, stability]
    width = VERTICAL_SLOPE[urban, stability] * distance
    if power == -0.5:
        return width / math.sqrt(bend)
    if power == -1.0:
        return width / bend
    if power == 0.5:
        return width * math.sqrt(bend)
    return width


@compiled
def wind_at_height(
    wind_speed: float,
    measurement_height: float,
    height: float,
    lowest_height: float,
    stability: int,
    urban: int,
) -> float:
    r"""Wind speed [m s⁻¹] at a height [m], by the power law; constant below ``lowest_height``.

    .. math:: u(z) = u_\mathrm{ref} (z / z_\mathrm{ref})^p

    EPA-454/B-95-003b, section 1.1.3 [3]_, where the law is not used below 10 m. Rural F, 2 m s⁻¹ at 10 m:
    7.10 m s⁻¹ at 100 m.
    """
    ratio = max(height, lowest_height) / measurement_height
    return wind_speed * ratio ** WIND_EXPONENT[urban, stability]
