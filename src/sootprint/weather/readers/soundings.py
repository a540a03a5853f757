"""Readers of soundings; `read_soundings` picks the one that fits."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.findings import ReadResult
from sootprint.core.raw import read_text
from sootprint.weather.readers import fsl, igra
from sootprint.weather.readers.draft import utc_moment


def read_soundings(
    path: str | Path,
    *,
    name: str | None = None,
    station_id: str | None = None,
    now: datetime | pd.Timestamp | None = None,
) -> ReadResult:
    """Soundings of one file, with what is wrong in it.

    Parameters
    ----------
    path : str or Path
        FSL or IGRA 2 text, also gzipped.
    name : str, optional
        Name to use in findings, by default the file's own.
    station_id : str, optional
        Station of all soundings, by default as the file names it.
    now : datetime, optional
        Soundings after this moment (UTC) are from the future; without it none is.

    Returns
    -------
    ReadResult
        Table ``soundings``; findings with the codes of ``weather/readers/codes.py``.

    Raises
    ------
    InputError
        If the file is absent or of neither format.
    """
    path = Path(path)
    name = name or path.name
    if not path.is_file():
        raise InputError(f"no file {path}", cure="check the path")
    text, _ = read_text(path, name=name)
    head = text[:4000]
    reader = fsl if fsl.looks_like(head) else igra if igra.looks_like(head) else None
    if reader is None:
        raise InputError(
            "the file holds no header of a sounding",
            where=name,
            rule="a sounding begins with a line of type 254 (FSL) or with # (IGRA)",
            cure="download the soundings again, or convert them",
        )
    return reader.read(path, name, station_id=station_id, now=utc_moment(now))
