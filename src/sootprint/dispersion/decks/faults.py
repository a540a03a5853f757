"""Faults of a deck: collected while it is read, told all at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from sootprint.core.errors import InputError

SHOWN_FAULTS = 30
"""Number of faults whose text is printed; the rest is counted."""

MAXIMUM_FAULTS = 500
"""Number of faults after which reading is given up."""


@dataclass(frozen=True)
class Fault:
    """One fault of a deck: what it is, the file and line, the rule and the cure."""

    what: str
    where: str
    rule: str = ""
    cure: str = ""

    def line(self) -> str:
        """The fault on one line."""
        parts = [f"{self.where}: {self.what}"]
        parts += [f"rule: {self.rule}"] if self.rule else []
        parts += [f"cure: {self.cure}"] if self.cure else []
        return "; ".join(parts)


class DeckError(InputError):
    """Deck that cannot be run, with every fault that was found in it (``faults``)."""

    def __init__(self, faults: tuple[Fault, ...], name: str) -> None:
        self.faults = faults
        first = faults[0]
        if len(faults) == 1:
            super().__init__(first.what, where=first.where, rule=first.rule or None, cure=first.cure or None)
            return
        lines = [fault.line() for fault in faults[:SHOWN_FAULTS]]
        if len(faults) > SHOWN_FAULTS:
            lines.append(f"and {len(faults) - SHOWN_FAULTS} more")
        super().__init__(
            f"{len(faults)} faults in the deck:\n  " + "\n  ".join(lines),
            where=name,
            cure="cure each at its line",
        )


@dataclass
class FaultList:
    """Faults found so far; ``name`` is that of the deck."""

    name: str
    faults: list[Fault] = field(default_factory=list)

    def add(self, what: str, where: str, *, rule: str = "", cure: str = "") -> None:
        """Remember a fault and go on reading.

        Raises
        ------
        DeckError
            If there are too many by now.
        """
        self.faults.append(Fault(what, where, rule, cure))
        if len(self.faults) >= MAXIMUM_FAULTS:
            self.stop_if_any()

    def stop_if_any(self) -> None:
        """Raise all faults at once.

        Raises
        ------
        DeckError
            If there is any.
        """
        if self.faults:
            raise DeckError(tuple(self.faults), self.name)
