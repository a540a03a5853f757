"""Machine summary of a run: the key numbers with unit and interval, one JSON file with a schema."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from sootprint.report.results import Results

FORMAT: Literal["sootprint-findings/1"] = "sootprint-findings/1"
"""Name and version of the format of ``findings.json``."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Interval(_Part):
    """Posterior mean and the ends of its 90 % interval; null where there is none."""

    mean: float | None = Field(description="Posterior mean, in the unit of the field's name")
    q05: float | None = Field(description="Lower end of the 90 % interval")
    q95: float | None = Field(description="Upper end of the 90 % interval")


class CaseSummary(_Part):
    """What was investigated."""

    title: str
    place: str
    zone: str = Field(description="IANA time zone")
    period_start: datetime = Field(description="UTC, included")
    period_end: datetime = Field(description="UTC, excluded")
    pollutants: list[str]
    jurisdictions: list[str]
    synthetic: bool = Field(description="True where the city was made by a program")
    seed: int | None
    run_id: str | None


class DataSummary(_Part):
    """How much was measured and how much of it could be used."""

    stations: int
    readings: int
    readings_by_flag: dict[str, int]
    weather_hours: int
    complaints: int
    findings_by_severity: dict[str, int]
    quarantined_by_code: dict[str, int]


class NormSummary(_Part):
    """One comparison of a post with a norm."""

    station_id: str
    pollutant: str
    norm_id: str
    verdict: Literal["exceeded", "not exceeded", "not assessable"]
    limit_ugm3: float
    statistic_ugm3: float | None
    ratio: float | None
    n_exceedances: int
    data_capture: float = Field(description="Share of the possible intervals with enough data")
    mark: str = Field(description="Mark of the norm's value: verified, secondary or unverified")
    rule_mark: str | None = Field(None, description="Mark of the rules of the norm's form")
    kind: str | None = Field(
        None, description="limit, guideline, target, interim_target, information or alert"
    )
    in_force: str | None = Field(None, description="Whether the norm applied in the period")
    compared_value: float | None = Field(
        None, description="What is set against the limit, as the norm rounds it"
    )
    compared_limit: float | None = Field(None, description="Limit in the unit of the norm")
    compared_unit: str | None = Field(None, description="Unit of both")
    years_needed: int | None = None
    years_used: int | None = None


class EpisodeSummary(_Part):
    """One episode."""

    episode_id: str
    pollutant: str
    norm_id: str
    time_start: datetime = Field(description="UTC")
    time_end: datetime = Field(description="UTC, end of the last hour")
    kind: str
    peak_ugm3: float
    peak_ratio: float
    peak_station_id: str


class ContributionSummary(_Part):
    """Modelled contribution over the whole period, mean over posts."""

    pollutant: str
    component: str
    source_id: str | None
    contribution_ugm3: Interval
    share: Interval
    hours_served: int
    hours_total: int


class SourceSummary(_Part):
    """Declared and inferred rate of one source."""

    source_id: str
    pollutant: str
    declared_g_s: float | None
    inferred_g_s: Interval
    ratio: Interval
    averaging_kernel: float | None
    group_id: str | None
    verdict: str


class InspectionSummary(_Part):
    """Place in the order of inspection."""

    rank: int
    source_id: str
    pollutant: str
    score: float


class IndexSummary(_Part):
    """One index of the bulletins for the whole city."""

    period_start: datetime = Field(description="UTC")
    period_end: datetime = Field(description="UTC")
    index: str = Field(description="SI, NP (in per cent) or IZA5")
    value: float | None
    grade: int | None = Field(description="1 low to 4 very high")
    decides: bool = Field(description="Whether this index gives the grade of the period")
    mark: str = Field(description="Mark of the least checked limit or rule")


class HydrogenSulphideSummary(_Part):
    """Whether hydrogen sulphide of a post follows sulphur dioxide, over the whole period."""

    station_id: str
    verdict: str
    n_exceedances: int
    n_flagged: int = Field(description="Readings that are suspect and kept out of the attribution")


class PromisedCutSummary(_Part):
    """Check of one promised cut from one kind of data."""

    cut_id: str
    pollutant: str
    method: str
    promised_cut: float
    cut: float | None
    cut_low: float | None
    cut_high: float | None
    power_promised: float | None
    verdict: str


class CalculatedSummary(_Part):
    """Largest calculated concentration of a substance or group by the legal method."""

    substance_or_group: str
    ratio: float | None = Field(description="Largest, in parts of the single limit")
    largest_on_edge: float | None = Field(description="On the edge of the sanitary zones")
    outside_area_m2: float | None = Field(description="Area over the limit outside the zones")


class LawSummary(_Part):
    """What the norms and the permit say; it does not say who contributed."""

    indices: list[IndexSummary]
    high_pollution_by_level: dict[str, int] = Field(description="Cases of VZ and EVZ")
    nmu_hours_by_regime: dict[str, int]
    hydrogen_sulphide: list[HydrogenSulphideSummary]
    audit_findings_by_severity: dict[str, int]
    audit_findings_by_code: dict[str, int]
    promised_cuts: list[PromisedCutSummary]
    permit_method: str | None
    permit: list[CalculatedSummary]


class ScorecardSummary(_Part):
    """Result against the known truth of a synthetic city."""

    intervals: int
    intervals_holding_truth: int


class Summary(_Part):
    """Content of ``findings.json``."""

    format: Literal["sootprint-findings/1"] = FORMAT
    case: CaseSummary
    data: DataSummary
    operator_hours_by_reason: dict[str, int]
    norms: list[NormSummary]
    episodes: list[EpisodeSummary]
    contributions: list[ContributionSummary] = Field(description="Empty without an inventory of sources")
    sources: list[SourceSummary]
    inspections: list[InspectionSummary]
    law: LawSummary
    scorecard: ScorecardSummary | None
    ledger_head: str | None
    versions: dict[str, str]


def summarize(results: Results) -> Summary:
    """Key numbers of a run."""
    scorecard = results.table("scorecard")
    whole = results.table("attribution_episodes")
    whole = whole[(whole["episode_id"] == "all") & (whole["station_id"] == "all")]
    return Summary(
        case=_case(results),
        data=_data(results),
        operator_hours_by_reason=_counts(results.table("operator_hours")["reason"]),
        norms=_rows(NormSummary, results.table("exceedances"), ["pollutant", "norm_id", "station_id"]),
        episodes=_rows(EpisodeSummary, results.table("episodes"), ["time_start", "episode_id"]),
        contributions=[
            ContributionSummary(
                pollutant=row["pollutant"],
                component=row["component"],
                source_id=_value(row["source_id"]),
                contribution_ugm3=_interval(row, "contribution_ugm3", "q05_ugm3", "q95_ugm3"),
                share=_interval(row, "share", "share_q05", "share_q95"),
                hours_served=row["hours_served"],
                hours_total=row["hours_total"],
            )
            for row in _sorted(whole, ["pollutant", "component", "source_id"])
        ],
        sources=[
            SourceSummary(
                source_id=row["source_id"],
                pollutant=row["pollutant"],
                declared_g_s=_value(row["declared_g_s"]),
                inferred_g_s=_interval(row, "inferred_g_s", "inferred_q05_g_s", "inferred_q95_g_s"),
                ratio=_interval(row, "ratio", "ratio_q05", "ratio_q95"),
                averaging_kernel=_value(row["averaging_kernel"]),
                group_id=_value(row["group_id"]),
                verdict=row["verdict"],
            )
            for row in _sorted(results.table("attribution_sources"), ["source_id", "pollutant"])
        ],
        inspections=_rows(InspectionSummary, results.table("inspections"), ["rank"]),
        law=_law(results),
        scorecard=ScorecardSummary(
            intervals=len(scorecard), intervals_holding_truth=int(scorecard["holds"].sum())
        )
        if len(scorecard)
        else None,
        ledger_head=results.ledger.get("head"),
        versions=dict(sorted(results.versions.items())),
    )


def _case(results: Results) -> CaseSummary:
    start, end = results.period
    case = results.case
    return CaseSummary(
        title=case["title"],
        place=case["place"],
        zone=case["zone"],
        period_start=start.tz_localize("UTC").to_pydatetime(),
        period_end=end.tz_localize("UTC").to_pydatetime(),
        pollutants=list(case.get("pollutants", ())),
        jurisdictions=list(case.get("jurisdictions", ())),
        synthetic=results.synthetic,
        seed=case.get("seed"),
        run_id=case.get("run_id"),
    )


def _law(results: Results) -> LawSummary:
    indices, sulphide = results.table("air_indices"), results.table("h2s_quality")
    points = results.table("ond86_points")
    worst = points.loc[points["point_id"].astype(str).str.startswith("worst:")]
    zone = results.table("permit_zone")
    audit = results.table("audit_findings")
    methods = results.table("ond86_sources")["method"].dropna().unique()
    return LawSummary(
        indices=_rows(
            IndexSummary, indices[indices["scope"] == "city"], ["period_start", "period_end", "index"]
        ),
        high_pollution_by_level=_counts(results.table("high_pollution")["level"]),
        nmu_hours_by_regime=_counts(results.table("nmu_regimes")["regime"]),
        hydrogen_sulphide=_rows(
            HydrogenSulphideSummary, sulphide[sulphide["period"] == "whole"], ["station_id"]
        ),
        audit_findings_by_severity=_counts(audit["severity"]),
        audit_findings_by_code=_counts(audit["code"]),
        promised_cuts=_rows(PromisedCutSummary, results.table("promised_cut_checks"), ["cut_id", "method"]),
        permit_method=str(methods[0]) if len(methods) else None,
        permit=_rows(
            CalculatedSummary,
            worst[["substance_or_group", "ratio"]].merge(zone, on="substance_or_group", how="left"),
            ["substance_or_group"],
        ),
    )


def _data(results: Results) -> DataSummary:
    findings = results.table("findings")
    observations = results.table("observations")
    return DataSummary(
        stations=len(results.table("stations")),
        readings=len(observations),
        readings_by_flag=_counts(observations["flag"]),
        weather_hours=len(results.table("weather")),
        complaints=len(results.table("complaints")),
        findings_by_severity=_counts(findings["severity"]),
        quarantined_by_code=results.quarantined_by_code(),
    )


def _counts(values: pd.Series) -> dict[str, int]:
    return {str(key): int(count) for key, count in sorted(values.value_counts().items())}


def _sorted(table: pd.DataFrame, keys: list[str]) -> list[dict[str, Any]]:
    return table.sort_values(keys, kind="stable").to_dict("records")


def _rows(model: type[Any], table: pd.DataFrame, keys: list[str]) -> list[Any]:
    names = list(model.model_fields)
    return [model(**{name: _value(row[name]) for name in names}) for row in _sorted(table, keys)]


def _value(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.tz_localize("UTC").to_pydatetime() if isinstance(value, pd.Timestamp) else value


def _interval(row: dict[str, Any], mean: str, low: str, high: str) -> Interval:
    return Interval(mean=_value(row[mean]), q05=_value(row[low]), q95=_value(row[high]))
