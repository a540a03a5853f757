"""Sources: facilities, stacks and what they declare."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.sources.mean_emission import mean_rates
    from sootprint.sources.readers import read_sources
    from sootprint.sources.readers.template import write_template
    from sootprint.sources.time_profiles import time_profile_factors, time_profile_names

_HOME = {
    "mean_rates": "mean_emission",
    "read_sources": "readers",
    "time_profile_factors": "time_profiles",
    "time_profile_names": "time_profiles",
    "write_template": "readers.template",
}

__all__ = ["mean_rates", "read_sources", "time_profile_factors", "time_profile_names", "write_template"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"sootprint.sources.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
