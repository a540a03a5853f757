"""The documentation is under test: what is not documented does not exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from sootprint.cli.app import app
from sootprint.core import schema

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]


def test_generated_pages_are_as_made():
    made = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "build.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr


@pytest.mark.parametrize("name", schema.table_names())
def test_every_table_column_is_in_the_nomenclature(name):
    page = (ROOT / "docs" / "nomenclature.md").read_text(encoding="utf-8")
    chapter = page.split(f"### {name}\n", 1)[1].split("\n### ", 1)[0]
    for column in schema.columns(name):
        assert f"| `{column}` |" in chapter


@pytest.mark.parametrize("command", sorted(typer.main.get_command(app).commands))
def test_every_command_is_documented_with_its_options(command):
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    chapter = page.split(f"## sootprint {command}\n", 1)[1].split("\n## ", 1)[0]
    for option in typer.main.get_command(app).commands[command].params:
        assert any(text in chapter for text in [*option.opts, str(option.metavar)])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_and_commands_of_a_page_exist(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target
    commands = set(typer.main.get_command(app).commands)
    for block in re.findall(r"```(?:sh|console|bash)\n(.*?)```", text, flags=re.S):
        for used in re.findall(r"^(?:\$ )?(?:uv run )?sootprint ([a-z]+)", block, flags=re.M):
            assert used in commands, used
