"""Command ``bulletin``: indices of a month or year from a case's readings, as tables, texts and PDFs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sootprint.core.errors import ConfigError, InputError

if TYPE_CHECKING:
    from sootprint.case import Case, Listener
    from sootprint.monitors.city_series import Span
    from sootprint.report.bulletin_chapters import Assessed

JURISDICTION = "KZ"
"""Whose single maximum and daily limits the indices use."""


def run_bulletin(
    folder: Path,
    *,
    month: str | None,
    year: int | None,
    languages: list[str],
    out_folder: Path | None,
    exponents: str | None,
    rules: str | None,
    missing_daily: str,
    as_json: bool,
) -> None:
    """Bulletin of a case for a month, a year or both.

    Raises
    ------
    ConfigError
        If neither a month nor a year is given, or a name is unknown.
    InputError
        If a file of readings cannot be read, or the case has no reading in the periods.
    """
    import sootprint
    from sootprint.cli.screen import out, print_json, progress
    from sootprint.monitors.city_series import span_of
    from sootprint.norms.indices_rules import chosen_rules
    from sootprint.report.bulletin import build_bulletin
    from sootprint.report.languages import LANGUAGES

    if month is None and year is None:
        raise ConfigError("a bulletin needs a period", cure="give --month 2024-11, --year 2024 or both")
    case = sootprint.open_case(folder)
    settings = case.settings
    unknown = [name for name in languages if name not in LANGUAGES]
    if unknown:
        raise ConfigError(
            f"no bulletin in the language {unknown[0]!r}", cure=f"one of: {', '.join(LANGUAGES)}"
        )
    chosen = {
        "exponents": exponents or settings.indices.exponents or "emirsaba",
        "rules": rules or settings.indices.rules or "classic",
        "missing_daily": missing_daily,
    }
    wanted = [{"month": month}] if month is not None else []
    wanted += [{"year": str(year)}] if year is not None else []
    chosen_rules("iza_exponents", "set", chosen["exponents"])
    chosen_rules("high_pollution", "rule_set", chosen["rules"])
    for period in wanted:
        span_of(settings.place.zone, month=period.get("month"), year=period.get("year"))
    with progress(quiet=as_json) as listener:
        tables = gathered(case, listener)
    with waiting("Working out the indices", quiet=as_json):
        parts = [assessed(tables, settings, period, chosen) for period in wanted]
    if all(part.tables["air_indices"].empty for part in parts):
        raise InputError(
            f"no reading in {' or '.join(part.label for part in parts)}",
            rule=f"the readings reach from {_reach(tables['observations'], settings.place.zone)}",
            cure="choose a month or year in which the posts measured",
        )
    target = out_folder or Path(f"bulletin-{parts[0].label}")
    case_facts = {
        "title": settings.title,
        "place": settings.place.name,
        "zone": settings.place.zone,
        "period": (tables["observations"]["time_start"].min(), tables["observations"]["time_start"].max()),
        "synthetic": settings.synthetic,
    }
    with waiting("Writing the bulletin", quiet=as_json):
        made = build_bulletin(
            case_facts,
            parts,
            tables["stations"],
            tables["norms"],
            target,
            languages=languages or list(settings.report.languages),
        )
    files = [*made.papers.values(), *made.texts.values(), *made.tables.values()]
    if as_json:
        print_json(
            {
                "place": settings.place.name,
                "options": chosen,
                "periods": [{"period": part.label, **part.tables} for part in parts],
                "files": [path.resolve() for path in files],
            }
        )
        return
    for part in parts:
        show_part(part)
    for path in [*made.papers.values(), *made.texts.values()]:
        out.print(f"Wrote {path}", highlight=False)
    out.print(f"Wrote {len(made.tables)} tables and {len(made.figures)} figures to {target}", highlight=False)


@contextmanager
def waiting(text: str, *, quiet: bool) -> Iterator[None]:
    """Moving sign on the error stream while something is worked out, where it is a terminal."""
    from sootprint.cli.screen import err

    if quiet or not err.is_terminal:
        yield
        return
    with err.status(text):
        yield


def gathered(case: Case, listener: Listener) -> dict[str, pd.DataFrame]:
    """Tables ``observations``, ``stations``, ``weather`` and ``norms`` of a case; only the reading steps run.

    Raises
    ------
    InputError
        If a file of readings cannot be read at all, or there is no reading.
    """
    from sootprint import norms
    from sootprint.case.flow import reading_steps
    from sootprint.case.pipeline import run_steps

    with case.folder.writing():
        settings = case.settings
        steps = [step for step in reading_steps(settings, case.evidence) if step.name != "check"]
        results = run_steps(case.folder, steps, settings, listener=listener)
    made = results[-1].artifacts
    findings = made["read_findings"].load()
    faults = findings.loc[(findings["severity"] == "error") & (findings["object"] == "observations")]
    if len(faults):
        first = faults.iloc[0]
        raise InputError(
            f"{first['code']} {first['value']}",
            where=str(first["file"]),
            rule=str(first["rule"]),
            cure=f"{first['cure']}; all faults: sootprint check CASE",
        )
    tables = {name: made[name].load() for name in ("observations", "stations", "weather")}
    if tables["observations"].empty:
        raise InputError("the case has no reading", cure=f"sootprint add {case.path} FILE")
    pollutants = sorted(tables["observations"]["pollutant"].unique())
    tables["norms"] = norms.load([JURISDICTION], pollutants)
    return tables


def assessed(
    tables: dict[str, pd.DataFrame], settings: Any, period: dict[str, str], chosen: dict[str, str]
) -> Assessed:
    """One period with its indices and its weather."""
    from sootprint import monitors
    from sootprint.monitors.city_series import span_of
    from sootprint.report.bulletin_chapters import Assessed

    zone = settings.place.zone
    span = span_of(zone, month=period.get("month"), year=period.get("year"))
    made = monitors.city_indices(
        tables["observations"],
        tables["norms"],
        tables["stations"],
        zone=zone,
        month=period.get("month"),
        year=period.get("year"),
        jurisdiction=JURISDICTION,
        exponents=chosen["exponents"],
        rules=chosen["rules"],
        missing_daily=chosen["missing_daily"],
    )
    made |= weather_tables(tables, settings, span)
    if {"H2S", "SO2"} <= set(tables["observations"]["pollutant"]):
        rng = np.random.default_rng([settings.seed, 4])
        start = tables["observations"]["time_start"]
        own = tables["observations"].loc[(start >= span.start) & (start < span.end)]
        made["h2s_quality"] = monitors.h2s_covariation(own, tables["stations"], zone=zone, rng=rng)
    return Assessed(span.kind, span.label, made, chosen["exponents"], chosen["rules"])


def weather_tables(tables: dict[str, pd.DataFrame], settings: Any, span: Span) -> dict[str, pd.DataFrame]:
    """Tables ``air_potential`` and ``nmu_days`` of a period; none where the case has no wind or no place."""
    from sootprint import action, weather

    place, engine, table = settings.place, settings.engine, tables["weather"]
    if table["wind_speed"].notna().sum() == 0:
        return {}
    station = engine.weather_station or weather.main_station(table)
    hourly = weather.hourly_weather(table, station).drop(columns="samples")
    if place.lon is not None and place.lat is not None:
        hourly, _findings = weather.derive(hourly, lon=place.lon, lat=place.lat, land_use=place.land_use)
    made = {
        "air_potential": weather.air_potential(
            hourly, zone=place.zone, start=span.start, end=span.end, calm_m_s=engine.calm_m_s
        )
    }
    air = weather.stagnation(hourly, calm_m_s=engine.calm_m_s)
    readings = None
    if (tables["norms"]["averaging_s"] < 3600.0).any():
        readings = action.limit_ratios(tables["observations"], tables["norms"], jurisdiction=JURISDICTION)
    regimes = weather.nmu_regimes(air, readings, window_h=settings.nmu.window_h)
    days = weather.nmu_days(regimes, zone=place.zone)
    inside = (days["time_start"] >= span.start) & (days["time_start"] < span.end)
    return made | {"nmu_days": days.loc[inside].reset_index(drop=True)}


def show_part(part: Assessed) -> None:
    """Indices and substances of a period on the screen."""
    from sootprint.cli.screen import out, print_table

    indices, substances = part.tables["air_indices"], part.tables["index_pollutants"]
    if indices.empty:
        out.print(f"{part.label}: no reading", highlight=False)
        return
    city = indices.loc[indices["scope"] == "city"]
    decided = city.loc[city["decides"]]
    for row in decided.rename(columns={"index": "index_"}).itertuples(index=False):
        out.print(
            f"{part.label}: level of pollution {row.level} (grade {row.grade}) by {row.index_}; {row.mark}",
            highlight=False,
        )
        if row.data_capture < 0.75:
            out.print(
                f"Only {100 * row.data_capture:.0f} % of the possible single concentrations are there: "
                "the level describes these readings, not the whole period.",
                style="yellow",
                highlight=False,
            )
    shown = indices.pivot_table(index=["scope", "place"], columns="index", values="value", sort=False)
    level = indices.loc[indices["decides"]].set_index(["scope", "place"])["level"]
    capture = indices.loc[indices["index"] == "SI"].set_index(["scope", "place"])["data_capture"]
    shown = shown.reindex(columns=["SI", "NP", "IZA5"]).assign(level=level, data_capture=capture)
    print_table(shown.reset_index(), f"Indices, {part.label} (NP in %)")
    own = substances.loc[substances["scope"] == "city"]
    columns = {
        "": own["pollutant"],
        "mean": _short(own["mean_ugm3"] / 1000.0),
        "/MPCd": _short(own["mean_ratio"]),
        "largest": _short(own["maximum_ugm3"] / 1000.0),
        "/MPCs": _short(own["maximum_ratio"]),
        "NP %": _short(own["np_percent"]),
        ">1": own["n_over_1"],
        ">5": own["n_over_5"],
        ">10": own["n_over_10"],
        "mark": own["mark"],
    }
    print_table(pd.DataFrame(columns), f"Substances, {part.label} (mg/m³; times the daily and single limit)")
    high = part.tables["high_pollution"]
    if len(high):
        names = ["level", "station_id", "pollutant", "time_start", "hours", "maximum_ratio", "rule"]
        print_table(high[names], "High and extremely high pollution (UTC)")
    else:
        out.print(f"No case of high pollution by the rules {part.rules!r}.", highlight=False)


def _short(values: pd.Series) -> list[float]:
    """Numbers with three significant digits, for a narrow table."""
    return [float(f"{value:.3g}") for value in values]


def _reach(observations: pd.DataFrame, zone: str) -> str:
    from sootprint.core.timeaxis import to_local

    ends = pd.Series([observations["time_start"].min(), observations["time_start"].max()])
    first, last = to_local(ends, zone).dt.strftime("%Y-%m-%d")
    return f"{first} to {last}"
