"""What an inventory prints beside the three tables: its numbers to their last digit, and its sums.

A printed number is known to half of its last digit. The audit needs that, the row and the sheet of every
number, and the sums that the plant itself has printed.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from sootprint.core.pollutants import find_pollutant
from sootprint.core.raw import RawTable, to_number
from sootprint.core.schema import check

SOURCE_COLUMNS = (
    "height_m", "diameter_m", "exit_velocity_m_s", "exit_temperature_k", "hours_per_year", "flow_m3_s",
    "mouth_length_m", "mouth_width_m", "lon", "lat",
)  # fmt: skip
"""Columns of the table sources whose printed text is kept."""

EMISSION_COLUMNS = ("rate_g_s", "annual_t", "concentration_mg_nm3", "cleaning_efficiency")
"""Columns of the table emissions whose printed text is kept."""

PLANT_SCOPE = re.compile(r"предприят|объект|завод|комбинат|всего|кәсіпорын|plant|works|all sources", re.I)
SECTION_SCOPE = re.compile(r"цех|участ|источник|производств|section|workshop", re.I)
CODE = re.compile(r"(?<!\d)\d{4}(?!\d)")

MEAN_AND_MAXIMUM = re.compile(r"\s*/\s*")
SIDES = re.compile(r"\s*[xхXХ×*]\s*")


def half_step(text: str) -> float:
    """Half of the last printed digit of a number: 0.05 for ``4,0``, 0.5 for ``8000``, 5e-5 for ``1.5e-3``.

    NaN where the text is no number, or one beyond the range of floats.
    """
    plain = re.sub(r"\s", "", str(text)).replace("−", "-")
    if "." not in plain:
        plain = plain.replace(",", ".", 1)
    found = re.fullmatch(r"[+-]?\d*\.?(\d*)(?:[eE]([+-]?\d{1,3}))?", plain)
    if found is None or not re.search(r"\d", plain):
        return math.nan
    decimals = len(found[1]) if "." in plain else 0
    half = float(f"5e{int(found[2] or 0) - decimals - 1}")
    return half if math.isfinite(half) else math.nan


def sides(text: str) -> tuple[float, float] | None:
    """Sides of a rectangular mouth ``L×b`` [m], the longer first; None if the text is no rectangle."""
    parts = SIDES.split(text.strip())
    numbers = to_number(pd.Series(parts, dtype=object)).tolist()
    if len(parts) != 2 or not all(math.isfinite(side) and side > 0 for side in numbers):
        return None
    return max(numbers), min(numbers)


def mean_and_maximum(text: str) -> tuple[float, float] | None:
    """Mean and largest degree of cleaning [%] of a cell such as ``92,5/95``; None if it is no number."""
    parts = MEAN_AND_MAXIMUM.split(text.strip().replace("%", ""))
    numbers = to_number(pd.Series(parts, dtype=object)).tolist()
    if len(parts) > 2 or any(math.isnan(number) for number in numbers):
        return None
    return numbers[0], numbers[1] if len(numbers) == 2 else math.nan


def pollutants_in(text: str) -> list[str]:
    """Identifiers of the substances that a cell names by code or name, ``0330/2908`` or lines of names."""
    codes = [found for code in CODE.findall(text) if (found := find_pollutant(code))]
    if codes:
        return list(dict.fromkeys(codes))
    parts = [part.strip() for part in re.split(r"[\n;]", text) if part.strip()]
    return list(dict.fromkeys(found for part in parts if (found := find_pollutant(part))))


def scope(label: str) -> str:
    """What a row of totals says that it adds up: plant, section or unclear."""
    if SECTION_SCOPE.search(label):
        return "section"
    return "plant" if PLANT_SCOPE.search(label) else "unclear"


@dataclass
class Declared:
    """Cells and sums on their way to the tables ``declared_cells`` and ``declared_totals``.

    Attributes
    ----------
    file : str
        Name of the file in findings.
    """

    file: str
    cells: list[dict[str, Any]] = field(default_factory=list)
    totals: list[dict[str, Any]] = field(default_factory=list)

    def cell(
        self,
        source_id: str,
        column: str,
        text: str,
        raw: RawTable,
        row: int,
        *,
        pollutant: str | None = None,
        offset: float = 0.0,
    ) -> None:
        """One printed number; ``offset`` is added to reach the unit of the column."""
        self.cells.append(
            {
                "source_id": source_id,
                "pollutant": pollutant,
                "column": column,
                "text": text,
                "value": offset,
                "source_file": self.file,
                "sheet": raw.sheet,
                "source_row": row,
            }
        )

    def total(self, facility_id: str, values: dict[str, str], label: str, raw: RawTable, row: int) -> None:
        """One row of totals; nothing where it holds no number."""
        code = CODE.search(label)
        named = values.get("code") or values.get("pollutant") or (code[0] if code else "")
        numbers = {}
        for name, column in (("g_s", "rate_g_s"), ("t_yr", "annual_t")):
            numbers[column] = float(to_number(pd.Series([values.get(name, "")])).iloc[0])
        if all(math.isnan(value) for value in numbers.values()):
            return
        found = find_pollutant(named) if named else None
        if named and found is None and named != label:
            return
        self.totals.append(
            {
                "facility_id": facility_id,
                "scope": scope(label),
                "label": label[:200],
                "pollutant": found,
                **numbers,
                "source_file": self.file,
                "sheet": raw.sheet,
                "source_row": row,
            }
        )
        for name, column in (("g_s", "rate_g_s"), ("t_yr", "annual_t")):
            if values.get(name):
                self.cell("", column, values[name], raw, row, pollutant=found)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables ``declared_cells`` and ``declared_totals``."""
        cells = pd.DataFrame(self.cells)
        totals = pd.DataFrame(self.totals)
        if len(cells):
            values = to_number(cells["text"]) + cells["value"]
            cells = cells.assign(
                value=values.where(values.abs() < 1e9), half_step=cells["text"].map(half_step)
            )
        if len(totals):
            numbers = totals[["rate_g_s", "annual_t"]]
            totals = totals.loc[((numbers.isna()) | ((numbers >= 0) & (numbers < 1e8))).all(axis=1)]
        return {
            "declared_cells": check(cells, "declared_cells"),
            "declared_totals": check(totals, "declared_totals"),
        }
