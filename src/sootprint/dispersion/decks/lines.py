"""Records of a deck: lines joined with their pathway, keyword, fields and place.

A line of a deck has the pathway in its first two columns, the keyword in columns 4 to 11, and fields from
column 13 on; the whole deck may be shifted by up to three columns. Where pathway or keyword is blank, that
of the line before holds. Two asterisks at the beginning make a comment. Double quotes hold a field with
blanks together. ``INCLUDED`` puts the lines of another file in its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sootprint.core.errors import InputError
from sootprint.dispersion.decks.faults import FaultList

PATHWAYS = ("CO", "SO", "RE", "ME", "OU")
SHIFT_COLUMNS = 3
KEYWORD_COLUMNS = (3, 11)
FIELD_COLUMN = 12
TAB_COLUMNS = 8

MAXIMUM_BYTES = 300_000_000
"""Largest size of one text file of a deck [bytes]."""

MAXIMUM_LINES = 3_000_000
"""Largest number of lines of a deck, those of included files with them."""

MAXIMUM_DEPTH = 8
"""Deepest nesting of included files."""

SHOWN_NAME = 80
"""Number of letters of a faulty name that are shown."""

_FIELD = re.compile(r'"([^"]*)"?|(\S+)')


@dataclass(frozen=True)
class Record:
    """One line of a deck that says something.

    Attributes
    ----------
    pathway, keyword : str
        In capitals, as written or as taken over from the line before.
    fields : tuple of str
        As written, quotes removed.
    file : Path
        Where the line stands.
    line : int
        Its number, the first being 1.
    """

    pathway: str
    keyword: str
    fields: tuple[str, ...]
    file: Path
    line: int

    @property
    def where(self) -> str:
        """File and line in words."""
        return f"{self.file.name}, line {self.line}"

    @property
    def words(self) -> tuple[str, ...]:
        """The fields in capitals, as names are compared."""
        return tuple(text.upper() for text in self.fields)


@dataclass
class _Reader:
    faults: FaultList
    keywords: frozenset[str]
    pathway: str = ""
    keyword: str = ""
    lines: int = 0
    ended: bool = False


def read_records(path: Path, keywords: frozenset[str], faults: FaultList) -> list[Record]:
    """Records of a deck in their order, those of included files in the place where they are named.

    Parameters
    ----------
    path : Path
        The deck.
    keywords : frozenset of str
        All known keywords.
    faults : FaultList
        Gets the lines that could not be understood.

    Raises
    ------
    InputError
        If a file is absent, too large or no text, or included files go in a circle.
    """
    reader = _Reader(faults, keywords)
    made: list[Record] = []
    _read_file(path, reader, made, ())
    return made


def _read_file(path: Path, reader: _Reader, made: list[Record], stack: tuple[Path, ...]) -> None:
    actual = path.resolve()
    if actual in stack or len(stack) >= MAXIMUM_DEPTH:
        raise InputError(
            f"included files go in a circle or deeper than {MAXIMUM_DEPTH} levels",
            where=" includes ".join(item.name for item in (*stack, actual)),
            cure="take one INCLUDED line out",
        )
    shift: int | None = None
    for number, raw in enumerate(deck_text(path).splitlines(), start=1):
        reader.lines += 1
        if reader.lines > MAXIMUM_LINES:
            raise InputError(
                f"more than {MAXIMUM_LINES:,} lines", where=path.name, cure="split the deck, or include less"
            )
        if reader.ended:
            return
        text = raw.expandtabs(TAB_COLUMNS).rstrip()
        if not text.strip():
            continue
        indent = len(text) - len(text.lstrip())
        if shift is None and indent <= SHIFT_COLUMNS and text.split(None, 1)[0].upper() in PATHWAYS:
            shift = indent
        record = _record(text, shift or 0, path, number, reader)
        if record is None:
            continue
        if record.keyword == "INCLUDED" and record.fields:
            included = find_file(record.fields[0], path.parent, record.where, reader.faults)
            if included is not None:
                _read_file(included, reader, made, (*stack, actual))
            continue
        made.append(record)
        reader.ended = (record.pathway, record.keyword) == ("OU", "FINISHED")


def _record(text: str, shift: int, path: Path, line: int, reader: _Reader) -> Record | None:
    """Record of a line; None for a comment or a line that says nothing that can be understood."""
    if text.lstrip().startswith("**"):
        return None
    pathway = text[shift : shift + 2].strip().upper()
    keyword = text[shift + KEYWORD_COLUMNS[0] : shift + KEYWORD_COLUMNS[1]].strip().upper()
    rest = text[shift + FIELD_COLUMN :]
    where = f"{path.name}, line {line}"
    if (pathway, keyword) == ("NO", "ECHO"):
        return None
    if (pathway and pathway not in PATHWAYS) or (keyword and keyword not in reader.keywords):
        free = _free_form(text, reader.keywords)
        if free is None:
            name = keyword if not pathway or pathway in PATHWAYS else text.split()[0]
            reader.faults.add(
                f"the keyword {name!r} is not known",
                where,
                rule="pathway in columns 1-2, keyword in columns 4-11, fields from column 13 on",
                cure="correct its spelling or its columns; a comment begins with **",
            )
            return None
        pathway, keyword, rest = free
    reader.pathway = pathway or reader.pathway
    if not reader.pathway:
        reader.faults.add("a line stands before the first pathway", where, cure="begin with CO STARTING")
        return None
    if not keyword and reader.keyword in ("", "STARTING"):
        reader.faults.add("a line has no keyword", where, cure="write one in columns 4-11")
        return None
    reader.keyword = keyword or reader.keyword
    return Record(reader.pathway, reader.keyword, fields_of(rest), path, line)


def _free_form(text: str, keywords: frozenset[str]) -> tuple[str, str, str] | None:
    """Pathway, keyword and rest of a line whose columns are out of place but whose words are clear."""
    words = text.split(None, 2)
    if len(words) > 1 and words[0].upper() in PATHWAYS and words[1].upper() in keywords:
        return words[0].upper(), words[1].upper(), words[2] if len(words) > 2 else ""
    if words[0].upper() in keywords:
        return "", words[0].upper(), text.split(None, 1)[1] if len(words) > 1 else ""
    return None


def fields_of(text: str) -> tuple[str, ...]:
    """Fields of the part of a line behind its keyword; quotes hold one together."""
    return tuple(quoted if bare == "" else bare for quoted, bare in _FIELD.findall(text))


def deck_text(path: Path) -> str:
    """Text of a file of a deck.

    Raises
    ------
    InputError
        If it is no plain file, too large or no text.
    """
    from sootprint.core.raw import read_text

    if not path.is_file():
        raise InputError(f"no file {path}", cure="check the path")
    if path.stat().st_size > MAXIMUM_BYTES:
        raise InputError(f"more than {MAXIMUM_BYTES:,} bytes", where=path.name, cure="split the file")
    return read_text(path)[0].replace("\x1a", "")


def find_file(name: str, folder: Path, where: str, faults: FaultList) -> Path | None:
    """File that a deck names, relative to the folder of the file that names it.

    Backslashes count as slashes, and a name that is there in other letters (``Lovett.SFC`` for
    ``LOVETT.sfc``) is taken where it is the only one. None, with a fault, where there is none.
    """
    try:
        return _find_file(name, folder, where, faults)
    except (OSError, ValueError) as error:
        faults.add(f"{name[:SHOWN_NAME]!r} is no name of a file: {error.__class__.__name__}", where)
        return None


def _find_file(name: str, folder: Path, where: str, faults: FaultList) -> Path | None:
    path = Path(name.replace("\\", "/"))
    found = path if path.is_absolute() else folder / path
    if found.is_file():
        return found
    current = Path(found.anchor) if found.is_absolute() else Path()
    for part in found.parts[1 if found.is_absolute() else 0 :]:
        step = current / part
        if part not in ("..", ".") and not step.exists():
            alike = _alike(current, part)
            if len(alike) != 1:
                several = " or ".join(sorted(item.name for item in alike))
                faults.add(
                    f"the file {name} is not there" + (f"; is it {several}?" if several else ""),
                    where,
                    rule="paths are relative to the folder of the file that names them",
                    cure="put the file there, or correct its name",
                )
                return None
            step = alike[0]
        current = step
    if not current.is_file():
        faults.add(f"{name} is no file", where, cure="name a file")
        return None
    return current


def _alike(folder: Path, name: str) -> list[Path]:
    try:
        return [item for item in folder.iterdir() if item.name.casefold() == name.casefold()]
    except OSError:
        return []
