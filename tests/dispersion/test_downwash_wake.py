"""Numbers and laws of the wake of a building and of the growth of a plume in it."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sootprint.dispersion.kernels.downwash_cavity import cavity_sigma_y, cavity_sigma_z, gaussian_share
from sootprint.dispersion.kernels.downwash_spread import (
    Ambient,
    ambient_sigma_y,
    ambient_sigma_z,
    between,
    grown,
    table_index,
    wake_end,
    wake_intensity,
)
from sootprint.dispersion.kernels.downwash_wake import (
    IN_CAVITY,
    IN_FAR_WAKE,
    INSIDE_BUILDING,
    OUTSIDE,
    cavity,
    far_wake,
    speed_ratio,
    streamline_slope,
    wake_shape,
    zone,
)
from sootprint.dispersion.kernels.levels import HEIGHTS

SIDES = st.floats(3.0, 120.0)
CUBE = wake_shape(10.0, 10.0, 10.0)
SLAB = wake_shape(20.0, 60.0, 15.0)
HALL = wake_shape(10.0, 20.0, 80.0)
SHAPES = [CUBE, SLAB, HALL, wake_shape(50.0, 12.0, 12.0)]


def air(stable=0, sigma_v=0.4, sigma_w=0.3, wind=5.0, urban=0, gradient=0.0):
    column = np.zeros((HEIGHTS.size, 9))
    column[:, 4] = 290.0
    length = 50.0 if stable else -50.0
    return Ambient(stable, urban, wind, sigma_v, sigma_w, gradient, 0.3, length, 800.0, 400.0, column)


def test_cube_of_ten_metres():
    assert CUBE.scale == pytest.approx(10.0)
    assert CUBE.cavity_top == pytest.approx(12.2)
    assert CUBE.roof_cavity == pytest.approx(9.0)
    assert CUBE.cavity_length == pytest.approx(18.0 / 1.24)


def test_cavity_of_a_square_slab_has_fackrells_length():
    made = wake_shape(20.0, 60.0, 10.0)
    assert made.cavity_length == pytest.approx(1.8 * 60.0 / (0.5**0.3 * (1.0 + 0.24 * 3.0)))


@pytest.mark.parametrize(("length", "like"), [(2.0, 6.0), (200.0, 60.0)])
def test_aspect_of_the_cavity_is_limited(length, like):
    assert wake_shape(20.0, 30.0, length).cavity_length == wake_shape(20.0, 30.0, like).cavity_length


def test_length_does_not_count_for_towers_of_a_third_of_their_height():
    assert wake_shape(30.0, 9.9, 9.9).cavity_length == wake_shape(30.0, 9.9, 40.0).cavity_length


def test_faces_longer_than_eight_times_their_height_are_two_dimensional():
    assert wake_shape(10.0, 80.0, 20.0).scale == pytest.approx(20.0)
    assert wake_shape(10.0, 300.0, 20.0).scale == pytest.approx(20.0)


def test_no_building_has_no_wake():
    none = wake_shape(0.0, 0.0, 0.0)
    assert none.scale == 0.0
    assert zone(none, 5.0, 0.0, 1.0) == OUTSIDE
    assert streamline_slope(none, 5.0, 0.0, 1.0) == 0.0


@settings(max_examples=100, deadline=None)
@given(height=SIDES, width=SIDES, length=SIDES, share=st.floats(0.0, 1.0))
def test_cavity_is_continuous_and_shorter_than_the_wake(height, width, length, share):
    shape = wake_shape(height, width, length)
    end = shape.length + shape.cavity_length
    assert end < shape.length + 15.0 * shape.scale
    x = share * end
    step = 1e-9 * end
    one, two = cavity(shape, max(0.0, x - step)), cavity(shape, x + step)
    assert one == pytest.approx(two, abs=2e-3 * max(shape.cavity_top, width))
    assert one[0] <= shape.cavity_top * (1.0 + 1e-12)
    assert one[1] <= (0.5 * width + shape.scale / 3.0) * (1.0 + 1e-12)


@pytest.mark.parametrize("shape", SHAPES[:3])
def test_cavity_of_squat_buildings_lies_within_the_far_wake(shape):
    for x in np.linspace(0.01, shape.length + shape.cavity_length, 200):
        hollow, wake = cavity(shape, x), far_wake(shape, x)
        assert hollow[0] <= wake[0] + 0.03 * shape.height


def test_far_wake_begins_at_the_roof_and_grows_with_the_cube_root():
    assert far_wake(SLAB, 1e-9)[0] == pytest.approx(20.0)
    assert far_wake(SLAB, 0.0) == (0.0, 0.0)
    far = far_wake(CUBE, 8e6)[0] / far_wake(CUBE, 1e6)[0]
    assert far == pytest.approx(2.0, rel=1e-5)
    assert far_wake(CUBE, 10.0)[1] == pytest.approx(5.0 + 10.0 / 3.0)


def test_zones_of_a_cube():
    assert zone(CUBE, 5.0, 0.0, 5.0) == INSIDE_BUILDING
    assert zone(CUBE, 5.0, 0.0, 11.0) == IN_FAR_WAKE
    assert zone(SLAB, 7.0, 0.0, 22.0) == IN_CAVITY
    assert zone(CUBE, 15.0, 0.0, 5.0) == IN_CAVITY
    assert zone(CUBE, 60.0, 0.0, 5.0) == IN_FAR_WAKE
    assert zone(CUBE, 60.0, 40.0, 5.0) == OUTSIDE
    assert zone(CUBE, -1.0, 0.0, 5.0) == OUTSIDE


@pytest.mark.parametrize("shape", SHAPES)
def test_mean_loss_of_wind_over_the_height_of_the_wake_is_the_papers(shape):
    x = shape.length + 12.0 * shape.scale
    top, _ = far_wake(shape, x)
    heights = np.linspace(0.0, top, 2001)[:-1]
    loss = [1.0 - speed_ratio(shape, x, 0.0, z)[0] for z in heights]
    assert np.mean(loss) == pytest.approx(0.7 * 13.0 ** (-2.0 / 3.0), rel=2e-3)


@settings(max_examples=100, deadline=None)
@given(x=st.floats(0.1, 400.0), y=st.floats(-80.0, 80.0), z=st.floats(0.0, 60.0))
def test_wind_in_the_wake_is_slower_symmetric_and_joins_that_outside(x, y, z):
    ratio, gradient = speed_ratio(SLAB, x, y, z)
    assert 0.01 <= ratio <= 1.0
    assert gradient >= 0.0
    assert speed_ratio(SLAB, x, -y, z)[0] == ratio
    top, wide = far_wake(SLAB, x)
    assert speed_ratio(SLAB, x, 0.0, top * (1.0 - 1e-9))[0] == pytest.approx(1.0, abs=1e-5)
    assert speed_ratio(SLAB, x, wide * (1.0 - 1e-9), 0.0)[0] == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("shape", [CUBE, SLAB])
def test_streamline_at_roof_height_climbs_to_the_cavity_twice_its_lift_and_falls_back_once(shape):
    lift = shape.cavity_top - shape.height
    end = shape.length + shape.cavity_length
    for low, high, change in [
        (-shape.scale, 0.0, lift),
        (0.0, 0.5 * shape.scale, lift),
        (0.5 * shape.scale, end, -lift),
    ]:
        middles = low + (np.arange(4000) + 0.5) * (high - low) / 4000
        slopes = [streamline_slope(shape, x, 0.0, shape.height) for x in middles]
        assert np.mean(slopes) * (high - low) == pytest.approx(change, rel=1e-6)


def test_streamlines_are_straight_far_from_the_building():
    assert streamline_slope(SLAB, -SLAB.scale - 0.1, 0.0, 10.0) == 0.0
    assert streamline_slope(SLAB, 30.0, 0.5 * SLAB.width + SLAB.scale, 10.0) == 0.0
    assert abs(streamline_slope(SLAB, 30.0, 0.0, 500.0)) < abs(streamline_slope(SLAB, 30.0, 0.0, 20.0)) / 10
    assert streamline_slope(SLAB, 1e6, 0.0, 20.0) == pytest.approx(0.0, abs=1e-4)


def test_turbulence_at_the_lee_face_is_five_times_that_of_neutral_air():
    around = air(sigma_v=0.8, sigma_w=0.6)
    assert wake_intensity(SLAB, around, 0, SLAB.length) == pytest.approx(1.7 * 0.06 / 0.3)
    assert wake_intensity(SLAB, around, 1, SLAB.length) == pytest.approx(1.7 * 0.08 / 0.3)


def test_turbulence_of_the_wake_decays_to_that_far_behind():
    around = air(sigma_v=0.3, sigma_w=0.2)
    assert wake_intensity(SLAB, around, 0, 1e9) == pytest.approx(0.2 / 5.0, rel=1e-3)
    place = wake_end(SLAB, around, 0)
    assert wake_intensity(SLAB, around, 0, place) == pytest.approx(1.3 * 0.2 / 5.0, rel=1e-12)


def test_wake_ends_sooner_in_turbulent_air():
    assert wake_end(SLAB, air(sigma_w=1.5), 0) < wake_end(SLAB, air(sigma_w=0.5), 0)


@settings(max_examples=100, deadline=None)
@given(
    intensity=st.floats(0.01, 0.4),
    breadth=st.floats(5.0, 100.0),
    sigma=st.floats(0.1, 40.0),
    share=st.floats(0.01, 0.99),
)
def test_growth_in_the_wake_neither_jumps_nor_bends_where_it_changes(intensity, breadth, sigma, share):
    change = 10.0 + share * 2.0
    made, ratio, _ = grown(intensity, breadth, 10.0, 12.0, change, sigma, 0.0)
    linear = sigma + (change - 10.0) * intensity
    assert ratio == pytest.approx(2.0 * linear / breadth)
    assert linear <= made <= sigma + 2.0 * intensity + 1e-12
    after, _, slope = grown(intensity, breadth, change, change + 1e-6, change - 1e-9, linear, ratio)
    assert after >= linear
    assert slope == pytest.approx(intensity, rel=1e-3)


@settings(max_examples=100, deadline=None)
@given(count=st.integers(2, 5000))
def test_tables_keep_rising_places_up_to_the_last(count):
    size = min(count, 50)
    places = [table_index(place, count, 50) for place in range(size)]
    assert places == sorted(set(places))
    assert places[0] >= 0
    assert places[-1] == count - 1
    gaps = np.diff([-1, *places])
    assert count <= 100 or gaps[-2] >= gaps[0]


def test_tables_are_linear_and_constant_beyond_their_ends():
    tables = np.array([[1.0, 2.0, 4.0], [10.0, 30.0, 20.0]])
    assert [between(tables, 0, 1, 3, x) for x in (0.0, 1.5, 3.0, 4.0, 9.0)] == [10.0, 20.0, 25.0, 20.0, 20.0]
    assert between(tables, 0, 1, 2, 3.0) == 30.0


def test_ambient_widths_are_linear_near_the_source():
    around = air()
    assert ambient_sigma_y(around, 0.01, 50.0) == pytest.approx(0.08 * 0.01, rel=1e-3)
    assert ambient_sigma_z(around, 0.01, 100.0) == pytest.approx(0.06 * 0.01, rel=1e-3)
    calm = air(stable=1, gradient=0.02)
    assert ambient_sigma_z(calm, 0.01, 900.0) == pytest.approx(0.06 * 0.01, rel=1e-3)


def test_stable_plume_aloft_reaches_the_width_that_stratification_allows():
    around = air(stable=1, gradient=0.02)
    frequency = math.sqrt(9.80616 * 0.02 / 290.0)
    x = 5000.0
    travelled = 0.3 * x / 5.0
    expected = travelled / math.sqrt(1.0 + travelled * (1.0 / (0.72 * 900.0) + frequency / (0.54 * 0.3)))
    assert ambient_sigma_z(around, x, 900.0) == pytest.approx(expected)
    assert ambient_sigma_z(air(stable=1, gradient=0.02, urban=1), x, 900.0) > expected


@settings(max_examples=60, deadline=None)
@given(height=st.floats(0.0, 1200.0), stable=st.integers(0, 1), x=st.floats(1.0, 2e4))
def test_ambient_widths_grow_with_distance(height, stable, x):
    around = air(stable=stable, gradient=0.01 * stable)
    assert ambient_sigma_y(around, 1.1 * x, height) > ambient_sigma_y(around, x, height)
    assert ambient_sigma_z(around, 1.1 * x, height) >= ambient_sigma_z(around, x, height)


def test_cavity_concentration_is_wilsons_and_britters():
    lateral, vertical = cavity_sigma_y(SLAB, 0.0), cavity_sigma_z(SLAB, 4.0, 6.0)
    made = 1.0 / (math.pi * 6.0 * lateral * vertical)
    assert made == pytest.approx(3.0 / (4.0 * SLAB.cavity_top * 60.0))


@settings(max_examples=60, deadline=None)
@given(captured=st.floats(0.0, 200.0), height=SIDES, width=SIDES, length=SIDES)
def test_breadth_of_the_cavity_is_at_most_the_buildings_or_a_third_of_its_height(
    captured, height, width, length
):
    shape = wake_shape(height, width, length)
    breadth = math.sqrt(2.0 * math.pi) * cavity_sigma_y(shape, captured)
    assert min(width, height / 3.0) - 1e-9 <= breadth <= max(width, height / 3.0) + 1e-9


def test_share_of_a_gaussian_within_one_sigma():
    assert gaussian_share(0.0, 2.0, 2.0) == pytest.approx(0.682689492137086)
    assert gaussian_share(50.0, 1.0, 10.0) == 0.0


@settings(max_examples=60, deadline=None)
@given(centre=st.floats(0.0, 50.0), sigma=st.floats(0.1, 20.0), half=st.floats(0.1, 50.0))
def test_share_of_a_gaussian_is_a_share(centre, sigma, half):
    assume(half > 0.0)
    share = gaussian_share(centre, sigma, half)
    assert 0.0 <= share <= 1.0
    assert gaussian_share(centre, sigma, 1.1 * half) >= share
