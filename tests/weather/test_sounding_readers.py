"""FSL and IGRA soundings: what a good file gives, and what becomes of a bad one."""

import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sootprint.core import schema
from sootprint.core.errors import InputError, SchemaError, SootprintError
from sootprint.weather import read_soundings
from sootprint.weather.readers.sounding_draft import virtual_temperature

RELAXED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

FSL = """\
    254     12      5      JUN    1993
      1  12345  67890  48.10  17.20    130   1105
      2     99    200    180      8  32767      3
      3           XYZ                32767     kt
      9    998    130    161    122    300      4
      4   1000  32767  32767  32767  32767  32767
      6    975    330  32767  32767    310     12
      5    950    552    139     80    320     15
      4    850   1505     72     21    330     20
    254      0      6      JUN    1993
      1  12345  67890  48.10  17.20    130   2305
      2     99    200    180      5  32767      3
      3           XYZ                32767     kt
      9    996    130    200    110      0      0
"""


def igra_header(hour="00", release="2330", day=1):
    return f"#ABM00012345 2021 07 {day:02d} {hour} {release}    4 ncdc-nws ncdc-gts  500000   825000"


def igra_level(
    kind, pressure, height, celsius, depression=-9999, direction=-9999, speed=-9999, humidity=-9999
):
    return (
        f"{kind} -9999 {pressure:6d} {height:5d}B{celsius:5d}B{humidity:5d} {depression:5d} "
        f"{direction:5d} {speed:5d}"
    )


IGRA = "\n".join(
    [
        igra_header(),
        igra_level("21", 97600, 286, 184, 50, 90, 15),
        igra_level("20", 95000, -9999, 200, 100, -9999, -9999),
        igra_level("10", 92500, 747, 188, -9999, 100, 52, 400),
        igra_level("10", 85000, 1463, 130, -8888, 120, 60),
    ]
)  # fmt: skip


def read(tmp_path, text, name="s.txt", **given_options):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_soundings(path, **given_options)


def codes(result):
    return result.findings["code"].tolist()


def test_fsl(tmp_path):
    made = read(tmp_path, FSL)
    table = made.tables["soundings"]
    assert codes(made) == []
    assert len(table) == 6
    first = table.iloc[0]
    assert first["station_id"] == "12345"
    assert first["time_start"] == pd.Timestamp("1993-06-05 12:00")
    assert first["level"] == "surface"
    assert (first["pressure"], first["height"]) == (99800.0, 0.0)
    assert first["air_temperature"] == pytest.approx(289.25)
    assert first["dew_point_temperature"] == pytest.approx(285.35)
    assert first["wind_speed"] == pytest.approx(4 * 1852 / 3600)
    assert table["height"].iloc[1:5].tolist()[-2:] == [422.0, 1375.0]
    assert table["source_row"].tolist() == [5, 6, 7, 8, 9, 14]
    assert table["wind_speed"].iloc[-1] == 0.0
    assert np.isnan(table["wind_from_direction"].iloc[-1])


def test_fsl_in_tenths(tmp_path):
    newer = FSL.replace("  998 ", " 9985 ").replace("  975 ", " 9752 ").replace("  950 ", " 9501 ")
    newer = (
        newer.replace("  850 ", " 8500 ").replace(" 1000 ", "10000 ").replace("32767     kt", "99999     ms")
    )
    table = read(tmp_path, newer).tables["soundings"]
    day = table.loc[table["time_start"] == pd.Timestamp("1993-06-05 12:00")]
    assert day["pressure"].tolist() == [99850.0, 100000.0, 97520.0, 95010.0, 85000.0]
    assert day["wind_speed"].iloc[0] == pytest.approx(0.4)
    assert table["pressure"].iloc[-1] == 99600.0


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("    254     12      5      JUN", "    254     12     31      JUN", "SND-TIME"),
        ("    254     12      5      JUN", "    254     25      5      JUN", "SND-TIME"),
        ("    254     12      5      JUN", "    254     12      5      JUX", "SND-TIME"),
        ("      9    998    130", "      5    998    130", "SND-NO-SURFACE"),
        ("      6    975    330", "      6    9x5    330", "SND-LINE"),
        ("      6    975    330", "     66    975    330", "SND-LINE"),
        ("950    552    139", "950    552   1390", "SND-RANGE"),
        ("    320     15", "    400     15", "SND-RANGE"),
        ("    254      0      6", "    254     12      5", "SND-DUPLICATE"),
        ("     kt", "     mi", "SND-WIND-UNIT"),
    ],
)
def test_faults_of_fsl_become_findings(tmp_path, old, new, code):
    made = read(tmp_path, FSL.replace(old, new, 1))
    assert codes(made) == [code]
    assert made.findings["row"].notna().all()
    left = made.tables["soundings"]
    lost = {"SND-TIME": 5, "SND-NO-SURFACE": 5, "SND-DUPLICATE": 1, "SND-WIND-UNIT": 0}.get(code, 1)
    assert len(left) == 6 - lost


def test_future_soundings(tmp_path):
    made = read(tmp_path, FSL, now=pd.Timestamp("1993-06-05 20:00"))
    assert codes(made) == ["SND-FUTURE"]
    assert len(made.tables["soundings"]) == 5


def test_levels_before_a_header(tmp_path):
    made = read(tmp_path, "      6    975    330  32767  32767    310     12\n" + FSL)
    assert codes(made) == ["SND-ORPHAN"]
    made = read(tmp_path, igra_level("10", 85000, 1490, 130) + "\n" + IGRA)
    assert "SND-ORPHAN" in codes(made)
    made = read(tmp_path, "#ABM00012345 2021 07\n" + IGRA)
    assert "SND-TIME" in codes(made)


def test_igra(tmp_path):
    made = read(tmp_path, gzip.compress(IGRA.encode()), "ABM00012345-data.txt.gz")
    table = made.tables["soundings"]
    assert codes(made) == ["SND-HEIGHT-DERIVED"]
    assert table["level"].tolist() == ["surface", "significant", "mandatory", "mandatory"]
    assert table["station_id"].unique().tolist() == ["ABM00012345"]
    assert table["time_start"].iloc[0] == pd.Timestamp("2021-07-01 00:00")
    assert table["height"].iloc[[0, 2, 3]].tolist() == [0.0, 461.0, 1177.0]
    assert table["air_temperature"].iloc[0] == pytest.approx(291.55)
    assert table["dew_point_temperature"].iloc[0] == pytest.approx(286.55)
    assert table["dew_point_temperature"].iloc[2] == pytest.approx(273.15 + 5.0, abs=0.6)
    assert np.isnan(table["dew_point_temperature"].iloc[3])
    assert table["wind_speed"].iloc[0] == pytest.approx(1.5)


def test_hypsometric_height_lies_where_pressure_says(tmp_path):
    table = read(tmp_path, IGRA).tables["soundings"]
    thickness = 287.05 / 9.80665 * 293.5 * np.log(97600 / 95000)
    assert table["height"].iloc[1] == pytest.approx(thickness, abs=4.0)
    assert (np.diff(table["height"]) > 0).all()


def test_surface_without_altitude(tmp_path):
    text = IGRA.replace(
        igra_level("21", 97600, 286, 184, 50, 90, 15), igra_level("21", 97600, -9999, 184, 50)
    )
    table = read(tmp_path, text).tables["soundings"]
    assert table["height"].iloc[0] == 0.0
    assert table["height"].iloc[3] == pytest.approx(1177.0, abs=4.0)


def test_igra_hour_from_the_release(tmp_path):
    text = IGRA.replace(igra_header(), igra_header("99", "1107"))
    assert read(tmp_path, text).tables["soundings"]["time_start"].iloc[0] == pd.Timestamp("2021-07-01 11:00")
    text = IGRA.replace(igra_header(), igra_header("99", "9999"))
    made = read(tmp_path, text)
    assert codes(made) == ["SND-TIME"]
    assert made.tables["soundings"].empty


def test_virtual_temperature():
    made = virtual_temperature(np.array([300.0, 300.0]), np.array([293.15, np.nan]), np.array([1e5, 1e5]))
    assert made[0] == pytest.approx(302.7, abs=0.1)
    assert made[1] == 300.0


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "254 12 5 JUN 1993\n", igra_header() + "\n"])
def test_files_without_a_level_are_refused(tmp_path, text):
    with pytest.raises(InputError):
        read(tmp_path, text)


def test_absent_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no file"):
        read_soundings(tmp_path / "none.fsl")


def attempt(tmp_path, data):
    path = tmp_path / "fuzz.txt"
    path.write_bytes(data)
    try:
        made = read_soundings(path, now=pd.Timestamp("2026-01-01"))
        table = made.tables["soundings"]
        assert schema.check(table, "soundings").equals(table)
        schema.check(made.findings, "findings")
    except SchemaError:
        raise
    except SootprintError:
        return


@RELAXED
@given(
    st.sampled_from([FSL, IGRA]), st.lists(st.tuples(st.integers(0, 900), st.binary(max_size=3)), max_size=12)
)
def test_changed_bytes_never_crash(tmp_path, text, changes):
    data = bytearray(text.encode())
    for place, put in changes:
        at = min(place, len(data))
        data[at : at + len(put)] = put
    attempt(tmp_path, bytes(data))


@RELAXED
@given(st.sampled_from([b"    254     12      5      JUN    1993\n", igra_header().encode() + b"\n"]),
       st.binary(max_size=300))  # fmt: skip
def test_any_bytes_after_a_header_never_crash(tmp_path, head, data):
    attempt(tmp_path, head + data)


@RELAXED
@given(st.lists(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=8), max_size=20))
def test_any_numbers_never_crash(tmp_path, rows):
    lines = [" ".join(map(str, row)) for row in rows]
    attempt(tmp_path, (FSL + "\n".join(lines)).encode())
