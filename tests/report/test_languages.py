"""Catalogues: every text of a document has a Russian and a Kazakh translation with the same fields."""

from __future__ import annotations

import re
from importlib import resources

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from sootprint.core.errors import ConfigError
from sootprint.report.languages import catalogue, catalogue_files, translator
from sootprint.report.view import View

ROOM = resources.files("sootprint.report")


def messages() -> list[str]:
    found = extract_from_dir(
        str(ROOM),
        [("figures/**.py", "ignore"), ("**.py", "python"), ("**.jinja", "jinja2.ext:babel_extract")],
        keywords={"_": None},
    )
    return sorted({str(message) for _file, _line, message, _comments, _context in found})


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_every_text_is_translated(language):
    texts = catalogue(language)._catalog  # type: ignore[attr-defined]
    missing = [message for message in messages() if not texts.get(message)]
    assert not missing
    assert len(messages()) > 250


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_every_label_of_a_figure_is_translated(language):
    files = [item for item in (ROOM / "figures").iterdir() if item.name.endswith(".py")]
    calls = re.compile(r"""\btr\((?:"([^"]+)"|'([^']+)')\)""")
    found = {a or b for file in files for a, b in calls.findall(file.read_text(encoding="utf-8"))}
    texts = catalogue(language)._catalog  # type: ignore[attr-defined]
    labels = {label.encode().decode("unicode_escape") if "\\" in label else label for label in found}
    assert not sorted(label for label in labels if label not in texts)
    assert len(labels) > 40


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_translations_keep_the_fields(language):
    _ = translator(language)
    fields = re.compile(r"%\((\w+)\)s|%\((\w+)\)d|(%%)")
    for message in messages():
        assert sorted(fields.findall(message)) == sorted(fields.findall(_(message))), message


def test_kazakh_is_no_copy_of_russian():
    same = [m for m in messages() if translator("kk")(m) == translator("ru")(m)]
    assert len(same) < 0.06 * len(messages()), same


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_no_text_is_translated_twice(language):
    seen: dict[str, str] = {}
    for path in catalogue_files(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    assert message.id not in seen, f"{message.id!r} in {seen.get(message.id)} and {path.name}"
                    seen[message.id] = path.name


def test_unknown_language_is_refused():
    with pytest.raises(ConfigError, match="'de'"):
        catalogue("de")


def test_numbers_follow_the_language():
    import made_up_results as factory

    results = factory.full_results()
    assert View(results, "en").interval(0.5, 0.25, 1.25) == "0.50 (0.25–1.2)"
    assert View(results, "kk").interval(0.5, 0.25, 1.25) == "0,50 (0,25–1,2)"
    assert View(results, "kk").pollutant("SO2") == "күкірт диоксиді (SO2)"
