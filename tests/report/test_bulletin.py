"""Bulletin: its sentences and tables in three languages, marks, hostile names, the same bytes each time."""

from __future__ import annotations

import re

import made_up_results as factory
import numpy as np
import pandas as pd
import pytest

from sootprint import monitors, norms, weather
from sootprint.core import schema
from sootprint.core.errors import ConfigError
from sootprint.monitors.city_remarks import REMARKS
from sootprint.norms.indices_rules import rule_table
from sootprint.report.bulletin import build_bulletin
from sootprint.report.bulletin_chapters import Assessed, bulletin_chapters
from sootprint.report.bulletin_text import markdown
from sootprint.report.bulletin_words import (
    cleaning_words,
    index_value,
    index_words,
    kind_words,
    level_words,
    missing_words,
    remark_words,
)
from sootprint.report.languages import translator
from sootprint.report.results import Results
from sootprint.report.view import View

ZONE = factory.ZONE
CASE = {"title": "Made up", "place": "Made-up city", "zone": ZONE, "period": ("2024-11-01", "2024-12-01")}
START = pd.Timestamp("2024-10-31 19:00")


def stations():
    table = factory.stations()
    table["district"] = ["Centre", "Centre", "Left bank", None]
    return table


def observations():
    parts = []
    for number in range(4):
        for pollutant, level in (("SO2", 60.0), ("PM2.5", 45.0), ("H2S", 2.0)):
            values = level * (1 + 0.2 * number) * (1 + 0.5 * np.sin(np.arange(720) / 9.0))
            if number == 2 and pollutant == "H2S":
                values[100:110] = 12 * 8.0
            parts.append(
                pd.DataFrame(
                    {
                        "station_id": f"P{number + 1}",
                        "pollutant": pollutant,
                        "time_start": START + pd.to_timedelta(np.arange(720), unit="h"),
                        "duration_s": 3600.0,
                        "value_ugm3": values,
                        "flag": "valid",
                        "source_file": "made.csv",
                        "source_row": np.arange(720),
                    }
                )
            )
    return schema.check(pd.concat(parts, ignore_index=True), "observations")


def air():
    time = START + pd.to_timedelta(np.arange(720), unit="h")
    rows = {
        "station_id": "W",
        "time_start": time,
        "duration_s": 3600.0,
        "wind_speed": 1.0 + np.sin(np.arange(720) / 5.0),
        "precipitation": np.where(np.arange(720) % 60 == 0, 2.0, 0.0),
        "humidity": 0.7,
        "source_file": "made.csv",
        "source_row": 1,
    }
    table = schema.check(pd.DataFrame(rows), "weather")
    return weather.air_potential(table, zone=ZONE, start=START, end=START + pd.Timedelta(days=30))


@pytest.fixture(scope="module")
def limits():
    return norms.load(["KZ"], ["SO2", "PM2.5", "H2S"])


@pytest.fixture(scope="module")
def part(limits):
    made = monitors.city_indices(observations(), limits, stations(), zone=ZONE, month="2024-11")
    return Assessed("month", "2024-11", made | {"air_potential": air()}, "emirsaba", "classic")


def view_of(part, limits, language="en"):
    tables = {**part.tables, "stations": stations(), "norms": limits}
    return View(Results(case=CASE, tables=tables), language)


def text_of(part, limits, language="en"):
    return markdown("Bulletin", [], bulletin_chapters(view_of(part, limits, language), part))


def test_bulletin_states_level_substance_post_and_mark(part, limits):
    text = text_of(part, limits)
    assert "Over November 2024 the level of pollution of the air is assessed as very high, grade IV" in text
    assert "(by SI)" in text
    assert re.search(r"SI = 12\.0 \(very high, grade IV\): hydrogen sulphide \(H2S\), post Өскемен", text)
    assert "2024-11-05 04:00 local time" in text
    assert "limits and rules behind this level: unverified" in text
    assert "can only be understated" in text
    assert "VZ" in text
    assert "vz-once" in text
    assert "Left bank" in text
    assert "guilt" not in text.casefold()
    assert "culprit" not in text.casefold()


def test_bulletin_names_every_rule_source_and_its_mark(part, limits):
    text = text_of(part, limits)
    for name, column, value in (
        ("iza_exponents", "set", "emirsaba"),
        ("high_pollution", "rule_set", "classic"),
    ):
        rules = rule_table(name)
        for source in rules.loc[rules[column] == value, "source"].unique():
            assert source in text
    assert limits["legal_source"].iloc[0] in text
    assert text.count("unverified") >= 5


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ru", ["ноябрь 2024", "очень высокий, градация IV", "СИ = 12,0", "не проверено", "сероводород"]),
        ("kk", ["2024 ж. қараша", "өте жоғары, IV градация", "СИ = 12,0", "тексерілмеген", "күкіртсутек"]),
    ],
)
def test_bulletin_in_other_languages(part, limits, language, words):
    text = text_of(part, limits, language)
    assert [word for word in words if word not in text] == []
    english = {"level", "substance", "check", "single concentrations", "Weather", "Posts"}
    assert [word for word in english if f"| {word} |" in text or f"## {word}" in text] == []


def test_a_city_with_low_cost_sensors_only_has_no_level(limits, tmp_path):
    sensors = stations().assign(kind="low_cost")
    made = monitors.city_indices(observations(), limits, sensors, zone=ZONE, month="2024-11")
    told = Assessed("month", "2024-11", made, "emirsaba", "classic")
    paper = build_bulletin(CASE, [told], sensors, limits, tmp_path, languages=["ru"])
    text = paper.texts["ru"].read_text(encoding="utf-8")
    assert "по этим измерениям оценить нельзя" in text
    assert "недорогой датчик" in text


def test_hydrogen_sulphide_that_follows_sulphur_dioxide_is_named(part, limits):
    quality = factory.made(
        "h2s_quality",
        [
            {"station_id": "P1", "verdict": "independent", "period": "whole"},
            {"station_id": "P3", "verdict": "covaries", "period": "whole"},
            {"station_id": "P2", "verdict": "covaries", "period": "2024-10"},
        ],
    )
    told = Assessed("month", "2024-11", {**part.tables, "h2s_quality": quality}, "emirsaba", "classic")
    text = text_of(told, limits)
    assert "consistent with a cross-sensitivity" in text
    assert "(P3)." in text
    assert "cross-sensitivity" not in text_of(part, limits)


def test_every_code_has_words_in_every_language():
    for language in ("en", "ru", "kk"):
        _ = translator(language)
        assert set(remark_words(_)) == set(REMARKS)
        levels = {*rule_table("gradation")["level"], *rule_table("parameter_p")["level"]}
        assert set(level_words(_)) == levels
        classes = weather.potential_rules()[0]
        assert set(cleaning_words(_)) == set(classes.loc[classes["index"] == "MPA", "level"])
        allowed = schema.schema("stations").set_index("column").loc["kind", "allowed"]
        assert set(kind_words(_)) == set(allowed.split("|"))
        assert set(index_words(_)) == {"SI", "NP", "IZA5", "VZ", "EVZ"}
        assert set(missing_words(_)) == {"wind", "fog", "precipitation", "mixing height"}


def test_values_of_indices(part, limits):
    view = view_of(part, limits)
    assert index_value(view, "SI", 0.04) == "0"
    assert index_value(view, "SI", 0.32) == "0.3"
    assert index_value(view, "NP", 22.61) == "22.6 %"
    assert index_value(view, "IZA5", np.nan) == "–"
    assert index_value(view_of(part, limits, "kk"), "SI", 9.24) == "9,2"


def test_a_period_with_few_data_says_so(limits):
    made = monitors.city_indices(observations(), limits, stations(), zone=ZONE, year=2024)
    text = text_of(Assessed("year", "2024", made, "emirsaba", "classic"), limits)
    assert "Only 8.2 % of the possible single concentrations are there" in text
    assert "by IZA5" in text


def test_a_period_without_readings(limits):
    made = monitors.city_indices(observations(), limits, stations(), zone=ZONE, month="2020-01")
    text = text_of(Assessed("month", "2020-01", made, "emirsaba", "classic"), limits)
    assert "There is no reading of this period." in text


def test_files_are_written_and_the_same_each_time(part, limits, tmp_path):
    made = [
        build_bulletin(CASE, [part], stations(), limits, tmp_path / name, languages=["en", "kk"])
        for name in ("one", "two")
    ]
    assert set(made[0].papers) == {"en", "kk"}
    for one, two in zip(made[0].papers.values(), made[1].papers.values(), strict=True):
        assert one.read_bytes()[:5] == b"%PDF-"
        assert one.read_bytes() == two.read_bytes()
    text = made[0].texts["en"].read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "figures.en/2024-11.svg" in text
    assert made[0].figures["figures.en/2024-11.svg"].is_file()
    again = pd.read_csv(made[0].tables["2024-11.air_indices.csv"])
    assert len(again) == len(part.tables["air_indices"])


def test_two_periods_carry_their_names(part, limits, tmp_path):
    tables = monitors.city_indices(observations(), limits, stations(), zone=ZONE, year=2024)
    year = Assessed("year", "2024", tables, "emirsaba", "classic")
    made = build_bulletin(CASE, [part, year], stations(), limits, tmp_path, languages=["ru"])
    text = made.texts["ru"].read_text(encoding="utf-8")
    assert "## Уровень загрязнения: ноябрь 2024" in text
    assert "## Уровень загрязнения: 2024 год" in text


def test_faults_are_refused(part, limits, tmp_path):
    with pytest.raises(ConfigError, match="period"):
        build_bulletin(CASE, [], stations(), limits, tmp_path)
    with pytest.raises(ConfigError, match="'de'"):
        build_bulletin(CASE, [part], stations(), limits, tmp_path, languages=["de"])


def test_markdown_escapes_marks_of_markup():
    text = markdown("A *b* <i>", ["c|d", ""], [])
    assert text == "# A \\*b\\* \\<i\\>\n\nc\\|d\n"
