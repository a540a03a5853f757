"""Commands that make, fill, run and prove a case."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sootprint.cli.arguments import By, CaseFolder, Json, reader_options


class Kind(StrEnum):
    """Kinds of evidence."""

    observations = "observations"
    weather = "weather"
    sources = "sources"
    stack_monitoring = "stack_monitoring"
    fuel_use = "fuel_use"
    material_balance = "material_balance"
    complaints = "complaints"
    elevation = "elevation"
    truth = "truth"


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make; must be empty or absent.")],
    title: Annotated[str | None, typer.Option(help="Title of the case.")] = None,
    place: Annotated[str | None, typer.Option(help="Name of the place.")] = None,
    lon: Annotated[float | None, typer.Option(help="Longitude of the middle [degrees].")] = None,
    lat: Annotated[float | None, typer.Option(help="Latitude of the middle [degrees].")] = None,
    zone: Annotated[str | None, typer.Option(help="IANA time zone, as Asia/Almaty.")] = None,
    settings: Annotated[Path | None, typer.Option(metavar="FILE", help="A case.toml to start from.")] = None,
    by: By = None,
) -> None:
    """Make a new case: a folder with settings, evidence, store, runs and ledger."""
    import sootprint
    from sootprint.cli.screen import out

    given = {"title": title, "place.name": place, "place.lon": lon, "place.lat": lat, "place.zone": zone}
    known = {key: value for key, value in given.items() if value is not None}
    case = sootprint.new_case(folder, known, start=settings, by=by)
    out.print(f"Made the case {case.path}", highlight=False)
    out.print(f"Next: look at {case.path / 'case.toml'}, then sootprint add {folder} FILE", highlight=False)


def add(
    case: CaseFolder,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to take in, as received.")],
    kind: Annotated[
        Kind | None, typer.Option("--as", help="What it holds; told from its headings by default.")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option", help="How to read it, as key=value in TOML: stamp='ending'. May be repeated."
        ),
    ] = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Take a file into the evidence: copied as received, hashed, entered in the ledger."""
    import sootprint
    from sootprint.cli.screen import out, print_json

    opened = sootprint.open_case(case, by=by)
    entry = opened.add(file, kind.value if kind else None, reader_options(option or []))
    if as_json:
        print_json(entry.data | {"hash": entry.hash})
        return
    data = entry.data
    told = "" if kind else " (told from its headings; --as overrules)"
    out.print(f"Added {data['file']} as {data['kind']}{told}: {data['bytes']:,} bytes", highlight=False)
    out.print(f"SHA-256 {data['sha256']}", highlight=False)


def check(
    case: CaseFolder,
    every: Annotated[bool, typer.Option("--all", help="Show every row, not three of each code.")] = False,
    as_json: Json = False,
) -> None:
    """Read all evidence and list its faults, each with its place, its rule and its cure."""
    import sootprint
    from sootprint.cli.screen import SEVERITY_STYLES, err, out, print_json, print_table, progress

    opened = sootprint.open_case(case)
    with progress(quiet=as_json) as listener:
        result = opened.check(listener)
    findings, guesses = result.findings, result.guesses
    if as_json:
        print_json({"ok": result.ok, "findings": findings, "guesses": guesses})
    else:
        if len(guesses):
            print_table(guesses, "Taken for granted (each line of case.toml overrules one)")
        shown = findings if every else findings.groupby("code", sort=False).head(3)
        if len(shown):
            print_table(shown, "Findings", styles=SEVERITY_STYLES)
        counts = findings.groupby(["severity", "code"], sort=False).size()
        for (severity, code), count in counts.items():
            out.print(f"{count:>6} {severity:<10} {code}", highlight=False)
        if len(shown) < len(findings):
            out.print(
                f"{len(findings) - len(shown)} rows more: sootprint check {case} --all", highlight=False
            )
        err.print("Nothing stops an investigation." if result.ok else "Cure the errors first.")
    raise typer.Exit(0 if result.ok else 2)


def investigate(
    case: CaseFolder,
    from_step: Annotated[
        str | None, typer.Option("--from", metavar="STEP", help="Run this step and the later ones again.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run the whole flow, from evidence to report; steps that have not changed are reused."""
    import sootprint
    from sootprint.cli.outcome import outcome, show_outcome
    from sootprint.cli.screen import print_json, progress

    opened = sootprint.open_case(case)
    with progress(quiet=as_json) as listener:
        made = opened.investigate(from_step=from_step, listener=listener)
    if as_json:
        print_json(outcome(made))
    else:
        show_outcome(made)


def verify(case: CaseFolder, as_json: Json = False) -> None:
    """Compare every byte of the case with its ledger."""
    import pandas as pd

    import sootprint
    from sootprint.cli.screen import out, print_json, print_table

    result = sootprint.open_case(case).verify()
    problems = pd.DataFrame([problem.__dict__ for problem in result.problems])
    if as_json:
        print_json(
            {
                "ok": result.ok,
                "entries": result.entries,
                "files": result.files,
                "head": result.head,
                "problems": problems,
            }
        )
    elif result.ok:
        out.print(f"All {result.files} files fit the {result.entries} lines of the ledger.", highlight=False)
        out.print(f"Head {result.head}", highlight=False)
    else:
        print_table(problems, f"{len(problems)} problems")
    raise typer.Exit(0 if result.ok else 4)


def rerun(
    case: CaseFolder,
    number: Annotated[str, typer.Argument(metavar="RUN", help="Number of the run, as 1 or 0001.")],
    as_json: Json = False,
) -> None:
    """Repeat a run from the evidence and its settings, and compare every output."""
    import pandas as pd

    import sootprint
    from sootprint.cli.screen import out, print_json, print_table, progress

    opened = sootprint.open_case(case)
    with progress(quiet=as_json) as listener:
        result = opened.rerun(number, listener)
    table = pd.DataFrame([item.__dict__ for item in result.comparisons])
    if as_json:
        print_json(
            {
                "ok": result.ok,
                "run": result.run,
                "comparisons": table,
                "version_changes": result.version_changes,
            }
        )
    else:
        other = table.loc[~table["same_bytes"]]
        if len(other):
            print_table(other, "Outputs that differ in their bytes")
        for name, (before, now) in result.version_changes.items():
            out.print(f"{name}: {before} then, {now} now", highlight=False)
        same = f"{int(table['same_bytes'].sum())} of {len(table)} outputs have the same bytes"
        out.print(
            f"Run {result.run} {'repeated to the same numbers' if result.ok else 'NOT repeated'}: {same}."
        )
    raise typer.Exit(0 if result.ok else 4)
