"""Limits that indices of a city use: single maximum, daily mean and hazard class of each substance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from sootprint.monitors.averages import DAY_S
from sootprint.monitors.city_series import SINGLE_S
from sootprint.norms.indices import DEFAULT_EXPONENTS, daily_limit, exponent
from sootprint.norms.indices_rules import worst_mark


@dataclass(frozen=True)
class IndexOptions:
    """Choices of the indices.

    Attributes
    ----------
    exponents : str
        Exponent set of IZA.
    rules : str
        Rule set of high pollution.
    missing_daily : {"exclude", "0.4-single"}
        What stands for a missing daily limit.
    missing_class : int or None
        Hazard class of a substance that the norms give none; None leaves it out of IZA. Class 3 has the
        exponent 1 in every set: the ratio itself.
    jurisdiction : str
        Whose limits.
    """

    exponents: str = DEFAULT_EXPONENTS
    rules: str = "classic"
    missing_daily: str = "exclude"
    missing_class: int | None = 3
    jurisdiction: str = "KZ"


@dataclass(frozen=True)
class Limits:
    """Limits of one substance [µg m⁻³], NaN where there is none, with their marks and remarks."""

    pollutant: str
    single_ugm3: float
    single_mark: str
    daily_ugm3: float
    daily_mark: str
    index_ugm3: float
    hazard_class: int | None
    exponent: float
    index_mark: str
    remarks: tuple[str, ...]


def limits_of(
    norms: pd.DataFrame, pollutant: str, options: IndexOptions, start: pd.Timestamp, end: pd.Timestamp
) -> Limits:
    """Limits of a substance that applied in a period; of several the one that began last."""
    own = norms.loc[(norms["pollutant"] == pollutant) & (norms["jurisdiction"] == options.jurisdiction)]
    begun = own["valid_from"].isna() | (pd.to_datetime(own["valid_from"], errors="coerce") < end)
    lasting = own["valid_to"].isna() | (pd.to_datetime(own["valid_to"], errors="coerce") >= start)
    own = own.loc[begun & lasting & (own["form"] == "maximum")]
    single = _latest(own.loc[own["averaging_s"] == SINGLE_S[0]])
    daily = _latest(own.loc[own["averaging_s"] == DAY_S])
    single_value = float(single["limit_ugm3"]) if single is not None else math.nan
    daily_value = float(daily["limit_ugm3"]) if daily is not None else math.nan
    index_value, origin = daily_limit(daily_value, single_value, options.missing_daily)
    remarks = [] if single is not None else ["no_single_limit"]
    remarks += {"norm": [], "0.4 single": ["daily_limit_substituted"], "none": ["no_daily_limit"]}[origin]
    known = hazard_class_of(own)
    marks = [str(row["mark"]) for row in (daily if origin == "norm" else single,) if row is not None]
    if origin == "0.4 single":
        marks.append("unverified")
    chosen = known
    if known is None:
        chosen = options.missing_class
        remarks.append("class_assumed" if chosen is not None else "class_unknown")
        marks.append("unverified")
    k = math.nan
    if chosen is not None:
        k, mark = exponent(chosen, options.exponents)
        marks.append(mark)
    return Limits(
        pollutant,
        single_value,
        str(single["mark"]) if single is not None else "unverified",
        daily_value,
        str(daily["mark"]) if daily is not None else "unverified",
        index_value if chosen is not None else math.nan,
        chosen,
        k,
        worst_mark(marks),
        tuple(remarks),
    )


def _latest(rows: pd.DataFrame) -> pd.Series | None:
    if rows.empty:
        return None
    return rows.sort_values("valid_from", kind="stable", na_position="first").iloc[-1]


def hazard_class_of(rows: pd.DataFrame) -> int | None:
    """Hazard class that the rows of the norms of one substance state; None where they state none."""
    known = rows["hazard_class"].dropna()
    return int(known.iloc[0]) if len(known) else None
