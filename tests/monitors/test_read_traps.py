"""The traps of real files, one by one: each has its code, and nothing is dropped without a word."""

import pandas as pd
import pytest

from sootprint.core.findings import SEVERITIES
from sootprint.core.schema import faults
from sootprint.monitors import read_observations
from sootprint.monitors.readers.codes import CODES
from sootprint.monitors.readers.places import minutes_reading

NOW = "2026-01-01"
HOURS = pd.date_range("2025-01-01", periods=200, freq="h").strftime("%Y-%m-%d %H:%M:%S").tolist()


def read(folder, rows, head="station,pollutant,time,value,unit", zone="Asia/Almaty", now=NOW, **options):
    path = folder / "data.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    result = read_observations(path, zone=zone, options=options, now=now)
    for name, table in result.tables.items():
        assert faults(table, name).empty
    assert set(result.findings["code"]) <= set(CODES)
    assert (result.findings["file"] == "data.csv").all()
    return result


def series(values, station="A", pollutant="SO2", unit="ug/m3"):
    return [f"{station},{pollutant},{HOURS[k]},{value},{unit}" for k, value in enumerate(values)]


def found(result, code):
    return result.findings[result.findings["code"] == code]


def rows(result, code):
    return found(result, code)["row"].tolist()


def test_every_code_has_severity_rule_and_cure():
    for code, (severity, rule, cure) in CODES.items():
        assert severity in SEVERITIES, code
        assert rule, code
        assert cure, code


def test_every_row_is_kept_or_quarantined(tmp_path):
    lines = [*series([5, "", "x", "1e34", -3, 7]), "Тест АСМ,SO2,2025-01-01 00:00:00,5,ug/m3"]
    result = read(tmp_path, lines)
    kept = result.tables["observations"]["source_row"].tolist()
    quarantined = result.findings.loc[result.findings["severity"] == "quarantine", "row"].tolist()
    assert sorted(kept + quarantined) == list(range(2, 9))


def test_future_dates(tmp_path):
    result = read(tmp_path, [*series([5, 6]), "A,SO2,2030-12-22 00:00:00,5,ug/m3"])
    assert rows(result, "OBS-FUTURE") == [4]
    assert found(result, "OBS-FUTURE")["value"].tolist() == ["2030-12-22 00:00:00"]
    later = read(tmp_path, [*series([5, 6]), "A,SO2,2030-12-22 00:00:00,5,ug/m3"], now="2031-01-01")
    assert rows(later, "OBS-FUTURE") == []


@pytest.mark.parametrize("value", ["1e34", "1.0000000331813535E+32", "1e400", "-1e34", "9" * 400])
def test_overflow(tmp_path, value):
    result = read(tmp_path, series([5, value, 6]))
    assert rows(result, "OBS-OVERFLOW") == [3]
    assert found(result, "OBS-OVERFLOW")["value"].iloc[0] == value[:200]


def test_test_organisations_and_excluded_ones(tmp_path):
    head = "organisation,station,pollutant,time,value,unit"
    names = ["Тест АСМ", "test", "TEST 2", "Протест", "Тестоил", "Контест", "Завод"]
    lines = [f'"{name}",S{k},SO2,{HOURS[h]},5,ug/m3' for k, name in enumerate(names) for h in range(2)]
    result = read(tmp_path, lines, head=head, exclude_organisations=["завод"])
    assert rows(result, "OBS-TEST-STATION") == [2, 3, 4, 5, 6, 7]
    assert rows(result, "OBS-EXCLUDED") == [14, 15]
    assert set(result.tables["stations"]["station_id"]) == {"S3", "S4", "S5"}


def test_duplicates_that_agree_keep_the_first(tmp_path):
    result = read(tmp_path, [*series([5, 6]), f"A,SO2,{HOURS[1]},6.0,ug/m3"])
    assert rows(result, "OBS-DUPLICATE") == [4]
    assert result.tables["observations"]["source_row"].tolist() == [2, 3]


def test_duplicates_that_contradict_are_all_left_out(tmp_path):
    lines = [*series([5, 6]), f"A,SO2,{HOURS[1]},7,ug/m3", f"A,SO2,{HOURS[1]},,ug/m3"]
    result = read(tmp_path, lines)
    assert rows(result, "OBS-DUPLICATE-CONFLICT") == [3, 4]
    assert rows(result, "OBS-DUPLICATE") == [5]
    assert result.tables["observations"]["source_row"].tolist() == [2]


def test_a_missing_row_gives_way_to_a_reading(tmp_path):
    result = read(tmp_path, [*series([5, ""]), f"A,SO2,{HOURS[1]},7,ug/m3"])
    assert rows(result, "OBS-DUPLICATE") == [3]
    assert result.tables["observations"]["value_ugm3"].tolist() == [5, 7]


HEAD_PLACES = "station,lon,lat,pollutant,time,value,unit"


def placed(station, lon, lat):
    return [f"{station},{lon},{lat},SO2,{HOURS[h]},5,ug/m3" for h in range(2)]


def test_degrees_and_minutes_typed_as_decimals(tmp_path):
    lines = [*placed("A", 82.61, 49.95), *placed("B", 82.65, 49.97), *placed("C", 82.38, 49.58)]
    bounds = [82.4, 49.8, 82.9, 50.1]
    result = read(tmp_path, lines, head=HEAD_PLACES, bounds=bounds)
    finding = found(result, "OBS-DMS-COORDINATE").iloc[0]
    assert (finding["object"], finding["severity"]) == ("C", "warning")
    assert "lon 82.38, lat 49.58" in finding["value"]
    assert "lon 82.63333, lat 49.96667" in finding["value"]
    assert set(found(result, "OBS-OUTSIDE")["object"]) == {"C"}
    kept = read(tmp_path, lines, head=HEAD_PLACES, bounds=bounds, allow_outside=True)
    place = kept.tables["stations"].set_index("station_id").loc["C", ["lon", "lat"]]
    assert place.tolist() == [82.38, 49.58]
    unboxed = read(tmp_path, lines, head=HEAD_PLACES)
    assert "C" in set(found(unboxed, "OBS-DMS-COORDINATE")["object"])


def test_minutes_readings():
    assert minutes_reading(49.58) == pytest.approx(49 + 58 / 60)
    assert minutes_reading(82.403296) == pytest.approx(82 + 40 / 60 + 32.96 / 3600)
    assert minutes_reading(-11.3) == pytest.approx(-(11 + 30 / 60))
    assert minutes_reading(49.61) is None
    assert minutes_reading(50.0) is None


def test_sound_coordinates_raise_no_doubt(tmp_path):
    lines = [*placed("A", 82.6143, 49.9512), *placed("B", 82.6525, 49.9731), *placed("C", 82.5512, 49.9012)]
    result = read(tmp_path, lines, head=HEAD_PLACES, bounds=[82.4, 49.8, 82.9, 50.1])
    assert result.findings.empty


def test_exchanged_coordinates(tmp_path):
    lines = [*placed("A", 82.6143, 49.9512), *placed("B", 49.9731, 82.6525), *placed("C", 49.9, 182.6)]
    result = read(tmp_path, lines, head=HEAD_PLACES, bounds=[82.4, 49.8, 82.9, 50.1])
    assert set(found(result, "OBS-SWAPPED-COORDINATE")["object"]) == {"B"}
    assert set(found(result, "OBS-COORDINATE")["object"]) == {"C"}


def test_a_post_in_two_places(tmp_path):
    result = read(
        tmp_path, [*placed("A", 82.61, 49.95)[:1], *placed("A", 82.65, 49.95)[1:]], head=HEAD_PLACES
    )
    assert set(found(result, "OBS-STATION-MOVED")["object"]) == {"A"}


def test_zeros_for_missing(tmp_path):
    values = [5 + k % 7 for k in range(60)] + [0] * 30 + [6 + k % 5 for k in range(60)]
    result = read(tmp_path, series(values))
    table = result.tables["observations"]
    assert (table["flag"] == "suspect").sum() == 30
    assert "30 zeros" in found(result, "OBS-ZERO-RUN")["value"].iloc[0]
    assert (table.loc[table["flag"] == "suspect", "value_ugm3"] == 0).all()
    stated = read(tmp_path, series(values), zero_means_missing=True)
    assert (stated.tables["observations"]["flag"] == "missing").sum() == 30
    assert found(stated, "OBS-ZERO-RUN").empty
    assert "30 readings" in found(stated, "OBS-ZERO-MISSING")["value"].iloc[0]


def test_zeros_of_a_clean_series_are_readings(tmp_path):
    result = read(tmp_path, series([k % 3 for k in range(60)] + [0] * 30))
    assert set(result.tables["observations"]["flag"]) == {"valid"}


def test_stuck_values(tmp_path):
    values = [5 + k % 17 for k in range(60)] + [43] * 30 + [6 + k % 5 for k in range(60)]
    result = read(tmp_path, series(values))
    assert (result.tables["observations"]["flag"] == "suspect").sum() == 30
    assert "43 µg/m³ 30 times" in found(result, "OBS-FLAT-RUN")["value"].iloc[0]
    low = [5 + k % 17 for k in range(60)] + [1] * 30
    assert found(read(tmp_path, series(low)), "OBS-FLAT-RUN").empty


def test_negative_values_are_suspect(tmp_path):
    result = read(tmp_path, series([5, -0.4, -3, 6]))
    assert result.tables["observations"]["flag"].tolist() == ["valid", "suspect", "suspect", "valid"]
    assert found(result, "OBS-NEGATIVE")["value"].tolist() == ["2 readings, lowest -3 µg/m³"]


def test_below_detection(tmp_path):
    result = read(
        tmp_path, series([5, "<0.5", "ниже предела обнаружения", 0.3]), detection_limits={"SO2": 0.4}
    )
    table = result.tables["observations"]
    assert table["flag"].tolist() == ["valid", *["below_detection"] * 3]
    assert table["detection_limit_ugm3"].tolist() == [0.4, 0.5, 0.4, 0.4]
    assert table["value_ugm3"].isna().tolist() == [False, True, True, False]
    assert rows(result, "OBS-NOT-A-NUMBER") == []


def test_cells_that_are_no_number(tmp_path):
    result = read(tmp_path, series([5, "ошибка", "5 6", "0x1F", "True", "1_000", 6]))
    assert rows(result, "OBS-NOT-A-NUMBER") == [3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("decimal", "texts", "numbers", "bad"),
    [
        (",", ["0,05", "1.234,5", "0.05", "7"], [0.05, 1234.5, 7], [4]),
        (".", ["0.05", '"1,234.5"', '"0,05"', "7"], [0.05, 1234.5, 7], [4]),
        (None, ["0.05", '"0,07"', '"1,234.5"', "7"], [0.05, 0.07, 7], [4]),
    ],
)
def test_a_decimal_sign_is_never_dropped(tmp_path, decimal, texts, numbers, bad):
    lines = [f'{HOURS[k]};"{text.strip(chr(34))}"' for k, text in enumerate(texts)]
    result = read(tmp_path, lines, head="time;SO2_ugm3", decimal=decimal)
    assert result.tables["observations"]["value_ugm3"].tolist() == numbers
    assert rows(result, "OBS-NOT-A-NUMBER") == bad


def test_missing_readings_are_rows_and_counted_once(tmp_path):
    result = read(tmp_path, series([5, "", "NA", "н/д", "-", -999, 6]))
    table = result.tables["observations"]
    assert (table["flag"] == "missing").sum() == 5
    assert found(result, "OBS-MISSING")["value"].tolist() == ["5 of 7 readings"]
    assert found(result, "OBS-SENTINEL")["value"].tolist() == ["-999: 1 readings"]
    assert not (result.findings["severity"] == "quarantine").any()


def test_stamps_that_are_none(tmp_path):
    lines = [*series([5, 6]), *(f"A,SO2,{text},5,ug/m3" for text in ("", "2025-02-30", "noon", "1024-01-01"))]
    result = read(tmp_path, lines)
    assert rows(result, "OBS-TIME") == [4, 5, 6, 7]


def test_the_change_of_almaty_on_2024_03_01(tmp_path):
    stamps = ["2024-02-29 22:00", "2024-02-29 23:00", "2024-02-29 23:00", "2024-03-01 00:00"]
    lines = [f"{s},SO2,{t},{k + 1},ug/m3" for k, t in enumerate(stamps) for s in "AB"]
    result = read(tmp_path, lines)
    table = result.tables["observations"]
    expected = pd.date_range("2024-02-29 16:00", periods=4, freq="h").tolist()
    for station in "AB":
        part = table[table["station_id"] == station]
        assert part["time_start"].tolist() == expected
        assert part["value_ugm3"].tolist() == [1, 2, 3, 4]
    assert found(result, "OBS-TIME-AMBIGUOUS")["value"].iloc[0].startswith("4 rows")
    assert rows(result, "OBS-DUPLICATE-CONFLICT") == []


def test_local_times_that_do_not_exist(tmp_path):
    lines = [f"A,SO2,2024-03-31 0{h}:00,5,ug/m3" for h in (0, 1, 2, 3)]
    result = read(tmp_path, lines, zone="Europe/Berlin")
    assert rows(result, "OBS-TIME-MISSING-HOUR") == [4]
    assert read(tmp_path, lines, zone="Europe/Berlin", **{}).tables["observations"][
        "source_row"
    ].tolist() == [2, 3, 5]


def test_the_zone_of_the_file_overrules_that_of_the_case(tmp_path):
    stated = read(tmp_path, series([5, 6]), zone="Asia/Almaty", **{})
    path = tmp_path / "data.csv"
    utc = read_observations(path, zone="Asia/Almaty", options={"zone": "UTC"}, now=NOW)
    shift = utc.tables["observations"]["time_start"] - stated.tables["observations"]["time_start"]
    assert (shift == pd.Timedelta("5h")).all()


def test_impossible_wind(tmp_path):
    lines = [
        f"{HOURS[k]},{v},{ws},{wd}" for k, (v, ws, wd) in enumerate([(5, 1, 10), (6, -1, 370), (7, 200, 360)])
    ]
    result = read(tmp_path, lines, head="time,SO2_ugm3,ws,wd")
    assert sorted(zip(rows(result, "OBS-WIND"), found(result, "OBS-WIND")["column"], strict=True)) == [
        (3, "wd"),
        (3, "ws"),
        (4, "ws"),
    ]
    weather = result.tables["weather"]
    assert weather["wind_speed"].isna().tolist() == [False, True, True]
    assert weather["wind_from_direction"].isna().tolist() == [False, True, False]
    assert len(result.tables["observations"]) == 3


def test_weather_units(tmp_path):
    head = "time,SO2_ugm3,ws (km/h),temp (°C),pressure (mmHg),RH (%),press"
    result = read(tmp_path, [f"{HOURS[k]},5,36,-15,750,80,1" for k in range(2)], head=head)
    row = result.tables["weather"].iloc[0]
    assert row["wind_speed"] == pytest.approx(10)
    assert row["air_temperature"] == pytest.approx(258.15)
    assert row["pressure"] == pytest.approx(99991.8, abs=0.1)
    assert row["humidity"] == pytest.approx(0.8)


def test_unknown_pollutants_and_units(tmp_path):
    lines = [
        *series([5, 6]),
        *series([1, 2], pollutant="phlogiston"),
        *series([1], station="B", unit="stone"),
    ]
    lines += series([1], station="C", pollutant="PM10", unit="ppb")
    result = read(tmp_path, lines, temperature_c=20)
    assert rows(result, "OBS-POLLUTANT") == [4, 5]
    assert rows(result, "OBS-UNIT") == [6, 7]


def test_a_feed_that_repeats_and_runs_ahead(tmp_path):
    head = '"code (S)","date (S)","id (S)","stationId (N)","ts (S)","unit (S)","value (N)"'
    lines = [
        "PM10,2020-03-27T01:00:00.000Z,a,12,2020-03-27T01:48:45,mg/m3,0.02",
        "PM10,2020-03-20T01:00:00.000Z,b,12,2020-03-27T01:48:45,mg/m3,0.02",
        "PM10,2020-03-28T01:00:00.000Z,c,12,2020-03-27T01:48:45,mg/m3,0.02",
    ]
    result = read(tmp_path, lines, head=head)
    assert (rows(result, "OBS-STALE"), rows(result, "OBS-FUTURE")) == ([3], [4])
    assert result.tables["observations"]["source_row"].tolist() == [2]


def test_the_same_file_gives_the_same_tables(tmp_path):
    lines = [*series([5, "x", -1, ""]), *series([5, 0, 7], station="B")]
    one, two = read(tmp_path, lines), read(tmp_path, lines)
    for name in one.tables:
        pd.testing.assert_frame_equal(one.tables[name], two.tables[name])
    pd.testing.assert_frame_equal(one.findings, two.findings)
    assert one.guesses == two.guesses
