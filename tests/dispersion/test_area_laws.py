"""Areas and lines in layered air: laws of the integral over a polygon."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sootprint.dispersion.decks.geometry import circle, rectangle, strip
from sootprint.dispersion.engines.atmosphere import weather_arrays
from sootprint.dispersion.engines.grounds import ground_of
from sootprint.dispersion.engines.hour import air_of, mixing_of, stack_of
from sootprint.dispersion.engines.points import lateral_density
from sootprint.dispersion.engines.scene import Emitters, Receivers
from sootprint.dispersion.engines.steady import forward_steady
from sootprint.dispersion.kernels.area import (
    SIZE,
    chord_share,
    polygon_area,
    read,
    strips_of,
    way_to,
)
from sootprint.dispersion.kernels.release import PASSIVE, release_of
from sootprint.dispersion.kernels.steady import plume_at

UNSTABLE, STABLE, CALMER = range(3)
L_SHAPE = np.array([[0, 0], [200, 0], [200, 80], [60, 80], [60, 300], [0, 300.0]])


def weather(direction=270.0):
    """An unstable, a stable and a light stable hour, all in wind from one direction."""
    table = pd.DataFrame(
        {
            "time_start": pd.date_range("2024-06-01T12:00", periods=3, freq="h"),
            "friction_velocity": [0.35, 0.25, 0.08],
            "convective_velocity": [1.4, np.nan, np.nan],
            "obukhov_length": [-40.0, 120.0, 15.0],
            "roughness_length": 0.3,
            "convective_mixing_height": [900.0, np.nan, np.nan],
            "mechanical_mixing_height": [500.0, 300.0, 60.0],
            "potential_temperature_gradient": [0.01, np.nan, np.nan],
            "wind_speed": [4.0, 3.0, 1.2],
            "wind_from_direction": direction,
            "measurement_height": 10.0,
            "air_temperature": [293.0, 280.0, 278.0],
            "temperature_height": 2.0,
            "cloud": 0.3,
        }
    )
    return weather_arrays(table, None, base_elevation=0.0)[0]


WEST = weather()


def receivers(x, y, elevation=0.0, hill=0.0, flagpole=0.0):
    columns = np.broadcast_arrays(*(np.asarray(item, float) for item in (x, y, elevation, hill, flagpole)))
    return Receivers(*(np.ascontiguousarray(column.ravel()) for column in columns))


def areas(*polygons, height=2.0, sigma_z=1.0, flat=1, decay=0.0):
    count = len(polygons)
    bounds = np.cumsum([0, *(len(polygon) for polygon in polygons)]).astype(np.int64)
    none, whole = np.zeros(count), np.zeros(count, dtype=np.int64)
    return Emitters(
        kind=whole + PASSIVE,
        x=none,
        y=none,
        elevation=none,
        height=none + height,
        diameter=none,
        exit_velocity=none[np.newaxis],
        exit_temperature=none[np.newaxis],
        initial_sigma_y=none,
        initial_sigma_z=none + sigma_z,
        place=whole,
        flat=whole + flat,
        downwash=whole,
        spread=whole,
        first_vertex=bounds[:-1],
        last_vertex=bounds[1:],
        vertices=np.concatenate(polygons).astype(float),
        building=whole - 1,
        buildings=np.zeros((1, 36, 5)),
        decay=none + decay,
    )


def run(places, *polygons, hours=WEST, **release):
    """Concentration for a unit emission, shape (hour, receptor, source)."""
    return forward_steady(hours, places, areas(*polygons, **release))


def points(places, cells, hour, **release):
    """Mean of the plumes of points at ``cells`` without meander in wind from the west, shape (receptor,)."""
    emitters = areas(L_SHAPE, **release)
    air, mixing = air_of(WEST, hour, 0), mixing_of(WEST, hour, 0)
    column = WEST.columns[hour, 0]
    mouth = release_of(stack_of(emitters, 0, hour), column, air, mixing)
    made = np.zeros(len(places.x))
    for receptor in range(len(places.x)):
        ground = ground_of(places, receptor, 0.0, release.get("flat", 1))
        for east, north in cells:
            downwind = places.x[receptor] - east
            if downwind >= 1.0:
                plume = plume_at(downwind, ground, mouth, column, air, mixing)
                made[receptor] += plume.density * lateral_density(places.y[receptor] - north, plume.sigma_y)
    return made / len(cells)


def grid(low, high, count):
    """Middles of the cells of a square."""
    middles = low + (high - low) * (np.arange(count) + 0.5) / count
    return [(east, north) for east in middles for north in middles]


PLACES = receivers([250, 400, 700, 1500, 90], [40, 150, -60, 200, 90], flagpole=1.5)


@pytest.mark.parametrize("hour", [UNSTABLE, STABLE, CALMER])
def test_small_area_is_a_point(hour):
    corner = rectangle(-0.1, -0.1, 0.2, 0.2, 0.0)
    np.testing.assert_allclose(
        run(PLACES, corner, height=5.0)[hour, :, 0], points(PLACES, [(0, 0)], hour, height=5.0), rtol=2e-4
    )


@pytest.mark.parametrize("hour", [UNSTABLE, STABLE, CALMER])
def test_area_is_the_sum_of_its_points(hour):
    square = rectangle(0, 0, 100, 100, 0.0)
    places = receivers([150, 300, 900], [40, 120, 30])
    cells = points(places, grid(0.0, 100.0, 40), hour)
    np.testing.assert_allclose(run(places, square)[hour, :, 0], cells, rtol=1e-3)


def test_area_is_the_sum_of_its_points_over_terrain():
    square = rectangle(0, 0, 100, 100, 0.0)
    places = receivers([300, 900], [60, 30], elevation=[20, 60], hill=[60, 90])
    for hour in (UNSTABLE, STABLE):
        cells = points(places, grid(0.0, 100.0, 40), hour, height=30.0, flat=0)
        np.testing.assert_allclose(run(places, square, height=30.0, flat=0)[hour, :, 0], cells, rtol=1e-3)


@pytest.mark.parametrize("turn", [0.0, 33.0, 90.0])
def test_parts_make_the_whole(turn):
    whole = rectangle(0, 0, 300, 200, turn)
    middle = 0.4 * whole[0] + 0.6 * whole[3], 0.4 * whole[1] + 0.6 * whole[2]
    left = np.array([whole[0], whole[1], middle[1], middle[0]])
    right = np.array([middle[0], middle[1], whole[2], whole[3]])
    made = run(PLACES, whole, left, right)
    np.testing.assert_allclose(
        0.6 * made[:, :, 1] + 0.4 * made[:, :, 2], made[:, :, 0], rtol=2e-4, atol=1e-12
    )


def test_polygon_that_is_not_convex_is_the_sum_of_its_rectangles():
    low, high = rectangle(0, 0, 200, 80, 0.0), rectangle(0, 80, 60, 220, 0.0)
    made = run(PLACES, L_SHAPE, low, high)
    shares = np.array([200 * 80, 60 * 220]) / (200 * 80 + 60 * 220)
    np.testing.assert_allclose(made[:, :, 1:] @ shares, made[:, :, 0], rtol=2e-4, atol=1e-12)


@pytest.mark.parametrize("angle", [17.0, 90.0, 200.0])
def test_turning_all_together_changes_nothing(angle):
    turn = math.radians(angle)
    matrix = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    x, y = matrix @ np.stack([PLACES.x, PLACES.y])
    turned = run(receivers(x, y, flagpole=1.5), L_SHAPE @ matrix.T, hours=weather((270.0 + angle) % 360.0))
    np.testing.assert_allclose(turned, run(PLACES, L_SHAPE), rtol=1e-6, atol=1e-12)


def test_mirror_image_has_the_mirrored_field():
    mirrored = receivers(PLACES.x, -PLACES.y, flagpole=1.5)
    np.testing.assert_allclose(run(mirrored, L_SHAPE * [1, -1]), run(PLACES, L_SHAPE), rtol=1e-9, atol=1e-15)


def test_sense_and_first_corner_do_not_matter():
    made = run(PLACES, L_SHAPE, L_SHAPE[::-1], np.roll(L_SHAPE, 2, axis=0))
    np.testing.assert_allclose(made[:, :, 1:], made[:, :, :1] * [1, 1], rtol=1e-12)


def test_far_coordinates_do_not_matter():
    shift = np.array([604_500.0, 5_536_800.0])
    far = receivers(PLACES.x + shift[0], PLACES.y + shift[1], flagpole=1.5)
    np.testing.assert_allclose(run(far, L_SHAPE + shift), run(PLACES, L_SHAPE), rtol=1e-6, atol=1e-12)


def test_nothing_upwind_and_far_aside():
    upwind = receivers([-10, -500, 300], [100, 0, 5000])
    assert (run(upwind, L_SHAPE) == 0.0).all()


def test_each_receptor_stands_for_itself():
    places = receivers([250, 400, 100, 700], [40, 150, 50, -60], flagpole=[0, 1.5, 0, 3.0])
    together = run(places, L_SHAPE)
    for receptor in range(4):
        alone = Receivers(*(column[receptor : receptor + 1] for column in places))
        np.testing.assert_array_equal(run(alone, L_SHAPE)[:, 0], together[:, receptor])


def test_circle_comes_near_to_itself_with_more_corners():
    made = run(PLACES, circle(0, 0, 100, 20), circle(0, 0, 100, 80))
    near = made[:, :4]
    np.testing.assert_allclose(near[:, :, 0], near[:, :, 1], rtol=0.02, atol=1e-9)


def test_line_is_the_sum_of_its_halves():
    ends = np.array([[0.0, -200.0], [50.0, 300.0]])
    middle = ends.mean(axis=0)
    halves = strip(np.array([ends[0], middle]), 12.0), strip(np.array([middle, ends[1]]), 12.0)
    made = run(PLACES, strip(ends, 12.0), *halves)
    np.testing.assert_allclose(made[:, :, 1:].mean(axis=2), made[:, :, 0], rtol=2e-4, atol=1e-12)


def test_decay_takes_the_share_of_the_way():
    square = rectangle(0, 0, 1, 1, 0.0)
    place = receivers(1000.5, 0.5)
    plain, decayed = (run(place, square, decay=rate)[STABLE, 0, 0] for rate in (0.0, 1e-3))
    ways = [1000.0 / wind for wind in (8.0, 1.0)]
    assert math.exp(-1e-3 * ways[1]) < decayed / plain < math.exp(-1e-3 * ways[0])


def test_wide_area_has_the_integral_along_the_wind():
    """Within a very wide area the plume is never left, and the share across the wind is 1."""
    wide = rectangle(-20_000, -20_000, 20_000, 40_000, 0.0)
    place = receivers(0.0, 0.0)
    emitters = areas(wide)
    for hour in (UNSTABLE, STABLE, CALMER):
        air, mixing, column = air_of(WEST, hour, 0), mixing_of(WEST, hour, 0), WEST.columns[hour, 0]
        mouth = release_of(stack_of(emitters, 0, hour), column, air, mixing)
        ends = np.geomspace(1.01, 20_000.0, 4001)
        middle = np.sqrt(ends[1:] * ends[:-1])
        ground = ground_of(place, 0, 0.0, 1)
        density = [plume_at(d, ground, mouth, column, air, mixing).density for d in middle]
        expected = float(np.dot(density, np.diff(ends))) / (20_000 * 40_000)
        assert run(place, wide)[hour, 0, 0] == pytest.approx(expected, rel=2e-4)


def test_area_of_a_polygon():
    assert polygon_area(L_SHAPE, 0, 6) == 200 * 80 + 60 * 220
    assert polygon_area(circle(3.0, 4.0, 50.0, 20), 0, 20) == pytest.approx(math.pi * 2500.0, rel=1e-12)


def test_chord_has_the_share_of_the_error_function():
    """At 500 m with a width of 100 m, a chord from -100 to 100 m holds erf(1/√2) = 0.6827 of the plume."""
    strips = strips_of(rectangle(0, -100, 300, 200, 0.0), 0, 4, -1.0, 0.0)
    wide = chord_share(strips, int(np.argmax(np.diff(strips.corners))), 600.0, 0.0, 500.0, 100.0)
    assert wide == pytest.approx(0.682689492, abs=1e-9)


def test_table_reads_what_the_plume_is():
    emitters = areas(L_SHAPE, height=20.0)
    ground = ground_of(receivers(0.0, 0.0), 0, 0.0, 1)
    for hour in (UNSTABLE, STABLE, CALMER):
        air, mixing, column = air_of(WEST, hour, 0), mixing_of(WEST, hour, 0), WEST.columns[hour, 0]
        mouth = release_of(stack_of(emitters, 0, hour), column, air, mixing)
        way = way_to(ground, mouth, column, air, mixing, 0.0)
        table = np.full((SIZE, 2), np.nan)
        for distance in np.geomspace(150.0, 30_000.0, 200):
            density, width = read(table, distance, way)
            plume = plume_at(distance, ground, mouth, column, air, mixing)
            assert math.exp(density) == pytest.approx(plume.density, rel=1e-3)
            assert width == pytest.approx(plume.sigma_y, rel=1e-3)


@settings(max_examples=60, deadline=None)
@given(
    corners=st.lists(st.tuples(st.integers(-500, 500), st.integers(-500, 500)), min_size=3, max_size=8),
    place=st.tuples(st.floats(-800, 800), st.floats(-800, 800)),
    direction=st.floats(1.0, 360.0),
    height=st.floats(0.0, 60.0),
)
def test_any_polygon_gives_a_finite_share(corners, place, direction, height):
    polygon = np.array(corners, dtype=float)
    if polygon_area(polygon, 0, len(polygon)) < 1.0:
        return
    made = run(receivers(*place), polygon, hours=weather(direction), height=height)
    assert np.isfinite(made).all()
    assert (made >= 0.0).all()
