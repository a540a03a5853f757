"""Elevation models: tiles of SRTM, their voids, and the grid made of them."""

import numpy as np
import pytest

from sootprint.core.errors import InputError
from sootprint.core.geo import project, unproject
from sootprint.weather import elevation_grid, fill_voids, read_hgt, terrain_grid

CRS = "EPSG:32644"


def write_tile(path, height, side=1201):
    """Tile whose heights are a function of longitude and latitude; rounded to metres."""
    south, west = int(path.name[1:3]), int(path.name[4:7])
    lat = south + np.linspace(1.0, 0.0, side)[:, None]
    lon = west + np.linspace(0.0, 1.0, side)[None, :]
    values = np.rint(height(lon, lat) * np.ones((side, side)))
    values.astype(">i2").tofile(path)


def plane(lon, lat):
    return 300.0 + 2000.0 * (lon - 82.0) - 1000.0 * (lat - 49.0)


def test_tile_comes_back(tmp_path):
    path = tmp_path / "N49E082.hgt"
    write_tile(path, plane)
    x, y = project(82.5, 49.5, CRS)
    grid = read_hgt(path, crs=CRS, cell_m=100.0, bounds=(x - 3000, y - 2000, x + 3000, y + 2000))
    east, north = np.meshgrid(grid["x"], grid["y"])
    lon, lat = unproject(east, north, CRS)
    assert np.abs(grid.to_numpy() - plane(lon, lat)).max() < 0.5 + 1e-6
    assert grid.attrs["voids"] == grid.attrs["missing"] == 0


def test_two_tiles_share_their_edge(tmp_path):
    paths = [tmp_path / "N49E082.hgt", tmp_path / "N49E083.hgt"]
    for path in paths:
        write_tile(path, plane)
    x, y = project(83.0, 49.5, CRS)
    grid = read_hgt(paths, crs=CRS, cell_m=100.0, bounds=(x - 2000, y - 1000, x + 2000, y + 1000))
    assert not np.isnan(grid).any()
    assert np.abs(np.diff(grid.to_numpy(), axis=1)).max() < 8.0
    assert not np.isnan(read_hgt(paths, crs=CRS, cell_m=2000.0)).all()


def test_voids_are_counted_and_filled_only_as_asked(tmp_path):
    path = tmp_path / "N49E082.hgt"
    write_tile(path, plane)
    raw = np.fromfile(path, dtype=">i2").reshape(1201, 1201)
    raw[595:606, 595:606] = -32768
    raw.tofile(path)
    x, y = project(82.5, 49.5, CRS)
    grid = read_hgt(path, crs=CRS, cell_m=100.0, bounds=(x - 3000, y - 3000, x + 3000, y + 3000))
    assert grid.attrs["voids"] == 121
    missing = int(np.isnan(grid).sum())
    assert missing == grid.attrs["missing"] > 50
    with pytest.raises(InputError, match="fill the voids"):
        terrain_grid(grid, west=x - 2000, south=y - 2000, width_m=4000, height_m=4000, cell_m=200.0)
    filled = fill_voids(grid, method="linear", farthest_m=2000.0)
    east, north = np.meshgrid(grid["x"], grid["y"])
    assert filled.attrs == {**grid.attrs, "filled": missing, "unfilled": 0, "void_method": "linear"}
    assert np.abs(filled.to_numpy() - plane(*unproject(east, north, CRS))).max() < 1.6
    near = fill_voids(grid, method="nearest", farthest_m=150.0)
    assert near.attrs["filled"] + near.attrs["unfilled"] == missing
    assert near.attrs["unfilled"] > 0
    with pytest.raises(InputError, match="cubic"):
        fill_voids(grid, method="cubic", farthest_m=1.0)


def test_faults_of_tiles_are_named(tmp_path):
    odd = tmp_path / "N49E082.hgt"
    odd.write_bytes(b"\0" * 999)
    with pytest.raises(InputError, match="999 bytes"):
        read_hgt(odd, crs=CRS, cell_m=100.0)
    nameless = tmp_path / "hills.hgt"
    nameless.write_bytes(b"")
    with pytest.raises(InputError, match="south-west corner"):
        read_hgt(nameless, crs=CRS, cell_m=100.0)
    write_tile(odd, plane)
    far = tmp_path / "N10E010.hgt"
    write_tile(far, plane)
    with pytest.raises(InputError, match="border on each other"):
        read_hgt([odd, far], crs=CRS, cell_m=100.0)
    with pytest.raises(InputError, match="in the bounds"):
        read_hgt(odd, crs=CRS, cell_m=100.0, bounds=(0.0, 0.0, 1000.0, 1000.0))


def test_grid_holds_the_mean_of_its_cells():
    x = np.arange(-50.0, 3051.0, 50.0)
    heights = np.sin(x / 130.0)[None, :] * 40.0 + 0.1 * x[:, None]
    elevation = elevation_grid(heights, x=x, y=x)
    grid = terrain_grid(elevation, west=0.0, south=0.0, width_m=3000.0, height_m=2000.0, cell_m=200.0)
    assert grid.shape[1:] == (10, 15)
    edges = np.arange(0.0, 3001.0, 200.0)
    exact = 40.0 * 130.0 * -np.diff(np.cos(edges / 130.0)) / 200.0 + 0.1 * grid.y[:, None]
    assert np.abs(grid.ground - exact).max() < 1.0
    with pytest.raises(InputError, match="whole number of cells"):
        terrain_grid(elevation, west=0.0, south=0.0, width_m=3010.0, height_m=2000.0, cell_m=200.0)
    with pytest.raises(InputError, match="inside the elevation model"):
        terrain_grid(elevation, west=500.0, south=0.0, width_m=3000.0, height_m=2000.0, cell_m=200.0)
