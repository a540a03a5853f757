"""Polar statistics and annulus: laws, and the surfaces of the reference program."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sootprint.attribution import directional as d
from sootprint.attribution.directional.annulus import AnnulusOptions, annulus_surface
from sootprint.attribution.directional.clusters import part_around_medoids
from sootprint.attribution.directional.polar import PolarOptions, polar_surface
from sootprint.attribution.directional.polar_classes import class_statistic, wind_classes
from sootprint.attribution.directional.tensor import cyclic_basis, fit_tensor, thin_plate_basis
from sootprint.core.errors import InputError

QUICK = {"speed_bins": 12, "coarse": 31, "fine": 31, "basis": 60}
"""A coarser surface: the laws do not depend on it."""


def winds(count: int = 4000, seed: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    speed, direction = rng.weibull(2, count) * 4, rng.uniform(0, 360, count)
    value = 20 + 15 * np.cos(np.deg2rad(direction - 60)) + rng.normal(0, 1, count)
    return speed, direction, value


def joined_hours(days: int = 60, seed: int = 2) -> pd.DataFrame:
    """Joined table of two pollutants at one post, the second half the first and noise."""
    rng = np.random.default_rng(seed)
    count = 24 * days
    time = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(count), unit="h")
    base = pd.DataFrame(
        {
            "station_id": "P",
            "time_start": time,
            "hour_local": time.hour,
            "day_local": time.floor("D"),
            "wind_station_id": "W",
            "wind_speed": rng.weibull(2, count) * 4,
            "wind_from_direction": rng.uniform(0, 360, count),
            "reason": "served",
        }
    )
    base["value_ugm3"] = 30 + 20 * np.cos(np.deg2rad(base["wind_from_direction"] - 100))
    other = base.assign(pollutant="NO2", value_ugm3=0.5 * base["value_ugm3"] + rng.normal(5, 0.5, count))
    return pd.concat([base.assign(pollutant="SO2"), other], ignore_index=True)


@pytest.mark.parametrize("statistic", ["mean", "median", "percentile", "maximum", "nwr"])
def test_constant_field_gives_a_constant_surface(statistic) -> None:
    speed, direction, value = winds()
    options = PolarOptions(statistic=statistic, **QUICK)
    z = polar_surface(speed, direction, np.full_like(value, 7.0), options)[2]
    assert np.nanmax(np.abs(z - 7.0)) < 1e-6


@pytest.mark.parametrize("statistic", ["mean", "weighted_mean", "median", "percentile", "nwr"])
def test_scaled_concentrations_scale_the_surface(statistic) -> None:
    speed, direction, value = winds()
    options = PolarOptions(statistic=statistic, **QUICK)
    one = polar_surface(speed, direction, value, options)[2]
    ten = polar_surface(speed, direction, 10 * value, options)[2]
    np.testing.assert_allclose(ten, 10 * one, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("statistic", ["cpf", "frequency"])
def test_scaled_concentrations_leave_shares_and_counts(statistic) -> None:
    speed, direction, value = winds()
    options = PolarOptions(statistic=statistic, **QUICK)
    one = polar_surface(speed, direction, value, options)[2]
    np.testing.assert_array_equal(one, polar_surface(speed, direction, 8 * value, options)[2])


@pytest.mark.parametrize("statistic", ["median", "cpf"])
def test_turned_winds_turn_the_surface(statistic) -> None:
    speed, direction, value = winds()
    options = PolarOptions(statistic=statistic, **QUICK)
    one = np.rot90(polar_surface(speed, direction, value, options)[2])
    two = polar_surface(speed, (direction + 90) % 360, value, options)[2]
    both = np.isfinite(one) & np.isfinite(two)
    assert both.sum() > 200
    assert np.abs(one - two)[both].max() < 1e-3 * np.nanmax(one)


def test_class_statistics_are_those_of_each_class() -> None:
    speed, direction, value = winds(600)
    options = PolarOptions(percentile=30.0)
    classes = wind_classes(speed, direction, speed.max(), options)
    groups = pd.Series(value).groupby(classes.cell)
    for name, truth in [
        ("mean", groups.mean()),
        ("median", groups.median()),
        ("percentile", groups.quantile(0.3)),
        ("maximum", groups.max()),
        ("standard_deviation", groups.std()),
        ("frequency", groups.size()),
        ("weighted_mean", groups.sum() / len(value)),
        ("cpf", groups.apply(lambda part: (part > np.percentile(value, 30)).mean())),
    ]:
        made = class_statistic(classes, value, PolarOptions(statistic=name, percentile=30.0))
        np.testing.assert_allclose(made[truth.index], truth, rtol=1e-9, err_msg=name)
        assert np.isnan(made[classes.hours == 0]).all()


def test_bands_of_the_conditional_probability_add_up_to_one() -> None:
    speed, direction, value = winds(800)
    classes = wind_classes(speed, direction, speed.max(), PolarOptions())
    bands = [(0.0, 40.0), (40.0, 75.0), (75.0, 100.0)]
    total = sum(
        class_statistic(classes, value, PolarOptions(statistic="cpf", percentile=low, upper_percentile=high))
        for low, high in bands
    )
    # the smallest reading is over no percentile: its class lacks that hour
    lowest = classes.cell[np.argmin(value)]
    held = (classes.hours > 0) & (np.arange(len(total)) != lowest)
    np.testing.assert_allclose(total[held], 1.0)


def test_wind_regression_of_one_hour_is_that_hour() -> None:
    from sootprint.attribution.directional.wind_kernels import wind_regression

    made = wind_regression(
        np.array([3.0]), np.array([20.0]), np.array([9.0]), np.array([1.0, 5.0]), np.array([40.0, 10.0]),
        PolarOptions(),
    )  # fmt: skip
    np.testing.assert_allclose(made, 9.0)


def test_wind_regression_sees_across_north_unless_told_otherwise() -> None:
    from sootprint.attribution.directional.wind_kernels import wind_regression

    def east_of_north(wrap: str) -> float:
        made = wind_regression(
            np.array([3.0, 3.0]), np.array([355.0, 20.0]), np.array([10.0, 0.0]), np.array([3.0]),
            np.array([5.0]), PolarOptions(wrap=wrap),
        )  # fmt: skip
        return float(made[0, 0])

    # angles 10° and 15° at a spread of 5°: weights exp(−2) and exp(−4.5)
    assert east_of_north("both_sides") == pytest.approx(10 * np.exp(-2) / (np.exp(-2) + np.exp(-4.5)))
    assert east_of_north("one_side") == pytest.approx(0.0, abs=1e-9)


def test_turned_winds_turn_the_wind_regression() -> None:
    from sootprint.attribution.directional.wind_kernels import wind_regression

    speed, direction, value = winds(500)
    places, tens = np.linspace(0, 10, 5), np.arange(10, 361, 10.0)
    one = wind_regression(speed, direction, value, places, tens, PolarOptions())
    two = wind_regression(speed, (direction + 130) % 360, value, places, tens, PolarOptions())
    np.testing.assert_allclose(np.roll(one, 13, axis=1), two, rtol=1e-9)


def test_correlation_and_slope_of_a_line() -> None:
    speed, direction, _ = winds(6000)
    second = np.random.default_rng(3).uniform(10, 50, 6000)
    first = 4.0 + 1.5 * second
    for statistic, truth in [("correlation", 1.0), ("slope", 1.5), ("intercept", 4.0)]:
        options = PolarOptions(statistic=statistic, **QUICK)
        z = polar_surface(speed, direction, first, options, second=second)[2]
        assert np.isfinite(z).sum() > 100
        np.testing.assert_allclose(z[np.isfinite(z)], truth, rtol=1e-5)


def test_correlation_may_be_negative() -> None:
    speed, direction, value = winds(6000)
    options = PolarOptions(statistic="correlation", **QUICK)
    z = polar_surface(speed, direction, value, options, second=-value)[2]
    np.testing.assert_allclose(z[np.isfinite(z)], -1.0, rtol=1e-5)


def test_table_of_a_statistic_of_two_pollutants() -> None:
    options = PolarOptions(statistic="slope", **QUICK)
    table = d.polar_statistic(joined_hours(200), options=options, second="SO2")
    assert set(table["pollutant"]) == {"NO2"}
    assert table["value"].median() == pytest.approx(0.5, rel=0.05)
    with pytest.raises(InputError, match="two pollutants"):
        d.polar_statistic(joined_hours(20), options=options)
    with pytest.raises(InputError, match="polar_statistic"):
        d.polar_plot(joined_hours(20), options=PolarOptions(statistic="cpf"))


def test_percentiles_out_of_order_are_refused() -> None:
    with pytest.raises(InputError, match="percentiles"):
        PolarOptions(percentile=80.0, upper_percentile=50.0)


def test_spline_of_time_keeps_a_line_and_the_cyclic_one_a_constant() -> None:
    x = np.repeat(np.linspace(0, 10, 24), 36)
    y = np.tile(np.arange(0, 360, 10.0), 24)
    surface = fit_tensor(thin_plate_basis(x, 12), cyclic_basis(360.0, 9), x, y, 3.0 + 0.5 * x)
    grid = surface.grid(np.array([0.3, 9.1]), np.array([5.0, 355.0, 365.0]))
    np.testing.assert_allclose(grid, np.array([[3.15], [7.55]]) + np.zeros(3), atol=1e-6)


def test_cyclic_penalty_is_the_integral_of_the_squared_curvature() -> None:
    basis = cyclic_basis(2 * np.pi, 40)
    places = np.arange(40) * 2 * np.pi / 40
    # ∫ (d²/dx² sin x)² over a turn is π
    assert np.sin(places) @ basis.penalty @ np.sin(places) == pytest.approx(np.pi, rel=1e-4)


def test_constant_annulus_and_turned_annulus() -> None:
    rng = np.random.default_rng(8)
    local = pd.Series(pd.date_range("2024-01-01", periods=20000, freq="h"))
    direction = rng.integers(0, 36, 20000) * 10.0
    options = AnnulusOptions(directions=37, times=24)
    flat = annulus_surface(local, direction, np.full(20000, 5.0), options)
    assert flat is not None
    assert np.nanmax(np.abs(flat[2] - 5.0)) < 1e-6
    value = 20 + 10 * np.cos(np.deg2rad(direction - 80)) + 3 * np.sin(local.dt.hour.to_numpy() / 4)
    one = annulus_surface(local, direction, value, options)
    two = annulus_surface(local, (direction + 120) % 360, value, options)
    assert one is not None
    assert two is not None
    # 120° is three intervals between knots: the same basis, turned
    np.testing.assert_allclose(np.roll(one[2][:, :-1], 12, axis=1), two[2][:, :-1], rtol=1e-3)
    np.testing.assert_allclose(one[2][:, 0], one[2][:, -1], rtol=1e-9)


def test_annulus_table_and_unknown_hours() -> None:
    table = d.polar_annulus(joined_hours(120), options=AnnulusOptions(directions=19, times=12))
    assert len(table) == 2 * 19 * 12
    assert d.polar_annulus(joined_hours(2)).empty


def test_two_heaps_are_two_clusters() -> None:
    rng = np.random.default_rng(1)
    heaps = np.vstack([rng.normal(0, 0.3, (40, 3)), rng.normal(6, 0.3, (60, 3))])
    number = part_around_medoids(heaps, 2)
    assert len(set(number[:40])) == len(set(number[40:])) == 1
    assert number[0] != number[-1]


def test_medoids_are_the_best_of_all_pairs() -> None:
    points = np.random.default_rng(5).normal(size=(30, 2))
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    best = min(np.minimum(distance[i], distance[j]).sum() for i in range(30) for j in range(i + 1, 30))
    number = part_around_medoids(points, 2)
    made = sum(distance[np.ix_(number == k, number == k)].sum(axis=1).min() for k in (0, 1))
    assert made == pytest.approx(best, rel=0.02)


def test_cluster_of_each_hour() -> None:
    joined = joined_hours(120)
    clusters = d.polar_clusters(joined, clusters=3, options=PolarOptions(**QUICK))
    hours = d.cluster_hours(joined, clusters)
    assert len(hours) == len(joined)
    assert set(clusters["cluster"]) == {1, 2, 3}
    assert hours["cluster"].notna().mean() > 0.9
    with pytest.raises(InputError, match="clusters"):
        d.polar_clusters(joined, clusters=1)


@pytest.mark.data
@pytest.mark.parametrize(
    ("statistic", "file"),
    [("mean", "polarPlot_so2_mean_k100"), pytest.param("nwr", "polarPlot_so2_nwr", marks=pytest.mark.slow)],
)
def test_surfaces_of_the_reference_program(data_dir, statistic, file) -> None:
    folder = data_dir / "openair_reference"
    hours = pd.read_parquet(folder / "mydata.parquet")
    truth = pd.read_parquet(folder / f"{file}.parquet")["z"].to_numpy().reshape(201, 201)
    columns = [hours[name].to_numpy() for name in ("ws", "wd", "so2")]
    z = polar_surface(*columns, PolarOptions.openair(statistic))[2]
    np.testing.assert_array_equal(np.isfinite(z), np.isfinite(truth))
    assert np.nanmax(np.abs(z - truth)) < 1e-5 * (np.nanmax(truth) - np.nanmin(truth))
