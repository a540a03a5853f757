"""Compilation of the kernels: numba without fastmath, cached under the hash of their sources.

numba renews a cached function when its own file changes, not when a function that it calls does; a cache
folder that is named by the hash of all kernel sources cannot serve stale physics.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., object])

ROOM = Path(__file__).parents[1]
COMPILED = ("kernels", "engines", "particles")
"""Folders of the room that hold compiled functions."""


@cache
def cache_folder() -> Path:
    """Folder of compiled kernels, named by the hash of the sources in the folders of `COMPILED`.

    It lies beside the sources, or in ``$SOOTPRINT_KERNEL_CACHE``.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(path for folder in COMPILED for path in (ROOM / folder).glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    place = os.environ.get("SOOTPRINT_KERNEL_CACHE")
    folder = Path(place) if place else ROOM / "__pycache__"
    return folder / f"kernels-{digest.hexdigest()[:16]}"


def compiled(function: Kernel) -> Kernel:
    """Compiled twin of a scalar kernel or a driver; it frees the interpreter lock while it runs."""
    return _compiled(function)


def borrowing(function: Kernel) -> Kernel:
    """Compiled loop over its caller's arrays that makes none: it does not count references to them.

    Kernels that are laid into a loop with arrays among their arguments would count in every round.
    """
    return _compiled(function, _nrt=False)


def _compiled(function: Kernel, **settings: Any) -> Kernel:
    config = vars(numba.config)
    before = config["CACHE_DIR"]
    config["CACHE_DIR"] = str(cache_folder())
    try:
        made = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy", **settings)(function)
    finally:
        config["CACHE_DIR"] = before
    return cast(Kernel, _named(made, function))


def inlined(function: Kernel) -> Kernel:
    """Scalar kernel that is laid into its callers, in the precision of the arguments that they give."""
    return cast(Kernel, _named(numba.njit(inline="always", error_model="numpy")(function), function))


def _named(made: Any, function: Callable[..., object]) -> Any:
    """The compiled twin under a name that is the same in every process.

    numba looks a function with a closure up in its cache by what the closure holds, and names compiled
    functions in it at random: without this it would never find them again.
    """
    parts = [function.__module__, function.__qualname__, str(function.__code__.co_firstlineno)]
    for cell in function.__closure__ or ():
        held = cell.cell_contents
        parts.append(str(getattr(held, "_uuid", None) or repr(held)))
    if hasattr(made, "_set_uuid"):  # numba's switch NUMBA_DISABLE_JIT gives the function back as it is
        made._set_uuid(hashlib.sha256("|".join(parts).encode()).hexdigest())
    return made
