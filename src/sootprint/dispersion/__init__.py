"""Room dispersion: from sources and weather to the operator that links emission and concentration."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.dispersion.assembly import operator, operator_blocks, operator_hours
    from sootprint.dispersion.automatic import AutomaticOptions, automatic_operator
    from sootprint.dispersion.buildings import building_dimensions
    from sootprint.dispersion.field import concentration_field
    from sootprint.dispersion.hill_height import elevation_grid, read_elevation, receptor_terrain
    from sootprint.dispersion.layered import LayeredOptions
    from sootprint.dispersion.options import PlumeOptions
    from sootprint.dispersion.particles.operator import particle_operator
    from sootprint.dispersion.particles.options import ParticleOptions
    from sootprint.dispersion.particles.scene import TerrainWind
    from sootprint.dispersion.scores import agreement, performance, performance_intervals
    from sootprint.dispersion.store import operator_from_zarr, operator_to_zarr, stream_operator

_PLACES = {
    "AutomaticOptions": "automatic",
    "LayeredOptions": "layered",
    "ParticleOptions": "particles.options",
    "PlumeOptions": "options",
    "TerrainWind": "particles.scene",
    "agreement": "scores",
    "automatic_operator": "automatic",
    "building_dimensions": "buildings",
    "concentration_field": "field",
    "elevation_grid": "hill_height",
    "operator": "assembly",
    "operator_blocks": "assembly",
    "operator_from_zarr": "store",
    "operator_hours": "assembly",
    "operator_to_zarr": "store",
    "particle_operator": "particles.operator",
    "stream_operator": "store",
    "performance": "scores",
    "performance_intervals": "scores",
    "read_elevation": "hill_height",
    "receptor_terrain": "hill_height",
}

__all__ = [
    "AutomaticOptions",
    "LayeredOptions",
    "ParticleOptions",
    "PlumeOptions",
    "TerrainWind",
    "agreement",
    "automatic_operator",
    "building_dimensions",
    "concentration_field",
    "elevation_grid",
    "operator",
    "operator_blocks",
    "operator_from_zarr",
    "operator_hours",
    "operator_to_zarr",
    "particle_operator",
    "performance",
    "performance_intervals",
    "read_elevation",
    "receptor_terrain",
    "stream_operator",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
