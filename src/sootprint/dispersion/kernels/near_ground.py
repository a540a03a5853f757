"""What physics ``improved`` changes: plumes near the ground, deep convection, and the air above a tower.

The choices and their evidence are in ``docs/decisions/0017-improved-physics.md``.

References
----------
.. [1] Venkatram, A., Snyder, M. G., Heist, D. K., Perry, S. G., Petersen, W. B. & Isakov, V. (2013).
       Re-formulation of plume spread for near-surface dispersion. Atmos. Environ. 77, 846–855.
.. [2] Snyder, M. G. et al. (2013). RLINE: a line source dispersion model for near-surface releases.
       Atmos. Environ. 77, 748–756, doi:10.1016/j.atmosenv.2013.05.074.
.. [3] Willis, G. E. & Deardorff, J. W. (1976). A laboratory model of diffusion into the convective planetary
       boundary layer. Q. J. R. Meteorol. Soc. 102, 427–445, doi:10.1002/qj.49710243212.
.. [4] Weil, J. C., Corio, L. A. & Brower, R. P. (1997). A PDF dispersion model for buoyant plumes in the
       convective boundary layer. J. Appl. Meteorol. 36, 982–1003.
.. [5] Hanna, S. R. (1982). Applications in air pollution modeling. In Nieuwstadt & van Dop (eds),
       Atmospheric turbulence and air pollution modelling, 275–310, doi:10.1007/978-94-010-9112-1_7.
.. [6] Taylor, G. I. (1921). Diffusion by continuous movements. Proc. London Math. Soc. s2-20, 196–212,
       doi:10.1112/plms/s2-20.1.196.
.. [7] Caughey, S. J. & Palmer, S. G. (1979). Some aspects of turbulence structure through the depth of the
       convective boundary layer. Q. J. R. Meteorol. Soc. 105, 811–827, doi:10.1002/qj.49710544606.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.levels import LEAST_SPEED, LOWEST_AVERAGE, WIND, at
from sootprint.dispersion.kernels.spread import DRAFT_RATIO, ROOT_TWO, SURFACE_CONSTANT

GROWTH, STABLE_BRAKE, UNSTABLE_PUSH = 0.57, 3.0, 1.5
"""Constants a, b_s and b_u of the spread near the ground (ref. 1, 2)."""
SURFACE_SHARE = 0.1
"""Depth of the surface layer over that of the mixed layer [1]."""
TURN = 0.15
"""Lateral time scale of the mixed layer over z_i / σv [1] (ref. 5)."""
RETURN_SHARE = 0.3
"""Depth over which measured turbulence gives way to similarity, over that of the mixed layer [1].

Chosen among 0.2, 0.3, 0.4 and 1.0 on the fit half of the Kincaid experiment.
"""
FIRST_HEIGHT = 2.0
"""Least height [m] whose wind the search for a plume's mean height begins with."""
SETTLED = 1e-7
"""Logarithm of σz within which its equation holds."""
ROUNDS, HALVINGS = 40, 50


class Lifting(NamedTuple):
    """Part of a convective plume from near the ground, at a distance.

    Attributes
    ----------
    share : float
        How far the release belongs to the surface layer [1].
    free : float
        Share of the way that drafts have carried the plume [1]: 0 up to where it lifts off.
    width : float
        σz [m] that the surface layer gave it.
    wind : float
        Wind that dilutes it [m s⁻¹].
    """

    share: float
    free: float
    width: float
    wind: float


@compiled
def near_ground_share(height: float, mixing_height: float) -> float:
    """How far a release belongs to the surface layer [1]: 1 at the ground, 0 from a tenth of the layer on."""
    return max(0.0, 1.0 - height / (SURFACE_SHARE * mixing_height))


@compiled
def mean_height(sigma: float, release_height: float) -> float:
    r"""Mean height [m] of a Gaussian plume over reflecting ground; ref. 2.

    .. math:: \bar z = \sqrt{2/\pi}\,\sigma_z\,e^{-h_s^2 / 2\sigma_z^2}
              + h_s\,\mathrm{erf}\frac{h_s}{\sqrt 2\,\sigma_z}
    """
    ratio = release_height / sigma
    return SURFACE_CONSTANT * sigma * math.exp(-0.5 * ratio * ratio) + release_height * math.erf(
        ratio / ROOT_TWO
    )


@compiled
def wind_that_carries(column: Floats, height: float) -> float:
    """Wind [m s⁻¹] at the mean height of a plume [m], held as that of all plumes."""
    return max(at(column, WIND, max(height, LOWEST_AVERAGE)), LEAST_SPEED)


@compiled
def surface_spread(distance: float, ratio: float, obukhov_length: float) -> float:
    r"""σz [m] of a release near the ground; ref. 1.

    .. math:: \sigma_z = a\frac{u_*}{U}x \Big/ \left(1 + b_s\frac{u_*}{U}(x/L)^{2/3}\right) \;(L > 0),\quad
              a\frac{u_*}{U}x \left(1 + b_u\frac{u_*}{U}\frac{x}{|L|}\right) \;(L < 0)

    ``ratio`` is u*/U [1]. In neutral air with U = 10 u*, 100 m away, it is 5.7 m. Valid for releases within
    the surface layer, from metres to about a kilometre.
    """
    way = ratio * distance
    if obukhov_length > 0.0:
        return GROWTH * way / (1.0 + STABLE_BRAKE * ratio * (distance / obukhov_length) ** (2.0 / 3.0))
    return GROWTH * way * (1.0 + UNSTABLE_PUSH * way / -obukhov_length)


@compiled
def near_ground_spread(
    distance: float, release_height: float, friction_velocity: float, obukhov_length: float, column: Floats
) -> tuple[float, float]:
    """σz [m] and the wind at the mean height of a plume [m s⁻¹]: each follows from the other; ref. 1.

    The logarithm of σz is sought by secants, whose slope is that of an equation that rises evenly: 1 in even
    wind, up to 3 where the wind grows in proportion to height.
    """
    wind = wind_that_carries(column, max(release_height, FIRST_HEIGHT))
    log_sigma = math.log(surface_spread(distance, friction_velocity / wind, obukhov_length))
    slope, before, gap_before = 1.3, 0.0, 0.0
    for number in range(ROUNDS):
        wind = wind_that_carries(column, mean_height(math.exp(log_sigma), release_height))
        gap = log_sigma - math.log(surface_spread(distance, friction_velocity / wind, obukhov_length))
        if abs(gap) < SETTLED:
            break
        if number > 0 and log_sigma != before:
            slope = min(max((gap - gap_before) / (log_sigma - before), 0.7), 3.0)
        before, gap_before = log_sigma, gap
        log_sigma -= gap / slope
    return math.exp(log_sigma), wind


@compiled
def lift_off_distance(
    release_height: float,
    friction_velocity: float,
    obukhov_length: float,
    mixing_height: float,
    column: Floats,
) -> float:
    """Distance [m] at which the mean height of a plume reaches the top of the convective surface layer.

    Until there up- and downdrafts do not part it: at the ground their speed and skewness vanish, and a plume
    from the ground stays on it before it lifts off (ref. 3). 0 for a release above the surface layer.
    """
    top = SURFACE_SHARE * mixing_height
    if release_height >= top:
        return 0.0
    low, high = 0.0, top / SURFACE_CONSTANT
    for _number in range(HALVINGS):
        sigma = 0.5 * (low + high)
        if mean_height(sigma, release_height) < top:
            low = sigma
        else:
            high = sigma
    ratio = friction_velocity / wind_that_carries(column, top)
    scaled = 0.5 * (low + high) / GROWTH
    return 2.0 * scaled / (ratio * (1.0 + math.sqrt(1.0 + 4.0 * UNSTABLE_PUSH * scaled / -obukhov_length)))


@compiled
def lifting(
    distance: float,
    height: float,
    lift_off: float,
    wind: float,
    column: Floats,
    air: Air,
) -> Lifting:
    """Part of a convective plume that is near the ground, at a distance [m].

    ``height`` [m] is that to which the plume rises, ``wind`` [m s⁻¹] what dilutes it in the mixed layer.
    """
    share = near_ground_share(height, air.mixing_height)
    if share == 0.0:
        return Lifting(0.0, 1.0, 0.0, wind)
    free = max(0.0, 1.0 - lift_off / distance)
    width, carried = near_ground_spread(
        min(distance, lift_off), height, air.friction_velocity, air.obukhov_length, column
    )
    return Lifting(share, free, width, (1.0 - free) * carried + free * wind)


@compiled
def lifted_width(part: Lifting, displacement: float, other: float, width: float) -> float:
    """σz [m] of the plume in up- or downdrafts: that of the surface layer, grown by drafts past the lift-off.

    There σ_wj (x - x_s) / u adds to it, σ_wj being twice the mean speed of the drafts (ref. 4).

    Parameters
    ----------
    displacement : float
        Of the drafts over the whole way w̄_j x / u [m].
    other : float
        Width by buoyancy and at the release [m].
    width : float
        σz of a release above the surface layer [m].
    """
    grown = part.width + DRAFT_RATIO * part.free * abs(displacement)
    return part.share * math.sqrt(grown * grown + other * other) + (1.0 - part.share) * width


@compiled
def turning_lateral(distance: float, wind: float, sigma_v: float, mixing_height: float) -> float:
    r"""σy [m] in the convective mixed layer; ref. 5, 6.

    .. math:: \sigma_y = \sigma_v t (1 + t / 2T)^{-1/2},\quad t = x/u,\; T = 0.15\,z_i/\sigma_v

    With σv = 1 m s⁻¹, z_i = 1000 m and t = 300 s it is 300 / √2 = 212 m.
    """
    way = sigma_v * distance / wind
    return way / math.sqrt(1.0 + 0.5 * way / (TURN * mixing_height))


@compiled
def returned(measured: float, similarity: float, above: float, mixing_height: float) -> float:
    """Turbulence [m s⁻¹] above a tower in convection: back to similarity over 0.3 z_i.

    What a tower measures is the surface layer; the mixed layer follows w* and z_i (ref. 7).

    Parameters
    ----------
    measured : float
        The tower's value carried up in proportion to ``similarity`` [m s⁻¹].
    above : float
        Height over the tower's highest level [m].
    """
    share = max(0.0, 1.0 - above / (RETURN_SHARE * mixing_height))
    return share * measured + (1.0 - share) * similarity
