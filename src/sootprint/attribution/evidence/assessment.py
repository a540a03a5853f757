"""The evidence of a case: rates, episodes, norms and statements from one attribution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sootprint.attribution.evidence.claims import claims_of
from sootprint.attribution.evidence.episodes import background_of, episode_rows
from sootprint.attribution.evidence.field import Field, make_field
from sootprint.attribution.evidence.overturning import telling_post
from sootprint.attribution.evidence.rate_rows import (
    ONE_MONTH,
    OWN_FIT,
    PERIOD,
    local_months,
    month_fit,
    rate_rows,
    withhold_faint,
)
from sootprint.attribution.evidence.statements import Provenance, statements_table
from sootprint.attribution.evidence.subjects import Subject, subjects_of
from sootprint.attribution.evidence.without import norm_rows
from sootprint.attribution.inverse import Options
from sootprint.core import schema

if TYPE_CHECKING:
    import xarray as xr

    from sootprint.attribution.inverse import Attribution

Row = dict[str, Any]


@dataclass(frozen=True)
class Inputs:
    """What the evidence is made from, as it was given to `inverse.attribute` and to `monitors.assess`.

    Attributes
    ----------
    operator : Dataset
        Operator.
    observations, rates, sources, stations, episodes : DataFrame
        Tables; ``rates`` holds the one mean rate a source and pollutant that was tested.
    emissions : DataFrame
        Mean rates of all bases, as `sources.mean_rates` gives them: those ``permitted`` are asked for.
    exceedances, exceedance_hours, norms : DataFrame
        Comparisons with the norms, and the intervals over them.
    zone : str
        IANA zone of local days and months.
    weather : DataFrame or None
        Weather of the operator.
    options : Options
        Settings of the attribution.
    seed : int
        Seed.
    deciding : DataFrame or None
        Table ``deciding_observations``: what would decide a source that is not decidable.
    """

    operator: xr.Dataset
    observations: pd.DataFrame
    rates: pd.DataFrame
    sources: pd.DataFrame
    stations: pd.DataFrame
    episodes: pd.DataFrame
    emissions: pd.DataFrame
    exceedances: pd.DataFrame
    exceedance_hours: pd.DataFrame
    norms: pd.DataFrame
    zone: str
    weather: pd.DataFrame | None = None
    options: Options = dataclass_field(default_factory=Options)
    seed: int = 0
    deciding: pd.DataFrame | None = None


@dataclass(frozen=True)
class Evidence:
    """Result of `assess`: tables ``evidence_…`` by their names.

    Attributes
    ----------
    rates, episodes, norms, statements, unanswered : DataFrame
        Tables ``evidence_rates``, ``evidence_episodes``, ``evidence_norms``, ``evidence_statements`` and
        ``evidence_unanswered``.
    """

    rates: pd.DataFrame
    episodes: pd.DataFrame
    norms: pd.DataFrame
    statements: pd.DataFrame
    unanswered: pd.DataFrame


def assess(
    attribution: Attribution,
    inputs: Inputs,
    origin: Provenance,
    *,
    tolerance: float = 0.2,
    months: bool = True,
    progress: Callable[[str], None] = lambda text: None,
) -> Evidence:
    """Evidence on every source, plant and group of every pollutant, over the period and in each episode.

    Parameters
    ----------
    attribution : Attribution
        Result of `inverse.attribute`.
    inputs : Inputs
        What it was made from, and the norms.
    origin : Provenance
        What made it: hashes that every statement carries.
    tolerance : float
        Tolerance of the licence and of its monitoring [1].
    months : bool
        Whether months are fitted by themselves where the period has several.
    progress : callable
        Gets what is being done.
    """
    progress("rates")
    rates, unanswered = _rates(attribution, inputs, tolerance, months, progress)
    episodes: list[Row] = []
    norms: list[Row] = []
    telling: dict[Any, Row] = {}
    pollutants = [str(name) for name in attribution.draws["pollutant"].to_numpy()]
    for number, pollutant in enumerate(pollutants):
        progress(pollutant)
        field = make_field(
            attribution,
            inputs.operator,
            inputs.observations,
            pollutant,
            weather=inputs.weather,
            options=inputs.options,
        )
        subjects = subjects_of(attribution, pollutant, field.sources)
        rows, refused = _norms(attribution, inputs, field, subjects, number)
        norms += rows
        unanswered += [{"question": "but_for", "pollutant": pollutant, **row} for row in refused]
        episodes += _episodes(attribution, inputs, field, subjects, number)
        for subject in subjects:
            generator = np.random.default_rng([inputs.seed, number, 3])
            low = np.quantile(field.emission[:, subject.members], 0.05, axis=0)
            telling[(pollutant, subject.kind, subject.name)] = telling_post(
                field,
                subject,
                low,
                inputs.stations,
                inputs.sources,
                generator,
                noise_ugm3=_noise(attribution, pollutant),
            )
    whole = {_key(row): row for row in episodes if row["episode_id"] == "all"}
    for row in rates:
        if _key(row) in whole:
            withhold_faint(row, whole[_key(row)])
    verdicts = {_key(row): row["verdict"] for row in rates if row["month"] == "all"}
    held = {(*_key(row), row["episode_id"]): row for row in norms if row["episode_id"] is not None}
    for row in episodes:
        row["verdict"] = verdicts[_key(row)]
        own = held.get((*_key(row), row["episode_id"]))
        if own is not None:
            row |= {"norm_id": own["norm_id"], "probability_held": own["probability_held"]}
    made = {
        "evidence_rates": _table(rates, "evidence_rates"),
        "evidence_episodes": _table(episodes, "evidence_episodes"),
        "evidence_norms": _table(norms, "evidence_norms"),
    }
    progress("statements")
    return Evidence(
        rates=made["evidence_rates"],
        episodes=made["evidence_episodes"],
        norms=made["evidence_norms"],
        statements=statements_table(
            made["evidence_rates"],
            made["evidence_episodes"],
            made["evidence_norms"],
            telling,
            origin,
            deciding=inputs.deciding,
        ),
        unanswered=_table(unanswered, "evidence_unanswered"),
    )


def _key(row: Row) -> tuple[str, str, str]:
    return row["pollutant"], row["subject_kind"], row["subject_id"]


def _noise(attribution: Attribution, pollutant: str) -> float:
    """Fitted additive error of an hour [µg m⁻³]; 0 where nothing could be compared."""
    table = attribution.diagnostics["errors"].set_index("pollutant")
    value = float(table.loc[pollutant, "additive_ugm3"]) if "additive_ugm3" in table else np.nan
    return value if np.isfinite(value) else 0.0


def _table(rows: list[Row], name: str) -> pd.DataFrame:
    return schema.check(pd.DataFrame(rows), name) if rows else schema.empty(name)


def _rates(
    attribution: Attribution,
    inputs: Inputs,
    tolerance: float,
    months: bool,
    progress: Callable[[str], None],
) -> tuple[list[Row], list[Row]]:
    """Rows of the period and of each month, and the months without an answer."""
    permitted = inputs.emissions[inputs.emissions["basis"] == "permitted"]
    given = {"tolerance": tolerance, "decidable": inputs.options.decidable}

    def claims(pollutant: str, sources: list[str]) -> Any:
        least = inputs.options.minimum_uncertainty
        return claims_of(inputs.rates, permitted, pollutant, sources, minimum_uncertainty=least)

    rows = rate_rows(attribution, claims, month="all", fit=PERIOD, **given)
    spans = local_months(pd.DatetimeIndex(inputs.operator["time"].to_numpy()).as_unit("us"), inputs.zone)
    if len(spans) == 1:
        return rows + [row | {"month": spans[0][0], "fit": ONE_MONTH} for row in rows], []
    unanswered: list[Row] = []
    for name, start, end in spans if months else []:
        progress(f"rates in {name}")
        made = month_fit(
            inputs.operator,
            inputs.observations,
            inputs.rates,
            (start, end),
            sources=inputs.sources,
            zone=inputs.zone,
            weather=inputs.weather,
            options=inputs.options,
            seed=inputs.seed,
        )
        if made is None:
            reason = "too few hours with wind were served for a fit of the month"
            unanswered.append({"question": "month", "month": name, "reason": reason})
        else:
            rows += rate_rows(made, claims, month=name, fit=OWN_FIT, **given)
    return rows, unanswered


def _norms(
    attribution: Attribution, inputs: Inputs, field: Field, subjects: list[Subject], number: int
) -> tuple[list[Row], list[Row]]:
    return norm_rows(
        field,
        subjects,
        inputs.exceedances,
        inputs.exceedance_hours,
        inputs.norms,
        inputs.episodes,
        background_of(attribution.episodes),
        zone=inputs.zone,
        generator=np.random.default_rng([inputs.seed, number, 2]),
    )


def _episodes(
    attribution: Attribution, inputs: Inputs, field: Field, subjects: list[Subject], number: int
) -> list[Row]:
    permitted = inputs.emissions[inputs.emissions["basis"] == "permitted"]
    claims = claims_of(
        inputs.rates,
        permitted,
        field.pollutant,
        field.sources,
        minimum_uncertainty=inputs.options.minimum_uncertainty,
    )
    backgrounds = background_of(attribution.episodes)
    periods = {"all": np.ones(len(field.times), bool)}
    own = inputs.episodes[inputs.episodes["pollutant"] == field.pollutant]
    for item in own.itertuples():
        inside = (field.times >= item.time_start) & (field.times < item.time_end)
        periods[str(item.episode_id)] = np.asarray(inside)
    rows: list[Row] = []
    for order, (episode_id, hours) in enumerate(periods.items()):
        generator = np.random.default_rng([inputs.seed, number, order, 1])
        background = backgrounds.get((episode_id, field.pollutant, "all"), (0.0, 0.0))
        rows += episode_rows(field, subjects, claims, episode_id, hours, background, generator)
    return rows
