"""Documents for people: what an investigation found, with its uncertainty, its evidence and its limits."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.report.documents import Report, build
    from sootprint.report.languages import LANGUAGES
    from sootprint.report.numbers import format_number, interval_text, share_text
    from sootprint.report.results import Results
    from sootprint.report.summary import Summary, summarize

_MODULES = {
    "LANGUAGES": "languages",
    "Report": "documents",
    "Results": "results",
    "Summary": "summary",
    "build": "documents",
    "format_number": "numbers",
    "interval_text": "numbers",
    "share_text": "numbers",
    "summarize": "summary",
}

__all__ = [
    "LANGUAGES",
    "Report",
    "Results",
    "Summary",
    "build",
    "format_number",
    "interval_text",
    "share_text",
    "summarize",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
