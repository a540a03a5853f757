"""Steps on what the norms and the permit say; none of them asks who made the smog."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from sootprint.case.config import PromisedCut, Settings
from sootprint.case.flow.permit import permit_steps
from sootprint.case.flow.reading import local_midnight
from sootprint.case.steps import Context, Evidence, Step
from sootprint.core import schema
from sootprint.core.timeaxis import to_local

JURISDICTION = "KZ"
"""Whose texts the indices, the regimes of adverse weather and the permit follow."""

USE_SUSPECT = "attribution.use_suspect_h2s"
"""Setting that lets suspect hydrogen sulphide take part."""


def quality_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """Step ``h2s``, which the attribution asks before it uses hydrogen sulphide."""
    return [
        Step(
            "h2s",
            "Ask whether hydrogen sulphide follows sulphur dioxide",
            _h2s,
            needs=("observations", "stations"),
            settings=("place.zone", "seed"),
            rooms=("core", "norms", "monitors", "case/flow"),
        )
    ]


def law_steps(settings: Settings, evidence: list[Evidence]) -> list[Step]:
    """Steps ``indices``, ``nmu``, ``promised_cuts``, ``audit`` and ``permit``; each where it has inputs."""
    inventory = any(item.kind == "sources" for item in evidence)
    return [
        Step(
            "indices",
            "Work out the indices of the bulletins",
            _indices,
            needs=("observations", "norms", "stations"),
            settings=("place.zone", "scope", "indices"),
            rooms=("core", "norms", "monitors", "case/flow"),
        ),
        *([_PROMISED] if settings.promised_cuts and inventory else []),
        *([_AUDIT] if inventory or any(item.kind == "stack_monitoring" for item in evidence) else []),
        *permit_steps(settings, evidence),
        Step(
            "nmu",
            "Find the adverse weather and what it asks for",
            _nmu,
            needs=(
                *("observations", "h2s_quality", "norms", "stagnation"),
                *("facilities", "sources", "emissions", "ond86_sources", "ond86_contributions"),
            ),
            settings=("place.zone", "scope.jurisdictions", "nmu", USE_SUSPECT),
            rooms=("core", "weather", "action", "monitors", "case/flow"),
        ),
    ]


def without_suspect_h2s(context: Context) -> pd.DataFrame:
    """Readings with the hydrogen sulphide that only follows sulphur dioxide flagged as suspect.

    Suspect readings are used by no step that asks for causes; ``[attribution] use_suspect_h2s`` leaves them.
    """
    observations = context.table("observations")
    if context.settings.attribution.use_suspect_h2s or not context.has("h2s_quality"):
        return observations
    from sootprint import monitors

    return monitors.flag_h2s(observations, context.table("h2s_quality"))


def _shares_on_the_zone(context: Context) -> pd.DataFrame | None:
    """Part of each source at the worst place on the edge of its plant's zone, in parts of the limit."""
    if not context.has("ond86_contributions") or context.table("ond86_contributions").empty:
        return None
    parts, table = context.table("ond86_contributions"), context.table("ond86_sources")
    place = parts["point_id"].str.split(":")
    own = parts.loc[(place.str[0] == "zone") & (place.str[1] == parts["facility_id"])]
    ratio = own.rename(columns={"substance_or_group": "pollutant", "ratio": "concentration_ratio"})
    known = table.loc[(table["cm_mg_m3"] > 0) & table["mpc_mg_m3"].notna(), ["source_id", "pollutant"]]
    joined = known.merge(
        ratio[["source_id", "pollutant", "concentration_ratio"]], on=["source_id", "pollutant"], how="left"
    )
    # A source that is upwind of the place in its worst wind has no row and gives nothing there.
    return joined.fillna({"concentration_ratio": 0.0})


def _promised_cuts(context: Context) -> dict[str, Any]:
    """Checks of the promised cuts from stack monitors and posts, each with its interval and its power."""
    from sootprint import action

    settings = context.settings
    promises = promised_cuts_table(settings.promised_cuts, settings.place.zone)
    checks = action.check_promised_cuts(
        promises,
        context.table("sources"),
        zone=settings.place.zone,
        rates=context.table("rates") if context.has("rates") else None,
        stack_readings=context.table("stack_readings"),
        stack_days=context.table("stack_days"),
        observations=without_suspect_h2s(context),
        operator=context.dataset("operator").load() if context.has("operator") else None,
        weather=context.table("meteorology"),
        stations=context.table("stations").dropna(subset=["lon", "lat"]),
        seed=settings.seed,
        progress=context.progress,
    )
    return {"promised_cuts": promises, "promised_cut_checks": checks}


_PROMISED = Step(
    "promised_cuts",
    "Look for the promised cuts",
    _promised_cuts,
    needs=(
        *("sources", "rates", "stack_readings", "stack_days", "observations", "h2s_quality"),
        *("operator", "meteorology", "stations"),
    ),
    settings=("promised_cuts", "place.zone", "seed", USE_SUSPECT),
    rooms=("core", "action", "monitors", "case/flow"),
)


def _audit(context: Context) -> dict[str, Any]:
    """Findings of the audit, and the mass that stack monitoring gives by month and year."""
    from sootprint import sources as room

    zone = context.settings.place.zone
    names = ("sources", "emissions", "facilities", "declared_cells", "declared_totals")
    days, readings = context.table("stack_days"), context.table("stack_readings")
    mass = room.integrate_mass(days, zone=zone) if len(days) else schema.empty("stack_mass")
    if context.table("sources").empty:
        return {"audit_findings": schema.empty("audit_findings"), "stack_mass": mass}
    findings = room.audit(
        {name: context.table(name) for name in names},
        fuel=context.table("fuel_use"),
        balance=context.table("material_balance"),
        stack_readings=readings,
        stack_days=days,
        ambient=context.table("observations"),
        options={"zone": zone, **context.settings.audit.model_dump()},
        told=context.progress,
    )
    return {"audit_findings": findings, "stack_mass": mass}


_AUDIT = Step(
    "audit",
    "Audit the declared inventory",
    _audit,
    needs=(
        *("facilities", "sources", "emissions", "declared_cells", "declared_totals", "fuel_use"),
        *("material_balance", "stack_days", "stack_readings", "observations"),
    ),
    settings=("audit", "place.zone"),
    rooms=("core", "sources", "case/flow"),
)


def promised_cuts_table(promises: list[PromisedCut], zone: str) -> pd.DataFrame:
    """Table ``promised_cuts`` of the settings; local dates, the last one included, or local clock times."""
    rows = [
        {
            "cut_id": f"C{number}",
            "facility_ids": item.plant,
            "source_ids": item.source,
            "pollutant": item.pollutant,
            "time_start": local_midnight(item.start, zone),
            "time_end": local_midnight(item.end, zone, days=0 if isinstance(item.end, datetime) else 1),
            "promised_cut": item.cut,
            "origin": item.note or "case.toml",
        }
        for number, item in enumerate(promises, start=1)
    ]
    return schema.check(pd.DataFrame(rows), "promised_cuts") if rows else schema.empty("promised_cuts")


def _h2s(context: Context) -> dict[str, Any]:
    from sootprint import monitors

    settings = context.settings
    quality = monitors.h2s_covariation(
        context.table("observations"),
        context.table("stations"),
        zone=settings.place.zone,
        rng=np.random.default_rng([settings.seed, 3]),
    )
    return {"h2s_quality": quality}


INDEX_TABLES = ("air_indices", "index_pollutants", "high_pollution", "parameter_p", "daily_indices")
"""Tables of the indices."""

OF_DAYS = ("high_pollution", "parameter_p", "daily_indices")
"""Tables of the indices whose rows are days or runs: they are made once, over the whole period."""


def _indices(context: Context) -> dict[str, Any]:
    """Indices of each month, each whole year and the whole period, by the limits of Kazakhstan.

    Suspect hydrogen sulphide is in them, as it is in the bulletins; the report says so.
    """
    from sootprint import monitors

    settings = context.settings
    observations, zone = context.table("observations"), settings.place.zone
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in INDEX_TABLES}
    chosen = {key: value for key, value in settings.indices.model_dump().items() if value is not None}
    if JURISDICTION in settings.scope.jurisdictions and len(observations):
        periods = _periods(observations, settings)
        for period in periods:
            context.progress(", ".join(str(value) for value in period.values()))
            made = monitors.city_indices(
                observations, context.table("norms"), context.table("stations"), zone=zone, **period, **chosen
            )
            for name in INDEX_TABLES:
                if name not in OF_DAYS or period is periods[-1]:
                    parts[name].append(made[name])
    return {
        name: schema.check(pd.concat(tables, ignore_index=True), name) if tables else schema.empty(name)
        for name, tables in parts.items()
    }


def _periods(observations: pd.DataFrame, settings: Settings) -> list[dict[str, Any]]:
    """Periods of the indices: months, years of twelve months, and the whole where it is more than a month."""
    local = to_local(observations["time_start"], settings.place.zone)
    first, last = settings.scope.start or local.min().date(), settings.scope.end or local.max().date()
    months = pd.period_range(first, last, freq="M")
    made: list[dict[str, Any]] = [{"month": str(month)} for month in months]
    years = months.year.value_counts()
    made += [{"year": int(year)} for year in sorted(years.index) if years[year] == 12]
    whole_year = len(years) == 1 and months[0].month == 1 and months[-1].month == 12
    return [*made, {"period": (first, last)}] if len(months) > 1 and not whole_year else made


def _nmu(context: Context) -> dict[str, Any]:
    from sootprint import action, weather

    settings = context.settings
    if JURISDICTION not in settings.scope.jurisdictions:
        return {name: schema.empty(name) for name in ("nmu_regimes", "nmu_days", "nmu_reductions")}
    state, sources = context.table("stagnation"), context.table("sources")
    made = {
        "nmu_regimes": schema.empty("nmu_regimes"),
        "nmu_days": schema.empty("nmu_days"),
        "nmu_reductions": schema.empty("nmu_reductions"),
    }
    if len(sources):
        made["nmu_reductions"] = action.required_reductions(
            sources,
            context.table("emissions"),
            facilities=context.table("facilities"),
            shares=_shares_on_the_zone(context),
        )
    if state.empty:
        return made
    norms = context.table("norms")
    readings = None
    if ((norms["jurisdiction"] == JURISDICTION) & (norms["averaging_s"] < 3600.0)).any():
        readings = action.limit_ratios(without_suspect_h2s(context), norms, jurisdiction=JURISDICTION)
    mode = settings.nmu.mode
    made["nmu_regimes"] = weather.nmu_regimes(state, readings, mode=mode, window_h=settings.nmu.window_h)
    made["nmu_days"] = weather.nmu_days(made["nmu_regimes"], zone=settings.place.zone, mode=mode)
    return made
