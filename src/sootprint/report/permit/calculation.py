"""The permit calculation: inventory and settings in, tables and fields out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import InputError
from sootprint.core.findings import ReadResult
from sootprint.report.permit import places
from sootprint.report.permit.model import InputFile, Permit, PermitSettings

BASES = ("permitted", "declared")

Progress = Callable[[str, int, int], None]
"""Told what is done, how much of it and of how much."""


def calculate(
    inventory: ReadResult,
    settings: PermitSettings,
    *,
    inputs: Sequence[InputFile],
    norms: pd.DataFrame,
    version: str,
    made_at: datetime,
    background: pd.DataFrame | None = None,
    zone: tuple[str, str] | float | None = None,
    receptors: pd.DataFrame | None = None,
    progress: Progress | None = None,
) -> Permit:
    """Permit calculation of an inventory.

    Parameters
    ----------
    inventory : ReadResult
        Of `sootprint.sources.read_sources`.
    settings : PermitSettings
        What is asked.
    inputs : sequence of InputFile
        Files that the documents name.
    norms : DataFrame
        Table ``norms`` of one jurisdiction.
    version : str
        Version of the program.
    made_at : datetime
        Time that the documents carry [UTC].
    background : DataFrame, optional
        Columns ``pollutant, background_mg_m3, rows``, the last being the number of gradations.
    zone : (WKT in WGS84, text) or float, optional
        Sanitary protection zone, or its width around the sources [m].
    receptors : DataFrame, optional
        Columns ``point_id, name, lon, lat``.
    progress : callable, optional
        Told how far the work is.

    Raises
    ------
    InputError
        If the inventory has no source that can be calculated, or a setting cannot be right.
    """
    from sootprint.dispersion import ond86

    told = progress or (lambda text, done, total: None)
    limits = ond86.single_limits(norms)
    table = _sources(inventory, settings, limits)
    crs = str(table["crs"].iloc[0])
    given = _background(background)
    groups = _groups(table, settings.groups)
    search: dict[str, Any] = {"top_wind_m_s": settings.top_wind, "groups": groups}
    levels: dict[str, Any] = {"background": given, "own_in_background": settings.own_in_background}
    zone_wkt, zone_text = places.zone_shape(zone, table, crs)
    x, y = places.grid_axes(table, settings.grid, zone_wkt)
    fields = ond86.field(
        table, x, y, **levels, progress=lambda done, total: told("field", done, total), **search
    )
    told("points", 0, 1)
    worst = places.worst_places(fields)
    homes = places.receptor_places(receptors, crs)
    edge = places.zone_places(zone_wkt)
    points, found = _points(table, worst, homes, edge, crs, search | levels)
    shares = _contributions(table, points, search)
    permitted = _permitted(table, worst, homes, edge, given, settings)
    told("points", 1, 1)
    return Permit(
        settings=settings,
        inputs=tuple(inputs),
        facilities=inventory.tables["facilities"],
        inventory=inventory.tables["sources"],
        emissions=inventory.tables["emissions"],
        findings=inventory.findings,
        guesses=inventory.guesses_table(),
        sources=table,
        limits=limits,
        groups=_calculated_groups(groups, table),
        needed=ond86.calculation_needed(table),
        permitted=permitted,
        contributions=shares,
        points=points,
        places=found,
        zone=places.zone_table(fields, zone_wkt, points),
        fields=fields,
        background=_empty_background() if background is None else background,
        crs=crs,
        zone_wkt=zone_wkt,
        zone_text=zone_text,
        made_at=made_at,
        version=version,
    )


def _sources(inventory: ReadResult, settings: PermitSettings, limits: pd.DataFrame) -> pd.DataFrame:
    """Table ``ond86_sources``; at least one row has a cm."""
    from sootprint.dispersion import ond86

    emissions = inventory.tables["emissions"]
    if settings.pollutants:
        unknown = sorted(set(settings.pollutants) - set(emissions["pollutant"]))
        if unknown:
            raise InputError(
                f"the inventory has no emission of {', '.join(unknown)}",
                where="--pollutants",
                cure=f"of: {', '.join(sorted(set(emissions['pollutant'])))}",
            )
        emissions = emissions.loc[emissions["pollutant"].isin(list(settings.pollutants))]
    bases = (settings.basis, *(name for name in BASES if name != settings.basis))
    if emissions.empty or not emissions["basis"].isin(bases).any():
        quarantined = int((inventory.findings["severity"] == "quarantine").sum())
        kinds = ", ".join(sorted(set(emissions["basis"].astype(str)))) or "none at all"
        raise InputError(
            f"the inventory has no declared or permitted emission that can be read; kinds: {kinds}",
            where=str(inventory.findings["file"].iloc[0]) if quarantined else None,
            rule=f"{quarantined} rows are in quarantine" + _first_fault(inventory) if quarantined else None,
            cure="correct the rows, or state their basis as declared or permitted",
        )
    table = ond86.source_table(
        inventory.tables["sources"],
        emissions,
        ambient_c=settings.ambient,
        method=settings.method,
        region_coefficient=settings.region_coefficient,
        relief=settings.relief,
        settling=settings.settling,
        limits=limits,
        basis=bases,
        crs=settings.crs,
    )
    if table["cm_mg_m3"].isna().all():
        raise InputError(
            "no source of the inventory states a rate of emission",
            rule="the method needs the largest emission in g/s",
            cure="fill rate_g_s, or annual_t and hours_per_year",
        )
    return table


def _first_fault(inventory: ReadResult) -> str:
    """First row in quarantine with its rule, in words."""
    first = inventory.findings.loc[inventory.findings["severity"] == "quarantine"].iloc[0]
    row = "" if pd.isna(first["row"]) else f"row {first['row']}, "
    return f", the first: {row}column {first['column']}, value {first['value']!r}: {first['rule']}"


def _empty_background() -> pd.DataFrame:
    return pd.DataFrame({"pollutant": [], "background_mg_m3": [], "rows": []})


def _background(background: pd.DataFrame | None) -> dict[str, float]:
    if background is None:
        return {}
    return dict(
        zip(background["pollutant"].astype(str), background["background_mg_m3"].astype(float), strict=True)
    )


def _groups(table: pd.DataFrame, wanted: Sequence[str]) -> pd.DataFrame | bool:
    """Summation groups that are asked for; True for all."""
    from sootprint.dispersion import ond86

    if not wanted:
        return True
    if list(wanted) == ["none"]:
        return False
    known = ond86.summation_groups()
    missing = sorted(set(wanted) - set(known["group_id"]))
    if missing:
        raise InputError(
            f"no summation group {', '.join(missing)}",
            where="--groups",
            cure=f"of: {', '.join(known['group_id'])}, or none",
        )
    return known.loc[known["group_id"].isin(list(wanted))].reset_index(drop=True)


def _calculated_groups(groups: pd.DataFrame | bool, table: pd.DataFrame) -> pd.DataFrame:
    """Table ``summation_groups`` of those that the field holds."""
    from sootprint.dispersion import ond86

    if groups is False:
        return schema.empty("summation_groups")
    limited = table.loc[table["mpc_mg_m3"].notna() & table["cm_mg_m3"].notna(), "pollutant"]
    listed = groups if isinstance(groups, pd.DataFrame) else ond86.summation_groups()
    return ond86.present_groups(listed, limited)


def _permitted(
    table: pd.DataFrame,
    worst: pd.DataFrame,
    homes: pd.DataFrame,
    edge: pd.DataFrame,
    background: Mapping[str, float],
    settings: PermitSettings,
) -> pd.DataFrame:
    """Table ``ond86_limits``; the limit holds at receptors and on the zone's edge, or else on the grid."""
    from sootprint.dispersion import ond86

    held = pd.concat([homes[["x_m", "y_m"]], edge[["x_m", "y_m"]]], ignore_index=True)
    where = held if len(held) else worst[["x_m", "y_m"]]
    return ond86.permitted(
        table,
        where if len(where) else None,
        top_wind_m_s=settings.top_wind,
        background=background,
        rule=settings.rule,
    )


def _points(
    table: pd.DataFrame,
    worst: pd.DataFrame,
    homes: pd.DataFrame,
    edge: pd.DataFrame,
    crs: str,
    search: Mapping[str, Any],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables ``ond86_points`` of worst places, receptors and the worst of the zone's edge, and the places."""
    from sootprint.dispersion import ond86

    wanted = pd.concat([part[["point_id", "x_m", "y_m"]] for part in (worst, homes, edge)], ignore_index=True)
    if wanted.empty:
        return schema.empty("ond86_points"), places.described([("worst", worst)], crs)
    made = ond86.at_points(table, wanted, **search)
    made = made.loc[made["ratio"].notna()]
    own = made["point_id"] == "worst:" + made["substance_or_group"]
    on_edge = made.loc[made["point_id"].isin(edge["point_id"])]
    first = on_edge.sort_values("ratio", ascending=False, kind="stable").drop_duplicates("substance_or_group")
    kept = made.loc[own | made["point_id"].isin(homes["point_id"]) | made.index.isin(first.index)]
    shown = edge.loc[edge["point_id"].isin(first["point_id"])]
    found = places.described([("worst", worst), ("zone", shown), ("receptor", homes)], crs)
    return schema.check(kept.reset_index(drop=True), "ond86_points"), found


def _contributions(table: pd.DataFrame, points: pd.DataFrame, search: Mapping[str, Any]) -> pd.DataFrame:
    """Contributions at the places and of the substances of a table ``ond86_points``."""
    from sootprint.dispersion import ond86

    if points.empty:
        return schema.empty("ond86_contributions")
    where = points[["point_id", "x_m", "y_m"]].drop_duplicates("point_id")
    made = ond86.contributions(table, where, **search)
    pairs = points[["point_id", "substance_or_group"]]
    return schema.check(
        made.merge(pairs, on=["point_id", "substance_or_group"], how="inner"), "ond86_contributions"
    )
