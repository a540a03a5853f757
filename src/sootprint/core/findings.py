"""Findings about data: one row a fault, with its place, its rule and its cure.

A finding is data, not an exception: a faulty row goes to quarantine (severity ``quarantine``) and the
rest of the file is used; what was guessed or looks odd is a ``warning``; what was noticed and changes
nothing is ``info``; ``error`` stops an investigation until it is cured.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import pandas as pd

Severity = Literal["error", "quarantine", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "quarantine", "warning", "info")


@dataclass(frozen=True)
class Finding:
    """One fault or guess: the columns of the table ``findings``."""

    code: str
    severity: Severity
    object: str
    rule: str
    cure: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""


def findings_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Table ``findings`` of a list of findings; an empty list gives an empty table of the right types."""
    from sootprint.core.schema import coerce

    return coerce(pd.DataFrame([asdict(item) for item in findings]), "findings")


def concat_findings(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Stack of findings tables in the given order."""
    full = [table for table in tables if len(table)]
    return pd.concat(full, ignore_index=True) if full else findings_table([])


@dataclass(frozen=True)
class Guess:
    """What a reader took for granted: shown to the person, recorded, and overruled in ``case.toml``."""

    file: str
    subject: str
    taken: str
    because: str
    overrule: str
    sheet: str = ""


@dataclass
class ReadResult:
    """What a reader makes of one file.

    Attributes
    ----------
    tables : dict of str to DataFrame
        Clean tables by schema name (``observations``, ``stations``, ``weather``, ...).
    findings : DataFrame
        Table ``findings``: every row in quarantine and every remark.
    guesses : list of Guess
        What was not stated and was taken for granted.
    """

    tables: dict[str, pd.DataFrame]
    findings: pd.DataFrame
    guesses: list[Guess] = field(default_factory=list)

    def guesses_table(self) -> pd.DataFrame:
        """Table ``guesses``."""
        from sootprint.core.schema import coerce

        rows: list[dict[str, Any]] = [asdict(guess) for guess in self.guesses]
        return coerce(pd.DataFrame(rows), "guesses")
