"""The command ``audit``: what it prints, writes and ends with."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from sootprint.cli.app import app
from sootprint.core.errors import ConfigError, InputError

ROWS = [
    {"source_id": "P/0001", "height_m": 120, "diameter_m": 4.2, "exit_velocity_m_s": 15.0, "pollutant": "SO2",
     "rate_g_s": 250, "annual_t": 6500},
    {"source_id": "P/0001", "height_m": 120, "diameter_m": 4.2, "exit_velocity_m_s": 15.0, "pollutant": "NO2",
     "rate_g_s": 40, "annual_t": 1000},
    {"source_id": "P/0001", "height_m": 120, "diameter_m": 4.2, "exit_velocity_m_s": 15.0, "pollutant": "CO",
     "rate_g_s": 11, "annual_t": 300},
]  # fmt: skip
EXTRA = {
    "facility_id": "P", "facility_kind": "power", "source_number": "0001", "kind": "point", "lon": 82.6187,
    "lat": 49.9773, "exit_temperature_k": 403.15, "hours_per_year": 8000, "flow_m3_s": 208,
}  # fmt: skip


def inventory(tmp_path, **changes):
    rows = [{**EXTRA, **row} for row in ROWS]
    rows[0] |= changes
    path = tmp_path / "inventory.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def run(*arguments):
    return CliRunner().invoke(app, ["audit", *map(str, arguments)])


def test_an_inventory_without_a_finding(tmp_path):
    made = run(inventory(tmp_path))
    assert made.exit_code == 0, made.output
    assert "No finding" in made.output


def test_an_error_ends_with_two_and_names_row_rule_and_document(tmp_path):
    path = inventory(tmp_path, annual_t=9000)
    made = run(path, "--json")
    assert made.exit_code == 2
    told = json.loads(made.output)
    assert told["ok"] is False
    (found,) = told["findings"]
    assert (found["code"], found["row"], found["value"]) == ("AUD-LOAD-FACTOR", 2, 9000.0)
    assert found["expected_high"] == pytest.approx(250.5 * 8000.5 * 3.6e-3 + 0.5, rel=1e-6)
    assert found["document"]
    shown = run(path)
    assert shown.exit_code == 2
    assert "AUD-LOAD-FACTOR" in shown.output
    assert "1 findings: 1 error" in " ".join(shown.output.split())


@pytest.mark.parametrize("suffix", [".csv", ".md", ".xlsx"])
def test_findings_are_written(tmp_path, suffix):
    if suffix == ".xlsx":
        pytest.importorskip("openpyxl")
    path = tmp_path / "deep" / f"found{suffix}"
    assert run(inventory(tmp_path, annual_t=9000), "--out", path).exit_code == 2
    if suffix == ".md":
        text = path.read_text(encoding="utf-8")
        assert "### AUD-LOAD-FACTOR" in text
        assert "Would be resolved by: log of working hours" in text
        assert "inventory.csv row 2" in text
    else:
        table = pd.read_csv(path) if suffix == ".csv" else pd.read_excel(path, engine="openpyxl")
        assert table["code"].tolist() == ["AUD-LOAD-FACTOR"]


def test_fuel_balance_and_limits(tmp_path):
    fuel = tmp_path / "fuel.csv"
    fuel.write_text(
        "facility_id,fuel,mass_t_yr,sulphur_percent,ash_percent\nP,coal,100000,0.4,20\n", encoding="utf-8"
    )
    balance = tmp_path / "balance.csv"
    balance.write_text("facility_id,stream,mass_t_yr,sulphur_percent\nP,in,9000,30\n", encoding="utf-8")
    made = run(inventory(tmp_path), "--fuel", fuel, "--json")
    told = {item["code"]: item for item in json.loads(made.output)["findings"]}
    assert told["AUD-FUEL-SO2"]["expected_high"] < 6500
    assert made.exit_code == 0
    made = run(inventory(tmp_path), "--balance", balance, "--json")
    assert [item["code"] for item in json.loads(made.output)["findings"]] == ["AUD-SMELTER-SULPHUR"]
    made = run(inventory(tmp_path, annual_t=3000), "--limit", "load_factor_low=0.5", "--json")
    assert [item["code"] for item in json.loads(made.output)["findings"]] == ["AUD-LOAD-FACTOR-LOW"]


def test_stack_monitoring_and_posts(tmp_path):
    hours = pd.date_range("2024-01-01", periods=24 * 120, freq="h")
    stack = tmp_path / "stack.csv"
    table = pd.DataFrame(
        {"time": hours.strftime("%Y-%m-%d %H:%M"), "source_name": "0001", "organization_name": "P",
         "pollutant": "SO2", "emission": [600.0 + i % 7 for i in range(len(hours))]}
    )  # fmt: skip
    table.to_csv(stack, index=False, sep=";")
    arguments = ["--stack-monitoring", stack, "--zone", "Asia/Almaty", "--stack-option", "interval_s=3600"]
    arguments += ["--stack-option", 'organizations={"P" = "P"}', "--stack-option", "rate_unit=g/s"]
    made = run(inventory(tmp_path), *arguments, "--json")
    assert made.exit_code in {0, 2}, made.output
    codes = {item["code"] for item in json.loads(made.output)["findings"]}
    assert "AUD-STACK-MAXIMUM" in codes


def test_wrong_settings_are_refused(tmp_path):
    path = inventory(tmp_path)
    for arguments, error in (
        ([path, "--out", tmp_path / "found.pdf"], ConfigError),
        ([path, "--stack-monitoring", path], ConfigError),
        ([path, "--fuel", tmp_path / "absent.csv"], InputError),
        ([tmp_path / "absent.csv"], InputError),
        ([path, "--limit", "nonsense=1"], ConfigError),
    ):
        assert isinstance(run(*arguments).exception, error)
