"""Check of a promised cut: laws on made series, counts of gaps, and verdicts."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.action import CutOptions, check_promised_cuts, promised_cut
from sootprint.action.promised_cut_matched import downwind_excess
from sootprint.action.promised_cut_options import (
    CONSISTENT,
    LARGER,
    NO_ANSWER,
    NOT_VISIBLE,
    SMALLER,
    TOO_SMALL_TO_SEE,
    UNDECIDED,
    verdict_of,
)
from sootprint.action.promised_cut_stack import Hours
from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError

ZONE = "Asia/Almaty"
START = pd.Timestamp("2024-11-10")
END = pd.Timestamp("2024-11-14")
OPTIONS = CutOptions(draws=400, reference_days=21)


@pytest.fixture(scope="module")
def bench():
    path = Path(__file__).parents[2] / "benchmarks" / "promised_cut.py"
    found = importlib.util.spec_from_file_location("benchmark_promised_cut", path)
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


def sources():
    rows = [("A/1", "A", 82.60), ("A/2", "A", 82.61), ("B/1", "B", 82.70)]
    draft = pd.DataFrame(rows, columns=["source_id", "facility_id", "lon"])
    draft = draft.assign(kind="point", lat=49.95, controllable=True, source_file="s", source_row=1)
    return schema.check(draft, "sources")


def rates():
    draft = pd.DataFrame({"source_id": ["A/1", "A/2", "B/1"], "rate_g_s": [60.0, 40.0, 50.0]})
    draft = draft.assign(pollutant="SO2", basis="declared", origin="maximum", mark="assumed")
    return schema.check(draft, "rates")


def stack(cut=0.5, sources_read=("A/1", "A/2"), spread=0.1, seed=3, drop=None):
    rng = np.random.default_rng(seed)
    times = pd.date_range("2024-10-15", "2024-12-10", freq="20min", inclusive="left")
    parts = []
    for name in sources_read:
        noise = np.exp(spread * rng.standard_normal(len(times)))
        rate = 50.0 * (1.0 + 0.3 * np.sin(2 * np.pi * times.hour.to_numpy() / 24.0)) * noise
        rate = np.where((times >= START) & (times < END), (1 - cut) * rate, rate)
        parts.append(pd.DataFrame({"source_id": name, "time_start": times, "rate_g_s": rate}))
    draft = pd.concat(parts, ignore_index=True)
    draft = draft.assign(source_name=draft["source_id"], pollutant="SO2", duration_s=1200.0, flag="valid")
    draft = draft.assign(source_file="ams.csv", source_row=np.arange(len(draft)))
    made = schema.check(draft, "stack_readings")
    return made if drop is None else made[~drop(made)]


def promise(**changes):
    given = {
        "pollutant": "SO2", "time_start": START, "time_end": END, "cut": 0.5, "facility_ids": ["A"],
        "cut_id": "A",
    }  # fmt: skip
    return promised_cut(**(given | changes))


def check(readings, promises=None, **given):
    made = check_promised_cuts(
        promise() if promises is None else promises, sources(), zone=ZONE, rates=rates(),
        stack_readings=readings, options=given.pop("options", OPTIONS), seed=5, **given,
    )  # fmt: skip
    return made.iloc[0]


def test_a_cut_at_the_stack_is_found_with_its_interval_and_power():
    row = check(stack(cut=0.5))
    assert row["verdict"] == CONSISTENT
    assert row["cut"] == pytest.approx(0.5, abs=0.02)
    assert row["cut_low"] < 0.5 < row["cut_high"]
    assert row["power_promised"] == 1.0
    assert row["detectable_cut"] < 0.1
    assert row["matched_on"] == "hour of day and weekend"
    assert (row["window_h"], row["window_used_h"], row["window_missing_h"]) == (96, 96, 0)
    assert row["checked_share"] == 1.0
    assert row["agreement"] == "not comparable"
    assert row["seed"] == 5


@pytest.mark.parametrize(
    ("cut", "verdict"), [(0.0, NOT_VISIBLE), (0.25, SMALLER), (0.8, LARGER), (1.0, LARGER)]
)
def test_other_cuts_are_not_taken_for_the_promised_one(cut, verdict):
    assert check(stack(cut=cut))["verdict"] == verdict


def test_a_unit_of_rate_does_not_matter():
    one, other = stack(), stack()
    other["rate_g_s"] *= 1000.0
    columns = ["cut", "cut_low", "cut_high", "power_promised"]
    np.testing.assert_allclose(
        check(one)[columns].to_numpy(float), check(other)[columns].to_numpy(float), rtol=1e-9
    )


def test_same_seed_same_row_whatever_else_is_checked():
    two = pd.concat([promise(), promise(cut_id="B", facility_ids=["B"])], ignore_index=True)
    one = check_promised_cuts(
        promise(), sources(), zone=ZONE, stack_readings=stack(), options=OPTIONS, seed=5
    )
    both = check_promised_cuts(
        two, sources(), zone=ZONE, stack_readings=stack(sources_read=("A/1", "A/2", "B/1")),
        options=OPTIONS, seed=5,
    )  # fmt: skip
    pd.testing.assert_series_equal(one.iloc[0], both.iloc[0])


def test_missing_hours_are_counted_and_are_no_cut():
    gap = (START + pd.Timedelta(hours=10), START + pd.Timedelta(hours=40))
    row = check(stack(cut=0.5, drop=lambda t: t["time_start"].between(*gap, inclusive="left")))
    assert row["window_missing_h"] == 30
    assert row["window_used_h"] == 66
    assert "missing is not compliance" in row["remarks"]
    assert row["cut_if_gaps_uncut"] == pytest.approx(0.5 * 66 / 96, abs=0.04)
    whole = check(stack(cut=0.5, drop=lambda t: t["time_start"].between(START, END, inclusive="left")))
    assert whole["verdict"] == NO_ANSWER
    assert "not compliance" in whole["remarks"]


def test_a_gap_of_one_stack_is_a_gap_of_the_plant():
    gap = (START, START + pd.Timedelta(hours=20))
    row = check(
        stack(drop=lambda t: (t["source_id"] == "A/2") & t["time_start"].between(*gap, inclusive="left"))
    )
    assert row["window_missing_h"] == 20


def test_a_stack_without_monitor_is_named_with_its_share():
    row = check(stack(sources_read=("A/1",)))
    assert row["sources_checked"] == "A/1"
    assert row["sources_missing"] == "A/2"
    assert row["checked_share"] == pytest.approx(0.6)
    assert "60%" in row["remarks"]


def test_flat_and_overlong_readings_are_not_used():
    table = stack()
    table.loc[table["time_start"].between(START, END, inclusive="left"), "flag"] = "flat"
    assert check(table)["verdict"] == NO_ANSWER
    long = stack()
    long["duration_s"] = 7200.0
    assert check(long)["sources_missing"] == "A/1,A/2"


def test_maintenance_and_standstills_are_no_reference():
    table = stack(cut=0.0)
    stop = table["time_start"].between("2024-10-25", "2024-10-28", inclusive="left")
    table.loc[stop, "rate_g_s"] = 0.0
    row = check(table)
    assert row["reference_excluded_h"] == 72
    assert abs(row["cut"]) < 0.03
    given = pd.DataFrame(
        {"time_start": [pd.Timestamp("2024-11-20")], "time_end": [pd.Timestamp("2024-11-21")]}
    )
    assert check(stack(), excluded=given)["reference_excluded_h"] == 24


def test_another_promise_of_the_same_plant_is_no_reference():
    other = promise(
        cut_id="earlier", time_start=START - pd.Timedelta(days=9), time_end=START - pd.Timedelta(days=7)
    )
    made = check_promised_cuts(
        pd.concat([promise(), other], ignore_index=True), sources(), zone=ZONE, stack_readings=stack(),
        options=OPTIONS,
    )  # fmt: skip
    assert made.loc[0, "reference_excluded_h"] == 48


def test_a_noisy_stack_says_that_the_cut_could_not_have_been_seen():
    rng = np.random.default_rng(0)
    table = stack(cut=0.0, sources_read=("A/1",), spread=0.0)
    days = (table["time_start"] - table["time_start"].min()).dt.days.to_numpy()
    table["rate_g_s"] = 50.0 * np.exp(1.2 * rng.standard_normal(days.max() + 1))[days]
    row = check(table, promise(cut=0.2, facility_ids=[], source_ids=["A/1"]))
    assert row["power_promised"] < 0.3
    assert row["verdict"] in {TOO_SMALL_TO_SEE, NOT_VISIBLE}
    assert np.isnan(row["detectable_cut"]) or row["detectable_cut"] > 0.5


def test_days_do_where_the_file_states_no_time():
    rng = np.random.default_rng(4)
    days = pd.date_range("2024-10-15", "2024-12-10", freq="D")
    noise = np.exp(0.05 * rng.standard_normal(len(days)))
    # Local days of the zone begin at 19:00 UTC: the window is that of whole local days.
    inside = (days >= "2024-11-10") & (days < "2024-11-14")
    draft = pd.DataFrame(
        {
            "source_id": "A/1", "source_name": "1", "pollutant": "SO2", "day": days, "n_rows": 72,
            "n_valid": 72, "n_rate": 72, "n_concentration": 0, "n_zero": 0, "n_flat": 0, "n_over_limit": 0,
            "n_ratio_missing": 72, "mean_rate_g_s": 50.0 * noise * np.where(inside, 0.5, 1.0),
            "hours_covered": 24.0, "hours_rate": 24.0, "first_row": 1, "source_file": "nbd.csv",
        }
    )  # fmt: skip
    wanted = promise(
        source_ids=["A/1"], facility_ids=[],
        time_start=pd.Timestamp("2024-11-09 19:00"), time_end=pd.Timestamp("2024-11-13 19:00"),
    )  # fmt: skip
    made = check_promised_cuts(
        wanted, sources(), zone=ZONE, stack_days=schema.check(draft, "stack_days"), options=OPTIONS
    )
    row = made.iloc[0]
    assert row["verdict"] == CONSISTENT
    assert row["window_used_h"] == 96
    assert row["cut"] == pytest.approx(0.5, abs=0.05)
    assert row["matched_on"] == "weekend"
    assert "no time of day" in row["remarks"]


def air(cut, *, strength=1.0, seed=1):
    """Observations of four posts around plant A, and the operator that made them."""
    rng = np.random.default_rng(seed)
    hours = pd.date_range("2024-10-15", "2024-12-10", freq="h", inclusive="left").as_unit("us")
    count = len(hours)
    wind = np.cumsum(rng.standard_normal(count) * 20.0) % 360.0
    bearing = np.array([0.0, 90.0, 180.0, 270.0])
    off = (wind[:, None] + 180.0 - bearing[None, :] + 180.0) % 360.0 - 180.0
    response = np.zeros((count, 4, 3))
    response[:, :, 0] = 2e-6 * np.exp(-0.5 * (off / 20.0) ** 2)
    response[:, :, 1] = response[:, :, 0]
    response[:, :, 2] = 1e-7
    emitted = np.array([60.0, 40.0, 50.0])[None, :] * np.ones((count, 3))
    window = (hours >= START) & (hours < END)
    emitted[np.ix_(window, [0, 1])] *= 1.0 - cut
    value = (
        strength * (response * emitted[:, None, :]).sum(axis=2) * 1e6
        + 20.0
        + 2.0 * rng.standard_normal((count, 4))
    )
    names = ["P0", "P1", "P2", "P3"]
    lon = 82.604 + 0.05 * np.sin(np.radians(bearing))
    lat = 49.95 + 0.03 * np.cos(np.radians(bearing))
    stations = pd.DataFrame({"station_id": names, "lon": lon, "lat": lat})
    parts = [
        pd.DataFrame({"station_id": name, "time_start": hours, "value_ugm3": value[:, place]})
        for place, name in enumerate(names)
    ]
    draft = pd.concat(parts, ignore_index=True)
    draft = draft.assign(pollutant="SO2", duration_s=3600.0, flag="valid", source_file="o", source_row=1)
    weather = pd.DataFrame(
        {
            "station_id": "W", "time_start": hours, "duration_s": 3600.0, "wind_speed": 2.0,
            "wind_from_direction": wind, "stability_class": "D", "source_file": "w", "source_row": 1,
        }
    )  # fmt: skip
    operator = xr.Dataset(
        {"H": (("time", "receptor", "source"), response * strength)},
        coords={"time": hours, "receptor": names, "source": ["A/1", "A/2", "B/1"]},
    )
    return {
        "observations": schema.check(draft, "observations"),
        "operator": operator,
        "weather": schema.check(weather, "weather"),
        "stations": schema.check(stations, "stations"),
    }


def test_posts_see_the_cut_with_and_without_the_operator_and_agree_with_the_stack():
    made = check_promised_cuts(
        promise(), sources(), zone=ZONE, rates=rates(), stack_readings=stack(cut=0.5), options=OPTIONS,
        **air(0.5),
    ).set_index("method")  # fmt: skip
    assert made.index.tolist() == ["stack", "operator", "matched"]
    assert made.loc["operator", "cut"] == pytest.approx(0.5, abs=0.05)
    assert made.loc["matched", "cut"] == pytest.approx(0.5, abs=0.2)
    assert made.loc["operator", "verdict"] == CONSISTENT
    assert (made["agreement"] == "agree").all()


def test_a_stack_that_says_what_the_posts_do_not_is_told():
    made = check_promised_cuts(
        promise(), sources(), zone=ZONE, rates=rates(), stack_readings=stack(cut=0.5), options=OPTIONS,
        **air(0.0),
    ).set_index("method")  # fmt: skip
    assert made.loc["stack", "verdict"] == CONSISTENT
    assert made.loc["operator", "verdict"] == NOT_VISIBLE
    assert made.loc["stack", "agreement"] == "disagree"
    assert "does not meet that of: operator" in made.loc["stack", "remarks"]


def test_a_plant_that_posts_hardly_see_gets_no_verdict_on_its_cut():
    given = air(0.5, strength=0.002)
    made = check_promised_cuts(
        promise(cut=0.2), sources(), zone=ZONE, rates=rates(), options=OPTIONS, **given
    )
    row = made.set_index("method").loc["operator"]
    assert row["verdict"] == TOO_SMALL_TO_SEE
    assert row["power_promised"] < 0.3


def test_a_lasting_error_of_dispersion_and_a_constant_background_drop_out():
    given = air(0.5)
    common = {"zone": ZONE, "rates": rates(), "options": OPTIONS}
    one = check_promised_cuts(
        promise(), sources(), observations=given["observations"], operator=given["operator"], **common
    )
    more = given["observations"].assign(value_ugm3=given["observations"]["value_ugm3"] + 40.0)
    other = check_promised_cuts(
        promise(), sources(), observations=more, operator=given["operator"] * 3.0, **common
    )
    columns = ["cut", "cut_low", "cut_high"]
    np.testing.assert_allclose(other[columns].to_numpy(float), one[columns].to_numpy(float), atol=0.011)


def test_a_post_is_downwind_where_the_wind_comes_from_the_plant():
    hours = pd.date_range("2024-11-01", periods=4, freq="h").as_unit("us")
    stations = pd.DataFrame({"station_id": ["E", "W"], "lon": [82.70, 82.50], "lat": [49.95, 49.95]})
    weather = pd.DataFrame(
        {
            "time_start": hours, "wind_speed": [3.0, 3.0, 3.0, 0.2],
            "wind_from_direction": [270.0, 90.0, 0.0, 270.0],
            "stability_class": pd.array(["D", "D", "D", "D"], dtype="string"),
        }
    )  # fmt: skip
    rows = [(name, time, value) for name, value in (("E", 100.0), ("W", 10.0)) for time in hours]
    draft = pd.DataFrame(rows, columns=["station_id", "time_start", "value_ugm3"])
    draft = draft.assign(pollutant="SO2", duration_s=3600.0, flag="valid", source_file="o", source_row=1)
    everything = np.ones(4, bool)
    made = downwind_excess(
        schema.check(draft, "observations"), weather, stations, (82.60, 49.95), "SO2",
        Hours(~everything, everything, ~everything), hours, zone="UTC", options=CutOptions(),
    )  # fmt: skip
    # Each post is taken over its own median as a control: 100 and 10, so that no excess is left; a wind from
    # the north and a calm have no downwind post.
    np.testing.assert_array_equal(made.value, [0.0, 0.0, np.nan, np.nan])
    assert (made.cell[:3] >= 0).all()
    assert made.cell[3] == -1


def test_hours_that_the_engine_does_not_serve_are_counted():
    given = air(0.5)
    given["operator"]["H"][:] = given["operator"]["H"].where(given["operator"]["time"].dt.hour >= 12)
    row = check_promised_cuts(
        promise(), sources(), zone=ZONE, rates=rates(), observations=given["observations"],
        operator=given["operator"], options=OPTIONS,
    ).iloc[0]  # fmt: skip
    assert row["window_used_h"] == 48
    assert row["window_missing_h"] == 48


def test_verdicts():
    nan = float("nan")
    assert verdict_of(0.1, 0.4, 0.2, 0.9, 0.8, measured=True) == CONSISTENT
    assert verdict_of(0.3, 0.6, 0.2, 0.9, 0.8, measured=True) == LARGER
    assert verdict_of(0.05, 0.15, 0.2, 0.9, 0.8, measured=True) == SMALLER
    assert verdict_of(-0.1, 0.1, 0.2, 0.9, 0.8, measured=True) == NOT_VISIBLE
    assert verdict_of(-0.1, 0.3, 0.2, 0.9, 0.8, measured=True) == UNDECIDED
    assert verdict_of(-0.1, 0.3, 0.2, 0.3, 0.8, measured=True) == TOO_SMALL_TO_SEE
    assert verdict_of(nan, nan, 0.2, 0.05, 0.8, measured=False) == TOO_SMALL_TO_SEE
    # A rise of readings that the power does not back says nothing of the emission.
    assert verdict_of(-3.0, 0.1, 0.2, 0.1, 0.8, measured=False) == TOO_SMALL_TO_SEE
    assert verdict_of(-3.0, 0.1, 0.2, 0.1, 0.8, measured=True) == NOT_VISIBLE


def test_promises_that_cannot_be_are_refused():
    with pytest.raises(InputError, match="before"):
        promise(time_end=START)
    with pytest.raises(InputError, match="20 %"):
        promise(cut=20)
    with pytest.raises(InputError, match="not in the inventory"):
        check(stack(), promise(facility_ids=["Z"]))
    with pytest.raises(ConfigError):
        CutOptions(level=1.2)
    assert check_promised_cuts(promise(), sources(), zone=ZONE).empty


def test_the_whole_complex_is_all_sources_that_take_an_order():
    row = check(stack(sources_read=("A/1", "A/2", "B/1")), promise(facility_ids=[], cut=0.5))
    assert row["sources_checked"] == "A/1,A/2,B/1"


CALIBRATED = [("stack_run", 0.0), ("stack_run", 0.2), ("stack_run", 0.5)]


@pytest.mark.slow
@pytest.mark.parametrize(("run", "cut"), CALIBRATED)
def test_intervals_hold_the_truth_as_often_as_they_say(bench, run, cut):
    made = bench.score(getattr(bench, run), {}, cut, 300)
    assert 0.85 <= made.holds <= 0.95
    if cut == 0.0:
        assert made.seen <= 0.07
    else:
        # Two standard errors of 300 runs, and of the announced power itself.
        assert made.seen == pytest.approx(made.announced, abs=0.08)


@pytest.mark.slow
@pytest.mark.parametrize(("run", "cut"), [("operator_run", 0.0), ("operator_run", 0.5), ("matched_run", 0.2)])
def test_the_posts_are_calibrated_too(bench, run, cut):
    made = bench.score(getattr(bench, run), {"window_h": 168}, cut, 60)
    # 60 series of a 90 % interval hold the truth in 82 to 98 % of cases by chance.
    assert 0.82 <= made.holds <= 0.98
    assert made.seen <= 0.10 or cut > 0


def test_a_few_synthetic_series_are_held(bench):
    made = bench.score(bench.stack_run, {"draws": 300}, 0.2, 60)
    assert made.holds >= 0.8
    assert abs(made.cut - 0.2) < 0.1
