"""Evidence files of a synthetic city, in the forms that real ones have, faults included.

Every file has ``synthetic`` in its name, and a README says it in words. One seed gives the same bytes.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sootprint.core.constants import KELVIN_OFFSET
from sootprint.core.geo import project
from sootprint.core.pollutants import pollutant_table
from sootprint.core.timeaxis import to_local
from sootprint.synthetic import layout
from sootprint.synthetic.city import FILE_FAULTS, City
from sootprint.synthetic.promise import monitor_rows, promised_cut
from sootprint.synthetic.rates import STACK_UNCERTAINTY

EvidenceFile = tuple[Path, str, dict[str, Any]]

GRID_ROTATION_DEG = {"UKMK": 20.0}
"""Direction of a plant grid's OY axis, clockwise from true north, where it is not 0 [degrees]."""

LONG_POSTS = 5
"""Posts whose readings stand in the long table; the others stand in the wide one."""

README = """\
{notice}

Seed {seed}, {days} days from 2024-11-01, Asia/Almaty.

observations_automatic_synthetic.csv   hourly readings of five posts: long table, mg/m3, local time
observations_industry_synthetic.csv    hourly readings of three posts: wide table, mg/m3, local time
stations_synthetic.csv                 where the posts stand (assumed)
weather_synthetic.csv                  what an airport mast reports
inventory_<PLANT>_synthetic.csv        declared stacks of one plant: form of the Kazakh inventory
spread_sources_synthetic.csv           stoves and roads: Sootprint's own template
stack_monitoring_<PLANT>_synthetic.csv hourly stack monitoring of one plant (cities of 16 days and more)
complaints_synthetic.csv               complaints of invented residents

Faulty rows were put into the long table on purpose: {faults}.
Stack heights and annual totals marked "secondary" are published for the real city; all else is invented.
Two stacks emit far more than they declare, and one far less. The truth is not in this folder.
"""


def write_evidence(city: City, folder: str | Path) -> list[EvidenceFile]:
    """Evidence files of a city.

    Parameters
    ----------
    city : City
    folder : str or Path
        Made if absent; files of the same names are overwritten.

    Returns
    -------
    list of (Path, str, dict)
        Path, kind (observations, weather, sources, complaints, stack_monitoring) and reader options of each
        file; the
        ``README_synthetic.txt`` beside them is not listed.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "README_synthetic.txt", _readme(city))
    made: list[EvidenceFile] = [
        _observations_long(city, folder / "observations_automatic_synthetic.csv"),
        _observations_wide(city, folder / "observations_industry_synthetic.csv"),
        _stations(city, folder / "stations_synthetic.csv"),
        _weather(city, folder / "weather_synthetic.csv"),
    ]
    stacks = city.sources.loc[city.sources["kind"] == "point"]
    for facility in stacks["facility_id"].drop_duplicates():
        made.append(_inventory(city, str(facility), folder / f"inventory_{facility}_synthetic.csv"))
    made.append(_spread(city, folder / "spread_sources_synthetic.csv"))
    made.append(_complaints(city, folder / "complaints_synthetic.csv"))
    promise = promised_cut(city)
    if promise is not None:
        plant = promise.facility_id
        made.append(_stack_monitoring(city, plant, folder / f"stack_monitoring_{plant}_synthetic.csv"))
    return made


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))


def _csv(table: pd.DataFrame, path: Path, separator: str) -> None:
    _write(path, table.to_csv(index=False, sep=separator, lineterminator="\n"))


def _comma(value: float, digits: int) -> str:
    return "" if not math.isfinite(value) else f"{value:.{digits}f}".replace(".", ",")


def _local(time_utc: pd.Series, pattern: str = "%d.%m.%Y %H:%M") -> pd.Series:
    return to_local(time_utc, layout.ZONE).dt.strftime(pattern)


def _readme(city: City) -> str:
    faults = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in FILE_FAULTS.items())
    return README.format(notice=city.notice, seed=city.seed, days=city.days, faults=faults)


def _cells(rows: pd.DataFrame) -> list[str]:
    """Values in mg/m³ with decimal commas; a smaller-than sign below detection, blank where missing."""
    made = []
    for value, flag in zip(rows["value_ugm3"], rows["flag"], strict=True):
        text = _comma(value / 1000.0, 4)
        made.append(f"<{text}" if flag == "below_detection" else text)
    return made


def _observations_long(city: City, path: Path) -> EvidenceFile:
    posts = city.stations["station_id"].tolist()[:LONG_POSTS]
    rows = city.observations.loc[city.observations["station_id"].isin(posts)].copy()
    rows = rows.sort_values(["time_start", "station_id", "pollutant"], kind="stable", ignore_index=True)
    names = pollutant_table()["name_ru"]
    table = pd.DataFrame(
        {
            "Пост": rows["station_id"],
            "Дата и время": _local(rows["time_start"]),
            "Вещество": rows["pollutant"].map(names),
            "Значение": _cells(rows),
            "Единица измерения": "мг/м3",
        }
    )
    sound = rows.index[(rows["flag"] == "valid") & (rows["pollutant"] != "CO")]
    rng = np.random.default_rng([city.seed, 77])
    kinds = ("future_rows", "overflow_rows", "duplicate_rows", "conflict_rows")
    counts = [FILE_FAULTS[kind] for kind in kinds]
    chosen = rng.choice(sound, sum(counts), replace=False)
    future, overflow, duplicate, conflict = np.split(chosen, np.cumsum(counts[:-1]))
    wrong = [
        table.loc[future].assign(**{"Дата и время": "22.12.2030 10:00"}),
        table.loc[overflow].assign(**{"Значение": "1e+34"}),
        table.loc[duplicate],
        table.loc[conflict].assign(**{"Значение": "0,9999"}),
        table.iloc[: FILE_FAULTS["test_rows"]].assign(**{"Пост": "Тест АСМ", "Значение": "0,0500"}),
    ]
    _csv(pd.concat([table, *wrong], ignore_index=True), path, ";")
    return path, "observations", {"layout": "long", "stamp": "beginning", "duration_s": 3600, "decimal": ","}


def _observations_wide(city: City, path: Path) -> EvidenceFile:
    posts = city.stations["station_id"].tolist()[LONG_POSTS:]
    rows = city.observations.loc[city.observations["station_id"].isin(posts)].copy()
    rows["cell"] = _cells(rows)
    index = ["time_start", "station_id"]
    wide = rows.pivot_table(index=index, columns="pollutant", values="cell", aggfunc="first").reset_index()
    table = pd.DataFrame({"Пост": wide["station_id"], "Дата и время": _local(wide["time_start"])})
    for pollutant in layout.POLLUTANTS:
        table[f"{pollutant}, мг/м3"] = wide[pollutant]
    _csv(table, path, ";")
    return path, "observations", {"layout": "wide", "stamp": "beginning", "duration_s": 3600, "decimal": ","}


def _stations(city: City, path: Path) -> EvidenceFile:
    names = ["station_id", "name", "lon", "lat", "elevation_m", "inlet_height_m", "kind", "operator"]
    _csv(city.stations[names], path, ",")
    return path, "observations", {"layout": "stations"}


def _weather(city: City, path: Path) -> EvidenceFile:
    rows = city.weather
    table = pd.DataFrame(
        {
            "station": rows["station_id"],
            "local_time": _local(rows["time_start"]),
            "wind_speed (m/s)": rows["wind_speed"].map("{:.1f}".format),
            "wind_direction (deg)": rows["wind_from_direction"].map(
                lambda value: f"{value:.0f}" if math.isfinite(value) else ""
            ),
            "temperature (°C)": (rows["air_temperature"] - KELVIN_OFFSET).map("{:.1f}".format),
            "pressure (hPa)": (rows["pressure"] / 100.0).map("{:.1f}".format),
            "humidity (%)": (rows["humidity"] * 100.0).map("{:.0f}".format),
            "cloud (oktas)": (rows["cloud"] * 8.0).map("{:.0f}".format),
        }
    )
    _csv(table, path, ",")
    options = {"layout": "table", "stamp": "beginning", "duration_s": 3600, "measurement_height": 10}
    return path, "weather", {**options, "columns": {"time": "local_time"}}


def _complaints(city: City, path: Path) -> EvidenceFile:
    rows = city.complaints
    table = rows[["complaint_id", "lon", "lat", "kind", "severity", "text"]].copy()
    table.insert(1, "time", _local(rows["time_start"]))
    _csv(table, path, ",")
    return path, "complaints", {"stamp": "beginning"}


def _stack_monitoring(city: City, facility_id: str, path: Path) -> EvidenceFile:
    """Hourly table of the monitors of one plant, in the headings of the national table."""
    rows = monitor_rows(city, facility_id)
    _csv(rows, path, ";")
    plant = str(rows["organization_name"].iloc[0])
    return path, "stack_monitoring", {"interval_s": 3600, "organizations": {plant: facility_id}}


def _form_head(plant: str) -> list[list[str]]:
    """Title, two lines of merged headings and the line of column numbers of the Kazakh form."""
    title = [f"Параметры выбросов загрязняющих веществ для расчета НДВ. СИНТЕТИЧЕСКИЕ ДАННЫЕ. {plant}"]
    upper = ["Производство", "Источник выброса загрязняющих веществ", "", ""]
    upper += [
        "Высота источника выброса, м",
        "Диаметр устья трубы, м",
        "Параметры газовоздушной смеси",
        "",
        "",
    ]
    upper += ["Координаты источника на карте-схеме, м", "", "", "", "Код вещества", "Наименование вещества"]
    upper += ["Выбросы загрязняющего вещества", "", ""]
    lower = ["", "Номер источника выброса", "Наименование источника выброса", "Число часов работы в году"]
    lower += ["", "", "скорость, м/с", "объем, м3/с", "температура, °С", "X1", "Y1", "X2", "Y2", "", ""]
    lower += ["г/с", "мг/нм3", "т/год"]
    count = [str(number + 1) for number in range(len(upper))]
    return [title + [""] * (len(upper) - 1), upper, lower, count]


def _inventory(city: City, facility_id: str, path: Path) -> EvidenceFile:
    """Declared stacks of one plant: a row a stack and substance, metres on the plant's own grid."""
    plant = city.facilities.set_index("facility_id").loc[facility_id]
    stacks = city.sources.loc[
        (city.sources["facility_id"] == facility_id) & (city.sources["kind"] == "point")
    ]
    rotation = GRID_ROTATION_DEG.get(facility_id, 0.0)
    grid = f"+proj=aeqd +lon_0={plant['lon']} +lat_0={plant['lat']} +datum=WGS84 +units=m"
    east, north = project(stacks["lon"].to_numpy(float), stacks["lat"].to_numpy(float), grid)
    sin, cos = math.sin(math.radians(rotation)), math.cos(math.radians(rotation))
    x, y = east * cos - north * sin, east * sin + north * cos
    codes = pollutant_table()
    rows: list[list[str]] = []
    for stack, grid_x, grid_y in zip(stacks.itertuples(), x, y, strict=True):
        flow = math.pi / 4.0 * stack.diameter_m**2 * stack.exit_velocity_m_s
        normal = flow * KELVIN_OFFSET / stack.exit_temperature_k
        for item in city.declared.loc[city.declared["source_id"] == stack.source_id].itertuples():
            rows.append(
                [
                    plant["name"],
                    stack.source_number,
                    f"{stack.name} (synthetic)",
                    f"{stack.hours_per_year:.0f}",
                    _comma(stack.height_m, 1),
                    _comma(stack.diameter_m, 2),
                    _comma(stack.exit_velocity_m_s, 2),
                    _comma(flow, 3),
                    _comma(stack.exit_temperature_k - KELVIN_OFFSET, 1),
                    _comma(float(grid_x), 1),
                    _comma(float(grid_y), 1),
                    "",
                    "",
                    codes.loc[item.pollutant, "kz_code"],
                    codes.loc[item.pollutant, "name_ru"],
                    _comma(item.rate_g_s, 4),
                    _comma(item.rate_g_s * 1000.0 / normal, 1),
                    _comma(item.annual_t, 3),
                ]
            )
    _write(path, "\n".join(";".join(line) for line in [*_form_head(plant["name"]), *rows]) + "\n")
    options: dict[str, Any] = {
        "layout": "inventory",
        "facility_id": facility_id,
        "facility_name": plant["name"],
        "facility_kind": plant["kind"],
        "operator": "synthetic",
        "mark": "assumed",
        "relative_uncertainty": STACK_UNCERTAINTY,
        "controllable": True,
        "origin_lon": float(plant["lon"]),
        "origin_lat": float(plant["lat"]),
        "rotation_deg": rotation,
    }
    return path, "sources", options


def _spread(city: City, path: Path) -> EvidenceFile:
    """Stoves and roads in the flat template: a row a source and pollutant."""
    sources = city.sources.loc[city.sources["kind"] != "point"]
    table = sources.merge(city.declared.drop(columns=["source_file", "source_row", "mark"]), on="source_id")
    table = table.merge(
        city.facilities[["facility_id", "name"]].rename(columns={"name": "facility_name"}), on="facility_id"
    )
    names = ["facility_id", "facility_name", "source_id", "source_number", "name", "kind", "lon", "lat"]
    names += [
        "geometry_wkt",
        "width_m",
        "height_m",
        "vertical_extent_m",
        "base_elevation_m",
        "controllable",
        "pollutant",
    ]
    names += ["basis", "rate_g_s", "relative_uncertainty", "time_profile", "mark"]
    _csv(table[names], path, ",")
    return path, "sources", {"layout": "template"}
