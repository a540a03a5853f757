"""What the norms and the permit say of a case: steps, their inputs, what runs again, what is left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sootprint.case import Case, Context
from sootprint.case.config import PromisedCut, edit_settings, parse_settings
from sootprint.case.flow import guess_kind
from sootprint.case.flow.law import promised_cuts_table, without_suspect_h2s
from sootprint.case.flow.permit import grid, top_wind, zones
from sootprint.case.pipeline import run_steps
from sootprint.core import schema
from sootprint.core.errors import ConfigError

DAYS = 20
ZONE = "Asia/Almaty"
LEFT_OUT = {
    "directions",
    "operator",
    "attribution",
    "evidence",
    "decisions",
    "diagnostics",
    "report",
    "episodes",
    "scorecard",
    "identifiability",
    "unknown",
    "factors",
}
"""Steps that these tests do not ask for."""

INVENTORY = """\
facility_id,facility_name,source_id,source_number,name,kind,lon,lat,height_m,diameter_m,exit_velocity_m_s,\
exit_temperature_k,hours_per_year,controllable,pollutant,basis,rate_g_s,annual_t,mark
WORKS,Works,WORKS/0001,0001,Main stack,point,82.62,49.98,60,2.0,10,400,8000,true,SO2,declared,200,4000,assumed
WORKS,Works,WORKS/0001,0001,Main stack,point,82.62,49.98,60,2.0,10,400,8000,true,NO2,declared,9,180,assumed
HEAT,Heat,HEAT/0002,0002,Boilers,point,82.66,49.95,30,1.2,8,420,5000,true,SO2,declared,20,9000,assumed
"""


def made_readings() -> pd.DataFrame:
    """Hourly readings of one automatic post; hydrogen sulphide is a fortieth of sulphur dioxide."""
    rng = np.random.default_rng(5)
    time = pd.date_range("2024-11-01", periods=24 * DAYS, freq="h")
    common = np.exp(0.4 * np.repeat(rng.standard_normal(DAYS), 24))
    so2 = 90.0 * common * np.exp(0.9 * rng.standard_normal(len(time)))
    values = {
        "SO2": so2,
        "H2S": so2 / 40.0 * np.exp(0.05 * rng.standard_normal(len(time))),
        "NO2": 30.0 * common * np.exp(0.4 * rng.standard_normal(len(time))),
        "CO": 700.0 * common * np.exp(0.4 * rng.standard_normal(len(time))),
        "PM2.5": 25.0 * common * np.exp(0.4 * rng.standard_normal(len(time))),
    }
    table = pd.DataFrame({"time": time.strftime("%Y-%m-%d %H:%M")})
    for name, value in values.items():
        table[f"{name} (ug/m3)"] = value.round(3)
    return table


def made_weather() -> pd.DataFrame:
    hours = np.arange(24 * DAYS)
    return pd.DataFrame(
        {
            "station": "MAST",
            "time": pd.date_range("2024-11-01", periods=len(hours), freq="h").strftime("%Y-%m-%d %H:%M"),
            "wind_speed (m/s)": np.where((hours // 24) % 3 == 0, 0.4, 3.0 + hours % 4),
            "wind_direction (deg)": (37 * hours) % 360,
            "temperature (°C)": -5.0,
            "pressure (hPa)": 985.0,
            "humidity (%)": 70,
            "cloud (oktas)": 4,
        }
    )


def made_monitor() -> pd.DataFrame:
    """Hourly stack monitoring that halves from day 8 to day 10."""
    rng = np.random.default_rng(6)
    time = pd.date_range("2024-11-01", periods=24 * DAYS, freq="h")
    cut = (time >= "2024-11-08") & (time < "2024-11-11")
    rate = 100.0 * np.exp(0.05 * rng.standard_normal(len(time))) * np.where(cut, 0.5, 1.0)
    rate[[30, 40, 50]] = 1e34
    return pd.DataFrame(
        {
            "registered_at": time.strftime("%Y-%m-%d %H:%M"),
            "organization_name": "Works",
            "source_name": "Stack No. 0001",
            "emission_type": "SO2",
            "emission": rate.round(3),
        }
    )


def made_case(folder, *, inventory=True, settings=None) -> Case:
    given = {
        "title": "Law",
        "place.name": "Town",
        "place.lon": 82.62,
        "place.lat": 49.95,
        "place.zone": ZONE,
        "permit.step_m": 500.0,
        "stations.P1": {"lon": 82.63, "lat": 49.96, "kind": "automatic"},
    }
    case = Case.create(folder / "case", given | (settings or {}), by="tester")
    files = folder / "files"
    files.mkdir()
    made_readings().to_csv(files / "readings.csv", index=False)
    case.add(
        files / "readings.csv", "observations", {"station_id": "P1", "stamp": "beginning", "duration_s": 3600}
    )
    if not inventory:
        return case
    made_weather().to_csv(files / "weather.csv", index=False)
    options = {"layout": "table", "stamp": "beginning", "duration_s": 3600, "measurement_height": 10}
    case.add(files / "weather.csv", "weather", options)
    (files / "inventory.csv").write_text(INVENTORY, encoding="utf-8")
    case.add(files / "inventory.csv", "sources", {"layout": "template"})
    made_monitor().to_csv(files / "monitor.csv", index=False, sep=";")
    case.add(
        files / "monitor.csv", "stack_monitoring", {"interval_s": 3600, "organizations": {"Works": "WORKS"}}
    )
    (files / "fuel.csv").write_text(
        "facility_id,source_id,fuel,mass_t_yr,sulphur_percent,ash_percent\nHEAT,HEAT/0002,coal,40000,0.5,20\n",
        encoding="utf-8",
    )
    case.add(files / "fuel.csv", "fuel_use")
    return case


def run(case: Case) -> tuple[dict[str, object], list[str]]:
    """Artifacts by name, and the steps that were run."""
    steps = [step for step in case.steps(case.settings, case.evidence) if step.name not in LEFT_OUT]
    with case.folder.writing():
        results = run_steps(case.folder, steps, case.settings)
    made = {name: item for result in results for name, item in result.artifacts.items()}
    return made, [result.step.name for result in results if result.ran]


PROMISE = {"plant": "WORKS", "pollutant": "SO2", "from": "2024-11-08", "to": "2024-11-10", "cut": 0.4}


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return made_case(tmp_path_factory.mktemp("law"), settings={"promised_cuts": [PROMISE]})


@pytest.fixture(scope="module")
def made(case):
    return run(case)[0]


def test_every_step_gives_its_tables_in_the_nomenclature(made):
    for name in ("h2s_quality", "air_indices", "nmu_days", "nmu_reductions", "promised_cut_checks"):
        assert len(made[name].load()), name
    for name in ("audit_findings", "stack_mass", "ond86_sources", "ond86_points", "permit_zone"):
        assert len(made[name].load()), name
        assert list(made[name].load().columns) == schema.columns(name)


def test_kept_promise_is_seen_at_the_stack(made):
    checks = made["promised_cut_checks"].load().set_index("method")
    stack = checks.loc["stack"]
    assert stack["cut"] == pytest.approx(0.5, abs=0.02)
    assert stack["cut_low"] < stack["cut"] < stack["cut_high"]
    assert stack["verdict"] == "larger than promised"
    assert stack["window_h"] == 72


def test_stack_is_matched_and_its_mass_is_that_of_its_rate(made):
    names = made["stack_names"].load()
    assert names["source_id"].tolist() == ["WORKS/0001"]
    mass = made["stack_mass"].load()
    year = mass.loc[mass["scale"] == "year"].iloc[0]
    assert year["measured_t"] == pytest.approx(year["mean_rate_g_s"] * year["hours_rate"] * 3600 / 1e6)


def test_rows_in_quarantine_are_counted_and_not_their_findings(made):
    reading = {item["file"]: item for item in made["reading"].load()}
    assert reading["monitor.csv"]["quarantined_by_code"] == {"STACK-OVERFLOW": 3}
    assert reading["monitor.csv"]["quarantined"] == 3


def test_audit_finds_more_tonnes_than_the_hours_allow(made):
    found = made["audit_findings"].load()
    load = found.loc[found["code"] == "AUD-LOAD-FACTOR"]
    assert load["source_id"].tolist() == ["HEAT/0002"]
    assert len(made["fuel_use"].load()) == 1


def test_permit_is_that_of_the_single_source(made):
    from sootprint.dispersion.ond86 import single_source

    table = made["ond86_sources"].load()
    one = table.loc[(table["source_id"] == "WORKS/0001") & (table["pollutant"] == "SO2")].iloc[0]
    alone = single_source(
        height_m=60, diameter_m=2, velocity_m_s=10, temperature_c=400 - 273.15, ambient_c=25, emission_g_s=200
    )
    assert one["cm_mg_m3"] == pytest.approx(alone.cm)
    points = made["ond86_points"].load()
    worst = points.loc[points["point_id"] == "worst:SO2", "concentration_mg_m3"].iloc[0]
    assert 0.8 * alone.cm < worst < alone.cm + 0.2
    record = made["permit"].load()
    assert (record["ambient_mark"], record["top_wind_mark"]) == ("assumed", "weather")


def test_reductions_know_which_plants_need_measures(made):
    table = made["nmu_reductions"].load()
    works = table.loc[(table["source_id"] == "WORKS/0001") & (table["pollutant"] == "SO2")]
    assert works["covered"].notna().all()
    assert (works["covered"] == (works["plant_ratio"] * works["criterion_factor"] > 1)).all()


def test_suspect_hydrogen_sulphide_stays_in_what_is_shown_and_out_of_causes(case, made):
    quality = made["h2s_quality"].load()
    assert quality.loc[quality["period"] == "whole", "verdict"].tolist() == ["covaries"]
    hours = made["exceedances"].load()
    assert (hours["pollutant"] == "H2S").any()
    inputs = {name: made[name] for name in ("observations", "h2s_quality")}
    flagged = without_suspect_h2s(Context(case.settings, inputs, [], case.path))
    own = flagged["pollutant"] == "H2S"
    assert (flagged.loc[own, "flag"] == "suspect").all()
    assert (flagged.loc[~own, "flag"] == "valid").all()
    asked = case.settings.model_copy(deep=True)
    asked.attribution.use_suspect_h2s = True
    kept = without_suspect_h2s(Context(asked, inputs, [], case.path))
    assert (kept["flag"] == "valid").all()


def test_only_what_changed_is_run_again(case, made):
    toml = case.path / "case.toml"
    assert run(case)[1] == []
    edit_settings(toml, {"permit.zone_m": 500.0})
    assert run(case)[1] == ["permit", "nmu"]
    edit_settings(toml, {"audit.limits": {}})
    assert run(case)[1] == []
    edit_settings(toml, {"nmu.window_h": 5.0})
    assert run(case)[1] == ["nmu"]
    edit_settings(toml, {"attribution.use_suspect_h2s": True})
    assert set(run(case)[1]) <= {"promised_cuts", "nmu"}


def test_case_of_readings_alone_runs_and_its_law_tables_are_empty(tmp_path):
    results, ran = run(made_case(tmp_path, inventory=False))
    assert "permit" not in ran
    assert "audit" not in ran
    assert len(results["air_indices"].load())
    for name in ("nmu_days", "nmu_reductions"):
        assert results[name].load().empty, name


def test_other_jurisdictions_have_no_permit_and_no_indices(tmp_path):
    case = made_case(tmp_path, settings={"scope.jurisdictions": ["WHO"]})
    results, ran = run(case)
    assert "permit" not in ran
    assert results["air_indices"].load().empty
    assert results["nmu_reductions"].load().empty
    assert len(results["audit_findings"].load())


def test_promise_of_an_unknown_plant_stops_with_its_cure(tmp_path):
    case = made_case(tmp_path, settings={"promised_cuts": [PROMISE | {"plant": "MILL"}]})
    check = case.check()
    assert not check.ok
    fault = check.findings.loc[check.findings["code"] == "CASE-PROMISE-UNKNOWN"].iloc[0]
    assert "WORKS" in fault["cure"]


def test_promises_are_local_days_with_the_last_included():
    promise = PromisedCut.model_validate(PROMISE)
    row = promised_cuts_table([promise], ZONE).iloc[0]
    assert row["time_start"] == pd.Timestamp("2024-11-07 19:00")
    assert row["time_end"] - row["time_start"] == pd.Timedelta(days=3)
    night = PromisedCut.model_validate(PROMISE | {"from": "2024-11-08T20:00:00", "to": "2024-11-09T08:00:00"})
    row = promised_cuts_table([night], ZONE).iloc[0]
    assert row["time_start"] == pd.Timestamp("2024-11-08 15:00")
    assert row["time_end"] == pd.Timestamp("2024-11-09 03:00")


def test_promise_without_a_plant_is_one_of_the_whole_complex():
    promise = PromisedCut.model_validate({key: value for key, value in PROMISE.items() if key != "plant"})
    row = promised_cuts_table([promise], ZONE).iloc[0]
    assert pd.isna(row["facility_ids"])
    assert pd.isna(row["source_ids"])


@pytest.mark.parametrize(
    "wrong",
    [
        PROMISE | {"source": "WORKS/0001"},
        PROMISE | {"cut": 20},
        PROMISE | {"pollutant": "X"},
        PROMISE | {"to": "2024-11-07"},
    ],
)
def test_promise_that_cannot_be_right_is_refused(wrong):
    with pytest.raises(ConfigError, match="promised_cuts"):
        parse_settings(
            {"promised_cuts": [{key: value for key, value in wrong.items() if value}]}, "case.toml"
        )


def test_kinds_are_told_from_their_headings(tmp_path):
    texts = {
        "stack_monitoring": "registered_date;organization_name;source_name;emission_type;emission\n"
        "2025-01-01;A;B;SO2;1\n",
        "fuel_use": "facility_id,fuel,mass_t_yr,sulphur_percent,ash_percent\nA,coal,1,0.5,20\n",
        "material_balance": "facility_id,stream,material,mass_t_yr,sulphur_percent\nA,in,concentrate,1,30\n",
    }
    for kind, text in texts.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        assert guess_kind(path) == kind
    head, row = texts["stack_monitoring"].splitlines()
    long = tmp_path / "long.csv"
    long.write_text("\n".join([head, *[row] * 20_000]), encoding="utf-8")
    assert guess_kind(long) == "stack_monitoring"


def test_wind_of_the_search_is_stated_measured_or_assumed():
    weather = pd.DataFrame({"wind_speed": np.linspace(0, 10, 1000)})
    assert top_wind(weather, 7.5) == (7.5, "stated")
    assert top_wind(weather, None) == (10.0, "weather")
    assert top_wind(weather.head(3), None) == (12.0, "assumed")


def test_grid_holds_all_sources_and_zone_its_width():
    import shapely

    table = pd.DataFrame(
        {
            "source_id": ["A/1", "A/2"], "facility_id": "A", "x_m": [0.0, 4000.0], "y_m": [0.0, 1000.0],
            "geometry_wkt": None,
        }
    )  # fmt: skip
    x, y = grid(table, None, None)
    assert x[0] <= -2900
    assert x[-1] >= 6900
    assert len(set(np.diff(y))) == 1
    zone = zones(table, 500.0)["A"]
    assert shapely.distance(zone.boundary, shapely.Point(0, 0)) == pytest.approx(500, rel=0.01)
