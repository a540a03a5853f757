"""Headings: which column is what, in which unit, in English, Russian and Kazakh."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from sootprint.core.errors import ConfigError, InputError
from sootprint.core.pollutants import find_pollutant
from sootprint.core.raw import RawTable
from sootprint.core.units import MASS_UNITS, MIXING_RATIO_UNITS, unit_name
from sootprint.monitors.readers.draft import Log
from sootprint.monitors.readers.options import Options

ROLES: dict[str, tuple[str, ...]] = {
    "time": (
        *(
            "time",
            "datetime",
            "date time",
            "date/time",
            "timestamp",
            "time start",
            "date start",
            "start time",
        ),
        *("time end", "end time", "time utc", "datetime utc", "date utc", "sampling time", "stamp"),
        *("дата и время", "дата/время", "дата время", "время отбора", "күні мен уақыты"),
    ),
    "date": ("date", "day", "дата", "күні", "дата отбора"),
    "hour": ("hour", "час", "время", "уақыты", "сағат", "срок"),
    "station": (
        *(
            "station",
            "station id",
            "stationid",
            "site",
            "site id",
            "post",
            "post id",
            "monitor",
            "location id",
        ),
        *("пост", "код поста", "номер поста", "станция", "пнз", "№ пнз", "бекет", "location"),
    ),
    "station_name": ("station name", "name", "site name", "название", "название поста", "наименование поста"),
    "pollutant": (
        *("pollutant", "parameter", "substance", "species", "code", "вещество", "примесь", "показатель"),
        *("загрязняющее вещество", "наименование вещества", "ластаушы зат"),
    ),
    "value": ("value", "concentration", "conc", "result", "reading", "значение", "концентрация", "мәні"),
    "unit": (
        "unit",
        "units",
        "единица",
        "единицы",
        "единица измерения",
        "ед изм",
        "ед. изм",
        "өлшем бірлігі",
    ),
    "lon": ("lon", "longitude", "lng", "long", "долгота", "бойлық", "longitude wgs84"),
    "lat": ("lat", "latitude", "широта", "ендік", "latitude wgs84"),
    "district": ("district", "city district", "район", "район города", "аудан", "ауданы"),
    "organisation": (
        *("organisation", "organization", "organization name", "organisation name", "operator", "owner"),
        *("организация", "предприятие", "ұйым"),
    ),
    "duration_s": ("duration s", "duration"),
    "elevation_m": ("elevation m", "elevation", "altitude", "высота над уровнем моря"),
    "inlet_height_m": ("inlet height m", "inlet height"),
    "kind": ("kind", "type", "тип"),
    "wind_speed": (
        "ws",
        "wind speed",
        "windspeed",
        "wspd",
        "wind speed m s",
        "скорость ветра",
        "жел жылдамдығы",
    ),
    "wind_from_direction": (
        *("wd", "wind direction", "winddirection", "wdir", "wind from direction", "wind dir"),
        *("направление ветра", "жел бағыты"),
    ),
    "air_temperature": (
        "air temperature",
        "temperature",
        "temp",
        "t2m",
        "температура",
        "температура воздуха",
    ),
    "pressure": ("pressure", "air pressure", "press", "давление", "атмосферное давление"),
    "humidity": ("humidity", "rh", "relative humidity", "humid", "влажность", "относительная влажность"),
}
"""Spellings of each role, in small letters with blanks for marks; the first that is found is taken."""

WEATHER_ROLES = ("wind_speed", "wind_from_direction", "air_temperature", "pressure", "humidity")

_MASS = r"(?:ng|ug|µg|μg|mcg|mg|g|нг|мкг|мг)"
_CONCENTRATION = rf"(?:{_MASS}\s*(?:/|per|_per_|_|\s)?\s*(?:n?m|н?м)\s*[\^*]*(?:-?3|³|⁻³)|ppt|ppb|ppm)"
_OTHER_UNIT = (
    r"(?:m/s|m s-1|m s⁻¹|м/с|km/h|км/ч|kn|kt|knots|°c|degc|deg c|c|k|°|deg|degrees?|град|%|hpa|гпа|pa|па|kpa|"
    r"mmhg|mm hg|мм рт\.? ?ст\.?|mbar)"
)
_UNIT_END = re.compile(
    rf"^(?P<name>.*?)[\s_,;:/]*[(\[]?\s*(?P<unit>{_CONCENTRATION})\s*[)\]]?[\s.]*$", re.IGNORECASE | re.DOTALL
)
_OTHER_END = re.compile(
    rf"^(?P<name>.*?)(?:[\s_,]+|[\s_,]*[(\[]\s*)(?P<unit>{_OTHER_UNIT})\s*[)\]]?$", re.IGNORECASE
)
_AVERAGING = re.compile(
    r"[\s_(]+(?:\d+\s*(?:h|hr|hour|hours|min|minutes?|ч|час|мин)|hourly|daily|mean|avg|average|conc|concentration"
    r"|концентрация)\)?$",
    re.IGNORECASE,
)
TYPED = re.compile(r"\s*\((?:S|N|B)\)$")
"""Type that some exports append to each heading: string, number, boolean."""

_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


@dataclass(frozen=True)
class Heading:
    """A heading taken apart."""

    text: str
    name: str
    unit: str = ""
    pollutant: str | None = None


@lru_cache(maxsize=20_000)
def parse_heading(text: str) -> Heading:
    """Name, unit and pollutant of a heading such as ``SO2_1h_ugm3`` or ``Диоксид серы, мг/м³``."""
    plain = TYPED.sub("", text.strip().translate(_SUBSCRIPTS))
    match = _UNIT_END.match(plain) if len(plain) <= 200 else None
    name, unit = (match["name"], concentration_unit(match["unit"])) if match else (plain, "")
    if not match and len(plain) <= 200 and (other := _OTHER_END.match(plain)):
        name, unit = other["name"], other["unit"].casefold()
    name = name.strip(" ,;:_([")
    pollutant = _pollutant(name)
    while pollutant is None and (shorter := _AVERAGING.sub("", name)) != name:
        name = shorter.strip(" ,;:_")
        pollutant = _pollutant(name)
    if pollutant is None and not match:
        whole = _pollutant(plain)
        return Heading(text, plain if whole else name, "" if whole else unit, whole)
    return Heading(text, name, unit, pollutant)


def _pollutant(name: str) -> str | None:
    # "No" heads row numbers far more often than nitric oxide, and "As", "Be" are words.
    if name in {"No", "no", "as", "be", "As", "Be", "№"}:
        return None
    return find_pollutant(name) or find_pollutant(re.sub(r"[\s_]+", "", name))


def concentration_unit(text: str) -> str:
    """Plain name of a concentration unit; text that is none is kept."""
    plain = unit_name(text.replace("_", " ").replace("⁻", "-").strip())
    if plain in MASS_UNITS or plain in MIXING_RATIO_UNITS:
        return plain
    match = re.fullmatch(rf"(?P<mass>{_MASS})\s*(?:/|per)?\s*n?[mм]\s*[\^*]*-?3", plain.replace("³", "3"))
    if match:
        mass = match["mass"].replace("мкг", "ug").replace("мг", "mg").replace("нг", "ng").replace("mcg", "ug")
        return f"{mass.replace('µg', 'ug').replace('μg', 'ug')}/m3"
    return plain


def is_concentration(unit: str) -> bool:
    """Whether a unit is one of a concentration."""
    return concentration_unit(unit) in {*MASS_UNITS, *MIXING_RATIO_UNITS}


def _key(text: str) -> str:
    return " ".join(re.sub(r"[_\s()\[\],:;]+", " ", text.casefold()).split()).strip(". ")


@lru_cache(maxsize=20_000)
def role_of(text: str) -> str | None:
    """Role of a heading by its spelling, unit or not."""
    whole, bare = _key(TYPED.sub("", text)), _key(parse_heading(text).name)
    for spelling in (whole, bare):
        for role, names in ROLES.items():
            if spelling in names or spelling == role.replace("_", " "):
                return role
    return None


def pick_sheet(tables: list[RawTable], options: Options, log: Log) -> RawTable:
    """Sheet to read: the stated one, or the first whose headings are known.

    Raises
    ------
    ConfigError
        If the stated sheet is not in the file.
    """
    if options.sheet is not None:
        for table in tables:
            if table.sheet == options.sheet:
                return table
        raise ConfigError(
            f"sheet {options.sheet!r} is not in the file",
            where=log.file,
            cure=f"one of: {', '.join(table.sheet for table in tables)}",
        )
    if len(tables) == 1:
        return tables[0]
    scores = [max((_score(row) for row in _first_rows(table)), default=0) for table in tables]
    table = tables[scores.index(max(scores))]
    names = ", ".join(item.sheet for item in tables)
    log.guess("sheet", table.sheet, f"its headings are known best among {names}", f'sheet = "{table.sheet}"')
    return table


def _first_rows(table: RawTable) -> list[list[str]]:
    return [[str(cell) for cell in row] for row in table.cells.head(30).to_numpy().tolist()]


def _score(row: list[str]) -> int:
    texts = {text for text in row if 0 < len(text) <= 120}
    return sum(1 for text in texts if role_of(text) or parse_heading(text).pollutant)


def header_row(table: RawTable, options: Options, log: Log) -> int:
    """Row number of the headings: stated, or the first row of the highest number of known headings.

    Raises
    ------
    ConfigError
        If the stated row is not in the file.
    """
    if options.header_row is not None:
        if options.header_row not in table.cells.index:
            raise ConfigError(
                f"header_row = {options.header_row}, but the file ends at row {len(table.cells)}",
                where=table.place(),
            )
        return options.header_row
    named = set((options.columns or {}).values())
    rows = _first_rows(table)
    if not rows:
        return 1
    scores = [_score(row) + 2 * len(named & {" ".join(text.split()) for text in row}) for row in rows]
    at = scores.index(max(scores)) + 1
    if at != 1:
        log.guess("header row", str(at), "its headings are known best", f"header_row = {at}")
    return at


def map_columns(body: pd.DataFrame, options: Options, log: Log) -> dict[str, str]:
    """Heading of each role: stated ones first, then by spelling, each guess noted.

    Raises
    ------
    ConfigError
        If a stated heading is not in the file.
    """
    headings = [str(name) for name in body.columns]
    found: dict[str, str] = {}
    for role, heading in (options.columns or {}).items():
        if heading not in headings:
            raise ConfigError(
                f"column {heading!r}, stated for {role}, is not in the file",
                where=log.file,
                cure=f"one of: {', '.join(headings[:40])}",
            )
        found[role] = heading
    taken = set(found.values())
    by_role: dict[str, list[str]] = {}
    for heading in headings:
        if heading in taken or heading.startswith("column "):
            continue
        if (known := role_of(heading)) is not None:
            by_role.setdefault(known, []).append(heading)
    for role, candidates in by_role.items():
        if role in found:
            continue
        best = min(candidates, key=lambda text: _rank(role, text))
        found[role] = best
        if _key(best) != role.replace("_", " "):
            log.guess(f"column {role}", best, "the heading reads so", f'columns.{role} = "{best}"')
    if "time" not in found and "hour" in found and "date" not in found:
        found["time"] = found.pop("hour")
    return found


def _rank(role: str, text: str) -> int:
    names = ROLES[role]
    keys = {_key(TYPED.sub("", text)), _key(parse_heading(text).name)}
    return min((names.index(key) for key in keys if key in names), default=len(names))


def stamp_cells(body: pd.DataFrame, found: dict[str, str], log: Log) -> tuple[pd.Series, str]:
    """Cells that hold the stamps, joined from a date and an hour column where they are apart, and heading.

    Raises
    ------
    InputError
        If no column holds a date.
    """
    if "time" in found and "date" in found:
        first = body[found["time"]].astype(str)
        clock_only = first.str.fullmatch(r"\s*\d{1,2}(?:[:.]\d{2}){0,2}\s*").mean() > 0.5
        if not clock_only:
            return first, found["time"]
        return _join(body, found["date"], found["time"], log)
    if "time" in found:
        return body[found["time"]].astype(str), found["time"]
    if "date" in found and "hour" in found:
        if body[found["date"]].astype(str).str.contains(":", regex=False).mean() > 0.5:
            return body[found["date"]].astype(str), found["date"]
        return _join(body, found["date"], found["hour"], log)
    if "date" in found:
        return body[found["date"]].astype(str), found["date"]
    raise InputError(
        "no column holds the time of the readings",
        where=log.file,
        cure=f'state it: [files."{log.file}"] columns.time = "heading", one of: '
        + ", ".join(map(str, body.columns[:40])),
    )


def _join(body: pd.DataFrame, date: str, clock: str, log: Log) -> tuple[pd.Series, str]:
    log.guess("time", f"{date} and {clock} together", "one holds days, the other clock times", "columns.time")
    days = body[date].astype(str).str.strip().str.replace(r"[ T]00:00(:00)?$", "", regex=True)
    return days + " " + body[clock].astype(str).str.strip(), date
