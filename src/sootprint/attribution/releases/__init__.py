"""Releases found on a fence line: which source, when, how much, from sensors read by the minute."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.attribution.releases.background import separate_background
    from sootprint.attribution.releases.detection import ReleaseOptions, Releases, find_releases
    from sootprint.attribution.releases.score import score_releases

_MODULES = {
    "ReleaseOptions": "detection",
    "Releases": "detection",
    "find_releases": "detection",
    "score_releases": "score",
    "separate_background": "background",
}

__all__ = ["ReleaseOptions", "Releases", "find_releases", "score_releases", "separate_background"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
