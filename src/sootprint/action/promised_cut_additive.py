"""Interval and power of a cut where window and reference each have an additive error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sootprint.action.promised_cut_options import CutOptions, verdict_of

Array = NDArray[np.float64]

CUTS = np.linspace(-3.0, 1.0, 801)
"""Cuts that an interval is looked for in [1]: from an emission four times as high to none."""

TRIED = np.linspace(0.0, 1.0, 41)
"""Cuts that the smallest detectable one is looked for in [1]."""


def judged(
    window: float,
    reference: float,
    window_draws: Callable[[float], Array],
    reference_draws: Array,
    unbiased: float,
    wide: float,
    promised: float,
    options: CutOptions,
) -> dict[str, Any]:
    """Cut 1 − W / V with interval, power and verdict, W being seen in the window and V expected.

    A cut c fits where W − (1 − c) V lies within the quantiles of its own error (Fieller 1954,
    doi:10.1111/j.2517-6161.1954.tb00159.x): so the interval is right, and has no end, where V is hardly
    more than its error, that is where the plant is hardly seen at all. The power for a cut c is the share
    of pseudo-experiments, a cut of that size put into the window and errors drawn from the data's own
    residuals, in which W − V falls under the value that it falls short of in 5 % of cases without a cut.

    Parameters
    ----------
    window, reference : float
        W and V.
    window_draws : callable
        Draws of the error of W for a cut c (draw,).
    reference_draws : array, shape (draw,)
        Draws of the error of V.
    unbiased, wide : float
        Factors of `promised_cut_blocks.widening`.
    """
    tails = [options.tail, 1.0 - options.tail]
    if not reference > 0:
        low, high, cut = float("nan"), float("nan"), float("nan")
    else:
        cut = 1.0 - window / reference
        own = window_draws(float(np.clip(cut, 0.0, 1.0)))
        errors = wide * (own[None, :] - (1.0 - CUTS)[:, None] * reference_draws[None, :])
        ends = np.quantile(errors, tails, axis=1)
        distance = window - (1.0 - CUTS) * reference
        fits = (ends[0] <= distance) & (distance <= ends[1])
        low, high = _ends(fits, cut)
    critical = wide * float(np.quantile(window_draws(0.0) - reference_draws, options.tail))

    def power(tried: float) -> float:
        seen = -tried * reference + unbiased * (window_draws(tried) - reference_draws)
        return float(np.mean(seen < critical))

    powers = np.array([power(float(tried)) for tried in TRIED])
    enough = np.flatnonzero(powers >= options.power)
    known = power(promised)
    return {
        "cut": cut,
        "cut_low": low,
        "cut_high": high,
        "power_promised": known,
        "detectable_cut": float(TRIED[enough[0]]) if len(enough) else np.nan,
        "verdict": verdict_of(low, high, promised, known, options.power, measured=False),
    }


def _ends(fits: NDArray[np.bool_], cut: float) -> tuple[float, float]:
    """Ends of the stretch of cuts that fit; an end at the edge of `CUTS` is no bound but for no emission."""
    if not fits.any():
        # Nothing possible fits: readings fell more than without any emission of the plant, or rose more.
        return (1.0, 1.0) if cut > 1.0 else (float("nan"), float(CUTS[0]))
    places = np.flatnonzero(fits)
    low = float("nan") if places[0] == 0 else float(CUTS[places[0]])
    return low, float(CUTS[places[-1]])
