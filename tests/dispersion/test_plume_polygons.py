"""Areas and lines: limits of many points, and the accuracy of the integral along the wind."""

import math

import numpy as np
import pytest
from shapely.geometry import Point, Polygon

SQUARE = [(-250.0, -250.0), (250.0, -250.0), (250.0, 250.0), (-250.0, 250.0)]


def as_points(plane, polygon, count, **row):
    """Mean over a fine grid of points inside a polygon: the definition of an even area source."""
    polygon = Polygon(polygon)
    west, south, east, north = polygon.bounds
    x = west + (east - west) * (np.arange(count) + 0.5) / count
    y = south + (north - south) * (np.arange(count) + 0.5) / count
    inside = [(a, b) for a in x for b in y if polygon.contains(Point(a, b))]
    one = plane.points({"height": 5.0} | row)
    size = len(inside)
    fields = {name: np.repeat(getattr(one, name), size) for name in one._fields if name != "edges"}
    fields |= {"x": np.array([p[0] for p in inside]), "y": np.array([p[1] for p in inside])}
    return one._replace(**(fields | {"weight": np.full(size, 1.0 / size)}))


@pytest.mark.parametrize("wind_from", [270.0, 300.0, 225.0])
@pytest.mark.parametrize("stability", [1, 3, 5])
def test_an_area_is_the_limit_of_many_points(plane, wind_from, stability):
    hours = plane.hours(stability=stability, wind_from=math.radians(wind_from), lid=400.0)
    where = plane.receptors([400.0, 700.0, 3000.0], [10.0, 200.0, -300.0], 2.0)
    area = plane.run(plane.polygon(SQUARE), where, hours)[0, :, 0]
    points = plane.run(as_points(plane, SQUARE, 160), where, hours)[0, :, 0]
    np.testing.assert_allclose(area, points, rtol=2e-3, atol=1e-12)


def test_inside_an_area_only_what_lies_upwind_counts(plane):
    hours = plane.hours(lid=400.0)
    whole = plane.run(plane.polygon(SQUARE), plane.receptors(0.0, 0.0, 2.0), hours).item()
    upwind = [(-250.0, -250.0), (0.0, -250.0), (0.0, 250.0), (-250.0, 250.0)]
    half = plane.run(plane.polygon(upwind), plane.receptors(0.0, 0.0, 2.0), hours).item()
    assert whole == pytest.approx(0.5 * half, rel=1e-6)


def test_inside_a_wide_area_the_integral_has_its_closed_form(plane):
    r"""H = z = 0, rural A, σz = 0.2 x: ∫ 2 dx / (√(2π) 0.2 x u A) = 2 ln(x1 / x0) / (√(2π) 0.2 u A)."""
    wide = [(-1000.0, -50000.0), (1000.0, -50000.0), (1000.0, 50000.0), (-1000.0, 50000.0)]
    h = plane.run(
        plane.polygon(wide, height=0.0), plane.receptors(0.0, 0.0, 0.0), plane.hours(stability=0)
    ).item()
    area = 2000.0 * 100000.0
    assert h == pytest.approx(
        2.0 * math.log(1000.0) / (math.sqrt(2.0 * math.pi) * 0.2 * 4.0 * area), rel=1e-4
    )


def test_the_default_rule_is_accurate_to_one_in_a_thousand(plane):
    """Error against sixteen times as many panels, over 2000 random shapes, places and hours."""
    rng = np.random.default_rng(7)
    worst = 0.0
    for _ in range(40):
        corners = rng.uniform(-400.0, 400.0, (5, 2))
        elements = plane.polygon(Polygon(corners).convex_hull, height=float(rng.uniform(0.0, 20.0)))
        where = plane.receptors(rng.uniform(-2000, 2000, 10), rng.uniform(-2000, 2000, 10), 2.0)
        hours = plane.hours(
            5,
            wind_from=rng.uniform(0, 2 * math.pi, 5),
            stability=rng.integers(0, 6, 5),
            lid=rng.uniform(50, 900, 5),
        )
        coarse = plane.run(elements, where, hours)
        fine = plane.run(elements, where, hours, plane.settings(panels_per_octave=64))
        scale = 1e-4 * fine.max() + 1e-300
        worst = max(worst, float((np.abs(coarse - fine) / np.maximum(fine, scale)).max()))
    assert worst < 1e-3


def test_an_area_far_away_is_a_point(plane):
    where = plane.receptors(20000.0, [0.0, 500.0], 2.0)
    small = [(x / 10.0, y / 10.0) for x, y in SQUARE]
    np.testing.assert_allclose(
        plane.run(plane.polygon(small), where), plane.run(plane.points({"height": 5.0}), where), rtol=2e-3
    )


def test_parts_of_an_area_make_the_whole(plane):
    where = plane.receptors([-100.0, 100.0, 600.0], [30.0, -60.0, 10.0], 2.0)
    west = [(-250.0, -250.0), (10.0, -250.0), (-60.0, 250.0), (-250.0, 250.0)]
    east = [(10.0, -250.0), (250.0, -250.0), (250.0, 250.0), (-60.0, 250.0)]
    shares = [Polygon(part).area / Polygon(SQUARE).area for part in (west, east)]
    parts = [
        share * plane.run(plane.polygon(p), where) for share, p in zip(shares, (west, east), strict=True)
    ]
    np.testing.assert_allclose(sum(parts), plane.run(plane.polygon(SQUARE), where), rtol=5e-4)


def test_a_hole_takes_away_its_part(plane):
    hole = [(-100.0, -100.0), (100.0, -100.0), (100.0, 100.0), (-100.0, 100.0)]
    where = plane.receptors([0.0, 180.0, 600.0], [0.0, -60.0, 10.0], 2.0)
    whole, inner = plane.run(plane.polygon(SQUARE), where), plane.run(plane.polygon(hole), where)
    ring = plane.run(plane.polygon(Polygon(SQUARE, [hole])), where)
    np.testing.assert_allclose(ring * (25e4 - 4e4), whole * 25e4 - inner * 4e4, rtol=1e-3)


@pytest.mark.parametrize("wind_from", [180.0, 269.0, 270.0, 250.0])
def test_a_line_is_the_limit_of_many_points(plane, wind_from):
    length, width = 800.0, 10.0
    strip = [
        (-length / 2, -width / 2),
        (length / 2, -width / 2),
        (length / 2, width / 2),
        (-length / 2, width / 2),
    ]
    hours = plane.hours(wind_from=math.radians(wind_from), stability=4)
    where = plane.receptors([0.0, 150.0, 500.0], [60.0, 40.0, 30.0], 2.0)
    line = plane.run(plane.polygon(strip, height=1.0, initial_sigma_z=2.0), where, hours)[0, :, 0]
    x = (np.arange(4000) + 0.5) / 4000 * length - length / 2
    points = np.zeros(3)
    for y in (np.arange(8) + 0.5) / 8 * width - width / 2:
        one = plane.points({"height": 1.0, "initial_sigma_z": 2.0})
        fields = {name: np.repeat(getattr(one, name), x.size) for name in one._fields if name != "edges"}
        many = one._replace(
            **(fields | {"x": x, "y": np.full(x.size, y), "weight": np.full(x.size, 1.0 / x.size)})
        )
        points += plane.run(many, where, hours)[0, :, 0] / 8
    np.testing.assert_allclose(line, points, rtol=3e-3, atol=1e-12)


def test_mass_flux_of_an_area_is_the_emission(plane):
    y, z = np.linspace(-1500.0, 1500.0, 151), np.linspace(0.0, 200.0, 101)
    where = plane.receptors(1500.0, y[:, None], z[None, :])
    h = plane.run(plane.polygon(SQUARE), where, plane.hours(lid=200.0))[0, :, 0].reshape(y.size, z.size)
    assert 4.0 * np.trapezoid(np.trapezoid(h, z, axis=1), y) == pytest.approx(1.0, rel=1e-3)
