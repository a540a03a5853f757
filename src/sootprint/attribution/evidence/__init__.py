"""Evidence: a declared rate, two propositions about one source, and a norm without it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.attribution.evidence.but_for import ButFor, norm_without
    from sootprint.attribution.evidence.declared import DeclaredRate, declared_rate
    from sootprint.attribution.evidence.propositions import Support, support, verbal_scale

_MODULES = {
    "ButFor": "but_for",
    "DeclaredRate": "declared",
    "Support": "propositions",
    "declared_rate": "declared",
    "norm_without": "but_for",
    "support": "propositions",
    "verbal_scale": "propositions",
}

__all__ = ["ButFor", "DeclaredRate", "Support", "declared_rate", "norm_without", "support", "verbal_scale"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
