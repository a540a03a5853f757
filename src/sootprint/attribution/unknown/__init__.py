"""Sources that nobody declared: where, how strong and how sure, from what the declared ones leave over."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.attribution.unknown.directions import (
        DIRECTION_OPTIONS,
        Directions,
        direction_options,
        find_direction,
    )
    from sootprint.attribution.unknown.find import Unknown, find_unknown
    from sootprint.attribution.unknown.grid import RELEASES, candidate_grid, ring_grid
    from sootprint.attribution.unknown.options import Options
    from sootprint.attribution.unknown.skies import AIR_STATES, OBSERVED, air_states

_MODULES = {
    "AIR_STATES": "skies",
    "OBSERVED": "skies",
    "direction_options": "directions",
    "air_states": "skies",
    "DIRECTION_OPTIONS": "directions",
    "Directions": "directions",
    "Options": "options",
    "RELEASES": "grid",
    "Unknown": "find",
    "candidate_grid": "grid",
    "find_direction": "directions",
    "find_unknown": "find",
    "ring_grid": "grid",
}

__all__ = [
    "AIR_STATES",
    "DIRECTION_OPTIONS",
    "OBSERVED",
    "RELEASES",
    "Directions",
    "Options",
    "Unknown",
    "air_states",
    "candidate_grid",
    "direction_options",
    "find_direction",
    "find_unknown",
    "ring_grid",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
