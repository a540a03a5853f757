"""Parts of a document without a form: the HTML page and the PDF are two renderings of the same blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

Tone = Literal["", "over", "within", "unknown", "strong"]


@dataclass(frozen=True)
class Cell:
    """Text of a table cell, with a key to sort it by and a tone that never stands alone for a meaning."""

    text: str
    sort: float | str | None = None
    tone: Tone = ""
    foreign: bool = False
    code: bool = False


@dataclass(frozen=True)
class Column:
    """Heading of a column, its side and its relative width on paper."""

    label: str
    align: Literal["left", "right"] = "left"
    width: float = 1.0


@dataclass(frozen=True)
class Block:
    """Common part of all blocks."""

    kind: ClassVar[str] = ""

    def plain(self) -> dict[str, Any]:
        """Block as JSON-ready data."""
        return {"block": self.kind, **asdict(self)}


@dataclass(frozen=True)
class Paragraph(Block):
    """Running text."""

    kind = "paragraph"
    text: str
    lead: bool = False


@dataclass(frozen=True)
class Heading(Block):
    """Heading within a chapter."""

    kind = "heading"
    text: str


@dataclass(frozen=True)
class Note(Block):
    """Text that must not be overlooked."""

    kind = "note"
    text: str


@dataclass(frozen=True)
class Items(Block):
    """List of sentences."""

    kind = "items"
    entries: Sequence[str]
    foreign: bool = False


@dataclass(frozen=True)
class Facts(Block):
    """Names with their values."""

    kind = "facts"
    entries: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class KeyNumbers(Block):
    """Strip of the numbers that answer first: value, what it is, remark."""

    kind = "key_numbers"
    entries: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Figure(Block):
    """Picture file with its caption and its description for those who do not see it."""

    kind = "figure"
    file: str
    caption: str
    alt: str


@dataclass(frozen=True)
class Table(Block):
    """Table with caption and note; ``total`` counts all rows, ``paper_rows`` are printed at most."""

    kind = "table"
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    total: int = 0
    paper_rows: int = 40


@dataclass(frozen=True)
class Chapter:
    """Chapter of the document."""

    key: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)

    def plain(self) -> dict[str, Any]:
        """Chapter as JSON-ready data."""
        return {"key": self.key, "title": self.title, "blocks": [block.plain() for block in self.blocks]}
