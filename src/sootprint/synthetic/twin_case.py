"""What an investigation of a random city is given, and the truth that it is scored by."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sootprint.synthetic import layout
from sootprint.synthetic.twin import Twin

ENGINE = {"calm_m_s": 0.5, "lateral_sigma_m_s": 0.3, "direction_sigma_deg": 10.0}
"""Options of the plume engine: the defaults of a case."""


def investigation(twin: Twin) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `sootprint.attribution.inverse.attribute` is given of a twin, and the truth that it is scored by.

    Weather, norms, episodes and operator are made as the steps of a case make them: from the mast's report
    and the declared stacks.

    Returns
    -------
    given : dict
        Arguments of ``attribute`` by name.
    truth : dict
        ``seed``; ``rates`` (`Twin.rate_table`); ``contributions``: table episode_id (``all`` for the period),
        pollutant, station_id (``all`` for the mean over readings), source_id (``background`` among them),
        true_ugm3, total_ugm3 (true mean of everything); ``city``: dict of days, posts, sources, episodes,
        ``calm_share`` (reported wind below 1 m s⁻¹) and ``served_share`` of the hours [1].
    """
    from sootprint import dispersion, monitors, norms, weather

    hourly = weather.hourly_weather(twin.weather, weather.main_station(twin.weather))
    derived, _ = weather.derive(
        hourly.drop(columns="samples", errors="ignore"),
        lon=layout.CENTRE_LON,
        lat=layout.CENTRE_LAT,
        land_use="urban",
    )
    stagnation = weather.stagnation(derived, calm_m_s=ENGINE["calm_m_s"])
    limits = norms.load(["KZ", "WHO", "EU", "US"], sorted(twin.observations["pollutant"].unique()))
    episodes = monitors.find_episodes(twin.observations, stagnation, limits, zone=layout.ZONE)
    stations = twin.stations
    receptors = pd.DataFrame(
        {
            "receptor_id": stations["station_id"].astype(str),
            "lon": stations["lon"],
            "lat": stations["lat"],
            "height_m": stations["inlet_height_m"],
        }
    )
    operator = dispersion.operator(
        twin.sources,
        receptors,
        derived,
        crs=layout.CRS,
        physics="briggs1973",
        land_use="urban",
        options=ENGINE | {"threads": 1},
    )
    measured = twin.observations.loc[twin.observations["flag"] != "missing", "pollutant"].unique()
    given: dict[str, Any] = {
        "operator": operator,
        "observations": twin.observations,
        "emissions": twin.rates.loc[twin.rates["pollutant"].isin(measured)].reset_index(drop=True),
        "episodes": episodes,
        "sources": twin.sources,
        "zone": layout.ZONE,
        "weather": derived,
        "seed": twin.seed,
    }
    served = served_hours(operator)
    city = {
        "days": len(twin.air.regime) / 24.0,
        "posts": len(stations),
        "sources": len(twin.sources),
        "pollutants": int(twin.emission.sizes["pollutant"]),
        "episodes": len(episodes),
        "calm_share": float((twin.weather["wind_speed"] < 1.0).mean()),
        "served_share": len(served) / len(twin.air.regime),
        "hidden": bool((twin.rate_table["listed"] == "hidden").any()),
    }
    truth = {
        "seed": twin.seed,
        "rates": twin.rate_table,
        "contributions": true_contributions(twin, operator, episodes),
        "city": city,
    }
    return given, truth


def served_hours(operator: xr.Dataset) -> pd.DatetimeIndex:
    """Hours in which the operator is known at every post for every source."""
    response = operator["H"].transpose("time", "receptor", "source").to_numpy()
    return pd.DatetimeIndex(operator["time"].to_numpy())[np.isfinite(response).all(axis=(1, 2))]


def true_contributions(twin: Twin, operator: xr.Dataset, episodes: pd.DataFrame) -> pd.DataFrame:
    """True mean contributions over the readings that an attribution can use; see `investigation`.

    These are usable readings in hours that the engine served; ``all`` weighs every such reading alike.
    """
    time = pd.DatetimeIndex(twin.parts["time"].values)
    posts = twin.parts["station"].values.astype(str)
    served = time.isin(served_hours(operator))
    own = twin.parts["contribution"].transpose("time", "station", "source", "pollutant").to_numpy()
    base = twin.parts["background"].transpose("time", "station", "pollutant").to_numpy()
    names = [*twin.parts["source"].values.astype(str), "background"]
    rows = []
    for number, pollutant in enumerate(twin.parts["pollutant"].values.astype(str)):
        table = twin.observations.query("pollutant == @pollutant and flag != 'missing'")
        usable = np.zeros((len(time), len(posts)), bool)
        places = time.get_indexer(table["time_start"]), pd.Index(posts).get_indexer(table["station_id"])
        usable[places] = True
        usable &= served[:, None]
        values = np.concatenate([own[..., number], base[:, :, None, number]], axis=2)
        periods = {"all": np.ones(len(time), bool)}
        for item in episodes[episodes["pollutant"] == pollutant].itertuples():
            periods[str(item.episode_id)] = (time >= item.time_start) & (time < item.time_end)
        for episode_id, inside in periods.items():
            chosen = (usable & inside[:, None]).astype(float)
            sums = np.einsum("tp,tps->ps", chosen, values)
            count = chosen.sum(axis=0)
            sums, count = np.vstack([sums.sum(axis=0), sums]), np.append(count.sum(), count)
            for place, station in enumerate(["all", *posts]):
                if count[place]:
                    mean = sums[place] / count[place]
                    rows.append(
                        pd.DataFrame(
                            {
                                "episode_id": episode_id,
                                "pollutant": pollutant,
                                "station_id": station,
                                "source_id": names,
                                "true_ugm3": mean,
                                "total_ugm3": mean.sum(),
                                "readings": int(count[place]),
                            }
                        )
                    )
    return pd.concat(rows, ignore_index=True)
