"""A deck is read as it is written, and what is wrong with it is told all at once with places and cures."""

import numpy as np
import pytest
from deck_text import DECK, changed, write_deck

from sootprint.core.errors import InputError
from sootprint.dispersion.decks import DeckError, read_deck
from sootprint.dispersion.decks.geometry import polygon_area


def faults_of(path):
    with pytest.raises(DeckError) as caught:
        read_deck(path)
    return caught.value


def test_small_deck(tmp_path):
    deck = read_deck(write_deck(tmp_path))
    assert [(s.source_id, s.kind, s.emission_rate) for s in deck.sources] == [
        ("S1", "POINT", 10.0),
        ("S2", "POINT", 20.0),
        ("FIELD", "AREA", 0.001),
    ]
    assert deck.sources[1].exit_temperature_k == 380
    assert deck.flat
    assert all(source.base_elevation_m == 12 for source in deck.sources)
    assert {group.name: group.sources.tolist() for group in deck.groups} == {
        "ALL": [0, 1, 2],
        "STACKS": [0, 1],
    }
    np.testing.assert_allclose(deck.receptors.x, [100, 150, 250, 50, 50, -50, -150, 50, 50], atol=1e-9)
    np.testing.assert_allclose(deck.receptors.y, [0, 0, 0, -100, -200, 0, 0, 100, 200], atol=1e-9)
    assert deck.receptors.network[:2] == ("", "P1")
    assert (deck.receptors.elevation == 12).all()
    assert deck.averages == ("1-HR", "24-HR", "PERIOD")
    assert [(o.group, o.average) for o in deck.outputs] == [("ALL", "1-HR")]
    ignored = {item.keyword for item in deck.ignored}
    assert {"OU RECTABLE", "OU POSTFILE", "ME SURFDATA"} <= ignored


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.lower().replace("met.sfc", "MET.SFC"),
        lambda text: "\n".join("  " + line for line in text.splitlines()),
        lambda text: "** a remark\n" + text.replace("SO STARTING", "SO STARTING\n** another\n"),
        lambda text: text + "\nafter the end nothing is read\n",
    ],
    ids=["crlf", "lower case", "shifted", "comments", "text after the end"],
)
def test_the_same_deck_written_otherwise(tmp_path, spoil):
    one = read_deck(write_deck(tmp_path))
    two = read_deck(write_deck(tmp_path, spoil(DECK)))
    assert [s.source_id for s in two.sources] == [s.source_id for s in one.sources]
    np.testing.assert_array_equal(two.receptors.x, one.receptors.x)
    assert two.weather.surface == one.weather.surface


def test_every_fault_is_told_with_its_line(tmp_path):
    text = changed("CONC  FLAT", "CONC  PVMRM DDEP").replace(
        "SRCGROUP  STACKS  S1-S2", "SRCGROUP  STACKS  S9"
    )
    error = faults_of(write_deck(tmp_path, text.replace("   SURFDATA", "   SURFDOTA")))
    told = str(error)
    assert len(error.faults) == 4
    for part in (
        "PVMRM",
        "DDEP",
        "deck.inp, line 3",
        "'S9' is not there",
        "line 17",
        "'SURFDOTA' is not known",
    ):
        assert part in told
    assert all(fault.cure or fault.rule for fault in error.faults)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("30.0  400.  12.0  1.5", "30.0  400.  12.0", "4 values"),
        ("30.0  400.", "30.0  abc", "'abc' is no number"),
        ("30.0  400.", "30.0  40.", "40 K"),
        ("S1  10.0  30.0", "S1  10.0  -30.0", "below 0"),
        ("LOCATION  S2", "LOCATION  S1", "the source name 'S1'"),
        ("POINT   0.0", "CHIMNEY 0.0", "'CHIMNEY' is not known"),
        ("GDIR 4 90 90", "GDIR 0 90 90", "a count of 0"),
        ("GDIR 4 90 90", "GDIR 99999999 90 90", "a count of 1e+08"),
        ("ORIG S2", "ORIG S7", "'S7' is not there"),
        ("AVERTIME  1  24", "AVERTIME  7", "average of 7"),
        ("   POLLUTID  SO2\n", "", "no pollutant"),
        ("   PROFBASE  12.0\n", "", "PROFBASE is missing"),
        ("CO FINISHED\n", "", "CO FINISHED is missing"),
        ("met.pfl", "other.pfl", "other.pfl is not there"),
        ("SRCGROUP  ALL", "SRCGROUP  ALL  BACKGROUND", "there is no background"),
        ("SRCGROUP  ALL", "URBANSRC  S1", "there is no urban area"),
        ("SRCGROUP  ALL", "EMISFACT  S1 SEASON 3*1.0", "3 factors of SEASON"),
        ("SRCGROUP  ALL", "BUILDHGT  S1 35*20.", "35 of BUILDHGT"),
        ("SRCGROUP  ALL", "BUILDHGT  FIELD 36*20.", "FIELD is AREA"),
        ("SRCGROUP  ALL", "EMISUNIT  1E3 GRAMS/SEC MILLIGRAMS/M**3", "MILLIGRAMS"),
        ("SRCGROUP  ALL", "POLLUTID  SO2", "no keyword of SO"),
        ("CONC  FLAT", "CONC  FLAT OLM", "OLM for SO2"),
        ("GRIDPOLR  P1 END", "DISCCART 1 2", "the grid P1 is not ended"),
    ],
)
def test_faults(tmp_path, old, new, told):
    assert told in str(faults_of(write_deck(tmp_path, changed(old, new))))


def test_unsupported_keyword_of_a_source_is_kept_with_the_source(tmp_path):
    text = changed("SRCGROUP  ALL", "PARTDIAM  FIELD 2.5\n   SRCGROUP  ALL")
    deck = read_deck(write_deck(tmp_path, text))
    assert [(item.source_id, item.where) for item in deck.unsupported] == [("FIELD", "deck.inp, line 16")]


def test_included_files_and_their_other_letters(tmp_path):
    rows = "   DISCCART  100.0  0.0\n   DISCCART  200.0  0.0\n"
    text = changed("   DISCCART  100.0  0.0\n", '   INCLUDED  "sub dir\\Receptors.DAT"\n')
    (tmp_path / "sub dir").mkdir()
    (tmp_path / "sub dir" / "receptors.dat").write_text(rows, encoding="utf-8")
    assert len(read_deck(write_deck(tmp_path, text)).receptors) == 10


def test_included_files_in_a_circle_stop(tmp_path):
    text = changed("   DISCCART  100.0  0.0\n", "   INCLUDED  a.dat\n")
    path = write_deck(tmp_path, text, a__dat="   INCLUDED  b.dat\n", b__dat="   INCLUDED  a.dat\n")
    with pytest.raises(InputError, match="circle"):
        read_deck(path)


def test_included_files_that_multiply_stop(tmp_path, monkeypatch):
    monkeypatch.setattr("sootprint.dispersion.decks.lines.MAXIMUM_LINES", 5_000)
    files = {f"f{n}__dat": f"   INCLUDED  f{n + 1}.dat\n" * 10 for n in range(6)}
    text = changed("   DISCCART  100.0  0.0\n", "   INCLUDED  f0.dat\n")
    with pytest.raises(InputError, match="lines"):
        read_deck(write_deck(tmp_path, text, f6__dat="** end\n" * 10, **files))


def test_elevated_deck_with_a_flat_source_and_flagpoles(tmp_path):
    text = changed("CONC  FLAT", "CONC  FLAT  ELEV").replace("   RUNORNOT  RUN", "   FLAGPOLE  1.5")
    text = text.replace("S2  POINT  50.0  0.0  12.0", "S2  POINT  50.0  0.0  FLAT")
    text = text.replace("DISCCART  100.0  0.0", "ELEVUNIT  FEET\n   DISCCART  100.0  0.0  100. 200. 3.")
    deck = read_deck(
        write_deck(tmp_path, text.replace("S1  POINT   0.0  0.0  12.0", "S1  POINT   0.0  0.0  99.0"))
    )
    assert [source.flat for source in deck.sources] == [False, True, False]
    assert [source.base_elevation_m for source in deck.sources] == [99, 12, 12]
    assert deck.receptors.elevation[0] == pytest.approx(30.48)
    assert deck.receptors.hill_height[0] == pytest.approx(60.96)
    assert deck.receptors.flagpole.tolist() == [3.0] + [1.5] * 8


def test_terrain_of_a_grid_goes_row_by_row(tmp_path):
    grid = (
        "GRIDCART C1 STA\n                XPNTS 0. 10. 20.\n                YPNTS 0. 5.\n"
        "                ELEV 2 3*7.\n                ELEV 1 1. 2. 3.\n"
        "                HILL 1 3*9.\n                HILL 2 3*9.\n   GRIDCART C1 END\n"
        "   DISCCART  100.0  0.0"
    )
    text = changed("CONC  FLAT", "CONC  ELEV").replace("DISCCART  100.0  0.0", grid)
    receptors = read_deck(write_deck(tmp_path, text)).receptors
    assert receptors.x[:6].tolist() == [0, 10, 20, 0, 10, 20]
    assert receptors.y[:6].tolist() == [0, 0, 0, 5, 5, 5]
    assert receptors.elevation[:6].tolist() == [1, 2, 3, 7, 7, 7]


def test_shapes_of_area_sources(tmp_path):
    more = (
        "   LOCATION  C  AREACIRC  0. 0.\n   SRCPARAM  C  1. 1. 30.\n"
        "   LOCATION  L  LINE  0. 0. 30. 40.\n   SRCPARAM  L  1. 1. 4. 2.\n"
        "   LOCATION  P  AREAPOLY  0. 0.\n   SRCPARAM  P  1. 1. 3\n"
        "   AREAVERT  P  0. 0. 10. 0.\n   AREAVERT  P  0. 10.\n"
        "   LOCATION  T  AREA  5. 5.\n   SRCPARAM  T  1. 1. 20. 30. 90.\n"
    )
    deck = read_deck(write_deck(tmp_path, changed("   SRCGROUP  ALL\n", more + "   SRCGROUP  ALL\n")))
    shapes = {source.source_id: source.vertices for source in deck.sources}
    assert len(shapes["C"]) == 20
    assert polygon_area(shapes["C"]) == pytest.approx(np.pi * 900, rel=1e-12)
    assert polygon_area(shapes["L"]) == pytest.approx(200)
    np.testing.assert_allclose(shapes["L"].mean(axis=0), [15, 20])
    assert polygon_area(shapes["P"]) == pytest.approx(50)
    np.testing.assert_allclose(shapes["T"], [[5, 5], [35, 5], [35, -15], [5, -15]], atol=1e-12)
    assert deck.sources[-1].sigma_z_m == 0
    assert next(s for s in deck.sources if s.source_id == "L").sigma_z_m == 2


def test_days_and_hours_of_the_run(tmp_path):
    text = changed(
        "   PROFBASE", "   STARTEND  88 01 02 03  09 12 31 24\n   DAYRANGE  12 2/27-3/1\n   PROFBASE"
    )
    weather = read_deck(write_deck(tmp_path, text)).weather
    assert weather.start == (1988, 1, 2, 3)
    assert weather.end == (2009, 12, 31, 24)
    assert weather.days == {(0, 12), (2, 27), (2, 28), (2, 29), (3, 1)}


def test_default_options_put_flat_aside(tmp_path):
    deck = read_deck(write_deck(tmp_path, changed("CONC  FLAT", "CONC  DFAULT  FLAT NOSTD")))
    assert not deck.flat
    assert deck.stack_tip_downwash
    assert len([remark for remark in deck.remarks if "DFAULT" in remark]) == 2


@pytest.mark.data
def test_reference_decks(data_dir):
    counts = {
        "aertest/aertest": (1, 1, 144),
        "allsrcs/allsrcs": (15, 13, 332),
        "baldwin45/aermod-baldwin45": (3, 1, 25),
        "bg_no2_arm2_ppb/bg_no2_arm2_ppb": (1, 3, 72),
        "bg_no2_olm_ppb/bg_no2_olm_ppb": (1, 3, 72),
        "capped/capped": (9, 9, 288),
        "flatelev/flatelev": (2, 2, 11),
        "hrdow/hrdow": (6, 6, 36),
        "lovett/lovett": (1, 1, 11),
        "multurb/multurb": (4, 4, 144),
        "olm/olm": (1, 1, 36),
    }
    for name, expected in counts.items():
        deck = read_deck(data_dir / "aermod" / f"{name}.inp")
        assert (len(deck.sources), len(deck.groups), len(deck.receptors)) == expected, name
    urban = read_deck(data_dir / "aermod/multurb/multurb.inp")
    assert [source.urban_area for source in urban.sources] == [0, 1, 2, 3]
    assert urban.urban_areas[3].population == 250_000
    assert len(read_deck(data_dir / "city_year/cy_s50_r400_groups.inp").groups) == 51
    assert len(read_deck(data_dir / "kincaid_sf6/decks/KSF6-420.80I").receptors.arc) == 140
    assert read_deck(data_dir / "idaho_falls/if.inp").receptors.flagpole.tolist() == [1.5] * 7
