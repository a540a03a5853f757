"""Operator with the physics of AERMOD: tables in, dataset out."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from layered_air import SERVED, UNSERVED, boundary_layer

from sootprint.core.errors import ConfigError, InputError
from sootprint.dispersion import (
    LayeredOptions,
    operator,
    operator_blocks,
    operator_from_zarr,
    operator_hours,
    operator_to_zarr,
)

REASONS = ["served"] * SERVED + list(UNSERVED.values())


@pytest.fixture
def layer():
    return boundary_layer(250.0)


@pytest.fixture
def mast(layer):
    """A mast of two levels in all hours."""
    levels = [{"height_m": 10.0, "top": False}, {"height_m": 100.0, "top": True}]
    rows = [
        {"time_start": time, "duration_s": 3600.0, "wind_speed": 4.0 + 0.02 * level["height_m"]} | level
        for time in layer["time_start"]
        for level in levels
    ]
    return pd.DataFrame(rows).assign(
        wind_from_direction=255.0, air_temperature=np.nan, sigma_theta_deg=9.0, sigma_w=0.5
    )


def make(sources, receptors, layer, **more):
    return operator(sources, receptors, layer, physics="aermod", land_use="rural", **more)


def test_every_hour_is_served_or_nan_with_its_reason(sources, receptors, layer):
    made = make(sources, receptors, layer)
    assert operator_hours(made)["reason"].tolist() == REASONS
    served = np.array(REASONS) == "served"
    assert np.isnan(made["H"].values[~served]).all()
    assert np.isfinite(made["H"].values[served]).all()
    assert (made["H"].values[served] >= 0.0).all()
    assert (made["H"].sel(receptor="near").values[served] > 0.0).any(axis=0).all()
    assert np.isnan(made["above_lid"].values[~served]).all()
    assert ((made["above_lid"].values[served] >= 0.0) & (made["above_lid"].values[served] <= 1.0)).all()


def test_attributes_say_what_was_done(sources, receptors, layer):
    made = make(sources, receptors, layer, options={"curve_step": 0.0, "threads": 2})
    assert made["H"].dims == ("time", "receptor", "source")
    assert made["H"].attrs["units"] == "s m-3"
    assert (made.attrs["engine"], made.attrs["physics"], made.attrs["land_use"]) == (
        "plume",
        "aermod",
        "rural",
    )
    stated = json.loads(made.attrs["options"])
    assert stated["curve_step"] == 0.0
    assert "threads" not in stated
    assert json.loads(made.attrs["hours"])["calm"] == 1
    assert len(made.attrs["inputs_sha256"]) == 64


def test_same_inputs_give_the_same_bytes_and_hash(sources, receptors, layer):
    one = make(sources, receptors, layer)
    other = make(
        sources, receptors, layer.sample(frac=1.0, random_state=1), options=LayeredOptions(threads=3)
    )
    xr.testing.assert_identical(one, other)
    assert one["H"].values.tobytes() == other["H"].values.tobytes()


CHANGES = {
    "stack": lambda s, r, w, p: {"sources": s.assign(height_m=s["height_m"] + 1.0)},
    "place": lambda s, r, w, p: {"receptors": r.assign(lon=r["lon"] + 1e-4)},
    "flagpole": lambda s, r, w, p: {"receptors": r.assign(height_m=3.0)},
    "name": lambda s, r, w, p: {"receptors": r.assign(receptor_id=["a", "b", "c"])},
    "friction velocity": lambda s, r, w, p: {
        "layer": w.assign(friction_velocity=w["friction_velocity"] * 1.01)
    },
    "mixing height": lambda s, r, w, p: {"layer": w.assign(mechanical_mixing_height=350.0)},
    "temperature": lambda s, r, w, p: {"layer": w.assign(air_temperature=w["air_temperature"] + 0.5)},
    "mast": lambda s, r, w, p: {"profiles": p},
    "option": lambda s, r, w, p: {"options": {"stack_tip_downwash": False}},
    "curves": lambda s, r, w, p: {"options": {"curve_step": 0.1}},
    "land use": lambda s, r, w, p: {"land_use": "urban"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_hash_tells_any_change_of_the_inputs(change, sources, receptors, layer, mast):
    stacks = sources[sources["kind"] == "point"]
    usual = {"sources": stacks, "receptors": receptors, "layer": layer, "land_use": "rural"}
    hashes = []
    for changed in ({}, change(stacks, receptors, layer, mast)):
        given = usual | changed
        made = operator(
            given.pop("sources"), given.pop("receptors"), given.pop("layer"), physics="aermod", **given
        )
        hashes.append(made.attrs["inputs_sha256"])
    assert hashes[0] != hashes[1]


def test_hash_tells_the_physics(sources, receptors, layer):
    stacks = sources[sources["kind"] == "point"]
    weather = layer.assign(stability_class="D", mixing_height=400.0)
    hashes = {
        operator(stacks, receptors, weather, physics=physics).attrs["inputs_sha256"]
        for physics in ("briggs1973", "aermod")
    }
    assert len(hashes) == 2


def test_mast_is_taken_for_what_it_measured(sources, receptors, layer, mast):
    stacks = sources[sources["kind"] == "point"]
    with_mast, without = (make(stacks, receptors, layer, profiles=table) for table in (mast, None))
    assert with_mast["reason"].values.tolist() == without["reason"].values.tolist()
    served = np.array(REASONS) == "served"
    assert (with_mast["H"].values[served] != without["H"].values[served]).any(axis=(1, 2)).all()


def test_blocks_are_the_operator(sources, receptors, layer):
    whole = make(sources, receptors, layer)
    blocks = list(operator_blocks(sources, receptors, layer, hours=5, physics="aermod", land_use="rural"))
    assert [block.sizes["time"] for block in blocks] == [5, 5, 2]
    for name in ("H", "reason", "above_lid"):
        together = np.concatenate([block[name].values for block in blocks])
        np.testing.assert_array_equal(together, whole[name].values)


def test_operator_comes_back_from_disk(sources, receptors, layer, tmp_path):
    made = make(sources, receptors, layer)
    operator_to_zarr(made, tmp_path / "h.zarr")
    back = operator_from_zarr(tmp_path / "h.zarr").load()
    xr.testing.assert_equal(back, made)
    assert back.attrs == made.attrs


def test_elevations_are_used_where_all_state_them(sources, receptors, layer):
    stacks = sources[sources["kind"] == "point"].assign(base_elevation_m=300.0)
    places = receptors.assign(elevation_m=[300.0, 360.0, 300.0], hill_height_m=[300.0, 420.0, 300.0])
    hills, level = make(stacks, places, layer), make(stacks, places, layer, options={"terrain": False})
    served = np.array(REASONS) == "served"
    difference = np.abs(hills["H"].values - level["H"].values)[served]
    assert difference[:, 1].max() > 0.0
    without = make(stacks, places.drop(columns="elevation_m"), layer)
    np.testing.assert_array_equal(without["H"].values, level["H"].values)


def test_parts_of_a_source_make_one(sources, receptors, layer):
    stoves = sources[sources["kind"] == "area"]
    ring = "(82.59 49.94, 82.60 49.94, 82.60 49.96, 82.59 49.96, 82.59 49.94)"
    other = ring.replace("82.60", "82.61").replace("82.59", "82.60")
    halves = stoves.assign(geometry_wkt=f"MULTIPOLYGON (({ring}), ({other}))")
    whole, parts = make(stoves, receptors, layer), make(halves, receptors, layer)
    assert parts.sizes["source"] == 1
    served = np.array(REASONS) == "served"
    np.testing.assert_allclose(parts["H"].values[served], whole["H"].values[served], rtol=2e-3, atol=1e-13)


def test_example_of_the_page_runs():
    page = Path(__file__).parents[2] / "docs" / "engines" / "plume-aermod.md"
    (example,) = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.S)
    space = {}
    exec(example, space)
    assert space["H"]["reason"].values.tolist() == ["served", "served", "calm"]
    by_day, by_night, calm = space["micrograms"].values[:, 0]
    assert 0.1 < by_day < 100.0
    assert by_night < by_day
    assert np.isnan(calm)


# What is refused


def test_weather_without_a_boundary_layer_is_refused(sources, receptors, weather):
    with pytest.raises(InputError, match="no friction_velocity") as error:
        make(sources, receptors, weather)
    assert "boundary_layer" in str(error.value)


@pytest.mark.parametrize("column", ["friction_velocity", "obukhov_length", "mechanical_mixing_height"])
def test_missing_column_is_named(column, sources, receptors, layer):
    with pytest.raises(InputError, match=column):
        make(sources, receptors, layer.drop(columns=column))


def test_area_with_a_hole_is_refused_by_name(sources, receptors, layer):
    outer = "(82.59 49.94, 82.61 49.94, 82.61 49.96, 82.59 49.96, 82.59 49.94)"
    inner = "(82.598 49.948, 82.602 49.948, 82.602 49.952, 82.598 49.952, 82.598 49.948)"
    ring = sources[sources["kind"] == "area"].assign(geometry_wkt=f"POLYGON ({outer}, {inner})")
    with pytest.raises(InputError, match="stoves is an area with a hole"):
        make(ring, receptors, layer)


def test_profiles_and_buildings_are_not_for_the_screening_physics(sources, receptors, weather, mast):
    for name in ("profiles", "buildings"):
        with pytest.raises(ConfigError, match=f"takes no {name}"):
            operator(sources, receptors, weather, **{name: mast})


def test_building_of_no_source_is_refused(sources, receptors, layer):
    walls = pd.DataFrame(
        {
            "source_id": "hut",
            "flow_direction_deg": np.arange(10.0, 361.0, 10.0),
            "height_m": 20.0,
            "width_m": 20.0,
            "length_m": 20.0,
            "along_offset_m": 0.0,
            "across_offset_m": 0.0,
        }
    )
    with pytest.raises(InputError, match="hut"):
        make(sources, receptors, layer, buildings=walls)


def test_building_beside_a_stack_raises_what_comes_to_its_lee(sources, receptors, layer):
    stacks = sources[sources["kind"] == "point"].assign(height_m=40.0)
    walls = pd.DataFrame(
        {
            "source_id": "stack",
            "flow_direction_deg": np.arange(10.0, 361.0, 10.0),
            "height_m": 35.0,
            "width_m": 60.0,
            "length_m": 60.0,
            "along_offset_m": -30.0,
            "across_offset_m": 0.0,
        }
    )
    plain, wake = (
        make(stacks, receptors, layer, buildings=table)["H"].values[:SERVED] for table in (None, walls)
    )
    assert np.isfinite(wake).all()
    assert (wake != plain).any()


@pytest.mark.parametrize("options", [{"calm_m_s": 1.0}, {"population": 1.0}, {"curve_step": 2.0}])
def test_options_that_are_not_known_or_not_possible_are_refused(options, sources, receptors, layer):
    with pytest.raises(ConfigError, match=next(iter(options))):
        make(sources, receptors, layer, options=options)


def test_unknown_physics_is_refused(sources, receptors, layer):
    with pytest.raises(ConfigError, match="aermod"):
        operator(sources, receptors, layer, physics="calpuff")


def test_hour_twice_and_no_hour_are_refused(sources, receptors, layer):
    with pytest.raises(InputError, match="more than once"):
        make(sources, receptors, pd.concat([layer, layer.head(1)]))
    with pytest.raises(InputError, match="no rows"):
        make(sources, receptors, layer.head(0))
