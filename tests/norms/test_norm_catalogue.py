"""Laws and spot values of the norm data files."""

import pytest

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.pollutants import pollutant_table
from sootprint.core.units import ugm3_per_unit
from sootprint.norms import load, unverified

YEAR = 31_536_000.0


def test_every_row_conforms():
    table = load()
    assert len(schema.check(table, "norms")) == len(table) > 90
    assert table["norm_id"].is_unique
    assert set(table["pollutant"]) <= set(pollutant_table().index)
    assert (table["limit_ugm3"] > 0).all()
    assert table["norm_id"].str.startswith(tuple(["KZ", "WHO", "EU", "US"])).all()


def test_every_form_has_its_parameter():
    table = load()
    assert table.loc[table["form"] == "percentile", "percentile"].between(50, 100, inclusive="neither").all()
    assert table.loc[table["form"] == "allowed_exceedances", "allowed_exceedances"].notna().all()
    others = table["form"].isin(["maximum", "mean"])
    assert table.loc[others, "allowed_exceedances"].isna().all()
    assert table.loc[others, "percentile"].isna().all()
    known = {600, 900, 1200, 1800, 3600, 28800, 86400}
    assert set(table.loc[table["form"] != "mean", "averaging_s"]) <= known


@pytest.mark.parametrize(
    ("norm_id", "averaging_s", "limit", "form", "parameter", "mark"),
    [
        ("KZ-SO2-20MIN", 1200, 500, "maximum", None, "verified"),
        ("KZ-SO2-DAY", 86400, 50, "maximum", None, "unverified"),
        ("KZ-NO2-20MIN", 1200, 200, "maximum", None, "verified"),
        ("KZ-NO2-DAY", 86400, 40, "maximum", None, "secondary"),
        ("KZ-H2S-20MIN", 1200, 8, "maximum", None, "secondary"),
        ("KZ-PM2.5-20MIN", 1200, 160, "maximum", None, "verified"),
        ("KZ-PM2.5-DAY", 86400, 35, "maximum", None, "unverified"),
        ("KZ-BaP-DAY", 86400, 0.001, "maximum", None, "secondary"),
        ("KZ-Be-DAY", 86400, 0.01, "maximum", None, "unverified"),
        ("KZ-Pb-20MIN", 1200, 1, "maximum", None, "unverified"),
        ("WHO-SO2-DAY", 86400, 40, "percentile", 99, "unverified"),
        ("WHO-SO2-10MIN", 600, 500, "maximum", None, "unverified"),
        ("WHO-PM2.5-YEAR", YEAR, 5, "mean", None, "unverified"),
        ("EU2008-SO2-1H", 3600, 350, "allowed_exceedances", 24, "verified"),
        ("EU2008-SO2-DAY", 86400, 125, "allowed_exceedances", 3, "verified"),
        ("EU2008-NO2-1H", 3600, 200, "allowed_exceedances", 18, "unverified"),
        ("EU2024-SO2-DAY", 86400, 50, "allowed_exceedances", 18, "unverified"),
        ("EU2024-PM2.5-YEAR", YEAR, 10, "mean", None, "secondary"),
        ("EU2024-As-YEAR", YEAR, 0.006, "mean", None, "unverified"),
        ("US-PM2.5-DAY", 86400, 35, "percentile", 98, "unverified"),
        ("US-Pb-3MONTHS", 86400, 0.15, "mean", None, "unverified"),
    ],
)
def test_numbers_of_the_reference(norm_id, averaging_s, limit, form, parameter, mark):
    row = load().set_index("norm_id").loc[norm_id]
    assert row["averaging_s"] == averaging_s
    assert row["limit_ugm3"] == pytest.approx(limit, rel=1e-12)
    assert (row["form"], row["mark"]) == (form, mark)
    if parameter is not None:
        assert row["allowed_exceedances" if form == "allowed_exceedances" else "percentile"] == parameter


@pytest.mark.parametrize(
    ("norm_id", "pollutant", "amount", "unit"),
    [
        ("US-SO2-1H", "SO2", 75, "ppb"),
        ("US-SO2-YEAR-SECONDARY", "SO2", 10, "ppb"),
        ("US-NO2-1H", "NO2", 100, "ppb"),
        ("US-NO2-YEAR", "NO2", 53, "ppb"),
        ("US-O3-8H", "O3", 0.070, "ppm"),
        ("US-CO-8H", "CO", 9, "ppm"),
        ("US-CO-1H", "CO", 35, "ppm"),
    ],
)
def test_mixing_ratios_are_masses_at_25_degrees(norm_id, pollutant, amount, unit):
    row = load(["us"]).set_index("norm_id").loc[norm_id]
    exact = amount * ugm3_per_unit(unit, pollutant, temperature_c=25.0)
    assert row["limit_ugm3"] == pytest.approx(exact, abs=0.005)
    assert f"{amount:g} {unit}" in row["note"]


def test_choice_and_marks():
    table = load(["KZ", "eu"], ["0330"])
    assert set(table["jurisdiction"]) == {"KZ", "EU"}
    assert set(table["pollutant"]) == {"SO2"}
    doubtful = unverified(table)
    assert "KZ-SO2-20MIN" not in set(doubtful["norm_id"])
    assert "KZ-SO2-DAY" in set(doubtful["norm_id"])
    assert len(load(["EU"], ["methane"])) == 0


def test_doubts_of_the_source_are_kept():
    notes = load(["KZ"]).set_index("norm_id")["note"]
    assert "0.09" in notes["KZ-Be-DAY"]
    assert "0.003" in notes["KZ-As-DAY"]
    assert notes.str.contains("was not read").all()


def test_a_caller_cannot_change_the_catalogue():
    mine = load()
    mine["limit_ugm3"] = 0.0
    assert (load()["limit_ugm3"] > 0).all()


def test_unknown_jurisdiction_names_its_cure():
    with pytest.raises(InputError, match="KZ, WHO, EU, US"):
        load(["Mars"])
    with pytest.raises(InputError):
        load(pollutants=["unobtainium"])
