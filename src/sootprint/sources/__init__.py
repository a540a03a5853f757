"""Sources: facilities, stacks and what they declare."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.sources.auditing import audit
    from sootprint.sources.auditing.book import AuditOptions
    from sootprint.sources.auditing.inputs import read_fuel_use, read_material_balance, read_totals
    from sootprint.sources.auditing.places import coordinate_hypotheses
    from sootprint.sources.mean_emission import mean_rates
    from sootprint.sources.readers import read_sources
    from sootprint.sources.readers.template import write_template
    from sootprint.sources.stack_monitoring import integrate_mass, read_stack_monitoring
    from sootprint.sources.time_profiles import time_profile_factors, time_profile_names

_HOME = {
    "AuditOptions": "auditing.book",
    "audit": "auditing",
    "coordinate_hypotheses": "auditing.places",
    "integrate_mass": "stack_monitoring",
    "mean_rates": "mean_emission",
    "read_fuel_use": "auditing.inputs",
    "read_material_balance": "auditing.inputs",
    "read_sources": "readers",
    "read_stack_monitoring": "stack_monitoring",
    "read_totals": "auditing.inputs",
    "time_profile_factors": "time_profiles",
    "time_profile_names": "time_profiles",
    "write_template": "readers.template",
}

__all__ = [
    "AuditOptions",
    "audit",
    "coordinate_hypotheses",
    "integrate_mass",
    "mean_rates",
    "read_fuel_use",
    "read_material_balance",
    "read_sources",
    "read_stack_monitoring",
    "read_totals",
    "time_profile_factors",
    "time_profile_names",
    "write_template",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"sootprint.sources.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
