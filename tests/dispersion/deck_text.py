"""A small deck in our own words, to be changed by tests."""

from __future__ import annotations

from pathlib import Path

DECK = """\
CO STARTING
   TITLEONE  Two stacks beside a field
   MODELOPT  CONC  FLAT
   AVERTIME  1  24  PERIOD
   POLLUTID  SO2
   RUNORNOT  RUN
CO FINISHED

SO STARTING
   LOCATION  S1  POINT   0.0  0.0  12.0
   LOCATION  S2  POINT  50.0  0.0  12.0
   LOCATION  FIELD  AREA  -10.0 -10.0 12.0
   SRCPARAM  S1  10.0  30.0  400.  12.0  1.5
   SRCPARAM  S2  20.0  40.0  380.  10.0  2.0
   SRCPARAM  FIELD  0.001  1.0  20.  30.
   SRCGROUP  ALL
   SRCGROUP  STACKS  S1-S2
SO FINISHED

RE STARTING
   DISCCART  100.0  0.0
   GRIDPOLR  P1 STA
                ORIG S2
                DIST 100. 200.
                GDIR 4 90 90
   GRIDPOLR  P1 END
RE FINISHED

ME STARTING
   SURFFILE  met.sfc
   PROFFILE  met.pfl
   SURFDATA  1  2020
   UAIRDATA  1  2020
   PROFBASE  12.0
ME FINISHED

OU STARTING
   RECTABLE  ALLAVE  FIRST
   POSTFILE  1  ALL  PLOT  out.pst
OU FINISHED
"""


def write_deck(folder: Path, text: str = DECK, **files: str) -> Path:
    """Deck with its weather files (empty) and other files in a folder."""
    for name in ("met.sfc", "met.pfl"):
        if not (folder / name).exists():
            (folder / name).write_text("", encoding="utf-8")
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content, encoding="utf-8")
    path = folder / "deck.inp"
    path.write_text(text, encoding="utf-8")
    return path


def changed(old: str, new: str) -> str:
    """The deck with one text put for another."""
    assert old in DECK
    return DECK.replace(old, new, 1)
