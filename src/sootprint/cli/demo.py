"""The demonstration: a synthetic city is made, investigated from its files alone, and the findings scored."""

from __future__ import annotations

import os
import sys
import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sootprint.cli.screen import cell, err, out, print_json, print_table, progress

if TYPE_CHECKING:
    from sootprint.case import Case, Investigation


def demo_settings(seed: int) -> dict[str, object]:
    """Settings of the case of a synthetic city."""
    from sootprint.synthetic import layout

    return {
        "title": f"Synthetic city, seed {seed}: November smog in a basin",
        "synthetic": True,
        "seed": seed,
        "place.name": "synthetic city in the layout of Ust-Kamenogorsk",
        "place.lon": layout.CENTRE_LON,
        "place.lat": layout.CENTRE_LAT,
        "place.zone": layout.ZONE,
        "place.crs": layout.CRS,
        "engine.engine": "particles",
        "engine.particles": {"particles": 64, "memory_h": 15.0, "wind_sigma_m_s": 0.2},
    }


NO_CHECKS = {
    "unknown.search": False,
    "attribution.checks.posts_left_out": 0,
    "attribution.checks.episodes_left_out": 0,
    "attribution.checks.other_priors": False,
}
"""Settings that leave out every refit of the attribution and the search for unknown sources."""


def make_demo_case(folder: Path, seed: int, *, report: bool = True, checks: bool = True) -> Case:
    """Case of a synthetic city: its files made, added as evidence, its truth kept apart as ``truth``.

    Parameters
    ----------
    folder : Path
        Folder of the case.
    seed : int
        Which city.
    report : bool
        Whether the flow ends with the report.
    checks : bool
        Whether the attribution is checked and unknown sources are looked for.
    """
    import sootprint
    from sootprint.case import Case
    from sootprint.synthetic import make_city, write_evidence
    from sootprint.synthetic.promise import promised_cut
    from sootprint.synthetic.truth import write_truth

    city = make_city(seed)
    promise = promised_cut(city)
    settings = demo_settings(seed) | ({"promised_cuts": [promise.setting()]} if promise else {})
    if not checks:
        settings |= NO_CHECKS
    case = sootprint.new_case(folder, settings) if report else Case.create(folder, settings)
    with tempfile.TemporaryDirectory(prefix="sootprint-demo-") as scratch:
        for path, kind, options in write_evidence(city, Path(scratch)):
            case.add(path, kind, options)
        case.add(write_truth(city, Path(scratch) / "truth_synthetic.zip"), "truth")
    return case


def run_demo(folder: Path, seed: int, *, open_report: bool, as_json: bool) -> None:
    """Make, investigate and score one synthetic city; see `sootprint demo --help`."""
    from sootprint.cli.outcome import outcome, print_report

    if not as_json:
        err.print(
            f"SYNTHETIC CITY, seed {seed}: every number is made up; nothing here is about a real plant."
        )
    with err.status("Making the city: its air, its smoke and its files"):
        case = make_demo_case(folder, seed)
    with progress(quiet=as_json) as listener:
        made = case.investigate(listener=listener)
    score = demo_score(made)
    if as_json:
        print_json(outcome(made) | {"synthetic": True, "seed": seed, "score": score} | _score_tables(made))
        return
    _show(made, score, seed)
    print_report(made)
    out.print(f"{'case folder':<14} {case.path.resolve()}", highlight=False, soft_wrap=True)
    if (
        open_report
        and sys.stdout.isatty()
        and (os.environ.get("DISPLAY") or sys.platform in {"darwin", "win32"})
    ):
        webbrowser.open((made.folder / "report.html").resolve().as_uri())


def demo_score(made: Investigation) -> dict[str, float]:
    """Coverage of the 90 % intervals and whether the wrongly declared sources lead the ranking."""
    rates, episodes = made.load("scorecard"), made.load("scorecard_episodes")
    wrong = most_wrongly_declared(rates)
    return {
        "rates": float(len(rates)),
        "rates_held": float(rates["holds"].sum()),
        "contributions": float(len(episodes)),
        "contributions_held": float(episodes["holds"].sum()),
        "wrongly_declared": float(len(wrong)),
        "wrongly_declared_in_first_three": float((wrong <= 3).sum()),
    }


def most_wrongly_declared(scorecard: pd.DataFrame, count: int = 2) -> pd.Series:
    """Rank in the inspections of the sources whose declared rates are farthest from the truth.

    Distance is the mean of |ln(true / declared)| over the pollutants; only sources that were declared wrongly
    on purpose are asked for.
    """
    table = scorecard.loc[scorecard["wrongly_declared"].astype(bool)]
    distance = np.abs(np.log(table["true_g_s"] / table["declared_g_s"])).groupby(table["source_id"]).mean()
    ranks = table.groupby("source_id")["rank"].min()
    return ranks.loc[distance.nlargest(count).index]


def _score_tables(made: Investigation) -> dict[str, pd.DataFrame]:
    names = ("scorecard", "scorecard_episodes", "scorecard_calm", "scorecard_calm_plume")
    return {name: made.load(name) for name in names if _has(made, name)}


def calm_lines(table: pd.DataFrame, pollutant: str) -> list[str]:
    """What the attribution makes of the calm days, in a sentence; none without an episode."""
    rows = table.loc[table["pollutant"] == pollutant].set_index("component")
    if "all" not in rows.index:
        return []
    total, stacks = rows.loc["all"], rows.loc[rows["class"] == "stack"].loc[["class"]].iloc[0]
    said = (
        f"In {total['hours']} calm hours the engine served {total['share_served']:.0%} of the post-hours; "
        f"{total['share_dropped']:.0%} of the true {pollutant} of all sources lay in the others. "
    )
    if not np.isfinite(total["modelled_ugm3"]):
        return [said + "Nothing is said of who contributed."]
    return [
        said
        + f"Stacks made {stacks['true_share']:.0%} of it, {stacks['modelled_share']:.0%} by the model; rank "
        f"correlation of the sources {total['rank_correlation']:.2f}."
    ]


def _has(made: Investigation, name: str) -> bool:
    return any(name in result.artifacts for result in made.results)


def _show(made: Investigation, score: dict[str, float], seed: int) -> None:
    table = made.load("scorecard")
    pollutant = made.load("inspections")["pollutant"].iloc[0]
    table = table.loc[table["pollutant"] == pollutant]
    shown = pd.DataFrame(
        {
            "source": table["source_id"],
            "true": table["true_g_s"],
            "declared": table["declared_g_s"],
            "inferred": table["inferred_g_s"],
            "90 %": [
                f"{cell(low)}–{cell(high)}"
                for low, high in zip(table["inferred_q05_g_s"], table["inferred_q95_g_s"], strict=True)
            ],
            "holds": table["holds"].map({True: "yes", False: "NO"}),
            "wrong": table["wrongly_declared"].map({True: "yes", False: ""}),
            "rank": table["rank"],
        }
    )
    print_table(shown, f"Scorecard of the synthetic city, seed {seed}: mean rates of {pollutant} [g/s]")
    held, rates = int(score["rates_held"]), int(score["rates"])
    out.print(f"The 90 % interval holds the true rate in {held} of {rates} cases.", highlight=False)
    held, cases = int(score["contributions_held"]), int(score["contributions"])
    out.print(f"It holds the true contribution to an episode in {held} of {cases} cases.", highlight=False)
    for row in made.load("scorecard_cuts").itertuples() if _has(made, "scorecard_cuts") else ():
        out.print(
            f"A plant promised a cut of {row.promised_cut:.0%} and made {row.true_cut:.0%}: "
            f"{row.method}: {row.verdict}.",
            highlight=False,
        )
    for name, engine in (("scorecard_calm", ""), ("scorecard_calm_plume", "With the plume alone: ")):
        if _has(made, name):
            for line in calm_lines(made.load(name), pollutant):
                out.print(engine + line, highlight=False)
    first, wrong = int(score["wrongly_declared_in_first_three"]), int(score["wrongly_declared"])
    out.print(
        f"Among the first three to inspect: {first} of the {wrong} most wrongly declared sources.",
        highlight=False,
    )
