"""Files of finished tasks, and the hashes that prove what they were computed from."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import sootprint
from sootprint.core.errors import InputError

if TYPE_CHECKING:
    from hashlib import _Hash

ROOM = Path(__file__).parent
LIBRARIES = ("numpy", "scipy", "numba")
"""Libraries whose version may change a number."""
ABOUT = "about"
"""Member of a file that says what the others are."""
RESERVED = (ABOUT, "file", "allow_pickle")
UNREADABLE = (zipfile.BadZipFile, zlib.error, ValueError, KeyError, EOFError, OSError, NotImplementedError)


class DamagedError(Exception):
    """File of a task that does not hold what it ought to."""


def content_sha256(*items: Any) -> str:
    """SHA-256 of plain data, arrays and tables: equal where their content is equal, whoever made them.

    Numbers, texts, bytes, times, arrays, mappings, sequences, dataclasses, pydantic models, pandas tables,
    functions of a module and `functools.partial` of them.

    Raises
    ------
    InputError
        If an item is of another kind.
    """
    digest = hashlib.sha256()
    for item in items:
        _feed(digest, item)
    return digest.hexdigest()


def path_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, or of the names and hashes of all files below a folder.

    Raises
    ------
    InputError
        If it is not there or cannot be read.
    """
    try:
        if path.is_dir():
            below = sorted(item for item in path.rglob("*") if item.is_file())
            return content_sha256([[item.relative_to(path).as_posix(), path_sha256(item)] for item in below])
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}", cure="check the path") from error


def function_name(function: Callable[..., Any]) -> str:
    """Module and name of a function that another process can find again.

    Raises
    ------
    InputError
        If it is a lambda, a method of an object, or made inside another function: its name says nothing of
        what it holds.
    """
    name = getattr(function, "__qualname__", "")
    if not name or "<" in name or getattr(function, "__self__", None) is not None:
        raise InputError(
            f"{function!r} has no name by which a worker finds it",
            rule="the function of a task stands in a module",
            cure="move it to a module; give its settings by functools.partial or among the shared inputs",
        )
    return f"{function.__module__}:{name}"


@cache
def code_sha256() -> str:
    """SHA-256 of the sources and data of this room and of the versions of the numeric libraries."""
    digest = hashlib.sha256(json.dumps([[name, metadata.version(name)] for name in LIBRARIES]).encode())
    for path in sorted(item for item in ROOM.rglob("*") if item.suffix in (".py", ".csv")):
        _put(digest, path.relative_to(ROOM).as_posix(), path.read_bytes())
    return digest.hexdigest()


def compute_sha256(compute: Callable[..., Any]) -> str:
    """SHA-256 of what a task's function is: its name, settings and module, this room, and its libraries."""
    inner = compute
    while isinstance(inner, partial):
        inner = inner.func
    name = function_name(inner)
    source = getattr(sys.modules.get(inner.__module__), "__file__", None)
    module = path_sha256(Path(source)) if source and not Path(source).is_relative_to(ROOM) else ""
    return content_sha256(name, compute, module, code_sha256(), sootprint.__version__)


def encoded(values: Mapping[str, Any], fingerprint: str, described: str) -> bytes:
    """Bytes of a task's file: the arrays as NPZ, and ``about``, JSON of its fingerprint and their hash.

    Raises
    ------
    InputError
        If what the task returned is no mapping of names to arrays of numbers.
    """
    if not isinstance(values, Mapping) or not values:
        raise InputError(
            f"a task returned {type(values).__name__}", rule="it returns names and arrays, at least one"
        )
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for name in sorted(values):
        array = np.asarray(values[name], order="C")
        if array.dtype.hasobject or name in RESERVED or not str(name).isidentifier():
            raise InputError(
                f"a task returned {name!r} of type {array.dtype}",
                rule=f"names are identifiers other than {', '.join(RESERVED)}; arrays hold no Python objects",
            )
        arrays[str(name)] = array
    about = {"fingerprint": fingerprint, "task": described, "sha256": content_sha256(arrays)}
    buffer = io.BytesIO()
    text = json.dumps(about, sort_keys=True, ensure_ascii=False).encode()
    np.savez(buffer, allow_pickle=False, **{ABOUT: np.frombuffer(text, np.uint8)}, **arrays)
    return buffer.getvalue()


def decoded(path: Path, fingerprint: str) -> dict[str, np.ndarray[Any, Any]]:
    """Arrays of a task's file, proved to come from its inputs and to be as they were written.

    Raises
    ------
    DamagedError
        If the file cannot be read, comes from other inputs, or was changed.
    """
    try:
        # Read whole, so that a file that is being replaced is never seen in two states.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        about = json.loads(arrays.pop(ABOUT).tobytes())
        stated, claimed = about["sha256"], about["fingerprint"]
    except (*UNREADABLE, TypeError, AttributeError) as error:
        raise DamagedError(f"it cannot be read ({error})") from error
    if claimed != fingerprint:
        raise DamagedError("it states other inputs than its name")
    if content_sha256(arrays) != stated:
        raise DamagedError("its content is not what was written")
    return arrays


def put_file(path: Path, content: bytes) -> None:
    """File that is there wholly or not at all, however the program ends.

    A machine that loses power may leave it short; reading finds that by its hash.
    """
    partial_path = path.with_suffix(".part")
    partial_path.write_bytes(content)
    os.replace(partial_path, path)


def _put(digest: _Hash, kind: str, content: bytes = b"") -> None:
    digest.update(f"{len(kind)}:{kind}:{len(content)}:".encode())
    digest.update(content)


def _feed(digest: _Hash, item: Any) -> None:
    if item is None or isinstance(item, (bool, int, float, complex, str)):
        _put(digest, type(item).__name__, repr(item).encode("utf-8", "surrogatepass"))
    elif isinstance(item, bytes):
        _put(digest, "bytes", item)
    elif isinstance(item, (np.ndarray, np.generic)):
        _feed_array(digest, np.asarray(item))
    elif type(item).__module__.partition(".")[0] == "pandas":
        _feed_pandas(digest, item)
    elif isinstance(item, date):
        _put(digest, type(item).__name__, item.isoformat().encode())
    elif isinstance(item, Mapping):
        _feed_named(digest, "mapping", {repr(key): value for key, value in item.items()})
    elif is_dataclass(item) and not isinstance(item, type):
        named = {part.name: getattr(item, part.name) for part in fields(item)}
        _feed_named(digest, type(item).__qualname__, named)
    elif hasattr(item, "model_dump"):
        _feed_named(digest, type(item).__qualname__, item.model_dump())
    elif isinstance(item, Sequence):
        _put(digest, type(item).__qualname__, str(len(item)).encode())
        for part in item:
            _feed(digest, part)
    elif isinstance(item, partial):
        _put(digest, "partial", function_name(item.func).encode())
        _feed(digest, item.args)
        _feed(digest, item.keywords)
    elif callable(item):
        _put(digest, "function", function_name(item).encode())
    else:
        raise _unknown(item)


def _feed_pandas(digest: _Hash, item: Any) -> None:
    # Imported here, as pandas is most of the time that a worker takes to start.
    import pandas as pd

    if item is pd.NA or item is pd.NaT:
        _put(digest, "nothing")
    elif isinstance(item, (pd.Timestamp, pd.Timedelta)):
        _put(digest, type(item).__name__, item.isoformat().encode())
    elif isinstance(item, (pd.Index, pd.Series)):
        _put(digest, "column", f"{item.dtype} {item.name!r}".encode())
        _feed_array(digest, item.to_numpy())
    elif isinstance(item, pd.DataFrame):
        _put(digest, "table", str(item.shape).encode())
        for part in (item.columns, item.index, *(column for _, column in item.items())):
            _feed(digest, part)
    else:
        raise _unknown(item)


def _unknown(item: Any) -> InputError:
    return InputError(
        f"a {type(item).__name__} among the inputs of tasks has no hash",
        rule="inputs are numbers, texts, arrays, tables, and mappings, sequences and dataclasses of them",
        cure="give its content, or a SharedFile",
    )


def _feed_named(digest: _Hash, kind: str, named: Mapping[str, Any]) -> None:
    _put(digest, kind, str(len(named)).encode())
    for name in sorted(named):
        _put(digest, name)
        _feed(digest, named[name])


def _feed_array(digest: _Hash, array: np.ndarray[Any, Any]) -> None:
    _put(digest, "array", f"{array.dtype.descr} {array.shape}".encode())
    if array.dtype.hasobject:
        for part in array.ravel():
            _feed(digest, part)
    elif array.nbytes:
        # A view of the bytes spares a copy of hundreds of megabytes.
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
