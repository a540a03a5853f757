"""Full-data sampler: the model with everything sampled, to check the quick one on small cases."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.attribution.full.comparison import compare
    from sootprint.attribution.full.options import FullOptions
    from sootprint.attribution.full.sampler import FullPosterior, sample_full

_MODULES = {
    "FullOptions": "options",
    "FullPosterior": "sampler",
    "compare": "comparison",
    "sample_full": "sampler",
}

__all__ = ["FullOptions", "FullPosterior", "compare", "sample_full"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
