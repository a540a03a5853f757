"""Who could be seen when: hours of known visibility, and the projection against a library's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.optimize import nnls

from sootprint.attribution.identifiability import VisibilityOptions, make_network, visibility
from sootprint.attribution.identifiability.projection import residual_share
from sootprint.core.errors import ConfigError

HOURS = 12


def operator_of(response, reason=None):
    hours, posts, sources = response.shape
    variables = {"H": (("time", "receptor", "source"), response)}
    if reason is not None:
        variables["reason"] = ("time", reason)
    return xr.Dataset(
        variables,
        coords={
            "time": pd.date_range("2024-01-01", periods=hours, freq="h"),
            "receptor": [f"P{r}" for r in range(posts)],
            "source": [f"S{k}" for k in range(sources)],
        },
    )


def rates_of(sources, rate=100.0):
    names = [f"S{k}" for k in range(sources)]
    return pd.DataFrame({"source_id": names, "pollutant": "SO2", "rate_g_s": rate})


@pytest.mark.parametrize("seed", range(20))
def test_projection_is_that_of_a_library(seed):
    rng = np.random.default_rng(seed)
    columns = np.abs(rng.normal(size=(12, 6))) * (rng.random((12, 6)) < 0.6)
    columns[:, 0] += 1e-3
    _, norm = nnls(columns[:, 1:], columns[:, 0])
    expected = norm / np.linalg.norm(columns[:, 0])
    assert residual_share(columns.T @ columns, 0) == pytest.approx(expected, abs=1e-4)


def test_projection_of_orthogonal_and_of_equal_columns():
    assert residual_share(np.eye(3), 0) == 1.0
    assert residual_share(np.ones((2, 2)), 0) == pytest.approx(0.0, abs=1e-7)


def made_case():
    """S0 and S1 reach one post each in hours 0–2, the same post in 3–5; S2 never reaches."""
    response = np.zeros((HOURS, 2, 3))
    response[0:3, 0, 0] = response[0:3, 1, 1] = 1e-6
    response[3:6, :, 0] = response[3:6, :, 1] = [1e-6, 0.2e-6]
    response[6, :, :] = np.nan
    response[7, :, :] = np.nan
    reason = np.full(HOURS, "served", dtype=object)
    reason[6], reason[7] = "calm", "missing wind"
    activity = pd.DataFrame(
        {"S0": np.r_[np.ones(8), 0, 1, 1, 1]}, index=pd.date_range("2024-01-01", periods=HOURS, freq="h")
    )
    response[8:, 0, 0] = 1e-6
    response[9, 0, 0] = 0.01e-6
    operator = operator_of(response, reason)
    readings = np.ones((HOURS, 2), bool)
    readings[10] = False
    known = xr.DataArray(
        readings, dims=("time", "receptor"), coords={d: operator[d] for d in ("time", "receptor")}
    )
    return make_network(operator, rates_of(3), "SO2", activity=activity, readings=known)


def test_each_blind_hour_has_its_reason():
    seen = visibility(made_case())
    table = seen.hours_table(slice(None))
    mine = table[(table["source_id"] == "S0") & (table["station_id"] == "P0")]
    assert mine["reason"].tolist() == [
        *["seen"] * 6, "calm", "not served", "idle", "weak", "no reading", "seen",
    ]  # fmt: skip
    never = table[(table["source_id"] == "S2") & (table["station_id"] == "P0")]
    assert set(never["reason"]) == {"upwind", "calm", "not served", "no reading"}
    assert mine["contribution_ugm3"].iloc[0] == pytest.approx(100.0)
    assert np.isnan(mine["contribution_ugm3"].iloc[6])


def test_sources_are_told_apart_where_their_columns_differ():
    seen = visibility(made_case())
    assert seen.told[0:3, :2].all()
    assert not seen.told[3:6, :2].any()
    assert not seen.told[:, 2].any()
    assert seen.residual[1, 0] == pytest.approx(0.0, abs=1e-3)


def test_the_summary_counts_every_hour_once():
    seen = visibility(made_case())
    wind = pd.Series([0.0, 90.0] * 5, index=seen.network.times[:10])
    episodes = pd.DataFrame(
        {
            "episode_id": ["SO2-001"],
            "pollutant": ["SO2"],
            "time_start": [pd.Timestamp("2024-01-01T03:00")],
            "time_end": [pd.Timestamp("2024-01-01T06:00")],
        }
    )
    table = seen.summary(zone="Asia/Almaty", episodes=episodes, wind_from=wind)
    parts = [name for name in table.columns if name.startswith("hours_") and name != "hours_told"]
    assert (table[parts].sum(axis=1) == table["hours"]).all()
    whole = table[(table["period_kind"] == "all") & (table["station_id"] == "any")].set_index("source_id")
    assert whole.loc["S0", "hours_seen"] == 7
    assert whole.loc["S0", "hours_told"] >= 3
    assert whole.loc["S2", "hours_seen"] == 0
    event = table[(table["period_kind"] == "episode") & (table["station_id"] == "any")].set_index("source_id")
    assert event.loc["S0", "share_seen"] == 1.0
    assert event.loc["S0", "share_told"] == 0.0
    sectors = table[(table["period_kind"] == "sector") & (table["source_id"] == "S0")].set_index("period")
    assert sectors["hours"].sum() == 10
    assert sectors.loc["E", "hours"] == 5
    days = table[(table["period_kind"] == "day") & (table["source_id"] == "S0")]
    assert days["hours"].sum() == HOURS


def test_a_louder_source_is_never_seen_less():
    rng = np.random.default_rng(3)
    operator = operator_of(rng.lognormal(-1.0, 2.0, (48, 3, 4)) * 1e-6)
    hours = []
    for rate in (1.0, 10.0, 100.0):
        table = rates_of(4, np.array([rate, 5.0, 5.0, 5.0]))
        hours.append(int((visibility(make_network(operator, table, "SO2")).reason[:, :, 0] == 0).sum()))
    assert hours == sorted(hours)


def test_settings_that_cannot_be_right_are_refused():
    with pytest.raises(ConfigError):
        VisibilityOptions(window_hours=0)
    with pytest.raises(ConfigError):
        VisibilityOptions(told_share=0.0)
