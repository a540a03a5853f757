"""What a permit calculation was asked, and what came out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import pandas as pd

if TYPE_CHECKING:
    import xarray as xr

ASSUMED_AMBIENT_C = 25.0
"""Air temperature Tv where none is stated [°C]: that of the worked example in the appendix of OND-86."""

ASSUMED_TOP_WIND_M_S = 12.0
"""Highest wind u* of the search where none is stated [m s⁻¹]: rarely exceeded, so on the severe side."""

KAZAKHSTAN_COEFFICIENT = 200.0
"""Coefficient A of Kazakhstan [s^⅔ mg K^⅓ g⁻¹]; unverified."""

WORKED = 12
"""Rows of source and pollutant whose working is printed in full: those with the largest cm / limit."""

Method = Literal["ond86", "mrr2017"]


@dataclass(frozen=True)
class PermitSettings:
    """Questions of a calculation.

    Attributes
    ----------
    method : {"ond86", "mrr2017"}
        Which text.
    ambient_c : float, optional
        Air temperature Tv [°C], the mean daily maximum of the warmest month for sources of the whole year;
        `ASSUMED_AMBIENT_C` where it is not stated, which every page of results then says.
    region_coefficient : float
        A [s^⅔ mg K^⅓ g⁻¹].
    region_mark : str
        How far A can be trusted.
    relief : float
        η of every source.
    settling : mapping of pollutant to F
        F in place of the one from kind and cleaning.
    top_wind_m_s : float, optional
        Highest wind of the search u* [m s⁻¹], that which is exceeded in five per cent of the time;
        `ASSUMED_TOP_WIND_M_S` where it is not stated.
    basis : {"permitted", "declared"}
        Kind of emission that is preferred.
    pollutants : sequence of str
        Pollutants; all of the inventory where empty.
    groups : sequence of str
        Summation groups by identifier; all whose members are emitted where empty; ``none`` for none.
    grid : tuple of float, optional
        ``(size, step)`` about the middle of the sources, or ``(x0, y0, x1, y1, step)`` in the CRS [m].
    crs : str, optional
        Projected CRS; by default the UTM zone of the sources.
    own_in_background : bool
        Whether the background was measured with these sources at work: their part is then taken off it.
    rule : {"proportional", "least_cut"}
        How the sources share a limit.
    worked : int
        Number of full workings in the document.
    """

    method: Method = "ond86"
    ambient_c: float | None = None
    region_coefficient: float = KAZAKHSTAN_COEFFICIENT
    region_mark: str = "unverified"
    relief: float = 1.0
    settling: Mapping[str, float] = field(default_factory=dict)
    top_wind_m_s: float | None = None
    basis: Literal["permitted", "declared"] = "permitted"
    pollutants: Sequence[str] = ()
    groups: Sequence[str] = ()
    grid: tuple[float, ...] | None = None
    crs: str | None = None
    own_in_background: bool = False
    rule: Literal["proportional", "least_cut"] = "proportional"
    worked: int = WORKED

    @property
    def top_wind(self) -> float:
        """Highest wind that is searched [m s⁻¹]."""
        return ASSUMED_TOP_WIND_M_S if self.top_wind_m_s is None else self.top_wind_m_s

    @property
    def ambient(self) -> float:
        """Air temperature that is calculated with [°C]."""
        return ASSUMED_AMBIENT_C if self.ambient_c is None else self.ambient_c


@dataclass(frozen=True)
class InputFile:
    """File that the calculation rests on: what it is, its name and its SHA-256."""

    role: str
    name: str
    sha256: str


@dataclass(frozen=True)
class Permit:
    """Result of a permit calculation.

    Attributes
    ----------
    settings : PermitSettings
        What was asked.
    inputs : sequence of InputFile
        Files read.
    facilities, inventory, emissions, findings, guesses : DataFrame
        Tables ``facilities``, ``sources``, ``emissions``, ``findings`` and ``guesses`` of the inventory.
    sources : DataFrame
        Table ``ond86_sources``.
    limits : DataFrame
        Limit of each pollutant: index pollutant; ``mpc_mg_m3, mark, note``.
    groups : DataFrame
        Table ``summation_groups`` of those calculated.
    needed, permitted, contributions, points : DataFrame
        Tables ``ond86_needed``, ``ond86_limits``, ``ond86_contributions``, ``ond86_points``.
    places : DataFrame
        Table ``permit_places``: where ``points`` are.
    zone : DataFrame
        Table ``permit_zone``; empty where no zone was given.
    fields : Dataset
        Largest ratio to the limit at each place of the grid, its wind direction and speed, by substance or
        group.
    background : DataFrame
        Columns ``pollutant, background_mg_m3, rows``; empty where none was given.
    crs : str
        Projected CRS of x and y.
    zone_wkt : str, optional
        Sanitary protection zone in that CRS.
    zone_text : str
        What was given as the zone.
    made_at : datetime
        Time that the documents carry [UTC].
    version : str
        Version of the program.
    """

    settings: PermitSettings
    inputs: Sequence[InputFile]
    facilities: pd.DataFrame
    inventory: pd.DataFrame
    emissions: pd.DataFrame
    findings: pd.DataFrame
    guesses: pd.DataFrame
    sources: pd.DataFrame
    limits: pd.DataFrame
    groups: pd.DataFrame
    needed: pd.DataFrame
    permitted: pd.DataFrame
    contributions: pd.DataFrame
    points: pd.DataFrame
    places: pd.DataFrame
    zone: pd.DataFrame
    fields: xr.Dataset
    background: pd.DataFrame
    crs: str
    zone_wkt: str | None
    zone_text: str
    made_at: datetime
    version: str
