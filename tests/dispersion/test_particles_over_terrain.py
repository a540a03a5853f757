"""Particles in the wind over terrain: the basis of the weather room drives the engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from test_particle_operator import air, posts, sources

from sootprint.core.errors import InputError
from sootprint.core.geo import project
from sootprint.dispersion import TerrainWind, particle_operator
from sootprint.weather import Situation, TerrainGrid, WindSite, make_basis

CRS = "EPSG:32644"
HOURS, CELL, HALF = 8, 200.0, 4000.0
LEVELS = np.array([0.0, 5.0, 15.0, 40.0, 100.0, 200.0, 350.0, 600.0])


def terrain(speed: float, *, hill_m: float = 150.0, hours: int = HOURS) -> TerrainWind:
    x, y = (float(part[0]) for part in project(np.array([82.61]), np.array([49.95]), CRS))
    middle = np.arange(-HALF + 0.5 * CELL, HALF, CELL)
    east, north = np.meshgrid(middle, middle)
    ground = 300.0 + hill_m * np.exp(-((east - 300.0) ** 2 + (north - 900.0) ** 2) / 600.0**2)
    grid = TerrainGrid(x - HALF, y - HALF, CELL, ground, LEVELS)
    basis = make_basis(grid, [WindSite("A", x - 2000.0, y, highest_m=400.0)], [Situation("neutral")])
    times = pd.DatetimeIndex(air(hours)["time_start"])
    readings = pd.DataFrame(
        {
            "time_start": times,
            "site_id": "A",
            "height_m": 10.0,
            "wind_speed": speed,
            "wind_from_direction": 270.0 if speed > 0.0 else np.nan,
        }
    )
    made = basis.hours(readings, pd.DataFrame({"time_start": times, "obukhov_length": np.inf}))
    return TerrainWind(basis, made.time_start, made.weights)


def run(wind: TerrainWind, **options):
    given = {"particles": 256, "batches": 2, "memory_h": 2.0, **options}
    return particle_operator(sources(), posts(), air(HOURS, speed=1.0), crs=CRS, options=given, terrain=wind)


@pytest.fixture(scope="module")
def hill() -> TerrainWind:
    return terrain(1.0)


def test_backward_and_forward_agree_over_a_hill(hill):
    back, onward = run(hill), run(hill, direction="forward", particles=512)
    late = slice(3, None)
    for source in ("STACK", "YARD"):
        for receptor in ("NEAR", "FAR"):
            pair, errors = [], []
            for item in (back, onward):
                one = item.sel(source=source, receptor=receptor).isel(time=late)
                pair.append(float(one["H"].mean()))
                errors.append(float(np.sqrt((one["standard_error"] ** 2).sum())) / one.sizes["time"])
            # Kernels have their width at the source going backward and at the receptor going forward.
            assert abs(pair[0] - pair[1]) <= 3.0 * np.hypot(*errors) + 0.15 * pair[0], (source, receptor)
            assert pair[0] > 0.0 or (source, receptor) == ("STACK", "NEAR")


def test_a_basin_at_rest_keeps_its_smoke():
    still = run(terrain(0.0), memory_h=6.0, thin_h=0.0)
    assert float(still["fate"].sel(end="left")[-1].mean()) < 0.05
    windy = run(terrain(3.0), memory_h=6.0, thin_h=0.0)
    assert float(windy["fate"].sel(end="left")[-1].mean()) > 0.9


def test_hours_without_a_terrain_wind_are_not_served(hill):
    cut = TerrainWind(hill.basis, hill.time_start[:-2], hill.weights[:-2])
    made = run(cut)
    assert list(made["reason"].values[-3:]) == ["served", "missing terrain wind", "missing terrain wind"]
    assert np.isnan(made["H"].values[-1]).all()


def test_places_outside_the_terrain_are_named(hill):
    with pytest.raises(InputError, match="outside the terrain"):
        particle_operator(
            sources(), posts().assign(lon=84.0), air(HOURS), crs=CRS, options={"particles": 8}, terrain=hill
        )
