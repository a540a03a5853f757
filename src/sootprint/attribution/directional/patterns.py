"""Concentration by hour of the day and wind direction."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sootprint.attribution.directional.compass import sector_middle
from sootprint.attribution.directional.joining import CALM_SPEED, served
from sootprint.attribution.directional.roses import _classes, _stack


def direction_hour(
    joined: pd.DataFrame, *, sectors: int = 16, calm_speed: float = CALM_SPEED
) -> pd.DataFrame:
    """Mean concentration by hour of the local day and direction sector.

    Parameters
    ----------
    joined : DataFrame
        Result of `join_hourly`.
    sectors : int
        Number of sectors, the first centred on north.
    calm_speed : float
        Speed under which the direction is not used [m s⁻¹]; those hours have no sector.

    Returns
    -------
    DataFrame
        Table ``direction_hour``: 24 × (sectors + 1) rows a post and pollutant; the mean is missing in a
        cell without hours.
    """
    width = sectors + 1
    middles = np.append(sector_middle(np.arange(sectors), sectors), np.nan)
    tables = []
    for (station, pollutant), group in served(joined).groupby(["station_id", "pollutant"], sort=True):
        cell = group["hour_local"].to_numpy(int) * width + _classes(group, sectors, calm_speed)
        hours = np.bincount(cell, minlength=24 * width)
        total = np.bincount(cell, weights=group["value_ugm3"].to_numpy(float), minlength=24 * width)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = total / hours
        tables.append(
            pd.DataFrame(
                {
                    "station_id": station,
                    "pollutant": pollutant,
                    "hour_local": np.repeat(np.arange(24), width),
                    "sector_deg": np.tile(middles, 24),
                    "hours": hours,
                    "mean_ugm3": mean,
                }
            )
        )
    return _stack(tables, "direction_hour")
