"""Raw tables: any CSV, Excel or Parquet file as text cells that know their file, sheet and row.

Every reader of every room starts here, so that encodings, separators, compressed files and workbooks are
met once, and a finding can always name its place.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from sootprint.core.errors import InputError

MAXIMUM_BYTES = 2_000_000_000
"""Largest size of an uncompressed text file that is read into memory [bytes]."""

MAXIMUM_COLUMNS = 20_000
"""Largest number of cells of a line of text."""

MAXIMUM_CELLS = 50_000_000
"""Largest number of cells of a sheet."""

FAST_CHARACTERS = 5_000_000
"""Length of a text from which the quick way of splitting it is tried."""

ENCODINGS = ("utf-8-sig", "cp1251")
"""Encodings that are tried, in this order."""


@dataclass(frozen=True)
class RawTable:
    """Text cells of one sheet or file.

    Attributes
    ----------
    file, sheet : str
        Where it came from; ``sheet`` is empty outside workbooks.
    cells : DataFrame of str
        All rows, header lines included; columns numbered from 0; an empty cell is an empty string; the
        index is the row number in the file, the first line being 1.
    encoding, delimiter : str
        How the text was read; empty for workbooks and Parquet.
    """

    file: str
    sheet: str
    cells: pd.DataFrame
    encoding: str = ""
    delimiter: str = ""

    def with_header(self, row: int | None = None) -> pd.DataFrame:
        """Cells below a header line, columns named by it (blanks as ``column 3``, repeats numbered).

        The index stays the row number in the file. ``row`` is the row number of the header, by default
        the first row.
        """
        if self.cells.empty:
            raise InputError(
                "the file has no rows", where=self.place(), cure="give a table with a header line"
            )
        at = self.cells.index[0] if row is None else row
        if at not in self.cells.index:
            raise InputError(f"no row {at}", where=self.place(), cure=f"rows 1 to {len(self.cells)}")
        names: list[str] = []
        for number, text in enumerate(self.cells.loc[at].tolist()):
            name = " ".join(str(text).split()) or f"column {number + 1}"
            names.append(name if name not in names else f"{name} ({number + 1})")
        body = self.cells.loc[self.cells.index > at].copy()
        body.columns = pd.Index(names)
        return body.loc[(body != "").any(axis=1)]

    def place(self, row: int | None = None, column: str | None = None) -> str:
        """Place in words: ``file.xlsx, sheet Data, row 7, column SO2``."""
        parts = [self.file]
        parts += [f"sheet {self.sheet}"] if self.sheet else []
        parts += [f"row {row}"] if row is not None else []
        parts += [f"column {column}"] if column else []
        return ", ".join(parts)


def read_raw(path: str | Path, *, name: str | None = None) -> list[RawTable]:
    """Raw tables of a file, one a sheet.

    Parameters
    ----------
    path : str or Path
        CSV, TSV, TXT, DAT (also ``.gz``), XLSX, XLS, XLSB, ODS or Parquet.
    name : str, optional
        Name to use in findings, by default the file's own.

    Raises
    ------
    InputError
        If the file is absent, empty, too large, of another kind or damaged.
    """
    path = Path(path)
    name = name or path.name
    if not path.is_file():
        raise InputError(f"no file {path}", cure="check the path")
    if path.stat().st_size == 0:
        raise InputError("the file is empty", where=name, cure="export it again")
    suffix = Path(name.removesuffix(".gz")).suffix.lower()
    if suffix in {".xlsx", ".xls", ".xlsb", ".xlsm", ".ods"}:
        return _read_workbook(path, name)
    if suffix in {".parquet", ".pq"}:
        return [_read_parquet(path, name)]
    return [_read_text(path, name)]


def read_text(path: str | Path, *, name: str | None = None) -> tuple[str, str]:
    """Text and encoding of a plain or gzipped file.

    Raises
    ------
    InputError
        If it is too large, damaged, or no text.
    """
    path = Path(path)
    name = name or path.name
    try:
        with path.open("rb") as file:
            if file.read(2) == b"\x1f\x8b":
                with gzip.open(path) as packed:
                    data = packed.read(MAXIMUM_BYTES + 1)
            else:
                file.seek(0)
                data = file.read(MAXIMUM_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"the file cannot be read: {error}", where=name, cure="export or copy it again"
        ) from error
    if len(data) > MAXIMUM_BYTES:
        raise InputError(f"more than {MAXIMUM_BYTES:,} bytes of text", where=name, cure="split the file")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise InputError("the file is no text", where=name, cure="export it as CSV in UTF-8") from error
    if b"\x00" in data[:65536]:
        raise InputError(
            "the file is no text", where=name, rule="a text file has no NUL bytes", cure="export CSV"
        )
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise InputError("the text has no known encoding", where=name, cure="save it as UTF-8")


def _read_text(path: Path, name: str) -> RawTable:
    text, encoding = read_text(path, name=name)
    text = text.replace("\x00", "")
    delimiter = guess_delimiter(text)
    try:
        cells = _split(text, delimiter, name)
    except csv.Error as error:
        raise InputError(
            f"the table cannot be split into cells: {error}", where=name, cure="export it again"
        ) from error
    if cells.empty:
        raise InputError("the file has no cells", where=name, cure="export it again")
    cells.index = pd.RangeIndex(1, len(cells) + 1)
    return RawTable(name, "", cells, encoding, delimiter)


def _split(text: str, delimiter: str, name: str) -> pd.DataFrame:
    width = max((line.count(delimiter) for line in text.splitlines()), default=-1) + 1
    if width > MAXIMUM_COLUMNS:
        raise InputError(f"a line has {width:,} cells", where=name, rule=f"at most {MAXIMUM_COLUMNS:,}")
    if len(text) > FAST_CHARACTERS and '"' not in text:
        made = _split_even(text, delimiter)
        if made is not None:
            return made
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    width = max((len(row) for row in rows), default=0)
    full = [[cell.strip() for cell in row] + [""] * (width - len(row)) for row in rows]
    return pd.DataFrame(full, dtype=object)


def _split_even(text: str, delimiter: str) -> pd.DataFrame | None:
    """Cells of a large text without quotes, every line of the same width; None if it is not so."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow_csv

    width = text.split("\n", 1)[0].count(delimiter) + 1
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(text.encode()),
            read_options=arrow_csv.ReadOptions(autogenerate_column_names=True),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False),
            convert_options=arrow_csv.ConvertOptions(
                column_types={f"f{number}": pa.string() for number in range(width)}, strings_can_be_null=False
            ),
        )
    except pa.ArrowException:
        return None
    columns = {}
    for number, column in enumerate(table.columns):
        # Equal texts as one object each: a long table repeats its posts, stamps and units.
        coded = pc.dictionary_encode(pc.utf8_trim_whitespace(column)).combine_chunks()
        columns[number] = coded.dictionary.to_numpy(zero_copy_only=False).astype(object)[
            coded.indices.to_numpy()
        ]
    return pd.DataFrame(columns, dtype=object)


def guess_delimiter(text: str) -> str:
    """Separator that splits the first lines into most cells: tab, semicolon, comma or bar.

    A comma counts only where no semicolon or tab splits the lines, since it may be the decimal comma.
    """
    lines = [line for line in text.splitlines()[:50] if line.strip()][:20]
    for delimiter in ("\t", ";", "|"):
        counts = [line.count(delimiter) for line in lines]
        if counts and min(counts) > 0:
            return delimiter
    totals = {delimiter: sum(line.count(delimiter) for line in lines) for delimiter in (",", ";", "\t", "|")}
    return max(totals, key=lambda key: totals[key]) if any(totals.values()) else ","


_DAMAGE = (OSError, EOFError, ValueError, RuntimeError)
"""Errors by which the standard library says that a packed file is damaged or encrypted."""


def _read_workbook(path: Path, name: str) -> list[RawTable]:
    import python_calamine

    made = []
    damaged = InputError("the workbook cannot be read", where=name, cure="save it again as .xlsx")
    try:
        _refuse_vast_sheets(path, name)
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        for sheet in book.sheet_names:
            rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            if not any(cell != "" for row in rows for cell in row):
                continue
            cells = pd.DataFrame([[cell_text(cell) for cell in row] for row in rows], dtype=object).fillna("")
            cells.index = pd.RangeIndex(1, len(cells) + 1)
            made.append(RawTable(name, sheet, cells))
    except (python_calamine.CalamineError, zipfile.BadZipFile, zlib.error, *_DAMAGE) as error:
        raise damaged from error
    except BaseException as error:
        # A panic of the compiled reader is no Exception, but it is the file's fault all the same.
        if type(error).__name__ == "PanicException":
            raise damaged from error
        raise
    if not made:
        raise InputError("the workbook has no filled sheet", where=name, cure="export it again")
    return made


def _refuse_vast_sheets(path: Path, name: str) -> None:
    """Refuses an .xlsx whose cells span a grid that no memory holds: two cells are enough for that."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as packed:
        if sum(item.file_size for item in packed.infolist()) > MAXIMUM_BYTES:
            raise InputError(f"more than {MAXIMUM_BYTES:,} bytes unpacked", where=name, cure="split the file")
        for item in packed.infolist():
            if not re.search(r"worksheets/[^/]*\.xml$", item.filename, re.IGNORECASE):
                continue
            places = set(_CELL_PLACE.findall(packed.read(item)))
            width = max((_column_number(letters) for letters, _ in places), default=0)
            height = max((int(digits) for _, digits in places), default=0)
            if width * height > MAXIMUM_CELLS:
                raise InputError(
                    f"a sheet spans {height:,} rows and {width:,} columns",
                    where=name,
                    rule=f"at most {MAXIMUM_CELLS:,} cells",
                    cure="delete stray cells far from the table",
                )


_CELL_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,9})["']""")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _read_parquet(path: Path, name: str) -> RawTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path).read().to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError, TypeError, NotImplementedError, OverflowError) as error:
        raise InputError(
            f"the Parquet file cannot be read: {error}", where=name, cure="write it again"
        ) from error
    names = [str(column) for column in table.columns]
    if not names:
        raise InputError("the Parquet file has no columns", where=name, cure="write it again")
    table.columns = pd.RangeIndex(len(names))
    header = pd.DataFrame([names], columns=table.columns)
    cells = pd.concat([header, table.map(cell_text)], ignore_index=True)
    cells.index = pd.RangeIndex(1, len(cells) + 1)
    return RawTable(name, "", cells.astype(object))


def cell_text(value: object) -> str:
    """Text of a typed cell: numbers without loss, dates as ISO, missing as an empty string."""
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, np.floating | np.integer | np.bool_):
        value = value.item()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value != value:
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, pd.Timestamp | datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value).strip()


_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+(?:[.,][0-9]*)?")


def to_number(cells: pd.Series) -> pd.Series:
    """Numbers of text cells; decimal comma or point, spaces between thousands; NaN where it is no number.

    A number beyond the range of floats, such as 1e400, is infinite.
    """
    codes, distinct = pd.factorize(cells.astype(str).to_numpy(dtype=object))
    numbers = np.array([_number(text) for text in distinct], dtype=float)
    made = numbers[codes] if len(distinct) else np.empty(0)
    return pd.Series(np.where(codes < 0, np.nan, made), index=cells.index, name=cells.name, dtype=float)


def _number(text: str) -> float:
    plain = text.strip().replace("−", "-")
    if _THOUSANDS.fullmatch(plain):
        plain = re.sub(r"\s", "", plain)
    if "." not in plain:
        plain = plain.replace(",", ".", 1)
    return float(plain) if _NUMBER.fullmatch(plain) else float("nan")
