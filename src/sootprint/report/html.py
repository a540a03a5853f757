"""One HTML page that holds everything: style, script and pictures; it loads nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from sootprint.report.blocks import Chapter
from sootprint.report.chapters.answer import synthetic_text
from sootprint.report.view import View

ROWS_SHOWN = 500
"""Rows of a table on the page; the package holds all."""

FILTER_FROM = 12
"""Rows from which a table gets a field to filter it."""


def render_html(view: View, chapters: Sequence[Chapter], folder: Path) -> str:
    """Page of the document.

    Text from files is escaped by the template; the content-security policy lets only this page's own script
    run, known by its hash. Pictures are embedded as ``data:`` images, in which scripts do not run.
    """
    import jinja2

    style, script = _part("report.css"), _part("report.js")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sootprint.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["_"] = view.gettext
    return environment.get_template("report.html.jinja").render(
        view=view,
        case=view.results.case,
        chapters=[_with_pictures(chapter.plain(), folder) for chapter in chapters],
        head=heading(view),
        style=style,
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        rows_shown=ROWS_SHOWN,
        filter_from=FILTER_FROM,
    )


def heading(view: View) -> dict[str, Any]:
    """Title, subtitle and banner that both renderings carry."""
    _ = view.gettext
    case = view.results.case
    start, end = view.results.period
    pollutants = ", ".join(view.text(item) for item in case.get("pollutants", ()))
    return {
        "title": view.text(case["title"]),
        "kind": _("Findings on the quality of the air"),
        "place": view.text(case["place"]),
        "period": _("%(start)s to %(end)s, clock of %(zone)s")
        % {"start": view.local(start), "end": view.local(end), "zone": case["zone"]},
        "pollutants": pollutants,
        "run": _("fingerprint of the results: %(hash)s") % {"hash": view.text(case["run_id"])}
        if case.get("run_id")
        else "",
        "banner": _("SYNTHETIC CITY") if view.results.synthetic else "",
        "banner_text": synthetic_text(view) if view.results.synthetic else "",
        "contents": _("Contents"),
        "page_of": _("page %(page)s of %(pages)s"),
        "figure": _("Figure"),
        "table": _("Table"),
        "words": _(
            "Words: “modelled contribution” is what the model gives a source; “support for” and "
            "“consistent with” "
            "say how well a statement fits the readings. None of them is a statement of guilt."
        ),
        "rows": _("%(shown)s of %(total)s rows are shown; all of them are in the package ro-crate.zip."),
        "english": _("Sentences in italics come from the computation and are in English."),
    }


def _part(name: str) -> str:
    return (resources.files("sootprint.report") / "templates" / name).read_text(encoding="utf-8")


def _with_pictures(chapter: dict[str, Any], folder: Path) -> dict[str, Any]:
    for block in chapter["blocks"]:
        if block["block"] == "figure":
            data = base64.b64encode((folder / block["file"]).read_bytes()).decode()
            block["source"] = f"data:image/svg+xml;base64,{data}"
    return chapter
