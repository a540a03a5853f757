"""Rule tables of the indices as data files: exponents, gradation, high pollution, groups of parameter P.

A lawyer reads and corrects ``norms/data/*.csv``; each row names its source, its date and how far it was
checked (``mark``). The mark goes with every value that rests on the row.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import pandas as pd

from sootprint.core.errors import ConfigError, InputError

MARKS = ("verified", "secondary", "unverified")
"""How a value was checked, the best first."""

COLUMNS = {
    "iza_exponents": ("set", "hazard_class", "exponent"),
    "gradation": ("index", "grade", "level", "lowest", "highest"),
    "gradation_periods": ("period", "index"),
    "high_pollution": ("rule_set", "rule", "level", "ratio", "comparison", "hours", "hours_comparison"),
    "parameter_p": ("group", "level", "above"),
}
NUMBERS = {"hazard_class", "exponent", "grade", "lowest", "highest", "ratio", "hours", "group", "above"}
MAY_BE_EMPTY = {"highest", "above", "source_date", "note"}
COMPARISONS = (">", ">=")


@cache
def _rule_table(name: str) -> pd.DataFrame:
    path = resources.files("sootprint.norms") / "data" / f"{name}.csv"
    with path.open(encoding="utf-8") as file:
        return checked_rules(pd.read_csv(file, dtype=str, keep_default_na=False), name)


def rule_table(name: str) -> pd.DataFrame:
    """Rule table by name, numbers as float, with its columns ``source, source_date, mark, note``.

    Raises
    ------
    InputError
        If the file breaks a rule of `checked_rules`.
    """
    return _rule_table(name).copy()


def checked_rules(raw: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rule table of text cells with its numbers made numbers.

    Raises
    ------
    InputError
        If a column is missing, a cell that must be filled is empty, a number is none, or a mark or a
        comparison is not one of the known words.
    """
    wanted = [*COLUMNS[name], "source", "source_date", "mark", "note"]
    where = f"norms/data/{name}.csv"
    if list(raw.columns) != wanted:
        raise InputError(
            f"columns {', '.join(raw.columns)}", where=where, rule=f"columns {', '.join(wanted)}"
        )
    for column in wanted:
        empty = raw[column].str.strip() == ""
        if column not in MAY_BE_EMPTY and empty.any():
            line = int(empty.to_numpy().argmax()) + 2
            raise InputError(f"{column} is empty", where=f"{where}, line {line}", cure="fill it")
    made = raw.copy()
    for column in NUMBERS & set(wanted):
        number = pd.to_numeric(made[column].replace("", None), errors="coerce")
        wrong = number.isna() & (made[column] != "")
        if wrong.any():
            line = int(wrong.to_numpy().argmax()) + 2
            raise InputError(f"{column} is no number", where=f"{where}, line {line}", cure="correct it")
        made[column] = number.astype(float)
    allowed = {"mark": MARKS, "comparison": COMPARISONS, "hours_comparison": COMPARISONS}
    for column, words in allowed.items():
        if column in made and not made[column].isin(words).all():
            raise InputError(f"a {column} is unknown", where=where, rule=f"one of: {', '.join(words)}")
    return made


@cache
def chosen_rules(name: str, column: str, wanted: str) -> pd.DataFrame:
    """Rows of one named set of a rule table, to be read and not changed.

    Raises
    ------
    ConfigError
        If there is no set of that name.
    """
    table = _rule_table(name)
    rows = table.loc[table[column] == wanted]
    if rows.empty:
        known = ", ".join(dict.fromkeys(table[column]))
        raise ConfigError(f"no {column.replace('_', ' ')} {wanted!r}", cure=f"one of: {known}")
    return rows.reset_index(drop=True)


def worst_mark(marks: list[str]) -> str:
    """Mark of a value that rests on several: the least checked of them; ``unverified`` of none.

    Raises
    ------
    InputError
        If a mark is unknown.
    """
    unknown = sorted(set(marks) - set(MARKS))
    if unknown:
        raise InputError(f"mark {unknown[0]!r}", rule=f"one of: {', '.join(MARKS)}")
    return max(marks, key=MARKS.index) if marks else "unverified"
