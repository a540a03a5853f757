"""Steady plume of one source in one hour, at a distance: everything but its place across the wind.

Three states of the air: the stable plume (also of a release above an unstable layer), and in a convective
layer the direct and indirect plumes together and the plume that penetrated its lid. In each, wind and
turbulence are means over the part of the layer that the plume occupies on its way to the receptor.

References
----------
.. [1] Cimorelli, A. J. et al. (2004). AERMOD: description of model formulation. EPA-454/R-03-004, §4.2, §5.
.. [2] Weil, J. C., Corio, L. A. & Brower, R. P. (1997). A PDF dispersion model for buoyant plumes in the
       convective boundary layer. J. Appl. Meteorol. 36, 982–1003.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.engines.releases import Mixing, Release
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.flow import (
    Flow,
    flow_at,
    mean_flow,
    potential_temperature_at,
    root_sum,
)
from sootprint.dispersion.kernels.levels import LOWEST_AVERAGE
from sootprint.dispersion.kernels.near_ground import (
    lifted_width,
    lifting,
    near_ground_share,
    near_ground_spread,
    turning_lateral,
)
from sootprint.dispersion.kernels.release import (
    convective_rise,
    frequency,
    stable_rise,
)
from sootprint.dispersion.kernels.spread import (
    BUOYANT_WIDTH,
    DRAFT_RATIO,
    convective_lateral,
    convective_surface,
    drafts,
    elevated,
    lateral,
    stable_surface,
)
from sootprint.dispersion.kernels.streamline import dividing_height, share_below
from sootprint.dispersion.kernels.vertical import (
    lidded_at_ground,
    lidded_density,
    open_density,
    skewed_density,
)

REACH = 2.15
"""Half-depth of a plume in units of σz: there it has fallen to a tenth."""
SHALLOW = 5.0
"""Height [m] below which plume and receptor share the lowest layer."""
INDIRECT_SHAPE = 0.25 * 0.1 * 2.3**1.5
"""a_e λ_y^{3/2} / 4 of the indirect plume; ref. 2 and 1, eq. 93."""
INDIRECT_STRENGTH = 1.4
"""α_r of the indirect plume; ref. 2."""
UPWARD = 0.4
"""Entrainment β₂ of the indirect plume's width."""
MEANDER_TIME = 24.0 * 3600.0
"""Time scale [s] after which mean wind no longer tells where air comes from; ref. 1, §5.1."""


class Plume(NamedTuple):
    """Plume at a distance, per unit emission.

    Attributes
    ----------
    density, penetrated_density : float
        Vertical distribution over wind speed [s m⁻²] of the main and of the penetrated plume.
    sigma_y, penetrated_sigma_y : float
        Lateral widths [m].
    wind, sigma_v : float
        Effective wind and lateral turbulence of the main plume [m s⁻¹].
    penetrated_wind, penetrated_sigma_v : float
        The same of the penetrated plume.
    reach, penetrated_reach : float
        Half-depth of the main and of the penetrated plume over its height above the receptor [1]: where it
        passes 1 the plume begins to touch the ground, and its effective wind changes another way.
    """

    density: float
    penetrated_density: float
    sigma_y: float
    penetrated_sigma_y: float
    wind: float
    sigma_v: float
    penetrated_wind: float
    penetrated_sigma_v: float
    reach: float
    penetrated_reach: float


class Ground(NamedTuple):
    """Receptor as the plume sees it.

    Attributes
    ----------
    height : float
        Height above the source's base [m], along level streamlines.
    flagpole : float
        Height above its own ground [m], along streamlines that follow the ground.
    elevation, hill : float
        Elevation of its ground and its hill height scale above the source's base [m].
    flat : int
        1 where terrain is left out.
    """

    height: float
    flagpole: float
    elevation: float
    hill: float
    flat: int


@compiled
def meander(wind: float, sigma_v: float, distance: float) -> float:
    """Share of the plume that meanders [1]; ref. 1, eq. 54–56. ``distance`` is along any way [m]."""
    square = wind * wind
    random = 2.0 * sigma_v * sigma_v
    mean = square - random
    if mean < 0.01:
        mean = 0.01
    return min((random + mean * -math.expm1(-distance / (wind * MEANDER_TIME))) / square, 1.0)


@compiled
def reflecting_height(
    distance: float,
    middle: float,
    other_width: float,
    release: Release,
    column: Floats,
    air: Air,
) -> float:
    """Height at which a stable or penetrated plume is reflected [m]; ref. 1, §5.3.

    The mixing height, or where the plume's upper edge is above it, that edge.
    """
    flow = flow_at(column, middle)
    theta = potential_temperature_at(column, middle)
    high = max(release.height, middle, 1e-4)
    width = elevated(distance, flow.wind, flow.sigma_w, high, frequency(flow.gradient, theta))
    if middle < air.mixing_height:
        share = middle / air.mixing_height
        ground = 0.0
        if air.stable == 1:
            ground = stable_surface(distance, flow.wind, air.friction_velocity, air.obukhov_length)
        width = (1.0 - share) * ground + share * width
    return max(air.mixing_height, middle + REACH * root_sum(other_width, width))


@compiled
def _layer_of(middle: float, half: float, height: float, lid: float) -> tuple[float, float]:
    """Bottom and top [m] of the layer between plume and receptor, no farther than the plume's edge."""
    if middle <= SHALLOW and height <= SHALLOW:
        return 0.0, min(SHALLOW, lid)
    if middle > height:
        return max(middle - half, height), middle
    return middle, min(middle + half, height)


@compiled
def touching(middle: float, half: float, height: float) -> float:
    """Half-depth of a plume over its height above the receptor [1]; 0 where it is not above."""
    above = middle - max(height, LOWEST_AVERAGE)
    return half / above if above > 0.0 else 0.0


@compiled
def _stable_width(
    distance: float, flow: Flow, middle: float, release: Release, column: Floats, air: Air, mixing: Mixing
) -> float:
    """σz of the stable plume by turbulence alone [m]; ref. 1, eq. 79–82."""
    swing = 0.0
    if mixing.urban_stable == 0:
        theta = potential_temperature_at(column, middle)
        swing = frequency(flow.gradient, theta)
    high = max(release.height, middle, 1e-4)
    width = elevated(distance, flow.wind, flow.sigma_w, high, swing)
    if middle >= air.mixing_height:
        return width
    share = middle / air.mixing_height
    ground = 0.0
    if air.stable == 1 and mixing.improved == 1:
        ground, _wind = near_ground_spread(
            distance, middle, air.friction_velocity, air.obukhov_length, column
        )
    elif air.stable == 1:
        ground = stable_surface(distance, flow.wind, air.friction_velocity, air.obukhov_length)
    return (1.0 - share) * ground + share * width


@compiled
def stable_plume(
    distance: float,
    ground: Ground,
    release: Release,
    column: Floats,
    air: Air,
    mixing: Mixing,
) -> Plume:
    """Plume in stable air, or of a release above an unstable layer, at a distance [m]; ref. 1, §5.2."""
    rise = stable_rise(distance, release, column, air.friction_velocity)
    middle = max(release.tip_height + rise, 0.0)
    buoyant = BUOYANT_WIDTH * rise if release.spread == 1 else 0.0
    first = flow_at(column, middle)
    width = _stable_width(distance, first, middle, release, column, air, mixing)
    other = root_sum(buoyant, release.initial_sigma_z)
    half = REACH * root_sum(other, width)
    bottom, top = _layer_of(middle, half, ground.height, air.mixing_height)
    flow = mean_flow(column, bottom, top)
    sigma_z = root_sum(other, _stable_width(distance, flow, middle, release, column, air, mixing))
    side = lateral(distance, flow.wind, flow.sigma_v, air.mechanical_height, middle)
    sigma_y = math.sqrt(side * side + buoyant * buoyant + release.initial_sigma_y * release.initial_sigma_y)
    lid = reflecting_height(distance, middle, other, release, column, air)
    level_share = 0.5
    if air.stable == 1 and ground.flat == 0:
        hill = min(ground.hill, ground.elevation + middle)
        level_share += 0.5 * share_below(dividing_height(hill, column), middle, sigma_z, lid)
    density = _reflected(ground.height, middle, sigma_z, lid)
    if ground.height != ground.flagpole:
        density *= level_share
        if level_share < 1.0:
            density += (1.0 - level_share) * _reflected(ground.flagpole, middle, sigma_z, lid)
    reach = touching(middle, half, ground.height)
    diluting = flow.wind
    if mixing.improved == 1 and air.stable == 1:
        low = near_ground_share(middle, air.mixing_height)
        if low > 0.0:
            _width, carried = near_ground_spread(
                distance, middle, air.friction_velocity, air.obukhov_length, column
            )
            diluting = low * carried + (1.0 - low) * flow.wind
    return Plume(density / diluting, 0.0, sigma_y, 1.0, flow.wind, flow.sigma_v, 1.0, 0.0, reach, 0.0)


@compiled
def _reflected(height: float, middle: float, sigma: float, lid: float) -> float:
    if height == 0.0:
        return lidded_at_ground(middle, sigma, lid)
    if height <= lid:
        return lidded_density(height, middle, sigma, lid)
    return open_density(height, middle, sigma)


@compiled
def plume_middle(distance: float, rise: float, release: Release, mixing_height: float) -> float:
    """Height about which a convective plume spreads [m]; ref. 1, §4.2: from its rise to mid-layer."""
    reached = min(release.tip_height + rise, mixing_height)
    if distance < release.cap_distance:
        return reached
    if distance >= release.mixed_distance:
        return 0.5 * mixing_height
    start = min(release.tip_height + release.cap_rise, mixing_height)
    share = (distance - release.cap_distance) / (release.mixed_distance - release.cap_distance)
    return start + share * (0.5 * mixing_height - start)


@compiled
def _draft_widths(
    distance: float, wind: float, up: float, down: float, middle: float, other: float, air: Air
) -> tuple[float, float]:
    """σz of the updrafts' and the downdrafts' plume [m]; ref. 1, eq. 73–75."""
    share = middle / air.mixing_height
    reach = air.convective_velocity * distance / wind * DRAFT_RATIO
    near = 0.0
    if share < 0.1:
        reach *= 0.6 + 4.0 * share
        near = convective_surface(distance, wind, air.friction_velocity, air.obukhov_length, share)
    rest = near * near + other * other
    first, second = reach * up, reach * down
    return math.sqrt(first * first + rest), math.sqrt(second * second + rest)


@compiled
def convective_plume(
    distance: float,
    ground: Ground,
    release: Release,
    column: Floats,
    air: Air,
    mixing: Mixing,
) -> Plume:
    """Direct, indirect and penetrated plume in a convective layer at a distance [m]; ref. 1, §5.3; ref. 2."""
    density, sigma_y, wind, sigma_v, reach = 0.0, 1.0, release.wind_speed, release.sigma_v, 0.0
    if release.penetrated < 1.0:
        density, sigma_y, wind, sigma_v, reach = _direct_and_indirect(
            distance, ground, release, column, air, mixing
        )
    if release.penetrated <= 0.0:
        return Plume(density, 0.0, sigma_y, 1.0, wind, sigma_v, 1.0, 0.0, reach, 0.0)
    second, second_y, second_wind, second_v, second_reach = _penetrated(
        distance, ground, release, column, air
    )
    return Plume(
        (1.0 - release.penetrated) * density,
        release.penetrated * second,
        sigma_y,
        second_y,
        wind,
        sigma_v,
        second_wind,
        second_v,
        reach,
        second_reach,
    )


@compiled
def _direct_and_indirect(
    distance: float,
    ground: Ground,
    release: Release,
    column: Floats,
    air: Air,
    mixing: Mixing,
) -> tuple[float, float, float, float, float]:
    """Density over wind, σy, wind, σv and reach of the plume that stays in the layer."""
    top = air.mixing_height
    rise, held_back = 0.0, 0.0
    if release.rises == 1:
        rise = convective_rise(distance, release.buoyancy, release.momentum, release.wind_speed)
        held_back = lid_delay(distance, release, air)
    middle = plume_middle(distance, rise, release, top)
    buoyant = BUOYANT_WIDTH * rise if release.spread == 1 else 0.0
    other = root_sum(buoyant, release.initial_sigma_z)
    up, down, _weight = drafts(release.sigma_w, air.convective_velocity, middle, top)
    first = flow_at(column, middle)
    width = _draft_widths(distance, first.wind, up, down, middle, other, air)
    half = REACH * 0.5 * (width[0] + width[1])
    bottom, upper = _layer_of(middle, half, ground.height, top)
    upper = min(upper, top)
    flow = mean_flow(column, bottom, upper) if upper > bottom else flow_at(column, top)
    up, down, weight = drafts(flow.sigma_w, air.convective_velocity, middle, top)
    above, below = _draft_widths(distance, flow.wind, up, down, middle, other, air)
    side = convective_lateral(distance, flow.wind, flow.sigma_v, top, release.height)
    way = air.convective_velocity * distance / flow.wind
    diluting = flow.wind
    if mixing.improved == 1:
        settled = release.tip_height + release.final_rise
        part = lifting(distance, settled, release.lift_off, flow.wind, column, air)
        above = lifted_width(part, up * way, other, above)
        below = lifted_width(part, down * way, other, below)
        turned = turning_lateral(distance, flow.wind, flow.sigma_v, top)
        side = part.share * side + (1.0 - part.share) * turned
        diluting = part.share * part.wind + (1.0 - part.share) * flow.wind
        way *= 1.0 - part.share * (1.0 - part.free)
    sigma_y = math.sqrt(side * side + buoyant * buoyant + release.initial_sigma_y * release.initial_sigma_y)
    source = release.tip_height + rise
    density = _mixed(ground.height, source, held_back, up * way, down * way, above, below, weight, top)
    if ground.height != ground.flagpole:
        density += _mixed(ground.flagpole, source, held_back, up * way, down * way, above, below, weight, top)
        density *= 0.5
    return density / diluting, sigma_y, flow.wind, flow.sigma_v, touching(middle, half, ground.height)


@compiled
def _mixed(
    height: float,
    source: float,
    held_back: float,
    up: float,
    down: float,
    above: float,
    below: float,
    weight: float,
    lid: float,
) -> float:
    """Direct and indirect plume at a height [m⁻¹]; nothing above the lid."""
    if height > lid:
        return 0.0
    drop = max(-height, 0.0)
    spacing = 2.0 * (lid + drop)
    direct = skewed_density(height, source + up + drop, source + down + drop, above, below, weight, spacing)
    late = source - held_back
    return direct + skewed_density(
        height, spacing - (late + up + drop), spacing - (late + down + drop), above, below, weight, spacing
    )


@compiled
def lid_delay(distance: float, release: Release, air: Air) -> float:
    """Height Δh_i that stands for the time buoyant gas stays at the lid [m]; ref. 2, eq. 26; 1, eq. 93."""
    wind = release.wind_speed
    depth = UPWARD * (air.mixing_height - release.tip_height)
    reach = air.convective_velocity * distance / wind
    cross = depth * depth + INDIRECT_SHAPE * reach * reach
    return (
        math.sqrt(2.0 * release.buoyancy * air.mixing_height / (INDIRECT_STRENGTH * wind * cross))
        * distance
        / wind
    )


@compiled
def _penetrated(
    distance: float, ground: Ground, release: Release, column: Floats, air: Air
) -> tuple[float, float, float, float, float]:
    """Density over wind, σy, wind, σv and reach of the plume above the lid; ref. 1, §5.3."""
    middle = release.penetrated_height
    buoyant = 0.0
    if release.spread == 1:
        buoyant = BUOYANT_WIDTH * release.penetrated * (middle - release.tip_height)
    first = flow_at(column, middle)
    width = root_sum(buoyant, elevated(distance, first.wind, first.sigma_w, middle, 0.0))
    if middle > ground.height:
        bottom, upper = max(middle - REACH * width, ground.height), middle
    else:
        bottom, upper = middle, min(middle + REACH * width, ground.height)
    flow = mean_flow(column, bottom, upper)
    sigma_z = root_sum(buoyant, elevated(distance, flow.wind, flow.sigma_w, middle, 0.0))
    side = lateral(distance, flow.wind, flow.sigma_v, air.mechanical_height, middle)
    lid = reflecting_height(distance, middle, buoyant, release, column, air)
    density = _reflected(ground.height, middle, sigma_z, lid)
    if ground.height != ground.flagpole:
        density = 0.5 * (density + _reflected(ground.flagpole, middle, sigma_z, lid))
    reach = touching(middle, REACH * width, ground.height)
    return density / flow.wind, root_sum(side, buoyant), flow.wind, flow.sigma_v, reach


@compiled
def plume_at(
    distance: float,
    ground: Ground,
    release: Release,
    column: Floats,
    air: Air,
    mixing: Mixing,
) -> Plume:
    """Plume at a distance [m], downwind or around."""
    if release.trapped == 1:
        return convective_plume(distance, ground, release, column, air, mixing)
    return stable_plume(distance, ground, release, column, air, mixing)
