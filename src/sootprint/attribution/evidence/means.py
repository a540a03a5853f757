"""Joint draws of the mean contributions over a set of hours, and what the observed mean says of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.evidence.field import Field
from sootprint.attribution.inverse import effective_response

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

REPEATS = 4
"""Errors of the particular hours that are drawn for each draw of the rates."""

LEAST_EFFECTIVE = 100.0
"""Effective draws that a conditioned set rests on at least."""


@dataclass(frozen=True)
class MeanDraws:
    """Draws of the mean over some hours and posts before the observed mean was looked at.

    Attributes
    ----------
    contribution : (draw, source) array
        Mean contributions [µg m⁻³].
    background : (draw,) array
        Mean background [µg m⁻³].
    row : (draw,) int array
        Draw of the rates that each was made with.
    observed : float
        Observed mean over the same hours [µg m⁻³].
    hours : int
        Hours that were served and measured at a post at least.
    spread : float
        Spread of what no source explains [µg m⁻³].
    """

    contribution: Array
    background: Array
    row: NDArray[np.int64]
    observed: float
    hours: int
    spread: float

    @property
    def total(self) -> Array:
        """All that the model gives, (draw,) array [µg m⁻³]."""
        made: Array = self.contribution.sum(axis=1) + self.background
        return made

    def chosen(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """Draws that the observed mean supports: sampling importance resampling.

        Weights are normal in observed less modelled. Where fewer than `LEAST_EFFECTIVE` draws would carry
        the result the spread is widened until so many do, and the unexplained part shows it. Rubin 1988,
        *Using the SIR algorithm to simulate posterior distributions*, Bayesian Statistics 3, 395-402.
        """
        rest, spread = self.observed - self.total, self.spread
        while True:
            logs = -0.5 * (rest / spread) ** 2
            weight = np.exp(logs - logs.max())
            weight /= weight.sum()
            if 1.0 / float((weight**2).sum()) >= min(LEAST_EFFECTIVE, 0.5 * len(rest)):
                break
            spread *= 1.5
        points = (np.arange(len(rest)) + generator.random()) / len(rest)
        found = np.searchsorted(np.cumsum(weight), points)
        return np.minimum(found, len(rest) - 1).astype(np.int64)


def mean_draws(
    field: Field, cells: Mask, background: tuple[float, float], generator: np.random.Generator
) -> MeanDraws | None:
    """Draws of the mean contributions over hours and posts; None where none was served and measured.

    Every reading weighs alike. Errors of the particular hours are those of the inverse model
    (`sootprint.attribution.inverse.effective_response`), for wind and for light wind apart.

    Parameters
    ----------
    field : Field
        Contributions and scales.
    cells : (time, station) bool array
        Hours and posts of the mean; those not served or not measured are left out.
    background : tuple of float
        Mean and standard deviation of the background over them [µg m⁻³].
    generator : Generator
        Random numbers.
    """
    used = cells & field.used
    if not used.any():
        return None
    row = np.tile(np.arange(len(field.apparent)), REPEATS)
    theta, count = field.apparent[row], len(field.sources)
    shape = (3, len(row), count)
    shared = {light: generator.standard_normal(shape) for light in (False, True)}
    sums = np.zeros((len(row), count))
    for place in np.flatnonzero(used.any(axis=0)):
        hours = np.flatnonzero(used[:, place])
        for light in (False, True):
            here = hours[field.light[hours] == light]
            if not len(here):
                continue
            sums += len(here) * effective_response(
                field.response[here, place].mean(axis=0),
                field.usual(int(place), light),
                len(here),
                light,
                field.stacks,
                shared[light],
                generator,
            )
    readings = int(used.sum())
    observed = float(field.value[used].mean())
    return MeanDraws(
        contribution=theta * sums / readings,
        background=background_draws(background, len(row), generator),
        row=row,
        observed=observed,
        hours=int(used.any(axis=1).sum()),
        spread=max(field.options.unexplained_share * abs(observed), 1e-12),
    )


def background_draws(background: tuple[float, float], size: int, generator: np.random.Generator) -> Array:
    """Log-normal draws of a background of a mean and standard deviation [µg m⁻³]; zeros for a mean of 0."""
    mean, deviation = background
    if not mean > 0.0:
        return np.zeros(size)
    width = np.sqrt(np.log1p((deviation / mean) ** 2))
    return np.asarray(mean * np.exp(width * generator.standard_normal(size) - 0.5 * width**2))
