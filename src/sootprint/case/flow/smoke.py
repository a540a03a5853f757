"""Steps on who contributed: operator, attribution, inspections and scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from sootprint.case.config import Settings
from sootprint.case.flow.dispersing import INLET_HEIGHT_M, USABLE, disperse, prior_rates
from sootprint.case.flow.identifiability import identifiability_steps
from sootprint.case.flow.law import USE_SUSPECT, without_suspect_h2s
from sootprint.case.flow.layers import layer_files
from sootprint.case.flow.reading import case_crs
from sootprint.case.flow.terrain import TERRAIN_INPUTS
from sootprint.case.steps import Context, Evidence, Step
from sootprint.core import schema

if TYPE_CHECKING:
    import xarray as xr

    from sootprint.attribution.inverse import Attribution

DIAGNOSTICS = ("readings", "errors", "bootstrap", "chains", "classes", "groups", "prior")
"""Diagnostics of the attribution that are kept as tables."""


def smoke_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """Steps from ``operator`` to ``decisions``; none without an inventory."""
    if not any(item.kind == "sources" for item in evidence):
        return []
    layered = layer_files(settings, evidence)
    walked = ("seed",) if settings.engine.engine != "plume" else ()
    return [
        Step(
            "operator",
            "Disperse every source",
            _operator,
            needs=("stations", "sources", "meteorology", *TERRAIN_INPUTS),
            settings=("place", "engine", *walked, *(f"files:{name}" for name in layered)),
            rooms=("core", "weather", "dispersion", "case/flow")
            if layered or walked
            else ("core", "dispersion", "case/flow"),
            evidence=layered,
        ),
        *identifiability_steps(layered),
        Step(
            "attribution",
            "Infer the emissions",
            _attribution,
            needs=(
                *("operator", "observations", "h2s_quality", "sources", "emissions"),
                *("episodes", "meteorology"),
            ),
            settings=("place.zone", "attribution.options", "seed", "scope", USE_SUSPECT),
            rooms=("core", "sources", "monitors", "attribution/inverse", "case/flow"),
        ),
        Step(
            "decisions",
            "Rank inspections and try scenarios",
            _decisions,
            needs=(
                *("operator", "observations", "h2s_quality", "sources", "rates", "episodes", "norms"),
                "findings",
                *("meteorology", "attribution_sources", "attribution_episodes", "attribution_draws"),
                *(f"attribution_{name}" for name in DIAGNOSTICS),
            ),
            settings=("place", "scenarios", "seed", USE_SUSPECT),
            rooms=("core", "action", "monitors", "attribution/inverse", "case/flow"),
        ),
    ]


def _operator(context: Context) -> dict[str, Any]:
    from sootprint import dispersion

    made = disperse(context, context.table("sources"), post_receptors(context))
    return {
        "operator": made,
        "operator_hours": dispersion.operator_hours(made),
        "engine": {name: str(value) for name, value in sorted(made.attrs.items())},
    }


def post_receptors(context: Context) -> pd.DataFrame:
    """Posts of the case that have a place, as receptors."""
    stations = context.table("stations").dropna(subset=["lon", "lat"])
    return pd.DataFrame(
        {
            "receptor_id": stations["station_id"].astype(str),
            "lon": stations["lon"],
            "lat": stations["lat"],
            "height_m": stations["inlet_height_m"].fillna(INLET_HEIGHT_M),
        }
    )


def attributed(context: Context, operator: xr.Dataset) -> tuple[Attribution, pd.DataFrame]:
    """Attribution of the case's readings by an operator, and the prior rates that it starts from."""
    from sootprint.attribution import inverse

    settings = context.settings
    observations, sources = without_suspect_h2s(context), context.table("sources")
    rates = prior_rates(context.table("emissions"), sources, None)
    measured = observations.loc[observations["flag"].isin(USABLE), "pollutant"].unique()
    rates = rates.loc[rates["pollutant"].isin(measured)]
    result = inverse.attribute(
        operator,
        observations,
        rates,
        context.table("episodes"),
        sources=sources,
        zone=settings.place.zone,
        weather=context.table("meteorology"),
        options=inverse.Options(**settings.attribution.options),
        seed=settings.seed,
    )
    return result, rates


def _attribution(context: Context) -> dict[str, Any]:
    result, rates = attributed(context, context.dataset("operator").load())
    diagnostics = {
        f"attribution_{name}": schema.check(result.diagnostics[name], f"attribution_{name}")
        for name in DIAGNOSTICS
    }
    chains = diagnostics["attribution_chains"]
    return {
        "attribution_summary": {
            "largest split R-hat": round(float(chains["r_hat"].max()), 3),
            "smallest effective sample size": round(float(chains["effective_size"].min())),
        },
        "rates": schema.check(rates, "rates"),
        "attribution_sources": result.sources,
        "attribution_episodes": result.episodes,
        "attribution_draws": result.draws,
        **diagnostics,
    }


def _decisions(context: Context) -> dict[str, Any]:
    from sootprint import action
    from sootprint.attribution import inverse

    settings = context.settings
    result = inverse.Attribution(
        sources=context.table("attribution_sources"),
        episodes=context.table("attribution_episodes"),
        draws=context.dataset("attribution_draws").load(),
        diagnostics={name: context.table(f"attribution_{name}") for name in DIAGNOSTICS},
    )
    operator = context.dataset("operator").load()
    inspections = action.rank_inspections(
        result,
        context.table("rates"),
        context.table("sources"),
        context.table("episodes"),
        context.table("norms"),
        context.table("findings"),
        context.table("meteorology"),
        operator=operator,
        zone=settings.place.zone,
        crs=case_crs(settings),
    )
    context.progress("scenarios")
    scenarios = action.scale_top_sources(
        result,
        operator,
        without_suspect_h2s(context),
        context.table("norms"),
        inspections,
        factor=settings.scenarios.factor,
        count=settings.scenarios.sources,
        seed=settings.seed,
    )
    return {"inspections": inspections, "scenarios": scenarios}
