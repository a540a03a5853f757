"""Checks of an attribution: chains, predicted readings, posts and episodes left out, priors, calibration."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.attribution.diagnostics.calibration import ErrorLaw, calibrate, simulate
    from sootprint.attribution.diagnostics.checks import Checks, check_attribution
    from sootprint.attribution.diagnostics.inputs import Inputs
    from sootprint.attribution.diagnostics.options import CheckOptions
    from sootprint.attribution.diagnostics.ranks import ecdf_band, rank_of, uniformity

_MODULES = {
    "CheckOptions": "options",
    "Checks": "checks",
    "ErrorLaw": "calibration",
    "Inputs": "inputs",
    "calibrate": "calibration",
    "check_attribution": "checks",
    "ecdf_band": "ranks",
    "rank_of": "ranks",
    "simulate": "calibration",
    "uniformity": "ranks",
}

__all__ = [
    "CheckOptions",
    "Checks",
    "ErrorLaw",
    "Inputs",
    "calibrate",
    "check_attribution",
    "ecdf_band",
    "rank_of",
    "simulate",
    "uniformity",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
