"""Commands that run and score the models: demonstration, AERMOD decks, validation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from sootprint.cli.arguments import Json


def demo(
    folder: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder of the case; a new one.")
    ] = Path("sootprint-demo"),
    seed: Annotated[int, typer.Option(help="Which synthetic city.")] = 1,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the report in a browser.")] = False,
    as_json: Json = False,
) -> None:
    """Investigate a synthetic city whose true emissions are known, and score the findings."""
    from sootprint.cli.demo import run_demo

    run_demo(folder, seed, open_report=not no_open, as_json=as_json)


def aermod(
    deck: Annotated[Path, typer.Argument(metavar="DECK", help="Input deck of AERMOD (.inp).")],
    results: Annotated[Path, typer.Option("--out", metavar="FILE", help="Parquet file to write.")],
    sources: Annotated[
        str | None, typer.Option("--sources", metavar="ID,ID", help="Run these sources only.")
    ] = None,
    types: Annotated[
        str | None, typer.Option("--types", metavar="TYPE,TYPE", help="Run sources of these types only.")
    ] = None,
    averages: Annotated[
        bool, typer.Option("--averages", help="Give the means of AVERTIME besides the hours.")
    ] = False,
    physics: Annotated[
        Literal["aermod", "improved"],
        typer.Option(help="Formulas of AERMOD, or with published improvements."),
    ] = "aermod",
    threads: Annotated[int, typer.Option(help="Threads; the results do not depend on it.")] = 1,
    device: Annotated[
        Literal["cpu", "cuda"], typer.Option(help="Where stacks and volumes are worked out.")
    ] = "cpu",
    as_json: Json = False,
) -> None:
    """Run an AERMOD deck hour by hour with our engine."""
    from sootprint.cli.aermod import run_aermod

    run_aermod(
        deck,
        results,
        sources=sources,
        kinds=types,
        averages=averages,
        physics=physics,
        threads=threads,
        device=device,
        as_json=as_json,
    )


def validate(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to score; 'list' prints the names.")],
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Data folder; by default $SOOTPRINT_DATA.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A smaller part, in under a minute.")] = False,
    engine: Annotated[
        str, typer.Option("--engine", metavar="NAME", help="plume, or particles where both can be scored.")
    ] = "plume",
    page: Annotated[
        Path | None, typer.Option("--out", metavar="PAGE", help="Also write the table as a Markdown page.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Score a room against truth from outside the project."""
    from sootprint.cli.validation import run_validation

    run_validation(name, data, quick=quick, page=page, as_json=as_json, engine=engine)
