"""Permitted emissions, background, the test whether a calculation is needed, and the sanitary zone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from ond86_tables import random_table, row, table_of

from sootprint import norms
from sootprint.core.errors import InputError
from sootprint.dispersion import ond86

positive = st.floats(1e-6, 1e3)


def test_permitted_emission_of_the_second_published_problem():
    # D 0.35 m, w0 25 m/s, H 15 m, ΔT 300 K, A 140: PDV = 3.12 g/s for MPC 0.2 and background 0.04 mg/m³.
    made = ond86.single_source(
        height_m=15, diameter_m=0.35, velocity_m_s=25, temperature_c=320, ambient_c=20, emission_g_s=1.16978,
        region_coefficient=140,
    )  # fmt: skip
    assert ond86.single_limit(made, 0.2, 0.04) == pytest.approx(3.12, abs=0.005)
    by_formula = (0.2 - 0.04) * 15**2 * np.cbrt(made.v1 * 300) / (140 * made.m * made.n)
    assert ond86.single_limit(made, 0.2, 0.04) == pytest.approx(by_formula)


def test_nothing_may_be_emitted_where_the_background_is_the_limit():
    made = ond86.single_source(
        height_m=15, diameter_m=0.35, velocity_m_s=25, temperature_c=320, ambient_c=20, emission_g_s=1.0
    )
    assert ond86.single_limit(made, 0.2, 0.3) == 0.0
    with pytest.raises(InputError, match="cm"):
        ond86.single_limit(made, 0.0)


def scaled(table, limits):
    factor = limits.set_index(["source_id", "pollutant"])["factor"]
    each = np.array([factor[(item.source_id, item.pollutant)] for item in table.itertuples()])
    return table.assign(cm_mg_m3=table["cm_mg_m3"] * each, emission_g_s=table["emission_g_s"] * each)


def ring(radius, count=12):
    angle = np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)
    return pd.DataFrame(
        {
            "point_id": np.arange(count).astype(str),
            "x_m": radius * np.cos(angle),
            "y_m": radius * np.sin(angle),
        }
    )


def largest(table, points):
    made = ond86.at_points(table, points, top_wind_m_s=8.0, groups=False)
    return made.groupby("substance_or_group")["ratio"].max()


@pytest.mark.parametrize("rule", ["proportional", "least_cut"])
def test_the_permitted_emissions_just_reach_the_limit(rule):
    table = random_table(3, 8, 1500.0, pollutants=("SO2", "soot")).assign(mpc_mg_m3=0.05)
    points = ring(900.0)
    assert (largest(table, points) > 1.0).all()
    limits = ond86.permitted(table, points, top_wind_m_s=8.0, rule=rule)
    after = largest(scaled(table, limits), points)
    assert after.to_numpy() == pytest.approx(1.0, rel=2e-3)
    assert limits["limit_g_s"].to_numpy() == pytest.approx(limits["factor"] * limits["emission_g_s"])


def test_the_proportional_limit_gives_exactly_the_limit_for_one_source():
    table = table_of(row("a", "SO2", 500.0))
    points = ring(600.0, 1)
    limits = ond86.permitted(table, points, top_wind_m_s=8.0, background={"SO2": 0.1})
    after = ond86.at_points(
        scaled(table, limits), points, top_wind_m_s=8.0, background={"SO2": 0.1}, groups=False
    )
    assert after["ratio_with_background"].iloc[0] == pytest.approx(1.0, rel=1e-9)


def test_the_least_cut_keeps_at_least_what_the_proportional_one_does():
    table = random_table(4, 8, 1500.0, pollutants=("SO2",)).assign(mpc_mg_m3=0.05)
    points = ring(900.0)
    kept = [
        ond86.permitted(table, points, top_wind_m_s=8.0, rule=rule)["limit_g_s"].sum()
        for rule in ("proportional", "least_cut")
    ]
    assert kept[1] >= kept[0]


def test_emissions_within_the_limit_stay():
    limits = ond86.permitted(table_of(row("a", "SO2", 0.1)), ring(600.0, 4), top_wind_m_s=8.0)
    assert limits["factor"].tolist() == [1.0]
    alone = ond86.permitted(table_of(row("a", "SO2", 0.1)))
    assert alone["limit_g_s"].isna().all()
    assert alone["single_limit_g_s"].iloc[0] == pytest.approx(0.5 * 0.1 / alone["cm_mg_m3"].iloc[0])
    with pytest.raises(InputError, match="rule"):
        ond86.permitted(table_of(row("a", "SO2", 0.1)), rule="fair")


@given(background=positive, own=positive)
@settings(deadline=None)
def test_background_without_its_own_part_has_two_branches(background, own):
    made = float(ond86.background_without_own(background, own))
    expected = background * (1 - 0.4 * own / background) if own <= 2 * background else 0.2 * background
    assert made == pytest.approx(expected, rel=1e-9)
    assert 0.2 * background * (1 - 1e-12) <= made <= background


@given(background=positive)
@settings(deadline=None)
def test_background_without_its_own_part_is_continuous(background):
    below, above = ond86.background_without_own(background, 2 * background * np.array([1 - 1e-9, 1 + 1e-9]))
    assert below == pytest.approx(above, rel=1e-8)


def test_background_is_not_negative():
    with pytest.raises(InputError, match="negative"):
        ond86.background_without_own(-0.1, 0.1)


def test_whether_a_calculation_is_needed():
    assert ond86.demand_threshold(10.0) == 0.1
    assert ond86.demand_threshold(35.0) == pytest.approx(0.35)
    table = table_of(
        row("a", "SO2", 0.1), row("a1", "SO2", 0.1, height_m=65.0), row("a", "NO2", 0.05, mpc=0.2)
    )
    made = ond86.calculation_needed(table).set_index(["facility_id", "pollutant"])
    assert made["mean_height_m"][("a", "SO2")] == pytest.approx(50.0)
    assert made["demand_m3_s"][("a", "SO2")] == pytest.approx(0.4)
    assert not made["needed"][("a", "SO2")]
    assert not made["needed"][("a", "NO2")]
    assert ond86.calculation_needed(table, limits={"SO2": 0.1})["needed"].tolist() == [True]
    assert set(made["mark"]) == {"unverified"}


def test_limits_of_the_table_of_norms():
    made = ond86.single_limits(norms.load(["KZ"]))
    assert made.loc["SO2", "mpc_mg_m3"] == pytest.approx(0.5)
    assert ond86.single_limits({"SO2": 0.5}).loc["SO2", "mark"] == "assumed"
    only_daily = set(made.index[made["mark"].eq("unverified") & made["note"].str.contains("times")])
    assert only_daily
    assert not only_daily & set(ond86.single_limits(norms.load(["KZ"]), daily_factor=None).index)
    with pytest.raises(InputError, match="above zero"):
        ond86.single_limits({"SO2": 0.0})


def single_distance(table, ratio):
    """Distance beyond xm where one source has a ratio, by halving, in its worst wind there [m]."""
    low, high = float(table["xm_m"].iloc[0]), 60.0 * float(table["xm_m"].iloc[0])
    for _ in range(40):
        middle = 0.5 * (low + high)
        point = pd.DataFrame({"point_id": ["p"], "x_m": [middle], "y_m": [0.0]})
        reached = ond86.at_points(table, point, top_wind_m_s=8.0, groups=False)["ratio"].iloc[0] >= ratio
        low, high = (middle, high) if reached else (low, middle)
    return low


def test_contour_of_one_source_is_a_circle_at_its_distance():
    table = table_of(row("a", "SO2", 60.0))
    assert table["cm_over_mpc"].iloc[0] > 1.5
    radius = single_distance(table, 1.0)
    axis = np.linspace(-1.3 * radius, 1.3 * radius, 61)
    made = ond86.field(table, axis, axis, top_wind_m_s=8.0, groups=False)
    values = made["ratio"].sel(substance_or_group="SO2")
    contour = ond86.zone_contour(values)
    outer = shapely.Polygon(max(contour.geoms, key=lambda item: item.area).exterior)
    found = np.hypot(*np.asarray(outer.exterior.coords).T)
    assert found == pytest.approx(radius, rel=0.01)
    inside = ond86.compare_zone(values, shapely.Point(0.0, 0.0).buffer(1.1 * radius))
    assert (inside.outside_area_m2, inside.farthest_m, inside.cut_by_grid) == (0.0, 0.0, False)
    assert inside.largest_outside < 1.0
    short = ond86.compare_zone(values, shapely.Point(0.0, 0.0).buffer(0.8 * radius, quad_segs=64))
    expected = np.pi * radius**2 * (1.0 - 0.8**2)
    assert short.outside_area_m2 == pytest.approx(expected, rel=0.02)
    assert short.farthest_m == pytest.approx(0.2 * radius, rel=0.06)
    assert short.largest_outside > 1.0


def test_contour_of_a_plane_field():
    axis = np.arange(0.0, 11.0)
    grid_x, _ = np.meshgrid(axis, axis)
    values = xr.DataArray(grid_x / 4.0, dims=("y", "x"), coords={"y": axis, "x": axis})
    contour = ond86.zone_contour(values)
    assert contour.area == pytest.approx(60.0)
    assert ond86.zone_contour(values, 100.0).is_empty
    compared = ond86.compare_zone(values, shapely.box(0.0, 0.0, 8.0, 10.0))
    assert compared.cut_by_grid
    assert compared.outside_area_m2 == pytest.approx(20.0)
    assert compared.largest_outside == pytest.approx(2.5)
    with pytest.raises(InputError, match="no values"):
        ond86.zone_contour(values * np.nan)
    with pytest.raises(InputError, match="zone"):
        ond86.compare_zone(values, shapely.Point(0.0, 0.0))
