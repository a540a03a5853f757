"""Keywords of the source pathway (SO)."""

from __future__ import annotations

from sootprint.dispersion.decks.control import set_elevation_unit
from sootprint.dispersion.decks.deck import (
    BUILDING_COLUMNS,
    POINT_KINDS,
    SOURCE_KINDS,
    HourlyFile,
    Unsupported,
)
from sootprint.dispersion.decks.draft import (
    Draft,
    Handler,
    SourceDraft,
    extend,
    fault,
    ignore,
    numbers_of,
    refuse,
    repeated_values,
)
from sootprint.dispersion.decks.lines import Record, find_file
from sootprint.dispersion.decks.numbers import number
from sootprint.dispersion.decks.sectors import (
    VARIATION_SIZES,
    sector_and_rest,
    sector_file,
    sector_starts,
    sector_values,
    set_unit,
)
from sootprint.dispersion.decks.selecting import select, selected

LONGEST_SOURCE_NAME = 12
LONGEST_GROUP_NAME = 8
LOWEST_ELEVATION = -9998.99
"""Elevations below this one mean that there is none [m]."""

BUILDING_DIRECTIONS = 36
MAXIMUM_CORNERS = 20_000

LINE_KINDS = ("LINE", "RLINE", "BUOYLINE")

PARAMETERS = {
    **dict.fromkeys(POINT_KINDS, (5, 5, "rate, height, temperature, velocity, diameter")),
    "VOLUME": (4, 4, "rate, height, sigma y, sigma z"),
    "AREA": (3, 6, "rate, height, east side, north side, angle, sigma z"),
    "AREAPOLY": (3, 4, "rate, height, number of corners, sigma z"),
    "AREACIRC": (3, 5, "rate, height, radius, number of corners, sigma z"),
    "LINE": (3, 4, "rate, height, width, sigma z"),
    "RLINE": (3, 4, "rate, height, width, sigma z"),
    "RLINEXT": (4, 4, "rate, offset, width, sigma z"),
    "BUOYLINE": (2, 2, "rate, height"),
    "OPENPIT": (5, 6, "rate, height, east side, north side, volume, angle"),
    "SWPOINT": (1, 12, "parameters"),
}
"""Least and largest number of values of SRCPARAM, and what they are, by kind of source."""

BACKGROUND_WORDS = ("BACKGROUND", "BACKGRND")


def _location(draft: Draft, record: Record) -> None:
    words = record.words
    if len(words) < 4:
        fault(draft, record, "too few fields", rule="name, kind, coordinates, base elevation")
        return
    name, kind = words[0], "OPENPIT" if words[1] in ("OPEN_PIT", "OPEN-PIT") else words[1]
    if kind not in SOURCE_KINDS:
        fault(draft, record, f"the kind of source {kind!r} is not known", rule=", ".join(SOURCE_KINDS))
        return
    if name in draft.sources or name in BACKGROUND_WORDS or len(name) > LONGEST_SOURCE_NAME:
        rule = f"a name occurs once, has at most {LONGEST_SOURCE_NAME} letters and is not BACKGROUND"
        fault(draft, record, f"the source name {name!r}", rule=rule, cure="give it another name")
        return
    count = 4 if kind in LINE_KINDS else 6 if kind == "RLINEXT" else 2
    texts = record.fields[2:]
    flat = len(texts) == count + 1 and texts[count].upper() == "FLAT"
    if flat and not draft.flat_sources:
        fault(draft, record, "a flat source", rule="FLAT beside ELEV in MODELOPT, without DFAULT")
        return
    if flat:
        texts = texts[:count]
    values = numbers_of(draft, record, texts, count, count + 1, "coordinates, base elevation [m]")
    if values is None:
        return
    elevation = values[count] if len(values) > count else 0.0
    if elevation < LOWEST_ELEVATION:
        fault(
            draft, record, f"the elevation {elevation:g} is missing", cure="give the elevation of the source"
        )
    if kind in LINE_KINDS:
        x, y = 0.5 * (values[0] + values[2]), 0.5 * (values[1] + values[3])
    else:
        x, y = values[0], values[1]
    ends = values[:count] if count > 2 else ()
    elevation *= draft.elevation_unit("SO")
    draft.sources[name] = SourceDraft(name, kind, record, x, y, elevation, flat, ends)


def _parameters(draft: Draft, record: Record) -> None:
    for source in selected(draft, record, record.fields[:1]):
        least, most, names = PARAMETERS[source.kind]
        values = numbers_of(draft, record, record.fields[1:], least, most, names)
        if source.parameters is not None:
            fault(draft, record, f"{source.source_id} has parameters already", cure="take one line out")
        source.parameters = values


def _corners(draft: Draft, record: Record) -> None:
    for source in selected(draft, record, record.fields[:1]):
        if source.kind != "AREAPOLY":
            fault(draft, record, f"{source.source_id} is {source.kind}", rule="corners are for AREAPOLY")
            continue
        values = numbers_of(draft, record, record.fields[1:], 2, 10_000, "x and y of each corner [m]")
        extend(source.corners, list(values or ()), MAXIMUM_CORNERS)


def _buildings(draft: Draft, record: Record) -> None:
    values = repeated_values(draft, record, record.fields[1:], BUILDING_DIRECTIONS)
    if record.keyword.startswith("BUILD") and any(value < 0 for value in values):
        fault(draft, record, "a length below 0", rule="not below 0 [m]")
    for source in selected(draft, record, record.fields[:1]):
        if source.kind not in POINT_KINDS and source.kind != "SWPOINT":
            fault(draft, record, f"{source.source_id} is {source.kind}", rule="buildings are for stacks")
            continue
        extend(source.buildings.setdefault(record.keyword, []), values, BUILDING_DIRECTIONS)


def _emission_factors(draft: Draft, record: Record) -> None:
    kind = record.words[1] if len(record.fields) > 1 else ""
    if kind not in VARIATION_SIZES or kind == "ANNUAL":
        fault(draft, record, f"kind of factors {kind!r}", rule=", ".join(list(VARIATION_SIZES)[1:]))
        return
    values = repeated_values(draft, record, record.fields[2:], VARIATION_SIZES[kind])
    if any(value < 0 for value in values):
        fault(draft, record, "a factor below 0", rule="factors are not below 0")
    for source in selected(draft, record, record.fields[:1]):
        if source.hourly or source.variation_kind not in ("", kind):
            other = source.variation_kind or "HOUREMIS"
            fault(
                draft, record, f"{source.source_id} varies with {other} already", rule="one kind for a source"
            )
            continue
        source.variation_kind = kind
        source.variation_where = source.variation_where or record.where
        extend(source.variation_values, values, VARIATION_SIZES[kind])


def _hourly_emissions(draft: Draft, record: Record) -> None:
    if len(record.fields) < 2:
        fault(draft, record, "too few fields", rule="file, then sources or ALL")
        return
    path = find_file(record.fields[0], record.file.parent, record.where, draft.faults)
    chosen = draft.source_list if record.words[1] == "ALL" else selected(draft, record, record.fields[1:])
    for source in chosen:
        if source.variation_kind:
            fault(draft, record, f"{source.source_id} has EMISFACT too", rule="one kind for a source")
        source.hourly = True
    if path is not None:
        draft.hourly_emissions[path] = HourlyFile(path, "", "HOUREMIS", record.where)


def _urban_sources(draft: Draft, record: Record) -> None:
    if not draft.urban_areas:
        fault(draft, record, "there is no urban area", cure="declare it by CO URBANOPT")
        return
    if record.words == ("ALL",) and len(draft.urban_areas) == 1:
        area, chosen = 0, draft.source_list
    elif len(draft.urban_areas) > 1:
        names = [item.name for item in draft.urban_areas]
        if not record.words or record.words[0] not in names:
            fault(draft, record, f"urban area {record.words[:1]}", rule=f"one of {', '.join(names)}")
            return
        area, chosen = names.index(record.words[0]), selected(draft, record, record.fields[1:])
    else:
        area, chosen = 0, selected(draft, record, record.fields)
    for source in chosen:
        if source.urban_area not in (-1, area):
            fault(
                draft,
                record,
                f"{source.source_id} is in another urban area already",
                rule="one area a source",
            )
        source.urban_area = area


def _no2_ratio(draft: Draft, record: Record) -> None:
    value = number(record.fields[1]) if len(record.fields) == 2 else None
    if value is None or not 0 <= value <= 1:
        fault(draft, record, f"{' '.join(record.fields)!r}", rule="source, and NO₂/NOₓ in its stack, 0 to 1")
        return
    for source in selected(draft, record, record.fields[:1]):
        source.no2_ratio = value


def _source_group(draft: Draft, record: Record) -> None:
    words = record.words
    if not words or len(words[0]) > LONGEST_GROUP_NAME or (len(words) == 1 and words[0] != "ALL"):
        fault(draft, record, f"{' '.join(words)!r}", rule="name of up to 8 letters, then sources; or ALL")
        return
    members, background = draft.groups.setdefault(words[0], ([], False))
    rest = [text for text in record.fields[1:] if text.upper() not in BACKGROUND_WORDS]
    background = background or len(rest) < len(record.fields) - 1
    if background and not draft.background.used:
        fault(draft, record, "there is no background", cure="declare it by BACKGRND")
    if words[0] == "ALL":
        rest = [text for text in rest if text.upper() not in ("NOBACKGROUND", "NOBACKGRND")]
        if rest:
            fault(draft, record, "the group ALL with names", rule="ALL holds every source")
        members[:] = range(len(draft.sources))
    else:
        members[:] = sorted({*members, *select(draft, record, tuple(rest))})
    draft.groups[words[0]] = (members, background)


def _olm_group(draft: Draft, record: Record) -> None:
    _members(draft, record, draft.olm_groups, SOURCE_KINDS)


def _buoyant_group(draft: Draft, record: Record) -> None:
    _members(draft, record, draft.buoyant_members, ("BUOYLINE",))


def _members(draft: Draft, record: Record, groups: dict[str, list[int]], kinds: tuple[str, ...]) -> None:
    words = record.words
    if not words or (len(words) == 1 and words[0] != "ALL"):
        fault(draft, record, f"{' '.join(words)!r}", rule="name, then sources; or ALL")
        return
    if words[0] == "ALL":
        chosen = [index for index, source in enumerate(draft.source_list) if source.kind in kinds]
    else:
        chosen = select(draft, record, record.fields[1:])
    groups[words[0]] = sorted({*groups.get(words[0], []), *chosen})


def _buoyant_input(draft: Draft, record: Record) -> None:
    named = len(record.fields) == 7
    texts = record.fields[1:] if named else record.fields
    values = numbers_of(
        draft, record, texts, 6, 6, "length, height, width of buildings, width, separation, buoyancy of lines"
    )
    if values is not None:
        draft.buoyant_inputs[record.words[0] if named else "ALL"] = values


def _unit(draft: Draft, record: Record) -> None:
    factor = number(record.fields[0]) if record.fields else None
    if factor is None or factor <= 0 or len(record.fields) != 3:
        fault(
            draft,
            record,
            f"{' '.join(record.fields)!r}",
            rule="factor, unit of emission, unit of concentration",
        )
        return
    label = record.words[2]
    if not label.startswith(("MICROG", "UG")):
        fault(
            draft,
            record,
            f"concentrations in {label}",
            rule="results are written in µg m⁻³",
            cure="write a factor and the unit MICROGRAMS/M**3",
        )
        return
    draft.emission_factor = factor


def _background(draft: Draft, record: Record) -> None:
    place = sector_and_rest(draft, record, draft.background)
    if place is None:
        return
    index, fields = place
    if fields and fields[0].upper() == "HOURLY":
        if len(fields) < 2:
            fault(draft, record, "no file", cure="name the hourly file")
            return
        sector_file(draft, record, draft.background, index, fields[1:], "")
    else:
        sector_values(draft, record, draft.background, index, fields)


def _background_unit(draft: Draft, record: Record) -> None:
    if record.words[:1] in (("PPB",), ("PPM",)) and draft.pollutant not in ("NO2", "SO2", "CO"):
        fault(draft, record, f"{record.words[0]} of {draft.pollutant}", rule="NO2, SO2 or CO, else UG/M3")
        return
    set_unit(draft, record, draft.background)


def _background_sectors(draft: Draft, record: Record) -> None:
    sector_starts(draft, record, draft.background)


def _not_computed(what: str) -> Handler:
    """Handler of a keyword that makes the sources it names ones that are not computed."""

    def handle(draft: Draft, record: Record) -> None:
        cure = (
            f"run the other sources by themselves, or take {record.keyword} out, knowing that results change"
        )
        for source in selected(draft, record, record.fields[:1]):
            draft.unsupported.append(Unsupported(source.source_id, what, record.where, cure))

    return handle


def _line_conversion(draft: Draft, record: Record) -> None:
    cure = "convert the emissions beforehand and take RLEMCONV out"
    for source in draft.source_list:
        if source.kind in ("RLINE", "RLINEXT"):
            draft.unsupported.append(
                Unsupported(source.source_id, "conversion of emissions", record.where, cure)
            )


SOURCES_AT_ONCE: dict[str, Handler] = {
    "ELEVUNIT": set_elevation_unit,
    "LOCATION": _location,
    "BACKGRND": _background,
    "BACKUNIT": _background_unit,
    "BGSECTOR": _background_sectors,
    "EMISUNIT": _unit,
    "CONCUNIT": _unit,
    "DEPOUNIT": ignore("concerns deposition"),
    "BLPINPUT": _buoyant_input,
}
"""Handlers of the keywords of SO that are followed line by line."""

_DEPOSITION = "deposition and settling"

SOURCES_LATER: dict[str, Handler] = {
    "SRCPARAM": _parameters,
    "AREAVERT": _corners,
    **dict.fromkeys(BUILDING_COLUMNS, _buildings),
    "EMISFACT": _emission_factors,
    "HOUREMIS": _hourly_emissions,
    "URBANSRC": _urban_sources,
    "NO2RATIO": _no2_ratio,
    "SRCGROUP": _source_group,
    "OLMGROUP": _olm_group,
    "BLPGROUP": _buoyant_group,
    "PARTDIAM": _not_computed(_DEPOSITION),
    "MASSFRAX": _not_computed(_DEPOSITION),
    "PARTDENS": _not_computed(_DEPOSITION),
    "METHOD_2": _not_computed(_DEPOSITION),
    "GASDEPOS": _not_computed(_DEPOSITION),
    "RBARRIER": _not_computed("a road beside barriers"),
    "RDEPRESS": _not_computed("a depressed road"),
    "PLATFORM": _not_computed("downwash of platforms"),
    "HBPSRCID": _not_computed("highly buoyant plumes"),
    "ARCFTSRC": _not_computed("plume rise of aircraft"),
    "RLEMCONV": _line_conversion,
    "PSDGROUP": refuse("increment credits", "group the sources by SRCGROUP"),
}
"""Handlers of the keywords of SO that name sources: they are followed once all sources are known."""
