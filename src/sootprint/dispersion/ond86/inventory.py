"""Table of single sources of an inventory: cm, xm, um and all intermediates of each source and pollutant."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from sootprint.core import schema
from sootprint.core.constants import KELVIN_OFFSET
from sootprint.core.errors import InputError
from sootprint.core.geo import project, utm_crs
from sootprint.dispersion.ond86.elements import plane_geometry
from sootprint.dispersion.ond86.factors import settling_of
from sootprint.dispersion.ond86.limits import Limits, single_limits
from sootprint.dispersion.ond86.single import Method, equivalent_mouth, method_code, single_source

BASES = ("permitted", "declared")
"""Kinds of emission in their order of preference."""

KG_PER_TONNE_IN_G = 1e6
SECONDS_PER_HOUR = 3600.0

_COPIED = (
    "branch", "height_m", "diameter_m", "velocity_m_s", "temperature_c", "ambient_c", "settling",
    "region_coefficient", "relief", "v1", "delta_t", "f", "fe", "f_used", "vm", "vm_cold", "m", "n", "m_low",
    "k", "d",
)  # fmt: skip


class _Mouth(NamedTuple):
    diameter_m: float
    velocity_m_s: float
    temperature_c: float
    notes: tuple[str, ...]


def source_table(
    sources: pd.DataFrame,
    emissions: pd.DataFrame,
    *,
    ambient_c: float,
    method: Method = "ond86",
    region_coefficient: float = 200.0,
    relief: float | Mapping[str, float] = 1.0,
    settling: Mapping[str, float] | None = None,
    limits: Limits | None = None,
    basis: str | Sequence[str] = BASES,
    crs: str | None = None,
) -> pd.DataFrame:
    """Table ``ond86_sources``: the largest single concentration of each source and pollutant alone.

    Parameters
    ----------
    sources, emissions : DataFrame
        Tables of those names. Points, areas, lines and volumes; an area, line or volume counts as one point
        in this table and as many in `field`.
    ambient_c : float
        Air temperature Tv [°C]: mean daily maximum of the hottest month for sources of the whole year.
    method : {"ond86", "mrr2017"}
        Which text.
    region_coefficient : float
        A [s^⅔ mg K^⅓ g⁻¹]; 200 for Kazakhstan (unverified).
    relief : float or mapping of source_id to float
        η; sources that a mapping does not name have 1.
    settling : mapping of pollutant to F, optional
        F in place of what kind and cleaning give; F that the table ``emissions`` states goes before both.
    limits : mapping of pollutant to [mg m⁻³], or table ``norms``, optional
        Limits of the single concentration.
    basis : str or sequence of str
        Kinds of emission, the preferred first. Of several rows of that kind the largest rate is taken.
    crs : str, optional
        Projected CRS in metres; by default the UTM zone of the mean of the sources.

    Returns
    -------
    DataFrame
        Table ``ond86_sources``, a row a source and pollutant, in the order of the sources. A row whose
        emission is not stated has no cm; its note says so.

    Raises
    ------
    InputError
        If a source of an emission is not known, has no height, or a number cannot be right.

    Notes
    -----
    A source without mouth, velocity or flow (a fugitive one) is cold gas at the lowest dangerous wind, and
    its note says so. Without a temperature the gas is as warm as the air.
    """
    method_code(method)
    bases = (basis,) if isinstance(basis, str) else tuple(basis)
    if sources.empty:
        raise InputError("there is no source", cure="give at least one")
    crs = crs or utm_crs(float(sources["lon"].mean()), float(sources["lat"].mean()))
    easting, northing = project(sources["lon"], sources["lat"], crs)
    known = limits if limits is None else single_limits(limits)
    chosen = _chosen_emissions(emissions, set(sources["source_id"].astype(str)), bases)
    rows: list[dict[str, Any]] = []
    for place, source in enumerate(sources.to_dict("records")):
        identifier = str(source["source_id"])
        found = chosen.get(identifier, [])
        if not found:
            continue
        height = _number(source, "height_m")
        if math.isnan(height):
            raise InputError(
                f"source {identifier} states no height_m",
                where=_where(source),
                rule="the method needs the height of every source",
                cure="fill it in the inventory",
            )
        mouth = _mouth(source, ambient_c)
        head = {
            "source_id": identifier,
            "facility_id": source.get("facility_id"),
            "method": method,
            "kind": source["kind"],
            "x_m": easting[place],
            "y_m": northing[place],
            "crs": crs,
            "geometry_wkt": plane_geometry(source, crs),
        }
        eta = float(relief.get(identifier, 1.0)) if isinstance(relief, Mapping) else float(relief)
        for emission in found:
            pollutant = str(emission["pollutant"])
            factor, mark = _settling(emission, settling)
            rate, notes = _rate(emission, source)
            one = single_source(
                height_m=height,
                diameter_m=mouth.diameter_m,
                velocity_m_s=mouth.velocity_m_s,
                temperature_c=mouth.temperature_c,
                ambient_c=ambient_c,
                emission_g_s=0.0 if math.isnan(rate) else rate,
                settling=factor,
                region_coefficient=region_coefficient,
                relief=eta,
                method=method,
            )
            cm = math.nan if math.isnan(rate) else one.cm
            row = head | {name: one[name] for name in _COPIED}
            row |= {"pollutant": pollutant, "basis": emission["basis"], "emission_g_s": rate}
            row |= {"cm_mg_m3": cm, "xm_m": one.xm, "um_m_s": one.um, "settling_mark": mark}
            if known is not None and pollutant in known.index:
                limit = float(known["mpc_mg_m3"][pollutant])
                row |= {"mpc_mg_m3": limit, "cm_over_mpc": cm / limit, "mpc_mark": known["mark"][pollutant]}
            rows.append(row | {"note": "; ".join((*mouth.notes, *notes)) or None})
    return schema.check(pd.DataFrame(rows), "ond86_sources")


def _chosen_emissions(
    emissions: pd.DataFrame, known: set[str], bases: tuple[str, ...]
) -> dict[str, list[dict[str, Any]]]:
    """Emissions of each source: of each pollutant one, of the preferred basis, the largest rate."""
    table = emissions.loc[emissions["basis"].isin(bases)].copy()
    table["source_id"] = table["source_id"].astype(str)
    strangers = sorted(set(table["source_id"]) - known)
    if strangers:
        raise InputError(
            f"emissions of {len(strangers)} unknown sources, first {strangers[0]}",
            rule="each emission belongs to a row of the sources",
            cure="add the source, or leave its emissions out",
        )
    table["_order"] = table["basis"].map({name: place for place, name in enumerate(bases)})
    table["_unknown"] = table["rate_g_s"].isna()
    table["_row"] = range(len(table))
    table = table.sort_values(
        ["source_id", "pollutant", "_unknown", "_order", "rate_g_s", "annual_t"],
        ascending=[True, True, True, True, False, False],
        kind="stable",
    ).drop_duplicates(["source_id", "pollutant"])
    chosen: dict[str, list[dict[str, Any]]] = {}
    for row in table.sort_values("_row").to_dict("records"):
        chosen.setdefault(row["source_id"], []).append(row)
    return chosen


def _rate(emission: Mapping[str, Any], source: Mapping[str, Any]) -> tuple[float, tuple[str, ...]]:
    rate = _number(emission, "rate_g_s")
    if not math.isnan(rate):
        return rate, ()
    annual, hours = _number(emission, "annual_t"), _number(source, "hours_per_year")
    if annual >= 0.0 and hours > 0.0:
        mean = annual * KG_PER_TONNE_IN_G / (hours * SECONDS_PER_HOUR)
        return mean, ("no rate stated: the mean of the year's total over the working hours, not a maximum",)
    return math.nan, ("no rate stated: not calculated",)


def _settling(emission: Mapping[str, Any], given: Mapping[str, float] | None) -> tuple[float, str]:
    stated = _number(emission, "settling")
    if not math.isnan(stated):
        return stated, "assumed" if pd.isna(emission.get("mark")) else str(emission["mark"])
    pollutant = str(emission["pollutant"])
    if given is not None and pollutant in given:
        return float(given[pollutant]), "assumed"
    return settling_of(pollutant, _number(emission, "cleaning_efficiency"))


def _mouth(source: Mapping[str, Any], ambient_c: float) -> _Mouth:
    """Round mouth, its velocity and temperature, and what was assumed."""
    diameter, velocity, flow, kelvin = (
        _number(source, name)
        for name in ("diameter_m", "exit_velocity_m_s", "flow_m3_s", "exit_temperature_k")
    )
    length, width = _number(source, "mouth_length_m"), _number(source, "mouth_width_m")
    notes: list[str] = []
    if length > 0.0 and width > 0.0:
        if math.isnan(velocity) and flow >= 0.0:
            velocity = flow / (length * width)
        diameter = equivalent_mouth(length, width)
        notes.append(f"rectangular mouth {length:g} × {width:g} m")
    elif math.isnan(velocity) and flow >= 0.0 and diameter > 0.0:
        velocity = flow / (math.pi * diameter**2 / 4.0)
        notes.append("velocity from the flow and the mouth")
    elif math.isnan(diameter) and flow >= 0.0 and velocity > 0.0:
        diameter = math.sqrt(4.0 * flow / (math.pi * velocity))
        notes.append("mouth from the flow and the velocity")
    if math.isnan(diameter) or math.isnan(velocity):
        notes.append("no mouth or velocity stated: counted as cold gas at the lowest dangerous wind")
        return _Mouth(0.0, 0.0, ambient_c, tuple(notes))
    if math.isnan(kelvin):
        notes.append("no temperature stated: counted as warm as the air")
        return _Mouth(diameter, velocity, ambient_c, tuple(notes))
    return _Mouth(diameter, velocity, kelvin - KELVIN_OFFSET, tuple(notes))


def _number(row: Mapping[str, Any], name: str) -> float:
    value = row.get(name)
    return math.nan if value is None or pd.isna(value) else float(value)


def _where(row: Mapping[str, Any]) -> str:
    return f"{row.get('source_file', '')}, row {row.get('source_row', '')}"
