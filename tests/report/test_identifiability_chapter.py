"""Chapter of what the readings could decide: what it says of groups, posts and open sources."""

from __future__ import annotations

from dataclasses import replace

import made_up_results as factory
import pandas as pd
import pytest

from sootprint.report.blocks import Paragraph, Table
from sootprint.report.chapters import identifiability
from sootprint.report.chapters.identifiability_more import parted, where
from sootprint.report.drawing import draw_figures
from sootprint.report.view import View

FULL = factory.full_results()
FIRST, SECOND, THIRD = FULL.table("sources")["source_id"].astype(str).head(3)
RULES = {
    "decidable": 0.5, "group_correlation": -0.4, "group_cosine": 0.7, "prior_spread": 1.2,
    "minimum_wind_m_s": 2.0, "candidate_hours": 480, "candidate_repeat": 3.0,
}  # fmt: skip


def summary_rows():
    periods = [("all", "all")] + [("day", f"2023-11-0{n}") for n in (1, 2)]
    periods += [("sector", name) for name in ("N", "NNE", "NE")]
    return [
        {
            "pollutant": "SO2", "source_id": source, "station_id": "any", "period_kind": kind,
            "period": period, "hours": 24, "hours_seen": 0 if period == "2023-11-02" else seen,
            "share_seen": seen / 24, "hours_told": 1, "share_told": 1 / 24, "hours_weak": 2,
            "hours_upwind": 3, "hours_idle": 0, "hours_no_reading": 1, "hours_light_wind": 5,
            "hours_not_served": 0, "hours_calm": 24 - 6 if period == "2023-11-02" else 2,
        }
        for kind, period in periods
        for source, seen in ((FIRST, 6), (SECOND, 4), (THIRD, 0))
    ]  # fmt: skip


def tables():
    common = {"pollutant": "SO2", "declared_g_s": 10.0, "prior_spread": 1.2, "information": 1.0}
    reasons = {FIRST: "in a group", SECOND: "in a group", THIRD: "seen too weakly"}
    sources = [
        common
        | {
            "source_id": name, "posterior_spread": 0.8, "averaging_kernel": 0.55, "contribution_kernel": 0.7,
            "strongest_correlation": -0.6, "correlated_with": SECOND, "largest_cosine": 0.9,
            "group_id": "E1-SO2" if reason == "in a group" else None, "reason": reason,
            "outcome": "not decidable from these data",
        }
        for name, reason in reasons.items()
    ]  # fmt: skip
    pairs = [
        {"pollutant": "SO2", "source_id": one, "other_id": two, "cosine": cosine, "correlation": -cosine / 2,
         "rate_correlation": 0.0, "group_id": group}
        for one, two, cosine, group in (
            (FIRST, SECOND, 0.9, "E1-SO2"), (FIRST, THIRD, 0.1, None), (SECOND, THIRD, 0.2, None),
        )
    ]  # fmt: skip
    groups = [
        {"group_id": "E1-SO2", "pollutant": "SO2", "members": f"{FIRST}, {SECOND}", "declared_g_s": 20.0,
         "averaging_kernel": 0.7, "contribution_kernel": 0.8, "largest_member_kernel": 0.55,
         "correlation": -0.45, "cosine": 0.9, "outcome": "sum decidable"}
    ]  # fmt: skip
    posts = [
        {"kind": "post", "pollutant": "SO2", "station_id": name, "lon": lon, "lat": 49.95, "rank": rank,
         "gain_alone_nat": gain, "gain_nat": gain if rank else None, "separates": pair, "decides": None}
        for name, lon, rank, gain, pair in (
            ("A1", 82.55, 1, 1.5, f"{FIRST}|{SECOND}"), ("B1", 82.60, None, 0.4, None),
        )
    ]  # fmt: skip
    decide = [
        {"target_kind": "source", "target": THIRD, "pollutant": "SO2", "rank": rank, "observation": kind,
         "place": place, "other_pollutant": other, "variance_fall": fall, "kernel_before": 0.2,
         "kernel_after": 0.9, "decides": fall > 0.8}
        for rank, kind, place, other, fall in (
            (1, "stack_reading", THIRD, None, 0.97), (2, "new_post", "A1", None, 0.4),
            (3, "second_pollutant", None, "NO2", 0.1),
        )
    ]  # fmt: skip
    return {
        "identifiability_sources": factory.made("identifiability_sources", sources),
        "identifiability_pairs": factory.made("identifiability_pairs", pairs),
        "identifiability_groups": factory.made("identifiability_groups", groups),
        "visibility_summary": factory.made("visibility_summary", summary_rows()),
        "next_posts": factory.made("next_posts", posts),
        "deciding_observations": factory.made("deciding_observations", decide),
    }


def view(language: str = "en", *, joined: list[str] | None = None, figures=None) -> View:
    """View of the made-up case, in whose fit the sources ``joined`` are a group."""
    fit = FULL.table("attribution_sources").copy()
    fit["group_id"] = None
    own = fit["source_id"].isin(joined or []) & (fit["pollutant"] == "SO2")
    fit.loc[own, "group_id"] = "G1-SO2"
    given = {**FULL.tables, **tables(), "attribution_sources": factory.made("attribution_sources", fit)}
    return View(replace(FULL, tables=given, rules=RULES), language, figures or {})


def text_of(chapter) -> str:
    made = []
    for block in chapter.blocks:
        if isinstance(block, Table):
            made += [cell.text for row in block.rows for cell in row] + [block.caption, block.note]
        elif isinstance(block, Paragraph):
            made.append(block.text)
    return "\n".join(made)


def test_nothing_is_said_without_an_operator():
    assert not identifiability.chapter(View(FULL, "en")).blocks


@pytest.mark.parametrize(
    ("joined", "said"),
    [
        ([], "not joined"),
        ([FIRST, SECOND], "the same: G1-SO2"),
        ([FIRST, SECOND, THIRD], "within the wider G1-SO2"),
        ([FIRST, THIRD], "The fit joined sources that were not foretold"),
    ],
)
def test_groups_foretold_and_groups_of_the_fit_are_kept_apart(joined, said):
    text = text_of(identifiability.chapter(view(joined=joined)))
    assert said in text
    assert "E1-SO2" in text


def test_what_is_not_decidable_is_said_with_what_would_decide_it():
    text = text_of(identifiability.chapter(view()))
    assert "not decidable from these data: seen too weakly" in text
    assert f"{THIRD}: 3.0 %; would decide" in text
    assert "one in 3.0 was taken" in text
    assert "factor 7" in text


def test_a_group_is_told_in_the_pieces_that_a_post_leaves_of_it():
    assert parted(view(), "SO2", pd.Series([None, f"{FIRST}|{SECOND}"])) == f"E1-SO2: {FIRST} | {SECOND}"
    assert parted(view(), "SO2", pd.Series([None, None])) == ""


def test_a_place_is_told_from_the_nearest_post():
    # 0.05° of longitude at 49.93° N are 3.58 km
    post = FULL.table("stations").iloc[0]
    assert where(view(), post["lon"] - 0.05, post["lat"]) == "3.6 km W of post P1"


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_the_chapter_is_translated(language):
    text = text_of(identifiability.chapter(view(language)))
    for english in ("decidable", "would", "readings", "posts", "group"):
        assert english not in text.replace("E1-SO2", "")


def test_figures_of_the_chapter_are_drawn(tmp_path):
    made = draw_figures(view().results, tmp_path)
    for key in ("visibility:SO2", "kernel:SO2", "likeness:SO2", "next_posts:SO2"):
        assert (tmp_path / made[key]).stat().st_size > 2000
