"""Steps that read the evidence: one a file, then one that gathers them into the tables of the case."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pandas as pd

from sootprint.case.config import Settings
from sootprint.case.flow.checks import CHECKED, check_case
from sootprint.case.steps import Context, Evidence, Step
from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError, SootprintError
from sootprint.core.findings import Finding, ReadResult, concat_findings, findings_table
from sootprint.core.geo import utm_crs
from sootprint.core.timeaxis import zone_info

STACK_TABLES = ("stack_readings", "stack_days", "stack_gaps", "stack_names", "stack_quarantine")
"""Tables of continuous stack monitoring."""

TABLES = (
    *("stations", "observations", "weather", "facilities", "sources", "emissions", "complaints"),
    *(*STACK_TABLES, "fuel_use", "material_balance", "declared_cells", "declared_totals"),
)
KEYS = {
    "stations": ["station_id"],
    "observations": ["station_id", "pollutant", "time_start"],
    "weather": ["station_id", "time_start"],
    "facilities": ["facility_id"],
    "sources": ["source_id"],
    "emissions": ["source_id", "pollutant", "basis", "valid_from"],
    "complaints": ["complaint_id"],
    "stack_days": ["region", "organization", "source_name", "pollutant", "day"],
}
"""Columns that tell the rows of a table apart; tables without them may hold equal rows."""

ROOM_OF_KIND = {
    "observations": "monitors",
    "complaints": "monitors",
    "weather": "weather",
    "sources": "sources",
    "stack_monitoring": "sources",
    "fuel_use": "sources",
    "material_balance": "sources",
}
LAST = "stack_monitoring"
"""Kind that is read after the others: its names are matched with the sources of the inventory."""


def reading_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """One step a file of evidence, then ``gather`` and ``check``."""
    known = [item for item in evidence if item.kind in ROOM_OF_KIND]
    read = sorted(known, key=lambda item: item.kind == LAST)
    inventory = tuple(
        f"{table}@{item.name}"
        for item in known
        if item.kind == "sources"
        for table in ("sources", "facilities")
    )
    steps = [
        Step(
            name=f"read-{item.name}",
            title=f"Read {item.name}",
            function=partial(_read, item.name),
            needs=inventory if item.kind == LAST else (),
            settings=("place", f"files:{item.name}"),
            rooms=("core", ROOM_OF_KIND[item.kind], "case/flow"),
            evidence=(item.name,),
        )
        for item in read
    ]
    needs = [f"{table}@{item.name}" for item in read for table in (*TABLES, "findings", "guesses", "reading")]
    gather = Step(
        name="gather",
        title="Gather the tables",
        function=partial(_gather, [item.name for item in read]),
        needs=tuple(needs),
        settings=("place", "scope", "stations"),
        rooms=("core", "case/flow"),
    )
    check = Step(
        name="check",
        title="Check the case",
        function=check_case,
        needs=("read_findings", *CHECKED),
        settings=("place", "scope", "promised_cuts"),
        rooms=("core", "case/flow"),
    )
    return [*steps, gather, check]


def case_crs(settings: Settings) -> str:
    """Projected CRS of the case: as set, or the UTM zone of its middle.

    Raises
    ------
    ConfigError
        If neither the CRS nor the middle is set.
    """
    place = settings.place
    if place.crs:
        return place.crs
    if place.lon is None or place.lat is None:
        raise ConfigError(
            "the case has no place",
            where="case.toml, [place]",
            rule="distances and the sun need the middle of the study area",
            cure="set lon and lat [degrees]",
        )
    return utm_crs(place.lon, place.lat)


def _read(name: str, context: Context) -> dict[str, Any]:
    item = context.evidence[0]
    try:
        result = _reader(item, context)
    except SootprintError as error:
        result = _unreadable(item, error)
    counts = quarantined_by_code(result)
    record = {
        "file": item.name,
        "kind": item.kind,
        "sha256": item.sha256,
        "rows": {table: len(rows) for table, rows in sorted(result.tables.items())},
        "quarantined": sum(counts.values()),
        "quarantined_by_code": counts,
    }
    made: dict[str, Any] = {f"{table}@{name}": rows for table, rows in result.tables.items()}
    made |= {
        f"findings@{name}": result.findings,
        f"guesses@{name}": result.guesses_table(),
        f"reading@{name}": record,
    }
    return made


def quarantined_by_code(result: ReadResult) -> dict[str, int]:
    """Rows in quarantine by code: a finding a row, or in stack monitoring one for all rows of a code."""
    held = result.findings.loc[result.findings["severity"] == "quarantine", "code"].value_counts()
    counts = {str(code): int(count) for code, count in held.items()}
    if "stack_quarantine" in result.tables:
        many = result.tables["stack_quarantine"].groupby("reason")["n_rows"].sum()
        counts |= {str(code): int(count) for code, count in many.items()}
    return dict(sorted(counts.items()))


def _reader(item: Evidence, context: Context) -> ReadResult:
    from sootprint import monitors, sources, weather

    settings = context.settings
    options = dict(settings.files.get(item.name, {}))
    zone = settings.place.zone
    received = datetime.fromisoformat(item.added).astimezone(UTC).replace(tzinfo=None)
    if item.kind == "observations":
        return monitors.read_observations(item.path, name=item.name, zone=zone, options=options, now=received)
    if item.kind == "complaints":
        return monitors.read_complaints(item.path, name=item.name, zone=zone, options=options, now=received)
    if item.kind == "weather":
        return weather.read_weather(item.path, name=item.name, zone=zone, options=options, now=received)
    if item.kind == "stack_monitoring":
        return sources.read_stack_monitoring(
            item.path,
            name=item.name,
            zone=zone,
            options=options,
            now=received,
            inventory={table: _inventory(context, table) for table in ("sources", "facilities")},
            progress=lambda what, share: context.progress(f"{what}, {share:.0%}"),
        )
    if item.kind == "fuel_use":
        return sources.read_fuel_use(item.path, name=item.name)
    if item.kind == "material_balance":
        return sources.read_material_balance(item.path, name=item.name)
    return sources.read_sources(item.path, name=item.name, crs=case_crs(settings), options=options)


def _inventory(context: Context, table: str) -> pd.DataFrame:
    """Table of all inventories that were read before."""
    parts = [context.table(name) for name in context.inputs if name.startswith(f"{table}@")]
    return pd.concat(parts, ignore_index=True) if parts else schema.empty(table)


def _unreadable(item: Evidence, error: SootprintError) -> ReadResult:
    """Result of a file that cannot be read at all: one finding that stops the investigation."""
    fault = Finding(
        code="FILE-UNREADABLE",
        severity="error",
        object=item.kind,
        file=item.name,
        value=error.what,
        rule=error.rule or "the file can be read",
        cure=" ".join(filter(None, [error.cure, f"({error.where})" if error.where else ""]))
        or "export it again",
    )
    return ReadResult({}, findings_table([fault]))


def _gather(files: list[str], context: Context) -> dict[str, Any]:
    findings = [context.table(f"findings@{name}") for name in files]
    made: dict[str, Any] = {}
    for table in TABLES:
        parts = [context.table(f"{table}@{name}") for name in files if context.has(f"{table}@{name}")]
        joined = pd.concat(parts, ignore_index=True) if parts else schema.empty(table)
        kept, doubles = _without_doubles(joined, table) if table in KEYS else (joined, findings_table([]))
        made[table] = schema.check(kept, table)
        findings.append(doubles)
    made["stations"] = _stations(made["stations"], made["observations"], context.settings)
    made["observations"], outside = _in_scope(made["observations"], context.settings)
    made["weather"], _ = _in_scope(made["weather"], context.settings)
    findings.append(outside)
    made["read_findings"] = concat_findings(findings)
    guesses = [context.table(f"guesses@{name}") for name in files]
    made["guesses"] = pd.concat(guesses, ignore_index=True) if guesses else schema.empty("guesses")
    made["reading"] = [context.record(f"reading@{name}") for name in files]
    return made


def _without_doubles(table: pd.DataFrame, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """First row of each key; later ones, from another file, are quarantined."""
    double = table.duplicated(KEYS[name], keep="first")
    if not double.any():
        return table, findings_table([])
    if name in {"stations", "facilities"}:
        filled = table.groupby(KEYS[name], sort=False, as_index=False).first()
        return filled[list(table.columns)], findings_table([])
    rows = table.loc[double]
    place = {"file": rows["source_file"], "row": rows["source_row"]} if "source_file" in rows else {}
    found = pd.DataFrame(
        {
            "code": "CASE-DOUBLE",
            "severity": "quarantine",
            "object": name,
            "value": rows[KEYS[name]].astype("string").agg(", ".join, axis=1),
            "rule": f"one row for each {', '.join(KEYS[name])}: the file that came first is used",
            "cure": "add only one of the files, or correct the station or source numbers",
            **place,
        }
    )
    return table.loc[~double], schema.coerce(found, "findings")


def _stations(stations: pd.DataFrame, observations: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Stations of the files, every post that measured, and what ``[stations]`` of the settings says."""
    unknown = sorted(set(observations["station_id"]) - set(stations["station_id"]))
    more = schema.coerce(pd.DataFrame({"station_id": unknown}), "stations")
    joined = pd.concat([stations, more], ignore_index=True).set_index("station_id", drop=False)
    for station, values in settings.stations.items():
        if station not in joined.index:
            raise ConfigError(
                f"post {station!r} of the settings measured nothing",
                where=f"case.toml, [stations.{station}]",
                cure=f"one of: {', '.join(map(str, joined.index))}",
            )
        for column, value in values.items():
            if column not in joined.columns:
                raise ConfigError(
                    f"{column!r} is no column of stations",
                    where=f"case.toml, [stations.{station}]",
                    cure=f"one of: {', '.join(schema.columns('stations'))}",
                )
            joined.loc[station, column] = value
    try:
        return schema.check(joined.sort_index(), "stations")
    except SootprintError as error:
        raise InputError(error.what, where="case.toml, [stations]", rule=error.rule) from error


def local_midnight(day: date | str, zone: str, *, days: int = 0) -> pd.Timestamp:
    """UTC of the local midnight that begins a day (or of a local clock time), or of the one days later."""
    clock = pd.Timestamp(day) + pd.Timedelta(days=days)
    local = clock.tz_localize(zone_info(zone), nonexistent="shift_forward", ambiguous=True)
    return local.tz_convert("UTC").tz_localize(None)


def scope_utc(settings: Settings) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """Beginning and end of the scope in UTC: local midnights; None where it is open."""
    zone, start, end = settings.place.zone, settings.scope.start, settings.scope.end
    first = local_midnight(start, zone) if start else None
    last = local_midnight(end, zone, days=1) if end else None
    return first, last


def _in_scope(table: pd.DataFrame, settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    first, last = scope_utc(settings)
    inside = pd.Series(True, index=table.index)
    if first is not None:
        inside &= table["time_start"] >= first
    if last is not None:
        inside &= table["time_start"] < last
    if "pollutant" in table and settings.scope.pollutants:
        inside &= table["pollutant"].isin(settings.scope.pollutants)
    if inside.all():
        return table, findings_table([])
    note = Finding(
        code="CASE-OUT-OF-SCOPE",
        severity="info",
        object="observations",
        value=f"{int((~inside).sum())} rows",
        rule="rows outside the period and pollutants of [scope] are not used",
        cure="widen [scope] in case.toml to use them",
    )
    return table.loc[inside].reset_index(drop=True), findings_table([note])
