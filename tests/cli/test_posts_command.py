"""Step ``identifiability`` and command ``posts`` on a small case whose answer is known."""

from __future__ import annotations

import csv
import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import sootprint
from sootprint.cli.app import app
from sootprint.cli.posts import read_places
from sootprint.core import geo
from sootprint.core.errors import InputError
from sootprint.sources.readers.template import flat_columns

HOURS = 24 * 8
HEADINGS = (
    "time,wind speed (m/s),wind direction (deg),air temperature (C),cloud (oktas),pressure (hPa),"
    "mixing height (m)\n"
)
LON, LAT, CRS = 82.6, 49.95, "EPSG:32644"


def place(east_m, north_m):
    x, y = geo.project([LON], [LAT], CRS)
    lon, lat = geo.unproject(x + east_m, y + north_m, CRS)
    return round(float(lon[0]), 6), round(float(lat[0]), 6)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """Two stacks side by side north of the only post, one far in the east; the wind turns about."""
    folder = tmp_path_factory.mktemp("posts")
    made = sootprint.new_case(
        folder / "case",
        {"title": "Two stacks", "place.name": "Made-up city", "place.lon": LON, "place.lat": LAT,
         "place.zone": "Asia/Almaty", "place.crs": CRS},
    )  # fmt: skip
    times = pd.date_range("2024-11-01", periods=HOURS, freq="h")
    rng = np.random.default_rng(4)
    speed = np.where(np.arange(HOURS) % 5 == 0, 1.0, 4.0)
    readings = folder / "readings.csv"
    body = "\n".join(f"{time:%Y-%m-%d %H:%M},{20 + 5 * rng.random():.2f}" for time in times)
    readings.write_text(f"time,SO2 (ug/m3)\n{body}\n", encoding="utf-8")
    made.add(readings, "observations", {"station_id": "P 1", "stamp": "beginning", "duration_s": 3600})
    lon, lat = place(0.0, 0.0)
    _place_post(made.path, lon, lat)
    air = folder / "weather.csv"
    lines = [
        f"{time:%Y-%m-%d %H:%M},{wind},{(17 * number) % 360},5,4,990,600"
        for number, (time, wind) in enumerate(zip(times, speed, strict=True))
    ]
    air.write_text(
        HEADINGS + "\n".join(lines) + "\n", encoding="utf-8",
    )  # fmt: skip
    made.add(air, "weather", {"layout": "table", "stamp": "beginning"})
    inventory = folder / "sources.csv"
    row = {
        "facility_id": "PLANT", "facility_name": "Smelter", "kind": "point", "height_m": "50",
        "diameter_m": "2", "exit_velocity_m_s": "8", "exit_temperature_k": "380", "pollutant": "SO2",
    }  # fmt: skip
    stacks = {"N1": (0.0, 2500.0, 80), "N2": (120.0, 2600.0, 60), "E1": (3000.0, 200.0, 50)}
    with inventory.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, flat_columns())
        writer.writeheader()
        for name, (east, north, rate) in stacks.items():
            lon, lat = place(east, north)
            own = {"source_id": name, "source_number": name, "rate_g_s": rate, "lon": lon, "lat": lat}
            writer.writerow(row | own)
    made.add(inventory, "sources")
    return made


def _place_post(path, lon, lat):
    settings = path / "case.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f'{text}\n[stations."P 1"]\nlon = {lon}\nlat = {lat}\n', encoding="utf-8")


def invoke(*arguments):
    return CliRunner().invoke(app, [str(item) for item in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def told(case):
    done = invoke("posts", case.path, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_twins_in_line_with_the_only_post_are_what_a_post_beside_them_parts(told):
    assert told["candidates"] == 49
    first = told["next_posts"][0]
    assert first["pollutant"] == "SO2"
    assert first["rank"] == 1
    assert first["gain_nat"] > 0.3
    gains = [row["gain_nat"] for row in told["next_posts"]]
    assert gains == sorted(gains, reverse=True)
    wanted = {(row["target"], row["observation"]) for row in told["deciding"]}
    assert {("N1", "stack_reading"), ("N1", "new_post"), ("N1", "mobile_hour")} <= wanted


def test_hours_of_a_mobile_laboratory_have_wind_enough_and_a_place_downwind(told):
    for row in told["next_hours"]:
        assert row["kind"] == "mobile_hour"
        assert row["wind_speed"] >= 2.0
        assert row["time_local"] != row["time_start"]


def test_places_of_a_file_are_tried_and_faulty_ones_refused(case, tmp_path):
    file = tmp_path / "places.csv"
    near, far = place(0.0, 4500.0), place(-30_000.0, -30_000.0)
    file.write_text(
        f"station_id,lon,lat\nnear,{near[0]},{near[1]}\nfar,{far[0]},{far[1]}\n", encoding="utf-8"
    )
    made = json.loads(invoke("posts", case.path, "--places", file, "--pollutant", "SO2", "--json").stdout)
    assert [row["station_id"] for row in made["next_posts"]] == ["near", "far"]
    assert made["next_posts"][0]["gain_nat"] > 10 * made["next_posts"][1]["gain_nat"]
    file.write_text("station_id,lon,lat\na,82,49\na,83,49\n", encoding="utf-8")
    with pytest.raises(InputError, match="named twice"):
        read_places(file)
    file.write_text("name,lon,lat\na,82,49\n", encoding="utf-8")
    with pytest.raises(InputError, match="station_id"):
        read_places(file)


def test_a_forecast_gives_the_hours(case, tmp_path):
    file = tmp_path / "forecast.csv"
    lines = [f"2024-11-20 {hour:02d}:00,{1 if hour < 20 else 5},350,0,4,990,500" for hour in range(24)]
    file.write_text(HEADINGS + "\n".join(lines) + "\n", encoding="utf-8")
    made = json.loads(invoke("posts", case.path, "--forecast", file, "--json").stdout)
    assert made["hours"] == "of the forecast"
    assert all(row["time_local"] >= "2024-11-20T20:00" for row in made["next_hours"])
    assert "wind_speed" not in made["next_hours"][0]


def test_the_screen_names_posts_and_hours_and_a_wrong_pollutant_is_refused(case):
    text = invoke("posts", case.path, "--count", "1").stdout
    assert "Next posts, of 49 places tried" in text
    assert "mobile laboratory" in text
    with pytest.raises(InputError, match="NO2 is not measured"):
        invoke("posts", case.path, "--pollutant", "NO2")


def test_the_step_says_who_could_be_seen_and_what_is_a_group(case, told):
    from sootprint.cli.nmu import tables_of
    from sootprint.cli.posts import STEPS

    made = {name: item.load() for name, item in tables_of(case, STEPS, quiet=True).items() if "@" not in name}
    sources = made["identifiability_sources"].set_index("source_id")
    assert sources.loc["N1", "group_id"] == sources.loc["N2", "group_id"] == "E1-SO2"
    assert sources["group_id"].isna()["E1"]
    assert made["identifiability_groups"]["members"].tolist() == ["N1, N2"]
    assert len(made["identifiability_pairs"]) == 3
    seen = made["visibility_summary"]
    whole = seen[(seen["period_kind"] == "all") & (seen["station_id"] == "any")].set_index("source_id")
    assert (whole["hours"] == HOURS).all()
    assert (whole["hours_light_wind"] == -(-HOURS // 5)).all()
    assert whole.loc["N1", "hours_seen"] > 0
    sectors = seen[(seen["period_kind"] == "sector") & (seen["source_id"] == "N1")]
    assert sectors.loc[sectors["hours_seen"] > 0, "period"].isin(["N", "NNW", "NNE", "NW", "NE"]).all()
    rules = made["identifiability_rules"]
    assert rules["group_cosine"] == 0.7
    assert rules["candidate_repeat"] == 1.0
