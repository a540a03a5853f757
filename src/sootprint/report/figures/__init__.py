"""Figures of the report: one function a figure, schema tables in, a matplotlib ``Figure`` out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.report.figures.contributions import (
        attribution_figure,
        episode_contributions_figure,
        scorecard_figure,
    )
    from sootprint.report.figures.coverage import coverage_figure
    from sootprint.report.figures.cycles import (
        percentile_rose_figure,
        time_variation_figure,
        trend_figure,
    )
    from sootprint.report.figures.decisions import ranking_figure, scenario_figure
    from sootprint.report.figures.directions import (
        direction_hour_figure,
        polar_plot_figure,
        pollution_rose_figure,
        wind_rose_figure,
    )
    from sootprint.report.figures.evidence import evidence_ratio_figure
    from sootprint.report.figures.factors import factor_profiles_figure
    from sootprint.report.figures.identifiability import (
        kernel_figure,
        likeness_figure,
        next_posts_figure,
        visibility_figure,
    )
    from sootprint.report.figures.law import legal_field_figure, nmu_calendar_figure
    from sootprint.report.figures.origin import triangulation_figure
    from sootprint.report.figures.place import map_figure
    from sootprint.report.figures.polar import (
        annulus_figure,
        cluster_figure,
        exceedance_polar_figure,
        polar_posts_figure,
    )
    from sootprint.report.figures.series import time_series_figure
    from sootprint.report.figures.stillness import stagnation_figure, weather_figure
    from sootprint.report.figures.style import save
    from sootprint.report.figures.terrain import terrain_wind_figure
    from sootprint.report.figures.unknown import unknown_direction_figure, unknown_map_figure

_MODULES = {
    "annulus_figure": "polar",
    "attribution_figure": "contributions",
    "cluster_figure": "polar",
    "coverage_figure": "coverage",
    "direction_hour_figure": "directions",
    "episode_contributions_figure": "contributions",
    "exceedance_polar_figure": "polar",
    "factor_profiles_figure": "factors",
    "kernel_figure": "identifiability",
    "evidence_ratio_figure": "evidence",
    "legal_field_figure": "law",
    "likeness_figure": "identifiability",
    "map_figure": "place",
    "next_posts_figure": "identifiability",
    "nmu_calendar_figure": "law",
    "percentile_rose_figure": "cycles",
    "polar_plot_figure": "directions",
    "polar_posts_figure": "polar",
    "pollution_rose_figure": "directions",
    "ranking_figure": "decisions",
    "save": "style",
    "scenario_figure": "decisions",
    "scorecard_figure": "contributions",
    "stagnation_figure": "stillness",
    "terrain_wind_figure": "terrain",
    "time_series_figure": "series",
    "unknown_direction_figure": "unknown",
    "unknown_map_figure": "unknown",
    "time_variation_figure": "cycles",
    "trend_figure": "cycles",
    "triangulation_figure": "origin",
    "visibility_figure": "identifiability",
    "weather_figure": "stillness",
    "wind_rose_figure": "directions",
}

__all__ = [
    "annulus_figure",
    "attribution_figure",
    "cluster_figure",
    "coverage_figure",
    "direction_hour_figure",
    "episode_contributions_figure",
    "evidence_ratio_figure",
    "exceedance_polar_figure",
    "factor_profiles_figure",
    "kernel_figure",
    "legal_field_figure",
    "likeness_figure",
    "map_figure",
    "next_posts_figure",
    "nmu_calendar_figure",
    "percentile_rose_figure",
    "polar_plot_figure",
    "polar_posts_figure",
    "pollution_rose_figure",
    "ranking_figure",
    "save",
    "scenario_figure",
    "scorecard_figure",
    "stagnation_figure",
    "terrain_wind_figure",
    "time_series_figure",
    "time_variation_figure",
    "trend_figure",
    "triangulation_figure",
    "unknown_direction_figure",
    "unknown_map_figure",
    "visibility_figure",
    "weather_figure",
    "wind_rose_figure",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
