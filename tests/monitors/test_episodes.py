"""Episodes of hand-made series, laws of shift and order, and the link of exceedance to still air."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError
from sootprint.core.timeaxis import to_utc_start
from sootprint.monitors.episodes import find_episodes, marking_norms, stagnation_link
from sootprint.norms import load

START = pd.Timestamp("2023-11-01")
NORMS = load(["KZ", "EU", "WHO", "US"])


def observe(values, *, station="a", pollutant="SO2", start=START):
    values = np.asarray(values, float)
    table = pd.DataFrame({"time_start": pd.date_range(start, periods=len(values), freq="h")})
    table = table.assign(
        station_id=station,
        pollutant=pollutant,
        duration_s=3600.0,
        value_ugm3=values,
        flag=np.where(np.isfinite(values), "valid", "missing"),
        source_file="made.csv",
        source_row=range(2, len(values) + 2),
    )
    return schema.coerce(table, "observations")


def air(stagnant, *, start=START, wind=None):
    stagnant = np.asarray(stagnant, bool)
    wind = np.where(stagnant, 0.4, 4.0) if wind is None else np.asarray(wind, float)
    table = pd.DataFrame(
        {
            "time_start": pd.date_range(start, periods=len(stagnant), freq="h"),
            "wind_speed": wind,
            "calm": wind < 0.5,
            "stagnant": stagnant,
            "hours_since_ventilated": np.cumsum(stagnant),
            "ventilation": wind * 100.0,
        }
    )
    return schema.coerce(table, "stagnation")


NO_AIR = schema.empty("stagnation")


def find(observations, stagnation=NO_AIR, norms=NORMS, zone="Asia/Almaty", **options):
    return find_episodes(observations, stagnation, norms, zone=zone, options=options)


def test_order_of_the_marking_norms():
    chosen = marking_norms(NORMS).set_index("pollutant")["norm_id"]
    assert chosen["SO2"] == "KZ-SO2-20MIN"
    eu = marking_norms(load(["EU", "WHO"])).set_index("pollutant")["norm_id"]
    assert eu["SO2"] == "EU2008-SO2-1H"
    assert eu["CO"] == "WHO-CO-1H"
    assert eu["PM10"] == "EU2008-PM10-DAY"
    assert "C6H6" not in eu.index
    named = marking_norms(NORMS, {"SO2": "WHO-SO2-DAY"}).set_index("pollutant")["norm_id"]
    assert named["SO2"] == "WHO-SO2-DAY"
    assert named["NO2"] == "KZ-NO2-20MIN"
    for wrong in ({"SO2": "KZ-NO2-20MIN"}, {"SO2": "EU2024-SO2-YEAR"}, {"SO2": "nothing"}):
        with pytest.raises(ConfigError):
            marking_norms(NORMS, wrong)


def test_one_episode_by_hand():
    values = [50, 40, 40, 40, 140, 240, 340, 440, 540, 640, 740, 510, 60, 60]
    still = [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]
    table = find(observe(values), air(still))
    assert len(table) == 1
    row = table.iloc[0]
    assert row["episode_id"] == "SO2-001"
    assert row["time_start"] == START + pd.Timedelta(3, "h")
    assert row["time_first_exceeded"] == START + pd.Timedelta(8, "h")
    assert row["time_end"] == START + pd.Timedelta(12, "h")
    assert (row["duration_h"], row["hours_exceeded"]) == (9, 4)
    assert (row["peak_ugm3"], row["peak_ratio"]) == (740, pytest.approx(1.48))
    assert row["accumulation_ugm3_h"] == pytest.approx(100.0)
    assert (row["kind"], row["stagnant_share"], row["calm_share"]) == ("stagnation", 1.0, 1.0)
    assert row["mean_ugm3"] == pytest.approx(np.mean(values[3:12]))
    assert row["hours_since_ventilated_max"] == 9
    assert row["wind_speed_mean"] == pytest.approx(0.4)
    assert row["ventilation_mean"] == pytest.approx(40.0)
    assert row["weather_text"] == (
        "Stagnant air: stagnant in 100% of the hours, calm in 100%, mean wind 0.4 m/s, up to 9 h since the "
        "wind last reached 3 m/s, mean ventilation 40 m²/s, SO2 rising by 100 µg/m³ an hour up to the peak."
    )


def test_the_beginning_moves_back_no_further_than_allowed():
    values = np.arange(0.0, 800.0, 20.0)
    still = np.ones(len(values))
    first = START + pd.Timedelta(26, "h")
    for hours in (0, 5, 12):
        row = find(observe(values), air(still), accumulation_h=hours).iloc[0]
        assert row["time_first_exceeded"] == first
        assert row["time_start"] == first - pd.Timedelta(hours, "h")
    still[24] = 0
    assert find(observe(values), air(still)).iloc[0]["time_start"] == first - pd.Timedelta(1, "h")


def test_kinds():
    values = np.full(24, 600.0)
    half = np.arange(24) % 2 == 0
    assert find(observe(values), air(half))["kind"].item() == "stagnation"
    assert find(observe(values), air(np.zeros(24)))["kind"].item() == "ventilated"
    none = find(observe(values)).iloc[0]
    assert (none["kind"], none["weather_coverage"]) == ("unknown weather", 0.0)
    assert np.isnan(none["wind_speed_mean"])
    assert "not known" in none["weather_text"]
    assert find(observe(values), air(np.ones(6)))["kind"].item() == "unknown weather"


def test_gaps_merge_and_short_runs_are_left_out():
    values = np.full(40, 10.0)
    values[[0, 7, 15]] = 600.0
    merged = find(observe(values))
    assert (len(merged), merged["hours_exceeded"].item(), merged["duration_h"].item()) == (1, 2, 8)
    single = find(observe(values), minimum_hours=1)
    assert single["episode_id"].tolist() == ["SO2-001", "SO2-002"]
    assert len(find(observe(values), merge_gap_h=7)) == 1
    assert find(observe(values), minimum_hours=4).empty


def test_two_posts_and_missing_readings():
    one, two = np.full(12, 600.0), np.full(12, 100.0)
    one[4:6], two[7] = np.nan, 900.0
    table = find(pd.concat([observe(one), observe(two, station="b")], ignore_index=True)).iloc[0]
    assert (table["peak_station_id"], table["peak_ugm3"]) == ("b", 900.0)
    assert table["stations_exceeded"] == "a, b"
    assert table["data_coverage"] == pytest.approx(22 / 24)


def test_a_daily_norm_marks_the_hours_of_local_days():
    values = np.full(72, 10.0)
    values[24:48] = 90.0
    start = pd.Timestamp("2024-01-01 18:00")
    row = find(observe(values, pollutant="PM10", start=start), norms=load(["EU"])).iloc[0]
    assert row["norm_id"] == "EU2008-PM10-DAY"
    assert row["time_first_exceeded"] == start + pd.Timedelta(24, "h")
    assert (row["hours_exceeded"], row["peak_ratio"]) == (24, pytest.approx(1.8))


levels = st.lists(
    st.one_of(st.floats(0, 1200), st.sampled_from([0.0, 700.0, float("nan")])), min_size=1, max_size=96
)


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(levels, st.integers(0, 1000), st.integers(0, 2**32 - 1))
def test_laws_of_episodes(values, shift, seed):
    rng = np.random.default_rng(seed)
    observations, weather = observe(values), air(rng.random(len(values)) < 0.7)
    table = find(observations, weather)
    assert len(schema.check(table, "episodes")) == len(table)
    over = np.nan_to_num(values) > 500
    assert table["hours_exceeded"].sum() <= over.sum()
    assert find(observations, weather, minimum_hours=1)["hours_exceeded"].sum() == over.sum()
    assert (table["time_start"] <= table["time_first_exceeded"]).all()
    assert (table["time_first_exceeded"] <= table["peak_time"]).all()
    assert (table["peak_time"] < table["time_end"]).all()
    assert (table["peak_ugm3"] > 500).all()
    assert (table["time_start"].iloc[1:].to_numpy() >= table["time_end"].iloc[:-1].to_numpy()).all()
    mixed = find(
        observations.iloc[rng.permutation(len(observations))], weather.iloc[rng.permutation(len(weather))]
    )
    pd.testing.assert_frame_equal(table, mixed)
    delta = pd.Timedelta(shift, "h")
    later = find(
        observations.assign(time_start=observations["time_start"] + delta),
        weather.assign(time_start=weather["time_start"] + delta),
    )
    times = ["time_start", "time_first_exceeded", "time_end", "peak_time"]
    pd.testing.assert_frame_equal(table.assign(**{name: table[name] + delta for name in times}), later)


def test_options_are_checked():
    for wrong in ({"merge_gap": 3}, {"minimum_hours": 0}, {"merge_gap_h": -1}, {"stagnant_share": 2.0}):
        with pytest.raises(ConfigError):
            find(observe([600.0] * 4), **wrong)
    twice = pd.concat([air([1]), air([0])], ignore_index=True)
    with pytest.raises(InputError, match="one row an hour"):
        find(observe([600.0] * 4), twice)
    assert find(observe([])).empty


def link(observations, stagnation, seed=1, **more):
    return stagnation_link(
        observations, stagnation, NORMS, zone="UTC", rng=np.random.default_rng(seed), **more
    ).set_index("condition")


def test_relative_risk_by_hand():
    rng = np.random.default_rng(0)
    still = rng.random(24 * 60) < 0.25
    over = np.where(still, rng.random(len(still)) < 0.4, rng.random(len(still)) < 0.1)
    row = link(observe(np.where(over, 600.0, 10.0)), air(still)).loc["stagnant"]
    expected = over[still].mean() / over[~still].mean()
    assert row["relative_risk"] == pytest.approx(expected)
    assert row["relative_risk_q05"] < expected < row["relative_risk_q95"]
    assert (row["hours_condition"], row["hours_all"]) == (still.sum(), len(still))
    assert (row["exceedances_condition"], row["exceedances_all"]) == ((still & over).sum(), over.sum())


@pytest.mark.slow
def test_the_interval_holds_the_true_risk_in_nine_of_ten_worlds():
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        still = rng.random(24 * 40) < 0.3
        over = rng.random(len(still)) < np.where(still, 0.3, 0.1)
        row = link(observe(np.where(over, 600.0, 10.0)), air(still), draws=200).loc["stagnant"]
        held += row["relative_risk_q05"] <= 3.0 <= row["relative_risk_q95"]
    assert 47 <= held <= 60


def test_same_seed_same_numbers_and_no_bound_is_missing():
    values = np.where(np.arange(240) % 24 < 6, 600.0, 10.0)
    still = np.arange(240) % 24 < 12
    one, two = link(observe(values), air(still)), link(observe(values), air(still))
    pd.testing.assert_frame_equal(one, two)
    assert np.isnan(one.loc["stagnant", "relative_risk"])
    assert link(observe(values), NO_AIR)["hours_all"].eq(0).all()
    with pytest.raises(ConfigError):
        link(observe(values), air(still), draws=0)


def test_la_oroya_2019(data_dir):
    raw = pd.read_csv(data_dir / "la_oroya" / "SO2_oroya.csv")
    times, _ = to_utc_start(pd.to_datetime(raw["date"]), "America/Lima", stamp="beginning", duration_s=3600.0)
    observations = observe(raw["SO2_1h_ugm3"]).assign(time_start=times)
    table = find(observations, norms=load(["EU"]), zone="America/Lima", minimum_hours=1)
    assert table["hours_exceeded"].sum() == 324
    assert table["peak_ugm3"].max() == pytest.approx(2964.8)
    assert set(table["norm_id"]) == {"EU2008-SO2-1H"}
    calm = pd.DataFrame({"time_start": times, "wind_speed": raw["ws"]})
    calm["calm"] = (calm["wind_speed"] <= 1.0).astype("boolean").mask(calm["wind_speed"].isna())
    row = link(observations, schema.coerce(calm, "stagnation")).loc["calm"]
    known = raw["SO2_1h_ugm3"].notna() & raw["ws"].notna()
    over, within = raw["SO2_1h_ugm3"][known] > 500, raw["ws"][known] <= 1.0
    assert row["relative_risk"] == pytest.approx(over[within].mean() / over[~within].mean())
