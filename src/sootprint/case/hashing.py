"""Hashes of files, folders, plain data and code: what the ledger holds on to."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

NUMERIC_LIBRARIES = ("numpy", "scipy", "pandas", "numba", "xarray", "pyarrow", "pyproj", "shapely")
"""Libraries whose version may change a number; part of every step's key."""


def canonical_json(data: Any) -> str:
    """JSON text with sorted keys and no spaces: one text for one content."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def hash_text(text: str) -> str:
    """SHA-256 of a text, in hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def hash_data(data: Any) -> str:
    """SHA-256 of plain data (dicts, lists, texts, numbers), in hex."""
    return hash_text(canonical_json(data))


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_tree(path: Path) -> str:
    """SHA-256 of a file, or of the names and hashes of all files below a folder, in hex."""
    if path.is_file():
        return hash_file(path)
    files = sorted(item for item in path.rglob("*") if item.is_file())
    return hash_data([[item.relative_to(path).as_posix(), hash_file(item)] for item in files])


@cache
def library_versions() -> dict[str, str]:
    """Versions of Sootprint and of the numeric libraries in use."""
    return {name: metadata.version(name) for name in ("sootprint", *NUMERIC_LIBRARIES)}


@cache
def code_hash(rooms: tuple[str, ...]) -> str:
    """Hash of the source and data files of rooms of this package and of the numeric libraries' versions.

    A change of one line in a room makes the steps that name it run again, and no others.
    """
    root = resources.files("sootprint")
    parts: list[Any] = [
        [name, version] for name, version in library_versions().items() if name != "sootprint"
    ]
    for room in rooms:
        parts += [[name, hash_text(content)] for name, content in _sources(root / room, room)]
    return hash_data(parts)


def _sources(folder: Traversable, name: str) -> list[tuple[str, str]]:
    if folder.is_file():
        return [(name, folder.read_bytes().hex())]
    made: list[tuple[str, str]] = []
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir() and item.name != "__pycache__":
            made += _sources(item, f"{name}/{item.name}")
        elif item.name.endswith((".py", ".csv", ".toml", ".typ", ".j2", ".po", ".css", ".js", ".html")):
            made.append((f"{name}/{item.name}", item.read_bytes().hex()))
    return made
