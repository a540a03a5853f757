"""Readings and modelled responses of one pollutant as means over the cells that the model compares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.diagnostics.inputs import Inputs
from sootprint.attribution.inverse import Attribution, hourly_readings

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

MICROGRAMS = 1e6
"""Micrograms in a gram: H [s m⁻³] times a rate [g s⁻¹] times this is µg m⁻³."""


@dataclass(frozen=True)
class Hours:
    """Hourly readings of one pollutant that the engine serves.

    Attributes
    ----------
    pollutant : str
        Pollutant.
    sources, stations : list of str
        Identifiers along the axes; only sources that emit the pollutant.
    hour, station : (n,) int arrays
        Place of each reading on the operator's time axis and among ``stations``.
    value : (n,) array
        Readings; the detection limit where ``censored`` [µg m⁻³].
    censored : (n,) bool array
        Readings below the detection limit.
    response : (n, K) array
        Concentration for a mean rate of 1 g s⁻¹, activity included [µg m⁻³ per g s⁻¹].
    """

    pollutant: str
    sources: list[str]
    stations: list[str]
    hour: Whole
    station: Whole
    value: Array
    censored: NDArray[np.bool_]
    response: Array

    def part(self, mask: NDArray[np.bool_] | Whole) -> Hours:
        """Readings of a mask, or at places, alone."""
        return Hours(
            self.pollutant, self.sources, self.stations, self.hour[mask], self.station[mask],
            self.value[mask], self.censored[mask], self.response[mask],
        )  # fmt: skip


@dataclass(frozen=True)
class Cells:
    """Means over cells of some hours of one post, in the order of post and time.

    Attributes
    ----------
    station, number : (m,) int arrays
        Post, and place of the cell in time.
    middle : (m,) array
        Middle of the cell [h from the first hour of the operator].
    size : (m,) array
        Readings in each cell.
    value : (m,) array
        Mean reading [µg m⁻³].
    censored : (m,) bool array
        Cells with a reading below the detection limit, which is then an upper bound.
    response : (m, K) array
        Mean response [µg m⁻³ per g s⁻¹].
    """

    station: Whole
    number: Whole
    middle: Array
    size: Array
    value: Array
    censored: NDArray[np.bool_]
    response: Array

    def part(self, mask: NDArray[np.bool_]) -> Cells:
        """Cells of a mask alone."""
        return Cells(
            self.station[mask], self.number[mask], self.middle[mask], self.size[mask],
            self.value[mask], self.censored[mask], self.response[mask],
        )  # fmt: skip


def served_hours(inputs: Inputs, result: Attribution, pollutant: str) -> Hours:
    """Readings of a pollutant in hours and at posts that the operator serves for all of its sources."""
    emission = result.draws["emission"].sel(pollutant=pollutant)
    sources = [
        str(name)
        for name in emission["source"].to_numpy()[
            np.isfinite(emission.transpose("draw", "source").to_numpy()).all(axis=0)
        ]
    ]
    block = inputs.operator["H"].transpose("time", "receptor", "source").sel(source=sources)
    stations = [str(name) for name in block["receptor"].to_numpy()]
    readings, _ = hourly_readings(inputs.observations, pollutant)
    hour = inputs.times.get_indexer(pd.DatetimeIndex(readings["time_start"]).as_unit("us"))
    station = pd.Index(stations).get_indexer(readings["station_id"])
    placed = (hour >= 0) & (station >= 0)
    hour, station = hour[placed].astype(np.int64), station[placed].astype(np.int64)
    response = block.to_numpy()[hour, station].astype(float) * MICROGRAMS
    activity = result.draws["activity"].sel(pollutant=pollutant, source=sources)
    response *= activity.transpose("time", "source").to_numpy()[hour]
    served = np.isfinite(response).all(axis=1)
    made = Hours(
        pollutant, sources, stations, hour, station,
        readings["value"].to_numpy(float)[placed],
        readings["censored"].to_numpy(bool)[placed], response,
    ).part(served)  # fmt: skip
    return made.part(np.lexsort((made.hour, made.station)))


def cells_of(hours: Hours, cell_hours: int) -> Cells:
    """Means over cells of ``cell_hours`` of one post."""
    count = int(hours.hour.max() // cell_hours + 1) if len(hours.hour) else 1
    label = hours.station * count + hours.hour // cell_hours
    unique, place, size = np.unique(label, return_inverse=True, return_counts=True)
    station, number = np.divmod(unique, count)
    response = np.zeros((len(unique), hours.response.shape[1]))
    np.add.at(response, place, hours.response)
    return Cells(
        station=station,
        number=number,
        middle=(number + 0.5) * cell_hours,
        size=size.astype(float),
        value=np.bincount(place, hours.value, minlength=len(unique)) / size,
        censored=np.bincount(place, hours.censored, minlength=len(unique)) > 0,
        response=response / size[:, None],
    )


def apparent_rates(result: Attribution, pollutant: str, sources: list[str], count: int) -> Array:
    """Evenly spaced draws of emission × lasting bias, (draw, source) array [g s⁻¹]."""
    draws = result.draws
    rates = draws["emission"].sel(pollutant=pollutant, source=sources).transpose("draw", "source")
    bias = draws["dispersion_bias"].sel(source=sources).transpose("draw", "source")
    made = rates.to_numpy() * bias.to_numpy()
    chosen = np.linspace(0, len(made) - 1, min(count, len(made))).round().astype(np.int64)
    return np.asarray(made[chosen], float)
