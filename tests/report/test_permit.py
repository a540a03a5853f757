"""The permit calculation and its document: numbers, files, formulas, maps, the same bytes."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.dispersion.ond86 import single_source
from sootprint.dispersion.ond86.working import working
from sootprint.norms import load
from sootprint.report.permit import InputFile, PermitSettings, calculate, maths, places, write_permit
from sootprint.report.permit.document import document_chapters, permit_view
from sootprint.report.permit.workings import convergence_deg, leading_rows, place_working, source_working
from sootprint.sources import read_sources

MADE = datetime(2024, 1, 1, tzinfo=UTC)
INVENTORY = """\
facility_id,facility_name,source_id,source_number,name,kind,lon,lat,geometry_wkt,height_m,diameter_m,\
mouth_length_m,mouth_width_m,exit_velocity_m_s,exit_temperature_k,pollutant,basis,rate_g_s
w,Works <b>#x</b>,w/1,0001,Main stack,point,79.5,50.3,,35,1.4,,,7,398.15,SO2,declared,12
w,,w/1,0001,Main stack,point,79.5,50.3,,35,1.4,,,7,398.15,NO2,declared,0.2
w,,w/1,0001,Main stack,point,79.5,50.3,,35,1.4,,,7,398.15,CH4,declared,5
w,,w/2,0002,Shaft,point,79.502,50.3,,12,,1.2,0.8,8,293.15,SO2,declared,0.5
w,,w/6,6001,Yard,area,79.498,50.301,"POLYGON ((79.4978 50.3006, 79.4992 50.3006, 79.4992 50.3014, \
79.4978 50.3014, 79.4978 50.3006))",2,,,,,,TSP,declared,0.05
"""


@pytest.fixture(scope="module")
def inventory(tmp_path_factory):
    path = tmp_path_factory.mktemp("inventory") / "inventory.csv"
    path.write_text(INVENTORY, encoding="utf-8")
    return read_sources(path)


def calculated(inventory, **more):
    stated = {"settings": PermitSettings(ambient_c=25.0, top_wind_m_s=8.0, grid=(3000.0, 100.0), worked=2)}
    return calculate(
        inventory,
        inputs=[InputFile("inventory", "inventory.csv", "0" * 64)],
        norms=load(["KZ"]),
        version="test",
        made_at=MADE,
        **(stated | more),
    )


@pytest.fixture(scope="module")
def permit(inventory):
    receptors = pd.DataFrame({"point_id": ["h"], "name": ["House"], "lon": [79.51], "lat": [50.303]})
    background = pd.DataFrame({"pollutant": ["SO2"], "background_mg_m3": [0.05], "rows": [1]})
    return calculated(inventory, zone=300.0, receptors=receptors, background=background)


def test_first_example_of_the_text_stands_in_the_table_of_sources(permit):
    row = permit.sources.set_index(["source_id", "pollutant"]).loc[("w/1", "SO2")]
    assert (round(row["cm_mg_m3"], 4), round(row["xm_m"]), round(row["um_m_s"], 2)) == (0.1864, 430, 2.22)
    assert row["cm_over_mpc"] == pytest.approx(row["cm_mg_m3"] / 0.5)


def test_tables_keep_their_schemas(permit):
    for name, table in {
        "ond86_sources": permit.sources,
        "ond86_points": permit.points,
        "ond86_contributions": permit.contributions,
        "ond86_limits": permit.permitted,
        "ond86_needed": permit.needed,
        "permit_zone": permit.zone,
        "permit_places": permit.places,
    }.items():
        assert len(schema.check(table, name)), name


def test_worst_places_are_the_largest_nodes_of_the_field(permit):
    worst = permit.points.loc[permit.points["point_id"].str.startswith("worst:")]
    assert set(worst["substance_or_group"]) == {"SO2", "NO2", "TSP", "SO2+NO2"}
    for row in worst.itertuples():
        field = permit.fields["ratio"].sel(substance_or_group=row.substance_or_group)
        assert row.ratio == pytest.approx(float(field.max()), rel=1e-9)


def test_contributions_add_up_to_the_value_of_the_place(permit):
    total = permit.contributions.groupby(["point_id", "substance_or_group"])["ratio"].sum()
    points = permit.points.set_index(["point_id", "substance_or_group"])["ratio"]
    pd.testing.assert_series_equal(
        total.sort_index(), points[points > 0].sort_index(), check_names=False, rtol=1e-9
    )


def test_background_is_added_and_the_groups_have_it_too(permit):
    so2 = permit.points.loc[permit.points["substance_or_group"] == "SO2"]
    assert np.allclose(so2["ratio_with_background"] - so2["ratio"], 0.1)


def test_pollutant_without_a_limit_is_calculated_but_has_no_field_value(permit):
    assert "CH4" in set(permit.sources["pollutant"])
    assert "CH4" not in set(permit.points["substance_or_group"])


def test_zone_of_a_width_lies_that_far_from_every_source(permit):
    from shapely import Point, from_wkt

    edge = from_wkt(permit.zone_wkt).boundary
    for row in permit.sources.drop_duplicates("source_id").itertuples():
        shape = Point(row.x_m, row.y_m) if pd.isna(row.geometry_wkt) else from_wkt(row.geometry_wkt)
        assert edge.distance(shape) > 290.0


@pytest.mark.parametrize(
    "grid", [(0.0, 10.0), (100.0, -1.0), (0.0, 0.0, 0.0, 5.0, 1.0), (1e7, 1.0), (float("nan"), 10.0)]
)
def test_grid_that_cannot_be_is_refused(permit, grid):
    with pytest.raises(InputError, match="grid"):
        places.grid_axes(permit.sources, grid)


def test_grid_is_made_from_the_largest_xm_and_has_round_nodes(permit):
    x, y = places.grid_axes(permit.sources, None)
    largest = float(permit.sources["xm_m"].max())
    assert x[-1] - x[0] >= 2 * places.GRID_REACH * largest
    step = x[1] - x[0]
    assert step in places.ROUND_STEPS_M
    assert np.allclose(x % step, 0)
    assert len(y) <= places.GRID_NODES + 3


def test_unknown_pollutants_and_groups_are_named(inventory):
    with pytest.raises(InputError, match="Pb"):
        calculated(inventory, settings=PermitSettings(pollutants=["Pb"]))
    with pytest.raises(InputError, match="no summation group"):
        calculated(inventory, settings=PermitSettings(groups=["SO2+XX"], grid=(1000.0, 200.0)))


def test_no_group_where_none_is_wanted(inventory):
    made = calculated(inventory, settings=PermitSettings(groups=["none"], grid=(1000.0, 200.0)))
    assert "SO2+NO2" not in set(made.fields["substance_or_group"].to_numpy())
    assert made.groups.empty


def test_working_of_a_place_gives_the_contribution_of_the_search(permit):
    view = permit_view(permit, "en")
    point = permit.points.loc[permit.points["point_id"] == "worst:SO2"].to_dict("records")[0]
    shares = permit.contributions.loc[permit.contributions["point_id"] == "worst:SO2"]
    for share in shares.to_dict("records"):
        row = permit.sources.loc[
            (permit.sources["source_id"] == share["source_id"]) & (permit.sources["pollutant"] == "SO2")
        ].to_dict("records")[0]
        made = place_working(view, row, point, crs=permit.crs)
        assert made is not None
        got = float(re.search(r"= (\S+) mg/m³$", made.lines[-1]["alt"]).group(1).replace("−", "-"))
        assert got == pytest.approx(share["concentration_mg_m3"], rel=3e-3)
    assert abs(convergence_deg(permit.crs, permit.sources)) < 3.0


@pytest.mark.parametrize(("language", "comma", "symbol"), [("en", ".", '"m"'), ("ru", ",", '"м"')])
def test_formulas_have_the_letters_and_decimal_sign_of_the_language(language, comma, symbol):
    source = single_source(
        height_m=35, diameter_m=1.4, velocity_m_s=7, temperature_c=125, ambient_c=-5.5, emission_g_s=12
    )
    lines = {line.symbol: maths.line_math(line, language) for line in working(source)}
    assert f'"0{comma}67" + ' in lines["m"]
    assert lines["cm"].startswith(f"c_{symbol} = ")
    assert f'("−5{comma}5")' in lines["dT"]
    assert "root(3, " in lines["vm"]


def test_document_states_what_it_cannot_say_and_every_mark(permit):
    view = permit_view(permit, "en")
    text = json.dumps(
        [chapter.plain() for chapter in document_chapters(view, permit, {})], ensure_ascii=False
    )
    assert "This calculation says nothing about calm air: the formula is undefined below 0.5 m/s" in text
    assert "guilty" not in text
    for said in ("200 (unverified)", "OND-86, clause 2.5", "rectangular mouth 1.2 × 0.8 m", "w/6"):
        assert said in text, said
    assert "2 of 5 rows" in text
    assert len(leading_rows(permit)) == 5


def test_largest_emission_of_a_working_is_that_of_the_table(permit):
    view = permit_view(permit, "en")
    row = permit.sources.set_index(["source_id", "pollutant"], drop=False).loc[("w/1", "SO2")].to_dict()
    last = source_working(view, permit, row).lines[-1]["alt"]
    assert "(0.5 − 0.05)" in last
    got = float(re.search(r"= (\S+) g/s$", last).group(1))
    limits = permit.permitted.set_index(["source_id", "pollutant"])
    assert got == pytest.approx(limits.loc[("w/1", "SO2"), "single_limit_g_s"], rel=1e-4)


def test_assumed_settings_are_said_to_be_assumed(inventory):
    made = calculated(inventory, settings=PermitSettings(grid=(1000.0, 200.0)))
    view = permit_view(made, "en")
    text = json.dumps([chapter.plain() for chapter in document_chapters(view, made, {})], ensure_ascii=False)
    assert "25 °C: ASSUMED" in text
    assert "12 m/s: ASSUMED" in text


def test_same_calculation_gives_the_same_bytes(permit, tmp_path):
    digests = []
    for name in ("one", "two"):
        made = write_permit(permit, tmp_path / name, language="kk")
        digests.append({key: hashlib.sha256(path.read_bytes()).hexdigest() for key, path in made.items()})
    assert digests[0] == digests[1]
    assert {"sources.csv", "field.nc", "limits.csv", "permit.pdf", "maps/SO2.svg", "maps/SO2+NO2.svg"} <= set(
        digests[0]
    )


def test_files_hold_what_they_say(permit, tmp_path):
    made = write_permit(permit, tmp_path, language="ru")
    assert made["permit.pdf"].read_bytes().startswith(b"%PDF-")
    table = pd.read_csv(made["sources.csv"])
    assert {"cm_mg_m3", "xm_m", "um_m_s", "branch", "cm_over_mpc", "calculation_needed", "note"} <= set(table)
    maxima = pd.read_csv(made["maxima.csv"]).set_index("point_id")
    assert maxima.loc["worst:SO2", "leading_shares"].startswith("w/1 ")
    summary = json.loads(made["permit.json"].read_text(encoding="utf-8"))
    assert summary["inputs"][0]["sha256"] == "0" * 64
    assert summary["rows"] == 5
    with xr.open_dataset(made["field.nc"], engine="h5netcdf") as field:
        assert field.attrs["crs"] == permit.crs
        assert float(field["ratio"].sel(substance_or_group="SO2").max()) == pytest.approx(
            maxima.loc["worst:SO2", "ratio"], rel=1e-6
        )
