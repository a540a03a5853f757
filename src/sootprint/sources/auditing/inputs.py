"""Small tables that an auditor fills by hand: fuel, balances, sums; CSV or a workbook with our headings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.findings import Finding, ReadResult, findings_table
from sootprint.core.pollutants import find_pollutant
from sootprint.core.raw import RawTable, read_raw
from sootprint.core.schema import check, columns, required, schema
from sootprint.sources.readers.checks import numbers_in_range
from sootprint.sources.readers.codes import finding
from sootprint.sources.readers.template import COMMENT, OWN, typed_cells

SEARCH_ROWS = 30
"""Rows from the top in which the headings are looked for."""


def read_fuel_use(path: str | Path, *, name: str | None = None) -> ReadResult:
    """Fuel of plants and stacks: table ``fuel_use``, with findings on rows that were kept out.

    Parameters
    ----------
    path : str or Path
        CSV, Excel or Parquet with the columns of the table as headings; a row that begins with ``#`` is not
        read.
    name : str, optional
        Name to use in findings, by default the file's own.

    Raises
    ------
    InputError
        If the headings of the needed columns are not found.
    """
    return _read(path, "fuel_use", name)


def read_material_balance(path: str | Path, *, name: str | None = None) -> ReadResult:
    """Sulphur balance of smelters: table ``material_balance``; as `read_fuel_use`."""
    return _read(path, "material_balance", name)


def read_totals(path: str | Path, *, name: str | None = None) -> ReadResult:
    """Sums that a plant has declared: table ``declared_totals``; as `read_fuel_use`."""
    return _read(path, "declared_totals", name)


def _read(path: str | Path, table: str, name: str | None) -> ReadResult:
    path = Path(path)
    name = name or path.name
    needed = [column for column in required(table) if column not in OWN]
    found: list[Finding] = []
    parts = []
    for raw in read_raw(path, name=name):
        at = _heading(raw, needed)
        if at is not None:
            parts.append(_rows(raw, at, table, needed, found))
    if not parts:
        raise InputError(
            f"the file has no table {table}",
            where=name,
            rule=f"one row holds the headings {', '.join(needed)}",
            cure=f"name the columns: {', '.join(column for column in columns(table) if column not in OWN)}",
        )
    rows = pd.concat(parts, ignore_index=True)
    bad = np.zeros(len(rows), bool)
    for item, position, _ in numbers_in_range(rows, table, name):
        found.append(item)
        bad[position] = True
    kept = rows.loc[~bad].assign(source_file=name)
    kept = kept[[column for column in columns(table) if column in kept]]
    return ReadResult({table: check(kept, table)}, findings_table(found))


def _heading(raw: RawTable, needed: list[str]) -> int | None:
    for row in raw.cells.index[:SEARCH_ROWS]:
        if set(needed) <= {str(cell).strip().casefold() for cell in raw.cells.loc[row]}:
            return int(row)
    return None


def _rows(raw: RawTable, at: int, table: str, needed: list[str], found: list[Finding]) -> pd.DataFrame:
    body = raw.with_header(at)
    body.columns = pd.Index([str(column).strip().casefold() for column in body.columns])
    body = body.loc[:, ~body.columns.duplicated()]
    body = body.loc[~body.iloc[:, 0].str.startswith(COMMENT)]
    body = body.loc[(body.apply(lambda cells: cells.str.strip()) != "").any(axis=1)]
    types = schema(table).set_index("column")
    made: dict[str, Any] = {}
    bad = pd.Series(False, index=body.index)
    for column in [name for name in columns(table) if name in body.columns and name not in OWN]:
        cells = body[column]
        values, wrong, code = typed_cells(cells, types.loc[column, "type"], types.loc[column, "allowed"])
        empty = (cells.str.strip() == "") & (column in needed)
        if column == "pollutant":
            values = [find_pollutant(value) if value else None for value in values]
            wrong |= pd.Series([v is None for v in values], index=cells.index) & (cells.str.strip() != "")
            code = "SRC-UNKNOWN-POLLUTANT"
        for mask, name in ((wrong, code), (empty, "SRC-EMPTY-CELL")):
            found += [
                finding(
                    name, table, value=cells[row], file=raw.file, sheet=raw.sheet, row=int(row), column=column
                )
                for row in cells.index[mask]
            ]
        bad |= wrong | empty
        made[column] = pd.Series(
            values, index=body.index, dtype=float if types.loc[column, "type"] == "float" else object
        )
    made["source_row"] = pd.Series(body.index.astype(int), index=body.index)
    rows = pd.DataFrame(made, index=body.index)
    if "sheet" in columns(table):
        rows["sheet"] = raw.sheet
    for column in columns(table):
        if column not in rows and types.loc[column, "type"] == "float":
            rows[column] = np.nan
    return rows.loc[~bad]
