"""Controlled releases on a fence line: our events beside the known ones and those of the published tool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sootprint.core.errors import InputError

CELL_MINUTES = 5
CLAIM_KG_H = 0.3
"""Rate from which an event in silence counts as a false claim [kg h⁻¹]."""
GRAMS_PER_SECOND = 1000.0 / 3600.0
"""Grams a second in a kilogram an hour."""
METHANE_G_MOL = 16.04
GAS_CONSTANT = 8.314
SITE_PRESSURE_PA, SITE_TEMPERATURE_K = 83_000.0, 288.0
"""Air of the test site, some 1,500 m above the sea: 1 ppm of methane is 0.556 mg m⁻³."""
UNITS = {
    "4T": "Tank",
    "4W": "Wellhead.West",
    "4S": "Separator.West",
    "5W": "Wellhead.East",
    "5S": "Separator.East",
}
"""Equipment group of the test site to the name in ``source_locations.csv``."""


def releases(data: Path, *, quick: bool = False) -> pd.DataFrame:
    """Summary of ours and of the published tool: method, releases, seen, right_source, ….

    ``data`` is the folder itself or one that holds ``controlled_release``. ``attrs["metrics"]`` has ours.

    Raises
    ------
    InputError
        If the folder lacks a file.
    """
    from sootprint.attribution.releases import ReleaseOptions, find_releases, score_releases
    from sootprint.core.geo import project, utm_crs
    from sootprint.dispersion.minute_puffs import MinutePuffOptions, minute_operator
    from sootprint.weather.solar import solar_elevation

    folder = data if (data / "observations.csv.gz").is_file() else data / "controlled_release"
    table, truth = _observations(folder), _truth(folder)
    sensors, sources = _places(folder, "sensor_locations.csv"), _places(folder, "source_locations.csv")
    lon, lat = float(sensors["lon"].mean()), float(sensors["lat"].mean())
    crs = utm_crs(lon, lat)
    middle = [float(part[0]) for part in project([lon], [lat], crs)]
    for places in (sensors, sources):
        x, y = project(places["lon"], places["lat"], crs)
        places["x"], places["y"] = x - middle[0], y - middle[1]
    if quick:
        table = table.iloc[: 2 * 1440]
    sun_up = solar_elevation(table["time"], lon, lat) > 0.0
    options = MinutePuffOptions(cell_minutes=CELL_MINUTES)
    density = METHANE_G_MOL * SITE_PRESSURE_PA / (GAS_CONSTANT * SITE_TEMPERATURE_K) * 1e-3
    cell = np.arange(len(table)) // CELL_MINUTES
    columns = [f"obs_ppm_{name}" for name in sensors["name"]]
    readings = table[columns].groupby(cell).mean().to_numpy(float) * density
    times = pd.DatetimeIndex(table["time"].iloc[::CELL_MINUTES])
    tried, operators = {}, {}
    for name, direction in conventions(table["wd_rad"]).items():
        wind = table.assign(wind_from_direction=direction)
        operator = 1000.0 * minute_operator(wind, sources, sensors, sun_up=sun_up, options=options)
        operators[name] = operator
        tried[name] = find_releases(times, readings, operator, sources["name"].tolist())
    convention = max(tried, key=lambda name: tried[name].log_evidence)
    found = tried[convention]
    end = times[-1] + pd.Timedelta(minutes=CELL_MINUTES)
    truth = truth.loc[(truth["end"] > times[0]) & (truth["start"] < end)].reset_index(drop=True)
    truth["start"], truth["end"] = truth["start"].clip(lower=times[0]), truth["end"].clip(upper=end)
    scored = {"times": times, "cell_minutes": CELL_MINUTES, "claim_g_s": CLAIM_KG_H * GRAMS_PER_SECOND}
    listed = find_releases(
        times,
        readings,
        operators[convention],
        sources["name"].tolist(),
        options=ReleaseOptions(elsewhere=False),
    )
    rows, metrics = [], {}
    published = _published(folder)
    methods = {"ours": found.events, "ours, listed sources only": listed.events, "published tool": published}
    for name, events in methods.items():
        if events is None:
            continue
        detail, summary = score_releases(events, truth, **scored)
        rows.append({"method": name, "events": len(events), **summary})
        if name == "ours":
            metrics = summary
            each = detail
    made = pd.DataFrame(rows)
    made.attrs["metrics"] = metrics
    made.attrs["detail"] = each
    made.attrs["notes"] = [
        "Shares of releases that run alone. `right_source` is a share of all of them, `within_factor_2` and "
        "`coverage_90` of those at the right source. `false_hours`: share of silent hours that an event of "
        f"at least {CLAIM_KG_H} kg/h claims. Events are found, not given.",
        "No number was chosen on this set. A first run on it showed two faults, the reading of the wind's "
        "angle and a background by hours; the second was cured on made sites (decision 25).",
        "`listed sources only` leaves out that air from outside the fence may explain what the sensors read. "
        "That was worked out on made sites after the result without it was known, and run here once.",
        f"Air from outside explains {_hours(found.elsewhere):.1f} h of the readings better than silence or "
        f"any listed source, in {len(found.elsewhere)} spans.",
        f"The angle of the wind is read {convention}: of the readings of that column it is the one that the "
        "sensors support, by the evidence of the whole chain: "
        + ", ".join(f"{name}: ln {item.log_evidence:.0f}" for name, item in tried.items())
        + ".",
        *_unlisted(found.events, truth, published),
    ]
    return made


def _hours(spans: pd.DataFrame) -> float:
    return float(((spans["end"] - spans["start"]) / pd.Timedelta(hours=1)).sum())


def conventions(angle_rad: pd.Series) -> dict[str, pd.Series]:
    """Directions that the wind comes from [degrees], by how an angle can be meant."""
    degrees = np.degrees(angle_rad)
    return {
        "clockwise from north, where it comes from": degrees % 360.0,
        "anticlockwise from east, where it blows to": (270.0 - degrees) % 360.0,
    }


def _unlisted(events: pd.DataFrame, truth: pd.DataFrame, published: pd.DataFrame | None) -> list[str]:
    """Sentences on events of ours that no known release touches, and whether the other tool has them."""
    made = []
    for event in events.itertuples(index=False):
        touched = ((truth["start"] < event.end) & (truth["end"] > event.start)).any()
        if touched or event.rate_g_s < CLAIM_KG_H * GRAMS_PER_SECOND:
            continue
        also = (
            published is not None
            and (
                (published["start"] < event.end)
                & (published["end"] > event.start)
                & (published["source"] == event.source)
            ).any()
        )
        other = "the published tool has an event there too" if also else "the published tool has none"
        made.append(
            f"No known release: {event.source}, {event.start:%d %b %H:%M}–{event.end:%H:%M} UTC, "
            f"{event.rate_g_s / GRAMS_PER_SECOND:.2f} kg/h; {other}."
        )
    return made


def _read(folder: Path, name: str, **options: Any) -> pd.DataFrame:
    path = folder / name
    if not path.is_file():
        raise InputError(
            f"no file {name}", where=str(folder), cure="--data the folder of controlled releases"
        )
    return pd.read_csv(path, **options)


def _observations(folder: Path) -> pd.DataFrame:
    table = _read(folder, "observations.csv.gz")
    time = pd.to_datetime(table["time_utc"]).dt.tz_localize(None)
    made = table.assign(time=time, wind_speed=table["ws_ms"])
    whole = pd.date_range(time.min(), time.max(), freq="min")
    return made.drop_duplicates("time").set_index("time").reindex(whole).rename_axis("time").reset_index()


def _places(folder: Path, name: str) -> pd.DataFrame:
    return _read(folder, name).rename(columns={"height": "height_m"})


def _truth(folder: Path) -> pd.DataFrame:
    table = _read(folder, "truth_releases.csv")
    made = pd.DataFrame(
        {
            "source": table["tc_EquipmentGroupID"].map(UNITS),
            "start": pd.to_datetime(table["tc_ExpStartDatetime"]).dt.tz_localize(None),
            "end": pd.to_datetime(table["tc_ExpEndDatetime"]).dt.tz_localize(None),
            "rate_g_s": table["tc_C1MassFlow"] / 3600.0,
            "experiment": table["tc_ExperimentID"],
        }
    )
    keys = ["experiment", "source", "start", "end"]
    made = made.groupby(keys, as_index=False, sort=False)["rate_g_s"].sum()
    other = [
        ((made["start"] < row.end) & (made["end"] > row.start) & (made["source"] != row.source)).any()
        for row in made.itertuples(index=False)
    ]
    return made.assign(single=~np.array(other, bool))


def _published(folder: Path) -> pd.DataFrame | None:
    if not (folder / "published_tool_events.csv").is_file():
        return None
    table = _read(folder, "published_tool_events.csv")
    return pd.DataFrame(
        {
            "start": pd.to_datetime(table["start"]).dt.tz_localize(None),
            "end": pd.to_datetime(table["end"]).dt.tz_localize(None),
            "source": table["loc"],
            "rate_g_s": table["rate"] * GRAMS_PER_SECOND,
            "rate_low_g_s": table["lo"] * GRAMS_PER_SECOND,
            "rate_high_g_s": table["hi"] * GRAMS_PER_SECOND,
        }
    )
