"""Where the examples of a finding stand: records, and lines where quoted cells hold line breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sootprint.sources.stack_monitoring.names import Names
from sootprint.sources.stack_monitoring.stage import Staged, count_lines

RAW = ["raw_region", "raw_organization", "raw_source", "raw_pollutant"]


@dataclass(frozen=True)
class Places:
    """Cells and lines of some rows.

    Attributes
    ----------
    cells : DataFrame
        Columns of the table ``stage`` by row (from 0).
    lines : dict of int to int
        Line of the file at which a row begins (the first is 1); empty where it is not known for certain.
    """

    cells: pd.DataFrame
    lines: dict[int, int]


def places(staged: Staged, names: Names, shown: Mapping[str, list[int]], path: Path) -> Places:
    """Places of the examples of every reason, and of the first row of every name.

    A line is the record plus the line breaks within quotes before it. That is certain only where the sum over
    the whole file is the number of its lines; blank lines, packed files and lines that are no rows leave it
    unknown.
    """
    wanted = sorted({row for rows in shown.values() for row in rows})
    cells = staged.connection.execute(
        "SELECT rowid AS row, region, organization, source, pollutant, CAST(t AS VARCHAR) AS t, ratio, rate, "
        "concentration, bad_time, bad_number FROM stage WHERE rowid IN "
        f"({', '.join(map(str, wanted)) or '-1'}) ORDER BY rowid"
    ).df()
    cells = cells.set_index("row")
    if not staged.is_text or len(staged.lines) or staged.loose_quotes or not wanted:
        return Places(cells, {})
    breaks = names.table[["k"]].assign(
        breaks=sum(names.table[column].fillna("").astype(str).str.count("\n") for column in RAW)
    )
    staged.connection.register("breaks_given", breaks.loc[breaks["breaks"] > 0])
    steps = " ".join(f"WHEN s.rowid < {row} THEN {number}" for number, row in enumerate(wanted))
    found = staged.connection.execute(
        f"SELECT CASE {steps} ELSE {len(wanted)} END AS step, sum(b.breaks) AS breaks "
        "FROM stage s JOIN breaks_given b USING (k) GROUP BY step"
    ).fetchall()
    odd = staged.connection.execute(
        f"SELECT CASE {steps} ELSE {len(wanted)} END AS step, sum("
        "length(coalesce(bad_time, '')) - length(replace(coalesce(bad_time, ''), chr(10), '')) + "
        "length(coalesce(bad_number, '')) - length(replace(coalesce(bad_number, ''), chr(10), ''))) "
        "FROM stage s WHERE bad_time IS NOT NULL OR bad_number IS NOT NULL GROUP BY step"
    ).fetchall()
    staged.connection.unregister("breaks_given")
    before = [0] * (len(wanted) + 1)
    for step, count in [*found, *odd]:
        before[int(step)] += int(count)
    if count_lines(path) != staged.rows + 1 + sum(before):
        return Places(cells, {})
    lines, total = {}, 0
    for number, row in enumerate(wanted):
        total += before[number]
        lines[row] = row + 2 + total
    return Places(cells, lines)
