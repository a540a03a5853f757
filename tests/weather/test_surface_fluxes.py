"""Numbers of the docstrings and laws of the surface layer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sootprint.core.constants import HEAT_CAPACITY_DRY_AIR, VON_KARMAN
from sootprint.weather import surface_fluxes as fluxes

QUICK = settings(max_examples=60, deadline=None)
WINDS = st.floats(0.3, 25.0)
HEIGHTS = st.floats(5.0, 50.0)
ROUGH = st.floats(0.001, 0.7)
KELVIN = st.floats(240.0, 315.0)


def test_air_density_of_the_standard_atmosphere():
    assert fluxes.air_density(101325.0, 288.15) == pytest.approx(1.225, abs=5e-4)


def test_albedo_under_a_low_sun():
    assert fluxes.albedo_under_sun(0.2, 30.0) == pytest.approx(0.2 + 0.8 * np.exp(-3.32), abs=1e-12)
    assert fluxes.albedo_under_sun(0.2, 30.0) == pytest.approx(0.229, abs=5e-4)
    assert fluxes.albedo_under_sun(0.2, -1.0) == 1.0
    series = fluxes.albedo_under_sun(0.2, np.linspace(0.1, 90.0, 200))
    assert (np.diff(series) < 0).all()
    assert series[-1] == pytest.approx(0.2, abs=1e-4)


def test_solar_radiation():
    assert fluxes.solar_radiation(30.0, 0.0) == pytest.approx(465.0)
    assert fluxes.solar_radiation(30.0, 1.0) == pytest.approx(0.25 * 465.0)
    assert fluxes.solar_radiation(1.7, 0.0) == 0.0
    assert fluxes.solar_radiation(-20.0, 0.0) == 0.0


def test_longwave_loss_and_net_radiation():
    assert fluxes.longwave_loss(283.15, 0.0) == pytest.approx(90.8, abs=0.2)
    assert fluxes.longwave_loss(283.15, 0.0) - fluxes.longwave_loss(283.15, 1.0) == pytest.approx(60.0)
    assert fluxes.net_radiation(0.2, 465.0, 283.15, 0.0) == pytest.approx(251.0, abs=0.5)


def test_sensible_heat_flux():
    assert fluxes.sensible_heat_flux(200.0, 1.0) == pytest.approx(90.0)
    assert fluxes.sensible_heat_flux(200.0, 1e9) == pytest.approx(180.0)


@QUICK
@given(st.floats(0.05, 0.6), st.floats(0.0, 1.0), st.floats(245.0, 305.0))
def test_net_radiation_turns_at_the_critical_elevation(albedo, cloud, kelvin):
    critical = float(fluxes.critical_elevation(albedo, cloud, kelvin))

    def net(angle):
        low = fluxes.albedo_under_sun(albedo, angle)
        return float(fluxes.net_radiation(low, fluxes.solar_radiation(angle, cloud), kelvin, cloud))

    assert 0.0 < critical <= 90.0
    if critical < 89.0:
        assert net(critical) == pytest.approx(0.0, abs=1e-6)
        assert net(critical + 0.5) > 0.0 > net(critical - 0.5)


def test_critical_elevation_of_missing_temperature_is_missing():
    assert np.isnan(fluxes.critical_elevation(0.2, 0.5, np.nan))


def test_unstable_correction():
    assert fluxes.unstable_correction(0.0) == pytest.approx(0.0, abs=1e-12)
    assert fluxes.unstable_correction(-1.0) == pytest.approx(1.1161, abs=1e-3)
    series = fluxes.unstable_correction(-np.linspace(0.0, 50.0, 100))
    assert (np.diff(series) > 0).all()


def test_unstable_correction_is_the_integral_of_the_gradient_function():
    stability = np.linspace(1e-6, 2.0, 200_001)
    gradient = (1.0 + 16.0 * stability) ** -0.25
    integrand = (1.0 - gradient) / stability
    assert fluxes.unstable_correction(-2.0) == pytest.approx(np.trapezoid(integrand, stability), rel=1e-4)


def test_obukhov_length():
    assert fluxes.obukhov_length(0.4, 100.0, 300.0, 1.2) == pytest.approx(-59.0, abs=0.1)
    assert np.isinf(fluxes.obukhov_length(0.4, 0.0, 300.0, 1.2))


@QUICK
@given(WINDS, HEIGHTS, ROUGH, st.floats(0.1, 600.0), KELVIN)
def test_convective_pair_fulfils_both_equations(wind, height, rough, flux, kelvin):
    friction, length = fluxes.convective_friction_velocity(wind, height, rough, flux, kelvin, 1.2)
    profile = np.log(height / rough)
    profile -= fluxes.unstable_correction(height / length) - fluxes.unstable_correction(rough / length)
    assert VON_KARMAN * wind == pytest.approx(float(friction * profile), rel=1e-9)
    assert float(length) == pytest.approx(float(fluxes.obukhov_length(friction, flux, kelvin, 1.2)))
    assert length < 0
    assert friction >= VON_KARMAN * wind / np.log(height / rough) * (1 - 1e-12)


@QUICK
@given(HEIGHTS, ROUGH, st.floats(1.0, 500.0))
def test_convective_friction_grows_with_wind_and_heat(height, rough, flux):
    winds = np.linspace(0.3, 20.0, 40)
    friction, length = fluxes.convective_friction_velocity(winds, height, rough, flux, 290.0, 1.2)
    assert (np.diff(friction) > 0).all()
    assert (np.diff(length) < 0).all()
    by_heat, _ = fluxes.convective_friction_velocity(
        4.0, height, rough, np.linspace(1.0, 500.0, 40), 290.0, 1.2
    )
    assert (np.diff(by_heat) > 0).all()


def test_convective_friction_without_heat_is_neutral():
    friction, length = fluxes.convective_friction_velocity(5.0, 10.0, 0.1, 1e-6, 290.0, 1.2)
    assert friction == pytest.approx(0.4 * 5.0 / np.log(100.0), rel=1e-6)
    assert length < -1e7


@pytest.mark.parametrize(("wind", "height", "flux"), [(0.0, 10.0, 50.0), (3.0, 0.05, 50.0), (3.0, 10.0, -5.0),
                                                (np.nan, 10.0, 50.0)])  # fmt: skip
def test_convective_friction_outside_its_range_is_missing(wind, height, flux):
    friction, length = fluxes.convective_friction_velocity(wind, height, 0.1, flux, 290.0, 1.2)
    assert np.isnan(friction)
    assert np.isnan(length)


def test_temperature_scale():
    assert fluxes.temperature_scale(0.0) == pytest.approx(0.09)
    assert fluxes.temperature_scale(1.0) == pytest.approx(0.045)


def test_twilight_factor():
    assert fluxes.twilight_factor(-5.0, 10.0) == 1.0
    assert fluxes.twilight_factor(5.0, 10.0) == pytest.approx(0.75)
    assert fluxes.twilight_factor(10.0 - 1e-9, 10.0) == pytest.approx(0.0, abs=1e-8)


def test_stable_friction_velocity():
    friction, scale = fluxes.stable_friction_velocity(3.0, 10.0, 0.1, 283.0, 0.09)
    assert friction == pytest.approx(0.189, abs=5e-4)
    assert scale == 0.09


@QUICK
@given(HEIGHTS, ROUGH, KELVIN, st.floats(0.01, 0.09))
def test_stable_friction_is_continuous_and_grows_with_wind(height, rough, kelvin, theta):
    winds = np.linspace(0.3, 25.0, 400)
    for method in (fluxes.stable_friction_velocity, fluxes.low_wind_friction_velocity):
        friction, scale = method(winds, height, rough, kelvin, theta)
        assert (np.diff(friction) >= -1e-12).all()
        assert (scale <= theta + 1e-15).all()
        assert (np.diff(scale) >= -1e-15).all()
        neutral = VON_KARMAN * winds / np.log(height / rough)
        if method is fluxes.stable_friction_velocity:
            assert (friction <= neutral + 1e-12).all()


@QUICK
@given(HEIGHTS, st.floats(0.001, 0.3), st.floats(0.02, 0.08))
def test_strong_wind_makes_stable_hours_neutral(height, rough, theta):
    friction, _ = fluxes.stable_friction_velocity(500.0, height, rough, 283.0, theta)
    assert friction == pytest.approx(VON_KARMAN * 500.0 / np.log(height / rough), rel=1e-3)


@QUICK
@given(st.floats(6.0, 30.0), st.floats(0.001, 0.3))
def test_low_wind_method_holds_friction_up(height, rough):
    weak = 0.3
    plain, _ = fluxes.stable_friction_velocity(weak, height, rough, 283.0, 0.08)
    held, _ = fluxes.low_wind_friction_velocity(weak, height, rough, 283.0, 0.08)
    assert held > plain


def test_low_wind_method_joins_the_root_at_the_critical_wind():
    depth = 10.0 - 0.5
    drag = VON_KARMAN / np.log(depth / 0.1)
    buoyant = np.sqrt(4.7 * (depth - 0.1) * 9.80665 * 0.08 / 283.0)
    critical = 2.0 * buoyant / np.sqrt(drag)
    friction, _ = fluxes.low_wind_friction_velocity(critical, 10.0, 0.1, 283.0, 0.08)
    root = 0.5 * drag * critical
    assert friction == pytest.approx(root * (1 + np.exp(-0.5)) / (1 - np.exp(-2.0)), rel=1e-12)


@QUICK
@given(st.floats(4.0, 25.0), st.floats(6.0, 30.0), st.floats(0.01, 0.7), st.booleans())
def test_heat_loss_within_its_limit(wind, height, rough, low_wind):
    method = fluxes.low_wind_friction_velocity if low_wind else fluxes.stable_friction_velocity
    friction, scale = method(wind, height, rough, 280.0, 0.08)
    made, theta, limited = fluxes.limited_heat_loss(
        friction, scale, wind, height, rough, 280.0, 1.25, largest_loss=64.0, low_wind=low_wind
    )
    loss = 1.25 * HEAT_CAPACITY_DRY_AIR * made * theta
    assert loss <= 64.0 * (1 + 1e-12)
    if limited:
        assert loss == pytest.approx(64.0)
        again, _ = fluxes.stable_friction_velocity(wind, height, rough, 280.0, theta)
        if not low_wind:
            assert float(again) == pytest.approx(float(made), rel=1e-6)
    else:
        assert (made, theta) == (friction, scale)
