"""Decisions: whom to inspect first, when and where, and what a cut would change."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.action.inspections import RankOptions, rank_inspections
    from sootprint.action.scenarios import scale_source, scale_top_sources

_MODULES = {
    "RankOptions": "inspections",
    "rank_inspections": "inspections",
    "scale_source": "scenarios",
    "scale_top_sources": "scenarios",
}

__all__ = ["RankOptions", "rank_inspections", "scale_source", "scale_top_sources"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
