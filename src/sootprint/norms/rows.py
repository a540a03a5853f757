"""Rows of norms from text cells: types, rules and units checked, each fault with its file, row and column."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.pollutants import find_pollutant, pollutant_table
from sootprint.core.units import ugm3_per_unit, unit_name

REFERENCE_TEMPERATURE_C = 25.0
"""Temperature [°C] at which a limit stated as a mixing ratio is converted; 40 CFR 50.3 has 25 °C and
760 mm of mercury."""

_UNITS = {"ug/m3": "µg/m³", "mg/m3": "mg/m³", "ng/m3": "ng/m³", "ppb": "ppb", "ppm": "ppm"}
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_COUNTED = (
    "allowed_exceedances",
    "nth_highest",
    "mean_exceedances",
    "expected_exceedances",
    "non_overlapping",
)
_DAY_S, _YEAR_S = 86_400.0, 31_536_000.0

Row = dict[str, Any]
Fault = tuple[str, str, str]
"""Column, rule and cure of a broken rule."""


def unit_factor(unit: str, pollutant: str) -> float:
    """Factor from a unit in which a limit is stated to µg m⁻³; mixing ratios at 25 °C and 101.325 kPa."""
    return ugm3_per_unit(unit, pollutant, temperature_c=REFERENCE_TEMPERATURE_C)


def norm_rows(cells: pd.DataFrame, *, file: str) -> pd.DataFrame:
    """Table ``norms`` of text cells.

    Parameters
    ----------
    cells : DataFrame of str
        Columns of the schema ``norms``; absent columns and empty cells are missing; the index is the row
        number in the file.
    file : str
        Name for messages.

    Raises
    ------
    InputError
        If a column is not known, or a cell is of a wrong type or breaks a rule: the first fault, with its
        file, row, column, rule and cure.

    Notes
    -----
    Of ``limit_ugm3`` and ``limit_stated`` with ``limit_unit`` one is enough; where both are given they
    must agree to four digits.
    """
    _known_columns(cells, file)
    table = pd.DataFrame("", index=cells.index, columns=schema.columns("norms"), dtype=object)
    for column in cells.columns:
        table[column] = cells[column].fillna("").astype(str).str.strip()
    rows = [
        _typed_row(row, int(number), file)
        for number, row in zip(table.index, table.to_dict("records"), strict=True)
    ]
    made = schema.coerce(pd.DataFrame(rows, columns=schema.columns("norms")), "norms")
    broken = schema.faults(made, "norms")
    for fault in broken.itertuples():
        rule = f"the cell is {fault.rule}" if str(fault.rule)[:2] in ("at", "on") else str(fault.rule)
        _refuse(
            fault.value, int(table.index[fault.index]), str(fault.column), file, rule, "give such a value"
        )
    for number, row in zip(table.index, made.to_dict("records"), strict=True):
        for law in _LAWS:
            for column, rule, cure in law(row):
                _refuse(row[column], int(number), column, file, rule, cure)
    _unique(made, [int(number) for number in table.index], file)
    return made


def _known_columns(cells: pd.DataFrame, file: str) -> None:
    unknown = [str(name) for name in cells.columns if name not in schema.columns("norms")]
    if unknown:
        raise InputError(
            f"column {unknown[0]!r} is not known",
            where=f"{file}, the header line",
            rule="a file of norms has columns of the table norms",
            cure=f"of: {', '.join(schema.columns('norms'))}",
        )


def _refuse(value: Any, row: int, column: str, file: str, rule: str, cure: str) -> None:
    shown = "an empty cell" if pd.isna(value) or value == "" else repr(value)
    raise InputError(
        f"{column} is {shown}", where=f"{file}, row {row}, column {column}", rule=rule, cure=cure
    )


def _unique(made: pd.DataFrame, numbers: list[int], file: str) -> None:
    again = made["norm_id"].duplicated().to_numpy()
    if again.any():
        place = int(again.argmax())
        _refuse(
            made["norm_id"].iloc[place],
            numbers[place],
            "norm_id",
            file,
            "a norm stands in one row",
            "remove one of the two rows",
        )


def _typed_row(row: Row, number: int, file: str) -> Row:
    definition = schema.schema("norms")
    for column, kind in zip(definition["column"], definition["type"], strict=True):
        text = row[column]
        if text == "":
            row[column] = None
        elif kind == "bool":
            if text.lower() not in _TRUTH:
                _refuse(text, number, column, file, "the cell is true or false", "true or false")
            row[column] = _TRUTH[text.lower()]
        elif kind in ("float", "int"):
            row[column] = _number(text, kind, number, column, file)
    found = find_pollutant(row["pollutant"] or "")
    if found is None:
        cure = f"one of: {', '.join(pollutant_table().index)}"
        _refuse(row["pollutant"], number, "pollutant", file, "a pollutant of the pollutant table", cure)
    row["pollutant"] = found
    if row["limit_unit"] is not None:
        row["limit_unit"] = _UNITS.get(unit_name(row["limit_unit"]), row["limit_unit"])
    if row["limit_unit"] in _UNITS.values():
        _fill_limit(row, number, file)
    return row


def _number(text: str, kind: str, number: int, column: str, file: str) -> float | int:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = float("nan")
    whole = kind == "int"
    if not abs(value) < 1e15 or (whole and value != int(value)):
        rule = "the cell is a whole number" if whole else "the cell is a number"
        _refuse(text, number, column, file, rule, "a number without its unit")
    return int(value) if whole else value


def _fill_limit(row: Row, number: int, file: str) -> None:
    try:
        factor = unit_factor(row["limit_unit"], row["pollutant"])
    except InputError as error:
        _refuse(row["limit_unit"], number, "limit_unit", file, error.what, "a unit of mass, as µg/m³")
    stated, limit = row["limit_stated"], row["limit_ugm3"]
    if stated is None and limit is not None:
        row["limit_stated"] = limit / factor
    elif limit is None and stated is not None:
        row["limit_ugm3"] = stated * factor
    elif stated is not None and abs(limit - stated * factor) > 1e-4 * stated * factor:
        rule = (
            f"limit_stated {stated:g} {row['limit_unit']} and limit_ugm3 are the same limit: "
            f"{stated * factor:.6g} µg/m³"
        )
        _refuse(limit, number, "limit_ugm3", file, rule, "correct both, or leave one of them empty")


def _given(row: Row, column: str) -> bool:
    return not pd.isna(row[column])


def _form_law(row: Row) -> list[Fault]:
    form, made = row["form"], []
    ranked = form in ("percentile", "rank_percentile")
    if ranked != _given(row, "percentile") or (ranked and not 50 < row["percentile"] < 100):
        made.append(
            ("percentile", "a percentile form, and no other, has a percentile between 50 and 100", "99")
        )
    if (form in _COUNTED) != _given(row, "allowed_exceedances"):
        rule = f"forms {', '.join(_COUNTED)}, and no others, have a number of allowed exceedances"
        made.append(("allowed_exceedances", rule, "18; for the fourth highest 3"))
    if (form == "consecutive") != _given(row, "consecutive"):
        made.append(("consecutive", "the form consecutive, and no other, has a number of intervals", "3"))
    if form == "rolling_months" and not _given(row, "season_months"):
        made.append(("season_months", "rolling months have a number of months", "3"))
    if form == "quarterly_mean" and row["averaging_s"] != _YEAR_S:
        made.append(("averaging_s", "a mean of quarterly means is of a year of 31536000 s", "31536000"))
    return made


def _time_law(row: Row) -> list[Fault]:
    length, form, made = row["averaging_s"], row["form"], []
    if row["rolling"] is True:
        if not (length <= _DAY_S and length % 3600 == 0):
            made.append(("averaging_s", "a running mean has 1 to 24 whole hours", "28800"))
    elif form != "rolling_months" and length != _YEAR_S and (length > _DAY_S or _DAY_S % length):
        rule = "an averaging time divides a day, is a day, or is a year of 31536000 s"
        made.append(("averaging_s", rule, "1200, 3600, 86400 or 31536000"))
    if form == "non_overlapping" and row["rolling"] is not True:
        made.append(("rolling", "means that do not overlap are running means", "true"))
    hours = [_given(row, "first_start_hour"), _given(row, "last_start_hour")]
    if any(hours) and not (all(hours) and row["rolling"] is True and row["day_of"] == "start"):
        rule = "hours of beginning come in pairs, for running means that belong to the day of their beginning"
        made.append(("first_start_hour", rule, "both hours, rolling true, day_of start"))
    if _given(row, "years_least") and not row["years_least"] <= (row["years"] if _given(row, "years") else 1):
        made.append(("years_least", "the fewest years are at most the years of the form", "1"))
    return made


def _rounding_law(row: Row) -> list[Fault]:
    made: list[Fault] = []
    for how, step in (("rounding", "rounding_step"), ("interval_rounding", "interval_step")):
        if _given(row, how) != _given(row, step) or (_given(row, step) and not row[step] > 0):
            made.append((step, f"{how} and {step} come together and the step is over 0", "0.1"))
        elif _given(row, step) and not _given(row, "limit_unit"):
            made.append(("limit_unit", "a rounding step is in the unit of the limit", "ppb"))
    return made


def _date_law(row: Row) -> list[Fault]:
    made: list[Fault] = []
    for column in ("valid_from", "valid_to"):
        if _given(row, column) and not _is_date(row[column]):
            made.append((column, "a date is written year-month-day", "2030-01-01"))
    if (
        not made
        and _given(row, "valid_from")
        and _given(row, "valid_to")
        and row["valid_to"] < row["valid_from"]
    ):
        made.append(
            ("valid_to", f"the last date is not before valid_from {row['valid_from']}", "a later date")
        )
    return made


def _is_date(text: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return False
    return bool(pd.notna(pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")))


def _limit_law(row: Row) -> list[Fault]:
    return [] if row["limit_ugm3"] > 0 else [("limit_ugm3", "a limit is over 0", "a positive number")]


_LAWS: tuple[Callable[[Row], list[Fault]], ...] = (
    _limit_law,
    _form_law,
    _time_law,
    _rounding_law,
    _date_law,
)
