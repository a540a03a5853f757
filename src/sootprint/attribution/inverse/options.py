"""Settings of the inverse model, each with its unit and why it has that value."""

from __future__ import annotations

from dataclasses import dataclass

from sootprint.core.errors import ConfigError


@dataclass(frozen=True)
class Options:
    """Settings of `attribute`.

    Attributes
    ----------
    cell_hours : int
        Length of the cells whose means are compared [h]. A modelled plume often passes a post an hour
        early or late; hourly pairs then dilute the slope, means over some hours do so less.
    lasting_low, lasting_stack : float
        Relative error of a source's mean at one post that does not average out [1].
    minimum_wind_m_s : float
        Wind speed below which an hour is not used to infer emissions [m s⁻¹], where the weather is given.
        In weaker wind a steady plume says little of where the smoke is: on development cities its hourly
        correlation with the true contribution of a stack is 0.03 below 1 m/s and 0.4 above 3 m/s.
    minimum_wind_particles_m_s : float
        The same for hours that the engine ``particles`` made.
    unexplained_share : float
        Spread of what no source explains, over the observed mean [1].
    block_hours : int
        Length of the blocks within which errors are correlated [h]; errors of two blocks are independent
        but for the lasting bias.
    error_hours : float
        e-folding time of multiplicative and additive model errors [h].
    error_shared : float
        Correlation of one source's multiplicative error between two posts [1].
    bias_class : float
        Standard deviation of ln of the lasting dispersion bias that all low, or all stack sources share [1].
    bias_mean_low, bias_mean_stack : float
        Prior mean of ln of the bias [1]; 0 where the engine is right on average.
    bias_low, bias_stack : float
        The same for a source's own part [1]; with the shared part the τ of 0.3–0.7 of the field.
    stack_height : float
        Release height from which a source belongs to the class of stacks [m].
    minimum_uncertainty : float
        Smallest relative standard uncertainty that a declared rate is believed to have [1].
    shared_uncertainty : float
        Share of the stated variance that all pollutants of a source have in common [1].
    wrong_share : float
        Prior probability that a source does not emit what it declares, whatever its stated uncertainty [1].
    wrong_spread : float
        Standard deviation of ln(true / declared) in that case [1]: 1.2 holds a factor 7 at 90 %.
    wrong_cases : float
        Sources that this probability counts for beside those of the case [1]: it is found with the rest.
    wrong_own_share, wrong_own_spread : float
        The same for one pollutant of a source [1].
    blind_spread : float
        Standard deviation of ln(rate) of the declared-blind prior [1].
    knot_hours : float
        Distance of the knots of the smooth background [h].
    outlier : float
        Residual, in standard deviations, from which a cell loses weight [1].
    decidable : float
        Averaging kernel from which a verdict is given [1].
    group_correlation, group_cosine : float
        Posterior correlation below which, and cosine of columns above which, two sources form a group.
    replicates : int
        Replicates of the block bootstrap that stands beside the posterior; 0 for none.
    chains, sweeps, warmup, draws : int
        Chains, sweeps a chain after the warm-up, warm-up sweeps, and draws kept in all.
    """

    cell_hours: int = 12
    lasting_low: float = 0.4
    lasting_stack: float = 0.5
    minimum_wind_m_s: float = 2.0
    minimum_wind_particles_m_s: float = 1.0
    unexplained_share: float = 0.3
    block_hours: int = 48
    error_hours: float = 1.0
    error_shared: float = 0.3
    bias_class: float = 0.5
    bias_mean_low: float = 0.0
    bias_mean_stack: float = 0.0
    bias_low: float = 0.35
    bias_stack: float = 0.55
    stack_height: float = 40.0
    minimum_uncertainty: float = 0.2
    shared_uncertainty: float = 0.6
    wrong_share: float = 0.5
    wrong_spread: float = 1.2
    wrong_cases: float = 4.0
    wrong_own_share: float = 0.1
    wrong_own_spread: float = 1.0
    blind_spread: float = 2.0
    knot_hours: float = 72.0
    outlier: float = 4.0
    decidable: float = 0.5
    group_correlation: float = -0.4
    group_cosine: float = 0.7
    replicates: int = 100
    chains: int = 4
    sweeps: int = 3000
    warmup: int = 500
    draws: int = 1000

    def __post_init__(self) -> None:
        rules = {
            "cell_hours": self.cell_hours >= 1,
            "block_hours": self.block_hours >= self.cell_hours,
            "error_shared": 0 <= self.error_shared <= 1,
            "wrong_share": 0 <= self.wrong_share <= 1,
            "wrong_cases": self.wrong_cases > 0,
            "bias_low": self.bias_low > 0,
            "bias_stack": self.bias_stack > 0,
            "bias_class": self.bias_class > 0,
            "minimum_uncertainty": self.minimum_uncertainty > 0,
            "replicates": self.replicates >= 0,
            "draws": 0 < self.draws <= self.chains * self.sweeps,
        }
        for name, holds in rules.items():
            if not holds:
                raise ConfigError(
                    f"option {name} of the attribution cannot be {getattr(self, name)!r}", where=name
                )
