"""Observations of any known layout, read from a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.findings import ReadResult
from sootprint.core.raw import RawTable, read_raw
from sootprint.core.timeaxis import zone_info
from sootprint.monitors.readers import airkaz, kazhydromet, openaq
from sootprint.monitors.readers.columns import TYPED, header_row, map_columns, parse_heading, pick_sheet
from sootprint.monitors.readers.draft import Draft, Log
from sootprint.monitors.readers.long import read_long
from sootprint.monitors.readers.options import Options, parse_options
from sootprint.monitors.readers.stations import read_stations
from sootprint.monitors.readers.tidy import tidy
from sootprint.monitors.readers.wide import read_wide
from sootprint.monitors.readers.wind import weather_table

NETWORKS = {
    "openaq": (openaq.HEADINGS, openaq.read_openaq),
    "airkaz": (airkaz.HEADINGS, airkaz.read_airkaz),
    "kazhydromet": (kazhydromet.HEADINGS, kazhydromet.read_kazhydromet),
}
"""Headings and reader of each layout that a network has fixed."""


def read_observations(
    path: str | Path,
    *,
    name: str | None = None,
    zone: str,
    options: Mapping[str, Any] | None = None,
    now: datetime | pd.Timestamp | str | None = None,
) -> ReadResult:
    """Observations, stations, and weather where the file holds wind, of one file of monitor readings.

    Parameters
    ----------
    path : str or Path
        CSV (also gzipped), Excel or Parquet, in a long or wide table or in the layout of OpenAQ, AirKaz or
        Kazhydromet; or a list of posts.
    name : str, optional
        Name of the file in findings, by default its own.
    zone : str
        IANA zone of stamps without an offset, unless the options or a heading state another.
    options : mapping, optional
        Settings of the file, the fields of `Options`; what is not stated is guessed and listed as a guess.
    now : datetime, optional
        Moment beyond which readings are future ones (UTC if it has no zone), by default the current one.

    Returns
    -------
    ReadResult
        Tables ``observations`` [µg m⁻³, UTC], ``stations`` and, if there is any, ``weather`` [SI].
        Missing readings are rows with the flag ``missing``; faulty rows are in the findings.

    Raises
    ------
    InputError
        If the file cannot be read as a table of readings, or a unit, the reference temperature of a mixing
        ratio or the interval length is neither stated nor shown by the file.
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
    _note_text(table, log)
    body = table.with_header(header_row(table, settings, log))
    if body.empty:
        raise InputError(
            "the file has no rows below its headings", where=table.place(), cure="export it again"
        )
    layout = settings.layout or guess_layout(body, settings)
    moment = moment_utc(now)
    if layout == "stations":
        found = map_columns(body, settings, log)
        return _result({"stations": read_stations(body, found, settings, log)}, log)
    draft = _draft(body, layout, settings, log)
    observations, stations = tidy(draft, settings, log, zone=zone, now=moment)
    tables = {"observations": observations, "stations": stations}
    weather = weather_table(draft, settings, log, zone=zone, now=moment, stations=set(stations["station_id"]))
    if weather is not None:
        tables["weather"] = weather
    return _result(tables, log)


def _result(tables: dict[str, pd.DataFrame], log: Log) -> ReadResult:
    return ReadResult(tables=tables, findings=log.findings(), guesses=log.guesses)


def _note_text(table: RawTable, log: Log) -> None:
    if table.delimiter and table.delimiter != ",":
        shown = {"\t": "tab"}.get(table.delimiter, table.delimiter)
        log.guess("delimiter", shown, "it splits the first lines evenly", "(follows the file)")
    if table.encoding and not table.encoding.startswith("utf-8"):
        log.guess("encoding", table.encoding, "the text is no UTF-8", "(follows the file)")


def _draft(body: pd.DataFrame, layout: str, options: Options, log: Log) -> Draft:
    if layout in NETWORKS:
        headings, reader = NETWORKS[layout]
        plain = body.rename(columns=lambda text: TYPED.sub("", str(text)))
        plain = plain.loc[:, ~plain.columns.duplicated()]
        lacking = sorted(headings - set(plain.columns))
        if lacking:
            raise InputError(
                f"layout {layout}: no column {', '.join(lacking)}",
                where=log.file,
                cure="state another layout",
            )
        if options.layout is None:
            log.guess("layout", layout, "the headings are those of the network", f'layout = "{layout}"')
        return reader(plain, options, log)
    if options.layout is None:
        because = "a column names the pollutant" if layout == "long" else "no column names the pollutant"
        log.guess("layout", layout, because, f'layout = "{layout}"')
    found = map_columns(body, options, log)
    return read_long(body, found, options, log) if layout == "long" else read_wide(body, found, options, log)


def guess_layout(body: pd.DataFrame, options: Options) -> str:
    """Layout of a table by its headings: that of a network, a list of posts, long or wide."""
    plain = {TYPED.sub("", str(text)) for text in body.columns}
    for layout, (headings, _) in NETWORKS.items():
        if headings <= plain:
            return layout
    silent = Log("")
    found = map_columns(body, options, silent)
    if "pollutant" in found and "value" in found:
        return "long"
    timeless = not {"time", "date"} & set(found)
    pollutants = any(parse_heading(str(text)).pollutant for text in body.columns)
    if timeless and {"station", "lon", "lat"} <= set(found) and not pollutants:
        return "stations"
    return "wide"


def moment_utc(now: datetime | pd.Timestamp | str | None) -> pd.Timestamp:
    """Moment in UTC without a zone; by default the current one."""
    stamp = pd.Timestamp.now("UTC") if now is None else pd.Timestamp(now)
    return stamp.tz_convert("UTC").tz_localize(None) if stamp.tzinfo is not None else stamp
