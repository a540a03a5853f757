"""Case: what a person does with a case folder, in Python; the command line is its twin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sootprint.case import flow, runs
from sootprint.case.config import Settings
from sootprint.case.folder import CaseFolder
from sootprint.case.ledger import Entry
from sootprint.case.pipeline import Listener, StepResult, run_steps
from sootprint.case.steps import Evidence, Step
from sootprint.case.verify import Verification, verify
from sootprint.core.errors import CaseError, ConfigError, InputError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


def _silent(event: object) -> None:
    return None


def _no_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    return []


@dataclass(frozen=True)
class Check:
    """Outcome of `Case.check`: findings about the data and what the readers took for granted."""

    findings: pd.DataFrame
    guesses: pd.DataFrame

    @property
    def ok(self) -> bool:
        """Whether nothing stops an investigation."""
        return not (self.findings["severity"] == "error").any()


def _stop_at_errors(result: StepResult) -> None:
    """Raise where the step ``check`` found faults that stop an investigation."""
    if result.step.name != "check":
        return
    findings = result.artifacts["findings"].load()
    faults = findings.loc[findings["severity"] == "error"]
    if faults.empty:
        return
    first = faults.iloc[0]
    about = f"{first['code']} {first['object']} {first['value']}".strip()
    raise InputError(
        f"{len(faults)} faults stop the investigation, first: {about}",
        where=str(first["file"]) or None,
        rule=str(first["rule"]),
        cure=f"{first['cure']}; all faults: sootprint check CASE",
    )


@dataclass(frozen=True)
class Investigation:
    """Outcome of `Case.investigate`: the run's folder and every artifact by name."""

    folder: Path
    results: list[StepResult]

    def load(self, name: str) -> Any:
        """Table, dataset or record of that name.

        Raises
        ------
        CaseError
            If no step made it.
        """
        for result in self.results:
            if name in result.artifacts:
                return result.artifacts[name].load()
        names = sorted(name for result in self.results for name in result.artifacts)
        raise CaseError(f"the run made no {name!r}", cure=f"one of: {', '.join(names)}")

    @property
    def ran(self) -> list[str]:
        """Names of the steps that were run; the others were reused."""
        return [result.step.name for result in self.results if result.ran]


class Case:
    """An investigation: a folder with settings, evidence, results and their ledger.

    Parameters
    ----------
    path : str or Path
        Folder made by `Case.create`.
    by : str, optional
        Who acts; by default ``SOOTPRINT_USER`` or the account's name.
    closing : callable
        Gives the steps after the analysis (the report) for settings and evidence; from the rooms above.
    """

    def __init__(
        self, path: str | Path, *, by: str | None = None, closing: runs.MakeSteps = _no_steps
    ) -> None:
        self.folder = CaseFolder(path, by)
        self.closing = closing

    @classmethod
    def create(
        cls,
        path: str | Path,
        settings: dict[str, Any] | None = None,
        *,
        start: str | Path | None = None,
        by: str | None = None,
        closing: runs.MakeSteps = _no_steps,
    ) -> Case:
        """New case in a new folder; ``settings`` are keys of ``case.toml`` as dotted names."""
        CaseFolder.create(path, settings, by, start=start)
        return cls(path, by=by, closing=closing)

    @property
    def path(self) -> Path:
        """The folder."""
        return self.folder.path

    @property
    def settings(self) -> Settings:
        """Settings as they stand in ``case.toml``."""
        return self.folder.settings()

    @property
    def evidence(self) -> list[Evidence]:
        """Evidence files in the order they came in."""
        return self.folder.evidence()

    def add(self, file: str | Path, kind: str | None = None, options: dict[str, Any] | None = None) -> Entry:
        """Take a file into the evidence; see `CaseFolder.add`. Without a kind it is told from the content."""
        return self.folder.add(file, kind or flow.guess_kind(Path(file)), options)

    def check(self, listener: Listener = _silent) -> Check:
        """Read all evidence and list its faults; faulty rows are in quarantine."""
        with self.folder.writing():
            settings = self.settings
            steps = flow.reading_steps(settings, self.evidence)
            results = run_steps(self.folder, steps, settings, listener=listener)
        made = {name: artifact for result in results for name, artifact in result.artifacts.items()}
        return Check(made["findings"].load(), made["guesses"].load())

    def investigate(self, *, from_step: str | None = None, listener: Listener = _silent) -> Investigation:
        """Run the whole flow; steps whose inputs have not changed are reused.

        Parameters
        ----------
        from_step : str, optional
            This step and the ones after it run even if nothing changed.

        Raises
        ------
        ConfigError
            If the step is not known or a setting is wrong.
        InputError
            If the evidence has a fault that stops an investigation; `check` lists them all.
        """
        with self.folder.writing():
            settings = self.settings
            steps = self.steps(settings, self.evidence)
            names = [step.name for step in steps]
            if from_step is not None and from_step not in names:
                raise ConfigError(f"step {from_step!r} is not known", cure=f"one of: {', '.join(names)}")
            results = run_steps(
                self.folder, steps, settings, from_step=from_step, listener=listener, guard=_stop_at_errors
            )
            return Investigation(runs.write_run(self.folder, settings, results), results)

    def steps(self, settings: Settings, evidence: list[Evidence]) -> list[Step]:
        """Steps of this case in their order."""
        return [
            *flow.reading_steps(settings, evidence),
            *flow.analysis_steps(settings, evidence),
            *self.closing(settings, evidence),
        ]

    def verify(self) -> Verification:
        """Comparison of every byte of the folder with the ledger."""
        return verify(self.folder)

    def rerun(self, run: str | int, listener: Listener = _silent) -> runs.Rerun:
        """Repetition of a run from evidence and settings, compared output by output."""
        with self.folder.writing():
            return runs.rerun(self.folder, run, self.steps, listener)

    def sql(self, query: str) -> duckdb.DuckDBPyRelation:
        """DuckDB query over the tables of the last run, each a view by its name."""
        import duckdb

        entries = [entry for entry in self.folder.ledger.entries() if entry.event == "run"]
        if not entries:
            raise CaseError("the case has no run yet", cure=f"sootprint investigate {self.path}")
        record = runs.run_record(self.folder, Path(entries[-1].data["folder"]).name)
        connection = duckdb.connect()
        for step in record["steps"]:
            for path in sorted((self.path / "store" / step["step"] / step["key"][:20]).glob("*.parquet")):
                name = path.stem.replace('"', '""')
                source = str(path).replace("'", "''")
                connection.execute(f"create view \"{name}\" as select * from read_parquet('{source}')")
        return connection.sql(query)
