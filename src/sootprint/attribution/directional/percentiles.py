"""Percentile rose: percentiles and mean of the concentration by wind direction, with intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.directional.bootstrap import block_numbers, group_rng, interval
from sootprint.attribution.directional.compass import check_sectors, sector_middle
from sootprint.attribution.directional.joining import CALM_SPEED, served
from sootprint.attribution.directional.roses import _classes, _stack
from sootprint.core.errors import InputError

Array = NDArray[np.float64]

PERCENTILES = (0.0, 25.0, 50.0, 75.0, 90.0, 95.0)
"""Usual percentiles of a rose [%]."""


def percentile_rose(
    joined: pd.DataFrame,
    *,
    sectors: int = 36,
    percentiles: Sequence[float] = PERCENTILES,
    calm_speed: float = CALM_SPEED,
    block_days: int = 1,
    draws: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """Percentiles and mean of the concentration by direction.

    Percentiles are linear between order statistics (type 7 of Hyndman and Fan 1996,
    doi:10.1080/00031305.1996.10473566). The 90 % interval is a block bootstrap over days; that of a
    percentile near 0 or 100 is narrow, for a bootstrap cannot see past the readings.

    Parameters
    ----------
    joined : DataFrame
        Result of `join_hourly`.
    sectors : int
        Number of sectors, the first centred on north.
    percentiles : sequence of float
        Percentiles [%].
    calm_speed : float
        Speed under which the direction is not used [m s⁻¹]; those hours are rows without a sector.
    block_days, draws, seed : int
        Length of a bootstrap block [days], draws (none give no intervals) and seed.

    Returns
    -------
    DataFrame
        Table ``percentile_rose``: a row a sector and percentile, and one for the mean.

    Raises
    ------
    InputError
        If a percentile is not from 0 to 100 or the number of sectors is not from 4 to 72.
    """
    check_sectors(sectors)
    wanted = np.asarray(percentiles, dtype=float)
    if len(wanted) == 0 or wanted.min() < 0 or wanted.max() > 100:
        raise InputError(f"percentiles {wanted.tolist()}", rule="from 0 to 100", cure="0, 25, 50, 75, 95")
    tables = []
    for (station, pollutant), group in served(joined).groupby(["station_id", "pollutant"], sort=True):
        value = group["value_ugm3"].to_numpy(float)
        number = _classes(group, sectors, calm_speed)
        blocks = block_numbers(group["day_local"], block_days)
        rng = group_rng(seed, str(station), str(pollutant))
        count = int(blocks.max()) + 1
        picks = rng.multinomial(count, np.full(count, 1.0 / count), size=draws)
        for sector, middle in enumerate([*sector_middle(np.arange(sectors), sectors), np.nan]):
            held = number == sector
            tables.append(
                _sector(value[held], picks[:, blocks[held]], wanted).assign(
                    station_id=station, pollutant=pollutant, sector_deg=middle
                )
            )
    return _stack(tables, "percentile_rose")


def _sector(value: Array, picks: NDArray[np.int64], wanted: Array) -> pd.DataFrame:
    """Rows of one sector: the percentiles, then the mean with no percentile."""
    size = len(wanted) + 1
    point, low, high = (np.full(size, np.nan) for _ in range(3))
    if len(value):
        order = np.argsort(value, kind="stable")
        point[:-1], point[-1] = np.percentile(value, wanted), value.mean()
        samples = _resampled(value[order], picks[:, order].astype(float), wanted)
        low, high = interval(samples)
    statistic = ["percentile"] * len(wanted) + ["mean"]
    return pd.DataFrame(
        {
            "statistic": statistic,
            "percentile": [*wanted, np.nan],
            "hours": len(value),
            "value_ugm3": point,
            "value_q05": low,
            "value_q95": high,
        }
    )


def _resampled(ordered: Array, counts: Array, wanted: Array) -> Array:
    """Percentiles and mean of the hours repeated as often as they were drawn; shape (draw, statistic)."""
    reached = np.cumsum(counts, axis=1)
    total = reached[:, -1]
    made = np.full((len(counts), len(wanted) + 1), np.nan)
    for row in np.flatnonzero(total > 0):
        place = (total[row] - 1.0) * wanted / 100.0
        low = np.floor(place)
        below = ordered[np.searchsorted(reached[row], low, side="right")]
        above = ordered[np.searchsorted(reached[row], np.minimum(low + 1.0, total[row] - 1.0), side="right")]
        made[row, :-1] = below + (place - low) * (above - below)
        made[row, -1] = counts[row] @ ordered / total[row]
    return made
