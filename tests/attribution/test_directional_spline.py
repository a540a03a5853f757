"""Thin-plate regression spline and polar surface: laws, and the surface of the reference program."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sootprint.attribution.directional import PolarOptions, fit_spline
from sootprint.attribution.directional.polar import polar_surface
from sootprint.attribution.directional.spline import radial_function
from sootprint.core.errors import InputError


def scattered(count: int, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-5, 5, (count, 2))


def test_radial_function_is_biharmonic_away_from_its_knot() -> None:
    step, knot = 0.02, np.zeros((1, 2))

    def eta(x: float, y: float) -> float:
        return float(radial_function(np.array([[x, y]]), knot)[0, 0])

    def laplacian(x: float, y: float) -> float:
        around = eta(x + step, y) + eta(x - step, y) + eta(x, y + step) + eta(x, y - step)
        return (around - 4 * eta(x, y)) / step**2

    # the Laplacian of r² ln r / 8π is (ln r + 1) / 2π
    assert laplacian(0.9, 1.2) == pytest.approx((np.log(1.5) + 1) / (2 * np.pi), rel=1e-4)
    assert eta(0.0, 0.0) == 0.0
    assert eta(1.0, 0.0) == pytest.approx(0.0, abs=1e-15)


def test_plane_is_reproduced_whatever_the_penalty() -> None:
    points = scattered(80)
    values = 3.0 - 2.0 * points[:, 0] + 0.5 * points[:, 1]
    spline = fit_spline(points, values, np.ones(80), basis=30)
    new = scattered(20, seed=9)
    assert spline(new) == pytest.approx(3.0 - 2.0 * new[:, 0] + 0.5 * new[:, 1], abs=1e-7)


def test_radial_weights_are_orthogonal_to_polynomials() -> None:
    points = scattered(120)
    values = np.sin(points[:, 0]) + 0.1 * np.random.default_rng(1).normal(size=120)
    spline = fit_spline(points, values, np.ones(120), basis=60)
    t = np.column_stack([np.ones(len(spline.knots)), spline.knots])
    assert t.T @ spline.radial == pytest.approx(np.zeros(3), abs=1e-9)
    assert 3 < spline.effective_degrees < 60


def test_chosen_penalty_has_the_smallest_score_of_a_dense_solution() -> None:
    points = scattered(60)
    values = np.cos(points[:, 1]) + 0.2 * np.random.default_rng(2).normal(size=60)
    spline = fit_spline(points, values, np.ones(60), basis=60)
    knots = spline.knots
    t = np.column_stack([np.ones(60), knots])
    order = np.lexsort((points[:, 1], points[:, 0]))
    y = values[order]

    def score(penalty: float) -> float:
        # with every eigenvector kept this is the full thin-plate smoothing spline (Wahba 1990, eq. 2.4.23)
        system = np.block(
            [[radial_function(knots, knots) + penalty * np.eye(60), t], [t.T, np.zeros((3, 3))]]
        )
        influence = np.linalg.solve(system, np.vstack([np.eye(60), np.zeros((3, 60))]))
        hat = np.eye(60) - penalty * influence[:60]
        return 60 * float(((y - hat @ y) ** 2).sum()) / (60 - np.trace(hat)) ** 2

    assert spline.gcv == pytest.approx(score(spline.penalty), rel=1e-6)
    assert all(spline.gcv <= score(spline.penalty * factor) * (1 + 1e-9) for factor in (0.3, 0.8, 1.25, 3))


def test_repeated_points_share_a_knot() -> None:
    points = np.vstack([scattered(40), scattered(40)])
    spline = fit_spline(points, np.arange(80.0), np.ones(80), basis=20)
    assert len(spline.knots) == 40


def test_points_on_a_line_are_refused() -> None:
    line = np.column_stack([np.arange(20.0), np.arange(20.0)])
    with pytest.raises(InputError, match="distinct points"):
        fit_spline(line, np.ones(20), np.ones(20))


def test_too_few_hours_give_no_surface() -> None:
    _, _, z = polar_surface(
        np.array([1.0, 2.0]), np.array([10.0, 20.0]), np.array([5.0, 6.0]), PolarOptions(fine=51)
    )
    assert np.isnan(z).all()


def test_hours_named_0_and_360_degrees_are_the_same() -> None:
    rng = np.random.default_rng(5)
    speed, direction = rng.weibull(2, 2000) * 4, rng.choice(np.arange(0, 360, 10.0), 2000)
    value = 10 + 5 * np.cos(np.deg2rad(direction))
    one = polar_surface(speed, direction, value, PolarOptions(fine=51))[2]
    two = polar_surface(speed, np.where(direction == 0, 360.0, direction), value, PolarOptions(fine=51))[2]
    np.testing.assert_array_equal(one, two)


def test_turning_the_wind_turns_the_surface() -> None:
    rng = np.random.default_rng(6)
    speed, direction = rng.weibull(2, 3000) * 4, rng.uniform(0, 360, 3000)
    value = 20 + 15 * np.cos(np.deg2rad(direction - 60)) * speed / 4
    options = PolarOptions(fine=51)
    one = polar_surface(speed, direction, value, options)[2]
    two = polar_surface(speed, (direction + 90) % 360, value, options)[2]
    turned = np.rot90(one)
    both = np.isfinite(turned) & np.isfinite(two)
    assert both.sum() > 500
    assert np.abs(turned - two)[both].max() < 1e-4 * np.nanmax(one)


@pytest.mark.data
def test_polar_surface_of_the_reference_program(data_dir) -> None:
    folder = data_dir / "openair_reference"
    hours = pd.read_parquet(folder / "mydata.parquet").dropna(subset=["so2", "ws", "wd"])
    truth = pd.read_parquet(folder / "polarPlot_so2_mean_k100.parquet")["z"].to_numpy().reshape(201, 201)
    speed, value = hours["ws"].to_numpy(), hours["so2"].to_numpy()
    direction = hours["wd"].to_numpy()
    span = np.nanmax(truth) - np.nanmin(truth)

    def difference(degrees: np.ndarray) -> float:
        z = polar_surface(speed, degrees, value, PolarOptions(fine=201))[2]
        np.testing.assert_array_equal(np.isfinite(z), np.isfinite(truth))
        return float(np.nanmax(np.abs(z - truth)) / span)

    # the reference puts hours stated as 0° with those of 10°; here they are north like 360°
    assert difference(np.where(direction == 0, 10.0, direction)) < 1e-7
    assert difference(direction) < 5e-3
