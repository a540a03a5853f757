"""Factors: positive matrix factorisation of many pollutants, its errors, and which plant a factor is like."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.attribution.factors.cen import assign_sources, contribution_tests, profile_tests
    from sootprint.attribution.factors.displaced import displacement
    from sootprint.attribution.factors.matching import match_factors
    from sootprint.attribution.factors.matrix import FactorMatrix, detection_uncertainty, factor_matrix
    from sootprint.attribution.factors.number import compare_numbers
    from sootprint.attribution.factors.plants import factor_plants, source_profiles
    from sootprint.attribution.factors.pmf import Factorisation, FactorOptions, factorise
    from sootprint.attribution.factors.resampling import bootstrap
    from sootprint.attribution.factors.rotation import rotate
    from sootprint.attribution.factors.summary import report_tables

_MODULES = {
    "report_tables": "summary",
    "source_profiles": "plants",
    "factor_plants": "plants",
    "profile_tests": "cen",
    "contribution_tests": "cen",
    "assign_sources": "cen",
    "FactorMatrix": "matrix",
    "FactorOptions": "pmf",
    "Factorisation": "pmf",
    "bootstrap": "resampling",
    "compare_numbers": "number",
    "detection_uncertainty": "matrix",
    "displacement": "displaced",
    "factor_matrix": "matrix",
    "factorise": "pmf",
    "match_factors": "matching",
    "rotate": "rotation",
}

__all__ = [
    "FactorMatrix",
    "FactorOptions",
    "Factorisation",
    "assign_sources",
    "bootstrap",
    "compare_numbers",
    "contribution_tests",
    "detection_uncertainty",
    "displacement",
    "factor_matrix",
    "factor_plants",
    "factorise",
    "match_factors",
    "profile_tests",
    "report_tables",
    "rotate",
    "source_profiles",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
