"""Stack monitoring of other layouts: times of day, units, zones, names, and files that are broken."""

import gzip

import numpy as np
import pandas as pd
import pytest

from sootprint.core.errors import ConfigError, InputError
from sootprint.sources import integrate_mass, read_stack_monitoring
from sootprint.sources.stack_monitoring.checks import JUMP
from sootprint.sources.stack_monitoring.codes import CODES
from sootprint.sources.stack_monitoring.names import NUMBER, tidy
from sootprint.sources.stack_monitoring.options import stack_options

ZONE = "Asia/Almaty"


def read(path, text=None, **keywords):
    if text is not None:
        path.write_text(text, encoding="utf-8", newline="")
    return read_stack_monitoring(path, **{"zone": ZONE, "memory_limit": "300MB", **keywords})


def codes(result):
    return set(result.findings["code"])


def values(result, code):
    return result.findings.loc[result.findings["code"] == code, "value"].tolist()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "stack.csv"


def timed(count=216, start="2024-02-28 22:00", step="20min", value=lambda number: 5.0 + number % 7):
    times = pd.date_range(start, periods=count, freq=step).strftime("%Y-%m-%d %H:%M")
    return "time,source,pollutant,rate\n" + "".join(
        f"{time},S1,SO2,{value(number)}\n" for number, time in enumerate(times)
    )


def test_times_of_day_give_readings_in_utc(file):
    result = read(file, timed(3, "2024-06-01 00:00"))
    readings = result.tables["stack_readings"]
    assert readings["time_start"].tolist() == list(pd.date_range("2024-05-31 19:00", periods=3, freq="20min"))
    assert (readings["duration_s"] == 1200).all()
    assert readings["source_row"].tolist() == [2, 3, 4]
    assert readings["rate_g_s"].tolist() == [5.0, 6.0, 7.0]
    assert result.tables["stack_days"]["hours_rate"].tolist() == [1.0]


def test_interval_is_the_commonest_step_and_a_guess(file):
    result = read(file, timed(30, step="10min"))
    guess = {item.subject: item for item in result.guesses}["interval of a reading"]
    assert guess.taken == "600 s"
    assert (result.tables["stack_readings"]["duration_s"] == 600).all()


def test_stamps_at_the_end_of_an_interval(file):
    result = read(file, timed(3, "2024-06-01 00:00"), options={"stamp": "ending"})
    assert result.tables["stack_readings"]["time_start"].iloc[0] == pd.Timestamp("2024-05-31 18:40")
    # The first of the three belongs to the evening before.
    assert result.tables["stack_days"]["n_rows"].tolist() == [1, 2]


def test_the_hour_that_almaty_lived_twice(file):
    """Clocks went back from 2024-03-01 00:00 (UTC+6) to 2024-02-29 23:00 (UTC+5)."""
    times = pd.date_range("2024-02-29 22:00", periods=6, freq="20min").tolist()
    times += pd.date_range("2024-02-29 23:00", periods=6, freq="20min").tolist()
    text = "time,source,pollutant,rate\n" + "".join(f"{time},S1,SO2,{n}\n" for n, time in enumerate(times))
    result = read(file, text)
    readings = result.tables["stack_readings"]
    assert readings["time_start"].tolist() == list(
        pd.date_range("2024-02-29 16:00", periods=12, freq="20min")
    )
    assert readings["source_row"].tolist() == list(range(2, 14))
    days = result.tables["stack_days"].set_index("day")["hours_rate"]
    assert days[pd.Timestamp("2024-02-29")] == pytest.approx(3.0)
    assert "STACK-REPEATED-TIME" not in codes(result)


def test_the_hour_that_never_was(file):
    text = "time,source,pollutant,rate\n" + "".join(f"2025-03-30 0{hour}:30,S,SO2,1\n" for hour in (1, 2, 3))
    result = read(file, text, zone="Europe/Berlin")
    quarantine = result.tables["stack_quarantine"]
    assert quarantine["reason"].tolist() == ["STACK-NO-SUCH-TIME"]
    assert len(result.tables["stack_readings"]) == 2


def test_stamps_with_an_offset_are_utc_whatever_the_zone(file):
    text = (
        "time,source,pollutant,rate\n2024-01-01T05:00:00+06:00,S,SO2,1\n2023-12-31T23:20:00Z,S,SO2,2\n"
        "2024-01-01 05:40:00,S,SO2,3\n"
    )
    result = read(file, text)
    assert result.tables["stack_readings"]["time_start"].tolist() == [
        pd.Timestamp("2023-12-31 23:00"),
        pd.Timestamp("2023-12-31 23:20"),
    ]
    assert result.tables["stack_quarantine"]["reason"].tolist() == ["STACK-DATE"]
    assert result.tables["stack_days"]["day"].tolist() == [pd.Timestamp("2024-01-01")]


def test_day_without_its_time_in_a_file_of_times_is_no_midnight(file):
    text = timed(5, "2024-06-01 03:00") + "2024-06-02,S1,SO2,4\n"
    result = read(file, text)
    assert result.tables["stack_quarantine"][["reason", "n_rows"]].to_numpy().tolist() == [["STACK-DATE", 1]]


def test_flat_line_is_a_run_of_equal_non_zero_readings(file):
    flat = read(file, timed(40, value=lambda n: 9.0 if 10 <= n < 22 else n + 0.5))
    readings = flat.tables["stack_readings"]
    assert readings.loc[readings["flag"] == "flat", "source_row"].tolist() == list(range(12, 24))
    assert flat.tables["stack_days"]["n_flat"].sum() == 12
    short = read(file, timed(40, value=lambda n: 9.0 if 10 <= n < 21 else n + 0.5))
    assert (short.tables["stack_readings"]["flag"] == "valid").all()
    zeros = read(file, timed(40, value=lambda n: 0.0))
    assert (zeros.tables["stack_readings"]["flag"] == "valid").all()


def test_flat_line_goes_on_over_missing_cells(file):
    result = read(file, timed(40, value=lambda n: "" if n % 3 == 0 else 9.0))
    readings = result.tables["stack_readings"]
    assert (readings["flag"] == "flat").all()
    assert len(readings) == 26
    assert "14 rows in use" in values(result, "STACK-NO-VALUE")[0]


def test_dates_only_never_give_readings(file):
    result = read(file, "date;source;pollutant;rate\n2025-01-01;S;SO2;1\n2025-01-01;S;SO2;1\n")
    assert "stack_readings" not in result.tables
    # Equal rows of a day without a time are two readings.
    assert result.tables["stack_days"]["n_rows"].tolist() == [2]


def test_too_many_rows_for_single_readings(file):
    result = read(file, timed(30), options={"maximum_readings": 29})
    assert "stack_readings" not in result.tables
    assert result.tables["stack_days"]["n_rows"].sum() == 30


def test_more_rows_than_the_day_has_intervals(file):
    text = "date;source;pollutant;rate\n" + "2025-01-01;S;SO2;2\n" * 100
    result = read(file, text)
    assert result.tables["stack_days"]["hours_rate"].tolist() == [24.0]
    assert values(result, "STACK-MANY-ROWS") == [
        "1 days of 1 sources and substances",
        "100 rows on 2025-01-01",
    ]
    mass = integrate_mass(result.tables["stack_days"], zone=ZONE)
    assert mass["measured_t"].iloc[0] == pytest.approx(2 * 86400 / 1e6)


def test_repeated_time_is_said_and_counts_once(file):
    text = "time,source,pollutant,rate\n" + "2024-06-01 01:00,S,SO2,2\n2024-06-01 01:00,S,SO2,4\n"
    result = read(file, text, options={"interval_s": 1200})
    assert values(result, "STACK-REPEATED-TIME") == ["1 rows"]
    for table in ("stack_days", "stack_readings"):
        mass = integrate_mass(result.tables[table], zone=ZONE)
        assert mass["measured_t"].iloc[0] == pytest.approx(3 * 1200 / 1e6)


@pytest.mark.parametrize(
    ("unit", "factor"), [("kg/h", 1000 / 3600), ("г/с", 1.0), ("t/yr", 1e6 / 31_536_000)]
)
def test_rate_units(file, unit, factor):
    result = read(file, "date;source;pollutant;rate\n2025-01-01;S;SO2;36\n", options={"rate_unit": unit})
    assert result.tables["stack_days"]["mean_rate_g_s"].iloc[0] == pytest.approx(36 * factor)
    assert not any(guess.subject.startswith("unit") for guess in result.guesses)


@pytest.mark.parametrize(
    ("unit", "factor"), [("mg/Nm3", 1.0), ("мг/нм3", 1.0), ("g/m3", 1000.0), ("µg/m³", 1e-3)]
)
def test_concentration_units(file, unit, factor):
    text = "date;source;pollutant;concentration\n2025-01-01;S;SO2;7\n"
    result = read(file, text, options={"concentration_unit": unit})
    assert result.tables["stack_days"]["mean_concentration_mg_nm3"].iloc[0] == pytest.approx(7 * factor)


def test_russian_headings_decimal_commas_and_words_for_nothing(file):
    text = (
        "Дата;Организация;Источник выбросов;Загрязняющее вещество;г/с;мг/Нм3\n"
        "31.12.2024;Завод;Труба;Диоксид серы;1 234,5;н/д\n01.01.2025;Завод;Труба;0330;-;12,5\n"
    )
    result = read(file, text)
    days = result.tables["stack_days"]
    assert days["mean_rate_g_s"].iloc[0] == 1234.5
    assert np.isnan(days["mean_rate_g_s"].iloc[1])
    assert days["mean_concentration_mg_nm3"].iloc[1] == 12.5
    assert days["pollutant"].tolist() == ["SO2", "SO2"]
    assert days["day"].tolist() == [pd.Timestamp("2024-12-31"), pd.Timestamp("2025-01-01")]
    assert "STACK-NOT-A-NUMBER" not in codes(result)


def test_columns_and_constants_are_stated(file):
    text = "wann;wert\n2025-01-01;3\n"
    options = {
        "columns": {"time": "wann", "rate": "wert"},
        "source": "K1",
        "pollutant": "NOx",
        "organization": "P",
    }
    days = read(file, text, options=options).tables["stack_days"]
    assert days[["organization", "source_name", "pollutant"]].to_numpy().tolist() == [["P", "K1", "NOx"]]


def test_a_stated_time_format(file):
    text = "time;source;pollutant;rate\n12/31/2024 10:20;S;SO2;3\n"
    result = read(file, text, options={"time_format": "%m/%d/%Y %H:%M", "interval_s": 1200})
    assert result.tables["stack_readings"]["time_start"].tolist() == [pd.Timestamp("2024-12-31 05:20")]


@pytest.mark.parametrize("typed", [True, False])
def test_parquet_is_read_like_text(tmp_path, file, typed):
    frame = pd.DataFrame(
        {
            "time": pd.date_range("2024-06-01", periods=50, freq="20min"),
            "source": "S1",
            "pollutant": "SO2",
            "rate": np.linspace(1, 2, 50),
        }
    )
    frame.to_csv(file, index=False)
    path = tmp_path / "stack.parquet"
    (frame if typed else frame.astype(str)).to_parquet(path)
    one, two = read(file), read(path)
    for name in ("stack_days", "stack_readings", "stack_gaps"):
        left, right = (item.tables[name].drop(columns="source_file", errors="ignore") for item in (one, two))
        pd.testing.assert_frame_equal(left, right)


def test_packed_text(tmp_path, file):
    plain = read(file, timed(20))
    path = tmp_path / "stack.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8") as packed:
        packed.write(timed(20))
    pd.testing.assert_frame_equal(
        plain.tables["stack_days"].drop(columns="source_file"),
        read(path).tables["stack_days"].drop(columns="source_file"),
    )


def test_lines_that_are_no_rows_are_counted_with_their_number(file):
    text = (
        'date;source;pollutant;rate\n"2025-01-01";"S\nx";SO2;1\n2025-01-01;S\n2025-01-02;S;SO2;2;9;9\n'
        "2025-01-03;S;SO2;x\n"
    )
    result = read(file, text)
    rows = result.findings.loc[result.findings["code"] == "STACK-LINE"].dropna(subset=["row"])
    assert rows["row"].tolist() == [4, 5]
    quarantine = result.tables["stack_quarantine"].set_index("reason")["n_rows"]
    assert quarantine["STACK-LINE"] == 2
    assert values(result, "STACK-TOTALS") == ["4 = 1 rows in use + 1 STACK-NOT-A-NUMBER + 2 lines STACK-LINE"]
    assert values(result, "STACK-NOT-A-NUMBER")[1] == "'x', line 6"


def test_a_quote_that_is_not_doubled_is_a_line_that_is_no_row(file):
    text = 'date;source;pollutant;rate\n2025-01-01;"Труба "А" б";SO2;1\n2025-01-02;S;SO2;2\n'
    result = read(file, text)
    assert values(result, "STACK-TOTALS") == ["2 = 1 rows in use + 1 lines STACK-LINE"]


def test_a_quote_that_is_never_closed_swallows_lines_and_they_are_counted(file):
    text = 'date;source;pollutant;rate\n2025-01-01;S;SO2;1\n2025-01-02;"S;SO2;2\n'
    text += "2025-01-03;S;SO2;2\n2025-01-04;S;SO2;2\n"
    result = read(file, text)
    assert values(result, "STACK-TOTALS") == ["4 = 1 rows in use + 3 lines STACK-LINE"]


def test_mixed_line_ends_are_read_with_loose_rules_and_said(file):
    text = "date;source;pollutant;rate\r\n2025-01-01;S;SO2;1\r\n2025-01-02;S;SO2;1\n2025-01-03;S;SO2;1\r\n"
    result = read(file, text)
    assert "STACK-SYNTAX" in codes(result)
    assert result.tables["stack_days"]["n_rows"].sum() == 3


def test_lines_are_not_given_where_blank_lines_make_them_doubtful(file):
    head = "date;source;pollutant;rate\n"
    plain = read(file, head + '2025-01-01;"a\nb";SO2;1\n2025-01-02;S;SO2;x\n')
    assert values(plain, "STACK-NOT-A-NUMBER")[1] == "'x', line 4"
    blank = read(file, head + '2025-01-01;"a\nb";SO2;1\n\n2025-01-02;S;SO2;x\n')
    assert values(blank, "STACK-NOT-A-NUMBER")[1] == "'x'"
    assert values(blank, "STACK-LINES-LOST") == ["1 lines"]
    assert "STACK-LINES-LOST" not in codes(plain)


def test_the_first_rule_that_a_row_breaks_counts(file):
    text = (
        "date;organization;source;pollutant;rate;concentration\n"
        "2099-01-01;Тест АСМ;S;SO2;-1;1\n2099-01-01;P;S;SO2;-1;1\n"
        "2020-01-01;P;S;SO2;-1;1\n2025-01-01;P;S;SO2;1e400;-2\n2025-01-01;P;S;SO2;2e6;1\n2025-01-01;P;S;SO2;1;2e7\n"
        "2025-01-01;P;S;SO2;1;-2\n2025-01-01;P;;SO2;1;2\n;P;S;SO2;1;2\n"
    )
    result = read(file, text, period=("2025-01-01", "2026-01-01"), now="2026-05-25")
    counts = result.tables["stack_quarantine"].groupby("reason")["n_rows"].sum().to_dict()
    assert counts == {
        "STACK-TEST-ORGANISATION": 1,
        "STACK-FUTURE": 1,
        "STACK-OUTSIDE-PERIOD": 1,
        "STACK-OVERFLOW": 1,
        "STACK-IMPOSSIBLE": 2,
        "STACK-NEGATIVE": 1,
        "STACK-NO-SOURCE": 1,
        "STACK-DATE": 1,
    }
    assert len(result.tables["stack_days"]) == 0


def test_without_a_moment_no_day_is_in_the_future_and_that_is_said(file):
    result = read(file, "date;source;pollutant;rate\n2099-01-01;S;SO2;1\n")
    assert len(result.tables["stack_days"]) == 1
    assert {guess.subject: guess.taken for guess in result.guesses}["moment of the file"] == "none"


def test_a_day_is_in_the_period_when_its_noon_is(file):
    text = "date;source;pollutant;rate\n" + "".join(
        f"{day};S;SO2;1\n" for day in ("2024-12-31", "2025-01-01", "2026-12-31", "2027-01-01")
    )
    days = read(file, text, period=("2025-01-01", "2027-01-01")).tables["stack_days"]["day"]
    assert days.dt.strftime("%Y-%m-%d").tolist() == ["2025-01-01", "2026-12-31"]


def test_a_day_of_loading_that_is_no_date_costs_no_row(file):
    text = "date;source;pollutant;rate;load_date\n2025-01-01;S;SO2;1;2025-01-05\n2025-01-02;S;SO2;1;soon\n"
    result = read(file, text + "2025-01-06;S;SO2;1;\n")
    assert len(result.tables["stack_days"]) == 2
    assert result.tables["stack_quarantine"]["reason"].tolist() == ["STACK-FUTURE"]


@pytest.mark.parametrize("clock", ["", " 10:20"])
def test_years_that_cannot_be(file, clock):
    text = "date;source;pollutant;rate\n" + "".join(
        f"{day}{clock};S;SO2;1\n" for day in ("0201-01-01", "2025-01-01", "9999-12-31", "290000-01-01")
    )
    result = read(file, text)
    assert result.tables["stack_quarantine"][["reason", "n_rows"]].to_numpy().tolist() == [["STACK-YEAR", 3]]
    assert result.tables["stack_days"]["n_rows"].tolist() == [1]


def test_a_test_that_is_a_real_name_is_kept_when_stated(file):
    text = (
        "date;organization;source;pollutant;rate\n2025-01-01;Тест АСМ;S;SO2;1\n2025-01-01;Пробная;S;SO2;1\n"
    )
    assert len(read(file, text, options={"keep_test": True}).tables["stack_days"]) == 2
    assert len(read(file, text, options={"test_organizations": ["пробная"]}).tables["stack_days"]) == 0


def test_regions_are_mended_only_when_one_is_near(file):
    text = "date;region;source;pollutant;rate\n" + "".join(
        f"2025-01-01;{region};S;SO2;1\n"
        for region in (
            "Восточно-Казхастанская область",
            "восточно-казахстанская  область",
            "Омская область",
            "г.Алматы",
        )
    )
    result = read(file, text)
    assert sorted(set(result.tables["stack_days"]["region"])) == [
        "Восточно-Казахстанская область",
        "Омская область",
        "г. Алматы",
    ]
    found = result.findings.loc[result.findings["code"] == "STACK-REGION"]
    assert found["object"].tolist() == ["Восточно-Казхастанская область", "Омская область"]
    assert "taken as it is" in found.iloc[1]["value"]


@pytest.fixture
def inventory():
    sources = pd.DataFrame(
        {
            "source_id": ["A/0003", "A/0225", "B/0003", "B/0004", "B/4"],
            "facility_id": ["A", "A", "B", "B", "B"],
            "source_number": ["0003", "225", "0003", "0004", "0004"],
        }
    )
    facilities = pd.DataFrame(
        {"facility_id": ["A", "B"], "name": ["Завод А", "ТЭЦ  Б"], "operator": ["X", "X"]}
    )
    return {"sources": sources, "facilities": facilities}


@pytest.mark.parametrize(
    ("organization", "source", "identifier", "match"),
    [
        ("Завод А", "Дымовая труба 0003", "A/0003", "number"),
        ("завод а", "0225 УКМК Лавалин", "A/0225", "number"),
        ("ТЭЦ Б", "труба №0003", "B/0003", "number"),
        ("Филиал", "труба 0003", "B/0003", "number"),
        ("ТЭЦ Б", "труба 0004", None, "ambiguous"),
        ("X", "труба 0003", None, "ambiguous"),
        ("Чужой", "труба 0003", None, "unmatched"),
        ("Завод А", "труба 3", None, "unmatched"),
        ("Завод А", "труба 00031", None, "unmatched"),
        ("Чужой", "Особая", "A/0003", "stated"),
        ("Чужой", "B/0004", "B/0004", "stated"),
    ],
)
def test_names_are_matched_by_number_and_plant_or_by_a_statement(
    file, inventory, organization, source, identifier, match
):
    text = f"date;organization;source;pollutant;rate\n2025-01-01;{organization};{source};SO2;1\n"
    options = {"organizations": {"филиал": "B"}, "sources": {"чужой | особая": "A/0003"}}
    result = read(file, text, options=options, inventory=inventory)
    row = result.tables["stack_names"].iloc[0]
    found = result.tables["stack_days"]["source_id"].iloc[0]
    assert (None if pd.isna(found) else found, row["match"]) == (identifier, match)
    assert ("STACK-UNMATCHED" in codes(result)) == (identifier is None)
    if match == "ambiguous":
        assert "of that number: " in values(result, "STACK-UNMATCHED")[1]


def test_numbers_of_four_digits():
    assert NUMBER.findall("0003/0004") == ["0003", "0004"]
    assert NUMBER.findall("12345 1000.5 3") == []
    assert tidy(' a\t"b\nc" ') == 'a "b c"'
    assert tidy(None) == ""


def test_mass_of_ten_grams_a_second_in_a_year():
    """10 g/s in 8760 h are 315.36 t."""
    days = pd.DataFrame(
        {
            "source_id": "S",
            "organization": "P",
            "source_name": "S",
            "region": None,
            "pollutant": "SO2",
            "day": pd.date_range("2025-01-01", "2025-12-31"),
            "n_valid": 72,
            "n_flat": 0,
            "mean_rate_g_s": 10.0,
            "hours_rate": 24.0,
        }
    )
    mass = integrate_mass(days, zone=ZONE)
    year = mass.loc[mass["scale"] == "year"].iloc[0]
    assert year["measured_t"] == pytest.approx(315.36)
    assert year["capture"] == 1
    half = integrate_mass(days.iloc[::2], zone=ZONE, period=("2025-01-01", "2026-01-01"))
    year = half.loc[half["scale"] == "year"].iloc[0]
    assert year["capture"] == pytest.approx(183 / 365)
    assert year["filled_t"] == pytest.approx(315.36)
    assert year["measured_t"] == pytest.approx(10 * 183 * 86400 / 1e6)
    months = mass.loc[mass["scale"] == "month"]
    assert months["measured_t"].sum() == pytest.approx(315.36)
    flat = integrate_mass(days.assign(n_flat=[72] * 100 + [0] * 265), zone=ZONE, include_flat=False)
    assert flat.loc[flat["scale"] == "year", "measured_t"].iloc[0] == pytest.approx(10 * 265 * 86400 / 1e6)


def test_mass_of_readings_is_that_of_their_days(file):
    result = read(file, timed(216))
    one = integrate_mass(result.tables["stack_days"], zone=ZONE)
    two = integrate_mass(result.tables["stack_readings"], zone=ZONE)
    pd.testing.assert_frame_equal(one, two)
    # 2024-02-29 had 25 hours in Almaty.
    february = one.loc[one["period_start"] == pd.Timestamp("2024-02-28")].iloc[0]
    assert february["hours_total"] == 49


def test_months_without_a_reading_have_no_mass_and_no_capture(file):
    text = "date;source;pollutant;rate\n2025-01-15;S;SO2;1\n2025-03-15;S;SO2;1\n"
    mass = integrate_mass(read(file, text).tables["stack_days"], zone=ZONE)
    february = mass.loc[mass["period_start"] == pd.Timestamp("2025-02-01")].iloc[0]
    assert february["capture"] == 0
    assert february["measured_t"] == 0
    assert np.isnan(february["filled_t"])


def test_mass_refuses_other_tables_and_empty_periods(file):
    days = read(file, timed(3)).tables["stack_days"]
    with pytest.raises(InputError, match="no table stack_days"):
        integrate_mass(pd.DataFrame({"a": [1]}), zone=ZONE)
    with pytest.raises(InputError, match="is empty"):
        integrate_mass(days, zone=ZONE, period=("2025-01-01", "2025-01-01"))


def test_jump_is_beyond_a_factor_of_thirty(file):
    def table(factor):
        days = pd.date_range("2025-01-01", "2025-02-28")
        return "date;source;pollutant;rate\n" + "".join(
            f"{day.date()};S;SO2;{2.0 * (factor if day.month == 2 else 1)}\n" for day in days
        )

    assert JUMP == 30
    assert "STACK-JUMP" not in codes(read(file, table(29)))
    assert "factor 31" in values(read(file, table(31)), "STACK-JUMP")[1]


def test_one_wild_reading_shows_in_the_mean(file):
    rates = {5: 40_000.0}
    days = pd.date_range("2025-01-01", "2025-03-31")
    text = "date;source;pollutant;rate\n" + "".join(
        f"{day.date()};S;SO2;{rates.get(number - 31, 2.0)}\n" for number, day in enumerate(days)
    )
    found = values(read(file, text), "STACK-JUMP")
    assert found[0].startswith("2 steps")


def test_empty_table_has_its_schemas(file):
    result = read(file, "date;source;pollutant;rate\n")
    assert all(len(table) == 0 for table in result.tables.values())
    assert values(result, "STACK-TOTALS") == ["0 = 0 rows in use"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"a;b\n1;2\n", "no column for time, source, pollutant, rate or concentration"),
        ("date;source;pollutant;rate\n2025;Труба;SO2;1\n".encode("cp1251"), "not UTF-8"),
    ],
)
def test_files_that_are_no_monitoring(file, content, message):
    file.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(file)


def test_damaged_parquet(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 nothing")
    with pytest.raises(InputError, match="cannot be read"):
        read(path)


def test_no_such_file(tmp_path):
    with pytest.raises(InputError, match="no file"):
        read(tmp_path / "none.csv")


@pytest.mark.parametrize(
    "options",
    [
        {"colour": "red"},
        {"rate_unit": "furlong"},
        {"concentration_unit": "ppm"},
        {"stamp": "middle"},
        {"interval_s": 0},
        {"flat_readings": 2},
        {"flat_share": 0.4},
        {"columns": {"smell": "x"}},
        {"columns": {"time": "nowhere"}},
        {"pollutants": {"Ртуть": "quicksilver"}},
    ],
)
def test_options_that_cannot_be_right(file, options):
    with pytest.raises(ConfigError):
        read(file, "date;source;pollutant;rate\n2025-01-01;S;SO2;1\n", options=options)


def test_a_name_is_mapped_to_a_pollutant(file):
    text = "date;source;pollutant;rate\n2025-01-01;S;Пыль сухая;1\n"
    result = read(file, text, options={"pollutants": {"пыль  сухая": "TSP"}})
    assert result.tables["stack_days"]["pollutant"].tolist() == ["TSP"]
    assert "STACK-POLLUTANT" not in codes(result)


def test_period_and_zone_are_checked(file):
    file.write_text("date;source;pollutant;rate\n2025-01-01;S;SO2;1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="is empty"):
        read(file, period=("2026-01-01", "2025-01-01"))
    with pytest.raises(ConfigError, match="not known"):
        read(file, zone="UTC+5")


def test_codes_have_a_rule_and_a_cure():
    for severity, rule, cure in CODES.values():
        assert severity in ("error", "quarantine", "warning", "info")
        assert rule
        assert cure


def test_lists_of_the_settings_file_are_taken():
    assert stack_options({"regions": ["A"]}, where="").regions == ("A",)
