"""Markdown of a document's blocks: a text that a person reads, edits and sends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sootprint.report.blocks import Chapter


def markdown(title: str, lines: Sequence[str], chapters: Iterable[Chapter]) -> str:
    """Markdown text of a title, lines below it, and chapters.

    Signs of markup in texts from files are escaped; control characters never reach here (see `View.text`).
    """
    parts = [f"# {_plain(title)}", *(_plain(line) for line in lines if line)]
    for chapter in (item.plain() for item in chapters):
        parts.append(f"## {_plain(chapter['title'])}")
        parts += [text for block in chapter["blocks"] if (text := _block(block))]
    return "\n\n".join(parts) + "\n"


def _block(block: dict[str, Any]) -> str:
    kind = block["block"]
    if kind == "paragraph":
        text = _plain(block["text"])
        return f"**{text}**" if block["lead"] else text
    if kind == "heading":
        return f"### {_plain(block['text'])}"
    if kind == "note":
        return f"> {_plain(block['text'])}"
    if kind == "items":
        return "\n".join(f"- {_plain(entry)}" for entry in block["entries"])
    if kind == "facts":
        return "\n".join(f"- {_plain(name)}: {_plain(value)}" for name, value in block["entries"])
    if kind == "key_numbers":
        return "\n".join(
            f"- **{_plain(name)} = {_plain(value)}** – {_plain(note)}"
            for value, name, note in block["entries"]
        )
    if kind == "figure":
        return f"![{_plain(block['alt'])}]({block['file']})\n\n*{_plain(block['caption'])}*"
    return _table(block)


def _table(block: dict[str, Any]) -> str:
    columns = block["columns"]
    lines = [
        f"**{_plain(block['caption'])}**",
        "",
        _row(column["label"] for column in columns),
        _row(("---:" if column["align"] == "right" else "---" for column in columns), escape=False),
        *(_row(cell["text"] for cell in row) for row in block["rows"]),
    ]
    if block["note"]:
        lines += ["", f"*{_plain(block['note'])}*"]
    return "\n".join(lines)


def _row(cells: Iterable[str], *, escape: bool = True) -> str:
    return "| " + " | ".join(_plain(cell) if escape else cell for cell in cells) + " |"


def _plain(text: str) -> str:
    """Text in which Markdown and HTML find nothing to act on."""
    one_line = " ".join(str(text).split())
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", one_line)
