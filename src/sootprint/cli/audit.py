"""Command ``audit``: a declared inventory against arithmetic, physics, fuel and stack monitoring."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import typer

from sootprint.core.errors import ConfigError, InputError
from sootprint.core.findings import ReadResult

TITLES = {
    "error": "Errors: the numbers contradict each other or a law of nature",
    "warning": "Warnings: the numbers need an explanation",
    "info": "Remarks",
}
SHOWN = 12
"""Findings of one code that the screen shows without ``--all``."""

SUFFIXES = (".csv", ".xlsx", ".md")


@dataclass(frozen=True)
class AuditRequest:
    """Options of the command as they were typed; see `sootprint audit --help`."""

    inventory: Path
    stack_monitoring: Path | None = None
    fuel: Path | None = None
    balance: Path | None = None
    totals: Path | None = None
    ambient: Path | None = None
    zone: str | None = None
    reader: Mapping[str, Any] = field(default_factory=dict)
    stack_reader: Mapping[str, Any] = field(default_factory=dict)
    ambient_reader: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    out: Path | None = None
    every: bool = False


def run_audit(request: AuditRequest, *, as_json: bool) -> None:
    """Read, check, write and show; the exit code is 2 where a finding is an error.

    Raises
    ------
    InputError
        If a file cannot be read.
    ConfigError
        If an option cannot be right.
    typer.Exit
        Always, with the exit code.
    """
    from sootprint.cli.screen import out, print_json

    if request.out is not None and request.out.suffix.lower() not in SUFFIXES:
        raise ConfigError(f"{request.out} is none of {', '.join(SUFFIXES)}", where="--out")
    found, read = audit_files(request, quiet=as_json)
    if request.out is not None:
        write_findings(found, request.out)
    if as_json:
        print_json({"ok": not (found["severity"] == "error").any(), "findings": found, "read": _counts(read)})
    else:
        show(found, every=request.every)
        for name, codes in _counts(read).items():
            told = ", ".join(f"{count} {code}" for code, count in codes.items())
            out.print(f"Read {name}" + (f": {told}" if told else ""), highlight=False, soft_wrap=True)
        if request.out is not None:
            out.print(f"Wrote {request.out}", highlight=False, soft_wrap=True)
    raise typer.Exit(2 if (found["severity"] == "error").any() else 0)


def audit_files(request: AuditRequest, *, quiet: bool) -> tuple[pd.DataFrame, dict[str, ReadResult]]:
    """Table ``audit_findings`` of the files, and what their readers gave, by the name of the file."""
    from sootprint import sources
    from sootprint.cli.screen import err

    status = nullcontext() if quiet or not err.is_terminal else err.status("Reading")

    def told(name: str) -> None:
        if status is not None and hasattr(status, "update"):
            status.update(f"Checking {name}")

    with status:
        inventory = sources.read_sources(_there(request.inventory), options=request.reader)
        read = {request.inventory.name: inventory}
        given: dict[str, pd.DataFrame] = {}
        for key, path, reader in (
            ("fuel", request.fuel, sources.read_fuel_use),
            ("balance", request.balance, sources.read_material_balance),
            ("totals", request.totals, sources.read_totals),
        ):
            if path is not None:
                read[path.name] = reader(_there(path))
                given[key] = next(iter(read[path.name].tables.values()))
        if request.stack_monitoring is not None:
            monitored = sources.read_stack_monitoring(
                _there(request.stack_monitoring),
                zone=_zone(request, "--stack-monitoring"),
                options=request.stack_reader,
                inventory=inventory.tables,
            )
            read[request.stack_monitoring.name] = monitored
            given |= {name: monitored.tables[name] for name in STACK_TABLES if name in monitored.tables}
        if request.ambient is not None:
            from sootprint import monitors

            air = monitors.read_observations(
                _there(request.ambient), zone=_zone(request, "--ambient"), options=request.ambient_reader
            )
            read[request.ambient.name] = air
            given["ambient"] = air.tables["observations"]
        options = {"limits": request.limits, "zone": request.zone}
        return sources.audit(inventory.tables, options=options, told=told, **given), read


STACK_TABLES = ("stack_readings", "stack_days")
"""Tables of stack monitoring that the audit uses."""


def write_findings(found: pd.DataFrame, path: Path) -> None:
    """Findings as CSV, as a workbook, or as a page of Markdown with rule and document of each.

    Raises
    ------
    ConfigError
        If a workbook cannot be written here.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".csv":
        path.write_text(found.to_csv(index=False, lineterminator="\n"), encoding="utf-8-sig", newline="")
    elif path.suffix.lower() == ".xlsx":
        try:
            found.to_excel(path, index=False, sheet_name="audit")
        except ImportError as error:
            raise ConfigError("an .xlsx file needs openpyxl", where="--out", cure="write a .csv") from error
    else:
        path.write_text(page(found), encoding="utf-8", newline="")


def page(found: pd.DataFrame) -> str:
    """Findings as Markdown: by severity and rule, each with its row, its range and its document."""
    lines = ["# Audit of a declared inventory", "", _summary(found), ""]
    for severity, title in TITLES.items():
        part = found.loc[found["severity"] == severity]
        if part.empty:
            continue
        lines += [f"## {title}", ""]
        for code, rows in part.groupby("code", sort=False):
            first = rows.iloc[0]
            marks = ", ".join(dict.fromkeys(rows["mark"]))
            lines += [f"### {code}", "", f"{first['rule']} (numbers of the rule: {marks})", ""]
            lines += [f"Would be resolved by: {first['document']}.", ""]
            lines += [_line(row) for row in rows.to_dict("records")]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _line(row: Mapping[str, Any]) -> str:
    from sootprint.cli.screen import cell

    about = " ".join(
        filter(None, (cell(row["source_id"]) or cell(row["facility_id"]), cell(row["pollutant"])))
    )
    value = f"{cell(row['value'])} {cell(row['unit'])}".strip()
    told = f"- **{about}**, {_place(row)}: " + (f"{value}; " if value else "")
    note = cell(row["note"])
    return f"{told}expected {cell(row['expected_text'])}" + (f" ({note})" if note else "")


def _place(row: Mapping[str, Any]) -> str:
    from sootprint.cli.screen import cell

    sheet, line = cell(row["sheet"]), cell(row["row"])
    return cell(row["file"]) + (f" [{sheet}]" if sheet else "") + (f" row {line}" if line else "")


def show(found: pd.DataFrame, *, every: bool) -> None:
    """Findings on the screen: a table a severity, a line how each is resolved."""
    from sootprint.cli.screen import SEVERITY_STYLES, out, print_table

    for severity, title in TITLES.items():
        part = found.loc[found["severity"] == severity]
        if part.empty:
            continue
        rows = part if every else part.groupby("code", sort=False).head(SHOWN)
        table = pd.DataFrame(
            {
                "severity": rows["severity"],
                "code": rows["code"],
                "about": rows["source_id"].fillna(rows["facility_id"]),
                "pollutant": rows["pollutant"],
                "value": [f"{value:.5g}" if pd.notna(value) else "" for value in rows["value"]],
                "unit": rows["unit"],
                "expected": rows["expected_text"],
                "where": [_place(row) for row in rows.to_dict("records")],
                "mark": rows["mark"],
                "note": rows["note"],
            }
        )
        print_table(table, title, styles=SEVERITY_STYLES)
        if len(rows) < len(part):
            out.print(f"{len(part) - len(rows)} more: --all", highlight=False)
    documents = found.drop_duplicates("code")[["code", "document"]]
    if len(documents):
        print_table(documents, "What would resolve them")
    out.print(_summary(found), highlight=False)


def _summary(found: pd.DataFrame) -> str:
    counts = found["severity"].value_counts()
    if found.empty:
        return "No finding: the declared numbers fit each other and what else was given."
    named = ", ".join(f"{counts.get(name, 0)} {name}" for name in TITLES)
    return f"{len(found)} findings: {named}. A finding is a question to the plant; it accuses nobody."


def _counts(read: Mapping[str, ReadResult]) -> dict[str, dict[str, int]]:
    return {
        name: {
            str(code): int(count) for code, count in result.findings["code"].value_counts(sort=False).items()
        }
        for name, result in read.items()
    }


def _there(path: Path) -> Path:
    if not path.is_file():
        raise InputError(f"{path} is no file", cure="the path of a file")
    return path


def _zone(request: AuditRequest, option: str) -> str:
    if request.zone is None:
        raise ConfigError(f"{option} needs the zone of its clocks", cure="--zone Asia/Almaty")
    return request.zone
