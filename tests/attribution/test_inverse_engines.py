"""What the inverse model makes of an engine that samples, and of two engines that differ."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.attribution.inverse import Options
from sootprint.attribution.inverse.declared import declared_prior, declared_rates, engine_differences
from sootprint.attribution.inverse.fit import fit, joint_posterior, prepare
from sootprint.attribution.inverse.problem import build_problem, make_cells

HOURS, POSTS = 240, 3


def operator(error: float = 0.0, difference: float | None = None) -> xr.Dataset:
    rng = np.random.default_rng(4)
    values = 1e-6 * rng.gamma(0.5, 1.0, (HOURS, POSTS, 2))
    made = xr.Dataset(
        {"H": (("time", "receptor", "source"), values)},
        coords={
            "time": pd.date_range("2024-11-01", periods=HOURS, freq="h"),
            "receptor": [f"P{n}" for n in range(POSTS)],
            "source": ["LOW", "TALL"],
        },
    )
    if error:
        made["standard_error"] = made["H"] * error
    if difference is not None:
        made["engine_difference"] = ("source", [0.0, difference])
    return made


def readings(made: xr.Dataset) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    true = made["H"].values @ np.array([2.0, 5.0]) * 1e6
    value = true * np.exp(0.3 * rng.standard_normal(true.shape)) + 2.0
    index = pd.MultiIndex.from_product(
        [made["time"].values, made["receptor"].values], names=["time_start", "station_id"]
    )
    table = pd.DataFrame({"value_ugm3": value.ravel()}, index=index).reset_index()
    return table.assign(pollutant="SO2", duration_s=3600.0, flag="valid", detection_limit_ugm3=np.nan)


SOURCES = pd.DataFrame(
    {"source_id": ["LOW", "TALL"], "facility_id": "F", "kind": "point", "height_m": [10.0, 100.0]}
)
DECLARED = pd.DataFrame(
    {
        "source_id": ["LOW", "TALL"],
        "pollutant": "SO2",
        "rate_g_s": [2.0, 5.0],
        "relative_uncertainty": 0.3,
        "basis": "declared",
        "time_profile": "",
    }
)


def test_the_variance_of_a_cell_is_that_of_the_mean_of_its_draws():
    made = operator(error=0.5)
    problem = build_problem(made, readings(made), ["LOW", "TALL"], "SO2", None)
    cells = make_cells(problem, 12, 48)
    first = made["standard_error"].values[:12, 0] * 1e6
    np.testing.assert_allclose(cells.sampling[0], (first**2).sum(axis=0) / 144.0, rtol=1e-12)
    plain = operator()
    assert make_cells(build_problem(plain, readings(plain), ["LOW"], "SO2", None), 12, 48).sampling is None


def spread(made: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    options = Options()
    names = ["LOW", "TALL"]
    declared = declared_rates(DECLARED, SOURCES)
    prior = declared_prior(declared, DECLARED, SOURCES, options, engine_differences(made, names))
    problem = build_problem(made, readings(operator()), names, "SO2", None)
    part = prepare(problem, np.arange(2), prior.classes, HOURS, options)
    fit([part], prior, options, 0)
    posterior = joint_posterior([part], prior, options)
    return np.array([1.0 / np.sqrt(posterior.precision[0][k, k]) for k in range(2)]), posterior.bias_source


def test_draws_that_scatter_make_rates_less_sure():
    sure, _ = spread(operator())
    unsure, _ = spread(operator(error=2.0))
    assert (unsure > 1.05 * sure).all()


def test_the_difference_of_two_engines_widens_the_lasting_bias():
    _, one = spread(operator())
    _, two = spread(operator(difference=-0.8))
    assert two[0] == one[0]
    assert two[1] == pytest.approx(np.hypot(one[1], 0.8))
    assert list(engine_differences(operator(), ["LOW", "TALL"])) == [0.0, 0.0]
