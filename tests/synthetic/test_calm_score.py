"""What an attribution makes of calm hours, scored by hand-made truths."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.cli.demo import calm_lines
from sootprint.core.errors import InputError
from sootprint.synthetic import scorecard_calm
from sootprint.synthetic.truth import Truth

TIME = pd.date_range("2024-11-10", periods=6, freq="h")
CALM = TIME[1:5]
POSTS, SOURCES = ["a", "b"], ["tall", "small", "road"]
CLASSES = pd.DataFrame({"source_id": SOURCES, "class": ["stack", "stack", "low"]})


def truth(calm=CALM):
    values = np.zeros((6, 2, 3, 1))
    values[..., 0, 0], values[..., 1, 0], values[..., 2, 0] = 60.0, 10.0, 30.0
    values[3:5, :, 0] = 120.0
    dims = ("time", "station", "source", "pollutant")
    coords = {"time": TIME, "station": POSTS, "source": SOURCES, "pollutant": ["SO2"]}
    parts = xr.Dataset(
        {"contribution": (dims, values), "background": (("time", "pollutant"), np.ones((6, 1)))}
    )
    errors = pd.DataFrame({"source_id": SOURCES, "pollutant": "SO2", "standard_error_ugm3": [3.0, 4.0, 0.0]})
    calm = pd.DataFrame({"time_start": calm})
    return Truth(pd.DataFrame(), parts.assign_coords(coords), "synthetic", pd.DataFrame(), calm, errors)


def operator(served):
    values = np.full((6, 2, 3), np.nan)
    values[served] = np.array([1e-6, 2e-6, 3e-6])
    coords = {"time": TIME, "receptor": POSTS, "source": SOURCES}
    return xr.Dataset({"H": (("time", "receptor", "source"), values)}, coords=coords)


def draws(pollutant="SO2", sources=SOURCES):
    rate = np.array([[60.0, 5.0, 10.0], [90.0, 5.0, 10.0], [120.0, 5.0, 10.0]])[..., None]
    return xr.Dataset(
        {
            "emission": (("draw", "source", "pollutant"), rate),
            "dispersion_bias": (("draw", "source"), np.ones((3, 3))),
            "activity": (("time", "source", "pollutant"), np.ones((6, 3, 1))),
        },
        coords={"draw": range(3), "source": sources, "pollutant": [pollutant], "time": TIME},
    )


def test_truth_is_of_all_calm_hours_and_the_model_of_the_served_ones():
    made = scorecard_calm(truth(), operator([0, 1, 2]), draws(), CLASSES)
    rows = made.set_index("source_id")
    assert rows.loc["tall", "true_ugm3"] == pytest.approx(90.0)
    assert rows.loc["tall", "modelled_ugm3"] == pytest.approx(90.0)
    assert rows.loc["tall", "share_served"] == pytest.approx(0.5)
    assert rows.loc["tall", "share_dropped"] == pytest.approx(240.0 / 360.0)
    assert rows.loc["tall", "holds"]
    assert rows.loc["small", "modelled_ugm3"] == pytest.approx(10.0)
    total = made[made["component"] == "all"].iloc[0]
    assert total["true_ugm3"] == pytest.approx(130.0)
    assert total["true_error_ugm3"] == pytest.approx(5.0)
    assert total["rank_correlation"] == pytest.approx(1.0)
    assert total["hours"] == 4
    stacks = made[(made["component"] == "class") & (made["class"] == "stack")].iloc[0]
    assert stacks["true_share"] == pytest.approx(100.0 / 130.0)
    assert stacks["modelled_ugm3"] == pytest.approx(100.0)
    [line] = calm_lines(made, "SO2")
    assert "4 calm hours" in line
    assert "50%" in line


def test_an_engine_that_serves_every_hour_drops_nothing():
    made = scorecard_calm(truth(), operator(range(6)), draws(), CLASSES)
    assert (made["share_served"] == 1.0).all()
    assert (made["share_dropped"] == 0.0).all()


def test_where_nothing_is_served_nothing_is_said():
    made = scorecard_calm(truth(), operator([0, 5]), draws(), CLASSES)
    assert made["modelled_ugm3"].isna().all()
    assert not made["holds"].any()
    assert (made["share_dropped"] == 1.0).all()
    assert "Nothing is said" in calm_lines(made, "SO2")[0]


def test_city_without_calm_days_has_no_rows():
    made = scorecard_calm(truth(calm=TIME[:0]), operator([0]), draws(), CLASSES)
    assert made.empty
    assert calm_lines(made, "SO2") == []


def test_another_city_is_refused():
    with pytest.raises(InputError, match="CO"):
        scorecard_calm(truth(), operator([0]), draws(pollutant="CO"), CLASSES)
    with pytest.raises(InputError, match="moon"):
        scorecard_calm(truth(), operator([0]), draws(sources=["moon", "small", "road"]), CLASSES)
