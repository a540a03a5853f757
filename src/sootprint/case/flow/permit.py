"""Step ``permit``: the legal calculation of the declared sources, its field, its worst places, its limits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sootprint.case.config import Settings
from sootprint.case.flow.reading import case_crs
from sootprint.case.steps import Context, Evidence, Step
from sootprint.core import schema

if TYPE_CHECKING:
    import xarray as xr
    from shapely.geometry.base import BaseGeometry

JURISDICTION = "KZ"
"""Whose limits and whose text the calculation follows."""

TABLES = (
    *("ond86_sources", "ond86_limits", "ond86_needed", "ond86_points", "ond86_contributions"),
    "permit_zone",
)
"""Tables of the calculation."""

BASES = ("permitted", "declared")
"""Kinds of emission that are calculated, the preferred first, where the settings name none."""

ASSUMED_AMBIENT_C = 25.0
"""Air temperature where none is stated [°C]: that of the worked example in the appendix of OND-86."""

ASSUMED_TOP_WIND_M_S = 12.0
"""Wind u* where neither the settings nor the weather tell it [m s⁻¹]; assumed."""

EXCEEDED_SHARE = 0.05
"""Share of the time in which u* is exceeded [1]; clause 4.9 of OND-86."""

LEAST_HOURS = 240
"""Hours of wind from which u* is taken from the weather of the case [h]."""

MARGIN_M = 3000.0
"""Least distance from the sources to the edge of the grid [m]."""

NODES = 100
"""Steps of the grid along its side, where the settings name no step."""

STEPS_M = (50.0, 100.0, 200.0, 250.0, 500.0, 1000.0, 2000.0, 5000.0, 10000.0)
"""Steps of the grid that are chosen from [m]."""

ALONG_ZONE_M = 100.0
"""Distance of the points along the boundary of a sanitary zone [m]."""


def permit_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """Step ``permit``, where there is an inventory and the law is that of Kazakhstan."""
    wanted = settings.permit.calculate and JURISDICTION in settings.scope.jurisdictions
    if not wanted or not any(item.kind == "sources" for item in evidence):
        return []
    return [
        Step(
            "permit",
            "Calculate the permit",
            _permit,
            needs=("facilities", "sources", "emissions", "meteorology"),
            settings=("place", "permit"),
            rooms=("core", "norms", "dispersion", "case/flow"),
        )
    ]


def _permit(context: Context) -> dict[str, Any]:
    import shapely

    from sootprint import norms
    from sootprint.dispersion import ond86

    settings, crs = context.settings.permit, case_crs(context.settings)
    made: dict[str, Any] = {name: schema.empty(name) for name in TABLES}
    bases = (settings.basis,) if settings.basis else BASES
    emissions = context.table("emissions")
    emissions = emissions.loc[emissions["basis"].isin(bases)]
    sources = context.table("sources")
    usable = sources.loc[sources["source_id"].isin(emissions["source_id"]) & sources["height_m"].notna()]
    emissions = emissions.loc[emissions["source_id"].isin(usable["source_id"])]
    wind, wind_from = top_wind(context.table("meteorology"), settings.top_wind_m_s)
    ambient_c = ASSUMED_AMBIENT_C if settings.ambient_c is None else settings.ambient_c
    record: dict[str, Any] = {
        "method": settings.method,
        "ambient_c": ambient_c,
        "ambient_mark": "assumed" if settings.ambient_c is None else "stated",
        "region_coefficient": settings.region_coefficient,
        "relief": settings.relief,
        "top_wind_m_s": wind,
        "top_wind_mark": wind_from,
        "zone_m": settings.zone_m,
        "bases": list(bases),
        "sources": len(usable),
        "sources_left_out": len(sources) - len(usable),
        "crs": crs,
    }
    if usable.empty:
        return made | {"permit": record}
    limits = ond86.single_limits(norms.load([JURISDICTION], sorted(emissions["pollutant"].unique())))
    table = ond86.source_table(
        usable,
        emissions,
        ambient_c=ambient_c,
        method=settings.method,
        region_coefficient=settings.region_coefficient,
        relief=settings.relief,
        limits=limits,
        basis=bases,
        crs=crs,
    )
    made["ond86_sources"] = table
    known = table.loc[(table["cm_mg_m3"] > 0) & table["mpc_mg_m3"].notna()]
    if known.empty:
        return made | {"permit": record}
    axis_x, axis_y = grid(known, settings.grid_m, settings.step_m)
    record |= {"step_m": float(axis_x[1] - axis_x[0]), "nodes": len(axis_x) * len(axis_y)}

    def told(done: int, of: int) -> None:
        context.progress(f"{done} of {of} places")

    context.progress("the field")
    fields = ond86.field(known, axis_x, axis_y, top_wind_m_s=wind, progress=told)
    context.progress("the sanitary zones")
    zone = shapely.union_all(list(zones(known, settings.zone_m).values()))
    record["zone_wkt"] = shapely.to_wkt(zone, rounding_precision=1)
    around = zone_places(known, settings.zone_m)
    places = pd.concat([worst_places(fields), around], ignore_index=True)
    points = ond86.at_points(known, places, top_wind_m_s=wind)
    kept = leading_points(points)
    made["ond86_points"] = kept
    parts = ond86.contributions(
        known, places.loc[places["point_id"].isin(kept["point_id"])], top_wind_m_s=wind
    )
    keys = ["point_id", "substance_or_group"]
    made["ond86_contributions"] = parts.merge(kept[keys], on=keys).reset_index(drop=True)
    made["permit_zone"] = zone_comparison(fields, points, zone)
    context.progress("the largest permitted emissions")
    made["ond86_limits"] = ond86.permitted(known, around, top_wind_m_s=wind)
    made["ond86_needed"] = ond86.calculation_needed(known)
    return made | {"ond86_field": fields, "permit": record}


def top_wind(weather: pd.DataFrame, stated: float | None) -> tuple[float, str]:
    """Wind u* that is exceeded in 5 % of the time [m s⁻¹], and where it is from: stated, weather, assumed."""
    if stated is not None:
        return stated, "stated"
    speed = weather["wind_speed"].dropna().to_numpy(float)
    if len(speed) < LEAST_HOURS:
        return ASSUMED_TOP_WIND_M_S, "assumed"
    return max(1.0, math.ceil(float(np.quantile(speed, 1.0 - EXCEEDED_SHARE)))), "weather"


def grid(table: pd.DataFrame, size_m: float | None, step_m: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Axes of the square grid about the middle of the sources [m], at round coordinates."""
    x, y = table["x_m"].to_numpy(float), table["y_m"].to_numpy(float)
    span = max(float(np.ptp(x)), float(np.ptp(y)))
    size = span + 2.0 * max(MARGIN_M, 0.25 * span) if size_m is None else size_m
    fitting = [step for step in STEPS_M if size / step <= NODES]
    step = (fitting[0] if fitting else size / NODES) if step_m is None else step_m
    half = max(1, math.ceil(0.5 * size / step))
    middle = [round(0.5 * (float(part.min()) + float(part.max())) / step) * step for part in (x, y)]
    offsets = np.arange(-half, half + 1) * step
    return middle[0] + offsets, middle[1] + offsets


def worst_places(fields: xr.Dataset) -> pd.DataFrame:
    """Node of the largest ratio of each substance or group: ``point_id, x_m, y_m``."""
    rows = []
    for name in fields["substance_or_group"].to_numpy():
        ratio = fields["ratio"].sel(substance_or_group=name).to_numpy()
        if not np.isfinite(ratio).any():
            continue
        row, column = np.unravel_index(int(np.nanargmax(ratio)), ratio.shape)
        rows.append(
            {
                "point_id": f"worst:{name}",
                "x_m": float(fields["x"][column]),
                "y_m": float(fields["y"][row]),
            }
        )
    return pd.DataFrame(rows, columns=["point_id", "x_m", "y_m"])


def zone_places(table: pd.DataFrame, width_m: float) -> pd.DataFrame:
    """Points along the boundary of the sanitary zone of each plant: ``point_id, x_m, y_m``.

    The zone is what lies within ``width_m`` of any of the plant's calculated sources.
    """
    import shapely

    rows = []
    for plant, outline in zones(table, width_m).items():
        boundary = outline.boundary
        count = max(8, math.ceil(boundary.length / ALONG_ZONE_M))
        for number in range(count):
            point = boundary.interpolate(number / count, normalized=True)
            x, y = shapely.get_coordinates(point)[0]
            rows.append({"point_id": f"zone:{plant}:{number}", "x_m": float(x), "y_m": float(y)})
    return pd.DataFrame(rows, columns=["point_id", "x_m", "y_m"])


def zones(table: pd.DataFrame, width_m: float) -> dict[str, BaseGeometry]:
    """Sanitary zone of each plant in the CRS of the table ``ond86_sources``."""
    import shapely

    made = {}
    for plant, part in table.drop_duplicates("source_id").groupby("facility_id", sort=True):
        shapes = [
            shapely.from_wkt(row.geometry_wkt)
            if isinstance(row.geometry_wkt, str) and row.geometry_wkt
            else shapely.Point(row.x_m, row.y_m)
            for row in part.itertuples()
        ]
        made[str(plant)] = shapely.union_all([shape.buffer(width_m) for shape in shapes])
    return made


def zone_comparison(fields: xr.Dataset, points: pd.DataFrame, zone: BaseGeometry) -> pd.DataFrame:
    """Table ``permit_zone``: each substance or group on the edge of the zones and beyond all of them."""
    from sootprint.dispersion import ond86

    around = points.loc[points["point_id"].str.startswith("zone:")]
    edge = around.groupby("substance_or_group")["ratio"].max()
    rows = []
    for name in fields["substance_or_group"].to_numpy():
        ratio = fields["ratio"].sel(substance_or_group=name)
        if not np.isfinite(ratio).any():
            continue
        found = ond86.compare_zone(ratio, zone)
        rows.append(
            {
                "substance_or_group": str(name),
                "largest_on_edge": edge.get(name),
                "largest_outside": found.largest_outside,
                "outside_area_m2": found.outside_area_m2,
                "farthest_m": found.farthest_m,
                "cut_by_grid": found.cut_by_grid,
            }
        )
    return schema.check(pd.DataFrame(rows), "permit_zone") if rows else schema.empty("permit_zone")


def leading_points(points: pd.DataFrame) -> pd.DataFrame:
    """Of each substance its own worst place, and the worst point of the boundary of each plant's zone."""
    worst = points.loc[points["point_id"] == "worst:" + points["substance_or_group"]]
    around = points.loc[points["point_id"].str.startswith("zone:")]
    plant = around["point_id"].str.rsplit(":", n=1).str[0]
    order = around.assign(plant=plant).sort_values("ratio", ascending=False, kind="stable")
    first = order.drop_duplicates(["plant", "substance_or_group"]).drop(columns="plant").sort_index()
    return schema.check(pd.concat([worst, first], ignore_index=True), "ond86_points")
