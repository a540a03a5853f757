"""Wind roses and pollution roses with the conditional probability function."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.directional.bootstrap import (
    block_numbers,
    block_sums,
    group_rng,
    interval,
    resampled,
)
from sootprint.attribution.directional.compass import check_sectors, sector_middle, sector_number
from sootprint.attribution.directional.joining import CALM_SPEED, hourly_wind, served, without_direction
from sootprint.core import schema
from sootprint.core.errors import InputError

SPEED_EDGES = (1.0, 2.0, 3.0, 5.0, 8.0)
"""Usual edges between classes of wind speed [m s⁻¹]."""


def wind_rose(
    weather: pd.DataFrame,
    *,
    sectors: int = 16,
    speed_edges: Sequence[float] | None = None,
    calm_speed: float = CALM_SPEED,
    closed: Literal["left", "right"] = "left",
    rounded: Literal["spread", "rescale"] = "spread",
) -> pd.DataFrame:
    """Hours by direction sector and class of wind speed, calm hours apart.

    Where a station rounds its directions to 10° and sectors are not whole tens, some sectors would hold
    three tens and others two; there each rounded direction is spread evenly over its ten degrees for
    ``share``, while ``hours`` stays the plain count.

    Parameters
    ----------
    weather : DataFrame
        Table ``weather``.
    sectors : int
        Number of sectors, the first centred on north.
    speed_edges : sequence of float, optional
        Edges between classes of speed [m s⁻¹]; the first class starts at ``calm_speed``. By default those
        of `SPEED_EDGES` over ``calm_speed``.
    calm_speed : float
        Speed under which the direction is not used [m s⁻¹].
    closed : "left" or "right"
        Which edge a class of speed holds; with "right" the first class holds both.
    rounded : "spread" or "rescale"
        What is done about directions rounded to 10°: spread as said, or each sector's hours multiplied by
        the mean number of tens in a sector over its own number. The second is that of the program openair;
        its shares need not add up to 1.

    Returns
    -------
    DataFrame
        Table ``wind_rose``; ``share`` is of all hours with wind and adds up to 1 at a station.

    Raises
    ------
    InputError
        If the edges do not rise from ``calm_speed``.
    """
    check_sectors(sectors)
    if speed_edges is None:
        speed_edges = [edge for edge in SPEED_EDGES if edge > calm_speed]
    lower = np.array([calm_speed, *speed_edges], dtype=float)
    if not np.all(np.diff(lower) > 0):
        raise InputError(f"speed edges {lower.tolist()}", rule="edges rise from the calm threshold")
    last = "≥" if closed == "left" else ">"
    names = [f"{a:g}–{b:g}" for a, b in itertools.pairwise(lower)] + [f"{last} {lower[-1]:g}"]
    wind = hourly_wind(weather)
    wind = wind.loc[wind["wind_from_direction"].notna() | (wind["wind_speed"] < calm_speed)]
    rows: list[dict[str, object]] = []
    for station, group in wind.groupby("station_id", sort=True):
        speed = group["wind_speed"].to_numpy(float)
        direction = group["wind_from_direction"].to_numpy(float)
        calm = speed < calm_speed
        total = len(group)
        blown = direction[~calm]
        side: Literal["left", "right"] = "right" if closed == "left" else "left"
        klass = np.maximum(np.searchsorted(lower, speed[~calm], side=side) - 1, 0)
        hours = np.zeros((sectors, len(lower)))
        np.add.at(hours, (sector_number(blown, sectors), klass), 1.0)
        correct = _spread_hours if rounded == "spread" else _rescaled_hours
        spread = correct(blown, klass, sectors, len(lower))
        rows.append(_rose_row(station, np.nan, "calm", 0.0, int(calm.sum()), calm.sum() / total))
        rows += [
            _rose_row(station, middle, names[c], lower[c], int(hours[s, c]), spread[s, c] / total)
            for s, middle in enumerate(sector_middle(np.arange(sectors), sectors))
            for c in range(len(lower))
        ]
    return schema.check(pd.DataFrame(rows), "wind_rose")


def _rose_row(
    station: object, sector: float, name: str, lower: float, hours: int, share: float
) -> dict[str, object]:
    return {
        "station_id": station,
        "sector_deg": sector,
        "speed_class": name,
        "speed_from": lower,
        "hours": hours,
        "share": share,
    }


def _spread_hours(
    direction: NDArray[np.float64], klass: NDArray[np.int64], sectors: int, classes: int
) -> NDArray[np.float64]:
    """Hours by sector and class, directions rounded to 10° spread over their ten degrees."""
    made = np.zeros((sectors, classes))
    tens = np.isclose(direction % 10.0, 0.0)
    uneven = len(direction) > 0 and tens.mean() > 0.95 and (360.0 / sectors) % 10.0 != 0.0
    if not uneven:
        np.add.at(made, (sector_number(direction, sectors), klass), 1.0)
        return made
    parts = 72
    for part in range(parts):
        shifted = direction + np.where(tens, -5.0 + 10.0 * (part + 0.5) / parts, 0.0)
        np.add.at(made, (sector_number(shifted % 360.0, sectors), klass), 1.0 / parts)
    return made


def _rescaled_hours(
    direction: NDArray[np.float64], klass: NDArray[np.int64], sectors: int, classes: int
) -> NDArray[np.float64]:
    """Hours by sector and class over the tens in the sector, where all directions are whole tens."""
    made = np.zeros((sectors, classes))
    np.add.at(made, (sector_number(direction, sectors), klass), 1.0)
    if np.all(direction % 10.0 == 0.0):
        tens = np.bincount(sector_number(np.arange(10.0, 361.0, 10.0), sectors), minlength=sectors)
        # with sectors under 10° some hold no ten, and no hours
        made *= (tens[tens > 0].mean() / np.maximum(tens, 1))[:, None]
    return made


def pollution_rose(
    joined: pd.DataFrame,
    *,
    sectors: int = 16,
    percentile: float = 90.0,
    thresholds: Mapping[tuple[str, str], float] | None = None,
    calm_speed: float = CALM_SPEED,
    block_days: int = 1,
    draws: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Concentration by direction, with the conditional probability function and its interval.

    CPF(θ) = m(θ) / n(θ): of the n hours with wind from sector θ, the share m / n whose concentration is
    over a high percentile of the post's own hours, or over a stated level (Ashbaugh, Malm and Sadeh 1985,
    Atmos. Environ. 19, 1263–1270, doi:10.1016/0004-6981(85)90256-2). Without any influence of direction it is
    the share of all hours, 1 − percentile/100, in every sector. The 90 % interval is a block bootstrap over
    days with the threshold held: a binomial interval would take the hours of one smoggy day for independent
    witnesses.

    Parameters
    ----------
    joined : DataFrame
        Result of `join_hourly`.
    sectors : int
        Number of sectors, the first centred on north.
    percentile : float
        Percentile of the hourly readings that is the threshold [%].
    thresholds : mapping of (post, pollutant) to float, optional
        Thresholds that take the place of the percentile, as the level of a norm [µg m⁻³].
    calm_speed : float
        Speed under which the direction is not used [m s⁻¹]; those hours are a row without a sector.
    block_days : int
        Length of a block [days].
    draws, seed : int
        Bootstrap draws and seed.

    Returns
    -------
    DataFrame
        Table ``pollution_rose``, ``sectors + 1`` rows a post and pollutant; mean and CPF are missing in a
        sector without hours.

    Raises
    ------
    InputError
        If the percentile is not between 0 and 100 or the number of sectors is not from 4 to 72.
    """
    check_sectors(sectors)
    if not 0.0 < percentile < 100.0:
        raise InputError(f"percentile {percentile:g}", rule="between 0 and 100", cure="for example 90")
    tables = []
    for (station, pollutant), group in served(joined).groupby(["station_id", "pollutant"], sort=True):
        value = group["value_ugm3"].to_numpy(float)
        number = _classes(group, sectors, calm_speed)
        stated = (thresholds or {}).get((str(station), str(pollutant)))
        threshold = float(np.percentile(value, percentile)) if stated is None else float(stated)
        blocks = block_numbers(group["day_local"], block_days)
        n = block_sums(blocks, number, sectors + 1, np.ones(len(value)))
        m = block_sums(blocks, number, sectors + 1, (value > threshold).astype(float))
        dose = np.bincount(number, weights=value, minlength=sectors + 1).astype(float)
        hours = n.sum(axis=0)
        n_draws, m_draws = resampled([n, m], draws, group_rng(seed, str(station), str(pollutant)))
        with np.errstate(invalid="ignore", divide="ignore"):
            low, high = interval(m_draws / n_draws)
            mean, cpf = dose / hours, m.sum(axis=0) / hours
        total = dose.sum()
        tables.append(
            pd.DataFrame(
                {
                    "station_id": station,
                    "pollutant": pollutant,
                    "sector_deg": [*sector_middle(np.arange(sectors), sectors), np.nan],
                    "hours": hours.astype(int),
                    "mean_ugm3": mean,
                    "dose_share": _shares(dose, total),
                    "cpf": cpf,
                    "cpf_q05": low,
                    "cpf_q95": high,
                    "threshold_ugm3": threshold,
                }
            )
        )
    return _stack(tables, "pollution_rose")


def concentration_rose(
    joined: pd.DataFrame,
    *,
    edges: Sequence[float] | None = None,
    sectors: int = 16,
    calm_speed: float = CALM_SPEED,
) -> pd.DataFrame:
    """Hours by direction sector and class of concentration: what openair's ``pollutionRose`` counts.

    Parameters
    ----------
    joined : DataFrame
        Result of `join_hourly`.
    edges : sequence of float, optional
        Rising edges between classes [µg m⁻³]; by default the quartiles and the 90th and 98th percentile of
        each post and pollutant.
    sectors : int
        Number of sectors, the first centred on north.
    calm_speed : float
        Speed under which the direction is not used [m s⁻¹]; those hours are rows without a sector.

    Returns
    -------
    DataFrame
        Table ``concentration_rose``: a row a sector and class; ``hours_share`` and ``dose_share`` are of
        all hours with wind and reading, and each adds up to 1 at a post.

    Raises
    ------
    InputError
        If the edges do not rise or the number of sectors is not from 4 to 72.
    """
    check_sectors(sectors)
    tables = []
    for (station, pollutant), group in served(joined).groupby(["station_id", "pollutant"], sort=True):
        value = group["value_ugm3"].to_numpy(float)
        inner = np.unique(np.percentile(value, [25, 50, 75, 90, 98])) if edges is None else np.array(edges)
        if not np.all(np.diff(inner) > 0):
            raise InputError(f"edges {inner.tolist()}", rule="edges of classes rise")
        classes = len(inner) + 1
        cell = _classes(group, sectors, calm_speed) * classes + np.searchsorted(inner, value, side="left")
        size = (sectors + 1) * classes
        hours = np.bincount(cell, minlength=size)
        dose = np.bincount(cell, weights=value, minlength=size).astype(float)
        middles = [*sector_middle(np.arange(sectors), sectors), np.nan]
        tables.append(
            pd.DataFrame(
                {
                    "station_id": station,
                    "pollutant": pollutant,
                    "sector_deg": np.repeat(middles, classes),
                    "over_ugm3": np.tile([np.nan, *inner], sectors + 1),
                    "up_to_ugm3": np.tile([*inner, np.nan], sectors + 1),
                    "hours": hours,
                    "hours_share": hours / len(value),
                    "dose_share": _shares(dose, dose.sum()),
                }
            )
        )
    return _stack(tables, "concentration_rose")


def _classes(group: pd.DataFrame, sectors: int, calm_speed: float) -> NDArray[np.int64]:
    """Sector number of each hour; ``sectors`` for calm hours."""
    direction = group["wind_from_direction"].to_numpy(float)
    calm = without_direction(group["wind_speed"].to_numpy(float), direction, calm_speed)
    return np.where(calm, sectors, sector_number(direction, sectors))


def _shares(dose: NDArray[np.float64], total: float) -> NDArray[np.float64]:
    """Shares of the summed concentration; missing where negative readings make a share meaningless."""
    if total <= 0 or (dose < 0).any():
        return np.full(len(dose), np.nan)
    return np.minimum(dose / total, 1.0)


def _stack(tables: list[pd.DataFrame], name: str) -> pd.DataFrame:
    return schema.check(pd.concat(tables, ignore_index=True), name) if tables else schema.empty(name)
