"""Verification: every byte of the case folder against the ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from sootprint.case.folder import CaseFolder
from sootprint.case.hashing import hash_file, hash_tree
from sootprint.case.ledger import Entry
from sootprint.case.store import PARTIAL
from sootprint.core.errors import TamperedError

UNBOUND = {".lock", "ledger.jsonl", "ledger.head"}
"""Files that no ledger line names: the lock is empty, the ledger and its head check themselves."""


@dataclass(frozen=True)
class Problem:
    """Something in the folder that does not fit the ledger."""

    object: str
    what: str
    expected: str = ""
    found: str = ""


@dataclass(frozen=True)
class Verification:
    """Outcome of `verify`: how much was compared, and what does not fit."""

    entries: int
    files: int
    head: str
    problems: list[Problem]

    @property
    def ok(self) -> bool:
        """Whether everything fits."""
        return not self.problems


def verify(case: CaseFolder) -> Verification:
    """Comparison of every file of a case with the ledger, and of the ledger with itself.

    Nothing is written. A problem is a changed, missing or unknown file, or a broken chain.
    """
    problems: list[Problem] = []
    try:
        entries = case.ledger.entries()
    except TamperedError as error:
        return Verification(0, 0, "", [Problem(error.where or "ledger.jsonl", error.what, error.rule or "")])
    known: dict[str, str] = {}
    for entry in entries:
        problems += _bound_files(case.path, entry, known)
    known["case.toml"] = case.settings_hash()
    found = {item.relative_to(case.path).as_posix(): item for item in case.path.rglob("*") if item.is_file()}
    for name, digest in known.items():
        if name not in found:
            problems.append(Problem(name, "missing", digest))
        elif (now := hash_file(found[name])) != digest:
            problems.append(Problem(name, "changed", digest, now))
    for name, item in sorted(found.items()):
        if name == ".lock" and item.stat().st_size:
            problems.append(Problem(name, "the lock file is not empty"))
        if name not in known and name not in UNBOUND:
            left = PARTIAL in name or name.endswith(".partial")
            problems.append(
                Problem(name, "left half written by a killed process" if left else "not in the ledger")
            )
    head = entries[-1].hash if entries else ""
    return Verification(len(entries), len(found), head, problems)


def _bound_files(root: Path, entry: Entry, known: dict[str, str]) -> list[Problem]:
    """Files that a ledger line names, added to ``known``; a later line for the same file replaces it."""
    data = entry.data
    if entry.event == "add":
        known[f"evidence/{data['file']}"] = data["sha256"]
    if entry.event == "run":
        known.update({f"{data['folder']}/{name}": digest for name, digest in data["files"].items()})
    if entry.event != "step":
        return []
    manifest = root / data["folder"] / "manifest.json"
    known[f"{data['folder']}/manifest.json"] = data["manifest"]
    if not manifest.is_file() or hash_file(manifest) != data["manifest"]:
        return []
    problems = []
    for output in json.loads(manifest.read_text(encoding="utf-8"))["outputs"].values():
        place = manifest.parent / output["file"]
        if place.is_dir():
            now = hash_tree(place)
            if now != output["sha256"]:
                problems.append(
                    Problem(f"{data['folder']}/{output['file']}", "changed", output["sha256"], now)
                )
            files = [item for item in place.rglob("*") if item.is_file()]
            known.update({item.relative_to(root).as_posix(): hash_file(item) for item in files})
        else:
            known[f"{data['folder']}/{output['file']}"] = output["sha256"]
    return problems
