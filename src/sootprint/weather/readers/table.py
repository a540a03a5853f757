"""Weather tables of any origin: CSV, Excel or Parquet with a heading line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from sootprint.core.errors import ConfigError, InputError
from sootprint.core.findings import Finding, Guess, ReadResult
from sootprint.core.raw import RawTable, read_raw, to_number
from sootprint.weather.readers.clock import day_and_month_exchangeable, local_to_utc, parse
from sootprint.weather.readers.codes import finding
from sootprint.weather.readers.draft import finish, number_columns
from sootprint.weather.readers.headings import (
    CALM_WORDS,
    COMPASS,
    UNITS,
    guess_unit,
    heading_index,
    unit_in,
    unit_key,
)
from sootprint.weather.readers.options import WeatherOptions

MISSING_WORDS = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "–", "—", "--", "нет", "н/д", "."})
"""Texts that stand for a missing value in any column."""

MISSING_NUMBERS = frozenset({"-999", "-9999", "-99999", "-999.0", "-9999.0", "-999,0", "-9999,0"})
"""Numbers that stand for a missing value where the column cannot hold them."""

HEADER_SEARCH_ROWS = 25
"""Rows from the top in which the headings are looked for."""

_VALUES = {"wind_speed", "wind_from_direction", "air_temperature", "pressure", "mixing_height"}


def read(
    path: Path, name: str, *, zone: str, options: WeatherOptions, now: pd.Timestamp | None
) -> ReadResult:
    """Weather of a table whose columns, units and stamps are stated or guessed and shown."""
    guesses: list[Guess] = []
    findings: list[Finding] = []
    raw, header_row = _pick(read_raw(path, name=name), name, options)
    body = raw.with_header(header_row)
    if body.empty:
        raise InputError(
            "the table has headings and no rows", where=raw.place(header_row), cure="export it again"
        )
    columns = _columns(body, raw, options, guesses)
    draft = pd.DataFrame({"source_row": body.index.astype("int64")}, index=body.index)
    text = {ours: body[theirs].astype(str).str.strip() for ours, theirs in columns.items()}
    draft["station_id"] = _stations(text, raw, options, guesses)
    faults = _numbers(draft, text, columns, raw, options, findings, guesses)
    _times(draft, text, raw, zone, options, findings, guesses)
    if options.measurement_height is not None and "measurement_height" not in text:
        draft["measurement_height"] = options.measurement_height
    if "stability_class" in text:
        known = text["stability_class"].str.upper().replace({"G": "F"})
        draft["stability_class"] = known.where(known.isin(list("ABCDEF")), None)
    _report_zero_direction(draft, name, findings)
    return finish(
        draft,
        file=name,
        sheet=raw.sheet,
        findings=findings,
        guesses=guesses,
        now=now,
        text_faults=faults,
    )


def _pick(tables: list[RawTable], name: str, options: WeatherOptions) -> tuple[RawTable, int]:
    """Sheet and heading row: the row in which most headings are known."""
    if options.sheet is not None:
        tables = [raw for raw in tables if raw.sheet == options.sheet]
        if not tables:
            raise ConfigError(f"no sheet {options.sheet!r}", where=name, cure="the name of a filled sheet")
    index = heading_index()
    stated = {heading for heading in options.columns.values()}
    best: tuple[int, RawTable, int] | None = None
    for raw in tables:
        rows = raw.cells.index[:HEADER_SEARCH_ROWS]
        if options.header_row is not None:
            rows = rows[rows == options.header_row] if options.header_row in rows else rows[:0]
            if options.header_row in raw.cells.index:
                rows = pd.Index([options.header_row])
        for row in rows:
            cells = [" ".join(str(cell).split()) for cell in raw.cells.loc[row]]
            count = len({_known(cell, index) for cell in cells} - {None})
            count += sum(cell in stated for cell in cells)
            if best is None or count > best[0]:
                best = (count, raw, int(row))
    if best is None or (best[0] == 0 and options.header_row is None):
        raise InputError(
            "no line of headings is known",
            where=name,
            rule="a weather table has a heading line with a time and a quantity such as wind_speed",
            cure="state columns and header_row of the file in case.toml",
        )
    return best[1], best[2]


def _known(heading: str, index: dict[str, str]) -> str | None:
    from sootprint.weather.readers.headings import plain

    return index.get(plain(heading))


def _columns(
    body: pd.DataFrame, raw: RawTable, options: WeatherOptions, guesses: list[Guess]
) -> dict[str, str]:
    index = heading_index()
    made: dict[str, str] = {}
    for ours, theirs in options.columns.items():
        if theirs not in body.columns:
            raise ConfigError(
                f"no column {theirs!r} in the file",
                where=raw.place(),
                cure=f"one of: {', '.join(map(str, body.columns[:40]))}",
            )
        target = {"time_start": "time", "date": "time", "hour": "clock"}.get(ours, ours)
        if target not in set(index.values()):
            raise ConfigError(
                f"{ours!r} is no column of the table weather",
                where=raw.place(),
                cure=f"one of: {', '.join(sorted(set(index.values())))}",
            )
        made[target] = theirs
    for heading in body.columns:
        found = _known(str(heading), index)
        if found is None or found in made or heading in made.values():
            continue
        made[found] = heading
        if str(heading) != found:
            guesses.append(
                Guess(
                    raw.file,
                    f"column {heading}",
                    found,
                    "the heading",
                    f'[files."{raw.file}"] columns.{found} = "{heading}"',
                    raw.sheet,
                )
            )
    if "time" not in made and "clock" in made:
        made["time"] = made.pop("clock")
    if "time" not in made or not _VALUES & set(made):
        missing = "time" if "time" not in made else "quantity (wind_speed, air_temperature, ...)"
        raise InputError(
            f"no {missing} column among: {', '.join(map(str, body.columns[:20]))}",
            where=raw.place(),
            rule="a weather table has a time and at least one quantity",
            cure=f'state it in case.toml: [files."{raw.file}"] columns = {{ time = "..." }}',
        )
    return made


def _stations(
    text: dict[str, pd.Series], raw: RawTable, options: WeatherOptions, guesses: list[Guess]
) -> pd.Series | str:
    if options.station_id is not None:
        return options.station_id
    stem = Path(raw.file.removesuffix(".gz")).stem or raw.file
    if "station_id" in text:
        return text["station_id"].where(text["station_id"] != "", stem)
    guesses.append(
        Guess(
            raw.file,
            "station",
            stem,
            "the file names no station",
            f'[files."{raw.file}"] station_id = "{stem}"',
            raw.sheet,
        )
    )
    return stem


def _numbers(
    draft: pd.DataFrame,
    text: dict[str, pd.Series],
    columns: dict[str, str],
    raw: RawTable,
    options: WeatherOptions,
    findings: list[Finding],
    guesses: list[Guess],
) -> pd.DataFrame:
    """Number columns of the draft in SI; gives the cells that hold no number."""
    faults = []
    extra = {word.casefold() for word in options.missing}
    for ours in [name for name in number_columns() if name in text and name != "duration_s"]:
        cells = text[ours]
        lower = cells.str.casefold()
        gone = lower.isin(MISSING_WORDS) | lower.isin(extra)
        if ours != "obukhov_length":
            marks = lower.isin(MISSING_NUMBERS) & ~gone
            if marks.any():
                guesses.append(
                    Guess(
                        raw.file,
                        f"column {columns[ours]}",
                        f"{lower[marks].iloc[0]} is missing ({int(marks.sum())} rows)",
                        "no such value is possible",
                        f'[files."{raw.file}"] missing = ["{lower[marks].iloc[0]}"]',
                        raw.sheet,
                    )
                )
            gone |= marks
        values = to_number(cells.where(~gone, ""))
        if ours == "wind_from_direction":
            upper = cells.str.upper()
            values = values.where(~upper.isin(COMPASS), upper.map(COMPASS))
            gone |= upper.isin(CALM_WORDS)
        wrong = values.isna() & ~gone
        faults.append(
            pd.DataFrame({"source_row": draft.index[wrong], "column": columns[ours], "value": cells[wrong]})
        )
        draft[ours] = _to_si(values, ours, columns[ours], raw, options, findings, guesses)
    return pd.concat(faults, ignore_index=True) if faults else pd.DataFrame()


def _to_si(
    values: pd.Series,
    ours: str,
    heading: str,
    raw: RawTable,
    options: WeatherOptions,
    findings: list[Finding],
    guesses: list[Guess],
) -> pd.Series:
    if ours not in UNITS:
        return values
    stated = options.units.get(ours)
    key = unit_key(stated, ours) if stated is not None else None
    if stated is not None and key is None:
        raise ConfigError(
            f"unit {stated!r} of {ours} is not known",
            where=raw.place(),
            cure=f"one of: {', '.join(UNITS[ours])}",
        )
    if key is None:
        written = unit_in(heading)
        key = unit_key(written, ours) if written else None
        because = f"the heading says {written!r}"
        if key is None:
            guess = guess_unit(ours, values, heading)
            if guess is None or (written and ours not in ("wind_from_direction",)):
                findings.append(
                    finding(
                        "WX-UNIT-UNKNOWN", ours, value=heading, file=raw.file, sheet=raw.sheet, column=heading
                    )
                )
                return pd.Series(np.nan, index=values.index)
            key, because = guess
        guesses.append(
            Guess(
                raw.file,
                f"unit of {heading}",
                key,
                because,
                f'[files."{raw.file}"] units.{ours} = "{key}"',
                raw.sheet,
            )
        )
    factor, offset = UNITS[ours][key]
    return values * factor + offset


def _times(
    draft: pd.DataFrame,
    text: dict[str, pd.Series],
    raw: RawTable,
    zone: str,
    options: WeatherOptions,
    findings: list[Finding],
    guesses: list[Guess],
) -> None:
    def guess(subject: str, taken: str, because: str, line: str) -> None:
        guesses.append(Guess(raw.file, subject, taken, because, f'[files."{raw.file}"] {line}', raw.sheet))

    stamps = text["time"]
    if "clock" in text:
        clock = text["clock"].str.replace(r"^(\d{1,2})$", r"\1:00", regex=True)
        date = stamps.str.replace(r"[ T]00:00(:00)?$", "", regex=True)
        stamps = stamps.where(date.str.contains(":", regex=False) | (clock == ""), date + " " + clock)
    local, time_format, is_utc = parse(stamps, options.time_format)
    if options.time_format is None and day_and_month_exchangeable(stamps, time_format):
        guess("date format", time_format, "no day is over 12", f'time_format = "{time_format}"')
    named_utc = "utc" in str(text["time"].name).casefold() or str(text["time"].name) == "time_start"
    clock_zone = options.zone or zone
    if is_utc or (options.zone is None and named_utc):
        clock_zone = "UTC"
        reason = "the stamps carry their offset" if is_utc else "the heading says UTC"
        guess("zone", "UTC", reason, 'zone = "UTC"')
    elif options.zone is None:
        guess("zone", zone, "the zone of the case", f'zone = "{zone}"')
    duration = _duration(draft, text, local, options, guess)
    stamp = options.stamp
    if stamp is None:
        stamp = "beginning"
        guess("stamp", stamp, "the file does not state which end a stamp marks", f'stamp = "{stamp}"')
    start, ambiguous = local_to_utc(
        local,
        clock_zone,
        stamp="ending" if stamp == "ending" else "beginning",
        duration_s=duration,
        standard_time=bool(options.standard_time),
    )
    draft["time_start"], draft["duration_s"] = start, duration
    if ambiguous.any():
        findings.append(
            finding(
                "WX-AMBIGUOUS-TIME",
                "weather",
                value=f"{int(ambiguous.sum())} rows",
                file=raw.file,
                sheet=raw.sheet,
            )
        )


def _duration(
    draft: pd.DataFrame, text: dict[str, pd.Series], local: pd.Series, options: WeatherOptions, guess: object
) -> pd.Series:
    if options.duration_s is not None:
        return pd.Series(float(options.duration_s), index=draft.index)
    steps = local.groupby(draft["station_id"]).diff().dt.total_seconds()
    steps = steps[(steps > 0) & (steps <= 86400)]
    common = float(steps.mode().iloc[0]) if len(steps) else 3600.0
    if "duration_s" in text:
        stated = to_number(text["duration_s"])
        return stated.where((stated > 0) & (stated <= 86400), common)
    because = "the most frequent step between stamps" if len(steps) else "a single row: an hour"
    guess("duration_s", f"{common:g}", because, f"duration_s = {common:g}")  # type: ignore[operator]
    return pd.Series(common, index=draft.index)


def _report_zero_direction(draft: pd.DataFrame, name: str, findings: list[Finding]) -> None:
    if not {"wind_speed", "wind_from_direction"} <= set(draft.columns):
        return
    both = (draft["wind_speed"] == 0) & (draft["wind_from_direction"] == 0)
    if both.sum() >= max(3, 0.02 * len(draft)):
        value = f"{int(both.sum())} of {len(draft)} rows"
        findings.append(finding("WX-ZERO-DIRECTION", "weather", value=value, file=name))
