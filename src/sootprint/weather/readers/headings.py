"""Headings and units of weather tables in English and Russian."""

from __future__ import annotations

import re

import pandas as pd

from sootprint.core.schema import columns as schema_columns

HEADINGS: dict[str, str] = {
    "time": "time|date|datetime|date time|timestamp|time start|date utc|time utc|local time|date local|valid|"
    "дата|дата время|дата и время|дата/время|время начала|срок|уақыты|күні",
    "clock": "hour|clock|hh:mm|час|время|сағат",
    "station_id": "station|station id|site|site id|post|stationid|станция|пост|код станции|номер поста",
    "duration_s": "duration|duration s|averaging s|осреднение",
    "wind_speed": "ws|wspd|ff|wind speed|windspeed|wind velocity|speed|u10|wind|скорость ветра|"
    "ветер скорость|средняя скорость ветра|жел жылдамдығы",
    "wind_from_direction": "wd|wdir|dd|wind dir|wind direction|winddirection|wind from direction|direction|"
    "направление ветра|ветер направление|румб|жел бағыты",
    "measurement_height": "measurement height|anemometer height|высота анемометра|высота измерения",
    "air_temperature": "t|ta|temp|tair|t2m|air temp|temperature|air temperature|температура|"
    "температура воздуха|ауа температурасы",
    "pressure": "p|press|pressure|po|station pressure|air pressure|давление|атмосферное давление|"
    "давление на уровне станции|қысым",
    "humidity": "rh|hum|humid|humidity|relative humidity|u|влажность|относительная влажность|ылғалдылық",
    "cloud": "n|cloud|clouds|cloud cover|total cloud|tcc|cloudiness|облачность|общая облачность|"
    "количество облаков|бұлттылық",
    "radiation": "radiation|solar radiation|global radiation|ghi|ssrd|swdown|солнечная радиация|"
    "суммарная радиация|радиация",
    "precipitation": "precipitation|precip|rain|rainfall|rrr|осадки|количество осадков|жауын-шашын",
    "stability_class": "stability|stability class|pasquill|класс устойчивости|устойчивость",
    "mixing_height": "mixing height|pblh|blh|boundary layer height|mixing layer height|hpbl|"
    "высота слоя перемешивания|слой перемешивания",
    "friction_velocity": "friction velocity|ustar|u*|динамическая скорость|скорость трения",
    "obukhov_length": "obukhov length|monin obukhov length|l mo|масштаб обухова|длина обухова",
    "sensible_heat_flux": "sensible heat flux|heat flux|поток тепла",
    "roughness_length": "roughness|roughness length|z0|шероховатость",
}
"""Headings of each column, plain and divided by bars; our own names are known too."""

UNITS: dict[str, dict[str, tuple[float, float]]] = {
    "wind_speed": {
        "m/s": (1.0, 0.0),
        "km/h": (1 / 3.6, 0.0),
        "kn": (1852 / 3600, 0.0),
        "mph": (0.44704, 0.0),
    },
    "wind_from_direction": {"deg": (1.0, 0.0)},
    "air_temperature": {"C": (1.0, 273.15), "K": (1.0, 0.0), "F": (5 / 9, 273.15 - 160 / 9)},
    "pressure": {"Pa": (1.0, 0.0), "hPa": (100.0, 0.0), "kPa": (1000.0, 0.0), "mmHg": (133.322387415, 0.0)},
    "humidity": {"%": (0.01, 0.0), "fraction": (1.0, 0.0)},
    "cloud": {"fraction": (1.0, 0.0), "oktas": (1 / 8, 0.0), "tenths": (0.1, 0.0), "%": (0.01, 0.0)},
    "radiation": {"W/m2": (1.0, 0.0)},
    "precipitation": {"mm": (1.0, 0.0)},
    "mixing_height": {"m": (1.0, 0.0), "km": (1000.0, 0.0)},
}
"""Factor and offset to SI of each unit; 1 mmHg = 133.322 Pa (NIST SP 811)."""

_SPELLINGS: dict[str, str] = {
    "m/s": "m/s|m s-1|ms-1|mps|м/с|м/сек",
    "km/h": "km/h|kmh|kph|км/ч",
    "kn": "kn|kt|kts|knots|узлы|уз",
    "mph": "mph",
    "deg": "deg|degree|degrees|°|град|градусы|градус",
    "C": "c|°c|degc|deg c|celsius|град c|град с|°с|с",
    "K": "k|kelvin|к",
    "F": "f|°f|degf",
    "Pa": "pa|па",
    "hPa": "hpa|mb|mbar|гпа|мб|мбар",
    "kPa": "kpa|кпа",
    "mmHg": "mmhg|mm hg|torr|мм рт ст|мм ртст|ммртст|мм",
    "%": "%|percent|проц",
    "fraction": "fraction|1|0-1|доля|доли|доля единицы",
    "oktas": "okta|oktas|octas|/8|1/8|окт|октанты|октант",
    "tenths": "tenths|/10|1/10|баллы|балл|баллов",
    "W/m2": "w/m2|w m-2|wm-2|вт/м2|вт/м²|w/m²",
    "mm": "mm|мм",
    "m": "m|м|metres|meters",
    "km": "km|км",
}

COMPASS = {
    name: step * 22.5
    for names in (
        "N NNE NE ENE E ESE SE SSE S SSW SW WSW W WNW NW NNW",
        "С ССВ СВ ВСВ В ВЮВ ЮВ ЮЮВ Ю ЮЮЗ ЮЗ ЗЮЗ З ЗСЗ СЗ ССЗ",
    )
    for step, name in enumerate(names.split())
}
"""Middle of the 16 compass points [degrees], English and Russian."""

CALM_WORDS = {"CALM", "ШТИЛЬ", "VRB", "ПЕРЕМ", "ПЕРЕМЕННЫЙ", "VAR"}
"""Words in a direction column that stand for no direction."""


def plain(heading: str) -> str:
    """Heading without case, unit and punctuation: ``Wind Speed (m/s)`` and ``wind_speed`` are one."""
    text = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", heading.casefold().replace("ё", "е"))
    text = text.split(",")[0]
    return re.sub(r"[\s_\-.:]+", " ", text).strip()


def heading_index() -> dict[str, str]:
    """Plain heading to our column."""
    made = {}
    for column, text in HEADINGS.items():
        for alias in text.split("|"):
            made[plain(alias)] = column
    own = [name for name in schema_columns("weather") if name not in {"source_file", "source_row", "samples"}]
    for name in own:
        made.setdefault(plain(name), "time" if name == "time_start" else name)
    return made


def unit_in(heading: str) -> str | None:
    """Unit that a heading states in brackets or after a comma, as written."""
    match = re.search(r"[\[(]([^\])]*)[\])]", heading)
    if match:
        return match[1].strip()
    return heading.rsplit(",", 1)[1].strip() if "," in heading else None


def unit_key(text: str, column: str) -> str | None:
    """Our name of a unit of a column; None if it is not one of its units."""
    wanted = text.casefold().replace(".", "").strip()
    for key in UNITS.get(column, {}):
        if wanted in {
            spelling.replace(".", "") for spelling in (key.casefold(), *_SPELLINGS[key].split("|"))
        }:
            return key
    return None


def guess_unit(column: str, values: pd.Series, heading: str) -> tuple[str, str] | None:
    """Unit and reason from the range of the values; None if the range leaves more than one choice."""
    known = values.dropna()
    if known.empty:
        return next(iter(UNITS[column])), "the column is empty"
    middle, high = float(known.median()), float(known.max())
    if column == "air_temperature":
        return ("K", f"median {middle:g}") if middle > 150 else ("C", f"median {middle:g}")
    if column == "pressure":
        if middle > 30_000:
            return "Pa", f"median {middle:g}"
        if middle > 820:
            return "hPa", f"median {middle:g}"
        if middle < 120:
            return ("kPa", f"median {middle:g}") if middle > 40 else None
        russian = re.search(r"[а-я]", heading.casefold()) is not None
        return ("mmHg", f"median {middle:g} and a Russian heading") if russian and middle > 500 else None
    if column == "humidity":
        return ("fraction", f"maximum {high:g}") if high <= 1.05 else ("%", f"maximum {high:g}")
    if column == "cloud":
        names = ((1.0, "fraction"), (8.0, "oktas"), (10.0, "tenths"))
        found = next((name for limit, name in names if high <= limit), "%")
        return found, f"maximum {high:g}"
    return next(iter(UNITS[column])), "the usual unit"
