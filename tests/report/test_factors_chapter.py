"""Step ``factors`` on made readings of known factors, and the chapter that tells of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import made_up_results as factory
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.case.config import Settings
from sootprint.case.flow.factors import _factors, choose_number, matrices
from sootprint.case.steps import Context
from sootprint.report.blocks import Items, Paragraph, Table
from sootprint.report.chapters import factors
from sootprint.report.drawing import draw_figures
from sootprint.report.view import View

HOURS = 24 * 10
SPECIES = ("SO2", "NO2", "CO", "PM2.5", "Pb", "Cd", "Zn", "As", "Cu")
PROFILES = np.array(
    [
        [20.0, 0.0, 0.0, 3.0, 2.0, 1.0, 4.0, 1.5, 0.5],
        [1.0, 18.0, 300.0, 2.0, 0.0, 0.0, 0.3, 0.0, 0.2],
        [4.0, 2.0, 120.0, 25.0, 0.0, 0.1, 0.0, 0.0, 0.0],
    ]
)
"""Smelter, traffic, stoves [µg m⁻³]."""


class Given(Context):
    """Context whose inputs are at hand."""

    def _load(self, name):
        return self.inputs[name]


def city(species=SPECIES, seed=3):
    """Readings of three factors at one post; the first follows the plume of a source, another does not."""
    rng = np.random.default_rng(seed)
    times = pd.date_range("2024-01-01", periods=HOURS, freq="h")
    plume = np.where(rng.random(HOURS) < 0.3, rng.gamma(2.0, 1.0, HOURS), 0.02)
    other = np.where(rng.random(HOURS) < 0.3, rng.gamma(2.0, 1.0, HOURS), 0.02)
    series = np.column_stack([plume, rng.gamma(2.0, 0.5, HOURS), rng.gamma(1.0, 1.0, HOURS)])
    clean = (series / series.mean(axis=0)) @ PROFILES[:, : len(species)]
    value = clean * np.exp(0.05 * rng.standard_normal(clean.shape))
    grid = pd.DataFrame(value, index=times, columns=list(species)).rename_axis("time_start")
    long = grid.reset_index().melt("time_start", var_name="pollutant", value_name="value_ugm3")
    observations = factory.made(
        "observations",
        long.assign(
            station_id="P1", duration_s=3600.0, flag="valid", detection_limit_ugm3=0.01, source_row=1
        ),
    )
    response = np.stack([plume, other], axis=1)[:, None, :] * 1e-6
    operator = xr.Dataset(
        {"H": (("time", "receptor", "source"), response)},
        coords={"time": times, "receptor": ["P1"], "source": ["SMELTER", "OTHER"]},
    )
    return observations, operator


def context(observations, operator=None, **wanted):
    inputs = {"observations": observations}
    if operator is not None:
        sources = factory.made(
            "sources", [{"source_id": n, "facility_id": "F", "kind": "point"} for n in ("SMELTER", "OTHER")]
        )
        rows = [{"source_id": n, "pollutant": "SO2", "rate_g_s": 1.0} for n in ("SMELTER", "OTHER")]
        emissions = factory.made("emissions", rows).iloc[:0]
        inputs |= {"operator": operator, "sources": sources, "emissions": emissions}
    return Given(Settings(factors={"bootstrap": 10, "starts": 4, **wanted}), inputs, [], Path())


@pytest.fixture(scope="module")
def made():
    return _factors(context(*city()))


def test_three_factors_are_found_and_one_is_consistent_with_the_source_that_made_it(made):
    solution = made["factor_solution"].iloc[0]
    assert solution["factors"] == 3
    assert solution["station_id"] == "P1"
    assert solution["share_matched"] > 0.8
    plants = made["factor_plants"]
    support = plants[plants["support"] == "consistent with"]
    assert support["members"].tolist() == ["SMELTER"]
    profiles = made["factor_profiles"]
    lead = profiles[(profiles["factor"] == support["factor"].iloc[0]) & (profiles["species"] == "Pb")].iloc[0]
    assert lead["share"] > 0.95
    assert lead["bootstrap_q05"] <= 2.0 <= lead["bootstrap_q95"] * 1.05
    numbers = made["factor_numbers"]
    assert numbers.loc[numbers["chosen"], "factors"].tolist() == [3]
    assert made["factor_remarks"] == {}


def test_few_pollutants_are_not_factorised_unless_a_number_is_stated():
    observations, _ = city(SPECIES[:7])
    assert matrices(context(observations)) == []
    assert _factors(context(observations))["factor_solution"].empty
    assert [name for name, _, _ in matrices(context(observations, number=3))] == ["P1"]
    assert matrices(context(observations, number=3, leave_out=["SO2", "CO"])) == []


def test_without_an_operator_nothing_is_said_of_plants():
    observations, _ = city()
    made = _factors(context(observations, number=3, bootstrap=0))
    assert made["factor_plants"].empty
    assert "no inventory" in made["factor_remarks"]["P1"]
    assert made["factor_profiles"]["bootstrap_q05"].isna().all()


def test_a_number_is_taken_while_the_criteria_hold():
    table = pd.DataFrame(
        {
            "factors": [2, 3, 4, 5], "q_ratio": [10.0, 4.0, 3.8, 1.0], "fall_ratio": [np.nan, 6.0, 0.2, 2.8],
            "share_matched": 1.0, "least_own_share": 0.6,
        }
    )  # fmt: skip
    assert choose_number(table) == 3
    assert choose_number(table.assign(share_matched=[1.0, 0.5, 1.0, 1.0])) == 2
    assert choose_number(table.assign(least_own_share=[0.6, 0.1, 0.6, 0.6])) == 2


def words(chapter):
    said = []
    for block in chapter.blocks:
        if isinstance(block, Table):
            said += [cell.text for row in block.rows for cell in row] + [block.caption, block.note]
        elif isinstance(block, Paragraph):
            said.append(block.text)
        elif isinstance(block, Items):
            said += block.entries
    return "\n".join(said)


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_the_chapter_tells_what_a_factor_is_consistent_with(made, language):
    full = factory.full_results()
    assert not factors.chapter(View(full, language)).blocks
    tables = {name: table for name, table in made.items() if name != "factor_remarks"}
    view = View(replace(full, tables={**full.tables, **tables}), language)
    text = words(factors.chapter(view))
    said = {"en": "is consistent with SMELTER", "ru": "согласуется с: SMELTER", "kk": "SMELTER"}[language]
    assert said in text
    assert "NaN" not in text
    if language != "en":
        assert "factor" not in text.lower()


def test_the_figure_of_the_factors_is_drawn(made, tmp_path):
    full = factory.full_results()
    tables = {name: table for name, table in made.items() if name != "factor_remarks"}
    drawn = draw_figures(replace(full, tables=tables), tmp_path)
    assert (tmp_path / drawn["factor_profiles:P1"]).stat().st_size > 2000
