"""Key numbers of an investigation, for the screen and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sootprint.cli.screen import out, print_table

if TYPE_CHECKING:
    from sootprint.case import Investigation


def outcome(made: Investigation) -> dict[str, Any]:
    """Folder, report, steps and the summary that the report is made of."""
    path = made.folder / "findings.json"
    return {
        "run": made.folder.name,
        "folder": made.folder.resolve(),
        "report": (made.folder / "report.html").resolve(),
        "steps_run": made.ran,
        "steps_reused": [item.step.name for item in made.results if not item.ran],
        "summary": json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None,
    }


def show_outcome(made: Investigation) -> None:
    """Short account of a run and where its report lies."""
    exceedances = made.load("exceedances")
    over = exceedances.loc[exceedances["verdict"] == "exceeded"]
    columns = ["station_id", "pollutant", "norm_id", "n_exceedances", "ratio", "data_capture", "mark"]
    if len(over):
        worst = over.sort_values("ratio", ascending=False, kind="stable").head(10)
        print_table(
            worst[columns], f"Norms exceeded: {len(over)} of {len(exceedances)} comparisons (worst ten)"
        )
    episodes = made.load("episodes")
    if len(episodes):
        columns = [
            "episode_id",
            "time_start",
            "duration_h",
            "kind",
            "peak_station_id",
            "peak_ugm3",
            "peak_ratio",
        ]
        longest = episodes.sort_values("peak_ratio", ascending=False, kind="stable").head(10)
        print_table(longest[columns], f"Episodes: {len(episodes)} (highest ten; times in UTC)")
    names = {name for item in made.results for name in item.artifacts}
    if "inspections" in names:
        columns = ["rank", "source_id", "pollutant", "score", "ratio", "ratio_q05", "ratio_q95", "reason"]
        print_table(made.load("inspections")[columns].head(5), "Whom to inspect first")
    else:
        sectors = made.load("directional_sectors")
        columns = ["station_id", "pollutant", "sector_label", "hours_share", "dose_share", "enrichment"]
        print_table(sectors[columns], "Sectors (no inventory was given: sectors are named, not plants)")
    print_report(made)


def print_report(made: Investigation) -> None:
    """Address of the report."""
    for name in ("report.html", "report.pdf", "ro-crate.zip"):
        path = made.folder / name
        if path.is_file():
            out.print(f"{name:<14} {path.resolve().as_uri()}", highlight=False, soft_wrap=True)
