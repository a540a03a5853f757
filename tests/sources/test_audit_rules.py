"""The data files of the audit: complete, marked, and shown as they are in the documentation."""

import math
from pathlib import Path

import pytest

from sootprint.core.errors import ConfigError
from sootprint.sources.auditing import CHECKS, copies, rules
from sootprint.sources.auditing.page import rules_page

PACKAGE = Path(copies.__file__).parent
DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_shows_the_rules_as_they_are():
    assert (DOCS / "audit.md").read_text(encoding="utf-8") == rules_page()


def test_every_rule_is_used_and_every_code_has_its_rule():
    text = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py"))
    text = text.replace('f"AUD-{kind}-HIGH-AMBIENT"', "AUD-GAPS-HIGH-AMBIENT AUD-FLAT-HIGH-AMBIENT")
    used = {word for word in rules.rules() if f'"{word}"' in text or f"{word} " in text or f" {word}" in text}
    assert used == set(rules.rules())


def test_every_rule_names_its_source_its_mark_and_its_document():
    for rule in rules.rules().values():
        assert rule.rule
        assert rule.source
        assert rule.document
        assert rule.mark in rules.MARKS


def test_ranges_are_ranges_and_name_a_process():
    names = {rules.ANY, *rules.processes()}
    for (process, _), number in rules.ranges().items():
        assert process in names
        assert number.low < number.high
    for (fuel, quantity), number in rules.fuel_factors().items():
        assert number.low <= number.high, (fuel, quantity)
    assert all(math.isfinite(number.high) for number in rules.limits().values())


def test_every_expected_substance_is_known():
    assert len(rules.expected_pollutants()) > 30


def test_a_limit_that_a_person_sets_is_marked_as_assumed():
    made = rules.chosen_limits({"stack_flat": 0.1})["stack_flat"]
    assert (made.high, made.mark) == (0.1, "assumed")
    with pytest.raises(ConfigError):
        rules.chosen_limits({"flat": 0.1})


def test_the_worst_mark():
    assert rules.worst_mark("verified", "unverified", "assumed") == "unverified"
    assert rules.worst_mark("verified", "secondary") == "secondary"


def test_checks_have_their_own_names():
    names = [check.__name__ for check in CHECKS]
    assert len(set(names)) == len(names) == 32


@pytest.mark.parametrize(
    ("words", "process"),
    [
        ("Котел БКЗ-160 на угле, уголь", "coal_boiler"),
        ("Котельная", "boiler"),
        ("Печь Айза, свинцовый завод, плавка", "lead_smelter"),
        ("Обжиг цинковых концентратов", "zinc_roaster"),
        ("Сернокислотный цех", "acid_plant"),
        ("Хлоратор", "titanium_chlorination"),
        ("Дробилка", "crushing"),
        ("Вентиляция сварочного поста", "other"),
        ("Main stack", None),
    ],
)
def test_words_tell_a_process(words, process):
    told = {name for name, kind in rules.processes().items() if kind.words.search(words)}
    assert process in told if process else not told
