"""Our template: what is written, read back, and kept out."""

import csv

import numpy as np
import pandas as pd
import pytest

from sootprint.core.errors import ConfigError, InputError
from sootprint.sources import read_sources, write_template
from sootprint.sources.readers.checks import degrees_minutes
from sootprint.sources.readers.codes import CODES
from sootprint.sources.readers.template import flat_columns

ROW = {
    "facility_id": "P", "facility_name": "Plant", "source_id": "P/0001", "source_number": "0001",
    "kind": "point", "lon": "82.6234", "lat": "49.9671", "height_m": "100", "diameter_m": "3",
    "exit_velocity_m_s": "12",
    "exit_temperature_k": "400", "pollutant": "SO2", "rate_g_s": "10", "annual_t": "100",
}  # fmt: skip


def write(tmp_path, *rows, name="s.csv"):
    path = tmp_path / name
    names = flat_columns()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows({**ROW, **row} for row in rows)
    return path


def counts(result):
    return result.findings["code"].value_counts().to_dict()


def test_the_example_is_not_read_until_its_mark_is_deleted(tmp_path):
    path = write_template(tmp_path / "t.csv")
    with pytest.raises(InputError, match="no row"):
        read_sources(path)
    text = path.read_text(encoding="utf-8-sig").replace("#works", "works")
    path.write_text(text, encoding="utf-8")
    made = read_sources(path, crs="EPSG:32644")
    source = made.tables["sources"].iloc[0]
    assert source["source_id"] == "works/0001"
    assert source["source_number"] == "0001"
    assert source["height_m"] == 120.0
    assert bool(source["controllable"]) is True
    emission = made.tables["emissions"].iloc[0]
    assert (emission["pollutant"], emission["rate_g_s"], emission["annual_t"]) == ("SO2", 250.0, 6500.0)
    assert emission["mark"] == "assumed"
    assert made.tables["facilities"].iloc[0]["name"] == "Example works"
    assert set(counts(made)) <= {"SRC-DEGREES-MINUTES"}


def test_excel_template_has_three_sheets_and_reads_back(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    path = write_template(tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["facilities", "sources", "emissions"]
    for sheet in book:
        cell = sheet.cell(4, 1)
        cell.value = cell.value.removeprefix("#")
    book.save(path)
    made = read_sources(path)
    assert [len(made.tables[name]) for name in ("facilities", "sources", "emissions")] == [1, 1, 1]
    assert made.tables["sources"].iloc[0]["source_row"] == 4
    assert made.tables["facilities"].iloc[0]["kind"] == "smelter"


def test_template_of_another_kind_is_refused(tmp_path):
    with pytest.raises(ConfigError):
        write_template(tmp_path / "t.docx")


def test_further_pollutants_may_leave_the_source_blank(tmp_path):
    blank = dict.fromkeys(ROW, "") | {
        "source_id": "P/0001",
        "facility_id": "P",
        "pollutant": "0301",
        "rate_g_s": "1",
    }
    made = read_sources(write(tmp_path, {}, blank))
    assert len(made.tables["sources"]) == 1
    assert made.tables["emissions"]["pollutant"].tolist() == ["SO2", "NO2"]
    assert len(made.findings) == 0


def test_mark_and_basis_of_entries_without_their_own(tmp_path):
    path = write(tmp_path, {})
    assert read_sources(path).tables["sources"]["mark"].tolist() == ["unverified"]
    made = read_sources(path, options={"mark": "assumed", "basis": "assumed"})
    for name in ("facilities", "sources", "emissions"):
        assert made.tables[name]["mark"].tolist() == ["assumed"]
    assert made.tables["emissions"]["basis"].tolist() == ["assumed"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"height_m": "high"}, "SRC-NOT-A-NUMBER"),
        ({"rate_g_s": "1e34"}, "SRC-OVERFLOW"),
        ({"height_m": "1e34"}, "SRC-OVERFLOW"),
        ({"height_m": "900"}, "SRC-RANGE"),
        ({"lat": "95"}, "SRC-RANGE"),
        ({"lat": ""}, "SRC-NO-COORDINATES"),
        ({"kind": "stack"}, "SRC-NOT-A-WORD"),
        ({"kind": ""}, "SRC-NO-KIND"),
        ({"source_id": ""}, "SRC-NO-ID"),
        ({"pollutant": "unobtainium"}, "SRC-UNKNOWN-POLLUTANT"),
        ({"pollutant": "9999"}, "SRC-UNKNOWN-POLLUTANT"),
        ({"facility_id": "T", "facility_name": "Тест АСМ"}, "SRC-TEST-ORGANISATION"),
        ({"valid_from": "soon"}, "SRC-NOT-A-DATE"),
        ({"valid_from": "2930-01-01"}, "SRC-YEAR"),
        ({"geometry_wkt": "POLYGON ((82 49"}, "SRC-GEOMETRY"),
    ],
)
def test_a_faulty_row_is_named_and_kept_out(tmp_path, row, code):
    good = {"source_id": "P/0002", "source_number": "0002"}
    made = read_sources(write(tmp_path, good, {"source_id": "P/0003", **row}))
    found = made.findings.set_index("code")
    assert code in found.index
    assert found.loc[[code], "severity"].iloc[0] == "quarantine"
    assert found.loc[[code], "row"].iloc[0] == 3
    assert made.tables["emissions"]["source_id"].tolist() == ["P/0002"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"height_m": ""}, "SRC-NO-HEIGHT"),
        ({"diameter_m": ""}, "SRC-NO-DIAMETER"),
        ({"exit_velocity_m_s": "80"}, "SRC-VELOCITY"),
        ({"exit_velocity_m_s": "0.01"}, "SRC-VELOCITY"),
        ({"rate_g_s": "0", "annual_t": "0"}, "SRC-ZERO-EMISSION"),
        ({"rate_g_s": "", "annual_t": ""}, "SRC-NO-RATE"),
        ({"annual_t": "330"}, "SRC-ANNUAL-OVER-MAXIMUM"),
        ({"hours_per_year": "1000"}, "SRC-ANNUAL-OVER-MAXIMUM"),
        ({"valid_from": "2027-01-01"}, "SRC-FUTURE"),
        ({"kind": "area"}, "SRC-AREA-EXTENT"),
        ({"kind": "line"}, "SRC-LINE-WIDTH"),
        ({"lon": "49.9671", "lat": "82.6234"}, "SRC-FAR"),
    ],
)
def test_a_remark_keeps_the_row(tmp_path, row, code):
    made = read_sources(write(tmp_path, row), now=pd.Timestamp("2026-01-01"), crs="EPSG:32644")
    assert counts(made) == {code: 1}
    assert made.findings["severity"].tolist() == ["warning"]
    assert len(made.tables["sources"]) == 1
    assert len(made.tables["emissions"]) == 1


def test_names_lose_their_tabs_and_line_breaks(tmp_path):
    made = read_sources(write(tmp_path, {"name": "Main\tstack\n 1"}))
    assert made.tables["sources"]["name"].tolist() == ["Main stack 1"]
    assert counts(made)["SRC-NAME-WHITESPACE"] >= 1


def test_conflicting_parameters_keep_the_first(tmp_path):
    made = read_sources(write(tmp_path, {}, {"pollutant": "NO2", "height_m": "55"}))
    assert made.tables["sources"]["height_m"].tolist() == [100.0]
    assert counts(made) == {"SRC-DUPLICATE-CONFLICT": 2}
    assert made.tables["emissions"]["pollutant"].tolist() == ["SO2"]
    made = read_sources(write(tmp_path, {}, {"rate_g_s": "11"}))
    assert counts(made) == {"SRC-DUPLICATE-EMISSION": 1}
    assert made.tables["emissions"]["rate_g_s"].tolist() == [10.0]


def test_degrees_and_minutes_typed_as_decimals(tmp_path):
    assert degrees_minutes(49.58, 82.38) == pytest.approx((49 + 58 / 60, 82 + 38 / 60))
    lat, lon = degrees_minutes(49.573852, 82.403296)
    assert lat == pytest.approx(49 + 57 / 60 + 38.52 / 3600)
    assert lon == pytest.approx(82 + 40 / 60 + 32.96 / 3600)
    assert degrees_minutes(49.97, 82.60) is None
    assert degrees_minutes(49.579, 82.389) is None
    made = read_sources(write(tmp_path, {"lat": "49.58", "lon": "82.38"}))
    assert counts(made) == {"SRC-DEGREES-MINUTES": 1}
    assert "49.9667, 82.6333" in made.findings["value"].iloc[0]
    assert "49.58, 82.38" in made.findings["value"].iloc[0]
    assert made.tables["sources"]["lat"].tolist() == [49.58]


def test_one_place_that_cannot_be_minutes_clears_the_plant(tmp_path):
    made = read_sources(
        write(
            tmp_path, {"lat": "49.58", "lon": "82.38"}, {"source_id": "P/2", "lat": "49.59", "lon": "82.71"}
        )
    )
    assert counts(made) == {}


@pytest.mark.parametrize(
    "options",
    [{"marks": "x"}, {"mark": "sure"}, {"layout": "era"}, {"sheet": "nowhere"}, {"rotation_deg": 400},
     {"columns": {"number": 0}}, {"plant_grid": {"epsg": 32644}, "origin_lon": 1.0}],
)  # fmt: skip
def test_bad_options(tmp_path, options):
    with pytest.raises(ConfigError):
        read_sources(write(tmp_path, {}), options=options)


def test_unknown_crs(tmp_path):
    with pytest.raises(ConfigError, match="nowhere"):
        read_sources(write(tmp_path, {}), crs="nowhere")


def test_what_is_no_inventory_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="no inventory"):
        read_sources(path)


def test_every_code_has_a_rule_and_a_cure():
    for severity, rule, cure in CODES.values():
        assert severity in {"error", "quarantine", "warning", "info"}
        assert rule
        assert cure


def test_numbers_of_the_example_fit_its_note():
    assert np.isclose(250 * 3600 * 8000 / 1e6, 7200)
