"""Chapters of the document, in the order in which a reader asks."""

from __future__ import annotations

from sootprint.report.blocks import Chapter
from sootprint.report.chapters import (
    answer,
    contributions,
    declared,
    diagnostics,
    directions,
    episodes,
    evidence,
    exceedances,
    factors,
    identifiability,
    inputs,
    inspections,
    law,
    limits,
    measured,
    scenarios,
    scorecard,
    unknown,
)
from sootprint.report.view import View

ORDER = (
    answer,
    measured,
    exceedances,
    law,
    episodes,
    directions,
    factors,
    identifiability,
    contributions,
    declared,
    unknown,
    evidence,
    diagnostics,
    inspections,
    scenarios,
    scorecard,
    limits,
    inputs,
)
"""Modules with a function ``chapter(view)``; a chapter without blocks is left out."""


def chapters(view: View) -> list[Chapter]:
    """Chapters of a document in one language."""
    made = [module.chapter(view) for module in ORDER]
    return [chapter for chapter in made if chapter.blocks]
