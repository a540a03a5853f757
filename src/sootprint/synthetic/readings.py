"""What the posts report of the true air, with the faults of real posts; and what residents complain of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from sootprint.core import schema
from sootprint.core.timeaxis import to_local
from sootprint.synthetic import layout
from sootprint.synthetic.air import autoregressive

DETECTION_LIMIT = {"SO2": 5.0, "NO2": 4.0, "PM2.5": 2.0, "CO": 100.0}
"""Detection limits of the posts [µg m⁻³]."""

NOISE = {"SO2": 3.0, "NO2": 2.5, "PM2.5": 2.0, "CO": 50.0}
"""Additive standard error of an hourly reading [µg m⁻³]."""

BACKGROUND = {"SO2": 7.0, "NO2": 9.0, "PM2.5": 9.0, "CO": 260.0}
"""Mean of the regional background [µg m⁻³]."""

SPAN_NOISE = 0.06
"""Multiplicative standard error of an hourly reading [1]."""

KINDS = ("smell", "smoke", "dust", "health")
TEXTS = (
    "Synthetic complaint: acrid smell in the yard",
    "Synthetic complaint: smoke over the houses",
    "Synthetic complaint: soot on the window sill",
    "Synthetic complaint: hard to breathe, child coughs",
)


def background(rng: np.random.Generator, time: pd.DatetimeIndex) -> xr.DataArray:
    """Smooth regional background [µg m⁻³], dimensions time, pollutant."""
    values = np.column_stack(
        [level * np.exp(0.22 * autoregressive(rng, len(time), 0.985)) for level in BACKGROUND.values()]
    )
    return xr.DataArray(
        values,
        dims=("time", "pollutant"),
        coords={"time": time, "pollutant": list(BACKGROUND)},
        attrs={"units": "ug m-3", "synthetic": "yes"},
    )


def _gaps(rng: np.random.Generator, n: int) -> np.ndarray:
    """Hours without a reading: single ones and one to three outages of 3–30 hours."""
    lost = rng.random(n) < 0.012
    for _ in range(int(rng.integers(1, 4))):
        begin = int(rng.integers(0, n))
        lost[begin : begin + int(rng.integers(3, 31))] = True
    return lost


def observe(rng: np.random.Generator, truth: xr.DataArray) -> tuple[pd.DataFrame, dict[str, int]]:
    """Table ``observations`` of the true concentrations, and the number of each fault in it.

    Parameters
    ----------
    rng : numpy.random.Generator
    truth : DataArray
        True concentrations [µg m⁻³], dimensions time, station, pollutant.

    Returns
    -------
    observations : DataFrame
        Every post, pollutant and hour; a reading under the detection limit carries the limit as its value
        and the flag ``below_detection``; a lost one is missing.
    faults : dict of str to int
        ``gap_hours``, ``below_detection``, ``stuck_hours``, ``drifting_series``.
    """
    time = pd.DatetimeIndex(truth["time"].values)
    posts = [str(name) for name in truth["station"].values]
    series = [(post, str(pollutant)) for post in posts for pollutant in truth["pollutant"].values]
    chosen = rng.choice(len(series), 3, replace=False)
    drifting = {series[k] for k in chosen[:2]}
    stuck_at = series[chosen[2]]
    outages = {post: _gaps(rng, len(time)) for post in posts}
    pieces, faults = [], {"gap_hours": 0, "below_detection": 0, "stuck_hours": 0, "drifting_series": 0}
    for post, pollutant in series:
        true = truth.sel(station=post, pollutant=pollutant).to_numpy()
        n = len(true)
        gain = np.exp(0.03 * rng.standard_normal() + SPAN_NOISE * rng.standard_normal(n))
        value = true * gain + NOISE[pollutant] * rng.standard_normal(n)
        if (post, pollutant) in drifting:
            value = value * np.linspace(1.0, 1.0 + rng.choice([-0.18, 0.18]), n)
            faults["drifting_series"] += 1
        stuck = np.zeros(n, dtype=bool)
        if (post, pollutant) == stuck_at:
            begin = int(rng.integers(n // 4, n // 2))
            length = int(rng.integers(26, 40))
            stuck[begin : begin + length] = True
            value[stuck] = max(value[begin], 3.0 * DETECTION_LIMIT[pollutant])
        lost = (outages[post] | (rng.random(n) < 0.008)) & ~stuck
        limit = DETECTION_LIMIT[pollutant]
        below = (value < limit) & ~lost
        faults["gap_hours"] += int(lost.sum())
        faults["below_detection"] += int(below.sum())
        faults["stuck_hours"] += int(stuck.sum())
        pieces.append(
            pd.DataFrame(
                {
                    "station_id": post,
                    "pollutant": pollutant,
                    "time_start": time,
                    "duration_s": 3600.0,
                    "value_ugm3": np.where(lost, np.nan, np.round(np.where(below, limit, value), 1)),
                    "flag": np.select([lost, below], ["missing", "below_detection"], "valid"),
                    "detection_limit_ugm3": limit,
                    "source_file": "synthetic",
                }
            )
        )
    table = pd.concat(pieces, ignore_index=True)
    table["source_row"] = np.arange(len(table)) + 2
    return schema.check(table, "observations"), faults


def complain(rng: np.random.Generator, truth: xr.DataArray, stations: pd.DataFrame) -> pd.DataFrame:
    """Table ``complaints``: a Poisson process that follows the smoke by day, and some that follow nothing.

    The intensity around a post is 0.02 (C / 250 µg m⁻³)^1.5 an hour, C being SO₂ plus twice PM2.5, between
    7 and 23 h local time, a fifth of it at night; 0.002 an hour is unrelated. The stamp is up to an hour
    late.
    """
    time = pd.DatetimeIndex(truth["time"].values)
    hour = to_local(pd.Series(time), layout.ZONE).dt.hour.to_numpy()
    awake = np.where((hour >= 7) & (hour < 23), 1.0, 0.2)
    rows = []
    for post in stations.itertuples():
        level = truth.sel(station=post.station_id, pollutant="SO2").to_numpy()
        level = level + 2.0 * truth.sel(station=post.station_id, pollutant="PM2.5").to_numpy()
        related = rng.poisson(0.02 * awake * (level / 250.0) ** 1.5)
        unrelated = rng.poisson(0.002 * awake)
        for k in np.flatnonzero(related + unrelated):
            for nth in range(int(related[k] + unrelated[k])):
                kind = int(rng.integers(0, len(KINDS)))
                strength = level[k] / 300.0 if nth < related[k] else 0.0
                rows.append(
                    {
                        "time_start": time[k] + pd.Timedelta(minutes=int(rng.integers(0, 60))),
                        "lon": round(post.lon + 0.009 * rng.standard_normal(), 5),
                        "lat": round(post.lat + 0.006 * rng.standard_normal(), 5),
                        "kind": KINDS[kind],
                        "severity": int(np.clip(1 + round(strength + 0.7 * rng.standard_normal()), 1, 5)),
                        "text": TEXTS[kind],
                        "source_file": "synthetic",
                    }
                )
    table = pd.DataFrame(
        rows, columns=[c for c in schema.columns("complaints") if c not in ("complaint_id", "source_row")]
    )
    table = table.sort_values(["time_start", "lon", "lat"], ignore_index=True)
    table["complaint_id"] = [f"C-{k + 1:04d}" for k in range(len(table))]
    table["source_row"] = np.arange(len(table)) + 2
    return schema.check(table, "complaints")
