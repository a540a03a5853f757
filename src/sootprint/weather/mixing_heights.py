r"""Depth of the mixed layers: what the sun stirs from below and what the wind stirs.

References
----------
.. [1] Carson, D. J. (1973), doi:10.1002/qj.49709942105.
.. [2] Weil, J. C. and Brower, R. P. (1983): Estimating convective boundary layer parameters for diffusion
   applications. Report PPSP-MD-48, Maryland Department of Natural Resources.
.. [3] Cimorelli, A. J. et al. (2005), doi:10.1175/JAM2227.1; EPA-454/R-03-004, section 3.4.
.. [4] Venkatram, A. (1980), doi:10.1007/BF00122347.
.. [5] Deardorff, J. W. (1970), doi:10.1175/1520-0469(1970)027<1211:CVATSF>2.0.CO;2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sootprint.core.constants import GAS_CONSTANT_DRY_AIR, GRAVITY, HEAT_CAPACITY_DRY_AIR

Array = NDArray[np.float64]

POTENTIAL_EXPONENT = 0.2857
"""R/c_p of dry air [1]."""

PROFILE_TOP = 5000.0
"""Height to which a profile is used, and to which a shorter one is carried on [m]; [3]."""

UPPER_LAYER = 500.0
"""Layer under its top whose gradient carries a short profile on [m]; [3]."""

LEAST_TOP = 600.0
"""Top below which a profile is too short to be carried on [m]; [3]."""

GRADIENT_DEPTH = 500.0
"""Layer above the mixed one over which the potential temperature gradient is taken [m]; [3]."""


@dataclass(frozen=True)
class Profile:
    r"""Potential temperature of a sounding, without the layers that are unstable already.

    Attributes
    ----------
    height : array
        Height above the station [m], growing from 0.
    potential_temperature : array
        The largest one at or below each height [K]: it never falls with height.
    heat : array
        Heat that mixes the layer below each height [K m], :math:`z\theta(z)-\int_0^z\theta\,dz`.
    stated_top : float
        Top of the sounding itself [m].
    """

    height: Array
    potential_temperature: Array
    heat: Array
    stated_top: float


PLAUSIBLE_KELVIN = (180.0, 330.0)
"""Mean temperature of a layer of air, from the coldest mesopause to the hottest desert [K]."""

HEIGHT_TOLERANCE = 30.0
"""How far a height may be from what its pressure says [m], beside the rounding of the pressure."""

PRESSURE_ROUNDING = 50.0
"""Half of the hPa to which archives round [Pa]: 4 m at the ground, 350 m at 10 hPa."""


def fitting_levels(height: ArrayLike, pressure: ArrayLike) -> NDArray[np.bool_]:
    r"""Levels of one sounding whose height fits their pressure and the last fitting level below.

    The thickness :math:`\Delta z=(R\bar T/g)\ln(p_1/p_2)` must come of a mean temperature from 180 to 330 K,
    within 30 m and the rounding of the pressures. The levels are in order of height; a missing value fits
    nothing.
    """
    z, p = np.asarray(height, float), np.asarray(pressure, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        made = np.isfinite(z) & np.isfinite(p) & (p > 0)
    place = np.flatnonzero(made)
    if _fit(z, p, place[:-1], place[1:]).all():
        return made
    last = -1
    for index in place.tolist():
        if last < 0 or _fit(z, p, np.array([last]), np.array([index])).all():
            last = index
        else:
            made[index] = False
    return made


def _fit(z: Array, p: Array, lower: NDArray[np.int64], upper: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the layers between pairs of levels are as thick as their pressures say."""
    scale = GAS_CONSTANT_DRY_AIR / GRAVITY
    thickness, drop = z[upper] - z[lower], scale * np.log(p[lower] / p[upper])
    coldest, hottest = PLAUSIBLE_KELVIN
    rounding = scale * hottest * PRESSURE_ROUNDING * (1.0 / p[lower] + 1.0 / p[upper])
    slack = HEIGHT_TOLERANCE + rounding
    least, most = np.minimum(coldest * drop, hottest * drop), np.maximum(coldest * drop, hottest * drop)
    return (least - slack <= thickness) & (thickness <= most + slack)


def profile(height: ArrayLike, pressure: ArrayLike, air_temperature: ArrayLike) -> Profile | None:
    """Profile of the levels of one sounding, or None where fewer than two are of use.

    Levels without height, pressure or temperature, not above the one before, or whose pressure does not fit
    their height are passed over.
    A sounding that ends between 600 and 5000 m is carried on to 5000 m with the gradient of its uppermost
    500 m; one that ends above is used up to its first level over 5000 m.

    Parameters
    ----------
    height : array
        Height above the station [m].
    pressure : array
        Pressure [Pa].
    air_temperature : array
        Temperature [K].
    """
    z, p, kelvin = (np.asarray(item, float) for item in (height, pressure, air_temperature))
    known = np.isfinite(z) & np.isfinite(p) & np.isfinite(kelvin)
    z, p, kelvin = z[known], p[known], kelvin[known]
    order = np.argsort(z, kind="stable")
    z, p, kelvin = z[order], p[order], kelvin[order]
    fitting = fitting_levels(z, p)
    z, p, kelvin = z[fitting], p[fitting], kelvin[fitting]
    rising = np.concatenate([[True], np.diff(z) > 0]) if len(z) else np.zeros(0, bool)
    z, theta = z[rising], (kelvin * (1e5 / p) ** POTENTIAL_EXPONENT)[rising]
    above = np.flatnonzero(z > PROFILE_TOP)
    if len(above):
        z, theta = z[: above[0] + 1], theta[: above[0] + 1]
    if len(z) < 2:
        return None
    top = float(z[-1])
    if LEAST_TOP <= top < PROFILE_TOP:
        slope = (theta[-1] - np.interp(top - UPPER_LAYER, z, theta)) / UPPER_LAYER
        theta = np.append(theta, theta[-1] + slope * (PROFILE_TOP - top))
        z = np.append(z, PROFILE_TOP)
    theta = np.maximum.accumulate(theta)
    steps = 0.5 * np.diff(theta) * (z[1:] + z[:-1])
    return Profile(z, theta, np.concatenate([[0.0], np.cumsum(steps)]), top)


def convective_height(
    given: Profile, heat: ArrayLike, density: ArrayLike, *, entrainment: float = 0.2
) -> Array:
    r"""Convective mixing height [m] after the ground has given off an amount of heat [J m⁻²].

    .. math:: z\,\theta(z)-\int_0^z\theta\,dz' = \frac{1+2A}{\rho c_p}\int_0^t H\,dt'

    [1], [2], [3], with A the ratio of the entrained to the surface heat flux, 0.2. Between two levels the
    left side is quadratic in z. A gradient of 0.005 K/m, 1.2 kg/m³ and 1 MJ/m² give
    √(2 · 1.4 · 10⁶ / (1.2 · 1004.7 · 0.005)) = 682 m. NaN without heat and above the top of the profile.
    """
    share = (1.0 + 2.0 * entrainment) / HEAT_CAPACITY_DRY_AIR
    area = share * np.asarray(heat, float) / np.asarray(density, float)
    squared = np.interp(area, given.heat, given.height**2, left=np.nan, right=np.nan)
    return np.where(area > 0.0, np.sqrt(squared), np.nan)


def gradient_above(given: Profile, mixing_height: ArrayLike, *, least: float = 0.005) -> Array:
    """Potential temperature gradient [K m⁻¹] in the 500 m above a mixing height [m], and ``least`` at least.

    ``least`` also where the sounding itself ends less than 250 m above the mixing height [3].
    """
    base = np.asarray(mixing_height, float)
    upper = np.minimum(base + GRADIENT_DEPTH, given.height[-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        rise = np.interp(upper, given.height, given.potential_temperature) - np.interp(
            base, given.height, given.potential_temperature
        )
        slope = np.maximum(rise / (upper - base), least)
    made = np.where(given.stated_top - base > 250.0, slope, least)
    return np.where(np.isfinite(base), made, np.nan)


def convective_velocity(
    heat_flux: ArrayLike, mixing_height: ArrayLike, air_temperature: ArrayLike, density: ArrayLike
) -> Array:
    r"""Convective velocity scale [m s⁻¹]: :math:`w_*=(gHz_i/\rho c_pT)^{1/3}` [5].

    100 W/m², 1000 m, 300 K, 1.2 kg/m³: 1.39. NaN where H or the height is not positive.
    """
    flux, depth = np.asarray(heat_flux, float), np.asarray(mixing_height, float)
    buoyancy = GRAVITY * flux * depth
    cube = buoyancy / (
        np.asarray(density, float) * HEAT_CAPACITY_DRY_AIR * np.asarray(air_temperature, float)
    )
    return np.where((flux > 0) & (depth > 0), np.cbrt(np.where(cube > 0, cube, np.nan)), np.nan)


def mechanical_height(
    friction: ArrayLike,
    *,
    duration_s: float = 3600.0,
    coefficient: float = 2400.0,
    largest: float = 4000.0,
    memory: float = 2.0,
) -> Array:
    r"""Mechanical mixing height of each hour of a series [m], with the memory of the hour before.

    The equilibrium height is :math:`z_e = 2400\,u_*^{3/2}` [4]; the height follows it as
    :math:`z(t+\Delta t)=z(t)e^{-\Delta t/\tau}+z_e(1-e^{-\Delta t/\tau})`, :math:`\tau=z(t)/(2u_*)` [3].
    u\* = 0.3 m/s: 394 m; an hour of 0.2 m/s after it: 215 + 179 · e^(-3.65) = 219 m.

    Parameters
    ----------
    friction : array
        Friction velocity of consecutive hours [m s⁻¹]. A missing one leaves its hour missing and ends the
        memory.
    duration_s : float
        Length of an hour [s].
    coefficient : float
        2400 s^{1/2}·m^{-1/2} [4].
    largest : float
        Height [m] that z_e does not pass.
    memory : float
        The 2 in τ [1].
    """
    series = np.asarray(friction, float)
    with np.errstate(invalid="ignore"):
        equilibrium = np.minimum(coefficient * series**1.5, largest)
    made = np.full(len(series), np.nan)
    before = np.nan
    for index, (target, speed) in enumerate(zip(equilibrium.tolist(), series.tolist(), strict=True)):
        if before > 0.0 and target == target:
            kept = np.exp(-duration_s * memory * speed / before)
            target = before * kept + target * (1.0 - kept)
        made[index] = before = target
    return made


def morning_sounding(
    sunrise: pd.DatetimeIndex, launches: pd.DatetimeIndex, *, before_h: float, after_h: float
) -> NDArray[np.int64]:
    """Place of the launch nearest to each sunrise within a window around it; -1 where there is none.

    Of two as near, the earlier.

    Parameters
    ----------
    sunrise, launches : DatetimeIndex
        UTC; the launches ascending.
    before_h, after_h : float
        Ends of the window [h].
    """
    if not len(launches):
        return np.full(len(sunrise), -1)
    place = np.searchsorted(launches.to_numpy(), sunrise.to_numpy(), side="right")
    earlier, later = np.maximum(place - 1, 0), np.minimum(place, len(launches) - 1)
    hour = np.timedelta64(1, "h")
    since = (sunrise.to_numpy() - launches.to_numpy()[earlier]) / hour
    until = (launches.to_numpy()[later] - sunrise.to_numpy()) / hour
    since = np.where((place > 0) & (since <= before_h), since, np.inf)
    until = np.where((place < len(launches)) & (until <= after_h), until, np.inf)
    chosen = np.where(since <= until, earlier, later)
    return np.where(np.isfinite(np.minimum(since, until)), chosen, -1)
