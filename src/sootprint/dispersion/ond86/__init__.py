"""The legal calculation of Kazakhstan and Russia: OND-86 (RND 211.2.01.01-97) and MRR-2017."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.dispersion.ond86.single import (
        METHODS,
        SingleSource,
        concentration,
        equivalent_mouth,
        single_source,
    )

_PLACES = {
    "METHODS": "single",
    "SingleSource": "single",
    "concentration": "single",
    "equivalent_mouth": "single",
    "single_source": "single",
}

__all__ = ["METHODS", "SingleSource", "concentration", "equivalent_mouth", "single_source"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
