"""Each exceeded norm without each source: on its own intervals, with the errors of their hours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.evidence.but_for import ButFor, norm_without
from sootprint.attribution.evidence.field import Field
from sootprint.attribution.evidence.intervals import Interval, interval_draws
from sootprint.attribution.evidence.subjects import Subject
from sootprint.core.timeaxis import to_local

Array = NDArray[np.float64]
Row = dict[str, Any]

COUNTED = ("maximum", "allowed_exceedances", "percentile")
"""Forms of norms that count intervals over the limit."""

KINDS = ("limit", "guideline")
"""Kinds of norms that are asked about."""

Backgrounds = dict[tuple[str, str, str], tuple[float, float]]


def local_days(times: pd.DatetimeIndex, zone: str) -> NDArray[np.int64]:
    """Number of the local day of each hour."""
    local = to_local(pd.Series(times), zone).dt.floor("D")
    return np.asarray(pd.factorize(local, sort=True)[0], np.int64)


def asked(exceedances: pd.DataFrame, pollutant: str) -> pd.DataFrame:
    """Comparisons of a pollutant whose norm was exceeded: limits and guidelines that were in force."""
    table = exceedances[(exceedances["pollutant"] == pollutant) & (exceedances["verdict"] == "exceeded")]
    return table[table["kind"].isin(KINDS) & ~table["in_force"].isin(["no"])].reset_index(drop=True)


def allowed_over(row: Any, percentile: float) -> int | None:
    """Intervals over the limit with which a norm still holds; None for a form that does not count them.

    A percentile q of n values is value number ⌈n q⌉ from below, so that n − ⌈n q⌉ may be over.
    """
    if row.form == "maximum":
        return 0
    if row.form == "allowed_exceedances" and pd.notna(row.allowed_exceedances):
        return int(row.allowed_exceedances)
    if row.form == "percentile" and np.isfinite(percentile):
        return int(row.n_valid) - int(np.ceil(row.n_valid * percentile / 100.0 - 1e-9))
    return None


def norm_rows(
    field: Field,
    subjects: list[Subject],
    exceedances: pd.DataFrame,
    hours_over: pd.DataFrame,
    norms: pd.DataFrame,
    episodes: pd.DataFrame,
    backgrounds: Backgrounds,
    *,
    zone: str,
    generator: np.random.Generator,
) -> tuple[list[Row], list[Row]]:
    """Rows for each exceeded norm and post, and rows of the norms that were not asked about, with why."""
    percentiles = norms.set_index("norm_id")["percentile"].astype(float).to_dict()
    own = hours_over[hours_over["pollutant"] == field.pollutant]
    blocks = local_days(field.times, zone)
    rows: list[Row] = []
    refused: list[Row] = []
    chosen: list[tuple[Any, int, pd.DataFrame]] = []
    for row in asked(exceedances, field.pollutant).itertuples():
        over = own[(own["station_id"] == row.station_id) & (own["norm_id"] == row.norm_id)]
        over = over[(over["time_start"] >= row.period_start) & (over["time_start"] < row.period_end)]
        allowed = allowed_over(row, percentiles.get(row.norm_id, np.nan))
        reason = _refusal(row, allowed, over, field)
        if reason or allowed is None:
            refused.append({"norm_id": row.norm_id, "station_id": row.station_id, "reason": reason})
        else:
            chosen.append((row, allowed, over))
    for averaging in sorted({float(row.averaging_s) for row, _allowed, _over in chosen}):
        asked_now = [item for item in chosen if float(item[0].averaging_s) == averaging]
        keys = pd.concat([over[["station_id", "time_start", "value_ugm3"]] for _r, _a, over in asked_now])
        table = keys.drop_duplicates(["station_id", "time_start"]).sort_values(["time_start", "station_id"])
        intervals = [_interval(field, item, averaging, backgrounds) for item in table.itertuples()]
        place = {
            key: number
            for number, key in enumerate(zip(table["station_id"], table["time_start"], strict=True))
        }
        parts = interval_draws(field, intervals, blocks, generator)
        sums = parts @ _membership(subjects, len(field.sources))
        rows += _period_rows(field, subjects, asked_now, intervals, place, sums)
        rows += _episode_rows(field, subjects, asked_now, episodes, intervals, place, sums)
    return rows, refused


def _membership(subjects: list[Subject], sources: int) -> Array:
    """Which sources each subject sums, (source, subject) array of 0 and 1."""
    made = np.zeros((sources, len(subjects)))
    for number, subject in enumerate(subjects):
        made[subject.members, number] = 1.0
    return made


def _refusal(row: Any, allowed: int | None, over: pd.DataFrame, field: Field) -> str:
    if row.station_id not in field.stations:
        return "the post has no place in the operator"
    if allowed is None:
        return f"the form {row.form} does not count intervals"
    if float(row.averaging_s) < 3600.0:
        return "intervals shorter than an hour"
    if len(over) != int(row.n_exceedances):
        return "the intervals over the limit are not listed one by one"
    return ""


def _interval(field: Field, row: Any, averaging_s: float, backgrounds: Backgrounds) -> Interval:
    station = field.stations.index(str(row.station_id))
    start = pd.Timestamp(row.time_start)
    first, last = field.times.searchsorted([start, start + pd.Timedelta(seconds=averaging_s)])
    hours = np.arange(first, last)
    hours = hours[np.isfinite(field.value[hours, station])]
    key = ("all", field.pollutant, str(row.station_id))
    return Interval(station, hours.astype(np.int64), float(row.value_ugm3), backgrounds.get(key, (0.0, 0.0)))


def _period_rows(
    field: Field,
    subjects: list[Subject],
    asked_now: list[tuple[Any, int, pd.DataFrame]],
    intervals: list[Interval],
    place: dict[Any, int],
    sums: Array,
) -> list[Row]:
    """Rows of each norm: each post, and ``all`` for every post at once."""
    rows = []
    for norm_id in sorted({row.norm_id for row, _allowed, _over in asked_now}):
        own = [item for item in asked_now if item[0].norm_id == norm_id]
        for column, subject in enumerate(subjects):
            together, counts = np.ones(len(sums), bool), []
            for row, allowed, over in own:
                numbers = _numbers(over, place)
                taken = sums[:, numbers, column]
                made = norm_without(over["value_ugm3"], taken, float(row.limit_ugm3), allowed=allowed)
                left = over["value_ugm3"].to_numpy(float) - taken
                together &= (left > float(row.limit_ugm3)).sum(axis=1) <= allowed
                counts.append((made, _unserved(field, intervals, numbers)))
                rows.append(_row(field, subject, row, made, counts[-1][1], len(sums), row.station_id, None))
            whole = _sum([made for made, _hours in counts], together)
            hours = tuple(sum(pair[number] for _made, pair in counts) for number in (0, 1))
            rows.append(_row(field, subject, own[0][0], whole, hours, len(sums), "all", None))
    return rows


def _episode_rows(
    field: Field,
    subjects: list[Subject],
    asked_now: list[tuple[Any, int, pd.DataFrame]],
    episodes: pd.DataFrame,
    intervals: list[Interval],
    place: dict[Any, int],
    sums: Array,
) -> list[Row]:
    """Rows of each episode: whether its norm would have been kept at every post throughout."""
    rows = []
    for episode in episodes[episodes["pollutant"] == field.pollutant].itertuples():
        own = [item for item in asked_now if item[0].norm_id == episode.norm_id]
        if not own:
            continue
        over = pd.concat([item[2] for item in own])
        inside = (over["time_start"] >= episode.time_start) & (over["time_start"] < episode.time_end)
        over = over[inside]
        if over.empty:
            continue
        numbers = _numbers(over, place)
        hours = _unserved(field, intervals, numbers)
        for column, subject in enumerate(subjects):
            taken = sums[:, numbers, column]
            made = norm_without(over["value_ugm3"], taken, float(own[0][0].limit_ugm3))
            rows.append(
                _row(field, subject, own[0][0], made, hours, len(sums), "all", str(episode.episode_id))
            )
    return rows


def _numbers(over: pd.DataFrame, place: dict[Any, int]) -> NDArray[np.int64]:
    keys = zip(over["station_id"], over["time_start"], strict=True)
    return np.array([place[key] for key in keys], np.int64)


def _unserved(field: Field, intervals: list[Interval], numbers: NDArray[np.int64]) -> tuple[int, int]:
    """Measured hours of some intervals that the engine served, and all of them."""
    served, own = field.served, [intervals[number] for number in numbers]
    return (
        int(sum(served[item.hours, item.station].sum() for item in own)),
        int(sum(len(item.hours) for item in own)),
    )


def _sum(parts: list[ButFor], together: NDArray[np.bool_]) -> ButFor:
    """The posts of a norm at once; intervals of counts are left out, for they are not sums of intervals."""
    return ButFor(
        exceeded=sum(item.exceeded for item in parts),
        probability_none=float("nan"),
        expected=sum(item.expected for item in parts),
        low=float("nan"),
        high=float("nan"),
        allowed=max(item.allowed for item in parts),
        probability_held=float(together.mean()),
    )


def _row(
    field: Field,
    subject: Subject,
    norm: Any,
    made: ButFor,
    hours: tuple[int, ...],
    draws: int,
    station_id: str,
    episode_id: str | None,
) -> Row:
    return {
        "subject_kind": subject.kind,
        "subject_id": subject.name,
        "group_id": subject.group_id,
        "pollutant": field.pollutant,
        "norm_id": norm.norm_id,
        "limit_ugm3": float(norm.limit_ugm3),
        "averaging_s": float(norm.averaging_s),
        "station_id": station_id,
        "episode_id": episode_id,
        "exceeded": made.exceeded,
        "allowed": made.allowed,
        "expected_without": made.expected,
        "without_q05": made.low,
        "without_q95": made.high,
        "probability_held": made.probability_held,
        "draws": draws,
        "hours_served": hours[0],
        "hours_measured": hours[1],
    }
