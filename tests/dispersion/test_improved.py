"""Physics improved in the engine: laws, where it must change nothing, and its curves and lines."""

import numpy as np
import pandas as pd
import pytest

from sootprint.core.errors import InputError
from sootprint.dispersion.decks.runner import run_deck
from sootprint.dispersion.engines.atmosphere import weather_arrays
from sootprint.dispersion.engines.hour import air_of, mixing_of, stack_of
from sootprint.dispersion.engines.points import lateral_density
from sootprint.dispersion.engines.scene import Emitters, Receivers
from sootprint.dispersion.engines.steady import forward_steady
from sootprint.dispersion.kernels.levels import GRADIENT, HEIGHTS, POTENTIAL, SIGMA_V, SIGMA_W, WIND, cumulate
from sootprint.dispersion.kernels.near_ground import lifted_width, lifting, near_ground_spread
from sootprint.dispersion.kernels.release import PASSIVE, POINT, release_of
from sootprint.dispersion.kernels.steady import Ground, plume_at, reflecting_height

UNSTABLE, DEEP, STABLE, CALMER = range(4)


def weather(*, improved, tower=None):
    """Two unstable, a stable and a light stable hour in wind from the west."""
    table = pd.DataFrame(
        {
            "time_start": pd.date_range("2024-06-01T12:00", periods=4, freq="h"),
            "friction_velocity": [0.35, 0.2, 0.25, 0.08],
            "convective_velocity": [1.4, 1.9, np.nan, np.nan],
            "obukhov_length": [-40.0, -9.0, 120.0, 15.0],
            "roughness_length": 0.1,
            "convective_mixing_height": [900.0, 1500.0, np.nan, np.nan],
            "mechanical_mixing_height": [500.0, 200.0, 300.0, 60.0],
            "potential_temperature_gradient": [0.01, 0.01, np.nan, np.nan],
            "wind_speed": [4.0, 2.0, 3.0, 1.2],
            "wind_from_direction": 270.0,
            "measurement_height": 10.0,
            "air_temperature": [293.0, 298.0, 280.0, 278.0],
            "temperature_height": 2.0,
            "cloud": 0.3,
        }
    )
    profiles = None
    if tower is not None:
        profiles = pd.DataFrame(
            {
                "time_start": table["time_start"],
                "height_m": 100.0,
                "wind_speed": [6.0, 3.0, 6.0, 3.0],
                "wind_from_direction": 270.0,
                "air_temperature": np.nan,
                "sigma_theta_deg": np.nan,
                "sigma_w": tower,
            }
        )
    return weather_arrays(table, profiles, base_elevation=0.0, improved=improved)[0]


AERMOD, IMPROVED = weather(improved=False), weather(improved=True)


def receivers(x, y=0.0, flagpole=0.0):
    x, y, flagpole = (np.ascontiguousarray(part, float) for part in np.broadcast_arrays(x, y, flagpole))
    return Receivers(x, y, np.zeros_like(x), np.zeros_like(x), flagpole)


def emitters(*, height, stack=False, vertices=None):
    """One release at the ground's air, a stack, or a polygon."""
    none, whole = np.zeros(1), np.zeros(1, dtype=np.int64)
    corners = np.zeros((1, 2)) if vertices is None else np.asarray(vertices, float)
    return Emitters(
        kind=whole + (POINT if stack else PASSIVE),
        x=none,
        y=none,
        elevation=none,
        height=none + height,
        diameter=none + 3.0,
        exit_velocity=np.full((1, 1), 15.0),
        exit_temperature=np.full((1, 1), 420.0),
        initial_sigma_y=none,
        initial_sigma_z=none,
        place=whole,
        flat=whole + 1,
        downwash=whole,
        spread=whole + int(stack),
        first_vertex=whole,
        last_vertex=whole + (0 if vertices is None else len(corners)),
        vertices=corners,
        building=whole - 1,
        buildings=np.zeros((1, 36, 5)),
        decay=none,
    )


def uniform(wind=4.0):
    """Profile array of air that is the same at every height."""
    column = np.zeros((HEIGHTS.size, 9))
    column[:, WIND], column[:, SIGMA_V], column[:, SIGMA_W] = wind, 0.7, 0.6
    column[:, GRADIENT], column[:, POTENTIAL] = 0.0, 290.0
    cumulate(column)
    return column


def plumes(hour, source, distance, heights, column=None, arrays=IMPROVED):
    """Plume of a source at a distance, one for each height."""
    air, mixing = air_of(arrays, hour, 0), mixing_of(arrays, hour, 0)
    column = arrays.columns[hour, 0] if column is None else column
    mouth = release_of(stack_of(source, 0, hour), column, air, mixing)
    return mouth, [plume_at(distance, Ground(z, z, 0.0, 0.0, 1), mouth, column, air, mixing) for z in heights]


@pytest.mark.parametrize("hour", [UNSTABLE, DEEP, STABLE, CALMER])
@pytest.mark.parametrize("height", [0.5, 30.0])
@pytest.mark.parametrize("distance", [50.0, 800.0, 4000.0])
def test_mass_is_kept_in_even_wind(hour, height, distance):
    """Between the ground and what reflects the plume, density times wind is the emission."""
    air, column = air_of(IMPROVED, hour, 0), uniform()
    mouth, _ = plumes(hour, emitters(height=height), distance, [0.0], column)
    top = air.mixing_height
    if hour in (STABLE, CALMER):
        top = reflecting_height(distance, height, 0.0, mouth, column, air)
    heights = np.concatenate([np.linspace(0.0, 0.1 * top, 601), np.linspace(0.1 * top, top, 601)[1:]])
    _, made = plumes(hour, emitters(height=height), distance, heights, column)
    flux = 4.0 * np.trapezoid([plume.density for plume in made], heights)
    assert flux == pytest.approx(1.0, rel=3e-3)


@pytest.mark.parametrize("hour", [UNSTABLE, DEEP])
def test_plume_goes_on_through_its_lift_off(hour):
    mouth, _ = plumes(hour, emitters(height=0.5), 100.0, [0.0])
    assert mouth.lift_off > 100.0
    near, far = (
        plumes(hour, emitters(height=0.5), mouth.lift_off * way, [0.0])[1][0] for way in (1 - 1e-7, 1 + 1e-7)
    )
    assert far.density == pytest.approx(near.density, rel=1e-5)
    assert far.sigma_y == pytest.approx(near.sigma_y, rel=1e-5)


def test_stack_above_the_surface_layer_changes_its_width_across_the_wind_alone():
    source = emitters(height=120.0, stack=True)
    for distance in (500.0, 3000.0, 20000.0):
        new = plumes(UNSTABLE, source, distance, [0.0])[1][0]
        old = plumes(UNSTABLE, source, distance, [0.0], arrays=AERMOD)[1][0]
        assert new.density == old.density
        assert new.sigma_y != old.sigma_y
        assert new._replace(sigma_y=old.sigma_y) == old


def test_release_at_the_ground_is_that_of_the_paper_before_it_lifts_off():
    """Gaussian of Venkatram et al. (2013): σz of the surface layer, wind at the plume's mean height."""
    air, column = air_of(IMPROVED, UNSTABLE, 0), IMPROVED.columns[UNSTABLE, 0]
    mouth, made = plumes(UNSTABLE, emitters(height=0.01), 200.0, [0.0])
    assert mouth.lift_off > 200.0
    sigma, wind = near_ground_spread(200.0, 0.01, air.friction_velocity, air.obukhov_length, column)
    assert made[0].density == pytest.approx(np.sqrt(2 / np.pi) / (sigma * wind), rel=2e-3)


def test_drafts_widen_the_plume_from_the_lift_off_on():
    """σ_w = 2 w̄: 100 m of lift past the lift-off add 200 m to the width."""
    air, column = air_of(IMPROVED, UNSTABLE, 0), IMPROVED.columns[UNSTABLE, 0]
    part = lifting(1000.0, 0.0, 500.0, 5.0, column, air)
    assert part.share == 1.0
    assert part.free == 0.5
    assert lifted_width(part, -200.0, 0.0, 999.0) == pytest.approx(part.width + 200.0)
    high = lifting(1000.0, 90.0, 0.0, 5.0, column, air)
    assert (high.share, high.free, high.wind) == (0.0, 1.0, 5.0)
    assert lifted_width(high, -200.0, 0.0, 321.0) == 321.0


def test_turbulence_above_a_tower_returns_to_similarity_in_convection_only():
    low = 0.3
    old, new = weather(improved=False, tower=low), weather(improved=True, tower=low)
    plain = weather(improved=True, tower=np.nan)
    sigma = [arrays.columns[:, 0, :, SIGMA_W] for arrays in (old, new, plain)]
    below = HEIGHTS <= 100.0
    np.testing.assert_array_equal(sigma[0][:, below], sigma[1][:, below])
    np.testing.assert_array_equal(sigma[0][[STABLE, CALMER]], sigma[1][[STABLE, CALMER]])
    for hour, lid in ((UNSTABLE, 900.0), (DEEP, 1500.0)):
        back = (100.0 + 0.3 * lid <= HEIGHTS) & (lid >= HEIGHTS)
        np.testing.assert_allclose(sigma[1][hour, back], sigma[2][hour, back], rtol=1e-12)
        assert (sigma[0][hour, back] < 0.6 * sigma[2][hour, back]).all()


@pytest.mark.parametrize(("height", "stack"), [(0.5, False), (20.0, False), (25.0, True), (150.0, True)])
def test_curves_are_the_plume(height, stack):
    """Within 2e-3 of the maximum of the hour, but where a plume begins to touch the ground (as in aermod)."""
    x = np.geomspace(30.0, 20000.0, 120)
    places = receivers(np.tile(x, 2), np.concatenate([0.0 * x, 0.08 * x]))
    source = emitters(height=height, stack=stack)
    read, made = (forward_steady(IMPROVED, places, source, **how) for how in ({}, {"step": 0.0}))
    error = np.abs(read - made) / made.max(axis=1, keepdims=True)
    assert np.quantile(error, 0.95) < 2e-3
    assert error.max() < 3e-2


@pytest.mark.parametrize("hour", [UNSTABLE, DEEP, STABLE])
def test_line_is_the_sum_of_its_points(hour):
    """A line of 200 m across the wind, without meander, against 400 plumes of points."""
    line = [[0.0, -100.0], [1.0, -100.0], [1.0, 100.0], [0.0, 100.0]]
    source = emitters(height=1.0, vertices=line)
    distances = np.array([30.0, 120.0, 900.0])
    made = forward_steady(IMPROVED, receivers(distances + 0.5), source)[hour, :, 0]
    across = (np.arange(400) + 0.5) * 0.5 - 100.0
    for distance, found in zip(distances, made, strict=True):
        plume = plumes(hour, emitters(height=1.0), distance, [0.0])[1][0]
        shares = [lateral_density(float(y), plume.sigma_y) for y in across]
        assert found == pytest.approx(plume.density * np.mean(shares), rel=3e-3)


def test_physics_of_a_deck_is_one_of_two():
    with pytest.raises(InputError, match="physics 'better'"):
        run_deck(None, physics="better")
