"""Artifacts of steps on the disk: Parquet tables, Zarr datasets, JSON records and folders of files.

A step's outputs are written into a partial folder and put in place by one rename, so that a step is either
there whole or not at all.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sootprint.case.hashing import hash_file, hash_tree
from sootprint.core.errors import CaseError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

PARTIAL = ".partial-"
"""Beginning of the names of folders being written; left behind by a kill, swept by the next writer."""


CHUNK_HOURS = 744
"""Hours of a chunk of a stored dataset: a month."""


@dataclass(frozen=True)
class Artifact:
    """Output of a step: where it lies and what its bytes hash to."""

    name: str
    kind: str
    path: Path
    sha256: str

    def load(self) -> Any:
        """Table, dataset, record or folder path, by kind."""
        if self.kind == "table":
            import pandas as pd

            return pd.read_parquet(self.path)
        if self.kind == "dataset":
            import xarray as xr

            return xr.open_zarr(self.path, consolidated=False)
        if self.kind == "record":
            return json.loads(self.path.read_text(encoding="utf-8"))
        return self.path


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Table as Parquet, zstd, the same bytes for the same table."""
    table.to_parquet(path, index=False, compression="zstd")


def write_record(record: Any, path: Path) -> None:
    """Plain data as indented JSON with sorted keys."""
    text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_dataset(dataset: xr.Dataset, path: Path) -> None:
    """Dataset as Zarr, format 2 (3 has no text type yet), the same bytes for the same dataset.

    Chunks hold `CHUNK_HOURS` along ``time`` and the whole of every other dimension.
    """
    encoding = {
        str(name): {
            "chunks": tuple(
                min(size, CHUNK_HOURS) if dimension == "time" else size
                for dimension, size in variable.sizes.items()
            )
        }
        for name, variable in dataset.data_vars.items()
        if variable.size
    }
    dataset.to_zarr(path, mode="w", consolidated=False, zarr_format=2, encoding=encoding)


def write_outputs(outputs: dict[str, Any], folder: Path) -> dict[str, dict[str, str]]:
    """Write the outputs of a step into a folder; kind, file and hash by name.

    A ``DataFrame`` becomes Parquet, an xarray ``Dataset`` Zarr, a ``Path`` to a folder is moved in, anything
    else must be plain data and becomes JSON.
    """
    import pandas as pd
    import xarray as xr

    made = {}
    for name, output in sorted(outputs.items()):
        if isinstance(output, pd.DataFrame):
            kind, file = "table", f"{name}.parquet"
            write_table(output, folder / file)
        elif isinstance(output, xr.Dataset):
            kind, file = "dataset", f"{name}.zarr"
            write_dataset(output, folder / file)
        elif isinstance(output, Path):
            kind, file = "folder", name
            if output != folder / file:
                shutil.move(output, folder / file)
        else:
            kind, file = "record", f"{name}.json"
            write_record(output, folder / file)
        made[name] = {"kind": kind, "file": file, "sha256": hash_tree(folder / file)}
    return made


def partial_folder(parent: Path) -> Path:
    """New empty folder to write into, beside its later place."""
    folder = parent / f"{PARTIAL}{uuid.uuid4().hex[:12]}"
    folder.mkdir(parents=True)
    return folder


def put_in_place(partial: Path, place: Path) -> None:
    """Rename a finished partial folder to its place, its files flushed to the disk first."""
    for item in partial.rglob("*"):
        if item.is_file():
            with item.open("rb") as file:
                os.fsync(file.fileno())
    if place.exists():
        shutil.rmtree(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    partial.rename(place)


def sweep_partials(root: Path) -> int:
    """Remove partial folders and files that a killed process left; their number."""
    left = [
        item for item in root.rglob("*") if item.name.startswith(PARTIAL) or item.name.endswith(".partial")
    ]
    for item in left:
        if item.is_dir():
            shutil.rmtree(item, ignore_errors=True)
        else:
            item.unlink(missing_ok=True)
    return len(left)


def artifacts_of(folder: Path) -> dict[str, Artifact]:
    """Artifacts of a finished step, from its manifest.

    Raises
    ------
    CaseError
        If the manifest is damaged.
    """
    path = folder / "manifest.json"
    try:
        outputs = json.loads(path.read_text(encoding="utf-8"))["outputs"]
        return {
            name: Artifact(name, entry["kind"], folder / entry["file"], entry["sha256"])
            for name, entry in outputs.items()
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CaseError(f"the manifest of a step is damaged: {error}", where=str(path)) from error


def manifest_hash(folder: Path) -> str:
    """Hash of a step's manifest, which holds the hashes of its outputs."""
    return hash_file(folder / "manifest.json")
