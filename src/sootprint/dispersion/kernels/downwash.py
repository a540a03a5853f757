"""Plume of a stack beside a building (PRIME): made once a source and hour, read at every receptor.

The plume that meets the wake is spread by it; the cavity behind the building catches a part of it, mixes it
and gives it off at the ground. Around the wake the result gives way to the plain plume by a weight γ,

.. math:: C = \\gamma\\,C_\\mathrm{PRIME} + (1 - \\gamma)\\,C_\\mathrm{plain}

References
----------
.. [1] Schulman, L. L., Strimaitis, D. G. and Scire, J. S. (2000). Development and evaluation of the PRIME
   plume rise and building downwash model. JAWMA 50, 378–390; doi:10.1080/10473289.2000.10464017.
.. [2] US EPA (2024). AERMOD model formulation and evaluation. EPA-454/B-24-010, section on building downwash.
.. [3] Wilson, D. J. and Britter, R. E. (1982). Estimates of building surface concentrations from nearby point
   sources. Atmospheric Environment 16, 2631–2646; doi:10.1016/0004-6981(82)90346-8.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.engines.releases import Stack
from sootprint.dispersion.kernels.compile import compiled
from sootprint.dispersion.kernels.downwash_cavity import (
    ROOT_TWO_PI,
    captured_share,
    cavity_sigma_y,
    cavity_sigma_z,
    cavity_widths,
    plume_height,
    primary_widths,
)
from sootprint.dispersion.kernels.downwash_path import BUOYANT_SPREAD, Path, Surface, followed
from sootprint.dispersion.kernels.downwash_spread import Ambient, Tables, ambient, wake_end
from sootprint.dispersion.kernels.downwash_tables import (
    CAVITY,
    Workspace,
    cavity_tables,
    march_of,
    primary_tables,
)
from sootprint.dispersion.kernels.downwash_wake import (
    IN_CAVITY,
    IN_FAR_WAKE,
    OUTSIDE,
    STREAMLINE_REACH,
    WakeShape,
    cavity,
    far_wake,
    wake_shape,
    zone,
)
from sootprint.dispersion.kernels.gaussian import lateral_term, vertical_term
from sootprint.dispersion.kernels.levels import WIND, at

SMALLEST_EXPONENT = -50.0
"""Exponent at or below which the weight γ is zero [1] [2]."""

WEIGHT_REACH = 11.0
"""Lengths, half-widths or heights of the wake at which γ's exponent is -50 [1], 1 + √(2 · 50)."""

CAVITY_EDGE = 0.15
"""Share of the cavity's length on both sides of its end over which its two sources take turns [1]."""


class Building(NamedTuple):
    """Building as it stands to the stack for one direction of the flow [m].

    Attributes
    ----------
    height, width, length : float
        Height, width across the flow, length along it; height 0 where none is near.
    offset_along : float
        Distance along the flow from the stack to the upwind face: negative where the face lies upwind.
    offset_across : float
        Distance across the flow from the stack to the centre of that face, positive to the left of who looks
        down the wind: the convention of XBADJ and YBADJ.
    """

    height: float
    width: float
    length: float
    offset_along: float
    offset_across: float


class Site(NamedTuple):
    """What else an hour of a stack needs.

    Attributes
    ----------
    stack_wind : float
        Wind speed at the mouth of the stack [m s⁻¹], at least the model's least wind.
    base_height : float
        Height above the sea of the foot of the profiles [m], from which θ counts.
    urban : int
        1 where the stack lies in a city's night boundary layer; the profiles and `Air` are then the city's.
    """

    stack_wind: float
    base_height: float
    urban: int


class DownwashPlume(NamedTuple):
    """Plume of one stack in one hour, to be read by `downwash_term`; valid until its workspace is used again.

    Attributes
    ----------
    in_wake : int
        1 where the building acts on the plume; at 0 the plain plume holds everywhere.
    shape : WakeShape
        Wake of the building.
    offset_along, offset_across : float
        As of `Building` [m].
    around : Ambient
        Effective parameters.
    tables : array, shape (9, 50)
        Tables of the workspace.
    path : Path
        Path of the plume.
    stack_height, stack_wind : float
        [m], [m s⁻¹].
    captured : float
        Share of the plume that the cavity catches [1].
    cavity_rows : int
        Rows of the cavity's table.
    cavity_virtual : tuple of float
        Virtual widths behind that table, across and vertical [m].
    wake_length : float
        Distance from the upwind face up to which γ is 1 along the wind [m].
    reach_across : float
        Distance across the wind from the building's middle [m] past which γ is 0 wherever it is not 0 along.
    lid : float
        Height of the lid [m]; infinite in a stable hour.
    """

    in_wake: int
    shape: WakeShape
    offset_along: float
    offset_across: float
    around: Ambient
    tables: Tables
    path: Path
    stack_height: float
    stack_wind: float
    captured: float
    cavity_rows: int
    cavity_virtual: tuple[float, float]
    wake_length: float
    reach_across: float
    lid: float


@compiled
def has_downwash(building: Building, stack_height: float, air: Air) -> bool:
    """Whether to ask for the wake: a building stands, and the stack is not above an unstable layer."""
    stands = building.height > 1e-5 and building.width > 1e-5
    return stands and (air.stable == 1 or stack_height <= air.mixing_height)


@compiled
def _cavity_of(
    shape: WakeShape, around: Ambient, path: Path, offset: float, site: Site, room: Workspace
) -> tuple[int, float, float]:
    """Rows and virtual widths [m] of the cavity's table; the march of the primary plume is in the workspace.

    The cavity begins to give off where the plume meets it, behind the lee face at the earliest; of a plume
    that meets the wake before that, its width is the one grown by there.
    """
    roof_wind = at(around.column, WIND, shape.height)
    vertical = cavity_sigma_z(shape, roof_wind, site.stack_wind)
    lateral = cavity_sigma_y(shape, path.entry.sigma_y)
    march = march_of(shape, around, path.entry, offset)
    begin = min(max(path.entry.place, shape.length), shape.length + shape.cavity_length)
    index, revised = 0, lateral
    if path.entry.place < shape.length:
        index = math.ceil((shape.length - march.first) / march.step) + 1
        revised = cavity_sigma_y(shape, room.sigma_y[index - 1])
    return cavity_tables(shape, around, march, begin, (lateral, vertical), index, revised, room)


@compiled
def downwash_plume(
    stack: Stack,
    building: Building,
    column: Floats,
    density: Floats,
    air: Air,
    site: Site,
    room: Workspace,
) -> DownwashPlume:
    """Plume of a stack beside a building in one hour.

    Parameters
    ----------
    stack : Stack
        Mouth of the stack, its height without stack-tip downwash; gas colder than the air is taken as warm.
    building : Building
        Dimensions of the direction, one of 36, nearest to the flow at stack height.
    column : array, shape (level, 9)
        Profiles of the hour, as in `sootprint.dispersion.kernels.levels`, with their integrals.
    density : array, shape (level,)
        Density of the air [kg m⁻³] at the levels, once an hour by `fill_density`; in a city, of the country's
        profiles.
    air : Air
        Scales of the hour.
    site : Site
        Wind at the stack and the like.
    room : Workspace
        Made by `workspace`; the plume holds its tables.

    Notes
    -----
    Ask `has_downwash` first. The path is found with widths of a level plume, which then are found again along
    the path ([2]_). Terrain has no part in it: heights count from the ground at the stack.
    """
    shape = wake_shape(building.height, building.width, building.length)
    around = ambient(shape, column, air, site.urban)
    offset = building.offset_along
    surface = Surface(offset, building.offset_across, site.base_height)
    path = followed(shape, surface, around, column, density, stack, room)
    in_wake = 1 if path.entry.happens == 1 and path.wake_rows > 1 else 0
    captured, rows, virtual = 0.0, 1, (0.0, 0.0)
    if in_wake == 1:
        captured = captured_share(shape, (offset, building.offset_across), path, around, room.tables)
        march = march_of(shape, around, path.entry, offset)
        heights = (room.tables, path.rows)
        made, lateral, vertical = primary_tables(shape, around, march, path.entry, heights, room)
        path = Path(path.rows, path.entry, made, lateral, vertical)
        if captured > 0.0:
            rows, lateral, vertical = _cavity_of(shape, around, path, offset, site, room)
            virtual = (lateral, vertical)
    longest = max(wake_end(shape, around, 0), wake_end(shape, around, 1), STREAMLINE_REACH * shape.scale)
    lid = math.inf if air.stable == 1 else air.mixing_height
    return DownwashPlume(
        in_wake,
        shape,
        offset,
        building.offset_across,
        around,
        room.tables,
        path,
        stack.height,
        site.stack_wind,
        captured,
        rows,
        virtual,
        longest,
        WEIGHT_REACH * far_wake(shape, WEIGHT_REACH * longest)[1],
        lid,
    )


@compiled
def wake_weight(length: float, x: float, aside: float, z: float, top: float, wide: float) -> float:
    r"""Weight γ of the plume with downwash [1].

    .. math:: \gamma = \exp\left[-\tfrac12 \left(\frac{x - \sigma_{xg}}{\sigma_{xg}}\right)^2
       - \tfrac12 \left(\frac{|y| - \sigma_{yg}}{\sigma_{yg}}\right)^2
       - \tfrac12 \left(\frac{z - \sigma_{zg}}{\sigma_{zg}}\right)^2\right]

    each term only outside the wake's length, half-width and height [2]_; 0 before the upwind
    face, and where a term's exponent is -50 or less. All in [m], of the building.
    """
    if x <= 0.0:
        return 0.0
    exponent = 0.0
    for place, reach in ((x, length), (aside, wide), (z, top)):
        if place > reach:
            term = -0.5 * ((place - reach) / reach) ** 2
            if term <= SMALLEST_EXPONENT:
                return 0.0
            exponent += term
    return math.exp(exponent) if exponent < 0.0 else 1.0


@compiled
def _section(
    lid: float, across: float, height: float, base: float, axis: float, lateral: float, vertical: float
) -> float:
    """Density [m⁻²] of a plume, the mean of a receptor at its height above ground and above the stack's foot.

    Below the foot of the stack the ground under the plume lies as deep as the receptor.
    """
    beside = lateral_term(across, lateral)
    if beside == 0.0:
        return 0.0
    below = max(0.0, -base)
    density = vertical_term(abs(base), axis + below, vertical, lid + below)
    if height != base:
        density = 0.5 * (density + vertical_term(height, axis, vertical, lid))
    return beside * density


@compiled
def _cavity_term(plume: DownwashPlume, where: int, x: float, y: float, height: float, base: float) -> float:
    """Density [m⁻²] of what the cavity gives off, over the share caught; ``where`` is in the wake.

    One source fills the cavity with widths that stay, the other feeds the far wake with widths that grow;
    they take turns linearly over 15 % of the cavity's length on both sides of its end. Before the lee face
    the first falls linearly to 0 at the upwind face. Their axis lies behind the stack, but their breadth
    not beyond the building's sides. Over the cavity, heights count from its top ([1]_, [3]_).
    """
    shape, tables = plume.shape, plume.tables
    place = x - plume.offset_along
    first = shape.length + (1.0 - CAVITY_EDGE) * shape.cavity_length
    fed = (place - first) / (2.0 * CAVITY_EDGE * shape.cavity_length)
    fed = min(max(fed, 0.0), 1.0)
    held = 1.0 - fed
    if place <= shape.length:
        held = place / shape.length
    slack = max(0.0, 0.5 * (shape.width - ROOT_TWO_PI * tables[CAVITY + 1, 0]))
    across = y - plume.offset_across - min(max(-plume.offset_across, -slack), slack)
    if where <= IN_CAVITY:
        height = 0.0
    elif place < shape.length + shape.cavity_length:
        height = max(0.0, height - cavity(shape, place)[0])
    total = 0.0
    if held > 0.0:
        total = held * _section(
            plume.lid, across, height, base, 0.0, tables[CAVITY + 1, 0], tables[CAVITY + 2, 0]
        )
    if fed > 0.0:
        lateral, vertical = cavity_widths(tables, plume.cavity_rows, plume.cavity_virtual, plume.around, x)
        total += fed * _section(plume.lid, across, height, base, 0.0, lateral, vertical)
    return total


@compiled
def downwash_term(
    plume: DownwashPlume, x: float, y: float, height: float, base: float
) -> tuple[float, float]:
    r"""Concentration per emission in the wake [s m⁻³], and its weight γ [1]; 0, 0 where the plain one holds.

    Parameters
    ----------
    plume : DownwashPlume
        Of the source and hour.
    x, y : float
        Receptor downwind of the stack and across the wind [m], y positive to the left of who looks down the
        wind: for a wind from the angle θ, x = -(E sin θ + N cos θ) and y = E cos θ - N sin θ, E east and N
        north of the stack.
    height : float
        Its height above its own ground [m].
    base : float
        Its height above the foot of the stack [m]: terrain and ``height``.

    Notes
    -----
    .. math:: C = \frac{1}{u_s}\left[(1 - f)\,P_1 + f\,(q_2 P_2 + q_3 P_3)\right]

    with the caught share f, the primary plume's density P₁ and those of the cavity. In the cavity there is no
    primary plume while the cavity holds some. The mean of a level and of a terrain-following plume (weight ½
    each) is taken, as a wake is nearly neutral ([2]_). A plume that has risen through the lid is the plain
    one's. Receptors within 1 m of the stack are the caller's to leave out.
    """
    if plume.in_wake == 0:
        return 0.0, 0.0
    place, aside = x - plume.offset_along, abs(y - plume.offset_across)
    if place <= 0.0 or place >= WEIGHT_REACH * plume.wake_length or aside >= plume.reach_across:
        return 0.0, 0.0
    top, wide = far_wake(plume.shape, place)
    weight = wake_weight(plume.wake_length, place, aside, base, top, wide)
    if weight == 0.0:
        return 0.0, 0.0
    where = IN_FAR_WAKE if height <= top and aside <= wide else OUTSIDE
    if place < plume.shape.length + plume.shape.cavity_length:
        where = zone(plume.shape, place, aside, height)
    if where == OUTSIDE and x <= 0.0:
        return 0.0, 0.0
    axis = plume_height(plume.tables, plume.path.rows, x)
    if axis >= plume.lid:
        return 0.0, 0.0
    total = 0.0
    free = 1.0 - plume.captured
    if x > 0.0 and free > 0.0 and (where > IN_CAVITY or plume.captured <= 0.0):
        buoyant = (axis - plume.stack_height) / BUOYANT_SPREAD
        lateral, vertical = primary_widths(plume.path, plume.around, plume.tables, x, axis, buoyant)
        total = free * _section(plume.lid, y, height, base, axis, lateral, vertical)
    if plume.captured > 0.0 and where < OUTSIDE:
        total += plume.captured * _cavity_term(plume, where, x, y, height, base)
    return total / plume.stack_wind, weight
