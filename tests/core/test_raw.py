"""Raw tables: every file as text cells that know their row."""

import gzip
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sootprint.core.errors import InputError
from sootprint.core.raw import cell_text, guess_delimiter, read_raw, to_number


def write(folder, data, name="data.csv"):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_rows_keep_their_numbers(tmp_path):
    table = read_raw(write(tmp_path, "a,b\n\n1,2\n3,4\n"))[0]
    body = table.with_header()
    assert body.index.tolist() == [3, 4]
    assert body["b"].tolist() == ["2", "4"]
    assert table.place(3, "b") == "data.csv, row 3, column b"


def test_repeated_and_blank_headings_are_told_apart(tmp_path):
    body = read_raw(write(tmp_path, "a,a,,a (2)\n1,2,3,4\n"))[0].with_header()
    assert len(set(body.columns)) == 4


def test_ragged_rows_are_filled(tmp_path):
    cells = read_raw(write(tmp_path, "a,b,c\n1\n1,2,3,4\n"))[0].cells
    assert cells.shape == (3, 4)
    assert cells.loc[2].tolist() == ["1", "", "", ""]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_encodings(tmp_path, encoding):
    table = read_raw(write(tmp_path, "пост;мг\nА;1\n".encode(encoding)))[0]
    assert table.cells.to_numpy().tolist() == [["пост", "мг"], ["А", "1"]]


def test_gzip_is_known_by_its_content(tmp_path):
    packed = gzip.compress(b"a,b\n1,2\n")
    for name in ("data.csv.gz", "data.csv"):
        assert read_raw(write(tmp_path, packed, name))[0].cells.loc[2].tolist() == ["1", "2"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.csv", b""),
        ("nul.csv", b"a,b\x00\x01\n"),
        ("cut.csv.gz", gzip.compress(b"a,b\n" * 1000, mtime=0)[:30]),
        ("wrong.gz", b"\x1f\x8bnonsense"),
        ("wrong.xlsx", b"PK\x03\x04nonsense"),
        ("wrong.xls", b"\xd0\xcf\x11\xe0nonsense"),
        ("wrong.parquet", b"PAR1nonsensePAR1"),
        ("blank.csv", b"\n\n\n"),
    ],
)
def test_damaged_files_are_refused(tmp_path, name, data):
    with pytest.raises(InputError):
        read_raw(write(tmp_path, data, name))[0].with_header()


def test_the_quick_way_of_splitting_gives_the_same_cells(tmp_path, monkeypatch):
    text = "post;value;note\r\n A ;1,5; \r\nБ;;x y\r\nA;<0,5;\u00a0z\r\n"
    slow = read_raw(write(tmp_path, text))[0].cells
    monkeypatch.setattr("sootprint.core.raw.FAST_CHARACTERS", 0)
    pd.testing.assert_frame_equal(read_raw(write(tmp_path, text))[0].cells, slow)
    ragged = read_raw(write(tmp_path, text + "\nonly\n"))[0].cells
    assert ragged.iloc[-1].tolist() == ["only", "", ""]


def test_a_line_of_countless_cells_is_refused(tmp_path):
    with pytest.raises(InputError, match="cells"):
        read_raw(write(tmp_path, "," * 100_000 + "\n1,2\n"))


def test_a_folder_and_an_absent_file_are_refused(tmp_path):
    with pytest.raises(InputError, match="no file"):
        read_raw(tmp_path / "absent.csv")
    with pytest.raises(InputError, match="no file"):
        read_raw(tmp_path)


def test_a_workbook_keeps_dates_numbers_and_rows(tmp_path):
    frame = pd.DataFrame({"t": [pd.Timestamp("2024-01-01 01:00")], "v": [0.25], "n": [3]})
    with pd.ExcelWriter(tmp_path / "book.xlsx") as book:
        frame.to_excel(book, sheet_name="Data", index=False, startrow=1)
    table = read_raw(tmp_path / "book.xlsx")[0]
    assert table.sheet == "Data"
    assert table.with_header(2).loc[3].tolist() == ["2024-01-01 01:00:00", "0.25", "3"]


def test_a_parquet_file_with_zones_and_missing_values(tmp_path):
    stamps = pd.to_datetime(["2024-01-01 01:00+05:00", None], utc=True)
    pd.DataFrame({"t": stamps, "v": [1.5, None]}).to_parquet(tmp_path / "data.parquet")
    body = read_raw(tmp_path / "data.parquet")[0].with_header()
    assert body["t"].tolist() == ["2023-12-31 20:00:00+00:00"]
    assert body["v"].tolist() == ["1.5"]


def test_a_sheet_that_spans_the_whole_grid_is_refused(tmp_path):
    pd.DataFrame({"a": [1]}).to_excel(tmp_path / "book.xlsx", index=False)
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    with (
        zipfile.ZipFile(tmp_path / "book.xlsx") as whole,
        zipfile.ZipFile(tmp_path / "far.xlsx", "w") as made,
    ):
        for item in whole.namelist():
            made.writestr(item, whole.read(item).replace(b"</sheetData>", far))
    with pytest.raises(InputError, match="spans"):
        read_raw(tmp_path / "far.xlsx")


def test_a_parquet_file_with_repeated_nested_and_narrow_columns(tmp_path):
    columns = [pa.array([1.5], pa.float32()), pa.array([[1, 2]]), pa.array([True])]
    pq.write_table(pa.table(columns, names=["a", "b", "b"]), tmp_path / "data.parquet")
    body = read_raw(tmp_path / "data.parquet")[0].with_header()
    assert body.iloc[0].tolist() == ["1.5", "[1 2]", "true"]


def test_a_wrong_header_row_is_refused(tmp_path):
    with pytest.raises(InputError, match="row 9"):
        read_raw(write(tmp_path, "a,b\n1,2\n"))[0].with_header(9)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b\n1,5;2\n", ";"),
        ("a,b\n1,2\n", ","),
        ("a\tb\n1,5\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("a\n1\n", ","),
    ],
)
def test_delimiters(text, delimiter):
    assert guess_delimiter(text) == delimiter


def test_numbers():
    texts = ["1.5", "1,5", "1 234,5", "1e3", "−2", "", "x", "0x10", "True", "1_000", "1.234,5", "nan"]
    made = to_number(pd.Series(texts))
    assert made[:5].tolist() == [1.5, 1.5, 1234.5, 1000.0, -2.0]
    assert made[5:].isna().all()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_cell_keeps_its_value(number):
    assert float(cell_text(number)) == number


@given(st.lists(st.text(max_size=20), min_size=1, max_size=20))
def test_to_number_never_fails(texts):
    assert len(to_number(pd.Series(texts, dtype=object))) == len(texts)
