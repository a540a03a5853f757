"""Checks of a case as a whole: small named functions, each with the cure in its finding."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sootprint.case.config import Settings
from sootprint.case.steps import Context
from sootprint.core import schema
from sootprint.core.findings import SEVERITIES, Finding, concat_findings, findings_table

Tables = dict[str, pd.DataFrame]
MAXIMUM_DISTANCE_KM = 50.0
"""Reach of a steady-state plume [km]; EPA Guideline on Air Quality Models, 40 CFR 51 App. W, 4.1."""


CHECKED = ("stations", "observations", "weather", "facilities", "sources", "emissions", "stack_names")
"""Tables that the checks look at."""


def check_case(context: Context) -> dict[str, pd.DataFrame]:
    """Step ``check``: findings of the readers and of all checks, the worst first."""
    tables = {name: context.table(name) for name in CHECKED}
    found = [finding for check in CHECKS for finding in check(context.settings, tables)]
    table = concat_findings([context.table("read_findings"), findings_table(found)])
    order = table["severity"].map({name: rank for rank, name in enumerate(SEVERITIES)})
    ranked = table.assign(order=order).sort_values("order", kind="stable").drop(columns="order")
    return {"findings": schema.check(ranked, "findings")}


def something_measured(settings: Settings, tables: Tables) -> Iterator[Finding]:
    """Readings are there."""
    if tables["observations"]["value_ugm3"].notna().sum() == 0:
        yield Finding(
            "CASE-NO-OBSERVATIONS", "error", "observations", "an investigation needs readings of the air",
            "sootprint add CASE FILE --as observations; look at the quarantine and at [scope]",
        )  # fmt: skip


def place_is_set(settings: Settings, tables: Tables) -> Iterator[Finding]:
    """The middle of the study area is known."""
    if settings.place.lon is None or settings.place.lat is None:
        yield Finding(
            "CASE-NO-PLACE", "error", "case.toml", "the height of the sun and distances need the place",
            "set lon and lat in [place] of case.toml",
        )  # fmt: skip


def weather_is_there(settings: Settings, tables: Tables) -> Iterator[Finding]:
    """Wind is there, and covers the readings."""
    weather, observations = tables["weather"], tables["observations"]
    if weather["wind_speed"].notna().sum() == 0:
        yield Finding(
            "CASE-NO-WEATHER", "warning", "weather",
            "without wind there are no directions, no stagnation, no sources",
            "sootprint add CASE FILE --as weather",
        )  # fmt: skip
        return
    hours = observations["time_start"].dt.floor("h").drop_duplicates()
    covered = hours.isin(weather.loc[weather["wind_speed"].notna(), "time_start"].dt.floor("h"))
    if len(hours) and covered.mean() < 0.75:
        yield Finding(
            "CASE-WEATHER-COVERAGE", "warning", "weather", "at least 75 % of the measured hours have wind",
            "add the weather of the missing hours; they are counted as unserved",
            value=f"{100 * covered.mean():.0f} % of {len(hours)} hours",
        )  # fmt: skip


def stations_have_coordinates(settings: Settings, tables: Tables) -> Iterator[Finding]:
    """Every post has a place."""
    stations = tables["stations"]
    for station in stations.loc[stations["lon"].isna() | stations["lat"].isna(), "station_id"]:
        yield Finding(
            "CASE-STATION-NO-COORDINATES", "warning", f"station {station}",
            "a post without coordinates is on no map and in no attribution",
            f"set lon and lat in [stations.{station}] of case.toml",
        )  # fmt: skip


def stations_are_near(settings: Settings, tables: Tables) -> Iterator[Finding]:
    """Posts and sources lie within the reach of the engine."""
    lon, lat = settings.place.lon, settings.place.lat
    if lon is None or lat is None:
        return
    for name, key in (("stations", "station_id"), ("sources", "source_id")):
        table = tables[name].dropna(subset=["lon", "lat"])
        north = 111.2 * (table["lat"].to_numpy(float) - lat)
        east = 111.2 * (table["lon"].to_numpy(float) - lon) * np.cos(np.radians(lat))
        distance = np.hypot(east, north)
        for row in np.flatnonzero(distance > MAXIMUM_DISTANCE_KM):
            yield Finding(
                "CASE-FAR", "warning", f"{name} {table[key].iloc[row]}",
                f"a steady-state plume reaches {MAXIMUM_DISTANCE_KM:.0f} km at most",
                "check the coordinates (degrees and minutes typed as decimals?) or the middle in [place]",
                value=f"{distance[row]:.0f} km from the middle",
            )  # fmt: skip


def sources_have_emissions(settings: Settings, tables: Tables) -> Iterator[Finding]:
    """Every source declares something, and every emission has its source."""
    sources, emissions = set(tables["sources"]["source_id"]), set(tables["emissions"]["source_id"])
    for source in sorted(sources - emissions):
        yield Finding(
            "CASE-SOURCE-NO-EMISSION", "warning", f"source {source}", "a source has an emission",
            "add its emission, even as assumed with a wide uncertainty",
        )  # fmt: skip
    for source in sorted(emissions - sources):
        yield Finding(
            "CASE-EMISSION-NO-SOURCE", "warning", f"source {source}",
            "an emission belongs to a source with a place",
            "add the source's height and coordinates",
        )  # fmt: skip


def no_inventory(settings: Settings, tables: Tables) -> Iterator[Finding]:
    """It is said plainly where no inventory was given."""
    if tables["sources"].empty:
        yield Finding(
            "CASE-NO-INVENTORY", "info", "sources",
            "without an inventory the findings name sectors and not plants",
            "sootprint add CASE FILE --as sources",
        )  # fmt: skip


def stacks_are_matched(settings: Settings, tables: Tables) -> Iterator[Finding]:
    """Every monitored stack is one of the inventory."""
    names = tables["stack_names"]
    for row in names.loc[names["source_id"].isna() & (names["n_rows"] > 0)].itertuples():
        yield Finding(
            "CASE-STACK-UNMATCHED", "warning", f"stack {row.source_name}",
            "stack monitoring is compared with a source only where it is matched with one",
            "name the source in [files.\"NAME\".sources] of case.toml", value=str(row.organization),
        )  # fmt: skip


def promises_are_of_known_sources(settings: Settings, tables: Tables) -> Iterator[Finding]:
    """Plants and sources that promised a cut are in the inventory."""
    known = {
        "plant": set(tables["facilities"]["facility_id"]) | set(tables["sources"]["facility_id"]),
        "source": set(tables["sources"]["source_id"]),
    }
    for promise in settings.promised_cuts:
        kind = "plant" if promise.plant is not None else "source"
        name = promise.plant or promise.source
        if name is not None and name not in known[kind]:
            listed = ", ".join(sorted(map(str, known[kind]))[:20]) or "none: there is no inventory"
            yield Finding(
                "CASE-PROMISE-UNKNOWN", "error", "case.toml",
                f"a promised cut names a {kind} of the inventory",
                f"correct {kind} in [[promised_cuts]]: {listed}", value=str(name),
            )  # fmt: skip


CHECKS = (
    something_measured,
    place_is_set,
    weather_is_there,
    stations_have_coordinates,
    stations_are_near,
    sources_have_emissions,
    no_inventory,
    stacks_are_matched,
    promises_are_of_known_sources,
)
"""All checks, in the order of their findings."""
