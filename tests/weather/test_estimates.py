"""What is derived, what is kept, and what is said about it."""

import numpy as np
import pandas as pd
import pytest

from sootprint.core import schema
from sootprint.core.errors import ConfigError
from sootprint.weather import derive, read_weather

PLACE = {"lon": 82.6, "lat": 49.97}


def table(hours=48, **columns):
    made = pd.DataFrame(
        {
            "station_id": "M",
            "time_start": pd.date_range("2024-11-20", periods=hours, freq="h"),
            "duration_s": 3600.0,
            "source_file": "w.csv",
            "source_row": np.arange(hours) + 2,
            **columns,
        }
    )
    return schema.check(made, "weather")


def codes(findings):
    return dict(zip(findings["code"], findings["value"], strict=True))


def test_clear_night_is_f_and_clear_noon_is_not():
    made, findings = derive(table(wind_speed=1.0, cloud=0.0, air_temperature=263.0, humidity=0.8), **PLACE)
    by_hour = made.groupby(made["time_start"].dt.hour)["stability_class"].first()
    assert by_hour[18] == "F"
    assert by_hour[6] in {"B", "C"}
    assert made["mixing_height"].notna().all()
    found = codes(findings)
    assert found["WX-CLASS-TURNER"] == "48 hours"
    assert "WX-CLOUD-ASSUMED" not in found
    assert found["WX-HEIGHT-ASSUMED"].startswith("10 m in 48")


def test_missing_cloud_takes_the_stated_default_and_is_counted():
    made, findings = derive(table(wind_speed=1.0), **PLACE)
    assert made["stability_class"].notna().all()
    assert codes(findings)["WX-CLOUD-ASSUMED"] == "0.5 in 48 hours"
    none, findings = derive(table(wind_speed=1.0), **PLACE, options={"cloud_when_missing": None})
    assert none["stability_class"].isna().all()
    assert codes(findings)["WX-NO-CLASS"] == "48 of 48 hours"


def test_stated_values_are_kept_and_wind_is_never_filled():
    wind = np.where(np.arange(48) % 5 == 0, np.nan, 2.0)
    given = table(wind_speed=wind, stability_class="A", mixing_height=321.0, measurement_height=20.0)
    made, findings = derive(given, **PLACE)
    assert (made["stability_class"] == "A").all()
    assert (made["mixing_height"] == 321.0).all()
    assert (made["measurement_height"] == 20.0).all()
    np.testing.assert_array_equal(made["wind_speed"], wind)
    assert codes(findings)["WX-NO-WIND"] == "10 of 48 hours"


def test_obukhov_length_goes_before_radiation_and_radiation_before_cloud():
    length = np.where(np.arange(48) < 10, 15.0, np.nan)
    sun = np.where(np.arange(48) < 30, 800.0, np.nan)
    made, findings = derive(table(wind_speed=1.0, obukhov_length=length, radiation=sun, cloud=1.0), **PLACE)
    assert (made["stability_class"].iloc[:10] == "F").all()
    found = codes(findings)
    assert found["WX-CLASS-GOLDER1972"] == "10 hours"
    assert "WX-CLASS-SRDT" in found
    assert (made["stability_class"].iloc[34:40] == "D").all()


def test_missing_dew_point_leaves_a_gap_or_takes_a_stated_value():
    made, findings = derive(table(wind_speed=1.0, cloud=1.0), **PLACE)
    assert made["mixing_height"].isna().all()
    assert "WX-NO-MIXING" in codes(findings)
    made, findings = derive(table(wind_speed=1.0, cloud=1.0), **PLACE, options={"dew_point_deficit_k": 2.0})
    assert made["mixing_height"].notna().all()
    assert codes(findings)["WX-DEW-POINT-ASSUMED"] == "2 K in 48 hours"


@pytest.mark.parametrize(
    "options",
    [{"cloud": 1}, {"stability": "x"}, {"mixing_height": "x"}, {"cloud_when_missing": 2.0},
     {"measurement_height": 0}, {"roughness_length": -1.0}, {"measurement_height": "ten"}],
)  # fmt: skip
def test_bad_options(options):
    with pytest.raises(ConfigError):
        derive(table(), **PLACE, options=options)


def test_bad_place_and_land_use():
    with pytest.raises(ConfigError):
        derive(table(), lon=500.0, lat=0.0)
    with pytest.raises(ConfigError):
        derive(table(), **PLACE, land_use="sea")


def test_empty_table():
    made, findings = derive(schema.empty("weather"), **PLACE)
    assert len(made) == 0
    assert len(findings) == 0


def test_against_aermet_at_houston(data_dir):
    """What the derived set is worth beside AERMET's: the numbers that the docstrings state."""
    given = read_weather(data_dir / "city_year" / "HOUSTON_ADJU.SFC", zone="America/Chicago").tables[
        "weather"
    ]
    houston = {"lon": -95.35, "lat": 29.967, "land_use": "rural"}
    golder, _ = derive(given, **houston)
    turner, _ = derive(given.assign(obukhov_length=np.nan, mixing_height=np.nan), **houston)
    known = given["obukhov_length"].notna() & turner["stability_class"].notna()
    number = dict(zip("ABCDEF", range(6), strict=True))
    step = golder["stability_class"].map(number) - turner["stability_class"].map(number)
    assert (step[known].abs() <= 1).mean() > 0.98
    ratio = (turner["mixing_height"] / given["mixing_height"]).dropna()
    assert len(ratio) > 7000
    assert ratio.median() == pytest.approx(1.43, abs=0.05)
    stable = (turner["mixing_height"] / given["mixing_height"])[given["obukhov_length"] > 0]
    assert stable.median() == pytest.approx(1.72, abs=0.05)
