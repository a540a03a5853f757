"""Laws of the puffs that make the truth."""

import math

import numpy as np
import pytest

from sootprint.synthetic import puffs

HOURS = 8


def still_air(hours=HOURS, *, wind=0.0, mixing=200.0, sigma_v=0.25, sigma_w=0.15):
    rows = np.zeros((hours * 12, 9))
    rows[:, 0] = wind
    rows[:, 2] = mixing
    rows[:, 3], rows[:, 4], rows[:, 7] = sigma_v, sigma_w, 0.03
    return puffs.PuffAir(rows)


def emitter(height=20.0, hours=HOURS, x=0.0):
    return puffs.Emitter(x, 0.0, np.full(hours, height), 10.0, 5.0, 1.0)


def receptors(*places):
    return np.array(places, float)


def test_time_functions_at_their_printed_numbers():
    assert puffs.lateral_time_function(1000.0) == pytest.approx(1000 / 1.9)
    assert puffs.vertical_time_function(100.0, True) == pytest.approx(100 / 1.945)
    assert puffs.vertical_time_function(500.0, False) == pytest.approx(500 / 1.9)


def test_growth_begins_linear_in_time():
    for function in (
        puffs.lateral_time_function,
        lambda t: puffs.vertical_time_function(t, True),
        lambda t: puffs.vertical_time_function(t, False),
    ):
        assert function(1e-6) == pytest.approx(1e-6, rel=1e-3)


def test_plume_rise_at_its_printed_number():
    # R such that the heat flow is 10 MW at 410 K: the worked number of the docstring.
    flow_standard = 10.0 / (1.36e-3 * (410.0 - 283.15))
    velocity = flow_standard * 410.0 / 273.15 / (math.pi / 4.0 * 3.0**2)
    rise = puffs.vdi_plume_rise(3.0, velocity, 410.0, np.array([4.0]), np.array([0]))
    assert rise[0] == pytest.approx(101.5, abs=0.1)


def test_plume_rise_falls_with_wind_and_stability():
    wind = np.array([2.0, 4.0, 8.0])
    neutral = puffs.vdi_plume_rise(4.0, 12.0, 400.0, wind, np.zeros(3, int))
    stable = puffs.vdi_plume_rise(4.0, 12.0, 400.0, wind, np.ones(3, int))
    assert (np.diff(neutral) < 0).all()
    assert (stable <= neutral).all()


def test_rise_is_stopped_by_a_lid_or_breaks_through_it():
    made = puffs.release_height(100.0, np.array([50.0, 80.0, 300.0]), np.array([300.0, 170.0, 170.0]))
    assert made == pytest.approx([150.0, 0.95 * 170.0, 400.0])


@pytest.mark.parametrize("sigma_z", [3.0, 20.0, 80.0, 150.0, 400.0])
@pytest.mark.parametrize("height", [0.0, 30.0, 95.0])
def test_vertical_density_holds_one_puff(sigma_z, height):
    z = np.linspace(0.0, 100.0, 4001)
    density = [puffs.vertical_density(level, height, sigma_z, 100.0) for level in z]
    assert np.trapezoid(density, z) == pytest.approx(1.0, abs=2e-3)
    assert puffs.vertical_density(101.0, height, sigma_z, 100.0) == 0.0


@pytest.mark.parametrize("path", [(0.0, 0.0), (30.0, 10.0), (900.0, -400.0)])
def test_path_mean_density_holds_one_puff(path):
    axis = np.arange(-1500.0, 2000.0, 20.0)
    total = sum(puffs.path_mean_density(x, y, *path, 100.0) for x in axis for y in axis) * 20.0**2
    assert total == pytest.approx(1.0, abs=1e-3)


def test_path_mean_density_has_no_step_where_the_formula_changes():
    short = puffs.path_mean_density(40.0, 20.0, 29.9, 0.0, 100.0)
    long = puffs.path_mean_density(40.0, 20.0, 30.1, 0.0, 100.0)
    assert short == pytest.approx(long, rel=0.01)


def test_mass_in_the_air_is_the_mass_released():
    """∫C dV of the last hour is what was released until its middle, as long as nothing has left."""
    side = np.arange(-5000.0, 5000.0, 200.0)
    levels = np.linspace(5.0, 195.0, 20)
    places = np.array([(x, y, z) for z in levels for y in side for x in side])
    # A broad start, so that a grid of 200 m resolves even the youngest puff.
    source = puffs.Emitter(0.0, 0.0, np.full(4, 60.0), 300.0, 20.0, 1.0)
    made = puffs.unit_operator([source], places, still_air(4, wind=0.05), first_hour=0)
    mass = made.operator[-1].sum() * 200.0**2 * 10.0
    # Puffs of 900 g are released at 300, 1200, ... s; each counts by its share of the last hour.
    ages = [(4 * 3600 - t) for t in range(300, 4 * 3600, 900)]
    expected = sum(900.0 * min(age, 3600.0) / 3600.0 for age in ages)
    assert mass == pytest.approx(expected, rel=0.01)
    assert sum(made.fate.values()) == pytest.approx(4 * 3600.0)
    assert made.fate["in_basin"] == pytest.approx(4 * 3600.0)


def test_mass_that_leaves_or_ages_is_counted():
    windy = puffs.unit_operator([emitter()], receptors((0, 0, 3)), still_air(wind=8.0), first_hour=0)
    assert windy.fate["left"] > 0.8 * HOURS * 3600
    old = puffs.unit_operator([emitter()], receptors((0, 0, 3)), still_air(), first_hour=0, age_limit_h=2)
    assert old.fate["too_old"] > 0.5 * HOURS * 3600
    for made in (windy, old):
        assert sum(made.fate.values()) == pytest.approx(HOURS * 3600.0)


def test_calm_air_accumulates_and_wind_does_not():
    place = receptors((600, 0, 3))
    calm = puffs.unit_operator([emitter()], place, still_air(), first_hour=0).operator.sum(axis=(1, 2))
    windy = puffs.unit_operator([emitter()], place, still_air(wind=4.0), first_hour=0).operator.sum(
        axis=(1, 2)
    )
    assert (np.diff(calm) > 0).all()
    assert calm[-1] > 1.8 * calm[1]
    assert windy[2:] == pytest.approx(windy[2], rel=1e-9)


def test_steady_wind_gives_the_steady_plume():
    """Far from the release the crosswind integral of C is Q / (u h)."""
    across = np.arange(-3000.0, 3000.0, 50.0)
    places = np.array([(6000.0, y, 3.0) for y in across])
    air = still_air(wind=4.0, mixing=150.0, sigma_w=0.6)
    made = puffs.unit_operator([emitter()], places, air, first_hour=0).operator[-1].sum() * 50.0
    assert made == pytest.approx(1.0 / (4.0 * 150.0), rel=0.02)


def test_smoke_above_the_lid_comes_down_when_the_lid_rises():
    air = still_air(wind=0.0, mixing=100.0)
    air.rows[6 * 12 :, 2] = 400.0
    air.rows[6 * 12 :, 4] = 0.5
    made = puffs.unit_operator([emitter(220.0)], receptors((0, 0, 3)), air, first_hour=0)
    hourly = made.operator.sum(axis=(1, 2))
    assert (hourly[:6] == 0.0).all()
    assert hourly[7] > 0.0
    assert made.operator[7, 5, 0] > 0.0
    shut = puffs.unit_operator([emitter(220.0)], receptors((0, 0, 3)), still_air(mixing=100.0), first_hour=0)
    assert shut.operator.max() == 0.0
    assert shut.fate["aloft"] == pytest.approx(HOURS * 3600.0)


def test_shares_of_emitters_add_up():
    place = receptors((900, 100, 3))
    one = puffs.unit_operator([emitter()], place, still_air(wind=1.0), first_hour=0).operator
    halves = [puffs.Emitter(0.0, 0.0, np.full(HOURS, 20.0), 10.0, 5.0, 0.5)] * 2
    two = puffs.unit_operator(halves, place, still_air(wind=1.0), first_hour=0).operator
    assert two == pytest.approx(one, rel=1e-12)
    assert (one >= 0).all()


def test_air_of_a_wrong_shape_is_refused():
    with pytest.raises(ValueError, match="expected"):
        puffs.PuffAir(np.zeros((12, 5)))
