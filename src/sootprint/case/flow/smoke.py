"""Steps on who contributed: operator, attribution, inspections and scenarios."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sootprint.case.config import Settings
from sootprint.case.flow.reading import case_crs
from sootprint.case.steps import Context, Evidence, Step

BASES = ("declared", "permitted", "measured", "assumed")
"""Order in which the basis of a source's rate is chosen for the prior."""

INLET_HEIGHT_M = 3.0
"""Inlet height [m] of a post that states none; `check` says so for each."""


def smoke_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """Steps ``operator``, ``attribution`` and ``decisions``; none without an inventory."""
    if not any(item.kind == "sources" for item in evidence):
        return []
    return [
        Step(
            "operator",
            "Disperse every source",
            _operator,
            needs=("stations", "sources", "meteorology"),
            settings=("place", "engine"),
            rooms=("core", "dispersion", "case/flow"),
        ),
        Step(
            "attribution",
            "Infer the emissions",
            _attribution,
            needs=("operator", "observations", "sources", "emissions", "episodes"),
            settings=("place.zone", "attribution", "seed", "scope"),
            rooms=("core", "sources", "attribution/inverse", "case/flow"),
        ),
    ]


def _operator(context: Context) -> dict[str, Any]:
    from sootprint import dispersion

    engine = context.settings.engine
    stations = context.table("stations").dropna(subset=["lon", "lat"])
    receptors = pd.DataFrame(
        {
            "receptor_id": stations["station_id"].astype(str),
            "lon": stations["lon"],
            "lat": stations["lat"],
            "height_m": stations["inlet_height_m"].fillna(INLET_HEIGHT_M),
        }
    )
    made = dispersion.operator(
        context.table("sources"),
        receptors,
        context.table("meteorology"),
        crs=case_crs(context.settings),
        physics=engine.physics,
        land_use=context.settings.place.land_use,
        options={"calm_m_s": engine.calm_m_s, "threads": 2, **engine.options},
    )
    return {"operator": made, "operator_hours": dispersion.operator_hours(made)}


def prior_rates(
    emissions: pd.DataFrame, sources: pd.DataFrame, period: tuple[Any, Any] | None
) -> pd.DataFrame:
    """Mean rate of each source and pollutant from the first basis of `BASES` that it states."""
    from sootprint import sources as room

    rates = room.mean_rates(emissions, period, sources=sources)
    order = rates["basis"].map({basis: rank for rank, basis in enumerate(BASES)})
    chosen = rates.assign(order=order).sort_values(["source_id", "pollutant", "order"], kind="stable")
    return chosen.drop_duplicates(["source_id", "pollutant"]).drop(columns="order").reset_index(drop=True)


def _attribution(context: Context) -> dict[str, Any]:
    from sootprint.attribution import inverse

    settings = context.settings
    observations, sources = context.table("observations"), context.table("sources")
    rates = prior_rates(context.table("emissions"), sources, None)
    rates = rates.loc[rates["pollutant"].isin(observations["pollutant"].unique())]
    result = inverse.attribute(
        context.dataset("operator").load(),
        observations,
        rates,
        context.table("episodes"),
        sources=sources,
        zone=settings.place.zone,
        options=inverse.Options(**settings.attribution.options),
        seed=settings.seed,
    )
    diagnostics = {f"attribution_{name}": table for name, table in result.diagnostics.items()}
    return {
        "attribution_sources": result.sources,
        "attribution_episodes": result.episodes,
        "attribution_draws": result.draws,
        **diagnostics,
    }
