"""Command ``nmu``: regimes of adverse weather by half days, the warning, and what is asked of each source."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sootprint.core import schema
from sootprint.core.errors import InputError

if TYPE_CHECKING:
    from sootprint.case import Case
    from sootprint.report.nmu_warning import NmuWarning

JURISDICTION = "KZ"
"""Whose single maximum limits judge the degree."""

DEGREES = ("I", "II", "III")
TABLES = (
    "observations",
    "stations",
    "stagnation",
    "meteorology",
    "norms",
    "sources",
    "facilities",
    "emissions",
)


def tables_of(case: Case, wanted: Collection[str], *, quiet: bool) -> dict[str, Any]:
    """Artifacts of a case by name, of the reading steps and of the analysis steps ``wanted``.

    Steps whose inputs have not changed are reused; the others run and are entered in the ledger.

    Raises
    ------
    InputError
        If the evidence has a fault that stops an investigation.
    """
    from sootprint.case.flow import analysis_steps, reading_steps
    from sootprint.case.pipeline import run_steps
    from sootprint.cli.screen import progress

    with case.folder.writing(), progress(quiet=quiet) as listener:
        settings, evidence = case.settings, case.evidence
        steps = reading_steps(settings, evidence)
        steps += [step for step in analysis_steps(settings, evidence) if step.name in wanted]
        results = run_steps(case.folder, steps, settings, listener=listener)
    made = {name: artifact for result in results for name, artifact in result.artifacts.items()}
    findings = made["findings"].load()
    faults = findings[findings["severity"] == "error"]
    if len(faults):
        first = faults.iloc[0]
        raise InputError(
            f"{first['code']} {first['object']} {first['value']}".strip(),
            where=str(first["file"]) or None,
            rule=str(first["rule"]),
            cure=f"{first['cure']}; all faults: sootprint check CASE",
        )
    return made


def run_nmu(
    folder: Path,
    *,
    forecast: Path | None,
    forecast_readings: Path | None,
    day: str | None,
    shares: Path | None,
    language: str | None,
    out_folder: Path | None,
    as_json: bool,
) -> None:
    """Regimes of a case by half days, the warning of the last or of a stated day, and the reductions.

    Raises
    ------
    InputError
        If the case has no wind, a file cannot be read, or the day is not in the data.
    """
    import sootprint
    from sootprint import action
    from sootprint.cli.screen import out, print_json
    from sootprint.report.nmu_paper import warning_text

    case = sootprint.open_case(folder)
    settings = case.settings
    artifacts = tables_of(case, {"weather", "h2s", "norms"}, quiet=as_json)
    tables = {name: artifacts[name].load() for name in TABLES if name in artifacts}
    if tables["stagnation"].empty:
        raise InputError(
            "the case has no wind, or no place", rule="regimes rest on the weather",
            cure="sootprint add CASE FILE --as weather, and [place] lon and lat in case.toml",
        )  # fmt: skip
    ratios = _ratios(tables, artifacts, settings, forecast_readings)
    days = half_days(tables, ratios, settings, forecast)
    chosen = chosen_days(days, day)
    reductions = schema.empty("nmu_reductions")
    if len(tables["sources"]):
        reductions = action.required_reductions(
            tables["sources"], tables["emissions"], facilities=tables["facilities"],
            shares=None if shares is None else shares_of(shares),
        )  # fmt: skip
    warnings = {
        name: _warning(chosen, name, settings, ratios, reductions, tables)
        for name in ([language] if language else list(settings.report.languages))
    }
    written = _write(out_folder, warnings, days, reductions)
    if as_json:
        print_json(
            {
                "place": settings.place.name,
                "regime": next(iter(warnings.values())).regime,
                "days": days,
                "warned": chosen,
                "warnings": {name: warning_text(item) for name, item in warnings.items()},
                "reductions": reductions,
                "files": [path.resolve() for path in written],
            }
        )
        return
    _show(days, reductions, chosen)
    for item in warnings.values():
        out.print(warning_text(item), highlight=False, markup=False, soft_wrap=True)
    for path in written:
        out.print(f"Wrote {path}", highlight=False)


def shares_of(path: Path) -> pd.DataFrame:
    """Parts of the norm at the worst point: source_id, pollutant, concentration_ratio, background_ratio.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or a part is no number from 0.
    """
    from sootprint.core.pollutants import pollutant_id
    from sootprint.core.raw import read_raw

    raw = read_raw(path)[0]
    table = raw.with_header()
    missing = [name for name in ("source_id", "pollutant", "concentration_ratio") if name not in table]
    if missing:
        raise InputError(
            f"no column {missing[0]!r}", where=path.name, cure="source_id, pollutant, concentration_ratio"
        )
    columns = [name for name in ("concentration_ratio", "background_ratio") if name in table]
    made = table[["source_id", "pollutant"]].copy()
    made["pollutant"] = [
        pollutant_id(text, where=raw.place(int(row), "pollutant")) for row, text in table["pollutant"].items()
    ]
    for column in columns:
        given = table[column].str.replace(",", ".")
        numbers = pd.to_numeric(given, errors="coerce")
        wrong = table.index[(numbers.isna() & (given != "")) | (numbers < 0)]
        if len(wrong):
            raise InputError(
                f"{table.loc[wrong[0], column]!r} is no part of a norm",
                where=raw.place(int(wrong[0]), column), rule="a number from 0", cure="correct the cell",
            )  # fmt: skip
        made[column] = numbers
    return made.reset_index(drop=True)


def _ratios(
    tables: dict[str, Any], artifacts: dict[str, Any], settings: Any, forecast_readings: Path | None
) -> pd.DataFrame | None:
    from sootprint import action, monitors

    observations = tables["observations"]
    if "h2s_quality" in artifacts and not settings.attribution.use_suspect_h2s:
        observations = monitors.flag_h2s(observations, artifacts["h2s_quality"].load())
    if forecast_readings is not None:
        read = monitors.read_observations(
            forecast_readings, name=forecast_readings.name, zone=settings.place.zone
        )
        later = read.tables["observations"]
        first = later["time_start"].min()
        observations = pd.concat([observations[observations["time_start"] < first], later], ignore_index=True)
    norms = tables["norms"]
    if not ((norms["jurisdiction"] == JURISDICTION) & (norms["averaging_s"] < 3600.0)).any():
        return None
    return action.limit_ratios(observations, norms, jurisdiction=JURISDICTION)


def half_days(
    tables: dict[str, Any], ratios: pd.DataFrame | None, settings: Any, forecast: Path | None
) -> pd.DataFrame:
    """Table ``nmu_days`` of the observed weather, followed by that of a forecast file.

    The forecast hours are judged with the hours before them at hand, so that a calm that began before the
    forecast goes on in it. With forecast readings they are judged by these, else by the readings of the day
    before each hour.
    """
    from sootprint import weather

    zone, width = settings.place.zone, getattr(getattr(settings, "nmu", None), "window_h", None)
    regimes = weather.nmu_regimes(tables["stagnation"], ratios, window_h=width)
    made = [weather.nmu_days(regimes, zone=zone)]
    if forecast is not None:
        read = weather.read_weather(forecast, name=forecast.name, zone=zone)
        ahead = read.tables["weather"]
        ahead = weather.hourly_weather(ahead, weather.main_station(ahead)).drop(
            columns="samples", errors="ignore"
        )
        first = ahead["time_start"].min()
        place = settings.place
        derived, _ = weather.derive(ahead, lon=place.lon, lat=place.lat, land_use=place.land_use)
        past = tables["meteorology"]
        joined = pd.concat([past[past["time_start"] < first], derived], ignore_index=True)
        joined["station_id"] = str(joined["station_id"].iloc[-1])
        state = weather.stagnation(schema.check(joined, "weather"), calm_m_s=settings.engine.calm_m_s)
        known_later = ratios is not None and (ratios["time_start"] >= first).any()
        later = weather.nmu_regimes(state, ratios, mode="observed" if known_later else "forecast")
        later = later[later["time_start"] >= first].reset_index(drop=True)
        made[0] = made[0][made[0]["time_start"] < first]
        made.append(weather.nmu_days(later, zone=zone, mode="forecast"))
    return schema.check(pd.concat(made, ignore_index=True), "nmu_days")


def chosen_days(days: pd.DataFrame, day: str | None) -> pd.DataFrame:
    """Half days that the warning is for: those of a local date, of the forecast, or of the last degree.

    Raises
    ------
    InputError
        If the date has no half day.
    """
    if day is not None:
        chosen = days[days["day_local"] == day]
        if chosen.empty:
            raise InputError(
                f"no weather of {day}",
                rule=f"local dates from {days['day_local'].min()} to {days['day_local'].max()}",
                cure="choose one of them",
            )
        return chosen
    if (days["mode"] == "forecast").any():
        return days[days["mode"] == "forecast"]
    degree = days.index[days["regime"].isin(DEGREES)]
    if not len(degree):
        return days[days["day_local"] == days["day_local"].iloc[-1]]
    first = last = int(degree[-1])
    while first - 1 in degree:
        first -= 1
    return days.loc[first:last]


def _warning(
    chosen: pd.DataFrame,
    language: str,
    settings: Any,
    ratios: pd.DataFrame | None,
    reductions: pd.DataFrame,
    tables: dict[str, Any],
) -> NmuWarning:
    from sootprint.report.nmu_warning import nmu_warning

    return nmu_warning(
        chosen,
        place=settings.place.name,
        zone=settings.place.zone,
        language=language,
        ratios=ratios,
        reductions=reductions,
        facilities=tables["facilities"],
        stations=tables["stations"],
        synthetic=settings.synthetic,
    )


def _write(
    folder: Path | None, warnings: dict[str, NmuWarning], days: pd.DataFrame, reductions: pd.DataFrame
) -> list[Path]:
    from sootprint.report.nmu_paper import warning_pdf, warning_text

    if folder is None:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in (("nmu_days", days), ("nmu_reductions", reductions)):
        path = folder / f"{name}.csv"
        table.to_csv(path, index=False, lineterminator="\n")
        written.append(path)
    for language, warning in warnings.items():
        paper, text = folder / f"nmu-warning.{language}.pdf", folder / f"nmu-warning.{language}.txt"
        # The end of the last half day stands for the time, so that the same data give the same bytes.
        warning_pdf(warning, paper, made=days["time_end"].max().to_pydatetime())
        text.write_text(warning_text(warning), encoding="utf-8", newline="\n")
        written += [paper, text]
    return written


def _show(days: pd.DataFrame, reductions: pd.DataFrame, chosen: pd.DataFrame) -> None:
    from sootprint.cli.screen import out, print_table

    columns = ["day_local", "period", "mode", "regime", "hours_in_regime", "limit_ratio", "marks"]
    adverse = days[days["regime"] != "none"]
    out.print(
        f"{len(adverse)} of {len(days)} half days with adverse weather or without known weather; "
        f"with a degree: {int(days['regime'].isin(DEGREES).sum())}",
        highlight=False,
    )
    if len(adverse):
        print_table(adverse[columns].tail(20), "Regimes by half days (the last 20 of them)")
    regime = next((name for name in reversed(DEGREES) if (chosen["regime"] == name).any()), None)
    asked = reductions[reductions["regime"] == regime] if regime else reductions.iloc[:0]
    if len(asked):
        columns = [
            "source_id",
            "pollutant",
            "rate_g_s",
            "rate_after_to_g_s",
            "rate_after_from_g_s",
            "covered",
        ]
        top = asked.sort_values("rate_g_s", ascending=False, kind="stable").head(20)
        print_table(
            top[columns], f"Asked of the sources in regime {regime} (largest 20 of {len(asked)} rows)"
        )
