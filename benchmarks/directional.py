"""Seconds of the directional methods on seven and a half years of hours (65,533 readings).

Run: ``python benchmarks/directional.py [DATA]``; DATA is the folder of the reference data. Without it the
same number of hours is made up.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

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
        value = hours["so2"]
    else:
        rng = np.random.default_rng(0)
        speed, direction = pd.Series(rng.weibull(2, count) * 5), pd.Series(rng.integers(1, 37, count) * 10.0)
        value = pd.Series(rng.lognormal(1.5, 0.7, count))
    base = pd.DataFrame(
        {
            "station_id": "post",
            "time_start": pd.Timestamp("1998-01-01") + pd.to_timedelta(np.arange(len(value)), unit="h"),
            "duration_s": 3600.0,
            "source_file": "hours",
            "source_row": np.arange(len(value)),
        }
    )
    observations = base.assign(
        pollutant="SO2", value_ugm3=value, flag=np.where(value.isna(), "missing", "valid")
    )
    weather = base.assign(wind_speed=speed, wind_from_direction=direction)
    return schema.coerce(observations, "observations"), schema.coerce(weather, "weather")


def seconds(name: str, work: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    first = time.perf_counter()
    made = work()
    second = time.perf_counter()
    work()
    third = time.perf_counter()
    print(f"{name:22s} {second - first:7.2f} s first, {third - second:7.2f} s again, {len(made):6d} rows")
    return made


def main() -> None:
    place = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SOOTPRINT_DATA")
    observations, weather = load(Path(place) if place else None)
    joined = seconds("join_hourly", lambda: directional.join_hourly(observations, weather, zone="UTC"))
    seconds("wind_rose", lambda: directional.wind_rose(weather))
    seconds("pollution_rose", lambda: directional.pollution_rose(joined))
    seconds("direction_hour", lambda: directional.direction_hour(joined))
    seconds("directional_sectors", lambda: directional.directional_sectors(joined))
    seconds("polar_plot", lambda: directional.polar_plot(joined))


if __name__ == "__main__":
    main()
