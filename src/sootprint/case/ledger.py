"""Evidence ledger: an append-only file of JSON lines, each holding the hash of the one before.

A changed, removed or inserted byte breaks the chain. A line is written, flushed to the disk, and only then
counted in ``ledger.head`` (number of lines and last hash), so that a kill leaves either a whole line or a
torn last one, which the next writer sets aside; a ledger cut shorter than its head is tampering.
Whoever may write the whole folder can also forge a whole new chain: publish the head to rule that out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sootprint.case.hashing import hash_data
from sootprint.core.errors import TamperedError

GENESIS = "0" * 64
"""Hash that the first line names as the one before it."""


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    number: int
    time: str
    by: str
    event: str
    data: dict[str, Any]
    previous: str
    hash: str

    def line(self) -> str:
        """JSON text of the line."""
        return json.dumps(self.__dict__, ensure_ascii=False, sort_keys=True)


def utc_now() -> datetime:
    """Present time in UTC."""
    return datetime.now(UTC)


class Ledger:
    """Ledger of one case folder.

    Parameters
    ----------
    folder : Path
        The case folder; the ledger is ``ledger.jsonl`` and ``ledger.head`` in it.
    by : str
        Who writes.
    clock : callable
        Gives the time of a new line.
    """

    def __init__(self, folder: Path, by: str, clock: Callable[[], datetime] = utc_now) -> None:
        self.path = folder / "ledger.jsonl"
        self.head_path = folder / "ledger.head"
        self.by = by
        self.clock = clock

    def entries(self) -> list[Entry]:
        """All lines, the chain checked.

        Raises
        ------
        TamperedError
            If a line does not fit the chain, or lines are gone.
        """
        entries, torn = self._read()
        if torn:
            raise TamperedError(
                "the last line of the ledger is not whole",
                where=self.path.name,
                rule="every line is a JSON object that ends the line",
                cure="a killed process leaves this; any command that writes to the case sets it aside",
            )
        return entries

    def recover(self) -> str:
        """Set a torn last line aside, as a killed writer leaves it; its text, or an empty string.

        Raises
        ------
        TamperedError
            If anything else is wrong with the chain.
        """
        entries, torn = self._read()
        if torn:
            whole = "".join(entry.line() + "\n" for entry in entries)
            _write_whole(self.path, whole)
        if entries:
            self._write_head(entries[-1])
        return torn

    def append(self, event: str, data: dict[str, Any]) -> Entry:
        """New line at the end, flushed to the disk."""
        entries = self.entries()
        previous = entries[-1].hash if entries else GENESIS
        body = {
            "number": len(entries) + 1,
            "time": self.clock().isoformat(timespec="seconds"),
            "by": self.by,
            "event": event,
            "data": data,
            "previous": previous,
        }
        entry = Entry(**body, hash=hash_data(body))  # type: ignore[arg-type]
        with self.path.open("ab") as file:
            file.write((entry.line() + "\n").encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        self._write_head(entry)
        return entry

    def _write_head(self, entry: Entry) -> None:
        _write_whole(self.head_path, f"{entry.number} {entry.hash}\n")

    def _read(self) -> tuple[list[Entry], str]:
        if not self.path.is_file():
            raise TamperedError("the case has no ledger", where=self.path.name, cure="restore the folder")
        raw = self.path.read_bytes()
        lines = raw.split(b"\n")
        torn = lines.pop()
        entries: list[Entry] = []
        for number, line in enumerate(lines, start=1):
            entries.append(self._parse(line, number, entries[-1].hash if entries else GENESIS))
        self._check_head(entries)
        return entries, torn.decode("utf-8", errors="replace")

    def _parse(self, line: bytes, number: int, previous: str) -> Entry:
        where = f"{self.path.name}, line {number}"
        try:
            body = json.loads(line.decode("utf-8"))
            entry = Entry(**body)
        except (ValueError, TypeError) as error:
            raise TamperedError(f"a line of the ledger cannot be read: {error}", where=where) from error
        content = {key: value for key, value in body.items() if key != "hash"}
        if entry.line().encode("utf-8") != line or hash_data(content) != entry.hash:
            raise TamperedError(
                "a line of the ledger was changed", where=where, rule="its hash fits its content"
            )
        if entry.previous != previous or entry.number != number:
            raise TamperedError(
                "lines of the ledger are missing, doubled or moved",
                where=where,
                rule="each line holds the hash of the one before",
            )
        return entry

    def _check_head(self, entries: list[Entry]) -> None:
        if not self.head_path.is_file():
            if len(entries) > 1:
                raise TamperedError("the head of the ledger is missing", where=self.head_path.name)
            return
        text = self.head_path.read_text(encoding="utf-8", errors="replace")
        number, _, digest = text.strip().partition(" ")
        count = int(number) if number.isascii() and number.isdigit() else 0
        fits = 0 < count <= len(entries) and entries[count - 1].hash == digest
        if not fits or text != f"{count} {digest}\n" or len(entries) - count > 1:
            raise TamperedError(
                f"the ledger has {len(entries)} lines and does not fit its head ({text.strip()[:80]})",
                where=self.head_path.name,
                rule="the head names the number of lines and the last hash",
            )


def _write_whole(path: Path, text: str) -> None:
    """Replace a file at once, so that a kill leaves the old or the new one."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(text.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
