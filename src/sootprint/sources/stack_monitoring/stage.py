"""The file as it is, once through, in a table of DuckDB: texts of names, numbers, and what was unreadable."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sootprint.core.errors import InputError
from sootprint.sources.stack_monitoring.headings import find_columns, read_head
from sootprint.sources.stack_monitoring.options import FIELDS, StackOptions

if TYPE_CHECKING:
    import duckdb

Progress = Callable[[str, float], None]
"""Called with what is being done and the share of it that is done."""

NO_VALUE = ("nan", "null", "na", "n/a", "-", "--", "none", "н/д", "нд")
"""Words in a number's cell that mean that there is none."""

DATE_FORMATS = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y", "%d/%m/%Y %H:%M")
"""Forms of a time that are understood beside ISO 8601."""

SAMPLE_ROWS = 20_000

MAXIMUM_NAMES = 200_000
"""Combinations of names from which a column holds something else than names."""

NAMES_MEMORY = "300MB"
"""Memory of the database that collects the names."""


@dataclass
class Staged:
    """The table ``stage`` and what is known of its file.

    Attributes
    ----------
    connection : DuckDBPyConnection
        Table ``stage``: k (hash of the four names), t, ratio, rate, concentration [units of the file],
        bad_time, bad_number, loaded; ``rowid`` counts the rows from 0 in the order of the file. Table
        ``spelt``: k, region, organization, source, pollutant, n (rows).
    columns : dict
        Field to heading.
    clock : str
        ``date`` (days only), ``local`` or ``utc`` (stamps with an offset).
    rows : int
        Rows of the table.
    lines : DataFrame
        line, count (of lines), text, fault of each record that is no row.
    loose_quotes : bool
        Whether line ends or quotes broke the standard so far that the file was read with loose rules.
    total_lines : int or None
        Lines of the file; None where it has none to count.
    """

    connection: duckdb.DuckDBPyConnection
    columns: dict[str, str]
    clock: str
    rows: int
    lines: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["line", "count", "text", "fault"])
    )
    loose_quotes: bool = False
    total_lines: int | None = None


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

    delimiter, headings = read_head(path, name, options)
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
            lines = _create(connection, source(strict), cells, clock, options, progress, path)
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
    return Staged(connection, columns, clock, rows, _rejected(connection, path), not strict, lines)


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
    return Staged(connection, columns, clock, _count(connection))


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


def _create(connection, source, cells, clock, options, progress, path=None) -> int | None:
    """Tables of the rows and names; the number of lines of the text at ``path``."""
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
        f"COALESCE(TRY_CAST({item} AS DOUBLE), "
        f"TRY_CAST(replace(replace({item}, ' ', ''), ',', '.') AS DOUBLE)) "
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
    rows = f"SELECT {', '.join(picked)} FROM {source}"
    sql = (
        f"CREATE TABLE stage AS SELECT {KEY} AS k, t, {kept}, "
        f"CASE WHEN t IS NULL THEN COALESCE(time, '') END AS bad_time, CASE {bad} END AS bad_number, "
        # A bare cast would be moved into the reader of the file, which then rejects the line.
        "TRY_CAST(CASE WHEN length(loaded) < 100 THEN loaded END AS DATE) AS loaded "
        f"FROM (SELECT *, {_time(clock, options)} AS t, {', '.join(parsed)} FROM ({rows}))"
    )
    return _run(connection, sql, rows, progress, path)


KEY = "hash(region, organization, source, pollutant)"


def _run(
    connection: duckdb.DuckDBPyConnection, sql: str, rows: str, progress: Progress | None, path: Path | None
) -> int | None:
    """Tables ``stage`` and ``spelt`` at the same time, each by one thread.

    Only one thread keeps the order of the rows for certain, so the second is put to the names: the texts of
    the names are distinct over the whole file, and their order does not matter.
    """
    found = connection.execute("SELECT current_setting('threads')").fetchone()
    threads = int(found[0]) if found else 1
    connection.execute("SET threads = 1")
    with ThreadPoolExecutor(2) as pool:
        work = pool.submit(connection.execute, sql)
        if threads == 1:
            _wait(connection, work, progress)
        names = pool.submit(_distinct_names, rows)
        lines = None if path is None else pool.submit(count_lines, path)
        _wait(connection, work, progress)
        spelt = names.result()
    connection.execute(f"SET threads = {threads}")
    connection.register("spelt_given", spelt)
    connection.execute("CREATE OR REPLACE TABLE spelt AS SELECT * FROM spelt_given")
    connection.unregister("spelt_given")
    return None if lines is None else lines.result()


def _wait(connection: duckdb.DuckDBPyConnection, work: Future, progress: Progress | None) -> None:
    while progress is not None and not work.done():
        progress("reading", min(max(connection.query_progress(), 0.0), 100.0) / 100.0)
        time.sleep(0.2)
    work.result()
    if progress is not None:
        progress("reading", 1.0)


def _distinct_names(rows: str) -> pd.DataFrame:
    """Hash and text of every combination of names, with its rows."""
    import duckdb

    with duckdb.connect() as own:
        own.execute(f"SET threads = 1; SET memory_limit = {_text(NAMES_MEMORY)}; SET TimeZone = 'UTC'")
        return own.execute(
            f"SELECT {KEY} AS k, * FROM (SELECT region, organization, source, pollutant, count(*) AS n "
            f"FROM ({rows}) GROUP BY ALL LIMIT {MAXIMUM_NAMES + 1})"
        ).df()


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT count(*) FROM stage").fetchone()
    return int(row[0]) if row else 0


def _rejected(connection: duckdb.DuckDBPyConnection, path: Path) -> pd.DataFrame:
    """Lines that are no rows, with their true line numbers."""
    found = connection.execute(
        "SELECT line_byte_position AS at, any_value(csv_line) AS text, "
        "any_value(CAST(error_type AS VARCHAR)) AS fault "
        "FROM reject_errors GROUP BY line_byte_position ORDER BY line_byte_position"
    ).df()
    found["line"] = pd.array(_lines_at(path, found["at"].tolist()), dtype="Int64")
    found["count"] = [str(text).strip().count("\n") + 1 for text in found["text"]]
    return found[["line", "count", "text", "fault"]]


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
        total, last = 0, b"\n"
        while chunk := file.read(1 << 20):
            total += int(np.count_nonzero(np.frombuffer(chunk, np.uint8) == 10))
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
