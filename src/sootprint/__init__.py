"""Who made the smog: from monitor readings, weather and declared stacks to findings.

``new_case`` and ``open_case`` give a `Case` whose investigation ends in a report.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sootprint.case import Case

# The order of sums in OpenBLAS hangs on its threads: one thread gives the same bytes on every machine, and is
# several times faster on matrices of a few hundred rows. It is read when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
__all__ = ["__version__", "new_case", "open_case"]


def new_case(
    path: str | Path,
    settings: dict[str, Any] | None = None,
    *,
    start: str | Path | None = None,
    by: str | None = None,
) -> Case:
    """New case in a new folder.

    Parameters
    ----------
    path : str or Path
        The folder; it must not be there, or be empty.
    settings : dict, optional
        Keys of ``case.toml`` as dotted names: ``{"title": "...", "place.lon": 82.6}``.
    start : str or Path, optional
        A ``case.toml`` to start from, by default the template.
    by : str, optional
        Who acts; by default ``SOOTPRINT_USER`` or the account's name.

    Raises
    ------
    CaseError
        If the folder is not empty.
    ConfigError
        If a setting is wrong.
    """
    from sootprint.case import Case
    from sootprint.report.step import report_steps

    return Case.create(path, settings, start=start, by=by, closing=report_steps)


def open_case(path: str | Path, *, by: str | None = None) -> Case:
    """Case of a folder; see `new_case`.

    Raises
    ------
    CaseError
        If there is no case in the folder.
    """
    from sootprint.case import Case
    from sootprint.report.step import report_steps

    return Case(path, by=by, closing=report_steps)
