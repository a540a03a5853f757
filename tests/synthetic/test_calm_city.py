"""The calm days in a city: where they lie, what the mast says, and the seam between walkers and puffs."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.core.errors import ConfigError
from sootprint.synthetic import calm, make_city, truth_tables
from sootprint.synthetic import city as city_module
from sootprint.synthetic.calm_walk import AGE_LIMIT_H
from sootprint.synthetic.truth import read_truth, write_truth


@pytest.fixture(scope="module")
def cities():
    """A city with a calm day by few walkers, and the same without."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(city_module, "make_calm", partial(calm.make_calm, walkers_per_hour=8))
        return make_city(5, days=9, calm_days=1), make_city(5, days=9, calm_days=0)


def untouched(table, episode):
    end = episode.end + pd.Timedelta(hours=AGE_LIMIT_H)
    return table.loc[(table["time_start"] < episode.start) | (table["time_start"] >= end)]


def test_length_of_the_episode():
    assert calm.calm_days_of(30, None) == 4
    assert calm.calm_days_of(12, None) == 4
    assert calm.calm_days_of(11, None) == 0
    assert calm.calm_days_of(30, 0) == 0
    for days, asked in ((11, 4), (30, -1)):
        with pytest.raises(ConfigError, match="do not fit"):
            calm.calm_days_of(days, asked)


def test_episode_lies_where_the_air_stagnates_and_away_from_the_ends():
    stagnant = np.zeros(20 * 24, bool)
    stagnant[9 * 24 : 12 * 24] = True
    stagnant[: 4 * 24] = True
    first = {calm.episode_day(np.random.default_rng(seed), stagnant, 2) for seed in range(20)}
    assert first == {9, 10}


def test_episode_is_whole_local_days(cities):
    episode = cities[0].calm
    assert (episode.start + pd.Timedelta(hours=5)).hour == 0
    assert episode.end - episode.start == pd.Timedelta(days=1)
    inside = cities[0].regime["calm_episode"].to_numpy()
    assert inside.sum() == 24
    assert cities[0].regime["stagnant"].to_numpy()[inside].all()
    assert not cities[1].regime["calm_episode"].any()
    assert cities[1].calm is None


def test_outside_the_episode_and_its_memory_the_city_is_as_before(cities):
    with_calm, without = cities
    episode = with_calm.calm
    for name in ("observations", "weather", "true_weather"):
        one, other = (untouched(getattr(item, name), episode) for item in cities)
        pd.testing.assert_frame_equal(one, other)
    one, other = (untouched(item.complaints, episode) for item in cities)
    numbering = ["complaint_id", "source_row"]
    pd.testing.assert_frame_equal(
        one.drop(columns=numbering).reset_index(drop=True),
        other.drop(columns=numbering).reset_index(drop=True),
    )
    xr.testing.assert_identical(with_calm.truth, without.truth)
    pd.testing.assert_frame_equal(with_calm.rate_table, without.rate_table)
    own, usual = (item.truth_contributions["contribution"] for item in cities)
    before = own["time"] < np.datetime64(episode.start)
    assert np.array_equal(own[before].to_numpy(), usual[before].to_numpy())
    assert not np.allclose(own[~before].to_numpy(), usual[~before].to_numpy())


def test_temperature_is_that_of_the_november_and_the_mast_reports_calms(cities):
    with_calm, without = cities
    for column in ("air_temperature", "pressure", "humidity"):
        assert with_calm.weather[column].equals(without.weather[column])
    inside = with_calm.calm.covers(pd.DatetimeIndex(with_calm.weather["time_start"]))
    told = with_calm.weather.loc[inside]
    assert (told["wind_speed"] == 0.0).mean() > 0.5
    assert (told["wind_from_direction"].isna() == (told["wind_speed"] == 0.0)).all()
    true = with_calm.true_weather.loc[with_calm.regime["calm_episode"]]
    assert true["wind_speed"].iloc[4:-4].max() < 0.8
    assert (true["cloud"] <= calm.CLEAREST_CLOUD).all()


def test_every_pair_of_release_and_reading_belongs_to_walkers_or_puffs(cities):
    episode = cities[0].calm
    time = pd.date_range(episode.start - pd.Timedelta(hours=6), periods=60, freq="h")
    lags = np.arange(16)
    unit = xr.DataArray(
        np.ones((60, 16, 1, 1)), dims=("time", "lag", "station", "source"), coords={"time": time, "lag": lags}
    )
    kept = calm.without_walkers_share(unit, episode).to_numpy()[:, :, 0, 0] > 0.0
    for i, reading in enumerate(time):
        for lag in lags:
            released = reading - pd.Timedelta(hours=int(lag))
            assert kept[i, lag] == (reading < episode.start or released >= episode.end)
    walked = episode.operator.sum(("station", "source"))
    assert walked["time"].values[0] == np.datetime64(episode.start)
    late = walked.sel(time=walked["time"] >= np.datetime64(episode.end))
    released = late["time"] - late["lag"] * np.timedelta64(1, "h")
    assert float(late.where(released >= np.datetime64(episode.end), 0.0).sum()) == 0.0
    assert float(late.where(released < np.datetime64(episode.end), 0.0).sum()) > 0.0
    assert float(walked.isel(time=0).sel(lag=slice(1, None)).sum()) > 0.0


def test_all_released_mass_is_accounted_for(cities):
    fate = cities[0].calm.fate
    ends = fate[["left", "too_old", "in_air"]].sum(axis=1)
    assert np.allclose(ends, fate["released"], rtol=1e-12)
    assert (fate["released"] == 3600.0 * (24 + AGE_LIMIT_H)).all()


def test_truth_keeps_the_calm_hours_and_the_sampling_error(cities, tmp_path):
    kept = read_truth(write_truth(cities[0], tmp_path / "truth.zip"))
    assert len(kept.calm) == 24
    assert kept.calm["time_start"].iloc[0] == cities[0].calm.start
    errors = kept.calm_errors.set_index(["source_id", "pollutant"])["standard_error_ugm3"]
    assert len(errors) == 23 * 4
    assert (errors >= 0.0).all()
    assert errors.max() > 0.0
    none = read_truth(write_truth(cities[1], tmp_path / "none.zip"))
    assert none.calm.empty
    assert truth_tables(cities[1])["true_calm_errors"].empty


@pytest.mark.slow
def test_four_calm_days_of_a_whole_november():
    city = make_city(2)
    inside = city.regime["calm_episode"].to_numpy()
    assert inside.sum() == 96
    so2 = city.concentrations().sel(pollutant="SO2").to_numpy()
    assert so2[inside].mean() > 2.0 * so2[city.regime["stagnant"].to_numpy() & ~inside].mean()
    rate = city.truth.sel(pollutant="SO2").mean("time")
    unit = city.calm.operator.sum("lag").isel(time=slice(0, 96))
    total = (unit * rate).sum("source")
    error = np.sqrt(((city.calm.error.isel(time=slice(0, 96)) * rate) ** 2).sum("source"))
    share = (error / total).to_numpy()[total.to_numpy() > float(total.median())]
    assert np.median(share) < 0.15
