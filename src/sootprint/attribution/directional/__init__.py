"""Directional evidence: from where, at which wind speeds and at which hours the pollution comes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.attribution.directional.annulus import AnnulusOptions, polar_annulus
    from sootprint.attribution.directional.bearings import BearingOptions
    from sootprint.attribution.directional.clusters import (
        cluster_hours,
        cluster_shares,
        polar_clusters,
    )
    from sootprint.attribution.directional.compass import compass_name, sector_number
    from sootprint.attribution.directional.joining import hourly_wind, join_hourly
    from sootprint.attribution.directional.patterns import direction_hour
    from sootprint.attribution.directional.percentiles import percentile_rose
    from sootprint.attribution.directional.polar import PolarOptions, polar_plot, polar_statistic
    from sootprint.attribution.directional.roses import (
        concentration_rose,
        pollution_rose,
        wind_rose,
    )
    from sootprint.attribution.directional.sectors import SectorOptions, directional_sectors
    from sootprint.attribution.directional.spline import ThinPlateSpline, fit_spline
    from sootprint.attribution.directional.trends import TrendOptions, smooth_trend, theil_sen_trend
    from sootprint.attribution.directional.triangulation import (
        Triangulation,
        TriangulationOptions,
        triangulate,
    )
    from sootprint.attribution.directional.variation import time_variation

_MODULES = {
    "AnnulusOptions": "annulus",
    "polar_annulus": "annulus",
    "BearingOptions": "bearings",
    "cluster_hours": "clusters",
    "cluster_shares": "clusters",
    "polar_clusters": "clusters",
    "compass_name": "compass",
    "sector_number": "compass",
    "hourly_wind": "joining",
    "join_hourly": "joining",
    "direction_hour": "patterns",
    "percentile_rose": "percentiles",
    "PolarOptions": "polar",
    "polar_plot": "polar",
    "polar_statistic": "polar",
    "concentration_rose": "roses",
    "pollution_rose": "roses",
    "wind_rose": "roses",
    "SectorOptions": "sectors",
    "directional_sectors": "sectors",
    "ThinPlateSpline": "spline",
    "fit_spline": "spline",
    "TrendOptions": "trends",
    "smooth_trend": "trends",
    "theil_sen_trend": "trends",
    "Triangulation": "triangulation",
    "TriangulationOptions": "triangulation",
    "triangulate": "triangulation",
    "time_variation": "variation",
}

__all__ = [
    "AnnulusOptions",
    "BearingOptions",
    "PolarOptions",
    "SectorOptions",
    "ThinPlateSpline",
    "TrendOptions",
    "Triangulation",
    "TriangulationOptions",
    "cluster_hours",
    "cluster_shares",
    "compass_name",
    "concentration_rose",
    "direction_hour",
    "directional_sectors",
    "fit_spline",
    "hourly_wind",
    "join_hourly",
    "percentile_rose",
    "polar_annulus",
    "polar_clusters",
    "polar_plot",
    "polar_statistic",
    "pollution_rose",
    "sector_number",
    "smooth_trend",
    "theil_sen_trend",
    "time_variation",
    "triangulate",
    "wind_rose",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
