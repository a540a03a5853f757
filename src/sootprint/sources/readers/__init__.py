"""One reader an inventory form; `read_sources` picks the one that fits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from sootprint.core.errors import ConfigError, InputError
from sootprint.core.findings import ReadResult
from sootprint.core.raw import read_raw
from sootprint.sources.readers import inventory, template
from sootprint.sources.readers.options import source_options


def read_sources(
    path: str | Path,
    *,
    name: str | None = None,
    crs: str | None = None,
    options: Mapping[str, Any] | None = None,
    now: datetime | pd.Timestamp | None = None,
) -> ReadResult:
    """Plants, sources and emissions of one inventory file.

    Parameters
    ----------
    path : str or Path
        Our template (CSV or Excel, see `write_template`), or the Kazakh or Russian inventory form.
    name : str, optional
        Name to use in findings, by default the file's own.
    crs : str, optional
        CRS of the case: a source outside the area it is made for is remarked on.
    options : dict, optional
        Keys of `sootprint.sources.readers.options.SourceOptions`.
    now : datetime, optional
        A validity that begins after this moment (UTC) is remarked on.

    Returns
    -------
    ReadResult
        Tables ``facilities``, ``sources``, ``emissions``; findings with the codes of
        ``sources/readers/codes.py``; guesses.

    Raises
    ------
    InputError
        If the file is no inventory, or its plant grid has no place on Earth.
    ConfigError
        If an option cannot be right.
    """
    path = Path(path)
    name = name or path.name
    settings = source_options(options, where=f'[files."{name}"]')
    moment = None if now is None else pd.Timestamp(now)
    if moment is not None and moment.tzinfo is not None:
        moment = moment.tz_convert("UTC").tz_localize(None)
    tables = read_raw(path, name=name)
    if settings.sheet is not None:
        tables = [raw for raw in tables if raw.sheet == settings.sheet]
        if not tables:
            raise ConfigError(f"no sheet {settings.sheet!r}", where=name, cure="the name of a filled sheet")
    layout = settings.layout
    if layout is None:
        if any(template.header_row(raw) is not None for raw in tables):
            layout = "template"
        elif any(inventory.find_header(raw, settings) is not None for raw in tables):
            layout = "inventory"
        else:
            raise InputError(
                "the file is no inventory that is known",
                where=name,
                rule="a heading source_id (our template), or headings such as «Номер источника» and «г/с»",
                cure="fill our template, or state layout and columns of the file in case.toml",
            )
    if layout == "template":
        return template.read(tables, name, settings, moment, crs)
    return inventory.read(tables, name, settings, moment, crs)
