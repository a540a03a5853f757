"""Room dispersion: from sources and weather to the operator that links emission and concentration."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.dispersion.assembly import operator, operator_blocks, operator_hours
    from sootprint.dispersion.field import concentration_field
    from sootprint.dispersion.options import PlumeOptions
    from sootprint.dispersion.store import operator_from_zarr, operator_to_zarr

_PLACES = {
    "PlumeOptions": "options",
    "concentration_field": "field",
    "operator": "assembly",
    "operator_blocks": "assembly",
    "operator_from_zarr": "store",
    "operator_hours": "assembly",
    "operator_to_zarr": "store",
}

__all__ = [
    "PlumeOptions",
    "concentration_field",
    "operator",
    "operator_blocks",
    "operator_from_zarr",
    "operator_hours",
    "operator_to_zarr",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
