"""Unlisted sources in made readings: found where they stand, not where none is, and named by direction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.attribution.unknown import (
    AIR_STATES,
    OBSERVED,
    Options,
    air_states,
    candidate_grid,
    direction_options,
    find_direction,
    find_unknown,
    ring_grid,
)
from sootprint.core.errors import InputError
from sootprint.core.geo import project

CRS = "EPSG:32644"
HOURS = 24 * 12
QUICK = Options(chains=2, sweeps=300, warmup=100, minimum_wind_m_s=0.0)


def _times() -> pd.DatetimeIndex:
    return pd.date_range("2024-11-01", periods=HOURS, freq="h")


def _plume(
    sources: pd.DataFrame, stations: pd.DataFrame, direction: np.ndarray, speed: np.ndarray
) -> xr.Dataset:
    """Operator [s m⁻³] of a plain Gaussian plume at the ground: enough to know the answer."""
    sx, sy = project(sources["lon"], sources["lat"], CRS)
    px, py = project(stations["lon"], stations["lat"], CRS)
    toward = np.deg2rad(direction + 180.0)[:, None, None]
    east, north = px[None, :, None] - sx[None, None, :], py[None, :, None] - sy[None, None, :]
    along = east * np.sin(toward) + north * np.cos(toward)
    across = east * np.cos(toward) - north * np.sin(toward)
    reach = np.maximum(along, 1.0)
    sigma_y, sigma_z = 0.20 * reach, 0.06 * reach
    high = sources["height_m"].to_numpy(float)[None, None, :]
    value = np.exp(-0.5 * (across / sigma_y) ** 2 - 0.5 * (high / sigma_z) ** 2)
    value = np.where(along > 0, value / (np.pi * sigma_y * sigma_z * speed[:, None, None]), 0.0)
    return xr.Dataset(
        {"H": (("time", "receptor", "source"), value)},
        coords={
            "time": _times(),
            "receptor": stations["station_id"].to_numpy(object),
            "source": sources["source_id"].to_numpy(object),
        },
    )


def _stations() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "station_id": ["A", "B", "C"],
            "lon": [82.60, 82.65, 82.63],
            "lat": [49.94, 49.96, 49.98],
        }
    )


def _declared() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "source_id": ["P/1", "P/2"],
            "facility_id": "P",
            "kind": "point",
            "lon": [82.585, 82.67],
            "lat": [49.965, 49.93],
            "height_m": [60.0, 20.0],
        }
    )


def _rates() -> pd.DataFrame:
    return pd.DataFrame({"source_id": ["P/1", "P/2"], "pollutant": "SO2", "rate_g_s": [60.0, 15.0]})


def _observed(mean: np.ndarray, stations: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    made = []
    for number, post in enumerate(stations["station_id"]):
        value = 5.0 + mean[:, number] * np.exp(0.3 * rng.standard_normal(HOURS)) + rng.standard_normal(HOURS)
        made.append(
            pd.DataFrame(
                {
                    "station_id": post,
                    "pollutant": "SO2",
                    "time_start": _times(),
                    "duration_s": 3600.0,
                    "value_ugm3": value,
                    "flag": "valid",
                    "detection_limit_ugm3": np.nan,
                }
            )
        )
    return pd.concat(made, ignore_index=True)


def _city(hidden: float, seed: int) -> dict[str, object]:
    rng = np.random.default_rng(seed)
    direction = np.cumsum(25.0 * rng.standard_normal(HOURS)) % 360.0
    speed = np.exp(0.9 + 0.4 * rng.standard_normal(HOURS))
    stations, declared = _stations(), _declared()
    grid = candidate_grid(stations, spacing_m=1500.0, reach_m=1500.0, releases=["low"], crs=CRS)
    place = declared.tail(1).assign(source_id="HIDDEN", lon=82.615, lat=49.962, height_m=20.0)
    own = _plume(declared, stations, direction, speed)
    unlisted = _plume(place, stations, direction, speed)
    mean = own["H"].to_numpy() @ np.array([72.0, 12.0]) + hidden * unlisted["H"].to_numpy()[:, :, 0]
    return {
        "own": own,
        "grid": grid,
        "grid_operator": _plume(grid, stations, direction, speed),
        "observations": _observed(1e6 * mean, stations, rng),
        "place": place,
    }


def _search(city: dict[str, object], **named: object):
    return find_unknown(
        city["own"],
        city["grid_operator"],
        city["observations"],
        _rates(),
        "SO2",
        grid=city["grid"],
        stations=_stations(),
        sources=_declared(),
        crs=CRS,
        options=QUICK,
        seed=4,
        **named,
    )


def test_a_strong_unlisted_source_is_found_where_it_stands() -> None:
    city = _city(50.0, 1)
    found = _search(city)
    first = found.areas.iloc[0]
    assert first["stated"]
    x, y = project([first["lon"], 82.615], [first["lat"], 49.962], CRS)
    assert np.hypot(x[0] - x[1], y[0] - y[1]) < 2000.0
    assert first["emission_q05_g_s"] < 50.0 < first["emission_q95_g_s"]
    own = found.posts[found.posts["area_id"] == first["area_id"]]
    assert set(own["station_id"]) == {"A", "B", "C"}
    assert (found.hours["support"] > 0).all()
    assert found.candidates["seen_g_s"].notna().mean() > 0.9
    assert "no declared source explains" in first["statement"]


def test_support_of_the_posts_adds_up() -> None:
    found = _search(_city(50.0, 1))
    first = found.areas.iloc[0]
    own = found.posts[found.posts["area_id"] == first["area_id"]]
    assert own["support"].sum() == pytest.approx(first["support"], rel=1e-9)


def test_nothing_is_stated_where_all_is_declared() -> None:
    found = _search(_city(0.0, 2))
    assert not found.areas["stated"].any()
    assert found.search["areas_stated"].iloc[0] == 0


def test_readings_and_factor_scale_the_emission() -> None:
    city = _city(50.0, 1)
    one, half = _search(city), _search(city, reading_factor=0.5)
    assert half.areas["emission_g_s"].iloc[0] / one.areas["emission_g_s"].iloc[0] == pytest.approx(
        0.5, rel=0.25
    )


def test_the_same_seed_gives_the_same_tables() -> None:
    city = _city(50.0, 1)
    pd.testing.assert_frame_equal(_search(city).candidates, _search(city).candidates)


def test_what_does_not_belong_together_is_refused() -> None:
    city = _city(0.0, 2)
    with pytest.raises(InputError, match="grid"):
        _search(city | {"grid": city["grid"].iloc[::-1]})
    with pytest.raises(InputError, match="differ"):
        _search(city | {"own": city["own"].isel(time=slice(0, 10))})
    with pytest.raises(InputError, match="no reading"):
        _search(city | {"observations": city["observations"].assign(pollutant="NO2")})


def test_one_post_names_the_sector_and_not_the_distance() -> None:
    rng = np.random.default_rng(5)
    direction = rng.uniform(0.0, 360.0, HOURS)
    speed = np.exp(0.7 + 0.4 * rng.standard_normal(HOURS))
    post = _stations().head(1)
    grid = ring_grid(post, distances_m=[1000.0, 2000.0], step_deg=20.0, releases=["low"], crs=CRS)
    operator = _plume(grid, post, direction, speed)
    true = grid.index[grid["source_id"] == "ring/low/1000/120"][0]
    mean = 1e6 * 10.0 * operator["H"].to_numpy()[:, :, true]
    options = direction_options({"chains": 2, "sweeps": 300, "warmup": 100})
    found = find_direction(
        {OBSERVED: operator}, _observed(mean, post, rng), "SO2", grid=grid, options=options, seed=1
    ).directions
    first = found[found["rank"] == 1].set_index("distance_m")
    assert first["stated"].all()
    for row in first.itertuples():
        assert row.sector_from_deg <= 120.0 <= row.sector_to_deg
    assert first.loc[1000.0, "emission_q05_g_s"] < 10.0 < first.loc[1000.0, "emission_q95_g_s"]
    assert first.loc[2000.0, "emission_g_s"] > first.loc[1000.0, "emission_g_s"]


def test_wind_alone_leaves_several_states_of_the_air() -> None:
    times = _times()
    hourly = pd.DataFrame(
        {
            "station_id": "W",
            "time_start": times,
            "duration_s": 3600.0,
            "wind_speed": 2.0,
            "wind_from_direction": 90.0,
            "source_file": "made",
            "source_row": np.arange(len(times)),
        }
    )
    made = air_states(hourly, lon=-75.9, lat=-11.5, land_use="urban")
    assert list(made) == list(AIR_STATES)
    assert all(table["mixing_height"].notna().all() for table in made.values())
    assert set(made["overcast"]["stability_class"]) == {"D"}
    known = hourly.assign(stability_class="D", mixing_height=500.0)
    assert list(air_states(known, lon=-75.9, lat=-11.5, land_use="urban")) == [OBSERVED]
