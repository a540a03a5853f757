"""The names of a file: tidied, judged, and matched with the inventory. Nothing is matched by likeness."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import pandas as pd

from sootprint.core.errors import ConfigError, InputError
from sootprint.core.pollutants import find_pollutant, pollutant_table
from sootprint.sources.readers.checks import is_test_name
from sootprint.sources.stack_monitoring.options import StackOptions
from sootprint.sources.stack_monitoring.stage import MAXIMUM_NAMES

if TYPE_CHECKING:
    import duckdb

REGION_LIKENESS = 0.9
"""Ratio of `difflib` from which a region is taken for a misspelling of a known one."""

NUMBER = re.compile(r"(?<![\d.,])(\d{4})(?![\d.,]*\d)")
"""A source number of the legal inventory: exactly four digits."""


@dataclass
class Names:
    """Every combination of names of a file.

    Attributes
    ----------
    table : DataFrame
        k, region, organization, source_name, pollutant (tidied), the four as the file has them
        (``raw_…``), rows, first (row from 0), reason (code of the quarantine or ""), series (number of
        ``series``).
    series : DataFrame
        One row a source and substance in use: organization, source_name, region, pollutant, source_id,
        match, candidates.
    misspelt : DataFrame
        raw_region, region, known, rows, first of each region that is not in the list.
    """

    table: pd.DataFrame
    series: pd.DataFrame
    misspelt: pd.DataFrame


def tidy(text: object) -> str:
    """Name with single blanks, without blanks at the ends; empty where there is none."""
    return " ".join(str(text).split()) if isinstance(text, str) else ""


def read_names(
    connection: duckdb.DuckDBPyConnection,
    options: StackOptions,
    inventory: pd.DataFrame | Mapping[str, pd.DataFrame] | None,
    where: str,
) -> Names:
    """Names of the table ``stage``, also registered as the table ``names`` (k, reason, series).

    Raises
    ------
    InputError
        If there are more names than a table of monitoring has, or two names share a hash.
    ConfigError
        If a substance is mapped to no identifier.
    """
    table = connection.execute(
        "WITH counted AS (SELECT k, count(*) AS rows, min(rowid) AS first FROM stage GROUP BY k) "
        "SELECT k, region AS raw_region, organization AS raw_organization, source AS raw_source, "
        "pollutant AS raw_pollutant, n, rows, first FROM spelt LEFT JOIN counted USING (k) ORDER BY first"
    ).df()
    if len(table) > MAXIMUM_NAMES:
        raise InputError(
            f"more than {MAXIMUM_NAMES:,} combinations of names",
            where=where,
            rule="a column of names holds names",
            cure='state columns = { source = "...", pollutant = "..." }',
        )
    if table["k"].duplicated().any() or (table.pop("n") != table["rows"]).any():
        raise InputError("two names share a hash", where=where, cure="report this file's names")
    for field, raw in (("organization", "raw_organization"), ("source_name", "raw_source")):
        table[field] = table[raw].map(tidy)
    table["region"], misspelt = _regions(table, options)
    table["pollutant"], table["known"] = _pollutants(table, options, where)
    table["reason"] = _reasons(table, options)
    used = table["reason"] == ""
    keys = ["organization", "source_name", "region", "pollutant"]
    # One source may stand under two spellings of its names, and under two names of a substance.
    series = table.loc[used, keys].drop_duplicates().sort_values(keys, ignore_index=True)
    series["series"] = range(len(series))
    table = table.merge(series, on=keys, how="left")
    table.loc[table["reason"] != "", "series"] = pd.NA
    table["series"] = table["series"].astype("Int64")
    series = _match(series.drop(columns="series"), options, inventory)
    _register(connection, table)
    return Names(table, series, misspelt)


def _register(connection: duckdb.DuckDBPyConnection, table: pd.DataFrame) -> None:
    made = table[["k"]].assign(
        name=range(len(table)),
        reason=table["reason"].astype(object),
        series=table["series"].fillna(-1).astype("int32"),
    )
    connection.register("names_given", made)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE names AS SELECT k, CAST(name AS INTEGER) AS name, "
        "nullif(CAST(reason AS VARCHAR), '') AS reason, nullif(series, -1) AS series FROM names_given"
    )
    connection.unregister("names_given")


def _regions(table: pd.DataFrame, options: StackOptions) -> tuple[pd.Series, pd.DataFrame]:
    known = list(options.regions) or _known_regions()
    plain = {_plain(name): name for name in known}
    raw = table["raw_region"].map(tidy)
    meant: dict[str, tuple[str, bool]] = {}
    for text in raw.unique():
        if not text or _plain(text) in plain:
            meant[text] = (plain.get(_plain(text), ""), True)
            continue
        close = difflib.get_close_matches(_plain(text), list(plain), 2, REGION_LIKENESS)
        # Two candidates as close as that are no answer.
        meant[text] = (plain[close[0]], False) if len(close) == 1 else (text, False)
    made = raw.map(lambda text: meant[text][0])
    odd = ~raw.map(lambda text: meant[text][1]).astype(bool)
    misspelt = pd.DataFrame({"raw_region": raw[odd], "region": made[odd], "rows": table["rows"][odd]})
    misspelt["first"] = table["first"][odd]
    grouped = misspelt.groupby(["raw_region", "region"], as_index=False).agg({"rows": "sum", "first": "min"})
    return made, grouped


def _known_regions() -> list[str]:
    path = resources.files("sootprint.sources") / "data" / "kz_regions.csv"
    with path.open(encoding="utf-8") as file:
        return [row["region"] for row in csv.DictReader(file)]


def _plain(text: str) -> str:
    return (
        tidy(text)
        .casefold()
        .replace("ё", "е")
        .replace("город ", "г. ")
        .replace("г.", "г. ")
        .replace("  ", " ")
    )


def _pollutants(table: pd.DataFrame, options: StackOptions, where: str) -> tuple[pd.Series, pd.Series]:
    stated = {tidy(name).casefold(): identifier for name, identifier in options.pollutants.items()}
    for identifier in stated.values():
        if identifier not in pollutant_table().index:
            raise ConfigError(
                f"pollutants: {identifier!r} is no identifier",
                where=where,
                cure=f"one of: {', '.join(pollutant_table().index)}",
            )
    texts = table["raw_pollutant"].map(tidy)
    found = {text: stated.get(text.casefold()) or find_pollutant(text) for text in texts.unique()}
    return texts.map(lambda text: found[text] or text), texts.map(lambda text: found[text] is not None)


def _reasons(table: pd.DataFrame, options: StackOptions) -> list[str]:
    tests = {tidy(name).casefold() for name in options.test_organizations}
    media = {tidy(name).casefold() for name in options.other_media}
    made = []
    for organization, source, pollutant in zip(
        table["organization"], table["source_name"], table["pollutant"], strict=True
    ):
        test = organization.casefold() in tests or is_test_name(organization)
        if test and not options.keep_test:
            made.append("STACK-TEST-ORGANISATION")
        elif pollutant.casefold() in media:
            made.append("STACK-WASTE-WATER")
        else:
            made.append("" if source and pollutant else "STACK-NO-SOURCE")
    return made


def _match(
    series: pd.DataFrame,
    options: StackOptions,
    inventory: pd.DataFrame | Mapping[str, pd.DataFrame] | None,
) -> pd.DataFrame:
    sources, facilities = _inventory(inventory)
    stated = {_pair(name): identifier for name, identifier in options.sources.items()}
    aliases: dict[str, set[str]] = {}
    for row in facilities.to_dict("records"):
        for column in ("name", "operator", "facility_id"):
            text = tidy(row.get(column))
            if text:
                aliases.setdefault(text.casefold(), set()).add(str(row["facility_id"]))
    aliases |= {tidy(name).casefold(): {identifier} for name, identifier in options.organizations.items()}
    made: dict[tuple[str, str], tuple[str | None, str, str]] = {}
    for organization, source in zip(series["organization"], series["source_name"], strict=True):
        if (organization, source) not in made:
            made[organization, source] = _one(organization, source, stated, aliases, sources)
    answers = [made[pair] for pair in zip(series["organization"], series["source_name"], strict=True)]
    return series.assign(
        source_id=pd.array([item[0] for item in answers], dtype="string"),
        match=[item[1] for item in answers],
        candidates=[item[2] for item in answers],
    )


def _pair(name: str) -> str:
    return " | ".join(tidy(part).casefold() for part in name.split("|"))


def _inventory(
    inventory: pd.DataFrame | Mapping[str, pd.DataFrame] | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    none = pd.DataFrame({"source_id": [], "facility_id": [], "source_number": []}, dtype=object)
    if inventory is None:
        return none, none
    if isinstance(inventory, pd.DataFrame):
        return inventory, none
    return inventory.get("sources", none), inventory.get("facilities", none)


def _one(
    organization: str,
    source: str,
    stated: Mapping[str, str],
    aliases: Mapping[str, set[str]],
    sources: pd.DataFrame,
) -> tuple[str | None, str, str]:
    """Identifier, how it was found, and what it might be where it was not."""
    for name in (f"{organization} | {source}", source):
        if (identifier := stated.get(_pair(name))) is not None:
            return identifier, "stated", ""
    if (sources["source_id"].astype(object) == source).any():
        return source, "stated", ""
    numbers = set(NUMBER.findall(source))
    if not numbers:
        return None, "unmatched", ""
    own = sources["source_number"].map(lambda text: tidy(text).zfill(4) if tidy(text) else "")
    alike = sources.loc[own.isin(numbers)]
    plants = aliases.get(organization.casefold())
    if plants is not None:
        here = alike.loc[alike["facility_id"].isin(plants), "source_id"].tolist()
        if len(here) == 1:
            return str(here[0]), "number", ""
        return None, "ambiguous" if here else "unmatched", ", ".join(map(str, here))
    return None, "unmatched", ", ".join(map(str, alike["source_id"].tolist()[:5]))
