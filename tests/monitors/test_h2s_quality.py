"""H₂S that follows SO₂: interference, common weather alone, independence, and who is flagged."""

import numpy as np
import pandas as pd
import pytest

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.monitors import H2sOptions, flag_h2s, h2s_covariation, means
from sootprint.monitors.h2s_quality import _verdict
from sootprint.monitors.h2s_statistics import covariation, tetrad_correlation

ALMATY = "Asia/Almaty"


def red(rng, n, hours, spread):
    """Red noise with a memory of some hours and a standard deviation."""
    from scipy.signal import lfilter

    memory = np.exp(-1.0 / hours)
    noise = rng.standard_normal(n) * spread * np.sqrt(1 - memory**2)
    noise[0] = rng.standard_normal() * spread
    return lfilter([1.0], [1.0, -memory], noise)


def air(rng, days, h2s, *, weather_hours=12.0, shared=0.0, share=0.02, noise=0.3):
    """Hourly H₂S, SO₂, NO₂, CO, PM2.5 [µg m⁻³] of a post: common weather and own noise of each source.

    ``shared`` is the spread of a noise that CO and PM2.5 have from one kind of source (stoves), ``share``
    the part of SO₂ that the H₂S channel shows, ``noise`` that of the channel [µg m⁻³].
    """
    n = days * 24
    weather, stoves = red(rng, n, weather_hours, 0.9), red(rng, n, 6, shared)
    wind = red(rng, n, 8, 0.8) if h2s == "one direction" else np.zeros(n)
    so2 = np.exp(3.5 + weather + wind + red(rng, n, 3, 0.7))
    no2 = np.exp(3.0 + 0.8 * weather + red(rng, n, 3, 0.5))
    co = np.exp(6.0 + weather + red(rng, n, 3, 0.5) + stoves)
    pm = np.exp(3.0 + 0.9 * weather + red(rng, n, 3, 0.5) + stoves)
    made = {
        "interference": lambda: share * so2 + np.abs(rng.normal(0.0, noise, n)),
        "both": lambda: 0.02 * so2 + 0.5 * np.exp(-0.7 + weather + red(rng, n, 3, 0.6)),
        "weather": lambda: np.exp(-0.5 + weather + red(rng, n, 3, 0.7)),
        "one direction": lambda: np.exp(-0.5 + weather + wind + red(rng, n, 3, 0.5)),
        "independent": lambda: np.exp(-0.5 + red(rng, n, 6, 0.9)),
    }[h2s]()
    return np.column_stack([made, so2, no2, co, pm])


def observe(table, station="p1", start="2024-10-31 19:00", names=("H2S", "SO2", "NO2", "CO", "PM2.5")):
    times = pd.date_range(start, periods=len(table), freq="h")
    parts = [
        pd.DataFrame({"station_id": station, "pollutant": name, "time_start": times, "value_ugm3": column})
        for name, column in zip(names, table.T, strict=True)
    ]
    joined = pd.concat(parts, ignore_index=True)
    given = {"duration_s": 3600.0, "flag": "valid", "source_file": "made.csv"}
    return schema.coerce(joined.assign(**given, source_row=range(2, len(joined) + 2)), "observations")


def posts(**kinds):
    table = pd.DataFrame({"station_id": list(kinds), "kind": list(kinds.values())})
    return schema.coerce(table, "stations")


def test_the_tetrad_of_one_factor_by_hand():
    """(0.40 · 0.54 + 0.72 · 0.30) / (2 · 0.45) = 0.48 = 0.8 · 0.6."""
    loadings = np.array([0.8, 0.6, 0.5, 0.9])
    matrix = np.outer(loadings, loadings)
    np.fill_diagonal(matrix, 1.0)
    assert tetrad_correlation(matrix) == pytest.approx(0.48)
    more = np.append(loadings, 0.3)
    wide = np.outer(more, more)
    np.fill_diagonal(wide, 1.0)
    assert tetrad_correlation(wide) == pytest.approx(0.48)


def test_the_slope_is_exact_without_noise():
    rng = np.random.default_rng(1)
    table = air(rng, 20, "weather")
    table[:, 0] = 0.02 * table[:, 1] + 1.5
    hour = np.arange(len(table))
    found = covariation(table, hour // 24, hour, 50, 3, rng)
    assert (found.slope, found.slope_q05, found.slope_q95) == pytest.approx((0.02, 0.02, 0.02))
    assert found.intercept_ugm3 == pytest.approx(1.5)
    assert found.spearman == pytest.approx(1.0)
    assert found.lag_h == 0


def test_a_shift_is_found():
    rng = np.random.default_rng(2)
    table = air(rng, 20, "interference")
    table[2:, 0] = table[:-2, 0].copy()
    hour = np.arange(len(table))
    assert covariation(table, hour // 24, hour, 20, 3, rng).lag_h == 2


def test_interference_is_found_and_said_with_its_doubt():
    table = observe(air(np.random.default_rng(3), 61, "interference"))
    quality = h2s_covariation(table, posts(p1="automatic"), zone=ALMATY, rng=np.random.default_rng(4))
    assert quality["period"].tolist() == ["whole", "2024-11", "2024-12"]
    assert set(quality["verdict"]) == {"covaries"}
    whole = quality.iloc[0]
    assert (whole["n_pairs"], whole["n_days"], whole["controls"]) == (1464, 61, "NO2, CO, PM2.5")
    assert whole["slope_q05"] < 0.02 < whole["slope_q95"] or whole["slope"] == pytest.approx(0.02, rel=0.05)
    assert "also consistent with a common source" in whole["statement"]
    assert whole["limit_ugm3"] == 8.0
    assert whole["n_exceedances"] == (table.loc[table["pollutant"] == "H2S", "value_ugm3"] > 8).sum()
    assert whole["n_exceedances_high_so2"] == whole["n_exceedances"] > 0
    assert whole["n_flagged"] == 1464


def test_common_weather_alone_is_not_interference():
    table = observe(air(np.random.default_rng(5), 61, "weather"))
    row = h2s_covariation(table, posts(p1="automatic"), zone=ALMATY, rng=np.random.default_rng(6)).iloc[0]
    assert row["spearman"] > 0.5
    assert row["weather_correlation"] == pytest.approx(row["spearman"], abs=0.1)
    assert row["partial_correlation"] > 0.1
    assert (row["verdict"], row["n_flagged"]) == ("independent", 0)


def test_different_sources_in_one_direction_have_no_fixed_ratio():
    table = observe(air(np.random.default_rng(5), 30, "one direction"))
    row = h2s_covariation(table, posts(p1="automatic"), zone=ALMATY, rng=np.random.default_rng(6)).iloc[0]
    assert row["excess_q05"] > 0.1
    assert row["ratio_spread"] > 0.6
    assert (row["verdict"], row["n_flagged"]) == ("not assessable", 0)
    assert "different sources in one direction" in row["reason"]


def test_flags_only_valid_h2s_of_automatic_posts_that_covary():
    rng = np.random.default_rng(7)
    parts = [observe(air(rng, 40, "interference"), name) for name in ("auto", "hand", "odd")]
    parts.append(observe(air(rng, 40, "independent"), "clean"))
    table = pd.concat(parts, ignore_index=True)
    table.loc[0, "flag"] = "below_detection"
    table.loc[0, "detection_limit_ugm3"] = 1.0
    stations = posts(auto="automatic", hand="manual", clean="automatic")
    quality = h2s_covariation(table, stations, zone=ALMATY, rng=np.random.default_rng(8))
    flagged = flag_h2s(table, quality)
    changed = flagged["flag"] != table["flag"]
    assert set(flagged.loc[changed, "station_id"]) == {"auto"}
    assert set(flagged.loc[changed, "pollutant"]) == {"H2S"}
    assert set(flagged.loc[changed, "flag"]) == {"suspect"}
    whole = quality.loc[quality["period"] == "whole"].set_index("station_id")
    assert changed.sum() == whole.loc["auto", "n_flagged"] == 40 * 24 - 1
    pd.testing.assert_frame_equal(flagged.drop(columns="flag"), table.drop(columns="flag"))
    assert whole.loc["hand", "verdict"] == whole.loc["odd", "verdict"] == "covaries"
    assert whole.loc["hand", "reason"] == "not flagged: the kind of the post is manual"
    assert whole.loc["odd", "reason"] == "not flagged: the kind of the post is not stated"
    kept = means(flagged, 3600.0, zone=ALMATY)
    left_out = (kept["station_id"] == "auto") & (kept["pollutant"] == "H2S")
    assert kept.loc[left_out, "value_ugm3"].notna().sum() == 1


def test_one_bad_month_is_flagged_alone():
    rng = np.random.default_rng(9)
    good, bad = air(rng, 30, "independent"), air(rng, 31, "interference")
    table = observe(np.concatenate([good, bad]))
    quality = h2s_covariation(table, posts(p1="automatic"), zone=ALMATY, rng=rng).set_index("period")
    assert quality.loc["2024-11", "verdict"] == "independent"
    assert quality.loc["2024-12", "verdict"] == "covaries"
    if quality.loc["whole", "verdict"] != "covaries":
        flagged = flag_h2s(table, quality.reset_index())
        marked = flagged.loc[flagged["flag"] == "suspect", "time_start"]
        assert marked.min() == pd.Timestamp("2024-11-30 19:00")
        assert len(marked) == 31 * 24


def test_few_data_one_control_and_no_so2_are_not_assessable():
    rng = np.random.default_rng(10)
    full = air(rng, 30, "interference")
    stations = posts(p1="automatic")
    few = h2s_covariation(observe(full[:200]), stations, zone=ALMATY, rng=rng).iloc[0]
    assert few["verdict"] == "not assessable"
    assert few["reason"].startswith("200 hours on 9 days are too few")
    one = h2s_covariation(
        observe(full[:, :3], names=("H2S", "SO2", "NO2")), stations, zone=ALMATY, rng=rng
    ).iloc[0]
    assert one["verdict"] == "not assessable"
    assert one["reason"] == "fewer than two other pollutants show what common weather makes"
    none = h2s_covariation(observe(full[:, :1], names=("H2S",)), stations, zone=ALMATY, rng=rng).iloc[0]
    assert none["reason"] == "no hour with both H2S and SO2"
    flat = full.copy()
    flat[:, 0] = 2.0
    row = h2s_covariation(observe(flat), stations, zone=ALMATY, rng=rng).iloc[0]
    assert row["reason"] == "a series does not vary"
    empty = h2s_covariation(observe(full[:, 1:2], names=("SO2",)), stations, zone=ALMATY, rng=rng)
    assert len(empty) == 0


def test_twenty_minutes_are_averaged_and_the_same_seed_gives_the_same_table():
    hourly = observe(air(np.random.default_rng(11), 31, "interference"))
    fine = pd.concat(
        [hourly.assign(time_start=hourly["time_start"] + pd.Timedelta(20 * k, "min")) for k in range(3)]
    ).assign(duration_s=1200.0)
    fine = schema.coerce(fine.sort_values(["station_id", "pollutant", "time_start"]), "observations")
    stations = posts(p1="automatic")
    one, two = (h2s_covariation(fine, stations, zone=ALMATY, rng=np.random.default_rng(12)) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    rough = h2s_covariation(hourly, stations, zone=ALMATY, rng=np.random.default_rng(12))
    assert one["spearman"].iloc[0] == pytest.approx(rough["spearman"].iloc[0])
    assert one["n_exceedances"].iloc[0] == 3 * rough["n_exceedances"].iloc[0]


def test_options_are_checked():
    with pytest.raises(InputError):
        H2sOptions(margin=0.3, ceiling=0.2)
    with pytest.raises(InputError):
        H2sOptions(replicates=5)


def rate(kind, days, seeds, **choices):
    """Share of each verdict over some seeds."""
    found = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        table = air(rng, days, kind, **choices)
        hour = np.arange(len(table))
        found.append(_verdict(covariation(table, hour // 24, hour, 100, 3, rng), 3, H2sOptions())[0])
    return {name: found.count(name) / len(found) for name in ("covaries", "independent", "not assessable")}


def test_detection_and_false_rate_of_a_month():
    assert rate("interference", 30, range(15))["covaries"] == 1.0
    assert rate("weather", 30, range(15))["covaries"] == 0.0
    assert rate("independent", 30, range(15))["covaries"] == 0.0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "choices", "least", "most"),
    [
        ("interference", {}, 0.98, 1.0),
        ("both", {}, 0.95, 1.0),
        ("interference", {"weather_hours": 48.0}, 0.98, 1.0),
        ("interference", {"noise": 1.0}, 0.98, 1.0),
        ("interference", {"noise": 1.0, "share": 0.01}, 0.85, 1.0),
        ("interference", {"noise": 1.0, "share": 0.005}, 0.0, 0.3),
        ("one direction", {}, 0.0, 0.02),
        ("weather", {}, 0.0, 0.02),
        ("weather", {"weather_hours": 48.0}, 0.0, 0.02),
        ("weather", {"shared": 0.5}, 0.0, 0.06),
        ("independent", {}, 0.0, 0.02),
    ],
)
def test_rates_over_two_hundred_seeds(kind, choices, least, most):
    found = rate(kind, 30, range(200), **choices)
    print(kind, choices, found)
    assert least <= found["covaries"] <= most
