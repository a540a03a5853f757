"""The one flow: which steps a case has, what each needs, and which rooms do the work."""

from sootprint.case.flow.analysis import analysis_steps
from sootprint.case.flow.kinds import guess_kind
from sootprint.case.flow.reading import reading_steps

__all__ = ["analysis_steps", "guess_kind", "reading_steps"]
