"""Seconds of the directional methods on seven and a half years of hours (65,533 readings).

Run: ``python benchmarks/directional.py [DATA]``; DATA is the folder of the reference data. Without it the
same number of hours is made up. Beside the wind regression, the correlation and the Theil–Sen bootstrap
stand plain NumPy versions, which go through the places of the grid (or the draws) one by one, as openair's
R code does; openair itself is not run here.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sootprint.attribution import directional
from sootprint.core import schema


def load(folder: Path | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    count = 65_533
    if folder is not None and (folder / "openair_reference" / "mydata.parquet").is_file():
        hours = pd.read_parquet(folder / "openair_reference" / "mydata.parquet")
        speed, direction = hours["ws"], hours["wd"]
        # ppb taken as micrograms: only the time counts here
        values = {"SO2": hours["so2"], "NOX": hours["nox"]}
    else:
        rng = np.random.default_rng(0)
        speed, direction = pd.Series(rng.weibull(2, count) * 5), pd.Series(rng.integers(1, 37, count) * 10.0)
        so2 = pd.Series(rng.lognormal(1.5, 0.7, count))
        values = {"SO2": so2, "NOX": 30.0 * so2 + rng.normal(0, 20, count)}
    base = pd.DataFrame(
        {
            "station_id": "post",
            "time_start": pd.Timestamp("1998-01-01") + pd.to_timedelta(np.arange(len(speed)), unit="h"),
            "duration_s": 3600.0,
            "source_file": "hours",
            "source_row": np.arange(len(speed)),
        }
    )
    observations = pd.concat(
        [
            base.assign(pollutant=name, value_ugm3=value, flag=np.where(value.isna(), "missing", "valid"))
            for name, value in values.items()
        ],
        ignore_index=True,
    )
    weather = base.assign(wind_speed=speed, wind_from_direction=direction)
    return schema.coerce(observations, "observations"), schema.coerce(weather, "weather")


def seconds(name: str, work: Callable[[], Any]) -> Any:
    first = time.perf_counter()
    made = work()
    second = time.perf_counter()
    work()
    third = time.perf_counter()
    print(f"{name:34s} {second - first:7.2f} s first, {third - second:7.2f} s again", flush=True)
    return made


def plain_wind_regression(speed: np.ndarray, direction: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Wind regression at each of 40 × 36 places by itself."""
    made = []
    for place in np.linspace(0, speed.max(), 40):
        for way in np.arange(10.0, 361.0, 10.0):
            apart = (direction - way + 180.0) % 360.0 - 180.0
            weight = np.exp(-0.5 * ((speed - place) / 1.5) ** 2 - 0.5 * (apart / 5.0) ** 2)
            made.append((weight * value).sum() / weight.sum())
    return np.array(made)


def plain_correlation(
    speed: np.ndarray, direction: np.ndarray, one: np.ndarray, two: np.ndarray
) -> np.ndarray:
    """Weighted correlation at each of 30 × 36 places by itself."""
    made = []
    for place in np.linspace(0, speed.max(), 30):
        for way in np.arange(10.0, 361.0, 10.0):
            apart = (direction - way + 180.0) % 360.0 - 180.0
            weight = np.exp(-0.5 * ((speed - place) / 1.5) ** 2 - 0.5 * (apart / 5.0) ** 2)
            held = weight > 0.001 * weight.max()
            a, b, w = one[held], two[held], weight[held]
            a, b = a - np.average(a, weights=w), b - np.average(b, weights=w)
            made.append((w * a * b).sum() / np.sqrt((w * a * a).sum() * (w * b * b).sum()))
    return np.array(made)


def plain_percentiles(direction: np.ndarray, value: np.ndarray) -> list[np.ndarray]:
    """Percentiles by direction without intervals, as openair gives them."""
    return [np.percentile(value[direction == way], [0, 25, 50, 75, 90, 95]) for way in np.unique(direction)]


def main() -> None:
    place = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SOOTPRINT_DATA")
    observations, weather = load(Path(place) if place else None)
    d = directional
    joined = seconds("join_hourly (2 pollutants)", lambda: d.join_hourly(observations, weather, zone="UTC"))
    so2 = joined.loc[joined["pollutant"] == "SO2"]
    seconds("wind_rose", lambda: d.wind_rose(weather))
    seconds("pollution_rose, with intervals", lambda: d.pollution_rose(so2))
    seconds("percentile_rose, with intervals", lambda: d.percentile_rose(so2))
    seconds("direction_hour", lambda: d.direction_hour(so2))
    seconds("directional_sectors", lambda: d.directional_sectors(so2))
    for statistic in ("mean", "median", "cpf", "nwr"):
        options = d.PolarOptions.openair(statistic)
        seconds(f"polar_statistic {statistic}", lambda o=options: d.polar_statistic(so2, options=o))
    paired = d.PolarOptions.openair("correlation")
    seconds("polar_statistic correlation", lambda: d.polar_statistic(joined, options=paired, second="NOX"))
    seconds("polar_annulus", lambda: d.polar_annulus(so2))
    seconds("polar_clusters (6)", lambda: d.polar_clusters(so2))
    seconds("time_variation, all cycles", lambda: d.time_variation(so2))
    seconds("theil_sen_trend, 1000 draws", lambda: d.theil_sen_trend(so2))
    seconds("smooth_trend, 1000 draws", lambda: d.smooth_trend(so2))
    rows = joined.pivot_table(index="time_start", columns="pollutant", values="value_ugm3").join(
        so2.set_index("time_start")[["wind_speed", "wind_from_direction"]]
    )
    rows = rows.dropna()
    speed, direction, one, two = (
        rows[name].to_numpy() for name in ("wind_speed", "wind_from_direction", "SO2", "NOX")
    )
    from sootprint.attribution.directional.wind_kernels import paired_statistic, wind_regression

    ways, top = np.arange(10.0, 361.0, 10.0), float(speed.max())
    print("ours, without the smoothing:")
    options = d.PolarOptions.openair("nwr")
    seconds(
        "  wind regression",
        lambda: wind_regression(speed, direction, one, np.linspace(0, top, 40), ways, options),
    )
    seconds(
        "  correlation",
        lambda: paired_statistic(speed, direction, one, two, np.linspace(0, top, 30), ways, paired),
    )
    print("plain NumPy, without the smoothing:")
    seconds("  wind regression", lambda: plain_wind_regression(speed, direction, one))
    seconds("  correlation", lambda: plain_correlation(speed, direction, one, two))
    seconds("  percentiles, without intervals", lambda: plain_percentiles(direction, one))
    print(
        "openair: not run, R is not part of this project; no published timing of it on these hours was found."
    )


if __name__ == "__main__":
    main()
