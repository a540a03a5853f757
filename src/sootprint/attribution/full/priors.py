"""Prior of the emissions about declared rates, as arrays over the pairs of pollutant and source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.inverse.options import Options

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RatePrior:
    """Prior ``ln x = centre + δ_k + ε``, δ and ε each a mixture of two normals.

    Attributes
    ----------
    pollutant, source : (N,) int arrays
        Place of each pair that is declared.
    centre : (N,) array
        ln of the declared rate [g s⁻¹], or of the median declared one.
    own : (N, 2) array
        Narrow and wide spread of ε [1].
    own_share : float
        Weight of the wide one [1].
    shared : (K, 2) array
        Narrow and wide spread of δ [1].
    shared_share : float
        Weight of the wide one [1].
    classes : (K,) int array
        0 for low sources, 1 for stacks.
    bias_mean, bias_class : (2,) array, float
        Centres and spread of the lasting bias that a class of sources has in common [1].
    bias_source : (K,) array
        Spread of a source's own part of it [1].
    """

    pollutant: NDArray[np.int64]
    source: NDArray[np.int64]
    centre: Array
    own: Array
    own_share: float
    shared: Array
    shared_share: float
    classes: NDArray[np.int64]
    bias_mean: Array
    bias_class: float
    bias_source: Array


def rate_prior(
    declared: pd.DataFrame, stated: pd.DataFrame, sources: pd.DataFrame, options: Options, *, blind: bool
) -> RatePrior:
    """Prior of all declared pairs.

    Parameters
    ----------
    declared, stated : DataFrame
        Declared rate [g s⁻¹] and its relative standard uncertainty [1], a row a source and a column a
        pollutant; missing where the source does not emit it.
    sources : DataFrame
        Table ``sources``.
    options : Options
        Settings of the model.
    blind : bool
        Whether the declared rate is left out: ln x is then normal about that of the pollutant's median
        positive rate, half of its variance common to the pollutants of a source.
    """
    rates = declared.to_numpy(float).T
    pollutant, source = np.nonzero(np.isfinite(rates))
    rate = rates[pollutant, source]
    zero = ~(rate > 0)
    medians = [np.median(row[np.isfinite(row) & (row > 0)]) if (row > 0).any() else 1.0 for row in rates]
    middle = np.log(medians)[pollutant]
    relative = np.nan_to_num(stated.to_numpy(float).T)
    variance = np.log1p(np.maximum(relative, options.minimum_uncertainty) ** 2)
    common = np.where(np.isfinite(rates), variance, np.inf).min(axis=0)
    narrow = np.sqrt(options.shared_uncertainty * common)
    rest = np.sqrt((1.0 - options.shared_uncertainty) * variance)[pollutant, source]
    table = sources.set_index(sources["source_id"].astype(str)).loc[declared.index]
    high = table["height_m"].astype(float).fillna(0.0).to_numpy() >= options.stack_height
    classes = (high & (table["kind"] == "point").to_numpy(bool)).astype(np.int64)
    if blind:
        centre = middle
        own = np.full((len(rate), 2), options.blind_spread / np.sqrt(2.0))
        shared = np.full((len(narrow), 2), options.blind_spread / np.sqrt(2.0))
        shares = (0.5, 0.5)
    else:
        centre = np.where(zero, middle, np.log(np.where(zero, 1.0, rate)))
        own = np.column_stack([rest, np.maximum(options.wrong_own_spread, rest)])
        own[zero] = options.blind_spread
        shared = np.column_stack([narrow, np.maximum(options.wrong_spread, narrow)])
        shares = (options.wrong_own_share, options.wrong_share)
    return RatePrior(
        pollutant=pollutant.astype(np.int64),
        source=source.astype(np.int64),
        centre=centre,
        own=own,
        own_share=shares[0],
        shared=shared,
        shared_share=shares[1],
        classes=classes,
        bias_mean=np.array([options.bias_mean_low, options.bias_mean_stack]),
        bias_class=options.bias_class,
        bias_source=np.array([options.bias_low, options.bias_stack])[classes],
    )


def part_bias(offset: Array, level: Array, prior: RatePrior, generator: np.random.Generator) -> Array:
    """Draws of the lasting bias η given the sums s = δ + η: exact normals of the mixture's two cases.

    Parameters
    ----------
    offset, level : (draw, K), (draw, 2) arrays
        Sums, and centres of the classes.

    Returns
    -------
    (draw, K) array
    """
    here = level[:, prior.classes]
    off = offset - here
    spread = np.sqrt(prior.shared**2 + prior.bias_source[:, None] ** 2)
    share = np.array([1.0 - prior.shared_share, prior.shared_share])
    logs = np.log(np.maximum(share, 1e-300) / spread) - 0.5 * (off[..., None] / spread) ** 2
    wide = generator.random(off.shape) < 1.0 / (1.0 + np.exp(logs[..., 0] - logs[..., 1]))
    chosen = np.where(wide, spread[:, 1], spread[:, 0])
    pull = (prior.bias_source / chosen) ** 2
    rest = prior.bias_source * np.sqrt(np.maximum(0.0, 1.0 - pull))
    return np.asarray(here + pull * off + rest * generator.standard_normal(off.shape))
