"""Whatever the bytes or the table, the reader gives tables that fit or an error of ours."""

import csv
import io

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sootprint.core import schema
from sootprint.core.errors import SchemaError, SootprintError
from sootprint.sources import read_sources
from sootprint.sources.readers.template import EXAMPLE, flat_columns

RELAXED = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

CELLS = st.one_of(
    st.sampled_from(
        ["", "0", "-1", "1e34", "nan", "inf", "-inf", "1e400", "0001", "1", "6001", "2,5x3", "№", "г/с",
         "0330", "301", "SO2", "point", "area", "Итого", "1 000,5",
         "\t", "a\nb", "POLYGON EMPTY", "2024-01-01", "9999-12-31",
         "0000-00-00", "true", "P/1", "x"]
    ),
    st.text(max_size=6),
    st.floats().map(str),
    st.integers().map(str),
)  # fmt: skip

OPTIONS = {"origin_lon": 82.6, "origin_lat": 49.9, "rotation_deg": 12.0}

HEADINGS = [
    "Номер источника выброса", "Высота, м", "Диаметр, м", "скорость, м/с", "объем, м3/с", "температура, °С",
    "X1", "Y1",
    "X2", "Y2", "Ширина площадного источника", "Код вещества", "Наименование вещества",
    "г/с", "мг/нм3", "т/год",
    "Число часов работы в году",
]  # fmt: skip


def attempt(path, **options):
    try:
        made = read_sources(path, options=options, crs="EPSG:32644")
    except SchemaError:
        raise
    except SootprintError:
        return
    for name in ("facilities", "sources", "emissions"):
        table = made.tables[name]
        assert schema.check(table, name).equals(table)
    assert made.tables["sources"]["source_id"].is_unique
    assert set(made.tables["emissions"]["source_id"]) <= set(made.tables["sources"]["source_id"])
    schema.check(made.findings, "findings")
    schema.check(made.guesses_table(), "guesses")


@RELAXED
@given(data=st.binary(max_size=300), suffix=st.sampled_from([".csv", ".xlsx", ".txt", ".parquet"]))
@example(data=b"source_id\n", suffix=".csv")
def test_bytes(tmp_path, data, suffix):
    path = tmp_path / f"f{suffix}"
    path.write_bytes(data)
    attempt(path, **OPTIONS)


@RELAXED
@given(rows=st.lists(st.dictionaries(st.sampled_from(flat_columns()), CELLS, max_size=8), max_size=5))
def test_template_tables(tmp_path, rows):
    path = tmp_path / "f.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, flat_columns())
        writer.writeheader()
        writer.writerows({**EXAMPLE, **row} for row in rows)
    attempt(path)


@RELAXED
@given(rows=st.lists(st.lists(CELLS, min_size=17, max_size=17), max_size=6), text=st.booleans())
def test_inventory_tables(tmp_path, rows, text):
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";")
    writer.writerow(HEADINGS)
    if text:
        writer.writerow(range(1, 18))
    writer.writerows(rows)
    path = tmp_path / "f.csv"
    path.write_text(file.getvalue(), encoding="utf-8")
    attempt(path, **OPTIONS)
