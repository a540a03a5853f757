"""Scores of our engines on tracer experiments, beside those of the reference models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from sootprint.core.errors import SootprintError
    from sootprint.dispersion.engines.arrays import Floats

SEED = 2004
LEAST_SHARE = 0.01
"""Share of the hour's largest concentration from which on a ring's sampling error is told."""
QUICK = ("prairie_grass", "idaho_falls")
DRAWS, QUICK_DRAWS = 500, 100

COLUMNS = {
    "experiment": "experiment",
    "inputs": "inputs",
    "quantity": "quantity",
    "stratum": "stratum",
    "half": "half",
    "model": "model",
    "pairs": "n",
    "fb": "FB",
    "fb_low": "FB low",
    "fb_high": "FB high",
    "nmse": "NMSE",
    "mg": "MG",
    "vg": "VG",
    "fac2": "FAC2",
    "r": "R",
    "rhc_ratio": "RHC",
    "rhc_ratio_low": "RHC low",
    "rhc_ratio_high": "RHC high",
}

NOTES = (
    "FB is the fractional bias (above zero: the model is too low), NMSE the normalised mean square error, MG "
    "and VG the geometric mean bias and variance, FAC2 the fraction within a factor of two, R the "
    "correlation, RHC the robust highest concentration (N = 26), modelled over observed. Low and high are "
    "the ends of the 95 % bootstrap interval; runs and hours are drawn whole.",
    "MG and VG are of the pairs with two values above zero, without a floor: at Kincaid they are ruled by "
    "arcs that a modelled plume hardly reaches.",
    "Half: Prairie Grass runs 5, 9, 13, … and even days of the month at Kincaid are to fit, runs 7, 11, 15, "
    "… and odd days to score; `whole` is both. Physics `aermod` is fitted to neither; of `improved` "
    "one depth was chosen on the fit half of Kincaid, and the published constants of its spread near the "
    "ground rest in part on Prairie Grass and Idaho Falls (docs/decisions/0017-improved-physics.md).",
    "Prairie Grass values are not divided by the release; at Kincaid they are concentration over release. At "
    "Idaho Falls AERMOD ran its source type RLINE, our engine the same line as a LINE source of 1 m width.",
)


PARTICLE_NOTES = (
    "`particles` is the engine of Lagrangian particles with its defaults. Each experiment or hour is a "
    "steady state with its own air; measured turbulence is used where it is given; nothing moves on "
    "from one hour to the next. Nothing was fitted but for what the fit half of Prairie Grass showed: "
    "the time scales now keep the measured diffusivity of the surface layer "
    "(docs/decisions/0051-particles-on-tracers.md). C0 = 3.1 is from the literature, which knew Prairie "
    "Grass.",
)


class Sampled:
    """Sampling errors of the largest concentration of each ring of receptors, a tenth of a decade wide."""

    def __init__(self) -> None:
        self.found: dict[str, list[float]] = {"within 5 km": [], "farther": []}

    def __call__(self, distance: Floats, value: Floats, error: Floats) -> None:
        """Note an hour: distance of the receptors [m], operator and standard error (receptor, source)."""
        total, spread = value.sum(axis=1), np.sqrt((error**2).sum(axis=1))
        if not np.nanmax(total) > 0.0:
            return
        rings = np.round(10.0 * np.log10(np.maximum(distance, 1.0)))
        where = "farther" if distance.max() > 5000.0 else "within 5 km"
        for ring in np.unique(rings):
            inside = np.flatnonzero(rings == ring)
            best = inside[np.argmax(total[inside])]
            if total[best] > LEAST_SHARE * total.max():
                self.found[where].append(float(spread[best] / total[best]))

    def notes(self) -> list[str]:
        """Sentences of the errors."""
        return [
            f"Sampling error of the largest concentration in a ring of receptors {where}: median "
            f"{np.median(made):.1%}, 90 % of rings under {np.quantile(made, 0.9):.1%} (rings with at least "
            f"{LEAST_SHARE:.0%} of the hour's largest; seed {SEED})."
            for where, made in self.found.items()
            if made
        ]


def tracers(data: Path, *, quick: bool, engine: str = "plume") -> pd.DataFrame:
    """Scores by experiment, stratum, half and model; ``attrs["notes"]`` says what they are.

    Raises
    ------
    InputError
        If a file of an experiment is missing.
    """
    from sootprint.cli.screen import err
    from sootprint.dispersion.decks.engine import LayeredEngine
    from sootprint.dispersion.decks.particles import ParticleEngine
    from sootprint.dispersion.tracers import deck_runner, score_pairs, tracer_pairs

    refusals: list[str] = []

    def refused(name: str, error: SootprintError) -> None:
        refusals.append(f"Not run: {name}: {error.what}.")

    runners = {"aermod": deck_runner(), "improved": deck_runner(LayeredEngine(physics="improved"))}
    sampled = Sampled()
    if engine == "particles":
        runners["particles"] = deck_runner(ParticleEngine(seed=SEED, told=sampled))
    tables = tracer_pairs(
        data,
        runners,
        **({"experiments": QUICK} if quick else {}),
        told=lambda name: err.print(name, highlight=False),
        refused=refused,
    )
    scores = score_pairs(tables, np.random.default_rng(SEED), draws=QUICK_DRAWS if quick else DRAWS)
    shown = scores[list(COLUMNS)].rename(columns=COLUMNS)
    own = [*PARTICLE_NOTES, *sampled.notes()] if engine == "particles" else []
    shown.attrs["notes"] = [*NOTES, *own, *refusals, *_left_out(tables)]
    return shown


def _left_out(tables: list[pd.DataFrame]) -> list[str]:
    return [
        f"{count} pairs of {table['experiment'].iloc[0]}, {table['model'].iloc[0]}, have no modelled value."
        for table in tables
        if len(table) and (count := table.attrs["left_out"])
    ]
