"""What an inventory form prints beside rates: flow, mouth, gas cleaning, digits and sums."""

import math

import pytest
from test_inventory_form import COUNT, FIRST, LOW, PLACE, SECOND, TOP, counts, form, line

from sootprint.sources import read_sources
from sootprint.sources.readers.declared import half_step, mean_and_maximum, pollutants_in, scope, sides

HEAD_TOP = [
    *TOP, "Коэффициент обеспеченности газоочисткой, %", "Средняя эксплуат. степень очистки / max, %",
    "Коэффициент оседания F",
]  # fmt: skip
HEAD = (HEAD_TOP, [*LOW, "", "", ""], [*COUNT, "25", "26", "27"])


def wide(row, device="", substance="", coverage="", efficiency="", settling=""):
    made = [*row, coverage, efficiency, settling]
    made[16], made[17] = device, substance
    return made


@pytest.mark.parametrize(
    ("text", "half"),
    [("4,0", 0.05), ("8000", 0.5), ("1.5e-3", 5e-5), ("1 000,25", 0.005), ("0,0120", 5e-5), (".5", 0.05)],
)
def test_half_of_the_last_printed_digit(text, half):
    assert half_step(text) == pytest.approx(half, rel=1e-12)


def test_what_is_no_number_has_no_last_digit():
    assert math.isnan(half_step("много"))
    assert math.isnan(half_step(""))
    assert math.isnan(half_step("1e999"))


def test_cells_with_two_numbers():
    assert sides("2 х 3,5") == (3.5, 2.0)
    assert sides("4,0") is None
    assert mean_and_maximum("92,5/95") == (92.5, 95.0)
    assert mean_and_maximum("92%")[0] == 92.0
    assert mean_and_maximum("высокая") is None
    assert pollutants_in("0330/2908") == ["SO2", "dust_SiO2_20_70"]
    assert pollutants_in("Сера диоксид") == ["SO2"]


def test_scope_of_a_total():
    assert [scope(text) for text in ("Итого по цеху № 1", "Всего по предприятию", "Итого:")] == [
        "section",
        "plant",
        "unclear",
    ]


def test_flow_concentration_and_process_are_kept(tmp_path):
    row = list(FIRST)
    row[2], row[3] = "Котел БКЗ-160", "2"
    made = read_sources(form(tmp_path, row, SECOND), options=PLACE)
    source = made.tables["sources"].iloc[0]
    assert (source["flow_m3_s"], source["release_count"], source["process"]) == (188.5, 2.0, "Котел БКЗ-160")
    assert made.tables["emissions"]["concentration_mg_nm3"].iloc[0] == 787.0
    cells = made.tables["declared_cells"].set_index("column")
    assert cells.loc["flow_m3_s", ["text", "half_step", "source_row"]].tolist() == ["188,5", 0.05, 6]
    assert cells.loc["exit_temperature_k", ["value", "half_step"]].tolist() == [403.15, 0.5]


def test_a_rectangular_mouth_keeps_its_sides(tmp_path):
    row = list(FIRST)
    row[8] = "3,1416 x 4,0"
    made = read_sources(form(tmp_path, row), options=PLACE)
    source = made.tables["sources"].iloc[0]
    assert (source["mouth_length_m"], source["mouth_width_m"]) == (4.0, 3.1416)
    assert source["diameter_m"] == pytest.approx(4.0, abs=1e-4)


def test_gas_cleaning_goes_to_the_substance_that_it_names(tmp_path):
    one = wide(FIRST, "Скруббер", "0301", "100", "90/95", "1")
    made = read_sources(form(tmp_path, one, wide(SECOND), head=HEAD), options=PLACE)
    emissions = made.tables["emissions"].set_index("pollutant")
    assert emissions.loc["NO2", "cleaning_device"] == "Скруббер"
    assert emissions.loc["NO2", "cleaning_efficiency"] == 90.0
    assert emissions.loc["NO2", "cleaning_efficiency_max"] == 95.0
    assert emissions.loc["NO2", "cleaning_coverage"] == 100.0
    assert math.isnan(emissions.loc["SO2", "cleaning_efficiency"])
    assert emissions.loc["SO2", "settling"] == 1.0
    assert counts(made) == {}


def test_gas_cleaning_without_a_name_is_of_its_own_row(tmp_path):
    made = read_sources(form(tmp_path, wide(FIRST, efficiency="75"), wide(SECOND), head=HEAD), options=PLACE)
    assert made.tables["emissions"]["cleaning_efficiency"].tolist()[0] == 75.0


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"efficiency": "high"}, "SRC-CELL-LEFT-OUT"),
        ({"efficiency": "250"}, "SRC-CELL-LEFT-OUT"),
        ({"settling": "12"}, "SRC-CELL-LEFT-OUT"),
        ({"efficiency": "90", "substance": "2908"}, "SRC-CLEANING-SUBSTANCE"),
        ({"efficiency": "90", "substance": "нечто"}, "SRC-CLEANING-SUBSTANCE"),
    ],
)
def test_a_faulty_cell_of_these_does_not_cost_the_emission(tmp_path, cells, code):
    made = read_sources(form(tmp_path, wide(FIRST, **cells), head=HEAD), options=PLACE)
    assert counts(made) == {code: 1}
    assert made.tables["emissions"]["rate_g_s"].tolist() == [100.5]


def test_declared_sums(tmp_path):
    one = ["", "", "", "", "", "Итого по цеху 1:", *[""] * 14, "110,5", "", "2200", ""]
    two = ["Всего по предприятию", *[""] * 17, "0330", "", "100,5", "", "2000", ""]
    unknown = ["Всего по предприятию", *[""] * 17, "9876", "", "1", "", "2", ""]
    made = read_sources(form(tmp_path, FIRST, SECOND, one, two, unknown), options=PLACE)
    totals = made.tables["declared_totals"]
    assert totals["scope"].tolist() == ["section", "plant"]
    assert totals["pollutant"].fillna("").tolist() == ["", "SO2"]
    assert totals["annual_t"].tolist() == [2200.0, 2000.0]
    assert totals["source_row"].tolist() == [8, 9]


def test_the_printed_row_of_an_unknown_substance_is_kept(tmp_path):
    odd = line(code="9876", pollutant="Нечто", g_s="1,5", t_yr="20")
    made = read_sources(form(tmp_path, FIRST, odd), options=PLACE)
    cells = made.tables["declared_cells"]
    assert cells.loc[cells["pollutant"] == "9876 Нечто", "value"].tolist() == [1.5, 20.0]
    assert made.tables["emissions"]["pollutant"].tolist() == ["SO2"]
