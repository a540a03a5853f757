"""Deposition by hits of the ground: the formula by a random walk."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sootprint.dispersion.kernels.particle_surface import downward_speed, hit_loss

LAW = settings(deadline=None, max_examples=60)
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
