"""What arithmetic asks of an inventory: each check gives records of findings."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from sootprint.core.constants import KELVIN_OFFSET
from sootprint.sources.auditing.book import HOURS_OF_A_YEAR, SLACK, Book

Findings = Iterator[dict[str, Any]]

NO_TO_NO2 = 0.13 / 0.8
"""Usual ratio of NO to NO2 in an inventory [1]."""

PARTICLE_SIZES = ("PM2.5", "PM10", "TSP")


def load_factor(book: Book) -> Findings:
    """t/yr against g/s and hours: a load factor is at most 1, and rarely tiny.

    Example: 10 g/s in 1000 h are at most 36 t.
    """
    rows = book.emissions
    hours = book.per_source("hours_per_year_high").fillna(HOURS_OF_A_YEAR)
    plain = book.per_source("hours_per_year").fillna(HOURS_OF_A_YEAR)
    largest = rows["rate_g_s_high"] * 3600.0 * hours / 1e6
    own = rows["annual_t_high"] - rows["annual_t"]
    factor = rows["annual_t"] / (rows["rate_g_s"] * 3600.0 * plain / 1e6)
    stated = book.per_source("hours_per_year").notna()
    low = book.limit("load_factor_low")
    for position in np.flatnonzero((rows["annual_t_low"] > largest).to_numpy(bool)):
        row = rows.iloc[position]
        top = float(largest.iloc[position] + own.iloc[position])
        yield book.found(
            "AUD-LOAD-FACTOR",
            at=row,
            column="annual_t",
            value=row["annual_t"],
            unit="t yr⁻¹",
            low=0.0,
            high=top,
            text=f"at most {top:.6g} t/yr: {row['rate_g_s']:g} g/s in {plain.iloc[position]:g} h",
            note=f"load factor {factor.iloc[position]:.3g}"
            + ("" if stated.iloc[position] else "; no hours are declared: a whole year is taken"),
        )
    small = (factor < low) & (rows["annual_t_high"] < low * rows["rate_g_s_low"] * 3600 * plain / 1e6)
    for position in np.flatnonzero((small & stated & (rows["annual_t"] > 0)).to_numpy(bool)):
        row = rows.iloc[position]
        yield book.found(
            "AUD-LOAD-FACTOR-LOW",
            at=row,
            column="annual_t",
            value=factor.iloc[position],
            unit="1",
            low=low,
            high=1.0,
            text=f"load factor from {low:g} to 1",
            note=f"{row['annual_t']:g} t/yr, {row['rate_g_s']:g} g/s, {plain.iloc[position]:g} h",
        )


def working_hours(book: Book) -> Findings:
    """Hours of a year; rows that the reader kept out for their hours are seen in the printed cells."""
    cells = book.cells.loc[(book.cells["column"] == "hours_per_year")]
    for row in cells.loc[(cells["value"] > HOURS_OF_A_YEAR) | (cells["value"] < 0)].to_dict("records"):
        yield book.found(
            "AUD-HOURS",
            at=row,
            column="hours_per_year",
            value=row["value"],
            unit="h",
            low=0.0,
            high=HOURS_OF_A_YEAR,
            text="0 to 8784 h",
            facility_id=str(row["source_id"]).split("/")[0],
        )
    rows = book.emissions.loc[(book.emissions["annual_t"] > 0) & (book.per_source("hours_per_year") == 0)]
    for source, own in rows.groupby("source_id", sort=False):
        needed = (own["annual_t"] * 1e6 / (own["rate_g_s"] * 3600.0)).max()
        yield book.found(
            "AUD-HOURS",
            at=book.sources.loc[source],
            column="hours_per_year",
            value=0.0,
            unit="h",
            low=needed,
            high=HOURS_OF_A_YEAR,
            text="more than 0 h, because t/yr are declared",
            note=f"t/yr over g/s need {needed:.4g} h",
        )


def flow(book: Book) -> Findings:
    """V1 against mouth and velocity.

    Example: D = 1.4 ± 0.05 m and w0 = 7.0 ± 0.05 m/s allow 9.9 to 11.7 m³/s.
    """
    for _, row in book.sources.loc[book.sources["flow_m3_s"] > 0].iterrows():
        area = mouth_area(row)
        if area is None or math.isnan(row["exit_velocity_m_s"]):
            continue
        low, high = area[0] * row["exit_velocity_m_s_low"], area[1] * row["exit_velocity_m_s_high"]
        if row["flow_m3_s_high"] >= low and row["flow_m3_s_low"] <= high:
            continue
        half = row["flow_m3_s_high"] - row["flow_m3_s"]
        kelvin = row["exit_temperature_k"]
        cold = low * KELVIN_OFFSET / kelvin <= row["flow_m3_s_high"] and row["flow_m3_s_low"] <= (
            high * KELVIN_OFFSET / kelvin
        )
        yield book.found(
            "AUD-FLOW",
            at=row,
            column="flow_m3_s",
            value=row["flow_m3_s"],
            unit="m³ s⁻¹",
            low=low - half,
            high=high + half,
            text=f"{low:.4g} to {high:.4g} m³/s of mouth and velocity as printed",
            note="V1 fits as the flow at 0 °C, not at the temperature of the gas" if cold else "",
        )


def mouth_area(row: Mapping[str, Any] | pd.Series) -> tuple[float, float] | None:
    """Smallest and largest area of a mouth [m²]; None where no size is declared."""
    if row["mouth_length_m"] > 0 and row["mouth_width_m"] > 0:
        names = ("mouth_length_m", "mouth_width_m")
        low, high = (math.prod(max(row[f"{name}_{end}"], 0.0) for name in names) for end in ("low", "high"))
        return low, high
    if row["diameter_m"] > 0:
        quarter = math.pi / 4.0
        return quarter * max(row["diameter_m_low"], 0.0) ** 2, quarter * row["diameter_m_high"] ** 2
    return None


def concentration(book: Book) -> Findings:
    """mg/Nm³ against g/s, flow and temperature.

    Example: 100.5 g/s in 188.5 m³/s at 130 °C are 787 mg/Nm³.
    """
    gas = _gas(book.sources)
    rows = book.emissions
    rows = rows.loc[(rows["concentration_mg_nm3"] > 0) & (rows["rate_g_s"] > 0)]
    rows = rows.join(gas, on="source_id")
    low = rows["rate_g_s_low"] * 1000.0 / rows["cold_high"]
    high = rows["rate_g_s_high"] * 1000.0 / rows["cold_low"]
    top, bottom = rows["concentration_mg_nm3_high"], rows["concentration_mg_nm3_low"]
    known = (rows["cold_low"] > 0) & np.isfinite(rows["cold_high"])
    wrong = known & ((top < low) | (bottom > high))
    for position in np.flatnonzero(wrong.to_numpy(bool)):
        row, least, most = rows.iloc[position], float(low.iloc[position]), float(high.iloc[position])
        half = row["concentration_mg_nm3_high"] - row["concentration_mg_nm3"]
        cooling = row["cold_high"] / row["hot_high"], row["cold_low"] / row["hot_low"]
        hot = row["concentration_mg_nm3_high"] >= least * min(cooling) and (
            row["concentration_mg_nm3_low"] <= most * max(cooling)
        )
        yield book.found(
            "AUD-CONCENTRATION",
            at=row,
            column="concentration_mg_nm3",
            value=row["concentration_mg_nm3"],
            unit="mg m⁻³",
            low=least - half,
            high=most + half,
            text=f"{least:.4g} to {most:.4g} mg/Nm³ of g/s, flow and {row['celsius']:.4g} °C",
            note="it fits as the concentration at the temperature of the gas" if hot else "",
        )


def _gas(sources: pd.DataFrame) -> pd.DataFrame:
    """Flow of gas of each source [m³ s⁻¹]: as it is (hot) and at 0 °C (cold), least and largest."""
    area = [mouth_area(row) or (math.nan, math.nan) for row in sources.to_dict("records")]
    made = pd.DataFrame(index=sources.index)
    kelvin = {"low": sources["exit_temperature_k_high"], "high": sources["exit_temperature_k_low"]}
    for end, sizes in zip(("low", "high"), zip(*area, strict=True), strict=False):
        reckoned = pd.Series(sizes, index=sources.index) * sources[f"exit_velocity_m_s_{end}"]
        stated = sources[f"flow_m3_s_{end}"]
        made[f"hot_{end}"] = stated.where(sources["flow_m3_s"] > 0, reckoned)
        made[f"cold_{end}"] = made[f"hot_{end}"] * KELVIN_OFFSET / kelvin[end]
    made["celsius"] = sources["exit_temperature_k"] - KELVIN_OFFSET
    return made.reindex(columns=["hot_low", "hot_high", "cold_low", "cold_high", "celsius"])


def sums(book: Book) -> Findings:
    """Printed sums against the rows that they add up.

    A sum that does not say what it adds up is right if it fits the plant or the rows since the last sum.
    """
    cells = book.cells.loc[book.cells["source_id"] != ""]
    at_totals = {
        (str(file), str(sheet)): set(rows)
        for (file, sheet), rows in book.totals.groupby(["source_file", "sheet"])["source_row"]
    }
    half = {
        (str(cell["source_file"]), int(cell["source_row"]), cell["column"]): float(cell["half_step"])
        for cell in book.cells.loc[book.cells["source_id"] == ""].to_dict("records")
    }
    for total in book.totals.to_dict("records"):
        key = (str(total["source_file"]), str(total["sheet"]))
        for column, unit in (("rate_g_s", "g s⁻¹"), ("annual_t", "t yr⁻¹")):
            value = total[column]
            if math.isnan(value):
                continue
            fits = _sums_of(cells.loc[cells["column"] == column], total, at_totals[key])
            own = half.get((key[0], int(total["source_row"]), column), 0.0) + abs(value) * SLACK
            if not fits or any(low - own <= value <= high + own for _, low, high in fits):
                continue
            name, low, high = fits[0]
            yield book.found(
                "AUD-TOTAL",
                at=total,
                column=column,
                value=value,
                unit=unit,
                low=low - own,
                high=high + own,
                text=f"{(low + high) / 2:.6g} (sum of the rows of the {name})",
                note=str(total["label"]),
            )


def _sums_of(
    cells: pd.DataFrame, total: dict[str, Any], totals_at: set[int]
) -> list[tuple[str, float, float]]:
    """Name, least and largest sum of each set of rows that a total may mean."""
    rows = cells.loc[cells["source_file"] == total["source_file"]]
    if rows.empty:
        return []
    here = rows.loc[(rows["sheet"] == total["sheet"]) & (rows["source_row"] < total["source_row"])]
    last = int(here["source_row"].max()) if len(here) else 0
    start = max((row for row in totals_at if row < last), default=0)
    sets = {"plant": rows, "section": here.loc[here["source_row"] > start]}
    wanted = ("plant", "section") if total["scope"] == "unclear" else (total["scope"],)
    made = []
    for name in wanted:
        part = sets[name]
        if not pd.isna(total["pollutant"]):
            part = part.loc[part["pollutant"] == total["pollutant"]]
        if part["value"].notna().all():
            total_value, spread = part["value"].sum(), part["half_step"].sum()
            made.append((name, float(total_value - spread), float(total_value + spread)))
    return made


def particles(book: Book) -> Findings:
    """Size fractions of one source: the smaller is part of the larger."""
    sizes = book.emissions.loc[book.emissions["pollutant"].isin(PARTICLE_SIZES)]
    sizes = sizes.drop_duplicates(["source_id", "pollutant"])
    for small, large in itertools.combinations(PARTICLE_SIZES, 2):
        whole = sizes.loc[sizes["pollutant"] == large].set_index("source_id")
        part = sizes.loc[(sizes["pollutant"] == small) & sizes["source_id"].isin(whole.index)]
        for column, unit in (("rate_g_s", "g s⁻¹"), ("annual_t", "t yr⁻¹")):
            most = part["source_id"].map(whole[f"{column}_high"]).astype(float)
            for position in np.flatnonzero((part[f"{column}_low"] > most).to_numpy(bool)):
                row = part.iloc[position]
                yield book.found(
                    "AUD-PARTICLES",
                    at=row,
                    pollutant=f"{small}|{large}",
                    column=column,
                    value=row[column],
                    unit=unit,
                    low=0.0,
                    high=float(most.iloc[position]),
                    text=f"at most {whole.loc[row['source_id'], column]:g}, the {large} of the source",
                )


def nitrogen_split(book: Book) -> Findings:
    """NO against NO2 of a combustion, by the usual split of an inventory."""
    rows = book.emissions.loc[book.emissions["rate_g_s"] > 0]
    no2 = rows.loc[rows["pollutant"] == "NO2"].drop_duplicates("source_id").set_index("source_id")
    for _, row in rows.loc[rows["pollutant"] == "NO"].iterrows():
        source = row["source_id"]
        if source not in no2.index or not book.combustion(source):
            continue
        other = no2.loc[source]
        low, high = NO_TO_NO2 * other["rate_g_s_low"], NO_TO_NO2 * other["rate_g_s_high"]
        if row["rate_g_s_high"] < low or row["rate_g_s_low"] > high:
            half = row["rate_g_s_high"] - row["rate_g_s"]
            yield book.found(
                "AUD-NITROGEN-SPLIT",
                at=row,
                pollutant="NO|NO2",
                column="rate_g_s",
                value=row["rate_g_s"],
                unit="g s⁻¹",
                low=low - half,
                high=high + half,
                text=f"{NO_TO_NO2 * other['rate_g_s']:.4g} g/s: 0.13/0.8 of the NO2",
                note=f"NO / NO2 = {row['rate_g_s'] / other['rate_g_s']:.3g}",
            )
