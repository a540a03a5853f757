"""The permit calculation by OND-86 or MRR-2017 with its document: what was asked, what came out, why."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.report.permit.calculation import calculate
    from sootprint.report.permit.document import write_document
    from sootprint.report.permit.files import write_permit
    from sootprint.report.permit.model import InputFile, Permit, PermitSettings

_MODULES = {
    "InputFile": "model",
    "Permit": "model",
    "PermitSettings": "model",
    "calculate": "calculation",
    "write_document": "document",
    "write_permit": "files",
}

__all__ = ["InputFile", "Permit", "PermitSettings", "calculate", "write_document", "write_permit"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
