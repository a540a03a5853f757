"""The hierarchical model as a NumPyro program: every unknown of it is sampled.

Of pollutant p, post r and cell t, with apparent rate z_kp = x_kp exp(η_k):

``y_prt = b_prt + Σ_k z_kp h_krt (1 + l_k ξ_kpr + d_kp ε_kprt + r_kp ν_kprt) + s_b ω_prt + s_a n_prt``

all of ξ, ε, ν, ω, n standard normal; ε and ω decay with exp(−|Δt| / T) within a block, ε has correlation ρ
between posts. With ``lognormal`` the factors of ξ and ε are exp(√ln(1+d²) ε − ½ ln(1+d²)), of mean one and of
the same variance. Rates, biases, error scales, background and lasting errors are sampled together, as in
Ganesan et al. 2014, doi:10.5194/acp-14-3855-2014; the scales have the log-normal priors stated below.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sootprint.attribution.full.options import FullOptions
from sootprint.attribution.full.priors import RatePrior
from sootprint.attribution.full.readings import Grid
from sootprint.attribution.inverse.options import Options

Array = NDArray[np.float64]

SCALES = ("additive", "smooth", "relative_low", "relative_stack", "dispersion_low", "dispersion_stack")
"""Error scales: s_a and s_b, then r and d of low sources and of stacks."""

SCALE_CENTRE = np.log([0.1, 0.1, 0.5, 2.0, 0.4, 1.5])
"""Prior centres of ln of the scales, the first two over the root mean square of the readings."""

SCALE_SPREAD = 1.0
"""Prior spread of ln of each scale."""


def model(grid: Grid, prior: RatePrior, options: Options, full: FullOptions) -> None:
    """Joint density of unknowns and readings; run by a NumPyro sampler under 64-bit floats."""
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist

    pollutants, sources = grid.value.shape[0], grid.response.shape[-1]
    posts = int(grid.post.max()) + 1
    apparent = _apparent_rates(prior, pollutants, sources)
    logs = numpyro.sample("scale", dist.Normal(0.0, SCALE_SPREAD).expand([pollutants, 6]).to_event(2))
    scale = jnp.exp(logs + SCALE_CENTRE)
    background = _background(grid, posts)
    lasting = np.array([options.lasting_low, options.lasting_stack])[prior.classes]
    independent = 1 if full.shared_errors else pollutants
    off = (
        numpyro.sample("lasting", dist.Normal(0.0, 1.0).expand([independent, sources, posts]).to_event(3))
        * jnp.asarray(lasting)[:, None]
    )
    if full.errors == "lognormal":
        width = np.sqrt(np.log1p(lasting**2))
        factor = jnp.exp(off * (width / np.maximum(lasting, 1e-300))[:, None] - 0.5 * width[:, None] ** 2)
    else:
        factor = 1.0 + off
    factor = jnp.swapaxes(factor, 1, 2)[:, None, grid.post]
    part = jnp.asarray(grid.response) * apparent[:, None, None, :]
    relative = scale[:, 2:4][:, prior.classes]
    dispersion = scale[:, 4:6][:, prior.classes]
    additive, smooth = scale[:, 0] * grid.unit, scale[:, 1] * grid.unit
    error = _sampled_errors(grid, options, independent, sources, posts)
    if full.errors == "lognormal":
        width = jnp.sqrt(jnp.log1p(dispersion**2))[:, None, None]
        moved = part * factor * jnp.exp(width * error - 0.5 * width**2)
        hit = moved
    else:
        moved = part * (factor + dispersion[:, None, None] * error)
        hit = part
    mean = background + moved.sum(-1) + smooth[:, None, None] * _smooth_errors(grid, options, posts)
    own = additive[:, None, None] ** 2 + ((hit * relative[:, None, None]) ** 2).sum(-1)
    _likelihood(grid, mean, _per_cell(grid, own), full)


def _apparent_rates(prior: RatePrior, pollutants: int, sources: int) -> Any:
    """Sites of the rates and of what they hang on; apparent rates (P, K) [g s⁻¹]."""
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist

    def mixture(spread: Array, share: float) -> Any:
        weights = dist.Categorical(probs=jnp.array([1.0 - share, share]))
        return dist.MixtureSameFamily(weights, dist.Normal(jnp.zeros(spread.shape), spread))

    raw = numpyro.sample("class_bias", dist.Normal(0.0, 1.0).expand([2]).to_event(1))
    level = numpyro.deterministic("level", prior.bias_mean + prior.bias_class * raw)
    both = np.sqrt(prior.shared**2 + prior.bias_source[:, None] ** 2)
    off = numpyro.sample("source_off", mixture(both, prior.shared_share).to_event(1))
    offset = numpyro.deterministic("offset", level[prior.classes] + off)
    anywhere = dist.ImproperUniform(dist.constraints.real, (), (len(prior.centre),))
    over = numpyro.sample("log_over", anywhere)
    numpyro.factor("rates", mixture(prior.own, prior.own_share).log_prob(over - offset[prior.source]).sum())
    rate = jnp.exp(prior.centre + over)
    return jnp.zeros((pollutants, sources)).at[prior.pollutant, prior.source].set(rate)


def _background(grid: Grid, posts: int) -> Any:
    """Smooth background of all posts and offset of each: (P, B, C) [µg m⁻³].

    Knots are half-normal with the scale of the background and step by half of it; offsets have a third.
    """
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist

    pollutants, knots = len(grid.unit), grid.hats.shape[-1]
    knot = numpyro.sample("knot", dist.HalfNormal(1.0).expand([pollutants, knots]).to_event(2))
    numpyro.factor("steps", -0.5 * (((knot[:, 1:] - knot[:, :-1]) / 0.5) ** 2).sum())
    post = numpyro.sample("post", dist.HalfNormal(1.0 / 3.0).expand([pollutants, posts]).to_event(2))
    smooth = jnp.repeat(jnp.einsum("bth,ph->pbt", grid.hats, knot), posts, axis=-1)
    return (smooth + post[:, grid.post][:, None, :]) * grid.level[:, None, None]


def _per_cell(grid: Grid, own: Any) -> Any:
    """Variance of cells from that of whole ones: a cell with fewer readings has more."""
    return own * grid.cell_hours / np.where(grid.count > 0, grid.count, 1.0)


def time_kernel(grid: Grid, options: Options) -> Array:
    """Correlation in time within a block, (T, T) array."""
    return np.exp(-np.abs(grid.middle[:, None] - grid.middle[None, :]) / options.error_hours)


def _sampled_errors(grid: Grid, options: Options, independent: int, sources: int, posts: int) -> Any:
    """Standard normal errors of dilution ε: (P or 1, B, C, K)."""
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist

    shape = (independent, grid.value.shape[1], len(grid.middle))
    root = np.linalg.cholesky(time_kernel(grid, options))
    common = numpyro.sample("error", dist.Normal(0.0, 1.0).expand([*shape, 1, sources]).to_event(5))
    own = numpyro.sample("post_error", dist.Normal(0.0, 1.0).expand([*shape, posts, sources]).to_event(5))
    mixed = np.sqrt(options.error_shared) * common + np.sqrt(1.0 - options.error_shared) * own
    return jnp.einsum("ts,pbsrk->pbtrk", root, mixed).reshape(independent, shape[1], -1, sources)


def _smooth_errors(grid: Grid, options: Options, posts: int) -> Any:
    """Standard normal additive errors ω: (P, B, C)."""
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist

    shape = (*grid.value.shape[:2], len(grid.middle), posts)
    root = np.linalg.cholesky(time_kernel(grid, options))
    drawn = numpyro.sample("smooth_error", dist.Normal(0.0, 1.0).expand(shape).to_event(4))
    return jnp.einsum("ts,pbsr->pbtr", root, drawn).reshape(grid.value.shape)


def _likelihood(grid: Grid, mean: Any, variance: Any, full: FullOptions) -> None:
    """Likelihood of cells given the errors that they share; below detection by the distribution function.

    ``P(y < L) = Φ((L − m) / σ)``: Tobin 1958, doi:10.2307/1907382.
    """
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist

    clear = np.nonzero((grid.count > 0) & ~grid.censored)
    below = np.nonzero((grid.count > 0) & grid.censored)
    spread = jnp.sqrt(variance)

    def about(at: Any) -> Any:
        if full.tail_freedom is None:
            return dist.Normal(mean[at], spread[at])
        return dist.StudentT(full.tail_freedom, mean[at], spread[at])

    numpyro.factor("readings", about(clear).log_prob(grid.value[clear]).sum())
    if len(below[0]):
        chance = about(below).cdf(grid.value[below])
        floor = grid.floor[below]
        some = np.isfinite(floor)
        chance = chance - jnp.where(some, about(below).cdf(np.where(some, floor, 0.0)), 0.0)
        numpyro.factor("below", jnp.log(jnp.maximum(chance, 1e-300)).sum())
