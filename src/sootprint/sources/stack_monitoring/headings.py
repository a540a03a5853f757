"""The heading of a file, and which of its columns holds what."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from importlib import resources
from pathlib import Path

from sootprint.core.errors import ConfigError, InputError
from sootprint.sources.stack_monitoring.options import StackOptions

HEAD_BYTES = 1_000_000
"""Bytes in which the heading must end."""


def read_head(path: Path, name: str, options: StackOptions) -> tuple[str, list[str]]:
    """Separator and headings of a text file.

    Raises
    ------
    InputError
        If the file is damaged or not in UTF-8.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"the file cannot be read: {error}", where=name, cure="copy it again") from error
    try:
        # The cut may fall within a character.
        text = head.decode("utf-8-sig", errors="strict" if len(head) < HEAD_BYTES else "ignore")
    except UnicodeDecodeError as error:
        raise InputError(
            "the text is not UTF-8", where=name, rule="tables of this size are UTF-8", cure="save it as UTF-8"
        ) from error
    first = text.splitlines()[0] if text.splitlines() else ""
    delimiter = options.delimiter or max(";\t,|", key=first.count)
    try:
        headings = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    except csv.Error as error:
        raise InputError(
            f"the heading cannot be read: {error}", where=name, cure="export it again"
        ) from error
    return delimiter, headings


def find_columns(headings: list[str], options: StackOptions, name: str) -> dict[str, str]:
    """Field to heading, stated or recognised.

    Raises
    ------
    InputError
        If there is no time, no value, or no name of a source or substance.
    ConfigError
        If a heading that was stated is not there.
    """
    found: dict[str, str] = {}
    for wanted, heading in options.columns.items():
        if heading not in headings:
            raise ConfigError(
                f"columns.{wanted}: no heading {heading!r}", where=name, cure=f"one of: {', '.join(headings)}"
            )
        found[wanted] = heading
    known = _headings()
    for heading in headings:
        field = known.get(" ".join(heading.split()).casefold())
        if field and field not in found and heading not in found.values():
            found[field] = heading
    missing = [] if "time" in found else ["time"]
    missing += ["source"] if "source" not in found and not options.source else []
    missing += ["pollutant"] if "pollutant" not in found and not options.pollutant else []
    missing += ["rate or concentration"] if not {"rate", "concentration"} & set(found) else []
    if missing:
        raise InputError(
            f"no column for {', '.join(missing)}",
            where=name,
            rule=f"headings: {', '.join(headings)[:300]}",
            cure='state columns = { time = "...", source = "...", pollutant = "...", rate = "..." }',
        )
    return found


def _headings() -> dict[str, str]:
    path = resources.files("sootprint.sources") / "data" / "stack_headings.csv"
    with path.open(encoding="utf-8") as file:
        return {row["heading"]: row["field"] for row in csv.DictReader(file)}
