"""Step ``report``: the documents of a run, made from the tables of the steps before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from sootprint.case import Context, Evidence, Settings, Step
from sootprint.core.findings import concat_findings
from sootprint.report.results import Results

LAW = (
    "air_indices", "index_pollutants", "high_pollution", "daily_indices", "h2s_quality", "nmu_regimes",
    "nmu_days", "nmu_reductions", "promised_cuts", "promised_cut_checks", "audit_findings", "stack_names",
    "stack_days", "stack_gaps", "stack_mass", "stack_quarantine", "ond86_sources", "ond86_limits",
    "ond86_points", "ond86_contributions", "ond86_needed", "permit_zone",
)  # fmt: skip
"""Tables of what the norms and the permit say."""

DECIDABLE = (
    "identifiability_sources", "identifiability_pairs", "identifiability_groups", "visibility_summary",
    "next_posts", "deciding_observations",
)  # fmt: skip
"""Tables of what the readings could decide."""

FACTORS = (
    "factor_solution", "factor_profiles", "factor_contributions", "factor_starts", "factor_numbers",
    "factor_plants",
)  # fmt: skip
"""Tables of what came together."""

UNKNOWN = (
    "unknown_areas", "unknown_posts", "unknown_candidates", "unknown_hours", "unknown_search",
    "unknown_directions",
)  # fmt: skip
"""Tables of what no declared source explains."""

TABLES = (
    "stations", "observations", "weather", "facilities", "sources", "emissions", "complaints", "findings",
    "guesses", "norms", "means", "exceedances", "exceedance_hours", "stagnation", "episodes",
    "stagnation_link", "wind_rose", "pollution_rose", "polar_plot", "direction_hour",
    "directional_sectors", "percentile_rose", "polar_statistic", "polar_annulus", "polar_clusters",
    "polar_cluster_shares", "time_variation", "trends", "smooth_trends", "triangulation_regions",
    "triangulation_bearings", "operator_hours", "attribution_sources", "attribution_episodes",
    "attribution_groups", "attribution_checks", "attribution_sensitivity",
    "evidence_rates", "evidence_episodes", "evidence_norms", "evidence_statements", "evidence_unanswered",
    "inspections", "scenarios", "scorecard", "scorecard_episodes", "scorecard_cuts",
    "scorecard_calm", "scorecard_calm_plume", "terrain_wind_map", "terrain_wind_hours",
    "terrain_wind_sites",
    *LAW, *DECIDABLE, *FACTORS, *UNKNOWN,
)  # fmt: skip
"""Tables that the documents show, where a step made them."""

MORE = ("weather_findings", "attribution_findings", "unknown_findings", "terrain_findings")
"""Tables that are added to others."""

RECORDS = ("reading", "engine", "attribution_summary", "permit", "identifiability_rules", "factor_remarks")

FIELDS = ("ond86_field",)
"""Gridded results that figures are drawn from."""


def report_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """The step ``report`` of a case."""
    return [
        Step(
            "report",
            "Write the report",
            _report,
            needs=(*TABLES, *MORE, *RECORDS, *FIELDS),
            settings=(
                "title",
                "synthetic",
                "seed",
                "place",
                "scope",
                "report",
                "attribution.use_suspect_h2s",
            ),
            rooms=("core", "report"),
            evidence=tuple(item.name for item in evidence),
        )
    ]


def _report(context: Context) -> dict[str, Any]:
    from sootprint.report.documents import build

    folder = context.folder / "documents"
    languages = list(context.settings.report.languages)
    build(results_of(context), folder, languages=languages, language=languages[0])
    return {"documents": folder}


def results_of(context: Context) -> Results:
    """Results of the steps before, as the documents take them."""
    from sootprint.case.hashing import hash_data, library_versions

    settings = context.settings
    tables = {name: context.table(name) for name in TABLES if context.has(name)}
    more = [context.table(name) for name in MORE if context.has(name)]
    tables["findings"] = concat_findings([tables["findings"], *more])
    rows = {item["file"]: item for item in context.record("reading")} if context.has("reading") else {}
    start, end = _period(tables["observations"])
    return Results(
        case={
            "title": settings.title,
            "place": settings.place.name,
            "zone": settings.place.zone,
            "period": (start, end),
            "pollutants": sorted(tables["observations"]["pollutant"].unique()),
            "jurisdictions": list(settings.scope.jurisdictions),
            "synthetic": settings.synthetic,
            "seed": settings.seed,
            "use_suspect_h2s": settings.attribution.use_suspect_h2s,
            "run_id": hash_data({name: item.sha256 for name, item in context.inputs.items()})[:16],
        },
        tables=tables,
        evidence=[
            {
                "file": item.name,
                "kind": item.kind,
                "sha256": item.sha256,
                "bytes": item.bytes,
                "added": item.added,
                "by": item.by,
                "rows": _rows_read(rows.get(item.name, {}).get("rows", {})),
            }
            for item in context.evidence
        ],
        versions=library_versions(),
        engine=engine_record(context.record("engine")) if context.has("engine") else {},
        diagnostics=context.record("attribution_summary") if context.has("attribution_summary") else {},
        factor_remarks=context.record("factor_remarks") if context.has("factor_remarks") else {},
        rules=context.record("identifiability_rules") if context.has("identifiability_rules") else {},
        permit=context.record("permit") if context.has("permit") else {},
        fields={name: context.dataset(name).load() for name in FIELDS if context.has(name)},
    )


def _rows_read(rows: Mapping[str, int]) -> int:
    """Rows that a file gave; tables that only restate or sum up other rows of it are not counted again."""
    restated = {"declared_cells", "declared_totals", "stack_gaps", "stack_names", "stack_quarantine"}
    restated |= {"stack_days"} if rows.get("stack_readings") else set()
    return sum(count for table, count in rows.items() if table not in restated)


def engine_record(attributes: Mapping[str, Any]) -> dict[str, str]:
    """What identifies the dispersion engine, from the attributes of its operator, in the order of reading.

    The options that have a value stand in one line; counts of hours are in the table ``operator_hours``.
    """
    chosen = {
        "engine": f"{attributes.get('engine', '')} {attributes.get('version', '')}".strip(),
        "formulas": attributes.get("physics", ""),
        "land use": attributes.get("land_use", ""),
        "grid": attributes.get("crs", ""),
        "options": _one_line(attributes.get("options", "")),
        "hash of the engine's inputs": attributes.get("inputs_sha256", ""),
    }
    return {name: str(value) for name, value in chosen.items() if str(value).strip()}


def _one_line(options: str | Mapping[str, Any]) -> str:
    given = json.loads(options) if isinstance(options, str) and options else dict(options or {})
    words = {True: "yes", False: "no"}
    return "; ".join(
        f"{name} {words[value] if isinstance(value, bool) else value}"
        for name, value in sorted(given.items())
        if value is not None and value != {}
    )


def _period(observations: pd.DataFrame) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last time of the readings, the last excluded."""
    ends = observations["time_start"] + pd.to_timedelta(observations["duration_s"], unit="s")
    return observations["time_start"].min(), ends.max()
