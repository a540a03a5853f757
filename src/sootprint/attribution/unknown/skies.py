"""States of the air that wind alone leaves possible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class AirState:
    """What is assumed where the weather states neither cloud nor mixing height.

    Attributes
    ----------
    cloud : float
        Cloud fraction of Turner's key [1].
    mixing_height_m : tuple of float
        Mixing height [m] in classes A–C, in D, and in E–F.
    dew_point_deficit_k : float
        Dew-point deficit of Nozaki's mixing height, outside the tropics [K].
    """

    cloud: float
    mixing_height_m: tuple[float, float, float]
    dew_point_deficit_k: float


AIR_STATES = {
    "half clouded": AirState(0.5, (1200.0, 600.0, 150.0), 8.0),
    "clear": AirState(0.0, (800.0, 400.0, 100.0), 15.0),
    "overcast": AirState(1.0, (1500.0, 800.0, 250.0), 3.0),
}
"""States of the air: assumed, from the thinnest to the thickest air that is usual. The difference between
their results is the error of not knowing the sky."""

AIR_TEMPERATURE_K = 285.0
"""Air temperature where the weather states none [K]: it only changes how far a hot plume rises; assumed."""

OBSERVED = "as observed"
"""Name of the one state where nothing has to be assumed."""


def air_states(hourly: pd.DataFrame, *, lon: float, lat: float, land_use: str) -> dict[str, pd.DataFrame]:
    """Weather with stability class and mixing height, for each state of the air that is possible.

    Parameters
    ----------
    hourly : DataFrame
        Table ``weather``, one row an hour, not yet derived.
    lon, lat : float
        Place [degrees].
    land_use : str
        ``urban`` or ``rural``.

    Returns
    -------
    dict of str to DataFrame
        Table ``weather`` by state: those of `AIR_STATES`, or one where nothing had to be assumed.

    Notes
    -----
    The sun's height is calculated; the sky over it is what is assumed, the same in all hours, so that the
    states are further apart than real skies and their spread is rather too wide. Where the weather gives the
    class and the height, they are the same in all states.
    """
    from sootprint import weather as room

    made = {}
    for name, state in AIR_STATES.items():
        options = {"cloud_when_missing": state.cloud, "dew_point_deficit_k": state.dew_point_deficit_k}
        table, _ = room.derive(hourly, lon=lon, lat=lat, land_use=land_use, options=options)
        group = table["stability_class"].map({"A": 0, "B": 0, "C": 0, "D": 1, "E": 2, "F": 2})
        absent = table["mixing_height"].isna() & group.notna()
        heights = np.asarray(state.mixing_height_m)
        table.loc[absent, "mixing_height"] = heights[group[absent].astype(int).to_numpy()]
        table["air_temperature"] = table["air_temperature"].fillna(AIR_TEMPERATURE_K)
        made[name] = table
    first = made["half clouded"]
    state_of = ["stability_class", "mixing_height"]
    if all(first[state_of].equals(other[state_of]) for other in made.values()):
        return {OBSERVED: first}
    return made
