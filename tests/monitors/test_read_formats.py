"""Known layouts: what a correct reader makes of them."""

import gzip
import io

import numpy as np
import pandas as pd
import pytest

from sootprint.core.errors import ConfigError, InputError
from sootprint.monitors import read_complaints, read_observations

NOW = "2026-01-01"


def write(folder, text, name="data.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def subjects(result):
    return {guess.subject: guess.taken for guess in result.guesses}


def codes(result):
    return result.findings["code"].value_counts().to_dict()


@pytest.mark.data
def test_la_oroya_statistics(data_dir):
    result = read_observations(
        data_dir / "la_oroya" / "SO2_oroya.csv",
        zone="America/Lima",
        options={"station_id": "LO", "lon": -75.900882, "lat": -11.519952},
        now=NOW,
    )
    table = result.tables["observations"]
    value = table["value_ugm3"]
    assert len(table) == 8760
    assert (table["flag"] == "missing").sum() == 464
    assert value.mean() == pytest.approx(57.45, abs=0.005)
    assert value.quantile([0.95, 0.99]).tolist() == pytest.approx([281.6, 741.4], abs=0.0501)
    assert value.max() == 2964.8
    assert [(value > 350).sum(), (value > 500).sum()] == [324, 192]
    assert set(table.loc[value.notna(), "flag"]) == {"valid"}
    assert table["time_start"].iloc[0] == pd.Timestamp("2019-01-01 05:00")
    wind = result.tables["weather"]["wind_speed"]
    assert wind.isna().sum() == 459
    assert wind.mean() == pytest.approx(1.26, abs=0.005)
    assert wind.max() == pytest.approx(4.1)
    assert (wind <= 1).sum() / wind.notna().sum() == pytest.approx(0.446, abs=0.0005)
    assert (wind < 0.5).sum() / wind.notna().sum() == pytest.approx(0.073, abs=0.0005)
    assert codes(result) == {"OBS-MISSING": 1}
    taken = subjects(result)
    assert taken["column SO2"] == "SO2_1h_ugm3"
    assert taken["duration_s"] == "3600"
    assert result.tables["stations"][["lon", "lat"]].to_numpy().tolist() == [[-75.900882, -11.519952]]


@pytest.mark.data
def test_la_oroya_from_mixing_ratio_needs_a_temperature(data_dir):
    path = data_dir / "la_oroya" / "SO2_oroya.csv"
    options = {"columns": {"SO2": "SO2_1h_ppb"}}
    with pytest.raises(InputError, match="temperature_c"):
        read_observations(path, zone="America/Lima", options=options, now=NOW)
    options["temperature_c"] = 25
    value = read_observations(path, zone="America/Lima", options=options, now=NOW).tables["observations"]
    assert value["value_ugm3"].mean() == pytest.approx(57.45, rel=0.002)


@pytest.mark.data
def test_airkaz_sample(data_dir):
    path = data_dir / "kz_formats" / "airkaz_sample.csv"
    result = read_observations(path, zone="Asia/Almaty", now=NOW)
    table, counts = result.tables["observations"], codes(result)
    stale = result.findings[result.findings["code"] == "OBS-STALE"]
    assert len(table) + 2 * len(stale) == 200
    assert not (table["value_ugm3"] < 0).any()
    assert counts["OBS-SENTINEL"] == 1
    row = table[(table["source_row"] == 3) & (table["pollutant"] == "PM10")].iloc[0]
    assert row["value_ugm3"] == 26
    # 03:45:01 in Almaty in March 2020 is UTC+6, and the stamp ends its hour.
    assert row["time_start"] == pd.Timestamp("2020-03-23 20:45:01")
    boxed = read_observations(path, zone="Asia/Almaty", options={"bounds": [76.0, 43.0, 78.0, 44.0]}, now=NOW)
    outside = boxed.findings[boxed.findings["code"] == "OBS-OUTSIDE"]
    assert "Бишкек, Кок-Жар" in set(outside["value"])
    assert not boxed.tables["observations"]["station_id"].str.startswith("Астана").any()


@pytest.mark.data
def test_kazhydromet_sample(data_dir):
    result = read_observations(
        data_dir / "kz_formats" / "kazgidromet_sample.csv", zone="Asia/Almaty", now=NOW
    )
    table = result.tables["observations"]
    assert len(table) == 100
    row = table[table["source_row"] == 2].iloc[0]
    assert row["value_ugm3"] == pytest.approx(20.36837049566134)
    assert row["time_start"] == pd.Timestamp("2020-03-27 00:00")
    assert result.tables["stations"]["station_id"].nunique() == 10
    assert subjects(result)["layout"] == "kazhydromet"


def openaq_text(value="12.5"):
    head = '"location_id","sensors_id","location","datetime","lat","lon","parameter","units","value"\n'
    return head + "".join(
        f'7,{21 + k},"Post-7","2024-03-01T{hour:02d}:00:00+06:00",49.95,82.61,"{name}","{unit}",{value}\n'
        for hour in range(3)
        for k, (name, unit) in enumerate((("pm25", "µg/m³"), ("so2", "ppm"), ("temperature", "c")))
    )


def test_openaq_archive(tmp_path):
    path = tmp_path / "location-7-20240301.csv.gz"
    path.write_bytes(gzip.compress(openaq_text().encode()))
    with pytest.raises(InputError, match="temperature_c"):
        read_observations(path, zone="Asia/Almaty", now=NOW)
    result = read_observations(path, zone="Asia/Almaty", options={"temperature_c": 25}, now=NOW)
    table = result.tables["observations"]
    assert table["time_start"].min() == pd.Timestamp("2024-02-29 17:00")
    assert set(table["pollutant"]) == {"PM2.5", "SO2"}
    assert subjects(result)["stamp"] == "ending"
    assert codes(result)["OBS-PARAMETER-UNUSED"] == 1
    # 1 ppm SO2 at 25 °C is 2619 µg/m³ (ideal gas).
    so2 = table.loc[table["pollutant"] == "SO2", "value_ugm3"]
    assert so2.iloc[0] == pytest.approx(12.5 * 2618.6, rel=1e-3)
    assert result.tables["stations"].loc[0, ["station_id", "name"]].tolist() == ["7", "Post-7"]


LONG = """station,pollutant,time,value,unit
A,SO2,2024-01-01 00:00,0.1,mg/m3
A,SO2,2024-01-01 01:00,,mg/m3
A,NO2,2024-01-01 00:00,40,ug/m3
A,NO2,2024-01-01 01:00,50,мкг/м³
"""


def test_long_table_with_units_by_row(tmp_path):
    result = read_observations(write(tmp_path, LONG), zone="Asia/Almaty", now=NOW)
    table = result.tables["observations"].set_index(["pollutant", "source_row"])
    assert table.loc[("SO2", 2), "value_ugm3"] == pytest.approx(100)
    assert table.loc[("SO2", 3), "flag"] == "missing"
    assert table.loc[("NO2", 5), "value_ugm3"] == 50
    assert table["time_start"].min() == pd.Timestamp("2023-12-31 18:00")


def test_russian_headings_semicolons_and_decimal_commas(tmp_path):
    text = "Дата;Время;Диоксид серы, мг/м³;Взвешенные частицы PM10 (мг/м3)\n"
    text += "01.12.2025;01:00;0,05;0,1\n01.12.2025;24:00;0,06;<0,02\n02.12.2025;01:00;0,07;нет данных\n"
    path = tmp_path / "ПНЗ 1.csv"
    path.write_bytes(text.replace("³", "3").encode("cp1251"))
    options = {"duration_s": 3600}
    result = read_observations(path, zone="Asia/Almaty", options=options, now=NOW)
    table = result.tables["observations"]
    so2 = table[table["pollutant"] == "SO2"]
    assert so2["value_ugm3"].tolist() == pytest.approx([50, 60, 70])
    # 24:00 ends the day: stamps end their interval.
    assert so2["time_start"].iloc[1] == pd.Timestamp("2025-12-01 18:00")
    pm10 = table[table["pollutant"] == "PM10"]
    assert pm10["flag"].tolist() == ["valid", "below_detection", "missing"]
    assert pm10["detection_limit_ugm3"].iloc[1] == pytest.approx(20)
    taken = subjects(result)
    assert (taken["delimiter"], taken["decimal"], taken["encoding"]) == (";", ",", "cp1251")


def test_excel_and_parquet_give_what_csv_gives(tmp_path):
    frame = pd.read_csv(io.StringIO(LONG))
    frame.to_parquet(tmp_path / "data.parquet")
    with pd.ExcelWriter(tmp_path / "data.xlsx") as book:
        pd.DataFrame({"note": ["read me"]}).to_excel(book, sheet_name="About", index=False)
        frame.to_excel(book, sheet_name="Data", index=False, startrow=2)
    csv = read_observations(write(tmp_path, LONG), zone="Asia/Almaty", now=NOW).tables["observations"]
    parquet = read_observations(tmp_path / "data.parquet", zone="Asia/Almaty", now=NOW)
    excel = read_observations(tmp_path / "data.xlsx", zone="Asia/Almaty", now=NOW)
    columns = ["station_id", "pollutant", "time_start", "duration_s", "value_ugm3", "flag"]
    for other in (parquet, excel):
        pd.testing.assert_frame_equal(other.tables["observations"][columns], csv[columns])
    assert subjects(excel)["sheet"] == "Data"
    assert subjects(excel)["header row"] == "3"
    assert excel.tables["observations"]["source_row"].tolist() == [6, 7, 4, 5]


def test_unit_is_never_assumed(tmp_path):
    wide = write(tmp_path, "time,SO2\n2024-01-01 00:00,5\n2024-01-01 01:00,6\n")
    with pytest.raises(InputError, match=r'units\."SO2"'):
        read_observations(wide, zone="UTC", now=NOW)
    stated = read_observations(wide, zone="UTC", options={"units": {"SO2": "mg/m3"}}, now=NOW)
    assert stated.tables["observations"]["value_ugm3"].tolist() == [5000, 6000]
    long = write(tmp_path, "station,pollutant,time,value\nA,SO2,2024-01-01,5\nA,SO2,2024-01-02,6\n")
    with pytest.raises(InputError, match="units = "):
        read_observations(long, zone="UTC", now=NOW)


def test_interval_is_never_assumed(tmp_path):
    path = write(tmp_path, "time,SO2_ugm3\n2024-01-01 00:00,5\n")
    with pytest.raises(InputError, match="duration_s"):
        read_observations(path, zone="UTC", now=NOW)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"colums": {}}, "columns"),
        ({"layout": "tall"}, "long"),
        ({"stamp": "middle"}, "ending"),
        ({"columns": {"SO2": "absent"}}, "absent"),
        ({"temperature_c": "25"}, "temperature_c"),
        ({"zone": "UTC+6"}, "Asia/Almaty"),
        ({"bounds": [1, 2, 3]}, "west"),
        ({"lon": 5.0}, "both"),
        ({"detection_limits": {"SO2": -1}}, "detection_limits"),
        ({"detection_limits": {"sulphur": 1}}, "identifiers"),
        ({"sheet": "X"}, "sheet"),
    ],
)
def test_wrong_settings_are_named(tmp_path, options, word):
    with pytest.raises(ConfigError, match=word):
        read_observations(write(tmp_path, LONG), zone="UTC", options=options, now=NOW)


@pytest.mark.parametrize(
    ("stamps", "first", "order"),
    [
        (["01.02.2024", "13.02.2024"], "2024-02-01", "day first"),
        (["02/01/2024", "02/13/2024"], "2024-02-01", "month first"),
        (["01/02/2024", "02/02/2024", "03/02/2024"], "2024-02-01", "day first"),
        (["02/01/2024", "02/02/2024", "02/03/2024"], "2024-02-01", "month first"),
    ],
)
def test_date_order_is_guessed_and_shown(tmp_path, stamps, first, order):
    text = "time,SO2_ugm3\n" + "".join(f"{stamp},5\n" for stamp in stamps)
    result = read_observations(write(tmp_path, text), zone="UTC", now=NOW)
    assert result.tables["observations"]["time_start"].iloc[0] == pd.Timestamp(first)
    assert subjects(result)["date order"] == order


def test_list_of_posts(tmp_path):
    text = (
        "station_id,name,lon,lat,elevation_m,kind\nP1,North,82.6,49.9,290,automatic\nP2,Test,82.7,49.9,,x\n"
    )
    result = read_observations(write(tmp_path, text), zone="UTC", now=NOW)
    assert list(result.tables) == ["stations"]
    assert result.tables["stations"]["station_id"].tolist() == ["P1"]
    assert result.tables["stations"]["elevation_m"].tolist() == [290]


def test_complaints(tmp_path):
    text = "id,time,lon,lat,kind,severity,text\n1,2025-11-01 08:00,82.6,49.95,smell,4,burning\n"
    text += "2,2025-11-01 09:00,,49.95,smoke,2,\n3,2027-01-01 09:00,82.6,49.95,smoke,2,\n"
    text += "1,2025-11-02 08:00,82.6,49.95,smell,4,again\n5,2025-11-01 07:00,82.6,49.95,dust,9,\n"
    result = read_complaints(write(tmp_path, text), zone="Asia/Almaty", now=NOW)
    table = result.tables["complaints"]
    assert table["complaint_id"].tolist() == ["5", "1"]
    assert table["time_start"].iloc[1] == pd.Timestamp("2025-11-01 03:00")
    assert table["severity"].isna().tolist() == [True, False]
    assert codes(result) == {"OBS-FUTURE": 1, "CMP-PLACE": 1, "CMP-DUPLICATE": 1, "CMP-SEVERITY": 1}


@pytest.mark.slow
def test_a_million_rows_in_seconds(tmp_path):
    from time import perf_counter

    hours = pd.date_range("2015-01-01", periods=50_000, freq="h").strftime("%Y-%m-%d %H:%M:%S")
    value = np.random.default_rng(1).gamma(2.0, 20.0, 50_000).round(1)
    frame = pd.concat(
        pd.DataFrame({"station": f"S{s}", "pollutant": p, "time": hours, "value": value, "unit": "ug/m3"})
        for s in range(10)
        for p in ("SO2", "NO2")
    )
    frame.to_csv(tmp_path / "big.csv", index=False)
    start = perf_counter()
    result = read_observations(tmp_path / "big.csv", zone="Asia/Almaty", now=NOW)
    assert len(result.tables["observations"]) == 1_000_000
    assert perf_counter() - start < 60
