r"""Profiles of one hour for the particles, in the order of their heights, and meander.

Wind, σv, σw and temperature are those of the plume (`sootprint.dispersion.kernels.similarity`,
`sootprint.dispersion.kernels.layers`); the time scales and the meander are of the particles alone.

References
----------
.. [1] Thomson, D. J. (1987). J. Fluid Mech. 180, 529–556, doi:10.1017/S0022112087001940.
.. [2] Kaimal, J. C., Wyngaard, J. C., Izumi, Y. & Coté, O. R. (1972). Q. J. R. Meteorol. Soc. 98, 563–589,
       doi:10.1002/qj.49709841707. Dissipation of the unstable surface layer; the stable one as linearised in
       Businger's form.
.. [3] Wilson, J. D., Thurtell, G. W. & Kidd, G. E. (1981). Boundary-Layer Meteorol. 21, 423–441,
       doi:10.1007/BF02033592.
.. [4] Venkatram, A., Strimaitis, D. & Dicristofaro, D. (1984). Atmos. Environ. 18, 923–928,
       doi:10.1016/0004-6981(84)90260-3.
.. [5] Anfossi, D., Oettl, D., Degrazia, G. & Goulart, A. (2005). Boundary-Layer Meteorol. 114, 179–203,
       doi:10.1007/s10546-004-9103-0.
.. [6] Oettl, D., Goulart, A., Degrazia, G. & Anfossi, D. (2005). Atmos. Environ. 39, 1739–1748,
       doi:10.1016/j.atmosenv.2004.11.023.
.. [7] Kaimal, J. C. & Finnigan, J. J. (1994). Atmospheric Boundary Layer Flows. Oxford University Press,
       doi:10.1093/oso/9780195062397.001.0001. σw of the unstable surface layer.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sootprint.dispersion.engines.arrays import Floats, Integers
from sootprint.dispersion.engines.layers import HourScales
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.layers import (
    exact,
    fill_direction,
    fill_gradient,
    fill_potential_temperature,
    fill_turbulence,
    hour_scales,
    known,
    measured,
    measured_gradients,
    temperature_scale,
)
from sootprint.dispersion.kernels.similarity import (
    GRADIENT_DECAY,
    GRAVITY,
    LEAST_GRADIENT,
    SIMILARITY_BOTTOM,
    SIMILARITY_TOP,
    VON_KARMAN,
    sigma_v,
    sigma_w,
    similarity_wind,
    surface_gradient,
)

RESIDUAL_SHARE = 0.02
"""σw above the layer over the wind at its top [1]; EPA-454/R-03-004, eq. 37."""
SURFACE_SHARE = 0.1
"""Part of the convective mixing height that is its surface layer [1]."""
LOGARITHMIC = 7.0
"""Height over the roughness from which the wind's profile is logarithmic; EPA-454/R-03-004, eq. 27."""
REFERENCE_HEIGHT = 10.0
"""Height [m] whose wind and turbulence decide on meander."""


class Rules(NamedTuple):
    """Numbers of `ColumnOptions` that the profiles need; ``split`` is 1 where measured σv holds meander."""

    kolmogorov_constant: float
    buoyancy_time: float
    longest_time: float
    shortest_lateral_time: float
    longest_lateral_time: float
    least_sigma_w: float
    least_sigma_v: float
    inversion_depth: float
    split: int


class Profiles(NamedTuple):
    """Profiles of all hours (hour, level), and of each hour (hour,).

    Attributes
    ----------
    speed, direction : array
        Wind [m s⁻¹] and where it comes from [degrees from grid north]; NaN where no level states it.
    sigma_w, sigma_v, time_w, time_v : array
        Turbulence [m s⁻¹] and its time scales [s].
    gradient, potential : array
        Potential temperature gradient [K m⁻¹] and potential temperature [K].
    measured_variance : array
        Variance of v that a mast gives at 10 m [m² s⁻²]; NaN without one.
    low, aloft, lateral : array of int64
        1 where a floor acts: σw in the lower half of the layer, σw above, σv.
    """

    speed: Floats
    direction: Floats
    sigma_w: Floats
    sigma_v: Floats
    time_w: Floats
    time_v: Floats
    gradient: Floats
    potential: Floats
    measured_variance: Floats
    low: Integers
    aloft: Integers
    lateral: Integers


@compiled
def dissipation(height: float, friction_velocity: float, obukhov_length: float) -> float:
    r"""Dissipation of turbulent energy ε [m² s⁻³] in the surface layer [2].

    .. math:: \varepsilon = \frac{u_*^3}{k z}\begin{cases} 1 + 3.7\,z/L & L > 0 \\
              (1 + 0.5\,|z/L|^{2/3})^{3/2} & L < 0\end{cases}

    u* = 0.4 m/s and z = 10 m: 0.016 in neutral air, 0.0752 at L = 10 m, 0.0294 at L = -10 m. High over a
    convective layer it tends to 0.354 w*³/z_i.
    """
    neutral = friction_velocity**3 / (VON_KARMAN * height)
    ratio = height / obukhov_length
    if ratio >= 0.0:
        return neutral * (1.0 + 3.7 * ratio)
    return neutral * (1.0 + 0.5 * (-ratio) ** (2.0 / 3.0)) ** 1.5


@compiled
def lagrangian_time(sigma: float, rate: float, kolmogorov_constant: float) -> float:
    r"""Lagrangian time scale [s] of a velocity of deviation σ [m s⁻¹].

    .. math:: T = \frac{2\sigma^2}{C_0\,\varepsilon}

    The velocity's equation is that of [1].

    σ = 1.25 u*, ε = u*³/(k z) and C₀ = 3.1 give 0.403 z/u*, the one of a neutral surface layer [3].
    """
    return 2.0 * sigma * sigma / (kolmogorov_constant * rate)


@compiled
def surface_share(
    height: float,
    friction_velocity: float,
    convective_velocity: float,
    obukhov_length: float,
    convective_height: float,
) -> float:
    r"""σw of the surface layer as measured [7] over the plume's, both without their fall to the lid [1].

    .. math:: r = 1.25\,(1 + 3|z/L|)^{1/3} \Big/ \sqrt{1.69 + 1.6\,(z/z_i)^{2/3}\,w_*^2/u_*^2}

    for L < 0 up to a tenth of z_i and held above, and 1.25/1.3 for L > 0. The diffusivity of a walk, σw²T,
    has the fourth power of what T is made of; the plume's σw would mix a convective surface layer by half too
    much.
    u* = 0.4 m/s, L = -10 m, z_i = 1000 m (w* = 2.52 m/s): 0.890 at 2 m, 0.921 at 10 m, 1.002 from 100 m on.
    """
    if obukhov_length > 0.0:
        return 1.25 / 1.3
    low = min(height, SURFACE_SHARE * convective_height)
    ratio = convective_velocity / friction_velocity
    plume = 1.69 + 1.6 * (low / convective_height) ** (2.0 / 3.0) * ratio * ratio
    return 1.25 * (1.0 - 3.0 * low / obukhov_length) ** (1.0 / 3.0) / math.sqrt(plume)


@compiled
def friction_of(speed: Floats, height: Floats, obukhov_length: Floats, roughness_length: Floats) -> Floats:
    """Friction velocity [m s⁻¹] of a wind [m s⁻¹] at a height by the similarity profile of a given L [m]."""
    made = np.empty(speed.size)
    for hour in range(speed.size):
        made[hour] = speed[hour] / similarity_wind(
            height[hour], 1.0, obukhov_length[hour], roughness_length[hour]
        )
    return made


@compiled
def fill_profiles(
    z: Floats,
    served: Integers,
    surface: Floats,
    mast: tuple[Floats, Floats, Floats, Floats, Floats, Floats],
    rules: Rules,
    out: Profiles,
) -> None:
    """Profiles of all served hours.

    Parameters
    ----------
    z : array (level,)
        Heights [m], the first 0.
    served : array of int64 (hour,)
        1 where the hour is to be filled.
    surface : array (hour, 13)
        u*, w*, L, z₀, convective and mechanical mixing height, gradient above, wind, its direction and
        height, temperature and its height, least gradient near the ground; SI, direction [degrees].
    mast : tuple of six arrays (hour, level)
        Height, wind, direction, temperature, σv, σw; NaN is missing.
    rules : Rules
        Floors and bounds.
    out : Profiles
        Is filled.
    """
    room = np.empty((3, mast[0].shape[1] + 1))
    lines = np.empty((2, z.size))
    for hour in range(served.size):
        if served[hour] == 0:
            continue
        row = surface[hour]
        scales = hour_scales(row, 0.0, 0, 0)
        stable, lid = scales.stable, scales.mixing_height
        heights = mast[0][hour]
        levels = 0
        while levels < heights.size and not math.isnan(heights[levels]):
            levels += 1
        _winds(z, hour, scales, row, heights, mast[1][hour], mast[2][hour], levels, room, out)
        count = known(heights, mast[3][hour], levels, room[0], room[1])
        count = measured_gradients(room[0], room[1], count, stable, room[2], room[1])
        if stable == 1 and count == 0:
            _stable_gradient(z, scales, row[12], rules.inversion_depth, room, out.gradient[hour])
        else:
            fill_gradient(z, scales, room[2], room[1], count, out.gradient[hour])
        fill_potential_temperature(z, out.gradient[hour], row[10], row[11], 0.0, out.potential[hour])
        residual = _residual(z, out.speed[hour], lid, heights, mast[5][hour], levels)
        returns = stable == 0
        count = known(heights, mast[5][hour], levels, room[0], room[1])
        fill_turbulence(z, scales, 1, residual, room[0], room[1], count, returns, room[2], lines[0])
        count = known(heights, mast[4][hour], levels, room[0], room[1])
        fill_turbulence(z, scales, 0, 0.0, room[0], room[1], count, returns, room[2], lines[1])
        if count > 0:
            out.measured_variance[hour] = np.interp(REFERENCE_HEIGHT, z, lines[1]) ** 2
        for level in range(z.size):
            _level(z, hour, level, scales, residual, lines, rules, out)


@compiled
def _stable_gradient(
    z: Floats, scales: HourScales, least: float, depth: float, room: Floats, out: Floats
) -> None:
    """Potential temperature gradient [K m⁻¹] of a stable hour without measured temperatures.

    The plume's up to the lid, above it decaying over 0.44 of its height, at least ``least`` up to ``depth``
    [m]. The plume carries the surface layer's on to 100 m whatever the lid is, which over a lid of 20 m can
    add tens of kelvin; with a lid of 100 m or more both are the same.
    """
    scale = temperature_scale(scales, room[2], room[1], 0)
    top = min(SIMILARITY_TOP, max(scales.mixing_height, SIMILARITY_BOTTOM))
    for level in range(z.size):
        made = surface_gradient(min(max(z[level], SIMILARITY_BOTTOM), top), scale, scales.obukhov_length, 0)
        if z[level] > top:
            made *= math.exp(-(z[level] - top) / (GRADIENT_DECAY * max(scales.mixing_height, top)))
        out[level] = max(made, least if z[level] <= depth else LEAST_GRADIENT, LEAST_GRADIENT)


@compiled
def _winds(
    z: Floats,
    hour: int,
    scales: HourScales,
    row: Floats,
    heights: Floats,
    speeds: Floats,
    directions: Floats,
    levels: int,
    room: Floats,
    out: Profiles,
) -> None:
    """Wind of an hour without the plume's least wind: a measured zero stays a zero."""
    count = known(heights, speeds, levels, room[0], room[1])
    if count == 0:
        room[0, 0], room[1, 0], count = row[9], row[7], 1
    for level in range(count):
        room[2, level] = _reference(room[0, level], scales)
    for level in range(z.size):
        value = exact(room[0], room[1], count, z[level])
        if math.isnan(value):
            reference = measured(room[0], room[2], count, z[level])
            ratio = measured(room[0], room[1], count, z[level]) / reference
            value = ratio * _reference(z[level], scales)
        out.speed[hour, level] = value
    count = known(heights, directions, levels, room[0], room[1])
    if count == 0:
        room[0, 0], room[1, 0], count = row[9], row[8], 1
    fill_direction(z, room[0], room[1], count, out.direction[hour])


@compiled
def _reference(height: float, scales: HourScales) -> float:
    """Similarity wind [m s⁻¹]: linear to zero under 7 z₀, constant above the lid.

    The plume's reference, but for a mast above the lid: there the plume takes on the measured speed as it is,
    which leaves a jump at a lid of a few metres.
    """
    lowest = LOGARITHMIC * scales.roughness_length
    held = max(min(height, scales.mixing_height), lowest)
    speed = similarity_wind(held, scales.friction_velocity, scales.obukhov_length, scales.roughness_length)
    return speed * min(1.0, height / lowest)


@compiled
def _residual(z: Floats, speed: Floats, lid: float, heights: Floats, sigma: Floats, levels: int) -> float:
    """σw above the layer: the mean of what is measured there, or a share of the wind at its top."""
    total, above = 0.0, 0
    for level in range(levels):
        if heights[level] >= lid and not math.isnan(sigma[level]):
            total += sigma[level]
            above += 1
    return total / above if above > 0 else RESIDUAL_SHARE * np.interp(lid, z, speed)


@compiled
def _level(
    z: Floats,
    hour: int,
    level: int,
    scales: HourScales,
    residual: float,
    lines: Floats,
    rules: Rules,
    out: Profiles,
) -> None:
    """Turbulence and time scales at a level.

    Inside the layer T = l/σw with the length l that similarity gives, so that a measured or floored σw does
    not lengthen the eddies, and σw²T of an unmeasured one is the surface layer's (`surface_share`); above it,
    and in stable air whose σw is the floor, at most 0.27/N [4].
    """
    height, lid = z[level], scales.mixing_height
    similar = sigma_w(
        height,
        scales.stable,
        scales.friction_velocity,
        scales.convective_velocity,
        lid,
        scales.convective_height,
        residual,
    )
    vertical = max(lines[0, level], rules.least_sigma_w)
    floored = lines[0, level] < rules.least_sigma_w
    if floored and height <= 0.5 * lid:
        out.low[hour] = 1
    elif floored:
        out.aloft[hour] = 1
    rate = dissipation(max(height, scales.roughness_length), scales.friction_velocity, scales.obukhov_length)
    share = surface_share(
        height,
        scales.friction_velocity,
        scales.convective_velocity,
        scales.obukhov_length,
        scales.convective_height,
    )
    time = lagrangian_time(share * share * similar, rate, rules.kolmogorov_constant) * similar / vertical
    gradient = out.gradient[hour, level]
    if (floored or height >= lid) and gradient > 0.0:
        buoyant = rules.buoyancy_time / math.sqrt(GRAVITY * gradient / out.potential[hour, level])
        time = buoyant if height >= lid else min(time, buoyant)
    out.sigma_w[hour, level] = vertical
    out.time_w[hour, level] = min(time, rules.longest_time)
    lateral = lines[1, level]
    if rules.split == 1:
        lateral = min(
            lateral,
            sigma_v(
                height,
                scales.stable,
                scales.friction_velocity,
                scales.convective_velocity,
                scales.mechanical_height,
                scales.convective_height,
            ),
        )
    if lateral < rules.least_sigma_v:
        out.lateral[hour] = 1
        lateral = rules.least_sigma_v
    out.sigma_v[hour, level] = lateral
    time = lagrangian_time(lateral, rate, rules.kolmogorov_constant)
    out.time_v[hour, level] = min(max(time, rules.shortest_lateral_time), rules.longest_lateral_time)


def meander(speed: Floats) -> tuple[Floats, Floats]:
    r"""Decay p and turn q [s⁻¹] of the meander of winds [m s⁻¹]; R(τ) = e^(-pτ) cos qτ [5], [6].

    .. math:: m = \frac{8.5}{(U+1)^2},\quad T_* = 200\,m + 350\ \mathrm{s},\quad
              q = \frac{2\pi}{T_*},\quad p = \frac{q}{m}

    U = 0.5 m/s: m = 3.78, T* = 1106 s, q = 0.00568, p = 0.00150.
    """
    ratio = 8.5 / (speed + 1.0) ** 2
    turn = 2.0 * np.pi / (200.0 * ratio + 350.0)
    return turn / ratio, turn
