"""Step ``diagnostics``: whether the attribution holds against its readings, its inputs and its prior."""

from __future__ import annotations

from typing import Any

from sootprint.case.config import Settings
from sootprint.case.flow.law import USE_SUSPECT, without_suspect_h2s
from sootprint.case.flow.smoke import DIAGNOSTICS
from sootprint.case.steps import Context, Evidence, Step


def diagnosis_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """Step ``diagnostics``, after ``attribution``; none without an inventory."""
    if not any(item.kind == "sources" for item in evidence):
        return []
    return [
        Step(
            "diagnostics",
            "Check the attribution",
            _diagnostics,
            needs=(
                *("operator", "observations", "h2s_quality", "sources", "rates", "episodes", "meteorology"),
                *("attribution_sources", "attribution_episodes", "attribution_draws"),
                *(f"attribution_{name}" for name in DIAGNOSTICS),
            ),
            settings=("place.zone", "attribution.options", "attribution.checks", "seed", USE_SUSPECT),
            rooms=(
                *("core", "sources", "monitors"),
                *("attribution/inverse", "attribution/diagnostics", "case/flow"),
            ),
        )
    ]


def _diagnostics(context: Context) -> dict[str, Any]:
    from sootprint.attribution import diagnostics, inverse

    settings = context.settings
    result = inverse.Attribution(
        sources=context.table("attribution_sources"),
        episodes=context.table("attribution_episodes"),
        draws=context.dataset("attribution_draws").load(),
        diagnostics={name: context.table(f"attribution_{name}") for name in DIAGNOSTICS},
    )
    inputs = diagnostics.Inputs(
        operator=context.dataset("operator").load(),
        observations=without_suspect_h2s(context),
        emissions=context.table("rates"),
        episodes=context.table("episodes"),
        sources=context.table("sources"),
        zone=settings.place.zone,
        weather=context.table("meteorology"),
        options=inverse.Options(**settings.attribution.options),
        seed=settings.seed,
    )
    chosen = settings.attribution.checks
    options = diagnostics.CheckOptions(
        stations=chosen.posts_left_out, episodes=chosen.episodes_left_out, priors=chosen.other_priors
    )
    made = diagnostics.check_attribution(result, inputs, options=options, progress=context.progress)
    return {
        "attribution_checks": made.checks,
        "attribution_sensitivity": made.sensitivity,
        "attribution_findings": made.findings,
    }
