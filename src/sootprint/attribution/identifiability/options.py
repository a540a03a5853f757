"""Error model and settings of the identifiability analysis, each with its unit and why it has that value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.inverse import Options as FitOptions
from sootprint.core.errors import ConfigError

Array = NDArray[np.float64]

LEVEL_SHARE = 0.1
"""Error of an hourly reading, and what no source explains, over the median reading [1].

The fit finds 0.05 to 0.14 for either on cities kept for development.
"""


@dataclass(frozen=True)
class ErrorModel:
    """Errors of an hourly reading and of the model that it is compared with, stated before any fit.

    Pairs are for low sources and for stacks. The scales of the model's errors start from the centres that
    the inverse model expects; after a fit give those that it found.

    Attributes
    ----------
    instrument_ugm3 : float
        Standard deviation of an hourly reading that does not depend on its value [µg m⁻³].
    instrument_relative : float
        The part of an hourly reading in proportion to the modelled value [1].
    relative : pair of float
        Error of a source's modelled contribution to a full cell, independent between cells and posts [1].
    dispersion : pair of float
        Error of a source's modelled contribution, correlated in time and between posts [1].
    error_hours : float
        e-folding time of the correlated errors [h]; 0 for errors independent between cells.
    error_shared : float
        Correlation of a source's dispersion error between two posts [1].
    smooth_ugm3 : float
        What neither sources nor background explain: additive, correlated in time within a post [µg m⁻³].
    bias_class : float
        Standard deviation of ln of the lasting dispersion bias that all sources of a class share [1].
    bias_own : pair of float
        The same of a source's own part [1]. A bias does not average out with the number of hours.
    gain : float
        Lasting relative error of a post, alike for all sources [1]; 0 leaves it out.
    lasting : pair of float
        Lasting relative error of one source at one post [1]; 0 leaves it out.
    lasting_share : float
        Share of a post's mean modelled concentration from which a source's lasting error there is counted
        [1]; at most 1 / share sources of a post can reach it.
    background_ugm3 : float
        Scale of the background's prior [µg m⁻³]: half-normal, offsets of posts a third of it.
    knot_hours : float
        Distance of the knots of the smooth background [h].
    cell_hours : int
        Length of the cells whose means are compared [h], as in the inverse model.
    block_hours : int
        Length of the blocks within which errors are correlated [h]; a multiple of ``cell_hours``.
    """

    instrument_ugm3: float = 3.0
    instrument_relative: float = 0.05
    relative: tuple[float, float] = (0.5, 1.0)
    dispersion: tuple[float, float] = (0.4, 0.8)
    error_hours: float = 1.0
    error_shared: float = 0.3
    smooth_ugm3: float = 1.0
    bias_class: float = 0.4
    bias_own: tuple[float, float] = (0.35, 0.35)
    gain: float = 0.1
    lasting: tuple[float, float] = (0.3, 0.15)
    lasting_share: float = 0.05
    background_ugm3: float = 10.0
    knot_hours: float = 72.0
    cell_hours: int = 3
    block_hours: int = 24

    def __post_init__(self) -> None:
        for name in ("instrument_ugm3", "background_ugm3", "knot_hours", "lasting_share"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} = {getattr(self, name)}", rule="greater than zero")
        pairs = [*self.relative, *self.dispersion, *self.bias_own, *self.lasting]
        singles = [self.instrument_relative, self.error_hours, self.smooth_ugm3, self.bias_class, self.gain]
        if min([*pairs, *singles]) < 0:
            raise ConfigError("a negative error scale", rule="error scales are zero or more")
        if not 0 <= self.error_shared <= 1:
            raise ConfigError(f"error_shared = {self.error_shared}", rule="within 0 and 1")
        if self.cell_hours < 1 or self.block_hours < 1 or self.block_hours % self.cell_hours:
            raise ConfigError(
                f"cells of {self.cell_hours} h in blocks of {self.block_hours} h",
                rule="a block holds a whole number of cells",
            )


@dataclass(frozen=True)
class Options:
    """Settings of what is decided from the numbers.

    Attributes
    ----------
    spread : float
        Prior standard deviation of ln(true / declared) where the table of rates states none [1]: 1.2 holds
        a factor 7 either way at 90 %, as for a declaration that is plainly wrong.
    decidable : float
        Averaging kernel from which a source is decidable [1].
    group_correlation, group_cosine : float
        Posterior correlation of two contributions below which, and cosine of their columns above which, the
        two are joined [1]: by default what the inverse model joins them by, so that what is foretold here
        is what the fit will do.
    shared_between_pollutants : float
        Share of the prior variance that the pollutants of a source have in common [1].
    stack_reading : float
        Relative standard uncertainty of a measurement in the stack [1].
    memory_gib : float
        Memory that the cached blocks may take [GiB].
    """

    spread: float = 1.2
    decidable: float = 0.5
    group_correlation: float = FitOptions.group_correlation
    group_cosine: float = FitOptions.group_cosine
    shared_between_pollutants: float = 0.6
    stack_reading: float = 0.1
    memory_gib: float = 2.0

    def __post_init__(self) -> None:
        for name in ("spread", "stack_reading", "memory_gib"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} = {getattr(self, name)}", rule="greater than zero")
        if not 0 < self.decidable < 1 or not -1 < self.group_correlation < 0:
            raise ConfigError(
                f"decidable = {self.decidable}, group_correlation = {self.group_correlation}",
                rule="the first within 0 and 1, the second within -1 and 0",
            )
        if not 0 < self.group_cosine <= 1:
            raise ConfigError(f"group_cosine = {self.group_cosine}", rule="above 0 and at most 1")
        if not 0 <= self.shared_between_pollutants < 1:
            raise ConfigError(
                f"shared_between_pollutants = {self.shared_between_pollutants}", rule="at least 0, under 1"
            )


def expected_errors(values: Array, detection_limit: float, fit: FitOptions | None = None) -> ErrorModel:
    """Errors that are expected of a pollutant from the level of its readings alone.

    The instrument's part and what no source explains are each a tenth of the median of the readings above
    zero, the first at least a third of the detection limit; the background is of the size of their lower
    quartile. What is correlated, and for how long, is as in the fit.

    Parameters
    ----------
    values : (n,) array
        Hourly readings [µg m⁻³].
    detection_limit : float
        Detection limit [µg m⁻³]; nan where none is stated.
    fit : Options of the inverse model, optional
        Settings of the fit.

    Raises
    ------
    ConfigError
        If no reading is above zero.
    """
    fit = fit or FitOptions()
    known = values[values > 0]
    if len(known) == 0:
        raise ConfigError("no reading is above zero", rule="errors are judged by the level of the readings")
    level = LEVEL_SHARE * float(np.median(known))
    limit = detection_limit / 3.0 if np.isfinite(detection_limit) else 0.0
    return ErrorModel(
        instrument_ugm3=max(level, limit),
        smooth_ugm3=level,
        background_ugm3=float(np.quantile(known, 0.25)),
        error_hours=fit.error_hours,
        error_shared=fit.error_shared,
        bias_class=fit.bias_class,
        bias_own=(fit.bias_low, fit.bias_stack),
        lasting=(fit.lasting_low, fit.lasting_stack),
        knot_hours=fit.knot_hours,
        cell_hours=fit.cell_hours,
        block_hours=fit.block_hours,
    )
