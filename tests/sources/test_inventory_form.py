"""The Kazakh and Russian inventory form, small and made by hand."""

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from sootprint.core.errors import InputError
from sootprint.sources import read_sources

TOP = [
    "Производство", "Цех", "Источники выделения загрязняющих веществ", "", "Число часов работы в году",
    "Наименование источника выброса вредных веществ", "Номер источ-\nника выбросов на карте-схеме",
    "Высота источника выбросов, м", "Диаметр устья трубы, м",
    "Параметры газовоздушной смеси на выходе из трубы", "", "",
    "Координаты источника на карте-схеме, м", "", "", "",
    "Наименование газоочистных установок", "Вещество, по которому производится газоочистка",
    "Код вещества", "Наименование вещества", "Выбросы загрязняющих веществ", "", "", "Год достижения НДВ",
]  # fmt: skip
LOW = [
    "", "", "Наименование", "Количество, шт.", "", "", "", "", "",
    "скорость, м/с", "объем на 1 трубу, м3/с", "температура, °С", "X1", "Y1", "X2", "Y2",
    "", "", "", "", "г/с", "мг/нм3", "т/год", "",
]  # fmt: skip
COUNT = [str(number + 1) for number in range(24)]

FIELDS = {
    "hours": 4, "name": 5, "number": 6, "h": 7, "d": 8, "w": 9, "v": 10, "t": 11, "x1": 12, "y1": 13,
    "x2": 14, "y2": 15, "code": 18, "pollutant": 19, "g_s": 20, "mg": 21, "t_yr": 22, "year": 23,
}  # fmt: skip

PLACE = {"origin_lon": 82.6, "origin_lat": 49.9, "rotation_deg": 0.0, "facility_id": "UK"}


def line(**values):
    made = [""] * 24
    for key, value in values.items():
        made[FIELDS[key]] = value
    return made


FIRST = line(
    hours="8000", name="Труба", number="0001", h="120", d="4,0", w="15,0", v="188,5", t="130", x1="1000",
    y1="0", code="0330", pollutant="Сера диоксид (516)", g_s="100,5", mg="787", t_yr="2000", year="2026",
)  # fmt: skip
SECOND = line(code="0301", pollutant="Азота (IV) диоксид (4)", g_s="10", t_yr="200")


def form(tmp_path, *rows, name="era.xlsx", head=(TOP, LOW, COUNT)):
    title = ["Параметры выбросов загрязняющих веществ в атмосферу для расчета НДВ"] + [""] * 23
    lines = [title, [""] * 24, *head, *rows]
    width = max(map(len, lines))
    frame = pd.DataFrame([[*row, *[""] * (width - len(row))] for row in lines])
    path = tmp_path / name
    if name.endswith(".csv"):
        frame.to_csv(path, index=False, header=False, sep=";", encoding="cp1251")
    else:
        frame.replace("", None).to_excel(path, index=False, header=False)
    return path


def counts(result):
    return result.findings["code"].value_counts().to_dict()


@pytest.mark.parametrize("name", ["era.xlsx", "era.csv"])
def test_a_stack_with_two_pollutants(tmp_path, name):
    made = read_sources(form(tmp_path, FIRST, SECOND, name=name), options=PLACE)
    source = made.tables["sources"].iloc[0]
    assert source["source_id"] == "UK/0001"
    assert source["source_number"] == "0001"
    assert source["kind"] == "point"
    assert (source["height_m"], source["diameter_m"], source["exit_velocity_m_s"]) == (120.0, 4.0, 15.0)
    assert source["exit_temperature_k"] == pytest.approx(403.15)
    assert source["hours_per_year"] == 8000
    emissions = made.tables["emissions"]
    assert emissions["pollutant"].tolist() == ["SO2", "NO2"]
    assert emissions["rate_g_s"].tolist() == [100.5, 10.0]
    assert emissions["annual_t"].tolist() == [2000.0, 200.0]
    assert emissions["source_row"].tolist() == [6, 7]
    assert counts(made) == {}
    shown = {guess.subject: guess.taken for guess in made.guesses}
    assert "number = 7" in shown["columns"]
    assert "g_s = 21" in shown["columns"]


def test_the_grid_is_turned_clockwise_from_north(tmp_path):
    geod = Geod(ellps="WGS84")
    for rotation, azimuth in ((0.0, 90.0), (30.0, 120.0), (-90.0, 0.0)):
        made = read_sources(form(tmp_path, FIRST), options=PLACE | {"rotation_deg": rotation})
        source = made.tables["sources"].iloc[0]
        found, _, distance = geod.inv(82.6, 49.9, source["lon"], source["lat"])
        assert distance == pytest.approx(1000.0, abs=0.01)
        assert (found - azimuth + 180) % 360 - 180 == pytest.approx(0.0, abs=0.02)


def test_a_grid_that_is_a_crs(tmp_path):
    row = list(FIRST)
    row[FIELDS["x1"]], row[FIELDS["y1"]] = "614000", "5535000"
    made = read_sources(form(tmp_path, row), options={"plant_grid": {"epsg": 32644}})
    assert made.tables["sources"]["lat"].iloc[0] == pytest.approx(49.95, abs=0.05)
    assert made.tables["sources"]["lon"].iloc[0] == pytest.approx(82.59, abs=0.05)
    assert {guess.subject for guess in made.guesses} == {"plant", "columns"}


def test_a_grid_without_a_place_is_refused_with_the_cure(tmp_path):
    with pytest.raises(InputError, match="origin_lon"):
        read_sources(form(tmp_path, FIRST))


def test_numbers_that_a_workbook_shortened(tmp_path):
    row = list(FIRST)
    row[FIELDS["number"]], row[FIELDS["code"]] = 1, 330
    made = read_sources(form(tmp_path, row), options=PLACE)
    assert made.tables["sources"]["source_number"].tolist() == ["0001"]
    assert made.tables["emissions"]["pollutant"].tolist() == ["SO2"]
    assert {"source numbers", "pollutant codes"} <= {guess.subject for guess in made.guesses}


def test_totals_headings_and_repeated_heads_are_no_sources(tmp_path):
    section = ["Площадка 1"] + [""] * 23
    total = ["", "", "", "", "", "Итого:"] + [""] * 14 + ["110,5", "", "2200", ""]
    made = read_sources(form(tmp_path, section, FIRST, TOP, LOW, COUNT, SECOND, total), options=PLACE)
    assert len(made.tables["emissions"]) == 2
    assert counts(made) == {"SRC-TOTAL-ROW": 1, "SRC-SECTION-ROW": 1}


def test_fugitive_areas_and_lines(tmp_path):
    bare = line(
        number="6001", h="2", x1="0", y1="0", code="2902", pollutant="Взвешенные частицы", g_s="1", t_yr="5"
    )
    road = line(number="0002", h="5", d="1", x1="0", y1="0", x2="100", y2="0", code="0337", g_s="1", t_yr="5")
    made = read_sources(form(tmp_path, bare, road), options=PLACE)
    sources = made.tables["sources"].set_index("source_number")
    assert sources.loc["6001", "kind"] == "area"
    assert sources.loc["0002", "kind"] == "line"
    assert shapely.from_wkt(sources.loc["0002", "geometry_wkt"]).geom_type == "LineString"
    assert counts(made) == {"SRC-AREA-EXTENT": 1, "SRC-LINE-WIDTH": 1}
    assert "second pair" in {guess.subject for guess in made.guesses}


def test_area_with_length_and_width(tmp_path):
    top = list(TOP)
    top[14] = "2-го конца линейного / длина, ширина площадного источника"
    heap = line(number="6002", h="2", x1="0", y1="0", x2="200", y2="100", code="2902", g_s="1", t_yr="5")
    made = read_sources(form(tmp_path, heap, head=(top, LOW, COUNT)), options=PLACE)
    source = made.tables["sources"].iloc[0]
    shape = shapely.from_wkt(source["geometry_wkt"])
    area, _ = Geod(ellps="WGS84").geometry_area_perimeter(shape)
    assert abs(area) == pytest.approx(20_000, rel=1e-3)
    assert source["lon"] == pytest.approx(82.6, abs=1e-9)


def test_area_as_a_strip(tmp_path):
    top, low, count = [*TOP, "Ширина площадного источника, м"], [*LOW, ""], [*COUNT, "25"]
    heap = [
        *line(number="6003", h="2", x1="0", y1="0", x2="30", y2="40", code="2902", g_s="1", t_yr="5"),
        "10",
    ]
    made = read_sources(form(tmp_path, heap, head=(top, low, count)), options=PLACE)
    source = made.tables["sources"].iloc[0]
    area, _ = Geod(ellps="WGS84").geometry_area_perimeter(shapely.from_wkt(source["geometry_wkt"]))
    assert source["kind"] == "area"
    assert abs(area) == pytest.approx(500, rel=1e-3)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"v": "165"}, "SRC-FLOW-MISMATCH"),
        ({"w": ""}, "SRC-VELOCITY-DERIVED"),
        ({"mg": "100"}, "SRC-CONCENTRATION-MISMATCH"),
        ({"t_yr": "4000"}, "SRC-ANNUAL-OVER-MAXIMUM"),
        ({"pollutant": "Азота диоксид"}, "SRC-CODE-NAME-MISMATCH"),
        ({"h": ""}, "SRC-NO-HEIGHT"),
        ({"name": "Труба\t1"}, "SRC-NAME-WHITESPACE"),
        ({"d": "4,0 x 3,1416", "w": "15"}, "SRC-RECTANGULAR"),
    ],
)
def test_a_remark_keeps_the_source(tmp_path, change, code):
    row = list(FIRST)
    for key, value in change.items():
        row[FIELDS[key]] = value
    made = read_sources(form(tmp_path, row), options=PLACE)
    assert counts(made) == {code: 1}
    assert len(made.tables["emissions"]) == 1
    if code == "SRC-VELOCITY-DERIVED":
        assert made.tables["sources"]["exit_velocity_m_s"].iloc[0] == pytest.approx(15.0, abs=0.01)
    if code == "SRC-RECTANGULAR":
        assert made.tables["sources"]["diameter_m"].iloc[0] == pytest.approx(4.0, abs=1e-4)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": "9876", "pollutant": "Нечто"}, "SRC-UNKNOWN-POLLUTANT"),
        ({"g_s": "1e34"}, "SRC-OVERFLOW"),
        ({"g_s": "много"}, "SRC-NOT-A-NUMBER"),
        ({"h": "1200"}, "SRC-RANGE"),
        ({"x1": ""}, "SRC-NO-COORDINATES"),
    ],
)
def test_a_faulty_row_is_named_and_kept_out(tmp_path, change, code):
    row = list(FIRST)
    row[FIELDS["number"]] = "0009"
    for key, value in change.items():
        row[FIELDS[key]] = value
    made = read_sources(form(tmp_path, FIRST, SECOND, row), options=PLACE)
    assert made.findings.set_index("code").loc[[code], "row"].iloc[0] == 8
    assert len(made.tables["emissions"]) == 2


def test_rows_below_a_faulty_source_do_not_fall_to_the_one_above(tmp_path):
    row = list(FIRST)
    row[FIELDS["number"]], row[FIELDS["h"]] = "0009", "high"
    made = read_sources(form(tmp_path, FIRST, row, SECOND), options=PLACE)
    assert made.tables["emissions"]["pollutant"].tolist() == ["SO2"]
    assert counts(made) == {"SRC-NOT-A-NUMBER": 1, "SRC-ORPHAN-EMISSION": 1}


def test_a_number_used_twice_with_other_parameters(tmp_path):
    other, again = list(FIRST), list(FIRST)
    other[FIELDS["number"]] = "0002"
    again[FIELDS["h"]], again[FIELDS["code"]], again[FIELDS["pollutant"]] = "30", "0301", ""
    made = read_sources(form(tmp_path, FIRST, other, again), options=PLACE)
    assert counts(made) == {"SRC-DUPLICATE-CONFLICT": 2}
    assert made.tables["sources"]["height_m"].tolist() == [120.0, 120.0]
    assert made.tables["emissions"]["pollutant"].tolist() == ["SO2", "SO2"]


def test_a_test_organisation(tmp_path):
    made = read_sources(form(tmp_path, FIRST), options=PLACE | {"facility_name": "Тест АСМ"})
    assert made.tables["sources"].empty
    assert "SRC-TEST-ORGANISATION" in counts(made)


def test_marks_and_settings_of_the_form(tmp_path):
    options = {"mark": "secondary", "basis": "permitted", "relative_uncertainty": 0.5,
               "time_profile": "heating", "controllable": True, "operator": "Kazzinc"}  # fmt: skip
    made = read_sources(form(tmp_path, FIRST), options=PLACE | options)
    emission = made.tables["emissions"].iloc[0]
    assert (emission["mark"], emission["basis"], emission["relative_uncertainty"]) == (
        "secondary",
        "permitted",
        0.5,
    )
    assert emission["time_profile"] == "heating"
    assert made.tables["facilities"].iloc[0]["operator"] == "Kazzinc"


def test_columns_by_number_without_headings(tmp_path):
    rows = pd.DataFrame([[str(n) for n in range(1, 9)], ["0001", "0330", "5", "20", "0", "0", "10", "1"]])
    rows.to_csv(tmp_path / "bare.csv", index=False, header=False)
    stated = {"number": 1, "code": 2, "g_s": 3, "t_yr": 4, "x1": 5, "y1": 6, "height": 7, "diameter": 8}
    made = read_sources(tmp_path / "bare.csv", options=PLACE | {"columns": stated})
    assert made.tables["emissions"]["rate_g_s"].tolist() == [5.0]
    assert np.isclose(made.tables["sources"]["height_m"].iloc[0], 10.0)
