"""Continuous stack monitoring: tables of millions of rows read, checked, summarised and integrated."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.sources.stack_monitoring.mass import integrate_mass
    from sootprint.sources.stack_monitoring.options import StackOptions
    from sootprint.sources.stack_monitoring.reading import read_stack_monitoring

_HOME = {"integrate_mass": "mass", "read_stack_monitoring": "reading", "StackOptions": "options"}

__all__ = ["StackOptions", "integrate_mass", "read_stack_monitoring"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"sootprint.sources.stack_monitoring.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
