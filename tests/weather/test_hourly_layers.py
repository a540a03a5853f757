"""The layered boundary layer: laws of its hours, its gaps, and AERMET's year beside it."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError
from sootprint.weather import BoundaryLayerOptions, SurfaceCharacteristics, boundary_layer, solar_elevation
from sootprint.weather.hourly_inputs import fill_short_gaps
from sootprint.weather.solar import sunrise

LATITUDE, LONGITUDE = 49.95, 82.61
GROUND = SurfaceCharacteristics.constant(0.18, 0.8, 0.2)
BEGIN = pd.Timestamp("2024-06-01 18:00")


def make_weather(days=3, **columns):
    """Hours from midnight of mean solar time on: a daily course of temperature under a steady wind."""
    count = 24 * days
    hour = np.arange(count)
    table = {
        "station_id": "mast",
        "time_start": BEGIN + pd.to_timedelta(hour, unit="h"),
        "duration_s": 3600.0,
        "wind_speed": 4.0,
        "wind_from_direction": 250.0,
        "measurement_height": 10.0,
        "air_temperature": 293.15 - 6.0 * np.cos(2 * np.pi * (hour - 3) / 24),
        "pressure": 97500.0,
        "humidity": 0.5,
        "cloud": 0.2,
        "source_file": "f",
        "source_row": hour + 1,
    }
    return schema.coerce(pd.DataFrame(table | columns), "weather")


def make_soundings(days=4, hour=0, station="raob"):
    """A sounding a day with 0.006 K/m from the ground on."""
    height = np.array([0.0, 200.0, 800.0, 1500.0, 3000.0, 5500.0])
    pressure = 97500.0 * np.exp(-height / 8400.0)
    parts = [
        pd.DataFrame(
            {
                "station_id": station,
                "time_start": pd.Timestamp("2024-06-01") + pd.Timedelta(days=day, hours=hour),
                "level": ["surface"] + ["significant"] * 5,
                "pressure": pressure,
                "height": height,
                "air_temperature": (288.0 + 0.006 * height) * (pressure / 1e5) ** 0.2857,
                "source_file": "s",
                "source_row": np.arange(6) + 10 * day,
            }
        )
        for day in range(days)
    ]
    return schema.coerce(pd.concat(parts, ignore_index=True), "soundings")


def make(weather=None, soundings=None, **options):
    return boundary_layer(
        make_weather() if weather is None else weather,
        make_soundings() if soundings is None else soundings,
        characteristics=GROUND,
        latitude=LATITUDE,
        longitude=LONGITUDE,
        options=BoundaryLayerOptions(**options),
    )


def count(made, topic, state):
    rows = made.quality.loc[(made.quality["topic"] == topic) & (made.quality["state"] == state), "count"]
    assert len(rows) == 1
    return int(rows.iloc[0])


@pytest.fixture(scope="module")
def plain():
    return make()


def test_every_hour_is_served(plain):
    assert set(plain.table["reason"]) == {"served"}
    assert len(plain.table) == 72
    assert count(plain, "hours", "served") == 72
    assert count(plain, "sounding", "days without") == 0


def test_heat_follows_the_sun(plain):
    table = plain.table
    middle = table["time_start"] + pd.Timedelta(minutes=30)
    elevation = solar_elevation(middle, LONGITUDE, LATITUDE)
    flux = table["sensible_heat_flux"].to_numpy()
    assert (flux[elevation < 0] < 0).all()
    assert (flux[elevation > 20] > 0).all()
    for day in np.split(np.arange(72), 3):
        assert flux[day].argmax() in range(11, 14)
    assert (table.loc[elevation < -2, "albedo"] == 1.0).all()


def test_length_has_the_sign_of_stability(plain):
    table = plain.table
    assert (np.sign(table["obukhov_length"]) == -np.sign(table["sensible_heat_flux"])).all()
    up = table["sensible_heat_flux"] > 0
    for column in ("convective_mixing_height", "convective_velocity", "potential_temperature_gradient"):
        assert (table[column].notna() == up).all()
    assert table["mechanical_mixing_height"].notna().all()


def test_convective_height_grows_all_day_and_starts_anew(plain):
    height = plain.table["convective_mixing_height"].to_numpy()
    firsts = []
    for day in np.split(height, 3):
        known = day[np.isfinite(day)]
        assert (np.diff(known) > 0).all()
        firsts.append(known[0])
    assert max(firsts) < 0.5 * np.nanmax(height)
    assert 1000 < np.nanmax(height) < 3500


def test_convective_height_is_the_heat_balance(plain):
    table = plain.table.iloc[:24]
    up = table["sensible_heat_flux"] > 0
    heat = table.loc[up, "sensible_heat_flux"].cumsum() * 3600.0
    density = table.loc[up, "pressure"] / (287.05 * table.loc[up, "air_temperature"])
    expected = np.sqrt(2 * 1.4 * heat / (density * 1004.7 * 0.006))
    np.testing.assert_allclose(table.loc[up, "convective_mixing_height"], expected, rtol=2e-3)
    assert table.loc[up, "potential_temperature_gradient"].to_numpy() == pytest.approx(0.006, rel=1e-3)


def test_friction_grows_with_wind():
    speeds = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0]
    for method in ("venkatram1980", "qian_venkatram2011"):
        friction = [
            make(make_weather(wind_speed=speed), stable_friction=method).table["friction_velocity"]
            for speed in speeds
        ]
        for weak, strong in itertools.pairwise(friction):
            assert (strong >= weak).all()


def test_low_wind_method_raises_friction_of_stable_hours_alone():
    weather = make_weather(wind_speed=1.0)
    plain, held = make(weather).table, make(weather, stable_friction="qian_venkatram2011").table
    stable = plain["sensible_heat_flux"] < 0
    assert (held.loc[stable, "friction_velocity"] > plain.loc[stable, "friction_velocity"]).all()
    assert (held.loc[stable, "obukhov_length"] >= plain.loc[stable, "obukhov_length"]).all()
    pd.testing.assert_series_equal(
        held.loc[~stable, "friction_velocity"], plain.loc[~stable, "friction_velocity"]
    )


def test_calm_hours_have_no_friction_but_keep_their_heat():
    weather = make_weather()
    weather.loc[[5, 12, 13], "wind_speed"] = 0.0
    made = make(weather)
    calm = made.table["reason"] == "calm"
    assert calm.to_numpy().nonzero()[0].tolist() == [5, 12, 13]
    for column in ("friction_velocity", "obukhov_length", "mechanical_mixing_height"):
        assert (made.table[column].isna() == calm).all()
    assert made.table.loc[[12, 13], "sensible_heat_flux"].gt(0).all()
    reference = make().table["convective_mixing_height"]
    pd.testing.assert_series_equal(made.table["convective_mixing_height"], reference)
    assert count(made, "hours", "calm") == 3


def test_wind_is_never_filled():
    weather = make_weather()
    weather.loc[7, "wind_speed"] = np.nan
    made = make(weather)
    assert made.table["reason"].iloc[7] == "missing wind"
    assert np.isnan(made.table["wind_speed"].iloc[7])
    assert np.isnan(made.table["friction_velocity"].iloc[7])


def test_weak_wind_is_raised_and_counted():
    weather = make_weather()
    weather.loc[[3, 4], "wind_speed"] = 0.1
    made = make(weather)
    assert made.table["wind_speed"].iloc[3] == 0.2828
    assert made.table["reason"].iloc[3] == "served"
    assert count(made, "wind", "raised to the least speed") == 2


def test_short_gaps_are_interpolated_and_longer_ones_named():
    weather = make_weather()
    weather.loc[[2, 3], "cloud"] = np.nan
    weather.loc[[30, 31, 32], "cloud"] = np.nan
    weather.loc[3, "air_temperature"] = np.nan
    weather.loc[[50, 51, 52], "air_temperature"] = np.nan
    made = make(weather)
    table = made.table
    assert table["substituted"].iloc[[2, 3, 4]].tolist() == ["cloud", "cloud and temperature", ""]
    assert table["reason"].iloc[[2, 3]].tolist() == ["served", "served"]
    assert set(table["reason"].iloc[[30, 31, 32]]) == {"missing cloud"}
    assert set(table["reason"].iloc[[50, 51, 52]]) == {"missing temperature"}
    assert table["air_temperature"].iloc[3] == pytest.approx(
        0.5 * (table["air_temperature"].iloc[2] + table["air_temperature"].iloc[4])
    )
    assert count(made, "cloud", "interpolated") == 2
    assert count(made, "cloud", "missing") == 3
    assert count(made, "hours", "missing cloud") == 3
    # The heat of the day is unknown from the first of the three hours on.
    rest = table.iloc[33:48]
    up = rest["sensible_heat_flux"] > 0
    assert set(rest.loc[up, "reason"]) == {"missing sounding"}


def test_fill_short_gaps():
    values = np.array([np.nan, 1.0, np.nan, np.nan, 4.0, np.nan, np.nan, np.nan, 8.0, np.nan])
    made, filled = fill_short_gaps(values, 2)
    np.testing.assert_allclose(made[1:5], [1.0, 2.0, 3.0, 4.0])
    assert filled.nonzero()[0].tolist() == [2, 3]
    assert np.isnan(made[[0, 5, 6, 7, 9]]).all()
    assert not fill_short_gaps(values, 0)[1].any()


def test_reasons_of_the_hours_add_up():
    weather = make_weather()
    weather.loc[[1], "wind_speed"] = np.nan
    weather.loc[[5], "wind_speed"] = 0.0
    weather.loc[40:45, "cloud"] = np.nan
    made = make(weather.drop(index=range(20, 26)))
    rows = made.quality.loc[made.quality["topic"] == "hours"].set_index("state")["count"]
    assert rows["all"] == 72 == rows.drop(["all", "convective"]).sum()
    assert rows["missing wind"] == 7


def test_without_soundings_only_stable_hours_are_served():
    for soundings in (make_soundings().iloc[:0], make_soundings(hour=8)):
        made = make(soundings=soundings)
        up = made.table["sensible_heat_flux"] > 0
        assert (made.table["reason"] == np.where(up, "missing sounding", "served")).all()
        assert made.table["friction_velocity"].notna().all()
    assert count(made, "sounding", "days without") == 3


def test_the_sounding_of_the_named_station_is_used(plain):
    both = pd.concat([make_soundings(), make_soundings(station="aaa").assign(air_temperature=250.0)])
    made = make(soundings=both, sounding_station_id="raob")
    pd.testing.assert_frame_equal(made.table, plain.table)
    assert not make(soundings=both).table.equals(plain.table)


def test_a_mast_among_the_roughness_is_named():
    made = make(make_weather(measurement_height=1.3))
    assert set(made.table["reason"]) == {"mast too low"}
    weather = make_weather(measurement_height=np.nan)
    assert set(make(weather).table["reason"]) == {"missing characteristics"}
    assert set(make(weather, measurement_height=10.0).table["reason"]) == {"served"}


def test_measured_sun_stands_for_missing_cloud():
    clear = make_weather(cloud=0.0)
    elevation = solar_elevation(clear["time_start"] + pd.Timedelta(minutes=30), LONGITUDE, LATITUDE)
    sun = np.maximum(990.0 * np.sin(np.radians(elevation)) - 30.0, 0.0)
    made = make(make_weather(cloud=np.nan, radiation=0.25 * sun))
    day = elevation > 20
    assert (made.table.loc[day, "reason"] == "served").all()
    assert made.table.loc[day, "cloud"].to_numpy() == pytest.approx(1.0, abs=0.05)
    assert count(made, "cloud", "from solar radiation") > 20


def test_less_sun_less_heat():
    flux = [make(make_weather(cloud=cover)).table["sensible_heat_flux"].max() for cover in (0.0, 0.5, 1.0)]
    assert flux[0] > flux[1] > flux[2] > 0


def test_missing_pressure_is_a_stated_default():
    weather = make_weather(pressure=np.nan)
    made = make(weather)
    assert set(made.table["reason"]) == {"served"}
    assert made.table["pressure"].isna().all()
    assert count(made, "pressure", "assumed for the density") == 72
    assert set(make(weather, pressure_when_missing=None).table["reason"]) == {"missing temperature"}


def test_period_lays_out_its_hours():
    period = (BEGIN - pd.Timedelta(hours=5), BEGIN + pd.Timedelta(hours=10))
    made = make(period=period)
    assert len(made.table) == 15
    assert made.table["time_start"].iloc[0] == period[0]
    assert made.table["reason"].tolist() == ["missing wind"] * 5 + ["served"] * 10


def test_same_input_same_table(plain):
    again = make()
    pd.testing.assert_frame_equal(again.table, plain.table)
    pd.testing.assert_frame_equal(again.quality, plain.quality)


def test_impossible_settings_are_refused():
    with pytest.raises(ConfigError, match="method"):
        BoundaryLayerOptions(stable_friction="none")
    with pytest.raises(ConfigError, match="largest"):
        BoundaryLayerOptions(least_length=10.0, largest_length=5.0)
    with pytest.raises(ConfigError, match="ground_share"):
        BoundaryLayerOptions(ground_share=1.0)
    with pytest.raises(ConfigError, match="place"):
        boundary_layer(make_weather(), None, characteristics=GROUND, latitude=95.0, longitude=0.0)
    with pytest.raises(InputError):
        make(make_weather().iloc[:0])


def wild(low, high):
    return st.lists(
        st.one_of(st.floats(low, high), st.sampled_from([low, high, np.nan])), min_size=24, max_size=24
    )


@settings(max_examples=15, deadline=None)
@given(
    wild(0.0, 113.0), wild(180.0, 340.0), wild(0.0, 1.0), wild(-50.0, 1600.0), wild(45_000.0, 110_000.0),
    wild(0.0, 360.0), wild(150.0, 340.0), st.floats(-90.0, 90.0), st.floats(-180.0, 180.0),
    st.sampled_from(["venkatram1980", "qian_venkatram2011"]), st.floats(0.0001, 10.0),
    st.floats(0.001, 100.0),
)  # fmt: skip
def test_any_weather_gives_a_table_that_keeps_its_schema(
    speed, kelvin, cloud, sun, pressure, direction, aloft, latitude, longitude, method, rough, bowen
):
    weather = make_weather(
        1, wind_speed=speed, air_temperature=kelvin, cloud=cloud, radiation=sun, pressure=pressure,
        wind_from_direction=direction,
    )  # fmt: skip
    soundings = make_soundings().assign(air_temperature=aloft)
    made = boundary_layer(
        weather, soundings, characteristics=SurfaceCharacteristics.constant(0.2, bowen, rough),
        latitude=latitude, longitude=longitude,
        options=BoundaryLayerOptions(stable_friction=method, sounding_after_h=12.0),
    )  # fmt: skip
    served = made.table.loc[made.table["reason"] == "served"]
    for column in ("friction_velocity", "obukhov_length", "mechanical_mixing_height", "sensible_heat_flux"):
        assert np.isfinite(served[column]).all()
    up = served["sensible_heat_flux"] > 0
    assert np.isfinite(served.loc[up, "convective_mixing_height"]).all()
    assert (served["obukhov_length"].abs().between(1.0, 8888.0)).all()


def test_sunrise_is_where_the_sun_passes_the_horizon():
    days = pd.date_range("2024-01-01", periods=366, freq="D", unit="us")
    rises = sunrise(days, LONGITUDE, LATITUDE)
    assert np.abs(solar_elevation(rises, LONGITUDE, LATITUDE)).max() < 0.01
    local = rises + pd.Timedelta(hours=LONGITUDE / 15)
    assert ((local - days) < pd.Timedelta(hours=12)).all()
    # Greenwich, 20 March 2024: almanacs say 06:05 UTC, of which refraction and the radius are 4 to 5 minutes.
    spring = sunrise(pd.DatetimeIndex(["2024-03-20"]), 0.0, 51.48)[0]
    assert abs(spring - pd.Timestamp("2024-03-20 06:09")) < pd.Timedelta(minutes=3)
    polar = sunrise(pd.DatetimeIndex(["2024-06-21", "2024-12-21"]), 0.0, 75.0)
    assert polar.hour.tolist() == [6, 6]


def test_aermet_year(data_dir):
    from sootprint.cli.aermet_truth import BARRED, QUANTITIES, aermet

    table = aermet(data_dir)
    assert table["within"].tolist() == ["yes"] * len(BARRED) + [""] * (len(QUANTITIES) - len(BARRED))
    assert (table["median_percent"] <= 5.0).all()
    assert (table["p90_percent"] <= 15.0).all()
    records, calm, convective, _ = table.attrs["notes"]
    assert records == "Records: 9216 of ours, 9216 of AERMET's, 9216 at the same time."
    assert calm == "Calm hours: 663 of ours, 663 of AERMET's, 663 the same."
    assert convective.startswith("Convective hours: 3871 of ours, 3870 of AERMET's, 3869 the same")
    assert table["hours"].iloc[:4].tolist() == [8553, 8553, 3870, 8553]
