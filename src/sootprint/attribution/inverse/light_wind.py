"""Hours whose wind is strong enough for the engine that made them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.inverse.options import Options

if TYPE_CHECKING:
    import xarray as xr


def least_wind(operator: xr.Dataset, options: Options) -> NDArray[np.float64]:
    """Wind speed [m s⁻¹] that each hour of an operator needs for rates to be inferred from it, (time,).

    An hour all of whose sources are of the engine ``particles`` needs ``minimum_wind_particles_m_s``, any
    other ``minimum_wind_m_s``.
    """
    if "particle_share" in operator:
        walked = (operator["particle_share"].transpose("time", "source").to_numpy() >= 1.0).all(axis=1)
    else:
        walked = np.full(operator.sizes["time"], operator.attrs.get("engine") == "particles")
    return np.where(walked, options.minimum_wind_particles_m_s, options.minimum_wind_m_s)


def windy_hours(
    operator: xr.Dataset, weather: pd.DataFrame | None, options: Options
) -> NDArray[np.bool_] | None:
    """Hours of the operator with wind enough for its engine, (time,) array; None without weather."""
    if weather is None:
        return None
    start = pd.to_datetime(weather["time_start"]).astype("datetime64[us]")
    table = weather.assign(time_start=start).drop_duplicates("time_start").set_index("time_start")
    times = pd.DatetimeIndex(operator["time"].to_numpy()).as_unit("us")
    speed = table["wind_speed"].reindex(times).to_numpy(float)
    return np.asarray(speed >= least_wind(operator, options))
