"""Limits and guidelines of Kazakhstan, the WHO, the EU and the United States as data files."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.norms.catalogue import load, unverified

__all__ = ["load", "unverified"]

_HOMES = {"load": "catalogue", "unverified": "catalogue"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
