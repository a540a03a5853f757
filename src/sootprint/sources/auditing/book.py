"""The inventory laid open for the audit: every number with its printed range, its row and its sheet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from sootprint.core import schema
from sootprint.core.constants import KELVIN_OFFSET
from sootprint.core.raw import to_number
from sootprint.sources.auditing.rules import Number, chosen_limits, processes, rules, worst_mark
from sootprint.sources.readers.declared import EMISSION_COLUMNS, SOURCE_COLUMNS, half_step

SLACK = 1e-9
"""Relative rounding of binary arithmetic."""

ONE_DECIMAL = ("diameter_m", "mouth_length_m", "mouth_width_m", "exit_velocity_m_s", "exit_temperature_k")
"""Columns in which a workbook's whole number, among numbers with decimals, stands for one decimal.

A workbook stores 4,0 as 4; where its neighbours are printed with decimals, 4 is not known to ±0.5.
"""

HOURS_OF_A_YEAR = 8784.0
"""Hours of a leap year, the most that a source can work."""


@dataclass(frozen=True)
class AuditOptions:
    """What a person knows beside the files.

    Attributes
    ----------
    processes : dict
        Source to its kind of process, where words and plants do not tell it.
    boundaries : dict
        Plant to its boundary as WKT (longitude, latitude).
    limits : dict
        Limits of the audit to replace, by the names of ``audit_limits.csv``.
    basis : str
        Which emissions are audited.
    zone : str, optional
        IANA zone of the stack monitors' days; UTC by default.
    """

    processes: Mapping[str, str] = field(default_factory=dict)
    boundaries: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    basis: str = "declared"
    zone: str | None = None


@dataclass
class Book:
    """Tables of one audit.

    Attributes
    ----------
    facilities, totals, cells, fuel, balance, stack_readings, stack_days, ambient : DataFrame
        Tables as given, empty where nothing was.
    sources : DataFrame
        Sources with ``<column>_low`` and ``<column>_high``, ``facility_kind`` and ``processes``; the index
        is the source.
    emissions : DataFrame
        Emissions of the audited basis with their ranges and ``facility_id``.
    options : AuditOptions
        What a person knows beside the files.
    limits : dict
        Limits by name.
    sheets : dict
        Sheet of each file and row.
    memo : dict
        What several checks need and one has made.
    """

    facilities: pd.DataFrame
    sources: pd.DataFrame
    emissions: pd.DataFrame
    totals: pd.DataFrame
    cells: pd.DataFrame
    fuel: pd.DataFrame
    balance: pd.DataFrame
    stack_readings: pd.DataFrame
    stack_days: pd.DataFrame
    ambient: pd.DataFrame
    options: AuditOptions
    limits: dict[str, Number]
    sheets: dict[tuple[str, int], str]
    memo: dict[Any, Any] = field(default_factory=dict)

    def limit(self, name: str) -> float:
        """Value of a limit."""
        return self.limits[name].high

    def found(
        self,
        code: str,
        *,
        at: pd.Series | Mapping[str, Any] | None = None,
        pollutant: str | None = None,
        column: str = "",
        value: float = math.nan,
        unit: str = "",
        low: float = math.nan,
        high: float = math.nan,
        text: str,
        note: str = "",
        marks: Iterable[str] = (),
        **place: Any,
    ) -> dict[str, Any]:
        """Record of a finding; ``at`` is the row of the table that it points to."""
        rule = rules()[code]
        row: Mapping[str, Any] = dict(at) if at is not None else {}
        row = {**row, **place}
        file, number = str(row.get("source_file") or ""), row.get("source_row")
        line = -1 if number is None or pd.isna(number) else int(number)
        source, substance = row.get("source_id"), pollutant or row.get("pollutant")
        return {
            "code": code,
            "severity": rule.severity,
            "facility_id": row.get("facility_id"),
            "source_id": None if source is None or pd.isna(source) or source == "" else source,
            "pollutant": None if substance is None or pd.isna(substance) else substance,
            "file": file,
            "sheet": row.get("sheet") or (self.sheets.get((file, line))),
            "row": line if line >= 0 else None,
            "column": column,
            "value": float(value),
            "unit": unit,
            "expected_low": float(low),
            "expected_high": float(high),
            "expected_text": text,
            "rule": rule.rule,
            "document": rule.document,
            "mark": worst_mark(rule.mark, *marks),
            "note": note,
        }

    def combustion(self, source_id: str) -> bool:
        """Whether a source is taken for a combustion."""
        kinds = processes()
        return any(kinds[name].combustion for name in self.sources.loc[source_id, "processes"])

    def per_source(self, column: str) -> pd.Series:
        """A column of numbers of the sources for each row of the emissions."""
        return self.emissions["source_id"].astype(object).map(self.sources[column]).astype(float)

    def declared(self, facility: str, source: str | None, pollutants: Iterable[str]) -> pd.DataFrame:
        """Emissions of a plant or of one of its sources, of some pollutants."""
        rows = self.emissions
        mask = rows["pollutant"].isin(list(pollutants)) & (rows["facility_id"] == facility)
        return rows.loc[mask & (rows["source_id"] == source)] if source else rows.loc[mask]


def open_book(tables: Mapping[str, pd.DataFrame], options: AuditOptions, **extra: Any) -> Book:
    """Book of an inventory's tables.

    Parameters
    ----------
    tables : dict of str to DataFrame
        ``sources``, ``emissions`` and, where known, ``facilities``, ``declared_cells``, ``declared_totals``.
    options : AuditOptions
    **extra : DataFrame, optional
        ``totals``, ``fuel``, ``balance``, ``stack_readings``, ``stack_days``, ``ambient``.
    """

    def table(name: str) -> pd.DataFrame:
        given = tables.get(name)
        return schema.empty(name) if given is None else given

    def given(key: str, name: str) -> pd.DataFrame:
        value = extra.get(key)
        if value is not None:
            return value
        return schema.empty(name) if name in schema.table_names() else pd.DataFrame()

    cells = table("declared_cells")
    cells = cells.assign(sheet=cells["sheet"].fillna(""))
    totals = extra.get("totals")
    facilities = table("facilities")
    sources = _sources(table("sources"), table("emissions"), facilities, cells, options)
    emissions = _emissions(table("emissions"), sources, cells, options)
    keys = zip(cells["source_file"].astype(str), cells["source_row"].astype(int), strict=True)
    return Book(
        facilities=facilities,
        sources=sources,
        emissions=emissions,
        totals=(table("declared_totals") if totals is None else totals).fillna({"sheet": ""}),
        cells=cells,
        fuel=given("fuel", "fuel_use"),
        balance=given("balance", "material_balance"),
        stack_readings=given("stack_readings", "stack_readings"),
        stack_days=given("stack_days", "stack_days"),
        ambient=given("ambient", "observations"),
        options=options,
        limits=chosen_limits(options.limits),
        sheets=dict(zip(keys, cells["sheet"].astype(str), strict=True)),
    )


def _sources(
    sources: pd.DataFrame,
    emissions: pd.DataFrame,
    facilities: pd.DataFrame,
    cells: pd.DataFrame,
    options: AuditOptions,
) -> pd.DataFrame:
    kinds = dict(zip(facilities["facility_id"], facilities["kind"].fillna(""), strict=True))
    own = cells.loc[cells["pollutant"].isna() & (cells["source_id"] != "")]
    made = sources.copy()
    made.index = pd.Index(made["source_id"].astype(str))
    for column in SOURCE_COLUMNS:
        texts = own.loc[own["column"] == column].drop_duplicates("source_id").set_index("source_id")
        half = _half_steps(
            made[column], made["source_id"].map(texts["value"]), made["source_id"].map(texts["half_step"])
        )
        if column == "exit_temperature_k":
            half = half.where(_is_celsius(made, texts), np.fmax(half, _half_step_of_celsius(made[column])))
        if column in ONE_DECIMAL and (half < 0.5).any():
            half = half.where(half != 0.5, 0.05)
        made[f"{column}_low"], made[f"{column}_high"] = _ends(made[column], half)
    made["facility_kind"] = [kinds.get(plant, "") for plant in made["facility_id"]]
    declared = emissions.groupby("source_id")["pollutant"].agg(frozenset).to_dict()
    made["processes"] = [
        source_processes(row, options.processes, declared.get(row["source_id"], frozenset()))
        for row in made.to_dict("records")
    ]
    return made


def _is_celsius(sources: pd.DataFrame, texts: pd.DataFrame) -> pd.Series:
    """Whether the temperature of each source is printed in °C."""
    shift = texts["value"] - to_number(texts["text"])
    return sources["source_id"].isin(texts.index[(shift - KELVIN_OFFSET).abs() < 1e-6])


def _half_step_of_celsius(kelvin: pd.Series) -> pd.Series:
    """Half of the last digit in °C: 347.15 K has two decimals because it was 74 °C."""
    return pd.Series(
        [half_step(f"{value:.6f}".rstrip("0").rstrip(".")) for value in kelvin - KELVIN_OFFSET],
        index=kelvin.index,
    )


def _emissions(
    emissions: pd.DataFrame, sources: pd.DataFrame, cells: pd.DataFrame, options: AuditOptions
) -> pd.DataFrame:
    made = emissions.loc[(emissions["basis"] == options.basis)].reset_index(drop=True)
    made = made.loc[made["source_id"].isin(sources.index)].reset_index(drop=True)
    own = cells.loc[cells["pollutant"].notna()]
    key = ["source_id", "pollutant", "source_row"]
    for column in EMISSION_COLUMNS:
        texts = own.loc[own["column"] == column, [*key, "value", "half_step"]].drop_duplicates(key)
        joined = made[key].merge(texts, on=key, how="left")
        half = _half_steps(made[column], joined["value"], joined["half_step"])
        made[f"{column}_low"], made[f"{column}_high"] = _ends(made[column], half)
    made["facility_id"] = made["source_id"].map(sources["facility_id"])
    return made


def _half_steps(values: pd.Series, printed: pd.Series, half: pd.Series) -> pd.Series:
    """Half of the last digit of each value: as printed, or of its shortest decimal form."""
    close = np.isclose(values.astype(float), printed.astype(float), rtol=1e-12, atol=1e-9)
    own = [half_step(repr(float(value))) if math.isfinite(value) else math.nan for value in values]
    whole = pd.Series(own, index=values.index)
    # repr writes a whole number with a decimal that nobody has printed.
    whole = whole.mask((values % 1 == 0) & (whole == 0.05), 0.5)
    return half.astype(float).where(close & half.notna(), whole)


def _ends(values: pd.Series, half: pd.Series) -> tuple[pd.Series, pd.Series]:
    slack = values.abs() * SLACK
    return values - half - slack, values + half + slack


def source_processes(
    row: Mapping[str, Any], stated: Mapping[str, str], declared: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """Kinds of process of a source: as stated, as its column says, as its words tell, or as its plant's kind.

    A plant's kind counts only where no word tells more, and where the source declares one of the
    substances that indicate the process: a power plant has workshops too.
    """
    kinds = processes()
    own = stated.get(str(row["source_id"])) or row.get("process")
    if isinstance(own, str) and own in kinds:
        return (own,)
    texts = " ".join(str(row[key]) for key in ("process", "name") if isinstance(row.get(key), str))
    told = tuple(name for name, process in kinds.items() if process.words.search(texts))
    if told:
        return _without_general(told)
    kind = str(row.get("facility_kind") or "")
    return tuple(
        name
        for name, process in kinds.items()
        if kind in process.kinds and (not process.indicators or process.indicators & declared)
    )


def _without_general(told: tuple[str, ...]) -> tuple[str, ...]:
    if len(told) > 1:
        told = tuple(name for name in told if name != "other")
    special = {
        "boiler": ("coal_boiler", "oil_boiler", "gas_boiler"),
        "smelter": ("lead_smelter", "copper_smelter", "zinc_roaster"),
    }
    return tuple(name for name in told if not set(special.get(name, ())) & set(told))


def celsius(kelvin: float) -> float:
    """Temperature in °C, as the form prints it."""
    return kelvin - KELVIN_OFFSET
