"""Runs: one folder each, with the settings, the versions, every step's key and hashes, and the report."""

from __future__ import annotations

import json
import shutil
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sootprint.case import config
from sootprint.case.folder import CaseFolder
from sootprint.case.hashing import hash_data, hash_file, library_versions
from sootprint.case.pipeline import Listener, StepResult, run_steps
from sootprint.case.steps import Evidence, Step
from sootprint.case.store import Artifact, partial_folder, put_in_place, write_record
from sootprint.core.errors import CaseError

MakeSteps = Callable[[config.Settings, list[Evidence]], list[Step]]


DOCUMENTS = "documents"
"""Artifact whose files are put into the folder of a run; other folders stay in the store."""


def run_name(number: int) -> str:
    """Name of the folder of a run: four digits."""
    return f"{number:04d}"


def fingerprint(results: list[StepResult]) -> str:
    """Hash over the keys and outputs of all steps: equal fingerprints, equal results."""
    return hash_data([[item.step.name, item.key, _hashes(item)] for item in results])


def _hashes(result: StepResult) -> dict[str, str]:
    return {name: artifact.sha256 for name, artifact in sorted(result.artifacts.items())}


def write_run(case: CaseFolder, settings: config.Settings, results: list[StepResult]) -> Path:
    """Write a run's folder and enter it; the last run is kept if its fingerprint is the same."""
    mark = fingerprint(results)
    runs = [entry for entry in case.ledger.entries() if entry.event == "run"]
    if runs and runs[-1].data["fingerprint"] == mark and (case.path / runs[-1].data["folder"]).is_dir():
        return case.path / str(runs[-1].data["folder"])
    name = run_name(len({entry.data["folder"] for entry in runs}) + 1)
    partial = partial_folder(case.path / "runs")
    shutil.copyfile(case.settings_path, partial / "case.toml")
    write_record(
        {
            "run": name,
            "fingerprint": mark,
            "seed": settings.seed,
            "versions": library_versions(),
            "evidence": [
                {"file": item.name, "kind": item.kind, "sha256": item.sha256} for item in case.evidence()
            ],
            "steps": [
                {"step": item.step.name, "key": item.key, "outputs": _hashes(item)} for item in results
            ],
        },
        partial / "run.json",
    )
    for item in results:
        for artifact in item.artifacts.values():
            if artifact.kind == "folder" and artifact.name == DOCUMENTS:
                shutil.copytree(artifact.path, partial, dirs_exist_ok=True)
    files = {
        item.relative_to(partial).as_posix(): hash_file(item)
        for item in sorted(partial.rglob("*"))
        if item.is_file()
    }
    folder = case.path / "runs" / name
    put_in_place(partial, folder)
    case.ledger.append("run", {"folder": f"runs/{name}", "fingerprint": mark, "files": files})
    return folder


def run_record(case: CaseFolder, run: str | int) -> dict[str, Any]:
    """Record of a run.

    Raises
    ------
    CaseError
        If the case has no such run.
    """
    name = run_name(int(run)) if str(run).isdigit() else str(run)
    path = case.path / "runs" / name / "run.json"
    if not path.is_file():
        have = sorted(item.name for item in (case.path / "runs").iterdir() if item.is_dir())
        raise CaseError(f"the case has no run {run!r}", cure=f"one of: {', '.join(have) or 'none yet'}")
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


@dataclass(frozen=True)
class Comparison:
    """An output of a run against its repetition."""

    step: str
    output: str
    same_bytes: bool
    same_numbers: bool
    largest_difference: float | None
    note: str = ""


@dataclass(frozen=True)
class Rerun:
    """Outcome of `rerun`."""

    run: str
    comparisons: list[Comparison]
    same_versions: bool
    version_changes: dict[str, tuple[str, str]]

    @property
    def ok(self) -> bool:
        """Whether all numbers came out the same."""
        return all(item.same_numbers for item in self.comparisons)


def rerun(case: CaseFolder, run: str | int, make_steps: MakeSteps, listener: Listener) -> Rerun:
    """Repetition of a run from the evidence and that run's settings, compared output by output.

    Nothing of the store is reused. The outcome is entered in the ledger.
    """
    record = run_record(case, run)
    toml = case.path / "runs" / record["run"] / "case.toml"
    settings = config.parse_settings(tomllib.loads(toml.read_text(encoding="utf-8")), str(toml))
    names = {item["file"] for item in record["evidence"]}
    evidence = [item for item in case.evidence() if item.name in names]
    with tempfile.TemporaryDirectory(prefix="sootprint-rerun-") as scratch:
        results = run_steps(
            case, make_steps(settings, evidence), settings, store=Path(scratch), listener=listener
        )
        comparisons = _compare(case, record, results)
    changes = {
        name: (old, library_versions().get(name, "absent"))
        for name, old in record["versions"].items()
        if library_versions().get(name) != old
    }
    outcome = Rerun(record["run"], comparisons, not changes, changes)
    case.ledger.append(
        "rerun",
        {
            "run": record["run"],
            "same_numbers": outcome.ok,
            "same_bytes": all(item.same_bytes for item in comparisons),
            "version_changes": {name: list(pair) for name, pair in changes.items()},
        },
    )
    return outcome


def _compare(case: CaseFolder, record: dict[str, Any], results: list[StepResult]) -> list[Comparison]:
    old_steps = {item["step"]: item for item in record["steps"]}
    made = []
    for result in results:
        old = old_steps.pop(result.step.name, None)
        if old is None:
            made.append(Comparison(result.step.name, "", False, False, None, "the run had no such step"))
            continue
        folder = case.path / "store" / result.step.name / old["key"][:20]
        for name in sorted({*old["outputs"], *result.artifacts}):
            made.append(_compare_one(result, name, old["outputs"].get(name), folder))
    made += [
        Comparison(name, "", False, False, None, "the repetition has no such step") for name in old_steps
    ]
    return made


def _compare_one(result: StepResult, name: str, digest: str | None, folder: Path) -> Comparison:
    step, now = result.step.name, result.artifacts.get(name)
    if digest is None or now is None:
        return Comparison(step, name, False, False, None, "made only once")
    if now.sha256 == digest:
        return Comparison(step, name, True, True, 0.0)
    before = Artifact(name, now.kind, folder / now.path.name, digest)
    if now.kind == "folder" or not before.path.exists():
        return Comparison(step, name, False, now.kind == "folder", None, "other bytes, no numbers to compare")
    difference = largest_difference(before.load(), now.load())
    return Comparison(step, name, False, difference == 0.0, difference, "other bytes")


def largest_difference(before: Any, now: Any) -> float | None:
    """Largest absolute difference of the numbers of two tables or datasets; None if they are not alike."""
    import numpy as np
    import pandas as pd
    import xarray as xr

    if isinstance(before, xr.Dataset):
        before, now = before.to_dataframe().reset_index(), now.to_dataframe().reset_index()
    if not isinstance(before, pd.DataFrame):
        return 0.0 if before == now else None
    if list(before.columns) != list(now.columns) or len(before) != len(now):
        return None
    largest = 0.0
    for column in before.columns:
        one, two = before[column], now[column]
        if pd.api.types.is_numeric_dtype(one) and not pd.api.types.is_bool_dtype(one):
            first, second = one.to_numpy(float, na_value=np.nan), two.to_numpy(float, na_value=np.nan)
            if (np.isnan(first) != np.isnan(second)).any():
                return None
            gap = np.nanmax(np.abs(first - second), initial=0.0)
            largest = max(largest, float(gap))
        elif not one.astype("string").fillna("").equals(two.astype("string").fillna("")):
            return None
    return largest
