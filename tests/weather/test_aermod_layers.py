"""AERMOD's files as layered tables, there and back."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sootprint.core import schema
from sootprint.core.errors import InputError, SootprintError
from sootprint.weather import (
    LayerFile,
    SurfaceHeader,
    read_pfl,
    read_sfc,
    single_level_profiles,
    write_pfl,
    write_sfc,
)

RELAXED = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

SFC = """\
   49.950N   82.617E          UA_ID: 36859     SF_ID: 36403     OS_ID:              VERSION: 24142  ADJ_U*
24  2 29  60 24   -2.7  0.062 -9.000 -9.000 -999.   37.      7.9  0.7500   1.50   1.00    0.80    0.0   10.0  273.8    2.0     0   0.20    96.  1003.     4 NAD-OS  Sub_CC-TT
24  3  1  61  1 -999.0 -9.000 -9.000 -9.000 -999. -999. -99999.0  0.7500   1.50   1.00    0.00    0.0   10.0  273.8    2.0  9999  -9.00   999. 99999.    99 NAD-SFC NoSubs
24  3  1  61  2   -3.0  0.070 -9.000 -9.000 -999.   40.      8.0  0.7500   1.50   1.00    1.20  999.0   10.0  273.8    2.0     0  -9.00    50.  1003.    10 NAD     Sub_CC
24  3  1  61  3 -999.0 -9.000 -9.000 -9.000 -999. -999. -99999.0  0.7500   1.50   1.00  999.00  999.0   -9.0  273.8    2.0     0  -9.00    50.  1003.    10 NAD-SFC Sub_TT
24  3  1  61  4   80.0  0.300  1.100  0.009 -999.  400.    -25.0  0.7500   1.50   0.20    3.00  270.0   10.0  273.8    2.0    22   1.00    50.  1003.    10 NAD-SFC NoSubs
24  3  1  61  5   80.0  0.300  1.100  0.009  600.  400.    -25.0  0.7500   1.50   0.20    3.00  270.0   10.0  999.0    2.0     0   0.00    50.  1003.    10 ADJ-A1  NoSubs
24  3  1  61  6   80.0  0.300  1.100  0.009  600.  400.    -25.0  0.7500   1.50   0.20    3.00  270.0   10.0  280.0    2.0     0   0.00    50.  1003.    10 ADJ-SFC NoSubs
"""  # noqa: E501


def write(tmp_path, text, name="a.sfc"):
    path = tmp_path / name
    path.write_text(text, encoding="ascii", newline="\r\n")
    return path


def test_reasons_and_codes_of_a_surface_file(tmp_path):
    made = read_sfc(write(tmp_path, SFC), zone="Asia/Almaty")
    table = made.table
    assert made.findings.empty
    assert made.header == SurfaceHeader(49.95, 82.617, "36859", "36403", "", "24142", ("ADJ_U*",))
    assert table["reason"].tolist() == [
        "served", "calm", "variable direction", "missing wind", "missing turbulence", "missing temperature",
        "served",
    ]  # fmt: skip
    assert table["time_start"].tolist()[:2] == [
        pd.Timestamp("2024-02-29 17:00"),
        pd.Timestamp("2024-02-29 19:00"),
    ]
    assert table["substituted"].fillna("").tolist()[:4] == ["cloud;temperature", "", "cloud", "temperature"]
    assert table["wind_source"].fillna("").tolist()[:3] == ["NAD-OS", "NAD-SFC", ""]
    calm = table.iloc[1]
    assert calm["wind_speed"] == 0.0
    gone = ["wind_from_direction", "sensible_heat_flux", "friction_velocity", "convective_velocity",
            "potential_temperature_gradient", "convective_mixing_height", "mechanical_mixing_height",
            "obukhov_length", "precipitation", "humidity", "pressure", "cloud",
            "precipitation_code"]  # fmt: skip
    assert calm[gone].isna().all()
    # A direction of 0 with wind is from the north, which is 360; 0 alone is a calm's.
    assert table["wind_from_direction"].iloc[0] == 360.0
    assert table["cloud"].iloc[0] == 0.4
    assert table["pressure"].iloc[0] == 100300.0
    assert table["humidity"].iloc[0] == 0.96


@pytest.mark.parametrize("clock", [{"zone": "America/Chicago"}, {"utc_offset_h": -6.0}])
def test_the_two_ways_to_state_the_clock_agree_where_there_is_summer_time(tmp_path, clock):
    text = SFC.replace("24  3  1  61", "24  7  1 183")
    assert read_sfc(write(tmp_path, text), **clock).table["time_start"].iloc[1] == pd.Timestamp(
        "2024-07-01 06:00"
    )


@pytest.mark.parametrize(
    "clock", [{}, {"zone": "UTC", "utc_offset_h": 0.0}, {"utc_offset_h": 30.0}, {"utc_offset_h": np.nan}]
)
def test_one_clock_must_be_stated(tmp_path, clock):
    with pytest.raises(InputError):
        read_sfc(write(tmp_path, SFC), **clock)


PFL = """\
24  3  1  1   10.0 0  317.5    0.80    0.64   48.70    0.11
24  3  1  1   50.0 1    0.0    2.00   99.00   99.00   99.00
24  3  1  2   10.0 1    0.0    0.00  -99.00  -99.00    0.00
24  3  1  3   10.0 1  999.0    0.50 -999.00   12.00   -9.00
24  3  1  4   10.0 1 -999.0 -999.00   -3.00   12.00    0.30
"""


def test_missing_codes_of_a_profile_are_those_of_aermod(tmp_path):
    made = read_pfl(write(tmp_path, PFL, "a.pfl"), utc_offset_h=5)
    table = made.table
    assert made.findings.empty
    assert table["top"].tolist() == [False, True, True, True, True]
    np.testing.assert_array_equal(table["wind_speed"], [0.8, 2.0, np.nan, 0.5, np.nan])
    np.testing.assert_array_equal(table["wind_from_direction"], [317.5, 360.0, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(table["air_temperature"], [273.79, np.nan, np.nan, np.nan, 270.15])
    np.testing.assert_array_equal(table["sigma_theta_deg"], [48.7, np.nan, np.nan, 12.0, 12.0])
    np.testing.assert_array_equal(table["sigma_w"], [0.11, np.nan, 0.0, np.nan, 0.3])


def test_a_top_that_is_not_the_highest_level_is_reported_and_set_anew(tmp_path):
    text = PFL.replace("10.0 0", "10.0 1", 1)
    made = read_pfl(write(tmp_path, text, "a.pfl"), utc_offset_h=5)
    assert made.findings["code"].tolist() == ["WX-PROFILE-TOP"]
    assert made.table["top"].tolist() == [False, True, True, True, True]


def test_faulty_lines_and_cells_are_named(tmp_path):
    lines = SFC.splitlines()
    lines[1] = lines[1].replace("0.0   10.0  273.8", "400.0   10.0  273.8")
    lines += [lines[-1], lines[-1].replace("24  3  1", "24  2 31"), "24 3 1 61 x", "24 3 1"]
    made = read_sfc(write(tmp_path, "\n".join(lines)), utc_offset_h=5)
    codes = made.findings[["code", "row"]].to_records(index=False).tolist()
    assert sorted(codes) == [
        ("WX-DUPLICATE", 9), ("WX-NOT-A-NUMBER", 11), ("WX-RANGE", 2), ("WX-SHORT-ROW", 12), ("WX-TIME", 10),
    ]  # fmt: skip
    assert made.table["reason"].iloc[0] == "variable direction"
    assert len(made.table) == 7


def again(made: LayerFile, path, clock, **options) -> LayerFile:
    if "height_m" in made.table:
        write_pfl(made.table, path, **clock, **options)
        return read_pfl(path, **clock)
    write_sfc(made.table, path, header=made.header, **clock, **options)
    return read_sfc(path, **clock)


@pytest.mark.parametrize("clock", [{"utc_offset_h": -6.0}, {"zone": "America/Chicago"}])
@pytest.mark.parametrize("digits", ["processor", "exact"])
def test_a_table_that_was_read_comes_back(tmp_path, clock, digits):
    for reader, text in ((read_sfc, SFC), (read_pfl, PFL)):
        made = reader(write(tmp_path, text), **clock)
        back = again(made, tmp_path / "b", clock, digits=digits)
        pd.testing.assert_frame_equal(back.table, made.table, check_exact=True)
        assert back.header == made.header


@pytest.mark.parametrize(
    "name", ["aermod/aertest/AERMET2", "aermod/hrdow/HOUSTON_ADJU", "aermod/lovett/LOVETT",
             "aermod/olm/ANCH-99_ADJU", "idaho_falls/IF"],
)  # fmt: skip
def test_reference_files_come_back(data_dir, tmp_path, name):
    clock = {"utc_offset_h": -6.0}
    path = data_dir / f"{name}.SFC"
    made = read_sfc(path, **clock)
    assert made.findings.empty
    pd.testing.assert_frame_equal(again(made, tmp_path / "a", clock).table, made.table, check_exact=True)
    if "idaho" not in name:
        # Blanks in the header apart, the file itself comes back.
        lines = [line.rstrip() for line in path.read_text().splitlines()[1:]]
        assert [line.rstrip() for line in (tmp_path / "a").read_text().splitlines()[1:]] == lines
    levels = read_pfl(data_dir / f"{name}.PFL", **clock)
    assert levels.findings.empty
    pd.testing.assert_frame_equal(again(levels, tmp_path / "b", clock).table, levels.table, check_exact=True)


@pytest.mark.parametrize(
    ("folder", "calm", "missing"),
    [("hrdow", 1588, 370), ("olm", 1342, 469), ("lovett", 0, 161), ("aertest", 0, 0)],
)
def test_hours_that_are_not_served_are_those_that_aermod_leaves_out(data_dir, folder, calm, missing):
    path = next((data_dir / "aermod" / folder).glob("*.SFC"))
    reason = read_sfc(path, utc_offset_h=-6.0).table["reason"]
    assert (reason == "calm").sum() == calm
    assert (~reason.isin(["served", "calm"])).sum() == missing


def test_a_light_wind_is_never_rounded_into_a_calm(tmp_path):
    clock = {"utc_offset_h": 5}
    made = read_sfc(write(tmp_path, SFC), **clock)
    table = made.table.copy()
    table.loc[0, "wind_speed"] = 0.004
    back = again(LayerFile(table, made.findings, made.header), tmp_path / "b", clock)
    assert back.table["wind_speed"].iloc[0] == 0.004


def test_what_the_format_cannot_say_is_refused(tmp_path):
    made = read_sfc(write(tmp_path, SFC), utc_offset_h=5)
    levels = read_pfl(write(tmp_path, PFL), utc_offset_h=5)
    path = tmp_path / "b"
    put = {"header": made.header, "utc_offset_h": 5.0}
    for faulty, options in (
        (made.table, {**put, "header": SurfaceHeader()}),
        (made.table.iloc[::-1], put),
        (made.table.iloc[:0], put),
        (pd.concat([made.table, made.table.iloc[-1:]]), put),
        (made.table.assign(duration_s=1800.0), put),
        (made.table, {**put, "utc_offset_h": 5.5}),
        (made.table.assign(time_start=made.table["time_start"] + pd.Timedelta(days=20000)), put),
    ):
        with pytest.raises(InputError):
            write_sfc(faulty, path, **options)
    for faulty_levels in (levels.table.iloc[::-1], levels.table.assign(top=True)):
        with pytest.raises(InputError):
            write_pfl(faulty_levels, path, utc_offset_h=5.0)
    assert not path.exists()


NUMBERS = st.one_of(
    st.sampled_from(
        ["-999", "-9999", "-99999", "99", "999", "0", "1e34", "nan", "inf", "1", "24", "61", "x"]
    ),
    st.integers(-20000, 20000).map(str),
    st.floats(-20, 1100).map("{:.3f}".format),
)


@RELAXED
@given(rows=st.lists(st.lists(NUMBERS, min_size=20, max_size=22), min_size=1, max_size=6))
def test_any_lines_give_a_table_that_comes_back_or_an_error_of_ours(tmp_path, rows):
    path = tmp_path / "f"
    header = SurfaceHeader(50.0, 82.0, version="24142")
    clock = {"utc_offset_h": 6.0}
    for reader, name, day in ((read_sfc, "boundary_layer", "61 "), (read_pfl, "profiles", "")):
        lines = [f"88 3 1 {day}{hour + 1} {' '.join(row)}\n" for hour, row in enumerate(rows)]
        path.write_text("".join(lines), encoding="utf-8")
        try:
            made = reader(path, **clock)
        except SootprintError:
            continue
        assert schema.check(made.table, name).equals(made.table)
        if made.table.empty:
            continue
        back = again(LayerFile(made.table, made.findings, header), tmp_path / "g", clock, digits="exact")
        want = made.table
        if "obukhov_length" in want:
            length, tenths = want["obukhov_length"].clip(-90_000.0, 90_000.0), (want["cloud"] * 10.0).round()
            want = want.assign(obukhov_length=length, cloud=tenths / 10.0)
        pd.testing.assert_frame_equal(back.table, want, rtol=1e-10)


HOURS = st.lists(
    st.tuples(
        st.floats(0.0, 40.0), st.floats(1.0, 360.0), st.floats(0.001, 5.0), st.floats(0.01, 4.0),
        st.floats(10.0, 4000.0), st.floats(-4000.0, 4000.0).filter(lambda x: abs(x) > 1), st.floats(230, 320),
    ), min_size=1, max_size=5,
)  # fmt: skip


@RELAXED
@given(hours=HOURS)
def test_computed_hours_come_back_within_the_digits(tmp_path, hours):
    speed, angle, ustar, wstar, depth, length, warm = np.array(hours).T
    draft = pd.DataFrame(
        {
            "time_start": pd.date_range("2030-01-01", periods=len(hours), freq="h"),
            "duration_s": 3600.0,
            "friction_velocity": ustar,
            "convective_velocity": wstar,
            "convective_mixing_height": depth,
            "mechanical_mixing_height": depth,
            "obukhov_length": length,
            "wind_speed": speed,
            "wind_from_direction": np.where(speed == 0, np.nan, angle),
            "air_temperature": warm,
            "reason": np.where(speed == 0, "calm", "served"),
        }
    )
    table = schema.check(draft, "boundary_layer")
    header = SurfaceHeader(-50.0, 182.0 - 360.0, version="24142")
    clock = {"zone": "Asia/Almaty"}
    exact = again(LayerFile(table, table, header), tmp_path / "a", clock, digits="exact").table
    pd.testing.assert_frame_equal(exact, table, rtol=1e-10)
    rounded = again(LayerFile(table, table, header), tmp_path / "b", clock).table
    np.testing.assert_allclose(rounded["wind_speed"], table["wind_speed"], atol=0.0051)
    np.testing.assert_allclose(rounded["obukhov_length"], table["obukhov_length"], atol=0.051)
    np.testing.assert_allclose(rounded["friction_velocity"], table["friction_velocity"], atol=0.00051)
    assert rounded["reason"].tolist() == table["reason"].tolist()


def test_one_level_an_hour_where_there_is_no_mast(tmp_path):
    table = read_sfc(write(tmp_path, SFC), utc_offset_h=5).table
    levels = single_level_profiles(table)
    assert levels["height_m"].tolist() == [10.0] * 7
    assert levels["top"].all()
    np.testing.assert_array_equal(levels["wind_speed"], table["wind_speed"])
    back = again(LayerFile(levels, levels), tmp_path / "b", {"utc_offset_h": 5.0})
    pd.testing.assert_frame_equal(back.table, levels)
    with pytest.raises(InputError, match="1 hours have wind at no height"):
        single_level_profiles(table.assign(measurement_height=[np.nan, *[10.0] * 6]))


def test_the_level_of_a_reference_year_is_the_one_of_its_profile_file(data_dir):
    folder = data_dir / "aermod" / "hrdow"
    table = read_sfc(folder / "HOUSTON_ADJU.SFC", utc_offset_h=-6).table
    levels = read_pfl(folder / "HOUSTON_ADJU.PFL", utc_offset_h=-6).table
    made = single_level_profiles(table)
    blowing = (table["reason"] == "served").to_numpy()
    for column in ("height_m", "wind_speed", "wind_from_direction"):
        np.testing.assert_array_equal(made.loc[blowing, column], levels.loc[blowing, column])
