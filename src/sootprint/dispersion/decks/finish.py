"""From what the records said to the parts of a deck, with the checks that need all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sootprint.dispersion.decks.deck import (
    BUILDING_COLUMNS,
    POINT_KINDS,
    BuoyantGroup,
    Group,
    NitrogenOptions,
    Sectored,
    Source,
    Variation,
)
from sootprint.dispersion.decks.draft import Draft, SectorDraft, SourceDraft, table_of
from sootprint.dispersion.decks.geometry import circle, rectangle, strip
from sootprint.dispersion.decks.sectors import VARIATION_SIZES
from sootprint.dispersion.decks.sources import BUILDING_DIRECTIONS

CIRCLE_SIDES = 20
"""Number of corners of a circle where the deck states none."""

FEWEST_CORNERS, MOST_CORNERS = 3, 10_000


def finish_sources(draft: Draft) -> tuple[Source, ...]:
    """Sources with their parameters, corners, buildings and factors, each checked."""
    if not draft.sources:
        draft.faults.add("the deck has no sources", draft.path.name, cure="declare some by SO LOCATION")
    return tuple(_source(draft, source) for source in draft.source_list)


def _source(draft: Draft, source: SourceDraft) -> Source:
    shown = f"{source.source_id} ({source.kind})"
    where = source.record.where
    elevation = source.base_elevation_m
    if not draft.terrain or source.flat:
        elevation = draft.base_elevation_m or 0.0
    made: dict[str, Any] = {
        "source_id": source.source_id,
        "kind": source.kind,
        "where": where,
        "x": source.x,
        "y": source.y,
        "base_elevation_m": elevation,
        "flat": source.flat or not draft.terrain,
        "urban_area": source.urban_area,
        "hourly": source.hourly,
        "buildings": _buildings(draft, source, shown),
        "variation": _variation(draft, source, shown),
    }
    if source.parameters is None:
        draft.faults.add(f"{shown} has no parameters", where, cure="add SRCPARAM")
        return Source(**made)
    made |= _shape(draft, source, shown, source.parameters)
    ratio = draft.no2_stack if source.no2_ratio is None else source.no2_ratio
    made["no2_ratio"] = float("nan") if ratio is None else ratio
    if made.get("height_m", 0.0) < 0 or any(
        made.get(name, 0.0) < 0 for name in ("sigma_y_m", "sigma_z_m", "diameter_m", "width_m")
    ):
        draft.faults.add(f"{shown} has a length below 0", where, rule="not below 0 [m]", cure="see SRCPARAM")
    return Source(**made)


def _shape(draft: Draft, source: SourceDraft, shown: str, values: tuple[float, ...]) -> dict[str, Any]:
    """Parameters of a kind of source by name."""
    more = (*values, 0.0, 0.0, 0.0, 0.0)
    made: dict[str, Any] = {"emission_rate": values[0], "height_m": more[1]}
    where, kind = source.record.where, source.kind
    ends = np.array(source.ends).reshape(2, -1)[:, :2] if source.ends else np.empty((0, 2))
    if kind in POINT_KINDS:
        temperature = values[2]
        if 0 < temperature < 200 and not source.hourly:
            draft.faults.add(
                f"{shown}: exit temperature {temperature:g} K", where, rule="kelvin, 200 or more"
            )
        made |= {"exit_temperature_k": temperature, "exit_velocity_m_s": values[3], "diameter_m": values[4]}
    elif kind == "VOLUME":
        made |= {"sigma_y_m": values[2], "sigma_z_m": values[3]}
    elif kind == "AREA":
        north = values[3] if len(values) > 3 else values[2]
        made |= {"vertices": rectangle(source.x, source.y, values[2], north, more[4]), "sigma_z_m": more[5]}
        _positive(draft, shown, where, values[2], north)
    elif kind == "AREAPOLY":
        made |= {"vertices": _polygon(draft, source, shown, values[2]), "sigma_z_m": more[3]}
    elif kind == "AREACIRC":
        sides = int(values[3]) if len(values) > 3 else CIRCLE_SIDES
        if FEWEST_CORNERS <= sides <= MOST_CORNERS and values[2] > 0:
            made["vertices"] = circle(source.x, source.y, values[2], sides)
        else:
            draft.faults.add(
                f"{shown}: radius {values[2]:g} m, {sides} corners", where, rule="above 0; 3 or more"
            )
        made["sigma_z_m"] = more[4]
    elif kind == "LINE":
        _positive(draft, shown, where, values[2], float(np.hypot(*(ends[1] - ends[0]))))
        if np.any(ends[0] != ends[1]):
            made["vertices"] = strip(ends, values[2])
        made |= {"width_m": values[2], "sigma_z_m": more[3]}
    elif kind == "RLINE":
        made |= {"vertices": ends, "width_m": values[2], "sigma_z_m": more[3]}
    elif kind == "RLINEXT":
        made |= {"vertices": ends, "height_m": source.ends[2], "width_m": values[2], "sigma_z_m": values[3]}
    elif kind == "BUOYLINE":
        made["vertices"] = ends
    elif kind == "OPENPIT":
        made["vertices"] = rectangle(source.x, source.y, values[2], values[3], more[5])
    return made


def _positive(draft: Draft, shown: str, where: str, *lengths: float) -> None:
    if min(lengths) <= 0:
        draft.faults.add(
            f"{shown}: a side of {min(lengths):g} m", where, rule="above 0 [m]", cure="see SRCPARAM"
        )


def _polygon(draft: Draft, source: SourceDraft, shown: str, count: float) -> NDArray[np.float64]:
    """Corners of AREAVERT; one may be repeated at the end to close the polygon."""
    corners = np.array(source.corners[: len(source.corners) // 2 * 2]).reshape(-1, 2)
    if len(corners) == int(count) + 1 and np.array_equal(corners[0], corners[-1]):
        corners = corners[:-1]
    where = source.record.where
    if len(source.corners) % 2 or len(corners) != int(count) or len(corners) < FEWEST_CORNERS:
        draft.faults.add(
            f"{shown} has {len(source.corners) / 2:g} corners",
            where,
            rule=f"{count:g} by SRCPARAM, and 3 or more",
            cure="complete AREAVERT",
        )
    elif not np.allclose(corners[0], (source.x, source.y), rtol=0, atol=1e-6):
        draft.faults.add(f"{shown}: the first corner is not its place", where, rule="LOCATION is a corner")
    return corners


def _buildings(draft: Draft, source: SourceDraft, shown: str) -> NDArray[np.float64] | None:
    if not source.buildings:
        return None
    counts = {name: len(source.buildings.get(name, [])) for name in BUILDING_COLUMNS}
    wrong = {name: count for name, count in counts.items() if count != BUILDING_DIRECTIONS}
    if wrong:
        told = ", ".join(f"{count} of {name}" for name, count in wrong.items())
        draft.faults.add(
            f"{shown}: {told}",
            source.record.where,
            rule=f"{BUILDING_DIRECTIONS} values of each of {', '.join(BUILDING_COLUMNS)}",
            cure="complete them",
        )
        return None
    return np.stack([np.array(source.buildings[name]) for name in BUILDING_COLUMNS], axis=1)


def _variation(draft: Draft, source: SourceDraft, shown: str) -> Variation | None:
    if not source.variation_kind:
        return None
    size = VARIATION_SIZES[source.variation_kind]
    if len(source.variation_values) != size:
        draft.faults.add(
            f"{shown}: {len(source.variation_values)} factors of {source.variation_kind}",
            source.variation_where,
            rule=f"{size} factors",
            cure="complete EMISFACT",
        )
    return table_of(source.variation_kind, source.variation_values, source.variation_where)


def finish_sectors(draft: Draft, sectors: SectorDraft, what: str, unit: str) -> Sectored | None:
    """Background or ozone; ``unit`` is that of tables where the deck states none."""
    if not sectors.used:
        return None
    variations: list[Variation | None] = []
    for index in range(len(sectors.starts)):
        kind = sectors.kinds.get(index)
        values = sectors.values.get(index, [])
        if kind is not None and len(values) != VARIATION_SIZES[kind]:
            draft.faults.add(
                f"{what}: {len(values)} values of {kind}",
                sectors.wheres[index],
                rule=f"{VARIATION_SIZES[kind]} values",
                cure="complete the table",
            )
        variations.append(None if kind is None else table_of(kind, values, sectors.wheres[index]))
    count = range(len(sectors.starts))
    return Sectored(
        sectors.starts,
        tuple(variations),
        tuple(sectors.files.get(index) for index in count),
        sectors.unit or unit,
        tuple(sectors.constants.get(index, float("nan")) for index in count),
    )


def finish_groups(draft: Draft) -> tuple[Group, ...]:
    """Groups of sources; a deck without one gets the group ALL."""
    if not draft.groups:
        draft.remarks.append("the deck has no source group: ALL is taken")
        draft.groups["ALL"] = (list(range(len(draft.source_list))), False)
    return tuple(
        Group(name, np.array(members, dtype=np.intp), background)
        for name, (members, background) in draft.groups.items()
    )


def finish_buoyant(draft: Draft) -> tuple[BuoyantGroup, ...]:
    """Groups of buoyant lines with what BLPINPUT says of each."""
    lines = [index for index, source in enumerate(draft.source_list) if source.kind == "BUOYLINE"]
    if not lines:
        return ()
    groups = draft.buoyant_members or {"ALL": lines}
    made = []
    held = [index for members in groups.values() for index in members]
    for index in lines:
        if held.count(index) != 1:
            line = draft.source_list[index]
            what = f"the buoyant line {line.source_id} is in {held.count(index)} groups"
            draft.faults.add(what, line.record.where, rule="one BLPGROUP a line")
    for name, members in groups.items():
        values = draft.buoyant_inputs.get(name)
        if values is None:
            first = draft.source_list[lines[0]].record.where
            draft.faults.add(f"the buoyant lines {name} have no BLPINPUT", first, cure="add it")
            continue
        made.append(BuoyantGroup(name, np.array(members, dtype=np.intp), *values))
    return tuple(made)


def finish_nitrogen(draft: Draft, sources: tuple[Source, ...]) -> NitrogenOptions:
    """How NO₂ is made, with what the method needs."""
    options = draft.options
    if not {"OLM", "ARM2"} & options.keys():
        return NitrogenOptions()
    method = "olm" if "OLM" in options else "arm2"
    where = options[method.upper()]
    if draft.pollutant != "NO2":
        draft.faults.add(f"{method.upper()} for {draft.pollutant}", where, rule="the pollutant is NO2")
    if method == "olm" and not draft.ozone.used:
        draft.faults.add("OLM without ozone", where, rule="OLM needs ozone", cure="add OZONEVAL or OZONEFIL")
    if method == "olm":
        for source in sources:
            if np.isnan(source.no2_ratio):
                draft.faults.add(
                    f"{source.source_id} has no in-stack NO₂/NOₓ",
                    source.where,
                    rule="OLM needs it for every source",
                    cure="add CO NO2STACK or SO NO2RATIO",
                )
    groups = tuple(np.array(members, dtype=np.intp) for members in draft.olm_groups.values())
    counted = np.concatenate([*groups, np.empty(0, dtype=np.intp)])
    if len(np.unique(counted)) != len(counted):
        draft.faults.add("a source is in two OLMGROUPs", where, rule="one group a source")
    smallest, largest = draft.arm_ratios
    return NitrogenOptions(
        "olm" if method == "olm" else "arm2",
        draft.no2_equilibrium,
        smallest,
        largest,
        groups,
        "NOMINO3" not in options,
    )
