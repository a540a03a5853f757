"""Rounding is never a finding: inventories that are printed from true values pass the identities."""

import numpy as np
import pandas as pd
import pytest

from sootprint.core import schema
from sootprint.sources.auditing import audit, identities
from sootprint.sources.readers.declared import half_step

CHECKS = (
    identities.load_factor,
    identities.flow,
    identities.concentration,
    identities.particles,
    identities.sums,
)
COUNT = 150


def printed(values, digits):
    return [f"{value:.{digits}f}" for value in values]


def cells(table, column, texts, pollutant=None, offset=0.0):
    return pd.DataFrame(
        {
            "source_id": table["source_id"],
            "pollutant": pollutant,
            "column": column,
            "text": texts,
            "value": [float(text) + offset for text in texts],
            "half_step": [half_step(text) for text in texts],
            "source_file": "true.csv",
            "source_row": table["source_row"],
        }
    )


def true_inventory(seed, digits):
    """Tables printed from true values that keep every identity exactly, and their printed cells."""
    rng = np.random.default_rng(seed)
    diameter, velocity = rng.uniform(0.3, 6, COUNT), rng.uniform(3, 25, COUNT)
    celsius, hours = rng.uniform(20, 200, COUNT), rng.uniform(500, 8700, COUNT)
    flow, rate = np.pi / 4 * diameter**2 * velocity, rng.lognormal(0, 2, COUNT)
    annual = rate * 3600 * hours / 1e6
    normal = flow * 273.15 / (273.15 + celsius)
    sources = pd.DataFrame(
        {
            "source_id": [f"P/{number:04d}" for number in range(COUNT)],
            "facility_id": "P", "kind": "point", "lon": 82.6, "lat": 49.9, "height_m": 50.0,
            "source_file": "true.csv", "source_row": range(2, COUNT + 2),
        }
    )  # fmt: skip
    emissions = sources[["source_id", "source_file"]].assign(
        pollutant="SO2", basis="declared", source_row=range(500, 500 + COUNT)
    )
    made = []
    for table, column, values, places, offset, pollutant in (
        (sources, "diameter_m", diameter, digits, 0.0, None),
        (sources, "exit_velocity_m_s", velocity, digits, 0.0, None),
        (sources, "exit_temperature_k", celsius, 0, 273.15, None),
        (sources, "hours_per_year", hours, 0, 0.0, None),
        (sources, "flow_m3_s", flow, digits + 1, 0.0, None),
        (emissions, "rate_g_s", rate, digits + 2, 0.0, "SO2"),
        (emissions, "annual_t", annual, digits + 1, 0.0, "SO2"),
        (emissions, "concentration_mg_nm3", rate * 1000 / normal, digits, 0.0, "SO2"),
    ):
        texts = printed(values, places)
        made.append(cells(table, column, texts, pollutant, offset))
        table[column] = made[-1]["value"].to_numpy()
    total = pd.DataFrame(
        {"facility_id": "P", "scope": "plant", "label": "Всего", "pollutant": "SO2", "rate_g_s": [rate.sum()],
         "annual_t": [annual.sum()], "source_file": "true.csv", "source_row": 900}
    )  # fmt: skip
    return {
        "sources": schema.check(sources, "sources"),
        "emissions": schema.check(emissions, "emissions"),
        "declared_cells": schema.check(pd.concat(made, ignore_index=True), "declared_cells"),
        "declared_totals": schema.check(total, "declared_totals"),
    }


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("digits", [1, 2])
def test_true_values_pass_however_they_are_rounded(seed, digits):
    found = audit(true_inventory(seed, digits), checks=CHECKS)
    assert found["code"].tolist() == []


def test_true_values_pass_without_their_printed_text():
    tables = true_inventory(9, 2)
    tables["declared_cells"] = schema.empty("declared_cells")
    assert audit(tables, checks=CHECKS)["code"].tolist() == []


def test_a_tenth_more_is_seen_where_the_digits_allow_it():
    tables = true_inventory(5, 2)
    rows, texts = tables["sources"], tables["declared_cells"]
    rows["flow_m3_s"] = (rows["flow_m3_s"] * 1.1).round(3)
    texts.loc[texts["column"] == "flow_m3_s", "value"] = rows["flow_m3_s"].to_numpy()
    found = audit(tables, checks=(identities.flow,))
    large = rows.loc[rows["diameter_m"] > 1.0, "source_id"]
    assert set(large) <= set(found["source_id"])
    outside = (found["value"] < found["expected_low"]) | (found["value"] > found["expected_high"])
    assert outside.all()
