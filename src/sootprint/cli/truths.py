"""Outside truths: statistics and results that others published, and ours beside them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sootprint.core.errors import InputError

LA_OROYA = {
    "SO2 mean [µg/m³]": 57.45,
    "SO2 95th percentile [µg/m³]": 281.6,
    "SO2 99th percentile [µg/m³]": 741.4,
    "SO2 largest [µg/m³]": 2964.8,
    "SO2 hours missing": 464,
    "hours over 350 µg/m³": 324,
    "hours over 500 µg/m³": 192,
    "days of at least 18 hours over 125 µg/m³": 37,
    "wind speed mean [m/s]": 1.26,
    "wind speed largest [m/s]": 4.1,
    "wind hours missing": 459,
    "wind at or below 1 m/s [% of valid hours]": 44.6,
    "wind below 0.5 m/s [% of valid hours]": 7.3,
}
"""Statistics stated with the data of OEFA for SO₂ and wind at La Oroya in 2019."""


def la_oroya(data: Path) -> pd.DataFrame:
    """Stated and found statistics of La Oroya 2019: quantity, stated, found, difference [%].

    Raises
    ------
    InputError
        If the folder lacks the file.
    """
    from sootprint import monitors

    path = data / "la_oroya" / "SO2_oroya.csv"
    if not path.is_file():
        raise InputError(f"no file {path}", cure="--data the folder that holds la_oroya/")
    options = {
        "layout": "wide",
        "station_id": "La Oroya",
        "stamp": "beginning",
        "duration_s": 3600,
        "columns": {
            "time": "date",
            "SO2": "SO2_1h_ugm3",
            "wind_speed": "ws",
            "wind_from_direction": "wd",
        },
        "units": {"SO2": "ug/m3"},
    }
    read = monitors.read_observations(path, zone="America/Lima", options=options)
    observations, wind = read.tables["observations"], read.tables["weather"]["wind_speed"]
    value = observations["value_ugm3"]
    days = monitors.means(observations, 86400.0, zone="America/Lima", minimum_coverage=18 / 24)
    found = [
        value.mean(),
        value.quantile(0.95),
        value.quantile(0.99),
        value.max(),
        value.isna().sum(),
        (value > 350).sum(),
        (value > 500).sum(),
        (days["value_ugm3"] > 125).sum(),
        wind.mean(),
        wind.max(),
        len(observations) - wind.notna().sum(),
        100 * (wind.dropna() <= 1.0).mean(),
        100 * (wind.dropna() < 0.5).mean(),
    ]
    table = pd.DataFrame({"quantity": list(LA_OROYA), "stated": list(LA_OROYA.values()), "found": found})
    table["difference_percent"] = 100.0 * (table["found"] / table["stated"] - 1.0)
    return table
