"""Depth of the mixed layers: numbers, limits and growth."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sootprint.weather import mixing_heights as mixing

QUICK = settings(max_examples=50, deadline=None)


def linear_profile(gradient=0.005, top=6000.0, steps=61):
    height = np.linspace(0.0, top, steps)
    pressure = 1e5 * np.exp(-height / 8000.0)
    kelvin = (290.0 + gradient * height) * (pressure / 1e5) ** mixing.POTENTIAL_EXPONENT
    return mixing.profile(height, pressure, kelvin)


def test_convective_height_over_a_constant_gradient():
    depth = mixing.convective_height(linear_profile(), 1e6, 1.2)
    assert depth == pytest.approx(np.sqrt(2 * 1.4e6 / (1.2 * 1004.7 * 0.005)), rel=1e-9)
    assert depth == pytest.approx(682.0, abs=0.5)


def test_convective_height_does_not_depend_on_the_levels():
    heat = np.linspace(1e4, 8e6, 50)
    fine = mixing.convective_height(linear_profile(steps=601), heat, 1.2)
    coarse = mixing.convective_height(linear_profile(steps=4), heat, 1.2)
    np.testing.assert_allclose(fine, coarse, rtol=1e-9)


def test_no_heat_no_height_and_too_much_heat_is_missing():
    depth = mixing.convective_height(linear_profile(), [0.0, np.nan, 1e12], 1.2)
    assert np.isnan(depth).all()


@QUICK
@given(st.lists(st.floats(-3.0, 8.0), min_size=3, max_size=25), st.integers(0, 10_000))
def test_height_grows_with_heat_in_any_sounding(steps, seed):
    rng = np.random.default_rng(seed)
    height = np.concatenate([[0.0], np.cumsum(rng.uniform(20.0, 600.0, len(steps)))])
    theta = 290.0 + np.concatenate([[0.0], np.cumsum(steps)])
    pressure = 1e5 * np.exp(-height / 8000.0)
    given_profile = mixing.profile(height, pressure, theta * (pressure / 1e5) ** mixing.POTENTIAL_EXPONENT)
    assert (np.diff(given_profile.potential_temperature) >= 0).all()
    assert (np.diff(given_profile.heat) >= 0).all()
    depth = mixing.convective_height(given_profile, np.linspace(1.0, 5e7, 200), 1.2)
    known = depth[np.isfinite(depth)]
    assert (np.diff(known) >= -1e-9).all()
    # Once the heat passes the top, more heat does too.
    assert np.isnan(depth[len(known) :]).all()


def test_an_unstable_layer_is_mixed_at_once():
    given_profile = mixing.profile([0.0, 500.0, 1000.0], [1e5, 9.4e4, 8.9e4], [300.0, 290.0, 289.0])
    assert mixing.convective_height(given_profile, 1.0, 1.2) > 500.0


def test_profile_is_carried_on_with_its_upper_gradient():
    short = linear_profile(gradient=0.004, top=2000.0, steps=5)
    assert short.height[-1] == 5000.0
    assert short.stated_top == 2000.0
    assert short.potential_temperature[-1] == pytest.approx(290.0 + 0.004 * 5000.0)
    assert linear_profile(top=500.0, steps=5).height[-1] == 500.0


def test_profile_passes_over_levels_of_no_use():
    made = mixing.profile(
        [0.0, 0.0, 100.0, np.nan, 80.0, 700.0], [1e5, 1e5, 9.9e4, 9.8e4, 9.8e4, 9.2e4],
        [290.0, 291.0, np.nan, 289.0, 289.5, 288.0],
    )  # fmt: skip
    assert made.height.tolist() == [0.0, 80.0, 700.0, 5000.0]
    assert mixing.profile([0.0, 50.0], [1e5, np.nan], [290.0, 290.0]) is None


def test_levels_whose_height_does_not_fit_their_pressure_are_passed_over():
    height = np.array([0.0, 500.0, 1000.0, 1500.0, 3000.0])
    pressure = 1e5 * np.exp(-height / 8400.0)
    assert mixing.fitting_levels(height, pressure).all()
    wrong = height.copy()
    wrong[2] = 1400.0
    assert mixing.fitting_levels(wrong, pressure).tolist() == [True, True, False, True, True]
    made = mixing.profile(wrong, pressure, 285.0 - 0.006 * height)
    assert made.height.tolist() == [0.0, 500.0, 1500.0, 3000.0, 5000.0]
    # High up a whole hPa is some hundred metres.
    assert mixing.fitting_levels([30000.0, 31500.0], [1200.0, 900.0]).all()
    assert not mixing.fitting_levels([0.0, 200.0, np.nan], [1e5, np.nan, 9e4])[1:].any()


def test_gradient_above():
    given_profile = linear_profile(gradient=0.01)
    assert mixing.gradient_above(given_profile, 800.0) == pytest.approx(0.01)
    assert mixing.gradient_above(linear_profile(gradient=0.001), 800.0) == 0.005
    assert mixing.gradient_above(linear_profile(gradient=0.01, top=900.0), 800.0) == 0.005
    assert np.isnan(mixing.gradient_above(given_profile, np.nan))


def test_convective_velocity():
    assert mixing.convective_velocity(100.0, 1000.0, 300.0, 1.2) == pytest.approx(1.393, abs=2e-3)
    assert np.isnan(mixing.convective_velocity([-10.0, 0.0, 50.0], [100.0, 100.0, np.nan], 300.0, 1.2)).all()


def test_mechanical_height_numbers():
    made = mixing.mechanical_height([0.3, 0.2])
    assert made[0] == pytest.approx(2400 * 0.3**1.5)
    kept = np.exp(-3600 * 2 * 0.2 / made[0])
    assert made[1] == pytest.approx(made[0] * kept + 2400 * 0.2**1.5 * (1 - kept))
    assert made[1] == pytest.approx(219.0, abs=1.0)


def test_mechanical_height_forgets_over_a_gap_and_meets_its_bound():
    made = mixing.mechanical_height([0.5, np.nan, 0.1, 3.0])
    assert np.isnan(made[1])
    assert made[2] == pytest.approx(2400 * 0.1**1.5)
    assert made[3] <= 4000.0


@QUICK
@given(st.lists(st.floats(0.01, 3.0), min_size=2, max_size=40))
def test_mechanical_height_stays_between_equilibria(friction):
    made = mixing.mechanical_height(friction)
    equilibrium = np.minimum(2400 * np.array(friction) ** 1.5, 4000.0)
    assert (made <= np.maximum.accumulate(equilibrium) + 1e-9).all()
    assert (made >= np.minimum.accumulate(equilibrium) - 1e-9).all()


def test_steady_wind_keeps_its_height():
    made = mixing.mechanical_height(np.full(100, 0.37))
    np.testing.assert_allclose(made, 2400 * 0.37**1.5)


def test_morning_sounding_is_the_nearest_within_the_window():
    launches = pd.DatetimeIndex(["2024-05-01 00:00", "2024-05-01 12:00", "2024-05-02 00:00"])
    rises = pd.DatetimeIndex(
        ["2024-05-01 05:00", "2024-05-01 09:30", "2024-05-01 07:00", "2024-05-04 00:00", "2024-04-30 22:00"]
    )
    found = mixing.morning_sounding(rises, launches, before_h=12.0, after_h=3.0)
    assert found.tolist() == [0, 1, 0, -1, 0]
    none = mixing.morning_sounding(rises, pd.DatetimeIndex([]), before_h=12.0, after_h=3.0)
    assert (none == -1).all()
