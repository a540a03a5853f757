"""Hill height scale and ground height: hand numbers, all-cells search, speed."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sootprint.core.errors import InputError
from sootprint.dispersion.hill_height import elevation_grid, read_elevation, receptor_terrain


def rough(rows, columns, seed, cell=30.0):
    rng = np.random.default_rng(seed)
    y, x = np.arange(rows) * cell, np.arange(columns) * cell
    heights = np.full((rows, columns), 280.0)
    for _ in range(25):
        north, east = rng.uniform(0, y[-1]), rng.uniform(0, x[-1])
        width, top = rng.uniform(200, 1500), rng.uniform(20, 400)
        heights += top * np.exp(-((y[:, None] - north) ** 2 + (x - east) ** 2) / (2 * width**2))
    return elevation_grid(heights + rng.normal(0, 2, heights.shape), x=x, y=y)


def by_all_cells(x, y, grid, ground, slope=0.1):
    distance = np.hypot(grid["x"].to_numpy() - x, grid["y"].to_numpy()[:, None] - y)
    heights = grid.to_numpy()
    return max(ground, heights[heights - ground >= slope * distance].max(initial=ground))


@pytest.mark.parametrize(("distance", "expected"), [(2000.0, 300.0), (2100.0, 100.0)])
def test_lone_hill(distance, expected):
    heights = np.full((61, 61), 100.0)
    heights[0, int(distance / 100)] = 300.0
    grid = elevation_grid(heights, x=np.arange(61) * 100.0, y=np.arange(61) * 100.0)
    made = receptor_terrain([0.0], [0.0], grid)
    assert made["elevation_m"].tolist() == [100.0]
    assert made["hill_height_m"].tolist() == [expected]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_search_equals_that_of_all_cells(seed):
    grid = rough(150, 210, seed)
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 209 * 30.0, 40), rng.uniform(0, 149 * 30.0, 40)
    made = receptor_terrain(x, y, grid)
    expected = [by_all_cells(*row, grid, z) for *row, z in zip(x, y, made["elevation_m"], strict=True)]
    assert made["hill_height_m"].tolist() == expected
    assert (made["hill_height_m"] >= made["elevation_m"]).all()


def test_plane_is_exact_between_nodes_and_rows_may_run_south():
    x, y = np.arange(5) * 10.0, np.arange(4)[::-1] * 20.0
    grid = elevation_grid(3.0 + 0.02 * x + 0.05 * y[:, None], x=x, y=y)
    made = receptor_terrain([0, 13.0, 40.0], [0, 31.0, 60.0], grid)
    assert made["elevation_m"].to_numpy() == pytest.approx([3.0, 3 + 0.26 + 1.55, 3 + 0.8 + 3.0])


def test_hill_outside_the_model_is_announced():
    grid = rough(150, 150, 5)
    whole = receptor_terrain([2200.0], [2200.0], grid)
    part = grid.isel(x=slice(40, 110), y=slice(40, 110))
    made = receptor_terrain([2200.0], [2200.0], part)
    missed = whole["hill_height_m"][0] > made["hill_height_m"][0]
    assert not missed or whole["hill_height_m"][0] >= made["certain_below_m"][0]


def test_missing_nodes_count_for_nothing_but_beside_a_receptor():
    grid = rough(100, 100, 6)
    holed = grid.copy()
    holed[60:70, 60:70] = np.nan
    made = receptor_terrain([300.0], [300.0], holed)
    filled = receptor_terrain([300.0], [300.0], grid.where(holed.notnull(), -400.0))
    assert made["hill_height_m"].tolist() == filled["hill_height_m"].tolist()
    with pytest.raises(InputError, match="without a height"):
        receptor_terrain([1950.0], [1950.0], holed)


def test_faults_are_named():
    grid = rough(40, 40, 7)
    with pytest.raises(InputError, match="1 of 2 receptors are outside"):
        receptor_terrain([100.0, 1e6], [100.0, 0.0], grid)
    with pytest.raises(InputError, match="not evenly spaced"):
        elevation_grid(np.zeros((2, 3)), x=[0, 1, 5], y=[0, 1])
    with pytest.raises(InputError, match="shape"):
        elevation_grid(np.zeros((2, 3)), x=[0, 1], y=[0, 1])


def test_raster_without_its_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(InputError, match="rasterio is not installed"):
        read_elevation(Path("hills.tif"), crs="EPSG:32644", cell_m=30.0)


def test_raster_in_degrees(tmp_path):
    rasterio = pytest.importorskip("rasterio", reason="rasterio is not installed")
    path = tmp_path / "plane.tif"
    transform = rasterio.transform.from_origin(82.5, 50.1, 0.001, 0.001)
    with rasterio.open(
        path, "w", driver="GTiff", width=80, height=60, count=1, dtype="float32", crs="EPSG:4326",
        transform=transform,
    ) as file:  # fmt: skip
        file.write(np.full((1, 60, 80), 321.0, "float32"))
    grid = read_elevation(path, crs="EPSG:32644", cell_m=50.0)
    assert np.nanmax(grid) == np.nanmin(grid) == 321.0


def test_city_in_seconds():
    grid = rough(1000, 1000, 8)
    rng = np.random.default_rng(8)
    x, y = rng.uniform(0, 999 * 30.0, 1000), rng.uniform(0, 999 * 30.0, 1000)
    receptor_terrain(x[:1], y[:1], grid)
    start = time.perf_counter()
    receptor_terrain(x, y, grid)
    assert time.perf_counter() - start < 5.0
