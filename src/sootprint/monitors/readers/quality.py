"""Series that look wrong though each value may be right: repeated stamps, runs of zeros, stuck values."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sootprint.monitors.readers.draft import Log

ZERO_RUN = 6
"""Number of consecutive exact zeros from which a run is long."""

STRAY_ZEROS = 0.005
"""Share of the other readings up to which a series counts as otherwise never zero."""

FLAT_RUN = 24
"""Number of consecutive equal readings from which an instrument may be stuck."""

FLAT_RESOLUTIONS = 10.0
"""Multiple of the resolution of a series below which equal readings are no surprise."""


def split_duplicates(frame: pd.DataFrame, log: Log, *, keys: list[str], values: list[str]) -> pd.DataFrame:
    """Frame with one row a key: equal rows keep the first, contradicting rows all go to quarantine.

    A row without a reading contradicts nothing: it gives way to a row with one.
    """
    if not frame.duplicated(keys).any():
        return frame
    repeated = frame[frame.duplicated(keys, keep=False)]
    empty = repeated[values].isna().all(axis=1)
    if "flag" in repeated:
        empty &= repeated["flag"] == "missing"
    full = repeated.loc[~empty]
    groups = full.groupby(keys, sort=False, dropna=False)
    different = pd.Series(False, index=full.index)
    for name in [*values, *(["flag"] if "flag" in full else [])]:
        different |= groups[name].transform("nunique", dropna=False) > 1
    conflict = full.index[different]
    ordered = pd.concat([full.loc[~different], repeated.loc[empty]])
    first = ordered.loc[~ordered.duplicated(keys)]
    # A missing row beside rows that contradict each other must not stand for them.
    contradicted = pd.MultiIndex.from_frame(full.loc[conflict, keys])
    first = first.loc[~pd.MultiIndex.from_frame(first[keys]).isin(contradicted)]
    dropped = repeated.index.difference(conflict).difference(first.index)
    mask = pd.Series(False, index=frame.index)
    mask.loc[conflict] = True
    again = pd.Series(False, index=frame.index)
    again.loc[dropped] = True
    log.drop("OBS-DUPLICATE-CONFLICT", frame, mask, value="time", column="column")
    log.drop("OBS-DUPLICATE", frame, again, value="time", column="column")
    return frame.loc[~(mask | again)]


def mark_runs(frame: pd.DataFrame, log: Log) -> pd.DataFrame:
    """Frame, sorted by series and time, with the flag ``suspect`` on long zero runs and stuck values."""
    frame = frame.sort_values(["station", "pollutant", "time_start"], kind="stable").reset_index(drop=True)
    reading = (frame["flag"] == "valid").to_numpy()
    used = frame.loc[reading, ["station", "pollutant", "time_start", "value_ugm3", "row"]]
    if used.empty:
        return frame
    value = used["value_ugm3"].to_numpy()
    series = used.groupby(["station", "pollutant"], sort=False).ngroup().to_numpy()
    starts = np.r_[True, (np.diff(series) != 0) | (np.diff(value) != 0)]
    run = np.cumsum(starts) - 1
    length = np.bincount(run)[run]
    zero = value == 0
    suspect = _zero_runs(used, series, zero, length, log) | _flat_runs(
        used, series, zero, length, starts, log
    )
    positions = np.flatnonzero(reading)[suspect]
    frame.loc[positions, "flag"] = "suspect"
    return frame


def _zero_runs(
    used: pd.DataFrame, series: np.ndarray, zero: np.ndarray, length: np.ndarray, log: Log
) -> np.ndarray:
    long = zero & (length >= ZERO_RUN)
    n_long = np.bincount(series, long)
    stray = np.bincount(series, zero & ~long)
    rest = np.bincount(series) - n_long
    faulty = (n_long > 0) & (stray <= STRAY_ZEROS * rest)
    suspect = long & faulty[series]
    for number in np.flatnonzero(faulty):
        first = used.iloc[int(np.argmax(suspect & (series == number)))]
        log.note(
            "OBS-ZERO-RUN",
            f"{first['station']} {first['pollutant']}",
            value=f"{int(n_long[number])} zeros in long runs, first at {first['time_start']} UTC",
            row=int(first["row"]),
        )
    return suspect


def _flat_runs(
    used: pd.DataFrame,
    series: np.ndarray,
    zero: np.ndarray,
    length: np.ndarray,
    starts: np.ndarray,
    log: Log,
) -> np.ndarray:
    long = ~zero & (length >= FLAT_RUN)
    if not long.any():
        return long
    value = used["value_ugm3"].to_numpy()
    resolution = np.full(series.max() + 1, np.nan)
    for number in np.unique(series[long]):
        distinct = np.unique(value[series == number])
        resolution[number] = np.diff(distinct).min() if len(distinct) > 1 else 0.0
    suspect = long & (np.abs(value) > FLAT_RESOLUTIONS * resolution[series])
    for position in np.flatnonzero(suspect & starts):
        row = used.iloc[int(position)]
        log.note(
            "OBS-FLAT-RUN",
            f"{row['station']} {row['pollutant']}",
            value=f"{row['value_ugm3']:g} µg/m³ {int(length[position])} times from {row['time_start']} UTC",
            row=int(row["row"]),
        )
    return suspect
