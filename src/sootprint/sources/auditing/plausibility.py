"""What a process of a kind would declare: velocity, temperature, size, gas cleaning and substances."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from sootprint.core.constants import KELVIN_OFFSET
from sootprint.sources.auditing.book import Book, celsius
from sootprint.sources.auditing.rules import (
    ANY,
    Number,
    expected_pollutants,
    processes,
    ranges,
)

Findings = Iterator[dict[str, Any]]

GASES = {
    "SO2",
    "NO2",
    "NO",
    "NOx",
    "CO",
    "O3",
    "H2S",
    "NH3",
    "HF",
    "HCl",
    "Cl2",
    "phenol",
    "formaldehyde",
    "C6H6",
    "CH4",
}
"""Pollutants that do not settle."""

DUSTS = {"TSP", "PM10", "dust_SiO2_20_70", "dust_SiO2_below_20", "dust_SiO2_above_70"}
"""Pollutants that settle by their degree of cleaning; PM2.5 and soot do not."""


def range_of(row: pd.Series, quantity: str) -> tuple[str, Number] | None:
    """Process and range of a quantity of a source: its own process's, or that of any."""
    known = ranges()
    for process in (*row["processes"], ANY):
        if (process, quantity) in known:
            return process, known[process, quantity]
    return None


def _outside(book: Book, row: pd.Series, quantity: str, code: str, shift: float = 0.0) -> Findings:
    found = range_of(row, quantity)
    if found is None or math.isnan(row[quantity]):
        return
    process, limit = found
    low, high = row[f"{quantity}_low"] - shift, row[f"{quantity}_high"] - shift
    if high < limit.low or low > limit.high:
        value = row[quantity] - shift
        yield book.found(
            code,
            at=row,
            column=quantity,
            value=value,
            unit=limit.unit,
            low=limit.low,
            high=limit.high,
            text=f"{limit.low:g} to {limit.high:g} {limit.unit} for process {process}",
            note=limit.source,
            marks=(limit.mark,),
        )


def exit_velocity(book: Book) -> Findings:
    """Velocity of stacks by kind of process."""
    for _, row in book.sources.loc[book.sources["kind"] == "point"].iterrows():
        yield from _outside(book, row, "exit_velocity_m_s", "AUD-VELOCITY")


def exit_temperature(book: Book) -> Findings:
    """Temperature of stacks by kind of process; a combustion declared cold is a finding of its own."""
    cold = book.limit("combustion_temperature_low")
    for _, row in book.sources.loc[book.sources["kind"] == "point"].iterrows():
        declared = celsius(row["exit_temperature_k"])
        if book.combustion(row["source_id"]) and celsius(row["exit_temperature_k_high"]) < cold:
            yield book.found(
                "AUD-COLD-COMBUSTION",
                at=row,
                column="exit_temperature_k",
                value=declared,
                unit="°C",
                low=cold,
                high=math.inf,
                text=f"above {cold:g} °C for process {', '.join(row['processes'])}",
            )
        else:
            yield from _outside(book, row, "exit_temperature_k", "AUD-TEMPERATURE", KELVIN_OFFSET)


def mouth(book: Book) -> Findings:
    """Diameter by kind of process, and whether the stack is higher than wide."""
    for _, row in book.sources.loc[book.sources["kind"] == "point"].iterrows():
        yield from _outside(book, row, "diameter_m", "AUD-DIAMETER")
        if row["diameter_m_low"] > row["height_m_high"]:
            yield book.found(
                "AUD-SLENDER",
                at=row,
                column="diameter_m",
                value=row["diameter_m"],
                unit="m",
                low=0.0,
                high=row["height_m"],
                text=f"less than its height of {row['height_m']:g} m",
            )


def gas_cleaning(book: Book) -> Findings:
    """Degrees of cleaning: percent and not fractions, mean below largest, none missing beside a device."""
    rows = book.emissions
    asked = rows["cleaning_efficiency"].notna() | rows["cleaning_efficiency_max"].notna()
    asked &= (rows["cleaning_efficiency"] <= 1) | (
        rows["cleaning_efficiency"] > rows["cleaning_efficiency_max"]
    )
    device_alone = rows["cleaning_device"].notna() & rows["cleaning_efficiency"].isna()
    for _, row in rows.loc[asked | device_alone].iterrows():
        mean, largest = row["cleaning_efficiency"], row["cleaning_efficiency_max"]
        if 0 < mean <= 1:
            yield book.found(
                "AUD-CLEANING-FRACTION",
                at=row,
                column="cleaning_efficiency",
                value=mean,
                unit="%",
                low=1.0,
                high=100.0,
                text=f"percent: {100 * mean:g} % if a fraction is meant",
            )
        elif mean > largest:
            yield book.found(
                "AUD-CLEANING-MAXIMUM",
                at=row,
                column="cleaning_efficiency",
                value=mean,
                unit="%",
                low=0.0,
                high=largest,
                text=f"at most {largest:g} %, the largest degree",
            )
        device = row["cleaning_device"]
        if isinstance(device, str) and device and math.isnan(mean) and math.isnan(largest):
            yield book.found(
                "AUD-CLEANING-DEVICE",
                at=row,
                column="cleaning_device",
                text="a degree of cleaning",
                unit="%",
                low=0.0,
                high=100.0,
                note=device,
            )


def settling(book: Book) -> Findings:
    """F of OND-86 where it is declared, by substance and degree of cleaning."""
    rows = book.emissions.loc[book.emissions["settling"].notna()]
    mean = rows["cleaning_efficiency"].to_numpy(float)
    dust = np.select([mean >= 90, mean >= 75], [2.0, 2.5], 3.0)
    settles, gas = rows["pollutant"].isin(DUSTS).to_numpy(bool), rows["pollutant"].isin(GASES).to_numpy(bool)
    expected = np.where(gas, 1.0, dust)
    wrong = (gas | settles) & (rows["settling"].to_numpy(float) != expected)
    for position in np.flatnonzero(wrong):
        row, number = rows.iloc[position], float(expected[position])
        degree = row["cleaning_efficiency"]
        why = "no cleaning is declared" if math.isnan(degree) else f"{degree:g} % mean cleaning"
        yield book.found(
            "AUD-SETTLING",
            at=row,
            column="settling",
            value=row["settling"],
            unit="1",
            low=number,
            high=number,
            text=f"{number:g} for {'a gas' if gas[position] else why}",
        )


def missing_pollutants(book: Book) -> Findings:
    """Substances that a process of a kind emits and that nobody declares.

    Where every source of a plant with that process lacks the substance, the plant has one finding.
    """
    declared = book.emissions.groupby("source_id")["pollutant"].agg(frozenset).to_dict()
    for plant, stacks in book.sources.groupby("facility_id", sort=False):
        kind = str(stacks["facility_kind"].iloc[0])
        names = dict(zip(stacks["source_id"], stacks["processes"], strict=True))
        present = set(itertools.chain(*names.values()))
        whole = set().union(*(declared.get(source, frozenset()) for source in names))
        for item in expected_pollutants():
            by_kind = item.level == "plant" and kind in processes()[item.process].kinds
            if not by_kind and item.process not in present:
                continue
            wanted = set(item.pollutants)
            own = [source for source, told in names.items() if by_kind or item.process in told]
            lacking = [source for source in own if not declared.get(source, frozenset()) & wanted]
            if not lacking or (item.level == "plant" and whole & wanted):
                continue
            every = len(lacking) == len(own) > 1
            told = f"; sources {', '.join(own[:10])}{' and others' if len(own) > 10 else ''}" if every else ""
            for source in lacking[: 1 if every else None]:
                yield book.found(
                    "AUD-MISSING-POLLUTANT",
                    at=stacks.loc[source],
                    facility_id=plant,
                    source_id=None if every else source,
                    pollutant="|".join(item.pollutants),
                    column="pollutant",
                    text="declared" if len(wanted) == 1 else "at least one of these declared",
                    note=f"process {item.process}: {item.source}{told}",
                    marks=(item.mark,),
                )
