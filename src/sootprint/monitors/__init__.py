"""Monitors: read, average, compare with norms, find episodes; and the complaints of residents."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.monitors.averages import means as means
    from sootprint.monitors.city_tables import city_indices as city_indices
    from sootprint.monitors.episodes import find_episodes as find_episodes
    from sootprint.monitors.exceedances import assess as assess
    from sootprint.monitors.h2s_quality import H2sOptions as H2sOptions
    from sootprint.monitors.h2s_quality import flag_h2s as flag_h2s
    from sootprint.monitors.h2s_quality import h2s_covariation as h2s_covariation
    from sootprint.monitors.readers.complaints import read_complaints as read_complaints
    from sootprint.monitors.readers.observations import read_observations as read_observations

_HOMES = {
    "assess": "sootprint.monitors.exceedances",
    "city_indices": "sootprint.monitors.city_tables",
    "find_episodes": "sootprint.monitors.episodes",
    "flag_h2s": "sootprint.monitors.h2s_quality",
    "H2sOptions": "sootprint.monitors.h2s_quality",
    "h2s_covariation": "sootprint.monitors.h2s_quality",
    "means": "sootprint.monitors.averages",
    "read_complaints": "sootprint.monitors.readers.complaints",
    "read_observations": "sootprint.monitors.readers.observations",
}

__all__ = [
    "H2sOptions",
    "assess",
    "city_indices",
    "find_episodes",
    "flag_h2s",
    "h2s_covariation",
    "means",
    "read_complaints",
    "read_observations",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
