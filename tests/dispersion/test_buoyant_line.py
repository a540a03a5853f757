"""Numbers and laws of the buoyant line kernels: widths, classes, rise, the sum along a line."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sootprint.dispersion.kernels.buoyant_line import (
    ENTRAINMENT,
    LineGroup,
    LineRise,
    cubic_root,
    final_neutral_distance,
    full_buoyancy_distance,
    highest_rise,
    line_rise,
    merged_length,
    rise_of_part,
    sheared_wind,
    stable_final_distance,
)
from sootprint.dispersion.kernels.buoyant_line_density import (
    LineHour,
    height_over_ground,
    line_density,
    part_density,
    wake_distances,
)
from sootprint.dispersion.kernels.gaussian import vertical_term
from sootprint.dispersion.kernels.pasquill_gifford import (
    lateral_width,
    pasquill_class,
    vertical_width,
    virtual_lateral_distance,
    virtual_vertical_distance,
)

THREE = LineGroup(3, 848.0, 20.0, 100.0, 2.0, 37.5, 300.0)
NO_RISE = LineRise(100.0, 200.0, 10.0, (0.0,) * 6)


@pytest.mark.parametrize(
    ("length", "roughness", "letter"),
    [
        (-10.0, 0.1, "A"),
        (-20.0, 0.1, "B"),
        (-60.0, 0.1, "C"),
        (-1000.0, 0.1, "D"),
        (1000.0, 0.1, "D"),
        (50.0, 0.1, "E"),
        (20.0, 0.1, "F"),
    ],
)
def test_class_by_obukhov_length(length, roughness, letter):
    assert "ABCDEF"[pasquill_class(length, roughness)] == letter


def test_class_beyond_the_diagram_is_that_of_its_end():
    for length in (-30.0, -9.0, 15.0, 60.0):
        assert pasquill_class(length, 3.0) == pasquill_class(length, 0.5)
        assert pasquill_class(length, 1e-4) == pasquill_class(length, 0.01)


@pytest.mark.parametrize(("distance", "lateral", "vertical"), [(3000.0, 190.0, 65.0), (500.0, 36.0, 18.5)])
def test_widths_of_class_d_are_those_that_turner_reads(distance, lateral, vertical):
    assert lateral_width(distance, 3) == pytest.approx(lateral, rel=0.03)
    assert vertical_width(distance, 3) == pytest.approx(vertical, rel=0.015)


@pytest.mark.parametrize("stability", range(6))
def test_widths_grow_without_jumps_and_virtual_distances_invert_them(stability):
    last = 0.0
    for distance in (10.0 * 1.02**step for step in range(400)):
        width = vertical_width(distance, stability)
        assert last <= width * 1.002
        assert width <= max(last, 0.1) * 1.1 or distance < 20.0 or width == 5000.0
        if width < 5000.0:
            assert virtual_vertical_distance(width, stability) == pytest.approx(distance, rel=0.01)
        last = width
    for distance in (100.0, 1000.0, 5000.0):
        width = lateral_width(distance, stability)
        assert virtual_lateral_distance(width, stability) == pytest.approx(distance, rel=0.07)


@settings(deadline=None)
@given(st.floats(0.1, 1e4), st.floats(0.0, 1e5), st.floats(-1e9, -1e-3))
def test_root_solves_its_cubic(square, linear, constant):
    root = cubic_root(square, linear, constant)
    margin = 1e-8 * (1.0 + abs(root) + square)
    below, above = (z**3 + square * z**2 + linear * z + constant for z in (root - margin, root + margin))
    assert below <= 0.0 <= above


def test_final_distance_of_briggs_meets_at_55():
    assert final_neutral_distance(55.0) == pytest.approx(3.5 * 14.0 * 55.0**0.625)
    assert final_neutral_distance(55.0) == pytest.approx(3.5 * 34.49 * 55.0**0.4, rel=0.005)


def test_full_buoyancy_comes_when_the_last_line_is_passed():
    assert full_buoyancy_distance(THREE, 0.0, 1.0) == 848.0
    assert full_buoyancy_distance(THREE, 1.0, 0.0) == 2 * 137.5
    assert full_buoyancy_distance(THREE._replace(number=1), 1.0, 0.0) == 2.0


def test_long_line_across_the_wind_rises_as_briggs_says():
    """Z = x √(F' / (2 β L U³)) where the line is long beside its rise and the wake stirs nothing."""
    line = LineGroup(1, 1e6, 1e-4, 1e-4, 1.0, 1.0, 5e4)
    rise = line_rise(line, 0.5 * math.pi, 3, 4.0, 290.0)
    wind = sheared_wind(line, 4.0, 0.25, 0, 0.0)
    slope = math.sqrt(line.buoyancy / (2.0 * ENTRAINMENT * line.building_length * wind**3))
    assert rise.rises[-1] == pytest.approx(slope * rise.final_distance, rel=0.01)


def test_rise_solves_the_published_equation():
    angle, wind = math.radians(40.0), 3.0
    rise = line_rise(THREE, angle, 3, wind, 290.0)
    speed = sheared_wind(THREE, wind, 0.25, 0, 0.0)
    length = 848.0 * math.sin(angle) + merged_length(THREE, speed) * math.cos(angle)
    downwash = length * math.sin(angle)
    radius, beta = 20.0, ENTRAINMENT
    x, full = rise.final_distance, rise.full_distance
    push = 3.0 * 900.0 / (2.0 * math.pi * beta**2 * speed**3) * (full**2 / 3.0 + x * x - full * x)
    z = rise.rises[-1]
    square = 3.0 * length / (math.pi * beta) + 3.0 * radius / beta
    linear = radius * (6.0 * downwash / (math.pi * beta**2) + 3.0 * radius / beta**2)
    assert rise.edge_radius == radius
    assert z**3 + square * z**2 + linear * z == pytest.approx(push, rel=1e-9)
    assert all(a < b for a, b in zip(rise.rises, rise.rises[1:], strict=False))


def test_merged_length_grows_when_lines_come_nearer():
    near, far = THREE._replace(separation=5.0), THREE._replace(separation=200.0)
    assert merged_length(far, 3.0) != merged_length(near, 3.0)
    assert merged_length(THREE._replace(number=1), 3.0) == 2.0


def test_wind_of_the_rise_is_at_least_that_at_the_building():
    for stable, frequency in ((0, 0.0), (1, 6.7e-4)):
        for wind in (1.0, 5.0, 15.0):
            assert sheared_wind(THREE, wind, 0.3, stable, frequency) >= wind
    assert sheared_wind(THREE, 1.0, 0.3, 0, 0.0) > 1.0


def test_stable_rise_ends_sooner_in_stronger_inversions():
    weak, strong = (stable_final_distance(3.0, s, 50.0) for s in (4e-4, 1.2e-3))
    assert strong < weak <= math.pi * 3.0 / math.sqrt(4e-4)
    e, f = (line_rise(THREE, 1.0, stability, 4.0, 285.0).rises[-1] for stability in (4, 5))
    assert f < e


def test_rise_is_continuous_and_less_for_parts_that_leave_late():
    rise = line_rise(THREE, 0.7, 3, 3.0, 290.0)
    for distance in (1.0, rise.full_distance, 0.5 * (rise.full_distance + rise.final_distance)):
        assert highest_rise(distance + 1e-6, rise) == pytest.approx(highest_rise(distance, rise), abs=1e-5)
    assert highest_rise(rise.final_distance * (1 - 1e-12), rise) == pytest.approx(rise.rises[-1])
    assert highest_rise(1e6, rise) == rise.rises[-1]
    assert rise_of_part(0.0, 5000.0, rise) == rise.rises[-1]
    assert rise_of_part(rise.full_distance, 5000.0, rise) == pytest.approx(rise.rises[-1] - rise.rises[0])


def line(**changed):
    values = {
        "first_x": 0.0,
        "first_y": -2000.0,
        "last_x": 0.0,
        "last_y": 2000.0,
        "height": 20.0,
        "wind": 4.0,
        "decay": 0.0,
        "stability": 3,
        "lid": 800.0,
        "virtual_y": 0.0,
        "virtual_z": 100.0,
        "rise": NO_RISE,
    } | changed
    return LineHour(**values)


def test_long_line_across_the_wind_is_uniform_along_itself():
    """The integral of the lateral density over the line is 1: what is left is the vertical one."""
    made = line_density(1000.0, 0.0, 0.0, line(), 1e-6)
    expected = vertical_term(0.0, 20.0, vertical_width(1100.0, 3), 800.0) / 4000.0
    assert made == pytest.approx(expected, rel=2e-4)


def test_sum_is_the_mean_of_its_parts():
    scene = line(first_x=-300.0, last_x=150.0)
    parts = 20000
    mean = sum(part_density(900.0, 700.0, 0.0, (k + 0.5) / parts, scene)[0] for k in range(parts)) / parts
    assert line_density(900.0, 700.0, 0.0, scene, 1e-7) == pytest.approx(mean, rel=1e-4)
    assert line_density(900.0, 700.0, 0.0, scene, 0.02) == pytest.approx(mean, rel=0.04)


def test_mirrored_receptors_get_the_same():
    one, other = (line_density(600.0, y, 0.0, line(), 1e-5) for y in (-1950.0, 1950.0))
    assert one == pytest.approx(other, rel=1e-12)


@pytest.mark.parametrize(("x", "y"), [(-10.0, 0.0), (0.0, 500.0), (500.0, 2600.0)])
def test_upwind_and_far_off_get_nothing(x, y):
    assert line_density(x, y, 0.0, line(), 0.02) == 0.0


def test_plume_above_the_lid_gives_nothing_below():
    assert line_density(1000.0, 0.0, 0.0, line(height=900.0), 0.02) == 0.0
    assert line_density(1000.0, 0.0, 0.0, line(height=900.0, lid=math.inf, stability=5), 0.02) == 0.0


def test_decay_takes_its_share_and_never_more_than_all():
    whole, less, none = (
        line_density(1000.0, 0.0, 0.0, line(decay=decay), 1e-5) for decay in (0.0, 1e-3, 5e-3)
    )
    assert less == pytest.approx(0.75 * whole, rel=1e-3)
    assert none == 0.0


def test_plume_keeps_half_its_height_over_hills():
    assert height_over_ground(100.0, 60.0, 3) == 70.0
    assert height_over_ground(100.0, 300.0, 3) == 50.0
    assert height_over_ground(100.0, 300.0, 5) == pytest.approx(30.0)
    assert height_over_ground(100.0, -40.0, 3) == 120.0


def test_wake_widths():
    y, z = wake_distances(20.0, 3)
    assert vertical_width(z, 3) == pytest.approx(math.sqrt(2.0 / math.pi) * 20.0, rel=1e-6)
    assert lateral_width(y, 3) == pytest.approx(0.5 * math.sqrt(2.0 / math.pi) * 20.0, rel=0.05)
