"""Formulas on the winds, fluxes and heights of three other years, beside what AERMET made of them."""

import numpy as np
import pytest

from sootprint.weather import mixing_heights as mixing
from sootprint.weather import read_sfc
from sootprint.weather import surface_fluxes as fluxes

YEARS = {
    "Houston": ("aermod/hrdow/HOUSTON_ADJU.SFC", -6.0, True),
    "Anchorage": ("aermod/olm/ANCH-99_ADJU.SFC", -9.0, True),
    "Lovett": ("aermod/lovett/LOVETT.SFC", -5.0, False),
}
"""Surface file, its offset from UTC [h], and whether its stable hours are of the low-wind method."""


@pytest.fixture(scope="module", params=YEARS)
def year(request, data_dir):
    file, offset, low_wind = YEARS[request.param]
    table = read_sfc(data_dir / file, utc_offset_h=offset).table
    density = fluxes.air_density(table["pressure"].fillna(101325.0), table["air_temperature"])
    return table, density, low_wind


def differences(made, column, mask, table):
    rows = mask.to_numpy(bool)
    ratio = np.abs(np.asarray(made, float)[rows] / table[column].to_numpy(float)[rows] - 1.0)
    ratio = ratio[np.isfinite(ratio)]
    assert len(ratio) > 1000
    return np.median(ratio), np.quantile(ratio, 0.9)


def mast(table):
    return table["wind_speed"], table["measurement_height"], table["roughness_length"]


def test_convective_hours(year):
    table, density, _ = year
    up = (table["reason"] == "served") & (table["sensible_heat_flux"] > 1.0)
    # Shorter and longer lengths than these are the bounds of the file.
    free = up & table["obukhov_length"].abs().between(1.5, 8000.0)
    friction, length = fluxes.convective_friction_velocity(
        *mast(table), table["sensible_heat_flux"], table["air_temperature"], density
    )
    median, tail = differences(friction, "friction_velocity", up, table)
    assert median < 0.002
    assert tail < 0.01
    median, tail = differences(length, "obukhov_length", free, table)
    assert median < 0.005
    assert tail < 0.05
    velocity = mixing.convective_velocity(
        table["sensible_heat_flux"], table["convective_mixing_height"], table["air_temperature"], density
    )
    median, tail = differences(velocity, "convective_velocity", up, table)
    assert median < 0.001
    assert tail < 0.005


def test_stable_hours_of_the_night(year):
    table, density, low_wind = year
    night = (table["reason"] == "served") & (table["sensible_heat_flux"] < 0) & (table["albedo"] == 1.0)
    kelvin = table["air_temperature"]
    if low_wind:
        scale = np.full(len(table), fluxes.LOW_WIND_TEMPERATURE_SCALE)
        first = fluxes.low_wind_friction_velocity(*mast(table), kelvin, scale)
    else:
        first = fluxes.stable_friction_velocity(
            *mast(table), kelvin, fluxes.temperature_scale(table["cloud"])
        )
    friction, scale, _ = fluxes.limited_heat_loss(
        *first, *mast(table), kelvin, density, largest_loss=64.0, low_wind=low_wind
    )
    median, tail = differences(friction, "friction_velocity", night, table)
    assert median < 0.005
    assert tail < 0.015
    loss = density * fluxes.HEAT_CAPACITY_DRY_AIR * friction * scale
    # The file prints 0.1 W/m², which is coarse for the weaker fluxes.
    strong = night & (table["sensible_heat_flux"] < -5.0)
    median, tail = differences(-loss, "sensible_heat_flux", strong, table)
    assert median < 0.01
    assert tail < 0.04


def test_mechanical_height_with_its_memory(year):
    table, _, _ = year
    made = mixing.mechanical_height(table["friction_velocity"])
    median, tail = differences(made, "mechanical_mixing_height", table["reason"] == "served", table)
    assert median < 0.005
    assert tail < 0.03
