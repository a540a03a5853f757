"""Modelled contributions of one pollutant hour by hour, and the scales that their errors are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.inverse import Options, hour_error, hourly_readings
from sootprint.attribution.inverse.light_wind import windy_hours
from sootprint.core.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from sootprint.attribution.inverse import Attribution

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

MICROGRAMS = 1e6
"""Micrograms in a gram."""


@dataclass(frozen=True)
class Field:
    """Operator, rates and readings of one pollutant on the hours and posts of the operator.

    Attributes
    ----------
    pollutant : str
        Pollutant.
    sources, stations : list of str
        Identifiers along the axes.
    times : DatetimeIndex
        Hours [UTC].
    emission, blind : (draw, source) array
        Posterior draws of the rate with the prior about the declared one, and with the declared-blind prior
        [g s⁻¹].
    apparent : (draw, source) array
        Draws of rate times lasting dispersion bias, which contributions follow [g s⁻¹].
    response : (time, station, source) array
        Concentration for a mean rate of 1 g s⁻¹, activity included [µg m⁻³ per g s⁻¹]; NaN where not served.
    value : (time, station) array
        Hourly readings [µg m⁻³]; NaN where there is none that can be used.
    light : (time,) bool array
        Served hours of too light a wind for rates to be inferred from.
    classes : (source,) int array
        0 for low sources, 1 for stacks.
    options : Options
        Settings of the inverse model.
    """

    pollutant: str
    sources: list[str]
    stations: list[str]
    times: pd.DatetimeIndex
    emission: Array
    blind: Array
    apparent: Array
    response: Array
    value: Array
    light: Mask
    classes: NDArray[np.int64]
    options: Options

    @property
    def served(self) -> Mask:
        """Hours and posts that the engine served, (time, station) array."""
        return np.asarray(np.isfinite(self.response).all(axis=2))

    @property
    def used(self) -> Mask:
        """Served hours and posts that have a reading, (time, station) array."""
        return self.served & np.isfinite(self.value)

    @property
    def stacks(self) -> Mask:
        """Whether a source is a stack, (source,) array; else it is a low one."""
        return np.asarray(self.classes == 1)

    def usual(self, station: int, light: bool) -> Array:
        """Mean response of a post over all its hours of light wind, or of wind, (source,) array."""
        rows = self.served[:, station] & (self.light == light)
        if not rows.any():
            return np.zeros(len(self.sources))
        return np.asarray(self.response[rows, station].mean(axis=0))

    def hour_errors(self, hours: int, light: bool) -> tuple[Array, Array]:
        """Probability of a miss, and variance of ln of the error if not, (source,) arrays."""
        errors = [hour_error(hours, "light" if light else "windy", kind) for kind in ("low", "stack")]
        table = np.array([[item.miss, item.variance] for item in errors])[self.classes]
        return table[:, 0], table[:, 1]


def make_field(
    attribution: Attribution,
    operator: xr.Dataset,
    observations: pd.DataFrame,
    pollutant: str,
    *,
    weather: pd.DataFrame | None = None,
    options: Options | None = None,
) -> Field:
    """Field of one pollutant of an attribution.

    Parameters
    ----------
    attribution : Attribution
        Result of `inverse.attribute`.
    operator : Dataset
        Operator that it was made with.
    observations : DataFrame
        Readings that it was made with.
    pollutant : str
        Pollutant.
    weather : DataFrame, optional
        Weather that it was made with: hours with less wind than their engine needs are of light wind.
    options : Options, optional
        Settings that it was made with.

    Raises
    ------
    InputError
        If the pollutant is not in the attribution.
    """
    draws, options = attribution.draws, options or Options()
    known = [str(name) for name in draws["pollutant"].to_numpy()]
    if pollutant not in known:
        raise InputError(f"{pollutant} was not attributed", cure=f"one of: {', '.join(known)}")
    own = draws.sel(pollutant=pollutant)
    rates = own["emission"].transpose("draw", "source").to_numpy().astype(float)
    present = np.isfinite(rates).all(axis=0)
    names = [str(name) for name in draws["source"].to_numpy()]
    sources = [name for name, has in zip(names, present, strict=True) if has]
    stations = [str(name) for name in operator["receptor"].to_numpy()]
    times = pd.DatetimeIndex(operator["time"].to_numpy()).as_unit("us")
    held = [str(name) for name in operator["source"].to_numpy()]
    block = operator["H"].transpose("time", "receptor", "source").to_numpy()
    response = block[:, :, [held.index(name) for name in sources]].astype(float) * MICROGRAMS
    activity = own["activity"].transpose("time", "source").to_numpy().astype(float)[:, present]
    response *= activity[:, None, :]
    classes = _classes(attribution, sources)
    bias = draws["dispersion_bias"].transpose("draw", "source").to_numpy().astype(float)[:, present]
    blind = own["emission_blind"].transpose("draw", "source").to_numpy().astype(float)[:, present]
    served = np.isfinite(response).any(axis=(1, 2))
    windy = windy_hours(operator, weather, options)
    return Field(
        pollutant=pollutant,
        sources=sources,
        stations=stations,
        times=times,
        emission=rates[:, present],
        blind=blind,
        apparent=rates[:, present] * bias,
        response=response,
        value=_readings(observations, pollutant, times, stations),
        light=np.zeros(len(times), bool) if windy is None else served & ~windy,
        classes=classes,
        options=options,
    )


def _classes(attribution: Attribution, sources: list[str]) -> NDArray[np.int64]:
    table = attribution.diagnostics["classes"].set_index("source_id")["class"]
    return np.array([int(table[name] == "stack") for name in sources], np.int64)


def _readings(
    observations: pd.DataFrame, pollutant: str, times: pd.DatetimeIndex, stations: list[str]
) -> Array:
    readings, _invalid = hourly_readings(observations, pollutant)
    made = np.full((len(times), len(stations)), np.nan)
    hour = times.get_indexer(pd.DatetimeIndex(readings["time_start"]).as_unit("us"))
    place = pd.Index(stations).get_indexer(readings["station_id"])
    inside = (hour >= 0) & (place >= 0)
    made[hour[inside], place[inside]] = readings["value"].to_numpy(float)[inside]
    return made
