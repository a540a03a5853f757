"""Parameter P of a city day by day: the share of single concentrations that are raised over their season."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import ConfigError
from sootprint.core.timeaxis import to_local
from sootprint.monitors.city_series import LEAST_COVERAGE, Span, period_series, span_of
from sootprint.norms.indices_p import ABOVE_SEASON, p_group, parameter_p, season_of, smoothed_p


@dataclass(frozen=True)
class POptions:
    """Choices of parameter P.

    Attributes
    ----------
    seasons : {"calendar", "half-years"}
        Division of the year.
    minimum_capture : float
        Share of the possible single concentrations of the season [1] under which a post and substance is
        left out.
    weight : float
        Weight of the day before in the smoothed P [1].
    """

    seasons: str = "calendar"
    minimum_capture: float = LEAST_COVERAGE
    weight: float = 0.5


def parameter_p_table(
    observations: pd.DataFrame,
    span: Span,
    *,
    zone: str,
    kinds: Mapping[str, str] | None = None,
    left_out: frozenset[str] = frozenset(),
    options: POptions | None = None,
) -> pd.DataFrame:
    """Table ``parameter_p``, a local day of the period with an observation a row.

    The seasonal mean of a post and substance is that of all its single concentrations in the season, of the
    same year and as far as the observations reach; the share of data is that of the part of the season
    between the first and the last day of the observations. A season that the case holds a part of only has
    means of that part.

    Parameters
    ----------
    observations : DataFrame
        Table ``observations``; it may reach beyond the period and should, by a season.
    span : Span
        Days of the table.
    zone : str
        IANA zone.
    kinds : mapping of str to str, optional
        Kind of each post.
    left_out : set of str
        Posts that do not count.
    options : POptions, optional
        Choices.
    """
    options = options or POptions()
    if not 0.0 <= options.minimum_capture <= 1.0:
        raise ConfigError(f"a minimum capture of {options.minimum_capture:g}", rule="a share between 0 and 1")
    counted = observations.loc[~observations["station_id"].isin(left_out)]
    rows: list[dict[str, Any]] = []
    for season, part in _seasons(counted, span, zone, options.seasons):
        rows += _season_rows(counted, part, span, season, zone, kinds, options)
    if not rows:
        return schema.empty("parameter_p")
    table = pd.DataFrame(rows).sort_values("day_start").reset_index(drop=True)
    known = [day.n_all > 0 for day in table.itertuples()]
    table = table.loc[known].reset_index(drop=True)
    if table.empty:
        return schema.empty("parameter_p")
    whole = pd.Series(table["p"].to_numpy(), index=table["day_start"]).reindex(span.edges[:-1])
    table["p_smoothed"] = pd.Series(smoothed_p(whole.tolist(), options.weight), index=whole.index)[
        table["day_start"]
    ].to_numpy()
    return schema.check(table, "parameter_p")


def _seasons(observations: pd.DataFrame, span: Span, zone: str, division: str) -> list[tuple[str, Span]]:
    """Seasons that the period touches, each as the local days of it that the observations reach."""
    if observations.empty:
        return []
    middle = observations["time_start"] + pd.to_timedelta(observations["duration_s"] / 2, unit="s")
    local = to_local(pd.Series([middle.min(), middle.max(), span.start, span.end]), zone)
    first, last = local.iloc[0].floor("D"), local.iloc[1].floor("D")
    begin, end = local.iloc[2].floor("D"), (local.iloc[3] - pd.Timedelta(1, "us")).floor("D")
    wanted = pd.date_range(max(begin, first), min(end, last), freq="D")
    made: list[tuple[str, Span]] = []
    for year, season in dict.fromkeys(_season_key(day, division) for day in wanted):
        days = [
            day
            for day in pd.date_range(first, last, freq="D")
            if _season_key(day, division) == (year, season)
        ]
        made.append((season, span_of(zone, period=(days[0].date(), days[-1].date()))))
    return made


def _season_key(day: pd.Timestamp, division: str) -> tuple[int, str]:
    """Year and season of a day; the cold months from October on belong to the winter of the next year."""
    season = season_of(day.month, division)
    later = (season == "winter" and day.month == 12) or (season == "cold" and day.month >= 10)
    return day.year + int(later), season


def _season_rows(
    observations: pd.DataFrame,
    part: Span,
    span: Span,
    season: str,
    zone: str,
    kinds: Mapping[str, str] | None,
    options: POptions,
) -> list[dict[str, Any]]:
    series = [item for item in period_series(observations, part, zone=zone, kinds=kinds) if len(item.single)]
    used = [item for item in series if item.data_capture >= options.minimum_capture - 1e-9]
    raised, every, n_series = np.zeros((3, part.n_days), dtype=int)
    for item in used:
        values, day = item.single["value_ugm3"].to_numpy(float), item.single["day"].to_numpy(int)
        over = values > ABOVE_SEASON * values.mean()
        own = np.bincount(day, minlength=part.n_days)
        raised += np.bincount(day[over], minlength=part.n_days)
        every += own
        n_series += own > 0
    made = []
    for number in np.flatnonzero((part.edges[:-1] >= span.start) & (part.edges[:-1] < span.end)):
        p = parameter_p(int(raised[number]), int(every[number]))
        group = p_group(p) if every[number] else None
        made.append(
            {
                "day_start": part.edges[number],
                "n_raised": int(raised[number]),
                "n_all": int(every[number]),
                "p": p,
                "group": group.group if group else None,
                "level": group.level if group else None,
                "n_series": int(n_series[number]),
                "n_series_left_out": len(series) - len(used),
                "season": season,
                "season_days": part.n_days,
                "mark": group.mark if group else "unverified",
            }
        )
    return made
