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
    from sootprint.dispersion.particles.terrain import TerrainWindOptions, relief_of, terrain_wind
    from sootprint.dispersion.scores import agreement, performance, performance_intervals
    from sootprint.dispersion.store import operator_from_zarr, operator_to_zarr, stream_operator
    from sootprint.dispersion.task_cluster import local_client
    from sootprint.dispersion.tasks import (
        SharedFile,
        Task,
        TaskError,
        TaskResults,
        operator_tasks,
        run_tasks,
    )

_PLACES = {
    "AutomaticOptions": "automatic",
    "LayeredOptions": "layered",
    "ParticleOptions": "particles.options",
    "PlumeOptions": "options",
    "SharedFile": "tasks",
    "Task": "tasks",
    "TaskError": "tasks",
    "TaskResults": "tasks",
    "TerrainWind": "particles.scene",
    "TerrainWindOptions": "particles.terrain",
    "agreement": "scores",
    "automatic_operator": "automatic",
    "building_dimensions": "buildings",
    "concentration_field": "field",
    "elevation_grid": "hill_height",
    "local_client": "task_cluster",
    "operator": "assembly",
    "operator_blocks": "assembly",
    "operator_from_zarr": "store",
    "operator_hours": "assembly",
    "operator_tasks": "tasks",
    "operator_to_zarr": "store",
    "particle_operator": "particles.operator",
    "stream_operator": "store",
    "performance": "scores",
    "performance_intervals": "scores",
    "read_elevation": "hill_height",
    "relief_of": "particles.terrain",
    "run_tasks": "tasks",
    "receptor_terrain": "hill_height",
    "terrain_wind": "particles.terrain",
}

__all__ = [
    "AutomaticOptions",
    "LayeredOptions",
    "ParticleOptions",
    "PlumeOptions",
    "SharedFile",
    "Task",
    "TaskError",
    "TaskResults",
    "TerrainWind",
    "TerrainWindOptions",
    "agreement",
    "automatic_operator",
    "building_dimensions",
    "concentration_field",
    "elevation_grid",
    "local_client",
    "operator",
    "operator_blocks",
    "operator_from_zarr",
    "operator_hours",
    "operator_tasks",
    "operator_to_zarr",
    "particle_operator",
    "performance",
    "performance_intervals",
    "read_elevation",
    "receptor_terrain",
    "relief_of",
    "run_tasks",
    "stream_operator",
    "terrain_wind",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
