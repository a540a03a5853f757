"""A small boundary layer, stacks and receptors in metres for the laws of the layered plume."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sootprint.dispersion.engines.layers import HourScales
from sootprint.dispersion.engines.scene import Emitters, Receivers, Weather
from sootprint.dispersion.kernels.levels import (
    GRADIENT,
    HEIGHTS,
    POTENTIAL,
    SIGMA_V,
    SIGMA_W,
    WIND,
    cumulate,
)
from sootprint.dispersion.kernels.release import PASSIVE, POINT

CONVECTIVE, LIGHT, NEARLY_NEUTRAL, STABLE, VERY_STABLE, WINDY_NIGHT = range(6)
"""Served hours of `boundary_layer`."""
UNSERVED = {
    6: "calm",
    7: "missing wind",
    8: "variable direction",
    9: "missing temperature",
    10: "missing stability",
    11: "missing mixing height",
}
"""Hours that the engine cannot serve, and why."""
SERVED = 6


def boundary_layer(direction=270.0):
    """Twelve hours: three unstable, three stable, six that lack something."""
    nan, count = np.nan, 12
    table = pd.DataFrame(
        {
            "time_start": pd.date_range("2024-06-01", periods=count, freq="h"),
            "duration_s": 3600.0,
            "friction_velocity": [0.35, 0.15, 0.60, 0.25, 0.07, 0.55] + [0.3] * 6,
            "convective_velocity": [1.8, 1.2, 0.7, nan, nan, nan] + [nan] * 6,
            "obukhov_length": [-25.0, -8.0, -350.0, 90.0, 9.0, 600.0] + [100.0] * 4 + [nan, 100.0],
            "roughness_length": 0.2,
            "convective_mixing_height": [1200.0, 800.0, 500.0, nan, nan, nan] + [nan] * 6,
            "mechanical_mixing_height": [500.0, 150.0, 1100.0, 300.0, 45.0, 900.0] + [400.0] * 5 + [nan],
            "potential_temperature_gradient": [0.01, 0.008, 0.012, nan, nan, nan] + [nan] * 6,
            "wind_speed": [4.0, 1.4, 8.0, 3.5, 1.1, 7.0, 0.0, nan, 2.0, 3.0, 3.0, 3.0],
            "wind_from_direction": direction,
            "measurement_height": 10.0,
            "air_temperature": [300.0, 298.0, 290.0, 283.0, 278.0, 280.0] + [285.0] * 6,
            "temperature_height": 2.0,
            "cloud": 0.3,
            "reason": "served",
        }
    )
    table.loc[8, "wind_from_direction"] = nan
    table.loc[9, "air_temperature"] = nan
    return table


def receivers(x, y=0.0, *, elevation=0.0, hill=0.0, flagpole=0.0):
    columns = np.broadcast_arrays(*(np.asarray(item, float) for item in (x, y, elevation, hill, flagpole)))
    return Receivers(*(np.ascontiguousarray(column.ravel()) for column in columns))


def stacks(*rows):
    """Emitters: each row a mapping that changes a stack of 60 m."""
    usual = {
        "kind": POINT,
        "x": 0.0,
        "y": 0.0,
        "elevation": 0.0,
        "height": 60.0,
        "diameter": 2.0,
        "exit_velocity": 12.0,
        "exit_temperature": 420.0,
        "initial_sigma_y": 0.0,
        "initial_sigma_z": 0.0,
        "place": 0,
        "flat": 1,
        "downwash": 1,
        "spread": 1,
        "decay": 0.0,
    }
    whole = ("kind", "place", "flat", "downwash", "spread")
    rows = [usual | row for row in rows or [{}]]
    made = {
        name: np.array([row[name] for row in rows], dtype=np.int64 if name in whole else float)
        for name in usual
    }
    for name in ("exit_velocity", "exit_temperature"):
        made[name] = made[name][np.newaxis]
    none = np.zeros(len(rows), dtype=np.int64)
    return Emitters(
        **made,
        first_vertex=none,
        last_vertex=none,
        vertices=np.zeros((1, 2)),
        building=none - 1,
        buildings=np.zeros((1, 36, 5)),
    )


def volume(**changed):
    """Row of a release at the air's temperature, for `stacks`."""
    plain = {"kind": PASSIVE, "height": 10.0, "diameter": 0.0, "exit_velocity": 0.0, "exit_temperature": 0.0}
    return plain | {"initial_sigma_y": 5.0, "initial_sigma_z": 4.0, "downwash": 0, "spread": 0} | changed


def hour(weather, *times):
    """Some hours of a `Weather`."""
    return Weather(*(np.ascontiguousarray(part[list(times)]) for part in weather))


def uniform(wind=5.0, sigma_v=0.6, sigma_w=0.5, gradient=0.0, temperature=290.0):
    """Profile array of air that is the same at every height but for its potential temperature."""
    column = np.zeros((HEIGHTS.size, 9))
    column[:, WIND], column[:, SIGMA_V], column[:, SIGMA_W] = wind, sigma_v, sigma_w
    column[:, GRADIENT], column[:, POTENTIAL] = gradient, temperature + gradient * HEIGHTS
    cumulate(column)
    return column


def scales(**changed):
    """Scales of a stable hour with changes."""
    usual = HourScales(
        stable=1,
        friction_velocity=0.3,
        convective_velocity=0.0,
        obukhov_length=100.0,
        roughness_length=0.1,
        convective_height=1.0,
        mechanical_height=400.0,
        mixing_height=400.0,
        gradient_above=0.005,
        wind_speed=4.0,
        wind_height=10.0,
        air_temperature=285.0,
        cloud_tenths=3.0,
        adjusted_friction_velocity=0,
        bulk_richardson=0,
    )
    return usual._replace(**changed)
