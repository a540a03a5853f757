"""What a layout hands on: readings as text with their rows, and the log of findings and guesses."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from sootprint.core.findings import Guess, concat_findings
from sootprint.core.schema import coerce
from sootprint.monitors.readers.codes import CODES


@dataclass
class Draft:
    """Readings of a file before they are checked.

    Attributes
    ----------
    readings : DataFrame
        A row a reading: ``row, station, pollutant, time, value, unit, column`` (text; ``pollutant`` is an
        identifier or empty), and where the file has them ``pollutant_text, station_name, organisation,
        lon, lat, retrieved, duration_s``.
    weather : DataFrame or None
        A row a line of the file: ``row, station, time`` and text cells by name of the table ``weather``.
    weather_columns : dict
        Heading of each weather name.
    time_column : str
        Heading of the stamps.
    stamp, duration_s, because : optional
        What the layout's own description says about the stamps.
    missing_values : tuple of float
        Numbers that stand for no reading in this layout.
    """

    readings: pd.DataFrame
    time_column: str
    weather: pd.DataFrame | None = None
    weather_columns: dict[str, str] = field(default_factory=dict)
    stamp: str | None = None
    duration_s: float | None = None
    because: str = ""
    missing_values: tuple[float, ...] = ()


class Log:
    """Findings and guesses of one sheet, in the order in which they were met."""

    def __init__(self, file: str, sheet: str = "") -> None:
        self.file, self.sheet = file, sheet
        self.guesses: list[Guess] = []
        self._tables: list[pd.DataFrame] = []

    def guess(self, subject: str, taken: str, because: str, setting: str) -> None:
        """Notes what was taken for granted; equal guesses are noted once."""
        made = Guess(self.file, subject, taken, because, f'[files."{self.file}"] {setting}', self.sheet)
        if made not in self.guesses:
            self.guesses.append(made)

    def note(
        self, code: str, about: str, *, value: str = "", column: str = "", row: int | None = None
    ) -> None:
        """One finding about a series, a post or a file."""
        self._add(code, {"object": [about], "row": [row], "column": [column], "value": [value]})

    def rows(self, code: str, rows: pd.DataFrame, *, about: str, value: str, column: str) -> None:
        """A finding a row; ``about``, ``value`` and ``column`` name columns of ``rows``."""
        if len(rows):
            names = {"object": about, "row": "row", "column": column, "value": value}
            self._add(code, {name: rows[source].to_numpy() for name, source in names.items()})

    def drop(
        self,
        code: str,
        frame: pd.DataFrame,
        mask: pd.Series,
        *,
        value: str,
        column: str,
        about: str = "station",
    ) -> pd.DataFrame:
        """Frame without the rows of ``mask``, which go to quarantine."""
        if not mask.any():
            return frame
        self.rows(code, frame.loc[mask], about=about, value=value, column=column)
        return frame.loc[~mask]

    def _add(self, code: str, cells: dict) -> None:
        table = pd.DataFrame(cells)
        for name in ("object", "column", "value"):
            table[name] = table[name].astype(str).str.slice(0, 200)
        table.loc[table["object"].str.strip() == "", "object"] = "observations"
        kind = CODES[code]
        table = table.assign(
            code=code,
            severity=kind.severity,
            rule=kind.rule,
            cure=kind.cure,
            file=self.file,
            sheet=self.sheet,
        )
        self._tables.append(coerce(table, "findings"))

    def findings(self) -> pd.DataFrame:
        """Table ``findings``; a fault met several times at one cell stands once."""
        table = concat_findings(self._tables)
        rowwise = table["row"].notna()
        again = table.duplicated(["code", "sheet", "row", "column", "value"]) & rowwise
        return table.loc[~again].reset_index(drop=True)
