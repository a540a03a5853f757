"""Laws of a plume beside a building, and a case of AERMOD's own tests."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.engines.releases import Stack
from sootprint.dispersion.kernels.downwash import (
    Building,
    Site,
    downwash_plume,
    downwash_term,
    has_downwash,
    wake_weight,
)
from sootprint.dispersion.kernels.downwash_cavity import cavity_widths, plume_height, primary_widths
from sootprint.dispersion.kernels.downwash_rise import fill_density
from sootprint.dispersion.kernels.downwash_tables import CAVITY, WAKE, workspace
from sootprint.dispersion.kernels.downwash_wake import far_wake
from sootprint.dispersion.kernels.levels import HEIGHTS, at, cumulate

NONE = Building(0.0, 0.0, 0.0, 0.0, 0.0)
SLAB = Building(20.0, 40.0, 15.0, -8.0, 0.0)
"""Building with the stack in the middle of its roof."""


class Hour:
    """Neutral or stable hour with a logarithmic wind, over flat country."""

    def __init__(self, stable=0, friction=0.5, gradient=0.0, mixing_height=1000.0):
        self.column = np.zeros((HEIGHTS.size, 9))
        self.column[:, 0] = np.maximum(friction / 0.4 * np.log(np.maximum(HEIGHTS, 0.2) / 0.1), 0.3)
        self.column[:, 1] = 1.9 * friction
        self.column[:, 2] = 1.3 * friction
        self.column[:, 3] = gradient
        self.column[:, 4] = 290.0 + gradient * HEIGHTS
        cumulate(self.column)
        length = 200.0 if stable else -5000.0
        self.air = Air(stable, friction, 0.0, length, 0.1, mixing_height, mixing_height, 290.0)
        self.density = np.zeros(HEIGHTS.size)
        fill_density(self.column, 290.0, 0.0, self.density)

    def plume(self, building=SLAB, height=25.0, hot=320.0, velocity=8.0, kind=0, diameter=1.0, wind=None):
        stack = Stack(kind, height, diameter, velocity, hot, 0.0, 0.0, 1, 1)
        site = Site(at(self.column, 0, height) if wind is None else wind, 0.0, 0)
        return downwash_plume(stack, building, self.column, self.density, self.air, site, workspace())


@pytest.fixture(scope="module")
def neutral():
    return Hour()


def heights(plume, places):
    return np.array([plume_height(plume.tables, plume.path.rows, x) for x in places])


def ground(plume, x, y=0.0):
    return downwash_term(plume, x, y, 0.0, 0.0)


def test_no_building_no_downwash(neutral):
    assert not has_downwash(NONE, 20.0, neutral.air)
    assert has_downwash(SLAB, 20.0, neutral.air)


def test_stack_above_an_unstable_layer_has_no_downwash():
    low = Hour(mixing_height=60.0)
    assert not has_downwash(SLAB, 80.0, low.air)
    assert has_downwash(SLAB, 80.0, Hour(stable=1, gradient=0.01, mixing_height=60.0).air)


def test_stack_five_times_as_high_as_the_building_is_left_alone(neutral):
    plume = neutral.plume(height=100.0, hot=400.0, diameter=3.0, velocity=20.0)
    assert plume.in_wake == 0
    assert ground(plume, 200.0) == (0.0, 0.0)


def test_low_plume_is_caught_more_than_a_high_one(neutral):
    shares = [
        neutral.plume(height=height, hot=291.0, velocity=3.0).captured for height in (5.0, 22.0, 30.0, 45.0)
    ]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.5
    assert shares[-1] < 0.1


def test_plume_descends_behind_the_building(neutral):
    flat = Building(0.02, 0.02, 0.02, -0.01, 0.0)
    places = np.linspace(60.0, 250.0, 20)
    assert np.all(heights(neutral.plume(), places) < heights(neutral.plume(building=flat), places))


def test_rise_beside_no_building_follows_the_two_thirds_law():
    hour = Hour()
    hour.column[:, 0] = 6.0
    cumulate(hour.column)
    flat = Building(0.02, 0.02, 0.02, -0.01, 0.0)
    plume = hour.plume(building=flat, height=100.0, hot=430.0, diameter=4.0, velocity=12.0)
    flux = 9.80616 * 12.0 * 16.0 / 4.0 * (1.0 - (290.0 - 0.977) / 430.0)
    places = np.array([150.0, 300.0, 450.0])
    law = 1.6 * flux ** (1.0 / 3.0) * places ** (2.0 / 3.0) / 6.0
    assert heights(plume, places) - 100.0 == pytest.approx(law, rel=0.15)


def test_hotter_and_faster_gas_rises_higher(neutral):
    end = [400.0]
    assert heights(neutral.plume(hot=450.0), end) > heights(neutral.plume(hot=320.0), end)
    assert heights(neutral.plume(velocity=16.0), end) > heights(neutral.plume(velocity=8.0), end)


def test_cap_and_horizontal_mouth_rise_less(neutral):
    near = [20.0]
    upright = heights(neutral.plume(), near)
    assert heights(neutral.plume(kind=1), near) < upright
    assert heights(neutral.plume(kind=2), near) < upright


def test_exit_temperature_below_zero_counts_from_the_airs(neutral):
    warm = 290.0 - 0.00977 * 25.0 + 40.0
    one, two = neutral.plume(hot=-40.0), neutral.plume(hot=warm)
    assert one.tables == pytest.approx(two.tables, rel=1e-9)


@pytest.mark.parametrize(("x", "y"), [(5.0, 3.0), (30.0, 12.0), (120.0, 25.0), (900.0, 60.0)])
def test_mirror_image_of_a_site_gives_the_mirror_image_of_the_field(neutral, x, y):
    left, right = neutral.plume(building=SLAB._replace(offset_across=9.0)), None
    one = ground(left, x, y)
    right = neutral.plume(building=SLAB._replace(offset_across=-9.0))
    assert ground(right, x, -y) == pytest.approx(one, rel=1e-12)
    assert one[0] > 0.0


def test_flux_through_a_plane_behind_the_cavity_is_the_emission(neutral):
    plume = neutral.plume(height=5.0, hot=291.0, velocity=3.0)
    assert 0.1 < plume.captured < 1.0
    x = plume.offset_along + plume.shape.length + 1.2 * plume.shape.cavity_length
    top, wide = far_wake(plume.shape, x - plume.offset_along)
    y = np.linspace(-wide, wide, 61)
    z = np.linspace(0.0, top, 41)
    field = np.array([[downwash_term(plume, x, b, a, a)[0] for b in y] for a in z])
    inside = np.trapezoid(np.trapezoid(field, y, axis=1), z) * plume.stack_wind
    parts = 0.0
    axis = heights(plume, [x])[0]
    for share, widths, middle in [
        (1.0 - plume.captured, primary_widths(plume.path, plume.around, plume.tables, x, axis, 0.0), axis),
        (
            plume.captured,
            cavity_widths(plume.tables, plume.cavity_rows, plume.cavity_virtual, plume.around, x),
            0.0,
        ),
    ]:
        lateral = math.erf(wide / (math.sqrt(2.0) * widths[0]))
        root = math.sqrt(2.0) * widths[1]
        vertical = 0.5 * (math.erf((top - middle) / root) + math.erf((top + middle) / root))
        parts += share * lateral * vertical
    assert inside == pytest.approx(parts, rel=2e-3)
    assert 0.5 < inside < 1.0


def test_cavity_holds_wilsons_and_britters_concentration(neutral):
    plume = neutral.plume(height=5.0, hot=291.0, velocity=3.0)
    made, weight = ground(plume, 20.0)
    wind = at(neutral.column, 0, plume.shape.height)
    expected = 3.0 * plume.captured / (wind * plume.shape.cavity_top * plume.shape.width)
    assert weight == 1.0
    assert made == pytest.approx(expected, rel=1e-9)


def test_within_the_cavity_the_height_does_not_matter_and_the_roof_is_not_left_out(neutral):
    plume = neutral.plume(height=5.0, hot=291.0, velocity=3.0)
    low, high = downwash_term(plume, 15.0, 2.0, 0.0, 0.0), downwash_term(plume, 15.0, 2.0, 6.0, 0.0)
    assert low == high


def test_widths_join_at_both_ends_of_the_wakes_table(neutral):
    plume = neutral.plume()
    rows = plume.path.wake_rows
    assert rows > 1
    first, last = plume.tables[WAKE, 0], plume.tables[WAKE, rows - 1]
    height = heights(plume, [last])[0]
    one = primary_widths(plume.path, plume.around, plume.tables, last, height, 0.0)
    two = primary_widths(plume.path, plume.around, plume.tables, last + 1e-9, height, 0.0)
    assert one == pytest.approx(two, rel=1e-6)
    entered = primary_widths(plume.path, plume.around, plume.tables, first, height, 0.0)
    assert entered == pytest.approx((plume.path.entry.sigma_y, plume.path.entry.sigma_z))


def test_widths_join_behind_the_cavitys_table(neutral):
    plume = neutral.plume(height=5.0, hot=291.0, velocity=3.0)
    last = plume.tables[CAVITY, plume.cavity_rows - 1]
    one, two = (
        cavity_widths(plume.tables, plume.cavity_rows, plume.cavity_virtual, plume.around, place)
        for place in (last, last + 1e-9)
    )
    assert one == pytest.approx(two, rel=1e-6)


def test_wake_makes_a_plume_wider_than_the_air_does(neutral):
    plume = neutral.plume()
    far = Building(0.02, 0.02, 0.02, -0.01, 0.0)
    alone = neutral.plume(building=far)
    for x in (60.0, 150.0, 400.0):
        wide, high = primary_widths(plume.path, plume.around, plume.tables, x, 25.0, 0.0)
        narrow, low = primary_widths(alone.path, plume.around, alone.tables, x, 25.0, 0.0)
        assert wide > narrow
        assert high > low


def test_weight_is_one_in_the_wake_and_falls_outside():
    assert wake_weight(300.0, 250.0, 20.0, 5.0, 40.0, 30.0) == 1.0
    assert wake_weight(300.0, 600.0, 20.0, 5.0, 40.0, 30.0) == pytest.approx(math.exp(-0.5))
    assert wake_weight(300.0, 250.0, 60.0, 80.0, 40.0, 30.0) == pytest.approx(math.exp(-1.0))
    assert wake_weight(300.0, -1.0, 0.0, 0.0, 40.0, 30.0) == 0.0
    assert wake_weight(300.0, 11.0 * 300.0, 0.0, 0.0, 40.0, 30.0) == 0.0


def test_receptors_past_the_reach_have_no_weight_anyway(neutral):
    plume = neutral.plume()
    for place in np.geomspace(1.0, 11.0 * plume.wake_length, 40):
        top, wide = far_wake(plume.shape, place)
        assert wake_weight(plume.wake_length, place, plume.reach_across, 0.0, top, wide) == 0.0
    assert downwash_term(plume, 11.0 * plume.wake_length, 0.0, 0.0, 0.0) == (0.0, 0.0)
    assert downwash_term(plume, 100.0, plume.reach_across, 0.0, 0.0) == (0.0, 0.0)


def test_nothing_upwind_of_the_building(neutral):
    assert ground(neutral.plume(), -9.0) == (0.0, 0.0)


def test_receptor_above_its_ground_sees_the_mean_of_both_heights():
    hour = Hour(stable=1, gradient=0.01)
    plume = hour.plume()
    level = downwash_term(plume, 400.0, 0.0, 0.0, 0.0)[0]
    follow = downwash_term(plume, 400.0, 0.0, 15.0, 15.0)[0]
    assert downwash_term(plume, 400.0, 0.0, 0.0, 15.0)[0] == pytest.approx(0.5 * (level + follow))


def test_receptor_below_the_stacks_foot_is_farther_from_the_plume():
    plume = Hour(stable=1, gradient=0.01).plume()
    assert downwash_term(plume, 400.0, 0.0, 0.0, -20.0)[0] < downwash_term(plume, 400.0, 0.0, 0.0, 0.0)[0]


def test_plume_through_the_lid_is_left_to_the_plain_one():
    plume = Hour(mixing_height=26.0).plume(hot=330.0)
    above = plume.tables[0, np.argmax(plume.tables[1, : plume.path.rows])]
    assert heights(plume, [above])[0] > 26.0
    assert ground(plume, above) == (0.0, 0.0)
    assert ground(plume, 300.0)[1] == 1.0


def test_same_hour_same_bytes(neutral):
    one, two = neutral.plume(), neutral.plume()
    assert one.tables.tobytes() == two.tables.tobytes()
    assert one.captured == two.captured


@settings(max_examples=150, deadline=None)
@given(
    sides=st.tuples(st.floats(1.0, 150.0), st.floats(0.5, 400.0), st.floats(0.0, 400.0)),
    offsets=st.tuples(st.floats(-400.0, 300.0), st.floats(-200.0, 200.0)),
    mouth=st.tuples(st.floats(0.0, 250.0), st.floats(0.05, 12.0), st.floats(0.001, 45.0)),
    hot=st.floats(-50.0, 1500.0),
    kind=st.integers(0, 2),
    hour=st.tuples(st.integers(0, 1), st.floats(0.02, 1.2), st.floats(0.0, 0.05), st.floats(20.0, 3000.0)),
)
def test_any_site_gives_finite_shares_and_concentrations(sides, offsets, mouth, hot, kind, hour):
    stable, friction, gradient, mixing_height = hour
    made = Hour(stable, friction, gradient * stable, mixing_height)
    height, diameter, velocity = mouth
    plume = made.plume(Building(*sides, *offsets), height, hot, velocity, kind, diameter)
    assert np.all(np.isfinite(plume.tables))
    assert 0.0 <= plume.captured <= 1.0
    for x in (-30.0, 1.0, 40.0, 300.0, 4000.0):
        for y in (0.0, 25.0, 400.0):
            value, weight = downwash_term(plume, x, y, 1.5, 4.0)
            assert 0.0 <= weight <= 1.0
            assert 0.0 <= value < math.inf


def listed(lines, keyword):
    """36 values of a building keyword of a deck."""
    values = []
    for line in lines:
        fields = line.replace("SO ", "", 1).split()
        if fields and fields[0] == keyword:
            for item in fields[2:]:
                count, star, value = item.rpartition("*")
                values += [float(value)] * (int(count) if star else 1)
    return values


@pytest.mark.data
@pytest.mark.parametrize("stamp", [88030111, 88030113, 88030114, 88030116])
def test_aertest_within_the_wake(data_dir, stamp):
    from sootprint.dispersion.engines.atmosphere import weather_arrays
    from sootprint.dispersion.engines.hour import (
        air_of,
        direction_at,
        mixing_of,
        plume_height_of_direction,
    )
    from sootprint.dispersion.kernels.release import release_of
    from sootprint.weather import read_pfl, read_sfc

    folder = data_dir / "aermod" / "aertest"
    lines = (folder / "aertest.inp").read_text(encoding="ascii").splitlines()
    surface = read_sfc(folder / "AERMET2.SFC", utc_offset_h=0.0).table
    tower = read_pfl(folder / "AERMET2.PFL", utc_offset_h=0.0).table
    weather, _ = weather_arrays(surface, tower, base_elevation=0.0)
    ends = surface["time_start"] + pd.Timedelta(hours=1)
    hour = (stamp // 100 % 100 - 1) * 24 + stamp % 100 - 1
    assert ends.iloc[hour] == pd.Timestamp("1988-03-01") + pd.Timedelta(hours=hour + 1)
    stack = Stack(0, 65.0, 5.0, 15.0, 425.0, 0.0, 0.0, 1, 1)
    column, air = weather.columns[hour, 0], air_of(weather, hour, 0)
    toward = (direction_at(weather, hour, stack.height) + 180.0) % 360.0
    sector = (int(toward * 0.1 + 0.4999) or 36) - 1
    names = ("BUILDHGT", "BUILDWID", "BUILDLEN", "XBADJ", "YBADJ")
    building = Building(*(listed(lines, name)[sector] for name in names))
    density = np.zeros(HEIGHTS.size)
    fill_density(column, air.air_temperature, 0.0, density)
    site = Site(at(column, 0, stack.height), 0.0, 0)
    plume = downwash_plume(stack, building, column, density, air, site, workspace())
    release = release_of(stack, column, air, mixing_of(weather, hour, 0))
    angle = math.radians(direction_at(weather, hour, plume_height_of_direction(release)))
    found = pd.read_parquet(folder / "expected" / "AERTEST_01H.parquet")
    found = found[found["yymmddhh"] == stamp]
    compared = 0
    for x, y, value in found[["x", "y", "concentration_ugm3"]].itertuples(index=False):
        along = -(x * math.sin(angle) + y * math.cos(angle))
        across = x * math.cos(angle) - y * math.sin(angle)
        made, weight = downwash_term(plume, along, across, 0.0, 0.0)
        if weight == 1.0:
            assert 5e8 * made == pytest.approx(value, rel=1e-3)
            compared += 1
    assert compared >= 8
