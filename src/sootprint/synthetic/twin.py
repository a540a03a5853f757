"""Random cities with a known truth.

A twin differs from the demonstration in that nothing of it is arranged: where the plants and the posts
stand, what the wind does, who declares what falsely, which posts are silent. See decision note 37.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from sootprint.core.errors import ConfigError
from sootprint.synthetic import layout, twin_layout
from sootprint.synthetic.air import Air
from sootprint.synthetic.city import contributions, unit_operators
from sootprint.synthetic.rates import activity
from sootprint.synthetic.twin_air import draw_climate, draw_mast, make_twin_air
from sootprint.synthetic.twin_posts import draw_background, observe_twin

Array = NDArray[np.float64]

SPIN_UP_H = 12
"""Hours before the period, and the age at which a puff is given up [h]."""

HIDDEN_SHARE = 0.3
"""Share of cities with a small source that nobody declares [1]."""


@dataclass(frozen=True)
class Twin:
    """Random city: what is known of it, and the truth.

    Attributes
    ----------
    seed : int
    stations, sources, rates, weather, observations : DataFrame
        What an investigator is given, as tables of those names; ``weather`` is the mast's report.
    air : Air
        True air.
    emission : DataArray
        True emission [g s⁻¹]: source, pollutant, time; sources that nobody declares included.
    parts : Dataset
        ``contribution`` (time, station, source, pollutant), ``background`` (time, station, pollutant)
        [µg m⁻³].
    rate_table : DataFrame
        ``source_id, pollutant, kind`` (low, stack), ``true_g_s``, ``declared_g_s`` (before anything was left
        out), ``listed`` (full, blank, dropped, hidden).
    """

    seed: int
    stations: pd.DataFrame
    sources: pd.DataFrame
    rates: pd.DataFrame
    weather: pd.DataFrame
    observations: pd.DataFrame
    air: Air
    emission: xr.DataArray
    parts: xr.Dataset
    rate_table: pd.DataFrame


def make_twin(seed: int, *, days: int | None = None) -> Twin:
    """Random city.

    Parameters
    ----------
    seed : int
        The same seed and length give the same city.
    days : int, optional
        Length [d]; 30 to 60, drawn from the seed, by default.

    Raises
    ------
    ConfigError
        If days is less than 2.
    """
    if days is not None and days < 2:
        raise ConfigError(f"{days} days are too few", rule="a synthetic city has at least 2 days")
    streams = [np.random.default_rng(item) for item in np.random.SeedSequence(seed).spawn(9)]
    rng = streams[0]
    drawn_days = int(rng.integers(30, 61))
    days = drawn_days if days is None else days
    start = pd.Timestamp("2023-09-01") + pd.Timedelta(hours=int(rng.integers(0, 180 * 24)))
    radius = float(rng.uniform(3500.0, 8000.0))
    count = int(rng.integers(2, 5))
    chosen = set(rng.choice(layout.POLLUTANTS, count, replace=False))
    pollutants = [name for name in layout.POLLUTANTS if name in chosen]
    time = pd.date_range(start - pd.Timedelta(hours=SPIN_UP_H), periods=days * 24 + SPIN_UP_H, freq="h")
    climate, mast = draw_climate(streams[1]), draw_mast(streams[1])
    air = make_twin_air(
        streams[1], climate, mast, time, SPIN_UP_H, lon=layout.CENTRE_LON, lat=layout.CENTRE_LAT
    )
    stations = twin_layout.draw_posts(streams[2], radius)
    drawn = twin_layout.draw_sources(streams[3], radius, pollutants)
    hidden = pd.DataFrame()
    if streams[4].random() < HIDDEN_SHARE:
        hidden = twin_layout.draw_hidden(streams[4], radius, pollutants)
    everyone = pd.concat([drawn, hidden], ignore_index=True)
    rates, complete = twin_layout.rate_rows(
        streams[3], drawn, dropped=float(rng.uniform(0.0, 0.08)), blank=float(rng.uniform(0.0, 0.04))
    )
    true = twin_layout.true_sources(streams[5], twin_layout.source_table(everyone))
    emission = true_emission(streams[6], everyone, pollutants, time, air)
    unit = unit_operators(
        streams[5],
        true,
        stations,
        air,
        time[SPIN_UP_H],
        spin_up_h=SPIN_UP_H,
        rise_error=0.25,
        boundary_m=25_000.0,
    )
    error = float(streams[7].uniform(0.1, 0.35))
    names = stations["station_id"].astype(str).tolist()
    parts = xr.Dataset(
        {
            "contribution": contributions(streams[7], unit, emission, error),
            "background": draw_background(streams[7], air, names, pollutants),
        }
    )
    total = parts["contribution"].sum("source") + parts["background"]
    emission = emission.isel(time=slice(SPIN_UP_H, None))
    return Twin(
        seed=seed,
        stations=stations,
        sources=twin_layout.source_table(drawn),
        rates=rates,
        weather=air.weather,
        observations=observe_twin(streams[8], total, stations["kind"].tolist()),
        air=air,
        emission=emission,
        parts=parts,
        rate_table=_rate_table(emission, complete, true),
    )


def true_emission(
    rng: np.random.Generator,
    drawn: pd.DataFrame,
    pollutants: list[str],
    time: pd.DatetimeIndex,
    air: Air,
) -> xr.DataArray:
    """True emission [g s⁻¹], dimensions source, pollutant, time with the spin-up.

    Most sources emit nearly what they declare (log-standard deviation 0.1 to 0.3, half as much again for low
    ones); a share of 10 to 40 % is plainly wrong (0.6 to 1.3 about a factor e^0.3, for more is hidden
    than boasted of). Each pollutant departs by 0.15 of its own, a few plainly (0.8). Activity has a mean of 1
    over the period. Some stacks stop for days; some work by day only and do not say so.
    """
    near, wrong_share = rng.uniform(0.1, 0.3), rng.uniform(0.1, 0.4)
    wrong, own_share = rng.uniform(0.6, 1.3), rng.uniform(0.0, 0.12)
    values = np.zeros((len(drawn), len(pollutants), len(time)))
    for row, item in enumerate(drawn.to_dict("records")):
        stack = item["kind"] == "point"
        usual = near * (1.0 if stack else 1.5) * rng.standard_normal()
        log = 0.3 + wrong * rng.standard_normal() if rng.random() < wrong_share else usual
        hourly = activity(rng, item["profile"], time, air)
        if stack:
            hourly = hourly * _working(rng, len(time), air)
        hourly = hourly / hourly[SPIN_UP_H:].mean()
        for column, pollutant in enumerate(pollutants):
            if pollutant in item["rates"]:
                own = (0.8 if rng.random() < own_share else 0.15) * rng.standard_normal()
                values[row, column] = item["rates"][pollutant] * np.exp(log + own) * hourly
    return xr.DataArray(
        values,
        dims=("source", "pollutant", "time"),
        coords={"source": drawn["source_id"].astype(str).tolist(), "pollutant": pollutants, "time": time},
        attrs={"units": "g s-1", "synthetic": "yes"},
    )


def _working(rng: np.random.Generator, hours: int, air: Air) -> Array:
    """Load of one stack that no profile tells: 1 while it works, 0.05 while it stands."""
    load, luck = np.ones(hours), rng.random()
    if luck < 0.15:
        first = int(rng.integers(0, hours))
        load[first : first + int(rng.integers(24, 168))] = 0.05
    elif luck < 0.25:
        load = np.where((np.arange(hours) % 24 + int(rng.integers(0, 24))) % 24 < 12, 1.0, 0.3)
    return load


def _rate_table(emission: xr.DataArray, complete: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    true = emission.mean("time").to_series().rename("true_g_s").reset_index()
    true = true.rename(columns={"source": "source_id"}).query("true_g_s > 0")
    declared = complete.rename(columns={"rate_g_s": "declared_g_s"})
    table = true.merge(declared, how="left", on=["source_id", "pollutant"])
    table["listed"] = table["listed"].fillna("hidden")
    point = sources.set_index("source_id")["kind"].eq("point")
    tall = sources.set_index("source_id")["height_m"] >= 40.0
    table["kind"] = np.where(table["source_id"].map(point & tall).to_numpy(bool), "stack", "low")
    return table.reset_index(drop=True)
