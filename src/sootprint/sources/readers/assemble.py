"""From drafts of the three tables to the clean ones: the checks that every inventory reader shares."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from sootprint.core.findings import Finding, Guess, ReadResult, findings_table
from sootprint.core.schema import check, columns, schema
from sootprint.sources.readers import checks
from sootprint.sources.readers.codes import finding

_COMPARED = "kind lon lat geometry_wkt height_m diameter_m exit_velocity_m_s exit_temperature_k width_m"
COMPARED = _COMPARED.split()
"""Parameters that the rows of one source must agree in."""


def assemble(
    facilities: list[dict],
    sources: list[dict],
    emissions: list[dict],
    *,
    file: str,
    findings: list[Finding],
    guesses: list[Guess],
    mark: str,
    now: pd.Timestamp | None,
    crs: str | None = None,
) -> ReadResult:
    """Clean tables, with every faulty record kept out and named.

    Each record holds columns of its table, ``sheet`` and ``source_row``; absent columns are missing.
    """
    found = list(findings)
    places = _frame(facilities, "facilities", mark)
    stacks = _frame(sources, "sources", mark)
    rates = _frame(emissions, "emissions", mark)

    def keep_out(draft: pd.DataFrame, mask: np.ndarray, code: str, column: str) -> pd.DataFrame:
        for position in np.flatnonzero(mask):
            row = draft.iloc[position]
            found.append(
                finding(
                    code,
                    str(row.get("source_id", row.get("facility_id"))),
                    value=row.get(column, ""),
                    file=file,
                    sheet=str(row["sheet"]),
                    row=int(row["source_row"]),
                    column=column,
                )
            )
        return draft.loc[~mask].reset_index(drop=True)

    places = _in_range(places, "facilities", file, found)
    tests = {
        row["facility_id"]
        for row in places.to_dict("records")
        if checks.is_test_name(row["name"], row["operator"])
    }
    places = keep_out(
        places, places["facility_id"].isin(tests).to_numpy(bool), "SRC-TEST-ORGANISATION", "name"
    )
    named = stacks["name"].map(checks.is_test_name).to_numpy(bool)
    stacks = keep_out(
        stacks, stacks["facility_id"].isin(tests).to_numpy(bool) | named, "SRC-TEST-ORGANISATION", "name"
    )
    stacks = keep_out(stacks, (stacks["source_id"] == "").to_numpy(bool), "SRC-NO-ID", "source_id")
    if len(stacks):
        # A flat table may state a source once and leave its cells blank in the rows of further pollutants.
        stacks = stacks.fillna(stacks.groupby("source_id").transform("first"))
    no_place = (stacks["lon"].isna() | stacks["lat"].isna()).to_numpy(bool)
    stacks = keep_out(stacks, no_place, "SRC-NO-COORDINATES", "lon, lat")
    stacks = keep_out(
        stacks, ~stacks["kind"].isin(_allowed("sources", "kind")).to_numpy(bool), "SRC-NO-KIND", "kind"
    )
    stacks = _in_range(stacks, "sources", file, found)
    unreadable = ~stacks["geometry_wkt"].map(checks.readable_geometry).to_numpy(bool)
    stacks = keep_out(stacks, unreadable, "SRC-GEOMETRY", "geometry_wkt")
    before = stacks
    stacks = _one_a_number(stacks, keep_out)
    rates = _without_conflicts(rates, before, keep_out)
    orphan = ~rates["source_id"].isin(stacks["source_id"]).to_numpy(bool)
    rates = keep_out(rates, orphan, "SRC-ORPHAN-EMISSION", "source_id")
    rates = _in_range(rates, "emissions", file, found)
    rates = _dates(rates, keep_out, found, file, now)
    again = rates.duplicated(["source_id", "pollutant", "basis", "valid_from"]).to_numpy(bool)
    rates = keep_out(rates, again, "SRC-DUPLICATE-EMISSION", "pollutant")
    places = places.drop_duplicates("facility_id")
    places = places.loc[places["facility_id"].isin(stacks["facility_id"])]
    found += [*checks.coordinate_remarks(stacks, file), *checks.source_remarks(stacks, file)]
    found += checks.outside_crs(stacks, crs, file)
    found += checks.emission_remarks(rates, stacks, file)
    tables = {
        "facilities": check(_only(places, "facilities"), "facilities"),
        "sources": check(_only(stacks.assign(source_file=file), "sources"), "sources"),
        "emissions": check(_only(rates.assign(source_file=file), "emissions"), "emissions"),
    }
    return ReadResult(tables, findings_table(found), list(guesses))


def _frame(records: list[dict], table: str, mark: str) -> pd.DataFrame:
    draft = pd.DataFrame(records)
    types = schema(table).set_index("column")["type"]
    made = {}
    for column, kind in types.items():
        values = draft[column] if column in draft else pd.Series(None, index=draft.index, dtype=object)
        if kind == "float":
            made[column] = pd.to_numeric(values, errors="coerce").astype(float)
        elif kind == "datetime":
            made[column] = pd.to_datetime(values, errors="coerce").astype("datetime64[us]")
        else:
            made[column] = values.astype(object).where(values.notna(), None)
    for extra, default in (("sheet", ""), ("source_row", 0)):
        made[extra] = draft[extra] if extra in draft else pd.Series(default, index=draft.index)
    made["stack_row"] = draft["stack_row"] if "stack_row" in draft else made["source_row"]
    frame = pd.DataFrame(made, index=draft.index)
    for key in ("facility_id", "source_id"):
        if key in frame:
            frame[key] = frame[key].map(lambda value: "" if value is None else str(value))
    frame["mark"] = frame["mark"].map(lambda value: value or mark)
    return frame


def _allowed(table: str, column: str) -> list[str]:
    return schema(table).set_index("column").loc[column, "allowed"].split("|")


def _only(draft: pd.DataFrame, table: str) -> pd.DataFrame:
    return draft[[column for column in columns(table) if column in draft]]


def _in_range(draft: pd.DataFrame, table: str, file: str, found: list[Finding]) -> pd.DataFrame:
    bad = np.zeros(len(draft), bool)
    draft = draft.copy()
    for item, position, column in checks.numbers_in_range(draft, table, file):
        found.append(item)
        if column in checks.SPARE:
            draft.loc[draft.index[position], column] = np.nan
        else:
            bad[position] = True
    return draft.loc[~bad].reset_index(drop=True)


def _conflicting(stacks: pd.DataFrame) -> np.ndarray:
    text = stacks[COMPARED].astype(str)
    first = text.groupby(stacks["source_id"]).transform("first")
    return ((text != first) & stacks[COMPARED].notna()).any(axis=1).to_numpy(bool)


def _without_conflicts(
    rates: pd.DataFrame, stacks: pd.DataFrame, keep_out: Callable[..., pd.DataFrame]
) -> pd.DataFrame:
    """Emissions less those of rows whose source conflicts with the one in use: they may be another's."""
    if stacks.empty or rates.empty:
        return rates
    rows = stacks.loc[_conflicting(stacks)]
    places = set(zip(rows["sheet"], rows["source_row"], strict=True))
    own = [place in places for place in zip(rates["sheet"], rates["stack_row"], strict=True)]
    return keep_out(rates, np.array(own, bool), "SRC-DUPLICATE-CONFLICT", "pollutant")


def _one_a_number(stacks: pd.DataFrame, keep_out: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    """One row a source: repeats that agree are merged, repeats that conflict are kept out."""
    if stacks.empty:
        return stacks
    kept = keep_out(stacks, _conflicting(stacks), "SRC-DUPLICATE-CONFLICT", "source_id")
    return kept.drop_duplicates("source_id").reset_index(drop=True)


def _dates(
    rates: pd.DataFrame,
    keep_out: Callable[..., pd.DataFrame],
    found: list[Finding],
    file: str,
    now: pd.Timestamp | None,
) -> pd.DataFrame:
    for column in ("valid_from", "valid_to"):
        year = rates[column].dt.year
        bad = (rates[column].notna() & ~year.between(1950, 2100)).to_numpy(bool)
        rates = keep_out(rates, bad, "SRC-YEAR", column)
    if now is None:
        return rates
    for row in rates.loc[rates["valid_from"] > now].to_dict("records"):
        found.append(
            finding(
                "SRC-FUTURE",
                str(row["source_id"]),
                value=row["valid_from"],
                file=file,
                sheet=str(row["sheet"]),
                row=int(row["source_row"]),
                column="valid_from",
            )
        )
    return rates
