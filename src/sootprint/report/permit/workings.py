"""Workings of sources as blocks of the document: inputs, lines with their clauses, and the full table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sootprint.dispersion.ond86 import SingleSource, single_source
from sootprint.dispersion.ond86.arithmetic import SYMBOLS, Printed, printed, significant
from sootprint.dispersion.ond86.working import INPUT_DIGITS, Line, working, working_at
from sootprint.report.blocks import Block, Cell, Column
from sootprint.report.permit import maths
from sootprint.report.permit.model import Permit
from sootprint.report.permit.words import branch_text, note_text, paper_table, plain_symbol
from sootprint.report.view import View

RESULTS = ("cm", "xm", "um", "q", "c")
"""Symbols whose lines are printed strong."""

WIND_DIGITS = 4
"""Significant digits of the wind in the working of a place: the search gives more than can be read."""

APPENDIX_ROWS = 600
"""Rows of the appendix: the leading ones where there are more."""

INTERMEDIATES = (
    ("v1", "V1"), ("delta_t", "dT"), ("f", "f"), ("fe", "fe"), ("vm", "vm"), ("vm_cold", "vc"), ("m", "m"),
    ("n", "n"), ("m_low", "ml"), ("k", "K"), ("d", "d"),
)  # fmt: skip
"""Columns of table ``ond86_sources`` in the appendix, and the names of their symbols."""


@dataclass(frozen=True)
class Working(Block):
    """Steps of one calculation; every entry of ``given`` and ``lines`` holds mathematics of typst."""

    kind = "working"
    title: str
    columns: Sequence[str]
    given: Sequence[Mapping[str, str]]
    lines: Sequence[Mapping[str, Any]]
    note: str = ""


def leading_rows(permit: Permit) -> pd.DataFrame:
    """Rows of table ``ond86_sources`` with a cm, the largest parts of the limit first, then by cm."""
    table = permit.sources.loc[permit.sources["cm_mg_m3"].notna()]
    return table.sort_values(
        ["cm_over_mpc", "cm_mg_m3", "source_id", "pollutant"], ascending=[False, False, True, True],
        na_position="last",
    )  # fmt: skip


def printed_rows(permit: Permit, shown: int) -> pd.DataFrame:
    """Rows of table ``ond86_sources``: in the order of the inventory, or the leading first if too many."""
    table = permit.sources
    return (
        table
        if len(table) <= shown
        else pd.concat([leading_rows(permit), table.loc[table["cm_mg_m3"].isna()]])
    )


def rebuilt(row: Mapping[str, Any]) -> SingleSource:
    """Source of a row of table ``ond86_sources``; the mouth is the equivalent round one."""
    return single_source(
        height_m=row["height_m"],
        diameter_m=row["diameter_m"],
        velocity_m_s=row["velocity_m_s"],
        temperature_c=row["temperature_c"],
        ambient_c=row["ambient_c"],
        emission_g_s=row["emission_g_s"],
        settling=row["settling"],
        region_coefficient=row["region_coefficient"],
        relief=row["relief"],
        method=row["method"],
    )


def source_working(view: View, permit: Permit, row: Mapping[str, Any]) -> Working:
    """Working of one row of table ``ond86_sources``."""
    _ = view.gettext
    source = rebuilt(row)
    limit = None if pd.isna(row["mpc_mg_m3"]) else float(row["mpc_mg_m3"])
    mouth = _mouth(permit, str(row["source_id"]))
    if mouth is not None and source.diameter_m == 0.0:
        mouth = None
    background = _background(permit, str(row["source_id"]), str(row["pollutant"]))
    lines = working(source, mouth_m=mouth, limit_mg_m3=limit, background_mg_m3=background)
    values: dict[str, tuple[float, str, str]] = {
        "M": (source.emission_g_s, "g/s", view.word(row["basis"])),
        "H": (source.height_m, "m", ""),
        "w0": (source.velocity_m_s, "m/s", ""),
        "Tg": (source.temperature_c, "°C", ""),
        "Ta": (source.ambient_c, "°C", "" if permit.settings.ambient_c is not None else view.word("assumed")),
        "A": (source.region_coefficient, "", view.word(permit.settings.region_mark)),
        "F": (source.settling, "", _marked(view, row["settling_mark"])),
        "eta": (source.relief, "", ""),
    }
    if mouth is None:
        values["D"] = (source.diameter_m, "m", "")
    else:
        values |= {"L": (mouth[0], "m", ""), "b": (mouth[1], "m", "")}
    if limit is not None:
        values["mpc"] = (limit, "mg/m³", _marked(view, row["mpc_mark"]))
    if limit is not None and background > 0.0:
        values["cb"] = (background, "mg/m³", "")
    branch = branch_text(view, str(row["branch"]))
    return Working(
        f"{view.source_name(row['source_id'])} · {view.pollutant(row['pollutant'])} · {branch}",
        _columns(view),
        [_given(view, name, *value) for name, value in values.items()],
        [_line(line, view.language) for line in lines],
        note_text(view, row["note"]),
    )


def place_working(
    view: View, row: Mapping[str, Any], point: Mapping[str, Any], *, crs: str
) -> Working | None:
    """Working of what one point source gives at a place in its worst wind; None where that is upwind.

    Parameters
    ----------
    row : mapping
        Row of table ``ond86_sources``, a point.
    point : mapping
        Row of table ``ond86_points``.
    crs : str
        Projected CRS of both.
    """
    turn = convergence_deg(crs, pd.DataFrame([row]))
    angle = math.radians(float(point["wind_from_direction"]) - turn)
    east, north = float(point["x_m"]) - float(row["x_m"]), float(point["y_m"]) - float(row["y_m"])
    # The distances are inputs of this working: they are printed, and calculated with, to a centimetre.
    along = round(-(east * math.sin(angle) + north * math.cos(angle)), 2)
    across = round(abs(east * math.cos(angle) - north * math.sin(angle)), 2)
    if along <= 0.0:
        return None
    lines = working_at(rebuilt(row), along, across, significant(float(point["wind_speed"]), WIND_DIGITS))
    first = {name: item for line in lines for name, item in line.inputs.items()}
    made = {line.symbol for line in lines}
    units = {"x": "m", "y": "m", "u": "m/s", "cm": "mg/m³", "xm": "m", "um": "m/s", "H": "m"}
    given = [
        _entry(view.language, name, first[name], unit)
        for name, unit in units.items()
        if name in first and name not in made
    ]
    return Working(
        view.source_name(row["source_id"]),
        _columns(view),
        given,
        [_line(line, view.language) for line in lines],
    )


def convergence_deg(crs: str, sources: pd.DataFrame) -> float:
    """Angle from true to grid north in the middle of sources [degrees]."""
    from sootprint.core.geo import unproject
    from sootprint.dispersion.assembly import grid_convergence

    lon, lat = unproject(sources["x_m"].mean(), sources["y_m"].mean(), crs)
    return math.degrees(grid_convergence(float(lon), float(lat), crs))


def intermediates_table(view: View, permit: Permit) -> Block:
    """Intermediate values of all sources and pollutants; see `printed_rows` for their order."""
    _ = view.gettext
    columns = [Column(_("Source"), width=1.5), Column(_("Pollutant"), width=1.5)]
    columns += [Column(plain_symbol(symbol, view.language), "right") for _name, symbol in INTERMEDIATES]
    columns += [Column(plain_symbol(name, view.language), "right") for name in ("cm", "xm", "um")]
    rows = []
    for row in printed_rows(permit, APPENDIX_ROWS).to_dict("records"):
        cells = [Cell(view.text(row["source_id"])), Cell(view.text(row["pollutant"]))]
        names = [name for name, _symbol in INTERMEDIATES] + ["cm_mg_m3", "xm_m", "um_m_s"]
        rows.append(cells + [Cell(_short(row[name], view.language)) for name in names])
    return paper_table(
        view,
        _("All intermediate values; units as in the workings"),
        columns,
        rows,
        shown=APPENDIX_ROWS,
        file="sources.csv",
    )


def _columns(view: View) -> list[str]:
    _ = view.gettext
    return [_("no."), _("formula, with numbers, value"), _("unit"), _("holds because")]


def _marked(view: View, mark: Any) -> str:
    return "" if pd.isna(mark) or mark == "verified" else view.word(mark)


def _mouth(permit: Permit, source_id: str) -> tuple[float, float] | None:
    found = permit.inventory.loc[permit.inventory["source_id"] == source_id]
    if found.empty:
        return None
    length, width = (float(found[name].iloc[0]) for name in ("mouth_length_m", "mouth_width_m"))
    return (length, width) if length > 0.0 and width > 0.0 else None


def _background(permit: Permit, source_id: str, pollutant: str) -> float:
    """Background that the largest emission of a source was calculated with [mg m⁻³]."""
    table = permit.permitted
    found = table.loc[(table["source_id"] == source_id) & (table["pollutant"] == pollutant)]
    return 0.0 if found.empty else float(found["background_mg_m3"].iloc[0])


def _given(view: View, name: str, value: float, unit: str, note: str) -> dict[str, str]:
    return _entry(view.language, name, printed(value, INPUT_DIGITS), unit) | {"note": note}


def _entry(language: str, name: str, number: Printed, unit: str) -> dict[str, str]:
    return {
        "math": f"{maths.symbol_math(name, language)} = {maths.number_math(number.text, language)}",
        "alt": f"{SYMBOLS[name]} = {number.text}",
        "unit": maths.unit_text(unit, language),
        "note": "",
    }


def _line(line: Line, language: str) -> dict[str, Any]:
    return {
        "clause": f"({line.clause})" if "." in line.clause else f"§ {line.clause}",
        "math": maths.line_math(line, language),
        "alt": maths.line_words(line),
        "unit": maths.unit_text(line.unit, language),
        "conditions": [
            {
                "math": maths.condition_math(condition, language),
                "alt": f"{condition.left} {condition.sign} {condition.right}",
            }
            for condition in line.conditions
        ],
        "result": line.symbol in RESULTS,
    }


def _short(value: Any, language: str) -> str:
    if pd.isna(value):
        return "–"
    if math.isinf(value):
        return "∞"
    return maths.number_text(printed(float(value), 4).text, language)


def workings(view: View, permit: Permit, rows: Iterable[Mapping[str, Any]]) -> list[Block]:
    """Workings of rows of table ``ond86_sources``."""
    return [source_working(view, permit, row) for row in rows]
