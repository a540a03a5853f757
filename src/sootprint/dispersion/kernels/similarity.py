"""Reference profiles of wind, turbulence and temperature in the boundary layer, by similarity.

They give the shape of each profile; measurements, where there are any, give its level
(`sootprint.dispersion.kernels.layers`).

References
----------
.. [1] Cimorelli, A. J. et al. (2004). AERMOD: description of model formulation. EPA-454/R-03-004, §4.1.
.. [2] Cimorelli, A. J. et al. (2005). J. Appl. Meteorol. 44, 682–693. doi:10.1175/JAM2227.1.
.. [3] Panofsky, H. A. & Dutton, J. A. (1984). Atmospheric turbulence. Wiley.
.. [4] van Ulden, A. P. & Holtslag, A. A. M. (1985). J. Clim. Appl. Meteorol. 24, 1196–1207.
"""

from __future__ import annotations

import math

from sootprint.dispersion.kernels.compile import compiled

VON_KARMAN = 0.4
GRAVITY = 9.80616
"""Acceleration of gravity at 45° latitude [m s⁻²]."""
DRY_LAPSE_RATE = 0.00977
"""Dry adiabatic lapse rate g / c_p [K m⁻¹], as the formulation rounds it."""
LEAST_GRADIENT = 0.002
"""Least potential temperature gradient of stable air [K m⁻¹] (Paine & Kendall 1993)."""
GRADIENT_ALOFT = 0.005
"""Potential temperature gradient [K m⁻¹] from 500 m above a convective layer on."""
GRADIENT_DECAY = 0.44
"""Height over which the stable gradient decays, as a share of the mixed layer (Stull 1983) [1]."""
SIMILARITY_TOP = 100.0
"""Height [m] up to which the surface layer's gradient of potential temperature is taken."""
SIMILARITY_BOTTOM = 2.0
"""Height [m] below which that gradient is constant."""


@compiled
def _psi(height: float, obukhov_length: float) -> float:
    """Stability correction of the logarithmic wind profile [1]; refs 3 (unstable) and 4 (stable)."""
    if obukhov_length > 0.0:
        return -17.0 * (1.0 - math.exp(-0.29 * height / obukhov_length))
    x = math.sqrt(math.sqrt(1.0 - 16.0 * height / obukhov_length))
    return (
        2.0 * math.log(0.5 * (1.0 + x)) + math.log(0.5 * (1.0 + x * x)) - 2.0 * math.atan(x) + 0.5 * math.pi
    )


@compiled
def similarity_wind(
    height: float, friction_velocity: float, obukhov_length: float, roughness_length: float
) -> float:
    r"""Wind speed [m s⁻¹] of the surface layer.

    .. math:: u = \frac{u_*}{k}\left[\ln\frac{z}{z_0} - \psi_m\!\left(\frac{z}{L}\right)
              + \psi_m\!\left(\frac{z_0}{L}\right)\right]
    """
    return (friction_velocity / VON_KARMAN) * (
        math.log(height / roughness_length)
        - _psi(height, obukhov_length)
        + _psi(roughness_length, obukhov_length)
    )


@compiled
def reference_wind(
    height: float,
    measured_height: float,
    measured_speed: float,
    friction_velocity: float,
    obukhov_length: float,
    roughness_length: float,
    mixing_height: float,
) -> float:
    """Reference wind speed [m s⁻¹]: similarity between 7 z₀ and the mixing height (ref. 1, eq. 27).

    Linear to zero below 7 z₀ and constant above the mixing height. Where the wind was measured outside of
    that range, the reference takes on the measured speed there.
    """
    lowest = 7.0 * roughness_length
    if height > mixing_height and height > lowest and measured_height > mixing_height:
        return measured_speed
    if height <= lowest and measured_height <= lowest and measured_height <= mixing_height:
        return measured_speed * height / measured_height
    held = lowest if height <= lowest else min(height, mixing_height)
    speed = similarity_wind(held, friction_velocity, obukhov_length, roughness_length)
    if height < lowest and measured_height <= mixing_height:
        speed *= height / lowest
    return speed


@compiled
def convective_sigma_v(height: float, convective_velocity: float, convective_height: float) -> float:
    """Lateral turbulence of convection [m s⁻¹]; ref. 1, eq. 41: σv² = 0.35 w*² up to its top."""
    variance = 0.35 * convective_velocity * convective_velocity
    if height <= convective_height:
        return math.sqrt(variance)
    above = min(variance, 0.25)
    top = 1.2 * convective_height
    if height <= top:
        share = (height - convective_height) / (top - convective_height)
        return math.sqrt(variance + share * (above - variance))
    return math.sqrt(above)


@compiled
def mechanical_sigma_v(height: float, friction_velocity: float, mechanical_height: float) -> float:
    """Lateral turbulence of shear [m s⁻¹]; ref. 1, eq. 38–39: σv² = 3.6 u*² at the ground, 0.25 at most."""
    ground = 3.6 * friction_velocity * friction_velocity
    top = min(ground, 0.25)
    return math.sqrt(ground + min(height / mechanical_height, 1.0) * (top - ground))


@compiled
def convective_sigma_w(height: float, convective_velocity: float, convective_height: float) -> float:
    """Vertical turbulence of convection [m s⁻¹]; ref. 1, eq. 34–36."""
    share = height / convective_height
    square = convective_velocity * convective_velocity
    if share <= 0.1:
        return math.sqrt(1.6 * share ** (2.0 / 3.0) * square)
    if share <= 1.0:
        return math.sqrt(0.35 * square)
    return math.sqrt(0.35 * square * math.exp(-6.0 * (share - 1.0)))


@compiled
def mechanical_sigma_w(
    height: float, friction_velocity: float, mixing_height: float, residual: float
) -> float:
    """Vertical turbulence of shear and the residual above the layer [m s⁻¹]; ref. 1, eq. 37."""
    share = height / mixing_height
    aloft = residual * min(1.0, share)
    shear = 1.3 * friction_velocity * math.sqrt(1.0 - share) if share < 1.0 else 0.0
    return math.sqrt(aloft * aloft + shear * shear)


@compiled
def sigma_v(
    height: float,
    stable: int,
    friction_velocity: float,
    convective_velocity: float,
    mechanical_height: float,
    convective_height: float,
) -> float:
    """Reference lateral turbulence [m s⁻¹]: shear, and convection in an unstable hour, in quadrature."""
    shear = mechanical_sigma_v(height, friction_velocity, mechanical_height)
    if stable == 1:
        return shear
    return math.hypot(convective_sigma_v(height, convective_velocity, convective_height), shear)


@compiled
def sigma_w(
    height: float,
    stable: int,
    friction_velocity: float,
    convective_velocity: float,
    mixing_height: float,
    convective_height: float,
    residual: float,
) -> float:
    """Reference vertical turbulence [m s⁻¹], each part at least 0.1 mm s⁻¹."""
    shear = max(mechanical_sigma_w(height, friction_velocity, mixing_height, residual), 1e-4)
    if stable == 1:
        return shear
    return math.hypot(max(convective_sigma_w(height, convective_velocity, convective_height), 1e-4), shear)


@compiled
def surface_gradient(height: float, scale: float, obukhov_length: float, adjusted: int) -> float:
    """Potential temperature gradient of stable surface air [K m⁻¹]; ref. 1, eq. 30.

    ``scale`` is θ* [K]; with ``adjusted`` u* (Luhar & Rayner 2009) the constants of Businger et al. (1971).
    """
    first, second = (0.74, 4.7) if adjusted == 1 else (1.0, 5.0)
    return scale / (VON_KARMAN * height) * (first + second * height / obukhov_length)


@compiled
def stable_gradient(
    height: float, scale: float, obukhov_length: float, mixing_height: float, adjusted: int
) -> float:
    """Reference potential temperature gradient of a stable hour [K m⁻¹]; ref. 1, eq. 30–32."""
    if height <= SIMILARITY_BOTTOM:
        made = surface_gradient(SIMILARITY_BOTTOM, scale, obukhov_length, adjusted)
    elif height <= SIMILARITY_TOP:
        made = surface_gradient(height, scale, obukhov_length, adjusted)
    else:
        made = surface_gradient(SIMILARITY_TOP, scale, obukhov_length, adjusted) * math.exp(
            -(height - SIMILARITY_TOP) / (GRADIENT_DECAY * max(SIMILARITY_TOP, mixing_height))
        )
    return max(made, LEAST_GRADIENT)


@compiled
def unstable_gradient(height: float, mixing_height: float, gradient_above: float) -> float:
    """Reference potential temperature gradient of an unstable hour [K m⁻¹]; ref. 1, §4.1.3."""
    if height <= mixing_height:
        return 0.0
    return gradient_above if height <= mixing_height + 500.0 else GRADIENT_ALOFT
