"""Flow of four small steps on one file of numbers, quick enough to be killed many times."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from sootprint.case import Context, Evidence, Settings, Step
from sootprint.case.folder import CaseFolder
from sootprint.case.pipeline import Listener, StepResult, run_steps
from sootprint.case.runs import rerun, write_run

PAUSE_S = 0.02


def _numbers(context: Context) -> dict:
    text = context.evidence[0].path.read_text()
    time.sleep(PAUSE_S)
    return {"numbers": pd.DataFrame({"x": [float(line) for line in text.split()]})}


def _field(context: Context) -> dict:
    x = context.table("numbers")["x"].to_numpy()
    time.sleep(PAUSE_S)
    return {"field": xr.Dataset({"outer": (("a", "b"), np.outer(x, x))})}


def _sum(context: Context) -> dict:
    time.sleep(PAUSE_S)
    return {"total": {"sum": float(context.dataset("field")["outer"].sum()) + context.settings.seed}}


def _letter(context: Context) -> dict:
    folder, draft = context.folder / "documents", context.folder / "drafts"
    for place in (folder, draft):
        place.mkdir()
    (folder / "letter.txt").write_text(f"total {context.record('total')['sum']}\n")
    (draft / "draft.txt").write_text("not for the run\n")
    time.sleep(PAUSE_S)
    return {"documents": folder, "drafts": draft}


def tiny_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    names = tuple(item.name for item in evidence)
    return [
        Step("numbers", "Read", _numbers, evidence=names),
        Step("field", "Field", _field, needs=("numbers",)),
        Step("total", "Total", _sum, needs=("field",), settings=("seed",)),
        Step("letter", "Letter", _letter, needs=("total",)),
    ]


def tiny_case(path: Path) -> CaseFolder:
    case = CaseFolder.create(path, {"title": "Tiny", "seed": 3}, by="tester")
    file = path.parent / "numbers.csv"
    file.write_text("1\n2.5\n-3\n")
    case.add(file, "observations")
    return case


def investigate(
    case: CaseFolder, from_step: str | None = None, listener: Listener = lambda event: None
) -> list[StepResult]:
    with case.writing():
        settings = case.settings()
        steps = tiny_steps(settings, case.evidence())
        results = run_steps(case, steps, settings, from_step=from_step, listener=listener)
        write_run(case, settings, results)
    return results


def repeat(case: CaseFolder):
    with case.writing():
        return rerun(case, 1, tiny_steps, lambda event: None)


if __name__ == "__main__":
    import sys

    investigate(CaseFolder(sys.argv[1], by="tester"))
