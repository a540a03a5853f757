"""Processor seconds of the directional methods on seven and a half years of hours (65,533 readings).

Run: ``python benchmarks/directional.py [DATA] [--openair LIBRARY]``; DATA is the folder of the reference
data. Without it the same number of hours is made up. With ``--openair`` the same calls of the R package
openair are timed beside, where ``Rscript`` is at hand; LIBRARY is the folder that holds the package (it is no
part of this project and is only run).

``python benchmarks/directional.py --towns 150`` instead counts how often the regions of the
back-triangulation hold the source of made-up towns.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
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


def seconds(work: Callable[[], Any]) -> float:
    """Processor seconds of a call, of all its threads: other work on the machine hardly changes them."""
    start = time.process_time()
    work()
    return time.process_time() - start


OPENAIR = """
library(openair)
hours <- read.csv(commandArgs(TRUE)[1])
hours$date <- as.POSIXct(hours$date, tz = "GMT", format = "%Y-%m-%d %H:%M:%S")
pdf(NULL)
timed <- function(name, call) {
  took <- tryCatch(system.time(suppressWarnings(suppressMessages(call()))),
                   error = function(fault) { message(name, ": ", conditionMessage(fault)); NULL })
  if (!is.null(took)) cat(name, "\\t", took[["user.self"]] + took[["sys.self"]], "\\n", sep = "")
}
polar <- function(statistic, pollutant = "so2", ...) {
  function() polarPlot(hours, pollutant = pollutant, statistic = statistic, plot = FALSE, ...)
}
pair <- c("so2", "nox")
timed("wind_rose", function() windRose(hours, plot = FALSE))
timed("concentration_rose", function() pollutionRose(hours, pollutant = "so2", plot = FALSE))
timed("percentile_rose", function() percentileRose(hours, pollutant = "so2", smooth = FALSE, plot = FALSE))
timed("polar mean", polar("mean"))
timed("polar median", polar("median"))
timed("polar cpf", polar("cpf", percentile = 90))
timed("polar nwr", polar("nwr"))
timed("polar correlation", polar("r", pair))
timed("polar spearman", polar("Spearman", pair))
timed("polar slope", polar("slope", pair))
timed("polar robust_slope", polar("robust_slope", pair))
timed("polar quantile_slope", polar("quantile_slope", pair))
timed("polar_annulus", function() polarAnnulus(hours, pollutant = "so2", period = "hour", plot = FALSE))
timed("polar_clusters (6)", function() polarCluster(hours, pollutant = "so2", n.clusters = 6, plot = FALSE))
timed("time_variation", function() timeVariation(hours, pollutant = "so2", plot = FALSE))
timed("theil_sen_trend", function() TheilSen(hours, pollutant = "so2", plot = FALSE))
timed("smooth_trend", function() smoothTrend(hours, pollutant = "so2", plot = FALSE))
"""


def openair_seconds(observations: pd.DataFrame, weather: pd.DataFrame, library: str) -> dict[str, float]:
    """Processor seconds of the same calls of the R package on the same hours; empty without Rscript."""
    if shutil.which("Rscript") is None:
        return {}
    wide = observations.pivot_table(
        index="time_start", columns="pollutant", values="value_ugm3", dropna=False
    )
    wind = weather.set_index("time_start")[["wind_speed", "wind_from_direction"]]
    table = wide.join(wind).reset_index()
    table.columns = ["date", "nox", "so2", "ws", "wd"]
    table["date"] = table["date"].dt.strftime("%Y-%m-%d %H:%M:%S")
    with tempfile.TemporaryDirectory() as folder:
        table.to_csv(Path(folder) / "hours.csv", index=False)
        (Path(folder) / "timed.R").write_text(OPENAIR, encoding="utf-8")
        done = subprocess.run(
            ["Rscript", f"{folder}/timed.R", f"{folder}/hours.csv"],
            env=os.environ | {"R_LIBS": library},
            text=True,
            stdout=subprocess.PIPE,
            check=True,
        )
    parts = [line.split("\t") for line in done.stdout.splitlines() if line.count("\t") == 1]
    return {name: float(value) for name, value in parts}


def our_calls(observations: pd.DataFrame, weather: pd.DataFrame) -> dict[str, Callable[[], Any]]:
    """Methods by name, from the joined hours."""
    d = directional
    joined = d.join_hourly(observations, weather, zone="UTC")
    so2 = joined.loc[joined["pollutant"] == "SO2"]

    def polar(statistic: str, rows: pd.DataFrame, second: str | None = None) -> Callable[[], Any]:
        return lambda: d.polar_statistic(rows, options=d.PolarOptions.openair(statistic), second=second)

    pairs = ("correlation", "spearman", "slope", "robust_slope", "quantile_slope")
    return {
        "join_hourly (2 pollutants)": lambda: d.join_hourly(observations, weather, zone="UTC"),
        "wind_rose": lambda: d.wind_rose(weather),
        "concentration_rose": lambda: d.concentration_rose(so2),
        "pollution_rose, with intervals": lambda: d.pollution_rose(so2),
        "percentile_rose": lambda: d.percentile_rose(so2, draws=0),
        "percentile_rose, with intervals": lambda: d.percentile_rose(so2),
        "direction_hour": lambda: d.direction_hour(so2),
        "directional_sectors": lambda: d.directional_sectors(so2),
        **{f"polar {name}": polar(name, so2) for name in ("mean", "median", "cpf", "nwr")},
        **{f"polar {name}": polar(name, joined, "NOX") for name in pairs},
        "polar_annulus": lambda: d.polar_annulus(so2),
        "polar_clusters (6)": lambda: d.polar_clusters(so2, options=d.PolarOptions(fine=101)),
        "time_variation": lambda: d.time_variation(so2),
        "theil_sen_trend": lambda: d.theil_sen_trend(so2),
        "smooth_trend": lambda: d.smooth_trend(so2),
    }


def towns(count: int) -> None:
    """How often regions hold the source, over made-up towns of the tests."""
    import shapely

    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "attribution"))
    from test_directional_triangulation import made_town

    every: dict[float, list[bool]] = {0.5: [], 0.9: []}
    for posts, tens in ((2, False), (3, False), (3, True), (4, False)):
        held: dict[float, list[bool]] = {0.5: [], 0.9: []}
        for seed in range(count):
            joined, stations, source = made_town(seed, posts=posts)
            if tens:
                rounded = (joined["wind_from_direction"] / 10.0).round() * 10.0
                joined["wind_from_direction"] = rounded.mask(rounded == 0.0, 360.0)
            for row in directional.triangulate(joined, stations).regions.itertuples():
                inside = shapely.from_wkt(row.geometry_wkt).buffer(1e-6).contains(source)
                held[row.level].append(inside)
        told = ", ".join(f"{100 * level:.0f} % region {np.mean(found):.3f}" for level, found in held.items())
        words = "rounded to 10°" if tens else "as blown"
        print(f"{posts} posts, directions {words}: {len(held[0.9])} towns, {told}", flush=True)
        for level, found in held.items():
            every[level] += found
    told = ", ".join(f"{100 * level:.0f} % region {np.mean(found):.3f}" for level, found in every.items())
    print(f"all: {len(every[0.9])} towns, {told}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", nargs="?", default=os.environ.get("SOOTPRINT_DATA"))
    parser.add_argument("--openair", metavar="LIBRARY", default="")
    parser.add_argument("--towns", type=int, default=0)
    given = parser.parse_args()
    if given.towns:
        towns(given.towns)
        return
    observations, weather = load(Path(given.data) if given.data else None)
    theirs = openair_seconds(observations, weather, given.openair) if given.openair else {}
    if not theirs:
        print("openair: not run (it needs --openair and Rscript).")
    print(f"{'method':34s} {'first':>8s} {'again':>8s} {'openair':>8s} {'times':>6s}")
    total = [0.0, 0.0]
    for name, call in our_calls(observations, weather).items():
        first = seconds(call)
        again = min(seconds(call), seconds(call))
        line = f"{name:34s} {first:8.2f} {again:8.2f}"
        if name in theirs:
            total[0] += again
            total[1] += theirs[name]
            line += f" {theirs[name]:8.2f} {theirs[name] / again:6.1f}"
        print(line, flush=True)
    if theirs:
        ratio = total[1] / total[0]
        print(f"{'all that both do':34s} {'':8s} {total[0]:8.2f} {total[1]:8.2f} {ratio:6.1f}")


if __name__ == "__main__":
    main()
