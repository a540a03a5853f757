"""Headings of the Kazakh and Russian inventory form: merged lines of headings to fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sootprint.core.raw import RawTable

HEADER_LINES = 8
"""Most lines that the merged headings of a form take."""

SEARCH_ROWS = 60
"""Rows from the top in which the headings are looked for."""

FIELDS: dict[str, str] = {
    "g_s": r"\bг/с",
    "mg_nm3": r"мг/н?\.?м",
    "t_yr": r"т/год|тонн.{0,6}год",
    "target_year": r"год.{0,6}достижен",
    "code": r"код.{0,20}(вещ|зв\b|загр)|^код$",
    "cleaning_substance": r"вещ\w*.{0,30}(по котор|газоочист)|по котор\w+.{0,20}газоочист",
    "cleaning_coverage": r"обеспеч|обесп\w*\.?.{0,12}газоочист",
    "cleaning_efficiency": r"степень.{0,12}очист|эксплуат\w*.{0,20}очист|кпд",
    "cleaning_device": r"наименован.{0,30}(газоочист|пылегазо|гоу|очистн)|газоочист\w+.{0,20}установ",
    "settling": r"оседан|(^|[\s|,])f($|[\s|,])",
    "pollutant": r"наименован.{0,20}(вещ|зв\b|загрязн)|^(загрязняющее )?вещество$",
    "number": r"(номер|№).{0,20}(источ|ист\.|иза)|^№ ?иза|^иза$",
    "x1": r"(^|[\s|,])[xх] ?1?($|[\s|,.])",
    "y1": r"(^|[\s|,])[yу] ?1?($|[\s|,.])",
    "x2": r"(^|[\s|,])[xх] ?2",
    "y2": r"(^|[\s|,])[yу] ?2",
    "width": r"ширин",
    "height": r"высот",
    "diameter": r"диаметр|размер\w*.{0,20}(усть|сечен)",
    "velocity": r"скорост",
    "flow": r"об[ъь]ем|расход",
    "temperature": r"температур",
    "hours": r"час\w*.{0,20}(работ|год|/)|врем\w+ работ",
    "source_name": r"наименован.{0,20}источ\w*.{0,12}выброс",
    "release_count": r"колич|к-во|кол-во",
    "release_name": r"источ\w*.{0,12}выделен|наименован",
    "production": r"производств",
    "workshop": r"\bцех|участ",
}
"""Pattern of each field, in the order in which they claim columns."""

NUMBERS = (
    "g_s", "mg_nm3", "t_yr", "x1", "y1", "x2", "y2", "width", "height", "velocity", "flow", "temperature",
    "hours",
)  # fmt: skip
"""Fields that hold numbers; a diameter may be ``L×b``."""

NEEDED = ("number", "g_s")
"""Fields without which a table is no inventory form."""


@dataclass(frozen=True)
class Header:
    """Where the fields of a form stand.

    Attributes
    ----------
    first_body_row : int
        Row number after the headings and the line of column numbers.
    fields : dict
        Field to column, from 0.
    texts : dict
        Field to its heading, the merged parents before it.
    """

    first_body_row: int
    fields: dict[str, int]
    texts: dict[str, str]


def plain(text: object) -> str:
    """Heading in small letters with single blanks, soft hyphens and line-end hyphens joined."""
    joined = re.sub(r"(?<=[а-яё])-\s+(?=[а-яё])", "", str(text).replace("\u00ad", "").casefold())
    return re.sub(r"\s+", " ", joined.replace("ё", "е").replace("³", "3")).strip()


def is_number_row(cells: list[str]) -> bool:
    """Whether a row counts its columns: 1, 2, 3, …"""
    filled = [cell.strip() for cell in cells if cell.strip()]
    counted = [int(cell) for cell in filled if re.fullmatch(r"\d{1,2}", cell)]
    return (
        len(counted) >= 6
        and len(counted) >= 0.8 * len(filled)
        and counted == sorted(set(counted))
        and (counted[0] == 1)
    )


def find_header(raw: RawTable, stated: Mapping[str, int]) -> Header | None:
    """Header of a form; None if the table is none.

    A merged cell holds its text in its first cell only, so a heading without a text of its own above it
    takes the next text to the left.
    """
    rows = raw.cells.index[:SEARCH_ROWS].tolist()
    texts = {row: [str(cell).strip() for cell in raw.cells.loc[row]] for row in rows}
    count = next((row for row in rows if is_number_row(texts[row])), None)
    candidates = [count] if count is not None else [row + 1 for row in rows]
    best: Header | None = None
    for end in candidates:
        lines = [row for row in rows if end - HEADER_LINES <= row < end]
        while lines and sum(bool(cell) for cell in texts[lines[0]]) < 2:
            lines = lines[1:]
        paths = _paths([texts[row] for row in lines])
        made = _claim(paths, stated, raw.cells.shape[1])
        complete = all(field in made for field in NEEDED)
        if complete and (best is None or len(made) > len(best.fields)):
            best = Header(
                end + 1 if count is not None else end,
                made,
                {field: " | ".join(paths[column]) for field, column in made.items() if column < len(paths)},
            )
    return best


def _paths(lines: list[list[str]]) -> list[list[str]]:
    """Texts above each column, parents first."""
    width = max((len(line) for line in lines), default=0)
    made = []
    for column in range(width):
        own = [depth for depth, line in enumerate(lines) if line[column]]
        path = []
        for depth, line in enumerate(lines):
            text = line[column]
            if not text and own and depth < own[0]:
                left = [line[k] for k in range(column) if line[k]]
                text = left[-1] if left else ""
            if text:
                path.append(plain(text))
        made.append(path if own else [])
    return made


def _claim(paths: list[list[str]], stated: Mapping[str, int], width: int) -> dict[str, int]:
    made = {field: column - 1 for field, column in stated.items() if 0 < column <= width}
    for whole in (False, True):
        for field, pattern in FIELDS.items():
            if field in made:
                continue
            for column, path in enumerate(paths):
                if column in made.values() or not path:
                    continue
                text = " | ".join(path) if whole else path[-1]
                if re.search(pattern, text):
                    made[field] = column
                    break
    return made
