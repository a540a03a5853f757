"""Errors that say what is wrong, where, by which rule, and what cures it."""

from __future__ import annotations


class SootprintError(Exception):
    """Fault that a person can cure: in a file, a setting or a case.

    Parameters
    ----------
    what : str
        The fault, with the value that shows it.
    where : str, optional
        File, sheet, row, column, or key of the setting.
    rule : str, optional
        The rule that was broken.
    cure : str, optional
        What the reader can do about it.
    """

    exit_code = 1

    def __init__(
        self, what: str, *, where: str | None = None, rule: str | None = None, cure: str | None = None
    ) -> None:
        self.what, self.where, self.rule, self.cure = what, where, rule, cure
        super().__init__(str(self))

    def __str__(self) -> str:
        parts = [self.what]
        parts += [f"{name}: {text}" for name, text in self.parts() if text]
        return "\n  ".join(parts)

    def parts(self) -> list[tuple[str, str | None]]:
        """Name and text of each part after the first, for a screen or a table."""
        return [("where", self.where), ("rule", self.rule), ("cure", self.cure)]


class InputError(SootprintError):
    """File or table that cannot be read at all; single faulty rows go to quarantine instead."""

    exit_code = 2


class ConfigError(SootprintError):
    """Setting of a case that is missing or cannot be right."""

    exit_code = 2


class CaseError(SootprintError):
    """Case folder that is absent, damaged, or in use by another process."""

    exit_code = 3


class TamperedError(CaseError):
    """Case folder whose content no longer fits its ledger."""

    exit_code = 4


class SchemaError(SootprintError):
    """Table made by our own code that does not fit its schema: a fault in the program."""

    exit_code = 70
