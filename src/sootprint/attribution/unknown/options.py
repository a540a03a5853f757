"""Settings of the search for unlisted sources, each with its unit and why it has that value."""

from __future__ import annotations

from dataclasses import dataclass

from sootprint.core.errors import ConfigError


@dataclass(frozen=True)
class Options:
    """Settings of `find_unknown` and `find_direction`.

    Attributes
    ----------
    expected_sources : float
        Prior mean of the number of unlisted sources among all candidates [1].
    scale_g_s : float, optional
        Unit of the scales of an unlisted emission [g s⁻¹]; by default the median positive declared rate, or,
        with nothing declared, the rate that alone would give the mean reading over the background.
    scales : tuple of float
        Means of the exponential parts of its prior, in that unit [1]: from a small to a large source.
    declared_spread : float
        Standard deviation of ln(true / declared) of a declared source [1]: 1.2 holds a factor 7 at 90 %, so
        that a wrong declaration is tried before an unlisted source.
    temper : float
        Power of the likelihood [1]. The errors of a plume repeat themselves in ways that no stated
        covariance holds; the power is chosen on made cities without an unlisted source that were kept for
        development, see `benchmarks/unknown.py`. Grünwald and van Ommen 2017, doi:10.1214/17-BA1085.
    stated : float
        Probability from which an area is stated [1].
    mentioned : float
        Probability from which an area is kept in the tables [1].
    minimum_wind_m_s : float
        Wind under which an hour is not used [m s⁻¹], where the weather is given: a steady plume says little
        of where the smoke is in weaker wind.
    cell_hours, block_hours : int
        Length of the cells whose means are compared [h], and of the blocks within which errors are
        correlated [h].
    error_hours : float
        e-folding time of the correlated errors [h].
    error_shared : float
        Correlation of a source's dispersion error between two posts [1].
    lasting_low, lasting_stack : float
        Relative error of a source's mean at one post that does not average out [1].
    stack_height_m : float
        Release height from which a source is of the class of stacks [m].
    bias : float
        Standard deviation of ln of the lasting dispersion error of an unlisted source [1]; it widens the
        interval of its emission.
    knot_hours : float
        Distance of the knots of the smooth background [h].
    outlier : float
        Residual in standard deviations from which a cell loses weight [1].
    alike : float
        Correlation of two candidates' signals, with all that is declared free, from which they are not told
        apart [1].
    reach_m : float, optional
        Largest distance of two cells of an area that are neighbours [m]; by default 1.6 times the spacing.
    censored_share : float
        Value that stands for a reading below its detection limit, in parts of the limit [1]; the variance of
        a uniform value between zero and the limit is added.
    chains, sweeps, warmup : int
        Chains, sweeps a chain that are kept, and sweeps before them.
    hours_shown : int
        Cells kept for each area in the table of the hours that speak for it.
    """

    expected_sources: float = 0.5
    scale_g_s: float | None = None
    scales: tuple[float, ...] = (1.0, 5.0, 25.0)
    declared_spread: float = 1.2
    temper: float = 0.8
    stated: float = 0.9
    mentioned: float = 0.05
    minimum_wind_m_s: float = 2.0
    cell_hours: int = 3
    block_hours: int = 24
    error_hours: float = 6.0
    error_shared: float = 0.3
    lasting_low: float = 0.3
    lasting_stack: float = 0.3
    stack_height_m: float = 40.0
    bias: float = 0.8
    knot_hours: float = 72.0
    outlier: float = 4.0
    alike: float = 0.6
    reach_m: float | None = None
    censored_share: float = 0.5
    chains: int = 4
    sweeps: int = 1000
    warmup: int = 300
    hours_shown: int = 20

    def __post_init__(self) -> None:
        positive = (
            *("expected_sources", "declared_spread", "temper", "error_hours", "knot_hours", "outlier"),
            *("cell_hours", "block_hours", "chains", "sweeps", "stack_height_m"),
        )
        for name in positive:
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} = {getattr(self, name)}", where=name, rule="greater than zero")
        if self.scale_g_s is not None and not self.scale_g_s > 0:
            raise ConfigError(f"scale_g_s = {self.scale_g_s}", where="scale_g_s", rule="greater than zero")
        if self.block_hours % self.cell_hours:
            raise ConfigError(
                f"block_hours = {self.block_hours}",
                where="block_hours",
                rule=f"a multiple of cell_hours = {self.cell_hours}",
            )
        if not self.scales or min(self.scales) <= 0:
            raise ConfigError(f"scales = {self.scales}", where="scales", rule="greater than zero")
        shares = ("stated", "mentioned", "error_shared", "alike", "censored_share")
        for name in shares:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ConfigError(f"{name} = {getattr(self, name)}", where=name, rule="from 0 to 1")
        for name in ("lasting_low", "lasting_stack", "bias", "minimum_wind_m_s", "warmup", "hours_shown"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} = {getattr(self, name)}", where=name, rule="zero or more")
