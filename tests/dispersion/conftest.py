"""Small sources, receptors and weather in metres for the laws of the plume engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Polygon

from sootprint.dispersion.elements import _Parts
from sootprint.dispersion.engines.arrays import Hours, Receptors, Settings
from sootprint.dispersion.engines.plume import forward


class Plane:
    """Plume engine on plane coordinates; the wind blows towards the east unless turned."""

    def __init__(self):
        self.stack = {"height": 80.0, "diameter": 3.0, "exit_velocity": 12.0, "exit_temperature": 420.0}

    def hours(self, count=1, **changed):
        values = {
            "served": 1,
            "wind_speed": 4.0,
            "wind_from": np.deg2rad(270.0),
            "direction_spread": 0.0,
            "measurement_height": 10.0,
            "stability": 3,
            "lid": np.inf,
            "air_temperature": 280.0,
        } | changed
        integers = ("served", "stability")
        return Hours(
            **{
                name: np.broadcast_to(
                    np.asarray(value, dtype=np.int64 if name in integers else float), count
                ).copy()
                for name, value in values.items()
            }
        )

    def receptors(self, x, y=0.0, z=0.0):
        x, y, z = np.broadcast_arrays(*(np.asarray(item, dtype=float) for item in (x, y, z)))
        return Receptors(*(np.ascontiguousarray(item.ravel()) for item in (x, y, z)))

    def points(self, *rows):
        parts = _Parts()
        for index, row in enumerate(rows):
            parts.add(None, **({"source": index, "x": 0.0, "y": 0.0, "height": 20.0} | row))
        return parts.arrays()

    def polygon(self, corners, **row):
        parts = _Parts()
        shape = corners if isinstance(corners, Polygon) else Polygon(corners)
        parts.add(shape, **({"source": 0, "height": 5.0} | row))
        return parts.arrays()

    def settings(self, **changed):
        values = {
            "urban": 0,
            "downwash": 1,
            "gradual": 1,
            "spread": 1,
            "lowest_height": 10.0,
            "nearest": 1.0,
            "panels_per_octave": 4,
        }
        return Settings(**(values | changed))

    def run(self, elements, receptors, hours=None, settings=None, threads=1):
        hours = self.hours() if hours is None else hours
        settings = settings or self.settings()
        count = int(elements.source.max()) + 1
        return forward(hours, receptors, elements, settings, sources=count, threads=threads)[0]


@pytest.fixture
def plane():
    return Plane()


@pytest.fixture
def sources():
    common = {"facility_id": "F1", "lon": 82.60, "lat": 49.95, "source_file": "made up", "source_row": 1}
    ring = "82.59 49.94, 82.61 49.94, 82.61 49.96, 82.59 49.96, 82.59 49.94"
    mouth = {"diameter_m": 3.0, "exit_velocity_m_s": 12.0, "exit_temperature_k": 420.0}
    return pd.DataFrame(
        [
            common | mouth | {"source_id": "stack", "kind": "point", "height_m": 80.0},
            common
            | {
                "source_id": "hall",
                "kind": "volume",
                "height_m": 8.0,
                "vertical_extent_m": 16.0,
                "width_m": 40.0,
            },
            common
            | {"source_id": "stoves", "kind": "area", "height_m": 6.0, "geometry_wkt": f"POLYGON (({ring}))"},
            common
            | {
                "source_id": "road",
                "kind": "line",
                "height_m": 1.0,
                "width_m": 12.0,
                "vertical_extent_m": 3.0,
                "geometry_wkt": "LINESTRING (82.59 49.94, 82.60 49.95, 82.61 49.95)",
            },
        ]
    )


@pytest.fixture
def receptors():
    return pd.DataFrame(
        {
            "receptor_id": ["inside", "near", "far"],
            "lon": [82.602, 82.63, 82.70],
            "lat": [49.951, 49.95, 49.98],
            "height_m": [2.0, 2.0, 2.0],
        }
    )


@pytest.fixture
def weather():
    count = 12
    return pd.DataFrame(
        {
            "station_id": "W1",
            "time_start": pd.date_range("2024-11-01", periods=count, freq="h"),
            "duration_s": 3600.0,
            "wind_speed": [3.0, 0.2, np.nan, 0.0, 5.0, 2.0, 1.0, 2.5, 3.0, 4.0, 6.0, 2.0],
            "wind_from_direction": [270, 90, 80, np.nan, np.nan, 250, 260, 255, 265, 250, 240, 200.0],
            "measurement_height": 10.0,
            "air_temperature": [270.0] * 8 + [np.nan] + [268.0] * 3,
            "stability_class": ["D", "D", "D", "D", "D", None, "F", "E", "D", "C", "B", "A"],
            "mixing_height": [400, 400, 400, 400, 400, 400, 90, np.nan, 400, 600, 900, 1200.0],
            "source_file": "made up",
            "source_row": 1,
        }
    )
