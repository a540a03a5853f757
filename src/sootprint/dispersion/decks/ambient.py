"""Background and ozone of each hour of a run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.dispersion.decks.calendar import Hours, factors
from sootprint.dispersion.decks.deck import Deck, Sectored
from sootprint.dispersion.decks.series import HourlySeries, read_series, shown
from sootprint.dispersion.nitrogen import FLOOR_HOURS, ugm3, with_nocturnal_limit

LARGEST_OZONE = 900.0
"""Readings of ozone from this one on, in the unit of the file, are missing."""

NO_SECTOR = -1


def sector_of(direction: NDArray[np.float64], starts: tuple[float, ...]) -> NDArray[np.intp]:
    """Index of the sector that the wind blows toward, −1 where the direction is missing.

    Parameters
    ----------
    direction : array
        Where the wind comes from [degree].
    starts : tuple of float
        Directions at which sectors begin, clockwise; the last one reaches round to the first.
    """
    if len(starts) == 1:
        return np.zeros(len(direction), dtype=np.intp)
    toward = np.mod(np.nan_to_num(direction) + 180.0, 360.0)
    found = np.searchsorted(np.asarray(starts), toward, side="right") - 1
    found = np.where(found < 0, len(starts) - 1, found)
    return np.where(np.isnan(direction), NO_SECTOR, found).astype(np.intp)


def background_series(deck: Deck, hours: Hours) -> NDArray[np.float64]:
    """Background of each hour [µg m⁻³], shape (hour,); 0 in a calm or missing hour of sectors.

    A reading below 0 of an hourly file is missing, for which the table of the deck stands in.

    Raises
    ------
    InputError
        If a missing reading has no table to stand in, or the file lacks an hour.
    """
    if deck.background is None:
        return np.zeros(len(hours.hour))
    unit = deck.background.unit
    tables = _tables(deck, deck.background, hours)
    tables = np.array([ugm3(row, unit, deck.pollutant) for row in tables])
    sector = sector_of(hours.wind_from_direction, deck.background.starts)
    made = np.zeros(len(sector))
    for index, file in enumerate(deck.background.files):
        here = sector == index
        made[here] = tables[index][here]
        if file is None or not here.any():
            continue
        readings = read_series(file).at(hours.stamps()[here], file)
        given = readings >= 0
        if not given.all() and deck.background.variations[index] is None:
            first = int(hours.stamps()[here][~given][0])
            raise InputError(
                f"the background of {shown(first)} is missing",
                where=f"{file.path.name}, named at {file.where}",
                cure="fill it, or add a table of BACKGRND to stand in",
            )
        made[here] = np.where(given, ugm3(readings, unit, deck.pollutant), made[here])
    return np.nan_to_num(made)


def ozone_series(deck: Deck, hours: Hours) -> NDArray[np.float64]:
    """Ozone of each hour [µg m⁻³], shape (hour,); NaN where it is not known.

    A reading below 0, or of 900 and more, is missing, for which table or value of the deck stand in.
    Readings of files have the lower limit of stable hours (see
    :func:`sootprint.dispersion.nitrogen.with_nocturnal_limit`) unless the deck switches it off.

    Raises
    ------
    InputError
        If a file is faulty or lacks an hour.
    """
    if deck.ozone is None:
        return np.full(len(hours.hour), np.nan)
    tables = ugm3(_tables(deck, deck.ozone, hours), deck.ozone.unit, "O3")
    sector = sector_of(hours.wind_from_direction, deck.ozone.starts)
    hourly_files = any(file is not None for file in deck.ozone.files)
    made = np.full(len(sector), np.nan if hourly_files else 0.0)
    made[sector == NO_SECTOR] = np.nan
    for index, file in enumerate(deck.ozone.files):
        here = sector == index
        standing_in = np.where(np.isnan(tables[index]), deck.ozone.constants[index], tables[index])
        made[here] = standing_in[here]
        if file is None:
            continue
        series = read_series(file)
        readings = _known_ozone(series.at(hours.stamps(), file), file.unit)
        if deck.nitrogen.nocturnal_ozone:
            readings = _limited(series, file.unit, readings, hours)
        made[here] = np.where(np.isnan(readings), standing_in, readings)[here]
    return made


def _known_ozone(readings: NDArray[np.float64], unit: str) -> NDArray[np.float64]:
    given = (readings >= 0) & (readings < LARGEST_OZONE)
    return np.where(given, ugm3(readings, unit, "O3"), np.nan)


def _limited(
    series: HourlySeries, unit: str, readings: NDArray[np.float64], hours: Hours
) -> NDArray[np.float64]:
    """Readings with their lower limit, to which those of the day before the run contribute."""
    first = int(np.searchsorted(series.stamps, hours.stamps()[0])) if len(readings) else 0
    before = slice(max(0, first - FLOOR_HOURS), first)
    count = first - before.start
    made = with_nocturnal_limit(
        np.concatenate([_known_ozone(series.values[before], unit), readings]),
        np.concatenate([np.full(count, np.nan), hours.obukhov_length]),
        np.concatenate([series.stamps[before] % 100, hours.hour]).astype(np.intp),
    )
    return made[count:]


def _tables(deck: Deck, sectored: Sectored, hours: Hours) -> NDArray[np.float64]:
    """Values of the tables of each sector, shape (sector, hour), NaN where there is no table."""
    rows = []
    for variation in sectored.variations:
        if variation is None:
            rows.append(np.full(len(hours.hour), np.nan))
        else:
            rows.append(factors(variation, hours, deck.weather.speed_limits))
    return np.array(rows)
