"""True and declared emissions: who is declared wrongly, by how much, and how the hours differ."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from sootprint.core import schema
from sootprint.core.constants import SECONDS_PER_YEAR
from sootprint.core.timeaxis import to_local
from sootprint.synthetic import layout
from sootprint.synthetic.air import Air, autoregressive

Array = NDArray[np.float64]

STACK_UNCERTAINTY = 0.25
"""Relative standard uncertainty that is stated for a stack's rate [1]."""

SPREAD_UNCERTAINTY = 0.35
"""Relative standard uncertainty that is stated for stoves and traffic [1]."""

LARGEST_OVER_MEAN = 1.15
"""Largest rate over the mean while working, in the declared inventory [1]."""

UNDER_DECLARED, OVER_DECLARED = 2, 1
"""How many sources are declared wrongly on purpose."""

LARGE_SO2_G_S = 40.0
"""Declared SO₂ from which a stack counts as large [g s⁻¹]."""

APART_M = 1000.0
"""Distance between the under-declared stacks [m]: nearer ones no network of eight posts can tell apart."""

CANDIDATES = 6
"""The wrongly declared sources are drawn among this many of the large stacks that the posts see best."""


def stated_uncertainty(source_id: str, kinds: pd.Series) -> float:
    """Relative standard uncertainty stated for a source [1]."""
    return STACK_UNCERTAINTY if kinds.loc[source_id] == "point" else SPREAD_UNCERTAINTY


def declared_emissions(sources: pd.DataFrame) -> pd.DataFrame:
    """Table ``emissions`` as declared.

    Stacks state an annual total and a largest rate while working, as the legal inventory does; stoves and
    roads state the mean rate of the season.
    """
    rates = layout.base_emissions()
    hours = sources.set_index("source_id")["hours_per_year"]
    kinds = sources.set_index("source_id")["kind"]
    profiles, marks = layout.time_profiles(), layout.marks()
    rows = []
    for source_id, row in rates.iterrows():
        stack = kinds.loc[source_id] == "point"
        for pollutant, rate in row.items():
            annual = rate * SECONDS_PER_YEAR / 1e6
            largest = annual * 1e6 / (hours.loc[source_id] * 3600.0) * LARGEST_OVER_MEAN if stack else rate
            rows.append(
                {
                    "source_id": source_id,
                    "pollutant": pollutant,
                    "basis": "declared" if stack else "assumed",
                    "rate_g_s": round(largest, 4),
                    "annual_t": round(annual, 3) if stack else np.nan,
                    "relative_uncertainty": stated_uncertainty(str(source_id), kinds),
                    "time_profile": profiles.loc[source_id],
                    "mark": marks.loc[source_id],
                    "source_file": "synthetic",
                }
            )
    table = pd.DataFrame(rows)
    table["source_row"] = np.arange(len(table)) + 2
    return schema.check(table, "emissions")


def visibility(unit: xr.DataArray, rates: pd.DataFrame, weather: pd.DataFrame) -> pd.Series:
    """How well the posts see each source's SO₂ [µg m⁻³].

    The largest mean contribution over posts, in the hours whose reported wind is at least 1 m s⁻¹, with the
    declared rates.
    """
    served = weather.loc[weather["wind_speed"] >= 1.0, "time_start"].to_numpy()
    unit = unit.sel(time=unit["time"].isin(served))
    mean = unit.sum("lag").mean("time").max("station").to_series()
    return (mean * rates["SO2"] * 1e6).dropna().sort_values(ascending=False)


def true_factors(rng: np.random.Generator, seen: pd.Series, sources: pd.DataFrame) -> pd.DataFrame:
    """True over declared rate: columns ``factor`` and ``declaration``, index ``source_id``.

    Two of the six large stacks that the posts see best emit 4–8 times what they declare (for scale: a
    smelter is on record with 12 times its norm), one other 0.4–0.6 times; every other source departs
    within its stated uncertainty, log-normally, median 1.
    """
    kinds = sources.set_index("source_id")["kind"]
    large = layout.base_emissions()["SO2"] >= LARGE_SO2_G_S
    stacks = [source for source in seen.index if kinds.loc[source] == "point" and large.loc[source]]
    under = _far_apart(rng, stacks[:CANDIDATES], sources)
    rest = [source for source in stacks if source not in set(under)]
    over = rng.choice(rest, OVER_DECLARED, replace=False)
    made = pd.DataFrame({"factor": 1.0, "declaration": "within uncertainty"}, index=kinds.index)
    for source in kinds.index:
        if source in set(under):
            made.loc[source] = [float(np.exp(rng.uniform(math.log(4.0), math.log(8.0)))), "under-declared"]
        elif source in set(over):
            made.loc[source] = [rng.uniform(0.4, 0.6), "over-declared"]
        else:
            made.loc[source, "factor"] = np.exp(stated_uncertainty(source, kinds) * rng.standard_normal())
    return made


def _far_apart(rng: np.random.Generator, stacks: list[str], sources: pd.DataFrame) -> list[str]:
    """Stacks drawn without replacement, each at least `APART_M` from those drawn before."""
    table = sources.set_index("source_id").loc[stacks]
    x, y = layout.plane(table["lon"].to_numpy(float), table["lat"].to_numpy(float))
    drawn: list[int] = []
    for k in rng.permutation(len(stacks)):
        if all(math.hypot(x[k] - x[j], y[k] - y[j]) >= APART_M for j in drawn):
            drawn.append(int(k))
        if len(drawn) == UNDER_DECLARED:
            break
    return [stacks[k] for k in drawn]


def activity(rng: np.random.Generator, kind_of_profile: str, time: pd.DatetimeIndex, air: Air) -> Array:
    """Hourly activity of one source, spin-up included, before it is scaled to a mean of 1.

    Stacks wander slowly (log-standard deviation 0.18). Stoves follow morning and evening and the cold;
    traffic follows two rush hours and the weekend: like the declared profiles in kind, not in number.
    """
    local = to_local(pd.Series(time), layout.ZONE)
    hour = local.dt.hour.to_numpy(float)
    weekend = local.dt.day_of_week.to_numpy() >= 5
    if kind_of_profile == "heating":
        peaks = np.exp(-0.5 * ((hour - 7.5) / 1.8) ** 2) + 1.2 * np.exp(-0.5 * ((hour - 19.0) / 2.5) ** 2)
        cold = np.maximum(1.0 + 0.03 * (267.0 - air.temperature_k), 0.3)
        return (0.55 + peaks) * cold * np.exp(0.10 * autoregressive(rng, len(hour), 0.8))
    if kind_of_profile == "traffic":
        peaks = np.exp(-0.5 * ((hour - 8.7) / 1.4) ** 2) + np.exp(-0.5 * ((hour - 18.0) / 1.9) ** 2)
        day = 0.6 / (1.0 + np.exp(-(hour - 7.0))) / (1.0 + np.exp(hour - 21.0))
        return (
            (0.15 + peaks + day)
            * np.where(weekend, 0.75, 1.0)
            * np.exp(0.12 * autoregressive(rng, len(hour), 0.6))
        )
    return np.exp(0.18 * autoregressive(rng, len(hour), 0.97))


def true_rates(
    rng: np.random.Generator, factors: pd.DataFrame, time: pd.DatetimeIndex, first_hour: int, air: Air
) -> xr.DataArray:
    """True emission [g s⁻¹], dimensions source, pollutant, time with the spin-up.

    Activity has a mean of 1 over the period, so that the mean rate of the period is exactly the declared
    one times the source's factor and a pollutant's own 8 %.
    """
    base = layout.base_emissions().loc[factors.index]
    profiles = layout.time_profiles()
    values = np.empty((len(base), len(layout.POLLUTANTS), len(time)))
    for i, source in enumerate(base.index):
        hourly = activity(rng, profiles.loc[source], time, air)
        hourly = hourly / hourly[first_hour:].mean()
        for j, pollutant in enumerate(layout.POLLUTANTS):
            own = 1.0 if pollutant == "SO2" else float(np.exp(0.08 * rng.standard_normal()))
            values[i, j] = base.loc[source, pollutant] * factors.loc[source, "factor"] * own * hourly
    return xr.DataArray(
        values,
        dims=("source", "pollutant", "time"),
        coords={"source": list(base.index), "pollutant": list(layout.POLLUTANTS), "time": time},
        attrs={"units": "g s-1", "synthetic": "yes"},
    )
