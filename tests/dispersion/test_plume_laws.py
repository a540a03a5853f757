"""Laws of the driver: mass, symmetry, reciprocity, limits."""

import math

import numpy as np
import pytest

from sootprint.dispersion.kernels.briggs1973 import sigma_y, sigma_z, wind_at_height


@pytest.mark.parametrize("urban", [0, 1])
@pytest.mark.parametrize("lid", [90.0, 600.0, math.inf])
def test_mass_flux_through_a_plane_across_the_wind_is_the_emission(plane, urban, lid):
    for stability in range(6):
        for distance in (150.0, 1500.0, 9000.0):
            hours = plane.hours(stability=stability, lid=lid)
            width, depth = sigma_y(distance, stability, urban), sigma_z(distance, stability, urban)
            top = min(lid, 40.0 + 9.0 * depth)
            y = np.linspace(-8.0 * width, 8.0 * width, 33)
            z = np.linspace(0.0, top, 2 + int(top / min(0.4 * depth, 0.1 * top)))
            where = plane.receptors(distance, y[:, None], z[None, :])
            h = plane.run(plane.points({"height": 40.0}), where, hours, plane.settings(urban=urban))
            wind = wind_at_height(4.0, 10.0, 40.0, 10.0, stability, urban)
            sheet = h[0, :, 0].reshape(y.size, z.size)
            flux = wind * float(np.trapezoid(np.trapezoid(sheet, z, axis=1), y))
            assert flux == pytest.approx(1.0, rel=1e-6)


def test_mass_flux_with_rise_and_buoyant_spread(plane):
    for lid in (math.inf, 400.0):
        y, z = np.linspace(-3000.0, 3000.0, 801), np.linspace(0.0, min(lid, 1600.0), 1601)
        where = plane.receptors(3000.0, y[:, None], z[None, :])
        h = plane.run(plane.points(plane.stack), where, plane.hours(lid=lid))
        sheet = h[0, :, 0].reshape(y.size, z.size)
        wind = wind_at_height(4.0, 10.0, 80.0, 10.0, 3, 0)
        flux = wind * np.trapezoid(np.trapezoid(sheet, z, axis=1), y)
        assert flux == pytest.approx(1.0, rel=1e-6)


def test_sources_add_up(plane):
    where = plane.receptors(np.linspace(200.0, 8000.0, 9), 100.0, 2.0)
    one = plane.points(plane.stack)
    shared = one._replace(
        **{
            name: np.repeat(getattr(one, name), 2)
            for name in one._fields
            if name not in ("edges", "weight", "source")
        },
        weight=np.array([0.3, 0.7]),
        source=np.zeros(2, dtype=np.int64),
    )
    np.testing.assert_allclose(plane.run(shared, where), plane.run(one, where), rtol=1e-14)


def test_a_source_does_not_depend_on_the_others(plane):
    where = plane.receptors(np.linspace(200.0, 8000.0, 9), 100.0, 2.0)
    both = plane.run(plane.points(plane.stack, {"y": 300.0}), where)
    np.testing.assert_array_equal(both[..., 0], plane.run(plane.points(plane.stack), where)[..., 0])


def test_both_sides_of_the_wind_are_alike(plane):
    x, y = np.linspace(200.0, 8000.0, 9), np.linspace(0.0, 900.0, 9)
    left = plane.run(plane.points(plane.stack), plane.receptors(x, y, 2.0))
    right = plane.run(plane.points(plane.stack), plane.receptors(x, -y, 2.0))
    np.testing.assert_allclose(left, right, rtol=1e-11)


def test_moving_everything_changes_nothing(plane):
    where = plane.receptors(np.linspace(200.0, 8000.0, 9), 50.0, 2.0)
    moved = plane.receptors(where.x + 5e5, where.y + 5.5e6, 2.0)
    here = plane.run(plane.points(plane.stack), where)
    there = plane.run(plane.points(plane.stack | {"x": 5e5, "y": 5.5e6}), moved)
    np.testing.assert_allclose(there, here, rtol=1e-8)


@pytest.mark.parametrize("turn", [17.0, 90.0, 203.0])
def test_turning_everything_changes_nothing(plane, turn):
    angle = math.radians(turn)
    where = plane.receptors(np.linspace(200.0, 8000.0, 9), np.linspace(-400, 400, 9), 2.0)
    x = where.x * math.cos(angle) + where.y * math.sin(angle)
    y = -where.x * math.sin(angle) + where.y * math.cos(angle)
    here = plane.run(plane.points(plane.stack), where)
    there = plane.run(
        plane.points(plane.stack),
        plane.receptors(x, y, 2.0),
        plane.hours(wind_from=math.radians(270.0) + angle),
    )
    np.testing.assert_allclose(there, here, rtol=1e-9)


def test_the_plume_goes_where_the_wind_does_not_come_from(plane):
    compass = plane.receptors([0.0, 1000.0, 0.0, -1000.0], [1000.0, 0.0, -1000.0, 0.0])
    for come_from, downwind in ((0.0, 2), (90.0, 3), (180.0, 0), (270.0, 1)):
        h = plane.run(plane.points({}), compass, plane.hours(wind_from=math.radians(come_from)))[0, :, 0]
        assert h[downwind] > 0.0
        assert np.count_nonzero(h) == 1


def test_source_and_receptor_height_can_be_exchanged(plane):
    settings = plane.settings(lowest_height=1000.0)
    for lid in (120.0, math.inf):
        hours = plane.hours(lid=lid)
        one = plane.run(plane.points({"height": 15.0}), plane.receptors(700.0, 40.0, 60.0), hours, settings)
        two = plane.run(plane.points({"height": 60.0}), plane.receptors(700.0, 40.0, 15.0), hours, settings)
        assert one.item() == pytest.approx(two.item(), rel=1e-12)


def test_a_plume_at_the_ground_by_hand(plane):
    h = plane.run(plane.points({"height": 0.0}), plane.receptors(1000.0), plane.hours())
    assert h.item() == pytest.approx(1.0 / (math.pi * 76.2770 * 37.9473 * 4.0), rel=1e-5)


def test_far_away_the_layer_is_well_mixed(plane):
    distance, lid = 30000.0, 50.0
    h = plane.run(
        plane.points({"height": 10.0}),
        plane.receptors(distance, 0.0, [0.0, 25.0, 49.0]),
        plane.hours(lid=lid),
    )
    expected = 1.0 / (math.sqrt(2.0 * math.pi) * sigma_y(distance, 3, 0) * lid * 4.0)
    np.testing.assert_allclose(h[0, :, 0], expected, rtol=1e-12)


def test_beside_a_tall_stack_the_ground_gets_nothing_and_the_axis_everything(plane):
    h = plane.run(plane.points({"height": 100.0}), plane.receptors(5.0, 0.0, [0.0, 100.0]))
    wind = wind_at_height(4.0, 10.0, 100.0, 10.0, 3, 0)
    lateral, vertical = 0.08 * 5 / math.sqrt(1.0005), 0.06 * 5 / math.sqrt(1.0075)
    assert h[0, 0, 0] == 0.0
    assert h[0, 1, 0] == pytest.approx(1.0 / (2.0 * math.pi * lateral * vertical * wind), rel=1e-12)


def test_upwind_and_nearer_than_the_nearest_distance_there_is_nothing(plane):
    h = plane.run(plane.points({"height": 0.0}), plane.receptors([-100.0, 0.0, 0.5, 1.5]))
    assert (h[0, :, 0] > 0.0).tolist() == [False, False, False, True]


def test_warmer_gas_gives_less_at_the_ground_nearby(plane):
    where = plane.receptors(1500.0)
    cool, warm = (
        plane.run(plane.points(plane.stack | {"exit_temperature": t}), where).item() for t in (300.0, 450.0)
    )
    assert 0.0 < warm < cool


def test_gas_cooler_than_the_air_rises_like_a_jet_of_the_same_momentum(plane):
    where = plane.receptors(np.linspace(300.0, 5000.0, 7))
    cold = plane.run(plane.points(plane.stack | {"exit_temperature": 250.0}), where)
    assert np.isfinite(cold).all()
    assert (cold > plane.run(plane.points(plane.stack), where)).all()


def test_a_volume_far_away_is_a_point(plane):
    where = plane.receptors(20000.0, [0.0, 300.0], 2.0)
    volume = plane.run(plane.points({"initial_sigma_y": 10.0, "initial_sigma_z": 4.0}), where)
    np.testing.assert_allclose(volume, plane.run(plane.points({}), where), rtol=2e-3)


def test_hours_not_served_are_nan_and_the_others_untouched(plane):
    where = plane.receptors(np.linspace(300.0, 5000.0, 7))
    h = plane.run(plane.points(plane.stack), where, plane.hours(3, served=[1, 0, 1]))
    assert np.isnan(h[1]).all()
    np.testing.assert_array_equal(h[0], h[2])
    np.testing.assert_array_equal(h[:1], plane.run(plane.points(plane.stack), where))


def test_threads_do_not_change_a_byte(plane):
    rng = np.random.default_rng(1)
    hours = plane.hours(
        97,
        wind_from=rng.uniform(0, 6.28, 97),
        stability=rng.integers(0, 6, 97),
        wind_speed=rng.uniform(0.5, 9, 97),
    )
    where = plane.receptors(rng.uniform(-5e3, 5e3, 40), rng.uniform(-5e3, 5e3, 40), 2.0)
    elements = plane.points(plane.stack, {}, {"x": 50.0})
    one, two, many = (plane.run(elements, where, hours, threads=n).tobytes() for n in (1, 2, 5))
    assert one == two == many
