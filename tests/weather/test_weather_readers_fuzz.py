"""Whatever the bytes or the table, the reader gives a table that fits or an error of ours."""

import csv

import pandas as pd
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sootprint.core import schema
from sootprint.core.errors import SchemaError, SootprintError
from sootprint.weather import derive, read_weather, stagnation

RELAXED = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

CELLS = st.one_of(
    st.sampled_from(
        ["", "0", "-999", "1e34", "nan", "inf", "-inf", "1e400", "NE", "СЗ", "calm", "2024-01-01 05:00",
         "2024-03-10 02:30", "01.02.2024 3:00", "2024-01-01T00:00:00Z", "9999-12-31", "0001-01-01",
         "20240101", "7", "24:00"]
    ),
    st.text(max_size=6),
    st.floats().map(str),
    st.datetimes().map(str),
)  # fmt: skip

HEADINGS = st.sampled_from(
    ["time", "date", "hour", "ws", "wd", "T, °C", "temp (K)", "pressure", "Давление, мм рт. ст.", "rh",
     "cloud", "N",     "station", "duration_s", "stability", "mixing height", "obukhov_length", "rain", "",
     "time_start", "date_utc"]
)  # fmt: skip


def attempt(path, **options):
    try:
        made = read_weather(path, zone="America/Chicago", options=options, now=pd.Timestamp("2026-01-01"))
        table = made.tables["weather"]
        assert schema.check(table, "weather").equals(table)
        assert not table.duplicated(["station_id", "time_start"]).any()
        schema.check(made.findings, "findings")
        schema.check(made.guesses_table(), "guesses")
        derived, _ = derive(table, lon=-95.0, lat=30.0)
        stagnation(derived)
    except SchemaError:
        raise
    except SootprintError:
        return


@RELAXED
@given(
    data=st.binary(max_size=300),
    suffix=st.sampled_from([".csv", ".xlsx", ".txt", ".sfc", ".pfl", ".parquet", ".gz", ""]),
)
@example(data=b"time,ws\n2024-01-01,1\n", suffix=".csv")
def test_bytes(tmp_path, data, suffix):
    path = tmp_path / f"f{suffix}"
    path.write_bytes(data)
    attempt(path)


@RELAXED
@given(
    heading=st.lists(HEADINGS, min_size=2, max_size=8),
    rows=st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=6),
    standard=st.booleans(),
)
def test_tables(tmp_path, heading, rows, standard):
    path = tmp_path / "f.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time", "ws", *heading])
        writer.writerows(rows)
    attempt(path, standard_time=standard)


NUMBERS = st.one_of(
    st.sampled_from(["-999", "-9999", "99", "0", "1e34", "nan", "inf", "1", "24", "61", "x"]),
    st.integers(-20000, 20000).map(str),
)


@RELAXED
@given(
    rows=st.lists(st.lists(NUMBERS, min_size=9, max_size=27), min_size=1, max_size=6),
    suffix=st.sampled_from([".sfc", ".pfl"]),
)
def test_aermod_lines(tmp_path, rows, suffix):
    path = tmp_path / f"f{suffix}"
    path.write_text("".join(f"88 3 1 {' '.join(row)}\n" for row in rows), encoding="utf-8")
    attempt(path)


@RELAXED
@given(rows=st.lists(st.lists(st.integers(-9999, 99999), min_size=8, max_size=8), min_size=1, max_size=5))
def test_isd_lines(tmp_path, rows):
    path = tmp_path / "f"
    lines = [
        f"2024 01 15 {hour:02d}" + "".join(f"{value:6d}" for value in row) for hour, row in enumerate(rows)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    attempt(path, layout="isd_lite")
