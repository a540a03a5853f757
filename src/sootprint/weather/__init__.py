"""Weather: reading, stability and mixing height, stagnation, wind over terrain."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.weather.cf import to_dataset
    from sootprint.weather.elevation import elevation_grid, fill_voids, read_elevation, read_hgt
    from sootprint.weather.estimates import DeriveOptions, derive
    from sootprint.weather.hourly import hourly_weather, main_station
    from sootprint.weather.hourly_layers import BoundaryLayer, boundary_layer
    from sootprint.weather.inverted_air import inversions
    from sootprint.weather.layer_options import BoundaryLayerOptions
    from sootprint.weather.nmu import nmu_regimes, nmu_rules
    from sootprint.weather.nmu_days import nmu_days
    from sootprint.weather.potential import (
        air_potential,
        meteorological_potential,
        potential_class,
        potential_rules,
        self_cleaning,
    )
    from sootprint.weather.readers import read_weather
    from sootprint.weather.readers.aermod_layers import LayerFile, read_pfl, read_sfc
    from sootprint.weather.readers.aermod_text import SurfaceHeader
    from sootprint.weather.readers.era5 import Era5, read_era5
    from sootprint.weather.readers.ground import read_surface_characteristics
    from sootprint.weather.readers.soundings import read_soundings
    from sootprint.weather.solar import solar_elevation
    from sootprint.weather.stability import golder_class, stability_class
    from sootprint.weather.stagnant_air import recirculation, stagnation
    from sootprint.weather.surface_characteristics import SurfaceCharacteristics
    from sootprint.weather.surface_layer import mixing_height_nozaki1973, wind_at_height
    from sootprint.weather.terrain_wind import (
        FirstGuessOptions,
        Situation,
        SlopeFlow,
        TerrainGrid,
        WindBasis,
        WindFields,
        WindHours,
        WindSite,
        blocked_situation,
        default_situations,
        froude_number,
        make_basis,
        terrain_grid,
        wind_at,
    )
    from sootprint.weather.writers import single_level_profiles, write_pfl, write_sfc

_HOME = {
    "BoundaryLayer": "hourly_layers",
    "BoundaryLayerOptions": "layer_options",
    "DeriveOptions": "estimates",
    "Era5": "readers.era5",
    "FirstGuessOptions": "terrain_wind",
    "LayerFile": "readers.aermod_layers",
    "Situation": "terrain_wind",
    "SlopeFlow": "terrain_wind",
    "SurfaceCharacteristics": "surface_characteristics",
    "SurfaceHeader": "readers.aermod_text",
    "TerrainGrid": "terrain_wind",
    "WindBasis": "terrain_wind",
    "WindFields": "terrain_wind",
    "WindHours": "terrain_wind",
    "WindSite": "terrain_wind",
    "air_potential": "potential",
    "blocked_situation": "terrain_wind",
    "boundary_layer": "hourly_layers",
    "default_situations": "terrain_wind",
    "derive": "estimates",
    "elevation_grid": "elevation",
    "fill_voids": "elevation",
    "froude_number": "terrain_wind",
    "golder_class": "stability",
    "hourly_weather": "hourly",
    "inversions": "inverted_air",
    "main_station": "hourly",
    "make_basis": "terrain_wind",
    "meteorological_potential": "potential",
    "mixing_height_nozaki1973": "surface_layer",
    "nmu_days": "nmu_days",
    "nmu_regimes": "nmu",
    "nmu_rules": "nmu",
    "potential_class": "potential",
    "potential_rules": "potential",
    "read_elevation": "elevation",
    "read_era5": "readers.era5",
    "read_hgt": "elevation",
    "read_pfl": "readers.aermod_layers",
    "read_sfc": "readers.aermod_layers",
    "read_soundings": "readers.soundings",
    "read_surface_characteristics": "readers.ground",
    "read_weather": "readers",
    "recirculation": "stagnant_air",
    "self_cleaning": "potential",
    "single_level_profiles": "writers",
    "solar_elevation": "solar",
    "stability_class": "stability",
    "stagnation": "stagnant_air",
    "terrain_grid": "terrain_wind",
    "to_dataset": "cf",
    "wind_at": "terrain_wind",
    "wind_at_height": "surface_layer",
    "write_pfl": "writers",
    "write_sfc": "writers",
}

__all__ = [
    "BoundaryLayer",
    "BoundaryLayerOptions",
    "DeriveOptions",
    "Era5",
    "FirstGuessOptions",
    "LayerFile",
    "Situation",
    "SlopeFlow",
    "SurfaceCharacteristics",
    "SurfaceHeader",
    "TerrainGrid",
    "WindBasis",
    "WindFields",
    "WindHours",
    "WindSite",
    "air_potential",
    "blocked_situation",
    "boundary_layer",
    "default_situations",
    "derive",
    "elevation_grid",
    "fill_voids",
    "froude_number",
    "golder_class",
    "hourly_weather",
    "inversions",
    "main_station",
    "make_basis",
    "meteorological_potential",
    "mixing_height_nozaki1973",
    "nmu_days",
    "nmu_regimes",
    "nmu_rules",
    "potential_class",
    "potential_rules",
    "read_elevation",
    "read_era5",
    "read_hgt",
    "read_pfl",
    "read_sfc",
    "read_soundings",
    "read_surface_characteristics",
    "read_weather",
    "recirculation",
    "self_cleaning",
    "single_level_profiles",
    "solar_elevation",
    "stability_class",
    "stagnation",
    "terrain_grid",
    "to_dataset",
    "wind_at",
    "wind_at_height",
    "write_pfl",
    "write_sfc",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        found = getattr(import_module(f"sootprint.weather.{_HOME[name]}"), name)
        # A module of the same name has just become an attribute of the package: the function goes over it.
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
