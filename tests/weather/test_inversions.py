"""Inversions and bulk stability of soundings and masts, and their way into the table of stagnation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.weather import inversions, read_pfl, stagnation
from sootprint.weather.inverted_air import DRY_LAPSE, bulk_richardson, lowest_inversion
from sootprint.weather.stagnant_air import transport_wind
from sootprint.weather.surface_layer import WIND_EXPONENT


def sounding(height, temperature, *, speed=2.0, direction=270.0, time="2024-01-15 00:00", station="S"):
    draft = pd.DataFrame(
        {
            "station_id": station, "time_start": pd.Timestamp(time), "level": "other",
            "height": np.asarray(height, float), "air_temperature": np.asarray(temperature, float),
            "wind_speed": speed, "wind_from_direction": direction, "source_file": "f", "source_row": 1,
        }
    )  # fmt: skip
    return schema.check(draft, "soundings")


@pytest.mark.parametrize(
    ("height", "temperature", "want"),
    [
        ([0, 100, 300, 600], [258, 262, 264, 260], ("surface", 0, 300, 6, False)),
        ([0, 200, 400, 700], [270, 268, 271, 269], ("elevated", 200, 400, 3, False)),
        # A falling layer of 50 m belongs to the inversion, one of 150 m ends it (Kahl 1990: 100 m).
        ([0, 100, 150, 300, 600], [258, 262, 261, 265, 260], ("surface", 0, 300, 7, False)),
        ([0, 100, 250, 400, 600], [258, 262, 261, 265, 260], ("surface", 0, 100, 4, False)),
        # An isothermal layer inside belongs to it, one on top does not.
        ([0, 100, 200, 300, 500], [258, 260, 260, 263, 260], ("surface", 0, 300, 5, False)),
        ([0, 100, 200, 500], [258, 260, 260, 255], ("surface", 0, 100, 2, False)),
        ([0, 50, 100], [258, 260, 263], ("surface", 0, 100, 5, True)),
        ([0, 500, 2500, 3000], [280, 275, 260, 262], ("none", None, None, None, None)),
        ([0, 500, 1000], [280, 280, 275], ("none", None, None, None, None)),
    ],
)
def test_lowest_inversion_by_kahl(height, temperature, want):
    row = inversions(sounding(height, temperature)).iloc[0]
    kind, base, top, strength, open_top = want
    assert row["kind"] == kind
    if kind != "none":
        assert (row["base_m"], row["top_m"], row["depth_m"]) == (base, top, top - base)
        assert row["strength_k"] == pytest.approx(strength)
        assert bool(row["open_top"]) is open_top


@given(
    steps=st.lists(st.floats(-5, 5), min_size=1, max_size=8),
    thick=st.lists(st.floats(5, 800), min_size=8, max_size=8),
    shift=st.floats(-20, 20),
)
def test_an_inversion_is_warm_above_cold_and_no_other_origin_of_temperature_moves_it(steps, thick, shift):
    height = np.concatenate([[0.0], np.cumsum(thick[: len(steps)])])
    temperature = 270.0 + np.concatenate([[0.0], np.cumsum(np.round(steps, 1))])
    found = lowest_inversion(height, temperature)
    assert (found is None) == (not (np.diff(temperature) > 0)[height[:-1] < 2000.0].any())
    if found is not None:
        assert found.base < found.top
        moved = lowest_inversion(height, temperature + np.round(shift))
        assert moved is not None
        assert (moved.base, moved.top) == (found.base, found.top)
        below = temperature[height <= found.base]
        # Up to the base temperature never rises.
        assert (np.diff(below) <= 0.0).all()


def test_bulk_richardson_by_hand_and_its_limits():
    height = np.array([0.0, 100.0])
    neutral = np.array([280.0, 280.0 - DRY_LAPSE * 100.0])
    east, north = np.array([0.0, 3.0]), np.array([0.0, 4.0])
    assert bulk_richardson(height, neutral, east, north, to_m=100.0)[0] == pytest.approx(0.0, abs=1e-9)
    stable = neutral + np.array([0.0, 1.0])
    number, gradient = bulk_richardson(height, stable, east, north, to_m=100.0)
    assert number == pytest.approx(9.80665 / 280.0 * 1.0 * 100.0 / 25.0)
    assert gradient == pytest.approx(0.01)
    assert bulk_richardson(height, stable, 2 * east, 2 * north, to_m=100.0)[0] == pytest.approx(number / 4)
    still = np.zeros(2)
    assert bulk_richardson(height, stable, still, still, to_m=100.0)[0] == np.inf
    assert np.isnan(bulk_richardson(height, stable, east, north, to_m=200.0)[0])


def test_too_few_levels_say_nothing_and_stations_stay_apart():
    lone = sounding([0], [260])
    other = sounding([0, 100], [260, 262], station="T")
    made = inversions(pd.concat([lone, other], ignore_index=True))
    assert made["station_id"].tolist() == ["S", "T"]
    assert made["kind"].isna().tolist() == [True, False]
    assert inversions(schema.empty("soundings")).empty
    for bad in ({"base_below_m": 0.0}, {"embedded_m": -1.0}, {"richardson_to_m": np.nan}):
        with pytest.raises(InputError):
            inversions(other, **bad)


def test_a_mast_of_the_reference_data(data_dir):
    levels = read_pfl(data_dir / "aermod" / "aertest" / "AERMET2.PFL", utc_offset_h=-5).table
    made = inversions(levels)
    assert len(made) == 96
    known = made.loc[made["kind"].notna()]
    assert {"surface", "none"} <= set(known["kind"])
    first = made.iloc[0]
    assert (first["kind"], first["strength_k"]) == ("surface", pytest.approx(1.2))


def weather(hours, speed=1.0):
    draft = pd.DataFrame(
        {
            "station_id": "M", "time_start": pd.date_range("2024-01-15", periods=hours, freq="h"),
            "duration_s": 3600.0, "wind_speed": speed, "wind_from_direction": 270.0, "mixing_height": 100.0,
            "measurement_height": 10.0, "stability_class": "F", "humidity": 0.9,
            "source_file": "f", "source_row": 1,
        }
    )  # fmt: skip
    return schema.check(draft, "weather")


def test_a_sounding_holds_forward_and_never_backward():
    made = inversions(
        pd.concat(
            [sounding([0, 100, 300], [260, 263, 262], time="2024-01-15 03:00"),
             sounding([0, 100, 300], [270, 269, 268], time="2024-01-15 06:00")], ignore_index=True,
        )
    )  # fmt: skip
    table = stagnation(weather(24), inversions=made)
    kind = table["inversion_kind"]
    assert kind.iloc[:3].isna().all()
    assert kind.iloc[3:6].tolist() == ["surface"] * 3
    assert kind.iloc[6:19].tolist() == ["none"] * 13
    assert kind.iloc[19:].isna().all()
    assert table["inversion_strength_k"].iloc[4] == pytest.approx(3.0)
    assert table["inversion_age_h"].iloc[5] == 2.0
    assert (table["humidity"] == 0.9).all()
    assert table["wind_run_24h_km"].iloc[23] == pytest.approx(86.4)
    assert table["ventilation"].iloc[23] == pytest.approx(100.0)
    assert table["ventilation_max_24h"].iloc[23] == pytest.approx(100.0 * 10.0**0.55 / 1.55)
    with pytest.raises(InputError, match="several"):
        stagnation(weather(3), inversions=pd.concat([made, made.assign(station_id="T")]))


def test_transport_wind_is_the_mean_of_the_power_law():
    depth = np.array([50.0, 100.0, 200.0, 800.0])
    for use, name in (("rural", "F"), ("rural", "D"), ("urban", "A")):
        exponent = WIND_EXPONENT[use][name]
        classes = pd.Series([name] * 4, dtype="string")
        made = transport_wind(np.full(4, 2.0), np.full(4, 10.0), depth, classes, use)
        for wind, top in zip(made, depth, strict=True):
            middle = (np.arange(200_000) + 0.5) / 200_000 * top
            law = 2.0 * (np.minimum(middle, 200.0) / 10.0) ** exponent
            assert wind == pytest.approx(law.mean(), rel=1e-4)
    unknown = transport_wind(np.ones(2), np.array([np.nan, 10.0]), np.ones(2), pd.Series(["D", None]))
    assert np.isnan(unknown).all()


def test_without_soundings_the_columns_are_missing():
    table = stagnation(weather(3), inversions=inversions(sounding([0], [260])))
    assert table[["inversion_base_m", "bulk_richardson"]].isna().all().all()
    pd.testing.assert_frame_equal(table, stagnation(weather(3)))
