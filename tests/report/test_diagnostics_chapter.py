"""Chapter on the checks of the attribution: what failed is named, in the words of the reader."""

from __future__ import annotations

import made_up_results as factory
import pandas as pd
import pytest

from sootprint.attribution.diagnostics.codes import CODE_OF
from sootprint.core import schema
from sootprint.report import Results
from sootprint.report.blocks import Items, Note, Paragraph, Table
from sootprint.report.chapters import declared, diagnostics
from sootprint.report.languages import translator
from sootprint.report.view import View

FULL = factory.full_results()


def tables(flips: bool = True) -> dict[str, pd.DataFrame]:
    keys = ["check", "subject_kind", "subject", "pollutant", "value", "low", "high", "passed", "words"]
    checks = [
        ("chains agree", "run", "largest split R-hat", "SO2", 1.004, None, 1.01, True, "1.004"),
        ("predicted readings", "wind sector", "SW", "SO2", 0.62, 0.7, None, False, "hold 62%"),
        ("predicted readings", "wind speed", "2–3", "SO2", 0.9, 0.7, None, True, "hold 90%"),
        ("predicted readings", "hour", "06–09", "SO2", 0.5, None, None, None, "too few"),
        ("post left out: mean", "station", "P1", "SO2", 1.8, 0.6, 1.5, False, "observed 18"),
        ("post left out: readings", "station", "P1", "SO2", 0.71, 0.65, None, True, "hold 71%"),
        ("verdict stays", "source", "S1", "SO2", 1.0, None, 0.0, False, "above declared: stays in 1 of 2"),
    ]
    moved = {
        "check": "post left out", "subject": "P1", "source_id": "S1", "pollutant": "SO2", "rate_g_s": 30.0,
        "changed_g_s": 12.0, "changed_q05_g_s": 6.0, "changed_q95_g_s": 21.0, "shift": -2.4,
        "verdict": "above declared", "changed_verdict": "consistent with declared", "flips": flips,
        "undecided": False,
    }  # fmt: skip
    return {
        "attribution_checks": schema.check(pd.DataFrame(checks, columns=keys), "attribution_checks"),
        "attribution_sensitivity": schema.check(pd.DataFrame([moved]), "attribution_sensitivity"),
    }


def made(language: str = "en", flips: bool = True):
    results = Results(case=FULL.case, tables={**FULL.tables, **tables(flips)})
    return diagnostics.chapter(View(results, language))


def test_what_failed_is_counted_and_named():
    chapter = made()
    lead, note, families, flips, posts, limits = chapter.blocks
    assert isinstance(lead, Paragraph)
    assert "Of 6 comparisons that can be judged 3 fail" in lead.text
    assert isinstance(note, Note)
    assert isinstance(families, Table)
    named = {row[0].text: row for row in families.rows}
    row = named["90 % intervals hold the readings: by post, wind and hour"]
    assert [cell.text for cell in row[1:4]] == ["2", "1", "failed"]
    assert row[4].text == "wind from SW (SO2)"
    assert isinstance(flips, Table)
    assert [cell.text for cell in flips.rows[0]][4:6] == ["without post P1", "consistent with declared"]
    assert isinstance(posts, Table)
    assert posts.rows[0][4].text == "no"
    assert isinstance(limits, Items)


def test_nothing_is_claimed_where_nothing_was_checked_or_nothing_changes():
    empty = diagnostics.chapter(View(Results(case=FULL.case), "en"))
    assert empty.blocks == ()
    assert any(
        isinstance(item, Paragraph) and "becomes another one" in item.text
        for item in made(flips=False).blocks
    )


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_chapter_is_in_the_language_of_the_reader(language):
    text = str([block.plain() for block in made(language).blocks])
    for word in ("without", "failed", "judged", "Check", "inferred", "wind"):
        assert word not in text, word


def test_an_outcome_that_changes_is_marked_where_it_is_stated():
    stated = FULL.tables["attribution_sources"].iloc[0]
    moved = tables()["attribution_sensitivity"].assign(
        source_id=stated["source_id"], pollutant=stated["pollutant"]
    )
    results = Results(case=FULL.case, tables={**FULL.tables, "attribution_sensitivity": moved})
    chapter = declared.chapter(View(results, "en"))
    (table,) = [block for block in chapter.blocks if isinstance(block, Table)]
    assert sum(row[-1].text.endswith(" *") for row in table.rows) == 1
    last = chapter.blocks[-1]
    assert isinstance(last, Paragraph)
    assert last.text.startswith("* ")


def test_every_check_has_a_name():
    assert set(diagnostics.check_names(translator("en"))) == set(CODE_OF)
