"""Evidence: declared rates, propositions, norms without a source, and statements with their origin."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.attribution.evidence.assessment import Evidence, Inputs, assess
    from sootprint.attribution.evidence.but_for import ButFor, norm_without
    from sootprint.attribution.evidence.declared import DeclaredRate, declared_rate
    from sootprint.attribution.evidence.propositions import Support, band, support, verbal_scale
    from sootprint.attribution.evidence.statements import Provenance, statement_id

_MODULES = {
    "ButFor": "but_for",
    "DeclaredRate": "declared",
    "Evidence": "assessment",
    "Inputs": "assessment",
    "Provenance": "statements",
    "Support": "propositions",
    "assess": "assessment",
    "band": "propositions",
    "declared_rate": "declared",
    "norm_without": "but_for",
    "statement_id": "statements",
    "support": "propositions",
    "verbal_scale": "propositions",
}

__all__ = [
    "ButFor",
    "DeclaredRate",
    "Evidence",
    "Inputs",
    "Provenance",
    "Support",
    "assess",
    "band",
    "declared_rate",
    "norm_without",
    "statement_id",
    "support",
    "verbal_scale",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
