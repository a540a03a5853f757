"""Factors, hourly emissions, background and ozone fall on the hours that the calendar says."""

import numpy as np
import pandas as pd
import pytest
from deck_text import changed, write_deck

from sootprint.core.errors import InputError
from sootprint.dispersion.decks import (
    background_series,
    emission_rates,
    hours_in_run,
    hours_of,
    ozone_series,
    read_deck,
)
from sootprint.dispersion.decks.ambient import sector_of
from sootprint.dispersion.decks.calendar import season, speed_class, table_rows
from sootprint.dispersion.decks.series import fixed_columns


def hours(start="1996-01-01", count=48, speed=2.0, direction=270.0, length=-50.0):
    stamps = pd.date_range(start, periods=count, freq="h")
    table = pd.DataFrame(
        {
            "time_start": stamps,
            "wind_speed": speed,
            "wind_from_direction": direction,
            "obukhov_length": length,
        }
    )
    return hours_of(table)


def test_hours_are_named_by_their_end():
    made = hours("1996-02-29 22:00", 3)
    assert made.stamps().tolist() == [1996022923, 1996022924, 1996030101]
    assert made.weekday.tolist() == [4, 4, 5]


def test_seasons_and_classes():
    assert season(np.arange(1, 13)).tolist() == [0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 0]
    limits = (1.54, 3.09, 5.14, 8.23, 10.8)
    assert speed_class(np.array([0.0, 1.54, 1.55, 10.8, 10.9, np.nan]), limits).tolist() == [0, 0, 1, 4, 5, 0]


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("SEASON", 4),
        ("MONTH", 12),
        ("HROFDY", 24),
        ("SEASHR", 96),
        ("HRDOW", 72),
        ("HRDOW7", 168),
        ("SHRDOW", 288),
        ("SHRDOW7", 672),
        ("MHRDOW", 864),
        ("MHRDOW7", 2016),
    ],
)
def test_every_row_of_a_table_is_used_in_a_year(kind, size):
    rows = table_rows(kind, hours("1996-01-01", 8784), ())
    assert sorted(set(rows.tolist())) == list(range(size))


def test_rows_of_named_hours():
    """Hour 5 of Saturday 6 April 1996: spring, fourth month, the sixth day of the week."""
    made = hours("1996-04-06 04:00", 1)
    expected = {
        "HRDOW": 4 + 24,
        "HRDOW7": 4 + 24 * 5,
        "SEASHR": 4 + 24,
        "SHRDOW": 4 + 24 * 1 + 96 * 1,
        "SHRDOW7": 4 + 24 * 1 + 96 * 5,
        "MHRDOW": 4 + 24 * 3 + 288 * 1,
        "MHRDOW7": 4 + 24 * 3 + 288 * 5,
    }
    assert {kind: int(table_rows(kind, made, ())[0]) for kind in expected} == expected


def test_run_is_cut_to_its_hours_and_days(tmp_path):
    text = changed(
        "   PROFBASE", "   STARTEND  96 01 02 05  96 03 01 02\n   DAYRANGE  2 2/29-3/1\n   PROFBASE"
    )
    weather = read_deck(write_deck(tmp_path, text)).weather
    made = hours("1996-01-01", 24 * 70)
    inside = made.stamps()[hours_in_run(made, weather)]
    assert inside[0] == 1996010205
    assert inside[-1] == 1996030102
    assert len(inside) == 20 + 24 + 2


def test_hourly_emissions_bring_their_own_temperature(tmp_path):
    text = changed("   SRCGROUP  ALL\n", "   HOUREMIS  hourly.dat  S1-S1\n   SRCGROUP  ALL\n")
    lines = "SO HOUREMIS  96 1 1 1 S1 5.0 410. 7.\n96 1 1 2 s1 -99. 300. 8.\n   HOUREMIS 1996 1 1 3 S1\n"
    deck = read_deck(write_deck(tmp_path, text, hourly__dat=lines))
    made = emission_rates(deck, hours(count=3))
    assert made.rate.tolist() == [[5, 20, 0.001], [0, 20, 0.001], [0, 20, 0.001]]
    assert made.exit_temperature_k[:, 0].tolist() == [410, 300, 0]
    assert made.exit_velocity_m_s[0].tolist() == [7, 10, 0]
    with pytest.raises(InputError, match="1 hours are not there, the first 1996-01-01 hour 4"):
        emission_rates(deck, hours(count=4))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("96 1 1 1 S1 5.0", "3 numbers"),
        ("96 1 1 1 S1 a b c", "3 numbers"),
        ("96 1 1 25 S1 5. 400. 7.", "hour 25"),
        ("96 13 1 1 S1 5. 400. 7.", "is no hour"),
        ("96 1 1", "year month day hour source"),
        ("96 1 1 1 S2 5. 400. 7.", "S1 is in no hourly file"),
        ("96 1 1 1 S1 5. 400. 7.\n96 1 1 1 S1 5. 400. 7.", "twice"),
    ],
)
def test_faulty_hourly_emissions(tmp_path, line, told):
    text = changed("   SRCGROUP  ALL\n", "   HOUREMIS  hourly.dat  S1\n   SRCGROUP  ALL\n")
    deck = read_deck(write_deck(tmp_path, text, hourly__dat=line + "\n"))
    with pytest.raises(InputError) as caught:
        emission_rates(deck, hours(count=1))
    assert told in str(caught.value)


def test_fixed_columns():
    assert fixed_columns("(i2,3i3,f9.3)") == [(0, 2, 0), (2, 5, 0), (5, 8, 0), (8, 11, 0), (11, 20, 3)]
    assert fixed_columns("(4I2,2X,T20,F8.0)") == [(0, 2, 0), (2, 4, 0), (4, 6, 0), (6, 8, 0), (19, 27, 0)]
    assert fixed_columns("(A5)") is None
    assert fixed_columns("FREE") is None


def ambient_deck(folder, lines, **files):
    text = changed("CONC  FLAT", "CONC  FLAT  OLM").replace("POLLUTID  SO2", "POLLUTID  NO2")
    text = text.replace("   RUNORNOT  RUN\n", "   NO2STACK 0.1\n" + lines)
    return read_deck(write_deck(folder, text, **files))


def test_ozone_in_fixed_columns_with_gaps_filled(tmp_path):
    file = "960101 1   20000\n960101 2    -9.0\n960101 3   30.00\n"
    deck = ambient_deck(tmp_path, "   OZONEVAL 40. PPB\n   OZONEFIL o3.dat ppb (4i2,f8.3)\n", o3__dat=file)
    made = ozone_series(deck, hours(count=3))
    np.testing.assert_allclose(made, [39.2, 78.4, 58.8])


def test_ozone_of_stable_hours_remembers_the_day_before_the_run(tmp_path):
    file = "95 12 31 24 30.\n96 1 1 1 5.\n"
    deck = ambient_deck(tmp_path, "   OZONEFIL o3.dat ppb\n", o3__dat=file)
    np.testing.assert_allclose(ozone_series(deck, hours(count=1, length=20.0)), [58.8])
    np.testing.assert_allclose(ozone_series(deck, hours(count=1, length=-20.0)), [9.8])


def test_background_by_sector_the_wind_blows_toward(tmp_path):
    text = changed(
        "   SRCGROUP  ALL\n",
        "   BGSECTOR  45. 225.\n   BACKGRND SECT1 ANNUAL 10.\n   BACKGRND SECT2 HROFDY 24*20.\n"
        "   SRCGROUP  ALL BACKGROUND\n",
    )
    deck = read_deck(write_deck(tmp_path, text))
    made = background_series(deck, hours(count=4, direction=np.array([270.0, 90.0, 180.0, np.nan])))
    assert made.tolist() == [10.0, 20.0, 20.0, 0.0]
    assert deck.groups[0].background


def test_sectors_go_round():
    directions = np.array([180.0, 224.9, 225.0, 0.0, 44.9, 45.0])
    assert sector_of(directions, (45.0, 225.0)).tolist() == [1, 1, 0, 0, 0, 1]


def test_missing_background_is_filled_or_refused(tmp_path):
    lines = "   BACKUNIT PPB\n   BACKGRND HOURLY bg.dat\n"
    text = changed("   SRCGROUP  ALL\n", lines + "   SRCGROUP  ALL BACKGROUND\n")
    file = "96 1 1 1 10.0\n96 1 1 2 -9.\n"
    deck = read_deck(write_deck(tmp_path, text, bg__dat=file))
    with pytest.raises(InputError, match="1996-01-01 hour 2 is missing"):
        background_series(deck, hours(count=2))
    filled = text.replace(lines, lines + "   BACKGRND SEASON 4*5.0\n")
    made = background_series(read_deck(write_deck(tmp_path, filled)), hours(count=2))
    np.testing.assert_allclose(made, [10 / 0.3823, 5 / 0.3823])


@pytest.mark.data
def test_factors_of_the_reference_year(data_dir):
    """The ratio of concentrations of two equal stacks is the ratio of their factors, hour by hour."""
    from sootprint.weather import read_sfc

    folder = data_dir / "aermod/hrdow"
    deck = read_deck(folder / "hrdow.inp")
    table = read_sfc(deck.weather.surface, utc_offset_h=0).table
    rates = emission_rates(deck, hours_of(table)).rate
    peaks = []
    for number in range(1, 7):
        frame = pd.read_parquet(folder / f"expected/HRDOW_STACK{number}_01H.parquet")
        peaks.append(frame.groupby("yymmddhh", sort=False)["concentration_ugm3"].max().to_numpy())
    there = peaks[0] > 5
    assert there.sum() > 4000
    for number in range(1, 6):
        ratio = peaks[number][there] / peaks[0][there]
        np.testing.assert_allclose(ratio, rates[there, number] / rates[there, 0], rtol=1e-4)


@pytest.mark.data
def test_reference_background(data_dir):
    from sootprint.weather import read_sfc

    deck = read_deck(data_dir / "aermod/bg_no2_olm_ppb/bg_no2_olm_ppb.inp")
    made = background_series(deck, hours_of(read_sfc(deck.weather.surface, utc_offset_h=0).table))
    expected = pd.read_parquet(data_dir / "aermod/bg_no2_olm_ppb/expected/NO2_OLM_PPB_BKG.parquet")
    first = expected.groupby("yymmddhh", sort=False)["concentration_ugm3"].first()
    np.testing.assert_allclose(made, first, atol=5.1e-6)


@pytest.mark.data
def test_reference_olm_is_arm2_times_a_ratio(data_dir):
    """Without ozone NO₂ is a tenth of NOₓ, so that both reference cases together give the ratio of ARM2."""
    from sootprint.dispersion.nitrogen import arm2_ratio

    olm = pd.read_parquet(data_dir / "aermod/bg_no2_olm_ppb/expected/NO2_OLM_PPB_SRC.parquet")
    arm = pd.read_parquet(data_dir / "aermod/bg_no2_arm2_ppb/expected/NO2_ARM2_PPB_SRC.parquet")
    nox = 10.0 * olm["concentration_ugm3"].to_numpy()
    made = nox * arm2_ratio(nox)
    np.testing.assert_allclose(made, arm["concentration_ugm3"], atol=1.1e-4)
