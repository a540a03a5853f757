"""What a mast measured, as arrays of hours and levels."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.hours import column

LATERAL_CURVE = 0.073864
"""Of the relation of vector to scalar wind (Yamartino 1984)."""
READ = ("height_m", "wind_speed", "wind_from_direction", "air_temperature", "sigma_theta_deg", "sigma_w")
Mast = tuple[Floats, Floats, Floats, Floats, Floats, Floats]


def mast_readings(times: NDArray[np.datetime64], profiles: pd.DataFrame | None) -> Mast:
    """Height, speed, direction, temperature, σv and σw (time, level) of a table ``profiles``; NaN missing.

    σv = σθ u √(1 - ε²) with ε = sin σθ (1 - 0.073864 σθ) (Yamartino 1984), where there is wind: without it
    a vane tells nothing.

    Raises
    ------
    InputError
        If a height occurs twice in an hour.
    """
    count = len(times)
    if profiles is None or profiles.empty:
        none = np.full((count, 1), np.nan)
        return (none, none, none, none, none, none)
    hour = pd.Index(times).get_indexer(pd.Index(profiles["time_start"].to_numpy("datetime64[us]")))
    table = profiles.assign(_hour=hour)[hour >= 0].sort_values(["_hour", "height_m"], kind="stable")
    twice = table.duplicated(["_hour", "height_m"])
    if twice.any():
        first = table.loc[twice].iloc[0]
        raise InputError(
            f"the mast has {first['height_m']:g} m twice at {first['time_start']}",
            rule="a height occurs once an hour",
            cure="keep one of the rows",
        )
    level = table.groupby("_hour").cumcount().to_numpy()
    hour = table["_hour"].to_numpy()
    made = []
    for name in READ:
        values = np.full((count, int(level.max(initial=0)) + 1), np.nan)
        values[hour, level] = column(table, name)
        made.append(values)
    height, speed, direction, temperature, sigma_theta, sigma_w = made
    angle = np.deg2rad(sigma_theta)
    slant = np.sin(angle) * (1.0 - LATERAL_CURVE * angle)
    with np.errstate(invalid="ignore"):
        sigma_v = np.where(speed > 0.0, angle * speed * np.sqrt(1.0 - slant * slant), np.nan)
    return height, speed, direction, temperature, sigma_v, sigma_w
