"""A run of a deck is the operator times the emission, summed over groups, hour by hour in blocks."""

import numpy as np
import pandas as pd
import pytest
from deck_text import DECK, changed, write_deck

from sootprint.core.errors import InputError
from sootprint.dispersion.decks import DeckError, read_deck, runner
from sootprint.dispersion.decks.averages import RunningMean, endings, smallest_divisor
from sootprint.dispersion.decks.calendar import hours_of
from sootprint.dispersion.decks.engine import decay_of, emitters_of
from sootprint.dispersion.decks.results import write_results
from sootprint.dispersion.decks.runner import run_deck

HEADER = "   30.0N    95.0W          UA_ID: 1     SF_ID: 1     OS_ID:     VERSION: 24142  ADJ_U*\n"
SURFACE = (
    "{y:2d} {m:2d} {d:2d} 1 {h:2d} 50. 0.3 1.0 0.01 500. 400. -20. 0.1 1. 0.2 {u} {w} 10. 290. 2. "
    "0 0. 50. 1000. 5 NAD NoSubs\n"
)
PROFILE = "{y:2d} {m:2d} {d:2d} {h:2d} 10. 1 {w} {u} 17. 99. 99.\n"
CALM, MISSING, VARIABLE = 3, 5, 7


def weather_files(count=48):
    surface, profile = HEADER, ""
    for number in range(count):
        values = {"y": 20, "m": 1, "d": 1 + number // 24, "h": 1 + number % 24, "u": "3.0", "w": "270."}
        if number == CALM:
            values |= {"u": "0.0", "w": "0.0"}
        if number == MISSING:
            values |= {"u": "999.", "w": "999."}
        if number == VARIABLE:
            values |= {"w": "999."}
        surface += SURFACE.format(**values)
        profile += PROFILE.format(**values)
    return {"met__sfc": surface, "met__pfl": profile}


class Fake:
    """Operator of 1e-6 times the number of the source, in the first receptor ten times that."""

    kinds = frozenset({"POINT", "AREA"})

    downwash = True

    def __init__(self):
        self.calls = []

    def reasons(self, table):
        speed = table["wind_speed"].to_numpy(dtype=float, na_value=np.nan)
        return np.where(speed > 0, "served", np.where(speed == 0, "calm", "missing wind"))

    def operator(self, deck, sources, weather, rates, receptors):
        self.calls.append((len(weather.table), len(weather.profiles), weather.words, receptors))
        count = receptors.stop - receptors.start
        made = np.full((len(weather.table), count, len(sources)), 1e-6) * (1 + sources)
        if receptors.start == 0:
            made[:, 0, :] *= 10
        made[self.reasons(weather.table) != "served"] = np.nan
        return made


def run_of(tmp_path, text=DECK, **options):
    path = write_deck(tmp_path, text, **weather_files())
    return run_deck(read_deck(path), engine=Fake(), **options)


def test_groups_are_sums_over_their_sources(tmp_path):
    run = run_of(tmp_path)
    block = next(run.blocks())
    stacks = 10.0 * 1 + 20.0 * 2
    field = 0.001 * 600.0 * 3
    np.testing.assert_allclose(block.values[0, 1], [10 * stacks] + [stacks] * 8)
    np.testing.assert_allclose(block.values[0, 0, 1], stacks + field)
    assert [name for name, _, _ in run.groups] == ["ALL", "STACKS"]
    assert run.engine.calls[0][:3] == (48, 48, ("ADJ_U*",))


def test_hours_without_a_result_are_missing_with_their_reason(tmp_path):
    run = run_of(tmp_path)
    block = next(run.blocks())
    assert [run.reasons[n] for n in (CALM, MISSING)] == ["calm", "missing wind"]
    assert np.isnan(block.values[[CALM, MISSING]]).all()
    assert np.isfinite(np.delete(block.values, [CALM, MISSING], axis=0)).all()


def test_blocks_give_the_same_numbers_as_one(tmp_path, monkeypatch):
    whole = np.concatenate([block.values for block in run_of(tmp_path).blocks()])
    monkeypatch.setattr(runner, "BLOCK_NUMBERS", 60)
    run = run_of(tmp_path)
    blocks = list(run.blocks(["24-HR", "PERIOD"]))
    assert len(blocks) == 24
    np.testing.assert_array_equal(np.concatenate([block.values for block in blocks]), whole)
    monkeypatch.setattr(runner, "BLOCK_NUMBERS", 6)
    again = run_of(tmp_path)
    np.testing.assert_array_equal(np.concatenate([block.values for block in again.blocks()]), whole)
    starts = {call[3].start for call in again.engine.calls}
    assert starts == {0, 2, 4, 6, 8}


def test_means_by_the_rules_of_the_model(tmp_path):
    run = run_of(tmp_path)
    blocks = list(run.blocks(["1-HR", "3-HR", "24-HR", "PERIOD"]))
    values = np.concatenate([block.values for block in blocks])
    means = {(mean.average, mean.last): mean for block in blocks for mean in block.means}
    assert len(means) == 16 + 2 + 1
    day = np.nansum(values[:24], axis=0)
    first = means["24-HR", 23]
    assert (first.hours, first.valid, first.first) == (24, 22, 0)
    np.testing.assert_allclose(first.values, day / 22)
    np.testing.assert_allclose(means["3-HR", 5].values, np.nansum(values[3:6], axis=0) / 3)
    assert means["3-HR", 5].valid == 1
    np.testing.assert_allclose(means["PERIOD", 47].values, np.nansum(values, axis=0) / 46)


def test_smallest_divisors():
    assert {n: smallest_divisor(n) for n in (1, 2, 3, 4, 6, 8, 12, 24)} == {
        1: 1, 2: 2, 3: 3, 4: 3, 6: 5, 8: 6, 12: 9, 24: 18,
    }  # fmt: skip


def test_mean_without_a_valid_hour_is_missing():
    mean = RunningMean("3-HR", (1, 1))
    for index in range(3):
        mean.add(np.full((1, 1), np.nan), index, served=False)
    assert np.isnan(mean.take(2).values).all()


def test_ends_of_months_and_years():
    stamps = pd.date_range("2019-12-31", periods=24 * 367, freq="h")
    table = pd.DataFrame({"time_start": stamps, "wind_speed": 1.0, "wind_from_direction": 1.0})
    hours = hours_of(table.assign(obukhov_length=1.0))
    assert endings("MONTH", hours).sum() == 13
    assert np.flatnonzero(endings("ANNUAL", hours)).tolist() == [24 * 366 - 1, 24 * 367 - 1]
    assert np.flatnonzero(endings("PERIOD", hours)).tolist() == [24 * 367 - 1]


def test_part_of_a_deck(tmp_path):
    run = run_of(tmp_path, sources=["s2"])
    assert run.sources.tolist() == [1]
    np.testing.assert_allclose(next(run.blocks()).values[0, :, 1], [40, 40])
    assert any("1 of its 2 sources" in remark for remark in run.remarks)
    field = run_of(tmp_path, kinds=["AREA"])
    assert [name for name, _, _ in field.groups] == ["ALL"]
    assert any("STACKS" in remark for remark in field.remarks)
    with pytest.raises(InputError, match="no source S9"):
        run_of(tmp_path, sources=["S9"])
    with pytest.raises(InputError, match="no source of kind VOLUME"):
        run_of(tmp_path, kinds=["VOLUME"])


def test_what_is_not_computed_is_named_with_its_line(tmp_path):
    text = changed("FIELD  AREA  -10.0 -10.0 12.0", "FIELD  BUOYLINE  0. 0. 9. 9. 12.0")
    text = text.replace(
        "FIELD  0.001  1.0  20.  30.", "FIELD  10. 5.\n   BLPINPUT  1 2 3 4 5 6\n   METHOD_2  S1 1 1"
    )
    with pytest.raises(DeckError) as caught:
        run_of(tmp_path, text)
    told = str(caught.value)
    assert "FIELD: sources of kind BUOYLINE" in told
    assert "deck.inp, line 12" in told
    assert "S1: deposition" in told
    assert "--types POINT" in told
    assert run_of(tmp_path, text, sources=["S2"]).sources.tolist() == [1]


def test_run_without_hours_is_refused(tmp_path):
    with pytest.raises(InputError, match="no hour"):
        run_of(tmp_path, changed("   PROFBASE", "   STARTEND  21 1 1  21 1 2\n   PROFBASE"))


def test_background_and_no2(tmp_path):
    text = changed("CONC  FLAT", "CONC  FLAT  OLM").replace("POLLUTID  SO2", "POLLUTID  NO2")
    text = text.replace("   RUNORNOT  RUN\n", "   NO2STACK 0.1\n   OZONEVAL 24. UG/M3\n")
    text = text.replace(
        "   SRCGROUP  ALL\n", "   BACKGRND ANNUAL 5.\n   SRCGROUP  ALL BACKGROUND\n   OLMGROUP G S1 S2\n"
    )
    values = next(run_of(tmp_path, text).blocks()).values
    stacks = 10 + 40
    np.testing.assert_allclose(values[0, 1, 1], 0.1 * stacks + 23)
    np.testing.assert_allclose(values[0, 0, 1], 0.1 * stacks + 23 + 0.9 * 1.8 + 5)
    assert np.isnan(values[CALM]).all()


def test_sectors_follow_the_rotated_wind(tmp_path):
    text = changed(
        "   SRCGROUP  ALL\n",
        "   BGSECTOR  45. 95. 225.\n   BACKGRND SECT1 ANNUAL 10.\n   BACKGRND SECT2 ANNUAL 20.\n"
        "   BACKGRND SECT3 ANNUAL 30.\n   SRCGROUP  ALL BACKGROUND\n",
    )
    assert run_of(tmp_path, text).background[0] == 10
    turned = text.replace("   PROFBASE", "   WDROTATE  -10.\n   PROFBASE")
    assert run_of(tmp_path, turned).background[0] == 20


def test_a_rain_cap_has_tip_downwash_whatever_the_options(tmp_path):
    from sootprint.dispersion.decks import emission_rates

    text = changed("CONC  FLAT", "CONC  FLAT  NOSTD")
    deck = run_of(tmp_path, text.replace("S2  POINT", "S2  POINTCAP"), kinds=["POINT"]).deck
    rates = emission_rates(deck, run_of(tmp_path).hours)
    assert emitters_of(deck, np.array([0, 1]), rates).downwash.tolist() == [0, 1]


def test_results_file(tmp_path):
    run = run_of(tmp_path)
    done = []
    path = tmp_path / "out.parquet"
    count = write_results(run, path, averages=["24-HR", "PERIOD"], progress=lambda *now: done.append(now))
    table = pd.read_parquet(path)
    assert count == len(table) == (48 + 2 + 1) * 2 * 9
    hourly = table[table["ave"] == "1-HR"]
    assert hourly["yymmddhh"].iloc[0] == 20010101
    assert hourly["yymmddhh"].iloc[-1] == 20010224
    assert hourly["time_start"].iloc[0] == pd.Timestamp("2020-01-01 00:00")
    assert hourly["group"].astype(str).iloc[:18].tolist() == ["ALL"] * 9 + ["STACKS"] * 9
    assert hourly["receptor"].iloc[:9].tolist() == list(range(1, 10))
    assert hourly["net_id"].astype(str).iloc[:2].tolist() == ["", "P1"]
    calm = hourly[hourly["yymmddhh"] == 20010104]
    assert calm["concentration_ugm3"].isna().all()
    assert set(calm["reason"].astype(str)) == {"calm"}
    day = table[table["ave"] == "24-HR"]
    assert day["yymmddhh"].unique().tolist() == [20010124, 20010224]
    assert day["valid_hours"].unique().tolist() == [22, 24]
    assert (day["duration_s"] == 86_400).all()
    assert (table[table["ave"] == "PERIOD"]["hours"] == 48).all()
    assert done == [(48, 48)]
    first = path.read_bytes()
    write_results(run_of(tmp_path), path, averages=["24-HR", "PERIOD"])
    assert path.read_bytes() == first


def test_failed_run_leaves_no_file(tmp_path):
    run = run_of(tmp_path)
    with pytest.raises(ZeroDivisionError):
        write_results(run, tmp_path / "out.parquet", progress=lambda *now: 1 / 0)
    assert not list(tmp_path.glob("*.parquet*"))


def test_arrays_of_the_engine(tmp_path):
    walls = "".join(
        f"   {word}  S2 36*{n}.\n"
        for n, word in enumerate(("BUILDHGT", "BUILDWID", "BUILDLEN", "XBADJ", "YBADJ"))
    )
    text = changed("   SRCGROUP  ALL\n", walls + "   URBANSRC S2\n   SRCGROUP  ALL\n")
    text = text.replace("   RUNORNOT  RUN\n", "   URBANOPT  100000. Town\n")
    run = run_of(tmp_path, text)
    deck = run.deck
    from sootprint.dispersion.decks import emission_rates

    made = emitters_of(deck, np.array([0, 1, 2]), emission_rates(deck, run.hours))
    assert made.building.tolist() == [-1, 0, -1]
    assert made.buildings[0, 7].tolist() == [0, 1, 2, 3, 4]
    assert made.place.tolist() == [0, 1, 0]
    assert (made.first_vertex.tolist(), made.last_vertex.tolist()) == ([0, 0, 0], [0, 0, 4])
    assert made.exit_velocity.shape == (48, 3)
    assert made.downwash.tolist() == [1, 1, 0]
    assert [decay_of(deck, source) for source in deck.sources] == [0.0, 4.81e-5, 0.0]


def test_buoyant_lines_rise_with_their_group(tmp_path):
    from sootprint.dispersion.decks.buoyant import buoyant_lines_of

    lines = "".join(
        f"   LOCATION  {name}  BUOYLINE  0.  {y}.  100.  {y}.\n   SRCPARAM  {name}  10. 5.\n"
        for name, y in (("B1", 50), ("B2", 30), ("C1", 10))
    )
    lines += "   BLPINPUT  G 1 2 3 4 5 6\n   BLPINPUT  H 7 8 9 10 11 12\n"
    lines += "   BLPGROUP  G B1 B2\n   BLPGROUP  H C1\n"
    text = changed("   SRCGROUP  ALL\n", lines + "   SRCGROUP  ALL\n")
    deck = read_deck(write_deck(tmp_path, text, **weather_files()))
    made, members = buoyant_lines_of(deck, {4}, np.zeros(6))
    assert members.tolist() == [3, 4]
    assert made.group.tolist() == [0, 0]
    assert (made.building_height.tolist(), made.buoyancy.tolist()) == ([2.0], [[6.0]])
    both, members = buoyant_lines_of(deck, {4, 5}, np.zeros(6))
    assert (members.tolist(), both.group.tolist()) == ([3, 4, 5], [0, 0, 1])
    twice = text.replace("BLPGROUP  H C1", "BLPGROUP  H C1 B2")
    with pytest.raises(DeckError, match="B2 is in 2 groups"):
        read_deck(write_deck(tmp_path, twice))
