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
    from sootprint.report.figures.decisions import ranking_figure, scenario_figure
    from sootprint.report.figures.directions import (
        direction_hour_figure,
        polar_plot_figure,
        pollution_rose_figure,
        wind_rose_figure,
    )
    from sootprint.report.figures.law import legal_field_figure, nmu_calendar_figure
    from sootprint.report.figures.place import map_figure
    from sootprint.report.figures.series import time_series_figure
    from sootprint.report.figures.stillness import stagnation_figure, weather_figure
    from sootprint.report.figures.style import save

_MODULES = {
    "attribution_figure": "contributions",
    "coverage_figure": "coverage",
    "direction_hour_figure": "directions",
    "episode_contributions_figure": "contributions",
    "legal_field_figure": "law",
    "map_figure": "place",
    "nmu_calendar_figure": "law",
    "polar_plot_figure": "directions",
    "pollution_rose_figure": "directions",
    "ranking_figure": "decisions",
    "save": "style",
    "scenario_figure": "decisions",
    "scorecard_figure": "contributions",
    "stagnation_figure": "stillness",
    "time_series_figure": "series",
    "weather_figure": "stillness",
    "wind_rose_figure": "directions",
}

__all__ = [
    "attribution_figure",
    "coverage_figure",
    "direction_hour_figure",
    "episode_contributions_figure",
    "legal_field_figure",
    "map_figure",
    "nmu_calendar_figure",
    "polar_plot_figure",
    "pollution_rose_figure",
    "ranking_figure",
    "save",
    "scenario_figure",
    "scorecard_figure",
    "stagnation_figure",
    "time_series_figure",
    "weather_figure",
    "wind_rose_figure",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
