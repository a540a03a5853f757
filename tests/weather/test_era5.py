"""ERA5 files of our own making, with the names and signs of ECMWF."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.core.errors import InputError
from sootprint.weather import read_era5
from sootprint.weather.readers.era5 import saturation_pressure

UNITS = {
    "u10": "m s**-1", "v10": "m s**-1", "t2m": "K", "d2m": "K", "sp": "Pa", "tcc": "(0 - 1)",
    "ssrd": "J m**-2", "sshf": "J m**-2", "tp": "m", "blh": "m", "zust": "m s**-1", "ishf": "W m**-2",
    "fsr": "m", "fal": "(0 - 1)", "z": "m**2 s**-2", "u": "m s**-1", "v": "m s**-1", "t": "K",
    "q": "kg kg**-1", "r": "%",
}  # fmt: skip
TIMES = pd.date_range("2024-01-15 01:00", periods=48, freq="h")
PLACE = {"longitude": 82.62, "latitude": 49.95}
STATE = {
    "u10": 3.0, "v10": 4.0, "t2m": 263.15, "d2m": 260.15, "sp": 98_000.0, "tcc": 0.5, "ssrd": 360_000.0,
    "tp": 1e-4, "blh": 500.0, "zust": 0.4, "ishf": -100.0, "fsr": 0.3, "fal": 0.7,
}  # fmt: skip


def grid(values, *, times=TIMES, east=(82.5, 82.75, 83.0), north=(50.25, 50.0, 49.75), levels=None):
    """Dataset with the older names; a value is a number or a function of coordinates."""
    coords = {"time": times.to_numpy("datetime64[ns]")}
    if levels is not None:
        coords["level"] = np.array(levels, "int32")
    coords |= {"latitude": np.array(north, "float32"), "longitude": np.array(east, "float32")}
    made = xr.Dataset(coords=coords)
    for name, value in values.items():
        field = value(made) if callable(value) else xr.DataArray(float(value))
        full = field + xr.zeros_like(sum(made[dim].astype(float) for dim in ("latitude", "longitude")))
        for dim in ("level", "time"):
            if dim in coords and dim not in full.dims:
                full = full.expand_dims({dim: made[dim]})
        made[name] = full.transpose(*coords).assign_attrs(units=UNITS[name])
    return made


def save(dataset, path):
    dataset.to_netcdf(path, engine="scipy")
    return path


def renamed(dataset):
    return dataset.rename(
        {"time": "valid_time"} | ({"level": "pressure_level"} if "level" in dataset else {})
    )


def test_an_hour_in_our_units_and_signs(tmp_path):
    made = read_era5(save(grid(STATE), tmp_path / "a.nc"), **PLACE)
    assert made.findings.empty
    assert (made.longitude, made.latitude) == (82.5, 50.0)
    weather = made.weather
    assert weather["time_start"].iloc[0] == pd.Timestamp("2024-01-15 00:00")
    hour = weather.iloc[0]
    assert hour["wind_speed"] == pytest.approx(5.0)
    # Towards the north-east by east (u = 3, v = 4): from 216.87 degrees.
    assert hour["wind_from_direction"] == pytest.approx(216.8699, abs=1e-4)
    assert hour["radiation"] == pytest.approx(100.0)
    assert hour["precipitation"] == pytest.approx(0.1)
    assert hour["sensible_heat_flux"] == 100.0
    # From the IFS documentation's formula by hand: e(260.15) = 221.6 Pa, e(263.15) = 286.5 Pa... their ratio.
    assert hour["humidity"] == pytest.approx(0.784, abs=0.003)
    layer = made.boundary_layer.iloc[0]
    density = 98_000.0 / (287.05 * 263.15)
    assert layer["obukhov_length"] == pytest.approx(
        -density * 1004.7 * 263.15 * 0.4**3 / (0.4 * 9.80665 * 100), rel=1e-9
    )
    assert layer["convective_velocity"] ** 3 == pytest.approx(
        9.80665 / 263.15 * 100.0 / (density * 1004.7) * 500.0, rel=1e-9
    )
    assert layer["convective_mixing_height"] == 500.0
    assert layer["mechanical_mixing_height"] == pytest.approx(2300.0 * 0.4**1.5)
    assert layer["reason"] == "served"
    assert layer["albedo"] == pytest.approx(0.7)


def test_stable_hours_have_one_height_and_no_convection(tmp_path):
    state = STATE | {"ishf": 20.0}
    layer = read_era5(save(grid(state), tmp_path / "a.nc"), **PLACE).boundary_layer
    assert (layer["sensible_heat_flux"] == -20.0).all()
    assert (layer["obukhov_length"] > 0).all()
    assert layer[["convective_velocity", "convective_mixing_height"]].isna().all().all()
    assert (layer["mechanical_mixing_height"] == 500.0).all()


def test_saturation_at_the_triple_point_and_at_twenty_degrees():
    assert saturation_pressure(273.16) == 611.21
    # WMO-No. 8, annex 4.B: 23.37 hPa at 20 °C.
    assert saturation_pressure(293.15) == pytest.approx(2337.0, rel=2e-3)


def test_bilinear_is_exact_for_a_linear_field_and_nearest_takes_a_point(tmp_path):
    def plane(data):
        return 260.0 + 2.0 * (data["longitude"] - 82.0) - 3.0 * (data["latitude"] - 50.0)

    path = save(grid(STATE | {"t2m": plane, "d2m": 250.0}), tmp_path / "a.nc")
    made = read_era5(path, **PLACE, method="bilinear")
    want = 260.0 + 2.0 * 0.62 + 3.0 * 0.05
    np.testing.assert_allclose(made.weather["air_temperature"], want, rtol=1e-9)
    assert (made.longitude, made.latitude) == (82.62, 49.95)
    near = read_era5(path, **PLACE).weather["air_temperature"]
    np.testing.assert_allclose(near, 261.0, rtol=1e-9)


def test_the_seam_of_the_longitudes_is_crossed(tmp_path):
    def east(data):
        return 260.0 + (data["longitude"] + 180.0) % 360.0 - 180.0

    seam = grid(STATE | {"t2m": east, "d2m": 250.0}, east=(0.0, 0.25, 359.5, 359.75))
    made = read_era5(save(seam, tmp_path / "a.nc"), longitude=-0.1, latitude=50.0, method="bilinear")
    np.testing.assert_allclose(made.weather["air_temperature"], 259.9, rtol=1e-9)


def test_newer_names_and_split_files_say_the_same(tmp_path):
    old = read_era5(save(grid(STATE), tmp_path / "a.nc"), **PLACE)
    first = save(renamed(grid({k: v for k, v in STATE.items() if k != "ssrd"})), tmp_path / "instant.nc")
    second = save(renamed(grid({"ssrd": STATE["ssrd"]})), tmp_path / "accum.nc")
    new = read_era5([first, second], **PLACE)
    columns = [column for column in old.weather if column != "source_file"]
    pd.testing.assert_frame_equal(new.weather[columns], old.weather[columns])
    pd.testing.assert_frame_equal(new.boundary_layer, old.boundary_layer)


def test_sums_since_midnight_give_the_rates_of_the_hours(tmp_path):
    def hourly(data):
        return (1000.0 * (1 + data["time"].dt.hour)).astype(float)

    def daily(data):
        hour = data["time"].dt.hour
        last = xr.where(hour == 0, 24, hour)
        # Hours 1 to 24 of the day hold 1000 times (hour + 1), of which the 24th is named 0.
        return (1000.0 * (last * (last + 1) / 2 + last) - xr.where(hour == 0, 24_000.0, 0.0)).astype(float)

    each = read_era5(save(grid(STATE | {"ssrd": hourly}), tmp_path / "a.nc"), **PLACE)
    sums = read_era5(save(grid(STATE | {"ssrd": daily}), tmp_path / "b.nc"), **PLACE, accumulated="day")
    np.testing.assert_allclose(sums.weather["radiation"], each.weather["radiation"], rtol=1e-9)


def test_accumulated_heat_flux_stands_in(tmp_path):
    state = {key: value for key, value in STATE.items() if key != "ishf"} | {"sshf": -360_000.0}
    made = read_era5(save(grid(state), tmp_path / "a.nc"), **PLACE)
    np.testing.assert_allclose(made.weather["sensible_heat_flux"], 100.0)


def test_what_is_absent_is_named_and_missing(tmp_path):
    made = read_era5(save(grid({"u10": 0.0, "v10": 0.0, "t2m": 263.0}), tmp_path / "a.nc"), **PLACE)
    assert made.findings["code"].tolist() == ["WX-ERA5-ABSENT"]
    assert "ishf or sshf" in made.findings["value"].iloc[0]
    assert (made.boundary_layer["reason"] == "calm").all()
    assert made.weather["wind_from_direction"].isna().all()
    assert made.weather["pressure"].isna().all()


def test_packing_beyond_a_bound_is_reported_and_a_wrong_value_is_missing(tmp_path):
    def rain(data):
        first = data["time"] == data["time"][0]
        return xr.where(first, -0.01, -1e-7)

    made = read_era5(save(grid(STATE | {"tp": rain, "tcc": 1.0000001}), tmp_path / "a.nc"), **PLACE)
    assert sorted(made.findings["code"]) == ["WX-ERA5-PACKED", "WX-ERA5-PACKED", "WX-RANGE"]
    assert made.weather["precipitation"].iloc[1] == 0.0
    assert np.isnan(made.weather["precipitation"].iloc[0])
    assert (made.weather["cloud"] == 1.0).all()


def test_the_preliminary_release_fills_and_is_counted(tmp_path):
    final, early = grid(STATE), grid(STATE | {"t2m": 270.0})
    late = final["time"] >= final["time"][40]
    both = xr.concat([early.where(late), final.where(~late)], dim="expver").assign_coords(expver=[5, 1])
    for name in both.data_vars:
        both[name].attrs["units"] = UNITS[name]
    made = read_era5(save(both.transpose("time", "expver", ...), tmp_path / "a.nc"), **PLACE)
    assert made.findings[["code", "value"]].to_numpy().tolist() == [["WX-ERA5-PRELIMINARY", "8 hours"]]
    assert made.weather["air_temperature"].tolist() == [263.15] * 40 + [270.0] * 8


LEVELS = (1000, 950, 900, 850, 700)
SCALE = 287.05 * 263.15 / 9.80665


def isothermal(data):
    """Geopotential of an isothermal atmosphere with 1000 hPa at 120 m."""
    height = 120.0 + SCALE * np.log(1000.0 / data["level"])
    return 9.80665 * height


def sounding(path, **change):
    state = {"u": 0.0, "v": -8.0, "t": 263.15, "z": isothermal, "r": 100.0}
    return save(grid(state | change, levels=LEVELS), path)


@pytest.mark.parametrize("surface", [98_000.0, 102_000.0])
def test_soundings_of_an_isothermal_atmosphere(tmp_path, surface):
    ground = save(grid(STATE | {"sp": surface}), tmp_path / "a.nc")
    made = read_era5(ground, **PLACE, pressure_levels=sounding(tmp_path / "b.nc"))
    table = made.soundings
    one = table.loc[table["time_start"] == TIMES[0]]
    above = [level * 100.0 for level in LEVELS if level * 100.0 < surface]
    assert one["pressure"].tolist() == [surface, *above]
    assert one["level"].tolist() == ["surface"] + ["other"] * len(above)
    # Heights above ground follow the hypsometric law, whether the ground is between levels or below them.
    np.testing.assert_allclose(one["height"], SCALE * np.log(surface / one["pressure"]), atol=1.5)
    np.testing.assert_allclose(one["dew_point_temperature"].iloc[1:], 263.15, atol=1e-6)
    assert one["wind_from_direction"].iloc[1:].eq(360.0).all()
    hidden = made.findings["code"].eq("WX-ERA5-UNDERGROUND").sum()
    assert hidden == (1 if surface < 100_000 else 0)


def test_specific_and_relative_humidity_agree(tmp_path):
    vapour = float(saturation_pressure(263.15))

    def specific(data):
        pressure = data["level"] * 100.0
        return 0.621981 * vapour / (pressure - 0.378019 * vapour)

    ground = save(grid(STATE), tmp_path / "a.nc")
    state = {"u": 1.0, "v": 1.0, "t": 263.15, "z": isothermal, "q": specific}
    path = save(grid(state, levels=LEVELS), tmp_path / "b.nc")
    made = read_era5(ground, **PLACE, pressure_levels=path).soundings
    aloft = made.loc[made["level"] == "other", "dew_point_temperature"]
    np.testing.assert_allclose(aloft, 263.15, atol=1e-6)


def test_what_cannot_be_read_says_why(tmp_path):
    path = save(grid(STATE), tmp_path / "a.nc")
    for place in ({"longitude": 90.0, "latitude": 50.0}, {"longitude": 82.6, "latitude": 49.0}):
        for method in ("nearest", "bilinear"):
            with pytest.raises(InputError, match="outside the grid"):
                read_era5(path, **place, method=method)
    with pytest.raises(InputError, match="no file"):
        read_era5(tmp_path / "none.nc", **PLACE)
    with pytest.raises(InputError, match="nearest or bilinear"):
        read_era5(path, **PLACE, method="cubic")
    with pytest.raises(InputError, match="hour or day"):
        read_era5(path, **PLACE, accumulated="month")
    other = grid(STATE)
    other["t2m"].attrs["units"] = "degC"
    with pytest.raises(InputError, match="t2m is in 'degC'"):
        read_era5(save(other, tmp_path / "c.nc"), **PLACE)
    (tmp_path / "d.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(600))
    with pytest.raises(InputError, match=r"h5netcdf|again"):
        read_era5(tmp_path / "d.nc", **PLACE)
    (tmp_path / "e.nc").write_bytes(b"time,ws\n")
    with pytest.raises(InputError, match="cannot be read"):
        read_era5(tmp_path / "e.nc", **PLACE)
    with pytest.raises(InputError, match="no variable of ERA5"):
        read_era5(save(grid(STATE)[["u10"]].rename(u10="x"), tmp_path / "f.nc"), **PLACE)
    moved = save(grid(STATE, east=(82.4, 82.65, 82.9)), tmp_path / "g.nc")
    with pytest.raises(InputError, match="different grids"):
        read_era5([path, moved], **PLACE)


def test_a_damaged_file_is_an_error_of_ours(tmp_path):
    whole = save(grid(STATE), tmp_path / "a.nc").read_bytes()
    rng = np.random.default_rng(5)
    for _ in range(40):
        broken = bytearray(whole[: int(rng.integers(1, len(whole)))])
        for place in rng.integers(0, min(len(broken), 1500), size=3):
            broken[place] = int(rng.integers(0, 256))
        (tmp_path / "b.nc").write_bytes(bytes(broken))
        try:
            read_era5(tmp_path / "b.nc", **PLACE)
        except InputError:
            continue


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_netcdf_4_where_a_library_for_it_is_installed(tmp_path, engine):
    pytest.importorskip({"h5netcdf": "h5netcdf", "netcdf4": "netCDF4"}[engine])
    old = read_era5(save(grid(STATE), tmp_path / "a.nc"), **PLACE)
    renamed(grid(STATE)).to_netcdf(tmp_path / "b.nc", engine=engine)
    new = read_era5(tmp_path / "b.nc", **PLACE)
    pd.testing.assert_frame_equal(new.boundary_layer, old.boundary_layer)
