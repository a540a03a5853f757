"""Mean concentration on a grid, for maps: the operator with a receptor in every node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sootprint.core.errors import InputError
from sootprint.dispersion.assembly import LandUse, operator_blocks
from sootprint.dispersion.options import PlumeOptions

if TYPE_CHECKING:
    import xarray as xr

MICROGRAMS = 1e6
"""Micrograms a gram."""

BLOCK_VALUES = 4_000_000
"""Operator values held in memory at a time."""


def concentration_field(
    sources: pd.DataFrame,
    rates_g_s: Mapping[str, float] | pd.Series | pd.DataFrame,
    lon: ArrayLike,
    lat: ArrayLike,
    weather: pd.DataFrame,
    *,
    height_m: float = 1.5,
    crs: str | None = None,
    physics: str = "briggs1973",
    land_use: LandUse = "urban",
    options: PlumeOptions | Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Mean modelled concentration of each source over the served hours [µg m⁻³].

    Parameters
    ----------
    sources, weather : DataFrame
        As in `operator`; the mean is over the rows of ``weather``.
    rates_g_s : mapping, Series or DataFrame
        Emission [g s⁻¹] of each source; a DataFrame has a row an hour (index ``time_start``) and a column a
        source.
    lon, lat : array, shape (lon,), (lat,)
        Nodes of the grid [degrees].
    height_m : float
        Height of the nodes above ground [m].

    Returns
    -------
    Dataset
        ``concentration`` (source, lat, lon), NaN where no hour is served; attributes of the operator, and
        ``hours_served`` and ``hours_given``.

    Raises
    ------
    InputError
        As `operator`, or if an emission is missing.
    """
    import xarray as xr

    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    grid_lon, grid_lat = np.meshgrid(lon, lat)
    nodes = pd.DataFrame(
        {
            "receptor_id": np.arange(grid_lon.size).astype(str),
            "lon": grid_lon.ravel(),
            "lat": grid_lat.ravel(),
            "height_m": height_m,
        }
    )
    identifiers = [str(item) for item in sources["source_id"]]
    rates = _rates(rates_g_s, identifiers, weather)
    total = np.zeros((grid_lon.size, len(identifiers)))
    served = 0
    attributes: dict[str, Any] = {}
    hours = max(1, BLOCK_VALUES // total.size)
    for block in operator_blocks(
        sources,
        nodes,
        weather,
        hours=hours,
        crs=crs,
        physics=physics,
        land_use=land_use,
        options=options,
    ):
        attributes = attributes or block.attrs
        good = block["reason"].values == "served"
        emission = rates.loc[block["time"].values[good]].to_numpy()
        total += np.einsum("trs,ts->rs", block["H"].values[good], emission)
        served += int(good.sum())
    mean = total * (MICROGRAMS / served) if served else np.full(total.shape, np.nan)
    keep = ("engine", "physics", "version", "land_use", "crs", "options")
    return xr.Dataset(
        {
            "concentration": (
                ("source", "lat", "lon"),
                mean.T.reshape(len(identifiers), lat.size, lon.size),
                {"units": "ug m-3", "long_name": "mean modelled concentration"},
            )
        },
        coords={
            "source": ("source", np.array(identifiers, dtype=object)),
            "lat": ("lat", lat, {"units": "degrees_north", "standard_name": "latitude"}),
            "lon": ("lon", lon, {"units": "degrees_east", "standard_name": "longitude"}),
        },
        attrs={name: attributes[name] for name in keep}
        | {"hours_served": served, "hours_given": len(weather), "height_m": height_m},
    )


def _rates(
    rates: Mapping[str, float] | pd.Series | pd.DataFrame, identifiers: list[str], weather: pd.DataFrame
) -> pd.DataFrame:
    """Emission [g s⁻¹], a row an hour and a column a source."""
    times = pd.DatetimeIndex(weather["time_start"])
    if isinstance(rates, pd.DataFrame):
        made = rates.reindex(index=times, columns=identifiers)
    else:
        one = pd.Series(dict(rates), dtype=float).reindex(identifiers)
        made = pd.DataFrame(np.tile(one.to_numpy(), (len(times), 1)), index=times, columns=identifiers)
    lacking = made.columns[made.isna().any()]
    if len(lacking):
        raise InputError(
            f"no emission for source {lacking[0]}",
            rule="every source has a rate in every hour",
            cure="state it, 0 where it does not emit",
        )
    return made.astype(float)
