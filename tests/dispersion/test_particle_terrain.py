"""State of the air that decides on the wind over terrain of each hour."""

import numpy as np
import pandas as pd
import pytest

from sootprint.core.errors import ConfigError, InputError
from sootprint.dispersion import relief_of, terrain_wind
from sootprint.dispersion.particles.columns import columns
from sootprint.dispersion.particles.terrain import froude_of, surface_heat_flux
from sootprint.weather import WindSite, default_situations, elevation_grid, make_basis, terrain_grid

HOURS = pd.date_range("2024-11-05", periods=4, freq="h", unit="us")


def layers(**changes):
    """Stable calm, stable light, stable windy and convective hour."""
    table = {
        "time_start": HOURS,
        "duration_s": 3600.0,
        "wind_speed": [0.0, 1.0, 4.0, 2.0],
        "wind_from_direction": [np.nan, 90.0, 90.0, 90.0],
        "measurement_height": 10.0,
        "air_temperature": 270.0,
        "temperature_height": 2.0,
        "sensible_heat_flux": np.nan,
        "friction_velocity": [0.05, 0.08, 0.35, 0.3],
        "convective_velocity": [np.nan, np.nan, np.nan, 1.2],
        "potential_temperature_gradient": [np.nan, np.nan, np.nan, 0.005],
        "convective_mixing_height": [np.nan, np.nan, np.nan, 600.0],
        "mechanical_mixing_height": [30.0, 50.0, 400.0, 300.0],
        "obukhov_length": [5.0, 10.0, 100.0, -40.0],
        "roughness_length": 0.5,
    }
    return pd.DataFrame(table | changes)


def valley(depths=(80.0,)):
    x = np.arange(-3000.0, 3001.0, 250.0)
    ground = 300.0 + 250.0 * np.minimum((x / 2500.0) ** 2, 1.0)
    grid = terrain_grid(
        elevation_grid(np.tile(ground, (x.size, 1)), x=x, y=x),
        west=-2500.0, south=-2500.0, width_m=5000.0, height_m=5000.0, cell_m=500.0,
        levels=[0.0, 10.0, 40.0, 120.0, 300.0, 700.0],
    )  # fmt: skip
    sites = [WindSite("FLOOR", 0.0, 0.0), WindSite("HILL", 2300.0, 0.0)]
    return make_basis(grid, sites, default_situations(depths))


@pytest.fixture(scope="module")
def basis():
    return valley()


def readings(direction=90.0):
    parts = [
        {"time_start": HOURS, "site_id": site, "height_m": 10.0, "wind_speed": [0.0, 1.0, 4.0, 2.0]}
        for site in ("FLOOR", "HILL")
    ]
    return pd.concat([pd.DataFrame(part) for part in parts]).assign(wind_from_direction=direction)


def test_heat_flux_and_froude_number_are_those_of_the_columns():
    air = columns(layers())
    flux = surface_heat_flux(air)
    assert (flux[:3] < 0.0).all()
    assert flux[3] > 0.0
    expected = -1.2 * 1005.0 * 0.35**3 * 270.0 / (0.4 * 9.81 * 100.0)
    assert flux[2] == pytest.approx(expected, rel=0.01)
    number = froude_of(air, 200.0)
    assert number[0] == 0.0
    assert 0.0 < number[1] < number[2] < np.inf
    assert number[3] == np.inf
    assert froude_of(air, 400.0)[1] < number[1]


def test_light_stable_hours_have_the_pool(basis):
    given = {"pool_depth_m": 80.0, "pool_wind_m_s": 1.5}
    wind, hours = terrain_wind(basis, layers(), readings(), options=given)
    depth = hours.hours["pool_depth"].to_numpy()
    assert depth[:2].tolist() == [80.0, 80.0]
    assert np.isnan(depth[2:]).all()
    assert wind.weights.shape == (4, len(basis.space.patterns))
    _, without = terrain_wind(basis, layers(), readings())
    assert without.hours["pool_depth"].isna().all()
    with pytest.raises(InputError, match="cold pool"):
        terrain_wind(basis, layers(), readings(), options={"pool_depth_m": 300.0})


def test_a_stated_flux_makes_the_drainage_of_a_calm_night(basis):
    def downhill(**given):
        wind, _ = terrain_wind(basis, layers(**given.pop("weather", {})), readings(), **given)
        fields = basis.fields(wind.weights[:1])
        return float(fields.u[0, 0, 5, 8])  # on the eastern slope, downhill is towards the west

    quiet = downhill()
    night = downhill(options={"night_heat_flux_w_m2": -25.0})
    measured = downhill(weather={"sensible_heat_flux": [-40.0, np.nan, np.nan, np.nan]})
    assert measured < night < quiet <= 0.0
    assert night < -0.3


def test_directions_are_turned_to_the_grid(basis):
    north, _ = terrain_wind(basis, layers(), readings(100.0), convergence=np.deg2rad(10.0))
    grid, _ = terrain_wind(basis, layers(), readings(90.0))
    assert np.allclose(north.weights, grid.weights, atol=1e-9)


def test_relief_and_options(basis):
    assert 150.0 < relief_of(basis.grid) <= 250.0
    for wrong in ({"pool_depth_m": -1.0}, {"night_heat_flux_w_m2": 5.0}, {"match_rounds": 99}, {"pool": 1}):
        with pytest.raises(ConfigError):
            terrain_wind(basis, layers(), readings(), options=wrong)
