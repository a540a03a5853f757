"""Operator of the particles: what a user relies on, whatever the physics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from sootprint.core.errors import ConfigError, InputError
from sootprint.dispersion import particle_operator
from sootprint.dispersion.particles import operator as room

OPTIONS: dict[str, Any] = {"particles": 32, "batches": 2, "memory_h": 3.0, "margin_m": 4000.0}


def air(hours: int = 6, speed: float = 1.0) -> pd.DataFrame:
    time = pd.date_range("2024-11-05 12:00", periods=hours, freq="h")
    return pd.DataFrame(
        {
            "station_id": "A",
            "time_start": time,
            "duration_s": 3600.0,
            "wind_speed": speed,
            "wind_from_direction": 270.0,
            "measurement_height": 10.0,
            "roughness_length": 0.5,
            "air_temperature": 268.0,
            "cloud": 0.3,
            "stability_class": "F",
            "mixing_height": 80.0,
        }
    )


def sources() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "source_id": ["STACK", "YARD"],
            "facility_id": "P",
            "kind": ["point", "area"],
            "lon": [82.60, 82.605],
            "lat": [49.95, 49.95],
            "geometry_wkt": [
                None,
                "POLYGON((82.603 49.949, 82.607 49.949, 82.607 49.951, 82.603 49.951, 82.603 49.949))",
            ],
            "height_m": [40.0, 5.0],
            "vertical_extent_m": [np.nan, 10.0],
            "diameter_m": [1.0, np.nan],
            "exit_velocity_m_s": [8.0, np.nan],
            "exit_temperature_k": [330.0, np.nan],
        }
    )


def posts() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "receptor_id": ["NEAR", "FAR"],
            "lon": [82.612, 82.63],
            "lat": [49.95, 49.951],
            "height_m": [2.0, 3.0],
        }
    )


def made(weather: pd.DataFrame | None = None, *, by: Any = None, **options: Any) -> Any:
    table = air() if weather is None else weather
    return particle_operator(
        sources(), posts(), table, options={**OPTIONS, **options}, **({} if by is None else by)
    )


def test_bytes_do_not_depend_on_threads_blocks_or_what_else_is_asked(monkeypatch):
    whole = made()
    assert made(threads=2).equals(whole)
    monkeypatch.setattr(room, "BLOCK_HOURS", 2)
    np.testing.assert_array_equal(made()["H"], whole["H"])
    wanted = pd.DatetimeIndex(whole["time"].values)[[2, 4]]
    some = made(by={"hours": wanted})
    np.testing.assert_array_equal(some["H"].values[[2, 4]], whole["H"].values[[2, 4]])
    assert np.isnan(some["H"].values[[0, 1, 3, 5]]).all()
    assert list(some["reason"].values[[0, 2]]) == ["not wanted", "served"]
    assert not np.array_equal(made(seed=2)["H"], whole["H"])


def test_finished_parts_are_not_computed_again(tmp_path, monkeypatch):
    whole = made()
    stored = made(by={"folder": tmp_path})
    np.testing.assert_array_equal(stored["H"], whole["H"])
    monkeypatch.setattr(room, "run_block", None)
    np.testing.assert_array_equal(made(by={"folder": tmp_path})["H"], whole["H"])


def test_dead_calm_is_ordinary_input():
    weather = air(speed=0.0).assign(wind_from_direction=np.nan)
    calm = made(weather, particles=128, memory_h=5.0)
    assert (calm["reason"] == "served").all()
    assert np.isfinite(calm["H"]).all()
    assert float(calm["H"].sel(receptor="NEAR", source="YARD")[-1]) > 0.0
    assert np.isfinite(calm["standard_error"]).all()
    np.testing.assert_allclose(made(weather, thin_h=0.0)["fate"].sum("end"), 1.0, rtol=1e-6)


def test_smoke_of_the_hours_before_is_still_there_in_calm_air():
    weather = air(hours=7, speed=0.0).assign(wind_from_direction=np.nan)
    calm = made(weather, particles=256, memory_h=6.0, keep_lags=True)
    lags = calm["H_lag"].sel(receptor="NEAR", source="YARD").isel(time=6)
    assert float(lags.isel(lag=slice(2, None)).sum() / lags.sum()) > 0.2
    np.testing.assert_allclose(calm["H_lag"].sum("lag"), calm["H"], rtol=1e-12)


def test_backward_and_forward_are_one_operator():
    back = made(particles=512, memory_h=2.0)
    onward = made(particles=512, memory_h=2.0, direction="forward")
    for source in ("STACK", "YARD"):
        pair = [item.sel(source=source).isel(time=slice(2, None)).sum("time") for item in (back, onward)]
        error = np.sqrt(
            sum(
                (item["standard_error"].sel(source=source).isel(time=slice(2, None)) ** 2).sum("time")
                for item in (back, onward)
            )
        )
        gap = np.abs(pair[0]["H"] - pair[1]["H"])
        # Widths of the kernels differ at the two ends: a tenth is allowed beside the sampling error.
        assert (gap <= 3.0 * error + 0.1 * pair[0]["H"]).all(), source


def test_sampling_error_falls_with_the_root_of_the_number_and_stops_at_what_is_asked():
    few, many = made(particles=64), made(particles=1024)
    ratio = float(few["standard_error"].mean() / many["standard_error"].mean())
    assert ratio == pytest.approx(4.0, rel=0.35)
    asked = made(particles=64, target_error=0.1, most_passes=40)
    assert int(asked["particles"].max()) > 64
    total = asked["H"].sum("source")
    error = np.sqrt((asked["standard_error"] ** 2).sum("source"))
    reached = asked["particles"].values < 64 * 40
    assert reached.any()
    assert float((error / total).values[reached].max()) < 0.13


def test_losses_take_their_part():
    whole = made(particles=256)
    for loss in ({"deposition_velocity_m_s": 0.01}, {"half_life_h": 0.5}):
        less = made(particles=256, **loss)
        ratio = float(less["H"].sel(receptor="FAR").sum() / whole["H"].sel(receptor="FAR").sum())
        assert 0.2 < ratio < 0.97, loss
    deposited = made(particles=64, deposition_velocity_m_s=0.01, thin_h=0.0)
    np.testing.assert_allclose(deposited["fate"].sum("end"), 1.0, rtol=1e-6)
    assert float(deposited["fate"].sel(end="deposited").mean()) > 0.05


def test_an_hour_without_wind_data_is_not_served_and_bridged_for_others():
    weather = air().assign(wind_speed=[1.0, 1.0, np.nan, 1.0, 1.0, 1.0])
    gap = made(weather)
    assert list(gap["reason"].values) == ["served", "served", "missing wind", "served", "served", "served"]
    assert np.isnan(gap["H"].values[2]).all()
    assert np.isfinite(gap["H"].values[3]).all()
    without_row = made(air().drop(index=2))
    np.testing.assert_array_equal(without_row["H"].values, gap["H"].values[[0, 1, 3, 4, 5]])


def test_bad_input_is_named():
    with pytest.raises(ConfigError, match="options of the engine 'particles' are not known"):
        made(speed=3)
    with pytest.raises(ConfigError, match="does not divide"):
        made(step_s=7.0)
    with pytest.raises(ConfigError, match="batches"):
        made(particles=33)
    with pytest.raises(InputError, match="cluster needs a folder"):
        made(by={"client": "tcp://127.0.0.1:1"})
    with pytest.raises(InputError, match="no source"):
        particle_operator(sources().iloc[:0], posts(), air())
    with pytest.raises(InputError, match="receptor has no place"):
        particle_operator(sources(), posts().assign(height_m=np.nan), air(), options=OPTIONS)
    with pytest.raises(InputError, match="no hour can be served"):
        made(air().assign(wind_speed=np.nan))


@pytest.mark.slow
def test_a_cluster_computes_the_same_bytes(tmp_path):
    pytest.importorskip("distributed")
    from sootprint.dispersion import local_client

    whole = made(by={"folder": tmp_path / "threads"})
    with local_client(2) as client:
        spread = made(by={"folder": tmp_path / "cluster", "client": client})
    assert spread.equals(whole)


def test_what_starts_above_the_top_of_the_air_starts_at_its_top():
    """A release far above the top once left the tables."""
    hot = sources().iloc[:1].assign(height_m=450.0, exit_temperature_k=900.0, diameter_m=20.0)
    options = {**OPTIONS, "top_m": 60.0, "direction": "forward", "thin_h": 0.0}
    high = particle_operator(hot, posts(), air(), options=options)
    assert np.isfinite(high["H"]).all()
    np.testing.assert_allclose(high["fate"].sum("end"), 1.0, rtol=1e-6)
