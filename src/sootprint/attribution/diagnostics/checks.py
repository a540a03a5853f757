"""All checks of an attribution: one table of comparisons, one of what moves, and findings for what failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sootprint.attribution.diagnostics import refits
from sootprint.attribution.diagnostics.chains import chain_rows
from sootprint.attribution.diagnostics.codes import check_findings
from sootprint.attribution.diagnostics.inputs import Inputs
from sootprint.attribution.diagnostics.options import CheckOptions
from sootprint.attribution.diagnostics.predictive import fitted, predictive_rows
from sootprint.attribution.diagnostics.rows import Row
from sootprint.attribution.diagnostics.sensitivity import blind_rows, changed_rows, shift_rows, verdict_rows
from sootprint.attribution.inverse import Attribution
from sootprint.core import schema


@dataclass(frozen=True)
class Checks:
    """Result of `check_attribution`.

    Attributes
    ----------
    checks : DataFrame
        Table ``attribution_checks``.
    sensitivity : DataFrame
        Table ``attribution_sensitivity``.
    findings : DataFrame
        Table ``findings``: what failed.
    """

    checks: pd.DataFrame
    sensitivity: pd.DataFrame
    findings: pd.DataFrame


def check_attribution(
    result: Attribution,
    inputs: Inputs,
    *,
    options: CheckOptions | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> Checks:
    """Checks of an attribution against its own readings, its inputs one by one, and its prior.

    Chains (R̂, effective size); posterior predictive coverage and statistics; posts and episodes left out
    in turn, with a refit each; the prior made wider and narrower, and the declared-blind posterior. Refits
    use fewer draws and the seed of the inputs: the same input gives the same bytes.

    Parameters
    ----------
    result : Attribution
        What `inputs.attribute()` gives, or gave before.
    inputs : Inputs
        What it was made from.
    options : CheckOptions, optional
        Settings and thresholds.
    progress : callable
        Gets a line before each refit.

    Returns
    -------
    Checks
    """
    options = options or CheckOptions()
    rows = chain_rows(result.diagnostics["chains"], options)
    moved = blind_rows(result, inputs.options)
    for order, pollutant in enumerate(map(str, result.draws["pollutant"].to_numpy())):
        progress(f"replicated readings of {pollutant}")
        rng = np.random.default_rng([inputs.seed, 1, order])
        model = fitted(inputs, result, pollutant, options, rng)
        if model is not None:
            rows += predictive_rows(inputs, model, options, rng)
    rows += _without_posts(result, inputs, options, progress, moved)
    rows += _without_episodes(result, inputs, options, progress, moved)
    for refit in refits.prior_refits(inputs, options, progress):
        moved += changed_rows(refit.check, refit.subject, result, refit.result)
    sensitivity = schema.check(pd.DataFrame(moved), "attribution_sensitivity")
    rows += shift_rows(sensitivity) + verdict_rows(sensitivity)
    checks = schema.check(pd.DataFrame(rows), "attribution_checks")
    return Checks(checks, sensitivity, check_findings(checks))


def _without_posts(
    result: Attribution,
    inputs: Inputs,
    options: CheckOptions,
    progress: Callable[[str], None],
    moved: list[Row],
) -> list[Row]:
    rows: list[Row] = []
    posts = min(options.stations, inputs.operator.sizes["receptor"])
    for order, refit in enumerate(refits.station_refits(inputs, options, progress)):
        rng = np.random.default_rng([inputs.seed, 2, order])
        rows += refits.left_out_post(inputs, refit, posts, options, rng)
        moved += changed_rows(refit.check, refit.subject, result, refit.result)
    return rows


def _without_episodes(
    result: Attribution,
    inputs: Inputs,
    options: CheckOptions,
    progress: Callable[[str], None],
    moved: list[Row],
) -> list[Row]:
    rows: list[Row] = []
    count = min(options.episodes, len(inputs.episodes))
    for order, (refit, item) in enumerate(refits.episode_refits(inputs, result, options, progress)):
        rng = np.random.default_rng([inputs.seed, 3, order])
        rows += refits.left_out_episode(inputs, refit, item, count, options, rng)
        if refit.result is not result:
            moved += changed_rows(refit.check, refit.subject, result, refit.result)
    return rows
