"""Our own inventory template: three sheets of a workbook, or one flat table."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pandas as pd

from sootprint.core.errors import ConfigError, InputError
from sootprint.core.findings import Finding, Guess, ReadResult
from sootprint.core.pollutants import find_pollutant
from sootprint.core.raw import RawTable, to_number
from sootprint.core.schema import columns, schema
from sootprint.sources.readers.assemble import assemble
from sootprint.sources.readers.codes import finding
from sootprint.sources.readers.declared import EMISSION_COLUMNS, SOURCE_COLUMNS, Declared
from sootprint.sources.readers.options import SourceOptions

OWN = {"source_file", "source_row"}
"""Columns that a reader fills itself."""

COMMENT = "#"
"""A row whose first cell begins with it is not data."""

EXAMPLE: dict[str, str] = {
    "facility_id": "works",
    "facility_name": "Example works",
    "facility_kind": "smelter",
    "source_id": "works/0001",
    "source_number": "0001",
    "name": "Main stack",
    "kind": "point",
    "lon": "82.6100",
    "lat": "49.9700",
    "height_m": "120",
    "diameter_m": "4.2",
    "exit_velocity_m_s": "15",
    "exit_temperature_k": "403.15",
    "controllable": "true",
    "hours_per_year": "8000",
    "pollutant": "SO2",
    "basis": "declared",
    "rate_g_s": "250",
    "annual_t": "6500",
    "relative_uncertainty": "0.3",
    "mark": "assumed",
}
"""The worked example: 250 g/s in 8000 h is 7200 t, so 6500 t/yr is a load factor of 0.90."""

_FACILITY_ALIASES = {"facility_name": "name", "facility_kind": "kind", "operator": "operator"}


def flat_columns() -> list[str]:
    """Columns of the flat template: plant, source and emission in one row."""
    source = [name for name in columns("sources") if name not in OWN | {"facility_id", "mark"}]
    emission = [name for name in columns("emissions") if name not in OWN | {"source_id"}]
    return ["facility_id", "facility_name", "facility_kind", "operator", *source, *emission]


def write_template(path: str | Path) -> Path:
    """Template to fill: headings, units, descriptions and a worked example, made from the schemas.

    Rows that begin with ``#`` are not read; delete the mark of the example to read it.

    Parameters
    ----------
    path : str or Path
        ``.csv`` gives one flat table; ``.xlsx`` three sheets, for which openpyxl must be installed.

    Raises
    ------
    ConfigError
        If the suffix is another one, or openpyxl is absent.
    """
    path = Path(path)
    if path.suffix.lower() == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(_rows(flat_columns()))
        return path
    if path.suffix.lower() != ".xlsx":
        raise ConfigError(f"a template is .csv or .xlsx, not {path.suffix!r}", cure="write a .csv")
    try:
        import openpyxl
    except ImportError as error:
        raise ConfigError("an .xlsx template needs openpyxl", cure="write a .csv") from error
    book = openpyxl.Workbook()
    book.remove(book.active)
    for table in ("facilities", "sources", "emissions"):
        sheet = book.create_sheet(table)
        for row in _rows([name for name in columns(table) if name not in OWN], table):
            sheet.append(row)
    book.save(path)
    return path


def _rows(names: list[str], table: str | None = None) -> list[list[str]]:
    info: dict[str, tuple[str, str]] = {}
    for source in (table,) if table else ("emissions", "sources", "facilities"):
        for row in schema(source).to_dict("records"):
            allowed = f" One of: {', '.join(row['allowed'].split('|'))}." if row["allowed"] else ""
            need = " Required." if row["required"] == "yes" else ""
            info.setdefault(row["column"], (row["unit"], row["description"] + "." + allowed + need))
    example = dict(EXAMPLE)
    if table == "facilities":
        example |= {"name": EXAMPLE["facility_name"], "kind": EXAMPLE["facility_kind"]}
    units = [info.get(name, ("", ""))[0] for name in names]
    texts = [info.get(name, ("", name.replace("_", " ").capitalize() + "."))[1] for name in names]
    values = [example.get(name, "") for name in names]
    return [
        names,
        [f"{COMMENT} unit: {units[0]}".strip(), *units[1:]],
        [f"{COMMENT} {texts[0]}", *texts[1:]],
        [f"{COMMENT}{values[0]}", *values[1:]],
    ]


def header_row(raw: RawTable) -> int | None:
    """Row of the template's headings; None if the table is no template."""
    for row in raw.cells.index[:30]:
        cells = {str(cell).strip().casefold() for cell in raw.cells.loc[row]}
        if "source_id" in cells or ("facility_id" in cells and raw.sheet.casefold() == "facilities"):
            return int(row)
    return None


def read(
    tables: list[RawTable],
    name: str,
    options: SourceOptions,
    now: pd.Timestamp | None,
    crs: str | None = None,
) -> ReadResult:
    """Tables of a filled template."""
    findings: list[Finding] = []
    guesses: list[Guess] = []
    made: dict[str, list[dict[str, Any]]] = {"facilities": [], "sources": [], "emissions": []}
    declared = Declared(name)
    for raw in tables:
        at = header_row(raw)
        if at is None:
            continue
        body = raw.with_header(at)
        body.columns = pd.Index([str(column).strip().casefold() for column in body.columns])
        body = body.loc[:, ~body.columns.duplicated()]
        body = body.loc[~body.iloc[:, 0].str.startswith(COMMENT)]
        kind = raw.sheet.casefold()
        wanted = [kind] if kind in made else ["facilities", "sources", "emissions"]
        for table in wanted:
            records = _records(body, table, raw, len(wanted) > 1, findings)
            made[table] += records
            _printed(records, body, table, raw, declared)
    if not any(made.values()):
        raise InputError(
            "no row of the template is filled",
            where=name,
            rule=f"a row that begins with {COMMENT} is not read",
            cure="fill rows below the headings",
        )
    _complete(made, options)
    result = assemble(
        made["facilities"],
        made["sources"],
        made["emissions"],
        file=name,
        findings=findings,
        guesses=guesses,
        mark=options.mark,
        now=now,
        crs=crs,
    )
    result.tables |= declared.tables()
    return result


def _printed(
    records: list[dict[str, Any]], body: pd.DataFrame, table: str, raw: RawTable, declared: Declared
) -> None:
    """Printed numbers of the rows that are kept; of a source in a flat table those of its first row."""
    names = {"sources": SOURCE_COLUMNS, "emissions": EMISSION_COLUMNS}.get(table, ())
    columns = [name for name in names if name in body.columns]
    seen = {cell["source_id"] for cell in declared.cells} if table == "sources" else set()
    texts = dict(zip(body.index.tolist(), body[columns].to_numpy(object).tolist(), strict=True))
    for record in records:
        source, row = str(record.get("source_id") or ""), record["source_row"]
        if source in seen:
            continue
        if table == "sources":
            seen.add(source)
        for name, text in zip(columns, texts[row], strict=True):
            if text := str(text).strip():
                declared.cell(source, name, text, raw, row, pollutant=record.get("pollutant"))


def _records(
    body: pd.DataFrame, table: str, raw: RawTable, flat: bool, findings: list[Finding]
) -> list[dict[str, Any]]:
    """Typed records of one table; a record with a cell of a wrong type is kept out."""
    source = body
    if flat and table == "facilities":
        source = body.drop(columns=[c for c in ("name", "kind", "lon", "lat") if c in body])
        source = source.rename(columns=_FACILITY_ALIASES)
    known = [name for name in columns(table) if name in source.columns and name not in OWN]
    key = {"facilities": "facility_id", "sources": "source_id", "emissions": "pollutant"}[table]
    if key not in known:
        return []
    types = schema(table).set_index("column")
    typed: dict[str, list[Any]] = {}
    bad: set[int] = set()
    for column in known:
        values, wrong, code = typed_cells(
            source[column], types.loc[column, "type"], types.loc[column, "allowed"]
        )
        typed[column] = values
        for row in source.index[wrong]:
            # In a flat table the source's cells stand in every row: the fault is named once.
            item = finding(
                code, table, value=source.loc[row, column], file=raw.file, sheet=raw.sheet, row=int(row),
                column=column,
            )  # fmt: skip
            if item not in findings:
                findings.append(item)
            bad.add(int(row))
        messy = source[column].str.contains(r"[\t\r\n]", regex=True) & ~wrong
        findings += [
            finding("SRC-NAME-WHITESPACE", table, file=raw.file, sheet=raw.sheet, row=int(row), column=column)
            for row in source.index[messy]
            if types.loc[column, "type"] == "string"
        ]
    records = []
    for position, row in enumerate(source.index):
        record: dict[str, Any] = {column: values[position] for column, values in typed.items()}
        record |= {"sheet": raw.sheet, "source_row": int(row)}
        if int(row) in bad or (table != "sources" and record.get(key) in (None, "")):
            continue
        if table == "emissions" and not _pollutant(record, raw, findings):
            continue
        records.append(record)
    return records


def _pollutant(record: dict[str, Any], raw: RawTable, findings: list[Finding]) -> bool:
    found = find_pollutant(str(record["pollutant"]))
    if found is None:
        findings.append(
            finding(
                "SRC-UNKNOWN-POLLUTANT", str(record.get("source_id") or ""), value=record["pollutant"],
                file=raw.file, sheet=raw.sheet, row=record["source_row"], column="pollutant",
            )
        )  # fmt: skip
        return False
    record["pollutant"] = found
    return True


def typed_cells(cells: pd.Series, kind: str, allowed: str) -> tuple[list[Any], pd.Series, str]:
    """Values of a column, the mask of wrong cells and the code of the fault."""
    text = cells.astype(str).str.strip()
    blank = text == ""
    if kind == "float":
        numbers = to_number(text)
        return numbers.tolist(), numbers.isna() & ~blank, "SRC-NOT-A-NUMBER"
    if kind == "datetime":
        iso = pd.to_datetime(text.where(~blank, None), format="ISO8601", errors="coerce", utc=True)
        other = pd.to_datetime(text.where(~blank, None), format="%d.%m.%Y", errors="coerce", utc=True)
        times = iso.fillna(other).dt.tz_localize(None)
        return times.tolist(), times.isna() & ~blank, "SRC-NOT-A-DATE"
    if kind == "bool":
        words = {"true": True, "yes": True, "1": True, "да": True, "false": False, "no": False, "0": False}
        words["нет"] = False
        values = text.str.casefold().map(words)
        flags = [None if pd.isna(value) else bool(value) for value in values]
        return flags, values.isna() & ~blank, "SRC-NOT-A-WORD"
    plain = [re.sub(r"\s+", " ", value).strip() or None for value in text]
    wrong = pd.Series(False, index=cells.index)
    if allowed:
        wrong = ~text.isin(allowed.split("|")) & ~blank
    return plain, wrong, "SRC-NOT-A-WORD"


def _complete(made: dict[str, list[dict[str, Any]]], options: SourceOptions) -> None:
    """Plant of each source, basis of each emission, geometry that can be read."""
    for record in made["sources"]:
        if not record.get("facility_id"):
            record["facility_id"] = options.facility_id or str(record.get("source_id") or "").split("/")[0]
    known = {record["facility_id"] for record in made["facilities"]}
    for record in made["sources"]:
        if record["facility_id"] not in known:
            known.add(record["facility_id"])
            made["facilities"].append(
                {
                    "facility_id": record["facility_id"],
                    "sheet": record["sheet"],
                    "source_row": record["source_row"],
                }
            )
    for record in made["emissions"]:
        record["basis"] = record.get("basis") or options.basis
