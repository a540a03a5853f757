"""Step ``factors``: what was in the air together where many pollutants are measured, and of which plant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sootprint.case.config import Settings
from sootprint.case.flow.dispersing import USABLE, prior_rates
from sootprint.case.flow.law import USE_SUSPECT, without_suspect_h2s
from sootprint.case.steps import Context, Evidence, Step
from sootprint.core import schema
from sootprint.core.errors import InputError

if TYPE_CHECKING:
    from sootprint.attribution.factors import Factorisation, FactorMatrix, FactorOptions
    from sootprint.attribution.factors.resampling import Bootstrap

TABLES = (
    "factor_solution",
    "factor_profiles",
    "factor_contributions",
    "factor_starts",
    "factor_numbers",
    "factor_plants",
)

ASKED_SPECIES, AUTOMATIC_SPECIES = 6, 8
"""Species that a post must measure together where a number of factors is stated, and where none is."""

SAMPLES_A_SPECIES = 10
"""Samples that a post must have for each species."""

NUMBERS = (2, 3, 4, 5, 6, 7)
"""Numbers of factors that are compared where none is stated: as many as half of the species at most."""

WORTH, FOUND_AGAIN, LEADS = 0.1, 0.8, 0.25
"""A further factor is taken while Q/Q(expected) falls by so much of itself, so many of the factors are found
again by the starts, and each factor makes so much of some species [1]."""


def factor_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """The step ``factors``."""
    return [
        Step(
            "factors",
            "Look for what came together",
            _factors,
            needs=("observations", "h2s_quality", "operator", "sources", "emissions"),
            settings=("place.zone", "factors", "seed", USE_SUSPECT),
            rooms=("core", "sources", "attribution/factors", "case/flow"),
        )
    ]


def _factors(context: Context) -> dict[str, Any]:
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    remarks: dict[str, str] = {}
    for station, matrix, hours in matrices(context):
        context.progress(station)
        made, remark = _one_post(context, station, matrix, hours)
        if remark:
            remarks[station] = remark
        for name, table in made.items():
            parts[name].append(table.assign(station_id=station))
    full = {
        name: schema.check(pd.concat(tables, ignore_index=True), name) if tables else schema.empty(name)
        for name, tables in parts.items()
    }
    return {**full, "factor_remarks": remarks}


def matrices(context: Context) -> list[tuple[str, FactorMatrix, float]]:
    """Post, matrix and length of a sample [h] of each post with species enough, by the name of the post."""
    from sootprint.attribution.factors import factor_matrix

    wanted = context.settings.factors
    observations = without_suspect_h2s(context)
    usable = observations[observations["flag"].isin(USABLE) & observations["value_ugm3"].notna()]
    made = []
    for station, own in usable.groupby("station_id", sort=True):
        # samples of the length in which most species were measured, the shorter one of two such lengths
        counts = own.groupby("duration_s")["pollutant"].nunique()
        length = float(counts.index[counts.to_numpy().argmax()])
        own = own[own["duration_s"] == length]
        limits = own.groupby("pollutant")["detection_limit_ugm3"].max().astype(float).fillna(0.0)
        wide = own.pivot_table(index="time_start", columns="pollutant", values="value_ugm3").sort_index()
        wide.index = pd.DatetimeIndex(wide.index)
        known = set(wide.columns)
        matrix = factor_matrix(
            wide,
            detection_limits={str(name): float(limits[name]) for name in wide.columns},
            weak=[name for name in wanted.weak if name in known],
            leave_out=[name for name in wanted.leave_out if name in known],
        )
        least = AUTOMATIC_SPECIES if wanted.number is None else ASKED_SPECIES
        count = len(matrix.species)
        if count >= least and len(matrix.values) >= SAMPLES_A_SPECIES * count:
            made.append((str(station), matrix, length / 3600.0))
    return made


def _one_post(
    context: Context, station: str, matrix: FactorMatrix, hours: float
) -> tuple[dict[str, pd.DataFrame], str]:
    """Tables of one post, and why nothing is said of plants where nothing is."""
    from sootprint.attribution import factors as room

    wanted, seed = context.settings.factors, context.settings.seed
    options = room.FactorOptions(factors=wanted.number or NUMBERS[0], starts=wanted.starts, seed=seed)
    solution, numbers = _solution(matrix, options, wanted.number)
    context.progress(f"{station}: errors")
    errors = room.bootstrap(solution, runs=wanted.bootstrap) if wanted.bootstrap else None
    species = [name for name in wanted.displace if name in matrix.species]
    displaced = room.displacement(solution, species=species) if species else None
    made = room.report_tables(solution, errors, displaced) | {"factor_numbers": numbers}
    try:
        made["factor_plants"] = _plants(context, station, solution, errors, hours)
    except InputError as error:
        return made, error.what
    return made, ""


def _solution(
    matrix: FactorMatrix, options: FactorOptions, number: int | None
) -> tuple[Factorisation, pd.DataFrame]:
    """Solution, and the criteria of the numbers of factors that were compared."""
    from sootprint.attribution import factors as room

    numbers = (number,) if number else tuple(n for n in NUMBERS if 2 * n <= len(matrix.species))
    table, solutions = room.compare_numbers(matrix, numbers, options)
    chosen = number or choose_number(table)
    return solutions[chosen], table.assign(chosen=table["factors"] == chosen)


def choose_number(table: pd.DataFrame) -> int:
    """Number of factors by the criteria of `WORTH`, `FOUND_AGAIN` and `LEADS`, from the smallest up.

    Parameters
    ----------
    table : DataFrame
        From `compare_numbers`, rising.
    """
    rows = list(table.itertuples(index=False))
    chosen, before = int(rows[0].factors), float(rows[0].q_ratio)
    for row in rows[1:]:
        good = row.share_matched >= FOUND_AGAIN and row.least_own_share >= LEADS
        if not good or row.fall_ratio < WORTH * before:
            break
        chosen, before = int(row.factors), float(row.q_ratio)
    return chosen


def _plants(
    context: Context, station: str, solution: Factorisation, errors: Bootstrap | None, hours: float
) -> pd.DataFrame:
    """Table ``factor_plants``.

    Raises
    ------
    InputError
        If there is no operator at the post, or too few samples are served.
    """
    from sootprint.attribution import factors as room

    if not context.has("operator"):
        raise InputError("no inventory: no plume to compare the factors with")
    operator = context.dataset("operator").load()
    if station not in {str(name) for name in operator["receptor"].to_numpy()}:
        raise InputError("the post has no coordinates: no plume to compare the factors with")
    known = set(operator["source"].to_numpy().astype(str))
    kinds = {name: kind for name, kind in context.settings.factors.source_types.items() if name in known}
    return room.factor_plants(
        solution,
        operator,
        station=station,
        sample_hours=hours,
        activity=_activity(context, operator["time"].to_numpy()),
        bootstrap=errors,
        source_types=kinds,
        rng=np.random.default_rng([context.settings.seed, 3]),
    )


def _activity(context: Context, times: Any) -> pd.DataFrame:
    """Factor of each source by its first stated time profile, a row an hour."""
    from sootprint.sources import time_profile_factors

    rates = prior_rates(context.table("emissions"), context.table("sources"), None)
    rows = rates[rates["time_profile"].fillna("").ne("")].drop_duplicates("source_id")
    index, zone = pd.DatetimeIndex(times), context.settings.place.zone
    made = {
        str(row.source_id): np.asarray(time_profile_factors(str(row.time_profile), index, zone), float)
        for row in rows.itertuples(index=False)
    }
    return pd.DataFrame(made, index=index)
