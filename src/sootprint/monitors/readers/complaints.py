"""Complaints of residents: when, where, what, how bad."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.findings import ReadResult
from sootprint.core.raw import read_raw, to_number
from sootprint.core.schema import check
from sootprint.core.timeaxis import zone_info
from sootprint.monitors.readers.columns import header_row, map_columns, pick_sheet, stamp_cells
from sootprint.monitors.readers.draft import Draft, Log
from sootprint.monitors.readers.moments import place_in_time
from sootprint.monitors.readers.observations import moment_utc
from sootprint.monitors.readers.options import Options, parse_options
from sootprint.monitors.readers.places import inside

SPELLINGS = {
    "complaint_id": ("complaint id", "complaint_id", "id", "number", "номер", "№", "номер обращения"),
    "kind": ("kind", "type", "category", "вид", "тип", "категория"),
    "severity": ("severity", "strength", "intensity", "сила", "тяжесть", "интенсивность"),
    "text": ("text", "words", "description", "message", "comment", "текст", "описание", "сообщение"),
}
"""Spellings of the headings beside time and place, in small letters."""


def read_complaints(
    path: str | Path,
    *,
    name: str | None = None,
    zone: str,
    options: Mapping[str, Any] | None = None,
    now: datetime | pd.Timestamp | str | None = None,
) -> ReadResult:
    """Complaints of one CSV, Excel or Parquet file.

    Parameters
    ----------
    path, name, zone, options, now
        As of `read_observations`; the headings may be stated as ``columns`` for ``time, lon, lat,
        complaint_id, kind, severity, text``.

    Returns
    -------
    ReadResult
        Table ``complaints``; a complaint without a time or a place is in quarantine.

    Raises
    ------
    InputError
        If the file is no table, or no column holds the time or the place.
    ConfigError
        If a setting is unknown or does not fit the file, or the zone is unknown.
    """
    zone_info(zone)
    file = name or Path(path).name
    settings = parse_options(options, file=file)
    raw = read_raw(path, name=file)
    log = Log(file)
    table = pick_sheet(raw, settings, log)
    log.sheet = table.sheet
    body = table.with_header(header_row(table, settings, log))
    if body.empty:
        raise InputError(
            "the file has no rows below its headings", where=table.place(), cure="export it again"
        )
    frame, draft = _frame(body, settings, log)
    # A complaint is a moment: an interval of a second that begins with it.
    moment = parse_options({"stamp": "beginning", **dict(options or {}), "duration_s": 1.0}, file=file)
    frame = place_in_time(frame, draft, moment, log, zone=zone, now=moment_utc(now))
    frame = _places(frame, settings, log)
    again = frame.duplicated("station")
    frame = log.drop("CMP-DUPLICATE", frame, again, value="station", column="column")
    made = frame.rename(columns={"station": "complaint_id", "row": "source_row"}).assign(source_file=file)
    made["severity"] = _severity(made, log)
    made = made.sort_values(["time_start", "source_row"], kind="stable")
    columns = [
        "complaint_id",
        "time_start",
        "lon",
        "lat",
        "kind",
        "severity",
        "text",
        "source_file",
        "source_row",
    ]
    return ReadResult({"complaints": check(made[columns], "complaints")}, log.findings(), log.guesses)


def _frame(body: pd.DataFrame, options: Options, log: Log) -> tuple[pd.DataFrame, Draft]:
    found = map_columns(body, options, log)
    for role in ("lon", "lat"):
        if role not in found:
            raise InputError(
                f"no column holds the {role} of the complaints",
                where=log.file,
                cure=f'state columns.{role} = "heading", one of: {", ".join(map(str, body.columns[:40]))}',
            )
    cells, time_column = stamp_cells(body, found, log)
    frame = pd.DataFrame({"row": body.index, "time": cells.to_numpy(), "column": ""})
    for role in ("lon", "lat"):
        frame[f"{role}_text"] = body[found[role]].astype(str).to_numpy()
    stated = options.columns or {}
    for role, spellings in SPELLINGS.items():
        plain = {str(heading).casefold().strip(): str(heading) for heading in body.columns}
        heading = stated.get(role) or next((plain[text] for text in spellings if text in plain), None)
        frame[role] = body[heading].astype(str).str.strip().to_numpy() if heading else ""
    numbered = frame["row"].map(lambda row: f"row {row}")
    frame["station"] = frame["complaint_id"].where(frame["complaint_id"] != "", numbered)
    return frame.drop(columns="complaint_id"), Draft(frame, time_column)


def _places(frame: pd.DataFrame, options: Options, log: Log) -> pd.DataFrame:
    frame = frame.assign(lon=to_number(frame["lon_text"]), lat=to_number(frame["lat_text"]))
    frame = frame.assign(place=frame["lon_text"] + ", " + frame["lat_text"])
    sound = frame["lon"].between(-180, 180) & frame["lat"].between(-90, 90)
    frame = log.drop("CMP-PLACE", frame, ~sound, value="place", column="column")
    if options.bounds is None or options.allow_outside:
        return frame
    out = pd.Series(~inside(frame["lon"], frame["lat"], options.bounds), index=frame.index)
    return log.drop("CMP-OUTSIDE", frame, out, value="place", column="column")


def _severity(frame: pd.DataFrame, log: Log) -> pd.Series:
    number = to_number(frame["severity"])
    bad = (frame["severity"] != "") & ~number.isin([1, 2, 3, 4, 5])
    rows = frame.loc[bad].rename(columns={"source_row": "row"})
    log.rows("CMP-SEVERITY", rows, about="complaint_id", value="severity", column="column")
    return number.mask(bad).where(frame["severity"] != "")
