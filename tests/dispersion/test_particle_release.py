"""Where a source's mass starts: releases of all kinds of sources, blobs, draws and density."""

import math

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from sootprint.core.constants import GRAVITY
from sootprint.core.errors import ConfigError, InputError
from sootprint.core.geo import project
from sootprint.dispersion.kernels.particle_source import normal_quantile, vertical_density
from sootprint.dispersion.particles import release
from sootprint.dispersion.particles.blobs import polygon_blobs, polygon_moments
from sootprint.dispersion.particles.columns import Columns

LAW = settings(deadline=None, max_examples=40)
CRS = "EPSG:32644"


# Blobs


SQUARE = shapely.box(0.0, 0.0, 1.0, 1.0)
SHAPES = {
    "square": shapely.box(0.0, 0.0, 300.0, 300.0),
    "strip": shapely.affinity.rotate(shapely.box(0.0, 0.0, 900.0, 12.0), 31.0),
    "field": shapely.Polygon([(0, 0), (500, 40), (420, 330), (200, 250), (60, 400)]),
    "yard": shapely.box(0, 0, 400, 250).difference(shapely.box(100, 60, 260, 200)),
    "angle": shapely.Polygon([(0, 0), (600, 0), (600, 60), (60, 60), (60, 500), (0, 500)]),
    "tiny": shapely.box(0.0, 0.0, 3.0, 2.0),
}


def edges_of(polygon):
    oriented = shapely.geometry.polygon.orient(polygon)
    rings = [np.asarray(ring.coords) for ring in (oriented.exterior, *oriented.interiors)]
    return np.concatenate([np.hstack([ring[:-1], ring[1:]]) for ring in rings]) + 5e5


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("blob_m", [30.0, 100.0])
def test_blobs_have_the_moments_of_the_polygon(name, blob_m):
    edges = edges_of(SHAPES[name])
    area, centroid, covariance = polygon_moments(edges)
    blobs = polygon_blobs(edges, blob_m)
    points = np.column_stack([blobs.x, blobs.y])
    mean = blobs.weight @ points
    spread = np.einsum("n,ni,nj->ij", blobs.weight, points - mean, points - mean)
    spread += (blobs.weight @ blobs.sigma**2) * np.eye(2)
    assert area == pytest.approx(SHAPES[name].area)
    assert blobs.weight.sum() == pytest.approx(1.0, abs=1e-12)
    assert mean == pytest.approx(centroid, abs=1e-6)
    assert spread == pytest.approx(covariance, abs=1e-6 * np.trace(covariance))
    assert blobs.sigma.max() <= blob_m / math.sqrt(12.0) * (1.0 + 1e-9)


def test_moments_of_a_rectangle():
    """L²/12 and W²/12."""
    area, centroid, covariance = polygon_moments(edges_of(shapely.box(0.0, 0.0, 60.0, 24.0)))
    assert area == pytest.approx(1440.0)
    assert centroid - 5e5 == pytest.approx([30.0, 12.0])
    assert covariance == pytest.approx(np.diag([300.0, 48.0]), abs=1e-6)


def test_too_many_blobs_are_refused():
    with pytest.raises(InputError, match="blobs"):
        polygon_blobs(edges_of(shapely.box(0.0, 0.0, 9000.0, 9000.0)), 10.0)


# Releases


def columns_of(hours=3, *, wind=(2.0, 0.0), lid=400.0, stable=1e-4, sigma_w=0.3, time_w=60.0, reason=0):
    """`Columns` of like hours over 2 km."""
    z = np.linspace(0.0, 2000.0, 81)
    shape = (hours, z.size)
    potential = np.broadcast_to(290.0 * np.exp(stable * z / GRAVITY), shape).copy()
    blank = np.zeros(hours)
    values = dict.fromkeys(Columns._fields, blank) | {
        "z": z,
        "wind_x": np.full(shape, wind[0]),
        "wind_y": np.full(shape, wind[1]),
        "sigma_w": np.full(shape, sigma_w),
        "sigma_v": np.full(shape, sigma_w),
        "time_w": np.full(shape, time_w),
        "time_v": np.full(shape, time_w),
        "potential": potential,
        "temperature": np.full(hours, 290.0),
        "lid": np.full(hours, lid),
        "reason": np.full(hours, reason, dtype=np.int64),
    }
    return Columns(**values)


def sources_of(*rows):
    base = {"facility_id": "a", "lon": 82.6, "lat": 49.95, "source_file": "s.csv", "source_row": 1}
    return pd.DataFrame([base | {"source_id": f"s{number}"} | row for number, row in enumerate(rows)])


STACK = {
    "kind": "point",
    "height_m": 60.0,
    "diameter_m": 2.0,
    "exit_velocity_m_s": 12.0,
    "exit_temperature_k": 420.0,
}
VENT = {"kind": "point", "height_m": 10.0, "diameter_m": 0.0, "exit_velocity_m_s": 0.0}
VOLUME = {"kind": "volume", "height_m": 8.0, "vertical_extent_m": 16.0, "width_m": 43.0}
AREA = {
    "kind": "area",
    "height_m": 2.0,
    "geometry_wkt": "MULTIPOLYGON (((82.60 49.95, 82.61 49.95, 82.61 49.953, 82.60 49.95)),"
    "((82.62 49.95, 82.623 49.95, 82.623 49.954, 82.62 49.95)))",
}
LINE = {
    "kind": "line",
    "height_m": 1.0,
    "width_m": 10.0,
    "geometry_wkt": "LINESTRING (82.60 49.95, 82.61 49.952, 82.612 49.958)",
}


def test_releases_keep_the_weight():
    made = release.releases(sources_of(STACK, VENT, VOLUME, AREA, LINE), columns_of(), CRS)
    assert np.bincount(made.source, made.share) == pytest.approx(np.ones(5), abs=1e-12)
    assert made.weight.sum(axis=2) == pytest.approx(np.ones((3, 5)), abs=1e-12)
    assert made.first.tolist()[-1] == made.x.size
    assert np.all(np.diff(made.source) >= 0)
    assert made.outcome[:, 1:].max() == 0
    assert made.outcome[:, 0].min() > 0
    words = release.outcome_hours(made)
    assert words["no rise"].tolist() == [0, 3, 3, 3, 3]
    assert words["levelled in stable air"][0] + words["broken up by turbulence"][0] == 3


def test_volume_has_the_widths_of_the_plume_engine():
    """43 m / 4.3 and 16 m / 2.15."""
    made = release.releases(sources_of(VOLUME), columns_of(), CRS)
    assert made.sigma.tolist() == pytest.approx([10.0])
    assert made.sigma_z[0, 0, 0] == pytest.approx(16.0 / 2.15)


def test_blobs_of_a_source_have_its_moments():
    made = release.releases(sources_of(AREA), columns_of(), CRS, {"blob_m": 50.0})
    flat = shapely.transform(
        shapely.from_wkt(AREA["geometry_wkt"]), lambda p: np.column_stack(project(p[:, 0], p[:, 1], CRS))
    )
    parts = [polygon_moments(edges_of(part) - 5e5) for part in flat.geoms]
    areas = np.array([part[0] for part in parts])
    weights = areas / areas.sum()
    mean = sum(w * part[1] for w, part in zip(weights, parts, strict=True))
    second = sum(w * (c + np.outer(m - mean, m - mean)) for w, (_a, m, c) in zip(weights, parts, strict=True))
    points = np.column_stack([made.x, made.y])
    assert made.share @ points == pytest.approx(mean, abs=1e-5)
    found = np.einsum("n,ni,nj->ij", made.share, points - mean, points - mean)
    found += (made.share @ made.sigma**2) * np.eye(2)
    assert found == pytest.approx(second, rel=1e-7, abs=1e-6 * np.trace(second))


def test_sources_below_in_and_above_a_lid():
    low, high = VENT, VENT | {"height_m": 90.0}
    tall = STACK | {"height_m": 120.0}
    made = release.releases(sources_of(low, high, tall), columns_of(lid=20.0), CRS)
    assert made.weight[0].tolist() == [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
    assert made.height[0, 0, 0] == 10.0
    assert made.height[0, 1, 1] == 90.0
    assert made.height[0, 2, 1] > 120.0


def test_calm_hour_rises_straight_up():
    made = release.releases(sources_of(STACK), columns_of(wind=(0.0, 0.0)), CRS)
    windy = release.releases(sources_of(STACK), columns_of(wind=(5.0, 0.0)), CRS)
    assert made.shift_x[0, 0] == made.shift_y[0, 0] == 0.0
    assert made.height[0, 0].max() > windy.height[0, 0].max() > 60.0
    assert windy.shift_x[0, 0] == pytest.approx(5.0 * windy.delay[0, 0])


def test_downwash_is_an_option():
    slow = sources_of(STACK | {"exit_velocity_m_s": 2.0, "exit_temperature_k": 285.0})
    air = columns_of(wind=(8.0, 0.0))
    with_it, without = (
        release.releases(slow, air, CRS, {"stack_tip_downwash": on}).height[0, 0, 0] for on in (True, False)
    )
    assert with_it == pytest.approx(without - 2.0 * 2.0 * 1.25, abs=0.5)


def test_hours_without_air_are_unknown():
    made = release.releases(sources_of(STACK, VENT), columns_of(reason=2), CRS)
    assert np.isnan(made.weight).all()
    assert np.isnan(made.height).all()
    assert (made.outcome == 4).all()
    assert np.isnan(release.sample(made, 0, 0, np.full((2, 5), 0.5))).all()
    assert np.isnan(release.rise_table(sources_of(STACK), columns_of(reason=2), CRS, 0, [60.0])).all()


def test_threads_do_not_change_a_bit():
    air, table = columns_of(7), sources_of(STACK, AREA)
    one = release.releases(table, air, CRS, {"threads": 1})
    two = release.releases(table, air, CRS, {"threads": 2})
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_strange_options_are_refused():
    with pytest.raises(ConfigError, match="not known"):
        release.release_options({"downwash": True})
    with pytest.raises(ConfigError, match="blob_m"):
        release.ReleaseOptions(blob_m=0.0)


def test_rise_table_ends_at_the_height_of_the_release():
    table, air = sources_of(STACK, VENT), columns_of(lid=5000.0)
    made = release.releases(table, air, CRS)
    way = release.rise_table(table, air, CRS, 0, [0.0, 5.0, 20.0, 60.0, 3000.0])
    assert way[0, 0, 0] == 60.0
    assert np.all(np.diff(way[0, :4, 0]) > 0.0)
    assert way[0, -1, 0] == pytest.approx(made.height[0, 0, 0])
    assert way[0, -1, 3] / math.sqrt(3.0) == pytest.approx(made.spread[0, 0])
    assert way[1, :, 0].tolist() == [10.0] * 5


# Draws and density


@given(share=st.floats(1e-15, 1.0 - 1e-15))
@LAW
def test_normal_quantile(share):
    assert normal_quantile(share) == pytest.approx(ndtri(share), rel=1e-13, abs=1e-15)


def stratified(count, rng):
    """Numbers (count, 5), each column stratified by itself."""
    return np.column_stack([(rng.permutation(count) + rng.random(count)) / count for _ in range(5)])


def test_draws_have_the_moments_of_the_release():
    table, air = sources_of(STACK, AREA, VOLUME), columns_of(lid=150.0, wind=(1.0, 0.0))
    made = release.releases(table, air, CRS)
    uniforms = stratified(20_000, np.random.default_rng(5))
    for source in range(3):
        found = release.sample(made, 0, source, uniforms)
        own = made.source == source
        mean = made.share[own] @ np.column_stack([made.x[own], made.y[own]])
        assert found[:, :2].mean(axis=0) == pytest.approx(mean, abs=3.0)
        assert found[:, 2].min() >= 0.0
    risen = release.sample(made, 0, 0, uniforms)
    height = made.weight[0, 0] @ made.height[0, 0]
    assert risen[:, 2].mean() == pytest.approx(height, rel=0.01)
    assert risen[:, 0].std() == pytest.approx(made.spread[0, 0], rel=0.02)
    later = release.sample(made, 0, 0, uniforms, after_rise=True)
    assert (later - risen)[:, 0] == pytest.approx(np.full(20_000, made.shift_x[0, 0]))


def test_draws_are_of_the_density():
    """Mean of the density over its own draws against its integral of squares for one blob and one layer."""
    made = release.releases(sources_of(VOLUME | {"height_m": 60.0}), columns_of(), CRS)
    places = release.sample(made, 0, 0, stratified(20_000, np.random.default_rng(6)))
    found = release.density(made, 0, 0, *places.T).mean()
    sigma_z = made.sigma_z[0, 0, 0]
    assert found == pytest.approx(1.0 / (8.0 * math.pi**1.5 * 10.0**2 * sigma_z), rel=0.02)


def test_density_integrates_to_one_above_the_ground():
    z = np.linspace(0.0, 80.0, 4001)
    assert np.trapezoid([vertical_density(at, 4.0, 9.0) for at in z], z) == pytest.approx(1.0, abs=1e-6)
    assert vertical_density(-0.1, 4.0, 9.0) == 0.0
