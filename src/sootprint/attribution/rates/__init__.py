"""Rates inferred from readings and a modelled response, with the errors of the model learnt or assumed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.attribution.rates.learning import assumed_errors, learn_errors
    from sootprint.attribution.rates.model import ErrorDraws
    from sootprint.attribution.rates.parts import Parts, infer_parts
    from sootprint.attribution.rates.posterior import infer_rates, score_rates

_PLACES = {
    "ErrorDraws": "model",
    "Parts": "parts",
    "assumed_errors": "learning",
    "infer_parts": "parts",
    "infer_rates": "posterior",
    "learn_errors": "learning",
    "score_rates": "posterior",
}

__all__ = [
    "ErrorDraws",
    "Parts",
    "assumed_errors",
    "infer_parts",
    "infer_rates",
    "learn_errors",
    "score_rates",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
