"""The command permit: from the example of the documentation to files, and wrong input to its cure."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from sootprint.cli import permit_files
from sootprint.cli.app import app
from sootprint.cli.permit import _grid, _made_at, _region, _settling
from sootprint.core.errors import ConfigError, InputError

EXAMPLE = Path(__file__).parents[2] / "examples" / "permit"
QUICK = ("--grid", "2000,250", "--groups", "none", "--worked", "1", "--pollutants", "NO2,0330")
HEAD = (
    "source_id,kind,lon,lat,height_m,diameter_m,exit_velocity_m_s,exit_temperature_k,"
    "pollutant,basis,rate_g_s\n"
)


def run(*arguments: object):
    return CliRunner().invoke(app, ["permit", *map(str, arguments)])


def written(tmp_path: Path, rows: str) -> Path:
    path = tmp_path / "inventory.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    return path


def test_example_of_the_documentation_runs_and_says_what_it_assumed(tmp_path):
    done = run(
        EXAMPLE / "inventory.csv", "--out", tmp_path / "permit", *QUICK, "--zone", EXAMPLE / "zone.geojson",
        "--receptors", EXAMPLE / "receptors.csv", "--background", EXAMPLE / "background.csv",
        "--language", "kk", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["ambient_stated"] is False
    assert [item["role"] for item in told["inputs"]] == ["inventory", "background", "receptors", "zone"]
    assert {item["substance_or_group"] for item in told["largest"]} == {"SO2", "NO2"}
    for name in ("sources.csv", "field.nc", "contributions.csv", "limits.csv", "permit.pdf", "maps/SO2.svg"):
        assert (tmp_path / "permit" / name).stat().st_size > 100, name
    table = pd.read_csv(tmp_path / "permit" / "sources.csv")
    assert set(table["pollutant"]) == {"SO2", "NO2"}


def test_screen_shows_the_worst_and_what_was_assumed(tmp_path):
    done = run(EXAMPLE / "inventory.csv", "--out", tmp_path / "permit", *QUICK)
    assert done.exit_code == 0, done.output
    assert "ASSUMED: air temperature 25 °C" in done.output
    assert "says nothing about calm air" in " ".join(done.output.split())
    assert "permit.pdf" in done.output


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,point,79.5,50.3,twenty,1,5,400,SO2,declared,3\n", "no declared or permitted emission"),
        ("a,point,79.5,50.3,20,1,5,400,unobtainium,declared,3\n", "no declared or permitted emission"),
        ("a,point,79.5,50.3,20,1,5,400,SO2,declared,\n", "no source of the inventory states a rate"),
        ("a,point,79.5,50.3,,1,5,400,SO2,declared,3\n", "states no height_m"),
        ("a,area,79.5,50.3,2,,,,SO2,declared,3\n", "no geometry"),
    ],
)
def test_wrong_inventory_is_answered_with_its_place_and_cure(tmp_path, rows, said):
    done = run(written(tmp_path, rows), "--out", tmp_path / "permit", "--grid", "1000,100")
    assert isinstance(done.exception, InputError)
    assert said in str(done.exception)
    assert "inventory.csv" in str(done.exception) or "rate_g_s" in str(done.exception)
    assert not (tmp_path / "permit").exists()


def test_row_with_a_text_in_a_number_cell_is_kept_out_and_told(tmp_path):
    rows = "a,point,79.5,50.3,20,1,5,400,SO2,declared,3\nb,point,79.51,50.3,20,one,5,400,SO2,declared,3\n"
    done = run(written(tmp_path, rows), "--out", tmp_path / "permit", "--grid", "1000,100")
    assert done.exit_code == 0, done.output
    assert "in quarantine" in done.output
    findings = pd.read_csv(tmp_path / "permit" / "findings.csv")
    assert "SRC-NOT-A-NUMBER" in set(findings["code"])
    assert set(pd.read_csv(tmp_path / "permit" / "sources.csv")["source_id"]) == {"a"}


def test_source_without_diameter_is_calculated_as_the_text_says_and_noted(tmp_path):
    rows = "a,point,79.5,50.3,20,,,,SO2,declared,3\n"
    done = run(written(tmp_path, rows), "--out", tmp_path / "permit", "--grid", "1000,100")
    assert done.exit_code == 0, done.output
    row = pd.read_csv(tmp_path / "permit" / "sources.csv").iloc[0]
    assert row["branch"] == "cold, lowest wind"
    assert "no mouth or velocity" in row["note"]


def test_inventory_whose_substances_have_no_limit_gives_its_table(tmp_path):
    rows = "a,point,79.5,50.3,20,1,5,400,CH4,declared,3\n"
    done = run(
        written(tmp_path, rows), "--out", tmp_path / "permit", "--grid", "1000,100", "--language", "ru"
    )
    assert done.exit_code == 0, done.output
    assert "has a limit" in done.output
    assert pd.read_csv(tmp_path / "permit" / "sources.csv")["cm_mg_m3"].iloc[0] > 0


def test_absent_files_are_named(tmp_path):
    assert "no file" in str(run(tmp_path / "none.csv").exception)
    done = run(EXAMPLE / "inventory.csv", "--zone", tmp_path / "none.geojson", "--out", tmp_path / "p")
    assert "--zone" in str(done.exception)


def test_options_are_read_or_refused():
    assert _grid("6000,100") == (6000.0, 100.0)
    assert _grid("0,0,100,100,10") == (0.0, 0.0, 100.0, 100.0, 10.0)
    assert _settling(["0184=2.5"]) == {"Pb": 2.5}
    assert _region("moscow") == (140.0, "unverified")
    assert _region("250") == (250.0, "assumed")
    for wrong in (lambda: _grid("1,2,3"), lambda: _settling(["Pb=7"]), lambda: _region("-3")):
        with pytest.raises(InputError):
            wrong()
    with pytest.raises(InputError, match="mars"):
        _region("mars")


def test_time_of_the_documents_is_stated_or_that_of_the_inventory(monkeypatch):
    table = pd.DataFrame({"valid_from": pd.to_datetime(["2023-05-01", None])})
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert _made_at(table).isoformat() == "2023-05-01T00:00:00+00:00"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert _made_at(table).isoformat() == "1970-01-02T00:00:00+00:00"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "now")
    with pytest.raises(ConfigError):
        _made_at(table)


def test_background_is_read_by_code_and_the_largest_gradation_taken(tmp_path):
    path = tmp_path / "background.csv"
    path.write_text("code;wind;background_mg_m3\n0330;0-2;0,05\n0330;N;0,08\n0301;N;0,02\n", encoding="utf-8")
    made = permit_files.read_background(path).set_index("pollutant")
    assert made.loc["SO2"].tolist() == [0.08, 2]
    path.write_text("pollutant,background_mg_m3\nSO2,much\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 2"):
        permit_files.read_background(path)
    path.write_text("pollutant,value\nSO2,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="background_mg_m3"):
        permit_files.read_background(path)


def test_zone_is_a_width_or_a_polygon(tmp_path):
    assert permit_files.read_zone("500") == 500.0
    text, name = permit_files.read_zone(str(EXAMPLE / "zone.geojson"))
    assert text.startswith("POLYGON")
    assert name == "zone.geojson"
    path = tmp_path / "zone.wkt"
    path.write_text("POINT (1 2)", encoding="utf-8")
    with pytest.raises(InputError, match="polygon"):
        permit_files.read_zone(str(path))
    path.write_text('{"type": "FeatureCollection"}', encoding="utf-8")
    with pytest.raises(InputError, match="zone"):
        permit_files.read_zone(str(path))


def test_receptors_need_a_place_and_an_identifier(tmp_path):
    assert "house-1" in set(permit_files.read_receptors(EXAMPLE / "receptors.csv")["point_id"])
    path = tmp_path / "receptors.csv"
    for text, said in (
        ("point_id,lon,lat\na,500,50\n", "WGS84"),
        ("point_id,lon,lat\na,79,50\na,79,51\n", "row 3"),
        ("name,lon,lat\na,79,50\n", "point_id"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=said):
            permit_files.read_receptors(path)
