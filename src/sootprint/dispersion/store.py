"""Operators on disk: Zarr, chunked by time, the same bytes for the same operator."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sootprint.core.errors import InputError
from sootprint.dispersion.hours import REASONS

if TYPE_CHECKING:
    import xarray as xr

TIME_CHUNK = 744
"""Hours in one chunk: a month."""
COPIES = 6.0
"""Copies of a block that computing, encoding and compressing it may hold at once (measured: under 4)."""
FINISHED = "finished_blocks"
"""Attribute with the hashes of the blocks that are wholly written."""


def operator_to_zarr(dataset: xr.Dataset | Iterable[xr.Dataset], path: str | Path) -> None:
    """Write an operator, or its blocks in the order of time, as a new Zarr group.

    Chunks hold `TIME_CHUNK` hours and all receptors and sources; reasons are coded as integers with
    ``flag_meanings``, identifiers are held as attributes. Blocks are written one after the other, so that
    memory holds one block; the attributes are those of the first block, but ``inputs_sha256`` is the list
    of all.

    Raises
    ------
    InputError
        If the path exists, there is no block, or a block does not end on a chunk (a multiple of
        `TIME_CHUNK` hours, the last excepted).
    """
    import xarray as xr

    path = Path(path)
    if path.exists():
        raise InputError(
            f"{path} exists", rule="an operator is never overwritten", cure="choose another path"
        )
    blocks = [dataset] if isinstance(dataset, xr.Dataset) else dataset
    hashes: list[str] = []
    written = 0
    for block in blocks:
        if written % TIME_CHUNK:
            raise InputError(
                f"a block ended after {written} hours",
                rule=f"blocks but the last hold a multiple of {TIME_CHUNK} hours",
                cure=f"operator_blocks(hours={TIME_CHUNK})",
            )
        hashes.append(str(block.attrs["inputs_sha256"]))
        _write(_encoded(block), path, first=written == 0)
        written += block.sizes["time"]
    if not hashes:
        raise InputError("there is no block to write", cure="give an operator")
    if len(hashes) > 1:
        import zarr

        zarr.open_group(path, mode="r+").attrs["inputs_sha256"] = hashes


def stream_operator(
    path: str | Path,
    sources: pd.DataFrame,
    receptors: pd.DataFrame,
    weather: pd.DataFrame,
    *,
    memory_gib: float = 4.0,
    progress: Callable[[int, int], None] | None = None,
    **given: Any,
) -> None:
    """Operator of any number of hours, written block by block; taken up again where it stopped.

    Parameters
    ----------
    path : str or Path
        Zarr group. Where one is there, its finished blocks are kept if they come from the same inputs, and
        the rest is computed: the bytes are those of a run that was never stopped.
    sources, receptors, weather
        As in `operator`.
    memory_gib : float
        Memory that a block may take [GiB]: it decides how many hours are computed at a time.
    progress : function of two int, optional
        Told the blocks that are done and their number.
    **given
        Further arguments of `operator`.

    Raises
    ------
    InputError
        If what is at the path is no operator, or one from other inputs.
    """
    import zarr

    from sootprint.dispersion.assembly import plan_of, planned_blocks

    path = Path(path)
    hours = block_hours(len(receptors), len(sources), memory_gib)
    plan = plan_of(sources, receptors, **given)
    blocks = list(planned_blocks(plan, weather, hours))
    done = _finished(path) if path.exists() else []
    for number, (fingerprint, compute) in enumerate(blocks):
        if number < len(done):
            if done[number] != fingerprint:
                raise InputError(
                    f"block {number + 1} at {path} comes from other inputs",
                    rule="an operator is taken up again with the same inputs",
                    cure="choose another path, or move the old one away",
                )
            continue
        if number > 0:
            _cut(path, number * hours)
        elif path.exists():
            raise InputError(
                f"{path} exists and holds no finished block", cure="move it away, or choose another path"
            )
        block = _encoded(compute())
        if number > 0:
            # Appending puts the block's attributes in place of the group's, the list of finished blocks too.
            block.attrs = dict(zarr.open_group(path, mode="r").attrs)
        _write(block, path, first=number == 0, chunk=hours)
        zarr.open_group(path, mode="r+").attrs[FINISHED] = [name for name, _ in blocks[: number + 1]]
        if progress is not None:
            progress(number + 1, len(blocks))
    group = zarr.open_group(path, mode="r+")
    names = [name for name, _ in blocks]
    group.attrs["inputs_sha256"] = names if len(names) > 1 else names[0]


def block_hours(receptors: int, sources: int, memory_gib: float = 4.0) -> int:
    """Hours of a block whose operator, with the copies made in writing it, stays within some memory [GiB].

    Raises
    ------
    InputError
        If not even an hour does.
    """
    room = memory_gib * 2.0**30 / COPIES
    hours = int(room / (8.0 * max(receptors * sources, 1)))
    if hours < 1:
        raise InputError(
            f"one hour of {receptors} receptors and {sources} sources takes more than {memory_gib} GiB",
            cure="give fewer receptors at a time, or more memory_gib",
        )
    return min(hours, TIME_CHUNK)


def _finished(path: Path) -> list[str]:
    import zarr

    try:
        group = zarr.open_group(path, mode="r")
        names: Any = group.attrs.get(FINISHED, [])
        return [str(name) for name in names]
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"no operator at {path}: {error}", cure="check the path") from error


def _cut(path: Path, hours: int) -> None:
    """Take away what a write that was stopped left beyond the finished hours."""
    import zarr

    group = zarr.open_group(path, mode="r+")
    for _, values in group.arrays():
        if values.shape[0] > hours:
            values.resize((hours, *values.shape[1:]))


def operator_from_zarr(path: str | Path) -> xr.Dataset:
    """Operator as `operator` made it, its arrays read when they are used.

    Raises
    ------
    InputError
        If there is no operator at the path.
    """
    import xarray as xr

    try:
        stored = xr.open_zarr(path, chunks=None, consolidated=False, decode_cf=True)
        attributes: dict[str, Any] = dict(stored.attrs)
        attributes.pop(FINISHED, None)
        receptors, sources = attributes.pop("receptor_ids"), attributes.pop("source_ids")
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"no operator at {path}: {error}", cure="check the path") from error
    reason = {"long_name": stored["reason"].attrs["long_name"]}
    made = stored.assign_coords(
        receptor=("receptor", np.array(receptors, dtype=object)),
        source=("source", np.array(sources, dtype=object)),
    )
    made["reason"] = ("time", np.array(REASONS)[stored["reason"].values], reason)
    made.attrs = attributes
    return made


def _encoded(block: xr.Dataset) -> xr.Dataset:
    codes = {name: code for code, name in enumerate(REASONS)}
    flags = {"flag_values": list(codes.values()), "flag_meanings": " ".join(_word(name) for name in REASONS)}
    plain = block.drop_vars(["receptor", "source"])
    plain["reason"] = (
        "time",
        np.array([codes[str(item)] for item in block["reason"].values], dtype="int8"),
        dict(block["reason"].attrs) | flags,
    )
    plain.attrs = dict(block.attrs) | {
        "receptor_ids": [str(item) for item in block["receptor"].values],
        "source_ids": [str(item) for item in block["source"].values],
    }
    return plain


def _word(name: str) -> str:
    return name.replace(" ", "_")


def _write(block: xr.Dataset, path: Path, *, first: bool, chunk: int = TIME_CHUNK) -> None:
    if not first:
        block.to_zarr(path, append_dim="time", consolidated=False)
        return
    encoding: dict[str, dict[str, Any]] = {
        str(name): {"chunks": (chunk, *values.shape[1:])} for name, values in block.data_vars.items()
    }
    encoding["time"] = {"chunks": (chunk,), "units": "microseconds since 1970-01-01", "dtype": "int64"}
    block.to_zarr(path, mode="w-", encoding=encoding, consolidated=False, zarr_format=3)
