"""What a deck says: sources, receptors, weather, options, as plain values and arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sootprint.dispersion.decks.faults import DeckError, Fault, FaultList

__all__ = ["Deck", "DeckError", "Fault", "FaultList"]

SOURCE_KINDS = (
    "POINT",
    "POINTCAP",
    "POINTHOR",
    "VOLUME",
    "AREA",
    "AREAPOLY",
    "AREACIRC",
    "LINE",
    "RLINE",
    "RLINEXT",
    "BUOYLINE",
    "OPENPIT",
    "SWPOINT",
)
"""Kinds of sources that a deck may hold; which of them are computed is for the engine to say."""

POINT_KINDS = ("POINT", "POINTCAP", "POINTHOR")
POLYGON_KINDS = ("AREA", "AREAPOLY", "AREACIRC", "LINE")

BUILDING_COLUMNS = ("BUILDHGT", "BUILDWID", "BUILDLEN", "XBADJ", "YBADJ")
"""Columns of the array of building dimensions, in their order."""

MICROGRAMS_PER_GRAM = 1.0e6
"""Usual factor between the emission and the concentration of a deck [µg g⁻¹]."""


@dataclass(frozen=True)
class Variation:
    """How a quantity varies with hour, day, month or wind: ``kind`` of table and its values."""

    kind: str
    values: NDArray[np.float64]
    where: str = ""


@dataclass(frozen=True)
class Source:
    """One source of a deck.

    Attributes
    ----------
    source_id, kind, where : str
        Identifier, kind of :data:`SOURCE_KINDS`, file and line of its LOCATION.
    x, y, base_elevation_m : float
        Place [m]: the stack, the middle of a volume, the middle of a circle or line, the south-west corner
        of a rectangle, the first corner of a polygon.
    flat : bool
        Whether terrain is left out for this source.
    emission_rate : float
        [g s⁻¹], for polygons and lines [g s⁻¹ m⁻²].
    height_m : float
        Of release above ground [m].
    exit_temperature_k : float
        Point kinds [K]; 0 is that of the air, and a negative value its excess over the air.
    exit_velocity_m_s, diameter_m : float
        Point kinds [m s⁻¹], [m].
    sigma_y_m, sigma_z_m : float
        Initial spread across and up [m].
    vertices : array of float, shape (corner, 2)
        Corners of polygon kinds [m], not closed; the two ends of RLINE and BUOYLINE; else empty.
    width_m : float
        Of LINE and RLINE [m].
    buildings : array of float, shape (36, 5), or None
        Height, width, length, XBADJ, YBADJ [m] of the building for wind blowing toward 10°, 20° … 360°.
    urban_area : int
        Index in ``Deck.urban_areas``, −1 for a rural source.
    variation : Variation or None
        Emission factors.
    hourly : bool
        Whether the emission is read hour by hour from ``Deck.hourly_emissions``.
    no2_ratio : float
        NO₂ in NOₓ inside the stack [1]; NaN where the deck states none.
    """

    source_id: str
    kind: str
    where: str
    x: float
    y: float
    base_elevation_m: float
    flat: bool
    emission_rate: float = 0.0
    height_m: float = 0.0
    exit_temperature_k: float = 0.0
    exit_velocity_m_s: float = 0.0
    diameter_m: float = 0.0
    sigma_y_m: float = 0.0
    sigma_z_m: float = 0.0
    vertices: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    width_m: float = 0.0
    buildings: NDArray[np.float64] | None = None
    urban_area: int = -1
    variation: Variation | None = None
    hourly: bool = False
    no2_ratio: float = float("nan")


@dataclass(frozen=True)
class UrbanArea:
    """Town whose nocturnal heat is modelled: population [1] and roughness length [m]."""

    name: str
    population: float
    roughness_length_m: float


@dataclass(frozen=True)
class Group:
    """Sources whose concentrations are summed: indices of sources, and whether background is added."""

    name: str
    sources: NDArray[np.intp]
    background: bool


@dataclass(frozen=True)
class BuoyantGroup:
    """Parallel buoyant lines that rise together.

    ``building_length_m``, ``building_height_m``, ``building_width_m``, ``line_width_m``, ``separation_m``
    are means over the lines [m]; ``buoyancy_m4_s3`` is the mean line buoyancy parameter [m⁴ s⁻³].
    """

    name: str
    sources: NDArray[np.intp]
    building_length_m: float
    building_height_m: float
    building_width_m: float
    line_width_m: float
    separation_m: float
    buoyancy_m4_s3: float


@dataclass(frozen=True)
class Receptors:
    """Receptors in the order of the deck, arrays of shape (receptor,).

    ``x``, ``y`` [m]; ``elevation`` and ``hill_height`` [m]; ``flagpole`` height above ground [m];
    ``network`` name of its grid, empty for single receptors; ``arc`` label of EVALCART, else empty.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    elevation: NDArray[np.float64]
    hill_height: NDArray[np.float64]
    flagpole: NDArray[np.float64]
    network: tuple[str, ...]
    arc: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class WeatherInput:
    """Weather of a deck.

    Attributes
    ----------
    surface, profile : Path
        Surface file and profile file.
    base_elevation_m : float
        Of the profile [m above sea level].
    start, end : tuple of int, or None
        First and last hour: year, month, day, hour 1 to 24.
    days : frozenset of (year or 0, month or 0, day)
        Days to which DAYRANGE limits the run: (0, month, day), or (0, 0, day of the year); empty for all.
    wind_rotation_deg : float
        Taken off every wind direction [degree].
    speed_limits : tuple of float
        Upper limits of the first five classes of wind speed [m s⁻¹].
    """

    surface: Path
    profile: Path
    base_elevation_m: float
    start: tuple[int, int, int, int] | None
    end: tuple[int, int, int, int] | None
    days: frozenset[tuple[int, int]]
    wind_rotation_deg: float
    speed_limits: tuple[float, ...]


@dataclass(frozen=True)
class HourlyFile:
    """File with one value an hour: ``unit`` as the deck names it, ``layout`` FREE or a Fortran format."""

    path: Path
    unit: str
    layout: str
    where: str


@dataclass(frozen=True)
class Sectored:
    """Background or ozone: values or files by sector of wind direction.

    Attributes
    ----------
    starts : tuple of float
        Direction at which each sector begins [degree]; one sector (0,) where the deck has none.
    variations : tuple of Variation or None
        Table of values of each sector, in ``unit``.
    files : tuple of HourlyFile or None
        Hourly file of each sector.
    unit : str
        PPB, PPM or UG/M3, of the tables (and for background of the files).
    constants : tuple of float
        Single value of each sector [µg m⁻³], NaN where there is none (ozone only).
    """

    starts: tuple[float, ...]
    variations: tuple[Variation | None, ...]
    files: tuple[HourlyFile | None, ...]
    unit: str
    constants: tuple[float, ...] = ()


NitrogenMethod = Literal["", "arm2", "olm"]


@dataclass(frozen=True)
class NitrogenOptions:
    """How NO₂ is made of NOₓ.

    ``method`` is empty where it is not; ``equilibrium`` the largest NO₂/NOₓ of ``olm``;
    ``smallest`` and ``largest`` ratio of ``arm2``; ``groups`` the indices of the sources of each OLMGROUP;
    ``nocturnal_ozone`` whether ozone of stable hours has a lower limit.
    """

    method: NitrogenMethod = ""
    equilibrium: float = 0.9
    smallest: float = 0.5
    largest: float = 0.9
    groups: tuple[NDArray[np.intp], ...] = ()
    nocturnal_ozone: bool = True


@dataclass(frozen=True)
class Output:
    """File of results that the deck asks for: it is not written, but says which averages matter."""

    keyword: str
    group: str
    average: str
    file: str


@dataclass(frozen=True)
class Unsupported:
    """What a deck asks of one source that is read but not computed."""

    source_id: str
    what: str
    where: str
    cure: str


@dataclass(frozen=True)
class Ignored:
    """Keyword that changes no concentration here, with the reason."""

    keyword: str
    where: str
    why: str


@dataclass(frozen=True)
class Deck:
    """A deck, read and checked. The attributes are those of the pathways CO, SO, RE, ME and OU."""

    path: Path
    title: str
    pollutant: str
    averages: tuple[str, ...]
    flat: bool
    stack_tip_downwash: bool
    default_options: bool
    check_dates: bool
    decay_per_s: float
    decay_stated: bool
    urban_areas: tuple[UrbanArea, ...]
    urban_transition: bool
    nitrogen: NitrogenOptions
    sources: tuple[Source, ...]
    groups: tuple[Group, ...]
    buoyant_groups: tuple[BuoyantGroup, ...]
    emission_factor: float
    hourly_emissions: tuple[HourlyFile, ...]
    background: Sectored | None
    ozone: Sectored | None
    receptors: Receptors
    weather: WeatherInput
    outputs: tuple[Output, ...]
    unsupported: tuple[Unsupported, ...]
    ignored: tuple[Ignored, ...]
    remarks: tuple[str, ...]

    def source_index(self) -> dict[str, int]:
        """Index of each source by its identifier."""
        return {source.source_id: number for number, source in enumerate(self.sources)}
