"""Evidence files of a synthetic city through the real readers, and the scorecards."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from sootprint.core.errors import InputError
from sootprint.monitors import read_complaints, read_observations
from sootprint.sources import mean_rates, read_sources
from sootprint.synthetic import episode_scorecard, make_city, scorecard, truth_tables, write_evidence
from sootprint.weather import read_weather

ZONE, NOW = "Asia/Almaty", pd.Timestamp("2026-01-01")


@pytest.fixture(scope="module")
def city():
    return make_city(11, days=5)


@pytest.fixture(scope="module")
def files(city, tmp_path_factory):
    return write_evidence(city, tmp_path_factory.mktemp("evidence"))


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_same_seed_same_bytes(city, files, tmp_path):
    write_evidence(make_city(11, days=5), tmp_path)
    assert digests(tmp_path) == digests(files[0][0].parent)


def test_every_file_says_synthetic(files):
    folder = files[0][0].parent
    assert all("synthetic" in path.name for path in folder.iterdir())
    assert "SYNTHETIC CITY" in (folder / "README_synthetic.txt").read_text(encoding="utf-8")
    for path, kind, _ in files:
        if kind == "sources":
            text = path.read_text(encoding="utf-8").casefold()
            assert "синтетические" in text or "invented" in text


def test_observations_come_back_and_every_fault_is_found(city, files):
    read = [
        read_observations(path, zone=ZONE, options=options, now=NOW)
        for path, kind, options in files
        if kind == "observations"
    ]
    counts = pd.concat([result.findings for result in read])["code"].value_counts()
    assert counts["OBS-FUTURE"] == city.faults["future_rows"]
    assert counts["OBS-OVERFLOW"] == city.faults["overflow_rows"]
    assert counts["OBS-DUPLICATE"] == city.faults["duplicate_rows"]
    assert counts["OBS-DUPLICATE-CONFLICT"] == 2 * city.faults["conflict_rows"]
    assert counts["OBS-TEST-STATION"] == city.faults["test_rows"]
    keys = ["station_id", "pollutant", "time_start"]
    got = pd.concat([result.tables["observations"] for result in read if "observations" in result.tables])
    joined = got.merge(city.observations, on=keys, how="outer", suffixes=("", "_true"), indicator=True)
    lost = (joined["_merge"] != "both").sum()
    assert lost == city.faults["conflict_rows"]
    both = joined[joined["_merge"] == "both"]
    below = both["flag"] == "below_detection"
    assert np.allclose(both.loc[~below, "value_ugm3"], both.loc[~below, "value_ugm3_true"], equal_nan=True)
    assert np.allclose(both.loc[below, "detection_limit_ugm3"], both.loc[below, "detection_limit_ugm3_true"])
    changed = both[both["flag"] != both["flag_true"]]
    assert set(changed["flag"]) <= {"suspect"}
    posts = pd.concat([result.tables["stations"] for result in read]).dropna(subset=["lon"])
    assert set(posts["station_id"]) == set(city.stations["station_id"])


def test_weather_and_complaints_come_back(city, files):
    for path, kind, options in files:
        if kind == "weather":
            result = read_weather(path, zone=ZONE, options=options, now=NOW)
            got = result.tables["weather"]
            assert (got["time_start"] == city.weather["time_start"]).all()
            for column in ("wind_speed", "wind_from_direction", "air_temperature", "pressure", "humidity"):
                assert np.allclose(got[column], city.weather[column], equal_nan=True), column
            assert np.allclose(got["cloud"], city.weather["cloud"])
        elif kind == "complaints":
            result = read_complaints(path, zone=ZONE, options=options, now=NOW)
            got = result.tables["complaints"]
            assert len(got) == len(city.complaints)
            assert (got["complaint_id"] == city.complaints["complaint_id"]).all()
            assert (got["time_start"] == city.complaints["time_start"]).all()


def test_inventories_come_back_from_their_plant_grids(city, files):
    read = [
        read_sources(path, crs=city.crs, options=options)
        for path, kind, options in files
        if kind == "sources"
    ]
    sources = pd.concat([result.tables["sources"] for result in read]).set_index("source_id")
    known = city.sources.set_index("source_id")
    assert set(sources.index) == set(known.index)
    sources = sources.loc[known.index]
    assert np.allclose(sources["lon"], known["lon"], atol=2e-6)
    assert np.allclose(sources["lat"], known["lat"], atol=2e-6)
    assert (sources["source_number"] == known["source_number"]).all()
    for column in ("height_m", "diameter_m", "exit_velocity_m_s", "exit_temperature_k"):
        assert np.allclose(sources[column], known[column], atol=0.06, equal_nan=True), column
    emissions = pd.concat([result.tables["emissions"] for result in read])
    rates = mean_rates(emissions, sources=sources.reset_index())
    joined = rates.merge(city.rate_table, on=["source_id", "pollutant"])
    assert len(joined) == len(city.rate_table)
    assert np.allclose(joined["rate_g_s"], joined["declared_g_s"], rtol=1e-3)


def perfect(city):
    table = city.rate_table.rename(columns={"true_g_s": "inferred_g_s"})[
        ["source_id", "pollutant", "inferred_g_s", "wrongly_declared"]
    ].copy()
    table["inferred_q05_g_s"] = table["inferred_g_s"] * 0.8
    table["inferred_q95_g_s"] = table["inferred_g_s"] * 1.2
    return table


def test_scorecard_of_a_perfect_and_of_a_wrong_answer(city):
    answer = perfect(city)
    ranking = pd.DataFrame(
        {"rank": [1, 2], "source_id": answer["source_id"].iloc[[0, 4]], "pollutant": ["SO2", "SO2"]}
    )
    made = scorecard(city, answer, ranking)
    assert made["holds"].all()
    assert made["rank"].notna().sum() == 2
    assert made["wrongly_declared"].sum() == 3 * 4
    wrong = answer.assign(inferred_q05_g_s=answer["inferred_q95_g_s"])
    assert not scorecard(city, wrong)["holds"].any()


def test_scorecard_of_another_city_is_refused(city):
    answer = perfect(city)
    answer.loc[0, "source_id"] = "MOON/0001"
    with pytest.raises(InputError, match="MOON/0001"):
        scorecard(city, answer)


def test_episode_scorecard_is_over_the_served_readings(city):
    times = city.truth["time"].to_series().reset_index(drop=True)
    reason = np.where(times.index % 3 == 0, "calm", "served")
    hours = pd.DataFrame({"time_start": times, "reason": reason})
    episodes = pd.DataFrame(
        {"episode_id": ["SO2-001"], "time_start": [times[24]], "time_end": [times[48]], "pollutant": ["SO2"]}
    )
    post, source = "PNZ-5", "UKMK/0010"
    usable = city.observations.query("pollutant == 'SO2' and flag in ['valid', 'below_detection']")
    usable = usable[usable["time_start"].isin(times[reason == "served"])]
    usable = usable[(usable["time_start"] >= times[24]) & (usable["time_start"] < times[48])]
    true = city.truth_contributions["contribution"].sel(source=source, pollutant="SO2").to_series()
    at_post = usable[usable["station_id"] == post]
    expected = true.loc[list(zip(at_post["time_start"], at_post["station_id"], strict=True))].mean()
    expected_all = true.loc[list(zip(usable["time_start"], usable["station_id"], strict=True))].mean()
    row = {"episode_id": "SO2-001", "pollutant": "SO2", "hours_served": len(at_post)}
    answer = pd.DataFrame(
        [
            {**row, "station_id": post, "component": "source", "source_id": source},
            {**row, "station_id": "all", "component": "source", "source_id": source},
            {**row, "station_id": "all", "component": "background", "source_id": None},
            {**row, "station_id": "all", "component": "unexplained", "source_id": None},
            {**row, "episode_id": "all", "station_id": "all", "component": "group", "source_id": "G1"},
        ]
    ).assign(contribution_ugm3=1.0, q05_ugm3=0.0, q95_ugm3=1e6)
    members = pd.DataFrame(
        {"source_id": ["UKMK/0010", "UKMK/0011"], "pollutant": "SO2", "group_id": ["G1", "G1"]}
    )
    made = episode_scorecard(city, answer, episodes, hours, city.observations, members)
    made = made.set_index(["component", "station_id"])
    assert len(made) == 4
    assert made.loc[("source", post), "true_ugm3"] == pytest.approx(expected)
    assert made.loc[("source", "all"), "true_ugm3"] == pytest.approx(expected_all)
    assert made["holds"].all()
    assert made.loc[("group", "all"), "true_ugm3"] > 0.0


def test_episode_that_is_unknown_is_refused(city):
    answer = pd.DataFrame(
        {
            "episode_id": ["SO2-009"], "pollutant": "SO2", "station_id": "all", "component": "source",
            "source_id": "UKMK/0010", "contribution_ugm3": 1.0, "q05_ugm3": 0.0, "q95_ugm3": 2.0,
            "hours_served": 1,
        }
    )  # fmt: skip
    hours = pd.DataFrame({"time_start": city.truth["time"].values, "reason": "served"})
    episodes = pd.DataFrame({"episode_id": [], "time_start": [], "time_end": []})
    with pytest.raises(InputError, match="SO2-009"):
        episode_scorecard(city, answer, episodes, hours, city.observations)


def test_truth_tables_go_to_parquet_and_back(city, tmp_path):
    for name, table in truth_tables(city).items():
        path = tmp_path / f"{name}.parquet"
        table.to_parquet(path)
        assert len(pd.read_parquet(path)) == len(table)
        assert len(table) or name in {"true_promise", "true_calm", "true_calm_errors"}
    kept = truth_tables(city)["true_contributions"]
    assert kept["value_ugm3"].sum() == pytest.approx(
        float(city.truth_contributions["contribution"].sum())
        + float(city.truth_contributions["background"].sum())
    )
