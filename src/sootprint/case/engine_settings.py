"""Settings of the dispersion engine of a case."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """Section of ``case.toml``: a key that is not known is an error."""

    model_config = ConfigDict(extra="forbid")


class WindPlace(Section):
    """Where a weather station stands, and the heights [m] above ground between which its wind counts.

    A ``profile`` is a mast or a column of a reanalysis, which may begin above the basin.
    """

    kind: Literal["surface", "profile"] = "surface"
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lowest_m: Annotated[float, Field(ge=0, le=5000)] = 0.0
    highest_m: Annotated[float, Field(gt=0, le=5000)] = 100.0


class TerrainSettings(Section):
    """Wind over terrain, for the particles, where the evidence holds an elevation model.

    Attributes
    ----------
    use : bool
        Whether it is made at all.
    cell_m, margin_m : float
        Side of a cell, and least distance of the edge from sources and posts [m]; the candidates of the
        search for unknown sources lie inside too.
    farthest_void_m : float
        Voids of the elevation model that are filled lie so near to a known height [m].
    pool_depths_m : list of float
        Depths of cold pools for which the terrain is solved [m]; by default the one of ``wind``.
    slope_winds : bool
        Whether the ground makes winds of its own by cooling and warming.
    sites : dict
        Places of weather stations by their identifiers.
    wind : dict
        Options by name of how the state of the air decides on the wind: ``pool_depth_m`` and others.
    """

    use: bool = True
    cell_m: Annotated[float, Field(ge=20, le=5000)] = 200.0
    margin_m: Annotated[float, Field(ge=0, le=100_000)] = 3000.0
    farthest_void_m: Annotated[float, Field(ge=0, le=100_000)] = 1000.0
    pool_depths_m: list[Annotated[float, Field(gt=0, le=2000)]] = Field(default_factory=list)
    slope_winds: bool = True
    sites: dict[str, WindPlace] = Field(default_factory=dict)
    wind: dict[str, Any] = Field(default_factory=dict)


class Engine(Section):
    """Dispersion engine and its settings.

    Attributes
    ----------
    engine : str
        ``plume``, ``particles``, or ``auto``: each hour and source by the engine that is valid for it.
    physics : str
        Physics of the plume.
    calm_m_s, lateral_sigma_m_s : float
        Of the plume with physics ``briggs1973``.
    direction_sigma_deg : float
        Uncertainty of the wind direction, for both engines [degrees].
    options, particles, choice : dict
        Options by name of the plume, of the particles, and of the choice between them.
    terrain : TerrainSettings
        Wind over terrain that the particles follow.
    """

    engine: Literal["plume", "particles", "auto"] = "plume"
    physics: Literal["briggs1973", "aermod", "improved"] = "briggs1973"
    calm_m_s: Annotated[float, Field(ge=0, le=3)] = 0.5
    direction_sigma_deg: Annotated[float, Field(ge=0, le=45)] = 10.0
    lateral_sigma_m_s: Annotated[float, Field(ge=0, le=3)] = 0.3
    weather_station: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    particles: dict[str, Any] = Field(default_factory=dict)
    choice: dict[str, Any] = Field(default_factory=dict)
    terrain: TerrainSettings = Field(default_factory=TerrainSettings)
