"""The commands do what they say, and their exit codes mean something."""

import json
import subprocess
import sys

import pandas as pd
import pytest
from typer.testing import CliRunner

from sootprint.cli import validation
from sootprint.cli.app import app
from sootprint.cli.arguments import reader_options
from sootprint.core.errors import InputError

HOURS = "\n".join(f"2024-11-{1 + i // 24:02d} {i % 24:02d}:00,{20 + 7 * (i % 5)}" for i in range(72))


def sootprint(*arguments: object, code: int = 0) -> str:
    """Run the command in a process of its own; its standard output."""
    command = [sys.executable, "-m", "sootprint", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stdout + done.stderr


@pytest.fixture
def case(tmp_path):
    folder = tmp_path / "case"
    sootprint("new", folder, "--title", "Three days", "--lon", 82.6, "--lat", 49.95, "--zone", "Asia/Almaty")
    file = tmp_path / "readings.csv"
    file.write_text(f"time,SO2 (ug/m3)\n{HOURS}\n2031-01-01 00:00,30\n", encoding="utf-8")
    options = ["station_id=Post 1", "stamp=beginning", "duration_s=3600"]
    sootprint("add", folder, file, "--as", "observations", *[x for o in options for x in ("--option", o)])
    return folder


def test_check_names_the_faulty_row_and_its_cure(case):
    made = json.loads(sootprint("check", case, "--json"))
    assert made["ok"]
    fault = next(item for item in made["findings"] if item["code"] == "OBS-FUTURE")
    assert fault["severity"] == "quarantine"
    assert (fault["file"], fault["row"]) == ("readings.csv", 74)
    assert fault["rule"]
    assert fault["cure"]
    assert {"CASE-NO-WEATHER", "CASE-STATION-NO-COORDINATES"} <= {x["code"] for x in made["findings"]}


def test_verify_finds_a_changed_byte_and_says_so_by_its_exit_code(case):
    assert json.loads(sootprint("verify", case, "--json"))["ok"]
    toml = case / "case.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert "case.toml" in sootprint("verify", case, code=4)


def test_case_without_readings_stops_with_the_cure(tmp_path):
    sootprint("new", tmp_path / "empty", "--lon", 0, "--lat", 0)
    told = sootprint("investigate", tmp_path / "empty", code=2)
    assert "CASE-NO-OBSERVATIONS" in told
    assert "sootprint add" in told


def test_absent_case_is_named(tmp_path):
    assert "no case in" in sootprint("check", tmp_path / "nowhere", code=3)


def test_unknown_step_is_answered_with_the_known_ones(case):
    assert "gather" in sootprint("investigate", case, "--from", "magic", code=2)


def test_unknown_validation_lists_the_known_ones(tmp_path):
    result = CliRunner().invoke(app, ["validate", "magic", "--data", str(tmp_path)])
    assert isinstance(result.exception, InputError)
    assert "la_oroya" in str(result.exception)


def test_options_are_toml_or_a_bare_word():
    given = ["stamp=ending", "duration_s=1200", "units={SO2='ppb'}", "bounds=[82, 49, 83, 50]"]
    assert reader_options(given) == {
        "stamp": "ending",
        "duration_s": 1200,
        "units": {"SO2": "ppb"},
        "bounds": [82, 49, 83, 50],
    }
    with pytest.raises(InputError, match="key=value"):
        reader_options(["stamp"])


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("time,station,SO2,NO2", "observations"),
        ("time,wind_speed,pressure,humidity,cloud", "weather"),
        ("source_id,height_m,diameter_m,rate_g_s", "sources"),
        ("complaint_id,time,severity,text", "complaints"),
    ],
)
def test_kind_is_told_from_the_headings(tmp_path, heading, kind):
    from sootprint.case.flow import guess_kind

    path = tmp_path / "file.csv"
    path.write_text(heading + "\n" + ",".join("1" for _ in heading.split(",")) + "\n", encoding="utf-8")
    assert guess_kind(path) == kind


def test_kind_that_cannot_be_told_is_asked_for(tmp_path):
    from sootprint.case.flow import guess_kind

    path = tmp_path / "file.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be told"):
        guess_kind(path)


def test_validation_page_holds_table_and_notes(monkeypatch, tmp_path):
    def function(_data, _quick):
        table = pd.DataFrame({"case_name": ["a"], "slope": [0.99999], "gap": [float("nan")]})
        table.attrs["notes"] = ["Said once."]
        return table

    monkeypatch.setitem(validation.VALIDATIONS, "sample", ("a sample", function))
    page = tmp_path / "sample.md"
    result = CliRunner().invoke(app, ["validate", "sample", "--data", str(tmp_path), "--out", str(page)])
    assert result.exit_code == 0
    assert "Said once." in result.stdout
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Validation `sample`: a sample\n")
    assert "| case name | slope | gap |\n|---|---|---|\n| a | 1 |  |\n" in text
    assert text.endswith("\n\nSaid once.\n")
