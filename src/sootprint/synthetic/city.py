"""A synthetic city with a known truth."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from sootprint.core import schema
from sootprint.core.errors import ConfigError
from sootprint.synthetic import layout, rates, readings
from sootprint.synthetic.air import Air, autoregressive, make_air
from sootprint.synthetic.calm import (
    Calm,
    calm_days_of,
    calm_weather,
    make_calm,
    splice_complaints,
    without_walkers_share,
)
from sootprint.synthetic.puffs import TRANSPORT_TOP_M, release_height, unit_operator, vdi_plume_rise

NOTICE = (
    "SYNTHETIC CITY. Every number here was made by a computer from a seed. It resembles Ust-Kamenogorsk "
    "in its layout only; it says nothing about any real plant, post, person or day."
)

FILE_FAULTS = {"future_rows": 2, "overflow_rows": 3, "duplicate_rows": 4, "conflict_rows": 1, "test_rows": 6}
"""Faulty rows of each kind that the evidence files get."""

RISE_ERROR = 0.2
"""Spread of ln of the error of a stack's plume rise [1]."""

SPIN_UP_H = 15
START_LOCAL = "2024-11-01 00:00"


@dataclass(frozen=True)
class City:
    """Synthetic city: what is known to an investigator, and the truth that it is scored against.

    Attributes
    ----------
    seed, days : int
    zone, crs : str
        IANA zone and projected CRS of the case.
    stations, facilities, sources, declared, weather, observations, complaints : DataFrame
        What an investigator is given, as tables of those names (``declared`` is a table ``emissions``).
    true_sources : DataFrame
        Table ``sources`` with the true stack parameters.
    true_weather : DataFrame
        Table ``weather``: what the air did.
    regime : DataFrame
        ``time_start``, ``stagnant``, ``mixing_height`` [m], ``calm_episode`` of every hour.
    truth : DataArray
        True emission [g s⁻¹]: source, pollutant, time.
    rate_table : DataFrame
        ``source_id``, ``pollutant``, ``true_g_s``, ``declared_g_s`` (means of the period), ``factor``,
        ``declaration`` (under-declared, over-declared, within uncertainty, undeclared),
        ``wrongly_declared``.
    truth_contributions : Dataset
        ``contribution`` (time, station, source, pollutant) and ``background`` (time, pollutant)
        [µg m⁻³].
    faults : dict of str to int
        Number of each fault that was put into the data.
    notice : str
        The sentence that says that the city is synthetic.
    calm : Calm, optional
        The calm episode, where the city has one.
    """

    seed: int
    days: int
    zone: str
    crs: str
    stations: pd.DataFrame
    facilities: pd.DataFrame
    sources: pd.DataFrame
    true_sources: pd.DataFrame
    declared: pd.DataFrame
    truth: xr.DataArray
    rate_table: pd.DataFrame
    weather: pd.DataFrame
    true_weather: pd.DataFrame
    regime: pd.DataFrame
    observations: pd.DataFrame
    complaints: pd.DataFrame
    truth_contributions: xr.Dataset
    faults: dict[str, int] = field(default_factory=dict)
    notice: str = NOTICE
    calm: Calm | None = None

    def concentrations(self) -> xr.DataArray:
        """True concentration [µg m⁻³]: time, station, pollutant."""
        parts = self.truth_contributions
        return parts["contribution"].sum("source") + parts["background"]


UNDECLARED_PLACE = (82.648, 49.962)
"""Longitude and latitude of the stack that no inventory knows [degrees], beside a declared one."""


def make_city(
    seed: int,
    *,
    days: int = 30,
    undeclared_so2_g_s: float = 0.0,
    undeclared_place: tuple[float, float] = UNDECLARED_PLACE,
    transport_error: float = 0.2,
    calm_days: int | None = None,
) -> City:
    """Synthetic November in a basin city, 2024-11-01 local time on.

    In the calm episode the truth is made by walkers, see `sootprint.synthetic.calm`; everywhere else by
    puffs, with the same numbers as without the episode.

    Parameters
    ----------
    seed : int
        Same seed, same city.
    days : int
        Length [d].
    undeclared_so2_g_s : float
        SO₂ of a low stack that no inventory knows [g s⁻¹]; 0 for none.
    undeclared_place : tuple of float
        Its longitude and latitude [degrees].
    transport_error : float
        Log-standard deviation of an hourly error of each source's transport that the puffs do not
        resolve [1].
    calm_days : int, optional
        Length of the calm episode [d]; None for 4 in a city of 12 days or more, else 0.

    Raises
    ------
    ConfigError
        If days is less than 2, or the calm days do not fit in.
    """
    if days < 2:
        raise ConfigError(f"{days} days are too few", rule="a synthetic city has at least 2 days")
    still = calm_days_of(days, calm_days)
    children = np.random.SeedSequence(seed).spawn(9)
    streams = [np.random.default_rng(child) for child in children]
    start = pd.Timestamp(START_LOCAL).tz_localize(layout.ZONE).tz_convert("UTC").tz_localize(None)
    air = make_air(streams[0], start, days, SPIN_UP_H, lon=layout.CENTRE_LON, lat=layout.CENTRE_LAT)
    stations, sources = layout.stations(), layout.sources()
    hidden = _undeclared(undeclared_so2_g_s, undeclared_place)
    true_sources = _true_sources(streams[1], pd.concat([sources, hidden], ignore_index=True))
    unit = unit_operators(
        streams[2], true_sources, stations, air, start, spin_up_h=SPIN_UP_H, rise_error=RISE_ERROR
    )
    seen = rates.visibility(unit, layout.base_emissions(), air.weather)
    factors = rates.true_factors(streams[3], seen, sources)
    time = pd.date_range(start - pd.Timedelta(hours=SPIN_UP_H), periods=days * 24 + SPIN_UP_H, freq="h")
    emission = rates.true_rates(streams[4], factors, time, SPIN_UP_H, air)
    if len(hidden):
        emission = xr.concat([emission, _undeclared_rates(emission, undeclared_so2_g_s)], "source")
    base = readings.background(streams[6], time[SPIN_UP_H:])
    own = contributions(streams[5], unit, emission, transport_error)
    usual = own.sum("source") + base
    calm = None
    if still:
        calm = make_calm(
            streams[8], air, true_sources, stations, still, spin_up_h=SPIN_UP_H, rise_error=RISE_ERROR
        )
        again = np.random.default_rng(children[5])
        own = contributions(again, without_walkers_share(unit, calm), emission, transport_error)
        own = _add_walkers(own, calm, emission)
        air = calm_weather(streams[8], air, calm)
    parts = xr.Dataset({"contribution": own, "background": base}, attrs={"notice": NOTICE})
    total = own.sum("source") + base
    observations, faults = readings.observe(streams[7], total)
    complaints = readings.complain(streams[7], usual, stations)
    if calm is not None:
        complaints = splice_complaints(complaints, readings.complain(streams[8], total, stations), calm)
    emission = emission.isel(time=slice(SPIN_UP_H, None))
    return City(
        seed=seed,
        days=days,
        zone=layout.ZONE,
        crs=layout.CRS,
        stations=stations,
        facilities=layout.facilities(),
        sources=sources,
        true_sources=true_sources,
        declared=rates.declared_emissions(sources),
        truth=emission,
        rate_table=_rate_table(emission, factors),
        weather=air.weather,
        true_weather=air.true_weather,
        regime=air.regime,
        observations=observations,
        complaints=complaints,
        truth_contributions=parts,
        faults=faults | FILE_FAULTS,
        calm=calm,
    )


def contributions(
    rng: np.random.Generator, unit: xr.DataArray, emission: xr.DataArray, transport_error: float
) -> xr.DataArray:
    """True contribution of each source [µg m⁻³]: time, station, source, pollutant.

    Sum over lags of the unit operator [s m⁻³] times the emission of the hour of release, times a log-normal
    error of mean 1 for each source that is correlated by 0.85 from hour to hour.
    """
    n_hours, n_lags = unit.sizes["time"], unit.sizes["lag"]
    first = emission.sizes["time"] - n_hours
    rate = emission.sel(source=unit["source"]).transpose("time", "source", "pollutant").to_numpy()
    kernel = unit.transpose("time", "lag", "station", "source").to_numpy()
    made = np.zeros((n_hours, unit.sizes["station"], unit.sizes["source"], rate.shape[2]))
    for lag in range(n_lags):
        begin = first - lag
        made += kernel[:, lag, :, :, None] * rate[begin : begin + n_hours, None, :, :]
    for k in range(made.shape[2]):
        series = autoregressive(rng, n_hours, 0.85)
        made[:, :, k, :] *= np.exp(transport_error * series - 0.5 * transport_error**2)[:, None, None]
    return xr.DataArray(
        made * 1e6,
        dims=("time", "station", "source", "pollutant"),
        coords={
            "time": unit["time"].values,
            "station": unit["station"].values,
            "source": unit["source"].values,
            "pollutant": emission["pollutant"].values,
        },
        attrs={"units": "ug m-3", "synthetic": "yes"},
    )


def _add_walkers(own: xr.DataArray, calm: Calm, emission: xr.DataArray) -> xr.DataArray:
    """Contributions [µg m⁻³] with those of the walkers of the calm episode added, without transport error."""
    hours = calm.operator["time"].to_numpy()
    until = emission.sel(time=slice(None, hours[-1]))
    walked = contributions(np.random.default_rng(0), calm.operator, until, 0.0)
    made = own.copy(deep=True)
    made.loc[{"time": hours}] += walked.sel(station=own["station"], source=own["source"]).to_numpy()
    return made


def _undeclared(rate: float, place: tuple[float, float]) -> pd.DataFrame:
    if rate <= 0.0:
        return schema.empty("sources")
    row = layout.sources().query("source_id == 'BOILER/0401'").copy()
    row["source_id"], row["facility_id"], row["source_number"] = "HIDDEN/9001", "HIDDEN", "9001"
    row["name"], row["height_m"] = "Undeclared stack (invented)", 25.0
    row["lon"], row["lat"] = place
    return schema.check(row, "sources")


def _undeclared_rates(emission: xr.DataArray, rate: float) -> xr.DataArray:
    like = emission.isel(source=[0])
    means = xr.DataArray(
        rate * np.array([1.0, 0.05, 0.02, 0.1]), dims="pollutant", coords={"pollutant": emission["pollutant"]}
    )
    hidden = like / like.isel(time=slice(SPIN_UP_H, None)).mean("time") * means
    return hidden.assign_coords(source=["HIDDEN/9001"]).transpose("source", "pollutant", "time")


def _true_sources(rng: np.random.Generator, sources: pd.DataFrame) -> pd.DataFrame:
    """Sources as they are: stack heights within 2 %, exit velocity within 15 %, excess heat within 15 %."""
    made = sources.copy()
    stack = (made["kind"] == "point").to_numpy()
    n = len(made)
    made.loc[stack, "height_m"] *= 1.0 + 0.02 * rng.standard_normal(n)[stack]
    made.loc[stack, "exit_velocity_m_s"] *= np.exp(0.15 * rng.standard_normal(n)[stack])
    excess = (made["exit_temperature_k"] - 268.0) * np.exp(0.15 * rng.standard_normal(n))
    made["exit_temperature_k"] = 268.0 + excess
    return schema.check(made, "sources")


def unit_operators(
    rng: np.random.Generator,
    sources: pd.DataFrame,
    stations: pd.DataFrame,
    air: Air,
    start: pd.Timestamp,
    *,
    spin_up_h: int,
    rise_error: float,
    boundary_m: float = 30_000.0,
) -> xr.DataArray:
    """Unit operator of every source by puffs [s m⁻³]: time, lag, station, source.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the error of the plume rise, one number a stack.
    sources, stations : DataFrame
        Tables of those names.
    air : Air
        True air.
    start : Timestamp
        First hour after the spin-up.
    spin_up_h : int
        Hours before it, and the age at which a puff is given up [h].
    rise_error : float
        Spread of ln of the error of a stack's plume rise [1].
    boundary_m : float
        Distance from the middle at which a puff is given up [m].
    """
    x, y = layout.plane(stations["lon"].to_numpy(float), stations["lat"].to_numpy(float))
    receptors = np.column_stack([x, y, stations["inlet_height_m"].to_numpy(float)])
    made = []
    for _, source in sources.iterrows():
        heights = np.full(len(air.speed), float(source["height_m"]))
        if source["kind"] == "point":
            top = min(source["height_m"], TRANSPORT_TOP_M) / 10.0
            rise = vdi_plume_rise(
                source["diameter_m"],
                source["exit_velocity_m_s"],
                source["exit_temperature_k"],
                air.speed * top**air.profile_exponent,
                air.stability,
            )
            rise = rise * np.exp(rise_error * rng.standard_normal())
            heights = release_height(float(source["height_m"]), rise, air.mixing_height)
        result = unit_operator(
            layout.emitters(source, heights),
            receptors,
            air.puff_air,
            first_hour=spin_up_h,
            age_limit_h=spin_up_h,
            boundary_m=boundary_m,
        )
        made.append(result.operator)
    values = np.stack(made, axis=-1)
    return xr.DataArray(
        values,
        dims=("time", "lag", "station", "source"),
        coords={
            "time": pd.date_range(start, periods=values.shape[0], freq="h"),
            "lag": np.arange(values.shape[1]),
            "station": stations["station_id"].astype(str).tolist(),
            "source": sources["source_id"].astype(str).tolist(),
        },
    )


def _rate_table(emission: xr.DataArray, factors: pd.DataFrame) -> pd.DataFrame:
    true = emission.mean("time").to_series().rename("true_g_s").reset_index()
    true = true.rename(columns={"source": "source_id"})
    known = (
        layout.base_emissions()
        .reset_index()
        .melt("source_id", var_name="pollutant", value_name="declared_g_s")
    )
    table = true.merge(known, how="left", on=["source_id", "pollutant"])
    table["declared_g_s"] = table["declared_g_s"].fillna(0.0)
    table["factor"] = table["true_g_s"] / table["declared_g_s"].where(table["declared_g_s"] > 0)
    table["declaration"] = table["source_id"].map(factors["declaration"]).fillna("undeclared")
    table["wrongly_declared"] = table["declaration"] != "within uncertainty"
    return table
