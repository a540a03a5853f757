"""Numbers of the formulas that the particles' laws are held against, and mutants that the laws must see."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sootprint.dispersion.particles.laws import estimator, gradient, reciprocity, spread, stage
from sootprint.dispersion.particles.tables import decay_of


def test_taylor_has_its_limits():
    assert spread.taylor(0.3, 100.0, 0.1) == pytest.approx(0.03, rel=1e-3)
    assert spread.taylor(0.3, 100.0, 3600.0) == pytest.approx(251.0, abs=0.1)
    assert spread.taylor(0.3, 1.0, 1e6) == pytest.approx(0.3 * math.sqrt(2e6), rel=1e-5)


def test_meander_without_turn_is_taylor():
    assert spread.meander_spread(0.3, 0.01, 0.0, 700.0) == pytest.approx(spread.taylor(0.3, 100.0, 700.0))


def test_huang_carries_its_source():
    """The wind carries the source's strength through every section."""
    z = np.geomspace(1e-3, 3000.0, 20_000)
    for height in (10.0, 60.0):
        flux = gradient.WIND * z**gradient.POWER * gradient.huang(5000.0, z, height, 0.027)
        assert np.trapezoid(flux, z) == pytest.approx(1.0, rel=1e-3)


def test_gaussian_plume_without_diffusion_along_the_wind():
    """Far from the source C is 1 / (π U σy σz) on the ground, times the two images."""
    x = 1500.0
    across = math.hypot(spread.taylor(0.3, 100.0, x / 2.0), estimator.SIGMA_XY)
    up = math.hypot(spread.taylor(0.3, 60.0, x / 2.0), estimator.SIGMA_Z)
    images = sum(math.exp(-0.5 * ((2.0 + side * 30.0) / up) ** 2) for side in (1, -1))
    slender = images / (2.0 * math.pi * 2.0 * across * up)
    assert estimator.gaussian_plume(x, 0.0) == pytest.approx(slender, rel=0.02)


def test_curl_wind_has_no_divergence_and_passes_no_floor():
    u, v, w = reciprocity.curl_wind()
    assert reciprocity.largest_divergence(u, v, w) < 1e-15
    assert not w[:, [0, -1]].any()
    assert np.abs(w).max() > 0.1


def test_kernel_start_has_the_kernels_variance():
    x, y, z = stage.kernel_start(np.random.default_rng(1), 200_000, (5.0, -3.0, 100.0), 10.0, 2.0)
    assert x.std() == pytest.approx(10.0, rel=0.01)
    assert y.mean() == pytest.approx(-3.0, abs=0.1)
    assert z.std() == pytest.approx(2.0, rel=0.01)


def test_decay_keeps_the_diffusivity():
    assert decay_of(0.5) == pytest.approx(0.6)
    assert decay_of(3.0) == pytest.approx(-0.2)
    for ratio in (0.01, 0.5, 3.0, 40.0):
        decay = decay_of(ratio)
        assert -1.0 < decay < 1.0
        assert 0.5 * ratio * (1.0 + decay) / (1.0 - decay) == pytest.approx(1.0)


def test_wind_with_divergence_breaks_reciprocity():
    """A wind that speeds up by a third over 3 km, with nothing rising or falling, is seen."""
    terrain = reciprocity.hill_terrain()
    faces = terrain.faces.copy()
    faces[..., 2:] = 0.0
    growth = 1.0 + np.arange(faces.shape[3] + 1) / faces.shape[3] * 2.0
    faces[..., 0] = 3.0 * growth[:-1]
    faces[..., 1] = 3.0 * growth[1:]
    found = reciprocity.ratios(reciprocity.shear_air(), terrain._replace(faces=faces), particles=20_000)
    assert max(abs(ratio - 1.0) / error for _, ratio, error in found) > 3.0


def test_settling_that_forgets_the_way_breaks_reciprocity(monkeypatch):
    forward = reciprocity.absorbed_shares
    monkeypatch.setattr(
        reciprocity, "absorbed_shares", lambda air, down, fall, sign: forward(air, down, fall)
    )
    found = reciprocity.ratios(reciprocity.shear_air(), particles=20_000, deposition=0.05, settling=0.03)
    assert max(abs(ratio - 1.0) / error for _, ratio, error in found) > 5.0
