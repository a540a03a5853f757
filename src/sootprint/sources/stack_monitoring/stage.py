"""The file as it is, once through, in a table of DuckDB: texts of names, numbers, and what was unreadable."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sootprint.core.errors import ConfigError, InputError
from sootprint.sources.stack_monitoring.options import FIELDS, StackOptions

if TYPE_CHECKING:
    import duckdb

Progress = Callable[[str, float], None]
"""Called with what is being done and the share of it that is done."""

NO_VALUE = ("nan", "null", "na", "n/a", "-", "--", "none", "н/д", "нд")
"""Words in a number's cell that mean that there is none."""

DATE_FORMATS = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y", "%d/%m/%Y %H:%M")
"""Forms of a time that are understood beside ISO 8601."""

HEAD_BYTES = 1_000_000
SAMPLE_ROWS = 20_000


@dataclass
class Staged:
    """The table ``stage`` and what is known of its file.

    Attributes
    ----------
    connection : DuckDBPyConnection
        Table ``stage``: k (hash of the four names), region, organization, source, pollutant, t, ratio, rate,
        concentration [units of the file], bad_time, bad_number, loaded; ``rowid`` counts the rows from 0 in
        the order of the file.
    columns : dict
        Field to heading.
    clock : str
        ``date`` (days only), ``local`` or ``utc`` (stamps with an offset).
    rows : int
        Rows of the table.
    lines : DataFrame
        line, text, fault of each line that is no row.
    loose_quotes : bool
        Whether the quoting broke the standard.
    is_text : bool
        Whether the file is text and has lines.
    """

    connection: duckdb.DuckDBPyConnection
    columns: dict[str, str]
    clock: str
    rows: int
    lines: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["line", "text", "fault"]))
    loose_quotes: bool = False
    is_text: bool = True


def stage(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    options: StackOptions,
    progress: Progress | None,
) -> Staged:
    """Table ``stage`` of a file.

    Raises
    ------
    InputError
        If the file is absent, empty, or lacks the columns.
    ConfigError
        If a column that was stated is not there.
    """
    if not path.is_file():
        raise InputError(f"no file {path}", cure="check the path")
    if path.stat().st_size == 0:
        raise InputError("the file is empty", where=name, cure="export it again")
    if path.suffix.lower() in {".parquet", ".pq"}:
        return _stage_parquet(connection, path, name, options, progress)
    return _stage_text(connection, path, name, options, progress)


def _stage_text(connection, path, name, options, progress) -> Staged:
    import duckdb

    delimiter, headings = _head(path, name, options)
    columns = find_columns(headings, options, name)
    taken = "{" + ", ".join(f"'c{number}': 'VARCHAR'" for number in range(len(headings))) + "}"
    cells = {field: f"c{headings.index(heading)}" for field, heading in columns.items()}

    def source(strict: bool) -> str:
        return (
            f"read_csv({_text(str(path))}, delim={_text(delimiter)}, quote='\"', escape='\"', header=true, "
            f"all_varchar=true, auto_detect=false, columns={taken}, store_rejects=true, rejects_limit=0, "
            f"strict_mode={str(strict).lower()})"
        )

    for strict in (True, False):
        try:
            clock = _clock(connection, source(strict), cells["time"])
            _create(connection, source(strict), cells, clock, options, progress)
            break
        except duckdb.Error as error:
            connection.execute("DROP TABLE IF EXISTS stage")
            if not strict:
                raise InputError(
                    f"the table cannot be split into cells: {str(error).splitlines()[0]}",
                    where=name,
                    cure="export it again as CSV in UTF-8",
                ) from error
    rows = _count(connection)
    return Staged(connection, columns, clock, rows, _rejected(connection, path), not strict)


def _stage_parquet(connection, path, name, options, progress) -> Staged:
    import duckdb

    source = f"read_parquet({_text(str(path))})"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        columns = find_columns([row[0] for row in described], options, name)
        cells = {field: f"CAST({_name(heading)} AS VARCHAR)" for field, heading in columns.items()}
        clock = _clock(connection, source, cells["time"])
        _create(connection, source, cells, clock, options, progress)
    except duckdb.Error as error:
        raise InputError(
            f"the Parquet file cannot be read: {str(error).splitlines()[0]}",
            where=name,
            cure="write it again",
        ) from error
    return Staged(connection, columns, clock, _count(connection), is_text=False)


def _head(path: Path, name: str, options: StackOptions) -> tuple[str, list[str]]:
    import gzip
    import zlib

    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"the file cannot be read: {error}", where=name, cure="copy it again") from error
    try:
        # The cut may fall within a character.
        text = head.decode("utf-8-sig", errors="strict" if len(head) < HEAD_BYTES else "ignore")
    except UnicodeDecodeError as error:
        raise InputError(
            "the text is not UTF-8", where=name, rule="tables of this size are UTF-8", cure="save it as UTF-8"
        ) from error
    first = text.splitlines()[0] if text.splitlines() else ""
    delimiter = options.delimiter or max(";\t,|", key=first.count)
    try:
        headings = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    except csv.Error as error:
        raise InputError(
            f"the heading cannot be read: {error}", where=name, cure="export it again"
        ) from error
    return delimiter, headings


def find_columns(headings: list[str], options: StackOptions, name: str) -> dict[str, str]:
    """Field to heading, stated or recognised.

    Raises
    ------
    InputError
        If there is no time, no value, or no name of a source or substance.
    ConfigError
        If a heading that was stated is not there.
    """
    found: dict[str, str] = {}
    for wanted, heading in options.columns.items():
        if heading not in headings:
            raise ConfigError(
                f"columns.{wanted}: no heading {heading!r}", where=name, cure=f"one of: {', '.join(headings)}"
            )
        found[wanted] = heading
    known = _headings()
    for heading in headings:
        wanted = known.get(" ".join(heading.split()).casefold())
        if wanted and wanted not in found and heading not in found.values():
            found[wanted] = heading
    missing = [] if "time" in found else ["time"]
    missing += ["source"] if "source" not in found and not options.source else []
    missing += ["pollutant"] if "pollutant" not in found and not options.pollutant else []
    missing += ["rate or concentration"] if not {"rate", "concentration"} & set(found) else []
    if missing:
        raise InputError(
            f"no column for {', '.join(missing)}",
            where=name,
            rule=f"headings: {', '.join(headings)[:300]}",
            cure='state columns = { time = "...", source = "...", pollutant = "...", rate = "..." }',
        )
    return found


def _headings() -> dict[str, str]:
    path = resources.files("sootprint.sources") / "data" / "stack_headings.csv"
    with path.open(encoding="utf-8") as file:
        return {row["heading"]: row["field"] for row in csv.DictReader(file)}


def _clock(connection: duckdb.DuckDBPyConnection, source: str, cell: str) -> str:
    """How the first rows give times: as days, local stamps, or stamps with an offset."""
    counts = connection.execute(
        r"SELECT count(*) FILTER (regexp_matches(x, '\d:\d\d')), "
        r"count(*) FILTER (regexp_matches(x, '\d:\d\d') "
        r"AND NOT regexp_matches(x, '[ T]0?0:00(:00(\.0+)?)?$')), "
        r"count(*) FILTER (regexp_matches(x, ':\d\d(\.\d+)?(Z|z|[+-]\d\d(:?\d\d)?)$')) "
        f"FROM (SELECT {cell} AS x FROM {source} LIMIT {SAMPLE_ROWS})"
    ).fetchone()
    if counts is None or not counts[1]:
        return "date"
    return "utc" if counts[2] * 2 > counts[0] else "local"


def _time(clock: str, options: StackOptions) -> str:
    formats = [options.time_format] if options.time_format else list(DATE_FORMATS)
    if clock == "utc" and not options.time_format:
        return (
            r"CASE WHEN regexp_matches(time, ':\d\d(\.\d+)?(Z|z|[+-]\d\d(:?\d\d)?)$') "
            "THEN CAST(TRY_CAST(time AS TIMESTAMPTZ) AS TIMESTAMP) END"
        )
    words = "[" + ", ".join(_text(item) for item in formats) + "]"
    parsed = f"try_strptime(time, {words})"
    if clock == "date":
        plain = "TRY_CAST(time AS DATE), CAST(TRY_CAST(time AS TIMESTAMP) AS DATE), "
        return f"COALESCE({'' if options.time_format else plain}CAST({parsed} AS DATE))"
    plain = "" if options.time_format else "TRY_CAST(time AS TIMESTAMP), "
    # A day alone in a file of stamps is no midnight: its time was lost.
    return f"CASE WHEN time LIKE '%:%' THEN COALESCE({plain}{parsed}) END"


def _create(connection, source, cells, clock, options, progress) -> None:
    given = {
        "organization": options.organization,
        "source": options.source,
        "pollutant": options.pollutant,
    }
    picked = [
        f"{cells[field]} AS {field}"
        if field in cells
        else f"CAST({_text(given[field]) if given.get(field) else 'NULL'} AS VARCHAR) AS {field}"
        for field in FIELDS
    ]
    numbers = ("ratio", "rate", "concentration")
    parsed = [
        f"COALESCE(TRY_CAST({item} AS DOUBLE), TRY_CAST(replace(replace({item}, ' ', ''), ',', '.') AS DOUBLE)) "
        f"AS {item}_number"
        for item in numbers
    ]
    words = ", ".join(_text(word) for word in NO_VALUE)
    bad = " ".join(
        f"WHEN {item} IS NOT NULL AND ({item}_number IS NULL OR isnan({item}_number)) "
        f"AND lower(trim({item})) NOT IN ('', {words}) THEN {item}"
        for item in numbers
    )
    kept = ", ".join(
        f"CASE WHEN isnan({item}_number) THEN NULL ELSE {item}_number END AS {item}" for item in numbers
    )
    sql = (
        f"CREATE TABLE stage AS SELECT hash(region, organization, source, pollutant) AS k, "
        f"region, organization, source, pollutant, t, {kept}, "
        f"CASE WHEN t IS NULL THEN COALESCE(time, '') END AS bad_time, CASE {bad} END AS bad_number, "
        f"TRY_CAST(loaded AS DATE) AS loaded "
        f"FROM (SELECT *, {_time(clock, options)} AS t, {', '.join(parsed)} "
        f"FROM (SELECT {', '.join(picked)} FROM {source}))"
    )
    _run(connection, sql, "reading", progress)


def _run(connection, sql: str, what: str, progress: Progress | None) -> None:
    if progress is None:
        connection.execute(sql)
        return
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(connection.execute, sql)
        while not work.done():
            share = connection.query_progress()
            progress(what, min(max(share, 0.0), 100.0) / 100.0)
            time.sleep(0.2)
        work.result()
    progress(what, 1.0)


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT count(*) FROM stage").fetchone()
    return int(row[0]) if row else 0


def _rejected(connection: duckdb.DuckDBPyConnection, path: Path) -> pd.DataFrame:
    """Lines that are no rows, with their true line numbers."""
    found = connection.execute(
        "SELECT line_byte_position AS at, any_value(csv_line) AS text, any_value(CAST(error_type AS VARCHAR)) "
        "AS fault FROM reject_errors GROUP BY line_byte_position ORDER BY line_byte_position"
    ).df()
    found["line"] = pd.array(_lines_at(path, found["at"].tolist()), dtype="Int64")
    return found[["line", "text", "fault"]]


def _lines_at(path: Path, positions: list[int]) -> list[int | None]:
    """Line numbers of byte positions (from 1) in ascending order; None in packed files."""
    if not positions:
        return []
    with path.open("rb") as file:
        if file.read(2) == b"\x1f\x8b":
            return [None] * len(positions)
    made: list[int | None] = []
    line, at = 1, 0
    with path.open("rb") as file:
        for position in positions:
            while at < position - 1:
                chunk = file.read(min(1 << 24, position - 1 - at))
                if not chunk:
                    break
                line += chunk.count(b"\n")
                at += len(chunk)
            made.append(line)
    return made


def count_lines(path: Path) -> int | None:
    """Line breaks of a text file; None in packed files."""
    with path.open("rb") as file:
        if file.read(2) == b"\x1f\x8b":
            return None
        file.seek(0)
        total, last = 0, b""
        while chunk := file.read(1 << 22):
            total += chunk.count(b"\n")
            last = chunk[-1:]
    return total + (last != b"\n")


@contextmanager
def database(folder: Path, memory_limit: str, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in a folder that may spill there, with its memory and threads."""
    import duckdb

    connection = duckdb.connect(str(folder / "stage.duckdb"))
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET memory_limit = {_text(memory_limit)}")
        connection.execute(f"SET threads = {int(threads)}")
        connection.execute(f"SET temp_directory = {_text(str(folder / 'spill'))}")
        yield connection
    finally:
        connection.close()


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
