"""The whole flow, from the files of a small synthetic city to the report."""

import json
import zipfile

import pytest

import sootprint
from sootprint.cli.demo import demo_settings
from sootprint.core import schema
from sootprint.synthetic import make_city, write_evidence
from sootprint.synthetic.truth import write_truth

SAME_SCHEMA = {"meteorology": "weather", "scorecard_calm_plume": "scorecard_calm"} | dict.fromkeys(
    ("read_findings", "weather_findings", "attribution_findings", "unknown_findings"), "findings"
)
"""Tables that share the columns of another, as the nomenclature says."""


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    city = make_city(1000, days=5)
    few = {"attribution.checks.posts_left_out": 2, "attribution.checks.episodes_left_out": 1}
    case = sootprint.new_case(folder / "case", demo_settings(1000) | few, by="tester")
    for path, kind, options in write_evidence(city, folder / "files"):
        case.add(path, kind, options)
    case.add(write_truth(city, folder / "truth_synthetic.zip"), "truth")
    return case


@pytest.fixture(scope="module")
def made(case):
    return case.investigate()


def test_every_room_gave_its_tables(made):
    for name in ("exceedances", "wind_rose", "operator_hours", "attribution_sources", "inspections"):
        assert len(made.load(name)), name
    assert made.load("operator")["H"].attrs["units"] == "s m-3"


def test_every_table_is_in_the_nomenclature(made):
    for result in made.results:
        for name, artifact in result.artifacts.items():
            if artifact.kind == "table":
                table = SAME_SCHEMA.get(name, name.split("@")[0])
                assert table in schema.table_names(), name
                assert list(artifact.load().columns) == schema.columns(table), name


def test_faults_put_into_the_files_are_in_quarantine(made):
    findings = made.load("findings")
    counts = findings.loc[findings["severity"] == "quarantine", "code"].value_counts()
    assert counts["OBS-FUTURE"] == 2
    assert counts["OBS-OVERFLOW"] == 3
    assert counts["OBS-TEST-STATION"] == 6


def test_unserved_hours_are_missing_and_counted(made):
    hours = made.load("operator_hours").set_index("time_start")["reason"]
    operator = made.load("operator")["H"].load()
    unserved = hours.index[hours != "served"]
    assert len(unserved)
    assert operator.sel(time=unserved.to_numpy()).isnull().all()
    assert operator.sel(time=hours.index[hours == "served"].to_numpy()).notnull().all()


def test_only_the_scorecard_reads_the_truth(case, made):
    readers = {
        entry.data["step"]
        for entry in case.folder.ledger.entries()
        if entry.event == "step" and "truth_synthetic.zip" in entry.data["evidence"]
    }
    assert readers == {"scorecard", "scorecard_plume", "report"}
    report = next(item for item in made.results if item.step.name == "report")
    assert report.artifacts.keys() == {"documents"}


def test_contributions_and_the_rest_add_up_to_what_was_observed(made):
    table = made.load("attribution_episodes")
    table = table.loc[(table["station_id"] == "all") & (table["component"] != "group")]
    parts = table.assign(part=table["component"] == "observed").pivot_table(
        index=["episode_id", "pollutant"], columns="part", values="contribution_ugm3", aggfunc="sum"
    )
    assert (parts[True] - parts[False]).abs().max() < 1e-6 * parts[True].max() + 1e-9


def test_report_says_that_the_city_is_synthetic_and_keeps_complaints_out(case, made):
    page = (made.folder / "report.html").read_text(encoding="utf-8")
    assert "SYNTHETIC" in page.upper()
    assert (made.folder / "report.pdf").read_bytes().startswith(b"%PDF")
    texts = {text for text in made.load("complaints")["text"].dropna() if len(text) > 12}
    assert texts
    with zipfile.ZipFile(made.folder / "ro-crate.zip") as packed:
        assert "ro-crate-metadata.json" in packed.namelist()
        held = b"".join(packed.read(name) for name in packed.namelist() if not name.endswith(".pdf"))
    for text in texts:
        assert text not in page
        assert text.encode() not in held
    assert "guilty" not in page.lower()
    assert "culprit" not in page.lower()
    json.loads((made.folder / "findings.json").read_text(encoding="utf-8"))


def test_nothing_runs_twice_verify_holds_and_a_query_answers(case, made):
    assert case.investigate().ran == []
    assert case.verify().ok
    served = case.sql("select count(*) from operator_hours where reason = 'served'").fetchall()[0][0]
    assert served == (made.load("operator_hours")["reason"] == "served").sum()


@pytest.mark.slow
def test_repeated_run_gives_the_same_bytes(case, made):
    outcome = case.rerun(1)
    assert outcome.ok
    assert all(item.same_bytes for item in outcome.comparisons)
    assert case.verify().ok
