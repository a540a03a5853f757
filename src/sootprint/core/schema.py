"""Table schemas as data: one CSV a table in ``core/schemas``, the law for names, types and units.

The CSV of a table has a row a column: ``column, type, unit, required, minimum, maximum, allowed,
description``. Validation, the documentation and the input templates are made from it.
Types: ``string``, ``float``, ``int``, ``bool``, ``datetime`` (UTC without a zone, microseconds).
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sootprint.core.errors import SchemaError

if TYPE_CHECKING:
    import pandera.pandas as pa

DTYPES = {
    "string": "string",
    "float": "float64",
    "int": "Int64",
    "bool": "boolean",
    "datetime": "datetime64[us]",
}


def table_names() -> list[str]:
    """Names of all tables, in alphabetical order."""
    folder = resources.files("sootprint.core") / "schemas"
    return sorted(item.name.removesuffix(".csv") for item in folder.iterdir() if item.name.endswith(".csv"))


@cache
def schema(name: str) -> pd.DataFrame:
    """Schema of one table, a row a column, all cells text.

    Raises
    ------
    SchemaError
        If no table has that name.
    """
    path = resources.files("sootprint.core") / "schemas" / f"{name}.csv"
    if not path.is_file():
        raise SchemaError(f"no table is named {name!r}", cure=f"one of: {', '.join(table_names())}")
    with path.open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)


def columns(name: str) -> list[str]:
    """Column names of a table in their order."""
    return schema(name)["column"].tolist()


def required(name: str) -> list[str]:
    """Columns of a table that must hold a value in every row."""
    table = schema(name)
    return table.loc[table["required"] == "yes", "column"].tolist()


def empty(name: str) -> pd.DataFrame:
    """Table without rows, all columns present with their types."""
    return _empty(name).copy()


@cache
def _empty(name: str) -> pd.DataFrame:
    return coerce(pd.DataFrame(), name)


def coerce(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Table with exactly the schema's columns, order and types; absent columns are filled with missing.

    Raises
    ------
    SchemaError
        If the table has a column that the schema does not know, or values of another type.
    """
    definition = schema(name)
    unknown = [column for column in table.columns if column not in set(definition["column"])]
    if unknown:
        raise SchemaError(
            f"table {name} has columns its schema does not know: {', '.join(map(str, unknown))}"
        )
    made = {}
    for column, kind in zip(definition["column"], definition["type"], strict=True):
        values = table[column] if column in table else pd.Series(pd.NA, index=table.index, dtype="object")
        try:
            made[column] = _as_type(values, kind)
        except (ValueError, TypeError) as error:
            raise SchemaError(f"table {name}, column {column}: not of type {kind}: {error}") from error
    return pd.DataFrame(made, index=table.index).reset_index(drop=True)


def _as_type(values: pd.Series, kind: str) -> pd.Series:
    if kind == "float":
        if values.dtype == np.float64:
            return values.to_numpy(copy=True)
        return pd.to_numeric(values).astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    if kind == "datetime":
        return pd.to_datetime(values).astype("datetime64[us]")
    return values.astype(DTYPES[kind])


@cache
def pandera_schema(name: str) -> pa.DataFrameSchema:
    """Schema as a pandera model: types, missing values, ranges and allowed words."""
    import pandera.pandas as pa

    made = {}
    for row in schema(name).itertuples():
        checks = []
        if row.minimum:
            checks.append(pa.Check.ge(float(row.minimum), error=f"at least {row.minimum} {row.unit}".strip()))
        if row.maximum:
            checks.append(pa.Check.le(float(row.maximum), error=f"at most {row.maximum} {row.unit}".strip()))
        if row.allowed:
            checks.append(pa.Check.isin(row.allowed.split("|"), error=f"one of {row.allowed}"))
        made[row.column] = pa.Column(DTYPES[row.type], checks, nullable=row.required != "yes")
    return pa.DataFrameSchema(made, strict=True, ordered=True)


@cache
def _rules(name: str) -> tuple[tuple[str, Any, bool, float, float, tuple[str, ...]], ...]:
    """Column, type, whether required, minimum, maximum and allowed words of every column."""
    return tuple(
        (
            str(row.column),
            pd.api.types.pandas_dtype(DTYPES[str(row.type)]),
            row.required == "yes",
            float(row.minimum) if row.minimum else -np.inf,
            float(row.maximum) if row.maximum else np.inf,
            tuple(row.allowed.split("|")) if row.allowed else (),
        )
        for row in schema(name).itertuples()
    )


def holds(table: pd.DataFrame, name: str) -> bool:
    """Whether a table certainly keeps its schema: the same rules as `pandera_schema`, without its cost.

    True means that `pandera_schema` finds nothing; where it is False, `faults` asks that for the cells.
    """
    rules = _rules(name)
    if list(table.columns) != [rule[0] for rule in rules]:
        return False
    for column, dtype, needed, minimum, maximum, allowed in rules:
        values = table[column]
        if values.dtype != dtype:
            return False
        known = values.notna().to_numpy()
        if needed and not known.all():
            return False
        if np.isfinite(minimum) or np.isfinite(maximum):
            numbers = values.to_numpy()[known].astype(float)
            if not ((numbers >= minimum) & (numbers <= maximum)).all():
                return False
        if allowed and not values[known].isin(allowed).all():
            return False
    return True


def faults(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Cells that break the schema of a coerced table: columns ``index, column, value, rule``."""
    none = pd.DataFrame({"index": [], "column": [], "value": [], "rule": []})
    if holds(table, name):
        return none

    import pandera.errors

    try:
        pandera_schema(name).validate(table, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        rule = cases["check"].astype(str).str.replace("not_nullable", "a value is required")
        made = pd.DataFrame(
            {"index": cases["index"], "column": cases["column"], "value": cases["failure_case"], "rule": rule}
        )
        return made.dropna(subset=["index"]).astype({"index": int}).reset_index(drop=True)
    return none


def check(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Coerced table, for tables that our own code makes.

    Raises
    ------
    SchemaError
        If a column is unknown or of a wrong type, or a cell breaks its rule.
    """
    made = coerce(table, name)
    found = faults(made, name)
    if len(found):
        first = found.iloc[0]
        raise SchemaError(
            f"table {name}: {len(found)} cells break the schema, first: column {first['column']}, "
            f"row {first['index']}, value {first['value']!r}",
            rule=str(first["rule"]),
        )
    return made
