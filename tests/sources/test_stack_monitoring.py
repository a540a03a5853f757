"""A table with every described fault is read, and every row of it is accounted for."""

import csv

import numpy as np
import pandas as pd
import pytest

from sootprint.core import schema
from sootprint.sources import integrate_mass, read_stack_monitoring
from sootprint.sources.stack_monitoring.codes import CODES
from sootprint.synthetic import stack_monitor
from sootprint.synthetic.stack_monitor import write_stack_table

PERIOD = ("2025-01-01", "2027-01-01")
OPTIONS = {"interval_s": 7200, "flat_readings": 3}
CODE_OF = {
    "test": "STACK-TEST-ORGANISATION",
    "waste": "STACK-WASTE-WATER",
    "unreadable_date": "STACK-DATE",
    "future": "STACK-FUTURE",
    "outside": "STACK-OUTSIDE-PERIOD",
    "not_a_number": "STACK-NOT-A-NUMBER",
    "overflow": "STACK-OVERFLOW",
    "negative": "STACK-NEGATIVE",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Table of five months, its truth, its records and what the reader makes of it."""
    path = tmp_path_factory.mktemp("stack") / "table.csv"
    truth = write_stack_table(
        path,
        rows=70_000,
        seed=2,
        sources=10,
        readings_a_day=12,
        shares={"unreadable_date": 4e-4, "not_a_number": 4e-4, "overflow": 4e-4, "negative": 1e-3},
    )
    result = read_stack_monitoring(
        path, zone="Asia/Almaty", period=PERIOD, options=OPTIONS, memory_limit="500MB"
    )
    with path.open(encoding="utf-8", newline="") as file:
        records = list(csv.reader(file, delimiter=";"))
    return path, truth, records, result


def findings(result, code):
    return result.findings.loc[result.findings["code"] == code]


def test_tables_keep_their_schemas(made):
    result = made[3]
    assert set(result.tables) == {"stack_days", "stack_names", "stack_gaps", "stack_quarantine"}
    for name, table in result.tables.items():
        assert len(schema.faults(schema.check(table, name), name)) == 0
    assert set(result.findings["code"]) <= set(CODES)


@pytest.mark.parametrize("fault", CODE_OF)
def test_each_fault_is_counted_to_the_row(made, fault):
    _, truth, _, result = made
    rows = result.tables["stack_quarantine"]
    assert truth.quarantined[fault] > 0
    assert rows.loc[rows["reason"] == CODE_OF[fault], "n_rows"].sum() == truth.quarantined[fault]


def test_rows_in_use_and_in_quarantine_add_up_to_the_file(made):
    _, truth, _, result = made
    used = result.tables["stack_days"]["n_rows"].sum()
    kept_out = result.tables["stack_quarantine"]["n_rows"].sum()
    assert used + kept_out == truth.rows
    names = result.tables["stack_names"]
    assert names["n_rows"].sum() == used
    assert names["n_quarantined"].sum() == kept_out
    total = findings(result, "STACK-TOTALS").iloc[0]["value"]
    assert total.startswith(f"{truth.rows:,} = {used:,} rows in use + ")


def test_examples_name_the_record_and_the_line(made):
    path, _, records, result = made
    lines = path.read_text(encoding="utf-8").split("\n")
    shown = findings(result, "STACK-OVERFLOW").dropna(subset=["row"])
    assert len(shown) == 3
    for row in shown.to_dict("records"):
        assert records[row["row"] - 1][6].startswith("1.2345678")
        line = int(row["value"].rsplit("line ", 1)[1])
        assert "1.2345678" in lines[line - 1] + lines[line] + lines[line + 1]
        assert lines[line - 1].startswith('"20')
    for row in findings(result, "STACK-DATE").dropna(subset=["row"]).to_dict("records"):
        assert records[row["row"] - 1][0] == "2025-02-31"


def test_the_first_record_of_a_day_is_that_of_the_file(made):
    _, _, records, result = made
    for row in result.tables["stack_days"].sample(40, random_state=0).to_dict("records"):
        record = records[row["first_row"] - 1]
        assert record[0] == str(row["day"].date())
        assert " ".join(record[2].split()) == row["organization"]
        assert " ".join(record[3].split()) == row["source_name"]


def test_days_are_those_of_the_standard_library(made):
    """The same sums by `csv` and Python, for every day and substance of one stack."""
    _, _, records, result = made
    sums: dict[tuple[str, str], list] = {}
    for record in records[1:]:
        if record[2] != stack_monitor.POWER_PLANT or record[4] not in (
            "Диоксид серы",
            "Метан",
            "Хлор",
            "Аммиак",
        ):
            continue
        if not record[0].startswith("2025") or record[0] == "2025-02-31" or record[6] == "ошибка":
            continue
        if record[6] and not 0 <= float(record[6]) < 1e9:
            continue
        sums.setdefault((record[0], record[4]), []).append(record)
    days = result.tables["stack_days"]
    days = days.loc[days["organization"] == stack_monitor.POWER_PLANT].set_index(["day", "pollutant"])
    names = {"Диоксид серы": "SO2", "Метан": "CH4", "Хлор": "Cl2", "Аммиак": "NH3"}
    assert len(sums) > 100
    for (day, substance), rows in sums.items():
        row = days.loc[(pd.Timestamp(day), names[substance])]
        rates = [float(record[6]) for record in rows if record[6]]
        values = [float(record[7]) for record in rows if record[7]]
        assert row["n_rows"] == len(rows)
        assert row["n_rate"] == len(rates)
        assert row["n_concentration"] == len(values)
        assert row["n_over_limit"] == sum(float(record[5]) > 1 for record in rows if record[5])
        if rates:
            assert row["mean_rate_g_s"] == pytest.approx(np.mean(rates), rel=1e-11)
            assert row["max_rate_g_s"] == max(rates)
        if values:
            assert row["mean_concentration_mg_nm3"] == pytest.approx(np.mean(values), rel=1e-9)
        assert row["hours_rate"] == pytest.approx(2 * len(rates))


def test_region_is_mended_and_said(made):
    _, truth, _, result = made
    found = findings(result, "STACK-REGION")
    assert found["object"].tolist() == [stack_monitor.REGION_MISSPELT]
    assert "read as 'Восточно-Казахстанская область'" in found.iloc[0]["value"]
    assert truth.misspelt > 0
    assert stack_monitor.REGION_MISSPELT not in set(result.tables["stack_days"]["region"])


def test_two_names_of_dust_are_one_substance_and_said(made):
    result = made[3]
    pollutants = set(result.tables["stack_days"]["pollutant"])
    assert "TSP" in pollutants
    assert not pollutants & {"Взвешенные частицы", "Пыль (взвешенные частицы)"}
    for row in findings(result, "STACK-TWO-NAMES").to_dict("records"):
        assert row["value"] == "'Взвешенные частицы', 'Пыль (взвешенные частицы)'"


def test_unknown_substance_stays_under_its_own_name(made):
    result = made[3]
    assert findings(result, "STACK-POLLUTANT")["object"].tolist() == ["Ртуть"]
    assert "Ртуть" in set(result.tables["stack_days"]["pollutant"])


def test_names_with_tabs_line_breaks_and_quotes_are_tidied(made):
    result = made[3]
    assert 'ТОО "Химия и краски"' in set(result.tables["stack_days"]["organization"])
    assert any(
        repr(stack_monitor.UNTIDY) in value for value in findings(result, "STACK-NAME-WHITESPACE")["value"]
    )


def test_nine_in_ten_over_the_limit_is_either_a_breach_or_a_wrong_limit(made):
    _, truth, _, result = made
    found = findings(result, "STACK-MOSTLY-OVER").iloc[0]
    assert found["object"].startswith(stack_monitor.POWER_PLANT)
    assert f"{truth.over_limit:,} of {truth.with_ratio:,} readings" in found["value"]
    assert "or the limit behind the ratio is wrong" in found["cure"]


def test_missing_ratio_is_not_compliance(made):
    result = made[3]
    found = findings(result, "STACK-RATIO-MISSING")
    assert stack_monitor.SMELTER in set(found["object"])
    names = result.tables["stack_names"]
    smelter = names.loc[names["organization"] == stack_monitor.SMELTER]
    assert smelter["over_limit_share"].isna().all()
    assert (smelter["ratio_missing_share"].dropna() == 1).all()


def test_a_jump_of_three_orders_is_found(made):
    found = findings(made[3], "STACK-JUMP").iloc[1:]
    assert found["object"].str.startswith(stack_monitor.JUMPING).all()
    assert any("factor 1" in value or "factor 9" in value for value in found["value"])


def test_flat_silent_and_zero_spells_are_found(made):
    gaps = made[3].tables["stack_gaps"]
    own = gaps.loc[gaps["organization"] == stack_monitor.FROZEN]
    flat = own.loc[own["kind"] == "flat"]
    start = pd.Timestamp("2025-01-01")
    assert (flat["day_start"] == start + pd.Timedelta(days=3)).all()
    assert (flat["day_end"] == start + pd.Timedelta(days=6)).all()
    assert len(flat) == own["pollutant"].nunique()
    others = gaps.loc[(gaps["organization"] != stack_monitor.FROZEN) & (gaps["kind"] != "missing")]
    assert others.empty
    missing = own.loc[own["kind"] == "missing"]
    covers = (missing["day_start"] <= start + pd.Timedelta(days=8)) & (
        missing["day_end"] >= start + pd.Timedelta(days=10)
    )
    assert missing.loc[covers, "pollutant"].nunique() == own["pollutant"].nunique()
    assert set(own.loc[own["kind"] == "zero", "pollutant"]) == {"SO2"}


def test_units_that_are_not_stated_are_guesses(made):
    subjects = {guess.subject: guess for guess in made[3].guesses}
    assert subjects["unit of 'pollutant_concentration'"].taken == "mg/Nm³"
    assert "unverified" in subjects["unit of 'emission'"].because
    assert 'rate_unit = "g/s"' in subjects["unit of 'emission'"].overrule
    assert "interval of a reading" not in subjects


def test_mass_is_that_of_the_truth(made):
    _, truth, _, result = made
    mass = integrate_mass(result.tables["stack_days"], zone="Asia/Almaty")
    months = mass.loc[mass["scale"] == "month"].copy()
    months["month"] = months["period_start"].dt.strftime("%Y-%m")
    months = months.groupby(["organization", "source_name", "pollutant", "month"])["measured_t"].sum()
    wanted = truth.mass.loc[truth.mass["substance"].isin(["Диоксид серы", "Метан", "Ртуть"])]
    names = {"Диоксид серы": "SO2", "Метан": "CH4", "Ртуть": "Ртуть"}
    assert len(wanted) > 50
    for row in wanted.to_dict("records"):
        key = (
            " ".join(row["organization"].split()),
            " ".join(row["source_name"].split()),
            names[row["substance"]],
            row["month"],
        )
        # The generator counts 1200 s a reading, the table was read with 7200 s.
        assert months[key] == pytest.approx(6 * row["mass_t"], rel=1e-9)


def test_same_file_gives_the_same_tables_with_any_threads(made):
    path, result = made[0], made[3]
    again = read_stack_monitoring(
        path, zone="Asia/Almaty", period=PERIOD, options=OPTIONS, threads=1, memory_limit="300MB"
    )
    for name, table in result.tables.items():
        pd.testing.assert_frame_equal(table, again.tables[name], check_exact=True)
    pd.testing.assert_frame_equal(result.findings, again.findings)
