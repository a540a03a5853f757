"""Runner of steps: what has not changed is not run again, and what is finished is never lost."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sootprint.case.config import Settings
from sootprint.case.folder import CaseFolder
from sootprint.case.hashing import code_hash, hash_data, hash_tree, library_versions
from sootprint.case.steps import Context, Evidence, Step
from sootprint.case.store import (
    Artifact,
    artifacts_of,
    manifest_hash,
    partial_folder,
    put_in_place,
    write_outputs,
    write_record,
)
from sootprint.core.errors import CaseError


@dataclass(frozen=True)
class StepEvent:
    """News of a step for whoever shows the progress: ``state`` is started, said, reused or finished."""

    step: Step
    state: str
    number: int
    total: int
    seconds: float = 0.0
    text: str = ""


Listener = Callable[[StepEvent], None]


@dataclass(frozen=True)
class StepResult:
    """A finished step: its key, its artifacts and whether it was run this time."""

    step: Step
    key: str
    artifacts: dict[str, Artifact]
    ran: bool


def step_key(
    step: Step, settings: Settings, inputs: dict[str, Artifact], evidence: Iterable[Evidence]
) -> str:
    """Hash of all that decides a step's outputs: code, settings, inputs, evidence."""
    return hash_data(
        {
            "step": step.name,
            "code": code_hash(step.rooms),
            "settings": {key: settings.section(key) for key in step.settings},
            "inputs": {name: artifact.sha256 for name, artifact in sorted(inputs.items())},
            "evidence": {item.name: item.sha256 for item in evidence},
        }
    )


def run_steps(
    case: CaseFolder,
    steps: list[Step],
    settings: Settings,
    *,
    store: Path | None = None,
    from_step: str | None = None,
    listener: Listener = lambda event: None,
    guard: Callable[[StepResult], None] = lambda result: None,
) -> list[StepResult]:
    """Run the steps in order; the caller holds the case for writing.

    Parameters
    ----------
    case : CaseFolder
        The case; its ledger gets a line a finished step.
    steps : list of Step
        In an order in which needs come before those that need them.
    settings : Settings
        Settings of the run.
    store : Path, optional
        Another place for outputs; then nothing is entered in the ledger (used by `rerun`).
    from_step : str, optional
        This step and the ones after it run even if nothing changed.
    listener : callable
        Gets a `StepEvent` at each turn.
    guard : callable
        Gets each result; what it raises stops the run.
    """
    enters = store is None
    store = store or case.path / "store"
    finished = {entry.data["folder"]: entry.data for entry in case.ledger.entries() if entry.event == "step"}
    known = {item.name: item for item in case.evidence()}
    artifacts: dict[str, Artifact] = {}
    results: list[StepResult] = []
    forced = False
    for number, step in enumerate(steps, start=1):
        forced = forced or step.name == from_step
        inputs = {name: artifacts[name] for name in step.needs if name in artifacts}
        evidence = [known[name] for name in step.evidence]
        key = step_key(step, settings, inputs, evidence)
        folder = store / step.name / key[:20]
        say = _Speaker(listener, step, number, len(steps))
        entered = finished.get(_entered_name(case, folder)) if enters else None
        whole = _is_whole(folder, key, entered)
        if enters and whole and entered is None:
            _enter(case, step, key, folder, inputs, evidence)
        if entered is not None and not whole:
            case.ledger.append("repaired", {"folder": entered["folder"], "was": "missing or changed"})
        if whole and not forced:
            say("reused")
            result = StepResult(step, key, artifacts_of(folder), ran=False)
        else:
            say("started")
            for item in evidence:
                case.check_evidence(item)
            _run_one(step, settings, inputs, evidence, key, folder, store, say)
            if enters:
                _enter(case, step, key, folder, inputs, evidence)
            say("finished")
            result = StepResult(step, key, artifacts_of(folder), ran=True)
        artifacts.update(result.artifacts)
        results.append(result)
        guard(result)
    return results


class _Speaker:
    def __init__(self, listener: Listener, step: Step, number: int, total: int) -> None:
        self.listener, self.step, self.number, self.total = listener, step, number, total
        self.began = time.monotonic()

    def __call__(self, state: str, text: str = "") -> None:
        seconds = time.monotonic() - self.began
        self.listener(StepEvent(self.step, state, self.number, self.total, seconds, text))


def _run_one(
    step: Step,
    settings: Settings,
    inputs: dict[str, Artifact],
    evidence: list[Evidence],
    key: str,
    folder: Path,
    store: Path,
    say: _Speaker,
) -> None:
    partial = partial_folder(store)
    try:
        context = Context(settings, inputs, evidence, partial, lambda text: say("said", text))
        outputs = write_outputs(step.function(context), partial)
        manifest = {
            "step": step.name,
            "key": key,
            "code": code_hash(step.rooms),
            "settings": {name: settings.section(name) for name in step.settings},
            "inputs": {name: artifact.sha256 for name, artifact in inputs.items()},
            "evidence": {item.name: item.sha256 for item in evidence},
            "versions": library_versions(),
            "outputs": outputs,
        }
        write_record(manifest, partial / "manifest.json")
        put_in_place(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _is_whole(folder: Path, key: str, entered: dict[str, Any] | None) -> bool:
    """Whether the outputs lie there unchanged; a changed byte makes the step run again."""
    if not (folder / "manifest.json").is_file():
        return False
    if entered is not None and manifest_hash(folder) != entered["manifest"]:
        return False
    try:
        artifacts = artifacts_of(folder)
        return folder.name == key[:20] and all(
            hash_tree(item.path) == item.sha256 for item in artifacts.values()
        )
    except (OSError, CaseError):
        return False


def _entered_name(case: CaseFolder, folder: Path) -> str:
    return folder.relative_to(case.path).as_posix()


def _enter(
    case: CaseFolder,
    step: Step,
    key: str,
    folder: Path,
    inputs: dict[str, Artifact],
    evidence: list[Evidence],
) -> None:
    data: dict[str, Any] = {
        "step": step.name,
        "key": key,
        "folder": _entered_name(case, folder),
        "manifest": manifest_hash(folder),
        "code": code_hash(step.rooms),
        "inputs": {name: artifact.sha256 for name, artifact in inputs.items()},
        "evidence": {item.name: item.sha256 for item in evidence},
        "outputs": {name: artifact.sha256 for name, artifact in artifacts_of(folder).items()},
    }
    case.ledger.append("step", data)
