"""Directional evidence: from where, at which wind speeds and at which hours the pollution comes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.attribution.directional.compass import compass_name, sector_number
    from sootprint.attribution.directional.joining import hourly_wind, join_hourly
    from sootprint.attribution.directional.patterns import direction_hour
    from sootprint.attribution.directional.polar import PolarOptions, polar_plot
    from sootprint.attribution.directional.roses import pollution_rose, wind_rose
    from sootprint.attribution.directional.sectors import SectorOptions, directional_sectors
    from sootprint.attribution.directional.spline import ThinPlateSpline, fit_spline

_MODULES = {
    "compass_name": "compass",
    "sector_number": "compass",
    "hourly_wind": "joining",
    "join_hourly": "joining",
    "direction_hour": "patterns",
    "PolarOptions": "polar",
    "polar_plot": "polar",
    "pollution_rose": "roses",
    "wind_rose": "roses",
    "SectorOptions": "sectors",
    "directional_sectors": "sectors",
    "ThinPlateSpline": "spline",
    "fit_spline": "spline",
}

__all__ = [
    "PolarOptions",
    "SectorOptions",
    "ThinPlateSpline",
    "compass_name",
    "direction_hour",
    "directional_sectors",
    "fit_spline",
    "hourly_wind",
    "join_hourly",
    "polar_plot",
    "pollution_rose",
    "sector_number",
    "wind_rose",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
