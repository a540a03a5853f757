r"""Radiation and turbulent fluxes at the ground, hour by hour, from wind, cloud and the sun.

Symbols: φ elevation of the sun, r albedo, n cloud fraction, T air temperature, R solar radiation, Rn net
radiation, H sensible heat flux, Bo Bowen ratio, U wind at height z, z₀ roughness, L Obukhov length, u\* and
θ\* scales of friction and temperature, k = 0.4, C_D = k / ln(z/z₀), ρ density of the air.
All functions take and give arrays of one shape and have no state.

References
----------
.. [1] Holtslag, A. A. M. and van Ulden, A. P. (1983),
   doi:10.1175/1520-0450(1983)022<0517:ASSFDE>2.0.CO;2.
.. [2] Cimorelli, A. J. et al. (2005), doi:10.1175/JAM2227.1; EPA-454/R-03-004, section 3.
.. [3] Paulson, C. A. (1970), doi:10.1175/1520-0450(1970)009<0857:TMROWS>2.0.CO;2.
.. [4] Venkatram, A. (1980), doi:10.1007/BF00122347.
.. [5] Van Ulden, A. P. and Holtslag, A. A. M. (1985),
   doi:10.1175/1520-0450(1985)024<1196:EOABLP>2.0.CO;2.
.. [6] Qian, W. and Venkatram, A. (2011), doi:10.1007/s10546-010-9565-1.
.. [7] Hanna, S. R. and Paine, R. J. (1989),
   doi:10.1175/1520-0450(1989)028<0206:HPDMDA>2.0.CO;2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.constants import (
    GAS_CONSTANT_DRY_AIR,
    GRAVITY,
    HEAT_CAPACITY_DRY_AIR,
    VON_KARMAN,
)

Array = NDArray[np.float64]

SOLAR_SLOPE, SOLAR_OFFSET = 990.0, -30.0
"""Clear-sky radiation R₀ = 990 sin φ - 30 [W m⁻²]; [1], after Kasten and Czeplak (1980)."""

CLOUD_FACTOR, CLOUD_POWER = 0.75, 3.4
"""Cloud takes 0.75 n^3.4 of the solar radiation; [1]."""

STEFAN_BOLTZMANN = 5.67e-8
"""Stefan–Boltzmann constant as [1] rounds it [W m⁻² K⁻⁴]."""

AIR_EMISSION, CLOUD_EMISSION, HEATING = 5.31e-13, 60.0, 0.12
"""c₁ [W m⁻² K⁻⁶], c₂ [W m⁻²] and c₃ [1] of the net radiation; [1]."""

GROUND_SHARE = 0.1
"""Share of the net radiation that goes into the ground; [1]."""

STABLE_SLOPE = 5.0
"""β of the stable profile φ_m = 1 + β z/L; [5]."""

LOW_WIND_SLOPE = 4.7
"""β with the low-wind drag; [6]."""

LOW_WIND_TEMPERATURE_SCALE = 0.08
"""θ* of the low-wind method [K]; [4], [6]."""

LENGTH_PER_FRICTION = 1100.0
"""L / u*² that the low-wind method does not go below [s² m⁻¹]; [4]."""


def air_density(pressure: ArrayLike, air_temperature: ArrayLike) -> Array:
    """Density of dry air [kg m⁻³] of pressure [Pa] and temperature [K]; 101325 Pa and 288.15 K give 1.225."""
    return np.asarray(pressure, float) / (GAS_CONSTANT_DRY_AIR * np.asarray(air_temperature, float))


def albedo_under_sun(albedo: ArrayLike, elevation: ArrayLike) -> Array:
    r"""Albedo [1] of the hour from the one under a high sun.

    :math:`r = r' + (1-r')\,e^{-0.1\varphi - (1-r')^2/2}` with φ in degrees [2]; 1 where the sun is down.
    0.2 at 30° is 0.2 + 0.8 · e^(-3.32) = 0.229.
    """
    high, angle = np.asarray(albedo, float), np.asarray(elevation, float)
    rest = 1.0 - high
    made = high + rest * np.exp(-0.1 * np.maximum(angle, 0.0) - 0.5 * rest**2)
    return np.where(angle > 0.0, made, 1.0)


def solar_radiation(elevation: ArrayLike, cloud: ArrayLike) -> Array:
    r"""Solar radiation at the ground [W m⁻²]: :math:`(990\sin\varphi-30)(1-0.75\,n^{3.4})` [1].

    30° and a clear sky give 465; overcast, a quarter of it. 0 below 1.7°, where the fit turns negative.
    """
    clear = SOLAR_SLOPE * np.sin(np.radians(np.asarray(elevation, float))) + SOLAR_OFFSET
    through = 1.0 - CLOUD_FACTOR * np.asarray(cloud, float) ** CLOUD_POWER
    return np.maximum(clear, 0.0) * through


def longwave_loss(air_temperature: ArrayLike, cloud: ArrayLike) -> Array:
    r"""Longwave radiation that the ground loses before it warms [W m⁻²]: :math:`\sigma T^4-c_1T^6-c_2n` [1].

    283.15 K and a clear sky: 364.4 - 273.6 = 90.8.
    """
    kelvin = np.asarray(air_temperature, float)
    return STEFAN_BOLTZMANN * kelvin**4 - AIR_EMISSION * kelvin**6 - CLOUD_EMISSION * np.asarray(cloud, float)


def net_radiation(
    albedo: ArrayLike, radiation: ArrayLike, air_temperature: ArrayLike, cloud: ArrayLike
) -> Array:
    r"""Net radiation of daytime [W m⁻²].

    :math:`R_n = [(1-r)R + c_1T^6 - \sigma T^4 + c_2 n]/(1+c_3)` [1], with the albedo of the hour [1], solar
    radiation [W m⁻²], air temperature [K] and cloud [1]. r = 0.2, 465 W/m², 283.15 K, clear: 251.
    """
    gain = (1.0 - np.asarray(albedo, float)) * np.asarray(radiation, float)
    return (gain - longwave_loss(air_temperature, cloud)) / (1.0 + HEATING)


def sensible_heat_flux(
    net: ArrayLike, bowen_ratio: ArrayLike, *, ground_share: float = GROUND_SHARE
) -> Array:
    r"""Sensible heat flux of daytime [W m⁻²]: :math:`H = 0.9\,R_n/(1+1/Bo)` [2].

    200 W/m² and a Bowen ratio of 1 give 90. ``ground_share`` is the share of Rn that the ground takes [1].
    """
    return (1.0 - ground_share) * np.asarray(net, float) / (1.0 + 1.0 / np.asarray(bowen_ratio, float))


def critical_elevation(albedo: ArrayLike, cloud: ArrayLike, air_temperature: ArrayLike) -> Array:
    """Elevation of the sun [degrees] at which the net radiation passes zero; 90 where it never does.

    Above it the hour is convective [2]. Found by bisection between 0 and 90°, where the balance of
    `solar_radiation` with `albedo_under_sun` and `longwave_loss` grows with the sun.
    ``albedo`` is the one under a high sun.
    """
    high, cover, kelvin = np.broadcast_arrays(
        np.asarray(albedo, float), np.asarray(cloud, float), np.asarray(air_temperature, float)
    )
    loss = longwave_loss(kelvin, cover)

    def balance(angle: Array) -> Array:
        return (1.0 - albedo_under_sun(high, angle)) * solar_radiation(angle, cover) - loss

    low, top = np.zeros(loss.shape), np.full(loss.shape, 90.0)
    for _ in range(50):
        middle = 0.5 * (low + top)
        over = balance(middle) >= 0.0
        low, top = np.where(over, low, middle), np.where(over, middle, top)
    found = np.where(loss <= 0.0, 0.0, top)
    return np.where(np.isfinite(loss), found, np.nan)


def unstable_correction(stability: ArrayLike) -> Array:
    r"""Correction ψ_m of the wind profile at z/L < 0 [1].

    :math:`\psi = 2\ln\frac{1+\mu}{2}+\ln\frac{1+\mu^2}{2}-2\arctan\mu+\frac{\pi}{2}`,
    :math:`\mu=(1-16z/L)^{1/4}` [3]. 0 at 0; 1.110 at -1.
    """
    mu = (1.0 - 16.0 * np.minimum(np.asarray(stability, float), 0.0)) ** 0.25
    return 2.0 * np.log(0.5 * (1.0 + mu)) + np.log(0.5 * (1.0 + mu**2)) - 2.0 * np.arctan(mu) + 0.5 * np.pi


def obukhov_length(
    friction: ArrayLike, heat_flux: ArrayLike, air_temperature: ArrayLike, density: ArrayLike
) -> Array:
    r"""Obukhov length [m]: :math:`L=-\rho c_p T u_*^3/(k g H)`.

    u\* = 0.4 m/s, H = 100 W/m², 300 K, 1.2 kg/m³: -59.0 m. Infinite where H is zero.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return (
            -np.asarray(density, float)
            * HEAT_CAPACITY_DRY_AIR
            * np.asarray(air_temperature, float)
            * np.asarray(friction, float) ** 3
            / (VON_KARMAN * GRAVITY * np.asarray(heat_flux, float))
        )


def convective_friction_velocity(
    wind_speed: ArrayLike,
    height: ArrayLike,
    roughness: ArrayLike,
    heat_flux: ArrayLike,
    air_temperature: ArrayLike,
    density: ArrayLike,
) -> tuple[Array, Array]:
    r"""Friction velocity [m s⁻¹] and Obukhov length [m] of hours with H > 0.

    The pair that fulfils :math:`kU = u_*[\ln(z/z_0)-\psi(z/L)+\psi(z_0/L)]` and `obukhov_length` [2], found
    by bisection: the right side grows with u\*, so there is one, above the neutral one.
    Valid for z > z₀ and U > 0; NaN elsewhere and where an input is missing.
    """
    speed, mast, rough, flux, kelvin, mass = np.broadcast_arrays(
        *(
            np.asarray(item, float)
            for item in (wind_speed, height, roughness, heat_flux, air_temperature, density)
        )
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm = np.log(mast / rough)
        valid = (logarithm > 0) & (speed > 0) & (flux > 0) & np.isfinite(kelvin) & np.isfinite(mass)
        neutral = np.where(valid, VON_KARMAN * speed / logarithm, 0.1)

    def excess(friction: Array) -> Array:
        length = obukhov_length(friction, np.where(valid, flux, 1.0), kelvin, mass)
        with np.errstate(invalid="ignore"):
            drag = logarithm - unstable_correction(mast / length) + unstable_correction(rough / length)
        return friction * drag - VON_KARMAN * speed

    low, top = neutral.copy(), 2.0 * neutral
    for _ in range(60):
        short = valid & (excess(top) < 0.0)
        if not short.any():
            break
        top = np.where(short, 2.0 * top, top)
    for _ in range(60):
        middle = 0.5 * (low + top)
        below = excess(middle) < 0.0
        low, top = np.where(below, middle, low), np.where(below, top, middle)
    friction = np.where(valid, 0.5 * (low + top), np.nan)
    return friction, np.where(valid, obukhov_length(friction, flux, kelvin, mass), np.nan)


def temperature_scale(cloud: ArrayLike) -> Array:
    r"""Temperature scale of stable hours [K]: :math:`\theta_*=0.09(1-0.5n^2)` [5]; 0.045 overcast."""
    return 0.09 * (1.0 - 0.5 * np.asarray(cloud, float) ** 2)


def twilight_factor(elevation: ArrayLike, critical: ArrayLike) -> Array:
    r"""Factor on θ\* while the sun is up but does not yet warm the ground [1].

    :math:`1-(\varphi/\varphi_{crit})^2` [2]: 1 with the sun down, 0 at the critical elevation.
    """
    angle, limit = np.asarray(elevation, float), np.asarray(critical, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        made = 1.0 - (angle / limit) ** 2
    return np.where((angle > 0.0) & (angle < limit), made, 1.0)


def stable_friction_velocity(
    wind_speed: ArrayLike,
    height: ArrayLike,
    roughness: ArrayLike,
    air_temperature: ArrayLike,
    scale: ArrayLike,
) -> tuple[Array, Array]:
    r"""Friction velocity [m s⁻¹] and temperature scale [K] of stable hours; ``venkatram1980``.

    .. math:: u_* = \frac{C_D U}{2}\left[1+\sqrt{1-\Big(\frac{2u_0}{\sqrt{C_D}U}\Big)^2}\right],
       \quad u_0^2 = \frac{\beta z g\theta_*}{T}

    [2], [4]. Below the wind :math:`U_c = 2u_0/\sqrt{C_D}` the root is not real: u\* and θ\* fall in
    proportion to U from their values at U_c, as [7] has it.
    3 m/s at 10 m, z₀ = 0.1 m, 283 K, θ\* = 0.09 K: u\* = 0.189 m/s.
    """
    speed, mast, rough, kelvin, theta = (
        np.asarray(item, float) for item in (wind_speed, height, roughness, air_temperature, scale)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        drag = VON_KARMAN / np.log(mast / rough)
        buoyant = np.sqrt(STABLE_SLOPE * mast * GRAVITY * theta / kelvin)
        critical = 2.0 * buoyant / np.sqrt(drag)
        ratio = critical / speed
        real = 0.5 * drag * speed * (1.0 + np.sqrt(np.maximum(1.0 - ratio**2, 0.0)))
        low = ratio > 1.0
        return np.where(low, 0.5 * drag * speed, real), np.where(low, theta / ratio, theta)


def low_wind_friction_velocity(
    wind_speed: ArrayLike,
    height: ArrayLike,
    roughness: ArrayLike,
    air_temperature: ArrayLike,
    scale: ArrayLike,
) -> tuple[Array, Array]:
    r"""Friction velocity [m s⁻¹] and temperature scale [K] of stable hours; ``qian_venkatram2011``.

    .. math:: u_* = \frac{C_D U}{2}\,\frac{1+e^{-\rho^2/2}}{1-e^{-2/\rho}},\quad
       \rho = \frac{2u_0}{\sqrt{C_D}U},\quad u_0^2=\frac{\beta(z-d-z_0)g\theta_*}{T}

    with the displacement d = 5 z₀, C_D = k/ln((z-d)/z₀), β = 4.7 [6]. It joins the root of
    `stable_friction_velocity` in strong wind and keeps u\* above C_D U_c/4 in weak wind, where that one is
    too low. θ\* falls in proportion to U below U_c. Valid for z > 6 z₀.
    """
    speed, mast, rough, kelvin, theta = (
        np.asarray(item, float) for item in (wind_speed, height, roughness, air_temperature, scale)
    )
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        over = mast - 5.0 * rough
        drag = VON_KARMAN / np.log(over / rough)
        buoyant = np.sqrt(LOW_WIND_SLOPE * (over - rough) * GRAVITY * theta / kelvin)
        critical = 2.0 * buoyant / np.sqrt(drag)
        ratio = critical / speed
        joined = 0.5 * drag * speed * (1.0 + np.exp(-0.5 * ratio**2)) / (1.0 - np.exp(-2.0 / ratio))
        return (
            np.maximum(joined, 0.25 * drag * critical),
            np.where(ratio > 1.0, theta / ratio, theta),
        )


def limited_heat_loss(
    friction: ArrayLike,
    scale: ArrayLike,
    wind_speed: ArrayLike,
    height: ArrayLike,
    roughness: ArrayLike,
    air_temperature: ArrayLike,
    density: ArrayLike,
    *,
    largest_loss: float,
    low_wind: bool = False,
) -> tuple[Array, Array, NDArray[np.bool_]]:
    r"""u\* [m s⁻¹] and θ\* [K] of stable hours whose heat loss ρ c_p u\*θ\* stays within a limit [W m⁻²].

    In strong wind θ\* is not free: the radiation cannot feed a larger downward flux [2]. With
    X = limit/(ρ c_p), u\* is the largest root of :math:`u_*^3-C_DUu_*^2+C_D\beta zgX/T=0`, which is the
    equation of `stable_friction_velocity` with θ\* = X/u\*; where it has none, u\* is kept.

    Returns
    -------
    friction, scale : array
        u\* and θ\*, changed only where the limit was passed.
    limited : array of bool
        Where it was.
    """
    first, theta, speed, mast, rough, kelvin, mass = np.broadcast_arrays(
        *(
            np.asarray(item, float)
            for item in (friction, scale, wind_speed, height, roughness, air_temperature, density)
        )
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = mast - 5.0 * rough if low_wind else mast
        slope = LOW_WIND_SLOPE if low_wind else STABLE_SLOPE
        drag = VON_KARMAN / np.log(depth / rough)
        product = largest_loss / (mass * HEAT_CAPACITY_DRY_AIR)
        passed = first * theta > product
        third = drag * speed / 3.0
        # Of u³ - 3 a u² + c = 0 the largest root is a + 2 a cos(arccos(1 - c / 2a³) / 3).
        term = 1.0 - drag * slope * depth * GRAVITY * product / kelvin / (2.0 * third**3)
        root = third * (1.0 + 2.0 * np.cos(np.arccos(np.clip(term, -1.0, 1.0)) / 3.0))
        made = np.where(passed & (term >= -1.0), root, first)
        return made, np.where(passed, product / made, theta), passed
