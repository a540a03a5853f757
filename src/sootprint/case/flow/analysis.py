"""Steps of the analysis in their order."""

from __future__ import annotations

from sootprint.case.config import Settings
from sootprint.case.flow.air import air_steps
from sootprint.case.flow.diagnosis import diagnosis_steps
from sootprint.case.flow.directions import direction_steps
from sootprint.case.flow.evidence import evidence_steps
from sootprint.case.flow.factors import factor_steps
from sootprint.case.flow.law import law_steps, quality_steps
from sootprint.case.flow.smoke import smoke_steps
from sootprint.case.flow.terrain import terrain_steps
from sootprint.case.flow.truth import truth_steps
from sootprint.case.flow.unknown import unknown_steps
from sootprint.case.steps import Evidence, Step


def analysis_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """Steps after the evidence is read."""
    parts = (
        quality_steps,
        air_steps,
        direction_steps,
        terrain_steps,
        smoke_steps,
        unknown_steps,
        factor_steps,
        diagnosis_steps,
        evidence_steps,
        law_steps,
        truth_steps,
    )
    return [step for part in parts for step in part(settings, evidence)]
