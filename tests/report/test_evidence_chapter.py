"""Chapter of the evidence: who is told, what is kept apart, and what is never said."""

from __future__ import annotations

from functools import cache

import made_up_results as factory
import pytest
from test_figures import texts
from test_law_chapter import table, words

from sootprint.report.chapters import evidence
from sootprint.report.figures.evidence import evidence_ratio_figure
from sootprint.report.view import View


def rate(kind: str, name: str, members: str, verdict: str, **given: object) -> dict:
    return {
        "subject_kind": kind, "subject_id": name, "members": members, "pollutant": "SO2", "month": "all",
        "fit": "one rate for the period", "verdict": verdict, "ratio": 3.0, "ratio_q05": 1.6,
        "ratio_q95": 6.0,
        "blind_ratio": 3.0, "blind_ratio_q05": 1.4, "blind_ratio_q95": 7.0, "tolerance": 0.2,
        "declared_g_s": 10.0, "log10_declared_free": -1.4, "bound_declared_free": "at most",
        "log10_declared_none": 2.3, "bound_declared_none": "at least", "overturn_g_s": 13.0,
    } | given  # fmt: skip


RATES = [
    rate("source", "S1", "S1", "not decidable", group_id="G1-SO2", reason="cannot be told apart from others"),
    rate("source", "S2", "S2", "not decidable", group_id="G1-SO2", reason="cannot be told apart from others"),
    rate("source", "S3", "S3", "consistent with declared", log10_declared_none=None),
    rate("facility", "WORKS", "S1, S2", "above declared", factor=1.4),
    rate("group", "G1-SO2", "S1, S2", "above declared", factor=1.4),
]


@cache
def base():
    return factory.full_results()


def results(**more: object):
    episodes = [
        {
            "subject_kind": "facility", "subject_id": "WORKS", "pollutant": "SO2", "episode_id": "SO2-001",
            "share": 0.5, "share_q05": 0.1, "share_q95": 0.9, "conclusion": "contributes", "survives": False,
            "alternative": "unexplained", "alternative_share_q95": 0.4, "probability_held": 0.25,
        },
        {
            "subject_kind": "source", "subject_id": "S1", "pollutant": "SO2", "episode_id": "SO2-001",
            "share": 0.4, "share_q05": 0.0, "share_q95": 0.9, "conclusion": "not decidable",
        },
    ]  # fmt: skip
    norms = [
        {
            "subject_kind": "facility", "subject_id": "WORKS", "pollutant": "SO2", "norm_id": "KZ-SO2-single",
            "station_id": "all", "exceeded": 6, "allowed": 0, "expected_without": 2.0, "draws": 300,
            "probability_held": share, "limit_ugm3": 500.0, "averaging_s": 3600.0,
        }
        for share in (0.25,)
    ]  # fmt: skip
    tables = {
        "evidence_rates": factory.made("evidence_rates", [*RATES, *more.pop("rates", [])]),
        "evidence_episodes": factory.made("evidence_episodes", episodes),
        "evidence_norms": factory.made("evidence_norms", norms),
        "evidence_statements": factory.made("evidence_statements", [{"inputs_sha256": "ab" * 32}]),
    }
    made = base()
    return type(made)(**{**made.__dict__, "tables": {**made.tables, **tables}})


def view(language: str = "en", **more: object) -> View:
    return View(results(**more), language, {"evidence_ratio:SO2": "figures/1.svg"})


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_no_word_of_guilt_in_any_language(language):
    text = words(evidence.chapter(view(language))).casefold()
    for word in ("guilt", "culprit", "proves", "винов", "наруши", "кінәлі", "айыпты"):
        assert word not in text


def test_members_of_a_group_are_left_to_it():
    made = table(evidence.chapter(view()), "Consistency of the declared emission")
    first = [row[0].text for row in made.rows]
    assert len(first) == 3
    assert not any(text.endswith("(S1)") for text in first)
    assert any("G1-SO2" in text for text in first)


def test_both_propositions_and_the_bound_are_shown():
    made = table(evidence.chapter(view()), "Consistency of the declared emission")
    row = next(row for row in made.rows if "WORKS" in row[0].text)
    text = " | ".join(cell.text for cell in row)
    assert "at least 1.4 times" in text
    assert "≤ −1.4: moderate support for “freely within capacity”" in text
    assert "≥ 2.3: moderately strong support for “as declared”" in text
    assert "measurement of the emission at the load of that period under 13 g/s" in text
    labels = [column.label for column in made.columns]
    assert "“as declared” against “did not contribute”" in labels
    other = next(row for row in made.rows if "S3" in row[0].text)
    assert "not resolved by the draws" in [cell.text for cell in other]


def test_a_contribution_that_falls_with_its_rival_says_so():
    made = table(evidence.chapter(view()), "strongest alternative")
    text = " | ".join(cell.text for cell in made.rows[0])
    assert "no longer over 2 %" in text
    assert "25 %" in text
    assert len(made.rows) == 1


def test_without_a_permitted_rate_the_breach_is_not_answered():
    assert "is not answered" in words(evidence.chapter(view()))
    known = [
        rate("source", "S4", "S4", "consistent with declared", permitted_g_s=9.0, probability_over_permit=0.4)
    ]
    made = table(evidence.chapter(view(rates=known)), "permitted rate")
    assert [row[-1].text for row in made.rows] == ["40 %"]


def test_chapter_without_evidence_is_left_out():
    assert not evidence.chapter(View(factory.full_results(), "en", {})).blocks


def test_figure_names_the_bound():
    rows = evidence.told_rates(view(), "SO2")
    shown = [item.get_text() for item in texts(evidence_ratio_figure(rows, pollutant="SO2"))]
    assert "above declared: ≥ 1.4×" in shown
    empty = [item.get_text() for item in texts(evidence_ratio_figure(rows.head(0), pollutant="SO2"))]
    assert "no attribution to sources" in empty
