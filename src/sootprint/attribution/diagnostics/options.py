"""Settings of the checks, each with its unit and where its threshold comes from."""

from __future__ import annotations

from dataclasses import dataclass

from sootprint.core.errors import ConfigError


@dataclass(frozen=True)
class CheckOptions:
    """Settings of `check_attribution`.

    Attributes
    ----------
    stations, episodes : int
        Posts with the most readings, and gravest episodes, that are left out in turn, at most; 0 leaves
        none out.
    priors : bool
        Whether the spread of the prior is doubled and halved.
    replicates : int
        Posterior draws for which readings are replicated.
    largest_r_hat : float
        Split R̂ up to which chains agree [1]: Vehtari et al. 2021, doi:10.1214/20-BA1221, section 4.
    least_effective : float
        Effective draws that an interval needs: the same, section 4 (100 a chain of four).
    level : float
        Probability of the intervals [1].
    family_risk : float
        Probability that a family of comparisons (one check of one pollutant) is failed by chance alone [1],
        shared among its members by Bonferroni's inequality.
    least_days : int
        Days below which a share of held readings is shown but not judged.
    spread_factor : float
        Factor on the spread of the prior, and one over it [1].
    chains, warmup, sweeps, draws : int
        The sampler's settings in refits.
    """

    stations: int = 12
    episodes: int = 6
    priors: bool = True
    replicates: int = 400
    largest_r_hat: float = 1.01
    least_effective: float = 400.0
    level: float = 0.9
    family_risk: float = 0.05
    least_days: int = 10
    spread_factor: float = 2.0
    chains: int = 4
    warmup: int = 300
    sweeps: int = 1200
    draws: int = 800

    def __post_init__(self) -> None:
        rules = {
            "stations": self.stations >= 0,
            "episodes": self.episodes >= 0,
            "replicates": self.replicates >= 20,
            "level": 0 < self.level < 1,
            "family_risk": 0 < self.family_risk < 1,
            "spread_factor": self.spread_factor > 1,
            "draws": 0 < self.draws <= self.chains * self.sweeps,
        }
        for name, holds in rules.items():
            if not holds:
                raise ConfigError(
                    f"option {name} of the checks cannot be {getattr(self, name)!r}", where=name
                )
