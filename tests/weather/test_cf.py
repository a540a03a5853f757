"""Tables as CF datasets."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.weather import read_pfl, read_sfc, to_dataset


def hours(count=3):
    draft = pd.DataFrame(
        {
            "time_start": pd.date_range("2024-01-01", periods=count, freq="h"),
            "duration_s": 3600.0,
            "wind_speed": np.arange(count, dtype=float),
            "wind_from_direction": [np.nan, *[90.0] * (count - 1)],
            "precipitation_code": 22,
            "reason": ["calm", *["served"] * (count - 1)],
            "wind_source": "NAD-SFC",
        }
    )
    return schema.check(draft, "boundary_layer")


def levels():
    times = pd.to_datetime(["2024-01-01 00:00", "2024-01-01 00:00", "2024-01-01 01:00"])
    draft = pd.DataFrame(
        {
            "time_start": times, "duration_s": 3600.0, "height_m": [10.0, 50.0, 50.0],
            "top": [False, True, True], "wind_speed": [1.0, 2.0, 3.0], "sigma_w": [0.1, 0.2, 0.3],
        }
    )  # fmt: skip
    return schema.check(draft, "profiles")


@pytest.mark.parametrize("table", [hours(), levels()], ids=["boundary_layer", "profiles"])
def test_every_variable_has_units_a_name_and_a_method(table):
    made = to_dataset(table, longitude=82.6, latitude=49.95)
    assert made.attrs["Conventions"] == "CF-1.11"
    for name, variable in made.data_vars.items():
        if name == "time_bounds":
            continue
        assert variable.attrs["long_name"]
        if variable.dtype == np.float64:
            assert variable.attrs["units"]
            assert variable.attrs["cell_methods"].startswith("time: ")
    assert made["time"].attrs["bounds"] == "time_bounds"
    step = (made["time_bounds"][:, 1] - made["time_bounds"][:, 0]).to_numpy()
    assert (step == np.timedelta64(1, "h")).all()
    assert float(made["longitude"]) == 82.6


def test_an_hourly_table_keeps_its_values_and_names_its_reasons():
    table = hours()
    made = to_dataset(table, point=("wind_speed",))
    np.testing.assert_array_equal(made["wind_speed"], table["wind_speed"])
    assert made["wind_speed"].attrs["standard_name"] == "wind_speed"
    assert made["wind_speed"].attrs["cell_methods"] == "time: point"
    assert made["wind_from_direction"].attrs["cell_methods"] == "time: mean"
    assert made["precipitation"].attrs["cell_methods"] == "time: sum"
    reason = made["reason"]
    words = dict(zip(reason.attrs["flag_values"], reason.attrs["flag_meanings"].split(), strict=True))
    assert [words[code] for code in reason.to_numpy()] == ["calm", "served", "served"]
    assert made["wind_source"].to_numpy().tolist() == ["NAD-SFC"] * 3


def test_profiles_lie_on_time_and_height():
    made = to_dataset(levels())
    assert made["wind_speed"].dims == ("time", "height")
    np.testing.assert_array_equal(made["wind_speed"], [[1.0, 2.0], [np.nan, 3.0]])
    assert made["sigma_w"].attrs["standard_name"] == "upward_air_velocity"
    assert made["sigma_w"].attrs["cell_methods"] == "time: standard_deviation"
    assert made["height"].attrs["positive"] == "up"


def test_files_of_aermod_become_netcdf_and_come_back(data_dir, tmp_path):
    folder = data_dir / "aermod" / "aertest"
    for reader, name in ((read_sfc, "AERMET2.SFC"), (read_pfl, "AERMET2.PFL")):
        table = reader(folder / name, utc_offset_h=-5).table
        made = to_dataset(table)
        made.to_netcdf(tmp_path / "a.nc", engine="scipy")
        with xr.open_dataset(tmp_path / "a.nc", engine="scipy") as opened:
            back = opened.load()
        np.testing.assert_array_equal(back["air_temperature"], made["air_temperature"])
        assert back["time"].to_numpy().tolist() == made["time"].astype("datetime64[ns]").to_numpy().tolist()
    kept = made["wind_speed"].to_series().dropna()
    assert len(kept) == table["wind_speed"].notna().sum()


def test_what_is_no_dataset_is_refused():
    with pytest.raises(InputError, match="twice"):
        to_dataset(pd.concat([hours(), hours()]))
    with pytest.raises(InputError, match="no column"):
        to_dataset(hours(), point=("speed",))
