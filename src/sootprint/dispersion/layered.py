"""Operator of the layered steady plume (``aermod``, ``improved``): tables in, arrays for the engine."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import ConfigError, InputError
from sootprint.dispersion.elements import elements_of
from sootprint.dispersion.engines.arrays import Elements, Floats
from sootprint.dispersion.engines.atmosphere import REASONS, weather_arrays
from sootprint.dispersion.engines.points import STEP
from sootprint.dispersion.engines.scene import City, Emitters, Receivers, Weather
from sootprint.dispersion.engines.steady import above_lid, forward_steady
from sootprint.dispersion.hours import column
from sootprint.dispersion.kernels.release import PASSIVE, POINT
from sootprint.dispersion.options import PlumeOptions, named_options

LAYERED = ("aermod", "improved")
"""Physics of the layered steady plume."""

NEEDED = ("friction_velocity", "obukhov_length", "mechanical_mixing_height", "convective_mixing_height")
"""Columns by which a table ``boundary_layer`` is known."""

SECTORS = 36
"""Directions of the flow for which buildings are described."""


@dataclass(frozen=True)
class LayeredOptions:
    """Choices of the engine ``plume`` with physics ``aermod`` or ``improved``.

    Attributes
    ----------
    stack_tip_downwash, buoyancy_induced_dispersion : bool
        As in `PlumeOptions`.
    terrain : bool
        Whether elevations are used, where receptors and sources state them; otherwise the ground is level.
    population : float
        Inhabitants of the city, where the land use is urban: they set how its night air is mixed.
    city_roughness_m : float
        Roughness length of the city [m].
    adjusted_friction_velocity, bulk_richardson : bool
        How u* of the boundary layer was made in stable light wind (``ADJ_U*`` and ``BULKRN`` of a surface
        file).
    base_elevation_m : float
        Elevation of the foot of the profiles above the sea [m].
    decay_per_s : float
        Rate of decay on the way [s⁻¹].
    direction_sigma_deg : float
        Uncertainty of the wind direction [degrees]; widens stacks and volumes, σy² + (x σθ)². Areas and
        lines are not widened.
    curve_step : float
        Distance of the nodes, in the logarithm of the distance, at which plumes over level ground are worked
        out when there are many receptors; 0 works out every receptor by itself.
    line_width_m, assumed
        As in `PlumeOptions`.
    threads : int
        Threads among which the hours are shared; the result does not depend on it.
    device : {"cpu", "cuda"}
        Where stacks and volumes are worked out; ``cuda`` needs the extra ``sootprint[cuda]`` and a device.
    """

    stack_tip_downwash: bool = True
    buoyancy_induced_dispersion: bool = True
    terrain: bool = True
    population: float = 300_000.0
    city_roughness_m: float = 1.0
    adjusted_friction_velocity: bool = False
    bulk_richardson: bool = False
    base_elevation_m: float = 0.0
    decay_per_s: float = 0.0
    direction_sigma_deg: float = 0.0
    curve_step: float = STEP
    line_width_m: float | None = None
    assumed: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    threads: int = 1
    device: str = "cpu"

    def __post_init__(self) -> None:
        bounds = {
            "population": (100.0, 1e8),
            "city_roughness_m": (1e-3, 10.0),
            "decay_per_s": (0.0, 1.0),
            "direction_sigma_deg": (0.0, 45.0),
            "curve_step": (0.0, 0.5),
            "threads": (1, 1024),
        }
        for name, (low, high) in bounds.items():
            if not low <= getattr(self, name) <= high:
                raise ConfigError(
                    f"{name} is {getattr(self, name)}", rule=f"from {low:g} to {high:g}", cure="change it"
                )

    def physics(self) -> dict[str, Any]:
        """Choices that change numbers: all but the threads and the device."""
        made = asdict(self)
        made.pop("threads")
        made.pop("device")
        made["assumed"] = {kind: dict(values) for kind, values in self.assumed.items()}
        return made


def layered_options(options: LayeredOptions | Mapping[str, Any] | None) -> LayeredOptions:
    """Options of physics 'aermod'; see `sootprint.dispersion.options.named_options`."""
    return named_options(LayeredOptions, options, "physics 'aermod'")


@dataclass(frozen=True)
class LayeredScene:
    """Sources and receptors made ready once, for any number of hours.

    Attributes
    ----------
    emitters : Emitters
        Points, volumes and polygons; a source may have several.
    owner, weight : array
        Source that each emitter belongs to, and its share of the source's emission.
    receivers : Receivers
        Receptors.
    """

    emitters: Emitters
    owner: NDArray[np.int64]
    weight: Floats
    receivers: Receivers


def scene_of(
    sources: pd.DataFrame,
    receptors: pd.DataFrame,
    places: tuple[Floats, Floats, Floats],
    crs: str,
    *,
    urban: bool,
    options: LayeredOptions,
    buildings: pd.DataFrame | None = None,
) -> LayeredScene:
    """Arrays of the engine from tables.

    Parameters
    ----------
    sources, receptors : DataFrame
        Table ``sources``; receptors with optional ``elevation_m`` and ``hill_height_m``.
    places : tuple of array
        Easting, northing and height above ground of the receptors [m].
    crs : str
        Projected CRS.
    urban : bool
        Whether the sources release into a city's air.
    buildings : DataFrame, optional
        Table ``building_dimensions``.

    Raises
    ------
    InputError
        If a source lacks what it needs, an area has a hole, or a building's stack is not among the sources.
    """
    plain = PlumeOptions(line_width_m=options.line_width_m, assumed=options.assumed)
    elements = elements_of(sources, crs, plain)
    owner = elements.source
    base = column(sources, "base_elevation_m")[owner]
    x, y, height = places
    ground = column(receptors, "elevation_m")
    level = not options.terrain or not (np.isfinite(ground).all() and np.isfinite(base).all())
    ground = np.zeros(len(x)) if level else ground
    hill = np.fmax(column(receptors, "hill_height_m"), ground) if not level else ground
    receivers = Receivers(x, y, ground, np.ascontiguousarray(hill), height)
    building, walls = _walls(buildings, sources, owner)
    rings, first, last = _rings(elements, sources)
    count = owner.size
    stacks = ((elements.exit_velocity > 0.0) & (elements.diameter > 0.0)).astype(np.int64)
    emitters = Emitters(
        kind=np.where(stacks == 1, POINT, PASSIVE).astype(np.int64),
        x=elements.x,
        y=elements.y,
        elevation=np.zeros(count) if level else base,
        height=elements.height,
        diameter=elements.diameter,
        exit_velocity=elements.exit_velocity[None].copy(),
        exit_temperature=elements.exit_temperature[None].copy(),
        initial_sigma_y=elements.initial_sigma_y,
        initial_sigma_z=elements.initial_sigma_z,
        place=np.full(count, int(urban), dtype=np.int64),
        flat=np.full(count, int(level), dtype=np.int64),
        downwash=stacks * int(options.stack_tip_downwash),
        spread=stacks * int(options.buoyancy_induced_dispersion),
        first_vertex=first,
        last_vertex=last,
        vertices=rings,
        building=np.where(stacks == 1, building, -1).astype(np.int64),
        buildings=walls,
        decay=np.full(count, options.decay_per_s),
    )
    return LayeredScene(emitters, owner, elements.weight, receivers)


def _rings(elements: Elements, sources: pd.DataFrame) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Vertices of the polygons and their first and last rows for each emitter."""
    first = np.zeros(elements.source.size, dtype=np.int64)
    last = first.copy()
    rings, count = [np.empty((0, 2))], 0
    for number in range(elements.source.size):
        edges = elements.edges[elements.first_edge[number] : elements.last_edge[number]]
        first[number] = last[number] = count
        if not elements.area[number] > 0.0:
            continue
        if not np.array_equal(edges[:-1, 2:], edges[1:, :2]):
            name = sources["source_id"].iloc[int(elements.source[number])]
            raise InputError(
                f"source {name} is an area with a hole",
                rule="physics 'aermod' has areas of one ring",
                cure="cut the area into parts without holes, as a MULTIPOLYGON",
            )
        rings.append(edges[:, :2])
        count += len(edges)
        last[number] = count
    return np.ascontiguousarray(np.concatenate(rings)), first, last


def _walls(
    buildings: pd.DataFrame | None, sources: pd.DataFrame, owner: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Floats]:
    """Row of the buildings for each emitter, or -1, and the buildings (stack, 36, 5)."""
    building = np.full(owner.size, -1, dtype=np.int64)
    if buildings is None or buildings.empty:
        return building, np.zeros((1, SECTORS, 5))
    names = sources["source_id"].astype(str).tolist()
    stacks = sorted(set(buildings["source_id"].astype(str)))
    strange = [name for name in stacks if name not in names]
    if strange:
        raise InputError(
            f"buildings are given for {strange[0]}, which is no source",
            rule="source_id of building_dimensions is that of a stack",
            cure="correct the identifier",
        )
    walls = np.zeros((len(stacks), SECTORS, 5))
    row = buildings["source_id"].astype(str).map({name: number for number, name in enumerate(stacks)})
    sector = (column(buildings, "flow_direction_deg") / 10.0).round().astype(int) - 1
    for place, name in enumerate(("height_m", "width_m", "length_m", "along_offset_m", "across_offset_m")):
        walls[row.to_numpy(), sector, place] = column(buildings, name)
    for number, name in enumerate(stacks):
        building[owner == names.index(name)] = number
    return building, walls


def hours_of(
    weather: pd.DataFrame,
    profiles: pd.DataFrame | None,
    *,
    urban: bool,
    convergence: float,
    physics: str,
    options: LayeredOptions,
) -> tuple[Weather, NDArray[np.str_]]:
    """Arrays of the hours of a table ``boundary_layer``, and the reason of each.

    Raises
    ------
    InputError
        If the table is not a boundary layer.
    """
    missing = [name for name in NEEDED if name not in weather]
    if missing:
        raise InputError(
            f"the weather has no {', '.join(missing)}",
            rule="physics 'aermod' needs the table boundary_layer",
            cure="make it with weather.boundary_layer, read it with weather.read_sfc, or use briggs1973",
        )
    cities = [City(options.population, options.city_roughness_m)] if urban else []
    arrays, reason = weather_arrays(
        weather,
        profiles,
        base_elevation=options.base_elevation_m,
        cities=cities,
        adjusted_friction_velocity=options.adjusted_friction_velocity,
        bulk_richardson=options.bulk_richardson,
        direction_shift=-math.degrees(convergence),
        improved=physics == "improved",
    )
    return arrays, np.array(REASONS)[reason]


def layered_operator(
    weather: Weather, scene: LayeredScene, sources: int, options: LayeredOptions
) -> tuple[Floats, Floats]:
    """Operator (time, receptor, source) [s m⁻³] and share above the lid (time, source) of a set of hours."""
    made = forward_steady(
        weather,
        scene.receivers,
        scene.emitters,
        threads=options.threads,
        step=options.curve_step,
        direction_spread=math.radians(options.direction_sigma_deg),
        device=options.device,
    )
    above = above_lid(weather, scene.emitters)
    if np.array_equal(scene.owner, np.arange(sources)) and (scene.weight == 1.0).all():
        return made, above
    whole = np.zeros((made.shape[0], made.shape[1], sources))
    share = np.zeros((made.shape[0], sources))
    for number, (source, weight) in enumerate(zip(scene.owner, scene.weight, strict=True)):
        whole[:, :, source] += weight * made[:, :, number]
        share[:, source] += weight * above[:, number]
    return whole, share
