"""Command ``bulletin``: from a case's files to indices, texts and PDFs."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import sootprint
from sootprint.case.config import edit_settings
from sootprint.cli.app import app
from sootprint.core.errors import ConfigError, InputError

AUTOMATIC = [(day, hour, 20 + 7 * (hour % 5)) for day in range(1, 31) for hour in range(24)]
MANUAL = [(day, hour, 30 + hour) for day in range(1, 31) for hour in (1, 7, 13, 19)]


def lines(rows):
    return "\n".join(f"2024-11-{day:02d} {hour:02d}:00,{value}" for day, hour, value in rows)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bulletin")
    made = sootprint.new_case(
        folder / "case",
        {"title": "A month", "place.name": "Made-up city", "place.lon": 82.6, "place.lat": 49.95,
         "place.zone": "Asia/Almaty"},
    )  # fmt: skip
    automatic, manual, weather, posts = (
        folder / name for name in ("automatic.csv", "manual.csv", "weather.csv", "posts.csv")
    )
    automatic.write_text(f"time,SO2 (ug/m3)\n{lines(AUTOMATIC)}\n2024-12-01 00:00,5600\n", encoding="utf-8")
    made.add(automatic, "observations", {"station_id": "A 1", "stamp": "beginning", "duration_s": 3600})
    manual.write_text(f"time,SO2 (ug/m3)\n{lines(MANUAL)}\n", encoding="utf-8")
    made.add(manual, "observations", {"station_id": "M 1", "stamp": "beginning", "duration_s": 1200})
    winds = lines((day, hour, 0.4 if day < 4 else 4) for day, hour, _ in AUTOMATIC)
    weather.write_text(f"time,wind speed (m/s)\n{winds}\n", encoding="utf-8")
    made.add(weather, "weather", {"layout": "table", "stamp": "beginning"})
    posts.write_text("station,name,kind,district\nM 1,Hill,manual,Upper\n", encoding="utf-8")
    made.add(posts, "observations", {"layout": "stations"})
    edit_settings(made.path / "case.toml", {("stations", "A 1", "district"): "Lower"})
    return made


def invoke(case, *arguments):
    return CliRunner().invoke(app, ["bulletin", str(case.path), *map(str, arguments)], catch_exceptions=False)


def test_month_as_json(case, tmp_path):
    done = invoke(case, "--month", "2024-11", "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0
    made = json.loads(done.stdout)
    assert made["options"] == {"exponents": "emirsaba", "rules": "classic", "missing_daily": "exclude"}
    tables = made["periods"][0]
    rows = {(row["scope"], row["place"], row["index"]): row for row in tables["air_indices"]}
    assert {place for _scope, place, _index in rows} == {"city", "Lower", "Upper", "A 1", "M 1"}
    assert rows["city", "city", "SI"]["value"] == pytest.approx(49 / 500)  # the manual post at 19 h
    assert rows["post", "A 1", "SI"]["value"] == pytest.approx(48 / 500)
    own = {row["place"]: row for row in tables["index_pollutants"]}
    assert own["M 1"]["mean_ugm3"] == pytest.approx(40.0)  # 30 + (1 + 7 + 13 + 19) / 4
    assert (own["M 1"]["n_observations"], own["M 1"]["n_days"]) == (120, 30)
    assert "samples" in own["M 1"]["remarks"]
    assert "hourly_understates" in own["A 1"]["remarks"]
    assert tables["air_potential"][0]["n_calm_hours"] == 72
    adverse = {day["day_local"] for day in tables["nmu_days"] if day["regime"] != "none"}
    assert adverse <= {"2024-10-31", "2024-11-01", "2024-11-02", "2024-11-03", "2024-11-04"}
    assert adverse
    names = {path.rsplit("/", 1)[1] for path in made["files"]}
    assert {"bulletin.en.pdf", "bulletin.en.md", "2024-11.air_indices.csv"} <= names


def test_next_month_finds_high_pollution_by_the_rules_that_are_named(case, tmp_path):
    done = invoke(case, "--month", "2024-12", "--out", tmp_path / "one", "--rules", "kz", "--language", "kk")
    assert done.exit_code == 0
    assert "very high" in done.stdout
    assert "vz-kz" in done.stdout
    text = (tmp_path / "one" / "bulletin.kk.md").read_text(encoding="utf-8")
    assert "Ластану деңгейі" in text
    assert "vz-kz" in text
    assert not (tmp_path / "one" / "bulletin.en.md").exists()
    weekly = invoke(case, "--month", "2024-12", "--out", tmp_path / "two", "--rules", "kazhydromet-weekly")
    assert "No case of high pollution by the rules 'kazhydromet-weekly'" in weekly.stdout


def test_only_the_reading_steps_run(case, tmp_path):
    invoke(case, "--month", "2024-11", "--out", tmp_path / "out")
    steps = {path.name.split("-")[0] for path in (case.path / "store").iterdir() if path.is_dir()}
    assert steps <= {"read", "gather"}
    assert case.verify().ok


def test_faults_name_their_cure(case, tmp_path):
    with pytest.raises(ConfigError, match="period") as caught:
        invoke(case)
    assert "--month" in caught.value.cure
    with pytest.raises(InputError, match="no reading in 2023-05") as caught:
        invoke(case, "--month", "2023-05", "--out", tmp_path)
    assert "2024-11-01 to 2024-12-01" in caught.value.rule
    with pytest.raises(ConfigError, match="berlin"):
        invoke(case, "--year", "2024", "--exponents", "berlin", "--out", tmp_path)
    with pytest.raises(ConfigError, match="'de'"):
        invoke(case, "--year", "2024", "--language", "de", "--out", tmp_path)
