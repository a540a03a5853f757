"""What the data could decide before anything is fitted: who can be seen, told apart, and with what more."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.attribution.identifiability.deciding import sentence, what_would_decide
    from sootprint.attribution.identifiability.kernel import Identifiability, averaging_kernel
    from sootprint.attribution.identifiability.network import Network, make_network
    from sootprint.attribution.identifiability.options import ErrorModel, Options, expected_errors
    from sootprint.attribution.identifiability.posts import next_hour, next_monitor, post_information
    from sootprint.attribution.identifiability.seen import Visibility, VisibilityOptions, visibility

_MODULES = {
    "ErrorModel": "options",
    "Identifiability": "kernel",
    "Network": "network",
    "Options": "options",
    "Visibility": "seen",
    "VisibilityOptions": "seen",
    "averaging_kernel": "kernel",
    "expected_errors": "options",
    "make_network": "network",
    "next_hour": "posts",
    "next_monitor": "posts",
    "post_information": "posts",
    "sentence": "deciding",
    "visibility": "seen",
    "what_would_decide": "deciding",
}

__all__ = [
    "ErrorModel",
    "Identifiability",
    "Network",
    "Options",
    "Visibility",
    "VisibilityOptions",
    "averaging_kernel",
    "expected_errors",
    "make_network",
    "next_hour",
    "next_monitor",
    "post_information",
    "sentence",
    "visibility",
    "what_would_decide",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
