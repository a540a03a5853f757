"""Step that turns the attribution into statements, each with its numbers, its rival and its origin."""

from __future__ import annotations

from typing import Any

from sootprint.case.config import Settings
from sootprint.case.flow.law import USE_SUSPECT, without_suspect_h2s
from sootprint.case.flow.smoke import DIAGNOSTICS
from sootprint.case.hashing import code_hash, hash_data, library_versions
from sootprint.case.steps import Context, Evidence, Step
from sootprint.core import schema

ROOMS = (
    *("core", "sources", "monitors", "attribution/inverse", "attribution/identifiability"),
    *("attribution/evidence", "attribution/data", "case/flow"),
)
"""Rooms whose code decides the statements."""

TABLES = ("rates", "episodes", "norms", "statements", "unanswered")
"""Tables of the evidence, without the beginning ``evidence_``."""


def evidence_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """Step ``evidence``; none without an inventory."""
    if not any(item.kind == "sources" for item in evidence):
        return []
    return [
        Step(
            "evidence",
            "Weigh the evidence",
            _evidence,
            needs=(
                *("operator", "engine", "observations", "h2s_quality", "sources", "emissions", "stations"),
                *("episodes", "exceedances", "exceedance_hours", "norms", "meteorology", "rates"),
                *("attribution_sources", "attribution_episodes", "attribution_draws"),
                *(f"attribution_{name}" for name in DIAGNOSTICS),
                "deciding_observations",
            ),
            settings=("place.zone", "attribution", "seed", USE_SUSPECT),
            rooms=ROOMS,
        )
    ]


def inputs_hash(inputs: dict[str, str]) -> str:
    """Hash over the names and hashes of a step's inputs, as its ledger line holds them."""
    return hash_data(dict(sorted(inputs.items())))


def _evidence(context: Context) -> dict[str, Any]:
    from sootprint.attribution import evidence, inverse
    from sootprint.sources import mean_rates

    settings = context.settings
    result = inverse.Attribution(
        sources=context.table("attribution_sources"),
        episodes=context.table("attribution_episodes"),
        draws=context.dataset("attribution_draws").load(),
        diagnostics={name: context.table(f"attribution_{name}") for name in DIAGNOSTICS},
    )
    sources = context.table("sources")
    inputs = evidence.Inputs(
        operator=context.dataset("operator").load(),
        observations=without_suspect_h2s(context),
        rates=context.table("rates"),
        sources=sources,
        stations=context.table("stations"),
        episodes=context.table("episodes"),
        emissions=mean_rates(context.table("emissions"), None, sources=sources),
        exceedances=context.table("exceedances"),
        exceedance_hours=context.table("exceedance_hours"),
        norms=context.table("norms"),
        zone=settings.place.zone,
        weather=context.table("meteorology"),
        options=inverse.Options(**settings.attribution.options),
        seed=settings.seed,
        deciding=context.table("deciding_observations") if context.has("deciding_observations") else None,
    )
    engine = context.record("engine")
    origin = evidence.Provenance(
        inputs_sha256=inputs_hash({name: item.sha256 for name, item in context.inputs.items()}),
        code_sha256=code_hash(ROOMS),
        engine=f"{engine.get('engine', '')} {engine.get('physics', '')}".strip(),
        version=library_versions()["sootprint"],
    )
    made = evidence.assess(result, inputs, origin, progress=context.progress)
    return {f"evidence_{name}": schema.check(getattr(made, name), f"evidence_{name}") for name in TABLES}
