"""Makes the pages of the documentation that are generated, or checks that they are as made.

``python docs/build.py`` writes ``docs/nomenclature.md``, ``docs/cli.md`` and ``docs/findings.md``;
``python docs/build.py --check`` exits with 1 and names the page where one is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer

from sootprint.case import KINDS
from sootprint.case.config import TEMPLATE
from sootprint.cli.app import app
from sootprint.core import schema
from sootprint.core.pollutants import pollutant_table
from sootprint.core.units import MASS_UNITS, MIXING_RATIO_UNITS, RATE_UNITS

FOLDER = Path(__file__).parent

SYMBOLS = """\
| symbol | meaning | unit |
|---|---|---|
| C | mass concentration in air | µg m⁻³ |
| H(t, r, k) | source–receptor operator: concentration at r in hour t for a unit emission of k | s m⁻³ |
| Q, x | emission rate | g s⁻¹ |
| a(t, k) | activity: emission of the hour over the mean emission | 1 |
| b(t, r) | background concentration | µg m⁻³ |
| e | what the model leaves unexplained | µg m⁻³ |
| η | lasting dispersion error of a source (natural logarithm) | 1 |
| u | wind speed | m s⁻¹ |
| u* | friction velocity | m s⁻¹ |
| L | Obukhov length | m |
| h | mixing height | m |
| σy, σz | standard deviations of the plume across and up | m |
| σv, σw | standard deviations of the crosswind and the vertical wind | m s⁻¹ |
| Δh | plume rise | m |
| F | buoyancy flux | m⁴ s⁻³ |
| AK | averaging kernel: share of an answer that comes from the data | 1 |
| CPF | conditional probability function | 1 |
"""


def nomenclature() -> str:
    """Page of names, units and symbols."""
    parts = [
        "# Nomenclature: names, units, symbols",
        "This page is the law for names. Its tables are made from `src/sootprint/core/schemas/*.csv` and "
        "`src/sootprint/core/data/pollutants.csv` by `python docs/build.py`; a column that is not here does "
        "not exist.",
        "## Conventions\n\n"
        "- Units are SI, except concentrations in µg m⁻³, emissions in g s⁻¹ and declared totals in t yr⁻¹. "
        "A year of a declared total has 365 days.\n"
        "- Times are UTC without a zone, the beginning of an interval; the length is `duration_s`. The zone "
        "of a case is an IANA name, used for reading files and for showing.\n"
        "- Wind direction is where the wind comes from, degrees clockwise from north.\n"
        "- Coordinates are WGS84 at the boundary, metres of the projected CRS of the case inside.\n"
        "- Intervals are 90 %: columns `…_q05` and `…_q95`.\n"
        "- `mark` says how far a value was checked: `verified`, `secondary` (read in another's copy), "
        "`assumed`, `unverified` (general knowledge, written [R] in the reference texts).\n"
        "- Tables of a run named `TABLE@FILE` hold the rows of one file; `meteorology` has the columns of "
        "`weather`, `scorecard_calm_plume` those of `scorecard_calm`; `read_findings`, `weather_findings`, "
        "`attribution_findings`, `unknown_findings` and `terrain_findings` those of `findings`.\n"
        f"- Kinds of evidence: {', '.join(KINDS)}. `truth` is the known truth of a synthetic case; no step "
        "but the scorecard reads it.",
        "## Symbols\n\n" + SYMBOLS.strip(),
        "## Units understood on reading\n\n"
        f"Concentrations: {', '.join([*MASS_UNITS, *MIXING_RATIO_UNITS])}. "
        f"Emissions: {', '.join(RATE_UNITS)}. Mixing ratios need a stated reference temperature.",
        "## Pollutants\n\n" + _pollutants(),
        "## Tables\n\n" + "\n\n".join(_table(name) for name in schema.table_names()),
    ]
    return "\n\n".join(parts) + "\n"


def _pollutants() -> str:
    rows = ["| identifier | name | molar mass [g mol⁻¹] | code in the legal inventory |", "|---|---|---|---|"]
    for name, row in pollutant_table().iterrows():
        mass = f"{row['molar_mass_g_mol']:g}" if row["molar_mass_g_mol"] == row["molar_mass_g_mol"] else ""
        rows.append(f"| `{name}` | {row['name_en']} | {mass} | {row['kz_code']} |")
    return "\n".join(rows)


def _table(name: str) -> str:
    rows = [f"### {name}", "", "| column | type | unit | required | rule | meaning |"]
    rows.append("|---|---|---|---|---|---|")
    for row in schema.schema(name).itertuples():
        limits = [f"≥ {row.minimum}" * bool(row.minimum), f"≤ {row.maximum}" * bool(row.maximum)]
        allowed = row.allowed.replace("|", ", ")
        rule = "; ".join(filter(None, [*limits, allowed]))
        cells = [f"`{row.column}`", row.type, row.unit, row.required, rule, row.description]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def command_line() -> str:
    """Page of the commands: the help of each, as printed."""
    group = typer.main.get_command(app)
    parts = ["# Command line", "Made by `python docs/build.py` from the help of each command."]
    parts.append(_help(group, "sootprint"))
    for name, command in group.commands.items():
        parts.append(f"## sootprint {name}\n\n" + _help(command, f"sootprint {name}"))
    parts.append("## case.toml\n\nThe settings of a new case:\n\n```toml\n" + TEMPLATE + "```")
    return "\n\n".join(parts) + "\n"


def _help(command: Any, name: str) -> str:
    context = command.make_context(name, [], resilient_parsing=True)
    context.max_content_width = context.terminal_width = 100
    return "```text\n" + command.get_help(context) + "\n```"


def codes() -> str:
    """Page of the codes of findings: severity, rule and cure of each."""
    from sootprint.attribution.diagnostics import codes as diagnostics
    from sootprint.monitors.readers import codes as monitors
    from sootprint.sources.readers import codes as sources
    from sootprint.sources.stack_monitoring import codes as stack_monitoring
    from sootprint.weather.readers import codes as weather

    parts = ["# Findings about data", "Made by `python docs/build.py` from the readers' tables of codes."]
    rooms = {
        "Observations and complaints": monitors,
        "Weather": weather,
        "Sources": sources,
        "Stack monitoring": stack_monitoring,
        "Checks of the attribution": diagnostics,
    }
    for title, module in rooms.items():
        rows = [f"## {title}", "", "| code | severity | rule | cure |", "|---|---|---|---|"]
        rows += [f"| `{code}` | {' | '.join(text)} |" for code, text in module.CODES.items()]
        parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"


PAGES = {"nomenclature.md": nomenclature, "cli.md": command_line, "findings.md": codes}
"""Generated pages and what makes them."""


def main(check: bool) -> int:
    """Write the pages, or compare them; 1 where one differs."""
    stale = []
    for name, make in PAGES.items():
        path = FOLDER / name
        text = make()
        if check:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.stderr.write(f"out of date: {', '.join(stale)}; run python docs/build.py\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
