"""The validation against printed examples needs no data and says where a digit differs."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from sootprint.cli import ond86_truth
from sootprint.cli.app import app


def test_every_printed_digit_is_met():
    table = ond86_truth.ond86()
    printed = table.loc[table["example"] != "joint of the text"]
    assert len(printed) == len(ond86_truth.PRINTED)
    assert set(printed["agrees"]) == {"yes"}


def test_a_wrong_digit_is_said(monkeypatch):
    wrong = [(ond86_truth.APPENDIX, "xm [m]", "xm", "431")]
    monkeypatch.setattr(ond86_truth, "PRINTED", wrong)
    assert ond86_truth.ond86()["agrees"].iloc[0] == "NO"


def test_the_command_runs_without_a_data_folder(monkeypatch):
    monkeypatch.delenv("SOOTPRINT_DATA", raising=False)
    made = CliRunner().invoke(app, ["validate", "ond86", "--json"])
    assert made.exit_code == 0
    assert json.loads(made.stdout)["name"] == "ond86"
