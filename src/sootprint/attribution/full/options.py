"""Settings of the full-data sampler; those of the model itself are the `Options` of the inverse model."""

from __future__ import annotations

from dataclasses import dataclass

from sootprint.core.errors import ConfigError

ERRORS = ("normal", "lognormal")
PRIORS = ("declared", "blind")


@dataclass(frozen=True)
class FullOptions:
    """Settings of `sample_full`.

    Attributes
    ----------
    errors : str
        ``normal``: errors of contributions are relative and normal, so that the readings of a block have
        the covariance of the quick model. ``lognormal``: each is a factor of mean one.
    shared_errors : bool
        Whether one error of dilution holds for all pollutants of a source, as physics has it.
    cell_hours : int or None
        Length of the cells whose means are compared [h]; None for that of the model, 1 for the readings.
    tail_freedom : float or None
        Degrees of freedom of Student's t of the cells' own errors [1]; None for normal ones.
    prior : str
        ``declared`` or ``blind``.
    chains, warmup, draws : int
        Chains, steps of warm-up a chain, and draws kept a chain.
    acceptance : float
        Acceptance probability that the step size is tuned to [1].
    """

    errors: str = "normal"
    shared_errors: bool = False
    cell_hours: int | None = None
    tail_freedom: float | None = None
    prior: str = "declared"
    chains: int = 2
    warmup: int = 400
    draws: int = 600
    acceptance: float = 0.85

    def __post_init__(self) -> None:
        rules = {
            "errors": self.errors in ERRORS,
            "prior": self.prior in PRIORS,
            "cell_hours": self.cell_hours is None or self.cell_hours >= 1,
            "tail_freedom": self.tail_freedom is None or self.tail_freedom > 2,
            "chains": self.chains >= 1,
            "warmup": self.warmup >= 1,
            "draws": self.draws >= 4,
            "acceptance": 0 < self.acceptance < 1,
        }
        for name, holds in rules.items():
            if not holds:
                raise ConfigError(
                    f"option {name} of the full-data sampler cannot be {getattr(self, name)!r}", where=name
                )
