"""Public operator: reasons, refusals, attributes, blocks, storage, maps, uncompiled kernels."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pyproj import Geod

import sootprint
from sootprint.core.errors import ConfigError, InputError
from sootprint.dispersion import (
    PlumeOptions,
    concentration_field,
    operator,
    operator_blocks,
    operator_from_zarr,
    operator_hours,
    operator_to_zarr,
)

REASONS = [
    "served", "calm", "missing wind", "calm", "missing wind", "missing stability", "served",
    "missing mixing height", "missing temperature", "served", "served", "served",
]  # fmt: skip


def test_every_hour_is_served_or_nan_with_its_reason(sources, receptors, weather):
    made = operator(sources, receptors, weather)
    assert operator_hours(made)["reason"].tolist() == REASONS
    served = np.array(REASONS) == "served"
    assert np.isnan(made["H"].values[~served]).all()
    assert np.isfinite(made["H"].values[served]).all()
    assert (made["H"].values[served] >= 0.0).all()
    assert made["H"].dims == ("time", "receptor", "source")
    assert made.attrs["version"] == sootprint.__version__


def test_temperature_is_needed_only_where_something_rises(sources, receptors, weather):
    made = operator(sources[sources["kind"] == "area"], receptors, weather)
    assert made["reason"].values[8] == "served"


def test_an_anemometer_high_up_does_not_hide_a_calm(sources, receptors, weather):
    made = operator(sources, receptors, weather.assign(measurement_height=200.0, wind_speed=0.7))
    assert made["reason"].values[0] == "calm"


def test_stable_hours_may_go_without_a_lid(sources, receptors, weather):
    made = operator(sources, receptors, weather, options={"stable_lid": False})
    assert made["reason"].values[7] == "served"


@pytest.mark.parametrize("column", ["height_m", "diameter_m", "exit_velocity_m_s", "exit_temperature_k"])
def test_a_stack_without_a_number_is_refused_by_name_unless_one_is_assumed(
    sources, receptors, weather, column
):
    value = sources.loc[0, column]
    sources.loc[0, column] = np.nan
    with pytest.raises(InputError, match=f"(?s)stack.*{column}.*cure"):
        operator(sources, receptors, weather)
    assumed = operator(sources, receptors, weather, options={"assumed": {"point": {column: value}}})
    sources.loc[0, column] = value
    xr.testing.assert_equal(assumed, operator(sources, receptors, weather))
    assert column in assumed.attrs["options"]


def test_faulty_requests_are_refused(sources, receptors, weather):
    with pytest.raises(ConfigError):
        operator(sources, receptors, weather, physics="other")
    with pytest.raises(ConfigError):
        operator(sources, receptors, weather, options={"calm": 1.0})
    with pytest.raises(InputError, match="more than once"):
        operator(sources, receptors, pd.concat([weather, weather]))
    with pytest.raises(InputError, match="occurs twice"):
        operator(pd.concat([sources, sources]), receptors, weather)
    with pytest.raises(InputError, match="height_m"):
        operator(sources, receptors.assign(height_m=np.nan), weather)


@pytest.mark.parametrize("crs", ["EPSG:32644", "EPSG:32645"])
def test_wind_from_true_north_follows_the_geodesic_in_any_grid(sources, weather, crs):
    angle = np.linspace(-3.0, 3.0, 61)
    lon, lat, _ = Geod(ellps="WGS84").fwd([82.6] * 61, [49.95] * 61, 70.0 + angle, [8000.0] * 61)
    arc = pd.DataFrame({"receptor_id": angle.round(3).astype(str), "lon": lon, "lat": lat, "height_m": 2.0})
    hour = weather.iloc[[0]].assign(wind_from_direction=250.0, stability_class="F")
    made = operator(sources.iloc[[0]], arc, hour, crs=crs, land_use="rural")
    assert angle[int(made["H"].values.argmax())] == pytest.approx(0.0, abs=1e-9)


def test_the_hash_follows_the_inputs_and_the_bytes_the_hash(sources, receptors, weather):
    one, two = (
        operator(sources, receptors, weather),
        operator(sources, receptors, weather, options={"threads": 2}),
    )
    assert one["H"].values.tobytes() == two["H"].values.tobytes()
    assert one.attrs["inputs_sha256"] == two.attrs["inputs_sha256"]
    changed = weather.assign(wind_speed=weather["wind_speed"] * (1 + 1e-12))
    assert operator(sources, receptors, changed).attrs["inputs_sha256"] != one.attrs["inputs_sha256"]


def test_blocks_make_the_whole(sources, receptors, weather):
    whole = operator(sources, receptors, weather)
    blocks = list(operator_blocks(sources, receptors, weather, hours=5))
    assert [block.sizes["time"] for block in blocks] == [5, 5, 2]
    np.testing.assert_array_equal(np.concatenate([b["H"].values for b in blocks]), whole["H"].values)


def test_zarr_gives_back_the_operator_and_the_same_bytes(sources, receptors, weather, tmp_path):
    made = operator(sources, receptors, weather)
    for name in ("a", "b"):
        operator_to_zarr(made, tmp_path / name)
    xr.testing.assert_identical(operator_from_zarr(tmp_path / "a").load(), made)
    one, two = (
        {str(p.relative_to(tmp_path / n)): p.read_bytes() for p in (tmp_path / n).rglob("*") if p.is_file()}
        for n in ("a", "b")
    )
    assert one == two
    with pytest.raises(InputError):
        operator_to_zarr(made, tmp_path / "a")
    with pytest.raises(InputError):
        operator_from_zarr(tmp_path / "none")


def test_zarr_of_blocks_is_the_zarr_of_the_whole(sources, receptors, weather, tmp_path):
    count = 1000
    long = pd.concat([weather.iloc[[0]]] * count).assign(
        time_start=pd.date_range("2024-01-01", periods=count, freq="h"),
        wind_from_direction=np.arange(count) % 360,
    )
    operator_to_zarr(operator_blocks(sources, receptors, long, hours=744), tmp_path / "blocks")
    whole, read = operator(sources, receptors, long), operator_from_zarr(tmp_path / "blocks")
    np.testing.assert_array_equal(read["H"].values, whole["H"].values)
    np.testing.assert_array_equal(read["time"].values, whole["time"].values)
    assert (read["reason"].values == whole["reason"].values).all()


def test_a_map_is_the_mean_of_the_operator_times_the_emission(sources, weather):
    lon, lat = np.array([82.62, 82.70]), np.array([49.93, 49.95, 49.99])
    rates = {"stack": 100.0, "hall": 1.0, "stoves": 20.0, "road": 2.0}
    made = concentration_field(sources, rates, lon, lat, weather)
    node = pd.DataFrame({"receptor_id": ["n"], "lon": lon[1], "lat": lat[2], "height_m": 1.5})
    h = operator(sources, node, weather)["H"].values[:, 0, :]
    expected = 1e6 * np.nanmean(h, axis=0) * np.array(list(rates.values()))
    np.testing.assert_allclose(made["concentration"].values[:, 2, 1], expected, rtol=1e-12)
    assert made.attrs["hours_served"] == REASONS.count("served")
    with pytest.raises(InputError, match="road"):
        concentration_field(sources, {"stack": 1.0, "hall": 1.0, "stoves": 1.0}, lon, lat, weather)


def test_options_are_checked():
    with pytest.raises(ConfigError):
        PlumeOptions(calm_m_s=0.0)


def test_compiled_and_plain_kernels_agree(sources, receptors, weather, tmp_path):
    for name, table in (("s", sources), ("r", receptors), ("w", weather)):
        table.to_parquet(tmp_path / f"{name}.parquet")
    program = (
        "import sys, numpy as np, pandas as pd\nfrom sootprint.dispersion import operator\n"
        "t = [pd.read_parquet(f'{sys.argv[1]}/{n}.parquet') for n in 'srw']\n"
        "np.save(f'{sys.argv[1]}/h.npy', operator(*t)['H'].values)\n"
    )
    plain = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, env=plain, timeout=120)
    made = operator(sources, receptors, weather)["H"].values
    np.testing.assert_allclose(np.load(tmp_path / "h.npy"), made, rtol=1e-11, atol=1e-25)
