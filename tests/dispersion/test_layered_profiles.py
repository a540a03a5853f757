"""Profiles of the layered plume engine: their levels, similarity, and measurements between them."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from layered_air import scales, uniform

from sootprint.dispersion.kernels import layers, similarity, urban
from sootprint.dispersion.kernels.levels import (
    GRADIENT,
    GRID,
    INTEGRALS,
    POTENTIAL,
    SIGMA_V,
    SIGMA_W,
    WIND,
    at,
    cumulate,
    integral_to,
    level_below,
)

HEIGHTS = GRID.copy()
HEIGHTS.flags.writeable = False
"""The grid as the kernels have it: a constant, so that nothing is compiled a second time."""
LAW = settings(deadline=None, max_examples=60)
WAYS = [pytest.param(True, id="compiled"), pytest.param(False, id="plain")]


def kernel(function, compiled):
    return function if compiled else function.py_func


# Levels


@pytest.mark.parametrize("compiled", WAYS)
def test_level_below_is_found_as_by_searching(compiled):
    find = kernel(level_below, compiled)
    heights = np.concatenate(
        [GRID, 0.5 * (GRID[1:] + GRID[:-1]), GRID[1:] * (1 - 1e-9), GRID * (1 + 1e-9), [5000.1, 9999.0]]
    )
    expected = np.minimum(np.searchsorted(GRID, heights, side="right") - 1, GRID.size - 2)
    assert [find(float(height)) for height in heights] == expected.tolist()


def wavy():
    column = uniform()
    column[:, WIND] = 3.0 + np.sin(GRID / 70.0) + 0.002 * GRID
    column[:, SIGMA_V] = 0.4 + 0.3 * np.cos(GRID / 300.0)
    column[:, SIGMA_W] = 0.5 * np.exp(-GRID / 800.0)
    column[:, GRADIENT] = 0.01 + 0.005 * np.sin(GRID / 50.0)
    cumulate(column)
    return column


@LAW
@given(st.floats(0.0, 5000.0))
@example(0.0)
@example(20.0)
@example(5000.0)
def test_profile_is_linear_between_its_levels(height):
    column = wavy()
    for quantity in (WIND, SIGMA_V, SIGMA_W, GRADIENT, POTENTIAL):
        assert at(column, quantity, height) == pytest.approx(
            np.interp(height, GRID, column[:, quantity]), rel=1e-12
        )


@LAW
@given(st.floats(0.0, 5000.0))
@example(0.5)
@example(5000.0)
def test_integral_is_that_of_the_linear_profile(height):
    column = wavy()
    level = level_below(height)
    for quantity in (WIND, SIGMA_V, SIGMA_W, GRADIENT):
        inside = GRID[height > GRID]
        heights = np.append(inside, height)
        expected = np.trapezoid(np.interp(heights, GRID, column[:, quantity]), heights)
        assert integral_to(column, quantity, level, height) == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_above_the_grid_the_last_value_goes_on():
    column = wavy()
    last = GRID.size - 1
    whole = column[last, WIND + INTEGRALS]
    assert at(column, WIND, 7000.0) == column[last, WIND]
    assert integral_to(column, WIND, level_below(7000.0), 7000.0) == pytest.approx(
        whole + 2000.0 * column[last, WIND]
    )


# Similarity


@pytest.mark.parametrize("compiled", WAYS)
@pytest.mark.parametrize("length", [1e8, -1e8])
def test_neutral_wind_is_logarithmic(length, compiled):
    speed = kernel(similarity.similarity_wind, compiled)(10.0, 0.4, length, 0.1)
    assert speed == pytest.approx(0.4 / 0.4 * math.log(100.0), rel=1e-6)


def test_stable_wind_of_the_formulation():
    """ψ(10/50) = -17 (1 - e^-0.058) = -0.95795, ψ(0.1/50) = -0.00986."""
    assert similarity.similarity_wind(10.0, 0.4, 50.0, 0.1) == pytest.approx(5.55327, abs=2e-5)


@LAW
@given(st.floats(1.0, 200.0), st.floats(5.0, 500.0))
def test_unstable_wind_has_the_gradient_of_dyer(height, length):
    """k z / u* du/dz = (1 - 16 z/L)^(-1/4) (Dyer 1974), of which the profile is the integral."""
    step = 1e-4 * height
    up, down = (similarity.similarity_wind(height + way * step, 0.3, -length, 0.1) for way in (1, -1))
    slope = (up - down) / (2.0 * step) * 0.4 * height / 0.3
    assert slope == pytest.approx((1.0 + 16.0 * height / length) ** -0.25, rel=1e-5)


@LAW
@given(st.floats(0.5, 3.0), st.floats(200.0, 2000.0))
def test_weakly_stable_wind_has_the_gradient_of_dyer(height, length):
    """k z / u* du/dz is near 1 + 5 z/L (Dyer 1974): 1 + 17 × 0.29 z/L exp(-0.29 z/L)."""
    step = 1e-3 * height
    up, down = (similarity.similarity_wind(height + way * step, 0.3, length, 0.05) for way in (1, -1))
    slope = (up - down) / (2.0 * step) * 0.4 * height / 0.3
    ratio = height / length
    assert slope == pytest.approx(1.0 + 4.93 * ratio * math.exp(-0.29 * ratio), rel=1e-5)
    assert abs(slope - 1.0 - 5.0 * ratio) < 0.1 * ratio


def test_reference_wind_below_and_above_the_layer():
    wind = lambda height: similarity.reference_wind(height, 10.0, 4.0, 0.4, 1e12, 0.1, 300.0)  # noqa: E731
    lowest = math.log(7.0)
    assert wind(0.7) == pytest.approx(lowest, rel=1e-6)
    assert wind(0.35) == pytest.approx(0.5 * lowest, rel=1e-6)
    assert wind(0.0) == 0.0
    assert wind(300.0) == wind(4000.0) == pytest.approx(math.log(3000.0), rel=1e-6)


def test_wind_measured_outside_of_the_layer_is_taken_there():
    assert similarity.reference_wind(500.0, 400.0, 6.5, 0.4, 100.0, 0.1, 300.0) == 6.5
    assert similarity.reference_wind(1.0, 2.0, 3.0, 0.4, 100.0, 0.5, 300.0) == 1.5


@pytest.mark.parametrize(
    ("height", "expected"),
    [(0.0, 0.0), (50.0, 0.93199), (100.1, 1.18322), (1000.0, 1.18322), (1500.0, 1.18322 * math.exp(-1.5))],
)
def test_convective_vertical_turbulence(height, expected):
    """w* = 2 m/s, z_i = 1000 m: √(1.6 × 0.05^⅔ × 4) = 0.932; √(0.35 × 4) = 1.183."""
    assert similarity.convective_sigma_w(height, 2.0, 1000.0) == pytest.approx(expected, abs=1e-5)


def test_convective_lateral_turbulence():
    """√0.35 w* up to z_i, 0.5 m/s from 1.2 z_i on, linear in the variance between."""
    made = [similarity.convective_sigma_v(height, 2.0, 1000.0) for height in (0.0, 1000.0, 1100.0, 1200.0)]
    assert made == pytest.approx([1.18322, 1.18322, math.sqrt(0.825), 0.5], abs=1e-5)
    assert similarity.convective_sigma_v(3000.0, 0.5, 1000.0) == pytest.approx(math.sqrt(0.35) * 0.5)


def test_mechanical_turbulence():
    """u* = 0.4 m/s, h = 500 m: 1.3 u* (1 - z/h)^½; 3.6 u*² = 0.576 at the ground, 0.25 at h."""
    assert similarity.mechanical_sigma_w(0.0, 0.4, 500.0, 0.0) == pytest.approx(0.52)
    assert similarity.mechanical_sigma_w(250.0, 0.4, 500.0, 0.0) == pytest.approx(0.36770, abs=1e-5)
    assert similarity.mechanical_sigma_w(250.0, 0.4, 500.0, 0.2) == pytest.approx(
        math.hypot(0.36770, 0.1), abs=1e-5
    )
    assert similarity.mechanical_sigma_w(900.0, 0.4, 500.0, 0.2) == pytest.approx(0.2)
    lateral = [similarity.mechanical_sigma_v(height, 0.4, 500.0) for height in (0.0, 250.0, 500.0, 900.0)]
    assert lateral == pytest.approx([math.sqrt(0.576), math.sqrt(0.413), 0.5, 0.5])


@pytest.mark.parametrize("height", [1000.0, 1200.0])
def test_turbulence_has_no_step_at_its_limits(height):
    for function in (similarity.convective_sigma_v, similarity.convective_sigma_w):
        assert function(height + 1e-6, 2.0, 1000.0) == pytest.approx(function(height, 2.0, 1000.0), rel=1e-7)


def test_step_at_a_tenth_of_the_layer_is_that_of_the_rounded_constants():
    """1.6 × 0.1^⅔ = 0.3447 meets 0.35 to 0.8 % in σw."""
    below = similarity.convective_sigma_w(100.0, 2.0, 1000.0)
    above = similarity.convective_sigma_w(100.001, 2.0, 1000.0)
    assert above / below == pytest.approx(math.sqrt(0.35 / (1.6 * 0.1 ** (2 / 3))), rel=1e-5)
    assert abs(above / below - 1.0) < 0.008


@LAW
@given(
    st.floats(0.0, 5000.0),
    st.integers(0, 1),
    st.floats(0.0, 2.0),
    st.floats(0.001, 4.0),
    st.floats(1.0, 4000.0),
    st.floats(1.0, 4000.0),
    st.floats(0.0, 1.0),
)
def test_turbulence_is_never_negative(height, stable, friction, convective, mechanical, top, residual):
    lid = mechanical if stable else max(mechanical, top)
    assert similarity.sigma_v(height, stable, friction, convective, mechanical, top) >= 0.0
    assert similarity.sigma_w(height, stable, friction, convective, lid, top, residual) >= 1e-4


def test_stable_gradient_of_the_formulation():
    """θ* = 0.1 K, L = 50 m: 0.1/(0.4 × 10) (1 + 5 × 0.2) = 0.05 K/m at 10 m."""
    gradient = similarity.stable_gradient
    assert gradient(10.0, 0.1, 50.0, 200.0, 0) == pytest.approx(0.05)
    assert gradient(10.0, 0.1, 50.0, 200.0, 1) == pytest.approx(0.025 * (0.74 + 4.7 * 0.2))
    assert gradient(0.1, 0.1, 50.0, 200.0, 0) == gradient(2.0, 0.1, 50.0, 200.0, 0)
    assert gradient(188.0, 0.5, 50.0, 200.0, 0) == pytest.approx(0.1375 / math.e)
    assert gradient(4000.0, 0.5, 50.0, 200.0, 0) == 0.002
    assert gradient(100.0, 0.5, 50.0, 200.0, 0) == pytest.approx(
        gradient(100.001, 0.5, 50.0, 200.0, 0), rel=1e-4
    )


def test_unstable_gradient():
    gradient = similarity.unstable_gradient
    made = [gradient(height, 800.0, 0.012) for height in (400.0, 800.0, 801.0, 1300.0, 1301.0)]
    assert made == [0.0, 0.0, 0.012, 0.012, 0.005]


def test_urban_layer_of_the_formulation():
    """400 m and 12 K at two million; a sixteenth of the people halve the height."""
    assert urban.urban_height(2.0e6) == pytest.approx(400.0)
    assert urban.urban_height(2.0e6 / 16.0) == pytest.approx(200.0)
    assert urban.urban_heat_flux(2.0e6, 0.3, 1.2) == pytest.approx(0.03 * 12.0 * 0.3 * 1.2 * 1004.0)
    assert urban.urban_heat_flux(2.0e6 * math.exp(-2.0), 0.3, 1.2) == pytest.approx(
        0.8 * urban.urban_heat_flux(2.0e6, 0.3, 1.2)
    )


# Measurements and similarity together


def winds(heights, speeds, **changed):
    heights, speeds = np.array(heights, float), np.array(speeds, float)
    out = np.empty(GRID.size)
    layers.fill_wind(HEIGHTS, scales(**changed), heights, speeds, heights.size, np.empty(8), out)
    return out


def reference(height, hour):
    return similarity.reference_wind(
        height,
        hour.wind_height,
        hour.wind_speed,
        hour.friction_velocity,
        hour.obukhov_length,
        hour.roughness_length,
        hour.mixing_height,
    )


def test_measured_wind_is_reproduced_at_its_level():
    made = winds([20.0, 100.0, 400.0], [3.0, 9.0, 4.0])
    assert made[np.searchsorted(GRID, [20.0, 100.0, 400.0])].tolist() == [3.0, 9.0, 4.0]


def test_one_measurement_scales_the_reference():
    hour = scales()
    made = winds([20.0], [5.0])
    shape = np.array([reference(height, hour) for height in GRID])
    expected = np.maximum(shape * 5.0 / reference(20.0, hour), 0.01)
    np.testing.assert_allclose(made, expected, rtol=1e-12)
    assert (np.diff(made) >= 0.0).all()


def test_between_measurements_the_ratio_goes_over_linearly():
    hour = scales()
    made = winds([20.0, 100.0], [3.0, 9.0])
    middle = int(np.searchsorted(GRID, 60.0))
    measured = 6.0 / (0.5 * (reference(20.0, hour) + reference(100.0, hour)))
    assert made[middle] == pytest.approx(measured * reference(60.0, hour))


@pytest.mark.parametrize("vertical", [0, 1])
def test_turbulence_without_measurement_is_the_reference(vertical):
    hour, out, none = (
        scales(stable=0, convective_velocity=1.5, convective_height=900.0),
        np.empty(87),
        np.empty(1),
    )
    layers.fill_turbulence(HEIGHTS, hour, vertical, 0.1, none, none, 0, False, np.empty(1), out)
    args = (hour.stable, hour.friction_velocity, hour.convective_velocity)
    if vertical:
        args += (hour.mixing_height, hour.convective_height, 0.1)
    else:
        args += (hour.mechanical_height, hour.convective_height)
    function = similarity.sigma_w if vertical else similarity.sigma_v
    np.testing.assert_array_equal(out, [function(float(height), *args) for height in GRID])


def test_measured_turbulence_is_reproduced_and_keeps_its_ratio_above():
    hour, out = scales(), np.empty(GRID.size)
    heights, values = np.array([20.0, 50.0]), np.array([0.9, 0.7])
    layers.fill_turbulence(HEIGHTS, hour, 0, 0.1, heights, values, 2, False, np.empty(2), out)
    plain = np.array([similarity.mechanical_sigma_v(float(height), 0.3, 400.0) for height in GRID])
    low, high, far = np.searchsorted(GRID, [20.0, 50.0, 300.0])
    assert (out[low], out[high]) == (0.9, 0.7)
    assert out[far] / plain[far] == pytest.approx(0.7 / plain[high])


@pytest.mark.parametrize(
    ("first", "second", "middle"),
    [(350.0, 20.0, 5.0), (20.0, 350.0, 5.0), (90.0, 180.0, 135.0), (340.0, 20.0, 360.0)],
)
def test_direction_turns_the_shorter_way(first, second, middle):
    assert layers.turned(20.0, first, 60.0, second, 40.0) == pytest.approx(middle)
    out = np.empty(GRID.size)
    layers.fill_direction(HEIGHTS, np.array([20.0, 60.0]), np.array([first, second]), 2, out)
    assert out[np.searchsorted(GRID, [0.0, 20.0, 40.0, 60.0, 900.0])] == pytest.approx(
        [first, first, middle, second, second]
    )


@LAW
@given(st.floats(0.01, 360.0), st.floats(0.01, 360.0), st.floats(0.0, 1.0))
def test_direction_stays_on_the_circle_and_never_turns_by_more_than_half(first, second, share):
    made = layers.turned(0.0, first, 1.0, second, share)
    assert 0.0 < made <= 360.0
    turn = abs((second - first + 180.0) % 360.0 - 180.0)
    assert abs((made - first + 180.0) % 360.0 - 180.0) <= turn + 1e-9


def test_potential_temperature_is_the_integral_of_its_gradient():
    gradient, out = 0.01 + 0.005 * np.sin(GRID / 50.0), np.empty(GRID.size)
    layers.fill_potential_temperature(HEIGHTS, gradient, 285.0, 20.0, 150.0, out)
    steps = 0.5 * (gradient[1:] + gradient[:-1]) * np.diff(GRID)
    np.testing.assert_allclose(np.diff(out), steps, atol=1e-10)
    assert np.interp(20.0, GRID, out) == pytest.approx(285.0 + 0.00977 * 170.0)


def gradients(hour, heights=(), temperatures=()):
    count = len(heights)
    heights, values = np.array([*heights, 0.0]), np.array([*temperatures, 0.0])
    middles, out = np.empty(count + 1), np.empty(GRID.size)
    number = layers.measured_gradients(heights, values, count, hour.stable, middles, values)
    layers.fill_gradient(HEIGHTS, hour, middles, values, number, out)
    return out


def test_gradient_without_measurement_is_that_of_the_fluxes():
    """θ* = T u*²/(g k L) = 285 × 0.09 / (9.80616 × 0.4 × 100) = 0.06539 K."""
    hour = scales()
    expected = [similarity.stable_gradient(float(z), 0.0653927, 100.0, 400.0, 0) for z in GRID]
    np.testing.assert_allclose(gradients(hour), expected, rtol=1e-5)


def test_gradient_of_an_unstable_hour_is_zero_in_its_layer():
    made = gradients(scales(stable=0, mixing_height=800.0, gradient_above=0.012))
    assert (made[GRID <= 800.0] == 0.0).all()
    assert (made[(GRID > 800.0) & (GRID <= 1300.0)] == 0.012).all()
    assert (made[GRID > 1300.0] == 0.005).all()


def test_measured_gradient_is_reproduced_between_its_heights():
    """0.3 K in 20 m with 0.00977 K/m of lapse: 0.02477 K/m at 30 m."""
    made = gradients(scales(), (20.0, 40.0), (280.0, 280.3))
    assert made[np.searchsorted(GRID, 30.0)] == pytest.approx(0.02477)


def test_gradient_of_a_stable_hour_is_at_least_that_of_stable_air():
    made = gradients(scales(), (20.0, 40.0), (280.0, 279.0))
    assert (made >= 0.002).all()
