"""Inverse model: how much each declared source emitted, with an interval that means what it says."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.attribution.inverse.hours import background_factor, effective_response, hour_error
    from sootprint.attribution.inverse.model import Attribution, attribute
    from sootprint.attribution.inverse.options import Options
    from sootprint.attribution.inverse.problem import hourly_readings

_MODULES = {
    "Attribution": "model",
    "Options": "options",
    "attribute": "model",
    "background_factor": "hours",
    "effective_response": "hours",
    "hour_error": "hours",
    "hourly_readings": "problem",
}

__all__ = [
    "Attribution",
    "Options",
    "attribute",
    "background_factor",
    "effective_response",
    "hour_error",
    "hourly_readings",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
