"""Inputs with their hashes, the ledger, the software, and how anyone can check all of it."""

from __future__ import annotations

from sootprint.report.blocks import Block, Cell, Chapter, Column, Facts, Heading, Items, Paragraph
from sootprint.report.numbers import is_number
from sootprint.report.view import View, count_cell, make_table


def chapter(view: View) -> Chapter:
    """Chapter of the inputs."""
    _ = view.gettext
    results = view.results
    blocks: list[Block] = []
    if results.evidence:
        rows = [
            [
                Cell(view.text(item.get("file"))),
                Cell(view.word(item.get("kind"))),
                count_cell(view, item.get("bytes")),
                Cell(_added(view, item.get("added"))),
                Cell(view.text(item.get("by"))),
                Cell(view.text(item.get("sha256")), code=True),
            ]
            for item in sorted(results.evidence, key=lambda item: str(item.get("file")))
        ]
        blocks.append(
            make_table(
                _("Files as received"),
                [
                    Column(_("File"), width=2),
                    Column(_("kind"), width=1.1),
                    Column(_("bytes"), "right", 0.9),
                    Column(_("received"), width=1.2),
                    Column(_("from"), width=1.2),
                    Column("SHA-256", width=3.2),
                ],
                rows,
                note=_("A file is what it was when it came in if its SHA-256 is the one printed here."),
                paper_rows=len(rows),
            )
        )
    else:
        blocks.append(Paragraph(_("No list of input files was given to this report.")))
    blocks += [Heading(_("Ledger and software")), Facts(_facts(view))]
    blocks += [Heading(_("How to check this document")), Items(_checks(view))]
    return Chapter("inputs", _("Inputs, and how to check them"), blocks)


def _added(view: View, value: object) -> str:
    text = view.text(value)
    return text.replace("T", " ")[:16] if len(text) >= 16 and text[10:11] == "T" else text


def _facts(view: View) -> list[tuple[str, str]]:
    _ = view.gettext
    results = view.results
    made = []
    if results.case.get("run_id"):
        made.append((_("Fingerprint of the results"), view.text(results.case["run_id"])))
    if results.ledger.get("head"):
        made.append((_("Head of the ledger"), view.text(results.ledger["head"])))
    if is_number(results.ledger.get("entries")):
        made.append((_("Entries in the ledger"), view.count(results.ledger["entries"])))
    if results.case.get("seed") is not None:
        made.append((_("Seed of the random numbers"), view.text(results.case["seed"])))
    made += [(view.text(name), view.text(version)) for name, version in sorted(results.versions.items())]
    return made


def _checks(view: View) -> list[str]:
    _ = view.gettext
    return [
        _("%(command)s recomputes the hash of every file and the chain of the ledger.")
        % {"command": "sootprint verify CASE"},
        _("%(command)s computes the run again from the same files and compares every number.")
        % {"command": "sootprint rerun CASE RUN"},
        _(
            "CASE is the folder of the case; RUN is the name of the folder in CASE/runs that holds this "
            "document, as in 0001."
        ),
        _("The package ro-crate.zip holds this document, its tables and the hashes of all files."),
    ]
