"""Sectors that the pollution comes from: what can be said where no inventory is known."""

from __future__ import annotations

from dataclasses import dataclass

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
from sootprint.attribution.directional.compass import check_sectors, circular_runs, run_name, sector_middle
from sootprint.attribution.directional.joining import CALM_SPEED, served
from sootprint.attribution.directional.roses import _classes, _stack

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SectorOptions:
    """Settings of `directional_sectors`.

    Attributes
    ----------
    sectors : int
        Number of sectors, the first centred on north.
    calm_speed : float
        Speed under which the direction is not used [m s⁻¹].
    percentile : float
        Percentile of the hourly readings over which an hour counts as high [%].
    minimum_hours, minimum_days : int
        Hours and different days that a sector must hold before it can be named.
    false_alarm : float
        Chance that any sector is named where the direction has no influence; shared by all sectors.
    block_days, draws, seed : int
        Length of a bootstrap block [days], draws and seed.
    """

    sectors: int = 16
    calm_speed: float = CALM_SPEED
    percentile: float = 90.0
    minimum_hours: int = 24
    minimum_days: int = 10
    false_alarm: float = 0.10
    block_days: int = 1
    draws: int = 4000
    seed: int = 0


def directional_sectors(joined: pd.DataFrame, *, options: SectorOptions | None = None) -> pd.DataFrame:
    """Sectors from which more pollution comes than their share of hours, with interval and statement.

    The enrichment of a set of hours is its share of the summed concentration over its share of hours. A
    sector is named if the lower bound of its enrichment by block bootstrap over days is over 1 at the
    level ``false_alarm / sectors`` (Bonferroni, since all sectors are looked at); neighbours are joined.
    The interval of a joined run is the plain 90 % one, and tends to be high, for the run was chosen by
    the same data. Calm hours are a row of their own, and so are all other directions.

    A sector says where the air was blown from in that hour. In a valley the wind follows the valley, so
    the source need not lie on the straight line.

    Parameters
    ----------
    joined : DataFrame
        Result of `join_hourly`.
    options : SectorOptions, optional
        Settings.

    Returns
    -------
    DataFrame
        Table ``directional_sectors``: for each post and pollutant the runs by falling share of the summed
        concentration, then ``calm``, then ``other directions``; hours and shares add up. A post whose sum
        is not positive has no rows.

    Raises
    ------
    InputError
        If the number of sectors is not from 4 to 72.
    """
    options = options or SectorOptions()
    check_sectors(options.sectors)
    tables = []
    for (station, pollutant), group in served(joined).groupby(["station_id", "pollutant"], sort=True):
        if group["value_ugm3"].sum() > 0:
            tables.append(_post(str(station), str(pollutant), group, options))
    return _stack(tables, "directional_sectors")


def _post(station: str, pollutant: str, group: pd.DataFrame, options: SectorOptions) -> pd.DataFrame:
    count = options.sectors
    value = np.maximum(group["value_ugm3"].to_numpy(float), 0.0)
    number = _classes(group, count, options.calm_speed)
    blocks = block_numbers(group["day_local"], options.block_days)
    hours = block_sums(blocks, number, count + 1, np.ones(len(value)))
    dose = block_sums(blocks, number, count + 1, value)
    rng = group_rng(options.seed, station, pollutant)
    hours_draws, dose_draws = resampled([hours, dose], options.draws, rng)
    marked = _marked(hours, hours_draws, dose_draws, options)
    runs = circular_runs(marked)
    runs.sort(key=lambda run: -dose[:, run].sum())
    rest = [number for number in range(count) if not marked[number]]
    threshold = float(np.percentile(value, options.percentile))
    wholes = [*((run, "run") for run in runs), ([count], "calm"), (rest, "other")]
    rows = []
    for members, kind in wholes:
        held = np.isin(number, members)
        if kind != "run" and not held.any():
            continue
        enrichment = _enrichment(hours_draws, dose_draws, members)
        row = _row(members, kind, group.loc[held], value[held], value, threshold, options)
        low, high = interval(enrichment[:, None])
        row |= {"station_id": station, "pollutant": pollutant}
        row |= {"enrichment_q05": float(low[0]), "enrichment_q95": float(high[0])}
        row["statement"] = _statement(row, kind, bool(runs), options)
        rows.append(row)
    return pd.DataFrame(rows)


def _enrichment(hours: Array, dose: Array, members: list[int]) -> Array:
    """Share of the sum over share of the hours of some classes, in every draw."""
    with np.errstate(invalid="ignore", divide="ignore"):
        dose_share = dose[:, members].sum(axis=1) / dose.sum(axis=1)
        return dose_share / (hours[:, members].sum(axis=1) / hours.sum(axis=1))


def _marked(hours: Array, hours_draws: Array, dose_draws: Array, options: SectorOptions) -> NDArray[np.bool_]:
    """Sectors whose enrichment is over 1 beyond chance."""
    level = options.false_alarm / options.sectors
    marked = np.zeros(options.sectors, dtype=bool)
    for number in range(options.sectors):
        own = hours[:, number]
        enough = own.sum() >= options.minimum_hours
        if not enough or (own > 0).sum() * options.block_days < options.minimum_days:
            continue
        samples = _enrichment(hours_draws, dose_draws, [number])
        marked[number] = np.nanquantile(samples, level) > 1.0
    return marked


def _row(
    members: list[int],
    kind: str,
    rows: pd.DataFrame,
    own: Array,
    value: Array,
    threshold: float,
    options: SectorOptions,
) -> dict[str, object]:
    """Shares, median speed of high hours and hour of the largest mean."""
    hours_share, dose_share = len(own) / len(value), float(own.sum() / value.sum())
    high = own > threshold
    by_hour = pd.Series(own).groupby(rows["hour_local"].to_numpy(int)).agg(["mean", "size"])
    by_hour = by_hour.loc[by_hour["size"] >= 5]
    ends = sector_middle([members[0], members[-1]], options.sectors) if kind == "run" else [np.nan, np.nan]
    half = 180.0 / options.sectors
    label = {"calm": "calm", "other": "other directions"}.get(kind) or run_name(ends[0], ends[1])
    return {
        "sector_label": label,
        "sector_from_deg": (ends[0] - half) % 360.0,
        "sector_to_deg": (ends[1] + half) % 360.0,
        "hours": len(own),
        "hours_share": hours_share,
        "dose_share": min(dose_share, 1.0),
        "enrichment": dose_share / hours_share,
        "speed_median": float(np.median(rows["wind_speed"].to_numpy(float)[high])) if high.any() else np.nan,
        "peak_hour_local": int(by_hour["mean"].idxmax()) if len(by_hour) else pd.NA,
    }


def _statement(row: dict[str, object], kind: str, any_run: bool, options: SectorOptions) -> str:
    """What a row shows, in a sentence that claims no more than it shows."""
    share = f"({float(str(row['hours_share'])):.0%} of hours)".replace("%", " %")
    dose = f"{float(str(row['dose_share'])):.0%}".replace("%", " %")
    ratio = (
        f"{float(str(row['enrichment'])):.1f} times their share "
        f"[{float(str(row['enrichment_q05'])):.1f}, {float(str(row['enrichment_q95'])):.1f}]"
    )
    carry = f"carry {dose} of the summed {row['pollutant']} at {row['station_id']}, {ratio}"
    calm = f"{options.calm_speed:g} m/s"
    if kind == "run":
        when = _when(row)
        return (
            f"Hours with wind from {row['sector_label']} {share} {carry}{when}: support for a source in that "
            "sector, or up the valley that leads the wind from there; the direction is uncertain in light "
            f"wind, and hours under {calm} are not in it."
        )
    if kind == "calm":
        return (
            f"Calm hours under {calm} {share} {carry}; they have no direction and support no sector: the air "
            "may have gathered from any source nearby."
        )
    if any_run:
        return f"Hours with wind from all other directions {share} {carry}."
    return (
        f"No direction sector stands out beyond chance; hours with wind from any direction {share} {carry}."
    )


def _when(row: dict[str, object]) -> str:
    parts = []
    if np.isfinite(float(str(row["speed_median"]))):
        parts.append(f"high hours at a median speed of {float(str(row['speed_median'])):.1f} m/s")
    if row["peak_hour_local"] is not pd.NA:
        parts.append(f"largest mean at {int(str(row['peak_hour_local'])):02d}:00 local time")
    return f" ({'; '.join(parts)})" if parts else ""
