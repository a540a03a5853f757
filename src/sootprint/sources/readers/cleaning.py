"""Gas cleaning of an inventory form: devices and degrees, brought to the substances that they clean."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from sootprint.core.findings import Finding
from sootprint.core.raw import RawTable
from sootprint.sources.readers.codes import finding
from sootprint.sources.readers.declared import mean_and_maximum, pollutants_in

BLANK = {"", "-", "–", "—", "нет"}


@dataclass
class Cleaning:
    """Cells of gas cleaning, row by row, until all emissions are known.

    The cleaning cells stand beside a row of pollutants but belong to the substance that they name, which
    may be declared in another row of the source; without a name they belong to the row's own substance.

    Attributes
    ----------
    file : str
        Name of the file in findings.
    """

    file: str
    found: list[Finding] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    devices: dict[str, str] = field(default_factory=dict)

    def row(
        self, source_id: str, pollutant: str | None, values: dict[str, str], raw: RawTable, row: int
    ) -> None:
        """Cells of one row of the form."""
        cells = {name: values.get(f"cleaning_{name}", "") for name in ("device", "efficiency", "coverage")}
        named = values.get("cleaning_substance", "")
        if all(text in BLANK for text in (*cells.values(), named)):
            return
        if cells["device"] not in BLANK:
            self.devices[source_id] = " ".join(cells["device"].split())
        substances = pollutants_in(named) if named not in BLANK else [pollutant] if pollutant else []
        if named not in BLANK and not substances:
            self._find("SRC-CLEANING-SUBSTANCE", source_id, named, raw, row, "cleaning_substance")
        mean, largest = self._numbers(cells["efficiency"], source_id, raw, row, "cleaning_efficiency")
        coverage, _ = self._numbers(cells["coverage"], source_id, raw, row, "cleaning_coverage")
        for substance in substances:
            self.entries.append(
                {
                    "source_id": source_id,
                    "pollutant": substance,
                    "cleaning_device": self.devices.get(source_id),
                    "cleaning_efficiency": mean,
                    "cleaning_efficiency_max": largest,
                    "cleaning_coverage": coverage,
                    "raw": raw,
                    "row": row,
                }
            )

    def apply(self, emissions: list[dict[str, Any]]) -> list[Finding]:
        """Emissions with the cleaning of their substance, in place; the findings made on the way."""
        known: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for emission in emissions:
            known.setdefault((emission["source_id"], emission["pollutant"]), []).append(emission)
        for entry in self.entries:
            raw, row = entry.pop("raw"), entry.pop("row")
            key = (entry.pop("source_id"), entry.pop("pollutant"))
            if key not in known:
                self._find("SRC-CLEANING-SUBSTANCE", *key, raw, row, "cleaning_substance")
            for emission in known.get(key, []):
                emission |= {
                    name: value
                    for name, value in entry.items()
                    if value is not None and not (isinstance(value, float) and math.isnan(value))
                }
        self.entries = []
        return self.found

    def _numbers(
        self, text: str, source_id: str, raw: RawTable, row: int, column: str
    ) -> tuple[float, float]:
        if text in BLANK:
            return math.nan, math.nan
        numbers = mean_and_maximum(text)
        if numbers is None:
            self._find("SRC-CELL-LEFT-OUT", source_id, text, raw, row, column)
            return math.nan, math.nan
        return numbers

    def _find(self, code: str, about: str, value: str, raw: RawTable, row: int, column: str) -> None:
        self.found.append(
            finding(code, about, value=value, file=self.file, sheet=raw.sheet, row=row, column=column)
        )
