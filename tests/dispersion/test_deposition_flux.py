"""Laws of what plumes leave on the ground: mass, limits, sinking, terrain."""

import numpy as np
import pytest
from layered_air import (
    CONVECTIVE,
    SERVED,
    STABLE,
    VERY_STABLE,
    boundary_layer,
    receivers,
    stacks,
    volume,
)

from sootprint.core.errors import InputError
from sootprint.dispersion.engines.atmosphere import weather_arrays
from sootprint.dispersion.engines.deposition import Removal, forward_deposition, rain_depth
from sootprint.dispersion.engines.scene import MIXING_HEIGHT
from sootprint.dispersion.engines.steady import forward_steady
from sootprint.dispersion.kernels.levels import HEIGHTS, WIND

ALONG = receivers(np.geomspace(200.0, 20000.0, 25), 30.0)


@pytest.fixture(scope="module")
def weather():
    return weather_arrays(boundary_layer(), None, base_elevation=0.0)[0]


def removal(velocity=0.0, rate=0.0, settling=0.0, sources=1):
    return Removal(np.full((12, sources), velocity), np.full((12, sources), rate), np.full(sources, settling))


def test_a_plume_that_loses_nothing_is_that_of_concentration(weather):
    made = forward_deposition(weather, ALONG, stacks({}), removal())
    expected = forward_steady(weather, ALONG, stacks({}), step=0.0)
    np.testing.assert_allclose(made.concentration, expected, rtol=1e-12, atol=1e-30)
    assert (made.dry[:SERVED] == 0.0).all()
    assert (made.wet[:SERVED] == 0.0).all()
    assert np.isnan(made.dry[SERVED:]).all()


def test_dry_flux_is_velocity_times_concentration_near_the_ground(weather):
    made = forward_deposition(weather, ALONG, stacks({}), removal(velocity=0.01), depletion=False)
    ground = forward_steady(weather, ALONG, stacks({}), step=0.0)
    seen = ground[:SERVED] > 1e-4 * np.nanmax(ground)
    np.testing.assert_allclose(made.dry[:SERVED][seen], 0.01 * ground[:SERVED][seen], rtol=0.1)


def test_wet_flux_across_the_wind_is_what_the_rain_takes_of_a_metre(weather):
    """∫ Λ ∫C dz dy = Λ / u for a unit emission; what meanders elsewhere is missing."""
    across = np.linspace(-4000.0, 4000.0, 401)
    made = forward_deposition(
        weather,
        receivers(np.full(401, 3000.0), across),
        stacks(volume(height=100.0)),
        removal(rate=1e-4),
        depletion=False,
    )
    for hour in (CONVECTIVE, STABLE):
        winds = weather.columns[hour, 0, (HEIGHTS > 5.0) & (HEIGHTS < 1500.0), WIND]
        per_metre = np.trapezoid(made.wet[hour, :, 0], across)
        assert 0.5e-4 / winds.max() < per_metre < 1e-4 / winds.min()


def test_rain_fades_the_plume_by_its_time_on_the_way(weather):
    """At twice the rate the logarithm of what is left doubles."""
    bare, once, twice = (
        forward_deposition(weather, ALONG, stacks({}), removal(rate=rate)).concentration[CONVECTIVE, :, 0]
        for rate in (0.0, 2e-5, 4e-5)
    )
    np.testing.assert_allclose(once * once, bare * twice, rtol=0.02)
    assert (once < bare).all()


def test_depletion_grows_with_distance_and_velocity(weather):
    fluxes = [
        forward_deposition(weather, ALONG, stacks({"height": 20.0}), removal(velocity=velocity))
        for velocity in (1e-9, 0.01, 0.03)
    ]
    left = [
        made.concentration[VERY_STABLE, :, 0] / fluxes[0].concentration[VERY_STABLE, :, 0] for made in fluxes
    ]
    assert (left[2] <= left[1]).all()
    assert (left[1] <= 1.0).all()
    assert left[1][-1] < left[1][0]


def test_panels_refine_the_integral(weather):
    few, many, most = (
        forward_deposition(weather, ALONG, stacks({}), removal(velocity=0.01), panels=panels).dry[:SERVED]
        for panels in (1, 12, 24)
    )
    seen = most > 1e-3 * most.max()
    assert np.abs(many[seen] / most[seen] - 1.0).max() < 0.02
    assert np.abs(few[seen] / most[seen] - 1.0).max() < 0.5


def test_falling_particles_come_down_nearer(weather):
    light, heavy = (
        forward_deposition(
            weather, ALONG, stacks({}), removal(velocity=0.05, settling=settling), depletion=False
        ).dry[:SERVED, :, 0]
        for settling in (0.0, 0.3)
    )
    for hour in (CONVECTIVE, STABLE):
        assert ALONG.x[heavy[hour].argmax()] <= ALONG.x[light[hour].argmax()]
        assert heavy[hour].max() > light[hour].max()


def test_flat_ground_at_any_elevation_is_flat(weather):
    high = ALONG._replace(elevation=np.full(25, 300.0), hill=np.full(25, 300.0))
    same = dict(velocity=0.01, rate=1e-5)
    level = forward_deposition(weather, ALONG, stacks({"flat": 1}), removal(**same))
    raised = forward_deposition(weather, high, stacks({"elevation": 300.0, "flat": 0}), removal(**same))
    for one, other in zip(level, raised, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-30)


def test_threads_change_no_byte(weather):
    one, two = (
        forward_deposition(weather, ALONG, stacks({}), removal(velocity=0.01, rate=1e-5), threads=threads)
        for threads in (1, 3)
    )
    assert all(first.tobytes() == second.tobytes() for first, second in zip(one, two, strict=True))


def test_rain_falls_through_the_mixed_layer_or_the_plume(weather):
    depth = rain_depth(weather, stacks({}, {"height": 250.0}))
    assert depth.shape == (12, 2)
    assert np.isnan(depth[SERVED:]).all()
    lids = weather.scales[:SERVED, 0, MIXING_HEIGHT]
    assert (depth[:SERVED] >= np.maximum(np.minimum(lids, 1e4), 500.0)[:, None] - 1e-9).all()
    assert (depth[:SERVED] <= 1e4).all()
    assert depth[CONVECTIVE, 0] == pytest.approx(1200.0, rel=0.2)


def test_stacks_beside_buildings_are_refused(weather):
    with pytest.raises(InputError, match="beside a building"):
        forward_deposition(
            weather, ALONG, stacks({})._replace(building=np.zeros(1, dtype=np.int64)), removal()
        )
