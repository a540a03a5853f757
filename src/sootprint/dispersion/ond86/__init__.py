"""The legal calculation of Kazakhstan and Russia: OND-86 (RND 211.2.01.01-97) and MRR-2017."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.dispersion.ond86.background import (
        background_without_own,
    )
    from sootprint.dispersion.ond86.elements import (
        grid_points,
    )
    from sootprint.dispersion.ond86.factors import (
        Factor,
        factor_table,
        pollutant_kind,
        region_coefficient_of,
        relief_coefficient,
        settling_of,
    )
    from sootprint.dispersion.ond86.fields import (
        at_points,
        contributions,
        field,
    )
    from sootprint.dispersion.ond86.groups import (
        group_concentration,
        stack_group,
    )
    from sootprint.dispersion.ond86.inventory import (
        source_table,
    )
    from sootprint.dispersion.ond86.limits import (
        single_limits,
    )
    from sootprint.dispersion.ond86.needed import (
        calculation_needed,
        demand_threshold,
    )
    from sootprint.dispersion.ond86.permits import (
        permitted,
        single_limit,
    )
    from sootprint.dispersion.ond86.single import (
        METHODS,
        SingleSource,
        concentration,
        equivalent_mouth,
        single_source,
    )
    from sootprint.dispersion.ond86.summation import (
        members_of,
        present_groups,
        reduced_concentration,
        sum_of_ratios,
        summation_groups,
    )
    from sootprint.dispersion.ond86.winds import (
        legal_speeds,
        weighted_dangerous_wind,
    )
    from sootprint.dispersion.ond86.zone import (
        ZoneComparison,
        compare_zone,
        zone_contour,
    )

_PLACES = {
    "Factor": "factors",
    "METHODS": "single",
    "SingleSource": "single",
    "ZoneComparison": "zone",
    "at_points": "fields",
    "background_without_own": "background",
    "calculation_needed": "needed",
    "compare_zone": "zone",
    "concentration": "single",
    "contributions": "fields",
    "demand_threshold": "needed",
    "equivalent_mouth": "single",
    "factor_table": "factors",
    "field": "fields",
    "grid_points": "elements",
    "group_concentration": "groups",
    "legal_speeds": "winds",
    "members_of": "summation",
    "permitted": "permits",
    "pollutant_kind": "factors",
    "present_groups": "summation",
    "reduced_concentration": "summation",
    "region_coefficient_of": "factors",
    "relief_coefficient": "factors",
    "settling_of": "factors",
    "single_limit": "permits",
    "single_limits": "limits",
    "single_source": "single",
    "source_table": "inventory",
    "stack_group": "groups",
    "sum_of_ratios": "summation",
    "summation_groups": "summation",
    "weighted_dangerous_wind": "winds",
    "zone_contour": "zone",
}

__all__ = [
    "METHODS",
    "Factor",
    "SingleSource",
    "ZoneComparison",
    "at_points",
    "background_without_own",
    "calculation_needed",
    "compare_zone",
    "concentration",
    "contributions",
    "demand_threshold",
    "equivalent_mouth",
    "factor_table",
    "field",
    "grid_points",
    "group_concentration",
    "legal_speeds",
    "members_of",
    "permitted",
    "pollutant_kind",
    "present_groups",
    "reduced_concentration",
    "region_coefficient_of",
    "relief_coefficient",
    "settling_of",
    "single_limit",
    "single_limits",
    "single_source",
    "source_table",
    "stack_group",
    "sum_of_ratios",
    "summation_groups",
    "weighted_dangerous_wind",
    "zone_contour",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
