"""Mass-consistent wind over terrain: grid, adjustment, basis, hours."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.weather.terrain_wind.adjustment import AdjustedWind, Adjuster, FirstGuess
    from sootprint.weather.terrain_wind.basis import WindBasis, basis_hash, make_basis
    from sootprint.weather.terrain_wind.grid import (
        LEVELS,
        TerrainGrid,
        WindAt,
        WindFields,
        divergence,
        terrain_grid,
        wind_at,
    )
    from sootprint.weather.terrain_wind.hours import WindHours, wind_hours
    from sootprint.weather.terrain_wind.patterns import FirstGuessOptions
    from sootprint.weather.terrain_wind.situations import (
        Situation,
        WindSite,
        anisotropy_moussiopoulos1988,
        blocked_situation,
        default_situations,
        froude_number,
    )
    from sootprint.weather.terrain_wind.slope_flow import SlopeFlow, drainage_speed, upslope_speed

_HOME = {
    "AdjustedWind": "adjustment",
    "Adjuster": "adjustment",
    "FirstGuess": "adjustment",
    "FirstGuessOptions": "patterns",
    "LEVELS": "grid",
    "Situation": "situations",
    "SlopeFlow": "slope_flow",
    "TerrainGrid": "grid",
    "WindAt": "grid",
    "WindBasis": "basis",
    "WindFields": "grid",
    "WindHours": "hours",
    "WindSite": "situations",
    "anisotropy_moussiopoulos1988": "situations",
    "basis_hash": "basis",
    "blocked_situation": "situations",
    "default_situations": "situations",
    "divergence": "grid",
    "drainage_speed": "slope_flow",
    "froude_number": "situations",
    "make_basis": "basis",
    "terrain_grid": "grid",
    "upslope_speed": "slope_flow",
    "wind_at": "grid",
    "wind_hours": "hours",
}

__all__ = [
    "LEVELS",
    "AdjustedWind",
    "Adjuster",
    "FirstGuess",
    "FirstGuessOptions",
    "Situation",
    "SlopeFlow",
    "TerrainGrid",
    "WindAt",
    "WindBasis",
    "WindFields",
    "WindHours",
    "WindSite",
    "anisotropy_moussiopoulos1988",
    "basis_hash",
    "blocked_situation",
    "default_situations",
    "divergence",
    "drainage_speed",
    "froude_number",
    "make_basis",
    "terrain_grid",
    "upslope_speed",
    "wind_at",
    "wind_hours",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        found = getattr(import_module(f"sootprint.weather.terrain_wind.{_HOME[name]}"), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
