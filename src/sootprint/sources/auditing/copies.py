"""Values that were copied down a column instead of measured."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sootprint.sources.auditing.book import Book, celsius

Findings = Iterator[dict[str, Any]]

DIGITS = 3
"""Significant digits from which an equal rate is no coincidence of rounding."""


def chance_of_run(places: int, marked: int, run: int) -> float:
    """Chance that `marked` equal values, in random order among `places`, hold a run of at least `run`.

    By counting arrangements: with n places and m marked ones, those without a run of k are
    Σ_j (−1)^j C(n − m + 1, j) C(n − j k, n − m) of C(n, m).

    Example: two marked of three places stand together in 2 of 3 arrangements.

    Raises
    ------
    ValueError
        If the counts cannot be.
    """
    if not 0 <= marked <= places or run < 1:
        raise ValueError(f"{marked} marked of {places} places, run of {run}")
    gaps = places - marked
    without = 0
    for j in range(min(gaps + 1, marked // run) + 1):
        without += (-1) ** j * math.comb(gaps + 1, j) * math.comb(places - j * run, gaps)
    return 1.0 - without / math.comb(places, marked)


def significant_digits(value: float) -> int:
    """Digits of a number's shortest decimal form without leading and trailing zeros: 3 for 0.0125."""
    if not math.isfinite(value) or value == 0:
        return 0
    return len(Decimal(repr(float(value))).normalize().as_tuple().digits)


def exit_conditions(book: Book) -> Findings:
    """Runs of sources with the same temperature and velocity although their mouths differ.

    Sources that agree in height and mouth too are a group of like stacks and count once.
    """
    least, sizes = int(book.limit("copied_run")), int(book.limit("copied_diameters"))
    for plant, rows in book.sources.loc[book.sources["kind"] == "point"].groupby("facility_id", sort=False):
        alike = ["height_m", "diameter_m", "exit_velocity_m_s", "exit_temperature_k"]
        rows = rows.sort_values(["source_file", "source_row"], kind="stable").drop_duplicates(alike)
        rows = rows.dropna(subset=["exit_velocity_m_s", "exit_temperature_k"])
        pairs = list(zip(rows["exit_temperature_k"], rows["exit_velocity_m_s"], strict=True))
        start = 0
        for end in range(1, len(pairs) + 1):
            if end < len(pairs) and pairs[end] == pairs[start]:
                continue
            run = rows.iloc[start:end]
            if len(run) >= least and run["diameter_m"].nunique() >= sizes:
                chance = chance_of_run(len(pairs), pairs.count(pairs[start]), len(run))
                kelvin, velocity = pairs[start]
                yield book.found(
                    "AUD-COPIED-EXIT",
                    at=run.iloc[0],
                    source_id=None,
                    facility_id=plant,
                    column="exit_temperature_k|exit_velocity_m_s",
                    value=len(run),
                    unit="1",
                    low=0.0,
                    high=least - 1,
                    text=f"fewer than {least} sources in a row with equal values",
                    note=f"{celsius(kelvin):.4g} °C and {velocity:g} m/s in {', '.join(run['source_id'])}; "
                    f"so long a run by shuffling the rows: chance {chance:.2g}",
                )
            start = end


def rates(book: Book) -> Findings:
    """The same g/s of a substance in sources of different height or mouth."""
    least = int(book.limit("copied_rates"))
    rows = book.emissions.loc[book.emissions["rate_g_s"].map(significant_digits) >= DIGITS]
    key = ["facility_id", "pollutant", "rate_g_s"]
    rows = rows.loc[rows.groupby(key)["source_id"].transform("nunique") >= least]
    sizes = book.sources[["height_m", "diameter_m"]]
    for (plant, pollutant, rate), same in rows.groupby(key, sort=False):
        shapes = sizes.loc[same["source_id"]].drop_duplicates()
        if len(shapes) >= least:
            yield book.found(
                "AUD-COPIED-RATE",
                at=same.iloc[0],
                source_id=None,
                facility_id=plant,
                pollutant=pollutant,
                column="rate_g_s",
                value=float(rate),
                unit="g s⁻¹",
                text=f"different values in {len(shapes)} sources of different height or mouth",
                note=", ".join(same["source_id"]),
            )


def substances(book: Book) -> Findings:
    """The same g/s for several substances of one source."""
    rows = book.emissions.loc[book.emissions["rate_g_s"].map(significant_digits) >= DIGITS]
    rows = rows.loc[rows.duplicated(["source_id", "rate_g_s"], keep=False)]
    for (source, rate), same in rows.groupby(["source_id", "rate_g_s"], sort=False):
        names = list(dict.fromkeys(same["pollutant"]))
        if len(names) > 1:
            yield book.found(
                "AUD-COPIED-SUBSTANCE",
                at=same.iloc[0],
                source_id=source,
                pollutant="|".join(names),
                column="rate_g_s",
                value=float(rate),
                unit="g s⁻¹",
                text="different values of each substance",
                note=f"rows {', '.join(str(row) for row in same['source_row'])}",
            )
