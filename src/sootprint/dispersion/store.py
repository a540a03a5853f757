"""Operators on disk: Zarr, chunked by time, the same bytes for the same operator."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sootprint.core.errors import InputError
from sootprint.dispersion.hours import REASONS

if TYPE_CHECKING:
    import xarray as xr

TIME_CHUNK = 744
"""Hours in one chunk: a month."""


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


def _write(block: xr.Dataset, path: Path, *, first: bool) -> None:
    if not first:
        block.to_zarr(path, append_dim="time", consolidated=False)
        return
    encoding: dict[str, dict[str, Any]] = {
        str(name): {"chunks": (TIME_CHUNK, *values.shape[1:])} for name, values in block.data_vars.items()
    }
    encoding["time"] = {"chunks": (TIME_CHUNK,), "units": "microseconds since 1970-01-01", "dtype": "int64"}
    block.to_zarr(path, mode="w-", encoding=encoding, consolidated=False, zarr_format=3)
