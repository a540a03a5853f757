"""The Kazakh and Russian inventory form: «Параметры выбросов ЗВ в атмосферу для расчёта НДВ», the ЭРА table.

A source takes as many rows as it has pollutants (and release points); its own parameters stand only in its
first row, which in the printed form is a merged cell, so they hold for the rows below it.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pandas as pd

from sootprint.core.constants import KELVIN_OFFSET
from sootprint.core.errors import InputError
from sootprint.core.findings import Finding, Guess, ReadResult
from sootprint.core.pollutants import find_pollutant, pollutant_table
from sootprint.core.raw import RawTable, to_number
from sootprint.sources.readers import form
from sootprint.sources.readers.assemble import assemble
from sootprint.sources.readers.cleaning import Cleaning
from sootprint.sources.readers.codes import finding
from sootprint.sources.readers.declared import SIDES, Declared, sides
from sootprint.sources.readers.grid import Grid, line_wkt, plant_grid, polygon_wkt, rectangle, strip
from sootprint.sources.readers.options import SourceOptions

FIRST_FUGITIVE = 6000
"""Source numbers above it are fugitive."""

BLANK = {"", "-", "–", "—", "нет"}
SOURCE_CELLS = (
    ("height", "height_m", 0.0),
    ("velocity", "exit_velocity_m_s", 0.0),
    ("temperature", "exit_temperature_k", KELVIN_OFFSET),
    ("hours", "hours_per_year", 0.0),
    ("flow", "flow_m3_s", 0.0),
)
"""Field of the form, column of the table and what is added, of numbers whose printed text is kept."""

EMISSION_CELLS = (("g_s", "rate_g_s"), ("t_yr", "annual_t"), ("mg_nm3", "concentration_mg_nm3"))
TOTAL = re.compile(r"^\W*(итого|всего|total)", re.IGNORECASE)


def find_header(raw: RawTable, options: SourceOptions) -> form.Header | None:
    """Header of an inventory form; None if the table is none."""
    return form.find_header(raw, options.columns)


def read(
    tables: list[RawTable],
    name: str,
    options: SourceOptions,
    now: pd.Timestamp | None,
    crs: str | None = None,
) -> ReadResult:
    """Tables of an inventory form."""
    found = [(raw, header) for raw in tables if (header := find_header(raw, options)) is not None]
    if not found:
        raise InputError(
            "no headings of an inventory form",
            where=name,
            rule="the form has columns for the source number and g/s",
            cure="state the columns of the file in case.toml: columns = { number = 7, g_s = 23 }",
        )
    reader = _Form(name, options, plant_grid(options, name))
    for raw, header in found:
        reader.sheet(raw, header)
    if not reader.sources:
        raise InputError("the form has no source", where=name, cure="check the sheet and the columns")
    reader.findings += reader.cleaning.apply(reader.emissions)
    made = assemble(
        [reader.facility()],
        reader.sources,
        reader.emissions,
        file=name,
        findings=reader.findings,
        guesses=reader.guesses,
        mark=options.mark,
        now=now,
        crs=crs,
    )
    made.tables |= reader.declared.tables()
    return made


class _Form:
    """Rows of one file on their way to records."""

    def __init__(self, name: str, options: SourceOptions, grid: Grid) -> None:
        self.name, self.options, self.grid = name, options, grid
        self.facility_id = options.facility_id or Path(name).stem or name
        self.sources: list[dict[str, Any]] = []
        self.emissions: list[dict[str, Any]] = []
        self.findings: list[Finding] = []
        self.guesses: list[Guess] = []
        self.current: dict[str, Any] | None = None
        self.declared, self.cleaning = Declared(name), Cleaning(name)
        if options.facility_id is None:
            self._guess("plant", self.facility_id, "the form's rows name no plant", "facility_id = ...")

    def facility(self) -> dict[str, Any]:
        """Record of the plant, at the mean place of its sources."""
        places = [(row["lon"], row["lat"]) for row in self.sources if row["lon"] is not None]
        finite = [place for place in places if all(math.isfinite(value) for value in place)]
        lon, lat = (sum(part) / len(finite) for part in zip(*finite, strict=True)) if finite else (None, None)
        return {
            "facility_id": self.facility_id,
            "name": self.options.facility_name,
            "operator": self.options.operator,
            "kind": self.options.facility_kind,
            "lon": lon,
            "lat": lat,
            "sheet": "",
            "source_row": self.sources[0]["source_row"],
        }

    def sheet(self, raw: RawTable, header: form.Header) -> None:
        """Records of one sheet."""
        self.current = None
        if header.first_body_row > 1:
            shown = ", ".join(f"{field} = {column + 1}" for field, column in sorted(header.fields.items()))
            self._guess("columns", shown, "the merged headings", f"columns = {{ {shown} }}", raw.sheet)
        heading = {tuple(raw.cells.loc[row]) for row in raw.cells.index if row < header.first_body_row}
        rows = raw.cells.loc[raw.cells.index >= header.first_body_row]
        for row, cells in zip(rows.index.tolist(), rows.to_numpy(object).tolist(), strict=True):
            texts = [str(cell).strip() for cell in cells]
            if not any(texts) or tuple(cells) in heading or form.is_number_row(texts):
                continue
            self._row(raw, header, int(row), texts)

    def _row(self, raw: RawTable, header: form.Header, row: int, texts: list[str]) -> None:
        values = {field: texts[column] for field, column in header.fields.items() if column < len(texts)}
        filled = [text for text in texts if text]
        if TOTAL.match(filled[0]):
            self._find("SRC-TOTAL-ROW", self.facility_id, raw, row, value=" ".join(filled)[:80])
            self.declared.total(self.facility_id, values, filled[0], raw, row)
            return
        declares = [values.get(field, "") not in BLANK for field in ("code", "pollutant", "g_s", "t_yr")]
        if values.get("number", "") in BLANK and not any(declares):
            if len(filled) <= 2:
                self._find("SRC-SECTION-ROW", self.facility_id, raw, row, value=" ".join(filled)[:80])
            return
        numbers = self._numbers(values, raw, row)
        if values.get("number", "") not in BLANK:
            number = self._source_number(values["number"], raw)
            self.current = self._source(number, values, numbers, header, raw, row)
        if self.current is None:
            self._find("SRC-NO-SOURCE", self.facility_id, raw, row, value=" ".join(filled)[:80])
            return
        pollutant = self._emission(self.current, values, numbers, raw, row) if any(declares) else None
        self.cleaning.row(self.current["source_id"], pollutant, values, raw, row)

    def _numbers(self, values: dict[str, str], raw: RawTable, row: int) -> dict[str, float]:
        made = {}
        for field in form.NUMBERS:
            text = values.get(field, "")
            made[field] = math.nan if text in BLANK else float(to_number(pd.Series([text])).iloc[0])
        wrong = [field for field in made if values.get(field, "") not in BLANK and math.isnan(made[field])]
        for field in wrong:
            self._find("SRC-NOT-A-NUMBER", self.facility_id, raw, row, value=values[field], column=field)
        return made | ({"wrong": 1.0} if wrong else {})

    def _source_number(self, text: str, raw: RawTable) -> str:
        number = re.sub(r"\s+", " ", text)
        if re.fullmatch(r"\d{1,3}", number):
            self._guess(
                "source numbers",
                "leading zeros restored to four digits",
                f"{number} stands for {number.zfill(4)}: a workbook keeps no leading zeros",
                "write the numbers as text",
                raw.sheet,
            )
            return number.zfill(4)
        return number

    def _source(
        self,
        number: str,
        values: dict[str, str],
        numbers: dict[str, float],
        header: form.Header,
        raw: RawTable,
        row: int,
    ) -> dict[str, Any] | None:
        source_id = f"{self.facility_id}/{number}"
        known = next((item for item in self.sources if item["source_id"] == source_id), None)
        if self.current is not None and self.current["source_id"] == source_id:
            return self.current
        if "wrong" in numbers and known is None:
            # The row stands in the findings already; rows below it must not fall to the source above it.
            return {"source_id": source_id, "hours_per_year": math.nan}
        bare = all(math.isnan(numbers[key]) for key in ("x1", "y1", "height", "velocity", "temperature"))
        if known is not None and bare:
            return known
        record: dict[str, Any] = {
            "source_id": source_id,
            "facility_id": self.facility_id,
            "source_number": number,
            "name": self._name(values, raw, row),
            "height_m": numbers["height"],
            **self._mouth(values.get("diameter", ""), source_id, raw, row),
            "exit_velocity_m_s": numbers["velocity"],
            "exit_temperature_k": numbers["temperature"] + KELVIN_OFFSET,
            "hours_per_year": numbers["hours"],
            "controllable": self.options.controllable,
            "flow_m3_s": numbers["flow"],
            "release_count": self._lenient(values, "release_count", source_id, raw, row),
            "process": self._process(values),
            "sheet": raw.sheet,
            "source_row": row,
        }
        for field, column, offset in SOURCE_CELLS:
            if values.get(field, "") not in BLANK:
                self.declared.cell(source_id, column, values[field], raw, row, offset=offset)
        self._shape(record, numbers, header, raw)
        self._flow(record, raw, row)
        self.sources.append(record)
        return record

    def _name(self, values: dict[str, str], raw: RawTable, row: int) -> str | None:
        text = values.get("source_name") or values.get("release_name") or ""
        if re.search(r"[\t\r\n]", text):
            self._find("SRC-NAME-WHITESPACE", self.facility_id, raw, row, column="source_name")
        return re.sub(r"\s+", " ", text).strip() or None

    def _process(self, values: dict[str, str]) -> str | None:
        texts = (values.get(field, "") for field in ("release_name", "workshop", "production"))
        return next((re.sub(r"\s+", " ", text).strip() for text in texts if text not in BLANK), None)

    def _lenient(self, values: dict[str, str], field: str, about: str, raw: RawTable, row: int) -> float:
        """Number of a cell that nothing rests on: what is no number is left out and remarked on."""
        text = values.get(field, "")
        number = math.nan if text in BLANK else float(to_number(pd.Series([text])).iloc[0])
        if text not in BLANK and math.isnan(number):
            self._find("SRC-CELL-LEFT-OUT", about, raw, row, value=text, column=field)
        return number

    def _mouth(self, text: str, source_id: str, raw: RawTable, row: int) -> dict[str, float]:
        """Diameter of a round mouth, or sides of a rectangular one and the circle of equal area [m]."""
        if text in BLANK:
            return {"diameter_m": math.nan}
        if rectangle_sides := sides(text):
            length, width = rectangle_sides
            self._find("SRC-RECTANGULAR", source_id, raw, row, value=text, column="diameter")
            for column, part in zip(("mouth_length_m", "mouth_width_m"), SIDES.split(text), strict=True):
                self.declared.cell(source_id, column, part, raw, row)
            return {
                "diameter_m": math.sqrt(4.0 * length * width / math.pi),
                "mouth_length_m": length,
                "mouth_width_m": width,
            }
        number = float(to_number(pd.Series([text])).iloc[0])
        if math.isnan(number):
            self._find("SRC-NOT-A-NUMBER", source_id, raw, row, value=text, column="diameter")
        else:
            self.declared.cell(source_id, "diameter_m", text, raw, row)
        return {"diameter_m": number}

    def _shape(
        self, record: dict[str, Any], numbers: dict[str, float], header: form.Header, raw: RawTable
    ) -> None:
        digits = re.match(r"\d+", record["source_number"])
        fugitive = digits is not None and int(digits[0]) > FIRST_FUGITIVE
        record["kind"] = "area" if fugitive else "point"
        one = (numbers["x1"], numbers["y1"])
        two = (numbers["x2"], numbers["y2"])
        if not all(math.isfinite(value) and abs(value) < 1e7 for value in one):
            record["lon"] = record["lat"] = None
            return
        middle = one
        second = all(math.isfinite(value) and abs(value) < 1e7 for value in two) and two != (0.0, 0.0)
        width = numbers["width"]
        corners: list[tuple[float, float]] = []
        if second and fugitive and "длин" in header.texts.get("x2", "") and not width > 0:
            corners = rectangle(one, two[0], two[1]) if min(two) > 0 else []
            self._guess(
                "second pair", "length and width of an area", "the heading says «длина»", "", raw.sheet
            )
        elif second and two != one:
            middle = ((one[0] + two[0]) / 2, (one[1] + two[1]) / 2)
            if fugitive and 0 < width < 1e7:
                corners = strip(one, two, width)
                self._guess(
                    "second pair", "axis of an area of the stated width", "a number over 6000", "", raw.sheet
                )
            else:
                record["kind"] = "line"
                record["width_m"] = width
                record["geometry_wkt"] = line_wkt(self.grid.lon_lat([one, two]))
                self._guess("second pair", "end of a line source", "two ends are given", "", raw.sheet)
        if corners:
            record["geometry_wkt"] = polygon_wkt(self.grid.lon_lat(corners))
        record["lon"], record["lat"] = (
            value if math.isfinite(value) else None for value in self.grid.lon_lat([middle])[0]
        )

    def _flow(self, record: dict[str, Any], raw: RawTable, row: int) -> None:
        flow, diameter = record["flow_m3_s"], record["diameter_m"]
        if not (flow > 0 and diameter > 0 and math.isfinite(flow)):
            return
        area = math.pi * diameter**2 / 4.0
        if math.isnan(record["exit_velocity_m_s"]):
            record["exit_velocity_m_s"] = flow / area
            value = f"{flow:g} m³/s / {area:.4g} m² = {flow / area:.3g} m/s"
            self._find("SRC-VELOCITY-DERIVED", record["source_id"], raw, row, value=value, column="velocity")
            return
        expected = area * record["exit_velocity_m_s"]
        if abs(flow - expected) > 0.1 * flow:
            value = f"V1 {flow:g} m³/s, π D²/4 · w0 = {expected:.4g} m³/s"
            self._find("SRC-FLOW-MISMATCH", record["source_id"], raw, row, value=value, column="flow")

    def _emission(
        self,
        source: dict[str, Any],
        values: dict[str, str],
        numbers: dict[str, float],
        raw: RawTable,
        row: int,
    ) -> str | None:
        pollutant = None if "wrong" in numbers else self._pollutant(source, values, raw, row)
        printed = pollutant or f"{values.get('code', '')} {values.get('pollutant', '')}".strip()
        for field, column in EMISSION_CELLS:
            if values.get(field, "") not in BLANK:
                about = source["source_id"]
                self.declared.cell(about, column, values[field], raw, row, pollutant=printed)
        if pollutant is None:
            return None
        self._concentration(source, numbers, raw, row)
        self.emissions.append(
            {
                "source_id": source["source_id"],
                "pollutant": pollutant,
                "basis": self.options.basis,
                "rate_g_s": numbers["g_s"],
                "annual_t": numbers["t_yr"],
                "concentration_mg_nm3": numbers["mg_nm3"],
                "settling": self._lenient(values, "settling", source["source_id"], raw, row),
                "relative_uncertainty": self.options.relative_uncertainty,
                "time_profile": self.options.time_profile,
                "sheet": raw.sheet,
                "source_row": row,
                "stack_row": source.get("source_row", row),
            }
        )
        return pollutant

    def _pollutant(
        self, source: dict[str, Any], values: dict[str, str], raw: RawTable, row: int
    ) -> str | None:
        code, name = values.get("code", ""), values.get("pollutant", "")
        digits = code.zfill(4) if re.fullmatch(r"\d{2,4}", code) else code
        by_code = find_pollutant(digits) if digits not in BLANK else None
        bare = re.sub(r"\s*\(\d+\*?\)\s*$", "", name)
        by_name = (
            find_pollutant(name) or find_pollutant(bare) or find_pollutant(re.sub(r"\s*\(.*$", "", bare))
        )
        shown = f"{code} {name}".strip()
        about = source["source_id"]
        if code not in BLANK and re.fullmatch(r"\d{2,3}", code) and by_code is not None:
            self._guess(
                "pollutant codes",
                "leading zeros restored to four digits",
                f"{code} stands for {digits}",
                "",
                raw.sheet,
            )
        if code not in BLANK and by_code is None:
            self._find("SRC-UNKNOWN-POLLUTANT", about, raw, row, value=shown, column="code")
            return None
        if by_code is None and by_name is None:
            self._find("SRC-UNKNOWN-POLLUTANT", about, raw, row, value=shown, column="pollutant")
            return None
        if by_code is not None and by_name is not None and by_code != by_name:
            official = pollutant_table().loc[by_code, "name_ru"]
            value = f"{shown}: {code} is {official}"
            self._find("SRC-CODE-NAME-MISMATCH", about, raw, row, value=value, column="code")
        return by_code or by_name

    def _concentration(
        self, source: dict[str, Any], numbers: dict[str, float], raw: RawTable, row: int
    ) -> None:
        flow, kelvin, stated = (
            source.get("flow_m3_s", math.nan),
            source.get("exit_temperature_k"),
            numbers["mg_nm3"],
        )
        if not (stated > 0 and flow > 0 and kelvin is not None and kelvin > 0 and numbers["g_s"] > 0):
            return
        expected = numbers["g_s"] * 1000.0 / (flow * KELVIN_OFFSET / kelvin)
        if abs(expected - stated) > 0.2 * stated:
            value = f"stated {stated:g}, from g/s, V1 and T {expected:.4g} mg/Nm³"
            self._find(
                "SRC-CONCENTRATION-MISMATCH", source["source_id"], raw, row, value=value, column="mg_nm3"
            )

    def _find(
        self, code: str, about: str, raw: RawTable, row: int, *, value: object = "", column: str = ""
    ) -> None:
        self.findings.append(
            finding(code, about, value=value, file=self.name, sheet=raw.sheet, row=row, column=column)
        )

    def _guess(self, subject: str, taken: str, because: str, line: str, sheet: str = "") -> None:
        if any((item.subject, item.taken, item.sheet) == (subject, taken, sheet) for item in self.guesses):
            return
        overrule = f'[files."{self.name}"] {line}' if line else "correct the file"
        self.guesses.append(Guess(self.name, subject, taken, because, overrule, sheet))
