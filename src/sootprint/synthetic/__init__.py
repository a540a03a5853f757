"""Cities with a known truth, made by other physics than an investigation uses."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.synthetic.city import City, make_city
    from sootprint.synthetic.evidence import write_evidence
    from sootprint.synthetic.score import episode_scorecard, scorecard, truth_tables
    from sootprint.synthetic.score_calm import scorecard_calm
    from sootprint.synthetic.twin import Twin, make_twin
    from sootprint.synthetic.twin_case import investigation
    from sootprint.synthetic.twin_score import score_twin

_PUBLIC = {
    "City": "city",
    "Twin": "twin",
    "episode_scorecard": "score",
    "investigation": "twin_case",
    "make_city": "city",
    "make_twin": "twin",
    "score_twin": "twin_score",
    "scorecard": "score",
    "scorecard_calm": "score_calm",
    "truth_tables": "score",
    "write_evidence": "evidence",
}

__all__ = [
    "City",
    "Twin",
    "episode_scorecard",
    "investigation",
    "make_city",
    "make_twin",
    "score_twin",
    "scorecard",
    "scorecard_calm",
    "truth_tables",
    "write_evidence",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(f"sootprint.synthetic.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
