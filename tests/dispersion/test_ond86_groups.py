"""Groups of stacks, summation groups, areas and lines, and the tables of F, A and η."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from ond86_tables import STACK, row, table_of

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.dispersion import ond86

HERE = pd.DataFrame({"point_id": ["p"], "x_m": [700.0], "y_m": [200.0]})


@given(count=st.integers(1, 12), emission=st.floats(0.1, 100.0))
@settings(deadline=None)
def test_group_of_stacks_follows_its_formula(count, emission):
    group = ond86.stack_group(count, emission_g_s=emission, **STACK)
    formula = ond86.group_concentration(
        count=count, flow_m3_s=count * group.v1, excess_k=group.delta_t, emission_g_s=emission,
        height_m=group.height_m, m=group.m, n=group.n,
    )  # fmt: skip
    assert group.cm == pytest.approx(formula, rel=1e-12)
    each = ond86.single_source(emission_g_s=emission / count, **STACK)
    assert group.cm == pytest.approx(count * each.cm)
    assert (group.xm, group.um) == (each.xm, each.um)


def test_group_of_cold_stacks_is_one_stack_with_all_the_emission():
    cold = STACK | {"temperature_c": 20.0}
    each = ond86.single_source(emission_g_s=1.0, **cold)
    assert ond86.stack_group(5, emission_g_s=5.0, **cold).cm == pytest.approx(5.0 * each.cm)
    with pytest.raises(InputError, match="group of 0"):
        ond86.stack_group(0, emission_g_s=5.0, **cold)
    with pytest.raises(InputError, match="above zero"):
        ond86.group_concentration(
            count=1, flow_m3_s=1.0, excess_k=0.0, emission_g_s=1.0, height_m=10.0, m=1.0, n=1.0
        )


def test_summation_groups_have_marks_and_members():
    groups = ond86.summation_groups()
    assert set(groups["mark"]) == {"unverified"}
    assert ond86.members_of(groups)["SO2+NO2"] == ("SO2", "NO2")
    kept = ond86.present_groups(groups, ["SO2", "NO2", "CO"])
    # The group of four is not the pair: CO is in it too.
    assert dict(zip(kept["group_id"], kept["members"], strict=True)) == {
        "SO2+NO2": "SO2+NO2",
        "SO2+NO2+CO+phenol": "SO2+NO2+CO",
    }
    assert list(ond86.present_groups(groups, ["SO2", "NO2"])["group_id"]) == ["SO2+NO2"]
    assert ond86.present_groups(groups, ["SO2"]).empty


def test_sum_of_ratios_and_reduced_concentration():
    concentrations, limits = {"SO2": 0.25, "NO2": 0.1}, {"SO2": 0.5, "NO2": 0.2}
    assert ond86.sum_of_ratios(concentrations, limits) == pytest.approx(1.0)
    assert ond86.reduced_concentration(concentrations, limits, to="SO2") == pytest.approx(0.25 + 0.1 * 2.5)
    with pytest.raises(InputError, match="NO2"):
        ond86.sum_of_ratios(concentrations, {"SO2": 0.5})


def test_group_of_one_wind_is_the_sum_of_its_members():
    table = table_of(row("a", "SO2", 3.0), row("a", "NO2", 1.0, mpc=0.2))
    made = ond86.at_points(table, HERE, top_wind_m_s=8.0).set_index("substance_or_group")
    assert made["ratio"]["SO2+NO2"] == pytest.approx(made["ratio"]["SO2"] + made["ratio"]["NO2"], rel=1e-9)
    assert np.isnan(made["concentration_mg_m3"]["SO2+NO2"])


def test_group_of_two_places_is_less_than_the_sum_of_the_worst_winds():
    table = table_of(row("a", "SO2", 3.0), row("b", "NO2", 1.0, x=1400.0, y=900.0, mpc=0.2))
    made = ond86.at_points(table, HERE, top_wind_m_s=8.0).set_index("substance_or_group")["ratio"]
    assert max(made["SO2"], made["NO2"]) <= made["SO2+NO2"] * (1 + 1e-9)
    assert made["SO2+NO2"] < made["SO2"] + made["NO2"]


def test_members_of_a_group_may_settle_differently():
    table = table_of(row("a", "SO2", 3.0), row("a", "Pb", 0.001, settling=3.0, mpc=0.001))
    made = ond86.at_points(table, HERE, top_wind_m_s=8.0).set_index("substance_or_group")
    wind = {"directions": [made["wind_from_direction"]["Pb+SO2"]], "speeds": [made["wind_speed"]["Pb+SO2"]]}
    one = ond86.at_points(table, HERE, top_wind_m_s=8.0, **wind).set_index("substance_or_group")["ratio"]
    assert one["Pb+SO2"] == pytest.approx(one["SO2"] + one["Pb"], rel=1e-9)
    assert one["Pb+SO2"] == pytest.approx(made["ratio"]["Pb+SO2"], rel=1e-9)


def geometry_row(text, kind, **more):
    low = {"height_m": 5.0, "diameter_m": 0.0, "velocity_m_s": 0.0, "temperature_c": 25.0}
    return row("a", "TSP", 1.0, **(low | more)) | {"kind": kind, "geometry_wkt": text}


def test_far_from_an_area_it_is_a_point():
    area = geometry_row("POLYGON((-20 -20, 20 -20, 20 20, -20 20, -20 -20))", "area")
    far = HERE.assign(x_m=3000.0, y_m=0.0)
    one, other = (
        ond86.at_points(table_of(item), far, top_wind_m_s=8.0, groups=False)["concentration_mg_m3"].iloc[0]
        for item in (area, area | {"kind": "point", "geometry_wkt": None})
    )
    assert one == pytest.approx(other, rel=0.01)


def test_points_of_an_area_and_a_line_converge():
    shapes = {
        "area": "POLYGON((0 0, 200 0, 200 100, 0 100, 0 0))",
        "line": "LINESTRING(0 0, 150 0, 150 120)",
    }
    near = HERE.assign(x_m=260.0, y_m=50.0)
    for kind, text in shapes.items():
        table = table_of(geometry_row(text, kind))
        axis_x, axis_y = np.array([260.0, 261.0]), np.array([50.0, 51.0])
        made = ond86.field(table, axis_x, axis_y, top_wind_m_s=8.0, groups=False)
        assert made.attrs["unconverged_sources"] == ""
        assert made.attrs["points"] > 1
        finest = ond86.grid_points(shapely.from_wkt(text), 40)
        part = table_of(*(
            geometry_row(None, "point") | {"source_id": f"n{i}", "x_m": x, "y_m": y, "cm_mg_m3": cm}
            for i, (x, y) in enumerate(finest)
            for cm in table["cm_mg_m3"] / len(finest)
        ))  # fmt: skip
        reference = ond86.at_points(part, near, top_wind_m_s=8.0, groups=False)["concentration_mg_m3"].iloc[0]
        found = ond86.at_points(table, near, top_wind_m_s=8.0, groups=False)["concentration_mg_m3"].iloc[0]
        assert found == pytest.approx(reference, rel=0.02)


def test_points_lie_in_their_shape_and_evenly():
    shape = shapely.from_wkt("POLYGON((0 0, 100 0, 100 50, 50 50, 50 100, 0 100, 0 0))")
    points = ond86.grid_points(shape, 8)
    assert shapely.contains_xy(shape, points[:, 0], points[:, 1]).all()
    assert len(points) == 48
    along = ond86.grid_points(shapely.from_wkt("LINESTRING(0 0, 90 0)"), 3)
    assert along[:, 0] == pytest.approx(np.arange(5.0, 90.0, 10.0))


def test_settling_by_kind_and_cleaning():
    assert ond86.settling_of("SO2", 0.0).value == 1.0
    assert ond86.settling_of("PM10").value == 1.0
    degrees = (np.nan, 0.0, 74.9, 75.0, 89.9, 90.0, 99.0)
    assert [ond86.settling_of("TSP", degree).value for degree in degrees] == [3, 3, 3, 2.5, 2.5, 2, 2]
    assert ond86.settling_of("TSP").mark == "unverified"
    assert ond86.settling_of("something new") == ond86.settling_of("coarse")
    with pytest.raises(InputError, match="cleaning"):
        ond86.settling_of("TSP", 120.0)


def test_regions():
    assert ond86.region_coefficient_of("kazakhstan") == (200.0, "unverified")
    with pytest.raises(InputError, match="not known"):
        ond86.region_coefficient_of("atlantis")


def test_relief_follows_its_table():
    def eta(form, height, relief, half_width, nearness=1.0):
        return ond86.relief_coefficient(
            form, source_height_m=height, relief_height_m=relief, half_width_m=half_width, nearness=nearness
        ).value

    assert eta("hollow", 40.0, 100.0, 500.0) == 4.0
    assert eta("hollow", 40.0, 100.0, 500.0, 0.5) == 2.5
    assert eta("ridge", 100.0, 100.0, 1200.0) == 1.3
    assert eta("ledge", 600.0, 100.0, 500.0) == 1.0
    assert eta("ledge", 40.0, 100.0, 2500.0) == 1.0
    with pytest.raises(InputError, match="n₂ = a₀"):
        eta("ridge", 40.0, 100.0, 200.0)
    with pytest.raises(InputError, match="nearness"):
        eta("ridge", 40.0, 100.0, 800.0, 1.5)


SOURCES = [
    {"source_id": "stack", "kind": "point", "height_m": 35.0, "diameter_m": 1.4, "exit_velocity_m_s": 7.0,
     "exit_temperature_k": 398.15},
    {"source_id": "vent", "kind": "point", "height_m": 8.0},
    {"source_id": "duct", "kind": "point", "height_m": 20.0, "mouth_length_m": 1.0, "mouth_width_m": 0.5,
     "flow_m3_s": 4.0, "exit_temperature_k": 298.15, "hours_per_year": 1000.0},
    {"source_id": "heap", "kind": "area", "height_m": 5.0,
     "geometry_wkt": "POLYGON((82.60 49.95, 82.602 49.95, 82.602 49.951, 82.60 49.951, 82.60 49.95))"},
]  # fmt: skip


def inventory(*emissions):
    common = {"facility_id": "plant", "lon": 82.6, "lat": 49.95, "source_file": "x", "source_row": 1}
    sources = schema.check(pd.DataFrame([common | item for item in SOURCES]), "sources")
    file = {"source_file": "x", "source_row": 1}
    return sources, schema.check(pd.DataFrame([file | item for item in emissions]), "emissions")


def test_source_table_holds_every_number_of_the_single_source():
    sources, emissions = inventory(
        {"source_id": "stack", "pollutant": "SO2", "basis": "declared", "rate_g_s": 12.0},
        {"source_id": "stack", "pollutant": "TSP", "basis": "declared", "rate_g_s": 2.6,
         "cleaning_efficiency": 80.0},
    )  # fmt: skip
    table = ond86.source_table(sources, emissions, ambient_c=25.0, limits={"SO2": 0.5})
    one = ond86.single_source(emission_g_s=12.0, **STACK)
    first = table.iloc[0]
    assert (first["cm_mg_m3"], first["xm_m"], first["um_m_s"]) == pytest.approx((one.cm, one.xm, one.um))
    for name in ("v1", "delta_t", "f", "fe", "vm", "vm_cold", "m", "n", "d"):
        assert first[name] == pytest.approx(one[name])
    assert first["cm_over_mpc"] == pytest.approx(one.cm / 0.5)
    assert table["settling"].tolist() == [1.0, 2.5]
    assert table["settling_mark"].tolist() == ["verified", "unverified"]
    assert table.loc[1, "cm_mg_m3"] == pytest.approx(0.10098, rel=1e-4)


def test_source_table_says_what_it_assumed():
    sources, emissions = inventory(
        {"source_id": "vent", "pollutant": "SO2", "basis": "declared", "rate_g_s": 0.1},
        {"source_id": "duct", "pollutant": "SO2", "basis": "declared", "annual_t": 3.6},
        {"source_id": "heap", "pollutant": "TSP", "basis": "declared", "rate_g_s": 0.1, "settling": 2.0},
        {"source_id": "stack", "pollutant": "CO", "basis": "declared"},
    )
    table = ond86.source_table(sources, emissions, ambient_c=25.0).set_index("source_id")
    assert table["branch"]["vent"] == "cold, lowest wind"
    assert "lowest dangerous wind" in table["note"]["vent"]
    assert table["emission_g_s"]["duct"] == pytest.approx(1.0)
    assert "not a maximum" in table["note"]["duct"]
    assert table["velocity_m_s"]["duct"] == pytest.approx(8.0)
    assert table["diameter_m"]["duct"] == pytest.approx(2.0 / 3.0)
    assert table["settling"]["heap"] == 2.0
    assert shapely.from_wkt(table["geometry_wkt"]["heap"]).area == pytest.approx(143.5 * 111.2, rel=0.02)
    assert np.isnan(table["cm_mg_m3"]["stack"])
    assert "not calculated" in table["note"]["stack"]


def test_source_table_prefers_the_permitted_emission_or_what_is_asked_for():
    sources, emissions = inventory(
        {"source_id": "stack", "pollutant": "SO2", "basis": "declared", "rate_g_s": 12.0},
        {"source_id": "stack", "pollutant": "SO2", "basis": "permitted", "rate_g_s": 5.0},
        {"source_id": "stack", "pollutant": "SO2", "basis": "permitted", "rate_g_s": 7.0},
        {"source_id": "stack", "pollutant": "NO2", "basis": "declared", "rate_g_s": 1.0},
    )
    rates = ond86.source_table(sources, emissions, ambient_c=25.0)["emission_g_s"].tolist()
    assert rates == [7.0, 1.0]
    rates = ond86.source_table(sources, emissions, ambient_c=25.0, basis="declared")["emission_g_s"].tolist()
    assert rates == [12.0, 1.0]


def test_relief_and_settling_may_be_given():
    sources, emissions = inventory(
        {"source_id": "stack", "pollutant": "SO2", "basis": "declared", "rate_g_s": 12.0},
        {"source_id": "vent", "pollutant": "soot", "basis": "declared", "rate_g_s": 1.0},
    )
    plain = ond86.source_table(sources, emissions, ambient_c=25.0)
    made = ond86.source_table(
        sources, emissions, ambient_c=25.0, relief={"stack": 1.5}, settling={"soot": 1.0}
    )
    assert made["cm_mg_m3"][0] == pytest.approx(1.5 * plain["cm_mg_m3"][0])
    assert made["settling"].tolist() == [1.0, 1.0]
    assert made["relief"].tolist() == [1.5, 1.0]


def test_emissions_of_unknown_sources_are_refused():
    sources, emissions = inventory(
        {"source_id": "ghost", "pollutant": "SO2", "basis": "declared", "rate_g_s": 12.0}
    )
    with pytest.raises(InputError, match="ghost"):
        ond86.source_table(sources, emissions, ambient_c=25.0)


def test_a_source_without_height_is_refused():
    sources, emissions = inventory(
        {"source_id": "vent", "pollutant": "SO2", "basis": "declared", "rate_g_s": 12.0}
    )
    sources.loc[sources["source_id"] == "vent", "height_m"] = np.nan
    with pytest.raises(InputError, match="height_m"):
        ond86.source_table(sources, emissions, ambient_c=25.0)
