"""Stack monitoring against what is declared: masses of a year, largest rates, capture, flat lines."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sootprint.core.pollutants import molar_mass_g_mol
from sootprint.core.timeaxis import to_local
from sootprint.sources.auditing.book import Book
from sootprint.sources.auditing.plausibility import DUSTS
from sootprint.sources.auditing.rules import ANY, monitoring_uncertainty

Findings = Iterator[dict[str, Any]]

HOUR = 3600.0

NO_AS_NO2 = molar_mass_g_mol("NO2") / molar_mass_g_mol("NO")

SEEN_AS: dict[str, dict[str, float]] = {
    "TSP": dict.fromkeys(sorted(DUSTS - {"PM10"}), 1.0),
    "NOx": {"NOx": 1.0, "NO2": 1.0, "NO": NO_AS_NO2},
}
"""Declared substances that add up to what a monitor measures as one, with their weights."""


@dataclass(frozen=True)
class Series:
    """One monitored substance of one source in one year.

    Attributes
    ----------
    label, source_id, pollutant : str
        Name to show, source of the inventory (empty if it could not be told), substance.
    year : int
        Calendar year of the site.
    mass_t : float
        Σ rate · time of the measured hours [t].
    hours, working_hours, span_hours : float
        Hours with a rate, of these with a rate above 0, and hours of the year from the first to the last
        reading.
    working_rate : float
        Mean rate of the working hours [g s⁻¹].
    largest : float
        Largest rate [g s⁻¹].
    rates : Series of float
        Rates, for counting what exceeds the declared one; of days their largest.
    flat_share : float
        Share of readings within flat lines.
    place : Series
        Row of the table to point to.
    """

    label: str
    source_id: str
    pollutant: str
    year: int
    mass_t: float
    hours: float
    working_hours: float
    span_hours: float
    working_rate: float
    largest: float
    rates: pd.Series
    flat_share: float
    place: pd.Series


def series_of_readings(readings: pd.DataFrame, zone: str | None) -> list[Series]:
    """Years of each series of ``stack_readings``."""
    if readings.empty:
        return []
    local = to_local(readings["time_start"], zone) if zone else readings["time_start"]
    rows = readings.assign(
        label=labels(readings),
        year=local.dt.year,
        seconds=readings["duration_s"],
        flat=readings["flag"] == "flat",
    )
    made = []
    for (label, pollutant, year), part in rows.groupby(["label", "pollutant", "year"], sort=True):
        rated = part.loc[part["rate_g_s"].notna()]
        seconds, rate = rated["seconds"], rated["rate_g_s"]
        works = rate > 0
        end = part["time_start"] + pd.to_timedelta(part["seconds"], unit="s")
        span = (end.max() - part["time_start"].min()).total_seconds() / HOUR
        grams, working = float((rate * seconds).sum()), float(seconds[works].sum())
        at = rated.loc[rate.idxmax()] if len(rated) else part.iloc[0]
        made.append(
            Series(
                str(label),
                _source(part),
                str(pollutant),
                int(year),
                grams / 1e6,
                float(seconds.sum()) / HOUR,
                working / HOUR,
                span,
                grams / working if working else math.nan,
                float(rate.max()) if len(rated) else math.nan,
                rate,
                float(part["flat"].mean()),
                at,
            )
        )
    return made


def series_of_days(days: pd.DataFrame) -> list[Series]:
    """Years of each series of ``stack_days``; a day's idle hours are not told from its working ones."""
    if days.empty:
        return []
    made = []
    rows = days.assign(label=labels(days), year=days["day"].dt.year)
    for (label, pollutant, year), part in rows.groupby(["label", "pollutant", "year"], sort=True):
        rated = part.loc[part["mean_rate_g_s"].notna()]
        grams = float((rated["mean_rate_g_s"] * rated["hours_rate"]).sum() * HOUR)
        working = float(rated.loc[rated["mean_rate_g_s"] > 0, "hours_rate"].sum())
        span = 24.0 * ((part["day"].max() - part["day"].min()).days + 1)
        valid = max(int(part["n_valid"].sum()), 1)
        largest = rated["max_rate_g_s"]
        at = rated.loc[largest.idxmax()] if largest.notna().any() else part.iloc[0]
        made.append(
            Series(
                str(label),
                _source(part),
                str(pollutant),
                int(year),
                grams / 1e6,
                float(rated["hours_rate"].sum()),
                working,
                span,
                grams / (working * HOUR) if working else math.nan,
                float(largest.max()),
                largest,
                float(part["n_flat"].sum()) / valid,
                at.rename({"first_row": "source_row"}),
            )
        )
    return made


def all_series(book: Book) -> list[Series]:
    """Series of readings, and of days where a source has no readings."""
    if "series" in book.memo:
        return book.memo["series"]
    fine = series_of_readings(book.stack_readings, book.options.zone)
    known = {(item.label, item.pollutant) for item in fine}
    book.memo["series"] = fine + [
        item for item in series_of_days(book.stack_days) if (item.label, item.pollutant) not in known
    ]
    return book.memo["series"]


def annual_mass(book: Book) -> Findings:
    """Mass of a year by the measured hours alone, and scaled to the declared hours, against t/yr."""
    for item, row in _declared(book):
        declared, high, low = row["annual_t"], row["annual_t_high"], row["annual_t_low"]
        if math.isnan(declared):
            continue
        spread = _uncertainty(item.pollutant)
        hours = book.sources.loc[item.source_id, "hours_per_year"]
        hours = 8760.0 if math.isnan(hours) else hours
        scaled = item.working_rate * hours * HOUR / 1e6
        note = (
            f"{item.label}, {item.year}: {item.mass_t:.4g} t in {item.hours:.0f} measured h "
            f"({item.hours / item.span_hours:.0%} of {item.span_hours:.0f} h); scaled to {hours:.0f} h "
            f"{scaled:.4g} t; uncertainty {spread:.0%}"
        )
        about: dict[str, Any] = {
            "at": row,
            "column": "annual_t",
            "unit": "t yr⁻¹",
            "value": declared,
            "note": note,
        }
        if item.mass_t * (1 - spread) > high:
            least = item.mass_t * (1 - spread)
            yield book.found("AUD-STACK-ANNUAL", **about, low=least, text=f"at least {least:.4g} t/yr")
        elif scaled * (1 - spread) > high:
            least = scaled * (1 - spread)
            yield book.found("AUD-STACK-ANNUAL-SCALED", **about, low=least, text=f"at least {least:.4g} t/yr")
        elif scaled * (1 + spread) < low:
            most = scaled * (1 + spread)
            yield book.found(
                "AUD-STACK-ANNUAL-BELOW", **about, low=0.0, high=most, text=f"at most {most:.4g} t/yr"
            )


def maximum_rate(book: Book) -> Findings:
    """Monitored rates above the declared g/s."""
    for item, row in _declared(book):
        limit = row["rate_g_s_high"]
        spread = _uncertainty(item.pollutant)
        surely = int((item.rates * (1 - spread) > limit).sum())
        if surely:
            over = int((item.rates > limit).sum())
            yield book.found(
                "AUD-STACK-MAXIMUM",
                at=row,
                column="rate_g_s",
                value=row["rate_g_s"],
                unit="g s⁻¹",
                low=item.largest * (1 - spread),
                text=f"at least {item.largest * (1 - spread):.4g} g/s",
                note=f"{item.label}, {item.year}: {over} of {len(item.rates)} values above the declared "
                f"rate, {surely} by more than the uncertainty of {spread:.0%}; largest {item.largest:.4g} "
                f"g/s, row {item.place['source_row']} of {item.place['source_file']}",
            )


def undeclared(book: Book) -> Findings:
    """Monitored series without a source, and monitored substances that the source does not declare."""
    declared = set(zip(book.emissions["source_id"], book.emissions["pollutant"], strict=True))
    seen: set[tuple[str, str]] = set()
    for item in all_series(book):
        if (item.label, item.pollutant) in seen:
            continue
        seen.add((item.label, item.pollutant))
        if item.source_id not in book.sources.index:
            yield book.found(
                "AUD-STACK-UNMATCHED", at=item.place, text="a source of the inventory", note=item.label
            )
        elif item.largest > 0 and not any(
            (item.source_id, name) in declared for name in seen_as(item.pollutant)
        ):
            yield book.found(
                "AUD-STACK-UNDECLARED",
                at=item.place,
                column="pollutant",
                value=item.largest,
                unit="g s⁻¹",
                text="declared",
                note=f"{item.label}: largest rate {item.largest:.4g} g/s",
                facility_id=book.sources.loc[item.source_id, "facility_id"],
            )


def capture(book: Book) -> Findings:
    """Share of hours with a reading, and share of readings within flat lines."""
    least, most = book.limit("stack_capture"), book.limit("stack_flat")
    for item in all_series(book):
        plant = book.sources["facility_id"].get(item.source_id)
        share = item.hours / item.span_hours if item.span_hours else math.nan
        if share < least:
            yield book.found(
                "AUD-STACK-CAPTURE",
                at=item.place,
                column="rate_g_s",
                value=share,
                unit="1",
                low=least,
                high=1.0,
                text=f"at least {least:.0%} of the hours",
                note=f"{item.label}, {item.year}: {item.hours:.0f} of {item.span_hours:.0f} h",
                facility_id=plant,
            )
        if item.flat_share > most:
            yield book.found(
                "AUD-STACK-FLAT",
                at=item.place,
                column="rate_g_s",
                value=item.flat_share,
                unit="1",
                low=0.0,
                high=most,
                text=f"at most {most:.0%} of the readings",
                note=f"{item.label}, {item.year}",
                facility_id=plant,
            )


def labels(rows: pd.DataFrame) -> pd.Series:
    """Name of the series of each row: the source, or the words of the file where it could not be told."""
    own = rows["source_id"].fillna("").astype(str)
    name = rows["organization"].fillna("").astype(str) + " / " + rows["source_name"].astype(str)
    return own.where(own != "", name)


def _source(rows: pd.DataFrame) -> str:
    value = rows["source_id"].iloc[0]
    return "" if pd.isna(value) else str(value)


def _uncertainty(pollutant: str) -> float:
    table = monitoring_uncertainty()
    return table.get(pollutant, table[ANY]).high


def _declared(book: Book) -> Iterator[tuple[Series, pd.Series]]:
    """Series with a declared emission: that of its substance, or the sum of what the monitor sees of it."""
    rows = book.emissions.drop_duplicates(["source_id", "pollutant"])
    of_source = dict(list(rows.groupby("source_id")))
    for item in all_series(book):
        if item.source_id not in of_source or item.hours <= 0:
            continue
        own, weights = of_source[item.source_id], seen_as(item.pollutant)
        own = own.loc[own["pollutant"].isin(list(weights))]
        if len(own):
            yield item, _added(own, weights)


def seen_as(pollutant: str) -> dict[str, float]:
    """Declared substances that a monitor of a pollutant sees, with weights: any dust, NO as NO2."""
    return SEEN_AS.get(pollutant, {pollutant: 1.0})


def _added(rows: pd.DataFrame, weights: dict[str, float]) -> pd.Series:
    made = rows.iloc[0].copy()
    if len(rows) > 1 or weights[rows["pollutant"].iloc[0]] != 1.0:
        weight = rows["pollutant"].astype(object).map(weights).astype(float)
        for column in ("rate_g_s", "annual_t"):
            for end in ("", "_low", "_high"):
                made[column + end] = float((rows[column + end] * weight).sum(skipna=False))
        made["pollutant"] = "|".join(rows["pollutant"])
    return made
