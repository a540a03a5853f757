"""Steps of an investigation: a name, what it needs, what it makes, and the code that decides its numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sootprint.case.store import Artifact
from sootprint.core.errors import CaseError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from sootprint.case.config import Settings


@dataclass(frozen=True)
class Evidence:
    """One file as it was received."""

    name: str
    kind: str
    sha256: str
    bytes: int
    path: Path
    added: str
    by: str


@dataclass
class Context:
    """What a step sees: its inputs, the settings, the evidence it named, and a place to write files."""

    settings: Settings
    inputs: dict[str, Artifact]
    evidence: list[Evidence]
    folder: Path
    progress: Callable[[str], None] = field(default=lambda text: None)

    def table(self, name: str) -> pd.DataFrame:
        """Input table by name."""
        made: pd.DataFrame = self._load(name)
        return made

    def dataset(self, name: str) -> xr.Dataset:
        """Input dataset by name, lazily read."""
        made: xr.Dataset = self._load(name)
        return made

    def record(self, name: str) -> Any:
        """Input record (plain data) by name."""
        return self._load(name)

    def has(self, name: str) -> bool:
        """Whether an input of that name was made."""
        return name in self.inputs

    def _load(self, name: str) -> Any:
        if name not in self.inputs:
            raise CaseError(f"step asks for {name!r}, which no earlier step made", rule="inputs are named")
        return self.inputs[name].load()


@dataclass(frozen=True)
class Step:
    """One step of the pipeline.

    Attributes
    ----------
    name, title : str
        Identifier, and what is shown while it runs.
    function : callable
        Takes a `Context`, gives outputs by name (table, dataset, plain data or folder).
    needs : tuple of str
        Names of the artifacts it reads; those that no earlier step made are left out.
    settings : tuple of str
        Keys of ``case.toml`` that change its result, as ``scope`` or ``engine.calm_m_s``.
    rooms : tuple of str
        Rooms whose code changes its result.
    evidence : tuple of str
        Names of evidence files it reads.
    """

    name: str
    title: str
    function: Callable[[Context], dict[str, Any]]
    needs: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
