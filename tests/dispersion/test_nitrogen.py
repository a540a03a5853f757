"""NO₂ from NOₓ: numbers by hand, limits, and conservation of what is emitted."""

import numpy as np
import pytest

from sootprint.core.errors import InputError
from sootprint.dispersion.nitrogen import (
    arm2_ratio,
    no2_by_arm2,
    no2_by_olm,
    ozone_limited,
    ugm3,
    with_nocturnal_limit,
)


def test_arm2_polynomial_by_hand():
    x = 200.0
    by_hand = 1.2441 - 0.0027383 * x - 5.6062e-6 * x**2 + 3.4555e-8 * x**3
    by_hand += -5.8345e-11 * x**4 + 4.2795e-14 * x**5 - 1.1723e-17 * x**6
    assert arm2_ratio(x) == pytest.approx(by_hand, rel=1e-12)
    assert arm2_ratio(x) == pytest.approx(0.66822, abs=1e-5)


def test_arm2_stays_within_its_bounds():
    ratios = arm2_ratio([0.0, 100.0, 114.0, 284.0, 1000.0, 1e5])
    assert ratios.tolist() == [0.9, 0.9, 0.9, 0.5, 0.5, 0.5]
    assert arm2_ratio(1000.0, smallest=0.2) == 0.2
    assert np.all(np.diff(arm2_ratio(np.linspace(0, 3000, 500))) <= 0)


def test_arm2_uses_the_sum_of_all_sources():
    nox = np.array([[150.0, 50.0], [10.0, 0.0]])
    made = no2_by_arm2(nox)
    np.testing.assert_allclose(made[0], nox[0] * 0.66822, rtol=1e-5)
    np.testing.assert_allclose(made[1], [9.0, 0.0])


def test_ozone_limits_the_oxidation():
    assert ozone_limited(100.0, 0.1, 40.0) == pytest.approx(10 + 40 * 46 / 48)
    assert ozone_limited(100.0, 0.1, 0.0) == pytest.approx(10.0)
    assert ozone_limited(100.0, 0.1, 1000.0) == pytest.approx(90.0)
    assert ozone_limited(100.0, 0.1, np.nan) == pytest.approx(90.0)
    assert ozone_limited(0.0, 0.1, 40.0) == 0.0


def test_one_molecule_of_ozone_makes_one_of_no2():
    """Ozone of 48 µg makes 46 µg of NO₂ out of NO, since both have one mole."""
    assert ozone_limited(1e4, 0.0, 48.0) == pytest.approx(46.0)


def test_grouped_sources_share_the_ozone():
    nox = np.array([[60.0, 40.0, 100.0]])
    in_stack = np.array([0.1, 0.1, 0.2])
    ozone = np.array([24.0])
    alone = no2_by_olm(nox, in_stack, ozone)
    np.testing.assert_allclose(alone[0], [6 + 23, 4 + 23, 20 + 23])
    grouped = no2_by_olm(nox, in_stack, ozone, groups=[np.array([0, 1])])
    assert grouped[0, :2].sum() == pytest.approx(10 + 23)
    np.testing.assert_allclose(grouped[0, :2] / nox[0, :2], 0.33)
    assert grouped[0, 2] == alone[0, 2]


def test_group_of_one_is_the_source_alone():
    rng = np.random.default_rng(1)
    nox = rng.uniform(0, 300, (50, 3))
    in_stack = np.array([0.05, 0.2, 0.5])
    ozone = rng.uniform(0, 150, 50)
    alone = no2_by_olm(nox, in_stack, ozone)
    grouped = no2_by_olm(nox, in_stack, ozone, groups=[np.array([n]) for n in range(3)])
    np.testing.assert_allclose(grouped, alone, rtol=1e-12)
    assert np.all(alone <= 0.9 * nox + 1e-12)


def test_nothing_emitted_gives_nothing():
    made = no2_by_olm(np.zeros((2, 2)), np.array([0.1, 0.1]), np.array([40.0, np.nan]), groups=[np.arange(2)])
    assert (made == 0).all()


def test_units():
    assert ugm3(10.0, "PPB", "NO2") == pytest.approx(18.80, abs=0.01)
    assert ugm3(0.04, "PPM", "O3") == pytest.approx(78.4)
    assert ugm3(5.0, "UG/M3", "DUST") == 5.0
    with pytest.raises(InputError, match="PPB of DUST"):
        ugm3(5.0, "PPB", "DUST")


def test_ozone_of_stable_hours_has_a_lower_limit():
    ozone = np.array([60.0, 10.0, 10.0, 10.0, 10.0, 200.0, 10.0])
    length = np.array([-50.0, 50.0, 150.0, 251.0, -20.0, -20.0, 30.0])
    hour = np.arange(1, 8)
    made = with_nocturnal_limit(ozone, length, hour)
    assert made.tolist() == [60.0, 60.0, 30.0, 10.0, 10.0, 200.0, 78.4]


def test_lower_limit_looks_back_a_day_and_leaves_gaps():
    ozone = np.array([50.0] + [1.0] * 24 + [1.0, np.nan])
    hour = np.array([1 + n % 24 for n in range(27)])
    made = with_nocturnal_limit(ozone, np.full(27, 20.0), hour)
    assert made[1:25].tolist() == [50.0] * 24
    assert made[25] == 1.0
    assert np.isnan(made[26])
