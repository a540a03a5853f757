"""Numbers and laws of the scalar kernels."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sootprint.core.constants import GRAVITY
from sootprint.dispersion.kernels import rise
from sootprint.dispersion.kernels.briggs1973 import sigma_y, sigma_z, wind_at_height
from sootprint.dispersion.kernels.gaussian import lateral_term, vertical_term

RURAL, URBAN = 0, 1


@pytest.mark.parametrize(
    ("urban", "stability", "distance", "lateral", "vertical"),
    [
        (RURAL, "A", 1e3, 209.762, 200.0),
        (RURAL, "B", 1e3, 152.554, 120.0),
        (RURAL, "C", 1e3, 104.881, 73.0297),
        (RURAL, "D", 1e3, 76.2770, 37.9473),
        (RURAL, "E", 1e3, 57.2078, 23.0769),
        (RURAL, "F", 1e3, 38.1385, 12.3077),
        (RURAL, "D", 1e4, 565.685, 150.0),
        (RURAL, "F", 1e4, 282.843, 40.0),
        (URBAN, "A", 1e3, 270.449, 339.411),
        (URBAN, "B", 1e3, 270.449, 339.411),
        (URBAN, "C", 1e3, 185.934, 200.0),
        (URBAN, "D", 1e3, 135.225, 122.788),
        (URBAN, "E", 1e3, 92.9669, 50.5964),
        (URBAN, "F", 1e4, 491.935, 200.0),
        (URBAN, "D", 1e4, 715.542, 700.0),
    ],
)
def test_widths_are_those_of_the_table_of_gifford_1976(urban, stability, distance, lateral, vertical):
    index = "ABCDEF".index(stability)
    assert sigma_y(distance, index, urban) == pytest.approx(lateral, rel=1e-5)
    assert sigma_z(distance, index, urban) == pytest.approx(vertical, rel=1e-5)


def test_wind_of_rural_f_at_100_m():
    assert wind_at_height(2.0, 10.0, 100.0, 10.0, 5, RURAL) == pytest.approx(2.0 * 10**0.55)


def test_wind_is_constant_below_the_lowest_height():
    assert wind_at_height(3.0, 10.0, 2.0, 10.0, 3, URBAN) == 3.0


@pytest.mark.parametrize(
    ("rate", "wind", "sigmas", "height", "crosswind", "expected"),
    [
        (3.0, 7.0, (190.0, 65.0), 0.0, 0.0, 1.1e-5),
        (80.0, 6.0, (36.0, 18.5), 60.0, 0.0, 3.3e-5),
        (80.0, 6.0, (36.0, 18.5), 60.0, 50.0, 1.3e-5),
    ],
    ids=["problem 1: burning dump", "problem 2: refinery", "problem 3: 50 m across the wind"],
)
def test_turner_1970_workbook_problems(rate, wind, sigmas, height, crosswind, expected):
    made = rate / wind * lateral_term(crosswind, sigmas[0]) * vertical_term(0.0, height, sigmas[1], math.inf)
    assert made == pytest.approx(expected, rel=0.03)


@settings(max_examples=200, deadline=None)
@given(
    low=st.floats(0.0, 0.999),
    high=st.floats(0.0, 0.999),
    spread=st.floats(0.01, 5.0),
    lid=st.floats(20.0, 3000.0),
)
def test_source_and_receptor_height_can_be_exchanged(low, high, spread, lid):
    one = vertical_term(low * lid, high * lid, spread * lid, lid)
    two = vertical_term(high * lid, low * lid, spread * lid, lid)
    assert one == pytest.approx(two, rel=1e-11, abs=1e-20)


@pytest.mark.parametrize("lid", [60.0, 800.0])
def test_images_and_cosine_series_are_the_same_function(lid):
    sigma = 0.5 * lid
    heights = np.linspace(0.0, lid, 41)
    for plume in (0.0, 0.3 * lid, 0.99 * lid):
        images = [vertical_term(z, plume, sigma, lid) for z in heights]
        series = [vertical_term(z, plume, sigma * (1 + 1e-13), lid) for z in heights]
        np.testing.assert_allclose(images, series, rtol=2e-12)


def test_a_wide_plume_is_uniform_under_the_lid():
    assert vertical_term(10.0, 70.0, 1000.0, 100.0) == 0.01
    assert vertical_term(10.0, 70.0, 160.0, 100.0) == pytest.approx(0.01, rel=1e-5)


def test_the_ground_doubles_a_plume_at_the_ground():
    free = 1.0 / (math.sqrt(2.0 * math.pi) * 20.0)
    assert vertical_term(0.0, 0.0, 20.0, math.inf) == pytest.approx(2.0 * free, rel=1e-15)
    assert vertical_term(500.0, 500.0, 20.0, math.inf) == pytest.approx(free, rel=1e-15)


def test_a_far_lid_changes_nothing():
    assert vertical_term(2.0, 50.0, 30.0, 1e5) == vertical_term(2.0, 50.0, 30.0, math.inf)


@pytest.mark.parametrize("plume", [100.0, 130.0])
def test_a_plume_at_or_above_the_lid_gives_zero_below_it_and_keeps_its_mass_above(plume):
    assert vertical_term(99.9, plume, 20.0, 100.0) == 0.0
    heights = np.linspace(100.0, 400.0, 3001)
    values = [vertical_term(z, plume, 20.0, 100.0) for z in heights]
    assert np.trapezoid(values, heights) == pytest.approx(1.0, rel=1e-6)


def test_a_plume_below_the_lid_gives_zero_above_it():
    assert vertical_term(120.0, 60.0, 40.0, 100.0) == 0.0


def test_lateral_term_is_a_density():
    y = np.linspace(-500.0, 500.0, 2001)
    assert np.trapezoid([lateral_term(v, 50.0) for v in y], y) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(("flux", "distance"), [(20.0, 49.0 * 20.0**0.625), (400.0, 119.0 * 400.0**0.4)])
def test_gradual_buoyant_rise_meets_the_final_rise_at_its_distance(flux, distance):
    final = rise.final_buoyant_rise(flux, 5.0, 0.0)
    assert rise.gradual_rise(distance, flux, 1.0, 10.0, 5.0, 0.0, True, 1e9) == pytest.approx(final, rel=1e-3)


def test_stable_gradual_rise_meets_the_final_rise_at_its_distance():
    wind, stable, flux = 4.0, 7e-4, 60.0
    distance = 2.0715 * wind / math.sqrt(stable)
    final = rise.final_buoyant_rise(flux, wind, stable)
    assert rise.gradual_rise(distance, flux, 1.0, 10.0, wind, stable, True, 1e9) == pytest.approx(
        final, rel=1e-3
    )


def _excess_at_crossover(velocity, diameter, air, stable):
    low, high = air, 3.0 * air
    for _ in range(200):
        middle = 0.5 * (low + high)
        if rise.is_buoyant(velocity, diameter, middle, air, stable):
            high = middle
        else:
            low = middle
    return high


@pytest.mark.parametrize(
    ("velocity", "diameter", "stable", "error"),
    [(10.0, 1.5, 0.0, 2e-3), (20.0, 7.0, 0.0, 2e-3), (15.0, 2.0, 7e-4, 1e-4)],
    ids=["small flux", "large flux", "stable"],
)
def test_buoyant_and_jet_rise_are_equal_at_the_crossover(velocity, diameter, stable, error):
    """The crossover of ISC3 is the excess temperature at which its two final rises are equal."""
    air, wind = 280.0, 5.0
    hot = _excess_at_crossover(velocity, diameter, air, stable)
    flux = rise.buoyancy_flux(velocity, diameter, hot, air)
    buoyant = rise.final_buoyant_rise(flux, wind, stable)
    momentum = rise.momentum_flux(velocity, diameter, hot, air)
    if stable > 0.0:
        jet = 1.5 * (momentum / (wind * math.sqrt(stable))) ** (1.0 / 3.0)
    else:
        jet = rise.final_momentum_rise(momentum, velocity, diameter, wind, stable)
    assert buoyant == pytest.approx(jet, rel=error)


def test_final_rise_by_hand():
    assert rise.final_buoyant_rise(100.0, 5.0, 0.0) == pytest.approx(122.70, abs=0.01)
    assert rise.final_buoyant_rise(20.0, 5.0, 0.0) == pytest.approx(40.525, abs=0.01)
    assert rise.final_buoyant_rise(100.0, 5.0, 7e-4) == pytest.approx(79.49, abs=0.01)
    assert rise.final_momentum_rise(100.0, 15.0, 2.0, 5.0, 0.0) == pytest.approx(18.0)


def test_gas_no_warmer_than_the_air_has_no_buoyancy():
    assert rise.buoyancy_flux(10.0, 2.0, 270.0, 280.0) == 0.0
    assert not rise.is_buoyant(10.0, 2.0, 270.0, 280.0, 0.0)


def test_flux_by_hand():
    assert rise.buoyancy_flux(12.0, 3.0, 420.0, 280.0) == pytest.approx(GRAVITY * 12 * 9 * 140 / (4 * 420))
    assert rise.momentum_flux(12.0, 3.0, 420.0, 280.0) == pytest.approx(144 * 9 * 280 / (4 * 420))


def test_stack_tip_downwash():
    assert rise.downwash_height(50.0, 2.0, 15.0, 10.0) == 50.0
    assert rise.downwash_height(50.0, 2.0, 5.0, 10.0) == pytest.approx(46.0)
    assert rise.downwash_height(1.0, 2.0, 5.0, 10.0) == 0.0


@settings(max_examples=100, deadline=None)
@given(
    near=st.floats(1.0, 1e4),
    step=st.floats(0.0, 1e4),
    velocity=st.floats(0.1, 40.0),
    wind=st.floats(0.5, 20.0),
    stable=st.sampled_from([0.0, 7e-4, 1.2e-3]),
    buoyant=st.booleans(),
)
def test_gradual_rise_grows_with_distance_up_to_the_final_rise(near, step, velocity, wind, stable, buoyant):
    final = 30.0
    values = [
        rise.gradual_rise(x, 20.0, 80.0, velocity, wind, stable, buoyant, final) for x in (near, near + step)
    ]
    assert 0.0 < values[0] <= values[1] * (1 + 1e-12) <= final * (1 + 1e-12)
