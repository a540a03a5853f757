"""Inverse model: how much each declared source emitted, with an interval that means what it says."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.attribution.inverse.model import Attribution, attribute
    from sootprint.attribution.inverse.options import Options
    from sootprint.attribution.inverse.problem import hourly_readings

_MODULES = {
    "Attribution": "model",
    "Options": "options",
    "attribute": "model",
    "hourly_readings": "problem",
}

__all__ = ["Attribution", "Options", "attribute", "hourly_readings"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
