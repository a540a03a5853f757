"""A synthetic city: the same for a seed, linear in emission, with the faults that it says it has."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.core import schema
from sootprint.core.errors import ConfigError
from sootprint.synthetic import layout, make_city, rates
from sootprint.synthetic.air import make_air
from sootprint.synthetic.city import contributions
from sootprint.synthetic.readings import DETECTION_LIMIT


@pytest.fixture(scope="module")
def city():
    return make_city(7, days=6)


def test_same_seed_same_city_and_other_seed_another(city):
    again, other = make_city(7, days=6), make_city(8, days=2)
    for name in ("observations", "weather", "complaints", "declared", "rate_table", "sources"):
        pd.testing.assert_frame_equal(getattr(city, name), getattr(again, name))
    xr.testing.assert_identical(city.truth, again.truth)
    xr.testing.assert_identical(city.truth_contributions, again.truth_contributions)
    assert city.faults == again.faults
    assert not city.observations["value_ugm3"].equals(other.observations["value_ugm3"])


def test_tables_fit_their_schemas(city):
    for name in ("stations", "facilities", "sources", "weather", "observations", "complaints"):
        pd.testing.assert_frame_equal(schema.check(getattr(city, name), name), getattr(city, name))
    schema.check(city.declared, "emissions")
    schema.check(city.true_weather, "weather")


def test_city_says_that_it_is_synthetic(city):
    assert "SYNTHETIC" in city.notice
    assert city.stations["name"].str.contains("Synthetic").all()
    assert city.stations["operator"].str.contains("synthetic").all()
    plants = city.facilities["name"].str.contains("synthetic|invented")
    assert plants.all()
    assert city.truth.attrs["synthetic"] == "yes"
    assert city.complaints["text"].str.contains("Synthetic").all()
    assert set(city.facilities["mark"]) == {"assumed"}


def test_size_of_the_scene(city):
    assert len(city.stations) == 8
    kinds = city.sources["kind"].value_counts()
    assert kinds.to_dict() == {"point": 14, "area": 5, "line": 4}
    heights = city.sources.set_index("source_id")["height_m"]
    assert heights["UKTETS/0003"] == 180
    assert heights["SOGRA/0001"] == 150
    assert heights[["UKMK/0010", "UKMK/0011", "UKMK/0226", "UKMK/0227"]].tolist() == [150, 170, 100, 100]


def test_published_totals_are_declared(city):
    annual = city.declared.query("pollutant == 'SO2'").set_index("source_id")["annual_t"]
    assert annual["UKTETS/0003"] == 9278
    assert annual["SOGRA/0001"] == 2273
    assert annual[annual.index.str.startswith("UKMK")].sum() == 18_500


def test_two_sources_declare_far_too_little_and_one_too_much(city):
    table = city.rate_table.query("pollutant == 'SO2'").set_index("source_id")
    under = table[table["declaration"] == "under-declared"]
    over = table[table["declaration"] == "over-declared"]
    assert len(under) == 2
    assert under["factor"].between(4.0, 8.0).all()
    assert len(over) == 1
    assert over["factor"].between(0.4, 0.6).all()
    assert table["wrongly_declared"].sum() == 3
    assert (table.loc[under.index, "declared_g_s"] >= rates.LARGE_SO2_G_S).all()


def test_true_mean_is_over_the_period_of_the_declared_mean(city):
    mean = city.truth.mean("time").to_series()
    table = city.rate_table.set_index(["source_id", "pollutant"])
    assert np.allclose(table["true_g_s"], mean.reindex(table.index))
    assert len(city.truth["time"]) == 6 * 24
    within = table[table["declaration"] == "within uncertainty"]
    spread = np.log(within["factor"]).std()
    assert 0.1 < spread < 0.5


def test_concentration_is_linear_in_emission():
    time = pd.date_range("2024-11-01", periods=6, freq="h")
    rng = np.random.default_rng(0)
    unit = xr.DataArray(
        rng.random((4, 3, 2, 2)),
        dims=("time", "lag", "station", "source"),
        coords={"time": time[2:], "lag": range(3), "station": ["a", "b"], "source": ["x", "y"]},
    )
    emission = xr.DataArray(
        rng.random((2, 1, 6)),
        dims=("source", "pollutant", "time"),
        coords={"source": ["x", "y"], "pollutant": ["SO2"], "time": time},
    )
    one = contributions(np.random.default_rng(1), unit, emission, 0.2)
    twice = contributions(np.random.default_rng(1), unit, 2.0 * emission, 0.2)
    xr.testing.assert_allclose(twice, 2.0 * one)
    sure = contributions(np.random.default_rng(1), unit, emission, 0.0)
    by_hand = sum(
        unit.sel(source="y").to_numpy()[3, lag, 1] * emission.sel(source="y").to_numpy()[0, 5 - lag]
        for lag in range(3)
    )
    assert float(sure.isel(time=3).sel(station="b", source="y", pollutant="SO2")) == pytest.approx(
        1e6 * by_hand
    )


def test_concentrations_are_positive_and_parts_add_up(city):
    parts = city.truth_contributions
    assert float(parts["contribution"].min()) >= 0.0
    assert float(parts["background"].min()) > 0.0
    total = city.concentrations()
    assert (total > parts["background"]).all()


def test_faults_are_as_many_as_said(city):
    table = city.observations
    assert (table["flag"] == "missing").sum() == city.faults["gap_hours"] > 0
    assert (table["flag"] == "below_detection").sum() == city.faults["below_detection"] > 0
    assert table.loc[table["flag"] == "missing", "value_ugm3"].isna().all()
    limits = table["pollutant"].map(DETECTION_LIMIT)
    below = table["flag"] == "below_detection"
    assert (table.loc[below, "value_ugm3"] == limits[below]).all()
    assert city.faults["drifting_series"] == 2
    longest = 0
    for _, series in table.groupby(["station_id", "pollutant"], sort=False):
        value = series["value_ugm3"].where(series["flag"] == "valid")
        run = (value != value.shift()).cumsum()[value.notna()]
        longest = max(longest, int(run.value_counts().max()))
    assert longest >= city.faults["stuck_hours"] >= 26


def test_readings_follow_the_truth(city):
    valid = city.observations.query("flag == 'valid' and pollutant == 'SO2'")
    true = city.concentrations().sel(pollutant="SO2").to_series()
    known = true.reindex(pd.MultiIndex.from_frame(valid[["time_start", "station_id"]])).to_numpy()
    assert np.corrcoef(np.log(known), np.log(valid["value_ugm3"]))[0, 1] > 0.9


def test_reported_weather_is_what_an_airport_gives(city):
    table = city.weather
    assert table["mixing_height"].isna().all()
    calm = table["wind_speed"] == 0.0
    assert (table["wind_from_direction"].isna() == calm).all()
    assert (table.loc[~calm, "wind_speed"] >= 0.4).all()
    assert ((table["cloud"] * 8) % 1 == 0).all()
    assert len(table) < 6 * 24
    assert city.true_weather["mixing_height"].notna().all()


def test_stagnation_has_low_lids_and_calm_nights():
    start = pd.Timestamp("2024-10-31 19:00")
    air = make_air(np.random.default_rng(3), start, 20, 15, lon=82.62, lat=49.95)
    regime = air.regime.merge(air.true_weather, on="time_start")
    hour = (regime["time_start"] + pd.Timedelta(hours=5)).dt.hour
    night = hour.between(0, 6)
    still = regime[regime["stagnant"] & night]
    windy = regime[~regime["stagnant"]]
    assert still["mixing_height_x"].median() < 220
    assert still["wind_speed"].median() < 0.8
    assert windy["wind_speed"].median() > 2.5
    noon = regime[regime["stagnant"] & hour.between(12, 14)]
    assert noon["mixing_height_x"].median() > 1.5 * still["mixing_height_x"].median()


def test_undeclared_stack_is_in_the_truth_only():
    city = make_city(7, days=2, undeclared_so2_g_s=30.0)
    assert "HIDDEN/9001" in city.true_sources["source_id"].tolist()
    assert "HIDDEN/9001" not in city.sources["source_id"].tolist()
    assert "HIDDEN/9001" not in city.declared["source_id"].tolist()
    row = city.rate_table.query("source_id == 'HIDDEN/9001' and pollutant == 'SO2'").iloc[0]
    assert row["true_g_s"] == pytest.approx(30.0, rel=1e-3)
    assert row["declaration"] == "undeclared"
    assert row["declared_g_s"] == 0.0


def test_one_day_is_refused():
    with pytest.raises(ConfigError, match="too few"):
        make_city(1, days=1)


def test_time_profiles_are_known_to_the_sources_room():
    from sootprint.sources import time_profile_names

    assert set(layout.time_profiles()) - {""} <= set(time_profile_names())


@pytest.mark.slow
def test_smog_of_a_whole_november():
    city = make_city(2)
    so2 = city.concentrations().sel(pollutant="SO2")
    assert 10 < float(so2.median()) < 60
    assert 500 < float(so2.max()) < 4000
    assert 0.05 < (city.weather["wind_speed"] < 0.5).mean() < 0.4
    stagnant = city.regime["stagnant"].to_numpy()
    mean = so2.mean("station").to_numpy()
    assert mean[stagnant].mean() > 2.0 * mean[~stagnant].mean()
