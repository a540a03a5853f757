"""Whatever a file holds, the readers of monitors give a result or our own error, never another."""

import gzip
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sootprint.core.errors import ConfigError, InputError
from sootprint.core.schema import faults
from sootprint.monitors import read_complaints, read_observations

NOW = pd.Timestamp("2026-01-01")
SETTINGS = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

HEADINGS = (
    "time|date|Дата|hour|station|пост|pollutant|code|value|unit|lon|lat|SO2_ugm3|NO2 (мг/м3)|PM2.5|O3_ppb|ws|"
    "wd|temp|pressure (hPa)|organisation|duration_s|name|id|severity|elevation_m||No|дата и время|UTC time"
)
KNOWN_TABLES = (
    "station|pollutant|time|value|unit",
    "organisation|station|lon|lat|pollutant|time|value_ugm3|duration_s",
    "date|hour|SO2_ugm3|NO2 (мг/м3)|ws|wd|temp",
    "location_id|sensors_id|location|datetime|lat|lon|parameter|units|value",
    "city (S)|date (S)|lat (S)|lng (S)|name (S)|pm10 (S)|pm25 (S)|status (S)|ts (S)",
    "code (S)|date (S)|stationId (N)|ts (S)|unit (S)|value (N)",
    "id|time|lon|lat|kind|severity|text",
    "station|lon|lat|elevation_m|inlet_height_m|kind",
)
CELLS = (
    "2024-02-29 23:00|2024-02-29 23:00|2024-02-29 22:00|2024-03-01 00:00|2024-03-01T00:00:00Z|"
    "01.02.2024 24:00|13/01/24|20240301|0001-01-01|9999-12-31 23:59:59|2024-03-01 00:00+99:99|"
    "2024-03-01T00:00+06:00|24:00||NaN|<0.5|-999|1e400|SO2|PM10|ug/m3|ppb|mg/m3|A|Тест|0|5|5,5|-1|361|82.38|49.58|inf"
)

headings = st.sampled_from(HEADINGS.split("|"))
cells = st.one_of(st.sampled_from(CELLS.split("|")), st.floats().map(repr), st.text(max_size=8))
heads = st.one_of(
    st.lists(headings, min_size=1, max_size=7), st.sampled_from([text.split("|") for text in KNOWN_TABLES])
)
tables = heads.flatmap(
    lambda head: st.tuples(
        st.just(head), st.lists(st.lists(cells, min_size=len(head), max_size=len(head)), max_size=8)
    )
)
options = st.fixed_dictionaries(
    {},
    optional={
        "layout": st.sampled_from(["long", "wide", "stations", "openaq", "airkaz", "kazhydromet", "tall"]),
        "units": st.one_of(st.sampled_from(["ug/m3", "ppb", "stone"]), st.just({"SO2": "mg/m3"})),
        "temperature_c": st.floats(allow_nan=True),
        "duration_s": st.floats(allow_nan=True),
        "stamp": st.sampled_from(["beginning", "ending"]),
        "zone": st.sampled_from(["Asia/Almaty", "America/New_York", "Mars/Olympus"]),
        "decimal": st.sampled_from([".", ",", ";"]),
        "header_row": st.integers(-1, 5),
        "zero_means_missing": st.booleans(),
        "bounds": st.just([82.0, 49.0, 83.0, 50.0]),
        "station_id": st.text(max_size=3),
        "detection_limits": st.just({"SO2": 1.0}),
        "day_first": st.booleans(),
    },
)


def survive(path: Path, stated: dict | None = None) -> None:
    for reader in (read_observations, read_complaints):
        try:
            result = reader(path, zone="Asia/Almaty", options=stated, now=NOW)
        except (InputError, ConfigError):
            continue
        for name, table in result.tables.items():
            assert faults(table, name).empty
        result.guesses_table()


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".xlsx", ".parquet", ".xls", ".txt"])
@SETTINGS
@given(data=st.binary(max_size=300))
@example(data=b"")
@example(data=b"\x1f\x8b\x08\x00")
@example(data=b"PAR1PAR1")
@example(data=b"PK\x05\x06" + b"\x00" * 18)
def test_any_bytes(tmp_path, suffix, data):
    path = tmp_path / f"data{suffix}"
    path.write_bytes(data)
    survive(path)


@SETTINGS
@given(text=st.text(max_size=300), packed=st.booleans())
def test_any_text(tmp_path, text, packed):
    path = tmp_path / "data.csv"
    data = text.encode("utf-8", errors="surrogatepass")
    path.write_bytes(gzip.compress(data) if packed else data)
    survive(path)


@settings(SETTINGS, max_examples=50)
@given(table=tables, delimiter=st.sampled_from([",", ";", "\t"]), stated=options)
def test_any_table_with_known_headings(tmp_path, table, delimiter, stated):
    heading, rows = table
    path = tmp_path / "data.csv"
    lines = [delimiter.join(row) for row in [heading, *rows]]
    path.write_bytes("\n".join(lines).encode("utf-8", errors="surrogatepass"))
    survive(path, stated)


@settings(SETTINGS, max_examples=12)
@given(table=tables, stated=options)
def test_any_parquet_table(tmp_path, table, stated):
    heading, rows = table
    names = [f"{name}{number}" if name in heading[:number] else name for number, name in enumerate(heading)]
    frame = pd.DataFrame(
        [[cell.encode("utf-8", "replace").decode() for cell in row] for row in rows], columns=names
    )
    frame.astype("string").to_parquet(tmp_path / "data.parquet")
    survive(tmp_path / "data.parquet", stated)


@SETTINGS
@given(cut=st.integers(0, 5000), flip=st.integers(0, 4999), byte=st.integers(0, 255))
def test_a_damaged_workbook(tmp_path, cut, flip, byte):
    whole = tmp_path / "whole.xlsx"
    if not whole.exists():
        pd.DataFrame({"time": ["2024-01-01", "2024-01-02"], "SO2_ugm3": [1.0, 2.0]}).to_excel(
            whole, index=False
        )
    data = bytearray(whole.read_bytes())
    data[flip % len(data)] = byte
    path = tmp_path / "data.xlsx"
    path.write_bytes(bytes(data[: max(cut, 1)]) if cut < 500 else bytes(data))
    survive(path)
