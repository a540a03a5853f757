"""Commands that answer a question from a case: statements, bulletin, warning, next post, promised cut."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from sootprint.cli.arguments import CaseFolder, Json


def evidence(
    case: CaseFolder,
    source: Annotated[
        str | None, typer.Option(metavar="ID", help="Source, plant or group, as UKMK/0225.")
    ] = None,
    episode: Annotated[
        str | None, typer.Option(metavar="ID", help="Episode, as SO2-001; all for the whole period.")
    ] = None,
    pollutant: Annotated[str | None, typer.Option(metavar="NAME", help="Pollutant, as SO2.")] = None,
    statement: Annotated[
        str | None, typer.Option("--id", metavar="HASH", help="Beginning of a statement's identifier.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Print every statement.")] = False,
    as_json: Json = False,
) -> None:
    """Print what the last run says of a source, plant or episode, each statement with its way back."""
    from sootprint.cli.evidence import run_evidence

    run_evidence(
        case,
        source=source,
        episode=episode,
        pollutant=pollutant,
        statement=statement,
        every=every,
        as_json=as_json,
    )


def bulletin(
    case: CaseFolder,
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="Month of the bulletin.")] = None,
    year: Annotated[int | None, typer.Option(metavar="YYYY", help="Year; with --month both.")] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(metavar="en|ru|kk", help="Language; may be repeated. By default those of the case."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder to write to; bulletin-PERIOD.")
    ] = None,
    exponents: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Exponents of IZA: emirsaba, rd-52.04.186-89, rd-52.04.667-2005."),
    ] = None,
    rules: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Rules of high pollution: classic, kz, kazhydromet-weekly."),
    ] = None,
    missing_daily: Annotated[
        Literal["exclude", "0.4-single"],
        typer.Option(help="Substances without a daily limit: out of IZA, or 0.4 of the single maximum."),
    ] = "exclude",
    as_json: Json = False,
) -> None:
    """Write the bulletin of a month or year: SI, NP, IZA, substances, high pollution, weather, posts."""
    from sootprint.cli.bulletin import run_bulletin

    run_bulletin(
        case,
        month=month,
        year=year,
        languages=language or [],
        out_folder=folder,
        exponents=exponents,
        rules=rules,
        missing_daily=missing_daily,
        as_json=as_json,
    )


def nmu(
    case: CaseFolder,
    forecast: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Weather forecast, read as weather is.")
    ] = None,
    forecast_readings: Annotated[
        Path | None,
        typer.Option("--forecast-air", metavar="FILE", help="Forecast concentrations, read as readings are."),
    ] = None,
    day: Annotated[
        str | None, typer.Option(metavar="DATE", help="Local date to warn of, as 2024-11-26.")
    ] = None,
    shares: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV with source_id, pollutant, concentration_ratio: parts of the norm at the worst point.",
        ),
    ] = None,
    language: Annotated[
        Literal["en", "ru", "kk"] | None, typer.Option(help="Language; by default those of the case.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write the warning and the tables here.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell the regimes of adverse weather by half days, the warning, and what is asked of each source."""
    from sootprint.cli.nmu import run_nmu

    run_nmu(
        case,
        forecast=forecast,
        forecast_readings=forecast_readings,
        day=day,
        shares=shares,
        language=language,
        out_folder=folder,
        as_json=as_json,
    )


def posts(
    case: CaseFolder,
    pollutant: Annotated[
        str | None, typer.Option(help="Pollutant; by default all that are measured and declared.")
    ] = None,
    places: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV with station_id, lon, lat to try; by default a grid."),
    ] = None,
    forecast: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Weather forecast for a mobile laboratory, read as weather is."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=20, help="Posts and hours to name.")] = 3,
    as_json: Json = False,
) -> None:
    """Tell where the next post, or the next hour of a mobile laboratory, would decide most."""
    from sootprint.cli.posts import PostsRequest, run_posts

    run_posts(case, PostsRequest(pollutant, places, forecast, count), as_json=as_json)


def cut(
    case: CaseFolder,
    pollutant: Annotated[str, typer.Option(help="Pollutant: identifier, formula or code.")],
    start: Annotated[str, typer.Option("--from", metavar="TIME", help="Local beginning, as 2025-10-23.")],
    end: Annotated[str, typer.Option("--to", metavar="TIME", help="Local end; a bare date is included.")],
    promised: Annotated[float, typer.Option(help="Promised cut as a share: 0.2 for 20 %.")],
    plant: Annotated[list[str] | None, typer.Option(metavar="ID", help="Plant; may be repeated.")] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Source; may be repeated. Neither: the whole complex."),
    ] = None,
    stack_monitoring: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Stack monitoring; by default that of the case.")
    ] = None,
    exclude: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV with from and to: maintenance, no reference."),
    ] = None,
    reference_days: Annotated[
        float, typer.Option(help="Days of reference before the window, and as many after it.")
    ] = 28.0,
    no_operator: Annotated[
        bool, typer.Option("--no-operator", help="Leave the dispersion engine out.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check whether a promised cut of emission can be seen at the stack and at the posts."""
    from sootprint.cli.cut import run_cut

    run_cut(
        case,
        plants=plant or [],
        sources=source or [],
        pollutant=pollutant,
        start=start,
        end=end,
        promised=promised,
        stack_monitoring=stack_monitoring,
        exclude=exclude,
        reference_days=reference_days,
        with_operator=not no_operator,
        as_json=as_json,
    )
