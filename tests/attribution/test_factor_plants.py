"""Factor to plant: the right one is found, collinear ones stay together, another weather supports nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.attribution.factors import (
    FactorOptions,
    bootstrap,
    factor_matrix,
    factor_plants,
    factorise,
    source_profiles,
)
from sootprint.attribution.factors.plants_profile import ratio_similarity
from sootprint.attribution.factors.plants_time import sample_response
from sootprint.core.errors import InputError

SPECIES = ("SO2", "Pb", "Cd", "Zn", "As", "HF", "Be", "CO", "BaP", "PM10")
PROFILES = np.array(
    [
        [30, 1.0, 0.03, 0.8, 0.04, 0, 0, 0, 0, 5],
        [0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.002, 0, 0, 2],
        [8, 0.0, 0.0, 0.0, 0.0, 0, 0, 400, 0.02, 40],
    ]
)
PLANTS = ["smelter", "beryllium", "stoves", "far", "twin of far"]


def made_operator(seed: int, hours: int = 400, same_place: bool = True) -> xr.Dataset:
    """Plumes from five bearings over a wandering wind, weaker by day, and some hours not served."""
    rng = np.random.default_rng(seed)
    bearing = np.array([20.0, 140.0, 260.0, 80.0, 80.5])
    direction = np.cumsum(rng.normal(0, 35, hours))
    speed = 2.0 + 1.5 * np.sin(np.arange(hours) / 24 * 2 * np.pi) + rng.gamma(2, 0.5, hours)
    angle = np.deg2rad(direction[:, None] - bearing)
    plume = np.exp(6.0 * (np.cos(angle) - 1.0)) / np.maximum(speed, 0.5)[:, None] * 1e-6
    plume[rng.random(hours) < 0.05] = np.nan
    return xr.Dataset(
        {"H": (("time", "receptor", "source"), plume[:, None, :])},
        coords={
            "time": pd.date_range("2024-01-01", periods=hours, freq="h"),
            "receptor": ["post"],
            "source": PLANTS,
        },
    )


def made_solution(operator: xr.Dataset, seed: int):
    """Samples of three factors that follow the first three plants with a factor-of-two dispersion error."""
    rng = np.random.default_rng(seed)
    plume = np.nan_to_num(operator["H"].to_numpy()[:, 0, :3])
    g = plume / plume.mean(axis=0) * rng.lognormal(-0.15, 0.5, plume.shape) + 0.2
    g /= g.mean(axis=0)
    clean = g @ PROFILES
    sigma = 0.08 * clean + 0.01 * PROFILES.sum(axis=0)
    index = pd.DatetimeIndex(operator["time"].to_numpy())
    values = pd.DataFrame(
        np.maximum(clean + sigma * rng.standard_normal(clean.shape), 0), index=index, columns=list(SPECIES)
    )
    spread = pd.DataFrame(sigma, index=index, columns=list(SPECIES))
    return factorise(factor_matrix(values, spread), FactorOptions(factors=3, starts=4))


TYPES = {"smelter": "lead_zinc_smelter", "beryllium": "beryllium_works", "stoves": "stoves"}


def test_each_factor_supports_its_own_plant_by_time_and_profile():
    operator = made_operator(1)
    solution = made_solution(operator, 2)
    table = factor_plants(
        solution,
        operator,
        station="post",
        bootstrap=bootstrap(solution, runs=20),
        source_types=TYPES,
        rng=np.random.default_rng(0),
    )
    marker = {"smelter": "Pb", "beryllium": "HF", "stoves": "CO"}
    assert set(table["members"]) == {"smelter", "beryllium", "stoves", "far,twin of far"}
    for plant, species in marker.items():
        factor = int(solution.shares()[:, SPECIES.index(species)].argmax()) + 1
        row = table[(table["factor"] == factor) & (table["group_id"] == plant)].iloc[0]
        assert row["support"] == "consistent with"
        assert row["reason"] == "by time and by profile"
        assert row["rank_q05"] > 0.2
        assert row["share_q05"] > 0.4
    assert (table["support"] == "consistent with").sum() == 3
    assert not table["reason"].str.contains("guilt|culprit").any()
    assert (table["samples"] < len(solution.matrix.times)).all()


def test_a_wrong_kind_is_a_disagreement_and_no_kind_leaves_time_alone():
    operator = made_operator(1)
    solution = made_solution(operator, 2)
    made = bootstrap(solution, runs=20)
    factor = int(solution.shares()[:, SPECIES.index("CO")].argmax()) + 1
    wrong, none = (
        factor_plants(
            solution,
            operator,
            station="post",
            bootstrap=made,
            source_types=kinds,
            rng=np.random.default_rng(0),
        ).set_index(["factor", "group_id"])
        for kinds in ({"stoves": "titanium_magnesium", "smelter": "lead_zinc_smelter"}, None)
    )
    assert "by time alone" in wrong.loc[(factor, "stoves"), "reason"]
    assert none.loc[(factor, "stoves"), "reason"] == "by time alone: no kind is stated for the source"
    table = source_profiles()
    table.loc[(table["source_type"] == "stoves") & (table["species"] == "CO"), ["low", "high"]] = [
        200.0,
        300.0,
    ]
    off = factor_plants(
        solution,
        operator,
        station="post",
        bootstrap=made,
        source_types={"stoves": "stoves"},
        profiles=table,
        rng=np.random.default_rng(0),
    ).set_index(["factor", "group_id"])
    assert off.loc[(factor, "stoves"), "support"] == "not decidable"
    assert off.loc[(factor, "stoves"), "reason"] == "time and profile disagree"


def false_supports(seeds: range, hours: int) -> int:
    """Seeds with any support where the operator belongs to another weather with the same daily cycle."""
    wrong = 0
    for seed in seeds:
        solution = made_solution(made_operator(seed, hours), seed)
        other = made_operator(seed + 10_000, hours)
        table = factor_plants(
            solution, other, station="post", source_types=TYPES, rng=np.random.default_rng(seed)
        )
        wrong += bool((table["support"] == "consistent with").any())
    return wrong


def test_another_weather_supports_nothing():
    assert false_supports(range(8), 200) <= 1


@pytest.mark.slow
def test_false_support_in_at_most_a_tenth_of_a_hundred_seeds():
    assert false_supports(range(100), 400) <= 10


def test_likeness_by_hand():
    stoves = source_profiles().query("source_type == 'stoves'")
    species = ("PM10", "CO", "nitrogen dioxide")
    inside, count = ratio_similarity(np.array([[1.0, 10.0, 5.0]]), species, stoves)
    assert (inside[0], count) == (1.0, 1)
    twice, _ = ratio_similarity(
        np.array([[1.0, 80.0, 5.0], [1.0, 0.0, 5.0], [0.0, 1.0, 1.0]]), species, stoves
    )
    assert twice[0] == pytest.approx(np.exp(-0.5))
    assert twice[1] == 0.0
    assert np.isnan(twice[2])
    assert ratio_similarity(np.ones((1, 2)), ("CO", "NO2"), stoves)[1] == 0


def test_samples_are_means_of_served_hours_with_activity():
    operator = made_operator(3, 48)
    clean = operator["H"].to_numpy()[:, 0].copy()
    operator["H"][:, 0, :] = np.nan_to_num(clean, nan=2e-7)
    operator["H"][6:9] = np.nan
    times = pd.DatetimeIndex(["2024-01-01 00:00", "2024-01-01 03:00", "2024-01-01 06:00", "2024-01-01 08:00"])
    activity = pd.DataFrame({"smelter": 2.0}, index=operator["time"].to_numpy())
    names, made = sample_response(operator, "post", times, 3.0, activity, 0.6)
    assert names == PLANTS
    filled = operator["H"].to_numpy()[:, 0]
    assert made[1, 0] == pytest.approx(2 * filled[3:6, 0].mean(), rel=1e-9)
    assert made[1, 1] == pytest.approx(filled[3:6, 1].mean(), rel=1e-9)
    assert np.isnan(made[2]).all()
    assert made[3, 2] == pytest.approx(filled[9:11, 2].mean(), rel=1e-9)


def test_source_profiles_are_marked_and_sound():
    table = source_profiles()
    assert set(table["state"]) == {"unverified"}
    assert (table["low"] <= table["high"]).all()
    assert table["remark"].notna().all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (dict(station="elsewhere"), "no receptor"),
        (dict(source_types={"smelter": "magic"}), "magic"),
        (dict(covariates=pd.DataFrame({"u": [1.0]})), "covariates"),
    ],
)
def test_wrong_inputs_are_refused(change, words):
    operator = made_operator(1, 60)
    solution = made_solution(operator, 2)
    with pytest.raises(InputError, match=words):
        factor_plants(solution, operator, **{"station": "post", "rng": np.random.default_rng(0), **change})
    numbered = replace(solution, matrix=replace(solution.matrix, times=pd.RangeIndex(60)))
    with pytest.raises(InputError, match="times"):
        factor_plants(numbered, operator, station="post", rng=np.random.default_rng(0))
