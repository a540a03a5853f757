"""Commands ``nmu`` and ``cut``: from a case's files to regimes, warning, reductions and checks."""

from __future__ import annotations

import csv
import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import sootprint
from sootprint.cli.app import app
from sootprint.cli.cut import intervals, local_time, share
from sootprint.core.errors import InputError
from sootprint.sources.readers.template import flat_columns

FIRST = pd.Timestamp("2024-11-01")
DAYS = 30
WINDOW = ("2024-11-12", "2024-11-15")


def hours(count=24 * DAYS, first=FIRST):
    return pd.date_range(first, periods=count, freq="h")


def weather_lines(times, calm):
    """Local lines of weather; the wind blows from the plant to the post and stands still while ``calm``."""
    rows = [
        f"{time:%Y-%m-%d %H:%M},{0.6 if still else 4 + 0.2 * (time.hour % 3)},{90 + 5 * (number % 3)},"
        f"{99 if still else 60}"
        for number, (time, still) in enumerate(zip(times, calm, strict=True))
    ]
    return "time,wind speed (m/s),wind direction (deg),relative humidity (%)\n" + "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nmu")
    made = sootprint.new_case(
        folder / "case",
        {"title": "A month", "place.name": "Made-up city", "place.lon": 82.6, "place.lat": 49.95,
         "place.zone": "Asia/Almaty"},
    )  # fmt: skip
    times = hours()
    still = (times >= "2024-11-20") & (times < "2024-11-22")
    readings = folder / "readings.csv"
    body = "\n".join(
        f"{time:%Y-%m-%d %H:%M},{(2000 if bad else 20) + time.hour}"
        for time, bad in zip(times, still, strict=True)
    )
    readings.write_text(f"time,SO2 (ug/m3)\n{body}\n", encoding="utf-8")
    made.add(readings, "observations", {"station_id": "P 1", "stamp": "beginning", "duration_s": 3600})
    air = folder / "weather.csv"
    air.write_text(weather_lines(times, still), encoding="utf-8")
    made.add(air, "weather", {"layout": "table", "stamp": "beginning"})
    inventory = folder / "sources.csv"
    row = {
        "facility_id": "PLANT", "facility_name": "Smelter", "kind": "point", "lon": "82.6234",
        "lat": "49.9671", "height_m": "100", "diameter_m": "3", "exit_velocity_m_s": "12",
        "exit_temperature_k": "400", "pollutant": "SO2",
    }  # fmt: skip
    with inventory.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, flat_columns())
        writer.writeheader()
        for number, rate in (("0001", "80"), ("0002", "20")):
            writer.writerow(row | {"source_id": f"PLANT/{number}", "source_number": number, "rate_g_s": rate})
    made.add(inventory, "sources")
    return made


@pytest.fixture(scope="module")
def stack_file(tmp_path_factory):
    """Stack monitoring with times of day: source 0001 halves in the window, with six hours missing."""
    path = tmp_path_factory.mktemp("stack") / "ams.csv"
    rng = np.random.default_rng(1)
    times = pd.date_range(FIRST, periods=72 * DAYS, freq="20min")
    inside = (times >= WINDOW[0]) & (times < WINDOW[1])
    gone = (times >= "2024-11-13 06:00") & (times < "2024-11-13 12:00")
    rate = 80.0 * np.exp(0.1 * rng.standard_normal(len(times))) * np.where(inside, 0.5, 1.0)
    lines = ["time;organization;source;substance;g/s"]
    lines += [
        f"{time:%Y-%m-%d %H:%M};Smelter;0001;SO2;{value:.4f}"
        for time, value, out in zip(times, rate, gone, strict=True)
        if not out
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def invoke(*arguments):
    return CliRunner().invoke(app, [str(item) for item in arguments], catch_exceptions=False)


def test_nmu_tells_regimes_warning_and_reductions(case, tmp_path):
    done = invoke("nmu", case.path, "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0
    made = json.loads(done.stdout)
    degrees = {(row["day_local"], row["period"]): row["regime"] for row in made["days"]}
    assert degrees["2024-11-10", "day"] == "none"
    # Fog from midnight; stagnant air after half a day, so two families, at four limits.
    assert degrees["2024-11-19", "night"] == "I"
    assert degrees["2024-11-20", "day"] == "II"
    assert degrees["2024-11-20", "night"] == "II"
    assert made["regime"] == "II"
    assert {row["source_id"] for row in made["reductions"]} == {"PLANT/0001", "PLANT/0002"}
    assert {row["mark"] for row in made["reductions"]} == {"secondary"}
    assert "WARNING" in made["warnings"]["en"]
    names = {path.rsplit("/", 1)[-1] for path in made["files"]}
    assert names == {"nmu_days.csv", "nmu_reductions.csv", "nmu-warning.en.pdf", "nmu-warning.en.txt"}


def test_nmu_in_kazakh_for_a_day_and_with_shares(case, tmp_path):
    shares = tmp_path / "shares.csv"
    shares.write_text(
        "source_id,pollutant,concentration_ratio\nPLANT/0001,SO2,0.6\nPLANT/0002,SO2,0.1\n", encoding="utf-8"
    )
    told = invoke("nmu", case.path, "--day", "2024-11-10", "--language", "kk").stdout
    assert "ЕСКЕРТУ ЖОҚ" in told
    made = json.loads(invoke("nmu", case.path, "--shares", shares, "--json").stdout)
    covered = {row["regime"]: row["covered"] for row in made["reductions"]}
    assert covered == {"I": False, "II": False, "III": True}
    shares.write_text("source_id,pollutant,concentration_ratio\nPLANT/0001,SO2,much\n", encoding="utf-8")
    with pytest.raises(InputError, match="no part of a norm"):
        invoke("nmu", case.path, "--shares", shares)
    with pytest.raises(InputError, match="no weather of 2031"):
        invoke("nmu", case.path, "--day", "2031-01-01")


def test_nmu_of_a_forecast_goes_on_from_what_was_observed(case, tmp_path):
    ahead = tmp_path / "forecast.csv"
    times = hours(48, FIRST + pd.Timedelta(days=DAYS))
    ahead.write_text(weather_lines(times, [True] * 48), encoding="utf-8")
    made = json.loads(invoke("nmu", case.path, "--forecast", ahead, "--json").stdout)
    later = [row for row in made["days"] if row["mode"] == "forecast"]
    assert {row["mode"] for row in made["warned"]} == {"forecast"}
    assert len(later) >= 4
    # The readings before it are clean: adverse weather without a degree.
    assert made["regime"] == "without_degree"
    foul = tmp_path / "air.csv"
    body = "\n".join(f"P 1,SO2,{time:%Y-%m-%d %H:%M},{1700 + time.hour}" for time in times)
    foul.write_text(f"station_id,pollutant,time,value (ug/m3)\n{body}\n", encoding="utf-8")
    told = json.loads(invoke("nmu", case.path, "--forecast", ahead, "--forecast-air", foul, "--json").stdout)
    assert told["regime"] == "II"


def test_cut_reads_the_stack_file_and_counts_its_gap(case, stack_file):
    arguments = [
        "cut", case.path, "--source", "PLANT/0001", "--pollutant", "SO2", "--from", WINDOW[0],
        "--to", "2024-11-14", "--promised", "0.5", "--stack-monitoring", stack_file, "--no-operator",
        "--reference-days", "10",
    ]  # fmt: skip
    made = json.loads(invoke(*arguments, "--json").stdout)
    row = next(item for item in made["checks"] if item["method"] == "stack")
    assert row["verdict"] == "consistent with the promised cut"
    assert (row["window_h"], row["window_missing_h"]) == (72, 6)
    assert row["cut"] == pytest.approx(0.5, abs=0.02)
    told = invoke(*arguments).stdout
    assert "Stack monitors: consistent with the promised cut" in told
    assert "missing is not compliance" in told


def test_cut_of_a_plant_names_the_stack_without_monitor(case, stack_file):
    made = json.loads(
        invoke(
            "cut", case.path, "--plant", "PLANT", "--pollutant", "SO2", "--from", WINDOW[0],
            "--to", "2024-11-14T23:00", "--promised", "0.2", "--stack-monitoring", stack_file,
            "--no-operator", "--reference-days", "10", "--json",
        ).stdout
    )  # fmt: skip
    row = next(item for item in made["checks"] if item["method"] == "stack")
    assert row["sources_missing"] == "PLANT/0002"
    assert row["checked_share"] == pytest.approx(0.8)
    assert row["verdict"] == "larger than promised"
    assert row["window_h"] == 71


def test_intervals_to_leave_out_are_read_and_faults_told(tmp_path):
    path = tmp_path / "repair.csv"
    path.write_text("from,to,reason\n2024-11-01,2024-11-02,repair\n", encoding="utf-8")
    made = intervals(path, "Asia/Almaty")
    assert made.loc[0].tolist() == [pd.Timestamp("2024-10-31 19:00"), pd.Timestamp("2024-11-02 19:00")]
    path.write_text("begin,end\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="no column 'from'"):
        intervals(path, "UTC")


def test_times_are_local_and_a_closing_date_is_included():
    assert local_time("2024-11-12", "Asia/Almaty") == pd.Timestamp("2024-11-11 19:00")
    assert local_time("2024-11-12", "Asia/Almaty", closing=True) == pd.Timestamp("2024-11-12 19:00")
    assert local_time("2024-02-12T08:00", "Asia/Almaty") == pd.Timestamp("2024-02-12 02:00")
    with pytest.raises(InputError):
        local_time("soon", "UTC")
    assert share(0.254) == "25 %"
    assert share(float("nan")) == "no bound"
