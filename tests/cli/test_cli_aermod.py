"""``sootprint aermod`` runs a deck and says what it did, or what is wrong and where."""

import json
import subprocess
import sys

import pandas as pd
import pytest
from typer.testing import CliRunner

from sootprint.cli.app import app

DECK = """\
CO STARTING
   TITLEONE  One stack
   MODELOPT  CONC  FLAT
   AVERTIME  1  3  PERIOD
   POLLUTID  OTHER
CO FINISHED
SO STARTING
   LOCATION  S1  POINT  0.0  0.0
   SRCPARAM  S1  10.0  30.0  400.  12.0  1.5
   LOCATION  PIT1  OPENPIT  0.0  0.0
   SRCPARAM  PIT1  0.001  0.0  100.0  50.0  1.0E5
   SRCGROUP  ALL
SO FINISHED
RE STARTING
   DISCCART  500.0  0.0
   DISCCART  1000.0  10.0
RE FINISHED
ME STARTING
   SURFFILE  MET.SFC
   PROFFILE  met.pfl
   PROFBASE  0.0
ME FINISHED
OU STARTING
   POSTFILE  1  ALL  PLOT  out.pst
OU FINISHED
"""
HEADER = "   30.0N    95.0W          UA_ID: 1     SF_ID: 1     OS_ID:     VERSION: 24142\n"
NUMBERS = "50. 0.3 1.0 0.01 500. 400. -20. 0.1 1. 0.2"


@pytest.fixture
def deck(tmp_path):
    surface, profile = HEADER, ""
    for hour in range(1, 7):
        speed = "0.0" if hour == 2 else "3.0"
        surface += f"20 1 1 1 {hour} {NUMBERS} {speed} 270. 10. 290. 2. 0 0. 50. 1000. 5 NAD NoSubs\n"
        profile += f"20 1 1 {hour} 10. 1 270. {speed} 17. 99. 99.\n"
    (tmp_path / "met.sfc").write_text(surface, encoding="utf-8")
    (tmp_path / "met.pfl").write_text(profile, encoding="utf-8")
    path = tmp_path / "deck.inp"
    path.write_text(DECK, encoding="utf-8")
    return path


def aermod(*arguments):
    return CliRunner().invoke(app, ["aermod", *map(str, arguments)])


def test_what_is_not_computed_ends_with_two_and_its_line(deck, tmp_path):
    command = [sys.executable, "-m", "sootprint", "aermod", str(deck), "--out", str(tmp_path / "a.parquet")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 2
    told = " ".join(done.stderr.split())
    assert "PIT1: sources of kind OPENPIT are not computed" in told
    assert "deck.inp, line 10" in told
    assert "--types POINT" in told


def test_options_that_cannot_be(deck, tmp_path):
    assert "0 threads" in str(aermod(deck, "--out", tmp_path / "a.parquet", "--threads", 0).exception)
    assert "no folder" in str(aermod(deck, "--out", tmp_path / "b" / "a.parquet").exception)
    assert "no file" in str(aermod(tmp_path / "none.inp", "--out", tmp_path / "a.parquet").exception)


@pytest.mark.slow
def test_part_of_a_deck_is_run(deck, tmp_path):
    path = tmp_path / "a.parquet"
    done = aermod(deck, "--out", path, "--types", "point", "--averages", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.output)
    assert said["hours_by_reason"] == {"calm": 1, "served": 5}
    assert said["rows"] == 2 * (6 + 2 + 1)
    assert [item["keyword"] for item in said["ignored"]] == ["OU POSTFILE"]
    table = pd.read_parquet(path)
    hourly = table[table["ave"] == "1-HR"]
    assert hourly.groupby("yymmddhh")["concentration_ugm3"].count().tolist() == [2, 0, 2, 2, 2, 2]
    assert (hourly["concentration_ugm3"].dropna() > 0).all()
    shown = aermod(deck, "--out", path, "--sources", "S1")
    assert "1 calm (AERMOD prints 0 for them)" in " ".join(shown.output.split())
    assert "Wrote 12 rows" in shown.output
