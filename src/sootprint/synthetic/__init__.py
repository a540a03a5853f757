"""Cities with a known truth, made by other physics than an investigation uses."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.synthetic.city import City, make_city

_PUBLIC = {"City": "city", "make_city": "city"}

__all__ = ["City", "make_city"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(f"sootprint.synthetic.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
