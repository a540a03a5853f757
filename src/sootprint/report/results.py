"""Results of one run, as the report takes them: tables by schema name and the facts around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

PERSONAL_TABLES = ("complaints",)
"""Tables that hold words and places of private persons."""

PLACE_DECIMALS = 2
"""Decimals of a published complaint's longitude and latitude: about 1 km."""


@dataclass(frozen=True)
class Results:
    """Everything that a report is made from.

    Attributes
    ----------
    case : mapping
        ``title``, ``place``, ``zone`` (IANA), ``period`` (first and last UTC time, the last excluded),
        ``pollutants``, ``jurisdictions``; optional: ``synthetic`` (bool), ``seed``, ``run_id``,
        ``use_suspect_h2s`` (bool), ``licence`` (of the findings, an https address).
    tables : mapping of str to DataFrame
        Tables by schema name; any may be absent or empty.
    evidence : sequence of mapping
        Files as received: ``file, sha256, bytes, kind, added, by`` and optionally ``rows``.
    ledger : mapping
        ``head`` (hash of the last entry) and ``entries`` (their number).
    versions : mapping of str to str
        Software names and versions.
    engine : mapping
        Attributes of the operator: ``engine``, ``version``, ``inputs_sha256`` and settings; empty
        where no dispersion was computed.
    diagnostics : mapping
        Numbers that judge the attribution: names to values.
    permit : mapping
        What the calculation of the permit was made with, see step ``permit``; empty where none was.
    rules : mapping
        Settings by which it was judged what the readings could decide, see step ``identifiability``.
    factor_remarks : mapping of str to str
        By post, why nothing is said of the plants that its factors are like.
    fields : mapping of str to Dataset
        Gridded results by name: ``ond86_field``.
    limits : sequence of str
        Limits that the steps of this run stated, in sentences.
    made_at : datetime, optional
        UTC time of the run; the end of the period where it is not given, so that the same input gives the
        same bytes.
    """

    case: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    evidence: Sequence[Mapping[str, Any]] = ()
    ledger: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    engine: Mapping[str, Any] = field(default_factory=dict)
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    permit: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, float] = field(default_factory=dict)
    factor_remarks: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, xr.Dataset] = field(default_factory=dict)
    limits: Sequence[str] = ()
    made_at: datetime | None = None

    def __post_init__(self) -> None:
        absent = [key for key in ("title", "place", "zone", "period") if not self.case.get(key)]
        if absent:
            raise InputError(
                f"the case does not state {', '.join(absent)}",
                where="case.toml",
                rule="a report names its case, place, zone and period",
                cure="add the keys to case.toml",
            )

    @property
    def synthetic(self) -> bool:
        """Whether the city is made up."""
        return bool(self.case.get("synthetic", False))

    @property
    def period(self) -> tuple[pd.Timestamp, pd.Timestamp]:
        """First and last time [UTC], the last excluded."""
        start, end = self.case["period"]
        return _utc(start), _utc(end)

    @property
    def made(self) -> pd.Timestamp:
        """Time that the documents carry [UTC]."""
        return _utc(self.made_at) if self.made_at is not None else self.period[1]

    def table(self, name: str) -> pd.DataFrame:
        """Table by its schema name, empty where the run did not make it; personal data are taken out."""
        found = self.tables.get(name)
        if found is None:
            return schema.empty(name) if name in schema.table_names() else pd.DataFrame()
        made = found.reset_index(drop=True)
        if name == "complaints":
            return published_complaints(made)
        if name == "findings":
            return self._published_findings(made)
        return made

    def has(self, name: str) -> bool:
        """Whether the run made a table that has rows."""
        found = self.tables.get(name)
        return found is not None and len(found) > 0

    def names(self) -> list[str]:
        """Names of the tables that have rows, in alphabetical order."""
        return sorted(name for name in self.tables if self.has(name))

    def rows_held(self, code: str, file: str, findings: int) -> int:
        """Rows behind so many findings of a code and a file; in stack monitoring one stands for many rows."""
        many = self.table("stack_quarantine")
        own = many.loc[(many["reason"] == code) & (many["source_file"] == file), "n_rows"]
        return int(own.sum()) if len(own) else findings

    def quarantined_by_code(self) -> dict[str, int]:
        """Rows in quarantine by the code of their finding."""
        findings = self.table("findings")
        held = findings.loc[findings["severity"] == "quarantine"]
        counts: dict[str, int] = {}
        for (code, file), part in held.assign(file=held["file"].fillna("")).groupby(["code", "file"]):
            counts[str(code)] = counts.get(str(code), 0) + self.rows_held(str(code), str(file), len(part))
        return dict(sorted(counts.items()))

    @property
    def sources_known(self) -> bool:
        """Whether contributions of named sources were modelled."""
        return self.has("attribution_sources")

    def _published_findings(self, table: pd.DataFrame) -> pd.DataFrame:
        personal = {str(item.get("file")) for item in self.evidence if item.get("kind") in PERSONAL_TABLES}
        hidden = table["object"].isin(PERSONAL_TABLES) | table["file"].isin(personal)
        made = table.copy()
        made["value"] = made["value"].mask(hidden.fillna(False).astype(bool), "(personal data)")
        return made


def published_complaints(table: pd.DataFrame) -> pd.DataFrame:
    """Complaints without words, identifiers and exact places: time, kind, severity and rounded place."""
    kept = table[["time_start", "lon", "lat", "kind", "severity"]].copy()
    kept[["lon", "lat"]] = kept[["lon", "lat"]].round(PLACE_DECIMALS)
    return kept.sort_values(["time_start", "lon", "lat"], kind="stable").reset_index(drop=True)


def _utc(value: Any) -> pd.Timestamp:
    stamp = pd.Timestamp(value)
    return stamp.tz_convert("UTC").tz_localize(None) if stamp.tzinfo else stamp
