"""Made-up results for the tests of the documents: a small city with hostile names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from sootprint.core import schema
from sootprint.report.results import Results

HOSTILE = '<script>alert(1)</script> #panic("x") *b* _i_ $m$ @ref `raw` \\ //c = h'
COMPLAINT_WORDS = "my grandmother at 12 Quiet street coughs"
START = pd.Timestamp("2023-11-01")
ZONE = "Asia/Almaty"


FILLING = {"string": "made up", "float": 0.5, "int": 1, "bool": True, "datetime": START}


def made(name: str, rows: list[dict] | pd.DataFrame) -> pd.DataFrame:
    """Table by its schema; required columns that the rows leave out are filled."""
    table = pd.DataFrame(rows)
    for row in schema.schema(name).itertuples():
        if row.required == "yes" and row.column not in table:
            table[row.column] = row.allowed.split("|")[0] if row.allowed else FILLING[row.type]
    return schema.check(table, name)


def stations() -> pd.DataFrame:
    names = ["Market square", HOSTILE, "Өскемен, Қазақстан көшесі", "School No. 5"]
    return made(
        "stations",
        [
            {
                "station_id": f"P{i + 1}",
                "name": name,
                "lon": 82.58 + 0.02 * i,
                "lat": 49.93 + 0.013 * i,
                "elevation_m": 290.0,
                "inlet_height_m": 4.0,
                "kind": "automatic",
                "operator": "City",
            }
            for i, name in enumerate(names)
        ],
    )


def observations(hours: int = 240) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    parts = []
    for number in range(4):
        for pollutant, level in (("SO2", 120.0), ("PM2.5", 45.0)):
            time = START + pd.to_timedelta(np.arange(hours), unit="h")
            bump = 1 + 4 * np.exp(-(((np.arange(hours) - 90) / 14.0) ** 2))
            value = level * (1 + 0.15 * number) * bump * rng.lognormal(0, 0.4, hours)
            flag = rng.choice(["valid", "missing", "suspect"], hours, p=[0.93, 0.05, 0.02])
            parts.append(
                pd.DataFrame(
                    {
                        "station_id": f"P{number + 1}",
                        "pollutant": pollutant,
                        "time_start": time,
                        "duration_s": 3600.0,
                        "value_ugm3": np.where(flag == "missing", np.nan, value),
                        "flag": flag,
                        "source_file": "posts.csv",
                        "source_row": np.arange(hours) + 2,
                    }
                )
            )
    return made("observations", pd.concat(parts, ignore_index=True))


def weather(hours: int = 240) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    speed = np.abs(rng.normal(2.4, 1.4, hours))
    return made(
        "weather",
        pd.DataFrame(
            {
                "station_id": "AIRPORT",
                "time_start": START + pd.to_timedelta(np.arange(hours), unit="h"),
                "duration_s": 3600.0,
                "wind_speed": speed,
                "wind_from_direction": np.where(speed < 0.5, np.nan, rng.uniform(0, 360, hours)),
                "measurement_height": 10.0,
                "air_temperature": 262.0 + 6 * np.sin(np.arange(hours) / 24 * 6.28),
                "pressure": 98000.0,
                "humidity": 0.8,
                "cloud": 0.4,
                "mixing_height": 350.0,
                "stability_class": rng.choice(list("DEF"), hours),
                "source_file": "airport.csv",
                "source_row": np.arange(hours) + 2,
            }
        ),
    )


FOREIGN_NORMS = [
    {
        "norm_id": norm_id, "jurisdiction": "EU" if "EU" in label else "US", "pollutant": "SO2",
        "label": f"SO2 {label}", "kind": kind, "form": form, "averaging_s": 3600.0, "limit_stated": stated,
        "limit_unit": unit, "limit_ugm3": limit, "years": years, "allowed_exceedances": allowed,
        "valid_from": since, "legal_source": f"Law of {label[:2]}", "mark": "verified",
        "rule_mark": rule_mark,
    }
    for norm_id, label, kind, form, stated, unit, limit, years, allowed, since, rule_mark in (
        ("US-SO2-1H", "US daily largest 1-hour mean", "limit", "rank_percentile", 75.0, "ppb", 196.39, 3,
         None, "2010-08-23", "unverified"),
        ("EU2008-SO2-ALERT", "EU 2008 1-hour mean (alert)", "alert", "consecutive", 500.0, "µg/m³", 500.0, 1,
         None, None, "verified"),
        ("EU2024-SO2-1H", "EU 2024 1-hour mean", "limit", "allowed_exceedances", 350.0, "µg/m³", 350.0, 1, 3,
         "2030-01-01", "secondary"),
        ("EU2008-SO2-8H", "EU 2008 daily largest 8-hour mean (target)", "target", "mean_exceedances", 120.0,
         "µg/m³", 120.0, 3, 25, "2010-01-01", "verified"),
    )
]  # fmt: skip


def norms() -> pd.DataFrame:
    rows = []
    for pollutant, single, daily in (("SO2", 500.0, 50.0), ("PM2.5", 160.0, 35.0)):
        for label, seconds, limit, form in (
            ("single", 1200.0, single, "maximum"),
            ("daily", 86400.0, daily, "mean"),
        ):
            rows.append(
                {
                    "norm_id": f"KZ-{pollutant}-{label}",
                    "jurisdiction": "KZ",
                    "pollutant": pollutant,
                    "label": f"KZ MPC {label}",
                    "kind": "limit",
                    "averaging_s": seconds,
                    "limit_ugm3": limit,
                    "form": form,
                    "legal_source": "Order of the minister of health, 2 August 2022",
                    "source_date": "2022-08-02",
                    "mark": "secondary" if label == "single" else "unverified",
                    "rule_mark": "unverified",
                }
            )
    return made("norms", [*rows, *FOREIGN_NORMS])


def exceedances() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    rows = []
    for norm in norms().itertuples(index=False):
        if norm.jurisdiction != "KZ":
            continue
        for number in range(4):
            ratio = float(rng.uniform(0.4, 3.4))
            open_ = number == 3 and norm.form == "mean"
            rows.append(
                {
                    "station_id": f"P{number + 1}",
                    "pollutant": norm.pollutant,
                    "norm_id": norm.norm_id,
                    "kind": norm.kind,
                    "form": norm.form,
                    "averaging_s": norm.averaging_s,
                    "limit_ugm3": norm.limit_ugm3,
                    "period_start": START,
                    "period_end": START + pd.Timedelta(days=10),
                    "n_possible": 720,
                    "n_valid": 650 - 150 * open_,
                    "data_capture": 0.9 - 0.2 * open_,
                    "n_exceedances": int(ratio > 1) * 17,
                    "allowed_exceedances": 0 if norm.form == "maximum" else None,
                    "statistic_ugm3": None if open_ else ratio * norm.limit_ugm3,
                    "ratio": None if open_ else ratio,
                    "compared_value": None if open_ else ratio * norm.limit_ugm3 / 1000,
                    "compared_limit": norm.limit_ugm3 / 1000,
                    "compared_unit": "mg/m³",
                    "maximum_ugm3": 2 * ratio * norm.limit_ugm3,
                    "maximum_time": START + pd.Timedelta(hours=91),
                    "verdict": "not assessable" if open_ else "exceeded" if ratio > 1 else "not exceeded",
                    "reason": "data capture of 70 % is under 75 %" if open_ else "",
                    "mark": norm.mark,
                    "rule_mark": norm.rule_mark,
                    "in_force": "not stated",
                }
            )
    return made("exceedances", [*rows, *foreign_comparisons()])


def foreign_comparisons() -> list[dict]:
    """Comparisons of the first post with norms over three years, thresholds and norms of a later day."""
    outcome = {
        "US-SO2-1H": (81.0, 75.0, "ppb", 211.6, 1.08, "not assessable", "yes", 2, 14, None,
                      "data capture of 61 % is under 75 % in a quarter; the norm takes 3 years: the "
                      "statistic is of two"),
        "EU2008-SO2-ALERT": (612.0, 500.0, "µg/m³", 612.0, 1.224, "exceeded", "not stated", 1, 5, None, ""),
        "EU2024-SO2-1H": (350.04, 350.0, "µg/m³", 350.04, 1.0001, "exceeded", "no", 1, 4, 3,
                          "the limit applies from 2030-01-01"),
        "EU2008-SO2-8H": (30.333, 25.0, "days a year", 141.0, 1.175, "exceeded", "yes", 3, 91, 25, ""),
    }  # fmt: skip
    rows = []
    for norm in FOREIGN_NORMS:
        value, limit, unit, level, ratio, verdict, force, used, over, allowed, reason = outcome[
            norm["norm_id"]
        ]
        rows.append(
            {
                **{key: norm[key] for key in ("pollutant", "norm_id", "kind", "form", "averaging_s")},
                **{key: norm[key] for key in ("limit_ugm3", "mark", "rule_mark")},
                "station_id": "P1", "period_start": START - pd.DateOffset(years=norm["years"] - 1),
                "period_end": START + pd.Timedelta(days=10), "years_needed": norm["years"],
                "years_used": used, "n_possible": 240, "n_valid": 220, "data_capture": 0.92,
                "worst_capture": 0.61 if used == 2 else 0.92, "n_exceedances": over,
                "allowed_exceedances": allowed, "statistic_ugm3": level, "ratio": ratio,
                "compared_value": value, "compared_limit": limit, "compared_unit": unit,
                "maximum_ugm3": 700.0, "maximum_time": START + pd.Timedelta(hours=91), "verdict": verdict,
                "reason": reason, "in_force": force,
            }
        )  # fmt: skip
    return rows


def episodes() -> pd.DataFrame:
    rows = []
    for number in range(5):
        start = START + pd.Timedelta(hours=40 * number + 12)
        rows.append(
            {
                "episode_id": f"SO2-{number + 1:03d}",
                "pollutant": "SO2",
                "norm_id": "KZ-SO2-single",
                "limit_ugm3": 500.0,
                "time_start": start,
                "time_first_exceeded": start + pd.Timedelta(hours=4),
                "time_end": start + pd.Timedelta(hours=14 + number),
                "duration_h": 14.0 + number,
                "kind": "stagnation" if number % 2 else "ventilated",
                "peak_station_id": f"P{number % 4 + 1}",
                "peak_time": start + pd.Timedelta(hours=7),
                "peak_ugm3": 812.4 + 93 * number,
                "peak_ratio": 1.62 + 0.19 * number,
                "mean_ugm3": 402.3,
                "hours_exceeded": 6 + number,
                "stations_exceeded": "P1,P2",
                "data_coverage": 0.94,
                "wind_speed_mean": 0.8,
                "calm_share": 0.42,
                "stagnant_share": 0.8,
                "hours_since_ventilated_max": 31.0,
                "accumulation_ugm3_h": 48.2,
                "weather_text": "Wind below 1 m/s for 14 h after 31 h without ventilation.",
            }
        )
    return made("episodes", rows)


def stagnation(hours: int = 240) -> pd.DataFrame:
    rows = weather(hours)
    return made(
        "stagnation",
        pd.DataFrame(
            {
                "time_start": rows["time_start"],
                "wind_speed": rows["wind_speed"],
                "calm": rows["wind_speed"] < 0.5,
                "hours_since_ventilated": np.arange(hours) % 37.0,
                "mean_wind_12h": 2.1,
                "recirculation_24h": 0.5,
                "ventilation": rows["wind_speed"] * 350.0,
                "stagnant": rows["wind_speed"] < 1.5,
            }
        ),
    )


def directions() -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(4)
    sectors = np.arange(0, 360, 22.5)
    classes = [("0.5–1", 0.5), ("1–2", 1.0), ("2–4", 2.0), ("4–8", 4.0)]
    wind = [
        {
            "station_id": "AIRPORT",
            "sector_deg": sector,
            "speed_class": name,
            "speed_from": edge,
            "hours": int(rng.integers(1, 9)),
            "share": 1 / 70,
        }
        for sector in sectors
        for name, edge in classes
    ]
    wind.append(
        {
            "station_id": "AIRPORT",
            "sector_deg": None,
            "speed_class": "calm",
            "speed_from": 0.0,
            "hours": 20,
            "share": 6 / 70,
        }
    )
    rose, polar, hour, statements = [], [], [], []
    for post in ("P1", "P2"):
        for sector in sectors:
            cpf = float(np.clip(0.2 + 0.4 * np.cos(np.radians(sector - 300)), 0.02, 1))
            rose.append(
                {
                    "station_id": post,
                    "pollutant": "SO2",
                    "sector_deg": sector,
                    "hours": 14,
                    "mean_ugm3": 100 + 300 * cpf,
                    "dose_share": cpf / 4,
                    "cpf": cpf,
                    "cpf_q05": cpf * 0.6,
                    "cpf_q95": min(1, cpf * 1.4),
                    "threshold_ugm3": 320.0,
                }
            )
            for clock in range(24):
                hour.append(
                    {
                        "station_id": post,
                        "pollutant": "SO2",
                        "hour_local": clock,
                        "sector_deg": sector,
                        "hours": 5,
                        "mean_ugm3": 100 + 200 * cpf + 5 * clock,
                    }
                )
        calm = {"station_id": post, "pollutant": "SO2", "sector_deg": None}
        calm_cpf = {"cpf": 0.5, "cpf_q05": 0.3, "cpf_q95": 0.7}
        rose.append(
            {**calm, **calm_cpf, "hours": 30, "mean_ugm3": 310.0, "dose_share": 0.22, "threshold_ugm3": 320.0}
        )
        hour += [{**calm, "hour_local": clock, "hours": 4, "mean_ugm3": 280.0} for clock in range(24)]
        for u in np.linspace(-6, 6, 25):
            for v in np.linspace(-6, 6, 25):
                inside = np.hypot(u, v) <= 6
                polar.append(
                    {
                        "station_id": post,
                        "pollutant": "SO2",
                        "u": u,
                        "v": v,
                        "value_ugm3": 120 + 200 * np.exp(-((u + 3) ** 2 + (v - 2) ** 2) / 4)
                        if inside
                        else None,
                    }
                )
        for label, start, end, dose in (
            ("NW", 292.5, 337.5, 0.41),
            ("calm", None, None, 0.22),
            ("E", 67.5, 112.5, 0.05),
        ):
            statements.append(
                {
                    "station_id": post,
                    "pollutant": "SO2",
                    "sector_label": label,
                    "sector_from_deg": start,
                    "sector_to_deg": end,
                    "hours": 44,
                    "hours_share": 0.18,
                    "dose_share": dose,
                    "enrichment": dose / 0.18,
                    "enrichment_q05": dose / 0.22,
                    "enrichment_q95": dose / 0.15,
                    "speed_median": 1.4,
                    "peak_hour_local": 9 if label != "calm" else None,
                    "statement": f"At {post}, wind from {label} brought {100 * dose:.0f} % of the SO2 dose.",
                }
            )
    return {
        "wind_rose": made("wind_rose", wind),
        "pollution_rose": made("pollution_rose", rose),
        "polar_plot": made("polar_plot", polar),
        "direction_hour": made("direction_hour", hour),
        "directional_sectors": made("directional_sectors", statements),
    }


def stagnation_link() -> pd.DataFrame:
    rows = [
        {
            "station_id": post,
            "pollutant": "SO2",
            "norm_id": "KZ-SO2-single",
            "condition": condition,
            "hours_condition": 82,
            "hours_all": 231,
            "exceedances_condition": 31,
            "exceedances_all": 44,
            "relative_risk": 4.3,
            "relative_risk_q05": 2.1,
            "relative_risk_q95": 9.4 if post == "P1" else None,
        }
        for post in ("P1", "P2")
        for condition in ("calm", "stagnant")
    ]
    return made("stagnation_link", rows)


SOURCES = ["ZINC-0001", "ZINC-0002", "TPP-0001", "TITAN-0004", "STOVES-NORTH"]


def inventory() -> dict[str, pd.DataFrame]:
    plants = [
        {"facility_id": item, "name": name, "lon": 82.6, "lat": 49.95, "kind": "smelter", "mark": "assumed"}
        for item, name in (
            ("ZINC", "Zinc works"),
            ("TPP", "Power plant <b>2</b>"),
            ("TITAN", "Titanium works"),
            ("STOVES", "Stoves of the north"),
        )
    ]
    sources, emissions = [], []
    for number, item in enumerate(SOURCES):
        sources.append(
            {
                "source_id": item,
                "facility_id": item.split("-")[0],
                "source_number": "0001",
                "name": f"stack {number}",
                "kind": "area" if "STOVES" in item else "point",
                "lon": 82.6 + 0.01 * number,
                "lat": 49.95,
                "height_m": 60.0 + 20 * number,
                "diameter_m": 3.2,
                "exit_velocity_m_s": 11.0,
                "exit_temperature_k": 410.0,
                "controllable": True,
                "mark": "assumed",
                "source_file": "inventory.xlsx",
                "source_row": number + 3,
            }
        )
        emissions.append(
            {
                "source_id": item,
                "pollutant": "SO2",
                "basis": "declared",
                "rate_g_s": 41.7 + number,
                "annual_t": 1310.0,
                "relative_uncertainty": 0.3,
                "mark": "assumed",
                "source_file": "inventory.xlsx",
                "source_row": number + 3,
            }
        )
    return {
        "facilities": made("facilities", plants),
        "sources": made("sources", sources),
        "emissions": made("emissions", emissions),
    }


def attribution() -> dict[str, pd.DataFrame]:
    words = [
        "consistent with declared",
        "above declared",
        "below declared",
        "not decidable",
        "above declared",
    ]
    sources, parts = [], []
    for number, item in enumerate(SOURCES):
        rate = 42.0 * (1 + 0.4 * number)
        sources.append(
            {
                "source_id": item,
                "facility_id": item.split("-")[0],
                "pollutant": "SO2",
                "declared_g_s": 42.0,
                "inferred_g_s": rate,
                "inferred_q05_g_s": rate * 0.7,
                "inferred_q95_g_s": rate * 1.45,
                "ratio": rate / 42,
                "ratio_q05": rate * 0.7 / 42,
                "ratio_q95": rate * 1.45 / 42,
                "blind_g_s": rate * 1.1,
                "blind_q05_g_s": rate * 0.3,
                "blind_q95_g_s": rate * 2.5,
                "probability_over_declared": 0.3 + 0.15 * number,
                "averaging_kernel": 0.2 + 0.15 * number,
                "group_id": "G1" if number < 2 else None,
                "group_correlation": -0.87 if number < 2 else None,
                "verdict": words[number],
            }
        )
    rows = [
        ("observed", None, 163.0),
        *[("source", item, 32.0 - 5 * i) for i, item in enumerate(SOURCES)],
        ("group", "G1", 59.0),
        ("background", None, 14.0),
        ("unexplained", None, 37.0),
    ]
    for episode in ("all", "SO2-001", "SO2-002"):
        for component, source, value in rows:
            exact = component == "observed"
            parts.append(
                {
                    "episode_id": episode,
                    "pollutant": "SO2",
                    "station_id": "all",
                    "component": component,
                    "source_id": source,
                    "contribution_ugm3": value,
                    "q05_ugm3": None if exact else value * 0.5 - 3,
                    "q95_ugm3": None if exact else value * 1.6,
                    "share": value / 163,
                    "share_q05": None if exact else (value * 0.5 - 3) / 163,
                    "share_q95": None if exact else value * 1.6 / 163,
                    "hours_served": 141 if episode == "all" else 8,
                    "hours_total": 240 if episode == "all" else 14,
                }
            )
    return {
        "attribution_sources": made("attribution_sources", sources),
        "attribution_episodes": made("attribution_episodes", parts),
    }


def action() -> dict[str, pd.DataFrame]:
    inspections, scenarios, scorecard = [], [], []
    for number, item in enumerate(SOURCES):
        inspections.append(
            {
                "rank": number + 1,
                "source_id": item,
                "facility_id": item.split("-")[0],
                "pollutant": "SO2",
                "score": 2.4 - 0.4 * number,
                "contribution_part": 1.0,
                "inconsistency_part": 1.0 - 0.2 * number,
                "suspicion_part": 0.4,
                "contribution_ugm3": 48.0,
                "contribution_q05_ugm3": 21.0,
                "contribution_q95_ugm3": 83.0,
                "ratio": 1.8,
                "ratio_q05": 1.1,
                "ratio_q95": 2.7,
                "reason": "Largest modelled contribution in SO2-004; 1.8 times the declared rate.",
                "window_local": "05:00–10:00, wind from NW below 2 m/s",
                "sample_lon": 82.6123,
                "sample_lat": 49.9456,
                "expected_if_right": "SO2 of 300 to 700 µg m⁻³ over 20 min downwind and below 60 upwind.",
                "expected_if_wrong": "No difference between the upwind and the downwind point.",
            }
        )
        scorecard.append(
            {
                "source_id": item,
                "pollutant": "SO2",
                "true_g_s": 80.0,
                "declared_g_s": 42.0,
                "inferred_g_s": 60.0 + 5 * number,
                "inferred_q05_g_s": 45.0,
                "inferred_q95_g_s": 76.0 + 4 * number,
                "holds": 76 + 4 * number >= 80,
                "wrongly_declared": number < 2,
                "rank": number + 1,
            }
        )
        for factor in (0.0, 0.5):
            scenarios.append(
                {
                    "scenario_id": f"{item}-{factor}",
                    "source_id": item,
                    "factor": factor,
                    "pollutant": "SO2",
                    "station_id": "P1",
                    "norm_id": "KZ-SO2-single",
                    "hours_considered": 141,
                    "exceedances_base": 23,
                    "exceedances": 12.4 + 5 * factor,
                    "exceedances_q05": 8.0,
                    "exceedances_q95": 19.0,
                    "mean_change_ugm3": -31.0 * (1 - factor),
                    "mean_change_q05_ugm3": -52.0 * (1 - factor),
                    "mean_change_q95_ugm3": -16.0 * (1 - factor),
                }
            )
    return {
        "inspections": made("inspections", inspections),
        "scenarios": made("scenarios", scenarios),
        "scorecard": made("scorecard", scorecard),
    }


def data_faults() -> dict[str, pd.DataFrame]:
    findings = [
        {
            "code": "OBS-FUTURE-DATE",
            "severity": "quarantine",
            "object": "observations",
            "file": "posts.csv",
            "row": 17,
            "column": "date",
            "value": "2093-11-01",
            "rule": "a reading is not from the future",
            "cure": "correct the date",
        },
        {
            "code": "OBS-RANGE",
            "severity": "quarantine",
            "object": "observations",
            "file": "posts.csv",
            "row": 44,
            "column": HOSTILE,
            "value": "1e34",
            "rule": "a concentration is below 1 g/m³",
            "cure": "ask the operator",
        },
        {
            "code": "CMP-PLACE",
            "severity": "quarantine",
            "object": "complaints",
            "file": "complaints.csv",
            "row": 3,
            "column": "text",
            "value": COMPLAINT_WORDS,
            "rule": "a complaint has a place",
            "cure": "ask the sender",
        },
        {
            "code": "OBS-ZEROS",
            "severity": "warning",
            "object": "P3",
            "file": "posts.csv",
            "rule": "long runs of zeros are suspect",
            "cure": "ask whether zero means missing",
        },
    ]
    guesses = [
        {
            "file": "posts.csv",
            "subject": "zone",
            "taken": "Asia/Almaty",
            "because": "the case states it",
            "overrule": "[evidence.posts] zone = ...",
        }
    ]
    complaints = [
        {
            "complaint_id": f"C{i}",
            "time_start": START + pd.Timedelta(hours=80 + i),
            "lon": 82.612345,
            "lat": 49.945678,
            "kind": "smell",
            "severity": 3,
            "text": COMPLAINT_WORDS,
            "source_file": "complaints.csv",
            "source_row": i + 2,
        }
        for i in range(5)
    ]
    reasons = ["served"] * 141 + ["calm"] * 82 + ["missing wind"] * 17
    hours = [
        {"time_start": START + pd.Timedelta(hours=i), "reason": reason} for i, reason in enumerate(reasons)
    ]
    return {
        "findings": made("findings", findings),
        "guesses": made("guesses", guesses),
        "complaints": made("complaints", complaints),
        "operator_hours": made("operator_hours", hours),
    }


def law() -> dict[str, pd.DataFrame]:
    """Tables of what the norms and the permit say."""
    period = {"period_start": START, "period_end": START + pd.Timedelta(days=30)}
    indices = [
        {
            "scope": scope, "place": place, "period_kind": "month", **period, "index": index, "value": value,
            "rounded": round(value), "grade": grade, "level": level, "decides": index == "SI",
            "station_id": "P1" if index != "IZA5" else None, "pollutant": "SO2", "n_observations": 650,
            "n_possible": 720, "data_capture": 0.9, "mark": "unverified", "remarks": "hourly_understates",
        }
        for scope, place in (("city", "city"), ("post", "P1"), ("post", "P2"))
        for index, value, grade, level in (
            ("SI", 11.2, 4, "very high"), ("NP", 22.0, 3, "high"), ("IZA5", 6.1, 2, "elevated"),
        )
    ]  # fmt: skip
    case = {
        "station_id": "P1", "pollutant": "SO2", "level": "VZ", "rule": "vz-once", "hours": 2.0,
        "time_start": START, "time_end": START + pd.Timedelta(hours=2), "maximum_ratio": 11.2,
        "maximum_ugm3": 5600.0, "maximum_time": START, "averaging_s": 3600.0, "mark": "secondary",
    }  # fmt: skip
    days = [START + pd.Timedelta(days=number) for number in range(10)]
    ratios = [
        {
            "day_start": day, "pollutant": "SO2", "maximum_ratio": 0.4 + number / 2, "station_id": "P1",
            "time_start": day, "value_ugm3": 500.0 * (0.4 + number / 2), "n_observations": 90, "n_over_1": 3,
        }
        for number, day in enumerate(days)
    ]  # fmt: skip
    regimes = ["none", "without_degree", "I", "I", "II", "III", "I", "none", "unknown", "none"]
    halves = [
        {
            "day_local": f"{day:%Y-%m-%d}", "period": half, "time_start": day + pd.Timedelta(hours=8),
            "time_end": day + pd.Timedelta(hours=20), "mode": "observed", "regime": regime,
            "hours_in_regime": 6, "hours_adverse": 9, "hours_known": 12, "hours": 12,
            "complexes": "stagnant_air;poor_ventilation", "rules": "one_complex_above_limit",
            "limit_ratio": 1.7, "marks": "R;A",
        }
        for day, regime in zip(days, regimes, strict=True)
        for half in ("day", "night")
    ]  # fmt: skip
    hours = [
        {
            "time_start": day + pd.Timedelta(hours=hour), "regime": regime, "since": day, "marks": "R;A",
            "complexes": "stagnant_air", "rules": "",
        }
        for day, regime in zip(days, regimes, strict=True)
        for hour in range(24)
    ]  # fmt: skip
    asked = [
        {
            "regime": regime, "source_id": item, "facility_id": item.split("-")[0], "pollutant": "SO2",
            "basis": "declared", "rate_g_s": 42.0, "reduction_from": low, "reduction_to": high,
            "rate_after_from_g_s": 42.0 * (1 - low), "rate_after_to_g_s": 42.0 * (1 - high),
            "rule_id": f"RD85-{regime}", "source": "RD 52.04.52-85", "mark": "unverified",
        }
        for regime, low, high in (("I", 0.15, 0.2), ("II", 0.2, 0.4), ("III", 0.4, 0.6))
        for item in SOURCES[:4]
    ]  # fmt: skip
    sulphide = {
        "station_id": "P2", "kind": "automatic", "period": "whole", **period, "n_pairs": 620, "n_days": 28,
        "spearman": 0.93, "spearman_q05": 0.88, "spearman_q95": 0.96, "weather_correlation": 0.31,
        "slope": 0.021, "slope_q05": 0.018, "slope_q95": 0.024, "ratio_spread": 0.2, "n_exceedances": 44,
        "n_exceedances_high_so2": 41, "n_flagged": 620, "verdict": "covaries",
    }  # fmt: skip
    promise = {
        "cut_id": "C1", "facility_ids": "TPP", "pollutant": "SO2", "time_start": START,
        "time_end": START + pd.Timedelta(days=3), "promised_cut": 0.2,
    }  # fmt: skip
    checks = [
        {
            "cut_id": "C1", "pollutant": "SO2", "method": method, "verdict": verdict, "promised_cut": 0.2,
            "cut": 0.05, "cut_low": low, "cut_high": 0.17, "interval_level": 0.9, "power_promised": power,
            "detectable_cut": 0.15, "power_asked": 0.8, "test_level": 0.05, "window_h": 72,
            "window_used_h": 70, "window_missing_h": 2, "reference_h": 900, "reference_used_h": 850,
            "reference_excluded_h": 0, "draws": 2000, "seed": 1, "agreement": "agree", "remarks": HOSTILE,
        }
        for method, verdict, low, power in (
            ("stack", "no cut visible", -0.06, 0.95),
            ("operator", "a cut of this size could not have been seen with these data", None, 0.1),
        )
    ]  # fmt: skip
    audited = [
        {
            "code": code, "severity": severity, "facility_id": "ZINC", "source_id": "ZINC-0001",
            "pollutant": "SO2", "file": HOSTILE, "row": 3, "value": 9.2, "unit": "1",
            "expected_text": "at most 1", "rule": "t/yr is at most g/s times the working hours",
            "document": "log of the working hours", "mark": "unverified",
        }
        for code, severity in (("AUD-LOAD-FACTOR", "error"), ("AUD-EXIT-VELOCITY", "warning"))
    ]  # fmt: skip
    mass = {
        "source_id": "TPP-0001", "source_name": "TPP-0001", "pollutant": "SO2", "scale": "year",
        "period_start": START, "period_end": START + pd.Timedelta(days=30), "hours_rate": 700.0,
        "hours_total": 720.0, "capture": 0.97, "flat_share": 0.02, "mean_rate_g_s": 50.0, "measured_t": 126.0,
    }  # fmt: skip
    name = {
        "source_id": "TPP-0001", "match": "number", "organization": HOSTILE, "source_name": "No. 0001",
        "n_rows": 720, "n_valid": 700, "n_quarantined": 3, "n_ratio": 500, "n_over_limit": 40,
        "over_limit_share": 0.08, "ratio_missing_share": 0.3,
    }  # fmt: skip
    return {
        "air_indices": made("air_indices", indices),
        "high_pollution": made("high_pollution", [case]),
        "daily_indices": made("daily_indices", ratios),
        "nmu_days": made("nmu_days", halves),
        "nmu_regimes": made("nmu_regimes", hours),
        "nmu_reductions": made("nmu_reductions", asked),
        "h2s_quality": made("h2s_quality", [sulphide]),
        "promised_cuts": made("promised_cuts", [promise]),
        "promised_cut_checks": made("promised_cut_checks", checks),
        "audit_findings": made("audit_findings", audited),
        "stack_mass": made("stack_mass", [mass]),
        "stack_names": made("stack_names", [name]),
        **permit(),
    }


def permit() -> dict[str, pd.DataFrame]:
    """Tables of a legal calculation."""
    sources = [
        {
            "source_id": item, "facility_id": item.split("-")[0], "pollutant": "SO2", "method": "ond86",
            "basis": "declared", "kind": "point", "x_m": 615e3 + 900 * number, "y_m": 5538e3 + 300 * number,
            "emission_g_s": 42.0, "cm_mg_m3": 0.1 * (number + 1), "xm_m": 1400.0, "um_m_s": 1.9,
            "settling": 1.0, "mpc_mg_m3": 0.5, "mpc_mark": "unverified", "cm_over_mpc": 0.2 * (number + 1),
        }
        for number, item in enumerate(SOURCES[:4])
    ]  # fmt: skip
    limits = [
        {
            "source_id": row["source_id"], "facility_id": row["facility_id"], "pollutant": "SO2",
            "emission_g_s": 42.0, "cm_mg_m3": row["cm_mg_m3"], "mpc_mg_m3": 0.5, "background_mg_m3": 0.0,
            "single_limit_g_s": 105.0, "rule": "proportional", "factor": 0.8, "limit_g_s": 33.6,
        }
        for row in sources
    ]  # fmt: skip
    points = [
        {
            "point_id": name, "substance_or_group": "SO2", "x_m": 616e3, "y_m": 5538.5e3,
            "concentration_mg_m3": 0.61, "ratio": 1.22, "wind_from_direction": 95.0, "wind_speed": 2.0,
        }
        for name in ("worst:SO2", "zone:ZINC:4", "zone:TPP:17")
    ]  # fmt: skip
    parts = [
        {
            "point_id": row["point_id"], "substance_or_group": "SO2", "source_id": item,
            "facility_id": item.split("-")[0], "concentration_mg_m3": 0.3, "ratio": 0.61, "share": share,
            "wind_from_direction": 95.0, "wind_speed": 2.0,
        }
        for row in points
        for item, share in (("ZINC-0001", 0.7), ("TPP-0001", 0.3))
    ]  # fmt: skip
    zone = {
        "substance_or_group": "SO2", "largest_on_edge": 1.22, "largest_outside": 1.1,
        "outside_area_m2": 2.4e6, "farthest_m": 310.0, "cut_by_grid": False,
    }  # fmt: skip
    return {
        "ond86_sources": made("ond86_sources", sources),
        "ond86_limits": made("ond86_limits", limits),
        "ond86_points": made("ond86_points", points),
        "ond86_contributions": made("ond86_contributions", parts),
        "permit_zone": made("permit_zone", [zone]),
    }


def permit_record() -> dict:
    """What the legal calculation was made with."""
    return {
        "method": "ond86", "ambient_c": 25.0, "ambient_mark": "assumed", "region_coefficient": 200.0,
        "relief": 1.0, "top_wind_m_s": 6.0, "top_wind_mark": "weather", "zone_m": 1000.0,
        "bases": ["permitted", "declared"], "sources": 4, "sources_left_out": 1, "step_m": 250.0,
        "nodes": 441, "crs": "EPSG:32644",
        "zone_wkt": "POLYGON ((614000 5537000, 618000 5537000, 618000 5540000, 614000 5537000))",
    }  # fmt: skip


def legal_field() -> xr.Dataset:
    """Field of the legal calculation."""
    x, y = np.arange(612e3, 622e3, 500.0), np.arange(5534e3, 5544e3, 500.0)
    hump = 1.22 * np.exp(-((x[None, :] - 616e3) ** 2 + (y[:, None] - 5538.5e3) ** 2) / 8e6)
    return xr.Dataset(
        {"ratio": (("substance_or_group", "y", "x"), hump[None])},
        coords={"substance_or_group": ["SO2"], "x": x, "y": y},
    )


def evidence() -> list[dict]:
    kinds = (
        ("posts.csv", "observations"),
        ("airport.csv", "weather"),
        ("inventory.xlsx", "sources"),
        ("complaints.csv", "complaints"),
    )
    return [
        {
            "file": file,
            "sha256": f"{number}" * 8 + "ab12cd34" * 7,
            "bytes": 48211 * (number + 1),
            "kind": kind,
            "added": "2023-11-12T08:15:00Z",
            "by": "A. Analyst",
        }
        for number, (file, kind) in enumerate(kinds)
    ]


def full_results(**changes: object) -> Results:
    tables = {
        "stations": stations(),
        "observations": observations(),
        "weather": weather(),
        "norms": norms(),
        "exceedances": exceedances(),
        "episodes": episodes(),
        "stagnation": stagnation(),
        "stagnation_link": stagnation_link(),
        **directions(),
        **inventory(),
        **attribution(),
        **action(),
        **data_faults(),
        **law(),
    }
    facts = {
        "case": {
            "title": "Smog over a made-up basin, November 2023",
            "place": "Ust-Kamenogorsk (synthetic)",
            "zone": ZONE,
            "period": (START, START + pd.Timedelta(days=10)),
            "pollutants": ["SO2", "PM2.5"],
            "jurisdictions": ["KZ"],
            "synthetic": True,
            "seed": 7,
            "run_id": "run-0001",
        },
        "tables": tables,
        "evidence": evidence(),
        "ledger": {"head": "f00dbabe" * 8, "entries": 21},
        "versions": {"sootprint": "0.1.0", "numpy": "2.3", "pandas": "3.0"},
        "engine": {"engine": "plume", "version": "1", "sigma": "briggs1973", "inputs_sha256": "beefcafe" * 8},
        "diagnostics": {"effective_sample_size": 812.0, "r_hat_maximum": 1.004, "residual_correlation": 0.31},
        "permit": permit_record(),
        "fields": {"ond86_field": legal_field()},
        "limits": ["Monitors P3 and P4 drift by an unknown amount."],
        **changes,
    }
    return Results(**facts)  # type: ignore[arg-type]


def without_inventory(**changes: object) -> Results:
    whole = full_results()
    named = {
        "facilities",
        "sources",
        "emissions",
        "attribution_sources",
        "attribution_episodes",
        "inspections",
        "scenarios",
        "scorecard",
        "operator_hours",
        *law(),
    }
    case = {**whole.case, "synthetic": False, "title": "Air of a smelter town, 2019", "place": "A town"}
    tables = {name: table for name, table in whole.tables.items() if name not in named}
    facts: dict = {"engine": {}, "diagnostics": {}, "permit": {}, "fields": {}, "limits": ()}
    return full_results(case=case, tables=tables, **facts, **changes)
