"""Fuel and smelter balances: laws, printed numbers, and what the audit makes of them."""

import math

import pytest
from audit_cases import codes, inventory, table, with_emission

from sootprint.sources import audit, read_fuel_use, read_material_balance, read_totals
from sootprint.sources.auditing.balances import (
    so2_of_fuel,
    so2_of_sulphur,
    solids_of_fuel,
    sulphur_to_air,
)
from sootprint.sources.auditing.book import AuditOptions, open_book

COAL = {"facility_id": "P", "source_id": "P/0001", "fuel": "coal", "mass_t_yr": 600_000.0,
        "sulphur_percent": 0.4, "ash_percent": 20.0}  # fmt: skip
# 214 g/s at a load factor of 0.71 are 4376 t of SO2; the coal can give 2 % of 600 kt · 0.4 % · 0.64 to 0.98.


def test_twenty_kilograms_a_tonne_and_percent():
    assert so2_of_fuel(1.0, 1.0) == pytest.approx(0.020)
    assert so2_of_fuel(1000.0, 1.0, 0.1, 0.5) == pytest.approx(9.0)


def test_the_factor_is_twice_the_sulphur_to_a_thousandth():
    assert so2_of_sulphur(1.0) == pytest.approx(1.998, abs=5e-4)
    assert so2_of_fuel(100.0, 1.0) == pytest.approx(so2_of_sulphur(1.0), rel=2e-3)


def test_solids_of_ash():
    assert solids_of_fuel(1000.0, 20.0, 0.9, 0.95) == pytest.approx(9.0)
    assert solids_of_fuel(1000.0, 20.0, 1.0, 1.0) == 0.0


def test_fuel_that_fits_what_is_declared():
    assert codes(inventory(), fuel=table("fuel_use", COAL)) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sulphur_percent": 2.0}, "AUD-FUEL-SO2"),
        ({"sulphur_percent": 0.2}, "AUD-FUEL-SO2"),
        ({"ash_percent": 20.0, "ash_carried": 0.9, "ash_capture": 0.90}, "AUD-FUEL-ASH"),
        ({"ash_percent": 65.0, "ash_carried": 0.9, "ash_capture": 0.997}, "AUD-FUEL-QUALITY"),
        ({"fuel": "dung"}, "AUD-FUEL-FACTORS"),
        ({"source_id": "P/0077"}, "AUD-FUEL-FACTORS"),
        ({"facility_id": "Q"}, "AUD-FUEL-FACTORS"),
    ],
)
def test_fuel_that_does_not_fit(change, code):
    assert codes(inventory(), fuel=table("fuel_use", COAL | change)) == [code]


def test_the_range_of_the_sulphur_balance():
    row = COAL | {"sulphur_percent": 1.0, "sulphur_bound": 0.1, "sulphur_capture": 0.0,
                  "mass_uncertainty": 0.03, "analysis_uncertainty": 0.04, "mark": "verified"}  # fmt: skip
    found = audit(inventory(), fuel=table("fuel_use", row)).iloc[0]
    assert found["code"] == "AUD-FUEL-SO2"
    assert found["value"] == pytest.approx(4375.87, abs=0.1)
    assert found["expected_low"] == pytest.approx(0.02 * 600_000 * 0.9 * 0.9, rel=1e-5)
    assert found["expected_high"] == pytest.approx(0.02 * 600_000 * 0.9 * 1.1, rel=1e-5)
    assert found["mark"] == "secondary"


def test_two_fuels_of_a_stack_add_up():
    half = COAL | {"mass_t_yr": 300_000.0}
    assert codes(inventory(), fuel=table("fuel_use", half, half)) == []
    assert codes(inventory(), fuel=table("fuel_use", half | {"mass_t_yr": 150_000.0}))


def test_the_declared_degree_of_cleaning_is_used():
    # 600 kt of coal with 20 % ash, 0.05 to 1.05 of it carried, 99 % taken out: 60 to 1260 t a year.
    cleaned = with_emission("0001", "TSP", cleaning_efficiency=99.0)
    assert codes(cleaned, fuel=table("fuel_use", COAL)) == []
    cleaned = with_emission("0001", "TSP", cleaning_efficiency=99.8, cleaning_efficiency_max=99.9)
    found = audit(cleaned, fuel=table("fuel_use", COAL))
    assert found["code"].tolist() == ["AUD-FUEL-ASH"]


def test_nitrogen_and_carbon_monoxide_by_factors():
    tables = with_emission("0001", "NO2", annual_t=90.0, rate_g_s=10.0, concentration_mg_nm3=math.nan)
    found = audit(tables, fuel=table("fuel_use", COAL))
    assert "AUD-FUEL-NOX" in found["code"].tolist()
    tables = with_emission("0001", "CO", annual_t=3.0, rate_g_s=1.0, concentration_mg_nm3=math.nan)
    assert codes(tables, fuel=table("fuel_use", COAL)) == ["AUD-FUEL-CO"]


SMELTER = tuple(
    {"facility_id": "P", "stream": stream, "mass_t_yr": mass, "sulphur_percent": sulphur}
    for stream, mass, sulphur in (
        ("in", 20_000.0, 30.0),
        ("product", 7_750.0, 32.69),
        ("slag", 10_000.0, 9.0),
    )
)


def test_sulphur_that_a_balance_leaves_for_the_air():
    # 6000 t in, 2533.5 t in acid, 900 t in slag; 2.236 % of each stream.
    rows = table("material_balance", *SMELTER)
    left, spread = sulphur_to_air(rows, open_book(inventory(), AuditOptions()))
    assert left == pytest.approx(2566.525, abs=1e-3)
    assert spread == pytest.approx(
        math.hypot(0.01, 0.02) * math.sqrt(6000**2 + 2533.475**2 + 900**2), rel=1e-6
    )


def test_a_smelter_that_declares_what_its_balance_leaves():
    # 2566.5 t of sulphur are 5129 t of SO2; declared are 5049 t.
    total = inventory()["emissions"].query("pollutant == 'SO2'")["annual_t"].sum()
    assert total == pytest.approx(5049.4, abs=0.5)
    assert codes(inventory(), balance=table("material_balance", *SMELTER)) == []


def test_a_smelter_that_declares_less():
    more = ({**SMELTER[0], "mass_t_yr": 26_000.0}, *SMELTER[1:])
    found = audit(inventory(), balance=table("material_balance", *more))
    assert found["code"].tolist() == ["AUD-SMELTER-SULPHUR"]
    left = 0.3 * 26_000 - 2533.475 - 900
    sigma = math.hypot(0.01, 0.02) * math.sqrt(7800**2 + 2533.475**2 + 900**2)
    ratio = 64.066 / 32.06
    assert found["expected_low"].iloc[0] == pytest.approx((left - 2 * sigma) * ratio, abs=0.1)
    assert found["expected_high"].iloc[0] == pytest.approx((left + 2 * sigma) * ratio, abs=0.1)


def test_more_sulphur_out_than_in():
    less = ({**SMELTER[0], "mass_t_yr": 9_000.0}, *SMELTER[1:])
    assert codes(inventory(), balance=table("material_balance", *less)) == ["AUD-SMELTER-NEGATIVE"]


def test_a_balance_that_decides_nothing():
    vague = tuple({**row, "mass_uncertainty": 0.3} for row in SMELTER)
    assert codes(inventory(), balance=table("material_balance", *vague)) == ["AUD-SMELTER-UNDECIDED"]


def test_files_of_fuel_balance_and_sums(tmp_path):
    path = tmp_path / "fuel.csv"
    path.write_text(
        "facility_id;source_id;fuel;mass_t_yr;sulphur_percent;ash_percent\n"
        "# notes;;;;;\n"
        "P;P/0001;coal;600 000;0,4;20\n"
        "P;P/0002;coal;much;0,4;20\n"
        "P;P/0002;coal;;0,4;20\n"
        "P;P/0002;coal;100;44;20\n",
        encoding="utf-8",
    )
    made = read_fuel_use(path)
    rows = made.tables["fuel_use"]
    assert rows[["mass_t_yr", "sulphur_percent", "source_row"]].to_numpy().tolist() == [[600_000.0, 0.4, 3.0]]
    assert made.findings[["code", "row"]].to_numpy().tolist() == [
        ["SRC-NOT-A-NUMBER", 4],
        ["SRC-EMPTY-CELL", 5],
        ["SRC-RANGE", 6],
    ]
    path = tmp_path / "balance.csv"
    path.write_text(
        "facility_id,stream,mass_t_yr,sulphur_percent\nP,in,100,30\nP,up,100,30\n", encoding="utf-8"
    )
    made = read_material_balance(path)
    assert made.tables["material_balance"]["stream"].tolist() == ["in"]
    assert made.findings["code"].tolist() == ["SRC-NOT-A-WORD"]
    path = tmp_path / "totals.csv"
    path.write_text(
        "facility_id,scope,pollutant,annual_t\nP,plant,0330,100\nP,plant,,130\n", encoding="utf-8"
    )
    made = read_totals(path)
    assert made.tables["declared_totals"]["pollutant"].fillna("").tolist() == ["SO2", ""]


def test_a_file_without_the_headings_is_refused(tmp_path):
    path = tmp_path / "fuel.csv"
    path.write_text("plant,fuel\nP,coal\n", encoding="utf-8")
    with pytest.raises(Exception, match="no table fuel_use"):
        read_fuel_use(path)
