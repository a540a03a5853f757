"""Known release rates of two tracer experiments, inferred from what was read on the arcs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from sootprint.attribution.rates import ErrorDraws
    from sootprint.dispersion.tracers import DeckRunner

SEED = 1956
ALL = "all"
DETECTION_PPT = 1.0
"""Reading under which the tracer counts as not found at Kincaid [ppt]: 1 % of the readings lie lower."""
SF6_G_M3_PER_PPT = 6.07e-9
"""SF₆ at 20 °C [g m⁻³ ppt⁻¹], as in the conversion that comes with the data."""

COLUMNS = {
    "experiment": "experiment",
    "readings": "readings",
    "unit": "rate of",
    "physics": "physics",
    "errors": "learnt from",
    "stratum": "stratum",
    "experiments": "n",
    "median_ratio": "median ratio",
    "within_factor_2": "within factor 2",
    "coverage_50": "50 % hold",
    "coverage_90": "90 % hold",
    "interval_factor": "90 % factor",
    "decidable": "decidable",
}


HEADLINE = {
    "prairie_grass": ("crosswind integrals", "run"),
    "kincaid_sf6_hour": ("arc maxima", "hour"),
    "kincaid_sf6_day": ("arc maxima", "day"),
}
"""Readings and unit of the metrics."""
PREFERRED = "improved"
"""Physics of the metrics: of the two the one with the smaller errors on the half that is there to fit."""
POOLED = ("prairie_grass", "kincaid_sf6_hour")
LISTED = ("prairie_grass", "kincaid_sf6_day")
FOLDS = 5
HALVES, IN_FOLDS, UNSEEN = "half", "folds", "none"

NOTES = (
    "A rate is inferred from the readings of its own run, hour or day alone; nothing declared enters. Ratios "
    "are inferred over true; 90 % factor: the median of the square root of the upper over the lower end; "
    "decidable: share of which the 90 % interval reaches a factor of ten at most either way.",
    "Errors learnt: bias, lasting error, spread, and the share of hours in which only the usual response of "
    "an arc is known. `half`: learnt from Prairie Grass runs 5, 9, 13, … and even days at Kincaid, scored "
    "are the other runs and days. `folds`: every run or day is scored by errors learnt from the other four "
    "fifths. `none`: errors of the prior, as for a place without any tracer experiment, scored as `half`.",
    "`half` was planned and is what the metrics of the page are made of, with physics `improved`: Prairie "
    "Grass runs by their integrals and Kincaid hours, pooled. `folds` was added after it had been seen that "
    "the two halves of Kincaid differ (decision 41). Physics `improved` was fitted in part to the halves "
    "that errors are learnt from (decision 17).",
    "The direction of the plume does not enter: an integral or the largest value of an arc does not depend "
    "on it. Prairie Grass has one weather a run, Kincaid one an hour; a day at Kincaid is all its hours "
    "together, its rate their geometric mean. Hours without any reading above zero are left out.",
)


@dataclass(frozen=True)
class Trial:
    """Readings of one experiment, one physics, and what is known of them.

    ``readings`` has the columns of `sootprint.attribution.rates.model.COLUMNS`, an experiment being a run or
    a day; ``known`` has the ``rate`` [g s⁻¹], ``stratum`` and ``half`` of each, ``known_hours`` of each hour.
    """

    experiment: str
    name: str
    unit: str
    physics: str
    readings: pd.DataFrame
    known: pd.DataFrame
    known_hours: pd.DataFrame | None = None


def rates(data: Path, *, quick: bool) -> pd.DataFrame:
    """Scores of inferred rates by experiment, readings, physics, what errors were learnt from, and stability.

    ``attrs["metrics"]`` has those of `HEADLINE`, and ``cases``: every inferred rate.

    Raises
    ------
    InputError
        If a file of an experiment is missing.
    """
    from sootprint.cli.screen import err

    cases: list[pd.DataFrame] = []
    learnt: list[str] = []
    trials = [*_prairie_grass(data / "prairie_grass"), *([] if quick else _kincaid(data / "kincaid_sf6"))]
    for trial in trials:
        err.print(f"{trial.experiment}: {trial.name}, {trial.physics}", highlight=False)
        for split, scored, errors in _errors(trial):
            if split == HALVES:
                learnt.append(_sentence(trial, errors))
            part = trial.readings[trial.readings["experiment"].isin(scored)]
            cases += _inferred(trial, split, part, errors)
    every = pd.concat(cases, ignore_index=True)
    made = pd.DataFrame(_scores(every))
    table = made[list(COLUMNS)].rename(columns=COLUMNS)
    table.attrs["metrics"] = _metrics(every)
    table.attrs["notes"] = [*NOTES, *learnt, *_lists(every)]
    return table


def _errors(trial: Trial) -> Iterator[tuple[str, pd.Index, ErrorDraws]]:
    """How errors were learnt, the experiments that they were not learnt from, and the errors."""
    from sootprint.attribution.rates import assumed_errors, learn_errors
    from sootprint.dispersion.tracers.pairs import FIT, SCORED

    known, readings = trial.known, trial.readings

    def learn(names: pd.Index) -> ErrorDraws:
        part = readings[readings["experiment"].isin(names)]
        return learn_errors(part, known["rate"], np.random.default_rng(SEED))

    scored = known.index[known["half"] == SCORED]
    yield HALVES, scored, learn(known.index[known["half"] == FIT])
    yield UNSEEN, scored, assumed_errors(np.random.default_rng(SEED))
    fold = np.random.default_rng(SEED).permutation(len(known)) % FOLDS
    for number in range(FOLDS):
        yield IN_FOLDS, known.index[fold == number], learn(known.index[fold != number])


def _inferred(trial: Trial, split: str, readings: pd.DataFrame, errors: ErrorDraws) -> Iterator[pd.DataFrame]:
    """Inferred rates of runs or days, and of hours by themselves, beside the true ones."""
    from sootprint.attribution.rates import infer_rates

    yield _labelled(trial, trial.unit, split, infer_rates(readings, errors), trial.known)
    if trial.known_hours is not None:
        alone = readings.assign(experiment=readings["moment"])
        found = infer_rates(alone, errors.of_one_moment())
        yield _labelled(trial, "hour", split, found, trial.known_hours)


def _labelled(
    trial: Trial, unit: str, split: str, inferred: pd.DataFrame, known: pd.DataFrame
) -> pd.DataFrame:
    labels = {
        "experiment": trial.experiment,
        "readings": trial.name,
        "unit": unit,
        "physics": trial.physics,
        "errors": split,
    }
    made = inferred.rename(columns={"experiment": "case"})
    return made.assign(
        **labels, stratum=made["case"].map(known["stratum"]), true_rate=made["case"].map(known["rate"])
    )


def _scores(cases: pd.DataFrame) -> Iterator[dict[str, Any]]:
    keys = ["experiment", "readings", "unit", "physics", "errors"]
    for values, group in cases.groupby(keys, sort=False):
        for stratum in (ALL, *sorted(group["stratum"].unique())):
            part = group if stratum == ALL else group[group["stratum"] == stratum]
            yield dict(zip(keys, values, strict=True)) | {"stratum": stratum} | _score(part)


def _score(cases: pd.DataFrame) -> dict[str, float]:
    from sootprint.attribution.rates import score_rates

    numbered = cases.assign(experiment=np.arange(len(cases)))
    return score_rates(numbered, numbered.set_index("experiment")["true_rate"])


def _headline(cases: pd.DataFrame, name: str, split: str) -> pd.DataFrame:
    readings, unit = HEADLINE[name]
    keep = (cases["readings"] == readings) & (cases["unit"] == unit)
    return cases[keep & (cases["physics"] == PREFERRED) & (cases["errors"] == split)]


def _metrics(cases: pd.DataFrame) -> dict[str, Any]:
    def of(part: pd.DataFrame) -> dict[str, float]:
        scores = _score(part)
        kept = ("coverage_50", "coverage_90", "median_ratio", "experiments")
        return {"right_rate_factor_2": scores["within_factor_2"]} | {name: scores[name] for name in kept}

    made: dict[str, Any] = {}
    for split in (HALVES, IN_FOLDS, UNSEEN):
        parts = {name: part for name in HEADLINE if len(part := _headline(cases, name, split))}
        pooled = pd.concat([parts[name] for name in POOLED if name in parts])
        made[split] = of(pooled) | {name: of(part) for name, part in parts.items()}
    return made.pop(HALVES) | made | {"cases": cases}


def _sentence(trial: Trial, errors: ErrorDraws) -> str:
    """What was learnt of the errors, with the 90 % interval of each."""
    found = errors.summary()
    words = {
        "bias": "bias of the logarithm",
        "lasting": "lasting error",
        "moment": "error of an hour",
        "spread": "error of a reading",
        "usual_share": "share of the usual response",
    }
    if trial.known_hours is None:
        del words["moment"]
    stated = ", ".join(
        f"{word} {found[name][0]:.2f} ({found[name][1]:.2f} to {found[name][2]:.2f})"
        for name, word in words.items()
    )
    return f"Learnt of the half of {trial.experiment}, {trial.name}, {trial.physics}: {stated}."


def _lists(cases: pd.DataFrame) -> Iterator[str]:
    """Sentences with every inferred rate of the listed trials [g s⁻¹]."""
    for name in LISTED:
        part = _headline(cases, name, HALVES)
        if len(part):
            order = part["case"].str.extract(r"(\d+)", expand=False).astype(int).sort_values().index
            stated = "; ".join(
                f"{row.case}: {row.rate:.3g} ({row.low_90:.3g} to {row.high_90:.3g}), "
                f"true {row.true_rate:.3g}"
                for row in part.loc[order].itertuples(index=False)
            )
            yield f"Inferred rates of {name} [g s⁻¹] with 90 % intervals: {stated}."


def _prairie_grass(folder: Path) -> Iterator[Trial]:
    """Runs with their arcs: crosswind integrals, and maxima with the measured σ of the azimuth or without."""
    from sootprint.dispersion.tracers import prairie_grass

    rate = prairie_grass.observed_arcs(folder).groupby("exp")["rate_g_s"].first()
    rate.index = rate.index.map("run {}".format)
    for physics, run in _engines().items():
        for turbulence, given in prairie_grass.INPUTS.items():
            with tempfile.TemporaryDirectory() as work:
                pairs = prairie_grass.pairs(folder, run, Path(work), model=physics, turbulence=turbulence)
            for quantity, part in pairs.groupby("quantity", sort=True):
                integral = quantity == "crosswind integral"
                if integral and not turbulence:
                    continue
                response = part["modelled"] / part["block"].map(rate)
                readings = pd.DataFrame(
                    {
                        "experiment": part["block"],
                        "moment": part["block"],
                        "value": part["observed"],
                        "response": response,
                        "usual_response": response.groupby(part["arc_m"]).transform("mean"),
                        "detection": np.nan,
                    }
                )
                known = part.groupby("block")[["stratum", "half"]].first()
                name = "crosswind integrals" if integral else f"arc maxima, {given}"
                yield Trial(
                    "prairie_grass", name, "run", physics, readings, known.assign(rate=rate[known.index])
                )


def _kincaid(folder: Path) -> Iterator[Trial]:
    """Arc maxima of hours: the rate of each hour by itself, and that of a day from all its hours."""
    from sootprint.dispersion.tracers import kincaid
    from sootprint.dispersion.tracers.pairs import stability

    rate, stratum = kincaid.release_rates(folder), stability(kincaid.obukhov_lengths(folder))
    for physics, run in _engines().items():
        modelled = kincaid.modelled_arcs(folder, run)
        usual = modelled.groupby("arc_km")["modelled"].mean()
        arcs = kincaid.observed(folder).merge(modelled.dropna(), on=["yymmddhh", "arc_km"])
        arcs = arcs[arcs.groupby("yymmddhh")["observed"].transform("max") > 0.0]
        hour = arcs["yymmddhh"]
        hours = pd.Index(hour.unique())
        known = pd.DataFrame(
            {
                "rate": rate[hours],
                "stratum": stratum[hours],
                "half": [kincaid.half_of(stamp) for stamp in hours],
                "day": [str(stamp // 100) for stamp in hours],
            }
        ).set_axis(hours.astype(str))
        readings = pd.DataFrame(
            {
                "experiment": hour.astype(str).map(known["day"]),
                "moment": hour.astype(str),
                "value": arcs["observed"] * hour.map(rate),
                "response": arcs["modelled"],
                "usual_response": arcs["arc_km"].map(usual),
                "detection": DETECTION_PPT * SF6_G_M3_PER_PPT,
            }
        )
        days = known.groupby("day").agg(
            rate=("rate", lambda part: float(np.exp(np.log(part).mean()))),
            stratum=("stratum", lambda part: part.mode().iloc[0]),
            half=("half", "first"),
        )
        yield Trial("kincaid_sf6", "arc maxima", "day", physics, readings, days, known)


def _engines() -> dict[str, DeckRunner]:
    from sootprint.dispersion.decks.engine import LayeredEngine
    from sootprint.dispersion.tracers import deck_runner

    return {"aermod": deck_runner(), "improved": deck_runner(LayeredEngine(physics="improved"))}
