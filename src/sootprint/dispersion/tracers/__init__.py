"""Tracer experiments: what was released and measured, our engine on the same weather, and the scores."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.dispersion.tracers.engine import deck_runner
    from sootprint.dispersion.tracers.pairs import DeckRunner
    from sootprint.dispersion.tracers.scoring import score_pairs, tracer_pairs

_PLACES = {
    "DeckRunner": "pairs",
    "deck_runner": "engine",
    "score_pairs": "scoring",
    "tracer_pairs": "scoring",
}

__all__ = ["DeckRunner", "deck_runner", "score_pairs", "tracer_pairs"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
