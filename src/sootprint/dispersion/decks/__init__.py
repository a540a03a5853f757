"""AERMOD decks: read, understood, and run with the engine of this room."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.dispersion.decks.ambient import background_series, ozone_series
    from sootprint.dispersion.decks.calendar import Hours, hours_in_run, hours_of
    from sootprint.dispersion.decks.deck import Deck, DeckError
    from sootprint.dispersion.decks.emissions import EmissionRates, emission_rates
    from sootprint.dispersion.decks.reader import read_deck

_PLACES = {
    "Deck": "deck",
    "DeckError": "deck",
    "EmissionRates": "emissions",
    "Hours": "calendar",
    "background_series": "ambient",
    "emission_rates": "emissions",
    "hours_in_run": "calendar",
    "hours_of": "calendar",
    "ozone_series": "ambient",
    "read_deck": "reader",
}

__all__ = [
    "Deck",
    "DeckError",
    "EmissionRates",
    "Hours",
    "background_series",
    "emission_rates",
    "hours_in_run",
    "hours_of",
    "ozone_series",
    "read_deck",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
