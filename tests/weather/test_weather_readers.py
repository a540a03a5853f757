"""What is read from each kind of weather file, what is shown, and what is kept out."""

import numpy as np
import pandas as pd
import pytest

from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError
from sootprint.weather import derive, read_weather
from sootprint.weather.readers.codes import CODES
from sootprint.weather.readers.headings import guess_unit
from sootprint.weather.readers.isd_lite import relative_humidity

NOW = pd.Timestamp("2026-01-01")


def read(tmp_path, text, *, name="w.csv", zone="Asia/Almaty", encoding="utf-8", **options):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return read_weather(path, zone=zone, options=options, now=NOW)


def taken(result):
    return {guess.subject: guess.taken for guess in result.guesses}


def counts(result):
    return result.findings["code"].value_counts().to_dict()


def test_english_table_with_guesses_shown(tmp_path):
    made = read(tmp_path, "date,ws,wd,temp,rh,pressure\n2024-06-01 06:00,2.5,270,20,50,970\n"
                "2024-06-01 07:00,,,21,0.5,971\n")  # fmt: skip
    table = made.tables["weather"]
    assert table["time_start"].tolist() == [
        pd.Timestamp("2024-06-01 01:00"),
        pd.Timestamp("2024-06-01 02:00"),
    ]
    first = table.iloc[0]
    assert first["air_temperature"] == pytest.approx(293.15)
    assert first["humidity"] == pytest.approx(0.5)
    assert first["pressure"] == pytest.approx(97000.0)
    assert first["duration_s"] == 3600.0
    assert np.isnan(table["wind_speed"].iloc[1])
    shown = taken(made)
    assert shown["column ws"] == "wind_speed"
    assert shown["unit of temp"] == "C"
    assert shown["unit of pressure"] == "hPa"
    assert shown["stamp"] == "beginning"
    assert shown["zone"] == "Asia/Almaty"
    assert all(guess.overrule for guess in made.guesses)


def test_russian_table_in_cp1251_with_decimal_commas(tmp_path):
    text = (
        "Дата;Час;Скорость ветра, м/с;Направление ветра;Температура воздуха, °С;Давление, мм рт.ст.;"
        "Облачность (баллы)\n"
        "01.12.2023;0;1,5;СЗ;-16,4;745;10\n01.12.2023;1;0;штиль;-17;745,5;3\n"
    )
    table = read(tmp_path, text, encoding="cp1251").tables["weather"]
    assert table["time_start"].iloc[0] == pd.Timestamp("2023-11-30 18:00")
    assert table["wind_from_direction"].iloc[0] == 315.0
    assert np.isnan(table["wind_from_direction"].iloc[1])
    assert table["air_temperature"].iloc[0] == pytest.approx(256.75)
    assert table["pressure"].iloc[0] == pytest.approx(745 * 133.322, rel=1e-5)
    assert table["cloud"].tolist() == pytest.approx([1.0, 0.3])


def test_zone_change_of_almaty_on_1_march_2024(tmp_path):
    made = read(tmp_path, "time,ws\n2024-02-29 12:00,1\n2024-03-01 12:00,1\n2024-02-29 23:30,1\n")
    times = made.tables["weather"]["time_start"].tolist()
    assert times[0] == pd.Timestamp("2024-02-29 06:00")
    assert times[-1] == pd.Timestamp("2024-03-01 07:00")
    assert counts(made)["WX-AMBIGUOUS-TIME"] == 1


def test_offsets_and_utc_headings_need_no_zone(tmp_path):
    made = read(tmp_path, "time,ws\n2024-06-01T06:00:00+05:00,1\n2024-06-01T07:00:00+05:00,1\n")
    assert made.tables["weather"]["time_start"].iloc[0] == pd.Timestamp("2024-06-01 01:00")
    made = read(tmp_path, "date_utc,ws\n2024-06-01 06:00,1\n")
    assert made.tables["weather"]["time_start"].iloc[0] == pd.Timestamp("2024-06-01 06:00")
    assert taken(made)["zone"] == "UTC"


def test_everything_stated_leaves_nothing_guessed(tmp_path):
    made = read(
        tmp_path,
        "when,v,d\n01/02/2024 10:00,36,90\n",
        columns={"time": "when", "wind_speed": "v", "wind_from_direction": "d"},
        units={"wind_speed": "km/h", "wind_from_direction": "deg"},
        zone="UTC",
        stamp="ending",
        duration_s=600,
        station_id="M1",
        time_format="%d/%m/%Y %H:%M",
        measurement_height=12.0,
    )
    row = made.tables["weather"].iloc[0]
    assert row["wind_speed"] == pytest.approx(10.0)
    assert row["time_start"] == pd.Timestamp("2024-02-01 09:50")
    assert row["measurement_height"] == 12.0
    assert row["station_id"] == "M1"
    assert [guess.subject for guess in made.guesses] == ["zone"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("2030-12-22 00:00,1,10,5", "WX-FUTURE"),
        ("2024-13-01 00:00,1,10,5", "WX-TIME"),
        (",1,10,5", "WX-TIME"),
        ("2024-01-02 00:00,one,10,5", "WX-NOT-A-NUMBER"),
        ("2024-01-02 00:00,1e34,10,5", "WX-OVERFLOW"),
        ("2024-01-02 00:00,150,10,5", "WX-SPEED"),
        ("2024-01-02 00:00,-3,10,5", "WX-SPEED"),
        ("2024-01-02 00:00,1,361,5", "WX-DIRECTION"),
        ("2024-01-02 00:00,1,10,120", "WX-TEMPERATURE"),
        ("2024-01-01 00:00,2,10,5", "WX-DUPLICATE"),
    ],
)
def test_a_faulty_row_is_named_and_kept_out(tmp_path, row, code):
    made = read(tmp_path, f"time,ws,wd,temp\n2024-01-01 00:00,1,10,5\n{row}\n2024-01-03 00:00,1,10,5\n")
    assert counts(made) == {code: 1}
    found = made.findings.iloc[0]
    assert found["row"] == 3
    assert found["severity"] == "quarantine"
    assert found["file"] == "w.csv"
    assert len(made.tables["weather"]) == 2


def test_missing_marks_are_missing_and_shown(tmp_path):
    made = read(tmp_path, "time,ws,wd\n2024-01-01 00:00,-9999,NA\n2024-01-01 01:00,n/a,\n"
                "2024-01-01 02:00,x,5\n", missing=["x"])  # fmt: skip
    assert made.tables["weather"]["wind_speed"].isna().all()
    assert taken(made)["column ws"].startswith("-9999")
    assert len(made.findings) == 0


def test_zeros_for_missing_are_suspected(tmp_path):
    rows = "".join(
        f"2024-01-01 {hour:02d}:00,{0 if hour < 5 else 2},{0 if hour < 5 else 90}\n" for hour in range(24)
    )
    assert counts(read(tmp_path, "time,ws,wd\n" + rows)) == {"WX-ZERO-DIRECTION": 1}


def test_a_unit_that_cannot_be_told_is_asked_for(tmp_path):
    made = read(tmp_path, "time,ws,pressure\n2024-01-01 00:00,1,640\n")
    assert counts(made) == {"WX-UNIT-UNKNOWN": 1}
    assert made.tables["weather"]["pressure"].isna().all()
    made = read(tmp_path, "time,ws,pressure\n2024-01-01 00:00,1,640\n", units={"pressure": "hPa"})
    assert made.tables["weather"]["pressure"].tolist() == [64000.0]
    assert guess_unit("cloud", pd.Series([3.0, 8.0]), "N")[0] == "oktas"
    assert guess_unit("humidity", pd.Series([0.3, 1.0]), "U")[0] == "fraction"


def test_excel_with_title_lines(tmp_path):
    frame = pd.DataFrame([["Метеостанция М1", None, None], ["Дата и время", "ws, m/s", "T, K"],
                          [pd.Timestamp("2024-05-01 10:00"), 2.0, 280.5]])  # fmt: skip
    frame.to_excel(tmp_path / "w.xlsx", header=False, index=False, sheet_name="Метео")
    made = read_weather(tmp_path / "w.xlsx", zone="UTC", now=NOW)
    row = made.tables["weather"].iloc[0]
    assert row["air_temperature"] == 280.5
    assert row["source_row"] == 3
    assert row["time_start"] == pd.Timestamp("2024-05-01 10:00")


def test_our_own_table_comes_back_unchanged(tmp_path):
    table = schema.check(
        pd.DataFrame({"station_id": "M", "time_start": pd.to_datetime(["2024-01-01 00:00"]),
                      "duration_s": 1800.0,
                      "wind_speed": 1.5, "wind_from_direction": 10.0, "measurement_height": 10.0,
                      "air_temperature": 260.0, "pressure": 98000.0, "humidity": 0.7, "cloud": 0.5,
                      "stability_class": "E", "mixing_height": 150.0, "obukhov_length": 20.0,
                      "source_file": "a.csv", "source_row": 2}),
        "weather",
    )  # fmt: skip
    table.to_csv(tmp_path / "a.csv", index=False)
    back = read_weather(tmp_path / "a.csv", zone="Asia/Almaty", now=NOW).tables["weather"]
    pd.testing.assert_frame_equal(back, table)


ISD = (
    "2024 01 15 06  -164  -190 10421   290    30     8     0 -9999\n"
    "2024 01 15 07  -170 -9999 -9999     0     0     9    -1 -9999\n"
    "2024 01 15 08  -170  -200 -9999 -9999    10    18    12 -9999\n"
    "2024 01 15 09 -9999 -9999 -9999 -9999 -9999 -9999 -9999 -9999\n"
)


def test_isd_lite(tmp_path):
    made = read(tmp_path, ISD + "2024 01 15\n", name="364030-99999-2024", layout="isd_lite")
    table = made.tables["weather"]
    assert table["station_id"].unique().tolist() == ["364030-99999"]
    assert table["time_start"].iloc[0] == pd.Timestamp("2024-01-15 05:00")
    assert table["wind_speed"].tolist()[:3] == [3.0, 0.0, 1.0]
    assert table["wind_from_direction"].iloc[0] == 290.0
    assert table["wind_from_direction"].iloc[1:].isna().all()
    assert table["air_temperature"].iloc[0] == pytest.approx(256.75)
    assert table["cloud"].tolist()[0] == 1.0
    assert np.isnan(table["cloud"].iloc[1])
    assert table["cloud"].iloc[2] == 1.0
    assert table["precipitation"].tolist()[:3] == [0.0, 0.0, 1.2]
    assert table["pressure"].isna().all()
    assert len(table) == 4
    assert counts(made) == {"WX-SHORT-ROW": 1, "WX-SEA-LEVEL-PRESSURE": 1, "WX-DIRECTION-VARIABLE": 1}
    assert read(tmp_path, ISD, name="364030-99999-2024").tables["weather"].equals(table)


def test_humidity_from_dew_point():
    assert relative_humidity(pd.Series([20.0]), pd.Series([9.3]))[0] == pytest.approx(0.50, abs=0.005)


SFC = (
    "   50.000N   82.600E          UA_ID: 00036403  SF_ID: 36403     OS_ID: 99999        VERSION: 24142\r\n"
    "24  2 29  60 24   -2.7  0.062 -9.000 -9.000 -999.   37.      7.9  0.7500   1.50   1.00    0.80  317.5"
    "   10.0  273.8   10.0     0  -9.00   999.  1003.     4 NAD-OS  NoSubs\r\n"
    "24  3  1  61 14  102.3  0.300  1.200  0.005  600.  400.    -25.0  0.7500   1.50   0.20    0.00    0.0"
    "   10.0  273.8   10.0     0  -9.00    50.  1003.    99 NAD-OS  NoSubs\r\n"
    "24  3  1  61 15 -999.0 -9.000 -9.000 -9.000 -999. -999. -99999.0  0.7500   1.50   0.20    1.00  999.0"
    "   10.0  999.0   10.0     0  -9.00   999. 99999.    10 NAD-OS  NoSubs\r\n"
    "24  3  1  61 16 -999.0\r\n"
    "24  2 30  61 16 -999.0 -9.000 -9.000 -9.000 -999. -999. -99999.0  0.7500   1.50   0.20    1.00  90.0"
    "   10.0  999.0   10.0     0  -9.00   999. 99999.    10 NAD-OS  NoSubs\r\n"
)


def test_aermod_surface_file(tmp_path):
    made = read(tmp_path, SFC, name="A.SFC")
    table = made.tables["weather"]
    assert table["time_start"].tolist()[:2] == [
        pd.Timestamp("2024-02-29 17:00"),
        pd.Timestamp("2024-03-01 08:00"),
    ]
    assert table["mixing_height"].tolist()[:2] == [37.0, 600.0]
    assert np.isnan(table["mixing_height"].iloc[2])
    assert table["obukhov_length"].tolist()[:2] == [7.9, -25.0]
    assert table["wind_from_direction"].isna().tolist() == [False, True, True]
    assert table["pressure"].iloc[0] == 100300.0
    assert table["cloud"].iloc[0] == 0.4
    assert np.isnan(table["cloud"].iloc[1])
    assert counts(made) == {"WX-SHORT-ROW": 1, "WX-DIRECTION-VARIABLE": 1, "WX-TIME": 1}
    assert table["station_id"].iloc[0] == "36403"


def test_aermod_time_is_standard_time_all_year(tmp_path):
    hour = SFC.splitlines()[1].replace("24  2 29  60 24", "96  7  1 183  1")
    table = read(tmp_path, hour + "\n", name="A.SFC", zone="America/Chicago").tables["weather"]
    assert table["time_start"].tolist() == [pd.Timestamp("1996-07-01 06:00")]


def test_aermod_profile_takes_the_lowest_level_with_wind(tmp_path):
    text = (
        "88  3  1  1    10.0 0   999.0   999.00     0.64    48.70     0.11\n"
        "88  3  1  1    50.0 1   323.3     2.00     1.84    14.70    99.00\n"
        "88  3  1  2    10.0 0   273.1     0.90    99.00    22.50     0.08\n"
        "88  3  1  2    50.0 1   273.1     1.90     0.34    22.50     0.08\n"
        "88  3  1  3    10.0 1   999.0   999.00  -999.00    22.50     0.08\n"
    )
    made = read(tmp_path, text, name="a.pfl", zone="UTC")
    table = made.tables["weather"]
    assert table["measurement_height"].tolist() == [50.0, 10.0, 10.0]
    assert table["wind_speed"].iloc[:2].tolist() == [2.0, 0.9]
    assert np.isnan(table["wind_speed"].iloc[2])
    assert np.isnan(table["air_temperature"].iloc[1])
    assert read(tmp_path, text, name="a.pfl", measurement_height=50.0).tables["weather"].shape[0] == 2
    with pytest.raises(InputError, match="10, 50"):
        read(tmp_path, text, name="a.pfl", measurement_height=30.0)


def test_houston_year(data_dir):
    made = read_weather(data_dir / "city_year" / "HOUSTON_ADJU.SFC", zone="America/Chicago", now=NOW)
    table = made.tables["weather"]
    assert len(table) == 8784
    assert (table["wind_speed"] == 0).sum() == 1588
    assert len(made.findings) == 1
    full, _ = derive(table, lon=-95.35, lat=29.967, land_use="rural")
    assert (full.loc[full["obukhov_length"].notna(), "stability_class"].notna()).all()
    unstable = full["stability_class"].isin(list("ABC")) & full["obukhov_length"].notna()
    stable = full["stability_class"].isin(list("EF")) & full["obukhov_length"].notna()
    assert unstable.sum() > 1000
    assert stable.sum() > 1000
    assert (full.loc[unstable, "obukhov_length"] < 0).all()
    assert (full.loc[stable, "obukhov_length"] > 0).all()
    assert table["time_start"].diff().dropna().eq(pd.Timedelta(hours=1)).all()


@pytest.mark.parametrize("folder", ["aertest", "lovett", "olm", "hrdow"])
def test_aermod_decks_read_without_faults(data_dir, folder):
    for path in sorted((data_dir / "aermod" / folder).glob("*.[SP]F[CL]")):
        made = read_weather(path, zone="America/New_York", now=NOW)
        assert not (made.findings["severity"] == "quarantine").any()
        assert not made.tables["weather"].empty


@pytest.mark.parametrize(
    "options",
    [{"zones": "UTC"}, {"layout": "grib"}, {"zone": "UTC+5"}, {"units": {"wind_speed": "c"}},
     {"columns": {"time": "nowhere"}}, {"columns": {"smog": "ws"}}, {"sheet": "x"}, {"duration_s": -1},
     {"stamp": "middle"}, {"header_row": 0}],
)  # fmt: skip
def test_bad_options(tmp_path, options):
    with pytest.raises(ConfigError):
        read(tmp_path, "time,ws\n2024-01-01 00:00,1\n", **options)


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "time,ws\n", "ws,wd\n1,2\n", "time,smell\n2024-01-01,2\n"]
)
def test_what_is_no_weather_is_refused(tmp_path, text):
    with pytest.raises(InputError):
        read(tmp_path, text)


def test_absent_file(tmp_path):
    with pytest.raises(InputError):
        read_weather(tmp_path / "none.csv", zone="UTC")


def test_every_code_has_a_rule_and_a_cure():
    for severity, rule, cure in CODES.values():
        assert severity in {"error", "quarantine", "warning", "info"}
        assert rule
        assert cure
