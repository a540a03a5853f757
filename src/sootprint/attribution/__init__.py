"""Attribution: from which direction it came, and which declared source made how much of it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.attribution import directional
    from sootprint.attribution.inverse import Attribution, Options, attribute

_MODULES = {"Attribution": "inverse", "attribute": "inverse", "Options": "inverse"}

__all__ = ["Attribution", "Options", "attribute", "directional"]


def __getattr__(name: str) -> Any:
    if name == "directional":
        return import_module(f"{__name__}.directional")
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
