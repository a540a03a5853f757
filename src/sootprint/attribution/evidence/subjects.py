"""Whom a statement is about: a source, a plant, or a group that cannot be told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sootprint.attribution.inverse import Attribution


@dataclass(frozen=True)
class Subject:
    """One source, plant or group of one pollutant.

    Attributes
    ----------
    kind : str
        ``source``, ``facility`` or ``group``.
    name : str
        Its identifier.
    members : (M,) int array
        Places of its sources among those of the pollutant.
    group_id : str or None
        Group that ties it to sources outside: of the subject alone nothing is decided then.
    """

    kind: str
    name: str
    members: NDArray[np.int64]
    group_id: str | None = None

    @property
    def alone(self) -> bool:
        """Whether no group ties it to sources outside."""
        return self.group_id is None


def subjects_of(attribution: Attribution, pollutant: str, sources: list[str]) -> list[Subject]:
    """Sources, plants of at least two sources, and groups of a pollutant.

    A plant with one source is that source. A plant or source is tied where one of its sources is in a group
    with a source that is not its own.
    """
    place = {name: number for number, name in enumerate(sources)}
    table = attribution.sources[attribution.sources["pollutant"] == pollutant]
    groups: dict[str, set[int]] = {}
    for row in table.dropna(subset=["group_id"]).itertuples():
        groups.setdefault(str(row.group_id), set()).add(place[str(row.source_id)])

    def tied(members: set[int]) -> str | None:
        for name, group in sorted(groups.items()):
            if group & members and not group <= members:
                return name
        return None

    def subject(kind: str, name: str, members: set[int]) -> Subject:
        return Subject(kind, name, np.array(sorted(members), np.int64), tied(members))

    made = [subject("source", name, {number}) for name, number in place.items()]
    for facility, part in table.dropna(subset=["facility_id"]).groupby("facility_id", sort=True):
        own = {place[str(name)] for name in part["source_id"]}
        if len(own) > 1:
            made.append(subject("facility", str(facility), own))
    made += [subject("group", name, members) for name, members in sorted(groups.items())]
    return made
