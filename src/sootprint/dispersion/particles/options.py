"""Choices of the particle engine: every one is a parameter, recorded with the operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sootprint.core.errors import ConfigError
from sootprint.dispersion.options import named_options

NOT_PHYSICS = ("threads",)
WORDS = {
    "direction": ("backward", "forward"),
    "precision": ("single", "double"),
    "device": ("cpu", "cuda"),
}
"""Words that a choice may be."""


@dataclass(frozen=True)
class ParticleOptions:
    """Choices of the engine ``particles``.

    Attributes
    ----------
    direction : {"backward", "forward"}
        From the receptors back in time, which serves any number of sources at once, or from the sources on.
    particles : int
        Particles of a receptor and hour (backward), or of a source and hour (forward), in one pass.
    batches : int
        Moments of the hour at which they start.
    target_error : float
        Relative sampling error of the sum over sources (backward) or receptors (forward) [1] at which no
        further pass is made; 0 makes one pass.
    most_passes : int
        Passes at most, where an error is asked for.
    memory_h : float
        Age at which a particle is given up [h]; its weight is counted.
    step_s : float
        Step of a particle older than 22 steps [s]; it divides the segment.
    segments : int
        Parts of an hour in which the air is constant; between the middles of hours it is interpolated.
    top_m : float
        Top of the air [m], which reflects.
    margin_m : float
        Width of the domain beyond sources and receptors [m]; over terrain its grid is the domain.
    width, width_z : float
        Width of the kernels over the particles' spread, horizontal and vertical [1].
    widest_m : float
        Widest kernel [m].
    thin_h : float
        Age [h] from which on, and at each doubling, half of the particles go on with twice the weight; 0
        never.
    deposition_velocity_m_s, settling_velocity_m_s : float
        Dry deposition and settling [m s⁻¹] of what is dispersed.
    half_life_h : float
        Half-life of a first-order loss [h]; 0 for none.
    keep_lags : bool
        Whether the hours between emission and arrival are kept apart.
    precision : {"single", "double"}
        Of the particles' state.
    direction_sigma_deg, wind_sigma_m_s : float
        Standard deviation of the error of the mean wind that each particle lives in: of its direction
        [degrees] and of each component [m s⁻¹]. The operator is then the mean over the winds that may have
        been, as the plume's with its ``direction_sigma_deg``.
    seed : int
        Seed of all random numbers.
    threads : int
        Threads; the result does not depend on it.
    device : {"cpu", "cuda"}
        Where particles are walked; ``cuda`` needs the extra ``sootprint[cuda]`` and a device. There the same
        seed gives the same bytes, which differ from the CPU's: paths by rounding, sums by what follows.
    columns, releases : mapping
        Choices of the columns of air and of the releases.
    """

    direction: str = "backward"
    particles: int = 256
    batches: int = 4
    target_error: float = 0.0
    most_passes: int = 16
    memory_h: float = 24.0
    step_s: float = 15.0
    segments: int = 4
    top_m: float = 2000.0
    margin_m: float = 15_000.0
    width: float = 0.35
    width_z: float = 0.3
    widest_m: float = 400.0
    thin_h: float = 2.0
    deposition_velocity_m_s: float = 0.0
    settling_velocity_m_s: float = 0.0
    half_life_h: float = 0.0
    keep_lags: bool = False
    precision: str = "single"
    direction_sigma_deg: float = 0.0
    wind_sigma_m_s: float = 0.0
    seed: int = 1
    threads: int = 1
    device: str = "cpu"
    columns: Mapping[str, Any] = field(default_factory=dict)
    releases: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, words in WORDS.items():
            if getattr(self, name) not in words:
                raise ConfigError(f"{name} is {getattr(self, name)!r}", cure=" or ".join(words))
        for name in ("batches", "most_passes", "segments", "threads"):
            if not getattr(self, name) >= 1:
                raise ConfigError(f"{name} is {getattr(self, name)}", rule="at least 1", cure="change it")
        for name in ("memory_h", "step_s", "top_m", "margin_m", "width", "width_z", "widest_m"):
            if not getattr(self, name) > 0.0:
                raise ConfigError(f"{name} is {getattr(self, name)}", rule="it is positive", cure="change it")
        for name in (
            "target_error",
            "thin_h",
            "deposition_velocity_m_s",
            "settling_velocity_m_s",
            "half_life_h",
            "direction_sigma_deg",
            "wind_sigma_m_s",
        ):
            if not getattr(self, name) >= 0.0:
                raise ConfigError(f"{name} is {getattr(self, name)}", rule="not negative", cure="change it")
        if self.particles < 2 * self.batches or self.particles % self.batches:
            raise ConfigError(
                f"{self.particles} particles in {self.batches} batches",
                rule="at least two a batch, the same in each",
                cure="change particles or batches",
            )
        ticks = 3600.0 / self.segments / self.step_s
        if abs(ticks - round(ticks)) > 1e-9 or ticks < 1.0:
            raise ConfigError(
                f"a step of {self.step_s} s does not divide a segment of {3600.0 / self.segments:g} s",
                rule="a whole number of steps a segment",
                cure="change step_s or segments",
            )

    @property
    def ticks_per_segment(self) -> int:
        """Steps of an old particle in a segment."""
        return round(3600.0 / self.segments / self.step_s)

    def physics(self) -> dict[str, Any]:
        """Choices that change numbers: all but the number of threads, and the device unless it is the CPU."""
        made = asdict(self)
        for name in NOT_PHYSICS:
            del made[name]
        if self.device == "cpu":
            del made["device"]
        return made


def particle_options(given: ParticleOptions | Mapping[str, Any] | None) -> ParticleOptions:
    """Options of the engine 'particles'; see `sootprint.dispersion.options.named_options`."""
    return named_options(ParticleOptions, given, "the engine 'particles'")
