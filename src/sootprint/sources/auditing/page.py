"""The rules of the audit as a page of Markdown, made from their data files."""

from __future__ import annotations

from sootprint.sources.auditing.rules import GROUPS, expected_pollutants, read_rules, rules

TITLES = {
    "identity": "Identities",
    "plausibility": "Plausibility",
    "copies": "Copied values",
    "balance": "Balances",
    "place": "Places",
    "monitoring": "Stack monitoring",
}

INTRODUCTION = """\
# Audit of a declared inventory

Made by `python -m sootprint.sources.auditing.page` from the data files in `src/sootprint/sources/data`.

`sootprint audit INVENTORY` asks whether the numbers of an inventory fit each other, physics, the fuel
that was burnt and what the stack's own monitor says. A finding names its rule, the value, what the rule
expects, the row of the file, and the document that would resolve it. It is a question to the plant; it
accuses nobody, and an inventory without a finding is not thereby right.

- `error`: the numbers contradict each other, or a law of nature. `warning`: they need an explanation.
  `info`: worth knowing. The exit code is 2 where a finding is an error, else 0.
- A printed number is known to half of its last digit. The expected range comes from the printed digits
  of all numbers of a rule, so rounding is never a finding. A workbook keeps no trailing zeros: among
  numbers with decimals, a whole diameter, velocity or temperature is taken to one decimal. Where a table
  holds no printed text, the shortest decimal form of the number is taken.
- The kind of process of a source is what its column `process` says, else what its name and process say
  in words, else its plant's kind if it declares a substance that indicates that process.
- The mark says how far the numbers of a rule can be trusted: *unverified* values come from general
  knowledge and were not checked against a text.
- Tests of digit frequencies (Benford) are left out: an inventory of a plant has too few numbers of too
  few origins for them.

Optional inputs: `--fuel` (table `fuel_use`), `--balance` (`material_balance`), `--totals`
(`declared_totals`), `--stack-monitoring`, `--ambient` with `--zone`. The tables' columns are in
`nomenclature.md`; a CSV or a workbook with these headings is read. `--limit NAME=VALUE` replaces a
limit.

The coincidence of gaps with high ambient values is tested by shifting the gaps around by whole days, so
that the lengths of gaps and episodes and the hour of the day stay as they are. A small chance is no
proof: weather, season and shutdowns may move both. Each finding says how many series were tested; it is
a warning only where the chance is below 0.05 divided by that number.
"""


def rules_page() -> str:
    """Markdown page of rules, limits, ranges, substances and factors, each with source and mark."""
    lines = [INTRODUCTION]
    for group in GROUPS:
        lines += [
            f"## {TITLES[group]}",
            "",
            *_head("code", "severity", "rule", "source", "mark", "resolved by"),
        ]
        for rule in rules().values():
            if rule.group == group:
                lines.append(
                    _row(f"`{rule.code}`", rule.severity, rule.rule, rule.source, rule.mark, rule.document)
                )
        lines.append("")
    for name, title in (
        ("audit_limits", "Limits"),
        ("audit_ranges", "Plausible ranges"),
        ("fuel_factors", "Fuels"),
        ("monitoring_uncertainty", "Uncertainty of a monitored value"),
    ):
        table = read_rules(name)
        lines += [f"## {title}", "", *_head(*(column.replace("_", " ") for column in table.columns))]
        lines += [_row(*row) for row in table.itertuples(index=False)]
        lines.append("")
    lines += ["## Substances that a process emits", ""]
    lines += _head("process", "substance (any one)", "declared by", "source", "mark")
    for item in expected_pollutants():
        every = "each source" if item.level == "source" else "the plant"
        lines.append(_row(item.process, ", ".join(item.pollutants), every, item.source, item.mark))
    lines += ["", "## Words that tell a process", ""]
    table = read_rules("process_words")
    lines += _head("process", "combustion", "kind of plant", "indicated by", "what it is")
    for row in table.to_dict("records"):
        cells = (row["process"], row["combustion"], row["facility_kind"], row["indicator"], row["note"])
        lines.append(_row(*(str(cell).replace("|", ", ") for cell in cells)))
    return "\n".join(lines) + "\n"


def _head(*names: str) -> list[str]:
    return [_row(*names), "|" + "---|" * len(names)]


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    import sys

    sys.stdout.write(rules_page())
