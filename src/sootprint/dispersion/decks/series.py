"""Hourly files beside a deck: emissions, background, ozone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.core.errors import InputError
from sootprint.dispersion.decks.deck import POINT_KINDS, POLYGON_KINDS, Deck, HourlyFile
from sootprint.dispersion.decks.lines import deck_text
from sootprint.dispersion.decks.numbers import full_year, integer, number

MAXIMUM_WIDTH = 400
"""Largest number of letters of a line of fixed columns."""

MISSING_EMISSION = -90.0
"""Emission rates up to this one are missing, and count as no emission."""

EMISSION_COLUMNS = 4

SHAPES: dict[str, dict[int, tuple[str, ...]]] = {
    **{kind: {3: ("temperature", "velocity")} for kind in POINT_KINDS},
    "VOLUME": {1: (), 4: ("height", "sigma_y", "sigma_z")},
    **{kind: {1: (), 3: ("height", "sigma_z")} for kind in (*POLYGON_KINDS, "RLINE", "RLINEXT")},
    "OPENPIT": {1: ()},
    "BUOYLINE": {2: ("buoyancy",)},
}
"""What follows the emission rate in an hourly file, by kind of source and number of values."""

_FORMAT = re.compile(r"(?:(\d+)?([IFEDG])(\d+)(?:\.(\d+))?|(\d*)X|T(\d+))", re.IGNORECASE)


@dataclass(frozen=True)
class HourlySeries:
    """Values of a file: ``stamps`` of ten digits, shape (hour,), ascending; ``values``, NaN where missing."""

    stamps: NDArray[np.int64]
    values: NDArray[np.float64]

    def at(self, wanted: NDArray[np.int64], file: HourlyFile) -> NDArray[np.float64]:
        """Values of the hours that are wanted.

        Raises
        ------
        InputError
            If an hour is not in the file.
        """
        places = np.searchsorted(self.stamps, wanted)
        there = places < len(self.stamps)
        there[there] = self.stamps[places[there]] == wanted[there]
        if not there.all():
            raise InputError(
                f"{int((~there).sum())} hours are not there, the first {shown(int(wanted[~there][0]))}",
                where=f"{file.path.name}, named at {file.where}",
                rule="one line for every hour of the run",
                cure="complete the file, or shorten the run by ME STARTEND",
            )
        return self.values[places]


def shown(value: int) -> str:
    """A stamp of ten digits for people: 1988-03-01 hour 24."""
    return f"{value // 1_000_000:04d}-{value // 10_000 % 100:02d}-{value // 100 % 100:02d} hour {value % 100}"


def read_series(file: HourlyFile) -> HourlySeries:
    """Series of a file with year, month, day, hour and a value on each line.

    Raises
    ------
    InputError
        If a line cannot be read, an hour is there twice, or the layout is not understood.
    """
    split = _splitter(file)
    stamps, values = [], []
    for line, text in enumerate(deck_text(file.path).splitlines(), start=1):
        if not text.strip() or text.lstrip().startswith("**"):
            continue
        words = split(text)
        where = f"{file.path.name}, line {line}"
        if len(words) < 5:
            raise InputError(f"{text.strip()[:60]!r}", where=where, rule="year month day hour value")
        stamps.append(_stamp(words[:4], where))
        value = number(words[4])
        if value is None:
            raise InputError(f"{words[4]!r} is no number", where=where, cure="write a number")
        values.append(value)
    return _in_order(stamps, np.array(values, dtype=float), file)


def _in_order(stamps: list[int], values: NDArray[np.float64], file: HourlyFile) -> HourlySeries:
    found = np.array(stamps, dtype=np.int64)
    order = np.argsort(found, kind="stable")
    found = found[order]
    twice = np.flatnonzero(found[1:] == found[:-1])
    if len(twice):
        raise InputError(f"{shown(int(found[twice[0]]))} is there twice", where=file.path.name)
    return HourlySeries(found, values[order])


def _stamp(words: list[str], where: str) -> int:
    parts = [integer(word) for word in words]
    year, month, day, hour = parts
    known = year is not None and month is not None and day is not None and hour is not None
    if not known or not ((year or 0) >= 0 and 1 <= (month or 0) <= 12 and 1 <= (day or 0) <= 31):
        raise InputError(f"{' '.join(words)!r} is no hour", where=where, rule="year month day hour")
    if not 1 <= (hour or 0) <= 24:
        raise InputError(f"hour {hour}", where=where, rule="1 to 24, the end of the hour")
    return ((full_year(year or 0) * 100 + (month or 0)) * 100 + (day or 0)) * 100 + (hour or 0)


def _splitter(file: HourlyFile) -> Callable[[str], list[str]]:
    """Function that splits a line into its first five values."""
    if file.layout == "FREE":
        return lambda text: text.replace(",", " ").split()
    cuts = fixed_columns(file.layout)
    if cuts is None or len(cuts) < 5:
        raise InputError(
            f"the layout {file.layout} is not understood",
            where=file.where,
            rule="FREE, or five values as in (4I2,F8.3) with I, F, E, X and T",
            cure="use FREE where values stand apart",
        )

    def split(text: str) -> list[str]:
        words = []
        for start, end, decimals in cuts:
            word = text[start:end].replace(" ", "")
            plain = decimals and word.lstrip("+-").isdigit()
            words.append(str(float(word) / 10.0**decimals) if plain else word)
        return words

    return split


def fixed_columns(layout: str) -> list[tuple[int, int, int]] | None:
    """Columns of a Fortran format: first, last and decimals of each value; None where not understood.

    ``(i2,3i3,f9.3)`` gives (0, 2, 0), (2, 5, 0), (5, 8, 0), (8, 11, 0), (11, 20, 3).
    """
    inner = layout.strip()
    if not (inner.startswith("(") and inner.endswith(")")):
        return None
    made: list[tuple[int, int, int]] = []
    at = 0
    for item in inner[1:-1].split(","):
        match = _FORMAT.fullmatch(item.strip())
        if match is None:
            return None
        count, letter, width, decimals, blanks, tab = match.groups()
        if tab:
            at = int(tab) - 1
        elif letter is None:
            at += int(blanks or 1)
        else:
            for _ in range(min(int(count or 1), MAXIMUM_WIDTH)):
                made.append((at, at + int(width), int(decimals or 0)))
                at += int(width)
        if not 0 <= at <= MAXIMUM_WIDTH:
            return None
    return made


@dataclass(frozen=True)
class HourlyEmissions:
    """Emissions hour by hour of the sources of HOUREMIS.

    ``series`` by index of source: rate [g s⁻¹, or g s⁻¹ m⁻²] in column 0, then what :data:`SHAPES` names in
    ``columns``; ``files`` the file of each; ``blanks`` the number of hours that the files state as missing.
    """

    series: dict[int, HourlySeries]
    columns: dict[int, tuple[str, ...]]
    files: dict[int, HourlyFile]
    blanks: int


def read_hourly_emissions(deck: Deck) -> HourlyEmissions:
    """Emissions of the files that HOUREMIS names.

    A line has the pathway and keyword, which may be left out, then year month day hour, the source, the
    rate, and what its kind has besides (stacks: temperature [K], velocity [m s⁻¹]). A line without a rate,
    and a rate of −90 and less, mean that nothing is known: no emission, counted in ``blanks``.

    Raises
    ------
    InputError
        If a line cannot be read, or a source has no line.
    """
    places = {name: index for name, index in deck.source_index().items() if deck.sources[index].hourly}
    rows: dict[int, list[tuple[float, ...]]] = {index: [] for index in places.values()}
    stamps: dict[int, list[int]] = {index: [] for index in places.values()}
    files: dict[int, HourlyFile] = {}
    blanks = 0
    for file in deck.hourly_emissions:
        for line, text in enumerate(deck_text(file.path).splitlines(), start=1):
            words = text.split()
            if not words or words[0].startswith("**"):
                continue
            words = [w for n, w in enumerate(words) if n > 1 or w.upper() not in ("SO", "HOUREMIS")]
            where = f"{file.path.name}, line {line}"
            if len(words) <= EMISSION_COLUMNS:
                raise InputError(
                    f"{text.strip()[:60]!r}", where=where, rule="year month day hour source rate"
                )
            index = places.get(words[EMISSION_COLUMNS].upper())
            if index is None:
                continue
            values = _emission(deck, index, words[EMISSION_COLUMNS + 1 :], where)
            blanks += not values or values[0] <= MISSING_EMISSION
            rows[index].append(values)
            stamps[index].append(_stamp(words[:EMISSION_COLUMNS], where))
            files[index] = file
    return _join_emissions(deck, rows, stamps, files, blanks)


def _emission(deck: Deck, index: int, words: list[str], where: str) -> tuple[float, ...]:
    values = [number(word) for word in words]
    kind = deck.sources[index].kind
    if (values and len(values) not in SHAPES.get(kind, {})) or None in values:
        counts = " or ".join(map(str, SHAPES.get(kind, {})))
        raise InputError(f"{' '.join(words)!r}", where=where, rule=f"{counts} numbers for a source {kind}")
    return tuple(value for value in values if value is not None)


def _join_emissions(
    deck: Deck,
    rows: dict[int, list[tuple[float, ...]]],
    stamps: dict[int, list[int]],
    files: dict[int, HourlyFile],
    blanks: int,
) -> HourlyEmissions:
    series, columns = {}, {}
    for index, values in rows.items():
        source = deck.sources[index]
        if index not in files:
            names = ", ".join(file.path.name for file in deck.hourly_emissions)
            raise InputError(f"{source.source_id} is in no hourly file", where=names, cure="add its lines")
        sizes = {len(row) for row in values if row}
        if len(sizes) > 1:
            raise InputError(
                f"{source.source_id} has lines of {' and '.join(map(str, sorted(sizes)))} values",
                where=files[index].path.name,
                rule="the same values in every hour",
            )
        width = sizes.pop() if sizes else 1
        table = np.array([row or (0.0,) * width for row in values], dtype=float)
        table[table[:, 0] <= MISSING_EMISSION, 0] = 0.0
        series[index] = _in_order(stamps[index], table, files[index])
        columns[index] = SHAPES[source.kind].get(width, ())
    return HourlyEmissions(series, columns, files, blanks)
