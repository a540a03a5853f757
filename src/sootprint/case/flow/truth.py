"""Step that scores the findings on a synthetic city; the only one that reads its truth."""

from __future__ import annotations

from typing import Any

from sootprint.case.config import Settings
from sootprint.case.flow.dispersing import disperse
from sootprint.case.flow.law import USE_SUSPECT
from sootprint.case.flow.smoke import attributed, post_receptors
from sootprint.case.steps import Context, Evidence, Step
from sootprint.core import schema


def truth_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """Step ``scorecard`` where the case holds a truth and an inventory; else none."""
    truths = [item.name for item in evidence if item.kind == "truth"]
    if not truths or not any(item.kind == "sources" for item in evidence):
        return []
    compared = [] if settings.engine.engine == "plume" else [_plume_step(truths[0])]
    return [
        Step(
            "scorecard",
            "Score against the known truth",
            _scorecard,
            needs=(
                *("attribution_sources", "attribution_episodes", "inspections"),
                *("episodes", "operator_hours", "observations", "promised_cuts", "promised_cut_checks"),
                *("operator", "attribution_draws", "attribution_classes"),
            ),
            rooms=(
                *("core", "synthetic/score.py", "synthetic/score_calm.py", "synthetic/truth.py"),
                "case/flow",
            ),
            evidence=(truths[0],),
        ),
        *compared,
    ]


def _plume_step(truth: str) -> Step:
    """Step ``scorecard_plume`` of a synthetic case whose engine is not the plume."""
    return Step(
        "scorecard_plume",
        "Score what the plume alone would have said of calm days",
        _scorecard_plume,
        needs=(
            *("stations", "sources", "meteorology", "observations", "h2s_quality", "emissions"),
            "episodes",
        ),
        settings=("place", "engine", "attribution.options", "seed", "scope", USE_SUSPECT),
        rooms=(
            *("core", "dispersion", "sources", "monitors", "attribution/inverse"),
            *("synthetic/score_calm.py", "synthetic/truth.py", "case/flow"),
        ),
        evidence=(truth,),
    )


def _scorecard_plume(context: Context) -> dict[str, Any]:
    from sootprint.synthetic.score_calm import scorecard_calm
    from sootprint.synthetic.truth import read_truth

    operator = disperse(context, context.table("sources"), post_receptors(context), name="plume")
    result, _ = attributed(context, operator)
    return {
        "scorecard_calm_plume": scorecard_calm(
            read_truth(context.evidence[0].path), operator, result.draws, result.diagnostics["classes"]
        )
    }


def _scorecard(context: Context) -> dict[str, Any]:
    from sootprint.synthetic.score import cut_scorecard, episode_scorecard, scorecard
    from sootprint.synthetic.score_calm import scorecard_calm
    from sootprint.synthetic.truth import read_truth

    truth = read_truth(context.evidence[0].path)
    sources = context.table("attribution_sources")
    cuts = schema.empty("scorecard_cuts")
    if context.has("promised_cut_checks"):
        cuts = cut_scorecard(truth, context.table("promised_cut_checks"), context.table("promised_cuts"))
    return {
        "scorecard_cuts": cuts,
        "scorecard_calm": scorecard_calm(
            truth,
            context.dataset("operator"),
            context.dataset("attribution_draws"),
            context.table("attribution_classes"),
        ),
        "scorecard": scorecard(truth, sources, context.table("inspections")),
        "scorecard_episodes": episode_scorecard(
            truth,
            context.table("attribution_episodes"),
            context.table("episodes"),
            context.table("operator_hours"),
            context.table("observations"),
            sources,
        ),
    }
