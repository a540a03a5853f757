"""Whatever a deck says, it is read or refused: no other exception, no hanging, no flood of memory."""

import random
from contextlib import suppress

import pytest
from deck_text import DECK, changed, write_deck

from sootprint.core.errors import InputError
from sootprint.dispersion.decks import read_deck
from sootprint.dispersion.decks.deck import HourlyFile
from sootprint.dispersion.decks.reader import KEYWORDS
from sootprint.dispersion.decks.series import read_hourly_emissions, read_series

WORDS = [
    *sorted(KEYWORDS),
    "S1",
    "S1-S2",
    "ALL",
    "BACKGROUND",
    "nan",
    "inf",
    "1e400",
    "-1",
    "0",
    "36*5.",
    "1*",
]
WORDS += [
    "99999999*1.0",
    "*",
    "-",
    "--",
    '"',
    "é",
    "\x00",
    "\x1a",
    "SECT1",
    "HOURLY",
    ".",
    "/",
    "..",
    "deck.inp",
]


def mutate(text: str, rng: random.Random) -> str:
    lines = text.splitlines()
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(lines))
        kind = rng.randrange(6)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[rng.randrange(len(lines))])
        elif kind == 2:
            words = lines[at].split() or [""]
            words[rng.randrange(len(words))] = rng.choice(WORDS)
            lines[at] = "   " + "  ".join(words)
        elif kind == 3:
            cut = rng.randint(0, len(lines[at]))
            lines[at] = lines[at][:cut]
        elif kind == 4:
            pathway = rng.choice(["CO", "SO", "RE", "ME", "OU", "  "])
            extra = " ".join(rng.choice(WORDS) for _ in range(rng.randint(0, 6)))
            lines.insert(at, f"{pathway} {rng.choice(WORDS):<8}  {extra}")
        else:
            lines[at] = rng.choice(["", " ", "  ", "    "]) + lines[at]
        if not lines:
            return ""
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(4))
def test_any_text_is_read_or_refused(tmp_path, seed):
    rng = random.Random(seed)
    for _ in range(100):
        path = write_deck(tmp_path, mutate(DECK, rng))
        with suppress(InputError):
            read_deck(path)


@pytest.mark.parametrize(
    "data", [b"", b"\x00" * 100, b"\xff\xfe\x00", b"CO STARTING", bytes(range(256)) * 20]
)
def test_bytes_that_are_no_deck(tmp_path, data):
    path = tmp_path / "deck.inp"
    path.write_bytes(data)
    with pytest.raises(InputError):
        read_deck(path)


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/stdin", "/etc", "..", "nul\x00.dat", "a" * 5000])
def test_included_names_that_are_no_files(tmp_path, name):
    with pytest.raises(InputError):
        read_deck(write_deck(tmp_path, changed("   DISCCART  100.0  0.0\n", f"   INCLUDED  {name}\n")))


def test_repeats_do_not_flood_the_memory(tmp_path):
    flood = "   EMISFACT  S1 MHRDOW7 2016*1.0\n" * 2_000 + "   BUILDHGT  S1 36*1.0\n" * 2_000
    grid = "   GRIDCART  G STA\n" + "             G XPNTS 2000000*1.\n" * 50 + "   GRIDCART  G END\n"
    text = changed("   SRCGROUP  ALL\n", flood + "   SRCGROUP  ALL\n").replace(
        "RE FINISHED", grid + "RE FINISHED"
    )
    with pytest.raises(InputError):
        read_deck(write_deck(tmp_path, text))


def test_many_faults_are_given_up(tmp_path):
    with pytest.raises(InputError, match="and 470 more"):
        read_deck(write_deck(tmp_path, changed("CO FINISHED", "   NOSUCHKW  1\n" * 100_000)))


@pytest.mark.parametrize("seed", range(4))
def test_any_hourly_file_is_read_or_refused(tmp_path, seed):
    rng = random.Random(seed)
    good = [f"96 1 {1 + n // 24} {1 + n % 24} S1 5. 400. 7." for n in range(48)]
    text = changed("   SRCGROUP  ALL\n", "   HOUREMIS  hours.dat  S1\n   SRCGROUP  ALL\n")
    text = text.replace("   SRCGROUP  ALL\n", "   BACKGRND HOURLY back.dat\n   SRCGROUP  ALL BACKGROUND\n")
    for _ in range(50):
        lines = mutate("\n".join(good), rng)
        deck = read_deck(write_deck(tmp_path, text, hours__dat=lines, back__dat=lines.replace(" S1", "")))
        for read in (read_hourly_emissions, lambda d: read_series(d.background.files[0])):
            with suppress(InputError):
                read(deck)


@pytest.mark.parametrize(
    "layout", ["(", "()", "(I2)", "(99999999I2)", "(T0,I2)", "(I2,,I2)", "((I2))", "(I2,3I3,F9.3"]
)
def test_layouts_that_cannot_be_are_refused(tmp_path, layout):
    path = tmp_path / "o3.dat"
    path.write_text("96 1 1 1 5.0\n", encoding="utf-8")
    with pytest.raises(InputError):
        read_series(HourlyFile(path, "PPB", layout, "deck.inp, line 1"))
