"""Displacement of a factorisation: how far a profile may be turned before the fit is worse.

References
----------
.. [1] Paatero, P., Eberly, S., Brown, S. G., Norris, G. A. (2014). Methods for estimating uncertainty in
   factor analytic solutions. Atmos. Meas. Tech. 7, 781–797. doi:10.5194/amt-7-781-2014.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.factors import kernels
from sootprint.attribution.factors.matching import correlations
from sootprint.attribution.factors.pmf import Factorisation, FactorOptions, solve
from sootprint.core.errors import InputError

Array = NDArray[np.float64]

RISE = 4.0
"""Rise of the objective that marks the end of an interval; ref. 1."""
TRIALS = 25
"""Most fits on the way to one end of an interval."""
NEAR = 0.05
"""Share of the rise to which the end is found [1]."""
HOLD = 4e6
"""Rise that a doubled mean of a factor's contributions would cost: an entry is not met by scaling alone."""


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
    at 1, else a scaled factor would meet any value.
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
    options = replace(base.options, tolerance=1e-6, patience=5, longest=2000)
    alpha = options.alpha if options.robust else np.inf
    room = np.empty(values.shape)
    floor = kernels.reweigh(base.contributions, base.profiles, values, precision, alpha, room)
    columns = [names.index(name) for name in wanted]
    jobs = [(p, j, end) for p in range(base.factors) for j in columns for end in (-1, 1)]

    def one(job: tuple[int, int, int]) -> tuple[float, int, float]:
        return _end(base, values, precision, options, floor, rise, *job)

    with ThreadPoolExecutor(max(1, options.threads)) as pool:
        made = list(pool.map(one, jobs))
    low, high = (np.full(base.profiles.shape, np.nan) for _ in range(2))
    swaps = []
    for (p, j, end), (value, became, _) in zip(jobs, made, strict=True):
        (low if end < 0 else high)[p, j] = value
        if became != p:
            side = "low" if end < 0 else "high"
            swaps.append({"factor": p + 1, "species": names[j], "end": side, "became": became + 1})
    fall = max(0.0, *(item[2] for item in made))
    table = pd.DataFrame(swaps, columns=["factor", "species", "end", "became"])
    return Displacement(low, high, table, fall, rise)


def _end(
    base: Factorisation,
    values: Array,
    precision: Array,
    options: FactorOptions,
    floor: float,
    rise: float,
    p: int,
    j: int,
    end: int,
) -> tuple[float, int, float]:
    """End of one entry's interval, the base factor that factor p then is like, and the greatest fall met."""
    fixed = np.zeros(base.profiles.shape, bool)
    fixed[p, j] = True
    room = np.empty(values.shape)
    hold = HOLD / len(values) ** 2
    centre = float(base.profiles[p, j])
    reach = max(centre, float(base.profiles[:, j].sum()), 1e-12)
    alpha = base.options.alpha if base.options.robust else np.inf
    state = (base.contributions, base.profiles)
    least, became = 0.0, p

    def risen(value: float) -> float:
        nonlocal least, became
        start = state[1].copy()
        start[p, j] = value
        g, f, _, _ = solve(values, precision, state[0], start, options, fixed=fixed, hold=hold)
        change = kernels.reweigh(g, f, values, precision, alpha, room) - floor
        least = min(least, change)
        if change <= rise:
            became = int(np.argmax(correlations(base.contributions.T, g.T)[:, p]))
        return float(change)

    inside, outside = centre, 0.0 if end < 0 else np.inf
    if end < 0 and (centre == 0.0 or risen(0.0) <= rise):
        return 0.0, became, -least
    guess = 0.5 * centre if end < 0 else centre + 0.1 * reach
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
        else:
            near, far = sorted((inside, outside))
            guess = min(max(ahead, near + 0.1 * (far - near)), far - 0.1 * (far - near))
    return inside, became, -least
