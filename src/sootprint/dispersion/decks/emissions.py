"""Emission of each source in each hour of a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.dispersion.decks.calendar import Hours, factors
from sootprint.dispersion.decks.deck import Deck
from sootprint.dispersion.decks.series import HourlyEmissions, read_hourly_emissions

SMALLEST_VELOCITY = 1.0e-5
"""Exit velocity that stands for none [m s⁻¹]: a rise needs one above 0."""


@dataclass(frozen=True)
class EmissionRates:
    """Emission of sources hour by hour, arrays of shape (hour, source).

    ``rate`` [g s⁻¹], of polygons and lines [g s⁻¹ m⁻²]; ``exit_temperature_k`` [K] as in the deck: 0 that of
    the air, below 0 its excess over the air; ``exit_velocity_m_s`` [m s⁻¹]; ``height_m``, ``sigma_y_m``,
    ``sigma_z_m`` [m].
    """

    rate: NDArray[np.float64]
    exit_temperature_k: NDArray[np.float64]
    exit_velocity_m_s: NDArray[np.float64]
    height_m: NDArray[np.float64]
    sigma_y_m: NDArray[np.float64]
    sigma_z_m: NDArray[np.float64]


_COLUMNS = {
    "temperature": "exit_temperature_k",
    "velocity": "exit_velocity_m_s",
    "height": "height_m",
    "sigma_y": "sigma_y_m",
    "sigma_z": "sigma_z_m",
}


def emission_rates(deck: Deck, hours: Hours, hourly: HourlyEmissions | None = None) -> EmissionRates:
    """Emission of each source in each hour.

    Parameters
    ----------
    deck : Deck
        Its sources, emission factors and hourly files.
    hours : Hours
        The hours, in local standard time.
    hourly : HourlyEmissions, optional
        The hourly files where they were read before; by default they are read.

    Returns
    -------
    EmissionRates
        The rate of SRCPARAM times the factor of EMISFACT, or the rate of HOUREMIS, which brings its own
        temperature and velocity.

    Raises
    ------
    InputError
        If an hourly file is faulty or lacks an hour.
    """
    count = len(hours.hour)
    made = {
        name: np.tile([getattr(source, field) for source in deck.sources], (count, 1)).astype(float)
        for name, field in {"rate": "emission_rate", **{v: v for v in _COLUMNS.values()}}.items()
    }
    limits = deck.weather.speed_limits
    for index, source in enumerate(deck.sources):
        if source.variation is not None:
            made["rate"][:, index] *= factors(source.variation, hours, limits)
    if any(source.hourly for source in deck.sources):
        hourly = hourly or read_hourly_emissions(deck)
        stamps = hours.stamps()
        for index, series in hourly.series.items():
            values = series.at(stamps, hourly.files[index])
            made["rate"][:, index] = values[:, 0]
            for column, name in enumerate(hourly.columns[index], start=1):
                if name in _COLUMNS:
                    made[_COLUMNS[name]][:, index] = values[:, column]
    return EmissionRates(**made)
