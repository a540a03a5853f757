"""Room dispersion: from sources and weather to the operator that links emission and concentration."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.dispersion.assembly import operator, operator_blocks, operator_hours
    from sootprint.dispersion.options import PlumeOptions

_PLACES = {
    "PlumeOptions": "options",
    "operator": "assembly",
    "operator_blocks": "assembly",
    "operator_hours": "assembly",
}

__all__ = ["PlumeOptions", "operator", "operator_blocks", "operator_hours"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
