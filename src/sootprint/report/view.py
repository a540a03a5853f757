"""What a chapter writes with: the results, the language, the formats and the figures at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from sootprint.core.pollutants import pollutant_table
from sootprint.core.timeaxis import to_local
from sootprint.report import numbers
from sootprint.report.blocks import Block, Cell, Column, Figure, Table, Tone
from sootprint.report.languages import Translate, translator
from sootprint.report.results import Results
from sootprint.report.words import averaging_text, compass_points, norm_text, vocabulary

TEXT_LIMIT = 400
"""Longest text from a file that a cell shows [characters]; the tables of the package hold all of it."""


@dataclass(frozen=True)
class View:
    """Results seen in one language.

    Attributes
    ----------
    results : Results
        What the run found.
    language : str
        Language of the document.
    figures : mapping of str to str
        File name of each figure that could be made, by the figure's key.
    """

    results: Results
    language: str = "en"
    figures: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def gettext(self) -> Translate:
        """Translation of a source text."""
        return translator(self.language)

    @property
    def ugm3(self) -> str:
        """Unit of concentrations as it is printed."""
        _ = self.gettext
        return _("µg m⁻³")

    @cached_property
    def words(self) -> dict[str, str]:
        """Words of the closed vocabularies."""
        return vocabulary(self.gettext)

    def table(self, name: str) -> pd.DataFrame:
        """Table by its schema name."""
        return self.results.table(name)

    def word(self, value: Any) -> str:
        """Translated word of a closed vocabulary; other values as they are."""
        text = self.text(value)
        return self.words.get(text, text)

    def sector(self, label: Any) -> str:
        """Translated name of a sector, as ``NNE–E``; other words as in `word`."""
        points = compass_points(self.gettext)
        ends = self.text(label).split("–")
        return "–".join(points[end] for end in ends) if set(ends) <= set(points) else self.word(label)

    def text(self, value: Any) -> str:
        """Text of a cell; control characters are shown as spaces and long texts are cut with a mark."""
        if value is None or pd.isna(value):
            return numbers.NOTHING
        plain = "".join(sign if sign.isprintable() else " " for sign in str(value)).strip()
        return (plain[: TEXT_LIMIT - 1] + "…" if len(plain) > TEXT_LIMIT else plain) or numbers.NOTHING

    def number(self, value: Any, unit: str = "", digits: int = 2) -> str:
        """Number with its unit."""
        shown = numbers.format_number(value, digits, locale=self.language)
        return f"{shown} {unit}" if unit and shown != numbers.NOTHING else shown

    def count(self, value: Any) -> str:
        """Whole number."""
        return numbers.format_count(value, locale=self.language)

    def hours(self, value: Any) -> str:
        """Number of hours: whole where it is whole, else with one decimal."""
        if not numbers.is_number(value):
            return numbers.NOTHING
        return self.count(value) if float(value).is_integer() else self.number(round(float(value), 1))

    def percent(self, share: Any) -> str:
        """Share as a percentage."""
        return numbers.percent(share, locale=self.language)

    def whole_percent(self, share: float) -> str:
        """Whole number of per cent, for limits that are set and not measured."""
        return f"{self.count(round(100 * share))} %"

    def interval(self, value: Any, low: Any, high: Any, unit: str = "") -> str:
        """Number with its interval."""
        return numbers.interval_text(value, low, high, unit=unit, locale=self.language)

    def share(self, value: Any, low: Any, high: Any) -> str:
        """Share with its interval."""
        return numbers.share_text(value, low, high, locale=self.language)

    def local(self, time_utc: Any) -> str:
        """Clock time of the place, as ``2019-07-12 08:00``."""
        if pd.isna(time_utc):
            return numbers.NOTHING
        clock = to_local(pd.Series([pd.Timestamp(time_utc)]), self.results.case["zone"]).iloc[0]
        return clock.strftime("%Y-%m-%d %H:%M")

    def pollutant(self, identifier: Any) -> str:
        """Name of a pollutant with its identifier."""
        known, key = pollutant_table(), str(identifier)
        if key not in known.index:
            return self.text(identifier)
        name = str(known.loc[key, f"name_{self.language}"] or known.loc[key, "name_en"])
        return name if name.casefold() == key.casefold() else f"{name} ({key})"

    @cached_property
    def _stations(self) -> dict[str, str]:
        table = self.table("stations")
        return {
            str(row.station_id): str(row.name)
            for row in table.itertuples(index=False)
            if pd.notna(row.name) and str(row.name).strip()
        }

    def station(self, identifier: Any) -> str:
        """Name of a post with its identifier; several identifiers may stand with commas between."""
        shown = []
        for part in self.text(identifier).split(","):
            key = part.strip()
            name = self._stations.get(key, "")
            shown.append(
                self.words.get(key, key)
                if not name or name.casefold() == key.casefold()
                else f"{self.text(name)} ({key})"
            )
        return ", ".join(shown)

    @cached_property
    def _source_names(self) -> dict[str, str]:
        table = self.table("sources")
        return {
            str(key): self.text(name)
            for key, name in zip(table["source_id"], table["name"], strict=True)
            if pd.notna(name)
        }

    def source_name(self, identifier: Any) -> str:
        """Own name of a source with its identifier, without the plant's."""
        key = self.text(identifier)
        name = self._source_names.get(key, key)
        return key if name == key else f"{name} ({key})"

    def post(self, identifier: Any) -> str:
        """Identifier of a post: the list of posts gives its name."""
        key = self.text(identifier)
        return self.words.get(key, key)

    @cached_property
    def _sources(self) -> dict[str, str]:
        plants = self.table("facilities")
        names = dict(zip(plants["facility_id"].astype(str), plants["name"], strict=True))
        made = {}
        for row in self.table("sources").itertuples(index=False):
            parts = [names.get(str(row.facility_id)), row.name]
            label = " · ".join(self.text(part) for part in parts if part is not None and pd.notna(part))
            if label:
                made[str(row.source_id)] = label
        return made

    def source(self, identifier: Any) -> str:
        """Plant and name of a source with its identifier."""
        key = self.text(identifier)
        label = self._sources.get(key, "")
        return key if not label or label == key else f"{label} ({key})"

    @cached_property
    def _groups(self) -> dict[str, list[str]]:
        table = self.table("attribution_sources")
        named = table[table["group_id"].notna()]
        return {str(key): sorted(set(part)) for key, part in named.groupby("group_id")["source_id"]}

    def group(self, identifier: Any) -> str:
        """Sources of a group, with its identifier."""
        members = self._groups.get(self.text(identifier), [])
        names = " + ".join(self.source_name(item) for item in members)
        return f"{self.text(identifier)}: {names}" if names else self.text(identifier)

    @cached_property
    def norms(self) -> dict[str, Any]:
        """Rows of the table of norms by their identifier."""
        return {str(row.norm_id): row for row in self.table("norms").itertuples(index=False)}

    def norm(self, identifier: Any) -> str:
        """Label of a norm."""
        row = self.norms.get(str(identifier))
        return norm_text(self.text(row.label), self.gettext) if row is not None else self.text(identifier)

    def averaging(self, seconds: Any) -> str:
        """Averaging time in words."""
        return averaging_text(seconds, self.gettext) if numbers.is_number(seconds) else numbers.NOTHING

    def figure(self, key: str, caption: str, alt: str) -> list[Block]:
        """Block of a figure, none where it could not be made."""
        file = self.figures.get(key)
        return [Figure(file, caption, alt)] if file else []

    def figure_keys(self, prefix: str) -> list[str]:
        """Keys of the figures made once a post and pollutant: ``prefix:station:pollutant``."""
        return [key for key in self.figures if key == prefix or key.startswith(f"{prefix}:")]


def first_rows(view: View, table: pd.DataFrame, shown: int) -> tuple[pd.DataFrame, str]:
    """First rows of a long table, and the remark that names the rows left out."""
    if len(table) <= shown:
        return table, ""
    _ = view.gettext
    remark = _("%(shown)s of %(total)s rows are shown; all of them are in the package ro-crate.zip.")
    return table.head(shown), remark % {"shown": view.count(shown), "total": view.count(len(table))}


def number_cell(view: View, value: Any, *, digits: int = 2, tone: Tone = "") -> Cell:
    """Cell of a number without unit: the column names it."""
    sort = float(value) if numbers.is_number(value) else None
    return Cell(view.number(value, digits=digits), sort, tone)


def count_cell(view: View, value: Any, *, tone: Tone = "") -> Cell:
    """Cell of a whole number."""
    return Cell(view.count(value), float(value) if numbers.is_number(value) else None, tone)


def hours_cell(view: View, value: Any) -> Cell:
    """Cell of a number of hours."""
    return Cell(view.hours(value), float(value) if numbers.is_number(value) else None)


def interval_cell(view: View, value: Any, low: Any, high: Any, *, tone: Tone = "") -> Cell:
    """Cell of a number with its interval."""
    return Cell(view.interval(value, low, high), float(value) if numbers.is_number(value) else None, tone)


def share_cell(view: View, value: Any, low: Any = None, high: Any = None, *, tone: Tone = "") -> Cell:
    """Cell of a share as a percentage."""
    return Cell(view.share(value, low, high), float(value) if numbers.is_number(value) else None, tone)


def foreign_cell(view: View, value: Any) -> Cell:
    """Cell of a sentence that the computation wrote in English."""
    return Cell(view.text(value), foreign=view.language != "en")


def time_cell(view: View, time_utc: Any) -> Cell:
    """Cell of a clock time of the place."""
    return Cell(view.local(time_utc), None if pd.isna(time_utc) else str(pd.Timestamp(time_utc)))


def make_table(
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    *,
    note: str = "",
    paper_rows: int = 40,
) -> Table:
    """Table block of rows of cells."""
    made = [list(row) for row in rows]
    return Table(caption, list(columns), made, note, len(made), paper_rows)
