"""Commands of ``sootprint``; each says what it did and ends with an exit code that means something.

0 done; 1 fault; 2 wrong input or setting; 3 case absent or in use; 4 tampered or not reproduced.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from sootprint.core.errors import InputError, SootprintError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Who made the smog: from monitor readings, weather and declared stacks to findings.",
)


class Kind(StrEnum):
    """Kinds of evidence."""

    observations = "observations"
    weather = "weather"
    sources = "sources"
    stack_monitoring = "stack_monitoring"
    fuel_use = "fuel_use"
    material_balance = "material_balance"
    complaints = "complaints"
    truth = "truth"


CaseFolder = Annotated[Path, typer.Argument(metavar="CASE", help="Folder of the case.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on the standard output.")]
By = Annotated[str | None, typer.Option("--by", help="Who acts, written to the ledger.")]


def run() -> None:
    """Run the command line; own errors are shown with place, rule and cure."""
    from sootprint.cli.screen import err, print_error

    try:
        app()
    except SootprintError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("Stopped. What was finished is kept; the same command goes on from there.")
        sys.exit(130)


@app.callback(invoke_without_command=True)
def _main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    if version:
        from sootprint import __version__

        typer.echo(f"sootprint {__version__}")
        raise typer.Exit()


@app.command()
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


@app.command()
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


def reader_options(texts: list[str]) -> dict[str, Any]:
    """Reader options from ``key=value`` texts, the values in TOML; a bare word is a text.

    Raises
    ------
    InputError
        If a text has no equals sign.
    """
    import tomllib

    made: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise InputError(f"option {text!r} is no key=value", cure="for example --option stamp=ending")
        try:
            made[key.strip()] = tomllib.loads(f"x = {value}")["x"]
        except tomllib.TOMLDecodeError:
            made[key.strip()] = value.strip()
    return made


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
def audit(
    inventory: Annotated[Path, typer.Argument(metavar="INVENTORY", help="Inventory: form or template.")],
    stack_monitoring: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Continuous stack monitoring.")
    ] = None,
    fuel: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Fuel burnt, with its sulphur and ash (table fuel_use)."),
    ] = None,
    balance: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Sulphur balance of smelters (table material_balance)."),
    ] = None,
    totals: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Declared sums (table declared_totals).")
    ] = None,
    ambient: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Readings of posts, to set gaps beside high values.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="IANA zone of the readings' clocks, as Asia/Almaty.")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("--option", help="How to read the inventory, key=value in TOML. May be repeated."),
    ] = None,
    stack_option: Annotated[
        list[str] | None, typer.Option("--stack-option", help="How to read the stack monitoring.")
    ] = None,
    ambient_option: Annotated[
        list[str] | None, typer.Option("--ambient-option", help="How to read the posts' readings.")
    ] = None,
    limit: Annotated[
        list[str] | None, typer.Option("--limit", help="Limit of the audit to replace, name=value.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Also write the findings: .csv, .xlsx or .md."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show every finding, not twelve of each code.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Audit a declared inventory: each finding with its rule, its row and what would resolve it.

    The exit code is 2 where a finding is an error, as of sootprint check.
    """
    from sootprint.cli.audit import AuditRequest, run_audit

    request = AuditRequest(
        inventory,
        stack_monitoring=stack_monitoring,
        fuel=fuel,
        balance=balance,
        totals=totals,
        ambient=ambient,
        zone=zone,
        reader=reader_options(option or []),
        stack_reader=reader_options(stack_option or []),
        ambient_reader=reader_options(ambient_option or []),
        limits=reader_options(limit or []),
        out=out,
        every=every,
    )
    run_audit(request, as_json=as_json)


@app.command()
def validate(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to score; 'list' prints the names.")],
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Data folder; by default $SOOTPRINT_DATA.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A smaller part, in under a minute.")] = False,
    page: Annotated[
        Path | None, typer.Option("--out", metavar="PAGE", help="Also write the table as a Markdown page.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Score a room against truth from outside the project."""
    from sootprint.cli.validation import run_validation

    run_validation(name, data, quick=quick, page=page, as_json=as_json)


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
def permit(
    inventory: Annotated[
        Path, typer.Argument(metavar="INVENTORY", help="Our template, or a Kazakh or Russian inventory form.")
    ],
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to.")] = Path(
        "permit"
    ),
    method: Annotated[Literal["ond86", "mrr2017"], typer.Option(help="Text of the method.")] = "ond86",
    grid: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE,STEP", help="Grid [m], or X0,Y0,X1,Y1,STEP; by default from the largest xm."
        ),
    ] = None,
    ambient: Annotated[
        float | None,
        typer.Option(
            metavar="DEGREES", help="Air temperature [°C]: mean daily maximum of the warmest month."
        ),
    ] = None,
    region: Annotated[
        str | None, typer.Option(metavar="A", help="Coefficient A or a region's name; kazakhstan: 200.")
    ] = None,
    relief: Annotated[float, typer.Option(help="Relief coefficient η.")] = 1.0,
    settling: Annotated[
        list[str] | None,
        typer.Option(metavar="POLLUTANT=F", help="F in place of that by kind and cleaning; may be repeated."),
    ] = None,
    top_wind: Annotated[
        float | None, typer.Option(metavar="SPEED", help="Wind u* that 5 % of the time exceeds [m/s].")
    ] = None,
    basis: Annotated[
        Literal["permitted", "declared"], typer.Option(help="Kind of emission that is preferred.")
    ] = "permitted",
    rule: Annotated[
        Literal["proportional", "least_cut"], typer.Option(help="How the sources share a limit.")
    ] = "proportional",
    background: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Table: pollutant, background_mg_m3.")
    ] = None,
    own_in_background: Annotated[
        bool, typer.Option("--own-in-background", help="These sources are in the background: take them off.")
    ] = False,
    zone: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|METRES", help="Sanitary zone: GeoJSON or WKT, or a width around the sources."
        ),
    ] = None,
    receptors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Table of houses: point_id, lon, lat, name.")
    ] = None,
    pollutants: Annotated[
        str | None, typer.Option(metavar="NAME,NAME", help="Calculate these pollutants only.")
    ] = None,
    groups: Annotated[
        str | None, typer.Option(metavar="ID,ID", help="Summation groups; all by default, or none.")
    ] = None,
    language: Annotated[
        Literal["en", "ru", "kk"], typer.Option(help="Language of the document and the maps.")
    ] = "en",
    worked: Annotated[
        int | None, typer.Option(min=0, help="Rows of source and pollutant worked out in full; 12.")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("--option", help="How to read the inventory, as key=value; as of the command add."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Calculate an inventory by OND-86 or MRR-2017: cm, xm, um, fields, maps and a PDF with its working."""
    from sootprint.cli.permit import PermitRequest, run_permit

    run_permit(
        PermitRequest(
            inventory=inventory,
            folder=folder,
            method=method,
            grid=grid,
            ambient=ambient,
            region=region,
            relief=relief,
            settling=settling or [],
            top_wind=top_wind,
            basis=basis,
            rule=rule,
            background=background,
            own_in_background=own_in_background,
            zone=zone,
            receptors=receptors,
            pollutants=pollutants,
            groups=groups,
            language=language,
            worked=worked,
            reader=reader_options(option or []),
        ),
        as_json=as_json,
    )
