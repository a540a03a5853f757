"""What an attribution was made from, so that it can be made again without a part of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.inverse import Attribution, Options, attribute
from sootprint.attribution.inverse.light_wind import windy_hours

if TYPE_CHECKING:
    import xarray as xr

    from sootprint.attribution.diagnostics.options import CheckOptions


@dataclass(frozen=True)
class Inputs:
    """Arguments of `sootprint.attribution.inverse.attribute`, under the same names."""

    operator: xr.Dataset
    observations: pd.DataFrame
    emissions: pd.DataFrame
    episodes: pd.DataFrame
    sources: pd.DataFrame
    zone: str
    activity: pd.DataFrame | None = None
    weather: pd.DataFrame | None = None
    options: Options = field(default_factory=Options)
    seed: int = 0

    def attribute(self) -> Attribution:
        """Attribution of these inputs."""
        return attribute(
            self.operator,
            self.observations,
            self.emissions,
            self.episodes,
            sources=self.sources,
            zone=self.zone,
            activity=self.activity,
            weather=self.weather,
            options=self.options,
            seed=self.seed,
        )

    @property
    def times(self) -> pd.DatetimeIndex:
        """Hours of the operator [UTC]."""
        return pd.DatetimeIndex(self.operator["time"].to_numpy()).as_unit("us")

    def windy(self) -> NDArray[np.bool_]:
        """Hours that rates are inferred from, (time,) array: all of them without weather."""
        made = windy_hours(self.operator, self.weather, self.options)
        return np.ones(len(self.times), bool) if made is None else made

    def wind(self) -> pd.DataFrame:
        """Wind speed [m s⁻¹] and direction it comes from [degrees] of each hour of the operator."""
        columns = ["wind_speed", "wind_from_direction"]
        if self.weather is None:
            return pd.DataFrame(np.nan, index=self.times, columns=columns)
        start = pd.to_datetime(self.weather["time_start"]).astype("datetime64[us]")
        table = self.weather.assign(time_start=start).drop_duplicates("time_start").set_index("time_start")
        return table.reindex(columns=columns).astype(float).reindex(self.times)


def lighter(inputs: Inputs, options: CheckOptions) -> Inputs:
    """The same inputs with fewer draws and without episodes, which no check of a refit reads."""
    fewer = replace(
        inputs.options,
        chains=options.chains,
        warmup=options.warmup,
        sweeps=options.sweeps,
        draws=options.draws,
    )
    return replace(inputs, options=fewer, episodes=inputs.episodes.iloc[:0])


def without_station(inputs: Inputs, station_id: str) -> Inputs:
    """Inputs without the readings of a post; the post stays in the operator."""
    kept = inputs.observations["station_id"].astype(str) != station_id
    return replace(inputs, observations=inputs.observations[kept])


def without_hours(inputs: Inputs, start: pd.Timestamp, end: pd.Timestamp) -> Inputs:
    """Inputs without the readings of all pollutants that begin in [start, end)."""
    begins = pd.to_datetime(inputs.observations["time_start"])
    return replace(inputs, observations=inputs.observations[~((begins >= start) & (begins < end))])


def with_prior_spread(inputs: Inputs, factor: float) -> Inputs:
    """Inputs whose prior has its spreads of ln(true / declared) times a factor.

    A relative uncertainty u stands for a spread σ of the logarithm by ``σ² = ln(1 + u²)``; the spreads of
    plainly wrong and of undeclared rates are scaled alike.
    """
    options = inputs.options

    def scaled(relative: object) -> pd.Series:
        stated = pd.Series(relative).astype(float)
        return np.sqrt(np.expm1(factor**2 * np.log1p(stated**2)))

    emissions = inputs.emissions.assign(relative_uncertainty=scaled(inputs.emissions["relative_uncertainty"]))
    wider = replace(
        options,
        minimum_uncertainty=float(scaled([options.minimum_uncertainty]).iloc[0]),
        wrong_spread=factor * options.wrong_spread,
        wrong_own_spread=factor * options.wrong_own_spread,
        blind_spread=factor * options.blind_spread,
    )
    return replace(inputs, emissions=emissions, options=wider)
