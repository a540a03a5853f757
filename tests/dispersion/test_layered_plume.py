"""Laws of the layered plume: mass, meander, symmetry, terrain, and the curves beside the plume itself."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layered_air import (
    CONVECTIVE,
    NEARLY_NEUTRAL,
    SERVED,
    STABLE,
    UNSERVED,
    VERY_STABLE,
    WINDY_NIGHT,
    boundary_layer,
    hour,
    receivers,
    stacks,
    uniform,
    volume,
)

from sootprint.dispersion.engines.atmosphere import REASONS, hour_reasons, weather_arrays
from sootprint.dispersion.engines.hour import air_of, mixing_of, stack_of
from sootprint.dispersion.engines.layers import Air
from sootprint.dispersion.engines.points import STEP
from sootprint.dispersion.engines.releases import Mixing, Stack
from sootprint.dispersion.engines.scene import City, Receivers
from sootprint.dispersion.engines.steady import above_lid, forward_steady
from sootprint.dispersion.kernels.levels import HEIGHTS
from sootprint.dispersion.kernels.release import CAPPED, HORIZONTAL, PASSIVE, release_of
from sootprint.dispersion.kernels.steady import Ground, meander, plume_at, reflecting_height

LAW = settings(deadline=None, max_examples=40)
STABLE_AIR = Air(1, 0.3, 0.0, 80.0, 0.1, 300.0, 300.0, 285.0)
CONVECTIVE_AIR = Air(0, 0.4, 1.6, -40.0, 0.1, 1000.0, 500.0, 295.0)
MIXING = Mixing(0, 5.0, 0.6, 295.0, 0.01, 0.0, 0, 0)
HEAP = Stack(PASSIVE, 50.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0)
CHIMNEY = Stack(0, 60.0, 2.0, 12.0, 420.0, 0.0, 0.0, 1, 1)


@cache
def weather(direction=270.0, city=False):
    cities = [City(500_000.0, 1.0)] if city else []
    return weather_arrays(boundary_layer(direction), None, base_elevation=0.0, cities=cities)[0]


def fan(count=300, seed=3, flagpole=0.0):
    """Receptors all around, more of them downwind."""
    rng = np.random.default_rng(seed)
    angle = rng.normal(0.0, 0.5, count) + np.where(rng.random(count) < 0.2, np.pi, 0.0)
    around = np.exp(rng.uniform(math.log(60.0), math.log(20000.0), count))
    return receivers(around * np.cos(angle), around * np.sin(angle), flagpole=flagpole)


THREE = stacks({}, {"x": 300.0, "y": -200.0, "height": 15.0, "exit_temperature": 330.0}, volume(y=90.0))


# Mass


@pytest.mark.parametrize("way", [200.0, 2000.0, 30000.0])
@pytest.mark.parametrize("stack", [HEAP, CHIMNEY], ids=["heap", "chimney"])
def test_stable_plume_keeps_its_mass_below_what_reflects_it(way, stack):
    column = uniform(gradient=0.01)
    release = release_of(stack, column, STABLE_AIR, MIXING)
    top = reflecting_height(way, release.tip_height + release.final_rise, 0.0, release, column, STABLE_AIR)
    assert integral(way, top, release, column, STABLE_AIR) == pytest.approx(1.0, rel=2e-3)


def integral(way, top, release, column, air, pieces=30):
    """Density times wind, over height to ``top``."""
    nodes, weights = np.polynomial.legendre.leggauss(8)
    half = 0.5 * top / pieces
    heights = ((2.0 * np.arange(pieces)[:, None] + 1.0 + nodes) * half).ravel()
    made = 0.0
    for height, weight in zip(heights, np.tile(weights, pieces), strict=True):
        plume = plume_at(way, Ground(height, height, 0.0, 0.0, 1), release, column, air, MIXING)
        made += weight * half * (plume.density * plume.wind)
    return made


@pytest.mark.parametrize("way", [200.0, 2000.0, 30000.0])
def test_convective_plume_without_heat_keeps_its_mass(way):
    column = uniform()
    release = release_of(HEAP, column, CONVECTIVE_AIR, MIXING)
    assert integral(way, 1000.0, release, column, CONVECTIVE_AIR) == pytest.approx(1.0, rel=1e-5)


@pytest.mark.parametrize("way", [200.0, 2000.0, 30000.0])
def test_heat_that_dwells_at_the_lid_takes_no_mass_that_is_not_there(way):
    """The delay of the indirect plume loses a part of a hot plume near the lid, never makes any."""
    column = uniform()
    release = release_of(CHIMNEY, column, CONVECTIVE_AIR, MIXING)
    kept = integral(way, 1000.0, release, column, CONVECTIVE_AIR) / (1.0 - release.penetrated)
    assert 0.7 < kept < 1.0 + 1e-5


@pytest.mark.parametrize("time", [CONVECTIVE, STABLE])
@pytest.mark.parametrize("way", [800.0, 4000.0])
def test_what_flows_out_is_what_is_emitted(time, way):
    """Meander through a cylinder and the rest through a plane: wind times concentration makes 1.

    In air that is the same at every height. Behind the source, at the same distance, there is meander alone.
    """
    base = hour(weather(), time)
    air = base._replace(columns=np.ascontiguousarray(uniform(gradient=0.01 * (time == STABLE))[None, None]))
    row = stacks(volume(height=40.0, initial_sigma_y=0.0, initial_sigma_z=0.0))
    top = 1200.0 if time == CONVECTIVE else 300.0
    nodes, weights = np.polynomial.legendre.leggauss(48)
    heights, steps = 0.5 * top * (nodes + 1.0), 0.5 * top * weights
    sides = np.linspace(-way, way, 401)
    side, height = (item.ravel() for item in np.meshgrid(sides, heights))
    plane = receivers(np.full(side.size, way), side, flagpole=height)
    twin = receivers(-np.hypot(way, side), flagpole=height)
    shape = (heights.size, sides.size)
    behind = forward_steady(air, twin, row, step=0.0)[0, :, 0].reshape(shape)
    ahead = forward_steady(air, plane, row, step=0.0)[0, :, 0].reshape(shape) - behind
    around = 2.0 * math.pi * way * float(steps @ behind[:, sides.size // 2])
    lee = float(steps @ np.trapezoid(ahead, sides, axis=1))
    assert 5.0 * (around + lee) == pytest.approx(1.0, rel=1e-3)
    assert 0.02 < 5.0 * around < 0.1


# Meander


def test_air_without_wind_meanders_all_around():
    assert meander(0.2828, 0.2, 1000.0) == 1.0


def test_meander_of_a_wind():
    """2 σv²/u² at the source, all after some days; wind 5, σv 0.5: 0.02."""
    assert meander(5.0, 0.5, 0.0) == pytest.approx(0.02)
    assert meander(5.0, 0.5, 5.0 * 86400.0) == pytest.approx(0.02 + 0.98 * (1.0 - math.exp(-1.0)))
    assert meander(5.0, 0.5, 1e9) == pytest.approx(1.0)


@LAW
@given(st.floats(0.2828, 30.0), st.floats(0.2, 5.0), st.floats(1.0, 1e5), st.floats(1.0, 3.0))
def test_meander_is_a_share_that_falls_with_wind_and_grows_with_turbulence(wind, sigma_v, way, more):
    share = meander(wind, sigma_v, way)
    assert 0.0 < share <= 1.0
    assert meander(wind, sigma_v * more, way) >= share - 1e-12
    assert meander(wind, sigma_v, way * more) >= share - 1e-12
    if wind * wind > 2.0 * sigma_v**2 + 0.01:
        assert meander(wind * more, sigma_v, way) <= share + 1e-12


def test_calmest_night_gives_the_same_all_around():
    angles = np.linspace(0.0, 2.0 * np.pi, 9)
    places = receivers(1000.0 * np.cos(angles), 1000.0 * np.sin(angles))
    air = uniform(wind=0.01, sigma_v=0.05, gradient=0.01)
    still = hour(weather(), VERY_STABLE)._replace(columns=np.ascontiguousarray(air[None, None]))
    made = forward_steady(still, places, stacks(volume()), step=0.0)[0, :, 0]
    np.testing.assert_allclose(made, made[0], rtol=1e-9)
    assert made[0] > 0.0


# Symmetry


@pytest.mark.parametrize("step", [0.0, STEP])
@pytest.mark.parametrize("angle", [90.0, 217.0])
def test_turning_all_together_changes_nothing(angle, step):
    turn = math.radians(angle)
    places = fan()
    x = places.x * math.cos(turn) + places.y * math.sin(turn)
    y = places.y * math.cos(turn) - places.x * math.sin(turn)
    turned = THREE._replace(
        x=THREE.x * math.cos(turn) + THREE.y * math.sin(turn),
        y=THREE.y * math.cos(turn) - THREE.x * math.sin(turn),
    )
    made = forward_steady(weather((270.0 + angle) % 360.0), receivers(x, y), turned, step=step)
    same(made, forward_steady(weather(), places, THREE, step=step))


def same(made, expected, part=1e-9):
    """Equal to ``part`` of each hour's and source's largest value."""
    np.testing.assert_array_equal(np.isnan(made), np.isnan(expected))
    scale = np.nanmax(expected[:SERVED], axis=1, keepdims=True)
    assert (np.abs(made[:SERVED] - expected[:SERVED]) <= part * scale).all()


@pytest.mark.parametrize("step", [0.0, STEP])
def test_moving_all_together_changes_nothing(step):
    places = fan()
    far = THREE._replace(x=THREE.x + 604_500.0, y=THREE.y + 5_536_800.0)
    made = forward_steady(weather(), receivers(places.x + 604_500.0, places.y + 5_536_800.0), far, step=step)
    same(made, forward_steady(weather(), places, THREE, step=step), part=1e-6)


def test_mirror_image_has_the_mirrored_field():
    places = fan()
    mirrored = THREE._replace(y=-THREE.y)
    made = forward_steady(weather(), receivers(places.x, -places.y), mirrored, step=0.0)
    same(made, forward_steady(weather(), places, THREE, step=0.0))


def test_the_wind_turned_back_gives_what_went_the_one_way_the_other():
    """From a volume at one height to a receptor at that height over level ground, and from there to here."""
    here, there = (0.0, 0.0), (2500.0, 400.0)
    place = lambda at: receivers([at[0]], [at[1]], flagpole=10.0)  # noqa: E731
    source = lambda at: stacks(volume(x=at[0], y=at[1]))  # noqa: E731
    out = forward_steady(weather(270.0), place(there), source(here))
    back = forward_steady(weather(90.0), place(here), source(there))
    same(back, out)


def test_each_source_stands_for_itself():
    places = fan()
    together = forward_steady(weather(), places, THREE, step=0.0)
    for number in range(3):
        alone = THREE._replace(
            **{
                name: values[..., number : number + 1].copy()
                for name, values in THREE._asdict().items()
                if name not in ("vertices", "buildings")
            }
        )
        np.testing.assert_array_equal(
            forward_steady(weather(), places, alone, step=0.0)[:, :, 0], together[:, :, number]
        )


@pytest.mark.parametrize("step", [0.0, STEP])
def test_order_of_receptors_and_threads_do_not_change_a_byte(step):
    places = fan(300)
    made = forward_steady(weather(), places, THREE, step=step)
    order = np.random.default_rng(1).permutation(300)
    shuffled = forward_steady(
        weather(), Receivers(*(item[order].copy() for item in places)), THREE, step=step
    )
    assert shuffled.tobytes() == made[:, order].tobytes()
    for threads in (2, 5, 40):
        assert (
            forward_steady(weather(), places, THREE, step=step, threads=threads).tobytes() == made.tobytes()
        )


def test_each_hour_stands_for_itself():
    made = forward_steady(weather(), fan(), THREE)
    for time in (STABLE, CONVECTIVE):
        np.testing.assert_array_equal(forward_steady(hour(weather(), time), fan(), THREE)[0], made[time])


# Hours that are not served


def test_hours_without_what_is_needed_are_missing_with_the_reason():
    _, reason = weather_arrays(boundary_layer(), None, base_elevation=0.0)
    assert [REASONS[code] for code in reason] == ["served"] * SERVED + list(UNSERVED.values())
    made = forward_steady(weather(), fan(), THREE)
    assert np.isnan(made[SERVED:]).all()
    assert np.isfinite(made[:SERVED]).all()
    assert (made[:SERVED] >= 0.0).all()
    share = above_lid(weather(), THREE)
    assert np.isnan(share[SERVED:]).all()
    assert ((share[:SERVED] >= 0.0) & (share[:SERVED] <= 1.0)).all()


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("friction_velocity", np.nan, "missing stability"),
        ("convective_velocity", np.nan, "missing stability"),
        ("convective_mixing_height", np.nan, "missing mixing height"),
        ("air_temperature", 0.0, "missing temperature"),
        ("wind_from_direction", np.nan, "variable direction"),
    ],
)
def test_reason_of_an_unstable_hour(column, value, reason):
    table = boundary_layer()
    table.loc[CONVECTIVE, column] = value
    assert REASONS[weather_arrays(table, None, base_elevation=0.0)[1][CONVECTIVE]] == reason


@pytest.mark.parametrize("time", [CONVECTIVE, STABLE])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("measurement_height", np.nan),
        ("measurement_height", 0.0),
        ("roughness_length", np.nan),
        ("temperature_height", np.nan),
        ("friction_velocity", 0.0),
    ],
)
def test_hour_whose_profiles_cannot_be_made_is_not_served(column, value, time):
    table = boundary_layer()
    table.loc[time, column] = value
    assert REASONS[hour_reasons(table)[time]] != "served"


# Ground


def test_level_terrain_is_flat_ground():
    places = fan()
    flat = forward_steady(weather(), places, THREE, step=0.0)
    level = THREE._replace(flat=np.zeros(3, dtype=np.int64))
    np.testing.assert_array_equal(forward_steady(weather(), places, level), flat)
    high = level._replace(elevation=np.full(3, 400.0))
    raised = receivers(places.x, places.y, elevation=400.0, hill=400.0)
    np.testing.assert_array_equal(forward_steady(weather(), raised, high), flat)


def test_hill_meets_a_stable_plume_that_passes_over_the_plain():
    stack = stacks(volume(height=60.0, flat=0))
    plain = forward_steady(weather(), receivers([1500.0]), stack)
    hill = forward_steady(weather(), receivers([1500.0], elevation=60.0, hill=200.0), stack)
    assert hill[VERY_STABLE, 0, 0] > 10.0 * plain[VERY_STABLE, 0, 0]


def test_receptor_above_the_lid_gets_nothing_from_below_it_in_convection():
    made = forward_steady(weather(), receivers([3000.0], flagpole=1300.0), stacks(volume()))
    assert made[CONVECTIVE, 0, 0] == 0.0


def test_nothing_at_the_source_itself():
    made = forward_steady(weather(), receivers([0.0, 0.9]), stacks({}), step=0.0)
    assert (made[:SERVED] == 0.0).all()


# Sources


def test_heat_lifts_the_plume_off_the_ground():
    places = receivers([400.0, 800.0])
    rows = ({"spread": 0, "exit_temperature": hot} for hot in (420.0, 700.0))
    made = forward_steady(weather(), places, stacks(*rows), step=0.0)
    for time in (CONVECTIVE, STABLE, WINDY_NIGHT, NEARLY_NEUTRAL):
        assert (made[time, :, 1] <= made[time, :, 0]).all()


def test_cap_brings_the_plume_down():
    made = forward_steady(
        weather(),
        receivers([500.0]),
        stacks(
            *({"kind": kind, "exit_temperature": 300.0, "downwash": 0} for kind in (0, CAPPED, HORIZONTAL))
        ),
        step=0.0,
    )
    assert made[WINDY_NIGHT, 0, 1] > made[WINDY_NIGHT, 0, 0]
    assert made[WINDY_NIGHT, 0, 2] > made[WINDY_NIGHT, 0, 0]


def test_decay_takes_its_share_on_the_way():
    rate, way = 1e-4, 5000.0
    made = forward_steady(weather(), receivers([way]), stacks(volume(), volume(decay=rate)), step=0.0)
    for time in range(SERVED):
        kept = made[time, 0, 1] / made[time, 0, 0]
        assert 0.0 < kept < 1.0
    # Half a day's wind of the windy night carries it there in 5000 m / 5-20 m/s.
    assert (
        math.exp(-rate * way / 4.0)
        < made[WINDY_NIGHT, 0, 1] / made[WINDY_NIGHT, 0, 0]
        < math.exp(-rate * way / 25.0)
    )


def test_doubt_about_the_direction_keeps_the_crosswind_integral():
    side = np.linspace(-3000.0, 3000.0, 1201)
    places = receivers(np.full(side.size, 2000.0), side)
    sharp = forward_steady(hour(weather(), STABLE), places, stacks(volume()), step=0.0)[0, :, 0]
    wide = forward_steady(
        hour(weather(), STABLE), places, stacks(volume()), step=0.0, direction_spread=math.radians(8.0)
    )[0, :, 0]
    assert wide.max() < sharp.max()
    assert np.trapezoid(wide, side) == pytest.approx(np.trapezoid(sharp, side), rel=1e-3)


def test_city_keeps_its_night_air_mixed():
    """A plume high over a stable night reaches the ground of a city."""
    air = weather(city=True)
    stack = {"height": 80.0, "exit_temperature": 330.0}
    made = forward_steady(air, receivers([3000.0]), stacks(stack, stack | {"place": 1}))[:, 0]
    assert made[VERY_STABLE, 1] > 2.0 * made[VERY_STABLE, 0]
    assert made[CONVECTIVE, 1] == made[CONVECTIVE, 0]


# Curves


def random_scene(seed, count=1500):
    rng = np.random.default_rng(seed)
    rows = [
        {
            "x": rng.uniform(-500, 500),
            "y": rng.uniform(-500, 500),
            "height": rng.uniform(5.0, 150.0),
            "diameter": rng.uniform(0.5, 6.0),
            "exit_velocity": rng.uniform(2.0, 25.0),
            "exit_temperature": rng.uniform(290.0, 500.0),
            "kind": int(rng.integers(0, 3)),
        }
        for _ in range(5)
    ]
    rows.append(volume(height=rng.uniform(0.0, 30.0)))
    return fan(count, seed), stacks(*rows)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_curves_are_near_the_plume_itself(seed):
    places, sources = random_scene(seed)
    curves = forward_steady(weather(), places, sources, step=STEP)[:SERVED]
    itself = forward_steady(weather(), places, sources, step=0.0)[:SERVED]
    assert not np.array_equal(curves, itself)
    slope = float((curves * itself).sum() / (itself * itself).sum())
    assert slope == pytest.approx(1.0, abs=1e-3)
    assert np.corrcoef(curves.ravel(), itself.ravel())[0, 1] ** 2 > 0.9999
    most = itself.max(axis=1, keepdims=True)
    counted = itself > 1e-6 * most
    error = np.abs(curves / np.where(counted, itself, 1.0) - 1.0)[counted]
    assert np.median(error) < 1e-3
    # Of the largest value that the source has in the hour, where any of it comes to the ground: a cubic can
    # miss the place where a plume begins to touch the ground or its rise ends.
    reaches = np.broadcast_to(most > 1e-9, itself.shape)
    apart = (np.abs(curves - itself) / most)[reaches]
    assert np.quantile(apart, 0.999) < 0.005
    assert apart.max() < 0.05


def test_fewer_receptors_than_nodes_are_worked_out_by_themselves():
    places, sources = random_scene(4, count=8)
    np.testing.assert_array_equal(
        forward_steady(weather(), places, sources), forward_steady(weather(), places, sources, step=0.0)
    )


@LAW
@given(
    st.integers(0, SERVED - 1),
    st.floats(50.0, 15000.0),
    st.floats(9.5, 60.0),
    st.floats(5.0, 150.0),
    st.floats(290.0, 500.0),
)
def test_plume_far_aside_is_its_meander(time, downwind, widths, height, temperature):
    """What curves leave out, beyond nine and a half widths of the plume, is below 1e-6 of what is there.

    A receptor behind the source at the same distance meets the meander alone.
    """
    air = hour(weather(), time)
    stack = stacks({"height": height, "exit_temperature": temperature})
    crosswind = widths * width_at(air, stack, downwind)
    pair = receivers([downwind, -math.hypot(downwind, crosswind)], [crosswind, 0.0])
    aside, behind = forward_steady(air, pair, stack, step=0.0)[0, :, 0]
    assert aside == pytest.approx(behind, rel=1e-6)


def width_at(air, stack, downwind):
    """Larger σy [m] of the plumes of a stack."""
    column, scales, mixing = air.columns[0, 0], air_of(air, 0, 0), mixing_of(air, 0, 0)
    release = release_of(stack_of(stack, 0, 0), column, scales, mixing)
    plume = plume_at(downwind, Ground(0.0, 0.0, 0.0, 0.0, 1), release, column, scales, mixing)
    return max(plume.sigma_y, plume.penetrated_sigma_y if release.penetrated > 0.0 else 0.0)


def test_curves_cut_nothing_that_counts_far_aside():
    """All receptors at one distance but well off the plume meet what the one behind the source does."""
    angles = np.linspace(0.9, 2.0 * np.pi - 0.9, 200)
    places = receivers(4000.0 * np.cos(angles), 4000.0 * np.sin(angles))
    made = forward_steady(hour(weather(), STABLE, WINDY_NIGHT), places, stacks({}, volume()), step=STEP)
    behind = made[:, 100:101]
    assert (np.abs(made - behind) <= 1e-6 * behind).all()


def test_the_highest_level_of_the_grid_bounds_nothing():
    """A stack that throws its plume above the grid is still finite."""
    stack = stacks({"height": 400.0, "diameter": 30.0, "exit_velocity": 80.0, "exit_temperature": 2000.0})
    made = forward_steady(weather(), fan(), stack, step=0.0)[:SERVED]
    assert np.isfinite(made).all()
    assert HEIGHTS[-1] == 5000.0
