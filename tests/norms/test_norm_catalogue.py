"""Laws and spot values of the norm data files."""

import numpy as np
import pytest

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.pollutants import pollutant_table
from sootprint.core.units import ugm3_per_unit
from sootprint.norms import load, unverified

YEAR = 31_536_000.0
ALL = load(kinds=None).set_index("norm_id", drop=False)


def test_every_row_conforms():
    assert len(schema.check(ALL.reset_index(drop=True), "norms")) == len(ALL) > 150
    assert ALL["norm_id"].is_unique
    assert set(ALL["pollutant"]) <= set(pollutant_table().index)
    assert (ALL["limit_ugm3"] > 0).all()
    assert ALL["limit_unit"].notna().all()
    assert ALL["norm_id"].str.startswith(tuple(["KZ", "WHO", "EU", "US"])).all()


def test_every_row_says_where_it_is_from():
    for column in ("legal_source", "provision", "source_date", "mark", "rule_mark"):
        assert ALL[column].notna().all(), column


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
        ("WHO-SO2-DAY", 86400, 40, "percentile", 99, "secondary"),
        ("WHO-SO2-10MIN", 600, 500, "maximum", None, "secondary"),
        ("WHO-PM2.5-YEAR", YEAR, 5, "mean", None, "secondary"),
        ("WHO-PM2.5-DAY-IT3", 86400, 37.5, "percentile", 99, "secondary"),
        ("WHO-CO-15MIN", 900, 100_000, "maximum", None, "unverified"),
        ("WHO-H2S-30MIN", 1800, 7, "maximum", None, "unverified"),
        ("EU2008-SO2-1H", 3600, 350, "allowed_exceedances", 24, "verified"),
        ("EU2008-SO2-DAY", 86400, 125, "allowed_exceedances", 3, "verified"),
        ("EU2008-NO2-1H", 3600, 200, "allowed_exceedances", 18, "secondary"),
        ("EU2008-O3-8H", 28800, 120, "mean_exceedances", 25, "verified"),
        ("EU2008-SO2-ALERT", 3600, 500, "consecutive", 3, "secondary"),
        ("EU2024-SO2-DAY", 86400, 50, "allowed_exceedances", 18, "secondary"),
        ("EU2024-SO2-1H", 3600, 350, "allowed_exceedances", 3, "unverified"),
        ("EU2024-SO2-ALERT", 3600, 350, "consecutive", 3, "secondary"),
        ("EU2024-NO2-INFO", 3600, 150, "maximum", None, "secondary"),
        ("EU2024-PM2.5-YEAR", YEAR, 10, "mean", None, "secondary"),
        ("EU2024-As-YEAR", YEAR, 0.006, "mean", None, "secondary"),
        ("US-PM2.5-DAY", 86400, 35, "rank_percentile", 98, "verified"),
        ("US-PM2.5-YEAR", YEAR, 9, "quarterly_mean", None, "secondary"),
        ("US-PM10-DAY", 86400, 150, "expected_exceedances", 1, "secondary"),
        ("US-Pb-3MONTHS", 7_776_000, 0.15, "rolling_months", None, "verified"),
    ],
)
def test_numbers_of_the_sources(norm_id, averaging_s, limit, form, parameter, mark):
    row = ALL.loc[norm_id]
    assert row["averaging_s"] == averaging_s
    assert row["limit_ugm3"] == pytest.approx(limit, rel=1e-7)
    assert (row["form"], row["mark"]) == (form, mark)
    where = {"consecutive": "consecutive", "percentile": "percentile", "rank_percentile": "percentile"}
    if parameter is not None:
        assert row[where.get(form, "allowed_exceedances")] == parameter


@pytest.mark.parametrize(
    ("norm_id", "pollutant", "amount", "unit"),
    [
        ("US-SO2-1H", "SO2", 75, "ppb"),
        ("US-SO2-YEAR-SECONDARY", "SO2", 10, "ppb"),
        ("US-SO2-3H-SECONDARY", "SO2", 0.5, "ppm"),
        ("US-NO2-1H", "NO2", 100, "ppb"),
        ("US-NO2-YEAR", "NO2", 53, "ppb"),
        ("US-O3-8H", "O3", 0.070, "ppm"),
        ("US-CO-8H", "CO", 9, "ppm"),
        ("US-CO-1H", "CO", 35, "ppm"),
    ],
)
def test_mixing_ratios_are_masses_at_25_degrees(norm_id, pollutant, amount, unit):
    row = ALL.loc[norm_id]
    exact = amount * ugm3_per_unit(unit, pollutant, temperature_c=25.0)
    assert row["limit_ugm3"] == pytest.approx(exact, rel=1e-6)
    assert (row["limit_stated"], row["limit_unit"]) == (amount, unit)
    assert f"{amount:g} {unit}" in row["note"]


def test_kazakh_rows_carry_code_and_class():
    rows = load(["KZ"]).drop_duplicates("pollutant").set_index("pollutant")
    expected = {
        "NO2": ("0301", 2),
        "SO2": ("0330", 3),
        "O3": ("0326", 1),
        "BaP": ("0703", 1),
        "CO": ("0337", 4),
    }
    for pollutant, (code, hazard) in expected.items():
        assert (rows.loc[pollutant, "kz_code"], rows.loc[pollutant, "hazard_class"]) == (code, hazard)
    assert set(rows.index[rows["hazard_class"].isna()]) == {"PM2.5", "PM10"}
    codes = pollutant_table()["kz_code"]
    for pollutant in rows.index[rows["kz_code"].notna()]:
        assert rows.loc[pollutant, "kz_code"] == codes[pollutant]
    both = load(["KZ"]).groupby("pollutant")[["kz_code", "hazard_class"]].nunique(dropna=False)
    assert (both == 1).all(axis=None)


def test_interim_targets_fall_to_the_guideline():
    for norm_id, row in ALL.loc[ALL["kind"] == "guideline"].iterrows():
        steps = ALL.loc[ALL["norm_id"].str.startswith(f"{norm_id}-IT"), "limit_ugm3"].tolist()
        assert steps == sorted(steps, reverse=True)
        assert not steps or steps[-1] > row["limit_ugm3"]
    assert (ALL["kind"] == "interim_target").sum() == 28


def test_alerts_are_above_information_and_limits():
    for year in ("EU2008", "EU2024"):
        assert ALL.loc[f"{year}-O3-ALERT", "limit_ugm3"] > ALL.loc[f"{year}-O3-INFO", "limit_ugm3"]
    for pollutant in ("SO2", "NO2"):
        assert (
            ALL.loc[f"EU2024-{pollutant}-ALERT", "limit_ugm3"]
            > ALL.loc[f"EU2024-{pollutant}-INFO", "limit_ugm3"]
        )


def test_choice_and_marks():
    table = load(["KZ", "eu"], ["0330"])
    assert set(table["jurisdiction"]) == {"KZ", "EU"}
    assert set(table["pollutant"]) == {"SO2"}
    doubtful = unverified(table)
    assert "KZ-SO2-20MIN" not in set(doubtful["norm_id"])
    assert "KZ-SO2-DAY" in set(doubtful["norm_id"])
    assert len(load(["EU"], ["methane"])) == 0


def test_kinds():
    assert "interim_target" not in set(load()["kind"])
    assert set(load(["WHO"], kinds=["interim_target"])["kind"]) == {"interim_target"}
    with pytest.raises(InputError, match="alert"):
        load(kinds=["wish"])


def test_doubts_of_the_source_are_kept():
    notes = load(["KZ"]).set_index("norm_id")["note"]
    assert "0.09" in notes["KZ-Be-DAY"]
    assert "0.003" in notes["KZ-As-DAY"]
    assert notes.str.contains("was not read").all()
    assert "prints 40" in ALL.loc["EU2024-SO2-DAY", "note"]
    assert ALL.loc[ALL["norm_id"].str.startswith("EU2024"), "rule_mark"].eq("unverified").all()


def test_a_caller_cannot_change_the_catalogue():
    mine = load()
    mine["limit_ugm3"] = 0.0
    assert (load()["limit_ugm3"] > 0).all()


def test_unknown_jurisdiction_names_its_cure():
    with pytest.raises(InputError, match="KZ, WHO, EU, US"):
        load(["Mars"])
    with pytest.raises(InputError):
        load(pollutants=["unobtainium"])


def test_steps_of_rounding_fit_the_unit():
    steps = ALL.loc[ALL["rounding_step"].notna()]
    whole = steps["limit_stated"] / steps["rounding_step"]
    assert np.allclose(whole, whole.round())
