"""Rules, limits, ranges and factors of the audit: CSV files that a lawyer can read and correct."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import pandas as pd

from sootprint.core.errors import ConfigError, SchemaError
from sootprint.core.pollutants import pollutant_table

MARKS = ("verified", "secondary", "assumed", "unverified")
"""How far a number can be trusted, from most to least."""

SEVERITIES = ("error", "warning", "info")
GROUPS = ("identity", "plausibility", "copies", "balance", "place", "monitoring")

ANY = "any"
"""Word that stands for every process or pollutant."""


@dataclass(frozen=True)
class Rule:
    """One rule of the audit: a row of ``audit_rules.csv``."""

    code: str
    group: str
    severity: str
    rule: str
    source: str
    mark: str
    document: str


@dataclass(frozen=True)
class Number:
    """A limit or a range: ends, unit, where it comes from and how far it can be trusted."""

    low: float
    high: float
    unit: str
    source: str
    mark: str


def read_rules(name: str) -> pd.DataFrame:
    """One data file of the audit as text, every row with a source and a known mark.

    Raises
    ------
    SchemaError
        If a cell is missing that must not be.
    """
    path = resources.files("sootprint.sources") / "data" / f"{name}.csv"
    with path.open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
    if "mark" in table:
        bad = table.loc[~table["mark"].isin(MARKS) | (table["source"] == "")]
        if len(bad):
            raise SchemaError(
                f"{name}.csv, line {int(bad.index[0]) + 2}: no source or no mark",
                rule="every row of the law has a source and a mark",
                cure=f"one of: {', '.join(MARKS)}",
            )
    return table


def worst_mark(*marks: str) -> str:
    """The least trustworthy of some marks."""
    return max(marks, key=MARKS.index)


@cache
def rules() -> dict[str, Rule]:
    """Rules by code, in the order of their file.

    Raises
    ------
    SchemaError
        If a code stands twice, or a severity or group is unknown.
    """
    made = {str(row["code"]): Rule(**row) for row in read_rules("audit_rules").to_dict("records")}  # type: ignore[misc]
    table = read_rules("audit_rules")
    if len(made) != len(table) or not (
        set(table["severity"]) <= set(SEVERITIES) and set(table["group"]) <= set(GROUPS)
    ):
        raise SchemaError("audit_rules.csv has a code twice, or an unknown severity or group")
    return made


@cache
def limits() -> dict[str, Number]:
    """Limits by name; both ends are the value."""
    return {
        str(row["name"]): Number(
            float(row["value"]), float(row["value"]), row["unit"], row["source"], row["mark"]
        )
        for row in read_rules("audit_limits").to_dict("records")
    }


def chosen_limits(given: Mapping[str, float]) -> dict[str, Number]:
    """Limits with those replaced that a person has set.

    Raises
    ------
    ConfigError
        If a limit is not known.
    """
    made = dict(limits())
    for name, value in given.items():
        if name not in made:
            raise ConfigError(f"{name!r} is no limit of the audit", cure=f"one of: {', '.join(made)}")
        made[name] = Number(float(value), float(value), made[name].unit, "set for this case", "assumed")
    return made


@cache
def ranges() -> dict[tuple[str, str], Number]:
    """Plausible ranges by process and quantity."""
    return {
        (str(row["process"]), str(row["quantity"])): Number(
            float(row["low"]), float(row["high"]), row["unit"], row["source"], row["mark"]
        )
        for row in read_rules("audit_ranges").to_dict("records")
    }


@cache
def fuel_factors() -> dict[tuple[str, str], Number]:
    """Range of each quantity of a fuel, by fuel and quantity."""
    return {
        (str(row["fuel"]), str(row["quantity"])): Number(
            float(row["low"]), float(row["high"]), row["unit"], row["source"], row["mark"]
        )
        for row in read_rules("fuel_factors").to_dict("records")
    }


def fuels() -> list[str]:
    """Fuels that the audit has factors for."""
    return list(dict.fromkeys(fuel for fuel, _ in fuel_factors()))


@cache
def monitoring_uncertainty() -> dict[str, Number]:
    """Expanded uncertainty (95 %) of one monitored value by pollutant, relative."""
    return {
        str(row["pollutant"]): Number(
            0.0, float(row["expanded_uncertainty"]), "1", row["source"], row["mark"]
        )
        for row in read_rules("monitoring_uncertainty").to_dict("records")
    }


@dataclass(frozen=True)
class Process:
    """Kind of process: words and kinds of plants that tell it.

    Attributes
    ----------
    name : str
        Name of the process.
    combustion : bool
        Whether its gas comes from a fire.
    kinds : frozenset of str
        Kinds of plants (column ``kind`` of facilities) that run it.
    indicators : frozenset of str
        Substances that a stack of such a plant declares if it is taken for it; empty if none is asked for.
    words : pattern
        Words of a source or a process that tell it.
    """

    name: str
    combustion: bool
    kinds: frozenset[str]
    indicators: frozenset[str]
    words: re.Pattern[str]


@cache
def processes() -> dict[str, Process]:
    """Kinds of processes by name."""
    table = read_rules("process_words")
    return {
        str(row["process"]): Process(
            str(row["process"]),
            row["combustion"] == "yes",
            frozenset(filter(None, str(row["facility_kind"]).split("|"))),
            frozenset(filter(None, str(row["indicator"]).split("|"))),
            re.compile(str(row["pattern"]), re.IGNORECASE),
        )
        for row in table.to_dict("records")
    }


@dataclass(frozen=True)
class Expected:
    """A substance that a process emits, or any one of several."""

    process: str
    pollutants: tuple[str, ...]
    level: str
    source: str
    mark: str


@cache
def expected_pollutants() -> list[Expected]:
    """Substances of each process.

    Raises
    ------
    SchemaError
        If a process or a pollutant is unknown.
    """
    known, kinds = set(pollutant_table().index), processes()
    made = []
    for row in read_rules("process_pollutants").to_dict("records"):
        names = tuple(str(row["pollutant"]).split("|"))
        if row["process"] not in kinds or not set(names) <= known or row["level"] not in {"source", "plant"}:
            raise SchemaError(f"process_pollutants.csv: {row['process']}, {row['pollutant']} is not known")
        made.append(Expected(str(row["process"]), names, str(row["level"]), row["source"], row["mark"]))
    return made
