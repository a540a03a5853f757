"""RO-Crate of a run: documents, tables and provenance in one zip with the same bytes each time.

The metadata follow RO-Crate and the profile Process Run Crate: an action with its instrument (the software),
its objects (the evidence, by hash) and its results. Evidence files stay in the case; words of complaints go
nowhere.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from sootprint import __version__
from sootprint.core import schema
from sootprint.report.results import Results

ZIP_TIME = (1980, 1, 1, 0, 0, 0)
"""Time stamp of every member of the zip: the earliest that the format knows."""

CSV_ROWS = 100_000
"""Largest table that is also written as CSV [rows]; larger ones are in Parquet only."""

SOFTWARE_LICENCE = "https://spdx.org/licenses/Apache-2.0"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make spreadsheet programs run a cell as a formula."""

MEDIA_TYPES = {
    ".html": "text/html",
    ".pdf": "application/pdf",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
}


def write_crate(results: Results, folder: Path, documents: Iterable[Path], path: Path) -> None:
    """Zip with the documents, all published tables and ``ro-crate-metadata.json``.

    Parameters
    ----------
    results : Results
        What the run found.
    folder : Path
        Folder that the documents' names are relative to.
    documents : iterable of Path
        Files to take in.
    path : Path
        The zip to write.
    """
    from rocrate.rocrate import ROCrate

    with tempfile.TemporaryDirectory() as name:
        staging, made = Path(name) / "tables", Path(name) / "crate"
        staging.mkdir()
        crate = ROCrate()
        _describe_root(crate, results)
        files = [
            _add_file(crate, item, item.relative_to(folder).as_posix(), _described(item))
            for item in sorted(documents)
        ]
        for table in write_tables(results, staging):
            files.append(_add_file(crate, table, f"tables/{table.name}", _table_text(table.stem)))
        _add_action(crate, results, files)
        crate.write(made)
        _zip(made, path)


def write_tables(results: Results, folder: Path) -> list[Path]:
    """Parquet (exact) and CSV (for spreadsheets) of every published table, and of the list of evidence."""
    made = []
    tables = {name: results.table(name) for name in results.names()}
    if results.evidence:
        tables["evidence"] = pd.DataFrame([dict(item) for item in results.evidence]).sort_values(
            "file", kind="stable", ignore_index=True
        )
    for name, table in sorted(tables.items()):
        parquet = folder / f"{name}.parquet"
        table.to_parquet(parquet, index=False)
        made.append(parquet)
        if len(table) <= CSV_ROWS:
            csv = folder / f"{name}.csv"
            safe_for_spreadsheets(table).to_csv(csv, index=False, lineterminator="\n", encoding="utf-8")
            made.append(csv)
    return made


def safe_for_spreadsheets(table: pd.DataFrame) -> pd.DataFrame:
    """Table whose texts no spreadsheet program runs as a formula: such a text gets an apostrophe in front."""
    made = table.copy()
    for column in made.columns:
        if pd.api.types.is_string_dtype(made[column]) or made[column].dtype == object:
            made[column] = [
                f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_SIGNS) else value
                for value in made[column]
            ]
    return made


def _described(path: Path) -> str:
    names = {
        ".html": "Findings for a screen",
        ".pdf": "Findings on paper (PDF/A-2a)",
        ".json": "Key numbers for programs",
        ".svg": "Figure of the findings",
    }
    return names.get(path.suffix, path.name)


def _table_text(name: str) -> str:
    known = name in schema.table_names()
    return f"Table {name}; its columns are those of the schema {name}" if known else f"Table {name}"


def _add_file(crate: Any, source: Path, target: str, description: str) -> Any:
    data = source.read_bytes()
    return crate.add_file(
        source,
        dest_path=target,
        properties={
            "name": target,
            "description": description,
            "encodingFormat": MEDIA_TYPES.get(source.suffix, "application/octet-stream"),
            "contentSize": str(len(data)),
            "sha256": hashlib.sha256(data).hexdigest(),
        },
    )


def _entity(crate: Any, identifier: str, properties: dict[str, Any]) -> Any:
    from rocrate.model.contextentity import ContextEntity

    return crate.add(ContextEntity(crate, identifier, properties=properties))


def _describe_root(crate: Any, results: Results) -> None:
    start, end = results.period
    crate.name = str(results.case["title"])
    synthetic = "SYNTHETIC CITY, made by a program. " if results.synthetic else ""
    crate.description = (
        f"{synthetic}Findings on the quality of the air in {results.case['place']}: readings, episodes, "
        "modelled contributions with intervals, and their provenance."
    )
    crate.datePublished = f"{results.made.isoformat()}+00:00"
    stated = str(results.case.get("licence") or "")
    crate.license = _entity(
        crate,
        stated if stated.startswith("https://") else "#licence",
        {"@type": "CreativeWork", "name": stated or "Not stated: ask the owner of the case"},
    )
    root = crate.root_dataset
    root["temporalCoverage"] = f"{start.isoformat()}Z/{end.isoformat()}Z"
    root["conformsTo"] = _entity(
        crate, PROFILE, {"@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}
    )
    root["spatialCoverage"] = _entity(crate, "#place", {"@type": "Place", "name": results.case["place"]})


def _add_action(crate: Any, results: Results, files: list[Any]) -> None:
    authors = _entity(crate, "#developers", {"@type": "Organization", "name": "The Sootprint developers"})
    licence = _entity(crate, SOFTWARE_LICENCE, {"@type": "CreativeWork", "name": "Apache License 2.0"})
    crate.creator = authors
    software = _entity(
        crate,
        "#sootprint",
        {
            "@type": "SoftwareApplication",
            "name": "Sootprint",
            "softwareVersion": __version__,
            "softwareRequirements": [f"{name} {text}" for name, text in sorted(results.versions.items())],
        },
    )
    software["author"], software["license"] = authors, licence
    evidence = [
        _entity(
            crate,
            f"#evidence-{item['sha256']}",
            {
                "@type": "CreativeWork",
                "name": str(item["file"]),
                "sha256": str(item["sha256"]),
                "contentSize": str(item.get("bytes", "")),
                "description": f"Evidence of the kind {item.get('kind', 'unknown')}; kept in the case",
            },
        )
        for item in sorted(results.evidence, key=lambda item: (str(item["file"]), str(item["sha256"])))
    ]
    action = _entity(
        crate,
        "#run",
        {
            "@type": "CreateAction",
            "name": "sootprint investigate",
            "endTime": f"{results.made.isoformat()}+00:00",
            "description": f"Fingerprint of the results: {results.case.get('run_id') or 'not given'}; "
            f"head of the ledger: {results.ledger.get('head') or 'not given'}",
        },
    )
    action["instrument"], action["agent"] = software, authors
    if evidence:
        action["object"] = evidence
    action["result"] = files
    crate.root_dataset["mentions"] = action


def _zip(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        for item in sorted(folder.rglob("*"), key=lambda item: item.relative_to(folder).as_posix()):
            if item.is_file():
                member = zipfile.ZipInfo(item.relative_to(folder).as_posix(), ZIP_TIME)
                member.external_attr = 0o644 << 16
                member.compress_type = zipfile.ZIP_DEFLATED
                packed.writestr(member, item.read_bytes(), compresslevel=6)
