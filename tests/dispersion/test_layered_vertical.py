"""Vertical distribution of plumes: mass, and long series against plain sums."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sootprint.dispersion.kernels.vertical import (
    images,
    lidded_at_ground,
    lidded_density,
    open_density,
    skewed_density,
)

LAW = settings(deadline=None, max_examples=60)
ORDERS = np.arange(-400, 401)


def bells(distances, sigma):
    return float(np.exp(-0.5 * (distances / sigma) ** 2).sum())


def quadrature(function, top, pieces=40):
    """Gauss-Legendre over equal pieces of 0 to ``top``."""
    nodes, weights = np.polynomial.legendre.leggauss(12)
    edges = np.linspace(0.0, top, pieces + 1)
    half = 0.5 * (edges[1] - edges[0])
    heights = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * nodes).ravel()
    values = np.array([function(float(height)) for height in heights])
    return half * float((values.reshape(pieces, -1) @ weights).sum())


@pytest.mark.parametrize("sigma", [3.0, 40.0, 99.0, 101.0, 400.0])
@pytest.mark.parametrize("middle", [0.0, 10.0, 60.0, 125.0])
def test_lidded_plume_keeps_its_mass(middle, sigma):
    assert quadrature(lambda z: lidded_density(z, middle, sigma, 125.0), 125.0) == pytest.approx(
        1.0, rel=1e-6
    )


@pytest.mark.parametrize("sigma", [3.0, 40.0, 400.0])
@pytest.mark.parametrize("middle", [0.0, 10.0, 300.0])
def test_open_plume_keeps_its_mass(middle, sigma):
    top = middle + 12.0 * sigma
    assert quadrature(lambda z: open_density(z, middle, sigma), top, 80) == pytest.approx(1.0, rel=1e-9)


@LAW
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.01, 20.0), st.floats(10.0, 3000.0))
@example(0.0, 0.0, 0.8, 100.0)
@example(0.3, 0.7, 0.800001, 100.0)
@example(1.0, 1.0, 0.799999, 100.0)
def test_lidded_plume_is_the_plain_sum_of_its_images(height, middle, sigma, lid):
    """On both sides of the change to the Fourier series, relative to the middle of the plume or the mean."""
    height, middle, sigma = height * lid, middle * lid, sigma * lid
    shifts = 2.0 * lid * ORDERS
    plain = bells(height - middle + shifts, sigma) + bells(height + middle + shifts, sigma)
    plain /= math.sqrt(2.0 * math.pi) * sigma
    scale = max(plain, 1.0 / lid)
    assert abs(lidded_density(height, middle, sigma, lid) - plain) < 1e-6 * scale


@LAW
@given(st.floats(0.0, 1.0), st.floats(0.01, 20.0), st.floats(10.0, 3000.0))
@example(0.5, 0.8, 100.0)
@example(0.5, 0.800001, 100.0)
def test_ground_value_is_that_of_the_whole_function(middle, sigma, lid):
    middle, sigma = middle * lid, sigma * lid
    whole = lidded_density(0.0, middle, sigma, lid)
    assert abs(lidded_at_ground(middle, sigma, lid) - whole) < 1e-7 * max(whole, 1.0 / lid)


def test_well_mixed_plume_is_even():
    assert lidded_density(30.0, 80.0, 900.0, 100.0) == pytest.approx(0.01)
    assert lidded_at_ground(80.0, 900.0, 100.0) == pytest.approx(0.01)


def test_far_lid_is_none():
    assert lidded_density(20.0, 60.0, 15.0, 4000.0) == pytest.approx(
        open_density(20.0, 60.0, 15.0), rel=1e-12
    )


@LAW
@given(st.floats(-3.0, 9.0), st.floats(0.02, 30.0), st.floats(0.1, 2000.0))
@example(0.0, 0.8, 1.0)
@example(0.0, 0.800001, 1.0)
@example(-0.55, 0.8, 1.0)
@example(3.0, 0.800001, 1.0)
@example(8.9, 0.02, 1.0)
@example(-3.0, 30.0, 1.0)
def test_one_sided_series_is_the_plain_sum(offset, spacing, sigma):
    """To 1e-6 of one image's middle, but for spacings of 0.55 to 0.8 σ: to 8e-6."""
    plain = bells(offset * sigma + spacing * sigma * np.arange(2000), sigma)
    made = images(offset * sigma, spacing * sigma, sigma)
    assert abs(made - plain) < (8e-6 if 0.55 <= spacing <= 0.8 else 1e-6)


@pytest.mark.parametrize(
    "spacing",
    [
        0.3,
        0.5,
        0.79,
        0.81,
        2.0,
    ],
)
def test_one_sided_series_from_about_its_middle_is_right_to_a_millionth(spacing):
    for offset in np.linspace(-2.0, 1.0, 26):
        plain = bells(offset + spacing * np.arange(100), 1.0)
        assert images(float(offset), spacing, 1.0) == pytest.approx(plain, rel=1e-6)


@pytest.mark.parametrize("spread", [20.0, 300.0, 1500.0, 9000.0])
@pytest.mark.parametrize("source", [5.0, 300.0, 990.0])
def test_direct_and_indirect_plume_together_keep_the_mass(source, spread):
    """Without delay at the lid the images of the two complete each other."""
    lid, up, down, weight = 1000.0, 0.6 * spread, -0.4 * spread, 0.4

    def both(height):
        direct = skewed_density(height, source + up, source + down, 2 * up, -2 * down, weight, 2 * lid)
        late = 2 * lid - (source + up), 2 * lid - (source + down)
        return direct + skewed_density(height, *late, 2 * up, -2 * down, weight, 2 * lid)

    assert quadrature(both, lid, 60) == pytest.approx(1.0, rel=1e-5)


def test_skewed_plume_is_the_weighted_sum_of_its_drafts():
    draft = lambda middle, sigma: skewed_density(120.0, middle, middle, sigma, sigma, 0.5, 1600.0)  # noqa: E731
    made = skewed_density(120.0, 300.0, 80.0, 150.0, 90.0, 0.4, 1600.0)
    assert made == pytest.approx(0.4 * draft(300.0, 150.0) + 0.6 * draft(80.0, 90.0))


def test_skewed_plume_is_the_same_at_the_ground_by_its_own_branch():
    near = skewed_density(1e-9, 300.0, 80.0, 150.0, 90.0, 0.4, 1600.0)
    assert skewed_density(0.0, 300.0, 80.0, 150.0, 90.0, 0.4, 1600.0) == pytest.approx(near, rel=1e-9)
