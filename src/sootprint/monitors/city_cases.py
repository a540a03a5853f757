"""Cases of high pollution and largest concentrations of each day, from the series of the posts."""

from __future__ import annotations

import math

import pandas as pd

from sootprint.core import schema
from sootprint.monitors.city_limits import IndexOptions, Limits
from sootprint.monitors.city_remarks import joined
from sootprint.monitors.city_series import Series, Span
from sootprint.norms.indices_high import LONGEST_GAP_S, high_pollution_cases
from sootprint.norms.indices_rules import worst_mark

OF_SINGLE = frozenset({"hourly_understates", "short_overstates"})
"""Remarks on how readings stand for single concentrations."""


def high_pollution_table(
    series: list[Series], limits: dict[str, Limits], options: IndexOptions
) -> pd.DataFrame:
    """Table ``high_pollution`` of all posts, in the order of time."""
    rows = []
    for item in series:
        limit = limits[item.pollutant]
        single = item.single
        if single.empty or not math.isfinite(limit.single_ugm3):
            continue
        start = single["time_start"].to_numpy("datetime64[us]")
        length = single["duration_s"].to_numpy(float)
        ratio = single["value_ugm3"].to_numpy(float) / limit.single_ugm3
        gap = LONGEST_GAP_S if item.kind == "sampled" else item.averaging_s
        for run in high_pollution_cases(start, length, ratio, options.rules, longest_gap_s=gap):
            last = single.iloc[run.last]
            covered = float(length[run.first : run.last + 1].sum()) / 3600.0
            remarks = {code for code in item.remarks if code in OF_SINGLE}
            remarks |= {"gap_persists"} if covered < run.hours - 1e-6 else set()
            rows.append(
                {
                    "station_id": item.station_id,
                    "pollutant": item.pollutant,
                    "level": run.level,
                    "rule_set": options.rules,
                    "rule": run.rule,
                    "time_start": start[run.first],
                    "time_end": last["time_start"] + pd.Timedelta(seconds=float(last["duration_s"])),
                    "hours": run.hours,
                    "n_readings": run.n_readings,
                    "maximum_ratio": run.maximum_ratio,
                    "maximum_ugm3": run.maximum_ratio * limit.single_ugm3,
                    "maximum_time": start[run.at],
                    "averaging_s": item.averaging_s,
                    "mark": worst_mark([limit.single_mark, run.mark]),
                    "remarks": joined(remarks),
                }
            )
    if not rows:
        return schema.empty("high_pollution")
    table = pd.DataFrame(rows).sort_values(["time_start", "station_id", "pollutant", "level", "rule"])
    return schema.check(table, "high_pollution")


def daily_table(series: list[Series], limits: dict[str, Limits], span: Span) -> pd.DataFrame:
    """Table ``daily_indices``: largest ratio of every local day and substance over the posts."""
    parts = [
        item.single.assign(
            station_id=item.station_id,
            pollutant=item.pollutant,
            maximum_ratio=item.single["value_ugm3"] / limits[item.pollutant].single_ugm3,
        )
        for item in series
        if len(item.single) and math.isfinite(limits[item.pollutant].single_ugm3)
    ]
    if not parts:
        return schema.empty("daily_indices")
    rows = pd.concat(parts, ignore_index=True)
    groups = rows.groupby(["day", "pollutant"], sort=True)["maximum_ratio"]
    made = rows.loc[groups.idxmax()].reset_index(drop=True)
    made["n_observations"] = groups.size().to_numpy()
    over = (rows["maximum_ratio"] > 1.0).groupby([rows["day"], rows["pollutant"]], sort=True).sum()
    made["n_over_1"] = over.to_numpy()
    made["day_start"] = span.edges[made["day"].to_numpy(int)]
    return schema.check(made.drop(columns=["day", "duration_s"]), "daily_indices")
