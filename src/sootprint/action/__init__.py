"""Decisions: whom to inspect first, when and where, and what a cut would change."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.action.curtailment import reduction_rules, required_reductions
    from sootprint.action.inspections import RankOptions, rank_inspections
    from sootprint.action.nmu_ratios import limit_ratios
    from sootprint.action.promised_cut_check import check_promised_cuts, promised_cut
    from sootprint.action.promised_cut_options import CutOptions
    from sootprint.action.scenarios import scale_source, scale_top_sources

_MODULES = {
    "CutOptions": "promised_cut_options",
    "RankOptions": "inspections",
    "check_promised_cuts": "promised_cut_check",
    "limit_ratios": "nmu_ratios",
    "promised_cut": "promised_cut_check",
    "rank_inspections": "inspections",
    "reduction_rules": "curtailment",
    "required_reductions": "curtailment",
    "scale_source": "scenarios",
    "scale_top_sources": "scenarios",
}

__all__ = [
    "CutOptions",
    "RankOptions",
    "check_promised_cuts",
    "limit_ratios",
    "promised_cut",
    "rank_inspections",
    "reduction_rules",
    "required_reductions",
    "scale_source",
    "scale_top_sources",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
