"""Laws of the ranking and of the scaling scenario, on a small attribution made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.action import RankOptions, rank_inspections, scale_source, scale_top_sources
from sootprint.action.visits import best_run, compass, mean_direction
from sootprint.attribution.inverse import Attribution
from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.findings import Finding, findings_table

HOURS = 48
TIMES = pd.date_range("2024-11-01", periods=HOURS, freq="h").as_unit("us")
NAMES = ["STACK", "BOILER", "STOVES"]


def attribution(ratio=(3.0, 1.0, 1.0)):
    declared = np.array([50.0, 20.0, 5.0])
    spread = np.exp(0.2 * np.random.default_rng(0).standard_normal((400, 3)))
    draws = declared * np.array(ratio) * spread
    low, high = np.quantile(draws, (0.05, 0.95), axis=0)
    table = pd.DataFrame(
        {
            "source_id": NAMES,
            "facility_id": ["PLANT", "HEAT", "HOMES"],
            "pollutant": "SO2",
            "declared_g_s": declared,
            "inferred_g_s": draws.mean(axis=0),
            "inferred_q05_g_s": low,
            "inferred_q95_g_s": high,
            "ratio": draws.mean(axis=0) / declared,
            "ratio_q05": low / declared,
            "ratio_q95": high / declared,
            "verdict": "consistent with declared",
        }
    )
    rows = [
        {
            "episode_id": "SO2-001", "pollutant": "SO2", "station_id": "P0", "component": "source",
            "source_id": name, "contribution_ugm3": value, "q05_ugm3": value / 2, "q95_ugm3": value * 2,
            "hours_served": 10, "hours_total": 12,
        }
        for name, value in zip(NAMES, [300.0, 50.0, 400.0], strict=True)
    ]  # fmt: skip
    dataset = xr.Dataset(
        {
            "emission": (("draw", "source", "pollutant"), draws[:, :, None]),
            "dispersion_bias": (("draw", "source"), np.ones((400, 3))),
            "activity": (("time", "source", "pollutant"), np.ones((HOURS, 3, 1))),
        },
        coords={"draw": np.arange(400), "source": NAMES, "pollutant": ["SO2"], "time": TIMES},
    )
    diagnostics = {
        "prior": pd.DataFrame({"source_id": NAMES, "pollutant": "SO2", "over_1.3": 0.2}),
        "errors": pd.DataFrame({"pollutant": ["SO2"], "dispersion_low": [0.3], "dispersion_stack": [0.8]}),
        "classes": pd.DataFrame({"source_id": NAMES, "class": ["stack", "stack", "low"]}),
    }
    return Attribution(
        schema.check(table, "attribution_sources"),
        schema.check(pd.DataFrame(rows), "attribution_episodes"),
        dataset,
        diagnostics,
    )


def operator():
    response = np.zeros((HOURS, 2, 3))
    hour = TIMES.hour.to_numpy()
    response[(hour >= 3) & (hour < 7), 0, 0] = 4e-6
    response[:, :, 1] = 1e-6
    response[:, :, 2] = 2e-6
    response[40:] = np.nan
    return xr.Dataset(
        {"H": (("time", "receptor", "source"), response)},
        coords={"time": TIMES, "receptor": ["P0", "P1"], "source": NAMES},
    )


def sources():
    table = pd.DataFrame(
        {
            "source_id": NAMES,
            "facility_id": ["PLANT", "HEAT", "HOMES"],
            "kind": ["point", "point", "point"],
            "lon": [82.62, 82.63, 82.60],
            "lat": [49.98, 49.93, 49.95],
            "height_m": [100.0, 45.0, 7.0],
            "diameter_m": [4.0, 1.5, 1.0],
            "exit_velocity_m_s": [12.0, 8.0, 1.0],
            "exit_temperature_k": [400.0, 420.0, 300.0],
            "base_elevation_m": 285.0,
            "controllable": [True, True, False],
            "source_file": "sources.csv",
            "source_row": [2, 3, 4],
        }
    )
    return schema.check(table, "sources")


def weather():
    table = pd.DataFrame(
        {
            "station_id": "W", "time_start": TIMES, "duration_s": 3600.0, "wind_speed": 2.5,
            "wind_from_direction": 270.0, "measurement_height": 10.0, "air_temperature": 268.0,
            "pressure": 98000.0, "stability_class": "D", "mixing_height": 600.0,
            "source_file": "w.csv", "source_row": np.arange(HOURS),
        }
    )  # fmt: skip
    return schema.check(table, "weather")


EPISODES = pd.DataFrame(
    {
        "episode_id": ["SO2-001"], "pollutant": ["SO2"], "norm_id": ["KZ-SO2-20MIN"], "limit_ugm3": [500.0],
        "time_start": [TIMES[0]], "time_end": [TIMES[12]],
    }
)  # fmt: skip
NORMS = pd.DataFrame(
    {
        "norm_id": ["KZ-SO2-20MIN", "KZ-SO2-DAY"], "pollutant": "SO2", "label": ["single maximum", "day"],
        "averaging_s": [1200.0, 86400.0], "limit_ugm3": [500.0, 50.0],
    }
)  # fmt: skip
EMISSIONS = pd.DataFrame(
    {"source_id": NAMES, "pollutant": "SO2", "source_file": "inventory.xlsx", "source_row": [7, 8, 9]}
)


def rank(made=None, findings=None, **options):
    return rank_inspections(
        made or attribution(), EMISSIONS, sources(), EPISODES, NORMS,
        findings_table(findings or []), weather(),
        operator=operator(), zone="UTC", options=RankOptions(**options),
    )  # fmt: skip


def test_one_row_a_controllable_source_and_the_inconsistent_one_first():
    table = rank()
    assert table["source_id"].tolist() == ["STACK", "BOILER"]
    assert table["rank"].tolist() == [1, 2]
    assert (table["score"] > 0).all()
    parts = table[["contribution_part", "inconsistency_part", "suspicion_part"]].sum(axis=1)
    assert table["score"].to_numpy() == pytest.approx(parts.to_numpy())
    assert table["inconsistency_part"].iloc[0] > 0.95
    assert table["inconsistency_part"].iloc[1] == 0.0


def test_sources_without_an_order_are_ranked_only_on_request():
    assert set(rank(uncontrollable=True)["source_id"]) == set(NAMES)


def test_a_period_without_episodes_is_ranked_all_the_same():
    made = attribution()
    none = made.episodes.head(0).astype({"episode_id": "string"})
    table = rank(replace(made, episodes=none))
    assert set(table["source_id"]) == {"STACK", "BOILER"}
    assert table["contribution_ugm3"].isna().all()


def test_window_is_when_the_posts_see_the_source():
    stack = rank().set_index("source_id").loc["STACK"]
    assert stack["window_local"].startswith("03:00–")
    assert "wind from W (270°)" in stack["window_local"]


def test_sampling_point_lies_downwind_and_expectations_scale_with_the_rate():
    row = rank().set_index("source_id").loc["STACK"]
    assert row["sample_lon"] > 82.62
    assert row["sample_lat"] == pytest.approx(49.98, abs=0.005)
    right = float(row["expected_if_right"].split("about ")[1].split(" ")[0])
    wrong = float(row["expected_if_wrong"].split("about ")[1].split(" ")[0])
    assert right / wrong == pytest.approx(row["ratio"], rel=0.02)


def test_findings_about_a_source_raise_its_suspicion_only():
    fault = Finding("SRC-HEIGHT", "quarantine", "BOILER", "a rule", "a cure")
    by_row = Finding("EMI-UNIT", "warning", "emissions", "a rule", "a cure", file="inventory.xlsx", row=8)
    plain, suspect = rank(), rank(findings=[fault, fault, by_row])
    before, after = (table.set_index("source_id") for table in (plain, suspect))
    assert after.loc["BOILER", "suspicion_part"] == pytest.approx(0.25 * (1 - 0.5 * 0.75))
    assert after.loc["STACK", "suspicion_part"] == 0.0
    assert after.loc["BOILER", "contribution_part"] == before.loc["BOILER", "contribution_part"]
    assert "SRC-HEIGHT, EMI-UNIT" in after.loc["BOILER", "reason"]


def test_words_for_people():
    text = " ".join(rank()["reason"]) + " ".join(rank()["expected_if_right"])
    assert "guilty" not in text
    assert "culprit" not in text


def readings(value=600.0):
    grid = pd.MultiIndex.from_product([["P0", "P1"], TIMES], names=["station_id", "time_start"])
    made = grid.to_frame(index=False)
    return made.assign(
        pollutant="SO2", duration_s=3600.0, value_ugm3=value, flag="valid", detection_limit_ugm3=np.nan
    )


def test_a_factor_of_one_changes_nothing():
    table = scale_source(attribution(), operator(), readings(), NORMS, "STACK", 1.0)
    assert (table["mean_change_ugm3"] == 0).all()
    assert (table["exceedances"] == table["exceedances_base"]).all()
    assert set(table["norm_id"]) == {"KZ-SO2-20MIN"}


def test_closing_a_source_takes_out_its_modelled_contribution():
    made = attribution()
    table = scale_source(made, operator(), readings(), NORMS, "BOILER", 0.0).set_index("station_id")
    rate = float(made.draws["emission"].sel(source="BOILER").mean())
    assert table.loc["all", "hours_considered"] == 80
    assert table.loc["P0", "exceedances_base"] == 40
    assert table.loc["all", "mean_change_ugm3"] == pytest.approx(-rate, rel=0.1)
    assert (table["mean_change_q05_ugm3"] < table["mean_change_ugm3"]).all()


def test_half_the_cut_is_half_the_change():
    whole = scale_source(attribution(), operator(), readings(), NORMS, "STACK", 0.0)
    half = scale_source(attribution(), operator(), readings(), NORMS, "STACK", 0.5)
    assert half["mean_change_ugm3"].to_numpy() * 2 == pytest.approx(whole["mean_change_ugm3"].to_numpy())
    assert (whole["exceedances"] <= half["exceedances"]).all()


def test_top_sources_of_the_ranking():
    table = scale_top_sources(attribution(), operator(), readings(), NORMS, rank(), count=1)
    assert set(table["source_id"]) == {"STACK"}
    assert set(table["scenario_id"]) == {"STACK × 0.5"}


@pytest.mark.parametrize(("source_id", "factor"), [("NOBODY", 0.5), ("STACK", -1.0)])
def test_impossible_scenarios_are_refused(source_id, factor):
    with pytest.raises(InputError):
        scale_source(attribution(), operator(), readings(), NORMS, source_id, factor)


def test_directions():
    assert compass(359.0) == "N"
    assert compass(247.5) == "WSW"
    assert np.cos(np.deg2rad(mean_direction(np.array([350.0, 10.0]), np.ones(2)))) == pytest.approx(1.0)
    weights = np.zeros(24)
    weights[[23, 0]] = 1.0
    assert best_run(weights, 0.9) == (23, 2)
