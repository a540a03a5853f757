"""The Python of the page on norms runs, and its table of forms is complete."""

import re
from pathlib import Path

from sootprint.core import schema

PAGE = Path(__file__).parents[2] / "docs" / "norms.md"


def test_the_page_runs(capsys):
    text = PAGE.read_text(encoding="utf-8")
    names = {}
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(blocks) >= 5
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    shown = capsys.readouterr().out
    assert "KZ-SO2-DAY" in shown
    assert "US-SO2-1H" in shown


def test_the_page_names_every_form_and_column():
    text = PAGE.read_text(encoding="utf-8")
    definition = schema.schema("norms").set_index("column")
    for word in [*definition.loc["form", "allowed"].split("|"), *definition.index]:
        assert f"`{word}`" in text, word
