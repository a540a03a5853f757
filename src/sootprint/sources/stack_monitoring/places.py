"""Where the examples of a finding stand: records, and lines where quoted cells hold line breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from sootprint.sources.stack_monitoring.names import Names
from sootprint.sources.stack_monitoring.stage import Staged

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
    unaccounted : int or None
        Lines of the file beyond those of its heading, rows and rejected lines: blank, or lost in the quoting.
        None where the file has no lines to count.
    """

    cells: pd.DataFrame
    lines: dict[int, int]
    unaccounted: int | None


def places(staged: Staged, names: Names, shown: Mapping[str, list[int]]) -> Places:
    """Places of the examples of every reason, and the lines of the file that are in no row.

    A line is the record, plus the line breaks within quotes and the rejected lines before it. That is certain
    only where all lines of the file are accounted for.
    """
    wanted = sorted({row for rows in shown.values() for row in rows})
    cells = staged.connection.execute(
        "SELECT s.rowid AS row, region, organization, source, pollutant, CAST(t AS VARCHAR) AS t, ratio, "
        "rate, concentration, bad_time, bad_number FROM stage s JOIN spelt USING (k) WHERE s.rowid IN "
        f"({', '.join(map(str, wanted)) or '-1'}) ORDER BY s.rowid"
    ).df()
    cells = cells.set_index("row")
    total = staged.total_lines
    if total is None:
        return Places(cells, {}, None)
    before = _breaks(staged, names, wanted)
    unaccounted = total - (1 + staged.rows + sum(before) + int(staged.lines["count"].sum()))
    if unaccounted:
        return Places(cells, {}, unaccounted)
    lines, passed = {}, 0
    for number, row in enumerate(wanted):
        passed += before[number]
        line = row + 2 + passed
        for rejected in staged.lines.to_dict("records"):
            line += rejected["count"] if rejected["line"] <= line else 0
        lines[row] = line
    return Places(cells, lines, 0)


def _breaks(staged: Staged, names: Names, wanted: list[int]) -> list[int]:
    """Line breaks within the cells of the rows before each row that is wanted, and from the last one on."""
    breaks = names.table[["k"]].assign(
        breaks=sum(names.table[column].fillna("").astype(str).str.count("\n") for column in RAW)
    )
    staged.connection.register("breaks_given", breaks.loc[breaks["breaks"] > 0])
    steps = "".join(f"WHEN s.rowid < {row} THEN {number} " for number, row in enumerate(wanted))
    step = f"CASE {steps}ELSE {len(wanted)} END" if wanted else "0"
    broken = " + ".join(
        f"length(coalesce({cell}, '')) - length(replace(coalesce({cell}, ''), chr(10), ''))"
        for cell in ("bad_time", "bad_number")
    )
    found = staged.connection.execute(
        f"SELECT {step}, sum(b.breaks) FROM stage s JOIN breaks_given b USING (k) GROUP BY 1 UNION ALL "
        f"SELECT {step}, sum({broken}) FROM stage s WHERE bad_time IS NOT NULL OR bad_number IS NOT NULL "
        "GROUP BY 1"
    ).fetchall()
    staged.connection.unregister("breaks_given")
    made = [0] * (len(wanted) + 1)
    for at, count in found:
        made[int(at)] += int(count)
    return made
