"""Cases: the folder, its settings, its steps and their cache, the evidence ledger."""

from sootprint.case.case import Case, Check, Investigation
from sootprint.case.config import KINDS, Settings
from sootprint.case.pipeline import Listener, StepEvent
from sootprint.case.runs import Rerun
from sootprint.case.steps import Context, Evidence, Step
from sootprint.case.verify import Verification

__all__ = [
    "KINDS",
    "Case",
    "Check",
    "Context",
    "Evidence",
    "Investigation",
    "Listener",
    "Rerun",
    "Settings",
    "Step",
    "StepEvent",
    "Verification",
]
