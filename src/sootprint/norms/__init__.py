"""Limits and guidelines of Kazakhstan, the WHO, the EU and the US, and the indices of bulletins."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.norms.catalogue import (
        load,
        unverified,
    )
    from sootprint.norms.indices import (
        complex_index,
        exponent_sets,
        grade,
        overall_grade,
        repeatability,
        single_index,
        standard_index,
    )
    from sootprint.norms.indices_high import (
        high_pollution_cases,
        high_pollution_rules,
    )
    from sootprint.norms.indices_p import (
        p_group,
        parameter_p,
    )
    from sootprint.norms.indices_rules import (
        rule_table,
    )

__all__ = [
    "complex_index",
    "exponent_sets",
    "grade",
    "high_pollution_cases",
    "high_pollution_rules",
    "load",
    "overall_grade",
    "p_group",
    "parameter_p",
    "repeatability",
    "rule_table",
    "single_index",
    "standard_index",
    "unverified",
]

_HOMES = {
    "complex_index": "indices",
    "exponent_sets": "indices",
    "grade": "indices",
    "high_pollution_cases": "indices_high",
    "high_pollution_rules": "indices_high",
    "load": "catalogue",
    "overall_grade": "indices",
    "p_group": "indices_p",
    "parameter_p": "indices_p",
    "repeatability": "indices",
    "rule_table": "indices_rules",
    "single_index": "indices",
    "standard_index": "indices",
    "unverified": "catalogue",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
