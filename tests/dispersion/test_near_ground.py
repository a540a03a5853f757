"""Physics improved: numbers of the papers' forms, limits, and that nothing changes where it does not act."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sootprint.dispersion.kernels.levels import GRID, WIND, cumulate
from sootprint.dispersion.kernels.near_ground import (
    lift_off_distance,
    mean_height,
    near_ground_share,
    near_ground_spread,
    returned,
    turning_lateral,
)


def column(wind):
    made = np.zeros((GRID.size, 9))
    made[:, WIND] = wind
    cumulate(made)
    return made


@pytest.mark.parametrize(
    ("distance", "obukhov_length", "sigma"),
    [
        (100.0, 1e12, 5.7),
        (100.0, -1e12, 5.7),
        (1000.0, -100.0, 0.57 * 100 * 2.5),
        (1000.0, 100.0, 0.57 * 100 / (1 + 0.3 * 10 ** (2 / 3))),
    ],
)
def test_spread_of_the_paper(distance, obukhov_length, sigma):
    made, wind = near_ground_spread(distance, 0.5, 0.5, obukhov_length, column(5.0))
    assert made == pytest.approx(sigma, rel=1e-4)
    assert wind == 5.0


def test_spread_is_carried_by_the_wind_at_its_mean_height():
    profile = column(0.5 / 0.4 * np.log(np.maximum(GRID, 0.02) / 0.01))
    sigma, wind = near_ground_spread(500.0, 0.5, 0.5, -30.0, profile)
    assert wind == pytest.approx(np.interp(mean_height(sigma, 0.5), GRID, profile[:, WIND]), rel=1e-3)
    ratio = 0.5 / wind
    assert sigma == pytest.approx(0.57 * ratio * 500 * (1 + 1.5 * ratio * 500 / 30), rel=1e-3)


@given(st.floats(0.1, 500.0), st.floats(0.01, 300.0))
def test_mean_height_is_between_its_limits(sigma, height):
    made = mean_height(sigma, height)
    assert made >= max(height, sigma * np.sqrt(2 / np.pi)) - 1e-9
    assert made <= height + sigma * np.sqrt(2 / np.pi) + 1e-9


@given(st.floats(0.5, 90.0), st.floats(-500.0, -3.0))
def test_lift_off_is_where_the_plume_fills_the_surface_layer(height, obukhov_length):
    profile = column(5.0)
    reach = lift_off_distance(height, 0.4, obukhov_length, 1000.0, profile)
    sigma, _ = near_ground_spread(reach, height, 0.4, obukhov_length, profile)
    assert mean_height(sigma, height) == pytest.approx(100.0, rel=2e-3)


def test_high_release_does_not_wait():
    assert lift_off_distance(100.0, 0.4, -30.0, 1000.0, column(5.0)) == 0.0
    assert near_ground_share(100.0, 1000.0) == 0.0
    assert near_ground_share(0.0, 1000.0) == 1.0


def test_lateral_turn():
    assert turning_lateral(1500.0, 5.0, 1.0, 1000.0) == pytest.approx(300 / np.sqrt(2))
    assert turning_lateral(5.0, 5.0, 1.0, 1000.0) == pytest.approx(1.0, rel=4e-3)
    assert turning_lateral(5e6, 5.0, 1.0, 1000.0) == pytest.approx(np.sqrt(2 * 150 * 1e6), rel=1e-3)


def test_tower_gives_way_to_similarity():
    assert returned(0.5, 1.5, 0.0, 1000.0) == 0.5
    assert returned(0.5, 1.5, 150.0, 1000.0) == pytest.approx(1.0)
    assert returned(0.5, 1.5, 300.0, 1000.0) == 1.5
    assert returned(0.5, 1.5, 900.0, 1000.0) == 1.5
