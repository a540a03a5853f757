"""Vertical distribution of a plume whose particles fall on the way.

The plume sinks by its settling velocity times its time in the wind at its release, while it spreads as one
that does not fall; what lies on the ground is not taken up again but reflected, as the velocity of deposition
is reckoned apart.

References
----------
.. [1] US EPA (2004). AERMOD deposition algorithms: science document (revised draft), 19 March 2004.
.. [2] Cimorelli, A. J. et al. (2004). AERMOD: description of model formulation. EPA-454/R-03-004, §5.
"""

from __future__ import annotations

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.engines.releases import Mixing, Release
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.flow import flow_at, mean_flow, root_sum
from sootprint.dispersion.kernels.release import convective_rise, stable_rise
from sootprint.dispersion.kernels.spread import BUOYANT_WIDTH, drafts, elevated
from sootprint.dispersion.kernels.steady import (
    REACH,
    Ground,
    _draft_widths,
    _layer_of,
    _mixed,
    _reflected,
    _stable_width,
    lid_delay,
    plume_middle,
    reflecting_height,
)
from sootprint.dispersion.kernels.streamline import dividing_height, share_below


@compiled
def settled_at(
    distance: float,
    ground: Ground,
    low: Ground,
    fall: float,
    release: Release,
    column: Floats,
    air: Air,
    mixing: Mixing,
) -> tuple[float, float]:
    """Vertical density over wind [s m⁻²] of the main and of the penetrated plume, per unit emission.

    Parameters
    ----------
    distance : float
        [m].
    ground : Ground
        Receptor: the plume is averaged down to it.
    low : Ground
        Heights at which the density is told.
    fall : float
        By which the plume has sunk [m].
    """
    if release.trapped == 0:
        return _stable(distance, ground, low, fall, release, column, air, mixing), 0.0
    main, aloft = 0.0, 0.0
    if release.penetrated < 1.0:
        main = _convective(distance, ground, low, fall, release, column, air, mixing)
    if release.penetrated > 0.0:
        aloft = release.penetrated * _aloft(distance, ground, low, fall, release, column, air)
        main *= 1.0 - release.penetrated
    return main, aloft


@compiled
def _stable(
    distance: float,
    ground: Ground,
    low: Ground,
    fall: float,
    release: Release,
    column: Floats,
    air: Air,
    mixing: Mixing,
) -> float:
    rise = stable_rise(distance, release, column, air.friction_velocity)
    middle = max(release.tip_height + rise, 0.0)
    buoyant = BUOYANT_WIDTH * rise if release.spread == 1 else 0.0
    other = root_sum(buoyant, release.initial_sigma_z)
    first = flow_at(column, middle)
    width = _stable_width(distance, first, middle, release, column, air, mixing)
    bottom, top = _layer_of(middle, REACH * root_sum(other, width), ground.height, air.mixing_height)
    flow = mean_flow(column, bottom, top)
    sigma_z = root_sum(other, _stable_width(distance, flow, middle, release, column, air, mixing))
    sunk = max(middle - fall, 0.0)
    lid = reflecting_height(distance, sunk, other, release, column, air)
    share = 0.5
    if air.stable == 1 and ground.flat == 0:
        hill = min(ground.hill, ground.elevation + sunk)
        share += 0.5 * share_below(dividing_height(hill, column), sunk, sigma_z, lid)
    density = _reflected(low.height, sunk, sigma_z, lid)
    if low.height != low.flagpole:
        density = share * density + (1.0 - share) * _reflected(low.flagpole, sunk, sigma_z, lid)
    return density / flow.wind


@compiled
def _convective(
    distance: float,
    ground: Ground,
    low: Ground,
    fall: float,
    release: Release,
    column: Floats,
    air: Air,
    mixing: Mixing,
) -> float:
    lid = air.mixing_height
    rise, late = 0.0, 0.0
    if release.rises == 1:
        rise = convective_rise(distance, release.buoyancy, release.momentum, release.wind_speed)
        late = lid_delay(distance, release, air)
    middle = plume_middle(distance, rise, release, lid)
    buoyant = BUOYANT_WIDTH * rise if release.spread == 1 else 0.0
    other = root_sum(buoyant, release.initial_sigma_z)
    up, down, _weight = drafts(release.sigma_w, air.convective_velocity, middle, lid)
    first = flow_at(column, middle)
    width = _draft_widths(distance, first.wind, up, down, middle, other, air)
    bottom, top = _layer_of(middle, REACH * 0.5 * (width[0] + width[1]), ground.height, lid)
    top = min(top, lid)
    flow = mean_flow(column, bottom, top) if top > bottom else flow_at(column, lid)
    up, down, weight = drafts(flow.sigma_w, air.convective_velocity, middle, lid)
    above, below = _draft_widths(distance, flow.wind, up, down, middle, other, air)
    way = air.convective_velocity * distance / flow.wind
    source = release.tip_height + rise - fall
    density = _mixed(low.height, source, late, up * way, down * way, above, below, weight, lid)
    if low.height != low.flagpole:
        density += _mixed(low.flagpole, source, late, up * way, down * way, above, below, weight, lid)
        density *= 0.5
    return density / flow.wind


@compiled
def _aloft(
    distance: float,
    ground: Ground,
    low: Ground,
    fall: float,
    release: Release,
    column: Floats,
    air: Air,
) -> float:
    middle = release.penetrated_height
    buoyant = 0.0
    if release.spread == 1:
        buoyant = BUOYANT_WIDTH * release.penetrated * (middle - release.tip_height)
    first = flow_at(column, middle)
    width = root_sum(buoyant, elevated(distance, first.wind, first.sigma_w, middle, 0.0))
    if middle > ground.height:
        bottom, top = max(middle - REACH * width, ground.height), middle
    else:
        bottom, top = middle, min(middle + REACH * width, ground.height)
    flow = mean_flow(column, bottom, top)
    sigma_z = root_sum(buoyant, elevated(distance, flow.wind, flow.sigma_w, middle, 0.0))
    sunk = max(middle - fall, 0.0)
    lid = reflecting_height(distance, sunk, buoyant, release, column, air)
    density = _reflected(low.height, sunk, sigma_z, lid)
    if low.height != low.flagpole:
        density = 0.5 * (density + _reflected(low.flagpole, sunk, sigma_z, lid))
    return density / flow.wind
