"""Keywords of the control pathway (CO)."""

from __future__ import annotations

from sootprint.dispersion.decks.deck import Ignored, UrbanArea
from sootprint.dispersion.decks.draft import (
    FOOT,
    Draft,
    Handler,
    fault,
    ignore,
    numbers_of,
    refuse,
)
from sootprint.dispersion.decks.lines import Record
from sootprint.dispersion.decks.numbers import integer
from sootprint.dispersion.decks.sectors import OZONE

SUPPORTED_OPTIONS = {
    "CONC": "",
    "FLAT": "",
    "ELEV": "",
    "NOSTD": "",
    "OLM": "",
    "ARM2": "",
    "NOMINO3": "",
    "NOURBTRAN": "",
    "NOCHKD": "",
    "WARNCHKD": "",
    "BETA": "permits options and is none itself",
    "ALPHA": "permits options and is none itself",
    "NOWARN": "concerns messages",
    "NODRYDPLT": "there is no depletion by deposition here",
    "NOWETDPLT": "there is no depletion by deposition here",
    "DRYDPLT": "acts on sources with deposition, which are named where they are",
    "WETDPLT": "acts on sources with deposition, which are named where they are",
}
"""Options of MODELOPT that are known here, with the reason where one has no effect of its own."""

REFUSED_OPTIONS = {
    "DEPOS": "deposition",
    "DDEP": "dry deposition",
    "WDEP": "wet deposition",
    "PVMRM": "the NO₂ method PVMRM",
    "GRSM": "the NO₂ method GRSM",
    "TTRM": "the NO₂ method TTRM",
    "TTRM2": "the NO₂ method TTRM2",
    "PSDCREDIT": "increment credits",
    "SCIM": "sampled meteorology (SCIM)",
    "SCREEN": "screening mode",
    "TOXICS": "the shortcuts for area sources",
    "FASTAREA": "the shortcuts for area sources",
    "FASTALL": "the shortcuts for all sources",
    "AREADPLT": "depletion of area sources",
    "ROMBERG": "depletion by deposition",
    "HBP": "highly buoyant plumes",
    "LOW_WIND": "changed low-wind parameters",
    "LOWWIND1": "changed low-wind parameters",
    "LOWWIND2": "changed low-wind parameters",
    "LOWWIND3": "changed low-wind parameters",
    "AREAMNDR": "meander of area sources",
    "RLINEFDH": "the displacement height of RLINE",
    "VECTORWS": "vector wind speeds",
}
"""Options of MODELOPT that are not computed here."""

NO2_CURE = "use OLM or ARM2 instead, knowing that results change"

UNDER_DEFAULT = ("FLAT", "NOSTD", "NOCHKD")
"""Options that have no effect beside DFAULT."""


def _title(draft: Draft, record: Record) -> None:
    draft.titles.append(" ".join(record.fields))


def _options(draft: Draft, record: Record) -> None:
    for word in record.words:
        name = "DFAULT" if word == "DEFAULT" else word
        if name in REFUSED_OPTIONS:
            fault(
                draft,
                record,
                f"the option {word} is not supported: {REFUSED_OPTIONS[name]}",
                cure=NO2_CURE
                if "NO₂" in REFUSED_OPTIONS[name]
                else f"take {word} out, knowing that results change",
            )
        elif name != "DFAULT" and name not in SUPPORTED_OPTIONS:
            fault(draft, record, f"the option {word} is not known", cure="correct its spelling")
        else:
            draft.options[name] = record.where
            if SUPPORTED_OPTIONS.get(name):
                why = SUPPORTED_OPTIONS[name]
                draft.ignored.append(Ignored(f"CO MODELOPT {name}", record.where, why))
    if {"OLM", "ARM2"} <= draft.options.keys():
        fault(draft, record, "both OLM and ARM2", rule="one NO₂ method", cure="take one out")
    if draft.default_options:
        for name in UNDER_DEFAULT:
            if name in record.words:
                draft.remarks.append(f"{record.where}: {name} has no effect beside DFAULT")
                draft.options.pop(name, None)


def _averages(draft: Draft, record: Record) -> None:
    made = []
    for word in record.words:
        hours = integer(word)
        if word in ("PERIOD", "ANNUAL", "MONTH"):
            made.append(word)
        elif hours is not None and hours > 0 and 24 % hours == 0:
            made.append(f"{hours}-HR")
        else:
            fault(draft, record, f"average of {word}", rule="hours that divide 24, MONTH, PERIOD or ANNUAL")
    draft.averages = tuple(dict.fromkeys(made))


def _pollutant(draft: Draft, record: Record) -> None:
    if record.fields:
        draft.pollutant = record.words[0]
    else:
        fault(draft, record, "no name", cure="write the name of the pollutant, or OTHER")


def _decay(draft: Draft, record: Record) -> None:
    values = numbers_of(draft, record, record.fields, 1, 1, "half life [s] or decay coefficient [s⁻¹]")
    if values is None:
        return
    draft.decay_stated = True
    if record.keyword == "DCAYCOEF":
        draft.decay_per_s = values[0]
    elif values[0] > 0:
        draft.decay_per_s = 0.693 / values[0]
    else:
        fault(draft, record, f"half life {values[0]:g}", rule="above 0 [s]")


def set_elevation_unit(draft: Draft, record: Record) -> None:
    """Unit of elevations of the pathway of a record."""
    word = record.words[0] if record.words else ""
    if word in ("METERS", "METER", "M", "FEET"):
        draft.elevation_units[record.pathway] = FOOT if word == "FEET" else 1.0
    else:
        fault(draft, record, f"unit {word!r}", rule="METERS or FEET")


def _flagpole(draft: Draft, record: Record) -> None:
    if not record.fields:
        draft.flagpole = 0.0
        return
    values = numbers_of(draft, record, record.fields, 1, 1, "height of receptors above ground [m]")
    if values is not None and values[0] < 0:
        fault(draft, record, f"height {values[0]:g}", rule="not below 0 [m]")
    elif values is not None:
        draft.flagpole = values[0]


def _run_or_not(draft: Draft, record: Record) -> None:
    if record.words and record.words[0] == "NOT":
        draft.remarks.append(f"{record.where}: RUNORNOT NOT asks for a check only")


def _urban(draft: Draft, record: Record) -> None:
    draft.urban_records.append(record)


def finish_urban_areas(draft: Draft) -> None:
    """Urban areas: with several of them each record begins with a name, with one it does not."""
    several = len(draft.urban_records) > 1
    for record in draft.urban_records:
        fields = record.fields
        name = fields[0].upper() if several and fields else ""
        rest = fields[1:] if several else fields
        numeric = rest[:1] + rest[2:3]
        values = numbers_of(draft, record, numeric, 1, 2, "population, name, roughness length [m]")
        if values is None:
            continue
        roughness = values[1] if len(values) > 1 else 1.0
        if values[0] < 100:
            fault(draft, record, f"population {values[0]:g}", rule="100 or more")
        if not 0 < roughness < 5:
            fault(draft, record, f"roughness length {roughness:g}", rule="above 0 and below 5 [m]")
        if draft.default_options and roughness != 1.0:
            draft.remarks.append(f"{record.where}: a roughness length of 1 m is used beside DFAULT")
            roughness = 1.0
        if any(area.name == name for area in draft.urban_areas):
            fault(draft, record, f"the urban area {name} is there twice")
        draft.urban_areas.append(UrbanArea(name, values[0], roughness))


def _ratio(draft: Draft, record: Record, name: str) -> float | None:
    values = numbers_of(draft, record, record.fields, 1, 1, f"{name} [1]")
    if values is None:
        return None
    if not 0 <= values[0] <= 1:
        fault(draft, record, f"{name} {values[0]:g}", rule="0 to 1")
        return None
    return values[0]


def _no2_stack(draft: Draft, record: Record) -> None:
    draft.no2_stack = _ratio(draft, record, "in-stack NO₂/NOₓ")


def _no2_equilibrium(draft: Draft, record: Record) -> None:
    ratio = _ratio(draft, record, "equilibrium NO₂/NOₓ")
    if ratio is not None and ratio < 0.1:
        fault(draft, record, f"equilibrium NO₂/NOₓ {ratio:g}", rule="0.1 to 1")
    elif ratio is not None:
        draft.no2_equilibrium = ratio


def _arm_ratios(draft: Draft, record: Record) -> None:
    values = numbers_of(draft, record, record.fields, 2, 2, "smallest and largest NO₂/NOₓ [1]")
    if values is None:
        return
    if not 0 < values[0] <= values[1] <= 1:
        fault(draft, record, f"ratios {values[0]:g} and {values[1]:g}", rule="0 < smallest ≤ largest ≤ 1")
        return
    draft.arm_ratios = (values[0], values[1])


_CURE = "take the line out, knowing that results change"

CONTROL: dict[str, Handler] = {
    "TITLEONE": _title,
    "TITLETWO": _title,
    "MODELOPT": _options,
    "AVERTIME": _averages,
    "POLLUTID": _pollutant,
    "HALFLIFE": _decay,
    "DCAYCOEF": _decay,
    "ELEVUNIT": set_elevation_unit,
    "FLAGPOLE": _flagpole,
    "RUNORNOT": _run_or_not,
    "URBANOPT": _urban,
    "NO2STACK": _no2_stack,
    "NO2EQUIL": _no2_equilibrium,
    "ARMRATIO": _arm_ratios,
    **OZONE,
    "DEBUGOPT": ignore("writes intermediate results"),
    "ERRORFIL": ignore("names a file of messages"),
    "EVENTFIL": ignore("prepares a second run for events"),
    "SAVEFILE": ignore("saves a run for going on"),
    "MULTYEAR": ignore("joins summaries of years; hours do not change"),
    "GDSEASON": ignore("acts on sources with gas deposition, which are named where they are"),
    "GDLANUSE": ignore("acts on sources with gas deposition, which are named where they are"),
    "GASDEPDF": ignore("acts on sources with gas deposition, which are named where they are"),
    "INITFILE": refuse("going on from a saved run", _CURE),
    "GASDEPVD": refuse("deposition of gases", _CURE),
    "LOW_WIND": refuse("changed low-wind parameters", _CURE),
    "AWMADWNW": refuse("alternative building downwash", _CURE),
    "ORD_DWNW": refuse("alternative building downwash", _CURE),
    "ARCFTOPT": refuse("plume rise of aircraft", _CURE),
    "NOXVALUE": refuse("background NOₓ of the method GRSM", _CURE),
    "NOX_FILE": refuse("background NOₓ of the method GRSM", _CURE),
    "NOX_VALS": refuse("background NOₓ of the method GRSM", _CURE),
    "NOX_UNIT": refuse("background NOₓ of the method GRSM", _CURE),
    "NOXSECTR": refuse("background NOₓ of the method GRSM", _CURE),
} | {
    name: refuse("leaving out measured turbulence", _CURE)
    for name in (
        "NOTURB",
        "NOTURBST",
        "NOTURBCO",
        "NOSA",
        "NOSW",
        "NOSAST",
        "NOSWST",
        "NOSACO",
        "NOSWCO",
    )
}
"""Handlers of the keywords of CO."""
