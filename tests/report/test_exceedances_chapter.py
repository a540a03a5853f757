"""Chapter of the norms: units as stated, marks, years, and what is not counted as an exceeded limit."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import string

import made_up_results as factory
import numpy as np
import pandas as pd
import pytest

from sootprint.core import schema
from sootprint.monitors import exceedances as assessing
from sootprint.monitors import h2s_quality, norm_series
from sootprint.norms import load
from sootprint.report import Results
from sootprint.report.blocks import KeyNumbers, Paragraph, Table
from sootprint.report.chapters import answer, exceedances
from sootprint.report.compared import counted, limit_cell, value_cell
from sootprint.report.figures import place
from sootprint.report.figures.series import norms_drawn
from sootprint.report.languages import translator
from sootprint.report.sentences import said
from sootprint.report.view import View
from sootprint.report.words import norm_text

FULL = factory.full_results()

LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
NAMES = {"H2S", "SO2"}


def view(language: str = "en", **tables: pd.DataFrame) -> View:
    return View(Results(case=FULL.case, tables={**FULL.tables, **tables}), language)


def understood(text: str, language: str) -> None:
    """A sentence that is known, with no English word and no field left in it."""
    cell = said(view(language), text)
    assert not cell.foreign, text
    assert "%" not in re.sub(r"\d %", "", cell.text), cell.text
    words = set(re.findall(r"[A-Za-z][A-Za-z0-9]+", cell.text)) - NAMES
    assert not words, (text, cell.text)


# Reasons, from the source of the rooms that write them

WRITERS = {
    norm_series: ("choose",),
    assessing: ("_verdict", "_low_capture", "_force"),
    h2s_quality: ("_row", "_verdict", "_statement"),
}

CLOSED = {
    word
    for row in schema.schema("exceedances").itertuples()
    if row.column in {"verdict", "in_force"}
    for word in row.allowed.split("|")
}
"""Words of the closed vocabularies that the functions give beside their sentences."""

SAMPLES = {
    "count": ["one", "two", "0", "4"],
    "stated": ["not stated", "automatic", "manual", "low_cost", "reference", "mobile"],
    "since": ["2030-01-01"],
    "until": ["2024-05-05"],
}
"""Values of names that the function takes from elsewhere."""

NUMBER = "17"


def templates(node: ast.AST) -> list[ast.expr]:
    """Texts under a node that may be shown: no keys, no compared words, no docstrings."""
    if isinstance(node, ast.JoinedStr):
        return [node]
    if isinstance(node, ast.Constant):
        return [node] if isinstance(node.value, str) else []
    if isinstance(node, ast.Dict):
        return [text for value in node.values for text in templates(value)]
    if isinstance(node, ast.Subscript):
        return templates(node.value)
    if isinstance(node, ast.Compare) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        return []
    return [text for child in ast.iter_child_nodes(node) for text in templates(child)]


def forms_of(text: ast.expr, fragments: dict[str, list[str]]) -> list[str]:
    """Texts that an f-string can make, with a sample in the place of each value."""
    if isinstance(text, ast.Constant):
        return [str(text.value)]
    assert isinstance(text, ast.JoinedStr)
    parts: list[list[str]] = []
    for value in text.values:
        if isinstance(value, ast.Constant):
            parts.append([str(value.value)])
            continue
        assert isinstance(value, ast.FormattedValue)
        name = ast.unparse(value.value)
        parts.append(SAMPLES.get(name) or fragments.get(name) or [NUMBER])
    return ["".join(made) for made in itertools.product(*parts)]


def sentences_of(function: ast.FunctionDef) -> set[str]:
    """Sentences that a function can give."""
    used = {
        ast.unparse(node.value)
        for node in ast.walk(function)
        if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Name)
    }
    fragments: dict[str, list[str]] = {}
    inner: set[int] = set()
    for node in ast.walk(function):
        targets = node.targets if isinstance(node, ast.Assign) else []
        pairs = [
            (target.id, value)
            for target in targets
            for target, value in (
                zip(target.elts, node.value.elts, strict=True)
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
                else [(target, node.value)]
            )
            if isinstance(target, ast.Name)
        ]
        for name, value in pairs:
            if name in used:
                own = templates(value)
                inner |= {id(text) for text in own}
                fragments.setdefault(name, []).extend(made for text in own for made in forms_of(text, {}))
    whole = [text for statement in function.body for text in templates(statement) if id(text) not in inner]
    made = {form for text in whole for form in forms_of(text, fragments)} - CLOSED
    return {text for text in made if " " in text.strip() and any(sign.isalpha() for sign in text)}


def collected() -> list[str]:
    made: set[str] = set()
    for module, names in WRITERS.items():
        tree = ast.parse(inspect.getsource(module))
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for name in names:
            made |= sentences_of(functions[name])
    return sorted(made)


def test_the_reasons_are_found_in_the_code():
    found = "\n".join(collected())
    for part in (
        "in a quarter", "in the summer months", "on average over the years", "statistic is of two",
        "min mean set against a", "hourly mean set against a", "longer than the averaging time",
        "the limit applied to", "is low_cost", "no interference at once", "no valid interval",
        "a running mean needs", "not decided by these data",
    ):  # fmt: skip
        assert part in found, part


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_every_reason_in_the_code_is_said_in_the_readers_language(language):
    for text in collected():
        understood(text, language)


def readings(hours: float, days: int, share: float) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    n = round(days * 24 / hours)
    time = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.arange(n) * hours, unit="h")
    parts = [
        pd.DataFrame(
            {
                "time_start": time, "value_ugm3": rng.lognormal(4, 1, n), "station_id": "P1",
                "pollutant": pollutant, "duration_s": hours * 3600, "flag": "valid",
                "source_file": "made.csv", "source_row": np.arange(n) + 2,
            }
        )[rng.random(n) < share]
        for pollutant in sorted(load(kinds=None)["pollutant"].unique())
    ]  # fmt: skip
    return schema.coerce(pd.concat(parts, ignore_index=True), "observations")


@pytest.mark.parametrize(("hours", "days", "share"), [(1.0, 60, 0.7), (0.25, 8, 1.0), (8.0, 400, 0.6)])
def test_every_reason_of_a_run_is_said_in_the_readers_language(hours, days, share):
    rows, _hours = assessing.assess(readings(hours, days, share), load(kinds=None), zone="UTC")
    found = sorted(rows["reason"].dropna().unique())
    assert len(found) > 4
    for text in found:
        for language in ("ru", "kk"):
            understood(text, language)


# Labels


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_every_label_of_a_norm_is_translated(language):
    for norm in load(kinds=None).itertuples():
        made = norm_text(norm.label, translator(language))
        head = re.sub(rf"^(.+?) {norm.jurisdiction}( \d{{4}})? ", "", made)
        assert head != made, made
        assert not LATIN_WORD.search(head), made
        assert any("а" <= sign <= "я" for sign in head), made
        name = made.split(f" {norm.jurisdiction}")[0]
        assert name == norm.pollutant or any("а" <= sign <= "я" for sign in name), made


def test_labels_keep_their_remark_and_what_is_unknown():
    ru = translator("ru")
    assert norm_text("SO2 EU 2008 1-hour mean (alert)", ru) == "SO2 EU 2008 среднее за 1 ч (тревога)"
    assert norm_text("Pb US rolling 3-month mean", ru) == "Pb US скользящее среднее за 3 мес."
    assert norm_text("PM2.5 US annual mean (2012)", ru) == "PM2.5 US среднее за год (2012)"
    assert norm_text("PM10 EU annual mean (of one's own)", ru) == "PM10 EU annual mean (of one's own)"
    labels = load(kinds=None)["label"]
    kept = [norm_text(label, translator("en")) for label in labels]
    changed = {a for a, b in zip(labels, kept, strict=True) if a != b}
    assert all("(secondary)" in label or label.startswith("dust_") for label in changed)


# The chapter


def comparisons(blocks: object) -> list[Table]:
    return [block for block in blocks if isinstance(block, Table) and len(block.columns) == 11]  # type: ignore[attr-defined]


def row_of(table: Table, label: str) -> list[str]:
    return next(
        [cell.text.replace("\xa0", " ") for cell in row] for row in table.rows if label in row[1].text
    )


def test_values_stand_in_the_unit_of_the_norm_with_years_and_marks():
    limits, apart = comparisons(exceedances.chapter(view()).blocks)
    assert row_of(limits, "US daily largest")[2:5] == ["2021–2023: 2 of 3", "81 ppb", "75 ppb"]
    assert row_of(limits, "US daily largest")[7:] == [
        "92 % (61 %)", "not assessable", "verified", "unverified",
    ]  # fmt: skip
    assert row_of(limits, "KZ MPC single")[4] in {"0.5 mg m⁻³", "0.16 mg m⁻³"}
    assert row_of(limits, "KZ MPC daily")[9] == "unverified"
    assert row_of(apart, "(target)")[3:5] == ["30.3 days a year", "25 days a year over 120 µg m⁻³"]
    assert "norm not in force" in row_of(apart, "EU 2024")[8]


def test_a_value_that_is_over_never_reads_as_the_limit():
    _limits, apart = comparisons(exceedances.chapter(view()).blocks)
    assert row_of(apart, "EU 2024")[3:5] == ["350.04 µg m⁻³", "350 µg m⁻³"]


def test_targets_thresholds_and_norms_not_in_force_have_their_own_tables():
    limits, apart = comparisons(exceedances.chapter(view()).blocks)
    assert {row[1].text.split(" ", 1)[1] for row in apart.rows} == {
        "EU 2008 1-hour mean (alert)", "EU 2024 1-hour mean", "EU 2008 daily largest 8-hour mean (target)",
    }  # fmt: skip
    assert len(limits.rows) + len(apart.rows) == len(FULL.tables["exceedances"])
    kinds = next(
        block for block in exceedances.chapter(view()).blocks
        if isinstance(block, Table) and block.columns[1].label == "kind"
    )  # fmt: skip
    assert {row[1].text for row in kinds.rows} == {"alert threshold", "limit, not in force", "target value"}


def test_the_answer_counts_limits_and_guidelines_only():
    table = FULL.tables["exceedances"]
    own = table[counted(table)]
    assert len(table) - len(own) == 3
    blocks = answer.chapter(view()).blocks
    text = "\n".join(block.text for block in blocks if isinstance(block, Paragraph))
    over = int((own["verdict"] == "exceeded").sum())
    assert f"In {over} of {len(own)} comparisons" in text
    assert "threshold of alert was passed: 1." in text
    strip = next(block for block in blocks if isinstance(block, KeyNumbers))
    assert strip.entries[0][0] == f"{over} / {len(own)}"


def test_thresholds_alone_are_no_exceeded_limit():
    table = FULL.tables["exceedances"]
    only = table[table["kind"] == "alert"]
    seen = view(exceedances=only)
    text = "\n".join(block.text for block in answer.chapter(seen).blocks if isinstance(block, Paragraph))
    assert "the norm was exceeded" not in text
    assert "No limit or guideline that was in force" in text
    assert not place._posts_over(FULL.tables["stations"], only).any()
    assert not [entry for block in answer.chapter(seen).blocks if isinstance(block, KeyNumbers)
                for entry in block.entries if "norm" in entry[1]]  # fmt: skip


def test_guidelines_and_tables_without_kinds_count():
    table = pd.DataFrame({"kind": ["guideline", None, "interim_target", "limit"],
                          "in_force": ["not stated", None, "yes", "no"]})  # fmt: skip
    assert counted(table).tolist() == [True, True, False, False]
    assert counted(pd.DataFrame({"verdict": ["exceeded"]})).tolist() == [True]


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_limits_are_written_as_stated(language):
    every = load(kinds=None)
    seen = view(language, norms=every)
    for norm in every.itertuples():
        row = pd.Series(
            {
                "norm_id": norm.norm_id, "limit_ugm3": norm.limit_ugm3, "statistic_ugm3": np.nan,
                "compared_value": norm.limit_stated, "compared_limit": norm.limit_stated,
                "compared_unit": norm.limit_unit,
            }
        )  # fmt: skip
        shown = limit_cell(seen, row).text.replace("\xa0", " ")
        number, _blank, unit = shown.partition(" ")
        if "×10" not in number:
            assert float(number.replace("\xa0", "").replace(",", "" if language == "en" else ".")) == (
                norm.limit_stated
            )
        assert unit
        assert not set(unit) & set(string.digits)
        assert value_cell(seen, row).text == limit_cell(seen, row).text


def test_old_tables_are_shown_in_micrograms():
    table = FULL.tables["exceedances"].head(1).drop(
        columns=["compared_value", "compared_limit", "compared_unit", "kind", "form", "in_force", "rule_mark",
                 "years_needed", "years_used", "worst_capture"]
    )  # fmt: skip
    seen = view(exceedances=schema.coerce(table, "exceedances"))
    shown = comparisons(exceedances.chapter(seen).blocks)[0].rows[0]
    assert shown[4].text == "500\xa0µg\xa0m⁻³"
    assert shown[9].text == "secondary source"


def test_only_limits_in_force_for_a_day_or_less_are_drawn():
    local = pd.Series(pd.to_datetime(["2023-11-01", "2023-11-10"]))
    drawn = norms_drawn(load(kinds=None), local)
    assert set(drawn["kind"]) == {"limit", "guideline"}
    assert not drawn["norm_id"].str.startswith("EU2024").any()
    assert "US-SO2-3H-SECONDARY" in set(drawn["norm_id"])
    assert not drawn["norm_id"].isin(["WHO-O3-SEASON", "US-Pb-3MONTHS", "WHO-PM2.5-YEAR"]).any()
