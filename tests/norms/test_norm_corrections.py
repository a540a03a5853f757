"""A lawyer's file of corrections: what it changes, and what is refused with its place."""

import pandas as pd
import pytest

from sootprint.core.errors import InputError
from sootprint.norms import load


def corrections(folder, text, name="corrections.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_row_replaces_its_norm_and_keeps_absent_columns(tmp_path):
    path = corrections(tmp_path, "norm_id,limit_stated,mark,note\nKZ-SO2-DAY,0.06,verified,read on page 4\n")
    before, after = (table.set_index("norm_id") for table in (load(["KZ"]), load(["KZ"], extra=path)))
    row = after.loc["KZ-SO2-DAY"]
    assert row["limit_ugm3"] == pytest.approx(60.0)
    assert (row["mark"], row["note"]) == ("verified", "read on page 4")
    assert row["label"] == before.loc["KZ-SO2-DAY", "label"]
    assert row["hazard_class"] == 3
    assert row["corrected_in"] == "corrections.csv, row 2"
    others = [name for name in before.index if name != "KZ-SO2-DAY"]
    pd.testing.assert_frame_equal(before.loc[others], after.loc[others])
    assert list(before.index) == list(after.index)


def test_a_limit_in_micrograms_makes_the_stated_one(tmp_path):
    path = corrections(tmp_path, "norm_id;limit_ugm3\nKZ-SO2-DAY;60,5\n")
    row = load(["KZ"], extra=path).set_index("norm_id").loc["KZ-SO2-DAY"]
    assert (row["limit_ugm3"], row["limit_stated"], row["limit_unit"]) == (
        60.5,
        pytest.approx(0.0605),
        "mg/m³",
    )


def test_the_whole_table_reads_back_to_itself(tmp_path):
    table = load(kinds=None)
    path = tmp_path / "all.csv"
    table.to_csv(path, index=False)
    again = load(kinds=None, extra=path)
    assert again["corrected_in"].tolist() == [f"all.csv, row {row + 2}" for row in range(len(table))]
    pd.testing.assert_frame_equal(again.assign(corrected_in=table["corrected_in"]), table)


def test_a_new_norm_is_added_and_later_files_win(tmp_path):
    head = (
        "norm_id,jurisdiction,pollutant,label,kind,averaging_s,limit_stated,limit_unit,"
        "form,legal_source,mark,rule_mark\n"
    )
    one = corrections(
        tmp_path,
        head
        + "KZ-Ni-DAY,KZ,никель,Ni KZ daily mean,limit,86400,1,мкг/м3,maximum,Order X,secondary,secondary\n",
    )
    two = corrections(tmp_path, "norm_id,limit_stated\nKZ-Ni-DAY,2\n", "second.csv")
    row = load(["KZ"], ["Ni"], extra=[one, two]).iloc[0]
    assert (row["limit_ugm3"], row["limit_unit"], row["pollutant"]) == (2.0, "µg/m³", "Ni")


def test_an_excel_file_is_read_too(tmp_path):
    path = tmp_path / "corrections.xlsx"
    pd.DataFrame({"norm_id": ["KZ-CO-20MIN"], "limit_stated": [4.0]}).to_excel(path, index=False)
    row = load(["KZ"], extra=path).set_index("norm_id").loc["KZ-CO-20MIN"]
    assert row["limit_ugm3"] == 4000.0


FAULTS = [
    ("norm_id,limit_stated\nKZ-CO-DAY,3\nKZ-SO2-DAY,half\n", "row 3, column limit_stated", "a number"),
    ("norm_id,limit_stated\nKZ-SO2-DAY,0\n", "column limit_ugm3", "over 0"),
    ("norm_id,limit_ugm3,limit_stated\nKZ-SO2-DAY,60,0.05\n", "row 2, column limit_ugm3", "50 µg/m³"),
    ("norm_id,limit_unit,limit_stated\nKZ-PM10-DAY,ppb,5\n", "column limit_unit", "no molar mass"),
    ("norm_id,pollutant\nKZ-SO2-DAY,vapour\n", "column pollutant", "pollutant table"),
    ("norm_id,mark\nKZ-SO2-DAY,sure\n", "column mark", "verified|secondary|unverified"),
    ("norm_id,form\nKZ-SO2-DAY,percentile\n", "column percentile", "between 50 and 100"),
    ("norm_id,percentile\nWHO-SO2-DAY,0.99\n", "column percentile", "between 50 and 100"),
    ("norm_id,allowed_exceedances\nEU2008-SO2-1H,\n", "column allowed_exceedances", "allowed exceedances"),
    ("norm_id,allowed_exceedances\nEU2008-SO2-1H,2.5\n", "column allowed_exceedances", "whole number"),
    ("norm_id,consecutive\nEU2008-SO2-ALERT,\n", "column consecutive", "number of intervals"),
    ("norm_id,averaging_s\nKZ-SO2-DAY,5000\n", "column averaging_s", "divides a day"),
    ("norm_id,averaging_s\nUS-CO-8H,1800\n", "column averaging_s", "whole hours"),
    ("norm_id,rolling\nKZ-SO2-DAY,maybe\n", "column rolling", "true or false"),
    ("norm_id,valid_from\nKZ-SO2-DAY,01.02.2022\n", "column valid_from", "year-month-day"),
    ("norm_id,valid_from,valid_to\nKZ-SO2-DAY,2024-01-01,2023-01-01\n", "column valid_to", "2024-01-01"),
    ("norm_id,rounding\nKZ-SO2-DAY,nearest\n", "column rounding_step", "together"),
    ("norm_id,years_least\nKZ-SO2-DAY,2\n", "column years_least", "at most"),
    ("norm_id,first_start_hour\nKZ-SO2-DAY,7\n", "column first_start_hour", "in pairs"),
    ("norm_id,mark\nKZ-SO2-DAY,verified\nKZ-SO2-DAY,secondary\n", "row 3, column norm_id", "one row"),
    ("norm_id,limit\nKZ-SO2-DAY,1\n", "header", "limit_ugm3"),
    ("pollutant,limit_stated\nSO2,1\n", "corrections.csv", "norm_id"),
    ("norm_id,legal_source\nKZ-SO2-DAY,\n", "column legal_source", "required"),
]


@pytest.mark.parametrize(("text", "place", "rule"), FAULTS)
def test_faults_name_their_place_and_rule(tmp_path, text, place, rule):
    with pytest.raises(InputError) as caught:
        load(extra=corrections(tmp_path, text))
    message = str(caught.value)
    assert place in message
    assert rule in message
    assert caught.value.cure
