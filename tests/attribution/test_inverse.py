"""Laws of the inverse model on problems whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.attribution.inverse import Options, attribute
from sootprint.core.errors import InputError

QUICK = Options(chains=2, sweeps=600, warmup=200, draws=600, cell_hours=6)
PERFECT = Options(
    chains=2,
    sweeps=600,
    warmup=200,
    draws=600,
    bias_mean_stack=0.0,
)


def toy(seed, *, sources=3, posts=4, hours=360, tau=0.0, error=0.1, pollutants=("SO2",), height=100.0):
    """Plumes that sweep over posts; log-normal AR(1) errors, a lasting bias and a background."""
    rng = np.random.default_rng(seed)
    angle = np.cumsum(rng.normal(0, 0.6, hours))
    aim = rng.uniform(0, 2 * np.pi, (posts, sources))
    strength = rng.uniform(0.5, 1.5, (posts, sources))
    response = strength * np.exp(3.0 * (np.cos(angle[:, None, None] - aim) - 1.0)) * 1e-6
    times = pd.date_range("2024-11-01", periods=hours, freq="h").as_unit("us")
    names, stations = [f"S{k}" for k in range(sources)], [f"P{r}" for r in range(posts)]
    reason = np.full(hours, "served")
    operator = xr.Dataset(
        {"H": (("time", "receptor", "source"), response), "reason": ("time", reason)},
        coords={"time": times, "receptor": stations, "source": names},
    )
    declared = rng.uniform(30, 100, (sources, len(pollutants)))
    true = declared * np.exp(rng.normal(0, 0.2, declared.shape))
    true[0] = 3.0 * declared[0]
    bias = np.exp(rng.normal(0, tau, sources))
    noise = rng.normal(size=(hours, posts, sources))
    for t in range(1, hours):
        noise[t] = 0.9 * noise[t - 1] + np.sqrt(1 - 0.81) * noise[t]
    wrong = np.exp(error * noise - 0.5 * error**2)
    observations, emissions = [], []
    for number, pollutant in enumerate(pollutants):
        value = (response * wrong * 1e6 * true[:, number] * bias).sum(axis=2) + 10.0
        value += rng.normal(0, 1.0, value.shape)
        for place, station_id in enumerate(stations):
            observations.append(
                pd.DataFrame(
                    {
                        "station_id": station_id,
                        "pollutant": pollutant,
                        "time_start": times,
                        "duration_s": 3600.0,
                        "value_ugm3": value[:, place],
                        "flag": "valid",
                        "detection_limit_ugm3": np.nan,
                    }
                )
            )
        emissions.append(
            pd.DataFrame(
                {
                    "source_id": names,
                    "pollutant": pollutant,
                    "rate_g_s": declared[:, number],
                    "relative_uncertainty": 0.25,
                }
            )
        )
    sources_table = pd.DataFrame(
        {
            "source_id": names,
            "facility_id": names,
            "kind": "point",
            "height_m": height,
            "lon": 82.6,
            "lat": 49.95,
            "controllable": True,
        }
    )
    episodes = pd.DataFrame(
        {
            "episode_id": ["SO2-001"],
            "pollutant": ["SO2"],
            "time_start": [times[48]],
            "time_end": [times[72]],
            "limit_ugm3": [50.0],
            "norm_id": ["KZ-SO2-20MIN"],
        }
    )
    return {
        "operator": operator,
        "observations": pd.concat(observations, ignore_index=True),
        "emissions": pd.concat(emissions, ignore_index=True),
        "episodes": episodes,
        "sources": sources_table,
        "true": true,
        "declared": declared,
    }


def run(problem, options=QUICK, seed=0, **changed):
    given = {**problem, **changed}
    return attribute(
        given["operator"],
        given["observations"],
        given["emissions"],
        given["episodes"],
        sources=given["sources"],
        zone="UTC",
        activity=given.get("activity"),
        options=options,
        seed=seed,
    )


@pytest.fixture(scope="module")
def known():
    problem = toy(1)
    return problem, run(problem, PERFECT)


def test_recovers_known_emissions_when_the_model_is_right(known):
    problem, made = known
    bias = made.draws["dispersion_bias"]
    apparent = (made.draws["emission"].sel(pollutant="SO2") * bias).mean("draw").to_numpy()
    assert apparent == pytest.approx(problem["true"][:, 0], rel=0.15)
    table = made.sources
    assert (
        (table["inferred_q05_g_s"] < problem["true"][:, 0])
        & (table["inferred_q95_g_s"] > problem["true"][:, 0])
    ).all()
    assert (table["averaging_kernel"] > 0.5).all()
    assert table["ratio"].idxmax() == 0


def test_emissions_and_contributions_are_never_negative(known):
    _, made = known
    assert float(made.draws["emission"].min()) > 0
    parts = made.episodes[made.episodes["component"].isin(["source", "background"])]
    assert (parts["q05_ugm3"] >= 0).all()


def test_parts_add_up_to_what_was_observed(known):
    _, made = known
    for _, rows in made.episodes.groupby(["episode_id", "pollutant", "station_id"]):
        parts = rows.set_index("component")["contribution_ugm3"]
        total = parts.loc[["source", "background", "unexplained"]].sum()
        assert total == pytest.approx(parts["observed"], rel=1e-12)
    assert set(made.episodes["episode_id"]) == {"all", "SO2-001"}
    assert set(made.episodes["station_id"]) == {"all", "P0", "P1", "P2", "P3"}


def test_same_seed_same_bytes(known):
    problem, made = known
    again = run(problem, PERFECT)
    pd.testing.assert_frame_equal(made.sources, again.sources, check_exact=True)
    pd.testing.assert_frame_equal(made.episodes, again.episodes, check_exact=True)


def test_scaling_operator_and_rates_changes_nothing_else(known):
    problem, made = known
    operator = problem["operator"].copy()
    operator["H"] = operator["H"] * 10.0
    emissions = problem["emissions"].assign(rate_g_s=problem["emissions"]["rate_g_s"] / 10.0)
    scaled = run(problem, PERFECT, operator=operator, emissions=emissions)
    assert scaled.sources["inferred_g_s"].to_numpy() * 10.0 == pytest.approx(
        made.sources["inferred_g_s"].to_numpy(), rel=0.05
    )
    assert scaled.sources["ratio"].to_numpy() == pytest.approx(made.sources["ratio"].to_numpy(), rel=0.05)


def test_readings_in_hours_not_served_do_not_matter(known):
    problem, _ = known
    operator = problem["operator"].copy(deep=True)
    operator["H"][100:140] = np.nan
    late = problem["observations"]["time_start"].isin(operator["time"].to_numpy()[100:140])
    strange = problem["observations"].copy()
    strange.loc[late, "value_ugm3"] = 1e5
    one, two = run(problem, operator=operator), run(problem, operator=operator, observations=strange)
    pd.testing.assert_frame_equal(one.sources, two.sources, check_exact=True)
    assert one.diagnostics["readings"]["unserved"].iloc[0] == 160


def test_no_data_leaves_the_prior_and_no_verdict():
    problem = toy(2)
    many = replace(QUICK, sweeps=4000, draws=4000)
    made = run(problem, many, observations=problem["observations"].iloc[:0])
    table = made.sources
    assert (table["averaging_kernel"] < 0.15).all()
    assert (table["verdict"] == "not decidable").all()
    draws = np.log(made.draws["emission"].sel(pollutant="SO2").to_numpy() / problem["declared"][:, 0])
    assert np.median(draws, axis=0) == pytest.approx(0.0, abs=0.08)
    spread = made.diagnostics["prior"]["spread"].to_numpy()
    assert draws.std(axis=0) == pytest.approx(spread, rel=0.2)
    assert made.episodes.empty


def test_sources_that_look_alike_become_a_group_with_a_known_sum():
    problem = toy(3)
    operator = problem["operator"].copy(deep=True)
    operator["H"][:, :, 1] = operator["H"][:, :, 0]
    base = 10.0 + (operator["H"].to_numpy() * 1e6 * problem["true"][:, 0]).sum(axis=2)
    readings = problem["observations"].assign(value_ugm3=base.T.ravel())
    made = run(problem, PERFECT, operator=operator, observations=readings)
    table = made.sources.set_index("source_id")
    assert table.loc["S0", "group_id"] == table.loc["S1", "group_id"] == "G1-SO2"
    assert pd.isna(table.loc["S2", "group_id"])
    assert table.loc["S0", "group_correlation"] < -0.7
    bias = made.draws["dispersion_bias"]
    apparent = (made.draws["emission"].sel(pollutant="SO2") * bias).to_numpy()
    total = apparent[:, :2].sum(axis=1)
    assert total.mean() == pytest.approx(problem["true"][:2, 0].sum(), rel=0.1)
    assert total.std() / total.mean() < 0.5 * apparent[:, 0].std() / apparent[:, 0].mean()
    assert "group" in set(made.episodes["component"])


def test_a_reading_below_detection_is_less_than_its_limit_not_equal_to_it():
    problem = toy(4)
    readings = problem["observations"].copy()
    below = readings["value_ugm3"] < 14.0
    readings.loc[below, ["value_ugm3", "flag", "detection_limit_ugm3"]] = [np.nan, "below_detection", 14.0]
    made = run(problem, PERFECT, observations=readings)
    background = made.episodes.query(
        "episode_id == 'all' and station_id == 'all' and component == 'background'"
    )
    assert float(background["contribution_ugm3"].iloc[0]) < 13.0
    assert made.diagnostics["readings"]["used"].iloc[0] == len(readings)


def test_two_rates_of_one_source_are_refused_with_a_cure():
    problem = toy(5)
    doubled = pd.concat([problem["emissions"], problem["emissions"].iloc[:1]])
    with pytest.raises(InputError, match="two rates of SO2 for source S0"):
        run(problem, emissions=doubled)


def test_a_source_without_operator_is_named():
    problem = toy(5)
    with pytest.raises(InputError, match="S0"):
        run(problem, operator=problem["operator"].isel(source=[1, 2]))


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say():
    options = Options(
        chains=2, sweeps=600, warmup=200, draws=600,
        bias_mean_stack=0.0, bias_class=0.05, bias_stack=0.45,
    )  # fmt: skip
    held = []
    for seed in range(100):
        problem = toy(seed, hours=240, tau=0.45, error=0.5)
        table = run(problem, options, seed).sources
        true = problem["true"][:, 0]
        held += list((table["inferred_q05_g_s"] < true) & (true < table["inferred_q95_g_s"]))
    assert 0.82 <= np.mean(held) <= 0.97


def test_hours_of_weak_wind_do_not_infer_emissions_but_are_attributed(known):
    problem, _ = known
    times = problem["operator"]["time"].to_numpy()
    speed = np.where(np.arange(len(times)) < 100, 1.0, 4.0)
    weather = pd.DataFrame({"time_start": times, "wind_speed": speed})
    early = problem["observations"]["time_start"].isin(times[:100])
    strange = problem["observations"].copy()
    strange.loc[early, "value_ugm3"] = 1e4
    given = {"sources": problem["sources"], "zone": "UTC", "weather": weather, "options": QUICK}
    rest = (problem["emissions"], problem["episodes"])
    one = attribute(problem["operator"], problem["observations"], *rest, **given)
    two = attribute(problem["operator"], strange, *rest, **given)
    pd.testing.assert_frame_equal(one.sources, two.sources, check_exact=True)
    assert two.diagnostics["readings"]["unserved"].iloc[0] == 400
    episode = two.episodes.query("episode_id == 'SO2-001' and station_id == 'all'").set_index("component")
    assert episode["hours_served"].iloc[0] == 24
    assert episode.loc["observed", "contribution_ugm3"] == pytest.approx(1e4)
