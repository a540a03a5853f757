"""The table of stack monitoring holds the faults that it says it holds."""

import csv

import pytest

from sootprint.synthetic import stack_monitor
from sootprint.synthetic.stack_monitor import SHARES, write_stack_table


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("stack") / "table.csv"
    truth = write_stack_table(
        path, rows=40_000, seed=3, sources=12, readings_a_day=24, shares={"overflow": 1e-3}
    )
    with path.open(encoding="utf-8", newline="") as file:
        return truth, list(csv.DictReader(file, delimiter=";"))


def test_rows_and_headings(table):
    truth, rows = table
    assert len(rows) == truth.rows == 40_000
    assert tuple(rows[0]) == stack_monitor.COLUMNS


def test_shares_are_near_those_described(table):
    truth, rows = table
    tests = sum(row["organization_name"] == stack_monitor.TEST_ORGANIZATION for row in rows)
    assert tests == truth.quarantined["test"]
    assert tests / len(rows) == pytest.approx(SHARES["test"], rel=0.05)
    filled = sum(row["emission"] != "" for row in rows) / len(rows)
    assert filled == pytest.approx(1 - SHARES["no_rate"], abs=0.01)
    assert truth.over_limit / truth.with_ratio == pytest.approx(0.891, abs=0.02)


def test_every_described_fault_is_there(table):
    _, rows = table
    dates = {row["registered_date"] for row in rows}
    assert max(dates) > "2029"
    assert min(dates) < "2020"
    names = {row["organization_name"] + row["source_name"] for row in rows}
    assert any("\n" in name for name in names)
    assert any("\t" in name for name in names)
    assert any('"' in name for name in names)
    assert any(row["region"] == stack_monitor.REGION_MISSPELT for row in rows)
    kinds = {row["emission_type"] for row in rows}
    assert {"Сточные воды", "Пыль (взвешенные частицы)", "Взвешенные частицы"} <= kinds
    assert not any(
        row["air_excess_ratio"] for row in rows if row["organization_name"] == stack_monitor.SMELTER
    )
    assert any(row["emission"].startswith("1.2345678") for row in rows)


def test_same_arguments_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_stack_table(tmp_path / name, rows=3000, seed=5, sources=8)
    write_stack_table(tmp_path / "c", rows=3000, seed=6, sources=8)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes() != (tmp_path / "c").read_bytes()


def test_progress_reaches_the_end(tmp_path):
    seen = []
    write_stack_table(
        tmp_path / "t", rows=5000, sources=6, progress=lambda done, total: seen.append((done, total))
    )
    assert seen[-1] == (5000, 5000)


def test_impossible_arguments_are_refused(tmp_path):
    with pytest.raises(ValueError, match="six sources"):
        write_stack_table(tmp_path / "t", rows=10, sources=5)
    with pytest.raises(ValueError, match="no such fault: rain"):
        write_stack_table(tmp_path / "t", rows=10, shares={"rain": 0.1})
