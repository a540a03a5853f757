"""The checks that all layouts share: from readings as text to the tables observations and stations."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.pollutants import molar_mass_g_mol
from sootprint.core.schema import check
from sootprint.core.units import MIXING_RATIO_UNITS, ugm3_per_unit
from sootprint.monitors.readers.cells import SENTINELS, parse_values
from sootprint.monitors.readers.columns import concentration_unit
from sootprint.monitors.readers.draft import Draft, Log
from sootprint.monitors.readers.moments import place_in_time
from sootprint.monitors.readers.options import Options
from sootprint.monitors.readers.places import outside_stations, stations_table
from sootprint.monitors.readers.quality import mark_runs, split_duplicates

TEST_NAME = re.compile(r"(?<!\w)(?:test|тест|testing|тестовый|тестовая|тестовое|сынақ)(?!\w)", re.IGNORECASE)
"""Pattern of names that are made to try a system out."""

LIMIT_LOW, LIMIT_HIGH = -1000.0, 1_000_000.0
"""Concentrations beyond these are no readings [µg m⁻³]: the limits of the table ``observations``."""


def tidy(
    draft: Draft, options: Options, log: Log, *, zone: str, now: pd.Timestamp
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables ``observations`` and ``stations`` of a draft; every faulty row goes to the log.

    Raises
    ------
    InputError
        If no unit, no reference temperature of a mixing ratio, or no interval length can be found.
    """
    frame = draft.readings.reset_index(drop=True)
    frame = leave_excluded(frame, options, log)
    unknown = frame["pollutant"] == ""
    frame = log.drop("OBS-POLLUTANT", frame, unknown, value="pollutant_text", column="column")
    stations = stations_table(frame, options, log)
    out = outside_stations(stations, options)
    frame = log.drop("OBS-OUTSIDE", frame, frame["station"].isin(out), value="station", column="column")
    stations = stations[~stations["station_id"].isin(out)].reset_index(drop=True)
    frame = _to_ugm3(_parse(frame, draft, options, log), options, log)
    frame = place_in_time(frame, draft, options, log, zone=zone, now=now)
    frame = split_duplicates(
        frame, log, keys=["station", "pollutant", "time_start"], values=["value_ugm3", "detection_limit_ugm3"]
    )
    frame = mark_runs(_flag(frame, options, log), log)
    made = frame.rename(columns={"station": "station_id", "row": "source_row"}).assign(source_file=log.file)
    columns = ["station_id", "pollutant", "time_start", "duration_s", "value_ugm3", "flag"]
    made = made[[*columns, "detection_limit_ugm3", "source_file", "source_row"]]
    return check(made, "observations"), stations


def leave_excluded(frame: pd.DataFrame, options: Options, log: Log) -> pd.DataFrame:
    """Frame without test posts, organisations that a setting excludes, and rows without a post."""
    names = [name for name in ("station", "station_name", "organisation") if name in frame]
    for name in names:
        frame = frame.assign(**{name: frame[name].astype(str).str.strip().str.slice(0, 500)})
    frame = frame.assign(column=frame.get("column", ""))
    excluded = {text.strip().casefold() for text in options.exclude_organisations or []}
    for name in names:
        distinct = frame[name].unique()
        test = {text for text in distinct if TEST_NAME.search(text)}
        left = {text for text in distinct if text.casefold() in excluded}
        if options.station_id is not None and name == "station":
            test.discard(options.station_id)
        frame = log.drop("OBS-EXCLUDED", frame, frame[name].isin(left), value=name, column="column")
        frame = log.drop("OBS-TEST-STATION", frame, frame[name].isin(test), value=name, column="column")
    return log.drop("OBS-STATION", frame, frame["station"] == "", value="station", column="column")


def _parse(frame: pd.DataFrame, draft: Draft, options: Options, log: Log) -> pd.DataFrame:
    parsed, comma = parse_values(frame["value"], decimal=options.decimal)
    if comma and options.decimal is None:
        log.guess("decimal", ",", "values hold a comma and no point", 'decimal = ","')
    frame = frame.assign(number=parsed["number"], state=parsed["kind"], limit=parsed["limit"])
    frame = log.drop("OBS-NOT-A-NUMBER", frame, frame["state"] == "bad", value="value", column="column")
    stands_for_none = [*SENTINELS, *draft.missing_values, *(options.missing_values or [])]
    sentinel = frame["number"].isin(stands_for_none)
    for number, count in frame.loc[sentinel, "number"].value_counts(sort=False).sort_index().items():
        log.note("OBS-SENTINEL", "observations", value=f"{number:g}: {count} readings")
    frame = frame.assign(
        number=frame["number"].mask(sentinel), state=frame["state"].mask(sentinel, "missing")
    )
    if options.zero_means_missing:
        zero = frame["number"] == 0
        if zero.any():
            log.note("OBS-ZERO-MISSING", "observations", value=f"{int(zero.sum())} readings")
        frame = frame.assign(number=frame["number"].mask(zero), state=frame["state"].mask(zero, "missing"))
    missing = frame.loc[frame["state"] == "missing"]
    for pollutant, count in missing["pollutant"].value_counts(sort=False).sort_index().items():
        total = int((frame["pollutant"] == pollutant).sum())
        log.note("OBS-MISSING", str(pollutant), value=f"{count} of {total} readings")
    return frame


def _to_ugm3(frame: pd.DataFrame, options: Options, log: Log) -> pd.DataFrame:
    pairs = frame.loc[frame["state"] != "missing", ["unit", "pollutant"]].drop_duplicates()
    factors: dict[tuple[str, str], float] = {}
    refused: list[InputError] = []
    for unit, pollutant in pairs.itertuples(index=False):
        plain = concentration_unit(str(unit))
        try:
            factors[unit, pollutant] = ugm3_per_unit(plain, pollutant, temperature_c=options.temperature_c)
        except InputError as error:
            particles = not np.isfinite(molar_mass_g_mol(pollutant))
            if plain in MIXING_RATIO_UNITS and options.temperature_c is None and not particles:
                raise InputError(
                    error.what,
                    where=log.file,
                    rule=error.rule,
                    cure=f'add to case.toml: [files."{log.file}"] temperature_c = 20 (or 25: as stated)',
                ) from error
            refused.append(error)
    if refused and not factors:
        raise InputError(
            "the unit of the values is not known"
            if not str(pairs["unit"].iloc[0]).strip()
            else refused[0].what,
            where=log.file,
            rule="a unit is stated, never assumed",
            cure=f'add to case.toml: [files."{log.file}"] units = "ug/m3" (or mg/m3, ppb, ppm)',
        )
    keys = pd.MultiIndex.from_frame(frame[["unit", "pollutant"]])
    factor = pd.Series(factors, dtype=float).reindex(keys).to_numpy() if factors else np.nan
    frame = frame.assign(factor=factor)
    bad = frame["factor"].isna() & (frame["state"] != "missing")
    frame = log.drop("OBS-UNIT", frame, bad, value="unit", column="column")
    frame = frame.assign(
        value_ugm3=frame["number"] * frame["factor"],
        detection_limit_ugm3=(frame["limit"] * frame["factor"]).where(lambda limit: limit < LIMIT_HIGH),
        flag=frame["state"].map({"number": "valid", "missing": "missing", "below": "below_detection"}),
    )
    beyond = (frame["value_ugm3"] > LIMIT_HIGH) | (frame["value_ugm3"] < LIMIT_LOW)
    return log.drop("OBS-OVERFLOW", frame, beyond, value="value", column="column")


def _flag(frame: pd.DataFrame, options: Options, log: Log) -> pd.DataFrame:
    limits = frame["pollutant"].map(options.detection_limits or {}).astype(float)
    limit = frame["detection_limit_ugm3"].fillna(limits)
    under = (frame["flag"] == "valid") & (frame["value_ugm3"] < limit) & (frame["value_ugm3"] >= 0)
    negative = (frame["flag"] == "valid") & (frame["value_ugm3"] < 0)
    flag = frame["flag"].mask(under, "below_detection").mask(negative, "suspect")
    frame = frame.assign(flag=flag, detection_limit_ugm3=limit)
    series = ["station", "pollutant"]
    for keys, part in frame.loc[negative].groupby(series, sort=True):
        lowest = part["value_ugm3"].min()
        log.note("OBS-NEGATIVE", " ".join(keys), value=f"{len(part)} readings, lowest {lowest:g} µg/m³")
    below = frame.loc[frame["flag"] == "below_detection"]
    for keys, part in below.groupby(series, sort=True):
        unknown = int(part["detection_limit_ugm3"].isna().sum())
        text = f"{len(part)} readings" + (f", {unknown} without a limit" if unknown else "")
        log.note("OBS-BELOW-DETECTION", " ".join(keys), value=text)
    return frame
