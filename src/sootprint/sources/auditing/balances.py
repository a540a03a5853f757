"""Mass that goes in must come out: sulphur and ash of fuels, sulphur of smelters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sootprint.core.pollutants import molar_mass_g_mol
from sootprint.sources.auditing.book import Book
from sootprint.sources.auditing.plausibility import DUSTS
from sootprint.sources.auditing.rules import fuel_factors, fuels, worst_mark

Findings = Iterator[dict[str, Any]]

SULPHUR_MOLAR_MASS = 32.06
"""Standard atomic weight of sulphur [g mol⁻¹]; IUPAC 2021, doi:10.1515/pac-2019-0603."""

COVERAGE = 2.0
"""Standard uncertainties to each side of an expected range; about 95 %."""

ASH_SUBSTANCES = tuple(sorted(DUSTS | {"PM2.5", "soot"}))


def so2_of_fuel(mass_t: float, sulphur_percent: float, bound: float = 0.0, captured: float = 0.0) -> float:
    """Sulphur dioxide of a fuel [t]: 0.02 · B · S · (1 − η′)(1 − η″).

    Example: 1000 t of coal with 1 % sulphur, nothing bound or captured, give 20 t.

    Parameters
    ----------
    mass_t : float
        Fuel B [t].
    sulphur_percent : float
        Sulphur S as burnt [%].
    bound, captured : float
        Shares that fly ash binds (η′) and gas cleaning takes out (η″) [1].
    """
    return 0.02 * mass_t * sulphur_percent * (1.0 - bound) * (1.0 - captured)


def solids_of_fuel(mass_t: float, ash_percent: float, carried: float = 1.0, captured: float = 0.0) -> float:
    """Solids of a fuel [t]: B · A / 100 · χ · (1 − η).

    Example: 1000 t of coal with 20 % ash, 0.9 of it carried and 0.95 of that captured, give 9 t.
    """
    return mass_t * ash_percent / 100.0 * carried * (1.0 - captured)


def so2_of_sulphur(mass_t: float) -> float:
    """Sulphur dioxide of a mass of sulphur [t]: 1.998 t a tonne."""
    return mass_t * molar_mass_g_mol("SO2") / SULPHUR_MOLAR_MASS


def fuel_sulphur(book: Book) -> Findings:
    """Declared SO2 against the sulphur of the fuels that leave by the same stack or plant."""
    for place, rows in _by_stack(book):
        rows = rows.loc[rows["fuel"].isin(fuels())]
        if rows.empty or rows["sulphur_percent"].isna().any():
            continue
        ends = [_so2_ends(row, book) for row in rows.to_dict("records")]
        yield from _compare(book, "AUD-FUEL-SO2", place, rows, ends, ("SO2",), "SO2 of the fuel's sulphur")


def fuel_ash(book: Book) -> Findings:
    """Declared solids against the ash of the fuels, with the declared or the usual degree of cleaning."""
    for place, rows in _by_stack(book):
        known = [(fuel, "ash_carried") in fuel_factors() for fuel in rows["fuel"]]
        rows = rows.loc[known]
        if rows.empty or rows["ash_percent"].isna().any():
            continue
        cleaning = _declared_cleaning(book, place)
        ends = [_ash_ends(row, cleaning, book) for row in rows.to_dict("records")]
        yield from _compare(
            book, "AUD-FUEL-ASH", place, rows, ends, ASH_SUBSTANCES, "solids of the fuel's ash"
        )


def fuel_nitrogen(book: Book) -> Findings:
    """Declared nitrogen oxides against the range of factors of the fuels."""
    weights = {"NO2": 1.0, "NOx": 1.0, "NO": molar_mass_g_mol("NO2") / molar_mass_g_mol("NO")}
    yield from _by_factor(book, "AUD-FUEL-NOX", "nox_kg_t", weights, "nitrogen oxides as NO2")


def fuel_monoxide(book: Book) -> Findings:
    """Declared carbon monoxide against the range of factors of the fuels."""
    yield from _by_factor(book, "AUD-FUEL-CO", "co_kg_t", {"CO": 1.0}, "carbon monoxide")


def fuel_quality(book: Book) -> Findings:
    """Sulphur and ash against the fuel's usual range, and fuels that no factor or stack is known of."""
    for row in book.fuel.to_dict("records"):
        missing = _unknown(book, row)
        if missing:
            yield book.found(
                "AUD-FUEL-FACTORS", at=row, column=missing[0], text=missing[1], note=str(row[missing[0]])
            )
            continue
        for quantity in ("sulphur_percent", "ash_percent"):
            limit = fuel_factors().get((row["fuel"], quantity))
            if limit is not None and (row[quantity] < limit.low or row[quantity] > limit.high):
                yield book.found(
                    "AUD-FUEL-QUALITY",
                    at=row,
                    column=quantity,
                    value=row[quantity],
                    unit="%",
                    low=limit.low,
                    high=limit.high,
                    note=limit.source,
                    marks=(limit.mark,),
                    text=f"{limit.low:g} to {limit.high:g} % for {row['fuel']}",
                )


def smelter_sulphur(book: Book) -> Findings:
    """Declared SO2 of a plant against what its sulphur balance leaves for the air."""
    for plant, rows in book.balance.groupby("facility_id", sort=False):
        left, spread = sulphur_to_air(rows, book)
        emission, sigma = so2_of_sulphur(left), so2_of_sulphur(spread)
        low, high = emission - COVERAGE * sigma, emission + COVERAGE * sigma
        declared = book.declared(str(plant), None, ("SO2",))
        about: dict[str, Any] = {"at": rows.iloc[0], "unit": "t yr⁻¹", "pollutant": "SO2", "source_id": None}
        if high < 0:
            yield book.found(
                "AUD-SMELTER-NEGATIVE",
                **about,
                column="mass_t_yr",
                value=emission,
                low=0.0,
                high=math.inf,
                text="0 t/yr or more",
                note=f"balance {emission:.4g} ± {COVERAGE * sigma:.2g} t/yr of SO2",
            )
            continue
        if COVERAGE * sigma > abs(emission):
            yield book.found(
                "AUD-SMELTER-UNDECIDED",
                **about,
                column="mass_t_yr",
                value=emission,
                low=low,
                high=high,
                text=f"{max(low, 0):.4g} to {high:.4g} t/yr of SO2",
                note="the uncertainty of the balance is larger than its result",
            )
        if declared.empty:
            continue
        total = declared["annual_t"].sum()
        half = (declared["annual_t_high"] - declared["annual_t"]).sum()
        if not max(low, 0.0) - half <= total <= high + half:
            yield book.found(
                "AUD-SMELTER-SULPHUR",
                **about | {"at": declared.iloc[0]},
                column="annual_t",
                value=total,
                low=max(low, 0.0) - half,
                high=high + half,
                text=f"{max(low, 0):.4g} to {high:.4g} t/yr of SO2 (balance {emission:.4g} t/yr)",
                note=f"{len(rows)} streams; standard uncertainty {sigma:.2g} t/yr; "
                f"SO2 declared in {len(declared)} sources",
            )


def sulphur_to_air(rows: pd.DataFrame, book: Book) -> tuple[float, float]:
    """Sulphur that a balance leaves for the air, and its standard uncertainty [t yr⁻¹].

    S_air = Σ_in m S − Σ_out m S; streams are taken as independent, masses and contents too.
    """
    sign = rows["stream"].map({"in": 1.0}).fillna(-1.0).astype(float)
    sulphur = rows["mass_t_yr"] * rows["sulphur_percent"] / 100.0
    mass = rows["mass_uncertainty"].fillna(book.limit("balance_mass_uncertainty"))
    content = rows["analysis_uncertainty"].fillna(book.limit("balance_analysis_uncertainty"))
    spread = sulphur * (mass**2 + content**2) ** 0.5
    return float((sign * sulphur).sum()), float((spread**2).sum() ** 0.5)


def _by_stack(book: Book) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Fuels that leave by one stack, or by a plant where the stack is not stated."""
    rows = book.fuel.loc[[_unknown(book, row) is None for row in book.fuel.to_dict("records")]]
    whole = set(rows.loc[rows["source_id"].isna() | (rows["source_id"] == ""), "facility_id"])
    for plant, part in rows.groupby("facility_id", sort=False):
        if plant in whole:
            yield {"facility_id": plant, "source_id": None}, part
            continue
        for source, own in part.groupby("source_id", sort=False):
            yield {"facility_id": plant, "source_id": source}, own


def _unknown(book: Book, row: Mapping[str, Any]) -> tuple[str, str] | None:
    if row["fuel"] not in fuels():
        return "fuel", f"one of: {', '.join(fuels())}"
    if row["facility_id"] not in set(book.sources["facility_id"]):
        return "facility_id", "a plant of the inventory"
    source = row["source_id"]
    if isinstance(source, str) and source and source not in book.sources.index:
        return "source_id", "a source of the inventory"
    return None


def _share(row: Mapping[str, Any], column: str) -> tuple[float, float, str]:
    """Least and largest share as stated, or as usual for the fuel, and the mark of it."""
    if not math.isnan(row[column]):
        return row[column], row[column], _mark(row)
    factor = fuel_factors()[row["fuel"], column]
    return factor.low, factor.high, factor.mark


def _mark(row: Mapping[str, Any]) -> str:
    return row["mark"] if isinstance(row["mark"], str) and row["mark"] else "secondary"


def _spread(row: Mapping[str, Any], book: Book) -> float:
    mass, analysis = row["mass_uncertainty"], row["analysis_uncertainty"]
    mass = book.limit("fuel_mass_uncertainty") if math.isnan(mass) else mass
    analysis = book.limit("fuel_analysis_uncertainty") if math.isnan(analysis) else analysis
    return COVERAGE * math.hypot(mass, analysis)


def _so2_ends(row: Mapping[str, Any], book: Book) -> tuple[float, float, str]:
    if (row["fuel"], "sulphur_bound") not in fuel_factors() and math.isnan(row["sulphur_bound"]):
        row = {**row, "sulphur_bound": 0.0}
    if (row["fuel"], "sulphur_capture") not in fuel_factors() and math.isnan(row["sulphur_capture"]):
        row = {**row, "sulphur_capture": 0.0}
    bound, capture = _share(row, "sulphur_bound"), _share(row, "sulphur_capture")
    spread = _spread(row, book)
    mass, sulphur = row["mass_t_yr"], row["sulphur_percent"]
    return (
        so2_of_fuel(mass, sulphur, bound[1], capture[1]) * max(1 - spread, 0.0),
        so2_of_fuel(mass, sulphur, bound[0], capture[0]) * (1 + spread),
        worst_mark(bound[2], capture[2]),
    )


def _ash_ends(
    row: Mapping[str, Any], cleaning: tuple[float, float] | None, book: Book
) -> tuple[float, float, str]:
    carried, capture = _share(row, "ash_carried"), _share(row, "ash_capture")
    if cleaning is not None and math.isnan(row["ash_capture"]):
        capture = (*cleaning, "secondary")
    spread = _spread(row, book)
    mass, ash = row["mass_t_yr"], row["ash_percent"]
    return (
        solids_of_fuel(mass, ash, carried[0], capture[1]) * max(1 - spread, 0.0),
        solids_of_fuel(mass, ash, carried[1], capture[0]) * (1 + spread),
        worst_mark(carried[2], capture[2]),
    )


def _declared_cleaning(book: Book, place: Mapping[str, Any]) -> tuple[float, float] | None:
    """Least and largest declared degree of cleaning of solids times its coverage [1]; None without one."""
    rows = book.declared(place["facility_id"], place["source_id"], ASH_SUBSTANCES)
    rows = rows.loc[rows["cleaning_efficiency"] > 1]
    if rows.empty:
        return None
    covered = rows["cleaning_coverage"].fillna(100.0) / 100.0
    largest = rows[["cleaning_efficiency_high", "cleaning_efficiency_max"]].max(axis=1)
    low = float((rows["cleaning_efficiency_low"] * covered).min()) / 100.0
    high = float((largest * covered).max()) / 100.0
    return max(low, 0.0), min(high, 1.0)


def _compare(
    book: Book,
    code: str,
    place: Mapping[str, Any],
    rows: pd.DataFrame,
    ends: list[tuple[float, float, str]],
    pollutants: tuple[str, ...],
    words: str,
    weights: Mapping[str, float] | None = None,
) -> Findings:
    declared = book.declared(place["facility_id"], place["source_id"], pollutants)
    if "TSP" in pollutants:
        # Size fractions are parts of the total, and no second mass.
        total = declared["pollutant"].isin(DUSTS - {"PM10"})
        declared = declared.loc[total | ~bool(total.any())]
    if declared.empty or declared["annual_t"].isna().any():
        return
    weight = declared["pollutant"].astype(object).map(dict(weights)).astype(float) if weights else 1.0
    total_t = float((declared["annual_t"] * weight).sum())
    half = float(((declared["annual_t_high"] - declared["annual_t"]) * weight).sum())
    low, high = sum(end[0] for end in ends), sum(end[1] for end in ends)
    if low - half <= total_t <= high + half:
        return
    burnt = "; ".join(f"{row['mass_t_yr']:g} t of {row['fuel']}" for row in rows.to_dict("records"))
    yield book.found(
        code,
        at=declared.iloc[0],
        source_id=place["source_id"],
        pollutant="|".join(dict.fromkeys(declared["pollutant"])),
        column="annual_t",
        value=total_t,
        unit="t yr⁻¹",
        low=low - half,
        high=high + half,
        text=f"{low:.4g} to {high:.4g} t/yr: {words}",
        note=f"{burnt}; declared in {len(declared)} rows",
        marks=[end[2] for end in ends],
    )


def _by_factor(book: Book, code: str, quantity: str, weights: Mapping[str, float], words: str) -> Findings:
    for place, rows in _by_stack(book):
        known = [(fuel, quantity) in fuel_factors() for fuel in rows["fuel"]]
        if not all(known) or rows.empty:
            continue
        ends = []
        for row in rows.to_dict("records"):
            factor = fuel_factors()[row["fuel"], quantity]
            mass = row["mass_t_yr"] / 1000.0
            ends.append((factor.low * mass, factor.high * mass, factor.mark))
        yield from _compare(book, code, place, rows, ends, tuple(weights), words, weights)
