"""Stamps to UTC interval beginnings: which end they mark, how long the interval is, what cannot be a time."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.timeaxis import Stamp, to_local, to_utc_start
from sootprint.core.units import unit_name
from sootprint.monitors.readers.draft import Draft, Log
from sootprint.monitors.readers.options import Options
from sootprint.monitors.readers.times import parse_stamps

STALE_S = 86_400.0
"""Age of a reading at its retrieval beyond which a feed repeats itself [s]."""

CLOCK_SLACK_S = 600.0
"""How much the clocks of a post and of a collector may differ [s]."""


def place_in_time(
    frame: pd.DataFrame, draft: Draft, options: Options, log: Log, *, zone: str, now: pd.Timestamp
) -> pd.DataFrame:
    """Frame with ``time_start`` (UTC) and ``duration_s``; rows without a possible time go to quarantine.

    Raises
    ------
    InputError
        If no interval length is stated and no series has two stamps.
    """
    zone = _zone(draft, options, log, zone)
    parsed = parse_stamps(frame["time"], day_first=options.day_first)
    for remark in parsed.remarks:
        log.guess(*remark)
    frame = frame.assign(
        time_column=draft.time_column, local=parsed.local, utc=parsed.utc, series=_series_codes(frame)
    )
    frame = log.drop(
        "OBS-TIME", frame, frame["local"].isna() & frame["utc"].isna(), value="time", column="time_column"
    )
    if frame.empty:
        return frame.assign(time_start=pd.Series(dtype="datetime64[us]"), duration_s=pd.Series(dtype=float))
    frame = frame.assign(duration_s=_durations(frame, draft, options, log))
    stamp = _stamp(frame, draft, options, log, zone, parsed.midnight_24)
    frame = _to_utc(frame, zone, stamp, log)
    late = now + pd.Timedelta(seconds=CLOCK_SLACK_S)
    future = frame["time_start"] > late
    if "retrieved" in frame:
        retrieved = parse_stamps(frame["retrieved"], day_first=None)
        moment = retrieved.utc.fillna(retrieved.local)
        age_s = (moment - frame["time_start"]).dt.total_seconds() - frame["duration_s"]
        future |= age_s < -CLOCK_SLACK_S - frame["duration_s"]
        frame = frame.assign(age_s=age_s)
    keep = ~future
    log.drop("OBS-FUTURE", frame, future, value="time", column="time_column")
    frame = frame.loc[keep]
    if "age_s" in frame:
        frame = log.drop("OBS-STALE", frame, frame["age_s"] > STALE_S, value="time", column="time_column")
    return frame


def _zone(draft: Draft, options: Options, log: Log, zone: str) -> str:
    if options.zone is not None:
        return options.zone
    words = draft.time_column.casefold().replace("_", " ").replace("(", " ").replace(")", " ").split()
    if "utc" in words or "gmt" in words:
        log.guess("zone", "UTC", f"the heading {draft.time_column} says so", 'zone = "UTC"')
        return "UTC"
    return zone


def _series_codes(frame: pd.DataFrame) -> np.ndarray:
    keys = ["station", "pollutant"] if "pollutant" in frame else ["station"]
    return frame.groupby(
        [*keys, *(["column"] if "column" in frame else [])], sort=False, dropna=False
    ).ngroup()


def _durations(frame: pd.DataFrame, draft: Draft, options: Options, log: Log) -> pd.Series:
    if options.duration_s is not None:
        return pd.Series(float(options.duration_s), index=frame.index)
    if "duration_s" in frame:
        stated = pd.to_numeric(frame["duration_s"], errors="coerce")
        if stated.between(1, 31_622_400).all():
            return stated.astype(float)
    if draft.duration_s is not None:
        log.guess("duration_s", f"{draft.duration_s:g}", draft.because, f"duration_s = {draft.duration_s:g}")
        return pd.Series(draft.duration_s, index=frame.index)
    moment = frame["utc"].fillna(frame["local"])
    order = np.lexsort((moment.to_numpy(), frame["series"].to_numpy()))
    series = frame["series"].to_numpy()[order]
    steps = np.diff(moment.to_numpy()[order].astype("M8[us]").astype(np.int64)) / 1e6
    good = (np.diff(series) == 0) & (steps > 0)
    if not good.any():
        raise InputError(
            "the length of the readings' interval is not known",
            where=log.file,
            rule="it is stated, or guessed from the step between two stamps of a series",
            cure=f'add to case.toml: [files."{log.file}"] duration_s = 3600',
        )
    by_series = pd.Series(steps[good]).groupby(series[1:][good]).median().clip(upper=31_622_400)
    fallback = float(pd.Series(steps[good]).median())
    durations = frame["series"].map(by_series).fillna(min(fallback, 31_622_400.0)).astype(float)
    taken = ", ".join(f"{value:g}" for value in sorted(durations.unique())[:10])
    log.guess("duration_s", taken, "the median step of each series", f"duration_s = {taken.split(',')[0]}")
    return durations


def _stamp(
    frame: pd.DataFrame, draft: Draft, options: Options, log: Log, zone: str, midnight_24: bool
) -> Stamp:
    if options.stamp is not None:
        return options.stamp
    if draft.stamp is not None:
        log.guess("stamp", draft.stamp, draft.because, f'stamp = "{draft.stamp}"')
        return cast(Stamp, draft.stamp)
    heading = unit_name(draft.time_column).replace("_", " ")
    if "end" in heading.split():
        taken, because = "ending", f"the heading {draft.time_column} says so"
    elif "start" in heading.split() or "begin" in heading:
        taken, because = "beginning", f"the heading {draft.time_column} says so"
    else:
        taken, because = _stamp_by_edges(frame, zone, midnight_24)
    log.guess("stamp", taken, because, f'stamp = "{taken}"')
    return cast(Stamp, taken)


def _stamp_by_edges(frame: pd.DataFrame, zone: str, midnight_24: bool) -> tuple[str, str]:
    if midnight_24:
        return "ending", "a stamp reads 24:00"
    local = frame["local"].fillna(to_local(frame["utc"], zone))
    first, last = local.min(), local.max()
    step = pd.Timedelta(seconds=float(frame["duration_s"].median()))
    if step < pd.Timedelta(days=1) and first == first.normalize() + step and last == last.normalize():
        return "ending", f"the first stamp is {first:%H:%M} and the last {last:%H:%M}"
    if (
        step < pd.Timedelta(days=1)
        and first == first.normalize()
        and last + step == last.normalize() + pd.Timedelta(days=1)
    ):
        return "beginning", f"the first stamp is {first:%H:%M} and the last {last:%H:%M}"
    return "beginning", "nothing in the file tells; most loggers mark the beginning"


def _to_utc(frame: pd.DataFrame, zone: str, stamp: Stamp, log: Log) -> pd.DataFrame:
    has = frame["utc"].notna()
    start = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    if has.any():
        start = frame["utc"].where(has)
        if stamp == "ending":
            start = start - pd.to_timedelta(frame["duration_s"], unit="s")
    clock = frame.loc[~has]
    if len(clock):
        made, ambiguous = to_utc_start(
            clock["local"], zone, stamp=stamp, duration_s=clock["duration_s"], series=clock["series"]
        )
        start = start.astype("datetime64[us]")
        start.loc[clock.index] = made
        if ambiguous.any():
            times = clock.loc[ambiguous, ["row", "time"]].drop_duplicates("row")
            log.note(
                "OBS-TIME-AMBIGUOUS",
                "observations",
                value=f"{len(times)} rows, first {times['time'].iloc[0]} ({zone})",
                column=str(frame["time_column"].iloc[0]),
                row=int(times["row"].iloc[0]),
            )
    frame = frame.assign(time_start=start.astype("datetime64[us]"))
    return log.drop(
        "OBS-TIME-MISSING-HOUR", frame, frame["time_start"].isna(), value="time", column="time_column"
    )
