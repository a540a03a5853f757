"""Declared mean emission rates: what attribution compares with what was measured."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sootprint.core.constants import SECONDS_PER_YEAR
from sootprint.core.errors import InputError

HOURS_PER_YEAR = SECONDS_PER_YEAR / 3600.0
"""Hours of a year of 365 days [h]."""

COLUMNS = {
    "source_id": "string",
    "pollutant": "string",
    "basis": "string",
    "rate_g_s": "float64",
    "maximum_g_s": "float64",
    "annual_t": "float64",
    "origin": "string",
    "validity_share": "float64",
    "relative_uncertainty": "float64",
    "time_profile": "string",
    "mark": "string",
}


def mean_rates(
    emissions: pd.DataFrame,
    period: tuple[pd.Timestamp, pd.Timestamp] | None = None,
    *,
    sources: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Declared mean rate of each source, pollutant and basis over a period.

    The g/s of a legal inventory is the maximum while working, not a mean. So the mean rate is, in this
    order: ``annual_t`` spread over 365 days (``origin`` = ``annual``); else ``rate_g_s`` times declared
    working hours / 8760 (``hours``); else ``rate_g_s`` itself, an upper bound (``maximum``).
    Rows of one key with different validity are averaged over the part of the period they cover.

    Parameters
    ----------
    emissions : DataFrame
        Table ``emissions``.
    period : (start, end), optional
        UTC; rows valid in no part of it are left out. By default all rows, those of one key weighing equal.
    sources : DataFrame, optional
        Table ``sources``, for ``hours_per_year``.

    Returns
    -------
    DataFrame
        source_id, pollutant, basis, rate_g_s (mean) [g s⁻¹], maximum_g_s (the declared g/s) [g s⁻¹],
        annual_t [t yr⁻¹], origin, validity_share (share of the period that the rows cover, at most 1) [1],
        relative_uncertainty [1], time_profile, mark; sorted by key. Rows without g/s and t/yr are left out,
        since they declare nothing.

    Raises
    ------
    InputError
        If the period is empty.
    """
    rows = emissions.loc[emissions["rate_g_s"].notna() | emissions["annual_t"].notna()].copy()
    rows["weight"] = _validity(rows, period)
    rows = rows.loc[rows["weight"] > 0]
    if rows.empty:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})
    annual = rows["annual_t"] * 1e6 / SECONDS_PER_YEAR
    hours = pd.Series(np.nan, index=rows.index)
    if sources is not None:
        declared = sources.drop_duplicates("source_id").set_index("source_id")["hours_per_year"]
        hours = rows["source_id"].map(declared).astype(float)
    working = rows["rate_g_s"] * hours / HOURS_PER_YEAR
    rows["mean"] = annual.where(annual.notna(), working.where(working.notna(), rows["rate_g_s"]))
    rows["origin"] = np.where(annual.notna(), "annual", np.where(working.notna(), "hours", "maximum"))
    made = [_one(key, group) for key, group in rows.groupby(["source_id", "pollutant", "basis"], sort=True)]
    return pd.DataFrame(made)[list(COLUMNS)].astype(COLUMNS)


def _validity(rows: pd.DataFrame, period: tuple[pd.Timestamp, pd.Timestamp] | None) -> pd.Series:
    if period is None:
        return pd.Series(1.0, index=rows.index)
    start, end = (pd.Timestamp(moment) for moment in period)
    if not start < end:
        raise InputError(f"the period from {start} to {end} is empty", cure="a start before its end")
    first = rows["valid_from"].fillna(start).clip(lower=start)
    last = rows["valid_to"].fillna(end).clip(upper=end)
    return ((last - first) / (end - start)).clip(lower=0.0)


def _one(key: tuple[str, str, str], group: pd.DataFrame) -> dict[str, object]:
    weight = group["weight"].to_numpy(float)
    first = group.iloc[0]
    return {
        "source_id": key[0],
        "pollutant": key[1],
        "basis": key[2],
        "rate_g_s": float(np.average(group["mean"].to_numpy(float), weights=weight)),
        "maximum_g_s": group["rate_g_s"].max(),
        "annual_t": _weighted(group["annual_t"].to_numpy(float), weight),
        "origin": "mixed" if len(set(group["origin"])) > 1 else first["origin"],
        "validity_share": min(1.0, float(weight.sum())),
        "relative_uncertainty": group["relative_uncertainty"].max(),
        "time_profile": first["time_profile"],
        "mark": first["mark"],
    }


def _weighted(values: np.ndarray, weight: np.ndarray) -> float:
    known = np.isfinite(values)
    return float(np.average(values[known], weights=weight[known])) if known.any() else np.nan
