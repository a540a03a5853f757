"""Mass of what the monitors of a stack saw, with the share of the time that they saw it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.timeaxis import to_local, zone_info

KEY = ["region", "organization", "source_name", "pollutant"]


def integrate_mass(
    table: pd.DataFrame,
    *,
    zone: str,
    period: tuple[pd.Timestamp, pd.Timestamp] | None = None,
    include_flat: bool = True,
) -> pd.DataFrame:
    """Mass of each source and substance by local month and year, with the capture.

    ``measured_t`` = Σ rate · duration over the hours with a rate: m = q̄ · t · 3600 / 10⁶, so 10 g/s in 8760 h
    are 315.36 t. It is a lower bound of the mass of the period. ``filled_t`` = ``measured_t`` / ``capture``
    assumes that the hours without a rate emitted the same mean, which is wrong where the instrument was
    silent because the plant stood still, or because it was at its worst. Repeated readings of an interval are
    averaged.

    Parameters
    ----------
    table : DataFrame
        Table ``stack_days`` or ``stack_readings``.
    zone : str
        IANA zone of the months.
    period : (first day, day after the last), optional
        Local days; by default from the first day of a source and substance to its last, so that the capture
        of the first and last month is that of the days in between.
    include_flat : bool
        Whether readings on a flat line count; of ``stack_days``, days with any of them are left out.

    Returns
    -------
    DataFrame
        Table ``stack_mass``.

    Raises
    ------
    InputError
        If the table is neither of the two, or the period is empty.
    """
    zone_info(zone)
    days = _by_day(table, zone, include_flat)
    bounds = None
    if period is not None:
        bounds = (pd.Timestamp(period[0]).floor("D"), pd.Timestamp(period[1]).floor("D"))
        if not bounds[0] < bounds[1]:
            raise InputError(
                f"the period from {bounds[0]} to {bounds[1]} is empty", cure="a start before its end"
            )
        days = days.loc[(days["day"] >= bounds[0]) & (days["day"] < bounds[1])]
    made = []
    for _, group in days.groupby(KEY, sort=True, dropna=False):
        span = bounds or (group["day"].min(), group["day"].max() + pd.Timedelta(days=1))
        for scale, frequency in (("month", "M"), ("year", "Y")):
            made += _periods(group, scale, frequency, span, zone)
    return schema.check(pd.DataFrame(made), "stack_mass")


def _by_day(table: pd.DataFrame, zone: str, include_flat: bool) -> pd.DataFrame:
    """Columns source_id, KEY, day, hours, grams, n_valid, n_flat: one row a day."""
    table = (
        table if "region" in table else table.assign(region=pd.array([pd.NA] * len(table), dtype="string"))
    )
    if "hours_rate" in table:
        days = table if include_flat else table.loc[table["n_flat"] == 0]
        hours, mean = days["hours_rate"].astype(float), days["mean_rate_g_s"].astype(float)
        grams = np.where(hours > 0, mean * hours * 3600.0, 0.0)
        made = days[["source_id", *KEY, "day", "n_valid", "n_flat"]].assign(hours=hours, grams=grams)
    elif "time_start" in table:
        rows = table.loc[table["rate_g_s"].notna() & (include_flat | (table["flag"] != "flat"))]
        flat = rows["flag"].eq("flat").astype(int)
        means = (
            rows.assign(n_flat=flat, n_valid=1)
            .groupby([*KEY, "time_start"], as_index=False, dropna=False)
            .agg(
                source_id=("source_id", "first"),
                rate=("rate_g_s", "mean"),
                seconds=("duration_s", "first"),
                n_valid=("n_valid", "sum"),
                n_flat=("n_flat", "sum"),
            )
        )
        means["day"] = to_local(means["time_start"], zone).dt.floor("D")
        means["grams"] = means["rate"] * means["seconds"]
        means["hours"] = means["seconds"] / 3600.0
        made = means
    else:
        raise InputError("no table stack_days or stack_readings", cure="the tables of read_stack_monitoring")
    made = made.groupby([*KEY, "day"], as_index=False, dropna=False).agg(
        source_id=("source_id", "first"),
        hours=("hours", "sum"),
        grams=("grams", "sum"),
        n_valid=("n_valid", "sum"),
        n_flat=("n_flat", "sum"),
    )
    return made


def _periods(
    group: pd.DataFrame, scale: str, frequency: str, span: tuple[pd.Timestamp, pd.Timestamp], zone: str
) -> list[dict[str, object]]:
    head = group.iloc[0]
    sums = group.groupby(group["day"].dt.to_period(frequency))[["hours", "grams", "n_valid", "n_flat"]].sum()
    made = []
    for part in pd.period_range(span[0], span[1] - pd.Timedelta(days=1), freq=frequency):
        begin = max(part.start_time, span[0])
        end = min((part + 1).start_time, span[1])
        row = sums.loc[part] if part in sums.index else pd.Series(0.0, index=sums.columns)
        hours, total = float(row["hours"]), _hours(begin, end, zone)
        capture = min(hours / total, 1.0)
        tonnes = float(row["grams"]) / 1e6
        made.append(
            {
                **{column: head[column] for column in ("source_id", *KEY)},
                "scale": scale,
                "period_start": begin,
                "period_end": end,
                "hours_rate": hours,
                "hours_total": total,
                "capture": capture,
                "flat_share": float(row["n_flat"] / row["n_valid"]) if row["n_valid"] else np.nan,
                "mean_rate_g_s": tonnes * 1e6 / (hours * 3600.0) if hours else np.nan,
                "measured_t": tonnes,
                "filled_t": tonnes / capture if hours else np.nan,
            }
        )
    return made


def _hours(begin: pd.Timestamp, end: pd.Timestamp, zone: str) -> float:
    info = zone_info(zone)
    first, last = (
        pd.DatetimeIndex([moment]).tz_localize(info, ambiguous=np.array([True]), nonexistent="shift_forward")[
            0
        ]
        for moment in (begin, end)
    )
    return float((last - first).total_seconds() / 3600.0)
