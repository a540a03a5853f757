"""Commands on an inventory of sources without a case: audit and permit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from sootprint.cli.arguments import Json, reader_options


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
