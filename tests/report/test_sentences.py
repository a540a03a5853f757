"""Sentences made from columns, sentences of other rooms said again, and what a report says of its gaps."""

from __future__ import annotations

import made_up_results as factory
import pandas as pd
import pytest

from sootprint.report import Results
from sootprint.report.blocks import Items, KeyNumbers, Note, Paragraph, Table
from sootprint.report.chapters import answer, contributions, episodes, inputs, limits, scorecard
from sootprint.report.drawing import direction_pairs, scenarios_drawn
from sootprint.report.sentences import episode_weather, inspection_reason, said, sector_statement
from sootprint.report.step import engine_record
from sootprint.report.view import View
from sootprint.report.words import norm_text

FULL = factory.full_results()


def view(language: str = "en", **tables: pd.DataFrame) -> View:
    return View(Results(case=FULL.case, tables={**FULL.tables, **tables}), language)


def text_of(blocks: object) -> str:
    made: list[str] = []
    for block in blocks:  # type: ignore[attr-defined]
        if isinstance(block, (Paragraph, Note)):
            made.append(block.text)
        elif isinstance(block, Items):
            made += block.entries
        elif isinstance(block, Table):
            made += [block.caption, block.note, *(cell.text for row in block.rows for cell in row)]
        elif isinstance(block, KeyNumbers):
            made += [" ".join(entry) for entry in block.entries]
    return "\n".join(made)


KNOWN = [
    "period shorter than a year; data capture of 83 % is under 90 %; the limit applies from 2030-01-01",
    "hourly mean set against a 20–30 min norm: can only understate",
    "19:00–09:00 local time, wind from ENE (60°), 0.5–0.8 m/s",
    "PM2.5 about 6.6 µg/m³ over the upwind value (1.09–24.5 from the rate alone) at 1.4 km downwind, "
    "wind 0.6 m/s from ENE",
    "CO about 18 µg/m³ over the upwind value if it emits as declared, within 9–36 in half of the hours at "
    "950 m downwind, wind 0.6 m/s from ESE",
    "the engine places no point for this wind; sample upwind and downwind of the fence",
]


@pytest.mark.parametrize("sentence", KNOWN)
@pytest.mark.parametrize("language", ["ru", "kk"])
def test_sentences_of_other_rooms_are_said_in_the_readers_language(sentence, language):
    cell = said(view(language), sentence)
    assert not cell.foreign
    assert "downwind" not in cell.text
    assert "wind from" not in cell.text
    assert any("а" <= sign <= "я" for sign in cell.text)
    assert said(view("en"), sentence).text == sentence


def test_an_unknown_sentence_stays_english_and_is_marked():
    cell = said(view("ru"), "something new under the sun")
    assert cell.foreign
    assert cell.text == "something new under the sun"


def test_powers_of_ten_of_a_sample_are_written_out():
    assert said(view(), "SO2 about 2.11e+03 µg/m³").text == "SO2 about 2110 µg/m³"


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_sentences_are_made_from_the_columns(language):
    seen = view(language)
    row = next(seen.table("episodes").itertuples(index=False))
    made = episode_weather(seen, row)
    assert row.episode_id in made
    assert seen.percent(row.calm_share) in made
    sector = next(seen.table("directional_sectors").itertuples(index=False))
    assert seen.percent(sector.dose_share) in sector_statement(seen, sector)
    visit = next(seen.table("inspections").itertuples(index=False))
    assert seen.interval(visit.ratio, visit.ratio_q05, visit.ratio_q95) in inspection_reason(seen, visit)


def test_norms_are_named_in_the_readers_language():
    ru = view("ru").gettext
    assert norm_text("SO2 EU 2008 1-hour mean", ru) == "SO2 EU 2008 среднее за 1 ч"
    assert norm_text("a label of one's own", ru) == "a label of one's own"


def attributed(served: int, total: int) -> pd.DataFrame:
    rows = [
        ("E1", "source", "S1", 40.0, 0.4),
        ("E1", "unexplained", pd.NA, 60.0, 0.6),
        ("E1", "observed", pd.NA, 100.0, 1.0),
    ]
    return pd.DataFrame(
        [
            {
                "episode_id": episode, "pollutant": "SO2", "station_id": "all", "component": component,
                "source_id": source, "contribution_ugm3": value, "q05_ugm3": 0.5 * value,
                "q95_ugm3": 1.5 * value, "share": share, "share_q05": 0.5 * share, "share_q95": 1.5 * share,
                "hours_served": served, "hours_total": total,
            }
            for episode, component, source, value, share in rows
        ]
    )  # fmt: skip


def test_an_episode_with_few_served_hours_is_not_attributed():
    few = view(attribution_episodes=attributed(2, 10))
    text = text_of(contributions.chapter(few).blocks)
    assert "mostly calm: not attributable with this engine" in text
    assert "2 / 10" in text
    assert "S1" not in [line.split(" ")[0] for line in text.split("\n") if "%" in line]
    enough = text_of(contributions.chapter(view(attribution_episodes=attributed(5, 10))).blocks)
    assert "mostly calm" not in enough
    assert "5 / 10" in enough
    assert "20 %" in text_of(limits.chapter(few).blocks)


def stagnation(share: float) -> pd.DataFrame:
    hours = 1000
    return pd.DataFrame(
        {
            "time_start": pd.date_range("2024-11-01", periods=hours, freq="h"),
            "hours_since_ventilated": [float(hour) for hour in range(hours)],
            "stagnant": pd.array([hour < share * hours for hour in range(hours)], dtype="boolean"),
        }
    )


def test_a_rule_that_nearly_always_holds_is_not_leaned_on():
    much, little = view(stagnation=stagnation(0.91)), view(stagnation=stagnation(0.5))
    assert "holds nearly always here" in text_of(episodes.chapter(much).blocks)
    assert "hardly tells one hour from another" in text_of(answer.chapter(much).blocks)
    assert "holds nearly always here" not in text_of(episodes.chapter(little).blocks)
    assert "in stagnant air" in text_of(answer.chapter(little).blocks)


def test_long_lists_show_the_largest_episodes_and_name_the_rest():
    one = FULL.tables["episodes"].head(1)
    many = pd.concat([one.assign(episode_id=f"X-{n:03d}", peak_ratio=float(n)) for n in range(1, 41)])
    table = next(block for block in episodes.chapter(view(episodes=many)).blocks if isinstance(block, Table))
    assert [row[0].text for row in table.rows] == [f"X-{n:03d}" for n in range(40, 25, -1)]
    assert table.note.startswith("15 of 40 rows")


def test_groups_show_their_sum_and_the_number_that_shows_them():
    groups = pd.DataFrame(
        {
            "group_id": ["G1-SO2"], "pollutant": ["SO2"], "members": ["S1, S2"], "declared_g_s": [111.0],
            "inferred_g_s": [434.0], "inferred_q05_g_s": [105.0], "inferred_q95_g_s": [1050.0],
            "correlation": [-0.75],
        }
    )  # fmt: skip
    text = text_of(contributions.chapter(view(attribution_groups=groups)).blocks)
    assert "−0.75" in text
    assert "434 (105–1,050)" in text
    assert "cosine" not in text
    assert "Likeness" in text_of(
        contributions.chapter(view(attribution_groups=groups.assign(cosine=0.99))).blocks
    )


def test_scorecard_counts_intervals_that_hold_and_those_that_matter():
    truth = pd.DataFrame(
        {
            "episode_id": "E1", "pollutant": "SO2", "station_id": "all", "component": "source",
            "source_id": ["S1", "S2", "S3", "S4"], "true_ugm3": [40.0, 3.0, 0.1, 0.1],
            "inferred_ugm3": [35.0, 9.0, 0.1, 0.1], "holds": [True, False, True, True],
        }
    )  # fmt: skip
    blocks = scorecard.chapter(view(scorecard_episodes=truth, attribution_episodes=attributed(5, 10))).blocks
    table = [block for block in blocks if isinstance(block, Table)][-1]
    assert [cell.text for cell in table.rows[-1]] == ["all", "4", "75 %", "2", "50 %"]


def test_commands_name_no_hash():
    text = text_of(inputs.chapter(view()).blocks)
    assert "sootprint rerun CASE RUN" in text
    assert "run-0001" not in text


def test_engine_is_named_in_few_lines():
    made = engine_record(
        {
            "engine": "plume", "version": "0.1.0", "physics": "briggs1973", "inputs_sha256": "ab",
            "hours": '{"served": 1}',
            "options": '{"calm_m_s": 0.5, "assumed": {}, "line_width_m": null, "stable_lid": true}',
        }
    )  # fmt: skip
    assert made == {
        "engine": "plume 0.1.0",
        "formulas": "briggs1973",
        "options": "calm_m_s 0.5; stable_lid yes",
        "hash of the engine's inputs": "ab",
    }


def test_a_rose_without_a_calm_row_is_drawn():
    from sootprint.report import figures

    rose = FULL.tables["pollution_rose"]
    rose = rose[rose["sector_deg"].notna()]
    drawn = figures.pollution_rose_figure(rose)
    assert "calm: 0 h" in [axes.get_xlabel() for axes in drawn.axes]


def test_few_figures_are_chosen():
    assert len(direction_pairs(FULL)) <= 2
    drawn = scenarios_drawn(FULL)
    assert len(set(drawn["norm_id"])) == 1
