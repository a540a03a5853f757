"""Findings about the rows and names of stack monitoring, and what the reader took for granted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from sootprint.core.findings import Finding, Guess
from sootprint.sources.stack_monitoring.codes import CODES, finding
from sootprint.sources.stack_monitoring.names import Names
from sootprint.sources.stack_monitoring.options import StackOptions
from sootprint.sources.stack_monitoring.places import Places
from sootprint.sources.stack_monitoring.rows import Rules
from sootprint.sources.stack_monitoring.stage import Staged

SHOWN = 3
"""Examples of a finding that are spelt out."""

COLUMNS_OF = {
    "STACK-TEST-ORGANISATION": ("organization",),
    "STACK-WASTE-WATER": ("pollutant",),
    "STACK-NO-SOURCE": ("source", "pollutant"),
    "STACK-DATE": ("time",),
    "STACK-YEAR": ("time",),
    "STACK-NO-SUCH-TIME": ("time",),
    "STACK-FUTURE": ("time",),
    "STACK-OUTSIDE-PERIOD": ("time",),
}
"""Fields that a reason is about; the others are about numbers."""


def row_notes(
    staged: Staged,
    names: Names,
    counts: pd.DataFrame,
    shown: Mapping[str, list[int]],
    where: Places,
    file: str,
) -> Iterator[Finding]:
    """The sum of all rows; then each reason with its count, its organisations and its first rows."""
    sums = counts.groupby("reason")["rows"].sum()
    lines = int(staged.lines["count"].sum())
    used = int(sums.get("", 0))
    parts = [f"{used:,} rows in use"]
    parts += [f"{int(sums[code]):,} {code}" for code in CODES if code in sums.index]
    parts += [f"{lines:,} lines STACK-LINE"] if lines else []
    if int(sums.sum()) != staged.rows:
        raise AssertionError("a row is neither in use nor in quarantine")
    yield finding("STACK-TOTALS", file, file=file, value=f"{staged.rows + lines:,} = " + " + ".join(parts))
    if staged.loose_quotes:
        yield finding("STACK-SYNTAX", file, file=file)
    if where.unaccounted:
        yield finding("STACK-LINES-LOST", file, file=file, value=f"{where.unaccounted:,} lines")
    if lines:
        yield finding("STACK-LINE", file, file=file, value=f"{lines:,} lines")
        for item in staged.lines.head(SHOWN).to_dict("records"):
            line = None if pd.isna(item["line"]) else int(item["line"])
            yield finding("STACK-LINE", file, file=file, row=line, value=f"{item['fault']}: {item['text']}")
    for code in CODES:
        if code not in sums.index:
            continue
        yield finding(code, file, file=file, value=_count(code, counts, names, staged.rows))
        for row in shown.get(code, []):
            yield _example(code, row, staged, where, file)


def _count(code: str, counts: pd.DataFrame, names: Names, total: int) -> str:
    rows = counts.loc[counts["reason"] == code].merge(
        names.table[["organization"]], left_on="name", right_index=True
    )
    number = int(rows["rows"].sum())
    plants = rows.groupby("organization")["rows"].sum().sort_values(ascending=False, kind="stable")
    listed = ", ".join(f"{plant} {count:,}" for plant, count in plants.head(SHOWN).items())
    more = f" and {len(plants) - SHOWN} more" if len(plants) > SHOWN else ""
    text = f"{number:,} rows ({100 * number / total:.2g} %): {listed}{more}"
    first, last = rows["first_day"].min(), rows["last_day"].max()
    return text if pd.isna(first) else f"{text}; {first.date()} to {last.date()}"


def _example(code: str, row: int, staged: Staged, where: Places, file: str) -> Finding:
    cells = where.cells.loc[row]
    fields = COLUMNS_OF.get(code, ("rate", "concentration", "ratio"))
    shown = []
    for field in fields:
        value = cells["t"] if field == "time" and pd.notna(cells["t"]) else cells.get(field)
        value = cells["bad_time"] if field == "time" and pd.isna(cells["t"]) else value
        if pd.notna(value):
            shown.append(f"{field} {value:g}" if isinstance(value, float) else f"{field} {value!r}")
    if code == "STACK-NOT-A-NUMBER":
        shown = [repr(cells["bad_number"])]
    if row in where.lines and where.lines[row] != row + 2:
        shown.append(f"line {where.lines[row]}")
    headings = [staged.columns[field] for field in fields if field in staged.columns]
    return finding(
        code, _about(cells), file=file, row=row + 2, column=", ".join(headings), value=", ".join(shown)
    )


def _about(cells: pd.Series) -> str:
    texts = [cells["organization"], cells["source"], cells["pollutant"]]
    return " | ".join(" ".join(text.split()) if isinstance(text, str) else "" for text in texts)


def name_notes(names: Names, days: pd.DataFrame, file: str) -> Iterator[Finding]:
    """Remarks on names that stay in use."""
    for row in names.misspelt.to_dict("records"):
        taken = "taken as it is" if row["raw_region"] == row["region"] else f"read as {row['region']!r}"
        yield finding(
            "STACK-REGION",
            row["raw_region"],
            file=file,
            row=int(row["first"]) + 2,
            value=f"{row['rows']:,} rows: {row['raw_region']!r} {taken}",
        )
    used = names.table.loc[names.table["reason"] == ""]
    for text, group in used.loc[~used["known"].astype(bool)].groupby("pollutant"):
        yield finding(
            "STACK-POLLUTANT",
            str(text),
            file=file,
            row=int(group["first"].min()) + 2,
            value=f"{group['rows'].sum():,} rows",
        )
    keys = ["organization", "source_name", "pollutant"]
    spelt = used.assign(written=used["raw_pollutant"].map(lambda text: " ".join(str(text).split())))
    for key, group in spelt.groupby(keys):
        if len(set(group["written"])) > 1:
            yield finding(
                "STACK-TWO-NAMES",
                " | ".join(map(str, key)),
                file=file,
                row=int(group["first"].min()) + 2,
                value=", ".join(f"{text!r}" for text in sorted(group["written"].unique())),
            )
    yield from _untidy(used, file)
    yield from _unmatched(names, days, file)


def _untidy(used: pd.DataFrame, file: str) -> Iterator[Finding]:
    fields = {"raw_organization": "organization", "raw_source": "source_name"}
    pairs = [
        used[[raw, field, "rows", "first"]].set_axis(["raw", "tidy", "rows", "first"], axis=1)
        for raw, field in fields.items()
    ]
    every = pd.concat(pairs)
    odd = every.loc[every["raw"].fillna("").astype(str) != every["tidy"].astype(str)]
    if odd.empty:
        return
    spelt = odd.groupby(["raw", "tidy"], as_index=False).agg({"rows": "sum", "first": "min"})
    yield finding("STACK-NAME-WHITESPACE", file, file=file, value=f"{len(spelt):,} names")
    for row in spelt.sort_values("first", kind="stable").head(SHOWN).to_dict("records"):
        yield finding(
            "STACK-NAME-WHITESPACE",
            row["tidy"],
            file=file,
            row=int(row["first"]) + 2,
            value=f"{row['rows']:,} rows: {row['raw']!r}",
        )


def _unmatched(names: Names, days: pd.DataFrame, file: str) -> Iterator[Finding]:
    missing = names.series.loc[names.series["source_id"].isna()]
    pairs = missing.drop_duplicates(["organization", "source_name"])
    if pairs.empty:
        return
    every = len(names.series.drop_duplicates(["organization", "source_name"]))
    rows = int(days.loc[days["source_id"].isna(), "n_rows"].sum())
    yield finding(
        "STACK-UNMATCHED",
        file,
        file=file,
        value=f"{len(pairs):,} of {every:,} sources, {rows:,} rows: they count in no source of the inventory",
    )
    for row in pairs.loc[pairs["candidates"] != ""].to_dict("records"):
        yield finding(
            "STACK-UNMATCHED",
            f"{row['organization']} | {row['source_name']}",
            file=file,
            value=f"{row['match']}; of that number: {row['candidates']}",
        )


def guesses(staged: Staged, options: StackOptions, rules: Rules, file: str) -> list[Guess]:
    """What was not stated and was taken for granted."""
    made = []

    def guess(subject: str, taken: str, because: str, overrule: str) -> None:
        made.append(Guess(file, subject, taken, because, f'[files."{file}"] {overrule}'))

    if "rate" in staged.columns and options.rate_unit is None:
        guess(
            f"unit of {staged.columns['rate']!r}",
            "g/s",
            "the file states no unit; rates of stack monitoring are in g/s (unverified)",
            'rate_unit = "g/s"',
        )
    if "concentration" in staged.columns and options.concentration_unit is None:
        guess(
            f"unit of {staged.columns['concentration']!r}",
            "mg/Nm³",
            "the file states no unit nor conditions; presumably mg/m³ at 0 °C and 101.3 kPa (unverified)",
            'concentration_unit = "mg/Nm3"',
        )
    if rules.interval_because:
        guess(
            "interval of a reading",
            f"{rules.interval_s:g} s",
            rules.interval_because,
            f"interval_s = {rules.interval_s:g}",
        )
    if staged.clock == "local":
        guess("stamp", options.stamp, "a stamp is taken as stated or as the beginning", 'stamp = "ending"')
    if staged.clock == "date":
        guess(
            "time of day",
            "none",
            f"{staged.columns['time']!r} holds days; readings of a day are not in a known order",
            'columns = { time = "..." }',
        )
    if rules.moment is not None and rules.moment_because != "it was stated":
        guess("moment of the file", str(rules.moment.date()), rules.moment_because, "(the moment of reading)")
    if rules.moment is None:
        guess(
            "moment of the file",
            "none",
            "neither it nor a day of loading is known: no day is in the future",
            'columns = { loaded = "..." }',
        )
    return made
