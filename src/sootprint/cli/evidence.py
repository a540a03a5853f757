"""Command ``evidence``: what a run says of a source, with its way back to the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sootprint.core.errors import CaseError, InputError

if TYPE_CHECKING:
    from sootprint.case import Case
    from sootprint.case.ledger import Entry

TABLE = "evidence_statements"

ORDER = ("breach", "contribution", "but_for", "consistency")
TITLES = {
    "breach": "Was the permitted rate exceeded?",
    "contribution": "How much did it contribute?",
    "but_for": "Would the norm have held without it?",
    "consistency": "Is the declared emission consistent with what was measured?",
}
"""Questions, each answered apart."""

SHOWN = 12
"""Statements of one question that are printed without ``--all``."""


def run_evidence(
    folder: Path,
    *,
    source: str | None,
    episode: str | None,
    pollutant: str | None,
    statement: str | None,
    every: bool,
    as_json: bool,
) -> None:
    """Print the statements of the last run that fit the options, and the ledger line that binds them.

    Raises
    ------
    CaseError
        If the case has no run with evidence, or its table does not fit the ledger.
    InputError
        If nothing fits the options.
    """
    import sootprint
    from sootprint.cli.screen import out, print_json

    origin, table = load(sootprint.open_case(folder))
    chosen = select(table, source=source, episode=episode, pollutant=pollutant, statement=statement)
    if as_json:
        print_json({"origin": origin, "statements": chosen})
        return
    for question in ORDER:
        part = chosen[chosen["question"] == question]
        if part.empty:
            continue
        out.print(f"\n{TITLES[question]}", style="bold", highlight=False)
        for row in (part if every else part.head(SHOWN)).to_dict("records"):
            show(row)
        if not every and len(part) > SHOWN:
            out.print(f"{len(part) - SHOWN} more: add --all or --episode, --pollutant", highlight=False)
    out.print(
        f"\nRun {origin['run']}, line {origin['ledger_line']} of the ledger, "
        f"table {origin['table_sha256'][:16]}…, code {origin['code_sha256'][:16]}…, "
        f"inputs {origin['inputs_sha256'][:16]}…",
        highlight=False,
        soft_wrap=True,
    )
    out.print(f"Every byte against the ledger: sootprint verify {folder}", highlight=False)


def load(case: Case) -> tuple[dict[str, Any], pd.DataFrame]:
    """Origin and table of the statements of the last run.

    The bytes of the table are hashed and compared with the ledger line of its step; hash of the inputs and
    of the code in each statement with those of the line; and each identifier with its content.
    """
    from sootprint.attribution.evidence import statement_id
    from sootprint.case.flow.evidence import inputs_hash
    from sootprint.case.hashing import hash_file
    from sootprint.case.runs import run_record

    entries = case.folder.ledger.entries()
    runs = [entry for entry in entries if entry.event == "run"]
    if not runs:
        raise CaseError("the case has no run yet", cure=f"sootprint investigate {case.path}")
    record = run_record(case.folder, Path(runs[-1].data["folder"]).name)
    steps = {item["step"]: item for item in record["steps"]}
    if "evidence" not in steps:
        raise CaseError(
            f"run {record['run']} has no evidence on sources", rule="it needs an inventory of sources"
        )
    folder = f"store/evidence/{steps['evidence']['key'][:20]}"
    line = _line(entries, folder)
    path = case.path / folder / f"{TABLE}.parquet"
    digest = hash_file(path) if path.is_file() else "absent"
    table = pd.read_parquet(path) if path.is_file() else pd.DataFrame()
    expected = inputs_hash(line.data["inputs"])
    faulty = digest != line.data["outputs"][TABLE] or not (
        table["inputs_sha256"].isin([expected]).all() and table["code_sha256"].isin([line.data["code"]]).all()
    )
    if faulty or any(statement_id(row) != row["statement_id"] for row in table.to_dict("records")):
        raise CaseError(
            "the statements do not fit the ledger",
            where=str(path),
            rule="hashes of table, inputs, code and each statement are those that were entered",
            cure=f"sootprint verify {case.path}; sootprint investigate {case.path} --from evidence",
        )
    origin = {
        "run": record["run"],
        "ledger_line": line.number,
        "ledger_hash": line.hash,
        "table_sha256": digest,
        "inputs_sha256": expected,
        "code_sha256": line.data["code"],
        "inputs": line.data["inputs"],
    }
    return origin, table


def _line(entries: list[Entry], folder: str) -> Entry:
    found = [entry for entry in entries if entry.event == "step" and entry.data["folder"] == folder]
    if not found:
        raise CaseError(f"no line of the ledger names {folder}", cure="run the investigation again")
    return found[-1]


def select(
    table: pd.DataFrame,
    *,
    source: str | None = None,
    episode: str | None = None,
    pollutant: str | None = None,
    statement: str | None = None,
) -> pd.DataFrame:
    """Statements of a source, plant or group, of an episode, of a pollutant, or with an identifier.

    A source that cannot be told apart brings the statements of its group along.

    Raises
    ------
    InputError
        If nothing fits.
    """
    chosen = table
    if statement is not None:
        chosen = chosen[chosen["statement_id"].str.startswith(statement)]
    if source is not None:
        own = chosen[chosen["subject_id"] == source]
        chosen = chosen[chosen["subject_id"].isin([source, *own["group_id"].dropna().unique()])]
    if episode is not None:
        chosen = chosen[chosen["episode_id"] == episode]
    if pollutant is not None:
        chosen = chosen[chosen["pollutant"] == pollutant]
    if chosen.empty:
        raise InputError(
            "no statement fits",
            where=" ".join(str(item) for item in (source, episode, pollutant, statement) if item),
            cure="sources, plants and groups: " + ", ".join(sorted(table["subject_id"].unique())[:40]),
        )
    order = {name: number for number, name in enumerate(ORDER)}
    kind = chosen["subject_kind"].map({"source": 0, "group": 1, "facility": 2})
    ranked = chosen.assign(_order=chosen["question"].map(order), _kind=kind)
    return ranked.sort_values(["_order", "_kind"], kind="stable").drop(columns=["_order", "_kind"])


def show(row: dict[str, Any]) -> None:
    """One statement on the screen."""
    from sootprint.cli.screen import out

    out.print(f"· {row['words']}", highlight=False, soft_wrap=True, markup=False)
    if pd.notna(row["overturned_by"]):
        word = "would decide" if row["outcome"] == "not decidable" else "would speak against it"
        out.print(f"    {word}: {row['overturned_by']}", highlight=False, soft_wrap=True, markup=False)
    out.print(f"    statement {row['statement_id'][:16]}", style="dim", highlight=False)
