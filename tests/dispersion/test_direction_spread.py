"""An uncertain wind direction spreads the mean plume and loses no mass."""

import numpy as np
import pytest

from sootprint.core.errors import ConfigError
from sootprint.dispersion.hours import direction_spread
from sootprint.dispersion.options import plume_options


def _mean_over_directions(plane, elements, where, spread, nodes=61):
    """Mean plume over Gaussian directions by quadrature."""
    x, weight = np.polynomial.hermite_e.hermegauss(nodes)
    hours = plane.hours(count=nodes, wind_from=np.deg2rad(270.0) + spread * x)
    fields = plane.run(elements, where, hours)[:, :, 0]
    return (weight[:, None] * fields).sum(axis=0) / weight.sum()


def test_spread_is_the_mean_over_directions_for_small_angles(plane):
    spread = np.deg2rad(6.0)
    where = plane.receptors(2000.0, np.linspace(0.0, 600.0, 13), 1.5)
    elements = plane.points(plane.stack)
    wide = plane.run(elements, where, plane.hours(direction_spread=spread))[0, :, 0]
    mean = _mean_over_directions(plane, elements, where, spread)
    np.testing.assert_allclose(wide, mean, atol=0.03 * mean.max())


def test_area_spreads_like_its_points(plane):
    spread = np.deg2rad(8.0)
    square = [(-300.0, -300.0), (300.0, -300.0), (300.0, 300.0), (-300.0, 300.0)]
    where = plane.receptors(2500.0, np.linspace(0.0, 900.0, 7), 1.5)
    wide = plane.run(plane.polygon(square), where, plane.hours(direction_spread=spread))[0, :, 0]
    mean = _mean_over_directions(plane, plane.polygon(square), where, spread)
    np.testing.assert_allclose(wide, mean, atol=0.03 * mean.max())


def test_crosswind_integral_does_not_depend_on_the_spread(plane):
    y = np.linspace(-9000.0, 9000.0, 4001)
    where = plane.receptors(3000.0, y, 1.5)
    elements = plane.points(plane.stack)
    sums = [
        np.trapezoid(plane.run(elements, where, plane.hours(direction_spread=s))[0, :, 0], y)
        for s in (0.0, 0.1, 0.4)
    ]
    np.testing.assert_allclose(sums, sums[0], rtol=1e-9)


def test_light_wind_wanders_more():
    options = plume_options({"direction_sigma_deg": 10.0, "lateral_sigma_m_s": 0.3})
    spread = np.rad2deg(direction_spread(np.array([0.5, 1.0, 10.0]), options))
    np.testing.assert_allclose(spread, np.hypot(10.0, [30.96, 16.70, 1.718]), rtol=1e-3)
    assert direction_spread(np.array([2.0]), plume_options(None)) == 0.0


def test_negative_uncertainty_is_refused():
    with pytest.raises(ConfigError, match="direction_sigma_deg"):
        plume_options({"direction_sigma_deg": -1.0})
