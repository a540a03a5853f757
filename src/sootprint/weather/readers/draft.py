"""From a draft of weather rows to the clean table: the checks that every reader shares."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sootprint.core.findings import Finding, Guess, ReadResult, findings_table
from sootprint.core.schema import check, schema
from sootprint.weather.readers.codes import finding

MAXIMUM_MAGNITUDE = 1e6
"""Magnitude from which a number is an overflow and not a reading of any weather quantity."""

SPECIAL = {
    "wind_speed": "WX-SPEED",
    "wind_from_direction": "WX-DIRECTION",
    "air_temperature": "WX-TEMPERATURE",
}
"""Columns whose range has its own code."""


def number_columns() -> list[str]:
    """Number columns of the table ``weather``."""
    table = schema("weather")
    return table.loc[table["type"] == "float", "column"].tolist()


def finish(
    draft: pd.DataFrame,
    *,
    file: str,
    sheet: str = "",
    findings: list[Finding],
    guesses: list[Guess],
    now: pd.Timestamp | None,
    text_faults: pd.DataFrame | None = None,
) -> ReadResult:
    """Clean table and findings of a draft.

    Parameters
    ----------
    draft : DataFrame
        Columns of the table ``weather`` in SI, with ``source_row``; faulty values still in place.
    file, sheet : str
        Where the rows came from.
    findings, guesses : list
        What the reader has found so far.
    now : Timestamp, optional
        Moment, UTC, after which a row is from the future.
    text_faults : DataFrame, optional
        ``source_row``, ``column``, ``value`` of cells that hold no number.

    Returns
    -------
    ReadResult
        Table ``weather``; every row with a fault is kept out of it and named in the findings.
    """
    draft = draft.reset_index(drop=True)
    bad = pd.Series(False, index=draft.index)
    made = list(findings)

    numbers = draft["source_row"].to_numpy()

    def put(mask: pd.Series | np.ndarray, code: str, column: str) -> None:
        rows = np.flatnonzero(np.asarray(mask, bool))
        values = draft[column].to_numpy(object) if column in draft else np.full(len(draft), "", object)
        for index in rows:
            made.append(
                finding(
                    code,
                    "weather",
                    value=values[index],
                    file=file,
                    sheet=sheet,
                    row=int(numbers[index]),
                    column=column,
                )
            )
        bad.iloc[rows] = True

    if text_faults is not None and len(text_faults):
        for row in text_faults.itertuples():
            made.append(
                finding(
                    "WX-NOT-A-NUMBER",
                    "weather",
                    value=row.value,
                    file=file,
                    sheet=sheet,
                    row=int(row.source_row),
                    column=str(row.column),
                )
            )
        bad |= draft["source_row"].isin(text_faults["source_row"])
    put(draft["time_start"].isna(), "WX-TIME", "time_start")
    if now is not None:
        put(draft["time_start"] > now, "WX-FUTURE", "time_start")
    limits = schema("weather").set_index("column")
    for column in [name for name in number_columns() if name in draft and name != "duration_s"]:
        values = draft[column].to_numpy(float)
        overflow = np.isinf(values) | (np.abs(values) >= MAXIMUM_MAGNITUDE)
        if column == "obukhov_length":
            # 1/L passes through zero, so a long L is a neutral hour and no overflow.
            overflow = np.isinf(values)
        put(overflow, "WX-OVERFLOW", column)
        low, high = limits.loc[column, "minimum"], limits.loc[column, "maximum"]
        outside = np.zeros(len(values), bool)
        if low:
            outside |= values < float(low)
        if high:
            outside |= values > float(high)
        put(outside & ~overflow, SPECIAL.get(column, "WX-RANGE"), column)
    repeated = draft.loc[~bad].duplicated(["station_id", "time_start"], keep="first")
    again = pd.Series(False, index=draft.index)
    again.loc[repeated.index[repeated]] = True
    put(again, "WX-DUPLICATE", "time_start")
    clean = draft.loc[~bad].sort_values(["station_id", "time_start"], kind="stable")
    clean = clean.assign(source_file=file)
    return ReadResult({"weather": check(clean, "weather")}, findings_table(made), list(guesses))


def utc_moment(now: object) -> pd.Timestamp | None:
    """Moment as UTC without a zone; a moment without a zone is UTC already."""
    if now is None:
        return None
    moment = pd.Timestamp(now)  # type: ignore[arg-type]
    return moment if moment.tzinfo is None else moment.tz_convert("UTC").tz_localize(None)
