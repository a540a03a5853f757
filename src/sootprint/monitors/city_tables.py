"""Indices of a city's air from readings: per post, district and city, for a month, a year or local days."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from sootprint.core import schema
from sootprint.core.pollutants import pollutant_table
from sootprint.monitors.city_cases import OF_SINGLE, daily_table, high_pollution_table
from sootprint.monitors.city_limits import IndexOptions, Limits, limits_of
from sootprint.monitors.city_p import POptions, parameter_p_table
from sootprint.monitors.city_remarks import joined
from sootprint.monitors.city_series import LEAST_COVERAGE, Series, Span, period_series, span_of
from sootprint.norms.indices import (
    complex_index,
    grade,
    overall_grade,
    repeatability,
    single_index,
    standard_index,
)
from sootprint.norms.indices_high import DEFAULT_RULES
from sootprint.norms.indices_rules import worst_mark

LEFT_OUT_KINDS = ("low_cost", "mobile")
"""Kinds of posts that are not counted in a district or city: no posts of a network of observation."""

MULTIPLES = (1.0, 5.0, 10.0)
"""Multiples of the single maximum limit whose exceedances are counted [1]."""

Place = tuple[str, str, list[Series]]


def city_indices(
    observations: pd.DataFrame,
    norms: pd.DataFrame,
    stations: pd.DataFrame,
    *,
    zone: str,
    month: str | None = None,
    year: int | str | None = None,
    period: tuple[Any, Any] | None = None,
    exponents: str = IndexOptions.exponents,
    rules: str = DEFAULT_RULES,
    missing_daily: str = "exclude",
    missing_class: int | None = 3,
    jurisdiction: str = "KZ",
    parameter_p: POptions | None = None,
) -> dict[str, pd.DataFrame]:
    """Tables of the indices of one period.

    SI is the largest single concentration over its limit, NP the largest share of single concentrations of
    one post and substance over the limit, IZA5 the sum of the five largest indices of substances. The mean
    of a district or a city is the mean over its posts; a post's is the mean of its valid daily means. Posts
    of the kinds ``low_cost`` and ``mobile`` have their own rows and do not count in a district or a city.

    Parameters
    ----------
    observations, norms, stations : DataFrame
        Tables of those names; ``district`` of the stations makes the districts.
    zone : str
        IANA zone of the days.
    month, year, period : str, int, pair of dates
        One of them: ``"2024-11"``; 2024; first and last local date, both included.
    exponents, rules : str
        Exponent set of IZA and rule set of high pollution.
    missing_daily : {"exclude", "0.4-single"}
        What stands for a missing daily limit in IZA.
    missing_class : int or None
        Hazard class of a substance without one; None leaves it out of IZA.
    jurisdiction : str
        Whose limits: a 20–30 min single maximum and a daily mean.
    parameter_p : POptions, optional
        Choices of parameter P.

    Returns
    -------
    dict of str to DataFrame
        ``air_indices``, ``index_pollutants``, ``high_pollution``, ``parameter_p``, ``daily_indices``. Where
        the period has no reading all are empty.

    Raises
    ------
    ConfigError
        If the period or the name of a rule set cannot be read.
    InputError
        If a series holds two readings at one time.
    """
    span = span_of(zone, month=month, year=year, period=period)
    options = IndexOptions(exponents, rules, missing_daily, missing_class, jurisdiction)
    kinds = dict(zip(stations["station_id"].astype(str), stations["kind"].fillna(""), strict=True))
    series = period_series(observations, span, zone=zone, kinds=kinds)
    limits = {
        name: limits_of(norms, name, options, span.start, span.end)
        for name in dict.fromkeys(item.pollutant for item in series)
    }
    counted = [item for item in series if kinds.get(item.station_id) not in LEFT_OUT_KINDS]
    pollutants: list[dict[str, Any]] = []
    indices: list[dict[str, Any]] = []
    for place in _places(series, counted, stations):
        own = _pollutant_rows(place, limits, span, options)
        left_out = place[0] != "post" and len(counted) < len(series)
        indices += _index_rows(place, own, span, options, limits, left_out=left_out)
        pollutants += own
    return {
        "air_indices": schema.check(pd.DataFrame(indices), "air_indices"),
        "index_pollutants": schema.check(pd.DataFrame(pollutants), "index_pollutants"),
        "high_pollution": high_pollution_table(series, limits, options),
        "parameter_p": parameter_p_table(
            observations, span, zone=zone, kinds=kinds, left_out=_left_out(kinds), options=parameter_p
        ),
        "daily_indices": daily_table(counted, limits, span),
    }


def _left_out(kinds: dict[str, str]) -> frozenset[str]:
    return frozenset(name for name, kind in kinds.items() if kind in LEFT_OUT_KINDS)


def _places(series: list[Series], counted: list[Series], stations: pd.DataFrame) -> Iterable[Place]:
    """City, districts in the order of their names, then posts, each with its series."""
    if counted:
        yield "city", "city", counted
    named = stations.dropna(subset=["district"])
    district = dict(zip(named["station_id"].astype(str), named["district"].astype(str), strict=True))
    for name in sorted(set(district.values())):
        own = [item for item in counted if district.get(item.station_id) == name]
        if own:
            yield "district", name, own
    for station, group in groupby(series, key=lambda item: item.station_id):
        yield "post", station, list(group)


def _order(pollutant: str) -> int:
    known = list(pollutant_table().index)
    return known.index(pollutant) if pollutant in known else len(known)


def _pollutant_rows(
    place: Place, limits: dict[str, Limits], span: Span, options: IndexOptions
) -> list[dict[str, Any]]:
    scope, name, series = place
    names = sorted({item.pollutant for item in series}, key=lambda item: (_order(item), item))
    rows = []
    for pollutant in names:
        own = [item for item in series if item.pollutant == pollutant]
        base = {
            "scope": scope,
            "place": name,
            "period_start": span.start,
            "period_end": span.end,
            "pollutant": pollutant,
        }
        rows.append(base | _pollutant_row(own, limits[pollutant], span, options))
    known = sorted(
        (row for row in rows if math.isfinite(row["single_index"])), key=lambda row: -row["single_index"]
    )
    largest = {row["pollutant"] for row in known[:5]}
    for row in rows:
        row["in_iza5"] = row["pollutant"] in largest
    return rows


def _pollutant_row(series: list[Series], limits: Limits, span: Span, options: IndexOptions) -> dict[str, Any]:
    remarks = {code for item in series for code in item.remarks} | set(limits.remarks)
    means = [item.mean_ugm3 for item in series if math.isfinite(item.mean_ugm3)]
    mean = math.fsum(means) / len(means) if means else math.nan
    daily = [value for item in series for value in item.days["value_ugm3"]]
    peaks = [(float(item.single["value_ugm3"].max()), item) for item in series if len(item.single)]
    maximum, at = max(peaks, key=lambda pair: pair[0]) if peaks else (math.nan, None)
    n, possible = (sum(getattr(item, key) for item in series) for key in ("n_observations", "n_possible"))
    capture = min(1.0, n / possible) if possible else 0.0
    over = _counts(series, limits.single_ugm3)
    n_single = sum(len(item.single) for item in series)
    shares = [
        (repeatability(_counts([item], limits.single_ugm3)[0] or 0, len(item.single)), item.station_id)
        for item in series
        if len(item.single) and over[0] is not None
    ]
    np_percent, np_station = max(shares, key=lambda pair: pair[0]) if shares else (math.nan, None)
    index = math.nan
    index_ratio = mean / limits.index_ugm3
    if math.isfinite(index_ratio) and limits.hazard_class is not None:
        if index_ratio >= 0:
            index = single_index(index_ratio, limits.hazard_class, options.exponents)
        else:
            remarks.add("negative")
    remarks |= {"no_daily_means"} if not means else set()
    remarks |= {"low_capture"} if capture < LEAST_COVERAGE else set()
    marks = [limits.single_mark] if math.isfinite(limits.single_ugm3) else []
    marks += [limits.daily_mark] if math.isfinite(limits.daily_ugm3) else []
    marks += [limits.index_mark] if math.isfinite(index) else []
    return {
        "n_posts": len({item.station_id for item in series if item.n_readings}),
        "mean_ugm3": mean,
        "mean_ratio": _not_negative(mean / limits.daily_ugm3),
        "daily_limit_ugm3": limits.daily_ugm3,
        "n_days": len(daily),
        "n_days_possible": span.n_days * len(series),
        "n_days_over": int(np.sum(np.asarray(daily) > limits.daily_ugm3)) if daily else 0,
        "maximum_ugm3": maximum,
        "maximum_ratio": _not_negative(maximum / limits.single_ugm3),
        "maximum_station_id": at.station_id if at else None,
        "maximum_time": at.single.loc[at.single["value_ugm3"].idxmax(), "time_start"] if at else pd.NaT,
        "single_limit_ugm3": limits.single_ugm3,
        "averaging_s": max((item.averaging_s for item in series if len(item.single)), default=math.nan),
        "n_observations": n,
        "n_possible": possible,
        "data_capture": capture,
        **{f"n_over_{multiple:g}": count for multiple, count in zip(MULTIPLES, over, strict=True)},
        "np_percent": np_percent,
        "np_station_id": np_station,
        "np_pooled_percent": repeatability(over[0], n_single) if over[0] is not None else math.nan,
        "hazard_class": limits.hazard_class,
        "exponent": limits.exponent,
        "index_limit_ugm3": limits.index_ugm3,
        "single_index": index,
        "mark": worst_mark(marks),
        "remarks": joined(remarks),
    }


def _counts(series: list[Series], limit: float) -> list[int | None]:
    """Number of single concentrations over each multiple of a limit; None without a limit or values."""
    values = np.concatenate([item.single["value_ugm3"].to_numpy(float) for item in series])
    if not math.isfinite(limit) or not len(values):
        return [None] * len(MULTIPLES)
    return [int((values > multiple * limit).sum()) for multiple in MULTIPLES]


def _not_negative(ratio: float) -> float:
    """Ratio where it has a meaning; a value below zero has none."""
    return ratio if ratio >= 0 else math.nan


def _index_rows(
    place: Place,
    rows: Sequence[dict[str, Any]],
    span: Span,
    options: IndexOptions,
    limits: dict[str, Limits],
    *,
    left_out: bool,
) -> list[dict[str, Any]]:
    """Rows SI, NP and IZA5 of a place; the index that decides is marked."""
    scope, name, _ = place
    ratios = [row for row in rows if math.isfinite(row["maximum_ratio"])]
    shares = [row for row in rows if math.isfinite(row["np_percent"])]
    five = sorted((row for row in rows if row["in_iza5"]), key=lambda row: -row["single_index"])
    top = max(ratios, key=lambda row: row["maximum_ratio"], default=None)
    often = max(shares, key=lambda row: row["np_percent"], default=None)
    values = {
        "SI": standard_index(row["maximum_ratio"] for row in ratios),
        "NP": often["np_percent"] if often else math.nan,
        "IZA5": complex_index(row["single_index"] for row in five),
    }
    decided = overall_grade(values, span.rules)
    behind = {"SI": ratios, "NP": shares, "IZA5": five}
    extra = {
        "SI": {
            "station_id": top["maximum_station_id"],
            "pollutant": top["pollutant"],
            "time_start": top["maximum_time"],
            "averaging_s": top["averaging_s"],
        }
        if top
        else {},
        "NP": {"station_id": often["np_station_id"], "pollutant": often["pollutant"]} if often else {},
        "IZA5": {"pollutant": ";".join(row["pollutant"] for row in five), "exponents": options.exponents}
        if five
        else {},
    }
    made = []
    for index, value in values.items():
        sources = behind[index]
        n, possible = (sum(row[key] for row in sources) for key in ("n_observations", "n_possible"))
        found = grade(index, value) if math.isfinite(value) else None
        decides = decided is not None and decided.index == index
        marks = _marks(index, sources, limits) + ([found.mark] if found else [])
        # The rule which index decides is a rule behind the level too.
        marks += [decided.mark] if decided is not None and decides else []
        made.append(
            {
                "scope": scope,
                "place": name,
                "period_kind": span.kind,
                "period_start": span.start,
                "period_end": span.end,
                "index": index,
                "value": value,
                "rounded": found.rounded if found else None,
                "grade": found.grade if found else None,
                "level": found.level if found else None,
                "decides": decides,
                "n_observations": n,
                "n_possible": possible,
                "data_capture": min(1.0, n / possible) if possible else 0.0,
                "mark": worst_mark(marks),
                "remarks": joined(_index_remarks(index, sources, left_out)),
                **extra[index],
            }
        )
    return made


def _marks(index: str, rows: Sequence[dict[str, Any]], limits: dict[str, Limits]) -> list[str]:
    own = [limits[row["pollutant"]] for row in rows]
    return [item.index_mark if index == "IZA5" else item.single_mark for item in own]


BY_INDEX = {
    "SI": {*OF_SINGLE, "low_capture"},
    "NP": {*OF_SINGLE, "low_capture"},
    "IZA5": {"samples", "low_capture", "daily_limit_substituted", "class_assumed"},
}
"""Remarks of substances that an index made of them takes over."""


def _index_remarks(index: str, rows: Sequence[dict[str, Any]], left_out: bool) -> set[str]:
    found = {code for row in rows for code in str(row["remarks"] or "").split(";")} & BY_INDEX[index]
    if index == "IZA5" and len(rows) < 5:
        found.add("fewer_than_five")
    return found | ({"posts_left_out"} if left_out else set())
