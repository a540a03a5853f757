"""Displacement of a factorisation: how far a profile may be turned before the fit is worse.

References
----------
.. [1] Paatero, P., Eberly, S., Brown, S. G., Norris, G. A. (2014). Methods for estimating uncertainty in
   factor analytic solutions. Atmos. Meas. Tech. 7, 781–797. doi:10.5194/amt-7-781-2014.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.factors import kernels
from sootprint.attribution.factors.matching import correlations
from sootprint.attribution.factors.pmf import Factorisation
from sootprint.attribution.factors.reduced import Reduced, reduced
from sootprint.core.errors import InputError

Array = NDArray[np.float64]

RISE = 4.0
"""Rise of the objective that marks the end of an interval; ref. 1."""
TRIALS = 25
"""Most fits on the way to one end of an interval."""
NEAR = 0.05
"""Share of the rise to which the end is found [1]."""
ENOUGH = 2.5e-4
"""Share of the rise by which a displaced fit may miss its minimum as its curvature foretells it."""


@dataclass(frozen=True)
class Displacement:
    """Result of `displacement`.

    Attributes
    ----------
    low, high : (k, m) arrays
        Ends of each profile entry [unit of the matrix]; NaN where it was not displaced.
    swaps : DataFrame
        Displacements after which the factors were no longer those of the base: factor, species, end, factor
        that it became.
    largest_fall : float
        Greatest fall of the objective below the base's that was met: over 1 % of it the base was no minimum.
    rise : float
        Rise that marks an end.
    """

    low: Array
    high: Array
    swaps: pd.DataFrame
    largest_fall: float
    rise: float


def displacement(
    base: Factorisation, *, species: list[str] | None = None, rise: float = RISE
) -> Displacement:
    """Largest and smallest value of each profile entry whose best fit is worse by ``rise`` at most; ref. 1.

    An entry is held at a value, all others are fitted again, and the value is moved until the
    objective (robust where the base is) has risen by ``rise``. The mean of each factor's contributions stays
    at 1, else a scaled factor would meet any value. Fits run over the profiles alone with their curvature
    (`reduced`): alternating ones end early in the very valleys that are looked for.
    A swap, where the factors turn into one another within the rise, says that they are not told apart.

    Parameters
    ----------
    base : Factorisation
        Solution.
    species : list of str, optional
        Species to displace, by default those that are not weak.
    rise : float
        4, 8, 15 and 25 are in use.

    Raises
    ------
    InputError
        If a species is not among the fitted.
    """
    names = base.matrix.species
    wanted = [name for name in names if name not in base.matrix.weak] if species is None else list(species)
    if strange := sorted(set(wanted) - set(names)):
        raise InputError(f"no species {strange[0]!r} was fitted", cure=", ".join(names))
    values, precision = np.where(base.matrix.known, base.matrix.values, 0.0), base.matrix.precision()
    alpha = base.options.alpha if base.options.robust else np.inf
    low_end = base.options.lowest_contribution
    room = np.empty(values.shape)
    first = kernels.reweigh(base.contributions, base.profiles, values, precision, alpha, room)
    near = reduced(values, precision, base.contributions, base.profiles, alpha, low_end)
    profiles, contributions, floor = near.fit(
        base.profiles,
        base.contributions,
        held=-1,
        fixed=np.zeros(base.profiles.shape, bool),
        enough=ENOUGH * rise,
    )
    mean = np.where(contributions.mean(axis=0) > 0.0, contributions.mean(axis=0), 1.0)
    profiles, contributions = profiles * mean[:, None], contributions / mean
    centre = reduced(values, precision, contributions, profiles, alpha, low_end)
    start = _Centre(centre, profiles, contributions, floor, rise, base.contributions)
    columns = [names.index(name) for name in wanted]
    jobs = [(p, j, end) for p in range(base.factors) for j in columns for end in (-1, 1)]

    def one(job: tuple[int, int, int]) -> tuple[float, int, float]:
        return _end(start, *job)

    with ThreadPoolExecutor(max(1, base.options.threads)) as pool:
        made = list(pool.map(one, jobs))
    low, high = (np.full(base.profiles.shape, np.nan) for _ in range(2))
    swaps = []
    for (p, j, end), (value, became, _) in zip(jobs, made, strict=True):
        (low if end < 0 else high)[p, j] = value
        if became != p:
            side = "low" if end < 0 else "high"
            swaps.append({"factor": p + 1, "species": names[j], "end": side, "became": became + 1})
    fall = max(0.0, first - floor, *(first - floor + item[2] for item in made))
    table = pd.DataFrame(swaps, columns=["factor", "species", "end", "became"])
    return Displacement(low, high, table, fall, rise)


@dataclass(frozen=True)
class _Centre:
    """Minimum from which entries are displaced."""

    objective: Reduced
    profiles: Array
    contributions: Array
    floor: float
    rise: float
    base_contributions: Array


def _end(start: _Centre, p: int, j: int, end: int) -> tuple[float, int, float]:
    """End of one entry's interval, the base factor that factor p then is like, and the greatest fall met."""
    fixed = np.zeros(start.profiles.shape, bool)
    fixed[p, j] = True
    rise, centre = start.rise, float(start.profiles[p, j])
    reach = max(centre, float(start.profiles[:, j].sum()), 1e-12)
    last = (start.contributions, start.profiles, centre)
    least, became = 0.0, p

    def risen(value: float) -> float:
        nonlocal least, became, last
        # The others move nearly in proportion to the displacement.
        ahead = (value - centre) / (last[2] - centre) if last[2] != centre else 0.0
        first = np.maximum(start.profiles + ahead * (last[1] - start.profiles), 0.0)
        first[p, j] = value
        f, g, now = start.objective.fit(first, last[0], held=p, fixed=fixed, enough=ENOUGH * rise)
        last = (g, f, value)
        change = now - start.floor
        least = min(least, change)
        if change <= (1.0 + NEAR) * rise:
            became = int(np.argmax(correlations(start.base_contributions.T, g.T)[:, p]))
        return float(change)

    away = start.objective.foretold(start.contributions, start.profiles, p, j, rise)
    guess = centre + end * (away if np.isfinite(away) and away > 0.0 else 0.1 * reach)
    inside, outside = centre, 0.0 if end < 0 else np.inf
    if end < 0 and (centre == 0.0 or (guess <= 0.0 and risen(0.0) <= rise)):
        return 0.0, became, -least
    if guess <= 0.0:
        guess = 0.3 * centre
    zero_tried = end > 0 or last[2] == 0.0
    for _ in range(TRIALS):
        change = risen(guess)
        if change <= (1.0 + NEAR) * rise:
            inside = guess
        else:
            outside = guess
        if abs(change - rise) <= NEAR * rise or abs(outside - inside) < 1e-3 * reach:
            break
        # Near the minimum the rise is a parabola.
        ahead = centre + (guess - centre) * np.sqrt(rise / max(change, 0.01 * rise))
        if np.isinf(outside):
            guess = max(ahead, 1.2 * guess)
            if guess > 1e3 * reach:
                return np.inf, became, -least
            continue
        if not zero_tried and ahead <= 0.0 and outside == 0.0:
            zero_tried = True
            if risen(0.0) <= rise:
                return 0.0, became, -least
        near, far = sorted((inside, outside))
        guess = min(max(ahead, near + 0.1 * (far - near)), far - 0.1 * (far - near))
    return inside, became, -least
