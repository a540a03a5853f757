"""Chapter on the norms and the permit: what it says, what it leaves to other chapters, what is unverified."""

from __future__ import annotations

from dataclasses import replace

import made_up_results as factory
import pandas as pd
import pytest
from test_figures import texts

from sootprint.core import schema
from sootprint.report import Results
from sootprint.report.blocks import Chapter, Facts, Figure, Heading, Items, Note, Paragraph, Table
from sootprint.report.chapters import chapters, exceedances, law, scorecard
from sootprint.report.drawing import _law, leading_substance
from sootprint.report.figures.law import nmu_calendar_figure
from sootprint.report.view import View

FIGURES = {"nmu_calendar": "figures/1.svg", "permit_map:SO2": "figures/2.svg"}


def view(language: str = "en", **changes: object) -> View:
    return View(factory.full_results(**changes), language, FIGURES)


def words(chapter: Chapter) -> str:
    """All text of a chapter."""
    made = []
    for block in chapter.blocks:
        if isinstance(block, Paragraph | Heading | Note):
            made.append(block.text)
        elif isinstance(block, Items):
            made += block.entries
        elif isinstance(block, Facts):
            made += [f"{name} {value}" for name, value in block.entries]
        elif isinstance(block, Table):
            made += [block.caption, block.note, *(cell.text for row in block.rows for cell in row)]
        elif isinstance(block, Figure):
            made.append(block.caption)
    return "\n".join(made)


def table(chapter: Chapter, caption: str) -> Table:
    return next(item for item in chapter.blocks if isinstance(item, Table) and caption in item.caption)


def test_chapter_stands_between_the_norms_and_the_causes():
    keys = [chapter.key for chapter in chapters(view())]
    assert keys.index("norms") < keys.index("law") < keys.index("contributions")
    assert keys.index("contributions") - keys.index("law") > 1


def test_three_questions_are_answered_apart():
    text = words(law.chapter(view()))
    assert "Three questions are answered apart" in text
    assert "It does not say who made the smog" in text
    assert "modelled contribution" not in text.casefold()
    for word in ("guilt", "culprit", "offender", "violator"):
        assert word not in text.casefold()


@pytest.mark.parametrize(
    ("caption", "column"),
    [
        ("Indices and their grades", "mark"),
        ("What each regime asks", "mark of the rule"),
        ("Findings of the audit by rule", "mark of the rule"),
        ("Largest calculated concentration", "mark of the limit"),
        ("Each source alone", "mark of the limit"),
    ],
)
def test_unverified_values_say_so_where_they_are_shown(caption, column):
    made = table(law.chapter(view()), caption)
    at = [item.label for item in made.columns].index(column)
    assert {row[at].text for row in made.rows} == {"unverified"}


def test_rules_of_adverse_weather_carry_their_marks():
    made = table(law.chapter(view()), "Regimes of adverse weather")
    marks = {row[0].text: row[-1].text for row in made.rows}
    assert marks["III"] == "unverified, assumed"
    assert "not the warnings that the weather service issued" in made.note


def test_legal_sources_of_the_compared_norms_are_listed():
    made = table(law.chapter(view()), "Norms that were compared")
    row = next([cell.text for cell in row] for row in made.rows if row[0].text == "KZ")
    assert "Order of the minister of health" in row[1]
    assert row[-2:] == ["unverified 2, secondary source 2", "unverified"]


def test_city_is_graded_by_the_index_that_decides():
    made = table(law.chapter(view()), "Indices and their grades")
    first = [cell.text for cell in made.rows[0]]
    assert first[1:6] == ["whole city", "SI", "11.2", "IV (very high)", "decides"]


def test_cut_that_could_not_have_been_seen_is_an_answer():
    chapter = law.chapter(view())
    made = table(chapter, "Whether a promised cut is visible")
    outcomes = [row[-1].text for row in made.rows]
    assert outcomes == ["no cut visible", "a cut of this size could not have been seen with these data"]
    assert made.rows[0][3].text == "5.0 % (−6.0 – 17 %)"
    assert made.rows[1][3].text == "5.0 % (≤ 17 %)"
    sentences = [item for item in chapter.blocks if isinstance(item, Items)]
    assert any("C1: TPP, SO2, a cut of 20 %" in entry for item in sentences for entry in item.entries)


def test_measured_rate_stands_beside_the_declared_one():
    made = table(law.chapter(view()), "Measured at the stack and declared")
    row = [cell.text for cell in made.rows[0]]
    declared = 1310e6 / (365 * 86400)
    assert row[0] == "TPP-0001"
    assert row[6] == View(factory.full_results()).number(50.0 / declared)


def test_calculation_says_what_was_assumed_and_what_a_zone_is():
    text = words(law.chapter(view()))
    assert "25 °C (assumed)" in text
    assert "200, 1.0 (unverified)" in text
    assert "exceeded in 5 % of the hours of the weather of this case" in text
    assert "no answer to who contributed" in text
    worst = table(law.chapter(view()), "Worst place on the edge")
    assert [cell.text for cell in worst.rows[0]][3:6] == ["70 %", "ZINC-0001", "70 %"]


def test_chapter_says_what_was_not_there():
    text = words(law.chapter(View(factory.without_inventory())))
    assert "No inventory was given" in text
    assert "No index of the bulletins" in text
    assert "permit was calculated" in text
    foreign = factory.without_inventory()
    case = {**foreign.case, "jurisdictions": ["WHO"]}
    text = words(law.chapter(View(replace(foreign, case=case))))
    assert "follow texts of Kazakhstan" in text
    bare = View(Results(case=factory.without_inventory().case))
    assert law.chapter(bare).blocks == ()


def test_suspect_hydrogen_sulphide_is_remarked_where_it_is_shown():
    note = next(item for item in exceedances.chapter(view()).blocks if isinstance(item, Note))
    assert "P2" in note.text
    assert "take no part in asking" in note.text
    case = {**factory.full_results().case, "use_suspect_h2s": True}
    used = next(item for item in exceedances.chapter(view(case=case)).blocks if isinstance(item, Note))
    assert "they take part in asking who contributed" in used.text


def test_scorecard_compares_the_promise_with_what_was_made():
    row = {
        "cut_id": "C1", "method": "stack", "promised_cut": 0.2, "true_cut": 0.05, "cut": 0.07,
        "cut_low": -0.04, "cut_high": 0.17, "holds": True, "verdict": "no cut visible",
    }  # fmt: skip
    results = factory.full_results()
    tables = {**results.tables, "scorecard_cuts": schema.check(pd.DataFrame([row]), "scorecard_cuts")}
    made = table(scorecard.chapter(view(tables=tables)), "What was promised")
    assert [cell.text for cell in made.rows[0]][2:4] == ["20 %", "5.0 %"]


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_other_languages_have_the_same_tables(language):
    one, other = law.chapter(view()), law.chapter(view(language))
    shapes = [
        [(len(item.columns), len(item.rows)) for item in chapter.blocks if isinstance(item, Table)]
        for chapter in (one, other)
    ]
    assert shapes[0] == shapes[1]
    text = words(other)
    assert {"ru": "не проверено", "kk": "тексерілмеген"}[language] in text
    assert "unverified" not in text


def test_figures_are_drawn_where_their_tables_are():
    drawn = {key for key, _ in _law(factory.full_results(), "en")}
    assert drawn == {"nmu_calendar", "permit_map:SO2"}
    assert not list(_law(factory.without_inventory(), "en"))
    assert leading_substance(factory.without_inventory()) is None


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_text_of_the_figures_is_large_enough_and_not_over_other_text(language):
    for key, draw in _law(factory.full_results(), language):
        figure = draw()
        figure.draw_without_rendering()
        renderer = figure.canvas.get_renderer()
        boxes = []
        for text in texts(figure):
            box = text.get_window_extent(renderer)
            if box.width == 0 or not figure.bbox.overlaps(box):
                continue
            assert text.get_fontsize() >= 9, (key, text.get_text())
            assert box.x1 <= figure.bbox.x1 + 1, (key, text.get_text())
            boxes.append((text.get_text(), box.padded(-1.5)))
        for at, (one, first) in enumerate(boxes):
            for other, second in boxes[at + 1 :]:
                assert not (first.overlaps(second) and one != other), f"{key}: {one!r} over {other!r}"


def test_calendar_without_days_says_so():
    figure = nmu_calendar_figure(schema.empty("nmu_days"), zone=factory.ZONE)
    assert any("no wind data" in text.get_text() for text in texts(figure))
