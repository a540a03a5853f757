"""Steps of the analysis in their order."""

from __future__ import annotations

from sootprint.case.config import Settings
from sootprint.case.flow.air import air_steps
from sootprint.case.flow.smoke import smoke_steps
from sootprint.case.steps import Evidence, Step


def analysis_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """Steps after the evidence is read."""
    return [*air_steps(settings, evidence), *smoke_steps(settings, evidence)]
