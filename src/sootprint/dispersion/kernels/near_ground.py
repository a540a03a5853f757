"""Physics ``improved``: plumes from releases near the ground, and the turn of wide plumes in deep convection.

References
----------
.. [1] Venkatram, A., Snyder, M. G., Heist, D. K., Perry, S. G., Petersen, W. B. & Isakov, V. (2013).
       Re-formulation of plume spread for near-surface dispersion. Atmos. Environ. 77, 846–855.
.. [2] Snyder, M. G. et al. (2013). RLINE: a line source dispersion model for near-surface releases.
       Atmos. Environ. 77, 748–756, doi:10.1016/j.atmosenv.2013.05.074.
.. [3] Willis, G. E. & Deardorff, J. W. (1976). A laboratory model of diffusion into the convective planetary
       boundary layer. Q. J. R. Meteorol. Soc. 102, 427–445, doi:10.1002/qj.49710243212.
.. [4] Hanna, S. R. (1982). Applications in air pollution modeling. In Nieuwstadt & van Dop (eds),
       Atmospheric turbulence and air pollution modelling, 275–310, doi:10.1007/978-94-010-9112-1_7.
.. [5] Taylor, G. I. (1921). Diffusion by continuous movements. Proc. London Math. Soc. s2-20, 196–212,
       doi:10.1112/plms/s2-20.1.196.
.. [6] Caughey, S. J. & Palmer, S. G. (1979). Some aspects of turbulence structure through the depth of the
       convective boundary layer. Q. J. R. Meteorol. Soc. 105, 811–827, doi:10.1002/qj.49710544606.
"""

from __future__ import annotations

import math

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.levels import LEAST_SPEED, LOWEST_AVERAGE, WIND, at
from sootprint.dispersion.kernels.spread import SURFACE_CONSTANT

GROWTH, STABLE_BRAKE, UNSTABLE_PUSH = 0.57, 3.0, 1.5
"""Constants a, b_s and b_u of the spread near the ground [1]_ [2]_."""
SURFACE_SHARE = 0.1
"""Depth of the surface layer as a share of the mixed layer [1]."""
TURN = 0.15
"""Lateral time scale of the mixed layer over z_i / σv [4]_."""
RETURN_SHARE = 0.3
"""Depth over which measured turbulence gives way to similarity, as a share of the mixed layer [1].

Chosen on the fit half of the Kincaid experiment; see docs/decisions/0017-improved-physics.md.
"""
ROUNDS, SETTLED = 60, 1e-5


@compiled
def near_ground_share(release_height: float, mixing_height: float) -> float:
    """How far a release belongs to the surface layer [1]: 1 at the ground, 0 from a tenth of the layer on."""
    return max(0.0, 1.0 - release_height / (SURFACE_SHARE * mixing_height))


@compiled
def mean_height(sigma: float, release_height: float) -> float:
    """Mean height [m] of a Gaussian plume over reflecting ground; ref. 2."""
    ratio = release_height / sigma
    return SURFACE_CONSTANT * sigma * math.exp(-0.5 * ratio * ratio) + release_height * math.erf(
        ratio / math.sqrt(2.0)
    )


@compiled
def _wind(column: Floats, height: float) -> float:
    return max(at(column, WIND, max(height, LOWEST_AVERAGE)), LEAST_SPEED)


@compiled
def _spread(distance: float, ratio: float, obukhov_length: float) -> float:
    way = ratio * distance
    if obukhov_length > 0.0:
        return GROWTH * way / (1.0 + STABLE_BRAKE * ratio * (distance / obukhov_length) ** (2.0 / 3.0))
    return GROWTH * way * (1.0 + UNSTABLE_PUSH * way / -obukhov_length)


@compiled
def near_ground_spread(
    distance: float, release_height: float, friction_velocity: float, obukhov_length: float, column: Floats
) -> tuple[float, float]:
    r"""σz [m] of a release near the ground and the wind [m s⁻¹] at its mean height, which carries it; ref. 1.

    .. math:: \sigma_z = 0.57\,\frac{u_*}{U}x \Big/ \left(1 + 3\frac{u_*}{U}(x/L)^{2/3}\right) \;(L > 0),\quad
              0.57\,\frac{u_*}{U}x \left(1 + 1.5\frac{u_*}{U}\frac{x}{|L|}\right) \;(L < 0)

    In neutral air with U = 10 u*, 100 m away, σz = 5.7 m.
    """
    wind = _wind(column, max(release_height, 2.0))
    sigma = _spread(distance, friction_velocity / wind, obukhov_length)
    for _number in range(ROUNDS):
        wind = _wind(column, mean_height(sigma, release_height))
        made = _spread(distance, friction_velocity / wind, obukhov_length)
        change = abs(made - sigma)
        sigma = 0.5 * (sigma + made)
        if change < SETTLED * sigma:
            break
    return sigma, wind


@compiled
def lift_off_distance(
    release_height: float,
    friction_velocity: float,
    obukhov_length: float,
    mixing_height: float,
    column: Floats,
) -> float:
    """Distance [m] at which the mean height of a plume reaches the top of the convective surface layer.

    Until there up- and downdrafts do not part the plume: a release at the ground stays on it (ref. 3). 0 for
    a release above the surface layer.
    """
    top = SURFACE_SHARE * mixing_height
    if release_height >= top:
        return 0.0
    low, high = 0.0, 2.0 * top / SURFACE_CONSTANT
    for _number in range(50):
        sigma = 0.5 * (low + high)
        if mean_height(sigma, release_height) < top:
            low = sigma
        else:
            high = sigma
    ratio = friction_velocity / _wind(column, top)
    push = UNSTABLE_PUSH * ratio / -obukhov_length
    return (math.sqrt(1.0 + 4.0 * push * 0.5 * (low + high) / (GROWTH * ratio)) - 1.0) / (2.0 * push)


@compiled
def turning_lateral(distance: float, wind: float, sigma_v: float, mixing_height: float) -> float:
    """σy [m] in the convective mixed layer: σv t / √(1 + t / 2T), T = 0.15 z_i / σv; refs 4 and 5.

    With σv = 1 m s⁻¹, z_i = 1000 m and t = 300 s it is 300 / √2 = 212 m.
    """
    time = distance / wind
    return sigma_v * time / math.sqrt(1.0 + 0.5 * time * sigma_v / (TURN * mixing_height))


@compiled
def returned(measured: float, similarity: float, above: float, mixing_height: float) -> float:
    """Turbulence [m s⁻¹] above a tower in convection: back to similarity over 0.3 z_i.

    ``measured`` is the tower's value carried up in proportion to ``similarity``, ``above`` the height over
    its top [m]. What a tower measures is the surface layer; the mixed layer follows w* and z_i (ref. 6).
    """
    share = max(0.0, 1.0 - above / (RETURN_SHARE * mixing_height))
    return share * measured + (1.0 - share) * similarity
