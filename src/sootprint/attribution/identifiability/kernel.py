"""Averaging kernel, posterior correlations and groups of the relative rates of one pollutant.

With u = ln(true / declared), prior ``N(0, S_u)``, lasting dispersion bias ``η ~ N(0, S_η)`` and readings that
tell of θ = u + η with information J (`gram`), the linear-Gaussian posterior is

``S_post = S_u − S_u K S_u``,  ``K = (S_θ + J⁻¹)⁻¹``,  ``S_θ = S_u + S_η``,  ``AK = I − S_u⁻¹ S_post = K S_u``

Rodgers 2000, *Inverse Methods for Atmospheric Sounding*, doi:10.1142/3171, sections 2.4 and 3.1. The
relative rate is linearised at the declared one: ``x = D (1 + u)``. An infinity of readings gives
``AK_kk < 1`` where a bias remains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.attribution.identifiability.gram import GramBlocks, make_gram
from sootprint.attribution.identifiability.network import Network
from sootprint.attribution.identifiability.options import Options
from sootprint.core import schema

Array = NDArray[np.float64]

ROUNDING = 1e-10
"""Share of a column's squares below which what the nuisances leave of it is rounding [1]."""


@dataclass(frozen=True)
class Identifiability:
    """What the readings of one pollutant could decide.

    Attributes
    ----------
    network : Network
        What it was made from.
    gram : GramBlocks
        Cached blocks.
    information : (K, K) array
        J, on the relative rates with the bias in them [1].
    posterior : (K, K) array
        Posterior covariance of u [1].
    kernel : (K, K) array
        Averaging kernel [1].
    apparent : (K, K) array
        Posterior covariance of the apparent θ = u + η, which contributions follow [1].
    correlation, apparent_correlation : (K, K) arrays
        Posterior correlations of u and of θ [1].
    cosine : (K, K) array
        Cosines of the columns, weighted by the errors and free of nuisances [1].
    groups : list of int arrays
        Sources whose θ cannot be told apart, by their places; in the order of the first.
    options : Options
        Settings.
    """

    network: Network
    gram: GramBlocks
    information: Array
    posterior: Array
    kernel: Array
    apparent: Array
    correlation: Array
    apparent_correlation: Array
    cosine: Array
    groups: list[NDArray[np.int64]]
    options: Options

    @property
    def degrees_of_freedom(self) -> float:
        """Trace of the averaging kernel: how many numbers the readings decide [1]."""
        return float(np.trace(self.kernel))

    def decidable(self) -> NDArray[np.bool_]:
        """Whether each source has a kernel that is large enough and is in no group, (K,) array."""
        alone = np.ones(len(self.network.sources), bool)
        for group in self.groups:
            alone[group] = False
        return alone & (np.diag(self.kernel) >= self.options.decidable)

    def sources_table(self) -> pd.DataFrame:
        """Table ``identifiability_sources``."""
        return _sources_table(self)

    def pairs_table(self) -> pd.DataFrame:
        """Table ``identifiability_pairs``, a row a pair of sources."""
        return _pairs_table(self)

    def groups_table(self) -> pd.DataFrame:
        """Table ``identifiability_groups``."""
        return _groups_table(self)


def bias_covariance(net: Network) -> Array:
    """Prior covariance of the lasting dispersion bias, (K, K) array [1]."""
    same = net.classes[:, None] == net.classes[None, :]
    own = np.array(net.error.bias_own)[net.classes]
    return same * net.error.bias_class**2 + np.diag(own**2)


def apparent_prior(net: Network) -> Array:
    """Prior covariance of θ = u + η, (K, K) array [1]."""
    return np.diag(net.spread**2) + bias_covariance(net)


def apparent_posterior(net: Network, information: Array) -> Array:
    """Posterior covariance of θ, (K, K) array [1]: ``L (I + LᵀJL)⁻¹ Lᵀ`` with ``S_θ = L Lᵀ``."""
    factor = np.linalg.cholesky(apparent_prior(net))
    inner = np.eye(len(factor)) + factor.T @ information @ factor
    made = factor @ np.linalg.solve(inner, factor.T)
    return 0.5 * (made + made.T)


def data_share(apparent: Array, information: Array) -> Array:
    """``K = (S_θ + J⁻¹)⁻¹`` for a J that may be singular, (K, K) array.

    ``K = B diag(λ / (1 + λ)) Bᵀ``, with ``S_θ = L Lᵀ``, ``Lᵀ J L = U diag(λ) Uᵀ``, ``B = L⁻ᵀ U``: positive
    semi-definite by construction. Negative λ are rounding of zero.
    """
    from scipy.linalg import cholesky, eigh, solve_triangular

    factor = cholesky(apparent, lower=True)
    values, vectors = eigh(factor.T @ information @ factor)
    values = np.where(values > 0.0, values, 0.0)
    base = solve_triangular(factor, vectors, lower=True, trans="T")
    return (base * (values / (1.0 + values))) @ base.T


def posterior_covariance(spread: Array, bias: Array, information: Array) -> tuple[Array, Array]:
    """Posterior covariance of u and its averaging kernel, (K, K) arrays [1].

    Parameters
    ----------
    spread : (K,) array
        Prior standard deviations of u [1].
    bias : (K, K) array
        Covariance of the lasting bias [1].
    information : (K, K) array
        J [1].
    """
    prior = np.diag(spread**2)
    share = data_share(prior + bias, information)
    kernel = share @ prior
    posterior = prior - prior @ kernel
    return 0.5 * (posterior + posterior.T), kernel


def correlations(covariance: Array) -> Array:
    """Correlations of a covariance."""
    scale = np.sqrt(np.diag(covariance))
    return covariance / np.outer(scale, scale)


def column_cosines(information: Array, squares: Array) -> Array:
    """Cosines ``J_ij / √(J_ii J_jj)`` of the columns, weighted by the errors and free of nuisances, (K, K).

    Zero for a column that is never seen, or of which the nuisances leave nothing but rounding.

    Parameters
    ----------
    information : (K, K) array
        J [1].
    squares : (K,) array
        Weighted squares of the columns with the nuisances in them [1].
    """
    own = np.diag(information)
    seen = own > ROUNDING * np.maximum(squares, np.finfo(float).tiny)
    root = np.sqrt(np.where(seen, own, 1.0))
    made = information / np.outer(root, root)
    made[~(seen[:, None] & seen[None, :])] = 0.0
    return np.asarray(made)


def find_groups(correlation: Array, cosine: Array | None, options: Options) -> list[NDArray[np.int64]]:
    """Connected sets of at least two sources whose contributions can be exchanged for one another.

    Two are joined where their correlation is below ``group_correlation`` or their cosine above
    ``group_cosine``. Correlation is of θ, not of u: a contribution follows θ, and the own bias of each source
    hides from u that two contributions are exchanged. Among n sources with one and the same column a
    correlation is only ``−1 / (n − 1)``; the cosine of each pair of them is 1.

    Parameters
    ----------
    correlation : (K, K) array
        Posterior correlations of θ [1].
    cosine : (K, K) array, optional
        Cosines of the columns [1]; where it is left out the correlation alone joins.
    options : Options
        Settings.
    """
    from scipy.sparse.csgraph import connected_components

    joined = correlation < options.group_correlation
    if cosine is not None:
        joined |= cosine > options.group_cosine
    np.fill_diagonal(joined, False)
    count, label = connected_components(joined, directed=False)
    made = [np.flatnonzero(label == number) for number in range(count)]
    return sorted((item for item in made if len(item) > 1), key=lambda item: int(item[0]))


def sum_kernel(posterior: Array, prior: Array, weights: Array) -> float:
    """Averaging kernel of a weighted sum: ``1 − gᵀ S_post g / gᵀ S_prior g`` [1]; nan without weights."""
    before = float(weights @ prior @ weights)
    if not before > 0:
        return float("nan")
    return 1.0 - float(weights @ posterior @ weights) / before


def identify(net: Network, gram: GramBlocks, information: Array, options: Options) -> Identifiability:
    """Identifiability for a given information on the relative rates."""
    posterior, kernel = posterior_covariance(net.spread, bias_covariance(net), information)
    apparent = apparent_posterior(net, information)
    related, cosine = correlations(apparent), column_cosines(information, gram.squares())
    return Identifiability(
        network=net,
        gram=gram,
        information=information,
        posterior=posterior,
        kernel=kernel,
        apparent=apparent,
        correlation=correlations(posterior),
        apparent_correlation=related,
        cosine=cosine,
        groups=find_groups(related, cosine, options),
        options=options,
    )


def averaging_kernel(net: Network, *, options: Options | None = None) -> Identifiability:
    """Averaging kernel, degrees of freedom, correlations, cosines and groups of one pollutant.

    Parameters
    ----------
    net : Network
        From `make_network`.
    options : Options, optional
        Settings.

    Raises
    ------
    InputError
        If the cached blocks would not fit into the memory that is allowed.
    """
    options = options or Options()
    gram = make_gram(net, options.memory_gib)
    return identify(net, gram, gram.information(), options)


def _member_of(found: Identifiability) -> dict[int, str]:
    name = f"-{found.network.pollutant}"
    return {int(m): f"E{n + 1}{name}" for n, group in enumerate(found.groups) for m in group}


def _reason(found: Identifiability, place: int, seen: bool, in_group: bool) -> str:
    net = found.network
    if not net.declared[place] > 0:
        return "no declared rate"
    if not seen:
        return "never seen"
    if in_group:
        return "in a group"
    return "decidable" if found.kernel[place, place] >= found.options.decidable else "seen too weakly"


def _sources_table(found: Identifiability) -> pd.DataFrame:
    net = found.network
    member_of, squares = _member_of(found), found.gram.squares()
    prior = apparent_prior(net)
    rows = []
    for place, source_id in enumerate(net.sources):
        others = found.apparent_correlation[place].copy()
        others[place] = np.inf
        nearest = int(others.argmin()) if len(others) > 1 else None
        cosines = np.delete(found.cosine[place], place)
        reason = _reason(found, place, bool(squares[place] > 0), place in member_of)
        rows.append(
            {
                "source_id": source_id,
                "pollutant": net.pollutant,
                "declared_g_s": net.declared[place],
                "prior_spread": net.spread[place],
                "posterior_spread": float(np.sqrt(found.posterior[place, place])),
                "averaging_kernel": float(found.kernel[place, place]),
                "contribution_kernel": 1.0 - found.apparent[place, place] / prior[place, place],
                "information": float(found.information[place, place]),
                "strongest_correlation": None if nearest is None else float(others[nearest]),
                "correlated_with": None if nearest is None else net.sources[nearest],
                "largest_cosine": float(cosines.max()) if len(cosines) else None,
                "group_id": member_of.get(place),
                "reason": reason,
                "outcome": "decidable" if reason == "decidable" else "not decidable from these data",
            }
        )
    return schema.check(pd.DataFrame(rows), "identifiability_sources")


def _pairs_table(found: Identifiability) -> pd.DataFrame:
    net, member_of = found.network, _member_of(found)
    one, two = np.triu_indices(len(net.sources), 1)
    names = np.array(net.sources, dtype=object)
    group = [
        member_of.get(int(a)) if member_of.get(int(a)) == member_of.get(int(b)) else None
        for a, b in zip(one, two, strict=True)
    ]
    made = pd.DataFrame(
        {
            "pollutant": net.pollutant,
            "source_id": names[one],
            "other_id": names[two],
            "cosine": found.cosine[one, two],
            "correlation": found.apparent_correlation[one, two],
            "rate_correlation": found.correlation[one, two],
            "group_id": pd.Series(group, dtype="object"),
        }
    )
    return schema.check(made, "identifiability_pairs")


def _groups_table(found: Identifiability) -> pd.DataFrame:
    net, rows = found.network, []
    mean = net.mean_contributions().mean(axis=0)
    for number, members in enumerate(found.groups):
        weights = np.zeros(len(net.sources))
        weights[members] = net.declared[members] / net.declared[members].sum()
        seen = np.zeros(len(net.sources))
        seen[members] = mean[members]
        pairs = np.triu_indices(len(members), 1)
        own = sum_kernel(found.posterior, np.diag(net.spread**2), weights)
        rows.append(
            {
                "group_id": f"E{number + 1}-{net.pollutant}",
                "pollutant": net.pollutant,
                "members": ", ".join(net.sources[m] for m in members),
                "declared_g_s": float(net.declared[members].sum()),
                "averaging_kernel": own,
                "contribution_kernel": sum_kernel(found.apparent, apparent_prior(net), seen),
                "largest_member_kernel": float(found.kernel[members, members].max()),
                "correlation": float(found.apparent_correlation[np.ix_(members, members)][pairs].min()),
                "cosine": float(found.cosine[np.ix_(members, members)][pairs].max()),
                "outcome": "sum decidable"
                if own >= found.options.decidable
                else "not decidable from these data",
            }
        )
    return schema.check(pd.DataFrame(rows), "identifiability_groups")
