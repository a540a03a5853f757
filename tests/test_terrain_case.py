"""A case whose particles follow the wind over an elevation model, from the tile to the operator."""

from datetime import date

import numpy as np
import pytest

import sootprint
from sootprint.case.config import edit_settings
from sootprint.case.pipeline import run_steps
from sootprint.cli.demo import demo_settings
from sootprint.core.errors import ConfigError, InputError
from sootprint.synthetic import make_city, write_evidence
from sootprint.weather import WindBasis

PARTICLES = {"particles": 16, "batches": 4, "memory_h": 3}


def write_tile(path, *, hill_m=300.0, void=False):
    """SRTM tile of a valley from north to south through 82.6° E."""
    lon = 82.0 + np.linspace(0.0, 1.0, 1201)
    height = 280.0 + hill_m * (1.0 - np.exp(-(((lon - 82.6) / 0.12) ** 2)))
    values = np.tile(np.rint(height), (1201, 1)).astype(">i2")
    if void:
        values[30:130, 700:800] = -32768
    values.tofile(path)
    return path


def case_with(folder, *, tile=True, **settings):
    given = {**demo_settings(1000), "unknown.search": False, "engine.engine": "particles"}
    given |= {"engine.particles": PARTICLES, "engine.terrain": {"cell_m": 2000.0, "margin_m": 2000.0}}
    made = sootprint.new_case(folder / "case", given | settings, by="tester")
    for path, kind, options in write_evidence(make_city(1000, days=2), folder / "files"):
        made.add(path, kind, options)
    if tile:
        for name in ("N49E082.hgt", "N50E082.hgt"):
            made.add(write_tile(folder / name))
    return made


def results_until(case, last):
    """Results of the steps as far as one."""
    steps = case.steps(case.settings, case.evidence)
    names = [step.name for step in steps]
    with case.folder.writing():
        return run_steps(case.folder, steps[: names.index(last) + 1], case.settings)


def until(case, last):
    """Artifacts of the steps as far as one."""
    results = results_until(case, last)
    return {name: artifact for result in results for name, artifact in result.artifacts.items()}


def test_particles_of_a_case_follow_its_terrain(tmp_path):
    pool = {"pool_depth_m": 100.0, "pool_wind_m_s": 2.0}
    terrain = {"cell_m": 2000.0, "margin_m": 2000.0, "wind": pool}
    terrain["sites"] = {"RIDGE": {"lon": 82.8, "lat": 49.95}}
    case = case_with(tmp_path, **{"engine.terrain": terrain, "engine.weather_station": "UKK"})
    assert case.evidence[-1].kind == "elevation"
    with pytest.raises(ConfigError, match="RIDGE"):
        until(case, "terrain")
    text = (tmp_path / "files" / "weather_synthetic.csv").read_text(encoding="utf-8")
    (tmp_path / "ridge.csv").write_text(text.replace("UKK,", "RIDGE,"), encoding="utf-8")
    case.add(tmp_path / "ridge.csv", "weather", case.settings.files["weather_synthetic.csv"])
    made = until(case, "operator")
    told = made["terrain"].load()
    assert told["relief_m"] > 100.0
    assert told["largest_divergence_s-1"] < 1e-6
    assert told["sites"] == {"UKK": "assumed: the middle of the case", "RIDGE": "of the settings"}
    assert made["terrain_findings"].load()["code"].tolist() == ["TERRAIN-STATION-ASSUMED"]
    basis = WindBasis.load(made["wind_basis"].load() / "basis.npz")
    assert [one.pool_depth_m for one in basis.space.situations] == [None, None, None, 100.0]
    hours, sites = made["terrain_wind_hours"].load(), made["terrain_wind_sites"].load()
    assert len(hours) == len(made["wind_weights"].load()["time"]) > 20
    assert (hours["pool_depth"] == 100.0).any()
    assert hours["pool_depth"].isna().any()
    miss = np.hypot(
        sites["eastward_wind"] - sites["modelled_eastward_wind"],
        sites["northward_wind"] - sites["modelled_northward_wind"],
    )
    assert miss.mean() < 0.05 * np.hypot(sites["eastward_wind"], sites["northward_wind"]).mean()
    operator = made["operator"].load()
    assert operator.attrs["terrain"] == basis.inputs_hash
    level = until(case_with(tmp_path / "level", tile=False), "operator")["operator"].load()
    assert level.attrs["terrain"] == "level"
    served = (operator["reason"] == "served").values & (level["reason"] == "served").values
    assert served.sum() > 20
    over, flat = (one["H"].values[served].sum(axis=(0, 1)) for one in (operator, level))
    assert np.isfinite(over).all()
    assert (over > 0.0).any()
    assert not np.allclose(over, flat, rtol=0.02)


def test_other_hours_do_not_solve_the_terrain_again(tmp_path):
    case = case_with(tmp_path)
    until(case, "terrain_wind")
    edit_settings(case.folder.settings_path, {"scope.end": date(2024, 11, 1)})
    edit_settings(case.folder.settings_path, {"engine.terrain.wind": {"night_heat_flux_w_m2": -20.0}})
    ran = {result.step.name: result.ran for result in results_until(case, "terrain_wind")}
    assert ran["gather"]
    assert not ran["terrain"]
    assert ran["terrain_wind"]
    edit_settings(case.folder.settings_path, {"engine.terrain.cell_m": 2500.0})
    assert {result.step.name: result.ran for result in results_until(case, "terrain")}["terrain"]


def test_a_pool_without_a_wind_above_it_is_refused(tmp_path):
    terrain = {"cell_m": 2000.0, "margin_m": 2000.0, "pool_depths_m": [100.0]}
    with pytest.raises(InputError, match="no site knows the wind above the pool"):
        until(case_with(tmp_path, **{"engine.terrain": terrain}), "terrain")


def test_the_station_stands_where_the_settings_say(tmp_path):
    case = case_with(tmp_path)
    station = until(case, "gather")["weather"].load()["station_id"].iloc[0]
    place = {"lon": 82.65, "lat": 49.95, "highest_m": 60.0}
    given = {"cell_m": 2000.0, "margin_m": 2000.0, "sites": {str(station): place}}
    again = case_with(tmp_path / "placed", **{"engine.terrain": given})
    made = until(again, "terrain")
    assert made["terrain"].load()["sites"] == {str(station): "of the settings"}
    basis = WindBasis.load(made["wind_basis"].load() / "basis.npz")
    assert basis.space.sites[0].highest_m == 60.0
    wrong = {"cell_m": 2000.0, "sites": {"NOWHERE": place}}
    with pytest.raises(ConfigError, match="NOWHERE"):
        until(case_with(tmp_path / "wrong", **{"engine.terrain": wrong}), "terrain")


def test_a_tile_elsewhere_and_too_many_cells_are_said(tmp_path):
    part = case_with(tmp_path / "part", tile=False)
    part.add(write_tile(tmp_path / "part" / "N49E082.hgt"))
    with pytest.raises(InputError, match="does not cover the sources"):
        until(part, "terrain")
    case = case_with(tmp_path, tile=False)
    case.add(write_tile(tmp_path / "N10E010.hgt"))
    with pytest.raises(InputError, match=r"no tile has a height"):
        until(case, "terrain")
    fine = case_with(tmp_path / "fine", **{"engine.terrain": {"cell_m": 20.0}})
    with pytest.raises(ConfigError, match="at most 400"):
        until(fine, "terrain")


def test_without_particles_an_elevation_model_makes_no_step(tmp_path):
    case = case_with(tmp_path, **{"engine.engine": "plume"})
    assert not {"terrain", "terrain_wind"} & {step.name for step in case.steps(case.settings, case.evidence)}
    off = case_with(tmp_path / "off", **{"engine.terrain": {"use": False}})
    assert not {"terrain", "terrain_wind"} & {step.name for step in off.steps(off.settings, off.evidence)}


def test_a_void_of_a_tile_is_filled_and_counted(tmp_path):
    given = {"cell_m": 2000.0, "margin_m": 2000.0, "farthest_void_m": 20000.0}
    case = case_with(tmp_path, tile=False, **{"engine.terrain": given})
    case.add(write_tile(tmp_path / "N49E082.hgt", void=True))
    case.add(write_tile(tmp_path / "N50E082.hgt"))
    made = until(case, "terrain")
    assert made["terrain"].load()["nodes_without_height"] > 0
    assert "TERRAIN-VOIDS-FILLED" in set(made["terrain_findings"].load()["code"])
    far = case_with(tmp_path / "far", tile=False, **{"engine.terrain.farthest_void_m": 0.0})
    for name in ("N49E082.hgt", "N50E082.hgt"):
        far.add(tmp_path / name)
    with pytest.raises(InputError, match="no ground height"):
        until(far, "terrain")
