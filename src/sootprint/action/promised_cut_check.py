"""The check of promised cuts: from stack monitors and from the posts, side by side."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sootprint.action.promised_cut_options import NO_ANSWER, CutOptions
from sootprint.action.promised_cut_stack import (
    DAY_H,
    HOUR,
    Answer,
    daily_rate,
    hourly_rate,
    split_hours,
    stack_check,
)
from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.pollutants import pollutant_id
from sootprint.core.timeaxis import to_local, zone_info

if TYPE_CHECKING:
    import xarray as xr

STEADY = (0.7, 1.4)
"""Level after the window over that before it within which a reference is called steady [1]; our choice."""


def promised_cut(
    *,
    pollutant: str,
    time_start: pd.Timestamp | str,
    time_end: pd.Timestamp | str,
    cut: float,
    facility_ids: list[str] | None = None,
    source_ids: list[str] | None = None,
    cut_id: str = "cut",
    announced_by: str | None = None,
    origin: str | None = None,
) -> pd.DataFrame:
    """Table ``promised_cuts`` with one promise; times in UTC, neither plants nor sources for the complex.

    Raises
    ------
    InputError
        If the window is empty or the cut is not from 0 to 1.
    """
    start, end = pd.Timestamp(time_start), pd.Timestamp(time_end)
    if not start < end:
        raise InputError(f"the window ends at {end}, before {start}", cure="state a later end")
    if not 0.0 < cut <= 1.0:
        raise InputError(f"promised cut {cut}", rule="over 0 and at most 1", cure="write 20 % as 0.2")
    row = {
        "cut_id": cut_id,
        "facility_ids": ",".join(facility_ids or []),
        "source_ids": ",".join(source_ids or []),
        "pollutant": pollutant_id(pollutant),
        "time_start": start,
        "time_end": end,
        "promised_cut": cut,
        "announced_by": announced_by,
        "origin": origin,
    }
    return schema.check(pd.DataFrame([row]), "promised_cuts")


def sources_of(promise: dict[str, Any], sources: pd.DataFrame) -> list[str]:
    """Sources that a promise is for: the named ones, those of its plants, or all that take an order.

    Raises
    ------
    InputError
        If a named source or plant is not in the inventory.
    """
    named = _listed(promise.get("source_ids"))
    plants = _listed(promise.get("facility_ids"))
    for wanted, column in ((named, "source_id"), (plants, "facility_id")):
        unknown = sorted(set(wanted) - set(sources[column].astype(str)))
        if unknown:
            known = sorted(set(sources[column].astype(str)))
            raise InputError(
                f"{column} {unknown[0]!r} is not in the inventory", cure=f"one of: {', '.join(known[:20])}"
            )
    if named:
        chosen = sources["source_id"].isin(named)
    elif plants:
        chosen = sources["facility_id"].isin(plants)
    else:
        chosen = sources["controllable"].fillna(True).astype(bool)
    return sorted(sources.loc[chosen, "source_id"].astype(str))


def _listed(text: Any) -> list[str]:
    return (
        []
        if text is None or pd.isna(text)
        else [part.strip() for part in str(text).split(",") if part.strip()]
    )


def check_promised_cuts(
    promises: pd.DataFrame,
    sources: pd.DataFrame,
    *,
    zone: str,
    rates: pd.DataFrame | None = None,
    stack_readings: pd.DataFrame | None = None,
    stack_days: pd.DataFrame | None = None,
    observations: pd.DataFrame | None = None,
    operator: xr.Dataset | None = None,
    weather: pd.DataFrame | None = None,
    stations: pd.DataFrame | None = None,
    excluded: pd.DataFrame | None = None,
    options: CutOptions | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Table ``promised_cut_checks``: a row a promise and method that its data allow.

    ``stack`` needs ``stack_readings``, or ``stack_days`` where the file states no time of day; ``operator``
    needs ``observations``, ``operator`` and ``rates``; ``matched`` needs ``observations``, ``weather`` and
    ``stations``. They answer the same question from different data and are never averaged; where the
    intervals of two do not meet, both rows say so.
    Each row has its own random numbers, made of the seed, the promise and the method, so that it does not
    depend on the other rows.

    Parameters
    ----------
    promises : DataFrame
        Table ``promised_cuts``. The windows of the other promises for any of the same sources are left out
        of a promise's reference.
    sources : DataFrame
        Table ``sources``.
    zone : str
        IANA zone: hours of day and weekends are local.
    rates : DataFrame, optional
        Table ``rates`` of the declared mean rates [g s⁻¹].
    stack_readings, stack_days, observations, weather, stations : DataFrame, optional
        Tables of those names.
    operator : Dataset, optional
        ``H(time, receptor, source)`` [s m⁻³].
    excluded : DataFrame, optional
        time_start and time_end (UTC) of what is no reference: maintenance, accidents.
    options : CutOptions, optional
        Settings.
    seed : int
        Start of the random numbers; recorded in each row.
    progress : callable, optional
        Told what is being checked.

    Raises
    ------
    InputError
        If a promise names a source or plant that is not in the inventory.
    """
    options = options or CutOptions()
    rows: list[dict[str, Any]] = []
    for promise in promises.to_dict("records"):
        named = sources_of(promise, sources)
        out = _left_out(promise, promises, sources, set(named), excluded)
        checks = _checks(
            promise, named, out, sources, rates, stack_readings, stack_days, observations, operator, weather,
            stations, zone, options,
        )  # fmt: skip
        made = []
        for method, run in checks.items():
            if progress is not None:
                progress(f"{promise['cut_id']}: {method}")
            rng = np.random.default_rng([seed, zlib.crc32(f"{promise['cut_id']}/{method}".encode())])
            made.append(_row(promise, method, run(rng), named, rates, options, seed))
        rows += _with_agreement(made)
    return (
        schema.check(pd.DataFrame(rows), "promised_cut_checks")
        if rows
        else schema.empty("promised_cut_checks")
    )


def _left_out(
    promise: dict[str, Any],
    promises: pd.DataFrame,
    sources: pd.DataFrame,
    named: set[str],
    excluded: pd.DataFrame | None,
) -> pd.DataFrame:
    """Intervals that are no reference: those given, and other promises for any of the same sources."""
    rows = [] if excluded is None else [(row.time_start, row.time_end) for row in excluded.itertuples()]
    for other in promises.to_dict("records"):
        if other["cut_id"] != promise["cut_id"] and named & set(sources_of(other, sources)):
            rows.append((other["time_start"], other["time_end"]))
    return pd.DataFrame(rows, columns=["time_start", "time_end"])


def _checks(
    promise: dict[str, Any],
    named: list[str],
    out: pd.DataFrame,
    sources: pd.DataFrame,
    rates: pd.DataFrame | None,
    stack_readings: pd.DataFrame | None,
    stack_days: pd.DataFrame | None,
    observations: pd.DataFrame | None,
    operator: xr.Dataset | None,
    weather: pd.DataFrame | None,
    stations: pd.DataFrame | None,
    zone: str,
    options: CutOptions,
) -> dict[str, Callable[[np.random.Generator], Answer]]:
    pollutant, cut = str(promise["pollutant"]), float(promise["promised_cut"])
    start, end = promise["time_start"], promise["time_end"]
    hours = window_hours(start, end, options)
    parts = split_hours(hours, start, end, options, out)
    made: dict[str, Callable[[np.random.Generator], Answer]] = {}

    def at_the_stack(rng: np.random.Generator) -> Answer:
        assert stack_readings is not None
        rate, found, missing = hourly_rate(stack_readings, named, pollutant, hours, options.hour_coverage)
        answer = stack_check(rate, hours, parts, cut, zone=zone, options=options, rng=rng)
        answer.values |= {"sources_checked": ",".join(found), "sources_missing": ",".join(missing)}
        return answer

    def at_the_stack_by_days(rng: np.random.Generator) -> Answer:
        assert stack_days is not None
        days, begins, closes = window_days(start, end, zone, options)
        rate, found, missing = daily_rate(stack_days, named, pollutant, days, options.hour_coverage)
        own = split_hours(begins, start, end, options, out, ends=closes)
        answer = stack_check(rate, begins, own, cut, zone=zone, options=options, rng=rng, step_h=DAY_H)
        answer.values |= {"sources_checked": ",".join(found), "sources_missing": ",".join(missing)}
        answer.remarks.append("from daily means: the file states no time of day")
        return answer

    def with_the_operator(rng: np.random.Generator) -> Answer:
        from sootprint.action.promised_cut_operator import operator_check, signals

        assert observations is not None
        assert operator is not None
        assert rates is not None
        given = signals(observations, operator, rates, named, pollutant, zone=zone)
        own = split_hours(given.hours, start, end, options, out)
        answer = operator_check(given, own, cut, zone=zone, options=options, rng=rng)
        known = set(rates.loc[rates["pollutant"] == pollutant, "source_id"].astype(str))
        known &= {str(name) for name in operator["source"].to_numpy()}
        answer.values |= _sources(named, known)
        return answer

    def matched(rng: np.random.Generator) -> Answer:
        from sootprint.action.promised_cut_matched import downwind_excess, matched_check

        assert observations is not None
        assert weather is not None
        assert stations is not None
        place = _middle(sources, named, rates, pollutant)
        given = downwind_excess(
            observations, weather, stations, place, pollutant, parts, hours, zone=zone, options=options
        )
        answer = matched_check(given, parts, cut, options=options, rng=rng)
        plants = sources.loc[sources["source_id"].isin(named), "facility_id"].nunique()
        if plants > 1:
            answer.remarks.append(f"{plants} plants are taken as one place, the middle of their sources")
        answer.values |= _sources(named, set(named))
        return answer

    if stack_readings is not None and len(stack_readings):
        made["stack"] = at_the_stack
    elif stack_days is not None and len(stack_days):
        made["stack"] = at_the_stack_by_days
    if observations is not None and len(observations):
        if operator is not None and rates is not None:
            made["operator"] = with_the_operator
        if weather is not None and len(weather) and stations is not None and len(stations):
            made["matched"] = matched
    return made


def window_hours(start: pd.Timestamp, end: pd.Timestamp, options: CutOptions) -> pd.DatetimeIndex:
    """Hours (UTC) from the beginning of the reference before a window to the end of that after it."""
    reach = pd.Timedelta(days=options.reference_days) + options.gap_h * HOUR
    return pd.date_range(
        (start - reach).floor("h"), (end + reach).ceil("h"), freq="h", inclusive="left"
    ).as_unit("us")


def window_days(
    start: pd.Timestamp, end: pd.Timestamp, zone: str, options: CutOptions
) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex, pd.DatetimeIndex]:
    """Local dates around a window with their beginnings and ends in UTC."""
    hours = window_hours(start, end, options)
    local = pd.DatetimeIndex(to_local(pd.Series(hours[[0, -1]]), zone))
    days = pd.date_range(local[0].floor("D"), local[1].floor("D"), freq="D").as_unit("us")
    edges = days.append(days[-1:] + pd.Timedelta(days=1)).tz_localize(
        zone_info(zone), ambiguous=True, nonexistent="shift_forward"
    )
    plain = edges.tz_convert("UTC").tz_localize(None).as_unit("us")
    return days, plain[:-1], plain[1:]


def _sources(named: list[str], known: set[str]) -> dict[str, str]:
    return {
        "sources_checked": ",".join(name for name in named if name in known),
        "sources_missing": ",".join(name for name in named if name not in known),
    }


def _middle(
    sources: pd.DataFrame, named: list[str], rates: pd.DataFrame | None, pollutant: str
) -> tuple[float, float]:
    """Middle of the named sources, weighted by their declared rates where these are known."""
    mine = sources[sources["source_id"].isin(named)]
    weight = np.ones(len(mine))
    if rates is not None:
        own = (
            rates[rates["pollutant"] == pollutant]
            .drop_duplicates("source_id")
            .set_index("source_id")["rate_g_s"]
        )
        found = mine["source_id"].map(own).fillna(0.0).to_numpy(float)
        weight = found if found.sum() > 0 else weight
    return float(np.average(mine["lon"], weights=weight)), float(np.average(mine["lat"], weights=weight))


def _row(
    promise: dict[str, Any],
    method: str,
    answer: Answer,
    named: list[str],
    rates: pd.DataFrame | None,
    options: CutOptions,
    seed: int,
) -> dict[str, Any]:
    values, remarks = answer.values, list(answer.remarks)
    checked = set(_listed(values.get("sources_checked")))
    share = float("nan")
    if rates is not None:
        mine = rates[(rates["pollutant"] == promise["pollutant"]) & rates["source_id"].isin(named)]
        total = mine["rate_g_s"].sum()
        share = mine.loc[mine["source_id"].isin(checked), "rate_g_s"].sum() / total if total > 0 else share
    if values.get("sources_missing"):
        told = f", {share:.0%} of the declared rate checked" if np.isfinite(share) else ""
        remarks.append(f"no data of {values['sources_missing']}: what they emitted is not known{told}")
    if values.get("window_missing_h") and method == "stack" and values["verdict"] != NO_ANSWER:
        remarks.append(
            f"{values['window_missing_h']} h of the window have no usable stack data: "
            "missing is not compliance"
        )
    if method != "stack" and values.get("cut_high", 1.0) < 0.0:
        remarks.append(
            "the plant's part of the readings rose in the window: more emission, or weather unlike the "
            "reference's"
        )
    steady = values.get("after_over_before", float("nan"))
    if np.isfinite(steady) and not STEADY[0] <= steady <= STEADY[1]:
        remarks.append(f"the reference is not steady: {steady:.2f} times as high after the window as before")
    return {
        "cut_id": promise["cut_id"],
        "pollutant": promise["pollutant"],
        "method": method,
        "promised_cut": promise["promised_cut"],
        "interval_level": options.level,
        "power_asked": options.power,
        "test_level": options.tail,
        "seed": seed,
        "checked_share": share,
        **values,
        "remarks": "; ".join(remarks),
    }


def _with_agreement(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of one promise with whether the stack's interval meets those of the posts."""

    def ends(row: dict[str, Any]) -> tuple[float, float]:
        low, high = row.get("cut_low", np.nan), row.get("cut_high", np.nan)
        return (-np.inf if np.isnan(low) else low), (np.inf if np.isnan(high) else high)

    for row in rows:
        others = [
            other
            for other in rows
            if (other["method"] == "stack") != (row["method"] == "stack")
            and NO_ANSWER not in (other["verdict"], row["verdict"])
        ]
        apart = [
            other["method"]
            for other in others
            if ends(row)[0] > ends(other)[1] or ends(other)[0] > ends(row)[1]
        ]
        row["agreement"] = "not comparable" if not others else "disagree" if apart else "agree"
        if apart:
            told = f"the interval does not meet that of: {', '.join(apart)}"
            row["remarks"] = "; ".join(filter(None, [row["remarks"], told]))
    return rows
