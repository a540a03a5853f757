"""Widths of a plume [m] from the turbulence that acts on it.

References
----------
.. [1] Cimorelli, A. J. et al. (2004). AERMOD: description of model formulation. EPA-454/R-03-004, §5.5.
.. [2] Venkatram, A., Strimaitis, D. & Dicristofaro, D. (1984). A semiempirical model to estimate vertical
       dispersion of elevated releases in the stable boundary layer. Atmos. Environ. 18, 923–928.
.. [3] Venkatram, A. (1992). Vertical dispersion of ground-level releases in the surface boundary layer.
       Atmos. Environ. 26A, 947–949.
.. [4] Pasquill, F. & Smith, F. B. (1983). Atmospheric diffusion. Ellis Horwood.
"""

from __future__ import annotations

import math

import numpy as np

from sootprint.dispersion.kernels.compile import compiled

ROOT_TWO = math.sqrt(2.0)
SURFACE_CONSTANT = math.sqrt(2.0 / math.pi)
NEUTRAL_LENGTH, STABLE_LENGTH = 0.72, 0.54
"""Mixing length as a share of height, and of σw / N (ref. 2)."""
LEAST_RATIO = 0.05
"""Least lateral turbulence intensity σv / u [1]."""
BUOYANT_WIDTH = 0.4 / ROOT_TWO
"""Width of a rising plume as a share of its rise, β₂ / √2 (ref. 4; 1, eq. 86)."""
SKEW_SHAPE = 5.0 / 13.0
"""(1 + R²) / (1 + 3 R²) with R = 2, the ratio of width to mean speed of the drafts; ref. 1, eq. 63."""
DRAFT_RATIO = 2.0


@compiled
def lateral(distance: float, wind: float, sigma_v: float, mechanical_height: float, height: float) -> float:
    """σy in stable air [m]; ref. 1, eq. 76–77 with the length of the layer; also of the penetrated plume."""
    ratio = max(LEAST_RATIO, sigma_v / wind)
    time = mechanical_height / (156.0 * sigma_v) * (max(height, 0.46) / 0.46)
    return ratio * distance / (1.0 + distance / (2.0 * wind * time)) ** 0.3


@compiled
def convective_lateral(
    distance: float, wind: float, sigma_v: float, mixing_height: float, release_height: float
) -> float:
    """σy in convective air [m]; ref. 1, eq. 76–78."""
    ratio = max(LEAST_RATIO, sigma_v / wind)
    strength = max(78.0 * 0.46 / max(release_height, 0.46), 0.7)
    return ratio * distance / (1.0 + strength * ratio * distance / mixing_height) ** 0.3


@compiled
def stable_surface(distance: float, wind: float, friction_velocity: float, obukhov_length: float) -> float:
    """σz of a surface release in stable air [m]; ref. 3 and 1, eq. 82."""
    return (
        SURFACE_CONSTANT
        * friction_velocity
        * distance
        / wind
        / np.cbrt(1.0 + 0.7 * distance / obukhov_length)
    )


@compiled
def elevated(distance: float, wind: float, sigma_w: float, height: float, frequency: float) -> float:
    """σz of an elevated release [m]; ref. 2; 1, eq. 80. ``frequency`` N [s⁻¹] is 0 where it does not act."""
    way = sigma_w * distance / wind
    return way / math.sqrt(
        1.0 + way * (1.0 / (NEUTRAL_LENGTH * height) + frequency / (STABLE_LENGTH * sigma_w))
    )


@compiled
def convective_surface(
    distance: float,
    wind: float,
    friction_velocity: float,
    obukhov_length: float,
    share: float,
) -> float:
    """σz that shear adds near the ground in convective air [m]; ref. 3 and 1, eq. 75.

    ``share`` is the plume's height over the mixing height [1], below 0.1.
    """
    ratio = friction_velocity / wind
    return 0.5 * (1.0 - 10.0 * share) * ratio * ratio * distance * distance / abs(obukhov_length)


@compiled
def drafts(
    sigma_w: float, convective_velocity: float, height: float, mixing_height: float
) -> tuple[float, float, float]:
    """Mean speeds of up- and downdrafts over w*, and the weight of the updrafts [1]; ref. 1, eq. 61–64."""
    cube = convective_velocity * convective_velocity * convective_velocity
    third = 0.125 * cube
    if height < 0.1 * mixing_height:
        third = 1.25 * cube * height / mixing_height
    skew = SKEW_SHAPE * third / (sigma_w * sigma_w * sigma_w)
    root = math.sqrt(skew * skew + 4.0 / (1.0 + DRAFT_RATIO * DRAFT_RATIO))
    scale = 0.5 * sigma_w / convective_velocity
    up, down = scale * (skew + root), scale * (skew - root)
    return up, down, down / (down - up)
