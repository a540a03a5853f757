"""Deposition by hits of the ground, settling and decay: the formula by a random walk, its inputs."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sootprint.core.errors import InputError
from sootprint.dispersion.deposition import (
    Gas,
    Ground,
    MixedParticles,
    SizedParticles,
    gas_deposition_velocity,
)
from sootprint.dispersion.deposition_hours import deposition_hours
from sootprint.dispersion.kernels.deposition import settling_velocity
from sootprint.dispersion.kernels.particle_surface import downward_speed, hit_loss
from sootprint.dispersion.particles.surface import Loss, hit_losses, surface

LAW = settings(deadline=None, max_examples=60)
GAS = Gas(1.1e-5, 1.8e-9, 7.32e3, 1e-3)
FIELD = Ground([3], [0] * 12)
COARSE = SizedParticles([2e-6, 1e-5], [2000.0, 2500.0], [0.4, 0.6])


def weather(count=4):
    """Hours of a boundary layer in moderate air."""
    table = pd.DataFrame(
        {
            "time_start": pd.date_range("2025-06-01 06:00", periods=count, freq="h"),
            "friction_velocity": 0.3,
            "convective_velocity": 0.0,
            "obukhov_length": 80.0,
            "roughness_length": 0.1,
            "air_temperature": 285.0,
            "pressure": 98_000.0,
            "humidity": 0.6,
            "cloud": 0.5,
            "precipitation": [0.0, 2.0, 0.0, 0.0][:count],
            "precipitation_code": 0.0,
            "sensible_heat_flux": -10.0,
            "bowen_ratio": 1.0,
            "albedo": 0.2,
            "wind_from_direction": 200.0,
        }
    )
    return deposition_hours(table, utc_offset_h=5.0)


# The formula


@given(deposition=st.floats(1e-5, 0.2), sigma_w=st.floats(0.02, 2.0))
@LAW
def test_hits_without_settling(deposition, sigma_w):
    """2 v_d / (v_d + √(2/π) σw), and no more than all."""
    law = 2.0 * deposition / (deposition + math.sqrt(2.0 / math.pi) * sigma_w)
    assert hit_loss(deposition, 0.0, sigma_w) == pytest.approx(min(law, 1.0))


def test_hits_of_what_only_falls():
    """Without turbulence all that falls stays: P = 2 v_d / (v_d + v_s) = 1."""
    assert hit_loss(0.1, 0.1, 1e-3) == pytest.approx(1.0)
    assert downward_speed(0.1, 1e-3) == pytest.approx(0.1)


@given(settling=st.floats(0.0, 0.3), sigma_w=st.floats(0.05, 1.0))
@LAW
def test_downward_speed_is_the_mean_of_a_gaussian(settling, sigma_w):
    """∫ (-w) p dw / ∫ p dw over w < 0, w being normal of mean -v_s: by the rule of the trapezoid."""
    w = np.linspace(-settling - 9.0 * sigma_w, 0.0, 20_001)
    density = np.exp(-0.5 * ((w + settling) / sigma_w) ** 2)
    assert downward_speed(settling, sigma_w) == pytest.approx(
        np.trapezoid(-w * density, w) / np.trapezoid(density, w), rel=1e-5
    )


def walk(deposition, settling, *, sigma_w=0.3, time_w=10.0, step=1.0, depth=60.0, steps=900, count=40_000):
    """Flux into the ground over (v_d times concentration there) in a column that loses by hits.

    BAOAB with even turbulence; a particle that falls moves at σw ω - v_s, and it is that velocity which the
    ground turns round. The concentration is that of the lowest metre; the column is filled up from its top.
    """
    rng = np.random.default_rng(11)
    z, omega = depth * rng.random(count), rng.standard_normal(count)
    mass = np.ones(count)
    keep = math.exp(-step / time_w)
    part = hit_loss(deposition, settling, sigma_w)
    lost, near = 0.0, 0.0
    for number in range(steps):
        for half in range(2):
            z = z + 0.5 * step * (sigma_w * omega - settling)
            hit = z < 0.0
            if number >= steps // 3:
                lost += part * mass[hit].sum()
            mass = np.where(hit, (1.0 - part) * mass, mass)
            z = np.where(hit, -z, z)
            omega = np.where(hit, 2.0 * settling / sigma_w - omega, omega)
            over = z > depth
            z = np.where(over, 2.0 * depth - z, z)
            omega = np.where(over, 2.0 * settling / sigma_w - omega, omega)
            if half == 0:
                omega = keep * omega + math.sqrt(1.0 - keep * keep) * rng.standard_normal(count)
        mass = mass / mass.mean()
        if number >= steps // 3:
            near += mass[z < 1.0].sum() * step
    return lost / (deposition * near)


@pytest.mark.parametrize("deposition", [0.005, 0.05])
def test_column_loses_by_its_deposition_velocity(deposition):
    """Flux = v_d C at the ground, for a weak and a strong sink (P of 0.04 and 0.35)."""
    assert walk(deposition, 0.0) == pytest.approx(1.0, abs=0.03)


def test_column_of_falling_particles_loses_by_its_deposition_velocity():
    """2 % low: those that go up are then not quite the mirror of those that come down."""
    assert walk(0.04, 0.02) == pytest.approx(0.976, abs=0.02)


def test_hits_in_a_well_mixed_column():
    """The flux of hits is σw / √(2π) times the concentration: an absorber of P ≪ 1 loses P times that."""
    assert hit_loss(1e-6, 0.0, 0.3) * 0.3 / math.sqrt(2.0 * math.pi) == pytest.approx(1e-6, rel=1e-5)


# Pollutants


def test_stated_velocities_and_half_life():
    made = surface({"so2": Loss(velocity_m_s=0.01, half_life_s=86_400.0), "co": Loss()}, 3)
    assert made.pollutant == ("so2", "co")
    assert made.v_d.tolist() == [[0.01, 0.0]] * 3
    assert made.decay[:, 0] == pytest.approx(np.full(3, math.log(2.0) / 86_400.0))
    assert made.decay[:, 1].tolist() == [0.0] * 3
    assert np.exp(-made.decay[0, 0] * 86_400.0) == pytest.approx(0.5)


def test_sizes_are_species_with_stokes_velocities():
    made = surface({"dust": Loss(COARSE), "soot": Loss(MixedParticles(0.9, 5e-7))}, weather())
    assert made.pollutant == ("dust", "dust", "soot")
    assert made.fraction.tolist() == [0.4, 0.6, 1.0]
    assert made.v_s[0, 1] == pytest.approx(settling_velocity(1e-5, 2500.0))
    assert np.all(made.v_d[:, :2] > made.v_s[:, :2])


def test_resistance_of_the_air_reaches_to_the_reflection_only():
    """1 / v_d grows by R_a = (ln(1 + 1/z₀) + 5 z/L) / k u* from the roughness length to a metre above it."""
    hours = weather()
    low, high = (
        surface({"so2": Loss(GAS)}, hours, ground=FIELD, reflection_height_m=height).v_d[0, 0]
        for height in (0.0, 1.0)
    )
    between = (math.log(11.0) + 5.0 * (1.1 - 0.1) / 80.0) / (0.4 * 0.3)
    assert 1.0 / high - 1.0 / low == pytest.approx(between, rel=1e-9)
    assert high == gas_deposition_velocity(GAS, FIELD, hours)[0]


def test_rain_takes_out_what_is_washed():
    depth = np.full(4, 1000.0)
    made = surface({"dust": Loss(COARSE, washed=True)}, weather(), rain_depth=depth)
    assert made.decay[0].tolist() == [0.0, 0.0]
    assert np.all(made.decay[1] > 0.0)


def test_ground_that_takes_all_that_arrives_is_told():
    share, held = hit_losses(
        surface({"a": Loss(velocity_m_s=0.05), "b": Loss(velocity_m_s=0.01)}, 2), np.array([0.05, 1.0])
    )
    assert held.tolist() == [[True, False], [False, False]]
    assert share[0, 0] == 1.0
    assert np.isnan(hit_losses(surface({"a": Loss()}, 1), np.array([np.nan]))[0]).all()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Loss(velocity_m_s=0.01, settling_m_s=0.02),
        lambda: Loss(half_life_s=0.0),
        lambda: Loss(GAS, velocity_m_s=0.1),
        lambda: Loss(washed=True),
        lambda: surface({"so2": Loss(GAS)}, 3),
        lambda: surface({"so2": Loss(GAS)}, weather()),
        lambda: surface({"dust": Loss(COARSE, washed=True)}, weather()),
        lambda: surface({}, 3, reflection_height_m=-1.0),
    ],
)
def test_strange_losses_are_refused(wrong):
    with pytest.raises(InputError):
        wrong()


def test_no_pollutant_has_no_species():
    made = surface({}, 3)
    assert made.pollutant == ()
    assert made.v_d.shape == (3, 0)
